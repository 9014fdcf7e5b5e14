/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/glyphless.h"

#include <stdint.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/base/str.h"

/* The tables as the OpenType specification has them; numbers high byte first. Those
 * that a PDF does not ask for (OS/2, cmap, name, post) are there for readers that load
 * the font through the system. */
#define FONT_MAX    ((size_t)4096)
#define TABLES      10
#define MAGIC       0x5F0F3CF5
#define CHECKSUM    0xB1B0AFBA
#define WIN_UNICODE 3, 1
#define FIRST_CHAR  0x20
#define LAST_CHAR   0xFFFD

static void put2(struct str *s, unsigned v)
{
    str_add_char(s, (char)(v >> 8));
    str_add_char(s, (char)v);
}

static void put4(struct str *s, uint32_t v)
{
    put2(s, v >> 16);
    put2(s, v & 0xFFFF);
}

static void put_all(struct str *s, const int *v, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put2(s, (unsigned)v[i]);
}
#define PUT(s, ...)                                                                    \
    put_all(s, (const int[]){__VA_ARGS__}, ARRAY_LEN(((const int[]){__VA_ARGS__})))

static void table_cmap(struct str *s)
{
    /* One subtable of format 4: all characters by a list of one glyph would be long;
     * what is shown in a PDF is found by its own map, so only the space is here. */
    PUT(s, 0, 1, WIN_UNICODE, 0, 12);
    PUT(s, 4, 32, 0, 4, 4, 1, 0, FIRST_CHAR, 0xFFFF, 0, FIRST_CHAR, 0xFFFF,
        1 - FIRST_CHAR, 1, 0, 0);
}

static void table_glyf(struct str *s)
{
    put4(s, 0); /* no outline; a table of no bytes is refused by some readers */
}

static void table_head(struct str *s)
{
    put4(s, 0x00010000);
    put4(s, 0x00010000);
    put4(s, 0); /* checksum of the whole, filled in at the end */
    put4(s, MAGIC);
    PUT(s, 0x000B, GLYPHLESS_EM);
    for (int i = 0; i < 4; i++)
        put4(s, 0); /* made, changed: no time, the same bytes always */
    PUT(s, 0, GLYPHLESS_DESCENT, GLYPHLESS_ADVANCE, GLYPHLESS_ASCENT, 0, 8, 2, 0, 0);
}

static void table_hhea(struct str *s)
{
    put4(s, 0x00010000);
    PUT(s, GLYPHLESS_ASCENT, GLYPHLESS_DESCENT, 0, GLYPHLESS_ADVANCE, 0, 0, 0, 1, 0, 0,
        0, 0, 0, 0, 0, 2);
}

static void table_hmtx(struct str *s)
{
    PUT(s, GLYPHLESS_ADVANCE, 0, GLYPHLESS_ADVANCE, 0);
}

static void table_loca(struct str *s)
{
    PUT(s, 0, 0, 0);
}

static void table_maxp(struct str *s)
{
    put4(s, 0x00010000);
    PUT(s, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
}

static void table_name(struct str *s)
{
    static const char TEXT[] = GLYPHLESS_NAME;
    static const int IDS[] = {1, 4, 6};
    size_t len = sizeof TEXT - 1;

    PUT(s, 0, (int)ARRAY_LEN(IDS), 6 + 12 * (int)ARRAY_LEN(IDS));
    for (size_t i = 0; i < ARRAY_LEN(IDS); i++)
        PUT(s, WIN_UNICODE, 0x409, IDS[i], 2 * (int)len, 0);
    for (size_t i = 0; i < len; i++)
        put2(s, (unsigned char)TEXT[i]);
}

static void table_os2(struct str *s)
{
    PUT(s, 3, GLYPHLESS_ADVANCE, 400, 5, 0);
    PUT(s, 650, 600, 0, 75, 650, 600, 0, 350, 50, 250, 0); /* sub, super, strike */
    for (int i = 0; i < 5; i++)
        PUT(s, 0); /* panose */
    for (int i = 0; i < 4; i++)
        put4(s, i == 0 ? 1 : 0); /* ranges: Basic Latin */
    str_add(s, "NONE");
    PUT(s, 0x0040, FIRST_CHAR, LAST_CHAR);
    PUT(s, GLYPHLESS_ASCENT, GLYPHLESS_DESCENT, 0, GLYPHLESS_ASCENT,
        -GLYPHLESS_DESCENT);
    put4(s, 1);
    put4(s, 0);
    PUT(s, 500, 700, 0, FIRST_CHAR, 0);
}

static void table_post(struct str *s)
{
    put4(s, 0x00030000);
    put4(s, 0);
    PUT(s, -75, 50);
    put4(s, 1); /* all of one width */
    for (int i = 0; i < 4; i++)
        put4(s, 0);
}

static uint32_t sum_of(const char *p, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += (uint32_t)(unsigned char)p[i] << (24 - 8 * (i & 3));
    return sum;
}

void glyphless_write(struct str *out)
{
    static const struct {
        const char *tag;
        void (*write)(struct str *s);
    } tables[TABLES] = {
        {"OS/2", table_os2},  {"cmap", table_cmap}, {"glyf", table_glyf},
        {"head", table_head}, {"hhea", table_hhea}, {"hmtx", table_hmtx},
        {"loca", table_loca}, {"maxp", table_maxp}, {"name", table_name},
        {"post", table_post},
    };
    AUTO_STR struct str head = STR_INIT(FONT_MAX);
    AUTO_STR struct str body = STR_INIT(FONT_MAX);
    size_t start = 12 + 16 * TABLES, adjust = 0;
    uint32_t whole = 0;

    put4(&head, 0x00010000);
    PUT(&head, TABLES, 128, 3, TABLES * 16 - 128);
    for (size_t i = 0; i < TABLES; i++) {
        size_t at = body.len, len = 0;

        if (strcmp(tables[i].tag, "head") == 0)
            adjust = at + 8;
        tables[i].write(&body);
        len = body.len - at;
        while (body.len % 4 != 0)
            str_add_char(&body, 0);
        str_add(&head, tables[i].tag);
        put4(&head, sum_of(body.p + at, body.len - at));
        put4(&head, (uint32_t)(start + at));
        put4(&head, (uint32_t)len);
    }
    whole = CHECKSUM - (sum_of(head.p, head.len) + sum_of(body.p, body.len));
    for (int i = 0; i < 4; i++)
        body.p[adjust + (size_t)i] = (char)(whole >> (24 - 8 * i));
    str_add_mem(out, head.p, head.len);
    str_add_mem(out, body.p, body.len);
}
