/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_keying.h"

#include <assert.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/record/item.h"
#include "node/store/sql.h"
#include "node/store/store_item.h"

static const char *const STATES[] = {[STORE_KEYING_OPEN] = "open",
                                     [STORE_KEYING_DIFFERS] = "differs",
                                     [STORE_KEYING_AGREED] = "agreed",
                                     [STORE_KEYING_SETTLED] = "settled"};
static const char *const WHYS[] = {[STORE_KEYING_DOUBT] = "doubt",
                                   [STORE_KEYING_SAMPLE] = "sample",
                                   [STORE_KEYING_CHANGED] = "changed"};

const char *store_keying_state_name(enum store_keying_state s)
{
    assert((size_t)s < ARRAY_LEN(STATES));
    return STATES[s];
}

bool store_keying_state_find(const char *name, enum store_keying_state *out)
{
    for (size_t i = 0; i < ARRAY_LEN(STATES); i++) {
        if (strcmp(STATES[i], name) == 0) {
            *out = (enum store_keying_state)i;
            return true;
        }
    }
    return false;
}

const char *store_keying_why_name(enum store_keying_why w)
{
    assert((size_t)w < ARRAY_LEN(WHYS));
    return WHYS[w];
}

/* ---- draws ------------------------------------------------------------------------
 */

