-- What visitors of customers' sites do. Owned by internal/tracking; what is configured stands in the core database. Ids of visits,
-- hits, leases and leads begin with the microsecond at which they were made: the rows of a project lie in the order of time.
-- Instants are microseconds, 0 where a thing has not happened.

-- What is known of a visit from its first hit on, written once, but for consents and values of the site that come later.
CREATE TABLE tracking_visit (
    project_id TEXT    NOT NULL,
    visit_id   BIGINT  NOT NULL,
    site_id    TEXT    NOT NULL,
    visitor_id TEXT    NOT NULL, -- empty without consent
    ordinal    BIGINT  NOT NULL, -- which visit of the visitor it is, from 1
    previous   BIGINT  NOT NULL, -- the visitor's visit before, 0 for none: a history is read from tracking_visitor back, without an index to write
    landing    TEXT    NOT NULL,
    referrer   TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    medium     TEXT    NOT NULL,
    campaign   TEXT    NOT NULL,
    term       TEXT    NOT NULL,
    content    TEXT    NOT NULL,
    channel    TEXT    NOT NULL, -- group of channels
    kind       TEXT    NOT NULL, -- type of traffic
    evidence   TEXT    NOT NULL, -- what the source was read from
    clicks     TEXT    NOT NULL, -- click ids, a line each: name=id
    device     TEXT    NOT NULL, -- desktop, mobile, tablet, tv, bot
    system     TEXT    NOT NULL,
    browser    TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    country    TEXT    NOT NULL, -- ISO 3166; empty where unknown
    region     TEXT    NOT NULL,
    city       TEXT    NOT NULL,
    address    TEXT    NOT NULL, -- the network only: /24 or /48
    screen     BIGINT  NOT NULL, -- width in pixels
    consent    INTEGER NOT NULL, -- 0 none, 1 session, 2 full
    bot        TEXT    NOT NULL, -- why it is taken for a program; empty for a person
    custom     TEXT    NOT NULL, -- JSON: values of cookies that rules ask for
    PRIMARY KEY (project_id, visit_id)
) {{clustered}};

-- How far a visit has come: written with each of its hits.
CREATE TABLE tracking_activity (
    project_id TEXT    NOT NULL,
    visit_id   BIGINT  NOT NULL,
    last_at    BIGINT  NOT NULL,
    left_at    BIGINT  NOT NULL, -- when its page was closed, while no other has been opened
    hits       BIGINT  NOT NULL, -- of any kind
    pages      BIGINT  NOT NULL,
    page       TEXT    NOT NULL, -- the last one seen
    contacts   INTEGER NOT NULL, -- it saw a page of contacts
    phone      TEXT    NOT NULL, -- the last one left in a form
    taps       BIGINT  NOT NULL, -- on telephone links
    tapped_at  BIGINT  NOT NULL, -- the last of them
    numbers    TEXT    NOT NULL, -- what it is shown, a line a target: target, number, how, pool, rule
    PRIMARY KEY (project_id, visit_id)
) {{clustered}};

CREATE TABLE tracking_hit (
    project_id TEXT   NOT NULL,
    hit_id     BIGINT NOT NULL,
    visit_id   BIGINT NOT NULL,
    mark       TEXT   NOT NULL, -- the tag's own name for it: sent twice, it is one
    kind       TEXT   NOT NULL, -- page, leave, lead
    url        TEXT   NOT NULL,
    PRIMARY KEY (project_id, hit_id)
) {{clustered}};

-- Every lease of a number there ever was, by number: who held it when is a piece of this table. A lease lasts until its visit has been
-- idle for the pool's hold, or until the next lease of the number; so its end is written nowhere.
CREATE TABLE tracking_lease (
    project_id TEXT    NOT NULL,
    number     TEXT    NOT NULL, -- E.164 with its plus
    lease_id   BIGINT  NOT NULL,
    visit_id   BIGINT  NOT NULL,
    pool_id    TEXT    NOT NULL,
    target     TEXT    NOT NULL,
    rule_id    TEXT    NOT NULL,
    how        TEXT    NOT NULL, -- leased, returned, taken
    PRIMARY KEY (project_id, number, lease_id)
) {{clustered}};

