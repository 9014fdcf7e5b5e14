/* SPDX-License-Identifier: Apache-2.0 */
/*
 * misread TRUTH.txt READ.txt...: how wrong a reading is, in per cent, whatever the
 * order of its lines (the columns of a header have no agreed order).
 *
 * Each true line, the longest first, is laid on the piece of the reading that is
 * nearest to it by edit distance; that piece is used up. NFC, white space as one space.
 *   cer   letters misread, and letters of the reading that no line used
 *   cerm  letters misread alone
 *   der   letters whose base is right and whose marks are wrong
 *   num   words with a digit that the reading does not have exactly
 * Prints a line for each pair and, for several, "all" over all letters and numbers.
 * After Clausner, Pletschacher, Antonacopoulos: Flexible character accuracy measure
 * for reading-order-independent evaluation (2020), without its search over orders.
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

struct span {
    size_t from;
    size_t count;
};

struct text {
    uint32_t *letters; /* white space is one ' ' or, in a truth, '\n' */
    size_t count;
};

struct figures {
    size_t letters;
    size_t misread;
    size_t left;
    size_t marks;
    size_t numbers;
    size_t numbers_lost;
};

static void text_clear(struct text *t)
{
    mem_free(t->letters);
    t->letters = NULL;
}
#define AUTO_TEXT AUTO(text_clear)

static int text_read(const char *path, bool lines, struct text *t)
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
            c = lines ? '\n' : ' ';
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
    if (t->count && t->letters[t->count - 1] == ' ')
        t->count--;
    return 0;
}

/* ---- one line against the reading -------------------------------------------------
 */

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

struct fit {
    size_t cost; /* edits; the line's length when nothing of the piece helps */
    size_t marks;
    struct span at; /* in the letters of the reading */
};

/* Lays @line on the piece @in: Sellers' table, @cells of (line + 1) × (piece + 1). */
static struct fit fit_line(const uint32_t *line, size_t n, const uint32_t *read,
                           struct span in, uint16_t *cells)
{
    const uint32_t *piece = read + in.from;
    size_t wide = in.count + 1;
    size_t i = n;
    size_t j = 0;
    struct fit fit = {.cost = n};

    for (size_t k = 0; k < wide; k++)
        cells[k] = 0;
    for (size_t r = 1; r <= n; r++) {
        cells[r * wide] = (uint16_t)r;
        for (size_t k = 1; k < wide; k++) {
            unsigned best =
                cells[(r - 1) * wide + k - 1] + (line[r - 1] == piece[k - 1] ? 0U : 1U);

            if (cells[(r - 1) * wide + k] + 1U < best)
                best = cells[(r - 1) * wide + k] + 1U;
            if (cells[r * wide + k - 1] + 1U < best)
                best = cells[r * wide + k - 1] + 1U;
            cells[r * wide + k] = (uint16_t)best;
        }
    }
    for (size_t k = 0; k < wide; k++)
        if (cells[n * wide + k] < fit.cost) {
            fit.cost = cells[n * wide + k];
            j = k;
        }
    if (fit.cost == n)
        return fit;
    fit.at.count = j;
    while (i > 0) {
        unsigned here = cells[i * wide + j];

        if (j > 0 &&
            cells[(i - 1) * wide + j - 1] + (line[i - 1] == piece[j - 1] ? 0U : 1U) ==
                here) {
            if (line[i - 1] != piece[j - 1] && same_base(line[i - 1], piece[j - 1]))
                fit.marks++;
            i--;
            j--;
        } else if (cells[(i - 1) * wide + j] + 1U == here) {
            i--;
        } else {
            j--;
        }
    }
    fit.at.from = in.from + j;
    fit.at.count -= j;
    return fit;
}

static int longest_first(const void *a, const void *b)
{
    const struct span *one = a;
    const struct span *other = b;

    if (one->count != other->count)
        return one->count < other->count ? 1 : -1;
    return one->from < other->from ? -1 : one->from > other->from;
}

static size_t split_lines(const struct text *t, struct span *lines)
{
    size_t n = 0;

    for (size_t i = 0; i < t->count && n < LINES_MAX; i++) {
        size_t from = i;

        while (i < t->count && t->letters[i] != '\n')
            i++;
        if (i > from)
            lines[n++] = (struct span){.from = from, .count = i - from};
    }
    qsort(lines, n, sizeof *lines, longest_first);
    return n;
}

static void compare_letters(const struct text *truth, const struct text *read,
                            struct figures *f)
{
    AUTO_MEM struct span *lines = mem_new(LINES_MAX, sizeof *lines);
    AUTO_MEM struct span *pieces = mem_new(PIECES_MAX, sizeof *pieces);
    size_t n = split_lines(truth, lines);
    size_t longest = n ? lines[0].count : 0;
    AUTO_MEM uint16_t *cells =
        mem_new((longest + 1) * (read->count + 1), sizeof *cells);
    size_t count = 1;

