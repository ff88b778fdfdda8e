-- The sweep takes contents that have lost a reference, oldest first; other daemons' are left to them. What it cannot
-- remove yet it gives back (give_freed). Primary key.
DELETE FROM freed_contents WHERE id IN (
    SELECT id FROM freed_contents ORDER BY id LIMIT $1::int FOR UPDATE SKIP LOCKED)
RETURNING sha256
