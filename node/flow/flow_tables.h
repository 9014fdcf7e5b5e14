/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_TABLES_H
#define SOHOA_FLOW_FLOW_TABLES_H

#include "node/flow/flow.h"

struct jdoc;
struct page;
struct result;
struct str;

/**
 * flow_tables_keep - the tables of a reading, in the transaction that stores it; in
 * place of what was found before. @held: of a held page none are kept.
 * Return: 0, or -1 and @e: ERR_LIMIT, store errors.
 */
MUST_CHECK int flow_tables_keep(struct flow *f, const struct page *p,
                                const struct result *r, bool held, struct err *e);

/** flow_tables_get - the tables of @p into its reading @r, as stored; none when they do
 * not belong to it. */
MUST_CHECK int flow_tables_get(struct flow *f, const struct page *p, struct result *r,
                               struct err *e);

/** flow_tables_jdoc - what the tables of @r say, for "tables" of a page. owned */
struct jdoc *flow_tables_jdoc(const struct result *r);

/*
 * The tables of one item as files for a spreadsheet: a header line, then a line for
 * each entry. A table with other columns than the one before begins another file.
 */
struct flow_tables_csv {
    struct str *files; /* owned */
    size_t count, cap;
    size_t bytes; /* of all files but the last, which grows */
    char *head;   /* line of that one. owned */
};
#define FLOW_TABLES_FILES_MAX 100                /* of one item */
#define FLOW_TABLES_CSV_MAX   ((size_t)64 << 20) /* bytes of them all */

/** flow_tables_csv_add - the tables of page @seq. Return: 0, or -1 and @e: ERR_LIMIT.
 */
MUST_CHECK int flow_tables_csv_add(struct flow_tables_csv *t, int64_t seq,
                                   const struct result *r, struct err *e);
void flow_tables_csv_clear(struct flow_tables_csv *t);
#define AUTO_TABLES_CSV AUTO(flow_tables_csv_clear)

#endif
