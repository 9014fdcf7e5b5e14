/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_PROC_H
#define SOHOA_BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "node/base/auto.h"
#include "node/base/sandbox.h"

struct err;

/*
 * Child processes under supervision. A worker is this very program again
 * ("sohoa worker KIND"), so there is one file to install and no half-copied state. It
 * talks over a socketpair that it finds on descriptor 3 (msg.h). Nothing else of ours
 * is inherited: every descriptor is O_CLOEXEC.
 */
#define PROC_WORKER_FD 3

enum proc_stream {
    PROC_NULL,    /* /dev/null */
    PROC_INHERIT, /* the parent's */
    PROC_PIPE,    /* a pipe, our end in struct proc */
    PROC_FD,      /* the descriptor given in the options */
};

struct proc_opts {
    const char *const *argv; /* argv[0]: path, or a name looked up in PATH */
    const char *const *env;  /* NULL-ended "NAME=value", added; may be NULL */
    enum proc_stream in, out, err;
    int in_fd, out_fd;            /* borrowed, for PROC_FD */
    bool socket;                  /* socketpair on the child's descriptor 3 */
    bool low_priority;            /* nice 10, idle I/O class: yields to the clerk */
    const char *folder;           /* working folder, NULL: as it is */
    struct sandbox_limits limits; /* set in the child before exec */
    const struct sandbox_path
        *paths; /* Landlock in the child before exec; NULL: none */
    size_t path_count;
};

struct proc {
    pid_t pid;        /* 0: none */
    int in, out, err; /* our ends of pipes, -1 */
    int sock;         /* our end of the socketpair, -1 */
};

#define PROC_INIT                                                                      \
    {                                                                                  \
        .in = -1, .out = -1, .err = -1, .sock = -1                                     \
    }

struct proc_exit {
    bool signaled;
    int status; /* exit code, or the signal */
    uint64_t cpu_ms;
    uint64_t peak_kib; /* largest resident set */
};

/** proc_start - fork and exec. Return: 0 and *@p, or -1 and @e: ERR_WORKER_START
 * (also when exec itself failed: reported through a pipe, not by an exit code). */
MUST_CHECK int proc_start(const struct proc_opts *o, struct proc *p, struct err *e);

/**
 * proc_start_worker - "sohoa worker @kind" with a socket on 3, OMP_THREAD_LIMIT=1 in
 * its environment before exec (libgomp reads it at load), /dev/null for 0 and 1, stderr
 * inherited only under SOHOA_WORKER_STDERR.
 * @o: further options or NULL; its argv, in, out, err and socket are not looked at.
 */
MUST_CHECK int proc_start_worker(const char *kind, const struct proc_opts *o,
                                 struct proc *p, struct err *e);

/** proc_wait - until it ended or @deadline_ms (clock_mono_ms; 0: for ever).
 * Return: 1 ended and *@how, 0 still running, -1. */
MUST_CHECK int proc_wait(struct proc *p, int64_t deadline_ms, struct proc_exit *how,
                         struct err *e);

/** proc_kill - SIGKILL by pid and reap. @how may be NULL. */
void proc_kill(struct proc *p, struct proc_exit *how);

/** proc_add_cpu - allow @more_s CPU seconds beyond what the child has used up to now.
 */
MUST_CHECK int proc_add_cpu(struct proc *p, uint64_t more_s, struct err *e);

/** proc_usage - CPU milliseconds used so far and resident KiB, from /proc. */
MUST_CHECK int proc_usage(const struct proc *p, uint64_t *cpu_ms, uint64_t *rss_kib,
                          struct err *e);

/** proc_clear - kill if running, close all. */
void proc_clear(struct proc *p);
#define AUTO_PROC AUTO(proc_clear)

/** proc_run - start, read at most @max bytes of its output, wait. For small helpers. */
struct str;
MUST_CHECK int proc_run(const struct proc_opts *o, struct str *out, int64_t wait_ms,
                        struct proc_exit *how, struct err *e);

#endif
