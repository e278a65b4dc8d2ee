-- The call log. Owned by internal/call. Instants are microseconds, 0 where a thing has not happened. A call's id begins with
-- the instant at which the call began, so the rows of a project lie in the order of time and a page of the log is a piece
-- of the table.
CREATE TABLE call_log (
    project_id      TEXT    NOT NULL,
    call_id         BIGINT  NOT NULL,
    direction       TEXT    NOT NULL, -- inbound, outbound, internal, callback, click_to_call
    client          TEXT    NOT NULL, -- who is outside, E.164; the extension called of an internal call; empty where withheld
    number          TEXT    NOT NULL, -- the project's number; the extension calling of an internal call
    status          TEXT    NOT NULL,
    employee        TEXT    NOT NULL, -- who answered or called; empty for nobody
    employee_name   TEXT    NOT NULL, -- as it was then
    department      TEXT    NOT NULL,
    department_name TEXT    NOT NULL,
    owner           TEXT    NOT NULL, -- the user responsible, by whom rights are decided; empty for nobody
    scheme          TEXT    NOT NULL,
    scheme_name     TEXT    NOT NULL,
    scheme_version  BIGINT  NOT NULL,
    visit_id        TEXT    NOT NULL, -- the visit it came from; empty where unknown
    started_at      BIGINT  NOT NULL,
    answered_at     BIGINT  NOT NULL,
    ended_at        BIGINT  NOT NULL,
    wait_seconds    BIGINT  NOT NULL,
    talk_seconds    BIGINT  NOT NULL,
    ended_by        TEXT    NOT NULL, -- client, staff, system
    counter         BIGINT  NOT NULL, -- which call of this client it is; 0 for calls to clients
    repeated        INTEGER NOT NULL,
    proper          INTEGER NOT NULL,
    missed          INTEGER NOT NULL,
    owed            INTEGER NOT NULL, -- missed, and not called back
    recordings      BIGINT  NOT NULL,
    notes           BIGINT  NOT NULL,
    category        TEXT    NOT NULL,
    tags            TEXT    NOT NULL, -- a line each
    cost            BIGINT  NOT NULL, -- of its legs together
    recovered       INTEGER NOT NULL, -- its node died: it was closed at its last heartbeat
    PRIMARY KEY (project_id, call_id)
) {{clustered}};
CREATE INDEX call_log_client ON call_log (project_id, client, call_id);
CREATE INDEX call_log_owner ON call_log (project_id, owner, call_id);
CREATE INDEX call_log_owed ON call_log (project_id, owed, call_id) WHERE owed = 1;
CREATE INDEX call_log_unreached ON call_log (project_id, client, call_id) WHERE owed = 1;

-- Calls that are going on, one row each, removed when they end: what the live panel shows and recovery looks through.
CREATE TABLE call_open (
    project_id   TEXT   NOT NULL,
    call_id      BIGINT NOT NULL,
    node         TEXT   NOT NULL,
    heartbeat_at BIGINT NOT NULL,
    phase        TEXT   NOT NULL, -- menu, queue, ringing, talking, held, voicemail
    phase_at     BIGINT NOT NULL,
    queue        TEXT   NOT NULL,
    position     BIGINT NOT NULL, -- in the queue, from 1
    people       TEXT   NOT NULL, -- JSON: who is rung or talks
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (project_id, call_id)
) {{clustered}};
CREATE INDEX call_open_heartbeat ON call_open (heartbeat_at);

CREATE TABLE call_leg (
    project_id    TEXT    NOT NULL,
    call_id       BIGINT  NOT NULL,
    leg           INTEGER NOT NULL, -- 1, 2, 3 within the call
    sip_call_id   TEXT    NOT NULL,
    address       TEXT    NOT NULL, -- the number or SIP address of its far end
    employee      TEXT    NOT NULL,
    employee_name TEXT    NOT NULL,
    trunk         TEXT    NOT NULL,
    incoming      INTEGER NOT NULL, -- it came to us; the others we dialled
    started_at    BIGINT  NOT NULL,
    ringing_at    BIGINT  NOT NULL,
    answered_at   BIGINT  NOT NULL,
    ended_at      BIGINT  NOT NULL,
    sip_code      BIGINT  NOT NULL,
    reason        TEXT    NOT NULL,
    q850          BIGINT  NOT NULL,
    charging_id   TEXT    NOT NULL, -- of the leg that package charging charged; empty for none
    cost          BIGINT  NOT NULL,
    mos           BIGINT  NOT NULL, -- hundredths; 0 where not measured
    loss          BIGINT  NOT NULL, -- packets lost in ten thousand
    jitter        BIGINT  NOT NULL, -- microseconds
    dialog        TEXT    NOT NULL, -- what the PBX needs to end it after a crash; empty once it has ended
    PRIMARY KEY (project_id, call_id, leg)
) {{clustered}};
CREATE INDEX call_leg_dialog ON call_leg (project_id, call_id) WHERE dialog <> '';

