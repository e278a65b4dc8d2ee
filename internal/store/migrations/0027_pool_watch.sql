-- What troubles a pool, and since when: people are told of it once, and once more when it is over. Owned by internal/tracking.
CREATE TABLE tracking_trouble (
    project_id TEXT   NOT NULL,
    pool_id    TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- overload, accuracy, stuck
    since      BIGINT NOT NULL,
    PRIMARY KEY (project_id, pool_id, kind)
) {{clustered}};

-- What a pool rented and gave back by itself. A row a number and step.
CREATE TABLE tracking_growth (
    project_id TEXT   NOT NULL,
    pool_id    TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    number     TEXT   NOT NULL,
    step       TEXT   NOT NULL, -- rented, retired, released
    why        TEXT   NOT NULL, -- overloaded, inaccurate, unneeded
    monthly    BIGINT NOT NULL, -- what the number costs a month, in millionths
    PRIMARY KEY (project_id, pool_id, at, number, step)
) {{clustered}};
