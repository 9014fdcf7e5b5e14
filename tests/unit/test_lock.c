/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/lock.h"
#include "node/base/num.h"

static char *path_of(void **state)
{
    return fs_path(*state, "lock");
}

static void test_lock__one_holder_at_a_time(void **state)
{
    AUTO_MEM char *path = path_of(state);
    AUTO_LOCK struct lock a = LOCK_INIT;
    AUTO_LOCK struct lock b = LOCK_INIT;
    AUTO_MEM char *own = mem_printf("%s: %ld test_lock", path, (long)getpid());
    struct err e = ERR_INIT;
    int64_t start = clock_mono_ms();

    unit_ok(lock_take(&a, path, 0, &e), &e);
    unit_fails(lock_take(&b, path, 50, &e), ERR_LOCKED, &e);
    assert_in_range(clock_mono_ms() - start, 50, 3000);
    assert_string_equal(e.subject, own);
    assert_int_equal(b.fd, -1);
    lock_drop(&a);
    assert_int_equal(a.fd, -1);
    unit_ok(lock_take(&b, path, 0, &e), &e);
    lock_drop(&b);
    lock_drop(&b);
}

static void test_lock__waits_for_its_turn(void **state)
{
    AUTO_MEM char *path = path_of(state);
    AUTO_LOCK struct lock l = LOCK_INIT;
    struct err e = ERR_INIT;
    int ends[2];
    char c = 0;
    int status = 0;
    pid_t pid = 0;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (lock_take(&l, path, 0, &e) < 0 || write(ends[1], "x", 1) != 1)
            _exit(1);
        clock_sleep_ms(60);
        lock_drop(&l);
        _exit(0);
    }
    assert_int_equal(read(ends[0], &c, 1), 1);
    unit_ok(lock_take(&l, path, 5000, &e), &e);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(close(ends[0]) + close(ends[1]), 0);
}

static void test_lock__a_dead_holder_leaves_nothing(void **state)
{
    AUTO_MEM char *path = path_of(state);
    AUTO_LOCK struct lock l = LOCK_INIT;
    struct err e = ERR_INIT;
    int ends[2];
    char c = 0;
    pid_t pid = 0;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (lock_take(&l, path, 0, &e) < 0 || write(ends[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    assert_int_equal(read(ends[0], &c, 1), 1);
    unit_fails(lock_take(&l, path, 0, &e), ERR_LOCKED, &e);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    unit_ok(lock_take(&l, path, 0, &e), &e);
    assert_int_equal(close(ends[0]) + close(ends[1]), 0);
}

static void test_lock__is_not_inherited_by_programs(void **state)
{
    AUTO_MEM char *path = path_of(state);
    AUTO_LOCK struct lock l = LOCK_INIT;
    AUTO_LOCK struct lock again = LOCK_INIT;
    struct err e = ERR_INIT;
    pid_t pid = 0;

    unit_ok(lock_take(&l, path, 0, &e), &e);
    assert_int_equal(fcntl(l.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    /* A child that has not executed yet shares the open file; a lock that is dropped
     * is free all the same. */
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        for (;;)
            (void)pause();
    lock_drop(&l);
    unit_ok(lock_take(&again, path, 0, &e), &e);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_lock__many_at_once(void **state)
{
    /* Each of eight processes adds one to a number, 25 times. */
    AUTO_MEM char *path = path_of(state);
    AUTO_MEM char *count = fs_path(*state, "count");
    AUTO_STR struct str text = STR_INIT(100);
    struct err e = ERR_INIT;
    int64_t sum = 0;

    unit_ok(fs_write_file(count, "0", 1, &e), &e);
    for (int i = 0; i < 8; i++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid > 0)
            continue;
        for (int k = 0; k < 25; k++) {
            AUTO_LOCK struct lock l = LOCK_INIT;
            AUTO_STR struct str s = STR_INIT(100);
            AUTO_MEM char *next = NULL;
            int64_t n = 0;

            if (lock_take(&l, path, 20000, &e) < 0 || fs_read_file(count, &s, &e) < 0 ||
                !num_parse(str_text(&s), 0, 1000, &n))
                _exit(1);
            next = mem_printf("%lld", (long long)n + 1);
            if (fs_write_file(count, next, strlen(next), &e) < 0)
                _exit(2);
        }
        _exit(0);
    }
    for (int i = 0; i < 8; i++) {
        int status = 0;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    unit_ok(fs_read_file(count, &text, &e), &e);
    assert_true(num_parse(str_text(&text), 0, 1000, &sum));
    assert_int_equal(sum, 200);
}

static void test_lock__what_cannot_be_opened(void **state)
{
    AUTO_MEM char *path = path_of(state);
    AUTO_LOCK struct lock l = LOCK_INIT;
    struct err e = ERR_INIT;

    unit_fails(lock_take(&l, "/nonexistent/lock", 0, &e), ERR_NOT_FOUND, &e);
    assert_int_equal(symlink("elsewhere", path), 0);
    unit_fails(lock_take(&l, path, 0, &e), ERR_OPEN, &e);
    unit_fails(lock_take(&l, *state, 0, &e), ERR_OPEN, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_lock__one_holder_at_a_time),
        unit_case(test_lock__waits_for_its_turn),
        unit_case(test_lock__a_dead_holder_leaves_nothing),
        unit_case(test_lock__is_not_inherited_by_programs),
        unit_case(test_lock__many_at_once),
        unit_case(test_lock__what_cannot_be_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
