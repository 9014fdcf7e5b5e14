/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_KEYING_H
#define SOHOA_FLOW_FLOW_KEYING_H

#include <stdbool.h>

#include "node/flow/flow.h"
#include "node/record/field.h"

struct item;
struct jdoc;
struct store_keying;
struct store_keying_draw;

/*
 * Second keying. Of records that one person is through with, some fields are keyed
 * again by another person who is not told what stands there: all that recognition or a
 * rule doubted, and of the others a random sample (record/sample.h). Two equal answers:
 * done. Else a third person with the right to verify sees both and the picture, and
 * decides.
 *
 * Three persons, kept apart here and not by a screen: the second wrote neither the
 * value nor verified the record; the third is neither of them. A value that was keyed
 * twice is a person's: reading anew never replaces it.
 *
 * The sample tells how many errors are left in the fields that nobody looks at twice:
 * those are drawn from what nobody doubted, so doubtful fields count for nothing there.
 * A field that was left empty without a word is in no sample.
 *
 * "none" as a dossier are loose records.
 */

#define FLOW_KEYING_RECORDS_MAX 5000 /* of one draw; those beyond wait for the next */

/**
 * flow_keying_draw - choose among the records of @dossier that were in no draw yet,
 * were described or verified, and have no open doubt. @rate: percent; -1: keying.rate.
 * @user: "" on the command line; else the right to verify.
 * Tells a line "draw": "draw", "dossier", "seed", "head", "rate", "records", "fields"
 * (that nobody doubted), "doubtful", "sampled", "actor", "at"; the same stands in the
 * chain of acts. Nothing to choose from: "records" 0, and nothing is written.
 */
MUST_CHECK int flow_keying_draw(struct flow *f, const char *dossier, int rate,
                                const char *user, const struct flow_listener *to,
                                struct err *e);

/* What a second or third person says of one field. */
struct flow_keying_answer {
    const char *item, *field;
    const char *user;  /* needed: nobody answers without a name */
    const char *value; /* NULL: the field is marked */
    enum field_mark mark;
    const char *why; /* needed for FIELD_ILLEGIBLE */
};

/**
 * flow_keying_second - the second answer, once. Whether it was the same is not told:
 * nobody tries until it fits. Tells a line "keyed": "item", "field".
 * Return: 0, or -1 and @e: ERR_KEYING (does not wait for it), ERR_KEYER (wrote or
 * verified it), ERR_FIELD_VALUE, ERR_WHY, ERR_USER_*.
 */
MUST_CHECK int flow_keying_second(struct flow *f, const struct flow_keying_answer *a,
                                  const struct flow_listener *to, struct err *e);

enum flow_keying_take { FLOW_KEYING_FIRST, FLOW_KEYING_SECOND, FLOW_KEYING_OTHER };

/**
 * flow_keying_settle - the third person takes one of two answers or, with
 * FLOW_KEYING_OTHER, that of @a. What is not there yet is written to the record; a
 * verified one stays verified, a sealed one gets a new revision. Tells a line
 * "settled": "item", "field", "value", "state" of the record.
 * Return: as flow_keying_second().
 */
MUST_CHECK int flow_keying_settle(struct flow *f, const struct flow_keying_answer *a,
                                  enum flow_keying_take take,
                                  const struct flow_listener *to, struct err *e);

/** flow_keying_may - may this user give the answer that the field waits for? His role
 * is not asked. */
MUST_CHECK int flow_keying_may(struct flow *f, const struct store_keying *k,
                               const char *user, bool *out, struct err *e);

/**
 * flow_keying_blind - must the record @it not be shown to this user, because a field of
 * it waits for his second answer? It is shown to who verifies (who then verified keys
 * none of it), and when it was sent back: somebody has to correct it.
 */
MUST_CHECK int flow_keying_blind(struct flow *f, const struct item *it,
                                 const char *user, bool *out, struct err *e);
/** flow_keying_need_sight - ERR_USER_RIGHT when flow_keying_blind(). An item that is
 * absent is none of its business: 0. */
MUST_CHECK int flow_keying_need_sight(struct flow *f, const char *item,
                                      const char *user, struct err *e);

/** flow_keying_draw_line - a line "draw". owned, jdoc_free(). */
struct jdoc *flow_keying_draw_line(const struct store_keying_draw *d);

/** flow_keying_ended - the record took part in a draw, and none of its fields waits for
 * a second or third person. */
MUST_CHECK int flow_keying_ended(struct flow *f, const char *item, bool *out,
                                 struct err *e);

/** flow_keying_rule - what seal.keying says. */
enum flow_keying_rule { FLOW_KEYING_OFF, FLOW_KEYING_TELL, FLOW_KEYING_NEED };
MUST_CHECK int flow_keying_rule(const struct flow *f, enum flow_keying_rule *out,
                                struct err *e);

#endif
