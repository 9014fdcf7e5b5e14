/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/doubt.h"

#include "tests/unit/unit.h"

#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/result.h"
#include "ocr/second.h"
#include "ocr/syllable.h"

/* A page of one line; all words read with @confidence. */
static void page(const char *text, int confidence, struct result *r)
{
    size_t cap = 0;

    *r = (struct result){.width_px = 1000, .height_px = 1000, .text = mem_dup(text)};
    for (size_t i = 0; text[i];) {
        size_t n = strcspn(text + i, " \n");

        mem_grow(&r->words, &cap, r->word_count + 1, sizeof *r->words);
        r->words[r->word_count++] =
            (struct result_word){.start = i, .len = n, .confidence = confidence};
        i += n;
        i += text[i] != '\0';
    }
}

/* The doubtful words and why: "31/02/2019 implausible-date; …" */
static void doubts_of(const char *text, int confidence, struct str *out)
{
    AUTO_RESULT struct result r = {0};
    AUTO_DOUBTS struct doubts d = {0};

    page(text, confidence, &r);
    doubt_find(&r, &d);
    for (size_t i = 0; i < d.count; i++) {
        const struct result_word *w = &r.words[d.p[i].word];

        str_addf(out, "%s%.*s %s", i ? "; " : "", (int)w->len, text + w->start,
                 d.p[i].reason);
        assert_string_equal(doubt_reason(&d, d.p[i].word), d.p[i].reason);
    }
    if (d.count == 0 && r.word_count > 0)
        assert_null(doubt_reason(&d, 0));
}

struct wanted {
    const char *text, *doubts;
};

static void check(const struct wanted *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_STR struct str got = STR_INIT(STR_LINE_MAX);

        doubts_of(w[i].text, 90, &got);
        if (strcmp(str_text(&got), w[i].doubts) != 0)
            fail_msg("%s: %s, not %s", w[i].text, str_text(&got), w[i].doubts);
    }
}

static void test_doubt__numbers_need_two_readings(void **state)
{
    AUTO_STR struct str unsure = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str sure = STR_INIT(STR_LINE_MAX);

    (void)state;
    doubts_of("quyết định 12/QĐ-UBND ngày 5", SECOND_DIFFER, &unsure);
    assert_string_equal(str_text(&unsure), "12/QĐ-UBND two-readings; 5 two-readings");
    doubts_of("quyết định 12/QĐ-UBND ngày 5", SECOND_DIFFER + 1, &sure);
    assert_string_equal(str_text(&sure), "");
}

static void test_doubt__words_hardly_read(void **state)
{
    AUTO_STR struct str unsure = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str shorter = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str sure = STR_INIT(STR_LINE_MAX);

    (void)state;
    doubts_of("nhân --- _ dân", DOUBT_WORD - 1, &unsure);
    assert_string_equal(str_text(&unsure), "nhân low-confidence; dân low-confidence");
    doubts_of("gã nhân đ-", DOUBT_SHORT - 1, &shorter);
    assert_string_equal(str_text(&shorter), "gã low-confidence; đ- low-confidence");
    doubts_of("gã nhân đ-", DOUBT_SHORT, &sure);
    assert_string_equal(str_text(&sure), "");
}

static void test_doubt__dates_no_calendar_has(void **state)
{
    static const struct wanted w[] = {
        {"ngày 31/02/2019 và 28/02/2019", "31/02/2019 implausible-date"},
        {"(29.02.2000), 29-02-2001;", "29-02-2001; implausible-date"},
        {"ngày 32 tháng 11 năm 2020", "32 implausible-date"},
        {"ngày 30 tháng 13 năm 2020", "13 implausible-date"},
        {"trong 45 ngày; 1/2/3; 99/2020/NĐ-CP; ngày 150", ""},
    };

    (void)state;
    check(w, ARRAY_LEN(w));
}

static void test_doubt__letters_among_digits(void **state)
{
    static const struct wanted w[] = {
        {"năm 2O19 và l2", "2O19 digit-letter-mix; l2 digit-letter-mix"},
        {"NĐ-CPngày07/8/2017 19tháng", "NĐ-CPngày07/8/2017 digit-letter-mix; 19tháng "
                                       "digit-letter-mix"},
        {"ngày 7ở tháng 0Ï, 2.000đ, 5m²", "7ở digit-letter-mix; 0Ï, foreign-letter"},
        {"bà H'M1lô", "H'M1lô digit-letter-mix"},
        {"05/QÐ-UBND 7⁄9/2020", "05/QÐ-UBND foreign-letter; 7⁄9/2020 foreign-letter"},
        {"số 12a, 22bis, 50kg, 3m2, 12/QĐ-UBND, 2.000.000đ, 8h30, A4, QL14", ""},
    };

    (void)state;
    check(w, ARRAY_LEN(w));
}

static void test_doubt__notations(void **state)
{
    static const struct wanted w[] = {
        {"16/NO-HĐND 12/QD-UBND", "16/NO-HĐND unknown-notation; 12/QD-UBND "
                                  "unknown-notation"},
        {"7NĐ-CP 27/TTr-SGD@&ĐT", "7NĐ-CP unknown-notation; 27/TTr-SGD@&ĐT "
                                  "foreign-letter"},
        {"16/NQ-HĐND, 12/QĐ-UBND, 35/2025/TT-BXD, 77/2015/QH13, 123/UBND-VP", ""},
        {"11-NQ/TW, 15/CTr-UBND, 2269/QĐ-TTg, 20/5/2019, 10km/h, 12/STP-HC", ""},
    };

    (void)state;
    check(w, ARRAY_LEN(w));
}

