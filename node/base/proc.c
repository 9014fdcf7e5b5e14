/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/proc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/ioprio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"

#ifdef SOHOA_COVERAGE
#include <gcov.h>
#endif

#define ENV_MAX      4096
#define FD_ASIDE     16 /* above every descriptor number a child gets */
#define POLL_MS      5  /* where the kernel has no pidfd */
#define NICE_LOW     10
#define STAT_BYTES   1024
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

/* What the child tells through the pipe when it could not become the program. */
struct failure {
    char step[16];
    int code;
};

/* All that the child needs, made before fork: between fork and exec nothing allocates.
 */
struct launch {
    const struct proc_opts *o;
    const char *path;
    char **env;
    int fds[4]; /* for its 0, 1, 2 and 3; -1: none for 3 */
    int report;
    int ruleset; /* -1: none */
    bool group;
    pid_t parent;
};

static int start_failed(struct err *e, const char *what, const char *step, int code)
{
    (void)err_set(e, ERR_WORKER_START, "%s", what);
    e->sys_errno = code;
    return err_detail(e, "%s: errno %d %s", step, code, strerrordesc_np(code));
}

/* ---- the child, between fork and exec ------------------------------------------ */

static NORETURN void give_up(int report, const char *step)
{
    struct failure f = {.code = errno};
    ssize_t n = 0;

    (void)strncpy(f.step, step, sizeof f.step - 1);
    n = write(report, &f, sizeof f);
    _exit(n == (ssize_t)sizeof f ? 127 : 126);
}

static void default_signals(void)
{
    sigset_t none;

    for (int s = 1; s < NSIG; s++)
        (void)signal(s, SIG_DFL); /* fails for SIGKILL, SIGSTOP and libc's own */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The given descriptors become 0 to 3. They are moved out of the way first: one may
 * stand where another has to go. */
static int place_fds(struct launch *l)
{
    l->report = fcntl(l->report, F_DUPFD_CLOEXEC, FD_ASIDE);
    if (l->report < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(l->fds); i++) {
        if (l->fds[i] < 0)
            continue;
        l->fds[i] = fcntl(l->fds[i], F_DUPFD_CLOEXEC, FD_ASIDE);
        if (l->fds[i] < 0)
            return -1;
    }
    for (size_t i = 0; i < ARRAY_LEN(l->fds); i++)
        if (l->fds[i] >= 0 && dup2(l->fds[i], (int)i) < 0)
            return -1;
    /* What a library opened without O_CLOEXEC stays here too. Kernels before 5.11 do
     * not know the flag: then ours are still closed. */
    (void)close_range(l->fds[3] >= 0 ? 4 : 3, ~0U, CLOSE_RANGE_CLOEXEC);
    return 0;
}

/* The parent is told that all is well, and nothing of it is kept open meanwhile: a
 * lock would outlive it. */
static void run_before(const struct launch *l)
{
    const struct proc_opts *o = l->o;
    int code;

    if (close_range(STDERR_FILENO + 1, ~0U, 0) < 0)
        give_up(l->report, "descriptors");
    code = o->before(o->before_ctx);
    if (code != 0)
        _exit(code);
}

static NORETURN void become(struct launch *l)
{
    struct err e = ERR_INIT;
    int aside = l->report;

    if (place_fds(l) < 0)
        give_up(aside, "descriptors");
    default_signals();
    if (l->group && setpgid(0, 0) < 0)
        give_up(l->report, "setpgid");
    if (l->o->folder && chdir(l->o->folder) < 0)
        give_up(l->report, "chdir");
    if (l->o->low_priority) {
        /* Only a wish: a container may refuse it. */
        (void)setpriority(PRIO_PROCESS, 0, NICE_LOW);
        (void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
                      IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
    }
    if (sandbox_limits_set(&l->o->limits, &e) < 0) {
        errno = e.sys_errno;
        give_up(l->report, "limits");
    }
    if (getppid() != l->parent)
        _exit(127); /* it died before it could take us along */
    if (l->ruleset >= 0 && sandbox_ruleset_apply(l->ruleset, &e) < 0) {
        errno = e.sys_errno;
        give_up(l->report, "landlock");
    }
    if (l->o->before)
        run_before(l);
    (void)execve(l->path, (char *const *)(uintptr_t)l->o->argv, l->env);
    give_up(l->report, "exec");
}

/* ---- before fork --------------------------------------------------------------- */

/* As a shell looks programs up. owned, mem_free(); NULL: none. */
static char *find_program(const char *name)
{
    const char *rest = getenv("PATH");

    if (strchr(name, '/'))
        return mem_dup(name);
    if (!rest || !rest[0])
        rest = DEFAULT_PATH;
    while (*rest) {
        int len = (int)strcspn(rest, ":");
        AUTO_MEM char *path = mem_printf("%.*s/%s", len, rest, name);

        if (len > 0 && access(path, X_OK) == 0 && !fs_is_dir(path))
            return TAKE(path);
        rest += len;
        rest += *rest == ':';
    }
    return NULL;
}

/* Does an added "NAME=value" replace this one? */
static bool is_replaced(const char *old, const char *const *added)
{
    size_t name = strcspn(old, "=");

    for (; added && *added; added++)
        if (strncmp(old, *added, name) == 0 && (*added)[name] == '=')
            return true;
    return false;
}

/* Our environment with the additions. Views; the array is owned, mem_free(). */
static char **make_env(const char *const *added)
{
    char **env = mem_new(ENV_MAX + 1, sizeof *env);
    size_t n = 0;

    for (char **old = environ; old && *old && n < ENV_MAX; old++)
        if (!is_replaced(*old, added))
            env[n++] = *old;
    for (; added && *added && n < ENV_MAX; added++)
        env[n++] = (char *)(uintptr_t)*added;
    return env;
}

struct pair {
    int ours;
    int theirs;
};

static void pair_auto(struct pair *p)
{
    fs_fd_auto(&p->ours);
    fs_fd_auto(&p->theirs);
}
#define AUTO_PAIR AUTO(pair_auto)
#define PAIR_INIT                                                                      \
    {                                                                                  \
        .ours = -1, .theirs = -1                                                       \
    }

static int make_pipe(struct pair *p, bool child_reads, struct err *e)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return start_failed(e, "pipe", "pipe", errno);
    p->ours = ends[child_reads ? 1 : 0];
    p->theirs = ends[child_reads ? 0 : 1];
    return 0;
}

static int make_socket(struct pair *p, struct err *e)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return start_failed(e, "socketpair", "socketpair", errno);
    p->ours = ends[0];
    p->theirs = ends[1];
    return 0;
}

