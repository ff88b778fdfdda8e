-- What time alone has changed of a run (run_notice) is told to those who watch it.
SELECT pg_notify('athanor_changes', format('run %s', $1::bigint))
