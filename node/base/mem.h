/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_MEM_H
#define SOHOA_BASE_MEM_H

#include <stddef.h>

#include "node/base/auto.h"

struct err;

/*
 * Allocation. mem_new() and mem_dup() are for small fixed needs and never return NULL:
 * out of memory stops the program, which is safe because every change on disk is
 * atomic. Sizes that come from a file, an image or the network go through mem_try().
 */

/** mem_new - @count zeroed elements of @size bytes. owned, mem_free(). Never NULL. */
void *mem_new(size_t count, size_t size);

/**
 * mem_try - the same for outside sizes, at most @max_bytes in all.
 * Return: owned, mem_free(); NULL and @e: ERR_LIMIT, ERR_MEMORY.
 */
MUST_CHECK void *mem_try(size_t count, size_t size, size_t max_bytes, struct err *e);

/**
 * mem_grow - make room for at least @need elements in *@array, doubling.
 * @array: owned; may move. @cap: its present capacity in elements, updated.
 * Never fails: stops the program. For arrays whose count has a named maximum.
 */
void mem_grow(void *array, size_t *cap, size_t need, size_t size);

/** mem_dup - copy of a text. owned, mem_free(). @text may be NULL: NULL. */
char *mem_dup(const char *text);

/** mem_printf - formatted text. owned, mem_free(). Never NULL. */
char *mem_printf(const char *fmt, ...) PRINTF(1, 2);

/** mem_free - releases; NULL does nothing. */
void mem_free(void *p);

/** mem_wipe - overwrite a secret so that the compiler cannot leave it out. */
void mem_wipe(void *p, size_t len);

/* AUTO_MEM char *p = mem_dup(...); released at the end of the scope. */
void mem_auto(void *pp);
#define AUTO_MEM AUTO(mem_auto)

#endif
