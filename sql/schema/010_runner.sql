-- What the runner's daemons ask for in turn: when an instance had a run started last.
CREATE INDEX runs_served ON runs (instance_id, started_at DESC) WHERE started_at IS NOT NULL;
