/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fs.h"

/* Reports and counters of these builds are files. */
#if defined(SOHOA_COVERAGE) || defined(SOHOA_SANITIZER)
#define READS_FILES true
#else
#define READS_FILES false
#endif

/* Not err_sys(): "not permitted" here means a kernel that refuses, not a clerk without
 * rights. */
static int refuse(struct err *e, int code, const char *what)
{
    (void)err_set(e, ERR_SANDBOX, "%s", what);
    e->sys_errno = code;
    return err_detail(e, "errno %d", code);
}

/* ---- limits -------------------------------------------------------------------- */

static int limit(int which, const char *name, rlim_t soft, rlim_t hard, struct err *e)
{
    struct rlimit now = {0};

    if (getrlimit((__rlimit_resource_t)which, &now) < 0)
        return refuse(e, errno, name);
    /* A limit that is already lower stays. */
    if (hard > now.rlim_max)
        hard = now.rlim_max;
    if (soft > hard)
        soft = hard;
    now = (struct rlimit){.rlim_cur = soft, .rlim_max = hard};
    if (setrlimit((__rlimit_resource_t)which, &now) < 0)
        return refuse(e, errno, name);
    return 0;
}

int sandbox_limits_set(const struct sandbox_limits *l, struct err *e)
{
    if (limit(RLIMIT_CORE, "RLIMIT_CORE", 0, 0, e) < 0)
        return -1;
#ifndef SOHOA_SANITIZER
    if (l->address_bytes &&
        limit(RLIMIT_AS, "RLIMIT_AS", l->address_bytes, l->address_bytes, e) < 0)
        return -1;
#endif
    if (l->cpu_s && limit(RLIMIT_CPU, "RLIMIT_CPU", l->cpu_s, RLIM_INFINITY, e) < 0)
        return -1;
    if (l->files && limit(RLIMIT_NOFILE, "RLIMIT_NOFILE", l->files, l->files, e) < 0)
        return -1;
#ifndef SOHOA_COVERAGE
    if (l->no_file_writes) {
        if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
            return refuse(e, errno, "SIGXFSZ");
        if (limit(RLIMIT_FSIZE, "RLIMIT_FSIZE", 0, 0, e) < 0)
            return -1;
    }
#endif
    if (!l->no_file_writes && l->file_bytes &&
        limit(RLIMIT_FSIZE, "RLIMIT_FSIZE", l->file_bytes, l->file_bytes, e) < 0)
        return -1;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return refuse(e, errno, "PR_SET_DUMPABLE");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return refuse(e, errno, "PR_SET_PDEATHSIG");
    return 0;
}

/* ---- Landlock ------------------------------------------------------------------ */

/* The kernel's own numbers; Debian 12's header ends at REFER (ABI 2). */
#define FS_TRUNCATE         (1ULL << 14) /* ABI 3 */
#define FS_IOCTL_DEV        (1ULL << 15) /* ABI 5 */
#define NET_BIND_TCP        (1ULL << 0)  /* ABI 4 */
#define NET_CONNECT_TCP     (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX (1ULL << 0) /* ABI 6 */
#define SCOPE_SIGNAL        (1ULL << 1)

struct ruleset_attr {
    uint64_t fs;
    uint64_t net;   /* read by the kernel from ABI 4 on */
    uint64_t scope; /* from ABI 6 on */
};

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                                       \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                   \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |                    \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE)
#define FS_NEVER                                                                       \
    (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |                    \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                     \
     LANDLOCK_ACCESS_FS_MAKE_SYM | FS_IOCTL_DEV)
#define FS_ALL (FS_READ | FS_WRITE | FS_NEVER | LANDLOCK_ACCESS_FS_EXECUTE)
/* Rights that a rule on a file (not a folder) may carry. */
#define FS_ON_FILE                                                                     \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                      \
     LANDLOCK_ACCESS_FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

int sandbox_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
                       LANDLOCK_CREATE_RULESET_VERSION);

    return abi > 0 ? (int)abi : 0;
}

