/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_KIND_H
#define SOHOA_RECORD_KIND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Kinds of records: birth death marriage parent-child marital-status certification
 * incoming outgoing document land other. What is special about a kind stands in the
 * table of kind.c and nowhere else.
 */
#define KIND_NAME_MAX 24

struct kind {
    const char *name;         /* in commands, files and bundles */
    const char *label;        /* English msgid for people */
    const char *code;         /* code of the book: "KS", "KT"; NULL: none */
    const char *number_field; /* field with its number in a register: "so" */
    const char *date_field;   /* field whose year a number without one belongs to */
    bool register_entry;      /* an entry of a register, else a document */
    const char *title_field;  /* what people know it by: the name of whom it is about */
};

/** kind_find - NULL when there is no such kind. */
const struct kind *kind_find(const char *name);
/** kind_at - the @i-th kind in a fixed order, NULL beyond the end. */
const struct kind *kind_at(size_t i);

#endif
