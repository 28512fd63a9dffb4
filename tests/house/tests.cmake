add_test(NAME house/include_direction
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}
          -P ${CMAKE_CURRENT_SOURCE_DIR}/house/check_includes.cmake)

# The installed library, used by a program outside. Built as the library was: a sanitizer must be in
# the whole program.
set(package_flags "")
if(PARTITA_SANITIZE)
  set(package_flags "-fsanitize=${PARTITA_SANITIZE}")
endif()
add_test(NAME house/package
  COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR}
          -DSOURCE=${CMAKE_CURRENT_SOURCE_DIR}/package
          -DWORK=${CMAKE_CURRENT_BINARY_DIR}/package -DCOMPILER=${CMAKE_CXX_COMPILER}
          -DFLAGS=${package_flags} "-DMPIEXEC=${MPIEXEC_EXECUTABLE};${MPIEXEC_NUMPROC_FLAG}"
          -P ${CMAKE_CURRENT_SOURCE_DIR}/house/package_test.cmake)
set_tests_properties(house/package PROPERTIES
  ENVIRONMENT "${PARTITA_TEST_ENVIRONMENT}" TIMEOUT 240 PROCESSORS 2)
