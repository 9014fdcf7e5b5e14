/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include "node/store/store_input.h"
#include "node/store/store_unit.h"
#include "node/store/store_user.h"

/* ---- units -------------------------------------------------------------------------
 */

static struct unit unit(const char *code, const char *from, const char *to,
                        const char *name)
{
    struct unit u = {.parent = "66", .kind = "xã"};

    (void)snprintf(u.code, sizeof u.code, "%s", code);
    (void)snprintf(u.valid_from, sizeof u.valid_from, "%s", from);
    (void)snprintf(u.valid_to, sizeof u.valid_to, "%s", to);
    (void)snprintf(u.name, sizeof u.name, "%s", name);
    return u;
}

static int count_unit(void *ctx, const struct unit *u, struct err *e)
{
    (void)u;
    (void)e;
    ++*(int *)ctx;
    return 0;
}

static void test_store_unit__a_code_means_the_unit_of_the_day(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct unit old = unit("24133", "1975-05-01", "2025-06-30", "Xã cũ");
    struct unit now = unit("24133", "2025-07-01", "", "Xã Ea Kao");
    struct unit got;
    struct err e = ERR_INIT;
    char name[UNIT_NAME_MAX];
    int changed = -1;
    int n = 0;

    unit_ok(store_begin(s, &t, &e), &e);
    unit_ok(store_unit_put(s, &old, &changed, &e), &e);
    assert_int_equal(changed, 1);
    unit_ok(store_unit_put(s, &now, NULL, &e), &e);
    unit_ok(store_unit_put(s, &now, &changed, &e), &e);
    assert_int_equal(changed, 0);
    (void)snprintf(now.kind, sizeof now.kind, "phường");
    unit_ok(store_unit_put(s, &now, &changed, &e), &e);
    assert_int_equal(changed, 2);
    now.code[0] = 'x';
    unit_fails(store_unit_put(s, &now, &changed, &e), ERR_UNIT, &e);
    assert_int_equal(store_unit_resolve(s, "24133", "2026-11-24", &got, &e), 1);
    assert_string_equal(got.name, "Xã Ea Kao");
    assert_int_equal(store_unit_resolve(s, "24133", "2025-06-30", &got, &e), 1);
    assert_string_equal(got.name, "Xã cũ");
    assert_int_equal(store_unit_resolve(s, "24133-1975-05-01", "2026-11-24", &got, &e),
                     1);
    assert_string_equal(got.name, "Xã cũ");
    assert_int_equal(store_unit_resolve(s, "9", "2026-11-24", &got, &e), 0);
    assert_string_equal(got.valid_from, UNIT_FROM_DEFAULT);
    assert_int_equal(store_unit_resolve(s, "9-2020-01-01", "2026-11-24", &got, &e), 0);
    assert_string_equal(got.valid_from, "2020-01-01");
    unit_fails(store_unit_resolve(s, "no unit", "2026-11-24", &got, &e), ERR_UNIT, &e);
    unit_ok(store_unit_name(s, "24133", "2025-07-01", name, &e), &e);
    assert_string_equal(name, "Xã Ea Kao");
    unit_ok(store_unit_name(s, "9", "2025-07-01", name, &e), &e);
    assert_string_equal(name, "9");
    unit_ok(store_unit_each(s, NULL, count_unit, &n, &e), &e);
    assert_int_equal(n, 2);
    n = 0;
    unit_ok(store_unit_each(s, "67", count_unit, &n, &e), &e);
    assert_int_equal(n, 0);
}

/* ---- users -------------------------------------------------------------------------
 */

static int last_user(void *ctx, const struct store_user *u, struct err *e)
{
    (void)e;
    *(struct store_user *)ctx = *u;
    return 0;
}

static void test_store_user__may_do_what_the_role_says(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_user u;
    struct err e = ERR_INIT;
    char longest[STORE_USER_PASSWORD_MAX + 1];

    memset(longest, 'x', STORE_USER_PASSWORD_MAX);
    longest[STORE_USER_PASSWORD_MAX] = '\0';
    unit_ok(store_begin(s, &t, &e), &e);
    unit_ok(store_user_add(s, "Bình", ROLE_VERIFIER, "$argon2id$x", HELP_NOW, &e), &e);
    unit_ok(store_user_add(s, "An", ROLE_CLERK, NULL, HELP_NOW, &e), &e);
    unit_fails(store_user_add(s, "An", ROLE_ADMIN, NULL, HELP_NOW, &e), ERR_USER_EXISTS,
               &e);
    unit_fails(store_user_add(s, "", ROLE_ADMIN, NULL, HELP_NOW, &e), ERR_USER_NAME,
               &e);
    unit_fails(store_user_add(s, "C", ROLE_ADMIN, longest, HELP_NOW, &e), ERR_USER_NAME,
               &e);
    unit_ok(store_user_may(s, "Bình", ROLE_VERIFY, &e), &e);
    unit_fails(store_user_may(s, "An", ROLE_VERIFY, &e), ERR_USER_RIGHT, &e);
    unit_fails(store_user_may(s, "Ai", ROLE_READ, &e), ERR_USER_ABSENT, &e);
    unit_ok(store_user_set(s, "Bình", ROLE_VERIFIER, NULL, false, &e), &e);
    unit_fails(store_user_may(s, "Bình", ROLE_READ, &e), ERR_USER_ABSENT, &e);
    assert_int_equal(store_user_get(s, "Bình", &u, &e), 1);
    assert_string_equal(u.password, "$argon2id$x"); /* kept */
    assert_false(u.active);
    unit_fails(store_user_set(s, "Ai", ROLE_CLERK, NULL, true, &e), ERR_USER_ABSENT,
               &e);
    assert_int_equal(store_user_get(s, "Ai", &u, &e), 0);
    unit_ok(store_user_each(s, last_user, &u, &e), &e);
    assert_string_equal(u.name, "Bình");
}

