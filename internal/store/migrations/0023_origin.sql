-- Where a call came from, as call tracking found it: a copy of what its visit said, so that the log is filtered and summed up
-- without reading visits. Owned by internal/call. A call whose origin nobody knows has no row.
CREATE TABLE call_origin (
    project_id TEXT    NOT NULL,
    call_id    BIGINT  NOT NULL,
    receipt    TEXT    NOT NULL, -- of package tracking: candidates and reasons; empty where the number alone tells the source
    visit      TEXT    NOT NULL,
    visitor    TEXT    NOT NULL,
    certainty  INTEGER NOT NULL, -- in ten thousand, that the visit is the one
    pool       TEXT    NOT NULL,
    channel    TEXT    NOT NULL, -- a channel group
    source     TEXT    NOT NULL,
    medium     TEXT    NOT NULL,
    campaign   TEXT    NOT NULL,
    term       TEXT    NOT NULL,
    content    TEXT    NOT NULL,
    click      TEXT    NOT NULL, -- name=value of the advert's click id
    landing    TEXT    NOT NULL,
    referrer   TEXT    NOT NULL,
    page       TEXT    NOT NULL, -- the last one before the call
    device     TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    region     TEXT    NOT NULL,
    ip         TEXT    NOT NULL, -- truncated
    client_id  TEXT    NOT NULL, -- of the site's own analytics
    promo      TEXT    NOT NULL, -- the code that the caller gave
    custom     TEXT    NOT NULL, -- name=value of what the site says of the visitor, with commas
    found_at   BIGINT  NOT NULL,
    PRIMARY KEY (project_id, call_id)
) {{clustered}};
CREATE INDEX call_origin_visit ON call_origin (project_id, visit) WHERE visit <> '';
CREATE INDEX call_origin_visitor ON call_origin (project_id, visitor) WHERE visitor <> '';
