-- SPDX-License-Identifier: Apache-2.0
--
-- Counts that a person waits for: kept with each change, in its transaction, so that no
-- question walks through all records. All of it can be made again from item and page;
-- store_tally.c checks that it is what they say.

-- Of a record's pages, past ones left out: all, still to be read, not readable, held.
ALTER TABLE item ADD COLUMN pages  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN held   INTEGER NOT NULL DEFAULT 0;

CREATE TABLE page_tally (
    state TEXT NOT NULL,
    gate  TEXT NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (state, gate)
) WITHOUT ROWID;

-- Of the records of one dossier. From open on: only those whose present revision is not
-- sealed, by what keeps them from it (store_ready.h).
CREATE TABLE tally (
    dossier  INTEGER PRIMARY KEY,  -- 0: loose records
    items    INTEGER NOT NULL,     -- rows, also of records whose card is still to come
    records  INTEGER NOT NULL,
    look     INTEGER NOT NULL,     -- a person has to
    received INTEGER NOT NULL,     -- the newest seal is proven
    unproven INTEGER NOT NULL,     -- sealed, and the newest seal is not
    open     INTEGER NOT NULL,
    ready    INTEGER NOT NULL,
    unread   INTEGER NOT NULL,
    failed   INTEGER NOT NULL,
    held     INTEGER NOT NULL,
    counted  INTEGER NOT NULL,
    review   INTEGER NOT NULL,
    returned INTEGER NOT NULL
);

-- What one record adds to it: the only place that says so.
CREATE VIEW item_tally AS
SELECT item, dossier, 1 AS items, rev > 0 AS records,
       rev > 0 AND state IN ('recognized', 'described', 'returned') AS look,
       rev > 0 AND sealed_rev > 0 AND receipt_rev >= sealed_rev AS received,
       rev > 0 AND sealed_rev > receipt_rev AS unproven,
       open,
       open AND state = 'verified' AND NOT unread AND NOT failed AND NOT held
           AND NOT counted AND pages > 0 AS ready,
       open AND unread > 0 AS unread, open AND failed > 0 AS failed,
       open AND held > 0 AS held, open AND counted AS counted,
       open AND state IN ('recognized', 'described') AS review,
       open AND state = 'returned' AS returned
FROM (SELECT id AS item, coalesce(dossier, 0) AS dossier, state, rev, sealed_rev,
             receipt_rev, pages, unread, failed, held,
             rev > 0 AND sealed_rev < rev AS open,
             expected <> 0 AND expected <> pages AND expect_why = '' AS counted
      FROM item);

-- The same counted anew, to fill and to check what is kept.
CREATE VIEW item_fresh AS
SELECT i.id AS item, count(p.id) AS pages,
       coalesce(sum(p.state = 'captured' AND p.gate <> 'held'), 0) AS unread,
       coalesce(sum(p.state = 'failed'), 0) AS failed,
       coalesce(sum(p.gate = 'held'), 0) AS held
FROM item i LEFT JOIN page p ON p.item = i.id AND p.past = 0 GROUP BY i.id;
CREATE VIEW page_tally_fresh AS
SELECT state, gate, count(*) AS n FROM page WHERE past = 0 GROUP BY state, gate;
CREATE VIEW tally_fresh AS
SELECT dossier, sum(items) AS items, sum(records) AS records, sum(look) AS look,
       sum(received) AS received, sum(unproven) AS unproven, sum(open) AS open,
       sum(ready) AS ready, sum(unread) AS unread, sum(failed) AS failed,
       sum(held) AS held, sum(counted) AS counted, sum(review) AS review,
       sum(returned) AS returned
FROM item_tally GROUP BY dossier;

UPDATE item SET pages = f.pages, unread = f.unread, failed = f.failed, held = f.held
FROM item_fresh f WHERE f.item = item.id;
INSERT INTO page_tally SELECT state, gate, n FROM page_tally_fresh;
INSERT INTO tally
SELECT dossier, items, records, look, received, unproven, open, ready, unread, failed,
       held, counted, review, returned
FROM tally_fresh;

