-- DELETE /api/v1/instances/{id} and the form: takes its runs too; refused while one is active.
SELECT delete_instance($1::bigint)
