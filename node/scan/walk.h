/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SCAN_WALK_H
#define SOHOA_SCAN_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/err.h"
#include "node/base/str.h"

/*
 * The paths of one call made into an ordered list of inputs. Files stand in the order
 * given; a folder is replaced by what lies in it, in byte order, folders below at their
 * place. Nothing is opened but folders, no link is followed: links, specials, hidden
 * files and what cannot be looked at are inputs too, with the code they are refused
 * with, so that no name disappears without a word.
 *
 * Names are bytes. Two names that differ only in NFC and NFD, or in case, are two
 * inputs; what they are is decided by content.
 */
#define WALK_INPUTS_MAX ((size_t)1000000)
#define WALK_DEPTH_MAX  32

struct walk_input {
    char *path;            /* owned: bytes as given or found */
    enum err_code refused; /* ERR_NONE: worth opening */
    uint64_t size;         /* of a regular file, as seen */
};

struct walk_list {
    struct walk_input *inputs; /* owned */
    size_t count, cap;
};

void walk_clear(struct walk_list *l);
#define AUTO_WALK AUTO(walk_clear)

/**
 * walk_paths - inputs of @paths. Each of @paths gives at least one input, unless it is
 * an empty folder. A hidden folder is one input and not entered, but a folder that was
 * named is always entered.
 * @out: zeroed; walk_clear(). Return: 0, or -1 and @e: ERR_LIMIT.
 */
MUST_CHECK int walk_paths(const char *const *paths, size_t count, struct walk_list *out,
                          struct err *e);

/** walk_add - one input more, found by other means. @path: copied. ERR_LIMIT. */
MUST_CHECK int walk_add(struct walk_list *l, const char *path, enum err_code refused,
                        uint64_t size, struct err *e);

/** walk_is_hidden - begins with a dot, or is one of those that Windows and macOS leave
 * behind (Thumbs.db, desktop.ini, __MACOSX). @name: one component. */
bool walk_is_hidden(const char *name);

/**
 * walk_compare - natural order of two paths: runs of digits by their value (page 2
 * before page 10), the rest by bytes, folder by folder.
 */
int walk_compare(const char *a, const char *b);

/** walk_display - append @path as people see it: NFC, no control characters. */
void walk_display(const char *path, struct str *out);

#endif
