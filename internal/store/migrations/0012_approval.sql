-- Money moved by hand, and changes of the limits above which that needs a second signature. One row a request, whether it was
-- booked at once or waits. Owned by internal/approval.
CREATE TABLE approval_request (
    id          BIGINT NOT NULL PRIMARY KEY, -- time-ordered
    kind        TEXT   NOT NULL,             -- payment, adjustment, overdraft, limit
    project_id  TEXT   NOT NULL,             -- empty for a limit
    ref         TEXT   NOT NULL,             -- the payment's or adjustment's id; of a limit, its own
    currency    TEXT   NOT NULL,
    amount      BIGINT NOT NULL,             -- as booked: negative for a charge; of an overdraft its growth; of a limit the new one, -1 for none
    body        TEXT   NOT NULL,             -- JSON of what is booked
    reason      TEXT   NOT NULL,
    state       TEXT   NOT NULL,             -- waiting, booked, refused, withdrawn; waiting after expires_at is expired
    alone       INTEGER NOT NULL,            -- 1 where one signature was enough
    signer      TEXT   NOT NULL,             -- "user:ID" or "key:ID"
    asked_by    TEXT   NOT NULL,             -- user id, empty for a key that nobody made
    asked_key   TEXT   NOT NULL,
    asked_at    BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    decided_by  TEXT   NOT NULL,
    decided_at  BIGINT NOT NULL,
    decision    TEXT   NOT NULL,             -- why it was refused
    outcome     TEXT   NOT NULL              -- JSON of what the booking answered; empty until then
);
CREATE UNIQUE INDEX approval_request_ref ON approval_request (project_id, kind, ref);
CREATE INDEX approval_request_name ON approval_request (ref);      -- what a search types whole
CREATE INDEX approval_request_amount ON approval_request (amount);
CREATE INDEX approval_request_waiting ON approval_request (expires_at) WHERE state = 'waiting';
CREATE INDEX approval_request_alone ON approval_request (project_id, signer, asked_at) WHERE alone = 1;

CREATE TABLE approval_limit (
    currency TEXT   NOT NULL PRIMARY KEY,
    amount   BIGINT NOT NULL, -- -1 for none
    set_at   BIGINT NOT NULL
);
