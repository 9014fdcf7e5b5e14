/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_VERIFY_H
#define SOHOA_FLOW_FLOW_VERIFY_H

#include "node/flow/flow.h"
#include "node/record/field.h"
#include "node/record/ident.h"

/*
 * What the screen for checking asks beside flow_item.h: which fields a person must look
 * at and why, what else may stand there, and changes field by field that overwrite
 * nothing that the clerk has not seen.
 */

/**
 * flow_verify_show - one record as it is to be checked: the object of flow_item_jdoc()
 * with
 *   fields   what was read, or is missing, and must be looked at is doubtful there, too
 *   form     [{"field","label":{"vi","en"},"group":{…}|null,"type","must"}], in order
 *   doubts   [{"field","why":[{"code","vi","en"}]}] a person must look, in order of the
 *            form; fields of other forms last
 *   warnings [{"field","code","vi","en"}] all that validate.h found, also what is only
 *            told
 *   boxes    {"FIELD":{"page":SHA,"seq","x","y","w","h","strip"}} pixels as captured
 *   choices  {"FIELD":[other values]} of the readings that were kept, then of its
 *            history
 *   locked   [fields that a clerk wrote: reading anew never replaces them]
 *   marks    {"FIELD":{"mark":"illegible"|"blank","why"}}
 *   returned, above  as in flow_verify_list()
 *   correction  of a sealed record that goes on: {"rev","why" (null: not told),"actor"}
 *   prev, next  records of the same dossier that wait to be checked; null: none
 *
 * @out: owned, jdoc_free(). ERR_ITEM_ABSENT.
 */
MUST_CHECK int flow_verify_show(struct flow *f, const char *item, struct jdoc **out,
                                struct err *e);

/** flow_verify_tell - the same as a line "item". */
MUST_CHECK int flow_verify_tell(struct flow *f, const char *item,
                                const struct flow_listener *to, struct err *e);

/** flow_verify_doubtful - how many fields of a record a person must look at. */
MUST_CHECK int flow_verify_doubtful(struct flow *f, const char *item, int64_t *out,
                                    struct err *e);

/**
 * flow_verify_doubts - the "doubts" of flow_verify_show() alone. @out: owned,
 * jdoc_free(). ERR_ITEM_ABSENT.
 */
MUST_CHECK int flow_verify_doubts(struct flow *f, const char *item, struct jdoc **out,
                                  struct err *e);

/** flow_verify_boxes - its "boxes" alone. owned, jdoc_free(). */
MUST_CHECK int flow_verify_boxes(struct flow *f, const char *item, struct jdoc **out,
                                 struct err *e);

/** flow_verify_field - "field", "label", "group", "type", "chars" of a known field. */
struct jdoc *flow_verify_field(const char *name);

struct flow_verify_query {
    const char *dossier; /* NULL: all; "none" is no dossier: ERR_DOSSIER_ABSENT */
    const char *kind;    /* NULL: all */
    int state;           /* enum item_state, -1: all */
    bool doubtful;       /* only records with such a field */
    bool newest;         /* the last made first */
    bool keying;         /* only what must be keyed in by hand; also in doubt then */
    const char *user;  /* not what is kept from him (flow_keying_blind()); NULL: all */
    const char *after; /* go on after this item; NULL: from the start */
    int64_t limit;     /* rows */
};

/**
 * flow_verify_list - a line "item" each: "item", "dossier", "kind", "state", "rev",
 * "pages", "number" (null: none), "title" (of whom or what it is, "" when not known),
 * "doubtful" (how many fields), "returned" (of one that was sent back: {"why","actor",
 * "via","at"}), "above" (sent back by the tier above, and not answered: {"why","rev",
 * "at"}). To be keyed in by hand is a record of a register of
 * which recognition read less than a quarter of the fields that a whole one has, for
 * sure at least: its form is filled in from the picture. @next: the last item when
 * there may be more, else "". With @doubtful no more than FLOW_VERIFY_LOOKED_MAX
 * records are looked at in one call: fewer rows than @limit and a @next are no
 * contradiction.
 */
#define FLOW_VERIFY_LOOKED_MAX 2000
MUST_CHECK int flow_verify_list(struct flow *f, const struct flow_verify_query *q,
                                const struct flow_listener *to,
                                char next[IDENT_NAME_MAX], struct err *e);

/** flow_verify_above - the same line for each record that the tier above sent back and
 * that is not answered yet, oldest return first. @user: as in the query. At most
 * FLOW_VERIFY_LOOKED_MAX. */
MUST_CHECK int flow_verify_above(struct flow *f, const char *user,
                                 const struct flow_listener *to, struct err *e);

/** What a clerk does to one field. */
struct flow_verify_change {
    const char *item, *field;
    const char *user;  /* must have the right to describe; "" on the command line */
    const char *value; /* NULL: the field is marked */
    enum field_mark mark;
    const char *why;  /* needed for FIELD_ILLEGIBLE and on a sealed record, else NULL */
    const char *seen; /* what the clerk saw there ("" nothing); NULL: not compared */
};

/**
 * flow_verify_change - write it, and tell a line "field": "item", "field", "value",
 * "source", "doubtful", "mark" (null or its name), "warnings" of this field as in
 * flow_verify_show(). On a sealed record it opens a new revision and needs a reason,
 * which stands in the history.
 * Return: 0, or -1 and @e: ERR_FIELD_SEEN (nothing written), ERR_FIELD_NAME,
 * ERR_FIELD_VALUE, ERR_WHY, ERR_ITEM_*, ERR_USER_*.
 */
MUST_CHECK int flow_verify_change(struct flow *f, const struct flow_verify_change *c,
                                  const struct flow_listener *to, struct err *e);

/**
 * flow_verify_undo - take back what @user did to this record last and nobody went on
 * from: that it was verified or returned, else the newest value of his that still
 * stands (not of sealed revisions, nor under the verification of somebody else). Asked
 * again it goes further back. Tells a line "undo": "item", "field" (null: the
 * verification or return) and "value" that stands there now. Return: 0, or -1 and @e:
 * ERR_UNDO.
 */
MUST_CHECK int flow_verify_undo(struct flow *f, const char *item, const char *user,
                                const struct flow_listener *to, struct err *e);

#endif
