/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_ready.h"

#include "node/base/err.h"
#include "node/record/dossier.h"
#include "node/store/sql.h"
#include "node/store/store_dossier.h"

#define READY(which)                                                                   \
    "SELECT coalesce(d.name, ''), t.open, t.ready, t.unread, t.failed, t.held,"        \
    " t.counted, t.review, t.returned"                                                 \
    " FROM tally t LEFT JOIN dossier d ON d.id = t.dossier"                            \
    " WHERE t.open > 0" which " ORDER BY t.dossier"

int store_ready_each(struct store *s, const char *only, store_ready_fn *each, void *ctx,
                     struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if ((only ? SQL(s, &q,
                    READY(" AND t.dossier = coalesce((SELECT id FROM dossier"
                          " WHERE name = ?1), 0)"),
                    e)
              : SQL(s, &q, READY(""), e)) < 0)
        return -1;
    if (only)
        sql_bind_text(&q, 1, only);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_ready r = {.open = sql_int(&q, 1),
                                .ready = sql_int(&q, 2),
                                .unread = sql_int(&q, 3),
                                .failed = sql_int(&q, 4),
                                .held = sql_int(&q, 5),
                                .counted = sql_int(&q, 6),
                                .review = sql_int(&q, 7),
                                .returned = sql_int(&q, 8)};

        if (sql_copy(&q, 0, r.dossier, sizeof r.dossier, e) < 0)
            return -1;
        rc = each(ctx, &r, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

int store_ready_next(struct store *s, const char *dossier, int64_t *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    int rc = store_dossier_get(s, dossier, &d, e);

    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_DOSSIER_ABSENT, "%s", dossier);
    *out = 0;
    if (d.kind != DOSSIER_REGISTER)
        return 0;
    if (SQL(s, &q,
            "SELECT coalesce(max(i.number), 0) FROM item i JOIN dossier v"
            " ON v.id = i.dossier WHERE v.id = ?1 OR (?2 = 'year' AND v.series = 'year'"
            " AND v.unit_code = ?3 AND v.unit_from = ?4 AND v.record = ?5"
            " AND v.year = ?6 AND v.volume <= ?7)",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, d.id);
    sql_bind_text(&q, 2, dossier_series_name(d.series));
    sql_bind_text(&q, 3, d.unit_code);
    sql_bind_text(&q, 4, d.unit_from);
    sql_bind_text(&q, 5, d.record);
    sql_bind_int(&q, 6, d.year);
    sql_bind_int(&q, 7, d.volume);
    if (sql_step(&q, e) < 0)
        return -1;
    *out = sql_int(&q, 0) + 1;
    if (*out < d.from)
        *out = d.from;
    return 0;
}
