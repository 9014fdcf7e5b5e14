/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_recognize.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_notes.h"
#include "node/flow/flow_page.h"
#include "node/flow/flow_picture.h"
#include "node/flow/flow_tables.h"
#include "node/record/item.h"
#include "node/record/page.h"
#include "node/store/store_box.h"
#include "node/store/store_input.h"
#include "node/store/store_item.h"
#include "node/store/store_job.h"
#include "node/store/store_page.h"
#include "node/store/store_picture.h"
#include "ocr/capture.h"
#include "ocr/fields.h"
#include "ocr/layer.h"
#include "ocr/ocr.h"
#include "ocr/secrecy.h"

#define POLL_MS 200
#define BATCH   64 /* commits between two checkpoints */

/* A page that takes all its time, and its worker's start, are over before its lease. */
_Static_assert((STORE_JOB_LEASE_S)*INT64_C(1000) >= 2 * (OCR_WALL_MS_MAX),
               "a lease is longer than a page");

struct work {
    struct flow *f;
    const struct flow_recognize_opts *opts;
    const struct flow_listener *to;
    struct flow_recognize_sum *sum;
    struct ocr_pool *pool;
    char owner[STORE_JOB_OWNER_MAX];
    char model[OCR_MODEL_HEX];
    int64_t claimed; /* in all */
    int64_t all;     /* queued at the start */
    int64_t since_checkpoint;
    struct task {
        struct store_job job;
        struct result layer; /* owned: the page's own text */
        bool is_signed;
    } under_way[OCR_WORKERS_MAX];
    size_t under_way_count;
};

/* ---- what a page gives ------------------------------------------------------------
 */

struct pages {
    struct page *rows; /* owned */
    size_t count, cap;
};

static int collect(void *ctx, const struct page *p, struct err *e)
{
    struct pages *all = ctx;

    (void)e;
    mem_grow(&all->rows, &all->cap, all->count + 1, sizeof *all->rows);
    all->rows[all->count++] = *p;
    return 0;
}

/* The text and boxes of a page as recognition gave them. Absent ones stay empty. */
static int read_back(struct work *w, const struct page *p, struct result *out,
                     struct err *e)
{
    AUTO_TEXT struct store_text text = {0};
    int found = store_page_text(w->f->store, p->id, &text, e);

    if (found <= 0)
        return found;
    if (result_unpack(text.text, str_text(&text.boxes), text.boxes.len, out, e) < 0 ||
        flow_tables_get(w->f, p, out, e) < 0)
        return -1;
    out->width_px = (int32_t)p->width_px;
    out->height_px = (int32_t)p->height_px;
    out->dpi = (int)p->dpi;
    return 1;
}

/* Where it was read, or is to be read by a person. */
static int write_box(struct work *w, const char *item, const struct pages *all,
                     const struct field *one, struct err *e)
{
    struct store_box b = {.strip = one->strip,
                          .page = all->rows[one->page].id,
                          .x = one->x,
                          .y = one->y,
                          .w = one->w,
                          .h = one->h};

    if (one->w < 1 || one->h < 1)
        return 0;
    (void)snprintf(b.name, sizeof b.name, "%s", one->name);
    return store_box_add(w->f->store, item, &b, e);
}

static int write_fields(struct work *w, const char *item, const struct pages *all,
                        const struct fields *found, struct err *e)
{
    if (store_box_clear(w->f->store, item, e) < 0)
        return -1;
    for (size_t i = 0; i < found->count; i++) {
        const struct field *one = &found->item[i];
        const struct field_def *known = field_find(one->name);
        struct field_value v = {
            .name = (char *)(uintptr_t)one->name, /* read only by the store */
            .value = one->value,
            .reason = (char *)(uintptr_t)one->reason,
            .actor = (char *)(uintptr_t)FIELDS_SOURCE,
            .source = FIELD_OCR,
            .confidence = one->confidence,
            .doubtful = one->doubtful,
            .at = clock_now(),
        };
        struct err unfit = ERR_INIT;
        bool written = false;

        if (!known)
            continue;
        if (write_box(w, item, all, one, e) < 0)
            return -1;
        if (store_item_field(w->f->store, item, &v, &written, &unfit) == 0)
            continue;
        if (unfit.code != ERR_FIELD_VALUE) {
            *e = unfit;
            return -1;
        }
        /* Read, but no value the field can hold: doubtful and empty, not dropped. */
        v.value = (char *)(uintptr_t) "";
        v.doubtful = true;
        if (store_item_field(w->f->store, item, &v, &written, e) < 0)
            return -1;
    }
    return 0;
}

