/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/tlspin.h"

#include <string.h>

#include "tests/unit/unit.h"

/* openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x; the
 * pin by openssl too, as the header says. */
static const char PEM[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBbjCCARWgAwIBAgIUNkkJJAdvP4pGdHRvM7VvGZPye6AwCgYIKoZIzj0EAwIw\n"
    "DDEKMAgGA1UEAwwBeDAgFw0yNjExMzAwNjU2MDRaGA8yMTI2MTEwNjA2NTYwNFow\n"
    "DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFGa/lAWpSph\n"
    "MXAuSqFnTovC//fModmqHWnD67zHo53qtCH2G3YHPlxfQ5Lf77wxPNFrYTuqGxRI\n"
    "TBNEngl1wn2jUzBRMB0GA1UdDgQWBBQD5UZkcwgk5t/uBSYcW3ifXp7HtDAfBgNV\n"
    "HSMEGDAWgBQD5UZkcwgk5t/uBSYcW3ifXp7HtDAPBgNVHRMBAf8EBTADAQH/MAoG\n"
    "CCqGSM49BAMCA0cAMEQCIQCW9Xuj87wXx4nFRg0VsFfB+2xqWhIhytvutBQjfXh/\n"
    "fwIfATOczkhR7M9SC4UtZe7KnHUt6RsXB9SFcsBZvLsCGg==\n"
    "-----END CERTIFICATE-----\n";
#define PIN "tls-sha256 eBsAJtTQUk7kbUeW+fjHolKSyUmSbFlbL8rPsTUB0TM="

static void test_tlspin__of_a_certificate(void **state)
{
    char line[TLSPIN_MAX];
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(tlspin_of_certificate(PEM, strlen(PEM), line, &e), &e);
    assert_string_equal(line, PIN);
    assert_true(tlspin_is(line));
    assert_string_equal(tlspin_value(line), PIN + strlen("tls-sha256 "));
}

static void test_tlspin__of_nothing_else(void **state)
{
    struct err e = ERR_INIT;
    char line[TLSPIN_MAX];

    (void)state;
    unit_fails(tlspin_of_certificate("", 0, line, &e), ERR_KEY, &e);
    unit_fails(tlspin_of_certificate(PEM, strlen(PEM) / 2, line, &e), ERR_KEY, &e);
    unit_fails(tlspin_of_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n"
                                     "-----END CERTIFICATE-----\n",
                                     58, line, &e),
               ERR_KEY, &e);
}

static void test_tlspin__lines(void **state)
{
    static const char *const bad[] = {
        "",
        "tls-sha256",
        "tls-sha256 ",
        "tls-sha256 AAAA",
        "ssh-ed25519 AAAA",
        "tls-sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "tls-sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "tls-sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        "tls-sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA;=",
        "tls-sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= x",
    };

    (void)state;
    assert_true(tlspin_is("tls-sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(tlspin_is(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tlspin__of_a_certificate),
        cmocka_unit_test(test_tlspin__of_nothing_else),
        cmocka_unit_test(test_tlspin__lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
