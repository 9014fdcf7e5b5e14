/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/jdoc.h"
#include "node/web/web_auto.h"

#define NOW INT64_C(5000000)

static void hear(struct web_auto *a, const char *text)
{
    AUTO_JDOC struct jdoc *job = NULL;
    struct err e = ERR_INIT;

    unit_ok(jdoc_parse(text, strlen(text), &job, &e), &e);
    web_auto_hear(a, job, NOW);
}

static void test_web_auto__begins_a_while_after_serve(void **state)
{
    struct web_auto a;

    (void)state;
    web_auto_init(&a, NOW);
    assert_false(web_auto_due(&a, NOW + WEB_AUTO_FIRST_MS - 1));
    assert_true(web_auto_due(&a, NOW + WEB_AUTO_FIRST_MS));
    assert_int_equal(web_auto_left_s(&a, NOW), WEB_AUTO_FIRST_MS / 1000);
    assert_int_equal(web_auto_left_s(&a, NOW + WEB_AUTO_FIRST_MS - 1), 1);
    assert_int_equal(web_auto_left_s(&a, NOW + 2 * WEB_AUTO_FIRST_MS), 0);
    web_auto_later(&a, NOW);
    assert_false(web_auto_due(&a, NOW + WEB_AUTO_LOOK_MS - 1));
    assert_true(web_auto_due(&a, NOW + WEB_AUTO_LOOK_MS));
}

static void test_web_auto__goes_on_as_the_last_run_ended(void **state)
{
    static const struct {
        const char *job;
        int64_t next_ms;
    } cases[] = {
        {"{\"kind\":\"sync\",\"state\":\"done\",\"exit\":0,\"summary\":{\"waiting\":0,"
         "\"accepted\":0,\"durable\":7}}",
         WEB_AUTO_CALM_MS},
        {"{\"kind\":\"sync\",\"state\":\"done\",\"exit\":0,\"summary\":{\"waiting\":2,"
         "\"accepted\":0}}",
         WEB_AUTO_OPEN_MS},
        {"{\"kind\":\"sync\",\"state\":\"done\",\"exit\":3,\"summary\":{\"waiting\":0,"
         "\"accepted\":1}}",
         WEB_AUTO_OPEN_MS},
        {"{\"kind\":\"sync\",\"state\":\"stopped\",\"exit\":130,\"summary\":null}",
         WEB_AUTO_DOWN_MS},
        {"{\"kind\":\"seal\",\"state\":\"done\",\"exit\":0,\"summary\":{}}",
         WEB_AUTO_SEALED_MS},
        {"{\"kind\":\"seal\",\"state\":\"failed\",\"exit\":1,\"summary\":{}}",
         WEB_AUTO_FIRST_MS},
        {"{\"kind\":\"sync\",\"state\":\"running\",\"exit\":null}", WEB_AUTO_FIRST_MS},
        {"{\"kind\":\"import\",\"state\":\"done\",\"exit\":0}", WEB_AUTO_FIRST_MS},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct web_auto a;

        web_auto_init(&a, NOW);
        hear(&a, cases[i].job);
        assert_int_equal(a.next_ms - NOW, cases[i].next_ms);
    }
}

/* A line that is down costs less and less; the first run that gets through ends that.
 */
static void test_web_auto__waits_longer_for_a_line_that_stays_down(void **state)
{
    static const int64_t minutes[] = {1, 2, 4, 8, 15, 15, 15, 15, 15, 15, 15};
    struct web_auto a;

    (void)state;
    web_auto_init(&a, NOW);
    for (size_t i = 0; i < ARRAY_LEN(minutes); i++) {
        hear(&a, "{\"kind\":\"sync\",\"state\":\"failed\",\"exit\":75}");
        assert_int_equal(a.next_ms - NOW, minutes[i] * 60000);
    }
    hear(&a, "{\"kind\":\"sync\",\"state\":\"done\",\"exit\":0}");
    hear(&a, "{\"kind\":\"sync\",\"state\":\"failed\",\"exit\":75}");
    assert_int_equal(a.next_ms - NOW, WEB_AUTO_DOWN_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_auto__begins_a_while_after_serve),
        cmocka_unit_test(test_web_auto__goes_on_as_the_last_run_ended),
        cmocka_unit_test(test_web_auto__waits_longer_for_a_line_that_stays_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
