partita_add_test(hals_test ROOM update PROCESSES 1)
partita_add_test(rules_test ROOM update PROCESSES 1)
partita_add_test(panel_rule_test ROOM update PROCESSES 1)
partita_add_test(held_rule_test ROOM update PROCESSES 1)
