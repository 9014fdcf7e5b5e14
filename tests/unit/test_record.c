/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/record/dossier.h"
#include "node/record/item.h"
#include "node/record/kind.h"
#include "node/record/page.h"
#include "node/record/role.h"
#include "node/record/unit.h"

#define MASTER "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* ---- item -------------------------------------------------------------------------
 */

static void test_item__all_moves(void **state)
{
    /* from \ act: recognize, set, verify, return, seal. Capital: a new revision. */
    static const char *const table[ITEM_STATE_COUNT] = {
        [ITEM_CAPTURED] = "rc---",  [ITEM_RECOGNIZED] = "rdvbs",
        [ITEM_DESCRIBED] = "ddvbs", [ITEM_RETURNED] = "bdv--",
        [ITEM_VERIFIED] = "-d-bs",  [ITEM_SEALED] = "-DVB-",
    };
    static const char letters[] = "crdbvs"; /* in order of enum item_state */

    (void)state;
    for (unsigned from = 0; from < ITEM_STATE_COUNT; from++) {
        for (unsigned act = 0; act <= ITEM_SEAL; act++) {
            enum item_state to = (enum item_state)from;
            bool fresh = false;
            char want = table[from][act];
            bool may =
                item_next((enum item_state)from, (enum item_act)act, &to, &fresh);

            assert_int_equal(may, want != '-');
            if (!may)
                continue;
            assert_int_equal(fresh, want < 'a');
            assert_int_equal(letters[to], want | 0x20);
        }
    }
}

static void test_item__names_go_both_ways(void **state)
{
    enum item_state s = ITEM_CAPTURED;
    enum item_level l = ITEM_LEVEL_NONE;

    (void)state;
    for (unsigned i = 0; i < ITEM_STATE_COUNT; i++) {
        assert_true(item_state_find(item_state_name((enum item_state)i), &s));
        assert_int_equal(s, i);
    }
    assert_false(item_state_find("gone", &s));
    assert_true(item_level_find("verified", &l));
    assert_string_equal(item_level_name(l), "verified");
    assert_false(item_level_find("", &l));
}

/* ---- page -------------------------------------------------------------------------
 */

static void test_page__is_checked(void **state)
{
    struct page good = {.name = MASTER,
                        .master = MASTER,
                        .item = "00112233-1",
                        .media = "image/png",
                        .width_px = 100,
                        .height_px = 100};
    struct page p = good;
    struct err e = ERR_INIT;
    enum page_state st = PAGE_CAPTURED;
    enum page_gate gate = PAGE_UNCHECKED;

    (void)state;
    unit_ok(page_check(&p, &e), &e);
    p.name[0] = 'x';
    unit_fails(page_check(&p, &e), ERR_PAGE, &e);
    p = good;
    p.master[0] = '\0';
    unit_fails(page_check(&p, &e), ERR_PAGE, &e);
    p = good;
    p.item[0] = 'z';
    unit_fails(page_check(&p, &e), ERR_PAGE, &e);
    p = good;
    p.media[0] = '\0';
    unit_fails(page_check(&p, &e), ERR_PAGE, &e);
    p = good;
    p.index = -1;
    unit_fails(page_check(&p, &e), ERR_PAGE, &e);
    p = good;
    p.seq = PAGE_INDEX_MAX + 1;
    unit_fails(page_check(&p, &e), ERR_PAGE, &e);
    p = good;
    p.width_px = -5;
    unit_fails(page_check(&p, &e), ERR_PAGE, &e);
    p = good;
    p.dpi = PAGE_DPI_MAX + 1;
    unit_fails(page_check(&p, &e), ERR_PAGE, &e);
    p = good;
    p.confidence = 101;
    unit_fails(page_check(&p, &e), ERR_PAGE, &e);
    assert_true(page_state_find("blank", &st));
    assert_string_equal(page_state_name(st), "blank");
    assert_false(page_state_find("", &st));
    assert_true(page_gate_find("held", &gate));
    assert_string_equal(page_gate_name(gate), "held");
    assert_false(page_gate_find("open", &gate));
}

