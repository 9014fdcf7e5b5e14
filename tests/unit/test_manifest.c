/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/manifest.h"

#include "node/base/str.h"
#include "tests/unit/sync_help.h"

static const char HEX_A[] =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char HEX_B[] =
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
static const char OID_A[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static void fill(struct manifest *m)
{
    static const struct node n = {.name = "0123456789abcdef0123456789abcdef"};
    struct manifest_item *t;
    struct manifest_object *o;

    help_head(&n, CLASS_MASTER, 2, HEX_A, m);
    t = manifest_add_item(m);
    (void)snprintf(t->item, sizeof t->item, "01234567-1");
    (void)snprintf(t->state, sizeof t->state, "verified");
    t->rev = 2;
    t->supersedes = 1;
    o = manifest_add_object(m);
    (void)snprintf(o->sha256, sizeof o->sha256, "%s", HEX_A);
    (void)snprintf(o->git, sizeof o->git, "%s", OID_A);
    (void)snprintf(o->type, sizeof o->type, "image/jpeg");
    (void)snprintf(o->role, sizeof o->role, "master");
    (void)snprintf(o->item, sizeof o->item, "01234567-1");
    (void)snprintf(o->page, sizeof o->page, "%s", HEX_B);
    o->size = 12;
}

/* An object of three parts of which the manifest has @from up to @to. */
static void add_cut(struct manifest *m, int64_t from, int64_t to)
{
    struct manifest_object *o = manifest_add_object(m);

    (void)snprintf(o->sha256, sizeof o->sha256, "%s", HEX_B);
    (void)snprintf(o->type, sizeof o->type, "image/tiff");
    (void)snprintf(o->role, sizeof o->role, "master");
    o->size = 2 * BUNDLE_PART_BYTES + 5;
    o->part_count = (size_t)(to - from);
    o->parts = mem_new(o->part_count, sizeof *o->parts);
    for (size_t i = 0; i < o->part_count; i++) {
        o->parts[i].n = from + (int64_t)i;
        o->parts[i].size = manifest_part_size(o->size, o->parts[i].n);
        (void)snprintf(o->parts[i].sha256, HASH_HEX, "%s", HEX_A);
        (void)snprintf(o->parts[i].git, NAMES_OID_MAX, "%s", OID_A);
    }
}

static const char EXPECTED[] =
    "{\"audit_head\":null,\"class\":\"master\",\"clock\":1764000002,\"counter\":2,"
    "\"epoch\":1,\"items\":[{\"item\":\"01234567-1\",\"rev\":2,\"state\":\"verified\","
    "\"supersedes\":1}],\"level\":\"verified\","
    "\"node\":\"0123456789abcdef0123456789abcdef\",\"objects\":["
    "{\"git\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"item\":\"01234567-1\","
    "\"page\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\","
    "\"parts\":[],\"role\":\"master\","
    "\"sha256\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
    "\"size\":12,\"type\":\"image/jpeg\"}],"
    "\"pipeline\":{\"model_sha256\":null,\"version\":\"1\"},"
    "\"prev\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
    "\"program\":\"sohoa test\",\"schema\":1,\"seq\":2,"
    "\"unit\":{\"code\":\"01234\",\"valid_from\":\"2025-07-01\"}}\n";

static void test_manifest__form_is_fixed_for_ever(void **state)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    AUTO_MANIFEST struct manifest again = MANIFEST_INIT;
    AUTO_STR struct str text = STR_INIT(MANIFEST_BYTES_MAX);
    AUTO_STR struct str twice = STR_INIT(MANIFEST_BYTES_MAX);
    char one[HASH_HEX], two[HASH_HEX];
    struct err e = ERR_INIT;

    (void)state;
    fill(&m);
    OK(manifest_print(&m, &text, one, &e));
    assert_string_equal(text.p, EXPECTED);
    OK(manifest_parse(text.p, text.len, &again, two, &e));
    assert_string_equal(one, two);
    OK(manifest_print(&again, &twice, two, &e));
    assert_string_equal(twice.p, EXPECTED);
    assert_string_equal(one, two);
}

