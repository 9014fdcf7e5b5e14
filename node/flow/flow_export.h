/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_EXPORT_H
#define SOHOA_FLOW_FLOW_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "node/flow/flow.h"

struct str;

enum flow_export_format {
    FLOW_EXPORT_JSON, /* ITEM.json: the object of `item show` */
    FLOW_EXPORT_TXT,  /* ITEM.txt: the text of its pages */
    FLOW_EXPORT_HOCR, /* ITEM.hocr: words with boxes, XHTML */
    FLOW_EXPORT_ALTO, /* ITEM.alto.xml: the same as ALTO 4.4 */
    FLOW_EXPORT_PDF,  /* ITEM.pdf: pages in layers, text below */
    FLOW_EXPORT_CSV,  /* ITEM.tables.csv: entries of its tables (flow_tables.h) */
};

/** flow_export_format - by its name on the command line. */
bool flow_export_format(const char *name, enum flow_export_format *out);

struct flow_export_what {
    enum flow_export_format format;
    const char *const *items; /* names; @count 0: all, or those of @dossier */
    size_t count;
    const char *dossier; /* NULL: any */
    const char *dir;     /* made when it is not there */
};

/**
 * flow_export - write records into a folder, one file an item. Only pages past the
 * secrecy gate are in it. A file that is there with other content is ERR_EXPORT. A page
 * without a picture in layers (it was read by an older program) is queued to be read
 * again, and its record is ERR_PAGE_PICTURE: nothing is written of it. CSV: tables
 * whose columns differ are files of their own, ITEM.tables-2.csv and on; a record
 * without tables is passed over like one without pages. Tells lines "file", "summary".
 */
MUST_CHECK int flow_export(struct flow *f, const struct flow_export_what *what,
                           const struct flow_listener *to, struct err *e);

/**
 * flow_export_pdf - one record as FLOW_EXPORT_PDF writes it, into memory; nothing is
 * changed, the store may be open for reading only.
 * @out: appended to. Return: 0, or -1 and @e: ERR_ITEM_ABSENT, ERR_EXPORT_EMPTY,
 * ERR_PAGE_UNREADY (a page without a picture in layers; it is not queued), ERR_LIMIT.
 */
MUST_CHECK int flow_export_pdf(struct flow *f, const char *item, struct str *out,
                               struct err *e);

#endif
