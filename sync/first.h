/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_FIRST_H
#define SOHOA_SYNC_FIRST_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "sync/names.h"

struct err;
struct line;
struct rpush_sum;
struct str;

/*
 * "Send this one first": a reader above asks for the pictures of one record. What was
 * asked, and what the node said to it, stands at each upper tier as a small file, until
 * ingest finds the files here:
 *
 *      HOME/spool/first/<node>/<item>.<want>      <since> <state> <up> LF
 *
 * The request itself goes down as a signed receipt (receipt.h, RECEIPT_REQUEST): a node
 * obeys nothing else. These files only say how far it is.
 */
#define FIRST_OPEN_MAX ((size_t)1000)   /* asked of one node and not served yet */
#define FIRST_FILE_MAX ((size_t)5000)   /* files of one record */
#define FIRST_AGAIN_S  INT64_C(86400)   /* so old: who asks again is heard anew */
#define FIRST_KEPT_S   INT64_C(7776000) /* and so old: forgotten */

enum first_want { FIRST_PAGE, FIRST_MASTER };

enum first_state {
    FIRST_ASKED,   /* noted; the node has not been told */
    FIRST_SIGNED,  /* lies signed where the node fetches its receipts */
    FIRST_SENDING, /* the node said: sealed, goes before all other pictures */
    FIRST_LATER,   /* it said: waits for the hours or the cap of its line */
    FIRST_NIGHT,   /* it said: input files go at night */
    FIRST_STICK,   /* it said: input files go by stick alone */
    FIRST_KEPT,    /* it said: input files stay with it */
    FIRST_ABSENT,  /* it said: nothing of it may be sent */
    FIRST_STATES
};

struct first {
    char node[NAMES_NODE_MAX];
    char item[NAMES_ITEM_MAX];
    enum first_want want;
    enum first_state state;
    int64_t since; /* seconds UTC: when it came to this state */
    bool up;       /* at a hub: the tier above was told of this state */
};

const char *first_want_name(enum first_want want); /* "page", "master" */
bool first_want_parse(const char *text, enum first_want *out);
const char *first_state_name(enum first_state state); /* "asked", "signed", … */
bool first_state_parse(const char *text, enum first_state *out);

/** first_by - whether @item was made by @node: it begins with its first digits. */
bool first_by(const char *item, const char *node);

/* ---- at an upper tier ------------------------------------------------------------ */

/** first_get - 1 and @f's state, since and up; 0 not asked for; -1. A file that cannot
 * be understood counts as none. */
MUST_CHECK int first_get(const char *home, struct first *f, struct err *e);

/** first_set - write it down. */
MUST_CHECK int first_set(const char *home, const struct first *f, struct err *e);

/** first_drop - forget it. */
MUST_CHECK int first_drop(const char *home, const struct first *f, struct err *e);

/**
 * first_ask - note that somebody asks: @f->node, item and want.
 * What is asked for already stays as it is, unless the node's answer is older than
 * FIRST_AGAIN_S: then it is asked anew. ERR_LIMIT: FIRST_OPEN_MAX of the node are open.
 * @f: filled in.
 */
MUST_CHECK int first_ask(const char *home, struct first *f, int64_t now, struct err *e);

/** first_each - all that was asked of @node, by name. Those older than FIRST_KEPT_S go.
 */
typedef int first_fn(void *ctx, const struct first *f, struct err *e);
MUST_CHECK int first_each(const char *home, const char *node, int64_t now,
                          first_fn *each, void *ctx, struct err *e);

/* One file of a record, as an upper tier has it. */
struct first_file {
    char page[HASH_HEX]; /* name of the page it shows; a file of several: the first */
    char role[16];       /* "master", "page", "thumb" */
    char sha256[HASH_HEX];
    int64_t size;
    char media[64];
};
typedef int first_file_fn(void *ctx, const struct first_file *f, struct err *e);

/* ---- asking the tier above (verbs find, first, going: README.md) ------------------
 */

/** What the tier above says of one record. */
struct first_found {
    struct first_file *files; /* owned */
    size_t count, cap;
    struct first asked[2]; /* by want; state FIRST_STATES: not asked for */
};
void first_found_clear(struct first_found *f);

/**
 * first_find - which files of @item it has, and what was asked.
 * @unit: as find_unit in the door takes it. @sum: bytes added.
 * Return: 0, or -1 and @e: ERR_ITEM_ABSENT (it does not know the record), ERR_URL (a
 * folder cannot be asked), ERR_GATE_READ, ERR_GATE_VERB (it is older), ERR_LINE*,
 * ERR_UPSTREAM.
 */
MUST_CHECK int first_find(const struct line *l, const char *unit, const char *item,
                          struct first_found *out, struct rpush_sum *sum,
                          struct err *e);

/** first_request - ask for it. @unit: or the name of its node. @f: item and want; gets
 * state and since. As first_find(), and ERR_LIMIT. */
MUST_CHECK int first_request(const struct line *l, const char *unit, struct first *f,
                             struct rpush_sum *sum, struct err *e);

/** first_going - say what the node @f->node does about it: @f->state. As above. */
MUST_CHECK int first_going(const struct line *l, const struct first *f,
                           struct rpush_sum *sum, struct err *e);

/** first_print - "asked <want> <state> <since>" LF. first_print_file - "file …" LF. */
void first_print(const struct first *f, struct str *out);
void first_print_file(const struct first_file *f, struct str *out);

#endif
