-- Pipelines: names under which artifacts of completed runs are promoted, version after version. A version holds its file by its
-- SHA-256 and a copy of all that is said of its run, which may be deleted.

-- A name stays when its last version goes, so that no version's number is used twice; it is shown while it has one.
CREATE TABLE pipelines (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text COLLATE "C" NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
    versions_made bigint NOT NULL DEFAULT 0,
    versions      bigint NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX pipelines_name ON pipelines (lower(name));
CREATE INDEX pipelines_shown ON pipelines (lower(name)) WHERE versions > 0;

CREATE TABLE pipeline_versions (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pipeline_id     bigint NOT NULL REFERENCES pipelines,
    version         bigint NOT NULL,
    description     text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
    tags            text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 20),
    stage           text CHECK (stage IN ('staging', 'production', 'archived')),
    promoted_at     timestamptz NOT NULL DEFAULT now(),
    promoted_by     text NOT NULL,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    -- the artifact: a record of a run, and the content that it named
    run_id          bigint NOT NULL,
    artifact_n      bigint NOT NULL,
    artifact_name   text NOT NULL,
    sha256          text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size            bigint NOT NULL,
    media_type      text NOT NULL,
    -- where it came from and what it was worth, as it was when it was promoted
    run_number      bigint NOT NULL,
    instance_id     bigint NOT NULL,
    instance_name   text NOT NULL,
    experiment      text NOT NULL,
    results         json NOT NULL,
    metrics         json NOT NULL,
    board_row       json,
    origin          json COMPRESSION lz4 NOT NULL, -- the run's snapshot
    -- the last time that the stored file was read and compared; verified_sha256 is null where there was none
    verified_at     timestamptz,
    verified_by     text,
    verified_sha256 text,
    verified_size   bigint,
    UNIQUE (pipeline_id, version),
    UNIQUE (pipeline_id, run_id, artifact_n)
);
CREATE INDEX pipeline_versions_run ON pipeline_versions (run_id);
CREATE INDEX pipeline_versions_sha256 ON pipeline_versions (sha256);
CREATE UNIQUE INDEX pipeline_versions_production ON pipeline_versions (pipeline_id) WHERE stage = 'production';
CREATE INDEX pipeline_versions_stage ON pipeline_versions (pipeline_id, stage, version) WHERE stage IS NOT NULL;

-- Each change of a version's stage, in order.
CREATE TABLE pipeline_stages (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version_id bigint NOT NULL REFERENCES pipeline_versions ON DELETE CASCADE,
    stage      text,
    at         timestamptz NOT NULL DEFAULT now(),
    by         text NOT NULL,
    because    text
);
CREATE INDEX pipeline_stages_version ON pipeline_stages (version_id, id);
