/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_get.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_take.h"
#include "node/store/object.h"
#include "node/store/store_item.h"
#include "node/store/store_page.h"
#include "sync/get.h"
#include "sync/line.h"
#include "sync/master.h"
#include "sync/names.h"
#include "sync/rpush.h"

#define CHUNK ((size_t)1 << 16)

struct getter {
    struct flow *f;
    const struct flow_listener *to;
    struct flow_get_sum *sum;
    struct line line;
    struct rpush_sum moved;
    struct store *catalog;
    const char *unit;   /* of it: <code>-<valid_from> */
    struct page *pages; /* owned; of one item */
    size_t count, cap;
};

static void getter_clear(struct getter *g)
{
    store_close(g->catalog);
    mem_free(g->pages);
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

/* As what a bundle brings: the file synced and read back, then its row. */
static int keep(struct getter *g, const struct page *p, const char *path, struct err *e)
{
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_FD int fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, e);
    char hex[HASH_HEX];
    uint64_t size = 0;
    bool existed = false;

    if (fd < 0 || fs_tmp_open(&tmp, store_objects(g->catalog), e) < 0 ||
        copy(fd, path, &tmp, e) < 0 ||
        store_object_put_tmp(g->catalog, &tmp, p->master, hex, &size, &existed, e) < 0)
        return -1;
    if (store_begin(g->catalog, &txn, e) < 0 ||
        store_object_add(g->catalog, hex, size, p->media, STORE_MASTER, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

static void tell(struct getter *g, const struct page *p, uint64_t size,
                 const char *state)
{
    AUTO_MEM char *path = object_path(store_objects(g->catalog), p->master);
    struct jdoc *line = flow_line("object");

    jdoc_set_text(line, "item", p->item);
    jdoc_set_text(line, "page", p->name);
    jdoc_set_text(line, "media", p->media);
    jdoc_set_int(line, "bytes", (int64_t)size);
    jdoc_set_text(line, "sha256", p->master);
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

static int get_page(struct getter *g, const struct page *p, struct err *e)
{
    AUTO_MEM char *path = NULL;
    struct store_object o = {.size = 0};
    int here = is_here(g, p->master, &o, e);

    if (here != 0) {
        if (here == 1)
            tell(g, p, o.size, "here");
        return here < 0 ? -1 : 0;
    }
    if (get_object(&g->line, g->unit, p->master, &path, &g->moved, e) < 0 ||
        keep(g, p, path, e) < 0 || get_forget(path, e) < 0)
        return -1;
    if (store_object_get(g->catalog, p->master, &o, e) < 0)
        return -1;
    tell(g, p, o.size, "fetched");
    return 0;
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

static int get_pages(struct getter *g, const char *item, struct err *e)
{
    g->count = 0;
    if (store_page_of_item(g->catalog, item, take_page, g, e) < 0)
        return -1;
    for (size_t i = 0; i < g->count; i++) {
        if (stop_requested())
            return err_set(e, ERR_LINE, "%s", "stopped");
        if (!same_file_before(g, i) && get_page(g, &g->pages[i], e) < 0)
            return -1;
    }
    g->sum->items++;
    return 0;
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

int flow_get_items(struct flow *f, const char *const *items, size_t count,
                   const struct flow_listener *to, struct flow_get_sum *sum,
                   struct err *e)
{
    AUTO(getter_clear) struct getter g = {.f = f, .to = to, .sum = sum};
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_MASTER struct master master = MASTER_INIT;
    int rc = 0;

    if (flow_need_upper(f, e) < 0 || flow_lock(f, "ingest.lock", &lock, e) < 0 ||
        flow_upstream(f, &g.line, e) < 0)
        return -1;
    master_open(&master, f->home.path, -1);
    g.line.master = &master;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = get_item(&g, items[i], e);
    sum->bytes_up = g.moved.bytes_up;
    sum->bytes_down = g.moved.bytes_down;
    return rc;
}
