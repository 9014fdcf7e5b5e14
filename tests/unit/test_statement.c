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

/* ---- another key for a node ---- */

static int change(struct place *p, const struct sign_public *key, const char *request,
                  const char *sig, struct err *e)
{
    const struct enrol_change c = {.node = p->n.name,
                                   .key = key,
                                   .epoch = request ? 2 : 0,
                                   .request = request,
                                   .sig = sig};

    if (enrol_node_key(p->home, "/usr/bin/sohoa", &c, e) < 0 ||
        statement_update(p->home, &p->issuer, T0, e) < 0)
        return -1;
    return statement_publish(p->home, p->r, &p->issuer, T0, e);
}

static void test_statement__i10_a_key_in_place_of_a_lost_one(void **state)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    struct sign_secret key, third;
    struct enrol_node *n;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    OK(sign_generate(&key, &e));
    OK(sign_generate(&third, &e));
    OK(change(&p, &key.pub, NULL, NULL, &e));
    OK(change(&p, &key.pub, NULL, NULL, &e)); /* again: nothing */
    assert_int_equal(agreed(&p), 1);
    OK(enrol_load(p.home, &l, &e));
    n = &l.nodes[enrol_find(&l, p.n.name) - l.nodes];
    n->closed[0].seq = 4;
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    n->closed[0].seq = 3;
    n->keys[0].epoch = 3;
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    n->keys[0].epoch = 2;
    n->keys[0].key = third.pub;
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    n->keys[0].key = key.pub;
    n->key_count = 0; /* forgotten */
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    n->key_count = 1;
    OK(statement_check(p.r, &p.issuer.pub, &l, NULL, &e));
    /* Closed with the newest key, too. */
    take_right(&p, &p.n, T0 + 1);
    assert_int_equal(agreed(&p), 2);
    place_clear(&p);
}

/* A list with a key of which no statement speaks, with and without a ref. */
static void test_statement__i10_no_key_comes_unstated(void **state)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    struct sign_secret key;
    const struct enrol_change c = {.key = &key.pub};
    struct enrol_change of = c;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    OK(sign_generate(&key, &e));
    of.node = p.n.name;
    OK(enrol_node_key(p.home, "/usr/bin/sohoa", &of, &e));
    OK(enrol_load(p.home, &l, &e));
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    place_clear(&p);
    enrol_clear(&l);
    place_init(&p);
    take_right(&p, &p.other, T0);
    of.node = p.n.name;
    OK(enrol_node_key(p.home, "/usr/bin/sohoa", &of, &e));
    OK(enrol_load(p.home, &l, &e));
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_ENROL);
    place_clear(&p);
}

static void test_statement__i10_a_request_is_signed_by_both_keys(void **state)
{
    AUTO_MEM char *path = NULL;
    AUTO_STATEMENT_REQUEST struct statement_request q = {.epoch = 0};
    AUTO_STATEMENT_REQUEST struct statement_request other = {.epoch = 0};
    AUTO_STR struct str text = STR_INIT(100000);
    AUTO_ENROL struct enrol l = ENROL_INIT;
    struct sign_secret key;
    struct place p;
    struct err e = ERR_INIT;
    char *at;

    (void)state;
    place_init(&p);
    OK(sign_generate(&key, &e));
    path = fs_path(p.home, "request.json");
    OK(statement_request_write(path, p.n.name, 2, &p.n.key, &key, T0, &e));
    OK(statement_request_read(path, &q, &e));
    assert_string_equal(q.node, p.n.name);
    assert_int_equal(q.epoch, 2);
    OK(statement_request_check(q.text, q.sig, &p.n.key.pub, p.n.name, 2, &key.pub, &e));
    FAILS(statement_request_check(q.text, q.sig, &p.n.key.pub, p.other.name, 2,
                                  &key.pub, fe),
          ERR_KEY_REQUEST);
    FAILS(
        statement_request_check(q.text, q.sig, &p.n.key.pub, p.n.name, 3, &key.pub, fe),
        ERR_KEY_REQUEST);
    FAILS(statement_request_check(q.text, q.sig, &p.n.key.pub, p.n.name, 2,
                                  &p.other.key.pub, fe),
          ERR_KEY_REQUEST);
    FAILS(statement_request_check(q.text, q.sig, &p.other.key.pub, p.n.name, 2,
                                  &key.pub, fe),
          ERR_SIGNATURE);
    OK(fs_read_file(path, &text, &e));
    at = strstr(text.p, "epoch\\\":2");
    assert_non_null(at);
    at[strlen("epoch\\\":")] = '3';
    OK(fs_write_file(path, text.p, text.len, &e));
    FAILS(statement_request_read(path, &other, fe), ERR_SIGNATURE);
    /* Taken, it stands in the list and is checked by every reader. */
    OK(change(&p, &key.pub, q.text, q.sig, &e));
    assert_int_equal(agreed(&p), 1);
    OK(enrol_load(p.home, &l, &e));
    mem_free(l.nodes[enrol_find(&l, p.n.name) - l.nodes].keys[0].sig);
    l.nodes[enrol_find(&l, p.n.name) - l.nodes].keys[0].sig = mem_dup("x");
    FAILS(statement_check(p.r, &p.issuer.pub, &l, NULL, fe), ERR_SIGNATURE);
    place_clear(&p);
}

