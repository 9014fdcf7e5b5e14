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
#include "ocr/alts.h"
#include "ocr/result.h"
#include "ocr/tess_net.h"

#define DATA_DIR "/usr/share/tesseract-ocr/5/tessdata" /* Debian 12 */
#define WORD_MAX ((size_t)4096)
#define SIGN_MAX ((size_t)64)
#define DPI_LOW  70 /* below, Tesseract does not believe it */
#define DPI_HIGH 2400

/* Tesseract tells the rating of a choice as 100 - rating * coefficient, cut off at 0: a
 * small coefficient keeps the bad ones apart. */
#define RATING_COEFFICIENT "0.25"
#define RATING_UNIT        (ALTS_UNIT / 0.25)

struct tess {
    TessBaseAPI *api;
    struct tess_net *net; /* owned; NULL: not for this model or library */
    bool theirs;          /* Tesseract's network reads all the same */
    struct str model;     /* kept: the library may look at it until the end */
    char sha256[HASH_HEX];
};

/* ---- OpenMP ---------------------------------------------------------------------- */

/*
 * Tesseract asks OpenMP for a team of threads thousands of times a page. A worker has
 * one thread, and a team of one still costs calls into the kernel: a seventh of all our
 * processor time. These stand before libgomp's functions of the same names (its
 * libgomp.h, "ABI of GCC 4.9 and later"), and the library finds them first, because the
 * program itself is searched first: whatever is to run side by side runs in turn. Teams
 * are not nested, and nothing else here uses OpenMP.
 */
typedef void region(void *data);

void GOMP_parallel(region *body, void *data, unsigned threads, unsigned flags);
void GOMP_parallel_sections(region *body, void *data, unsigned threads, unsigned count,
                            unsigned flags);
unsigned GOMP_sections_next(void);
void GOMP_sections_end_nowait(void);

/* The sections of the region that runs: libgomp gives the caller no handle either. */
static _Thread_local struct {
    unsigned begun, count;
} sections;

void GOMP_parallel(region *body, void *data, unsigned threads, unsigned flags)
{
    (void)threads;
    (void)flags;
    body(data);
}

void GOMP_parallel_sections(region *body, void *data, unsigned threads, unsigned count,
                            unsigned flags)
{
    (void)threads;
    (void)flags;
    sections.begun = 0;
    sections.count = count;
    body(data);
}

/* Numbers from 1; 0: there are no more. */
unsigned GOMP_sections_next(void)
{
    return sections.begun < sections.count ? ++sections.begun : 0;
}

void GOMP_sections_end_nowait(void)
{
}

/* ---- ambiguities ----------------------------------------------------------------- */

/*
 * When it opens, Tesseract makes tables of letters that look alike ("rn" for "m"),
 * always the same and for its old recognizer alone, which is never used here. Sorting
 * them into lists takes most of the time of opening, and every worker opens it anew.
 * UnicharAmbigs::LoadUniversal() is stood before by nothing.
 */
void tess_universal(void *ambigs, const void *encoder, void *letters) __asm__(
    "_ZN9tesseract13UnicharAmbigs13LoadUniversalERKNS_10UNICHARSETEPS1_");

void tess_universal(void *ambigs, const void *encoder, void *letters)
{
    (void)ambigs;
    (void)encoder;
    (void)letters;
}

/* ---- order of words ---------------------------------------------------------------
 */

/*
 * To each next word Tesseract asks anew in which order the words of the line are read,
 * from the beginning of the page on: a twentieth of our time. In the languages here,
 * all written from left to right, it is the order in which they stand, which is what
 * the iterator below it gives. These stand before ResultIterator::Next() and
 * IsAtBeginningOf().
 */
#define NAME_NEXT       "4NextENS_17PageIteratorLevelE"
#define NAME_AT_BEGIN   "15IsAtBeginningOfENS_17PageIteratorLevelE"
#define PAGE_ITERATOR   "9tesseract12PageIterator"
#define RESULT_ITERATOR "9tesseract14ResultIterator"

bool tess_next(void *it,
               TessPageIteratorLevel level) __asm__("_ZN" RESULT_ITERATOR NAME_NEXT);
bool tess_at_begin(const void *it, TessPageIteratorLevel level) __asm__(
    "_ZNK" RESULT_ITERATOR NAME_AT_BEGIN);
/* Of the library. */
extern bool
tess_page_next(void *it,
               TessPageIteratorLevel level) __asm__("_ZN" PAGE_ITERATOR NAME_NEXT);
extern bool tess_page_at_begin(const void *it, TessPageIteratorLevel level) __asm__(
    "_ZNK" PAGE_ITERATOR NAME_AT_BEGIN);

bool tess_next(void *it, TessPageIteratorLevel level)
{
    return tess_page_next(it, level);
}

