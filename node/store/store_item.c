/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_item.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/record/card.h"
#include "node/record/page.h"
#include "node/record/regno.h"
#include "node/store/sql.h"
#include "node/store/store_search.h"

/* What read_item() reads, in its order. */
#define ITEM_SELECT                                                                    \
    "SELECT item.id, item.name, coalesce(d.name, ''), item.kind, state, item.rev,"     \
    " supersedes, item.unit_code, item.unit_from, item.created, item.sealed_rev,"      \
    " level, receipt_at, pages, expected, expect_why, coalesce(number, 0), suffix,"    \
    " number_year"                                                                     \
    " FROM item LEFT JOIN dossier d ON d.id = item.dossier"

static int read_item(const struct sql *q, struct item *out, struct err *e)
{
    *out = (struct item){.id = sql_int(q, 0),
                         .rev = sql_int(q, 5),
                         .supersedes = sql_int(q, 6),
                         .created = sql_int(q, 9),
                         .sealed_rev = sql_int(q, 10),
                         .receipt_at = sql_int(q, 12),
                         .pages = sql_int(q, 13),
                         .pages_expected = sql_int(q, 14),
                         .number = sql_int(q, 16),
                         .number_year = (int)sql_int(q, 18)};
    if (sql_copy(q, 1, out->name, sizeof out->name, e) < 0 ||
        sql_copy(q, 2, out->dossier, sizeof out->dossier, e) < 0 ||
        sql_copy(q, 3, out->kind, sizeof out->kind, e) < 0 ||
        sql_copy(q, 7, out->unit_code, sizeof out->unit_code, e) < 0 ||
        sql_copy(q, 8, out->unit_from, sizeof out->unit_from, e) < 0 ||
        sql_copy(q, 15, out->expect_why, sizeof out->expect_why, e) < 0 ||
        sql_copy(q, 17, out->suffix, sizeof out->suffix, e) < 0)
        return -1;
    if (!item_state_find(sql_text(q, 4), &out->state) ||
        !item_level_find(sql_text(q, 11), &out->level))
        return sql_damaged(e, "item.state");
    return 0;
}

static int find_dossier(struct store *s, const char *name, int64_t *id,
                        char kind[KIND_NAME_MAX], struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, "SELECT id, record, closed FROM dossier WHERE name = ?1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    rc = sql_step(&q, e);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return err_set(e, ERR_DOSSIER_ABSENT, "%s", name);
    if (sql_int(&q, 2) >= 0)
        return err_set(e, ERR_DOSSIER_CLOSED, "%s", name);
    *id = sql_int(&q, 0);
    return sql_copy(&q, 1, kind, KIND_NAME_MAX, e);
}

static int month_of(int64_t utc)
{
    int year = 0;
    int month = 0;
    int day = 0;

    clock_local_date(utc, &year, &month, &day);
    return year * 100 + month;
}

