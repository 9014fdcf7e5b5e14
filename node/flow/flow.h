/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_H
#define SOHOA_FLOW_FLOW_H

#include "node/base/auto.h"
#include "node/base/err.h"
#include "node/base/lock.h"
#include "node/flow/home.h"
#include "node/store/store.h"

struct err;
struct jdoc;
struct view;

/*
 * One use case a file (flow_<name>.[ch]), each an order of steps over the modules
 * below. A flow works on an open home and tells what it did line by line: the very
 * objects that the command line prints with --json ("type" first), so that the web and
 * the command line can never say different things.
 */
struct flow {
    struct home home;
    struct store *store; /* records of a commune node, or province.db */
    struct view *view;   /* flow_view.h; NULL until a page was asked for. owned */
    const char *via;     /* for the audit chain: "web"; NULL: "cli". kept */
    const char *user;    /* who works, where an act names nobody else; NULL: "". kept */
};

/** flow_via, flow_user - the two, never NULL. */
const char *flow_via(const struct flow *f);
const char *flow_user(const struct flow *f);

/** flow_listener - who hears the lines. @line: borrowed. May be NULL: nobody. */
struct flow_listener {
    void (*line)(void *to, const struct jdoc *line);
    void *to;
};

/**
 * flow_open - open the home and its store (recovers what a crash left behind).
 * @path: absolute. Return: 0, or -1 and @e: ERR_NO_NODE, ERR_LOCKED, store errors.
 */
MUST_CHECK int flow_open(const char *path, struct flow *out, struct err *e);
void flow_close(struct flow *f);
#define AUTO_FLOW AUTO(flow_close)

/** flow_tell - hand a line to the listener. @line: taken. */
void flow_tell(const struct flow_listener *to, struct jdoc *line);

/** flow_line - a new line of this type. owned, jdoc_free(). */
struct jdoc *flow_line(const char *type);
/** flow_line_why - "code", and in "vi" and "en" what it means. */
void flow_line_why(struct jdoc *line, enum err_code code);

/** flow_need_upper, flow_need_commune - ERR_ROLE unless this is such a node. */
MUST_CHECK int flow_need_upper(const struct flow *f, struct err *e);
MUST_CHECK int flow_need_commune(const struct flow *f, struct err *e);

/** flow_store - open the store of a home (flow_open() does; init makes it). */
MUST_CHECK int flow_store(const struct home *h, enum store_mode mode,
                          struct store **out, struct err *e);

/** flow_lock - one of a kind at a time ("seal.lock"). lock_drop(). ERR_LOCKED. */
MUST_CHECK int flow_lock(const struct flow *f, const char *name, struct lock *out,
                         struct err *e);

/** flow_upstream - the way up as configured. ERR_UPSTREAM_UNSET, ERR_URL. */
struct line;
MUST_CHECK int flow_upstream(const struct flow *f, struct line *out, struct err *e);

/** flow_today - today's date at +07:00, "2026-11-24". */
void flow_today(char out[HOME_DATE_MAX]);

#endif
