/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/msg.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/proc_dying.h"

#define SOON (clock_mono_ms() + 10000)

/* ---- the worker: this program again ---------------------------------------------- */

static NORETURN void answer(const char *text)
{
    struct err e = ERR_INIT;

    proc_exit_worker(
        msg_send(PROC_WORKER_FD, 1, text, strlen(text), -1, SOON, &e) < 0 ? 9 : 0);
}

static void work_fds(void)
{
    AUTO_STR struct str s = STR_INIT(1000);

    for (int fd = 0; fd < 256; fd++) {
        struct stat st;

        if (fstat(fd, &st) == 0)
            str_addf(&s, "%d%s ", fd, S_ISSOCK(st.st_mode) ? "s" : "");
    }
    answer(str_text(&s));
}

static void work_limits(void)
{
    AUTO_STR struct str s = STR_INIT(1000);
    static const int WHICH[] = {RLIMIT_CPU, RLIMIT_NOFILE, RLIMIT_CORE};

    for (size_t i = 0; i < ARRAY_LEN(WHICH); i++) {
        struct rlimit l = {0};

        (void)getrlimit((__rlimit_resource_t)WHICH[i], &l);
        str_addf(&s, "%lu ", (unsigned long)l.rlim_cur);
    }
    str_addf(&s, "nice %d omp %s %s own %d", getpriority(PRIO_PROCESS, 0),
             getenv("OMP_THREAD_LIMIT"), getenv("GLIBC_TUNABLES"),
             getpgrp() == getpid());
    answer(str_text(&s));
}

static void work_signals(void)
{
    struct sigaction pipe_action = {0};
    sigset_t blocked;
    int parent_death = 0;
    char text[100];

    (void)sigaction(SIGPIPE, NULL, &pipe_action);
    (void)sigprocmask(SIG_SETMASK, NULL, &blocked);
    (void)prctl(PR_GET_PDEATHSIG, &parent_death);
    (void)snprintf(text, sizeof text, "%d %d %d", pipe_action.sa_handler == SIG_DFL,
                   sigismember(&blocked, SIGTERM), parent_death);
    answer(text);
}

/* Starts a child of its own and tells its pid; both sleep. */
static void work_family(void)
{
    struct err e = ERR_INIT;
    pid_t pid = fork();
    char text[40];

    if (pid == 0)
        for (;;)
            (void)pause();
    (void)snprintf(text, sizeof text, "%ld", (long)pid);
    if (msg_send(PROC_WORKER_FD, 1, text, strlen(text), -1, SOON, &e) == 0)
        for (;;)
            (void)pause();
}

static void work_spin(void)
{
    volatile unsigned long n = 0;
    struct err e = ERR_INIT;

    if (msg_send(PROC_WORKER_FD, 1, "", 0, -1, SOON, &e) == 0)
        for (;;)
            n++;
}

static const struct {
    const char *kind;
    void (*work)(void);
} KINDS[] = {
    {"fds", work_fds},       {"limits", work_limits}, {"signals", work_signals},
    {"family", work_family}, {"spin", work_spin},
};

static int worker_main(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++)
        if (strcmp(kind, KINDS[i].kind) == 0)
            KINDS[i].work();
    if (strcmp(kind, "abort") == 0)
        abort();
    proc_exit_worker(kind[0] == 'x' ? 41 : 1);
}

/* ---- workers --------------------------------------------------------------------- */

static void ask(const char *kind, const struct proc_opts *o, struct msg *m)
{
    AUTO_PROC struct proc p = PROC_INIT;
    struct proc_exit how = {0};
    struct err e = ERR_INIT;

    unit_ok(proc_start_worker(kind, o, &p, &e), &e);
    if (msg_recv(p.sock, m, 10000, false, SOON, &e) != 1)
        fail_msg("%s: %s %s", kind, e.subject, e.detail);
    assert_int_equal(proc_wait(&p, SOON, &how, &e), 1);
    assert_false(how.signaled);
    assert_int_equal(how.status, 0);
    assert_int_equal(p.pid, 0);
}

