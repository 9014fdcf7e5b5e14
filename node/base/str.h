/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_STR_H
#define SOHOA_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"

struct err;

/*
 * Growing byte buffer born with a maximum. p is always NUL-terminated (never NULL after
 * the first append; str_text() gives "" before that). An append beyond the maximum sets
 * `over` and adds nothing; a series of appends is checked once with str_check().
 */
struct str {
    char *p;
    size_t len;
    size_t cap;
    size_t max;
    bool over;
};

#define STR_INIT(max_bytes)                                                            \
    {                                                                                  \
        .max = (max_bytes)                                                             \
    }

/* Named maxima, one place. */
#define STR_PATH_MAX ((size_t)4096)
#define STR_LINE_MAX ((size_t)1 << 16)
#define STR_TEXT_MAX ((size_t)1 << 20) /* OCR text of a page */
#define STR_JSON_MAX ((size_t)16 << 20)
#define STR_FILE_MAX ((size_t)64 << 20)

void str_clear(struct str *s);
void str_auto(struct str *s);
#define AUTO_STR AUTO(str_auto)

void str_reset(struct str *s); /* empty it, keep the room */
void str_add(struct str *s, const char *text);
void str_add_mem(struct str *s, const void *data, size_t len);
void str_add_char(struct str *s, char c);
void str_addf(struct str *s, const char *fmt, ...) PRINTF(2, 3);

/**
 * str_room - make room for @len more bytes and give their place (for a read call).
 * Return: view valid until the next append; NULL when beyond the maximum (sets over).
 * The caller writes and then calls str_used().
 */
char *str_room(struct str *s, size_t len);
void str_used(struct str *s, size_t len);

/** str_text - the text as a C string, never NULL. view */
const char *str_text(const struct str *s);

/** str_take - the buffer itself. owned, mem_free(). @s is empty afterwards. */
char *str_take(struct str *s);

/** str_check - 0, or -1 and @e: ERR_LIMIT when an append went beyond the maximum. */
MUST_CHECK int str_check(const struct str *s, const char *what, struct err *e);

bool str_starts(const char *text, const char *start);
bool str_ends(const char *text, const char *end);

#endif
