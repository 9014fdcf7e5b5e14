/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "sync/receive.h"

#define KIB INT64_C(1024)

/*
 * A line of so many bytes a second and so long a round trip, and a door that tells
 * after so many bytes or milliseconds (0: never by time). The sender fills the window
 * at each step of a millisecond. What the line carries in @ms comes back.
 */
struct line {
    int64_t rate, rtt_ms, tell_bytes, tell_ms;
};

#define TRIP_MAX 4000

static int64_t send_for(const struct line *l, struct window *w, int64_t ms,
                        int64_t *most)
{
    static int64_t arrived[TRIP_MAX * 10], told[TRIP_MAX * 10];
    int64_t at = 0, through = 0, said = 0, said_ms = 0, half = l->rtt_ms / 2;

    window_init(w, 0);
    window_have(w, 0, 0);
    *most = 0;
    for (int64_t now = 1; now < ms; now++) {
        at += window_room(w, at, now);
        *most = at - w->have > *most ? at - w->have : *most;
        through += l->rate / 1000; /* what leaves the queue in this millisecond */
        if (through > at)
            through = at;
        arrived[now] = through;
        told[now] = 0;
        if (now > half) {
            int64_t there = arrived[now - half];

            if (there > said && (there - said >= l->tell_bytes ||
                                 (l->tell_ms && now - said_ms >= l->tell_ms))) {
                told[now] = said = there;
                said_ms = now;
            }
        }
        if (now > half && told[now - half] > 0)
            window_have(w, told[now - half], now);
    }
    return through;
}

