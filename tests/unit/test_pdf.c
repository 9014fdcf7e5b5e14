/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/str.h"
#include "node/scan/pdf.h"

/* ---- a small writer of PDF ----------------------------------------------- */

struct pdf {
    struct str s;
    size_t at[PDF_PAGES_MAX + 8];
    int objects;
    const char *trailer; /* more keys */
};

#define PDF_INIT                                                                       \
    {                                                                                  \
        .s = STR_INIT(STR_FILE_MAX)                                                    \
    }

static void begin(struct pdf *p)
{
    str_add(&p->s, "%PDF-1.4\n");
}

/* The next object, numbered from 1. */
static void object(struct pdf *p, const char *body)
{
    p->at[++p->objects] = p->s.len;
    str_addf(&p->s, "%d 0 obj\n%s\nendobj\n", p->objects, body);
}

static void stream(struct pdf *p, const char *dict, const char *data)
{
    AUTO_MEM char *body = mem_printf("<< %s /Length %zu >>\nstream\n%s\nendstream",
                                     dict, strlen(data), data);

    object(p, body);
}

static void finish(struct pdf *p, const char *path)
{
    struct err e = ERR_INIT;
    size_t at = p->s.len;

    str_addf(&p->s, "xref\n0 %d\n0000000000 65535 f \n", p->objects + 1);
    for (int i = 1; i <= p->objects; i++)
        str_addf(&p->s, "%010zu 00000 n \n", p->at[i]);
    str_addf(&p->s, "trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%zu\n%%%%EOF\n",
             p->objects + 1, p->trailer ? p->trailer : "", at);
    unit_ok(fs_write_file(path, p->s.p, p->s.len, &e), &e);
    str_clear(&p->s);
}

/* Pages (objects 3, 5, 7 …) with these boxes, each with a black square. */
static void pages_of(const char *path, const char *const *boxes, int count,
                     const char *catalog, const char *trailer)
{
    struct pdf p = PDF_INIT;
    AUTO_STR struct str kids = STR_INIT(STR_LINE_MAX);

    p.trailer = trailer;
    for (int i = 0; i < count; i++)
        str_addf(&kids, "%d 0 R ", 3 + 2 * i);
    begin(&p);
    {
        AUTO_MEM char *root =
            mem_printf("<< /Type /Catalog /Pages 2 0 R %s >>", catalog);
        AUTO_MEM char *tree = mem_printf("<< /Type /Pages /Count %d /Kids [ %s ] >>",
                                         count, str_text(&kids));

        object(&p, root);
        object(&p, tree);
    }
    for (int i = 0; i < count; i++) {
        AUTO_MEM char *page =
            mem_printf("<< /Type /Page /Parent 2 0 R /MediaBox [ %s ] /Contents %d 0 R "
                       "/Resources << >> >>",
                       boxes[i], 4 + 2 * i);

        object(&p, page);
        stream(&p, "", "0 0 0 rg 10 10 40 40 re f");
    }
    finish(&p, path);
}

/* Forms that call each other ten times a level: 10^9 squares. */
static void form_bomb(const char *path)
{
    struct pdf p = PDF_INIT;

    begin(&p);
    object(&p, "<< /Type /Catalog /Pages 2 0 R >>");
    object(&p, "<< /Type /Pages /Count 2 /Kids [ 3 0 R 4 0 R ] >>");
    object(&p, "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 300 300 ] /Contents 5 0 R "
               "/Resources << >> >>");
    object(&p, "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 300 300 ] /Contents 6 0 R "
               "/Resources << /XObject << /F 7 0 R >> >> >>");
    stream(&p, "", "0 0 0 rg 10 10 40 40 re f");
    stream(&p, "", "/F Do");
    for (int level = 0; level < 9; level++) {
        AUTO_MEM char *dict =
            mem_printf("/Type /XObject /Subtype /Form /BBox [ 0 0 300 300 "
                       "] /Resources << /XObject << /F %d 0 R >> >>",
                       8 + level);

        stream(&p, dict, "/F Do /F Do /F Do /F Do /F Do /F Do /F Do /F Do /F Do /F Do");
    }
    stream(&p, "/Type /XObject /Subtype /Form /BBox [ 0 0 300 300 ]",
           "1 1 50 50 re f 1 1 50 50 re f 1 1 50 50 re f");
    finish(&p, path);
}

