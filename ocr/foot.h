/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_FOOT_H
#define SOHOA_OCR_FOOT_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"
#include "ocr/head.h"

struct result;

/*
 * The end of a document: who signed it and who gets it.
 *
 *   Nơi nhận:              |  TM. ỦY BAN NHÂN DÂN
 *   - Như Điều 3;          |      KT. CHỦ TỊCH
 *   - Lưu: VT.             |      PHÓ CHỦ TỊCH
 *                          |     (signature, seal)
 *                          |     Name of the signer
 *
 * Post: the last line of the capitals on the right that begin with TM., KT., TL., TUQ.,
 * Q. or a post. Signer: below it and centred as it is, words with capitals; at the top
 * of the next page when the block was broken there. Recipients: the lines below "Nơi
 * nhận", one after the other with "; " between them. The first page with such a block
 * is the document's; what follows are its annexes.
 *
 * Values are what was read, but a post that is wrong in a letter or a mark is given its
 * proper name, and doubted.
 *
 * A signature is not read; when no name was found below a post, the place where it
 * should be is told as a strip.
 */

struct foot_part {
    char value[HEAD_TEXT_MAX + 1]; /* "" not found */
    struct head_box box;
    const char *reason;
    size_t page;
};

struct foot {
    struct foot_part post, name, places;
    bool strip; /* name.box is a place without a name, name.value "" */
};

/**
 * foot_find - on the first of @pages that has one.
 * @pages: borrowed; NULL for a page not recognized. @first: where to begin.
 * Return: true when a post or "Nơi nhận" was found.
 */
MUST_CHECK bool foot_find(const struct result *const *pages, size_t count, size_t first,
                          struct foot *out);

/**
 * foot_is_name - a person's name, its words with capitals; ranks and titles before it
 * (Thượng tá, ThS.) are part of it.
 */
bool foot_is_name(const char *text);

/** foot_name_doubt - what speaks against a person's name: a surname with other marks.
 */
void foot_name_doubt(const char *text, const char **reason);

#endif
