/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/proc.h"
#include "node/base/sealbox.h"
#include "node/base/sign.h"
#include "sync/courier_part.h"

#define AHEAD_COUNT "count=96" /* MiB: more than the longest request */

struct courier_in {
    char *path; /* owned */
    int fd;
    struct courier_head head;
    struct sealbox *seal; /* NULL: plain */
    struct str bound;
    size_t used, filled; /* of text */
    bool last_chunk;
    bool ended; /* index and signature were read, nothing follows */
    /* the present file */
    char name[COURIER_NAME_MAX];
    int64_t size, left;
    struct hash *hash; /* NULL: there is none */
    bool given;        /* to the caller: it stands in the index */
    char sha256[HASH_HEX];
    /* all that were read */
    struct jdoc *files;
    size_t count;
    struct str index, armor;
    struct proc ahead; /* reads what follows, for the system to keep */
    unsigned char text[SEALBOX_CHUNK];
    unsigned char sealed[SEALBOX_CHUNK + SEALBOX_MORE];
};

static int malformed(const struct courier_in *in, const char *what, struct err *e)
{
    err_set(e, ERR_COURIER_FORM, "%s", in->path);
    return err_detail(e, "%s", what);
}

static int cut_off(const struct courier_in *in, struct err *e)
{
    return err_set(e, ERR_COURIER_CUT, "%s", in->path);
}

/* ---- bytes ------------------------------------------------------------------------
 */

