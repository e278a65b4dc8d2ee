-- Where telephones are registered, kept over a restart. Owned by internal/staff. Instants are microseconds.
CREATE TABLE staff_binding (
    user_name   TEXT    NOT NULL, -- of the SIP account
    binding_key TEXT    NOT NULL, -- of the device within the account
    node        TEXT    NOT NULL, -- the one it is registered with
    expires_at  BIGINT  NOT NULL,
    body        TEXT    NOT NULL, -- JSON of the SIP side
    PRIMARY KEY (user_name, binding_key, node)
) {{clustered}};
