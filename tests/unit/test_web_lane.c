/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/flow/flow_init.h"
#include "node/web/api_worker.h"
#include "node/web/web_lane.h"

/*
 * The lanes with real processes: this program is the worker too (main). With TEST_FAKE
 * in the environment it is a bad one, after a true beginning.
 */
#define FAKE "TEST_LANE_FAKE"

struct got {
    int count;
    int status;
    char body[2000];
};

static void take(void *to, const struct web_lane_answer *a)
{
    struct got *g = to;

    g->count++;
    g->status = a->status;
    (void)snprintf(g->body, sizeof g->body, "%.*s", (int)a->len, a->body);
}

static char *new_home(void **state)
{
    char *home = fs_path(*state, "home");
    struct err e = ERR_INIT;

    unit_ok(flow_init(home, HOME_COMMUNE, "24175", NULL, NULL, NULL, NULL, &e), &e);
    return home;
}

static void turn_until(struct web_lanes *w, const struct got *g, int count)
{
    for (int i = 0; i < 3000 && g->count < count; i++) {
        struct pollfd p[WEB_LANE_PROCS];
        int fds[WEB_LANE_PROCS];
        size_t n = web_lane_fds(w, fds);

        for (size_t k = 0; k < n; k++)
            p[k] = (struct pollfd){.fd = fds[k], .events = POLLIN};
        (void)poll(p, n, 10);
        web_lane_turn(w);
    }
    assert_int_equal(g->count, count);
}

static void ask(struct web_lanes *w, const char *verb, const char *user, struct got *g,
                int64_t *call)
{
    AUTO_JDOC struct jdoc *args = jdoc_object();
    struct err e = ERR_INIT;

    unit_ok(web_lane_ask(w, api_row(verb), user, args, take, g, call, &e), &e);
}

/* One of its own, asked with a name and a password. */
static void ask_password(struct web_lanes *w, const char *verb, const char *user,
                         const char *password, struct got *g)
{
    AUTO_JDOC struct jdoc *args = jdoc_object();
    struct jdoc *body = jdoc_object();
    struct err e = ERR_INIT;

    jdoc_set_text(body, "user", user);
    jdoc_set_text(body, "password", password);
    jdoc_set(args, API_BODY, body);
    *g = (struct got){0};
    unit_ok(web_lane_ask(w, api_row(verb), "", args, take, g, NULL, &e), &e);
    turn_until(w, g, 1);
}

static void test_web_lane__a_day_of_the_first_user(void **state)
{
    AUTO_MEM char *home = new_home(state);
    AUTO_LANES struct web_lanes *w = web_lane_new(home, 0);
    struct got g = {0};

    ask(w, "node", "", &g, NULL);
    turn_until(w, &g, 1);
    assert_int_equal(g.status, 200);
    assert_non_null(strstr(g.body, "\"users\":0"));
    g = (struct got){0};
    ask(w, "counts", "lan", &g, NULL); /* nobody of that name */
    turn_until(w, &g, 1);
    assert_int_equal(g.status, 403);
    assert_non_null(strstr(g.body, "SH-USER-ABSENT"));

    ask_password(w, "setup", "lan", "short", &g);
    assert_int_equal(g.status, 422);
    ask_password(w, "setup", "lan", "long enough", &g);
    assert_int_equal(g.status, 200);
    assert_string_equal(g.body, "{\"user\":\"lan\",\"role\":\"admin\"}");
    ask_password(w, "setup", "eve", "long enough", &g);
    assert_int_equal(g.status, 409);

    ask_password(w, "login", "lan", "long enough", &g);
    assert_int_equal(g.status, 200);
    ask_password(w, "login", "lan", "wrong enough", &g);
    assert_int_equal(g.status, 401);
    ask_password(w, "login", "eve", "long enough", &g);
    assert_int_equal(g.status, 401); /* the same, whatever is wrong */
    assert_non_null(strstr(g.body, "SH-WEB-PASSWORD"));

    g = (struct got){0};
    ask(w, "counts", "lan", &g, NULL);
    turn_until(w, &g, 1);
    assert_int_equal(g.status, 200);
    assert_non_null(strstr(g.body, "\"saved\":0"));
    assert_non_null(strstr(g.body, "\"last_receipt\":null"));
}

static void test_web_lane__many_calls_wait_their_turn(void **state)
{
    AUTO_MEM char *home = new_home(state);
    AUTO_LANES struct web_lanes *w = web_lane_new(home, 0);
    AUTO_JDOC struct jdoc *args = jdoc_object();
    struct got g = {0};
    struct got other = {0};
    struct err e = ERR_INIT;
    int64_t call = 0;

    ask(w, "node", "", &other, &call);
    for (int i = 1; i < WEB_LANE_QUEUE_MAX; i++)
        ask(w, "node", "", &g, NULL);
    unit_fails(web_lane_ask(w, api_row("node"), "", args, take, &g, NULL, &e),
               ERR_WEB_BUSY, &e);
    web_lane_give_up(w, call);
    turn_until(w, &g, WEB_LANE_QUEUE_MAX - 1);
    assert_int_equal(other.count, 0);
}

/* A slow call that never ends holds the second process; those that come after are
 * answered, by the first, and the slow ones among them wait. */
