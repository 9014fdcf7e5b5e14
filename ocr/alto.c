/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/alto.h"

#include <inttypes.h>
#include <string.h>

#include "node/base/str.h"
#include "ocr/result.h"
#include "ocr/spans.h"

void alto_begin(struct str *out, const char *item, const char *const *names,
                size_t count, const char *pipeline)
{
    str_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<alto xmlns=\"http://www.loc.gov/standards/alto/ns-v4#\" "
                 "SCHEMAVERSION=\"4.4\">\n<Description>\n"
                 "<MeasurementUnit>pixel</MeasurementUnit>\n"
                 "<sourceImageInformation>\n");
    for (size_t i = 0; i < count; i++)
        str_addf(out,
                 "<fileIdentifier fileIdentifierLocation=\"sha256\">%s"
                 "</fileIdentifier>\n",
                 names[i]);
    str_add(out, "<documentIdentifier>");
    spans_add_xml(out, item, strlen(item));
    str_add(out, "</documentIdentifier>\n</sourceImageInformation>\n"
                 "<Processing ID=\"reading\">\n"
                 "<processingCategory>contentGeneration</processingCategory>\n"
                 "<processingSoftware>\n<softwareName>sohoa</softwareName>\n"
                 "<softwareVersion>" SOHOA_VERSION "</softwareVersion>\n"
                 "<applicationDescription>");
    spans_add_xml(out, pipeline, strlen(pipeline));
    str_add(out, "</applicationDescription>\n</processingSoftware>\n</Processing>\n"
                 "</Description>\n<Layout>\n");
}

static void put_box(struct str *out, const struct spans_box *b)
{
    str_addf(out,
             " HPOS=\"%" PRId32 "\" VPOS=\"%" PRId32 "\" WIDTH=\"%" PRId32
             "\" HEIGHT=\"%" PRId32 "\"",
             b->x, b->y, b->w, b->h);
}

/* The white between two words. */
static void put_space(struct str *out, const struct result_word *w,
                      const struct result_word *next)
{
    int32_t left = w->x + w->w, gap = next->x - left;

    str_addf(out,
             "<SP HPOS=\"%" PRId32 "\" VPOS=\"%" PRId32 "\" WIDTH=\"%" PRId32 "\"/>\n",
             left, w->y, gap > 0 ? gap : 0);
}

static void put_line(struct str *out, const struct result *r, size_t first,
                     size_t count, int64_t seq)
{
    for (size_t i = first; i < first + count; i++) {
        const struct result_word *w = &r->words[i];
        struct spans_box b = {w->x, w->y, w->w, w->h};

        str_addf(out, "<String ID=\"p%" PRId64 "_w%zu\"", seq, i);
        put_box(out, &b);
        str_addf(out, " WC=\"%d.%02d\" CONTENT=\"", w->confidence / 100,
                 w->confidence % 100);
        spans_add_xml(out, r->text + w->start, w->len);
        str_add(out, "\"/>\n");
        if (i + 1 < first + count)
            put_space(out, w, w + 1);
    }
}

static void put_block(struct str *out, const struct result *r, size_t first,
                      size_t count, int64_t seq)
{
    struct spans_box b;

    for (size_t i = first; i < first + count;) {
        size_t n = spans_line(r, i, &b);

        if (n > first + count - i)
            n = first + count - i;
        str_addf(out, "<TextLine ID=\"p%" PRId64 "_l%zu\"", seq, i);
        put_box(out, &b);
        str_add(out, ">\n");
        put_line(out, r, i, n, seq);
        str_add(out, "</TextLine>\n");
        i += n;
    }
}

void alto_page(struct str *out, int64_t seq, const struct result *r)
{
    struct spans_box b = {0, 0, r->width_px, r->height_px};

    str_addf(out,
             "<Page ID=\"p%" PRId64 "\" PHYSICAL_IMG_NR=\"%" PRId64
             "\" WIDTH=\"%" PRId32 "\" HEIGHT=\"%" PRId32
             "\" PC=\"%d.%02d\" PROCESSINGREFS=\"reading\" LANG=\"vi\">\n<PrintSpace",
             seq, seq, r->width_px, r->height_px, r->confidence / 100,
             r->confidence % 100);
    put_box(out, &b);
    str_add(out, ">\n");
    for (size_t i = 0; i < r->word_count;) {
        size_t n = spans_block(r, i, &b);

        str_addf(out, "<TextBlock ID=\"p%" PRId64 "_b%zu\"", seq, i);
        put_box(out, &b);
        str_add(out, ">\n");
        put_block(out, r, i, n, seq);
        str_add(out, "</TextBlock>\n");
        i += n;
    }
    str_add(out, "</PrintSpace>\n</Page>\n");
}

void alto_end(struct str *out)
{
    str_add(out, "</Layout>\n</alto>\n");
}
