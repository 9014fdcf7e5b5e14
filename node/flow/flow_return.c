/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_return.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "node/flow/flow_take.h"
#include "node/store/store_audit.h"
#include "node/store/store_item.h"
#include "node/store/store_return.h"
#include "node/store/store_user.h"
#include "sync/enrol.h"
#include "sync/first.h"
#include "sync/names.h"
#include "sync/receipt.h"
#include "sync/repo.h"

/* ---- what is told -----------------------------------------------------------------
 */

static struct jdoc *return_line(const struct store_return *r, const char *unit,
                                const char *state)
{
    struct jdoc *line = flow_line("return");

    jdoc_set_text(line, "item", r->item);
    jdoc_set_text(line, "unit", unit);
    jdoc_set_int(line, "rev", r->rev);
    jdoc_set_text(line, "why", r->why);
    jdoc_set_int(line, "at", r->at);
    jdoc_set_text(line, "issuer", r->issuer);
    jdoc_set_text(line, "state", state);
    if (r->answer)
        jdoc_set_int(line, "answer", r->answer);
    else
        jdoc_set_null(line, "answer");
    return line;
}

static const char *state_of(const struct store_return *r)
{
    return r->answer ? "answered" : "open";
}

struct listing {
    struct flow *f;
    const struct flow_listener *to;
    const char *unit;
};

static int tell_return(void *ctx, const struct store_return *r, struct err *e)
{
    const struct listing *l = ctx;

    (void)e;
    flow_tell(l->to, return_line(r, l->unit, state_of(r)));
    return 0;
}

static int audit(struct flow *f, const char *user, const char *via,
                 const struct store_return *r, struct err *e)
{
    AUTO_JDOC struct jdoc *detail = jdoc_object();

    jdoc_set_text(detail, "why", r->why);
    jdoc_set_int(detail, "rev", r->rev);
    jdoc_set_text(detail, "issuer", r->issuer);
    return store_audit_add(f->store, user, via, "item.return", r->item, detail,
                           clock_now(), e);
}

/* ---- the tier above ---------------------------------------------------------------
 */

struct sending {
    struct flow *f;
    const struct flow_listener *to;
    const char *user;
    const struct enrol_node *n;
    struct store_return r;
    bool before; /* it was sent back, and nothing newer came */
};

/* Whose record it is, if that commune gets its receipts from here. */
static int find_node(struct sending *s, const struct enrol *keys, struct err *e)
{
    const char *item = s->r.item;

    for (size_t i = 0; i < keys->count; i++) {
        const struct enrol_node *n = &keys->nodes[i];

        if (strcmp(n->role, "commune") != 0 || !first_by(item, n->node))
            continue;
        if (n->relay)
            return err_set(e, ERR_RETURN_TIER, "%s", item);
        if (n->revoked)
            return err_set(e, ERR_GATE_NODE, "node %s", n->node);
        s->n = n;
        return 0;
    }
    return err_set(e,
                   s->f->home.role == HOME_DISTRICT ? ERR_RETURN_TIER : ERR_ITEM_ABSENT,
                   "%s", item);
}

/* The same words, however they were typed. */
static int clean_why(const char *why, struct str *out, struct err *e)
{
    size_t len = strlen(why);

    if (!utf8_valid(why, len))
        return err_set(e, ERR_WHY, "%s", "why");
    utf8_nfc(why, len, out);
    if (str_text(out)[strspn(str_text(out), " \t\n")] == '\0')
        return err_set(e, ERR_WHY, "%s", "why");
    return str_check(out, "why", e);
}

static void tell_sent(const struct sending *s, const struct store_return *r, bool new)
{
    struct jdoc *line = return_line(r, s->n->unit_code, state_of(r));

    jdoc_set_bool(line, "new", new);
    flow_tell(s->to, line);
}

static int tell_before(void *ctx, const struct store_return *r, struct err *e)
{
    struct sending *s = ctx;

    (void)e;
    s->before = true;
    tell_sent(s, r, false);
    return 1;
}