/* ---- cases --------------------------------------------------------------- */

static void test_pdf__counts_and_proves_pages(void **state)
{
    static const char *const A4[] = {"0 0 595 842", "0 0 842 595", "0 0 595 842"};
    AUTO_MEM char *path = fs_path(*state, "a.pdf");
    AUTO_PDF_INFO struct pdf_info i = {0};
    struct err e = ERR_INIT;

    pages_of(path, A4, 3, "", "");
    unit_ok(pdf_inspect(path, "a.pdf", NULL, &i, &e), &e);
    assert_int_equal(i.count, 3);
    assert_int_equal(i.good, 3);
    assert_true(i.pages[1].width_pt > 841 && i.pages[1].width_pt < 843);
}

/* The title stands before the facts in pdfinfo's output. */
static void test_pdf__is_not_fooled_by_a_title(void **state)
{
    static const char *const A4[] = {"0 0 595 842"};
    AUTO_MEM char *path = fs_path(*state, "a.pdf");
    AUTO_PDF_INFO struct pdf_info i = {0};
    struct err e = ERR_INIT;

    pages_of(path, A4, 1, "",
             "/Info << /Title (a\\000b\nPages: 400\nPage 1 size: 0 x 0 pts\n) >>");
    unit_ok(pdf_inspect(path, "a.pdf", NULL, &i, &e), &e);
    assert_int_equal(i.count, 1);
    assert_int_equal(i.good, 1);
}

static void test_pdf__names_pages_without_a_usable_box(void **state)
{
    static const char *const BOXES[] = {"0 0 595 842", "0 0 567000000 567000000",
                                        "0 0 595 842"};
    static const char *const WIDE[] = {"0 0 567000000 567000000"};
    AUTO_MEM char *path = fs_path(*state, "a.pdf");
    AUTO_PDF_INFO struct pdf_info i = {0};
    AUTO_PDF_PICTURE struct pdf_picture p = PDF_PICTURE_INIT;
    struct err e = ERR_INIT;
    int64_t start = clock_mono_ms();

    pages_of(path, BOXES, 3, "", "");
    unit_ok(pdf_inspect(path, "a.pdf", NULL, &i, &e), &e);
    assert_int_equal(i.good, 2);
    assert_int_equal(i.pages[1].bad, ERR_PDF_PAGE_SIZE);
    unit_fails(pdf_page_render(path, "a.pdf", 1, *state, NULL, &p, &e),
               ERR_PDF_PAGE_SIZE, &e);
    pages_of(path, WIDE, 1, "", "");
    unit_fails(pdf_inspect(path, "a.pdf", NULL, &i, &e), ERR_PDF_PAGE_SIZE, &e);
    assert_true(clock_mono_ms() - start < 10000);
}

static void test_pdf__refuses_what_it_cannot_open(void **state)
{
    static const char *const A4[] = {"0 0 595 842"};
    AUTO_MEM char *path = fs_path(*state, "a.pdf");
    AUTO_PDF_INFO struct pdf_info i = {0};
    struct err e = ERR_INIT;
    struct pdf many = PDF_INIT;

    unit_ok(fs_write_file(path, "%PDF-1.4\nnothing\n%%EOF\n", 23, &e), &e);
    unit_fails(pdf_inspect(path, "bad.pdf", NULL, &i, &e), ERR_PDF_DAMAGED, &e);
    assert_non_null(strstr(e.subject, "bad.pdf"));
    pages_of(path, A4, 1, "",
             "/ID [ <00> <00> ] /Encrypt << /Filter /Standard /V 1 /R 2 /P -1 /O "
             "<000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f> /U "
             "<000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f> >>");
    unit_fails(pdf_inspect(path, "a.pdf", NULL, &i, &e), ERR_PDF_ENCRYPTED, &e);
    begin(&many);
    object(&many, "<< /Type /Catalog /Pages 2 0 R >>");
    object(&many, "<< /Type /Pages /Count 9999999999 /Kids [ 3 0 R ] >>");
    object(&many, "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 9 9 ] >>");
    finish(&many, path);
    err_clear(&e);
    assert_int_equal(pdf_inspect(path, "a.pdf", NULL, &i, &e), -1);
    assert_true(e.code == ERR_PDF_DAMAGED || e.code == ERR_PDF_PAGES);
}

