/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/flow/flow_keyed.h"
#include "node/flow/flow_keying.h"
#include "node/store/store_user.h"
#include "node/web/api_verbs.h"

#define ROWS 200 /* what one person does before he asks again */

/* The one line that was told. */
static int answered(struct api_reply *r, const struct jdoc *rows)
{
    api_json(r, jdoc_at(rows, 0));
    return 0;
}

static int list(const struct api_call *c, enum flow_keyed_what what,
                struct api_reply *r, struct err *e)
{
    static const char *const COUNTS[] = {"second", "third", "fresh"};
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_JDOC struct jdoc *all = jdoc_array();
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = all};
    struct flow_listener to = api_listener(&lines);
    const char *dossier = api_arg(c, "dossier");
    struct flow_keyed_query q = {.what = what,
                                 .dossier = dossier[0] ? dossier : NULL,
                                 .user = c->user,
                                 .places = true,
                                 .limit = ROWS};

    if (flow_keyed_list(c->flow, &q, &to, e) < 0)
        return -1;
    for (size_t i = 0; i < jdoc_count(all); i++) {
        const struct jdoc *line = jdoc_at(all, i);
        int64_t n = 0;

        if (strcmp(jdoc_text(line, "type"), "keying") == 0)
            jdoc_add(rows, jdoc_copy(line));
        else
            for (size_t k = 0; k < ARRAY_LEN(COUNTS); k++)
                if (jdoc_int(line, COUNTS[k], 0, INT64_MAX, &n))
                    jdoc_set_int(j, COUNTS[k], n);
    }
    jdoc_set(j, "rows", TAKE(rows));
    jdoc_set_null(j, "next");
    api_json(r, j);
    return 0;
}

/* Takes dossier?. Rows "keying" that wait for this user as second, without what stands
 * there; second, third, fresh: flow_keyed_list(). */
int api_keying_second(const struct api_call *c, struct api_reply *r, struct err *e)
{
    return list(c, FLOW_KEYED_SECOND, r, e);
}

/* The same of what waits for this user as third: where to look. What was answered is a
 * record's data, and asked for one by one: keying.field. */
int api_keying_third(const struct api_call *c, struct api_reply *r, struct err *e)
{
    return list(c, FLOW_KEYED_THIRD, r, e);
}

/* @rows: the row of the field, when it waits for this user. */
static int find_field(const struct api_call *c, enum flow_keyed_what what,
                      struct jdoc *rows, struct err *e)
{
    struct api_lines lines = {.rows = rows, .type = "keying"};
    struct flow_listener to = api_listener(&lines);
    struct flow_keyed_query q = {.what = what,
                                 .item = api_arg(c, "item"),
                                 .field = api_arg(c, "field"),
                                 .user = c->user};

    return flow_keyed_list(c->flow, &q, &to, e);
}

/* Takes :item, :field. The row "keying" of what waits for this user: as second, without
 * what stands there; as third, who may verify, with both answers. */
int api_keying_field(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();

    if (find_field(c, FLOW_KEYED_SECOND, rows, e) < 0)
        return -1;
    if (jdoc_count(rows) == 0 &&
        (store_user_may(c->flow->store, c->user, ROLE_VERIFY, e) < 0 ||
         find_field(c, FLOW_KEYED_THIRD, rows, e) < 0))
        return -1;
    if (jdoc_count(rows) == 0)
        return err_set(e, ERR_KEYING, "%s %s", api_arg(c, "item"), api_arg(c, "field"));
    return answered(r, rows);
}

/* Takes dossier?. Rows "draw" and "residual": flow_keyed_report(). */
int api_keying_report(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);
    const char *dossier = api_arg(c, "dossier");

    if (flow_keyed_report(c->flow, dossier[0] ? dossier : NULL, &to, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), NULL);
    return 0;
}

/* Body: dossier ("none": loose records). The rate is that of the settings. */
int api_keying_draw(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);
    const char *dossier = NULL;

    if (api_body_text(c, "dossier", &dossier, e) < 0 ||
        flow_keying_draw(c->flow, dossier, -1, c->user, &to, e) < 0)
        return -1;
    return answered(r, rows);
}

/* Of the body: value, or mark with why. */
static int read_answer(const struct api_call *c, struct flow_keying_answer *a,
                       struct err *e)
{
    const char *mark = jdoc_text(api_body(c), "mark");

    *a = (struct flow_keying_answer){.item = api_arg(c, "item"),
                                     .field = api_arg(c, "field"),
                                     .user = c->user,
                                     .value = jdoc_text(api_body(c), "value"),
                                     .why = jdoc_text(api_body(c), "why")};
    if (mark && !field_mark_find(mark, &a->mark))
        return err_set(e, ERR_WEB_FIELD, "mark");
    return 0;
}

/* Takes :item, :field; body: value, or mark (illegible with why, blank). Answers the
 * line "keyed": not whether it is the same as the first. */
int api_keying_answer(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);
    struct flow_keying_answer a = {0};

    if (read_answer(c, &a, e) < 0)
        return -1;
    if (!a.value == !a.mark)
        return err_set(e, ERR_WEB_FIELD, "value");
    if (flow_keying_second(c->flow, &a, &to, e) < 0)
        return -1;
    return answered(r, rows);
}

/* Takes :item, :field; body: take (first, second, other), with other value or mark.
 * Answers the line "settled". */
int api_keying_settle(const struct api_call *c, struct api_reply *r, struct err *e)
{
    static const char *const WORDS[] = {[FLOW_KEYING_FIRST] = "first",
                                        [FLOW_KEYING_SECOND] = "second",
                                        [FLOW_KEYING_OTHER] = "other"};
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);
    struct flow_keying_answer a = {0};
    const char *take = NULL;
    size_t at = 0;

    if (api_body_text(c, "take", &take, e) < 0 || read_answer(c, &a, e) < 0)
        return -1;
    while (at < ARRAY_LEN(WORDS) && strcmp(WORDS[at], take) != 0)
        at++;
    if (at == ARRAY_LEN(WORDS))
        return err_set(e, ERR_WEB_FIELD, "take");
    if (at == FLOW_KEYING_OTHER && !a.value == !a.mark)
        return err_set(e, ERR_WEB_FIELD, "value");
    if (flow_keying_settle(c->flow, &a, (enum flow_keying_take)at, &to, e) < 0)
        return -1;
    return answered(r, rows);
}
