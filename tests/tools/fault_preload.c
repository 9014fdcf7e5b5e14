/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second injector: for what libraries (SQLite, libgit2) write themselves, and for
 * any program that was built without injection points of its own.
 *
 *      cc -O1 -g -shared -fPIC -D_GNU_SOURCE -o fault_preload.so fault_preload.c
 *      LD_PRELOAD=$PWD/fault_preload.so SOHOA_FAULT=write:3:sticky:28 program …
 *
 * SOHOA_FAULT=call:n[:sticky][:kill][:errno] makes the n-th call of that kind (from 1)
 * fail with EIO or the number given, once or from then on; with "kill" the process
 * kills itself there instead, before the call is done. Kinds as in node/base/fault.h:
 *
 *      open    open openat creat                 read    read pread
 *      write   write pwrite writev ftruncate     sync    fsync fdatasync
 *      rename  rename renameat renameat2 link linkat
 *      unlink  unlink unlinkat rmdir             mkdir   mkdir mkdirat
 *      alloc   malloc calloc realloc             any     all but alloc, counted
 * together
 *
 * SOHOA_FAULT_BELOW=DIR counts only files below DIR, so that the start of the program
 * does not count; without it all but /dev, /proc, pipes and sockets count.
 * SOHOA_FAULT_WORD=WORD: only in processes that have it among their arguments; children
 * of others inherit the plan and do not obey it.
 * SOHOA_FAULT_LOG=FILE gets one line of counts from each process that had any, at exit
 * and at _exit: the counts, then the beginning of what it was called with.
 * SOHOA_FAULT_HIT=FILE: its first 8 bytes, which have to be there, count the kills that
 * took place (a number in the order of this machine). It is mapped at the start, as a
 * process that has been locked in since can write no file.
 *
 * Every call is made by its system call: no look-up of the next library's symbol that
 * could itself allocate or open.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind {
    ALLOC,
    OPEN,
    READ,
    WRITE,
    SYNC,
    RENAME,
    UNLINK,
    MKDIR,
    ANY,
    KINDS,
};

static const char *const NAMES[KINDS] = {"alloc",  "open",   "read",  "write", "sync",
                                         "rename", "unlink", "mkdir", "any"};

static struct {
    int ready; /* 0 no, 1 being read, 2 yes */
    int kind;
    long nth;
    bool sticky;
    bool kill;
    int error;
    bool active; /* anything to count for */
    char below[PATH_MAX];
    char below_real[PATH_MAX];
    long count[KINDS];
    long *hits; /* shared with who asked; NULL: nobody did */
} plan = {.kind = -1};

static void parse(const char *text)
{
    char copy[64];
    char *rest = copy;
    char *part = NULL;

    if (strlen(text) >= sizeof copy)
        return;
    memcpy(copy, text, strlen(text) + 1);
    part = strsep(&rest, ":");
    for (int i = 0; i < KINDS; i++)
        if (strcmp(part, NAMES[i]) == 0)
            plan.kind = i;
    part = strsep(&rest, ":");
    plan.nth = part ? strtol(part, NULL, 10) : 1;
    while ((part = strsep(&rest, ":")))
        if (strcmp(part, "sticky") == 0)
            plan.sticky = true;
        else if (strcmp(part, "kill") == 0)
            plan.kill = true;
        else
            plan.error = (int)strtol(part, NULL, 10);
}

/* What this process was called with, each argument with its NUL. Return: its bytes. */
static ssize_t arguments(char *line, size_t room)
{
    int fd =
        (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : (ssize_t)syscall(SYS_read, fd, line, room - 1);

    if (fd >= 0)
        (void)syscall(SYS_close, fd);
    line[n > 0 ? n : 0] = '\0';
    return n > 0 ? n : 0;
}

/* Is @word an argument of this process? */
static bool has_word(const char *word)
{
    char line[4096];
    ssize_t n = arguments(line, sizeof line);

    for (ssize_t i = 0; i < n; i += (ssize_t)strlen(line + i) + 1)
        if (strcmp(line + i, word) == 0)
            return true;
    return false;
}

static long *map_hits(const char *path)
{
    struct stat st;
    void *at = MAP_FAILED;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof *plan.hits)
        at = mmap(NULL, sizeof *plan.hits, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)syscall(SYS_close, fd);
    return at == MAP_FAILED ? NULL : at;
}

