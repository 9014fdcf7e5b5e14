/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/srgb.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/base/str.h"

#define PROFILE_MAX  ((size_t)2048)
#define HEAD         128
#define CURVE_POINTS 64
#define ONE          65536 /* s15Fixed16 */
#define NAME         "sRGB"
#define RIGHTS       "sohoa, Apache-2.0"
#define DESC_SCRIPT  67 /* bytes that the type reserves for a Macintosh name */

static void put(struct str *s, uint32_t v, int bytes)
{
    while (bytes-- > 0)
        str_add_char(s, (char)(v >> (8 * bytes)));
}

static void put_zeros(struct str *s, int count)
{
    while (count-- > 0)
        str_add_char(s, 0);
}

static void put_xyz(struct str *s, double x, double y, double z)
{
    str_add(s, "XYZ ");
    put(s, 0, 4);
    put(s, (uint32_t)lround(x * ONE), 4);
    put(s, (uint32_t)lround(y * ONE), 4);
    put(s, (uint32_t)lround(z * ONE), 4);
}

static void put_desc(struct str *s)
{
    str_add(s, "desc");
    put(s, 0, 4);
    put(s, sizeof NAME, 4);
    str_add_mem(s, NAME, sizeof NAME);
    put_zeros(s, 4 + 4 + 2 + 1 + DESC_SCRIPT);
}

static void put_rights(struct str *s)
{
    str_add(s, "text");
    put(s, 0, 4);
    str_add_mem(s, RIGHTS, sizeof RIGHTS);
}

static void put_curve(struct str *s)
{
    str_add(s, "curv");
    put(s, 0, 4);
    put(s, CURVE_POINTS, 4);
    for (int i = 0; i < CURVE_POINTS; i++) {
        double v = (double)i / (CURVE_POINTS - 1);

        v = v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
        put(s, (uint32_t)lround(v * 65535), 2);
    }
}

static void put_white(struct str *s)
{
    put_xyz(s, 0.9642, 1, 0.8249);
}

static void put_red(struct str *s)
{
    put_xyz(s, 0.4360747, 0.2225045, 0.0139322);
}

static void put_green(struct str *s)
{
    put_xyz(s, 0.3850649, 0.7168786, 0.0971045);
}

static void put_blue(struct str *s)
{
    put_xyz(s, 0.1430804, 0.0606169, 0.7141733);
}

static void put_head(struct str *s, size_t size)
{
    put(s, (uint32_t)size, 4);
    put(s, 0, 4);
    put(s, 0x02100000, 4);
    str_add(s, "mntrRGB XYZ ");
    put(s, 2000, 2);
    put(s, 1, 2);
    put(s, 1, 2);
    put_zeros(s, 6);
    str_add(s, "acsp");
    put_zeros(s, 28);
    put(s, 0xF6D6, 4); /* D50, as every profile writes it */
    put(s, ONE, 4);
    put(s, 0xD32D, 4);
    put_zeros(s, HEAD - (int)s->len);
}

void srgb_write(struct str *out)
{
    static const struct {
        const char *tag;
        void (*write)(struct str *s); /* NULL: as the one before */
    } tags[] = {
        {"cprt", put_rights}, {"desc", put_desc},  {"wtpt", put_white},
        {"rXYZ", put_red},    {"gXYZ", put_green}, {"bXYZ", put_blue},
        {"rTRC", put_curve},  {"gTRC", NULL},      {"bTRC", NULL},
    };
    AUTO_STR struct str list = STR_INIT(PROFILE_MAX);
    AUTO_STR struct str body = STR_INIT(PROFILE_MAX);
    AUTO_STR struct str head = STR_INIT(PROFILE_MAX);
    size_t start = HEAD + 4 + 12 * ARRAY_LEN(tags), at = 0, len = 0;

    put(&list, ARRAY_LEN(tags), 4);
    for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
        if (tags[i].write) {
            at = body.len;
            tags[i].write(&body);
            len = body.len - at;
            while (body.len % 4 != 0)
                str_add_char(&body, 0);
        }
        str_add(&list, tags[i].tag);
        put(&list, (uint32_t)(start + at), 4);
        put(&list, (uint32_t)len, 4);
    }
    put_head(&head, start + body.len);
    str_add_mem(out, head.p, head.len);
    str_add_mem(out, list.p, list.len);
    str_add_mem(out, body.p, body.len);
}
