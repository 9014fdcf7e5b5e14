/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <allheaders.h>
#include <math.h>
#include <qrencode.h>

#include "node/record/slip.h"
#include "ocr/qr.h"

#define CELL_PX 6 /* of the small code of a slip at 150 dpi */
#define WHITE   4
#define SIDE_PX 700
#define TRIES   200
#define LEAST   199

static unsigned random_of(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 16 & 0x7fff;
}

/* A sheet with a slip's code on it, and bars beside it as a line of print has them. */
static PIX *sheet(const char *text)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_Q, QR_MODE_8, 1);
    PIX *pix = pixCreate(SIDE_PX, SIDE_PX, 8);
    int at = 120;

    assert_non_null(code);
    assert_true((code->width + 2 * WHITE) * CELL_PX + at < SIDE_PX);
    (void)pixSetAllArbitrary(pix, 245);
    for (int y = 0; y < code->width; y++)
        for (int x = 0; x < code->width; x++)
            if (code->data[y * code->width + x] & 1) {
                BOX *box =
                    boxCreate(at + x * CELL_PX, at + y * CELL_PX, CELL_PX, CELL_PX);

                (void)pixSetInRectArbitrary(pix, box, 25);
                boxDestroy(&box);
            }
    for (int i = 0; i < 40; i++) {
        BOX *box = boxCreate(60 + 14 * i, 30 + i % 3, 5, 18);

        (void)pixSetInRectArbitrary(pix, box, 40);
        boxDestroy(&box);
    }
    QRcode_free(code);
    return pix;
}

/* Askew by up to 7 degrees, out of focus, faint and full of specks, as scans are. */
static PIX *worn(PIX *pix, unsigned *state, bool far)
{
    double deg = far ? 7.0 : (double)(random_of(state) % 141) / 10 - 7;
    PIX *turned = pixRotate(pix, (float)(deg * M_PI / 180), L_ROTATE_AREA_MAP,
                            L_BRING_IN_WHITE, 0, 0);
    PIX *soft = pixBlockconv(turned, 1 + (int)(random_of(state) % 2), 1);
    int faint = (int)(random_of(state) % 60);

    for (int y = 0; y < pixGetHeight(soft); y++) {
        l_uint32 *line = pixGetData(soft) + (size_t)y * (size_t)pixGetWpl(soft);

        for (int x = 0; x < pixGetWidth(soft); x++) {
            int v = GET_DATA_BYTE(line, x);

            v += faint * (255 - v) / 255 + (int)(random_of(state) % 51) - 25;
            if (random_of(state) % 500 == 0)
                v = 255 - v;
            SET_DATA_BYTE(line, x, (l_uint8)(v < 0 ? 0 : v > 255 ? 255 : v));
        }
    }
    pixDestroy(&turned);
    return soft;
}

static void test_qr__worn_slips_are_read(void **state)
{
    static const unsigned char KEY[SLIP_KEY_LEN] = "key";
    AUTO_QR struct qr *q = qr_open();
    unsigned seed = 31001;
    int found = 0;

    (void)state;
    assert_non_null(q); /* its package is among those that the tests install */
    for (int i = 0; i < TRIES; i++) {
        struct slip s = {.dossier = "1f3c07aa-d3", .number = {.year = 2003}};
        char text[SLIP_TEXT_MAX];
        char got[QR_TEXT_MAX];
        PIX *clean = NULL;
        PIX *scan = NULL;

        s.number.number = i + 1;
        slip_print(&s, KEY, text);
        clean = sheet(text);
        scan = worn(clean, &seed, i % 2 == 0);
        if (qr_find(q, scan, SLIP_PREFIX, got)) {
            assert_string_equal(got, text); /* never another one */
            found++;
        }
        pixDestroy(&clean);
        pixDestroy(&scan);
    }
    printf("# %d of %d slips read\n", found, TRIES);
    assert_in_range(found, LEAST, TRIES);
}

/* A code of @side_px on @pix at x, y. */
static void draw_code(PIX *pix, const char *text, int x0, int y0, int side_px)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_Q, QR_MODE_8, 1);
    double cell = 0;

    assert_non_null(code);
    cell = (double)side_px / (code->width + 2 * WHITE);
    for (int y = 0; y < code->width; y++)
        for (int x = 0; x < code->width; x++)
            if (code->data[y * code->width + x] & 1) {
                int left = x0 + (int)((x + WHITE) * cell);
                int top = y0 + (int)((y + WHITE) * cell);
                BOX *box =
                    boxCreate(left, top, x0 + (int)((x + WHITE + 1) * cell) - left,
                              y0 + (int)((y + WHITE + 1) * cell) - top);

                (void)pixSetInRectArbitrary(pix, box, 25);
                boxDestroy(&box);
            }
    QRcode_free(code);
}

/* Letters of a line, as bars. */
static void draw_words(PIX *pix, int x, int y, int letters, int high)
{
    for (int i = 0; i < letters; i++) {
        BOX *box = boxCreate(x + i * high * 2 / 3, y, high / 4, high);

        (void)pixSetInRectArbitrary(pix, box, 40);
        boxDestroy(&box);
    }
}

#define A4_W 1240 /* at 150 dpi */
#define A4_H 1754
#define MM   (A4_W / 210.0)
static int mm(double v)
{
    return (int)(v * MM);
}

