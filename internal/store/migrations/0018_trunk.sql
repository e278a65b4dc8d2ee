-- Lines to carriers. Owned by internal/trunk. Instants are microseconds.
CREATE TABLE trunk_line (
    trunk_id   TEXT    NOT NULL PRIMARY KEY,
    project_id TEXT    NOT NULL, -- whose it is; empty for the operator's
    enabled    INTEGER NOT NULL,
    priority   INTEGER NOT NULL, -- lower ones are tried first
    body       TEXT    NOT NULL, -- JSON: the rest of its settings
    secret     TEXT    NOT NULL, -- its password, sealed by the vault; empty for none
    made_at    BIGINT  NOT NULL
) {{clustered}};
CREATE INDEX trunk_line_project ON trunk_line (project_id, priority);

-- Which trunk carries a number.
CREATE TABLE trunk_number (
    number        TEXT    NOT NULL PRIMARY KEY, -- E.164 with its plus
    trunk_id      TEXT    NOT NULL,
    most_channels INTEGER NOT NULL -- calls at once to the number; 0 for no bound of its own
) {{clustered}};
CREATE INDEX trunk_number_trunk ON trunk_number (trunk_id, number);

-- How a trunk was when the SIP side last said so. A trunk without a row was never heard of.
CREATE TABLE trunk_health (
    trunk_id TEXT    NOT NULL PRIMARY KEY,
    up       INTEGER NOT NULL,
    since    BIGINT  NOT NULL, -- of being up, or down
    reason   TEXT    NOT NULL, -- the last error; kept while it is up again
    error_at BIGINT  NOT NULL, -- when that was; 0 for never
    node     TEXT    NOT NULL, -- who said so
    seen_at  BIGINT  NOT NULL, -- about when it was last heard of
    trouble_at BIGINT NOT NULL DEFAULT 0, -- when it first fell since it was last well; 0 while it is
    told_at    BIGINT NOT NULL DEFAULT 0  -- when people were told that it stays down; 0 while they need not know
) {{clustered}};
