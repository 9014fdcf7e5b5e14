/* SPDX-License-Identifier: Apache-2.0 */
/*
 * misread TRUTH.txt READ.txt...: how wrong a reading is, in per cent, whatever the
 * order of its lines (columns of a header and cells of a table have no agreed order).
 *
 * Each true line is laid on the piece of the reading that is nearest to it by edit
 * distance, and that piece is used up. The line with the most letters read rightly goes
 * first, so that one that was hardly read takes nothing from the others; of places that
 * are equally near, the one where a line or a word of the reading begins and ends. A
 * line that fits nowhere is cut between two words when its parts fit: two columns in
 * one true line. NFC, white space as one space.
 *   cer   letters misread, and letters of the reading that no line used
 *   cerm  letters misread alone
 *   der   letters whose base is right and whose marks are wrong
 *   num   words with a digit that the reading does not have exactly
 * A file TRUTH.also beside TRUTH.txt has text that is on the page as well (seals,
 * stamps over the text): what of it was read is no invention, what was not is no loss.
 *
 * With a file READ.txt.doubt beside the reading (first column: numbers of its doubtful
 * words, from 0, words being what stands between white space) also
 *   flagged  of those the per cent that a person is told to look at: a word that stands
 *            in its place is doubtful, or, when nothing does, the word on either side,
 *            or, when its line is nowhere, one between the lines around
 *   false    doubtful ones, per cent of the words with a digit that were read exactly
 * Prints a line for each pair and, for several, "all" over all letters and numbers;
 * with MISREAD_SHOW set also the numbers that nobody is told of.
 * After Clausner, Pletschacher, Antonacopoulos: Flexible character accuracy measure for
 * reading-order-independent evaluation (2020), without its search over orders.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"

#define LETTERS_MAX 60000
#define LINES_MAX   4000
#define PIECES_MAX  (2 * LINES_MAX)
#define PART_MIN    4  /* letters of a part of a cut line */
#define CUT_GAIN    6  /* a line is cut when so many letters more are found */
#define TIES_MAX    64 /* places equally near that are looked at */
#define NOWHERE     SIZE_MAX

struct span {
    size_t from;
    size_t count;
};

struct text {
    uint32_t *letters; /* white space is one ' ' or '\n' */
    size_t count;
};

struct figures {
    size_t letters;
    size_t misread;
    size_t left;
    size_t marks;
    size_t numbers;
    size_t numbers_lost;
    size_t told;       /* of those lost */
    size_t false_told; /* doubtful though right */
    bool judged;       /* doubts are known */
};

static void text_clear(struct text *t)
{
    mem_free(t->letters);
    t->letters = NULL;
}
#define AUTO_TEXT AUTO(text_clear)

static int text_read(const char *path, struct text *t)
{
    AUTO_STR struct str raw = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str nfc = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;
    const char *p = NULL;
    size_t left = 0;

    if (fs_read_file(path, &raw, &e) < 0) {
        (void)fprintf(stderr, "misread: %s: %s\n", path, err_code_what(e.code));
        return -1;
    }
    utf8_nfc(str_text(&raw), raw.len, &nfc);
    t->letters = mem_new(LETTERS_MAX, sizeof *t->letters);
    p = str_text(&nfc);
    left = nfc.len;
    while (left && t->count < LETTERS_MAX) {
        uint32_t c = utf8_next(&p, &left);
        uint32_t *before = t->count ? &t->letters[t->count - 1] : NULL;

        if (c == '\n' || c == '\f')
            c = '\n';
        else if (c == '\t' || c == '\r' || c == 0xa0)
            c = ' ';
        if ((c == ' ' || c == '\n') && before && (*before == ' ' || *before == '\n')) {
            if (c == '\n')
                *before = c;
            continue;
        }
        if ((c != ' ' && c != '\n') || before)
            t->letters[t->count++] = c;
    }
    if (left) {
        (void)fprintf(stderr, "misread: %s: too long\n", path);
        return -1;
    }
    if (t->count &&
        (t->letters[t->count - 1] == ' ' || t->letters[t->count - 1] == '\n'))
        t->count--;
    return 0;
}

/* ---- one line against the reading ---------------------------------------------- */

