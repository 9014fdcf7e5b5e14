/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_scan.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/flow/flow_sheet.h"
#include "node/store/store_audit.h"
#include "node/store/store_page.h"
#include "ocr/tiff_out.h"

#define STACK_FILE   "stack.json"
#define NAME_DIGITS  4
#define SHEETS_MAX   9999
#define BEGIN_MS     100000
#define PICTURE_ROOM ((uint64_t)128 << 20) /* the largest picture that is made */

/* ---- the stack --------------------------------------------------------------------
 */

struct stack {
    char *folder; /* owned, NULL: none is open */
    char *dossier, *kind, *why, *page, *actor;
    bool per_page;
    int64_t expect, place;
    int64_t fronts, backs; /* pictures in it */
};

static void stack_clear(struct stack *s)
{
    mem_free(s->folder);
    mem_free(s->dossier);
    mem_free(s->kind);
    mem_free(s->why);
    mem_free(s->page);
    mem_free(s->actor);
    *s = (struct stack){0};
}
#define AUTO_STACK AUTO(stack_clear)

/* "0012.tif", "0012b.tif". False: another file. */
static bool is_picture(const char *name, bool *back)
{
    size_t digits = strspn(name, "0123456789");

    *back = name[digits] == 'b';
    return digits == NAME_DIGITS && strcmp(name + digits + *back, ".tif") == 0;
}

static int count_pictures(struct stack *s, struct err *e)
{
    AUTO_LIST struct fs_list names = {0};

    if (fs_list(s->folder, &names, e) < 0)
        return -1;
    s->fronts = s->backs = 0;
    for (size_t i = 0; i < names.count; i++) {
        bool back = false;

        if (!is_picture(names.names[i], &back))
            continue;
        s->fronts += !back;
        s->backs += back;
    }
    return 0;
}

static char *text_of(const struct jdoc *j, const char *key)
{
    const char *text = jdoc_text(j, key);

    return text && text[0] ? mem_dup(text) : NULL;
}

static int stack_read(struct stack *s, struct err *e)
{
    AUTO_MEM char *path = fs_path(s->folder, STACK_FILE);
    AUTO_JDOC struct jdoc *j = NULL;

    if (jdoc_read_file(path, &j, e) < 0)
        return -1;
    s->dossier = text_of(j, "dossier");
    s->kind = text_of(j, "kind");
    s->why = text_of(j, "why");
    s->page = text_of(j, "page");
    s->actor = text_of(j, "actor");
    s->per_page = jdoc_bool(j, "per_page", false);
    if (jdoc_get(j, "place") && !jdoc_int(j, "place", 0, FLOW_IMPORT_BEFORE, &s->place))
        return err_set(e, ERR_JSON, "%s", path);
    if (!jdoc_int(j, "expect", 0, INT64_MAX, &s->expect))
        return err_set(e, ERR_JSON, "%s", path);
    return count_pictures(s, e);
}

/* The open one. @tidy: what a call left behind before it wrote its file is removed;
 * only for who holds the lock. */
static int stack_find(const struct flow *f, bool tidy, struct stack *s, struct err *e)
{
    AUTO_MEM char *root = home_place(&f->home, FLOW_SCAN_FOLDER);
    AUTO_LIST struct fs_list names = {0};

    if (!fs_is_dir(root))
        return 0;
    if (fs_list(root, &names, e) < 0)
        return -1;
    for (size_t i = 0; i < names.count && !s->folder; i++) {
        AUTO_MEM char *folder = fs_path(root, names.names[i]);
        AUTO_MEM char *file = fs_path(folder, STACK_FILE);

        if (fs_exists(file))
            s->folder = TAKE(folder);
        else if (tidy && fs_remove_tree(folder, e) < 0)
            return -1;
    }
    if (!s->folder)
        return 0;
    return tidy && fs_sweep(s->folder, e) < 0 ? -1 : stack_read(s, e);
}

static int need_stack(const struct flow *f, struct stack *s, struct err *e)
{
    if (stack_find(f, true, s, e) < 0)
        return -1;
    return s->folder ? 0 : err_set(e, ERR_SCAN_NO_STACK, "%s", f->home.path);
}

static int stack_begin(const struct flow *f, const struct flow_import_opts *o,
                       struct stack *s, struct err *e)
{
    AUTO_MEM char *root = home_place(&f->home, FLOW_SCAN_FOLDER);
    AUTO_MEM char *file = NULL;
    AUTO_JDOC struct jdoc *j = jdoc_object();
    char now[CLOCK_ISO_MAX] = "";

