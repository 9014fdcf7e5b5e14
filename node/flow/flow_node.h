/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_NODE_H
#define SOHOA_FLOW_FLOW_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "node/flow/flow.h"

struct flow_node_opts {
    const char *key_file;     /* OpenSSH public key */
    const char *unit;         /* CODE or CODE-DATE */
    const char *name;         /* NULL: the unit's name */
    const char *role;         /* "commune" or "district" */
    const char *const *reads; /* codes, besides all units below a district's own */
    size_t read_count;
    bool relay;      /* district: brings what communes signed; commune: is handed on */
    const char *url; /* NULL: none */
    const char *host_key_file; /* NULL: none */
};

/** flow_node_add - enrol a lower node. Tells "summary": node, repository, enrolment. */
MUST_CHECK int flow_node_add(struct flow *f, const struct flow_node_opts *opts,
                             const struct flow_listener *to, struct err *e);
/**
 * flow_node_clocks - call @each with the nodes whose clock is ahead of ours by more
 * than FLOW_NODE_SKEW_S, as bundles of the last 30 days show: sealed, by their clock,
 * after they were taken in. (A clock that is behind looks like a long way.)
 */
#define FLOW_NODE_SKEW_S INT64_C(600)
struct enrol_node;
typedef int flow_node_ahead(void *ctx, const struct enrol_node *n, int64_t ahead_s,
                            struct err *e);
MUST_CHECK int flow_node_clocks(struct flow *f, flow_node_ahead *each, void *ctx,
                                struct err *e);

/** flow_node_list - a line "node" each. */
MUST_CHECK int flow_node_list(struct flow *f, const struct flow_listener *to,
                              struct err *e);
/** flow_node_revoke - and a signed statement of it, which readers get with the next
 * ingest. Again: what was cut off in between is made up for. */
MUST_CHECK int flow_node_revoke(struct flow *f, const char *node,
                                const struct flow_listener *to, struct err *e);
/**
 * flow_node_replace - the key of @node is lost: the public key in @key_file takes its
 * place, the old one opens nothing and signs nothing from now on; what it signed before
 * stays valid. A signed statement, as above, which goes home in the enrolment file.
 * Tells "summary": node, epoch, fingerprint, enrolment.
 * Return: 0, or -1 and @e: ERR_NOT_FOUND, those of enrol_node_key().
 */
MUST_CHECK int flow_node_replace(struct flow *f, const char *node, const char *key_file,
                                 const struct flow_listener *to, struct err *e);
/** flow_node_rotate - the same for a node that asked for it: @file is its request,
 * which must be signed by the key that it has. ERR_KEY_REQUEST, ERR_SIGNATURE as well.
 */
MUST_CHECK int flow_node_rotate(struct flow *f, const char *file,
                                const struct flow_listener *to, struct err *e);
/** flow_node_trust_key - whose receipts count. @file: OpenSSH public key. */
MUST_CHECK int flow_node_trust_key(struct flow *f, const char *file,
                                   const struct flow_listener *to, struct err *e);
/** flow_node_trust_host - host keys of the upstream, lines in known_hosts form. */
MUST_CHECK int flow_node_trust_host(struct flow *f, const char *file,
                                    const struct flow_listener *to, struct err *e);

/** flow_node_user_add, flow_node_user_list - people of this node. Lines "user". */
MUST_CHECK int flow_node_user_add(struct flow *f, const char *name, const char *role,
                                  const char *password, const struct flow_listener *to,
                                  struct err *e);
/** flow_node_user_first - the first person of a node, an administrator, made in the
 * browser. ERR_WEB_SETUP: there is one already. */
MUST_CHECK int flow_node_user_first(struct flow *f, const char *name,
                                    const char *password, struct err *e);
struct flow_node_user_change {
    const char *name;
    const char *role, *password; /* NULL: as it was */
    int active;                  /* 1, 0; -1: as it was */
};
/** flow_node_user_change - ERR_USER_ABSENT, ERR_PASSWORD, ERR_USER_LAST: no active
 * administrator would be left. */
MUST_CHECK int flow_node_user_change(struct flow *f,
                                     const struct flow_node_user_change *c,
                                     const struct flow_listener *to, struct err *e);
MUST_CHECK int flow_node_user_list(struct flow *f, const struct flow_listener *to,
                                   struct err *e);

#endif
