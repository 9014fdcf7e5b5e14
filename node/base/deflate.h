/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_DEFLATE_H
#define SOHOA_BASE_DEFLATE_H

#include <stddef.h>

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

#endif