static void test_manifest__parts_come_back(void **state)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    AUTO_MANIFEST struct manifest again = MANIFEST_INIT;
    AUTO_STR struct str text = STR_INIT(MANIFEST_BYTES_MAX);
    struct err e = ERR_INIT;

    (void)state;
    fill(&m);
    add_cut(&m, 0, 2);
    OK(manifest_print(&m, &text, NULL, &e));
    OK(manifest_parse(text.p, text.len, &again, NULL, &e));
    assert_int_equal(again.object_count, 2);
    assert_int_equal(again.objects[1].part_count, 2);
    assert_int_equal(again.objects[1].parts[1].n, 1);
    assert_string_equal(again.objects[1].git, "");
    assert_false(manifest_object_ends(&again.objects[1]));
    assert_int_equal(manifest_bytes(&again), 12 + 2 * BUNDLE_PART_BYTES);
}

struct change {
    const char *from, *to;
};

static void test_manifest__refuses_every_wrong_field(void **state)
{
    static const struct change changes[] = {
        {"\"schema\":1", "\"schema\":2"},
        {"\"schema\":1", "\"schema\":0"},
        {"\"schema\":1", "\"schema\":\"1\""},
        {"\"class\":\"master\"", "\"class\":\"masters\""},
        {"\"class\":\"master\"", "\"class\":null"},
        {"\"clock\":1764000002", "\"clock\":-1"},
        {"\"clock\":1764000002", "\"clock\":1.5"},
        {"\"clock\":1764000002", "\"clock\":1764000002.0"},
        {"\"clock\":1764000002", "\"clock\":01764000002"},
        {"\"counter\":2", "\"counter\":0"},
        {"\"counter\":2", "\"counter\":9007199254740992"},
        {"\"epoch\":1", "\"epoch\":0"},
        {"\"epoch\":1", "\"epoch\":10000"},
        {"\"seq\":2", "\"seq\":0"},
        {"\"seq\":2", "\"seq\":1"}, /* with a prev */
        {"\"seq\":2", "\"seq\":1000000000"},
        {"\"node\":\"0123", "\"node\":\"012"},
        {"\"node\":\"0123", "\"node\":\"A123"},
        {"\"rev\":2", "\"rev\":0"},
        {"\"supersedes\":1", "\"supersedes\":2"},
        {"\"supersedes\":1", "\"supersedes\":-1"},
        {"\"item\":\"01234567-1\",\"rev\"", "\"item\":\"01234567-01\",\"rev\""},
        {"\"item\":\"01234567-1\",\"rev\"", "\"item\":null,\"rev\""},
        {"\"item\":\"01234567-1\",\"page\"", "\"item\":\"\",\"page\""},
        {"\"item\":\"01234567-1\",\"page\"", "\"item\":\"../34567-1\",\"page\""},
        {"\"state\":\"verified\"", "\"state\":\"Verified\""},
        {"\"state\":\"verified\"", "\"state\":\"\""},
        {"\"level\":\"verified\"", "\"level\":\"sure\""},
        {"\"role\":\"master\"", "\"role\":\"ma/ster\""},
        {"\"size\":12", "\"size\":-12"},
        {"\"size\":12", "\"size\":8388609"}, /* would have to be cut */
        {"\"size\":12", "\"size\":34359738369"},
        {"\"type\":\"image/jpeg\"", "\"type\":\"image/\\njpeg\""},
        {"\"type\":\"image/jpeg\"", "\"type\":\"\xc3\xa1\""},
        {"\"parts\":[]", "\"parts\":null"},
        {"\"parts\":[]", "\"parts\":{}"},
        {"\"git\":\"a", "\"git\":\"g"},
        {"\"git\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "\"git\":null"},
        {"\"code\":\"01234\"", "\"code\":\"0123x\""},
        {"\"code\":\"01234\"", "\"code\":\"\""},
        {"\"valid_from\":\"2025-07-01\"", "\"valid_from\":\"2025-02-30\""},
        {"\"valid_from\":\"2025-07-01\"", "\"valid_from\":\"2025-7-1\""},
        {"\"audit_head\":null", "\"audit_head\":\"\""},
        {"\"audit_head\":null", "\"audit_head\":\"abc\""},
        {"\"audit_head\":null,", ""},
        {"\"model_sha256\":null", "\"model_sha256\":0"},
        {"\"version\":\"1\"", "\"version\":1"},
        {"\"program\":\"sohoa test\"", "\"program\":\"\""},
        {"\"prev\":\"aaaa", "\"prev\":\"AAAA"},
        {"\"prev\":\"aaaa", "\"prev\":\"aaa"},
        {"{\"audit", " {\"audit"},
        {":null,\"class", ": null,\"class"},
        {"\"epoch\":1,", "\"epoch\":1,\"epoch\":1,"},
        {"}}\n", "}}"},
        {"}}\n", "}}\n\n"},
        {"}}\n", "}}\r\n"},
        {"}}\n", "}}\n{}"},
        {"\"objects\":[", "\"objects\":[null,"},
        {"\"items\":[", "\"items\":[[],"},
        {"\"rev\":2", "\"rev\":\"2\""},
        {"\"sohoa test\"", "\"sohoa \\u0074est\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        const char *at = strstr(EXPECTED, changes[i].from);
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        AUTO_STR struct str text = STR_INIT(100000);
        struct err e = ERR_INIT;

        assert_non_null(at);
        str_add_mem(&text, EXPECTED, (size_t)(at - EXPECTED));
        str_add(&text, changes[i].to);
        str_add(&text, at + strlen(changes[i].from));
        if (manifest_parse(text.p, text.len, &m, NULL, &e) == 0)
            print_error("taken: %s\n", changes[i].to);
        assert_int_equal(e.code, ERR_MANIFEST);
        assert_int_equal(m.object_count, 0);
    }
}

static void test_manifest__ignores_keys_of_later_versions(void **state)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    AUTO_STR struct str text = STR_INIT(100000);
    struct err e = ERR_INIT;

    (void)state;
    str_add_mem(&text, EXPECTED, sizeof EXPECTED - 3);
    str_add(&text, ",\"zone\":7}\n");
    OK(manifest_parse(text.p, text.len, &m, NULL, &e));
    assert_int_equal(m.seq, 2);
}

