/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/dial.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>

#include "node/base/clock.h"
#include "node/base/proc.h"
#include "node/base/str.h"
#include "sync/line.h"
#include "tests/unit/sync_help.h"

/* This program is also the worker that is tested: "test_dial worker dial HOST PORT MS".
 */

static int listen_at(int *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

/* Run it; the descriptor that came, or -1, and its exit code. */
static int dial(const char *port, const char *ms, int *code)
{
    AUTO_MEM char *self = NULL;
    AUTO_PROC struct proc p = PROC_INIT;
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec iov = {.iov_base = &byte, .iov_len = 1};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof control.room};
    struct proc_exit how;
    struct err e = ERR_INIT;
    int ends[2], fd = -1;

    self = fs_program(&e);
    {
        const char *const argv[] = {self, "worker", "dial", "127.0.0.1",
                                    port, ms,       NULL};
        struct proc_opts o = {.argv = argv, .out = PROC_FD};

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        o.out_fd = ends[1];
        OK(proc_start(&o, &p, &e));
    }
    (void)close(ends[1]);
    if (recvmsg(ends[0], &m, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&m))
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
    (void)close(ends[0]);
    assert_int_equal(proc_wait(&p, clock_mono_ms() + 5000, &how, &e), 1);
    *code = how.status;
    return fd;
}

/* Whoever started it sees the same connection, when it listens. */
static void test_dial__shows_the_connection(void **state)
{
    AUTO_MEM char *self = NULL;
    AUTO_MEM char *text = NULL;
    AUTO_PROC struct proc p = PROC_INIT;
    struct proc_exit how;
    struct err e = ERR_INIT;
    char buf[3] = "";
    int port, server = listen_at(&port), fd, there;

    (void)state;
    self = fs_program(&e);
    text = mem_printf("%d", port);
    {
        const char *const argv[] = {self, "worker", "dial", "127.0.0.1",
                                    text, "30000",  NULL};
        const struct proc_opts o = {.argv = argv, .out = PROC_PAIR, .err = PROC_PAIR};

        OK(proc_start(&o, &p, &e));
    }
    assert_int_equal(proc_wait(&p, clock_mono_ms() + 5000, &how, &e), 1);
    assert_int_equal(how.status, 0);
    fd = dial_shown(p.err);
    assert_true(fd >= 0);
    there = accept(server, NULL, NULL);
    assert_int_equal(write(fd, "hi", 2), 2);
    assert_int_equal(read(there, buf, 2), 2);
    assert_string_equal(buf, "hi");
    assert_int_equal(dial_shown(p.err), -1); /* no second one */
    assert_int_equal(dial_shown(-1), -1);
    (void)close(fd);
    (void)close(there);
    (void)close(server);
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;

    assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

/* What a connection of ours has set. */
static void assert_ours(int fd)
{
    char cc[DIAL_CC_MAX] = "", want[DIAL_CC_MAX];
    socklen_t len = sizeof cc - 1;

    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 30000);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT), DIAL_NOTSENT);
    assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 15);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, &len), 0);
    dial_congestion(true, want);
    assert_true(want[0] != '\0');
    assert_string_equal(cc, want);
}

static void test_dial__hands_a_connection_over(void **state)
{
    AUTO_MEM char *text = NULL;
    char buf[3] = "";
    int port, code, server = listen_at(&port), fd, there;

    (void)state;
    text = mem_printf("%d", port);
    fd = dial(text, "30000", &code);
    assert_true(fd >= 0);
    assert_int_equal(code, 0);
    there = accept(server, NULL, NULL);
    assert_true(there >= 0);
    assert_int_equal(write(fd, "hi", 2), 2);
    assert_int_equal(read(there, buf, 2), 2);
    assert_string_equal(buf, "hi");
    assert_ours(fd);
    (void)close(fd);
    (void)close(there);
    (void)close(server);
}

/* The program that comes after it reads from and writes to the connection. */
static void test_dial__is_ready_before(void **state)
{
    static const char *const CAT[] = {"cat", NULL};
    struct dial_place place = {.host = "127.0.0.1"};
    struct dial_start start = {.where = &place, .dead_ms = 30000};
    const struct proc_opts o = {
        .argv = CAT, .err = PROC_PAIR, .before = dial_before, .before_ctx = &start};
    AUTO_PROC struct proc p = PROC_INIT;
    struct proc_exit how;
    struct err e = ERR_INIT;
    char buf[3] = "";
    int port, server = listen_at(&port), there, fd;

    (void)state;
    (void)snprintf(place.port, sizeof place.port, "%d", port);
    OK(proc_start(&o, &p, &e));
    there = accept(server, NULL, NULL);
    assert_true(there >= 0);
    assert_int_equal(write(there, "hi", 2), 2);
    assert_int_equal(read(there, buf, 2), 2);
    assert_string_equal(buf, "hi");
    fd = dial_shown(p.err);
    assert_true(fd >= 0);
    assert_ours(fd);
    (void)close(fd);
    (void)close(there);
    assert_int_equal(proc_wait(&p, clock_mono_ms() + 5000, &how, &e), 1);
    assert_int_equal(how.status, 0);
    (void)close(server);
}

