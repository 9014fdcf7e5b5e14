/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/result.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "node/base/deflate.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/utf8.h"
#include "ocr/capture.h"
#include "ocr/layer.h"
#include "ocr/secrecy.h"
#include "ocr/upright.h"

/*
 * The blob, before zlib; v = unsigned varint (7 bits a byte, low first), s = signed,
 * zigzag:
 *
 *      v 1, 2 or 3         version; 2 has choices at its end, 3 as well
 *      v width  v height  v dpi  v blank  v confidence  s skew in 1/1000 degree
 *      v n, n bytes        reason of the skew, without NUL
 *      v width  v height   of the upright page, and s × 8 its corners: version 3 only
 *      v count             of words
 *      s × count           x, each less the one before; then y in the same way
 *      v × count           w; h; confidence; line and block, less the one before
 *      v count             of choices, and for each: v word, less the one before;
 *                          v changed; v n, n bytes other reading; v score; v other's
 *
 * Where the words lie in the text is not stored: they are its tokens. Times are not
 * stored either, so that the same page gives the same bytes again.
 */
#define BLOB_PLAIN       1
#define BLOB_CHOICES     2
#define BLOB_UPRIGHT     3
#define BLOB_MAX         ((size_t)2 << 20)
#define SIDE_MAX         INT64_C(1000000)
#define DPI_MAX          INT64_C(10000)
#define SKEW_MDEG_MAX    INT64_C(360000)
#define REASON_MAX       64
#define NUMBERS_PER_WORD 7
#define CORNER_MAX       ((int64_t)UPRIGHT_CORNER_MAX)

void result_clear(struct result *r)
{
    for (size_t i = 0; i < r->choice_count; i++)
        mem_free(r->choices[i].other);
    mem_free(r->choices);
    grid_clear(&r->grid);
    steps_clear(&r->steps);
    mem_free(r->skew_reason);
    mem_free(r->text);
    mem_free(r->words);
    *r = (struct result){0};
}

static bool is_white(char c)
{
    return c == ' ' || c == '\n';
}

/* The next token of @text from *@at on. Return: its length, 0 when there is none. */
static size_t next_token(const char *text, size_t *at)
{
    size_t end = 0;

    while (is_white(text[*at]))
        (*at)++;
    for (end = *at; text[end] != '\0' && !is_white(text[end]); end++)
        ;
    return end - *at;
}

static int check_word(const struct result *r, size_t i, struct err *e)
{
    const struct result_word *w = &r->words[i];
    const struct result_word *before = i > 0 ? w - 1 : NULL;

    if (w->x < 0 || w->y < 0 || w->w < 1 || w->h < 1 || w->x > r->width_px - w->w ||
        w->y > r->height_px - w->h)
        return err_set(e, ERR_WORKER_PROTOCOL, "box of word %zu", i);
    if (w->confidence < 0 || w->confidence > 100)
        return err_set(e, ERR_WORKER_PROTOCOL, "confidence of word %zu", i);
    if (w->line < (before ? before->line : 0) ||
        w->block < (before ? before->block : 0) || w->line > RESULT_WORDS_MAX ||
        w->block > w->line)
        return err_set(e, ERR_WORKER_PROTOCOL, "line or block of word %zu", i);
    return 0;
}

static int check_text(const char *text, size_t len, struct err *e)
{
    AUTO_STR struct str clean = STR_INIT(RESULT_TEXT_MAX * 2);

    if (len > RESULT_TEXT_MAX || !utf8_valid(text, len) || memchr(text, '\t', len))
        return err_set(e, ERR_WORKER_PROTOCOL, "text of a page");
    utf8_nfc(text, len, &clean);
    if (clean.over || clean.len != len || (len > 0 && memcmp(clean.p, text, len) != 0))
        return err_set(e, ERR_WORKER_PROTOCOL, "text of a page is not NFC");
    return 0;
}

