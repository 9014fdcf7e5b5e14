/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/sealbox.h"
#include "node/base/sign.h"
#include "node/base/stop.h"
#include "sync/courier_part.h"

/* Room that stays free for what closes a volume: index, signature, folder entries. */
#define RESERVE     ((int64_t)256 << 10)
#define INDEX_ENTRY 256 /* bytes of one file in the index, more than there are */

static const char note[] =
    "Tệp chuyển phát của sohoa: các gói đã niêm phong đi từ xã lên tỉnh, hoặc câu trả\n"
    "lời và biên nhận từ tỉnh về xã. Đừng sửa, đổi tên hay giải nén.\n"
    "Nơi nhận chạy:  sohoa courier read TỆP\n"
    "Kiểm tra:       sohoa courier verify TỆP\n"
    "\n"
    "A courier file of sohoa: sealed bundles on their way up to the province, or "
    "answers\n"
    "and receipts on their way home. Do not edit, rename or unpack it.\n"
    "The receiver runs:  sohoa courier read FILE\n"
    "To check it:        sohoa courier verify FILE\n";

struct courier_out {
    struct courier_opts o;
    struct courier_head head;
    char *folder; /* owned */
    char *path;   /* owned: of this volume */
    char *part;   /* owned: while it is being written */
    int fd;
    struct hash *raw; /* of the bytes on the stick */
    int64_t size;     /* of them */
    struct sealbox *seal;
    struct str bound; /* the frame; bound to the first chunk */
    size_t fill;      /* of text */
    struct jdoc *files;
    size_t count; /* files of this volume */
    unsigned char text[SEALBOX_CHUNK];
    unsigned char sealed[SEALBOX_CHUNK + SEALBOX_MORE];
};

/* ---- bytes ------------------------------------------------------------------------
 */

static int put_raw(struct courier_out *w, const void *data, size_t len, struct err *e)
{
    if (fs_write_all(w->fd, data, len, w->part, e) < 0)
        return -1;
    hash_add(w->raw, data, len);
    w->size += (int64_t)len;
    return 0;
}

static int flush_chunk(struct courier_out *w, bool last, struct err *e)
{
    size_t len = w->fill;

    w->fill = 0;
    if (!w->seal)
        return put_raw(w, w->text, len, e);
    sealbox_seal(w->seal, w->text, len, w->bound.p, w->bound.len, last, w->sealed);
    str_reset(&w->bound);
    return put_raw(w, w->sealed, len + SEALBOX_MORE, e);
}

static int put(struct courier_out *w, const void *data, size_t len, struct err *e)
{
    const unsigned char *p = data;

    while (len > 0) {
        size_t n = sizeof w->text - w->fill < len ? sizeof w->text - w->fill : len;

        if (n == 0) { /* a full chunk goes only when more follows: the last is marked */
            if (flush_chunk(w, false, e) < 0)
                return -1;
            continue;
        }
        memcpy(w->text + w->fill, p, n);
        w->fill += n;
        p += n;
        len -= n;
    }
    return 0;
}

static int put_padding(struct courier_out *w, int64_t size, struct err *e)
{
    static const unsigned char zeros[COURIER_BLOCK];

    return put(w, zeros, courier_tar_padding(size), e);
}

static int put_start(struct courier_out *w, const char *name, int64_t size,
                     struct err *e)
{
    unsigned char block[COURIER_BLOCK];

    courier_tar_write(block, name, size, w->head.made);
    return put(w, block, sizeof block, e);
}

static int put_text(struct courier_out *w, const char *name, const char *text,
                    size_t len, struct err *e)
{
    if (put_start(w, name, (int64_t)len, e) < 0 || put(w, text, len, e) < 0)
        return -1;
    return put_padding(w, (int64_t)len, e);
}

/* ---- one volume -------------------------------------------------------------------
 */

/* Is there a file that may be replaced: of ours? 1, 0 none is there, -1. */
static int is_ours(const struct courier_out *w, const char *path, struct err *e)
{
    struct courier_head h;
    struct stat st;
    int rc;

    if (lstat(path, &st) < 0)
        return 0;
    rc = S_ISREG(st.st_mode) ? courier_peek(path, &h, e) : 0;
    if (rc < 0)
        return -1;
    if (rc == 0 || strcmp(h.from, w->head.from) != 0)
        return err_set(e, ERR_COURIER_FOREIGN, "%s", path);
    return 1;
}

/* The key of the stream for who receives it and for who writes it. */
static int put_frame(struct courier_out *w, struct err *e)
{
    AUTO_SEALBOX_KEY struct sealbox_key key = {{0}};
    struct courier_frame f = {.head = w->head, .box_count = COURIER_BOXES};

    memcpy(f.boxes[0].node, w->head.to, sizeof f.boxes[0].node);
    memcpy(f.boxes[1].node, w->head.from, sizeof f.boxes[1].node);
    sealbox_key_make(&key);
    if (sealbox_wrap(w->o.to, &key, f.boxes[0].box, e) < 0 ||
        sealbox_wrap(&w->o.own->pub, &key, f.boxes[1].box, e) < 0)
        return -1;
    sealbox_free(w->seal);
    w->seal = sealbox_seal_new(&key, f.stream);
    str_reset(&w->bound);
    if (courier_frame_print(&f, &w->bound, e) < 0 ||
        str_check(&w->bound, "frame", e) < 0)
        return -1;
    return put_raw(w, w->bound.p, w->bound.len, e);
}

