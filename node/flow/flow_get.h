/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_GET_H
#define SOHOA_FLOW_FLOW_GET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/flow/flow.h"

struct flow_get_sum {
    int64_t items, objects; /* objects: fetched or here already */
    int64_t asked;          /* records of which something is not there yet */
    int64_t bytes_up, bytes_down;
};

/**
 * flow_get_items - at a reader above: fetch the files that the pages of these records
 * came from, one by one, each gone on with at the byte where the line broke. The
 * records themselves must be here already (flow_ingest_pull()). Every file is hashed
 * before it counts. One that is here already is not asked for.
 * @pages: the pictures in layers instead, of pages that have one.
 * What the tier above has not got either the commune is asked to send first; where it
 * sends to this very tier, that is noted here (flow_first_sign()).
 * Tells a line "object" for each file: item, page, media, bytes, sha256, path, state
 * (here | fetched), and a line "first" for each record of which something is missing:
 * item, want, state (sync/first.h), since.
 * Return: 0, or -1 and @e: ERR_ITEM_ABSENT, ERR_GATE_READ, ERR_OBJECT_MISSING (the tier
 * above is older and cannot ask), ERR_URL (a folder cannot be asked), those of
 * get_object(), store and disk errors.
 */
MUST_CHECK int flow_get_items(struct flow *f, const char *const *items, size_t count,
                              bool pages, const struct flow_listener *to,
                              struct flow_get_sum *sum, struct err *e);

#endif
