-- Who is shut out of SIP now, as each node last said. Owned by internal/ban.
CREATE TABLE ban_held (
    node     TEXT     NOT NULL,
    source   TEXT     NOT NULL, -- an address
    why      TEXT     NOT NULL, -- scanner, wrong_password, unknown_user, malformed, knocking
    since    BIGINT   NOT NULL,
    until    BIGINT   NOT NULL,
    times    BIGINT   NOT NULL, -- how often it was shut out lately
    released BIGINT   NOT NULL, -- when an operator let it in; 0 for not
    PRIMARY KEY (node, source)
) {{clustered}};

-- Addresses that are never shut out.
CREATE TABLE ban_spared (
    prefix  TEXT   NOT NULL PRIMARY KEY, -- 192.0.2.0/24
    note    TEXT   NOT NULL,
    made_at BIGINT NOT NULL,
    made_by TEXT   NOT NULL
) {{clustered}};
