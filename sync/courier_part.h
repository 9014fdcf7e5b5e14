/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_COURIER_PART_H
#define SOHOA_SYNC_COURIER_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/sealbox.h"
#include "node/base/str.h"
#include "sync/courier.h"

struct err;
struct jdoc;

/* What writing and reading a courier file share: its frame, its blocks, its lists. */

#define COURIER_MAGIC      "sohoa-courier 1\n"
#define COURIER_MAGIC_LEN  (sizeof COURIER_MAGIC - 1)
#define COURIER_FRAME_MAX  ((size_t)4096) /* the two lines of a sealed file */
#define COURIER_BOXES      2              /* receiver and writer */
#define COURIER_BLOCK      ((size_t)512)
#define COURIER_HEAD_NAME  "head.json"
#define COURIER_NOTE_NAME  "readme.txt"
#define COURIER_INDEX_NAME "index.json"
#define COURIER_SIG_NAME   "index.json.sig"

/* ---- frame and lists (courier.c) ------------------------------------------------- */

struct courier_frame {
    struct courier_head head;
    unsigned char stream[SEALBOX_HEAD];
    struct {
        char node[NAMES_NODE_MAX];
        unsigned char box[SEALBOX_BOX];
    } boxes[COURIER_BOXES];
    size_t box_count;
};

/** courier_frame_print - both lines, appended. */
MUST_CHECK int courier_frame_print(const struct courier_frame *f, struct str *out,
                                   struct err *e);
/**
 * courier_frame_read - the frame at the start of @fd.
 * @lines: appended: both lines as they stand. Return: 1 sealed, 0 no such frame, -1.
 */
MUST_CHECK int courier_frame_read(int fd, const char *name, struct courier_frame *out,
                                  struct str *lines, struct err *e);

/** courier_head_print, courier_head_parse - head.json. */
MUST_CHECK int courier_head_print(const struct courier_head *h, struct str *out,
                                  struct err *e);
MUST_CHECK int courier_head_parse(const char *text, size_t len,
                                  struct courier_head *out, struct err *e);

/** courier_list_add - one file more in the list @files. */
void courier_list_add(struct jdoc *files, const char *name, const char *sha256,
                      int64_t size);
/** courier_index_print - index.json. @files: borrowed. */
MUST_CHECK int courier_index_print(const struct courier_head *h,
                                   const struct jdoc *files, bool last, struct str *out,
                                   struct err *e);

/* ---- blocks of the archive (courier_tar.c) ----------------------------------------
 */

/** courier_tar_write - the block in front of a file. @name: courier_tar_name(). */
void courier_tar_write(unsigned char block[COURIER_BLOCK], const char *name,
                       int64_t size, int64_t time);
/**
 * courier_tar_read - what a block says.
 * Return: 1, 0 it is all zeros (the end), -1 and @e: ERR_COURIER_FORM (anything but
 * an ordinary file with a name that courier_tar_name() likes, or a wrong sum).
 */
MUST_CHECK int courier_tar_read(const unsigned char block[COURIER_BLOCK],
                                char name[COURIER_NAME_MAX], int64_t *size,
                                struct err *e);
/** courier_tar_name - parts of a-z 0-9 . _ - that do not begin with a dot, joined by
 * '/', at most four, and short enough for a block. */
bool courier_tar_name(const char *name);
/** courier_tar_padding - bytes after a file of @size up to the next block. */
size_t courier_tar_padding(int64_t size);

#endif
