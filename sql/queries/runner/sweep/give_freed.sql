-- The sweep puts contents back whose files are still held by runs: to be looked at again.
INSERT INTO freed_contents (sha256) SELECT unnest($1::text[])
