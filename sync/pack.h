/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_PACK_H
#define SOHOA_SYNC_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "sync/names.h"

struct err;

/*
 * A request: what a node asks `git receive-pack --stateless-rpc` to do, as one file.
 * Its name is the SHA-256 of its bytes. The same file goes over the line, on a stick or
 * through a drop box.
 *
 *      4 hex digits of length, then  <old> SP <new> SP <ref> NUL <capabilities>
 *      "0000"
 *      pack (version 2, whole objects only)
 *
 * Exactly one command; old = 40 zeros when the ref is new.
 */
#define PACK_COMMAND_MAX ((size_t)1000)

struct pack_command {
    char old[NAMES_OID_MAX];
    char new[NAMES_OID_MAX];
    char ref[NAMES_REF_MAX];
    int64_t pack_at; /* offset of the pack in the file */
};

/* An id of 40 zeros: no commit. */
#define PACK_ZERO "0000000000000000000000000000000000000000"

/**
 * pack_read_command - the command at the start of a request.
 * @fd: borrowed; read with pread. Return: 0, or -1 and @e: ERR_GATE_FORM.
 */
MUST_CHECK int pack_read_command(int fd, const char *name, struct pack_command *out,
                                 struct err *e);

/**
 * pack_count - how many objects the pack at @at says it has.
 * Return: 0, or -1 and @e: ERR_GATE_FORM.
 */
MUST_CHECK int pack_count(int fd, const char *name, int64_t at, uint64_t *count,
                          struct err *e);

struct pack_found {
    size_t objects;
    int64_t inflated; /* bytes of all objects unpacked */
};

/**
 * pack_check - walk a pack from @at to the end of the file within the gate's limits.
 * Inflates every object with a bound, in constant memory; refuses deltas, tags, sizes
 * that lie and anything after the pack. Its SHA-1 trailer is left to git.
 * Return: 0, or -1 and @e: ERR_GATE_FORM, ERR_GATE_LIMIT, ERR_READ.
 */
MUST_CHECK int pack_check(int fd, const char *name, int64_t at,
                          struct pack_found *found, struct err *e);

#endif
