-- SPDX-License-Identifier: Apache-2.0
--
-- Masters whose file was removed here because the tier above proved that it has it. In
-- the place of their row in object.

CREATE TABLE away (
    hex   TEXT PRIMARY KEY CHECK (length(hex) = 64),
    size  INTEGER NOT NULL CHECK (size >= 0),
    media TEXT NOT NULL,
    at    INTEGER NOT NULL
) WITHOUT ROWID;
