/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/tess.h"

#include <dlfcn.h>

#include "tests/unit/letter.h"
#include "tests/unit/unit.h"

#include "node/base/hash.h"
#include "node/base/utf8.h"
#include "ocr/alts.h"
#include "ocr/ocr.h"
#include "ocr/result.h"

static int open_tess(void **state)
{
    struct err e = ERR_INIT;

    return tess_open((struct tess **)state, &e);
}

static int close_tess(void **state)
{
    tess_close(*state);
    return 0;
}

static struct Pix *small_letter(void)
{
    struct Pix *p = letter_draw(1), *q = pixScale(p, 0.6F, 0.6F);

    pixDestroy(&p);
    assert_non_null(q);
    return q;
}

static void test_tess__reads_words_with_boxes(void **state)
{
    AUTO_RESULT struct result r = {0};
    struct Pix *p = small_letter();
    struct err e = ERR_INIT;

    unit_ok(tess_read(*state, p, 180, TESS_OTSU, NULL, 0, NULL, &r, &e), &e);
    unit_ok(result_check(&r, &e), &e);
    assert_int_equal(r.width_px, pixGetWidth(p));
    assert_true(r.word_count >= 40);
    assert_true(letter_found(r.text) >= 80);
    assert_true(r.confidence > 60);
    assert_int_equal(r.words[r.word_count - 1].line, 5);
    for (size_t i = 0; i < r.word_count; i++) {
        assert_in_range(r.words[i].x, 300 * 0.6 - 12, 1488);
        assert_in_range(r.words[i].y, 400 * 0.6 - 30, (400 + 6 * 130) * 0.6);
    }
    pixDestroy(&p);
}

/* The same text as without them, the signs of each word, and others that cost more. */
static void test_tess__tells_what_signs_might_have_been(void **state)
{
    AUTO_RESULT struct result plain = {0};
    AUTO_RESULT struct result r = {0};
    AUTO_ALTS struct alts a = {0};
    struct Pix *p = small_letter();
    struct err e = ERR_INIT;
    size_t known = 0, dearer = 0;

    unit_ok(tess_read(*state, p, 180, TESS_OTSU, NULL, 0, NULL, &plain, &e), &e);
    unit_ok(tess_read(*state, p, 180, TESS_OTSU, NULL, 0, &a, &r, &e), &e);
    assert_string_equal(r.text, plain.text);
    assert_int_equal(a.word_count, r.word_count);
    for (size_t i = 0; i < a.word_count; i++) {
        AUTO_STR struct str word = STR_INIT(STR_LINE_MAX);

        for (size_t k = 0; k < a.words[i].count; k++)
            utf8_put(&word, a.signs[a.words[i].first + k].cp);
        known += word.len > 0;
        if (word.len > 0) {
            assert_int_equal(word.len, r.words[i].len);
            assert_memory_equal(word.p, r.text + r.words[i].start, word.len);
        }
    }
    assert_true(known * 10 >= r.word_count * 9);
    for (size_t i = 0; i < a.other_count; i++)
        dearer += a.others[i].cost > 0;
    assert_true(a.other_count > a.sign_count);
    assert_true(dearer * 10 >= a.other_count * 9);
    pixDestroy(&p);
}

static struct Pix *cut_out(struct Pix *p, int x, int y, int w, int h)
{
    struct Box *box = boxCreate(x, y, w, h);
    struct Pix *cut = pixClipRectangle(p, box, NULL);

    boxDestroy(&box);
    return cut;
}

static void test_tess__one_line_alone(void **state)
{
    AUTO_RESULT struct result all = {0};
    AUTO_RESULT struct result line = {0};
    struct Pix *p = small_letter(), *cut = NULL;
    struct err e = ERR_INIT;
    int top = 2000, bottom = 0;

    unit_ok(tess_read(*state, p, 180, TESS_OTSU, NULL, 0, NULL, &all, &e), &e);
    for (size_t i = 0; i < all.word_count; i++) {
        const struct result_word *w = &all.words[i];

        if (w->line == 1) {
            top = w->y < top ? w->y : top;
            bottom = w->y + w->h > bottom ? w->y + w->h : bottom;
        }
    }
    cut = cut_out(p, 0, top - 6, 1000, bottom - top + 12);
    unit_ok(tess_read_line(*state, cut, 180, &line, &e), &e);
    assert_non_null(strstr(line.text, "2024"));
    assert_null(strstr(line.text, "125"));
    assert_in_range(line.words[0].y, 0, 18);
    assert_int_equal(line.width_px, 1000);
    result_clear(&line);
    pixDestroy(&cut);
    cut = cut_out(p, 0, 2060, 200, 30);
    unit_ok(tess_read_line(*state, cut, 180, &line, &e), &e);
    assert_true(line.word_count <= 1); /* no text: nothing, or a stray sign */
    pixDestroy(&cut);
    pixDestroy(&p);
}