static int check_choice(const struct result *r, size_t i, struct err *e)
{
    const struct result_choice *c = &r->choices[i];
    size_t len = c->other ? strnlen(c->other, RESULT_OTHER_MAX + 1) : 0;

    if (c->word >= r->word_count || (i > 0 && c->word <= c[-1].word) || len == 0 ||
        len > RESULT_OTHER_MAX || strcspn(c->other, " \n") != len || c->score < 0 ||
        c->score > RESULT_SCORE_MAX || c->score_other < 0 ||
        c->score_other > RESULT_SCORE_MAX)
        return err_set(e, ERR_WORKER_PROTOCOL, "choice %zu", i);
    return check_text(c->other, len, e);
}

int result_check(const struct result *r, struct err *e)
{
    size_t at = 0;

    if (r->width_px < 1 || r->height_px < 1 || r->width_px > SIDE_MAX ||
        r->height_px > SIDE_MAX || r->dpi < 0 || r->dpi > DPI_MAX ||
        r->confidence < 0 || r->confidence > 100 ||
        !(fabs(r->skew_deg) * 1000 <= (double)SKEW_MDEG_MAX) || !r->text ||
        !r->skew_reason || strlen(r->skew_reason) > REASON_MAX ||
        r->word_count > RESULT_WORDS_MAX || !upright_check(&r->upright))
        return err_set(e, ERR_WORKER_PROTOCOL, "page result");
    if (check_text(r->text, strlen(r->text), e) < 0)
        return -1;
    for (size_t i = 0; i < r->word_count; i++) {
        size_t len = next_token(r->text, &at);

        if (len == 0 || r->words[i].start != at || r->words[i].len != len)
            return err_set(e, ERR_WORKER_PROTOCOL, "place of word %zu", i);
        if (check_word(r, i, e) < 0)
            return -1;
        at += len;
    }
    if (next_token(r->text, &at) != 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "more text than words");
    for (size_t i = 0; i < r->choice_count; i++)
        if (check_choice(r, i, e) < 0)
            return -1;
    return grid_check(r, e);
}

bool result_has_choice(const struct result *r, size_t word)
{
    size_t low = 0, high = r->choice_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->choices[middle].word == word)
            return true;
        if (r->choices[middle].word < word)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

void result_note(struct result *r, size_t word, const char *other, bool changed)
{
    const struct result_word *w = &r->words[word];
    size_t len = strlen(other), at = r->choice_count, cap = r->choice_count;

    if (len == 0 || len > RESULT_OTHER_MAX || result_has_choice(r, word) ||
        (!changed && len == w->len && memcmp(other, r->text + w->start, len) == 0))
        return;
    mem_grow(&r->choices, &cap, r->choice_count + 1, sizeof *r->choices);
    for (; at > 0 && r->choices[at - 1].word > word; at--)
        r->choices[at] = r->choices[at - 1];
    r->choices[at] = (struct result_choice){
        .word = word, .changed = changed, .other = mem_dup(other)};
    r->choice_count++;
}

void result_mean(struct result *r)
{
    int64_t sum = 0;

    for (size_t i = 0; i < r->word_count; i++)
        sum += r->words[i].confidence;
    r->confidence = r->word_count ? (int)(sum / (int64_t)r->word_count) : 0;
}

/* ---- other text ---------------------------------------------------------------- */

int result_retext(struct result *r, char *const texts[], struct err *e)
{
    AUTO_STR struct str text = STR_INIT(RESULT_TEXT_MAX);

    for (size_t i = 0; i < r->word_count; i++) {
        const struct result_word *w = &r->words[i];

        if (i > 0)
            str_add(&text, w->block != w[-1].block ? "\n\n"
                           : w->line != w[-1].line ? "\n"
                                                   : " ");
        if (texts[i])
            str_add(&text, texts[i]);
        else
            str_add_mem(&text, r->text + w->start, w->len);
    }
    if (str_check(&text, "text of a page", e) < 0)
        return -1;
    for (size_t i = 0, at = 0; i < r->word_count; i++) {
        struct result_word *w = &r->words[i];

        if (i > 0)
            at += w->block != w[-1].block ? 2 : 1;
        w->len = texts[i] ? strlen(texts[i]) : w->len;
        w->start = at;
        at += w->len;
    }
    result_mean(r);
    mem_free(r->text);
    r->text = text.p ? str_take(&text) : mem_dup("");
    return 0;
}

