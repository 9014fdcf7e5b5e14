/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/password.h"

static void test_password__hashes_and_checks(void **state)
{
    char one[PASSWORD_HASH_MAX];
    char two[PASSWORD_HASH_MAX];
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(password_hash("một hai ba", one, &e), 0);
    assert_int_equal(password_hash("một hai ba", two, &e), 0);
    assert_int_equal(strncmp(one, "$argon2id$", 10), 0);
    assert_string_not_equal(one, two);
    assert_true(password_check("một hai ba", one));
    assert_true(password_check("một hai ba", two));
    assert_false(password_check("một hai bo", one));
    assert_false(password_check("", one));
    assert_false(password_check("một hai ba", ""));
    assert_false(password_check("một hai ba", "$argon2id$"));
}

static void test_password__refuses_what_is_too_short_or_long(void **state)
{
    char out[PASSWORD_HASH_MAX] = "old";
    char longest[PASSWORD_MAX + 2];
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(password_hash("1234567", out, &e), -1);
    assert_int_equal(e.code, ERR_PASSWORD);
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(password_hash(longest, out, &e), -1);
    assert_int_equal(e.code, ERR_PASSWORD);
    assert_string_equal(out, "old");
    assert_false(password_check(longest, "$argon2id$v=19$m=65536,t=3,p=1$"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password__hashes_and_checks),
        cmocka_unit_test(test_password__refuses_what_is_too_short_or_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
