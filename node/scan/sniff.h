/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SCAN_SNIFF_H
#define SOHOA_SCAN_SNIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/err.h"

/*
 * What a file is, by its content. The name and its extension are never asked: a JPEG
 * that is called ".pdf" is a JPEG.
 */
enum sniff_kind {
    SNIFF_UNKNOWN,
    /* taken */
    SNIFF_JPEG,
    SNIFF_PNG,
    SNIFF_TIFF,
    SNIFF_PDF,
    SNIFF_ZIP,
    SNIFF_TAR,    /* plain */
    SNIFF_PACKED, /* gzip, bzip2, xz, zstd, compress: a tar inside, or nothing of ours
                   */
    SNIFF_HEIC,
    SNIFF_JP2, /* with boxes, or the bare codestream */
    /* known and refused, each with its own code */
    SNIFF_AVIF,
    SNIFF_WEBP,
    SNIFF_BMP,
    SNIFF_GIF,
    SNIFF_DJVU,
    SNIFF_OFFICE,        /* doc, docx, xls, xlsx, ppt, odt, rtf */
    SNIFF_OTHER_ARCHIVE, /* 7z, RAR, LZH, ARJ, CAB, cpio, ar */
    SNIFF_KIND_COUNT
};

/* Limits on the size of one input, by kind. */
#define SNIFF_FILE_MAX    ((uint64_t)256 << 20)
#define SNIFF_LARGE_MAX   ((uint64_t)1 << 30) /* TIFF, PDF */
#define SNIFF_ARCHIVE_MAX ((uint64_t)64 << 30)

#define SNIFF_HEAD_BYTES ((size_t)2048) /* what sniff_bytes() wants to see */

/** sniff_bytes - kind by the first bytes of a file (SNIFF_HEAD_BYTES, or all there
 * are). A zip is SNIFF_ZIP whatever it holds. */
enum sniff_kind sniff_bytes(const void *head, size_t len);

/**
 * sniff_fd - kind of the file behind @fd; looks into the directory of a zip to tell an
 * office document. Read with pread(2): the position is not moved.
 * Return: 0 and *@kind, or -1 and @e: ERR_READ.
 */
MUST_CHECK int sniff_fd(int fd, uint64_t size, const char *name, enum sniff_kind *kind,
                        struct err *e);

bool sniff_is_picture(enum sniff_kind kind);
bool sniff_is_archive(enum sniff_kind kind); /* one that we read */
/** sniff_is_taken - picture, PDF or archive that we read. */
bool sniff_is_taken(enum sniff_kind kind);

/** sniff_limit - the largest file of this kind, bytes. */
uint64_t sniff_limit(enum sniff_kind kind);

/** sniff_error - why files of this kind are refused; ERR_NONE for what is taken. */
enum err_code sniff_error(enum sniff_kind kind);

/** sniff_name - "jpeg", for rows and logs. static */
const char *sniff_name(enum sniff_kind kind);

#endif