-- Adds what a record counts for (by 1), or takes it away (by -1).
CREATE VIEW tally_by AS SELECT 0 AS item, 0 AS by;
CREATE TRIGGER tally_by INSTEAD OF INSERT ON tally_by
BEGIN
    INSERT INTO tally
    SELECT dossier, NEW.by * items, NEW.by * records, NEW.by * look,
           NEW.by * received, NEW.by * unproven, NEW.by * open, NEW.by * ready,
           NEW.by * unread, NEW.by * failed, NEW.by * held, NEW.by * counted,
           NEW.by * review, NEW.by * returned
    FROM item_tally WHERE item = NEW.item
    ON CONFLICT DO UPDATE SET
        items = items + excluded.items, records = records + excluded.records,
        look = look + excluded.look, received = received + excluded.received,
        unproven = unproven + excluded.unproven, open = open + excluded.open,
        ready = ready + excluded.ready, unread = unread + excluded.unread,
        failed = failed + excluded.failed, held = held + excluded.held,
        counted = counted + excluded.counted, review = review + excluded.review,
        returned = returned + excluded.returned;
END;

CREATE TRIGGER item_tally_new AFTER INSERT ON item
BEGIN
    INSERT INTO tally_by VALUES (NEW.id, 1);
END;
CREATE TRIGGER item_tally_before
BEFORE UPDATE OF dossier, state, rev, sealed_rev, receipt_rev, expected, expect_why,
                 pages, unread, failed, held ON item
BEGIN
    INSERT INTO tally_by VALUES (OLD.id, -1);
END;
CREATE TRIGGER item_tally_after
AFTER UPDATE OF dossier, state, rev, sealed_rev, receipt_rev, expected, expect_why,
                pages, unread, failed, held ON item
BEGIN
    INSERT INTO tally_by VALUES (NEW.id, 1);
END;
CREATE TRIGGER item_tally_gone BEFORE DELETE ON item
BEGIN
    INSERT INTO tally_by VALUES (OLD.id, -1);
END;

CREATE TRIGGER page_tally_new AFTER INSERT ON page WHEN NEW.past = 0
BEGIN
    UPDATE item SET pages = pages + 1,
        unread = unread + (NEW.state = 'captured' AND NEW.gate <> 'held'),
        failed = failed + (NEW.state = 'failed'), held = held + (NEW.gate = 'held')
    WHERE id = NEW.item;
    INSERT INTO page_tally VALUES (NEW.state, NEW.gate, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER page_tally_change AFTER UPDATE OF item, state, gate, past ON page
BEGIN
    UPDATE item SET pages = pages - 1,
        unread = unread - (OLD.state = 'captured' AND OLD.gate <> 'held'),
        failed = failed - (OLD.state = 'failed'), held = held - (OLD.gate = 'held')
    WHERE OLD.past = 0 AND id = OLD.item;
    UPDATE item SET pages = pages + 1,
        unread = unread + (NEW.state = 'captured' AND NEW.gate <> 'held'),
        failed = failed + (NEW.state = 'failed'), held = held + (NEW.gate = 'held')
    WHERE NEW.past = 0 AND id = NEW.item;
    UPDATE page_tally SET n = n - 1
    WHERE OLD.past = 0 AND state = OLD.state AND gate = OLD.gate;
    INSERT INTO page_tally SELECT NEW.state, NEW.gate, 1 WHERE NEW.past = 0
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER page_tally_gone AFTER DELETE ON page WHEN OLD.past = 0
BEGIN
    UPDATE item SET pages = pages - 1,
        unread = unread - (OLD.state = 'captured' AND OLD.gate <> 'held'),
        failed = failed - (OLD.state = 'failed'), held = held - (OLD.gate = 'held')
    WHERE id = OLD.item;
    UPDATE page_tally SET n = n - 1 WHERE state = OLD.state AND gate = OLD.gate;
END;

-- Records of a dossier, and of one of its states, in the order of making; numbers of
-- one year.
CREATE INDEX item_of ON item (dossier);
CREATE INDEX item_of_state ON item (dossier, state);
CREATE INDEX item_number ON item (unit_code, unit_from, kind, number_year, number, suffix)
WHERE number IS NOT NULL;
