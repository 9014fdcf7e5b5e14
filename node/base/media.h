/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_MEDIA_H
#define SOHOA_BASE_MEDIA_H

#include <stdbool.h>

#include "node/base/auto.h"

struct err;

/*
 * Sticks and cards that are plugged in, as the kernel's list of mounts says: what is
 * mounted below /media or /run/media (where desktops put them), and what hangs on USB
 * wherever it is mounted. A folder that a stick left behind is no mount and is not
 * among them. Nothing here touches the medium itself: one that hangs keeps nobody
 * waiting.
 */
#define MEDIA_ID_MAX   17  /* with NUL */
#define MEDIA_PATH_MAX 512 /* with NUL; longer ones are left out */
#define MEDIA_MAX      32  /* at one time */

struct media {
    char id[MEDIA_ID_MAX];     /* follows from the place; good in an address */
    char path[MEDIA_PATH_MAX]; /* where it is mounted, absolute */
    const char *name;          /* last part of it: its label as a rule. view of path */
    bool read_only;
};

typedef int media_fn(void *ctx, const struct media *m, struct err *e);

/** media_each - all that are plugged in, in the kernel's order. */
MUST_CHECK int media_each(media_fn *each, void *ctx, struct err *e);

/** media_find - the one of this id. Return: 0, or -1 and @e: ERR_MEDIUM_ABSENT. */
MUST_CHECK int media_find(const char *id, struct media *out, struct err *e);

/** media_parse - the same of a text in the form of /proc/self/mountinfo. @usb: whether
 * a device ("8:17") hangs on USB. */
typedef bool media_usb(const char *device);
MUST_CHECK int media_parse(char *text, media_usb *usb, media_fn *each, void *ctx,
                           struct err *e);

#endif
