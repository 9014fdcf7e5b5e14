-- SPDX-License-Identifier: Apache-2.0
--
-- A value that its writer took back: it stays in the history, and the one before it is
-- present again.

ALTER TABLE field ADD COLUMN undone INTEGER NOT NULL DEFAULT 0
    CHECK (undone IN (0, 1));
