partita_add_test(layout_test ROOM layout PROCESSES 1)