static bool is_white(uint32_t c)
{
    return c == ' ' || c == '\n';
}

static bool same_base(uint32_t a, uint32_t b)
{
    AUTO_STR struct str one = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str other = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    if (!utf8_is_letter_or_digit(a) || !utf8_is_letter_or_digit(b))
        return false;
    utf8_put(&text, a);
    utf8_fold(str_text(&text), text.len, &one);
    str_clear(&text);
    text = (struct str)STR_INIT(STR_LINE_MAX);
    utf8_put(&text, b);
    utf8_fold(str_text(&text), text.len, &other);
    return strcmp(str_text(&one), str_text(&other)) == 0;
}

static unsigned differ(uint32_t a, uint32_t b)
{
    return a == b || (is_white(a) && is_white(b)) ? 0U : 1U;
}

struct fit {
    size_t cost; /* edits; the line's length when nothing of the piece helps */
    size_t marks;
    struct span at;  /* in the letters of the reading */
    size_t in;       /* the piece */
    unsigned begins; /* how well it begins and ends where words do */
};

/* The reading, what of it is free, and room for tables. */
struct ground {
    const struct text *read;
    struct span *pieces;
    size_t count;
    uint16_t *cells;
    size_t *places; /* of each true letter, as trace() gives them; or NULL */
};

/* Sellers' table of @line on the piece @in: (line + 1) × (piece + 1) cells. */
static void fill_table(const uint32_t *line, size_t n, const uint32_t *piece,
                       size_t count, uint16_t *cells)
{
    size_t wide = count + 1;

    for (size_t k = 0; k < wide; k++)
        cells[k] = 0;
    for (size_t r = 1; r <= n; r++) {
        cells[r * wide] = (uint16_t)r;
        for (size_t k = 1; k < wide; k++) {
            unsigned best =
                cells[(r - 1) * wide + k - 1] + differ(line[r - 1], piece[k - 1]);

            if (cells[(r - 1) * wide + k] + 1U < best)
                best = cells[(r - 1) * wide + k] + 1U;
            if (cells[r * wide + k - 1] + 1U < best)
                best = cells[r * wide + k - 1] + 1U;
            cells[r * wide + k] = (uint16_t)best;
        }
    }
}

/* Back from column @j of the last row. @places: NULL, or set for each letter of the
 * line: twice the place in the piece, and one more when a letter stands there. */
static struct fit trace(const uint32_t *line, size_t n, const uint32_t *piece,
                        size_t count, const uint16_t *cells, size_t j, size_t *places)
{
    size_t wide = count + 1;
    size_t i = n;
    struct fit fit = {.cost = cells[n * wide + j], .at = {.count = j}};

    while (i > 0) {
        unsigned here = cells[i * wide + j];

        if (j > 0 &&
            cells[(i - 1) * wide + j - 1] + differ(line[i - 1], piece[j - 1]) == here) {
            if (line[i - 1] != piece[j - 1] && same_base(line[i - 1], piece[j - 1]))
                fit.marks++;
            i--;
            j--;
            if (places)
                places[i] = 2 * j + 1;
        } else if (cells[(i - 1) * wide + j] + 1U == here) {
            i--;
            if (places)
                places[i] = 2 * j;
        } else {
            j--;
        }
    }
    fit.at.from = j;
    fit.at.count -= j;
    return fit;
}

/* Whether @at of the reading begins a line (2), a word (1) or neither. */
static unsigned begins_at(const struct text *read, size_t at)
{
    if (at == 0 || read->letters[at - 1] == '\n')
        return 2;
    return is_white(read->letters[at - 1]);
}

/* Lays @line on the piece numbered @in. */
static struct fit fit_line(const struct ground *g, const uint32_t *line, size_t n,
                           size_t in)
{
    struct span at = g->pieces[in];
    const uint32_t *piece = g->read->letters + at.from;
    const uint16_t *last = g->cells + n * (at.count + 1);
    struct fit best = {.cost = n};
    size_t least = n, ties = 0;

    fill_table(line, n, piece, at.count, g->cells);
    for (size_t k = 0; k <= at.count; k++)
        least = last[k] < least ? last[k] : least;
    if (least == n)
        return best;
    for (size_t k = 0; k <= at.count && ties < TIES_MAX; k++) {
        struct fit fit;

        if (last[k] != least)
            continue;
        ties++;
        fit = trace(line, n, piece, at.count, g->cells, k, NULL);
        fit.at.from += at.from;
        fit.in = in;
        fit.begins = begins_at(g->read, fit.at.from);
        k = fit.at.from + fit.at.count;
        fit.begins += k == g->read->count || is_white(g->read->letters[k]);
        k -= at.from;
        if (ties == 1 || fit.begins > best.begins)
            best = fit;
    }
    return best;
}

