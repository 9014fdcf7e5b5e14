/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/jdoc.h"
#include "node/web/web_event.h"

#define AUTO_EVENT AUTO(web_event_clear)

static struct web_event fresh(void)
{
    struct web_event v;

    web_event_init(&v, 1000);
    return v;
}

/* All that is to be sent, taken @block bytes at a time. */
static char *taken(struct web_event *v, size_t block)
{
    AUTO_STR struct str all = STR_INIT(2 * WEB_EVENT_ROOM);
    char bytes[4096];
    size_t n = 0;

    assert_true(block <= sizeof bytes);
    while ((n = web_event_take(v, bytes, block, 2000)) > 0) {
        assert_true(n <= block);
        str_add_mem(&all, bytes, n);
    }
    return str_take(&all);
}

static void test_web_event__tells_topic_and_data(void **state)
{
    AUTO_EVENT struct web_event v = fresh();
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_MEM char *text = NULL;

    (void)state;
    assert_false(web_event_waits(&v));
    jdoc_set_int(j, "n", 3);
    web_event_put(&v, "counts", "{}", 1000);
    web_event_put_json(&v, "job", j, 1000);
    assert_true(web_event_waits(&v));
    text = taken(&v, 5);
    assert_string_equal(text,
                        "event: counts\ndata: {}\n\nevent: job\ndata: {\"n\":3}\n\n");
    assert_false(web_event_waits(&v));
}

static void test_web_event__gives_a_sign_of_life_in_silence(void **state)
{
    AUTO_EVENT struct web_event v = fresh();
    AUTO_MEM char *text = NULL;

    (void)state;
    assert_true(web_event_beat(&v, 1000 + WEB_EVENT_BEAT_MS - 1));
    assert_false(web_event_waits(&v));
    assert_true(web_event_beat(&v, 1000 + WEB_EVENT_BEAT_MS));
    text = taken(&v, 100);
    assert_string_equal(text, ":\n\n");
}

static void test_web_event__is_given_up_when_nobody_takes(void **state)
{
    AUTO_EVENT struct web_event v = fresh();
    char byte = 0;

    (void)state;
    web_event_put(&v, "counts", "{}", 5000);
    assert_true(web_event_beat(&v, 5000 + WEB_EVENT_STUCK_MS));
    assert_int_equal(web_event_take(&v, &byte, 1, 6000), 1); /* slow is not stuck */
    assert_true(web_event_beat(&v, 6000 + WEB_EVENT_STUCK_MS));
    assert_false(web_event_beat(&v, 6001 + WEB_EVENT_STUCK_MS));
}

static void test_web_event__is_over_when_too_much_waits(void **state)
{
    AUTO_EVENT struct web_event v = fresh();
    AUTO_MEM char *data = mem_new(1, WEB_EVENT_ROOM / 3);
    AUTO_MEM char *left = NULL;

    (void)state;
    memset(data, '1', WEB_EVENT_ROOM / 3 - 1);
    web_event_put(&v, "page", data, 1000);
    web_event_put(&v, "page", data, 1000);
    assert_false(v.over);
    web_event_put(&v, "page", data, 1000);
    assert_true(v.over);
    assert_true(web_event_waits(&v)); /* its end is to be told */
    web_event_put(&v, "page", "{}", 1000);
    left = taken(&v, 4096);
    assert_string_equal(left, "");
}

static void test_web_event__one_that_is_too_large_is_left_out(void **state)
{
    AUTO_EVENT struct web_event v = fresh();
    AUTO_MEM char *data = mem_new(1, WEB_EVENT_ROOM + 2);

    (void)state;
    memset(data, '1', WEB_EVENT_ROOM + 1);
    web_event_put(&v, "page", data, 1000);
    assert_false(web_event_waits(&v));
    assert_false(v.over);
}

static void test_web_event__asks_for_counts_after_a_change_and_seldom(void **state)
{
    AUTO_EVENT struct web_event v = fresh();

    (void)state;
    assert_true(web_event_ask(&v, 1000)); /* nobody knows them yet */
    assert_false(web_event_ask(&v, 9000));
    v.counts = true;
    assert_true(web_event_ask(&v, 9000));
    v.counts = true;
    assert_false(web_event_ask(&v, 9000 + WEB_EVENT_COUNTS_MS - 1));
    assert_true(web_event_ask(&v, 9000 + WEB_EVENT_COUNTS_MS));
}

static void test_web_event__what_was_not_answered_is_asked_again(void **state)
{
    struct web_event v;

    (void)state;
    web_event_init(&v, 1000);
    assert_true(web_event_ask(&v, 1000));
    assert_false(
        web_event_ask(&v, 1000 + 2 * WEB_EVENT_COUNTS_MS)); /* nothing changed */
    web_event_again(&v);
    assert_false(web_event_ask(&v, 1000 + WEB_EVENT_COUNTS_MS - 1));
    assert_true(web_event_ask(&v, 1000 + WEB_EVENT_COUNTS_MS));
    web_event_clear(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_event__what_was_not_answered_is_asked_again),
        cmocka_unit_test(test_web_event__tells_topic_and_data),
        cmocka_unit_test(test_web_event__gives_a_sign_of_life_in_silence),
        cmocka_unit_test(test_web_event__is_given_up_when_nobody_takes),
        cmocka_unit_test(test_web_event__is_over_when_too_much_waits),
        cmocka_unit_test(test_web_event__one_that_is_too_large_is_left_out),
        cmocka_unit_test(test_web_event__asks_for_counts_after_a_change_and_seldom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
