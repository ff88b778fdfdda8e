-- POST /experiments/{id}/clone: a copy of an instance under another name, without runs. instances_pkey.
INSERT INTO instances (experiment, name, description, project, configuration)
SELECT experiment, left(name, 193) || ' (copy)', description, project, configuration FROM instances WHERE id = $1::bigint
RETURNING id::text