static bool is_empty(const struct ground *g, size_t piece)
{
    struct span at = g->pieces[piece];

    for (size_t i = 0; i < at.count; i++)
        if (!is_white(g->read->letters[at.from + i]))
            return false;
    return true;
}

/* The place of @line in all that is free. */
static struct fit fit_best(const struct ground *g, const uint32_t *line, size_t n)
{
    struct fit best = {.cost = n};

    for (size_t k = 0; k < g->count; k++) {
        struct fit fit;

        if (is_empty(g, k))
            continue;
        fit = fit_line(g, line, n, k);
        if (fit.cost < best.cost ||
            (fit.cost == best.cost && fit.cost < n && fit.begins > best.begins))
            best = fit;
    }
    return best;
}

/* Uses up the place of @line; the rest of its piece becomes two. */
static void lay(struct ground *g, const struct text *truth, struct span line,
                const struct fit *fit)
{
    struct span old = g->pieces[fit->in];
    const uint32_t *letters = truth->letters + line.from;

    if (g->places) {
        const uint32_t *piece = g->read->letters + old.from;
        size_t *places = g->places + line.from;

        fill_table(letters, line.count, piece, old.count, g->cells);
        (void)trace(letters, line.count, piece, old.count, g->cells,
                    fit->at.from + fit->at.count - old.from, places);
        for (size_t i = 0; i < line.count; i++)
            places[i] += 2 * old.from;
    }
    if (g->count == PIECES_MAX)
        return;
    g->pieces[fit->in].count = fit->at.from - old.from;
    g->pieces[g->count].from = fit->at.from + fit->at.count;
    g->pieces[g->count].count = old.from + old.count - g->pieces[g->count].from;
    g->count++;
}

/* A true line that waits for its place. */
struct waiting {
    struct span line;
    struct fit fit;
    bool whole, done; /* whole: it is not worth being cut */
};

static size_t split_lines(const struct text *t, struct waiting *lines)
{
    size_t n = 0;

    for (size_t i = 0; i < t->count && n < LINES_MAX; i++) {
        size_t from = i;

        while (i < t->count && t->letters[i] != '\n')
            i++;
        if (i > from)
            lines[n++] = (struct waiting){.line = {.from = from, .count = i - from}};
    }
    return n;
}

/* The surer that it was read, the more. */
static int64_t worth(const struct waiting *w)
{
    return (int64_t)w->line.count - 3 * (int64_t)w->fit.cost;
}

static bool is_free(const struct ground *g, const struct fit *fit)
{
    struct span in = g->pieces[fit->in];

    return fit->at.from >= in.from &&
           fit->at.from + fit->at.count <= in.from + in.count;
}

/* The waiting line that is read best, its place being free. NULL: none is left. */
static struct waiting *next_line(const struct ground *g, const struct text *truth,
                                 struct waiting *lines, size_t n)
{
    for (;;) {
        struct waiting *best = NULL;

        for (size_t i = 0; i < n; i++)
            if (!lines[i].done && (!best || worth(&lines[i]) > worth(best)))
                best = &lines[i];
        if (!best || best->fit.cost == best->line.count || is_free(g, &best->fit))
            return best;
        best->fit = fit_best(g, truth->letters + best->line.from, best->line.count);
    }
}

/* Cuts a line that fits badly where its two parts fit better. Return: it was cut; the
 * second part stands at lines[n]. */
static bool cut_line(const struct ground *g, const struct text *truth,
                     struct waiting *one, struct waiting *other)
{
    const uint32_t *letters = truth->letters + one->line.from;
    size_t n = one->line.count, enough = 0;
    struct waiting a = *one, b = *one;