int result_remove(struct result *r, const bool *drop, struct err *e)
{
    AUTO_MEM char **texts = mem_new(r->word_count, sizeof *texts);
    size_t kept = 0;

    assert(r->choice_count == 0);
    for (size_t i = 0; i < r->word_count; i++)
        if (!drop[i])
            r->words[kept++] = r->words[i];
    r->word_count = kept;
    return result_retext(r, texts, e);
}

int result_insert(struct result *r, size_t at, size_t like, bool own,
                  const struct result *from, size_t first, size_t count, struct err *e)
{
    int line = !own ? r->words[like].line : at > 0 ? r->words[at - 1].line + 1 : 0;
    int block = r->word_count > 0 ? r->words[like].block : 0;
    size_t all = r->word_count + count;
    struct result made = {.word_count = all};
    AUTO_MEM struct result_word *words = mem_new(all, sizeof *words);
    char **texts = mem_new(all, sizeof *texts);
    int rc = 0;

    assert(at <= r->word_count && (like == at || like + 1 == at));
    for (size_t i = 0; i < all; i++) {
        bool new_one = i >= at && i < at + count;
        const struct result_word *w = new_one  ? &from->words[first + i - at]
                                      : i < at ? &r->words[i]
                                               : &r->words[i - count];

        words[i] = *w;
        if (new_one) {
            texts[i] = mem_printf("%.*s", (int)w->len, from->text + w->start);
            words[i].line = line;
            words[i].block = block;
        } else if (i >= at) {
            words[i].line += own;
        }
    }
    made = *r;
    made.words = words;
    made.word_count = all;
    rc = all > RESULT_WORDS_MAX ? err_set(e, ERR_LIMIT, "words of a page")
                                : result_retext(&made, texts, e);
    for (size_t i = 0; i < all; i++)
        mem_free(texts[i]);
    mem_free(texts);
    if (rc < 0)
        return -1;
    for (size_t i = 0; i < made.choice_count; i++)
        made.choices[i].word += made.choices[i].word >= at ? count : 0;
    mem_free(r->words);
    *r = made;
    words = NULL;
    return 0;
}

/* ---- blob ---------------------------------------------------------------------- */

/* Words and choices of @more, moved on by what @r has before them. */
static void append_words(struct result *r, struct result *more)
{
    size_t n = r->word_count + more->word_count, cap = r->word_count;
    const struct result_word *last = cap > 0 ? &r->words[cap - 1] : NULL;
    int line = last ? last->line + 1 : 0, block = last ? last->block + 1 : 0;

    mem_grow(&r->words, &cap, n, sizeof *r->words);
    for (size_t i = 0; i < more->word_count; i++) {
        struct result_word *w = &r->words[r->word_count + i];

        *w = more->words[i];
        w->line += line;
        w->block += block;
    }
    cap = r->choice_count;
    mem_grow(&r->choices, &cap, r->choice_count + more->choice_count,
             sizeof *r->choices);
    for (size_t i = 0; i < more->choice_count; i++) {
        struct result_choice *c = &r->choices[r->choice_count + i];

        *c = more->choices[i];
        c->word += r->word_count;
    }
    r->choice_count += more->choice_count;
    more->choice_count = 0; /* their texts are @r's now */
    r->word_count = n;
}

