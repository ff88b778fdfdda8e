-- A log line's text as a page shows it before any script runs: escape sequences are no part of it.
BEGIN;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\set cases `cat tests/shared/ansi.json`

SELECT is(visible_text(c ->> 0), c ->> 1, (c -> 0)::text) FROM json_array_elements(:'cases'::json) c;
SELECT is(view_log_text(E'a\x07\u009b\tb\nc\x7f\x1b[1mx'), E'a\uFFFD\uFFFD\tb\nc\uFFFDx', 'control characters have a sign, tabs and line ends stay');
SELECT is(view_log_text('plain \x1b'), 'plain \x1b', 'a backslash is a backslash');

SELECT * FROM finish();
ROLLBACK;
