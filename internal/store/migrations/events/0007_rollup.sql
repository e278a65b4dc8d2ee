-- Visits summed up by the hour (UTC) at which they began, once nothing more can come of them: rebuilt from visits whenever wanted. Owned by internal/tracking.
CREATE TABLE tracking_rollup (
    project_id TEXT   NOT NULL,
    hour       BIGINT NOT NULL, -- since 1970
    site_id    TEXT   NOT NULL,
    channel    TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    medium     TEXT   NOT NULL,
    campaign   TEXT   NOT NULL,
    visits     BIGINT NOT NULL, -- of people
    bots       BIGINT NOT NULL, -- visits of programs
    pages      BIGINT NOT NULL, -- of people, as the next ones
    seconds    BIGINT NOT NULL, -- from the first hit to the last
    taps       BIGINT NOT NULL, -- on telephone links
    PRIMARY KEY (project_id, hour, site_id, channel, source, medium, campaign)
) {{clustered}};

-- How far a project's visits are summed up, and from where on they still stand by themselves.
CREATE TABLE tracking_rolled (
    project_id TEXT   NOT NULL PRIMARY KEY,
    done_to    BIGINT NOT NULL, -- the first hour that is not summed up yet
    kept_from  BIGINT NOT NULL  -- the first hour whose visits are all there; older ones went when their time was over
) {{clustered}};
