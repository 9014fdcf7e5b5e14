/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_view.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_picture.h"
#include "node/store/object.h"
#include "node/store/store_page.h"
#include "node/store/store_picture.h"
#include "ocr/doubt.h"
#include "ocr/result.h"

#define THUMB_PX 240 /* up to here the small picture that was kept is large enough */

static int need_page(struct flow *f, const char *name, struct page *out, struct err *e)
{
    int found = ident_is_page(name) ? store_page_get(f->store, name, out, e) : 0;

    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_PAGE_ABSENT, "%s", name);
    if (out->gate == PAGE_HELD)
        return err_set(e, ERR_ITEM_HELD, "%s", name);
    return 0;
}

/* The small picture made while reading. 1, 0 there is none, -1. */
static int stored_thumb(struct flow *f, const struct page *p, struct str *jpeg,
                        struct err *e)
{
    char hex[HASH_HEX];
    AUTO_FD int fd = -1;
    int found = store_picture_get(f->store, p->name, STORE_PICTURE_THUMB, hex, e);

    if (found <= 0)
        return found;
    fd = object_open(store_objects(f->store), hex, true, NULL, e);
    if (fd < 0 || fs_read_fd(fd, hex, jpeg, e) < 0)
        return -1;
    return 1;
}

static int load(struct flow *f, const struct page *p, struct err *e)
{
    AUTO_PICTURE struct flow_picture picture = FLOW_PICTURE_INIT;
    struct view_picture v = {.key = p->name};

    if (flow_picture_open(f, p, &picture, e) < 0)
        return -1;
    v.fd = picture.fd;
    v.index = picture.index;
    v.rendered = picture.rendered;
    return view_load(f->view, &v, e);
}

int flow_view_page(struct flow *f, const char *page, const struct view_piece *piece,
                   struct str *jpeg, struct err *e)
{
    struct view_piece cut = *piece;
    struct page p = {0};
    int thumb = 0;

    if (need_page(f, page, &p, e) < 0)
        return -1;
    if (piece->w == 0 && piece->width_px <= THUMB_PX)
        thumb = stored_thumb(f, &p, jpeg, e);
    if (thumb != 0)
        return thumb < 0 ? -1 : 0;
    cut.page_w = (int32_t)p.width_px;
    cut.page_h = (int32_t)p.height_px;
    if (cut.w > 0 && (cut.page_w == 0 || cut.page_h == 0))
        return err_set(e, ERR_LIMIT, "%s", page); /* its size is not known yet */
    if (!f->view)
        f->view = view_new();
    if (!view_has(f->view, page) && load(f, &p, e) < 0)
        return -1;
    return view_cut(f->view, page, &cut, jpeg, e);
}

static struct jdoc *word_line(const struct result *r, size_t i, const struct doubts *d)
{
    const struct result_word *w = &r->words[i];
    AUTO_MEM char *text = mem_printf("%.*s", (int)w->len, r->text + w->start);
    const char *doubt = doubt_reason(d, i);
    struct jdoc *line = flow_line("word");

    jdoc_set_text(line, "text", text);
    jdoc_set_int(line, "x", w->x);
    jdoc_set_int(line, "y", w->y);
    jdoc_set_int(line, "w", w->w);
    jdoc_set_int(line, "h", w->h);
    jdoc_set_int(line, "confidence", w->confidence);
    if (doubt)
        jdoc_set_text(line, "doubt", doubt);
    return line;
}

int flow_view_words(struct flow *f, const char *page, const struct flow_listener *to,
                    struct err *e)
{
    AUTO_TEXT struct store_text text = {0};
    AUTO_RESULT struct result r = {0};
    AUTO_DOUBTS struct doubts d = {0};
    struct page p = {0};
    int found = 0;

    if (need_page(f, page, &p, e) < 0)
        return -1;
    found = store_page_text(f->store, p.id, &text, e);
    if (found <= 0 || text.boxes.len == 0)
        return found < 0 ? -1 : 0;
    if (result_unpack(text.text, str_text(&text.boxes), text.boxes.len, &r, e) < 0)
        return -1;
    doubt_find(&r, &d);
    for (size_t i = 0; i < r.word_count; i++)
        flow_tell(to, word_line(&r, i, &d));
    return 0;
}
