/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/master.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "node/base/clock.h"
#include "node/base/str.h"
#include "sync/line.h"
#include "tests/unit/sync_help.h"

/*
 * This program is also the "ssh" in its PATH. As a master it does what TEST_SSH says
 * and adds a byte to the file TEST_COUNT; as a command it prints the socket that it was
 * told to join, "none", and whether we make its connection.
 */

struct place {
    char *top, *home, *count;
    int64_t warm_s;
};

static void place_init(struct place *p, const char *name)
{
    AUTO_MEM char *bin = NULL;
    AUTO_MEM char *ssh = NULL;
    AUTO_MEM char *self = NULL;
    AUTO_MEM char *path = NULL;
    struct err e = ERR_INIT;

    p->warm_s = 0;
    p->top = help_folder();
    p->home = fs_path(p->top, name);
    p->count = fs_path(p->top, "count");
    bin = fs_path(p->top, "bin");
    ssh = fs_path(bin, "ssh");
    self = fs_program(&e);
    OK(fs_mkdirs(bin, &e));
    OK(fs_mkdirs(p->home, &e));
    assert_int_equal(symlink(self, ssh), 0);
    path = mem_printf("%s:/usr/bin:/bin", bin);
    assert_int_equal(setenv("PATH", path, 1), 0);
    assert_int_equal(setenv("TEST_COUNT", p->count, 1), 0);
    assert_int_equal(setenv("TEST_SSH", "there", 1), 0);
    assert_int_equal(setenv("TEST_CONFIG", "addressfamily any\n", 1), 0);
}

static void place_clear(struct place *p)
{
    struct err e = ERR_INIT;

    OK(fs_remove_tree(p->top, &e));
    mem_free(p->top);
    mem_free(p->home);
    mem_free(p->count);
}

static int64_t started(const struct place *p)
{
    struct stat st;

    return stat(p->count, &st) < 0 ? 0 : st.st_size;
}

/* ---- as ssh -----------------------------------------------------------------------
 */

static int be_master(const char *path, bool stays)
{
    const char *mode = getenv("TEST_SSH");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd =
        open(getenv("TEST_COUNT"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, "x", 1) != 1)
        return 9;
    if (strcmp(mode, "refused") == 0) {
        (void)fputs("x@y: Permission denied (publickey).\n", stderr);
        return 255;
    }
    if (strcmp(mode, "nosocket") == 0) {
        (void)fputs("unix_listener: cannot bind to path: no\n", stderr);
        return 255;
    }
    if (stays) {
        pid_t pid = fork();

        if (pid != 0) { /* as ssh does when it goes on by itself */
            while (pid > 0 && !fs_exists(path))
                clock_sleep_ms(5);
            return pid < 0;
        }
        (void)close(STDERR_FILENO);
        (void)setsid();
    }
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fd, (const struct sockaddr *)&name, sizeof name) < 0)
        return 9;
    if (listen(fd, 5) < 0)
        return 9;
    (void)fputs("the master's last words\n", stderr);
    (void)fflush(stderr);
    for (;;)
        (void)pause();
}

/* Whose socket is it? The peer is who called listen(), here the very process. */
static int say_pid(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct ucred who = {.pid = 0};
    socklen_t len = sizeof who;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    if (connect(fd, (const struct sockaddr *)&name, sizeof name) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
        return 255;
    (void)fprintf(stderr, "Master running (pid=%d)\r\n", (int)who.pid);
    return 0;
}

static int be_ssh(int argc, char **argv)
{
    const char *path = "none";
    bool master = false, dial = false, check = false, stays = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-G") == 0)
            return fputs(getenv("TEST_CONFIG"), stdout) < 0;
        if (strcmp(argv[i], "-S") == 0)
            path = argv[i + 1];
        master = master || strcmp(argv[i], "-M") == 0;
        check = check || strcmp(argv[i], "-O") == 0;
        stays = stays || strcmp(argv[i], "ControlPersist=60") == 0;
        dial = dial || str_starts(argv[i], "ProxyCommand=");
    }
    if (master)
        return be_master(path, stays);
    if (check)
        return say_pid(path);
    (void)printf("%s %s %s\n", path, dial ? "dial" : "plain", argv[argc - 1]);
    return 0;
}

