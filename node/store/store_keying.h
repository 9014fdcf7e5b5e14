/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_KEYING_H
#define SOHOA_STORE_KEYING_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "node/record/field.h"
#include "node/record/ident.h"
#include "node/record/role.h"

struct err;
struct store;

/*
 * Fields that a second person keys without seeing what stands there (flow_keying.h).
 *
 *          second the same
 *   open ───────────────────► agreed
 *     └────────► differs ───► settled
 *        other          a third decides
 */
enum store_keying_state {
    STORE_KEYING_OPEN,
    STORE_KEYING_DIFFERS,
    STORE_KEYING_AGREED,
    STORE_KEYING_SETTLED
};
const char *store_keying_state_name(enum store_keying_state s);
bool store_keying_state_find(const char *name, enum store_keying_state *out);

enum store_keying_why {
    STORE_KEYING_DOUBT,  /* recognition or a rule doubted the field */
    STORE_KEYING_SAMPLE, /* drawn at random among the others */
    STORE_KEYING_CHANGED /* changed after it was keyed twice */
};
const char *store_keying_why_name(enum store_keying_why w);

struct store_keying_draw {
    int64_t id;                   /* set by store_keying_draw() */
    char dossier[IDENT_NAME_MAX]; /* "": loose records */
    char head[HASH_HEX];          /* of the chain of acts before the draw */
    char seed[HASH_HEX];
    int rate; /* percent */
    int64_t records, fields, doubtful, sampled;
    char actor[USER_NAME_MAX];
    int64_t at;
};
/** store_keying_draw - a new one. ERR_DOSSIER_ABSENT. Transaction. */
MUST_CHECK int store_keying_draw(struct store *s, struct store_keying_draw *d,
                                 struct err *e);
typedef int store_keying_draw_fn(void *ctx, const struct store_keying_draw *d,
                                 struct err *e);
/** store_keying_draws - oldest first. @dossier: NULL: all; "": of loose records. */
MUST_CHECK int store_keying_draws(struct store *s, const char *dossier,
                                  store_keying_draw_fn *each, void *ctx, struct err *e);

/**
 * store_keying_fresh - names of records of @dossier ("": loose) that a person worked on
 * (described or verified, not sealed) and that took part in no draw yet, in order of
 * making. Not those with a page that waits to be read or is held: their fields are not
 * all known.
 */
typedef int store_keying_name_fn(void *ctx, const char *item, struct err *e);
MUST_CHECK int store_keying_fresh(struct store *s, const char *dossier,
                                  store_keying_name_fn *each, void *ctx, struct err *e);
/** store_keying_record - @item takes part in @draw. Transaction. */
MUST_CHECK int store_keying_record(struct store *s, int64_t draw, const char *item,
                                   struct err *e);

/** store_keying_drawn - does it take part in one? 1, 0, -1. */
MUST_CHECK int store_keying_drawn(struct store *s, const char *item, struct err *e);

/* One field to be keyed, or that was. */
struct store_keying {
    int64_t id, draw;
    char item[IDENT_NAME_MAX];
    char dossier[IDENT_NAME_MAX]; /* where the record is now, "": loose */
    char field[FIELD_NAME_MAX];
    enum store_keying_why why;
    enum store_keying_state state;
    char *first, *second, *final; /* owned; second, final "" before they are known */
    char *now;                    /* owned: the value that stands there */
    char *second_why;             /* owned: why the second found it illegible, or "" */
    enum field_mark first_mark, second_mark, final_mark, now_mark;
    char first_actor[USER_NAME_MAX]; /* "": not known */
    char second_actor[USER_NAME_MAX], approver[USER_NAME_MAX];
    int64_t second_at, settled_at;
    int wrong;    /* first is not final; -1: not known yet */
    bool present; /* the newest row of the field */
};
#define AUTO_KEYING AUTO(store_keying_clear)
void store_keying_clear(struct store_keying *k);

/** store_keying_add - from id, draw, item, field, why, first, first_mark and
 * first_actor; state open. In place of the present row of the field. Transaction. */
MUST_CHECK int store_keying_add(struct store *s, const struct store_keying *k,
                                struct err *e);
/** store_keying_get - the present row: 1 found (@out: store_keying_clear()), 0, -1. */
MUST_CHECK int store_keying_get(struct store *s, const char *item, const char *field,
                                struct store_keying *out, struct err *e);
/** store_keying_stale - keyed twice, and changed since. */
bool store_keying_stale(const struct store_keying *k);

struct store_keying_query {
    const char *dossier; /* NULL: all; "": of loose records */
    const char *item;    /* NULL: all */
    bool ended;          /* also what is agreed or settled, and former rows */
};
typedef int store_keying_fn(void *ctx, const struct store_keying *k, struct err *e);
/** store_keying_each - in order of records, then of drawing. Not @ended: rows that are
 * open, differ, or are stale. */
MUST_CHECK int store_keying_each(struct store *s, const struct store_keying_query *q,
                                 store_keying_fn *each, void *ctx, struct err *e);

/** store_keying_write - second…, final…, approver, times, state and wrong of the row
 * @k->id. A known wrong stays as it is. Transaction. */
MUST_CHECK int store_keying_write(struct store *s, const struct store_keying *k,
                                  struct err *e);

/* What became of the draws of one dossier. */
struct store_keying_count {
    char dossier[IDENT_NAME_MAX]; /* "": loose */
    int64_t sampled;              /* fields drawn at random */
    int64_t removed;              /* of those: their record left the dossier */
    int64_t counted;              /* of the others: it is known what is right */
    int64_t wrong;                /* of those: something else stood there */
    int64_t undecided; /* of the others: two answers, a third person decides */
    int64_t doubtful, doubtful_wrong;
    int64_t open, differs; /* wait for a second, for a third person; any reason */
};
typedef int store_keying_count_fn(void *ctx, const struct store_keying_count *c,
                                  struct err *e);
/** store_keying_counts - of each dossier that was drawn from, loose ones first.
 * @dossier as in store_keying_draws(). */
MUST_CHECK int store_keying_counts(struct store *s, const char *dossier,
                                   store_keying_count_fn *each, void *ctx,
                                   struct err *e);

#endif
