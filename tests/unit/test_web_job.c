/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/jdoc.h"
#include "node/web/web_job.h"

/*
 * Jobs with real children: this program stands for the command (main). What it does
 * stands in TEST_JOB; how it was called is its first line.
 */
#define HOW "TEST_JOB"

static void auto_jobs(struct web_jobs **t)
{
    web_job_table_free(*t);
}
#define AUTO_JOBS AUTO(auto_jobs)

static struct jdoc *begin(struct web_jobs *t, const char *kind, const char *args,
                          const char *how)
{
    AUTO_JDOC struct jdoc *a = NULL;
    struct jdoc *j = NULL;
    struct err e = ERR_INIT;

    assert_int_equal(setenv(HOW, how, 1), 0);
    if (args)
        unit_ok(jdoc_parse(args, strlen(args), &a, &e), &e);
    unit_ok(web_job_start(t, kind, "lan", a, ROLE_ADMIN, &j, &e), &e);
    return j;
}

static struct jdoc *ended(struct web_jobs *t, const char *job)
{
    struct jdoc *j = NULL;
    struct err e = ERR_INIT;

    for (int i = 0; i < 1500 && web_job_busy(t); i++) {
        clock_sleep_ms(10);
        web_job_turn(t);
    }
    assert_false(web_job_busy(t));
    unit_ok(web_job_show(t, job, &j, &e), &e);
    return j;
}

static void test_web_job__runs_a_command_and_keeps_its_lines(void **state)
{
    AUTO_JOBS struct web_jobs *t = web_job_table("/no/home");
    AUTO_JDOC struct jdoc *j =
        begin(t, "scan", "{\"device\":\"-x; y\",\"dpi\":300,\"size\":\"a4\"}", "lines");
    AUTO_JDOC struct jdoc *after = NULL;
    const struct jdoc *rows = NULL;
    int64_t done = 0;

    (void)state;
    assert_string_equal(jdoc_text(j, "state"), "running");
    after = ended(t, jdoc_text(j, "job"));
    assert_string_equal(jdoc_text(after, "state"), "done");
    rows = jdoc_get(after, "rows");
    assert_string_equal(
        jdoc_text(jdoc_at(rows, 0), "called"),
        "-C /no/home --json scan run --device=-x; y --dpi=300 --size=a4");
    assert_int_equal(jdoc_count(rows), 3); /* with the progress, without nonsense */
    assert_true(jdoc_int(after, "done", 0, 9, &done));
    assert_int_equal(done, 0); /* none of them is a sheet */
    assert_string_equal(jdoc_text(jdoc_get(after, "summary"), "type"), "summary");
}

static void test_web_job__keeps_the_last_lines(void **state)
{
    AUTO_JOBS struct web_jobs *t = web_job_table("/no/home");
    AUTO_JDOC struct jdoc *j = begin(t, "ocr", NULL, "many");
    AUTO_JDOC struct jdoc *after = ended(t, jdoc_text(j, "job"));
    const struct jdoc *rows = jdoc_get(after, "rows");
    int64_t n = 0;

    (void)state;
    assert_int_equal(jdoc_count(rows), WEB_JOB_ROWS_MAX);
    assert_true(jdoc_int(jdoc_at(rows, WEB_JOB_ROWS_MAX - 1), "n", 0, 9999, &n));
    assert_int_equal(n, 999);
    assert_true(jdoc_int(jdoc_at(rows, 0), "n", 0, 9999, &n));
    assert_int_equal(n, 800);
}

static void test_web_job__what_was_refused_stays_among_the_lines(void **state)
{
    AUTO_JOBS struct web_jobs *t = web_job_table("/no/home");
    AUTO_JDOC struct jdoc *j = begin(t, "ocr", NULL, "archive");
    AUTO_JDOC struct jdoc *after = ended(t, jdoc_text(j, "job"));
    const struct jdoc *rows = jdoc_get(after, "rows");
    int64_t n = 0;

    (void)state;
    assert_int_equal(jdoc_count(rows), WEB_JOB_ROWS_MAX);
    assert_string_equal(jdoc_text(jdoc_at(rows, 0), "status"), "refused");
    assert_true(jdoc_int(jdoc_at(rows, 0), "n", 0, 9999, &n));
    assert_int_equal(n, 7);
    assert_true(jdoc_int(jdoc_at(rows, 1), "n", 0, 9999, &n));
    assert_int_equal(n, 1000 - WEB_JOB_ROWS_MAX + 1);
    assert_true(jdoc_int(jdoc_at(rows, WEB_JOB_ROWS_MAX - 1), "n", 0, 9999, &n));
    assert_int_equal(n, 999);
}

