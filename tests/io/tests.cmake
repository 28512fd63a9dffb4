partita_add_test(matrix_market_test ROOM io PROCESSES 1 2 3 4 6)
partita_add_test(numpy_test ROOM io PROCESSES 1 2 3 4 6)
partita_add_test(delimited_test ROOM io PROCESSES 1 2 3 4 6)
