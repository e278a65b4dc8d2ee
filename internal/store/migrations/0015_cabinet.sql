-- What a reader of the cabinet keeps: names for states of tables, and what they have put away. Owned by internal/web/cabinet.
CREATE TABLE cabinet_view (
    user_id TEXT   NOT NULL,
    org     TEXT   NOT NULL, -- "operator", "agency:<id>", "project:<id>"
    page    TEXT   NOT NULL, -- the path below the organisation, and the table's name where the page has several
    view_id TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    query   TEXT   NOT NULL, -- what follows the question mark
    at      BIGINT NOT NULL,
    PRIMARY KEY (user_id, org, page, view_id)
) {{clustered}};
CREATE TABLE cabinet_put_away (
    user_id TEXT   NOT NULL,
    org     TEXT   NOT NULL,
    what    TEXT   NOT NULL, -- "checklist"
    at      BIGINT NOT NULL,
    PRIMARY KEY (user_id, org, what)
) {{clustered}};
