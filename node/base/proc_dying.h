/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_PROC_DYING_H
#define SOHOA_BASE_PROC_DYING_H

#include <stddef.h>
#include <sys/types.h>

struct proc;

/*
 * Children that were told to die and are not waited for: one that hangs in the disk
 * dies when the disk lets it. For a loop that must never wait.
 */
#define PROC_DYING_MAX 64

struct proc_dying {
    pid_t pids[PROC_DYING_MAX];
    size_t count;
};

/** proc_dying_add - SIGKILL (and its group), close all, never wait. @d: its pid waits
 * there to be reaped; NULL, or full: it is reaped when we end. */
void proc_dying_add(struct proc_dying *d, struct proc *p);
/** proc_dying_reap - those that are dead are reaped. Never waits. */
void proc_dying_reap(struct proc_dying *d);

#endif
