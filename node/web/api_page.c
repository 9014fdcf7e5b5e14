/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/num.h"
#include "node/flow/flow_sheet.h"
#include "node/flow/flow_view.h"
#include "node/web/api_verbs.h"

#define JPEG      "image/jpeg"
#define WIDTH     1200 /* of a page when nothing is asked for */
#define PIXEL_MAX 1000000

/* A number of the query; @otherwise when it is absent. */
static int number(const struct api_call *c, const char *name, int64_t min, int64_t max,
                  int32_t otherwise, int32_t *out, struct err *e)
{
    int64_t n = otherwise;

    if (api_arg(c, name)[0] && !num_parse(api_arg(c, name), min, max, &n))
        return err_set(e, ERR_WEB_FIELD, "%s", name);
    *out = (int32_t)n;
    return 0;
}

static int show(const struct api_call *c, const struct view_piece *piece,
                struct api_reply *r, struct err *e)
{
    if (flow_view_page(c->flow, api_arg(c, "page"), piece, &r->body, e) < 0)
        return -1;
    r->type = JPEG;
    return 0;
}

/* Takes :page, width? (pixels of the answer, never larger than the page). */
int api_page_picture(const struct api_call *c, struct api_reply *r, struct err *e)
{
    struct view_piece piece = {.w = 0};

    if (number(c, "width", 1, VIEW_SIDE_MAX, WIDTH, &piece.width_px, e) < 0)
        return -1;
    return show(c, &piece, r, e);
}

/* Takes :page, x, y, w, h (pixels of the page as captured), width?. */
int api_page_strip(const struct api_call *c, struct api_reply *r, struct err *e)
{
    struct view_piece piece = {.w = 0};

    if (number(c, "x", 0, PIXEL_MAX, 0, &piece.x, e) < 0 ||
        number(c, "y", 0, PIXEL_MAX, 0, &piece.y, e) < 0 ||
        number(c, "w", 1, PIXEL_MAX, 0, &piece.w, e) < 0 ||
        number(c, "h", 1, PIXEL_MAX, 0, &piece.h, e) < 0 ||
        number(c, "width", 1, VIEW_SIDE_MAX, WIDTH, &piece.width_px, e) < 0)
        return -1;
    if (piece.w == 0 || piece.h == 0)
        return err_set(e, ERR_WEB_FIELD, piece.w == 0 ? "w" : "h");
    return show(c, &piece, r, e);
}

/* Lines "page" of a change become the answer's rows. */
static int changed(struct api_reply *r, struct jdoc *taken)
{
    api_rows(r, taken, NULL);
    return 0;
}

/* Takes :page; body: with? (the page it changes places with). Rows: flow_sheet_swap().
 */
int api_page_swap(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);

    if (flow_sheet_swap(c->flow, api_arg(c, "page"), jdoc_text(api_body(c), "with"),
                        c->user, &to, e) < 0)
        return -1;
    return changed(r, TAKE(rows));
}

/* Takes :page; body: kept (false: the marks hold again). Rows: flow_sheet_keep(). */
int api_page_keep(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);

    if (flow_sheet_keep(c->flow, api_arg(c, "page"),
                        jdoc_bool(api_body(c), "kept", true), c->user, &to, e) < 0)
        return -1;
    return changed(r, TAKE(rows));
}

/* Takes :page. Rows: flow_view_words(). */
int api_page_words(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);

    if (flow_view_words(c->flow, api_arg(c, "page"), &to, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), NULL);
    return 0;
}
