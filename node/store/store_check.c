/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_check.h"

#include <assert.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/str.h"
#include "node/store/object.h"
#include "node/store/sql.h"
#include "node/store/store_audit.h"
#include "node/store/store_rate.h"
#include "node/store/store_search.h"
#include "node/store/store_tally.h"

static const char *const names[] = {
    [STORE_FAULT_DATABASE] = "database",
    [STORE_FAULT_REFERENCE] = "reference",
    [STORE_FAULT_MISSING] = "missing",
    [STORE_FAULT_CHANGED] = "changed",
    [STORE_FAULT_UNREFERENCED] = "unreferenced",
    [STORE_FAULT_STRANGER] = "stranger",
    [STORE_FAULT_AUDIT] = "audit",
    [STORE_FAULT_INDEX] = "index",
    [STORE_FAULT_SUMMARY] = "summary",
};

const char *store_check_name(enum store_fault f)
{
    assert((size_t)f < ARRAY_LEN(names));
    return names[f];
}

bool store_check_harmless(enum store_fault f)
{
    return f == STORE_FAULT_UNREFERENCED || f == STORE_FAULT_STRANGER;
}

struct checking {
    struct store *s;
    struct store_check *out;
    store_check_fn *each;
    void *ctx;
    bool deep;
};

static int tell(struct checking *c, enum store_fault f, const char *what, struct err *e)
{
    if (store_check_harmless(f))
        c->out->harmless++;
    else
        c->out->faults++;
    if (f == STORE_FAULT_DATABASE || f == STORE_FAULT_REFERENCE ||
        f == STORE_FAULT_AUDIT)
        c->out->broken++;
    return c->each && c->each(c->ctx, f, what, e) < 0 ? -1 : 0;
}

static int check_database(struct checking *c, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    AUTO_SQL struct sql keys = SQL_INIT;
    struct err why = ERR_INIT;
    int rc = 0;

    if (SQL(c->s, &q, "PRAGMA integrity_check", e) < 0)
        return -1;
    while ((rc = sql_step(&q, &why)) > 0) {
        if (strcmp(sql_text(&q, 0), "ok") != 0 &&
            tell(c, STORE_FAULT_DATABASE, sql_text(&q, 0), e) < 0)
            return -1;
    }
    if (rc < 0)
        return tell(c, STORE_FAULT_DATABASE, why.detail, e);
    if (SQL(c->s, &keys, "PRAGMA foreign_key_check", e) < 0)
        return -1;
    while ((rc = sql_step(&keys, e)) > 0) {
        if (tell(c, STORE_FAULT_REFERENCE, sql_text(&keys, 0), e) < 0)
            return -1;
    }
    return rc;
}

/* Return: 0 good, 1 missing, 2 changed, -1. */
static int look(struct store *s, const struct store_object *o, bool deep, struct err *e)
{
    struct err why = ERR_INIT;
    uint64_t size = 0;
    AUTO_FD int fd = object_open(s->objects, o->hex, deep, &size, &why);

    if (fd < 0 && why.code == ERR_OBJECT_MISSING)
        return 1;
    if (fd < 0 && (why.code == ERR_OBJECT_HASH || why.code == ERR_READ))
        return 2;
    if (fd < 0) {
        *e = why;
        return -1;
    }
    return size == o->size ? 0 : 2;
}

static int check_object(void *ctx, const struct store_object *o, struct err *e)
{
    struct checking *c = ctx;
    int rc = look(c->s, o, c->deep, e);

    c->out->objects++;
    if (c->deep)
        c->out->bytes += (int64_t)o->size;
    if (rc <= 0)
        return rc;
    return tell(c, rc == 1 ? STORE_FAULT_MISSING : STORE_FAULT_CHANGED, o->hex, e);
}

static int check_file(void *ctx, const char *hex, const char *path, uint64_t size,
                      struct err *e)
{
    struct checking *c = ctx;
    struct store_object o;
    int rc = 0;

    (void)size;
    if (!hex)
        return tell(c, STORE_FAULT_STRANGER, path, e);
    rc = store_object_get(c->s, hex, &o, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    return tell(c, STORE_FAULT_UNREFERENCED, hex, e);
}

/* A check that says 0, or one of its own codes as a finding. */
static int finding(struct checking *c, int rc, const struct err *why,
                   enum err_code code, enum store_fault f, struct err *e)
{
    if (rc == 0)
        return 0;
    if (why->code == code || why->code == ERR_STORE_DAMAGED)
        return tell(c, f, why->subject, e);
    *e = *why;
    return -1;
}

static int check_derived(struct checking *c, struct err *e)
{
    struct err why = ERR_INIT;
    int rc = store_audit_verify(c->s, &c->out->rows, &why);

    if (finding(c, rc, &why, ERR_AUDIT, STORE_FAULT_AUDIT, e) < 0)
        return -1;
    err_clear(&why);
    rc = store_rate_check(c->s, &why);
    if (finding(c, rc, &why, ERR_SUMMARY, STORE_FAULT_SUMMARY, e) < 0)
        return -1;
    err_clear(&why);
    rc = store_tally_check(c->s, &why);
    if (finding(c, rc, &why, ERR_SUMMARY, STORE_FAULT_SUMMARY, e) < 0)
        return -1;
    if (c->s->read_only)
        return 0; /* the index can only be checked by a connection that may write */
    err_clear(&why);
    rc = store_search_check(c->s, &why);
    return finding(c, rc, &why, ERR_INDEX, STORE_FAULT_INDEX, e);
}

int store_check(struct store *s, bool deep, store_check_fn *each, void *ctx,
                struct store_check *out, struct err *e)
{
    struct checking c = {.s = s, .out = out, .each = each, .ctx = ctx, .deep = deep};

    *out = (struct store_check){.objects = 0};
    if (check_database(&c, e) < 0)
        return -1;
    if (out->broken > 0)
        return 0; /* what a damaged database says of the rest means nothing */
    if (s->objects && (store_object_list(s, check_object, &c, e) < 0 ||
                       object_each(s->objects, check_file, &c, e) < 0))
        return -1;
    return check_derived(&c, e);
}

static int mark_object(void *ctx, const struct store_object *o, struct err *e)
{
    struct store *s = ctx;
    int rc = look(s, o, true, e);

    if (rc < 0)
        return -1;
    if ((rc > 0) == o->damaged)
        return 0;
    return store_object_mark(s, o->hex, rc > 0, e);
}

int store_check_repair(struct store *s, struct err *e)
{
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;

    if (store_begin(s, &t, e) < 0)
        return -1;
    if (s->objects && store_object_list(s, mark_object, s, e) < 0)
        return -1;
    if (store_search_rebuild(s, e) < 0 || store_rate_rebuild(s, e) < 0 ||
        store_tally_rebuild(s, e) < 0)
        return -1;
    return store_commit(&t, e);
}
