/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/secrecy.h"

#include <stddef.h>
#include <string.h>

#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/cells.h"
#include "ocr/result.h"

#define RUN_WORDS_MAX   12 /* T U Y Ệ T M Ậ T and scraps of the frame */
#define RUN_LETTERS_MAX 14
#define GAP_APART       1.2 /* a gap of so many letter heights sets a word apart */
#define GAP_INSIDE      6.0 /* letters of a stamp stand no farther apart */

/* One way of taking consecutive words of a line as a stamp. */
struct run {
    size_t first, count;      /* words of the result */
    bool left_end, right_end; /* nothing else on the line on that side */
};

/* Letters of the run, folded, digits read as the letters they look like. @caps: all
 * letters are capitals; @initial: the first one is. */
static void squash(const struct result *r, const struct run *run, struct str *out,
                   bool *caps, bool *initial)
{
    size_t letters = 0;
    size_t capitals = 0;

    *initial = false;
    for (size_t i = run->first; i < run->first + run->count; i++) {
        const char *p = r->text + r->words[i].start;
        AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
        struct cells_count n = cells_count(p, r->words[i].len);

        if (letters == 0 && n.letters > 0)
            *initial = n.first_capital;
        letters += n.letters;
        capitals += n.capitals;
        utf8_fold(p, r->words[i].len, &fold);
        for (const char *f = str_text(&fold); *f; f++) {
            char c = *f;

            c = c == '0' ? 'o' : c == '1' || c == '|' || c == '!' ? 'i' : c;
            if (c >= 'a' && c <= 'z')
                str_add_char(out, c);
        }
    }
    *caps = letters > 0 && capitals == letters;
}

/* N, H, W, IVI … with ẬT behind it is no Vietnamese syllable: M read badly. */
static bool is_bad_m(const struct result *r, const struct run *run)
{
    static const char *const starts[] = {"n", "h", "w", "iv", "ivi", "ni", "rn", "nn"};
    const struct result_word *w = &r->words[run->first];
    AUTO_STR struct str low = STR_INIT(STR_LINE_MAX);

    if (run->count != 1)
        return false;
    utf8_lower(r->text + w->start, w->len, &low);
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        size_t n = strlen(starts[i]);

        if (str_starts(str_text(&low), starts[i]) &&
            str_starts(str_text(&low) + n, "ật") && low.len == n + strlen("ật"))
            return true;
    }
    return false;
}

/* MẶT read surely is a word of its own. */
static bool is_sure_face(const struct result *r, const struct run *run)
{
    AUTO_STR struct str low = STR_INIT(STR_LINE_MAX);

    for (size_t i = run->first; i < run->first + run->count; i++) {
        const struct result_word *w = &r->words[i];

        if (w->confidence < SECRECY_SURE)
            return false;
        utf8_lower(r->text + w->start, w->len, &low);
    }
    return strstr(str_text(&low), "mặt") != NULL;
}

static enum secrecy_grade grade_of(const struct result *r, const struct run *run)
{
    AUTO_STR struct str key = STR_INIT(STR_LINE_MAX);
    bool caps = false;
    bool initial = false;
    bool whole = run->left_end && run->right_end;
    const char *k;

    squash(r, run, &key, &caps, &initial);
    k = str_text(&key);
    if (key.len < 3 || key.len > RUN_LETTERS_MAX || (!caps && !(initial && whole)))
        return SECRECY_NONE;
    if (str_starts(k, "domat")) /* "Độ mật: Tối mật" */
        k += strlen("domat");
    if (cells_near(k, "tuyetmat", 2))
        return SECRECY_TUYET_MAT;
    if (cells_near(k, "toimat", 1))
        return SECRECY_TOI_MAT;
    if (strcmp(k, "mat") == 0 && !is_sure_face(r, run))
        return SECRECY_MAT;
    /* The last letter alone wrong: MẬI, MẬL, MẬF. */
    if (caps &&
        (strcmp(k, "mai") == 0 || strcmp(k, "mal") == 0 || strcmp(k, "maf") == 0)) {
        AUTO_STR struct str low = STR_INIT(STR_LINE_MAX);
        const struct result_word *w = &r->words[run->first];

        utf8_lower(r->text + w->start, w->len, &low);
        if (strstr(str_text(&low), "ậ") || strstr(str_text(&low), "â"))
            return SECRECY_MAT;
    }
    return caps && is_bad_m(r, run) ? SECRECY_MAT : SECRECY_NONE;
}

static bool has_letters(const struct result *r, size_t i)
{
    struct cells_count n = cells_count(r->text + r->words[i].start, r->words[i].len);

    return n.letters + n.digits > 0;
}

static double gap_between(const struct result *r, size_t left, size_t right)
{
    const struct result_word *a = &r->words[left];
    const struct result_word *b = &r->words[right];
    int32_t h = a->h > b->h ? a->h : b->h;

    return (double)(b->x - (a->x + a->w)) / (h > 0 ? h : 1);
}

