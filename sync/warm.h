/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_WARM_H
#define SOHOA_SYNC_WARM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "node/base/auto.h"

struct err;
struct line;

/*
 * An ssh master (master.h) that outlives its run, so that the next one has no handshake
 * to wait for: ssh's own ControlPersist. It ends by itself when nothing has gone
 * through it for as long as was told, also when this program is never run again.
 *
 *      HOME/run/up.json   {"pid":…,"path":"<socket>","to":"<SHA-256>"}
 *
 * "to" names all that decides whom it talks to and as whom: address, our key, the host
 * keys that are trusted, ssh's configuration. A master that talks to another, or that
 * is not wanted any more, is ended by the run that finds it. Whoever calls holds the
 * lock of the home's sending side (sync.lock).
 */
#define WARM_PATH_MAX 108 /* struct sockaddr_un */

struct warm {
    pid_t pid; /* 0: none */
    int pidfd;
    char path[WARM_PATH_MAX]; /* of its socket */
};

#define WARM_INIT                                                                      \
    {                                                                                  \
        .pidfd = -1                                                                    \
    }

/** warm_find - the master that an earlier run left, when it runs and is for @l. One
 * that is not is ended. @path: of its socket. True: *@out. */
bool warm_find(const struct line *l, const char *path, struct warm *out);

/** warm_keep - the master behind @path went on by itself: find it and write it down.
 * Return: 0 and *@out, or -1 and @e: ERR_LINE (it is not there), disk errors. */
MUST_CHECK int warm_keep(const struct line *l, const char *path, struct warm *out,
                         struct err *e);

bool warm_runs(const struct warm *w);
/** warm_end - kill it and forget it, its socket too. */
void warm_end(const char *home, struct warm *w);
/** warm_clear - let it run. A second time does nothing. */
void warm_clear(struct warm *w);

#endif
