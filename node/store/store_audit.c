/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_audit.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/utf8.h"
#include "node/store/sql.h"

#define HEAD_FACT  "audit.head"
#define ROW_MAX    STR_TEXT_MAX
#define HEAD_MAX   (HASH_HEX + 24)
#define FIRST_PREV "0000000000000000000000000000000000000000000000000000000000000000"

/* The hash over a row; detail goes in as the text it is stored as. */
static int hash_row(const struct store_audit *a, const char *prev, char hex[HASH_HEX],
                    struct err *e)
{
    AUTO_JDOC struct jdoc *o = jdoc_object();
    AUTO_STR struct str text = STR_INIT(ROW_MAX);

    jdoc_set_text(o, "act", a->act);
    jdoc_set_text(o, "actor", a->actor);
    jdoc_set_int(o, "at", a->at);
    jdoc_set_text(o, "detail", a->detail);
    jdoc_set_text(o, "prev", prev);
    jdoc_set_int(o, "seq", a->seq);
    jdoc_set_text(o, "subject", a->subject);
    jdoc_set_text(o, "via", a->via);
    jdoc_print(o, &text);
    str_add_char(&text, '\n');
    if (str_check(&text, "audit row", e) < 0)
        return -1;
    hash_bytes(text.p, text.len, hex);
    return 0;
}

/* The text as the hash sees it. */
static void tidy(const char *text, struct str *out)
{
    utf8_nfc(text, strlen(text), out);
}

/* Nothing hides in a row that the hash does not see: no control characters, no other
 * normal form, nothing after a NUL. */
static bool is_tidy(const struct sql *q)
{
    for (int column = 2; column <= 7; column++) {
        AUTO_STR struct str again = STR_INIT(ROW_MAX);
        const char *text = sql_text(q, column);

        tidy(text, &again);
        if ((size_t)sqlite3_column_bytes(q->st, column) != strlen(text) ||
            strcmp(str_text(&again), text) != 0)
            return false;
    }
    return true;
}

int store_audit_head(struct store *s, int64_t *seq, char hash[HASH_HEX], struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", e) < 0)
        return -1;
    rc = sql_step(&q, e);
    if (rc < 0)
        return -1;
    if (rc == 0) {
        *seq = 0;
        memcpy(hash, FIRST_PREV, HASH_HEX);
        return 0;
    }
    *seq = sql_int(&q, 0);
    return sql_copy(&q, 1, hash, HASH_HEX, e);
}

static void print_head(int64_t seq, const char *hash, char out[HEAD_MAX])
{
    (void)snprintf(out, HEAD_MAX, "%" PRId64 " %s", seq, hash);
}

int store_audit_add(struct store *s, const char *actor, const char *via,
                    const char *act, const char *subject, const struct jdoc *detail,
                    int64_t now, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    AUTO_STR struct str text = STR_INIT(ROW_MAX / 4);
    AUTO_STR struct str who = STR_INIT(ROW_MAX / 16);
    AUTO_STR struct str what = STR_INIT(ROW_MAX / 16);
    struct store_audit a = {.at = now, .via = via, .act = act};
    char prev[HASH_HEX];
    char head[HEAD_MAX];

    assert(s->in_txn);
    if (detail)
        jdoc_print(detail, &text);
    else
        str_add(&text, "{}");
    tidy(actor, &who);
    tidy(subject, &what);
    if (str_check(&text, act, e) < 0 || str_check(&who, act, e) < 0 ||
        str_check(&what, act, e) < 0 || store_audit_head(s, &a.seq, prev, e) < 0)
        return -1;
    a.seq++;
    a.actor = str_text(&who);
    a.subject = str_text(&what);
    a.detail = text.p;
    if (hash_row(&a, prev, a.hash, e) < 0 ||
        SQL(s, &q, "INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", e) < 0)
        return -1;
    sql_bind_int(&q, 1, a.seq);
    sql_bind_int(&q, 2, a.at);
    sql_bind_text(&q, 3, a.actor);
    sql_bind_text(&q, 4, a.via);
    sql_bind_text(&q, 5, a.act);
    sql_bind_text(&q, 6, a.subject);
    sql_bind_text(&q, 7, a.detail);
    sql_bind_text(&q, 8, a.hash);
    if (sql_run(&q, e) < 0)
        return -1;
    print_head(a.seq, a.hash, head);
    return store_fact_set(s, HEAD_FACT, head, e);
}

static int read_row(const struct sql *q, struct store_audit *out, struct err *e)
{
    out->seq = sql_int(q, 0);
    out->at = sql_int(q, 1);
    out->actor = sql_text(q, 2);
    out->via = sql_text(q, 3);
    out->act = sql_text(q, 4);
    out->subject = sql_text(q, 5);
    out->detail = sql_text(q, 6);
    return sql_copy(q, 7, out->hash, sizeof out->hash, e);
}

/* Every head that a sealed bundle carries must be the hash of a row. */
static int check_bundles(struct store *s, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT manifest FROM bundle WHERE audit_head NOT IN ('', ?1)"
            " AND taken = 0"
            " AND audit_head NOT IN (SELECT hash FROM audit) LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, FIRST_PREV);
    rc = sql_step(&q, e);
    if (rc > 0)
        return err_set(e, ERR_AUDIT, "head of bundle %s", sql_text(&q, 0));
    return rc;
}

static int check_head(struct store *s, int64_t seq, const char *hash, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    char head[HEAD_MAX];
    int rc = 0;

    print_head(seq, hash, head);
    if (SQL(s, &q, "SELECT value FROM fact WHERE key = ?1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, HEAD_FACT);
    rc = sql_step(&q, e);
    if (rc < 0)
        return -1;
    if (rc == 0 ? seq > 0 : strcmp(sql_text(&q, 0), head) != 0)
        return err_set(e, ERR_AUDIT, "end of the log");
    return 0;
}

int store_audit_verify(struct store *s, int64_t *rows, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    char prev[HASH_HEX] = FIRST_PREV;
    int64_t count = 0;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT seq, at, actor, via, act, subject, detail, hash FROM audit"
            " ORDER BY seq",
            e) < 0)
        return -1;
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_audit a = {.seq = 0};
        char hash[HASH_HEX];

        count++;
        if (read_row(&q, &a, e) < 0 || hash_row(&a, prev, hash, e) < 0)
            return -1;
        if (a.seq != count || strcmp(hash, a.hash) != 0 || !is_tidy(&q))
            return err_set(e, ERR_AUDIT, "row %" PRId64, count);
        memcpy(prev, hash, sizeof prev);
    }
    if (rc < 0)
        return -1;
    *rows = count;
    if (check_head(s, count, prev, e) < 0)
        return -1;
    return check_bundles(s, e);
}

int store_audit_each(struct store *s, const char *subject, store_audit_fn *each,
                     void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT seq, at, actor, via, act, subject, detail, hash FROM audit"
            " WHERE ?1 IS NULL OR subject = ?1 ORDER BY seq",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, subject);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_audit a = {.seq = 0};

        if (read_row(&q, &a, e) < 0)
            return -1;
        rc = each(ctx, &a, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

int store_audit_last(struct store *s, const char *subject,
                     char act[STORE_AUDIT_WORD_MAX], char actor[STORE_AUDIT_WORD_MAX],
                     struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT act, actor FROM audit WHERE subject = ?1 ORDER BY seq DESC LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, subject);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    if (sql_copy(&q, 0, act, STORE_AUDIT_WORD_MAX, e) < 0 ||
        sql_copy(&q, 1, actor, STORE_AUDIT_WORD_MAX, e) < 0)
        return -1;
    return 1;
}
