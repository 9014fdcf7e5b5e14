/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/ahead.h"

#include <sys/stat.h>

#include "node/base/clock.h"
#include "sync/line.h"
#include "sync/names.h"
#include "tests/unit/sync_help.h"

#define HERE    "5d2c91ab00000000000000000000000000000001"
#define THERE   "5d2c91ab00000000000000000000000000000002"
#define REF     "refs/receipts/0123456789abcdef0123456789abcdef"
#define WAIT_MS 5000

/* A shell script is ssh: it says what stands in HOME/says, then waits to be ended. */
struct place {
    char *top, *says;
    struct line l;
};

static void place_init(struct place *p, const char *says)
{
    static const char script[] = "#!/bin/sh\n"
                                 "for last; do :; done\n"
                                 "[ \"$last\" = \"since 24175 " REF "\" ] || exit 9\n"
                                 "cat \"$TEST_SAYS\"\n"
                                 "[ ! -e \"$TEST_SAYS.ends\" ] || exit 1\n"
                                 "exec sleep 60\n";
    AUTO_MEM char *bin = NULL;
    AUTO_MEM char *ssh = NULL;
    AUTO_MEM char *path = NULL;
    struct err e = ERR_INIT;

    p->top = help_folder();
    p->says = fs_path(p->top, "says");
    bin = fs_path(p->top, "bin");
    ssh = fs_path(bin, "ssh");
    OK(fs_mkdirs(bin, &e));
    OK(fs_write_file(ssh, script, sizeof script - 1, &e));
    assert_int_equal(chmod(ssh, 0700), 0);
    OK(fs_write_file(p->says, says, strlen(says), &e));
    path = mem_printf("%s:/usr/bin:/bin", bin);
    assert_int_equal(setenv("PATH", path, 1), 0);
    assert_int_equal(setenv("TEST_SAYS", p->says, 1), 0);
    OK(line_parse(p->top, "ssh://x@y/", &p->l, &e));
}

static void place_clear(struct place *p)
{
    struct err e = ERR_INIT;

    OK(fs_remove_tree(p->top, &e));
    mem_free(p->top);
    mem_free(p->says);
}

static enum ahead_found wait_for(struct ahead *a, const char *have)
{
    int64_t end = clock_mono_ms() + WAIT_MS;
    enum ahead_found found = AHEAD_WAITS;

    while (found == AHEAD_WAITS && clock_mono_ms() < end) {
        found = ahead_look(a, have);
        clock_sleep_ms(2);
    }
    return found;
}

static void test_ahead__tells_what_is_new(void **state)
{
    static const struct {
        const char *says, *have;
        enum ahead_found want;
    } cases[] = {
        {".\n", "", AHEAD_SAME}, /* there are none */
        {HERE " " REF "\n.\n", HERE, AHEAD_SAME},
        {THERE " " REF "\n.\n", HERE, AHEAD_NEW},
        {THERE " " REF "\n.\n", "", AHEAD_NEW},
        {"bad SH-GATE-VERB\n.\n", "", AHEAD_FAILED}, /* an older door */
        {"x\n.\n", HERE, AHEAD_FAILED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_AHEAD struct ahead a = AHEAD_INIT;
        struct place p;
        struct err e = ERR_INIT;

        place_init(&p, cases[i].says);
        assert_false(ahead_begun(&a));
        OK(ahead_begin(&a, &p.l, "24175", REF, &e));
        assert_true(ahead_begun(&a));
        assert_int_equal(wait_for(&a, cases[i].have), cases[i].want);
        assert_false(ahead_begun(&a));
        place_clear(&p);
    }
}

/* Half an answer is none, and costs no time. */
static void test_ahead__never_waits(void **state)
{
    AUTO_AHEAD struct ahead a = AHEAD_INIT;
    struct place p;
    struct err e = ERR_INIT;
    int64_t begun;

    (void)state;
    place_init(&p, HERE " " REF "\n");
    OK(ahead_begin(&a, &p.l, "24175", REF, &e));
    begun = clock_mono_ms();
    while (clock_mono_ms() - begun < 300)
        assert_int_equal(ahead_look(&a, HERE), AHEAD_WAITS);
    ahead_clear(&a);
    assert_false(ahead_begun(&a));
    place_clear(&p);
}

static void test_ahead__sees_the_end(void **state)
{
    AUTO_AHEAD struct ahead a = AHEAD_INIT;
    AUTO_MEM char *ends = NULL;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p, HERE " " REF "\n");
    ends = mem_printf("%s.ends", p.says);
    OK(fs_write_file(ends, "", 0, &e));
    OK(ahead_begin(&a, &p.l, "24175", REF, &e));
    assert_int_equal(wait_for(&a, HERE), AHEAD_FAILED);
    place_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ahead__tells_what_is_new),
        cmocka_unit_test(test_ahead__never_waits),
        cmocka_unit_test(test_ahead__sees_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
