/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "node/base/proc.h"
#include "node/base/str.h"
#include "tests/unit/sync_help.h"

static int git_(const char *repo, struct str *out, const char *const *args)
{
    const char *argv[24] = {"git", "-C", repo};
    struct proc_opts o = {.argv = argv, .err = PROC_INHERIT};
    struct proc_exit how;
    struct err e = ERR_INIT;
    size_t n = 3;

    while (args[n - 3]) {
        argv[n] = args[n - 3];
        n++;
    }
    OK(proc_run(&o, out, 20000, &how, &e));
    return how.signaled ? -1 : how.status;
}
#define GIT(repo, out, ...) git_(repo, out, (const char *const[]){__VA_ARGS__, NULL})

static void test_bundle__stock_git_says_good(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_STR struct str signers = STR_INIT(1000);
    AUTO_STR struct str out = STR_INIT(100000);
    struct bundle_made made = {.bytes = 0};
    char prev[HASH_HEX] = "";
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    OK(repo_open(n.repo, &r, &e));
    for (int seq = 1; seq <= 3; seq++)
        help_bundle(&n, r, CLASS_META, seq, prev, &made);
    str_addf(&signers, "%s namespaces=\"git\" ", n.name);
    sign_public_line(&n.key.pub, "x", &signers);
    str_add_char(&signers, '\n');
    {
        AUTO_MEM char *file = fs_path(n.dir, "signers");
        AUTO_MEM char *conf = mem_printf("gpg.ssh.allowedSignersFile=%s", file);

        OK(fs_write_file(file, signers.p, signers.len, &e));
        assert_int_equal(GIT(n.repo, &out, "-c", conf, "verify-commit", made.commit),
                         0);
        assert_int_equal(GIT(n.repo, &out, "fsck", "--strict", "--no-dangling"), 0);
        str_reset(&out);
        assert_int_equal(GIT(n.repo, &out, "ls-tree", "-r", "-t", made.commit), 0);
        assert_non_null(strstr(out.p, "\tmanifest.json\n"));
        assert_non_null(strstr(out.p, "\tmeta.jsonl\n"));
        str_reset(&out);
        assert_int_equal(
            GIT(n.repo, &out, "log", "-1",
                "--format=%(trailers:key=Seq,valueonly)%(trailers:key=Manifest-SHA256,"
                "valueonly)",
                made.commit),
            0);
        assert_int_equal(out.p[0], '3');
        assert_non_null(strstr(out.p, made.sha256));
    }
    repo_close(r);
    r = NULL;
    node_clear(&n);
}

static void test_bundle__i14_same_input_gives_the_same_bytes(void **state)
{
    struct bundle_made one = {.bytes = 0}, two = {.bytes = 0};
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    for (int i = 0; i < 2; i++) {
        AUTO_MEM char *path = fs_pathf(n.dir, "copy%d.git", i);
        AUTO_REPO struct repo *r = NULL;
        char prev[HASH_HEX] = "";

        OK(repo_create(path, REPO_TRANSPORT, &e));
        OK(repo_open(path, &r, &e));
        help_bundle(&n, r, CLASS_TEXT, 1, prev, i ? &two : &one);
    }
    assert_string_equal(one.commit, two.commit);
    assert_string_equal(one.sha256, two.sha256);
    node_clear(&n);
}

static void test_bundle__again_goes_on_and_a_gap_is_refused(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    struct bundle_made made = {.bytes = 0}, again = {.bytes = 0};
    char prev[HASH_HEX] = "", none[HASH_HEX] = "";
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    OK(repo_open(n.repo, &r, &e));
    help_bundle(&n, r, CLASS_META, 1, prev, &made);
    assert_false(made.existed);
    help_bundle(&n, r, CLASS_META, 1, none, &again);
    assert_true(again.existed);
    assert_string_equal(again.commit, made.commit);
    for (int i = 0; i < 3; i++) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;

        help_head(&n, CLASS_META, i == 0 ? 3 : i == 1 ? 2 : 1, i == 2 ? "" : prev, &m);
        if (i == 1)
            m.prev[5] = m.prev[5] == 'a' ? 'b' : 'a';
        FAILS(bundle_write(r, &m, NULL, &n.key, &again, fe), ERR_BUNDLE_CHAIN);
    }
    repo_close(r);
    r = NULL;
    node_clear(&n);
}

