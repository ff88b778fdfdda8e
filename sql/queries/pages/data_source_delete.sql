-- DELETE /api/v1/data-sources/{source} and the form: refused while it is in use.
SELECT delete_data_source($1::bigint)
