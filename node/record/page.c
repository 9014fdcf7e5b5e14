/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/page.h"

#include <assert.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/utf8.h"

static const char *const states[] = {"captured", "recognized", "blank", "failed"};
static const char *const gates[] = {"unchecked", "clear", "held"};

const char *page_state_name(enum page_state s)
{
    assert((size_t)s < ARRAY_LEN(states));
    return states[s];
}

bool page_state_find(const char *name, enum page_state *out)
{
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (strcmp(states[i], name) == 0) {
            *out = (enum page_state)i;
            return true;
        }
    }
    return false;
}

const char *page_gate_name(enum page_gate g)
{
    assert((size_t)g < ARRAY_LEN(gates));
    return gates[g];
}

bool page_gate_find(const char *name, enum page_gate *out)
{
    for (size_t i = 0; i < ARRAY_LEN(gates); i++) {
        if (strcmp(gates[i], name) == 0) {
            *out = (enum page_gate)i;
            return true;
        }
    }
    return false;
}

static bool within(int64_t v, int64_t max)
{
    return v >= 0 && v <= max;
}

int page_check(const struct page *p, struct err *e)
{
    const char *what = NULL;

    if (!ident_is_page(p->name))
        what = "page";
    else if (!ident_is_page(p->master))
        what = "master";
    else if (!ident_is_item(p->item))
        what = "item";
    else if (!p->media[0] || !utf8_valid(p->media, strlen(p->media)))
        what = "media type";
    else if (!within(p->index, PAGE_INDEX_MAX))
        what = "index";
    else if (!within(p->seq, PAGE_INDEX_MAX))
        what = "seq";
    else if (!within(p->width_px, PAGE_SIDE_MAX) ||
             !within(p->height_px, PAGE_SIDE_MAX))
        what = "size";
    else if (!within(p->dpi, PAGE_DPI_MAX))
        what = "dpi";
    else if (!within(p->confidence, 100))
        what = "confidence";
    if (what)
        return err_set(e, ERR_PAGE, "%.16s: %s", p->name, what);
    return 0;
}
