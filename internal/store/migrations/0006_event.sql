-- Outbox of events, positions of their readers (package event), and answers kept for repeated requests (package idem).

CREATE TABLE event_outbox (
    project_id TEXT NOT NULL,
    id         BIGINT NOT NULL,      -- time-ordered, made by the node that emitted it
    position   BIGINT NOT NULL,      -- order of delivery, given after the commit; 0 until then
    topic      TEXT NOT NULL,
    body       TEXT NOT NULL,        -- JSON
    at         BIGINT NOT NULL,
    PRIMARY KEY (project_id, id)
) {{clustered}};
CREATE INDEX event_outbox_fresh ON event_outbox (id) WHERE position = 0;
CREATE UNIQUE INDEX event_outbox_position ON event_outbox (position) WHERE position > 0;

CREATE TABLE event_cursor (
    subscriber  TEXT PRIMARY KEY,    -- '' is the one that gives positions
    position    BIGINT NOT NULL,     -- everything up to it was delivered
    owner       TEXT NOT NULL,       -- the node that delivers now
    lease_until BIGINT NOT NULL,     -- and until when it may
    attempts    INTEGER NOT NULL,    -- failed deliveries of the event that follows
    retry_at    BIGINT NOT NULL,     -- not before
    error       TEXT NOT NULL        -- of the last failed delivery; empty when all is well
) {{clustered}};

CREATE TABLE idem_key (
    scope        TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status       INTEGER NOT NULL,
    answer       TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
) {{clustered}};
CREATE INDEX idem_key_at ON idem_key (at);
