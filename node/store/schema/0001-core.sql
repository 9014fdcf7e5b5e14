-- SPDX-License-Identifier: Apache-2.0
--
-- One schema for every store: the node's own records, the figures of an upper tier, the
-- catalogue of each commune. Frozen once released: changes are further files.
--
-- Times are seconds UTC. Hashes and names are lower-case hex text. Names of states are
-- text, as in commands and bundles. Rows of a record have an id of this file only;
-- what travels is its name.

CREATE TABLE fact (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL CHECK (value >= 0)
) WITHOUT ROWID;

-- ---- units and users ------------------------------------------------------------------

CREATE TABLE unit (
    code       TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    parent     TEXT NOT NULL,
    valid_to   TEXT NOT NULL,
    successors TEXT NOT NULL,
    PRIMARY KEY (code, valid_from)
) WITHOUT ROWID;
CREATE INDEX unit_parent ON unit (parent);

CREATE TABLE user (
    name     TEXT PRIMARY KEY,
    role     TEXT NOT NULL CHECK (role IN ('clerk', 'verifier', 'district', 'admin')),
    active   INTEGER NOT NULL CHECK (active IN (0, 1)),
    created  INTEGER NOT NULL,
    password TEXT NOT NULL
) WITHOUT ROWID;

-- ---- objects --------------------------------------------------------------------------

CREATE TABLE object (
    hex     TEXT PRIMARY KEY CHECK (length(hex) = 64),
    size    INTEGER NOT NULL CHECK (size >= 0),
    media   TEXT NOT NULL,
    role    TEXT NOT NULL CHECK (role IN ('master', 'picture', 'part', 'other')),
    damaged INTEGER NOT NULL DEFAULT 0 CHECK (damaged IN (0, 1))
) WITHOUT ROWID;

CREATE TABLE object_part (
    whole TEXT NOT NULL,
    seq   INTEGER NOT NULL CHECK (seq >= 0 AND seq < total),
    total INTEGER NOT NULL CHECK (total > 0),
    part  TEXT NOT NULL REFERENCES object (hex),
    PRIMARY KEY (whole, seq)
) WITHOUT ROWID;
CREATE INDEX object_part_part ON object_part (part);

-- ---- dossiers -------------------------------------------------------------------------

CREATE TABLE dossier (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL CHECK (kind IN ('file', 'register')),
    title      TEXT NOT NULL,
    record     TEXT NOT NULL,
    year       INTEGER NOT NULL,
    volume     INTEGER NOT NULL,
    from_no    INTEGER NOT NULL,
    to_no      INTEGER NOT NULL,
    series     TEXT NOT NULL CHECK (series IN ('year', 'volume')),
    closed     INTEGER NOT NULL,          -- entries counted at closing, -1: open
    unit_code  TEXT NOT NULL,
    unit_from  TEXT NOT NULL,
    created    INTEGER NOT NULL,
    rev        INTEGER NOT NULL,
    sealed_rev INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX dossier_volume ON dossier (unit_code, unit_from, record, year, volume);

CREATE TABLE dossier_gap (
    id      INTEGER PRIMARY KEY,
    dossier INTEGER NOT NULL REFERENCES dossier (id) ON DELETE CASCADE,
    from_no INTEGER NOT NULL CHECK (from_no >= 1),
    to_no   INTEGER NOT NULL CHECK (to_no >= from_no),
    why     TEXT NOT NULL CHECK (why IN ('cancelled', 'torn', 'blank', 'other-book')),
    actor   TEXT NOT NULL,
    at      INTEGER NOT NULL
);
CREATE INDEX dossier_gap_dossier ON dossier_gap (dossier, from_no);

-- ---- items ----------------------------------------------------------------------------

CREATE TABLE item (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    node       TEXT NOT NULL,             -- whose record it is
    dossier    INTEGER REFERENCES dossier (id),
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('captured', 'recognized', 'described',
                                              'returned', 'verified', 'sealed')),
    rev        INTEGER NOT NULL CHECK (rev >= 0),  -- 0: pages came before the card
    supersedes INTEGER NOT NULL,
    unit_code  TEXT NOT NULL,
    unit_from  TEXT NOT NULL,
    created    INTEGER NOT NULL,
    expected   INTEGER NOT NULL,          -- pages, 0: not told
    expect_why TEXT NOT NULL,
    number     INTEGER,                   -- in its register
    suffix     TEXT NOT NULL DEFAULT '',
    number_year INTEGER NOT NULL DEFAULT 0,
    sealed_rev INTEGER NOT NULL DEFAULT 0,
    level      TEXT NOT NULL DEFAULT 'none',       -- of the newest sealed revision
    scanned_month  INTEGER NOT NULL DEFAULT 0,     -- YYYYMM at +07:00, 0: not here
    receipt_at     INTEGER NOT NULL DEFAULT 0,     -- province's time, first receipt
    receipt_month  INTEGER NOT NULL DEFAULT 0,     -- of that, 0: none
    receipt_rev    INTEGER NOT NULL DEFAULT 0,     -- newest revision with a receipt
    receipt_level  TEXT NOT NULL DEFAULT 'none'    -- of that
);
CREATE INDEX item_dossier ON item (dossier, number, suffix);
CREATE INDEX item_state ON item (state, id);
CREATE INDEX item_count ON item (unit_code, unit_from, kind, receipt_month, receipt_level);

