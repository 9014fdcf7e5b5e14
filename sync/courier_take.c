/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/courier_take.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "sync/courier.h"
#include "sync/dropbox.h"
#include "sync/enrol.h"
#include "sync/gate.h"
#include "sync/have.h"
#include "sync/pack.h"
#include "sync/refusal.h"
#include "sync/repo.h"
#include "sync/rpush.h"
#include "sync/spool.h"

#define CHUNK ((size_t)1 << 16)

/* ---- one file out of the archive ---------------------------------------------------
 */

static int copy_out(struct courier_in *in, const struct courier_entry *f,
                    const char *folder, struct fs_tmp *t, char sha256[HASH_HEX],
                    struct err *e)
{
    AUTO_MEM char *buf = mem_new(1, CHUNK);
    ssize_t n;

    if (spool_room(folder, folder, f->size, e) < 0 || fs_tmp_open(t, folder, e) < 0)
        return -1;
    while ((n = courier_in_read(in, buf, CHUNK, e)) > 0)
        if (fs_tmp_write(t, buf, (size_t)n, e) < 0)
            return -1;
    return n < 0 ? -1 : courier_in_end(in, sha256, e);
}

/* "<before><id><after>": the id, or NULL. view into @id. */
static const char *id_of(const char *name, const char *before, const char *after,
                         char id[HASH_HEX])
{
    size_t len = strlen(before);

    if (strncmp(name, before, len) != 0 || strlen(name) < len + HASH_HEX - 1)
        return NULL;
    memcpy(id, name + len, HASH_HEX - 1);
    id[HASH_HEX - 1] = '\0';
    return hash_is_hex(id, HASH_HEX - 1) &&
                   strcmp(name + len + HASH_HEX - 1, after) == 0
               ? id
               : NULL;
}

static int not_ours(const char *name, struct err *e)
{
    err_set(e, ERR_COURIER_FORM, "%s", "file in it");
    return err_detail(e, "%s", name);
}

/* ---- upwards
 * ------------------------------------------------------------------------- */

struct take {
    const char *home;
    const char *node; /* who carries: a commune its own, a hub those of its communes */
    struct enrol all;
    const struct enrol_node *row; /* of @node. view */
    char *folder;                 /* owned: where requests wait */
    courier_take_told *told;
    void *ctx;
};

static void take_clear(struct take *t)
{
    enrol_clear(&t->all);
    mem_free(t->folder);
}

/* Where the chain of a request lies. NULL: @node may not bring it. owned. */
static char *repository_of(const struct take *t, const struct pack_command *cmd)
{
    const struct enrol_node *author = NULL;
    struct names_chain chain;
    struct enrol_place p;

    if (names_ref_parse(cmd->ref, &chain))
        author = enrol_author(&t->all, t->row, chain.node);
    if (!author)
        return NULL;
    p = enrol_home(author);
    return enrol_repository(t->home, p.code, p.valid_from);
}

static int tell(const struct take *t, enum courier_take_what what,
                const struct receive_answer *a, int64_t size, struct err *e)
{
    if (what != COURIER_TAKE_PARKED && receive_put_answer(t->home, t->node, a, e) < 0)
        return -1;
    return t->told ? t->told(t->ctx, what, a, size, e) : 0;
}

/*
 * The chain is elsewhere than the request begins. 1: it waits for what is between; 0:
 * @a says what became of it: it was taken long ago, or it is void and built anew by its
 * node.
 */
static int judge_stale(const struct take *t, const char *path, struct receive_answer *a,
                       struct err *e)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_MEM char *repo = NULL;
    AUTO_FD int fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, e);
    struct pack_command cmd;
    int rc;

    if (fd < 0 || pack_read_command(fd, path, &cmd, e) < 0)
        return -1;
    repo = repository_of(t, &cmd);
    if (!repo)
        return err_set(e, ERR_GATE_NODE, "node %s", t->node);
    if (repo_open(repo, &r, e) < 0)
        return -1;
    if (!a->tip[0])
        return 1;
    rc = repo_is_ancestor(r, cmd.new, a->tip, e);
    if (rc != 0) {
        if (rc > 0)
            a->result = RECEIVE_ACCEPTED;
        return rc < 0 ? -1 : 0;
    }
    if (strcmp(cmd.old, PACK_ZERO) == 0)
        return 0;
    rc = repo_is_ancestor(r, cmd.old, a->tip, e);
    return rc < 0 ? -1 : rc == 0;
}