static uint64_t known_rights(int abi)
{
    uint64_t known = FS_ALL;

    if (abi < 2)
        known &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
    if (abi < 3)
        known &= ~FS_TRUNCATE;
    if (abi < 5)
        known &= ~FS_IOCTL_DEV;
    return known;
}

static int allow(int ruleset, const char *path, uint64_t rights, struct err *e)
{
    AUTO_FD int fd = open(path, O_PATH | O_CLOEXEC);
    struct landlock_path_beneath_attr rule = {.allowed_access = rights};
    struct stat st;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (fd < 0 || fstat(fd, &st) < 0)
        return refuse(e, errno, path);
    if (!S_ISDIR(st.st_mode))
        rule.allowed_access &= FS_ON_FILE;
    rule.parent_fd = fd;
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) <
        0)
        return refuse(e, errno, path);
    return 0;
}

static uint64_t rights_of(unsigned access)
{
    uint64_t rights = 0;

    if (access & SANDBOX_READ)
        rights |= FS_READ;
    if (access & SANDBOX_WRITE)
        rights |= FS_WRITE;
    if (access & SANDBOX_EXECUTE)
        rights |= LANDLOCK_ACCESS_FS_EXECUTE;
    return rights;
}

static int open_ruleset(const struct sandbox_path *paths, size_t count, bool connects,
                        bool *none, struct err *e)
{
    int abi = sandbox_landlock_abi();
    uint64_t known = known_rights(abi);
    struct ruleset_attr attr = {.fs = known};
    size_t size = sizeof attr.fs;
    AUTO_FD int fd = -1;

    *none = abi == 0;
    if (*none)
        return -1;
    if (abi >= 4) {
        attr.net = connects ? NET_BIND_TCP : NET_BIND_TCP | NET_CONNECT_TCP;
        size = offsetof(struct ruleset_attr, scope);
    }
    if (abi >= 6) {
        attr.scope = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
        size = sizeof attr;
    }
    fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (fd < 0)
        return refuse(e, errno, "Landlock");
    for (size_t i = 0; i < count; i++)
        if (allow(fd, paths[i].path, rights_of(paths[i].access) & known, e) < 0)
            return -1;
#if defined(SOHOA_COVERAGE)
    if (allow(fd, "/", (FS_READ | FS_WRITE) & known, e) < 0)
        return -1;
#elif defined(SOHOA_SANITIZER)
    if (allow(fd, "/", FS_READ & known, e) < 0)
        return -1;
#endif
    return TAKE_FD(fd);
}

int sandbox_ruleset_open(const struct sandbox_path *paths, size_t count, bool *none,
                         struct err *e)
{
    return open_ruleset(paths, count, false, none, e);
}

int sandbox_ruleset_apply(int ruleset, struct err *e)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return refuse(e, errno, "PR_SET_NO_NEW_PRIVS");
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        return refuse(e, errno, "Landlock");
    return 0;
}

/* ---- seccomp ------------------------------------------------------------------- */

/* Allowed in every profile. Threads and new processes are not: OpenMP that ignores its
 * limit dies at clone3, which is the safe way to fail. */
static const int CALLS_PURE[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(dup),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendto),
    SCMP_SYS(shutdown),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(times),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo), /* qsort() asks how much memory there is */
    SCMP_SYS(uname),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

