/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_mem__new_is_zeroed(void **state)
{
    AUTO_MEM int *p = mem_new(1000, sizeof *p);
    AUTO_MEM char *none = mem_new(0, 8);

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(p[i], 0);
    assert_non_null(none);
}

static void test_mem__try_has_a_limit(void **state)
{
    AUTO_MEM char *p = NULL;
    struct err e = ERR_INIT;

    (void)state;
    p = mem_try(10, 10, 100, &e);
    assert_non_null(p);
    assert_null(mem_try(101, 1, 100, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    err_clear(&e);
    assert_null(mem_try(SIZE_MAX / 2, 3, SIZE_MAX, &e)); /* the product overflows */
    assert_int_equal(e.code, ERR_LIMIT);
#ifndef SOHOA_SANITIZER
    err_clear(&e);
    assert_null(mem_try(SIZE_MAX / 2, 1, SIZE_MAX, &e));
    assert_int_equal(e.code, ERR_MEMORY);
#endif
}

static void test_mem__grow_keeps_and_zeroes(void **state)
{
    AUTO_MEM uint32_t *list = NULL;
    size_t cap = 0;

    (void)state;
    for (uint32_t i = 0; i < 10000; i++) {
        mem_grow(&list, &cap, i + 1, sizeof *list);
        assert_true(cap > i);
        assert_int_equal(list[i], 0);
        list[i] = i;
    }
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(list[i], i);
    mem_grow(&list, &cap, 5, sizeof *list); /* never smaller */
    assert_true(cap >= 10000);
}

static void test_mem__texts(void **state)
{
    AUTO_MEM char *a = mem_dup("số hoá");
    AUTO_MEM char *b = mem_printf("%s-%05d", a, 42);
    AUTO_MEM char *c = mem_printf("%s", "");

    (void)state;
    assert_string_equal(a, "số hoá");
    assert_string_equal(b, "số hoá-00042");
    assert_string_equal(c, "");
    assert_null(mem_dup(NULL));
    mem_free(NULL);
}

static void test_mem__wipe(void **state)
{
    char secret[] = "bí mật";
    static const char NONE[sizeof secret];

    (void)state;
    mem_wipe(secret, sizeof secret);
    assert_memory_equal(secret, NONE, sizeof secret);
}

static void test_mem__take_gives_away(void **state)
{
    AUTO_MEM char *p = mem_dup("x");
    AUTO_MEM char *q = TAKE(p);

    (void)state;
    assert_null(p);
    assert_string_equal(q, "x");
}

/* Small needs never return NULL: without memory the program stops with code 1 and one
 * line in both languages. */
static void run_out(int how)
{
    AUTO_MEM char *p = NULL;
    size_t cap = 0;

    if (how == 0)
        p = mem_new(SIZE_MAX / 4, 1);
    else if (how == 1)
        mem_grow(&p, &cap, SIZE_MAX / 4, 1);
    else
        mem_grow(&p, &cap, SIZE_MAX, 1);
    _exit(p ? 7 : 8);
}

static void test_mem__without_memory_the_program_stops(void **state)
{
    (void)state;
#ifdef SOHOA_SANITIZER
    skip(); /* the sanitizer stops it first */
#endif
    for (int how = 0; how < 3; how++) {
        int ends[2];
        char text[100] = {0};
        int status = 0;
        pid_t pid = 0;

        assert_int_equal(pipe(ends), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            (void)dup2(ends[1], STDERR_FILENO);
            run_out(how);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), EXIT_FAILED);
        assert_true(read(ends[0], text, sizeof text - 1) > 0);
        assert_non_null(strstr(text, "out of memory / hết bộ nhớ\n"));
        assert_int_equal(close(ends[0]) + close(ends[1]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mem__new_is_zeroed),
        cmocka_unit_test(test_mem__try_has_a_limit),
        cmocka_unit_test(test_mem__grow_keeps_and_zeroes),
        cmocka_unit_test(test_mem__texts),
        cmocka_unit_test(test_mem__wipe),
        cmocka_unit_test(test_mem__take_gives_away),
        cmocka_unit_test(test_mem__without_memory_the_program_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