    clock_iso(clock_now(), now);
    for (char *p = now; *p; p++)
        *p = *p == ':' ? '-' : *p;
    /* Two stacks may begin in one second, and the clock may be set back. */
    s->folder =
        fs_pathf(root, "%s-%05lld", now, (long long)(clock_mono_ms() % BEGIN_MS));
    file = fs_path(s->folder, STACK_FILE);
    jdoc_set_text(j, "dossier", o->dossier ? o->dossier : "");
    jdoc_set_text(j, "kind", o->kind ? o->kind : "");
    jdoc_set_text(j, "why", o->why ? o->why : "");
    jdoc_set_bool(j, "per_page", o->per_page);
    jdoc_set_int(j, "expect", o->expect);
    if (o->place != FLOW_IMPORT_NEW) {
        jdoc_set_int(j, "place", o->place);
        jdoc_set_text(j, "page", o->page);
        jdoc_set_text(j, "actor", o->actor ? o->actor : "");
    }
    if (fs_mkdirs(s->folder, e) < 0 || jdoc_write_file(file, j, e) < 0)
        return -1;
    return stack_read(s, e);
}

/* ---- pictures -----------------------------------------------------------------------
 */

struct taking {
    const struct flow *f;
    struct stack *stack;
    bool backs;
    struct fs_tmp tmp;
    struct tiff_out *tiff;
    struct scanner_page page;
    const char *device;
    const struct flow_listener *to;
    int64_t scanned;
};

static void taking_clear(struct taking *t)
{
    tiff_out_drop(&t->tiff);
    fs_tmp_clear(&t->tmp);
}

/* The file of the next picture. owned */
static char *next_name(const struct stack *s, bool backs)
{
    if (backs)
        return fs_pathf(s->folder, "%0*lldb.tif", NAME_DIGITS,
                        (long long)(s->fronts - s->backs));
    return fs_pathf(s->folder, "%0*lld.tif", NAME_DIGITS, (long long)(s->fronts + 1));
}

/* Sheet and stack stand in the file: two blank sheets are two files. */
static int on_begin(void *to, const struct scanner_page *page, struct err *e)
{
    struct taking *t = to;
    AUTO_MEM char *name = next_name(t->stack, t->backs);
    AUTO_MEM char *note =
        mem_printf("%s/%s", fs_basename(t->stack->folder), fs_basename(name));
    const struct tiff_out_opts o = {.width_px = page->width_px,
                                    .channels = page->channels,
                                    .bits = page->bits,
                                    .dpi = page->dpi,
                                    .device = t->device,
                                    .note = note};
    uint64_t room = 0, all = 0;

    if (fs_free_bytes(t->stack->folder, &room, &all, e) < 0)
        return -1;
    if (room < FLOW_IMPORT_RESERVE + PICTURE_ROOM)
        return err_set(e, ERR_DISK_FULL, "%s", t->f->home.path);
    t->page = *page;
    if (fs_tmp_open(&t->tmp, t->stack->folder, e) < 0)
        return -1;
    return tiff_out_open(t->tmp.fd, t->tmp.path, &o, &t->tiff, e);
}

static int on_rows(void *to, const void *data, size_t len, struct err *e)
{
    struct taking *t = to;

    return tiff_out_rows(t->tiff, data, len, e);
}

static int on_end(void *to, int32_t height, struct err *e)
{
    struct taking *t = to;
    AUTO_MEM char *path = next_name(t->stack, t->backs);
    struct jdoc *line = flow_line("scanned");
    bool existed = false;
    int rc = 0;

    if (t->backs ? t->stack->backs >= t->stack->fronts : t->stack->fronts >= SHEETS_MAX)
        rc = err_set(e, t->backs ? ERR_SCAN_BACKS : ERR_LIMIT, "%lld",
                     (long long)t->stack->fronts);
    if (rc == 0)
        rc = tiff_out_close(TAKE(t->tiff), e);
    if (rc == 0)
        rc = fs_tmp_commit_new(&t->tmp, path, &existed, e);
    if (rc == 0 && existed)
        rc = err_set(e, ERR_INTERNAL, "%s", path);
    if (rc < 0) {
        jdoc_free(line);
        return -1;
    }
    t->stack->fronts += !t->backs;
    t->stack->backs += t->backs;
    t->scanned++;
    jdoc_set_int(line, "n", t->scanned);
    jdoc_set_text(line, "file", fs_basename(path));
    jdoc_set_int(line, "width_px", t->page.width_px);
    jdoc_set_int(line, "height_px", height);
    jdoc_set_int(line, "dpi", t->page.dpi);
    flow_tell(t->to, line);
    return 0;
}

