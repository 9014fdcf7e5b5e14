/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_DOSSIER_H
#define SOHOA_STORE_DOSSIER_H

#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/dossier.h"

struct card;
struct err;
struct store;

/**
 * store_dossier_add - a new one; its name comes from the counter of @node.
 * @d: checked with dossier_check(); name, id and rev are set. Transaction.
 * ERR_DOSSIER, ERR_DOSSIER_EXISTS (the same volume of the same register of the unit).
 */
MUST_CHECK int store_dossier_add(struct store *s, const char *node, struct dossier *d,
                                 struct err *e);
/** store_dossier_get - 1 found (@out: dossier_clear()), 0 absent, -1. */
MUST_CHECK int store_dossier_get(struct store *s, const char *name, struct dossier *out,
                                 struct err *e);
typedef int store_dossier_fn(void *ctx, const struct dossier *d, struct err *e);
MUST_CHECK int store_dossier_each(struct store *s, store_dossier_fn *each, void *ctx,
                                  struct err *e);
/** store_dossier_change - another title (NULL: as it was), first and last number (-1:
 * as it was). ERR_DOSSIER_ABSENT, ERR_DOSSIER. Transaction. */
MUST_CHECK int store_dossier_change(struct store *s, const char *name,
                                    const char *title, int64_t from, int64_t to,
                                    struct err *e);
/** store_dossier_close - write the count found at closing. ERR_DOSSIER_ABSENT,
 * ERR_DOSSIER_CLOSED. Transaction. */
MUST_CHECK int store_dossier_close(struct store *s, const char *name, int64_t count,
                                   struct err *e);
/** store_dossier_gap - explain numbers @from to @to. Transaction. */
MUST_CHECK int store_dossier_gap(struct store *s, const char *name, int64_t from,
                                 int64_t to, enum dossier_why why, const char *actor,
                                 int64_t now, struct err *e);
/** store_dossier_card - the card of its present revision. @out: card_clear(). */
MUST_CHECK int store_dossier_card(struct store *s, const char *name, struct card *out,
                                  struct err *e);
/** store_dossier_unsealed - names of those whose present revision no sealed meta bundle
 * carries yet, in order. */
typedef int store_dossier_name_fn(void *ctx, const char *name, struct err *e);
MUST_CHECK int store_dossier_unsealed(struct store *s, store_dossier_name_fn *each,
                                      void *ctx, struct err *e);
/** store_dossier_sealed - revision @rev went into a sealed bundle. Transaction. */
MUST_CHECK int store_dossier_sealed(struct store *s, const char *name, int64_t rev,
                                    struct err *e);

#endif
