/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/proc_dying.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "node/base/proc.h"

void proc_dying_add(struct proc_dying *d, struct proc *p)
{
    if (p->pid > 0) {
        if (p->group)
            (void)kill(-p->pid, SIGKILL);
        (void)kill(p->pid, SIGKILL);
        if (d && d->count < PROC_DYING_MAX)
            d->pids[d->count++] = p->pid;
        p->pid = 0;
    }
    proc_clear(p);
    if (d)
        proc_dying_reap(d);
}

void proc_dying_reap(struct proc_dying *d)
{
    size_t left = 0;

    for (size_t i = 0; i < d->count; i++) {
        pid_t rc = 0;

        do
            rc = waitpid(d->pids[i], NULL, WNOHANG);
        while (rc < 0 && errno == EINTR);
        if (rc == 0)
            d->pids[left++] = d->pids[i];
    }
    d->count = left;
}
