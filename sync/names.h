/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_NAMES_H
#define SOHOA_SYNC_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

/*
 * Names that leave the node: classes of bundles, refs, units, items. One grammar for
 * the sender, the gate and every reader.
 *
 *   refs/sohoa/<node>/<epoch>/<class>   bundles, written by the node alone
 *   refs/receipts/<node>                receipts, written by the upper tier alone
 *   refs/sohoa-keys/list                signed list of nodes, by the upper tier alone
 *   refs/sohoa-keys/statements          what it stated about keys, likewise
 *   refs/upstream/<node>/<epoch>/<class>  at the node only: what upstream has accepted
 */

/* Order of sending: what is small and needed first comes first. */
enum bundle_class {
    CLASS_META,   /* record cards and fields */
    CLASS_TEXT,   /* page text and word boxes */
    CLASS_THUMB,  /* small pictures */
    CLASS_PAGE,   /* compressed page pictures */
    CLASS_MASTER, /* input files, bit for bit */
    CLASS_COUNT
};

#define NAMES_NODE_MAX  33 /* 32 lower-case hex digits and NUL */
#define NAMES_OID_MAX   41 /* 40 lower-case hex digits and NUL */
#define NAMES_CODE_MAX  16 /* unit code: 1 to 15 digits */
#define NAMES_DATE_MAX  11 /* 2025-07-01 */
#define NAMES_ITEM_MAX  32 /* <8 hex>-<counter> or <8 hex>-d<counter> */
#define NAMES_REF_MAX   96
#define NAMES_UNIT_MAX  28 /* <code>-<valid_from> */
#define NAMES_EPOCH_MAX 9999
#define NAMES_SEQ_MAX   INT64_C(999999999)

#define NAMES_KEYS_REF       "refs/sohoa-keys/list"
#define NAMES_STATEMENTS_REF "refs/sohoa-keys/statements"

/** names_class - "meta". view, static. */
const char *names_class(enum bundle_class cls);
bool names_class_parse(const char *text, enum bundle_class *out);

bool names_is_node(const char *text);
bool names_is_oid(const char *text);
/** names_is_code - a unit code of 1 to 15 digits. */
bool names_is_code(const char *text);
/** names_is_date - YYYY-MM-DD, a day of the calendar. */
bool names_is_date(const char *text);
/** names_is_item - item or dossier name. */
bool names_is_item(const char *text);
/** names_is_token - @text of 1 to @max characters from a-z 0-9 and -. */
bool names_is_token(const char *text, size_t max);
/** names_is_ascii - 1 to @max printable ASCII characters. */
bool names_is_ascii(const char *text, size_t max);

/** names_ref - refs/sohoa/<node>/<epoch>/<class>. */
void names_ref(const char *node, int64_t epoch, enum bundle_class cls,
               char out[NAMES_REF_MAX]);
/** names_upstream_ref - the same below refs/upstream/. */
void names_upstream_ref(const char *node, int64_t epoch, enum bundle_class cls,
                        char out[NAMES_REF_MAX]);
/** names_receipt_ref - refs/receipts/<node>. */
void names_receipt_ref(const char *node, char out[NAMES_REF_MAX]);

struct names_chain {
    char node[NAMES_NODE_MAX];
    int64_t epoch;
    enum bundle_class cls;
};
/** names_ref_parse - the way back; exactly the form names_ref() gives, else false. */
bool names_ref_parse(const char *ref, struct names_chain *out);

/**
 * names_ref_wanted - is @ref one of @refs: names, prefixes that end in '/', or patterns
 * as of a shell in which a star stands for one component.
 */
bool names_ref_wanted(const char *const *refs, size_t count, const char *ref);

/** names_unit_parse - "<code>-<valid_from>" into its halves. */
bool names_unit_parse(const char *text, char code[NAMES_CODE_MAX],
                      char valid_from[NAMES_DATE_MAX]);

#endif
