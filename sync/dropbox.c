/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/dropbox.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "sync/bundle.h"
#include "sync/fetch.h"
#include "sync/gate.h"
#include "sync/line.h"
#include "sync/pack.h"
#include "sync/repo.h"
#include "sync/repo_git.h"
#include "sync/request.h"
#include "sync/rpush.h"

#define CHAIN_MAX   ((size_t)1000000)
#define STEP_DIGITS 16 /* of a commit, in the name of a step */

/* ---- towards the upper tier
 * ----------------------------------------------------------- */

static int read_answer(const char *path, const char *id, struct receive_answer *out,
                       struct err *e)
{
    AUTO_STR struct str text = STR_INIT(RECEIVE_ANSWER_MAX);

    if (fs_read_file(path, &text, e) < 0 ||
        receive_answer_parse(str_text(&text), text.len, out, e) < 0)
        return -1;
    return strcmp(out->id, id) == 0 ? 0 : err_set(e, ERR_JSON, "answer %s", id);
}

/* Sticks lose bytes. A damaged answer is none: it goes, so that the request is offered
 * again and answered as before. */
int dropbox_answer(const struct line *l, const char *node, const char *id,
                   struct receive_answer *out, struct err *e)
{
    AUTO_MEM char *path = fs_pathf(l->path, "outbox/%s/%s.answer", node, id);
    struct receive_answer a;
    struct err why = ERR_INIT, ignored = ERR_INIT;

    if (!fs_exists(path))
        return 0;
    if (read_answer(path, id, &a, &why) == 0) {
        *out = a;
        return 1;
    }
    if (why.code == ERR_MEMORY) {
        *e = why;
        return err_push(e, "%s.answer", id);
    }
    log_error(l->home, "dropbox", &why);
    if (fs_unlink(path, &ignored) < 0) /* a folder that is only read: passed over */
        log_error(l->home, "dropbox", &ignored);
    return 0;
}

/* Complete under its last name only: written, synced, read back, renamed. */
static int copy_in(const char *from, const char *part, const char *to, const char *id,
                   struct err *e)
{
    AUTO_MEM char *folder = fs_dirname(to);
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
    AUTO_FD int in = fs_open(from, O_RDONLY | O_NOFOLLOW, 0, e);
    uint64_t copied;
    char hex[HASH_HEX];

    if (in < 0 || fs_tmp_open(&t, folder, e) < 0 ||
        fs_copy(in, from, &t, (uint64_t)RPUSH_REQUEST_MAX, NULL, &copied, e) < 0 ||
        fs_tmp_commit(&t, part, e) < 0 || hash_file(part, hex, NULL, e) < 0)
        return -1;
    if (strcmp(hex, id) != 0)
        return err_set(e, ERR_WRITE, "%s", to);
    return fs_rename(part, to, e) < 0 ? -1 : fs_sync_dir(folder, e);
}

int dropbox_put(const struct line *l, const char *node, const struct rpush_request *q,
                struct err *e)
{
    AUTO_MEM char *folder = fs_pathf(l->path, "inbox/%s", node);
    AUTO_MEM char *to = fs_pathf(folder, "%s.req", q->id);
    AUTO_MEM char *part = fs_pathf(folder, "%s.part", q->id);
    struct receive_answer a;
    int answered;

    if (!fs_is_dir(l->path))
        return err_set(e, ERR_LINE, "%s", l->path);
    answered = dropbox_answer(l, node, q->id, &a, e);
    if (answered != 0 || fs_exists(to))
        return answered < 0 ? -1 : 0;
    if (fs_mkdirs(folder, e) < 0)
        return -1;
    return copy_in(q->path, part, to, q->id, e);
}

/* ---- from the upper tier
 * --------------------------------------------------------------- */

struct export
{
    struct repo *r;
    const char *folder;
    struct fs_list there; /* what lies in the folder before */
    struct fs_list kept;  /* files that are still right */
};

static void export_clear(struct export *x)
{
    fs_list_clear(&x->there);
    fs_list_clear(&x->kept);
}

static bool is_kept(const struct export *x, const char *name)
{
    for (size_t i = 0; i < x->kept.count; i++)
        if (strcmp(x->kept.names[i], name) == 0)
            return true;
    return false;
}

