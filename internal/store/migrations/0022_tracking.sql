-- Call tracking as it is set up. Owned by internal/tracking; what visitors do is in the database of events. Instants are microseconds.
CREATE TABLE tracking_site (
    project_id TEXT   NOT NULL,
    site_id    TEXT   NOT NULL,
    site_key   TEXT   NOT NULL UNIQUE, -- public: it stands in the site's pages
    secret     TEXT   NOT NULL,        -- by which the names of its visits are known to be ours
    body       TEXT   NOT NULL,        -- JSON: the rest of its settings
    made_at    BIGINT NOT NULL,
    PRIMARY KEY (project_id, site_id)
) {{clustered}};

CREATE TABLE tracking_pool (
    project_id TEXT   NOT NULL,
    pool_id    TEXT   NOT NULL,
    body       TEXT   NOT NULL, -- JSON
    made_at    BIGINT NOT NULL,
    PRIMARY KEY (project_id, pool_id)
) {{clustered}};

-- What a tracking number is for: a member of a pool, or the sign of one source. One that is neither rests here after it was.
CREATE TABLE tracking_number (
    number     TEXT   NOT NULL PRIMARY KEY, -- E.164 with its plus
    project_id TEXT   NOT NULL,
    pool_id    TEXT   NOT NULL, -- empty outside pools
    body       TEXT   NOT NULL, -- JSON: the source it stands for; empty for none
    since      BIGINT NOT NULL, -- of that use
    rested_at  BIGINT NOT NULL, -- when callers of its former use have forgotten it
    grown_at   BIGINT NOT NULL  -- when its pool rented it by itself; 0 for a number that people added
) {{clustered}};
CREATE INDEX tracking_number_project ON tracking_number (project_id, number);

-- The rules of a site, every version of them; the highest is in force.
CREATE TABLE tracking_rules (
    project_id TEXT   NOT NULL,
    site_id    TEXT   NOT NULL,
    version    BIGINT NOT NULL, -- from 1
    body       TEXT   NOT NULL, -- JSON
    at         BIGINT NOT NULL,
    by_whom    TEXT   NOT NULL, -- a user, or "key <id>"
    PRIMARY KEY (project_id, site_id, version)
) {{clustered}};

-- Grows with every change of a project's call tracking: what was read of it is believed while this stands.
CREATE TABLE tracking_revision (
    project_id TEXT   NOT NULL PRIMARY KEY,
    revision   BIGINT NOT NULL
) {{clustered}};
