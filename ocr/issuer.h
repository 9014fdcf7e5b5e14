/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_ISSUER_H
#define SOHOA_OCR_ISSUER_H

#include <stdbool.h>

#include "node/base/auto.h"
#include "ocr/docdate.h"
#include "ocr/head.h"

/* The issuing agency and its parent: capital lines of the left cell above the number.
 */

struct issuer {
    char name[HEAD_TEXT_MAX + 1], parent[HEAD_TEXT_MAX + 1];
    struct head_box box, parent_box;
    const char *reason, *parent_reason;
};

/** issuer_find - after number and date. Return: true when there is a name. */
MUST_CHECK bool issuer_find(const struct head *h, struct issuer *o);

/** issuer_check_place - the place of the date often stands in the issuer's name too:
 * the same letters with other marks are two readings of one name, of which one is
 * wrong. Both become doubtful. */
void issuer_check_place(struct docdate *d, struct issuer *o);

#endif
