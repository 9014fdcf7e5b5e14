/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_bundle.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/store/sql.h"
#include "node/store/store_prune.h"

static const char *const STATES[] = {
    [STORE_BUNDLE_SEALED] = "sealed",     [STORE_BUNDLE_SENT] = "sent",
    [STORE_BUNDLE_ACCEPTED] = "accepted", [STORE_BUNDLE_DURABLE] = "durable",
    [STORE_BUNDLE_REFUSED] = "refused",
};

const char *store_bundle_state_name(enum store_bundle_state st)
{
    return STATES[st];
}

bool store_bundle_state_find(const char *name, enum store_bundle_state *out)
{
    for (size_t i = 0; i < ARRAY_LEN(STATES); i++)
        if (strcmp(name, STATES[i]) == 0) {
            *out = (enum store_bundle_state)i;
            return true;
        }
    return false;
}

/* ---- rows -------------------------------------------------------------------------
 */

#define COLUMNS                                                                        \
    "id, node, epoch, class, seq, manifest, prev, commit_id, state, level,"            \
    " audit_head, objects, bytes, sealed_at, sent_at, accepted_at, durable_at,"        \
    " copies, code"

static int read_bundle(const struct sql *q, struct store_bundle *out, struct err *e)
{
    *out = (struct store_bundle){.id = sql_int(q, 0),
                                 .epoch = sql_int(q, 2),
                                 .seq = sql_int(q, 4),
                                 .objects = sql_int(q, 11),
                                 .bytes = sql_int(q, 12),
                                 .sealed_at = sql_int(q, 13),
                                 .sent_at = sql_int(q, 14),
                                 .accepted_at = sql_int(q, 15),
                                 .durable_at = sql_int(q, 16),
                                 .copies = sql_int(q, 17)};
    if (sql_copy(q, 1, out->node, sizeof out->node, e) < 0 ||
        sql_copy(q, 3, out->class, sizeof out->class, e) < 0 ||
        sql_copy(q, 5, out->manifest, sizeof out->manifest, e) < 0 ||
        sql_copy(q, 6, out->prev, sizeof out->prev, e) < 0 ||
        sql_copy(q, 7, out->commit, sizeof out->commit, e) < 0 ||
        sql_copy(q, 10, out->audit_head, sizeof out->audit_head, e) < 0 ||
        sql_copy(q, 18, out->code, sizeof out->code, e) < 0)
        return -1;
    if (!store_bundle_state_find(sql_text(q, 8), &out->state) ||
        !item_level_find(sql_text(q, 9), &out->level))
        return sql_damaged(e, "bundle.state");
    return 0;
}

static int one(struct sql *q, struct store_bundle *out, struct err *e)
{
    int rc = sql_step(q, e);

    if (rc <= 0)
        return rc;
    return read_bundle(q, out, e) < 0 ? -1 : 1;
}

int store_bundle_get(struct store *s, const char *manifest, struct store_bundle *out,
                     struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "SELECT " COLUMNS " FROM bundle WHERE manifest = ?1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, manifest);
    return one(&q, out, e);
}

int store_bundle_find(struct store *s, const char *prefix, struct store_bundle *out,
                      struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    size_t len = strlen(prefix);
    int rc = 0;

    if (len < STORE_BUNDLE_PREFIX_MIN || len >= HASH_HEX || !hash_is_hex(prefix, len))
        return 0;
    if (SQL(s, &q,
            "SELECT " COLUMNS
            " FROM bundle WHERE manifest >= ?1 AND manifest < ?1 || 'g'"
            " ORDER BY manifest LIMIT 2",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, prefix);
    rc = one(&q, out, e);
    if (rc <= 0)
        return rc;
    rc = sql_step(&q, e);
    if (rc > 0)
        return err_set(e, ERR_BUNDLE_AMBIGUOUS, "%s", prefix);
    return rc < 0 ? -1 : 1;
}

int store_bundle_at(struct store *s, const char *node, int64_t epoch, const char *class,
                    int64_t seq, struct store_bundle *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT " COLUMNS
            " FROM bundle WHERE node = ?1 AND epoch = ?2 AND class = ?3 AND seq = ?4",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, node);
    sql_bind_int(&q, 2, epoch);
    sql_bind_text(&q, 3, class);
    sql_bind_int(&q, 4, seq);
    return one(&q, out, e);
}

