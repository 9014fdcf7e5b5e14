/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/second.h"

#include <string.h>

#include <allheaders.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/docdate.h"
#include "ocr/prep.h"
#include "ocr/result.h"
#include "ocr/syllable.h"
#include "ocr/tess.h"

#define PAD_PART       8 /* a line is cut out with an eighth of its height around it */
#define NEAR           3 /* doubtful words so many apart are read together */
#define FRACTION_SLASH 0x2044
#define STROKE_D       0x110
#define ETH            0xD0
#define OVERLAP        0.5 /* shared part of two boxes that are the same word */

/* A word of the first reading and what becomes of it. */
struct choice {
    char *text; /* NULL: as it was. owned */
    int confidence;
    bool confirmed; /* a number, and read twice the same */
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

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool has_digit(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (is_digit(text[i]))
            return true;
    return false;
}

/* "QĐ-UBND", "NQ/TW": capitals on both sides of a sign. */
static bool is_notation(const char *text, size_t len)
{
    bool before = false, sign = false;

    while (len > 0) {
        struct syllable_letter l = {0};
        unsigned cp = utf8_next(&text, &len);
        bool capital = syllable_letter(cp, &l) && l.upper;

        if (sign && capital)
            return true;
        sign = before && (cp == '-' || cp == '/');
        before = capital;
    }
    return false;
}

bool second_is_number(const char *text, size_t len)
{
    return has_digit(text, len) || is_notation(text, len);
}

static bool is_number(const struct result *r, size_t i)
{
    return second_is_number(r->text + r->words[i].start, r->words[i].len);
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

/* Shared part of two boxes, 0 to 1. */
static double overlap(const struct result_word *a, const struct result_word *b)
{
    int left = a->x > b->x ? a->x : b->x, top = a->y > b->y ? a->y : b->y;
    int right = a->x + a->w < b->x + b->w ? a->x + a->w : b->x + b->w;
    int bottom = a->y + a->h < b->y + b->h ? a->y + a->h : b->y + b->h;
    double shared =
        right > left && bottom > top ? (double)(right - left) * (bottom - top) : 0;

    return shared / ((double)a->w * a->h + (double)b->w * b->h - shared);
}

static const struct result_word *same_word(const struct result_word *w,
                                           const struct result *again)
{
    const struct result_word *best = NULL;
    double most = OVERLAP;

    for (size_t i = 0; i < again->word_count; i++) {
        double part = overlap(w, &again->words[i]);

        if (part > most) {
            most = part;
            best = &again->words[i];
        }
    }
    return best;
}

/* Signs around a number that say nothing about it. */
static void trim(const char **text, size_t *len)
{
    static const char signs[] = ".,;:()[]{}\"'!?*_|";

    while (*len > 0 && strchr(signs, **text)) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && strchr(signs, (*text)[*len - 1]))
        (*len)--;
}

/* Everything that the second look has in the place of a word, without spaces: it may
 * have cut "12/QĐ" in two. */
static void read_in_place(const struct result_word *w, const struct result *again,
                          struct str *out)
{
    for (size_t i = 0; i < again->word_count; i++) {
        const struct result_word *b = &again->words[i];
        double x = b->x + b->w / 2.0, y = b->y + b->h / 2.0;

        if (x >= w->x && x <= w->x + w->w && y >= w->y && y <= w->y + w->h)
            str_add_mem(out, again->text + b->start, b->len);
    }
}

/* What a small piece is read as where a line has a number: o for 0 among digits, the
 * stroke of a fraction, Đ twice. The first reading is never changed in this way. */
static void plain_number(const struct str *read, struct str *out)
{
    const char *p = str_text(read);
    size_t left = read->len;
    unsigned before = 0;

    while (left > 0) {
        unsigned cp = utf8_next(&p, &left);
        bool digit = before && before < 0x80 && is_digit((char)before);

        if (cp == 'o' && (digit || (left > 0 && is_digit(*p))))
            cp = '0';
        cp = cp == FRACTION_SLASH ? '/' : cp == ETH ? STROKE_D : cp;
        if (cp != before || (cp != '/' && cp != STROKE_D))
            utf8_put(out, cp);
        before = cp;
    }
}

/* ---- whether a number was read twice the same ------------------------------------ */

/* "12/QĐ-UBND", "9/2020/TT-BTP": a number, perhaps a year, capitals. */
static bool is_full_notation(const char *p, const char *end)
{
    size_t groups = 0;
    bool sign = true;

    for (; p < end && is_digit(*p); groups++) {
        while (p < end && is_digit(*p))
            p++;
        if (p == end || *p++ != '/')
            return false;
    }
    if (groups == 0 || groups > 2)
        return false;
    for (size_t left = (size_t)(end - p); left > 0;) {
        struct syllable_letter l = {0};
        unsigned cp = utf8_next(&p, &left);
        bool between = cp == '-' || cp == '/' || cp == '&';

        if (between ? sign : !syllable_letter(cp, &l))
            return false;
        sign = between;
    }
    return !sign;
}

static bool is_full_date(const char *text, size_t len)
{
    int v[3] = {0};

    return docdate_numeric(text, len, v) && clock_date_valid(v[2], v[1], v[0]);
}

/* Letters and digits only. */
static void bare(const char *text, size_t len, struct str *out)
{
    while (len > 0) {
        unsigned cp = utf8_next(&text, &len);

        if (utf8_is_letter_or_digit(cp))
            utf8_put(out, cp);
    }
}

/* Signs stand in the same places, and all else is the same. */
static bool same_groups(const char *a, size_t len, const char *b, size_t other_len)
{
    if (len != other_len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (a[i] != b[i] && (!strchr("/-.", a[i]) || !strchr("/-.", b[i])))
            return false;
    return true;
}

/* The same digits and letters, and nothing is missing in what was read first: small
 * pieces lose strokes and dots ("23/42018"). Where the other is whole as well, its
 * groups must be the same: 1/12/2018 is not 11/2/2018. */
static bool same_but_signs(const char *mine, size_t len, const char *theirs,
                           size_t other_len)
{
    AUTO_STR struct str a = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str b = STR_INIT(STR_LINE_MAX);

    if (!is_full_date(mine, len) && !is_full_notation(mine, mine + len))
        return false;
    if (is_full_date(theirs, other_len) || is_full_notation(theirs, theirs + other_len))
        return same_groups(mine, len, theirs, other_len);
    bare(mine, len, &a);
    bare(theirs, other_len, &b);
    return a.len == b.len && memcmp(str_text(&a), str_text(&b), a.len) == 0;
}

/* The last letter or digit of a text, 0: none. */
static unsigned last_of(const char *text, size_t len)
{
    unsigned last = 0;

    while (len > 0) {
        unsigned cp = utf8_next(&text, &len);

        last = utf8_is_letter_or_digit(cp) ? cp : last;
    }
    return last;
}

static unsigned first_of(const char *text, size_t len)
{
    while (len > 0) {
        unsigned cp = utf8_next(&text, &len);

        if (utf8_is_letter_or_digit(cp))
            return cp;
    }
    return 0;
}

static bool both_digits(unsigned a, unsigned b)
{
    return a < 0x80 && b < 0x80 && is_digit((char)a) && is_digit((char)b);
}

/* Words of the first reading, from @from up to but without @to. */
struct span {
    size_t from, to;
};

/* The second look has the number, run together with what stands beside it or elsewhere
 * in its line: between the letters that the first one has beside it. */
static bool read_between(const struct result *r, size_t i, struct span words,
                         const struct str *all, const char *mine, size_t len)
{
    const struct result_word *w = &r->words[i];
    unsigned before = i > words.from ? last_of(r->text + w[-1].start, w[-1].len) : 0;
    unsigned after = i + 1 < words.to ? first_of(r->text + w[1].start, w[1].len) : 0;
    const char *text = str_text(all), *end = text + all->len;

    if (len == 0 || both_digits(before, first_of(mine, len)) ||
        both_digits(last_of(mine, len), after) || (i > words.from && !before) ||
        (i + 1 < words.to && !after))
        return false;
    for (const char *at = memmem(text, all->len, mine, len); at;
         at = memmem(at + 1, (size_t)(end - at - 1), mine, len))
        if (last_of(text, (size_t)(at - text)) == before &&
            first_of(at + len, (size_t)(end - at) - len) == after)
            return true;
    return false;
}

/* A number is not replaced: it is trusted when both readings are the same. */
static void compare_number(const struct result *r, size_t i, struct span words,
                           const struct result *again, struct choice *c)
{
    AUTO_STR struct str all = STR_INIT(STR_TEXT_MAX);
    AUTO_STR struct str all_plain = STR_INIT(STR_TEXT_MAX);
    AUTO_STR struct str place = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str plain = STR_INIT(STR_LINE_MAX);
    const struct result_word *w = &r->words[i];
    const char *mine = r->text + w->start, *theirs = NULL;
    size_t len = w->len, other_len = 0;

    read_in_place(w, again, &place);
    plain_number(&place, &plain);
    theirs = str_text(&plain);
    other_len = plain.len;
    trim(&mine, &len);
    trim(&theirs, &other_len);
    for (size_t k = 0; k < again->word_count; k++)
        str_add_mem(&all, again->text + again->words[k].start, again->words[k].len);
    plain_number(&all, &all_plain);
    if ((len == other_len && memcmp(mine, theirs, len) == 0) ||
        same_but_signs(mine, len, theirs, other_len) ||
        read_between(r, i, words, &all_plain, mine, len))
        c->confirmed = true;
}

static void choose(const struct result *r, size_t i, struct span words,
                   const struct result *again, bool numbers, struct choice *c)
{
    const struct result_word *w = &r->words[i];
    const struct result_word *other = same_word(w, again);
    const char *mine = r->text + w->start;
    const char *theirs = other ? again->text + other->start : NULL;

    if (is_number(r, i)) {
        compare_number(r, i, words, again, c);
        if (c->confirmed && other && other->confidence > c->confidence)
            c->confidence = other->confidence;
        return;
    }
    if (numbers)
        return;
    if (!other || (other->len == w->len && memcmp(mine, theirs, w->len) == 0)) {
        if (other && other->confidence > w->confidence)
            c->confidence = other->confidence; /* two looks agree */
        return;
    }
    if (has_digit(theirs, other->len)) {
        c->confidence = (int)num_clamp(c->confidence, 0, SECOND_NUMBER);
    } else if (other->confidence > w->confidence) {
        c->text = mem_printf("%.*s", (int)other->len, theirs);
        c->confidence = other->confidence;
    }
}

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

/* A look at the page: at which scale, and whether at numbers alone. */
struct glance {
    struct Pix *pix; /* borrowed */
    int dpi;
    double factor;
    bool numbers;
};

/* @words with some paper around them. The height is that of the whole @line: it decides
 * to which size the letters are brought. */
static void piece_of(const struct result *r, struct span line, struct span words,
                     struct result_word *piece)
{
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
    piece->x = left > pad ? left - pad : 0;
    piece->y = top > pad ? top - pad : 0;
    piece->w = right + pad - piece->x;
    piece->h = bottom + pad - piece->y;
}

static int cut_piece(const struct glance *g, const struct result_word *piece,
                     struct Pix **out, struct err *e)
{
    struct Box *box = boxCreate(piece->x, piece->y, piece->w, piece->h);
    struct Pix *cut = box ? pixClipRectangle(g->pix, box, NULL) : NULL;
    int rc = 0;

    boxDestroy(&box);
    if (!cut)
        return err_set(e, ERR_MEMORY, "piece of a line");
    rc = prep_scale(cut, g->factor, out, e);
    pixDestroy(&cut);
    return rc;
}

/* Boxes of a piece, in pixels of the page. */
static void put_back(struct result *again, const struct result_word *piece,
                     double factor)
{
    for (size_t i = 0; i < again->word_count; i++) {
        struct result_word *w = &again->words[i];

        w->x = piece->x + (int)(w->x / factor);
        w->y = piece->y + (int)(w->y / factor);
        w->w = (int)(w->w / factor + 0.5);
        w->h = (int)(w->h / factor + 0.5);
    }
}

/* @words of @line once more. */
static int read_span(struct tess *t, const struct result *r, struct span line,
                     struct span words, const struct glance *g, const struct choices *c,
                     struct err *e)
{
    AUTO_RESULT struct result again = {0};
    AUTO(pix_auto) struct Pix *cut = NULL;
    struct result_word piece = {0};

    piece_of(r, line, words, &piece);
    if (cut_piece(g, &piece, &cut, e) < 0 ||
        tess_read_line(t, cut, (int)(g->dpi * g->factor + 0.5), &again, e) < 0)
        return -1;
    put_back(&again, &piece, g->factor);
    for (size_t i = words.from; i < words.to; i++)
        if ((!c->settled || !c->settled[i]) && !c->p[i].confirmed && !c->p[i].text)
            choose(r, i, words, &again, g->numbers, &c->p[i]);
    return 0;
}

/* What is read again: doubtful words, and all numbers; later only numbers that were not
 * read twice the same so far. */
static bool wanted(const struct result *r, const struct choices *c, bool numbers,
                   size_t i)
{
    if (is_number(r, i))
        return !c->p[i].confirmed;
    return !numbers && doubtful(r, c->settled, i);
}

static void widen(struct span line, struct span *words, bool left, bool right)
{
    words->from -= left && words->from > line.from;
    words->to += right && words->to < line.to;
}

/* The next such words of @line from @from on, a doubtful one with a neighbour on either
 * side; those that lie near one another are taken together. False: none. */
static bool next_span(const struct result *r, const struct choices *c, bool numbers,
                      struct span line, size_t from, struct span *out)
{
    size_t first = from, last = 0;

    while (first < line.to && !wanted(r, c, numbers, first))
        first++;
    if (first == line.to)
        return false;
    last = first;
    for (size_t i = first + 1; i < line.to && i <= last + NEAR; i++)
        if (wanted(r, c, numbers, i))
            last = i;
    out->from = first;
    out->to = last + 1;
    if (doubtful(r, c->settled, first))
        widen(line, out, true, false);
    if (doubtful(r, c->settled, last))
        widen(line, out, false, true);
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
        if (is_number(r, i) && !c->p[i].confirmed)
            c->p[i].confidence = (int)num_clamp(c->p[i].confidence, 0, SECOND_DIFFER);
        texts[i] = c->p[i].text; /* borrowed */
        r->words[i].confidence = c->p[i].confidence;
    }
    rc = result_retext(r, texts, e);
    mem_free(texts);
    if (rc == 0)
        drop_notes(r, c);
    return rc;
}

/* All numbers of @words are. */
static bool confirmed(const struct result *r, struct span words,
                      const struct choices *c)
{
    for (size_t i = words.from; i < words.to; i++)
        if (is_number(r, i) && !c->p[i].confirmed)
            return false;
    return true;
}

static struct span next_line(const struct result *r, size_t from)
{
    struct span line = {from, from};

