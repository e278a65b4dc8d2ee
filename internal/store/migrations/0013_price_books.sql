-- Price books kept in the database, long jobs, and what drafts of books would have cost real projects.

-- A version of a book: a draft that is edited, then published and never changed again. Owned by internal/bookshelf.
CREATE TABLE bookshelf_version (
    id           BIGINT  NOT NULL PRIMARY KEY, -- time-ordered
    book         TEXT    NOT NULL,             -- as the text says; empty while the text has mistakes
    version      TEXT    NOT NULL,
    effective    INTEGER NOT NULL,
    state        TEXT    NOT NULL,             -- draft, waiting, published, withdrawn, discarded
    text         TEXT    NOT NULL,             -- YAML
    file         TEXT    NOT NULL,             -- by what name it was uploaded; empty where it was typed, or begun as a copy
    says         TEXT    NOT NULL,             -- what the text calls itself, mistakes or not: "ringostat@2027-01-01"
    revision     BIGINT  NOT NULL,             -- grows with every change
    made_by      TEXT    NOT NULL,
    made_at      BIGINT  NOT NULL,
    edited_at    BIGINT  NOT NULL,
    submitted_by TEXT    NOT NULL,             -- the first signature
    submitted_at BIGINT  NOT NULL,
    decided_by   TEXT    NOT NULL,             -- the second one
    decided_at   BIGINT  NOT NULL,
    note         TEXT    NOT NULL              -- why it was refused
);
CREATE UNIQUE INDEX bookshelf_version_name ON bookshelf_version (book, version) WHERE state = 'published';
CREATE UNIQUE INDEX bookshelf_version_effective ON bookshelf_version (book, effective) WHERE state = 'published';

-- The rate cards that a version names.
CREATE TABLE bookshelf_file (
    version_id BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    text       TEXT   NOT NULL, -- CSV
    PRIMARY KEY (version_id, name)
);

-- Long jobs: who runs each, how far it is, what came of it. Owned by internal/job.
CREATE TABLE job_run (
    id          BIGINT NOT NULL PRIMARY KEY, -- time-ordered
    kind        TEXT   NOT NULL,
    subject     TEXT   NOT NULL,             -- what it is about, for its kind to find it by
    argument    TEXT   NOT NULL,             -- JSON
    question    TEXT   NOT NULL,             -- a digest of the argument
    state       TEXT   NOT NULL,             -- queued, running, done, failed, cancelled
    done        BIGINT NOT NULL,
    total       BIGINT NOT NULL,
    result      TEXT   NOT NULL,             -- JSON; empty until it is done
    error       TEXT   NOT NULL,
    asked_by    TEXT   NOT NULL,
    asked_at    BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL,
    owner       TEXT   NOT NULL,             -- the node that runs it and a word of its process
    lease_until BIGINT NOT NULL,
    attempts    BIGINT NOT NULL              -- how often a node began it and did not give it back
);
CREATE INDEX job_run_open ON job_run (id) WHERE state = 'queued' OR state = 'running';
CREATE UNIQUE INDEX job_run_question ON job_run (kind, subject, question) WHERE state = 'queued' OR state = 'running'; -- asked twice, it is one job
CREATE INDEX job_run_subject ON job_run (kind, subject, id);

-- What a draft would have cost a project. Owned by internal/rehearsal.
CREATE TABLE rehearsal_project (
    job_id     BIGINT NOT NULL,
    project_id TEXT   NOT NULL,
    state      TEXT   NOT NULL, -- pending, done, failed
    currency   TEXT   NOT NULL,
    was        BIGINT NOT NULL, -- charges of the period as they were
    would      BIGINT NOT NULL, -- and under the draft
    answer     TEXT   NOT NULL, -- JSON of the whole comparison, or what is wrong
    PRIMARY KEY (job_id, project_id)
);
