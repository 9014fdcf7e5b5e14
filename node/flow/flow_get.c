/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_get.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_take.h"
#include "node/store/object.h"
#include "node/store/store_item.h"
#include "node/store/store_page.h"
#include "node/store/store_picture.h"
#include "sync/enrol.h"
#include "sync/first.h"
#include "sync/get.h"
#include "sync/line.h"
#include "sync/master.h"
#include "sync/names.h"
#include "sync/rpush.h"

#define CHUNK     ((size_t)1 << 16)
#define ROLE_FILE "master" /* as in manifests */

struct getter {
    struct flow *f;
    const struct flow_listener *to;
    struct flow_get_sum *sum;
    struct line line;
    struct rpush_sum moved;
    struct enrol own; /* nodes that send to this very tier */
    struct store *catalog;
    const char *unit;   /* of it: <code>-<valid_from> */
    struct page *pages; /* owned; of one item */
    size_t count, cap;
    struct first_found above; /* what the tier above has of it */
    bool can_call;            /* there is one */
    bool older;               /* and it cannot be asked what it has */
    bool pictures;            /* wanted: pages in layers */
};

static void getter_clear(struct getter *g)
{
    store_close(g->catalog);
    mem_free(g->pages);
    first_found_clear(&g->above);
    enrol_clear(&g->own);
}

/* ---- one file ---------------------------------------------------------------------
 */

static int copy(int from, const char *path, struct fs_tmp *to, struct err *e)
{
    AUTO_MEM char *buf = mem_new(1, CHUNK);

    for (;;) {
        ssize_t n = fs_read_some(from, buf, CHUNK, path, e);

        if (n <= 0)
            return n < 0 ? -1 : 0;
        if (fs_tmp_write(to, buf, (size_t)n, e) < 0)
            return -1;
    }
}

/* What is wanted of one page. */
struct wanted {
    const struct page *page;
    const char *role; /* "master" or STORE_PICTURE_PAGE */
    char hex[HASH_HEX];
    char media[64];
};

static bool is_master(const struct wanted *w)
{
    return strcmp(w->role, ROLE_FILE) == 0;
}

