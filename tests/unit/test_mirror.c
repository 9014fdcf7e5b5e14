/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/mirror.h"

#include <sys/stat.h>

#include "sync/rollup.h"
#include "tests/unit/sync_help.h"

struct two {
    struct node n;
    char *to; /* the copy */
    struct repo *r;
    char prev[HASH_HEX];
    int64_t seq;
};

static void two_init(struct two *t)
{
    struct err e = ERR_INIT;

    node_init(&t->n);
    t->to = fs_path(t->n.dir, "disk2/repo.git");
    t->prev[0] = '\0';
    t->seq = 0;
    OK(repo_open(t->n.repo, &t->r, &e));
}

static void two_clear(struct two *t)
{
    repo_close(t->r);
    mem_free(t->to);
    node_clear(&t->n);
}

static void add(struct two *t)
{
    struct bundle_made made;
    char ref[NAMES_REF_MAX], old[NAMES_OID_MAX] = "";
    struct err e = ERR_INIT;

    names_ref(t->n.name, 1, CLASS_TEXT, ref);
    OK(repo_ref(t->r, ref, old, &e));
    help_bundle(&t->n, t->r, CLASS_TEXT, ++t->seq, t->prev, &made);
    OK(repo_ref(t->r, ref, old, &e));
}

static void copy(struct two *t, struct mirror_sum *sum)
{
    struct err e = ERR_INIT;

    *sum = (struct mirror_sum){0};
    OK(mirror_update(t->r, t->to, sum, &e));
}

static int64_t holds(struct two *t)
{
    struct err e = ERR_INIT;
    int rc = mirror_holds(t->r, t->to, "refs/", &e);

    OK(rc);
    return rc;
}

static int count(void *ctx, const char *name, struct err *e)
{
    int *n = ctx;

    (void)name;
    (void)e;
    (*n)++;
    return 0;
}

static int differs(struct two *t)
{
    struct err e = ERR_INIT;
    int n = 0;

    OK(mirror_check(t->r, t->to, count, &n, &e));
    return n;
}

static void test_mirror__is_whole_and_opens(void **state)
{
    struct two t;
    struct mirror_sum sum;
    AUTO_REPO struct repo *there = NULL;
    char ref[NAMES_REF_MAX], tip[NAMES_OID_MAX], want[NAMES_OID_MAX];
    struct err e = ERR_INIT;

    (void)state;
    two_init(&t);
    add(&t);
    assert_int_equal(holds(&t), 0);
    copy(&t, &sum);
    assert_true(sum.files > 3);
    assert_int_equal(holds(&t), 1);
    assert_int_equal(differs(&t), 0);
    names_ref(t.n.name, 1, CLASS_TEXT, ref);
    OK(repo_open(t.to, &there, &e));
    assert_int_equal(repo_ref(there, ref, tip, &e), 1);
    assert_int_equal(repo_ref(t.r, ref, want, &e), 1);
    assert_string_equal(tip, want);
    OK(bundle_verify(there, tip, &t.n.key.pub, NULL, NULL, &e));
    two_clear(&t);
}

static void test_mirror__copies_only_what_is_new(void **state)
{
    struct two t;
    struct mirror_sum first, none, second;

    (void)state;
    two_init(&t);
    add(&t);
    add(&t);
    copy(&t, &first);
    copy(&t, &none);
    assert_int_equal(none.files, 0);
    add(&t);
    assert_int_equal(holds(&t), 0);
    copy(&t, &second);
    assert_true(second.files > 0 && second.files < first.files);
    assert_int_equal(holds(&t), 1);
    two_clear(&t);
}

/* A copy that was cut off has no ref: it does not count, and goes on. */
static void test_mirror__half_a_copy_does_not_count(void **state)
{
    struct two t;
    struct mirror_sum sum;
    AUTO_MEM char *file = NULL;
    AUTO_MEM char *refs = NULL;
    struct err e = ERR_INIT;

    (void)state;
    two_init(&t);
    add(&t);
    copy(&t, &sum);
    refs = fs_path(t.to, "refs/sohoa");
    OK(fs_remove_tree(refs, &e));
    OK(fs_mkdir(refs, &e));
    assert_int_equal(holds(&t), 0);
    copy(&t, &sum);
    assert_int_equal(sum.files, 0);
    assert_int_equal(holds(&t), 1);
    two_clear(&t);
}

static char *first_object(const char *repo)
{
    struct err e = ERR_INIT;

    for (unsigned i = 0; i < 256; i++) {
        AUTO_MEM char *dir = fs_pathf(repo, "objects/%02x", i);
        AUTO_LIST struct fs_list l = {0};

        OK(fs_list(dir, &l, &e));
        if (l.count)
            return fs_path(dir, l.names[0]);
    }
    fail();
    return NULL;
}

