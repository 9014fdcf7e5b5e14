/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/sandbox.h"

/* Every case runs in a child of its own: there is no way back out of a sandbox. The
 * child's exit code is 0 when all was as it should be, else the line that was not. */
#define HOLDS(condition)                                                               \
    do {                                                                               \
        if (!(condition))                                                              \
            proc_exit_worker(__LINE__ % 200 + 10);                                     \
    } while (0)

/* A system call that must come back with this error. */
#define FAILS(call, code)                                                              \
    do {                                                                               \
        errno = 0;                                                                     \
        HOLDS((call) == -1 && errno == (code));                                        \
    } while (0)

/* Sanitizer and coverage builds have wider lists (sandbox.h). */
#if defined(SOHOA_SANITIZER) || defined(SOHOA_COVERAGE)
#define WIDER 1
#else
#define WIDER 0
#endif

static const char *folder; /* of the running case */

/* Exit code of the child, or minus its signal. */
static int in_child(void (*body)(void))
{
    int status = 0;
    pid_t pid = 0;

    (void)fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        body();
        proc_exit_worker(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void enter(enum sandbox_profile profile, const struct sandbox_path *paths,
                  size_t count)
{
    struct err e = ERR_INIT;

    if (sandbox_enter(profile, paths, count, &e) < 0) {
        (void)fprintf(stderr, "%s %s\n", e.subject, e.detail);
        proc_exit_worker(9);
    }
}

static void enter_pure(void)
{
    enter(SANDBOX_PURE, NULL, 0);
}

/* ---- calls that kill ------------------------------------------------------------- */

static void do_execve(void)
{
    char *argv[] = {(char *)(uintptr_t) "/bin/true", NULL};

    (void)execve(argv[0], argv, NULL);
}

static void do_fork(void)
{
    if (syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0) == 0)
        _exit(0);
}

static void do_clone3(void)
{
    (void)syscall(SYS_clone3, NULL, (size_t)0);
}

static void do_socket(void)
{
    (void)socket(AF_INET, SOCK_STREAM, 0);
}

static void do_kill(void)
{
    (void)kill(getppid(), 0);
}

static void do_tgkill(void)
{
    (void)syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static void do_ptrace(void)
{
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void do_setuid(void)
{
    (void)syscall(SYS_setuid, 0);
}

static void do_mount(void)
{
    (void)syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL);
}

static void do_unshare(void)
{
    (void)syscall(SYS_unshare, 0);
}

static void do_bpf(void)
{
    (void)syscall(SYS_bpf, 0, NULL, 0);
}

static void do_io_uring(void)
{
    (void)syscall(SYS_io_uring_setup, 1, NULL);
}

static void do_keyctl(void)
{
    (void)syscall(SYS_keyctl, 0, 0);
}

static void do_set_owner(void)
{
    (void)fcntl(0, F_SETOWN, getppid());
}

static void do_raise_limit(void)
{
    struct rlimit l = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};

    (void)syscall(SYS_prlimit64, 0, RLIMIT_CPU, &l, NULL);
}

static void do_other_limit(void)
{
    struct rlimit l;

    (void)syscall(SYS_prlimit64, getppid(), RLIMIT_CPU, NULL, &l);
}

static void do_userfault(void)
{
    (void)syscall(SYS_userfaultfd, 0);
}

static void do_memfd(void)
{
    (void)syscall(SYS_memfd_create, "x", 0);
}

static void do_unlink(void)
{
    (void)unlink("/tmp/sohoa-unit-no-such-file");
}

static const struct {
    const char *name;
    void (*call)(void);
    bool pure_only;  /* FILES answers with an error */
    bool fork_takes; /* FILES_FORK allows it */
} KILLS[] = {
    {"execve", do_execve, false, true},
    {"fork", do_fork, false, true},
    {"clone3", do_clone3, false, true},
    {"socket", do_socket, true, false},
    {"kill", do_kill, false, true},
    {"tgkill", do_tgkill, false, true},
    {"ptrace", do_ptrace, false, false},
    {"setuid", do_setuid, false, false},
    {"mount", do_mount, false, false},
    {"unshare", do_unshare, false, false},
    {"bpf", do_bpf, false, false},
    {"io_uring_setup", do_io_uring, false, false},
    {"keyctl", do_keyctl, false, false},
    {"fcntl F_SETOWN", do_set_owner, false, true},
    {"prlimit64 to set", do_raise_limit, false, true},
    {"prlimit64 of another", do_other_limit, false, true},
    {"userfaultfd", do_userfault, false, false},
    {"memfd_create", do_memfd, false, false},
    {"unlink", do_unlink, true, false},
};

static void (*chosen)(void);
static enum sandbox_profile chosen_profile;

static void kill_body(void)
{
    enter(chosen_profile, NULL, 0);
    chosen();
}

static void test_sandbox__forbidden_calls_kill(void **state)
{
    static const enum sandbox_profile PROFILES[] = {SANDBOX_PURE, SANDBOX_NET,
                                                    SANDBOX_FILES, SANDBOX_FILES_FORK};

    (void)state;
    for (size_t p = 0; p < ARRAY_LEN(PROFILES); p++)
        for (size_t i = 0; i < ARRAY_LEN(KILLS); i++) {
            int rc = 0;

            if ((KILLS[i].pure_only && (PROFILES[p] != SANDBOX_PURE || WIDER)) ||
                (KILLS[i].fork_takes && PROFILES[p] == SANDBOX_FILES_FORK))
                continue;
            chosen = KILLS[i].call;
            chosen_profile = PROFILES[p];
            rc = in_child(kill_body);
            if (rc != -SIGSYS)
                fail_msg("profile %d, %s: %d", (int)PROFILES[p], KILLS[i].name, rc);
        }
}

/* ---- connections and nothing else ------------------------------------------------ */

static void unix_socket_body(void)
{
    enter(SANDBOX_NET, NULL, 0);
    (void)socket(AF_UNIX, SOCK_STREAM, 0);
}

static void listen_body(void)
{
    enter(SANDBOX_NET, NULL, 0);
    (void)listen(0, 1);
}

static int loopback_port;

static void connect_body(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)loopback_port)};
    int fd = -1, one = 1;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    enter(SANDBOX_NET, NULL, 0);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    HOLDS(fd >= 0);
    HOLDS(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) == 0);
    HOLDS(connect(fd, (const struct sockaddr *)&a, sizeof a) == 0);
    HOLDS(send(fd, "x", 1, 0) == 1);
