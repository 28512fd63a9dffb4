partita_add_test(starts_test ROOM init PROCESSES 1 2 4)