/* As what a bundle brings: the file synced and read back, then its row. */
static int keep(struct getter *g, const struct wanted *w, const char *path,
                struct err *e)
{
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_FD int fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, e);
    char hex[HASH_HEX];
    uint64_t size = 0;
    bool existed = false;

    if (fd < 0 || fs_tmp_open(&tmp, store_objects(g->catalog), e) < 0 ||
        copy(fd, path, &tmp, e) < 0 ||
        store_object_put_tmp(g->catalog, &tmp, w->hex, hex, &size, &existed, e) < 0)
        return -1;
    if (store_begin(g->catalog, &txn, e) < 0 ||
        store_object_add(g->catalog, hex, size, w->media,
                         is_master(w) ? STORE_MASTER : STORE_PICTURE, e) < 0)
        return -1;
    if (!is_master(w) &&
        store_picture_put(g->catalog, w->page->name, w->role, hex, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

static void tell(struct getter *g, const struct wanted *w, uint64_t size,
                 const char *state)
{
    AUTO_MEM char *path = object_path(store_objects(g->catalog), w->hex);
    struct jdoc *line = flow_line("object");

    jdoc_set_text(line, "item", w->page->item);
    jdoc_set_text(line, "page", w->page->name);
    jdoc_set_text(line, "role", w->role);
    jdoc_set_text(line, "media", w->media);
    jdoc_set_int(line, "bytes", (int64_t)size);
    jdoc_set_text(line, "sha256", w->hex);
    jdoc_set_text(line, "path", path);
    jdoc_set_text(line, "state", state);
    flow_tell(g->to, line);
    g->sum->objects++;
}

/* 1: it lies here and has its row, 0, -1. */
static int is_here(struct getter *g, const char *hex, struct store_object *o,
                   struct err *e)
{
    int found = store_object_get(g->catalog, hex, o, e);

    if (found <= 0)
        return found;
    return !o->damaged && object_has(store_objects(g->catalog), hex);
}

/* What the tier above has for this page. NULL: nothing. */
static const struct first_file *above(const struct getter *g, const struct page *p,
                                      const char *role)
{
    for (size_t i = 0; i < g->above.count; i++) {
        const struct first_file *f = &g->above.files[i];

        if (strcmp(f->role, role) == 0 &&
            (strcmp(f->page, p->name) == 0 || strcmp(f->sha256, p->master) == 0))
            return f;
    }
    return NULL;
}

/* 1: @w names what is to be here for this page; 0: nobody has made a picture of it that
 * we know of. */
static int choose_picture(struct getter *g, const struct page *p, struct wanted *w,
                          struct err *e)
{
    const struct first_file *there = above(g, p, STORE_PICTURE_PAGE);
    int found = store_picture_get(g->catalog, p->name, STORE_PICTURE_PAGE, w->hex, e);

    if (found < 0 || (found == 0 && !there))
        return found;
    w->role = STORE_PICTURE_PAGE;
    (void)snprintf(w->media, sizeof w->media, "%s", STORE_PICTURE_PAGE_MEDIA);
    if (found == 0) {
        memcpy(w->hex, there->sha256, sizeof w->hex);
        (void)snprintf(w->media, sizeof w->media, "%s", there->media);
    }
    return 1;
}

static int choose(struct getter *g, const struct page *p, struct wanted *w,
                  struct err *e)
{
    int rc;

    *w = (struct wanted){.page = p, .role = ROLE_FILE};
    rc = g->pictures ? choose_picture(g, p, w, e) : 0;
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    (void)snprintf(w->hex, sizeof w->hex, "%s", p->master);
    (void)snprintf(w->media, sizeof w->media, "%s", p->media);
    return 0;
}

static int fetch(struct getter *g, const struct wanted *w, struct err *e)
{
    AUTO_MEM char *path = NULL;
    struct store_object o = {.size = 0};

    if (get_object(&g->line, g->unit, w->hex, &path, &g->moved, e) < 0 ||
        keep(g, w, path, e) < 0 || get_forget(path, e) < 0 ||
        store_object_get(g->catalog, w->hex, &o, e) < 0)
        return -1;
    tell(g, w, o.size, "fetched");
    return 0;
}

/* 1: it is here now, 0: it is nowhere that we can reach, -1. */
static int get_page(struct getter *g, const struct page *p, struct err *e)
{
    struct wanted w;
    struct store_object o = {.size = 0};
    int here;

    if (choose(g, p, &w, e) < 0)
        return -1;
    here = is_here(g, w.hex, &o, e);
    if (here == 1)
        tell(g, &w, o.size, "here");
    if (here != 0)
        return here;
    if (!g->older && !above(g, p, w.role))
        return 0;
    return fetch(g, &w, e) < 0 ? -1 : 1;
}

/* ---- one record -------------------------------------------------------------------
 */

static int take_page(void *ctx, const struct page *p, struct err *e)
{
    struct getter *g = ctx;

    (void)e;
    mem_grow(&g->pages, &g->cap, g->count + 1, sizeof *g->pages);
    g->pages[g->count++] = *p;
    return 0;
}

/* Several pages of one file: once. */
static bool same_file_before(const struct getter *g, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(g->pages[k].master, g->pages[i].master) == 0)
            return true;
    return false;
}

static void tell_first(struct getter *g, const struct first *f)
{
    struct jdoc *line = flow_line("first");

    jdoc_set_text(line, "item", f->item);
    jdoc_set_text(line, "want", first_want_name(f->want));
    jdoc_set_text(line, "state", first_state_name(f->state));
    jdoc_set_int(line, "since", f->since);
    flow_tell(g->to, line);
    g->sum->asked++;
}

/* The commune that made it, when it sends to this very tier. */
static const struct enrol_node *sender(const struct getter *g, const char *item)
{
    for (size_t i = 0; i < g->own.count; i++) {
        const struct enrol_node *n = &g->own.nodes[i];

        if (!n->revoked && strcmp(n->role, "commune") == 0 && first_by(item, n->node))
            return n;
    }
    return NULL;
}

/* Something is missing: it is wanted first. */
static int ask_first(struct getter *g, const char *item, struct err *e)
{
    const struct enrol_node *own = sender(g, item);
    struct first f = {.want = g->pictures ? FIRST_PAGE : FIRST_MASTER};

    (void)snprintf(f.item, sizeof f.item, "%s", item);
    if (own) {
        (void)snprintf(f.node, sizeof f.node, "%s", own->node);
        if (first_ask(g->f->home.path, &f, clock_now(), e) < 0)
            return -1;
    } else if (!g->can_call) {
        return err_set(e, ERR_OBJECT_MISSING, "%s", item);
    } else if (first_request(&g->line, g->unit, &f, &g->moved, e) < 0) {
        return -1;
    }
    tell_first(g, &f);
    return 0;
}

/* What the tier above has; it is asked only when something is not here. */
static int look_above(struct getter *g, const char *item, struct err *e)
{
    struct err why = ERR_INIT;

    g->above.count = 0;
    g->older = false;
    if (!g->can_call || sender(g, item))
        return 0;
    if (first_find(&g->line, g->unit, item, &g->above, &g->moved, &why) == 0)
        return 0;
    g->older = why.code == ERR_GATE_VERB;
    if (g->older)
        return 0;
    *e = why;
    return -1;
}

/* 1: nothing has to be asked for, 0, -1. */
static int all_here(struct getter *g, struct err *e)
{
    for (size_t i = 0; i < g->count; i++) {
        struct wanted w;
        struct store_object o = {.size = 0};
        int rc = choose(g, &g->pages[i], &w, e) < 0 ? -1 : is_here(g, w.hex, &o, e);

        /* Without its picture here, there may be one above. */
        if (rc <= 0 || (g->pictures && is_master(&w)))
            return rc < 0 ? -1 : 0;
    }
    return g->count > 0;
}

static int get_pages(struct getter *g, const char *item, struct err *e)
{
    bool missing = false;
    int rc;

    g->count = 0;
    g->above.count = 0;
    if (store_page_of_item(g->catalog, item, take_page, g, e) < 0)
        return -1;
    rc = all_here(g, e);
    if (rc < 0 || (rc == 0 && look_above(g, item, e) < 0))
        return -1;
    for (size_t i = 0; i < g->count; i++) {
        if (stop_requested())
            return err_set(e, ERR_LINE, "%s", "stopped");
        if (!g->pictures && same_file_before(g, i))
            continue;
        rc = get_page(g, &g->pages[i], e);
        if (rc < 0)
            return -1;
        missing = missing || rc == 0;
    }
    g->sum->items++;
    return missing ? ask_first(g, item, e) : 0;
}

/* Is the record in the catalogue of this commune? 1 and it stays open, 0, -1. */
static int look_in(struct getter *g, const char *unit, const char *item, struct err *e)
{
    AUTO_MEM char *dir = NULL;
    AUTO_MEM char *db = NULL;
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];
    struct item found;

    if (!names_unit_parse(unit, code, from))
        return 0;
    dir = home_commune(&g->f->home, code, from);
    db = fs_path(dir, "catalog.db");
    if (!fs_exists(db))
        return 0;
    store_close(TAKE(g->catalog));
    if (flow_take_catalog(&g->f->home, code, from, &g->catalog, e) < 0)
        return -1;
    return store_item_get(g->catalog, item, &found, e);
}

