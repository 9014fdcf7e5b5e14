/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/hash.h"
#include "node/web/web_session.h"

static struct web_session *begin(struct web_sessions *t, const char *user, int64_t now)
{
    struct web_session *s = NULL;
    struct err e = ERR_INIT;

    unit_ok(web_session_begin(t, user, ROLE_CLERK, now, &s, &e), &e);
    return s;
}

static void test_web_session__is_found_by_its_token_alone(void **state)
{
    AUTO_SESSIONS struct web_sessions *t = web_session_table();
    struct web_session *a = begin(t, "lan", 0);
    struct web_session *b = begin(t, "lan", 0);
    char token[WEB_SESSION_HEX];

    (void)state;
    assert_true(hash_is_hex(a->token, 64));
    assert_true(hash_is_hex(a->csrf, 64));
    assert_string_not_equal(a->token, b->token);
    assert_string_not_equal(a->token, a->csrf);
    (void)snprintf(token, sizeof token, "%s", a->token);
    assert_ptr_equal(web_session_find(t, token, 1), a);
    assert_null(web_session_find(t, "", 1)); /* not a free place */
    token[63] = token[63] == '0' ? '1' : '0';
    assert_null(web_session_find(t, token, 1));
    (void)snprintf(token, sizeof token, "%s", a->token);
    web_session_end(a);
    assert_null(web_session_find(t, token, 1));
    web_session_end_user(t, "lan");
    assert_string_equal(b->token, "");
}

static void test_web_session__falls_asleep_and_ends(void **state)
{
    AUTO_SESSIONS struct web_sessions *t = web_session_table();
    struct web_session *s = begin(t, "lan", 0);
    char token[WEB_SESSION_HEX];

    (void)state;
    (void)snprintf(token, sizeof token, "%s", s->token);
    assert_false(web_session_find(t, token, WEB_SESSION_ASLEEP_MS)->locked);
    s->used_ms = WEB_SESSION_ASLEEP_MS;
    assert_false(web_session_find(t, token, 2 * WEB_SESSION_ASLEEP_MS)->locked);
    assert_true(web_session_find(t, token, 2 * WEB_SESSION_ASLEEP_MS + 1)->locked);
    assert_null(
        web_session_find(t, token, WEB_SESSION_ASLEEP_MS + WEB_SESSION_GONE_MS + 1));
    assert_null(web_session_find(t, token, 0)); /* for good */
    /* However busy: one day. */
    s = begin(t, "lan", 0);
    (void)snprintf(token, sizeof token, "%s", s->token);
    s->used_ms = WEB_SESSION_LIFE_MS;
    assert_non_null(web_session_find(t, token, WEB_SESSION_LIFE_MS));
    assert_null(web_session_find(t, token, WEB_SESSION_LIFE_MS + 1));
}

static void test_web_session__the_one_unused_for_longest_makes_room(void **state)
{
    AUTO_SESSIONS struct web_sessions *t = web_session_table();
    char first[WEB_SESSION_HEX];
    char second[WEB_SESSION_HEX];

    (void)state;
    (void)snprintf(first, sizeof first, "%s", begin(t, "a", 10)->token);
    (void)snprintf(second, sizeof second, "%s", begin(t, "b", 5)->token);
    for (int i = 2; i < WEB_SESSION_MAX; i++)
        (void)begin(t, "c", 20);
    (void)begin(t, "d", 30);
    assert_non_null(web_session_find(t, first, 30));
    assert_null(web_session_find(t, second, 30));
}

static void test_web_session__tokens_are_compared_whole(void **state)
{
    (void)state;
    assert_true(web_session_same("abc", "abc"));
    assert_false(web_session_same("abc", "abd"));
    assert_false(web_session_same("abc", "ab"));
    assert_false(web_session_same("", "a"));
    assert_true(web_session_same("", ""));
}

