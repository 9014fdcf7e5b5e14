/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_DOCDATE_H
#define SOHOA_OCR_DOCDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "ocr/head.h"

/* Place and date of a document: "Đắk Lắk, ngày 05 tháng 9 năm 2019" in the right cell.
 */

struct docdate {
    int year, month, day; /* 0: not known */
    const char *reason, *place_reason;
    struct head_box box, place_box;
    char place[HEAD_FLAT_MAX + 1];
    int32_t digit_height;
};

/** docdate_numeric - "31/12/2019", "1.2.2019": @value becomes day, month and year as
 * they stand; whether there is such a day is not asked. Return: it has that shape. */
MUST_CHECK bool docdate_numeric(const char *text, size_t len, int value[3]);

/** docdate_find - the first date line; sets head.date_line and head.digit_height.
 * Return: true when there is one. */
MUST_CHECK bool docdate_find(struct head *h, struct docdate *d);

#endif
