/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_search.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "node/store/fold.h"
#include "node/store/search_doc.h"
#include "node/store/sql.h"

#define SNIPPET_CHARS 160
#define EXACT_SCORE   1000000
#define TAIL_BYTES    24 /* what follows the last word of a text, at most */

/* ---- query ------------------------------------------------------------------------
 */

#define SPELLINGS_MAX  8
#define SPELLING_BYTES 32

struct term {
    char *raw;  /* as typed. owned */
    char *tone; /* the form exact spellings are compared in. owned */
    char key[FOLD_KEY_MAX];
    size_t key_len;
    bool plain; /* a text that has it exactly has tone in its fold_lower() */
    /* Words of texts that were compared lately: few spellings of one key occur. */
    struct spelling {
        char word[SPELLING_BYTES];
        size_t len; /* 0: none */
        bool exact;
    } seen[SPELLINGS_MAX];
    size_t seen_next;
};

/* What has to stand together: a word, or a phrase. */
struct chunk {
    size_t first, count; /* terms */
    bool prefix;         /* the last term is the beginning of a word */
};

struct query {
    struct term terms[STORE_SEARCH_TERMS_MAX];
    struct chunk chunks[STORE_SEARCH_TERMS_MAX];
    size_t term_count, chunk_count;
};

static void query_clear(struct query *q)
{
    for (size_t i = 0; i < q->term_count; i++) {
        mem_free(q->terms[i].raw);
        mem_free(q->terms[i].tone);
    }
}

/* utf8_tone() of a word, apostrophes left out as in the key. */
static void tone_of(const char *text, size_t len, struct str *out)
{
    AUTO_STR struct str tone = STR_INIT(STR_LINE_MAX);
    const char *p = NULL;
    size_t left = 0;

    utf8_tone(text, len, &tone);
    p = str_text(&tone);
    left = tone.len;
    while (left > 0) {
        unsigned cp = utf8_next(&p, &left);

        if (cp != 0x02BB && cp != 0x02BC &&
            (utf8_is_letter_or_digit(cp) || utf8_is_mark(cp)))
            utf8_put(out, cp);
    }
}

struct adding {
    struct query *q;
    const char *text;
};

static int add_term(void *ctx, const struct fold_token *t)
{
    struct adding *a = ctx;
    AUTO_STR struct str tone = STR_INIT(STR_LINE_MAX);
    struct term *term = &a->q->terms[a->q->term_count];

    if (a->q->term_count == STORE_SEARCH_TERMS_MAX)
        return 1;
    tone_of(a->text + t->start, t->len, &tone);
    term->raw = mem_printf("%.*s", (int)t->len, a->text + t->start);
    term->tone = mem_dup(str_text(&tone));
    memcpy(term->key, t->key, t->key_len);
    term->key_len = t->key_len;
    a->q->term_count++;
    return 0;
}

/* A word is exactly @tone only when it is so in lower case: true of all but those in
 * which a mark of tone may have been moved (utf8_tone()), and of alphabets that
 * fold_lower() does not know. */
static bool is_plain(struct store *s, const char *tone)
{
    AUTO_STR struct str low = STR_INIT(STR_LINE_MAX);
    static const char *const moved[] = {"ò", "ó", "ỏ", "õ", "ọ",
                                        "ù", "ú", "ủ", "ũ", "ụ"};

    for (size_t i = 0; i < ARRAY_LEN(moved); i++)
        if (strstr(tone, moved[i]))
            return false;
    return tone[0] && fold_lower(s->fold, tone, strlen(tone), &low) &&
           strcmp(str_text(&low), tone) == 0;
}