int store_keying_draw(struct store *s, struct store_keying_draw *d, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    AUTO_SQL struct sql find = SQL_INIT;
    int64_t dossier = 0;

    assert(s->in_txn);
    if (d->dossier[0]) {
        int rc = SQL(s, &find, "SELECT id FROM dossier WHERE name = ?1", e) < 0
                     ? -1
                     : sql_id(&find, d->dossier, &dossier, e);

        if (rc <= 0)
            return rc < 0 ? -1 : err_set(e, ERR_DOSSIER_ABSENT, "%s", d->dossier);
    }
    if (SQL(s, &q,
            "INSERT INTO keying_draw (dossier, head, seed, rate, records, fields,"
            " doubtful, sampled, actor, at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            e) < 0)
        return -1;
    if (dossier)
        sql_bind_int(&q, 1, dossier);
    sql_bind_text(&q, 2, d->head);
    sql_bind_text(&q, 3, d->seed);
    sql_bind_int(&q, 4, d->rate);
    sql_bind_int(&q, 5, d->records);
    sql_bind_int(&q, 6, d->fields);
    sql_bind_int(&q, 7, d->doubtful);
    sql_bind_int(&q, 8, d->sampled);
    sql_bind_text(&q, 9, d->actor);
    sql_bind_int(&q, 10, d->at);
    if (sql_run(&q, e) < 0)
        return -1;
    d->id = sqlite3_last_insert_rowid(s->db);
    return 0;
}

int store_keying_draws(struct store *s, const char *dossier, store_keying_draw_fn *each,
                       void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT coalesce(v.name, ''), d.head, d.seed, d.actor, d.id, d.rate,"
            " d.records, d.fields, d.doubtful, d.sampled, d.at"
            " FROM keying_draw d LEFT JOIN dossier v ON v.id = d.dossier"
            " WHERE ?1 IS NULL OR coalesce(v.name, '') = ?1 ORDER BY d.id",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, dossier);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_keying_draw d = {.id = sql_int(&q, 4),
                                      .rate = (int)sql_int(&q, 5),
                                      .records = sql_int(&q, 6),
                                      .fields = sql_int(&q, 7),
                                      .doubtful = sql_int(&q, 8),
                                      .sampled = sql_int(&q, 9),
                                      .at = sql_int(&q, 10)};

        if (sql_copy(&q, 0, d.dossier, sizeof d.dossier, e) < 0 ||
            sql_copy(&q, 1, d.head, sizeof d.head, e) < 0 ||
            sql_copy(&q, 2, d.seed, sizeof d.seed, e) < 0 ||
            sql_copy(&q, 3, d.actor, sizeof d.actor, e) < 0)
            return -1;
        rc = each(ctx, &d, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

int store_keying_fresh(struct store *s, const char *dossier, store_keying_name_fn *each,
                       void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT i.name FROM item i LEFT JOIN dossier v ON v.id = i.dossier"
            " WHERE coalesce(v.name, '') = ?1 AND i.rev > i.sealed_rev"
            " AND i.state IN ('described', 'verified')"
            " AND NOT EXISTS (SELECT 1 FROM keying_record r WHERE r.item = i.id)"
            " AND NOT EXISTS (SELECT 1 FROM page p WHERE p.item = i.id AND p.past = 0"
            "   AND (p.gate <> 'clear' OR p.state NOT IN ('recognized', 'blank')))"
            " ORDER BY i.id",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, dossier);
    while ((rc = sql_step(&q, e)) > 0) {
        rc = each(ctx, sql_text(&q, 0), e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

int store_keying_record(struct store *s, int64_t draw, const char *item, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct item it = {0};

    assert(s->in_txn);
    if (store_item_need(s, item, &it, e) < 0 ||
        SQL(s, &q, "INSERT INTO keying_record (item, draw) VALUES (?1, ?2)", e) < 0)
        return -1;
    sql_bind_int(&q, 1, it.id);
    sql_bind_int(&q, 2, draw);
    return sql_run(&q, e);
}

int store_keying_drawn(struct store *s, const char *item, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT 1 FROM keying_record r JOIN item i ON i.id = r.item"
            " WHERE i.name = ?1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    return sql_step(&q, e);
}

/* ---- fields -----------------------------------------------------------------------
 */

void store_keying_clear(struct store_keying *k)
{
    mem_free(TAKE(k->first));
    mem_free(TAKE(k->second));
    mem_free(TAKE(k->final));
    mem_free(TAKE(k->now));
    mem_free(TAKE(k->second_why));
}

int store_keying_add(struct store *s, const struct store_keying *k, struct err *e)
{
    AUTO_SQL struct sql old = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;
    struct item it = {0};

    assert(s->in_txn);
    if (store_item_need(s, k->item, &it, e) < 0 ||
        SQL(s, &old,
            "UPDATE keying SET present = 0 WHERE item = ?1 AND field = ?2"
            " AND present = 1",
            e) < 0)
        return -1;
    sql_bind_int(&old, 1, it.id);
    sql_bind_text(&old, 2, k->field);
    if (sql_run(&old, e) < 0 ||
        SQL(s, &q,
            "INSERT INTO keying (draw, item, field, why, state, first, first_mark,"
            " first_actor) VALUES (?1, ?2, ?3, ?4, 'open', ?5, ?6, ?7)",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, k->draw);
    sql_bind_int(&q, 2, it.id);
    sql_bind_text(&q, 3, k->field);
    sql_bind_text(&q, 4, store_keying_why_name(k->why));
    sql_bind_text(&q, 5, k->first);
    sql_bind_text(&q, 6, field_mark_name(k->first_mark));
    sql_bind_text(&q, 7, k->first_actor);
    return sql_run(&q, e);
}

/* The mark that stands in a field now (field_mark()), and whether something else stands
 * there than was found in the end. */
#define NOW_MARK                                                                       \
    "CASE WHEN f.source <> 'clerk' OR f.value <> '' THEN ''"                           \
    " WHEN f.reason = 'blank' OR f.reason LIKE 'blank:%' THEN 'blank'"                 \
    " WHEN f.reason = 'illegible' OR f.reason LIKE 'illegible:%' THEN 'illegible'"     \
    " ELSE '' END"
#define STALE                                                                          \
    "(k.state IN ('agreed', 'settled') AND (coalesce(f.value, '') <> k.final"          \
    " OR coalesce(" NOW_MARK ", '') <> k.final_mark))"
#define FIELD_NOW                                                                      \
    " LEFT JOIN field f ON f.item = k.item AND f.name = k.field AND f.present = 1"
#define KEYING_SELECT                                                                  \
    "SELECT k.id, k.draw, i.name, coalesce(v.name, ''), k.field, k.why, k.state,"      \
    " k.first, k.first_mark, k.first_actor, k.second, k.second_mark, k.second_why,"    \
    " k.second_actor, k.second_at, k.final, k.final_mark, k.approver, k.settled_at,"   \
    " k.wrong, k.present, coalesce(f.value, ''), coalesce(" NOW_MARK ", '')"           \
    " FROM keying k JOIN item i ON i.id = k.item"                                      \
    " LEFT JOIN dossier v ON v.id = i.dossier" FIELD_NOW

static int read_names(const struct sql *q, struct store_keying *k, struct err *e)
{
    struct {
        int column;
        enum field_mark *out;
    } marks[] = {{8, &k->first_mark},
                 {11, &k->second_mark},
                 {16, &k->final_mark},
                 {22, &k->now_mark}};
    bool why = false;

    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (sql_text(q, marks[i].column)[0] &&
            !field_mark_find(sql_text(q, marks[i].column), marks[i].out))
            return sql_damaged(e, "keying mark");
    for (size_t i = 0; i < ARRAY_LEN(WHYS); i++) {
        if (strcmp(WHYS[i], sql_text(q, 5)) != 0)
            continue;
        k->why = (enum store_keying_why)i;
        why = true;
    }
    if (!why || !store_keying_state_find(sql_text(q, 6), &k->state))
        return sql_damaged(e, "keying state");
    if (sql_copy(q, 2, k->item, sizeof k->item, e) < 0 ||
        sql_copy(q, 3, k->dossier, sizeof k->dossier, e) < 0 ||
        sql_copy(q, 4, k->field, sizeof k->field, e) < 0 ||
        sql_copy(q, 9, k->first_actor, sizeof k->first_actor, e) < 0 ||
        sql_copy(q, 13, k->second_actor, sizeof k->second_actor, e) < 0)
        return -1;
    return sql_copy(q, 17, k->approver, sizeof k->approver, e);
}

/* @k: empty; on failure nothing is owned. */
static int read_keying(const struct sql *q, struct store_keying *k, struct err *e)
{
    if (read_names(q, k, e) < 0)
        return -1;
    k->id = sql_int(q, 0);
    k->draw = sql_int(q, 1);
    k->second_at = sql_int(q, 14);
    k->settled_at = sql_int(q, 18);
    k->wrong = (int)sql_int(q, 19);
    k->present = sql_int(q, 20) != 0;
    k->first = mem_dup(sql_text(q, 7));
    k->second = mem_dup(sql_text(q, 10));
    k->second_why = mem_dup(sql_text(q, 12));
    k->final = mem_dup(sql_text(q, 15));
    k->now = mem_dup(sql_text(q, 21));
    return 0;
}

int store_keying_get(struct store *s, const char *item, const char *field,
                     struct store_keying *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            KEYING_SELECT " WHERE i.name = ?1 AND k.field = ?2 AND k.present = 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    sql_bind_text(&q, 2, field);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    return read_keying(&q, out, e) < 0 ? -1 : 1;
}

bool store_keying_stale(const struct store_keying *k)
{
    return k->present && k->state >= STORE_KEYING_AGREED &&
           (strcmp(k->now, k->final) != 0 || k->now_mark != k->final_mark);
}

static int select_many(struct store *s, struct sql *q,
                       const struct store_keying_query *query, struct err *e)
{
    if (SQL(s, q,
            KEYING_SELECT " WHERE (?1 IS NULL OR coalesce(v.name, '') = ?1)"
                          " AND (?2 IS NULL OR i.name = ?2)"
                          " AND (?3 OR (k.present = 1 AND (k.state IN ('open',"
                          " 'differs') OR " STALE ")))"
                          " ORDER BY k.item, k.id",
            e) < 0)
        return -1;
    sql_bind_text(q, 1, query->dossier);
    sql_bind_text(q, 2, query->item);
    sql_bind_int(q, 3, query->ended);
    return 0;
}

/* What waits of one record is asked for each record of a list: by the index. */
static int select_one(struct store *s, struct sql *q, const char *item, struct err *e)
{
    if (SQL(s, q,
            KEYING_SELECT " WHERE k.item = (SELECT id FROM item WHERE name = ?1)"
                          " AND k.present = 1 AND (k.state IN ('open', 'differs')"
                          " OR " STALE ") ORDER BY k.id",
            e) < 0)
        return -1;
    sql_bind_text(q, 1, item);
    return 0;
}

int store_keying_each(struct store *s, const struct store_keying_query *query,
                      store_keying_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    bool one = query->item && !query->dossier && !query->ended;
    int rc = 0;

    if ((one ? select_one(s, &q, query->item, e) : select_many(s, &q, query, e)) < 0)
        return -1;
    while ((rc = sql_step(&q, e)) > 0) {
        AUTO_KEYING struct store_keying k = {0};

        if (read_keying(&q, &k, e) < 0)
            return -1;
        rc = each(ctx, &k, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

int store_keying_write(struct store *s, const struct store_keying *k, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE keying SET state = ?2, second = ?3, second_mark = ?4,"
            " second_why = ?5, second_actor = ?6, second_at = ?7, final = ?8,"
            " final_mark = ?9, approver = ?10, settled_at = ?11,"
            " wrong = iif(wrong = -1, ?12, wrong) WHERE id = ?1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, k->id);
    sql_bind_text(&q, 2, store_keying_state_name(k->state));
    sql_bind_text(&q, 3, k->second);
    sql_bind_text(&q, 4, field_mark_name(k->second_mark));
    sql_bind_text(&q, 5, k->second_why);
    sql_bind_text(&q, 6, k->second_actor);
    sql_bind_int(&q, 7, k->second_at);
    sql_bind_text(&q, 8, k->final);
    sql_bind_text(&q, 9, field_mark_name(k->final_mark));
    sql_bind_text(&q, 10, k->approver);
    sql_bind_int(&q, 11, k->settled_at);
    sql_bind_int(&q, 12, k->wrong);
    return sql_run(&q, e);
}

/* ---- counts -----------------------------------------------------------------------
 */

int store_keying_counts(struct store *s, const char *dossier,
                        store_keying_count_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT coalesce(v.name, ''), coalesce(sum(k.why = 'sample'), 0),"
            " coalesce(sum(k.why = 'sample' AND i.dossier IS NOT d.dossier), 0),"
            " coalesce(sum(k.why = 'sample' AND i.dossier IS d.dossier"
            "              AND k.wrong >= 0), 0),"
            " coalesce(sum(k.why = 'sample' AND i.dossier IS d.dossier"
            "              AND k.wrong = 1), 0),"
            " coalesce(sum(k.why = 'sample' AND i.dossier IS d.dossier"
            "              AND k.wrong = -1 AND k.state = 'differs'), 0),"
            " coalesce(sum(k.why = 'doubt'), 0),"
            " coalesce(sum(k.why = 'doubt' AND k.wrong = 1), 0),"
            " coalesce(sum(k.present AND (k.state = 'open' OR " STALE ")), 0),"
            " coalesce(sum(k.present AND k.state = 'differs'), 0)"
            " FROM keying_draw d LEFT JOIN dossier v ON v.id = d.dossier"
            " LEFT JOIN keying k ON k.draw = d.id LEFT JOIN item i ON i.id = k.item"
            " LEFT JOIN field f ON f.item = k.item AND f.name = k.field"
            " AND f.present = 1"
            " WHERE ?1 IS NULL OR coalesce(v.name, '') = ?1"
            " GROUP BY d.dossier ORDER BY d.dossier",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, dossier);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_keying_count c = {.sampled = sql_int(&q, 1),
                                       .removed = sql_int(&q, 2),
                                       .counted = sql_int(&q, 3),
                                       .wrong = sql_int(&q, 4),
                                       .undecided = sql_int(&q, 5),
                                       .doubtful = sql_int(&q, 6),
                                       .doubtful_wrong = sql_int(&q, 7),
                                       .open = sql_int(&q, 8),
                                       .differs = sql_int(&q, 9)};

        if (sql_copy(&q, 0, c.dossier, sizeof c.dossier, e) < 0)
            return -1;
        rc = each(ctx, &c, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}
