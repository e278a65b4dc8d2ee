-- Conversations of people with the operator's side. Owned by internal/support. Instants are microseconds, 0 where a thing
-- has not happened. org is "project:<id>", "agency:<id>", or empty for somebody who belongs to none.
CREATE TABLE support_conversation (
    conversation_id {{id}}  NOT NULL PRIMARY KEY,
    org             TEXT    NOT NULL,
    user_id         TEXT    NOT NULL, -- whose conversation it is
    state           TEXT    NOT NULL, -- open, solved
    claimed_by      TEXT    NOT NULL, -- who of the operator's side has it; empty for nobody
    opened_at       BIGINT  NOT NULL,
    last_at         BIGINT  NOT NULL,
    last_seq        INTEGER NOT NULL,
    last_side       TEXT    NOT NULL,
    waiting_since   BIGINT  NOT NULL, -- of the first message that nobody answered
    page            TEXT    NOT NULL, -- where the person was last
    page_at         BIGINT  NOT NULL
);
CREATE UNIQUE INDEX support_conversation_person ON support_conversation (org, user_id);
CREATE INDEX support_conversation_waiting ON support_conversation (waiting_since, conversation_id) WHERE waiting_since > 0;
CREATE INDEX support_conversation_claimed ON support_conversation (claimed_by, last_at, conversation_id);
CREATE INDEX support_conversation_last ON support_conversation (last_at);
CREATE INDEX support_conversation_state ON support_conversation (state, last_at, conversation_id);

CREATE TABLE support_message (
    conversation_id BIGINT  NOT NULL,
    seq             INTEGER NOT NULL, -- 1, 2, 3 within the conversation
    at              BIGINT  NOT NULL,
    kind            TEXT    NOT NULL, -- text, solved, reopened
    side            TEXT    NOT NULL, -- customer, operator
    author          TEXT    NOT NULL,
    client_id       TEXT    NOT NULL, -- the writer's own name of it; that of what is not text is made here
    body            TEXT    NOT NULL,
    page            TEXT    NOT NULL,
    PRIMARY KEY (conversation_id, seq)
) {{clustered}};
CREATE UNIQUE INDEX support_message_client ON support_message (conversation_id, author, client_id);

-- How far each person has read.
CREATE TABLE support_read (
    conversation_id BIGINT  NOT NULL,
    user_id         TEXT    NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
) {{clustered}};

-- Each wait for an answer that ended with one.
CREATE TABLE support_response (
    conversation_id BIGINT  NOT NULL,
    seq             INTEGER NOT NULL, -- of the answer
    asked_at        BIGINT  NOT NULL,
    answered_at     BIGINT  NOT NULL,
    office_seconds  BIGINT  NOT NULL, -- of it within office hours as they were then
    PRIMARY KEY (conversation_id, seq)
) {{clustered}};
CREATE INDEX support_response_answered ON support_response (answered_at);

-- When each of the operator's people was last at their desk.
CREATE TABLE support_presence (
    user_id TEXT   NOT NULL PRIMARY KEY,
    seen_at BIGINT NOT NULL
) {{clustered}};
CREATE INDEX support_presence_seen ON support_presence (seen_at);

-- Texts that the operator's side answers with again and again.
CREATE TABLE support_saved (
    saved_id TEXT   NOT NULL PRIMARY KEY,
    title    TEXT   NOT NULL,
    body     TEXT   NOT NULL,
    made_by  TEXT   NOT NULL,
    made_at  BIGINT NOT NULL
) {{clustered}};

-- Office hours: one row at most.
CREATE TABLE support_hours (
    hours_id INTEGER NOT NULL PRIMARY KEY, -- 1
    zone     TEXT    NOT NULL,
    week     TEXT    NOT NULL -- JSON: a list of {"day": 1, "from": 540, "until": 1080}, minutes since midnight
) {{clustered}};
