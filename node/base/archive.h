/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_ARCHIVE_H
#define SOHOA_BASE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "node/base/auto.h"

struct err;

/*
 * Reading zip and tar through libarchive as a stream. Formats are enabled one by one
 * (zip, ustar, pax, gnu tar; none or one of gzip, xz, zstd, bzip2, compress around a
 * tar), nothing is ever written by libarchive, and a name is only a label: it is never
 * used as a path.
 *
 * Zip is read front to back. Its directory at the end is used only to see that no
 * member is missing; links in a zip come as small files that hold the link's text.
 * Names come as bytes in the C.UTF-8 locale that i18n_init() sets.
 */
#define ARCHIVE_ENTRIES_MAX   20000
#define ARCHIVE_BYTES_MAX     ((uint64_t)64 << 30)
#define ARCHIVE_RATIO_MAX     200
#define ARCHIVE_RATIO_FROM    ((uint64_t)10 << 20)
#define ARCHIVE_DEPTH_MAX     8
#define ARCHIVE_COMPONENT_MAX 255
#define ARCHIVE_NAME_MAX      1024

enum archive_kind { ARCHIVE_FILE, ARCHIVE_FOLDER, ARCHIVE_OTHER };

struct archive_member {
    char *name; /* owned by the reader, valid until the next member; bytes as stored */
    size_t name_len;
    enum archive_kind kind;
    bool encrypted;
    bool size_known;
    uint64_t size;
};

struct archive_in; /* an archive being read */

/**
 * archive_open_fd - read from @fd (kept, not closed) at its present position.
 * @size: bytes of the archive from there on, for the ratio limit.
 * Return: 0, or -1 and @e: ERR_ARCHIVE_DAMAGED, ERR_ARCHIVE_FORMAT.
 */
MUST_CHECK int archive_open_fd(int fd, const char *name, uint64_t size,
                               struct archive_in **out, struct err *e);
void archive_close(struct archive_in *a);
void archive_auto(struct archive_in **a);
#define AUTO_ARCHIVE AUTO(archive_auto)

/**
 * archive_next - the next member. What is left of the one before is read and counted.
 * Links and specials come as ARCHIVE_OTHER so that the caller can name them; a name
 * with an absolute path, "..", a backslash, too many components or too long a one is
 * @e ERR_ARCHIVE_NAME for that member only (the next call goes on).
 * Return: 1 and *@m, 0 at the end, -1 and @e: ERR_ARCHIVE_NAME, ERR_ARCHIVE_DAMAGED
 * (also at the end, when the archive counts more members than there were),
 * ERR_ARCHIVE_BOMB (a limit on members, bytes or ratio).
 */
MUST_CHECK int archive_next(struct archive_in *a, struct archive_member *m,
                            struct err *e);
/** archive_can_go_on - whether archive_next() may be called after a -1 of it or of
 * archive_read(). */
bool archive_can_go_on(const struct archive_in *a);

/** archive_read - bytes of the present member. Limits on all bytes and the ratio hold
 * over the whole archive. Return: bytes, 0 at its end, -1 and @e:
 * ERR_ARCHIVE_ENCRYPTED, ERR_ARCHIVE_DAMAGED, ERR_ARCHIVE_BOMB. */
MUST_CHECK ssize_t archive_read(struct archive_in *a, void *buf, size_t len,
                                struct err *e);

#endif
