/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_import_part.h"
#include "node/flow/flow_sheet.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_notes.h"
#include "node/flow/flow_quarantine.h"
#include "node/record/item.h"
#include "node/scan/walk.h"
#include "node/store/store_audit.h"
#include "node/store/store_input.h"
#include "node/store/store_item.h"
#include "node/store/store_job.h"
#include "node/store/store_page.h"
#include "ocr/capture.h"
#include "ocr/ocr.h"

#define PATH_SHOWN_MAX (STR_PATH_MAX * 4)

void flow_import_entry_clear(struct entry *t)
{
    mem_free(t->path);
    mem_free(t->name);
    fs_fd_auto(&t->fd);
}

void flow_import_entries_clear(struct entries *l)
{
    for (size_t i = 0; i < l->count; i++)
        flow_import_entry_clear(&l->rows[i]);
    mem_free(l->rows);
    *l = (struct entries){0};
}

/* @path, @fd: taken. */
struct entry *flow_import_entries_add(struct entries *l, char *path, int fd)
{
    mem_grow(&l->rows, &l->cap, l->count + 1, sizeof *l->rows);
    l->rows[l->count] = (struct entry){.path = path, .fd = fd, .why = ERR_INIT};
    return &l->rows[l->count++];
}

void flow_import_input_clear(struct input *in)
{
    source_clear(&in->source);
    fs_tmp_clear(&in->tmp);
    mem_free(in->pages);
    mem_free(in->advice);
}
/* ---- errors of an input and errors of ours ------------------------------- */

/* True: this input is refused and the call goes on. */
bool flow_import_is_of_input(enum err_code code)
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
bool flow_import_keeps_nothing(enum err_code code)
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
    case ERR_PAGE_ELSEWHERE:
        return true;
    default:
        return false;
    }
}