int result_append(struct result *r, struct result *more, struct err *e)
{
    size_t before = r->word_count, n = before + more->word_count;
    bool blank = r->blank && more->blank;
    AUTO_MEM char **texts = NULL;
    int rc = 0;

    if (n > RESULT_WORDS_MAX ||
        strlen(r->text) + strlen(more->text) + 2 > RESULT_TEXT_MAX)
        return err_set(e, ERR_LIMIT, "words of a page");
    texts = mem_new(n + 1, sizeof *texts);
    for (size_t i = 0; i < more->word_count; i++) {
        const struct result_word *w = &more->words[i];

        texts[before + i] = mem_printf("%.*s", (int)w->len, more->text + w->start);
    }
    append_words(r, more);
    grid_append(&r->grid, &more->grid, before);
    r->blank = blank;
    rc = result_retext(r, texts, e);
    for (size_t i = before; i < n; i++)
        mem_free(texts[i]);
    result_clear(more);
    return rc;
}

static void put(struct str *out, uint64_t v)
{
    while (v >= 0x80) {
        str_add_char(out, (char)(0x80 | (v & 0x7F)));
        v >>= 7;
    }
    str_add_char(out, (char)v);
}

static void put_signed(struct str *out, int64_t v)
{
    put(out, v < 0 ? ((uint64_t)(-(v + 1)) << 1) | 1 : (uint64_t)v << 1);
}

static int64_t skew_mdeg(const struct result *r)
{
    return (int64_t)llround(r->skew_deg * 1000);
}

static void put_choices(const struct result *r, struct str *out)
{
    put(out, r->choice_count);
    for (size_t i = 0; i < r->choice_count; i++) {
        const struct result_choice *c = &r->choices[i];
        size_t len = strlen(c->other);

        put(out, c->word - (i ? c[-1].word : 0));
        put(out, c->changed ? 1 : 0);
        put(out, len);
        str_add_mem(out, c->other, len);
        put(out, (uint64_t)c->score);
        put(out, (uint64_t)c->score_other);
    }
}

static void put_upright(const struct result_upright *u, struct str *out)
{
    put(out, (uint64_t)u->width_px);
    put(out, (uint64_t)u->height_px);
    for (size_t i = 0; i < ARRAY_LEN(u->corner); i++)
        put_signed(out, u->corner[i]);
}

/* The oldest version that can hold it: the same page gives the same bytes. */
static int version_of(const struct result *r)
{
    if (r->upright.width_px > 0)
        return BLOB_UPRIGHT;
    return r->choice_count ? BLOB_CHOICES : BLOB_PLAIN;
}

void result_pack(const struct result *r, struct str *out)
{
    AUTO_STR struct str raw = STR_INIT(BLOB_MAX);
    const struct result_word *w = r->words;
    size_t n = r->word_count;
    size_t reason_len = strlen(r->skew_reason);
    int version = version_of(r);

    put(&raw, (uint64_t)version);
    put(&raw, (uint64_t)r->width_px);
    put(&raw, (uint64_t)r->height_px);
    put(&raw, (uint64_t)r->dpi);
    put(&raw, r->blank ? 1 : 0);
    put(&raw, (uint64_t)r->confidence);
    put_signed(&raw, skew_mdeg(r));
    put(&raw, reason_len);
    str_add_mem(&raw, r->skew_reason, reason_len);
    if (version == BLOB_UPRIGHT)
        put_upright(&r->upright, &raw);
    put(&raw, n);
    for (size_t i = 0; i < n; i++)
        put_signed(&raw, (int64_t)w[i].x - (i ? w[i - 1].x : 0));
    for (size_t i = 0; i < n; i++)
        put_signed(&raw, (int64_t)w[i].y - (i ? w[i - 1].y : 0));
    for (size_t i = 0; i < n; i++)
        put(&raw, (uint64_t)w[i].w);
    for (size_t i = 0; i < n; i++)
        put(&raw, (uint64_t)w[i].h);
    for (size_t i = 0; i < n; i++)
        put(&raw, (uint64_t)w[i].confidence);
    for (size_t i = 0; i < n; i++)
        put(&raw, (uint64_t)(w[i].line - (i ? w[i - 1].line : 0)));
    for (size_t i = 0; i < n; i++)
        put(&raw, (uint64_t)(w[i].block - (i ? w[i - 1].block : 0)));
    if (version != BLOB_PLAIN)
        put_choices(r, &raw);
    if (raw.over)
        out->over = true;
    else
        deflate_pack(raw.p, raw.len, out);
}

