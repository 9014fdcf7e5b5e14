/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LOST_H
#define SOHOA_OCR_LOST_H

#include <stddef.h>

#include "node/base/auto.h"

struct Pix;
struct alts;
struct err;
struct result;
struct tess_area;

/*
 * Lines that layout lost: a short last line of a paragraph, a word alone on its line, a
 * line between a table and the margin. Ink of the size of text in which no word was
 * read is looked for and read by itself, as a line. So is that of a hopeless word: an
 * unsure one with fewer signs than any print of its width has. Layout makes those of a
 * small line ("- Như trên;") that it takes for the beginning of a large one beside it.
 *
 * A page with much such ink is none whose lines were lost: it is a drawing, shines
 * through, or could not be read at all, and nothing is looked for.
 */
#define LOST_AREAS_MAX 24
#define LOST_SURE      80 /* mean confidence of a line that is taken */
#define LOST_SURE_WORD 60 /* of each of its words */
#define LOST_LETTERS   2  /* letters and digits of a line, at least */
#define LOST_HOPELESS  40 /* below, a word may be hopeless */

/**
 * lost_find - where to look.
 * @pix: borrowed, 8-bit grey, as it was read, about 170 dpi. @ground: its grey level.
 * @r: borrowed, its boxes in pixels of @pix.
 * @areas: owned, mem_free(). @count: 0 when nothing was lost or too much.
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int lost_find(struct Pix *pix, int ground, const struct result *r,
                         struct tess_area **areas, size_t *count, struct err *e);

/**
 * lost_take - put the lines of @found that are sure enough into @r: into the line they
 * continue, else below the line above them, else above the line below. Hopeless words
 * where such a line stands go.
 * @found: borrowed. @r: changed in place; without choices yet.
 * @alts: of @r's words, kept in step: nothing is known of the new ones; NULL: none.
 * @taken: how many words. Return: 0, or -1 and @e: ERR_LIMIT.
 */
MUST_CHECK int lost_take(const struct result *found, struct result *r,
                         struct alts *alts, size_t *taken, struct err *e);

#endif
