-- Functions that hold no data moved to sql/functions, which is made anew whenever it changes (scripts/migrate); so those that
-- earlier files made go. Their names are unique, so their arguments need not be said.
DROP FUNCTION
    fmt_duration, fmt_ago_ms, fmt_ago, fmt_bytes, fmt_count, fmt_number, api_experiment, start_run, url_encoded,
    view_badge, view_time, view_reason, view_elapsed, view_run_row, view_leaves, json_indent, view_log_lines,
    view_event_tone, view_no_runner, view_number, view_duration, view_cell, view_tables;

-- What the last migration made from sql/functions and sql/views, so that the next one knows what to drop.
CREATE TABLE schema_made (kind text NOT NULL CHECK (kind IN ('ROUTINE', 'VIEW')), identity text NOT NULL, checksum text NOT NULL);
