/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_job.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/store/sql.h"

#define BOOT_ID_FILE  "/proc/sys/kernel/random/boot_id"
#define BOOT_MAX      40
#define STAT_TEXT_MAX 4096
#define START_FIELD   22 /* of proc(5) stat: start time in clock ticks */

/* ---- owners -----------------------------------------------------------------------
 */

static void boot_id(char out[BOOT_MAX])
{
    AUTO_STR struct str text = STR_INIT(STAT_TEXT_MAX);
    struct err ignored = ERR_INIT; /* without it every boot looks alike: leases still
                                      end by time */

    if (fs_read_file(BOOT_ID_FILE, &text, &ignored) < 0)
        str_reset(&text);
    (void)snprintf(out, BOOT_MAX, "%.*s", (int)strcspn(str_text(&text), "\n"),
                   str_text(&text));
}

/* Start time of a process in clock ticks since boot: with the pid it is the process.
 * 0: there is none. */
static int64_t start_of(int64_t pid)
{
    AUTO_STR struct str text = STR_INIT(STAT_TEXT_MAX);
    AUTO_MEM char *path = mem_printf("/proc/%" PRId64 "/stat", pid);
    struct err ignored = ERR_INIT; /* no such process, or not to be seen */
    const char *p = NULL;
    int64_t start = 0;
    size_t len = 0;

    if (fs_read_file(path, &text, &ignored) < 0)
        return 0;
    p = strrchr(str_text(&text), ')'); /* the name before may hold spaces */
    for (int field = 2; p && field < START_FIELD; field++) {
        p = strchr(p, ' ');
        p = p ? p + 1 : NULL;
    }
    if (!p)
        return 0;
    len = strcspn(p, " \n");
    text.p[(size_t)(p - text.p) + len] = '\0';
    return num_parse(p, 0, INT64_MAX, &start) ? start : 0;
}

void store_job_owner(char out[STORE_JOB_OWNER_MAX])
{
    char boot[BOOT_MAX];

    boot_id(boot);
    (void)snprintf(out, STORE_JOB_OWNER_MAX, "%s/%ld/%" PRId64, boot, (long)getpid(),
                   start_of(getpid()));
}

/* The process that this owner names still runs, in this boot of the computer. */
static bool alive(const char *owner)
{
    char boot[BOOT_MAX];
    char text[STORE_JOB_OWNER_MAX];
    char *pid = NULL;
    char *start = NULL;
    int64_t p = 0;
    int64_t t = 0;

    boot_id(boot);
    (void)snprintf(text, sizeof text, "%s", owner);
    pid = strchr(text, '/');
    start = pid ? strchr(pid + 1, '/') : NULL;
    if (!start)
        return true; /* not of our making: its time decides */
    *pid++ = '\0';
    *start++ = '\0';
    if (strcmp(text, boot) != 0)
        return false;
    return num_parse(pid, 1, INT64_MAX, &p) && num_parse(start, 0, INT64_MAX, &t) &&
           start_of(p) == t;
}

/* ---- queue ------------------------------------------------------------------------
 */

int store_job_add(struct store *s, int64_t page, const char *pipeline,
                  const char *model, bool again, int64_t now, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "INSERT INTO job (page, pipeline, model, state, at)"
            " VALUES (?1, ?2, ?3, 'queued', ?5)"
            " ON CONFLICT DO UPDATE SET state = 'queued', attempts = 0, owner = '',"
            " code = '', at = excluded.at WHERE ?4 AND state IN ('done', 'failed')",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, page);
    sql_bind_text(&q, 2, pipeline);
    sql_bind_text(&q, 3, model);
    sql_bind_int(&q, 4, again);
    sql_bind_int(&q, 5, now);
    return sql_run(&q, e);
}

int store_job_retarget(struct store *s, const char *pipeline, const char *model,
                       struct err *e)
{
    AUTO_SQL struct sql gone = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    /* A page that has a job of the present key needs no second one. */
    if (SQL(s, &gone,
            "DELETE FROM job WHERE state = 'queued' AND (pipeline <> ?1 OR model <> ?2)"
            " AND EXISTS (SELECT 1 FROM job j WHERE j.page = job.page"
            "   AND (j.id < job.id OR (j.pipeline = ?1 AND j.model = ?2))"
            "   AND (j.state = 'queued' OR (j.pipeline = ?1 AND j.model = ?2)))",
            e) < 0 ||
        SQL(s, &q,
            "UPDATE job SET pipeline = ?1, model = ?2"
            " WHERE state = 'queued' AND (pipeline <> ?1 OR model <> ?2)",
            e) < 0)
        return -1;
    sql_bind_text(&gone, 1, pipeline);
    sql_bind_text(&gone, 2, model);
    if (sql_run(&gone, e) < 0)
        return -1;
    sql_bind_text(&q, 1, pipeline);
    sql_bind_text(&q, 2, model);
    return sql_run(&q, e);
}

