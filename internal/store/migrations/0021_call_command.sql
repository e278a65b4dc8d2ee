-- What one node asks another to do: to a call that runs there, or to begin one. Owned by internal/call. Instants are microseconds.
CREATE TABLE call_command (
    command_id   TEXT   NOT NULL PRIMARY KEY,
    node       TEXT   NOT NULL, -- whom it is for
    project_id TEXT   NOT NULL,
    call_id    BIGINT NOT NULL, -- 0 for a call to be begun
    body       TEXT   NOT NULL, -- JSON: what is to be done
    asked_at   BIGINT NOT NULL,
    state      TEXT   NOT NULL, -- waiting, taken, answered
    answer     TEXT   NOT NULL  -- JSON: what came of it; empty before
) {{clustered}};
CREATE INDEX call_command_node ON call_command (node, state, asked_at);
