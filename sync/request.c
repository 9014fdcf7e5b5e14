/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/request.h"

#include <errno.h>
#include <git2/sys/odb_backend.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "sync/pack.h"
#include "sync/packer.h"
#include "sync/repo.h"
#include "sync/repo_git.h"

#define CHUNK ((size_t)1 << 16)

struct writer {
    struct fs_tmp tmp;
    struct hash *hash;
    int64_t size;
    const struct request_tick *tick; /* NULL: none */
    struct err e;                    /* why a callback stopped */
};

static void writer_clear(struct writer *w)
{
    fs_tmp_clear(&w->tmp);
    hash_free(w->hash);
}

static int writer_add(struct writer *w, const void *data, size_t len)
{
    hash_add(w->hash, data, len);
    w->size += (int64_t)len;
    return fs_tmp_write(&w->tmp, data, len, &w->e);
}

static int on_pack(void *ctx, const void *data, size_t len, struct err *e)
{
    struct writer *w = ctx;

    if (w->tick)
        w->tick->tick(w->tick->ctx);
    if (writer_add(w, data, len) == 0)
        return 0;
    *e = w->e;
    return -1;
}

static int add_command(struct writer *w, const char *ref, const char *old,
                       const char *new)
{
    char line[PACK_COMMAND_MAX];
    /* the NUL between ref and capabilities is not what snprintf can say */
    int head =
        snprintf(line, sizeof line, "0000%s %s %s", old[0] ? old : PACK_ZERO, new, ref);
    int tail =
        snprintf(line + head + 1, sizeof line - (size_t)head - 1, " report-status");
    char len[5];

    (void)snprintf(len, sizeof len, "%04x", (unsigned)(head + 1 + tail) & 0xffffu);
    memcpy(line, len, 4);
    if (writer_add(w, line, (size_t)(head + 1 + tail)) < 0)
        return -1;
    return writer_add(w, "0000", 4);
}

static int make(struct repo *r, const char *ref, const char *old, const char *new,
                const char *folder, const char *name, const struct request_tick *t,
                char id[HASH_HEX], int64_t *size, struct err *e)
{
    AUTO(writer_clear)
    struct writer w = {
        .tmp = FS_TMP_INIT, .hash = hash_new(), .tick = t, .e = ERR_INIT};
    AUTO_MEM char *path = NULL;
    char hex[HASH_HEX];

    if (fs_mkdirs(folder, e) < 0 || fs_tmp_open(&w.tmp, folder, e) < 0)
        return -1;
    if (add_command(&w, ref, old, new) < 0) {
        *e = w.e;
        return -1;
    }
    if (packer_write(r, old, new, on_pack, &w, e) < 0)
        return -1;
    hash_end(w.hash, hex);
    path = fs_path(folder, name ? name : hex);
    if (fs_tmp_commit(&w.tmp, path, e) < 0)
        return -1;
    if (id)
        memcpy(id, hex, HASH_HEX);
    if (size)
        *size = w.size;
    return 0;
}

int request_write(struct repo *r, const char *ref, const char *old, const char *new,
                  const char *folder, const char *name, char id[HASH_HEX],
                  int64_t *size, struct err *e)
{
    return make(r, ref, old, new, folder, name, NULL, id, size, e);
}

int request_write_while(struct repo *r, const char *ref, const char *old,
                        const char *new, const char *folder,
                        const struct request_tick *t, char id[HASH_HEX], int64_t *size,
                        struct err *e)
{
    return make(r, ref, old, new, folder, NULL, t, id, size, e);
}

/* ---- taking in
 * ----------------------------------------------------------------------- */

static void writepack_free(git_odb_writepack **w)
{
    if (*w)
        (*w)->free(*w);
}

int request_unpack(struct repo *r, int fd, int64_t at, struct err *e)
{
    AUTO(writepack_free) git_odb_writepack *w = NULL;
    AUTO_MEM char *buf = mem_new(1, CHUNK);
    git_indexer_progress stats;

    memset(&stats, 0, sizeof stats);
    if (git_odb_write_pack(&w, repo_odb(r), NULL, NULL) < 0)
        return repo_fail(e, "%s", repo_path(r));
    for (;;) {
        ssize_t n = pread(fd, buf, CHUNK, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, ERR_READ, "request");
        if (n == 0)
            break;
        at += n;
        if (w->append(w, buf, (size_t)n, &stats) < 0)
            return repo_fail(e, "request");
    }
    if (w->commit(w, &stats) < 0 || git_odb_refresh(repo_odb(r)) < 0)
        return repo_fail(e, "request");
    return 0;
}

int request_forward(struct repo *r, const char *ref, const char *new, struct err *e)
{
    char now[NAMES_OID_MAX] = "";
    int rc = repo_ref(r, ref, now, e);

    if (rc < 0)
        return -1;
    if (rc == 1) {
        rc = repo_is_ancestor(r, new, now, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    rc = repo_is_ancestor(r, now, new, e);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return err_set(e, ERR_REF_MOVED, "%s", ref);
    return repo_ref_move(r, ref, now, new, e) < 0 ? -1 : 1;
}
