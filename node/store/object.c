/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/object.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"

#define FOLDERS 256

int object_area_create(const char *area, struct err *e)
{
    if (fs_mkdirs(area, e) < 0)
        return -1;
    return fs_mkdir_many(area, FOLDERS, e);
}

int object_area_sweep(const char *area, struct err *e)
{
    return fs_sweep(area, e);
}

char *object_path(const char *area, const char *hex)
{
    assert(hash_is_hex(hex, HASH_HEX - 1));
    return fs_pathf(area, "%.2s/%s", hex, hex);
}

static int compare(int fd, const char *hex, uint64_t *size, struct err *e)
{
    char found[HASH_HEX];
    uint64_t bytes = 0;

    if (hash_fd(fd, hex, found, &bytes, e) < 0)
        return -1;
    if (strcmp(found, hex) != 0) {
        (void)err_set(e, ERR_OBJECT_HASH, "%s", hex);
        return err_detail(e, "has %s, %llu bytes", found, (unsigned long long)bytes);
    }
    if (size)
        *size = bytes;
    return 0;
}

/* Give a complete temporary file its name. What is there already is looked at: only the
 * same bytes count as there, a damaged file gives way to the good one. */
static int settle(const char *area, struct fs_tmp *t, const char *hex, bool *existed,
                  struct err *e)
{
    AUTO_MEM char *path = object_path(area, hex);
    struct err why = ERR_INIT;
    bool there = false;

    if (fs_exists(path)) {
        if (object_verify(area, hex, NULL, &why) == 0) {
            AUTO_MEM char *dir = fs_dirname(path);

            fs_tmp_clear(t);
            *existed = true;
            /* whoever made it may not have come so far */
            return fs_sync_dir(dir, e);
        }
        if (why.code != ERR_OBJECT_HASH && why.code != ERR_OBJECT_MISSING) {
            *e = why;
            return -1;
        }
        *existed = false;
        return fs_tmp_commit(t, path, e);
    }
    if (fs_tmp_commit_new(t, path, &there, e) < 0)
        return -1;
    *existed = there; /* another process was quicker: compared like any other */
    return there ? object_verify(area, hex, NULL, e) : 0;
}

int object_put_fd(const char *area, int fd, const char *name, uint64_t max_bytes,
                  char hex[HASH_HEX], uint64_t *size, bool *existed, struct err *e)
{
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
    AUTO_HASH struct hash *h = hash_new();
    uint64_t copied = 0;

    if (fs_tmp_open(&t, area, e) < 0 ||
        fs_copy(fd, name, &t, max_bytes, h, &copied, e) < 0)
        return -1;
    hash_end(h, hex);
    if (settle(area, &t, hex, existed, e) < 0)
        return -1;
    *size = copied;
    return 0;
}

int object_put_mem(const char *area, const void *data, size_t len, char hex[HASH_HEX],
                   bool *existed, struct err *e)
{
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;

    hash_bytes(data, len, hex);
    if (fs_tmp_open(&t, area, e) < 0 || fs_tmp_write(&t, data, len, e) < 0)
        return -1;
    return settle(area, &t, hex, existed, e);
}

int object_put_tmp(const char *area, struct fs_tmp *t, const char *want,
                   char hex[HASH_HEX], uint64_t *size, bool *existed, struct err *e)
{
    uint64_t bytes = 0;

    if (hash_file(t->path, hex, &bytes, e) < 0)
        return -1;
    if (want && strcmp(want, hex) != 0) {
        (void)err_set(e, ERR_OBJECT_HASH, "%s", want);
        return err_detail(e, "has %s", hex);
    }
    if (settle(area, t, hex, existed, e) < 0)
        return -1;
    *size = bytes;
    return 0;
}

int object_open(const char *area, const char *hex, bool check, uint64_t *size,
                struct err *e)
{
    AUTO_MEM char *path = object_path(area, hex);
    struct err why = ERR_INIT;
    struct stat st;
    AUTO_FD int fd = fs_open(path, O_RDONLY | O_NOFOLLOW | O_NOCTTY, 0, &why);

    if (fd < 0) {
        if (why.code != ERR_NOT_FOUND) {
            *e = why;
            return -1;
        }
        return err_set(e, ERR_OBJECT_MISSING, "%s", hex);
    }
    if (fstat(fd, &st) < 0)
        return err_sys(e, ERR_READ, "%s", hex);
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_OBJECT_HASH, "%s", hex);
    if (check) {
        if (compare(fd, hex, NULL, e) < 0)
            return -1;
        if (lseek(fd, 0, SEEK_SET) < 0)
            return err_sys(e, ERR_READ, "%s", hex);
    }
    if (size)
        *size = (uint64_t)st.st_size;
    return TAKE_FD(fd);
}

int object_read(const char *area, const char *hex, struct str *out, struct err *e)
{
    AUTO_FD int fd = object_open(area, hex, false, NULL, e);
    char found[HASH_HEX];
    size_t before = out->len;

    if (fd < 0 || fs_read_fd(fd, hex, out, e) < 0)
        return -1;
    hash_bytes(str_text(out) + before, out->len - before, found);
    if (strcmp(found, hex) != 0)
        return err_set(e, ERR_OBJECT_HASH, "%s", hex);
    return 0;
}

int object_verify(const char *area, const char *hex, uint64_t *size, struct err *e)
{
    AUTO_FD int fd = object_open(area, hex, false, NULL, e);

    return fd < 0 ? -1 : compare(fd, hex, size, e);
}

bool object_has(const char *area, const char *hex)
{
    AUTO_MEM char *path = object_path(area, hex);

    return fs_exists(path);
}

int object_remove(const char *area, const char *hex, struct err *e)
{
    AUTO_MEM char *path = object_path(area, hex);
    AUTO_MEM char *dir = fs_dirname(path);

    if (fs_unlink(path, e) < 0)
        return -1;
    return fs_sync_dir(dir, e);
}

static int each_in(const char *area, const char *folder, object_each_fn *each,
                   void *ctx, struct err *e)
{
    AUTO_MEM char *dir = fs_path(area, folder);
    AUTO_LIST struct fs_list l = {.names = NULL};

    if (fs_list(dir, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(dir, l.names[i]);
        struct stat st;
        bool ours = false;
        int rc = 0;

        if (lstat(path, &st) < 0) {
            if (errno == ENOENT)
                continue; /* removed meanwhile */
            return err_sys(e, ERR_READ, "%s", path);
        }
        ours = S_ISREG(st.st_mode) && hash_is_hex(l.names[i], HASH_HEX - 1) &&
               strncmp(l.names[i], folder, 2) == 0;
        rc = each(ctx, ours ? l.names[i] : NULL, path, (uint64_t)st.st_size, e);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int object_each(const char *area, object_each_fn *each, void *ctx, struct err *e)
{
    AUTO_LIST struct fs_list l = {.names = NULL};

    if (fs_list(area, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(area, l.names[i]);
        bool folder = hash_is_hex(l.names[i], 2) && fs_is_dir(path);
        int rc = folder ? each_in(area, l.names[i], each, ctx, e)
                        : each(ctx, NULL, path, 0, e);

        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return 0;
}
