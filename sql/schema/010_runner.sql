-- What the runner's daemons ask for in turn: an instance's next runs, when it had one started last, and what is
-- reserved at this moment.
CREATE INDEX runs_waiting ON runs (instance_id, priority DESC, id) WHERE status = 'pending';
CREATE INDEX runs_served ON runs (instance_id, started_at DESC) WHERE started_at IS NOT NULL;
CREATE INDEX runs_reserved ON runs (reserved_until) WHERE status = 'pending' AND reserved_until IS NOT NULL;