static void test_window__lines_are_kept_busy(void **state)
{
    static const struct {
        struct line line;
        int64_t least, most; /* bytes under way, at the end */
    } cases[] = {
        {{25000, 300, RECEIVE_TELL_BYTES, RECEIVE_TELL_MS}, WINDOW_MIN, 64 * KIB},
        {{1000000, 150, RECEIVE_TELL_BYTES, RECEIVE_TELL_MS}, WINDOW_MAX, WINDOW_MAX},
        {{100000, 100, RECEIVE_TELL_BYTES, RECEIVE_TELL_MS}, 160 * KIB, WINDOW_MAX},
        {{25000, 1200, RECEIVE_TELL_BYTES, RECEIVE_TELL_MS}, WINDOW_MIN, 80 * KIB},
        {{2000, 600, RECEIVE_TELL_BYTES, RECEIVE_TELL_MS}, WINDOW_MIN, WINDOW_MIN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct window w;
        int64_t most = 0;
        int64_t sent = send_for(&cases[i].line, &w, 20000, &most);

        print_message("# %lld B/s: %lld%% of the line, window %lld\n",
                      (long long)cases[i].line.rate,
                      (long long)(sent * 100 / (cases[i].line.rate * 20)),
                      (long long)w.size);
        assert_true(sent >= cases[i].line.rate * 20 * 97 / 100);
        assert_true(w.size >= cases[i].least && w.size <= cases[i].most);
        assert_true(most <= WINDOW_MAX);
    }
}

/* A door of before: a word every 256 KiB and none between. */
static void test_window__does_not_wait_for_ever_for_an_older_door(void **state)
{
    static const struct line old = {25000, 300, 256 * KIB, 0};
    struct window w;
    int64_t most = 0;

    (void)state;
    assert_true(send_for(&old, &w, 39000, &most) > 25000 * 37);
    assert_true(w.size > 256 * KIB);
}

static void test_window__closes_and_opens(void **state)
{
    struct window w;

    (void)state;
    window_init(&w, 0); /* nothing was told yet */
    assert_int_equal(window_room(&w, 0, 0), WINDOW_START);
    assert_int_equal(window_room(&w, WINDOW_START, 0), 0);
    window_have(&w, 5000, 10);
    assert_int_equal(window_room(&w, 5000, 10), WINDOW_START);
    assert_int_equal(window_room(&w, 5000 + WINDOW_START - 1, 10), 1);
    assert_int_equal(window_room(&w, 5000 + WINDOW_START + 1, 10), 0);
    /* it waits for no word of an older door */
    assert_int_equal(window_room(&w, 5000, 11 + WINDOW_QUIET_MS), WINDOW_MAX);
    assert_int_equal(window_room(&w, 5000 + WINDOW_MAX, 11 + WINDOW_QUIET_MS), 0);
    window_have(&w, 5000, 1010); /* the same again says nothing */
    assert_int_equal(w.rate_count, 0);
    window_have(&w, 5000 + 20 * KIB, 1010); /* 20 KiB a second */
    assert_int_equal(window_room(&w, 5000 + 20 * KIB, 1010), 40 * KIB);
}

static void test_window__a_bad_second_does_not_shrink_it(void **state)
{
    struct window w;
    int64_t have = 0, now = 0, before;

    (void)state;
    window_init(&w, 0);
    window_have(&w, 0, 0);
    for (int i = 0; i < 20; i++)
        window_have(&w, have += 25000, now += 250);
    before = w.size;
    assert_true(before < WINDOW_MAX);
    window_have(&w, have += 100, now += 900); /* a packet was lost */
    assert_int_equal(w.size, before);
}

static void test_window__counts_what_is_through(void **state)
{
    static const struct {
        int64_t reached, unsent;
        bool wide;
        int64_t at, want;
    } cases[] = {
        {0, 0, false, 0, WINDOW_UNSENT},
        {0, 10 * KIB, false, 0, WINDOW_UNSENT - 10 * KIB},
        {0, WINDOW_UNSENT + 1, false, 0, 0},
        {0, 0, false, WINDOW_OPEN - 5, 5},
        {100 * KIB, 0, false, WINDOW_OPEN + 100 * KIB - 5, 5},
        {9000 * KIB, 0, false, WINDOW_OPEN + WINDOW_AHEAD - 5, 5}, /* nobody said so */
        {0, 0, true, WINDOW_OPEN, WINDOW_UNSENT},
        {0, 0, true, WINDOW_SAFE, 0},
        {-7, 0, false, WINDOW_OPEN, 0}, /* what was told counts as well */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct window w;

        window_init(&w, 0);
        window_have(&w, 0, 0);
        window_widen(&w, cases[i].wide);
        window_reached(&w, cases[i].reached, cases[i].unsent, 0);
        assert_int_equal(window_room(&w, cases[i].at, 1), cases[i].want);
    }
}

/* Half of what waits in this machine is gone then. */
static void test_window__is_looked_at_when_there_is_something_to_see(void **state)
{
    static const struct {
        int64_t rate, unsent, silent_ms, want;
    } cases[] = {{0, 40000, 0, WINDOW_LOOK_MIN},
                 {1000000, 40000, 0, 32},
                 {1000000, 40000, 250, 32},
                 {1000000, 40000, 800, 100},
                 {1000000, 40000, 5000, WINDOW_LOOK_MAX},
                 {1000000, 120000, 0, 60},
                 {1000000, -1, 0, WINDOW_LOOK_MIN},
                 {200000, 40000, 0, 163},
                 {20000, 40000, 0, WINDOW_LOOK_MAX},
                 {9000000, 40000, 0, WINDOW_LOOK_MIN},
                 {200000, 0, 0, 163}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct window w;

        window_init(&w, 0);
        window_have(&w, 0, 0);
        window_have(&w, cases[i].rate, 1000);
        window_reached(&w, cases[i].rate, cases[i].unsent, 1000);
        assert_int_equal(window_look_ms(&w, 1000 + cases[i].silent_ms), cases[i].want);
    }
}

/* One burst behind a lost packet says little of when there will be room. */
static void test_window__is_looked_at_by_its_mean_rate(void **state)
{
    struct window w;

    (void)state;
    window_init(&w, 0);
    window_have(&w, 0, 0);
    window_have(&w, 500000, 500);
    window_have(&w, 1500000, 1000);
    window_reached(&w, 1500000, 90000, 1000);
    assert_int_equal(window_look_ms(&w, 1000), 45000 * 2 / 3000);
}

/* After a jump (another connection) it is not known until it is looked at again; an
 * older door's words are too far apart for it. */
static void test_window__forgets_what_was_through(void **state)
{
    struct window w;

    (void)state;
    window_init(&w, 0);
    window_reached(&w, 100 * KIB, 0, 0);
    window_jump(&w, 5000, 10);
    assert_int_equal(window_room(&w, 5000 + WINDOW_START, 10), 0);
    window_have(&w, 5000 + 256 * KIB, 500);
    window_reached(&w, 9000 * KIB, 0, 500);
    assert_int_equal(window_room(&w, 5000 + 256 * KIB + w.size - 1, 500), 1);
}

/* Less than is worth a wake-up goes only when it is all that is left, or when nobody
 * would say that there is more room. */
static void test_window__gives_pieces_of_some_size(void **state)
{
    struct window w;

    (void)state;
    window_init(&w, 0);
    window_have(&w, 0, 0);
    window_reached(&w, 0, WINDOW_UNSENT - 10, 0);
    assert_int_equal(window_piece(&w, 0, 11, 1), 0);
    assert_int_equal(window_piece(&w, 0, 10, 1), 10);
    assert_int_equal(window_piece(&w, 0, 3, 1), 3);
    window_reached(&w, 0, WINDOW_UNSENT - WINDOW_LEAST, 1);
    assert_int_equal(window_piece(&w, 0, 1000 * KIB, 1), WINDOW_LEAST);
    window_jump(&w, 0, 2); /* not seen any more */
    assert_int_equal(window_piece(&w, w.size - 5, 1000 * KIB, 2), 5);
    window_reached(&w, 0, 0, 3);
    window_have(&w, 256 * KIB, 500); /* the steps of an older door */
    assert_int_equal(window_piece(&w, 256 * KIB + w.size - 5, 1000 * KIB, 501), 5);
}

/* 1 MB a second, looked at every 20 ms and once late: so much has to wait here. */
static void test_window__has_enough_until_the_next_look(void **state)
{
    struct window w;
    int64_t have = 0, now = 0;

    (void)state;
    window_init(&w, 0);
    window_have(&w, 0, 0);
    for (int i = 0; i < 50; i++) {
        window_have(&w, have += 20000, now += 20);
        window_reached(&w, have, 0, now);
    }
    assert_int_equal(window_room(&w, have, now), WINDOW_WAIT_MS * 1000);
    window_reached(&w, have, 0, now += 80);
    assert_int_equal(window_room(&w, have, now), 2 * 80000);
    for (int i = 0; i < 100; i++)
        window_reached(&w, have, 0, now += 20);
    assert_int_equal(window_room(&w, have, now), WINDOW_WAIT_MS * 1000);
    window_reached(&w, have, 0, now += 5000); /* no more than a window */
    assert_int_equal(window_room(&w, have, now), WINDOW_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window__lines_are_kept_busy),
        cmocka_unit_test(test_window__does_not_wait_for_ever_for_an_older_door),
        cmocka_unit_test(test_window__closes_and_opens),
        cmocka_unit_test(test_window__a_bad_second_does_not_shrink_it),
        cmocka_unit_test(test_window__counts_what_is_through),
        cmocka_unit_test(test_window__gives_pieces_of_some_size),
        cmocka_unit_test(test_window__has_enough_until_the_next_look),
        cmocka_unit_test(test_window__is_looked_at_when_there_is_something_to_see),
        cmocka_unit_test(test_window__is_looked_at_by_its_mean_rate),
        cmocka_unit_test(test_window__forgets_what_was_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