static void test_proc__a_worker_has_four_descriptors(void **state)
{
    AUTO_MSG struct msg m = MSG_INIT;
    int leak = 0;

    (void)state;
    /* A library that forgot O_CLOEXEC. */
    leak = open("/dev/null", O_RDONLY);
    assert_true(leak > 2);
    ask("fds", NULL, &m);
    assert_int_equal(close(leak), 0);
    assert_string_equal(m.data, "0 1 2 3s ");
}

static void test_proc__limits_environment_and_priority(void **state)
{
    static const struct proc_opts OPTS = {.limits = {.cpu_s = 90, .files = 32},
                                          .low_priority = true};
    AUTO_MSG struct msg m = MSG_INIT;

    (void)state;
    assert_int_equal(setenv("OMP_THREAD_LIMIT", "64", 1), 0);
    ask("limits", &OPTS, &m);
    assert_int_equal(unsetenv("OMP_THREAD_LIMIT"), 0);
    assert_string_equal(m.data, "90 32 0 nice 10 omp 1 glibc.malloc.hugetlb=1 own 1");
}

static void test_proc__signals_start_fresh(void **state)
{
    AUTO_MSG struct msg m = MSG_INIT;
    sigset_t block;
    sigset_t old;

    (void)state;
    assert_int_equal(sigemptyset(&block), 0);
    assert_int_equal(sigaddset(&block, SIGTERM), 0);
    assert_int_equal(sigprocmask(SIG_BLOCK, &block, &old), 0);
    assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    ask("signals", NULL, &m);
    assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
    assert_string_equal(m.data, "1 0 9");
}

static void test_proc__how_a_worker_ended(void **state)
{
    AUTO_PROC struct proc p = PROC_INIT;
    AUTO_PROC struct proc q = PROC_INIT;
    struct proc_exit how = {0};
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(proc_start_worker("x", NULL, &p, &e), &e);
    assert_int_equal(proc_wait(&p, 0, &how, &e), 1);
    assert_false(how.signaled);
    assert_int_equal(how.status, 41);
    assert_true(how.peak_kib > 100);
    unit_ok(proc_start_worker("abort", NULL, &q, &e), &e);
    assert_int_equal(proc_wait(&q, 0, &how, &e), 1);
    assert_true(how.signaled);
    assert_int_equal(how.status, SIGABRT);
}

static bool is_running(pid_t pid)
{
    AUTO_MEM char *path = mem_printf("/proc/%ld/stat", (long)pid);
    AUTO_STR struct str text = STR_INIT(2000);
    struct err e = ERR_INIT;
    const char *rest = NULL;

    if (fs_read_file(path, &text, &e) < 0)
        return false;
    rest = strrchr(str_text(&text), ')');
    return rest && rest[2] != 'Z' && rest[2] != 'X';
}

static void test_proc__kill_reaches_the_whole_family(void **state)
{
    AUTO_PROC struct proc p = PROC_INIT;
    AUTO_MSG struct msg m = MSG_INIT;
    struct proc_exit how = {0};
    struct err e = ERR_INIT;
    int64_t grandchild = 0;

    (void)state;
    unit_ok(proc_start_worker("family", NULL, &p, &e), &e);
    assert_int_equal(msg_recv(p.sock, &m, 100, false, SOON, &e), 1);
    assert_true(num_parse(m.data, 2, INT32_MAX, &grandchild));
    assert_true(is_running((pid_t)grandchild));
    assert_int_equal(proc_wait(&p, clock_mono_ms() + 20, &how, &e), 0);
    proc_kill(&p, &how);
    assert_true(how.signaled);
    assert_int_equal(how.status, SIGKILL);
    for (int i = 0; i < 200 && is_running((pid_t)grandchild); i++)
        clock_sleep_ms(10);
    assert_false(is_running((pid_t)grandchild));
    proc_kill(&p, &how); /* a second time does nothing */
    proc_clear(&p);
}

