/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_MASTER_H
#define SOHOA_SYNC_MASTER_H

#include <stdbool.h>

#include "node/base/auto.h"
#include "node/base/proc.h"
#include "sync/dial.h"
#include "sync/patience.h"
#include "sync/warm.h"

struct err;
struct line;
struct str;

/*
 * One ssh connection for all that a run asks of its upper tier: a handshake is four
 * round trips and 5 KB each way, on a poor line more than what is to be said. It is the
 * master of OpenSSH's multiplexing ("ssh -M -N"), started by us, reached through a
 * socket of ours, and ended with the run or with us.
 *
 *      HOME/run/up-<pid>.sock, or below /run/user/<uid> when that name is too long;
 *      up-<pid>b.sock. One that stays for the next run: up.sock
 *
 * A master does not know that its line is dead: whoever joins it then waits for ever.
 * So it is killed whenever anything that went through it failed (master_doubt()), and
 * the next command makes a new one.
 *
 * A line that is silent may be dead or only slow. So that neither costs much, a spare
 * one is made beside it (master_spare()): the first that is there is taken.
 *
 * Where no socket can be (name too long, a file system without them), commands connect
 * each by themselves as ever.
 */
#define MASTER_PATH_MAX 108 /* struct sockaddr_un */
#define MASTER_NAME_MAX 90  /* ssh adds 17 characters while it makes the socket */
#define MASTER_START_MS 45000

/* One connection. */
struct master_link {
    struct proc ssh;
    struct warm warm;           /* it goes on by itself, and is no child of ours */
    char path[MASTER_PATH_MAX]; /* of its socket; "": none can be had */
    bool there;                 /* the socket was seen */
    bool stays;                 /* when it is there it goes on by itself */
    int tcp;                    /* its connection, to look at; -1: not known */
};

struct master {
    const char *home;         /* kept */
    struct master_link link;  /* that commands join */
    struct master_link spare; /* beside it while it is silent */
    int64_t warm_s;           /* how long it outlives us unused; 0: it does not */
    bool unproven;            /* an earlier run left it, and nothing came by it yet */
    bool looked;              /* for a place, and at ssh's own configuration */
    bool dial;                /* connections are made by us (dial.h) */
    struct dial_place place;  /* and lead there */
    struct patience patience; /* with this line, from the first connection on */
};

#define MASTER_INIT                                                                    \
    {                                                                                  \
        .link = {.ssh = PROC_INIT, .tcp = -1}, .spare = {.ssh = PROC_INIT, .tcp = -1 } \
    }

/** master_open - nothing is started yet. @home: kept. @warm_s: not 0: the connection
 * stays for so long after the last use, and one that an earlier run left is used
 * (warm.h); 0: one that was left ends. The caller then holds the lock of the sending
 * side. -1: neither. */
void master_open(struct master *m, const char *home, int64_t warm_s);
/** master_close - end the connection, or leave it to the next run, and keep what was
 * learned. A second time does nothing. */
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

/** master_begin - start one now, so that the handshake goes on while we do other
 * things. What goes wrong is told by master_ready(). */
void master_begin(struct master *m, const struct line *l);

/** master_tcp - the TCP connection under the one that commands join, to look at
 * (wire.h). borrowed until master_doubt() or master_close(); -1: ssh made it, or an
 * earlier run did. */
int master_tcp(const struct master *m);

/** master_doubt - something failed: kill it. A spare one takes its place. @words: what
 * ssh said is added; may be NULL. */
void master_doubt(struct master *m, struct str *words);

/** master_spare - the connection is silent: begin another beside it, or look how far it
 * is. True: it is there, and master_doubt() would take it. Never waits. */
bool master_spare(struct master *m, const struct line *l);
/** master_calm - the connection spoke: no spare one is needed. */
void master_calm(struct master *m);
/** master_quiet_ms - how long to wait for its next word before master_spare():
 * @usual_ms, or less as long as nothing shows that it is not a dead one that was left.
 */
int64_t master_quiet_ms(const struct master *m, int64_t usual_ms);

#endif