static void test_web_job__one_of_a_kind_until_it_is_stopped(void **state)
{
    AUTO_JOBS struct web_jobs *t = web_job_table("/no/home");
    AUTO_JDOC struct jdoc *j = begin(t, "sync", NULL, "sleep");
    AUTO_JDOC struct jdoc *other = begin(t, "seal", NULL, "lines");
    AUTO_JDOC struct jdoc *stopped = NULL;
    AUTO_JDOC struct jdoc *after = NULL;
    struct jdoc *none = NULL;
    struct err e = ERR_INIT;

    (void)state;
    unit_fails(web_job_start(t, "sync", "lan", NULL, ROLE_ADMIN, &none, &e),
               ERR_WEB_JOB, &e);
    unit_ok(web_job_stop(t, jdoc_text(j, "job"), &stopped, &e), &e);
    after = ended(t, jdoc_text(j, "job"));
    assert_string_equal(jdoc_text(after, "state"), "stopped");
    unit_fails(web_job_stop(t, "j77", &none, &e), ERR_NOT_FOUND, &e);
}

static void test_web_job__a_scan_counts_sheets_not_lines(void **state)
{
    AUTO_JOBS struct web_jobs *t = web_job_table("/no/home");
    AUTO_JDOC struct jdoc *j = begin(t, "scan", NULL, "sheets");
    AUTO_JDOC struct jdoc *after = ended(t, jdoc_text(j, "job"));
    int64_t done = 0;

    (void)state;
    assert_true(jdoc_int(after, "done", 0, 99, &done));
    assert_int_equal(done, 10);
}

static void test_web_job__an_import_is_given_its_uploads(void **state)
{
    AUTO_JOBS struct web_jobs *t = web_job_table("/no/home");
    AUTO_JDOC struct jdoc *j = begin(t, "import",
                                     "{\"kind\":\"birth\",\"uploads\":["
                                     "\"0123456789abcdef0123456789abcdef\","
                                     "\"ffffffffffffffffffffffffffffffff\"]}",
                                     "lines");
    AUTO_JDOC struct jdoc *after = ended(t, jdoc_text(j, "job"));

    (void)state;
    assert_string_equal(jdoc_text(jdoc_at(jdoc_get(after, "rows"), 0), "called"),
                        "-C /no/home --json import --uploads --kind=birth -- "
                        "0123456789abcdef0123456789abcdef "
                        "ffffffffffffffffffffffffffffffff");
}

static void test_web_job__tells_how_far_and_how_long(void **state)
{
    AUTO_JOBS struct web_jobs *t = web_job_table("/no/home");
    AUTO_JDOC struct jdoc *j = begin(t, "ocr", NULL, "half");
    AUTO_JDOC struct jdoc *half = NULL;
    AUTO_JDOC struct jdoc *after = NULL;
    AUTO_JDOC struct jdoc *stopped = NULL;
    struct err e = ERR_INIT;
    int64_t done = 0;
    int64_t n = 0;

    (void)state;
    assert_true(jdoc_is_null(jdoc_get(j, "total")));
    assert_true(jdoc_is_null(jdoc_get(j, "left_s")));
    for (int i = 0; i < 1500 && done != 2; i++) {
        clock_sleep_ms(10);
        web_job_turn(t);
        jdoc_free(TAKE(half));
        unit_ok(web_job_show(t, jdoc_text(j, "job"), &half, &e), &e);
        assert_true(jdoc_int(half, "done", 0, 9, &done));
    }
    assert_int_equal(done, 2);
    assert_true(jdoc_int(half, "total", 4, 4, &n));
    assert_true(jdoc_int(half, "left_s", 0, 60, &n));
    unit_ok(web_job_stop(t, jdoc_text(j, "job"), &stopped, &e), &e);
    after = ended(t, jdoc_text(j, "job"));
    assert_true(jdoc_is_null(jdoc_get(after, "left_s"))); /* nothing is left to do */
}

