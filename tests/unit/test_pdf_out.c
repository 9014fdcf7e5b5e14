/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/pdf_out.h"

#include "tests/unit/unit.h"

#include <allheaders.h>

#include "ocr/glyphless.h"
#include "ocr/image.h"
#include "ocr/jbig2.h"
#include "ocr/jpeg_out.h"
#include "ocr/mrc.h"
#include "ocr/pdf_in.h"
#include "ocr/pdf_text.h"
#include "ocr/result.h"
#include "ocr/srgb.h"

#define W 600
#define H 800

static unsigned be(const struct str *s, size_t at, int bytes)
{
    unsigned v = 0;

    assert_true(at + (size_t)bytes <= s->len);
    for (int i = 0; i < bytes; i++)
        v = v << 8 | (unsigned char)s->p[at + (size_t)i];
    return v;
}

/* ---- font and profile ------------------------------------------------------------ */

static void test_glyphless__tables_and_sums_are_right(void **state)
{
    AUTO_STR struct str f = STR_INIT(4096);
    unsigned whole = 0;

    (void)state;
    glyphless_write(&f);
    assert_in_range(f.len, 400, 1000);
    assert_int_equal(f.len % 4, 0);
    for (size_t i = 0; i < f.len; i += 4)
        whole += be(&f, i, 4);
    assert_int_equal(whole, 0xB1B0AFBA);
    for (unsigned i = 0; i < be(&f, 4, 2); i++) {
        size_t entry = 12 + 16 * i, at = be(&f, entry + 8, 4);
        size_t len = be(&f, entry + 12, 4);
        unsigned sum = 0;

        assert_true(i == 0 || memcmp(f.p + entry - 16, f.p + entry, 4) < 0);
        assert_true(at + len <= f.len);
        for (size_t k = 0; k < (len + 3) / 4; k++)
            sum += be(&f, at + 4 * k, 4);
        if (memcmp(f.p + entry, "head", 4) == 0)
            sum -= be(&f, at + 8, 4); /* its own place is not in it */
        assert_int_equal(sum, be(&f, entry + 4, 4));
    }
}

static void test_srgb__head_and_tags_are_right(void **state)
{
    AUTO_STR struct str f = STR_INIT(4096);
    int sums[3] = {0};

    (void)state;
    srgb_write(&f);
    assert_int_equal(be(&f, 0, 4), f.len);
    assert_memory_equal(f.p + 12, "mntrRGB XYZ ", 12);
    assert_memory_equal(f.p + 36, "acsp", 4);
    assert_int_equal(be(&f, 128, 4), 9);
    for (size_t i = 0; i < 9; i++) {
        size_t entry = 132 + 12 * i, at = be(&f, entry + 4, 4);

        assert_true(at + be(&f, entry + 8, 4) <= f.len);
        assert_int_equal(at % 4, 0);
        if (memcmp(f.p + entry + 1, "XYZ", 3) == 0)
            for (size_t k = 0; k < 3; k++)
                sums[k] += (int)be(&f, at + 8 + 4 * k, 4);
    }
    /* Red, green and blue together are the white of the profile: D50. */
    assert_in_range(sums[0], 0xF6D6 - 32, 0xF6D6 + 32);
    assert_in_range(sums[1], 0x10000 - 32, 0x10000 + 32);
    assert_in_range(sums[2], 0xD32D - 32, 0xD32D + 32);
}

/* ---- text layer --------------------------------------------------------------------
 */

static struct result words(double skew_deg)
{
    static const struct result_word W2[] = {
        {0, 7, 100, 100, 80, 20, 90, 0, 0},
        {8, 7, 200, 101, 80, 20, 90, 0, 0},
        {16, 4, 100, 200, 40, 20, 90, 1, 1},
    };
    struct result r = {.width_px = W,
                       .height_px = H,
                       .dpi = 100,
                       .skew_deg = skew_deg,
                       .text = mem_dup("QUYẾT ĐỊNH\nsố 1"),
                       .skew_reason = mem_dup(""),
                       .words = mem_new(3, sizeof *r.words),
                       .word_count = 3};

