/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_page.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/hash.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"

#define SCHEMA 1

void flow_page_print(const struct page *p, const struct store_text *text,
                     struct str *out)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();

    jdoc_set_int(j, "schema", SCHEMA);
    jdoc_set_text(j, "page", p->name);
    jdoc_set_text(j, "master", p->master);
    jdoc_set_int(j, "index", p->index);
    jdoc_set_text(j, "item", p->item);
    jdoc_set_int(j, "seq", p->seq);
    jdoc_set_text(j, "media", p->media);
    jdoc_set_int(j, "width", p->width_px);
    jdoc_set_int(j, "height", p->height_px);
    jdoc_set_int(j, "dpi", p->dpi);
    jdoc_set_text(j, "state", page_state_name(p->state));
    jdoc_set_int(j, "confidence", p->confidence);
    if (p->layer[0])
        jdoc_set_text(j, "layer", p->layer);
    if (p->is_signed)
        jdoc_set_bool(j, "signed", true);
    if (text) {
        jdoc_set_text(j, "text", text->text);
        jdoc_set_int(j, "words", text->words);
        jdoc_set_text(j, "pipeline", text->pipeline);
        jdoc_set_text(j, "model", text->model);
    }
    jdoc_print(j, out);
    str_add_char(out, '\n');
}

void flow_page_clear(struct flow_page *p)
{
    store_page_text_clear(&p->text);
    memset(p, 0, sizeof *p);
}

static bool copy(const struct jdoc *j, const char *key, char *out, size_t size)
{
    const char *text = jdoc_text(j, key);

    if (!text || strlen(text) >= size)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool read_page(const struct jdoc *j, struct page *p)
{
    const char *state = jdoc_text(j, "state");
    int64_t confidence = 0;

    if (!copy(j, "page", p->name, sizeof p->name) ||
        !copy(j, "master", p->master, sizeof p->master) ||
        !copy(j, "item", p->item, sizeof p->item) ||
        !copy(j, "media", p->media, sizeof p->media) ||
        !jdoc_int(j, "index", 0, PAGE_INDEX_MAX, &p->index) ||
        !jdoc_int(j, "seq", 1, PAGE_INDEX_MAX, &p->seq) ||
        !jdoc_int(j, "width", 0, PAGE_SIDE_MAX, &p->width_px) ||
        !jdoc_int(j, "height", 0, PAGE_SIDE_MAX, &p->height_px) ||
        !jdoc_int(j, "dpi", 0, PAGE_DPI_MAX, &p->dpi) ||
        !jdoc_int(j, "confidence", 0, 100, &confidence) || !state ||
        !page_state_find(state, &p->state))
        return false;
    p->confidence = (int)confidence;
    p->gate = PAGE_CLEAR; /* nothing else may leave a node */
    return true;
}

static bool read_text(const struct jdoc *j, struct flow_page *out)
{
    const char *text = jdoc_text(j, "text");
    const char *pipeline = jdoc_text(j, "pipeline");
    const char *model = jdoc_text(j, "model");

    out->has_text = text != NULL;
    if (!text)
        return true;
    if (!pipeline || strlen(pipeline) > 100 || !model ||
        !hash_is_hex(model, HASH_HEX - 1) ||
        !jdoc_int(j, "words", 0, INT32_MAX, &out->text.words))
        return false;
    out->text.text = mem_dup(text);
    out->text.pipeline = mem_dup(pipeline);
    out->text.model = mem_dup(model);
    out->text.confidence = out->page.confidence;
    return true;
}

int flow_page_parse(const char *text, size_t len, struct flow_page *out, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    AUTO_FLOW_PAGE struct flow_page p = {0};
    int64_t schema = 0;

    if (jdoc_parse_canonical(text, len, &j, e) < 0)
        return -1;
    if (!jdoc_int(j, "schema", SCHEMA, SCHEMA, &schema) || !read_page(j, &p.page) ||
        !read_text(j, &p))
        return err_set(e, ERR_PAGE, "text");
    if (page_check(&p.page, e) < 0)
        return -1;
    *out = p;
    p = (struct flow_page){0};
    return 0;
}