/* ---- dossier ----------------------------------------------------------------------
 */

static void test_dossier__is_checked(void **state)
{
    AUTO_MEM char *title = mem_dup("Sổ đăng ký khai sinh 2003");
    struct dossier good = {.kind = DOSSIER_REGISTER,
                           .title = title,
                           .record = "birth",
                           .year = 2003,
                           .volume = 1,
                           .from = 1,
                           .to = 200,
                           .closed_count = -1,
                           .unit_code = "24133",
                           .unit_from = "2025-07-01",
                           .rev = 1};
    struct dossier d = good;
    struct err e = ERR_INIT;
    enum dossier_why why = DOSSIER_TORN;
    enum dossier_kind kind = DOSSIER_FILE;
    enum dossier_series series = DOSSIER_BY_YEAR;
    char empty[] = "";

    (void)state;
    unit_ok(dossier_check(&d, &e), &e);
    d.title = empty;
    unit_fails(dossier_check(&d, &e), ERR_DOSSIER, &e);
    d = good;
    d.record[0] = '\0';
    unit_fails(dossier_check(&d, &e), ERR_DOSSIER, &e);
    d = good;
    d.year = 0;
    unit_fails(dossier_check(&d, &e), ERR_DOSSIER, &e);
    d.year = 1700;
    unit_fails(dossier_check(&d, &e), ERR_DOSSIER, &e);
    d = good;
    d.from = 201;
    unit_fails(dossier_check(&d, &e), ERR_DOSSIER, &e);
    d = good;
    d.volume = -1;
    unit_fails(dossier_check(&d, &e), ERR_DOSSIER, &e);
    d = good;
    d.kind = DOSSIER_FILE;
    unit_fails(dossier_check(&d, &e), ERR_DOSSIER, &e);
    d.record[0] = '\0';
    unit_fails(dossier_check(&d, &e), ERR_DOSSIER, &e); /* numbers */
    d.from = d.to = 0;
    unit_ok(dossier_check(&d, &e), &e);
    d.closed_count = -2;
    unit_fails(dossier_check(&d, &e), ERR_DOSSIER, &e);
    d = good;
    d.unit_code[0] = '\0';
    unit_fails(dossier_check(&d, &e), ERR_DOSSIER, &e);
    d = good;
    d.rev = 0;
    unit_fails(dossier_check(&d, &e), ERR_DOSSIER, &e);
    assert_true(dossier_why_find("other-book", &why));
    assert_string_equal(dossier_why_name(why), "other-book");
    assert_false(dossier_why_find("lost", &why));
    assert_true(dossier_kind_find("register", &kind));
    assert_string_equal(dossier_kind_name(kind), "register");
    assert_true(dossier_series_find("volume", &series));
    assert_string_equal(dossier_series_name(series), "volume");
    assert_false(dossier_series_find("page", &series));
}

/* ---- unit, kind, role -------------------------------------------------------------
 */

