/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm_model.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/utf8.h"

#define PARTS_MAX  64
#define BLOCK      16
#define GROUP      4
#define WORD_MAX   64
#define RATES_MAX  64
#define SCALES_MAX 8192

enum part {
    PART_NETWORK = 17,
    PART_PUNC,
    PART_WORDS,
    PART_NUMBERS,
    PART_LETTERS,
    PART_CODES,
    PART_NEEDED, /* one more than the last that is needed */
};

/* What is left to read of a part; @bad: more was asked for than there was. */
struct cut {
    const unsigned char *p;
    size_t left;
    bool bad;
};

static int refuse(struct err *e, const char *why)
{
    return err_set(e, ERR_OCR_MODEL, "the model"), err_detail(e, "%s", why);
}

/* ---- bytes ----------------------------------------------------------------------- */

static const unsigned char *take(struct cut *c, size_t len)
{
    const unsigned char *p = c->p;

    if (c->bad || c->left < len) {
        c->bad = true;
        return NULL;
    }
    c->p += len;
    c->left -= len;
    return p;
}

static uint64_t take_number(struct cut *c, size_t len)
{
    const unsigned char *p = take(c, len);
    uint64_t v = 0;

    for (size_t i = 0; p && i < len; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static int32_t take_i32(struct cut *c)
{
    return (int32_t)(uint32_t)take_number(c, 4);
}

/* The next string; true when it is @want (NULL: any). */
static bool take_name(struct cut *c, const char *want)
{
    uint64_t len = take_number(c, 4);
    const unsigned char *p = len <= WORD_MAX ? take(c, len) : NULL;

    if (!p)
        c->bad = true;
    return p && (!want || (strlen(want) == len && memcmp(p, want, len) == 0));
}

/* ---- layers ---------------------------------------------------------------------- */

struct head {
    int32_t flags, in, out;
};

/* The beginning of a layer: it must be of this type. */
static bool take_head(struct cut *c, const char *type, struct head *h)
{
    bool good = take_number(c, 1) == 0 && take_name(c, type);

    (void)take_number(c, 2); /* states of training */
    h->flags = take_i32(c);
    h->in = take_i32(c);
    h->out = take_i32(c);
    (void)take_i32(c); /* count of weights */
    return take_name(c, NULL) && good && !c->bad && h->in >= 1 && h->out >= 1 &&
           h->in <= 2 * LSTM_MODEL_UNITS_MAX && h->out <= LSTM_MODEL_UNITS_MAX;
}

/* The beginning of a layer of layers. */
static bool take_series(struct cut *c, const char *type, uint32_t count, struct head *h)
{
    return take_head(c, type, h) && take_number(c, 4) == count && !c->bad;
}

/* Its end: learning rates. */
static bool take_rates(struct cut *c, const struct head *h)
{
    uint64_t count = h->flags & 64 ? take_number(c, 4) : 0;

    return count <= RATES_MAX && take(c, count * 4) != NULL;
}

static void layer_clear(struct lstm_model_layer *l)
{
    mem_free(l->weights);
    mem_free(l->bias);
    mem_free(l->sum);
    mem_free(l->scale);
    *l = (struct lstm_model_layer){.units = 0};
}

static void layer_init(struct lstm_model_layer *l, int units, int inputs, int gates)
{
    size_t lanes = 0;

    l->units = units;
    l->inputs = inputs;
    l->gates = gates;
    l->blocks = (units + BLOCK - 1) / BLOCK;
    l->groups = (inputs + GROUP - 1) / GROUP;
    lanes = (size_t)l->blocks * (size_t)gates * BLOCK;
    l->weights = mem_new(lanes * (size_t)l->groups, GROUP);
    l->bias = mem_new(lanes, sizeof *l->bias);
    l->sum = mem_new(lanes, sizeof *l->sum);
    l->scale = mem_new(lanes, sizeof *l->scale);
}

/* One row of weights to its places. -128 is never written by Tesseract, and the AVX2
 * kernel could not add it up. */
static bool pack_row(struct lstm_model_layer *l, int gate, int unit,
                     const unsigned char *row, double scale)
{
    size_t lane = ((size_t)(unit / BLOCK) * (size_t)l->gates + (size_t)gate) * BLOCK +
                  (size_t)(unit % BLOCK);
    int8_t *block = l->weights + (size_t)(unit / BLOCK) * (size_t)l->groups *
                                     (size_t)l->gates * BLOCK * GROUP;

    for (int i = 0; i < l->inputs; i++) {
        int8_t w = (int8_t)row[i];

        if (w == INT8_MIN)
            return false;
        block[(((size_t)(i / GROUP) * (size_t)l->gates + (size_t)gate) * BLOCK +
               (size_t)(unit % BLOCK)) *
                  GROUP +
              (size_t)(i % GROUP)] = w;
        l->sum[lane] += w;
    }
    l->bias[lane] = 127 * (int8_t)row[l->inputs];
    l->scale[lane] = (float)(scale / 127);
    return isfinite(scale) && scale >= 0 && scale < 1e6 &&
           row[l->inputs] != (unsigned char)INT8_MIN;
}

/* A matrix of @l->units rows and @l->inputs + 1 columns as one gate of @l. */
static bool take_matrix(struct cut *c, struct lstm_model_layer *l, int gate)
{
    const unsigned char *rows = NULL, *scales = NULL;
    size_t wide = (size_t)l->inputs + 1;
    uint64_t count = 0;

    if (take_number(c, 1) != 0x85 || take_number(c, 4) != (uint64_t)l->units ||
        take_number(c, 4) != wide || c->bad)
        return false;
    (void)take_number(c, 1);
    rows = take(c, (size_t)l->units * wide);
    count = take_number(c, 4);
    if (!rows || count < (uint64_t)l->units || count > SCALES_MAX)
        return false;
    scales = take(c, (size_t)count * 8);
    for (int i = 0; scales && i < l->units; i++) {
        double scale = 0;

        memcpy(&scale, scales + (size_t)i * 8, 8);
        if (!pack_row(l, gate, i, rows + (size_t)i * wide, scale))
            return false;
    }
    return scales != NULL;
}

static bool take_lstm(struct cut *c, const char *type, int inputs,
                      struct lstm_model_layer *l)
{
    struct head h = {.flags = 0};

    if (!take_head(c, type, &h) || h.in != inputs || take_i32(c) != h.in + h.out)
        return false;
    layer_init(l, h.out, h.in + h.out, 4);
    for (int gate = 0; gate < 4; gate++)
        if (!take_matrix(c, l, gate))
            return false;
    return true;
}

static bool take_full(struct cut *c, const char *type, int inputs,
                      struct lstm_model_layer *l)
{
    struct head h = {.flags = 0};

    if (!take_head(c, type, &h) || h.in != inputs)
        return false;
    layer_init(l, h.out, h.in, 1);
    return take_matrix(c, l, 0);
}

static bool take_input(struct cut *c)
{
    struct head h = {.flags = 0};

    return take_head(c, "Input", &h) && take_i32(c) == 1 &&
           take_i32(c) == LSTM_MODEL_HEIGHT && take_i32(c) == 0 && take_i32(c) == 1 &&
           take_i32(c) == 0 && !c->bad;
}

/* The nine weights of a unit of the convolution as three groups of three and a 0: the
 * kernels load four bytes of a picture's column at once. */
static void spread_conv(struct lstm_model_layer *conv)
{
    struct lstm_model_layer wide = {.units = 0};

    layer_init(&wide, conv->units, 12, 1);
    memcpy(wide.bias, conv->bias, (size_t)wide.blocks * BLOCK * sizeof *wide.bias);
    memcpy(wide.sum, conv->sum, (size_t)wide.blocks * BLOCK * sizeof *wide.sum);
    memcpy(wide.scale, conv->scale, (size_t)wide.blocks * BLOCK * sizeof *wide.scale);
    for (int u = 0; u < BLOCK; u++)
        for (int i = 0; i < 9; i++)
            wide.weights[((i / 3) * BLOCK + u) * GROUP + i % 3] =
                conv->weights[((i / GROUP) * BLOCK + u) * GROUP + i % GROUP];
    layer_clear(conv);
    *conv = wide;
}

static bool take_picture_layers(struct cut *c, struct lstm_model *m)
{
    struct head series = {.flags = 0}, h = {.flags = 0};

    if (!take_input(c) || !take_series(c, "Series", 2, &series) ||
        !take_head(c, "Convolve", &h) || take_i32(c) != 1 || take_i32(c) != 1 ||
        h.in != 1 || !take_full(c, "Tanh", 9, &m->conv) || m->conv.units != BLOCK ||
        !take_rates(c, &series))
        return false;
    spread_conv(&m->conv);
    return take_head(c, "Maxpool", &h) && take_i32(c) == 3 && take_i32(c) == 3 &&
           take_series(c, "XYTranspose", 1, &series) &&
           take_lstm(c, "SummLSTM", BLOCK, &m->down) && take_rates(c, &series);
}

static bool take_line_layers(struct cut *c, struct lstm_model *m)
{
    struct head series = {.flags = 0};

    return take_lstm(c, "LSTM", m->down.units, &m->first) &&
           take_series(c, "RTLReversed", 1, &series) &&
           take_lstm(c, "LSTM", m->first.units, &m->back) && take_rates(c, &series) &&
           take_lstm(c, "LSTM", m->back.units, &m->last) &&
           take_full(c, "Softmax", m->last.units, &m->out);
}

static int read_network(struct cut *c, struct lstm_model *m, struct err *e)
{
    struct head net = {.flags = 0};
    int32_t flags = 0;
    uint32_t iteration = 0;

    if (!take_series(c, "Series", 8, &net) || !take_picture_layers(c, m) ||
        !take_line_layers(c, m) || !take_rates(c, &net))
        return refuse(e, "layers of another shape");
    m->codes = m->out.units;
    (void)take_name(c, NULL); /* how it was described when it was made */
    flags = take_i32(c);
    (void)take_i32(c);
    iteration = (uint32_t)take_i32(c);
    m->null_code = take_i32(c);
    (void)take(c, 12);
    if (c->bad || c->left > 0 || flags != 65 || m->null_code < 0 ||
        m->null_code >= m->codes || iteration > INT32_MAX)
        return refuse(e, "end of the network");
    m->seed = (uint64_t)iteration * 0x10000001;
    return 0;
}

/* ---- letters and codes ----------------------------------------------------------- */

/* The next word of a line of text, at most @max - 1 bytes; 0 at its end. */
static size_t next_word(const char **p, const char *end, char *word, size_t max)
{
    size_t len = 0;

    while (*p < end && **p == ' ')
        ++*p;
    while (*p < end && **p != ' ' && **p != '\t' && **p != '\n') {
        if (len + 1 >= max)
            return 0;
        word[len++] = *(*p)++;
    }
    word[len] = '\0';
    return len;
}

/* Scripts whose words do not stand between spaces, and what has none. */
static bool joined_script(const char *name)
{
    static const char *const JOINED[] = {"Han",  "Hiragana", "Katakana",
                                         "Thai", "Hangul",   "NULL"};

    for (size_t i = 0; i < ARRAY_LEN(JOINED); i++)
        if (strcmp(name, JOINED[i]) == 0)
            return true;
    return false;
}

static bool read_letter(const char *p, const char *end, struct lstm_model_letter *out)
{
    char word[WORD_MAX] = "";
    unsigned long bits = 0;

    if (!next_word(&p, end, out->text, sizeof out->text) ||
        !utf8_valid(out->text, strlen(out->text)))
        return false;
    if (strcmp(out->text, "NULL") == 0)
        memcpy(out->text, " ", 2);
    if (!next_word(&p, end, word, sizeof word) || strlen(word) > 4)
        return false;
    for (const char *d = word; *d; d++) {
        const char *at = strchr("0123456789abcdef", *d);

        if (!at)
            return false;
        bits = bits * 16 + (unsigned long)(at - "0123456789abcdef");
    }
    out->digit = bits & 8;
    if (next_word(&p, end, word, sizeof word) && strchr(word, ',') &&
        !next_word(&p, end, word, sizeof word))
        return false;
    return word[0] != '\0' && !joined_script(word);
}

static int read_letters(const struct cut *c, struct lstm_model *m, struct err *e)
{
    const char *p = (const char *)c->p, *end = p + c->left;
    char word[WORD_MAX] = "";
    int64_t count = 0;

    if (!next_word(&p, end, word, sizeof word) ||
        !num_parse(word, 1, LSTM_MODEL_LETTERS_MAX, &count))
        return refuse(e, "count of letters");
    m->letter_count = (int)count;
    m->letters = mem_new((size_t)count, sizeof *m->letters);
    for (int i = 0; i < m->letter_count; i++) {
        const char *line = memchr(p, '\n', (size_t)(end - p)), *stop = NULL;

        if (!line)
            return refuse(e, "letters end early");
        p = line + 1;
        stop = memchr(p, '\n', (size_t)(end - p));
        if (!read_letter(p, stop ? stop : end, &m->letters[i]))
            return refuse(e, "a letter that is not known");
    }
    return strcmp(m->letters[LSTM_MODEL_SPACE].text, " ") == 0
               ? 0
               : refuse(e, "no space among the letters");
}

static int read_codes(struct cut *c, struct lstm_model *m, struct err *e)
{
    uint64_t count = take_number(c, 4);
    int rank = 0;

    if (count != (uint64_t)m->letter_count)
        return refuse(e, "count of codes");
    m->code_letter = mem_new((size_t)m->codes, sizeof *m->code_letter);
    m->code_rank = mem_new((size_t)m->codes, sizeof *m->code_rank);
    for (int i = 0; i < m->codes; i++) {
        m->code_letter[i] = LSTM_MODEL_NONE;
        m->code_rank[i] = INT_MAX;
    }
    for (int i = 0; i < m->letter_count; i++) {
        int32_t len = 0, code = 0;

        (void)take_number(c, 1);
        len = take_i32(c);
        code = take_i32(c);
        if (c->bad || len != 1 || code < 0 || code >= m->codes)
            return refuse(e, "letters of several codes");
        m->code_letter[code] = i; /* the last one has it */
        if (m->code_rank[code] == INT_MAX)
            m->code_rank[code] = rank++;
        m->code_range = code >= m->code_range ? code + 1 : m->code_range;
        if (i == LSTM_MODEL_SPACE && code != 0)
            return refuse(e, "code of the space");
    }
    m->code_letter[m->null_code] = LSTM_MODEL_NONE;
    return c->left == 0 && m->code_rank[m->null_code] != INT_MAX
               ? 0
               : refuse(e, "end of the codes");
}

/* ---- dictionaries ---------------------------------------------------------------- */

static bool is_last(const struct lstm_model_dawg *d, int32_t edge)
{
    return (d->edges[edge] >> d->letter_bits) & 1;
}

static int letter_of(const struct lstm_model_dawg *d, int32_t edge)
{
    return (int)(d->edges[edge] & (((uint64_t)1 << d->letter_bits) - 1));
}

int32_t lstm_model_edge(const struct lstm_model_dawg *d, int32_t node, int letter)
{
    int32_t low = 0, high = d->roots - 1;

    if (node > 0) {
        for (int32_t i = node;; i++) {
            if (letter_of(d, i) == letter)
                return i;
            if (is_last(d, i))
                return -1;
        }
    }
    while (low <= high) {
        int32_t mid = low + (high - low) / 2;
        int there = letter_of(d, mid);

        if (there == letter)
            return mid;
        if (letter > there)
            low = mid + 1;
        else
            high = mid - 1;
    }
    return -1;
}

static int read_dawg(struct cut *c, struct lstm_model_dawg *d,
                     const struct lstm_model *m, struct err *e)
{
    bool magic = take_number(c, 2) == 42;
    int32_t letters = take_i32(c), count = take_i32(c);

    if (!magic || letters != m->letter_count || count < 1 ||
        (size_t)count > LSTM_MODEL_EDGES_MAX || c->left != (size_t)count * 8)
        return refuse(e, "head of a dictionary");
    while (1 << d->letter_bits < letters + 1)
        d->letter_bits++;
    d->count = count;
    d->edges = mem_try((size_t)count, 8, LSTM_MODEL_EDGES_MAX * 8, e);
    if (!d->edges)
        return -1;
    for (int32_t i = 0; i < count; i++) {
        d->edges[i] = take_number(c, 8);
        if (d->edges[i] >> (d->letter_bits + 3) >= (uint64_t)count ||
            (d->edges[i] >> (d->letter_bits + 1) & 1))
            return refuse(e, "an edge that leads out of its dictionary");
    }
    if (!is_last(d, count - 1))
        return refuse(e, "a dictionary without end");
    while (!is_last(d, d->roots++))
        continue;
    return 0;
}

/* ---- the whole ------------------------------------------------------------------- */

/* Where each part lies; those beyond the table are empty. */
static int find_parts(const void *data, size_t len, struct cut parts[PARTS_MAX],
                      struct err *e)
{
    struct cut c = {.p = data, .left = len};
    uint64_t count = take_number(&c, 4), at[PARTS_MAX] = {0}, end = len;

    if (c.bad || count > PARTS_MAX)
        return refuse(e, "table of parts");
    for (size_t i = 0; i < count; i++)
        at[i] = take_number(&c, 8);
    for (size_t i = count; i-- > 0;) {
        if (at[i] == UINT64_MAX)
            continue;
        if (c.bad || at[i] < 4 + count * 8 || at[i] > end)
            return refuse(e, "a part outside");
        parts[i] =
            (struct cut){(const unsigned char *)data + at[i], end - at[i], false};
        end = at[i];
    }
    return 0;
}

void lstm_model_free(struct lstm_model *m)
{
    if (!m)
        return;
    layer_clear(&m->conv);
    layer_clear(&m->down);
    layer_clear(&m->first);
    layer_clear(&m->back);
    layer_clear(&m->last);
    layer_clear(&m->out);
    mem_free(m->letters);
    mem_free(m->code_letter);
    mem_free(m->code_rank);
    mem_free(m->punc.edges);
    mem_free(m->words.edges);
    mem_free(m->numbers.edges);
    mem_free(m);
}

void lstm_model_auto(struct lstm_model **m)
{
    lstm_model_free(*m);
    *m = NULL;
}

int lstm_model_read(const void *data, size_t len, struct lstm_model **out,
                    struct err *e)
{
    AUTO_LSTM_MODEL struct lstm_model *m = mem_new(1, sizeof *m);
    struct cut parts[PARTS_MAX] = {{.p = NULL}};

    if (len > LSTM_MODEL_SIZE_MAX)
        return refuse(e, "too large");
    if (find_parts(data, len, parts, e) < 0)
        return -1;
    for (size_t i = PART_NETWORK; i < PART_NEEDED; i++)
        if (!parts[i].p)
            return refuse(e, "a part is missing");
    if (read_network(&parts[PART_NETWORK], m, e) < 0 ||
        read_letters(&parts[PART_LETTERS], m, e) < 0 ||
        read_codes(&parts[PART_CODES], m, e) < 0 ||
        read_dawg(&parts[PART_PUNC], &m->punc, m, e) < 0 ||
        read_dawg(&parts[PART_WORDS], &m->words, m, e) < 0 ||
        read_dawg(&parts[PART_NUMBERS], &m->numbers, m, e) < 0)
        return -1;
    hash_bytes(data, len, m->sha256);
    *out = TAKE(m);
    return 0;
}