/* ---- the tests --------------------------------------------------------------------
 */

/* What a command was told, e.g. "none plain list". */
static void say(const struct line *l, const char *want_path, const char *want)
{
    AUTO_STR struct str words = STR_INIT(1000);
    AUTO_PROC struct proc p = PROC_INIT;
    AUTO_MEM char *all = mem_printf("%s %s", want_path, want);
    struct err e = ERR_INIT;

    OK(line_start(l, "list", &p, &e));
    assert_int_equal(line_text(p.out, &words, 5000, &e), 1);
    assert_string_equal(str_text(&words), all);
}

/* Where the master of this process listens. Owned, mem_free(). */
static char *socket_of(const struct place *p)
{
    return mem_printf("%s/run/up-%d.sock", p->home, (int)getpid());
}

static void line_to(const struct place *p, struct master *m, struct line *l)
{
    struct err e = ERR_INIT;

    master_open(m, p->home, p->warm_s);
    OK(line_parse(p->home, "ssh://province.example/", l, &e));
    l->master = m;
}

static void test_master__many_commands_share_one_connection(void **state)
{
    AUTO_MEM char *path = NULL;
    struct master m;
    struct line l;
    struct place p;
    pid_t pid;

    (void)state;
    place_init(&p, "h");
    line_to(&p, &m, &l);
    path = socket_of(&p);
    assert_int_equal(started(&p), 0); /* not before it is needed */
    for (int i = 0; i < 3; i++)
        say(&l, path, "dial list");
    assert_int_equal(started(&p), 1);
    pid = m.link.ssh.pid;
    master_close(&m);
    master_close(&m);
    assert_int_equal(kill(pid, 0), -1);
    assert_false(fs_exists(path));
    place_clear(&p);
}

static void test_master__one_in_doubt_is_killed(void **state)
{
    struct master m;
    struct line l;
    struct place p;
    struct err e = ERR_INIT;
    pid_t pid;

    (void)state;
    place_init(&p, "h");
    line_to(&p, &m, &l);
    {
        AUTO_PROC struct proc cmd = PROC_INIT;

        OK(line_start(&l, "list", &cmd, &e));
        pid = m.link.ssh.pid;
        clock_sleep_ms(50); /* for its words */
        line_failed(&l, &cmd, &e);
    }
    assert_int_equal(e.code, ERR_LINE);
    assert_non_null(strstr(e.detail, "the master's last words"));
    assert_int_equal(kill(pid, 0), -1);
    assert_false(fs_exists(m.link.path));
    say(&l, m.link.path, "dial list"); /* the next one makes a new one */
    assert_int_equal(started(&p), 2);
    assert_int_equal(kill(m.link.ssh.pid, SIGKILL), 0); /* it dies by itself */
    clock_sleep_ms(50);
    say(&l, m.link.path, "dial list");
    assert_int_equal(started(&p), 3);
    master_close(&m);
    place_clear(&p);
}

static void test_master__says_why_there_is_none(void **state)
{
    AUTO_PROC struct proc cmd = PROC_INIT;
    struct master m;
    struct line l;
    struct place p;

    (void)state;
    place_init(&p, "h");
    line_to(&p, &m, &l);
    assert_int_equal(setenv("TEST_SSH", "refused", 1), 0);
    FAILS(line_start(&l, "list", &cmd, fe), ERR_LINE_KEY);
    assert_int_equal(setenv("TEST_SSH", "nosocket", 1), 0);
    say(&l, "none", "dial list"); /* each by itself then */
    say(&l, "none", "dial list");
    assert_int_equal(started(&p), 2);
    master_close(&m);
    place_clear(&p);
}

/* ---- a spare one ---- */

static void wait_for_spare(struct master *m, const struct line *l)
{
    for (int i = 0; i < 1000 && !master_spare(m, l); i++)
        clock_sleep_ms(10);
    assert_true(master_spare(m, l));
}

