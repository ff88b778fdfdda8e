-- The parts of an instance, for what changes, copies or starts it. instances_pkey.
SELECT experiment, name, description, project, configuration FROM instances WHERE id = $1::bigint
