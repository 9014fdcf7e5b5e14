/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_past.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/store/search_doc.h"
#include "node/store/sql.h"

#define ASIDE INT64_C(1000000) /* + row: above every place there is */
_Static_assert(PAGE_INDEX_MAX < ASIDE, "a place is below what is aside");

/* ---- one page ---------------------------------------------------------------------
 */

static int run_on(struct store *s, struct sql *q, int64_t id, struct err *e)
{
    (void)s;
    sql_bind_int(q, 1, id);
    return sql_run(q, e);
}

static int keep_text(struct store *s, const struct page *p, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "INSERT INTO page_past (page, seq, body, boxes, words, pipeline, model)"
            " SELECT p.id, p.seq, d.body, d.boxes, coalesce(d.words, 0),"
            " coalesce(d.pipeline, ''), coalesce(d.model, '')"
            " FROM page p LEFT JOIN doc d ON d.page = p.id WHERE p.id = ?1",
            e) < 0)
        return -1;
    return run_on(s, &q, p->id, e);
}

int store_past_shelve(struct store *s, const struct page *p, struct err *e)
{
    AUTO_SQL struct sql job = SQL_INIT;
    AUTO_SQL struct sql box = SQL_INIT;
    AUTO_SQL struct sql row = SQL_INIT;

    assert(s->in_txn);
    if (p->past)
        return err_set(e, ERR_PAGE_PAST, "%.16s", p->name);
    if (keep_text(s, p, e) < 0 || search_doc_remove(s, p->id, e) < 0 ||
        /* Not deleted: the next job would get its id, and who reads this page just now
         * would finish that one. Of no chain: brought back, the page is read again. */
        SQL(s, &job,
            "UPDATE job SET state = 'done', owner = '', pipeline = '', model = id"
            " WHERE page = ?1",
            e) < 0 ||
        SQL(s, &box, "DELETE FROM field_box WHERE page = ?1", e) < 0 ||
        SQL(s, &row, "UPDATE page SET past = 1, seq = 1000000 + id WHERE id = ?1", e) <
            0 ||
        run_on(s, &job, p->id, e) < 0 || run_on(s, &box, p->id, e) < 0)
        return -1;
    return run_on(s, &row, p->id, e);
}

/* Its text is found again. */
static int put_text(struct store *s, const struct page *p, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct store_reading r = {.state = p->state, .gate = p->gate};
    size_t len = 0;
    int64_t item = 0;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT item, body, boxes, words, pipeline, model FROM page_past"
            " JOIN page ON page.id = page_past.page"
            " WHERE page.id = ?1 AND body IS NOT NULL",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, p->id);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    item = sql_int(&q, 0);
    r.text = sql_text(&q, 1);
    r.boxes = sql_blob(&q, 2, &len);
    r.boxes_len = len;
    r.words = sql_int(&q, 3);
    r.pipeline = sql_text(&q, 4);
    r.model = sql_text(&q, 5);
    return search_doc_put(s, item, p->id, &r, e);
}

int store_past_text(struct store *s, const struct page *p, struct store_text *out,
                    struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    const void *boxes = NULL;
    size_t len = 0;
    int rc = 0;

    *out = (struct store_text){.boxes = STR_INIT(STR_FILE_MAX)};
    if (SQL(s, &q,
            "SELECT body, boxes, words, pipeline, model FROM page_past"
            " WHERE page = ?1 AND body IS NOT NULL",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, p->id);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    out->text = mem_dup(sql_text(&q, 0));
    boxes = sql_blob(&q, 1, &len);
    str_add_mem(&out->boxes, boxes, len);
    out->words = sql_int(&q, 2);
    out->confidence = p->confidence;
    out->pipeline = mem_dup(sql_text(&q, 3));
    out->model = mem_dup(sql_text(&q, 4));
    return str_check(&out->boxes, "boxes", e) < 0 ? -1 : 1;
}

static int wait_anew(struct store *s, const struct page *p, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "UPDATE page SET state = 'captured', gate = CASE WHEN gate = 'held'"
            " OR code <> '' THEN gate ELSE 'unchecked' END WHERE id = ?1",
            e) < 0)
        return -1;
    return run_on(s, &q, p->id, e);
}

int store_past_restore(struct store *s, const struct page *p, int64_t seq, bool anew,
                       struct err *e)
{
    AUTO_SQL struct sql row = SQL_INIT;
    AUTO_SQL struct sql old = SQL_INIT;

