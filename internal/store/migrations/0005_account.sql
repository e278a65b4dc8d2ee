-- API keys: what a program shows to be let in. The secret itself is nowhere; secret_hash is its SHA-256 in hex.
-- project_id is empty for an operator's key. Instants are 0 where a thing has not happened or never will.
CREATE TABLE account_key (
    project_id   TEXT   NOT NULL,
    key_id       TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    scope        TEXT   NOT NULL,
    secret_hash  TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    made_by      TEXT   NOT NULL, -- the user, or empty
    PRIMARY KEY (project_id, key_id)
);

-- Whoever shows a secret names the key, not the project.
CREATE UNIQUE INDEX account_key_by_id ON account_key (key_id);
