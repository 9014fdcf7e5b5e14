/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_SYNC_WORKER_H
#define SOHOA_SYNC_SYNC_WORKER_H

/*
 * Between rpush_fetch() and `sohoa worker sync`, over msg.h:
 *
 *   parent  JOB     {"idle_ms":…,"refs":[…],"repo":"<absolute path>"}
 *           FROM    with the descriptor to read from ssh
 *           TO      with the descriptor to write to ssh
 *   worker  DONE    {"bytes_down":…,"bytes_up":…,"moved":…}
 *           FAILED  an error (msg_send_error)
 */
enum sync_worker_msg {
    SYNC_WORKER_JOB = 1,
    SYNC_WORKER_FROM,
    SYNC_WORKER_TO,
    SYNC_WORKER_DONE,
    SYNC_WORKER_FAILED
};

#define SYNC_WORKER_JOB_MAX ((size_t)1 << 20)

#endif
