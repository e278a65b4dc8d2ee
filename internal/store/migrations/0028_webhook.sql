-- What is told to the servers of customers. Owned by internal/webhook. Instants are microseconds, 0 where a thing has not happened.
CREATE TABLE webhook_endpoint (
    endpoint_id TEXT    NOT NULL PRIMARY KEY,
    project_id  TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    kinds       TEXT    NOT NULL, -- what it is told, a kind a line
    enabled     INTEGER NOT NULL,
    secret      TEXT    NOT NULL, -- sealed by the vault
    old_secret  TEXT    NOT NULL, -- sealed; signs too until old_until; empty for none
    old_until   BIGINT  NOT NULL,
    made_at     BIGINT  NOT NULL,
    failing_at  BIGINT  NOT NULL, -- the first failure since the last success
    off_why     TEXT    NOT NULL, -- why it was switched off by itself: gone, failing; else empty
    off_at      BIGINT  NOT NULL
) {{clustered}};
CREATE INDEX webhook_endpoint_project ON webhook_endpoint (project_id, made_at);

-- What is told, once for all endpoints of a project.
CREATE TABLE webhook_message (
    project_id TEXT   NOT NULL,
    message_id BIGINT NOT NULL,
    source     TEXT   NOT NULL, -- what it was made of: nothing is told twice
    kind       TEXT   NOT NULL,
    subject    TEXT   NOT NULL, -- what it is about, "call 17": told in order; empty for nothing in particular
    person     TEXT   NOT NULL, -- whose number the body has, by which it is erased
    body       TEXT   NOT NULL, -- JSON; empty once erased
    at         BIGINT NOT NULL,
    PRIMARY KEY (project_id, message_id)
) {{clustered}};
CREATE UNIQUE INDEX webhook_message_source ON webhook_message (project_id, source);
CREATE INDEX webhook_message_person ON webhook_message (project_id, person) WHERE person <> '';
CREATE INDEX webhook_message_at ON webhook_message (at);

-- What became of telling an endpoint.
CREATE TABLE webhook_delivery (
    endpoint_id TEXT    NOT NULL,
    message_id  BIGINT  NOT NULL,
    project_id  TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    state       TEXT    NOT NULL, -- waiting, sent, failed, erased
    due_at      BIGINT  NOT NULL, -- of waiting ones: not before; while one is tried, until when its node has it
    give_up_at  BIGINT  NOT NULL,
    attempts    INTEGER NOT NULL,
    status      INTEGER NOT NULL, -- of the last answer; 0 for none
    answer      TEXT    NOT NULL, -- what the endpoint said, or why it could not be asked
    took        BIGINT  NOT NULL, -- the last try, in microseconds
    tried_at    BIGINT  NOT NULL,
    PRIMARY KEY (endpoint_id, message_id)
) {{clustered}};
CREATE INDEX webhook_delivery_due ON webhook_delivery (due_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_order ON webhook_delivery (endpoint_id, subject, message_id) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_message ON webhook_delivery (project_id, message_id);

-- Up to when the leads of a project were told.
CREATE TABLE webhook_lead (
    project_id TEXT   NOT NULL PRIMARY KEY,
    upto       BIGINT NOT NULL
) {{clustered}};

-- Who is asked which employee a calling client belongs to.
CREATE TABLE webhook_crm (
    project_id TEXT    NOT NULL PRIMARY KEY,
    url        TEXT    NOT NULL,
    enabled    INTEGER NOT NULL,
    wait       BIGINT  NOT NULL, -- how long a call waits for the answer, in microseconds
    secret     TEXT    NOT NULL -- signs the question; sealed by the vault
) {{clustered}};
