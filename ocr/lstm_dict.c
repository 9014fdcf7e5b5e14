/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm_dict.h"

#include "ocr/lstm_model.h"

#define WORD_HERE 0 /* letter of the punctuation dictionary: a word goes here */
#define DIGIT     0 /* letter of the number dictionary */

struct walk {
    const struct lstm_model *m;
    int letter;
    struct lstm_dict_place *out;
    size_t count;
    enum lstm_dict_found found;
    bool ends;
};

static const struct lstm_model_dawg *core_dawg(const struct lstm_model *m, int which)
{
    return which == LSTM_DICT_WORD ? &m->words : &m->numbers;
}

/* The edge for @letter behind @edge (-1: at the beginning); -1: none. */
static int32_t follow(const struct lstm_model_dawg *d, int32_t edge, int letter)
{
    int32_t node = edge < 0 ? 0 : lstm_model_next(d, edge);

    return edge >= 0 && node == 0 ? -1 : lstm_model_edge(d, node, letter);
}

static int core_letter(const struct walk *w, int which)
{
    return which == LSTM_DICT_NUMBER && w->m->letters[w->letter].digit ? DIGIT
                                                                       : w->letter;
}

static bool same(const struct lstm_dict_place *a, const struct lstm_dict_place *b)
{
    return a->core == b->core && a->punc == b->punc && a->which == b->which &&
           a->with_punc == b->with_punc && a->after == b->after;
}

static void add(struct walk *w, struct lstm_dict_place p, enum lstm_dict_found found,
                bool ends)
{
    bool known = false;

    for (size_t i = 0; i < w->count; i++)
        known = known || same(&w->out[i], &p);
    if (!known && w->count < LSTM_DICT_PLACES_MAX)
        w->out[w->count++] = p;
    w->found = found > w->found ? found : w->found;
    w->ends = w->ends || ends;
}

static enum lstm_dict_found name_of(int which)
{
    return which == LSTM_DICT_WORD ? LSTM_DICT_WORDS : LSTM_DICT_NUMBERS;
}

/* Before the word: it begins here, or another sign comes. */
static void from_punc(struct walk *w, const struct lstm_dict_place *p)
{
    const struct lstm_model_dawg *punc = &w->m->punc;
    int32_t here = follow(punc, p->punc, WORD_HERE), sign = -1;

    for (int8_t which = LSTM_DICT_WORD; here >= 0 && which <= LSTM_DICT_NUMBER;
         which++) {
        const struct lstm_model_dawg *d = core_dawg(w->m, which);
        int32_t edge = lstm_model_edge(d, 0, core_letter(w, which));

        if (edge >= 0)
            add(w, (struct lstm_dict_place){edge, here, which, true, false},
                name_of(which),
                lstm_model_ends(d, edge) && lstm_model_ends(punc, here));
    }
    sign = follow(punc, p->punc, w->letter);
    if (sign >= 0)
        add(w, (struct lstm_dict_place){-1, sign, LSTM_DICT_NONE, true, false},
            LSTM_DICT_PUNC, lstm_model_ends(punc, sign));
}

/* In the word: it ends before this sign, or goes on. */
static void from_core(struct walk *w, const struct lstm_dict_place *p)
{
    const struct lstm_model_dawg *d = core_dawg(w->m, p->which), *punc = &w->m->punc;
    int32_t edge = -1;

    if (p->with_punc && p->core >= 0 && lstm_model_ends(d, p->core)) {
        edge = follow(punc, p->punc, w->letter);
        if (edge >= 0)
            add(w, (struct lstm_dict_place){p->core, edge, p->which, true, true},
                name_of(p->which), lstm_model_ends(punc, edge));
    }
    if (p->after)
        return;
    edge = follow(d, p->core, core_letter(w, p->which));
    if (edge >= 0)
        add(w, (struct lstm_dict_place){edge, p->punc, p->which, p->with_punc, false},
            name_of(p->which),
            lstm_model_ends(d, edge) &&
                (!p->with_punc || lstm_model_ends(punc, p->punc)));
}

size_t lstm_dict_start(const struct lstm_model *m, struct lstm_dict_place *out)
{
    int32_t edge = lstm_model_edge(&m->punc, 0, WORD_HERE);

    out[0] = (struct lstm_dict_place){-1, -1, LSTM_DICT_NONE, true, false};
    if (edge >= 0 && lstm_model_ends(&m->punc, edge))
        return 1;
    /* Words never stand without signs: these begin by themselves as well. */
    out[1] = (struct lstm_dict_place){-1, -1, LSTM_DICT_WORD, false, false};
    out[2] = (struct lstm_dict_place){-1, -1, LSTM_DICT_NUMBER, false, false};
    return 3;
}

enum lstm_dict_found lstm_dict_next(const struct lstm_model *m,
                                    const struct lstm_dict_place *in, size_t count,
                                    int letter, struct lstm_dict_place *out,
                                    size_t *out_count, bool *ends)
{
    struct walk w = {.m = m, .letter = letter, .out = out};

    for (size_t i = 0; letter != WORD_HERE && i < count; i++) {
        if (in[i].which == LSTM_DICT_NONE)
            from_punc(&w, &in[i]);
        else
            from_core(&w, &in[i]);
    }
    *out_count = w.count;
    *ends = w.ends;
    return w.found;
}
