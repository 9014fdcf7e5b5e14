/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_PAGE_H
#define SOHOA_RECORD_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/ident.h"

struct err;

/*
 * A page: one picture of a master file (a file kept bit-exact as one object).
 *
 * Gate: import makes a page unchecked; recognition makes it clear, or held when it
 * looks secret. Only a clear page enters the text table, the index, an export or a
 * bundle.
 */
enum page_state { PAGE_CAPTURED, PAGE_RECOGNIZED, PAGE_BLANK, PAGE_FAILED };
enum page_gate { PAGE_UNCHECKED, PAGE_CLEAR, PAGE_HELD };

const char *page_state_name(enum page_state s);
bool page_state_find(const char *name, enum page_state *out);
const char *page_gate_name(enum page_gate g);
bool page_gate_find(const char *name, enum page_gate *out);

#define PAGE_MEDIA_MAX 40 /* "application/pdf" */
#define PAGE_LAYER_MAX 12
#define PAGE_CODE_MAX  32 /* "SH-OCR-TIMEOUT" */
#define PAGE_SIDE_MAX  1000000
#define PAGE_INDEX_MAX 100000
#define PAGE_DPI_MAX   10000

struct page {
    int64_t id; /* row in this store, 0: not stored yet */
    char name[IDENT_PAGE_MAX];
    char master[IDENT_PAGE_MAX];
    char item[IDENT_NAME_MAX];
    char media[PAGE_MEDIA_MAX];  /* of the master */
    int64_t index;               /* in the master, from 0 */
    int64_t seq;                 /* in the item, from 1 */
    int64_t width_px, height_px; /* as captured, 0: not known yet */
    int64_t dpi;                 /* 0: not known */
    enum page_state state;
    enum page_gate gate;
    int confidence;             /* 0 to 100 */
    char code[PAGE_CODE_MAX];   /* why it failed or is held, "" */
    char layer[PAGE_LAYER_MAX]; /* a PDF's own text on it: "" none, used, refused */
    bool is_signed;             /* its master carries a digital signature */
    bool past;                  /* another picture took its place */
    bool kept;                  /* a person let be what is wrong with the picture */
};

/** page_check - names, ranges. Return: 0, or -1 and @e: ERR_PAGE. */
MUST_CHECK int page_check(const struct page *p, struct err *e);

#endif
