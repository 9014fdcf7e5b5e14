/* SPDX-License-Identifier: Apache-2.0 */
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>

#include "node/base/jdoc.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "tests/tools/pages/kinds.h"
#include "tests/tools/pages/words.h"

/* A page from a typewriter: one width for all letters, uneven height and blackness. */

#define SIZE   11.5
#define STEP   (SIZE * 0.6)
#define COLS   66
#define LEFT   (32 * MM)
#define BEFORE (SIZE * 1.62)

struct machine {
    struct sheet *s;
    double x;
    double y;
};

static size_t columns(const char *text)
{
    size_t n = 0;
    size_t len = strlen(text);

    while (len) {
        (void)utf8_next(&text, &len);
        n++;
    }
    return n;
}

/* One line from column @col on. */
static void type_line(struct machine *m, size_t col, const char *text)
{
    struct pen p = {.family = MONO, .size = SIZE, .told = TOLD_NOWHERE};
    double x = LEFT + (double)col * STEP;

    for (const char *c = text; *c; c = g_utf8_next_char(c)) {
        char one[8] = {0};
        double ink = rng_range(m->s->rng, 0.02, 0.28);

        (void)g_utf8_strncpy(one, c, 1);
        p.r = ink;
        p.g = ink;
        p.b = ink + 0.03;
        p.swell = rng_chance(m->s->rng, 8) ? 0.75 : rng_range(m->s->rng, 0.25, 0.45);
        if (one[0] != ' ')
            (void)draw_text(m->s, &p, x + rng_range(m->s->rng, -0.25, 0.25),
                            m->y + rng_range(m->s->rng, -0.6, 0.6), 0, one);
        x += STEP;
    }
    str_add(m->s->truth, text);
    str_add_char(m->s->truth, '\n');
    m->y += BEFORE;
}

static void type_center(struct machine *m, size_t from, size_t to, const char *text)
{
    size_t n = columns(text);

    type_line(m, n < to - from ? from + (to - from - n) / 2 : from, text);
}

/* A paragraph, broken between words. */
static void type_text(struct machine *m, size_t indent, const char *text)
{
    AUTO_STR struct str line = STR_INIT(4096);
    size_t col = indent;
    size_t start = indent;

    while (*text) {
        const char *end = strchr(text, ' ');
        size_t len = end ? (size_t)(end - text) : strlen(text);
        char word[200];
        size_t n = 0;

        (void)snprintf(word, sizeof word, "%.*s", (int)len, text);
        n = columns(word);
        if (line.len && col + 1 + n > COLS) {
            type_line(m, start, str_text(&line));
            str_reset(&line);
            col = start = 0;
        }
        if (line.len) {
            str_add_char(&line, ' ');
            col++;
        }
        str_add(&line, word);
        col += n;
        text += len;
        while (*text == ' ')
            text++;
    }
    if (line.len)
        type_line(m, start, str_text(&line));
}

static void expand(struct rng *r, const char *text, const struct words_of *of,
                   char *out, size_t size)
{
    AUTO_STR struct str s = STR_INIT(8192);

    words_expand(r, text, of, &s);
    (void)snprintf(out, size, "%s", str_text(&s));
}

void kind_typed(struct rng *r, const struct wish *w, struct str *truth,
                struct drawn *out)
{
    struct words_of of = {.commune = words_pick(r, "commune"),
                          .district = words_pick(r, "district"),
                          .year = rng_int(r, 1984, 2001)};
    struct jdoc *f = jdoc_object();
    struct machine m = {.s = &out->sheets[0]};
    char unit[200];
    char text[2000];
    char about[600];
    int day = rng_int(r, 1, 28);
    int month = rng_int(r, 1, 12);
    int number = rng_int(r, 1, 260);
    bool order = rng_chance(r, 40);

