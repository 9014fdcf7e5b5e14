/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_INPUT_H
#define SOHOA_STORE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"

struct err;
struct store;

/* Ledger of everything that was ever offered. Paths are bytes: a name need not be
 * UTF-8. */
enum store_input_status {
    STORE_INPUT_STORED,
    STORE_INPUT_DUPLICATE,
    STORE_INPUT_REFUSED,
    STORE_INPUT_WAITING
};
const char *store_input_status_name(enum store_input_status st);

#define STORE_INPUT_PATH_MAX 4096

struct store_input {
    int64_t id;
    const char *path; /* bytes. borrowed, or view in callbacks */
    size_t path_len;
    char sha[HASH_HEX]; /* "" when it was not read */
    uint64_t size;
    enum store_input_status status;
    char code[32]; /* "SH-…", "" */
    int64_t at;
};

/** store_input_add - sets @in->id. Transaction. */
MUST_CHECK int store_input_add(struct store *s, struct store_input *in, struct err *e);
/** store_input_offered - was this file offered under this path before? 1, 0, -1. */
MUST_CHECK int store_input_offered(struct store *s, const char *sha, const char *path,
                                   size_t path_len, struct err *e);
/** store_input_coded - was this file told with @code ("SH-…") before? 1, 0, -1. */
MUST_CHECK int store_input_coded(struct store *s, const char *sha, const char *code,
                                 struct err *e);
/** store_input_link - item that this input made, or (duplicate) is the same as. */
MUST_CHECK int store_input_link(struct store *s, int64_t input, const char *item,
                                struct err *e);
/** store_input_items - names of linked items. */
typedef int store_input_item_fn(void *ctx, const char *item, struct err *e);
MUST_CHECK int store_input_items(struct store *s, int64_t input,
                                 store_input_item_fn *each, void *ctx, struct err *e);
typedef int store_input_fn(void *ctx, const struct store_input *in, struct err *e);
MUST_CHECK int store_input_each(struct store *s, store_input_fn *each, void *ctx,
                                struct err *e);

/* ---- quarantine ----------------------------------------------------------------- */

enum store_held { STORE_HELD_FILE, STORE_HELD_ROW, STORE_RELEASED, STORE_REMOVED };
const char *store_input_held_name(enum store_held h);

struct store_quarantine {
    int64_t id;
    const char *path; /* bytes. borrowed, or view in callbacks */
    size_t path_len;
    char sha[HASH_HEX]; /* name in HOME/quarantine, "": row only */
    uint64_t size;
    char code[32];      /* "SH-…" */
    const char *detail; /* may be NULL */
    enum store_held state;
    char page[HASH_HEX]; /* a page that could not be read; "": an input */
    char actor[65];      /* who released or removed it, "" */
    int64_t at;
};
/** store_input_quarantine - sets @q->id. The same file for the same reason again gives
 * the row that is there. Transaction. */
MUST_CHECK int store_input_quarantine(struct store *s, struct store_quarantine *q,
                                      struct err *e);
typedef int store_quarantine_fn(void *ctx, const struct store_quarantine *q,
                                struct err *e);
/** store_input_quarantine_each - @id 0: all, else that one. */
MUST_CHECK int store_input_quarantine_each(struct store *s, int64_t id,
                                           store_quarantine_fn *each, void *ctx,
                                           struct err *e);
/** store_input_quarantine_set - ERR_QUARANTINE_ABSENT. Transaction. */
MUST_CHECK int store_input_quarantine_set(struct store *s, int64_t id,
                                          enum store_held state, const char *actor,
                                          struct err *e);
/** store_input_quarantine_bytes - sum of files that lie there. */
MUST_CHECK int store_input_quarantine_bytes(struct store *s, uint64_t *out,
                                            struct err *e);

#endif