-- What happened, as data: the events of a report each in one row, by the number of the first of them.
CREATE TABLE call_timeline (
    project_id TEXT    NOT NULL,
    call_id    BIGINT  NOT NULL,
    seq        INTEGER NOT NULL,
    events     TEXT    NOT NULL, -- JSON
    steps      TEXT    NOT NULL, -- JSON: what led to them, for a replay; empty for nothing
    PRIMARY KEY (project_id, call_id, seq)
) {{clustered}};

-- What the calls of a project arrive on (schemes, settings, staff), once for all calls that share it.
CREATE TABLE call_basis (
    project_id TEXT NOT NULL,
    hash       TEXT NOT NULL,
    body       TEXT NOT NULL, -- JSON, packed
    PRIMARY KEY (project_id, hash)
) {{clustered}};

CREATE TABLE call_note (
    project_id TEXT   NOT NULL,
    call_id    BIGINT NOT NULL,
    note_id    BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    author     TEXT   NOT NULL, -- a user, or "key <id>"
    body       TEXT   NOT NULL,
    folded     TEXT   NOT NULL, -- the body in small letters, to be found by
    PRIMARY KEY (project_id, call_id, note_id)
) {{clustered}};

-- Calls by tag; the row of the call has the same tags for show.
CREATE TABLE call_tag (
    project_id TEXT   NOT NULL,
    tag        TEXT   NOT NULL,
    call_id    BIGINT NOT NULL,
    PRIMARY KEY (project_id, tag, call_id)
) {{clustered}};

CREATE TABLE call_recording (
    project_id  TEXT    NOT NULL,
    call_id     BIGINT  NOT NULL,
    recording   INTEGER NOT NULL, -- 1, 2 within the call
    kind        TEXT    NOT NULL, -- talk, voicemail
    state       TEXT    NOT NULL, -- ready, archived, restoring, erasing
    hash        TEXT    NOT NULL, -- SHA-256 of the file
    bytes       BIGINT  NOT NULL,
    started_at  BIGINT  NOT NULL,
    seconds     BIGINT  NOT NULL,
    peaks       TEXT    NOT NULL, -- loudness over time of both sides, base64
    consent     TEXT    NOT NULL, -- off, announced, given
    expires_at  BIGINT  NOT NULL, -- 0 for never
    archive_at  BIGINT  NOT NULL, -- when it is due to be archived
    heard_at    BIGINT  NOT NULL, -- of a voicemail
    heard_by    TEXT    NOT NULL,
    PRIMARY KEY (project_id, call_id, recording)
) {{clustered}};
CREATE INDEX call_recording_voicemail ON call_recording (project_id, kind, call_id) WHERE kind = 'voicemail';
CREATE INDEX call_recording_archive ON call_recording (archive_at) WHERE state = 'ready';
CREATE INDEX call_recording_expires ON call_recording (expires_at) WHERE expires_at > 0;
CREATE INDEX call_recording_moving ON call_recording (state) WHERE state IN ('restoring', 'erasing');

-- Voicemails that are being left: who is to be told of them. Removed with what tells them.
CREATE TABLE call_message (
    project_id TEXT    NOT NULL,
    call_id    BIGINT  NOT NULL,
    recording  INTEGER NOT NULL,
    emails     TEXT    NOT NULL, -- a line each
    PRIMARY KEY (project_id, call_id, recording)
) {{clustered}};

-- How a project reads its log: one row at most.
CREATE TABLE call_setting (
    project_id      TEXT   NOT NULL PRIMARY KEY,
    proper_seconds  BIGINT NOT NULL,
    repeated_days   BIGINT NOT NULL, -- 0: however long ago
    keep_days       BIGINT NOT NULL, -- of recordings; 0: without limit
    voicemail_days  BIGINT NOT NULL, -- of voicemails; 0: without limit
    categories      TEXT   NOT NULL  -- a line each
) {{clustered}};
