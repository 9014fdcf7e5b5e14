/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/flow/flow_export.h"
#include "node/flow/flow_item.h"
#include "node/flow/flow_verify.h"
#include "node/record/kind.h"
#include "node/web/api_verbs.h"

#define ROWS     50
#define ROWS_MAX 200

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

/* Takes dossier?, state?, kind?, doubtful?=1, lane?=keying, after? (a row's item),
 * order?=newest, limit? (to 200). Rows: flow_verify_list(). */
int api_item_list(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "item"};
    struct flow_listener to = api_listener(&lines);
    struct flow_verify_query q = {.dossier = or_null(api_arg(c, "dossier")),
                                  .kind = or_null(api_arg(c, "kind")),
                                  .state = -1,
                                  .doubtful = strcmp(api_arg(c, "doubtful"), "1") == 0,
                                  .keying = strcmp(api_arg(c, "lane"), "keying") == 0,
                                  .newest = strcmp(api_arg(c, "order"), "newest") == 0,
                                  .after = or_null(api_arg(c, "after")),
                                  .user = c->user,
                                  .limit = ROWS};
    enum item_state state = ITEM_CAPTURED;
    const char *limit = api_arg(c, "limit");
    char next[IDENT_NAME_MAX] = "";

    if (api_arg(c, "state")[0]) {
        if (!item_state_find(api_arg(c, "state"), &state))
            return err_set(e, ERR_WEB_FIELD, "state");
        q.state = (int)state;
    }
    if (q.kind && !kind_find(q.kind))
        return err_set(e, ERR_WEB_FIELD, "kind");
    if (limit[0] && !num_parse(limit, 1, ROWS_MAX, &q.limit))
        return err_set(e, ERR_WEB_FIELD, "limit");
    if (flow_verify_list(c->flow, &q, &to, next, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), or_null(next));
    return 0;
}

/* Takes nothing. Rows: flow_verify_above(). */
int api_item_above(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "item"};
    struct flow_listener to = api_listener(&lines);

    if (flow_verify_above(c->flow, c->user, &to, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), NULL);
    return 0;
}

/* Takes :item. flow_verify_show(). */
int api_item_get(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;

    if (flow_verify_show(c->flow, api_arg(c, "item"), &j, e) < 0)
        return -1;
    api_json(r, j);
    return 0;
}

/* The one line that a change tells. */
static int answer(struct api_reply *r, const struct jdoc *rows)
{
    api_json(r, jdoc_at(rows, 0));
    return 0;
}

static int change(const struct api_call *c, const struct flow_verify_change *what,
                  struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);

    if (flow_verify_change(c->flow, what, &to, e) < 0)
        return -1;
    return answer(r, rows);
}

/* Takes :item, :field; body: value, seen, why? (needed on a sealed record). */
int api_item_field(const struct api_call *c, struct api_reply *r, struct err *e)
{
    struct flow_verify_change what = {.item = api_arg(c, "item"),
                                      .field = api_arg(c, "field"),
                                      .user = c->user,
                                      .why = jdoc_text(api_body(c), "why")};

    if (api_body_text(c, "value", &what.value, e) < 0 ||
        api_body_text(c, "seen", &what.seen, e) < 0)
        return -1;
    return change(c, &what, r, e);
}

static int mark(const struct api_call *c, enum field_mark as, struct api_reply *r,
                struct err *e)
{
    struct flow_verify_change what = {.item = api_arg(c, "item"),
                                      .user = c->user,
                                      .mark = as,
                                      .why = jdoc_text(api_body(c), "why"),
                                      .seen = jdoc_text(api_body(c), "seen")};

    if (api_body_text(c, "field", &what.field, e) < 0)
        return -1;
    return change(c, &what, r, e);
}

/* Takes :item; body: field, why, seen?. "blank-in-book" is no reason of this kind: it
 * is api_item_blank(). */
int api_item_illegible(const struct api_call *c, struct api_reply *r, struct err *e)
{
    const char *why = jdoc_text(api_body(c), "why");

    if (why && strcmp(why, "blank-in-book") == 0)
        return api_item_blank(c, r, e);
    return mark(c, FIELD_ILLEGIBLE, r, e);
}

/* Takes :item; body: field, seen?. */
int api_item_blank(const struct api_call *c, struct api_reply *r, struct err *e)
{
    return mark(c, FIELD_BLANK, r, e);
}

/* Takes :item. Answers the row of `item list --json`. */
int api_item_verify(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);

    if (flow_item_verify(c->flow, api_arg(c, "item"), c->user, &to, e) < 0)
        return -1;
    return answer(r, rows);
}

/* Takes :item; body: why. The same row. */
int api_item_return(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);
    const char *why = NULL;

    if (api_body_text(c, "why", &why, e) < 0)
        return -1;
    if (!why[0])
        return err_set(e, ERR_WHY, "%s", api_arg(c, "item"));
    if (flow_item_return(c->flow, api_arg(c, "item"), c->user, why, &to, e) < 0)
        return -1;
    return answer(r, rows);
}

/* Takes :item. Answers the line "undo" (flow_verify_undo()). */
int api_item_undo(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);

    if (flow_verify_undo(c->flow, api_arg(c, "item"), c->user, &to, e) < 0)
        return -1;
    return answer(r, rows);
}

/* Takes :item; body: dossier?, kind?, expect? (why another count of pages is right).
 * Answers the row. */
int api_item_place(const struct api_call *c, struct api_reply *r, struct err *e)
{
    static const char *const NAMES[] = {"dossier", "kind", "expect"};
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);
    char *pairs[ARRAY_LEN(NAMES)] = {NULL};
    size_t count = 0;
    int rc = 0;

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        const char *value = jdoc_text(api_body(c), NAMES[i]);

        if (value)
            pairs[count++] = mem_printf("%s=%s", NAMES[i], value);
    }
    rc = count ? flow_item_set(c->flow, api_arg(c, "item"), c->user,
                               (const char *const *)pairs, count, &to, e)
               : err_set(e, ERR_WEB_FIELD, "dossier");
    for (size_t i = 0; i < count; i++)
        mem_free(pairs[i]);
    return rc < 0 ? -1 : answer(r, rows);
}

/* Takes :item. Rows: event, value, revision (flow_item_history()). */
int api_item_history(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);

    if (flow_item_history(c->flow, api_arg(c, "item"), &to, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), NULL);
    return 0;
}

/* Takes :item. The record as a PDF that can be searched (flow_export_pdf()). */
int api_item_pdf(const struct api_call *c, struct api_reply *r, struct err *e)
{
    if (flow_export_pdf(c->flow, api_arg(c, "item"), &r->body, e) < 0)
        return -1;
    r->type = "application/pdf";
    return 0;
}
