/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lstm_equal [-v] LANGUAGE PICTURE... - our own recognizer beside Tesseract's.
 *
 * Tesseract reads each picture (8-bit grey or what leptonica makes grey). The pictures
 * of lines that it scales for its network are caught on the way: pixScale() and
 * pixClipRectangle() of this program stand before leptonica's. Ours reads the same
 * pictures in every way this processor has. Prints, for each way: lines, words, how
 * many words of ours are Tesseract's word at the same place in the text, how many have
 * its confidence to 0.01, how many signs have its place in the line to the pixel; and
 * columns a second of CPU time, with the search. -v: the words that differ.
 * Exit 1 when a word differs.
 */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <allheaders.h>
#include <tesseract/capi.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "ocr/lstm.h"
#include "ocr/lstm_model.h"
#include "ocr/tess.h"

#define LINES_MAX 4000
#define WORDS_MAX 20000
#define DIR_DATA  "/usr/share/tesseract-ocr/5/tessdata"

struct caught {
    struct Pix *scaled;
    int left, height; /* of the piece that was cut out for it */
};

struct read_word {
    char *text;
    float confidence;
    int left, right; /* of its first and last sign */
};

static struct {
    bool on;
    int left;
    struct caught lines[LINES_MAX];
    int count;
} trap;

static void *next_of(const char *name)
{
    void *p = dlsym(RTLD_NEXT, name);

    if (!p)
        exit(2);
    return p;
}

struct Pix *pixScale(struct Pix *pix, l_float32 x, l_float32 y);
struct Pix *pixClipRectangle(struct Pix *pix, BOX *box, BOX **out);

struct Pix *pixScale(struct Pix *pix, l_float32 x, l_float32 y)
{
    typedef struct Pix *scale_fn(struct Pix *, l_float32, l_float32);
    void *p = next_of("pixScale");
    scale_fn *real = NULL;
    struct Pix *out = NULL;

    memcpy(&real, &p, sizeof real);
    out = real(pix, x, y);
    if (trap.on && out && pixGetHeight(out) == LSTM_MODEL_HEIGHT &&
        pixGetDepth(out) == 8 && trap.count < LINES_MAX)
        trap.lines[trap.count++] =
            (struct caught){pixCopy(NULL, out), trap.left, pixGetHeight(pix)};
    return out;
}

struct Pix *pixClipRectangle(struct Pix *pix, BOX *box, BOX **out)
{
    typedef struct Pix *clip_fn(struct Pix *, BOX *, BOX **);
    void *p = next_of("pixClipRectangle");
    clip_fn *real = NULL;

    memcpy(&real, &p, sizeof real);
    if (trap.on && box)
        (void)boxGetGeometry(box, &trap.left, NULL, NULL, NULL);
    return real(pix, box, out);
}

/* ---- Tesseract ------------------------------------------------------------------- */

static void read_sides(TessResultIterator *it, struct read_word *w)
{
    TessResultIterator *sign = TessResultIteratorCopy(it);
    bool first = true;

    do {
        int left = 0, top = 0, right = 0, bottom = 0;

        if (!TessPageIteratorBoundingBox(TessResultIteratorGetPageIteratorConst(sign),
                                         RIL_SYMBOL, &left, &top, &right, &bottom))
            continue;
        w->left = first ? left : w->left;
        w->right = right;
        first = false;
    } while (TessResultIteratorNext(sign, RIL_SYMBOL) &&
             !TessPageIteratorIsAtBeginningOf(
                 TessResultIteratorGetPageIteratorConst(sign), RIL_WORD));
    TessResultIteratorDelete(sign);
}

static int read_words(TessBaseAPI *api, struct read_word *words)
{
    TessResultIterator *it = TessBaseAPIGetIterator(api);
    int count = 0;

    if (!it)
        return 0;
    do {
        char *text = TessResultIteratorGetUTF8Text(it, RIL_WORD);

        if (text && text[strspn(text, " \n")] && count < WORDS_MAX) {
            struct read_word *w = &words[count++];

            *w = (struct read_word){.text = mem_dup(text),
                                    .confidence =
                                        TessResultIteratorConfidence(it, RIL_WORD)};
            read_sides(it, w);
        }
        if (text)
            TessDeleteText(text);
    } while (TessResultIteratorNext(it, RIL_WORD));
    TessResultIteratorDelete(it);
    return count;
}

/* ---- ours ------------------------------------------------------------------------ */

struct score {
    int lines, words, same, sure, placed;
    double cpu_s;
    int64_t columns;
};

static double cpu_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void compare(const struct lstm_line *line, const struct caught *c, int at,
                    const struct read_word *words, int count, bool loud,
                    struct score *s)
{
    float back = (float)c->height / LSTM_MODEL_HEIGHT;

    for (int i = 0; i < line->word_count; i++) {
        const struct lstm_word *w = &line->words[i];
        const char *text = str_text(&line->text) + w->start;
        const struct read_word *t = at + i < count ? &words[at + i] : NULL;
        const char *theirs = t ? t->text + strspn(t->text, " ") : "";
        bool same = strlen(theirs) == w->len && memcmp(theirs, text, w->len) == 0;
        const struct lstm_sign *a = &line->signs[w->first];

        s->words++;
        s->same += same;
        s->sure += same && fabsf(t->confidence - w->confidence) <= 0.01F;
        s->placed +=
            same && (int)floorf((float)a->x * back + 0.01F) + c->left == t->left;
        if (loud && !same)
            printf("  \"%.*s\" for \"%s\"\n", (int)w->len, text, theirs);
        if (loud && same && fabsf(t->confidence - w->confidence) > 0.01F)
            printf("  \"%s\" %.3f for %.3f\n", theirs, (double)w->confidence,
                   (double)t->confidence);
    }
}