bool tess_at_begin(const void *it, TessPageIteratorLevel level)
{
    return tess_page_at_begin(it, level);
}

/* ---- model ----------------------------------------------------------------------- */

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
    tess_net_close(t->net);
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

/* A model or library of another shape: Tesseract reads by itself, as slowly as ever. */
static void open_net(struct tess *t)
{
    struct err ignored = ERR_INIT;

    if (tess_net_open(t->model.p, t->model.len, &t->net, &ignored) < 0)
        err_clear(&ignored);
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
    (void)TessBaseAPISetVariable(t->api, "lstm_rating_coefficient", RATING_COEFFICIENT);
    /* Paper is dark on light: no unsure line is read once more as its negative. */
    (void)TessBaseAPISetVariable(t->api, "tessedit_do_invert", "0");
    open_net(t);
    *out = TAKE(t);
    return 0;
}

void tess_set_theirs(struct tess *t, bool theirs)
{
    t->theirs = theirs;
}

const char *tess_network(const struct tess *t)
{
    return t->net && !t->theirs ? tess_net_path(t->net) : "Tesseract";
}

/* ---- words --------------------------------------------------------------------- */

struct collector {
    struct alts *alts; /* NULL: not wanted. borrowed */
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

static void iterator_auto(TessResultIterator **it)
{
    if (*it)
        TessResultIteratorDelete(*it);
}

static void choices_auto(TessChoiceIterator **it)
{
    if (*it)
        TessChoiceIteratorDelete(*it);
}

/* The one code point that @text is in NFC, appended to @all; 0 when it is none. */
static unsigned single(const char *text, struct str *all)
{
    AUTO_STR struct str nfc = STR_INIT(SIGN_MAX);
    const char *p = NULL;
    size_t left = 0;
    unsigned cp = 0;

    utf8_nfc(text, strnlen(text, SIGN_MAX / 4), &nfc);
    if (nfc.len == 0)
        return 0;
    p = str_text(&nfc);
    left = nfc.len;
    cp = utf8_next(&p, &left);
    if (all)
        str_add_mem(all, nfc.p, nfc.len);
    return left == 0 ? cp : 0;
}

/* What else the sign at @it might have been. */
static void add_others(struct alts *a, TessResultIterator *it, unsigned read)
{
    AUTO(choices_auto) TessChoiceIterator *c = NULL;
    float best = 0, mine = -1;
    size_t first = a->other_count;

    c = TessResultIteratorGetChoiceIterator(it);
    if (!c)
        return;
    do {
        const char *text = TessChoiceIteratorGetUTF8Text(c);
        float rating = TessChoiceIteratorConfidence(c);
        unsigned cp = text ? single(text, NULL) : 0;

        best = rating > best ? rating : best;
        if (cp == read)
            mine = rating;
        else if (cp)
            alts_add_other(a, cp, (int)(-rating * RATING_UNIT));
    } while (TessChoiceIteratorNext(c));
    mine = mine < 0 ? best : mine;
    for (size_t i = first; i < a->other_count; i++)
        a->others[i].cost += (int)(mine * RATING_UNIT);
}

/* The signs of the word at @it. When they are not the letters of @word, nothing is
 * known of it. */
static void add_signs(struct alts *a, const TessResultIterator *it,
                      const struct str *word)
{
    AUTO(iterator_auto) TessResultIterator *sign = TessResultIteratorCopy(it);
    AUTO_STR struct str all = STR_INIT(WORD_MAX);
    bool good = true;

    alts_add_word(a);
    do {
        char *text = TessResultIteratorGetUTF8Text(sign, RIL_SYMBOL);
        unsigned cp = text ? single(text, &all) : 0;

        if (text)
            TessDeleteText(text);
        good = good && cp;
        if (good) {
            alts_add_sign(a, cp);
            add_others(a, sign, cp);
        }
    } while (TessResultIteratorNext(sign, RIL_SYMBOL) &&
             !TessPageIteratorIsAtBeginningOf(
                 TessResultIteratorGetPageIteratorConst(sign), RIL_WORD));
    if (!good || all.len != word->len || memcmp(all.p, word->p, all.len) != 0)
        alts_drop_word(a);
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
    if (c->alts)
        add_signs(c->alts, it, &word);
    c->confidence_sum += w->confidence;
    str_add_mem(&c->text, word.p, word.len);
    return str_check(&c->text, "text of a page", e);
}

/* Copies the words of what was just recognized; it begins a line, and a block unless
 * it @goes_on. */
static int collect(struct tess *t, struct collector *c, const struct result *page,
                   bool goes_on, struct err *e)
{
    AUTO(iterator_auto) TessResultIterator *it = TessBaseAPIGetIterator(t->api);
    bool new_line = true, new_block = !goes_on;

    if (!it)
        return 0; /* nothing there */
    do {
        const TessPageIterator *at = TessResultIteratorGetPageIteratorConst(it);
        size_t before = c->count;

        new_block |= !goes_on && TessPageIteratorIsAtBeginningOf(at, RIL_BLOCK) != 0;
        new_line |= TessPageIteratorIsAtBeginningOf(at, RIL_TEXTLINE) != 0;
        if (add_word(c, page, it, new_line, new_block, e) < 0)
            return -1;
        if (c->count > before)
            new_line = new_block = false; /* else the next word begins it */
    } while (TessResultIteratorNext(it, RIL_WORD));
    return 0;
}

static int recognize(struct tess *t, struct collector *c, const struct result *page,
                     bool goes_on, struct err *e)
{
    int rc = 0;

    (void)TessBaseAPISetVariable(t->api, "lstm_choice_mode", c->alts ? "2" : "0");
    tess_net_use(t->theirs ? NULL : t->net);
    rc = TessBaseAPIRecognize(t->api, NULL);
    tess_net_use(NULL);
    if (rc != 0)
        return err_set(e, ERR_OCR_FAILED, "Tesseract");
    return collect(t, c, page, goes_on, e);
}

/* What was collected, as a result. */
static void finish(struct collector *c, struct result *page, struct result *out)
{
    page->text = c->text.p ? str_take(&c->text) : mem_dup("");
    page->words = TAKE(c->words);
    page->word_count = c->count;
    page->confidence = c->count ? (int)(c->confidence_sum / (int64_t)c->count) : 0;
    page->skew_reason = mem_dup("");
    *out = *page;
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

/* Exactly the picture's width is cut out at the wrong height by Tesseract 5.3: a column
 * less. */
static void set_rectangle(struct tess *t, const struct result *page, int32_t x,
                          int32_t y, int32_t w, int32_t h)
{
    int left = (int)num_clamp(x, 0, page->width_px - 1);
    int top = (int)num_clamp(y, 0, page->height_px - 1);
    int right = (int)num_clamp((int64_t)x + w, left + 1, page->width_px);
    int bottom = (int)num_clamp((int64_t)y + h, top + 1, page->height_px);

    if (left == 0 && right == page->width_px && right > 1)
        right--;
    TessBaseAPISetRectangle(t->api, left, top, right - left, bottom - top);
}

static int read_areas(struct tess *t, const struct tess_area *areas, size_t count,
                      struct collector *c, const struct result *page, struct err *e)
{
    static const TessPageSegMode MODES[] = {[TESS_PAGE] = PSM_AUTO,
                                            [TESS_BLOCK] = PSM_SINGLE_BLOCK,
                                            [TESS_LINE] = PSM_SINGLE_LINE,
                                            [TESS_SPARSE] = PSM_SPARSE_TEXT};

    if (count > TESS_AREAS_MAX)
        return err_set(e, ERR_LIMIT, "areas of a page");
    for (size_t i = 0; i < count; i++) {
        const struct tess_area *a = &areas[i];

        TessBaseAPISetPageSegMode(t->api, MODES[a->mode]);
        set_rectangle(t, page, a->x, a->y, a->w, a->h);
        if (recognize(t, c, page, a->goes_on, e) < 0)
            return -1;
    }
    return 0;
}

int tess_read(struct tess *t, struct Pix *pix, int dpi, enum tess_thresholding how,
              const struct tess_area *areas, size_t area_count, struct alts *alts,
              struct result *out, struct err *e)
{
    AUTO(collector_auto)
    struct collector c = {.alts = alts, .text = STR_INIT(RESULT_TEXT_MAX)};
    struct result page = {.width_px = pixGetWidth(pix), .height_px = pixGetHeight(pix)};
    int rc = 0;

    if (page.width_px < 1 || page.height_px < 1 || pixGetDepth(pix) != 8)
        return err_set(e, ERR_OCR_FAILED, "picture of %d bits", pixGetDepth(pix));
    set_picture(t, pix, dpi, PSM_AUTO, how);
    rc = area_count > 0 ? read_areas(t, areas, area_count, &c, &page, e)
                        : recognize(t, &c, &page, false, e);
    TessBaseAPIClear(t->api); /* gives the memory of the picture back */
    if (rc == 0)
        finish(&c, &page, out);
    return rc;
}

int tess_read_line(struct tess *t, struct Pix *pix, int dpi, struct result *out,
                   struct err *e)
{
    AUTO(collector_auto) struct collector c = {.text = STR_INIT(RESULT_TEXT_MAX)};
    struct result page = {.width_px = pixGetWidth(pix), .height_px = pixGetHeight(pix)};
    int rc = 0;

    set_picture(t, pix, dpi, PSM_SINGLE_LINE, TESS_OTSU);
    rc = recognize(t, &c, &page, false, e);
    TessBaseAPIClear(t->api);
    if (rc == 0)
        finish(&c, &page, out);
    return rc;
}