/* Refused for what this computer lacks: another time it may be taken. */
static bool may_be_good(enum err_code code)
{
    return code == ERR_READ || code == ERR_LIMIT || code == ERR_PDF_TOOLS;
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
static void set_words(struct jdoc *line, const char *key, enum lang lang,
                      const char *path, const char *what, const char *safe,
                      const char *todo)
{
    AUTO_STR struct str s = STR_INIT(STR_LINE_MAX);

    walk_display(fs_basename(path), &s);
    str_addf(&s, ": %s %s %s", i18n_text_in(lang, what), i18n_text_in(lang, safe),
             i18n_text_in(lang, todo));
    jdoc_set_text(line, key, str_text(&s));
}

static void set_sentences(struct jdoc *line, const char *key, enum lang lang,
                          const char *path, enum err_code code, bool kept)
{
    const char *safe = err_code_safe(code);

    if (!kept && strcmp(safe, SAFE_KEPT) == 0)
        safe = SAFE_SOURCE;
    set_words(line, key, lang, path, err_code_what(code), safe, err_code_todo(code));
}

static struct jdoc *input_line(const struct input *in, enum store_input_status status,
                               enum err_code code, bool kept)
{
    struct jdoc *line = flow_line("input");

    set_path(line, in->path);
    if (in->entry->name && in->entry->fd < 0)
        jdoc_set_text(line, "upload", fs_basename(in->entry->path));
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

int flow_import_waiting(struct call *c, struct input *in, struct err *e)
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
int flow_import_copy(struct call *c, struct input *in, uint64_t max, struct err *e)
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
int flow_import_keep(struct call *c, struct input *in, enum err_code code, bool *kept,
                     struct err *e)
{
    uint64_t max = sniff_is_archive(in->source.kind) ? SNIFF_LARGE_MAX
                                                     : sniff_limit(in->source.kind);
    struct err why = ERR_INIT;

    *kept = false;
    if (flow_import_keeps_nothing(code) || in->source.fd < 0 ||
        (uint64_t)in->source.st.st_size > max)
        return 0;
    if (!in->copied && flow_import_copy(c, in, max, &why) < 0) {
        in->copied = false;
        if (flow_import_is_of_input(why.code))
            return 0; /* it cannot be read to its end either: the row stays */
        *e = why;
        return -1;
    }
    return flow_quarantine_take(c->f, &in->tmp, in->sha, in->size, kept, e);
}

/* @sha: of the file that is kept for it when that is not its own copy, else NULL. */
int flow_import_refused(struct call *c, struct input *in, const struct err *why,
                        const char *sha, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store_input row;
    struct store_quarantine q = {.detail = why->detail[0] ? why->detail : NULL};
    struct jdoc *line = NULL;
    bool kept = sha != NULL;

    if (!sha && flow_import_keep(c, in, why->code, &kept, e) < 0)
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
    c->unkept = c->unkept || (!kept && may_be_good(why->code));
    line = input_line(in, STORE_INPUT_REFUSED, why->code, kept);
    jdoc_set(line, "items", jdoc_array());
    jdoc_set(line, "pages", jdoc_array());
    jdoc_set_int(line, "quarantine", q.id);
    jdoc_set_bool(line, "kept", kept);
    tell(c, line);
    return 0;
}

/* ---- duplicates ---------------------------------------------------------- */

void flow_import_known_clear(struct known *k)
{
    mem_free(k->items);
    mem_free(k->pages);
}
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

int flow_import_known_load(struct call *c, const char *sha, struct known *k,
                           struct err *e)
{
    return store_page_of_master(c->f->store, sha, on_known, k, e);
}

/* An item of this call, once. */
static void count_item(struct call *c, const char *item)
{
    if (c->opts->expect <= 0)
        return;
    for (size_t i = c->counted_count; i > 0; i--)
        if (strcmp(c->counted[i - 1], item) == 0)
            return;
    mem_grow(&c->counted, &c->counted_cap, c->counted_count + 1, sizeof *c->counted);
    (void)snprintf(c->counted[c->counted_count++], sizeof *c->counted, "%s", item);
}

int flow_import_settle(struct call *c, const char *item, bool differs, struct err *e)
{
    AUTO_JDOC struct jdoc *detail = NULL;

    if (!c->opts->per_page && store_item_count(c->f->store, item, differs, e) < 0)
        return -1;
    if (!differs || !c->opts->why)
        return 0;
    detail = jdoc_array();
    jdoc_add_text(detail, "expect");
    if (store_item_expect(c->f->store, item, c->opts->why, e) < 0)
        return -1;
    return store_audit_add(c->f->store, c->opts->actor ? c->opts->actor : "",
                           c->opts->via ? c->opts->via : "system", "item.set", item,
                           detail, clock_now(), e);
}

int flow_import_linked(struct call *c, struct input *in, const char *item,
                       struct err *e)
{
    struct store_input row;

    fill_row(in, STORE_INPUT_DUPLICATE, ERR_NONE, &row);
    if (store_input_add(c->f->store, &row, e) < 0 ||
        store_input_link(c->f->store, row.id, item, e) < 0)
        return -1;
    return audit(c, in, &row, item, e);
}

static struct jdoc *again_line(const struct input *in, const struct known *k)
{
    struct jdoc *items = jdoc_array();
    struct jdoc *pages = jdoc_array();
    struct jdoc *line = input_line(in, STORE_INPUT_DUPLICATE, ERR_NONE, false);

    for (size_t i = 0; i < k->item_count; i++)
        jdoc_add_text(items, k->items[i]);
    for (size_t i = 0; i < k->page_count; i++)
        jdoc_add_text(pages, k->pages[i]);
    jdoc_set(line, "items", items);
    jdoc_set(line, "pages", pages);
    return line;
}

void flow_import_back(struct call *c, const struct input *in, const struct known *k)
{
    struct jdoc *line = again_line(in, k);

    flow_import_place_line(c, NULL, line);
    c->sum->duplicate++;
    tell(c, line);
}

int flow_import_duplicate(struct call *c, struct input *in, const struct known *k,
                          struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store_input row;

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
    /* So does one behind a slip. */
    if (flow_import_slip_resume(c, k->items[0], e) < 0)
        return -1;
    for (size_t i = 0; i < k->item_count; i++)
        count_item(c, k->items[i]);
    c->sum->duplicate++;
    c->sum->found += (int64_t)k->page_count;
    tell(c, again_line(in, k));
    return 0;
}

/* ---- slips ------------------------------------------------------------------------
 */

int flow_import_slip_row(struct call *c, struct input *in, const char *dossier,
                         bool again, struct err *e)
{
    struct store_input row;

    fill_row(in, again ? STORE_INPUT_DUPLICATE : STORE_INPUT_STORED, ERR_NONE, &row);
    if (store_input_add(c->f->store, &row, e) < 0)
        return -1;
    return audit(c, in, &row, dossier, e);
}

static void set_slip(struct jdoc *line, const struct slip *s)
{
    struct jdoc *slip = jdoc_object();
    char number[REGNO_TEXT_MAX] = "";

    if (s->number.number > 0)
        regno_print(&s->number, number);
    jdoc_set_text(slip, "dossier", s->dossier);
    jdoc_set_text(slip, "number", number[0] ? number : NULL);
    jdoc_set(line, "slip", slip);
}

void flow_import_slip_tell(struct call *c, const struct input *in, const struct slip *s,
                           bool again)
{
    struct jdoc *line = input_line(
        in, again ? STORE_INPUT_DUPLICATE : STORE_INPUT_STORED, ERR_NONE, false);

    jdoc_set(line, "items", jdoc_array());
    jdoc_set(line, "pages", jdoc_array());
    set_slip(line, s);
    if (again)
        c->sum->duplicate++;
    else
        c->sum->stored++;
    tell(c, line);
}

/* ---- stored -------------------------------------------------------------- */

const char *flow_import_media(enum sniff_kind kind)
{
    switch ((int)kind) {
    case SNIFF_JPEG:
        return "image/jpeg";
    case SNIFF_PNG:
        return "image/png";
    case SNIFF_TIFF:
        return "image/tiff";
    case SNIFF_HEIC:
        return "image/heic";
    case SNIFF_JP2:
        return "image/jp2";
    default:
        return "application/pdf";
    }
}

/* The item that gets the pages: a new one, or with per_page the one that is filled. */
static int need_item(struct call *c, int64_t now, char name[IDENT_NAME_MAX],
                     struct err *e)
{
    struct item it = {.created = now};
    AUTO_MEM char *fact = NULL;

    bool slip = flow_import_slip_holds(c);

    if (slip && flow_import_slip_goes_on(c)) {
        memcpy(name, c->slip->item, IDENT_NAME_MAX);
        return flow_sheet_open(c->f, name, e); /* it may be verified by now */
    }
    if (!slip && c->opts->per_page && c->item[0]) {
        memcpy(name, c->item, IDENT_NAME_MAX);
        return 0;
    }
    (void)snprintf(it.kind, sizeof it.kind, "%s", slip ? c->slip->kind : c->kind);
    (void)snprintf(it.dossier, sizeof it.dossier, "%s",
                   slip               ? c->slip->slip.dossier
                   : c->opts->dossier ? c->opts->dossier
                                      : "");
    (void)snprintf(it.unit_code, sizeof it.unit_code, "%s", c->f->home.unit_code);
    (void)snprintf(it.unit_from, sizeof it.unit_from, "%s", c->f->home.unit_valid_from);
    /* Of several items together the count is known at the end only. */
    it.pages_expected = c->opts->per_page && !slip ? c->opts->expect
                        : c->opts->expect > 0      ? ITEM_COUNT_DIFFERS
                                                   : 0;
    if (store_item_add(c->f->store, c->f->home.node, &it, e) < 0)
        return -1;
    memcpy(name, it.name, IDENT_NAME_MAX);
    if (slip)
        return flow_import_slip_number(c, name, e);
    if (!c->opts->per_page)
        return 0;
    fact = mem_printf(FLOW_IMPORT_RESUME "%s", c->opts->dossier);
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
        if ((in->past ? flow_import_past_page(c, p, e)
                      : store_page_add(c->f->store, c->f->home.node, p, e)) < 0)
            return -1;
        memcpy(p->code, code, sizeof code);
        if (in->advice &&
            flow_notes_advise(c->f, p, capture_jdoc(in->advice[i]), e) < 0)
            return -1;
        if (code[0] ? add_bad_page(c, in, p, now, e) < 0
                    : store_job_add(c->f->store, p->id, ocr_pipeline_version(), "",
                                    in->past, now, e) < 0)
            return -1;
    }
    return 0;
}

/* What is wrong with its pages, and which ones they are. */
static void add_advice(struct jdoc *line, const struct input *in)
{
    struct jdoc *pages = jdoc_array();
    unsigned all = 0;

    for (size_t i = 0; in->advice && i < in->page_count; i++) {
        all |= in->advice[i];
        if (in->advice[i])
            jdoc_add_int(pages, (int64_t)i + 1);
    }
    jdoc_set(line, "advice", capture_jdoc(all));
    jdoc_set(line, "advice_pages", pages);
}

static void set_seen(struct jdoc *line, const struct input *in)
{
    const struct flow_import_notice *n = in->seen;

    jdoc_set_text(line, "code", n->code);
    set_words(line, "vi", LANG_VI, in->path, n->what, n->safe, n->todo);
    set_words(line, "en", LANG_EN, in->path, n->what, n->safe, n->todo);
}

static enum err_code told(const struct input *in)
{
    return in->notice != ERR_NONE ? in->notice : in->first_bad;
}

static void tell_stored(struct call *c, const struct input *in, const char *item)
{
    struct jdoc *line = input_line(in, STORE_INPUT_STORED, told(in), false);
    struct jdoc *items = jdoc_array();
    struct jdoc *pages = jdoc_array();

    jdoc_add_text(items, item);
    for (size_t i = 0; i < in->page_count; i++)
        jdoc_add_text(pages, in->pages[i].name);
    jdoc_set(line, "items", items);
    jdoc_set(line, "pages", pages);
    add_advice(line, in);
    if (in->seen)
        set_seen(line, in);
    if (in->bears)
        set_slip(line, &in->slip);
    if (c->opts->place != FLOW_IMPORT_NEW)
        flow_import_place_line(c, &in->pages[0], line);
    tell(c, line);
}

/* Return: 1 stored, 0 somebody else was quicker: look again, -1. */
int flow_import_stored(struct call *c, struct input *in, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_KNOWN struct known k = {0};
    struct store *s = c->f->store;
    struct store_input row;
    char hex[HASH_HEX];
    char item[IDENT_NAME_MAX] = "";
    bool existed = false;
    bool refuse = false;
    int is_past = 0;

    if (store_object_put_tmp(s, &in->tmp, in->sha, hex, &in->size, &existed, e) < 0)
        return -1;
    fill_row(in, STORE_INPUT_STORED, told(in), &row);
    if (in->seen)
        (void)snprintf(row.code, sizeof row.code, "%s", in->seen->code);
    if (store_begin(s, &txn, e) < 0 || flow_import_known_load(c, in->sha, &k, e) < 0)
        return -1;
    is_past = flow_import_past_is(c, in, &k, &refuse, e);
    if (is_past < 0)
        return -1;
    if ((k.page_count > 0 && !is_past) || in->past != (is_past == 1))
        return 0;
    if (flow_import_past_file(c, in, e) < 0 ||
        (c->opts->place == FLOW_IMPORT_NEW
             ? need_item(c, row.at, item, e)
             : flow_import_place_make(c, in, item, e)) < 0 ||
        add_pages(c, in, item, row.at, e) < 0 || store_input_add(s, &row, e) < 0 ||
        store_input_link(s, row.id, item, e) < 0 || audit(c, in, &row, item, e) < 0)
        return -1;
#ifdef SOHOA_CONTROL_EARLY_ANSWER
    tell_stored(c, in, item); /* broken on purpose: the kill tests must catch this */
#endif
    if (store_commit(&txn, e) < 0)
        return -1;
    if (flow_import_slip_holds(c))
        flow_import_slip_filled(c, item);
    else if (c->opts->per_page)
        memcpy(c->item, item, sizeof c->item);
    if (c->opts->place == FLOW_IMPORT_NEW)
        count_item(c, item);
    c->sum->stored++;
    c->sum->pages += (int64_t)in->page_count;
    c->sum->found += (int64_t)in->page_count;
#ifndef SOHOA_CONTROL_EARLY_ANSWER
    tell_stored(c, in, item);
#endif
    if (c->opts->place != FLOW_IMPORT_NEW)
        flow_import_place_done(c, in);
    return 1;
}
