/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/pdf_content.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/mem.h"

#define NUMBERS_MAX 16
#define STATES_MAX  32
#define TOKEN_MAX   128
#define CLIP_SLIP   1.0 /* points */
#define HIDDEN_TEXT 3.0

struct state {
    double m[6]; /* to the page */
    bool hidden; /* text is not shown: render mode 3 */
};

struct walk {
    const char *p, *end;
    double numbers[NUMBERS_MAX]; /* before the operator */
    size_t count;
    char name[PDF_CONTENT_NAME_MAX]; /* the last name before the operator */
    struct state stack[STATES_MAX];
    size_t depth;
    double rect[4]; /* of the last re, on the page */
    bool has_rect;
    size_t images;
    const double *box;
    struct pdf_content *out;
};

static bool is_white(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

static bool is_delimiter(char c)
{
    return c != '\0' && strchr("()<>[]{}/%", c) != NULL;
}

static void skip_string(struct walk *w)
{
    int depth = 0;

    for (; w->p < w->end; w->p++) {
        if (*w->p == '\\') {
            w->p++;
        } else if (*w->p == '(') {
            depth++;
        } else if (*w->p == ')' && --depth == 0) {
            w->p++;
            return;
        }
    }
    w->p = w->end;
}

/* The next token into @out; strings are passed over and come as "(". Return: there is
 * one. */
static bool next_token(struct walk *w, char out[TOKEN_MAX])
{
    size_t n = 0;

    while (w->p < w->end && (is_white(*w->p) || *w->p == '%')) {
        if (*w->p == '%')
            while (w->p < w->end && *w->p != '\n' && *w->p != '\r')
                w->p++;
        else
            w->p++;
    }
    if (w->p >= w->end)
        return false;
    if (*w->p == '(') {
        skip_string(w);
        memcpy(out, "(", 2);
        return true;
    }
    out[n++] = *w->p++;
    if (out[0] == '<' && w->p < w->end && *w->p != '<') {
        while (w->p < w->end && *w->p++ != '>')
            ;
        memcpy(out, "(", 2);
        return true;
    }
    if (out[0] == '/' || !is_delimiter(out[0]))
        while (w->p < w->end && !is_white(*w->p) && !is_delimiter(*w->p)) {
            if (n < TOKEN_MAX - 1)
                out[n++] = *w->p;
            w->p++;
        }
    out[n] = '\0';
    return true;
}

static void concat(const double a[6], const double b[6], double out[6])
{
    double r[6] = {
        a[0] * b[0] + a[1] * b[2],        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4], a[4] * b[1] + a[5] * b[3] + b[5],
    };

    memcpy(out, r, sizeof r);
}

static bool refuse(struct walk *w, const char *reason)
{
    w->out->reason = reason;
    return false;
}

static bool show_image(struct walk *w)
{
    if (w->images++ > 0)
        return refuse(w, "several-pictures");
    memcpy(w->out->image, w->name, sizeof w->out->image);
    memcpy(w->out->matrix, w->stack[w->depth].m, sizeof w->out->matrix);
    return true;
}

static void note_rect(struct walk *w)
{
    const double *n = w->numbers, *m = w->stack[w->depth].m;

    w->has_rect = w->count == 4 && m[1] == 0 && m[2] == 0;
    if (!w->has_rect)
        return;
    /* The page may stand on its head here: y counted from above. */
    for (int i = 0; i < 2; i++) {
        double a = n[i] * m[i * 3] + m[4 + i],
               b = (n[i] + n[2 + i]) * m[i * 3] + m[4 + i];

        w->rect[i] = fmin(a, b);
        w->rect[2 + i] = fmax(a, b);
    }
}

static bool note_state(struct walk *w)
{
    struct pdf_content *out = w->out;

    for (size_t i = 0; i < out->state_count; i++)
        if (strcmp(out->states[i], w->name) == 0)
            return true;
    if (out->state_count == PDF_CONTENT_STATES_MAX)
        return refuse(w, "drawing");
    memcpy(out->states[out->state_count++], w->name, sizeof w->name);
    return true;
}

