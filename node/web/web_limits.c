/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_limits.h"

#include "node/flow/flow_limits.h"
#include "node/web/web_part.h"
#include "node/web/web_phone.h"
#include "node/web/web_tls_pump.h"

/* The names are those of the headers: one place to look a value up. */
#define LIMIT(name, unit)                                                              \
    {                                                                                  \
#name, (int64_t)(name), unit                                                   \
    }

static const struct flow_limit LIMITS[] = {
    LIMIT(WEB_HEAD_MAX, "bytes"),           LIMIT(WEB_HEAD_URI_MAX, "bytes"),
    LIMIT(WEB_HEAD_FIELDS, "fields"),       LIMIT(API_ARGS_MAX, "bytes"),
    LIMIT(WEB_CONN_MAX, "connections"),     LIMIT(WEB_CONN_HEAD_MS, "ms"),
    LIMIT(WEB_CONN_FLOOR, "bytes"),         LIMIT(WEB_CONN_FLOOR_MS, "ms"),
    LIMIT(WEB_TLS_PUMP_MAX, "connections"), LIMIT(WEB_TLS_PUMP_GREET_MS, "ms"),
    LIMIT(WEB_TLS_PUMP_FLOOR, "bytes"),     LIMIT(WEB_TLS_PUMP_FLOOR_MS, "ms"),
    LIMIT(WEB_SESSION_ASLEEP_MS, "ms"),     LIMIT(WEB_SESSION_GONE_MS, "ms"),
    LIMIT(WEB_SESSION_LIFE_MS, "ms"),       LIMIT(WEB_SESSION_LOCKOUT_MS, "ms"),
    LIMIT(WEB_PHONE_MAX, "phones"),         LIMIT(WEB_PHONE_TOKEN_MS, "ms"),
    LIMIT(WEB_PHONE_LIFE_MS, "ms"),         LIMIT(WEB_PHONE_PICTURE_MAX, "bytes"),
};

const struct flow_limit *web_limits(size_t *count)
{
    *count = ARRAY_LEN(LIMITS);
    return LIMITS;
}
