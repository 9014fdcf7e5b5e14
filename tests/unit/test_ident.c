/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/hash.h"
#include "node/record/ident.h"

#define NODE   "00112233445566778899aabbccddeeff"
#define MASTER "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void test_ident__names_carry_node_and_counter(void **state)
{
    char out[IDENT_NAME_MAX];

    (void)state;
    ident_item(NODE, 17, out);
    assert_string_equal(out, "00112233-17");
    assert_true(ident_is_item(out));
    assert_false(ident_is_dossier(out));
    ident_dossier(NODE, IDENT_COUNTER_MAX, out);
    assert_string_equal(out, "00112233-d999999999999");
    assert_true(ident_is_dossier(out));
    assert_false(ident_is_item(out));
    assert_true(ident_belongs(out, NODE));
    assert_false(ident_belongs(out, "10112233445566778899aabbccddeeff"));
}

static void test_ident__refuses_what_is_no_name(void **state)
{
    static const char *const bad[] = {"",
                                      "00112233",
                                      "00112233-",
                                      "00112233-0",
                                      "00112233-01",
                                      "00112233-x",
                                      "0011223-1",
                                      "0011223G-1",
                                      "00112233-d1",
                                      "00112233_1",
                                      "00112233-1000000000000",
                                      "00112233--1",
                                      "00112233- 1",
                                      "00112233-1\n",
                                      "AABBCCDD-1",
                                      "00112233-11111111111111111111111111111111"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(ident_is_item(bad[i]));
    assert_false(ident_is_dossier("00112233-d"));
    assert_false(ident_is_dossier("00112233-d0"));
    assert_true(ident_is_node(NODE));
    assert_false(ident_is_node("00112233"));
    assert_true(ident_is_page(MASTER));
    assert_false(ident_is_page(NODE));
}

static void test_ident__a_single_page_has_the_name_of_its_file(void **state)
{
    char page[IDENT_PAGE_MAX];
    char want[HASH_HEX];
    const char *text = "sohoa-page\n" MASTER "\n3\n";

    (void)state;
    ident_page(MASTER, 0, true, page);
    assert_string_equal(page, MASTER);
    ident_page(MASTER, 3, false, page);
    hash_bytes(text, strlen(text), want);
    assert_string_equal(page, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ident__names_carry_node_and_counter),
        cmocka_unit_test(test_ident__refuses_what_is_no_name),
        cmocka_unit_test(test_ident__a_single_page_has_the_name_of_its_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
