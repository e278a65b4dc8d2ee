-- Mails to people (package mail): put here with what causes them, delivered after the commit.

CREATE TABLE mail_message (
    mail_id   TEXT PRIMARY KEY,      -- stands in its Message-ID, the same at every try
    kind      TEXT NOT NULL,         -- 'confirm', 'reset', ...
    recipient TEXT NOT NULL,         -- address
    sealed    TEXT NOT NULL,         -- subject and bodies, which may carry the secret of a link; empty once it is ended
    state     TEXT NOT NULL,         -- waiting, sent, failed; nobody: written for no one, so that it takes as long
    queued_at BIGINT NOT NULL,
    due_at    BIGINT NOT NULL,       -- the next try; while a node tries, when another one may
    attempts  BIGINT NOT NULL,
    error     TEXT NOT NULL,         -- of the last try
    ended_at  BIGINT NOT NULL        -- 0 while it waits
) {{clustered}};
CREATE INDEX mail_message_due ON mail_message (due_at) WHERE state = 'waiting';
CREATE INDEX mail_message_ended ON mail_message (ended_at) WHERE ended_at > 0;
