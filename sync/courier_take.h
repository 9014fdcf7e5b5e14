/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_COURIER_TAKE_H
#define SOHOA_SYNC_COURIER_TAKE_H

#include <stdint.h>

#include "node/base/auto.h"
#include "sync/receive.h"

struct courier_in;
struct err;

/*
 * What a courier file brings, at its receiver. Upwards: requests, each through the same
 * gate as one over the line (receive.h), in whatever order they lie on the stick and
 * however often it is read; a hub brings those of its communes, and every district what
 * it has (have.h). Homewards: the files of a drop box.
 *
 * A request whose bundles do not follow what is here waits in
 * HOME/spool/courier/<node>/ for the one between (another volume, another stick); it is
 * tried again whenever the chain has moved.
 */
enum courier_take_what {
    COURIER_TAKE_NEW,    /* answered now */
    COURIER_TAKE_KNOWN,  /* answered before: by the line or an earlier reading */
    COURIER_TAKE_PARKED, /* waits for the one before; @answer has no result yet */
};

/** courier_take_told - one request. @size: bytes. -1 and @e stops. */
typedef int courier_take_told(void *ctx, enum courier_take_what what,
                              const struct receive_answer *answer, int64_t size,
                              struct err *e);

/**
 * courier_take_up - at an upper tier: take all requests of @in as the node that the
 * file is from, answers into HOME/outbox/<node>/.
 * @in: borrowed, just opened; read to its end.
 * Return: 0, or -1 and @e: ERR_GATE_NODE, ERR_COURIER_FORM, ERR_COURIER_CUT, ERR_SEAL,
 * ERR_DISK_FULL, … What was told before is taken; reading again goes on.
 */
MUST_CHECK int courier_take_up(const char *home, struct courier_in *in,
                               courier_take_told *told, void *ctx, struct err *e);

/** courier_take_signed - after courier_in_check(): what @node says that it has counts
 * from now on. Disk errors. */
MUST_CHECK int courier_take_signed(const char *home, const char *node, struct err *e);

/**
 * courier_take_home - at a lower node: unpack what is for @node into the drop box
 * @folder (FOLDER/outbox/<node>/…). Answers count only after courier_in_check(): when
 * the end is missing, the caller removes them.
 * @files, @bytes: added to. Errors as above.
 */
MUST_CHECK int courier_take_home(const char *folder, const char *node,
                                 struct courier_in *in, int64_t *files, int64_t *bytes,
                                 struct err *e);

#endif
