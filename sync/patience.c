/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/patience.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"

#define FILE_NAME "run/link.json"

void patience_init(struct patience *p)
{
    *p = (struct patience){.dead_ms = PATIENCE_DEFAULT_MS};
}

static int64_t clamp(int64_t ms)
{
    return ms < PATIENCE_MIN_MS ? PATIENCE_MIN_MS
                                : (ms > PATIENCE_MAX_MS ? PATIENCE_MAX_MS : ms);
}

/* The longest but one of ten, the longest of fewer. */
static int64_t usual(const struct patience *p)
{
    int64_t first = 0, second = 0;

    for (int i = 0; i < p->count; i++) {
        int64_t ms = p->recovered[i];

        if (ms > first) {
            second = first;
            first = ms;
        } else if (ms > second) {
            second = ms;
        }
    }
    return p->count == PATIENCE_KEPT ? second : first;
}

static void set(struct patience *p, int64_t ms)
{
    p->dead_ms = clamp(ms);
    p->changed = true;
}

void patience_recovered(struct patience *p, int64_t ms)
{
    if (ms < PATIENCE_NOTED_MS)
        return;
    if (p->count == PATIENCE_KEPT) {
        memmove(p->recovered, p->recovered + 1,
                (PATIENCE_KEPT - 1) * sizeof *p->recovered);
        p->count--;
    }
    p->recovered[p->count++] = ms;
    p->broken = false;
    set(p, 2 * usual(p));
}

void patience_gave_up(struct patience *p, int64_t ms)
{
    if (ms < PATIENCE_NOTED_MS)
        return;
    p->before_ms = p->dead_ms;
    if (p->count == 0)
        set(p, p->dead_ms / 2);
}

void patience_away(struct patience *p)
{
    if (p->before_ms > 0)
        set(p, 2 * p->before_ms);
    p->before_ms = 0;
}

void patience_broke(struct patience *p)
{
    p->changed = p->changed || !p->broken;
    p->broken = true;
}

bool patience_lasts(const struct patience *p)
{
    return p->count > 0 && !p->broken;
}

int64_t patience_spare_ms(const struct patience *p, int64_t usual_ms)
{
    int64_t over_ms =
        p->dead_ms / 2 + PATIENCE_SLACK_MS; /* dead: twice the usual one */

    return patience_lasts(p) && over_ms > usual_ms ? over_ms : usual_ms;
}

/* ---- between runs -----------------------------------------------------------------
 */

void patience_load(struct patience *p, const char *home)
{
    AUTO_MEM char *path = fs_path(home, FILE_NAME);
    AUTO_JDOC struct jdoc *j = NULL;
    const struct jdoc *list;
    struct err ignored = ERR_INIT; /* it is learned anew */
    int64_t dead_ms;

    patience_init(p);
    if (!fs_exists(path) || jdoc_read_file(path, &j, &ignored) < 0 ||
        !jdoc_int(j, "dead_ms", PATIENCE_MIN_MS, PATIENCE_MAX_MS, &dead_ms))
        return;
    p->dead_ms = dead_ms;
    p->broken = jdoc_bool(j, "broken", false);
    list = jdoc_get(j, "recovered_ms");
    for (size_t i = 0; i < jdoc_count(list) && p->count < PATIENCE_KEPT; i++)
        if (jdoc_int_at(list, i, PATIENCE_NOTED_MS, INT32_MAX, &p->recovered[p->count]))
            p->count++;
}

int patience_save(struct patience *p, const char *home, struct err *e)
{
    AUTO_MEM char *folder = fs_path(home, "run");
    AUTO_MEM char *path = fs_path(home, FILE_NAME);
    AUTO_JDOC struct jdoc *j = NULL;
    struct jdoc *list = NULL;

    if (!p->changed)
        return 0;
    j = jdoc_object();
    list = jdoc_array();
    for (int i = 0; i < p->count; i++)
        jdoc_add_int(list, p->recovered[i]);
    jdoc_set(j, "recovered_ms", list);
    jdoc_set_int(j, "dead_ms", p->dead_ms);
    if (p->broken)
        jdoc_set_bool(j, "broken", true);
    if (fs_mkdirs(folder, e) < 0 || jdoc_write_file(path, j, e) < 0)
        return -1;
    p->changed = false;
    return 0;
}
