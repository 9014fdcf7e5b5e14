-- SPDX-License-Identifier: Apache-2.0
--
-- Pictures derived of pages, and what a PDF told about its pages.

-- By name, not by row: at an upper tier a picture may come before its page. Only of
-- pages past the secrecy gate.
CREATE TABLE picture (
    page TEXT NOT NULL CHECK (length(page) = 64),
    role TEXT NOT NULL CHECK (role IN ('page', 'thumb')),
    hex  TEXT NOT NULL CHECK (length(hex) = 64),
    PRIMARY KEY (page, role)
) WITHOUT ROWID;
CREATE INDEX picture_hex ON picture (hex);

-- layer: '' the file has no text of its own on that page; 'used' it agrees with our own
-- reading and stands in its place; 'refused' it does not. signed: the master carries a
-- digital signature.
ALTER TABLE page ADD COLUMN layer TEXT NOT NULL DEFAULT ''
    CHECK (layer IN ('', 'used', 'refused'));
ALTER TABLE page ADD COLUMN signed INTEGER NOT NULL DEFAULT 0
    CHECK (signed IN (0, 1));
