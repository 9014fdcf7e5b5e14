/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_IDENT_H
#define SOHOA_RECORD_IDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"

/*
 * Names. A node is 32 lower-case hex digits (half of the SHA-256 over its public key).
 * What a node makes carries its first eight digits and a counter, so that the same
 * inputs always give the same names and two nodes never give the same one:
 *
 *   item     1f3c07aa-17        dossier   1f3c07aa-d3        page   64 hex digits
 */
#define IDENT_NODE_LEN    32
#define IDENT_NODE_MAX    33 /* with NUL, as all *_MAX here */
#define IDENT_NAME_MAX    32
#define IDENT_PAGE_MAX    65
#define IDENT_COUNTER_MAX INT64_C(999999999999)

bool ident_is_node(const char *text);
bool ident_is_item(const char *text);
bool ident_is_dossier(const char *text);
bool ident_is_page(const char *text);

/** ident_item - name of the @counter-th item (from 1) of @node. */
void ident_item(const char *node, int64_t counter, char out[IDENT_NAME_MAX]);
/** ident_dossier - name of the @counter-th dossier (from 1) of @node. */
void ident_dossier(const char *node, int64_t counter, char out[IDENT_NAME_MAX]);

/** ident_belongs - the item or dossier @name was made by @node. */
bool ident_belongs(const char *name, const char *node);

/**
 * ident_page - name of page @index (from 0) of the file @master (64 hex digits).
 * @single: the file holds one picture only; then the page has the file's own name.
 */
void ident_page(const char *master, int64_t index, bool single,
                char out[IDENT_PAGE_MAX]);

#endif
