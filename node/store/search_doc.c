/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/search_doc.h"

#include <assert.h>
#include <string.h>

#include "node/base/err.h"
#include "node/store/sql.h"
#include "node/store/store_page.h"

static int index_remove(struct store *s, int64_t id, const char *body, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "INSERT INTO search (search, rowid, body) VALUES ('delete', ?1, ?2)",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    sql_bind_text(&q, 2, body);
    return sql_run(&q, e);
}

static int index_add(struct store *s, int64_t id, const char *body, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "INSERT INTO search (rowid, body) VALUES (?1, ?2)", e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    sql_bind_text(&q, 2, body);
    return sql_run(&q, e);
}

static int remove_row(struct store *s, struct sql *find, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = sql_step(find, e);
    int64_t id = 0;

    if (rc <= 0)
        return rc;
    id = sql_int(find, 0);
    if (index_remove(s, id, sql_text(find, 1), e) < 0)
        return -1;
    sql_end(find);
    if (SQL(s, &q, "DELETE FROM doc WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    return sql_run(&q, e);
}

int search_doc_remove(struct store *s, int64_t page, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q, "SELECT id, body FROM doc WHERE page = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    return remove_row(s, &q, e);
}

int search_doc_put(struct store *s, int64_t item, int64_t page,
                   const struct store_reading *r, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (search_doc_remove(s, page, e) < 0 ||
        SQL(s, &q,
            "INSERT INTO doc (item, page, body, boxes, words, pipeline, model)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, item);
    sql_bind_int(&q, 2, page);
    sql_bind_text(&q, 3, r->text ? r->text : "");
    sql_bind_blob(&q, 4, r->boxes, r->boxes_len);
    sql_bind_int(&q, 5, r->words);
    sql_bind_text(&q, 6, r->pipeline ? r->pipeline : "");
    sql_bind_text(&q, 7, r->model ? r->model : "");
    if (sql_run(&q, e) < 0)
        return -1;
    return index_add(s, sqlite3_last_insert_rowid(s->db), r->text ? r->text : "", e);
}

int search_doc_fields(struct store *s, int64_t item, const char *body, struct err *e)
{
    AUTO_SQL struct sql old = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &old, "SELECT id, body FROM doc WHERE item = ?1 AND page IS NULL", e) <
        0)
        return -1;
    sql_bind_int(&old, 1, item);
    if (remove_row(s, &old, e) < 0)
        return -1;
    if (!body[0])
        return 0;
    if (SQL(s, &q, "INSERT INTO doc (item, page, body) VALUES (?1, NULL, ?2)", e) < 0)
        return -1;
    sql_bind_int(&q, 1, item);
    sql_bind_text(&q, 2, body);
    if (sql_run(&q, e) < 0)
        return -1;
    return index_add(s, sqlite3_last_insert_rowid(s->db), body, e);
}