/* A blob being read; the first bad number makes all that follow 0. */
struct blob {
    const unsigned char *p;
    size_t len, at;
    bool bad;
};

static int64_t get(struct blob *b, int64_t max)
{
    uint64_t v = 0;

    for (unsigned shift = 0; !b->bad && shift < 63; shift += 7) {
        unsigned char c = 0;

        if (b->at >= b->len)
            break;
        c = b->p[b->at++];
        v |= (uint64_t)(c & 0x7F) << shift;
        if (c < 0x80) {
            if (v > (uint64_t)max)
                break;
            return (int64_t)v;
        }
    }
    b->bad = true;
    return 0;
}

static int64_t get_signed(struct blob *b, int64_t max)
{
    int64_t v = get(b, 2 * max + 1);
    int64_t half = v >> 1;

    return v & 1 ? -half - 1 : half;
}

/* A column of differences added up, each sum within 0 to @max. */
static int32_t get_sum(struct blob *b, int32_t before, int64_t max, bool is_signed)
{
    int64_t v = before + (is_signed ? get_signed(b, max) : get(b, max));

    if (v < 0 || v > max) {
        b->bad = true;
        return 0;
    }
    return (int32_t)v;
}

static void get_words(struct blob *b, struct result_word *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        w[i].x = get_sum(b, i ? w[i - 1].x : 0, SIDE_MAX, true);
    for (size_t i = 0; i < n; i++)
        w[i].y = get_sum(b, i ? w[i - 1].y : 0, SIDE_MAX, true);
    for (size_t i = 0; i < n; i++)
        w[i].w = (int32_t)get(b, SIDE_MAX);
    for (size_t i = 0; i < n; i++)
        w[i].h = (int32_t)get(b, SIDE_MAX);
    for (size_t i = 0; i < n; i++)
        w[i].confidence = (int)get(b, 100);
    for (size_t i = 0; i < n; i++)
        w[i].line = get_sum(b, i ? w[i - 1].line : 0, RESULT_WORDS_MAX, false);
    for (size_t i = 0; i < n; i++)
        w[i].block = get_sum(b, i ? w[i - 1].block : 0, RESULT_WORDS_MAX, false);
}

/* @len bytes as a text; NULL when so many are not there. owned */
static char *get_text(struct blob *b, size_t len)
{
    char *text = NULL;

    if (b->bad || len > b->len - b->at) {
        b->bad = true;
        return NULL;
    }
    text = mem_new(len + 1, 1);
    memcpy(text, b->p + b->at, len);
    b->at += len;
    return text;
}

static void get_choices(struct blob *b, struct result *r)
{
    size_t count = (size_t)get(b, RESULT_WORDS_MAX);

    r->choices = mem_new(count, sizeof *r->choices);
    for (r->choice_count = 0; r->choice_count < count && !b->bad; r->choice_count++) {
        struct result_choice *c = &r->choices[r->choice_count];

        c->word = (size_t)get(b, RESULT_WORDS_MAX) + (r->choice_count ? c[-1].word : 0);
        c->changed = get(b, 1) == 1;
        c->other = get_text(b, (size_t)get(b, RESULT_OTHER_MAX));
        c->score = (int)get(b, RESULT_SCORE_MAX);
        c->score_other = (int)get(b, RESULT_SCORE_MAX);
    }
}

