/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/courier_home.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/courier.h"
#include "sync/dropbox.h"
#include "sync/enrol.h"
#include "sync/have.h"
#include "sync/heads.h"
#include "sync/pack.h"
#include "sync/receive.h"
#include "sync/refusal.h"
#include "sync/repo.h"
#include "sync/step.h"

#define STEPS "spool/courier/step"

/* ---- files of the outbox ------------------------------------------------------------
 */

/* Files of HOME/@below with this ending. 1, 0 no more fits, -1. */
static int add_folder(const struct courier_home *c, const char *below,
                      const char *ending, struct err *e)
{
    AUTO_MEM char *folder = fs_path(c->home, below);
    AUTO_LIST struct fs_list l = {0};
    int rc = 1;

    if (!fs_is_dir(folder))
        return 1;
    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; rc == 1 && i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);
        AUTO_MEM char *name = mem_printf("%s/%s", below, l.names[i]);

        if (str_ends(l.names[i], ending))
            rc = courier_out_add(c->out, name, path, e);
    }
    return rc;
}

/* At a hub: what the tier above refused; receive_outbox() has put it out. */
static int add_refused(const struct courier_home *c, const char *below, struct err *e)
{
    AUTO_MEM char *name = mem_printf("%s/" REFUSAL_FILE, below);
    AUTO_MEM char *path = fs_path(c->home, name);

    return fs_exists(path) ? courier_out_add(c->out, name, path, e) : 1;
}

int courier_home_commune(const struct courier_home *c, struct err *e)
{
    AUTO_MEM char *below = mem_printf("outbox/%s", c->n->node);
    AUTO_MEM char *folder = fs_path(c->home, below);
    AUTO_LIST struct fs_list l = {0};
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];
    int rc;

    if (receive_outbox(c->home, c->n->node, e) < 0 || fs_mkdirs(folder, e) < 0)
        return -1;
    rc = add_folder(c, below, ".answer", e);
    if (rc == 1)
        rc = add_refused(c, below, e);
    if (rc != 1)
        return rc;
    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; rc == 1 && i < l.count; i++) {
        AUTO_MEM char *unit = mem_printf("%s/%s", below, l.names[i]);

        if (names_unit_parse(l.names[i], code, from))
            rc = add_folder(c, unit, ".req", e);
    }
    return rc;
}

/* ---- refs, step by step -------------------------------------------------------------
 */

/* One step of @ref after @at, which is moved. 1, 0 it is at its end, 2 no more fits,
 * -1.
 */
static int add_step(const struct courier_home *c, struct repo *r, const char *unit,
                    const char *ref, char at[NAMES_OID_MAX], struct err *e)
{
    AUTO_MEM char *folder = fs_path(c->home, STEPS);
    AUTO_MEM char *file = NULL;
    AUTO_MEM char *name = NULL;
    struct pack_command cmd;
    struct step step;
    AUTO_FD int fd = -1;
    int rc = step_make(r, ref, at, folder, &step, e);

    if (rc <= 0)
        return rc;
    fd = fs_open(step.path, O_RDONLY | O_NOFOLLOW, 0, e);
    if (fd < 0 || pack_read_command(fd, step.path, &cmd, e) < 0)
        return -1;
    file = dropbox_step_name(ref, at, cmd.new);
    name = mem_printf("outbox/%s/%s/%s", c->n->node, unit, file);
    rc = courier_out_add(c->out, name, step.path, e);
    if (rc < 0 || fs_unlink(step.path, e) < 0)
        return -1;
    memcpy(at, cmd.new, NAMES_OID_MAX);
    return rc == 1 ? 1 : 2;
}

/* All of @ref after @tip, or from its beginning when that is none of its commits. 1, 0
 * no more fits, -1. */
static int add_ref(const struct courier_home *c, struct repo *r, const char *unit,
                   const char *ref, const char *tip, struct err *e)
{
    char at[NAMES_OID_MAX] = "";
    struct err why = ERR_INIT;
    int rc;

    (void)snprintf(at, sizeof at, "%s", tip);
    rc = add_step(c, r, unit, ref, at, &why);
    if (rc < 0 && at[0] && why.code == ERR_REF_MOVED) {
        at[0] = '\0';
        err_clear(&why);
        rc = add_step(c, r, unit, ref, at, &why);
    }
    while (rc == 1) {
        if (stop_requested())
            return err_set(e, ERR_LINE, "%s", "stopped");
        rc = add_step(c, r, unit, ref, at, &why);
    }
    if (rc < 0)
        *e = why;
    return rc < 0 ? -1 : rc == 0;
}