    if (one->whole || one->fit.cost < CUT_GAIN || one->fit.cost * 5 < n)
        return false;
    enough = one->fit.cost - CUT_GAIN + 1;
    for (size_t i = PART_MIN; i + PART_MIN < n; i++) {
        struct fit left, right;

        if (letters[i] != ' ')
            continue;
        left = fit_best(g, letters, i);
        if (left.cost >= enough)
            continue;
        right = fit_best(g, letters + i + 1, n - i - 1);
        if (left.cost + right.cost >= enough)
            continue;
        enough = left.cost + right.cost;
        a.fit = left;
        a.line.count = i;
        b.fit = right;
        b.line = (struct span){.from = one->line.from + i + 1, .count = n - i - 1};
    }
    one->whole = true;
    if (a.line.count == n)
        return false;
    *one = a;
    *other = b;
    return true;
}

/* Lays all lines of @truth; what they cost goes to @f, if it is not NULL. Else only
 * those that are there for the greater part are laid. */
static void lay_lines(struct ground *g, const struct text *truth, struct figures *f)
{
    AUTO_MEM struct waiting *lines = mem_new(LINES_MAX, sizeof *lines);
    size_t n = split_lines(truth, lines), longest = 0;
    struct waiting *w = NULL;

    for (size_t i = 0; i < n; i++) {
        longest = lines[i].line.count > longest ? lines[i].line.count : longest;
        if (f)
            f->letters += lines[i].line.count;
    }
    g->cells = mem_new((longest + 1) * (g->read->count + 1), sizeof *g->cells);
    for (size_t i = 0; i < n; i++)
        lines[i].fit =
            fit_best(g, truth->letters + lines[i].line.from, lines[i].line.count);
    while ((w = next_line(g, truth, lines, n))) {
        if (n < LINES_MAX && cut_line(g, truth, w, &lines[n])) {
            n++;
            continue;
        }
        w->done = true;
        if (f) {
            f->misread += w->fit.cost;
            f->marks += w->fit.marks;
        }
        if (w->fit.cost * (f ? 1 : 2) < w->line.count)
            lay(g, truth, w->line, &w->fit);
    }
    mem_free(g->cells);
    g->cells = NULL;
}

static void compare_letters(const struct text *truth, const struct text *also,
                            const struct text *read, size_t *places, struct figures *f)
{
    AUTO_MEM struct span *pieces = mem_new(PIECES_MAX, sizeof *pieces);
    struct ground g = {.read = read, .pieces = pieces, .count = 1, .places = places};

    pieces[0] = (struct span){.count = read->count};
    lay_lines(&g, truth, f);
    g.places = NULL;
    lay_lines(&g, also, NULL);
    for (size_t k = 0; k < g.count; k++)
        for (size_t i = 0; i < pieces[k].count; i++)
            f->left += !is_white(read->letters[pieces[k].from + i]);
}

/* ---- numbers ------------------------------------------------------------------- */

static bool trims(uint32_t c)
{
    return c < 128 && c && strchr(".,;:()[]{}\"'!?*-_|", (int)c);
}

/* A word: what stands between white space, without the signs at its ends. "120
 * /QĐ-UBND" is one: forms leave room for the number. */
struct token {
    char *text;     /* owned */
    struct span at; /* in the letters */
    size_t words;   /* between white space */
    bool digit, doubtful, used;
};

struct tokens {
    struct token *p;
    size_t count;
};

static void tokens_clear(struct tokens *t)
{
    for (size_t i = 0; i < t->count; i++)
        mem_free(t->p[i].text);
    mem_free(t->p);
}
#define AUTO_TOKENS AUTO(tokens_clear)

static bool ends_in_digit(const char *text)
{
    size_t n = strlen(text);

    return n > 0 && text[n - 1] >= '0' && text[n - 1] <= '9';
}

