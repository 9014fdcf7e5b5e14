/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include <sys/wait.h>
#include <unistd.h>

#include "node/store/sql.h"
#include "node/store/store_job.h"

#define PAGES 3

static struct store *queued(void **state, int64_t pages[PAGES])
{
    struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it;

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    for (int i = 0; i < PAGES; i++) {
        char bytes[2] = {(char)('a' + i), '\0'};

        pages[i] = help_page(s, it.name, bytes).id;
        unit_ok(store_job_add(s, pages[i], "", "", false, HELP_NOW, &e), &e);
        unit_ok(store_job_add(s, pages[i], "", "", true, HELP_NOW, &e), &e);
    }
    unit_ok(store_commit(&t, &e), &e);
    return s;
}

static struct store_job_counts counts(struct store *s)
{
    struct store_job_counts c = {.queued = -1};
    struct err e = ERR_INIT;

    unit_ok(store_job_count(s, &c, &e), &e);
    return c;
}

static void test_store_job__is_claimed_and_finished_once(void **state)
{
    int64_t pages[PAGES];
    AUTO_STORE struct store *s = queued(state, pages);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    char me[STORE_JOB_OWNER_MAX];
    struct store_job jobs[4];
    struct err e = ERR_INIT;
    int64_t n = 0;
    bool final = false;

    store_job_owner(me);
    assert_int_equal(counts(s).queued, PAGES);
    unit_ok(store_job_claim(s, me, 2, jobs, &n, &e), &e);
    assert_int_equal(n, 2);
    assert_int_equal(jobs[0].page, pages[0]); /* oldest first */
    assert_int_equal(counts(s).leased, 2);
    unit_ok(store_job_claim(s, me, 4, jobs + 2, &n, &e), &e);
    assert_int_equal(n, 1); /* what is leased is not given again */
    unit_ok(store_begin(s, &t, &e), &e);
    assert_int_equal(store_job_done(s, jobs[0].id, me, &e), 1);
    assert_int_equal(store_job_done(s, jobs[0].id, me, &e), 0);
    assert_int_equal(store_job_done(s, jobs[1].id, "someone", &e), 0);
    unit_fails(store_job_failed(s, jobs[0].id, me, "SH-X", &final, &e), ERR_JOB_LOST,
               &e);
    unit_ok(store_job_release(s, jobs[1].id, me, &e), &e);
    unit_ok(store_commit(&t, &e), &e);
    assert_int_equal(counts(s).done, 1);
    assert_int_equal(counts(s).queued, 1);
    assert_int_equal(counts(s).leased, 1);
}

static void test_store_job__fails_for_good_after_two_attempts(void **state)
{
    int64_t pages[PAGES];
    AUTO_STORE struct store *s = queued(state, pages);
    char me[STORE_JOB_OWNER_MAX];
    struct store_job job;
    struct err e = ERR_INIT;
    int64_t n = 0;

    store_job_owner(me);
    for (int attempt = 1; attempt <= STORE_JOB_ATTEMPTS_MAX; attempt++) {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;
        bool final = false;

        unit_ok(store_job_claim(s, me, 1, &job, &n, &e), &e);
        assert_int_equal(job.page, pages[0]);
        assert_int_equal(job.attempts, attempt - 1);
        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_job_failed(s, job.id, me, "SH-OCR-CRASH", &final, &e), &e);
        assert_int_equal(final, attempt == STORE_JOB_ATTEMPTS_MAX);
        unit_ok(store_commit(&t, &e), &e);
    }
    assert_int_equal(counts(s).failed, 1);
    unit_ok(store_job_claim(s, me, 1, &job, &n, &e), &e);
    assert_int_equal(job.page, pages[1]);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_job_add(s, pages[0], "", "", false, HELP_NOW, &e), &e);
        assert_int_equal(counts(s).failed, 1); /* left as it is */
        unit_ok(store_job_add(s, pages[0], "", "", true, HELP_NOW, &e), &e);
        assert_int_equal(counts(s).failed, 0); /* tried again on request */
    }
}

static void set_lease(struct store *s, const char *text)
{
    assert_int_equal(sqlite3_exec(s->db, text, NULL, NULL, NULL), SQLITE_OK);
}

static void test_store_job__a_lease_ends_with_its_time_boot_or_process(void **state)
{
    int64_t pages[PAGES];
    AUTO_STORE struct store *s = queued(state, pages);
    char me[STORE_JOB_OWNER_MAX];
    struct store_job job[PAGES];
    struct err e = ERR_INIT;
    int64_t n = 0;
    pid_t child = 0;
    int status = 0;

    store_job_owner(me);
    unit_ok(store_job_claim(s, "not of our making", PAGES, job, &n, &e), &e);
    assert_int_equal(n, PAGES);
    unit_ok(store_job_claim(s, me, PAGES, job, &n, &e), &e);
    assert_int_equal(n, 0);                        /* nothing says that it is over */
    set_lease(s, "UPDATE job SET lease_boot = 1"); /* its time is over */
    unit_ok(store_job_claim(s, me, PAGES, job, &n, &e), &e);
    assert_int_equal(n, PAGES);
    /* the wall clock jumping does not matter */
    set_lease(s, "UPDATE job SET lease_until = 1");
    unit_ok(store_job_claim(s, me, PAGES, job, &n, &e), &e);
    assert_int_equal(n, 0);
    set_lease(s, "UPDATE job SET owner = 'other-boot/1/1'");
    unit_ok(store_job_claim(s, me, PAGES, job, &n, &e), &e);
    assert_int_equal(n, PAGES);
    set_lease(s, "UPDATE job SET state = 'queued', owner = ''");

    child = fork(); /* leases them all and dies */
    if (child == 0) {
        struct store *mine = NULL;
        char owner[STORE_JOB_OWNER_MAX];

        store_job_owner(owner);
        if (help_open(*state, STORE_WRITE, &mine, &e) < 0 ||
            store_job_claim(mine, owner, PAGES, job, &n, &e) < 0 || n != PAGES)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(counts(s).leased, PAGES);
    unit_ok(store_job_claim(s, me, PAGES, job, &n, &e), &e);
    assert_int_equal(n, PAGES);
    assert_int_equal(job[0].attempts, 0); /* an interruption is no attempt */
}

static void test_store_job__takes_the_model_that_is_there(void **state)
{
    int64_t pages[PAGES];
    AUTO_STORE struct store *s = queued(state, pages);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    unit_ok(store_begin(s, &t, &e), &e);
    unit_ok(store_job_add(s, pages[0], "1", "abc", false, HELP_NOW, &e), &e);
    unit_ok(store_job_add(s, pages[1], "0", "old", false, HELP_NOW, &e), &e);
    assert_int_equal(counts(s).queued, PAGES + 2);
    unit_ok(store_job_retarget(s, "1", "abc", &e), &e);
    assert_int_equal(counts(s).queued, PAGES); /* one a page */
    unit_ok(store_job_retarget(s, "1", "abc", &e), &e);
    unit_ok(store_commit(&t, &e), &e);
    assert_int_equal(counts(s).queued, PAGES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_job__is_claimed_and_finished_once),
        unit_case(test_store_job__fails_for_good_after_two_attempts),
        unit_case(test_store_job__a_lease_ends_with_its_time_boot_or_process),
        unit_case(test_store_job__takes_the_model_that_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
