-- SPDX-License-Identifier: Apache-2.0
--
-- Pages that another picture took the place of: they stay with all that is known of them,
-- out of the order of their record. past: 1, and seq is then no place (1000000 + id).
-- kept: 1 when a person looked at what was wrong with the picture and left it so.

ALTER TABLE page ADD COLUMN past INTEGER NOT NULL DEFAULT 0 CHECK (past IN (0, 1));
ALTER TABLE page ADD COLUMN kept INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1));

-- What a past page was: its place, and its text, which is no longer found by search.
-- body: null when it had none.
CREATE TABLE page_past (
    page     INTEGER PRIMARY KEY REFERENCES page (id) ON DELETE CASCADE,
    seq      INTEGER NOT NULL CHECK (seq >= 1),
    body     TEXT,
    boxes    BLOB,
    words    INTEGER NOT NULL DEFAULT 0,
    pipeline TEXT NOT NULL DEFAULT '',
    model    TEXT NOT NULL DEFAULT ''
);
