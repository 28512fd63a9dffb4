partita_add_test(layout_test ROOM layout PROCESSES 1)
partita_add_test(job_plan_test ROOM layout PROCESSES 1)
