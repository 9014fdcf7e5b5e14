/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/tess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <allheaders.h>
#include <tesseract/capi.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/result.h"

#define DATA_DIR "/usr/share/tesseract-ocr/5/tessdata" /* Debian 12 */
#define WORD_MAX ((size_t)4096)
#define DPI_LOW  70 /* below, Tesseract does not believe it */
#define DPI_HIGH 2400

struct tess {
    TessBaseAPI *api;
    struct str model; /* kept: the library may look at it until the end */
    char sha256[HASH_HEX];
    int32_t held_w, held_h; /* of the picture of tess_hold() */
};

char *tess_model_path(void)
{
    const char *dir = getenv("TESSDATA_PREFIX");

    return fs_path(dir && *dir ? dir : DATA_DIR, TESS_LANGUAGE ".traineddata");
}

const char *tess_model_sha256(const struct tess *t)
{
    return t->sha256;
}

const char *tess_version(void)
{
    return TessVersion();
}

void tess_close(struct tess *t)
{
    if (!t)
        return;
    if (t->api) {
        TessBaseAPIEnd(t->api);
        TessBaseAPIDelete(t->api);
    }
    str_clear(&t->model);
    mem_free(t);
}

void tess_auto(struct tess **t)
{
    tess_close(*t);
    *t = NULL;
}

static int load_model(struct tess *t, struct err *e)
{
    AUTO_MEM char *path = tess_model_path();
    struct err why = ERR_INIT;

    if (fs_read_file(path, &t->model, &why) < 0 || t->model.len > INT32_MAX)
        return err_set(e, ERR_OCR_MODEL, "language \"%s\"", TESS_LANGUAGE),
               err_detail(e, "%s: %s", path, err_code_name(why.code));
    hash_bytes(t->model.p, t->model.len, t->sha256);
    return 0;
}

int tess_open(struct tess **out, struct err *e)
{
    AUTO_TESS struct tess *t = mem_new(1, sizeof *t);

    t->model.max = TESS_MODEL_MAX;
    (void)setMsgSeverity(L_SEVERITY_NONE); /* leptonica writes to stderr otherwise */
    if (load_model(t, e) < 0)
        return -1;
    t->api = TessBaseAPICreate();
    if (!t->api)
        return err_set(e, ERR_MEMORY, "Tesseract");
    (void)TessBaseAPISetVariable(t->api, "debug_file", "/dev/null");
    if (TessBaseAPIInit5(t->api, t->model.p, (int)t->model.len, TESS_LANGUAGE,
                         OEM_LSTM_ONLY, NULL, 0, NULL, NULL, 0, 0) != 0)
        return err_set(e, ERR_OCR_MODEL, "language \"%s\"", TESS_LANGUAGE);
    *out = TAKE(t);
    return 0;
}

/* ---- words --------------------------------------------------------------------- */

struct collector {
    struct str text;
    struct result_word *words; /* owned */
    size_t count, cap;
    int line, block; /* of the last word */
    int64_t confidence_sum;
};

static void collector_auto(struct collector *c)
{
    str_clear(&c->text);
    mem_free(c->words);
}

static void text_auto(char **text)
{
    if (*text)
        TessDeleteText(*text);
}

/* A word in NFC without any white space; may come out empty. */
static void clean_word(const char *text, struct str *out)
{
    AUTO_STR struct str nfc = STR_INIT(WORD_MAX);

    utf8_nfc(text, strnlen(text, WORD_MAX / 4), &nfc);
    for (size_t i = 0; i < nfc.len; i++)
        if (nfc.p[i] != ' ' && nfc.p[i] != '\n' && nfc.p[i] != '\t')
            str_add_char(out, nfc.p[i]);
}

/* The box within the picture, at least one pixel. */
static void clip(struct result_word *w, int left, int top, int right, int bottom,
                 int32_t width, int32_t height)
{
    w->x = (int32_t)num_clamp(left, 0, width - 1);
    w->y = (int32_t)num_clamp(top, 0, height - 1);
    w->w = (int32_t)num_clamp((int64_t)right - w->x, 1, width - w->x);
    w->h = (int32_t)num_clamp((int64_t)bottom - w->y, 1, height - w->y);
}

static int add_word(struct collector *c, const struct result *page,
                    TessResultIterator *it, bool new_line, bool new_block,
                    struct err *e)
{
    const TessPageIterator *at = TessResultIteratorGetPageIteratorConst(it);
    AUTO(text_auto) char *text = TessResultIteratorGetUTF8Text(it, RIL_WORD);
    AUTO_STR struct str word = STR_INIT(WORD_MAX);
    float confidence = TessResultIteratorConfidence(it, RIL_WORD);
    int left = 0, top = 0, right = 0, bottom = 0;
    struct result_word *w = NULL;

