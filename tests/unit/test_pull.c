/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/pull.h"

#include <sys/stat.h>

#include "node/base/hash.h"
#include "node/base/str.h"
#include "sync/enrol.h"
#include "sync/names.h"
#include "tests/unit/sync_help.h"

/* The reader behind ingest and pull: which chains, from where, and byte for byte. */

#define LARGE ((size_t)19 << 20) /* five parts */

struct shelf {
    struct node n;
    struct repo *r;
    struct enrol_node row;
    struct enrol keys;
    struct pull_chain chain; /* of the class "text" */
    char sha256[4][HASH_HEX];
};

static struct shelf shelf;

static void look_up(struct shelf *s, enum bundle_class cls, struct pull_chain *c)
{
    char ref[NAMES_REF_MAX];
    struct err e = ERR_INIT;

    *c = (struct pull_chain){.name = {.epoch = 1, .cls = cls}};
    memcpy(c->name.node, s->n.name, sizeof s->n.name);
    names_ref(s->n.name, 1, cls, ref);
    OK(repo_ref(s->r, ref, c->tip, &e));
}

static int set_up(void **state)
{
    char prev[HASH_HEX] = "", other[HASH_HEX] = "";
    struct bundle_made made;
    struct err e = ERR_INIT;

    shelf = (struct shelf){.r = NULL};
    node_init(&shelf.n);
    OK(repo_open(shelf.n.repo, &shelf.r, &e));
    help_bundle(&shelf.n, shelf.r, CLASS_META, 1, other, &made);
    for (int64_t seq = 1; seq <= 3; seq++) {
        help_bundle(&shelf.n, shelf.r, CLASS_TEXT, seq, prev, &made);
        memcpy(shelf.sha256[seq], prev, HASH_HEX);
    }
    shelf.row = (struct enrol_node){
        .key = shelf.n.key.pub, .unit_code = "01234", .unit_valid_from = "2025-07-01"};
    memcpy(shelf.row.node, shelf.n.name, sizeof shelf.n.name);
    shelf.keys = (struct enrol){.nodes = &shelf.row, .count = 1};
    look_up(&shelf, CLASS_TEXT, &shelf.chain);
    *state = &shelf;
    return 0;
}

static int tear_down(void **state)
{
    struct shelf *s = *state;

    repo_close(s->r);
    node_clear(&s->n);
    return 0;
}

/* All that is new after @seq. Return: how many, or -1 and @e. */
static int walk(struct shelf *s, int64_t seq, const char *sha256, struct err *e)
{
    AUTO_PULL struct pull *w = NULL;
    int n = 0, rc = 0;

    if (pull_open(s->r, &s->keys, &s->chain, seq, sha256, &w, e) < 0)
        return -1;
    for (;;) {
        AUTO_PULLED struct pulled b = {.m = MANIFEST_INIT};

        rc = pull_next(w, &b, e);
        if (rc <= 0)
            return rc < 0 ? -1 : n;
        n++;
        assert_int_equal(b.m.seq, seq + n);
        assert_string_equal(b.sha256, s->sha256[seq + n]);
    }
}

static void test_pull__chains_in_order_and_only_ours(void **state)
{
    struct shelf *s = *state;
    AUTO_MEM struct pull_chain *chains = NULL;
    size_t count = 0;
    struct err e = ERR_INIT;

    OK(repo_ref_move(s->r, "refs/sohoa/somebody/else", NULL, s->chain.tip, &e));
    OK(repo_ref_move(s->r, "refs/receipts/else", NULL, s->chain.tip, &e));
    OK(pull_chains(s->r, &chains, &count, &e));
    assert_int_equal(count, 2);
    assert_int_equal(chains[0].name.cls, CLASS_META);
    assert_int_equal(chains[1].name.cls, CLASS_TEXT);
    assert_string_equal(chains[1].tip, s->chain.tip);
}

static void test_pull__goes_on_from_where_the_caller_is(void **state)
{
    struct shelf *s = *state;
    struct err e = ERR_INIT;

    for (int64_t seq = 0; seq <= 3; seq++) {
        int n = walk(s, seq, seq ? s->sha256[seq] : NULL, &e);

        OK(n);
        assert_int_equal(n, 3 - seq);
    }
    OK(walk(s, 2, NULL, &e)); /* not compared */
}

static void test_pull__another_chain_than_before_is_refused(void **state)
{
    struct shelf *s = *state;

    FAILS(walk(s, 4, NULL, fe), ERR_BUNDLE_CHAIN); /* shorter than it was */
    FAILS(walk(s, 2, s->sha256[1], fe), ERR_BUNDLE_CHAIN);
    FAILS(walk(s, 1, "", fe), ERR_BUNDLE_CHAIN);
}

