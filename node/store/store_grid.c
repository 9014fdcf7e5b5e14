/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_grid.h"

#include <assert.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/str.h"
#include "node/store/sql.h"

static int drop(struct store *s, int64_t page, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "DELETE FROM page_grid WHERE page = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    return sql_run(&q, e);
}

int store_grid_put(struct store *s, int64_t page, const char *text, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (!text || !text[0])
        return drop(s, page, e);
    if (strlen(text) > STORE_GRID_MAX)
        return err_set(e, ERR_LIMIT, "tables of a page");
    if (SQL(s, &q,
            "INSERT INTO page_grid (page, tables) VALUES (?1, ?2)"
            " ON CONFLICT DO UPDATE SET tables = excluded.tables",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    sql_bind_text(&q, 2, text);
    return sql_run(&q, e);
}

int store_grid_get(struct store *s, int64_t page, struct str *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, "SELECT tables FROM page_grid WHERE page = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    str_add(out, sql_text(&q, 0));
    return 1;
}
