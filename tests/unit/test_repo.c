/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/repo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "node/base/clock.h"
#include "tests/unit/sync_help.h"

static const char LOOSE[] = "objects/tmp_object_git2_1";
static const char FANNED[] = "objects/ab/tmp_object_git2_2";
static const char PACK[] = "objects/pack/pack_git2_3";
static const char OLD[] = "objects/pack/tmp_pack_4"; /* of git, two days old */
static const char KEPT[] = "objects/pack/pack-5.keep";
static const char TOP_LITTER[] = ".tmp-6"; /* ours: HEAD or config */
static const char REF_LOCK[] =
    "refs/upstream/0123456789abcdef0123456789abcdef/1/meta.lock";

static void leave(const struct node *n, const char *name, int64_t at)
{
    AUTO_MEM char *path = fs_path(n->repo, name);
    AUTO_MEM char *dir = fs_dirname(path);
    struct timespec times[2] = {{.tv_sec = at}, {.tv_sec = at}};
    struct err e = ERR_INIT;

    OK(fs_mkdirs(dir, &e));
    OK(fs_write_file(path, "x", 1, &e));
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool there(const struct node *n, const char *name)
{
    AUTO_MEM char *path = fs_path(n->repo, name);

    return fs_exists(path);
}

static void sweep(const struct node *n, enum repo_litter own)
{
    AUTO_REPO struct repo *r = NULL;
    struct err e = ERR_INIT;

    leave(n, LOOSE, clock_now());
    leave(n, FANNED, clock_now());
    leave(n, PACK, clock_now());
    leave(n, OLD, clock_now() - 2 * REPO_LITTER_S);
    leave(n, KEPT, clock_now() - 2 * REPO_LITTER_S);
    leave(n, TOP_LITTER, clock_now());
    leave(n, REF_LOCK, clock_now());
    OK(repo_open(n->repo, &r, &e));
    OK(repo_sweep(r, own, &e));
    assert_false(there(n, OLD));
    assert_false(there(n, TOP_LITTER));
    assert_true(there(n, KEPT));
}

static void test_repo__sweep_spares_what_others_may_be_writing(void **state)
{
    struct node n;

    (void)state;
    node_init(&n);
    sweep(&n, REPO_LITTER_NONE);
    assert_true(there(&n, LOOSE));
    assert_true(there(&n, FANNED));
    assert_true(there(&n, PACK));
    assert_true(there(&n, REF_LOCK)); /* git may hold it */
    node_clear(&n);
}

static void test_repo__sweep_takes_what_only_the_caller_makes(void **state)
{
    struct node n;

    (void)state;
    node_init(&n);
    sweep(&n, REPO_LITTER_LOOSE);
    assert_false(there(&n, LOOSE));
    assert_false(there(&n, FANNED));
    assert_true(there(&n, PACK));
    assert_false(there(&n, REF_LOCK));
    sweep(&n, REPO_LITTER_PACKS);
    assert_true(there(&n, LOOSE));
    assert_true(there(&n, FANNED));
    assert_false(there(&n, PACK));
    node_clear(&n);
}

static void test_repo__a_ref_goes_only_from_where_it_was(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    char prev[HASH_HEX] = "", tip[NAMES_OID_MAX];
    struct bundle_made one, two;
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    OK(repo_open(n.repo, &r, &e));
    help_bundle(&n, r, CLASS_TEXT, 1, prev, &one);
    help_bundle(&n, r, CLASS_TEXT, 2, prev, &two);
    FAILS(repo_ref_drop(r, two.ref, one.commit, fe), ERR_REF_MOVED);
    assert_int_equal(repo_ref(r, two.ref, tip, &e), 1);
    OK(repo_ref_drop(r, two.ref, two.commit, &e));
    assert_int_equal(repo_ref(r, two.ref, tip, &e), 0);
    OK(repo_ref_drop(r, two.ref, two.commit, &e)); /* gone is gone */
    node_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repo__sweep_spares_what_others_may_be_writing),
        cmocka_unit_test(test_repo__sweep_takes_what_only_the_caller_makes),
        cmocka_unit_test(test_repo__a_ref_goes_only_from_where_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