static void test_pull__only_enrolled_nodes_count(void **state)
{
    struct shelf *s = *state;
    struct enrol_closed closed = {.epoch = 1, .cls = CLASS_TEXT, .seq = 2};
    struct sign_secret stranger;
    struct err e = ERR_INIT;

    s->row.node[0] = s->row.node[0] == '0' ? '1' : '0';
    FAILS(walk(s, 0, NULL, fe), ERR_GATE_NODE);
    memcpy(s->row.node, s->n.name, sizeof s->n.name);
    /* Revoked: what it signed before stays, what came later does not. */
    s->row.revoked = true;
    s->row.closed = &closed;
    s->row.closed_count = 1;
    FAILS(walk(s, 0, NULL, fe), ERR_GATE_NODE);
    closed.seq = 3;
    assert_int_equal(walk(s, 0, NULL, &e), 3);
    /* Somebody else's key. */
    OK(sign_generate(&stranger, &e));
    s->row.key = stranger.pub;
    FAILS(walk(s, 0, NULL, fe), ERR_SIGNATURE);
}

static void test_pull__a_bundle_in_the_wrong_place_is_refused(void **state)
{
    struct shelf *s = *state;
    struct pull_chain text = s->chain;

    (void)snprintf(s->row.unit_code, sizeof s->row.unit_code, "04321");
    FAILS(walk(s, 0, NULL, fe), ERR_BUNDLE_CHAIN);
    (void)snprintf(s->row.unit_code, sizeof s->row.unit_code, "01234");
    s->chain.name.cls = CLASS_META; /* a chain of texts under another name */
    FAILS(walk(s, 0, NULL, fe), ERR_BUNDLE_CHAIN);
    s->chain = text;
    s->chain.name.epoch = 2;
    FAILS(walk(s, 0, NULL, fe), ERR_BUNDLE_CHAIN);
}

/* ---- objects --------------------------------------------------------------------- */

static int keep(void *ctx, const void *data, size_t len, struct err *e)
{
    struct str *all = ctx;

    str_add_mem(all, data, len);
    return str_check(all, "object", e);
}

static int no_room(void *ctx, const void *data, size_t len, struct err *e)
{
    (void)ctx;
    (void)data;
    (void)len;
    return err_set(e, ERR_DISK_FULL, "the writer");
}

/* One object of LARGE bytes, cut so that its parts lie in several bundles. */
static size_t seal_large(struct shelf *s, const char *data)
{
    AUTO_MANIFEST struct manifest all = MANIFEST_INIT;
    AUTO_MEM struct bundle_cut *cuts = NULL;
    const struct bundle_source source = {.data = data, .len = LARGE};
    char prev[HASH_HEX] = "";
    size_t count = 0;
    struct err e = ERR_INIT;

    help_object(&all, data, LARGE, "master");
    OK(bundle_plan(all.objects, 1, BUNDLE_WHOLE_MAX, &cuts, &count, &e));
    for (size_t i = 0; i < count; i++) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        struct bundle_made made;

        help_head(&s->n, CLASS_MASTER, (int64_t)i + 1, prev, &m);
        bundle_take(&m, all.objects, &cuts[i]);
        OK(bundle_write(s->r, &m, &source, &s->n.key, &made, &e));
        memcpy(prev, made.sha256, sizeof prev);
    }
    return count;
}

static char *large_data(void)
{
    char *data = mem_new(LARGE, 1);
    uint32_t seed = 7;

    for (size_t i = 0; i < LARGE; i++) {
        seed = seed * 1664525U + 1013904223U;
        data[i] = (char)(seed >> 24);
    }
    return data;
}

/* The last bundle of the chain of masters. */
static void last_master(struct shelf *s, struct pulled *b)
{
    struct pull_chain c;
    AUTO_PULL struct pull *w = NULL;
    struct err e = ERR_INIT;
    int rc = 0;

    look_up(s, CLASS_MASTER, &c);
    OK(pull_open(s->r, &s->keys, &c, 0, NULL, &w, &e));
    for (;;) {
        struct pulled next = {.m = MANIFEST_INIT};

        rc = pull_next(w, &next, &e);
        OK(rc);
        if (rc == 0)
            return;
        pull_bundle_clear(b);
        *b = next;
    }
}