static int get_item(struct getter *g, const char *item, struct err *e)
{
    AUTO_MEM char *root = home_place(&g->f->home, "communes");
    AUTO_LIST struct fs_list list = {0};

    if (!names_is_item(item))
        return err_set(e, ERR_ITEM_ABSENT, "%s", item);
    if (fs_list(root, &list, e) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++) {
        int rc = look_in(g, list.names[i], item, e);

        if (rc == 0)
            continue;
        g->unit = list.names[i];
        return rc < 0 ? -1 : get_pages(g, item, e);
    }
    return err_set(e, ERR_ITEM_ABSENT, "%s", item);
}

int flow_get_items(struct flow *f, const char *const *items, size_t count, bool pages,
                   const struct flow_listener *to, struct flow_get_sum *sum,
                   struct err *e)
{
    AUTO(getter_clear)
    struct getter g = {.f = f, .to = to, .sum = sum, .pictures = pages};
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_MASTER struct master master = MASTER_INIT;
    struct err unset = ERR_INIT; /* the last tier has none above it */
    int rc = 0;

    if (flow_need_upper(f, e) < 0 || flow_lock(f, "ingest.lock", &lock, e) < 0 ||
        enrol_load(f->home.path, &g.own, e) < 0)
        return -1;
    g.can_call = flow_upstream(f, &g.line, &unset) == 0;
    if (!g.can_call && unset.code != ERR_UPSTREAM_UNSET) {
        *e = unset;
        return -1;
    }
    master_open(&master, f->home.path, -1);
    g.line.master = g.line.https ? NULL : &master;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = get_item(&g, items[i], e);
    sum->bytes_up = g.moved.bytes_up;
    sum->bytes_down = g.moved.bytes_down;
    return rc;
}
