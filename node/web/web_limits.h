/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_LIMITS_H
#define SOHOA_WEB_WEB_LIMITS_H

#include <stddef.h>

struct flow_limit;

/** web_limits - every limit that browsers are held to (flow_limits.h). static. */
const struct flow_limit *web_limits(size_t *count);

#endif