static int read_lines(struct lstm *l, const struct read_word *words, int count,
                      bool loud, struct score *s)
{
    struct err e = ERR_INIT;
    int before = s->words, at = 0;

    for (int i = 0; i < trap.count; i++) {
        double start = cpu_now();
        int64_t columns = lstm_columns(l);
        const struct lstm_line *line = lstm_read(l, trap.lines[i].scaled, &e);

        s->cpu_s += cpu_now() - start;
        s->columns += lstm_columns(l) - columns;
        if (!line) {
            err_clear(&e); /* too narrow: Tesseract reads nothing there either */
            continue;
        }
        s->lines++;
        compare(line, &trap.lines[i], at, words, count, loud, s);
        at += line->word_count;
    }
    if (s->words - before != count) {
        printf("  %d words for %d\n", s->words - before, count);
        s->words += abs(count - (s->words - before));
    }
    return 0;
}

static struct Pix *load(const char *path)
{
    struct Pix *pix = pixRead(path), *grey = NULL;

    if (!pix)
        return NULL;
    grey = pixConvertTo8(pix, 0);
    pixDestroy(&pix);
    return grey;
}

static bool read_picture(TessBaseAPI *api, const char *path, struct lstm *ways[4],
                         bool loud, struct score scores[4])
{
    struct read_word *words = mem_new(WORDS_MAX, sizeof *words);
    struct Pix *pix = load(path);
    int count = 0;

    if (!pix) {
        fprintf(stderr, "lstm_equal: %s\n", path);
        return false;
    }
    TessBaseAPISetImage2(api, pix);
    trap.on = true;
    (void)TessBaseAPIRecognize(api, NULL);
    trap.on = false;
    count = read_words(api, words);
    for (int p = LSTM_C; p <= LSTM_VNNI; p++)
        if (ways[p])
            (void)read_lines(ways[p], words, count, loud, &scores[p]);
    for (int i = 0; i < trap.count; i++)
        pixDestroy(&trap.lines[i].scaled);
    trap.count = 0;
    for (int i = 0; i < count; i++)
        mem_free(words[i].text);
    mem_free(words);
    pixDestroy(&pix);
    return true;
}

static bool open_all(const char *language, TessBaseAPI *api, struct str *model,
                     struct lstm *ways[4])
{
    const char *dir = getenv("TESSDATA_PREFIX");
    AUTO_MEM char *path =
        fs_pathf(dir && *dir ? dir : DIR_DATA, "%s.traineddata", language);
    struct err e = ERR_INIT;

    if (fs_read_file(path, model, &e) < 0) {
        fprintf(stderr, "lstm_equal: %s: %s\n", path, err_code_name(e.code));
        return false;
    }
    for (int p = LSTM_C; p <= LSTM_VNNI; p++)
        if (lstm_has((enum lstm_path)p) &&
            lstm_open(model->p, model->len, (enum lstm_path)p, &ways[p], &e) < 0) {
            fprintf(stderr, "lstm_equal: %s: %s\n", e.subject, e.detail);
            return false;
        }
    (void)TessBaseAPISetVariable(api, "debug_file", "/dev/null");
    if (TessBaseAPIInit5(api, model->p, (int)model->len, language, OEM_LSTM_ONLY, NULL,
                         0, NULL, NULL, 0, 0) != 0)
        return false;
    TessBaseAPISetPageSegMode(api, PSM_AUTO);
    return TessBaseAPISetVariable(api, "tessedit_do_invert", "0") != 0;
}

static bool tell(struct lstm *ways[4], const struct score scores[4])
{
    bool good = true;

    for (int p = LSTM_C; p <= LSTM_VNNI; p++) {
        const struct score *s = &scores[p];

        if (!ways[p])
            continue;
        printf("%-13s %5d lines %6d words %6d same %6d as sure %6d placed %9.0f "
               "columns/s\n",
               lstm_path_name(ways[p]), s->lines, s->words, s->same, s->sure, s->placed,
               s->cpu_s > 0 ? (double)s->columns / s->cpu_s : 0.0);
        good = good && s->words > 0 && s->same == s->words;
        lstm_close(ways[p]);
    }
    return good;
}

int main(int argc, char **argv)
{
    AUTO_STR struct str model = STR_INIT(TESS_MODEL_MAX);
    TessBaseAPI *api = TessBaseAPICreate();
    struct lstm *ways[4] = {NULL};
    struct score scores[4] = {{0}};
    bool loud = argc > 1 && strcmp(argv[1], "-v") == 0, good = true;
    int first = loud ? 2 : 1;

    if (argc < first + 2) {
        fprintf(stderr, "lstm_equal [-v] LANGUAGE PICTURE...\n");
        return 2;
    }
    (void)setMsgSeverity(L_SEVERITY_NONE);
    if (!open_all(argv[first], api, &model, ways))
        return 2;
    for (int i = first + 1; i < argc; i++)
        good = read_picture(api, argv[i], ways, loud, scores) && good;
    good = tell(ways, scores) && good;
    TessBaseAPIEnd(api);
    TessBaseAPIDelete(api);
    return good ? 0 : 1;
}
