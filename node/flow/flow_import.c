/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_import.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/base/utf8.h"
#include "node/flow/flow_quarantine.h"
#include "node/record/dossier.h"
#include "node/record/item.h"
#include "node/record/kind.h"
#include "node/record/page.h"
#include "node/scan/pdf.h"
#include "node/scan/sniff.h"
#include "node/scan/source.h"
#include "node/scan/unpack.h"
#include "node/scan/walk.h"
#include "node/store/store_audit.h"
#include "node/store/store_dossier.h"
#include "node/store/store_input.h"
#include "node/store/store_item.h"
#include "node/store/store_job.h"
#include "node/store/store_page.h"
#include "ocr/inspect.h"
#include "ocr/ocr.h"

#define RETRY_MS         200
#define CHECKPOINT_EVERY 200 /* inputs */
#define KIND_DEFAULT     "document"
#define RESUME_FACT      "import.item." /* + dossier: the item a call was filling */
#define PATH_SHOWN_MAX   (STR_PATH_MAX * 4)

/* ---- what one call works with -------------------------------------------- */

struct entry {
    char *path;            /* owned; bytes, "archive.zip/member" for members */
    enum err_code refused; /* by the walk, or by the archive */
    struct err why;        /* of the archive */
    int fd;                /* a member's bytes, -1: a file of its own */
};

struct entries {
    struct entry *rows;
    size_t count, cap;
};

struct call {
    struct flow *f;
    const struct flow_import_opts *opts;
    const struct flow_listener *to;
    struct flow_import_sum *sum;
    struct inspect *inspect;
    struct entries late;  /* not complete when they were looked at */
    struct entries pages; /* per_page: all, to be sorted */
    char kind[KIND_NAME_MAX];
    char item[IDENT_NAME_MAX];   /* per_page: the item that is filled, "": none yet */
    char resume[IDENT_NAME_MAX]; /* the one an interrupted call was filling */
    uint64_t need_bytes;         /* free on the disk */
    int64_t deadline_ms;         /* for what is not complete */
    uint64_t done, all;          /* for the progress line */
    size_t members;              /* kept open for sorting */
    bool single; /* the call has one input: what is expected is expected of its item */
};

static void entry_clear(struct entry *t)
{
    mem_free(t->path);
    fs_fd_auto(&t->fd);
}

static void entries_clear(struct entries *l)
{
    for (size_t i = 0; i < l->count; i++)
        entry_clear(&l->rows[i]);
    mem_free(l->rows);
    *l = (struct entries){0};
}

static void call_clear(struct call *c)
{
    inspect_free(c->inspect);
    entries_clear(&c->late);
    entries_clear(&c->pages);
}
#define AUTO_CALL AUTO(call_clear)

/* @path, @fd: taken. */
static struct entry *entries_add(struct entries *l, char *path, int fd)
{
    mem_grow(&l->rows, &l->cap, l->count + 1, sizeof *l->rows);
    l->rows[l->count] = (struct entry){.path = path, .fd = fd, .why = ERR_INIT};
    return &l->rows[l->count++];
}

/* One input under work. */
struct input {
    const struct entry *entry;
    const char *path;
    struct source source;
    struct fs_tmp tmp; /* its copy, on the disk of the home */
    bool copied;       /* the copy is whole: sha and size are of it */
    char sha[HASH_HEX];
    uint64_t size;
    struct page *pages; /* owned */
    size_t page_count;
    enum err_code first_bad; /* of its pages */
};

#define INPUT_INIT(row)                                                                \
    {                                                                                  \
        .entry = (row), .path = (row)->path, .source = SOURCE_INIT, .tmp = FS_TMP_INIT \
    }

static void input_clear(struct input *in)
{
    source_clear(&in->source);
    fs_tmp_clear(&in->tmp);
    mem_free(in->pages);
}
#define AUTO_INPUT AUTO(input_clear)

/* ---- errors of an input and errors of ours ------------------------------- */

/* True: this input is refused and the call goes on. */
static bool is_of_input(enum err_code code)
{
    switch ((int)code) {
    case ERR_NOT_FOUND:
    case ERR_DENIED:
    case ERR_OPEN:
    case ERR_READ:
    case ERR_LIMIT:
    case ERR_WORKER_PROTOCOL:
    case ERR_PDF_TOOLS:
        return true;
    default:
        return err_code_exit(code) == EXIT_PARTLY;
    }
}

