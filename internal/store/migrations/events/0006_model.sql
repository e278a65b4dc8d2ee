-- What a project's scorer has learnt (Rule C-100): every version of it, the highest is in force. Version 1 is what nobody has taught and has no row.
-- Owned by internal/tracking.
CREATE TABLE tracking_model (
    project_id TEXT   NOT NULL,
    version    BIGINT NOT NULL, -- from 2
    at         BIGINT NOT NULL,
    learnt     BIGINT NOT NULL, -- from how many calls
    body       TEXT   NOT NULL, -- JSON: weights
    PRIMARY KEY (project_id, version)
) {{clustered}};
