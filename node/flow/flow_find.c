/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_find.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/store/object.h"
#include "node/store/store.h"
#include "node/store/store_item.h"
#include "node/store/store_page.h"
#include "node/store/store_picture.h"

struct finding {
    struct store *catalog;
    first_file_fn *each;
    void *ctx;
    char last[HASH_HEX]; /* several pages of one file: told once */
};

static int give(struct finding *f, const struct page *p, const char *role,
                const char *hex, struct err *e)
{
    struct first_file file = {.size = 0};
    struct store_object o;
    int found = store_object_get(f->catalog, hex, &o, e);

    if (found <= 0 || o.damaged || !object_has(store_objects(f->catalog), hex))
        return found < 0 ? -1 : 0;
    (void)snprintf(file.page, sizeof file.page, "%s", p->name);
    (void)snprintf(file.role, sizeof file.role, "%s", role);
    (void)snprintf(file.sha256, sizeof file.sha256, "%s", hex);
    (void)snprintf(file.media, sizeof file.media, "%s", o.media);
    file.size = (int64_t)o.size;
    return f->each(f->ctx, &file, e);
}

static int give_picture(struct finding *f, const struct page *p, const char *role,
                        struct err *e)
{
    char hex[HASH_HEX];
    int found = store_picture_get(f->catalog, p->name, role, hex, e);

    return found == 1 ? give(f, p, role, hex, e) : found;
}

static int find_page(void *ctx, const struct page *p, struct err *e)
{
    struct finding *f = ctx;

    if (give_picture(f, p, STORE_PICTURE_THUMB, e) < 0 ||
        give_picture(f, p, STORE_PICTURE_PAGE, e) < 0)
        return -1;
    if (strcmp(f->last, p->master) == 0)
        return 0;
    memcpy(f->last, p->master, sizeof f->last);
    return give(f, p, "master", p->master, e);
}

int flow_find_files(const char *dir, const char *item, first_file_fn *each, void *ctx,
                    struct err *e)
{
    AUTO_MEM char *db = fs_path(dir, "catalog.db");
    AUTO_MEM char *objects = fs_path(dir, "objects");
    AUTO_MEM char *lock = fs_path(dir, "lock");
    const struct store_place place = {.db = db, .objects = objects, .lock = lock};
    AUTO_STORE struct store *catalog = NULL;
    struct finding f = {.each = each, .ctx = ctx};
    struct item it;
    int found;

    if (!fs_exists(db))
        return 0;
    if (store_open(&place, STORE_READ, &catalog, e) < 0)
        return -1;
    f.catalog = catalog;
    found = store_item_get(catalog, item, &it, e);
    if (found <= 0)
        return found;
    return store_page_of_item(catalog, item, find_page, &f, e) < 0 ? -1 : 1;
}