static int scan_pictures(struct flow *f, const struct flow_scan_opts *o,
                         struct stack *s, const struct flow_listener *to,
                         struct flow_scan_sum *sum, struct err *e)
{
    AUTO(taking_clear)
    struct taking t = {.f = f,
                       .stack = s,
                       .backs = o->backs,
                       .tmp = FS_TMP_INIT,
                       .device = o->scanner.device,
                       .to = to};
    const struct scanner_sink sink = {on_begin, on_rows, on_end, &t};
    struct err ignored = ERR_INIT; /* the next call removes an empty stack */
    int pages = 0;
    int rc = scanner_run(&o->scanner, &sink, &pages, e);

    sum->scanned = t.scanned;
    sum->fronts = s->fronts;
    sum->backs = s->backs;
    if (rc < 0 && s->fronts == 0 && fs_remove_tree(s->folder, &ignored) == 0)
        stack_clear(s);
    return rc;
}

/* ---- taking in ----------------------------------------------------------------------
 */

/* All pictures in the order of the sheets. */
static int paths_of(const struct stack *s, struct fs_list *names, char ***paths,
                    size_t *count, struct err *e)
{
    if (fs_list(s->folder, names, e) < 0)
        return -1;
    *paths = mem_new(names->count, sizeof **paths);
    *count = 0;
    for (size_t i = 0; i < names->count; i++) {
        bool back = false;

        if (is_picture(names->names[i], &back))
            (*paths)[(*count)++] = fs_path(s->folder, names->names[i]);
    }
    return 0;
}

static int take_in(struct flow *f, struct stack *s, const struct flow_import_opts *talk,
                   const struct flow_listener *to, struct flow_scan_sum *sum,
                   struct err *e)
{
    AUTO_LIST struct fs_list names = {0};
    struct flow_import_opts o = *talk;
    char **paths = NULL;
    size_t count = 0;
    int rc = 0;

    sum->fronts = s->fronts;
    sum->backs = s->backs;
    if (s->backs > 0 && s->backs != s->fronts)
        return err_set(e, ERR_SCAN_BACKS, "%lld, %lld", (long long)s->fronts,
                       (long long)s->backs);
    o.dossier = s->dossier;
    o.kind = s->kind;
    o.why = talk->why && talk->place != FLOW_IMPORT_NEW ? talk->why : s->why;
    o.per_page = s->per_page;
    o.expect = s->expect;
    o.place = (enum flow_import_place)s->place;
    o.page = s->page;
    if (s->actor)
        o.actor = s->actor;
    rc = paths_of(s, &names, &paths, &count, e);
    if (rc == 0 && count > 0)
        rc = flow_import(f, &o, (const char *const *)paths, count, to, &sum->import, e);
    for (size_t i = 0; i < count; i++)
        mem_free(paths[i]);
    mem_free(paths);
    /* Only when every picture is stored, or kept in quarantine, may its file go. */
    if (rc < 0 || sum->import.inputs != (int64_t)count || sum->import.waiting > 0)
        return rc;
    sum->finished = true;
    return fs_remove_tree(s->folder, e);
}

/* ---- the calls ----------------------------------------------------------------------
 */

int flow_scan_devices(const struct flow_listener *to, int64_t *count, struct err *e)
{
    AUTO_SCANNERS struct scanner_list all = {0};

    if (scanner_list(NULL, &all, e) < 0)
        return -1;
    for (size_t i = 0; i < all.count; i++) {
        struct jdoc *line = flow_line("device");

        jdoc_set_text(line, "device", all.p[i].name);
        jdoc_set_text(line, "vendor", all.p[i].vendor);
        jdoc_set_text(line, "model", all.p[i].model);
        jdoc_set_text(line, "kind", all.p[i].type);
        flow_tell(to, line);
    }
    *count = (int64_t)all.count;
    return 0;
}

static int tell_aim(struct flow *f, const struct stack *s, struct jdoc *line,
                    struct err *e)
{
    struct page p = {.past = false};
    struct err why = ERR_INIT;

    if (!s->page)
        return 0;
    if (flow_sheet_find(f, s->page, &p, &why) < 0 && why.code != ERR_PAGE_ABSENT) {
        *e = why;
        return -1;
    }
    jdoc_set_text(line, "aim", s->page);
    jdoc_set_bool(line, "past", p.past || why.code == ERR_PAGE_ABSENT);
    return 0;
}