static void test_bundle__refuses_what_is_not_as_listed(void **state)
{
    static const char text[] = "this is the text";
    AUTO_REPO struct repo *r = NULL;
    struct bundle_made made = {.bytes = 0};
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    OK(repo_open(n.repo, &r, &e));
    for (int i = 0; i < 5; i++) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        AUTO_MEM char *path = fs_path(n.dir, "object");
        struct bundle_source s = {.data = text, .len = sizeof text - 1};
        char now[NAMES_OID_MAX];

        help_head(&n, CLASS_TEXT, 1, "", &m);
        help_object(&m, text, sizeof text - 1, "text");
        if (i == 0)
            s.data = "This is the text";
        else if (i == 1)
            s.len--;
        else if (i == 2)
            m.objects[0].size--;
        else if (i == 3) {
            OK(fs_write_file(path, text, sizeof text - 2, &e));
            s.path = path;
        } else {
            OK(fs_write_file(path, "this is the text and more", 25, &e));
            s.path = path;
        }
        FAILS(bundle_write(r, &m, &s, &n.key, &made, fe), ERR_BUNDLE_DAMAGED);
        assert_int_equal(repo_ref(r, "refs/sohoa", now, &e), 0);
    }
    {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        struct sign_secret other;

        OK(sign_generate(&other, &e));
        help_head(&n, CLASS_TEXT, 1, "", &m);
        FAILS(bundle_write(r, &m, NULL, &other, &made, fe), ERR_KEY);
        OK(bundle_write(r, &m, NULL, &n.key, &made, &e)); /* an empty one is fine */
    }
    repo_close(r);
    r = NULL;
    node_clear(&n);
}

static void test_bundle__large_object_spans_bundles(void **state)
{
    const size_t len = (size_t)BUNDLE_PART_BYTES * 4 + 77;
    AUTO_MEM char *data = mem_new(len, 1);
    AUTO_MEM struct bundle_cut *cuts = NULL;
    AUTO_MANIFEST struct manifest all = MANIFEST_INIT;
    AUTO_REPO struct repo *r = NULL;
    char prev[HASH_HEX] = "";
    size_t count = 0;
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    for (size_t i = 0; i < len; i++)
        data[i] = (char)((i * 2654435761u) >> 13);
    help_object(&all, "small", 5, "master");
    help_object(&all, data, len, "master");
    help_object(&all, "tiny", 4, "master");
    OK(bundle_plan(all.objects, 3, BUNDLE_WHOLE_MAX, &cuts, &count, &e));
    assert_int_equal(count, 3); /* 5 + 4 Mi, 8 Mi, 4 Mi + 77 + 4 */
    OK(repo_open(n.repo, &r, &e));
    for (size_t i = 0; i < count; i++) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        const struct bundle_source s[3] = {{.data = "small", .len = 5},
                                           {.data = data, .len = len},
                                           {.data = "tiny", .len = 4}};
        struct bundle_made made = {.bytes = 0};

        help_head(&n, CLASS_MASTER, (int64_t)i + 1, prev, &m);
        bundle_take(&m, all.objects, &cuts[i]);
        OK(bundle_write(r, &m, s + cuts[i].first, &n.key, &made, &e));
        assert_true(made.bytes <= BUNDLE_WHOLE_MAX);
        memcpy(prev, made.sha256, HASH_HEX);
    }
    repo_close(r);
    r = NULL;
    node_clear(&n);
}

static void test_bundle__plan_of_nothing_and_of_too_much(void **state)
{
    AUTO_MEM struct bundle_cut *cuts = NULL;
    struct manifest_object o = {.size = MANIFEST_OBJECT_BYTES + 1, .role = "master"};
    size_t count = 0;
    struct err e = ERR_INIT;

    (void)state;
    OK(bundle_plan(NULL, 0, BUNDLE_BYTES_MAX, &cuts, &count, &e));
    assert_int_equal(count, 1);
    assert_int_equal(cuts[0].end, 0);
    FAILS(bundle_plan(&o, 1, BUNDLE_BYTES_MAX, &cuts, &count, fe), ERR_BUNDLE_SIZE);
    o.size = -1;
    FAILS(bundle_plan(&o, 1, BUNDLE_BYTES_MAX, &cuts, &count, fe), ERR_BUNDLE_SIZE);
}

static void test_bundle__two_pages_may_share_an_object(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    const struct bundle_source s[2] = {{.data = "", .len = 0}, {.data = "", .len = 0}};
    struct bundle_made made = {.bytes = 0};
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    OK(repo_open(n.repo, &r, &e));
    help_head(&n, CLASS_TEXT, 1, "", &m);
    help_object(&m, "", 0, "text");
    help_object(&m, "", 0, "boxes");
    OK(bundle_write(r, &m, s, &n.key, &made, &e));
    repo_close(r);
    r = NULL;
    node_clear(&n);
}

