/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/pdf_out.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <qpdf/qpdf-c.h>

#include "node/base/deflate.h"
#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "ocr/glyphless.h"
#include "ocr/mrc.h"
#include "ocr/pdf_text.h"
#include "ocr/spans.h"
#include "ocr/srgb.h"

#define POINTS   72.0
#define DPI_ELSE 200 /* of a page that does not say */
#define VERSION  "1.7"
#define GIDS     ((size_t)65536) /* every CID has an entry, two bytes each */
#define SMALL    512

struct pdf_out {
    qpdf_data q;
    struct pdf_text_rows rows;
    qpdf_oh font;      /* the Type0 font, its ToUnicode is set at the end */
    qpdf_data *others; /* owned: documents whose pages were taken */
    size_t count, cap;
};

/* ---- objects ------------------------------------------------------------------- */

static qpdf_oh parse(struct pdf_out *p, const char *fmt, ...) PRINTF(2, 3);
static qpdf_oh parse(struct pdf_out *p, const char *fmt, ...)
{
    char text[SMALL];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return qpdf_oh_parse(p->q, text);
}

static void set(struct pdf_out *p, qpdf_oh dict, const char *key, qpdf_oh value)
{
    qpdf_oh_replace_key(p->q, dict, key, value);
}

/* A stream as it stands: its bytes are coded already. @extra: its dictionary. */
static qpdf_oh stream(struct pdf_out *p, const char *data, size_t len,
                      const char *filter, const char *parms, const char *extra)
{
    qpdf_oh s = qpdf_oh_new_stream(p->q);
    qpdf_oh dict = qpdf_oh_get_dict(p->q, s);
    qpdf_oh more = qpdf_oh_parse(p->q, extra);

    qpdf_oh_begin_dict_key_iter(p->q, more);
    while (qpdf_oh_dict_more_keys(p->q)) {
        const char *key = qpdf_oh_dict_next_key(p->q);

        set(p, dict, key, qpdf_oh_get_key(p->q, more, key));
    }
    qpdf_oh_replace_stream_data(
        p->q, s, (const unsigned char *)data, len,
        filter ? qpdf_oh_new_name(p->q, filter) : qpdf_oh_new_null(p->q),
        parms ? qpdf_oh_parse(p->q, parms) : qpdf_oh_new_null(p->q));
    return s;
}

static qpdf_oh packed(struct pdf_out *p, const char *data, size_t len,
                      const char *extra)
{
    AUTO_STR struct str z = STR_INIT(PDF_OUT_PAGE_MAX);

    deflate_pack(data, len, &z);
    return stream(p, str_text(&z), z.len, "/FlateDecode", NULL, extra);
}

/* ---- what all pages share ------------------------------------------------------ */

static void make_font(struct pdf_out *p)
{
    AUTO_STR struct str file = STR_INIT(SMALL * 8);
    AUTO_MEM char *gids = mem_new(GIDS, 2);
    AUTO_MEM char *extra = NULL;
    qpdf_oh inner = 0, about = 0;

    glyphless_write(&file);
    extra = mem_printf("<< /Length1 %zu >>", file.len);
    about =
        parse(p,
              "<< /Type /FontDescriptor /FontName /%s /Flags 5 /FontBBox "
              "[0 %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight %d "
              "/StemV 80 >>",
              GLYPHLESS_NAME, GLYPHLESS_DESCENT, GLYPHLESS_ADVANCE, GLYPHLESS_ASCENT,
              GLYPHLESS_ASCENT, GLYPHLESS_DESCENT, GLYPHLESS_ASCENT);
    set(p, about, "/FontFile2", packed(p, file.p, file.len, extra));
    for (size_t i = 0; i < GIDS; i++)
        gids[2 * i + 1] = 1;
    inner = parse(p,
                  "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /DW %d "
                  "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) "
                  "/Supplement 0 >> >>",
                  GLYPHLESS_NAME, GLYPHLESS_ADVANCE);
    set(p, inner, "/FontDescriptor", qpdf_make_indirect_object(p->q, about));
    set(p, inner, "/CIDToGIDMap", packed(p, gids, GIDS * 2, "<< >>"));
    p->font = qpdf_make_indirect_object(
        p->q, parse(p,
                    "<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding "
                    "/Identity-H /DescendantFonts [] >>",
                    GLYPHLESS_NAME));
    qpdf_oh_append_item(p->q, qpdf_oh_get_key(p->q, p->font, "/DescendantFonts"),
                        qpdf_make_indirect_object(p->q, inner));
}

