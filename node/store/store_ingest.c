/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_ingest.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "node/base/err.h"
#include "node/record/ident.h"
#include "node/store/sql.h"
#include "node/store/store_item.h"
#include "node/store/store_search.h"

int store_ingest_begin(struct store *s, struct store_bundle *b, struct err *e)
{
    struct store_bundle old = {0};
    int rc = 0;

    assert(s->in_txn);
    rc = store_bundle_at(s, b->node, b->epoch, b->class, b->seq, &old, e);
    if (rc < 0)
        return -1;
    if (rc == 1)
        return strcmp(old.manifest, b->manifest) == 0
                   ? 0
                   : err_set(e, ERR_INGEST_FORK, "%s %s %" PRId64, b->node, b->class,
                             b->seq);
    rc = store_bundle_head(s, b->node, b->epoch, b->class, &old, e);
    if (rc < 0)
        return -1;
    if (b->seq != (rc ? old.seq : 0) + 1 ||
        strcmp(b->prev, rc ? old.manifest : "") != 0)
        return err_set(e, ERR_INGEST_ORDER, "%s %s %" PRId64, b->node, b->class,
                       b->seq);
    return store_bundle_add(s, b, e) < 0 ? -1 : 1;
}

/* ---- items ------------------------------------------------------------------------
 */

static int dossier_id(struct store *s, const char *name, int64_t *id, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, "SELECT id FROM dossier WHERE name = ?1", e) < 0)
        return -1;
    rc = sql_id(&q, name, id, e);
    return rc == 0 ? err_set(e, ERR_DOSSIER_ABSENT, "%s", name) : rc < 0 ? -1 : 0;
}

/* Row of an item that may have come before its card (its text did): revision 0. */
static int item_row(struct store *s, const struct store_bundle *b, const char *name,
                    int64_t *id, int64_t *rev, struct err *e)
{
    AUTO_SQL struct sql find = SQL_INIT;
    AUTO_SQL struct sql make = SQL_INIT;
    int rc = 0;

    if (!ident_belongs(name, b->node))
        return err_set(e, ERR_INGEST_OWNER, "%s", name);
    if (SQL(s, &find, "SELECT id, rev, node FROM item WHERE name = ?1", e) < 0)
        return -1;
    sql_bind_text(&find, 1, name);
    rc = sql_step(&find, e);
    if (rc < 0)
        return -1;
    if (rc == 1) {
        *id = sql_int(&find, 0);
        *rev = sql_int(&find, 1);
        return strcmp(sql_text(&find, 2), b->node) == 0
                   ? 0
                   : err_set(e, ERR_INGEST_OWNER, "%s", name);
    }
    if (SQL(s, &make,
            "INSERT INTO item (name, node, kind, state, rev, supersedes, unit_code,"
            " unit_from, created, expected, expect_why)"
            " VALUES (?1, ?2, 'other', 'sealed', 0, 0, '', '', 0, 0, '')",
            e) < 0)
        return -1;
    sql_bind_text(&make, 1, name);
    sql_bind_text(&make, 2, b->node);
    if (sql_run(&make, e) < 0)
        return -1;
    *id = sqlite3_last_insert_rowid(s->db);
    *rev = 0;
    return 0;
}