static void tokens_of(const struct text *t, struct tokens *out)
{
    out->p = mem_new(t->count + 1, sizeof *out->p);
    for (size_t i = 0; i < t->count; i++) {
        AUTO_STR struct str text = STR_INIT(STR_FILE_MAX);
        struct token *to = &out->p[out->count];
        size_t from = i;
        size_t end = 0;

        while (i < t->count && !is_white(t->letters[i]))
            i++;
        if (i == from)
            continue;
        end = i;
        to->at.from = from;
        if (t->letters[from] == '/' && out->count > 0 && ends_in_digit(to[-1].text)) {
            to[0] = (struct token){0};
            to--;
            out->count--;
            str_add(&text, to->text);
            mem_free(to->text);
        }
        to->at.count = end - to->at.from;
        to->words++;
        while (from < end && trims(t->letters[from]))
            from++;
        while (end > from && trims(t->letters[end - 1]))
            end--;
        for (size_t k = from; k < end; k++) {
            to->digit = to->digit || (t->letters[k] >= '0' && t->letters[k] <= '9');
            utf8_put(&text, t->letters[k]);
        }
        to->text = mem_dup(str_text(&text));
        out->count++;
    }
}

/* Marks the doubtful ones. Return: there is such a file. */
static bool doubts_read(const char *read_path, struct tokens *t)
{
    AUTO_MEM char *path = mem_printf("%s.doubt", read_path);
    AUTO_STR struct str raw = STR_INIT(STR_FILE_MAX);
    struct err ignored = ERR_INIT; /* most readings have none */

    if (fs_read_file(path, &raw, &ignored) < 0)
        return false;
    for (const char *row = str_text(&raw); *row;) {
        size_t n = strtoul(row, NULL, 10);
        size_t i = 0;

        for (; i < t->count && n >= t->p[i].words; i++)
            n -= t->p[i].words;
        if (i < t->count)
            t->p[i].doubtful = true;
        row += strcspn(row, "\n");
        row += *row == '\n';
    }
    return true;
}

/* What of the reading stands in place of a true number. */
struct place {
    size_t from, to; /* the same: nothing stands between the words around it */
    bool known;
};

/* What stands between the lines around a line that was laid nowhere. */
static struct place place_between(const struct token *number, const size_t *places,
                                  size_t count)
{
    size_t before = number->at.from, after = number->at.from + number->at.count;
    struct place out = {.to = SIZE_MAX, .known = true};

    while (before > 0 && places[before - 1] == NOWHERE)
        before--;
    while (after < count && places[after] == NOWHERE)
        after++;
    if (before > 0)
        out.from = places[before - 1] / 2 + 1;
    if (after < count)
        out.to = places[after] / 2;
    out.known = out.from < out.to;
    return out;
}

static struct place place_of(const struct token *number, const size_t *places,
                             size_t count)
{
    struct place gap = {.from = SIZE_MAX, .known = true}, out = gap;

    for (size_t i = number->at.from; i < number->at.from + number->at.count; i++) {
        size_t at = places[i] / 2;

        if (places[i] == NOWHERE)
            return place_between(number, places, count);
        gap.from = gap.to = at < gap.from ? at : gap.from;
        if (places[i] % 2 == 0)
            continue;
        out.from = at < out.from ? at : out.from;
        out.to = at + 1 > out.to ? at + 1 : out.to;
    }
    return out.to ? out : gap;
}

/* Does the reading say that what stands there is doubtful? */
static bool is_told(const struct token *number, const struct tokens *read,
                    const size_t *places, size_t count)
{
    struct place at = place_of(number, places, count);
    size_t right = 0;

    if (!at.known)
        return false;
    for (size_t i = 0; i < read->count; i++) {
        const struct token *t = &read->p[i];
        size_t end = t->at.from + t->at.count;

        if (t->at.from < at.to && end > at.from && t->doubtful)
            return true;
        right += end <= at.from;
    }
    return at.from == at.to && ((right > 0 && read->p[right - 1].doubtful) ||
                                (right < read->count && read->p[right].doubtful));
}

/* The word of the reading that is the same as @one: that in its place, else any that
 * stands for no other; of these a doubtful one. Return: its number, or @read->count. */
static size_t same_word(const struct token *one, const struct tokens *read,
                        const size_t *places, size_t count, bool in_place)
{
    struct place at = in_place ? place_of(one, places, count) : (struct place){0};
    size_t found = read->count;

    for (size_t k = 0; k < read->count; k++) {
        const struct token *t = &read->p[k];

        if (t->used || strcmp(one->text, t->text) != 0 ||
            (in_place &&
             (!at.known || t->at.from >= at.to || t->at.from + t->at.count <= at.from)))
            continue;
        if (found == read->count || (!read->p[found].doubtful && t->doubtful))
            found = k;
    }
    return found;
}

