partita_add_test(golden_test ROOM factorize PROCESSES 1 2 3 4 6)
target_compile_definitions(golden_test PRIVATE PARTITA_GOLDEN="${CMAKE_CURRENT_SOURCE_DIR}/golden")
partita_add_test(sweep_test ROOM factorize PROCESSES 1 2 3 4 6)
partita_add_test(sampled_test ROOM factorize PROCESSES 1 3 4)