/* Fill @buf as far as the file goes. */
static int read_full(struct courier_in *in, unsigned char *buf, size_t len, size_t *got,
                     struct err *e)
{
    *got = 0;
    while (*got < len) {
        ssize_t n = fs_read_some(in->fd, buf + *got, len - *got, in->path, e);

        if (n < 0)
            return -1;
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return 0;
}

/* The next chunk of the archive. 1, 0 nothing follows, -1. */
static int fill(struct courier_in *in, struct err *e)
{
    size_t got;

    in->used = in->filled = 0;
    if (!in->seal) {
        if (read_full(in, in->text, sizeof in->text, &in->filled, e) < 0)
            return -1;
        return in->filled > 0;
    }
    if (read_full(in, in->sealed, sizeof in->sealed, &got, e) < 0)
        return -1;
    if (in->last_chunk)
        return got == 0 ? 0 : malformed(in, "bytes after the end", e);
    if (got == 0)
        return cut_off(in, e);
    if (sealbox_open(in->seal, in->sealed, got, in->bound.p, in->bound.len, in->text,
                     &in->last_chunk, e) < 0)
        return err_push(e, "%s", in->path);
    str_reset(&in->bound);
    in->filled = got - SEALBOX_MORE;
    return 1;
}

/* At most @len bytes; @buf NULL: passed over. Return: bytes, 0 nothing follows, -1. */
static ssize_t take_some(struct courier_in *in, void *buf, size_t len, struct err *e)
{
    size_t n;

    while (in->used == in->filled) {
        int rc = fill(in, e);

        if (rc <= 0)
            return rc;
    }
    n = in->filled - in->used < len ? in->filled - in->used : len;
    if (buf)
        memcpy(buf, in->text + in->used, n);
    if (in->hash)
        hash_add(in->hash, in->text + in->used, n);
    in->used += n;
    return (ssize_t)n;
}

static int take_exactly(struct courier_in *in, void *buf, size_t len, struct err *e)
{
    unsigned char *p = buf;

    for (size_t got = 0; got < len;) {
        ssize_t n = take_some(in, p ? p + got : NULL, len - got, e);

        if (n <= 0)
            return n < 0 ? -1 : cut_off(in, e);
        got += (size_t)n;
    }
    return 0;
}

/* ---- files of the archive -----------------------------------------------------------
 */

/* The block of the next file. 1, 0 the end of the archive, -1. */
static int begin_file(struct courier_in *in, struct err *e)
{
    unsigned char block[COURIER_BLOCK];
    int rc;

    if (take_exactly(in, block, sizeof block, e) < 0)
        return -1;
    rc = courier_tar_read(block, in->name, &in->size, e);
    if (rc < 0)
        return err_push(e, "%s", in->path);
    if (rc == 0)
        return 0;
    in->left = in->size;
    in->hash = hash_new();
    return 1;
}

/* What is left of the present file, its hash, its padding. */
static int end_file(struct courier_in *in, struct err *e)
{
    struct hash *h = in->hash;

    if (!h)
        return 0;
    if (take_exactly(in, NULL, (size_t)in->left, e) < 0)
        return -1;
    in->left = 0;
    in->hash = NULL;
    hash_end(h, in->sha256);
    hash_free(h);
    if (in->given && in->count++ >= COURIER_ENTRIES_MAX)
        return err_set(e, ERR_LIMIT, "%s", in->path);
    if (in->given)
        courier_list_add(in->files, in->name, in->sha256, in->size);
    in->given = false;
    return take_exactly(in, NULL, courier_tar_padding(in->size), e);
}

/* A file that is for us, as a whole. */
static int take_text(struct courier_in *in, struct str *out, struct err *e)
{
    char *room = NULL;

    str_reset(out);
    if (in->size > 0 && (size_t)in->size <= out->max)
        room = str_room(out, (size_t)in->size);
    if (!room)
        return malformed(in, "a list without end", e);
    if (take_exactly(in, room, (size_t)in->size, e) < 0)
        return -1;
    str_used(out, (size_t)in->size);
    in->left = 0;
    return end_file(in, e);
}

/* Another block of zeros, and nothing but zeros follows. */
static int take_end(struct courier_in *in, struct err *e)
{
    unsigned char buf[COURIER_BLOCK];
    ssize_t n;

    if (in->armor.len == 0)
        return cut_off(in, e);
    if (take_exactly(in, buf, sizeof buf, e) < 0)
        return -1;
    for (size_t i = 0; i < sizeof buf; i++)
        if (buf[i])
            return malformed(in, "bytes after the end", e);
    while ((n = take_some(in, buf, sizeof buf, e)) > 0)
        for (ssize_t i = 0; i < n; i++)
            if (buf[i])
                return malformed(in, "bytes after the end", e);
    if (n < 0)
        return -1;
    in->ended = true;
    return 0;
}

static bool is_named(const struct courier_in *in, const char *name)
{
    return strcmp(in->name, name) == 0;
}

static int next_file(struct courier_in *in, struct err *e)
{
    for (;;) {
        int rc = in->ended ? 0 : begin_file(in, e);

        if (rc <= 0)
            return rc < 0 || in->ended ? rc : take_end(in, e);
        if (in->armor.len || (in->index.len && !is_named(in, COURIER_SIG_NAME)))
            return malformed(in, "files after the index", e);
        if (is_named(in, COURIER_NOTE_NAME))
            rc = end_file(in, e);
        else if (is_named(in, COURIER_INDEX_NAME))
            rc = take_text(in, &in->index, e);
        else if (in->index.len && is_named(in, COURIER_SIG_NAME))
            rc = take_text(in, &in->armor, e);
        else
            return 1;
        if (rc < 0)
            return -1;
    }
}

int courier_in_next(struct courier_in *in, struct courier_entry *out, struct err *e)
{
    int rc = end_file(in, e);

    if (rc == 0)
        rc = next_file(in, e);
    if (rc == 1) {
        in->given = true;
        out->name = in->name;
        out->size = in->size;
    }
    return rc;
}

ssize_t courier_in_read(struct courier_in *in, void *buf, size_t len, struct err *e)
{
    size_t want = in->left < (int64_t)len ? (size_t)in->left : len;
    ssize_t n;

    if (want == 0)
        return 0;
    n = take_some(in, buf, want, e);
    if (n <= 0)
        return n < 0 ? -1 : cut_off(in, e);
    in->left -= n;
    return n;
}

int courier_in_end(struct courier_in *in, char sha256[HASH_HEX], struct err *e)
{
    if (end_file(in, e) < 0)
        return -1;
    memcpy(sha256, in->sha256, HASH_HEX);
    return 0;
}

void courier_in_ahead(struct courier_in *in)
{
    static const char *const argv[] = {"dd", "bs=1M", AHEAD_COUNT, "status=none", NULL};
    off_t at = lseek(in->fd, 0, SEEK_CUR);
    struct err ignored = ERR_INIT; /* then it is read when its turn comes */
    AUTO_FD int fd = fs_open(in->path, O_RDONLY | O_NOFOLLOW, 0, &ignored);
    struct proc_opts o = {
        .argv = argv, .in = PROC_FD, .in_fd = fd, .out = PROC_NULL, .err = PROC_NULL};

    proc_clear(&in->ahead);
    in->ahead = (struct proc)PROC_INIT;
    if (fd >= 0 && at >= 0 && lseek(fd, at, SEEK_SET) == at &&
        proc_start(&o, &in->ahead, &ignored) < 0)
        err_clear(&ignored);
}

/* ---- opening
 * --------------------------------------------------------------------------
 */

/* The box that our key opens. Names are no help: they stay when a key is changed. */
static int unwrap(const struct courier_frame *f, const struct sign_secret *own,
                  struct sealbox_key *key, struct err *e)
{
    char self[NAMES_NODE_MAX];
    bool ours = false;

