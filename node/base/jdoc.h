/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_JDOC_H
#define SOHOA_BASE_JDOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "node/base/str.h"

struct err;

/*
 * JSON documents over jansson (whose own names begin with json_). A struct jdoc is one
 * value and owns all below it; a value handed to jdoc_set() or jdoc_add() is taken.
 * Getters give views into the tree.
 *
 * Canonical form (what is hashed and signed): keys ASCII and sorted by bytes, no white
 * space, integers only, text NFC and escaped as RFC 8785 says, one LF at the end of a
 * document.
 */
struct jdoc;

struct jdoc *jdoc_object(void); /* owned, jdoc_free() */
struct jdoc *jdoc_array(void);  /* owned, jdoc_free() */
void jdoc_free(struct jdoc *j);
void jdoc_auto(struct jdoc **j);
#define AUTO_JDOC AUTO(jdoc_auto)

void jdoc_set(struct jdoc *o, const char *key, struct jdoc *taken);
void jdoc_set_text(struct jdoc *o, const char *key, const char *text); /* NULL: null */
void jdoc_set_int(struct jdoc *o, const char *key, int64_t v);
void jdoc_set_bool(struct jdoc *o, const char *key, bool v);
void jdoc_set_null(struct jdoc *o, const char *key);
void jdoc_add(struct jdoc *a, struct jdoc *taken);
void jdoc_add_text(struct jdoc *a, const char *text);
void jdoc_add_int(struct jdoc *a, int64_t v);
void jdoc_add_bool(struct jdoc *a, bool v);

/** jdoc_copy - a deep copy. owned, jdoc_free(). */
struct jdoc *jdoc_copy(const struct jdoc *j);

/* Getters. @j may be NULL or of another type: then the answer is "absent". */
const struct jdoc *jdoc_get(const struct jdoc *o, const char *key);
const struct jdoc *jdoc_at(const struct jdoc *a, size_t i);
size_t jdoc_count(const struct jdoc *j); /* elements of an array or object */
bool jdoc_is_object(const struct jdoc *j);
bool jdoc_is_array(const struct jdoc *j);
bool jdoc_is_null(const struct jdoc *j);
const char *jdoc_text(const struct jdoc *o,
                      const char *key); /* NULL: absent, no text */
const char *jdoc_text_at(const struct jdoc *a, size_t i);
/** jdoc_take_text - copy the text of a key into @out (room bytes with its end). False,
 * and @out untouched: it is no text or does not fit. */
MUST_CHECK bool jdoc_take_text(const struct jdoc *o, const char *key, char *out,
                               size_t room);
/** jdoc_take_text_or_null - the same for a key of a canonical document that may be null
 * (then @out is ""). An empty text is refused: it and null would print alike. */
MUST_CHECK bool jdoc_take_text_or_null(const struct jdoc *o, const char *key, char *out,
                                       size_t room);
bool jdoc_int(const struct jdoc *o, const char *key, int64_t min, int64_t max,
              int64_t *out);
bool jdoc_int_at(const struct jdoc *a, size_t i, int64_t min, int64_t max,
                 int64_t *out);
bool jdoc_bool(const struct jdoc *o, const char *key, bool otherwise);
/** jdoc_key - the @i-th key in byte order. view. NULL beyond the end. */
const char *jdoc_key(const struct jdoc *o, size_t i);

/** jdoc_print - append the canonical form (without the closing LF). */
void jdoc_print(const struct jdoc *j, struct str *out);
/** jdoc_print_document - append the canonical form and LF; with @sha256 (may be NULL)
 * the hash of just these bytes. @what names the document in an error (ERR_LIMIT when it
 * is longer than
 * @max or @out is full). */
MUST_CHECK int jdoc_print_document(const struct jdoc *j, const char *what, size_t max,
                                   struct str *out, char sha256[HASH_HEX],
                                   struct err *e);

/** jdoc_print_line - append on one line, keys in the order they were set: for people's
 * scripts (JSON Lines, "type" first), never for hashing. */
void jdoc_print_line(const struct jdoc *j, struct str *out);

/**
 * jdoc_parse - read one value of at most @len bytes.
 * Refuses duplicate keys, real numbers, ill-formed UTF-8, NUL in text, more than 32
 * levels and anything after the value but white space.
 * @out: owned, jdoc_free(). Return: 0, or -1 and @e: ERR_JSON.
 */
MUST_CHECK int jdoc_parse(const char *text, size_t len, struct jdoc **out,
                          struct err *e);

/**
 * jdoc_parse_canonical - the same, and the bytes must be what jdoc_print() and one LF
 * would give. ERR_JSON otherwise.
 */
MUST_CHECK int jdoc_parse_canonical(const char *text, size_t len, struct jdoc **out,
                                    struct err *e);

/** jdoc_read_file, jdoc_write_file - whole files; written atomically, canonical + LF.
 */
MUST_CHECK int jdoc_read_file(const char *path, struct jdoc **out, struct err *e);
MUST_CHECK int jdoc_write_file(const char *path, const struct jdoc *j, struct err *e);

#endif