    if (!text ||
        !TessPageIteratorBoundingBox(at, RIL_WORD, &left, &top, &right, &bottom))
        return 0;
    clean_word(text, &word);
    if (word.len == 0)
        return 0;
    if (c->count >= RESULT_WORDS_MAX)
        return err_set(e, ERR_LIMIT, "words of a page");
    if (c->count > 0) {
        str_add(&c->text, new_block ? "\n\n" : new_line ? "\n" : " ");
        c->line += new_block || new_line;
        c->block += new_block;
    }
    mem_grow(&c->words, &c->cap, c->count + 1, sizeof *c->words);
    w = &c->words[c->count++];
    *w = (struct result_word){.start = c->text.len,
                              .len = word.len,
                              .confidence = (int)num_clamp((int64_t)confidence, 0, 100),
                              .line = c->line,
                              .block = c->block};
    clip(w, left, top, right, bottom, page->width_px, page->height_px);
    c->confidence_sum += w->confidence;
    str_add_mem(&c->text, word.p, word.len);
    return str_check(&c->text, "text of a page", e);
}

static void iterator_auto(TessResultIterator **it)
{
    if (*it)
        TessResultIteratorDelete(*it);
}

static int collect(struct tess *t, struct collector *c, const struct result *page,
                   struct err *e)
{
    AUTO(iterator_auto) TessResultIterator *it = TessBaseAPIGetIterator(t->api);
    bool new_line = false, new_block = false;

    if (!it)
        return 0; /* nothing on the page */
    do {
        const TessPageIterator *at = TessResultIteratorGetPageIteratorConst(it);
        size_t before = c->count;

        new_block |= TessPageIteratorIsAtBeginningOf(at, RIL_BLOCK) != 0;
        new_line |= TessPageIteratorIsAtBeginningOf(at, RIL_TEXTLINE) != 0;
        if (add_word(c, page, it, new_line, new_block, e) < 0)
            return -1;
        if (c->count > before)
            new_line = new_block = false; /* else the next word begins it */
    } while (TessResultIteratorNext(it, RIL_WORD));
    return 0;
}

/* What was just set is recognized and copied out. The result iterator dies with the
 * page: callers give its memory back. */
static int recognize(struct tess *t, int32_t width, int32_t height, struct result *out,
                     struct err *e)
{
    AUTO(collector_auto) struct collector c = {.text = STR_INIT(RESULT_TEXT_MAX)};
    struct result page = {.width_px = width, .height_px = height};

    if (TessBaseAPIRecognize(t->api, NULL) != 0)
        return err_set(e, ERR_OCR_FAILED, "Tesseract");
    if (collect(t, &c, &page, e) < 0)
        return -1;
    page.text = c.text.p ? str_take(&c.text) : mem_dup("");
    page.words = TAKE(c.words);
    page.word_count = c.count;
    page.confidence = c.count ? (int)(c.confidence_sum / (int64_t)c.count) : 0;
    page.skew_reason = mem_dup("");
    *out = page;
    return 0;
}

static void set_picture(struct tess *t, struct Pix *pix, int dpi, TessPageSegMode mode,
                        enum tess_thresholding how)
{
    TessBaseAPISetPageSegMode(t->api, mode);
    (void)TessBaseAPISetVariable(t->api, "thresholding_method",
                                 how == TESS_TILED_OTSU ? "1" : "0");
    TessBaseAPISetImage2(t->api, pix); /* copies */
    TessBaseAPISetSourceResolution(t->api, (int)num_clamp(dpi, DPI_LOW, DPI_HIGH));
}

int tess_read(struct tess *t, struct Pix *pix, int dpi, enum tess_thresholding how,
              struct result *out, struct err *e)
{
    int rc = 0;

    if (pixGetWidth(pix) < 1 || pixGetHeight(pix) < 1 || pixGetDepth(pix) != 8)
        return err_set(e, ERR_OCR_FAILED, "picture of %d bits", pixGetDepth(pix));
    set_picture(t, pix, dpi, PSM_AUTO, how);
    rc = recognize(t, pixGetWidth(pix), pixGetHeight(pix), out, e);
    tess_let_go(t);
    return rc;
}

void tess_hold(struct tess *t, struct Pix *pix, int dpi)
{
    t->held_w = pixGetWidth(pix);
    t->held_h = pixGetHeight(pix);
    set_picture(t, pix, dpi, PSM_SINGLE_LINE, TESS_OTSU);
}

int tess_read_line(struct tess *t, int x, int y, int w, int h, struct result *out,
                   struct err *e)
{
    int left = (int)num_clamp(x, 0, t->held_w - 1);
    int top = (int)num_clamp(y, 0, t->held_h - 1);
    int right = (int)num_clamp((int64_t)x + w, left + 1, t->held_w);
    int bottom = (int)num_clamp((int64_t)y + h, top + 1, t->held_h);

    TessBaseAPISetRectangle(t->api, left, top, right - left, bottom - top);
    return recognize(t, t->held_w, t->held_h, out, e);
}

void tess_let_go(struct tess *t)
{
    TessBaseAPIClear(t->api);
}
