/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/watch.h"

#include <allheaders.h>

#include "node/base/str.h"
#include "ocr/ocr.h"
#include "ocr/result.h"
#include "tests/unit/unit.h"

struct seen {
    int count;
    char name[32];
    int width, depth;
    size_t bytes;
    l_uint32 at; /* pixel 12, 20 */
};

static void see(void *ctx, const char *name, const struct str *png)
{
    struct seen *s = ctx;
    struct Pix *p = pixReadMem((const l_uint8 *)png->p, png->len);

    assert_non_null(p);
    s->count++;
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    s->width = pixGetWidth(p);
    s->depth = pixGetDepth(p);
    s->bytes = png->len;
    (void)pixGetPixel(p, 12, 20, &s->at);
    pixDestroy(&p);
}

/* Noise, which no PNG makes smaller. */
static struct Pix *noise(int w, int h)
{
    struct Pix *p = pixCreate(w, h, 8);
    uint32_t x = 12345;

    for (int j = 0; j < h; j++)
        for (int i = 0; i < w; i++) {
            x = x * 1664525 + 1013904223;
            (void)pixSetPixel(p, i, j, x >> 24);
        }
    return p;
}

static void test_watch__shows_a_step_by_its_name(void **state)
{
    struct seen s = {0};
    struct ocr_watch w = {.picture = see, .ctx = &s};
    struct Pix *p = noise(60, 40);

    (void)state;
    watch_show(&w, "deskew", p);
    assert_int_equal(s.count, 1);
    assert_string_equal(s.name, "deskew");
    assert_int_equal(s.width, 60);
    watch_show(NULL, "deskew", p);
    watch_show(&w, "deskew", NULL);
    assert_int_equal(s.count, 1);
    pixDestroy(&p);
}

static void test_watch__what_is_too_large_is_halved(void **state)
{
    struct seen s = {0};
    struct ocr_watch w = {.picture = see, .ctx = &s};
    struct Pix *p = noise(2400, 2400);

    (void)state;
    watch_show(&w, "scale", p);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.width, 1200);
    assert_true(s.bytes <= OCR_WATCH_BYTES_MAX);
    pixDestroy(&p);
}

static void test_watch__words_are_framed_by_their_confidence(void **state)
{
    struct seen s = {0};
    struct ocr_watch w = {.picture = see, .ctx = &s};
    struct Pix *p = pixCreate(60, 40, 8);
    struct result_word word = {.x = 12, .y = 20, .w = 10, .h = 8, .confidence = 95};
    struct result r = {.words = &word};

    (void)state;
    (void)pixSetAllGray(p, 255);
    watch_words(&w, p, &r);
    assert_int_equal(s.count, 0); /* no words, no picture */
    r.word_count = 1;
    watch_words(&w, p, &r);
    assert_string_equal(s.name, "words");
    assert_int_equal(s.depth, 32);
    assert_true((s.at >> 16 & 0xFF) > (s.at >> 24 & 0xFF)); /* green */
    word.confidence = WATCH_DOUBT - 1;
    watch_words(&w, p, &r);
    assert_true((s.at >> 24 & 0xFF) > (s.at >> 16 & 0xFF)); /* red */
    watch_words(NULL, p, &r);
    assert_int_equal(s.count, 2);
    pixDestroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watch__shows_a_step_by_its_name),
        cmocka_unit_test(test_watch__what_is_too_large_is_halved),
        cmocka_unit_test(test_watch__words_are_framed_by_their_confidence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