static int volume_begin(struct courier_out *w, int64_t n, struct err *e)
{
    AUTO_STR struct str head = STR_INIT(COURIER_FRAME_MAX);

    if (n > COURIER_VOLUMES)
        return err_set(e, ERR_LIMIT, "%s", w->o.path);
    mem_free(w->path);
    mem_free(w->part);
    w->path = courier_volume_path(w->o.path, n);
    w->part = mem_printf("%s.part", w->path);
    w->head.volume = n;
    w->size = 0;
    w->fill = 0;
    w->count = 0;
    jdoc_free(w->files);
    w->files = jdoc_array();
    hash_free(w->raw);
    w->raw = hash_new();
    if (is_ours(w, w->path, e) < 0)
        return -1;
    w->fd = fs_open(w->part, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644, e);
    if (w->fd >= 0)
        (void)fchmod(w->fd, 0644); /* who carries it reads it on another machine */
    if (w->fd < 0 || (!w->o.plain && put_frame(w, e) < 0) ||
        courier_head_print(&w->head, &head, e) < 0 ||
        put_text(w, COURIER_HEAD_NAME, head.p, head.len, e) < 0)
        return -1;
    return put_text(w, COURIER_NOTE_NAME, note, sizeof note - 1, e);
}

/* What the stick has, not what the memory of this machine has of it. */
static int read_back(struct courier_out *w, const char *sha256, struct err *e)
{
    char hex[HASH_HEX];
    uint64_t size;

    if (fs_sync(w->fd, w->part, e) < 0)
        return -1;
    (void)posix_fadvise(w->fd, 0, 0, POSIX_FADV_DONTNEED);
    if (lseek(w->fd, 0, SEEK_SET) < 0)
        return err_sys(e, ERR_READ, "%s", w->part);
    if (hash_fd(w->fd, w->part, hex, &size, e) < 0)
        return -1;
    if (strcmp(hex, sha256) != 0 || (int64_t)size != w->size)
        return err_set(e, ERR_COURIER_BACK, "%s", w->path);
    return 0;
}

static int sync_stick(const char *folder, struct err *e)
{
    AUTO_FD int fd = fs_open(folder, O_RDONLY | O_DIRECTORY, 0, e);

    if (fd < 0)
        return -1;
    return syncfs(fd) < 0 ? err_sys(e, ERR_DISK_SYNC, "%s", folder) : 0;
}

static int volume_end(struct courier_out *w, bool last, struct err *e)
{
    static const unsigned char zeros[COURIER_BLOCK * 2];
    AUTO_STR struct str index = STR_INIT(STR_JSON_MAX);
    AUTO_STR struct str armor = STR_INIT(STR_LINE_MAX);
    char sha256[HASH_HEX];

    if (courier_index_print(&w->head, w->files, last, &index, e) < 0)
        return -1;
    sign_sshsig(w->o.own, COURIER_SPACE, index.p, index.len, &armor);
    if (put_text(w, COURIER_INDEX_NAME, index.p, index.len, e) < 0 ||
        put_text(w, COURIER_SIG_NAME, armor.p, armor.len, e) < 0 ||
        put(w, zeros, sizeof zeros, e) < 0 || flush_chunk(w, true, e) < 0)
        return -1;
    hash_end(w->raw, sha256);
    if (read_back(w, sha256, e) < 0 || fs_close(&w->fd, w->part, e) < 0 ||
        fs_rename(w->part, w->path, e) < 0 || fs_sync_dir(w->folder, e) < 0 ||
        sync_stick(w->folder, e) < 0)
        return -1;
    mem_free(TAKE(w->part));
    return w->o.told ? w->o.told(w->o.ctx, w->path, w->head.volume, w->size, sha256,
                                 w->count, e)
                     : 0;
}

/* ---- room on the stick --------------------------------------------------------------
 */

