/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/heads.h"

#include "node/base/str.h"
#include "tests/unit/unit.h"

#define NODES   200
#define EPOCHS  3
#define CLASSES 5

static void add(struct heads *h, int node, int64_t epoch, enum bundle_class cls,
                int tip)
{
    char name[NAMES_NODE_MAX], ref[NAMES_REF_MAX], oid[NAMES_OID_MAX];

    (void)snprintf(name, sizeof name, "%032x", node);
    (void)snprintf(oid, sizeof oid, "%040x", tip);
    names_ref(name, epoch, cls, ref);
    heads_add(h, ref, oid);
}

static size_t closed(const struct heads *h)
{
    size_t n = 0;

    for (size_t i = 0; i < h->count; i++)
        n += h->rows[i].closed;
    return n;
}

static void test_heads__a_newer_epoch_closes_the_older(void **state)
{
    AUTO_HEADS struct heads h = {.rows = NULL};
    AUTO_STR struct str out = STR_INIT(STR_TEXT_MAX);

    (void)state;
    add(&h, 2, 1, CLASS_TEXT, 5);
    add(&h, 1, 2, CLASS_META, 7);
    add(&h, 1, 1, CLASS_META, 6);
    add(&h, 1, 1, CLASS_MASTER, 8);
    heads_add(&h, "refs/receipts/00000000000000000000000000000001",
              "00000000000000000000000000000000000000aa");
    heads_add(&h, "refs/sohoa/x/1/meta", "00000000000000000000000000000000000000bb");
    heads_close(&h);
    assert_int_equal(h.count, 6);
    assert_int_equal(closed(&h), 2);
    heads_print(&h, true, &out);
    assert_null(strstr(str_text(&out), "00001/1/"));
    assert_non_null(strstr(str_text(&out), "00001/2/meta\n"));
    assert_non_null(strstr(str_text(&out), "00002/1/text\n"));
    assert_non_null(strstr(str_text(&out), "refs/receipts/"));
}

static void test_heads__sums_are_of_what_stands_there(void **state)
{
    AUTO_HEADS struct heads a = {.rows = NULL}, b = {.rows = NULL}, c = {.rows = NULL};
    char one[HASH_HEX], other[HASH_HEX];

    (void)state;
    add(&a, 1, 1, CLASS_META, 1);
    add(&a, 1, 2, CLASS_META, 2);
    add(&b, 1, 2, CLASS_META, 2); /* in another order */
    add(&b, 1, 1, CLASS_META, 1);
    add(&c, 1, 1, CLASS_META, 1);
    add(&c, 1, 2, CLASS_META, 3); /* the open one went on */
    heads_close(&a);
    heads_close(&b);
    heads_close(&c);
    heads_sum(&a, false, one);
    heads_sum(&b, false, other);
    assert_string_equal(one, other);
    heads_sum(&c, false, other);
    assert_string_not_equal(one, other);
    heads_sum(&a, true, one);
    heads_sum(&c, true, other);
    assert_string_equal(one, other);
    heads_clear(&b);
    add(&b, 1, 1, CLASS_META,
        1); /* who does not know the newer epoch has none closed */
    heads_close(&b);
    heads_sum(&b, true, other);
    assert_string_not_equal(one, other);
}

/* What a reader hears of 200 nodes with five chains in each of three epochs. */
static void test_heads__few_bytes_of_many_refs(void **state)
{
    AUTO_HEADS struct heads h = {.rows = NULL};
    AUTO_STR struct str all = STR_INIT((size_t)1 << 20),
                        open = STR_INIT((size_t)1 << 20);

    (void)state;
    for (int n = 0; n < NODES; n++)
        for (int64_t e = 1; e <= EPOCHS; e++)
            for (int c = 0; c < CLASSES; c++)
                add(&h, n, e, (enum bundle_class)c, n * 100 + (int)e * 10 + c);
    heads_close(&h);
    heads_print(&h, false, &all);
    heads_print(&h, true, &open);
    print_message("# %zu refs: all %zu bytes, without closed ones %zu, nothing new 2\n",
                  h.count, all.len, open.len);
    assert_int_equal(closed(&h), NODES * CLASSES * (EPOCHS - 1));
    assert_true(open.len * EPOCHS == all.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_heads__a_newer_epoch_closes_the_older),
        unit_case(test_heads__sums_are_of_what_stands_there),
        unit_case(test_heads__few_bytes_of_many_refs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