/* The last page of an item was read: look for the header and move the item on. */
static int finish_item(struct work *w, const char *item, const struct pages *all,
                       struct err *e)
{
    struct result results[FIELDS_PAGES_MAX] = {0};
    const struct result *views[FIELDS_PAGES_MAX] = {NULL};
    AUTO_FOUND struct fields found = {0};
    struct item it = {0};
    size_t n = all->count < FIELDS_PAGES_MAX ? all->count : FIELDS_PAGES_MAX;
    int year = 0;
    int month = 0;
    int day = 0;
    int rc = 0;

    for (size_t i = 0; rc >= 0 && i < n; i++) {
        rc = read_back(w, &all->rows[i], &results[i], e);
        views[i] = rc == 1 ? &results[i] : NULL;
    }
    if (rc >= 0) {
        clock_local_date(clock_now(), &year, &month, &day);
        fields_find(views, n, year, &found);
        rc = write_fields(w, item, all, &found, e);
    }
    for (size_t i = 0; i < n; i++)
        result_clear(&results[i]);
    if (rc < 0 || store_item_need(w->f->store, item, &it, e) < 0)
        return -1;
    if (it.state != ITEM_CAPTURED)
        return 0; /* read again: a person may have gone on with it */
    return store_item_act(w->f->store, item, ITEM_RECOGNIZE, NULL, e);
}

static int item_after(struct work *w, const char *item, struct err *e)
{
    struct pages all = {0};
    bool waiting = false;
    int rc = store_page_of_item(w->f->store, item, collect, &all, e);

    for (size_t i = 0; rc >= 0 && i < all.count; i++)
        waiting = waiting || all.rows[i].state == PAGE_CAPTURED;
    if (rc >= 0 && !waiting)
        rc = finish_item(w, item, &all, e);
    mem_free(all.rows);
    return rc < 0 ? -1 : 0;
}

static struct jdoc *page_line(const struct page *p, const char *status)
{
    struct jdoc *line = flow_line("page");

    jdoc_set_text(line, "page", p->name);
    jdoc_set_text(line, "item", p->item);
    jdoc_set_text(line, "status", status);
    return line;
}

static void count(struct work *w, int64_t *which)
{
    w->sum->pages++;
    (*which)++;
    if (w->opts->progress)
        w->opts->progress(w->opts->to, w->sum->pages, w->all);
}

/* Pictures of a page, first as files, then (in the page's own transaction) as rows. */
struct kept {
    char page[HASH_HEX], thumb[HASH_HEX]; /* "" none */
};

static int keep_bytes(struct work *w, const struct str *s, char hex[HASH_HEX],
                      struct err *e)
{
    bool existed = false;

    hex[0] = '\0';
    return s->len > 0
               ? store_object_put_mem(w->f->store, s->p, s->len, hex, &existed, e)
               : 0;
}

static int keep_files(struct work *w, const struct ocr_pictures *p, struct kept *out,
                      struct err *e)
{
    if (keep_bytes(w, &p->page, out->page, e) < 0 ||
        keep_bytes(w, &p->thumb, out->thumb, e) < 0)
        return -1;
    return 0;
}

static int keep_row(struct work *w, const struct page *p, const char *role,
                    const char *hex, size_t size, const char *media, struct err *e)
{
    if (!hex[0])
        return 0;
    if (store_object_add(w->f->store, hex, size, media, STORE_PICTURE, e) < 0)
        return -1;
    return store_picture_put(w->f->store, p->name, role, hex, e);
}

