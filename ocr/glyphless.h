/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_GLYPHLESS_H
#define SOHOA_OCR_GLYPHLESS_H

struct str;

/*
 * A TrueType font of two empty glyphs, for text that is there to be found and copied
 * and never seen. Ours rather than a subset of a real font: it is always the same 700
 * bytes whatever letters a page has, it cannot lack one (Ê Đê and M'nông names too),
 * and nothing of anybody's design is passed on. Glyph 0 is .notdef; every character is
 * glyph 1.
 */
#define GLYPHLESS_NAME    "SohoaGlyphless"
#define GLYPHLESS_EM      1000
#define GLYPHLESS_ADVANCE 500 /* of both glyphs */
#define GLYPHLESS_ASCENT  800
#define GLYPHLESS_DESCENT (-200)

/** glyphless_write - append the font file. Always the same bytes. */
void glyphless_write(struct str *out);

#endif
