/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/layer.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/result.h"
#include "ocr/secrecy.h"

#define SIDE_PT_MAX 20000.0
#define WORD_MAX    ((size_t)4096)

const char *layer_name(enum layer_use use)
{
    static const char *const NAMES[] = {
        [LAYER_NONE] = "", [LAYER_USED] = "used", [LAYER_REFUSED] = "refused"};

    return NAMES[use];
}

/* ---- what pdftotext prints ------------------------------------------------------ */

struct parsing {
    struct result *r;
    struct str text;
    size_t cap;
    double width, height;
    int line, block; /* of the next word */
    bool new_line, new_block;
};

/* One of the five entities that it writes, or a number. Return: bytes, 0 none. */
static size_t entity(const char *p, struct str *out)
{
    static const struct {
        const char *name;
        char c;
    } KNOWN[] = {{"&amp;", '&'},
                 {"&lt;", '<'},
                 {"&gt;", '>'},
                 {"&quot;", '"'},
                 {"&apos;", '\''}};

    for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++) {
        if (!str_starts(p, KNOWN[i].name))
            continue;
        str_add_char(out, KNOWN[i].c);
        return strlen(KNOWN[i].name);
    }
    return 0;
}

/* The text of a word: entities undone, NFC, white space left out. */
static void word_text(const char *p, size_t len, struct str *out)
{
    AUTO_STR struct str raw = STR_INIT(WORD_MAX);
    AUTO_STR struct str nfc = STR_INIT(WORD_MAX * 2);

    for (size_t i = 0; i < len && !raw.over;) {
        size_t n = p[i] == '&' ? entity(p + i, &raw) : 0;

        if (n == 0)
            str_add_char(&raw, p[i]);
        i += n > 0 ? n : 1;
    }
    if (raw.over || !utf8_valid(str_text(&raw), raw.len))
        return;
    utf8_nfc(str_text(&raw), raw.len, &nfc);
    for (size_t i = 0; i < nfc.len; i++)
        if (!strchr(" \t\n\r", nfc.p[i]))
            str_add_char(out, nfc.p[i]);
}

static int add_word(struct parsing *p, const double box[4], const char *text,
                    size_t len, struct err *e)
{
    AUTO_STR struct str clean = STR_INIT(WORD_MAX);
    struct result *r = p->r;
    struct result_word *w = NULL;
    double x = box[0] * LAYER_UNIT, y = box[1] * LAYER_UNIT;

    word_text(text, len, &clean);
    if (clean.len == 0 || clean.over)
        return 0;
    if (r->word_count == RESULT_WORDS_MAX)
        return err_set(e, ERR_LIMIT, "words of a text layer");
    if (r->word_count > 0) {
        p->line += p->new_line;
        p->block += p->new_block;
        str_add(&p->text, p->new_block ? "\n\n" : p->new_line ? "\n" : " ");
    }
    p->new_line = p->new_block = false;
    mem_grow(&r->words, &p->cap, r->word_count + 1, sizeof *r->words);
    w = &r->words[r->word_count++];
    *w = (struct result_word){
        .start = p->text.len, .len = clean.len, .line = p->line, .block = p->block};
    w->x = (int32_t)num_clamp(lround(x), 0, r->width_px - 1);
    w->y = (int32_t)num_clamp(lround(y), 0, r->height_px - 1);
    w->w = (int32_t)num_clamp(lround(box[2] * LAYER_UNIT - x), 1, r->width_px - w->x);
    w->h = (int32_t)num_clamp(lround(box[3] * LAYER_UNIT - y), 1, r->height_px - w->y);
    str_add_mem(&p->text, clean.p, clean.len);
    return str_check(&p->text, "text layer", e);
}

static int bad(struct err *e, const char *what)
{
    return err_set(e, ERR_WORKER_PROTOCOL, "text layer: %s", what);
}

static int take_page(struct parsing *p, const char *tag, struct err *e)
{
    if (p->r->width_px > 0 ||
        sscanf(tag, "<page width=\"%lf\" height=\"%lf\"", &p->width, &p->height) != 2 ||
        !(p->width >= 1 && p->width <= SIDE_PT_MAX) ||
        !(p->height >= 1 && p->height <= SIDE_PT_MAX))
        return bad(e, "page");
    p->r->width_px = (int32_t)lround(p->width * LAYER_UNIT);
    p->r->height_px = (int32_t)lround(p->height * LAYER_UNIT);
    return 0;
}

static int take_word(struct parsing *p, const char *tag, struct err *e)
{
    const char *text = strchr(tag, '>');
    const char *end = text ? strstr(text, "</word>") : NULL;
    double b[4];

    if (!end || p->r->width_px == 0 ||
        sscanf(tag, "<word xMin=\"%lf\" yMin=\"%lf\" xMax=\"%lf\" yMax=\"%lf\"", &b[0],
               &b[1], &b[2], &b[3]) != 4)
        return bad(e, "word");
    for (int i = 0; i < 4; i++)
        if (!(fabs(b[i]) <= SIDE_PT_MAX))
            return bad(e, "box");
    return add_word(p, b, text + 1, (size_t)(end - text - 1), e);
}

static int parse(struct parsing *p, const char *text, struct err *e)
{
    for (const char *at = strchr(text, '<'); at; at = strchr(at + 1, '<')) {
        int rc = 0;

        if (str_starts(at, "<page "))
            rc = take_page(p, at, e);
        else if (str_starts(at, "<block "))
            p->new_block = p->new_line = true;
        else if (str_starts(at, "<line "))
            p->new_line = true;
        else if (str_starts(at, "<word "))
            rc = take_word(p, at, e);
        if (rc < 0)
            return -1;
    }
    return p->r->width_px > 0 ? 0 : bad(e, "no page");
}

