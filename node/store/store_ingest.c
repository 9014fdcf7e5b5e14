/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_ingest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/store/sql.h"
#include "node/store/store_dossier.h"
#include "node/store/store_item.h"
#include "node/store/store_past.h"

static int fork_found(const struct store_bundle *b, struct err *e)
{
    return err_set(e, ERR_INGEST_FORK, "%s/%" PRId64 "/%s/%" PRId64, b->node, b->epoch,
                   b->class, b->seq);
}

/* Made by another node: its audit head is of another chain than ours. */
static int mark_taken(struct store *s, const struct store_bundle *b, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "UPDATE bundle SET taken = 1 WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, b->id);
    return sql_run(&q, e);
}

int store_ingest_begin(struct store *s, struct store_bundle *b, struct err *e)
{
    struct store_bundle old;
    int rc = 0;

    assert(s->in_txn);
    rc = store_bundle_at(s, b->node, b->epoch, b->class, b->seq, &old, e);
    if (rc < 0)
        return -1;
    if (rc > 0) {
        if (strcmp(old.manifest, b->manifest) != 0)
            return fork_found(b, e);
        *b = old;
        return 0;
    }
    rc = store_bundle_head(s, b->node, b->epoch, b->class, &old, e);
    if (rc < 0)
        return -1;
    if (b->seq != (rc ? old.seq + 1 : 1))
        return err_set(e, ERR_INGEST_ORDER, "%s/%s/%" PRId64, b->node, b->class,
                       b->seq);
    if (strcmp(b->prev, rc ? old.manifest : "") != 0)
        return fork_found(b, e);
    b->state = STORE_BUNDLE_ACCEPTED;
    b->sent_at = b->durable_at = b->copies = 0;
    b->code[0] = '\0';
    if (store_bundle_add(s, b, e) < 0 || mark_taken(s, b, e) < 0)
        return -1;
    return 1;
}

/* ---- rows that may come before their card -------------------------------------------
 */