struct heard {
    int jobs, pages;
    char last[20];
};

static void hear(void *to, const char *topic, const struct jdoc *data)
{
    struct heard *h = to;

    if (strcmp(topic, "page") == 0)
        h->pages++;
    if (strcmp(topic, "job") != 0)
        return;
    h->jobs++;
    assert_null(jdoc_get(data, "rows")); /* they may be long */
    (void)snprintf(h->last, sizeof h->last, "%s", jdoc_text(data, "state"));
}

static void test_web_job__who_listens_hears_of_it(void **state)
{
    AUTO_JOBS struct web_jobs *t = web_job_table("/no/home");
    struct heard h = {0};
    const struct web_job_listener to = {.event = hear, .to = &h};
    AUTO_JDOC struct jdoc *j = NULL;
    AUTO_JDOC struct jdoc *after = NULL;

    (void)state;
    web_job_listen(t, &to);
    j = begin(t, "ocr", NULL, "lines");
    web_job_turn(t);
    assert_true(h.jobs >= 1); /* it begins */
    after = ended(t, jdoc_text(j, "job"));
    assert_int_equal(h.pages, 1);
    assert_string_equal(h.last, "done");
    h.jobs = 0;
    web_job_turn(t);
    assert_int_equal(h.jobs, 0); /* nothing new: nothing said */
}

static void test_web_job__a_command_knows_who_asked_for_it(void **state)
{
    AUTO_JOBS struct web_jobs *t = web_job_table("/no/home");
    AUTO_JDOC struct jdoc *j = begin(t, "scan-finish", NULL, "who");
    AUTO_JDOC struct jdoc *after = ended(t, jdoc_text(j, "job"));

    (void)state;
    assert_string_equal(jdoc_text(jdoc_get(after, "summary"), "who"), "lan");
}

