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
};

static void place_init(struct place *p, const char *name)
{
    AUTO_MEM char *bin = NULL;
    AUTO_MEM char *ssh = NULL;
    AUTO_MEM char *self = NULL;
    AUTO_MEM char *path = NULL;
    struct err e = ERR_INIT;

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

static int be_master(const char *path)
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
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fd, (const struct sockaddr *)&name, sizeof name) < 0)
        return 9;
    (void)fputs("the master's last words\n", stderr);
    (void)fflush(stderr);
    for (;;)
        (void)pause();
}

static int be_ssh(int argc, char **argv)
{
    const char *path = "none";
    bool master = false, dial = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-G") == 0)
            return fputs(getenv("TEST_CONFIG"), stdout) < 0;
        if (strcmp(argv[i], "-S") == 0)
            path = argv[i + 1];
        master = master || strcmp(argv[i], "-M") == 0;
        dial = dial || str_starts(argv[i], "ProxyCommand=");
    }
    if (master)
        return be_master(path);
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

static void line_to(const struct place *p, struct master *m, struct line *l)
{
    struct err e = ERR_INIT;

    master_open(m, p->home);
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
    path = mem_printf("%s/run/up-%d.sock", p.home, (int)getpid());
    assert_int_equal(started(&p), 0); /* not before it is needed */
    for (int i = 0; i < 3; i++)
        say(&l, path, "dial list");
    assert_int_equal(started(&p), 1);
    pid = m.ssh.pid;
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
        pid = m.ssh.pid;
        clock_sleep_ms(50); /* for its words */
        line_failed(&l, &cmd, &e);
    }
    assert_int_equal(e.code, ERR_LINE);
    assert_non_null(strstr(e.detail, "the master's last words"));
    assert_int_equal(kill(pid, 0), -1);
    assert_false(fs_exists(m.path));
    say(&l, m.path, "dial list"); /* the next one makes a new one */
    assert_int_equal(started(&p), 2);
    assert_int_equal(kill(m.ssh.pid, SIGKILL), 0); /* it dies by itself */
    clock_sleep_ms(50);
    say(&l, m.path, "dial list");
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
        assert_true(m.path[0] == '\0' || str_starts(m.path, "/run/user/"));
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
