/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_GAP_H
#define SOHOA_STORE_GAP_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/ident.h"
#include "node/record/kind.h"
#include "node/record/regno.h"
#include "node/record/unit.h"

struct err;
struct store;

/*
 * Missing and doubled numbers of registers. Series by year: numbers of (unit, kind,
 * year) run on across its volumes from 1 to the highest that is known (a volume's
 * declared last number or an entry). Series by volume: from the volume's first number
 * (1) to its last. So the head and the tail are looked at too. A missing number is
 * given to the volume whose range holds it. 22 and 22bis are two numbers; 22bis does
 * not stand for 22. Explained gaps are left out.
 */
enum store_gap_type {
    STORE_GAP_MISSING, /* from..to */
    STORE_GAP_DOUBLE,  /* one number on several items */
    STORE_GAP_COUNT /* closing count and entries differ: from = counted, to = found */
};

struct store_gap {
    enum store_gap_type type;
    char dossier[IDENT_NAME_MAX]; /* "" when no volume covers it */
    char unit_code[UNIT_CODE_MAX], unit_from[UNIT_DATE_MAX];
    char kind[KIND_NAME_MAX];
    int year, volume; /* volume 0: none */
    int64_t from, to;
    struct regno number; /* STORE_GAP_DOUBLE */
    int64_t items;       /* STORE_GAP_DOUBLE: how many */
};
typedef int store_gap_fn(void *ctx, const struct store_gap *g, struct err *e);
/** store_gap_each - @dossier: NULL for all registers. Return: number found, or -1. */
MUST_CHECK int64_t store_gap_each(struct store *s, const char *dossier,
                                  store_gap_fn *each, void *ctx, struct err *e);

#endif