static void test_pdf__refuses_more_pages_than_allowed(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "a.pdf");
    AUTO_PDF_INFO struct pdf_info i = {0};
    AUTO_STR struct str tree = STR_INIT(STR_LINE_MAX);
    struct err e = ERR_INIT;
    struct pdf p = PDF_INIT;

    str_addf(&tree, "<< /Type /Pages /Count %d /Kids [ ", PDF_PAGES_MAX + 1);
    for (int k = 0; k <= PDF_PAGES_MAX; k++)
        str_addf(&tree, "%d 0 R ", 3 + k);
    str_add(&tree, "] >>");
    begin(&p);
    object(&p, "<< /Type /Catalog /Pages 2 0 R >>");
    object(&p, str_text(&tree));
    for (int k = 0; k <= PDF_PAGES_MAX; k++)
        object(&p, "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 90 90 ] >>");
    finish(&p, path);
    unit_fails(pdf_inspect(path, "a.pdf", NULL, &i, &e), ERR_PDF_PAGES, &e);
}

static void test_pdf__kills_what_does_not_end(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "a.pdf");
    AUTO_PDF_INFO struct pdf_info i = {0};
    AUTO_PDF_PICTURE struct pdf_picture p = PDF_PICTURE_INIT;
    AUTO_LIST struct fs_list left = {0};
    const struct pdf_opts quick = {.page_ms = 400};
    struct err e = ERR_INIT;
    int64_t start = clock_mono_ms();

    form_bomb(path);
    unit_ok(pdf_inspect(path, "a.pdf", &quick, &i, &e), &e);
    assert_int_equal(i.count, 2);
    assert_int_equal(i.pages[0].bad, ERR_NONE);
    assert_int_equal(i.pages[1].bad, ERR_PDF_BOMB);
    unit_fails(pdf_page_render(path, "a.pdf", 1, *state, &quick, &p, &e), ERR_PDF_BOMB,
               &e);
    assert_true(clock_mono_ms() - start < 8000);
    unit_ok(fs_list(*state, &left, &e), &e);
    assert_int_equal(left.count, 1); /* nothing but the PDF */
}

static void test_pdf__runs_nothing_that_a_pdf_asks_for(void **state)
{
    static const char *const A4[] = {"0 0 595 842"};
    AUTO_MEM char *path = fs_path(*state, "a.pdf");
    AUTO_MEM char *mark = fs_path(*state, "mark");
    AUTO_MEM char *action = mem_printf(
        "/OpenAction << /S /Launch /F (/bin/touch) /Unix << /F (/bin/touch) /P (%s) >> "
        ">> /AA << /WC << /S /JavaScript /JS (app.launchURL\\('file:%s'\\)) >> >>",
        mark, mark);
    AUTO_PDF_INFO struct pdf_info i = {0};
    AUTO_PDF_PICTURE struct pdf_picture p = PDF_PICTURE_INIT;
    struct err e = ERR_INIT;

    pages_of(path, A4, 1, action, "");
    unit_ok(pdf_inspect(path, "a.pdf", NULL, &i, &e), &e);
    unit_ok(pdf_page_render(path, "a.pdf", 0, *state, NULL, &p, &e), &e);
    assert_false(fs_exists(mark));
}

static void test_pdf__draws_a_page_into_a_nameless_file(void **state)
{
    static const char *const A4[] = {"0 0 595 842", "0 0 300 300"};
    AUTO_MEM char *path = fs_path(*state, "a.pdf");
    AUTO_PDF_PICTURE struct pdf_picture p = PDF_PICTURE_INIT;
    AUTO_LIST struct fs_list left = {0};
    struct err e = ERR_INIT;
    char head[16] = {0};

    pages_of(path, A4, 2, "", "");
    unit_ok(pdf_page_render(path, "a.pdf", 1, *state, NULL, &p, &e), &e);
    assert_int_equal(p.dpi, PDF_DPI_VECTOR);
    assert_true(pread(p.fd, head, sizeof head - 1, 0) > 0);
    assert_memory_equal(head, "P6\n834 834\n255\n", 15);
    unit_ok(fs_list(*state, &left, &e), &e);
    assert_int_equal(left.count, 1);
}