/* Leases that ended go back to the queue. */
static int take_back(struct store *s, struct err *e)
{
    AUTO_SQL struct sql list = SQL_INIT;
    AUTO_SQL struct sql back = SQL_INIT;
    char last[STORE_JOB_OWNER_MAX] = "";
    bool last_alive = true;
    int64_t now_ms = clock_mono_ms();
    int rc = 0;

    if (SQL(s, &list,
            "SELECT id, owner, lease_boot FROM job WHERE state = 'leased'"
            " ORDER BY owner",
            e) < 0 ||
        SQL(s, &back, "UPDATE job SET state = 'queued', owner = '' WHERE id = ?1", e) <
            0)
        return -1;
    while ((rc = sql_step(&list, e)) > 0) {
        bool over = sql_int(&list, 2) < now_ms;

        if (!over && strcmp(last, sql_text(&list, 1)) != 0) {
            if (sql_copy(&list, 1, last, sizeof last, e) < 0)
                return -1;
            last_alive = alive(last);
        }
        if (!over && last_alive)
            continue;
        sql_again(&back);
        sql_bind_int(&back, 1, sql_int(&list, 0));
        if (sql_run(&back, e) < 0)
            return -1;
    }
    return rc;
}

static int lease(struct store *s, const char *owner, int64_t max, struct store_job *out,
                 int64_t *count, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int64_t n = 0;
    int rc = 0;

    if (SQL(s, &q,
            "UPDATE job SET state = 'leased', owner = ?1, lease_until = ?2,"
            " lease_boot = ?3 WHERE id IN (SELECT id FROM job WHERE state = 'queued'"
            " ORDER BY id LIMIT ?4) RETURNING id, page, attempts",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, owner);
    sql_bind_int(&q, 2, clock_now() + STORE_JOB_LEASE_S);
    sql_bind_int(&q, 3, clock_mono_ms() + INT64_C(1000) * STORE_JOB_LEASE_S);
    sql_bind_int(&q, 4, max);
    while ((rc = sql_step(&q, e)) > 0 && n < max)
        out[n++] = (struct store_job){.id = sql_int(&q, 0),
                                      .page = sql_int(&q, 1),
                                      .attempts = (int)sql_int(&q, 2)};
    *count = n;
    return rc < 0 ? -1 : 0;
}

int store_job_claim(struct store *s, const char *owner, int64_t max,
                    struct store_job *out, int64_t *count, struct err *e)
{
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;

    assert(max >= 1);
    if (store_begin(s, &t, e) < 0 || take_back(s, e) < 0 ||
        lease(s, owner, max, out, count, e) < 0)
        return -1;
    return store_commit(&t, e);
}

int store_job_done(struct store *s, int64_t job, const char *owner, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    assert(s->in_txn);
    /* A lease that ran out meanwhile does no harm: whoever finishes first has it. */
    if (SQL(s, &q,
            "UPDATE job SET state = 'done', owner = ?2, code = '' WHERE id = ?1"
            " AND (state = 'queued' OR (state = 'leased' AND owner = ?2)) RETURNING 1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, job);
    sql_bind_text(&q, 2, owner);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    return sql_run(&q, e) < 0 ? -1 : 1;
}

int store_job_failed(struct store *s, int64_t job, const char *owner, const char *code,
                     bool *final, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE job SET attempts = attempts + 1, owner = '', code = ?3,"
            " state = CASE WHEN attempts + 1 >= ?4 THEN 'failed' ELSE 'queued' END"
            " WHERE id = ?1 AND owner = ?2 AND state = 'leased'"
            " RETURNING state = 'failed'",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, job);
    sql_bind_text(&q, 2, owner);
    sql_bind_text(&q, 3, code);
    sql_bind_int(&q, 4, STORE_JOB_ATTEMPTS_MAX);
    rc = sql_step(&q, e);
    if (rc == 0)
        return err_set(e, ERR_JOB_LOST, "job %" PRId64, job);
    if (rc < 0)
        return -1;
    *final = sql_int(&q, 0) != 0;
    return sql_run(&q, e);
}

int store_job_release(struct store *s, int64_t job, const char *owner, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE job SET state = 'queued', owner = ''"
            " WHERE id = ?1 AND owner = ?2 AND state = 'leased'",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, job);
    sql_bind_text(&q, 2, owner);
    return sql_run(&q, e);
}

int store_job_count(struct store *s, struct store_job_counts *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT coalesce(sum(state = 'queued'), 0), coalesce(sum(state = "
            "'leased'), 0),"
            " coalesce(sum(state = 'done'), 0), coalesce(sum(state = 'failed'), 0)"
            " FROM job",
            e) < 0 ||
        sql_step(&q, e) < 0)
        return -1;
    *out = (struct store_job_counts){.queued = sql_int(&q, 0),
                                     .leased = sql_int(&q, 1),
                                     .done = sql_int(&q, 2),
                                     .failed = sql_int(&q, 3)};
    return 0;
}