static void test_mirror__damage_is_found_and_mended(void **state)
{
    struct two t;
    struct mirror_sum sum;
    AUTO_MEM char *file = NULL;
    struct err e = ERR_INIT;
    FILE *f;

    (void)state;
    two_init(&t);
    add(&t);
    copy(&t, &sum);
    file = first_object(t.to);
    assert_int_equal(chmod(file, 0600), 0);
    f = fopen(file, "r+b");
    assert_non_null(f);
    assert_int_equal(fputc('!', f), '!');
    assert_int_equal(fclose(f), 0);
    assert_int_equal(differs(&t), 1);
    OK(fs_unlink(file, &e));
    assert_int_equal(differs(&t), 1);
    add(&t); /* something new: files are looked at again */
    copy(&t, &sum);
    assert_int_equal(differs(&t), 0);
    two_clear(&t);
}

/* The disk of the upper tier was put back to an older day: the copy is not. */
static void test_mirror__never_goes_back(void **state)
{
    struct two t;
    struct mirror_sum sum;
    char ref[NAMES_REF_MAX], old[NAMES_OID_MAX], new[NAMES_OID_MAX];
    AUTO_MEM char *path = NULL;
    struct err e = ERR_INIT;

    (void)state;
    two_init(&t);
    names_ref(t.n.name, 1, CLASS_TEXT, ref);
    add(&t);
    assert_int_equal(repo_ref(t.r, ref, old, &e), 1);
    add(&t);
    assert_int_equal(repo_ref(t.r, ref, new, &e), 1);
    copy(&t, &sum);
    path = fs_path(t.n.repo, ref);
    OK(fs_unlink(path, &e));
    OK(repo_ref_move(t.r, ref, "", old, &e));
    FAILS(mirror_update(t.r, t.to, &sum, fe), ERR_COPY);
    assert_int_equal(holds(&t), 0);
    two_clear(&t);
}

/* After a roll-up the copy has the new pack and nothing that it replaced. */
static void test_mirror__follows_a_roll_up(void **state)
{
    struct two t;
    struct mirror_sum sum;
    int64_t removed = 0, packs = 0;
    char words[200];
    struct err e = ERR_INIT;

    (void)state;
    two_init(&t);
    add(&t);
    add(&t);
    copy(&t, &sum);
    OK(rollup_packs(t.n.repo, &e));
    OK(rollup_count(t.n.repo, &packs, &e));
    assert_int_equal(packs, 1);
    assert_int_equal(rollup_check(t.n.repo, words, sizeof words, &e), 1);
    repo_close(t.r);
    OK(repo_open(t.n.repo, &t.r, &e));
    OK(mirror_tidy(t.r, t.to, &sum, &removed, &e));
    assert_true(removed > 3);
    assert_int_equal(differs(&t), 0);
    assert_int_equal(holds(&t), 1);
    OK(rollup_count(t.to, &packs, &e));
    assert_int_equal(packs, 1);
    assert_int_equal(rollup_check(t.to, words, sizeof words, &e), 1);
    add(&t); /* and goes on */
    copy(&t, &sum);
    assert_int_equal(rollup_check(t.to, words, sizeof words, &e), 1);
    two_clear(&t);
}

static void test_mirror__a_lost_object_is_noticed(void **state)
{
    struct two t;
    AUTO_MEM char *file = NULL;
    char words[200] = "";
    struct err e = ERR_INIT;

    (void)state;
    two_init(&t);
    add(&t);
    file = first_object(t.n.repo);
    OK(fs_unlink(file, &e));
    assert_int_equal(rollup_check(t.n.repo, words, sizeof words, &e), 0);
    two_clear(&t);
}

static void test_mirror__a_full_disk_is_told(void **state)
{
    struct two t;
    struct mirror_sum sum = {0};
    AUTO_MEM char *dir = NULL;
    AUTO_MEM char *blocked = NULL;
    struct err e = ERR_INIT;

    (void)state;
    two_init(&t);
    add(&t);
    dir = fs_path(t.n.dir, "disk2");
    OK(fs_write_file(dir, "", 0, &e)); /* a file where the folder should be */
    e = (struct err)ERR_INIT;
    assert_int_equal(mirror_update(t.r, t.to, &sum, &e), -1);
    assert_int_equal(sum.files, 0);
    two_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mirror__is_whole_and_opens),
        cmocka_unit_test(test_mirror__copies_only_what_is_new),
        cmocka_unit_test(test_mirror__half_a_copy_does_not_count),
        cmocka_unit_test(test_mirror__damage_is_found_and_mended),
        cmocka_unit_test(test_mirror__never_goes_back),
        cmocka_unit_test(test_mirror__follows_a_roll_up),
        cmocka_unit_test(test_mirror__a_lost_object_is_noticed),
        cmocka_unit_test(test_mirror__a_full_disk_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
