/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/first.h"

#include "node/base/str.h"
#include "sync/enrol.h"
#include "sync/first_door.h"
#include "tests/unit/unit.h"

#define NODE  "0123456789abcdef0123456789abcdef"
#define OTHER "ffff456789abcdef0123456789abcdef"
#define ITEM  "01234567-3"
#define HEX   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct first wish(const char *item, enum first_want want)
{
    struct first f = {.want = want};

    memcpy(f.node, NODE, sizeof f.node);
    (void)snprintf(f.item, sizeof f.item, "%s", item);
    return f;
}

static int count(void *ctx, const struct first *f, struct err *e)
{
    (void)f;
    (void)e;
    ++*(int *)ctx;
    return 0;
}

static void test_first__asked_twice_stands_once(void **state)
{
    struct first f = wish(ITEM, FIRST_PAGE), again = f,
                 other = wish(ITEM, FIRST_MASTER);
    struct err e = ERR_INIT;
    int n = 0;

    assert_int_equal(first_get(*state, &f, &e), 0);
    unit_ok(first_ask(*state, &f, 1000, &e), &e);
    unit_ok(first_ask(*state, &again, 2000, &e), &e);
    assert_int_equal(again.since, 1000);
    unit_ok(first_ask(*state, &other, 3000, &e), &e);
    unit_ok(first_each(*state, NODE, 3000, count, &n, &e), &e);
    assert_int_equal(n, 2);
    unit_ok(first_drop(*state, &f, &e), &e);
    assert_int_equal(first_get(*state, &f, &e), 0);
    n = 0;
    unit_ok(first_each(*state, OTHER, 3000, count, &n, &e), &e);
    assert_int_equal(n, 0);
}

/* A node's no is good for a day; what it has not answered stays as it is. */
static void test_first__is_asked_anew_after_a_day(void **state)
{
    struct first f = wish(ITEM, FIRST_MASTER);
    struct err e = ERR_INIT;

    f.state = FIRST_KEPT;
    f.since = 1000;
    f.up = true;
    unit_ok(first_set(*state, &f, &e), &e);
    unit_ok(first_ask(*state, &f, 1000 + FIRST_AGAIN_S - 1, &e), &e);
    assert_int_equal(f.state, FIRST_KEPT);
    assert_true(f.up);
    unit_ok(first_ask(*state, &f, 1000 + FIRST_AGAIN_S, &e), &e);
    assert_int_equal(f.state, FIRST_ASKED);
    assert_int_equal(f.since, 1000 + FIRST_AGAIN_S);
    assert_false(f.up);
}

static void test_first__has_a_limit_and_forgets(void **state)
{
    struct first f = wish(ITEM, FIRST_PAGE);
    struct err e = ERR_INIT;
    int n = 0;

    for (size_t i = 0; i < FIRST_OPEN_MAX; i++) {
        (void)snprintf(f.item, sizeof f.item, "01234567-%zu", i + 10);
        f.since = i == 0 ? 0 : 5000;
        unit_ok(first_set(*state, &f, &e), &e);
    }
    f = wish(ITEM, FIRST_PAGE);
    unit_fails(first_ask(*state, &f, 5000, &e), ERR_LIMIT, &e);
    unit_ok(first_each(*state, NODE, FIRST_KEPT_S + 1, count, &n, &e), &e);
    assert_int_equal(n, (int)FIRST_OPEN_MAX - 1);
    err_clear(&e);
    unit_ok(first_ask(*state, &f, 5000, &e), &e);
}

static void test_first__a_damaged_note_is_none(void **state)
{
    static const char *const texts[] = {
        "", "\n", "12\n", "x asked 0\n", "12 soon 0\n", "12 asked\n", "-1 asked 0\n"};
    struct first f = wish(ITEM, FIRST_PAGE);
    struct err e = ERR_INIT;
    AUTO_MEM char *path = fs_pathf(*state, "spool/first/%s/%s.page", NODE, ITEM);
    AUTO_MEM char *odd = fs_pathf(*state, "spool/first/%s/x.page", NODE);
    int n = 0;

    unit_ok(first_set(*state, &f, &e), &e);
    unit_ok(fs_write_file(odd, "12 asked 0\n", 11, &e), &e);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        unit_ok(fs_write_file(path, texts[i], strlen(texts[i]), &e), &e);
        assert_int_equal(first_get(*state, &f, &e), 0);
    }
    unit_ok(first_each(*state, NODE, 100, count, &n, &e), &e);
    assert_int_equal(n, 0);
}