static void compare_numbers(const struct text *truth, const struct text *read,
                            const char *read_path, const size_t *places,
                            struct figures *f)
{
    AUTO_TOKENS struct tokens a = {0};
    AUTO_TOKENS struct tokens b = {0};

    tokens_of(truth, &a);
    tokens_of(read, &b);
    f->judged = doubts_read(read_path, &b);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < a.count; i++) {
            size_t found = b.count;

            if (a.p[i].used)
                continue;
            found = same_word(&a.p[i], &b, places, truth->count, pass == 0);
            if (found == b.count)
                continue;
            a.p[i].used = b.p[found].used = true;
            f->false_told += a.p[i].digit && b.p[found].doubtful;
        }
    for (size_t i = 0; i < a.count; i++) {
        bool told = false;

        f->numbers += a.p[i].digit;
        if (!a.p[i].digit || a.p[i].used)
            continue;
        told = f->judged && is_told(&a.p[i], &b, places, truth->count);
        f->numbers_lost++;
        f->told += told;
        if (f->judged && !told && getenv("MISREAD_SHOW"))
            (void)fprintf(stderr, "not told: %s in %s\n", a.p[i].text, read_path);
    }
}

static double of(size_t part, size_t all)
{
    return all ? 100.0 * (double)part / (double)all : 0;
}

static void show(const char *name, const struct figures *f)
{
    (void)printf("%s cer %.2f cerm %.2f der %.2f num %.2f of %zu letters %zu numbers",
                 name, of(f->misread + f->left, f->letters), of(f->misread, f->letters),
                 of(f->marks, f->letters), of(f->numbers_lost, f->numbers), f->letters,
                 f->numbers);
    if (f->judged)
        (void)printf(" flagged %.2f false %.2f",
                     f->numbers_lost ? of(f->told, f->numbers_lost) : 100,
                     of(f->false_told, f->numbers - f->numbers_lost));
    (void)printf("\n");
}

/* TRUTH.also of TRUTH.txt; most truths have none. */
static int also_read(const char *truth_path, struct text *t)
{
    size_t n = strlen(truth_path);
    AUTO_MEM char *path = NULL;

    if (n > 4 && strcmp(truth_path + n - 4, ".txt") == 0)
        n -= 4;
    path = mem_printf("%.*s.also", (int)n, truth_path);
    return fs_exists(path) ? text_read(path, t) : 0;
}

static int compare(const char *truth_path, const char *read_path, struct figures *f)
{
    AUTO_TEXT struct text truth = {0};
    AUTO_TEXT struct text also = {0};
    AUTO_TEXT struct text read = {0};
    AUTO_MEM size_t *places = NULL;

    if (text_read(truth_path, &truth) < 0 || also_read(truth_path, &also) < 0 ||
        text_read(read_path, &read) < 0)
        return -1;
    places = mem_new(truth.count, sizeof *places);
    for (size_t i = 0; i < truth.count; i++)
        places[i] = NOWHERE;
    compare_letters(&truth, &also, &read, places, f);
    compare_numbers(&truth, &read, read_path, places, f);
    return 0;
}

int main(int argc, char **argv)
{
    struct figures all = {0};

    if (argc < 3 || argc % 2 == 0) {
        (void)fputs("misread TRUTH.txt READ.txt [TRUTH.txt READ.txt]...\n", stderr);
        return 2;
    }
    for (int i = 1; i + 1 < argc; i += 2) {
        struct figures f = {0};

        if (compare(argv[i], argv[i + 1], &f) < 0)
            return 1;
        show(argv[i + 1], &f);
        all.letters += f.letters;
        all.misread += f.misread;
        all.left += f.left;
        all.marks += f.marks;
        all.numbers += f.numbers;
        all.numbers_lost += f.numbers_lost;
        all.told += f.told;
        all.false_told += f.false_told;
        all.judged = all.judged || f.judged;
    }
    if (argc > 3)
        show("all", &all);
    return 0;
}