static void get_upright(struct blob *b, struct result_upright *u)
{
    u->width_px = (int32_t)get(b, SIDE_MAX);
    u->height_px = (int32_t)get(b, SIDE_MAX);
    for (size_t i = 0; i < ARRAY_LEN(u->corner); i++)
        u->corner[i] = (int32_t)get_signed(b, CORNER_MAX);
}

/* Give the words their places in the text; missing tokens are found by the check. */
static void place_words(struct result *r)
{
    size_t at = 0;

    for (size_t i = 0; i < r->word_count; i++) {
        r->words[i].len = next_token(r->text, &at);
        r->words[i].start = at;
        at += r->words[i].len;
    }
}

int result_unpack(const char *text, const void *blob, size_t len, struct result *out,
                  struct err *e)
{
    AUTO_STR struct str raw = STR_INIT(BLOB_MAX);
    AUTO_RESULT struct result r = {0};
    struct blob b = {0};
    int64_t version = 0;

    if (deflate_unpack(blob, len, &raw, e) < 0)
        return err_push(e, "boxes of a page");
    b = (struct blob){.p = (const unsigned char *)str_text(&raw), .len = raw.len};
    version = get(&b, INT32_MAX);
    if (version < BLOB_PLAIN || version > BLOB_UPRIGHT)
        return err_set(e, ERR_WORKER_PROTOCOL, "boxes of a page: version");
    r.width_px = (int32_t)get(&b, SIDE_MAX);
    r.height_px = (int32_t)get(&b, SIDE_MAX);
    r.dpi = (int)get(&b, DPI_MAX);
    r.blank = get(&b, 1) == 1;
    r.confidence = (int)get(&b, 100);
    r.skew_deg = (double)get_signed(&b, SKEW_MDEG_MAX) / 1000;
    r.skew_reason = get_text(&b, (size_t)get(&b, REASON_MAX));
    if (version == BLOB_UPRIGHT)
        get_upright(&b, &r.upright);
    if (b.bad)
        return err_set(e, ERR_WORKER_PROTOCOL, "boxes of a page: head");
    r.word_count = (size_t)get(&b, RESULT_WORDS_MAX);
    r.words = mem_new(r.word_count, sizeof *r.words);
    get_words(&b, r.words, r.word_count);
    if (version != BLOB_PLAIN)
        get_choices(&b, &r);
    if (b.bad || b.at != b.len)
        return err_set(e, ERR_WORKER_PROTOCOL, "boxes of a page: numbers");
    r.text = mem_dup(text);
    place_words(&r);
    if (result_check(&r, e) < 0)
        return -1;
    *out = r;
    r = (struct result){0};
    return 0;
}

/* ---- message ------------------------------------------------------------------- */

/* Ten numbers; none: read as captured. */
static struct jdoc *upright_to(const struct result_upright *u)
{
    struct jdoc *all = jdoc_array();

    if (u->width_px == 0)
        return all;
    jdoc_add_int(all, u->width_px);
    jdoc_add_int(all, u->height_px);
    for (size_t i = 0; i < ARRAY_LEN(u->corner); i++)
        jdoc_add_int(all, u->corner[i]);
    return all;
}

static bool upright_from(const struct jdoc *a, struct result_upright *u)
{
    int64_t v[2 + ARRAY_LEN(u->corner)] = {0};

    if (!jdoc_is_array(a) || (jdoc_count(a) != 0 && jdoc_count(a) != ARRAY_LEN(v)))
        return false;
    for (size_t i = 0; i < jdoc_count(a); i++)
        if (!jdoc_int_at(a, i, i < 2 ? 1 : -CORNER_MAX, i < 2 ? SIDE_MAX : CORNER_MAX,
                         &v[i]))
            return false;
    u->width_px = (int32_t)v[0];
    u->height_px = (int32_t)v[1];
    for (size_t i = 0; i < ARRAY_LEN(u->corner); i++)
        u->corner[i] = (int32_t)v[2 + i];
    return true;
}