/* One word or quoted phrase; what holds no word adds nothing. */
static int add_chunk(struct store *s, struct query *q, const char *text, size_t len,
                     bool prefix, struct err *e)
{
    struct adding a = {.q = q, .text = text};
    struct chunk *c = &q->chunks[q->chunk_count];
    size_t first = q->term_count;

    if (fold_words(s->fold, text, len, false, add_term, &a) != 0)
        return err_set(e, ERR_SEARCH, "%d", STORE_SEARCH_TERMS_MAX);
    if (q->term_count == first)
        return 0;
    *c = (struct chunk){
        .first = first, .count = q->term_count - first, .prefix = prefix};
    q->chunk_count++;
    for (size_t i = first; i < q->term_count; i++)
        q->terms[i].plain =
            !(prefix && i + 1 == q->term_count) && is_plain(s, q->terms[i].tone);
    return 0;
}

static int parse_query(struct store *s, const char *text, struct query *q,
                       struct err *e)
{
    const char *p = text;

    if (strlen(text) > STORE_SEARCH_QUERY_MAX)
        return err_set(e, ERR_SEARCH, "%d", STORE_SEARCH_QUERY_MAX);
    while (*p) {
        bool quoted = *p == '"';
        const char *start = quoted ? p + 1 : p;
        size_t len = strcspn(start, quoted ? "\"" : " \t\n\"");
        bool prefix = !quoted && len > 0 && start[len - 1] == '*';

        if (add_chunk(s, q, start, len, prefix, e) < 0)
            return -1;
        p = start + len;
        if (*p && (quoted || *p != '"'))
            p++;
    }
    return 0;
}

/* The MATCH expression: only letters and digits of keys ever get into it. */
static void print_match(const struct query *q, struct str *out)
{
    for (size_t i = 0; i < q->chunk_count; i++) {
        const struct chunk *c = &q->chunks[i];

        str_add(out, i ? " \"" : "\"");
        for (size_t j = 0; j < c->count; j++) {
            if (j)
                str_add_char(out, ' ');
            str_add_mem(out, q->terms[c->first + j].key,
                        q->terms[c->first + j].key_len);
        }
        str_add(out, c->prefix ? "\"*" : "\"");
    }
}

/* ---- a text and what of it was found -----------------------------------------------
 */

struct place { /* a word of the text */
    size_t start, len, key, key_len;
    size_t at;  /* position; parts share it with their word */
    bool found; /* belongs to what was looked for */
};

struct text {
    const char *body;
    size_t len;
    struct str keys;
    struct place *words;
    size_t *first; /* index of the first word at each position */
    size_t count, cap, positions, first_cap;
};

static void text_clear(struct text *t)
{
    str_clear(&t->keys);
    mem_free(TAKE(t->words));
    mem_free(TAKE(t->first));
}

static int add_word(void *ctx, const struct fold_token *w)
{
    struct text *t = ctx;

    mem_grow(&t->words, &t->cap, t->count + 1, sizeof *t->words);
    if (!w->part) {
        mem_grow(&t->first, &t->first_cap, t->positions + 2, sizeof *t->first);
        t->first[t->positions++] = t->count;
    }
    t->words[t->count++] = (struct place){.start = w->start,
                                          .len = w->len,
                                          .key = t->keys.len,
                                          .key_len = w->key_len,
                                          .at = t->positions - 1};
    str_add_mem(&t->keys, w->key, w->key_len);
    return 0;
}

static void read_text(struct store *s, const char *body, struct text *t)
{
    t->body = body;
    t->len = strlen(body);
    t->count = t->positions = 0;
    str_reset(&t->keys);
    (void)fold_words(s->fold, body, t->len, true, add_word, t);
    if (t->positions > 0)
        t->first[t->positions] = t->count;
}

static bool key_fits(const char *key, size_t len, const struct term *term, bool prefix)
{
    if (prefix ? len < term->key_len : len != term->key_len)
        return false;
    return memcmp(key, term->key, term->key_len) == 0;
}

static bool tone_fits(const char *word, size_t len, const struct term *term,
                      bool prefix)
{
    AUTO_STR struct str tone = STR_INIT(STR_LINE_MAX);

    tone_of(word, len, &tone);
    return prefix ? str_starts(str_text(&tone), term->tone)
                  : strcmp(str_text(&tone), term->tone) == 0;
}