int layer_parse(const char *text, size_t len, struct result *out, struct err *e)
{
    AUTO_RESULT struct result r = {.skew_reason = mem_dup("")};
    struct parsing p = {.r = &r, .text = STR_INIT(RESULT_TEXT_MAX)};
    AUTO_MEM char *copy = mem_new(len + 1, 1);
    int rc = 0;

    memcpy(copy, text, len); /* a NUL inside ends it */
    rc = parse(&p, copy, e);
    r.text = str_take(&p.text);
    if (!r.text)
        r.text = mem_dup("");
    if (rc < 0 || r.word_count == 0)
        return rc;
    if (result_check(&r, e) < 0)
        return -1;
    *out = r;
    r = (struct result){0};
    return 1;
}

/* ---- agreement ------------------------------------------------------------------ */

struct bag {
    struct str text; /* words, each ended by NUL */
    const char **words;
    size_t count;
};

static void bag_clear(struct bag *b)
{
    str_clear(&b->text);
    mem_free(b->words);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void bag_fill(struct bag *b, const char *text)
{
    AUTO_STR struct str low = STR_INIT(RESULT_TEXT_MAX * 2);
    const char *p = NULL;
    size_t left = 0;
    bool inside = false;

    utf8_lower(text, strlen(text), &low);
    b->text = (struct str)STR_INIT(RESULT_TEXT_MAX * 3);
    p = str_text(&low);
    left = low.len;
    while (left > 0) {
        unsigned cp = utf8_next(&p, &left);
        bool part = utf8_is_letter_or_digit(cp) || (inside && utf8_is_mark(cp));

        if (part)
            utf8_put(&b->text, cp);
        else if (inside)
            str_add_char(&b->text, '\0');
        b->count += inside && !part;
        inside = part;
    }
    b->count += inside;
    b->words = mem_new(b->count + 1, sizeof *b->words);
    p = str_text(&b->text);
    for (size_t i = 0; i < b->count; i++, p += strlen(p) + 1)
        b->words[i] = p;
    qsort(b->words, b->count, sizeof *b->words, compare);
}

int layer_agreement(const char *a, const char *b)
{
    AUTO(bag_clear) struct bag x = {0};
    AUTO(bag_clear) struct bag y = {0};
    size_t common = 0;

    bag_fill(&x, a);
    bag_fill(&y, b);
    for (size_t i = 0, k = 0; i < x.count && k < y.count;) {
        int c = strcmp(x.words[i], y.words[k]);

        common += c == 0;
        i += c <= 0;
        k += c >= 0;
    }
    return x.count + y.count == 0 ? 0 : (int)(200 * common / (x.count + y.count));
}

static bool has_digit(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] >= '0' && p[i] <= '9')
            return true;
    return false;
}

/* Is this token among those of @text? */
static bool occurs(const char *text, const char *word, size_t len)
{
    for (const char *p = text; (p = strstr(p, word)); p += len)
        if ((p == text || strchr(" \n", p[-1])) && (strchr(" \n", p[len])))
            return true;
    return false;
}

static int32_t scaled(int32_t v, int32_t from, int32_t to)
{
    return (int32_t)((int64_t)v * to / from);
}

enum layer_use layer_choose(struct result *ours, const struct result *layer,
                            bool scanned)
{
    int least = scanned ? LAYER_AGREE_SCANNED : LAYER_AGREE;
    int64_t sum = 0;
    struct result r = {0};

    if (layer->word_count == 0)
        return LAYER_NONE;
    /* A stamp on the paper is not in the layer: what was seen must not be lost. */
    if (ours->blank || ours->stamp || secrecy_find(ours, NULL) ||
        layer_agreement(ours->text, layer->text) < least)
        return LAYER_REFUSED;
    r = *ours;
    r.skew_reason = mem_dup(ours->skew_reason);
    ours->steps = (struct steps){0}; /* now in r */
    ours->grid = (struct grid){0};   /* that as well */
    r.choices = NULL;                /* they were among our words */
    r.choice_count = 0;
    r.text = mem_dup(layer->text);
    r.word_count = layer->word_count;
    r.words = mem_new(layer->word_count, sizeof *r.words);
    for (size_t i = 0; i < r.word_count; i++) {
        struct result_word *w = &r.words[i];
        AUTO_MEM char *text = NULL;

        *w = layer->words[i];
        w->x = scaled(w->x, layer->width_px, r.width_px);
        w->y = scaled(w->y, layer->height_px, r.height_px);
        w->w = scaled(w->w, layer->width_px, r.width_px);
        w->h = scaled(w->h, layer->height_px, r.height_px);
        w->w = (int32_t)num_clamp(w->w, 1, r.width_px - w->x);
        w->h = (int32_t)num_clamp(w->h, 1, r.height_px - w->y);
        text = mem_printf("%.*s", (int)w->len, r.text + w->start);
        w->confidence = has_digit(text, w->len) && !occurs(ours->text, text, w->len)
                            ? LAYER_DOUBT
                            : LAYER_CONFIDENCE;
        sum += w->confidence;
    }
    r.confidence = (int)(sum / (int64_t)r.word_count);
    grid_again(&r);
    result_clear(ours);
    *ours = r;
    return LAYER_USED;
}