static void test_proc__a_worker_dies_with_its_parent(void **state)
{
    int ends[2];
    pid_t middle = 0;
    pid_t worker = 0;
    int status = 0;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    middle = fork();
    assert_true(middle >= 0);
    if (middle == 0) {
        struct proc p = PROC_INIT;
        struct err e = ERR_INIT;

        if (proc_start_worker("spin", NULL, &p, &e) < 0 ||
            write(ends[1], &p.pid, sizeof p.pid) != sizeof p.pid)
            _exit(1);
        _exit(0); /* without a word to its worker */
    }
    assert_int_equal(read(ends[0], &worker, sizeof worker), sizeof worker);
    assert_int_equal(waitpid(middle, &status, 0), middle);
    assert_int_equal(status, 0);
    for (int i = 0; i < 200 && is_running(worker); i++)
        clock_sleep_ms(10);
    assert_false(is_running(worker));
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
}

static void test_proc__usage_and_more_processor_time(void **state)
{
    static const struct proc_opts OPTS = {.limits = {.cpu_s = 600}};
    AUTO_PROC struct proc p = PROC_INIT;
    AUTO_MSG struct msg m = MSG_INIT;
    struct proc_exit how = {0};
    struct rlimit l = {0};
    struct proc_use use = {0};
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(proc_start_worker("spin", &OPTS, &p, &e), &e);
    assert_int_equal(msg_recv(p.sock, &m, 100, false, SOON, &e), 1);
    for (int i = 0; i < 500 && use.cpu_ms < 50; i++) {
        clock_sleep_ms(10);
        unit_ok(proc_usage(&p, &use, &e), &e);
    }
    assert_true(use.cpu_ms >= 50);
    assert_true(use.rss_kib > 100);
    assert_true(use.runs);
    unit_ok(proc_add_cpu(&p, 90, &e), &e);
    assert_int_equal(prlimit(p.pid, RLIMIT_CPU, NULL, &l), 0);
    assert_in_range(l.rlim_cur, 91, 95);
    /* Less is possible too: it is cut within a second of processor time. */
    unit_ok(proc_add_cpu(&p, 0, &e), &e);
    assert_int_equal(proc_wait(&p, clock_mono_ms() + 20000, &how, &e), 1);
    assert_true(how.signaled);
    assert_int_equal(how.status, SIGXCPU);
    p.pid = 0;
    unit_fails(proc_usage(&p, &use, &e), ERR_NOT_FOUND, &e);
    unit_fails(proc_add_cpu(&p, 1, &e), ERR_NOT_FOUND, &e);
}

/* ---- programs of others ---------------------------------------------------------- */

static int shell(const char *script, struct str *out, const struct proc_opts *with)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    struct proc_opts o = with ? *with : (struct proc_opts){0};
    struct proc_exit how = {0};
    struct err e = ERR_INIT;

    o.argv = argv;
    unit_ok(proc_run(&o, out, 10000, &how, &e), &e);
    return how.signaled ? -how.status : how.status;
}

static void test_proc__run_returns_output_and_code(void **state)
{
    AUTO_STR struct str out = STR_INIT(1000);

    (void)state;
    assert_int_equal(shell("printf 'một\\0hai'; exit 3", &out, NULL), 3);
    assert_int_equal(out.len, 9);
    assert_memory_equal(out.p, "một\0hai", 9);
    str_reset(&out);
    assert_int_equal(shell("kill -TERM $$", &out, NULL), -SIGTERM);
}

static void test_proc__run_has_limits(void **state)
{
    static const char *const SLEEP[] = {"sh", "-c", "sleep 60", NULL};
    static const char *const HELD[] = {"sh", "-c", "exec >&-; sleep 60", NULL};
    static const char *const MUCH[] = {"sh", "-c", "yes", NULL};
    AUTO_STR struct str out = STR_INIT(1000);
    struct proc_opts o = {.argv = SLEEP};
    struct proc_exit how = {0};
    struct err e = ERR_INIT;
    int64_t start = clock_mono_ms();

    (void)state;
    unit_fails(proc_run(&o, &out, 50, &how, &e), ERR_TIMEOUT, &e);
    o.argv = HELD;
    unit_fails(proc_run(&o, &out, 50, &how, &e), ERR_TIMEOUT, &e);
    o.argv = MUCH;
    unit_fails(proc_run(&o, &out, 10000, &how, &e), ERR_LIMIT, &e);
    assert_true(clock_mono_ms() - start < 5000);
}