/* What @r has of @refs, to @unit of the box. @theirs: what is there already. */
static int add_refs(const struct courier_home *c, struct repo *r, const char *unit,
                    const char *const *refs, size_t count, const struct heads *theirs,
                    struct err *e)
{
    AUTO_HEADS struct heads ours = {.rows = NULL};
    int rc = 1;

    if (heads_load(r, refs, count, &ours, e) < 0)
        return -1;
    for (size_t i = 0; rc == 1 && i < ours.count; i++)
        rc = add_ref(c, r, unit, ours.rows[i].ref, have_tip(theirs, ours.rows[i].ref),
                     e);
    return rc;
}

static int add_unit(const struct courier_home *c, const struct have *have,
                    const char *unit, const char *const *refs, size_t count,
                    struct err *e)
{
    AUTO_MEM char *path = fs_pathf(c->home, "communes/%s/repo.git", unit);
    AUTO_HEADS struct heads theirs = {.rows = NULL};
    AUTO_REPO struct repo *r = NULL;

    if (!fs_exists(path))
        return 1;
    if (repo_open(path, &r, e) < 0)
        return -1;
    have_unit(have, unit, &theirs);
    return add_refs(c, r, unit, refs, count, &theirs, e);
}

/* Small ones of all units, then the pictures: a reader wants records above all. */
static int add_units(const struct courier_home *c, const struct have *have,
                     const char *const *refs, size_t count, struct err *e)
{
    AUTO_MEM char *top = fs_path(c->home, "communes");
    AUTO_LIST struct fs_list l = {0};
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];
    int rc = 1;

    if (!fs_is_dir(top))
        return 1;
    if (fs_list(top, &l, e) < 0)
        return -1;
    for (size_t i = 0; rc == 1 && i < l.count; i++)
        if (names_unit_parse(l.names[i], code, from) &&
            enrol_may_read(c->all, c->n, code, from))
            rc = add_unit(c, have, l.names[i], refs, count, e);
    return rc;
}

int courier_home_district(const struct courier_home *c, struct err *e)
{
    static const char *const SMALL[] = {"refs/receipts/", NAMES_KEYS_REF,
                                        NAMES_STATEMENTS_REF, "refs/sohoa/*/*/meta",
                                        "refs/sohoa/*/*/text"};
    static const char *const PICTURES[] = {"refs/sohoa/*/*/thumb",
                                           "refs/sohoa/*/*/page"};
    AUTO_MEM char *below = mem_printf("outbox/%s", c->n->node);
    AUTO_MEM char *steps = fs_path(c->home, STEPS);
    AUTO_HAVE struct have have = HAVE_INIT;
    int rc;

    if (have_load(c->home, c->n->node, &have, e) < 0)
        return -1;
    rc = add_folder(c, below, ".answer", e);
    if (rc == 1)
        rc = add_units(c, &have, SMALL, ARRAY_LEN(SMALL), e);
    if (rc == 1 && c->pages)
        rc = add_units(c, &have, PICTURES, ARRAY_LEN(PICTURES), e);
    if (rc < 0)
        return -1;
    return fs_remove_tree(steps, e) < 0 ? -1 : rc;
}

/* ---- a commune that is made again ---------------------------------------------
 */

/* Where the chains end goes first: what comes in meanwhile is then no lack. */
static int add_offer(const struct courier_home *c, struct repo *r, const char *unit,
                     const char *own, struct err *e)
{
    AUTO_MEM char *folder = fs_path(c->home, STEPS);
    AUTO_MEM char *path = fs_path(folder, DROPBOX_OFFER);
    AUTO_MEM char *name = mem_printf("outbox/%s/" DROPBOX_OFFER, c->n->node);

    if (fs_mkdirs(folder, e) < 0 || dropbox_offer(r, folder, unit, own, e) < 0)
        return -1;
    return courier_out_add(c->out, name, path, e);
}

int courier_home_chains(const struct courier_home *c, struct err *e)
{
    struct enrol_place p = enrol_home(c->n);
    AUTO_MEM char *path = enrol_repository(c->home, p.code, p.valid_from);
    AUTO_MEM char *unit = mem_printf("%s-%s", c->n->unit_code, c->n->unit_valid_from);
    AUTO_MEM char *own = mem_printf("refs/sohoa/%s/", c->n->node);
    AUTO_MEM char *steps = fs_path(c->home, STEPS);
    AUTO_REPO struct repo *r = NULL;
    const struct heads nothing = {.rows = NULL};
    const char *refs[] = {own};
    int rc;

    if (repo_open(path, &r, e) < 0)
        return -1;
    rc = add_offer(c, r, unit, own, e);
    if (rc == 1)
        rc = add_refs(c, r, unit, refs, ARRAY_LEN(refs), &nothing, e);
    if (rc < 0)
        return -1;
    return fs_remove_tree(steps, e) < 0 ? -1 : rc;
}
