/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TESTS_LETTER_H
#define SOHOA_TESTS_LETTER_H

#include <stdio.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/str.h"

/*
 * A page of text drawn with leptonica's own bitmap font: no font files, no other
 * program, only letters without marks. A4 at LETTER_DPI.
 */
#define LETTER_DPI 300
#define LETTER_W   2480
#define LETTER_H   3508

static const char *const LETTER_LINES[] = {
    "Ban nay gui cho cac phong ban trong xa",
    "Bao cao tinh hinh cong tac nam 2024",
    "Trong thang qua co 125 ho so duoc tiep nhan",
    "Da tra cho nguoi dan 118 ho so dung han",
    "Con lai 7 ho so dang cho bo sung giay to",
    "Can bo phu trach theo doi va bao cao",
};
#define LETTER_COUNT (sizeof LETTER_LINES / sizeof LETTER_LINES[0])

/* letter_draw - owned, pixDestroy(). 8-bit grey, ground 245. @copies: how many times
 * the lines are written below one another. */
static inline struct Pix *letter_draw(int copies)
{
    struct Pix *p = pixCreate(LETTER_W, LETTER_H, 8);
    struct L_Bmf *font = bmfCreate(NULL, 16);
    l_int32 width = 0, over = 0;

    (void)pixSetAllGray(p, 245);
    for (int i = 0; i < copies * (int)LETTER_COUNT; i++)
        (void)pixSetTextline(p, font, LETTER_LINES[i % (int)LETTER_COUNT], 0x10, 300,
                             400 + i * 130, &width, &over);
    bmfDestroy(&font);
    return p;
}

/* letter_write - as a file of leptonica's IFF_* kind, at @dpi. */
static inline void letter_write(struct Pix *p, int format, int dpi, struct str *out)
{
    l_uint8 *data = NULL;
    size_t len = 0;

    pixSetResolution(p, dpi, dpi);
    if (pixWriteMem(&data, &len, p, format) == 0)
        str_add_mem(out, data, len);
    lept_free(data);
}

/* letter_found - how many of the words of the lines stand in @text, of a hundred. */
static inline int letter_found(const char *text)
{
    int all = 0, found = 0;

    for (size_t i = 0; i < LETTER_COUNT; i++) {
        char line[128];
        char *rest = NULL;

        (void)snprintf(line, sizeof line, "%s", LETTER_LINES[i]);
        for (char *w = strtok_r(line, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
            all++;
            found += strstr(text, w) != NULL;
        }
    }
    return found * 100 / all;
}

#endif