    sign_node(&own->pub, self);
    for (size_t i = 0; i < f->box_count; i++) {
        struct err shut = ERR_INIT; /* another one's, or spoilt */

        if (sealbox_unwrap(own, f->boxes[i].box, key, &shut) == 0)
            return 0;
        ours = ours || strcmp(f->boxes[i].node, self) == 0;
    }
    return err_set(e, ours ? ERR_SEAL : ERR_COURIER_TO, "%s", "key");
}

static int unseal(struct courier_in *in, const struct courier_frame *f,
                  const struct sign_secret *own, struct err *e)
{
    AUTO_SEALBOX_KEY struct sealbox_key key = {{0}};

    if (unwrap(f, own, &key, e) < 0 ||
        sealbox_open_new(&key, f->stream, &in->seal, e) < 0)
        return err_push(e, "%s", in->path);
    if (lseek(in->fd, (off_t)in->bound.len, SEEK_SET) < 0)
        return err_sys(e, ERR_READ, "%s", in->path);
    return 0;
}

static bool same_head(const struct courier_head *a, const struct courier_head *b)
{
    return strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0 &&
           a->made == b->made && a->volume == b->volume;
}

/* The first file: for a plain one the only place that says whose it is. */
static int take_head(struct courier_in *in, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(COURIER_FRAME_MAX);
    struct courier_head h;
    int rc = begin_file(in, e);

    if (rc < 0)
        return -1;
    if (rc == 0 || strcmp(in->name, COURIER_HEAD_NAME) != 0)
        return malformed(in, "no head", e);
    if (take_text(in, &text, e) < 0 ||
        courier_head_parse(str_text(&text), text.len, &h, e) < 0)
        return -1;
    if (in->seal && !same_head(&h, &in->head))
        return malformed(in, "another head in it", e);
    h.sealed = in->seal != NULL;
    in->head = h;
    return 0;
}

int courier_in_open(const char *path, const struct sign_secret *own,
                    struct courier_in **out, struct err *e)
{
    AUTO_COURIER_IN struct courier_in *in = mem_new(1, sizeof *in);
    struct courier_frame f;
    struct stat st;
    int rc;

    in->ahead = (struct proc)PROC_INIT;
    in->path = mem_dup(path);
    in->bound = (struct str)STR_INIT(COURIER_FRAME_MAX);
    in->index = (struct str)STR_INIT(STR_JSON_MAX);
    in->armor = (struct str)STR_INIT(STR_LINE_MAX);
    in->files = jdoc_array();
    in->fd = fs_open_input(path, (uint64_t)COURIER_FILE_MAX, &st, e);
    if (in->fd < 0)
        return -1;
    (void)posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    rc = courier_frame_read(in->fd, path, &f, &in->bound, e);
    if (rc < 0)
        return err_push(e, "%s", path);
    if (rc == 1) {
        in->head = f.head;
        if (unseal(in, &f, own, e) < 0)
            return -1;
    }
    if (take_head(in, e) < 0)
        return -1;
    *out = TAKE(in);
    return 0;
}

void courier_in_close(struct courier_in *in)
{
    if (!in)
        return;
    proc_clear(&in->ahead);
    fs_fd_auto(&in->fd);
    sealbox_free(in->seal);
    hash_free(in->hash);
    jdoc_free(in->files);
    str_clear(&in->bound);
    str_clear(&in->index);
    str_clear(&in->armor);
    mem_free(in->path);
    mem_free(in);
}

void courier_in_auto(struct courier_in **in)
{
    courier_in_close(*in);
}

const struct courier_head *courier_in_head(const struct courier_in *in)
{
    return &in->head;
}

/* ---- after the end
 * ---------------------------------------------------------------------
 */

int courier_in_check(const struct courier_in *in, const struct sign_public *by,
                     bool *last, struct err *e)
{
    AUTO_STR struct str want = STR_INIT(STR_JSON_MAX);
    AUTO_JDOC struct jdoc *j = NULL;
    bool is_last;

    if (!in->ended)
        return cut_off(in, e);
    if (sign_verify(by, COURIER_SPACE, in->index.p, in->index.len, in->armor.p, e) < 0)
        return err_push(e, "%s", in->path);
    if (jdoc_parse_canonical(in->index.p, in->index.len, &j, e) < 0)
        return malformed(in, "index", e);
    is_last = jdoc_bool(j, "last", false);
    if (courier_index_print(&in->head, in->files, is_last, &want, e) < 0)
        return -1;
    if (want.len != in->index.len || memcmp(want.p, in->index.p, want.len) != 0)
        return malformed(in, "its index lists something else", e);
    *last = is_last;
    return 0;
}