static bool exact_fits(const char *word, size_t len, struct term *term, bool prefix)
{
    struct spelling *s = NULL;
    size_t raw = strlen(term->raw);

    if ((prefix ? len >= raw : len == raw) && memcmp(word, term->raw, raw) == 0)
        return true;
    if (len == 0 || len > SPELLING_BYTES)
        return tone_fits(word, len, term, prefix);
    for (size_t i = 0; i < SPELLINGS_MAX; i++) {
        s = &term->seen[i];
        if (s->len == len && memcmp(s->word, word, len) == 0)
            return s->exact;
    }
    s = &term->seen[term->seen_next++ % SPELLINGS_MAX];
    memcpy(s->word, word, len);
    s->len = len;
    s->exact = tone_fits(word, len, term, prefix);
    return s->exact;
}

/* The word at position @at that fits term @j of @c; SIZE_MAX: none. */
static size_t fitting(const struct text *t, const struct query *q,
                      const struct chunk *c, size_t j, size_t at)
{
    for (size_t i = t->first[at]; i < t->first[at + 1]; i++) {
        if (key_fits(t->keys.p + t->words[i].key, t->words[i].key_len,
                     &q->terms[c->first + j], c->prefix && j + 1 == c->count))
            return i;
    }
    return SIZE_MAX;
}

/* @c begins at position @at. @mark: note its words. @exact: also spelt as typed. */
static bool stands_at(struct text *t, struct query *q, const struct chunk *c, size_t at,
                      bool mark, bool *exact)
{
    size_t hits[STORE_SEARCH_TERMS_MAX];

    if (at + c->count > t->positions)
        return false;
    *exact = true;
    for (size_t j = 0; j < c->count; j++) {
        hits[j] = fitting(t, q, c, j, at + j);
        if (hits[j] == SIZE_MAX)
            return false;
        if (*exact)
            *exact =
                exact_fits(t->body + t->words[hits[j]].start, t->words[hits[j]].len,
                           &q->terms[c->first + j], c->prefix && j + 1 == c->count);
    }
    for (size_t j = 0; mark && j < c->count; j++)
        t->words[t->first[at + j]].found = true; /* of a part: the whole word */
    return true;
}

/* Single words only, as most queries: looked for while the text is read. */
struct looking {
    struct query *q;
    const char *body;
    bool found[STORE_SEARCH_TERMS_MAX]; /* chunks */
    bool met[STORE_SEARCH_TERMS_MAX];   /* by the word at this place, or a part of it */
    size_t left;
};

static int look_at(void *ctx, const struct fold_token *w)
{
    struct looking *l = ctx;

    if (!w->part)
        memset(l->met, 0, sizeof l->met);
    for (size_t i = 0; i < l->q->chunk_count; i++) {
        const struct chunk *c = &l->q->chunks[i];
        struct term *term = &l->q->terms[c->first];

        if (l->found[i] || l->met[i] || !key_fits(w->key, w->key_len, term, c->prefix))
            continue;
        l->met[i] = true;
        l->found[i] = exact_fits(l->body + w->start, w->len, term, c->prefix);
        l->left -= l->found[i];
    }
    return l->left == 0;
}

static bool words_exact(struct store *s, const char *body, struct query *q)
{
    struct looking l = {.q = q, .body = body, .left = q->chunk_count};

    return fold_words(s->fold, body, strlen(body), true, look_at, &l) != 0;
}

static bool is_words(const struct query *q)
{
    return q->term_count == q->chunk_count;
}

/* Every chunk stands somewhere exactly as typed. */
static bool all_exact(struct text *t, struct query *q)
{
    for (size_t i = 0; i < q->chunk_count; i++) {
        bool exact = false;

        for (size_t at = 0; at < t->positions && !exact; at++) {
            if (!stands_at(t, q, &q->chunks[i], at, false, &exact))
                exact = false;
        }
        if (!exact)
            return false;
    }
    return true;
}