/* The newest of a chain. @state: of those in this one; "": of all. */
static int newest(struct store *s, const char *node, int64_t epoch, const char *class,
                  const char *state, struct store_bundle *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT " COLUMNS " FROM bundle WHERE node = ?1 AND epoch = ?2"
            " AND class = ?3 AND (?4 = '' OR state = ?4) ORDER BY seq DESC LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, node);
    sql_bind_int(&q, 2, epoch);
    sql_bind_text(&q, 3, class);
    sql_bind_text(&q, 4, state);
    return one(&q, out, e);
}

int store_bundle_head(struct store *s, const char *node, int64_t epoch,
                      const char *class, struct store_bundle *out, struct err *e)
{
    return newest(s, node, epoch, class, "", out, e);
}

int store_bundle_proven(struct store *s, const char *node, int64_t epoch,
                        const char *class, struct store_bundle *out, struct err *e)
{
    return newest(s, node, epoch, class, "durable", out, e);
}

#define IN_ORDER                                                                       \
    " ORDER BY node, epoch, CASE class WHEN 'meta' THEN 0 WHEN 'text' THEN 1"          \
    " WHEN 'thumb' THEN 2 WHEN 'page' THEN 3 ELSE 4 END, seq"

static int each_row(struct sql *q, store_bundle_fn *each, void *ctx, struct err *e)
{
    int rc = 0;

    while ((rc = sql_step(q, e)) > 0) {
        struct store_bundle b;

        if (read_bundle(q, &b, e) < 0)
            return -1;
        rc = each(ctx, &b, e);
        if (rc != 0)
            break;
    }
    return rc < 0 ? -1 : 0;
}

int store_bundle_each(struct store *s, int state, store_bundle_fn *each, void *ctx,
                      struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT " COLUMNS " FROM bundle WHERE ?1 IS NULL OR state = ?1" IN_ORDER,
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, state < 0 ? NULL : STATES[state]);
    return each_row(&q, each, ctx, e);
}

int store_bundle_owed(struct store *s, const char *node, int64_t copies, int64_t limit,
                      store_bundle_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT " COLUMNS " FROM bundle WHERE node = ?3 AND (state = 'accepted'"
            " OR (state = 'durable' AND copies <> ?1))" IN_ORDER " LIMIT ?2",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, copies);
    sql_bind_int(&q, 2, limit);
    sql_bind_text(&q, 3, node);
    return each_row(&q, each, ctx, e);
}

int store_bundle_stranded(struct store *s, const char *node, int64_t epoch,
                          store_bundle_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT " COLUMNS " FROM bundle WHERE node = ?1 AND epoch < ?2"
            " AND state IN ('sealed', 'sent', 'refused')" IN_ORDER,
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, node);
    sql_bind_int(&q, 2, epoch);
    return each_row(&q, each, ctx, e);
}

int store_bundle_drop(struct store *s, int64_t id, struct err *e)
{
    AUTO_SQL struct sql items = SQL_INIT;
    AUTO_SQL struct sql objects = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &items, "DELETE FROM bundle_item WHERE bundle = ?1", e) < 0 ||
        SQL(s, &objects, "DELETE FROM bundle_object WHERE bundle = ?1", e) < 0 ||
        SQL(s, &q, "DELETE FROM bundle WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&items, 1, id);
    sql_bind_int(&objects, 1, id);
    sql_bind_int(&q, 1, id);
    if (sql_run(&items, e) < 0 || sql_run(&objects, e) < 0)
        return -1;
    return sql_run(&q, e);
}