static bool clip(struct walk *w)
{
    const double *r = w->rect, *b = w->box;

    if (!w->has_rect || r[0] > b[0] + CLIP_SLIP || r[1] > b[1] + CLIP_SLIP ||
        r[2] < b[2] - CLIP_SLIP || r[3] < b[3] - CLIP_SLIP)
        return refuse(w, "clip");
    return true;
}

static bool is_one_of(const char *op, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(op, *list) == 0)
            return true;
    return false;
}

static bool operate(struct walk *w, const char *op)
{
    /* What changes nothing that is seen of one picture. */
    static const char *const QUIET[] = {
        "BT", "ET", "Tf",  "Td",  "TD",  "Tm", "T*", "Tz",  "Tc",  "Tw",
        "TL", "Ts", "BMC", "BDC", "EMC", "MP", "DP", "g",   "G",   "rg",
        "RG", "k",  "K",   "cs",  "CS",  "sc", "SC", "scn", "SCN", "w",
        "J",  "j",  "M",   "d",   "ri",  "i",  "n",  NULL};
    static const char *const TEXT[] = {"Tj", "TJ", "'", "\"", NULL};
    struct state *s = &w->stack[w->depth];

    if (is_one_of(op, QUIET))
        return true;
    if (strcmp(op, "q") == 0) {
        if (w->depth + 1 == STATES_MAX)
            return refuse(w, "depth");
        w->stack[w->depth + 1] = *s;
        w->depth++;
        return true;
    }
    if (strcmp(op, "Q") == 0) {
        if (w->depth == 0)
            return refuse(w, "depth");
        w->depth--;
        return true;
    }
    if (strcmp(op, "cm") == 0) {
        if (w->count != 6)
            return refuse(w, "matrix");
        concat(w->numbers, s->m, s->m);
        return true;
    }
    if (strcmp(op, "Tr") == 0) {
        s->hidden = w->count == 1 && w->numbers[0] == HIDDEN_TEXT;
        return true;
    }
    if (strcmp(op, "Do") == 0)
        return show_image(w);
    if (strcmp(op, "gs") == 0)
        return note_state(w);
    if (strcmp(op, "re") == 0) {
        note_rect(w);
        return true;
    }
    if (strcmp(op, "W") == 0 || strcmp(op, "W*") == 0)
        return clip(w);
    if (is_one_of(op, TEXT))
        return s->hidden ? true : refuse(w, "text");
    return refuse(w, "drawing");
}

/* Return: still one picture. */
static bool take(struct walk *w, const char *token)
{
    char *end = NULL;
    double v = 0;
    bool good = true;

    if (token[0] == '/') {
        w->name[0] = '\0';
        if (strlen(token) < sizeof w->name)
            memcpy(w->name, token, strlen(token) + 1);
        return true;
    }
    if (strchr("(<>[]", token[0]))
        return true;
    v = strtod(token, &end);
    if (*end == '\0' && isfinite(v)) {
        if (w->count < NUMBERS_MAX)
            w->numbers[w->count++] = v;
        return true;
    }
    good = operate(w, token);
    w->count = 0;
    return good;
}

bool pdf_content_read(const char *data, size_t len, const double box[4],
                      struct pdf_content *out)
{
    AUTO_MEM struct walk *w = mem_new(1, sizeof *w);
    char token[TOKEN_MAX];

    *out = (struct pdf_content){.reason = ""};
    *w = (struct walk){.p = data, .end = data + len, .box = box, .out = out};
    w->stack[0] = (struct state){.m = {1, 0, 0, 1, 0, 0}};
    while (next_token(w, token))
        if (!take(w, token))
            return false;
    if (w->images == 0)
        return refuse(w, "no-picture");
    return true;
}
