/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_DEFLATE_H
#define SOHOA_BASE_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct str;

/* Small blocks of memory through zlib (RFC 1950), level 9. */

/** deflate_pack - append @len compressed bytes to @out. Beyond its maximum: @out->over.
 */
void deflate_pack(const void *data, size_t len, struct str *out);

/**
 * deflate_unpack - append what @data holds to @out, at most out->max bytes in all.
 * Nothing may follow the compressed stream.
 * Return: 0, or -1 and @e: ERR_LIMIT (more than that), ERR_WORKER_PROTOCOL (damaged).
 */
MUST_CHECK int deflate_unpack(const void *data, size_t len, struct str *out,
                              struct err *e);

/**
 * struct deflate_in - a compressed stream inside something longer, looked at piece by
 * piece in constant memory: its end is found by inflating it.
 */
struct deflate_in;

struct deflate_in *deflate_in_new(void); /* owned, deflate_in_free(). Never NULL. */
void deflate_in_free(struct deflate_in *d);
void deflate_in_auto(struct deflate_in **d);
#define AUTO_DEFLATE AUTO(deflate_in_auto)
void deflate_in_reset(struct deflate_in *d); /* ready for the next stream */

/**
 * deflate_in_step - take some of @data, inflate into a scratch buffer and drop it.
 * @used: bytes taken of @data. @made: bytes they became, at most DEFLATE_STEP_MAX.
 * Return: 1 the stream ended, 0 it goes on, -1 it is damaged.
 */
#define DEFLATE_STEP_MAX ((size_t)1 << 16)
MUST_CHECK int deflate_in_step(struct deflate_in *d, const void *data, size_t len,
                               size_t *used, size_t *made);

/** deflate_in_view - the bytes of the last step. view, until the next one. */
const void *deflate_in_view(const struct deflate_in *d);

/**
 * struct deflate_out - the way back: a stream made piece by piece in constant memory.
 * @small: at zlib's usual level; else as it is, in stored blocks: for what does not
 * shrink that costs a hundredth, and some bytes in 64 KiB.
 */
struct deflate_out;

struct deflate_out *deflate_out_new(bool small); /* owned. Never NULL. */
void deflate_out_free(struct deflate_out *d);
void deflate_out_auto(struct deflate_out **d);
void deflate_out_reset(struct deflate_out *d); /* ready for the next stream */
/** deflate_out_add - give some; whole until deflate_out_step() says that it is through.
 * @last: nothing comes after it. */
void deflate_out_add(struct deflate_out *d, const void *data, size_t len, bool last);
/**
 * deflate_out_step - make some of the stream.
 * @out: view of them, until the next call. @made: 0 only when all given is through.
 */
void deflate_out_step(struct deflate_out *d, const void **out, size_t *made);

#endif
