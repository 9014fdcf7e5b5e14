/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/hocr.h"

#include <inttypes.h>
#include <string.h>

#include "node/base/str.h"
#include "ocr/result.h"
#include "ocr/spans.h"

void hocr_begin(struct str *out, const char *title, const char *pipeline)
{
    str_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"vi\" "
                 "lang=\"vi\">\n<head>\n<title>");
    spans_add_xml(out, title, strlen(title));
    str_add(out, "</title>\n<meta charset=\"utf-8\"/>\n<meta name=\"ocr-system\" "
                 "content=\"sohoa " SOHOA_VERSION " (");
    spans_add_xml(out, pipeline, strlen(pipeline));
    str_add(out, ")\"/>\n<meta name=\"ocr-capabilities\" content=\"ocr_page ocr_carea "
                 "ocr_par ocr_line ocrx_word\"/>\n</head>\n<body>\n");
}

static void begin_tag(struct str *out, const char *tag, const char *class, int64_t seq,
                      const char *mark, size_t n, const struct spans_box *b)
{
    str_addf(out,
             "<%s class=\"%s\" id=\"%s_%" PRId64 "_%zu\" title=\"bbox %" PRId32
             " %" PRId32 " %" PRId32 " %" PRId32,
             tag, class, mark, seq, n, b->x, b->y, b->x + b->w, b->y + b->h);
}

static void put_line(struct str *out, const struct result *r, size_t first,
                     size_t count, int64_t seq)
{
    for (size_t i = first; i < first + count; i++) {
        const struct result_word *w = &r->words[i];
        struct spans_box b = {w->x, w->y, w->w, w->h};

        begin_tag(out, "span", "ocrx_word", seq, "word", i, &b);
        str_addf(out, "; x_wconf %d\">", w->confidence);
        spans_add_xml(out, r->text + w->start, w->len);
        str_add(out, i + 1 < first + count ? "</span> " : "</span>");
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
        begin_tag(out, "span", "ocr_line", seq, "line", i, &b);
        str_add(out, "\">");
        put_line(out, r, i, n, seq);
        str_add(out, "</span>\n");
        i += n;
    }
}

void hocr_page(struct str *out, const char *name, int64_t seq, const struct result *r)
{
    struct spans_box b;

    str_addf(out,
             "<div class=\"ocr_page\" id=\"page_%" PRId64 "\" title=\"image "
             "&quot;%s&quot;; bbox 0 0 %" PRId32 " %" PRId32 "; ppageno %" PRId64,
             seq, name, r->width_px, r->height_px, seq - 1);
    if (r->dpi > 0)
        str_addf(out, "; scan_res %d %d", r->dpi, r->dpi);
    str_add(out, "\">\n");
    for (size_t i = 0; i < r->word_count;) {
        size_t n = spans_block(r, i, &b);

        begin_tag(out, "div", "ocr_carea", seq, "block", i, &b);
        str_add(out, "\">\n");
        begin_tag(out, "p", "ocr_par", seq, "par", i, &b);
        str_add(out, "\">\n");
        put_block(out, r, i, n, seq);
        str_add(out, "</p>\n</div>\n");
        i += n;
    }
    str_add(out, "</div>\n");
}

void hocr_end(struct str *out)
{
    str_add(out, "</body>\n</html>\n");
}