    assert(s->in_txn);
    if (!p->past)
        return err_set(e, ERR_PAGE_PAST, "%.16s", p->name);
    if ((anew ? wait_anew(s, p, e) : put_text(s, p, e)) < 0 ||
        SQL(s, &row, "UPDATE page SET past = 0, seq = ?2 WHERE id = ?1", e) < 0 ||
        SQL(s, &old, "DELETE FROM page_past WHERE page = ?1", e) < 0)
        return -1;
    sql_bind_int(&row, 2, seq);
    return run_on(s, &row, p->id, e) < 0 ? -1 : run_on(s, &old, p->id, e);
}

int store_past_move(struct store *s, const struct page *p, const char *item,
                    int64_t seq, struct err *e)
{
    AUTO_SQL struct sql last = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE page SET item = (SELECT id FROM item WHERE name = ?2),"
            " kept = 0 WHERE id = ?1",
            e) < 0 ||
        SQL(s, &last,
            "SELECT coalesce(max(seq), 0) + 1 FROM page WHERE past = 0"
            " AND item = (SELECT id FROM item WHERE name = ?1)",
            e) < 0)
        return -1;
    sql_bind_text(&last, 1, item);
    if (seq == 0 && sql_step(&last, e) < 0)
        return -1;
    if (seq == 0)
        seq = sql_int(&last, 0);
    sql_end(&last);
    sql_bind_int(&q, 1, p->id);
    sql_bind_text(&q, 2, item);
    return sql_run(&q, e) < 0 ? -1 : store_past_restore(s, p, seq, true, e);
}

int store_past_keep(struct store *s, int64_t page, bool kept, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q, "UPDATE page SET kept = ?2 WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 2, kept);
    return run_on(s, &q, page, e);
}

int store_past_sealed(struct store *s, const struct page *p, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT 1 FROM page JOIN item_rev r ON r.item = page.item,"
            " json_each(r.card, '$.pages') j"
            " WHERE page.id = ?1 AND j.value = page.name LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, p->id);
    return sql_step(&q, e);
}

/* ---- the order --------------------------------------------------------------------
 */

/* In two steps: no two pages of a record may have one place, not even for a moment. */
int store_past_room(struct store *s, const char *item, int64_t seq, int64_t count,
                    struct err *e)
{
    AUTO_SQL struct sql away = SQL_INIT;
    AUTO_SQL struct sql back = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &away,
            "UPDATE page SET seq = seq + 1000000000000 WHERE past = 0 AND seq >= ?2"
            " AND item = (SELECT id FROM item WHERE name = ?1)",
            e) < 0 ||
        SQL(s, &back,
            "UPDATE page SET seq = seq - 1000000000000 + ?2 WHERE past = 0"
            " AND seq >= 1000000000000"
            " AND item = (SELECT id FROM item WHERE name = ?1)",
            e) < 0)
        return -1;
    sql_bind_text(&away, 1, item);
    sql_bind_int(&away, 2, seq);
    sql_bind_text(&back, 1, item);
    sql_bind_int(&back, 2, count);
    return sql_run(&away, e) < 0 ? -1 : sql_run(&back, e);
}

static int put_at(struct store *s, int64_t page, int64_t seq, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "UPDATE page SET seq = ?2 WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 2, seq);
    return run_on(s, &q, page, e);
}

int store_past_swap(struct store *s, const struct page *a, const struct page *b,
                    struct err *e)
{
    assert(s->in_txn);
    if (a->past || b->past)
        return err_set(e, ERR_PAGE_PAST, "%.16s", a->past ? a->name : b->name);
    assert(strcmp(a->item, b->item) == 0);
    if (put_at(s, a->id, ASIDE + a->id, e) < 0 || put_at(s, b->id, a->seq, e) < 0)
        return -1;
    return put_at(s, a->id, b->seq, e);
}

int store_past_each(struct store *s, const char *item, store_page_fn *each, void *ctx,
                    struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT o.page, o.seq FROM page_past o JOIN page p ON p.id = o.page"
            " JOIN item i ON i.id = p.item WHERE i.name = ?1 ORDER BY o.page",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    while ((rc = sql_step(&q, e)) > 0) {
        struct page p;

        if (store_page_by_id(s, sql_int(&q, 0), &p, e) <= 0)
            return e->code ? -1 : sql_damaged(e, "page_past.page");
        p.seq = sql_int(&q, 1);
        if (each(ctx, &p, e) < 0)
            return -1;
    }
    return rc;
}

