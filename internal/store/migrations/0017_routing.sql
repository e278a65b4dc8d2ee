-- What happens to a project's calls. Owned by internal/routing. Instants are microseconds.
CREATE TABLE routing_scheme (
    project_id TEXT    NOT NULL,
    scheme_id  TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    draft      TEXT    NOT NULL, -- JSON, perhaps with mistakes; empty where all is published
    live       INTEGER NOT NULL, -- the version that counts; 0 before the first
    last       INTEGER NOT NULL, -- the newest version
    made_at    BIGINT  NOT NULL,
    changed_at BIGINT  NOT NULL,
    changed_by TEXT    NOT NULL,
    PRIMARY KEY (project_id, scheme_id)
) {{clustered}};

-- Every version that ever counted; none is changed.
CREATE TABLE routing_version (
    project_id   TEXT    NOT NULL,
    scheme_id    TEXT    NOT NULL,
    version      INTEGER NOT NULL, -- 1, 2, 3 within the scheme
    body         TEXT    NOT NULL, -- JSON
    again        INTEGER NOT NULL, -- the older version it repeats; 0 for none
    published_at BIGINT  NOT NULL,
    published_by TEXT    NOT NULL,
    PRIMARY KEY (project_id, scheme_id, version)
) {{clustered}};

-- Which scheme a number has.
CREATE TABLE routing_number (
    number     TEXT NOT NULL PRIMARY KEY, -- E.164 with its plus
    project_id TEXT NOT NULL,
    scheme_id  TEXT NOT NULL,
    closed_id  TEXT NOT NULL -- outside working hours; empty for the project's
) {{clustered}};
CREATE INDEX routing_number_project ON routing_number (project_id, number);

-- Working hours and settings of a project: one row each.
CREATE TABLE routing_plan (
    project_id TEXT   NOT NULL PRIMARY KEY,
    hours      TEXT   NOT NULL, -- JSON; empty for always
    settings   TEXT   NOT NULL, -- JSON; empty for the usual ones
    changed_at BIGINT NOT NULL
) {{clustered}};

-- Callers who are refused.
CREATE TABLE routing_blocked (
    project_id TEXT   NOT NULL,
    pattern    TEXT   NOT NULL, -- "+380671234567", "+38067*", "withheld"
    note       TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    made_by    TEXT   NOT NULL,
    PRIMARY KEY (project_id, pattern)
) {{clustered}};

-- Prompts and music. The file lies in the data directory under the hash of its content.
CREATE TABLE routing_prompt (
    project_id TEXT   NOT NULL,
    prompt_id  TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- prompt, music
    hash       TEXT   NOT NULL, -- SHA-256 in hex
    format     TEXT   NOT NULL, -- wav, mp3
    bytes      BIGINT NOT NULL,
    millis     BIGINT NOT NULL, -- how long it plays
    spoken     TEXT   NOT NULL, -- the text that was spoken; empty for an upload
    voice      TEXT   NOT NULL, -- in which language
    made_at    BIGINT NOT NULL,
    PRIMARY KEY (project_id, prompt_id)
) {{clustered}};
