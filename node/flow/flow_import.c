/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_import.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/i18n.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_import_part.h"
#include "node/flow/flow_upload.h"
#include "node/record/dossier.h"
#include "node/record/item.h"
#include "node/scan/pdf.h"
#include "node/scan/walk.h"
#include "node/store/store_dossier.h"
#include "node/store/store_input.h"
#include "node/store/store_item.h"
#include "ocr/inspect.h"

#define RETRY_MS         200
#define CHECKPOINT_EVERY 200 /* inputs */
#define KIND_DEFAULT     "document"

static void call_clear(struct call *c)
{
    inspect_free(c->inspect);
    flow_import_entries_clear(&c->late);
    flow_import_entries_clear(&c->pages);
    mem_free(c->counted);
}
#define AUTO_CALL  AUTO(call_clear)
#define AUTO_ENTRY AUTO(flow_import_entry_clear)

/* ---- what is in it ------------------------------------------------------- */

static void set_page(struct input *in, size_t i, bool single, enum err_code bad)
{
    struct page *p = &in->pages[i];

    ident_page(in->sha, (int64_t)i, single, p->name);
    memcpy(p->master, in->sha, sizeof p->master);
    (void)snprintf(p->media, sizeof p->media, "%s", flow_import_media(in->source.kind));
    p->index = (int64_t)i;
    if (bad == ERR_NONE)
        return;
    (void)snprintf(p->code, sizeof p->code, "%s", err_code_name(bad));
    if (in->first_bad == ERR_NONE)
        in->first_bad = bad;
}

static int look_at_picture(struct call *c, struct input *in, struct err *e)
{
    AUTO_INSPECT_RESULT struct inspect_result r = {0};
    AUTO_FD int fd = fs_open(in->tmp.path, O_RDONLY, 0, e);

    if (fd < 0)
        return -1;
    if (!c->inspect)
        c->inspect = inspect_new(&(struct inspect_opts){.codes = c->slips});
    if (inspect_file(c->inspect, fd, in->path, &r, e) < 0)
        return -1;
    in->page_count = r.count;
    memcpy(in->code, r.pages[0].code, sizeof in->code);
    in->alone = r.pages[0].alone;
    in->pages = mem_new(r.count, sizeof *in->pages);
    in->advice = mem_new(r.count, sizeof *in->advice);
    for (size_t i = 0; i < r.count; i++) {
        in->advice[i] = r.pages[i].advice;
        set_page(in, i, r.count == 1, r.pages[i].bad);
        in->pages[i].width_px = r.pages[i].width_px;
        in->pages[i].height_px = r.pages[i].height_px;
        in->pages[i].dpi = r.pages[i].dpi;
    }
    return 0;
}

static int look_at_pdf(struct input *in, struct err *e)
{
    AUTO_PDF_INFO struct pdf_info info = {0};

    if (pdf_inspect(in->tmp.path, in->path, NULL, &info, e) < 0)
        return -1;
    in->page_count = info.count;
    in->pages = mem_new(info.count, sizeof *in->pages);
    for (size_t i = 0; i < info.count; i++)
        set_page(in, i, false, info.pages[i].bad);
    return 0;
}

/* ---- one file ------------------------------------------------------------ */

/* The disk must hold what is begun (D9). */
int flow_import_room(const struct call *c, struct err *e)
{
    uint64_t room = 0;
    uint64_t all = 0;

    if (fs_free_bytes(c->f->home.path, &room, &all, e) < 0)
        return -1;
    if (room >= c->need_bytes)
        return 0;
    (void)err_set(e, ERR_DISK_FULL, "%s", c->f->home.path);
    return err_detail(e, "%llu bytes free, %llu needed", (unsigned long long)room,
                      (unsigned long long)c->need_bytes);
}