/* Volumes of an older writing from @n on; what they carry is written anew. */
static int drop_older(struct courier_out *w, int64_t n, struct err *e)
{
    for (; n <= COURIER_VOLUMES; n++) {
        AUTO_MEM char *path = courier_volume_path(w->o.path, n);
        struct err ignored = ERR_INIT; /* somebody else's file stays */

        if (is_ours(w, path, &ignored) != 1)
            return 0;
        if (fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

static int has_room(struct courier_out *w, int64_t size, struct err *e)
{
    int64_t need = size + size / 1024 + RESERVE + (int64_t)w->count * INDEX_ENTRY;
    uint64_t free_bytes, all_bytes;

    if (fs_free_bytes(w->folder, &free_bytes, &all_bytes, e) < 0)
        return -1;
    return free_bytes >= (uint64_t)need;
}

/* 1 there is room, if need be in the place of what we wrote last time; 0; -1. */
static int make_room(struct courier_out *w, int64_t size, struct err *e)
{
    int rc = has_room(w, size, e);

    if (rc != 0)
        return rc;
    return drop_older(w, w->head.volume, e) < 0 ? -1 : has_room(w, size, e);
}

/* ---- the whole
 * ------------------------------------------------------------------------
 */

static void name_of(const struct sign_public *key, const char *name,
                    char out[NAMES_NODE_MAX])
{
    if (name)
        (void)snprintf(out, NAMES_NODE_MAX, "%s", name);
    else
        sign_node(key, out);
}

int courier_out_open(const struct courier_opts *o, struct courier_out **out,
                     struct err *e)
{
    AUTO_COURIER_OUT struct courier_out *w = mem_new(1, sizeof *w);
    int rc;

    w->o = *o;
    if (w->o.volume_max <= 0 || w->o.volume_max > COURIER_VOLUME_MAX)
        w->o.volume_max = COURIER_VOLUME_MAX;
    w->fd = -1;
    w->bound = (struct str)STR_INIT(COURIER_FRAME_MAX);
    w->folder = fs_dirname(o->path);
    name_of(&o->own->pub, o->own_node, w->head.from);
    name_of(o->to, o->to_node, w->head.to);
    w->head.made = clock_now();
    w->head.volume = 1;
    w->head.sealed = !o->plain;
    rc = make_room(w, 0, e);
    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_COURIER_FULL, "%s", w->folder);
    if (volume_begin(w, 1, e) < 0)
        return -1;
    *out = TAKE(w);
    return 0;
}

static int copy_in(struct courier_out *w, int fd, const char *path, int64_t size,
                   char sha256[HASH_HEX], struct err *e)
{
    AUTO_HASH struct hash *h = hash_new();
    AUTO_MEM unsigned char *buf = mem_new(1, SEALBOX_CHUNK);

    for (int64_t left = size; left > 0;) {
        size_t want = left < (int64_t)SEALBOX_CHUNK ? (size_t)left : SEALBOX_CHUNK;
        ssize_t n = fs_read_some(fd, buf, want, path, e);

        if (n < 0)
            return -1;
        if (n == 0)
            return err_set(e, ERR_READ, "%s", path);
        if (stop_requested()) /* a slow stick takes minutes for one file */
            return err_set(e, ERR_LINE, "%s", "stopped");
        hash_add(h, buf, (size_t)n);
        if (put(w, buf, (size_t)n, e) < 0)
            return -1;
        left -= n;
    }
    hash_end(h, sha256);
    return put_padding(w, size, e);
}

/* Would this file make the volume too large? One always fits. */
static bool volume_is_full(const struct courier_out *w, int64_t size)
{
    int64_t after = w->size + (int64_t)w->fill + size + size / 1024 + RESERVE +
                    (int64_t)w->count * INDEX_ENTRY;

    return w->count > 0 && (after > w->o.volume_max || w->count >= COURIER_ENTRIES_MAX);
}

int courier_out_add(struct courier_out *w, const char *name, const char *path,
                    struct err *e)
{
    char sha256[HASH_HEX];
    struct stat st;
    AUTO_FD int fd = fs_open_input(path, (uint64_t)COURIER_ENTRY_MAX, &st, e);
    int rc;

    assert(courier_tar_name(name));
    if (fd < 0)
        return -1;
    rc = make_room(w, st.st_size, e);
    if (rc <= 0)
        return rc;
    if (volume_is_full(w, st.st_size) &&
        (volume_end(w, false, e) < 0 || volume_begin(w, w->head.volume + 1, e) < 0))
        return -1;
    if (put_start(w, name, st.st_size, e) < 0 ||
        copy_in(w, fd, path, st.st_size, sha256, e) < 0)
        return -1;
    courier_list_add(w->files, name, sha256, st.st_size);
    w->count++;
    return 1;
}

int courier_out_end(struct courier_out *w, struct err *e)
{
    if (volume_end(w, true, e) < 0)
        return -1;
    return drop_older(w, w->head.volume + 1, e);
}

void courier_out_free(struct courier_out *w)
{
    struct err ignored = ERR_INIT; /* a left-over .part is written over next time */

    if (!w)
        return;
    fs_fd_auto(&w->fd);
    if (w->part && fs_unlink(w->part, &ignored) < 0)
        err_clear(&ignored);
    sealbox_free(w->seal);
    hash_free(w->raw);
    jdoc_free(w->files);
    str_clear(&w->bound);
    mem_free(w->folder);
    mem_free(w->path);
    mem_free(w->part);
    mem_free(w);
}

void courier_out_auto(struct courier_out **w)
{
    courier_out_free(*w);
}
