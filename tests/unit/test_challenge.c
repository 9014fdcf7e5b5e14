/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/challenge.h"

#include <fcntl.h>

#include "node/base/hash.h"
#include "node/base/sign.h"
#include "node/base/str.h"
#include "tests/unit/unit.h"

/* As sync/README.md says. */
static const char NONCE[] =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
static const char PROOF[] =
    "a909435c0e055351ffb781d9f84d265c5ee1c63ec8d37e88e6aaebfd76c8eedb";

static void proof_of(void **state, const char *bytes, const char *nonce,
                     char proof[HASH_HEX])
{
    AUTO_MEM char *path = fs_path(*state, "object");
    struct err e = ERR_INIT;
    AUTO_FD int fd = -1;

    unit_ok(fs_write_file(path, bytes, strlen(bytes), &e), &e);
    fd = fs_open(path, O_RDONLY, 0, &e);
    assert_true(fd >= 0);
    unit_ok(challenge_proof(fd, path, nonce, NULL, NULL, proof, &e), &e);
}

static void test_challenge__proof_is_as_written(void **state)
{
    char proof[HASH_HEX];

    proof_of(state, "hello world", NONCE, proof);
    assert_string_equal(proof, PROOF);
}

static void test_challenge__another_byte_or_nonce_is_another_proof(void **state)
{
    char proof[HASH_HEX], nonce[HASH_HEX], again[HASH_HEX];
    struct err e = ERR_INIT;

    proof_of(state, "hello worlD", NONCE, proof);
    assert_string_not_equal(proof, PROOF);
    unit_ok(challenge_nonce(nonce, &e), &e);
    unit_ok(challenge_nonce(again, &e), &e);
    assert_string_not_equal(nonce, again);
    proof_of(state, "hello world", nonce, proof);
    assert_string_not_equal(proof, PROOF);
}

static void test_challenge__a_nonce_that_is_none(void **state)
{
    char proof[HASH_HEX];
    struct err e = ERR_INIT;
    AUTO_FD int fd = fs_open("/dev/null", O_RDONLY, 0, &e);

    (void)state;
    unit_fails(challenge_proof(fd, "x", "0001", NULL, NULL, proof, &e), ERR_USAGE, &e);
}

static int stop(void *ctx, struct err *e)
{
    (void)ctx;
    return err_set(e, ERR_LINE, "stopped");
}

static void test_challenge__can_be_stopped(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "object");
    char proof[HASH_HEX];
    struct err e = ERR_INIT;
    AUTO_FD int fd = -1;

    unit_ok(fs_write_file(path, "hello", 5, &e), &e);
    fd = fs_open(path, O_RDONLY, 0, &e);
    unit_fails(challenge_proof(fd, path, NONCE, stop, NULL, proof, &e), ERR_LINE, &e);
}

static void test_challenge__a_signed_word_is_for_this_question(void **state)
{
    static const char hex[] =
        "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";
    const struct challenge c = {
        .node = "0123456789abcdef0123456789abcdef", .hex = hex, .nonce = NONCE};
    struct challenge other = c;
    struct sign_secret key, stranger;
    AUTO_STR struct str line = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str three = STR_INIT(STR_LINE_MAX);
    int64_t copies = 0;
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(sign_generate(&key, &e), &e);
    unit_ok(sign_generate(&stranger, &e), &e);
    challenge_sign(&c, PROOF, 2, &key, &line);
    assert_true(challenge_signed(&c, str_text(&line), PROOF, &key.pub, &copies));
    assert_int_equal(copies, 2);
    assert_false(challenge_signed(&c, str_text(&line), hex, &key.pub, &copies));
    assert_false(challenge_signed(&c, str_text(&line), PROOF, &stranger.pub, &copies));
    other.nonce = hex; /* said before, to another question */
    assert_false(challenge_signed(&other, str_text(&line), PROOF, &key.pub, &copies));
    other = c;
    other.hex = NONCE;
    assert_false(challenge_signed(&other, str_text(&line), PROOF, &key.pub, &copies));
    other = c;
    other.node = "ffffffffffffffffffffffffffffffff";
    assert_false(challenge_signed(&other, str_text(&line), PROOF, &key.pub, &copies));
    str_addf(&three, "signed %s 3 %s", PROOF, strrchr(str_text(&line), ' ') + 1);
    assert_false(challenge_signed(&c, str_text(&three), PROOF, &key.pub, &copies));
    assert_false(challenge_signed(&c, "signed", PROOF, &key.pub, &copies));
    assert_false(challenge_signed(&c, "", PROOF, &key.pub, &copies));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_challenge__proof_is_as_written),
        unit_case(test_challenge__another_byte_or_nonce_is_another_proof),
        unit_case(test_challenge__a_nonce_that_is_none),
        unit_case(test_challenge__can_be_stopped),
        unit_case(test_challenge__a_signed_word_is_for_this_question),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
