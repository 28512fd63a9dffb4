partita_add_test(kernels_test ROOM data PROCESSES 1)
partita_add_test(block_test ROOM data PROCESSES 1)
partita_add_test(packed_matrix_test ROOM data PROCESSES 1)
partita_add_test(toy_block_test ROOM data PROCESSES 1 3)
