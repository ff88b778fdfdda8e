-- What a person sees of a token, and which token made it; idempotency keys for everything that is made.

ALTER TABLE api_tokens
    ADD COLUMN prefix text NOT NULL DEFAULT '' CHECK (length(prefix) <= 12), -- its first characters, to tell tokens apart
    ADD COLUMN made_by bigint REFERENCES api_tokens ON DELETE SET NULL;      -- revoked with that one
CREATE INDEX api_tokens_user ON api_tokens (user_id, id) WHERE revoked_at IS NULL;
CREATE INDEX api_tokens_made_by ON api_tokens (made_by) WHERE made_by IS NOT NULL;

-- `request` begins with what was made: this is its id, in whatever table.
ALTER TABLE idempotency_keys RENAME COLUMN run_id TO made_id;