static void ready(void)
{
    const char *hits = getenv("SOHOA_FAULT_HIT");
    const char *text = getenv("SOHOA_FAULT");
    const char *below = getenv("SOHOA_FAULT_BELOW");
    const char *word = getenv("SOHOA_FAULT_WORD");

    plan.ready = 1;
    plan.error = EIO;
    if (word && word[0] && !has_word(word)) {
        plan.ready = 2; /* not active: nothing counts */
        return;
    }
    if (text)
        parse(text);
    if (hits && plan.kill)
        plan.hits = map_hits(hits);
    plan.active = plan.kind >= 0 || getenv("SOHOA_FAULT_LOG");
    if (below && strlen(below) < sizeof plan.below) {
        strcpy(plan.below, below);
        if (!realpath(below, plan.below_real))
            strcpy(plan.below_real, below);
    }
    plan.ready = 2;
}

static void write_log(void)
{
    const char *path = getenv("SOHOA_FAULT_LOG");
    char line[4096], args[4096];
    ssize_t len = 0;
    size_t used = 0;
    int fd = -1;

    if (!path || plan.ready != 2 || (plan.count[ANY] == 0 && plan.count[ALLOC] == 0))
        return;
    for (int i = 0; i < KINDS; i++) {
        int n = snprintf(line + used, 256 - used, "%s=%ld ", NAMES[i], plan.count[i]);

        if (n > 0)
            used += (size_t)n;
    }
    len = arguments(args, sizeof args - 256);
    for (ssize_t i = 0; i < len; i++)
        line[used++] = args[i] > ' ' ? args[i] : ' ';
    line[used++] = '\n';
    fd = (int)syscall(SYS_openat, AT_FDCWD, path,
                      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    (void)!syscall(SYS_write, fd, line, used);
    (void)syscall(SYS_close, fd);
}

__attribute__((constructor)) static void at_start(void)
{
    if (plan.ready == 0)
        ready();
}

__attribute__((destructor)) static void at_end(void)
{
    write_log();
}

/* ---- does this call count? ------------------------------------------------------- */

static bool starts(const char *path, const char *dir)
{
    size_t n = strlen(dir);

    return n > 0 && strncmp(path, dir, n) == 0 &&
           (path[n] == '/' || path[n] == '\0' || dir[n - 1] == '/');
}

static bool counts(const char *path)
{
    if (plan.below[0])
        return starts(path, plan.below) || starts(path, plan.below_real);
    return path[0] == '/' && !starts(path, "/dev") && !starts(path, "/proc");
}

static bool fd_path(int fd, char out[PATH_MAX])
{
    char link[64];
    long n = 0;

    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = syscall(SYS_readlinkat, AT_FDCWD, link, out, PATH_MAX - 1);
    if (n < 0)
        return false;
    out[n] = '\0';
    return true;
}

static bool fd_counts(int fd)
{
    char path[PATH_MAX];

    return fd_path(fd, path) && counts(path);
}

static bool path_counts(int dir, const char *path)
{
    char base[PATH_MAX];
    char full[2 * PATH_MAX];

    if (path[0] == '/')
        return counts(path);
    if (dir == AT_FDCWD) {
        if (syscall(SYS_getcwd, base, sizeof base) < 0)
            return false;
    } else if (!fd_path(dir, base)) {
        return false;
    }
    (void)snprintf(full, sizeof full, "%s/%s", base, path);
    return counts(full);
}

/* Counted; true when it has to fail, errno is then set. */
static bool hit(enum kind kind)
{
    long n = __atomic_add_fetch(&plan.count[kind], 1, __ATOMIC_SEQ_CST);
    long any =
        kind == ALLOC ? 0 : __atomic_add_fetch(&plan.count[ANY], 1, __ATOMIC_SEQ_CST);

    if (plan.kind != (int)kind)
        n = plan.kind == ANY ? any : 0;
    if (n == 0 || n < plan.nth || (n > plan.nth && !plan.sticky))
        return false;
    if (plan.hits)
        (void)__atomic_add_fetch(plan.hits, 1, __ATOMIC_SEQ_CST);
    if (plan.kill)
        (void)syscall(SYS_kill, (pid_t)syscall(SYS_getpid), SIGKILL);
    errno = plan.error;
    return true;
}

static bool on(void)
{
    if (plan.ready == 0)
        ready();
    return plan.ready == 2 && plan.active;
}

static bool fd_fails(enum kind kind, int fd)
{
    int saved = errno;

    if (!on() || !fd_counts(fd)) {
        errno = saved;
        return false;
    }
    errno = saved;
    return hit(kind);
}

static bool path_fails(enum kind kind, int dir, const char *path)
{
    int saved = errno;

    if (!on() || !path || !path_counts(dir, path)) {
        errno = saved;
        return false;
    }
    errno = saved;
    return hit(kind);
}

/* ---- the calls ------------------------------------------------------------------- */

static int do_open(int dir, const char *path, int flags, mode_t mode)
{
    if (path_fails(OPEN, dir, path))
        return -1;
    return (int)syscall(SYS_openat, dir, path, flags | O_LARGEFILE, mode);
}

#define MODE_OF(flags, last)                                                           \
    __extension__({                                                                    \
        mode_t mode_ = 0;                                                              \
        if ((flags) & (O_CREAT | O_TMPFILE)) {                                         \
            va_list ap_;                                                               \
            va_start(ap_, last);                                                       \
            mode_ = (mode_t)va_arg(ap_, int);                                          \
            va_end(ap_);                                                               \
        }                                                                              \
        mode_;                                                                         \
    })

int open(const char *path, int flags, ...)
{
    return do_open(AT_FDCWD, path, flags, MODE_OF(flags, flags));
}

int open64(const char *path, int flags, ...)
{
    return do_open(AT_FDCWD, path, flags, MODE_OF(flags, flags));
}

int openat(int dir, const char *path, int flags, ...)
{
    return do_open(dir, path, flags, MODE_OF(flags, flags));
}

int openat64(int dir, const char *path, int flags, ...)
{
    return do_open(dir, path, flags, MODE_OF(flags, flags));
}

int creat(const char *path, mode_t mode)
{
    return do_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

/* What -D_FORTIFY_SOURCE makes of a call without a mode. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return do_open(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    return do_open(AT_FDCWD, path, flags, 0);
}

int __openat_2(int dir, const char *path, int flags);
int __openat_2(int dir, const char *path, int flags)
{
    return do_open(dir, path, flags, 0);
}

int __openat64_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags)
{
    return do_open(dir, path, flags, 0);
}

ssize_t read(int fd, void *buf, size_t len)
{
    return fd_fails(READ, fd) ? -1 : (ssize_t)syscall(SYS_read, fd, buf, len);
}

ssize_t pread(int fd, void *buf, size_t len, off_t at)
{
    return fd_fails(READ, fd) ? -1 : (ssize_t)syscall(SYS_pread64, fd, buf, len, at);
}

ssize_t pread64(int fd, void *buf, size_t len, off64_t at)
{
    return fd_fails(READ, fd) ? -1 : (ssize_t)syscall(SYS_pread64, fd, buf, len, at);
}

ssize_t __read_chk(int fd, void *buf, size_t len, size_t room);
ssize_t __read_chk(int fd, void *buf, size_t len, size_t room)
{
    if (len > room)
        abort();
    return fd_fails(READ, fd) ? -1 : (ssize_t)syscall(SYS_read, fd, buf, len);
}

ssize_t __pread_chk(int fd, void *buf, size_t len, off_t at, size_t room);
ssize_t __pread_chk(int fd, void *buf, size_t len, off_t at, size_t room)
{
    if (len > room)
        abort();
    return fd_fails(READ, fd) ? -1 : (ssize_t)syscall(SYS_pread64, fd, buf, len, at);
}

ssize_t __pread64_chk(int fd, void *buf, size_t len, off64_t at, size_t room);
ssize_t __pread64_chk(int fd, void *buf, size_t len, off64_t at, size_t room)
{
    if (len > room)
        abort();
    return fd_fails(READ, fd) ? -1 : (ssize_t)syscall(SYS_pread64, fd, buf, len, at);
}

ssize_t write(int fd, const void *buf, size_t len)
{
    return fd_fails(WRITE, fd) ? -1 : (ssize_t)syscall(SYS_write, fd, buf, len);
}

ssize_t pwrite(int fd, const void *buf, size_t len, off_t at)
{
    return fd_fails(WRITE, fd) ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, buf, len, at);
}

ssize_t pwrite64(int fd, const void *buf, size_t len, off64_t at)
{
    return fd_fails(WRITE, fd) ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, buf, len, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return fd_fails(WRITE, fd) ? -1 : (ssize_t)syscall(SYS_writev, fd, parts, count);
}

int ftruncate(int fd, off_t size)
{
    return fd_fails(WRITE, fd) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return fd_fails(WRITE, fd) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int fsync(int fd)
{
    return fd_fails(SYNC, fd) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return fd_fails(SYNC, fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

static int do_rename(int from_dir, const char *from, int to_dir, const char *to,
                     unsigned flags)
{
    if (path_fails(RENAME, to_dir, to))
        return -1;
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int rename(const char *from, const char *to)
{
    return do_rename(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return do_rename(from_dir, from, to_dir, to, 0);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to,
              unsigned flags)
{
    return do_rename(from_dir, from, to_dir, to, flags);
}

static int do_link(int from_dir, const char *from, int to_dir, const char *to,
                   int flags)
{
    if (path_fails(RENAME, to_dir, to))
        return -1;
    return (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
}

int link(const char *from, const char *to)
{
    return do_link(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    return do_link(from_dir, from, to_dir, to, flags);
}

static int do_unlink(int dir, const char *path, int flags)
{
    if (path_fails(UNLINK, dir, path))
        return -1;
    return (int)syscall(SYS_unlinkat, dir, path, flags);
}

int unlink(const char *path)
{
    return do_unlink(AT_FDCWD, path, 0);
}

int unlinkat(int dir, const char *path, int flags)
{
    return do_unlink(dir, path, flags);
}

int rmdir(const char *path)
{
    return do_unlink(AT_FDCWD, path, AT_REMOVEDIR);
}

static int do_mkdir(int dir, const char *path, mode_t mode)
{
    if (path_fails(MKDIR, dir, path))
        return -1;
    return (int)syscall(SYS_mkdirat, dir, path, mode);
}

int mkdir(const char *path, mode_t mode)
{
    return do_mkdir(AT_FDCWD, path, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
    return do_mkdir(dir, path, mode);
}

void _exit(int code)
{
    write_log();
    for (;;)
        (void)syscall(SYS_exit_group, code);
}

void _Exit(int code)
{
    _exit(code);
}

/* ---- memory: only when asked for ------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool alloc_fails(void)
{
    /* Before the start everything passes: the plan is read by the constructor. */
    if (plan.ready != 2 || plan.kind != ALLOC || !hit(ALLOC))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return alloc_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return alloc_fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return alloc_fails() ? NULL : __libc_realloc(old, size);
}