int flow_scan_stack(struct flow *f, const struct flow_listener *to, struct err *e)
{
    AUTO_MEM char *path = home_place(&f->home, "scan.lock");
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_STACK struct stack s = {0};
    struct err ignored = ERR_INIT;
    struct jdoc *line = NULL;

    /* Who scans at this moment holds it: then the stack is that run's, not left over.
     */
    if (lock_take(&lock, path, 0, &ignored) < 0)
        return 0;
    if (stack_find(f, false, &s, e) < 0)
        return -1;
    if (!s.folder || s.fronts == 0)
        return 0;
    line = flow_line("stack");
    jdoc_set_int(line, "fronts", s.fronts);
    jdoc_set_int(line, "backs", s.backs);
    jdoc_set_text(line, "dossier", s.dossier ? s.dossier : "");
    jdoc_set_text(line, "kind", s.kind ? s.kind : "");
    if (tell_aim(f, &s, line, e) < 0) {
        jdoc_free(line);
        return -1;
    }
    flow_tell(to, line);
    return 1;
}

static int open_stack(struct flow *f, const struct flow_scan_opts *o, struct stack *s,
                      struct err *e)
{
    if (o->go_on)
        return need_stack(f, s, e);
    if (stack_find(f, true, s, e) < 0)
        return -1;
    if (s->folder && s->fronts > 0)
        return err_set(e, ERR_SCAN_OPEN, "%lld", (long long)s->fronts);
    if (s->folder && fs_remove_tree(s->folder, e) < 0)
        return -1;
    stack_clear(s);
    return stack_begin(f, &o->import, s, e);
}

int flow_scan_run(struct flow *f, const struct flow_scan_opts *o,
                  const struct flow_listener *to, struct flow_scan_sum *sum,
                  struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_STACK struct stack s = {0};

    *sum = (struct flow_scan_sum){0};
    if (flow_need_commune(f, e) < 0 || flow_lock(f, "scan.lock", &lock, e) < 0 ||
        flow_import_check(f, &o->import, e) < 0 || open_stack(f, o, &s, e) < 0 ||
        scan_pictures(f, o, &s, to, sum, e) < 0)
        return -1;
    return o->keep_open ? 0 : take_in(f, &s, &o->import, to, sum, e);
}

static int last_of(void *ctx, const struct page *p, struct err *e)
{
    (void)e;
    *(struct page *)ctx = *p;
    return 0;
}

/* The aim becomes the last page of its record. */
static int aim_at_end(struct flow *f, struct stack *s, struct err *e)
{
    struct page p, last;

    if (!s->page)
        return err_set(e, ERR_PAGE_ABSENT, "%s", fs_basename(s->folder));
    if (flow_sheet_find(f, s->page, &p, e) < 0)
        return -1;
    last = p;
    if (store_page_of_item(f->store, p.item, last_of, &last, e) < 0)
        return -1;
    mem_free(s->page);
    s->page = mem_dup(last.name);
    s->place = FLOW_IMPORT_AFTER;
    return 0;
}

int flow_scan_finish(struct flow *f, const struct flow_import_opts *o, bool at_end,
                     const struct flow_listener *to, struct flow_scan_sum *sum,
                     struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_STACK struct stack s = {0};

    *sum = (struct flow_scan_sum){0};
    if (flow_need_commune(f, e) < 0 || flow_lock(f, "scan.lock", &lock, e) < 0 ||
        need_stack(f, &s, e) < 0 || (at_end && aim_at_end(f, &s, e) < 0))
        return -1;
    if (o->place != FLOW_IMPORT_NEW) {
        mem_free(s.page);
        s.page = mem_dup(o->page);
        s.place = o->place;
    }
    return take_in(f, &s, o, to, sum, e);
}

static int note_drop(struct flow *f, const struct stack *s, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_JDOC struct jdoc *detail = jdoc_object();

    jdoc_set_int(detail, "pictures", s->fronts + s->backs);
    if (store_begin(f->store, &txn, e) < 0 ||
        store_audit_add(f->store, flow_user(f), flow_via(f), "scan.drop",
                        fs_basename(s->folder), detail, clock_now(), e) < 0)
        return -1;
    return store_commit(&txn, e);
}

int flow_scan_drop(struct flow *f, int64_t *count, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_STACK struct stack s = {0};

    *count = 0;
    if (flow_need_commune(f, e) < 0 || flow_lock(f, "scan.lock", &lock, e) < 0 ||
        need_stack(f, &s, e) < 0 || note_drop(f, &s, e) < 0)
        return -1;
    *count = s.fronts + s.backs;
    return fs_remove_tree(s.folder, e);
}
