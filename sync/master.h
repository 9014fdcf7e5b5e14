/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_MASTER_H
#define SOHOA_SYNC_MASTER_H

#include <stdbool.h>

#include "node/base/auto.h"
#include "node/base/proc.h"
#include "sync/patience.h"

struct err;
struct line;
struct str;

/*
 * One ssh connection for all that a run asks of its upper tier: a handshake is four
 * round trips and 5 KB each way, on a poor line more than what is to be said. It is the
 * master of OpenSSH's multiplexing ("ssh -M -N"), started by us, reached through a
 * socket of ours, and ended with the run or with us.
 *
 *      HOME/run/up-<pid>.sock, or below /run/user/<uid> when that name is too long
 *
 * A master does not know that its line is dead: whoever joins it then waits for ever.
 * So it is killed whenever anything that went through it failed (master_doubt()), and
 * the next command makes a new one.
 *
 * Where no socket can be (name too long, a file system without them), commands connect
 * each by themselves as ever.
 */
#define MASTER_PATH_MAX 108 /* struct sockaddr_un */
#define MASTER_NAME_MAX 90  /* ssh adds 17 characters while it makes the socket */
#define MASTER_START_MS 45000

struct master {
    const char *home; /* kept */
    struct proc ssh;
    char path[MASTER_PATH_MAX]; /* "": none can be had */
    bool looked;                /* for a place, and at ssh's own configuration */
    bool dial;                  /* connections are made by us (dial.h) */
    struct patience patience;   /* with this line, from the first connection on */
};

#define MASTER_INIT                                                                    \
    {                                                                                  \
        .ssh = PROC_INIT                                                               \
    }

/** master_open - nothing is started yet. @home: kept. */
void master_open(struct master *m, const char *home);
/** master_close - end the connection and keep what was learned. A second time does
 * nothing. */
void master_close(struct master *m);
#define AUTO_MASTER AUTO(master_close)

/**
 * master_ready - a connection to join; made when there is none. The first time sockets
 * of runs that were killed are removed.
 * @path: view of its socket, NULL: connect without one.
 * Return: 0, or -1 and @e: as line_failed(), ERR_WORKER_START; ERR_LINE "stopped".
 */
MUST_CHECK int master_ready(struct master *m, const struct line *l, const char **path,
                            struct err *e);

/** master_doubt - something failed: kill it. @words: what ssh said is added; may be
 * NULL. */
void master_doubt(struct master *m, struct str *words);

#endif