static void test_proc__environment_and_folder(void **state)
{
    static const char *const ENV[] = {"ADDED=a=b", "HOME=/replaced", NULL};
    AUTO_STR struct str out = STR_INIT(5000);
    AUTO_STR struct str wanted = STR_INIT(5000);
    struct proc_opts o = {.env = ENV, .folder = *state};

    assert_int_equal(shell("echo $ADDED $HOME; pwd -P", &out, &o), 0);
    str_addf(&wanted, "a=b /replaced\n%s\n", (const char *)*state);
    assert_string_equal(str_text(&out), str_text(&wanted));
}

static void test_proc__pipes_and_given_descriptors(void **state)
{
    static const char *const TR[] = {"sh", "-c", "tr a-z A-Z; echo done >&2", NULL};
    AUTO_MEM char *path = fs_path(*state, "out");
    AUTO_STR struct str text = STR_INIT(1000);
    AUTO_STR struct str said = STR_INIT(1000);
    AUTO_PROC struct proc p = PROC_INIT;
    struct err e = ERR_INIT;
    AUTO_FD int fd = fs_open(path, O_WRONLY | O_CREAT, 0600, &e);
    struct proc_opts o = {
        .argv = TR, .in = PROC_PIPE, .out = PROC_FD, .out_fd = fd, .err = PROC_PIPE};
    struct proc_exit how = {0};

    assert_true(fd >= 0);
    unit_ok(proc_start(&o, &p, &e), &e);
    unit_ok(fs_write_all(p.in, "abc", 3, "pipe", &e), &e);
    fs_fd_auto(&p.in);
    unit_ok(fs_read_fd(p.err, "pipe", &said, &e), &e);
    assert_int_equal(proc_wait(&p, SOON, &how, &e), 1);
    unit_ok(fs_read_file(path, &text, &e), &e);
    assert_string_equal(str_text(&text), "ABC");
    assert_string_equal(str_text(&said), "done\n");
}

static void test_proc__descriptors_may_cross(void **state)
{
    /* The child's input is our descriptor 1 and the other way round. */
    AUTO_MEM char *path = fs_path(*state, "in");
    static const char *const CAT[] = {"cat", NULL};
    struct err e = ERR_INIT;
    int saved = dup(1);
    int fd = 0;
    AUTO_STR struct str out = STR_INIT(100);
    struct proc_opts o = {.argv = CAT, .in = PROC_FD, .in_fd = 1};
    struct proc_exit how = {0};
    int rc = 0;

    unit_ok(fs_write_file(path, "crossed", 7, &e), &e);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd > 2 && saved > 2);
    (void)fflush(stdout);
    assert_int_equal(dup2(fd, 1), 1);
    rc = proc_run(&o, &out, 10000, &how, &e);
    assert_int_equal(dup2(saved, 1), 1);
    assert_int_equal(close(saved), 0);
    assert_int_equal(close(fd), 0);
    unit_ok(rc, &e);
    assert_string_equal(str_text(&out), "crossed");
}

/* Waits for a byte on its input, says which descriptors it has beyond 2. */
static int be_ready(void *ctx)
{
    char byte = '-';
    bool more = false;

    for (int fd = 3; fd < 64; fd++)
        more = more || fcntl(fd, F_GETFD) >= 0;
    if (read(STDIN_FILENO, &byte, 1) != 1 ||
        write(STDOUT_FILENO, more ? "m" : "n", 1) != 1)
        return 99;
    return byte == 'x' ? *(int *)ctx : 98;
}

