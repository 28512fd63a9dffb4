partita_add_test(collectives_test ROOM comm PROCESSES 1 2 3 4 6)
partita_add_test(notice_board_test ROOM comm PROCESSES 1 2 6)
partita_add_test(ring_shift_test ROOM comm PROCESSES 1 2 3 6)
partita_add_test(shared_window_test ROOM comm PROCESSES 1 2 3 6)
