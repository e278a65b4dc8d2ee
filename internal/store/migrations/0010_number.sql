-- Every number the installation knows: the operator's stock, and what customers brought along. One row a number, so that
-- it stands between all who want it. Instants are microseconds; 9223372036854775807 stands for "no date is set".
CREATE TABLE number_registry (
    number     TEXT   NOT NULL PRIMARY KEY, -- E.164 with its plus
    owner      TEXT   NOT NULL,             -- operator, customer
    country    TEXT   NOT NULL,             -- ISO 3166; empty where it belongs to none
    area       TEXT   NOT NULL,             -- area code without the country's; empty where it has none
    area_name  TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    carrier    TEXT   NOT NULL,             -- the operator's note on carrier and trunk
    state      TEXT   NOT NULL,             -- free, rented, quarantine, retired
    until_at   BIGINT NOT NULL,             -- when a quarantine ends
    project_id TEXT   NOT NULL,             -- who holds it, or in quarantine held it last; empty otherwise
    label      TEXT   NOT NULL,             -- the project's
    held_since BIGINT NOT NULL,             -- since when project_id holds it
    since      BIGINT NOT NULL              -- of the state
);
CREATE INDEX number_registry_free ON number_registry (country, kind, area, since, number) WHERE owner = 'operator' AND state = 'free';
CREATE INDEX number_registry_project ON number_registry (project_id, number) WHERE project_id <> '';
CREATE INDEX number_registry_due ON number_registry (until_at) WHERE state = 'quarantine';

-- What happened to a number: empty states stand for "not known to us".
CREATE TABLE number_history (
    number     TEXT   NOT NULL,
    id         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    by_whom    TEXT   NOT NULL,
    from_state TEXT   NOT NULL,
    to_state   TEXT   NOT NULL,
    until_at   BIGINT NOT NULL,
    project_id TEXT   NOT NULL,
    PRIMARY KEY (number, id)
) {{clustered}};