static int sign(struct sending *s, struct repo *repo, struct err *e)
{
    struct receipt r = {.type = RECEIPT_RETURN, .time = s->r.at, .rev = s->r.rev};
    char tip[NAMES_OID_MAX];

    (void)snprintf(r.node, sizeof r.node, "%s", s->n->node);
    (void)snprintf(r.issuer, sizeof r.issuer, "%s", s->f->home.node);
    (void)snprintf(r.item, sizeof r.item, "%s", s->r.item);
    (void)snprintf(r.text, sizeof r.text, "%s", s->r.why);
    return receipt_write(repo, &r, 1, &s->f->home.key, tip, e);
}

/* The receipt first: a row without it would say what nobody hears. */
static int send_once(struct sending *s, struct store *catalog, struct repo *repo,
                     struct err *e)
{
    AUTO_TXN struct store_txn row = STORE_TXN_INIT;
    AUTO_TXN struct store_txn act = STORE_TXN_INIT;

    if (sign(s, repo, e) < 0 || store_begin(catalog, &row, e) < 0 ||
        store_return_add(catalog, &s->r, e) < 0 || store_commit(&row, e) < 0)
        return -1;
    if (store_begin(s->f->store, &act, e) < 0 ||
        audit(s->f, s->user, flow_via(s->f), &s->r, e) < 0 || store_commit(&act, e) < 0)
        return -1;
    return 0;
}

static int send_back(struct sending *s, struct err *e)
{
    struct enrol_place p = enrol_home(s->n);
    AUTO_MEM char *path = enrol_repository(s->f->home.path, p.code, p.valid_from);
    AUTO_REPO struct repo *repo = NULL;
    AUTO_STORE struct store *catalog = NULL;
    struct item it = {0};

    if (repo_open(path, &repo, e) < 0 ||
        flow_take_catalog(&s->f->home, p.code, p.valid_from, &catalog, e) < 0 ||
        flow_return_recall(s->f, catalog, repo, s->n, e) < 0 ||
        store_item_need(catalog, s->r.item, &it, e) < 0)
        return -1;
    s->r.rev = it.sealed_rev;
    if (store_return_each(catalog, s->r.item, true, tell_before, s, e) < 0)
        return -1;
    if (s->before)
        return 0;
    if (send_once(s, catalog, repo, e) < 0)
        return -1;
    tell_sent(s, &s->r, true);
    return 0;
}

int flow_return_send(struct flow *f, const char *item, const char *user,
                     const char *why, const struct flow_listener *to, struct err *e)
{
    struct sending s = {.f = f, .to = to, .user = user};
    AUTO_STR struct str clean = STR_INIT(RECEIPT_TEXT_MAX);
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_ENROL struct enrol keys = ENROL_INIT;

    if (flow_need_upper(f, e) < 0 ||
        (user[0] && store_user_may(f->store, user, ROLE_VERIFY, e) < 0) ||
        clean_why(why, &clean, e) < 0)
        return -1;
    if (!ident_is_item(item))
        return err_set(e, ERR_ITEM_ABSENT, "%s", item);
    (void)snprintf(s.r.item, sizeof s.r.item, "%s", item);
    s.r.why = str_text(&clean);
    s.r.issuer = f->home.node;
    s.r.at = clock_now();
    if (flow_lock(f, "ingest.lock", &lock, e) < 0 ||
        enrol_load(f->home.path, &keys, e) < 0 || find_node(&s, &keys, e) < 0)
        return -1;
    return send_back(&s, e);
}

int flow_return_take(struct store *catalog, const struct receipt *r, struct err *e)
{
    struct store_return row = {
        .rev = r->rev, .why = r->text, .issuer = r->issuer, .at = r->time};
    struct item it = {0};
    int found = 0;

    if (r->type != RECEIPT_RETURN)
        return 0;
    found = store_item_get(catalog, r->item, &it, e);
    if (found <= 0)
        return found;
    memcpy(row.item, it.name, sizeof row.item);
    return store_return_add(catalog, &row, e) < 0 ? -1 : 0;
}