int store_bundle_ahead(struct store *s, const char *node, int64_t since, int64_t *out,
                       struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT max(0, coalesce(max(sealed_at - accepted_at), 0)) FROM bundle"
            " WHERE node = ?1 AND accepted_at >= ?2",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, node);
    sql_bind_int(&q, 2, since);
    if (sql_step(&q, e) < 0)
        return -1;
    *out = sql_int(&q, 0);
    return 0;
}

int store_bundle_add(struct store *s, struct store_bundle *b, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct store_bundle old;
    int there = 0;

    assert(s->in_txn);
    there = store_bundle_at(s, b->node, b->epoch, b->class, b->seq, &old, e);
    if (there == 0)
        there = store_bundle_get(s, b->manifest, &old, e);
    if (there != 0)
        return there < 0 ? -1 : err_set(e, ERR_BUNDLE_EXISTS, "%s", b->manifest);
    if (SQL(s, &q,
            "INSERT INTO bundle (node, epoch, class, seq, manifest, prev, commit_id,"
            " state, level, audit_head, objects, bytes, sealed_at, accepted_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, b->node);
    sql_bind_int(&q, 2, b->epoch);
    sql_bind_text(&q, 3, b->class);
    sql_bind_int(&q, 4, b->seq);
    sql_bind_text(&q, 5, b->manifest);
    sql_bind_text(&q, 6, b->prev);
    sql_bind_text(&q, 7, b->commit);
    sql_bind_text(&q, 8, STATES[b->state]);
    sql_bind_text(&q, 9, item_level_name(b->level));
    sql_bind_text(&q, 10, b->audit_head);
    sql_bind_int(&q, 11, b->objects);
    sql_bind_int(&q, 12, b->bytes);
    sql_bind_int(&q, 13, b->sealed_at);
    sql_bind_int(&q, 14, b->accepted_at);
    if (sql_run(&q, e) < 0)
        return -1;
    b->id = sqlite3_last_insert_rowid(s->db);
    return 0;
}

/* ---- what is in it ----------------------------------------------------------------
 */

/* The same card in a bundle of a later epoch of its node: that one carries it now. */
static int add_revision(struct store *s, const struct store_bundle *b, int64_t item,
                        int64_t rev, enum item_level level, const char *card,
                        struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "INSERT INTO item_rev AS r (item, rev, level, card, bundle, at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
            " ON CONFLICT (item, rev) DO UPDATE SET bundle = excluded.bundle"
            " WHERE r.card = excluded.card AND r.level = excluded.level"
            " AND EXISTS (SELECT 1 FROM bundle o JOIN bundle n ON n.node = o.node"
            " AND n.epoch > o.epoch WHERE o.id = r.bundle AND n.id = excluded.bundle)",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, item);
    sql_bind_int(&q, 2, rev);
    sql_bind_text(&q, 3, item_level_name(level));
    sql_bind_text(&q, 4, card);
    sql_bind_int(&q, 5, b->id);
    sql_bind_int(&q, 6, b->sealed_at);
    if (sql_run(&q, e) < 0)
        return -1;
    return sqlite3_changes(s->db) == 1
               ? 0
               : err_set(e, ERR_BUNDLE_EXISTS, "%s", b->manifest);
}

static int seal_item(struct store *s, int64_t item, int64_t rev, enum item_level level,
                     struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "UPDATE item SET sealed_rev = ?2, level = ?3,"
            " state = CASE rev WHEN ?2 THEN 'sealed' ELSE state END"
            " WHERE id = ?1 AND sealed_rev < ?2",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, item);
    sql_bind_int(&q, 2, rev);
    sql_bind_text(&q, 3, item_level_name(level));
    return sql_run(&q, e);
}