/* The one that begins where the chain is now: 1 it was answered, 0 none, -1. */
static int try_parked(const struct take *t, const char *tip, struct receive_answer *a,
                      struct err *e)
{
    AUTO_LIST struct fs_list l = {0};

    if (fs_list(t->folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(t->folder, l.names[i]);
        struct pack_command cmd;
        struct stat st;
        struct err why = ERR_INIT; /* what waits and is damaged waits until swept */
        AUTO_FD int fd = -1;

        if (!str_ends(l.names[i], ".req"))
            continue;
        fd = fs_open_input(path, (uint64_t)RPUSH_REQUEST_MAX, &st, &why);
        if (fd < 0 || pack_read_command(fd, path, &cmd, &why) < 0 ||
            strcmp(cmd.old, tip) != 0)
            continue;
        if (receive_request(t->home, t->node, path, a, e) < 0 ||
            tell(t, COURIER_TAKE_NEW, a, st.st_size, e) < 0 || fs_unlink(path, e) < 0)
            return -1;
        return 1;
    }
    return 0;
}

static int try_all_parked(const struct take *t, const struct receive_answer *first,
                          struct err *e)
{
    struct receive_answer a = *first;
    int rc = 1;

    while (rc == 1 && a.result == RECEIVE_ACCEPTED)
        rc = try_parked(t, a.tip, &a, e);
    return rc < 0 ? -1 : 0;
}

/* A commune of a hub that is not, or not any more, known here: the others go on.
 * Nothing is kept of that, so the next stick may bring it. -1: something else is wrong.
 */
static int deny(const char *path, const char *id, const struct err *why,
                struct receive_answer *a)
{
    struct pack_command cmd;
    struct err ignored = ERR_INIT; /* it will not say whose it is, then */
    AUTO_FD int fd = -1;

    if (why->code != ERR_GATE_NODE)
        return -1;
    *a = (struct receive_answer){.result = RECEIVE_REFUSED};
    memcpy(a->id, id, HASH_HEX);
    receive_say_why(a, why);
    fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, &ignored);
    if (fd >= 0 && pack_read_command(fd, path, &cmd, &ignored) == 0)
        memcpy(a->ref, cmd.ref, sizeof a->ref);
    return 0;
}

static int take_new(const struct take *t, struct courier_in *in,
                    const struct courier_entry *f, const char *id, struct err *e)
{
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    struct receive_answer a;
    char sha256[HASH_HEX];
    struct err why = ERR_INIT;
    int rc = 0;

    if (copy_out(in, f, t->folder, &tmp, sha256, e) < 0)
        return -1;
    if (strcmp(sha256, id) != 0)
        return not_ours(id, e);
    courier_in_ahead(in);
    if (receive_hashed(t->home, t->node, tmp.path, id, &a, &why) < 0 &&
        deny(tmp.path, id, &why, &a) < 0) {
        *e = why;
        return -1;
    }
    if (a.result == RECEIVE_STALE)
        rc = judge_stale(t, tmp.path, &a, e);
    if (rc == 1) {
        AUTO_MEM char *path = fs_pathf(t->folder, "%s.req", id);

        return fs_tmp_commit(&tmp, path, e) < 0
                   ? -1
                   : tell(t, COURIER_TAKE_PARKED, &a, f->size, e);
    }
    if (rc < 0 || tell(t, COURIER_TAKE_NEW, &a, f->size, e) < 0)
        return -1;
    return try_all_parked(t, &a, e);
}

/* What a district has. 1 it was that, 0, -1. It counts once the file has been signed.
 */
static int take_have(const struct take *t, struct courier_in *in,
                     const struct courier_entry *f, struct err *e)
{
    AUTO_MEM char *name = mem_printf("inbox/%s/" HAVE_NAME, t->node);
    AUTO_MEM char *path = fs_pathf(t->home, HAVE_COME, t->node);
    AUTO_MEM char *folder = fs_dirname(path);
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    char sha256[HASH_HEX];

    if (strcmp(t->row->role, "district") != 0 || strcmp(f->name, name) != 0 ||
        f->size > (int64_t)HAVE_MAX)
        return 0;
    if (fs_mkdirs(folder, e) < 0 || fs_sweep(folder, e) < 0 ||
        copy_out(in, f, folder, &tmp, sha256, e) < 0)
        return -1;
    return fs_tmp_commit(&tmp, path, e) < 0 ? -1 : 1;
}

