-- The audit trail: every change of people, rights and settings, in the transaction of the change. Owned by internal/audit.
-- Rows are only ever added. org is "operator", "agency:<id>", "project:<id>", or empty for a person's own matters.
CREATE TABLE audit_entry (
    org        TEXT   NOT NULL,
    id         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    user_id    TEXT   NOT NULL,
    key_id     TEXT   NOT NULL,
    viewing_as TEXT   NOT NULL,
    part       TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    agent      TEXT   NOT NULL,
    request_id TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    object     TEXT   NOT NULL,
    object_id  TEXT   NOT NULL,
    before     TEXT   NOT NULL,
    after      TEXT   NOT NULL,
    PRIMARY KEY (org, at, id)
) {{clustered}};
CREATE UNIQUE INDEX audit_entry_id ON audit_entry (id);
-- Lists are of days, and read page by page from a key on: at is when it happened, which a story of the past may set before its id.
CREATE INDEX audit_entry_at ON audit_entry (at, id);
CREATE INDEX audit_entry_object ON audit_entry (object, object_id, at, id);
CREATE INDEX audit_entry_user ON audit_entry (user_id, at, id);
CREATE INDEX audit_entry_request ON audit_entry (request_id) WHERE request_id <> '';