static void test_unit__is_checked(void **state)
{
    struct unit good = {.code = "24133",
                        .valid_from = "2025-07-01",
                        .name = "Xã Ea Kao",
                        .kind = "xã",
                        .parent = "66",
                        .valid_to = "2026-04-29",
                        .successors = "24133/2026-04-30 24134/2026-04-30"};
    struct unit u = good;
    struct err e = ERR_INIT;
    char code[UNIT_CODE_MAX];
    char from[UNIT_DATE_MAX];

    (void)state;
    unit_ok(unit_check(&u, &e), &e);
    u.code[0] = 'x';
    unit_fails(unit_check(&u, &e), ERR_UNIT, &e);
    u = good;
    u.valid_from[9] = '\0';
    unit_fails(unit_check(&u, &e), ERR_UNIT, &e);
    u = good;
    u.name[0] = '\0';
    unit_fails(unit_check(&u, &e), ERR_UNIT, &e);
    u = good;
    memcpy(u.kind, "\xff", 2);
    unit_fails(unit_check(&u, &e), ERR_UNIT, &e);
    u = good;
    memcpy(u.parent, "6 6", 4);
    unit_fails(unit_check(&u, &e), ERR_UNIT, &e);
    u = good;
    memcpy(u.valid_to, "2025-06-30", 11);
    unit_fails(unit_check(&u, &e), ERR_UNIT, &e);
    u = good;
    memcpy(u.successors, "24133", 6);
    unit_fails(unit_check(&u, &e), ERR_UNIT, &e);
    memcpy(u.successors, "24133/2026-04-30 ", 18);
    unit_fails(unit_check(&u, &e), ERR_UNIT, &e);
    assert_true(unit_split("24133", code, from));
    assert_string_equal(code, "24133");
    assert_string_equal(from, "");
    assert_true(unit_split("24133-2025-07-01", code, from));
    assert_string_equal(from, "2025-07-01");
    assert_false(unit_split("24133-2025", code, from));
    assert_false(unit_split("", code, from));
    assert_false(unit_split("123456789012345678", code, from));
    assert_false(unit_code_valid("a.b"));
    assert_true(unit_code_valid("H15.12"));
    assert_false(unit_code_valid("H15."));
}

static void test_kind__all_kinds(void **state)
{
    const struct kind *k = NULL;
    size_t n = 0;

    (void)state;
    for (; (k = kind_at(n)) != NULL; n++) {
        assert_ptr_equal(kind_find(k->name), k);
        assert_true(strlen(k->name) < KIND_NAME_MAX);
    }
    assert_int_equal(n, 11);
    assert_null(kind_find("Birth"));
    assert_string_equal(kind_find("birth")->number_field, "so");
    assert_false(kind_find("outgoing")->register_entry);
}

static void test_role__may(void **state)
{
    static const char *const bad[] = {
        "",     " a",  "a\n",   "\xff",    "../hoa",   "hoa/", ".hoa", "Nguyễn Văn A",
        "a\\b", "a:b", "a\x7f", "a\u202e", "\xcc\x81",
    };
    enum role r = ROLE_CLERK;

    (void)state;
    assert_true(role_find("verifier", &r));
    assert_int_equal(r, ROLE_VERIFIER);
    assert_false(role_find("root", &r));
    assert_false(role_may(ROLE_CLERK, ROLE_VERIFY));
    assert_true(role_may(ROLE_VERIFIER, ROLE_VERIFY));
    assert_false(role_may(ROLE_DISTRICT, ROLE_DESCRIBE));
    for (unsigned a = 0; a < ROLE_ACT_COUNT; a++)
        assert_true(role_may(ROLE_ADMIN, (enum role_act)a));
    assert_string_equal(role_name(ROLE_ADMIN), "admin");
    for (int a = 0; a < ROLE_ACT_COUNT; a++) /* looks, and that is all */
        assert_int_equal(role_may(ROLE_AUDITOR, (enum role_act)a),
                         a == ROLE_READ || a == ROLE_EXPORT || a == ROLE_REPORT ||
                             a == ROLE_AUDIT);
    assert_true(role_user_valid("nguyễn.văn-a_2"));
    assert_true(role_user_valid("Đặng"));
    assert_true(role_user_valid(
        "a123456789012345678901234567890123456789012345678901234567890123"));
    assert_false(role_user_valid(
        "a1234567890123456789012345678901234567890123456789012345678901234"));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(role_user_valid(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_item__all_moves),
        cmocka_unit_test(test_item__names_go_both_ways),
        cmocka_unit_test(test_page__is_checked),
        cmocka_unit_test(test_dossier__is_checked),
        cmocka_unit_test(test_unit__is_checked),
        cmocka_unit_test(test_kind__all_kinds),
        cmocka_unit_test(test_role__may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