#if !WIDER
    FAILS(open("/etc/passwd", O_RDONLY), EACCES);
#endif
}

static void test_sandbox__net_connects_and_no_more(void **state)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof a;
    AUTO_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    loopback_port = ntohs(a.sin_port);
    assert_int_equal(in_child(connect_body), 0);
    assert_int_equal(in_child(unix_socket_body), -SIGSYS);
    assert_int_equal(in_child(listen_body), -SIGSYS);
}

/* ---- what the pure profile answers and allows -------------------------------------
 */

static void probes_body(void)
{
    struct stat st;
    char buf[64];

    enter_pure();
    FAILS(open("/etc/passwd", O_RDONLY), EACCES);
    FAILS(open("/dev/null", O_RDONLY), EACCES);
    FAILS((int)syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0), EACCES);
    FAILS(stat("/etc/passwd", &st), EACCES);
    FAILS(access("/etc/passwd", R_OK), EACCES);
    FAILS((int)readlink("/proc/self/exe", buf, sizeof buf), EACCES);
    FAILS(isatty(0) - 1, ENOTTY);
    FAILS(prctl(PR_SET_DUMPABLE, 1), EPERM);
}

static void test_sandbox__libraries_may_probe(void **state)
{
    (void)state;
    if (WIDER)
        skip();
    assert_int_equal(in_child(probes_body), 0);
}