static int recall_one(void *ctx, const struct receipt *r, const char *text, size_t len,
                      const char *sig, struct err *e)
{
    (void)text;
    (void)len;
    (void)sig;
    return flow_return_take(ctx, r, e);
}

int flow_return_recall(struct flow *f, struct store *catalog, struct repo *repo,
                       const struct enrol_node *n, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *fact = mem_printf("returns.%s", n->node);
    AUTO_MEM char *after = NULL;
    char ref[NAMES_REF_MAX];
    char tip[NAMES_OID_MAX];
    int rc = 0;

    names_receipt_ref(n->node, ref);
    rc = repo_ref(repo, ref, tip, e);
    if (rc <= 0)
        return rc;
    if (store_begin(catalog, &txn, e) < 0 ||
        store_fact_get(catalog, fact, &after, e) < 0)
        return -1;
    if (after && strcmp(after, tip) == 0)
        return 0;
    rc = repo_is_ancestor(repo, after ? after : "", tip, e);
    if (rc < 0)
        return -1;
    if (rc == 0) /* an older disk was put back: all of them */
        mem_free(TAKE(after));
    if (receipt_read(repo, n->node, &f->home.key.pub, after ? after : "", recall_one,
                     catalog, tip, e) < 0 ||
        store_fact_set(catalog, fact, tip, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* ---- the commune ------------------------------------------------------------------
 */

/* May a record in this state be returned? Those that may not are in hand already. */
static bool is_through(enum item_state s)
{
    enum item_state to;
    bool new_rev;

    return item_next(s, ITEM_RETURN, &to, &new_rev);
}

int flow_return_note(struct flow *f, const struct receipt *r,
                     const struct flow_listener *to, struct err *e)
{
    struct store_return row = {
        .rev = r->rev, .why = r->text, .issuer = r->issuer, .at = r->time};
    const char *unit = f->home.unit_code;
    struct item it = {0};
    int rc = store_item_get(f->store, r->item, &it, e);

    (void)snprintf(row.item, sizeof row.item, "%s", r->item);
    if (rc == 0) {
        flow_tell(to, return_line(&row, unit, "absent"));
        return 0;
    }
    rc = rc < 0 ? -1 : store_return_add(f->store, &row, e);
    if (rc <= 0)
        return rc;
    row.answer = it.sealed_rev > r->rev ? it.sealed_rev : 0;
    if (!row.answer && is_through(it.state) &&
        store_item_act(f->store, it.name, ITEM_RETURN, NULL, e) < 0)
        return -1;
    if (audit(f, "", "upstream", &row, e) < 0)
        return -1;
    flow_tell(to, return_line(&row, unit, state_of(&row)));
    return 0;
}

/* ---- both -------------------------------------------------------------------------
 */

static int list_commune(struct listing *l, const char *unit, bool open, struct err *e)
{
    AUTO_MEM char *dir = NULL;
    AUTO_MEM char *db = NULL;
    AUTO_STORE struct store *catalog = NULL;
    char code[NAMES_CODE_MAX];
    char from[NAMES_DATE_MAX];

    if (!names_unit_parse(unit, code, from))
        return 0;
    dir = home_commune(&l->f->home, code, from);
    db = fs_path(dir, "catalog.db");
    if (!fs_exists(db))
        return 0;
    l->unit = code;
    if (flow_take_catalog(&l->f->home, code, from, &catalog, e) < 0)
        return -1;
    return store_return_each(catalog, NULL, open, tell_return, l, e);
}

int flow_return_list(struct flow *f, bool open, const struct flow_listener *to,
                     struct err *e)
{
    struct listing l = {.f = f, .to = to, .unit = f->home.unit_code};
    AUTO_MEM char *root = home_place(&f->home, "communes");
    AUTO_LIST struct fs_list list = {0};

    if (!home_is_upper(&f->home))
        return store_return_each(f->store, NULL, open, tell_return, &l, e);
    if (!fs_is_dir(root))
        return 0;
    if (fs_list(root, &list, e) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++)
        if (list_commune(&l, list.names[i], open, e) < 0)
            return -1;
    return 0;
}
