/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tools/pages/draw.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>

#include "node/base/str.h"

struct sheet sheet_open(double width, double height, int dpi, double skew_deg,
                        struct rng *r, struct str *truth)
{
    int w = (int)lround(width / 72 * dpi);
    int h = (int)lround(height / 72 * dpi);
    struct sheet s = {
        .surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h),
        .width = width,
        .height = height,
        .rng = r,
        .truth = truth,
    };

    s.cr = cairo_create(s.surface);
    cairo_set_source_rgb(s.cr, 1, 1, 1);
    cairo_paint(s.cr);
    cairo_scale(s.cr, dpi / 72.0, dpi / 72.0);
    cairo_translate(s.cr, width / 2, height / 2);
    cairo_rotate(s.cr, skew_deg * M_PI / 180);
    cairo_translate(s.cr, -width / 2, -height / 2);
    return s;
}

void sheet_close(struct sheet *s)
{
    cairo_destroy(s->cr);
    cairo_surface_destroy(s->surface);
    s->cr = NULL;
    s->surface = NULL;
}

static PangoLayout *layout_of(struct sheet *s, const struct pen *p, double width,
                              const char *text)
{
    PangoLayout *l = pango_cairo_create_layout(s->cr);
    PangoFontDescription *f = pango_font_description_new();

    pango_font_description_set_family(f, p->family);
    /* Points are the unit of the context, so sizes are "absolute" ones. */
    pango_font_description_set_absolute_size(f, p->size * PANGO_SCALE);
    pango_font_description_set_weight(f, p->bold ? PANGO_WEIGHT_BOLD
                                                 : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_style(f, p->italic ? PANGO_STYLE_ITALIC
                                                  : PANGO_STYLE_NORMAL);
    pango_context_set_round_glyph_positions(pango_layout_get_context(l), FALSE);
    pango_layout_set_font_description(l, f);
    pango_font_description_free(f);
    pango_layout_set_text(l, text, -1);
    if (width > 0)
        pango_layout_set_width(l, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(l, p->align == ALIGN_CENTER  ? PANGO_ALIGN_CENTER
                                  : p->align == ALIGN_RIGHT ? PANGO_ALIGN_RIGHT
                                                            : PANGO_ALIGN_LEFT);
    pango_layout_set_justify(l, p->align == ALIGN_JUSTIFY);
    pango_layout_set_indent(l, (int)(p->indent * PANGO_SCALE));
    if (p->spacing > 0)
        pango_layout_set_line_spacing(l, (float)p->spacing);
    return l;
}

static double height_of(PangoLayout *l)
{
    int h = 0;

    pango_layout_get_size(l, NULL, &h);
    return (double)h / PANGO_SCALE;
}

double draw_measure(struct sheet *s, const struct pen *p, double width,
                    const char *text)
{
    PangoLayout *l = layout_of(s, p, width, text);
    double h = height_of(l);

    g_object_unref(l);
    return h;
}

/* The lines as they were broken, each on a line of its own. */
static void tell(struct str *to, PangoLayout *l)
{
    const char *text = pango_layout_get_text(l);

    for (GSList *i = pango_layout_get_lines_readonly(l); i; i = i->next) {
        const PangoLayoutLine *line = i->data;
        size_t len = (size_t)line->length;

        while (len && text[line->start_index + (int)len - 1] == ' ')
            len--;
        str_add_mem(to, text + line->start_index, len);
        str_add_char(to, '\n');
    }
}

double draw_text(struct sheet *s, const struct pen *p, double x, double y, double width,
                 const char *text)
{
    PangoLayout *l = layout_of(s, p, width, text);
    double h = height_of(l);

    cairo_save(s->cr);
    cairo_set_source_rgb(s->cr, p->r, p->g, p->b);
    cairo_move_to(s->cr, x, y);
    /* As outlines: glyph images would be moved to whole pixels, one by one. */
    pango_cairo_layout_path(s->cr, l);
    cairo_fill_preserve(s->cr);
    if (p->swell > 0) {
        cairo_set_line_width(s->cr, p->swell);
        cairo_set_line_join(s->cr, CAIRO_LINE_JOIN_ROUND);
        cairo_stroke(s->cr);
    }
    cairo_new_path(s->cr);
    cairo_restore(s->cr);
    if (p->told == TOLD_TRUTH)
        tell(s->truth, l);
    else if (p->told == TOLD_ALSO && s->also)
        tell(s->also, l);
    g_object_unref(l);
    return h;
}

void draw_line(struct sheet *s, double x1, double y1, double x2, double y2,
               double thick)
{
    cairo_save(s->cr);
    cairo_set_source_rgb(s->cr, 0.08, 0.08, 0.1);
    cairo_set_line_width(s->cr, thick);
    cairo_move_to(s->cr, x1, y1);
    cairo_line_to(s->cr, x2, y2);
    cairo_stroke(s->cr);
    cairo_restore(s->cr);
}

static void star(cairo_t *cr, double radius)
{
    for (int i = 0; i < 10; i++) {
        double a = -M_PI / 2 + i * M_PI / 5;
        double d = i % 2 ? radius * 0.382 : radius;

        if (i == 0)
            cairo_move_to(cr, d * cos(a), d * sin(a));
        else
            cairo_line_to(cr, d * cos(a), d * sin(a));
    }
    cairo_close_path(cr);
    cairo_fill(cr);
}

/* Letters one by one along a circle, from @from to @to radians. */
static void along(struct sheet *s, const char *text, double radius, double size,
                  double from, double to)
{
    struct pen p = {.family = SERIF, .size = size, .bold = true};
    double width[256];
    double all = 0;
    double room = (to - from) * radius;
    double gap = 0;
    double at = 0;
    size_t n = 0;

    for (const char *c = text; *c && n < 256; c = g_utf8_next_char(c), n++) {
        char one[8] = {0};
        PangoLayout *l = NULL;
        int w = 0;

        (void)g_utf8_strncpy(one, c, 1);
        l = layout_of(s, &p, 0, one);
        pango_layout_get_size(l, &w, NULL);
        width[n] = (double)w / PANGO_SCALE;
        all += width[n];
        g_object_unref(l);
    }
    if (all > room * 0.9) { /* smaller letters */
        double shrink = room * 0.9 / all;

        p.size *= shrink;
        all = 0;
        for (size_t i = 0; i < n; i++) {
            width[i] *= shrink;
            all += width[i];
        }
    }
    gap = n > 1 ? (room - all) / (double)(n - 1) : 0;
    n = 0;
    for (const char *c = text; *c && n < 256; c = g_utf8_next_char(c), n++) {
        char one[8] = {0};
        PangoLayout *l = NULL;
        double a = from + (at + width[n] / 2) / radius;

        (void)g_utf8_strncpy(one, c, 1);
        l = layout_of(s, &p, 0, one);
        cairo_save(s->cr);
        cairo_rotate(s->cr, a + M_PI / 2);
        cairo_move_to(s->cr, -width[n] / 2, -radius - height_of(l) / 2);
        pango_cairo_layout_path(s->cr, l);
        cairo_fill(s->cr);
        cairo_restore(s->cr);
        g_object_unref(l);
        at += width[n] + gap;
    }
}

void draw_seal(struct sheet *s, enum seal_ink ink, double x, double y, const char *ring,
               const char *middle)
{
    static const double RGB[][3] = {
        {0.83, 0.1, 0.16}, {0.13, 0.2, 0.72}, {0.4, 0.16, 0.68}};
    double radius = 17.5 * MM;
    struct pen p = {.family = SERIF,
                    .size = 8.5,
                    .bold = true,
                    .align = ALIGN_CENTER,
                    .told = TOLD_ALSO};

    cairo_save(s->cr);
    cairo_push_group(s->cr);
    cairo_translate(s->cr, x, y);
    cairo_rotate(s->cr, rng_range(s->rng, -0.25, 0.25));
    cairo_set_source_rgb(s->cr, RGB[ink][0], RGB[ink][1], RGB[ink][2]);
    cairo_new_path(s->cr);
    cairo_set_line_width(s->cr, 2.2);
    cairo_arc(s->cr, 0, 0, radius, 0, 2 * M_PI);
    cairo_stroke(s->cr);
    cairo_set_line_width(s->cr, 0.8);
    cairo_arc(s->cr, 0, 0, radius - 3, 0, 2 * M_PI);
    cairo_stroke(s->cr);
    cairo_arc(s->cr, 0, 0, radius * 0.58, 0, 2 * M_PI);
    cairo_stroke(s->cr);
    along(s, ring, radius * 0.76, 7.2, -M_PI * 1.24, M_PI * 0.24);
    cairo_save(s->cr);
    cairo_translate(s->cr, 0, radius * 0.74);
    star(s->cr, 4.5);
    cairo_restore(s->cr);
    {
        PangoLayout *l = layout_of(s, &p, radius, middle);

        cairo_move_to(s->cr, -radius / 2, -height_of(l) / 2);
        pango_cairo_layout_path(s->cr, l);
        cairo_fill(s->cr);
        if (s->also) {
            str_addf(s->also, "%s\n", ring);
            tell(s->also, l);
        }
        g_object_unref(l);
    }
    cairo_pop_group_to_source(s->cr);
    cairo_set_operator(s->cr, CAIRO_OPERATOR_MULTIPLY);
    cairo_paint_with_alpha(s->cr, rng_range(s->rng, 0.65, 0.95));
    cairo_restore(s->cr);
}

void draw_signature(struct sheet *s, double x, double y)
{
    cairo_t *cr = s->cr;
    double dx = x;
    double dy = y;
    int strokes = rng_int(s->rng, 4, 8);

    cairo_save(cr);
    cairo_set_operator(cr, CAIRO_OPERATOR_MULTIPLY);
    if (rng_chance(s->rng, 70))
        cairo_set_source_rgba(cr, 0.1, 0.16, 0.6, 0.92);
    else
        cairo_set_source_rgba(cr, 0.1, 0.1, 0.12, 0.92);
    cairo_set_line_width(cr, rng_range(s->rng, 0.9, 1.7));
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_move_to(cr, dx, dy);
    for (int i = 0; i < strokes; i++) {
        double x1 = dx + rng_range(s->rng, -6, 30);
        double y1 = dy + rng_range(s->rng, -32, 18);
        double x2 = dx + rng_range(s->rng, -10, 34);
        double y2 = dy + rng_range(s->rng, -22, 26);

        dx += rng_range(s->rng, 4, 22);
        dy = y + rng_range(s->rng, -12, 10);
        cairo_curve_to(cr, x1, y1, x2, y2, dx, dy);
    }
    cairo_stroke(cr);
    cairo_restore(cr);
}

void draw_hand(struct sheet *s, double x, double y, double width)
{
    cairo_t *cr = s->cr;
    double right = x + width;

    cairo_save(cr);
    cairo_set_operator(cr, CAIRO_OPERATOR_MULTIPLY);
    cairo_set_source_rgba(cr, 0.1, 0.14, 0.4, 0.95);
    cairo_set_line_width(cr, 1.1);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_move_to(cr, x, y);
    while (x < right) {
        double wide = rng_range(s->rng, 4, 8), high = rng_range(s->rng, 5, 17);

        /* Up, over to the left in a loop, and down to the line again. */
        cairo_curve_to(cr, x + wide, y - high / 3, x + wide, y - high, x + wide / 2,
                       y - high);
        cairo_curve_to(cr, x - wide / 4, y - high, x + wide / 4,
                       y + rng_range(s->rng, 0, 5), x + wide, y);
        x += wide;
    }
    cairo_stroke(cr);
    cairo_restore(cr);
}

void draw_incoming(struct sheet *s, double x, double y, const char *office, int number,
                   const char *date)
{
    struct pen small = {.family = SERIF,
                        .size = 7.5,
                        .bold = true,
                        .align = ALIGN_CENTER,
                        .r = 0.75,
                        .g = 0.12,
                        .b = 0.2,
                        .told = TOLD_ALSO};
    struct pen hand = {.family = SERIF,
                       .size = 11,
                       .italic = true,
                       .r = 0.1,
                       .g = 0.15,
                       .b = 0.55,
                       .told = TOLD_ALSO};
    struct pen label = small;
    double w = 44 * MM;
    double h = 25 * MM;
    char text[32];

    cairo_save(s->cr);
    cairo_translate(s->cr, x, y);
    cairo_rotate(s->cr, rng_range(s->rng, -0.06, 0.06));
    cairo_set_source_rgb(s->cr, small.r, small.g, small.b);
    cairo_set_line_width(s->cr, 1.1);
    cairo_rectangle(s->cr, 0, 0, w, h);
    cairo_move_to(s->cr, 0, 15);
    cairo_line_to(s->cr, w, 15);
    cairo_move_to(s->cr, w * 0.36, 15);
    cairo_line_to(s->cr, w * 0.36, h);
    cairo_stroke(s->cr);
    (void)draw_text(s, &small, 1, 3, w - 2, office);
    label.size = 13;
    (void)draw_text(s, &label, 1, 32, w * 0.36 - 2, "ĐẾN");
    label.size = 8.5;
    label.bold = false;
    label.align = ALIGN_LEFT;
    (void)draw_text(s, &label, w * 0.36 + 4, 20, 40, "Số:");
    (void)draw_text(s, &label, w * 0.36 + 4, 37, 40, "Ngày:");
    (void)draw_text(s, &label, w * 0.36 + 4, 54, 40, "Chuyển:");
    (void)snprintf(text, sizeof text, "%d", number);
    (void)draw_text(s, &hand, w * 0.36 + 24, 17, 60, text);
    (void)draw_text(s, &hand, w * 0.36 + 27, 34, 70, date);
    cairo_restore(s->cr);
}

void draw_boxed(struct sheet *s, double x, double y, const char *word, double turn_deg,
                bool black)
{
    struct pen p = {.family = SERIF,
                    .size = 14,
                    .bold = true,
                    .align = ALIGN_CENTER,
                    .r = black ? 0.1 : 0.8,
                    .g = black ? 0.1 : 0.05,
                    .b = 0.1};
    double w = (strlen(word) > 5 ? 40 : 20) * MM;
    double h = 8 * MM;

    cairo_save(s->cr);
    cairo_translate(s->cr, x + w / 2, y + h / 2);
    cairo_rotate(s->cr, turn_deg * M_PI / 180);
    cairo_translate(s->cr, -x - w / 2, -y - h / 2);
    cairo_set_source_rgb(s->cr, p.r, p.g, p.b);
    cairo_set_line_width(s->cr, 1.6);
    cairo_rectangle(s->cr, x, y, w, h);
    cairo_stroke(s->cr);
    (void)draw_text(s, &p, x, y + 3, w, word);
    cairo_restore(s->cr);
}
