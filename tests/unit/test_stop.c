/* SPDX-License-Identifier: Apache-2.0 */
/* The wish to stop: a signal only sets the flag. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <unistd.h>

#include "node/base/stop.h"

static void test_stop__a_closed_pipe_does_not_end_us(void **state)
{
    int ends[2];

    (void)state;
    stop_install();
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    assert_int_equal(write(ends[1], "x", 1), -1);
    (void)close(ends[1]);
    assert_false(stop_requested());
}

static void test_stop__sigterm_is_a_wish(void **state)
{
    (void)state;
    stop_install();
    assert_false(stop_requested());
    assert_int_equal(raise(SIGTERM), 0);
    assert_true(stop_requested());
    assert_int_equal(raise(SIGINT), 0);
    assert_true(stop_requested());
}

static void test_stop__a_sleep_ends_when_told(void **state)
{
    (void)state;
    assert_true(stop_requested()); /* by the case before */
    stop_sleep_ms(INT64_C(3600000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop__a_closed_pipe_does_not_end_us),
        cmocka_unit_test(test_stop__sigterm_is_a_wish),
        cmocka_unit_test(test_stop__a_sleep_ends_when_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
