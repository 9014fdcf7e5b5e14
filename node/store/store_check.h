/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_CHECK_H
#define SOHOA_STORE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct store;

/* Looking for damage. Nothing is changed unless said. */
enum store_fault {
    STORE_FAULT_DATABASE,     /* SQLite's own check */
    STORE_FAULT_REFERENCE,    /* foreign keys */
    STORE_FAULT_MISSING,      /* object with a row, without a file */
    STORE_FAULT_CHANGED,      /* object whose bytes are not its name's */
    STORE_FAULT_UNREFERENCED, /* object without a row: harmless */
    STORE_FAULT_STRANGER, /* file in the object folder that is no object: harmless */
    STORE_FAULT_AUDIT,    /* broken chain */
    STORE_FAULT_INDEX,    /* search index differs from the texts */
    STORE_FAULT_SUMMARY   /* counts differ from the items */
};
const char *store_check_name(enum store_fault f);
bool store_check_harmless(enum store_fault f);

typedef int store_check_fn(void *ctx, enum store_fault f, const char *what,
                           struct err *e);

struct store_check {
    int64_t objects; /* looked at */
    int64_t bytes;   /* re-read */
    int64_t rows;    /* of the audit chain */
    int64_t faults, harmless;
    int64_t
        broken; /* of the faults: those of the database itself and of the audit chain */
};

/**
 * store_check - everything. @deep: re-read and re-hash all objects (else size only).
 * @each: told of each fault; may be NULL.
 * Return: 0 (faults are in @out), or -1 and @e when the check itself failed.
 */
MUST_CHECK int store_check(struct store *s, bool deep, store_check_fn *each, void *ctx,
                           struct store_check *out, struct err *e);

/** store_check_repair - what is derived is made anew (index, counts), rows of objects
 * found bad are marked and good ones unmarked, unreferenced objects stay. Transaction
 * of its own. */
MUST_CHECK int store_check_repair(struct store *s, struct err *e);

#endif