/* One of descriptors 0, 1, 2. @p->theirs is what the child gets; owned unless given. */
static int make_stream(enum proc_stream kind, int number, int given, struct pair *p,
                       int *child, struct err *e)
{
    switch (kind) {
    case PROC_INHERIT:
        *child = number;
        return 0;
    case PROC_FD:
        *child = given;
        return 0;
    case PROC_PIPE:
        if (make_pipe(p, number == STDIN_FILENO, e) < 0)
            return -1;
        break;
    case PROC_PAIR:
        if (make_socket(p, e) < 0)
            return -1;
        break;
    case PROC_NULL:
    default:
        p->theirs = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (p->theirs < 0)
            return start_failed(e, "/dev/null", "open", errno);
        break;
    }
    *child = p->theirs;
    return 0;
}

/* Until the child executed (the pipe closes) or says why it could not. */
static int read_report(int report, const char *what, struct err *e)
{
    struct failure f = {0};
    struct err ignored = ERR_INIT; /* a report that cannot be read is no report */
    size_t got = 0;

    while (got < sizeof f) {
        ssize_t n =
            fs_read_some(report, (char *)&f + got, sizeof f - got, what, &ignored);

        if (n <= 0)
            break;
        got += (size_t)n;
    }
    if (got == 0)
        return 0;
    f.step[sizeof f.step - 1] = '\0';
    return start_failed(e, what, f.step, f.code);
}

int proc_start(const struct proc_opts *o, struct proc *p, struct err *e)
{
    const char *name = o->program ? o->program : o->argv[0];
    AUTO_MEM char *path = find_program(name);
    AUTO_MEM char **env = make_env(o->env);
    AUTO_PAIR struct pair in = PAIR_INIT;
    AUTO_PAIR struct pair out = PAIR_INIT;
    AUTO_PAIR struct pair err = PAIR_INIT;
    AUTO_PAIR struct pair sock = PAIR_INIT;
    AUTO_PAIR struct pair report = PAIR_INIT;
    AUTO_FD int ruleset = -1;
    AUTO_PROC struct proc child = PROC_INIT;
    struct launch l = {.o = o, .path = path, .env = env, .parent = getpid()};
    bool none = false;

    if (!path)
        return start_failed(e, name, "PATH", ENOENT);
    l.fds[3] = -1;
    if (make_stream(o->in, 0, o->in_fd, &in, &l.fds[0], e) < 0 ||
        make_stream(o->out, 1, o->out_fd, &out, &l.fds[1], e) < 0 ||
        make_stream(o->err, 2, -1, &err, &l.fds[2], e) < 0)
        return -1;
    if (o->socket) {
        if (make_socket(&sock, e) < 0)
            return -1;
        l.fds[3] = sock.theirs;
    }
    if (make_pipe(&report, false, e) < 0)
        return -1;
    l.report = report.theirs;
    if (o->paths) {
        ruleset = sandbox_ruleset_open(o->paths, o->path_count, &none, e);
        if (ruleset < 0 && !none)
            return -1;
    }
    l.ruleset = ruleset;
    l.group = o->in != PROC_INHERIT;
    (void)fflush(NULL); /* else buffered lines would come twice */
    child.pid = fork();
    if (child.pid < 0) {
        child.pid = 0;
        return start_failed(e, name, "fork", errno);
    }
    if (child.pid == 0)
        become(&l);
    child.group = l.group;
    child.pidfd = pidfd_open(child.pid, 0); /* -1: proc_wait() looks now and then */
    fs_fd_auto(&report.theirs);
    if (read_report(report.ours, name, e) < 0)
        return -1;
    child.in = TAKE_FD(in.ours);
    child.out = TAKE_FD(out.ours);
    child.err = TAKE_FD(err.ours);
    child.sock = TAKE_FD(sock.ours);
    *p = child;
    child = (struct proc)PROC_INIT;
    return 0;
}

