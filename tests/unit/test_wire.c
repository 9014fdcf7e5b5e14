/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/wire.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "tests/unit/unit.h"

#define WAIT_MS 5000
#define LUMP    1000

struct ends {
    int here, there;
};

/* A connection to ourselves, whose other end takes in little. */
static void connect_ends(struct ends *t)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int small = 4096;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(door >= 0);
    assert_int_equal(setsockopt(door, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    assert_int_equal(bind(door, (const struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(door, 1), 0);
    assert_int_equal(getsockname(door, (struct sockaddr *)&a, &len), 0);
    t->here = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(t->here >= 0);
    assert_int_equal(connect(t->here, (const struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(fcntl(t->here, F_SETFL, O_NONBLOCK), 0);
    t->there = accept(door, NULL, NULL);
    assert_true(t->there >= 0);
    (void)close(door);
}

static void close_ends(struct ends *t)
{
    (void)close(t->here);
    (void)close(t->there);
}

static void put(const struct ends *t)
{
    char lump[LUMP];

    memset(lump, 'x', sizeof lump);
    assert_int_equal(write(t->here, lump, sizeof lump), LUMP);
}

/* Until the other kernel has acknowledged all but @left of what was given. */
static void wait_open(struct wire *w, int64_t given, int64_t left, int64_t *unsent)
{
    struct wire_seen s = {.open = -1};
    int64_t end = clock_mono_ms() + WAIT_MS;

    while (s.open != left && clock_mono_ms() < end)
        assert_true(wire_look(w, given, &s));
    assert_int_equal(s.open, left);
    assert_false(s.quiet && left == 0);
    *unsent = s.unsent;
}

static void test_wire__knows_what_is_through(void **state)
{
    struct ends t;
    struct wire w;
    int64_t unsent = -1;

    (void)state;
    connect_ends(&t);
    put(&t); /* a handshake: none of ours */
    wire_init(&w, t.here);
    wait_open(&w, 0, 0, &unsent);
    assert_int_equal(w.extra, LUMP + 1); /* its SYN counts as a byte */
    put(&t);
    wait_open(&w, LUMP, 0, &unsent);
    assert_int_equal(unsent, 0);
    close_ends(&t);
}

/* What ssh has not written yet is not through. */
static void test_wire__counts_what_waits_in_ssh(void **state)
{
    struct ends t;
    struct wire w;
    int64_t unsent = -1;

    (void)state;
    connect_ends(&t);
    wire_init(&w, t.here);
    wait_open(&w, 0, 0, &unsent);
    put(&t);
    wait_open(&w, 3 * LUMP, 2 * LUMP, &unsent);
    assert_int_equal(unsent, 2 * LUMP);
    put(&t);
    put(&t);
    wait_open(&w, 3 * LUMP, 0, &unsent);
    assert_int_equal(unsent, 0);
    close_ends(&t);
}

/* Heads of packets: learned once ssh has nothing left. */
static void test_wire__learns_what_is_not_ours(void **state)
{
    struct ends t;
    struct wire w;
    int64_t unsent = -1;

    (void)state;
    connect_ends(&t);
    wire_init(&w, t.here);
    wait_open(&w, 0, 0, &unsent);
    put(&t);
    wait_open(&w, LUMP - 60, 0, &unsent); /* 60 of them are heads */
    put(&t);
    wait_open(&w, 3 * LUMP - 120, LUMP - 60, &unsent);
    close_ends(&t);
}

static void test_wire__tells_what_the_other_end_does_not_take(void **state)
{
    struct ends t;
    struct wire w;
    struct wire_seen s;
    int64_t given = 0;
    char lump[LUMP] = "";
    ssize_t n;

    (void)state;
    connect_ends(&t);
    wire_init(&w, t.here);
    assert_true(wire_look(&w, 0, &s));
    while ((n = write(t.here, lump, sizeof lump)) > 0)
        given += n;
    assert_true(wire_look(&w, given, &s));
    assert_true(s.open > 0 && s.open <= given);
    assert_true(s.unsent > 0 && s.unsent <= s.open);
    close_ends(&t);
}

static void test_wire__knows_nothing_of_anything_else(void **state)
{
    struct wire_seen s = {.open = 7};
    struct wire w;
    int pair[2];

    (void)state;
    wire_init(&w, -1);
    assert_false(wire_look(&w, 10, &s));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    wire_init(&w, pair[0]);
    assert_false(wire_look(&w, 10, &s));
    assert_int_equal(s.open, 7);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

/* Where the kernel can be told so. */
static void test_wire__has_the_kernel_ask_again_soon(void **state)
{
    struct ends t;
    struct wire w;
    int ms = 0;
    socklen_t len = sizeof ms;

    (void)state;
    connect_ends(&t);
    wire_init(&w, -1);
    wire_hurry(&w); /* of nothing */
    wire_init(&w, t.here);
    wire_hurry(&w);
    if (getsockopt(t.here, IPPROTO_TCP, 44, &ms, &len) < 0)
        print_message("# not here: kernel before 6.15\n");
    else
        assert_int_equal(ms, 1000);
    close_ends(&t);
}

/* BBR does at the beginning; others do not tell. */
static void test_wire__knows_that_the_kernel_tries_how_much(void **state)
{
    static const struct {
        const char *congestion;
        bool opening;
    } cases[] = {{"bbr", true}, {"reno", false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ends t;
        struct wire w;
        struct wire_seen s;
        int64_t unsent;

        connect_ends(&t);
        wire_init(&w, t.here);
        if (setsockopt(t.here, IPPROTO_TCP, TCP_CONGESTION, cases[i].congestion,
                       (socklen_t)strlen(cases[i].congestion)) < 0) {
            print_message("# not here: %s\n", cases[i].congestion);
        } else {
            put(&t); /* it says so once something was acknowledged */
            wait_open(&w, LUMP, 0, &unsent);
            assert_true(wire_look(&w, LUMP, &s));
            assert_int_equal(s.opening, cases[i].opening);
        }
        close_ends(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire__knows_what_is_through),
        cmocka_unit_test(test_wire__counts_what_waits_in_ssh),
        cmocka_unit_test(test_wire__learns_what_is_not_ours),
        cmocka_unit_test(test_wire__tells_what_the_other_end_does_not_take),
        cmocka_unit_test(test_wire__knows_nothing_of_anything_else),
        cmocka_unit_test(test_wire__has_the_kernel_ask_again_soon),
        cmocka_unit_test(test_wire__knows_that_the_kernel_tries_how_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