static void test_pull__parts_of_several_bundles_become_one_file(void **state)
{
    struct shelf *s = *state;
    AUTO_MEM char *data = large_data();
    AUTO_STR struct str got = STR_INIT(LARGE);
    AUTO_PULLED struct pulled b = {.m = MANIFEST_INIT};
    struct err e = ERR_INIT;

    assert_true(seal_large(s, data) > 1);
    last_master(s, &b);
    assert_int_equal(b.m.object_count, 1);
    assert_true(b.m.objects[0].parts[0].n > 0); /* the first ones lie elsewhere */
    OK(pull_object(s->r, &b, 0, keep, &got, &e));
    assert_int_equal(got.len, LARGE);
    assert_memory_equal(got.p, data, LARGE);
    FAILS(pull_object(s->r, &b, 0, no_room, NULL, fe), ERR_DISK_FULL);
    FAILS(pull_object(s->r, &b, 1, keep, &got, fe), ERR_INTERNAL);
    /* The earlier parts are those of another file. */
    str_reset(&got);
    b.m.objects[0].sha256[0] = b.m.objects[0].sha256[0] == '0' ? '1' : '0';
    FAILS(pull_object(s->r, &b, 0, keep, &got, fe), ERR_BUNDLE_DAMAGED);
}

static void test_pull__an_unfinished_object_is_not_read(void **state)
{
    struct shelf *s = *state;
    AUTO_MEM char *data = large_data();
    AUTO_STR struct str got = STR_INIT(LARGE);
    AUTO_PULLED struct pulled first = {.m = MANIFEST_INIT};
    AUTO_PULL struct pull *w = NULL;
    struct pull_chain c;
    struct err e = ERR_INIT;

    (void)seal_large(s, data);
    look_up(s, CLASS_MASTER, &c);
    OK(pull_open(s->r, &s->keys, &c, 0, NULL, &w, &e));
    assert_int_equal(pull_next(w, &first, &e), 1);
    FAILS(pull_object(s->r, &first, 0, keep, &got, fe), ERR_INTERNAL);
    assert_int_equal(got.len, 0);
}

static void test_pull__earlier_parts_that_are_not_there(void **state)
{
    struct shelf *s = *state;
    AUTO_MEM char *data = large_data();
    AUTO_STR struct str got = STR_INIT(LARGE);
    AUTO_PULLED struct pulled b = {.m = MANIFEST_INIT};

    (void)seal_large(s, data);
    last_master(s, &b);
    /* Said to follow a bundle of another kind: nothing to go on with. */
    memcpy(b.commit, s->chain.tip, sizeof b.commit);
    FAILS(pull_object(s->r, &b, 0, keep, &got, fe), ERR_BUNDLE_DAMAGED);
    assert_int_equal(got.len, 0);
}

static void test_pull__a_blob_of_another_size_or_none(void **state)
{
    struct shelf *s = *state;
    AUTO_PULL struct pull *w = NULL;
    AUTO_PULLED struct pulled b = {.m = MANIFEST_INIT};
    AUTO_STR struct str got = STR_INIT(STR_LINE_MAX);
    AUTO_MEM char *file = NULL;
    size_t text = 0;
    struct err e = ERR_INIT;

    OK(pull_open(s->r, &s->keys, &s->chain, 0, NULL, &w, &e));
    assert_int_equal(pull_next(w, &b, &e), 1);
    while (strcmp(b.m.objects[text].role, "text") != 0)
        text++;
    OK(pull_object(s->r, &b, text, keep, &got, &e));
    assert_string_equal(got.p, "text of text 1\n");
    /* Not what the manifest names: the caller may not keep it. */
    b.m.objects[text].sha256[0] ^= 1;
    FAILS(pull_object(s->r, &b, text, keep, &got, fe), ERR_BUNDLE_DAMAGED);
    b.m.objects[text].sha256[0] ^= 1;
    b.m.objects[text].size++;
    FAILS(pull_object(s->r, &b, text, keep, &got, fe), ERR_BUNDLE_DAMAGED);
    b.m.objects[text].size -= 2;
    FAILS(pull_object(s->r, &b, text, keep, &got, fe), ERR_BUNDLE_DAMAGED);
    b.m.objects[text].size++;
    file = mem_printf("%s/objects/%.2s/%s", s->n.repo, b.m.objects[text].git,
                      b.m.objects[text].git + 2);
    OK(fs_unlink(file, &e));
    repo_close(s->r);
    s->r = NULL;
    OK(repo_open(s->n.repo, &s->r, &e));
    FAILS(pull_object(s->r, &b, text, keep, &got, fe), ERR_BUNDLE_DAMAGED);
    FAILS(walk(s, 0, NULL, fe), ERR_BUNDLE_DAMAGED);
}

#define case_(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        case_(test_pull__chains_in_order_and_only_ours),
        case_(test_pull__goes_on_from_where_the_caller_is),
        case_(test_pull__another_chain_than_before_is_refused),
        case_(test_pull__only_enrolled_nodes_count),
        case_(test_pull__a_bundle_in_the_wrong_place_is_refused),
        case_(test_pull__parts_of_several_bundles_become_one_file),
        case_(test_pull__an_unfinished_object_is_not_read),
        case_(test_pull__earlier_parts_that_are_not_there),
        case_(test_pull__a_blob_of_another_size_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