static void keep(struct export *x, const char *name)
{
    mem_grow(&x->kept.names, &x->kept.cap, x->kept.count + 1, sizeof *x->kept.names);
    x->kept.names[x->kept.count++] = mem_dup(name);
}

/* Readers before statements stop at a request of that ref: they do not see it. */
static const char *ending(const char *ref)
{
    return strcmp(ref, NAMES_STATEMENTS_REF) == 0 ? DROPBOX_REF : ".req";
}

char *dropbox_step_name(const char *ref, const char *old, const char *new)
{
    return mem_printf("%.16s-%.16s%s", old[0] ? old : PACK_ZERO, new, ending(ref));
}

static bool is_step(const char *name)
{
    return str_ends(name, ".req") || str_ends(name, DROPBOX_REF);
}

/* One file for one step of a ref; its name says where it leads, so the same step is the
 * same file. */
static int export_step(struct export *x, const char *ref, const char *old,
                       const char *new, struct err *e)
{
    AUTO_MEM char *name = dropbox_step_name(ref, old, new);
    AUTO_MEM char *path = fs_path(x->folder, name);

    keep(x, name);
    if (fs_exists(path))
        return 0;
    return request_write(x->r, ref, old, new, x->folder, name, NULL, NULL, e);
}

/* The one step of @ref that begins at @from (16 digits) among the files that are there:
 * @cmd and @name. False: none, more than one, or it says something else. */
static bool step_from(const struct export *x, const char *ref, const char *from,
                      struct pack_command *cmd, const char **name)
{
    size_t count = 0;

    for (size_t i = 0; i < x->there.count; i++) {
        const char *n = x->there.names[i];
        struct pack_command c;
        struct err ignored = ERR_INIT; /* what cannot be read is made anew */
        AUTO_MEM char *path = NULL;
        AUTO_FD int fd = -1;

        if (strncmp(n, from, STEP_DIGITS) != 0 || !str_ends(n, ".req"))
            continue;
        path = fs_path(x->folder, n);
        fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, &ignored);
        if (fd < 0 || pack_read_command(fd, path, &c, &ignored) < 0 ||
            strcmp(c.ref, ref) != 0)
            continue;
        *cmd = c;
        *name = n;
        count++;
    }
    return count == 1;
}

/*
 * Where the last step begins that was written before: the steps in front of it are full
 * and never change, so no bundle of them is looked at again. @from: "" when there is
 * nothing to go on from.
 */
static void export_resume(struct export *x, const char *ref, char from[NAMES_OID_MAX])
{
    char at[NAMES_OID_MAX] = PACK_ZERO;
    struct pack_command cmd, next;
    const char *name, *after;
    bool there = step_from(x, ref, at, &cmd, &name);

    from[0] = '\0';
    for (size_t n = 0; there && n < x->there.count; n++) {
        if (strcmp(cmd.old, at) != 0 || !step_from(x, ref, cmd.new, &next, &after))
            return;
        keep(x, name);
        memcpy(at, cmd.new, sizeof at);
        memcpy(from, at, sizeof at);
        cmd = next;
        name = after;
    }
}

/* The bundles after the last full step. @from: where that ends, "" at the root. */
static int export_missing(struct export *x, const char *ref, const char *tip,
                          char from[NAMES_OID_MAX], char (**commits)[NAMES_OID_MAX],
                          size_t *count, struct err *e)
{
    size_t before = x->kept.count;
    int rc;

    export_resume(x, ref, from);
    rc = repo_chain(x->r, tip, from, CHAIN_MAX, commits, count, e);
    if (rc == 0) { /* steps of another chain: all anew */
        from[0] = '\0';
        while (x->kept.count > before)
            mem_free(x->kept.names[--x->kept.count]);
    }
    return rc < 0 ? -1 : 0;
}

/* A chain of bundles in steps of at most BUNDLE_BYTES_MAX: what is full never changes.
 */
static int export_chain(struct export *x, const char *ref, const char *tip,
                        struct err *e)
{
    AUTO_MEM char(*commits)[NAMES_OID_MAX] = NULL;
    char from[NAMES_OID_MAX], last[NAMES_OID_MAX] = "";
    int64_t bytes = 0;
    size_t count = 0;

