/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/flow/flow_keying.h"
#include "node/flow/flow_reading.h"
#include "node/store/store_page.h"
#include "node/web/api_verbs.h"

#define ROWS_MAX 1000
#define DAY_S    86400
#define DAYS     31
#define DAYS_MAX 3660

/* A page that is too small to be read tells nothing. */
static bool is_thumb(const struct api_call *c)
{
    int64_t width = 0;

    return num_parse(api_arg(c, "width"), 1, FLOW_READING_THUMB_PX, &width);
}

/* Of whom a verb shows something. Lists and counts of the work are none of these.
 * OF_VALUES: also what stands in the fields, which is kept from who keys them blind. */
static const struct {
    const char *verb;
    enum { OF_VALUES, OF_ITEM, OF_PAGE, OF_SEARCH } of;
} READS[] = {{"item", OF_VALUES},       {"item.history", OF_VALUES},
             {"item.pdf", OF_VALUES},   {"keying.field", OF_ITEM},
             {"page.picture", OF_PAGE}, {"page.strip", OF_PAGE},
             {"page.words", OF_PAGE},   {"search", OF_SEARCH}};

static int note_page(const struct api_call *c, const char *verb, const char *purpose,
                     struct err *e)
{
    struct page p;
    bool thumb = strcmp(verb, "page.picture") == 0 && is_thumb(c);
    int rc = thumb ? 0 : store_page_get(c->flow->store, api_arg(c, "page"), &p, e);

    if (rc <= 0)
        return rc;
    if (strcmp(verb, "page.words") == 0 &&
        flow_keying_need_sight(c->flow, p.item, c->user, e) < 0)
        return -1;
    return flow_reading_record(c->flow, p.item, purpose, e);
}

int api_reading(const struct api_call *c, const char *verb, struct err *e)
{
    const char *purpose =
        api_arg(c, FLOW_READING_AUTO)[0] ? FLOW_READING_AUTO : api_arg(c, "purpose");
    size_t i = 0;

    if (strcmp(api_arg(c, "purpose"), FLOW_READING_AUTO) == 0) /* for us to say */
        return err_set(e, ERR_READING_PURPOSE, "%s", "purpose");

    while (i < ARRAY_LEN(READS) && strcmp(READS[i].verb, verb) != 0)
        i++;
    if (i == ARRAY_LEN(READS))
        return 0;
    switch (READS[i].of) {
    case OF_VALUES:
        if (flow_keying_need_sight(c->flow, api_arg(c, "item"), c->user, e) < 0)
            return -1;
        return flow_reading_record(c->flow, api_arg(c, "item"), purpose, e);
    case OF_ITEM:
        return flow_reading_record(c->flow, api_arg(c, "item"), purpose, e);
    case OF_PAGE:
        return note_page(c, verb, purpose, e);
    case OF_SEARCH:
        return flow_reading_search(c->flow, api_arg(c, "q"), purpose, e);
    }
    return 0;
}

/* The newest ROWS_MAX lines. */
struct ring {
    struct jdoc *rows[ROWS_MAX]; /* owned */
    size_t count;                /* all that came */
};

static void hear(void *to, const struct jdoc *line)
{
    struct ring *r = to;
    struct jdoc **at = &r->rows[r->count++ % ROWS_MAX];

    jdoc_free(*at);
    *at = jdoc_copy(line);
}

static void ring_free(struct ring **r)
{
    for (size_t i = 0; i < ROWS_MAX; i++)
        jdoc_free((*r)->rows[i]);
    mem_free(*r);
}

/* Takes user?, subject?, days? (31). {"rows","next":null,"all","broken","torn","back"}:
 * the newest ROWS_MAX, newest first. */
int api_reading_list(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO(ring_free) struct ring *all = mem_new(1, sizeof *all);
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct jdoc *rows = jdoc_array();
    struct flow_listener to = {.line = hear, .to = all};
    struct flow_reading_query q = {.user = api_arg(c, "user"),
                                   .subject = api_arg(c, "subject")};
    struct flow_reading_sum sum = {0};
    int64_t days = DAYS;
    size_t n = 0;

    if (api_arg(c, "days")[0] && !num_parse(api_arg(c, "days"), 1, DAYS_MAX, &days)) {
        jdoc_free(rows);
        return err_set(e, ERR_WEB_FIELD, "days");
    }
    q.user = q.user[0] ? q.user : NULL;
    q.subject = q.subject[0] ? q.subject : NULL;
    q.since = clock_now() - days * DAY_S;
    jdoc_set(j, "rows", rows);
    if (flow_reading_list(c->flow, &q, &to, &sum, e) < 0)
        return -1;
    for (size_t i = all->count; i > 0 && n < ROWS_MAX; i--, n++) {
        jdoc_add(rows, all->rows[(i - 1) % ROWS_MAX]);
        all->rows[(i - 1) % ROWS_MAX] = NULL;
    }
    jdoc_set_null(j, "next");
    jdoc_set_int(j, "all", sum.all);
    jdoc_set_int(j, "broken", sum.broken);
    jdoc_set_int(j, "torn", sum.torn);
    jdoc_set_int(j, "back", sum.back);
    api_json(r, j);
    return 0;
}
