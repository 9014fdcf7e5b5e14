-- SPDX-License-Identifier: Apache-2.0
--
-- Second keying: fields that another person keys in without seeing what stands there.

-- One choosing of fields. The seed follows from the head that the chain of acts had
-- before (record/sample.h), so that nobody chose it. dossier null: loose records.
CREATE TABLE keying_draw (
    id       INTEGER PRIMARY KEY,
    dossier  INTEGER REFERENCES dossier (id),
    head     TEXT NOT NULL CHECK (length(head) = 64),
    seed     TEXT NOT NULL CHECK (length(seed) = 64),
    rate     INTEGER NOT NULL CHECK (rate BETWEEN 0 AND 100), -- percent
    records  INTEGER NOT NULL,
    fields   INTEGER NOT NULL,
    doubtful INTEGER NOT NULL,
    sampled  INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    at       INTEGER NOT NULL
);
CREATE INDEX keying_draw_dossier ON keying_draw (dossier, id);

-- A record takes part in one draw: no second throw of the dice.
CREATE TABLE keying_record (
    item INTEGER PRIMARY KEY REFERENCES item (id),
    draw INTEGER NOT NULL REFERENCES keying_draw (id)
);
CREATE INDEX keying_record_draw ON keying_record (draw);

-- first: the value as it stood when it was drawn. wrong: whether that was other than
-- what was found in the end, -1 not known yet; set once. present: the newest row of a
-- field; a value changed after it was keyed twice gets a row of its own (why changed).
CREATE TABLE keying (
    id           INTEGER PRIMARY KEY,
    draw         INTEGER NOT NULL REFERENCES keying_draw (id),
    item         INTEGER NOT NULL REFERENCES item (id),
    field        TEXT NOT NULL,
    why          TEXT NOT NULL CHECK (why IN ('doubt', 'sample', 'changed')),
    state        TEXT NOT NULL CHECK (state IN ('open', 'differs', 'agreed', 'settled')),
    first        TEXT NOT NULL,
    first_mark   TEXT NOT NULL,
    first_actor  TEXT NOT NULL,
    second       TEXT NOT NULL DEFAULT '',
    second_mark  TEXT NOT NULL DEFAULT '',
    second_why   TEXT NOT NULL DEFAULT '',
    second_actor TEXT NOT NULL DEFAULT '',
    second_at    INTEGER NOT NULL DEFAULT 0,
    final        TEXT NOT NULL DEFAULT '',
    final_mark   TEXT NOT NULL DEFAULT '',
    approver     TEXT NOT NULL DEFAULT '',
    settled_at   INTEGER NOT NULL DEFAULT 0,
    wrong        INTEGER NOT NULL DEFAULT -1 CHECK (wrong IN (-1, 0, 1)),
    present      INTEGER NOT NULL DEFAULT 1 CHECK (present IN (0, 1))
);
CREATE UNIQUE INDEX keying_present ON keying (item, field) WHERE present = 1;
CREATE INDEX keying_state ON keying (state, present, id);
CREATE INDEX keying_draws ON keying (draw);
