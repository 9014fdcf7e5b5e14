/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_SEALBOX_H
#define SOHOA_BASE_SEALBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"
#include "node/base/sign.h"

struct err;

/*
 * A stream that only its receiver opens, by libsodium: a fresh key, wrapped for each
 * receiver with crypto_box_seal (X25519 made from the node's Ed25519 key), and chunks
 * of crypto_secretstream_xchacha20poly1305. A chunk that is changed, missing, doubled
 * or out of order does not open; a stream without its final chunk is known as cut off.
 */
#define SEALBOX_KEY  32
#define SEALBOX_BOX  (SEALBOX_KEY + 48) /* a wrapped key */
#define SEALBOX_HEAD 24
#define SEALBOX_CHUNK                                                                  \
    ((size_t)1 << 16)             /* bytes of text in every chunk but the last         \
                                   */
#define SEALBOX_MORE ((size_t)17) /* a sealed chunk is longer by these */

/** struct sealbox_key - the key of one stream. sealbox_key_wipe(). */
struct sealbox_key {
    unsigned char key[SEALBOX_KEY];
};
void sealbox_key_make(struct sealbox_key *out);
void sealbox_key_wipe(struct sealbox_key *k);
#define AUTO_SEALBOX_KEY AUTO(sealbox_key_wipe)

/** sealbox_wrap - @k so that only the holder of @to's secret half has it. ERR_KEY. */
MUST_CHECK int sealbox_wrap(const struct sign_public *to, const struct sealbox_key *k,
                            unsigned char box[SEALBOX_BOX], struct err *e);
/** sealbox_unwrap - the way back. ERR_SEAL: @box was not made for @own, or changed. */
MUST_CHECK int sealbox_unwrap(const struct sign_secret *own,
                              const unsigned char box[SEALBOX_BOX],
                              struct sealbox_key *out, struct err *e);

struct sealbox; /* one stream, in one direction */
void sealbox_free(struct sealbox *s);
void sealbox_auto(struct sealbox **s);
#define AUTO_SEALBOX AUTO(sealbox_auto)

/** sealbox_seal_new - begin to seal. @head: to be put in front. owned, never NULL. */
struct sealbox *sealbox_seal_new(const struct sealbox_key *k,
                                 unsigned char head[SEALBOX_HEAD]);
/** sealbox_seal - one chunk of at most SEALBOX_CHUNK bytes; @out takes @len +
 * SEALBOX_MORE. @bound: text that both ends must have alike; NULL and 0: none. */
void sealbox_seal(struct sealbox *s, const void *data, size_t len, const void *bound,
                  size_t bound_len, bool last, unsigned char *out);

/** sealbox_open_new - begin to open what begins with @head. owned. ERR_SEAL. */
MUST_CHECK int sealbox_open_new(const struct sealbox_key *k,
                                const unsigned char head[SEALBOX_HEAD],
                                struct sealbox **out, struct err *e);
/** sealbox_open - one sealed chunk; @out takes @len - SEALBOX_MORE. ERR_SEAL: it is not
 * the next one, whole. */
MUST_CHECK int sealbox_open(struct sealbox *s, const unsigned char *data, size_t len,
                            const void *bound, size_t bound_len, void *out, bool *last,
                            struct err *e);

#endif
