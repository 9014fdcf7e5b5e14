/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_tally.h"

#include <assert.h>

#include "node/base/err.h"
#include "node/store/sql.h"

/* A row says what differs: of an item, of pages in a state, of a dossier. */
static int one(struct sql *q, struct err *e)
{
    int rc = sql_step(q, e);

    if (rc > 0)
        return err_set(e, ERR_SUMMARY, "%s", sql_text(q, 0));
    return rc;
}

/* Rows of nothing but zeros are as good as none. */
int store_tally_check(struct store *s, struct err *e)
{
    AUTO_SQL struct sql items = SQL_INIT;
    AUTO_SQL struct sql pages = SQL_INIT;
    AUTO_SQL struct sql dossiers = SQL_INIT;

    if (SQL(s, &items,
            "SELECT item.name FROM item JOIN item_fresh f ON f.item = item.id"
            " WHERE (item.pages, item.unread, item.failed, item.held)"
            "  <> (f.pages, f.unread, f.failed, f.held) LIMIT 1",
            e) < 0 ||
        SQL(s, &pages,
            "SELECT 'pages ' || state || ' ' || gate FROM"
            " (SELECT * FROM page_tally WHERE n <> 0"
            "  EXCEPT SELECT * FROM page_tally_fresh)"
            " UNION ALL SELECT 'pages ' || state || ' ' || gate FROM"
            " (SELECT * FROM page_tally_fresh EXCEPT SELECT * FROM page_tally) LIMIT 1",
            e) < 0 ||
        SQL(s, &dossiers,
            "SELECT coalesce(d.name, 'loose') FROM"
            " (SELECT dossier FROM (SELECT * FROM tally WHERE items <> 0"
            "   OR records <> 0 OR look <> 0 OR received <> 0 OR unproven <> 0"
            "   OR open <> 0 OR ready <> 0 OR unread <> 0 OR failed <> 0 OR held <> 0"
            "   OR counted <> 0 OR review <> 0 OR returned <> 0"
            "   EXCEPT SELECT * FROM tally_fresh)"
            "  UNION ALL SELECT dossier FROM"
            "  (SELECT * FROM tally_fresh EXCEPT SELECT * FROM tally)) x"
            " LEFT JOIN dossier d ON d.id = x.dossier LIMIT 1",
            e) < 0)
        return -1;
    return one(&items, e) < 0 || one(&pages, e) < 0 ? -1 : one(&dossiers, e);
}

int store_tally_rebuild(struct store *s, struct err *e)
{
    assert(s->in_txn);
    return sql_exec(
        s,
        "UPDATE item SET pages = f.pages, unread = f.unread, failed = f.failed,"
        " held = f.held FROM item_fresh f WHERE f.item = item.id"
        " AND (item.pages, item.unread, item.failed, item.held)"
        "  <> (f.pages, f.unread, f.failed, f.held);"
        "DELETE FROM page_tally;"
        "INSERT INTO page_tally SELECT state, gate, n FROM page_tally_fresh;"
        "DELETE FROM tally;"
        "INSERT INTO tally SELECT dossier, items, records, look, received, unproven,"
        " open, ready, unread, failed, held, counted, review, returned FROM "
        "tally_fresh",
        e);
}
