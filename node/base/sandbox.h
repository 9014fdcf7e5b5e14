/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_SANDBOX_H
#define SOHOA_BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;

/*
 * Confinement of a process that reads untrusted bytes: no_new_privs, resource limits,
 * Landlock over files, a seccomp list of system calls. Seccomp that cannot be installed
 * is an error and the worker does not start; Landlock may be absent (old kernel), which
 * sandbox_landlock_abi() tells and `sohoa doctor` shows.
 */

/** What a folder or file may be used for. */
enum sandbox_access {
    SANDBOX_READ = 1,    /* read files, list folders */
    SANDBOX_WRITE = 2,   /* create, write, rename, remove below */
    SANDBOX_EXECUTE = 4, /* execute */
};

struct sandbox_path {
    const char *path; /* borrowed; absent ones are passed over */
    unsigned access;  /* of enum sandbox_access */
};

enum sandbox_profile {
    SANDBOX_NO_SECCOMP, /* children that are programs of others (pdftoppm): no list */
    SANDBOX_PURE,       /* memory, clock, read/write, recvmsg/sendmsg on fds it has */
    SANDBOX_NET,        /* PURE and TCP connections of its own */
    SANDBOX_FILES,      /* PURE and file calls (below the Landlock paths) */
    SANDBOX_FILES_FORK, /* FILES and fork/execve/wait: the province's gate over git,
                         * whose programs need /usr, /dev/null and /dev/urandom */
};

struct sandbox_limits { /* 0: leave as it is */
    uint64_t address_bytes;
    uint64_t cpu_s;
    uint64_t files;
    bool no_file_writes; /* RLIMIT_FSIZE 0 */
    uint64_t file_bytes; /* RLIMIT_FSIZE otherwise */
};

/**
 * sandbox_limits_set - rlimits, no core dumps, not dumpable, dies with its parent.
 * cpu_s is the soft limit only, so that the parent can raise it (proc_add_cpu). With
 * no_file_writes a write to a file fails with EFBIG instead of killing (SIGXFSZ is
 * ignored, also after exec); pipes, sockets and /dev/null are not concerned.
 * In sanitizer builds address_bytes is left out (ASan reserves terabytes), in coverage
 * builds no_file_writes (counters are files).
 * Usable between fork and exec: nothing is allocated.
 */
MUST_CHECK int sandbox_limits_set(const struct sandbox_limits *l, struct err *e);

/**
 * sandbox_enter - lock this process down, for good.
 * Forbidden calls kill with SIGSYS; those that libraries try on the way (open, stat,
 * ioctl, mapping executable memory, and socket below FILES) fail with EACCES, EPERM or
 * ENOTTY. Everything that opens files (models, catalogues) comes before. Sanitizer and
 * coverage builds let files be read, coverage builds also written: reports and counters
 * need it; the real lists are tested in the plain build.
 * @paths: what remains reachable; count 0: nothing at all.
 * Return: 0, or -1 and @e: ERR_SANDBOX.
 */
MUST_CHECK int sandbox_enter(enum sandbox_profile profile,
                             const struct sandbox_path *paths, size_t count,
                             struct err *e);

/**
 * sandbox_ruleset_open, sandbox_ruleset_apply - the Landlock half alone, for a child
 * that executes another program: made before fork, applied after it (without
 * allocating). Return: descriptor, -1 with *@none set when the kernel has no Landlock,
 * or -1 and @e: ERR_SANDBOX.
 */
MUST_CHECK int sandbox_ruleset_open(const struct sandbox_path *paths, size_t count,
                                    bool *none, struct err *e);
MUST_CHECK int sandbox_ruleset_apply(int ruleset, struct err *e);

/** sandbox_landlock_abi - version the kernel offers; 0: absent. */
int sandbox_landlock_abi(void);

#endif