static void make_intent(struct pdf_out *p)
{
    AUTO_STR struct str icc = STR_INIT(SMALL * 8);
    qpdf_oh intent = 0, list = qpdf_oh_new_array(p->q);

    srgb_write(&icc);
    intent = parse(p, "<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier "
                      "(sRGB) /Info (sRGB IEC61966-2.1) >>");
    set(p, intent, "/DestOutputProfile", packed(p, icc.p, icc.len, "<< /N 3 >>"));
    qpdf_oh_append_item(p->q, list, qpdf_make_indirect_object(p->q, intent));
    set(p, qpdf_get_root(p->q), "/OutputIntents", list);
}

static void make_xmp(struct pdf_out *p, const char *title)
{
    AUTO_STR struct str xmp = STR_INIT(SMALL * 16);
    struct str *s = &xmp;

    str_add(s, "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
               "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n<rdf:RDF xmlns:rdf="
               "\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n<rdf:Description "
               "rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" "
               "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
               "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\">\n"
               "<pdfaid:part>2</pdfaid:part>\n"
               "<pdfaid:conformance>B</pdfaid:conformance>\n"
               "<dc:format>" PDF_OUT_MEDIA "</dc:format>\n"
               "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">");
    spans_add_xml(s, title, strlen(title));
    str_add(s, "</rdf:li></rdf:Alt></dc:title>\n"
               "<dc:language><rdf:Bag><rdf:li>vi</rdf:li></rdf:Bag></dc:language>\n"
               "<xmp:CreatorTool>sohoa " SOHOA_VERSION "</xmp:CreatorTool>\n"
               "</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n"
               "<?xpacket end=\"w\"?>");
    set(p, qpdf_get_root(p->q), "/Metadata",
        stream(p, str_text(s), s->len, NULL, NULL,
               "<< /Type /Metadata /Subtype /XML >>"));
}

struct pdf_out *pdf_out_new(const char *title)
{
    struct pdf_out *p = mem_new(1, sizeof *p);

    p->q = qpdf_init();
    qpdf_silence_errors(p->q);
    qpdf_set_suppress_warnings(p->q, QPDF_TRUE);
    (void)qpdf_empty_pdf(p->q);
    make_font(p);
    make_intent(p);
    make_xmp(p, title);
    set(p, qpdf_get_root(p->q), "/Lang", qpdf_oh_new_string(p->q, "vi"));
    return p;
}

static void forget(qpdf_data *q)
{
    if (qpdf_has_error(*q))
        (void)qpdf_get_error(*q); /* one that was not looked at would be printed */
    qpdf_cleanup(q);
}

void pdf_out_free(struct pdf_out *p)
{
    if (!p)
        return;
    forget(&p->q);
    for (size_t i = 0; i < p->count; i++)
        forget(&p->others[i]);
    mem_free(p->others);
    mem_free(p);
}

void pdf_out_auto(struct pdf_out **p)
{
    pdf_out_free(*p);
    *p = NULL;
}

/* What libqpdf had to say. */
static int check(struct pdf_out *p, enum err_code code, const char *what, struct err *e)
{
    if (!qpdf_has_error(p->q))
        return 0;
    (void)err_set(e, code, "%s", what);
    return err_detail(e, "%s",
                      qpdf_get_error_message_detail(p->q, qpdf_get_error(p->q)));
}

/* ---- a page -------------------------------------------------------------------- */

static qpdf_oh jpeg(struct pdf_out *p, const struct mrc_layer *l)
{
    AUTO_MEM char *extra =
        mem_printf("<< /Type /XObject /Subtype /Image /Width %d "
                   "/Height %d /BitsPerComponent 8 /ColorSpace /%s >>",
                   l->width, l->height, l->grey ? "DeviceGray" : "DeviceRGB");

    return stream(p, l->bytes.p, l->bytes.len, "/DCTDecode", NULL, extra);
}

/* What JBIG2 calls black the filter gives as 0, and 0 paints. */
static qpdf_oh stencil(struct pdf_out *p, const struct mrc_layer *l)
{
    AUTO_MEM char *extra =
        mem_printf("<< /Type /XObject /Subtype /Image /Width %d /Height %d "
                   "/BitsPerComponent 1 /ImageMask true /Decode [0 1] >>",
                   l->width, l->height);

    return stream(p, l->bytes.p, l->bytes.len, "/JBIG2Decode", NULL, extra);
}

static qpdf_oh layers(struct pdf_out *p, const struct mrc *m, struct str *paint)
{
    qpdf_oh all = qpdf_oh_new_dictionary(p->q), mask = 0, ink = 0;

    str_addf(paint, "q %d 0 0 %d 0 0 cm\n/G Do\n", m->width_px, m->height_px);
    set(p, all, "/G", jpeg(p, &m->ground));
    if (m->mask.height > 0) {
        mask = stencil(p, &m->mask);
        set(p, all, "/M", mask);
        if (m->ink.height > 0) {
            ink = jpeg(p, &m->ink);
            set(p, qpdf_oh_get_dict(p->q, ink), "/Mask", mask);
            set(p, all, "/I", ink);
            str_add(paint, "/I Do\n");
        } else {
            str_addf(paint, "%.3g %.3g %.3g rg\n/M Do\n", m->ink_rgb[0] / 255.0,
                     m->ink_rgb[1] / 255.0, m->ink_rgb[2] / 255.0);
        }
    }
    str_add(paint, "Q\n");
    return all;
}

int pdf_out_page(struct pdf_out *p, const struct mrc *m, const struct result *r,
                 struct err *e)
{
    AUTO_STR struct str paint = STR_INIT(PDF_OUT_PAGE_MAX * 4);
    double scale = POINTS / (m->dpi > 0 ? m->dpi : DPI_ELSE);
    qpdf_oh page = 0, resources = qpdf_oh_new_dictionary(p->q);
    qpdf_oh fonts = qpdf_oh_new_dictionary(p->q);

    str_addf(&paint, "%.6g 0 0 %.6g 0 0 cm\n", scale, scale);
    set(p, resources, "/XObject", layers(p, m, &paint));
    if (r)
        pdf_text_write(r, m->height_px, &p->rows, &paint);
    if (str_check(&paint, "page", e) < 0)
        return -1;
    set(p, fonts, "/F", p->font);
    set(p, resources, "/Font", fonts);
    page = parse(p, "<< /Type /Page /MediaBox [0 0 %.2f %.2f] >>", m->width_px * scale,
                 m->height_px * scale);
    set(p, page, "/Resources", resources);
    set(p, page, "/Contents", packed(p, paint.p, paint.len, "<< >>"));
    (void)qpdf_add_page(p->q, p->q, qpdf_make_indirect_object(p->q, page), QPDF_FALSE);
    return check(p, ERR_INTERNAL, "page", e);
}

/* ---- pages of other documents -------------------------------------------------- */

int pdf_out_add(struct pdf_out *p, const void *data, size_t len, const char *name,
                struct err *e)
{
    qpdf_data other = qpdf_init();
    int pages = 0;

    mem_grow(&p->others, &p->cap, p->count + 1, sizeof *p->others);
    p->others[p->count++] = other;
    qpdf_silence_errors(other);
    qpdf_set_suppress_warnings(other, QPDF_TRUE);
    qpdf_set_attempt_recovery(other, QPDF_FALSE);
    if (qpdf_read_memory(other, name, data, len, NULL) & QPDF_ERRORS)
        return err_set(e, ERR_PDF_DAMAGED, "%s", name);
    pages = qpdf_get_num_pages(other);
    if (pages < 1)
        return err_set(e, ERR_PDF_DAMAGED, "%s", name);
    for (int i = 0; i < pages; i++) {
        qpdf_oh page = 0;
        qpdf_oh fonts = 0;

        (void)qpdf_add_page(p->q, other, qpdf_get_page_n(other, (size_t)i), QPDF_FALSE);
        page = qpdf_get_page_n(p->q, (size_t)qpdf_get_num_pages(p->q) - 1);
        fonts =
            qpdf_oh_get_key(p->q, qpdf_oh_get_key(p->q, page, "/Resources"), "/Font");
        if (qpdf_oh_is_dictionary(p->q, fonts))
            set(p, fonts, "/F", p->font); /* one font for all */
    }
    memset(p->rows.used, true, sizeof p->rows.used);
    return check(p, ERR_PDF_DAMAGED, name, e);
}

int pdf_out_write(struct pdf_out *p, struct str *out, struct err *e)
{
    AUTO_STR struct str map = STR_INIT(SMALL * 64);

    pdf_text_map(&p->rows, &map);
    set(p, p->font, "/ToUnicode", packed(p, map.p, map.len, "<< >>"));
    if (qpdf_init_write_memory(p->q) & QPDF_ERRORS)
        return check(p, ERR_INTERNAL, "PDF", e);
    qpdf_set_minimum_pdf_version(p->q, VERSION);
    qpdf_set_object_stream_mode(p->q, qpdf_o_generate);
    qpdf_set_stream_data_mode(p->q, qpdf_s_preserve);
    qpdf_set_newline_before_endstream(p->q, QPDF_TRUE);
    qpdf_set_deterministic_ID(p->q, QPDF_TRUE);
    if (qpdf_write(p->q) & QPDF_ERRORS)
        return check(p, ERR_INTERNAL, "PDF", e);
    str_add_mem(out, qpdf_get_buffer(p->q), qpdf_get_buffer_length(p->q));
    return str_check(out, "PDF", e);
}