static void test_manifest__refuses_wrong_parts(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        struct manifest_object *o;

        fill(&m);
        add_cut(&m, 0, 2);
        o = &m.objects[1];
        switch (i) {
        case 0:
            o->parts[1].n = 2; /* a gap */
            o->parts[1].size = 5;
            break;
        case 1:
            o->parts[1].size = 5;
            break;
        case 2:
            o->parts[0].n = 7;
            break;
        case 3:
            o->parts[0].sha256[3] = 'x';
            break;
        case 4:
            o->parts[0].git[0] = '\0';
            break;
        case 5:
            (void)snprintf(o->git, sizeof o->git, "%s", OID_A);
            break;
        case 6: /* begins with part 1 and is not the first object */
            o->parts[0].n = 1;
            o->parts[1].n = 2;
            o->parts[1].size = 5;
            break;
        case 7: /* cut, and something comes after it */
            manifest_clear(&m);
            fill(&m);
            break;
        case 8:
            o->size = BUNDLE_WHOLE_MAX; /* need not be cut */
            break;
        default:
            break;
        }
        if (i == 7) { /* fill() made it anew: build the case by hand */
            struct manifest_object whole = m.objects[0];

            add_cut(&m, 0, 1);
            *manifest_add_object(&m) = whole;
        }
        FAILS(manifest_check(&m, fe), ERR_MANIFEST);
        if (i == 7)
            m.objects[2].parts = NULL;
    }
}

static void test_manifest__refuses_too_much(void **state)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    struct manifest_object whole;
    struct manifest_item item;

    (void)state;
    fill(&m);
    m.objects[0].size = BUNDLE_WHOLE_MAX;
    whole = m.objects[0];
    item = m.items[0];
    for (int i = 0; i < 8; i++)
        *manifest_add_object(&m) = whole;
    FAILS(manifest_check(&m, fe), ERR_MANIFEST);
    m.object_count = 2;
    (void)snprintf(m.objects[0].role, sizeof m.objects[0].role, ROLE_META);
    m.objects[1] = m.objects[0];
    FAILS(manifest_check(&m, fe), ERR_MANIFEST);
    while (m.item_count <= MANIFEST_ITEMS_MAX)
        *manifest_add_item(&m) = item;
    FAILS(manifest_check(&m, fe), ERR_MANIFEST);
}

