/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_FIRST_DOOR_H
#define SOHOA_SYNC_FIRST_DOOR_H

#include "node/base/auto.h"
#include "sync/first.h"

struct enrol;
struct enrol_node;
struct err;
struct str;

/*
 * The door's side of `find`, `first` and `going` (README.md): what it says is appended
 * to a text; receive.c knows who asks and for which unit.
 */

/**
 * first_catalog - tells which files of a record were taken in; the door itself opens no
 * database. @dir: folder of the commune. Return: 1, 0 no such record, -1 and @e.
 */
typedef int first_catalog(const char *dir, const char *item, first_file_fn *each,
                          void *ctx, struct err *e);

struct first_door {
    const char *home;
    const char *dir;         /* of the commune whose record it is */
    const struct enrol *all; /* borrowed */
    first_catalog *catalog;  /* NULL: nobody can look; then nothing is found */
    int64_t now;
};

/**
 * first_door_find - the files of @item that are here, what was asked for, and ".".
 * ERR_ITEM_ABSENT.
 */
MUST_CHECK int first_door_find(const struct first_door *d, const char *item,
                               struct str *out, struct err *e);

/** first_door_ask - note that they are wanted first. ERR_ITEM_ABSENT, ERR_LIMIT. */
MUST_CHECK int first_door_ask(const struct first_door *d, const char *item,
                              enum first_want want, struct str *out, struct err *e);

/** first_door_going - what the commune @author says about it. At a hub it is kept to be
 * told further up. ERR_ITEM_ABSENT: not its record. */
MUST_CHECK int first_door_going(const struct first_door *d,
                                const struct enrol_node *author, const char *item,
                                enum first_want want, enum first_state state,
                                struct str *out, struct err *e);

#endif
