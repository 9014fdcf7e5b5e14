/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: every row can be typed, explained and told from the others. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "node/cmd/cmd.h"

/* Runs @args with its output in the folder's file; gives the exit code and the text. */
static int run(const char *folder, const char *const *args, char *out, size_t size)
{
    AUTO_MEM char *path = mem_printf("%s/out", folder);
    char *argv[16];
    int argc = 0;
    int saved[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int code = 0;
    ssize_t n = 0;

    assert_true(fd >= 0);
    for (; args[argc]; argc++)
        argv[argc] = mem_dup(args[argc]);
    argv[argc] = NULL;
    (void)fflush(stdout);
    (void)dup2(fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    code = cmd_main(argc, argv);
    (void)fflush(stdout);
    (void)dup2(saved[0], STDOUT_FILENO);
    (void)dup2(saved[1], STDERR_FILENO);
    (void)close(saved[0]);
    (void)close(saved[1]);
    n = pread(fd, out, size - 1, 0);
    assert_true(n >= 0);
    out[n] = '\0';
    (void)close(fd);
    for (int i = 0; i < argc; i++)
        mem_free(argv[i]);
    return code;
}

/* "item show" as two arguments after "sohoa". Returns where to go on. */
static size_t spell(char *words, const char **args)
{
    size_t n = 0;

    args[n++] = "sohoa";
    args[n++] = "--lang";
    args[n++] = "en";
    for (char *at = words; at; n++) {
        args[n] = at;
        at = strchr(at, ' ');
        if (at)
            *at++ = '\0';
    }
    args[n] = NULL;
    return n;
}

static void test_cmd__every_row_explains_every_option(void **state)
{
    size_t count = 0;
    const struct command *rows = cmd_table(&count);
    static char out[64 * 1024];

    assert_true(count > 40);
    for (size_t i = 0; i < count; i++) {
        AUTO_MEM char *words = mem_dup(rows[i].words);
        const char *args[16];
        size_t n = spell(words, args);

        args[n++] = "--help";
        args[n] = NULL;
        if (rows[i].internal)
            continue;
        assert_int_equal(run(*state, args, out, sizeof out), 0);
        assert_non_null(strstr(out, rows[i].words));
        for (const struct cmd_option *o = rows[i].options; o && o->name; o++) {
            AUTO_MEM char *option = mem_printf("--%s ", o->name);

            if (!strstr(out, option))
                fail_msg("sohoa %s --help: no %s", rows[i].words, option);
        }
    }
}

static void test_cmd__an_option_wants_its_value(void **state)
{
    size_t count = 0;
    const struct command *rows = cmd_table(&count);
    static char out[64 * 1024];

    for (size_t i = 0; i < count; i++)
        for (const struct cmd_option *o = rows[i].options; o && o->name; o++) {
            AUTO_MEM char *words = mem_dup(rows[i].words);
            AUTO_MEM char *option = mem_printf("--%s", o->name);
            const char *args[16];
            size_t n = spell(words, args);
            int code = 0;

            args[n++] = option;
            if (!o->argument)
                args[n++] = "--help"; /* nothing is asked of it */
            args[n] = NULL;
            code = run(*state, args, out, sizeof out);
            if (code != (o->argument ? 2 : 0))
                fail_msg("sohoa %s %s: exit %d", rows[i].words, option, code);
            if (o->argument)
                assert_non_null(strstr(out, "needs a value"));
        }
}

static void test_cmd__operands_are_counted(void **state)
{
    size_t count = 0;
    const struct command *rows = cmd_table(&count);
    static char out[64 * 1024];

    for (size_t i = 0; i < count; i++) {
        AUTO_MEM char *words = mem_dup(rows[i].words);
        const char *args[24];
        size_t n = spell(words, args);

        if (rows[i].operands_min > 0) {
            assert_int_equal(run(*state, args, out, sizeof out), 2);
            assert_non_null(strstr(out, "SH-USAGE"));
        }
        if (rows[i].operands_max == CMD_ANY || rows[i].internal)
            continue;
        for (size_t k = 0; k <= rows[i].operands_max; k++)
            args[n++] = "x";
        args[n] = NULL;
        if (run(*state, args, out, sizeof out) != 2)
            fail_msg("sohoa %s with an argument too many: %s", rows[i].words, out);
    }
}

static void test_cmd__rows_differ_and_letters_do_not_clash(void **state)
{
    size_t count = 0;
    const struct command *rows = cmd_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(rows[i].words, rows[k].words);
        for (const struct cmd_option *o = rows[i].options; o && o->name; o++) {
            assert_true(!o->letter || !strchr("Cqvh", o->letter));
            for (const struct cmd_option *p = rows[i].options; p < o; p++) {
                assert_string_not_equal(p->name, o->name);
                assert_true(!o->letter || p->letter != o->letter);
            }
        }
        assert_true(rows[i].operands_min <= rows[i].operands_max);
        assert_non_null(rows[i].run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_cmd__every_row_explains_every_option),
        unit_case(test_cmd__an_option_wants_its_value),
        unit_case(test_cmd__operands_are_counted),
        unit_case(test_cmd__rows_differ_and_letters_do_not_clash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
