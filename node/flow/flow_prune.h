/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_PRUNE_H
#define SOHOA_FLOW_FLOW_PRUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/flow/flow.h"

struct line;

/*
 * Masters leave a commune's disk only when the tier above is known to have them, and
 * never by themselves: setting keep.masters_days (0, the default: never). The page in
 * layers and the small picture stay; when the file itself is wanted, flow_prune_need()
 * makes it again from the sealed bundles.
 */

/* What stands in the way of one file. All of it must be away. */
enum flow_prune_why {
    FLOW_PRUNE_FREE,    /* nothing */
    FLOW_PRUNE_NEVER,   /* the setting */
    FLOW_PRUNE_SUSPECT, /* the disk failed before */
    FLOW_PRUNE_DAMAGED, /* the file here is not what it should be */
    FLOW_PRUNE_OPEN,    /* a page is held, to be read yet, or its record not sealed */
    FLOW_PRUNE_PICTURE, /* a page has no picture of its own here */
    FLOW_PRUNE_RECEIPT, /* no receipt that verifies, for it or a bundle before it */
    FLOW_PRUNE_COPIES,  /* too few */
    FLOW_PRUNE_YOUNG,   /* the receipt is younger than the setting */
    FLOW_PRUNE_ASK,     /* there is no line to ask over */
    FLOW_PRUNE_UNPROVEN /* asked, and the tier above could not prove it */
};
#define FLOW_PRUNE_REASONS (FLOW_PRUNE_UNPROVEN + 1)
/** flow_prune_why_name - "never", "suspect", … */
const char *flow_prune_why_name(enum flow_prune_why why);

struct flow_prune_rules {
    int64_t days;   /* 0: never */
    int64_t copies; /* at least */
    int64_t now;    /* seconds UTC, never later than the newest receipt bears out */
    bool can_ask;   /* there is a line */
};

/** What is known of one file. */
struct flow_prune_facts {
    bool suspect, damaged, open, unpictured;
    bool received; /* bundles, and none of their chains up to them without a receipt */
    bool verified; /* the newest receipt of each, again now, with the trusted key */
    int64_t copies, durable_at;
    bool proven;           /* by a challenge just now */
    int64_t proven_copies; /* as the tier above said in it */
};

/** flow_prune_may - the first thing that stands in the way, in the order above. */
enum flow_prune_why flow_prune_may(const struct flow_prune_rules *r,
                                   const struct flow_prune_facts *f);

/**
 * flow_prune_ask - as challenge_ask(): 1 proven and @copies, 0 not, -1. @fd: the object
 * @hex, at its beginning.
 */
typedef int flow_prune_ask(void *ctx, const char *hex, int fd, int64_t *copies,
                           struct err *e);

struct flow_prune_sum {
    int64_t files, bytes;             /* gone; in a dry run: that would be asked for */
    int64_t kept[FLOW_PRUNE_REASONS]; /* files, by the first reason */
    int64_t doubts;                   /* bundles that are not durable any more */
    int64_t settled;                  /* and such as are again */
};

/**
 * flow_prune_files - all masters against the rules; for each that nothing else keeps
 * the tier above is asked, then it goes. A file that is not proven makes its bundles
 * accepted again (audit "prove.fail"). Tells lines "file" and "doubt".
 * @dry: nobody is asked, nothing goes.
 */
MUST_CHECK int flow_prune_files(struct flow *f, const struct flow_prune_rules *r,
                                bool dry, flow_prune_ask *ask, void *ctx,
                                const struct flow_listener *to,
                                struct flow_prune_sum *sum, struct err *e);

/**
 * flow_prune_challenge - ask for all files of bundles in doubt, which are durable again
 * when all are proven, and for one file by chance. Audit and lines as above.
 */
MUST_CHECK int flow_prune_challenge(struct flow *f, flow_prune_ask *ask, void *ctx,
                                    const struct flow_listener *to,
                                    struct flow_prune_sum *sum, struct err *e);

/** flow_prune_weekly - the same over @l when the last time is a week ago. A tier above
 * that cannot be asked is no error. */
MUST_CHECK int flow_prune_weekly(struct flow *f, const struct line *l,
                                 const struct flow_listener *to, struct err *e);

/** flow_prune - by the settings, over the line; tells "summary". ERR_ROLE, ERR_LINE. */
MUST_CHECK int flow_prune(struct flow *f, bool dry, const struct flow_listener *to,
                          struct flow_prune_sum *sum, struct err *e);

/** flow_prune_need - when the file of the master @hex was pruned: make it again from
 * the sealed bundles. Else nothing. */
MUST_CHECK int flow_prune_need(struct flow *f, const char *hex, struct err *e);

#endif
