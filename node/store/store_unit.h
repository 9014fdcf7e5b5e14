/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_UNIT_H
#define SOHOA_STORE_UNIT_H

#include "node/base/auto.h"
#include "node/record/unit.h"

struct err;
struct store;

/** store_unit_put - add or replace one unit by (code, valid_from). Transaction.
 * @changed: 1 new, 2 changed, 0 the same. May be NULL. */
MUST_CHECK int store_unit_put(struct store *s, const struct unit *u, int *changed,
                              struct err *e);
/** store_unit_get - by full key. 1 found, 0 absent, -1. */
MUST_CHECK int store_unit_get(struct store *s, const char *code, const char *valid_from,
                              struct unit *out, struct err *e);
/**
 * store_unit_resolve - "CODE" or "CODE-YYYY-MM-DD" to the unit meant.
 * A code alone is the unit valid on @today (ISO date); when the table does not know the
 * code at all, (CODE, UNIT_FROM_DEFAULT) without a name.
 * Return: 1 known, 0 not in the table (@out is filled all the same), -1 and @e:
 * ERR_UNIT when @text is no unit.
 */
MUST_CHECK int store_unit_resolve(struct store *s, const char *text, const char *today,
                                  struct unit *out, struct err *e);
/** store_unit_name - name of a unit, its code when it has none. */
MUST_CHECK int store_unit_name(struct store *s, const char *code,
                               const char *valid_from, char out[UNIT_NAME_MAX],
                               struct err *e);
/** store_unit_each - all in order of code and date. @parent: NULL, or only its
 * children.
 */
typedef int store_unit_fn(void *ctx, const struct unit *u, struct err *e);
MUST_CHECK int store_unit_each(struct store *s, const char *parent, store_unit_fn *each,
                               void *ctx, struct err *e);

#endif
