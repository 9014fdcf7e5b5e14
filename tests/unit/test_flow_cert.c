/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_cert.h"
#include "node/flow/flow_init.h"

#include "tests/unit/unit.h"

#define NODE "0123456789abcdef0123456789abcdef"

static void home(const char *dir)
{
    AUTO_MEM char *keys = fs_path(dir, "keys");
    struct err e = ERR_INIT;

    unit_ok(fs_mkdir(keys, &e), &e);
}

static struct tlscert facts(const char *dir)
{
    struct tlscert c = {.count = 0};
    struct err e = ERR_INIT;

    assert_int_equal(flow_cert_facts(dir, &c, &e), 1);
    return c;
}

static void test_flow_cert__is_made_once(void **state)
{
    struct tlscert first, second;
    struct err e = ERR_INIT;

    home(*state);
    assert_int_equal(flow_cert_facts(*state, &first, &e), 0);
    unit_ok(flow_cert_ensure(*state, NODE, "", &e), &e);
    first = facts(*state);
    unit_ok(flow_cert_ensure(*state, NODE, "", &e), &e);
    second = facts(*state);
    assert_string_equal(first.fingerprint, second.fingerprint);
}

static void test_flow_cert__a_new_address_keeps_the_key_and_the_old_names(void **state)
{
    struct tlscert first, second, third;
    struct err e = ERR_INIT;

    home(*state);
    unit_ok(flow_cert_ensure(*state, NODE, "192.0.2.7", &e), &e);
    first = facts(*state);
    assert_true(tlscert_has(&first, "192.0.2.7"));
    unit_ok(flow_cert_ensure(*state, NODE, "192.0.2.8", &e), &e);
    second = facts(*state);
    assert_true(tlscert_has(&second, "192.0.2.7"));
    assert_true(tlscert_has(&second, "192.0.2.8"));
    assert_string_equal(first.pin, second.pin);
    unit_ok(flow_cert_ensure(*state, NODE, "192.0.2.7", &e), &e);
    third = facts(*state);
    assert_string_equal(second.fingerprint, third.fingerprint);
}

/* Those of IPv6 are others every day: none but the one that is asked for. */
static void test_flow_cert__names_no_address_that_will_be_another_one(void **state)
{
    char names[TLSCERT_NAMES_MAX][TLSCERT_NAME_MAX];
    AUTO_MEM char *dir = fs_path(*state, "node");
    struct tlscert c;
    struct err e = ERR_INIT;
    size_t n = flow_cert_names(names, TLSCERT_NAMES_MAX);

    for (size_t i = 0; i < n; i++)
        if (strchr(names[i], ':'))
            fail_msg("%s", names[i]);
    unit_ok(flow_init(dir, HOME_COMMUNE, "24175", NULL, NULL, NULL, NULL, &e), &e);
    unit_ok(flow_cert_ensure(dir, NODE, "fd00::5", &e), &e);
    unit_ok(flow_cert_ensure(dir, NODE, "192.0.2.7", &e), &e);
    c = facts(dir);
    assert_true(tlscert_has(&c, "fd00::5"));
    unit_ok(flow_cert_renew(dir, false, NULL, &e), &e);
    c = facts(dir);
    assert_true(tlscert_has(&c, "fd00::5"));
    assert_false(tlscert_has(&c, "192.0.2.7"));
}

static void test_flow_cert__an_address_that_is_gone_changes_nothing(void **state)
{
    struct tlscert first;
    struct err e = ERR_INIT;

    home(*state);
    unit_ok(flow_cert_ensure(*state, NODE, "192.0.2.7", &e), &e);
    first = facts(*state);
    unit_ok(flow_cert_ensure(*state, NODE, "", &e), &e);
    assert_string_equal(facts(*state).fingerprint, first.fingerprint);
}

/* Cut off between key and certificate, or the certificate damaged: made again. */
static void test_flow_cert__one_without_its_key_is_made_again(void **state)
{
    AUTO_MEM char *key = fs_path(*state, FLOW_CERT_KEY);
    AUTO_MEM char *pem = fs_path(*state, FLOW_CERT_PEM);
    struct tlscert first, second;
    struct err e = ERR_INIT;

    home(*state);
    unit_ok(flow_cert_ensure(*state, NODE, "", &e), &e);
    first = facts(*state);
    unit_ok(fs_unlink(key, &e), &e);
    unit_ok(flow_cert_ensure(*state, NODE, "", &e), &e);
    second = facts(*state);
    assert_string_not_equal(first.pin, second.pin);
    assert_true(tlscert_fits(key, pem));
    unit_ok(fs_write_file(pem, "cut", 3, &e), &e);
    unit_ok(flow_cert_ensure(*state, NODE, "", &e), &e);
    assert_string_equal(facts(*state).pin, second.pin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_flow_cert__is_made_once),
        unit_case(test_flow_cert__a_new_address_keeps_the_key_and_the_old_names),
        unit_case(test_flow_cert__names_no_address_that_will_be_another_one),
        unit_case(test_flow_cert__an_address_that_is_gone_changes_nothing),
        unit_case(test_flow_cert__one_without_its_key_is_made_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
