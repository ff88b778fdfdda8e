-- Experiments, instances, runs: what people name, and what happens to it.
-- Status changes are bound here, in the database, so that no program can break them.

CREATE FUNCTION rfc3339(t timestamptz) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

CREATE FUNCTION epoch_ms(t timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT floor(extract(epoch FROM t) * 1000)::bigint
$$;

-- Who may do what. Tokens and sessions are kept as SHA-256 only.

CREATE TABLE users (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    role       text NOT NULL DEFAULT 'admin' CHECK (role IN ('admin', 'member', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO users (name, role) VALUES ('admin', 'admin');

CREATE TABLE login_links (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE TABLE sessions (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash   bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    keep         interval NOT NULL DEFAULT '30 days' -- each use moves expires_at this far ahead
);

CREATE TABLE api_tokens (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    scope        text NOT NULL DEFAULT 'read' CHECK (scope IN ('read', 'run', 'admin')),
    token_hash   bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    expires_at   timestamptz,
    revoked_at   timestamptz
);

-- Runner daemons and what they offer. `heartbeat` is a counter: readers compare counters by their own
-- clock, never times of two machines.

CREATE TABLE runners (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host         text NOT NULL,
    boot_id      text NOT NULL,
    pid          int NOT NULL,
    version      text NOT NULL,
    jobs         int NOT NULL CHECK (jobs > 0),
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat    bigint NOT NULL DEFAULT 0,
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    stopped_at   timestamptz
) WITH (fillfactor = 50);

-- An experiment stays listed when its folder or its runner has gone; offers tell who has it now.
CREATE TABLE experiments (
    name         text PRIMARY KEY,
    title        text NOT NULL,
    description  text NOT NULL DEFAULT '',
    version      text NOT NULL DEFAULT '',
    manifest     json NOT NULL,          -- as read, describe merged in
    content_hash text NOT NULL,          -- SHA-256 of the folder's files
    folder       text NOT NULL,
    error        text,                   -- why it cannot be used, or null
    updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE offers (
    runner_id    bigint NOT NULL REFERENCES runners ON DELETE CASCADE,
    experiment   text NOT NULL REFERENCES experiments ON DELETE CASCADE,
    content_hash text NOT NULL,
    error        text,
    PRIMARY KEY (runner_id, experiment)
);
CREATE INDEX offers_experiment ON offers (experiment);

CREATE TABLE instances (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    experiment    text NOT NULL CHECK (length(experiment) BETWEEN 1 AND 100),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description   text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
    project       text NOT NULL DEFAULT '' CHECK (length(project) <= 100),
    configuration json NOT NULL DEFAULT '{}',
    runs_made     bigint NOT NULL DEFAULT 0, -- the last number given to a run; never goes back
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

CREATE TABLE runs (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance_id         bigint NOT NULL REFERENCES instances ON DELETE CASCADE,
    number              bigint NOT NULL,
    experiment          text NOT NULL,
    status              text NOT NULL DEFAULT 'pending'
                        CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
    reason              text CHECK (reason IN ('exit', 'signal', 'timeout', 'memory', 'lost', 'start',
                                               'reported', 'shutdown', 'cancelled')),
    error               text,
    exit_code           int,
    signal              int,
    priority            int NOT NULL DEFAULT 0 CHECK (priority BETWEEN -1000 AND 1000),
    configuration       json NOT NULL,
    snapshot            json NOT NULL DEFAULT '{}', -- what made the run: version, hash, command, host, ...
    created_at          timestamptz NOT NULL DEFAULT now(),
    reserved_by         bigint,
    reserved_until      timestamptz,
    runner_id           bigint,
    host                text,
    started_at          timestamptz,
    finished_at         timestamptz,
    cancel_requested_at timestamptz,
    cancel_forced       boolean NOT NULL DEFAULT false,
    UNIQUE (instance_id, number),
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CHECK (status <> 'running' OR started_at IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX runs_queue ON runs (priority DESC, id) WHERE status = 'pending';
CREATE INDEX runs_running ON runs (id) WHERE status = 'running';
CREATE INDEX runs_status ON runs (status, id);

-- The narrow, hot part of a run. `epoch` is the fencing token of its one writer.
CREATE TABLE run_heads (
    run_id       bigint PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    epoch        int NOT NULL DEFAULT 0,
    heartbeat    bigint NOT NULL DEFAULT 0,
    lines        bigint NOT NULL DEFAULT 0,
    records      bigint NOT NULL DEFAULT 0,
    bytes        bigint NOT NULL DEFAULT 0, -- of the log's text, ends of lines included
    debugs       bigint NOT NULL DEFAULT 0,
    infos        bigint NOT NULL DEFAULT 0,
    warns        bigint NOT NULL DEFAULT 0,
    errors       bigint NOT NULL DEFAULT 0,
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    said_at      timestamptz -- when the last line or record was committed
) WITH (fillfactor = 50);

CREATE TABLE idempotency_keys (
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    key        text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    request    text NOT NULL, -- what was asked: the same key for another request is refused
    run_id     bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