CREATE TABLE tracking_visitor (
    project_id TEXT   NOT NULL,
    visitor_id TEXT   NOT NULL,
    first_at   BIGINT NOT NULL,
    last_visit BIGINT NOT NULL,
    visits     BIGINT NOT NULL,
    phone      TEXT   NOT NULL, -- the last one they left
    source     TEXT   NOT NULL, -- of the first visit: source / medium
    PRIMARY KEY (project_id, visitor_id)
) {{clustered}};
CREATE INDEX tracking_visitor_phone ON tracking_visitor (project_id, phone) WHERE phone <> '';

CREATE TABLE tracking_lead (
    project_id TEXT    NOT NULL,
    lead_id    BIGINT  NOT NULL,
    visit_id   BIGINT  NOT NULL, -- 0 where nobody knows it
    kind       TEXT    NOT NULL, -- form, tel, messenger, order
    form       TEXT    NOT NULL,
    phone      TEXT    NOT NULL, -- E.164 with its plus, or as typed where it is no number
    email      TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    page       TEXT    NOT NULL,
    consent    INTEGER NOT NULL,
    repeated   INTEGER NOT NULL, -- the visit has left the same before
    promo      TEXT    NOT NULL, -- the code that came with an order
    reference  TEXT    NOT NULL, -- an order's number at whoever told of it; empty for what the tag caught
    state      TEXT    NOT NULL, -- new, working, won, lost
    state_at   BIGINT  NOT NULL,
    state_by   TEXT    NOT NULL, -- a user, or "key <id>"; empty while new
    PRIMARY KEY (project_id, lead_id)
) {{clustered}};
CREATE INDEX tracking_lead_visit ON tracking_lead (project_id, visit_id, lead_id);
CREATE UNIQUE INDEX tracking_lead_reference ON tracking_lead (project_id, reference) WHERE reference <> '';
CREATE INDEX tracking_lead_phone ON tracking_lead (project_id, phone) WHERE phone <> '';

-- Whose calls came from which visit, and why it is thought so. A call scored anew gets a further receipt.
CREATE TABLE tracking_receipt (
    project_id TEXT   NOT NULL,
    call_id    TEXT   NOT NULL,
    receipt_id BIGINT NOT NULL,
    number     TEXT   NOT NULL,
    caller     TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    visit_id   BIGINT NOT NULL, -- 0 for unknown
    kind       TEXT   NOT NULL, -- dynamic, source, static, offline, unknown
    chance     BIGINT NOT NULL, -- of that visit or source, in millionths
    body       TEXT   NOT NULL, -- JSON: candidates, chances, reasons
    revision   BIGINT NOT NULL, -- 1, and one more each time the call is scored anew
    model      BIGINT NOT NULL, -- version of what the scorer believed; 0 where nothing was scored
    pool_id    TEXT   NOT NULL, -- whose number it was; empty for none
    holders    BIGINT NOT NULL, -- visits that were shown the number in the 24 hours before
    blind_visit  BIGINT NOT NULL, -- the answer without promo codes and known phones: what accuracy is measured by
    blind_source TEXT   NOT NULL,
    PRIMARY KEY (project_id, call_id, receipt_id)
) {{clustered}};
CREATE INDEX tracking_receipt_pool ON tracking_receipt (project_id, pool_id, at);
CREATE INDEX tracking_receipt_visit ON tracking_receipt (project_id, visit_id) WHERE visit_id > 0;
CREATE INDEX tracking_receipt_caller ON tracking_receipt (project_id, caller, at);

-- Who wrote a project's visits last: a node keeps open visits and leases in memory, and believes them while its own mark stands.
CREATE TABLE tracking_turn (
    project_id TEXT   NOT NULL PRIMARY KEY,
    mark       BIGINT NOT NULL
) {{clustered}};

-- Which visits have been reported to billing. A report is claimed, told and done, so that each visit counts once.
CREATE TABLE tracking_tally (
    project_id TEXT   NOT NULL PRIMARY KEY,
    done_to    BIGINT NOT NULL, -- the last visit that was told of
    claim_to   BIGINT NOT NULL, -- the last one of the report under way; as done_to where there is none
    visits     BIGINT NOT NULL  -- of that report
) {{clustered}};
