/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_SLIP_H
#define SOHOA_FLOW_FLOW_SLIP_H

#include <stdbool.h>
#include <stdint.h>

#include "node/flow/flow.h"
#include "node/record/slip.h"

struct str;

/*
 * Slips that are laid before the sheets of a record, or of a register, so that a whole
 * stack finds its places by itself (record/slip.h; found again by flow_import()). The
 * key that makes them this node's own is made with the first one and stays in the
 * database.
 */
#define FLOW_SLIP_MAX 200 /* in one call */

struct flow_slip_opts {
    const char *dossier;
    int64_t from, to; /* numbers; 0: one slip of the register alone */
};

/** flow_slip_key - @make: when there is none. Return: 1 it is there, 0, -1. */
MUST_CHECK int flow_slip_key(struct flow *f, bool make, unsigned char key[SLIP_KEY_LEN],
                             struct err *e);

/**
 * flow_slip_print - a line "slip" each: "dossier", "title", "number" (null: of the
 * register alone), "text" and "cells", the code as rows of "1" (black) and "0" without
 * the white around it; then "summary": "slips".
 * Return: 0, or -1 and @e: ERR_DOSSIER_ABSENT, ERR_DOSSIER_CLOSED, ERR_USAGE (numbers
 * of a file, out of order, or more than FLOW_SLIP_MAX).
 */
MUST_CHECK int flow_slip_print(struct flow *f, const struct flow_slip_opts *o,
                               const struct flow_listener *to, struct err *e);

/** flow_slip_sheet - a line "slip" as a sheet of A4 in HTML, for any browser to print.
 * _begin and _end stand around all of them. */
void flow_slip_begin(struct str *out);
void flow_slip_sheet(const struct jdoc *line, struct str *out);
void flow_slip_end(struct str *out);

#endif
