/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/statement.h"

#include "node/base/jdoc.h"
#include "node/base/str.h"
#include "sync/enrol.h"
#include "sync/names.h"
#include "sync/pull.h"
#include "sync/repo_git.h"
#include "tests/unit/sync_help.h"

#define FILENAME "statements.jsonl"

struct place {
    char *home;
    struct sign_secret issuer;
    struct node n, other;
    char *path;
    struct repo *r;
};

static void enrol(struct place *p, const struct node *n)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct enrol_add add = {
        .unit_code = "01234", .valid_from = "2025-07-01", .role = "commune"};
    char node[NAMES_NODE_MAX];
    struct err e = ERR_INIT;

    sign_public_line(&n->key.pub, "x", &line);
    add.key_line = line.p;
    OK(enrol_node_add(p->home, "/usr/bin/sohoa", &p->issuer.pub, &add, node, NULL, &e));
}

/* Two nodes of one commune; the first has sent three bundles. */
static void place_init(struct place *p)
{
    char prev[HASH_HEX] = "";
    struct err e = ERR_INIT;

    p->home = help_folder();
    OK(sign_generate(&p->issuer, &e));
    node_init(&p->n);
    node_init(&p->other);
    enrol(p, &p->n);
    enrol(p, &p->other);
    p->path = enrol_repository(p->home, "01234", "2025-07-01");
    OK(repo_open(p->path, &p->r, &e));
    for (int seq = 1; seq <= 3; seq++) {
        struct bundle_made made;

        help_bundle(&p->n, p->r, CLASS_TEXT, seq, prev, &made);
    }
}

static void place_clear(struct place *p)
{
    struct err e = ERR_INIT;

    repo_close(p->r);
    OK(fs_remove_tree(p->home, &e));
    mem_free(p->home);
    mem_free(p->path);
    node_clear(&p->n);
    node_clear(&p->other);
}

static void take_right(struct place *p, const struct node *n, int64_t time)
{
    struct err e = ERR_INIT;

    OK(enrol_node_revoke(p->home, "/usr/bin/sohoa", n->name, &e));
    OK(statement_update(p->home, &p->issuer, time, &e));
    OK(statement_publish(p->home, p->r, &p->issuer, time, &e));
}

static size_t agreed(struct place *p)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    size_t count = 99;
    struct err e = ERR_INIT;

    OK(enrol_load(p->home, &l, &e));
    OK(statement_check(p->r, &p->issuer.pub, &l, &count, &e));
    return count;
}

/* Put other bytes onto the ref, signed as ever. */
static void put(struct place *p, const char *text, size_t len,
                const struct sign_secret *key)
{
    struct repo_commit c = {.time = T0, .message = "sohoa statements\n"};
    struct repo_file file = {.path = FILENAME, .data = text, .len = len};
    char tip[NAMES_OID_MAX] = "", commit[NAMES_OID_MAX];
    struct err e = ERR_INIT;

    OK(repo_ref(p->r, NAMES_STATEMENTS_REF, tip, &e));
    OK(repo_tree_write(p->r, &file, 1, c.tree, &e));
    sign_node(&key->pub, c.author);
    (void)snprintf(c.parent, sizeof c.parent, "%s", tip);
    OK(repo_commit_write(p->r, &c, key, commit, &e));
    OK(repo_ref_move(p->r, NAMES_STATEMENTS_REF, tip, commit, &e));
}

static void test_statement__i10_a_revocation_is_stated_once(void **state)
{
    AUTO_STR struct str one = STR_INIT(100000);
    AUTO_STR struct str two = STR_INIT(100000);
    AUTO_MEM char *path = NULL;
    char tip[NAMES_OID_MAX], again[NAMES_OID_MAX];
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    assert_int_equal(agreed(&p), 0);
    OK(statement_update(p.home, &p.issuer, T0, &e));
    OK(statement_publish(p.home, p.r, &p.issuer, T0, &e));
    assert_int_equal(repo_ref(p.r, NAMES_STATEMENTS_REF, tip, &e), 0);
    take_right(&p, &p.n, T0);
    assert_int_equal(agreed(&p), 1);
    path = fs_path(p.home, "ssh/" FILENAME);
    OK(fs_read_file(path, &one, &e));
    assert_int_equal(repo_ref(p.r, NAMES_STATEMENTS_REF, tip, &e), 1);
    take_right(&p, &p.n, T0 + 100); /* nothing new */
    assert_int_equal(repo_ref(p.r, NAMES_STATEMENTS_REF, again, &e), 1);
    assert_string_equal(tip, again);
    take_right(&p, &p.other, T0 + 200);
    assert_int_equal(agreed(&p), 2);
    OK(fs_read_file(path, &two, &e));
    assert_true(str_starts(two.p, one.p)); /* it only grows */
    assert_non_null(strstr(one.p, "\\\"closed\\\":[{\\\"class\\\":\\\"text\\\","
                                  "\\\"epoch\\\":1,\\\"seq\\\":3}]"));
    place_clear(&p);
}

