/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_DOCNUMBER_H
#define SOHOA_OCR_DOCNUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "ocr/head.h"

/* Number and notation of a document: "Số: 12/QĐ-UBND" in the left cell. */

struct docnumber {
    char value[HEAD_FLAT_MAX + 1];    /* digits as read; "" blank or unreadable */
    char notation[HEAD_FLAT_MAX + 1]; /* "" when there is none */
    struct head_box value_box, notation_box;
    const char *value_reason, *notation_reason;
    bool alone;     /* words with its digits hold nothing else */
    int32_t height; /* of those words */
    bool loose;     /* the separating sign is missing */
    bool stuttered; /* Đ read twice */
};

/* What kind and issuer say about the notation. */
struct docnumber_backing {
    const struct kinds_kind *kind; /* of its own abbreviation; NULL: none known */
    bool issuer;
};

/** docnumber_find - the first number line with a notation in the left cell; sets
 * head.number_line. Return: true when there is one. */
MUST_CHECK bool docnumber_find(struct head *h, struct docnumber *n);

/** docnumber_doubt - how sure the digits are: by confidence, and by their height beside
 * the printed year's. @year: of the document, 0: not known. */
void docnumber_doubt(const struct head *h, struct docnumber *n, int year);

/** docnumber_backing - what the notation has in common with the issuer's name and which
 * kind it says. @name, @parent: of the agency; "" when not known. */
struct docnumber_backing docnumber_backing(const char *notation, const char *name,
                                           const char *parent);

/** docnumber_notation_doubt - how sure the notation is. @kind: by its own line; NULL.
 */
void docnumber_notation_doubt(struct docnumber *n, const struct docnumber_backing *b,
                              const struct kinds_kind *kind);

#endif