static int keep_rows(struct work *w, const struct page *p,
                     const struct ocr_pictures *made, const struct kept *k,
                     struct err *e)
{
    if (keep_row(w, p, STORE_PICTURE_PAGE, k->page, made->page.len,
                 STORE_PICTURE_PAGE_MEDIA, e) < 0)
        return -1;
    return keep_row(w, p, STORE_PICTURE_THUMB, k->thumb, made->thumb.len,
                    STORE_PICTURE_THUMB_MEDIA, e);
}

static int keep(struct work *w, const struct task *t, const struct page *p,
                const struct ocr_done *d, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_STR struct str boxes = STR_INIT(STR_TEXT_MAX);
    const struct result *r = &d->result;
    /* Its code stays with a page that a person has released. */
    bool released =
        p->gate == PAGE_CLEAR && strcmp(p->code, err_code_name(ERR_PAGE_SECRET)) == 0;
    bool held = !released && (r->stamp != SECRECY_NONE || secrecy_find(r, NULL));
    struct store_reading reading = {
        .state = r->blank ? PAGE_BLANK : PAGE_RECOGNIZED,
        .gate = held ? PAGE_HELD : PAGE_CLEAR,
        .width_px = r->width_px,
        .height_px = r->height_px,
        .dpi = r->dpi,
        .confidence = r->confidence,
        .text = r->text,
        .words = (int64_t)r->word_count,
        .layer = layer_name((enum layer_use)r->layer),
        .is_signed = t->is_signed,
        .pipeline = ocr_pipeline_version(),
        .model = w->model,
        .code = held || released ? err_code_name(ERR_PAGE_SECRET) : "",
        .now = clock_now(),
    };
    struct kept kept = {0};
    struct jdoc *line = NULL;
    int mine = 0;

    result_pack(r, &boxes);
    if (str_check(&boxes, p->name, e) < 0)
        return -1;
    reading.boxes = str_text(&boxes);
    reading.boxes_len = boxes.len;
    /* Of a held page nothing is derived that stays. */
    if (!held && keep_files(w, &d->pictures, &kept, e) < 0)
        return -1;
    if (store_begin(w->f->store, &txn, e) < 0 ||
        store_page_reading(w->f->store, p->id, &reading, e) < 0 ||
        flow_notes_keep(w->f, p, r, e) < 0 ||
        flow_tables_keep(w->f, p, r, held, e) < 0 ||
        flow_notes_advise(w->f, p, capture_jdoc(r->advice), e) < 0 ||
        keep_rows(w, p, &d->pictures, &kept, e) < 0 || item_after(w, p->item, e) < 0)
        return -1;
    mine = store_job_done(w->f->store, t->job.id, w->owner, e);
    if (mine <= 0)
        return mine; /* somebody else has finished it: rolled back, theirs stands */
#ifndef SOHOA_CONTROL_EARLY_ANSWER
    if (store_commit(&txn, e) < 0)
        return -1;
#endif
    line = page_line(p, held ? "held" : r->blank ? "blank" : "recognized");
    jdoc_set_int(line, "confidence", r->confidence);
    jdoc_set_int(line, "cpu_ms", r->cpu_ms);
    jdoc_set_int(line, "wall_ms", r->wall_ms);
    if (r->advice)
        jdoc_set(line, "advice", capture_jdoc(r->advice));
    flow_tell(w->to, line);
    count(w, held ? &w->sum->held : r->blank ? &w->sum->blank : &w->sum->recognized);
#ifdef SOHOA_CONTROL_EARLY_ANSWER
    /* Broken on purpose: told before it is true. The kill tests must catch this. */
    if (store_commit(&txn, e) < 0)
        return -1;
#endif
    return 0;
}

/* ---- what a page costs ------------------------------------------------------------
 */

static int set_aside(struct work *w, const struct page *p, const struct err *why,
                     struct err *e)
{
    struct store_reading reading = {
        .state = PAGE_FAILED,
        .gate = PAGE_UNCHECKED,
        .pipeline = ocr_pipeline_version(),
        .model = w->model,
        .code = err_code_name(why->code),
        .now = clock_now(),
    };
    struct store_quarantine q = {
        .path = p->name,
        .path_len = strlen(p->name),
        .detail = why->detail,
        .state = STORE_HELD_ROW,
        .at = reading.now,
    };

