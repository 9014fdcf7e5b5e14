/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/receipt.h"

#include "node/base/str.h"
#include "tests/unit/sync_help.h"

static const char HEX_A[] =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char OID_A[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
#define NODE "0123456789abcdef0123456789abcdef"

static void fill(struct receipt *r, int64_t seq)
{
    *r = (struct receipt){.type = RECEIPT_OK,
                          .epoch = 1,
                          .cls = CLASS_META,
                          .seq = seq,
                          .items = 3,
                          .objects = 4,
                          .bytes = 5,
                          .copies = 1,
                          .time = T0 + seq};
    (void)snprintf(r->node, sizeof r->node, "%s", NODE);
    (void)snprintf(r->manifest_sha256, sizeof r->manifest_sha256, "%s", HEX_A);
    (void)snprintf(r->commit, sizeof r->commit, "%s", OID_A);
}

static const char EXPECTED[] =
    "{\"bytes\":5,\"class\":\"meta\",\"code\":null,"
    "\"commit\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"copies\":1,\"epoch\":1,"
    "\"issuer\":\"" NODE "\",\"item\":null,\"items\":3,"
    "\"manifest_sha256\":"
    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
    "\"node\":\"" NODE "\",\"number\":1,\"objects\":4,\"page\":null,\"previous\":null,"
    "\"rev\":0,\"schema\":1,\"seq\":1,\"text\":null,\"time\":1764000001,"
    "\"type\":\"receipt\"}\n";

static void test_receipt__form_is_fixed_for_ever(void **state)
{
    AUTO_STR struct str text = STR_INIT(RECEIPT_BYTES_MAX);
    char one[HASH_HEX], two[HASH_HEX];
    struct receipt r, again;
    struct err e = ERR_INIT;

    (void)state;
    fill(&r, 1);
    r.number = 1;
    (void)snprintf(r.issuer, sizeof r.issuer, "%s", NODE);
    OK(receipt_print(&r, &text, one, &e));
    assert_string_equal(text.p, EXPECTED);
    OK(receipt_parse(text.p, text.len, &again, two, &e));
    assert_string_equal(one, two);
    assert_int_equal(again.bytes, 5);
    assert_string_equal(receipt_type_name(again.type), "receipt");
}

static void test_receipt__refuses_every_wrong_field(void **state)
{
    static const char *const changes[][2] = {
        {"\"schema\":1", "\"schema\":2"},
        {"\"type\":\"receipt\"", "\"type\":\"recipe\""},
        {"\"node\":\"0", "\"node\":\"x"},
        {"\"issuer\":\"0", "\"issuer\":\"x"},
        {"\"epoch\":1", "\"epoch\":0"},
        {"\"seq\":1", "\"seq\":0"},
        {"\"seq\":1", "\"seq\":null"},
        {"\"class\":\"meta\"", "\"class\":null"},
        {"\"class\":\"meta\"", "\"class\":\"all\""},
        {"\"manifest_sha256\":\"aa", "\"manifest_sha256\":\"gg"},
        {"\"commit\":\"aa", "\"commit\":\"gg"},
        {"\"bytes\":5", "\"bytes\":-5"},
        {"\"copies\":1", "\"copies\":1001"},
        {"\"number\":1", "\"number\":0"},
        {"\"number\":1", "\"number\":2"}, /* without a previous */
        {"\"previous\":null", "\"previous\":\"\""},
        {"\"item\":null", "\"item\":\"x\""},
        {"\"page\":null", "\"page\":\"x\""},
        {"\"rev\":0", "\"rev\":-1"},
        {"\"time\":1764000001", "\"time\":\"now\""},
        {"}\n", "}"},
        {"{\"bytes", "{ \"bytes"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        const char *at = strstr(EXPECTED, changes[i][0]);
        AUTO_STR struct str text = STR_INIT(10000);
        struct receipt r;

        assert_non_null(at);
        str_add_mem(&text, EXPECTED, (size_t)(at - EXPECTED));
        str_add(&text, changes[i][1]);
        str_add(&text, at + strlen(changes[i][0]));
        FAILS(receipt_parse(text.p, text.len, &r, NULL, fe), ERR_RECEIPT);
    }
}

struct got {
    int count;
    struct receipt last;
    char sig[4096];
    char text[4096];
};

static int take(void *ctx, const struct receipt *r, const char *text, size_t len,
                const char *sig, struct err *e)
{
    struct got *g = ctx;

    (void)len;
    (void)e;
    g->count++;
    g->last = *r;
    (void)snprintf(g->sig, sizeof g->sig, "%s", sig);
    (void)snprintf(g->text, sizeof g->text, "%s", text);
    return 0;
}

static void test_receipt__chain_is_written_and_read(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    char one[NAMES_OID_MAX], two[NAMES_OID_MAX], tip[NAMES_OID_MAX] = "";
    struct receipt list[3];
    struct sign_secret key, other;
    struct got g = {.count = 0};
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    OK(sign_generate(&key, &e));
    OK(sign_generate(&other, &e));
    OK(repo_open(n.repo, &r, &e));
    OK(receipt_read(r, NODE, &key.pub, "", take, &g, tip, &e)); /* none yet */
    assert_string_equal(tip, "");
    FAILS(receipt_read(r, NODE, &key.pub, OID_A, take, &g, tip, fe), ERR_RECEIPT);
    for (int i = 0; i < 3; i++)
        fill(&list[i], i + 1);
    list[2].type = RECEIPT_RETURN;
    (void)snprintf(list[2].item, sizeof list[2].item, "01234567-9");
    FAILS(receipt_write(r, list + 2, 1, &key, two, fe), ERR_RECEIPT); /* why? */
    (void)snprintf(list[2].text, sizeof list[2].text, "thiếu trang sau");
    FAILS(receipt_write(r, list + 2, 1, &key, two, fe), ERR_RECEIPT); /* of what? */
    list[2].rev = 2;
    OK(receipt_write(r, list, 2, &key, one, &e));
    OK(receipt_write(r, list, 2, &key, two, &e)); /* again: nothing new */
    assert_string_equal(one, two);
    OK(receipt_write(r, list + 2, 1, &key, two, &e));
    assert_string_not_equal(one, two);
    OK(receipt_read(r, NODE, &key.pub, "", take, &g, tip, &e));
    assert_int_equal(g.count, 3);
    assert_string_equal(g.last.text, "thiếu trang sau");
    assert_int_equal(g.last.number, 3);
    assert_string_equal(tip, two);
    g.count = 0;
    OK(receipt_read(r, NODE, &key.pub, one, take, &g, tip, &e));
    assert_int_equal(g.count, 1);
    FAILS(receipt_read(r, NODE, &other.pub, "", take, &g, tip, fe), ERR_SIGNATURE);
    FAILS(receipt_read(r, NODE, &key.pub, OID_A, take, &g, tip, fe), ERR_RECEIPT);
    { /* a file of its own, as `receipt verify` reads it */
        AUTO_MEM char *path = fs_path(n.dir, "r.json");
        AUTO_MEM char *sig = fs_path(n.dir, "r.json.sig");
        struct receipt back;

        OK(fs_write_file(path, g.text, strlen(g.text), &e));
        OK(fs_write_file(sig, g.sig, strlen(g.sig), &e));
        OK(receipt_verify_file(path, &key.pub, &back, &e));
        assert_int_equal(back.number, 3);
        FAILS(receipt_verify_file(path, &other.pub, &back, fe), ERR_SIGNATURE);
        g.text[10] ^= 1;
        OK(fs_write_file(path, g.text, strlen(g.text), &e));
        FAILS(receipt_verify_file(path, &key.pub, &back, fe), ERR_SIGNATURE);
    }
    repo_close(r);
    r = NULL;
    node_clear(&n);
}

static void test_receipt__another_count_of_copies_is_news(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    char one[NAMES_OID_MAX], two[NAMES_OID_MAX], tip[NAMES_OID_MAX];
    struct sign_secret key;
    struct receipt a;
    struct got g = {.count = 0};
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    OK(sign_generate(&key, &e));
    OK(repo_open(n.repo, &r, &e));
    fill(&a, 1);
    OK(receipt_write(r, &a, 1, &key, one, &e));
    fill(&a, 1);
    a.copies = 2;
    OK(receipt_write(r, &a, 1, &key, two, &e));
    assert_string_not_equal(one, two);
    fill(&a, 1);
    a.copies = 2;
    OK(receipt_write(r, &a, 1, &key, tip, &e));
    assert_string_equal(two, tip);
    OK(receipt_read(r, NODE, &key.pub, "", take, &g, tip, &e));
    assert_int_equal(g.count, 2);
    assert_int_equal(g.last.copies, 2);
    repo_close(r);
    r = NULL;
    node_clear(&n);
}

static void test_receipt__another_issuer_cannot_go_on(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    char tip[NAMES_OID_MAX];
    struct receipt a, b;
    struct sign_secret key, other;
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    OK(sign_generate(&key, &e));
    OK(sign_generate(&other, &e));
    OK(repo_open(n.repo, &r, &e));
    fill(&a, 1);
    fill(&b, 2);
    OK(receipt_write(r, &a, 1, &key, tip, &e));
    FAILS(receipt_write(r, &b, 1, &other, tip, fe), ERR_SIGNATURE);
    FAILS(receipt_write(r, &b, 0, &key, tip, fe), ERR_LIMIT);
    b.node[0] = '1';
    {
        struct receipt two[2];

        fill(&two[0], 2);
        two[1] = b;
        FAILS(receipt_write(r, two, 2, &key, tip, fe), ERR_RECEIPT);
    }
    repo_close(r);
    r = NULL;
    node_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receipt__form_is_fixed_for_ever),
        cmocka_unit_test(test_receipt__refuses_every_wrong_field),
        cmocka_unit_test(test_receipt__chain_is_written_and_read),
        cmocka_unit_test(test_receipt__another_count_of_copies_is_news),
        cmocka_unit_test(test_receipt__another_issuer_cannot_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
