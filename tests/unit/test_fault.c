/* SPDX-License-Identifier: Apache-2.0 */
/* Runs from the build with injection points (SOHOA_FAULT) when there is one; elsewhere
 * it checks that there are none. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/conf.h"
#include "node/base/fault.h"
#include "node/base/hash.h"
#include "node/base/jdoc.h"

#ifdef SOHOA_FAULT

static void test_fault__nth_once(void **state)
{
    (void)state;
    fault_set("write:3:28");
    assert_false(fault_hit(FAULT_WRITE));
    assert_false(fault_hit(FAULT_WRITE));
    assert_false(fault_hit(FAULT_SYNC));
    errno = 0;
    assert_true(fault_hit(FAULT_WRITE));
    assert_int_equal(errno, 28);
    assert_false(fault_hit(FAULT_WRITE));
    assert_int_equal(fault_count(FAULT_WRITE), 4);
    assert_int_equal(fault_count(FAULT_SYNC), 1);
    assert_int_equal(fault_count(FAULT_KIND_COUNT), 5);
    fault_set(NULL);
}

static void test_fault__sticky_and_any(void **state)
{
    (void)state;
    fault_set("any:2:sticky");
    assert_false(fault_hit(FAULT_OPEN));
    assert_false(fault_hit(FAULT_ALLOC)); /* not of any */
    assert_true(fault_hit(FAULT_RENAME));
    assert_int_equal(errno, EIO);
    assert_true(fault_hit(FAULT_UNLINK));
    assert_false(fault_hit(FAULT_ALLOC));
    fault_set("nonsense:1");
    assert_false(fault_hit(FAULT_OPEN));
    fault_set("open");
    assert_true(fault_hit(FAULT_OPEN));
    fault_set(NULL);
    assert_false(fault_hit(FAULT_OPEN));
}

static void test_fault__kill(void **state)
{
    int status = 0;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        fault_set("sync:2:kill");
        (void)fault_hit(FAULT_SYNC);
        (void)fault_hit(FAULT_SYNC);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* What a sweep goes through: one complete act on disk. */
struct act {
    const char *name;
    int (*run)(const char *dir, struct err *e);
};

static int act_write(const char *dir, struct err *e)
{
    AUTO_MEM char *path = fs_path(dir, "f");

    return fs_write_file(path, "new", 3, e);
}

static int act_new(const char *dir, struct err *e)
{
    AUTO_MEM char *path = fs_path(dir, "f");
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
    bool existed = false;

    if (fs_tmp_open(&t, dir, e) < 0 || fs_tmp_write(&t, "new", 3, e) < 0)
        return -1;
    return fs_tmp_commit_new(&t, path, &existed, e);
}

static int act_conf(const char *dir, struct err *e)
{
    return conf_set(dir, "lang", "en", e);
}

static int act_json(const char *dir, struct err *e)
{
    AUTO_MEM char *path = fs_path(dir, "f");
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_JDOC struct jdoc *back = NULL;

    jdoc_set_text(j, "new", "x");
    if (jdoc_write_file(path, j, e) < 0)
        return -1;
    return jdoc_read_file(path, &back, e);
}

static int act_folders(const char *dir, struct err *e)
{
    AUTO_MEM char *deep = fs_path(dir, "a/b/c");

    return fs_mkdirs(deep, e);
}

static int act_list_and_remove(const char *dir, struct err *e)
{
    AUTO_MEM char *tree = fs_path(dir, "tree");
    AUTO_MEM char *path = fs_path(dir, "tree/f");
    AUTO_LIST struct fs_list list = {0};
    char hex[HASH_HEX];

    if (fs_mkdir(tree, e) < 0 || fs_write_file(path, "x", 1, e) < 0 ||
        hash_file(path, hex, NULL, e) < 0 || fs_list(tree, &list, e) < 0 ||
        fs_unlink(path, e) < 0 || fs_write_file(path, "x", 1, e) < 0 ||
        fs_sweep(tree, e) < 0)
        return -1;
    return fs_remove_tree(tree, e);
}

static const struct act ACTS[] = {
    {"write", act_write}, {"new", act_new},         {"conf", act_conf},
    {"json", act_json},   {"folders", act_folders}, {"list", act_list_and_remove},
};

static void fresh(const char *dir)
{
    struct err e = ERR_INIT;

    fault_set(NULL);
    unit_ok(fs_remove_tree(dir, &e), &e);
    unit_ok(fs_mkdir(dir, &e), &e);
}

static void put_old(const char *dir)
{
    AUTO_MEM char *path = fs_path(dir, "f");
    AUTO_MEM char *conf = fs_path(dir, CONF_FILE);
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, "old", 3, &e), &e);
    unit_ok(fs_write_file(conf, "lang = vi\n", 10, &e), &e);
}

/* Whatever failed, a file holds its old or its new content, whole; no temporary file
 * lies about; and the act can simply be done again. */
