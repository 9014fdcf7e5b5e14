/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_user.h"

#include <assert.h>
#include <string.h>

#include "node/base/err.h"
#include "node/store/sql.h"

static int read_user(const struct sql *q, struct store_user *out, struct err *e)
{
    *out = (struct store_user){.active = sql_int(q, 2) != 0, .created = sql_int(q, 3)};
    if (sql_copy(q, 0, out->name, sizeof out->name, e) < 0 ||
        sql_copy(q, 4, out->password, sizeof out->password, e) < 0)
        return -1;
    if (!role_find(sql_text(q, 1), &out->role))
        return sql_damaged(e, "user.role");
    return 0;
}

int store_user_add(struct store *s, const char *name, enum role role,
                   const char *password_hash, int64_t now, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    assert(s->in_txn);
    if (!role_user_valid(name) ||
        (password_hash && strlen(password_hash) >= STORE_USER_PASSWORD_MAX))
        return err_set(e, ERR_USER_NAME, "%s", name);
    if (SQL(s, &q,
            "INSERT INTO user VALUES (?1, ?2, 1, ?3, ?4) ON CONFLICT DO NOTHING"
            " RETURNING 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    sql_bind_text(&q, 2, role_name(role));
    sql_bind_int(&q, 3, now);
    sql_bind_text(&q, 4, password_hash ? password_hash : "");
    rc = sql_step(&q, e);
    if (rc == 0)
        return err_set(e, ERR_USER_EXISTS, "%s", name);
    return rc < 0 ? -1 : sql_run(&q, e);
}

int store_user_set(struct store *s, const char *name, enum role role,
                   const char *password_hash, bool active, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE user SET role = ?2, password = coalesce(?3, password), active = ?4"
            " WHERE name = ?1 RETURNING 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    sql_bind_text(&q, 2, role_name(role));
    sql_bind_text(&q, 3, password_hash);
    sql_bind_int(&q, 4, active);
    rc = sql_step(&q, e);
    if (rc == 0)
        return err_set(e, ERR_USER_ABSENT, "%s", name);
    return rc < 0 ? -1 : sql_run(&q, e);
}

int store_user_get(struct store *s, const char *name, struct store_user *out,
                   struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT name, role, active, created, password FROM user WHERE name = ?1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    return read_user(&q, out, e) < 0 ? -1 : 1;
}

int store_user_may(struct store *s, const char *name, enum role_act act, struct err *e)
{
    struct store_user u;
    int rc = store_user_get(s, name, &u, e);

    if (rc < 0)
        return -1;
    if (rc == 0 || !u.active)
        return err_set(e, ERR_USER_ABSENT, "%s", name);
    if (!role_may(u.role, act))
        return err_set(e, ERR_USER_RIGHT, "%s (%s)", name, role_name(u.role));
    return 0;
}

int store_user_each(struct store *s, store_user_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT name, role, active, created, password FROM user ORDER BY name",
            e) < 0)
        return -1;
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_user u;

        if (read_user(&q, &u, e) < 0)
            return -1;
        rc = each(ctx, &u, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}
