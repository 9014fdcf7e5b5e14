/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/spans.h"

#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/result.h"

static size_t run(const struct result *r, size_t first, int by_line,
                  struct spans_box *box)
{
    const struct result_word *w = &r->words[first];
    int32_t left = w->x, top = w->y, right = w->x + w->w, bottom = w->y + w->h;
    size_t i = first;

    for (; i < r->word_count; i++) {
        const struct result_word *o = &r->words[i];

        if (by_line ? o->line != w->line : o->block != w->block)
            break;
        left = o->x < left ? o->x : left;
        top = o->y < top ? o->y : top;
        right = o->x + o->w > right ? o->x + o->w : right;
        bottom = o->y + o->h > bottom ? o->y + o->h : bottom;
    }
    if (box)
        *box = (struct spans_box){left, top, right - left, bottom - top};
    return i - first;
}

size_t spans_line(const struct result *r, size_t first, struct spans_box *box)
{
    return run(r, first, 1, box);
}

size_t spans_block(const struct result *r, size_t first, struct spans_box *box)
{
    return run(r, first, 0, box);
}

void spans_add_xml(struct str *out, const char *text, size_t len)
{
    while (len > 0) {
        const char *from = text;
        unsigned cp = utf8_next(&text, &len);

        if (cp == '&')
            str_add(out, "&amp;");
        else if (cp == '<')
            str_add(out, "&lt;");
        else if (cp == '>')
            str_add(out, "&gt;");
        else if (cp == '"')
            str_add(out, "&quot;");
        else if (cp == '\'')
            str_add(out, "&apos;");
        else if ((cp >= ' ' || cp == '\n') && cp != 0xFFFE && cp != 0xFFFF)
            str_add_mem(out, from, (size_t)(text - from));
    }
}
