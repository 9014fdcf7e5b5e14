/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_COURIER_H
#define SOHOA_SYNC_COURIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "sync/names.h"

struct err;
struct sign_public;
struct sign_secret;

/*
 * The courier file: a drop box (dropbox.h) in one file, for a stick.
 *
 *   sealed   "sohoa-courier 1\n", one line of canonical JSON
 *            {"boxes":[{"box":<160 hex>,"node":…},…],"from":…,"head":<48 hex>,
 *             "made":…,"to":…,"volume":…}, then the chunks of sealbox.h; the two
 *            lines are bound to the first chunk; inside lies the archive
 *   plain    the archive alone
 *
 * The archive is ustar: head.json, readme.txt, then files, then index.json and
 * index.json.sig (SSHSIG by the sender, namespace "sohoa-courier"), two blocks of
 * zeros. Files:
 *
 *   inbox/<node>/<id>.req                 requests, upwards
 *   outbox/<node>/<id>.answer             answers, homewards
 *   outbox/<node>/<unit>/<a>-<b>.req      steps of refs, homewards
 *
 * What does not fit into one volume goes on in the next: the name with the ending .002,
 * .003, …; each volume is whole in itself and may be read alone and in any order. A
 * file is written as <name>.part and takes its name only after every byte was read
 * back from the stick.
 */
#define COURIER_VOLUME_MAX  ((int64_t)3900 << 20) /* FAT takes files below 4 GiB */
#define COURIER_VOLUMES     ((int64_t)999)
#define COURIER_FILE_MAX    ((int64_t)64 << 30) /* of what is read */
#define COURIER_ENTRIES_MAX ((size_t)20000)     /* in one volume */
#define COURIER_ENTRY_MAX   ((int64_t)512 << 20)
#define COURIER_NAME_MAX    256
#define COURIER_SPACE       "sohoa-courier"

struct courier_head {
    char from[NAMES_NODE_MAX];
    char to[NAMES_NODE_MAX];
    int64_t made;   /* seconds UTC; one value in all volumes of a writing */
    int64_t volume; /* from 1 */
    bool sealed;
};

/* ---- writing -------------------------------------------------------------------- */

/** courier_told - one volume is on the stick under its name, read back. */
typedef int courier_told(void *ctx, const char *path, int64_t volume, int64_t size,
                         const char *sha256, size_t files, struct err *e);

struct courier_opts {
    const char *path;              /* kept: of the first volume */
    const struct sign_secret *own; /* kept: whose writing it is */
    const struct sign_public *to;  /* kept: who opens it, besides the writer */
    const char *own_node;          /* their names; NULL: they have their first keys */
    const char *to_node;
    bool plain;         /* not sealed */
    int64_t volume_max; /* 0: COURIER_VOLUME_MAX */
    courier_told *told; /* may be NULL */
    void *ctx;
};

struct courier_out;
/**
 * courier_out_open - begin to write. Files of that name by the same writer are
 * replaced.
 * Return: 0, or -1 and @e: ERR_COURIER_FOREIGN (another file has that name),
 * ERR_COURIER_FULL (not even an empty one fits), ERR_KEY, disk errors.
 */
MUST_CHECK int courier_out_open(const struct courier_opts *o, struct courier_out **out,
                                struct err *e);
/**
 * courier_out_add - put the file @path in as @name. A volume that would grow above its
 * size is finished first; it holds one file at least.
 * Return: 1, 0 the stick has no room for it (nothing was written), -1 and @e:
 * ERR_COURIER_BACK (the stick did not keep what was written), ERR_LIMIT, disk errors.
 */
MUST_CHECK int courier_out_add(struct courier_out *w, const char *name,
                               const char *path, struct err *e);
/** courier_out_end - finish the last volume, remove further ones of an older writing.
 * Only then everything is on the stick. Errors as above. */
MUST_CHECK int courier_out_end(struct courier_out *w, struct err *e);
void courier_out_free(struct courier_out *w); /* what is not finished goes */
void courier_out_auto(struct courier_out **w);
#define AUTO_COURIER_OUT AUTO(courier_out_auto)

/** courier_volume_path - where volume @n lies whose first is @path. owned, mem_free().
 */
char *courier_volume_path(const char *path, int64_t n);

/* ---- reading -------------------------------------------------------------------- */

/** courier_peek - whose file it is, without a key; nothing of it is proven.
 * Return: 1, 0 it is no courier file, -1 and @e. */
MUST_CHECK int courier_peek(const char *path, struct courier_head *out, struct err *e);

struct courier_in;
/**
 * courier_in_open - begin to read as the receiver (or the writer) of a file.
 * Return: 0, or -1 and @e: ERR_COURIER_FORM, ERR_COURIER_TO (sealed for others),
 * ERR_COURIER_CUT, ERR_SEAL, ERR_READ.
 */
MUST_CHECK int courier_in_open(const char *path, const struct sign_secret *own,
                               struct courier_in **out, struct err *e);
void courier_in_close(struct courier_in *in);
void courier_in_auto(struct courier_in **in);
#define AUTO_COURIER_IN AUTO(courier_in_auto)
/** courier_in_head - view. */
const struct courier_head *courier_in_head(const struct courier_in *in);

struct courier_entry {
    const char *name; /* view, valid until the next; only a-z 0-9 . _ - and / */
    int64_t size;
};
/**
 * courier_in_next - the next file; what is left of the one before is read as well.
 * Return: 1, 0 at the end, -1 and @e: ERR_COURIER_CUT (no end), ERR_COURIER_FORM,
 * ERR_SEAL (damaged here), ERR_READ. Files that came before are whole.
 */
MUST_CHECK int courier_in_next(struct courier_in *in, struct courier_entry *out,
                               struct err *e);
/** courier_in_read - bytes of the present file. Return: bytes, 0 at its end, -1. */
MUST_CHECK ssize_t courier_in_read(struct courier_in *in, void *buf, size_t len,
                                   struct err *e);
/** courier_in_end - read the rest of the present file; its SHA-256. */
MUST_CHECK int courier_in_end(struct courier_in *in, char sha256[HASH_HEX],
                              struct err *e);
/** courier_in_ahead - have what follows read while the caller works, so that a slow
 * stick never stands still: by a process of its own, since the kernel takes a wish for
 * no more than a megabyte or two. */
void courier_in_ahead(struct courier_in *in);
/**
 * courier_in_check - after the end: the index lists just what was read, signed by @by.
 * @last: whether no volume follows. ERR_COURIER_FORM, ERR_SIGNATURE.
 */
MUST_CHECK int courier_in_check(const struct courier_in *in,
                                const struct sign_public *by, bool *last,
                                struct err *e);

#endif
