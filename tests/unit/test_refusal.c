/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/refusal.h"

#include "node/base/fs.h"
#include "node/base/str.h"
#include "sync/line.h"
#include "sync/rpush.h"
#include "tests/unit/unit.h"

#define NODE "0123456789abcdef0123456789abcdef"

static struct refusal refusal_of(enum bundle_class cls)
{
    struct refusal r = {
        .chain = {.epoch = 2, .cls = cls}, .first_seq = 3, .last_seq = 9};

    memcpy(r.chain.node, NODE, sizeof r.chain.node);
    (void)snprintf(r.code, sizeof r.code, "SH-GATE-REF");
    return r;
}

static int add(void *ctx, const struct refusal *r, struct err *e)
{
    (void)e;
    refusal_print(r, ctx);
    return 0;
}

static void test_refusal__is_kept_until_the_chain_goes_on(void **state)
{
    struct refusal text = refusal_of(CLASS_TEXT), meta = refusal_of(CLASS_META);
    AUTO_STR struct str out = STR_INIT(STR_TEXT_MAX);
    struct err e = ERR_INIT;

    unit_ok(refusal_each(*state, NODE, add, &out, &e), &e);
    assert_int_equal(out.len, 0);
    unit_ok(refusal_set(*state, &text, &e), &e);
    text.last_seq = 12; /* the newest counts */
    unit_ok(refusal_set(*state, &text, &e), &e);
    unit_ok(refusal_set(*state, &meta, &e), &e);
    unit_ok(refusal_each(*state, NODE, add, &out, &e), &e);
    assert_string_equal(str_text(&out), "refused 2 meta 3 9 SH-GATE-REF\n"
                                        "refused 2 text 3 12 SH-GATE-REF\n");
    unit_ok(refusal_drop(*state, &meta.chain, &e), &e);
    unit_ok(refusal_drop(*state, &meta.chain, &e), &e);
    str_reset(&out);
    unit_ok(refusal_each(*state, NODE, add, &out, &e), &e);
    assert_string_equal(str_text(&out), "refused 2 text 3 12 SH-GATE-REF\n");
}

static void test_refusal__a_damaged_note_is_none(void **state)
{
    static const char *const texts[] = {"",
                                        "2 text 3\n",
                                        "2 words 3 9 SH-GATE-REF\n",
                                        "0 text 3 9 SH-GATE-REF\n",
                                        "2 text 9 3 SH-GATE-REF\n",
                                        "2 text 3 9 SH-NO-SUCH-CODE\n"};
    struct refusal r = refusal_of(CLASS_TEXT);
    AUTO_MEM char *path = fs_pathf(*state, "spool/refused/%s/2-text", NODE);
    AUTO_STR struct str out = STR_INIT(STR_TEXT_MAX);
    struct err e = ERR_INIT;

    unit_ok(refusal_set(*state, &r, &e), &e);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        unit_ok(fs_write_file(path, texts[i], strlen(texts[i]), &e), &e);
        unit_ok(refusal_each(*state, NODE, add, &out, &e), &e);
        assert_int_equal(out.len, 0);
    }
}

static int count(void *ctx, const struct refusal *r, struct err *e)
{
    (void)e;
    *(int *)ctx += (int)r->last_seq;
    return 0;
}

static void test_refusal__lies_in_the_drop_box(void **state)
{
    struct refusal text = refusal_of(CLASS_TEXT), meta = refusal_of(CLASS_META);
    AUTO_MEM char *path = fs_pathf(*state, "outbox/%s/refused", NODE);
    struct rpush_sum sum = {.requests = 0};
    struct line l;
    struct err e = ERR_INIT;
    int n = 0;

    unit_ok(line_parse(*state, *state, &l, &e), &e);
    unit_ok(refusal_put_out(*state, NODE, &e), &e);
    unit_ok(refusal_ask(&l, NODE, count, &n, &sum, &e), &e);
    unit_ok(refusal_set(*state, &text, &e), &e);
    unit_ok(refusal_set(*state, &meta, &e), &e);
    unit_ok(refusal_put_out(*state, NODE, &e), &e);
    unit_ok(refusal_ask(&l, NODE, count, &n, &sum, &e), &e);
    assert_int_equal(n, 18);
    unit_ok(fs_write_file(path, "refused 2 text 9 3 SH-GATE-REF\n", 31, &e), &e);
    assert_int_equal(refusal_ask(&l, NODE, count, &n, &sum, &e), -1);
    assert_int_equal(e.code, ERR_UPSTREAM);
    err_clear(&e);
    unit_ok(refusal_drop(*state, &text.chain, &e), &e);
    unit_ok(refusal_drop(*state, &meta.chain, &e), &e);
    unit_ok(refusal_put_out(*state, NODE, &e), &e);
    assert_false(fs_exists(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_refusal__is_kept_until_the_chain_goes_on),
        unit_case(test_refusal__a_damaged_note_is_none),
        unit_case(test_refusal__lies_in_the_drop_box),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