struct jdoc *result_to_jdoc(const struct result *r)
{
    struct jdoc *j = jdoc_object();
    struct jdoc *words = jdoc_array();
    struct jdoc *choices = jdoc_array();

    for (size_t i = 0; i < r->word_count; i++) {
        const struct result_word *w = &r->words[i];

        jdoc_add_int(words, w->x);
        jdoc_add_int(words, w->y);
        jdoc_add_int(words, w->w);
        jdoc_add_int(words, w->h);
        jdoc_add_int(words, w->confidence);
        jdoc_add_int(words, w->line);
        jdoc_add_int(words, w->block);
    }
    jdoc_set_int(j, "width_px", r->width_px);
    jdoc_set_int(j, "height_px", r->height_px);
    jdoc_set_int(j, "dpi", r->dpi);
    jdoc_set_bool(j, "blank", r->blank);
    jdoc_set_int(j, "confidence", r->confidence);
    jdoc_set_int(j, "layer", r->layer);
    jdoc_set_int(j, "stamp", r->stamp);
    jdoc_set_int(j, "advice", r->advice);
    jdoc_set_int(j, "skew_mdeg", skew_mdeg(r));
    jdoc_set_text(j, "skew_reason", r->skew_reason);
    jdoc_set_text(j, "text", r->text);
    jdoc_set(j, "upright", upright_to(&r->upright));
    jdoc_set(j, "words", words);
    for (size_t i = 0; i < r->choice_count; i++) {
        const struct result_choice *c = &r->choices[i];
        struct jdoc *one = jdoc_object();

        jdoc_set_int(one, "word", (int64_t)c->word);
        jdoc_set_bool(one, "changed", c->changed);
        jdoc_set_text(one, "other", c->other);
        jdoc_set_int(one, "score", c->score);
        jdoc_set_int(one, "score_other", c->score_other);
        jdoc_add(choices, one);
    }
    jdoc_set(j, "choices", choices);
    jdoc_set(j, "tables", grid_to_jdoc(&r->grid));
    jdoc_set(j, "steps", steps_to_jdoc(&r->steps));
    jdoc_set_int(j, "cpu_ms", r->cpu_ms);
    jdoc_set_int(j, "wall_ms", r->wall_ms);
    jdoc_set_int(j, "peak_kib", r->peak_kib);
    return j;
}

/* One word from seven numbers in a row. */
static bool word_from(const struct jdoc *a, size_t i, struct result_word *w)
{
    int64_t v[NUMBERS_PER_WORD];

    for (size_t k = 0; k < NUMBERS_PER_WORD; k++)
        if (!jdoc_int_at(a, i * NUMBERS_PER_WORD + k, 0, SIDE_MAX, &v[k]))
            return false;
    *w = (struct result_word){.x = (int32_t)v[0],
                              .y = (int32_t)v[1],
                              .w = (int32_t)v[2],
                              .h = (int32_t)v[3],
                              .confidence = (int)v[4],
                              .line = (int)v[5],
                              .block = (int)v[6]};
    return true;
}

static bool choice_from(const struct jdoc *j, struct result_choice *c)
{
    const char *other = jdoc_text(j, "other");
    int64_t word = 0, score = 0, score_other = 0;

    if (!other || !jdoc_int(j, "word", 0, RESULT_WORDS_MAX, &word) ||
        !jdoc_int(j, "score", 0, RESULT_SCORE_MAX, &score) ||
        !jdoc_int(j, "score_other", 0, RESULT_SCORE_MAX, &score_other))
        return false;
    *c = (struct result_choice){.word = (size_t)word,
                                .changed = jdoc_bool(j, "changed", false),
                                .other = mem_dup(other),
                                .score = (int)score,
                                .score_other = (int)score_other};
    return true;
}

