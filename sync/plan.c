/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/plan.h"

#include <stddef.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/num.h"

#define ZONE_S     INT64_C(25200) /* +07:00 */
#define DAY_S      INT64_C(86400)
#define DAY_MIN    1440
#define MINUTE_S   60
#define CLOCK_TEXT 5 /* 18:00 */

/* ---- hours ----------------------------------------------------------------------- */

static bool take_clock(const char *p, int *out)
{
    char hour[3] = {p[0], p[0] ? p[1] : '\0', '\0'};
    int64_t h, m;
    char minute[3] = {0};

    if (strlen(p) < CLOCK_TEXT || p[2] != ':' || p[0] == '-' || p[3] == '-')
        return false;
    memcpy(minute, p + 3, 2);
    if (!num_parse(hour, 0, 23, &h) || !num_parse(minute, 0, 59, &m))
        return false;
    *out = (int)(h * 60 + m);
    return true;
}

int plan_hours_parse(const char *text, struct plan_hours *out, struct err *e)
{
    struct plan_hours h = {0, 0};

    if (text[0] &&
        (strlen(text) != 2 * CLOCK_TEXT + 1 || text[CLOCK_TEXT] != '-' ||
         !take_clock(text, &h.from) || !take_clock(text + CLOCK_TEXT + 1, &h.to)))
        return err_set(e, ERR_CONFIG, "%.40s", text);
    *out = h;
    return 0;
}

static int64_t since_midnight(int64_t now)
{
    return (now + ZONE_S) % DAY_S;
}

bool plan_hours_in(const struct plan_hours *h, int64_t now)
{
    int64_t at = since_midnight(now) / MINUTE_S;

    if (h->from == h->to)
        return true;
    if (h->from < h->to)
        return at >= h->from && at < h->to;
    return at >= h->from || at < h->to;
}

/* When the clock shows @minute next. */
static int64_t next_time(int64_t now, int minute)
{
    int64_t midnight = now - since_midnight(now);
    int64_t at = midnight + (int64_t)minute * MINUTE_S;

    return at > now ? at : at + DAY_S;
}

int64_t plan_day(int64_t now)
{
    return (now + ZONE_S) / DAY_S;
}

/* ---- what may go ----------------------------------------------------------------- */

const char *plan_reason_name(enum plan_reason why)
{
    static const char *const names[] = {"", "window", "night", "cap", "stick", "kept"};

    return names[why];
}

/* What time and money say, whatever the class is; then what masters alone obey. */
enum plan_reason plan_may(const struct plan_rules *r, enum bundle_class cls,
                          int64_t now, int64_t today, int64_t *until)
{
    bool master = cls == CLASS_MASTER;
    enum plan_reason why = PLAN_FREE;
    int64_t later = 0;

    if (master && r->masters == PLAN_MASTERS_NEVER) {
        why = PLAN_KEPT;
    } else if (master && r->masters == PLAN_MASTERS_STICK && !r->folder) {
        why = PLAN_STICK;
    } else if (r->folder) {
        why = PLAN_FREE;
    } else if (!plan_hours_in(&r->window, now)) {
        why = PLAN_WINDOW;
        later = next_time(now, r->window.from);
    } else if (master && r->masters == PLAN_MASTERS_NIGHT &&
               !plan_hours_in(&r->night, now)) {
        why = PLAN_NIGHT;
        later = next_time(now, r->night.from);
    } else if (cls != CLASS_META && r->daily_bytes && today >= r->daily_bytes) {
        why = PLAN_CAP;
        later = next_time(now, 0);
    }
    if (until)
        *until = later;
    return why;
}

bool plan_next(const struct plan_rules *r, const bool waiting[CLASS_COUNT], int64_t now,
               int64_t today, enum bundle_class *cls)
{
    for (int i = 0; i < CLASS_COUNT; i++)
        if (waiting[i] &&
            plan_may(r, (enum bundle_class)i, now, today, NULL) == PLAN_FREE) {
            *cls = (enum bundle_class)i;
            return true;
        }
    return false;
}