/* Refused for what they are, not for what is in them: nothing to keep. */
static bool keeps_nothing(enum err_code code)
{
    switch ((int)code) {
    case ERR_NOT_FOUND:
    case ERR_DENIED:
    case ERR_OPEN:
    case ERR_READ:
    case ERR_LIMIT:
    case ERR_PDF_TOOLS:
    case ERR_INPUT_LINK:
    case ERR_INPUT_NOT_REGULAR:
    case ERR_INPUT_EMPTY:
    case ERR_INPUT_TOO_LARGE:
    case ERR_INPUT_SPARSE:
    case ERR_INPUT_HIDDEN:
        return true;
    default:
        return false;
    }
}

/* ---- lines --------------------------------------------------------------- */

/* The path as people see it; when its bytes are others, those too, as base16. */
static void set_path(struct jdoc *line, const char *path)
{
    AUTO_STR struct str shown = STR_INIT(PATH_SHOWN_MAX);
    size_t len = strlen(path);

    walk_display(path, &shown);
    jdoc_set_text(line, "path", str_text(&shown));
    if (strcmp(str_text(&shown), path) != 0 && len <= STR_PATH_MAX) {
        AUTO_MEM char *hex = mem_new(2 * len + 1, 1);

        hash_hex(path, len, hex);
        jdoc_set_text(line, "path_hex", hex);
    }
}

/* "scan.jpg: what happened. What is safe. What to do." */
static void set_sentences(struct jdoc *line, const char *key, enum lang lang,
                          const char *path, enum err_code code, bool kept)
{
    AUTO_STR struct str s = STR_INIT(STR_LINE_MAX);
    const char *safe = err_code_safe(code);

    if (!kept && strcmp(safe, SAFE_KEPT) == 0)
        safe = SAFE_SOURCE;
    walk_display(fs_basename(path), &s);
    str_addf(&s, ": %s %s %s", i18n_text_in(lang, err_code_what(code)),
             i18n_text_in(lang, safe), i18n_text_in(lang, err_code_todo(code)));
    jdoc_set_text(line, key, str_text(&s));
}

static struct jdoc *input_line(const struct input *in, enum store_input_status status,
                               enum err_code code, bool kept)
{
    struct jdoc *line = flow_line("input");

    set_path(line, in->path);
    jdoc_set_text(line, "status", store_input_status_name(status));
    if (code == ERR_NONE) {
        jdoc_set_null(line, "code");
        jdoc_set_null(line, "vi");
        jdoc_set_null(line, "en");
    } else {
        jdoc_set_text(line, "code", err_code_name(code));
        set_sentences(line, "vi", LANG_VI, in->path, code, kept);
        set_sentences(line, "en", LANG_EN, in->path, code, kept);
    }
    return line;
}

static void tell(struct call *c, struct jdoc *line)
{
    flow_tell(c->to, line);
    c->sum->inputs++;
    c->done++;
    if (c->opts->progress)
        c->opts->progress(c->opts->to, c->done, c->all > c->done ? c->all : c->done);
}

/* ---- rows ---------------------------------------------------------------- */

static void fill_row(const struct input *in, enum store_input_status status,
                     enum err_code code, struct store_input *row)
{
    size_t len = strlen(in->path);

    *row = (struct store_input){
        .path = in->path,
        .path_len = len < STORE_INPUT_PATH_MAX ? len : STORE_INPUT_PATH_MAX,
        .size = in->size,
        .status = status,
        .at = clock_now(),
    };
    if (in->copied)
        memcpy(row->sha, in->sha, sizeof row->sha);
    if (code != ERR_NONE)
        (void)snprintf(row->code, sizeof row->code, "%s", err_code_name(code));
}

/* Names of papers stay out of the audit: ids, hashes and counts only. */
static int audit(struct call *c, const struct input *in, const struct store_input *row,
                 const char *subject, struct err *e)
{
    AUTO_JDOC struct jdoc *detail = jdoc_object();
    AUTO_MEM char *act = mem_printf("import.%s", store_input_status_name(row->status));

    jdoc_set_int(detail, "input", row->id);
    if (row->sha[0])
        jdoc_set_text(detail, "sha256", row->sha);
    if (row->code[0])
        jdoc_set_text(detail, "code", row->code);
    if (in->page_count > 0)
        jdoc_set_int(detail, "pages", (int64_t)in->page_count);
    return store_audit_add(c->f->store, c->opts->actor ? c->opts->actor : "",
                           c->opts->via ? c->opts->via : "system", act, subject, detail,
                           row->at, e);
}

/* ---- waiting and refused ------------------------------------------------- */

