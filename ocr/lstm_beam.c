/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm_beam.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "node/base/mem.h"
#include "ocr/lstm_dict.h"
#include "ocr/lstm_model.h"
#include "ocr/lstm_net.h"

#define WIDTH    5 /* paths of a kind */
#define FLOOR    (-20.0F)
#define PROB_MIN 2.0611536e-9F /* e to the -20 */
#define OFFSET   (-0.085)
#define OUTSIDE  2.25F           /* price of a word of no dictionary */
#define DICT_MIN (-25.0F / 7.0F) /* below, no dictionary helps */
#define SPACE    LSTM_MODEL_SPACE
#define NONE     LSTM_MODEL_NONE

/*
 * What may follow a path. Where a letter passes into nothing or into the next one, the
 * probabilities of both may be added, once, and a column of the letter alone must stand
 * on one side: a path that added before it has to go on with that letter (ONLY), one
 * that added behind it must not (OTHER).
 */
enum follow { ANY, ONLY, OTHER, FOLLOW_COUNT };

struct node {
    const struct node *prev;
    uint64_t hash; /* of the letters so far: equal paths are one */
    float certainty, score;
    size_t places;   /* in the pool: where its word is in the dictionaries */
    int place_count; /* 0: in none */
    int code, letter;
    enum lstm_dict_found found;
    bool begins;    /* a dictionary word may begin behind it */
    bool first;     /* it is the first letter of one */
    bool ends;      /* one may end with it */
    bool duplicate; /* the code of the column before once more */
};

/* The least one on top. Kept as Tesseract keeps it: where paths are equal, the order in
 * which they are found decides. */
struct heap {
    struct node p[WIDTH + 1];
    int count;
};

struct column_paths {
    struct heap heaps[2][FOLLOW_COUNT]; /* without and with dictionary */
    struct node start[FOLLOW_COUNT]; /* the best beginning of a word; code -1: none */
};

/* A code that a piece of the line gave; in the list of that piece. */
struct bar {
    int code, next; /* the next one's place; -1: none */
};

struct lstm_beam {
    const struct lstm_model *m;
    const struct lstm_net_column *columns; /* of the line. borrowed */
    int count;
    struct column_paths *steps; /* owned, as all below */
    const struct node **path;
    struct lstm_dict_place *pool;
    struct lstm_beam_line line;
    struct bar *bars;
    int *bar_first; /* one a piece; -1: none */
    bool *barred;   /* codes, in the piece that is searched */
    size_t step_cap, path_cap, pool_cap, pool_count, sign_cap, word_cap, bar_cap,
        bar_count, piece_cap;
    bool chose; /* signs of this line were chosen already */
    struct lstm_dict_place begin[LSTM_DICT_PLACES_MAX];
    size_t begin_count;
    /* of the column that is being added */
    const struct lstm_net_column *now;
    struct column_paths *to;
};

/* ---- heap ------------------------------------------------------------------------ */

