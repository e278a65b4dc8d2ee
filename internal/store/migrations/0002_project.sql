-- Projects and what of them changes only at a local midnight.
CREATE TABLE project (
    project_id TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    country    TEXT    NOT NULL,
    currency   TEXT    NOT NULL,
    agency     TEXT    NOT NULL,
    opened_at  BIGINT  NOT NULL,
    first_day  INTEGER NOT NULL,
    limits     TEXT    NOT NULL,
    revision   BIGINT  NOT NULL
);

CREATE INDEX project_agency ON project (agency);

-- Projects that are a demo: only they can be removed.
CREATE TABLE project_demo (
    project_id TEXT    NOT NULL PRIMARY KEY REFERENCES project (project_id),
    complete   INTEGER NOT NULL -- 1 once its story was lived through to the end
);

CREATE TABLE project_zone (
    project_id TEXT    NOT NULL REFERENCES project (project_id),
    from_day   INTEGER NOT NULL,
    zone       TEXT    NOT NULL,
    set_at     BIGINT  NOT NULL,
    PRIMARY KEY (project_id, from_day)
);

CREATE TABLE project_book (
    project_id TEXT    NOT NULL REFERENCES project (project_id),
    from_day   INTEGER NOT NULL,
    book       TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    plan       TEXT    NOT NULL,
    set_at     BIGINT  NOT NULL,
    PRIMARY KEY (project_id, from_day)
);