    pieces[0] = (struct span){.count = read->count};
    for (size_t i = 0; i < n; i++) {
        struct fit best = {.cost = lines[i].count};
        size_t which = 0;
        struct span old;

        f->letters += lines[i].count;
        for (size_t k = 0; k < count; k++) {
            struct fit fit = fit_line(truth->letters + lines[i].from, lines[i].count,
                                      read->letters, pieces[k], cells);

            if (fit.cost < best.cost) {
                best = fit;
                which = k;
            }
        }
        f->misread += best.cost;
        f->marks += best.marks;
        if (best.cost == lines[i].count || count == PIECES_MAX)
            continue;
        old = pieces[which];
        pieces[which].count = best.at.from - old.from;
        pieces[count].from = best.at.from + best.at.count;
        pieces[count].count = old.from + old.count - pieces[count].from;
        count++;
    }
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < pieces[k].count; i++)
            f->left += read->letters[pieces[k].from + i] != ' ';
}

/* ---- numbers ----------------------------------------------------------------------
 */

static bool trims(uint32_t c)
{
    return c < 128 && c && strchr(".,;:()[]{}\"'!?*-_|", (int)c);
}

/* The words with a digit, each as its letters and a NUL; @starts gets their places. */
static size_t numbers_of(const struct text *t, struct str *out, const char **starts)
{
    size_t n = 0;

    for (size_t i = 0; i < t->count; i++) {
        size_t from = i;
        size_t end = 0;
        bool digit = false;

        while (i < t->count && t->letters[i] != ' ' && t->letters[i] != '\n')
            i++;
        end = i;
        while (from < end && trims(t->letters[from]))
            from++;
        while (end > from && trims(t->letters[end - 1]))
            end--;
        for (size_t k = from; k < end; k++)
            digit = digit || (t->letters[k] >= '0' && t->letters[k] <= '9');
        if (!digit)
            continue;
        for (size_t k = from; k < end; k++)
            utf8_put(out, t->letters[k]);
        str_add_char(out, '\0');
        n++;
    }
    for (size_t i = 0, at = 0; i < n; i++, at += strlen(out->p + at) + 1)
        starts[i] = out->p + at;
    return n;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void compare_numbers(const struct text *truth, const struct text *read,
                            struct figures *f)
{
    AUTO_STR struct str one = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str other = STR_INIT(STR_FILE_MAX);
    AUTO_MEM const char **a = mem_new(LETTERS_MAX, sizeof *a);
    AUTO_MEM const char **b = mem_new(LETTERS_MAX, sizeof *b);
    size_t na = numbers_of(truth, &one, a);
    size_t nb = numbers_of(read, &other, b);
    size_t found = 0;

    qsort(a, na, sizeof *a, by_text);
    qsort(b, nb, sizeof *b, by_text);
    for (size_t i = 0, j = 0; i < na && j < nb;) {
        int order = strcmp(a[i], b[j]);

        found += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    f->numbers += na;
    f->numbers_lost += na - found;
}

static double of(size_t part, size_t all)
{
    return all ? 100.0 * (double)part / (double)all : 0;
}

static void show(const char *name, const struct figures *f)
{
    (void)printf("%s cer %.2f cerm %.2f der %.2f num %.2f of %zu letters %zu numbers\n",
                 name, of(f->misread + f->left, f->letters), of(f->misread, f->letters),
                 of(f->marks, f->letters), of(f->numbers_lost, f->numbers), f->letters,
                 f->numbers);
}

int main(int argc, char **argv)
{
    struct figures all = {0};

    if (argc < 3 || argc % 2 == 0) {
        (void)fputs("misread TRUTH.txt READ.txt [TRUTH.txt READ.txt]...\n", stderr);
        return 2;
    }
    for (int i = 1; i + 1 < argc; i += 2) {
        AUTO_TEXT struct text truth = {0};
        AUTO_TEXT struct text read = {0};
        struct figures f = {0};

        if (text_read(argv[i], true, &truth) < 0 ||
            text_read(argv[i + 1], false, &read) < 0)
            return 1;
        compare_letters(&truth, &read, &f);
        compare_numbers(&truth, &read, &f);
        show(argv[i + 1], &f);
        all.letters += f.letters;
        all.misread += f.misread;
        all.left += f.left;
        all.marks += f.marks;
        all.numbers += f.numbers;
        all.numbers_lost += f.numbers_lost;
    }
    if (argc > 3)
        show("all", &all);
    return 0;
}
