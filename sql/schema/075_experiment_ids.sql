-- A number for each experiment, which lists go on from: names are no cursors, and counting shifts when another one appears.
ALTER TABLE experiments ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE;