/* Half a page, then a line of the other half: one text, boxes of the whole picture. */
static void test_tess__areas_are_read_one_by_one(void **state)
{
    AUTO_RESULT struct result all = {0};
    AUTO_RESULT struct result r = {0};
    AUTO_ALTS struct alts a = {0};
    struct Pix *p = small_letter();
    int w = pixGetWidth(p), at = 0, first = 0;
    struct tess_area areas[3] = {{.y = 0, .w = w, .mode = TESS_PAGE},
                                 {.w = w, .mode = TESS_LINE, .goes_on = true},
                                 {.w = w, .mode = TESS_BLOCK}};
    struct err e = ERR_INIT;
    size_t i = 0, n = 0;

    unit_ok(tess_read(*state, p, 180, TESS_OTSU, NULL, 0, NULL, &all, &e), &e);
    for (; all.words[i].line < 3; i++)
        at = all.words[i].y > at ? all.words[i].y : at;
    first = (int)i;
    areas[0].h = at + 40;
    areas[1].y = at + 40;
    areas[1].h = all.words[i].y + 40 - areas[1].y;
    areas[2].y = areas[1].y + areas[1].h;
    areas[2].h = pixGetHeight(p) - areas[2].y;
    unit_ok(tess_read(*state, p, 180, TESS_OTSU, areas, 3, &a, &r, &e), &e);
    unit_ok(result_check(&r, &e), &e);
    assert_int_equal(a.word_count, r.word_count);
    assert_int_equal(r.word_count, all.word_count);
    for (i = 0; i < r.word_count; i++) {
        n += r.words[i].len == all.words[i].len;
        assert_int_equal(r.words[i].line, all.words[i].line);
        assert_in_range(r.words[i].x, all.words[i].x - 8, all.words[i].x + 8);
        assert_in_range(r.words[i].y, all.words[i].y - 8, all.words[i].y + 8);
    }
    assert_true(n * 20 >= r.word_count * 19);
    assert_int_equal(r.words[first].block, r.words[first - 1].block);
    assert_int_equal(r.words[r.word_count - 1].block, r.words[first].block + 1);
    pixDestroy(&p);
}

static void test_tess__too_many_areas_are_refused(void **state)
{
    AUTO_MEM struct tess_area *areas = mem_new(TESS_AREAS_MAX + 1, sizeof *areas);
    AUTO_RESULT struct result r = {0};
    struct Pix *p = pixCreate(80, 80, 8);
    struct err e = ERR_INIT;

    unit_fails(
        tess_read(*state, p, 100, TESS_OTSU, areas, TESS_AREAS_MAX + 1, NULL, &r, &e),
        ERR_LIMIT, &e);
    pixDestroy(&p);
}

static void test_tess__empty_page_is_no_error(void **state)
{
    AUTO_RESULT struct result r = {0};
    struct Pix *p = pixCreate(800, 1000, 8);
    struct err e = ERR_INIT;

    (void)pixSetAllGray(p, 250);
    unit_ok(tess_read(*state, p, 100, TESS_TILED_OTSU, NULL, 0, NULL, &r, &e), &e);
    assert_int_equal(r.word_count, 0);
    assert_string_equal(r.text, "");
    assert_int_equal(r.confidence, 0);
    pixDestroy(&p);
}

static void test_tess__other_depths_are_refused(void **state)
{
    AUTO_RESULT struct result r = {0};
    struct Pix *p = pixCreate(80, 80, 1);
    struct err e = ERR_INIT;

    unit_fails(tess_read(*state, p, 100, TESS_OTSU, NULL, 0, NULL, &r, &e),
               ERR_OCR_FAILED, &e);
    pixDestroy(&p);
}