static void exec_memory_body(void)
{
    void *p = NULL;

    enter(chosen_profile, NULL, 0);
    errno = 0;
    p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    HOLDS(p == MAP_FAILED && errno == EPERM);
    p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    HOLDS(p != MAP_FAILED);
    FAILS(mprotect(p, 4096, PROT_READ | PROT_EXEC), EPERM);
    HOLDS(mprotect(p, 4096, PROT_READ) == 0);
}

static void test_sandbox__no_executable_memory(void **state)
{
    (void)state;
    chosen_profile = SANDBOX_PURE;
    assert_int_equal(in_child(exec_memory_body), 0);
    chosen_profile = SANDBOX_FILES;
    assert_int_equal(in_child(exec_memory_body), 0);
}

static int by_int(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void work_body(void)
{
    const size_t count = 300000;
    int pair[2];
    int ends[2];
    int *numbers = NULL;
    struct stat st;
    struct rlimit l;
    struct err e = ERR_INIT;
    AUTO_MSG struct msg m = MSG_INIT;
    struct pollfd p;

    HOLDS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && pipe(ends) == 0);
    enter_pure();
    HOLDS(msg_send(pair[0], 1, "ảnh", 5, ends[0], clock_mono_ms() + 1000, &e) == 0);
    HOLDS(msg_recv(pair[1], &m, 10, true, clock_mono_ms() + 1000, &e) == 1);
    HOLDS(m.fd >= 0 && fstat(m.fd, &st) == 0 && S_ISFIFO(st.st_mode));
    HOLDS(write(ends[1], "x", 1) == 1 && fcntl(m.fd, F_GETFD) >= 0);
    p = (struct pollfd){.fd = m.fd, .events = POLLIN};
    HOLDS(poll(&p, 1, 1000) == 1);
    numbers = malloc(count * sizeof *numbers);
    HOLDS(numbers != NULL);
    for (size_t i = 0; i < count; i++)
        numbers[i] = (int)((i * 7919) % count);
    qsort(numbers, count, sizeof *numbers, by_int);
    HOLDS(numbers[0] == 0 && numbers[count - 1] == (int)count - 1);
    numbers = realloc(numbers, (size_t)64 << 20);
    HOLDS(numbers != NULL);
    free(numbers);
    HOLDS(getrlimit(RLIMIT_CPU, &l) == 0);
    HOLDS(clock_now() > 0);
    clock_sleep_ms(1);
    HOLDS(printf("%s %f\n", "số", 1.5) > 0 && fflush(stdout) == 0);
}

static void test_sandbox__a_worker_can_work(void **state)
{
    (void)state;
    assert_int_equal(in_child(work_body), 0);
}

static void abort_body(void)
{
    enter_pure();
    abort();
}

static void test_sandbox__abort_looks_like_abort(void **state)
{
    (void)state;
    assert_int_equal(in_child(abort_body), -SIGABRT);
}

/* ---- files ------------------------------------------------------------------------
 */

static void files_body(void)
{
    AUTO_MEM char *open_dir = fs_path(folder, "open");
    AUTO_MEM char *read_dir = fs_path(folder, "read");
    AUTO_MEM char *a = fs_path(folder, "open/a");
    AUTO_MEM char *b = fs_path(folder, "open/b");
    AUTO_MEM char *r = fs_path(folder, "read/r");
    AUTO_MEM char *outside = fs_path(folder, "outside");
    const struct sandbox_path paths[] = {
        {open_dir, SANDBOX_READ | SANDBOX_WRITE},
        {read_dir, SANDBOX_READ},
        {"/nonexistent/path", SANDBOX_READ},
    };
    AUTO_STR struct str text = STR_INIT(100);
    AUTO_LIST struct fs_list list = {0};
    struct err e = ERR_INIT;
    struct flock lock = {.l_type = F_WRLCK};
    int fd = -1;

    enter(SANDBOX_FILES, paths, ARRAY_LEN(paths));
    HOLDS(fs_write_file(a, "x", 1, &e) == 0);
    HOLDS(fs_rename(a, b, &e) == 0);
    HOLDS(link(b, a) == 0 && unlink(a) == 0);
    HOLDS(fs_list(open_dir, &list, &e) == 0 && list.count == 1);
    HOLDS(fs_read_file(r, &text, &e) == 0 && text.len == 4);
    fd = open(b, O_RDWR);
    HOLDS(fd >= 0 && ftruncate(fd, 0) == 0 && fcntl(fd, F_OFD_SETLK, &lock) == 0);
    HOLDS(close(fd) == 0 && unlink(b) == 0);
    FAILS(symlink("/etc", a), EPERM);
    FAILS(chown(r, 0, 0), EPERM);
    FAILS(socket(AF_UNIX, SOCK_STREAM, 0), EACCES);
    FAILS(isatty(0) - 1, ENOTTY);
#ifndef SOHOA_COVERAGE
    FAILS(open(r, O_WRONLY), EACCES);
    FAILS(unlink(r), EACCES);
    FAILS(mkdir(outside, 0700), EACCES);
    FAILS(open(outside, O_WRONLY | O_CREAT, 0600), EACCES);
#ifndef SOHOA_SANITIZER
    FAILS(open("/etc/passwd", O_RDONLY), EACCES);
    FAILS(open("/proc/self/maps", O_RDONLY), EACCES);
#endif
    HOLDS(rename(r, a) < 0);
#endif
}