static const int CALLS_FILES[] = {
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(openat2),
    SCMP_SYS(creat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(chdir),
    SCMP_SYS(fchdir),
    SCMP_SYS(getdents),
    SCMP_SYS(getdents64),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(sync_file_range),
    SCMP_SYS(msync),
    SCMP_SYS(mincore),
    SCMP_SYS(fadvise64),
    SCMP_SYS(ftruncate),
    SCMP_SYS(truncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(flock),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(utimensat),
    SCMP_SYS(utimes),
    SCMP_SYS(utime),
    SCMP_SYS(umask),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
};

static const int CALLS_FORK[] = {
    SCMP_SYS(mmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(fcntl),
    SCMP_SYS(prlimit64),
    SCMP_SYS(getrlimit),
    SCMP_SYS(setrlimit),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(kill),
    SCMP_SYS(tgkill),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(close_range),
    SCMP_SYS(setpgid),
    SCMP_SYS(getpgid),
    SCMP_SYS(getpgrp),
    SCMP_SYS(getsid),
    SCMP_SYS(setsid),
    SCMP_SYS(getgroups),
    SCMP_SYS(getpriority),
    SCMP_SYS(setpriority),
    SCMP_SYS(sched_setaffinity),
    SCMP_SYS(alarm),
    SCMP_SYS(setitimer),
    SCMP_SYS(getitimer),
    SCMP_SYS(prctl),
    SCMP_SYS(arch_prctl),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(membarrier),
    SCMP_SYS(rt_sigsuspend),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(copy_file_range),
};

/* Sockets are made by socket() of the families that rule() names. */
static const int CALLS_NET[] = {
    SCMP_SYS(connect),     SCMP_SYS(getsockopt),  SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(socketpair),
};

/* What libraries try and can do without, when no profile allows it. */
static const struct {
    int call;
    int code;
} PROBES_PURE[] =
    {
        {SCMP_SYS(open), EACCES},       {SCMP_SYS(openat), EACCES},
        {SCMP_SYS(openat2), EACCES},    {SCMP_SYS(stat), EACCES},
        {SCMP_SYS(lstat), EACCES},      {SCMP_SYS(statx), EACCES},
        {SCMP_SYS(access), EACCES},     {SCMP_SYS(faccessat), EACCES},
        {SCMP_SYS(faccessat2), EACCES}, {SCMP_SYS(readlink), EACCES},
        {SCMP_SYS(readlinkat), EACCES}, {SCMP_SYS(getcwd), EACCES},
        {SCMP_SYS(statfs), EACCES},
},
  PROBES_FILES[] = {
      {SCMP_SYS(socket), EACCES}, /* name services look for a cache daemon */
      {SCMP_SYS(chown), EPERM},   {SCMP_SYS(fchown), EPERM},
      {SCMP_SYS(lchown), EPERM},  {SCMP_SYS(fchownat), EPERM},
};

static const int FCNTL_PURE[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC};
static const int FCNTL_FILES[] = {F_DUPFD,     F_GETLK,     F_SETLK,     F_SETLKW,
                                  F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW};

/* A rule that cannot be added is remembered; asked once at the end. */
struct filter {
    scmp_filter_ctx ctx;
    int code; /* first failure, negative errno */
};

static void filter_auto(struct filter *f)
{
    if (f->ctx)
        seccomp_release(f->ctx);
}

static void rule(struct filter *f, uint32_t action, int call, unsigned count,
                 const struct scmp_arg_cmp *args)
{
    int rc = seccomp_rule_add_array(f->ctx, action, call, count, args);

    if (rc < 0 && f->code == 0)
        f->code = rc;
}

static void allow_all(struct filter *f, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        rule(f, SCMP_ACT_ALLOW, calls[i], 0, NULL);
}

/* Argument @arg equals @value. */
static struct scmp_arg_cmp argument_is(unsigned arg, scmp_datum_t value)
{
    return (struct scmp_arg_cmp){.arg = arg, .op = SCMP_CMP_EQ, .datum_a = value};
}

static void allow_fcntl(struct filter *f, const int *commands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct scmp_arg_cmp arg = argument_is(1, (scmp_datum_t)commands[i]);

        rule(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, &arg);
    }
}

/* @call allowed when bit @bit of argument @arg is @wanted; else it fails with @code. */
static void allow_by_bit(struct filter *f, int call, unsigned arg, uint64_t bit,
                         bool wanted, int code)
{
    struct scmp_arg_cmp with = SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bit, wanted ? bit : 0);
    struct scmp_arg_cmp without =
        SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bit, wanted ? 0 : bit);

    rule(f, SCMP_ACT_ALLOW, call, 1, &with);
    rule(f, SCMP_ACT_ERRNO((uint32_t)code), call, 1, &without);
}

/* Without fork: no executable memory, limits only read, signals only to oneself (abort
 * must look like abort). */
