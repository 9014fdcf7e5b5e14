/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/fold.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <sqlite3.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"

/*
 * Folding goes code point by code point, so what utf8_fold() makes of each is kept in a
 * table for the two ranges in which nearly all Vietnamese text lies.
 */
#define LOW_END    0x0250u /* Latin with its extensions A and B */
#define HIGH_START 0x1E00u /* Latin extended additional: ạ … ỹ */
#define HIGH_END   0x1F00u
#define CELL_MAX   7
#define LOWER_MAX  5

enum cell_type { CELL_OTHER, CELL_WORD, CELL_MARK, CELL_APOSTROPHE };

struct cell {
    unsigned char type;
    unsigned char len;
    unsigned char lower_len;
    char text[CELL_MAX];
    char lower[LOWER_MAX]; /* in lower case and NFC; of what is in the tables */
};

struct fold {
    struct cell low[LOW_END];
    struct cell high[HIGH_END - HIGH_START];
};

static bool is_apostrophe(unsigned cp)
{
    return cp == '\'' || cp == '`' || cp == 0x00B4 || cp == 0x2018 || cp == 0x2019 ||
           cp == 0x02BB || cp == 0x02BC;
}

static void make_cell(unsigned cp, struct cell *out)
{
    AUTO_STR struct str one = STR_INIT(64);
    AUTO_STR struct str key = STR_INIT(64);

    *out = (struct cell){.type = CELL_OTHER};
    if (cp == 0)
        return;
    if (is_apostrophe(cp)) {
        out->type = CELL_APOSTROPHE;
    } else if (utf8_is_mark(cp)) {
        out->type = CELL_MARK;
    } else if (utf8_is_letter_or_digit(cp)) {
        utf8_put(&one, cp);
        utf8_fold(str_text(&one), one.len, &key);
        out->type = CELL_WORD;
        out->len = (unsigned char)(key.len < CELL_MAX ? key.len : CELL_MAX);
        memcpy(out->text, str_text(&key), out->len);
    }
}

static void make_table_cell(unsigned cp, struct cell *out)
{
    AUTO_STR struct str one = STR_INIT(64);
    AUTO_STR struct str low = STR_INIT(64);

    make_cell(cp, out);
    utf8_put(&one, cp);
    utf8_lower(str_text(&one), one.len, &low);
    assert(low.len <= LOWER_MAX);
    out->lower_len = (unsigned char)low.len;
    memcpy(out->lower, str_text(&low), low.len);
}

struct fold *fold_new(void)
{
    struct fold *f = mem_new(1, sizeof *f);

    for (unsigned cp = 0; cp < LOW_END; cp++)
        make_table_cell(cp, &f->low[cp]);
    for (unsigned cp = HIGH_START; cp < HIGH_END; cp++)
        make_table_cell(cp, &f->high[cp - HIGH_START]);
    return f;
}

void fold_free(struct fold *f)
{
    mem_free(f);
}