    memcpy(r.words, W2, sizeof W2);
    r.words[1].start = strlen("QUYẾT ");
    r.words[1].len = strlen("ĐỊNH");
    r.words[2].start = strlen("QUYẾT ĐỊNH\n");
    r.words[2].len = strlen("số");
    return r;
}

static void test_pdf_text__code_points_line_by_line(void **state)
{
    AUTO_RESULT struct result r = words(0);
    AUTO_STR struct str s = STR_INIT(65536);
    struct pdf_text_rows rows = {0};
    const char *first = NULL, *second = NULL;

    (void)state;
    pdf_text_write(&r, H, &rows, &s);
    assert_non_null(strstr(str_text(&s), "BT 3 Tr"));
    first = strstr(str_text(&s), "<0051005500591EBE00540020>Tj"); /* and a space */
    second = strstr(str_text(&s), "<01101ECA004E0048>Tj");
    assert_non_null(first);
    assert_true(second > first);
    assert_true(rows.used[0x1E] && rows.used[0x01] && rows.used[0]);
    assert_false(rows.used[0x20]);
}

/* The places of the first @count words, by what the operators add up to. */
static void places(const struct str *s, size_t count, double x[], double y[])
{
    const char *p = strstr(str_text(s), " Tm");
    double dx = 0, dy = 0;

    for (size_t i = 0; i < count; i++) {
        p = strchr(p, '\n') + 1;
        assert_int_equal(sscanf(p, "%lf %lf Td", &dx, &dy), 2);
        x[i] = (i ? x[i - 1] : 0) + dx;
        y[i] = (i ? y[i - 1] : H) + dy;
    }
}

static void test_pdf_text__leans_as_the_page(void **state)
{
    AUTO_RESULT struct result r = words(2);
    AUTO_STR struct str s = STR_INIT(65536);
    struct pdf_text_rows rows = {0};
    double x[2], y[2];

    (void)state;
    pdf_text_write(&r, H, &rows, &s);
    places(&s, 2, x, y);
    assert_in_range(x[0], 99, 103);
    assert_in_range(x[1], 199, 203);
    assert_in_range(y[1] - y[0], 3, 4); /* 100 pixels at 2 degrees */
    assert_null(strstr(str_text(&s), "0.0348"));
}

static void test_pdf_text__words_do_not_overlap(void **state)
{
    AUTO_RESULT struct result r = words(0);
    AUTO_STR struct str s = STR_INIT(65536);
    struct pdf_text_rows rows = {0};
    double x[2], y[2];

    (void)state;
    r.words[1].x = 120; /* inside the first */
    pdf_text_write(&r, H, &rows, &s);
    places(&s, 2, x, y);
    assert_true(x[1] >= 180 + 2);
}

static void test_pdf_text__map_has_the_rows(void **state)
{
    AUTO_STR struct str s = STR_INIT(65536);
    struct pdf_text_rows rows = {0};

    (void)state;
    memset(rows.used, true, sizeof rows.used);
    pdf_text_map(&rows, &s);
    assert_non_null(strstr(str_text(&s), "<1E00> <1EFF> <1E00>\n"));
    assert_null(strstr(str_text(&s), "<D800>")); /* halves of pairs are no characters */
    assert_non_null(strstr(str_text(&s), "100 beginbfrange"));
    assert_non_null(strstr(str_text(&s), "48 beginbfrange"));
}

/* ---- documents ---------------------------------------------------------------------
 */

static struct mrc page(bool with_mask)
{
    struct Pix *ground = pixCreate(W / 3, H / 3, 8), *mask = pixCreate(W, H, 1);
    struct mrc m = {.width_px = W,
                    .height_px = H,
                    .dpi = 100,
                    .ground = {.width = W / 3,
                               .height = H / 3,
                               .grey = true,
                               .bytes = STR_INIT(65536)},
                    .mask = {.bytes = STR_INIT(65536)}};
    struct err e = ERR_INIT;

    (void)pixSetAllGray(ground, 230);
    unit_ok(jpeg_out_write(ground, 50, true, 0, &m.ground.bytes, &e), &e);
    if (with_mask) {
        (void)pixSetPixel(mask, 10, 10, 1);
        unit_ok(jbig2_write(mask, &m.mask.bytes, &e), &e);
        m.mask.width = W;
        m.mask.height = H;
    }
    pixDestroy(&ground);
    pixDestroy(&mask);
    return m;
}

