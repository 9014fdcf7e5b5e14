/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/sealbox.h"

#include <assert.h>
#include <sodium.h>

#include "node/base/err.h"
#include "node/base/mem.h"

#define STREAM(name) crypto_secretstream_xchacha20poly1305_##name

_Static_assert(SEALBOX_KEY == STREAM(KEYBYTES), "key of a stream");
_Static_assert(SEALBOX_BOX == SEALBOX_KEY + crypto_box_SEALBYTES, "wrapped key");
_Static_assert(SEALBOX_HEAD == STREAM(HEADERBYTES), "head of a stream");
_Static_assert(SEALBOX_MORE == STREAM(ABYTES), "what a chunk has more");

struct sealbox {
    STREAM(state) state;
};

/* A pair of X25519; the secret half never lies in freed memory. */
struct pair {
    unsigned char pub[crypto_box_PUBLICKEYBYTES];
    unsigned char secret[crypto_box_SECRETKEYBYTES];
};

static void pair_wipe(struct pair *p)
{
    mem_wipe(p, sizeof *p);
}

void sealbox_key_make(struct sealbox_key *out)
{
    int rc = sodium_init();

    assert(rc >= 0);
    STREAM(keygen)(out->key);
}

void sealbox_key_wipe(struct sealbox_key *k)
{
    mem_wipe(k, sizeof *k);
}

int sealbox_wrap(const struct sign_public *to, const struct sealbox_key *k,
                 unsigned char box[SEALBOX_BOX], struct err *e)
{
    unsigned char pub[crypto_box_PUBLICKEYBYTES];

    if (sodium_init() < 0 || crypto_sign_ed25519_pk_to_curve25519(pub, to->key) != 0 ||
        crypto_box_seal(box, k->key, sizeof k->key, pub) != 0)
        return err_set(e, ERR_KEY, "%s", "sealing");
    return 0;
}

int sealbox_unwrap(const struct sign_secret *own, const unsigned char box[SEALBOX_BOX],
                   struct sealbox_key *out, struct err *e)
{
    AUTO(pair_wipe) struct pair p = {{0}, {0}};

    if (sodium_init() < 0 ||
        crypto_sign_ed25519_pk_to_curve25519(p.pub, own->pub.key) != 0 ||
        crypto_sign_ed25519_sk_to_curve25519(p.secret, own->key) != 0 ||
        crypto_box_seal_open(out->key, box, SEALBOX_BOX, p.pub, p.secret) != 0)
        return err_set(e, ERR_SEAL, "%s", "key");
    return 0;
}

void sealbox_free(struct sealbox *s)
{
    if (s)
        mem_wipe(s, sizeof *s);
    mem_free(s);
}

void sealbox_auto(struct sealbox **s)
{
    sealbox_free(*s);
}

struct sealbox *sealbox_seal_new(const struct sealbox_key *k,
                                 unsigned char head[SEALBOX_HEAD])
{
    struct sealbox *s = mem_new(1, sizeof *s);
    int rc = STREAM(init_push)(&s->state, head, k->key);

    assert(rc == 0);
    return s;
}

void sealbox_seal(struct sealbox *s, const void *data, size_t len, const void *bound,
                  size_t bound_len, bool last, unsigned char *out)
{
    int rc;

    assert(len <= SEALBOX_CHUNK);
    rc = STREAM(push)(&s->state, out, NULL, data, len, bound, bound_len,
                      last ? STREAM(TAG_FINAL) : STREAM(TAG_MESSAGE));
    assert(rc == 0);
}

int sealbox_open_new(const struct sealbox_key *k,
                     const unsigned char head[SEALBOX_HEAD], struct sealbox **out,
                     struct err *e)
{
    AUTO_SEALBOX struct sealbox *s = mem_new(1, sizeof *s);

    if (sodium_init() < 0 || STREAM(init_pull)(&s->state, head, k->key) != 0)
        return err_set(e, ERR_SEAL, "%s", "head");
    *out = TAKE(s);
    return 0;
}

int sealbox_open(struct sealbox *s, const unsigned char *data, size_t len,
                 const void *bound, size_t bound_len, void *out, bool *last,
                 struct err *e)
{
    unsigned char tag = 0;

    if (len < SEALBOX_MORE || len > SEALBOX_CHUNK + SEALBOX_MORE ||
        STREAM(pull)(&s->state, out, NULL, &tag, data, len, bound, bound_len) != 0)
        return err_set(e, ERR_SEAL, "%s", "chunk");
    *last = tag == STREAM(TAG_FINAL);
    return 0;
}
