partita_add_test(ratings_test ROOM job PROCESSES 1 2 3 4 6)