/* ---- following a card -------------------------------------------------------------
 */

/* A page, and where the newest card has it. */
struct placed {
    struct page page;
    int64_t at; /* from 0 in the card, -1: not named there */
    bool older; /* an older card names it */
};

struct all {
    struct placed *rows; /* owned */
    size_t count, cap;
};

static int revisions(struct store *s, int64_t item, int64_t *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "SELECT count(*) FROM item_rev WHERE item = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, item);
    if (sql_step(&q, e) < 0)
        return -1;
    *out = sql_int(&q, 0);
    return 0;
}

/* Present and past ones, the present first, in their order. */
static int load(struct store *s, int64_t item, struct all *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "WITH named AS (SELECT r.rev, j.value AS name, j.key AS at FROM item_rev r,"
            "  json_each(r.card, '$.pages') j WHERE r.item = ?1),"
            " newest AS (SELECT max(rev) AS rev FROM item_rev WHERE item = ?1)"
            " SELECT p.id,"
            "  coalesce((SELECT at FROM named, newest"
            "   WHERE named.rev = newest.rev AND named.name = p.name), -1),"
            "  EXISTS (SELECT 1 FROM named, newest"
            "   WHERE named.rev < newest.rev AND named.name = p.name)"
            " FROM page p WHERE p.item = ?1 ORDER BY p.past, p.seq",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, item);
    while ((rc = sql_step(&q, e)) > 0) {
        struct placed *one = NULL;

        mem_grow(&out->rows, &out->cap, out->count + 1, sizeof *out->rows);
        one = &out->rows[out->count++];
        *one = (struct placed){.at = sql_int(&q, 1), .older = sql_int(&q, 2) != 0};
        if (store_page_by_id(s, sql_int(&q, 0), &one->page, e) <= 0)
            return e->code ? -1 : sql_damaged(e, "page");
    }
    return rc;
}

/* Named pages by the card, then those that no card names yet. */
static int by_place(const void *a, const void *b)
{
    const struct placed *x = a;
    const struct placed *y = b;
    int64_t l = x->at < 0 ? ASIDE + x->page.seq : x->at;
    int64_t r = y->at < 0 ? ASIDE + y->page.seq : y->at;

    return l < r ? -1 : l > r;
}

static int put_in_order(struct store *s, struct placed *rows, size_t count,
                        struct err *e)
{
    bool right = count == 0 || rows[0].page.seq < ASIDE;

    for (size_t i = 1; i < count; i++)
        right =
            right && rows[i].page.seq < ASIDE && by_place(&rows[i - 1], &rows[i]) < 0;
    if (right)
        return 0;
    qsort(rows, count, sizeof *rows, by_place);
    for (size_t i = 0; i < count; i++)
        if (put_at(s, rows[i].page.id, ASIDE + rows[i].page.id, e) < 0)
            return -1;
    for (size_t i = 0; i < count; i++)
        if (put_at(s, rows[i].page.id, (int64_t)i + 1, e) < 0)
            return -1;
    return 0;
}

static int arrange(struct store *s, struct all *all, struct err *e)
{
    size_t here = 0;

    for (size_t i = 0; i < all->count; i++) {
        struct placed *one = &all->rows[i];
        bool goes = !one->page.past && one->at < 0 && one->older;
        bool comes = one->page.past && one->at >= 0;

        if (goes && store_past_shelve(s, &one->page, e) < 0)
            return -1;
        if (comes &&
            store_past_restore(s, &one->page, ASIDE + one->page.id, false, e) < 0)
            return -1;
        if (comes)
            one->page.seq = ASIDE + one->page.id;
        if (goes || (one->page.past && !comes))
            continue;
        all->rows[here++] = *one;
    }
    return put_in_order(s, all->rows, here, e);
}

int store_past_arrange(struct store *s, int64_t item, struct err *e)
{
    struct all all = {0};
    int64_t count = 0;
    int rc = 0;

    assert(s->in_txn);
    if (revisions(s, item, &count, e) < 0)
        return -1;
    if (count < 2)
        return 0;
    rc = load(s, item, &all, e);
    if (rc == 0)
        rc = arrange(s, &all, e);
    mem_free(all.rows);
    return rc < 0 ? -1 : 0;
}
