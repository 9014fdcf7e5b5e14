/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fault.h"

static NORETURN void out_of_memory(void)
{
    static const char TEXT[] = "sohoa: out of memory / hết bộ nhớ\n";

    /* Nothing may allocate here; nothing on disk is half done. */
    ssize_t n = write(STDERR_FILENO, TEXT, sizeof TEXT - 1);
    (void)n;
    _exit(EXIT_FAILED);
}

void *mem_new(size_t count, size_t size)
{
    void *p = fault_hit(FAULT_ALLOC) ? NULL : calloc(count ? count : 1, size);

    if (!p)
        out_of_memory();
    return p;
}

void *mem_try(size_t count, size_t size, size_t max_bytes, struct err *e)
{
    size_t bytes = 0;
    void *p = NULL;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > max_bytes) {
        (void)err_set(e, ERR_LIMIT, "%zu × %zu bytes", count, size);
        return NULL;
    }
    p = fault_hit(FAULT_ALLOC) ? NULL : calloc(bytes ? bytes : 1, 1);
    if (!p)
        (void)err_set(e, ERR_MEMORY, "%zu bytes", bytes);
    return p;
}

void mem_grow(void *array, size_t *cap, size_t need, size_t size)
{
    void **slot = array;
    void *moved = NULL;
    size_t wanted = *cap ? *cap : 8;

    if (need <= *cap)
        return;
    while (wanted < need)
        if (__builtin_mul_overflow(wanted, (size_t)2, &wanted))
            out_of_memory();
    moved = fault_hit(FAULT_ALLOC) ? NULL : reallocarray(*slot, wanted, size);
    if (!moved)
        out_of_memory();
    memset((char *)moved + *cap * size, 0, (wanted - *cap) * size);
    *slot = moved;
    *cap = wanted;
}

char *mem_dup(const char *text)
{
    size_t len = 0;
    char *copy = NULL;

    if (!text)
        return NULL;
    len = strlen(text);
    copy = mem_new(len + 1, 1);
    memcpy(copy, text, len);
    return copy;
}

char *mem_printf(const char *fmt, ...)
{
    char *text = NULL;
    int len = 0;
    va_list ap;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(len >= 0);
    text = mem_new((size_t)len + 1, 1);
    va_start(ap, fmt);
    (void)vsnprintf(text, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return text;
}

void mem_free(void *p)
{
    free(p);
}

void mem_wipe(void *p, size_t len)
{
    explicit_bzero(p, len);
}

void mem_auto(void *pp)
{
    free(*(void **)pp);
}