/* Mark all that was found. Return: the word to show, an exact one when there is one. */
static size_t mark_found(struct text *t, struct query *q)
{
    size_t best = SIZE_MAX;
    bool best_exact = false;

    for (size_t at = 0; at < t->positions; at++) {
        for (size_t i = 0; i < q->chunk_count; i++) {
            bool exact = false;

            if (!stands_at(t, q, &q->chunks[i], at, true, &exact))
                continue;
            if (best == SIZE_MAX || (exact && !best_exact)) {
                best = t->first[at];
                best_exact = exact;
            }
        }
    }
    return best;
}

/* ---- snippet ----------------------------------------------------------------------
 */

static size_t chars_between(const struct text *t, size_t from, size_t to)
{
    const char *p = t->body + from;
    size_t left = to - from;
    size_t n = 0;

    for (; left > 0; n++)
        (void)utf8_next(&p, &left);
    return n;
}

static void add_plain(struct str *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool space = strchr(" \t\n\r", text[i]) != NULL && text[i];

        if (!space)
            str_add_char(out, text[i]);
        else if (out->len > 0 && out->p[out->len - 1] != ' ')
            str_add_char(out, ' ');
    }
}

static void print_snippet(const struct text *t, size_t hit,
                          const struct store_search_opts *o, struct str *out)
{
    size_t room = (size_t)(o->snippet_chars > 0 ? o->snippet_chars : SNIPPET_CHARS);
    size_t from = hit;
    size_t to = hit;
    size_t pos = 0;
    size_t end = 0;

    while (from > 0 &&
           chars_between(t, t->words[from - 1].start, t->words[hit].start) <= room / 3)
        from--;
    while (to + 1 < t->count &&
           chars_between(t, t->words[hit].start,
                         t->words[to + 1].start + t->words[to + 1].len) <=
               room - room / 3)
        to++;
    pos = t->words[from].start;
    end = t->words[to].start + t->words[to].len;
    if (from > 0)
        str_add(out, "… ");
    for (size_t i = from; i <= to; i++) {
        const struct place *w = &t->words[i];

        if (w->start < pos) { /* a part of the word before */
            continue;
        }
        add_plain(out, t->body + pos, w->start - pos);
        if (w->found)
            str_add(out, o->mark_begin ? o->mark_begin : "");
        add_plain(out, t->body + w->start, w->len);
        if (w->found)
            str_add(out, o->mark_end ? o->mark_end : "");
        pos = w->start + w->len;
    }
    if (to + 1 < t->count)
        str_add(out, " …");
    else if (t->len - end <= TAIL_BYTES)
        add_plain(out, t->body + end, t->len - end);
}

/* ---- search -----------------------------------------------------------------------
 */

struct candidate {
    int64_t doc;
    double rank; /* bm25: less is better */
    bool exact;
};

struct search {
    struct store *s;
    const struct store_search_opts *opts;
    struct query query;
    struct text text;
    struct str low; /* of a text: fold_lower() */
    struct candidate *found;
    size_t count, cap;
    int64_t *items; /* given already. owned */
    size_t item_count, item_cap;
};

struct store_hit_text {
    struct search *x;
    int64_t doc;
};

static void search_clear(struct search *x)
{
    query_clear(&x->query);
    text_clear(&x->text);
    str_clear(&x->low);
    mem_free(TAKE(x->found));
    mem_free(TAKE(x->items));
}

static int by_rank(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->doc > y->doc ? -1 : x->doc < y->doc;
}

