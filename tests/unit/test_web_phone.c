/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/hash.h"
#include "node/base/jdoc.h"
#include "node/web/api.h"
#include "node/web/web_phone.h"

#define ONE "00000000000000000000000000000001"
#define TWO "00000000000000000000000000000002"

static const struct web_phone_place PLACE = {.user = "lan",
                                             .role = ROLE_CLERK,
                                             .dossier = "D1",
                                             .title = "Khai sinh 2003",
                                             .kind = "birth"};

static struct web_phone *offer(struct web_phones *t, const char *user, int64_t now)
{
    struct web_phone_place place = PLACE;
    struct web_phone *p = NULL;
    struct err e = ERR_INIT;

    place.user = user;
    unit_ok(web_phone_offer(t, &place, now, &p, &e), &e);
    return p;
}

static struct web_phone *paired(struct web_phones *t, const char *user, int64_t now)
{
    char token[WEB_SESSION_HEX];
    struct web_phone *p = NULL;
    struct err e = ERR_INIT;

    (void)snprintf(token, sizeof token, "%s", offer(t, user, now)->token);
    unit_ok(web_phone_pair(t, token, now, &p, &e), &e);
    return p;
}

static bool pairs(struct web_phones *t, const char *token, int64_t now)
{
    struct web_phone *p = NULL;
    struct err e = ERR_INIT;

    if (web_phone_pair(t, token, now, &p, &e) == 0)
        return true;
    assert_int_equal(e.code, ERR_WEB_PHONE);
    return false;
}

/* ---- rights ------------------------------------------------------------------------
 */

static void test_web_phone__may_send_pictures_and_nothing_else(void **state)
{
    size_t count = 0;
    const struct api_row *rows = api_table(&count);
    size_t may = 0;

    (void)state;
    for (size_t i = 0; i < count; i++)
        may += web_phone_may(rows[i].verb);
    assert_int_equal(may, 4);
    assert_true(web_phone_may("phone"));
    assert_true(web_phone_may("phone.pair"));
    assert_true(web_phone_may("phone.leave"));
    assert_true(web_phone_may("upload"));
    assert_false(web_phone_may("phones"));
    assert_false(web_phone_may("job-start"));
    assert_false(web_phone_may("session"));
    assert_false(web_phone_may(""));
}

/* ---- pairing -----------------------------------------------------------------------
 */

static void test_web_phone__a_token_is_for_once(void **state)
{
    AUTO_PHONES struct web_phones *t = web_phone_table();
    struct web_phone *p = offer(t, "lan", 0);
    char token[WEB_SESSION_HEX];
    char cookie[WEB_SESSION_HEX];

    (void)state;
    assert_true(hash_is_hex(p->token, 64));
    (void)snprintf(token, sizeof token, "%s", p->token);
    assert_null(web_phone_find(t, "", 1));
    assert_null(web_phone_find(t, token, 1)); /* no cookie */
    assert_false(pairs(t, "", 1));
    assert_false(pairs(t, ONE, 1));
    token[63] = token[63] == '0' ? '1' : '0';
    assert_false(pairs(t, token, 1));
    (void)snprintf(token, sizeof token, "%s", p->token);
    assert_true(pairs(t, token, 1));
    assert_false(pairs(t, token, 2));
    (void)snprintf(cookie, sizeof cookie, "%s", p->cookie);
    assert_true(hash_is_hex(cookie, 64));
    assert_string_not_equal(cookie, token);
    assert_string_not_equal(cookie, p->csrf);
    assert_ptr_equal(web_phone_find(t, cookie, 2), p);
    assert_string_equal(p->dossier, "D1");
}

static void test_web_phone__an_offer_is_short(void **state)
{
    AUTO_PHONES struct web_phones *t = web_phone_table();
    char token[WEB_SESSION_HEX];

    (void)state;
    (void)snprintf(token, sizeof token, "%s", offer(t, "lan", 0)->token);
    assert_false(pairs(t, token, WEB_PHONE_TOKEN_MS));
    assert_false(pairs(t, token, 0)); /* for good */
    (void)snprintf(token, sizeof token, "%s", offer(t, "lan", 0)->token);
    assert_true(pairs(t, token, WEB_PHONE_TOKEN_MS - 1));
}

static void test_web_phone__another_offer_withdraws_the_first(void **state)
{
    AUTO_PHONES struct web_phones *t = web_phone_table();
    char first[WEB_SESSION_HEX];
    char other[WEB_SESSION_HEX];

    (void)state;
    (void)snprintf(first, sizeof first, "%s", offer(t, "lan", 0)->token);
    (void)snprintf(other, sizeof other, "%s", offer(t, "minh", 0)->token);
    (void)offer(t, "lan", 1);
    assert_false(pairs(t, first, 2));
    assert_true(pairs(t, other, 2));
}

