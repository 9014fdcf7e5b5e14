-- SPDX-License-Identifier: Apache-2.0
--
-- Records that the tier above sent back, once for each sealed revision: one line of its
-- receipts each. Answered when a newer revision is sealed (item.sealed_rev > rev).

CREATE TABLE item_return (
    id     INTEGER PRIMARY KEY,
    item   INTEGER NOT NULL REFERENCES item (id),
    rev    INTEGER NOT NULL CHECK (rev >= 1),
    why    TEXT NOT NULL,
    issuer TEXT NOT NULL,                -- name of the node above
    at     INTEGER NOT NULL,             -- its time, seconds UTC
    UNIQUE (item, rev)
);

-- One more role: reads all of it, changes nothing.
CREATE TABLE user_next (
    name     TEXT PRIMARY KEY,
    role     TEXT NOT NULL
             CHECK (role IN ('clerk', 'verifier', 'district', 'admin', 'auditor')),
    active   INTEGER NOT NULL CHECK (active IN (0, 1)),
    created  INTEGER NOT NULL,
    password TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO user_next SELECT name, role, active, created, password FROM user;
DROP TABLE user;
ALTER TABLE user_next RENAME TO user;