CREATE TABLE field (
    id         INTEGER PRIMARY KEY,
    item       INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    source     TEXT NOT NULL CHECK (source IN ('ocr', 'clerk')),
    confidence INTEGER NOT NULL CHECK (confidence BETWEEN 0 AND 100),
    doubtful   INTEGER NOT NULL CHECK (doubtful IN (0, 1)),
    reason     TEXT NOT NULL,
    actor      TEXT NOT NULL,
    rev        INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    present    INTEGER NOT NULL CHECK (present IN (0, 1))
);
CREATE UNIQUE INDEX field_present ON field (item, name) WHERE present = 1;
CREATE INDEX field_item ON field (item, id);

-- Revisions that were sealed (or taken in): they never change.
CREATE TABLE item_rev (
    item       INTEGER NOT NULL REFERENCES item (id),
    rev        INTEGER NOT NULL CHECK (rev >= 1),
    level      TEXT NOT NULL CHECK (level IN ('recognized', 'verified')),
    card       TEXT NOT NULL,
    bundle     INTEGER NOT NULL REFERENCES bundle (id),
    at         INTEGER NOT NULL,
    receipt_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (item, rev)
) WITHOUT ROWID;
CREATE INDEX item_rev_bundle ON item_rev (bundle);

-- ---- pages and texts ------------------------------------------------------------------

CREATE TABLE page (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL CHECK (length(name) = 64),
    node       TEXT NOT NULL,
    master     TEXT NOT NULL CHECK (length(master) = 64),
    media      TEXT NOT NULL,
    idx        INTEGER NOT NULL CHECK (idx >= 0),
    item       INTEGER NOT NULL REFERENCES item (id),
    seq        INTEGER NOT NULL CHECK (seq >= 1),
    width_px   INTEGER NOT NULL,
    height_px  INTEGER NOT NULL,
    dpi        INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('captured', 'recognized', 'blank', 'failed')),
    gate       TEXT NOT NULL CHECK (gate IN ('unchecked', 'clear', 'held')),
    confidence INTEGER NOT NULL DEFAULT 0,
    code       TEXT NOT NULL DEFAULT '',
    UNIQUE (node, name),
    UNIQUE (item, seq)
);
CREATE INDEX page_name ON page (name);
CREATE INDEX page_master ON page (master, idx);
CREATE INDEX page_state ON page (state, gate);

-- Texts that may be searched: of clear pages (page set), of an item's fields (page null).
CREATE TABLE doc (
    id       INTEGER PRIMARY KEY,
    item     INTEGER NOT NULL REFERENCES item (id),
    page     INTEGER UNIQUE REFERENCES page (id),
    body     TEXT NOT NULL,
    boxes    BLOB,
    words    INTEGER NOT NULL DEFAULT 0,
    pipeline TEXT NOT NULL DEFAULT '',
    model    TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX doc_fields ON doc (item) WHERE page IS NULL;
CREATE INDEX doc_item ON doc (item);

-- ---- import ---------------------------------------------------------------------------

CREATE TABLE input (
    id     INTEGER PRIMARY KEY,
    path   BLOB NOT NULL,
    sha    TEXT NOT NULL,
    size   INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('stored', 'duplicate', 'refused', 'waiting')),
    code   TEXT NOT NULL,
    at     INTEGER NOT NULL
);
CREATE INDEX input_sha ON input (sha);

CREATE TABLE input_item (
    input INTEGER NOT NULL REFERENCES input (id),
    item  INTEGER NOT NULL REFERENCES item (id),
    PRIMARY KEY (input, item)
) WITHOUT ROWID;
CREATE INDEX input_item_item ON input_item (item);

CREATE TABLE quarantine (
    id     INTEGER PRIMARY KEY,
    path   BLOB NOT NULL,
    sha    TEXT NOT NULL,
    size   INTEGER NOT NULL,
    code   TEXT NOT NULL,
    detail TEXT NOT NULL,
    state  TEXT NOT NULL CHECK (state IN ('file', 'row', 'released', 'removed')),
    page   TEXT NOT NULL,
    actor  TEXT NOT NULL,
    at     INTEGER NOT NULL
);
CREATE INDEX quarantine_sha ON quarantine (sha, code);
CREATE INDEX quarantine_page ON quarantine (page, code);

