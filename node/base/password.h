/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_PASSWORD_H
#define SOHOA_BASE_PASSWORD_H

#include <stdbool.h>

#include "node/base/auto.h"

struct err;

/* Passwords by Argon2id (libsodium, 64 MiB, 3 passes: about half a second). */
#define PASSWORD_HASH_MAX 128
#define PASSWORD_MIN      8   /* characters' bytes */
#define PASSWORD_MAX      256 /* bytes */

/** password_hash - text form with its salt and cost. ERR_PASSWORD: too short or long.
 */
MUST_CHECK int password_hash(const char *password, char out[PASSWORD_HASH_MAX],
                             struct err *e);
/** password_check - equal time whether right or wrong. */
MUST_CHECK bool password_check(const char *password, const char *hash);

#endif