static void document(bool with_mask, struct str *out)
{
    AUTO_PDF_OUT struct pdf_out *p = pdf_out_new("Sổ & bộ <1>");
    AUTO_MRC struct mrc m = page(with_mask);
    AUTO_RESULT struct result r = words(0);
    struct err e = ERR_INIT;

    unit_ok(pdf_out_page(p, &m, &r, &e), &e);
    unit_ok(pdf_out_write(p, out, &e), &e);
}

static const char *find(const struct str *s, const char *what)
{
    return memmem(s->p, s->len, what, strlen(what));
}

static void test_pdf_out__is_marked_as_an_archive_file(void **state)
{
    AUTO_STR struct str a = STR_INIT(1 << 20);
    AUTO_STR struct str b = STR_INIT(1 << 20);

    (void)state;
    document(true, &a);
    document(true, &b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.p, b.p, a.len); /* the same pages, the same bytes */
    assert_memory_equal(a.p, "%PDF-1.7", 8);
    assert_non_null(find(&a, "<pdfaid:part>2</pdfaid:part>"));
    assert_non_null(find(&a, "<pdfaid:conformance>B</pdfaid:conformance>"));
    assert_non_null(find(&a, "Sổ &amp; bộ &lt;1&gt;"));
    assert_non_null(find(&a, "/JBIG2Decode"));
    assert_null(find(&a, "/SMask"));
    assert_null(find(&a, "/Encrypt"));
}

static void test_pdf_out__pages_of_others_are_taken(void **state)
{
    AUTO_STR struct str one = STR_INIT(1 << 20);
    AUTO_STR struct str all = STR_INIT(1 << 20);
    AUTO_PDF_OUT struct pdf_out *p = pdf_out_new("all");
    struct err e = ERR_INIT;
    size_t fonts = 0;

    (void)state;
    document(true, &one);
    for (int i = 0; i < 3; i++)
        unit_ok(pdf_out_add(p, one.p, one.len, "one", &e), &e);
    assert_int_equal(pdf_out_add(p, "no PDF", 6, "none", &e), -1);
    assert_int_equal(e.code, ERR_PDF_DAMAGED);
    unit_ok(pdf_out_write(p, &all, &e), &e);
    for (const char *at = all.p; at; at = at ? strstr(at + 1, "/Length1") : NULL)
        fonts += at != all.p;
    assert_true(fonts <= 1); /* one font for all pages */
    assert_true(all.len < one.len * 3);
}

static void test_pdf_in__one_picture_comes_out_as_it_went_in(void **state)
{
    AUTO_STR struct str pdf = STR_INIT(1 << 20);
    AUTO_STR struct str bytes = STR_INIT(1 << 20);
    AUTO_MRC struct mrc m = page(false);
    struct pdf_in in;
    struct err e = ERR_INIT;

    (void)state;
    document(false, &pdf);
    unit_ok(pdf_in_direct(pdf.p, pdf.len, 0, &in, &bytes, &e), &e);
    assert_string_equal(in.reason, "");
    assert_true(in.whole);
    assert_false(in.is_signed);
    assert_in_range(in.dpi, 33, 34); /* a third of 100 */
    assert_int_equal(bytes.len, m.ground.bytes.len);
    assert_memory_equal(bytes.p, m.ground.bytes.p, bytes.len);
}

/* A page of that content; @state: its graphics state /G. */
static void by_hand(const char *content, const char *state, struct str *out)
{
    AUTO_MRC struct mrc m = page(false);

    str_addf(
        out,
        "%%PDF-1.4\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n"
        "2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj\n"
        "3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R "
        "/Resources <</XObject <</I 5 0 R>> /ExtGState <</G %s>>>>>> endobj\n"
        "4 0 obj <</Length %zu>> stream\n%s\nendstream endobj\n"
        "5 0 obj <</Type /XObject /Subtype /Image /Width %d /Height %d "
        "/BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /DCTDecode "
        "/Length %zu>> stream\n",
        state, strlen(content), content, W / 3, H / 3, m.ground.bytes.len);
    str_add_mem(out, m.ground.bytes.p, m.ground.bytes.len);
    str_add(out, "\nendstream endobj\ntrailer <</Root 1 0 R /Size 6>>\n%%EOF\n");
}