-- ---- jobs -----------------------------------------------------------------------------

CREATE TABLE job (
    id          INTEGER PRIMARY KEY,
    page        INTEGER NOT NULL REFERENCES page (id),
    pipeline    TEXT NOT NULL,
    model       TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'failed')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    owner       TEXT NOT NULL DEFAULT '',
    lease_until INTEGER NOT NULL DEFAULT 0,   -- wall clock: a note
    lease_boot  INTEGER NOT NULL DEFAULT 0,   -- boot clock, milliseconds
    code        TEXT NOT NULL DEFAULT '',
    at          INTEGER NOT NULL,
    UNIQUE (page, pipeline, model)
);
CREATE INDEX job_state ON job (state, id);

-- ---- audit ----------------------------------------------------------------------------

CREATE TABLE audit (
    seq     INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    via     TEXT NOT NULL,
    act     TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL,
    hash    TEXT NOT NULL
);
CREATE INDEX audit_subject ON audit (subject, seq);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows never change');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows never go');
END;

-- ---- bundles --------------------------------------------------------------------------

CREATE TABLE bundle (
    id          INTEGER PRIMARY KEY,
    node        TEXT NOT NULL,
    epoch       INTEGER NOT NULL,
    class       TEXT NOT NULL,
    seq         INTEGER NOT NULL CHECK (seq >= 1),
    manifest    TEXT NOT NULL UNIQUE,
    prev        TEXT NOT NULL,
    commit_id   TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('sealed', 'sent', 'accepted', 'durable',
                                               'refused')),
    level       TEXT NOT NULL,
    audit_head  TEXT NOT NULL,
    objects     INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    sealed_at   INTEGER NOT NULL DEFAULT 0,
    sent_at     INTEGER NOT NULL DEFAULT 0,
    accepted_at INTEGER NOT NULL DEFAULT 0,
    durable_at  INTEGER NOT NULL DEFAULT 0,
    copies      INTEGER NOT NULL DEFAULT 0,
    code        TEXT NOT NULL DEFAULT '',
    taken       INTEGER NOT NULL DEFAULT 0,  -- 1: made by another node
    UNIQUE (node, epoch, class, seq)
);
CREATE INDEX bundle_state ON bundle (state, id);

CREATE TABLE bundle_item (
    bundle INTEGER NOT NULL REFERENCES bundle (id),
    item   INTEGER NOT NULL REFERENCES item (id),
    rev    INTEGER NOT NULL,
    PRIMARY KEY (bundle, item, rev)
) WITHOUT ROWID;
CREATE INDEX bundle_item_item ON bundle_item (item);

CREATE TABLE bundle_object (
    bundle INTEGER NOT NULL REFERENCES bundle (id),
    hex    TEXT NOT NULL,
    PRIMARY KEY (bundle, hex)
) WITHOUT ROWID;
CREATE INDEX bundle_object_hex ON bundle_object (hex);

CREATE TABLE receipt (
    id          INTEGER PRIMARY KEY,
    type        TEXT NOT NULL,
    node        TEXT NOT NULL,
    epoch       INTEGER NOT NULL,
    class       TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    manifest    TEXT NOT NULL,
    province_at INTEGER NOT NULL,
    copies      INTEGER NOT NULL,
    body        TEXT NOT NULL,
    body_sha    TEXT NOT NULL UNIQUE,
    signature   TEXT NOT NULL,
    at          INTEGER NOT NULL
);
CREATE INDEX receipt_manifest ON receipt (manifest);

-- ---- figures --------------------------------------------------------------------------

CREATE TABLE target (
    unit_code   TEXT NOT NULL,
    unit_from   TEXT NOT NULL,
    indicator   TEXT NOT NULL CHECK (indicator IN ('received', 'verified', 'scanned')),
    kind        TEXT NOT NULL,               -- '': all kinds together
    period      TEXT NOT NULL,
    denominator INTEGER NOT NULL CHECK (denominator >= 0),
    percent_100 INTEGER NOT NULL CHECK (percent_100 BETWEEN -1 AND 10000),
    PRIMARY KEY (unit_code, unit_from, indicator, kind, period)
) WITHOUT ROWID;

CREATE TABLE target_history (
    id          INTEGER PRIMARY KEY,
    unit_code   TEXT NOT NULL,
    unit_from   TEXT NOT NULL,
    indicator   TEXT NOT NULL,
    kind        TEXT NOT NULL,
    period      TEXT NOT NULL,
    denominator INTEGER NOT NULL,
    percent_100 INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    at          INTEGER NOT NULL
);

