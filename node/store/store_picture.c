/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_picture.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/store/sql.h"

/* An object that was a picture and is named by no page any more. */
static int drop_object(struct store *s, const char *hex, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "DELETE FROM object WHERE hex = ?1 AND role = 'picture'"
            " AND NOT EXISTS (SELECT 1 FROM picture WHERE hex = ?1)"
            " AND NOT EXISTS (SELECT 1 FROM page WHERE master = ?1) RETURNING hex",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, hex);
    while ((rc = sql_step(&q, e)) > 0)
        sql_drop_object(s, hex);
    return rc;
}

int store_picture_put(struct store *s, const char *page, const char *role,
                      const char *hex, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    char before[HASH_HEX] = "";
    int found = 0;

    assert(s->in_txn);
    found = store_picture_get(s, page, role, before, e);
    if (found < 0 || SQL(s, &q,
                         "INSERT INTO picture (page, role, hex) VALUES (?1, ?2, ?3)"
                         " ON CONFLICT DO UPDATE SET hex = excluded.hex",
                         e) < 0)
        return -1;
    sql_bind_text(&q, 1, page);
    sql_bind_text(&q, 2, role);
    sql_bind_text(&q, 3, hex);
    if (sql_run(&q, e) < 0)
        return -1;
    return found == 1 && strcmp(before, hex) != 0 ? drop_object(s, before, e) : 0;
}

int store_picture_get(struct store *s, const char *page, const char *role,
                      char hex[HASH_HEX], struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, "SELECT hex FROM picture WHERE page = ?1 AND role = ?2", e) < 0)
        return -1;
    sql_bind_text(&q, 1, page);
    sql_bind_text(&q, 2, role);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    return sql_copy(&q, 0, hex, HASH_HEX, e) < 0 ? -1 : 1;
}

int store_picture_drop(struct store *s, const char *page, struct err *e)
{
    static const char *const ROLES[] = {STORE_PICTURE_PAGE, STORE_PICTURE_THUMB};

    assert(s->in_txn);
    for (size_t i = 0; i < ARRAY_LEN(ROLES); i++) {
        AUTO_SQL struct sql q = SQL_INIT;
        char hex[HASH_HEX] = "";
        int found = store_picture_get(s, page, ROLES[i], hex, e);

        if (found < 0)
            return -1;
        if (found == 0)
            continue;
        if (SQL(s, &q, "DELETE FROM picture WHERE page = ?1 AND role = ?2", e) < 0)
            return -1;
        sql_bind_text(&q, 1, page);
        sql_bind_text(&q, 2, ROLES[i]);
        if (sql_run(&q, e) < 0 || drop_object(s, hex, e) < 0)
            return -1;
    }
    return 0;
}

int store_picture_lacking(struct store *s, int64_t *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT count(*) FROM page WHERE gate = 'clear' AND past = 0 AND NOT EXISTS"
            " (SELECT 1 FROM picture WHERE picture.page = page.name AND role = 'page')",
            e) < 0 ||
        sql_step(&q, e) < 0)
        return -1;
    *out = sql_int(&q, 0);
    return 0;
}
