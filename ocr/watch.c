/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/watch.h"

#include <allheaders.h>

#include "node/base/str.h"
#include "ocr/ocr.h"
#include "ocr/result.h"

#define HALVES_MAX 6 /* of the largest picture there is */

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

/* Return: true when it was told. */
static bool tell(const struct ocr_watch *w, const char *name, struct Pix *pix)
{
    AUTO_STR struct str png = STR_INIT(OCR_WATCH_BYTES_MAX);
    l_uint8 *data = NULL;
    size_t len = 0;

    if (pixWriteMemPng(&data, &len, pix, 0) != 0)
        return true; /* smaller ones would not fare better */
    if (len <= OCR_WATCH_BYTES_MAX)
        str_add_mem(&png, data, len);
    lept_free(data);
    if (png.len == 0)
        return false;
    w->picture(w->ctx, name, &png);
    return true;
}

void watch_show(const struct ocr_watch *w, const char *name, struct Pix *pix)
{
    AUTO(pix_auto) struct Pix *at = NULL;

    if (!w || !pix)
        return;
    at = pixClone(pix);
    for (int i = 0; i < HALVES_MAX && at && !tell(w, name, at); i++) {
        struct Pix *half = pixScaleAreaMap2(at);

        pixDestroy(&at);
        at = half;
    }
}

void watch_words(const struct ocr_watch *w, struct Pix *pix, const struct result *r)
{
    AUTO(pix_auto) struct Pix *drawn = NULL;

    if (!w || r->word_count == 0)
        return;
    drawn = pixConvertTo32(pix);
    for (size_t i = 0; drawn && i < r->word_count; i++) {
        const struct result_word *o = &r->words[i];
        struct Box *box = boxCreate(o->x, o->y, o->w, o->h);
        bool doubtful = o->confidence < WATCH_DOUBT;

        (void)pixRenderBoxArb(drawn, box, 1, doubtful ? 220 : 0, doubtful ? 0 : 140, 0);
        boxDestroy(&box);
    }
    watch_show(w, "words", drawn);
}