static void test_web_lane__nobody_waits_behind_a_slow_call(void **state)
{
    AUTO_MEM char *home = new_home(state);
    AUTO_LANES struct web_lanes *w = web_lane_new(home, 0);
    struct got slow = {0};
    struct got g = {0};

    assert_int_equal(setenv(FAKE, "sleep", 1), 0);
    ask(w, "page.picture", "", &slow, NULL);
    web_lane_turn(w); /* its process begins */
    assert_int_equal(unsetenv(FAKE), 0);
    ask(w, "page.strip", "", &slow, NULL);
    for (int i = 1; i <= 20; i++) {
        ask(w, i % 2 ? "node" : "search", "", &g, NULL);
        turn_until(w, &g, i);
        assert_int_equal(g.status, i % 2 ? 200 : 403);
    }
    assert_int_equal(slow.count, 0);
}

static void test_web_lane__no_home_is_told(void **state)
{
    AUTO_MEM char *home = fs_path(*state, "none");
    AUTO_LANES struct web_lanes *w = web_lane_new(home, 0);
    struct got g = {0};

    ask(w, "node", "", &g, NULL);
    ask(w, "node", "", &g, NULL);
    turn_until(w, &g, 2);
    assert_int_equal(g.status, 500);
    assert_non_null(strstr(g.body, "SH-NO-NODE"));
}

/* A bad process is replaced, and its call is answered. */
static void test_web_lane__outlives_its_workers(void **state)
{
    static const struct {
        const char *how;
        const char *code;
    } BAD[] = {{"die", "SH-WORKER-GONE"},
               {"nonsense", "SH-WORKER-PROTOCOL"},
               {"other-id", "SH-WORKER-PROTOCOL"},
               {"no-status", "SH-WORKER-PROTOCOL"},
               {"sleep", "SH-TIMEOUT"}};
    AUTO_MEM char *home = new_home(state);

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        AUTO_LANES struct web_lanes *w = web_lane_new(home, 2000);
        struct got g = {0};

        assert_int_equal(setenv(FAKE, BAD[i].how, 1), 0);
        ask(w, "node", "", &g, NULL);
        turn_until(w, &g, 1);
        assert_int_equal(g.status >= 500, 1);
        assert_non_null(strstr(g.body, BAD[i].code));
        assert_int_equal(unsetenv(FAKE), 0);
        ask(w, "node", "", &g, NULL);
        turn_until(w, &g, 2);
        assert_int_equal(g.status, 200);
    }
}

static void test_api__verbs_stay_in_their_lane(void **state)
{
    struct api_call c = {.user = ""};
    struct api_reply r = {0};

    (void)state;
    api_run(&c, "login", API_QUERY, &r);
    assert_int_equal(r.status, 500);
    str_clear(&r.body);
    api_run(&c, "no such verb", API_QUERY, &r);
    assert_int_equal(r.status, 500);
    str_clear(&r.body);
}

static void test_api__each_row_can_be_reached(void **state)
{
    size_t count = 0;
    const struct api_row *rows = api_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(api_row(rows[i].verb), &rows[i]);
        assert_int_equal(rows[i].run != NULL, rows[i].lane != API_LOOP);
        for (size_t k = 0; k < i && rows[i].path; k++)
            assert_false(rows[k].path && strcmp(rows[i].path, rows[k].path) == 0 &&
                         strcmp(rows[i].method, rows[k].method) == 0);
        if (rows[i].method && strcmp(rows[i].method, "GET") == 0)
            assert_int_not_equal(rows[i].lane, API_ACT); /* GET never changes */
    }
}

static void say(int type, const char *text)
{
    struct err e = ERR_INIT;

    if (msg_send(PROC_WORKER_FD, (uint32_t)type, text, strlen(text), -1, 0, &e) < 0)
        _exit(1);
}

static int fake(const char *how)
{
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;

    if (msg_recv(PROC_WORKER_FD, &m, STR_LINE_MAX, false, 0, &e) <= 0)
        return 1;
    say(API_WORKER_READY, "");
    if (msg_recv(PROC_WORKER_FD, &m, STR_LINE_MAX, false, 0, &e) <= 0)
        return 1;
    if (strcmp(how, "nonsense") == 0)
        say(API_WORKER_ANSWER, "{}");
    if (strcmp(how, "other-id") == 0)
        say(API_WORKER_ANSWER, "{\"id\":99,\"status\":200,\"type\":\"a/b\"}\n");
    if (strcmp(how, "no-status") == 0)
        say(API_WORKER_ANSWER, "{\"id\":1,\"status\":20,\"type\":\"a/b\"}\n");
    if (strcmp(how, "die") != 0)
        clock_sleep_ms(20000);
    return 0;
}

static int worker(const char *kind)
{
    const char *how = getenv(FAKE);

    (void)signal(SIGPIPE, SIG_IGN);
    i18n_init(LANG_EN, NULL);
    if (how)
        return fake(how);
    if (strcmp(kind, "act") == 0)
        return api_worker_act_main();
    if (strcmp(kind, "auth") == 0)
        return api_worker_auth_main();
    return api_worker_query_main();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_api__verbs_stay_in_their_lane),
        cmocka_unit_test(test_api__each_row_can_be_reached),
        unit_case(test_web_lane__a_day_of_the_first_user),
        unit_case(test_web_lane__many_calls_wait_their_turn),
        unit_case(test_web_lane__nobody_waits_behind_a_slow_call),
        unit_case(test_web_lane__no_home_is_told),
        unit_case(test_web_lane__outlives_its_workers),
    };

    if (argc == 3 && strcmp(argv[1], "worker") == 0)
        proc_exit_worker(worker(argv[2]));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
