-- Pages ask which runs have ended since they were drawn, or since they last heard.
CREATE INDEX runs_finished ON runs (finished_at) WHERE finished_at IS NOT NULL;
