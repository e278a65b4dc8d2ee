-- Call legs and messages as they were authorised and charged. Owned by internal/charging, where every column is explained.
--
-- Their keys are the caller's id, a blank and the project: one column, so that a list of keys can only be looked up by its
-- index. Ids normally begin with a time, so that both tables grow at their end.

CREATE TABLE charging_leg (
    leg_key      TEXT    NOT NULL PRIMARY KEY,
    project_id   TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    to_number    TEXT    NOT NULL,
    number       TEXT    NOT NULL,
    number_owner TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    charge       TEXT    NOT NULL,
    hold_id      BIGINT  NOT NULL,
    held         BIGINT  NOT NULL,
    hold_seconds BIGINT  NOT NULL,
    max_seconds  BIGINT  NOT NULL,
    opened_at    BIGINT  NOT NULL,
    answered_at  BIGINT  NOT NULL,
    heartbeat_at BIGINT  NOT NULL,
    closed_at    BIGINT  NOT NULL,
    seconds      BIGINT  NOT NULL,
    billable     BIGINT  NOT NULL,
    minutes      BIGINT  NOT NULL,
    package      TEXT    NOT NULL,
    amount       BIGINT  NOT NULL,
    day          INTEGER NOT NULL,
    prefix       TEXT    NOT NULL,
    zone         TEXT    NOT NULL,
    per_minute   BIGINT  NOT NULL,
    book         TEXT    NOT NULL,
    entry_id     BIGINT  NOT NULL,
    cause        TEXT    NOT NULL
) {{clustered}};

-- Open legs are few: they are counted for the caps and looked through for silent ones.
CREATE INDEX charging_leg_open ON charging_leg (project_id, day) WHERE state = 'open';

-- A leg is found by its day through its ledger entry, or here where it has none.
CREATE INDEX charging_leg_day ON charging_leg (project_id, day, leg_key) WHERE entry_id = 0;

CREATE TABLE charging_message (
    message_key TEXT    NOT NULL PRIMARY KEY,
    project_id  TEXT    NOT NULL,
    to_number   TEXT    NOT NULL,
    segments    BIGINT  NOT NULL,
    sent_at     BIGINT  NOT NULL,
    item        TEXT    NOT NULL,
    unit_price  BIGINT  NOT NULL,
    amount      BIGINT  NOT NULL,
    day         INTEGER NOT NULL,
    book        TEXT    NOT NULL,
    entry_id    BIGINT  NOT NULL
) {{clustered}};
