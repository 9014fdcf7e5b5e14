/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/tlscert.h"

#include <sys/stat.h>

#include "node/base/clock.h"
#include "tests/unit/unit.h"

#define NAMES 3

struct place {
    char *key, *pem;
};

static void place_auto(struct place *p)
{
    mem_free(p->key);
    mem_free(p->pem);
}

static struct place in(const char *dir)
{
    return (struct place){.key = fs_path(dir, "tls.key"),
                          .pem = fs_path(dir, "tls.pem")};
}

static void make(const struct place *p, bool new_key, size_t names, struct tlscert *out)
{
    char all[NAMES][TLSCERT_NAME_MAX] = {"hoa-phu", "192.168.1.5", "fd00::5"};
    struct err e = ERR_INIT;

    unit_ok(tlscert_make(p->key, p->pem, "sohoa 12345678", all, names, new_key, &e),
            &e);
    unit_ok(tlscert_read(p->pem, out, &e), &e);
}

static void test_tlscert__says_who_it_is_for_and_lasts(void **state)
{
    AUTO(place_auto) struct place p = in(*state);
    struct tlscert c;
    struct stat st;

    make(&p, false, NAMES, &c);
    assert_int_equal(c.count, NAMES);
    assert_true(tlscert_has(&c, "hoa-phu"));
    assert_true(tlscert_has(&c, "192.168.1.5"));
    assert_true(tlscert_has(&c, "fd00::5"));
    assert_false(tlscert_has(&c, "192.168.1.6"));
    assert_true(c.until > clock_now() + INT64_C(10) * 365 * 86400);
    assert_int_equal(strlen(c.fingerprint), 64);
    assert_true(tlscert_fits(p.key, p.pem));
    assert_int_equal(stat(p.key, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_tlscert__made_again_keeps_its_key(void **state)
{
    AUTO(place_auto) struct place p = in(*state);
    struct tlscert first, again, other;

    make(&p, false, 1, &first);
    make(&p, false, 2, &again);
    assert_string_equal(first.pin, again.pin);
    assert_string_not_equal(first.fingerprint, again.fingerprint);
    make(&p, true, 2, &other);
    assert_string_not_equal(first.pin, other.pin);
    assert_true(tlscert_fits(p.key, p.pem));
}

static void test_tlscert__what_is_none_is_told(void **state)
{
    AUTO(place_auto) struct place p = in(*state);
    AUTO_MEM char *other = fs_path(*state, "other.key");
    char names[1][TLSCERT_NAME_MAX] = {"x"};
    char many[TLSCERT_NAMES_MAX + 1][TLSCERT_NAME_MAX] = {"x"};
    struct tlscert c;
    struct err e = ERR_INIT;

    unit_fails(tlscert_read(p.pem, &c, &e), ERR_NOT_FOUND, &e);
    assert_false(tlscert_fits(p.key, p.pem));
    unit_ok(fs_write_file(p.key, "no key", 6, &e), &e);
    unit_ok(fs_write_file(p.pem, "no certificate", 14, &e), &e);
    unit_fails(tlscert_read(p.pem, &c, &e), ERR_KEY, &e);
    unit_fails(tlscert_make(p.key, p.pem, "x", names, 1, false, &e), ERR_KEY, &e);
    unit_fails(tlscert_make(p.key, p.pem, "x", many, TLSCERT_NAMES_MAX + 1, true, &e),
               ERR_LIMIT, &e);
    make(&p, true, 1, &c);
    unit_ok(tlscert_make(other, p.pem, "x", names, 1, false, &e), &e);
    assert_false(tlscert_fits(p.key, p.pem));
    assert_true(tlscert_fits(other, p.pem));
}

static void test_tlscert__names_are_names(void **state)
{
    static const char *const GOOD[] = {"a", "hoa-phu.local", "10.0.0.1", "::1", "2.b"};
    static const char *const BAD[] = {"",    "-a",  ".a",           "a..b", "A",
                                      "a_b", "a b", "a,IP:1.2.3.4", "a\n",  "[::1]"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++)
        assert_true(tlscert_name_good(GOOD[i]));
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        if (tlscert_name_good(BAD[i]))
            fail_msg("%s", BAD[i]);
}

static void test_tlscert__grouped_for_the_eye(void **state)
{
    char hex[TLSCERT_HEX];
    char out[TLSCERT_GROUPED];

    (void)state;
    memset(hex, 'a', sizeof hex - 1);
    hex[sizeof hex - 1] = '\0';
    tlscert_grouped(hex, out);
    assert_int_equal(strlen(out), 64 + 15);
    assert_memory_equal(out, "aaaa aaaa ", 10);
    tlscert_grouped("ab12cd", out);
    assert_string_equal(out, "ab12 cd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_tlscert__says_who_it_is_for_and_lasts),
        unit_case(test_tlscert__made_again_keeps_its_key),
        unit_case(test_tlscert__what_is_none_is_told),
        cmocka_unit_test(test_tlscert__names_are_names),
        cmocka_unit_test(test_tlscert__grouped_for_the_eye),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
