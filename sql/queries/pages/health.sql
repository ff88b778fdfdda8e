-- GET /healthz: does the database answer.
SELECT 1