static void own_process(struct filter *f)
{
    struct scmp_arg_cmp self = argument_is(0, (scmp_datum_t)getpid());
    struct scmp_arg_cmp read_own[] = {argument_is(0, 0), argument_is(2, 0)};

    allow_by_bit(f, SCMP_SYS(mmap), 2, PROT_EXEC, false, EPERM);
    allow_by_bit(f, SCMP_SYS(mprotect), 2, PROT_EXEC, false, EPERM);
    allow_fcntl(f, FCNTL_PURE, ARRAY_LEN(FCNTL_PURE));
    rule(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self);
    rule(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, read_own);
    rule(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 0, NULL);
}

/* Connections over IP, nothing else that a socket can be. */
static void allow_net(struct filter *f)
{
    static const int families[] = {AF_INET, AF_INET6};

    allow_all(f, CALLS_NET, ARRAY_LEN(CALLS_NET));
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        struct scmp_arg_cmp arg = argument_is(0, (scmp_datum_t)families[i]);

        rule(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, &arg);
    }
}

/* @net: connections besides. */
static int load_filter(enum sandbox_profile profile, bool net, struct err *e)
{
    AUTO(filter_auto) struct filter f = {.ctx = seccomp_init(SCMP_ACT_KILL_PROCESS)};

    if (!f.ctx)
        return refuse(e, ENOMEM, "seccomp");
    /* A binary tree of comparisons: faster, and only that. */
    (void)seccomp_attr_set(f.ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    allow_all(&f, CALLS_PURE, ARRAY_LEN(CALLS_PURE));
    if (profile != SANDBOX_FILES_FORK)
        own_process(&f);
    if (net)
        allow_net(&f);
    if (profile == SANDBOX_PURE) {
        /* fstat(fd) is newfstatat(fd, "", …, AT_EMPTY_PATH) in glibc. */
        allow_by_bit(&f, SCMP_SYS(newfstatat), 3, AT_EMPTY_PATH, true, EACCES);
        for (size_t i = 0; i < ARRAY_LEN(PROBES_PURE); i++)
            rule(&f, SCMP_ACT_ERRNO((uint32_t)PROBES_PURE[i].code), PROBES_PURE[i].call,
                 0, NULL);
    } else {
        allow_all(&f, CALLS_FILES, ARRAY_LEN(CALLS_FILES));
        for (size_t i = net ? 1 : 0; i < ARRAY_LEN(PROBES_FILES); i++)
            rule(&f, SCMP_ACT_ERRNO((uint32_t)PROBES_FILES[i].code),
                 PROBES_FILES[i].call, 0, NULL);
    }
    if (profile == SANDBOX_FILES) {
        allow_fcntl(&f, FCNTL_FILES, ARRAY_LEN(FCNTL_FILES));
        rule(&f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(symlink), 0, NULL);
        rule(&f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(symlinkat), 0, NULL);
    }
    if (profile == SANDBOX_FILES_FORK)
        allow_all(&f, CALLS_FORK, ARRAY_LEN(CALLS_FORK));
    rule(&f, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0, NULL);
    if (f.code == 0)
        f.code = seccomp_load(f.ctx);
    return f.code < 0 ? refuse(e, -f.code, "seccomp") : 0;
}

int sandbox_enter(enum sandbox_profile profile, const struct sandbox_path *paths,
                  size_t count, struct err *e)
{
    bool none = false, net = profile == SANDBOX_NET;
    AUTO_FD int ruleset = open_ruleset(paths, count, net, &none, e);

    if (ruleset < 0 && !none)
        return -1;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return refuse(e, errno, "PR_SET_DUMPABLE");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return refuse(e, errno, "PR_SET_NO_NEW_PRIVS");
    if (ruleset >= 0 && sandbox_ruleset_apply(ruleset, e) < 0)
        return -1;
    if (net || profile == SANDBOX_PURE)
        profile = READS_FILES ? SANDBOX_FILES : SANDBOX_PURE;
    return profile == SANDBOX_NO_SECCOMP ? 0 : load_filter(profile, net, e);
}
