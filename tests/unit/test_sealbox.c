/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/sealbox.h"

#include "tests/unit/sync_help.h"

#define CHUNKS 3
#define SMALL  ((size_t)100)
#define LONG   (SMALL + SEALBOX_MORE)

/* Three small chunks of a stream. */
struct stream {
    struct sealbox_key key;
    unsigned char head[SEALBOX_HEAD];
    unsigned char sealed[CHUNKS][LONG];
};

static void seal(struct stream *s)
{
    AUTO_SEALBOX struct sealbox *b = NULL;
    unsigned char text[SMALL];

    sealbox_key_make(&s->key);
    b = sealbox_seal_new(&s->key, s->head);
    for (int i = 0; i < CHUNKS; i++) {
        memset(text, 'a' + i, sizeof text);
        sealbox_seal(b, text, sizeof text, i ? NULL : "bound", i ? 0 : 5,
                     i == CHUNKS - 1, s->sealed[i]);
    }
}

/* How many chunks open, in the order given. @last: of the last that did. */
static int opens(const struct stream *s, const int *order, int count, const char *bound,
                 bool *last)
{
    AUTO_SEALBOX struct sealbox *b = NULL;
    unsigned char text[SMALL];
    struct err e = ERR_INIT;

    OK(sealbox_open_new(&s->key, s->head, &b, &e));
    for (int i = 0; i < count; i++) {
        if (sealbox_open(b, s->sealed[order[i]], LONG, i ? NULL : bound, i ? 0 : 5,
                         text, last, &e) < 0) {
            assert_int_equal(e.code, ERR_SEAL);
            return i;
        }
        assert_int_equal(text[0], 'a' + order[i]);
        assert_int_equal(text[SMALL - 1], 'a' + order[i]);
    }
    return count;
}

static void test_sealbox__opens_in_order_only(void **state)
{
    struct stream s;
    bool last = false;

    (void)state;
    seal(&s);
    assert_int_equal(opens(&s, (int[]){0, 1, 2}, 3, "bound", &last), 3);
    assert_true(last);
    assert_int_equal(opens(&s, (int[]){0, 1}, 2, "bound", &last), 2);
    assert_false(last); /* cut off: known by what is missing */
    assert_int_equal(opens(&s, (int[]){0, 2, 1}, 3, "bound", &last), 1);
    assert_int_equal(opens(&s, (int[]){0, 0}, 2, "bound", &last), 1);
    assert_int_equal(opens(&s, (int[]){1}, 1, "bound", &last), 0);
    assert_int_equal(opens(&s, (int[]){0}, 1, "other", &last), 0);
}

static void test_sealbox__a_flipped_bit_does_not_open(void **state)
{
    struct stream s;
    bool last;

    (void)state;
    seal(&s);
    for (int c = 0; c < CHUNKS; c++)
        for (size_t at = 0; at < LONG; at++) {
            unsigned char bit = (unsigned char)(1u << (at % 8));

            s.sealed[c][at] ^= bit;
            assert_int_equal(opens(&s, (int[]){0, 1, 2}, 3, "bound", &last), c);
            s.sealed[c][at] ^= bit;
        }
    for (size_t at = 0; at < SEALBOX_HEAD; at++) {
        s.head[at] ^= 1;
        assert_int_equal(opens(&s, (int[]){0}, 1, "bound", &last), 0);
        s.head[at] ^= 1;
    }
}

static void test_sealbox__sizes_of_chunks_are_bounded(void **state)
{
    struct stream s;
    AUTO_SEALBOX struct sealbox *b = NULL;
    unsigned char text[SMALL];
    bool last;
    struct err e = ERR_INIT;

    (void)state;
    seal(&s);
    OK(sealbox_open_new(&s.key, s.head, &b, &e));
    FAILS(sealbox_open(b, s.sealed[0], SEALBOX_MORE - 1, NULL, 0, text, &last, fe),
          ERR_SEAL);
    FAILS(sealbox_open(b, s.sealed[0], SEALBOX_CHUNK + SEALBOX_MORE + 1, NULL, 0, text,
                       &last, fe),
          ERR_SEAL);
}

static void test_sealbox__only_the_receiver_has_the_key(void **state)
{
    AUTO_SECRET struct sign_secret to;
    AUTO_SECRET struct sign_secret other;
    struct sealbox_key key, got;
    unsigned char box[SEALBOX_BOX];
    struct err e = ERR_INIT;

    (void)state;
    OK(sign_generate(&to, &e));
    OK(sign_generate(&other, &e));
    sealbox_key_make(&key);
    OK(sealbox_wrap(&to.pub, &key, box, &e));
    OK(sealbox_unwrap(&to, box, &got, &e));
    assert_memory_equal(got.key, key.key, sizeof key.key);
    FAILS(sealbox_unwrap(&other, box, &got, fe), ERR_SEAL);
    box[3] ^= 1;
    FAILS(sealbox_unwrap(&to, box, &got, fe), ERR_SEAL);
    memset(to.pub.key, 0, sizeof to.pub.key); /* no point of the curve */
    FAILS(sealbox_wrap(&to.pub, &key, box, fe), ERR_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sealbox__opens_in_order_only),
        cmocka_unit_test(test_sealbox__a_flipped_bit_does_not_open),
        cmocka_unit_test(test_sealbox__sizes_of_chunks_are_bounded),
        cmocka_unit_test(test_sealbox__only_the_receiver_has_the_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