static int sift_up(struct heap *h, int hole, float score)
{
    while (hole > 0 && score < h->p[(hole - 1) / 2].score) {
        h->p[hole] = h->p[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    return hole;
}

static int sift_down(struct heap *h, int hole, float score)
{
    for (int child = 2 * hole + 1; child < h->count; child = 2 * hole + 1) {
        if (child + 1 < h->count && h->p[child + 1].score < h->p[child].score)
            child++;
        if (!(h->p[child].score < score))
            break;
        h->p[hole] = h->p[child];
        hole = child;
    }
    return hole;
}

/* Takes the place of an equal path, if there is one and it is worse. */
static bool heap_merge(struct heap *h, const struct node *n)
{
    for (int i = 0; i < h->count; i++) {
        struct node *o = &h->p[i];

        if (o->code != n->code || o->hash != n->hash || o->found != n->found ||
            o->begins != n->begins)
            continue;
        if (n->score > o->score) {
            int hole = sift_down(h, i, n->score);

            hole = sift_up(h, hole, n->score);
            h->p[hole] = *n;
        }
        return true;
    }
    return false;
}

static bool heap_takes(const struct heap *h, float score)
{
    return h->count < WIDTH || score > h->p[0].score;
}

static void heap_push(struct heap *h, const struct node *n)
{
    if (!heap_takes(h, n->score) || heap_merge(h, n))
        return;
    h->p[sift_up(h, h->count++, n->score)] = *n;
    if (h->count > WIDTH) {
        struct node last = h->p[--h->count];

        h->p[sift_down(h, 0, last.score)] = last;
    }
}

/* ---- paths ----------------------------------------------------------------------- */

static float certainty(float prob)
{
    float log_prob = prob > PROB_MIN ? logf(prob) : FLOOR;

    return (float)(log_prob + OFFSET);
}

static float prob_of(const struct lstm_beam *b, int code)
{
    if (code == b->m->null_code)
        return b->now->null;
    return code == b->now->code[0] ? b->now->prob[0] : b->now->prob[1];
}

static bool is_near(const struct lstm_beam *b, int code)
{
    return code == b->now->code[0] || code == b->now->code[1] ||
           code == b->m->null_code;
}

/* A node behind @prev; certainty to follow. */
static struct node follow(const struct lstm_beam *b, const struct node *prev, int code,
                          int letter, float cert)
{
    struct node n = {.prev = prev,
                     .hash = prev ? prev->hash : 0,
                     .certainty = cert,
                     .score = prev ? cert + prev->score : cert,
                     .code = code,
                     .letter = letter};
    uint64_t range = (uint64_t)b->m->code_range;

    if (code != b->m->null_code)
        n.hash = n.hash * range + (((n.hash >> 32) * range) >> 32) + (uint64_t)code;
    return n;
}

/* The same code again. */
static void push_again(struct lstm_beam *b, bool dict, enum follow kind, float cert,
                       const struct node *prev)
{
    struct node n;

    if (dict ? !(cert > DICT_MIN)
             : cert * OUTSIDE < FLOOR && prev->code != b->m->null_code)
        return;
    n = follow(b, prev, prev->code, prev->letter, dict ? cert : cert * OUTSIDE);
    n.hash = prev->hash;
    n.found = prev->found;
    n.duplicate = true;
    heap_push(&b->to->heaps[dict][kind], &n);
}

/* A word may begin behind this node; the best such one is kept until the column is
 * done. */
static void offer_start(struct lstm_beam *b, struct node n, enum follow kind)
{
    struct node *best = &b->to->start[kind];

    if (best->code >= 0 && !(n.score > best->score))
        return;
    n.begins = true;
    n.places = 0; /* the pool begins with them */
    n.place_count = (int)b->begin_count;
    *best = n;
}

static void push_outside(struct lstm_beam *b, int code, int letter, float cert,
                         enum follow kind, const struct node *prev)
{
    struct node n = follow(b, prev, code, letter, cert * OUTSIDE);

    n.found = LSTM_DICT_TOP;
    heap_push(&b->to->heaps[0][kind], &n);
    /* The space before a word counts for that word, which pays nothing extra. */
    if (letter == SPACE && cert > DICT_MIN)
        offer_start(b, follow(b, prev, code, letter, cert), kind);
}

/* The last letter of a path. */
static const struct node *last_letter(const struct node *n)
{
    while (n && (n->letter == NONE || n->duplicate))
        n = n->prev;
    return n;
}

static void push_space(struct lstm_beam *b, struct node n, enum follow kind,
                       const struct node *last)
{
    if (!last || !last->ends)
        return;
    n.found = last->found;
    offer_start(b, n, kind);
    heap_push(&b->to->heaps[0][kind], &n);
}

static void push_letter(struct lstm_beam *b, struct node n, enum follow kind,
                        const struct node *last)
{
    struct lstm_dict_place out[LSTM_DICT_PLACES_MAX];
    size_t count = 0;

    if (last && (last->place_count == 0 || (last->begins && last->letter != SPACE)))
        return;
    n.found = lstm_dict_next(b->m, b->pool + (last ? last->places : 0),
                             last ? (size_t)last->place_count : b->begin_count,
                             n.letter, out, &count, &n.ends);
    if (n.found == LSTM_DICT_NOT)
        return;
    n.first = !last || last->begins;
    n.places = b->pool_count;
    n.place_count = (int)count;
    mem_grow(&b->pool, &b->pool_cap, b->pool_count + count, sizeof *b->pool);
    memcpy(b->pool + b->pool_count, out, count * sizeof *out);
    b->pool_count += count;
    heap_push(&b->to->heaps[1][kind], &n);
}

static void push_inside(struct lstm_beam *b, int code, int letter, float cert,
                        enum follow kind, const struct node *prev)
{
    struct node n = follow(b, prev, code, letter, cert);
    const struct node *last = NULL;

    if (!(cert > DICT_MIN))
        return;
    if (letter == NONE) {
        heap_push(&b->to->heaps[1][kind], &n);
        return;
    }
    if (!heap_takes(&b->to->heaps[1][kind], n.score) &&
        !heap_takes(&b->to->heaps[0][kind], n.score))
        return;
    last = last_letter(prev);
    if (letter == SPACE)
        push_space(b, n, kind, last);
    else
        push_letter(b, n, kind, last);
}

static void push_new(struct lstm_beam *b, bool dict, int code, float cert,
                     enum follow kind, const struct node *prev)
{
    int letter = b->m->code_letter[code];

    if (dict)
        push_inside(b, code, letter, cert, kind, prev);
    else
        push_outside(b, code, letter, cert, kind, prev);
}

/* Another code behind @prev (NULL: at the beginning of the line). */
static void go_on(struct lstm_beam *b, bool dict, enum follow kind, int code,
                  const struct node *prev)
{
    float cert = certainty(prob_of(b, code)), sum = 0;

    if ((prev && prev->code == code) || (cert < FLOOR && code != b->m->null_code))
        return;
    push_new(b, dict, code, cert, ANY, prev);
    if (code == b->m->null_code)
        return;
    sum = prob_of(b, code) + b->now->null;
    if (prev && kind == ANY && prev->code != b->m->null_code &&
        ((prev->code == b->now->code[0] && code == b->now->code[1]) ||
         (code == b->now->code[0] && prev->code == b->now->code[1])))
        sum += prob_of(b, prev->code);
    push_new(b, dict, code, certainty(sum), ONLY, prev);
}

/* All ways to go on from @prev in this column, with @codes in the model's order. */
static void extend(struct lstm_beam *b, bool dict, enum follow kind,
                   const struct node *prev, const int *codes, int code_count)
{
    if (prev && is_near(b, prev->code)) {
        float prob = prob_of(b, prev->code);

        if (kind != OTHER)
            push_again(b, dict, ANY, certainty(prob), prev);
        if (kind == ANY && prev->code != b->m->null_code)
            push_again(b, dict, OTHER, certainty(prob + b->now->null), prev);
    }
    for (int i = 0; i < code_count && kind != ONLY; i++)
        go_on(b, dict, kind, codes[i], prev);
}

/* The codes that count in this column: each once, in the order of the letters. */
static int near_codes(const struct lstm_beam *b, int codes[3])
{
    int all[3] = {b->now->code[0], b->now->code[1], b->m->null_code}, count = 0;

    for (int i = 0; i < 3; i++) {
        bool known = all[i] < 0 || b->m->code_rank[all[i]] == INT32_MAX;

        for (int k = 0; k < count; k++)
            known = known || codes[k] == all[i];
        if (!known)
            codes[count++] = all[i];
    }
    for (int i = 1; i < count; i++)
        for (int k = i;
             k > 0 && b->m->code_rank[codes[k]] < b->m->code_rank[codes[k - 1]]; k--) {
            int t = codes[k];

            codes[k] = codes[k - 1];
            codes[k - 1] = t;
        }
    return count;
}

static void add_column(struct lstm_beam *b, const struct lstm_net_column *now, int at)
{
    int codes[3] = {0}, count = 0;

    b->now = now;
    b->to = &b->steps[at];
    for (int kind = 0; kind < FOLLOW_COUNT; kind++) {
        b->to->heaps[0][kind].count = b->to->heaps[1][kind].count = 0;
        b->to->start[kind].code = -1;
    }
    count = near_codes(b, codes);
    for (int dict = 0; dict < 2; dict++) {
        if (at == 0) {
            extend(b, dict, ANY, NULL, codes, count);
            continue;
        }
        for (int kind = 0; kind < FOLLOW_COUNT; kind++) {
            const struct heap *h = &b->steps[at - 1].heaps[dict][kind];

            for (int i = h->count - 1; i >= 0; i--)
                extend(b, dict, (enum follow)kind, &h->p[i], codes, count);
        }
    }
    for (int kind = 0; at > 0 && kind < FOLLOW_COUNT; kind++)
        if (b->to->start[kind].code >= 0)
            heap_push(&b->to->heaps[1][kind], &b->to->start[kind]);
}

/* ---- the best path --------------------------------------------------------------- */

/* A path in a dictionary is one only when its last word is whole. */
static bool is_whole(const struct node *n)
{
    const struct node *last = last_letter(n);

    return last && (last->ends || last->letter == SPACE);
}

static void find_best(struct lstm_beam *b, int count)
{
    const struct column_paths *end = &b->steps[count - 1];
    const struct node *best = NULL;

    for (int kind = ANY; kind < FOLLOW_COUNT; kind += OTHER) /* not ONLY */
        for (int dict = 0; dict < 2; dict++)
            for (int i = 0; i < end->heaps[dict][kind].count; i++) {
                const struct node *n = &end->heaps[dict][kind].p[i];

                if ((!dict || is_whole(n)) && (!best || n->score > best->score))
                    best = n;
            }
    for (int t = count - 1; t >= 0; t--, best = best->prev)
        b->path[t] = best;
}

/* ---- signs and words ------------------------------------------------------------- */

static void add_other(struct lstm_beam_sign *s, int letter, float prob)
{
    int i = 0;

    for (; i < s->other_count; i++)
        if (s->others[i].letter == letter)
            break;
    if (i == s->other_count) {
        if (i == LSTM_BEAM_OTHERS_MAX && !(prob > s->others[i - 1].prob))
            return;
        i = i == LSTM_BEAM_OTHERS_MAX ? i - 1 : s->other_count++;
        s->others[i] = (struct lstm_beam_other){letter, prob};
    } else if (!(prob > s->others[i].prob)) {
        return;
    }
    s->others[i].prob = prob;
    for (; i > 0 && s->others[i].prob > s->others[i - 1].prob; i--) {
        struct lstm_beam_other o = s->others[i];

        s->others[i] = s->others[i - 1];
        s->others[i - 1] = o;
    }
}

static void find_others(const struct lstm_beam *b, struct lstm_beam_sign *s,
                        const struct lstm_net_column *columns)
{
    for (int t = s->from; t < s->to; t++)
        for (int k = 0; k < LSTM_NET_BEST && columns[t].code[k] >= 0; k++) {
            int letter = b->m->code_letter[columns[t].code[k]];
            float prob = columns[t].prob[k];

            if (letter == s->letter)
                s->prob = prob > s->prob ? prob : s->prob;
            else if (letter != NONE)
                add_other(s, letter, prob);
        }
}

/* Columns without a letter count for the sign before, at the end of the line and before
 * a space; else for the one behind. */
static void give_back(struct lstm_beam_line *l, double cert, double rating)
{
    struct lstm_beam_sign *s = NULL;

    if (l->sign_count == 0)
        return;
    s = &l->signs[l->sign_count - 1];
    if (cert < s->certainty)
        s->certainty = (float)cert;
    s->rating = (float)(s->rating + rating);
}

/* The sign that begins at @t, with what its empty columns before gave. Return: the
 * column behind it. */
static int add_sign(struct lstm_beam *b, int t, int count, double cert, double rating)
{
    const struct node *n = b->path[t];
    bool light = n->letter == SPACE && n->found == LSTM_DICT_NOT;
    struct lstm_beam_sign s = {.letter = n->letter, .at = t};

    do {
        double one = b->path[t]->certainty;

        /* Such a space was not charged for what stands before it. */
        if (one < cert || (light && b->path[t]->found == LSTM_DICT_NOT))
            cert = one;
        rating -= one;
        t++;
    } while (t < count && b->path[t]->duplicate);
    s.certainty = (float)cert;
    s.rating = (float)rating;
    s.to = t;
    mem_grow(&b->line.signs, &b->sign_cap, (size_t)b->line.sign_count + 1,
             sizeof *b->line.signs);
    b->line.signs[b->line.sign_count++] = s;
    return t;
}

static void find_signs(struct lstm_beam *b, int count)
{
    struct lstm_beam_line *l = &b->line;
    int t = 0;

    l->sign_count = 0;
    while (t < count) {
        double cert = 0, rating = 0;

        for (; t < count && b->path[t]->letter == NONE; t++) {
            double one = b->path[t]->certainty;

            cert = one < cert ? one : cert;
            rating -= one;
        }
        if (l->sign_count > 0)
            l->signs[l->sign_count - 1].to += (t - l->signs[l->sign_count - 1].to) / 2;
        if (t == count) {
            give_back(l, cert, rating);
            break;
        }
        if (b->path[t]->letter == SPACE && l->sign_count > 0 &&
            b->path[t]->found != LSTM_DICT_NOT) {
            give_back(l, cert, rating);
            cert = rating = 0;
        }
        t = add_sign(b, t, count, cert, rating);
        l->signs[l->sign_count - 1].from =
            l->sign_count > 1 ? l->signs[l->sign_count - 2].to : 0;
    }
    if (l->sign_count > 0)
        l->signs[l->sign_count - 1].to = count;
}

/* One past the last sign of the word that begins at @first. */
static int word_end(const struct lstm_beam *b, int first)
{
    const struct lstm_beam_line *l = &b->line;
    int end = first + 1;

    while (end < l->sign_count && l->signs[end].letter != SPACE &&
           !b->path[l->signs[end].at]->first)
        end++;
    return end;
}

static void add_word(struct lstm_beam *b, int first, int end, float space)
{
    struct lstm_beam_line *l = &b->line;
    struct lstm_beam_word w = {.first = first,
                               .count = end - first,
                               .certainty = space,
                               .found = (int)b->path[l->signs[end - 1].at]->found};
    bool blank = true;

    for (int i = first; i < end; i++) {
        w.certainty =
            l->signs[i].certainty < w.certainty ? l->signs[i].certainty : w.certainty;
        blank = blank && l->signs[i].letter == SPACE;
    }
    if (blank)
        return;
    mem_grow(&l->words, &b->word_cap, (size_t)l->word_count + 1, sizeof *l->words);
    l->words[l->word_count++] = w;
}

static void find_words(struct lstm_beam *b)
{
    struct lstm_beam_line *l = &b->line;
    float before = 0;

    l->word_count = 0;
    for (int first = 0, end = 0; first < l->sign_count; first = end) {
        float behind = 0;

        end = word_end(b, first);
        if (end < l->sign_count && l->signs[end].letter == SPACE)
            behind = l->signs[end].certainty;
        add_word(b, first, end, behind < before ? behind : before);
        before = behind;
        if (end < l->sign_count && l->signs[end].letter == SPACE)
            end++;
    }
}

/* ---- what else ------------------------------------------------------------------- */

static bool has_letter(const struct node *n, int columns)
{
    for (; n && columns > 0; n = n->prev, columns--)
        if (n->letter != NONE)
            return true;
    return false;
}

/* The best path to @t that has a letter in the last columns, of those without
 * dictionary; NULL: none. */
static const struct node *best_until(const struct lstm_beam *b, int t, int columns)
{
    const struct heap *h = &b->steps[t].heaps[0][ANY];
    const struct node *best = NULL;

    for (int i = 0; i < h->count; i++)
        if (has_letter(&h->p[i], columns) && (!best || h->p[i].score > best->score))
            best = &h->p[i];
    return best;
}

static void bar(struct lstm_beam *b, int piece, int code)
{
    mem_grow(&b->bars, &b->bar_cap, b->bar_count + 1, sizeof *b->bars);
    b->bars[b->bar_count] = (struct bar){code, b->bar_first[piece]};
    b->bar_first[piece] = (int)b->bar_count++;
}

/* Its sign of the least cost; the codes on its path are barred from now on. */
static struct lstm_beam_chosen choose_in(struct lstm_beam *b, int piece, int from,
                                         int to)
{
    struct lstm_beam_chosen out = {.letter = NONE};
    int count = to - from;
    const struct node *n = best_until(b, to - 1, count);

    if (!n)
        return out;
    for (int t = count - 1; t >= 0; t--, n = n->prev) {
        b->path[t] = n;
        if (n->code != b->m->null_code)
            bar(b, piece, n->code);
    }
    find_signs(b, count);
    for (int i = 0; i < b->line.sign_count; i++)
        if (i == 0 || b->line.signs[i].rating < out.rating)
            out = (struct lstm_beam_chosen){b->line.signs[i].letter,
                                            b->line.signs[i].rating};
    return out;
}

static void set_barred(struct lstm_beam *b, int piece, bool value)
{
    for (int i = b->bar_first[piece]; i >= 0; i = b->bars[i].next)
        b->barred[b->bars[i].code] = value;
}

/* The two most probable codes of a column that are not barred. */
static void pick(const struct lstm_beam *b, int t, struct lstm_net_column *out)
{
    const struct lstm_net_column *c = &b->columns[t];
    int found = 0;

    for (int k = 0; k < LSTM_NET_BEST && c->code[k] >= 0; k++) {
        if (b->barred[c->code[k]])
            continue;
        if (k + 1 == LSTM_NET_BEST || c->prob[k] == c->prob[k + 1])
            break; /* which one comes next is not known from here */
        out->code[found] = c->code[k];
        out->prob[found] = c->prob[k];
        if (++found == 2) {
            out->null = c->null;
            return;
        }
    }
    lstm_net_best(c->all, b->m->codes, b->m->null_code, b->barred, out);
}

static void search_again(struct lstm_beam *b, const int *bounds, int pieces)
{
    b->pool_count = b->begin_count;
    for (int i = 0; i < pieces; i++) {
        set_barred(b, i, true);
        for (int t = bounds[i]; t < bounds[i + 1]; t++) {
            struct lstm_net_column now;

            pick(b, t, &now);
            add_column(b, &now, t);
        }
        set_barred(b, i, false);
    }
}

/* ---- the whole ------------------------------------------------------------------- */

struct lstm_beam *lstm_beam_new(const struct lstm_model *model)
{
    struct lstm_beam *b = mem_new(1, sizeof *b);

    b->m = model;
    b->barred = mem_new((size_t)model->codes, sizeof *b->barred);
    b->begin_count = lstm_dict_start(model, b->begin);
    return b;
}

void lstm_beam_free(struct lstm_beam *b)
{
    if (!b)
        return;
    mem_free(b->steps);
    mem_free(b->path);
    mem_free(b->pool);
    mem_free(b->line.signs);
    mem_free(b->line.words);
    mem_free(b->bars);
    mem_free(b->bar_first);
    mem_free(b->barred);
    mem_free(b);
}

void lstm_beam_search(struct lstm_beam *b, const struct lstm_net_column *columns,
                      int count)
{
    mem_grow(&b->steps, &b->step_cap, (size_t)count, sizeof *b->steps);
    mem_grow(&b->path, &b->path_cap, (size_t)count, sizeof *b->path);
    mem_grow(&b->pool, &b->pool_cap, b->begin_count, sizeof *b->pool);
    memcpy(b->pool, b->begin, b->begin_count * sizeof *b->begin);
    b->pool_count = b->begin_count;
    b->columns = columns;
    b->count = count;
    b->chose = false;
    for (int t = 0; t < count; t++)
        add_column(b, &columns[t], t);
    find_best(b, count);
}

struct lstm_beam_step lstm_beam_step(const struct lstm_beam *b, int column)
{
    const struct node *n = b->path[column];

    return (struct lstm_beam_step){.code = n->code,
                                   .letter = n->letter,
                                   .found = (int)n->found,
                                   .first = n->first,
                                   .duplicate = n->duplicate,
                                   .certainty = n->certainty};
}

const struct lstm_beam_line *
lstm_beam_read(struct lstm_beam *b, const struct lstm_net_column *columns, int count)
{
    lstm_beam_search(b, columns, count);
    find_signs(b, count);
    for (int i = 0; i < b->line.sign_count; i++)
        find_others(b, &b->line.signs[i], columns);
    find_words(b);
    return &b->line;
}

void lstm_beam_choose(struct lstm_beam *b, const int *bounds, int pieces,
                      struct lstm_beam_chosen *out)
{
    assert(bounds[0] == 0 && bounds[pieces] == b->count);
    if (b->chose) {
        search_again(b, bounds, pieces);
    } else {
        mem_grow(&b->bar_first, &b->piece_cap, (size_t)pieces, sizeof *b->bar_first);
        for (int i = 0; i < pieces; i++)
            b->bar_first[i] = -1;
        b->bar_count = 0;
        b->chose = true;
    }
    for (int i = 0; i < pieces; i++)
        out[i] = choose_in(b, i, bounds[i], bounds[i + 1]);
}

float lstm_beam_confidence(float cert)
{
    float c = 100.0F + 5.0F * cert;

    return c < 0 ? 0 : c > 100 ? 100 : c;
}
