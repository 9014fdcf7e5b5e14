/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_DOSSIER_H
#define SOHOA_RECORD_DOSSIER_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/ident.h"
#include "node/record/kind.h"
#include "node/record/unit.h"

struct err;

/* A dossier: a file of documents, or one volume of a register. */
enum dossier_kind { DOSSIER_FILE, DOSSIER_REGISTER };

/* Where numbers of a register begin again at 1: each year (going on across volumes), or
 * in each volume. */
enum dossier_series { DOSSIER_BY_YEAR, DOSSIER_BY_VOLUME };

/* Why a number may be missing. */
enum dossier_why { DOSSIER_CANCELLED, DOSSIER_TORN, DOSSIER_BLANK, DOSSIER_OTHER_BOOK };

#define DOSSIER_TITLE_CHARS 500
#define DOSSIER_VOLUME_MAX  999

struct dossier {
    int64_t id; /* row in this store, 0: not stored yet */
    char name[IDENT_NAME_MAX];
    enum dossier_kind kind;
    char *title;                /* owned, NFC */
    char record[KIND_NAME_MAX]; /* kind of its entries, "" for a file */
    int year;                   /* 0: none */
    int volume;                 /* 0: none */
    int64_t from, to;           /* first and last number, 0: not known */
    enum dossier_series series;
    int64_t closed_count; /* entries counted at closing, -1: open */
    char unit_code[UNIT_CODE_MAX];
    char unit_from[UNIT_DATE_MAX];
    int64_t created; /* seconds UTC */
    int64_t rev;     /* from 1, + 1 with every change */
    int64_t items;   /* count, filled by the store */
};

#define DOSSIER_INIT                                                                   \
    {                                                                                  \
        .closed_count = -1, .rev = 1                                                   \
    }
#define AUTO_DOSSIER AUTO(dossier_clear)

void dossier_clear(struct dossier *d);
const char *dossier_kind_name(enum dossier_kind k); /* "file", "register" */
bool dossier_kind_find(const char *name, enum dossier_kind *out);
const char *dossier_series_name(enum dossier_series s); /* "year", "volume" */
bool dossier_series_find(const char *name, enum dossier_series *out);
const char *dossier_why_name(enum dossier_why w); /* "cancelled", "torn", … */
bool dossier_why_find(const char *name, enum dossier_why *out);

/** dossier_check - a register has a kind and a year; numbers in order. Return: 0, or -1
 * and @e: ERR_DOSSIER naming what is wrong. */
MUST_CHECK int dossier_check(const struct dossier *d, struct err *e);

/* One explained run of missing numbers. */
struct dossier_gap {
    int64_t from, to;
    enum dossier_why why;
};

#endif
