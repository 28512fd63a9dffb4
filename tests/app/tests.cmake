partita_add_test(generators_test ROOM app PROCESSES 1)
foreach(name options_test values_test)
  partita_add_test(${name} ROOM app PROCESSES 1)
  target_link_libraries(${name} PRIVATE partita_app)
endforeach()

# Starts mpirun itself, so it is not started by it. Bad input is tried on one process and on three.
# Without the timeout of 0 mpirun waits a second for the other processes of a failed command.
add_executable(command_line_test app/command_line_test.cpp)
target_compile_features(command_line_test PRIVATE cxx_std_20)
target_compile_definitions(command_line_test PRIVATE
  PARTITA_MPIEXEC="${MPIEXEC_EXECUTABLE}" PARTITA_PROGRAM="$<TARGET_FILE:partita_program>")
target_link_libraries(command_line_test
  PRIVATE partita_warnings GTest::gtest_main nlohmann_json::nlohmann_json)
add_dependencies(command_line_test partita_program)
foreach(processes 1 2 3 4 6)
  set(suites "Run.*")
  if(processes EQUAL 1 OR processes EQUAL 3)
    set(suites "*")
  endif()
  add_test(NAME app/command_line_test.n${processes}
    COMMAND command_line_test --gtest_filter=${suites})
  set_tests_properties(app/command_line_test.n${processes} PROPERTIES
    ENVIRONMENT "${PARTITA_TEST_ENVIRONMENT};PARTITA_TEST_PROCESSES=${processes};OMPI_MCA_odls_base_sigkill_timeout=0"
    TIMEOUT 400 PROCESSORS ${processes})
endforeach()

# Kills runs at random moments; it starts mpirun itself, too.
add_executable(fault_test app/fault_test.cpp)
target_compile_features(fault_test PRIVATE cxx_std_20)
target_compile_definitions(fault_test PRIVATE
  PARTITA_MPIEXEC="${MPIEXEC_EXECUTABLE}" PARTITA_PROGRAM="$<TARGET_FILE:partita_program>")
target_include_directories(fault_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(fault_test PRIVATE partita_warnings GTest::gtest_main)
add_dependencies(fault_test partita_program)
add_test(NAME app/fault_test COMMAND fault_test)
set_tests_properties(app/fault_test PROPERTIES
  ENVIRONMENT "${PARTITA_TEST_ENVIRONMENT};OMPI_MCA_odls_base_sigkill_timeout=0"
  TIMEOUT 400 PROCESSORS 2)