static void test_master__a_spare_one_is_taken_when_the_first_is_in_doubt(void **state)
{
    AUTO_MEM char *first = NULL;
    struct master m;
    struct line l;
    struct place p;
    pid_t spare;

    (void)state;
    place_init(&p, "h");
    line_to(&p, &m, &l);
    first = socket_of(&p);
    assert_false(master_spare(&m, &l)); /* beside nothing */
    say(&l, first, "dial list");
    wait_for_spare(&m, &l);
    assert_int_equal(started(&p), 2);
    say(&l, first, "dial list"); /* not before there is doubt */
    spare = m.spare.ssh.pid;
    master_doubt(&m, NULL);
    assert_int_equal(m.link.ssh.pid, spare);
    assert_string_not_equal(m.link.path, first);
    assert_false(fs_exists(first));
    say(&l, m.link.path, "dial list");
    assert_int_equal(started(&p), 2);
    wait_for_spare(&m, &l);
    spare = m.spare.ssh.pid;
    master_calm(&m); /* the first one spoke again */
    assert_int_equal(kill(spare, 0), -1);
    say(&l, m.link.path, "dial list");
    assert_int_equal(started(&p), 3);
    wait_for_spare(&m, &l);
    spare = m.spare.ssh.pid;
    master_close(&m);
    assert_int_equal(kill(spare, 0), -1);
    place_clear(&p);
}

/* ---- one that stays ---- */

/* A run that makes or finds one; its pid. */
static pid_t warm_run(struct place *p, struct master *m, struct line *l)
{
    AUTO_MEM char *path = fs_path(p->home, "run/up.sock");
    pid_t pid;

    line_to(p, m, l);
    say(l, path, "dial list");
    pid = m->link.warm.pid;
    assert_true(pid > 0);
    return pid;
}

static void gone(pid_t pid)
{
    AUTO_MEM char *path = mem_printf("/proc/%d/cmdline", (int)pid);
    AUTO_STR struct str text = STR_INIT(10000);
    struct err e = ERR_INIT;

    /* Who reaps it is not us: a body without a command line may lie there. */
    assert_true(fs_read_file(path, &text, &e) < 0 || text.len == 0);
}

static void test_master__one_stays_for_the_next_run(void **state)
{
    struct master m;
    struct line l;
    struct place p;
    pid_t pid, next;

    (void)state;
    place_init(&p, "h");
    p.warm_s = 60;
    pid = warm_run(&p, &m, &l);
    assert_false(m.unproven); /* made just now */
    master_close(&m);
    assert_int_equal(kill(pid, 0), 0);
    assert_int_equal(warm_run(&p, &m, &l), pid); /* no handshake */
    assert_int_equal(started(&p), 1);
    assert_true(m.unproven); /* and soon doubted, as long as it is silent */
    assert_true(master_quiet_ms(&m, 60000) <= LINE_SPARE_MS);
    master_calm(&m);
    assert_int_equal(master_quiet_ms(&m, 60000), 60000);
    master_doubt(&m, NULL);
    gone(pid);
    say(&l, m.link.path, "dial list"); /* then a new one, which stays as well */
    next = m.link.warm.pid;
    assert_int_equal(started(&p), 2);
    master_close(&m);
    assert_int_equal(kill(next, SIGKILL), 0); /* it ended meanwhile */
    pid = warm_run(&p, &m, &l);
    assert_int_equal(started(&p), 3);
    master_close(&m);
    assert_int_equal(warm_run(&p, &m, &l), pid);
    master_close(&m); /* nothing was heard through it: it is not left to another */
    gone(pid);
    place_clear(&p);
}

/* Another address, another key, or no wish for one any more: it ends. */
static void test_master__one_that_stayed_ends_when_it_is_not_wanted(void **state)
{
    enum { URL, KEY, HOSTS, NONE, CASES };

    (void)state;
    for (int i = 0; i < CASES; i++) {
        AUTO_MEM char *keys = NULL;
        AUTO_MEM char *file = NULL;
        AUTO_MEM char *path = NULL;
        struct master m;
        struct line l;
        struct place p;
        struct err e = ERR_INIT;
        const char *socket;
        pid_t pid;

        place_init(&p, "h");
        p.warm_s = 60;
        keys = fs_path(p.home, "keys");
        file = fs_path(keys, i == KEY ? "node" : "known_hosts");
        path = fs_path(p.home, "run/up.json");
        OK(fs_mkdirs(keys, &e));
        pid = warm_run(&p, &m, &l);
        master_close(&m);
        assert_int_equal(kill(pid, 0), 0);
        if (i == KEY || i == HOSTS)
            OK(fs_write_file(file, "other", 5, &e));
        p.warm_s = i == NONE ? 0 : 60;
        line_to(&p, &m, &l);
        if (i == URL)
            (void)snprintf(l.host, sizeof l.host, "other.example");
        OK(master_ready(&m, &l, &socket, &e));
        gone(pid);
        assert_int_equal(started(&p), 2);
        assert_int_equal(fs_exists(path), i != NONE);
        master_doubt(&m, NULL);
        master_close(&m);
        place_clear(&p);
    }
}

