/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_notes.h"

#include <assert.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/str.h"
#include "node/store/sql.h"

static const char *kind_name(enum store_notes_kind kind)
{
    return kind == STORE_NOTES_STEPS ? "steps" : "advice";
}

static int drop(struct store *s, int64_t page, enum store_notes_kind kind,
                struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "DELETE FROM page_note WHERE page = ?1 AND kind = ?2", e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    sql_bind_text(&q, 2, kind_name(kind));
    return sql_run(&q, e);
}

int store_notes_put(struct store *s, int64_t page, enum store_notes_kind kind,
                    const char *text, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (!text || !text[0])
        return drop(s, page, kind, e);
    if (strlen(text) > STORE_NOTES_MAX)
        return err_set(e, ERR_LIMIT, "notes of a page");
    if (SQL(s, &q,
            "INSERT INTO page_note (page, kind, note) VALUES (?1, ?2, ?3)"
            " ON CONFLICT DO UPDATE SET note = excluded.note",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    sql_bind_text(&q, 2, kind_name(kind));
    sql_bind_text(&q, 3, text);
    return sql_run(&q, e);
}

int store_notes_get(struct store *s, int64_t page, enum store_notes_kind kind,
                    struct str *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, "SELECT note FROM page_note WHERE page = ?1 AND kind = ?2", e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    sql_bind_text(&q, 2, kind_name(kind));
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    str_add(out, sql_text(&q, 0));
    return 1;
}
