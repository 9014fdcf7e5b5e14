/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_ENTRY_H
#define SOHOA_RECORD_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a clerk fills in for each kind of record: which fields, in the order of the book
 * (or of the document), and which of them a whole record has. Labels, types and limits
 * of a field are the same in every form and stand in field.c.
 */
struct entry_field {
    const char *name;
    bool must; /* empty only when the clerk says so: blank in the book, or illegible */
};

/** entry_of - the fields of a kind. static. NULL, and *@count 0: no such kind. */
const struct entry_field *entry_of(const char *kind, size_t *count);

#endif
