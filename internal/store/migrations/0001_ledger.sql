-- The ledger: accounts of projects, entries, reservations and the seal that chains entries (Rules B-03 to B-06).
-- Owned by internal/ledger, where every column is explained.

CREATE TABLE ledger_account (
    project_id    TEXT   NOT NULL PRIMARY KEY,
    currency      TEXT   NOT NULL,
    cash          BIGINT NOT NULL,
    bonus         BIGINT NOT NULL,
    credit        BIGINT NOT NULL,
    held          BIGINT NOT NULL,
    overdraft     BIGINT NOT NULL,
    seq           BIGINT NOT NULL,
    last_entry_id BIGINT NOT NULL,
    opened_at     BIGINT NOT NULL,
    digest        TEXT   NOT NULL
) {{clustered}};

CREATE TABLE ledger_entry (
    id            {{id}} NOT NULL PRIMARY KEY,
    project_id    TEXT   NOT NULL,
    seq           BIGINT NOT NULL,
    idem_key      TEXT   NOT NULL,
    request_hash  TEXT   NOT NULL,
    day           INTEGER NOT NULL,
    booked_at     BIGINT NOT NULL,
    kind          TEXT   NOT NULL,
    item          TEXT   NOT NULL,
    quantity      BIGINT NOT NULL,
    unit_price    BIGINT NOT NULL,
    amount        BIGINT NOT NULL,
    cash          BIGINT NOT NULL,
    bonus         BIGINT NOT NULL,
    credit        BIGINT NOT NULL,
    balance_after BIGINT NOT NULL,
    house         TEXT   NOT NULL,
    ref           TEXT   NOT NULL,
    rule          TEXT   NOT NULL,
    book          TEXT   NOT NULL,
    reverses      BIGINT NOT NULL,
    hold_id       BIGINT NOT NULL,
    explain       TEXT   NOT NULL
);

-- idem_key is the key, a blank and the project: one column, so that a list of keys can only be looked up by this index,
-- whatever the planner believes of a table it has no statistics of. Keys begin with a time, so that it grows at its end.
CREATE UNIQUE INDEX ledger_entry_key ON ledger_entry (idem_key);
CREATE INDEX ledger_entry_day ON ledger_entry (project_id, day, id) WHERE kind <> 'call';
CREATE UNIQUE INDEX ledger_entry_reverses ON ledger_entry (reverses) WHERE reverses <> 0;

CREATE TABLE ledger_hold (
    id           {{id}} NOT NULL PRIMARY KEY,
    project_id   TEXT   NOT NULL,
    idem_key     TEXT   NOT NULL,
    request_hash TEXT   NOT NULL,
    ref          TEXT   NOT NULL,
    day          INTEGER NOT NULL,
    amount       BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    opened_at    BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL,
    closed_at    BIGINT NOT NULL,
    entry_id     BIGINT NOT NULL,
    digest       TEXT   NOT NULL
);

CREATE UNIQUE INDEX ledger_hold_key ON ledger_hold (idem_key);
CREATE INDEX ledger_hold_pending ON ledger_hold (project_id, day, id) WHERE state = 'pending';

CREATE TABLE ledger_seal (
    entry_id   {{id}} NOT NULL PRIMARY KEY,
    project_id TEXT   NOT NULL,
    seq        BIGINT NOT NULL,
    hash       TEXT   NOT NULL
);

-- The end of each project's chain, so that the sealer need not search for it.
CREATE TABLE ledger_seal_head (
    project_id TEXT   NOT NULL PRIMARY KEY,
    seq        BIGINT NOT NULL,
    entry_id   BIGINT NOT NULL,
    hash       TEXT   NOT NULL
) {{clustered}};

-- Calls are many: an index over them would cost a page for nearly every one. The sealer files them by project and day, many
-- of a project at once, and sums up each day by item; readers add what it has not reached.
CREATE TABLE ledger_call (
    project_id TEXT    NOT NULL,
    day        INTEGER NOT NULL,
    entry_id   BIGINT  NOT NULL,
    PRIMARY KEY (project_id, day, entry_id)
) {{clustered}};

CREATE TABLE ledger_call_day (
    project_id TEXT    NOT NULL,
    day        INTEGER NOT NULL,
    item       TEXT    NOT NULL,
    amount     BIGINT  NOT NULL,
    quantity   BIGINT  NOT NULL,
    entries    BIGINT  NOT NULL,
    PRIMARY KEY (project_id, day, item)
) {{clustered}};

-- The identifier up to which every entry is sealed and filed: one row.
CREATE TABLE ledger_seal_mark (
    only_row INTEGER NOT NULL PRIMARY KEY,
    entry_id BIGINT  NOT NULL
) {{clustered}};