/* This very program: by its path, or when that was replaced by a newer one, by the
 * kernel's link to the file that still runs. owned, mem_free() */
static char *own_program(struct err *e)
{
    AUTO_MEM char *path = fs_program(e);

    if (!path)
        return NULL;
    return access(path, X_OK) == 0 ? TAKE(path) : mem_dup("/proc/self/exe");
}

int proc_start_worker(const char *kind, const struct proc_opts *o, struct proc *p,
                      struct err *e)
{
    struct proc_opts all = o ? *o : (struct proc_opts){0};
    AUTO_MEM char *own = all.program ? NULL : own_program(e);
    const char *argv[] = {"sohoa", "worker", kind, NULL};
    AUTO_MEM const char **env = NULL;
    size_t count = 0;

    if (!all.program && !own)
        return -1;
    for (; all.env && all.env[count]; count++)
        ;
    env = mem_new(count + 3, sizeof *env);
    if (count)
        memcpy(env, all.env, count * sizeof *env);
    env[count++] = "OMP_THREAD_LIMIT=1";
    /* Pictures come and go all the time: large pages of memory cost a tenth less of the
     * whole than small ones do. Other C libraries take no notice. */
    env[count] = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1";
    all.env = env;
    all.argv = argv;
    if (!all.program)
        all.program = own;
    all.in = PROC_NULL;
    all.out = PROC_NULL;
    all.err = getenv("SOHOA_WORKER_STDERR") ? PROC_INHERIT : PROC_NULL;
#ifdef SOHOA_SANITIZER
    all.err = PROC_INHERIT; /* a report that nobody reads is none */
#endif
    all.socket = true;
    return proc_start(&all, p, e);
}

/* ---- the running child --------------------------------------------------------- */

static uint64_t to_ms(const struct timeval *t)
{
    return (uint64_t)t->tv_sec * 1000 + (uint64_t)t->tv_usec / 1000;
}

static void ended(struct proc *p, int status, const struct rusage *use,
                  struct proc_exit *how)
{
    p->pid = 0;
    fs_fd_auto(&p->pidfd);
    if (!how)
        return;
    *how = (struct proc_exit){
        .signaled = WIFSIGNALED(status),
        .status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
        .cpu_ms = to_ms(&use->ru_utime) + to_ms(&use->ru_stime),
        .peak_kib = (uint64_t)use->ru_maxrss,
    };
}

/* Return: 1 reaped, 0 still running, -1. */
static int reap(struct proc *p, int flags, struct proc_exit *how)
{
    struct rusage use = {0};
    int status = 0;
    pid_t pid = 0;

    do
        pid = wait4(p->pid, &status, flags, &use);
    while (pid < 0 && errno == EINTR);
    if (pid > 0)
        ended(p, status, &use, how);
    return pid > 0 ? 1 : (int)pid;
}

int proc_wait(struct proc *p, int64_t deadline_ms, struct proc_exit *how, struct err *e)
{
    assert(p->pid > 0);
    for (;;) {
        struct pollfd fd = {.fd = p->pidfd, .events = POLLIN};
        int64_t left = deadline_ms ? deadline_ms - clock_mono_ms() : INT_MAX;
        int rc = reap(p, WNOHANG, how);

        if (rc < 0)
            return err_sys(e, ERR_WORKER_GONE, "process %ld", (long)p->pid);
        if (rc > 0)
            return 1;
        if (left <= 0)
            return 0;
        if (left > INT_MAX)
            left = INT_MAX;
        if (p->pidfd < 0)
            clock_sleep_ms(left < POLL_MS ? left : POLL_MS);
        else if (poll(&fd, 1, (int)left) < 0 && errno != EINTR)
            return err_sys(e, ERR_INTERNAL, "poll");
    }
}