/* Is the run apart from its neighbours? Scraps without letters do not count. */
static bool stands_apart(const struct result *r, size_t line_first, size_t line_end,
                         struct run *run)
{
    size_t left = run->first;
    size_t right = run->first + run->count;

    while (left > line_first && !has_letters(r, left - 1))
        left--;
    while (right < line_end && !has_letters(r, right))
        right++;
    run->left_end = left == line_first;
    run->right_end = right == line_end;
    return (run->left_end || gap_between(r, left - 1, run->first) >= GAP_APART) &&
           (run->right_end ||
            gap_between(r, run->first + run->count - 1, right) >= GAP_APART);
}

static void mark_from(const struct result *r, const struct run *run,
                      enum secrecy_grade grade, struct secrecy_mark *out)
{
    int32_t right = 0;
    int32_t bottom = 0;

    *out = (struct secrecy_mark){.grade = grade, .confidence = 100};
    for (size_t i = run->first; i < run->first + run->count; i++) {
        const struct result_word *w = &r->words[i];
        bool first = i == run->first;

        out->x = first || w->x < out->x ? w->x : out->x;
        out->y = first || w->y < out->y ? w->y : out->y;
        right = w->x + w->w > right ? w->x + w->w : right;
        bottom = w->y + w->h > bottom ? w->y + w->h : bottom;
        if (w->confidence < out->confidence)
            out->confidence = w->confidence;
    }
    out->w = right - out->x;
    out->h = bottom - out->y;
}

/* All runs that begin at word @i of the line [first, end). */
static void look_from(const struct result *r, size_t i, size_t first, size_t end,
                      struct secrecy_mark *best)
{
    for (size_t n = 1; n <= RUN_WORDS_MAX && i + n <= end; n++) {
        struct run run = {.first = i, .count = n};
        enum secrecy_grade grade;

        if (n > 1 && gap_between(r, i + n - 2, i + n - 1) > GAP_INSIDE)
            return;
        if (!stands_apart(r, first, end, &run))
            continue;
        grade = grade_of(r, &run);
        if (grade > best->grade)
            mark_from(r, &run, grade, best);
    }
}

bool secrecy_find(const struct result *r, struct secrecy_mark *out)
{
    struct secrecy_mark best = {.grade = SECRECY_NONE};

    for (size_t first = 0; first < r->word_count;) {
        size_t end = first + 1;

        while (end < r->word_count && r->words[end].line == r->words[first].line)
            end++;
        for (size_t i = first; i < end; i++)
            look_from(r, i, first, end, &best);
        first = end;
    }
    if (best.grade == SECRECY_NONE)
        return false;
    if (out)
        *out = best;
    return true;
}

/* ---- within a frame -------------------------------------------------------------- */

static enum secrecy_grade framed_grade(const char *key)
{
    static const char *const MAT[] = {"mat",  "mai",   "mal",  "maf",  "mar",
                                      "nat",  "hat",   "wat",  "ivat", "rnat",
                                      "niat", "iviat", "mmat", "matt", "imat",
                                      "mati", "imati", "lmat", "matl", "lmatl"};

    if (cells_near(key, "tuyetmat", 2) || strstr(key, "tuyetmat"))
        return SECRECY_TUYET_MAT;
    if (cells_near(key, "toimat", 1) || strstr(key, "toimat"))
        return SECRECY_TOI_MAT;
    for (size_t i = 0; i < ARRAY_LEN(MAT); i++)
        if (strcmp(key, MAT[i]) == 0)
            return SECRECY_MAT;
    return SECRECY_NONE;
}

static enum secrecy_grade framed_run(const struct result *r, size_t first, size_t end)
{
    AUTO_STR struct str key = STR_INIT(STR_LINE_MAX);
    struct run run = {0};
    bool caps = false;
    bool initial = false;

    /* Scraps of the frame. */
    while (first < end && !has_letters(r, first))
        first++;
    while (first < end && !has_letters(r, end - 1))
        end--;
    run = (struct run){.first = first, .count = end - first};
    if (run.count > RUN_WORDS_MAX)
        return SECRECY_NONE;
    squash(r, &run, &key, &caps, &initial);
    return key.len <= RUN_LETTERS_MAX ? framed_grade(str_text(&key)) : SECRECY_NONE;
}

enum secrecy_grade secrecy_framed(const struct result *r)
{
    enum secrecy_grade best = framed_run(r, 0, r->word_count);
    struct secrecy_mark mark = {.grade = SECRECY_NONE};

    for (size_t first = 0, end = 0; first < r->word_count; first = end) {
        enum secrecy_grade grade;

        for (end = first + 1;
             end < r->word_count && r->words[end].line == r->words[first].line;)
            end++;
        grade = framed_run(r, first, end);
        best = grade > best ? grade : best;
    }
    if (secrecy_find(r, &mark) && mark.grade > best)
        best = mark.grade;
    return best;
}
