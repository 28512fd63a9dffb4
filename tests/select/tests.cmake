partita_add_test(rank_choice_test ROOM select PROCESSES 1)
partita_add_test(data_cautions_test ROOM select PROCESSES 1)
partita_add_test(assignment_test ROOM select PROCESSES 1)
partita_add_test(stability_test ROOM select PROCESSES 1)
