/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_PDF_JOIN_H
#define SOHOA_OCR_PDF_JOIN_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct str;

/*
 * Pages that were made one by one (pdf_out.h) as one document. They are read again with
 * libqpdf, and a page may come from another node: so it happens in "sohoa worker pdf",
 * without files and without network.
 *
 * parent → worker   BEGIN  JSON {"title"}
 *                   PAGE   descriptor; JSON {"size"}
 *                   END
 * worker → parent   DATA   bytes of the document, until
 *                   DONE, or FAIL: the error
 */
#define PDF_JOIN_PAGES_MAX     10000
#define PDF_JOIN_BYTES_MAX     ((size_t)256 << 20)
#define PDF_JOIN_ADDRESS_BYTES ((uint64_t)2 << 30)
#define PDF_JOIN_CPU_S         60
#define PDF_JOIN_WALL_MS       120000

struct pdf_join_part {
    int fd; /* borrowed; stands at 0 */
    uint64_t size;
};

/**
 * pdf_join - @count documents, in order.
 * @title: UTF-8. @out: appended, at most its maximum.
 * Return: 0, or -1 and @e: ERR_PDF_DAMAGED, ERR_LIMIT, ERR_WORKER_*.
 */
MUST_CHECK int pdf_join(const char *title, const struct pdf_join_part *parts,
                        size_t count, struct str *out, struct err *e);

/** pdf_join_worker_main - body of "sohoa worker pdf". Return: exit code. */
int pdf_join_worker_main(void);

#endif
