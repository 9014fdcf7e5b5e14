/* SPDX-License-Identifier: Apache-2.0 */
/* Every keyword that a screen can show has its label in both languages. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "node/cmd/cmd.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_limits.h"
#include "node/record/dossier.h"
#include "node/record/field.h"
#include "node/record/item.h"
#include "node/record/kind.h"
#include "node/record/page.h"
#include "node/record/role.h"
#include "node/store/store_bundle.h"
#include "node/store/store_check.h"
#include "node/store/store_input.h"
#include "node/store/store_target.h"
#include "node/web/web_limits.h"

static int wrong;

/* A label is there and is not the keyword itself. */
static void told(enum cmd_word_set set, const char *keyword)
{
    const char *label = cmd_word(set, keyword);

    if (strcmp(label, keyword) == 0) {
        print_message("# no label: set %d, %s\n", (int)set, keyword);
        wrong++;
    }
}

static void test_cmd_word__every_keyword_has_a_label(void **state)
{
    static const char *const DOUBTS[] = {
        "low-confidence",   "handwritten",      "blank",
        "unreadable",       "digit-letter-mix", "not-zero-padded",
        "implausible-date", "pattern-loose",    "from-notation",
        "kind-differs",     "two-candidates",   "two-agencies",
        "columns-touch",    "not-first-page",   "cut-number",
        "lost-number",      "odd-sign",         "out-of-row",
        "odd-width"};
    static const char *const CLASSES[] = {"meta", "text", "thumb", "page", "master"};
    size_t limits = 0;
    const struct flow_limit *limit = flow_limits(&limits);

    (void)state;
    wrong = 0;
    for (unsigned i = 0; i < ITEM_STATE_COUNT; i++)
        told(CMD_WORD_ITEM, item_state_name((enum item_state)i));
    for (unsigned i = 0; i <= PAGE_FAILED; i++)
        told(CMD_WORD_PAGE, page_state_name((enum page_state)i));
    told(CMD_WORD_PAGE, page_gate_name(PAGE_HELD));
    for (unsigned i = 0; i <= STORE_BUNDLE_REFUSED; i++)
        told(CMD_WORD_BUNDLE, store_bundle_state_name((enum store_bundle_state)i));
    told(CMD_WORD_BUNDLE, "waiting");
    told(CMD_WORD_BUNDLE, "stale");
    for (size_t i = 0; i < ARRAY_LEN(CLASSES); i++)
        told(CMD_WORD_CLASS, CLASSES[i]);
    for (unsigned i = 0; i <= ITEM_LEVEL_VERIFIED; i++)
        told(CMD_WORD_LEVEL, item_level_name((enum item_level)i));
    for (unsigned i = 0; i <= FIELD_CLERK; i++)
        told(CMD_WORD_SOURCE, field_source_name((enum field_source)i));
    for (size_t i = 0; i < ARRAY_LEN(DOUBTS); i++)
        told(CMD_WORD_DOUBT, DOUBTS[i]);
    for (size_t i = 0; kind_at(i); i++)
        told(CMD_WORD_KIND, kind_at(i)->name);
    told(CMD_WORD_KIND, "all");
    for (unsigned i = 0; i <= DOSSIER_REGISTER; i++)
        told(CMD_WORD_DOSSIER, dossier_kind_name((enum dossier_kind)i));
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        told(CMD_WORD_ROLE, role_name((enum role)i));
    for (unsigned i = 0; i <= STORE_SCANNED; i++)
        told(CMD_WORD_INDICATOR, store_target_indicator_name((enum store_indicator)i));
    for (unsigned i = 0; i <= STORE_REMOVED; i++)
        told(CMD_WORD_QUARANTINE, store_input_held_name((enum store_held)i));
    for (unsigned i = 0; i <= STORE_FAULT_SUMMARY; i++)
        told(CMD_WORD_FAULT, store_check_name((enum store_fault)i));
    for (size_t i = 0; i < limits; i++)
        told(CMD_WORD_MEASURE, limit[i].unit);
    limit = web_limits(&limits);
    for (size_t i = 0; i < limits; i++)
        told(CMD_WORD_MEASURE, limit[i].unit);
    assert_int_equal(wrong, 0);
}

static void test_cmd_word__what_is_no_keyword_stands_as_it_is(void **state)
{
    (void)state;
    assert_string_equal(cmd_word(CMD_WORD_UNIT, "đặc khu"), "đặc khu");
    assert_string_equal(cmd_word(CMD_WORD_ITEM, ""), "");
    assert_string_equal(cmd_word(CMD_WORD_DOSSIER, "captured"), "captured");
}

/* What one cell prints. */
static void cell(struct cmd *c, int columns, const char *text, char *out, size_t size)
{
    FILE *file = tmpfile();
    int saved = dup(STDOUT_FILENO);
    ssize_t n = 0;

    assert_non_null(file);
    (void)fflush(stdout);
    (void)dup2(fileno(file), STDOUT_FILENO);
    cmd_word_cell(c, columns, text);
    (void)fflush(stdout);
    (void)dup2(saved, STDOUT_FILENO);
    (void)close(saved);
    n = pread(fileno(file), out, size - 1, 0);
    assert_true(n >= 0);
    out[n] = '\0';
    (void)fclose(file);
}

static void test_cmd_word__cells_are_as_wide_as_letters(void **state)
{
    struct cmd c = {0};
    char out[64];

    (void)state;
    cell(&c, 6, "xong", out, sizeof out);
    assert_string_equal(out, "xong   ");
    cell(&c, 6, "đã gửi", out, sizeof out);
    assert_string_equal(out, "đã gửi ");
    cell(&c, 6, "bo\xcc\x89", out, sizeof out); /* decomposed */
    assert_string_equal(out, "bo\xcc\x89     ");
    cell(&c, 3, "đang gửi", out, sizeof out); /* never cut */
    assert_string_equal(out, "đang gửi ");
    c.json = true;
    cell(&c, 6, "xong", out, sizeof out);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cmd_word__every_keyword_has_a_label),
        cmocka_unit_test(test_cmd_word__what_is_no_keyword_stands_as_it_is),
        cmocka_unit_test(test_cmd_word__cells_are_as_wide_as_letters),
    };
    const char *build = getenv("BUILD");
    AUTO_MEM char *locale = mem_printf("%s/locale", build ? build : "build");

    i18n_init(LANG_VI, locale);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