    *m.s = sheet_open(A4_SHORT, A4_LONG, w->dpi,
                      rng_range(r, -w->skew_deg_max, w->skew_deg_max), r, truth);
    m.s->also = w->also;
    out->count = 1;
    out->fields = f;
    (void)snprintf(unit, sizeof unit, "Ủy ban nhân dân xã %s", of.commune);
    of.unit = unit;
    expand(r, "{trich_yeu}", &of, about, sizeof about);

    m.y = 22 * MM;
    type_center(&m, 26, COLS, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
    type_center(&m, 26, COLS, "Độc lập - Tự do - Hạnh phúc");
    type_center(&m, 26, COLS, "-------------");
    m.y = 22 * MM;
    type_center(&m, 0, 24, "ỦY BAN NHÂN DÂN");
    (void)snprintf(text, sizeof text, "XÃ %s", of.commune);
    {
        g_autofree char *caps = g_utf8_strup(text, -1);

        type_center(&m, 0, 24, caps);
        (void)snprintf(text, sizeof text, "ỦY BAN NHÂN DÂN %s", caps);
        jdoc_set_text(f, "OrganName", text);
    }
    (void)snprintf(text, sizeof text, "Số: %02d/%s-UB", number, order ? "QĐ" : "CV");
    type_center(&m, 0, 24, text);
    (void)snprintf(text, sizeof text, "%s, ngày %02d tháng %d năm %d", of.commune, day,
                   month, of.year);
    type_center(&m, 20, COLS, text);
    m.y += BEFORE;

    jdoc_set_text(f, "kind", "typed");
    (void)snprintf(text, sizeof text, "%02d", number);
    jdoc_set_text(f, "CodeNumber", text);
    jdoc_set_text(f, "CodeNotation", order ? "QĐ-UB" : "CV-UB");
    (void)snprintf(text, sizeof text, "%04d-%02d-%02d", of.year, month, day);
    jdoc_set_text(f, "IssuedDate", text);
    jdoc_set_text(f, "TypeName", order ? "Quyết định" : "Công văn");
    jdoc_set_text(f, "Subject", about);
    jdoc_set_null(f, "incoming");
    jdoc_set_null(f, "secrecy");
    jdoc_set_int(f, "pages", 1);

    if (order) {
        type_center(&m, 0, COLS, "QUYẾT ĐỊNH");
        (void)snprintf(text, sizeof text, "Về việc %s", about);
        type_text(&m, 6, text);
    } else {
        (void)snprintf(text, sizeof text, "V/v %s", about);
        type_text(&m, 2, text);
        m.y += BEFORE / 2;
        expand(r, "Kính gửi: {kinh_gui}", &of, text, sizeof text);
        type_text(&m, 10, text);
    }
    m.y += BEFORE / 2;
    jdoc_set_text(f, "SubjectPrinted", about);
    expand(r, order ? "{can_cu}" : "{mo_dau}", &of, text, sizeof text);
    type_text(&m, 6, text);
    for (int i = 0; i < 8 && m.y < A4_LONG - 82 * MM; i++) {
        expand(r, "{doan}", &of, text, sizeof text);
        type_text(&m, 6, text);
    }
    m.y += BEFORE / 2;
    type_center(&m, 30, COLS, "TM. ỦY BAN NHÂN DÂN XÃ");
    type_center(&m, 30, COLS, "CHỦ TỊCH");
    draw_signature(m.s, LEFT + 44 * STEP, m.y + 30);
    {
        g_autofree char *caps = g_utf8_strup(of.commune, -1);

        (void)snprintf(text, sizeof text, "ỦY BAN NHÂN DÂN XÃ %s", caps);
        if (rng_chance(r, 70))
            draw_seal(m.s, SEAL_RED, LEFT + 38 * STEP, m.y + 26, text, caps);
    }
    m.y += 66;
    expand(r, "{nam}", &of, text, sizeof text);
    jdoc_set_text(f, "Signer", text);
    type_center(&m, 30, COLS, text);
}
