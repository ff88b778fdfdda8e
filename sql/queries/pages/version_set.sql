-- PUT .../versions/{n} and the form: its words; null leaves one as it is. The row as the API shows it is read anew.
UPDATE pipeline_versions SET description = coalesce($3::text, description), tags = coalesce($4::text[], tags), updated_at = now()
WHERE id = find_version($1::text, $2::bigint)