/* A page that bore a slip as well is offered again: what it says holds again. */
static int slip_again(struct call *c, struct input *in, struct err *e)
{
    struct slip slip = {.dossier = ""};
    int rc = !c->slips ? 0
                       : store_input_coded(c->f->store, in->sha,
                                           flow_import_slip_page()->code, e);

    if (rc <= 0)
        return rc;
    if (look_at_picture(c, in, e) < 0)
        return -1;
    return flow_import_slip_is(c, in, &slip)
               ? flow_import_slip_bear(c, in, true, &slip, e)
               : 0;
}

/* The same bytes are stored already. */
static int known(struct call *c, struct input *in, const struct known *k, bool refuse,
                 struct err *e)
{
    struct err why = ERR_INIT;

    if (c->opts->place != FLOW_IMPORT_NEW)
        return flow_import_place_known(c, in, k, e);
    if (!refuse)
        return slip_again(c, in, e) < 0 ? -1 : flow_import_duplicate(c, in, k, e);
    (void)err_set(&why, ERR_PAGE_ELSEWHERE, "%.16s", k->pages[0]);
    return flow_import_refused(c, in, &why, NULL, e);
}

/* The copied bytes: duplicate, refused or stored. */
static int settle(struct call *c, struct input *in, struct err *e)
{
    struct err why = ERR_INIT;
    struct slip slip = {.dossier = ""};
    bool refuse = false;
    bool ours = false;

    for (int tries = 0; tries < 2; tries++) {
        AUTO_KNOWN struct known k = {0};
        int rc = 0;

        if (flow_import_known_load(c, in->sha, &k, e) < 0)
            return -1;
        rc = flow_import_past_is(c, in, &k, &refuse, e);
        if (rc < 0)
            return -1;
        in->past = rc == 1;
        if (k.page_count > 0 && !in->past)
            return known(c, in, &k, refuse, e);
        rc = in->source.kind == SNIFF_PDF ? look_at_pdf(in, &why)
                                          : look_at_picture(c, in, &why);
        ours = rc == 0 && flow_import_slip_is(c, in, &slip);
        if (ours && in->alone)
            return flow_import_slip_take(c, in, &slip, e);
        if (rc == 0 && in->page_count == 1 && in->code[0] &&
            flow_import_slip_bear(c, in, ours, &slip, e) < 0)
            return -1;
        if (rc == 0)
            rc = flow_import_place_fits(c, in, &why);
        if (rc < 0 && flow_import_is_of_input(why.code))
            return flow_import_refused(c, in, &why, NULL, e);
        if (rc < 0) {
            *e = why;
            return -1;
        }
        rc = flow_import_stored(c, in, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return err_set(e, ERR_INTERNAL, "%s", in->path);
}

/* Open, copy, settle. @late: may come back as TAKEN_LATE instead of waiting. */
static int take_input(struct call *c, const struct entry *t, bool late, enum taken *out,
                      struct err *e)
{
    AUTO_INPUT struct input in = INPUT_INIT(t);
    struct err why = ERR_INIT;
    int rc = 0;

    *out = TAKEN_DONE;
    if (t->refused != ERR_NONE) {
        why = t->why;
        if (why.code == ERR_NONE)
            (void)err_set(&why, t->refused, "%s", t->path);
        return flow_import_refused(c, &in, &why, NULL, e);
    }
    rc = t->fd < 0 ? source_open(t->path, &in.source, &why)
                   : source_of_fd(dup(t->fd), t->path, &in.source, &why);
    if (rc < 0 && !flow_import_is_of_input(why.code)) {
        *e = why;
        return -1;
    }
    if (rc == 0 && t->fd >= 0 && sniff_is_archive(in.source.kind))
        rc = err_set(&why, ERR_ARCHIVE_NESTED, "%s", t->path);
    if (rc < 0)
        return flow_import_refused(c, &in, &why, NULL, e);
    if (in.source.complete && sniff_is_archive(in.source.kind))
        return flow_import_archive(c, &in, e);
    if (in.source.complete && flow_import_room(c, e) < 0)
        return -1;
    if (in.source.complete &&
        flow_import_copy(c, &in, sniff_limit(in.source.kind), &why) < 0) {
        in.copied = false;
        if (flow_import_is_of_input(why.code))
            return flow_import_refused(c, &in, &why, NULL, e);
        *e = why;
        return -1;
    }
    if (in.source.complete && (t->fd >= 0 || source_unchanged(&in.source, t->path)))
        return settle(c, &in, e);
    if (late) {
        *out = TAKEN_LATE;
        return 0;
    }
    return flow_import_waiting(c, &in, e);
}

int flow_import_take(struct call *c, const struct entry *t, bool late, enum taken *out,
                     struct err *e)
{
    int64_t waiting = c->sum->waiting;

    c->unkept = false;
    if (take_input(c, t, late, out, e) < 0)
        return -1;
    /* An archive that a stop has cut short is not done with. */
    if (!t->name || *out == TAKEN_LATE || c->sum->waiting > waiting || stop_requested())
        return 0;
    if (c->unkept)
        return 0; /* the only copy here; it goes after a day */
    return flow_upload_drop(c->f->home.path, fs_basename(t->path), e);
}

/* ---- the call ------------------------------------------------------------ */

static const char *shown(const struct entry *t)
{
    return t->name ? t->name : t->path;
}

static int by_name(const void *a, const void *b)
{
    return walk_compare(shown(a), shown(b));
}

static int tidy(struct call *c, struct err *e)
{
    if (c->done == 0 || c->done % CHECKPOINT_EVERY != 0)
        return 0;
    return store_checkpoint(c->f->store, e);
}

static void move_entry(struct entries *to, struct entry *t)
{
    struct entry *row = flow_import_entries_add(to, TAKE(t->path), -1);

    row->name = TAKE(t->name);
    row->refused = t->refused;
}

/* What the walk has found becomes an entry. @w: its path is taken. An upload without a
 * name is none: it is refused by its number. */
static void make_entry(const struct call *c, struct walk_input *w, struct entry *t)
{
    struct err why = ERR_INIT;

    *t = (struct entry){
        .path = TAKE(w->path), .fd = -1, .refused = w->refused, .why = ERR_INIT};
    if (!c->opts->uploads || t->refused != ERR_NONE)
        return;
    t->name =
        flow_upload_name(c->f->home.path, fs_basename(t->path), c->opts->actor, &why);
    if (!t->name)
        t->refused = why.code;
    else if (walk_is_hidden(t->name))
        t->refused = ERR_INPUT_HIDDEN;
}

/* Those that were not complete: again until their time is over. */
static int take_late(struct call *c, struct err *e)
{
    while (c->late.count > 0 && !stop_requested()) {
        struct entries now = c->late;
        bool last = clock_mono_ms() >= c->deadline_ms;
        int rc = 0;

        c->late = (struct entries){0};
        for (size_t i = 0; rc == 0 && i < now.count; i++) {
            enum taken taken = TAKEN_DONE;

            rc = flow_import_take(c, &now.rows[i], !last, &taken, e);
            if (rc == 0 && taken == TAKEN_LATE)
                move_entry(&c->late, &now.rows[i]);
        }
        flow_import_entries_clear(&now);
        if (rc < 0)
            return -1;
        if (c->late.count > 0)
            clock_sleep_ms(RETRY_MS);
    }
    return 0;
}

static int take_items(struct call *c, struct walk_list *list, struct err *e)
{
    for (size_t i = 0; i < list->count && !stop_requested(); i++) {
        AUTO_ENTRY struct entry t = {.fd = -1, .why = ERR_INIT};
        enum taken taken = TAKEN_DONE;

        make_entry(c, &list->inputs[i], &t);
        if (flow_import_take(c, &t, true, &taken, e) < 0 || tidy(c, e) < 0)
            return -1;
        if (taken == TAKEN_LATE)
            move_entry(&c->late, &t);
    }
    return take_late(c, e);
}

/* In order: the next page only when the one before is settled. */
static int take_page(struct call *c, const struct entry *t, struct err *e)
{
    for (;;) {
        enum taken taken = TAKEN_DONE;
        bool last = clock_mono_ms() >= c->deadline_ms;

        if (flow_import_take(c, t, !last, &taken, e) < 0)
            return -1;
        if (taken == TAKEN_DONE || stop_requested())
            return 0;
        clock_sleep_ms(RETRY_MS);
    }
}

/* Archives first, so that their members can be sorted among the files. */
static int spread(struct call *c, struct walk_list *list, struct err *e)
{
    for (size_t i = 0; i < list->count && !stop_requested(); i++) {
        struct err ignored = ERR_INIT; /* asked again when its turn comes */
        AUTO_SOURCE struct source s = SOURCE_INIT;
        AUTO_ENTRY struct entry t = {.fd = -1, .why = ERR_INIT};

        make_entry(c, &list->inputs[i], &t);
        if (t.refused == ERR_NONE && source_open(t.path, &s, &ignored) == 0 &&
            sniff_is_archive(s.kind)) {
            source_clear(&s);
            if (take_page(c, &t, e) < 0)
                return -1;
            continue;
        }
        move_entry(&c->pages, &t);
    }
    return 0;
}

static int find_resume(struct call *c, struct err *e)
{
    AUTO_MEM char *fact = mem_printf(FLOW_IMPORT_RESUME "%s", c->opts->dossier);
    AUTO_MEM char *name = NULL;
    struct item it;
    int rc = store_fact_get(c->f->store, fact, &name, e);

    if (rc <= 0 || !name[0])
        return rc < 0 ? -1 : 0;
    rc = store_item_get(c->f->store, name, &it, e);
    if (rc <= 0 || it.sealed_rev > 0 || strcmp(it.dossier, c->opts->dossier) != 0)
        return rc < 0 ? -1 : 0;
    memcpy(c->resume, it.name, sizeof c->resume);
    return 0;
}

static int forget_resume(struct call *c, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *fact = mem_printf(FLOW_IMPORT_RESUME "%s", c->opts->dossier);

    if (store_begin(c->f->store, &txn, e) < 0 ||
        store_fact_set(c->f->store, fact, "", e) < 0)
        return -1;
    return store_commit(&txn, e);
}

static int take_pages(struct call *c, struct walk_list *list, struct err *e)
{
    if (find_resume(c, e) < 0 || spread(c, list, e) < 0)
        return -1;
    if (c->pages.count > 1)
        qsort(c->pages.rows, c->pages.count, sizeof *c->pages.rows, by_name);
    for (size_t i = 0; i < c->pages.count && !stop_requested(); i++) {
        if (take_page(c, &c->pages.rows[i], e) < 0 || tidy(c, e) < 0)
            return -1;
        flow_import_entry_clear(&c->pages.rows[i]);
        c->pages.rows[i] = (struct entry){.fd = -1};
    }
    return stop_requested() ? 0 : forget_resume(c, e);
}

/* Kind and dossier of the call. */
static int find_kind(struct flow *f, const struct flow_import_opts *o,
                     char out[KIND_NAME_MAX], struct err *e)
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    const char *kind = o->kind ? o->kind : KIND_DEFAULT;
    int rc = 0;

    if (flow_need_commune(f, e) < 0)
        return -1;
    if (o->per_page && !o->dossier)
        return err_set(e, ERR_USAGE, "%s",
                       _("--per-file page needs --dossier: the pages of one item"));
    if (o->dossier) {
        rc = store_dossier_get(f->store, o->dossier, &d, e);
        if (rc < 0)
            return -1;
        if (rc == 0)
            return err_set(e, ERR_DOSSIER_ABSENT, "%s", o->dossier);
        if (d.closed_count >= 0)
            return err_set(e, ERR_DOSSIER_CLOSED, "%s", o->dossier);
        if (!o->kind && d.kind == DOSSIER_REGISTER)
            kind = d.record;
    }
    if (!kind_find(kind))
        return err_set(e, ERR_KIND, "%s", kind);
    (void)snprintf(out, KIND_NAME_MAX, "%s", kind);
    return 0;
}

int flow_import_check(struct flow *f, const struct flow_import_opts *o, struct err *e)
{
    char kind[KIND_NAME_MAX];
    struct page at;

    if (o->place != FLOW_IMPORT_NEW)
        return flow_import_place_find(f, o, &at, e);
    return find_kind(f, o, kind, e);
}

/* What the call is about: records of a kind, or a page there is. */
static int find_aim(struct call *c, struct err *e)
{
    if (c->opts->place == FLOW_IMPORT_NEW)
        return find_kind(c->f, c->opts, c->kind, e);
    c->behind = c->opts->place == FLOW_IMPORT_AFTER;
    if (flow_import_place_find(c->f, c->opts, &c->at, e) < 0)
        return -1;
    memcpy(c->aim, c->at.name, sizeof c->aim);
    return 0;
}

static void count_up(struct call *c, const struct walk_list *list)
{
    uint64_t largest = 0;

    for (size_t i = 0; i < list->count; i++)
        if (list->inputs[i].refused == ERR_NONE && list->inputs[i].size > largest &&
            list->inputs[i].size <= SNIFF_LARGE_MAX)
            largest = list->inputs[i].size;
    c->need_bytes = c->opts->reserve ? c->opts->reserve : FLOW_IMPORT_RESERVE;
    if (largest * FLOW_IMPORT_FACTOR > c->need_bytes)
        c->need_bytes = largest * FLOW_IMPORT_FACTOR;
    c->all = list->count;
    c->deadline_ms = clock_mono_ms() + c->opts->wait_ms;
}

/* What a call that was cut off left behind. Files that somebody writes now stay. */
static int sweep(const struct flow *f, struct err *e)
{
    AUTO_MEM char *spool = home_place(&f->home, "spool");
    AUTO_MEM char *uploads = home_place(&f->home, "spool/uploads");

    if (fs_sweep(store_objects(f->store), e) < 0 || fs_sweep(spool, e) < 0)
        return -1;
    return fs_is_dir(uploads) ? flow_upload_sweep(f->home.path, e) : 0;
}

/* What was expected of all files together holds for each item of the call. */
static int settle_count(struct call *c, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    const struct flow_import_opts *o = c->opts;
    bool differs = c->sum->found != o->expect;

    c->sum->unexpected = differs && !o->why;
    if (store_begin(c->f->store, &txn, e) < 0)
        return -1;
    for (size_t i = 0; i < c->counted_count; i++)
        if (flow_import_settle(c, c->counted[i], differs, e) < 0)
            return -1;
    return store_commit(&txn, e);
}

/* A number that is none stays one input, refused: the others go on. */
static int walk_uploads(const struct flow *f, const char *const *ids, size_t count,
                        struct walk_list *list, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        struct err why = ERR_INIT;
        AUTO_MEM char *path = flow_upload_path(f->home.path, ids[i], &why);
        const char *one[] = {path};

        if ((path ? walk_paths(one, 1, list, e)
                  : walk_add(list, ids[i], why.code, 0, e)) < 0)
            return -1;
    }
    return 0;
}

int flow_import(struct flow *f, const struct flow_import_opts *opts,
                const char *const *paths, size_t count, const struct flow_listener *to,
                struct flow_import_sum *sum, struct err *e)
{
    AUTO_CALL struct call c = {.f = f, .opts = opts, .to = to, .sum = sum};
    AUTO_WALK struct walk_list list = {0};

    *sum = (struct flow_import_sum){0};
    if (find_aim(&c, e) < 0 || flow_import_slip_open(&c, e) < 0 || sweep(f, e) < 0 ||
        (opts->uploads ? walk_uploads(f, paths, count, &list, e)
                       : walk_paths(paths, count, &list, e)) < 0)
        return -1;
    count_up(&c, &list);
    if ((opts->per_page ? take_pages(&c, &list, e) : take_items(&c, &list, e)) < 0)
        return -1;
    if (opts->expect > 0 && settle_count(&c, e) < 0)
        return -1;
    if (!stop_requested() && flow_import_place_end(&c, e) < 0)
        return -1;
    return store_checkpoint(f->store, e);
}