static void test_manifest__chain_has_no_gap_and_no_change(void **state)
{
    AUTO_MANIFEST struct manifest a = MANIFEST_INIT;
    AUTO_MANIFEST struct manifest b = MANIFEST_INIT;
    struct err e = ERR_INIT;

    (void)state;
    fill(&a);
    fill(&b);
    b.seq = 3;
    b.counter = 3;
    OK(manifest_check_next(&a, HEX_A, &b, &e));
    FAILS(manifest_check_next(&a, HEX_B, &b, fe), ERR_BUNDLE_CHAIN);
    FAILS(manifest_check_next(NULL, NULL, &b, fe), ERR_BUNDLE_CHAIN);
    b.seq = 4;
    FAILS(manifest_check_next(&a, HEX_A, &b, fe), ERR_BUNDLE_CHAIN);
    b.seq = 2;
    FAILS(manifest_check_next(&a, HEX_A, &b, fe), ERR_BUNDLE_CHAIN);
    b.seq = 3;
    b.counter = 2;
    FAILS(manifest_check_next(&a, HEX_A, &b, fe), ERR_BUNDLE_CHAIN);
    b.counter = 3;
    b.epoch = 2;
    FAILS(manifest_check_next(&a, HEX_A, &b, fe), ERR_BUNDLE_CHAIN);
    b.epoch = 1;
    b.cls = CLASS_META;
    FAILS(manifest_check_next(&a, HEX_A, &b, fe), ERR_BUNDLE_CHAIN);
    b.cls = CLASS_MASTER;
    b.unit_code[0] = '9'; /* a node may get another unit: its row says which */
    OK(manifest_check_next(&a, HEX_A, &b, &e));
    b.unit_code[0] = '0';
    b.seq = 1;
    b.prev[0] = '\0';
    OK(manifest_check_next(NULL, NULL, &b, &e));
}

static void test_manifest__cut_object_goes_on_in_the_next(void **state)
{
    AUTO_MANIFEST struct manifest a = MANIFEST_INIT;
    AUTO_MANIFEST struct manifest b = MANIFEST_INIT;
    AUTO_MANIFEST struct manifest c = MANIFEST_INIT;
    struct manifest_object first;
    struct err e = ERR_INIT;

    (void)state;
    fill(&a);
    add_cut(&a, 0, 2);
    fill(&b);
    b.object_count = 0;
    add_cut(&b, 2, 3);
    b.seq = b.counter = 3;
    OK(manifest_check(&a, &e));
    OK(manifest_check(&b, &e));
    assert_true(manifest_object_ends(&b.objects[0]));
    OK(manifest_check_next(&a, HEX_A, &b, &e));
    fill(&c); /* an object that does not go on */
    c.seq = c.counter = 3;
    FAILS(manifest_check_next(&a, HEX_A, &c, fe), ERR_BUNDLE_CHAIN);
    first = b.objects[0];
    b.objects[0].sha256[0] = 'c';
    FAILS(manifest_check_next(&a, HEX_A, &b, fe), ERR_BUNDLE_CHAIN);
    b.objects[0] = first;
    b.objects[0].parts[0].n = 1;
    FAILS(manifest_check_next(&a, HEX_A, &b, fe), ERR_BUNDLE_CHAIN);
    b.objects[0].parts[0].n = 2;
    FAILS(manifest_check_next(&c, HEX_A, &b, fe), ERR_BUNDLE_CHAIN);
    a.object_count = 1; /* b goes on with what nobody began */
    FAILS(manifest_check_next(&a, HEX_A, &b, fe), ERR_BUNDLE_CHAIN);
    a.object_count = 2;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manifest__form_is_fixed_for_ever),
        cmocka_unit_test(test_manifest__parts_come_back),
        cmocka_unit_test(test_manifest__refuses_every_wrong_field),
        cmocka_unit_test(test_manifest__ignores_keys_of_later_versions),
        cmocka_unit_test(test_manifest__refuses_wrong_parts),
        cmocka_unit_test(test_manifest__refuses_too_much),
        cmocka_unit_test(test_manifest__chain_has_no_gap_and_no_change),
        cmocka_unit_test(test_manifest__cut_object_goes_on_in_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
