/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_ROUTE_H
#define SOHOA_WEB_WEB_ROUTE_H

#include "node/base/auto.h"
#include "node/web/api.h"

struct err;
struct jdoc;
struct web_head;

#define WEB_ROUTE_ROOT      "/api/v1"
#define WEB_ROUTE_PARTS_MAX 8
#define WEB_ROUTE_QUERY_MAX 16 /* names in a query */

/**
 * web_route_find - the row of api_table() that a request asks for.
 * @args: filled with the parts of the path and of the query, each a text by its name.
 * Query names are lower-case letters and "_", no name twice, none that the path uses.
 * HEAD is answered as GET. Return: 0 and *@row, or -1 and @e: ERR_WEB_ROUTE (no such
 * path), ERR_WEB_METHOD (the path has other methods), ERR_WEB_REQUEST (query).
 */
MUST_CHECK int web_route_find(const struct web_head *h, const struct api_row **row,
                              struct jdoc *args, struct err *e);

#endif