static void test_web_phone__ends(void **state)
{
    AUTO_PHONES struct web_phones *t = web_phone_table();
    struct web_phone *p = paired(t, "lan", 0);
    int64_t id = p->id;
    char cookie[WEB_SESSION_HEX];

    (void)state;
    (void)snprintf(cookie, sizeof cookie, "%s", p->cookie);
    assert_ptr_equal(web_phone_by_id(t, id, 1), p);
    web_phone_end(p);
    assert_null(web_phone_find(t, cookie, 1));
    assert_null(web_phone_by_id(t, id, 1));
    assert_null(web_phone_by_id(t, 0, 1)); /* not a free place */
    p = paired(t, "lan", 0);
    (void)snprintf(cookie, sizeof cookie, "%s", p->cookie);
    assert_non_null(web_phone_find(t, cookie, WEB_PHONE_LIFE_MS - 1));
    assert_null(web_phone_find(t, cookie, WEB_PHONE_LIFE_MS));
    assert_null(web_phone_find(t, cookie, 0));
}

static void test_web_phone__ends_with_its_user(void **state)
{
    AUTO_PHONES struct web_phones *t = web_phone_table();
    char lan[WEB_SESSION_HEX];
    char minh[WEB_SESSION_HEX];
    char offered[WEB_SESSION_HEX];

    (void)state;
    (void)snprintf(lan, sizeof lan, "%s", paired(t, "lan", 0)->cookie);
    (void)snprintf(minh, sizeof minh, "%s", paired(t, "minh", 0)->cookie);
    (void)snprintf(offered, sizeof offered, "%s", offer(t, "lan", 0)->token);
    assert_true(web_phone_end_user(t, "lan"));
    assert_false(web_phone_end_user(t, "lan"));
    assert_null(web_phone_find(t, lan, 1));
    assert_false(pairs(t, offered, 1));
    assert_non_null(web_phone_find(t, minh, 1));
}

static void test_web_phone__so_many_and_no_more(void **state)
{
    AUTO_PHONES struct web_phones *t = web_phone_table();
    struct web_phone *p = NULL;
    struct err e = ERR_INIT;

    (void)state;
    for (int i = 0; i < WEB_PHONE_MAX; i++)
        p = paired(t, "lan", 0);
    assert_int_equal(web_phone_offer(t, &PLACE, 1, &p, &e), -1);
    assert_int_equal(e.code, ERR_WEB_BUSY);
    web_phone_end(p);
    (void)offer(t, "lan", 1);
}

/* ---- pictures ----------------------------------------------------------------------
 */

static struct jdoc *parse(const char *text)
{
    struct jdoc *j = NULL;
    struct err e = ERR_INIT;

    unit_ok(jdoc_parse(text, strlen(text), &j, &e), &e);
    return j;
}

static bool line(struct web_phones *t, const char *text)
{
    AUTO_JDOC struct jdoc *j = parse(text);

    return web_phone_line(t, j);
}

static bool job(struct web_phones *t, const char *text)
{
    AUTO_JDOC struct jdoc *j = parse(text);

    return web_phone_job(t, j);
}

static void is_state(struct web_phone *p, const char *upload, const char *state)
{
    AUTO_JDOC struct jdoc *j = web_phone_show(p, 0);
    const struct jdoc *rows = jdoc_get(j, "pictures");

    for (size_t i = 0; i < jdoc_count(rows); i++)
        if (strcmp(jdoc_text(jdoc_at(rows, i), "upload"), upload) == 0) {
            assert_string_equal(jdoc_text(jdoc_at(rows, i), "state"), state);
            return;
        }
    assert_string_equal("gone", state);
}

static void test_web_phone__a_picture_is_received_when_it_is_stored(void **state)
{
    AUTO_PHONES struct web_phones *t = web_phone_table();
    struct web_phone *p = paired(t, "lan", 0);
    AUTO_JDOC struct jdoc *args = NULL;

    (void)state;
    assert_null(web_phone_waits(t, 1));
    web_phone_here(p, ONE);
    web_phone_here(p, TWO);
    is_state(p, ONE, "here");
    assert_ptr_equal(web_phone_waits(t, 1), p);
    args = web_phone_args(p);
    assert_string_equal(jdoc_text(args, "dossier"), "D1");
    assert_string_equal(jdoc_text(args, "kind"), "birth");
    assert_string_equal(jdoc_text(args, "user"), "lan");
    assert_string_equal(jdoc_text_at(jdoc_get(args, "uploads"), 0), ONE);
    assert_string_equal(jdoc_text_at(jdoc_get(args, "uploads"), 1), TWO);
    assert_false(
        line(t, "{\"upload\":\"" ONE "\",\"status\":\"stored\"}")); /* whose? */
    web_phone_taking(p, "j7");
    assert_null(web_phone_waits(t, 1));
    is_state(p, ONE, "here");
    assert_false(line(t, "{\"upload\":\"" ONE "\"}"));
    assert_false(line(t, "{\"upload\":\"" ONE "\",\"status\":\"strange\"}"));
    assert_true(line(t, "{\"upload\":\"" ONE "\",\"status\":\"stored\"}"));
    is_state(p, ONE, "saved");
    assert_int_equal(p->stored, 1);
    assert_true(
        line(t, "{\"upload\":\"" TWO "\",\"status\":\"refused\",\"code\":\"SH-X\"}"));
    is_state(p, TWO, "refused");
    assert_false(job(t, "{\"job\":\"j7\",\"state\":\"done\"}"));
}