int store_item_add(struct store *s, const char *node, struct item *it, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    char record[KIND_NAME_MAX] = "";
    int64_t dossier = 0;
    int64_t n = 0;

    assert(s->in_txn);
    if (it->dossier[0] && find_dossier(s, it->dossier, &dossier, record, e) < 0)
        return -1;
    if (record[0]) /* an entry of a register is of the register's kind */
        (void)snprintf(it->kind, sizeof it->kind, "%s", record);
    if (!kind_find(it->kind))
        return err_set(e, ERR_KIND, "%s", it->kind);
    if (!unit_code_valid(it->unit_code) || !unit_date_valid(it->unit_from))
        return err_set(e, ERR_UNIT, "%s/%s", it->unit_code, it->unit_from);
    if (store_counter(s, STORE_COUNTER_ITEM, &n, e) < 0)
        return -1;
    ident_item(node, n, it->name);
    if (SQL(s, &q,
            "INSERT INTO item (name, node, dossier, kind, state, rev, supersedes,"
            " unit_code, unit_from, created, expected, expect_why, scanned_month)"
            " VALUES (?1, ?2, ?3, ?4, 'captured', 1, 0, ?5, ?6, ?7, ?8, '', ?9)",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, it->name);
    sql_bind_text(&q, 2, node);
    if (dossier)
        sql_bind_int(&q, 3, dossier);
    sql_bind_text(&q, 4, it->kind);
    sql_bind_text(&q, 5, it->unit_code);
    sql_bind_text(&q, 6, it->unit_from);
    sql_bind_int(&q, 7, it->created);
    sql_bind_int(&q, 8, it->pages_expected);
    sql_bind_int(&q, 9, month_of(it->created));
    if (sql_run(&q, e) < 0)
        return -1;
    it->id = sqlite3_last_insert_rowid(s->db);
    it->state = ITEM_CAPTURED;
    it->rev = 1;
    it->supersedes = it->sealed_rev = it->receipt_at = it->pages = 0;
    it->level = ITEM_LEVEL_NONE;
    it->expect_why[0] = '\0';
    return 0;
}

int store_item_get(struct store *s, const char *name, struct item *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, ITEM_SELECT " WHERE item.name = ?1 AND item.rev > 0", e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    return read_item(&q, out, e) < 0 ? -1 : 1;
}

int store_item_need(struct store *s, const char *name, struct item *out, struct err *e)
{
    int rc = store_item_get(s, name, out, e);

    return rc == 0 ? err_set(e, ERR_ITEM_ABSENT, "%s", name) : rc < 0 ? -1 : 0;
}

static int give_items(struct sql *q, store_item_fn *each, void *ctx, struct err *e)
{
    int rc = 0;

    while ((rc = sql_step(q, e)) > 0) {
        struct item it;

        if (read_item(q, &it, e) < 0)
            return -1;
        rc = each(ctx, &it, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

#define EACH_BY(s, q, newest, which, e)                                                \
    ((newest) ? SQL(s, q,                                                              \
                    ITEM_SELECT " WHERE item.id < ?1 AND item.rev > 0" which           \
                                " AND (?3 IS NULL OR item.kind = ?3)"                  \
                                " ORDER BY item.id DESC LIMIT ?5",                     \
                    e)                                                                 \
              : SQL(s, q,                                                              \
                    ITEM_SELECT " WHERE item.id > ?1 AND item.rev > 0" which           \
                                " AND (?3 IS NULL OR item.kind = ?3)"                  \
                                " ORDER BY item.id LIMIT ?5",                          \
                    e))
#define OF_DOSSIER                                                                     \
    " AND item.dossier IS (SELECT id FROM dossier WHERE name = ?2)"                    \
    " AND coalesce(d.name, '') = ?2"

/* Each by the index that has its rows in order. */
static int select_items(struct store *s, struct sql *q,
                        const struct store_item_query *query, struct err *e)
{
    bool newest = query->newest;

    if (query->dossier && query->state >= 0)
        return EACH_BY(s, q, newest, OF_DOSSIER " AND item.state = ?4", e);
    if (query->dossier)
        return EACH_BY(s, q, newest, OF_DOSSIER, e);
    if (query->state >= 0)
        return EACH_BY(s, q, newest, " AND item.state = ?4", e);
    return EACH_BY(s, q, newest, "", e);
}

int store_item_each(struct store *s, const struct store_item_query *query,
                    store_item_fn *each, void *ctx, struct err *e)
{
    static const struct store_item_query all = {.state = -1};
    AUTO_SQL struct sql q = SQL_INIT;

    if (!query)
        query = &all;
    if (select_items(s, &q, query, e) < 0)
        return -1;
    sql_bind_int(&q, 1, query->newest && !query->after ? INT64_MAX : query->after);
    sql_bind_text(&q, 2, query->dossier);
    sql_bind_text(&q, 3, query->kind);
    sql_bind_text(&q, 4,
                  query->state < 0 ? NULL
                                   : item_state_name((enum item_state)query->state));
    sql_bind_int(&q, 5, query->limit > 0 ? query->limit : -1);
    return give_items(&q, each, ctx, e);
}

int store_item_tally(struct store *s, struct store_item_tally *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int64_t unproven = 0; /* sealed, no receipt of the newest seal */

    if (SQL(s, &q,
            "SELECT coalesce(sum(records), 0), coalesce(sum(look), 0),"
            " coalesce(sum(received), 0), coalesce(sum(unproven), 0),"
            " (SELECT count(*) FROM bundle b CROSS JOIN item_rev r ON r.bundle = b.id"
            "  CROSS JOIN item i ON i.id = r.item AND i.sealed_rev = r.rev"
            "  WHERE b.state IN ('sent', 'accepted') AND i.rev > 0"
            "  AND i.sealed_rev > i.receipt_rev)"
            " FROM tally",
            e) < 0 ||
        sql_step(&q, e) < 0)
        return -1;
    unproven = sql_int(&q, 3);
    *out = (struct store_item_tally){.all = sql_int(&q, 0),
                                     .review = sql_int(&q, 1),
                                     .received = sql_int(&q, 2),
                                     .going = sql_int(&q, 4),
                                     .waiting = unproven - sql_int(&q, 4)};
    return 0;
}

/* The nearest one of @q, "" when there is none. */
static int one_name(struct sql *q, const struct item *it, char out[IDENT_NAME_MAX],
                    struct err *e)
{
    int rc = 0;

    sql_bind_int(q, 1, it->id);
    sql_bind_text(q, 2, it->dossier);
    rc = sql_step(q, e);
    out[0] = '\0';
    if (rc <= 0)
        return rc;
    return sql_copy(q, 0, out, IDENT_NAME_MAX, e);
}

#define TO_VERIFY                                                                      \
    "SELECT name FROM item"                                                            \
    " WHERE dossier IS (SELECT id FROM dossier d WHERE d.name = ?2) AND rev > 0"       \
    " AND state IN ('recognized', 'described', 'returned')"

int store_item_beside(struct store *s, const char *item, char prev[IDENT_NAME_MAX],
                      char next[IDENT_NAME_MAX], struct err *e)
{
    AUTO_SQL struct sql before = SQL_INIT;
    AUTO_SQL struct sql after = SQL_INIT;
    struct item it;

    if (store_item_need(s, item, &it, e) < 0 ||
        SQL(s, &before, TO_VERIFY " AND id < ?1 ORDER BY id DESC LIMIT 1", e) < 0 ||
        SQL(s, &after, TO_VERIFY " AND id > ?1 ORDER BY id LIMIT 1", e) < 0 ||
        one_name(&before, &it, prev, e) < 0 || one_name(&after, &it, next, e) < 0)
        return -1;
    return 0;
}

int store_item_act(struct store *s, const char *name, enum item_act act,
                   struct item *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct item it;
    bool new_rev = false;

    assert(s->in_txn);
    if (store_item_need(s, name, &it, e) < 0)
        return -1;
    if (!item_next(it.state, act, &it.state, &new_rev))
        return err_set(e, ERR_ITEM_STATE, "%s: %s", name, item_state_name(it.state));
    if (new_rev) {
        it.supersedes = it.rev;
        it.rev++;
    }
    if (SQL(s, &q,
            "UPDATE item SET state = ?2, rev = ?3, supersedes = ?4 WHERE id = ?1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, it.id);
    sql_bind_text(&q, 2, item_state_name(it.state));
    sql_bind_int(&q, 3, it.rev);
    sql_bind_int(&q, 4, it.supersedes);
    if (sql_run(&q, e) < 0)
        return -1;
    if (out)
        *out = it;
    return 0;
}

/* The item's place in its register follows the kind's number and date fields. */
static int set_number(struct store *s, const struct item *it, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    AUTO_SQL struct sql get = SQL_INIT;
    const struct kind *kind = kind_find(it->kind);
    struct regno r = {.number = 0};
    bool has = false;
    int rc = 0;

    if (!kind)
        return 0;
    if (SQL(s, &get,
            "SELECT name, value FROM field WHERE item = ?1 AND present = 1"
            " AND name IN (?2, ?3) ORDER BY name = ?2 DESC",
            e) < 0 ||
        SQL(s, &q,
            "UPDATE item SET number = ?2, suffix = ?3, number_year = ?4 WHERE id = ?1",
            e) < 0)
        return -1;
    sql_bind_int(&get, 1, it->id);
    sql_bind_text(&get, 2, kind->number_field);
    sql_bind_text(&get, 3, kind->date_field);
    while ((rc = sql_step(&get, e)) > 0) {
        if (strcmp(sql_text(&get, 0), kind->number_field) == 0)
            has = regno_parse(sql_text(&get, 1), &r);
        else if (r.year == 0)
            r.year = field_year(sql_text(&get, 1));
    }
    if (rc < 0)
        return -1;
    sql_bind_int(&q, 1, it->id);
    if (has)
        sql_bind_int(&q, 2, r.number);
    else
        sql_bind_null(&q, 2);
    sql_bind_text(&q, 3, r.suffix);
    sql_bind_int(&q, 4, r.year);
    return sql_run(&q, e);
}

static int need_unsealed(struct store *s, const char *name, struct item *it,
                         struct err *e)
{
    if (store_item_need(s, name, it, e) < 0)
        return -1;
    if (it->sealed_rev > 0)
        return err_set(e, ERR_ITEM_SEALED, "%s", name);
    return 0;
}

int store_item_move(struct store *s, const char *name, const char *dossier,
                    struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    char record[KIND_NAME_MAX] = "";
    int64_t id = 0;
    struct item it;

    assert(s->in_txn);
    if (need_unsealed(s, name, &it, e) < 0 ||
        (dossier[0] && find_dossier(s, dossier, &id, record, e) < 0))
        return -1;
    if (SQL(s, &q, "UPDATE item SET dossier = ?2, kind = ?3 WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, it.id);
    if (id)
        sql_bind_int(&q, 2, id);
    if (record[0])
        memcpy(it.kind, record, sizeof it.kind);
    sql_bind_text(&q, 3, it.kind);
    return sql_run(&q, e) < 0 ? -1 : set_number(s, &it, e);
}

int store_item_kind(struct store *s, const char *name, const char *kind, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct item it;

    assert(s->in_txn);
    if (!kind_find(kind))
        return err_set(e, ERR_KIND, "%s", kind);
    if (need_unsealed(s, name, &it, e) < 0 ||
        SQL(s, &q, "UPDATE item SET kind = ?2 WHERE id = ?1", e) < 0)
        return -1;
    (void)snprintf(it.kind, sizeof it.kind, "%s", kind);
    sql_bind_int(&q, 1, it.id);
    sql_bind_text(&q, 2, it.kind);
    return sql_run(&q, e) < 0 ? -1 : set_number(s, &it, e);
}

int store_item_count(struct store *s, const char *name, bool differs, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE item SET expected = CASE WHEN ?2 THEN -1 ELSE 0 END"
            " WHERE name = ?1 AND expected <= 0 AND sealed_rev = 0",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    sql_bind_int(&q, 2, differs);
    return sql_run(&q, e);
}

int store_item_expect(struct store *s, const char *name, const char *why, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct item it;

    assert(s->in_txn);
    if (strlen(why) >= sizeof it.expect_why)
        return err_set(e, ERR_LIMIT, "%s", name);
    if (store_item_need(s, name, &it, e) < 0 ||
        SQL(s, &q, "UPDATE item SET expect_why = ?2 WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, it.id);
    sql_bind_text(&q, 2, why);
    return sql_run(&q, e);
}

/* ---- fields -----------------------------------------------------------------------
 */

static int insert_field(struct store *s, const struct item *it, const char *value,
                        const struct field_value *v, struct err *e)
{
    AUTO_SQL struct sql old = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &old,
            "UPDATE field SET present = 0 WHERE item = ?1 AND name = ?2 AND present = "
            "1",
            e) < 0 ||
        SQL(s, &q,
            "INSERT INTO field (item, name, value, source, confidence, doubtful, "
            "reason,"
            " actor, rev, at, present) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
            "?10, 1)",
            e) < 0)
        return -1;
    sql_bind_int(&old, 1, it->id);
    sql_bind_text(&old, 2, v->name);
    if (sql_run(&old, e) < 0)
        return -1;
    sql_bind_int(&q, 1, it->id);
    sql_bind_text(&q, 2, v->name);
    sql_bind_text(&q, 3, value);
    sql_bind_text(&q, 4, field_source_name(v->source));
    sql_bind_int(&q, 5, v->confidence);
    sql_bind_int(&q, 6, v->doubtful);
    sql_bind_text(&q, 7, v->reason ? v->reason : "");
    sql_bind_text(&q, 8, v->actor ? v->actor : "");
    sql_bind_int(&q, 9, it->rev);
    sql_bind_int(&q, 10, v->at);
    return sql_run(&q, e);
}

int store_item_field(struct store *s, const char *item, const struct field_value *v,
                     bool *written, struct err *e)
{
    AUTO_STR struct str clean = STR_INIT(FIELD_VALUE_MAX);
    AUTO_SQL struct sql q = SQL_INIT;
    struct item it;
    bool write = true;
    bool mark = false;
    int rc = 0;

    assert(s->in_txn);
    if (store_item_need(s, item, &it, e) < 0 ||
        field_clean(v->name, v->value, &clean, e) < 0)
        return -1;
    mark = v->reason && field_mark(v) != FIELD_UNMARKED;
    if (v->confidence < 0 || v->confidence > 100 ||
        (v->reason && strlen(v->reason) >= FIELD_REASON_MAX))
        return err_set(e, ERR_FIELD_VALUE, "%s", v->name);
    if (SQL(s, &q,
            "SELECT value, source, confidence, doubtful, reason FROM field"
            " WHERE item = ?1 AND name = ?2 AND present = 1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, it.id);
    sql_bind_text(&q, 2, v->name);
    rc = sql_step(&q, e);
    if (rc < 0)
        return -1;
    if (rc > 0) {
        bool clerk = strcmp(sql_text(&q, 1), "clerk") == 0;
        bool same = strcmp(sql_text(&q, 0), str_text(&clean)) == 0 &&
                    clerk == (v->source == FIELD_CLERK) &&
                    sql_int(&q, 2) == v->confidence &&
                    (sql_int(&q, 3) != 0) == v->doubtful &&
                    (!mark || strcmp(sql_text(&q, 4), v->reason) == 0);

        write = !same && !(clerk && v->source == FIELD_OCR);
    } else {
        write = clean.len > 0 || mark; /* an absent field cannot be cleared */
    }
    sql_end(&q);
    if (written)
        *written = write;
    if (!write)
        return 0;
    if (insert_field(s, &it, str_text(&clean), v, e) < 0 || set_number(s, &it, e) < 0)
        return -1;
    return store_search_fields(s, item, e);
}

/* The newest value that @actor may take back. */
static int find_own(struct store *s, const struct item *it, const char *actor,
                    int64_t *id, char name[FIELD_NAME_MAX], struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT id, name FROM field WHERE item = ?1 AND present = 1 AND rev = ?2"
            " AND source = 'clerk' AND actor = ?3 ORDER BY id DESC LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, it->id);
    sql_bind_int(&q, 2, it->rev);
    sql_bind_text(&q, 3, actor);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    *id = sql_int(&q, 0);
    return sql_copy(&q, 1, name, FIELD_NAME_MAX, e) < 0 ? -1 : 1;
}

int store_item_undo(struct store *s, const char *item, const char *actor,
                    char name[FIELD_NAME_MAX], struct err *e)
{
    AUTO_SQL struct sql back = SQL_INIT;
    AUTO_SQL struct sql before = SQL_INIT;
    struct item it;
    int64_t id = 0;
    int rc = 0;

    assert(s->in_txn);
    if (store_item_need(s, item, &it, e) < 0)
        return -1;
    rc = find_own(s, &it, actor, &id, name, e);
    if (rc <= 0)
        return rc;
    if (SQL(s, &back, "UPDATE field SET present = 0, undone = 1 WHERE id = ?1", e) <
            0 ||
        SQL(s, &before,
            "UPDATE field SET present = 1 WHERE id = (SELECT max(id) FROM field"
            " WHERE item = ?1 AND name = ?2 AND undone = 0 AND id < ?3)",
            e) < 0)
        return -1;
    sql_bind_int(&back, 1, id);
    sql_bind_int(&before, 1, it.id);
    sql_bind_text(&before, 2, name);
    sql_bind_int(&before, 3, id);
    if (sql_run(&back, e) < 0 || sql_run(&before, e) < 0 || set_number(s, &it, e) < 0 ||
        store_search_fields(s, item, e) < 0)
        return -1;
    return 1;
}

int store_item_take(struct store *s, int64_t id, const struct item *it,
                    const struct field_list *fields, int64_t at, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct item here = *it;

    assert(s->in_txn);
    here.id = id;
    if (SQL(s, &q, "UPDATE field SET present = 0 WHERE item = ?1 AND present = 1", e) <
        0)
        return -1;
    sql_bind_int(&q, 1, id);
    if (sql_run(&q, e) < 0)
        return -1;
    for (size_t i = 0; i < fields->count; i++) {
        struct field_value v = fields->v[i];

        v.at = at;
        if (insert_field(s, &here, v.value, &v, e) < 0)
            return -1;
    }
    return set_number(s, &here, e) < 0 ? -1 : store_search_fields(s, it->name, e);
}

/* What read_fields() reads, in its order. */
#define FIELD_SELECT                                                                   \
    "SELECT f.name, value, source, confidence, doubtful, reason, actor, f.rev, at,"    \
    " undone"                                                                          \
    " FROM field f JOIN item ON item.id = f.item"

static int read_fields(struct sql *q, struct field_list *out, struct err *e)
{
    int rc = 0;

    while ((rc = sql_step(q, e)) > 0) {
        enum field_source source = FIELD_OCR;
        struct field_value *v = NULL;

        if (!field_source_find(sql_text(q, 2), &source))
            return sql_damaged(e, "field.source");
        v = field_list_add(out, sql_text(q, 0), sql_text(q, 1), source,
                           (int)sql_int(q, 3), sql_int(q, 4) != 0, sql_text(q, 5));
        mem_free(v->actor);
        v->actor = mem_dup(sql_text(q, 6));
        v->rev = sql_int(q, 7);
        v->at = sql_int(q, 8);
        v->undone = sql_int(q, 9) != 0;
    }
    return rc;
}

int store_item_fields(struct store *s, const char *item, struct field_list *out,
                      struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            FIELD_SELECT
            " WHERE item.name = ?1 AND present = 1 AND value <> '' ORDER BY f.name",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    return read_fields(&q, out, e);
}

int store_item_present(struct store *s, const char *item, struct field_list *out,
                       struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, FIELD_SELECT " WHERE item.name = ?1 AND present = 1 ORDER BY f.name",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    return read_fields(&q, out, e);
}

int store_item_history(struct store *s, const char *item, struct field_list *out,
                       struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, FIELD_SELECT " WHERE item.name = ?1 ORDER BY f.id", e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    return read_fields(&q, out, e);
}

/* ---- cards and sealing ------------------------------------------------------------
 */

int store_item_card(struct store *s, const char *item, enum item_level level,
                    struct card *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    card_init(out, CARD_ITEM);
    if (store_item_need(s, item, &out->item, e) < 0 ||
        store_item_fields(s, item, &out->fields, e) < 0)
        return -1;
    out->item.level = level;
    if (SQL(s, &q,
            "SELECT name FROM page WHERE item = ?1 AND gate = 'clear' AND past = 0"
            " ORDER BY seq",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, out->item.id);
    while ((rc = sql_step(&q, e)) > 0) {
        if (out->page_count >= CARD_PAGES_MAX)
            return err_set(e, ERR_LIMIT, "%s", item);
        card_add_page(out, sql_text(&q, 0));
    }
    return rc;
}

int store_item_sealable(struct store *s, bool unverified, store_item_fn *each,
                        void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            ITEM_SELECT
            " WHERE item.sealed_rev < item.rev"
            " AND (state = 'verified' OR (?1 AND state IN ('recognized', 'described')))"
            " AND NOT EXISTS (SELECT 1 FROM page WHERE page.item = item.id"
            "   AND past = 0 AND (gate <> 'clear' OR page.state NOT IN ('recognized', "
            "'blank')))"
            " AND pages > 0 AND (expected = 0 OR expected = pages OR expect_why <> '')"
            " ORDER BY item.id",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, unverified);
    return give_items(&q, each, ctx, e);
}

int store_item_why_not(struct store *s, const char *name, bool unverified,
                       struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct item it;
    bool state = false;
    int rc = 0;

    if (store_item_need(s, name, &it, e) < 0)
        return -1;
    if (SQL(s, &q,
            "SELECT seq, gate FROM page WHERE item = ?1 AND past = 0"
            " AND (gate <> 'clear' OR state NOT IN ('recognized', 'blank'))"
            " ORDER BY gate = 'held' DESC, seq LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, it.id);
    rc = sql_step(&q, e);
    if (rc < 0)
        return -1;
    if (rc > 0)
        return err_set(
            e, strcmp(sql_text(&q, 1), "held") == 0 ? ERR_ITEM_HELD : ERR_ITEM_PAGES,
            "%s: page %" PRId64, name, sql_int(&q, 0));
    if (it.pages_expected == ITEM_COUNT_DIFFERS && item_count_open(&it))
        return err_set(e, ERR_ITEM_PAGES, "%s", name);
    if (it.pages == 0 || item_count_open(&it))
        return err_set(e, ERR_ITEM_PAGES, "%s: %" PRId64 "/%" PRId64, name, it.pages,
                       it.pages_expected);
    state = it.state == ITEM_VERIFIED ||
            (unverified && (it.state == ITEM_RECOGNIZED || it.state == ITEM_DESCRIBED));
    if (!state || it.sealed_rev >= it.rev)
        return err_set(e, ERR_ITEM_STATE, "%s: %s", name, item_state_name(it.state));
    return 0;
}

int store_item_revisions(struct store *s, const char *item, store_revision_fn *each,
                         void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT r.rev, r.level, r.at, r.receipt_at, r.card FROM item_rev r"
            " JOIN item ON item.id = r.item WHERE item.name = ?1 ORDER BY r.rev",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_revision r = {.rev = sql_int(&q, 0),
                                   .at = sql_int(&q, 2),
                                   .receipt_at = sql_int(&q, 3),
                                   .card = sql_text(&q, 4)};

        if (!item_level_find(sql_text(&q, 1), &r.level))
            return sql_damaged(e, "item_rev.level");
        rc = each(ctx, &r, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}
