/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_auto.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"

#define FAILURES_MAX 8 /* more make no longer time */
#define COUNT_MAX    INT64_C(1000000000)
#define SECOND_MS    1000

void web_auto_init(struct web_auto *a, int64_t now_ms)
{
    *a = (struct web_auto){.next_ms = now_ms + WEB_AUTO_FIRST_MS};
}

bool web_auto_due(const struct web_auto *a, int64_t now_ms)
{
    return now_ms >= a->next_ms;
}

void web_auto_later(struct web_auto *a, int64_t now_ms)
{
    a->next_ms = now_ms + WEB_AUTO_LOOK_MS;
}

int64_t web_auto_left_s(const struct web_auto *a, int64_t now_ms)
{
    int64_t left_ms = a->next_ms - now_ms;

    return left_ms > 0 ? (left_ms + SECOND_MS - 1) / SECOND_MS : 0;
}

/* The summary of "sync run": what is not here with a receipt. */
static bool is_open(const struct jdoc *job)
{
    const struct jdoc *sum = jdoc_get(job, "summary");
    int64_t waiting = 0;
    int64_t accepted = 0;

    return jdoc_int(sum, "waiting", 1, COUNT_MAX, &waiting) ||
           jdoc_int(sum, "accepted", 1, COUNT_MAX, &accepted);
}

static int64_t down_ms(int failures)
{
    int64_t ms = WEB_AUTO_DOWN_MS << (failures - 1);

    return ms < WEB_AUTO_LATEST_MS ? ms : WEB_AUTO_LATEST_MS;
}

static void sync_ended(struct web_auto *a, const struct jdoc *job, int64_t now_ms)
{
    int64_t code = EXIT_FAILED;

    if (jdoc_int(job, "exit", 0, COUNT_MAX, &code) &&
        (code == EXIT_DONE || code == EXIT_PARTLY)) {
        a->failures = 0;
        a->next_ms = now_ms + (is_open(job) ? WEB_AUTO_OPEN_MS : WEB_AUTO_CALM_MS);
        return;
    }
    if (a->failures < FAILURES_MAX)
        a->failures++;
    a->next_ms = now_ms + down_ms(a->failures);
}

void web_auto_hear(struct web_auto *a, const struct jdoc *job, int64_t now_ms)
{
    const char *kind = jdoc_text(job, "kind");
    const char *state = jdoc_text(job, "state");

    if (!kind || !state || strcmp(state, "running") == 0)
        return;
    if (strcmp(kind, "sync") == 0)
        sync_ended(a, job, now_ms);
    else if (strcmp(kind, "seal") == 0 && strcmp(state, "done") == 0)
        a->next_ms = now_ms + WEB_AUTO_SEALED_MS;
}
