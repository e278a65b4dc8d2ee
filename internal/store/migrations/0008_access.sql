-- Who belongs where and may do what. Owned by internal/access. org is "operator", "agency:<id>" or "project:<id>". Instants
-- are 0 where a thing has not happened.
CREATE TABLE access_agency (
    agency_id TEXT   NOT NULL PRIMARY KEY, -- what project.agency names
    name      TEXT   NOT NULL,
    language  TEXT   NOT NULL, -- of mails to people it invites; empty for that of whoever invites
    opened_at BIGINT NOT NULL
) {{clustered}};

CREATE TABLE access_member (
    org        TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    role       TEXT   NOT NULL, -- a built-in role, or the id of one of the organisation's own
    joined_at  BIGINT NOT NULL,
    invited_by TEXT   NOT NULL,
    blocked    TEXT   NOT NULL, -- empty, "here", or "everywhere" by the operator
    blocked_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL, -- about
    PRIMARY KEY (org, user_id)
) {{clustered}};
CREATE INDEX access_member_user ON access_member (user_id);

-- An organisation's own roles. Each change is a new version; the highest counts.
CREATE TABLE access_role (
    org         TEXT    NOT NULL,
    role_id     TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    copied_from TEXT    NOT NULL,
    matrix      TEXT    NOT NULL, -- JSON: {"calls": {"view": "own"}}
    made_at     BIGINT  NOT NULL,
    made_by     TEXT    NOT NULL,
    retired     INTEGER NOT NULL,
    PRIMARY KEY (org, role_id, version)
) {{clustered}};

CREATE TABLE access_invitation (
    org           TEXT   NOT NULL,
    invitation_id TEXT   NOT NULL,
    email         TEXT   NOT NULL, -- empty: whoever holds the link, for the first operator
    email_key     TEXT   NOT NULL,
    role          TEXT   NOT NULL,
    invited_by    TEXT   NOT NULL,
    secret_id     TEXT   NOT NULL,
    secret_hash   TEXT   NOT NULL,
    sent_at       BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    PRIMARY KEY (org, invitation_id)
) {{clustered}};
-- The invitations an organisation mailed within the last hour: how many more it may.
CREATE TABLE access_mail (
    org           TEXT   NOT NULL,
    invitation_id TEXT   NOT NULL,
    sent_at       BIGINT NOT NULL,
    PRIMARY KEY (org, invitation_id)
) {{clustered}};
CREATE UNIQUE INDEX access_invitation_secret ON access_invitation (secret_id);

CREATE TABLE access_department (
    project_id    TEXT   NOT NULL,
    department_id TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    made_at       BIGINT NOT NULL,
    PRIMARY KEY (project_id, department_id)
) {{clustered}};

CREATE UNIQUE INDEX access_department_name ON access_department (project_id, name);

CREATE TABLE access_department_member (
    project_id    TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    department_id TEXT NOT NULL,
    PRIMARY KEY (project_id, user_id, department_id)
) {{clustered}};
CREATE INDEX access_department_people ON access_department_member (project_id, department_id);

CREATE TABLE access_seat (
    project_id TEXT   NOT NULL,
    product    TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    since      BIGINT NOT NULL,
    PRIMARY KEY (project_id, product, user_id)
) {{clustered}};
CREATE INDEX access_seat_user ON access_seat (project_id, user_id);