/* The item of that name; made without a revision when its card has not come yet. */
static int need_item(struct store *s, const struct store_bundle *b, const char *name,
                     int64_t *id, struct err *e)
{
    AUTO_SQL struct sql find = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (!ident_is_item(name) || !ident_belongs(name, b->node))
        return err_set(e, ERR_INGEST_OWNER, "%s", name);
    if (SQL(s, &find, "SELECT id, node FROM item WHERE name = ?1", e) < 0)
        return -1;
    rc = sql_id(&find, name, id, e);
    if (rc < 0)
        return -1;
    if (rc > 0) {
        if (strcmp(sql_text(&find, 1), b->node) != 0)
            return err_set(e, ERR_INGEST_OWNER, "%s", name);
        return 0;
    }
    if (SQL(s, &q,
            "INSERT INTO item (name, node, kind, state, rev, supersedes, unit_code,"
            " unit_from, created, expected, expect_why)"
            " VALUES (?1, ?2, '', 'sealed', 0, 0, '', '', 0, 0, '')",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    sql_bind_text(&q, 2, b->node);
    if (sql_run(&q, e) < 0)
        return -1;
    *id = sqlite3_last_insert_rowid(s->db);
    return 0;
}

/* The same for a dossier; id 0 for a loose item. */
static int need_dossier(struct store *s, const struct store_bundle *b, const char *name,
                        int64_t *id, struct err *e)
{
    AUTO_SQL struct sql find = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    *id = 0;
    if (!name[0])
        return 0;
    if (!ident_belongs(name, b->node))
        return err_set(e, ERR_INGEST_OWNER, "%s", name);
    if (SQL(s, &find, "SELECT id FROM dossier WHERE name = ?1", e) < 0)
        return -1;
    rc = sql_id(&find, name, id, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (SQL(s, &q,
            "INSERT INTO dossier (name, kind, title, record, year, volume, from_no,"
            " to_no, series, closed, unit_code, unit_from, created, rev)"
            " VALUES (?1, 'file', '', '', 0, 0, 0, 0, 'year', -1, '', '', 0, 0)",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    if (sql_run(&q, e) < 0)
        return -1;
    *id = sqlite3_last_insert_rowid(s->db);
    return 0;
}

/* ---- cards ------------------------------------------------------------------------
 */

static int keep_dossier(struct store *s, int64_t id, const struct dossier *d,
                        struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "UPDATE dossier SET kind = ?2, title = ?3, record = ?4, year = ?5,"
            " volume = ?6, from_no = ?7, to_no = ?8, series = ?9, closed = ?10,"
            " unit_code = ?11, unit_from = ?12, created = ?13, rev = ?14,"
            " sealed_rev = ?14 WHERE id = ?1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
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

static int keep_gaps(struct store *s, int64_t id, const struct card *c, int64_t at,
                     struct err *e)
{
    AUTO_SQL struct sql del = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &del, "DELETE FROM dossier_gap WHERE dossier = ?1", e) < 0 ||
        SQL(s, &q,
            "INSERT INTO dossier_gap (dossier, from_no, to_no, why, actor, at)"
            " VALUES (?1, ?2, ?3, ?4, '', ?5)",
            e) < 0)
        return -1;
    sql_bind_int(&del, 1, id);
    if (sql_run(&del, e) < 0)
        return -1;
    for (size_t i = 0; i < c->gap_count; i++) {
        sql_again(&q);
        sql_bind_int(&q, 1, id);
        sql_bind_int(&q, 2, c->gaps[i].from);
        sql_bind_int(&q, 3, c->gaps[i].to);
        sql_bind_text(&q, 4, dossier_why_name(c->gaps[i].why));
        sql_bind_int(&q, 5, at);
        if (sql_run(&q, e) < 0)
            return -1;
    }
    return 0;
}

static int take_dossier(struct store *s, const struct store_bundle *b,
                        const struct card *c, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int64_t id = 0;

    if (need_dossier(s, b, c->dossier.name, &id, e) < 0 ||
        SQL(s, &q, "SELECT rev FROM dossier WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    if (sql_step(&q, e) < 0)
        return -1;
    if (sql_int(&q, 0) >= c->dossier.rev)
        return 0;
    sql_end(&q);
    if (keep_dossier(s, id, &c->dossier, e) < 0)
        return -1;
    return keep_gaps(s, id, c, b->accepted_at, e);
}

/* A newer revision becomes the item as it is shown. */
static int show_item(struct store *s, int64_t id, int64_t dossier,
                     const struct item *it, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

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

/* The card of this revision that is there already. 1 the same, 0 none, -1 (other:
 * fork). */
static int had_card(struct store *s, int64_t id, const struct store_bundle *b,
                    const struct card *c, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, "SELECT card FROM item_rev WHERE item = ?1 AND rev = ?2", e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    sql_bind_int(&q, 2, c->item.rev);
    rc = sql_step(&q, e);
    if (rc > 0 && strcmp(sql_text(&q, 0), c->source) != 0)
        return fork_found(b, e);
    return rc;
}

static int take_item(struct store *s, const struct store_bundle *b,
                     const struct card *c, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    const struct item *it = &c->item;
    int64_t id = 0;
    int64_t dossier = 0;
    int64_t rev = 0;
    int had = 0;

    if (need_item(s, b, it->name, &id, e) < 0)
        return -1;
    had = had_card(s, id, b, c, e);
    if (had != 0)
        return had < 0 ? -1 : 0;
    if (need_dossier(s, b, it->dossier, &dossier, e) < 0 ||
        SQL(s, &q, "SELECT rev FROM item WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    if (sql_step(&q, e) < 0)
        return -1;
    rev = sql_int(&q, 0);
    sql_end(&q);
    if (it->rev > rev &&
        (show_item(s, id, dossier, it, e) < 0 ||
         store_item_take(s, id, it, &c->fields, b->accepted_at, e) < 0))
        return -1;
    if (store_bundle_item(s, b, it->name, it->rev, it->level, c->source, e) < 0)
        return -1;
    return store_past_arrange(s, id, e);
}

int store_ingest_card(struct store *s, const struct store_bundle *b,
                      const struct card *c, struct err *e)
{
    assert(s->in_txn);
    if (!c->source)
        return err_set(e, ERR_CARD, "source");
    return c->type == CARD_ITEM ? take_item(s, b, c, e) : take_dossier(s, b, c, e);
}

/* ---- pages ------------------------------------------------------------------------
 */

static int free_seq(struct store *s, int64_t item, const struct page *p, int64_t *out,
                    struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT CASE WHEN ?2 > 0 AND NOT EXISTS (SELECT 1 FROM page WHERE item = ?1"
            " AND seq = ?2 AND name <> ?3) THEN ?2"
            " ELSE (SELECT coalesce(max(seq), 0) + 1 FROM page WHERE item = ?1"
            "  AND past = 0) END",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, item);
    sql_bind_int(&q, 2, p->seq);
    sql_bind_text(&q, 3, p->name);
    if (sql_step(&q, e) < 0)
        return -1;
    *out = sql_int(&q, 0);
    return 0;
}

static int take_page(struct store *s, const struct store_bundle *b,
                     const struct page *p, int64_t *id, int64_t *of, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int64_t item = 0;
    int64_t seq = 0;

    if (page_check(p, e) < 0 || need_item(s, b, p->item, &item, e) < 0 ||
        free_seq(s, item, p, &seq, e) < 0)
        return -1;
    if (SQL(s, &q,
            "INSERT INTO page (name, node, master, media, idx, item, seq, width_px,"
            " height_px, dpi, state, gate)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'captured', 'clear')"
            " ON CONFLICT (node, name) DO UPDATE SET master = excluded.master,"
            " media = excluded.media, idx = excluded.idx,"
            " width_px = max(width_px, excluded.width_px),"
            " height_px = max(height_px, excluded.height_px),"
            " dpi = max(dpi, excluded.dpi) RETURNING id",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, p->name);
    sql_bind_text(&q, 2, b->node);
    sql_bind_text(&q, 3, p->master);
    sql_bind_text(&q, 4, p->media);
    sql_bind_int(&q, 5, p->index);
    sql_bind_int(&q, 6, item);
    sql_bind_int(&q, 7, seq);
    sql_bind_int(&q, 8, p->width_px);
    sql_bind_int(&q, 9, p->height_px);
    sql_bind_int(&q, 10, p->dpi);
    if (sql_step(&q, e) != 1)
        return e->code ? -1 : sql_damaged(e, "page");
    *id = sql_int(&q, 0);
    if (sql_run(&q, e) < 0 ||
        store_bundle_item(s, b, p->item, 0, ITEM_LEVEL_NONE, NULL, e) < 0)
        return -1;
    *of = item;
    return 0;
}

int store_ingest_text(struct store *s, const struct store_bundle *b,
                      const struct page *p, const struct store_reading *r,
                      struct err *e)
{
    int64_t id = 0;
    int64_t item = 0;

    assert(s->in_txn);
    if (take_page(s, b, p, &id, &item, e) < 0 || store_page_reading(s, id, r, e) < 0 ||
        store_past_arrange(s, item, e) < 0)
        return -1;
    return store_bundle_object(s, b, p->name, e);
}

/* ---- receipts ---------------------------------------------------------------------
 */

int store_ingest_durable(struct store *s, const struct store_bundle *b,
                         int64_t province_at, int64_t copies, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (store_bundle_state(s, b->manifest, STORE_BUNDLE_DURABLE, province_at, NULL, e) <
            0 ||
        SQL(s, &q, "UPDATE bundle SET copies = ?2 WHERE manifest = ?1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, b->manifest);
    sql_bind_int(&q, 2, copies);
    return sql_run(&q, e);
}

int store_ingest_count(struct store *s, const struct store_bundle *b,
                       struct store_ingest_counts *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT (SELECT count(DISTINCT item) FROM bundle_item WHERE bundle = b.id),"
            " (SELECT count(*) FROM page p JOIN bundle_object o"
            "   ON o.hex = CASE b.class WHEN 'master' THEN p.master ELSE p.name END"
            "   WHERE o.bundle = b.id AND p.node = b.node AND b.class <> 'meta'),"
            " (SELECT count(*) FROM bundle_object WHERE bundle = b.id)"
            " FROM bundle b WHERE b.manifest = ?1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, b->manifest);
    if (sql_step(&q, e) != 1)
        return e->code ? -1 : err_set(e, ERR_BUNDLE_ABSENT, "%s", b->manifest);
    *out = (struct store_ingest_counts){
        .items = sql_int(&q, 0), .pages = sql_int(&q, 1), .objects = sql_int(&q, 2)};
    return 0;
}

int store_ingest_count_all(struct store *s, struct store_ingest_counts *out,
                           struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT (SELECT count(*) FROM item WHERE rev > 0), (SELECT count(*) FROM "
            "page),"
            " (SELECT count(*) FROM object)",
            e) < 0)
        return -1;
    if (sql_step(&q, e) != 1)
        return e->code ? -1 : sql_damaged(e, "count");
    *out = (struct store_ingest_counts){
        .items = sql_int(&q, 0), .pages = sql_int(&q, 1), .objects = sql_int(&q, 2)};
    return 0;
}

/* ---- a node's own again -------------------------------------------------------------
 */

static int own_items(struct store *s, const char *node, int64_t *last, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    /* "1f3c07aa-17": the number stands behind the ninth character. */
    if (SQL(s, &q,
            "SELECT coalesce(max(CAST(substr(name, 10) AS INTEGER)), 0) FROM item"
            " WHERE node = ?1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, node);
    if (sql_step(&q, e) != 1)
        return e->code ? -1 : sql_damaged(e, "item");
    *last = sql_int(&q, 0);
    return 0;
}

static int own_dossiers(struct store *s, const char *node, int64_t *last, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT coalesce(max(CAST(substr(name, 11) AS INTEGER)), 0) FROM dossier"
            " WHERE substr(name, 1, 8) = substr(?1, 1, 8)",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, node);
    if (sql_step(&q, e) != 1)
        return e->code ? -1 : sql_damaged(e, "dossier");
    *last = sql_int(&q, 0);
    return 0;
}

/* Months as everywhere: by the clock of Viet Nam, +07:00. */
static int own_months(struct store *s, const char *node, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "UPDATE item SET scanned_month ="
            " CAST(strftime('%Y%m', created + 25200, 'unixepoch') AS INTEGER)"
            " WHERE node = ?1 AND scanned_month = 0 AND rev > 0",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, node);
    return sql_run(&q, e);
}

int store_ingest_own(struct store *s, const char *node, struct err *e)
{
    int64_t items = 0;
    int64_t dossiers = 0;

    assert(s->in_txn);
    if (own_items(s, node, &items, e) < 0 || own_dossiers(s, node, &dossiers, e) < 0 ||
        store_counter_least(s, STORE_COUNTER_ITEM, items, e) < 0 ||
        store_counter_least(s, STORE_COUNTER_DOSSIER, dossiers, e) < 0)
        return -1;
    return own_months(s, node, e);
}

/* ---- an older copy of a node's disk meets what it has lost --------------------------
 */

static bool same_text(const struct card *a, const char *text)
{
    AUTO_STR struct str here = STR_INIT(CARD_BYTES_MAX);

    card_print(a, &here);
    return strcmp(str_text(&here), text) == 0;
}

static int meets_dossier(struct store *s, const struct card *c, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    AUTO_CARD struct card here = {0};
    int rc = 0;

    if (SQL(s, &q, "SELECT created, rev FROM dossier WHERE name = ?1 AND rev > 0", e) <
        0)
        return -1;
    sql_bind_text(&q, 1, c->dossier.name);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc < 0 ? -1 : STORE_MEETS_NOTHING;
    if (sql_int(&q, 0) != c->dossier.created)
        return STORE_MEETS_OTHER;
    if (sql_int(&q, 1) < c->dossier.rev)
        return STORE_MEETS_NOTHING;
    if (store_dossier_card(s, c->dossier.name, &here, e) < 0)
        return -1;
    return sql_int(&q, 1) == c->dossier.rev && same_text(&here, c->source)
               ? STORE_MEETS_NOTHING
               : STORE_MEETS_NEWER;
}

/* Two records under one number were hardly made in the same second. */
static int meets_item(struct store *s, const struct item *it, int64_t sealed_at,
                      struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT created, rev,"
            " EXISTS (SELECT 1 FROM item_rev r WHERE r.item = i.id AND r.rev = ?2),"
            " (SELECT coalesce(max(at), 0) FROM field WHERE item = i.id"
            "   AND source = 'clerk')"
            " FROM item i WHERE name = ?1 AND rev > 0",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, it->name);
    sql_bind_int(&q, 2, it->rev);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc < 0 ? -1 : STORE_MEETS_NOTHING;
    if (sql_int(&q, 0) != it->created)
        return STORE_MEETS_OTHER;
    if (sql_int(&q, 2) != 0 || sql_int(&q, 1) < it->rev)
        return STORE_MEETS_NOTHING;
    return sql_int(&q, 1) == it->rev && sql_int(&q, 3) <= sealed_at ? STORE_MEETS_OLDER
                                                                    : STORE_MEETS_NEWER;
}

int store_ingest_meets(struct store *s, const struct card *c, int64_t sealed_at,
                       struct err *e)
{
    return c->type == CARD_ITEM ? meets_item(s, &c->item, sealed_at, e)
                                : meets_dossier(s, c, e);
}

int store_ingest_above(struct store *s, const char *name, int64_t rev, struct err *e)
{
    AUTO_SQL struct sql item = SQL_INIT;
    AUTO_SQL struct sql dossier = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &item,
            "UPDATE item SET rev = max(rev, ?2 + 1), supersedes = max(supersedes, ?2)"
            " WHERE name = ?1",
            e) < 0 ||
        SQL(s, &dossier, "UPDATE dossier SET rev = max(rev, ?2 + 1) WHERE name = ?1",
            e) < 0)
        return -1;
    sql_bind_text(&item, 1, name);
    sql_bind_int(&item, 2, rev);
    sql_bind_text(&dossier, 1, name);
    sql_bind_int(&dossier, 2, rev);
    return sql_run(&item, e) < 0 ? -1 : sql_run(&dossier, e);
}

int store_ingest_rename(struct store *s, const char *node, const char *name,
                        char out[IDENT_NAME_MAX], struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    bool dossier = ident_is_dossier(name);
    int64_t n = 0;

    assert(s->in_txn);
    if (store_counter(s, dossier ? STORE_COUNTER_DOSSIER : STORE_COUNTER_ITEM, &n, e) <
        0)
        return -1;
    if (dossier)
        ident_dossier(node, n, out);
    else
        ident_item(node, n, out);
    if ((dossier ? SQL(s, &q, "UPDATE dossier SET name = ?2 WHERE name = ?1", e)
                 : SQL(s, &q, "UPDATE item SET name = ?2 WHERE name = ?1", e)) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    sql_bind_text(&q, 2, out);
    return sql_run(&q, e);
}

/* ---- sealed, and never to arrive as it was ------------------------------------------
 */

#define STRANDED                                                                       \
    "(SELECT id FROM bundle WHERE node = ?1 AND epoch = ?2"                            \
    " AND state IN ('sealed', 'sent', 'refused'))"

static int each_unsealed(struct store *s, const char *node, int64_t epoch,
                         store_unsealed_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT i.name FROM item_rev r JOIN item i ON i.id = r.item"
            " WHERE r.rev = i.rev AND i.state = 'sealed' AND r.bundle IN " STRANDED
            " ORDER BY i.id",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, node);
    sql_bind_int(&q, 2, epoch);
    while ((rc = sql_step(&q, e)) > 0)
        if (each(ctx, sql_text(&q, 0), e) < 0)
            return -1;
    return rc;
}

/* What was sealed as verified is verified, the rest is recognized. */
static int open_items(struct store *s, const char *node, int64_t epoch, struct err *e)
{
    AUTO_SQL struct sql state = SQL_INIT;
    AUTO_SQL struct sql revs = SQL_INIT;
    AUTO_SQL struct sql back = SQL_INIT;

    if (SQL(s, &state,
            "UPDATE item SET state = CASE r.level WHEN 'verified' THEN 'verified'"
            " ELSE 'recognized' END FROM item_rev r WHERE r.item = item.id"
            " AND r.rev = item.rev AND item.state = 'sealed' AND r.bundle IN " STRANDED,
            e) < 0 ||
        SQL(s, &revs, "DELETE FROM item_rev WHERE bundle IN " STRANDED, e) < 0 ||
        SQL(s, &back,
            "UPDATE item SET sealed_rev = coalesce((SELECT max(rev) FROM item_rev r"
            " WHERE r.item = item.id), 0), level = coalesce((SELECT r.level FROM"
            " item_rev r WHERE r.item = item.id ORDER BY rev DESC LIMIT 1), 'none')"
            " WHERE id IN (SELECT item FROM bundle_item WHERE rev > 0"
            " AND bundle IN " STRANDED ")",
            e) < 0)
        return -1;
    sql_bind_text(&state, 1, node);
    sql_bind_int(&state, 2, epoch);
    sql_bind_text(&revs, 1, node);
    sql_bind_int(&revs, 2, epoch);
    sql_bind_text(&back, 1, node);
    sql_bind_int(&back, 2, epoch);
    if (sql_run(&state, e) < 0 || sql_run(&revs, e) < 0)
        return -1;
    return sql_run(&back, e);
}

/* Their cards say nothing new where they had arrived: sealed once more they do no harm.
 */
static int open_dossiers(struct store *s, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "UPDATE dossier SET sealed_rev = 0", e) < 0)
        return -1;
    return sql_run(&q, e);
}

static int drop_bundles(struct store *s, const char *node, int64_t epoch, struct err *e)
{
    AUTO_SQL struct sql items = SQL_INIT;
    AUTO_SQL struct sql objects = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &items, "DELETE FROM bundle_item WHERE bundle IN " STRANDED, e) < 0 ||
        SQL(s, &objects, "DELETE FROM bundle_object WHERE bundle IN " STRANDED, e) <
            0 ||
        SQL(s, &q, "DELETE FROM bundle WHERE id IN " STRANDED, e) < 0)
        return -1;
    sql_bind_text(&items, 1, node);
    sql_bind_int(&items, 2, epoch);
    sql_bind_text(&objects, 1, node);
    sql_bind_int(&objects, 2, epoch);
    sql_bind_text(&q, 1, node);
    sql_bind_int(&q, 2, epoch);
    if (sql_run(&items, e) < 0 || sql_run(&objects, e) < 0)
        return -1;
    return sql_run(&q, e);
}

int store_ingest_unseal(struct store *s, const char *node, int64_t epoch,
                        store_unsealed_fn *each, void *ctx, struct err *e)
{
    assert(s->in_txn);
    if (each_unsealed(s, node, epoch, each, ctx, e) < 0 ||
        open_items(s, node, epoch, e) < 0 || open_dossiers(s, e) < 0)
        return -1;
    return drop_bundles(s, node, epoch, e);
}

int store_ingest_yield(struct store *s, const char *item, int64_t rev, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE item SET rev = min(rev, ?2), state = 'sealed' WHERE name = ?1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    sql_bind_int(&q, 2, rev);
    return sql_run(&q, e);
}