static void test_web_phone__what_a_job_said_nothing_of_has_failed(void **state)
{
    AUTO_PHONES struct web_phones *t = web_phone_table();
    struct web_phone *p = paired(t, "lan", 0);
    struct err why = ERR_INIT;

    (void)state;
    web_phone_here(p, ONE);
    web_phone_taking(p, "j7");
    assert_false(job(t, "{\"job\":\"j7\",\"state\":\"running\"}"));
    assert_false(job(t, "{\"job\":\"j8\",\"state\":\"failed\"}"));
    assert_true(job(t, "{\"job\":\"j7\",\"state\":\"failed\",\"summary\":null}"));
    is_state(p, ONE, "failed");
    web_phone_here(p, TWO);
    (void)err_set(&why, ERR_DOSSIER_CLOSED, "%s", "D1");
    web_phone_failed(p, &why);
    is_state(p, TWO, "failed");
    assert_int_equal(p->stored, 0);
}

static void test_web_phone__what_is_here_outlives_its_phone(void **state)
{
    AUTO_PHONES struct web_phones *t = web_phone_table();
    struct web_phone *p = paired(t, "lan", 0);
    AUTO_JDOC struct jdoc *none = NULL;

    (void)state;
    web_phone_here(p, ONE);
    web_phone_end(p);
    none = web_phone_list(t, 1);
    assert_int_equal(jdoc_count(none), 0);
    assert_ptr_equal(web_phone_waits(t, 1), p);
    web_phone_taking(p, "j7");
    assert_true(line(t, "{\"upload\":\"" ONE "\",\"status\":\"duplicate\"}"));
    assert_null(web_phone_waits(t, 1));
    assert_int_equal(p->id, 0); /* forgotten */
}

static void test_web_phone__remembers_so_many_in_their_order(void **state)
{
    AUTO_PHONES struct web_phones *t = web_phone_table();
    struct web_phone *p = paired(t, "lan", 0);
    AUTO_JDOC struct jdoc *args = NULL;
    char id[33];

    (void)state;
    for (int i = 0; i < WEB_PHONE_PICTURES; i++) {
        assert_true(web_phone_room(p));
        (void)snprintf(id, sizeof id, "%032x", (unsigned)i + 16);
        web_phone_here(p, id);
    }
    assert_false(web_phone_room(p));
    web_phone_here(p, ONE); /* nobody is driven out */
    is_state(p, ONE, "gone");
    web_phone_taking(p, "j1");
    for (unsigned i = 9; i < 12; i++) {
        char text[128];

        (void)snprintf(text, sizeof text,
                       "{\"upload\":\"%032x\",\"status\":\"stored\"}", i + 16);
        assert_true(line(t, text));
    }
    web_phone_here(p, ONE);
    web_phone_here(p, TWO);
    (void)snprintf(id, sizeof id, "%032x", 9U + 16);
    is_state(p, id, "gone"); /* the oldest that has ended */
    (void)snprintf(id, sizeof id, "%032x", 11U + 16);
    is_state(p, id, "saved");
    args = web_phone_args(p);
    assert_int_equal(jdoc_count(jdoc_get(args, "uploads")), 2);
    assert_string_equal(jdoc_text_at(jdoc_get(args, "uploads"), 0), ONE);
}

static void test_web_phone__people_are_told_no_token(void **state)
{
    AUTO_PHONES struct web_phones *t = web_phone_table();
    struct web_phone *p = paired(t, "lan", 0);
    struct web_phone *o = offer(t, "minh", 0);
    AUTO_JDOC struct jdoc *rows = web_phone_list(t, 1000);
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    (void)state;
    jdoc_print(rows, &text);
    assert_null(strstr(str_text(&text), p->cookie));
    assert_null(strstr(str_text(&text), p->csrf));
    assert_null(strstr(str_text(&text), o->token));
    assert_string_equal(jdoc_text(jdoc_at(rows, 0), "state"), "paired");
    assert_string_equal(jdoc_text(jdoc_at(rows, 1), "state"), "offered");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_phone__may_send_pictures_and_nothing_else),
        cmocka_unit_test(test_web_phone__a_token_is_for_once),
        cmocka_unit_test(test_web_phone__an_offer_is_short),
        cmocka_unit_test(test_web_phone__another_offer_withdraws_the_first),
        cmocka_unit_test(test_web_phone__ends),
        cmocka_unit_test(test_web_phone__ends_with_its_user),
        cmocka_unit_test(test_web_phone__so_many_and_no_more),
        cmocka_unit_test(test_web_phone__a_picture_is_received_when_it_is_stored),
        cmocka_unit_test(test_web_phone__what_a_job_said_nothing_of_has_failed),
        cmocka_unit_test(test_web_phone__what_is_here_outlives_its_phone),
        cmocka_unit_test(test_web_phone__remembers_so_many_in_their_order),
        cmocka_unit_test(test_web_phone__people_are_told_no_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
