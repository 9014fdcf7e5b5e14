/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/pdf_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/glyphless.h"
#include "ocr/result.h"

#define BASE_SHARE   0.22 /* of a line's height lies below its base line */
#define HEIGHT_MIN   4.0
#define GAP_LEAST    0.25 /* of a line's height, between two words */
#define WIDTH_LEAST  0.3  /* of a word that lies over the one before */
#define BLOCK_RANGES 100  /* a CMap allows no more in one block */
#define SURROGATES   0xD8
#define PRIVATE_USE  0xE0
#define NO_CHARACTER 0xFFFD

/* A word in the frame of the page turned level: centre, along and across the lines. */
struct place {
    double along, across, width, height;
};

struct line {
    size_t first, count;
    double base, height; /* across, of the base line; of the letters */
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v, size_t count)
{
    qsort(v, count, sizeof *v, by_size);
    return v[count / 2];
}

/*
 * The box of a word that leans is larger than the word: width W and height H give a box
 * of W cos + H sin by W sin + H cos, which is solved back.
 */
static struct place place_of(const struct result_word *w, double cos_a, double sin_a)
{
    double x = w->x + w->w / 2.0, y = w->y + w->h / 2.0, lean = fabs(sin_a);
    double det = cos_a * cos_a - lean * lean;
    struct place p = {
        .along = x * cos_a - y * sin_a,
        .across = x * sin_a + y * cos_a,
        .width = (w->w * cos_a - w->h * lean) / det,
        .height = (w->h * cos_a - w->w * lean) / det,
    };

    /* A long word on a leaning page: its height is lost in rounding. */
    if (!(p.height >= HEIGHT_MIN))
        p.height = HEIGHT_MIN;
    if (!(p.width >= 1))
        p.width = 1;
    return p;
}

static void measure(struct line *l, const struct place *places, double *scratch)
{
    for (size_t i = 0; i < l->count; i++)
        scratch[i] = places[l->first + i].height;
    l->height = median(scratch, l->count);
    for (size_t i = 0; i < l->count; i++)
        scratch[i] = places[l->first + i].across;
    l->base = median(scratch, l->count) + l->height * (0.5 - BASE_SHARE);
}

static void put_word(const char *text, size_t len, bool space,
                     struct pdf_text_rows *rows, struct str *out)
{
    str_add_char(out, '<');
    while (len > 0) {
        unsigned cp = utf8_next(&text, &len);

        if (cp > 0xFFFF || (cp >= 0xD800 && cp < 0xE000))
            cp = NO_CHARACTER;
        rows->used[cp >> 8] = true;
        str_addf(out, "%04X", cp);
    }
    if (space) {
        rows->used[0] = true;
        str_add(out, "0020");
    }
    str_add(out, ">Tj\n");
}

static size_t characters(const char *text, size_t len)
{
    size_t count = 0;

    for (; len > 0; count++)
        (void)utf8_next(&text, &len);
    return count;
}

/*
 * Each word lies level, on the line's base line at its own middle: text that is turned
 * by a degree is taken apart by readers that look at the heights of letters. Words do
 * not overlap, whatever their boxes do: a reader would lose the space between them.
 */
static void put_line(const struct result *r, const struct line *l,
                     const struct place *places, const double turn[2],
                     int32_t height_px, struct pdf_text_rows *rows, struct str *out)
{
    double x = 0, y = height_px, end = -INFINITY; /* where the text stands now */

    str_addf(out, "/F %.1f Tf 1 0 0 1 0 %d Tm\n", l->height, height_px);
    for (size_t i = l->first; i < l->first + l->count; i++) {
        const struct result_word *w = &r->words[i];
        const char *text = r->text + w->start;
        double middle = w->x + w->w / 2.0, width = places[i].width;
        double level = (l->base - middle * turn[1]) / turn[0];
        double left = fmax(middle - width / 2, end + l->height * GAP_LEAST);
        double natural = (double)characters(text, w->len) * l->height *
                         GLYPHLESS_ADVANCE / GLYPHLESS_EM;
        double step_x = round(left - x), step_y = round(height_px - level - y);

        width = fmax(middle + width / 2 - left, width * WIDTH_LEAST);
        str_addf(out, "%.0f %.0f Td %.0f Tz", step_x, step_y, 100 * width / natural);
        put_word(text, w->len, i + 1 < l->first + l->count, rows, out);
        x += step_x;
        y += step_y;
        end = left + width;
    }
}

void pdf_text_write(const struct result *r, int32_t height_px,
                    struct pdf_text_rows *rows, struct str *out)
{
    size_t n = r->word_count;
    AUTO_MEM struct place *places = mem_new(n + 1, sizeof *places);
    AUTO_MEM double *scratch = mem_new(n + 1, sizeof *scratch);
    double angle = r->skew_deg * M_PI / 180;
    double turn[2] = {cos(angle), sin(angle)};

    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        places[i] = place_of(&r->words[i], turn[0], turn[1]);
    str_add(out, "BT 3 Tr\n");
    for (size_t i = 0; i < n;) {
        struct line l = {.first = i};

        for (; i < n && r->words[i].line == r->words[l.first].line; i++)
            l.count++;
        measure(&l, places, scratch);
        put_line(r, &l, places, turn, height_px, rows, out);
    }
    str_add(out, "ET\n");
}

void pdf_text_map(const struct pdf_text_rows *rows, struct str *out)
{
    int list[256], count = 0;

    for (int i = 0; i < 256; i++)
        if (rows->used[i] && (i < SURROGATES || i >= PRIVATE_USE))
            list[count++] = i;
    str_add(out, "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                 "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> "
                 "def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                 "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n");
    for (int i = 0; i < count; i++) {
        if (i % BLOCK_RANGES == 0)
            str_addf(out, "%d beginbfrange\n",
                     count - i < BLOCK_RANGES ? count - i : BLOCK_RANGES);
        str_addf(out, "<%02X00> <%02XFF> <%02X00>\n", list[i], list[i], list[i]);
        if (i % BLOCK_RANGES == BLOCK_RANGES - 1 || i + 1 == count)
            str_add(out, "endbfrange\n");
    }
    str_add(out, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
}