/* What digits.h finds, where nothing else was found. */
static void test_doubt__numbers_that_cannot_stand(void **state)
{
    static const struct wanted w[] = {
        {"thứ tự § mục", "§ odd-sign"},
        {"Số251 tăng 12.%5", "Số251 digit-letter-mix; 12.%5 odd-sign"},
        {"ngày 07 tháng năm 2017", "tháng lost-number; năm lost-number"},
    };

    (void)state;
    check(w, ARRAY_LEN(w));
}

static void test_doubt__foreign_letters(void **state)
{
    static const struct wanted w[] = {
        {"hợp đöng Привет", "đöng foreign-letter; Привет foreign-letter"},
        {"fông zậy", "fông foreign-letter; zậy foreign-letter"},
        {"website của FPT, Jrai, Zalo", ""},
    };

    (void)state;
    check(w, ARRAY_LEN(w));
}

static void test_doubt__words_that_are_no_syllables(void **state)
{
    static const struct wanted w[] = {
        {"đuợc quyêt định", "đuợc no-syllable; quyêt no-syllable"},
        {"QUYÉT ĐỊNH", "QUYÉT no-syllable"},
        {"cua cac xa", "cac no-syllable"},
        {"hoà bình, hòa thuận, thuỷ lợi, giếng, gìn giữ, quốc, khuỷu, nghiêng", ""},
        {"UBND, TP. HCM, Ban CHQS, e-mail, đ/c, v.v.", ""},
    };

    (void)state;
    check(w, ARRAY_LEN(w));
}

/* Names of the highlands follow rules of their own. */
static void test_doubt__names_of_minorities_stay(void **state)
{
    static const struct wanted w[] = {
        {"Ông Y Blô Niê Kdăm, bà H'Nuen Mlô", ""},
        {"Y Thịnh Êban, H’Lê Byă, H'Yă Kpă", ""},
        {"huyện Krông Nô, huyện M'Drắk, xã Ea H'leo", ""},
        {"tỉnh Đắk Lắk, Đăk Nông, ĐẮK R'LẤP, Cư M'gar, Buôn Đôn, BUÔN HỒ", ""},
        {"Bŭk So, Jŭ, Kƀang, Čư Mgar, Ñơm, Rơ Châm H'Phik, Siu Blêt", ""},
        {"Ksor Phước, Rmah Hlít, Nay Đêt, Kpă Klơng, Rơ Mah Tuêt, Ayun Bôt", ""},
        {"Điểu Kré, K'Brôih, Ka Să Ha Cất, Liêng Jrang Ha Hoang, Cil Múp", ""},
        {"Giàng A Páo, Vàng Seo Lử, Sùng Thị Mỷ, Thào Mí Xìa, Hạng A Chờ", ""},
        {"Y BĂK, H'LÊT, Y NUÊ, A THUT, ÊĐÊ, M'NÔNG, GIA RAI, Ê Đê", ""},
    };

    (void)state;
    check(w, ARRAY_LEN(w));
}

/* Against the list of syllables that spelling checkers use, when it is there. */
static void test_doubt__syllables_in_use_are_spelled(void **state)
{
    AUTO_STR struct str list = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;
    size_t all = 0, bad = 0;

    (void)state;
    if (fs_read_file("../shared/data/text_vi/hunspell_vi_VN.dic", &list, &e) < 0) {
        print_message("SKIP: no ../shared/data/text_vi\n");
        skip();
    }
    for (const char *row = str_text(&list); *row;) {
        size_t n = strcspn(row, "\n/\r");
        AUTO_STR struct str nfc = STR_INIT(STR_LINE_MAX);
        char key[SYLLABLE_KEY_MAX] = "";

        utf8_nfc(row, n, &nfc);
        if (nfc.len > 0 && syllable_key(nfc.p, nfc.len, key)) {
            all++;
            bad += syllable_like(key) && !syllable_spelled(key);
            if (syllable_like(key) && !syllable_spelled(key) && bad < 40)
                print_message("# not spelled: %s\n", nfc.p);
        }
        row += strcspn(row, "\n");
        row += *row == '\n';
    }
    print_message("# %zu of %zu syllables are called misspelled\n", bad, all);
    assert_true(all > 6000);
    assert_true(bad * 200 <= all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubt__numbers_need_two_readings),
        cmocka_unit_test(test_doubt__words_hardly_read),
        cmocka_unit_test(test_doubt__dates_no_calendar_has),
        cmocka_unit_test(test_doubt__letters_among_digits),
        cmocka_unit_test(test_doubt__notations),
        cmocka_unit_test(test_doubt__numbers_that_cannot_stand),
        cmocka_unit_test(test_doubt__foreign_letters),
        cmocka_unit_test(test_doubt__words_that_are_no_syllables),
        cmocka_unit_test(test_doubt__names_of_minorities_stay),
        cmocka_unit_test(test_doubt__syllables_in_use_are_spelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
