/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_FORM_H
#define SOHOA_OCR_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"
#include "ocr/head.h"

struct entries;
struct result;

/*
 * Printed forms of civil status: certificates, extracts and register pages of births,
 * deaths and marriages.
 *
 *   Họ, chữ đệm, tên: ……………………        Giới tính: ………
 *   Ngày, tháng, năm sinh: ……………… ghi bằng chữ: ………………
 *   Họ, chữ đệm, tên người mẹ: ……………………
 *
 * The title says which; labels are found as words, one letter of each may be wrong.
 * Whose they are (child, mother, father, deceased, husband, wife, applicant) the label
 * itself says, or the last one above it in the same column that did. What stands behind
 * a label up to the next one, on the same row also in a cell of its own, is its value.
 *
 * Handwriting is not read: a label with nothing recognized behind it, with words
 * recognition was not sure of, or with words much higher than the label, gives no value
 * but a strip: the box in which a person finds what is to be keyed in.
 *
 * Dates are given as ISO 8601, all else as read. Names are not judged, but for
 * surname-marks (ocr/surname.h). A page with two entries gives those of the first.
 *
 * A register with its labels in the heading of a table (ocr/entries.h) has its values
 * below them: its columns are known by form_columns(), and no value is looked for
 * beside such a label.
 */

#define FORM_SURE_HAND  62 /* mean confidence of words: below, it is handwriting */
#define FORM_SURE_VALUE 80 /* a word of a value read with less is in doubt */

struct form_value {
    const char *name;    /* field of the registers' sheets, static */
    const char *value;   /* "" with a strip. view, during the call */
    struct head_box box; /* of the value, or the strip */
    const char *reason;
    bool strip;
};

typedef void form_put(void *ctx, const struct form_value *v);

/**
 * form_find - the values of one page.
 * @r: borrowed. @put: called once for each field found.
 * Return: true when the page is such a form.
 */
MUST_CHECK bool form_find(const struct result *r, form_put *put, void *ctx);

/** Which book or paper of civil status; its title says. */
enum form_kind { FORM_NONE, FORM_BIRTH, FORM_DEATH, FORM_MARRIAGE };

/** form_kind_of - by the title, wherever the page lies. @r: borrowed. */
enum form_kind form_kind_of(const struct result *r);

/**
 * form_columns - which fields stand in the columns of a table, by the names above them.
 * @kind: of its page.
 * @t: a table, with a heading or without.
 * @fields: room for one a column; the field's name, static, or "": not known, or it
 *     stands in a column before. Whose a field is the name says ("Họ và tên mẹ", "Mẹ /
 *     Họ và tên"), or the last column before that did.
 * Return: how many are known.
 */
size_t form_columns(enum form_kind kind, const struct entries *t, const char *fields[]);

#endif
