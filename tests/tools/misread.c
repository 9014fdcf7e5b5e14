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
 * With a file READ.txt.doubt beside the reading (first column: numbers of its doubtful
 * words, from 0, words being what stands between white space) also
 *   flagged  of those the per cent that a person is told to look at: the piece of up to
 *            three words of the reading that is nearest to the true one holds a
 * doubtful word; one with nothing near it counts as not told false    doubtful ones,
 * per cent of the words with a digit that were read exactly Prints a line for each pair
 * and, for several, "all" over all letters and numbers. After Clausner, Pletschacher,
 * Antonacopoulos: Flexible character accuracy measure for reading-order-independent
 * evaluation (2020), without its search over orders.
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

/* A word: what stands between white space, without the signs at its ends. "120
 * /QĐ-UBND" is one: forms leave room for the number. */
struct token {
    char *text;   /* owned */
    size_t words; /* between white space */
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

        while (i < t->count && t->letters[i] != ' ' && t->letters[i] != '\n')
            i++;
        if (i == from)
            continue;
        end = i;
        if (t->letters[from] == '/' && out->count > 0 && ends_in_digit(to[-1].text)) {
            to--;
            out->count--;
            str_add(&text, to->text);
            mem_free(to->text);
        }
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

static size_t distance(const char *a, const char *b)
{
    AUTO_MEM size_t *row = mem_new(strlen(b) + 1, sizeof *row);
    size_t n = strlen(b);

    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[n];
}

#define PIECE_WORDS 3

/* Letters and digits only: quotes and strokes beside a number are scraps. */
static void bare(const char *text, struct str *out)
{
    size_t left = strlen(text);

    while (left) {
        unsigned cp = utf8_next(&text, &left);

        if (utf8_is_letter_or_digit(cp))
            utf8_put(out, cp);
    }
}

/* Does the reading say that what stands in place of @number is doubtful? */
static bool is_told(const char *number, struct tokens *read)
{
    AUTO_STR struct str want = STR_INIT(STR_LINE_MAX);
    size_t least = 0;
    size_t best = 0;
    size_t best_count = 0;
    bool told = false;

    bare(number, &want);
    least = (want.len + 1) / 2 + 1;
    for (size_t i = 0; i < read->count; i++) {
        AUTO_STR struct str piece = STR_INIT(STR_LINE_MAX);
        bool doubtful = false;

        for (size_t n = 0; n < PIECE_WORDS && i + n < read->count; n++) {
            const struct token *t = &read->p[i + n];
            size_t d = 0;

            if (t->used)
                break;
            bare(t->text, &piece);
            doubtful = doubtful || t->doubtful;
            /* Run together with its neighbours: "19tháng". */
            if (n == 0 && t->doubtful && t->digit && want.len >= 2 && least > 1 &&
                strstr(str_text(&piece), str_text(&want))) {
                least = 1;
                best = i;
                best_count = 1;
                told = true;
            }
            if (piece.len > 2 * want.len + 2)
                break;
            d = distance(str_text(&want), str_text(&piece));
            /* The rest of it stands elsewhere: "46/QĐ- UBND". */
            if (t->digit && piece.len >= 3 && piece.len < want.len) {
                AUTO_MEM char *begin =
                    mem_printf("%.*s", (int)piece.len, str_text(&want));
                size_t part = distance(begin, str_text(&piece)) + 1;

                d = part <= 3 && part < d ? part : d;
            }
            if (d < least || (d == least && best_count > 0 && told && !doubtful)) {
                least = d;
                best = i;
                best_count = n + 1;
                told = doubtful;
            }
        }
    }
    for (size_t n = 0; n < best_count; n++)
        read->p[best + n].used = true;
    return told;
}

static void compare_numbers(const struct text *truth, const struct text *read,
                            const char *read_path, struct figures *f)
{
    AUTO_TOKENS struct tokens a = {0};
    AUTO_TOKENS struct tokens b = {0};

    tokens_of(truth, &a);
    tokens_of(read, &b);
    f->judged = doubts_read(read_path, &b);
    /* Words first, so that what was read rightly is in no piece. */
    for (int digits = 0; digits < 2; digits++)
        for (size_t i = 0; i < a.count; i++) {
            size_t found = b.count;

            if (a.p[i].digit != (digits == 1))
                continue;
            for (size_t k = 0; k < b.count; k++)
                if (!b.p[k].used && strcmp(a.p[i].text, b.p[k].text) == 0 &&
                    (found == b.count || (!b.p[found].doubtful && b.p[k].doubtful)))
                    found = k;
            f->numbers += digits == 1;
            if (found == b.count)
                continue;
            a.p[i].used = b.p[found].used = true;
            f->false_told += digits == 1 && b.p[found].doubtful;
        }
    for (size_t i = 0; i < a.count; i++) {
        bool told = false;

        if (!a.p[i].digit || a.p[i].used)
            continue;
        told = f->judged && is_told(a.p[i].text, &b);
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
        compare_numbers(&truth, &read, argv[i + 1], &f);
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
