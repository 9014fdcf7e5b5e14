/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_ITEM_H
#define SOHOA_STORE_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/field.h"
#include "node/record/item.h"

struct card;
struct err;
struct store;

/**
 * store_item_add - a new item, state captured, revision 1.
 * @it: kind, dossier ("" loose), unit, created and pages_expected are read; name and id
 *      are set, the name from the counter of @node. Transaction.
 * ERR_KIND, ERR_DOSSIER_ABSENT, ERR_DOSSIER_CLOSED.
 */
MUST_CHECK int store_item_add(struct store *s, const char *node, struct item *it,
                              struct err *e);
/** store_item_get - 1 found, 0 absent, -1. */
MUST_CHECK int store_item_get(struct store *s, const char *name, struct item *out,
                              struct err *e);
/** store_item_need - the same; absent is ERR_ITEM_ABSENT. Return: 0 or -1. */
MUST_CHECK int store_item_need(struct store *s, const char *name, struct item *out,
                               struct err *e);

struct store_item_query {
    const char *dossier; /* NULL: all; "": loose ones */
    const char *kind;    /* NULL: all */
    int state;           /* enum item_state, -1: all */
    int64_t after;       /* row id to go on after, 0: from the start */
    int64_t limit;       /* 0: no limit */
    bool newest;         /* the last made first; after: go on before that one */
};
typedef int store_item_fn(void *ctx, const struct item *it, struct err *e);
/** store_item_each - in order of making. @q: NULL for all. */
MUST_CHECK int store_item_each(struct store *s, const struct store_item_query *q,
                               store_item_fn *each, void *ctx, struct err *e);

/** store_item_tally - how many records there are, counted once each where they stand.
 */
struct store_item_tally {
    int64_t all;
    int64_t review;   /* a person has to look: recognized, described or returned */
    int64_t received; /* the tier above has proven that it holds the newest seal */
    int64_t going;    /* sealed, in a bundle on its way, no receipt yet */
    int64_t waiting;  /* sealed, not on its way */
};
MUST_CHECK int store_item_tally(struct store *s, struct store_item_tally *out,
                                struct err *e);

/**
 * store_item_act - move the state by item_next(). Opens a new revision when the act
 * says so. Does not write fields or audit. @it: the item as it then is, may be NULL.
 * ERR_ITEM_STATE when the act is not allowed. Transaction.
 */
MUST_CHECK int store_item_act(struct store *s, const char *name, enum item_act act,
                              struct item *it, struct err *e);
/** store_item_move - put a not yet sealed item into a dossier ("": loose). Also changes
 * its kind to the dossier's when that is a register. ERR_ITEM_SEALED. Transaction. */
MUST_CHECK int store_item_move(struct store *s, const char *name, const char *dossier,
                               struct err *e);
/** store_item_kind - change the kind of a not yet sealed item. Transaction. */
MUST_CHECK int store_item_kind(struct store *s, const char *name, const char *kind,
                               struct err *e);
/**
 * store_item_count - what the call that named the item found out: all files together
 * have another count of pages than told (@differs), or the one told. An item with an
 * expected count of its own, or sealed, stays as it is. Transaction.
 */
MUST_CHECK int store_item_count(struct store *s, const char *name, bool differs,
                                struct err *e);
/** store_item_expect - accept another count of pages than expected, with the reason. */
MUST_CHECK int store_item_expect(struct store *s, const char *name, const char *why,
                                 struct err *e);

/**
 * store_item_field - write one value for the present revision. The old one stays in the
 * history. The value goes through field_clean(). A clerk's value is never replaced by
 * one that was read (0, @written false). An empty value is written where there is
 * another one, or where it is a clerk's mark (field_mark()). The register number of the
 * item follows its kind's number field. Transaction.
 */
MUST_CHECK int store_item_field(struct store *s, const char *item,
                                const struct field_value *v, bool *written,
                                struct err *e);
/**
 * store_item_undo - take back the newest value that @actor wrote to the present
 * revision and that is still present; the one before it is present again, as it was
 * read or written. It stays in the history. @name: of its field. Transaction. Return:
 * 1, 0 there is none, or -1.
 */
MUST_CHECK int store_item_undo(struct store *s, const char *item, const char *actor,
                               char name[FIELD_NAME_MAX], struct err *e);
/** store_item_present - present values, also empty ones (marks of a clerk; read, and
 * fit for nothing), in order of name. @out: field_list_clear(). */
MUST_CHECK int store_item_present(struct store *s, const char *item,
                                  struct field_list *out, struct err *e);
/** store_item_beside - the items before and after @item in its dossier (loose ones
 * among themselves), in order of making, that wait to be verified. "": none. */
MUST_CHECK int store_item_beside(struct store *s, const char *item,
                                 char prev[IDENT_NAME_MAX], char next[IDENT_NAME_MAX],
                                 struct err *e);
/** store_item_fields - the same without empty ones. @out: field_list_clear(). */
MUST_CHECK int store_item_fields(struct store *s, const char *item,
                                 struct field_list *out, struct err *e);
/** store_item_history - all values ever written, oldest first. */
MUST_CHECK int store_item_history(struct store *s, const char *item,
                                  struct field_list *out, struct err *e);

/** store_item_card - the card of the present revision at @level: present fields, clear
 * pages. @out: card_clear(). */
MUST_CHECK int store_item_card(struct store *s, const char *item, enum item_level level,
                               struct card *out, struct err *e);
/**
 * store_item_sealable - items whose present revision is not sealed yet and may be:
 * verified, or with @unverified also recognized and described; every page recognized or
 * blank and clear; count of pages as expected or explained.
 */
MUST_CHECK int store_item_sealable(struct store *s, bool unverified,
                                   store_item_fn *each, void *ctx, struct err *e);
/** store_item_why_not - why one item cannot be sealed. Return: 0 it can, or -1 and @e:
 * ERR_ITEM_STATE, ERR_ITEM_HELD, ERR_ITEM_PAGES, ERR_ITEM_ABSENT. */
MUST_CHECK int store_item_why_not(struct store *s, const char *name, bool unverified,
                                  struct err *e);

/** store_item_take - fields of a card that was taken in, in place of the present ones
 * (which stay in the history). @it: name, kind, rev. For store_ingest.c. Transaction.
 */
MUST_CHECK int store_item_take(struct store *s, int64_t id, const struct item *it,
                               const struct field_list *fields, int64_t at,
                               struct err *e);

struct store_revision {
    int64_t rev;
    enum item_level level;
    int64_t at;         /* sealed or taken in, seconds UTC */
    int64_t receipt_at; /* province's time, 0: none */
    const char *card;   /* canonical JSON. view */
};
typedef int store_revision_fn(void *ctx, const struct store_revision *r, struct err *e);
/** store_item_revisions - sealed revisions, oldest first. */
MUST_CHECK int store_item_revisions(struct store *s, const char *item,
                                    store_revision_fn *each, void *ctx, struct err *e);

#endif
