-- SPDX-License-Identifier: Apache-2.0
--
-- Where on its page a field was read. strip: nothing was read there, a person keys it
-- in from that piece of the picture. Pixels of the page as captured.

CREATE TABLE field_box (
    item INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('text', 'strip')),
    page INTEGER NOT NULL REFERENCES page (id) ON DELETE CASCADE,
    x    INTEGER NOT NULL CHECK (x >= 0),
    y    INTEGER NOT NULL CHECK (y >= 0),
    w    INTEGER NOT NULL CHECK (w >= 1),
    h    INTEGER NOT NULL CHECK (h >= 1),
    PRIMARY KEY (item, name)
) WITHOUT ROWID;
CREATE INDEX field_box_page ON field_box (page);