/* Old bundles stay valid; one that is signed later with the same key does not count. */
static void test_statement__i10_bundles_after_a_revocation_are_refused(void **state)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    AUTO_MEM struct pull_chain *chains = NULL;
    AUTO_PULL struct pull *walk = NULL;
    char prev[HASH_HEX] = "", ref[NAMES_REF_MAX], tip[NAMES_OID_MAX];
    char sha256[HASH_HEX], parent[NAMES_OID_MAX];
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    struct bundle_made made;
    size_t count = 0;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    take_right(&p, &p.n, T0);
    names_ref(p.n.name, 1, CLASS_TEXT, ref);
    assert_int_equal(repo_ref(p.r, ref, tip, &e), 1);
    OK(bundle_read(p.r, tip, &m, sha256, parent, &e));
    memcpy(prev, sha256, sizeof prev);
    help_bundle(&p.n, p.r, CLASS_TEXT, 4, prev, &made); /* as if no gate were there */
    OK(enrol_load(p.home, &l, &e));
    OK(statement_check(p.r, &p.issuer.pub, &l, NULL, &e));
    OK(pull_chains(p.r, &chains, &count, &e));
    assert_int_equal(count, 1);
    OK(pull_open(p.r, &l, &chains[0], 0, NULL, &walk, &e));
    for (int seq = 1; seq <= 3; seq++) {
        AUTO_PULLED struct pulled b = {.m = MANIFEST_INIT};

        assert_int_equal(pull_next(walk, &b, &e), 1);
        assert_int_equal(b.m.seq, seq);
    }
    {
        AUTO_PULLED struct pulled b = {.m = MANIFEST_INIT};

        FAILS(pull_next(walk, &b, fe), ERR_GATE_NODE);
    }
    place_clear(&p);
}

static void test_statement__i10_a_list_that_takes_it_back_is_refused(void **state)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    struct place p;
    struct err e = ERR_INIT;
    size_t at;

    (void)state;
    place_init(&p);
    take_right(&p, &p.n, T0);
    OK(enrol_load(p.home, &l, &e));
    at = (size_t)(enrol_find(&l, p.n.name) - l.nodes);
    l.nodes[at].revoked = false;
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    l.nodes[at].revoked = true;
    l.nodes[at].closed[0].seq = 4;
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    l.nodes[at].closed[0].seq = 3;
    OK(statement_check(p.r, &p.issuer.pub, &l, NULL, &e));
    l.nodes[at].node[0] ^= 1; /* the row is gone */
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    place_clear(&p);
}

static void test_statement__what_was_stated_stays(void **state)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    AUTO_STR struct str all = STR_INIT(100000);
    AUTO_MEM char *path = NULL;
    char *second;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    take_right(&p, &p.n, T0);
    take_right(&p, &p.other, T0 + 1);
    OK(enrol_load(p.home, &l, &e));
    path = fs_path(p.home, "ssh/" FILENAME);
    OK(fs_read_file(path, &all, &e));
    second = strchr(all.p, '\n') + 1;
    /* only the second, only the first, the first changed, twice the same */
    put(&p, second, strlen(second), &p.issuer);
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    put(&p, all.p, (size_t)(second - all.p), &p.issuer);
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    put(&p, all.p, all.len, &p.issuer); /* too late: it was taken back once */
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    place_clear(&p);
}

static void test_statement__only_the_trusted_key_states(void **state)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    AUTO_STR struct str all = STR_INIT(100000);
    AUTO_MEM char *path = NULL;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    take_right(&p, &p.n, T0);
    OK(enrol_load(p.home, &l, &e));
    FAILS(statement_check(p.r, &p.n.key.pub, &l, NULL, fe), ERR_SIGNATURE);
    path = fs_path(p.home, "ssh/" FILENAME);
    OK(fs_read_file(path, &all, &e));
    put(&p, all.p, all.len, &p.other.key); /* a commit by somebody else */
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_SIGNATURE);
    place_clear(&p);
}

static void test_statement__a_changed_file_stops_the_writer(void **state)
{
    AUTO_STR struct str all = STR_INIT(100000);
    AUTO_MEM char *path = NULL;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    take_right(&p, &p.n, T0);
    path = fs_path(p.home, "ssh/" FILENAME);
    OK(fs_read_file(path, &all, &e));
    *strstr(all.p, "seq\\\":3") = 'S';
    OK(fs_write_file(path, all.p, all.len, &e));
    FAILS(statement_update(p.home, &p.issuer, T0, fe), ERR_SIGNATURE);
    all.p[all.len - 1] = ' '; /* cut off */
    OK(fs_write_file(path, all.p, all.len, &e));
    FAILS(statement_update(p.home, &p.issuer, T0, fe), ERR_ENROL);
    place_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statement__i10_a_revocation_is_stated_once),
        cmocka_unit_test(test_statement__i10_bundles_after_a_revocation_are_refused),
        cmocka_unit_test(test_statement__i10_a_list_that_takes_it_back_is_refused),
        cmocka_unit_test(test_statement__what_was_stated_stays),
        cmocka_unit_test(test_statement__only_the_trusted_key_states),
        cmocka_unit_test(test_statement__a_changed_file_stops_the_writer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
