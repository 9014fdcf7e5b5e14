/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_QR_H
#define SOHOA_FLOW_FLOW_QR_H

#include <stdbool.h>

#include "node/base/auto.h"

struct err;
struct jdoc;

/**
 * flow_qr_cells - a text as a QR code.
 * @worn: for paper that lies askew, is worn and copied (a quarter of it may be lost);
 * else for a screen, in fewer cells.
 * @out: rows of "1" (black) and "0", without the white around the code. owned.
 * Return: 0, or -1 and @e: ERR_INTERNAL (too long, no memory). Library: libqrencode.
 */
MUST_CHECK int flow_qr_cells(const char *text, bool worn, struct jdoc **out,
                             struct err *e);

#endif