    (void)snprintf(q.code, sizeof q.code, "%s", reading.code);
    (void)snprintf(q.page, sizeof q.page, "%s", p->name);
    if (store_page_reading(w->f->store, p->id, &reading, e) < 0 ||
        store_input_quarantine(w->f->store, &q, e) < 0)
        return -1;
    return item_after(w, p->item, e);
}

/* A failed attempt is noted; the second one sets the page aside. */
static int failed(struct work *w, const struct store_job *job, const struct page *p,
                  const struct err *why, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct jdoc *line = NULL;
    bool final = false;

    if (store_begin(w->f->store, &txn, e) < 0)
        return -1;
    if (store_job_failed(w->f->store, job->id, w->owner, err_code_name(why->code),
                         &final, e) < 0) {
        if (e->code != ERR_JOB_LOST)
            return -1;
        err_clear(e); /* the page was replaced meanwhile */
        return 0;
    }
    if (final && set_aside(w, p, why, e) < 0)
        return -1;
    if (store_commit(&txn, e) < 0)
        return -1;
    if (!final) {
        w->claimed--; /* comes again */
        return 0;
    }
    line = page_line(p, "failed");
    jdoc_set_int(line, "confidence", 0);
    jdoc_set_int(line, "cpu_ms", 0);
    jdoc_set_int(line, "wall_ms", 0);
    flow_line_why(line, why->code);
    flow_tell(w->to, line);
    count(w, &w->sum->failed);
    return 0;
}

/* Errors of the machine, not of the page: stop, the page waits. */
static bool stops_all(enum err_code code)
{
    return code == ERR_SANDBOX || code == ERR_OCR_MODEL || code == ERR_WORKER_START ||
           code == ERR_DISK_FULL || code == ERR_DISK_SYNC || code == ERR_LOCKED ||
           code == ERR_STORE_SUSPECT;
}

/* ---- the loop ---------------------------------------------------------------------
 */

/* The other side of @p's sheet, when sides belong together. */
static int open_verso(struct work *w, const struct page *p, struct flow_picture *out,
                      struct ocr_job *task, struct err *e)
{
    struct err why = ERR_INIT;

    if (!w->opts->duplex || flow_picture_verso(w->f, p, out, task, &why) == 0)
        return 0;
    /* What is wrong with it is told when it is read itself; here it costs nothing but
     * the step that would have used it. */
    if (!stops_all(why.code))
        return 0;
    *e = why;
    return -1;
}

static int submit(struct work *w, const struct store_job *job, struct err *e)
{
    AUTO_PICTURE struct flow_picture verso = FLOW_PICTURE_INIT;
    AUTO_PICTURE struct flow_picture picture = FLOW_PICTURE_INIT;
    struct err why = ERR_INIT;
    struct page p = {0};
    struct ocr_job task = {0};
    struct task *t = NULL;

    if (store_page_by_id(w->f->store, job->page, &p, e) <= 0)
        return -1;
    if (flow_picture_open(w->f, &p, &picture, &why) < 0) {
        if (stops_all(why.code)) {
            *e = why;
            return -1;
        }
        return failed(w, job, &p, &why, e);
    }
    task = (struct ocr_job){
        .id = job->id,
        .fd = picture.fd,
        .index = picture.index,
        .dpi = picture.dpi,
        .rendered = picture.rendered,
        .plain = w->opts->plain,
        .tesseract = w->opts->tesseract,
        .pictures = true,
        .scanned = picture.scanned,
    };
    if (open_verso(w, &p, &verso, &task, e) < 0)
        return -1;
    assert(w->under_way_count < ARRAY_LEN(w->under_way));
    t = &w->under_way[w->under_way_count];
    *t = (struct task){
        .job = *job, .layer = picture.layer, .is_signed = picture.is_signed};
    picture.layer = (struct result){0};
    task.layer = t->layer.word_count > 0 ? &t->layer : NULL;
    if (ocr_pool_submit(w->pool, &task, e) < 0) {
        result_clear(&t->layer);
        return -1;
    }
    w->under_way_count++;
    return 0;
}

