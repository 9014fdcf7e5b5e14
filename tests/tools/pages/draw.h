/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TOOLS_DRAW_H
#define SOHOA_TOOLS_DRAW_H

#include <cairo.h>
#include <stdbool.h>

#include "tests/tools/pages/rng.h"

struct str;

/* One sheet of paper while it is being printed. All lengths in points (1/72 inch). */
struct sheet {
    cairo_surface_t *surface;
    cairo_t *cr;
    double width;
    double height;
    struct rng *rng;
    struct str *truth; /* text that was printed, in reading order */
    struct str *also;  /* text of seals and stamps over it; NULL: not wanted */
};

#define A4_SHORT 595.276
#define A4_LONG  841.890
#define MM       2.834646

/* Where the text of a pen is told. */
enum told { TOLD_TRUTH, TOLD_ALSO, TOLD_NOWHERE };

enum align { ALIGN_LEFT, ALIGN_CENTER, ALIGN_RIGHT, ALIGN_JUSTIFY };

struct pen {
    const char *family;
    double size;
    bool bold;
    bool italic;
    enum align align;
    double indent;  /* of the first line */
    double spacing; /* of lines, 1.0 = single */
    double r, g, b; /* ink */
    double swell;   /* ink that ran: added to the width of strokes */
    enum told told;
};

#define SERIF "Liberation Serif"
#define MONO  "FreeMono"

/* sheet_open - blank white sheet, turned by @skew_deg about its middle. */
struct sheet sheet_open(double width, double height, int dpi, double skew_deg,
                        struct rng *r, struct str *truth);
void sheet_close(struct sheet *s);

/* draw_measure - height of @text within @width. */
double draw_measure(struct sheet *s, const struct pen *p, double width,
                    const char *text);
/* draw_text - print @text with its top left corner at x, y. Return: its height. */
double draw_text(struct sheet *s, const struct pen *p, double x, double y, double width,
                 const char *text);
void draw_line(struct sheet *s, double x1, double y1, double x2, double y2,
               double thick);

enum seal_ink { SEAL_RED, SEAL_BLUE, SEAL_VIOLET };

/* draw_seal - round seal with a star and @ring along its ring. */
void draw_seal(struct sheet *s, enum seal_ink ink, double x, double y, const char *ring,
               const char *middle);
/* draw_signature - a few strokes of blue or black ink. */
void draw_signature(struct sheet *s, double x, double y);
/* draw_hand - a word or two in joined letters that say nothing, on the line at y. */
void draw_hand(struct sheet *s, double x, double y, double width);

/* draw_incoming - the "ĐẾN" stamp of the receiving office, top left at x, y. */
void draw_incoming(struct sheet *s, double x, double y, const char *office, int number,
                   const char *date);
/* draw_boxed - box with @word, turned clockwise by @turn_deg about its middle; red, or
 * in @black ink. */
void draw_boxed(struct sheet *s, double x, double y, const char *word, double turn_deg,
                bool black);

#endif
