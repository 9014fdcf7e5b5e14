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
    PROC_PAIR,    /* one end of a socketpair: descriptors can come along */
};

struct proc_opts {
    const char *const *argv; /* argv[0]: path, or a name looked up in PATH */
    const char *program;     /* file to execute when it is not argv[0]; may be NULL */
    const char *const *env;  /* NULL-ended "NAME=value", added; may be NULL */
    enum proc_stream in, out, err;
    int in_fd, out_fd;            /* borrowed, for PROC_FD */
    bool socket;                  /* socketpair on the child's descriptor 3 */
    bool low_priority;            /* nice 10, idle I/O class: yields to the clerk */
    const char *folder;           /* working folder, NULL: as it is */
    struct sandbox_limits limits; /* set in the child before exec */
    /* Landlock in the child before exec; NULL: none. The child still has to be
     * executed: give EXECUTE and READ on the program and on the folder of the loader
     * and the libraries ("/usr"), READ on /etc/ld.so.cache when the start should be
     * quick. */
    const struct sandbox_path *paths;
    size_t path_count;
    /* Called in the child, the last before exec, when proc_start() has long returned
     * with success: what takes a while (a connection) and costs no program of its own.
     * Not 0: the child exits with that; with 127 when exec fails after it. It has
     * descriptors 0 to 2 only, and may allocate: not for a process with threads. NULL:
     * none. */
    int (*before)(void *ctx);
    void *before_ctx;
};

struct proc {
    pid_t pid;        /* 0: none */
    int in, out, err; /* our ends of pipes and pairs, -1 */
    int sock;         /* our end of the socketpair, -1 */
    int pidfd;        /* readable when the child has ended (for poll), -1 */
    bool group;       /* leads a process group of its own */
};

#define PROC_INIT                                                                      \
    {                                                                                  \
        .in = -1, .out = -1, .err = -1, .sock = -1, .pidfd = -1                        \
    }

struct proc_exit {
    bool signaled;
    int status; /* exit code, or the signal */
    uint64_t cpu_ms;
    uint64_t
        peak_kib; /* largest resident set; not below ours at the time of the fork */
};

/**
 * proc_start - fork and exec.
 * The child has default signal actions, an empty signal mask and, unless its input is
 * ours (PROC_INHERIT), a process group of its own: Ctrl-C reaches us alone, and
 * proc_kill() reaches its children too. It dies when we die.
 * Return: 0 and *@p, or -1 and @e: ERR_WORKER_START (also when exec itself failed:
 * reported through a pipe, not by an exit code).
 */
MUST_CHECK int proc_start(const struct proc_opts *o, struct proc *p, struct err *e);

/**
 * proc_start_worker - "sohoa worker @kind" with a socket on 3, OMP_THREAD_LIMIT=1 and
 * large pages for malloc in its environment before exec (libgomp and glibc read it at
 * load), /dev/null for 0 and 1, stderr inherited only under SOHOA_WORKER_STDERR.
 * @o: further options or NULL; its argv, in, out, err and socket are not looked at.
 *     A test names the program to execute in @o->program; else it is this one.
 */
MUST_CHECK int proc_start_worker(const char *kind, const struct proc_opts *o,
                                 struct proc *p, struct err *e);

/** proc_wait - until it ended or @deadline_ms (clock_mono_ms; 0: for ever).
 * Return: 1 ended and *@how, 0 still running, -1. */
MUST_CHECK int proc_wait(struct proc *p, int64_t deadline_ms, struct proc_exit *how,
                         struct err *e);

/** proc_kill - SIGKILL by pid (and its group) and reap. @how may be NULL. */
void proc_kill(struct proc *p, struct proc_exit *how);

/** proc_add_cpu - allow @more_s CPU seconds beyond what the child has used up to now
 * (its soft RLIMIT_CPU; past it the child dies of SIGXCPU). */
MUST_CHECK int proc_add_cpu(struct proc *p, uint64_t more_s, struct err *e);

/** What a process has used. */
struct proc_use {
    uint64_t cpu_ms;  /* so far */
    uint64_t rss_kib; /* resident now */
    bool runs;        /* on a processor or waiting for one; false: asleep */
};
/** proc_usage - from /proc. Return: 0, or -1 and @e: ERR_NOT_FOUND (it is gone). */
MUST_CHECK int proc_usage(const struct proc *p, struct proc_use *use, struct err *e);

/** proc_clear - kill if running, close all. */
void proc_clear(struct proc *p);
#define AUTO_PROC AUTO(proc_clear)

/**
 * proc_exit_worker - how every worker leaves: no exit handlers (a leak check would be
 * killed by the sandbox), counters of a coverage build are kept.
 */
NORETURN void proc_exit_worker(int code);

/**
 * proc_run - start, read its output, wait. For small helpers.
 * @o:   its out is not looked at; err must not be PROC_PIPE.
 * @out: output is appended; beyond out->max the child is killed: ERR_LIMIT.
 * Return: 0 and *@how (whatever its exit code), or -1 and @e: ERR_WORKER_START,
 * ERR_TIMEOUT (killed after @wait_ms), ERR_LIMIT.
 */
struct str;
MUST_CHECK int proc_run(const struct proc_opts *o, struct str *out, int64_t wait_ms,
                        struct proc_exit *how, struct err *e);

#endif
