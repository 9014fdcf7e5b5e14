/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_COURIER_H
#define SOHOA_FLOW_FLOW_COURIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/flow/flow.h"
#include "node/flow/flow_sync.h"
#include "sync/names.h"

/*
 * By stick: the requests of `sync run` and the answers and receipts to them as courier
 * files (sync/courier.h). Where a folder is named instead of a file, names fit FAT: the
 * first eight digits of the lower node, .GUI (gửi) upwards and .TRA (trả) homewards.
 *
 * A commune that is enrolled at a hub writes for the hub; the hub takes it in, carries
 * the requests of all its communes further up as its own writing, and brings answers
 * and receipts home. Any district tells with its writing what it has, and gets what it
 * may read from there on.
 */
struct flow_courier_opts {
    const char *path;   /* a file, or the folder of the stick */
    const char *key;    /* public key file of the receiver, of a node below its name as
                           well; NULL: see below */
    const char *node;   /* at an upper tier: for this node; NULL: see below */
    bool plain;         /* not sealed */
    bool chains;        /* from an upper tier: the node's own chains as well */
    bool up;            /* at a district: for the tier above, see below */
    bool pages;         /* to a district: pictures of pages as well */
    int64_t volume_mib; /* 0: as much as FAT takes */
};

#define FLOW_COURIER_VOLUME_MIB 3900 /* largest volume: FAT takes less than 4 GiB */
#define FLOW_COURIER_NODES      ((size_t)256) /* nodes whose files one reading takes */

struct flow_courier_sum {
    struct flow_sync_sum sync; /* "accepted" and "waiting" of an upper tier: requests */
    int64_t files;             /* written or read */
    int64_t requests;          /* in them */
    int64_t remaining;         /* bundles that did not fit on the stick */
    bool full;
    bool up;                /* at a district: it was between it and the tier above */
    int64_t bundles, items; /* read from above by a district */
    /* at an upper tier: whose files were read */
    char (*nodes)[NAMES_NODE_MAX]; /* owned */
    size_t node_count, node_cap;
};
void flow_courier_sum_clear(struct flow_courier_sum *sum);
#define AUTO_COURIER_SUM AUTO(flow_courier_sum_clear)

/**
 * flow_courier_write - a node: everything that upstream has not answered, sealed for
 * the key of its hub or, when it has none, of the upstream. An upper tier: answers and
 * receipts for one node (a district: what it may read): @opts->node, the one of
 * @opts->key, or the only one whose file lies in the same folder. With @opts->chains
 * all that was ever taken in from a commune, for a node that is made again or takes
 * back what its disk has not (ERR_ROLE: only an upper tier has that). A district writes
 * upwards instead when @opts->up says so, or when none of that is given and no lower
 * node's file lies there.
 * Lines "progress" with "done" of "total" bundles while a commune writes them, and with
 * their state (sent), and "file", told after the stick was read back.
 * Return: 0 (@sum->full: not everything fitted), or -1 and @e: ERR_COURIER_FULL,
 * ERR_COURIER_FOREIGN, ERR_COURIER_WHO, ERR_COURIER_BACK, ERR_UPSTREAM_KEY_UNSET,
 * ERR_GATE_NODE, disk errors.
 */
MUST_CHECK int flow_courier_write(struct flow *f, const struct flow_courier_opts *opts,
                                  const struct flow_listener *to,
                                  struct flow_courier_sum *sum, struct err *e);

/**
 * flow_courier_read - take in a courier file and its further volumes, or all of a
 * folder that are for this node. May be repeated at will, in any order. A hub takes
 * requests from below and answers from above, each by who wrote the file; receipts
 * count there once ingest has read them.
 * Lines "progress", "file", "receipt"; "failed" for a file that is damaged: the others
 * are taken all the same, and the first error is returned at the end.
 * Return: 0, or -1 and @e: ERR_COURIER_*, ERR_SEAL, ERR_SIGNATURE, ERR_GATE_NODE, …
 */
MUST_CHECK int flow_courier_read(struct flow *f, const char *path,
                                 const struct flow_listener *to,
                                 struct flow_courier_sum *sum, struct err *e);

/**
 * flow_courier_look - what of ours lies in the folder of a stick: to each courier file
 * an object is added to @files: "name", "bytes", "made", "volume", "to": "us", "away"
 * (we wrote it) or "other". Nothing of it is proven. At most FLOW_COURIER_LOOK files
 * are looked at. Return: 0, or -1 and @e: disk errors.
 */
#define FLOW_COURIER_LOOK ((size_t)500)
struct jdoc;
MUST_CHECK int flow_courier_look(struct flow *f, const char *folder, struct jdoc *files,
                                 struct err *e);

/**
 * flow_courier_unpack - for a node that is being made again: what a courier file and
 * its further volumes bring home, as a drop box in the folder @box, which is made anew.
 * Every byte was verified, and the sender's signature, when it returns.
 * Errors as flow_courier_read().
 */
MUST_CHECK int flow_courier_unpack(struct flow *f, const char *path, const char *box,
                                   const struct flow_listener *to, struct err *e);

/**
 * flow_courier_verify - read every byte of a courier file and its further volumes,
 * change nothing. By its receiver or its writer. A line "file" for each volume.
 */
MUST_CHECK int flow_courier_verify(struct flow *f, const char *path,
                                   const struct flow_listener *to,
                                   struct flow_courier_sum *sum, struct err *e);

#endif