static void test_web_job__takes_nothing_else(void **state)
{
    static const struct {
        const char *kind, *args;
        enum role role;
        enum err_code code;
    } BAD[] = {
        {"rm", "{}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"", "{}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"ocr", "{\"output\":\"/x\"}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"ocr", "{\"limit\":\"\"}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"ocr", "{\"limit\":-1}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"ocr", "{\"limit\":[1]}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"ocr", "{\"duplex\":false}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"scan", "{\"option\":\"x=1\"}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"import", "{}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"import", "{\"uploads\":[]}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"import", "{\"uploads\":\"x\"}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"import", "{\"uploads\":[1]}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"import", "{\"uploads\":[\"/etc/passwd\"]}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"import", "{\"uploads\":[\"--wait=9\"]}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"ocr", "{\"uploads\":[\"0123456789abcdef0123456789abcdef\"]}", ROLE_ADMIN,
         ERR_WEB_FIELD},
        {"seal", "{}", ROLE_CLERK, ERR_USER_RIGHT},
        {"courier-write", "{\"medium\":\"0123456789abcdef\"}", ROLE_CLERK,
         ERR_USER_RIGHT},
        {"courier-write", "{}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"courier-write", "{\"medium\":\"/etc\"}", ROLE_ADMIN, ERR_MEDIUM_ABSENT},
        {"courier-write", "{\"medium\":\"/etc\",\"to\":\"x\"}", ROLE_ADMIN,
         ERR_WEB_FIELD},
        {"courier-read", "{\"uploads\":[]}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"seal", "{\"medium\":\"/etc\"}", ROLE_ADMIN, ERR_WEB_FIELD},
        {"scan", "{}", ROLE_DISTRICT, ERR_USER_RIGHT},
        {"sync", "{}", ROLE_AUDITOR, ERR_USER_RIGHT},
    };
    AUTO_JOBS struct web_jobs *t = web_job_table("/no/home");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        AUTO_JDOC struct jdoc *args = NULL;
        struct jdoc *none = NULL;
        struct err e = ERR_INIT;

        unit_ok(jdoc_parse(BAD[i].args, strlen(BAD[i].args), &args, &e), &e);
        unit_fails(web_job_start(t, BAD[i].kind, "lan", args, BAD[i].role, &none, &e),
                   BAD[i].code, &e);
    }
    assert_false(web_job_busy(t));
}

static void test_web_job__the_oldest_makes_room(void **state)
{
    AUTO_JOBS struct web_jobs *t = web_job_table("/no/home");
    AUTO_JDOC struct jdoc *list = NULL;
    struct jdoc *none = NULL;
    struct err e = ERR_INIT;

    (void)state;
    for (int i = 0; i < WEB_JOB_MAX + 2; i++) {
        AUTO_JDOC struct jdoc *j = begin(t, "ocr", NULL, "lines");
        AUTO_JDOC struct jdoc *after = ended(t, jdoc_text(j, "job"));
    }
    list = web_job_list(t);
    assert_int_equal(jdoc_count(list), WEB_JOB_MAX);
    assert_string_equal(jdoc_text(jdoc_at(list, 0), "job"), "j18");
    unit_fails(web_job_show(t, "j2", &none, &e), ERR_NOT_FOUND, &e);
}

static int command(const char *how, int argc, char **argv)
{
    if (strcmp(how, "sleep") == 0)
        (void)pause(); /* until the signal */
    if (strcmp(how, "sheets") == 0) {
        for (int i = 0; i < 10; i++)
            (void)printf("{\"type\":\"scanned\"}\n");
        (void)printf("{\"type\":\"input\"}\n"
                     "{\"type\":\"progress\",\"done\":1,\"total\":1}\n"
                     "{\"type\":\"summary\"}\n");
    }
    if (strcmp(how, "half") == 0) {
        (void)printf("{\"type\":\"progress\",\"done\":9}\n"
                     "{\"type\":\"progress\",\"done\":2,\"total\":4}\n");
        (void)fflush(stdout);
        (void)pause();
    }
    if (strcmp(how, "who") == 0)
        (void)printf("{\"type\":\"summary\",\"who\":\"%s\"}\n", getenv("SOHOA_ACTOR"));
    if (strcmp(how, "archive") == 0)
        for (int i = 0; i < 1000; i++)
            (void)printf("{\"type\":\"input\",\"n\":%d,\"status\":\"%s\"}\n", i,
                         i == 7 ? "refused" : "stored");
    if (strcmp(how, "many") == 0)
        for (int i = 0; i < 1000; i++)
            (void)printf("{\"type\":\"page\",\"n\":%d}\n", i);
    if (strcmp(how, "lines") != 0)
        return 0;
    (void)printf("{\"type\":\"called\",\"called\":\"");
    for (int i = 1; i < argc; i++)
        (void)printf("%s%s", i > 1 ? " " : "", argv[i]);
    (void)printf("\"}\nnonsense\n{\"type\":\"progress\"}\n{\"type\":\"page\"}\n"
                 "{\"type\":\"summary\"}\n");
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_job__runs_a_command_and_keeps_its_lines),
        cmocka_unit_test(test_web_job__keeps_the_last_lines),
        cmocka_unit_test(test_web_job__what_was_refused_stays_among_the_lines),
        cmocka_unit_test(test_web_job__one_of_a_kind_until_it_is_stopped),
        cmocka_unit_test(test_web_job__a_scan_counts_sheets_not_lines),
        cmocka_unit_test(test_web_job__an_import_is_given_its_uploads),
        cmocka_unit_test(test_web_job__tells_how_far_and_how_long),
        cmocka_unit_test(test_web_job__who_listens_hears_of_it),
        cmocka_unit_test(test_web_job__a_command_knows_who_asked_for_it),
        cmocka_unit_test(test_web_job__takes_nothing_else),
        cmocka_unit_test(test_web_job__the_oldest_makes_room),
    };
    const char *how = getenv(HOW);

    if (argc > 2 && how && strcmp(argv[1], "-C") == 0)
        return command(how, argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
