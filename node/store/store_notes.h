/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_NOTES_H
#define SOHOA_STORE_NOTES_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct store;
struct str;

/*
 * What was noted of a page beside its text, as JSON arrays (schema/0004-notes.sql). A
 * page that is removed takes its notes along.
 */
#define STORE_NOTES_MAX ((size_t)32768) /* bytes of one */

enum store_notes_kind {
    STORE_NOTES_STEPS,  /* of recognition: ocr/steps.h */
    STORE_NOTES_ADVICE, /* at capture: ocr/capture.h */
};

/**
 * store_notes_put - @text stands in place of what was noted before. Transaction.
 * @page: its row. @text: borrowed; NULL or empty: nothing is noted any more.
 * Return: 0, or -1 and @e: ERR_LIMIT, store errors.
 */
MUST_CHECK int store_notes_put(struct store *s, int64_t page,
                               enum store_notes_kind kind, const char *text,
                               struct err *e);

/** store_notes_get - @out: appended. 1 found, 0 absent, -1. */
MUST_CHECK int store_notes_get(struct store *s, int64_t page,
                               enum store_notes_kind kind, struct str *out,
                               struct err *e);

#endif