/* ---- inputs and quarantine
 * ----------------------------------------------------------- */

static int see_input(void *ctx, const struct store_input *in, struct err *e)
{
    (void)e;
    assert_int_equal(in->path_len, 4);
    assert_memory_equal(in->path, "a\xff\nb", 4); /* bytes, not text */
    assert_int_equal(in->status, STORE_INPUT_REFUSED);
    assert_string_equal(in->code, "SH-INPUT-TYPE");
    ++*(int *)ctx;
    return 0;
}

static int see_item(void *ctx, const char *item, struct err *e)
{
    (void)e;
    assert_string_equal(item, "00112233-1");
    ++*(int *)ctx;
    return 0;
}

static void test_store_input__is_noted_with_its_items(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_input in = {.path = "a\xff\nb",
                             .path_len = 4,
                             .size = 12,
                             .status = STORE_INPUT_REFUSED,
                             .code = "SH-INPUT-TYPE",
                             .at = HELP_NOW};
    struct err e = ERR_INIT;
    struct item it;
    int n = 0;

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    unit_ok(store_input_add(s, &in, &e), &e);
    assert_int_equal(in.id, 1);
    unit_ok(store_input_link(s, in.id, it.name, &e), &e);
    unit_ok(store_input_link(s, in.id, it.name, &e), &e);
    unit_ok(store_input_each(s, see_input, &n, &e), &e);
    unit_ok(store_input_items(s, in.id, see_item, &n, &e), &e);
    assert_int_equal(n, 2);
    in.path_len = STORE_INPUT_PATH_MAX + 1;
    unit_fails(store_input_add(s, &in, &e), ERR_LIMIT, &e);
    assert_string_equal(store_input_status_name(STORE_INPUT_WAITING), "waiting");
}

static int last_held(void *ctx, const struct store_quarantine *q, struct err *e)
{
    struct store_quarantine *out = ctx;

    (void)e;
    *out = *q;
    out->path = out->detail = NULL;
    return 0;
}

static void test_store_input__quarantine_holds_each_thing_once(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_quarantine q = {.path = "x.bin",
                                 .path_len = 5,
                                 .size = 1000,
                                 .code = "SH-INPUT-TYPE",
                                 .state = STORE_HELD_FILE,
                                 .at = HELP_NOW};
    struct store_quarantine row = {.path = "fifo",
                                   .path_len = 4,
                                   .code = "SH-INPUT-SPECIAL",
                                   .detail = "a pipe",
                                   .state = STORE_HELD_ROW};
    struct store_quarantine got = {.id = 0};
    struct err e = ERR_INIT;
    uint64_t bytes = 0;
    int64_t first = 0;

    memset(q.sha, 'a', 64);
    unit_ok(store_begin(s, &t, &e), &e);
    unit_ok(store_input_quarantine(s, &q, &e), &e);
    first = q.id;
    unit_ok(store_input_quarantine(s, &q, &e), &e);
    assert_int_equal(q.id, first);
    unit_ok(store_input_quarantine(s, &row, &e), &e);
    first = row.id;
    unit_ok(store_input_quarantine(s, &row, &e), &e);
    assert_int_equal(row.id, first);
    row.path = "pipe";
    unit_ok(store_input_quarantine(s, &row, &e), &e);
    assert_int_not_equal(row.id, first);
    unit_ok(store_input_quarantine_bytes(s, &bytes, &e), &e);
    assert_int_equal(bytes, 1000);
    unit_ok(store_input_quarantine_set(s, q.id, STORE_RELEASED, "An", &e), &e);
    unit_fails(store_input_quarantine_set(s, 99, STORE_REMOVED, "An", &e),
               ERR_QUARANTINE_ABSENT, &e);
    unit_ok(store_input_quarantine_each(s, q.id, last_held, &got, &e), &e);
    assert_int_equal(got.state, STORE_RELEASED);
    assert_string_equal(got.actor, "An");
    unit_ok(store_input_quarantine_bytes(s, &bytes, &e), &e);
    assert_int_equal(bytes, 0);
    unit_ok(store_input_quarantine_each(s, 0, last_held, &got, &e), &e);
    assert_int_equal(got.id, row.id);
    row.path_len = STORE_INPUT_PATH_MAX + 1;
    unit_fails(store_input_quarantine(s, &row, &e), ERR_LIMIT, &e);
    /* released once, offered again: held again */
    first = q.id;
    unit_ok(store_input_quarantine(s, &q, &e), &e);
    assert_int_not_equal(q.id, first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_unit__a_code_means_the_unit_of_the_day),
        unit_case(test_store_user__may_do_what_the_role_says),
        unit_case(test_store_input__is_noted_with_its_items),
        unit_case(test_store_input__quarantine_holds_each_thing_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
