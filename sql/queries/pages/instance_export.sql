-- GET /experiments/{id}/export: an instance's name, and the instance as POST /api/v1/instances takes it. instances_pkey.
SELECT name, format(E'{\n  "experiment": %s,\n  "name": %s,\n  "description": %s,\n  "project": %s,\n  "configuration": %s\n}\n',
                    to_json(experiment), to_json(name), to_json(description), to_json(project), configuration)
FROM instances WHERE id = $1::bigint