static void make_folders(const char *dir)
{
    AUTO_MEM char *open_dir = fs_path(dir, "open");
    AUTO_MEM char *read_dir = fs_path(dir, "read");
    AUTO_MEM char *file = fs_path(dir, "read/r");
    struct err e = ERR_INIT;

    unit_ok(fs_mkdir(open_dir, &e), &e);
    unit_ok(fs_mkdir(read_dir, &e), &e);
    unit_ok(fs_write_file(file, "read", 4, &e), &e);
}

static void test_sandbox__files_below_the_given_paths_only(void **state)
{
    if (sandbox_landlock_abi() == 0)
        skip();
    folder = *state;
    make_folders(folder);
    assert_int_equal(in_child(files_body), 0);
}

static void file_rule_body(void)
{
    AUTO_MEM char *r = fs_path(folder, "read/r");
    AUTO_MEM char *read_dir = fs_path(folder, "read");
    const struct sandbox_path paths[] = {{r, SANDBOX_READ | SANDBOX_WRITE}};
    int fd = -1;

    enter(SANDBOX_FILES, paths, 1);
    fd = open(r, O_RDWR);
    HOLDS(fd >= 0 && write(fd, "X", 1) == 1);
#if !WIDER
    FAILS(open(read_dir, O_RDONLY | O_DIRECTORY), EACCES);
#endif
}

static void test_sandbox__one_file_can_be_given(void **state)
{
    if (sandbox_landlock_abi() == 0)
        skip();
    folder = *state;
    make_folders(folder);
    assert_int_equal(in_child(file_rule_body), 0);
}

/* ---- programs ---------------------------------------------------------------------
 */

static int run_shell(const char *script, struct str *out)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    struct proc_opts o = {.argv = argv, .in = PROC_INHERIT, .err = PROC_INHERIT};
    struct proc_exit how = {0};
    struct err e = ERR_INIT;

    if (proc_run(&o, out, 10000, &how, &e) < 0)
        return -1;
    return how.signaled ? 128 + how.status : how.status;
}

static void fork_body(void)
{
    AUTO_MEM char *open_dir = fs_path(folder, "open");
    const struct sandbox_path paths[] = {
        {"/usr", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/bin", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/lib", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/lib64", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/dev/null", SANDBOX_READ | SANDBOX_WRITE},
        {open_dir, SANDBOX_READ | SANDBOX_WRITE},
    };
    AUTO_STR struct str out = STR_INIT(1000);

    HOLDS(chdir(open_dir) == 0);
    enter(SANDBOX_FILES_FORK, paths, ARRAY_LEN(paths));
    HOLDS(run_shell("seq 3 | sort -r > x && wc -l < x && rm x", &out) == 0);
    HOLDS(strcmp(str_text(&out), "3\n") == 0);
    HOLDS(run_shell("echo x > ../outside", &out) != 0 || WIDER);
    HOLDS(run_shell("cat /etc/passwd", &out) != 0 || WIDER);
    FAILS(socket(AF_INET, SOCK_STREAM, 0), EACCES);
}

