/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SCAN_SOURCE_H
#define SOHOA_SCAN_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "node/base/auto.h"
#include "node/scan/sniff.h"

struct err;

/*
 * A file of somebody else's, opened to be read once, from its begin to its end. It is
 * never moved, changed or locked.
 *
 * A scanner or a copy may still be writing it. Taken is what is complete by its own
 * structure and unchanged (inode, size, time) from open to the end of the read. A file
 * that is not complete and has not been touched for SOURCE_STILL_S is not going to be:
 * it is judged as it is.
 */
#define SOURCE_STILL_S 90

struct source {
    int fd; /* -1: not open */
    struct stat st;
    enum sniff_kind kind;
    bool complete; /* by structure, or still for so long that it will not change */
};
#define SOURCE_INIT                                                                    \
    {                                                                                  \
        .fd = -1                                                                       \
    }
void source_clear(struct source *s);
#define AUTO_SOURCE AUTO(source_clear)

/**
 * source_open - open @path, find its kind, look whether it is complete.
 * @s: set also when the kind is refused or too large (fd >= 0 then: its bytes may be
 *     read, for the quarantine).
 * Return: 0, or -1 and @e: as fs_open_input() (fd < 0), sniff_error(),
 * ERR_INPUT_TOO_LARGE (fd < 0), ERR_READ.
 */
MUST_CHECK int source_open(const char *path, struct source *s, struct err *e);

/** source_of_fd - the same for a file of our own (a member taken out of an archive):
 * there is nobody who still writes it. @fd: taken, also on failure. */
MUST_CHECK int source_of_fd(int fd, const char *name, struct source *s, struct err *e);

/** source_unchanged - whether the file is the one that was opened and as it then was:
 * asked after its last byte was read. */
bool source_unchanged(const struct source *s, const char *path);

/** source_complete - complete by the structure of @kind? Reads what it needs with
 * pread(2); kinds that do not tell are complete. */
bool source_complete(int fd, uint64_t size, enum sniff_kind kind);

#endif