void proc_kill(struct proc *p, struct proc_exit *how)
{
    if (p->pid <= 0)
        return;
    if (p->group)
        (void)kill(-p->pid, SIGKILL); /* its own children, when it has any */
    (void)kill(p->pid, SIGKILL);
    if (reap(p, 0, how) < 0) {
        p->pid = 0; /* somebody else reaped it: nothing is left to wait for */
        fs_fd_auto(&p->pidfd);
        if (how)
            *how = (struct proc_exit){.signaled = true, .status = SIGKILL};
    }
}

int proc_usage(const struct proc *p, struct proc_use *use, struct err *e)
{
    AUTO_MEM char *path = mem_printf("/proc/%ld/stat", (long)p->pid);
    AUTO_STR struct str text = STR_INIT(STAT_BYTES);
    const char *rest = NULL;
    unsigned long user = 0;
    unsigned long system = 0;
    long pages = 0;
    char state = 0;

    if (fs_read_file(path, &text, e) < 0)
        return -1;
    /* The name in brackets may hold anything; 11 fields further on come the times. */
    rest = strrchr(str_text(&text), ')');
    if (!rest || sscanf(rest + 1,
                        " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d "
                        "%*d %*d %*d %*d %*u %*u %ld",
                        &state, &user, &system, &pages) != 4)
        return err_set(e, ERR_INTERNAL, "%s", path);
    use->runs = state == 'R';
    use->cpu_ms = (uint64_t)(user + system) * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
    use->rss_kib =
        (uint64_t)(pages > 0 ? pages : 0) * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
    return 0;
}

int proc_add_cpu(struct proc *p, uint64_t more_s, struct err *e)
{
    struct rlimit now = {0};
    struct proc_use use = {0};
    rlim_t soft = 0;

    if (proc_usage(p, &use, e) < 0)
        return -1;
    if (prlimit(p->pid, RLIMIT_CPU, NULL, &now) < 0)
        return err_sys(e, ERR_INTERNAL, "process %ld", (long)p->pid);
    soft = use.cpu_ms / 1000 + 1 + more_s;
    now.rlim_cur = soft < now.rlim_max ? soft : now.rlim_max;
    if (prlimit(p->pid, RLIMIT_CPU, &now, NULL) < 0)
        return err_sys(e, ERR_INTERNAL, "process %ld", (long)p->pid);
    return 0;
}

void proc_clear(struct proc *p)
{
    proc_kill(p, NULL);
    fs_fd_auto(&p->in);
    fs_fd_auto(&p->out);
    fs_fd_auto(&p->err);
    fs_fd_auto(&p->sock);
    fs_fd_auto(&p->pidfd);
}

void proc_exit_worker(int code)
{
    (void)fflush(NULL);
#ifdef SOHOA_COVERAGE
    __gcov_dump();
#endif
    _exit(code);
}

/* Output until its end. Return: 0, or -1 (time or room ran out). */
static int read_output(int fd, const char *name, struct str *out, int64_t deadline_ms,
                       struct err *e)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = deadline_ms - clock_mono_ms();
        char buf[8192];
        ssize_t n = 0;

        if (left <= 0)
            return err_set(e, ERR_TIMEOUT, "%s", name);
        n = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
        if (n < 0 && errno != EINTR)
            return err_sys(e, ERR_READ, "%s", name);
        if (n <= 0)
            continue;
        n = fs_read_some(fd, buf, sizeof buf, name, e);
        if (n <= 0)
            return (int)n;
        str_add_mem(out, buf, (size_t)n);
        if (str_check(out, name, e) < 0)
            return -1;
    }
}

int proc_run(const struct proc_opts *o, struct str *out, int64_t wait_ms,
             struct proc_exit *how, struct err *e)
{
    AUTO_PROC struct proc p = PROC_INIT;
    struct proc_opts all = *o;
    int64_t deadline_ms = clock_mono_ms() + wait_ms;
    int rc = 0;

    assert(o->err != PROC_PIPE);
    all.out = PROC_PIPE;
    if (proc_start(&all, &p, e) < 0)
        return -1;
    fs_fd_auto(&p.in);
    if (read_output(p.out, o->argv[0], out, deadline_ms, e) < 0)
        return -1;
    rc = proc_wait(&p, deadline_ms, how, e);
    if (rc == 0)
        return err_set(e, ERR_TIMEOUT, "%s", o->argv[0]);
    return rc < 0 ? -1 : 0;
}