static int take_one(const struct take *t, struct courier_in *in,
                    const struct courier_entry *f, struct err *e)
{
    AUTO_MEM char *before = mem_printf("inbox/%s/", t->node);
    struct receive_answer a;
    char buf[HASH_HEX];
    const char *id = id_of(f->name, before, ".req", buf);
    int rc = take_have(t, in, f, e);

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (!id || f->size > RPUSH_REQUEST_MAX)
        return not_ours(f->name, e);
    rc = receive_kept(t->home, t->node, id, &a, e);
    if (rc < 0)
        return -1;
    return rc == 1 ? tell(t, COURIER_TAKE_KNOWN, &a, f->size, e)
                   : take_new(t, in, f, id, e);
}

static int take_open(struct take *t, struct err *e)
{
    if (enrol_load(t->home, &t->all, e) < 0)
        return -1;
    t->row = enrol_find(&t->all, t->node);
    if (!t->row || t->row->revoked)
        return err_set(e, ERR_GATE_NODE, "node %s", t->node);
    t->folder = fs_pathf(t->home, RECEIVE_PARKED, t->node);
    return fs_mkdirs(t->folder, e) < 0 ? -1 : fs_sweep(t->folder, e);
}

int courier_take_up(const char *home, struct courier_in *in, courier_take_told *told,
                    void *ctx, struct err *e)
{
    AUTO(take_clear)
    struct take t = {
        .home = home, .node = courier_in_head(in)->from, .told = told, .ctx = ctx};
    struct courier_entry f;
    int rc;

    if (take_open(&t, e) < 0)
        return -1;
    while ((rc = courier_in_next(in, &f, e)) == 1)
        if (take_one(&t, in, &f, e) < 0)
            return -1;
    return rc;
}

int courier_take_signed(const char *home, const char *node, struct err *e)
{
    AUTO_MEM char *come = fs_pathf(home, HAVE_COME, node);
    AUTO_MEM char *kept = fs_pathf(home, HAVE_KEPT, node);

    return fs_exists(come) ? fs_rename(come, kept, e) : 0;
}

/* ---- homewards
 * ------------------------------------------------------------------------ */

/* Only the names that dropbox.h gives: an answer, what was laid out of a node's own
 * chains, what a hub heard to be refused, or a step of a ref of a unit. */
static bool is_homewards(const char *name, const char *node)
{
    AUTO_MEM char *before = mem_printf("outbox/%s/", node);
    AUTO_MEM char *offer = mem_printf("%s" DROPBOX_OFFER, before);
    char id[HASH_HEX], unit[NAMES_UNIT_MAX], code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];
    const char *rest, *slash;

    if (id_of(name, before, ".answer", id) || strcmp(name, offer) == 0)
        return true;
    if (!str_starts(name, before))
        return false;
    rest = name + strlen(before);
    if (strcmp(rest, REFUSAL_FILE) == 0)
        return true;
    slash = strchr(rest, '/');
    if (!slash || (size_t)(slash - rest) >= sizeof unit)
        return false;
    (void)snprintf(unit, sizeof unit, "%.*s", (int)(slash - rest), rest);
    return names_unit_parse(unit, code, from) && !strchr(slash + 1, '/') &&
           (str_ends(slash, ".req") || str_ends(slash, DROPBOX_REF));
}

int courier_take_home(const char *folder, const char *node, struct courier_in *in,
                      int64_t *files, int64_t *bytes, struct err *e)
{
    struct courier_entry f;
    int rc;

    while ((rc = courier_in_next(in, &f, e)) == 1) {
        AUTO_MEM char *path = fs_path(folder, f.name);
        AUTO_MEM char *dir = fs_dirname(path);
        AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
        char sha256[HASH_HEX];

        if (!is_homewards(f.name, node) || f.size > GATE_PACK_MAX)
            return not_ours(f.name, e);
        if (fs_mkdirs(dir, e) < 0 || copy_out(in, &f, dir, &tmp, sha256, e) < 0 ||
            fs_tmp_commit(&tmp, path, e) < 0)
            return -1;
        *bytes += f.size;
        (*files)++;
    }
    return rc;
}