/* proc_start() does not wait for it; what it has open is none of ours. */
static void test_proc__something_before(void **state)
{
    static const char *const ECHO[] = {"echo", "after", NULL};

    (void)state;
    for (int code = 0; code < 8; code += 7) {
        AUTO_STR struct str text = STR_INIT(1000);
        AUTO_PROC struct proc p = PROC_INIT;
        struct proc_opts o = {.argv = ECHO,
                              .in = PROC_PIPE,
                              .out = PROC_PIPE,
                              .before = be_ready,
                              .before_ctx = &code};
        struct proc_exit how = {0};
        struct err e = ERR_INIT;

        unit_ok(proc_start(&o, &p, &e), &e);
        unit_ok(fs_write_all(p.in, "x", 1, "pipe", &e), &e);
        unit_ok(fs_read_fd(p.out, "pipe", &text, &e), &e);
        assert_int_equal(proc_wait(&p, SOON, &how, &e), 1);
        assert_false(how.signaled);
        assert_int_equal(how.status, code);
        assert_string_equal(str_text(&text), code == 0 ? "nafter\n" : "n");
    }
}

static void test_proc__what_cannot_start(void **state)
{
    AUTO_MEM char *text_file = fs_path(*state, "text");
    AUTO_MEM char *none = fs_path(*state, "none");
    const char *argv[] = {"/nonexistent/program", NULL};
    const char *by_name[] = {"no-such-program-here", NULL};
    AUTO_PROC struct proc p = PROC_INIT;
    struct proc_opts o = {.argv = argv};
    struct err e = ERR_INIT;

    unit_fails(proc_start(&o, &p, &e), ERR_WORKER_START, &e);
    assert_int_equal(e.sys_errno, ENOENT);
    assert_int_equal(p.pid, 0);
    o.argv = by_name;
    unit_fails(proc_start(&o, &p, &e), ERR_WORKER_START, &e);
    /* No program and no right to execute it. */
    unit_ok(fs_write_file(text_file, "x", 1, &e), &e);
    argv[0] = text_file;
    o.argv = argv;
    unit_fails(proc_start(&o, &p, &e), ERR_WORKER_START, &e);
    assert_int_equal(e.sys_errno, EACCES);
    assert_int_equal(e.code, ERR_WORKER_START);
    argv[0] = "/bin/true";
    o.folder = none;
    unit_fails(proc_start(&o, &p, &e), ERR_WORKER_START, &e);
    o.folder = NULL;
    o.in = PROC_FD;
    o.in_fd = 999;
    unit_fails(proc_start(&o, &p, &e), ERR_WORKER_START, &e);
    assert_int_equal(wait(NULL), -1); /* no zombie is left */
    assert_int_equal(errno, ECHILD);
}

