/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_page.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/store/search_doc.h"
#include "node/store/sql.h"
#include "node/store/store_audit.h"
#include "node/store/store_picture.h"

/* What read_page() reads, in its order. */
#define PAGE_SELECT                                                                    \
    "SELECT p.id, p.name, p.master, item.name, p.media, p.idx, p.seq, p.width_px,"     \
    " p.height_px, p.dpi, p.state, p.gate, p.confidence, p.code,"                      \
    " p.layer, p.signed, p.past, p.kept"                                               \
    " FROM page p JOIN item ON item.id = p.item"

static int read_page(const struct sql *q, struct page *out, struct err *e)
{
    *out = (struct page){.id = sql_int(q, 0),
                         .index = sql_int(q, 5),
                         .seq = sql_int(q, 6),
                         .width_px = sql_int(q, 7),
                         .height_px = sql_int(q, 8),
                         .dpi = sql_int(q, 9),
                         .confidence = (int)sql_int(q, 12)};
    if (sql_copy(q, 1, out->name, sizeof out->name, e) < 0 ||
        sql_copy(q, 2, out->master, sizeof out->master, e) < 0 ||
        sql_copy(q, 3, out->item, sizeof out->item, e) < 0 ||
        sql_copy(q, 4, out->media, sizeof out->media, e) < 0 ||
        sql_copy(q, 13, out->code, sizeof out->code, e) < 0 ||
        sql_copy(q, 14, out->layer, sizeof out->layer, e) < 0)
        return -1;
    out->is_signed = sql_int(q, 15) != 0;
    out->past = sql_int(q, 16) != 0;
    out->kept = sql_int(q, 17) != 0;
    if (!page_state_find(sql_text(q, 10), &out->state) ||
        !page_gate_find(sql_text(q, 11), &out->gate))
        return sql_damaged(e, "page.state");
    return 0;
}

static int one_page(struct sql *q, struct page *out, struct err *e)
{
    int rc = sql_step(q, e);

    if (rc <= 0)
        return rc;
    return read_page(q, out, e) < 0 ? -1 : 1;
}