static int end_waiting(struct call *c, struct input *in, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store_input row;

    in->copied = false; /* what was read is not what it will be */
    fill_row(in, STORE_INPUT_WAITING, ERR_INPUT_GROWING, &row);
    if (store_begin(c->f->store, &txn, e) < 0 ||
        store_input_add(c->f->store, &row, e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    c->sum->waiting++;
    tell(c, input_line(in, STORE_INPUT_WAITING, ERR_INPUT_GROWING, false));
    return 0;
}

/* The present position of a shared descriptor is somebody else's: an own one. */
static int reopen(int fd, const char *name, struct err *e)
{
    AUTO_MEM char *link = mem_printf("/proc/self/fd/%d", fd);
    int own = fs_open(link, O_RDONLY, 0, e);

    return own < 0 ? err_push(e, "%s", name) : own;
}

/* Copy and hash in one pass. Errors of reading are the input's, of writing ours. */
static int copy_in(struct call *c, struct input *in, uint64_t max, struct err *e)
{
    struct hash *h = hash_new();
    AUTO_FD int fd = -1;
    int rc = 0;

    fs_tmp_clear(&in->tmp);
    in->tmp = (struct fs_tmp)FS_TMP_INIT;
    fd = reopen(in->source.fd, in->path, e);
    if (fd < 0 || fs_tmp_open(&in->tmp, store_objects(c->f->store), e) < 0 ||
        fs_copy(fd, in->path, &in->tmp, max, h, &in->size, e) < 0)
        rc = -1;
    if (rc == 0) {
        hash_end(h, in->sha);
        in->copied = true;
    }
    hash_free(h);
    return rc;
}

/* A copy into quarantine where that is allowed. */
static int keep(struct call *c, struct input *in, enum err_code code, bool *kept,
                struct err *e)
{
    uint64_t max = sniff_is_archive(in->source.kind) ? SNIFF_LARGE_MAX
                                                     : sniff_limit(in->source.kind);
    struct err why = ERR_INIT;

    *kept = false;
    if (keeps_nothing(code) || in->source.fd < 0 ||
        (uint64_t)in->source.st.st_size > max)
        return 0;
    if (!in->copied && copy_in(c, in, max, &why) < 0) {
        in->copied = false;
        if (is_of_input(why.code))
            return 0; /* it cannot be read to its end either: the row stays */
        *e = why;
        return -1;
    }
    return flow_quarantine_take(c->f, &in->tmp, in->sha, in->size, kept, e);
}

/* @sha: of the file that is kept for it when that is not its own copy, else NULL. */
static int end_refused(struct call *c, struct input *in, const struct err *why,
                       const char *sha, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store_input row;
    struct store_quarantine q = {.detail = why->detail[0] ? why->detail : NULL};
    struct jdoc *line = NULL;
    bool kept = sha != NULL;

    if (!sha && keep(c, in, why->code, &kept, e) < 0)
        return -1;
    if (in->size == 0 && in->source.st.st_size > 0)
        in->size = (uint64_t)in->source.st.st_size;
    fill_row(in, STORE_INPUT_REFUSED, why->code, &row);
    q.path = row.path;
    q.path_len = row.path_len;
    q.size = row.size;
    q.state = kept ? STORE_HELD_FILE : STORE_HELD_ROW;
    q.at = row.at;
    (void)snprintf(q.code, sizeof q.code, "%s", row.code);
    if (kept)
        memcpy(q.sha, sha ? sha : in->sha, sizeof q.sha);
    if (store_begin(c->f->store, &txn, e) < 0 ||
        store_input_add(c->f->store, &row, e) < 0 ||
        store_input_quarantine(c->f->store, &q, e) < 0 ||
        audit(c, in, &row, "", e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    c->sum->refused++;
    line = input_line(in, STORE_INPUT_REFUSED, why->code, kept);
    jdoc_set(line, "items", jdoc_array());
    jdoc_set(line, "pages", jdoc_array());
    jdoc_set_int(line, "quarantine", q.id);
    jdoc_set_bool(line, "kept", kept);
    tell(c, line);
    return 0;
}

/* ---- duplicates ---------------------------------------------------------- */

struct known {
    char (*items)[IDENT_NAME_MAX]; /* owned; each once */
    size_t item_count, item_cap;
    char (*pages)[IDENT_PAGE_MAX]; /* owned */
    size_t page_count, page_cap;
};

static void known_clear(struct known *k)
{
    mem_free(k->items);
    mem_free(k->pages);
}
#define AUTO_KNOWN AUTO(known_clear)

static int on_known(void *ctx, const struct page *p, struct err *e)
{
    struct known *k = ctx;
    bool seen = false;

    (void)e;
    for (size_t i = 0; i < k->item_count; i++)
        seen |= strcmp(k->items[i], p->item) == 0;
    if (!seen) {
        mem_grow(&k->items, &k->item_cap, k->item_count + 1, sizeof *k->items);
        memcpy(k->items[k->item_count++], p->item, sizeof *k->items);
    }
    mem_grow(&k->pages, &k->page_cap, k->page_count + 1, sizeof *k->pages);
    memcpy(k->pages[k->page_count++], p->name, sizeof *k->pages);
    return 0;
}

static int end_duplicate(struct call *c, struct input *in, const struct known *k,
                         struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store_input row;
    struct jdoc *items = NULL;
    struct jdoc *pages = NULL;
    struct jdoc *line = NULL;

    fill_row(in, STORE_INPUT_DUPLICATE, ERR_NONE, &row);
    if (store_begin(c->f->store, &txn, e) < 0 ||
        store_input_add(c->f->store, &row, e) < 0)
        return -1;
    for (size_t i = 0; i < k->item_count; i++)
        if (store_input_link(c->f->store, row.id, k->items[i], e) < 0)
            return -1;
    if (audit(c, in, &row, k->items[0], e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    /* The call that was cut off goes on with the item it was filling. */
    if (c->opts->per_page && !c->item[0] && c->resume[0] &&
        strcmp(k->items[0], c->resume) == 0)
        memcpy(c->item, c->resume, sizeof c->item);
    c->sum->duplicate++;
    c->sum->found += (int64_t)k->page_count;
    items = jdoc_array();
    pages = jdoc_array();
    for (size_t i = 0; i < k->item_count; i++)
        jdoc_add_text(items, k->items[i]);
    for (size_t i = 0; i < k->page_count; i++)
        jdoc_add_text(pages, k->pages[i]);
    line = input_line(in, STORE_INPUT_DUPLICATE, ERR_NONE, false);
    jdoc_set(line, "items", items);
    jdoc_set(line, "pages", pages);
    tell(c, line);
    return 0;
}

/* ---- what is in it ------------------------------------------------------- */

static const char *media_of(enum sniff_kind kind)
{
    switch ((int)kind) {
    case SNIFF_JPEG:
        return "image/jpeg";
    case SNIFF_PNG:
        return "image/png";
    case SNIFF_TIFF:
        return "image/tiff";
    default:
        return "application/pdf";
    }
}

static void set_page(struct input *in, size_t i, bool single, enum err_code bad)
{
    struct page *p = &in->pages[i];

    ident_page(in->sha, (int64_t)i, single, p->name);
    memcpy(p->master, in->sha, sizeof p->master);
    (void)snprintf(p->media, sizeof p->media, "%s", media_of(in->source.kind));
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
        c->inspect = inspect_new(NULL);
    if (inspect_file(c->inspect, fd, in->path, &r, e) < 0)
        return -1;
    in->page_count = r.count;
    in->pages = mem_new(r.count, sizeof *in->pages);
    for (size_t i = 0; i < r.count; i++) {
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

/* ---- stored -------------------------------------------------------------- */

/* The item that gets the pages: a new one, or with per_page the one that is filled. */
static int need_item(struct call *c, int64_t now, char name[IDENT_NAME_MAX],
                     struct err *e)
{
    struct item it = {.created = now};
    AUTO_MEM char *fact = NULL;

    if (c->opts->per_page && c->item[0]) {
        memcpy(name, c->item, IDENT_NAME_MAX);
        return 0;
    }
    (void)snprintf(it.kind, sizeof it.kind, "%s", c->kind);
    (void)snprintf(it.dossier, sizeof it.dossier, "%s",
                   c->opts->dossier ? c->opts->dossier : "");
    (void)snprintf(it.unit_code, sizeof it.unit_code, "%s", c->f->home.unit_code);
    (void)snprintf(it.unit_from, sizeof it.unit_from, "%s", c->f->home.unit_valid_from);
    if (c->opts->per_page || c->single)
        it.pages_expected = c->opts->expect;
    if (store_item_add(c->f->store, c->f->home.node, &it, e) < 0)
        return -1;
    memcpy(name, it.name, IDENT_NAME_MAX);
    if (!c->opts->per_page)
        return 0;
    fact = mem_printf(RESUME_FACT "%s", c->opts->dossier);
    return store_fact_set(c->f->store, fact, it.name, e);
}

/* A page that cannot be read is a page all the same: known, numbered, named. */
static int add_bad_page(struct call *c, const struct input *in, const struct page *p,
                        int64_t now, struct err *e)
{
    struct store_reading reading = {
        .state = PAGE_FAILED,
        .gate = PAGE_UNCHECKED,
        .pipeline = ocr_pipeline_version(),
        .model = "",
        .code = p->code,
        .now = now,
    };
    struct store_quarantine q = {
        .path = in->path,
        .path_len = strlen(in->path),
        .state = STORE_HELD_ROW,
        .at = now,
    };

    if (q.path_len > STORE_INPUT_PATH_MAX)
        q.path_len = STORE_INPUT_PATH_MAX;
    memcpy(q.code, p->code, sizeof q.code);
    memcpy(q.page, p->name, sizeof q.page);
    if (store_page_reading(c->f->store, p->id, &reading, e) < 0)
        return -1;
    return store_input_quarantine(c->f->store, &q, e);
}

static int add_pages(struct call *c, struct input *in, const char *item, int64_t now,
                     struct err *e)
{
    for (size_t i = 0; i < in->page_count; i++) {
        struct page *p = &in->pages[i];
        char code[PAGE_CODE_MAX];

        memcpy(code, p->code, sizeof code);
        memcpy(p->item, item, sizeof p->item);
        p->code[0] = '\0'; /* it is added as captured */
        if (store_page_add(c->f->store, c->f->home.node, p, e) < 0)
            return -1;
        memcpy(p->code, code, sizeof code);
        if (code[0] ? add_bad_page(c, in, p, now, e) < 0
                    : store_job_add(c->f->store, p->id, ocr_pipeline_version(), "",
                                    false, now, e) < 0)
            return -1;
    }
    return 0;
}

static void tell_stored(struct call *c, const struct input *in, const char *item)
{
    struct jdoc *line = input_line(in, STORE_INPUT_STORED, in->first_bad, false);
    struct jdoc *items = jdoc_array();
    struct jdoc *pages = jdoc_array();

    jdoc_add_text(items, item);
    for (size_t i = 0; i < in->page_count; i++)
        jdoc_add_text(pages, in->pages[i].name);
    jdoc_set(line, "items", items);
    jdoc_set(line, "pages", pages);
    tell(c, line);
}

/* Return: 1 stored, 0 somebody else was quicker: look again, -1. */
static int end_stored(struct call *c, struct input *in, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_KNOWN struct known k = {0};
    struct store *s = c->f->store;
    struct store_input row;
    char hex[HASH_HEX];
    char item[IDENT_NAME_MAX] = "";
    bool existed = false;

    if (store_object_put_tmp(s, &in->tmp, in->sha, hex, &in->size, &existed, e) < 0)
        return -1;
    fill_row(in, STORE_INPUT_STORED, in->first_bad, &row);
    if (store_begin(s, &txn, e) < 0 ||
        store_page_of_master(s, in->sha, on_known, &k, e) < 0)
        return -1;
    if (k.page_count > 0)
        return 0;
    if (store_object_add(s, in->sha, in->size, media_of(in->source.kind), STORE_MASTER,
                         e) < 0 ||
        need_item(c, row.at, item, e) < 0 || add_pages(c, in, item, row.at, e) < 0 ||
        store_input_add(s, &row, e) < 0 || store_input_link(s, row.id, item, e) < 0 ||
        audit(c, in, &row, item, e) < 0)
        return -1;
#ifdef SOHOA_CONTROL_EARLY_ANSWER
    tell_stored(c, in, item); /* broken on purpose: the kill tests must catch this */
#endif
    if (store_commit(&txn, e) < 0)
        return -1;
    if (c->opts->per_page)
        memcpy(c->item, item, sizeof c->item);
    c->sum->stored++;
    c->sum->pages += (int64_t)in->page_count;
    c->sum->found += (int64_t)in->page_count;
#ifndef SOHOA_CONTROL_EARLY_ANSWER
    tell_stored(c, in, item);
#endif
    return 1;
}

/* ---- one file ------------------------------------------------------------ */

/* The disk must hold what is begun (D9). */
static int need_room(const struct call *c, struct err *e)
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

enum taken { TAKEN_DONE, TAKEN_LATE };

/* The copied bytes: duplicate, refused or stored. */
static int settle(struct call *c, struct input *in, struct err *e)
{
    struct err why = ERR_INIT;

    for (int tries = 0; tries < 2; tries++) {
        AUTO_KNOWN struct known k = {0};
        int rc = 0;

        if (store_page_of_master(c->f->store, in->sha, on_known, &k, e) < 0)
            return -1;
        if (k.page_count > 0)
            return end_duplicate(c, in, &k, e);
        rc = in->source.kind == SNIFF_PDF ? look_at_pdf(in, &why)
                                          : look_at_picture(c, in, &why);
        if (rc < 0 && is_of_input(why.code))
            return end_refused(c, in, &why, NULL, e);
        if (rc < 0) {
            *e = why;
            return -1;
        }
        rc = end_stored(c, in, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return err_set(e, ERR_INTERNAL, "%s", in->path);
}

static int take_archive(struct call *c, struct input *in, struct err *e);

/* Open, copy, settle. @late: may come back as TAKEN_LATE instead of waiting. */
static int take_file(struct call *c, const struct entry *t, bool late, enum taken *out,
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
        return end_refused(c, &in, &why, NULL, e);
    }
    rc = t->fd < 0 ? source_open(t->path, &in.source, &why)
                   : source_of_fd(dup(t->fd), t->path, &in.source, &why);
    if (rc < 0 && !is_of_input(why.code)) {
        *e = why;
        return -1;
    }
    if (rc == 0 && t->fd >= 0 && sniff_is_archive(in.source.kind))
        rc = err_set(&why, ERR_ARCHIVE_NESTED, "%s", t->path);
    if (rc < 0)
        return end_refused(c, &in, &why, NULL, e);
    if (in.source.complete && sniff_is_archive(in.source.kind))
        return take_archive(c, &in, e);
    if (in.source.complete && need_room(c, e) < 0)
        return -1;
    if (in.source.complete && copy_in(c, &in, sniff_limit(in.source.kind), &why) < 0) {
        in.copied = false;
        if (is_of_input(why.code))
            return end_refused(c, &in, &why, NULL, e);
        *e = why;
        return -1;
    }
    if (in.source.complete && (t->fd >= 0 || source_unchanged(&in.source, t->path)))
        return settle(c, &in, e);
    if (late) {
        *out = TAKEN_LATE;
        return 0;
    }
    return end_waiting(c, &in, e);
}

/* ---- archives ------------------------------------------------------------ */

/* A member on its way into a file without a name. */
struct member {
    char *path; /* owned */
    struct fs_tmp tmp;
    int fd; /* of the same file, for reading. -1: none */
};

static void member_clear(struct member *m)
{
    mem_free(m->path);
    fs_tmp_clear(&m->tmp);
    fs_fd_auto(&m->fd);
    *m = (struct member){.tmp = FS_TMP_INIT, .fd = -1};
}
#define AUTO_MEMBER AUTO(member_clear)

static int member_begin(struct call *c, struct member *m, struct err *e)
{
    AUTO_MEM char *spool = home_place(&c->f->home, "spool");

    if (need_room(c, e) < 0 || fs_tmp_open(&m->tmp, spool, e) < 0)
        return -1;
    m->fd = fs_open(m->tmp.path, O_RDONLY, 0, e);
    if (m->fd < 0 || fs_unlink(m->tmp.path, e) < 0)
        return -1;
    return 0;
}

static bool member_is_hidden(const char *name)
{
    AUTO_MEM char *copy = mem_dup(name);
    char *rest = NULL;

    for (char *part = strtok_r(copy, "/", &rest); part;
         part = strtok_r(NULL, "/", &rest))
        if (strcmp(part, ".") != 0 && walk_is_hidden(part))
            return true;
    return false;
}

struct archive_job {
    struct call *c;
    struct input *in; /* the archive */
    struct member m;
    size_t count;   /* members seen */
    size_t rows;    /* inputs they became */
    size_t skipped; /* the present member is not wanted */
    bool kept;      /* the archive lies in quarantine: sha is set */
    bool tried;     /* … or could not be put there */
    char sha[HASH_HEX];
};

/* Members that cannot be had are refused with the archive as their copy. */
static int keep_archive(struct archive_job *a, struct err *e)
{
    struct err why = ERR_INIT;

    if (a->tried)
        return 0;
    a->tried = true;
    (void)err_set(&why, ERR_ARCHIVE_DAMAGED, "%s", a->in->path);
    if (keep(a->c, a->in, why.code, &a->kept, e) < 0)
        return -1;
    memcpy(a->sha, a->in->sha, sizeof a->sha);
    return 0;
}

/* @path: taken. */
static int refuse_member(struct archive_job *a, char *path, const struct err *why,
                         struct err *e)
{
    struct entry t = {.path = path, .fd = -1, .why = ERR_INIT};
    AUTO_MEM char *owned = path;
    AUTO_INPUT struct input in = INPUT_INIT(&t);
    bool needs_copy = !keeps_nothing(why->code);

    a->rows++;
    if (needs_copy && keep_archive(a, e) < 0)
        return -1;
    return end_refused(a->c, &in, why, needs_copy && a->kept ? a->sha : NULL, e);
}

/* The member is whole: now, or with per_page when all are sorted. */
static int finish_member(struct archive_job *a, struct err *e)
{
    struct entry t = {.path = a->m.path, .fd = a->m.fd, .why = ERR_INIT};
    enum taken taken = TAKEN_DONE;
    int rc = 0;

    a->rows++;
    if (fs_close(&a->m.tmp.fd, a->m.path, e) < 0)
        return -1;
    if (!a->c->opts->per_page) {
        rc = take_file(a->c, &t, false, &taken, e);
        member_clear(&a->m);
        return rc;
    }
    if (a->c->members >= FLOW_IMPORT_MEMBERS) {
        struct err why = ERR_INIT;

        (void)err_set(&why, ERR_LIMIT, "%s", a->m.path);
        a->rows--;
        rc = refuse_member(a, TAKE(a->m.path), &why, e);
        member_clear(&a->m);
        return rc;
    }
    a->c->members++;
    (void)entries_add(&a->c->pages, TAKE(a->m.path), TAKE_FD(a->m.fd));
    member_clear(&a->m);
    return 0;
}

static int on_member(struct archive_job *a, const struct unpack_step *s, struct err *e)
{
    struct err why = ERR_INIT;
    char *path = mem_printf("%s/%s", a->in->path, s->name);

    a->count++;
    member_clear(&a->m);
    a->m.path = path;
    a->skipped = 0;
    if (s->kind == ARCHIVE_FOLDER)
        return 0;
    if (member_is_hidden(s->name))
        (void)err_set(&why, ERR_INPUT_HIDDEN, "%s", path);
    else if (s->kind != ARCHIVE_FILE)
        (void)err_set(&why, ERR_ARCHIVE_SPECIAL, "%s", path);
    if (why.code == ERR_NONE)
        return member_begin(a->c, &a->m, e);
    a->skipped = 1;
    return refuse_member(a, TAKE(a->m.path), &why, e);
}

static int on_bad(struct archive_job *a, const struct unpack_step *s, struct err *e)
{
    char *path = NULL;

    if (a->skipped) { /* told already */
        a->skipped = 0;
        return 0;
    }
    if (a->m.path) {
        path = TAKE(a->m.path);
    } else {
        a->count++;
        path = mem_printf("%s/#%zu", a->in->path, a->count);
    }
    member_clear(&a->m);
    return refuse_member(a, path, &s->why, e);
}

static int on_step(struct archive_job *a, const struct unpack_step *s, struct err *e)
{
    int rc = 0;

    switch (s->event) {
    case UNPACK_MEMBER:
        return on_member(a, s, e);
    case UNPACK_DATA:
        return a->skipped ? 0 : fs_tmp_write(&a->m.tmp, s->data, s->len, e);
    case UNPACK_END:
        rc = a->skipped ? 0 : finish_member(a, e);
        a->skipped = 0;
        return rc;
    case UNPACK_BAD:
    default:
        return on_bad(a, s, e);
    }
}

static int read_members(struct archive_job *a, struct err *why, struct err *e)
{
    AUTO_UNPACK struct unpack *u = NULL;
    struct input *in = a->in;

    if (unpack_open(in->source.fd, in->path, (uint64_t)in->source.st.st_size,
                    SNIFF_LARGE_MAX, NULL, &u, e) < 0)
        return -1;
    while (!stop_requested()) {
        struct unpack_step s;
        int rc = unpack_next(u, &s, why);

        if (rc <= 0)
            return 0;
        if (on_step(a, &s, e) < 0)
            return -1;
    }
    return 0;
}

/* Each member becomes an input of its own; the archive gets a row only for what is
 * wrong with it as a whole. */
static int take_archive(struct call *c, struct input *in, struct err *e)
{
    AUTO_MEMBER struct member none = {.tmp = FS_TMP_INIT, .fd = -1};
    struct archive_job a = {.c = c, .in = in, .m = {.tmp = FS_TMP_INIT, .fd = -1}};
    struct err why = ERR_INIT;
    int rc = read_members(&a, &why, e);

    member_clear(&a.m);
    if (rc < 0 || stop_requested())
        return rc;
    if (why.code == ERR_NONE && !source_unchanged(&in->source, in->path))
        return end_waiting(c, in, e);
    if (why.code == ERR_NONE && a.rows == 0)
        (void)err_set(&why, ERR_ARCHIVE_EMPTY, "%s", in->path);
    if (why.code == ERR_NONE)
        return 0;
    if (!is_of_input(why.code)) {
        *e = why;
        return -1;
    }
    return end_refused(c, in, &why, a.kept ? a.sha : NULL, e);
}

/* ---- the call ------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
    return walk_compare(((const struct entry *)a)->path,
                        ((const struct entry *)b)->path);
}

static int tidy(struct call *c, struct err *e)
{
    if (c->done == 0 || c->done % CHECKPOINT_EVERY != 0)
        return 0;
    return store_checkpoint(c->f->store, e);
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

            rc = take_file(c, &now.rows[i], !last, &taken, e);
            if (rc == 0 && taken == TAKEN_LATE)
                (void)entries_add(&c->late, TAKE(now.rows[i].path), -1);
        }
        entries_clear(&now);
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
        struct walk_input *w = &list->inputs[i];
        struct entry t = {
            .path = w->path, .fd = -1, .refused = w->refused, .why = ERR_INIT};
        enum taken taken = TAKEN_DONE;

        if (take_file(c, &t, true, &taken, e) < 0 || tidy(c, e) < 0)
            return -1;
        if (taken == TAKEN_LATE)
            (void)entries_add(&c->late, TAKE(w->path), -1);
    }
    return take_late(c, e);
}

/* In order: the next page only when the one before is settled. */
static int take_page(struct call *c, const struct entry *t, struct err *e)
{
    for (;;) {
        enum taken taken = TAKEN_DONE;
        bool last = clock_mono_ms() >= c->deadline_ms;

        if (take_file(c, t, !last, &taken, e) < 0)
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
        struct walk_input *w = &list->inputs[i];
        struct err ignored = ERR_INIT; /* asked again when its turn comes */
        AUTO_SOURCE struct source s = SOURCE_INIT;
        struct entry t = {.path = w->path, .fd = -1, .why = ERR_INIT};
        struct entry *row = NULL;

        if (w->refused == ERR_NONE && source_open(w->path, &s, &ignored) == 0 &&
            sniff_is_archive(s.kind)) {
            source_clear(&s);
            if (take_page(c, &t, e) < 0)
                return -1;
            continue;
        }
        row = entries_add(&c->pages, TAKE(w->path), -1);
        row->refused = w->refused;
    }
    return 0;
}

static int find_resume(struct call *c, struct err *e)
{
    AUTO_MEM char *fact = mem_printf(RESUME_FACT "%s", c->opts->dossier);
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
    AUTO_MEM char *fact = mem_printf(RESUME_FACT "%s", c->opts->dossier);

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
        entry_clear(&c->pages.rows[i]);
        c->pages.rows[i].path = NULL;
    }
    return stop_requested() ? 0 : forget_resume(c, e);
}

/* Kind and dossier of the call. */
static int check_opts(struct call *c, struct err *e)
{
    const struct flow_import_opts *o = c->opts;
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    const char *kind = o->kind ? o->kind : KIND_DEFAULT;
    int rc = 0;

    if (flow_need_commune(c->f, e) < 0)
        return -1;
    if (o->per_page && !o->dossier)
        return err_set(e, ERR_USAGE, "%s",
                       _("--per-file page needs --dossier: the pages of one item"));
    if (o->dossier) {
        rc = store_dossier_get(c->f->store, o->dossier, &d, e);
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
    (void)snprintf(c->kind, sizeof c->kind, "%s", kind);
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
    c->single = list->count == 1;
    c->deadline_ms = clock_mono_ms() + c->opts->wait_ms;
}

/* What a call that was cut off left behind. Files that somebody writes now stay. */
static int sweep(const struct flow *f, struct err *e)
{
    AUTO_MEM char *spool = home_place(&f->home, "spool");

    if (fs_sweep(store_objects(f->store), e) < 0)
        return -1;
    return fs_sweep(spool, e);
}

int flow_import(struct flow *f, const struct flow_import_opts *opts,
                const char *const *paths, size_t count, const struct flow_listener *to,
                struct flow_import_sum *sum, struct err *e)
{
    AUTO_CALL struct call c = {.f = f, .opts = opts, .to = to, .sum = sum};
    AUTO_WALK struct walk_list list = {0};

    *sum = (struct flow_import_sum){0};
    if (check_opts(&c, e) < 0 || sweep(f, e) < 0 ||
        walk_paths(paths, count, &list, e) < 0)
        return -1;
    count_up(&c, &list);
    if ((opts->per_page ? take_pages(&c, &list, e) : take_items(&c, &list, e)) < 0)
        return -1;
    sum->unexpected = opts->expect > 0 && sum->found != opts->expect;
    return store_checkpoint(f->store, e);
}