static void check_after(const struct act *a, const char *dir, const char *plan)
{
    static const char *const WHOLE[] = {"old", "new", "{\"new\":\"x\"}\n",
                                        "lang = vi\n", "lang = en\n"};
    AUTO_LIST struct fs_list list = {0};
    struct err e = ERR_INIT;

    fault_set(NULL);
    unit_ok(fs_list(dir, &list, &e), &e);
    for (size_t i = 0; i < list.count; i++) {
        AUTO_MEM char *path = fs_path(dir, list.names[i]);
        AUTO_STR struct str text = STR_INIT(1000);
        bool whole = false;

        if (fs_is_dir(path))
            continue;
        assert_false(str_starts(list.names[i], FS_TMP_PREFIX));
        unit_ok(fs_read_file(path, &text, &e), &e);
        for (size_t k = 0; k < ARRAY_LEN(WHOLE); k++)
            whole = whole || strcmp(str_text(&text), WHOLE[k]) == 0;
        if (!whole)
            fail_msg("%s %s: %s holds \"%s\"", a->name, plan, list.names[i],
                     str_text(&text));
    }
    unit_ok(a->run(dir, &e), &e);
}

static void test_fault__every_call_of_every_act(void **state)
{
    static const char *const SUFFIXES[] = {"", ":sticky", ":28", ":sticky:28"};
    AUTO_MEM char *dir = fs_path(*state, "d");

    for (size_t i = 0; i < ARRAY_LEN(ACTS); i++) {
        long calls = 0;
        struct err e = ERR_INIT;

        fresh(dir);
        put_old(dir);
        fault_set(NULL);
        unit_ok(ACTS[i].run(dir, &e), &e);
        calls = fault_count(FAULT_KIND_COUNT);
        assert_true(calls >= 3);
        for (size_t k = 0; k < ARRAY_LEN(SUFFIXES); k++)
            for (long n = 1; n <= calls; n++) {
                AUTO_MEM char *plan = mem_printf("any:%ld%s", n, SUFFIXES[k]);

                fresh(dir);
                put_old(dir);
                fault_set(plan);
                err_clear(&e);
                /* Nothing that failed may pass for done. */
                if (ACTS[i].run(dir, &e) == 0)
                    fail_msg("%s %s: not noticed", ACTS[i].name, plan);
                assert_int_not_equal(e.code, ERR_NONE);
                check_after(&ACTS[i], dir, plan);
            }
    }
}

/* Killed before each of its calls: what is left can be gone on from. */
static void test_fault__killed_at_every_call(void **state)
{
    AUTO_MEM char *dir = fs_path(*state, "d");

    for (size_t i = 0; i < ARRAY_LEN(ACTS); i++) {
        long calls = 0;
        struct err e = ERR_INIT;

        fresh(dir);
        put_old(dir);
        fault_set(NULL);
        unit_ok(ACTS[i].run(dir, &e), &e);
        calls = fault_count(FAULT_KIND_COUNT);
        for (long n = 1; n <= calls; n++) {
            AUTO_MEM char *plan = mem_printf("any:%ld:kill", n);
            int status = 0;
            pid_t pid = 0;

            fresh(dir);
            put_old(dir);
            pid = fork();
            assert_true(pid >= 0);
            if (pid == 0) {
                fault_set(plan);
                _exit(ACTS[i].run(dir, &e) < 0 ? 1 : 0);
            }
            assert_int_equal(waitpid(pid, &status, 0), pid);
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
            fault_set(NULL);
            unit_ok(fs_sweep(dir, &e), &e);
            check_after(&ACTS[i], dir, plan);
        }
    }
}

static void test_fault__a_failed_sync_is_named(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f");
    struct err e = ERR_INIT;

    fault_set("sync:1");
    unit_fails(fs_write_file(path, "x", 1, &e), ERR_DISK_SYNC, &e);
    assert_int_equal(e.sys_errno, EIO);
    assert_false(fs_exists(path));
    /* The folder's: the file is there, but nothing may call it saved. */
    fault_set("sync:2");
    unit_fails(fs_write_file(path, "x", 1, &e), ERR_DISK_SYNC, &e);
    fault_set(NULL);
}

static void test_fault__no_memory(void **state)
{
    struct err e = ERR_INIT;
    int status = 0;
    pid_t pid = 0;

    (void)state;
    fault_set("alloc:1");
    assert_null(mem_try(1, 1, 1, &e));
    assert_int_equal(e.code, ERR_MEMORY);
    fault_set(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(STDERR_FILENO);
        fault_set("alloc:1");
        mem_free(mem_new(1, 1));
        _exit(9);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILED);
}

#else

static void test_fault__ordinary_builds_have_no_points(void **state)
{
    (void)state;
    assert_int_equal(setenv("SOHOA_FAULT", "any:1:sticky", 1), 0);
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++)
        assert_false(fault_hit((enum fault_kind)kind));
    assert_int_equal(unsetenv("SOHOA_FAULT"), 0);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef SOHOA_FAULT
        cmocka_unit_test(test_fault__nth_once),
        cmocka_unit_test(test_fault__sticky_and_any),
        cmocka_unit_test(test_fault__kill),
        unit_case(test_fault__every_call_of_every_act),
        unit_case(test_fault__killed_at_every_call),
        unit_case(test_fault__a_failed_sync_is_named),
        cmocka_unit_test(test_fault__no_memory),
#else
        cmocka_unit_test(test_fault__ordinary_builds_have_no_points),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
