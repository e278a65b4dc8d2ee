-- What is certain about where a call came from, however it was scored: the measure of scores. Owned by internal/tracking.
CREATE TABLE tracking_truth (
    project_id TEXT   NOT NULL,
    call_id    TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- promo, phone, unreissued
    visit_id   BIGINT NOT NULL,
    at         BIGINT NOT NULL, -- when the call came in
    PRIMARY KEY (project_id, call_id, kind)
) {{clustered}};
CREATE INDEX tracking_truth_at ON tracking_truth (project_id, at);
