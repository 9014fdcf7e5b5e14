/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <unistd.h>

#include "node/base/log.h"

static char *log_path(void **state)
{
    AUTO_MEM char *dir = fs_path(*state, "log");
    struct err e = ERR_INIT;

    unit_ok(fs_mkdir(dir, &e), &e);
    return fs_path(dir, "sohoa.log");
}

static void test_log__one_line_an_event(void **state)
{
    AUTO_MEM char *path = log_path(state);
    AUTO_STR struct str text = STR_INIT(10000);
    AUTO_MEM char *wanted = mem_printf(" %ld import stored 3\n", (long)getpid());
    struct err e = ERR_INIT;

    log_event(*state, "import stored %d", 3);
    log_event(*state, "import stored %d", 3);
    unit_ok(fs_read_file(path, &text, &e), &e);
    /* 2026-11-24T06:04:20Z */
    assert_int_equal(text.len, 2 * (20 + strlen(wanted)));
    assert_int_equal(text.p[10], 'T');
    assert_int_equal(text.p[19], 'Z');
    assert_memory_equal(text.p + 20, wanted, strlen(wanted));
}

static void test_log__an_error_without_its_subject(void **state)
{
    AUTO_MEM char *path = log_path(state);
    AUTO_STR struct str text = STR_INIT(10000);
    struct err e = ERR_INIT;
    struct err what = ERR_INIT;

    errno = EIO;
    (void)err_sys(&what, ERR_READ, "khai sinh Nguyễn Văn A.jpg");
    log_error(*state, "import", &what);
    unit_ok(fs_read_file(path, &text, &e), &e);
    assert_non_null(strstr(text.p, "import SH-READ errno 5"));
    assert_null(strstr(text.p, "Nguyễn"));
}

static void test_log__an_event_stays_one_line(void **state)
{
    AUTO_MEM char *path = log_path(state);
    AUTO_STR struct str text = STR_INIT(100000);
    AUTO_MEM char *longer = mem_new(5000, 1);
    struct err e = ERR_INIT;

    log_event(*state, "a\nb\033[31m\xFF");
    unit_ok(fs_read_file(path, &text, &e), &e);
    assert_true(str_ends(text.p, " a\\x0ab\\x1b[31m\\xff\n"));
    memset(longer, 'x', 4999);
    log_event(*state, "%s", longer);
    str_reset(&text);
    unit_ok(fs_read_file(path, &text, &e), &e);
    assert_true(text.len < 1500);
}

static void test_log__keeps_one_older_file(void **state)
{
    AUTO_MEM char *path = log_path(state);
    AUTO_MEM char *old = mem_printf("%s.1", path);
    AUTO_STR struct str text = STR_INIT(10000);
    struct err e = ERR_INIT;

    log_event(*state, "first");
    assert_false(fs_exists(old));
    assert_int_equal(truncate(path, LOG_BYTES_MAX + 1), 0);
    log_event(*state, "second");
    assert_true(fs_exists(old));
    unit_ok(fs_read_file(path, &text, &e), &e);
    assert_null(strstr(text.p, "first"));
    assert_true(str_ends(text.p, " second\n"));
}

static void test_log__what_cannot_be_written_stops_nothing(void **state)
{
    (void)state;
    log_event("/nonexistent/home", "event");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_log__one_line_an_event),
        unit_case(test_log__an_error_without_its_subject),
        unit_case(test_log__an_event_stays_one_line),
        unit_case(test_log__keeps_one_older_file),
        unit_case(test_log__what_cannot_be_written_stops_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
