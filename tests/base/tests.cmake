partita_add_test(random_test ROOM base PROCESSES 1)