static int give_pages(struct sql *q, store_page_fn *each, void *ctx, struct err *e)
{
    int rc = 0;

    while ((rc = sql_step(q, e)) > 0) {
        struct page p;

        if (read_page(q, &p, e) < 0)
            return -1;
        rc = each(ctx, &p, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

static int next_seq(struct store *s, int64_t item, int64_t *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT coalesce(max(seq), 0) + 1 FROM page WHERE item = ?1 AND past = 0",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, item);
    if (sql_step(&q, e) < 0)
        return -1;
    *out = sql_int(&q, 0);
    return 0;
}

int store_page_add(struct store *s, const char *node, struct page *p, struct err *e)
{
    AUTO_SQL struct sql find = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;
    int64_t item = 0;
    int rc = 0;

    assert(s->in_txn);
    if (page_check(p, e) < 0 ||
        SQL(s, &find, "SELECT id FROM item WHERE name = ?1", e) < 0)
        return -1;
    rc = sql_id(&find, p->item, &item, e);
    if (rc == 0)
        return err_set(e, ERR_ITEM_ABSENT, "%s", p->item);
    if (rc < 0 || (p->seq == 0 && next_seq(s, item, &p->seq, e) < 0))
        return -1;
    if (SQL(s, &q,
            "INSERT INTO page (name, node, master, media, idx, item, seq, width_px,"
            " height_px, dpi, state, gate)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'captured', 'unchecked')"
            " ON CONFLICT DO NOTHING RETURNING id",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, p->name);
    sql_bind_text(&q, 2, node);
    sql_bind_text(&q, 3, p->master);
    sql_bind_text(&q, 4, p->media);
    sql_bind_int(&q, 5, p->index);
    sql_bind_int(&q, 6, item);
    sql_bind_int(&q, 7, p->seq);
    sql_bind_int(&q, 8, p->width_px);
    sql_bind_int(&q, 9, p->height_px);
    sql_bind_int(&q, 10, p->dpi);
    rc = sql_step(&q, e);
    if (rc == 0)
        return err_set(e, ERR_PAGE_EXISTS, "%s", p->name);
    if (rc < 0)
        return -1;
    p->id = sql_int(&q, 0);
    p->state = PAGE_CAPTURED;
    p->gate = PAGE_UNCHECKED;
    return sql_run(&q, e);
}

int store_page_get(struct store *s, const char *name, struct page *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            PAGE_SELECT " WHERE p.name = ?1"
                        " ORDER BY p.id LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    return one_page(&q, out, e);
}

int store_page_by_id(struct store *s, int64_t id, struct page *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, PAGE_SELECT " WHERE p.id = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    return one_page(&q, out, e);
}

int store_page_of_item(struct store *s, const char *item, store_page_fn *each,
                       void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            PAGE_SELECT " WHERE item.name = ?1 AND p.past = 0"
                        " ORDER BY p.seq",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    return give_pages(&q, each, ctx, e);
}

int store_page_of_master(struct store *s, const char *master, store_page_fn *each,
                         void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            PAGE_SELECT " WHERE p.master = ?1"
                        " ORDER BY p.idx, p.id",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, master);
    return give_pages(&q, each, ctx, e);
}

int store_page_held(struct store *s, store_page_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            PAGE_SELECT " WHERE p.gate = 'held'"
                        " ORDER BY p.id",
            e) < 0)
        return -1;
    return give_pages(&q, each, ctx, e);
}

int store_page_find(struct store *s, const char *text, struct page *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct page first = {0};
    int rc = 0;

    if (SQL(s, &q,
            PAGE_SELECT " WHERE substr(p.name, 1, length(?1)) = ?1"
                        " ORDER BY p.id LIMIT 2",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, text);
    rc = one_page(&q, &first, e);
    if (rc <= 0)
        return rc;
    rc = sql_step(&q, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    *out = first;
    return 1;
}

/* ---- readings ---------------------------------------------------------------------
 */

static int page_item(struct store *s, int64_t page, int64_t *item,
                     char name[IDENT_PAGE_MAX], struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, "SELECT item, name FROM page WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    rc = sql_step(&q, e);
    if (rc == 0)
        return err_set(e, ERR_PAGE_ABSENT, "page %" PRId64, page);
    if (rc < 0)
        return -1;
    *item = sql_int(&q, 0);
    return sql_copy(&q, 1, name, IDENT_PAGE_MAX, e);
}

static int update_page(struct store *s, int64_t page, const struct store_reading *r,
                       struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "UPDATE page SET state = ?2, gate = ?3, confidence = ?4, code = ?5,"
            " width_px = CASE WHEN ?6 > 0 THEN ?6 ELSE width_px END,"
            " height_px = CASE WHEN ?7 > 0 THEN ?7 ELSE height_px END,"
            " dpi = CASE WHEN ?8 > 0 THEN ?8 ELSE dpi END, layer = ?9, signed = ?10"
            " WHERE id = ?1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    sql_bind_text(&q, 2, page_state_name(r->state));
    sql_bind_text(&q, 3, page_gate_name(r->gate));
    sql_bind_int(&q, 4, r->confidence);
    sql_bind_text(&q, 5, r->code ? r->code : "");
    sql_bind_int(&q, 6, r->width_px);
    sql_bind_int(&q, 7, r->height_px);
    sql_bind_int(&q, 8, r->dpi);
    sql_bind_text(&q, 9, r->layer ? r->layer : "");
    sql_bind_int(&q, 10, r->is_signed);
    return sql_run(&q, e);
}

int store_page_reading(struct store *s, int64_t page, const struct store_reading *r,
                       struct err *e)
{
    char name[IDENT_PAGE_MAX] = "";
    int64_t item = 0;

    assert(s->in_txn);
    assert(r->gate != PAGE_UNCHECKED || r->state == PAGE_FAILED);
    if (page_item(s, page, &item, name, e) < 0 || update_page(s, page, r, e) < 0 ||
        (r->gate != PAGE_CLEAR && store_picture_drop(s, name, e) < 0))
        return -1;
    if (r->gate != PAGE_CLEAR || r->state != PAGE_RECOGNIZED)
        return search_doc_remove(s, page, e);
    return search_doc_put(s, item, page, r, e);
}

int store_page_gate(struct store *s, int64_t page, enum page_gate gate, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    char name[IDENT_PAGE_MAX] = "";
    int64_t item = 0;

    assert(s->in_txn);
    if (page_item(s, page, &item, name, e) < 0 ||
        SQL(s, &q,
            "UPDATE page SET gate = ?2, state = CASE WHEN ?2 = 'clear' AND gate = "
            "'held'"
            " THEN 'captured' ELSE state END WHERE id = ?1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    sql_bind_text(&q, 2, page_gate_name(gate));
    if (sql_run(&q, e) < 0)
        return -1;
    if (gate == PAGE_CLEAR)
        return 0;
    return store_picture_drop(s, name, e) < 0 ? -1 : search_doc_remove(s, page, e);
}

void store_page_text_clear(struct store_text *t)
{
    mem_free(TAKE(t->text));
    mem_free(TAKE(t->pipeline));
    mem_free(TAKE(t->model));
    str_clear(&t->boxes);
}

int store_page_text(struct store *s, int64_t page, struct store_text *out,
                    struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    const void *boxes = NULL;
    size_t len = 0;
    int rc = 0;

    *out = (struct store_text){.boxes = STR_INIT(STR_FILE_MAX)};
    if (SQL(s, &q,
            "SELECT body, boxes, words, confidence, pipeline, model FROM doc"
            " JOIN page ON page.id = doc.page WHERE page = ?1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    out->text = mem_dup(sql_text(&q, 0));
    boxes = sql_blob(&q, 1, &len);
    str_add_mem(&out->boxes, boxes, len);
    out->words = sql_int(&q, 2);
    out->confidence = (int)sql_int(&q, 3);
    out->pipeline = mem_dup(sql_text(&q, 4));
    out->model = mem_dup(sql_text(&q, 5));
    return str_check(&out->boxes, "boxes", e) < 0 ? -1 : 1;
}

/* ---- purge ------------------------------------------------------------------------
 */

static int delete_rows(struct store *s, int64_t page, struct err *e)
{
    AUTO_SQL struct sql job = SQL_INIT;
    AUTO_SQL struct sql row = SQL_INIT;

    if (search_doc_remove(s, page, e) < 0 ||
        SQL(s, &job, "DELETE FROM job WHERE page = ?1", e) < 0 ||
        SQL(s, &row, "DELETE FROM page WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&job, 1, page);
    sql_bind_int(&row, 1, page);
    return sql_run(&job, e) < 0 || sql_run(&row, e) < 0 ? -1 : 0;
}

/* The master goes when no page needs it any more. */
static int delete_master(struct store *s, const char *master, char *object,
                         struct err *e)
{
    AUTO_SQL struct sql used = SQL_INIT;
    AUTO_SQL struct sql links = SQL_INIT;
    AUTO_SQL struct sql inputs = SQL_INIT;
    AUTO_SQL struct sql row = SQL_INIT;
    int64_t pages = 0;

    if (SQL(s, &used, "SELECT count(*) FROM page WHERE master = ?1", e) < 0 ||
        SQL(s, &links,
            "DELETE FROM input_item WHERE input IN (SELECT id FROM input WHERE sha = "
            "?1)",
            e) < 0 ||
        SQL(s, &inputs, "DELETE FROM input WHERE sha = ?1", e) < 0 ||
        SQL(s, &row, "DELETE FROM object WHERE hex = ?1", e) < 0 ||
        sql_id(&used, master, &pages, e) < 0)
        return -1;
    if (pages > 0)
        return 0;
    sql_bind_text(&links, 1, master);
    sql_bind_text(&inputs, 1, master); /* a file's name tells what is in it */
    sql_bind_text(&row, 1, master);
    if (sql_run(&links, e) < 0 || sql_run(&inputs, e) < 0 || sql_run(&row, e) < 0)
        return -1;
    sql_drop_object(s, master);
    (void)snprintf(object, IDENT_PAGE_MAX, "%s", master);
    return 0;
}

int store_page_purge(struct store *s, int64_t page, char object[IDENT_PAGE_MAX],
                     struct err *e)
{
    struct page p;
    int rc = store_page_by_id(s, page, &p, e);

    assert(s->in_txn);
    object[0] = '\0';
    if (rc == 0)
        return err_set(e, ERR_PAGE_ABSENT, "page %" PRId64, page);
    if (rc < 0)
        return -1;
    if (p.gate != PAGE_HELD)
        return err_set(e, ERR_PAGE_NOT_HELD, "%.16s", p.name);
    return delete_rows(s, page, e) < 0 || delete_master(s, p.master, object, e) < 0 ? -1
                                                                                    : 0;
}

int store_page_count(struct store *s, struct store_page_counts *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT coalesce(sum(n * (state = 'captured')), 0),"
            " coalesce(sum(n * (state = 'recognized')), 0),"
            " coalesce(sum(n * (state = 'blank')), 0),"
            " coalesce(sum(n * (state = 'failed')), 0),"
            " coalesce(sum(n * (gate = 'held')), 0) FROM page_tally",
            e) < 0 ||
        sql_step(&q, e) < 0)
        return -1;
    *out = (struct store_page_counts){.captured = sql_int(&q, 0),
                                      .recognized = sql_int(&q, 1),
                                      .blank = sql_int(&q, 2),
                                      .failed = sql_int(&q, 3),
                                      .held = sql_int(&q, 4)};
    return 0;
}
