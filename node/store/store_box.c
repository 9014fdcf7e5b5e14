/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_box.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/record/item.h"
#include "node/store/sql.h"
#include "node/store/store_item.h"

int store_box_clear(struct store *s, const char *item, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct item it;

    assert(s->in_txn);
    if (store_item_need(s, item, &it, e) < 0 ||
        SQL(s, &q, "DELETE FROM field_box WHERE item = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, it.id);
    return sql_run(&q, e);
}

int store_box_add(struct store *s, const char *item, const struct store_box *b,
                  struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct item it;

    assert(s->in_txn);
    assert(b->x >= 0 && b->y >= 0 && b->w >= 1 && b->h >= 1);
    if (store_item_need(s, item, &it, e) < 0 ||
        SQL(s, &q,
            "INSERT OR REPLACE INTO field_box (item, name, kind, page, x, y, w, h)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, it.id);
    sql_bind_text(&q, 2, b->name);
    sql_bind_text(&q, 3, b->strip ? "strip" : "text");
    sql_bind_int(&q, 4, b->page);
    sql_bind_int(&q, 5, b->x);
    sql_bind_int(&q, 6, b->y);
    sql_bind_int(&q, 7, b->w);
    sql_bind_int(&q, 8, b->h);
    return sql_run(&q, e);
}

int store_box_each(struct store *s, const char *item, store_box_fn *each, void *ctx,
                   struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT b.name, b.kind, b.page, p.seq, b.x, b.y, b.w, b.h"
            " FROM field_box b JOIN item i ON i.id = b.item JOIN page p ON p.id = "
            "b.page"
            " WHERE i.name = ?1 ORDER BY b.name",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_box b = {.strip = strcmp(sql_text(&q, 1), "strip") == 0,
                              .page = sql_int(&q, 2),
                              .seq = sql_int(&q, 3),
                              .x = (int32_t)sql_int(&q, 4),
                              .y = (int32_t)sql_int(&q, 5),
                              .w = (int32_t)sql_int(&q, 6),
                              .h = (int32_t)sql_int(&q, 7)};

        (void)snprintf(b.name, sizeof b.name, "%s", sql_text(&q, 0));
        if (each(ctx, &b, e) < 0)
            return -1;
    }
    return rc;
}
