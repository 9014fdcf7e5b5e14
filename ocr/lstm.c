/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "ocr/lstm_avx2.h"
#include "ocr/lstm_beam.h"
#include "ocr/lstm_c.h"
#include "ocr/lstm_dict.h"
#include "ocr/lstm_kernel.h"
#include "ocr/lstm_line.h"
#include "ocr/lstm_model.h"
#include "ocr/lstm_net.h"
#include "ocr/lstm_vnni.h"

#define COLUMN 3 /* pixels */

struct lstm {
    struct lstm_model *model;
    const struct lstm_kernel *kernel;
    struct lstm_net *net;
    struct lstm_beam *beam;
    struct lstm_line line;
    size_t word_cap, sign_cap;
    int64_t columns;
};

static const struct lstm_kernel *kernel_of(enum lstm_path path)
{
    const struct lstm_kernel *k = NULL;

    if (path == LSTM_BEST || path == LSTM_VNNI)
        k = lstm_vnni_kernel();
    if (!k && (path == LSTM_BEST || path == LSTM_AVX2))
        k = lstm_avx2_kernel();
    return !k && (path == LSTM_BEST || path == LSTM_C) ? lstm_c_kernel() : k;
}

/* The best one, unless it is told which: for tests and for measuring. */
static enum lstm_path wanted(enum lstm_path path)
{
    const char *told = getenv("SOHOA_ARITHMETIC");

    if (path != LSTM_BEST || !told)
        return path;
    return strcmp(told, "C") == 0      ? LSTM_C
           : strcmp(told, "AVX2") == 0 ? LSTM_AVX2
                                       : LSTM_BEST;
}

bool lstm_has(enum lstm_path path)
{
    return kernel_of(path) != NULL;
}

void lstm_close(struct lstm *l)
{
    if (!l)
        return;
    lstm_beam_free(l->beam);
    lstm_net_free(l->net);
    lstm_model_free(l->model);
    str_clear(&l->line.text);
    mem_free(l->line.words);
    mem_free(l->line.signs);
    mem_free(l);
}

void lstm_auto(struct lstm **l)
{
    lstm_close(*l);
    *l = NULL;
}

int lstm_open(const void *data, size_t len, enum lstm_path path, struct lstm **out,
              struct err *e)
{
    AUTO_LSTM struct lstm *l = mem_new(1, sizeof *l);

    l->line.text.max = STR_TEXT_MAX;
    l->kernel = kernel_of(wanted(path));
    if (!l->kernel)
        return err_set(e, ERR_OCR_MODEL, "the model"),
               err_detail(e, "arithmetic that this processor has not");
    if (lstm_model_read(data, len, &l->model, e) < 0)
        return -1;
    l->net = lstm_net_new(l->model, l->kernel);
    l->beam = lstm_beam_new(l->model);
    *out = TAKE(l);
    return 0;
}

const char *lstm_path_name(const struct lstm *l)
{
    return l->kernel->name;
}

const char *lstm_sha256(const struct lstm *l)
{
    return l->model->sha256;
}

int64_t lstm_columns(const struct lstm *l)
{
    return l->columns;
}

/* From columns to pixels of the picture that was given. */
static void place(float scale, int from, int to, int32_t *x, int32_t *w)
{
    *x = (int32_t)floorf((float)from * scale);
    *w = (int32_t)ceilf((float)to * scale) - *x;
}

static struct lstm_sign make_sign(const struct lstm *l, const struct lstm_beam_sign *s,
                                  float scale)
{
    struct lstm_sign out = {.text = l->model->letters[s->letter].text,
                            .confidence = lstm_beam_confidence(s->certainty),
                            .prob = s->prob,
                            .other_count = s->other_count};

    for (int i = 0; i < s->other_count; i++)
        out.others[i] = (struct lstm_other){l->model->letters[s->others[i].letter].text,
                                            s->others[i].prob};
    place(scale, s->from, s->to, &out.x, &out.w);
    return out;
}

/* The signs and the text of a word; a space that it begins with is none of them. */
static void add_word(struct lstm *l, const struct lstm_beam_line *b,
                     const struct lstm_beam_word *w, float scale)
{
    struct lstm_line *line = &l->line;
    struct lstm_word *out = &line->words[line->word_count];
    int from = 0, to = 0;

    if (line->word_count > 0)
        str_add_char(&line->text, ' ');
    *out = (struct lstm_word){
        .start = line->text.len,
        .first = line->sign_count,
        .confidence = lstm_beam_confidence(w->certainty * LSTM_BEAM_WORD_SCALE),
        .known = w->found == LSTM_DICT_WORDS || w->found == LSTM_DICT_NUMBERS};
    for (int i = w->first; i < w->first + w->count; i++) {
        const struct lstm_beam_sign *s = &b->signs[i];

        if (s->letter == LSTM_MODEL_SPACE)
            continue;
        from = out->count == 0 ? s->from : from;
        to = s->to;
        line->signs[line->sign_count++] = make_sign(l, s, scale);
        out->count++;
        str_add(&line->text, l->model->letters[s->letter].text);
    }
    place(scale, from, to, &out->x, &out->w);
    out->len = line->text.len - out->start;
    line->word_count++;
}

static int collect(struct lstm *l, const struct lstm_beam_line *b, float scale,
                   struct err *e)
{
    str_reset(&l->line.text);
    l->line.word_count = l->line.sign_count = 0;
    mem_grow(&l->line.words, &l->word_cap, (size_t)b->word_count + 1,
             sizeof *l->line.words);
    mem_grow(&l->line.signs, &l->sign_cap, (size_t)b->sign_count + 1,
             sizeof *l->line.signs);
    for (int i = 0; i < b->word_count; i++)
        add_word(l, b, &b->words[i], scale);
    return str_check(&l->line.text, "text of a line", e);
}

static void pix_auto(struct Pix **pix)
{
    pixDestroy(pix);
}

const struct lstm_line *lstm_read(struct lstm *l, struct Pix *line, struct err *e)
{
    AUTO(pix_auto) struct Pix *scaled = NULL;
    float factor = (float)LSTM_MODEL_HEIGHT / (float)pixGetHeight(line);
    const struct lstm_net_column *columns = NULL;
    int count = 0;

    if (pixGetHeight(line) == LSTM_MODEL_HEIGHT)
        scaled = pixClone(line);
    else if (lstm_line_scale(line, &scaled, e) < 0)
        return NULL;
    if (lstm_line_fill(scaled, l->net, e) < 0)
        return NULL;
    columns = lstm_net_run(l->net, &count);
    l->columns += count;
    if (collect(l, lstm_beam_read(l->beam, columns, count), (float)COLUMN / factor, e) <
        0)
        return NULL;
    return &l->line;
}

int lstm_search(struct lstm *l, struct Pix *scaled, struct lstm_beam **beam,
                int *columns, struct err *e)
{
    const struct lstm_net_column *found = NULL;

    if (lstm_line_fill(scaled, l->net, e) < 0)
        return -1;
    found = lstm_net_run(l->net, columns);
    l->columns += *columns;
    lstm_beam_search(l->beam, found, *columns);
    *beam = l->beam;
    return 0;
}
