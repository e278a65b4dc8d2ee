-- What projects hold and use, their days, and where they stand. Instants are microseconds, days count from 1970-01-01,
-- amounts are millionths. 9223372036854775807 stands for "not ended".
CREATE TABLE billing_project (
    project_id         TEXT    NOT NULL PRIMARY KEY,
    next_day           INTEGER NOT NULL,
    next_close_at      BIGINT  NOT NULL,
    state              TEXT    NOT NULL,
    state_since        BIGINT  NOT NULL,
    dry_since          BIGINT  NOT NULL,
    next_transition_at BIGINT  NOT NULL,
    parked             TEXT    NOT NULL,
    loyalty_enrolled   INTEGER NOT NULL,
    loyalty_percent    INTEGER NOT NULL,
    term               TEXT    NOT NULL
);
CREATE INDEX billing_project_close ON billing_project (next_close_at);
CREATE INDEX billing_project_transition ON billing_project (next_transition_at);

CREATE TABLE billing_holding (
    project_id  TEXT   NOT NULL,
    id          BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    item        TEXT   NOT NULL,
    quantity    BIGINT NOT NULL,
    from_at     BIGINT NOT NULL,
    until_at    BIGINT NOT NULL,
    owner       TEXT   NOT NULL,
    number_kind TEXT   NOT NULL,
    number_use  TEXT   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX billing_holding_until ON billing_holding (project_id, until_at);
-- A number belongs to one project at a time.
CREATE UNIQUE INDEX billing_number_holder ON billing_holding (item) WHERE kind = 'number' AND until_at = 9223372036854775807;

CREATE TABLE billing_usage (
    project_id  TEXT    NOT NULL,
    day         INTEGER NOT NULL,
    calls       BIGINT  NOT NULL,
    call_count  BIGINT  NOT NULL,
    sms         BIGINT  NOT NULL,
    sms_count   BIGINT  NOT NULL,
    sessions    BIGINT  NOT NULL,
    session_fee BIGINT  NOT NULL,
    counted     INTEGER NOT NULL,
    PRIMARY KEY (project_id, day)
);

CREATE TABLE billing_minute (
    project_id TEXT    NOT NULL,
    month      INTEGER NOT NULL,
    package    TEXT    NOT NULL,
    minutes    BIGINT  NOT NULL,
    PRIMARY KEY (project_id, month, package)
);

-- What was charged in advance for a calendar month, once, on a day; listed is the list price, without added tax.
CREATE TABLE billing_advance (
    project_id TEXT    NOT NULL,
    month      INTEGER NOT NULL,
    item       TEXT    NOT NULL,
    day        INTEGER NOT NULL,
    amount     BIGINT  NOT NULL,
    listed     BIGINT  NOT NULL,
    PRIMARY KEY (project_id, month, item)
);

CREATE TABLE billing_day (
    project_id TEXT    NOT NULL,
    day        INTEGER NOT NULL,
    starts_at  BIGINT  NOT NULL,
    ends_at    BIGINT  NOT NULL,
    closed_at  BIGINT  NOT NULL,
    lines      BIGINT  NOT NULL,
    amount     BIGINT  NOT NULL,
    book       TEXT    NOT NULL,
    PRIMARY KEY (project_id, day)
);

-- What was done once under an id of the caller's: payments, terms, corrections, reports of sessions.
CREATE TABLE billing_payment (
    project_id TEXT   NOT NULL,
    payment_id TEXT   NOT NULL,
    request    TEXT   NOT NULL,
    answer     TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (project_id, payment_id)
);

CREATE TABLE billing_transition (
    project_id TEXT   NOT NULL,
    id         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    from_state TEXT   NOT NULL,
    to_state   TEXT   NOT NULL,
    PRIMARY KEY (project_id, id)
);