static bool goes_on(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* The cell of the code point at @pos, which moves behind it. What most texts are made
 * of is decoded here. */
static inline const struct cell *next_cell(const struct fold *f, const char *text,
                                           size_t len, size_t *pos, struct cell *room)
{
    const unsigned char *p = (const unsigned char *)text + *pos;
    const char *rest = text + *pos;
    size_t left = len - *pos;
    unsigned cp = p[0];

    if (cp < 0x80) {
        *pos += 1;
        return &f->low[cp];
    }
    if (left >= 2 && cp >= 0xC2 && cp <= 0xDF && goes_on(rest[1])) {
        cp = (cp & 0x1F) << 6 | (p[1] & 0x3Fu);
        *pos += 2;
    } else if (left >= 3 && cp == 0xE1 && goes_on(rest[1]) && goes_on(rest[2])) {
        cp = 0x1000 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
        *pos += 3;
    } else {
        cp = utf8_next(&rest, &left);
        *pos = len - left;
    }
    if (cp < LOW_END)
        return &f->low[cp];
    if (cp >= HIGH_START && cp < HIGH_END)
        return &f->high[cp - HIGH_START];
    make_cell(cp, room);
    return room;
}

struct word {
    char key[FOLD_KEY_MAX];
    size_t key_len;
    size_t start, end;  /* bytes of the text */
    size_t cut[8];      /* places in key where an apostrophe stood */
    size_t cut_at[8];   /* and in the text: end of the part */
    size_t cut_next[8]; /* start of the next part */
    size_t cuts;
};

static void add_cell(struct word *w, const struct cell *c)
{
    if (w->key_len + c->len <= sizeof w->key) {
        memcpy(w->key + w->key_len, c->text, c->len);
        w->key_len += c->len;
    }
}

/* Read one word that begins at @pos; it has at least one letter or digit. */
static void read_word(const struct fold *f, const char *text, size_t len, size_t pos,
                      struct word *w)
{
    size_t hold = 0; /* an apostrophe that may be inside: its place, and its end */
    size_t hold_end = 0;
    bool held = false;

    w->key_len = 0;
    w->cuts = 0;
    w->start = pos;
    while (pos < len) {
        struct cell room;
        size_t next = pos;
        const struct cell *c = next_cell(f, text, len, &next, &room);

        if (c->type == CELL_WORD) {
            if (held && w->cuts < ARRAY_LEN(w->cut)) {
                w->cut[w->cuts] = w->key_len;
                w->cut_at[w->cuts] = hold;
                w->cut_next[w->cuts] = hold_end;
                w->cuts++;
            }
            held = false;
            add_cell(w, c);
            w->end = next;
        } else if (c->type == CELL_MARK && !held) {
            w->end = next;
        } else if (c->type == CELL_APOSTROPHE && !held) {
            held = true;
            hold = pos;
            hold_end = next;
        } else {
            break;
        }
        pos = next;
    }
}

static int give_parts(const struct word *w, fold_fn *each, void *ctx)
{
    for (size_t i = 0; i <= w->cuts; i++) {
        size_t from = i ? w->cut[i - 1] : 0;
        size_t to = i < w->cuts ? w->cut[i] : w->key_len;
        size_t start = i ? w->cut_next[i - 1] : w->start;
        size_t end = i < w->cuts ? w->cut_at[i] : w->end;
        struct fold_token t = {.start = start,
                               .len = end - start,
                               .key = w->key + from,
                               .key_len = to - from,
                               .part = true};
        int rc = t.key_len > 0 ? each(ctx, &t) : 0;

        if (rc)
            return rc;
    }
    return 0;
}

int fold_words(const struct fold *f, const char *text, size_t len, bool parts,
               fold_fn *each, void *ctx)
{
    size_t pos = 0;

    while (pos < len) {
        struct cell room;
        struct word w;
        size_t next = pos;
        const struct cell *c = next_cell(f, text, len, &next, &room);
        struct fold_token t = {.part = false};
        int rc = 0;

        if (c->type != CELL_WORD) {
            pos = next;
            continue;
        }
        read_word(f, text, len, pos, &w);
        t.start = w.start;
        t.len = w.end - w.start;
        t.key = w.key;
        t.key_len = w.key_len;
        if (t.key_len > 0)
            rc = each(ctx, &t);
        if (!rc && parts && w.cuts > 0)
            rc = give_parts(&w, each, ctx);
        if (rc)
            return rc;
        pos = w.end;
    }
    return 0;
}

bool fold_lower(const struct fold *f, const char *text, size_t len, struct str *out)
{
    char *to = str_room(out, len * (LOWER_MAX - 1)); /* none grows more than that */
    size_t n = 0;

    if (!to)
        return false;
    for (size_t pos = 0; pos < len;) {
        struct cell room = {.type = CELL_OTHER};
        const struct cell *c = next_cell(f, text, len, &pos, &room);

        if (c->type == CELL_MARK || (c == &room && c->type == CELL_WORD))
            return false;
        if (c->type == CELL_APOSTROPHE)
            continue;
        memcpy(to + n, c->lower, c->lower_len);
        n += c->lower_len;
    }
    str_used(out, n);
    return true;
}

/* ---- FTS5 -------------------------------------------------------------------------
 */

struct sink {
    void *ctx;
    int (*token)(void *, int, const char *, int, int, int);
};

static int to_fts(void *ctx, const struct fold_token *t)
{
    const struct sink *k = ctx;

    return k->token(k->ctx, t->part ? FTS5_TOKEN_COLOCATED : 0, t->key, (int)t->key_len,
                    (int)t->start, (int)(t->start + t->len));
}

static int fts_create(void *ctx, const char **argv, int argc, Fts5Tokenizer **out)
{
    (void)argv;
    (void)argc;
    *out = ctx; /* nothing of its own: the table is shared and constant */
    return SQLITE_OK;
}

static void fts_delete(Fts5Tokenizer *t)
{
    (void)t;
}

static int fts_tokenize(Fts5Tokenizer *t, void *ctx, int flags, const char *text,
                        int len, int (*token)(void *, int, const char *, int, int, int))
{
    struct sink k = {.ctx = ctx, .token = token};

    return fold_words((const struct fold *)t, text, (size_t)len,
                      (flags & FTS5_TOKENIZE_DOCUMENT) != 0, to_fts, &k);
}

int fold_register(const struct fold *f, sqlite3 *db, struct err *e)
{
    fts5_tokenizer methods = {fts_create, fts_delete, fts_tokenize}; /* copied */
    fts5_api *api = NULL;
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &st, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_bind_pointer(st, 1, (void *)&api, "fts5_api_ptr", NULL);
    if (rc == SQLITE_OK)
        (void)sqlite3_step(st); /* fills api, or does not */
    (void)sqlite3_finalize(st);
    if (rc == SQLITE_OK && api)
        rc = api->xCreateTokenizer(api, "sohoa", (void *)(uintptr_t)f, &methods, NULL);
    if (rc != SQLITE_OK || !api)
        return err_set(e, ERR_STORE, "tokenizer");
    return 0;
}
