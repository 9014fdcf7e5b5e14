/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_USER_H
#define SOHOA_STORE_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/role.h"

struct err;
struct store;

#define STORE_USER_PASSWORD_MAX 200 /* of the hash, never of a password */

struct store_user {
    char name[USER_NAME_MAX];
    enum role role;
    bool active;
    int64_t created;
    char password[STORE_USER_PASSWORD_MAX]; /* Argon2id hash, "": none, no login */
};

/** store_user_add - ERR_USER_EXISTS, ERR_USER_NAME. Transaction. */
MUST_CHECK int store_user_add(struct store *s, const char *name, enum role role,
                              const char *password_hash, int64_t now, struct err *e);
/** store_user_set - change role, hash (NULL: keep) or activity. ERR_USER_ABSENT. */
MUST_CHECK int store_user_set(struct store *s, const char *name, enum role role,
                              const char *password_hash, bool active, struct err *e);
/** store_user_get - 1 found, 0 absent, -1. */
MUST_CHECK int store_user_get(struct store *s, const char *name, struct store_user *out,
                              struct err *e);
/**
 * store_user_may - the user exists, is active and the role allows @act.
 * Return: 0, or -1 and @e: ERR_USER_ABSENT, ERR_USER_RIGHT.
 */
MUST_CHECK int store_user_may(struct store *s, const char *name, enum role_act act,
                              struct err *e);
typedef int store_user_fn(void *ctx, const struct store_user *u, struct err *e);
MUST_CHECK int store_user_each(struct store *s, store_user_fn *each, void *ctx,
                               struct err *e);

#endif