-- Counts of items; source '' = this store's own items, kept by the triggers below, else
-- a copy from the catalogue of that commune.
CREATE TABLE summary (
    source     TEXT NOT NULL,
    unit_code  TEXT NOT NULL,
    unit_from  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    month      INTEGER NOT NULL,
    indicator  TEXT NOT NULL,
    n          INTEGER NOT NULL,
    unverified INTEGER NOT NULL,
    PRIMARY KEY (source, unit_code, unit_from, kind, month, indicator)
) WITHOUT ROWID;

CREATE TRIGGER item_summary_scan AFTER INSERT ON item WHEN NEW.scanned_month > 0
BEGIN
    INSERT INTO summary
    VALUES ('', NEW.unit_code, NEW.unit_from, NEW.kind, NEW.scanned_month, 'scanned', 1, 0)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER item_summary_new AFTER INSERT ON item WHEN NEW.receipt_month > 0
BEGIN
    INSERT INTO summary
    VALUES ('', NEW.unit_code, NEW.unit_from, NEW.kind, NEW.receipt_month, 'received', 1,
            NEW.receipt_level <> 'verified')
    ON CONFLICT DO UPDATE SET n = n + 1, unverified = unverified + excluded.unverified;
    INSERT INTO summary
    VALUES ('', NEW.unit_code, NEW.unit_from, NEW.kind, NEW.receipt_month, 'verified',
            NEW.receipt_level = 'verified', 0)
    ON CONFLICT DO UPDATE SET n = n + excluded.n;
END;
CREATE TRIGGER item_summary_change
AFTER UPDATE OF unit_code, unit_from, kind, scanned_month, receipt_month, receipt_level
ON item
BEGIN
    UPDATE summary SET n = n - 1
    WHERE OLD.scanned_month > 0 AND source = '' AND unit_code = OLD.unit_code
      AND unit_from = OLD.unit_from AND kind = OLD.kind AND month = OLD.scanned_month
      AND indicator = 'scanned';
    UPDATE summary SET n = n - 1, unverified = unverified - (OLD.receipt_level <> 'verified')
    WHERE OLD.receipt_month > 0 AND source = '' AND unit_code = OLD.unit_code
      AND unit_from = OLD.unit_from AND kind = OLD.kind AND month = OLD.receipt_month
      AND indicator = 'received';
    UPDATE summary SET n = n - (OLD.receipt_level = 'verified')
    WHERE OLD.receipt_month > 0 AND source = '' AND unit_code = OLD.unit_code
      AND unit_from = OLD.unit_from AND kind = OLD.kind AND month = OLD.receipt_month
      AND indicator = 'verified';
    INSERT INTO summary
    SELECT '', NEW.unit_code, NEW.unit_from, NEW.kind, NEW.scanned_month, 'scanned', 1, 0
    WHERE NEW.scanned_month > 0
    ON CONFLICT DO UPDATE SET n = n + 1;
    INSERT INTO summary
    SELECT '', NEW.unit_code, NEW.unit_from, NEW.kind, NEW.receipt_month, 'received', 1,
           NEW.receipt_level <> 'verified'
    WHERE NEW.receipt_month > 0
    ON CONFLICT DO UPDATE SET n = n + 1, unverified = unverified + excluded.unverified;
    INSERT INTO summary
    SELECT '', NEW.unit_code, NEW.unit_from, NEW.kind, NEW.receipt_month, 'verified',
           NEW.receipt_level = 'verified', 0
    WHERE NEW.receipt_month > 0
    ON CONFLICT DO UPDATE SET n = n + excluded.n;
END;
CREATE TRIGGER item_summary_gone AFTER DELETE ON item
BEGIN
    UPDATE summary SET n = n - 1
    WHERE OLD.scanned_month > 0 AND source = '' AND unit_code = OLD.unit_code
      AND unit_from = OLD.unit_from AND kind = OLD.kind AND month = OLD.scanned_month
      AND indicator = 'scanned';
    UPDATE summary SET n = n - 1, unverified = unverified - (OLD.receipt_level <> 'verified')
    WHERE OLD.receipt_month > 0 AND source = '' AND unit_code = OLD.unit_code
      AND unit_from = OLD.unit_from AND kind = OLD.kind AND month = OLD.receipt_month
      AND indicator = 'received';
    UPDATE summary SET n = n - (OLD.receipt_level = 'verified')
    WHERE OLD.receipt_month > 0 AND source = '' AND unit_code = OLD.unit_code
      AND unit_from = OLD.unit_from AND kind = OLD.kind AND month = OLD.receipt_month
      AND indicator = 'verified';
END;

-- ---- search: derived, external content, written by store_search.c only -----------------

CREATE VIRTUAL TABLE search USING fts5(
    body, content = 'doc', content_rowid = 'id', tokenize = 'sohoa', detail = full);