int store_bundle_item(struct store *s, const struct store_bundle *b, const char *item,
                      int64_t rev, enum item_level level, const char *card,
                      struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    AUTO_SQL struct sql find = SQL_INIT;
    int64_t id = 0;
    int rc = 0;

    assert(s->in_txn);
    if (SQL(s, &find, "SELECT id FROM item WHERE name = ?1", e) < 0)
        return -1;
    rc = sql_id(&find, item, &id, e);
    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_ITEM_ABSENT, "%s", item);
    if (SQL(s, &q,
            "INSERT OR IGNORE INTO bundle_item (bundle, item, rev) VALUES (?1, ?2, ?3)",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, b->id);
    sql_bind_int(&q, 2, id);
    sql_bind_int(&q, 3, rev);
    if (sql_run(&q, e) < 0)
        return -1;
    if (!card)
        return 0;
    if (add_revision(s, b, id, rev, level, card, e) < 0)
        return -1;
    return seal_item(s, id, rev, level, e);
}

int store_bundle_object(struct store *s, const struct store_bundle *b, const char *hex,
                        struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q, "INSERT OR IGNORE INTO bundle_object (bundle, hex) VALUES (?1, ?2)",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, b->id);
    sql_bind_text(&q, 2, hex);
    return sql_run(&q, e);
}

int store_bundle_has_object(struct store *s, const char *class, const char *hex,
                            struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT 1 FROM bundle_object JOIN bundle ON bundle.id = bundle"
            " WHERE hex = ?1 AND class = ?2 LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, hex);
    sql_bind_text(&q, 2, class);
    return sql_step(&q, e);
}

int store_bundle_taken(struct store *s, const char *class, const char *hex,
                       struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT 1 FROM bundle_object JOIN bundle ON bundle.id = bundle"
            " WHERE hex = ?1 AND class = ?2 AND state IN ('accepted', 'durable')"
            " LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, hex);
    sql_bind_text(&q, 2, class);
    return sql_step(&q, e);
}

int store_bundle_has_object_in(struct store *s, const char *node, int64_t epoch,
                               const char *class, const char *hex, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT 1 FROM bundle_object JOIN bundle b ON b.id = bundle"
            " WHERE hex = ?1 AND b.node = ?2 AND b.epoch = ?3 AND b.class = ?4 LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, hex);
    sql_bind_text(&q, 2, node);
    sql_bind_int(&q, 3, epoch);
    sql_bind_text(&q, 4, class);
    return sql_step(&q, e);
}

int store_bundle_has_rev_in(struct store *s, const char *node, int64_t epoch,
                            const char *item, int64_t rev, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT 1 FROM item i JOIN item_rev r ON r.item = i.id"
            " JOIN bundle b ON b.id = r.bundle"
            " WHERE i.name = ?1 AND r.rev = ?2 AND b.node = ?3 AND b.epoch = ?4",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    sql_bind_int(&q, 2, rev);
    sql_bind_text(&q, 3, node);
    sql_bind_int(&q, 4, epoch);
    return sql_step(&q, e);
}

/* ---- moving on --------------------------------------------------------------------
 */

/* A province has taken the items: the first receipt dates them, the newest one says at
 * which level they are held. */
static int items_received(struct store *s, int64_t bundle, int64_t at, struct err *e)
{
    AUTO_SQL struct sql rev = SQL_INIT;
    AUTO_SQL struct sql item = SQL_INIT;
    int y = 0;
    int m = 0;
    int d = 0;

    clock_local_date(at, &y, &m, &d);
    if (SQL(s, &rev,
            "UPDATE item_rev SET receipt_at = ?2 WHERE bundle = ?1 AND receipt_at = 0",
            e) < 0 ||
        SQL(s, &item,
            "UPDATE item SET"
            " receipt_month = CASE receipt_at WHEN 0 THEN ?3 ELSE receipt_month END,"
            " receipt_at = CASE receipt_at WHEN 0 THEN ?2 ELSE receipt_at END,"
            " receipt_level = CASE WHEN r.rev > receipt_rev THEN r.level"
            " ELSE receipt_level END,"
            " receipt_rev = max(receipt_rev, r.rev)"
            " FROM (SELECT item, max(rev) AS rev, level FROM item_rev WHERE bundle = ?1"
            " GROUP BY item) AS r WHERE item.id = r.item",
            e) < 0)
        return -1;
    sql_bind_int(&rev, 1, bundle);
    sql_bind_int(&rev, 2, at);
    sql_bind_int(&item, 1, bundle);
    sql_bind_int(&item, 2, at);
    sql_bind_int(&item, 3, y * 100 + m);
    return sql_run(&rev, e) < 0 ? -1 : sql_run(&item, e);
}