static bool head_from(const struct jdoc *j, struct result *r)
{
    int64_t width = 0, height = 0, dpi = 0, confidence = 0, mdeg = 0, layer = 0;
    int64_t stamp = 0, advice = 0;
    const char *text = jdoc_text(j, "text");
    const char *reason = jdoc_text(j, "skew_reason");

    if (!jdoc_int(j, "width_px", 1, SIDE_MAX, &width) ||
        !jdoc_int(j, "height_px", 1, SIDE_MAX, &height) ||
        !jdoc_int(j, "dpi", 0, DPI_MAX, &dpi) ||
        !jdoc_int(j, "confidence", 0, 100, &confidence) ||
        !jdoc_int(j, "layer", LAYER_NONE, LAYER_REFUSED, &layer) ||
        !jdoc_int(j, "stamp", SECRECY_NONE, SECRECY_TUYET_MAT, &stamp) ||
        !jdoc_int(j, "advice", 0, CAPTURE_ALL, &advice) ||
        !jdoc_int(j, "skew_mdeg", -SKEW_MDEG_MAX, SKEW_MDEG_MAX, &mdeg) ||
        !jdoc_int(j, "cpu_ms", 0, INT32_MAX, &r->cpu_ms) ||
        !jdoc_int(j, "wall_ms", 0, INT32_MAX, &r->wall_ms) ||
        !jdoc_int(j, "peak_kib", 0, INT32_MAX, &r->peak_kib) || !text || !reason)
        return false;
    r->width_px = (int32_t)width;
    r->height_px = (int32_t)height;
    r->dpi = (int)dpi;
    r->blank = jdoc_bool(j, "blank", false);
    r->layer = (int)layer;
    r->stamp = (int)stamp;
    r->advice = (unsigned)advice;
    r->confidence = (int)confidence;
    r->skew_deg = (double)mdeg / 1000;
    r->text = mem_dup(text);
    r->skew_reason = mem_dup(reason);
    return true;
}

int result_from_jdoc(const struct jdoc *j, struct result *out, struct err *e)
{
    AUTO_RESULT struct result r = {0};
    const struct jdoc *words = jdoc_get(j, "words");
    const struct jdoc *choices = jdoc_get(j, "choices");
    size_t numbers = jdoc_count(words);

    if (!head_from(j, &r) || !upright_from(jdoc_get(j, "upright"), &r.upright) ||
        !jdoc_is_array(words) || numbers % NUMBERS_PER_WORD != 0 ||
        numbers / NUMBERS_PER_WORD > RESULT_WORDS_MAX)
        return err_set(e, ERR_WORKER_PROTOCOL, "page result");
    r.word_count = numbers / NUMBERS_PER_WORD;
    r.words = mem_new(r.word_count, sizeof *r.words);
    for (size_t i = 0; i < r.word_count; i++)
        if (!word_from(words, i, &r.words[i]))
            return err_set(e, ERR_WORKER_PROTOCOL, "word %zu of a page result", i);
    if (!jdoc_is_array(choices) || jdoc_count(choices) > r.word_count)
        return err_set(e, ERR_WORKER_PROTOCOL, "choices of a page result");
    r.choices = mem_new(jdoc_count(choices), sizeof *r.choices);
    for (; r.choice_count < jdoc_count(choices); r.choice_count++)
        if (!choice_from(jdoc_at(choices, r.choice_count), &r.choices[r.choice_count]))
            return err_set(e, ERR_WORKER_PROTOCOL, "choice %zu of a page result",
                           r.choice_count);
    if (steps_from_jdoc(jdoc_get(j, "steps"), &r.steps, e) < 0 ||
        grid_from_jdoc(jdoc_get(j, "tables"), &r, e) < 0)
        return -1;
    place_words(&r);
    if (result_check(&r, e) < 0)
        return -1;
    *out = r;
    r = (struct result){0};
    return 0;
}
