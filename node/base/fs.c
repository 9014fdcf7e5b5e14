/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/fs.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fault.h"
#include "node/base/hash.h"
#include "node/base/mem.h"

#define COPY_BYTES  ((size_t)1 << 17)
#define SPARSE_MIN  ((uint64_t)64 << 20)
#define DEPTH_MAX   64
#define TMP_TRIES   100 /* a sweeper that never rests may catch each new file once */
#define SMB_MAGIC   0xFF534D42u
#define CIFS_MAGIC  0xFE534D42u
#define EXFAT_MAGIC 0x2011BAB0u

/* ---- descriptors -------------------------------------------------------------- */

void fs_fd_auto(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

int fs_close(int *fd, const char *name, struct err *e)
{
    int old = *fd;

    *fd = -1;
    if (close(old) < 0 && errno != EINTR)
        return err_sys(e, ERR_WRITE, "%s", name);
    return 0;
}

int fs_open(const char *path, int flags, mode_t mode, struct err *e)
{
    int fd = -1;

    if (fault_hit(FAULT_OPEN))
        return err_sys(e, ERR_OPEN, "%s", path);
    do
        fd = open(path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return err_sys(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_OPEN, "%s", path);
    return fd;
}

int fs_open_input(const char *path, uint64_t max_bytes, struct stat *st, struct err *e)
{
    AUTO_FD int fd = -1;

    /* Asked first: opening a device can already do something. */
    if (lstat(path, st) < 0)
        return err_sys(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_OPEN, "%s", path);
    if (S_ISLNK(st->st_mode))
        return err_set(e, ERR_INPUT_LINK, "%s", path);
    if (!S_ISREG(st->st_mode))
        return err_set(e, ERR_INPUT_NOT_REGULAR, "%s", path);
    fd = fs_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, e);
    if (fd < 0)
        return -1;
    if (fstat(fd, st) < 0)
        return err_sys(e, ERR_READ, "%s", path);
    if (!S_ISREG(st->st_mode))
        return err_set(e, ERR_INPUT_NOT_REGULAR, "%s", path);
    if (st->st_size == 0)
        return err_set(e, ERR_INPUT_EMPTY, "%s", path);
    if ((uint64_t)st->st_size > max_bytes)
        return err_set(e, ERR_INPUT_TOO_LARGE, "%s", path);
    if ((uint64_t)st->st_size > SPARSE_MIN &&
        (uint64_t)st->st_blocks * 512 < (uint64_t)st->st_size / 10)
        return err_set(e, ERR_INPUT_SPARSE, "%s", path);
    return TAKE_FD(fd);
}

ssize_t fs_read_some(int fd, void *buf, size_t len, const char *name, struct err *e)
{
    ssize_t n = -1;

    if (fault_hit(FAULT_READ))
        return err_sys(e, ERR_READ, "%s", name);
    do
        n = read(fd, buf, len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_sys(e, ERR_READ, "%s", name);
    return n;
}

int fs_write_all(int fd, const void *data, size_t len, const char *name, struct err *e)
{
    const char *p = data;

    while (len > 0) {
        ssize_t n = fault_hit(FAULT_WRITE) ? -1 : write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = EIO; /* a device that takes nothing would never end */
        if (n <= 0)
            return err_sys(e, ERR_WRITE, "%s", name);
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int fs_sync(int fd, const char *name, struct err *e)
{
    if (fault_hit(FAULT_SYNC) || fsync(fd) < 0) {
        int saved = errno;

        (void)err_set(e, ERR_DISK_SYNC, "%s", name);
        e->sys_errno = saved;
        return err_detail(e, "fsync: errno %d", saved);
    }
    return 0;
}

int fs_sync_dir(const char *path, struct err *e)
{
#ifdef SOHOA_CONTROL_NO_DIR_SYNC
    /* Broken on purpose: the control build that the durability tests must catch. */
    (void)path;
    (void)e;
    return 0;
#else
    AUTO_FD int fd = fs_open(path, O_RDONLY | O_DIRECTORY, 0, e);

    return fd < 0 ? -1 : fs_sync(fd, path, e);
#endif
}

/* ---- whole files -------------------------------------------------------------- */

int fs_read_fd(int fd, const char *name, struct str *out, struct err *e)
{
    for (;;) {
        char buf[16384];
        ssize_t n = fs_read_some(fd, buf, sizeof buf, name, e);

        if (n < 0)
            return -1;
        if (n == 0)
            return str_check(out, name, e);
        str_add_mem(out, buf, (size_t)n);
        if (out->over)
            return str_check(out, name, e);
    }
}

int fs_read_file(const char *path, struct str *out, struct err *e)
{
    AUTO_FD int fd = fs_open(path, O_RDONLY | O_NOCTTY, 0, e);

    return fd < 0 ? -1 : fs_read_fd(fd, path, out, e);
}

int fs_write_file(const char *path, const void *data, size_t len, struct err *e)
{
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    AUTO_MEM char *dir = fs_dirname(path);

    if (fs_tmp_open(&tmp, dir, e) < 0 || fs_tmp_write(&tmp, data, len, e) < 0)
        return -1;
    return fs_tmp_commit(&tmp, path, e);
}

/* A new file under a name nobody has. */
static int tmp_create(struct fs_tmp *t, struct err *e)
{
    unsigned char noise[12];
    char hex[2 * sizeof noise + 1];

    if (getrandom(noise, sizeof noise, 0) != (ssize_t)sizeof noise)
        return err_sys(e, ERR_OPEN, "%s", t->dir);
    hash_hex(noise, sizeof noise, hex);
    mem_free(t->path);
    t->path = fs_pathf(t->dir, FS_TMP_PREFIX "%s", hex);
    t->fd = fs_open(t->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, e);
    if (t->fd < 0)
        mem_free(TAKE(t->path));
    return t->fd < 0 ? -1 : 0;
}

/* Locked as long as we hold it open, so that fs_sweep() of another process passes it
 * over. One that was swept between its creation and its lock is made again. */
int fs_tmp_open(struct fs_tmp *t, const char *dir, struct err *e)
{
    assert(t->fd < 0 && !t->path);
    mem_free(t->dir);
    t->dir = mem_dup(dir);
    for (int tries = 0; tries < TMP_TRIES; tries++) {
        struct stat st;
        bool sweeping = false;

        if (tmp_create(t, e) < 0)
            return -1;
        sweeping = flock(t->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
        if (!sweeping && fstat(t->fd, &st) == 0 && st.st_nlink > 0)
            return 0;
        fs_fd_auto(&t->fd);
    }
    return err_set(e, ERR_WRITE, "%s", dir);
}

int fs_tmp_write(struct fs_tmp *t, const void *data, size_t len, struct err *e)
{
    return fs_write_all(t->fd, data, len, t->path, e);
}

static int sync_parent(const char *path, struct err *e)
{
    AUTO_MEM char *dir = fs_dirname(path);

    return fs_sync_dir(dir, e);
}

/* It stays open (and locked) until it has its name. */
int fs_tmp_commit(struct fs_tmp *t, const char *dest, struct err *e)
{
    if (fs_sync(t->fd, t->path, e) < 0)
        return -1;
    if (fault_hit(FAULT_RENAME) || rename(t->path, dest) < 0)
        return err_sys(e, ERR_WRITE, "%s", dest);
    mem_free(TAKE(t->path));
    if (fs_close(&t->fd, dest, e) < 0)
        return -1;
    return sync_parent(dest, e);
}

int fs_tmp_commit_new(struct fs_tmp *t, const char *dest, bool *existed, struct err *e)
{
    bool there = false;

    if (fs_sync(t->fd, t->path, e) < 0)
        return -1;
    if (fault_hit(FAULT_RENAME) ||
        renameat2(AT_FDCWD, t->path, AT_FDCWD, dest, RENAME_NOREPLACE) < 0) {
        if (errno != EEXIST)
            return err_sys(e, ERR_WRITE, "%s", dest);
        there = true;
        fs_tmp_clear(t);
    } else {
        mem_free(TAKE(t->path));
        if (fs_close(&t->fd, dest, e) < 0)
            return -1;
    }
    if (sync_parent(dest, e) < 0)
        return -1;
    *existed = there;
    return 0;
}

void fs_tmp_clear(struct fs_tmp *t)
{
    fs_fd_auto(&t->fd);
    if (t->path)
        (void)unlink(t->path); /* a left-over is swept at the next start */
    mem_free(TAKE(t->path));
    mem_free(TAKE(t->dir));
}

int fs_copy(int in, const char *name, struct fs_tmp *t, uint64_t max_bytes,
            struct hash *h, uint64_t *copied, struct err *e)
{
    AUTO_MEM char *buf = mem_new(COPY_BYTES, 1);
    uint64_t sum = 0;

    for (;;) {
        ssize_t n = fs_read_some(in, buf, COPY_BYTES, name, e);

        if (n < 0)
            return -1;
        if (n == 0)
            break;
        sum += (uint64_t)n;
        if (sum > max_bytes)
            return err_set(e, ERR_INPUT_TOO_LARGE, "%s", name);
        if (h)
            hash_add(h, buf, (size_t)n);
        if (fs_tmp_write(t, buf, (size_t)n, e) < 0)
            return -1;
    }
    *copied = sum;
    return 0;
}

/* ---- folders and names -------------------------------------------------------- */

int fs_mkdir(const char *path, struct err *e)
{
    if (fault_hit(FAULT_MKDIR) || mkdir(path, 0700) < 0) {
        if (errno != EEXIST || !fs_is_dir(path))
            return err_sys(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_WRITE, "%s", path);
    }
    /* Also when it was there: whoever made it may have died before this. */
    return sync_parent(path, e);
}

int fs_mkdir_many(const char *path, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_MEM char *p = fs_pathf(path, "%02zx", i);

        if ((fault_hit(FAULT_MKDIR) || mkdir(p, 0700) < 0) &&
            (errno != EEXIST || !fs_is_dir(p)))
            return err_sys(e, ERR_WRITE, "%s", p);
    }
    return fs_sync_dir(path, e);
}

int fs_mkdirs(const char *path, struct err *e)
{
    AUTO_MEM char *part = mem_dup(path);

    for (char *p = part + (path[0] == '/'); *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (!fs_is_dir(part) && fs_mkdir(part, e) < 0)
            return -1;
        *p = '/';
    }
    return fs_mkdir(path, e);
}

int fs_rename(const char *from, const char *to, struct err *e)
{
    if (fault_hit(FAULT_RENAME) || rename(from, to) < 0)
        return err_sys(e, ERR_WRITE, "%s", to);
    return sync_parent(to, e);
}

int fs_rename_new(const char *from, const char *to, struct err *e)
{
    int rc = 0;

    if (fault_hit(FAULT_RENAME))
        return err_sys(e, ERR_WRITE, "%s", to);
    rc = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
    /* A file system that cannot promise it (FAT, shares): look, then move. */
    if (rc < 0 && errno == EINVAL && !fs_exists(to))
        rc = rename(from, to);
    if (rc == 0)
        return 1;
    return errno == EEXIST || errno == EINVAL ? 0 : err_sys(e, ERR_WRITE, "%s", to);
}

int fs_unlink(const char *path, struct err *e)
{
    if (fault_hit(FAULT_UNLINK) || (unlink(path) < 0 && errno != ENOENT))
        return err_sys(e, ERR_WRITE, "%s", path);
    return 0;
}

static int remove_below(int parent, const char *name, int depth, struct err *e)
{
    int fd = -1;
    DIR *dir = NULL;
    struct dirent *entry = NULL;
    int rc = 0;

    if (depth > DEPTH_MAX)
        return err_set(e, ERR_LIMIT, "%s", name);
    fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, ERR_OPEN, "%s", name);
    dir = fdopendir(fd);
    if (!dir) {
        (void)close(fd);
        return err_sys(e, ERR_OPEN, "%s", name);
    }
    while (rc == 0 && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!fault_hit(FAULT_UNLINK) && unlinkat(fd, entry->d_name, 0) == 0)
            continue;
        rc = errno == EISDIR || errno == EPERM
                 ? remove_below(fd, entry->d_name, depth + 1, e)
                 : err_sys(e, ERR_WRITE, "%s", entry->d_name);
    }
    (void)closedir(dir);
    if (rc == 0 && unlinkat(parent, name, AT_REMOVEDIR) < 0)
        rc = err_sys(e, ERR_WRITE, "%s", name);
    return rc;
}

int fs_remove_tree(const char *path, struct err *e)
{
    if (!fs_exists(path))
        return 0;
    return remove_below(AT_FDCWD, path, 0, e);
}

bool fs_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

bool fs_is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *fs_path(const char *dir, const char *name)
{
    return mem_printf("%s/%s", dir, name);
}

char *fs_pathf(const char *dir, const char *fmt, ...)
{
    AUTO_MEM char *rest = NULL;
    va_list ap;
    int len = 0;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(len >= 0);
    rest = mem_new((size_t)len + 1, 1);
    va_start(ap, fmt);
    (void)vsnprintf(rest, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return fs_path(dir, rest);
}

char *fs_dirname(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = NULL;

    if (!slash)
        return mem_dup(".");
    if (slash == path)
        return mem_dup("/");
    dir = mem_dup(path);
    dir[slash - path] = '\0';
    return dir;
}

const char *fs_basename(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *fs_absolute(const char *path)
{
    char cwd[STR_PATH_MAX];

    if (path[0] == '/' || !getcwd(cwd, sizeof cwd))
        return mem_dup(path);
    return fs_path(cwd, path);
}

char *fs_program(struct err *e)
{
    char path[STR_PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

    if (n <= 0) {
        (void)err_sys(e, ERR_OPEN, "/proc/self/exe");
        return NULL;
    }
    path[n] = '\0';
    return mem_dup(path);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int fs_list(const char *path, struct fs_list *out, struct err *e)
{
    DIR *dir = fault_hit(FAULT_OPEN) ? NULL : opendir(path);
    struct dirent *entry = NULL;
    int rc = 0;

    if (!dir)
        return err_sys(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_OPEN, "%s", path);
    errno = 0;
    while (rc == 0 && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (out->count == FS_LIST_MAX) {
            rc = err_set(e, ERR_LIMIT, "%s", path);
            break;
        }
        mem_grow(&out->names, &out->cap, out->count + 1, sizeof *out->names);
        out->names[out->count++] = mem_dup(entry->d_name);
        errno = 0;
    }
    if (rc == 0 && errno != 0)
        rc = err_sys(e, ERR_READ, "%s", path);
    (void)closedir(dir);
    if (out->count > 1)
        qsort(out->names, out->count, sizeof *out->names, by_bytes);
    return rc;
}

void fs_list_clear(struct fs_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        mem_free(l->names[i]);
    mem_free(l->names);
    *l = (struct fs_list){0};
}

int fs_sweep(const char *path, struct err *e)
{
    AUTO_LIST struct fs_list list = {0};

    if (fs_list(path, &list, e) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++) {
        AUTO_MEM char *file = NULL;
        AUTO_FD int fd = -1;

        if (!str_starts(list.names[i], FS_TMP_PREFIX))
            continue;
        file = fs_path(path, list.names[i]);
        fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
            continue; /* somebody writes it now */
        if (fs_unlink(file, e) < 0)
            return -1;
    }
    return 0;
}

int fs_free_bytes(const char *path, uint64_t *free_bytes, uint64_t *all_bytes,
                  struct err *e)
{
    struct statvfs vfs;

    if (statvfs(path, &vfs) < 0)
        return err_sys(e, ERR_OPEN, "%s", path);
    *free_bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
    *all_bytes = (uint64_t)vfs.f_blocks * vfs.f_frsize;
    return 0;
}

int fs_check_home(const char *path, struct err *e)
{
    struct statfs fs;

    if (statfs(path, &fs) < 0)
        return err_sys(e, ERR_OPEN, "%s", path);
    switch ((unsigned long)fs.f_type & 0xFFFFFFFFu) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case SMB_MAGIC:
    case CIFS_MAGIC:
    case MSDOS_SUPER_MAGIC:
    case EXFAT_MAGIC:
        return err_set(e, ERR_HOME_FS, "%s", path);
    default:
        return 0;
    }
}
