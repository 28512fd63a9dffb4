partita_add_test(generators_test ROOM app PROCESSES 1)
foreach(name options_test pages_test run_record_test toy_option_test values_test)
  partita_add_test(${name} ROOM app PROCESSES 1)
  target_link_libraries(${name} PRIVATE partita_app)
endforeach()
target_compile_definitions(pages_test PRIVATE
  PARTITA_OPTIONS_FILE="${PROJECT_SOURCE_DIR}/src/app/OPTIONS.md")

# partita_add_command_test(NAME): a test that starts the program itself, under mpirun where it wants
# several processes.
function(partita_add_command_test name)
  list(JOIN PARTITA_TEST_ENVIRONMENT_ALONE " " alone)
  add_executable(${name} app/${name}.cpp)
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_definitions(${name} PRIVATE
    PARTITA_MPIEXEC="${MPIEXEC_EXECUTABLE}" PARTITA_PROGRAM="$<TARGET_FILE:partita_program>"
    PARTITA_ALONE="env ${alone} ")
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name}
    PRIVATE partita_warnings GTest::gtest_main nlohmann_json::nlohmann_json)
  add_dependencies(${name} partita_program)
endfunction()

# partita_run_command_test(NAME SUITES counts...): its suites, at each number of processes.
function(partita_run_command_test name suites)
  partita_process_counts(counts ${ARGN})
  foreach(processes IN LISTS counts)
    set(test app/${name}.n${processes})
    if(NOT suites STREQUAL "*")
      string(REGEX REPLACE "[^A-Za-z]" "" label "${suites}")
      set(test app/${name}.${label}.n${processes})
    endif()
    add_test(NAME ${test} COMMAND ${name} --gtest_filter=${suites})
    set_tests_properties(${test} PROPERTIES
      ENVIRONMENT "${PARTITA_TEST_ENVIRONMENT};PARTITA_TEST_PROCESSES=${processes}"
      TIMEOUT 400 PROCESSORS ${processes})
  endforeach()
endfunction()

partita_add_command_test(command_line_test)
partita_add_command_test(merge_test)
partita_add_command_test(reading_test)
partita_add_command_test(run_json_test)
partita_add_command_test(output_test)
partita_add_command_test(fault_test)  # kills runs at random moments
partita_add_command_test(stop_test)
partita_add_command_test(entries_test)
partita_add_command_test(ratings_command_test)
partita_add_command_test(known_parts_test)
partita_add_command_test(consensus_command_test)
partita_add_command_test(select_test)
partita_add_command_test(bootstrap_command_test)
foreach(name transform_test predict_test evaluate_test weighted_model_test)
  partita_add_command_test(${name})
  partita_run_command_test(${name} "*" 1 3)
endforeach()
partita_run_command_test(command_line_test "Run.*" 1 2 3 4 6)
partita_run_command_test(merge_test "*" 1 3)
partita_run_command_test(reading_test "*" 1 3)
partita_run_command_test(run_json_test "*" 1 3)
# Under the sanitizers, what these reach is run by the tests of the rooms, without a program started
# for every case.
if(NOT PARTITA_SANITIZE)
  partita_run_command_test(command_line_test "Files.*" 3)
  partita_run_command_test(command_line_test "BadInput.*" 1 3)
  partita_run_command_test(fault_test "*" 2)
  partita_run_command_test(output_test "*" 1 3)
  partita_run_command_test(stop_test "*" 1 3)
  partita_run_command_test(entries_test "*" 1 3)
  partita_run_command_test(ratings_command_test "*" 1 3)
  partita_run_command_test(known_parts_test "*" 1 3)
  partita_run_command_test(consensus_command_test "*" 1 2 3)
  partita_run_command_test(select_test "*" 1 3)
  partita_run_command_test(bootstrap_command_test "*" 1 2 3)
endif()