/* sealed → sent → accepted → durable; refused may still be taken later. */
static bool moves(enum store_bundle_state from, enum store_bundle_state to)
{
    if (from == STORE_BUNDLE_DURABLE)
        return false;
    if (from == STORE_BUNDLE_REFUSED || to == STORE_BUNDLE_REFUSED)
        return to != from && to != STORE_BUNDLE_SEALED;
    return to > from;
}

/* Only a new proof ends a doubt (store_prune.h), no receipt. */
static bool in_doubt(const struct store_bundle *b, enum store_bundle_state to)
{
    return to == STORE_BUNDLE_DURABLE && b->state == STORE_BUNDLE_ACCEPTED &&
           strcmp(b->code, STORE_UNPROVEN) == 0;
}

static int write_state(struct store *s, int64_t id, enum store_bundle_state state,
                       int64_t at, const char *code, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "UPDATE bundle SET state = ?2, code = ?4,"
            " sent_at = CASE ?2 WHEN 'sent' THEN ?3 ELSE sent_at END,"
            " accepted_at = CASE ?2 WHEN 'accepted' THEN ?3 ELSE accepted_at END,"
            " durable_at = CASE ?2 WHEN 'durable' THEN ?3 ELSE durable_at END"
            " WHERE id = ?1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    sql_bind_text(&q, 2, STATES[state]);
    sql_bind_int(&q, 3, at);
    sql_bind_text(&q, 4, code ? code : "");
    return sql_run(&q, e);
}

int store_bundle_state(struct store *s, const char *manifest,
                       enum store_bundle_state state, int64_t at, const char *code,
                       struct err *e)
{
    struct store_bundle b;
    int found = 0;

    assert(s->in_txn);
    found = store_bundle_get(s, manifest, &b, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_BUNDLE_ABSENT, "%s", manifest);
    if (!moves(b.state, state) || in_doubt(&b, state))
        return 0;
    if (write_state(s, b.id, state, at, code, e) < 0)
        return -1;
    return state == STORE_BUNDLE_DURABLE ? items_received(s, b.id, at, e) : 0;
}

int store_bundle_unsent(struct store *s, const char *manifest, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE bundle SET state = 'sealed', code = '', sent_at = 0, accepted_at = "
            "0"
            " WHERE manifest = ?1 AND state IN ('sent', 'accepted')",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, manifest);
    return sql_run(&q, e);
}

int store_bundle_withdraw(struct store *s, const char *node, struct err *e)
{
    AUTO_SQL struct sql bundle = SQL_INIT;
    AUTO_SQL struct sql item = SQL_INIT;
    AUTO_SQL struct sql rev = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &bundle,
            "UPDATE bundle SET state = 'sealed', sent_at = 0, accepted_at = 0,"
            " durable_at = 0, copies = 0 WHERE node = ?1 AND state = 'durable'",
            e) < 0 ||
        SQL(s, &item,
            "UPDATE item SET receipt_at = 0, receipt_month = 0, receipt_rev = 0,"
            " receipt_level = 'none' WHERE receipt_at > 0 AND id IN (SELECT r.item FROM"
            " item_rev r JOIN bundle b ON b.id = r.bundle WHERE b.node = ?1)",
            e) < 0 ||
        SQL(s, &rev,
            "UPDATE item_rev SET receipt_at = 0 WHERE receipt_at > 0 AND bundle IN"
            " (SELECT id FROM bundle WHERE node = ?1)",
            e) < 0)
        return -1;
    sql_bind_text(&bundle, 1, node);
    sql_bind_text(&item, 1, node);
    sql_bind_text(&rev, 1, node);
    if (sql_run(&bundle, e) < 0 || sql_run(&item, e) < 0)
        return -1;
    return sql_run(&rev, e);
}

