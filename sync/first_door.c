/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/first_door.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "sync/enrol.h"

static int give_file(void *ctx, const struct first_file *f, struct err *e)
{
    (void)e;
    first_print_file(f, ctx);
    return 0;
}

/* Whose record it is: a commune whose bundles lie in this folder. NULL: nobody's. */
static const struct enrol_node *author_of(const struct first_door *d, const char *item)
{
    for (size_t i = 0; i < d->all->count; i++) {
        const struct enrol_node *n = &d->all->nodes[i];
        struct enrol_place p = enrol_home(n);
        AUTO_MEM char *repo = enrol_repository(d->home, p.code, p.valid_from);
        AUTO_MEM char *dir = fs_dirname(repo);

        if (!n->revoked && strcmp(n->role, "commune") == 0 && first_by(item, n->node) &&
            strcmp(dir, d->dir) == 0)
            return n;
    }
    return NULL;
}

static int absent(const char *item, struct err *e)
{
    return err_set(e, ERR_ITEM_ABSENT, "%.40s", item);
}

int first_door_find(const struct first_door *d, const char *item, struct str *out,
                    struct err *e)
{
    const struct enrol_node *author = author_of(d, item);
    int rc = author && d->catalog ? d->catalog(d->dir, item, give_file, out, e) : 0;

    if (rc <= 0)
        return rc < 0 ? -1 : absent(item, e);
    for (int w = FIRST_PAGE; w <= FIRST_MASTER; w++) {
        struct first f = {.want = (enum first_want)w};

        (void)snprintf(f.node, sizeof f.node, "%s", author->node);
        (void)snprintf(f.item, sizeof f.item, "%s", item);
        rc = first_get(d->home, &f, e);
        if (rc < 0)
            return -1;
        if (rc == 1)
            first_print(&f, out);
    }
    str_add(out, ".\n");
    return str_check(out, "find", e);
}

static int nothing(void *ctx, const struct first_file *f, struct err *e)
{
    (void)ctx;
    (void)f;
    (void)e;
    return 0;
}

int first_door_ask(const struct first_door *d, const char *item, enum first_want want,
                   struct str *out, struct err *e)
{
    const struct enrol_node *author = author_of(d, item);
    int rc = author && d->catalog ? d->catalog(d->dir, item, nothing, NULL, e) : 0;
    struct first f = {.want = want};

    if (rc <= 0)
        return rc < 0 ? -1 : absent(item, e);
    (void)snprintf(f.node, sizeof f.node, "%s", author->node);
    (void)snprintf(f.item, sizeof f.item, "%s", item);
    if (first_ask(d->home, &f, d->now, e) < 0)
        return -1;
    first_print(&f, out);
    str_add(out, ".\n");
    return 0;
}

int first_door_going(const struct first_door *d, const struct enrol_node *author,
                     const char *item, enum first_want want, enum first_state state,
                     struct str *out, struct err *e)
{
    struct first f = {.want = want};
    int rc;

    if (!first_by(item, author->node))
        return absent(item, e);
    (void)snprintf(f.node, sizeof f.node, "%s", author->node);
    (void)snprintf(f.item, sizeof f.item, "%s", item);
    rc = first_get(d->home, &f, e);
    if (rc < 0)
        return -1;
    if (rc == 1 || author->relay) { /* nobody here may have asked: it goes further up */
        f.state = state;
        f.since = d->now;
        f.up = false;
        if (first_set(d->home, &f, e) < 0)
            return -1;
    }
    str_add(out, ".\n");
    return 0;
}
