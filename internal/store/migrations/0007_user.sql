-- People: who they are, how they sign in, where they are signed in. Owned by internal/account. Instants are 0 where a thing
-- has not happened. No secret is here that could be shown: passwords are argon2id, tokens and codes SHA-256, the seeds of
-- authenticator apps sealed with a key that is no part of the database.
CREATE TABLE account_user (
    user_id       TEXT   NOT NULL PRIMARY KEY,
    email         TEXT   NOT NULL,
    email_key     TEXT   NOT NULL, -- the address as it is compared
    name          TEXT   NOT NULL,
    language      TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    confirmed_at  BIGINT NOT NULL, -- when the address was shown to be theirs
    blocked_at    BIGINT NOT NULL,
    seen_at       BIGINT NOT NULL, -- about
    totp_sealed   TEXT   NOT NULL, -- the seed; empty where there is no authenticator app
    totp_since    BIGINT NOT NULL, -- 0 while the seed was not shown to work
    totp_step     BIGINT NOT NULL  -- the last 30 seconds a code was taken for
) {{clustered}};
CREATE UNIQUE INDEX account_user_email ON account_user (email_key);

CREATE TABLE account_recovery (
    user_id   TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (user_id, code_hash)
) {{clustered}};

CREATE TABLE account_passkey (
    user_id       TEXT   NOT NULL,
    credential_id TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    credential    TEXT   NOT NULL, -- JSON: public key, sign counter, flags
    created_at    BIGINT NOT NULL,
    used_at       BIGINT NOT NULL,
    PRIMARY KEY (user_id, credential_id)
) {{clustered}};
CREATE UNIQUE INDEX account_passkey_credential ON account_passkey (credential_id);

-- What opens something once: links in mails, the step between password and second factor, ceremonies of passkeys.
CREATE TABLE account_token (
    token_id    TEXT   NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    secret_hash TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    expires_at  BIGINT NOT NULL
) {{clustered}};
CREATE INDEX account_token_user ON account_token (user_id, kind);
CREATE INDEX account_token_expiry ON account_token (expires_at);

CREATE TABLE account_email_change (
    user_id   TEXT    NOT NULL PRIMARY KEY,
    email     TEXT    NOT NULL,
    email_key TEXT    NOT NULL,
    old_said  INTEGER NOT NULL,
    new_said  INTEGER NOT NULL
) {{clustered}};

CREATE TABLE account_session (
    session_id  TEXT   NOT NULL PRIMARY KEY,
    secret_hash TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    project_id  TEXT   NOT NULL, -- the one project it is bound to, or empty
    viewing_as  TEXT   NOT NULL, -- the user whose eyes an operator borrowed, or empty
    method      TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    agent       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    proved_at   BIGINT NOT NULL, -- when a password, a code or a passkey was last shown in it
    seen_at     BIGINT NOT NULL, -- about
    expires_at  BIGINT NOT NULL,
    idle_micros BIGINT NOT NULL  -- it ends too when unused for so long
) {{clustered}};
CREATE INDEX account_session_user ON account_session (user_id);
CREATE INDEX account_session_viewed ON account_session (viewing_as) WHERE viewing_as <> '';
CREATE INDEX account_session_expiry ON account_session (expires_at);

-- How often something was tried in vain, and until when it may not be tried again.
CREATE TABLE account_attempt (
    subject  TEXT   NOT NULL PRIMARY KEY, -- SHA-256: what strangers type is not kept
    failures BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    next_at  BIGINT NOT NULL
) {{clustered}};
CREATE INDEX account_attempt_last ON account_attempt (last_at);
