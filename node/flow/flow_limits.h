/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_LIMITS_H
#define SOHOA_FLOW_FLOW_LIMITS_H

#include <stddef.h>
#include <stdint.h>

struct flow_limit {
    const char *name;
    int64_t value;
    const char *unit; /* bytes, pages, ms, … */
};

/** flow_limits - every limit that inputs are held to. static. */
const struct flow_limit *flow_limits(size_t *count);

#endif