static void test_bundle__another_key_does_not_verify(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    struct bundle_made made = {.bytes = 0};
    struct sign_secret other;
    char prev[HASH_HEX] = "", sha256[HASH_HEX], commit[NAMES_OID_MAX];
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    OK(sign_generate(&other, &e));
    OK(repo_open(n.repo, &r, &e));
    for (int seq = 1; seq <= 4; seq++)
        help_bundle(&n, r, CLASS_META, seq, prev, &made);
    FAILS(bundle_verify(r, made.commit, &other.pub, NULL, NULL, fe), ERR_SIGNATURE);
    OK(bundle_verify(r, made.commit, &n.key.pub, &m, sha256, &e));
    assert_string_equal(sha256, made.sha256);
    assert_int_equal(bundle_find(r, made.commit, 2, commit, &e), 1);
    manifest_clear(&m);
    OK(bundle_verify(r, commit, &n.key.pub, &m, sha256, &e));
    assert_int_equal(m.seq, 2);
    assert_int_equal(bundle_find(r, made.commit, 5, commit, &e), 0);
    FAILS(bundle_verify(r, "xyz", &n.key.pub, NULL, NULL, fe), ERR_BUNDLE_FORM);
    FAILS(bundle_verify(r, "1111111111111111111111111111111111111111", &n.key.pub, NULL,
                        NULL, fe),
          ERR_BUNDLE_DAMAGED);
    repo_close(r);
    r = NULL;
    node_clear(&n);
}

/* Flip one bit of each loose object in turn: always noticed. */
static int flip_all(const struct node *n, const char *commit, int *seen)
{
    AUTO_MEM char *top = fs_path(n->repo, "objects");
    AUTO_LIST struct fs_list fans = {0};
    struct err e = ERR_INIT;

    OK(fs_list(top, &fans, &e));
    for (size_t i = 0; i < fans.count; i++) {
        AUTO_MEM char *dir = fs_path(top, fans.names[i]);
        AUTO_LIST struct fs_list l = {0};

        if (strlen(fans.names[i]) != 2)
            continue;
        OK(fs_list(dir, &l, &e));
        for (size_t k = 0; k < l.count; k++) {
            AUTO_MEM char *path = fs_path(dir, l.names[k]);
            AUTO_STR struct str was = STR_INIT(STR_FILE_MAX);
            AUTO_REPO struct repo *r = NULL;
            struct err why = ERR_INIT;

            OK(fs_read_file(path, &was, &e));
            was.p[was.len / 2] ^= 4;
            OK(fs_write_file(path, was.p, was.len, &e));
            OK(repo_open(n->repo, &r, &e));
            assert_int_equal(bundle_verify(r, commit, &n->key.pub, NULL, NULL, &why),
                             -1);
            was.p[was.len / 2] ^= 4;
            OK(fs_write_file(path, was.p, was.len, &e));
            (*seen)++;
        }
    }
    return 0;
}

static void test_bundle__flipped_bit_anywhere_is_found(void **state)
{
    struct bundle_made made = {.bytes = 0};
    char prev[HASH_HEX] = "";
    struct node n;
    struct err e = ERR_INIT;
    int seen = 0;

    (void)state;
    node_init(&n);
    {
        AUTO_REPO struct repo *r = NULL;

        OK(repo_open(n.repo, &r, &e));
        help_bundle(&n, r, CLASS_META, 1, prev, &made);
    }
    flip_all(&n, made.commit, &seen);
    assert_int_equal(seen, 7); /* commit, 3 trees, manifest, meta, text */
    {
        AUTO_REPO struct repo *r = NULL;

        OK(repo_open(n.repo, &r, &e));
        OK(bundle_verify(r, made.commit, &n.key.pub, NULL, NULL, &e));
    }
    node_clear(&n);
}

static int count_oid(void *ctx, const char *oid, struct err *e)
{
    (void)e;
    assert_true(names_is_oid(oid));
    (*(int *)ctx)++;
    return 0;
}

static void test_bundle__walk_names_every_object(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    struct bundle_made made = {.bytes = 0};
    char prev[HASH_HEX] = "";
    struct node n;
    struct err e = ERR_INIT;
    int count = 0;

    (void)state;
    node_init(&n);
    OK(repo_open(n.repo, &r, &e));
    help_bundle(&n, r, CLASS_META, 1, prev, &made);
    OK(bundle_walk(r, made.commit, count_oid, &count, &e));
    assert_int_equal(count, 7);
    repo_close(r);
    r = NULL;
    node_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bundle__stock_git_says_good),
        cmocka_unit_test(test_bundle__i14_same_input_gives_the_same_bytes),
        cmocka_unit_test(test_bundle__again_goes_on_and_a_gap_is_refused),
        cmocka_unit_test(test_bundle__refuses_what_is_not_as_listed),
        cmocka_unit_test(test_bundle__large_object_spans_bundles),
        cmocka_unit_test(test_bundle__plan_of_nothing_and_of_too_much),
        cmocka_unit_test(test_bundle__two_pages_may_share_an_object),
        cmocka_unit_test(test_bundle__another_key_does_not_verify),
        cmocka_unit_test(test_bundle__flipped_bit_anywhere_is_found),
        cmocka_unit_test(test_bundle__walk_names_every_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
