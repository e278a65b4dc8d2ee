-- Outbox of events, positions of their readers (package event), and answers kept for repeated requests (package idem).

CREATE TABLE event_outbox (
    id         {{id}} PRIMARY KEY,   -- time-ordered
    project_id TEXT NOT NULL,
    topic      TEXT NOT NULL,
    body       TEXT NOT NULL,        -- JSON
    at         BIGINT NOT NULL
);
CREATE INDEX event_outbox_topic ON event_outbox (topic, id);

CREATE TABLE event_cursor (
    subscriber TEXT PRIMARY KEY,
    last_id    BIGINT NOT NULL,      -- everything up to it was delivered
    attempts   INTEGER NOT NULL,     -- failed deliveries of the event after it
    retry_at   BIGINT NOT NULL,
    error      TEXT NOT NULL         -- of the last failed delivery
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