/* ---- receipts ---------------------------------------------------------------------
 */

static int note_copies(struct store *s, const struct store_receipt *r, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "UPDATE bundle SET copies = ?2 WHERE manifest = ?1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, r->manifest);
    sql_bind_int(&q, 2, r->copies);
    return sql_run(&q, e);
}

int store_bundle_receipt(struct store *s, struct store_receipt *r, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    char sha[HASH_HEX];

    assert(s->in_txn);
    hash_bytes(r->body, r->body_len, sha);
    if (SQL(s, &q,
            "INSERT INTO receipt (type, node, epoch, class, seq, manifest, province_at,"
            " copies, body, body_sha, signature, at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
            " ON CONFLICT (body_sha) DO NOTHING",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, r->type);
    sql_bind_text(&q, 2, r->node);
    sql_bind_int(&q, 3, r->epoch);
    sql_bind_text(&q, 4, r->class);
    sql_bind_int(&q, 5, r->seq);
    sql_bind_text(&q, 6, r->manifest);
    sql_bind_int(&q, 7, r->province_at);
    sql_bind_int(&q, 8, r->copies);
    sql_bind_text_len(&q, 9, r->body, r->body_len);
    sql_bind_text(&q, 10, sha);
    sql_bind_text(&q, 11, r->signature);
    sql_bind_int(&q, 12, r->at);
    if (sql_run(&q, e) < 0)
        return -1;
    if (sqlite3_changes(s->db) == 0)
        return 0;
    r->id = sqlite3_last_insert_rowid(s->db);
    return note_copies(s, r, e);
}

int store_bundle_receipts(struct store *s, const char *manifest, store_receipt_fn *each,
                          void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT id, type, node, epoch, class, seq, manifest, province_at, copies,"
            " body, signature, at FROM receipt WHERE ?1 IS NULL OR manifest = ?1"
            " ORDER BY id",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, manifest);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_receipt r = {.id = sql_int(&q, 0),
                                  .epoch = sql_int(&q, 3),
                                  .seq = sql_int(&q, 5),
                                  .province_at = sql_int(&q, 7),
                                  .copies = sql_int(&q, 8),
                                  .body = sql_text(&q, 9),
                                  .signature = sql_text(&q, 10),
                                  .at = sql_int(&q, 11)};

        r.body_len = strlen(r.body);
        if (sql_copy(&q, 1, r.type, sizeof r.type, e) < 0 ||
            sql_copy(&q, 2, r.node, sizeof r.node, e) < 0 ||
            sql_copy(&q, 4, r.class, sizeof r.class, e) < 0 ||
            sql_copy(&q, 6, r.manifest, sizeof r.manifest, e) < 0)
            return -1;
        rc = each(ctx, &r, e);
        if (rc != 0)
            break;
    }
    return rc < 0 ? -1 : 0;
}

int store_bundle_receipt_last(struct store *s, struct store_receipt *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT id, type, node, epoch, class, seq, manifest, province_at, copies, "
            "at"
            " FROM receipt WHERE type = 'receipt' ORDER BY id DESC LIMIT 1",
            e) < 0)
        return -1;
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    *out = (struct store_receipt){.id = sql_int(&q, 0),
                                  .epoch = sql_int(&q, 3),
                                  .seq = sql_int(&q, 5),
                                  .province_at = sql_int(&q, 7),
                                  .copies = sql_int(&q, 8),
                                  .at = sql_int(&q, 9)};
    if (sql_copy(&q, 1, out->type, sizeof out->type, e) < 0 ||
        sql_copy(&q, 2, out->node, sizeof out->node, e) < 0 ||
        sql_copy(&q, 4, out->class, sizeof out->class, e) < 0 ||
        sql_copy(&q, 6, out->manifest, sizeof out->manifest, e) < 0)
        return -1;
    return 1;
}