/* As flow_slip.c prints it: both codes, number, title and a sentence. */
static PIX *whole_slip(const char *text)
{
    PIX *pix = pixCreate(A4_W, A4_H, 8);

    (void)pixSetAllArbitrary(pix, 245);
    draw_code(pix, text, mm(70), mm(15), mm(70));
    draw_code(pix, text, mm(150), mm(236), mm(45));
    draw_words(pix, mm(75), mm(93), 9, mm(9));
    draw_words(pix, mm(40), mm(112), 50, mm(3));
    draw_words(pix, mm(50), mm(121), 45, mm(3));
    return pix;
}

static bool is_alone(struct qr *q, PIX *pix, const char *text)
{
    char got[QR_TEXT_MAX];

    assert_true(qr_find(q, pix, SLIP_PREFIX, got));
    assert_string_equal(got, text);
    return qr_alone(q, pix);
}

static void test_qr__a_sheet_that_is_nothing_but_a_slip(void **state)
{
    static const char TEXT[] = "SOHOA1:1F3C07AA-D3:22/2003:ABCDEFGHIJKLMNOP";
    AUTO_QR struct qr *q = qr_open();
    unsigned seed = 31002;
    PIX *pix = whole_slip(TEXT);
    PIX *turned = NULL;

    (void)state;
    assert_non_null(q);
    assert_true(is_alone(q, pix, TEXT));
    for (int i = 0; i < 8; i++) {
        PIX *scan = worn(pix, &seed, i % 2 == 0);

        assert_true(is_alone(q, scan, TEXT));
        pixDestroy(&scan);
    }
    turned = pixRotateOrth(pix, 1);
    assert_true(is_alone(q, turned, TEXT));
    pixDestroy(&turned);
    turned = pixRotateOrth(pix, 2);
    assert_true(is_alone(q, turned, TEXT));
    pixDestroy(&turned);
    pixDestroy(&pix);
}

static void test_qr__what_lies_beside_a_slip_is_a_page(void **state)
{
    static const char TEXT[] = "SOHOA1:1F3C07AA-D3:22/2003:ABCDEFGHIJKLMNOP";
    AUTO_QR struct qr *q = qr_open();
    PIX *slip = whole_slip(TEXT);
    PIX *pix = pixCopy(NULL, slip);
    PIX *small = NULL;

    (void)state;
    assert_non_null(q);
    draw_words(pix, mm(25), mm(250), 12, mm(4)); /* a note below */
    assert_false(is_alone(q, pix, TEXT));
    pixDestroy(&pix);
    pix = pixCopy(NULL, slip); /* a page under it shows between the codes */
    for (int i = 0; i < 20; i++)
        draw_words(pix, mm(20), mm(100 + 6 * i), 80, mm(3));
    assert_false(is_alone(q, pix, TEXT));
    pixDestroy(&pix);
    pix = pixCreate(A4_W, A4_H, 8); /* half as large, on a page */
    (void)pixSetAllArbitrary(pix, 245);
    for (int i = 0; i < 30; i++)
        draw_words(pix, mm(20), mm(20 + 8 * i), 80, mm(3));
    small = pixScaleAreaMap(slip, 0.6f, 0.6f);
    (void)pixRasterop(pix, mm(40), mm(60), pixGetWidth(small), pixGetHeight(small),
                      PIX_SRC, small, 0, 0);
    assert_false(is_alone(q, pix, TEXT));
    pixDestroy(&small);
    pixDestroy(&pix);
    pix = pixCreate(A4_W, A4_H, 8); /* one code alone: the other may lie under a page */
    (void)pixSetAllArbitrary(pix, 245);
    draw_code(pix, TEXT, mm(70), mm(15), mm(70));
    assert_false(is_alone(q, pix, TEXT));
    pixDestroy(&pix);
    pixDestroy(&slip);
    assert_false(qr_alone(NULL, NULL));
}

static void test_qr__other_codes_and_no_code_give_nothing(void **state)
{
    AUTO_QR struct qr *q = qr_open();
    char got[QR_TEXT_MAX] = "x";
    PIX *pix = NULL;

    (void)state;
    assert_non_null(q); /* its package is among those that the tests install */
    pix = sheet("https://dichvucong.example/123");
    assert_false(qr_find(q, pix, SLIP_PREFIX, got));
    assert_string_equal(got, "");
    pixDestroy(&pix);
    pix = pixCreate(SIDE_PX, SIDE_PX, 8);
    assert_false(qr_find(q, pix, SLIP_PREFIX, got));
    pixDestroy(&pix);
    pix = pixCreate(10, 10, 8);
    assert_false(qr_find(q, pix, SLIP_PREFIX, got));
    assert_false(qr_find(NULL, pix, SLIP_PREFIX, got));
    pixDestroy(&pix);
    /* Longer than a slip may be. */
    pix = sheet(
        "SOHOA1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_false(qr_find(q, pix, SLIP_PREFIX, got));
    pixDestroy(&pix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_qr__worn_slips_are_read),
        unit_case(test_qr__a_sheet_that_is_nothing_but_a_slip),
        unit_case(test_qr__what_lies_beside_a_slip_is_a_page),
        unit_case(test_qr__other_codes_and_no_code_give_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