    if (export_missing(x, ref, tip, from, &commits, &count, e) < 0)
        return -1;
    for (size_t i = count; i-- > 0;) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        char sha256[HASH_HEX], parent[NAMES_OID_MAX];
        int64_t size;

        if (bundle_read(x->r, commits[i], &m, sha256, parent, e) < 0)
            return -1;
        size = manifest_bytes(&m);
        if (bytes > 0 && bytes + size > BUNDLE_BYTES_MAX) {
            if (export_step(x, ref, from, last, e) < 0)
                return -1;
            memcpy(from, last, sizeof from);
            bytes = 0;
        }
        bytes += size + 1;
        memcpy(last, commits[i], sizeof last);
    }
    return last[0] ? export_step(x, ref, from, last, e) : 0;
}

static int export_ref(void *ctx, const char *ref, const char *oid, struct err *e)
{
    struct names_chain chain;

    if (names_ref_parse(ref, &chain))
        return export_chain(ctx, ref, oid, e);
    return export_step(ctx, ref, "", oid, e);
}

int dropbox_export(struct repo *r, const char *folder, const char *const *refs,
                   size_t ref_count, struct err *e)
{
    AUTO(export_clear) struct export x = {.r = r, .folder = folder};

    if (fs_mkdirs(folder, e) < 0 || fs_list(folder, &x.there, e) < 0)
        return -1;
    for (size_t i = 0; i < ref_count; i++)
        if (repo_refs(r, refs[i], export_ref, &x, e) < 0)
            return -1;
    for (size_t i = 0; i < x.there.count; i++) {
        AUTO_MEM char *path = fs_path(folder, x.there.names[i]);

        if (is_step(x.there.names[i]) && !is_kept(&x, x.there.names[i]) &&
            fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

/* ---- own chains back, for a node that is being made again
 * ------------------------------------------------------------------- */

static int add_tip(void *ctx, const char *ref, const char *oid, struct err *e)
{
    struct jdoc *o = jdoc_object();

    (void)e;
    jdoc_set_text(o, "ref", ref);
    jdoc_set_text(o, "tip", oid);
    jdoc_add(ctx, o);
    return 0;
}

int dropbox_offer(struct repo *r, const char *box, const char *unit, const char *prefix,
                  struct err *e)
{
    AUTO_MEM char *path = fs_path(box, DROPBOX_OFFER);
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct jdoc *refs = jdoc_array();

    jdoc_set(j, "refs", refs);
    jdoc_set_int(j, "schema", 1);
    jdoc_set_text(j, "unit", unit);
    if (!r)
        return fs_unlink(path, e);
    if (repo_refs(r, prefix, add_tip, refs, e) < 0)
        return -1;
    return jdoc_write_file(path, j, e);
}

static char *wish(const struct line *l, const char *node)
{
    return fs_pathf(l->path, "inbox/%s/%s", node, DROPBOX_WANT);
}

int dropbox_want_back(const struct line *l, const char *node, struct err *e)
{
    AUTO_MEM char *path = wish(l, node);
    AUTO_MEM char *inbox = fs_dirname(path);

    if (!fs_is_dir(l->path))
        return err_set(e, ERR_LINE, "%s", l->path);
    if (fs_exists(path))
        return 0;
    return fs_mkdirs(inbox, e) < 0 ? -1 : fs_write_file(path, "", 0, e);
}

int dropbox_thank(const struct line *l, const char *node, struct err *e)
{
    AUTO_MEM char *path = wish(l, node);
    AUTO_MEM char *offer = fs_pathf(l->path, "outbox/%s/%s", node, DROPBOX_OFFER);

    return fs_unlink(path, e) < 0 ? -1 : fs_unlink(offer, e);
}

/* 1 and @out, 0 there is none. */
static int read_offer(const struct line *l, const char *node, struct jdoc **out,
                      struct err *e)
{
    AUTO_MEM char *path = fs_pathf(l->path, "outbox/%s/%s", node, DROPBOX_OFFER);
    int64_t schema;

    if (!fs_exists(path))
        return 0;
    if (jdoc_read_file(path, out, e) < 0)
        return -1;
    if (!jdoc_int(*out, "schema", 1, 1, &schema) ||
        jdoc_count(jdoc_get(*out, "refs")) > FETCH_REFS_MAX)
        return err_set(e, ERR_JSON, "%s", path);
    return 1;
}

int dropbox_offered(const struct line *l, const char *node, char unit[NAMES_UNIT_MAX],
                    struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];
    int rc = read_offer(l, node, &j, e);

    if (rc <= 0)
        return rc;
    if (!jdoc_take_text(j, "unit", unit, NAMES_UNIT_MAX) ||
        !names_unit_parse(unit, code, from))
        return err_set(e, ERR_JSON, "%s", DROPBOX_OFFER);
    return 1;
}

int dropbox_came_back(const struct line *l, const char *node, struct repo *r,
                      struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    const struct jdoc *refs;
    int rc = read_offer(l, node, &j, e);

    if (rc <= 0)
        return rc;
    refs = jdoc_get(j, "refs");
    for (size_t i = 0; i < jdoc_count(refs); i++) {
        const char *ref = jdoc_text(jdoc_at(refs, i), "ref");
        const char *tip = jdoc_text(jdoc_at(refs, i), "tip");
        char now[NAMES_OID_MAX];

        if (!ref || !names_is_oid(tip))
            return err_set(e, ERR_JSON, "%s", DROPBOX_OFFER);
        rc = repo_ref(r, ref, now, e);
        if (rc <= 0)
            return rc;
        rc = repo_is_ancestor(r, tip, now, e);
        if (rc <= 0)
            return rc;
    }
    return 1;
}

/* ---- what lies there ---------------------------------------------------------------
 */

/* One file: 1 its step was made, 0 nothing new or not its turn yet, -1. */
static int import_file(struct repo *r, const char *path, const char *const *refs,
                       size_t ref_count, struct err *e)
{
    struct pack_command cmd;
    struct pack_found found;
    struct stat st;
    char now[NAMES_OID_MAX];
    AUTO_FD int fd = fs_open_input(path, (uint64_t)GATE_PACK_MAX, &st, e);
    int rc;

    if (fd < 0 || pack_read_command(fd, path, &cmd, e) < 0)
        return -1;
    if (!str_starts(cmd.ref, "refs/sohoa/") && !str_starts(cmd.ref, "refs/receipts/") &&
        strcmp(cmd.ref, NAMES_KEYS_REF) != 0 &&
        strcmp(cmd.ref, NAMES_STATEMENTS_REF) != 0)
        return err_set(e, ERR_GATE_REF, "%s", cmd.ref);
    if (!names_ref_wanted(refs, ref_count, cmd.ref))
        return 0;
    rc = repo_ref(r, cmd.ref, now, e);
    if (rc < 0)
        return -1;
    if (rc == 1 && (rc = repo_is_ancestor(r, cmd.new, now, e)) != 0)
        return rc < 0 ? -1 : 0;
    if (strcmp(cmd.old, PACK_ZERO) != 0) {
        git_oid old = repo_oid(cmd.old);

        if (!git_odb_exists(repo_odb(r), &old))
            return 0; /* an earlier step is missing still */
    }
    if (pack_check(fd, path, cmd.pack_at, &found, e) < 0 ||
        request_unpack(r, fd, cmd.pack_at, e) < 0)
        return -1;
    return request_forward(r, cmd.ref, cmd.new, e);
}

int dropbox_import(const char *folder, const char *path, const char *const *refs,
                   size_t ref_count, size_t *moved, struct err *e)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_LIST struct fs_list l = {0};
    size_t all = 0, before;

    if (!fs_is_dir(folder))
        return err_set(e, ERR_LINE, "%s", folder);
    if (repo_open(path, &r, e) < 0 || fs_list(folder, &l, e) < 0)
        return -1;
    do {
        before = all;
        for (size_t i = 0; i < l.count; i++) {
            AUTO_MEM char *file = fs_path(folder, l.names[i]);
            int rc = is_step(l.names[i]) ? import_file(r, file, refs, ref_count, e) : 0;

            if (rc < 0)
                return err_push(e, "%s", l.names[i]);
            all += (size_t)rc;
        }
    } while (all > before);
    if (moved)
        *moved = all;
    return 0;
}