/* No socket can have such a name: commands connect each by themselves. */
static void test_master__does_without_where_no_socket_can_be(void **state)
{
    static const char *const names[] = {
        "a-folder-with-a-name-that-is-far-longer-than-the-system-has-room-for-in-the-"
        "address-of-a-socket",
        "a %h b"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct master m;
        struct line l;
        struct place p;

        place_init(&p, names[i]);
        line_to(&p, &m, &l);
        assert_int_equal(setenv("TEST_SSH", "nosocket", 1), 0);
        say(&l, "none", "dial list");
        assert_true(m.link.path[0] == '\0' || str_starts(m.link.path, "/run/user/"));
        master_close(&m);
        place_clear(&p);
    }
}

/* Who has a way of their own through to the province keeps it. */
static void test_master__leaves_a_way_of_ones_own(void **state)
{
    static const struct {
        const char *config, *want;
    } cases[] = {
        {"proxycommand none\nproxyjump none\n", "dial list"},
        {"host x\nproxyjump gate.example\n", "plain list"},
        {"proxycommand nc -X 5 %h %p\n", "plain list"},
        {"bindaddress 10.0.0.1\n", "plain list"},
        {"addressfamily inet\n", "plain list"},
        {"", "plain list"}, /* this ssh does not say */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct master m;
        struct line l;
        struct place p;

        place_init(&p, "h");
        line_to(&p, &m, &l);
        assert_int_equal(setenv("TEST_CONFIG", cases[i].config, 1), 0);
        assert_int_equal(setenv("TEST_SSH", "nosocket", 1), 0);
        say(&l, "none", cases[i].want);
        master_close(&m);
        place_clear(&p);
    }
}

static void test_master__sockets_of_killed_runs_go(void **state)
{
    AUTO_MEM char *run = NULL;
    AUTO_MEM char *dead = NULL;
    AUTO_MEM char *alive = NULL;
    AUTO_MEM char *other = NULL;
    AUTO_MEM char *mine = NULL;
    struct master m;
    struct line l;
    struct place p;
    struct err e = ERR_INIT;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    place_init(&p, "h");
    line_to(&p, &m, &l);
    run = fs_path(p.home, "run");
    dead = mem_printf("%s/up-%d.sock", run, (int)pid);
    alive = mem_printf("%s/up-%d.sock", run, (int)getppid());
    other = mem_printf("%s/up-me.sock", run);
    OK(fs_mkdirs(run, &e));
    assert_int_equal(chmod(run, 0700), 0);
    OK(fs_write_file(dead, "", 0, &e));
    OK(fs_write_file(alive, "", 0, &e));
    OK(fs_write_file(other, "", 0, &e));
    mine = mem_printf("%s/up-%d.sock", run, (int)getpid());
    say(&l, mine, "dial list");
    assert_false(fs_exists(dead));
    assert_true(fs_exists(alive));
    assert_true(fs_exists(other));
    master_close(&m);
    place_clear(&p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_master__many_commands_share_one_connection),
        cmocka_unit_test(test_master__one_in_doubt_is_killed),
        cmocka_unit_test(test_master__says_why_there_is_none),
        cmocka_unit_test(test_master__a_spare_one_is_taken_when_the_first_is_in_doubt),
        cmocka_unit_test(test_master__one_stays_for_the_next_run),
        cmocka_unit_test(test_master__one_that_stayed_ends_when_it_is_not_wanted),
        cmocka_unit_test(test_master__does_without_where_no_socket_can_be),
        cmocka_unit_test(test_master__leaves_a_way_of_ones_own),
        cmocka_unit_test(test_master__sockets_of_killed_runs_go),
    };

    if (str_ends(argv[0], "ssh"))
        return be_ssh(argc, argv);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)umask(077);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
