/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_upload.h"

#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/flow/flow_import.h"
#include "node/record/role.h"

#define FOLDER     "spool/uploads"
#define NAME_END   ".name"
#define READ_BYTES ((size_t)256 << 10)

bool flow_upload_name_good(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > FLOW_UPLOAD_NAME_MAX || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0 || strpbrk(name, "/\\"))
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return false;
    return true;
}

/* Where its bytes and its name lie. */
static char *bytes_path(const char *home, const char *id)
{
    return fs_pathf(home, FOLDER "/%s", id);
}

static char *name_path(const char *home, const char *id)
{
    return fs_pathf(home, FOLDER "/%s" NAME_END, id);
}

/* ---- going ------------------------------------------------------------------------
 */

char *flow_upload_folder(const char *home, struct err *e)
{
    AUTO_MEM char *dir = fs_path(home, FOLDER);

    return !fs_is_dir(dir) && fs_mkdirs(dir, e) < 0 ? NULL : TAKE(dir);
}

int flow_upload_sweep(const char *home, struct err *e)
{
    AUTO_MEM char *dir = flow_upload_folder(home, e);
    AUTO_LIST struct fs_list list = {0};

    if (!dir || fs_sweep(dir, e) < 0 || fs_list(dir, &list, e) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++) {
        AUTO_MEM char *path = fs_path(dir, list.names[i]);
        struct stat st;

        /* One that has gone meanwhile needs no removing. */
        if (str_starts(list.names[i], FS_TMP_PREFIX) || lstat(path, &st) < 0 ||
            !S_ISREG(st.st_mode) || time(NULL) - st.st_mtime < FLOW_UPLOAD_KEEP_S)
            continue;
        if (fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

int flow_upload_drop(const char *home, const char *id, struct err *e)
{
    AUTO_MEM char *path = NULL;
    AUTO_MEM char *name = NULL;

    if (!hash_is_hex(id, FLOW_UPLOAD_ID - 1))
        return err_set(e, ERR_NOT_FOUND, "%.40s", id);
    path = bytes_path(home, id);
    name = name_path(home, id);
    if (fs_unlink(path, e) < 0)
        return -1;
    return fs_unlink(name, e);
}

/* ---- coming -----------------------------------------------------------------------
 */

static int spooled(const char *dir, uint64_t *out, struct err *e)
{
    AUTO_LIST struct fs_list list = {0};

    *out = 0;
    if (fs_list(dir, &list, e) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++) {
        AUTO_MEM char *path = fs_path(dir, list.names[i]);
        struct stat st;

        if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
            *out += (uint64_t)st.st_size;
    }
    return 0;
}

static int need_room(const char *dir, const struct flow_upload_ask *ask, struct err *e)
{
    uint64_t need = FLOW_IMPORT_RESERVE + ask->bytes + ask->beside;
    uint64_t room = 0;
    uint64_t all = 0;
    uint64_t here = 0;

    if (spooled(dir, &here, e) < 0 || fs_free_bytes(dir, &room, &all, e) < 0)
        return -1;
    if (here + ask->bytes + ask->beside > FLOW_UPLOAD_ALL_MAX)
        return err_set(e, ERR_WEB_BUSY, "%llu", (unsigned long long)here);
    if (room >= need)
        return 0;
    (void)err_set(e, ERR_DISK_FULL, "%s", dir);
    return err_detail(e, "%llu bytes free, %llu needed", (unsigned long long)room,
                      (unsigned long long)need);
}

static int copy(int fd, struct fs_tmp *t, struct flow_upload *out, struct err *e)
{
    AUTO_HASH struct hash *h = hash_new();
    AUTO_MEM char *block = mem_new(READ_BYTES, 1);

    for (uint64_t left = out->bytes; left > 0;) {
        size_t want = left < READ_BYTES ? (size_t)left : READ_BYTES;
        ssize_t n = fs_read_some(fd, block, want, "upload", e);

        if (n < 0)
            return -1;
        if (n == 0)
            return err_set(e, ERR_WORKER_GONE, "upload");
        if (fs_tmp_write(t, block, (size_t)n, e) < 0)
            return -1;
        hash_add(h, block, (size_t)n);
        left -= (uint64_t)n;
    }
    hash_end(h, out->sha);
    return 0;
}

/* The name first: bytes that are there have one. */
static int keep(const char *home, const struct flow_upload_ask *ask, struct fs_tmp *t,
                const char *id, struct err *e)
{
    AUTO_MEM char *text = mem_printf("%s\n%s", ask->name, ask->user);
    AUTO_MEM char *at = name_path(home, id);
    AUTO_MEM char *path = bytes_path(home, id);

    if (fs_write_file(at, text, strlen(text), e) < 0)
        return -1;
    return fs_tmp_commit(t, path, e); /* a name alone goes after a day */
}

int flow_upload_take(const char *home, const struct flow_upload_ask *ask, int fd,
                     struct flow_upload *out, struct err *e)
{
    AUTO_MEM char *dir = fs_path(home, FOLDER);
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    unsigned char noise[(FLOW_UPLOAD_ID - 1) / 2];

    *out = (struct flow_upload){.bytes = ask->bytes};
    if (!flow_upload_name_good(ask->name))
        return err_set(e, ERR_WEB_FIELD, "name");
    if (ask->bytes == 0 || ask->bytes > FLOW_UPLOAD_MAX)
        return err_set(e, ERR_WEB_SIZE, "%llu", (unsigned long long)FLOW_UPLOAD_MAX);
    if (getrandom(noise, sizeof noise, 0) != (ssize_t)sizeof noise)
        return err_sys(e, ERR_INTERNAL, "getrandom");
    hash_hex(noise, sizeof noise, out->id);
    if (flow_upload_sweep(home, e) < 0 || need_room(dir, ask, e) < 0 ||
        fs_tmp_open(&tmp, dir, e) < 0 || copy(fd, &tmp, out, e) < 0)
        return -1;
    return keep(home, ask, &tmp, out->id, e);
}

/* ---- there ------------------------------------------------------------------------
 */

char *flow_upload_path(const char *home, const char *id, struct err *e)
{
    char *path = hash_is_hex(id, FLOW_UPLOAD_ID - 1) ? bytes_path(home, id) : NULL;

    if (path && fs_exists(path))
        return path;
    mem_free(path);
    (void)err_set(e, ERR_NOT_FOUND, "%.40s", id);
    return NULL;
}

char *flow_upload_name(const char *home, const char *id, const char *user,
                       struct err *e)
{
    AUTO_MEM char *at = name_path(home, id);
    AUTO_STR struct str text = STR_INIT(FLOW_UPLOAD_NAME_MAX + 1 + USER_NAME_MAX);
    char *whose = NULL;

    if (fs_read_file(at, &text, e) < 0)
        return NULL;
    whose = text.p ? strchr(text.p, '\n') : NULL;
    if (whose)
        *whose++ = '\0';
    if (user && user[0] && whose && whose[0] && strcmp(user, whose) != 0) {
        (void)err_set(e, ERR_NOT_FOUND, "%.40s", id);
        return NULL;
    }
    return mem_dup(str_text(&text));
}