static void test_statement__goes_home_with_the_enrolment_file(void **state)
{
    AUTO_MEM char *path = NULL;
    AUTO_ENROL_ROW struct enrol_node row = {.revoked = false};
    AUTO_ENROL_ROW struct enrol_node none = {.revoked = false};
    AUTO_JDOC struct jdoc *join = NULL;
    AUTO_JDOC struct jdoc *plain = NULL;
    AUTO_JDOC struct jdoc *bare = NULL;
    struct sign_secret key;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    path = fs_pathf(p.home, "enrol/%s.json", p.n.name);
    OK(statement_send_home(p.home, &p.issuer.pub, p.n.name, &e)); /* nothing to say */
    OK(jdoc_read_file(path, &plain, &e));
    assert_int_equal(statement_read_home(plain, p.n.name, &p.issuer.pub, &none, &e), 0);
    OK(sign_generate(&key, &e));
    take_right(&p, &p.other, T0); /* of another node: not for this file */
    OK(change(&p, &key.pub, NULL, NULL, &e));
    OK(statement_send_home(p.home, &p.issuer.pub, p.n.name, &e));
    OK(jdoc_read_file(path, &join, &e));
    assert_int_equal(jdoc_count(jdoc_get(join, "statements")), 1);
    assert_int_equal(statement_read_home(join, p.n.name, &p.issuer.pub, &row, &e), 1);
    assert_int_equal(enrol_key_epoch(&row), 2);
    assert_memory_equal(enrol_key_now(&row)->key, key.pub.key, sizeof key.pub.key);
    assert_memory_equal(enrol_key_at(&row, 1)->key, p.n.key.pub.key,
                        sizeof key.pub.key);
    FAILS(statement_read_home(join, p.n.name, &p.n.key.pub, &none, fe), ERR_SIGNATURE);
    FAILS(statement_read_home(join, p.other.name, &p.issuer.pub, &none, fe), ERR_ENROL);
    bare = jdoc_copy(join);
    jdoc_set(bare, "statements", jdoc_array());
    FAILS(statement_read_home(bare, p.n.name, &p.issuer.pub, &none, fe), ERR_ENROL);
    OK(fs_unlink(path, &e));
    FAILS(statement_send_home(p.home, &p.issuer.pub, p.n.name, fe), ERR_NOT_FOUND);
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
        cmocka_unit_test(test_statement__i10_a_key_in_place_of_a_lost_one),
        cmocka_unit_test(test_statement__i10_no_key_comes_unstated),
        cmocka_unit_test(test_statement__i10_a_request_is_signed_by_both_keys),
        cmocka_unit_test(test_statement__goes_home_with_the_enrolment_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
