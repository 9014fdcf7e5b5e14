/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_GATE_H
#define SOHOA_SYNC_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "sync/names.h"

struct err;
struct repo;

/*
 * The upper tier's gate: an allow-list. What is not named here is refused, and a
 * refused push leaves refs and object count as they were.
 *
 * Before git sees a byte (pack_check()): the request has one command and one pack; the
 * pack has at most GATE_OBJECTS_MAX whole objects (a node never sends deltas, so there
 * is no delta bomb), each commit, tree or blob within its limit, at most
 * GATE_INFLATED_MAX bytes unpacked.
 *
 * As the pre-receive hook of stock `git receive-pack`, inside its quarantine
 * (gate_check()): the ref belongs to the node whose key logged in, or to a commune that
 * this node may relay (enrol_author()), and to its open epoch; no deletion, no other
 * ref; at most GATE_COMMITS_MAX new commits, each a valid bundle (bundle_verify()),
 * exactly one step after the other by seq, prev and parent, signed by the enrolled key
 * of its author, whoever brings it, within that key's validity; a unit that the node
 * has or had (enrol_unit_at()); no object came along that no bundle lists.
 */
#define GATE_COMMITS_MAX  ((size_t)1000)
#define GATE_OBJECTS_MAX  ((size_t)200000)
#define GATE_ENTRIES_MAX  ((size_t)50000) /* of one tree */
#define GATE_PACK_MAX     ((int64_t)512 << 20)
#define GATE_BLOB_MAX     ((int64_t)64 << 20)
#define GATE_TREE_MAX     ((int64_t)8 << 20)
#define GATE_COMMIT_MAX   ((int64_t)64 << 10)
#define GATE_INFLATED_MAX ((int64_t)2 << 30)
#define GATE_DEPTH_MAX    8

struct gate_push {
    const char *home; /* upper home; its ssh/nodes.json decides */
    const char *node; /* who logged in: the author, or a relay of its bundles */
    const char *old;  /* 40 hex; zeros: the ref is new */
    const char *new;  /* 40 hex; zeros: deletion, refused */
    const char *ref;
    const char *quarantine; /* folder of the objects that came, NULL: not looked at */
};

/**
 * gate_check - whether this push may be taken. Reads only.
 * Return: 0, or -1 and @e: ERR_GATE_NODE, ERR_GATE_REF, ERR_GATE_LIMIT,
 * ERR_BUNDLE_CHAIN, ERR_BUNDLE_FORM, ERR_BUNDLE_SIZE, ERR_BUNDLE_DAMAGED, ERR_MANIFEST,
 * ERR_SIGNATURE, ERR_REPO.
 */
MUST_CHECK int gate_check(struct repo *r, const struct gate_push *p, struct err *e);

/**
 * gate_worker_main - `sohoa worker gate`: the pre-receive hook.
 * Reads "<old> <new> <ref>" lines from descriptor 0, HOME from SOHOA_GATE_HOME and the
 * node from SOHOA_GATE_NODE (set by receive); says why on descriptor 2 in Vietnamese
 * and English, and as a GATE_MSG_REFUSED message on descriptor 3 when that is there.
 * Return: exit code; only 0 lets the push through.
 */
int gate_worker_main(void);

#define GATE_MSG_REFUSED 0x67617465u

#endif
