-- Who answers and makes a project's calls. Owned by internal/staff. Instants are microseconds.
CREATE TABLE staff_employee (
    project_id    TEXT    NOT NULL,
    employee_id   TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    department_id TEXT    NOT NULL, -- of access; empty for none
    extension     TEXT    NOT NULL, -- 2 to 5 digits; empty for none
    user_id       TEXT    NOT NULL, -- the member of access they are; empty for nobody
    shut          INTEGER NOT NULL, -- 1 while that member is blocked or gone
    presence      TEXT    NOT NULL, -- available, away, do_not_disturb
    presence_at   BIGINT  NOT NULL, -- since when
    made_at       BIGINT  NOT NULL,
    PRIMARY KEY (project_id, employee_id)
) {{clustered}};
CREATE UNIQUE INDEX staff_employee_extension ON staff_employee (project_id, extension) WHERE extension <> '';
CREATE UNIQUE INDEX staff_employee_user ON staff_employee (project_id, user_id) WHERE user_id <> '';

-- Where they are reached, in order.
CREATE TABLE staff_contact (
    project_id  TEXT    NOT NULL,
    employee_id TEXT    NOT NULL,
    place       INTEGER NOT NULL, -- 0, 1, 2 within the employee
    kind        TEXT    NOT NULL, -- sip, mobile, other
    address     TEXT    NOT NULL, -- the user name of a SIP account, or an E.164 number
    is_primary  INTEGER NOT NULL, -- 1 where it is rung, 0 where it only tells who calls
    PRIMARY KEY (project_id, employee_id, place)
) {{clustered}};

-- SIP accounts. A user name is chosen by chance and belongs to one account of the installation.
CREATE TABLE staff_sip_account (
    user_name     TEXT    NOT NULL PRIMARY KEY,
    project_id    TEXT    NOT NULL,
    employee_id   TEXT    NOT NULL,
    label         TEXT    NOT NULL, -- "desk phone"
    ha1_md5       TEXT    NOT NULL, -- sealed by the vault
    ha1_sha256    TEXT    NOT NULL, -- sealed by the vault
    most_contacts INTEGER NOT NULL, -- devices registered at once
    enabled       INTEGER NOT NULL,
    made_at       BIGINT  NOT NULL,
    password_at   BIGINT  NOT NULL
) {{clustered}};
CREATE INDEX staff_sip_account_employee ON staff_sip_account (project_id, employee_id, made_at);
