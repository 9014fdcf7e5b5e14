/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <locale.h>
#include <unistd.h>

#include "node/base/i18n.h"
#include "node/base/proc.h"

/* Makes <dir>/vi/LC_MESSAGES/sohoa.mo. False: no msgfmt here. */
static bool make_catalogue(const char *dir)
{
    static const char PO[] = "msgid \"\"\nmsgstr \"\"\n"
                             "\"Content-Type: text/plain; charset=UTF-8\\n\"\n"
                             "msgid \"The disk is full.\"\n"
                             "msgstr \"Đĩa đã đầy.\"\n";
    AUTO_MEM char *po = fs_path(dir, "vi.po");
    AUTO_MEM char *folder = fs_path(dir, "vi/LC_MESSAGES");
    AUTO_MEM char *mo = fs_path(folder, "sohoa.mo");
    const char *argv[] = {"msgfmt", "-o", mo, po, NULL};
    struct proc_opts o = {.argv = argv, .err = PROC_INHERIT};
    AUTO_STR struct str out = STR_INIT(1000);
    struct proc_exit how = {0};
    struct err e = ERR_INIT;

    unit_ok(fs_mkdirs(folder, &e), &e);
    unit_ok(fs_write_file(po, PO, sizeof PO - 1, &e), &e);
    if (proc_run(&o, &out, 10000, &how, &e) < 0)
        return false;
    assert_int_equal(how.status, 0);
    return true;
}

static void test_i18n__without_a_catalogue_the_msgid(void **state)
{
    i18n_init(LANG_VI, *state);
    assert_string_equal(_("The disk is full."), "The disk is full.");
    i18n_init(LANG_VI, NULL);
    assert_string_equal(_("A text in no catalogue."), "A text in no catalogue.");
}

static void test_i18n__both_languages_whatever_the_environment(void **state)
{
    static const char *const LOCALES[] = {"C", "", "POSIX", "de_DE.UTF-8", NULL};

    if (!make_catalogue(*state)) {
        print_message("msgfmt is not installed\n");
        skip();
    }
    for (size_t i = 0; i < ARRAY_LEN(LOCALES); i++) {
        if (LOCALES[i]) {
            assert_int_equal(setenv("LC_ALL", LOCALES[i], 1), 0);
            assert_int_equal(setenv("LANGUAGE", "en", 1), 0);
        } else {
            assert_int_equal(unsetenv("LC_ALL"), 0);
            assert_int_equal(unsetenv("LANGUAGE"), 0);
        }
        assert_non_null(setlocale(LC_ALL, "C"));
        i18n_init(LANG_VI, *state);
        assert_int_equal(i18n_lang(), LANG_VI);
        assert_string_equal(_("The disk is full."), "Đĩa đã đầy.");
        assert_string_equal(i18n_text_in(LANG_EN, "The disk is full."),
                            "The disk is full.");
        i18n_init(LANG_EN, *state);
        assert_int_equal(i18n_lang(), LANG_EN);
        assert_string_equal(_("The disk is full."), "The disk is full.");
        assert_string_equal(i18n_text_in(LANG_VI, "The disk is full."), "Đĩa đã đầy.");
    }
}

static void test_i18n__an_empty_text_is_not_the_header(void **state)
{
    (void)make_catalogue(*state);
    i18n_init(LANG_VI, *state);
    assert_string_equal(i18n_text(""), "");
}

static void test_i18n__letters_are_wide_afterwards(void **state)
{
    i18n_init(LANG_VI, *state);
    assert_int_equal(mblen("đ", 2), 2);
    assert_string_equal(setlocale(LC_ALL, NULL), "C.UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_i18n__without_a_catalogue_the_msgid),
        unit_case(test_i18n__both_languages_whatever_the_environment),
        unit_case(test_i18n__an_empty_text_is_not_the_header),
        unit_case(test_i18n__letters_are_wide_afterwards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