static void test_sandbox__programs_stay_inside(void **state)
{
    if (sandbox_landlock_abi() == 0)
        skip();
    folder = *state;
    make_folders(folder);
    assert_int_equal(in_child(fork_body), 0);
}

static void git_body(void)
{
    AUTO_MEM char *open_dir = fs_path(folder, "open");
    const struct sandbox_path paths[] = {
        {"/usr", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/bin", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/lib", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/lib64", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/dev/null", SANDBOX_READ | SANDBOX_WRITE},
        {"/dev/urandom", SANDBOX_READ},
        {open_dir, SANDBOX_READ | SANDBOX_WRITE},
    };
    AUTO_STR struct str out = STR_INIT(10000);

    HOLDS(chdir(open_dir) == 0 && setenv("HOME", open_dir, 1) == 0);
    HOLDS(setenv("GIT_CONFIG_NOSYSTEM", "1", 1) == 0);
    enter(SANDBOX_FILES_FORK, paths, ARRAY_LEN(paths));
    HOLDS(run_shell("git init -q --bare r.git && cd r.git && "
                    "b=$(echo x | git hash-object -w --stdin) && "
                    "t=$(printf '100644 blob %s\\tf\\n' $b | git mktree) && "
                    "c=$(git -c user.name=x -c user.email=x commit-tree -m m $t) && "
                    "git update-ref refs/sohoa/x $c && git fsck --strict && "
                    "git bundle create -q ../b refs/sohoa/x && cd .. && "
                    "git init -q --bare s.git && cd s.git && "
                    "git fetch -q ../b refs/sohoa/x && git gc -q && "
                    "git for-each-ref",
                    &out) == 0);
}

static void test_sandbox__git_works_inside(void **state)
{
    if (sandbox_landlock_abi() == 0 || access("/usr/bin/git", X_OK) != 0) {
        print_message("no Landlock or no git here\n");
        skip();
    }
    folder = *state;
    make_folders(folder);
    assert_int_equal(in_child(git_body), 0);
}

static void net_body(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    HOLDS(fd >= 0);
    enter(SANDBOX_NO_SECCOMP, NULL, 0);
    FAILS(connect(fd, (const struct sockaddr *)&to, sizeof to), EACCES);
    if (sandbox_landlock_abi() >= 6)
        FAILS(kill(getppid(), 0), EPERM);
    HOLDS(fork() >= 0); /* no list of calls */
}

static void test_sandbox__landlock_denies_the_network(void **state)
{
    (void)state;
    if (sandbox_landlock_abi() < 4) {
        print_message("this kernel's Landlock knows no network\n");
        skip();
    }
    assert_int_equal(in_child(net_body), 0);
}

/* ---- limits -----------------------------------------------------------------------
 */

static void set_limits(const struct sandbox_limits *l)
{
    struct err e = ERR_INIT;

    HOLDS(sandbox_limits_set(l, &e) == 0);
}

static void memory_body(void)
{
    static const struct sandbox_limits LIMITS = {.address_bytes = (uint64_t)1536 << 20};
    void *p = NULL;

    set_limits(&LIMITS);
    enter_pure();
    p = malloc((size_t)3 << 30);
    HOLDS(p == NULL);
    p = malloc((size_t)256 << 20);
    HOLDS(p != NULL);
    free(p);
}

static void test_sandbox__three_gibibytes_are_refused(void **state)
{
    (void)state;
#ifdef SOHOA_SANITIZER
    skip(); /* its shadow needs terabytes */
#endif
    assert_int_equal(in_child(memory_body), 0);
}

static void no_writes_body(void)
{
    static const struct sandbox_limits LIMITS = {.no_file_writes = true};
    AUTO_MEM char *path = fs_path(folder, "f");
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    int ends[2];
    int null = open("/dev/null", O_WRONLY);

    HOLDS(fd >= 0 && null >= 0 && pipe(ends) == 0);
    set_limits(&LIMITS);
    FAILS((int)write(fd, "x", 1), EFBIG);
    HOLDS(write(ends[1], "x", 1) == 1 && write(null, "x", 1) == 1);
}

