/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/second.h"

#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/prep.h"
#include "ocr/result.h"
#include "ocr/tess.h"

#define PAD_PART 8   /* a line is cut out with an eighth of its height around it */
#define NEAR     3   /* doubtful words so many apart are read together */
#define OVERLAP  0.5 /* shared part of two boxes that are the same word */

/* A word of the first reading and what becomes of it. */
struct choice {
    char *text; /* NULL: as it was. owned */
    int confidence;
};

struct choices {
    struct choice *p; /* one a word */
    size_t count;
    const bool *settled; /* one a word, or NULL. borrowed */
};

static void choices_auto(struct choices *c)
{
    for (size_t i = 0; i < c->count; i++)
        mem_free(c->p[i].text);
    mem_free(c->p);
}

static bool has_digit(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] >= '0' && text[i] <= '9')
            return true;
    return false;
}

/* A word of letters or digits that the first reading is not sure of. */
static bool doubtful(const struct result *r, const bool *settled, size_t i)
{
    const struct result_word *w = &r->words[i];
    const char *p = r->text + w->start;
    size_t left = w->len;

    if (w->confidence >= SECOND_BELOW || (settled && settled[i]))
        return false;
    while (left > 0)
        if (utf8_is_letter_or_digit(utf8_next(&p, &left)))
            return true;
    return false;
}

/* Shared part of two boxes, @b being scaled by @factor. 0 to 1. */
static double overlap(const struct result_word *a, const struct result_word *b,
                      double factor)
{
    double bx = b->x / factor, by = b->y / factor, bw = b->w / factor,
           bh = b->h / factor;
    double left = a->x > bx ? a->x : bx, top = a->y > by ? a->y : by;
    double right = a->x + a->w < bx + bw ? a->x + a->w : bx + bw;
    double bottom = a->y + a->h < by + bh ? a->y + a->h : by + bh;
    double shared = right > left && bottom > top ? (right - left) * (bottom - top) : 0;

    return shared / ((double)a->w * a->h + bw * bh - shared);
}

static const struct result_word *same_word(const struct result_word *w,
                                           const struct result *again, double factor)
{
    const struct result_word *best = NULL;
    double most = OVERLAP;

    for (size_t i = 0; i < again->word_count; i++) {
        double part = overlap(w, &again->words[i], factor);

        if (part > most) {
            most = part;
            best = &again->words[i];
        }
    }
    return best;
}

static void choose(const struct result *r, size_t i, const struct result *again,
                   double factor, struct choice *c)
{
    const struct result_word *w = &r->words[i];
    const struct result_word *other = same_word(w, again, factor);
    const char *mine = r->text + w->start;
    const char *theirs = other ? again->text + other->start : NULL;

    if (!other || (other->len == w->len && memcmp(mine, theirs, w->len) == 0)) {
        if (other && other->confidence > w->confidence)
            c->confidence = other->confidence; /* two looks agree */
        return;
    }
    if (has_digit(mine, w->len) || has_digit(theirs, other->len)) {
        if (c->confidence > SECOND_DIFFER)
            c->confidence = SECOND_DIFFER;
    } else if (other->confidence > w->confidence) {
        c->text = mem_printf("%.*s", (int)other->len, theirs);
        c->confidence = other->confidence;
    }
}

/* Words of the first reading, from @from up to but without @to. */
struct span {
    size_t from, to;
};

/* @words of @line once more. The height is that of the whole line: it decides to which
 * size the letters are brought. */
static int read_span(struct tess *t, const struct result *r, struct span line,
                     struct span words, double factor, const struct choices *c,
                     struct err *e)
{
    AUTO_RESULT struct result again = {0};
    int left = INT32_MAX, top = INT32_MAX, right = 0, bottom = 0, pad = 0;

    for (size_t i = line.from; i < line.to; i++) {
        const struct result_word *w = &r->words[i];

        top = w->y < top ? w->y : top;
        bottom = w->y + w->h > bottom ? w->y + w->h : bottom;
        if (i < words.from || i >= words.to)
            continue;
        left = w->x < left ? w->x : left;
        right = w->x + w->w > right ? w->x + w->w : right;
    }
    pad = (bottom - top) / PAD_PART + 1;
    if (tess_read_line(t, (int)((left - pad) * factor), (int)((top - pad) * factor),
                       (int)((right - left + 2 * pad) * factor),
                       (int)((bottom - top + 2 * pad) * factor), &again, e) < 0)
        return -1;
    for (size_t i = words.from; i < words.to; i++)
        if (!c->settled || !c->settled[i])
            choose(r, i, &again, factor, &c->p[i]);
    return 0;
}

/* The next doubtful words of @line from @from on, each with a neighbour on either side;
 * those that lie near one another are taken together. False: none. */
static bool next_span(const struct result *r, const bool *settled, struct span line,
                      size_t from, struct span *out)
{
    size_t first = from, last = 0;

    while (first < line.to && !doubtful(r, settled, first))
        first++;
    if (first == line.to)
        return false;
    last = first;
    for (size_t i = first + 1; i < line.to && i <= last + NEAR; i++)
        if (doubtful(r, settled, i))
            last = i;
    out->from = first > line.from ? first - 1 : first;
    out->to = last + 1 < line.to ? last + 2 : last + 1;
    return true;
}

/* A note on a reading that does not stand any longer says nothing. */
static void drop_notes(struct result *r, const struct choices *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->choice_count; i++)
        if (c->p[r->choices[i].word].text)
            mem_free(r->choices[i].other);
        else
            r->choices[kept++] = r->choices[i];
    r->choice_count = kept;
}

/* Text, places and confidences from what was chosen. */
static int rebuild(struct result *r, struct choices *c, struct err *e)
{
    char **texts = mem_new(r->word_count, sizeof *texts);
    int rc = 0;

    for (size_t i = 0; i < r->word_count; i++) {
        texts[i] = c->p[i].text; /* borrowed */
        r->words[i].confidence = c->p[i].confidence;
    }
    rc = result_retext(r, texts, e);
    mem_free(texts);
    if (rc == 0)
        drop_notes(r, c);
    return rc;
}

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static struct span next_line(const struct result *r, size_t from)
{
    struct span line = {from, from};

    while (line.to < r->word_count && r->words[line.to].line == r->words[from].line)
        line.to++;
    return line;
}

int second_reading(struct tess *t, struct Pix *pix, int dpi, const bool *settled,
                   struct result *r, struct err *e)
{
    AUTO(choices_auto) struct choices c = {.settled = settled};
    AUTO(pix_auto) struct Pix *other = NULL;
    struct span line = {0}, words = {0};
    double factor = 1;
    int spans = 0;

    c.p = mem_new(r->word_count, sizeof *c.p);
    c.count = r->word_count;
    for (size_t i = 0; i < r->word_count; i++)
        c.p[i].confidence = r->words[i].confidence;
    for (size_t from = 0; from < r->word_count; from = line.to) {
        line = next_line(r, from);
        for (size_t at = line.from; next_span(r, settled, line, at, &words);
             at = words.to) {
            if (spans++ >= SECOND_SPANS_MAX)
                break;
            if (!other) {
                if (prep_scale(pix, SECOND_FACTOR, &other, e) < 0)
                    return -1;
                factor = (double)pixGetWidth(other) / pixGetWidth(pix);
                tess_hold(t, other, (int)(dpi * factor + 0.5));
            }
            if (read_span(t, r, line, words, factor, &c, e) < 0)
                return -1;
        }
    }
    if (spans == 0)
        return 0;
    tess_let_go(t);
    return rebuild(r, &c, e);
}
