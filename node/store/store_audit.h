/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_AUDIT_H
#define SOHOA_STORE_AUDIT_H

#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"

struct err;
struct jdoc;
struct store;

/*
 * What was done, by whom: append-only, each row hashed over itself and the hash before.
 *
 *   hash = SHA-256 of the canonical JSON {"act","actor","at","detail","prev","seq",
 *          "subject","via"} and LF; the first row's prev is 64 zeros.
 *
 * Triggers refuse UPDATE and DELETE; the head also stands in every sealed bundle.
 */
#define STORE_AUDIT_WORD_MAX 80 /* an act, or the name of a user; bytes with NUL */

struct store_audit {
    int64_t seq;
    int64_t at;                              /* seconds UTC: a note, never the order */
    const char *actor, *via, *act, *subject; /* views in callbacks */
    const char *detail;                      /* canonical JSON. view in callbacks */
    char hash[HASH_HEX];
};

/**
 * store_audit_add - append one row. Transaction.
 * @actor: user, or "" for the program. @via: "cli", "web", "system". @act: keyword,
 * e.g. "item.verify". @subject: item, dossier, page … @detail: borrowed object, or
 * NULL.
 */
MUST_CHECK int store_audit_add(struct store *s, const char *actor, const char *via,
                               const char *act, const char *subject,
                               const struct jdoc *detail, int64_t now, struct err *e);
/** store_audit_head - number of rows and hash of the last (64 zeros when none). */
MUST_CHECK int store_audit_head(struct store *s, int64_t *seq, char hash[HASH_HEX],
                                struct err *e);
/**
 * store_audit_verify - recompute the whole chain, compare with the head on record and
 * with the heads that sealed bundles carry.
 * Return: 0, or -1 and @e: ERR_AUDIT with the first bad row named. @rows: checked.
 */
MUST_CHECK int store_audit_verify(struct store *s, int64_t *rows, struct err *e);

/** store_audit_last - who did what to @subject last. 1, 0 nothing was done, -1. */
MUST_CHECK int store_audit_last(struct store *s, const char *subject,
                                char act[STORE_AUDIT_WORD_MAX],
                                char actor[STORE_AUDIT_WORD_MAX], struct err *e);

typedef int store_audit_fn(void *ctx, const struct store_audit *a, struct err *e);
/** store_audit_each - oldest first. @subject: NULL for all. */
MUST_CHECK int store_audit_each(struct store *s, const char *subject,
                                store_audit_fn *each, void *ctx, struct err *e);

#endif