static void test_proc__landlock_before_exec(void **state)
{
    static const struct sandbox_path PATHS[] = {
        {"/usr", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/bin", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/lib64", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/etc/ld.so.cache", SANDBOX_READ},
    };
    AUTO_STR struct str out = STR_INIT(5000);
    struct proc_opts o = {.paths = PATHS, .path_count = ARRAY_LEN(PATHS)};

    (void)state;
    if (sandbox_landlock_abi() == 0)
        skip();
#ifdef SOHOA_COVERAGE
    skip(); /* counters may be written anywhere there */
#endif
    assert_int_equal(shell("cat /usr/bin/env | head -c 1 | wc -c", &out, &o), 0);
    assert_string_equal(str_text(&out), "1\n");
#ifndef SOHOA_SANITIZER
    assert_int_not_equal(shell("cat /etc/passwd", &out, &o), 0);
#endif
    assert_int_not_equal(shell("echo x > /tmp/sohoa-unit-not-allowed", &out, &o), 0);
    o.path_count = 0;
    {
        const char *argv[] = {"true", NULL};
        AUTO_PROC struct proc p = PROC_INIT;
        struct err e = ERR_INIT;

        o.argv = argv;
        unit_fails(proc_start(&o, &p, &e), ERR_WORKER_START, &e);
    }
}

static void test_proc__paths_are_looked_up_like_a_shell_does(void **state)
{
    const char *argv[] = {"sh", "-c", "exit 5", NULL};
    AUTO_MEM char *path = mem_printf("::%s:/usr/bin:/bin", (const char *)*state);
    AUTO_MEM char *folder = fs_path(*state, "sh");
    AUTO_MEM char *old = mem_dup(getenv("PATH"));
    AUTO_STR struct str out = STR_INIT(100);
    struct proc_opts o = {.argv = argv};
    struct proc_exit how = {0};
    struct err e = ERR_INIT;

    unit_ok(fs_mkdir(folder, &e), &e); /* a folder of that name is no program */
    assert_int_equal(setenv("PATH", path, 1), 0);
    unit_ok(proc_run(&o, &out, 10000, &how, &e), &e);
    assert_int_equal(how.status, 5);
    assert_int_equal(unsetenv("PATH"), 0);
    unit_ok(proc_run(&o, &out, 10000, &how, &e), &e);
    assert_int_equal(how.status, 5);
    if (old)
        assert_int_equal(setenv("PATH", old, 1), 0);
}

/* A tracer keeps a child from dying, as a disk does that does not answer. Return: the
 * tracer, once it holds @pid. */
static pid_t hold(pid_t pid)
{
    int ready[2] = {-1, -1};
    char byte = 0;
    pid_t tracer = 0;

    assert_int_equal(pipe(ready), 0);
    tracer = fork();
    if (tracer == 0) {
        if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)(uintptr_t)PTRACE_O_TRACEEXIT) ==
                0 &&
            write(ready[1], "+", 1) == 1)
            for (;;)
                (void)pause();
        _exit(0);
    }
    assert_int_equal(close(ready[1]), 0);
    if (read(ready[0], &byte, 1) != 1)
        byte = 0;
    assert_int_equal(close(ready[0]), 0);
    if (byte == '+')
        return tracer;
    assert_int_equal(waitpid(tracer, NULL, 0), tracer);
    return -1;
}

static void test_proc__who_dies_slowly_is_not_waited_for(void **state)
{
    const char *argv[] = {"/bin/sleep", "1000", NULL};
    struct proc_opts o = {.argv = argv};
    struct proc p = PROC_INIT;
    struct proc_dying d = {.count = 0};
    struct err e = ERR_INIT;
    pid_t tracer = 0;
    pid_t pid = 0;

    (void)state;
    unit_ok(proc_start(&o, &p, &e), &e);
    pid = p.pid;
    tracer = hold(pid);
    if (tracer < 0) {
        proc_clear(&p);
        skip(); /* this computer lets nobody trace */
    }
    proc_dying_add(&d, &p); /* returns at once */
    assert_int_equal(p.pid, 0);
    assert_int_equal(d.count, 1);
    proc_dying_reap(&d);
    assert_int_equal(d.count, 1);
    assert_int_equal(kill(tracer, SIGKILL), 0);
    assert_int_equal(waitpid(tracer, NULL, 0), tracer);
    for (int i = 0; i < 500 && d.count > 0; i++) {
        clock_sleep_ms(10);
        proc_dying_reap(&d);
    }
    assert_int_equal(d.count, 0);
    assert_int_equal(kill(pid, 0), -1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_proc__a_worker_has_four_descriptors),
        unit_case(test_proc__limits_environment_and_priority),
        unit_case(test_proc__signals_start_fresh),
        unit_case(test_proc__how_a_worker_ended),
        unit_case(test_proc__kill_reaches_the_whole_family),
        unit_case(test_proc__a_worker_dies_with_its_parent),
        unit_case(test_proc__usage_and_more_processor_time),
        unit_case(test_proc__run_returns_output_and_code),
        unit_case(test_proc__run_has_limits),
        unit_case(test_proc__environment_and_folder),
        unit_case(test_proc__pipes_and_given_descriptors),
        unit_case(test_proc__descriptors_may_cross),
        unit_case(test_proc__something_before),
        unit_case(test_proc__what_cannot_start),
        unit_case(test_proc__who_dies_slowly_is_not_waited_for),
        unit_case(test_proc__landlock_before_exec),
        unit_case(test_proc__paths_are_looked_up_like_a_shell_does),
    };

    if (argc == 3 && strcmp(argv[1], "worker") == 0)
        return worker_main(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