static int collect(struct search *x, struct err *e)
{
    AUTO_STR struct str match = STR_INIT(STR_LINE_MAX);
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    print_match(&x->query, &match);
    if (SQL(x->s, &q,
            "SELECT rowid, rank FROM search WHERE search MATCH ?1"
            " ORDER BY rowid DESC LIMIT ?2",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, str_text(&match));
    sql_bind_int(&q, 2, STORE_SEARCH_CANDIDATES);
    while ((rc = sql_step(&q, e)) > 0) {
        mem_grow(&x->found, &x->cap, x->count + 1, sizeof *x->found);
        x->found[x->count++] = (struct candidate){
            .doc = sql_int(&q, 0), .rank = sqlite3_column_double(q.st, 1)};
    }
    if (x->count > 0)
        qsort(x->found, x->count, sizeof *x->found, by_rank);
    return rc;
}

static int body_of(struct store *s, struct sql *q, int64_t doc, struct err *e)
{
    int rc = SQL(s, q, "SELECT body FROM doc WHERE id = ?1", e);

    if (rc < 0)
        return -1;
    sql_bind_int(q, 1, doc);
    rc = sql_step(q, e);
    return rc == 0 ? err_set(e, ERR_INDEX, "%" PRId64, doc) : rc < 0 ? -1 : 0;
}

/* False: the words do not stand in @body as typed. Costs a tenth of reading it. */
static bool may_be_exact(struct search *x, const char *body)
{
    str_reset(&x->low);
    if (!fold_lower(x->s->fold, body, strlen(body), &x->low))
        return true;
    for (size_t i = 0; i < x->query.term_count; i++) {
        const struct term *t = &x->query.terms[i];

        if (t->plain && !strstr(str_text(&x->low), t->tone))
            return false;
    }
    return true;
}

static bool is_exact(struct search *x, const char *body)
{
    if (!may_be_exact(x, body))
        return false;
    if (is_words(&x->query))
        return words_exact(x->s, body, &x->query);
    read_text(x->s, body, &x->text);
    return all_exact(&x->text, &x->query);
}

/* In order of rank, until enough are exact. */
static int find_exact(struct search *x, int64_t limit, struct err *e)
{
    int64_t exact = 0;

    for (size_t i = 0; i < x->count && exact < limit; i++) {
        AUTO_SQL struct sql q = SQL_INIT;

        if (body_of(x->s, &q, x->found[i].doc, e) < 0)
            return -1;
        x->found[i].exact = is_exact(x, sql_text(&q, 0));
        exact += x->found[i].exact;
    }
    return 0;
}

static bool given(const struct search *x, int64_t item)
{
    for (size_t i = 0; i < x->item_count; i++) {
        if (x->items[i] == item)
            return true;
    }
    return false;
}

static int read_hit(const struct sql *q, struct store_hit *h, struct err *e)
{
    h->seq = sql_int(q, 2);
    h->field = sql_int(q, 3) != 0;
    h->number_year = (int)sql_int(q, 7);
    if (sql_copy(q, 0, h->item, sizeof h->item, e) < 0 ||
        sql_copy(q, 1, h->page, sizeof h->page, e) < 0 ||
        sql_copy(q, 4, h->kind, sizeof h->kind, e) < 0 ||
        sql_copy(q, 6, h->unit_code, sizeof h->unit_code, e) < 0)
        return -1;
    return item_state_find(sql_text(q, 5), &h->state) ? 0
                                                      : sql_damaged(e, "item.state");
}

/* One hit to the caller. Return: 1 given, 0 left out, -1, 2 the caller has enough. */
static int give(struct search *x, const struct candidate *c, store_hit_fn *each,
                void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct store_hit_text text = {.x = x, .doc = c->doc};
    struct store_hit h = {.exact = c->exact, .text = &text};
    double rank = -c->rank * 1000;
    int rc = 0;

    if (SQL(x->s, &q,
            "SELECT item.name, coalesce(page.name, (SELECT p.name FROM page p"
            " WHERE p.item = item.id AND p.gate = 'clear' AND p.past = 0"
            " ORDER BY p.seq LIMIT 1), ''),"
            " coalesce(page.seq, 0), page.id IS NULL, item.kind, item.state,"
            " item.unit_code, item.number_year, item.id"
            " FROM doc JOIN item ON item.id = doc.item"
            " LEFT JOIN page ON page.id = doc.page WHERE doc.id = ?1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, c->doc);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    if (read_hit(&q, &h, e) < 0)
        return -1;
    if (h.field && given(x, sql_int(&q, 8)))
        return 0;
    h.score = (c->exact ? EXACT_SCORE : 0) + (int64_t)(rank < 0 ? 0
                                                       : rank < EXACT_SCORE
                                                           ? rank
                                                           : EXACT_SCORE - 1);
    mem_grow(&x->items, &x->item_cap, x->item_count + 1, sizeof *x->items);
    x->items[x->item_count++] = sql_int(&q, 8);
    sql_end(&q);
    rc = each(ctx, &h, e);
    return rc < 0 ? -1 : rc > 0 ? 2 : 1;
}

int store_search_snippet(const struct store_hit *h, struct str *out, struct err *e)
{
    struct search *x = h->text->x;
    AUTO_SQL struct sql q = SQL_INIT;
    size_t hit = 0;

    if (body_of(x->s, &q, h->text->doc, e) < 0)
        return -1;
    read_text(x->s, sql_text(&q, 0), &x->text);
    hit = mark_found(&x->text, &x->query);
    if (hit != SIZE_MAX)
        print_snippet(&x->text, hit, x->opts, out);
    return 0;
}

static int64_t give_all(struct search *x, store_hit_fn *each, void *ctx, struct err *e)
{
    int64_t n = 0;

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < x->count && n < x->opts->limit; i++) {
            int rc = 0;

            if (x->found[i].exact != (round == 0))
                continue;
            rc = give(x, &x->found[i], each, ctx, e);
            if (rc < 0)
                return -1;
            n += rc > 0;
            if (rc == 2)
                return n;
        }
    }
    return n;
}

int64_t store_search(struct store *s, const char *query,
                     const struct store_search_opts *opts, store_hit_fn *each,
                     void *ctx, struct err *e)
{
    AUTO(search_clear)
    struct search x = {.s = s,
                       .opts = opts,
                       .text = {.keys = STR_INIT(STR_FILE_MAX)},
                       .low = STR_INIT(STR_FILE_MAX)};

    assert(opts->limit >= 1);
    assert(opts->limit <= STORE_SEARCH_LIMIT_MAX);
    if (parse_query(s, query, &x.query, e) < 0)
        return -1;
    if (x.query.chunk_count == 0)
        return 0;
    if (collect(&x, e) < 0 || find_exact(&x, opts->limit, e) < 0)
        return -1;
    return give_all(&x, each, ctx, e);
}

/* ---- care of the index ------------------------------------------------------------
 */

int store_search_check(struct store *s, struct err *e)
{
    AUTO_TXN struct store_txn t = STORE_TXN_INIT; /* always rolled back */
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = SQLITE_OK;

    if (!s->in_txn && store_begin(s, &t, e) < 0)
        return -1;
    if (SQL(s, &q, "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)",
            e) < 0)
        return -1;
    rc = sqlite3_step(q.st);
    if (rc == SQLITE_DONE)
        return 0;
    if ((rc & 0xFF) == SQLITE_CORRUPT)
        return err_set(e, ERR_INDEX, "%s", s->path);
    return sql_fail(s, rc, e);
}

int store_search_rebuild(struct store *s, struct err *e)
{
    assert(s->in_txn);
    return sql_exec(
        s,
        "DELETE FROM doc WHERE page IS NULL;"
        "INSERT INTO doc (item, page, body)"
        " SELECT item, NULL, group_concat(value, char(10)) FROM (SELECT item, value"
        "  FROM field WHERE present = 1 AND value <> '' ORDER BY item, name)"
        " GROUP BY item;"
        "INSERT INTO search (search) VALUES ('rebuild')",
        e);
}

int store_search_fields(struct store *s, const char *item, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    AUTO_MEM char *body = NULL;
    int64_t id = 0;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT id, coalesce((SELECT group_concat(value, char(10)) FROM (SELECT "
            "value"
            " FROM field WHERE field.item = item.id AND present = 1 AND value <> ''"
            " ORDER BY field.name)), '') FROM item WHERE name = ?1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    rc = sql_step(&q, e);
    if (rc == 0)
        return err_set(e, ERR_ITEM_ABSENT, "%s", item);
    if (rc < 0)
        return -1;
    id = sql_int(&q, 0);
    body = mem_dup(sql_text(&q, 1));
    sql_end(&q);
    return search_doc_fields(s, id, body, e);
}
