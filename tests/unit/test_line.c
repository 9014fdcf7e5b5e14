/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/line.h"

#include <fcntl.h>
#include <signal.h>

#include "node/base/proc.h"
#include "node/base/str.h"
#include "tests/unit/sync_help.h"

static void test_line__addresses(void **state)
{
    static const char *const bad[] = {
        "",
        "http://x/",
        "ssh://",
        "ssh:///x",
        "ssh://-oProxyCommand=x/",
        "ssh://-x@host/",
        "ssh://a b@host/",
        "ssh://host:0/",
        "ssh://host:65536/",
        "ssh://host:x/",
        "ssh://host:0000002222/", /* never cut to another port */
        "ssh://ho st/",
        "ssh://ho\nst/",
        "ssh://h;x/",
        "ssh://[::1/",
        "ssh://[::1]x/",
        "https://",
        "https:///x",
        "https://x@host/",
        "https://host:0/",
        "https://ho st/",
        "https://host/a b",
        "https://host/../x",
        "https://host/a?b",
        "relative/folder",
        "file://host/x",
    };
    struct line l;
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        FAILS(line_parse("/h", bad[i], &l, fe), ERR_URL);
    OK(line_parse("/h", "ssh://sohoa@tinh.example:2222/any/path", &l, &e));
    assert_false(l.folder);
    assert_string_equal(l.user, "sohoa");
    assert_string_equal(l.host, "tinh.example");
    assert_string_equal(l.port, "2222");
    OK(line_parse("/h", "ssh://tinh.example", &l, &e));
    assert_string_equal(l.user, "");
    assert_string_equal(l.port, "");
    OK(line_parse("/h", "ssh://[::1]:22/", &l, &e));
    assert_string_equal(l.host, "::1");
    assert_string_equal(l.port, "22");
    OK(line_parse("/h", "https://tinh.example", &l, &e));
    assert_true(l.https);
    assert_string_equal(l.host, "tinh.example");
    assert_string_equal(l.port, "443");
    assert_string_equal(l.path, "/sohoa");
    OK(line_parse("/h", "https://[2001:db8::1]:8443/kho/cua", &l, &e));
    assert_string_equal(l.host, "2001:db8::1");
    assert_string_equal(l.port, "8443");
    assert_string_equal(l.path, "/kho/cua");
    OK(line_parse("/h", "file:///mnt/x", &l, &e));
    assert_true(l.folder);
    assert_string_equal(l.path, "/mnt/x");
    OK(line_parse("/h", "/mnt/x", &l, &e));
    assert_true(l.folder);
    {
        AUTO_MEM char *text = mem_new(LINE_URL_MAX + 1, 1);

        memset(text, '/', LINE_URL_MAX);
        FAILS(line_parse("/h", text, &l, fe), ERR_URL);
    }
}

static void test_line__silence_and_the_end_are_told_apart(void **state)
{
    AUTO_STR struct str line = STR_INIT(8);
    int fds[2];
    char c;
    size_t got;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    FAILS(line_read(fds[0], &c, 1, 30, &got, fe), ERR_LINE);
    OK(line_write(fds[1], "ab\ncdefghijklm", 14, 30, &e));
    assert_int_equal(line_text(fds[0], &line, 30, &e), 1);
    assert_string_equal(line.p, "ab");
    str_reset(&line);
    FAILS(line_text(fds[0], &line, 30, fe), ERR_LIMIT); /* longer than allowed */
    while (line_read(fds[0], &c, 1, 30, &got, &e) == 1)
        ;
    (void)close(fds[1]);
    err_clear(&e);
    assert_int_equal(line_read(fds[0], &c, 1, 30, &got, &e), 0);
    (void)close(fds[0]);
}

/* As under sshd, where a read would wait for ever. */
static void test_line__a_blocking_pipe_has_its_limit(void **state)
{
    int fds[2];
    char c;
    size_t got;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    FAILS(line_read(fds[0], &c, 1, 30, &got, fe), ERR_LINE);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void test_line__a_full_pipe_is_given_up(void **state)
{
    AUTO_MEM char *much = mem_new(1 << 20, 1);
    int fds[2];

    (void)state;
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    FAILS(line_write(fds[1], much, 1 << 20, 30, fe), ERR_LINE);
    (void)close(fds[0]);
    FAILS(line_write(fds[1], much, 10, 30, fe), ERR_LINE);
    (void)close(fds[1]);
}

/* What line_failed() makes of a program that said @words and ended with @code. */
static struct err why_ended(const struct line *l, const char *words, int code)
{
    AUTO_MEM char *script = mem_printf("echo '%s' >&2; exit %d", words, code);
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const struct proc_opts o = {
        .argv = argv, .in = PROC_PIPE, .out = PROC_PIPE, .err = PROC_PIPE};
    AUTO_PROC struct proc p = PROC_INIT;
    struct err e = ERR_INIT;

    OK(proc_start(&o, &p, &e));
    assert_int_equal(fcntl(p.err, F_SETFL, O_NONBLOCK), 0);
    line_failed(l, &p, &e);
    return e;
}

/* ssh's own words decide what is said to people. */
static void test_line__why_ssh_ended(void **state)
{
    static const struct {
        const char *words;
        enum err_code code;
    } cases[] = {
        {"Host key verification failed.", ERR_LINE_HOST},
        {"No ED25519 host key is known for x and you have requested strict checking.",
         ERR_LINE_HOST},
        {"x@y: Permission denied (publickey).", ERR_LINE_KEY},
        {"ssh: connect to host x port 22: Connection refused", ERR_LINE},
        {"", ERR_LINE},
    };

    const struct line l = {.home = "/h"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = why_ended(&l, cases[i].words, 255);

        assert_int_equal(e.code, cases[i].code);
        assert_non_null(strstr(e.detail, cases[i].words));
    }
}

/* As it stands in known_hosts: keys of both kinds of server lie side by side. */
static void test_line__label_of_the_other_end(void **state)
{
    static const struct {
        const char *url, *label;
    } cases[] = {
        {"ssh://tinh.example/", "tinh.example"},
        {"ssh://tinh.example:22/", "tinh.example"},
        {"ssh://tinh.example:2222/", "[tinh.example]:2222"},
        {"https://tinh.example/", "[tinh.example]:443"},
        {"https://tinh.example:22/", "[tinh.example]:22"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char label[LINE_LABEL_MAX];
        struct err e = ERR_INIT;
        struct line l;

        OK(line_parse("/h", cases[i].url, &l, &e));
        line_label(&l, label);
        assert_string_equal(label, cases[i].label);
    }
}

/* The worker's own words decide, too. */
static void test_line__why_https_ended(void **state)
{
    static const struct {
        const char *words;
        enum err_code code;
    } cases[] = {
        {"SH-LINE-HOST: https: another key", ERR_LINE_HOST},
        {"SH-LINE: https: refused", ERR_LINE},
        {"killed", ERR_LINE},
        {"", ERR_LINE},
    };
    const struct line l = {.home = "/h", .https = true};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = why_ended(&l, cases[i].words, 75);

        assert_int_equal(e.code, cases[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line__addresses),
        cmocka_unit_test(test_line__label_of_the_other_end),
        cmocka_unit_test(test_line__why_https_ended),
        cmocka_unit_test(test_line__silence_and_the_end_are_told_apart),
        cmocka_unit_test(test_line__a_blocking_pipe_has_its_limit),
        cmocka_unit_test(test_line__a_full_pipe_is_given_up),
        cmocka_unit_test(test_line__why_ssh_ended),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
