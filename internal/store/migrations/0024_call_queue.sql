-- Queues whose callers wait on several nodes. Owned by internal/call. Instants are microseconds.
CREATE TABLE call_queue (
    project_id  TEXT    NOT NULL PRIMARY KEY,
    node        TEXT    NOT NULL, -- the one owner of the project's queues
    term        BIGINT  NOT NULL, -- fencing token: one more with each owner
    lease_until BIGINT  NOT NULL, -- when another node may take over
    waiting     INTEGER NOT NULL, -- somebody waits
    body        TEXT    NOT NULL  -- JSON: what the owner has decided
) {{clustered}};
CREATE INDEX call_queue_waiting ON call_queue (project_id) WHERE waiting = 1;

CREATE TABLE call_queue_desk (
    project_id TEXT   NOT NULL,
    node       TEXT   NOT NULL,
    seen_at    BIGINT NOT NULL,
    body       TEXT   NOT NULL, -- JSON: who waits at that node, and whom it can ring
    PRIMARY KEY (project_id, node)
) {{clustered}};