static void test_dial__is_not_ready_when_nobody_is_there(void **state)
{
    static const char *const CAT[] = {"cat", NULL};
    static const char *const hosts[] = {"127.0.0.1", "no such host"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        struct dial_place place = {.host = ""};
        struct dial_start start = {.where = &place, .dead_ms = 30000};
        const struct proc_opts o = {
            .argv = CAT, .err = PROC_PIPE, .before = dial_before, .before_ctx = &start};
        AUTO_STR struct str words = STR_INIT(1000);
        AUTO_PROC struct proc p = PROC_INIT;
        struct proc_exit how;
        struct err e = ERR_INIT;
        int port, server = listen_at(&port);

        (void)close(server);
        (void)snprintf(place.host, sizeof place.host, "%s", hosts[i]);
        (void)snprintf(place.port, sizeof place.port, "%d", port);
        OK(proc_start(&o, &p, &e));
        OK(fs_read_fd(p.err, "pipe", &words, &e));
        assert_int_equal(proc_wait(&p, clock_mono_ms() + 5000, &how, &e), 1);
        assert_int_equal(how.status, EXIT_LATER);
        assert_true(str_starts(str_text(&words), "dial: "));
    }
}

/* What ssh would do is asked of ssh. */
static void test_dial__reads_where_it_leads(void **state)
{
    static const struct {
        const char *config, *host, *port, *ciphers;
        bool may;
    } cases[] = {
        {"Host p\n HostName 192.0.2.7\n Port 2222\n", "192.0.2.7", "2222", NULL, true},
        {"Host other\n HostName 192.0.2.7\n", "p", "22", NULL, true},
        {"Host p\n ProxyJump gate\n Ciphers aes256-ctr\n", "", "", "aes256-ctr", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_MEM char *top = help_folder();
        AUTO_MEM char *path = fs_path(top, "config");
        struct dial_place where;
        struct line l;
        struct err e = ERR_INIT;

        OK(fs_write_file(path, cases[i].config, strlen(cases[i].config), &e));
        assert_int_equal(setenv("SOHOA_SSH_CONFIG", path, 1), 0);
        OK(line_parse(top, "ssh://p/", &l, &e));
        assert_int_equal(dial_may(&l, &where), cases[i].may);
        assert_string_equal(where.host, cases[i].host);
        if (cases[i].may)
            assert_string_equal(where.port, cases[i].port);
        if (cases[i].ciphers)
            assert_string_equal(where.ciphers, cases[i].ciphers);
        else
            assert_non_null(strstr(where.ciphers, "aes128-gcm@openssh.com"));
        OK(fs_remove_tree(top, &e));
    }
    assert_int_equal(unsetenv("SOHOA_SSH_CONFIG"), 0);
}

static void test_dial__says_when_nobody_is_there(void **state)
{
    AUTO_MEM char *text = NULL;
    int port, code, server = listen_at(&port);

    (void)state;
    text = mem_printf("%d", port);
    (void)close(server);
    assert_int_equal(dial(text, "30000", &code), -1);
    assert_int_equal(code, EXIT_LATER);
    assert_int_equal(dial(text, "0", &code), -1);
    assert_int_equal(code, EXIT_USAGE);
    assert_int_equal(dial("no such service", "30000", &code), -1);
    assert_int_equal(code, EXIT_LATER);
}

/* What the kernel does not grant is no reason to have no line. */
static void test_dial__wishes_only(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    dial_options(ends[0], 30000);
    assert_int_equal(write(ends[0], "x", 1), 1);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void test_dial__command_of_ssh(void **state)
{
    AUTO_MEM char *text = dial_command(30000);

    (void)state;
    assert_non_null(text);
    assert_true(str_ends(text, " worker dial %h %p 30000"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dial__hands_a_connection_over),
        cmocka_unit_test(test_dial__shows_the_connection),
        cmocka_unit_test(test_dial__is_ready_before),
        cmocka_unit_test(test_dial__is_not_ready_when_nobody_is_there),
        cmocka_unit_test(test_dial__reads_where_it_leads),
        cmocka_unit_test(test_dial__says_when_nobody_is_there),
        cmocka_unit_test(test_dial__wishes_only),
        cmocka_unit_test(test_dial__command_of_ssh),
    };

    if (argc == 6)
        return dial_worker_main(argv[3], argv[4], argv[5]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