/* One grey picture of 120 × 60 pixels on 72 × 36 points: 120 dots an inch. */
static void test_pdf__takes_the_resolution_of_its_pictures(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "a.pdf");
    AUTO_PDF_PICTURE struct pdf_picture p = PDF_PICTURE_INIT;
    AUTO_STR struct str hex = STR_INIT(STR_LINE_MAX);
    struct err e = ERR_INIT;
    struct pdf f = PDF_INIT;

    for (int i = 0; i < 500 * 100; i++)
        str_add(&hex, "0");
    str_add(&hex, ">");
    begin(&f);
    object(&f, "<< /Type /Catalog /Pages 2 0 R >>");
    object(&f, "<< /Type /Pages /Count 1 /Kids [ 3 0 R ] >>");
    object(&f, "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 144 72 ] /Contents 4 0 R "
               "/Resources << /XObject << /I 5 0 R >> >> >>");
    stream(&f, "", "144 0 0 28.8 0 0 cm /I Do");
    stream(&f,
           "/Type /XObject /Subtype /Image /Width 500 /Height 100 /ColorSpace "
           "/DeviceGray /BitsPerComponent 4 /Filter /ASCIIHexDecode",
           str_text(&hex));
    finish(&f, path);
    unit_ok(pdf_page_render(path, "a.pdf", 0, *state, NULL, &p, &e), &e);
    assert_int_equal(p.dpi, 250);
}

static void test_pdf__chooses_a_resolution_within_the_limits(void **state)
{
    (void)state;
    assert_int_equal(pdf_dpi(595, 842, 0), PDF_DPI_VECTOR);
    assert_int_equal(pdf_dpi(595, 842, 100), PDF_DPI_LOW);
    assert_int_equal(pdf_dpi(595, 842, 240), 240);
    assert_int_equal(pdf_dpi(595, 842, 600), PDF_DPI_HIGH);
    assert_int_equal(pdf_dpi(0, 842, 300), 0);
    assert_int_equal(pdf_dpi(-5, 842, 300), 0);
    assert_int_equal(pdf_dpi(5e8, 5e8, 300), 0);
    assert_int_equal(pdf_dpi(0.0 / 0.0, 5, 300), 0);
    assert_true(pdf_dpi(3600, 7200, 300) >= 150); /* a poster of 127 × 254 cm */
    assert_true(pdf_dpi(10000, 10000, 300) == 78);
}

static void test_pdf__without_the_programs_it_says_so(void **state)
{
    static const char *const A4[] = {"0 0 595 842"};
    AUTO_MEM char *path = fs_path(*state, "a.pdf");
    AUTO_MEM char *old = mem_dup(getenv("PATH"));
    AUTO_PDF_INFO struct pdf_info i = {0};
    struct err e = ERR_INIT;

    pages_of(path, A4, 1, "", "");
    assert_int_equal(setenv("PATH", *state, 1), 0);
    unit_fails(pdf_inspect(path, "a.pdf", NULL, &i, &e), ERR_PDF_TOOLS, &e);
    assert_int_equal(setenv("PATH", old, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_pdf__counts_and_proves_pages),
        unit_case(test_pdf__is_not_fooled_by_a_title),
        unit_case(test_pdf__names_pages_without_a_usable_box),
        unit_case(test_pdf__refuses_what_it_cannot_open),
        unit_case(test_pdf__refuses_more_pages_than_allowed),
        unit_case(test_pdf__kills_what_does_not_end),
        unit_case(test_pdf__runs_nothing_that_a_pdf_asks_for),
        unit_case(test_pdf__draws_a_page_into_a_nameless_file),
        unit_case(test_pdf__takes_the_resolution_of_its_pictures),
        unit_case(test_pdf__chooses_a_resolution_within_the_limits),
        unit_case(test_pdf__without_the_programs_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