static void file_size_body(void)
{
    static const struct sandbox_limits LIMITS = {.file_bytes = 10};
    AUTO_MEM char *path = fs_path(folder, "f");
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    set_limits(&LIMITS);
    HOLDS(write(fd, "0123456789", 10) == 10);
    (void)!write(fd, "x", 1);
    HOLDS(false); /* SIGXFSZ came before */
}

static void test_sandbox__file_sizes(void **state)
{
    folder = *state;
#ifdef SOHOA_COVERAGE
    skip(); /* counters are files */
#endif
    assert_int_equal(in_child(no_writes_body), 0);
    assert_int_equal(in_child(file_size_body), -SIGXFSZ);
}

static void other_limits_body(void)
{
    static const struct sandbox_limits LIMITS = {.cpu_s = 7, .files = 20};
    static const struct sandbox_limits MORE = {.cpu_s = 100, .files = 1000};
    struct rlimit l = {0};
    int signal_number = 0;

    set_limits(&LIMITS);
    HOLDS(getrlimit(RLIMIT_CPU, &l) == 0 && l.rlim_cur == 7 && l.rlim_max > 100);
    HOLDS(getrlimit(RLIMIT_CORE, &l) == 0 && l.rlim_max == 0);
    HOLDS(prctl(PR_GET_DUMPABLE) == 0);
    HOLDS(prctl(PR_GET_PDEATHSIG, &signal_number) == 0 && signal_number == SIGKILL);
    for (int i = 0; i < 30; i++)
        (void)!dup(0);
    FAILS(dup(0), EMFILE);
    set_limits(&MORE); /* files cannot come back */
    HOLDS(getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur == 20);
}

static void test_sandbox__other_limits(void **state)
{
    (void)state;
#ifdef SOHOA_COVERAGE
    skip(); /* no descriptor is left for the counters */
#endif
    assert_int_equal(in_child(other_limits_body), 0);
}

static void no_new_privs_body(void)
{
    enter(SANDBOX_NO_SECCOMP, NULL, 0);
    HOLDS(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    HOLDS(prctl(PR_GET_DUMPABLE) == 0);
}

static void test_sandbox__no_new_privileges(void **state)
{
    (void)state;
    assert_int_equal(in_child(no_new_privs_body), 0);
}

static void twice_body(void)
{
    struct err e = ERR_INIT;
    bool none = false;

    /* A ruleset that is no ruleset. */
    HOLDS(sandbox_ruleset_apply(0, &e) == -1 && e.code == ERR_SANDBOX);
    HOLDS(sandbox_ruleset_open(NULL, 0, &none, &e) >= 0 || none);
    enter_pure();
    /* What is locked cannot be locked again, and says so. */
    (void)!sandbox_enter(SANDBOX_PURE, NULL, 0, &e);
}

static void test_sandbox__a_second_time_is_refused(void **state)
{
    (void)state;
    assert_int_equal(in_child(twice_body), -SIGSYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_sandbox__forbidden_calls_kill),
        unit_case(test_sandbox__net_connects_and_no_more),
        unit_case(test_sandbox__libraries_may_probe),
        unit_case(test_sandbox__no_executable_memory),
        unit_case(test_sandbox__a_worker_can_work),
        unit_case(test_sandbox__abort_looks_like_abort),
        unit_case(test_sandbox__files_below_the_given_paths_only),
        unit_case(test_sandbox__one_file_can_be_given),
        unit_case(test_sandbox__programs_stay_inside),
        unit_case(test_sandbox__git_works_inside),
        unit_case(test_sandbox__landlock_denies_the_network),
        unit_case(test_sandbox__three_gibibytes_are_refused),
        unit_case(test_sandbox__file_sizes),
        unit_case(test_sandbox__other_limits),
        unit_case(test_sandbox__no_new_privileges),
        unit_case(test_sandbox__a_second_time_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
