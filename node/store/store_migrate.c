/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_migrate.h"

#include <assert.h>
#include <stdio.h>

#include "node/base/err.h"
#include "node/store/sql.h"

static const struct {
    int number;
    const char *name;
    const char *text;
} steps[] = {
#include "schema.inc"
};

int store_migrate_newest(void)
{
    return steps[ARRAY_LEN(steps) - 1].number;
}

int store_migrate_version(struct store *s, int *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "PRAGMA user_version", e) < 0 || sql_step(&q, e) < 0)
        return -1;
    *out = (int)sql_int(&q, 0);
    return 0;
}

static int run_steps(struct store *s, int from, int to, struct err *e)
{
    char pragma[96]; /* a pragma takes no parameters */

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        assert(i == 0 || steps[i].number > steps[i - 1].number);
        if (steps[i].number <= from || steps[i].number > to)
            continue;
        if (sql_exec(s, steps[i].text, e) < 0)
            return err_push(e, "schema step %d (%s)", steps[i].number, steps[i].name);
    }
    (void)snprintf(pragma, sizeof pragma,
                   "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   STORE_APPLICATION_ID, to);
    return sql_exec(s, pragma, e);
}

int store_migrate_run(struct store *s, int to, struct err *e)
{
    struct err ignored = ERR_INIT;
    int from = 0;
    int rc = 0;

    if (sql_exec(s, "BEGIN IMMEDIATE", e) < 0)
        return -1;
    rc = store_migrate_version(s, &from, e);
    if (rc == 0 && from < to)
        rc = run_steps(s, from, to, e);
    if (rc == 0)
        rc = sql_exec(s, "COMMIT", e);
    if (rc < 0 && !sqlite3_get_autocommit(s->db) &&
        sql_exec(s, "ROLLBACK", &ignored) < 0)
        err_clear(&ignored); /* the first error is told */
    return rc;
}
