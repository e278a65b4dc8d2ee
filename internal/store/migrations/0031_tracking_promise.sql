-- Credit for days on which a pool missed its promise (Rule C-111). Owned by internal/tracking. Projects without a row get none.
CREATE TABLE tracking_promise (
    project_id TEXT    NOT NULL PRIMARY KEY,
    kept       INTEGER NOT NULL, -- 1 while the operator gives credit
    next_day   BIGINT  NOT NULL, -- the first usage day that nobody has looked at yet
    by_whom    TEXT    NOT NULL, -- who switched it: a user, or "key <id>"
    at         BIGINT  NOT NULL
) {{clustered}};

-- A day for which credit was given. Days on which promises were kept have none.
CREATE TABLE tracking_credit (
    project_id TEXT   NOT NULL,
    day        BIGINT NOT NULL, -- usage day
    entry_id   BIGINT NOT NULL, -- of the ledger
    amount     BIGINT NOT NULL, -- in millionths
    paid       BIGINT NOT NULL, -- what the day's fee of call tracking came to in money
    missed     BIGINT NOT NULL, -- numbers of the pools that missed their promise
    numbers    BIGINT NOT NULL, -- of all pools
    body       TEXT   NOT NULL, -- JSON: those pools, with what was promised and measured
    at         BIGINT NOT NULL,
    PRIMARY KEY (project_id, day)
) {{clustered}};
