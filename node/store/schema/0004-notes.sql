-- SPDX-License-Identifier: Apache-2.0
--
-- What was noted of a page beside its text. steps: what recognition found at each step;
-- advice: what was wrong with the picture when it was taken in. JSON arrays, each
-- replaced as a whole; never a word of the page.

CREATE TABLE page_note (
    page INTEGER NOT NULL REFERENCES page (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('steps', 'advice')),
    note TEXT NOT NULL CHECK (length(note) BETWEEN 1 AND 32768),
    PRIMARY KEY (page, kind)
) WITHOUT ROWID;