static int write_item(struct store *s, int64_t id, const struct item *it, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int64_t dossier = 0;

    if (it->dossier[0] && dossier_id(s, it->dossier, &dossier, e) < 0)
        return -1;
    if (SQL(s, &q,
            "UPDATE item SET dossier = ?2, kind = ?3, state = 'sealed', rev = ?4,"
            " supersedes = ?5, unit_code = ?6, unit_from = ?7, created = ?8"
            " WHERE id = ?1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    if (dossier)
        sql_bind_int(&q, 2, dossier);
    sql_bind_text(&q, 3, it->kind);
    sql_bind_int(&q, 4, it->rev);
    sql_bind_int(&q, 5, it->supersedes);
    sql_bind_text(&q, 6, it->unit_code);
    sql_bind_text(&q, 7, it->unit_from);
    sql_bind_int(&q, 8, it->created);
    return sql_run(&q, e);
}

/* The fields of the new revision become the present ones; the old stay as history. */
static int write_fields(struct store *s, int64_t id, const struct card *c,
                        const struct store_bundle *b, struct err *e)
{
    AUTO_SQL struct sql old = SQL_INIT;
    AUTO_SQL struct sql put = SQL_INIT;

    if (SQL(s, &old, "UPDATE field SET present = 0 WHERE item = ?1 AND present = 1",
            e) < 0)
        return -1;
    sql_bind_int(&old, 1, id);
    if (sql_run(&old, e) < 0 ||
        SQL(s, &put,
            "INSERT INTO field (item, name, value, source, confidence, doubtful, "
            "reason,"
            " actor, rev, at, present)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', ?8, ?9, 1)",
            e) < 0)
        return -1;
    for (size_t i = 0; i < c->fields.count; i++) {
        const struct field_value *v = &c->fields.v[i];

        sql_bind_int(&put, 1, id);
        sql_bind_text(&put, 2, v->name);
        sql_bind_text(&put, 3, v->value);
        sql_bind_text(&put, 4, field_source_name(v->source));
        sql_bind_int(&put, 5, v->confidence);
        sql_bind_int(&put, 6, v->doubtful);
        sql_bind_text(&put, 7, v->reason);
        sql_bind_int(&put, 8, c->item.rev);
        sql_bind_int(&put, 9, b->sealed_at);
        if (sql_run(&put, e) < 0)
            return -1;
        sql_again(&put);
    }
    return 0;
}

static int take_item(struct store *s, const struct store_bundle *b,
                     const struct card *c, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(CARD_BYTES_MAX);
    int64_t id = 0;
    int64_t rev = 0;

    card_print(c, &text);
    if (str_check(&text, c->item.name, e) < 0 ||
        item_row(s, b, c->item.name, &id, &rev, e) < 0)
        return -1;
    if (c->item.rev > rev &&
        (write_item(s, id, &c->item, e) < 0 || write_fields(s, id, c, b, e) < 0 ||
         store_item_place(s, c->item.name, e) < 0 ||
         store_search_fields(s, c->item.name, e) < 0))
        return -1;
    return store_bundle_item(s, b, c->item.name, c->item.rev, c->item.level, text.p, e);
}

/* ---- dossiers ---------------------------------------------------------------------
 */

static int write_dossier(struct store *s, const struct dossier *d, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "INSERT INTO dossier (name, kind, title, record, year, volume, from_no,"
            " to_no, series, closed, unit_code, unit_from, created, rev, sealed_rev)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)"
            " ON CONFLICT (name) DO UPDATE SET title = excluded.title,"
            " record = excluded.record, year = excluded.year, volume = excluded.volume,"
            " from_no = excluded.from_no, to_no = excluded.to_no,"
            " series = excluded.series, closed = excluded.closed, rev = excluded.rev,"
            " sealed_rev = excluded.sealed_rev WHERE excluded.rev > rev",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, d->name);
    sql_bind_text(&q, 2, dossier_kind_name(d->kind));
    sql_bind_text(&q, 3, d->title);
    sql_bind_text(&q, 4, d->record);
    sql_bind_int(&q, 5, d->year);
    sql_bind_int(&q, 6, d->volume);
    sql_bind_int(&q, 7, d->from);
    sql_bind_int(&q, 8, d->to);
    sql_bind_text(&q, 9, dossier_series_name(d->series));
    sql_bind_int(&q, 10, d->closed_count);
    sql_bind_text(&q, 11, d->unit_code);
    sql_bind_text(&q, 12, d->unit_from);
    sql_bind_int(&q, 13, d->created);
    sql_bind_int(&q, 14, d->rev);
    return sql_run(&q, e);
}

static int write_gaps(struct store *s, int64_t id, const struct card *c,
                      const struct store_bundle *b, struct err *e)
{
    AUTO_SQL struct sql drop = SQL_INIT;
    AUTO_SQL struct sql put = SQL_INIT;

    if (SQL(s, &drop, "DELETE FROM dossier_gap WHERE dossier = ?1", e) < 0)
        return -1;
    sql_bind_int(&drop, 1, id);
    if (sql_run(&drop, e) < 0 ||
        SQL(s, &put,
            "INSERT INTO dossier_gap (dossier, from_no, to_no, why, actor, at)"
            " VALUES (?1, ?2, ?3, ?4, '', ?5)",
            e) < 0)
        return -1;
    for (size_t i = 0; i < c->gap_count; i++) {
        sql_bind_int(&put, 1, id);
        sql_bind_int(&put, 2, c->gaps[i].from);
        sql_bind_int(&put, 3, c->gaps[i].to);
        sql_bind_text(&put, 4, dossier_why_name(c->gaps[i].why));
        sql_bind_int(&put, 5, b->sealed_at);
        if (sql_run(&put, e) < 0)
            return -1;
        sql_again(&put);
    }
    return 0;
}

static int take_dossier(struct store *s, const struct store_bundle *b,
                        const struct card *c, struct err *e)
{
    int64_t id = 0;

    if (!ident_belongs(c->dossier.name, b->node))
        return err_set(e, ERR_INGEST_OWNER, "%s", c->dossier.name);
    if (write_dossier(s, &c->dossier, e) < 0)
        return -1;
    if (sqlite3_changes(s->db) == 0)
        return 0; /* an older revision than the one that is there */
    return dossier_id(s, c->dossier.name, &id, e) < 0 ? -1 : write_gaps(s, id, c, b, e);
}

int store_ingest_card(struct store *s, const struct store_bundle *b,
                      const struct card *c, struct err *e)
{
    assert(s->in_txn);
    return c->type == CARD_ITEM ? take_item(s, b, c, e) : take_dossier(s, b, c, e);
}

/* ---- pages ------------------------------------------------------------------------
 */

int store_ingest_text(struct store *s, const struct store_bundle *b,
                      const struct page *p, const struct store_reading *r,
                      struct err *e)
{
    AUTO_SQL struct sql put = SQL_INIT;
    AUTO_SQL struct sql find = SQL_INIT;
    int64_t item = 0;
    int64_t rev = 0;
    int64_t page = 0;

    assert(s->in_txn);
    if (item_row(s, b, p->item, &item, &rev, e) < 0 ||
        SQL(s, &put,
            "INSERT INTO page (name, node, master, media, idx, item, seq, width_px,"
            " height_px, dpi, state, gate)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'captured', 'unchecked')"
            " ON CONFLICT (node, name) DO NOTHING",
            e) < 0)
        return -1;
    sql_bind_text(&put, 1, p->name);
    sql_bind_text(&put, 2, b->node);
    sql_bind_text(&put, 3, p->master);
    sql_bind_text(&put, 4, p->media);
    sql_bind_int(&put, 5, p->index);
    sql_bind_int(&put, 6, item);
    sql_bind_int(&put, 7, p->seq);
    sql_bind_int(&put, 8, p->width_px);
    sql_bind_int(&put, 9, p->height_px);
    sql_bind_int(&put, 10, p->dpi);
    if (sql_run(&put, e) < 0 ||
        SQL(s, &find, "SELECT id FROM page WHERE name = ?1 AND node = ?2", e) < 0)
        return -1;
    sql_bind_text(&find, 2, b->node);
    if (sql_id(&find, p->name, &page, e) < 0 || store_page_reading(s, page, r, e) < 0)
        return -1;
    return store_bundle_object(s, b, p->name, e);
}

int store_ingest_durable(struct store *s, const struct store_bundle *b,
                         int64_t province_at, int64_t copies, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q, "UPDATE bundle SET copies = ?2 WHERE manifest = ?1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, b->manifest);
    sql_bind_int(&q, 2, copies);
    if (sql_run(&q, e) < 0)
        return -1;
    return store_bundle_state(s, b->manifest, STORE_BUNDLE_DURABLE, province_at, NULL,
                              e);
}

int store_ingest_count(struct store *s, const struct store_bundle *b,
                       struct store_ingest_counts *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT (SELECT count(DISTINCT item) FROM bundle_item WHERE bundle = ?1),"
            " (SELECT count(*) FROM bundle_object WHERE bundle = ?1 AND hex IN"
            " (SELECT name FROM page)),"
            " (SELECT count(*) FROM bundle_object WHERE bundle = ?1 AND hex IN"
            " (SELECT hex FROM object))",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, b->id);
    if (sql_step(&q, e) < 0)
        return -1;
    out->items = sql_int(&q, 0);
    out->pages = sql_int(&q, 1);
    out->objects = sql_int(&q, 2);
    return 0;
}