    while (line.to < r->word_count && r->words[line.to].line == r->words[from].line)
        line.to++;
    return line;
}

void second_distrust(struct result *r)
{
    for (size_t i = 0; i < r->word_count; i++)
        if (is_number(r, i))
            r->words[i].confidence =
                (int)num_clamp(r->words[i].confidence, 0, SECOND_DIFFER);
    result_mean(r);
}

/* One look at all of the page that is wanted, from @spans such places on. */
static int look_again(struct tess *t, const struct glance *g, const struct result *r,
                      const struct choices *c, int *spans, struct err *e)
{
    struct span line = {0}, words = {0};

    for (size_t from = 0; from < r->word_count; from = line.to) {
        line = next_line(r, from);
        for (size_t at = line.from; next_span(r, c, g->numbers, line, at, &words);
             at = words.to) {
            if ((*spans)++ >= SECOND_SPANS_MAX)
                break;
            if (read_span(t, r, line, words, g, c, e) < 0)
                return -1;
            /* A digit alone is easily taken for something else: once more with what
             * stands beside it. */
            if (!confirmed(r, words, c)) {
                widen(line, &words, true, true);
                if (read_span(t, r, line, words, g, c, e) < 0)
                    return -1;
            }
        }
    }
    return 0;
}

int second_reading(struct tess *t, struct Pix *pix, int dpi, const bool *settled,
                   struct result *r, struct err *e)
{
    AUTO(choices_auto) struct choices c = {.settled = settled};
    const struct glance smaller = {.pix = pix, .dpi = dpi, .factor = SECOND_FACTOR};
    const struct glance larger = {
        .pix = pix, .dpi = dpi, .factor = SECOND_LARGER, .numbers = true};
    int spans = 0;

    c.p = mem_new(r->word_count, sizeof *c.p);
    c.count = r->word_count;
    for (size_t i = 0; i < r->word_count; i++)
        c.p[i].confidence = r->words[i].confidence;
    if (look_again(t, &smaller, r, &c, &spans, e) < 0 ||
        look_again(t, &larger, r, &c, &spans, e) < 0)
        return -1;
    return spans ? rebuild(r, &c, e) : 0;
}
