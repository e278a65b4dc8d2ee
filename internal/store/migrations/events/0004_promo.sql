-- The codes that visitors are shown, to say or type when they call. Owned by internal/tracking.
CREATE TABLE tracking_promo (
    project_id TEXT   NOT NULL,
    code       TEXT   NOT NULL, -- digits, the last of which checks the others
    visitor_id TEXT   NOT NULL, -- empty without full consent: then it is the code of one visit
    visit_id   BIGINT NOT NULL, -- the latest that was shown it
    until      BIGINT NOT NULL, -- from then on another may get it
    PRIMARY KEY (project_id, code)
) {{clustered}};
CREATE INDEX tracking_promo_visitor ON tracking_promo (project_id, visitor_id) WHERE visitor_id <> '';
CREATE INDEX tracking_promo_visit ON tracking_promo (project_id, visit_id);
