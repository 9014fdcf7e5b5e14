/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_FIND_H
#define SOHOA_FLOW_FLOW_FIND_H

#include "node/base/auto.h"
#include "sync/first.h"

struct err;

/**
 * flow_find_files - which files of @item lie at this tier: first_catalog() for the
 * door. Reads only. @dir: folder of the commune. Return: 1, 0 there is no such record
 * (or nothing was taken in yet), -1 and @e: store errors.
 */
MUST_CHECK int flow_find_files(const char *dir, const char *item, first_file_fn *each,
                               void *ctx, struct err *e);

#endif
