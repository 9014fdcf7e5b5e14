-- SPDX-License-Identifier: Apache-2.0
--
-- Ruled tables of a page as recognition found them: a JSON array, replaced as a whole
-- when the page is read again. Places of cells and numbers of words, never a word of
-- the page.

CREATE TABLE page_grid (
    page   INTEGER PRIMARY KEY REFERENCES page (id) ON DELETE CASCADE,
    tables TEXT NOT NULL CHECK (length(tables) BETWEEN 1 AND 524288)
);