static void test_web_session__wrong_passwords_cost_time(void **state)
{
    static const int64_t WAIT_MS[] = {0, 0, 0, 1000, 2000, 4000, 8000, 16000, 32000};
    AUTO_SESSIONS struct web_sessions *t = web_session_table();
    int64_t now = 1000000;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(WAIT_MS); i++) {
        char address[8];

        (void)snprintf(address, sizeof address, "%zu", i); /* from anywhere */
        if (WAIT_MS[i])
            assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", address, now),
                             WAIT_MS[i]);
        now += WAIT_MS[i];
        assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", address, now), 0);
    }
    assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", "x", now), 64000);
    now += 64000;
    assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", "x", now),
                     0); /* the tenth */
    assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", "x", now),
                     WEB_SESSION_LOCKOUT_MS);
    assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "hoa", "y", now),
                     0); /* nobody else */
    /* Never for ever. */
    now += WEB_SESSION_LOCKOUT_MS;
    assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", "x", now), 0);
    now += WEB_SESSION_FORGET_MS + 1;
    for (int i = 0; i < 3; i++)
        assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", "x", now), 0);
    assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", "x", now), 1000);
    web_session_wrong(t, WEB_SESSION_LAN, "lan", "x",
                      now + 600); /* it took a while to find out */
    assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", "x", now + 600), 1000);
}

static void test_web_session__a_right_one_forgets(void **state)
{
    AUTO_SESSIONS struct web_sessions *t = web_session_table();

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", "x", 5), 0);
    web_session_right(t, WEB_SESSION_LAN, "lan", "x");
    assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", "x", 5), 0);
}

static void test_web_session__an_address_that_tries_many_names_waits(void **state)
{
    AUTO_SESSIONS struct web_sessions *t = web_session_table();
    int64_t wait_ms = 0;
    int n = 0;

    (void)state;
    for (; n < 100 && wait_ms == 0; n++) {
        char user[8];

        (void)snprintf(user, sizeof user, "u%d", n);
        wait_ms = web_session_try(t, WEB_SESSION_LAN, user, "x", 5);
    }
    assert_int_equal(n,
                     10); /* three times as many as of one user, and the refused one */
    assert_int_equal(wait_ms, 1000);
    assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lan", "y", 5), 0);
}

/* Who guesses at one door keeps nobody out at another, nor from a locked screen. */
static void test_web_session__each_way_in_counts_for_itself(void **state)
{
    AUTO_SESSIONS struct web_sessions *t = web_session_table();
    char token[WEB_SESSION_HEX];
    int64_t now = 5;

    (void)state;
    (void)snprintf(token, sizeof token, "%s", begin(t, "lan", 0)->token);
    for (int i = 0; i < 10; i++) {
        now += web_session_try(t, WEB_SESSION_LAN, "lan", "x", now);
        (void)web_session_try(t, WEB_SESSION_LAN, "lan", "x", now);
    }
    assert_true(web_session_try(t, WEB_SESSION_LAN, "lan", "y", now) > 0);
    assert_true(web_session_try(t, WEB_SESSION_LAN, "hoa", "x", now) > 0);
    assert_int_equal(web_session_try(t, WEB_SESSION_LOOPBACK, "lan", "z", now), 0);
    assert_int_equal(web_session_try(t, WEB_SESSION_UNLOCK, token, "x", now), 0);
    /* A session is not guessed at for ever either, and that costs no other one. */
    for (int i = 0; i < 2; i++)
        assert_int_equal(web_session_try(t, WEB_SESSION_UNLOCK, token, "q", now), 0);
    assert_int_equal(web_session_try(t, WEB_SESSION_UNLOCK, token, "q", now), 1000);
    web_session_wrong(t, WEB_SESSION_UNLOCK, token, "q", now + 600);
    assert_int_equal(web_session_try(t, WEB_SESSION_UNLOCK, token, "q", now + 600),
                     1000);
    token[63] = token[63] == '0' ? '1' : '0';
    assert_int_equal(web_session_try(t, WEB_SESSION_UNLOCK, token, "q", now), 0);
    assert_int_equal(web_session_try(t, WEB_SESSION_LAN, "lam", "q", now), 0);
    web_session_right(t, WEB_SESSION_LOOPBACK, "lan", "z");
    assert_true(web_session_try(t, WEB_SESSION_LAN, "lan", "y", now) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_session__is_found_by_its_token_alone),
        cmocka_unit_test(test_web_session__falls_asleep_and_ends),
        cmocka_unit_test(test_web_session__the_one_unused_for_longest_makes_room),
        cmocka_unit_test(test_web_session__tokens_are_compared_whole),
        cmocka_unit_test(test_web_session__wrong_passwords_cost_time),
        cmocka_unit_test(test_web_session__a_right_one_forgets),
        cmocka_unit_test(test_web_session__an_address_that_tries_many_names_waits),
        cmocka_unit_test(test_web_session__each_way_in_counts_for_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