/* Fill the pool. Return: 1 something may still come, 0 the queue is empty, -1. */
static int feed(struct work *w, struct err *e)
{
    while (ocr_pool_room(w->pool) > 0 && !stop_requested() &&
           (w->opts->limit == 0 || w->claimed < w->opts->limit)) {
        struct store_job job = {0};
        int64_t got = 0;

        if (store_job_claim(w->f->store, w->owner, 1, &job, &got, e) < 0)
            return -1;
        if (got == 0)
            return w->under_way_count > 0;
        w->claimed++;
        if (submit(w, &job, e) < 0)
            return -1;
    }
    return w->under_way_count > 0;
}

static void task_clear(struct task *t)
{
    result_clear(&t->layer);
}

static int settle(struct work *w, const struct ocr_done *d, struct err *e)
{
    AUTO(task_clear) struct task t = {0};
    struct page p = {0};
    size_t i = 0;

    while (i < w->under_way_count && w->under_way[i].job.id != d->id)
        i++;
    assert(i < w->under_way_count);
    t = w->under_way[i];
    w->under_way[i] = w->under_way[--w->under_way_count];
    if (store_page_by_id(w->f->store, t.job.page, &p, e) <= 0)
        return -1;
    if (d->failed ? failed(w, &t.job, &p, &d->why, e) < 0 : keep(w, &t, &p, d, e) < 0)
        return -1;
    if (++w->since_checkpoint < BATCH)
        return 0;
    w->since_checkpoint = 0;
    return store_checkpoint(w->f->store, e);
}

static int loop(struct work *w, struct err *e)
{
    for (;;) {
        AUTO_OCR_DONE struct ocr_done done = {0};
        int rc = feed(w, e);

        if (rc <= 0)
            return rc;
        rc = ocr_pool_poll(w->pool, POLL_MS, &done, e);
        if (rc < 0 || (rc == 1 && settle(w, &done, e) < 0))
            return -1;
        if (stop_requested())
            return 0;
    }
}

/* Give back what was not finished; a lease that stays ends with this process anyway. */
static void release(struct work *w)
{
    struct err ignored = ERR_INIT;

    for (size_t i = 0; i < w->under_way_count; i++) {
        AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

        if (store_begin(w->f->store, &txn, &ignored) < 0 ||
            store_job_release(w->f->store, w->under_way[i].job.id, w->owner, &ignored) <
                0 ||
            store_commit(&txn, &ignored) < 0)
            return;
    }
}

static int prepare(struct work *w, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store_job_counts counts = {0};

    if (ocr_model_sha256(w->model, NULL, e) < 0 ||
        store_begin(w->f->store, &txn, e) < 0 ||
        store_job_retarget(w->f->store, ocr_pipeline_version(), w->model, e) < 0 ||
        store_commit(&txn, e) < 0 || store_job_count(w->f->store, &counts, e) < 0)
        return -1;
    w->all = counts.queued + counts.leased;
    if (w->opts->limit && w->all > w->opts->limit)
        w->all = w->opts->limit;
    return 0;
}

int flow_recognize(struct flow *f, const struct flow_recognize_opts *opts,
                   const struct flow_listener *to, struct flow_recognize_sum *sum,
                   struct err *e)
{
    struct work w = {.f = f, .opts = opts, .to = to, .sum = sum};
    AUTO_OCR_POOL struct ocr_pool *pool = NULL;
    struct ocr_opts pool_opts = {.workers = opts->jobs, .low_priority = true};
    int rc = 0;

    if (flow_need_commune(f, e) < 0)
        return -1;
    store_job_owner(w.owner);
    if (prepare(&w, e) < 0 || ocr_pool_open(&pool_opts, &pool, e) < 0)
        return -1;
    w.pool = pool;
    rc = loop(&w, e);
    release(&w);
    for (size_t i = 0; i < w.under_way_count; i++)
        task_clear(&w.under_way[i]);
    if (rc < 0)
        return -1;
    return store_checkpoint(f->store, e);
}
