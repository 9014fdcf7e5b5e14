/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_SYNC_WORKER_H
#define SOHOA_SYNC_SYNC_WORKER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Between ask_fetch() and `sohoa worker sync`, over msg.h:
 *
 *   parent  JOB     {"idle_ms":…,"refs":[…],"repo":"<absolute path>"}
 *           FROM    with the descriptor to read from ssh
 *           TO      with the descriptor to write to ssh
 *   worker  BEAT    {"wait_ms":…}, while there is progress, once a second at most: it
 * is heard again within that time, or it hangs DONE
 * {"bytes_down":…,"bytes_up":…,"moved":…} FAILED  an error (msg_send_error)
 */
enum sync_worker_msg {
    SYNC_WORKER_JOB = 1,
    SYNC_WORKER_FROM,
    SYNC_WORKER_TO,
    SYNC_WORKER_BEAT,
    SYNC_WORKER_DONE,
    SYNC_WORKER_FAILED
};

#define SYNC_WORKER_JOB_MAX  ((size_t)1 << 20)
#define SYNC_WORKER_IDLE_MAX INT64_C(3600000)  /* as sync.idle_s */
#define SYNC_WORKER_WAIT_MAX INT64_C(10000000) /* more than any wait */

enum sync_worker_phase {
    SYNC_WORKER_STARTS, /* ssh gets through to the other end: slow on a bad line */
    SYNC_WORKER_LINE,   /* bytes come; the worker gives up the line by itself */
    SYNC_WORKER_DISK    /* all is there; a large pack is indexed and synced */
};

/** sync_worker_wait - how long silence is fine in @phase, in ms. @idle_ms: of the
 * line. */
int64_t sync_worker_wait(int64_t idle_ms, enum sync_worker_phase phase);

/**
 * sync_worker_main - `sohoa worker sync`: the libgit2 side of ask_fetch(). Takes the
 * two descriptors of ssh over descriptor 3, then locks itself in.
 */
int sync_worker_main(void);

#endif
