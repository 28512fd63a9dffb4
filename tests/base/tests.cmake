partita_add_test(random_test ROOM base PROCESSES 1)
partita_add_test(threads_test ROOM base PROCESSES 1)
