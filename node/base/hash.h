/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_HASH_H
#define SOHOA_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;

/* SHA-256 by libcrypto: the name of all content, checkable with sha256sum. */
#define HASH_LEN 32
#define HASH_HEX 65 /* 64 lower-case digits and NUL */

struct hash; /* a running hash */

struct hash *hash_new(void); /* owned, hash_free(). Never NULL. */
void hash_free(struct hash *h);
void hash_auto(struct hash **h);
#define AUTO_HASH AUTO(hash_auto)
void hash_add(struct hash *h, const void *data, size_t len);
/** hash_end - the result as hex; @h can only be freed afterwards. */
void hash_end(struct hash *h, char hex[HASH_HEX]);
void hash_end_raw(struct hash *h, unsigned char raw[HASH_LEN]);

void hash_bytes(const void *data, size_t len, char hex[HASH_HEX]);
void hash_bytes_raw(const void *data, size_t len, unsigned char raw[HASH_LEN]);
/** hash_fd - from the present position to the end. @size: bytes read, may be NULL. */
MUST_CHECK int hash_fd(int fd, const char *name, char hex[HASH_HEX], uint64_t *size,
                       struct err *e);
MUST_CHECK int hash_file(const char *path, char hex[HASH_HEX], uint64_t *size,
                         struct err *e);

/*
 * SHA-1, by which git names objects and ends packs: it tells what was damaged by
 * chance, and proves nothing.
 */
#define HASH_GIT_LEN 20
struct hash *hash_new_git(void); /* owned, hash_free(); takes hash_add() */
void hash_end_git(struct hash *h, unsigned char raw[HASH_GIT_LEN]);

/** hash_hex - @len bytes as 2·len lower-case digits and NUL. */
void hash_hex(const void *raw, size_t len, char *hex);
/** hash_unhex - the way back. False unless @hex is exactly 2·len lower-case digits. */
MUST_CHECK bool hash_unhex(const char *hex, void *raw, size_t len);
/** hash_is_hex - @text is exactly @digits lower-case hex digits. */
bool hash_is_hex(const char *text, size_t digits);

#endif