static void test_pdf_in__a_state_is_plain_or_the_page_is_drawn(void **state)
{
    static const struct {
        const char *dict;
        bool whole;
    } CASES[] = {
        {"<</Type /ExtGState /CA 1 /ca 1.0 /BM /Normal /SMask /None /LW 2>>", true},
        {"<<>>", true},
        {"<</ca 0.5>>", false},
        {"<</CA /One>>", false},
        {"<</BM /Multiply>>", false},
        {"<</SMask 5 0 R>>", false},
        {"<</TR 5 0 R>>", false},
        {"7", false},
    };
    struct pdf_in in;
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_STR struct str pdf = STR_INIT(1 << 20);
        AUTO_STR struct str bytes = STR_INIT(1 << 20);

        by_hand("q 100 0 0 100 0 0 cm /G gs /I Do Q", CASES[i].dict, &pdf);
        unit_ok(pdf_in_direct(pdf.p, pdf.len, 0, &in, &bytes, &e), &e);
        if (in.whole != CASES[i].whole)
            fail_msg("case %zu: %s", i, in.reason);
        assert_string_equal(in.reason, CASES[i].whole ? "" : "state");
    }
}

static void test_pdf_in__a_page_of_more_is_not_taken(void **state)
{
    AUTO_STR struct str pdf = STR_INIT(1 << 20);
    AUTO_STR struct str bytes = STR_INIT(1 << 20);
    struct pdf_in in;
    struct err e = ERR_INIT;

    (void)state;
    document(true, &pdf);
    unit_ok(pdf_in_direct(pdf.p, pdf.len, 0, &in, &bytes, &e), &e);
    assert_false(in.whole);
    assert_string_equal(in.reason, "several-pictures");
    assert_int_equal(bytes.len, 0);
    assert_int_equal(pdf_in_direct(pdf.p, pdf.len, 1, &in, &bytes, &e), -1);
    assert_int_equal(e.code, ERR_PDF_DAMAGED);
    assert_int_equal(pdf_in_direct("%PDF-1.4\n", 9, 0, &in, &bytes, &e), -1);
}

/* Every cut of a file, and a broken byte in every tenth place: an answer, no more. */
static void test_pdf_in__broken_files_are_answered(void **state)
{
    AUTO_STR struct str pdf = STR_INIT(1 << 20);

    (void)state;
    document(false, &pdf);
    for (size_t at = 0; at < pdf.len; at += pdf.len / 50 + 1) {
        AUTO_STR struct str bytes = STR_INIT(1 << 20);
        struct pdf_in in;
        struct err e = ERR_INIT;
        char was = pdf.p[at];

        (void)(pdf_in_direct(pdf.p, at, 0, &in, &bytes, &e) < 0);
        pdf.p[at] = (char)(was ^ 0x5A);
        (void)(pdf_in_direct(pdf.p, pdf.len, 0, &in, &bytes, &e) < 0);
        pdf.p[at] = was;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_glyphless__tables_and_sums_are_right),
        cmocka_unit_test(test_srgb__head_and_tags_are_right),
        cmocka_unit_test(test_pdf_text__code_points_line_by_line),
        cmocka_unit_test(test_pdf_text__leans_as_the_page),
        cmocka_unit_test(test_pdf_text__words_do_not_overlap),
        cmocka_unit_test(test_pdf_text__map_has_the_rows),
        cmocka_unit_test(test_pdf_out__is_marked_as_an_archive_file),
        cmocka_unit_test(test_pdf_out__pages_of_others_are_taken),
        cmocka_unit_test(test_pdf_in__one_picture_comes_out_as_it_went_in),
        cmocka_unit_test(test_pdf_in__a_state_is_plain_or_the_page_is_drawn),
        cmocka_unit_test(test_pdf_in__a_page_of_more_is_not_taken),
        cmocka_unit_test(test_pdf_in__broken_files_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