static void test_first__words(void **state)
{
    enum first_want want;
    enum first_state st;

    (void)state;
    for (int i = 0; i < FIRST_STATES; i++) {
        assert_true(first_state_parse(first_state_name((enum first_state)i), &st));
        assert_int_equal(st, i);
    }
    assert_false(first_state_parse("", &st));
    assert_true(first_want_parse("master", &want));
    assert_int_equal(want, FIRST_MASTER);
    assert_false(first_want_parse("thumb", &want));
    assert_true(first_by(ITEM, NODE));
    assert_false(first_by(ITEM, OTHER));
    assert_false(first_by("01234567/../x", NODE));
}

/* ---- the door ---------------------------------------------------------------------
 */

static int knows(const char *dir, const char *item, first_file_fn *each, void *ctx,
                 struct err *e)
{
    struct first_file f = {
        .page = HEX, .role = "master", .sha256 = HEX, .size = 7, .media = "image/jpeg"};

    (void)dir;
    if (strcmp(item, ITEM) != 0)
        return 0;
    return each(ctx, &f, e) < 0 ? -1 : 1;
}

struct place {
    struct enrol_node row;
    struct enrol all;
    struct first_door door;
    char *dir;
};

static void place_make(struct place *p, const char *home)
{
    AUTO_MEM char *repo = enrol_repository(home, "24175", "2025-07-01");

    *p = (struct place){.dir = fs_dirname(repo)};
    (void)snprintf(p->row.node, sizeof p->row.node, "%s", NODE);
    (void)snprintf(p->row.role, sizeof p->row.role, "commune");
    (void)snprintf(p->row.unit_code, sizeof p->row.unit_code, "24175");
    (void)snprintf(p->row.unit_valid_from, sizeof p->row.unit_valid_from, "2025-07-01");
    p->all.nodes = &p->row;
    p->all.count = 1;
    p->door = (struct first_door){
        .home = home, .dir = p->dir, .all = &p->all, .catalog = knows, .now = 5000};
}

static void test_first__the_door_says_what_is_here_and_what_is_asked(void **state)
{
    AUTO_STR struct str out = STR_INIT(STR_TEXT_MAX);
    struct err e = ERR_INIT;
    struct place p;

    place_make(&p, *state);
    unit_ok(first_door_ask(&p.door, ITEM, FIRST_PAGE, &out, &e), &e);
    assert_string_equal(str_text(&out), "asked page asked 5000\n.\n");
    str_reset(&out);
    unit_ok(first_door_find(&p.door, ITEM, &out, &e), &e);
    assert_string_equal(str_text(&out), "file " HEX " master " HEX " 7 image/jpeg\n"
                                        "asked page asked 5000\n.\n");
    unit_fails(first_door_ask(&p.door, "01234567-4", FIRST_PAGE, &out, &e),
               ERR_ITEM_ABSENT, &e);
    unit_fails(first_door_find(&p.door, "ffffffff-3", &out, &e), ERR_ITEM_ABSENT, &e);
    p.row.revoked = true;
    unit_fails(first_door_ask(&p.door, ITEM, FIRST_PAGE, &out, &e), ERR_ITEM_ABSENT,
               &e);
    p.row.revoked = false;
    p.door.catalog = NULL;
    unit_fails(first_door_find(&p.door, ITEM, &out, &e), ERR_ITEM_ABSENT, &e);
    p.door.catalog = knows;
    p.door.dir = "/elsewhere"; /* of another commune */
    unit_fails(first_door_find(&p.door, ITEM, &out, &e), ERR_ITEM_ABSENT, &e);
    mem_free(p.dir);
}

static void test_first__a_hub_keeps_what_nobody_there_asked(void **state)
{
    AUTO_STR struct str out = STR_INIT(STR_TEXT_MAX);
    struct first f = wish(ITEM, FIRST_MASTER);
    struct err e = ERR_INIT;
    struct place p;

    place_make(&p, *state);
    unit_ok(
        first_door_going(&p.door, &p.row, ITEM, FIRST_MASTER, FIRST_NIGHT, &out, &e),
        &e);
    assert_int_equal(first_get(*state, &f, &e), 0);
    p.row.relay = true;
    unit_ok(
        first_door_going(&p.door, &p.row, ITEM, FIRST_MASTER, FIRST_NIGHT, &out, &e),
        &e);
    assert_int_equal(first_get(*state, &f, &e), 1);
    assert_int_equal(f.state, FIRST_NIGHT);
    assert_false(f.up);
    unit_fails(first_door_going(&p.door, &p.row, "ffffffff-3", FIRST_MASTER,
                                FIRST_NIGHT, &out, &e),
               ERR_ITEM_ABSENT, &e);
    mem_free(p.dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_first__asked_twice_stands_once),
        unit_case(test_first__is_asked_anew_after_a_day),
        unit_case(test_first__has_a_limit_and_forgets),
        unit_case(test_first__a_damaged_note_is_none),
        unit_case(test_first__words),
        unit_case(test_first__the_door_says_what_is_here_and_what_is_asked),
        unit_case(test_first__a_hub_keeps_what_nobody_there_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