static void test_tess__hash_is_of_the_file_in_use(void **state)
{
    char hex[OCR_MODEL_HEX] = "";
    AUTO_MEM char *path = NULL;
    AUTO_MEM char *wanted = tess_model_path();
    struct err e = ERR_INIT;

    unit_ok(ocr_model_sha256(hex, &path, &e), &e);
    assert_string_equal(path, wanted);
    assert_true(hash_is_hex(hex, 64));
    assert_string_equal(tess_model_sha256(*state), hex);
    assert_non_null(strstr(ocr_pipeline_version(), tess_version()));
}

static void test_tess__missing_or_broken_model_is_told(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "vie.traineddata");
    const char *set = getenv("TESSDATA_PREFIX");
    AUTO_MEM char *before = mem_dup(set);
    AUTO_TESS struct tess *t = NULL;
    char hex[OCR_MODEL_HEX] = "";
    struct err e = ERR_INIT;

    assert_int_equal(setenv("TESSDATA_PREFIX", *state, 1), 0);
    unit_fails(tess_open(&t, &e), ERR_OCR_MODEL, &e);
    unit_fails(ocr_model_sha256(hex, NULL, &e), ERR_OCR_MODEL, &e);
    assert_non_null(strstr(e.detail, path));
    unit_ok(fs_write_file(path, "not a model", 11, &e), &e);
    unit_fails(tess_open(&t, &e), ERR_OCR_MODEL, &e);
    if (before)
        assert_int_equal(setenv("TESSDATA_PREFIX", before, 1), 0);
    else
        assert_int_equal(unsetenv("TESSDATA_PREFIX"), 0);
}

/* ---- OpenMP ---------------------------------------------------------------------- */

void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
void GOMP_parallel_sections(void (*body)(void *), void *data, unsigned threads,
                            unsigned count, unsigned flags);
unsigned GOMP_sections_next(void);
void GOMP_sections_end_nowait(void);

/* What Tesseract finds is ours. */
static void test_tess__stands_before_libgomp(void **state)
{
    static const char *const NAMES[] = {"GOMP_parallel", "GOMP_parallel_sections",
                                        "GOMP_sections_next",
                                        "GOMP_sections_end_nowait"};
    void (*ours)(void (*)(void *), void *, unsigned, unsigned) = GOMP_parallel;

    (void)state;
    assert_ptr_equal(dlsym(RTLD_DEFAULT, NAMES[0]), *(void **)&ours);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        Dl_info info = {0};

        assert_int_not_equal(dladdr(dlsym(RTLD_DEFAULT, NAMES[i]), &info), 0);
        assert_null(strstr(info.dli_fname, "libgomp"));
    }
}

static void count_up(void *data)
{
    ++*(int *)data;
}

static void note_sections(void *data)
{
    unsigned n = 0;

    while ((n = GOMP_sections_next()) != 0)
        *(unsigned *)data = *(unsigned *)data * 10 + n;
    GOMP_sections_end_nowait();
}

static void test_tess__teams_are_one_thread_in_turn(void **state)
{
    unsigned order = 0;
    int runs = 0;

    (void)state;
    GOMP_parallel(count_up, &runs, 4, 0);
    assert_int_equal(runs, 1);
    GOMP_parallel_sections(note_sections, &order, 4, 3, 0);
    assert_int_equal(order, 123);
    GOMP_parallel_sections(note_sections, &order, 4, 2, 0);
    assert_int_equal(order, 12312);
}

#define tess_case(f) cmocka_unit_test_setup_teardown(f, open_tess, close_tess)

int main(void)
{
    const struct CMUnitTest tests[] = {
        tess_case(test_tess__reads_words_with_boxes),
        tess_case(test_tess__tells_what_signs_might_have_been),
        tess_case(test_tess__one_line_alone),
        tess_case(test_tess__areas_are_read_one_by_one),
        tess_case(test_tess__too_many_areas_are_refused),
        tess_case(test_tess__empty_page_is_no_error),
        tess_case(test_tess__other_depths_are_refused),
        tess_case(test_tess__hash_is_of_the_file_in_use),
        unit_case(test_tess__missing_or_broken_model_is_told),
        unit_case(test_tess__stands_before_libgomp),
        unit_case(test_tess__teams_are_one_thread_in_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
