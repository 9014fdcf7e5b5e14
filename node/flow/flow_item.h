/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_ITEM_H
#define SOHOA_FLOW_FLOW_ITEM_H

#include <stddef.h>
#include <stdint.h>

#include "node/flow/flow.h"
#include "node/record/dossier.h"
#include "node/record/item.h"

struct store_item_query;

/*
 * What people do with records. Every change is one commit: the record, its history and
 * a row of the audit chain. @user may be "" on the command line (whoever can read the
 * home is trusted); a user that is named must exist and have the right role.
 */

/** flow_item_need_dossier - ERR_DOSSIER_ABSENT unless it is here. */
MUST_CHECK int flow_item_need_dossier(struct flow *f, const char *dossier,
                                      struct err *e);
/** flow_item_list - a line "item" each. ERR_DOSSIER_ABSENT when an unknown one is asked
 * for. */
MUST_CHECK int flow_item_list(struct flow *f, const struct store_item_query *q,
                              const struct flow_listener *to, struct err *e);

/** flow_item_show - one line "item" with pages, text and fields. ERR_ITEM_ABSENT. */
MUST_CHECK int flow_item_show(struct flow *f, const char *item,
                              const struct flow_listener *to, struct err *e);

/** flow_item_jdoc - the same object without notes (flow_notes.h), for export. owned,
 * jdoc_free(). */
MUST_CHECK int flow_item_jdoc(struct flow *f, const char *item, struct jdoc **out,
                              struct err *e);

/** flow_item_whole - the same with them. owned, jdoc_free(). */
MUST_CHECK int flow_item_whole(struct flow *f, const char *item, struct jdoc **out,
                               struct err *e);

/**
 * flow_item_set - set fields; @pairs are "NAME=VALUE". Also dossier=ID (or empty),
 * kind=KIND, and expect=REASON, which explains another count of pages. On a sealed item
 * the first field opens a new revision. All or nothing. Tells the item.
 */
MUST_CHECK int flow_item_set(struct flow *f, const char *item, const char *user,
                             const char *const *pairs, size_t count,
                             const struct flow_listener *to, struct err *e);

/** flow_item_verify - @user must have the right to verify. Tells the item. When its
 * present revision is sealed as verified already, nothing is changed. */
MUST_CHECK int flow_item_verify(struct flow *f, const char *item, const char *user,
                                const struct flow_listener *to, struct err *e);

/** flow_item_return - back for correction, with the reason. Tells the item. */
MUST_CHECK int flow_item_return(struct flow *f, const char *item, const char *user,
                                const char *why, const struct flow_listener *to,
                                struct err *e);

/** flow_item_history - lines "event" (audit), "value" (fields), "keying"
 * (flow_keyed_history()), "revision" (sealed). */
MUST_CHECK int flow_item_history(struct flow *f, const char *item,
                                 const struct flow_listener *to, struct err *e);

/** flow_item_dossier_* - lines "dossier". */
MUST_CHECK int flow_item_dossier_add(struct flow *f, struct dossier *d,
                                     const struct flow_listener *to, struct err *e);
/** flow_item_dossier_change - title NULL, numbers -1: as they were. */
MUST_CHECK int flow_item_dossier_change(struct flow *f, const char *dossier,
                                        const char *title, int64_t from, int64_t last,
                                        const struct flow_listener *to, struct err *e);
/** flow_item_dossier_jdoc - the line of one. owned, jdoc_free(). ERR_DOSSIER_ABSENT. */
MUST_CHECK int flow_item_dossier_jdoc(struct flow *f, const char *dossier,
                                      struct jdoc **out, struct err *e);
MUST_CHECK int flow_item_dossier_list(struct flow *f, const struct flow_listener *to,
                                      struct err *e);
MUST_CHECK int flow_item_dossier_close(struct flow *f, const char *dossier,
                                       int64_t count, const struct flow_listener *to,
                                       struct err *e);
MUST_CHECK int flow_item_dossier_gap(struct flow *f, const char *dossier, int64_t from,
                                     int64_t to_number, enum dossier_why why,
                                     const struct flow_listener *to, struct err *e);

#endif
