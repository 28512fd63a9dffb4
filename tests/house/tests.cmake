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

# Mixtures of local and global indices do not compile; the same file without any does.
function(partita_add_compile_test mixture)
  set(test house/index_kinds.${mixture})
  add_test(NAME ${test}
    COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -fsyntax-only -D${mixture}
            -I${PROJECT_SOURCE_DIR}/include ${CMAKE_CURRENT_SOURCE_DIR}/house/index_kinds.cpp)
  if(NOT mixture STREQUAL "NONE")
    # not by another error than that of the types
    set_tests_properties(${test} PROPERTIES PASS_REGULAR_EXPRESSION
      "error: (could not|cannot|no viable) conver|error: (no match for|invalid operands|no viable)")
  endif()
endfunction()
foreach(mixture NONE LOCAL_FOR_GLOBAL GLOBAL_FOR_LOCAL COMPARISON SUM CONVERSION ASSIGNMENT)
  partita_add_compile_test(${mixture})
endforeach()
