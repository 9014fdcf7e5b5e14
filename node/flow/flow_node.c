/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_node.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/password.h"
#include "node/base/stop.h"
#include "node/base/tlspin.h"
#include "node/flow/flow_maintain.h"
#include "node/flow/flow_take.h"
#include "node/flow/flow_unit.h"
#include "node/store/store_audit.h"
#include "node/store/store_bundle.h"
#include "node/store/store_user.h"
#include "sync/enrol.h"
#include "sync/names.h"
#include "sync/statement.h"

#define HOST_LINES_MAX ENROL_HOST_KEYS
#define CLOCK_DAYS     INT64_C(30)
#define COMMIT_TICK_MS 100
#define COMMIT_TICKS   600

static int note(struct flow *f, const char *act, const char *subject, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (store_begin(f->store, &txn, e) < 0 ||
        store_audit_add(f->store, "", "cli", act, subject, NULL, clock_now(), e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* A certificate stands for the key in it. 1 @line, 0 the text is none, -1. */
static int read_certificate(struct str *text, const char **line, struct err *e)
{
    char pin[TLSPIN_MAX];

    if (!strstr(str_text(text), "-----BEGIN CERTIFICATE-----"))
        return 0;
    if (tlspin_of_certificate(text->p, text->len, pin, e) < 0)
        return -1;
    str_reset(text);
    str_add(text, pin);
    *line = text->p;
    return 1;
}

/* The lines of a small text file. @text holds them; empty ones and # are left out. */
static int read_lines(const char *path, struct str *text, const char **lines,
                      size_t *count, struct err *e)
{
    char *rest = NULL;
    char *line = NULL;
    int rc;

    *count = 0;
    if (fs_read_file(path, text, e) < 0)
        return -1;
    rc = read_certificate(text, lines, e);
    if (rc != 0) {
        *count = 1;
        return rc < 0 ? err_push(e, "%s", path) : 0;
    }
    rest = text->p;
    while (rest && (line = strsep(&rest, "\n"))) {
        line[strcspn(line, "\r")] = '\0';
        if (!line[0] || line[0] == '#')
            continue;
        if (*count == HOST_LINES_MAX)
            return err_set(e, ERR_LIMIT, "%s", path);
        lines[(*count)++] = line;
    }
    return *count ? 0 : err_set(e, ERR_KEY, "%s", path);
}

int flow_node_add(struct flow *f, const struct flow_node_opts *opts,
                  const struct flow_listener *to, struct err *e)
{
    AUTO_STR struct str key = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str hosts = STR_INIT(STR_LINE_MAX);
    AUTO_JDOC struct jdoc *units = NULL;
    AUTO_MEM char *program = fs_program(e);
    AUTO_MEM char *repository = NULL;
    AUTO_MEM char *file = NULL;
    struct sign_public public_key;
    const char *host_lines[HOST_LINES_MAX];
    struct unit unit = {0};
    struct enrol_add add = {0};
    char node[NAMES_NODE_MAX];
    struct jdoc *line = NULL;

    if (!program || flow_need_upper(f, e) < 0 ||
        sign_read_public(opts->key_file, &public_key, e) < 0 ||
        flow_unit_resolve(f, opts->unit, &unit, e) < 0 ||
        flow_unit_table(f, &units, e) < 0)
        return -1;
    if (opts->host_key_file &&
        read_lines(opts->host_key_file, &hosts, host_lines, &add.host_key_count, e) < 0)
        return -1;
    sign_public_line(&public_key, "", &key);
    add.key_line = str_text(&key);
    add.unit_code = unit.code;
    add.valid_from = unit.valid_from;
    add.name = opts->name ? opts->name : unit.name;
    add.role = opts->role;
    add.reads = opts->reads;
    add.read_count = opts->read_count;
    add.relay = opts->relay;
    add.url = opts->url;
    add.host_keys = host_lines;
    add.units = units;
    if (enrol_node_add(f->home.path, program, &f->home.key.pub, &add, node, &repository,
                       e) < 0 ||
        statement_send_home(f->home.path, &f->home.key.pub, node, e) < 0 ||
        flow_unit_publish(f, e) < 0 || note(f, "node.add", node, e) < 0)
        return -1;
    file = fs_pathf(f->home.path, "enrol/%s.json", node);
    line = flow_line("summary");
    jdoc_set_text(line, "node", node);
    jdoc_set_text(line, "unit", unit.code);
    jdoc_set_text(line, "valid_from", unit.valid_from);
    jdoc_set_text(line, "repository", repository);
    jdoc_set_text(line, "enrolment", file);
    flow_tell(to, line);
    return 0;
}

/* What it may read besides its own unit: named, or below it today. */
static struct jdoc *reads_of(const struct enrol *all, const struct enrol_node *n)
{
    struct jdoc *reads = jdoc_array();
    const char *last = "";

    for (size_t k = 0; k < n->read_count; k++)
        jdoc_add_text(reads, n->reads[k]);
    for (size_t k = 0; strcmp(n->role, "district") == 0 && k < all->unit_count; k++) {
        const struct enrol_unit *u = &all->units[k];

        if (strcmp(u->code, last) == 0 || strcmp(u->code, n->unit_code) == 0 ||
            !enrol_may_read(all, n, u->code, u->valid_from))
            continue;
        last = u->code;
        if (!enrol_names_read(n, u->code))
            jdoc_add_text(reads, u->code);
    }
    return reads;
}

/* By how much the bundles of the last weeks were sealed after they were taken in. A
 * catalogue that cannot be read is for ingest and fsck to tell. */
static int64_t node_ahead(struct flow *f, const struct enrol_node *n)
{
    struct enrol_place p = enrol_home(n);
    AUTO_MEM char *dir = home_commune(&f->home, p.code, p.valid_from);
    AUTO_MEM char *db = fs_path(dir, "catalog.db");
    AUTO_STORE struct store *catalog = NULL;
    struct err ignored = ERR_INIT;
    int64_t since = clock_now() - CLOCK_DAYS * 86400, ahead = 0;

    if (strcmp(n->role, "commune") != 0 || n->revoked || !fs_exists(db) ||
        flow_take_catalog(&f->home, p.code, p.valid_from, &catalog, &ignored) < 0 ||
        store_bundle_ahead(catalog, n->node, since, &ahead, &ignored) < 0)
        return 0;
    return ahead;
}

int flow_node_clocks(struct flow *f, flow_node_ahead *each, void *ctx, struct err *e)
{
    AUTO_ENROL struct enrol all = ENROL_INIT;

    if (flow_need_upper(f, e) < 0 || enrol_load(f->home.path, &all, e) < 0)
        return -1;
    for (size_t i = 0; i < all.count; i++) {
        int64_t ahead = node_ahead(f, &all.nodes[i]);

        if (ahead > FLOW_NODE_SKEW_S && each(ctx, &all.nodes[i], ahead, e) < 0)
            return -1;
    }
    return 0;
}

int flow_node_list(struct flow *f, const struct flow_listener *to, struct err *e)
{
    AUTO_ENROL struct enrol all = ENROL_INIT;

    if (flow_need_upper(f, e) < 0 || enrol_load(f->home.path, &all, e) < 0)
        return -1;
    for (size_t i = 0; i < all.count; i++) {
        const struct enrol_node *n = &all.nodes[i];
        struct jdoc *line = flow_line("node");
        int64_t ahead = node_ahead(f, n);

        jdoc_set_text(line, "node", n->node);
        jdoc_set_text(line, "unit", n->unit_code);
        jdoc_set_text(line, "valid_from", n->unit_valid_from);
        jdoc_set_text(line, "name", n->name);
        jdoc_set_text(line, "role", n->role);
        jdoc_set_bool(line, "revoked", n->revoked);
        jdoc_set_bool(line, "relay", n->relay);
        jdoc_set(line, "reads", reads_of(&all, n));
        if (ahead > FLOW_NODE_SKEW_S)
            jdoc_set_int(line, "ahead_s", ahead);
        flow_tell(to, line);
    }
    return 0;
}

int flow_node_revoke(struct flow *f, const char *node, const struct flow_listener *to,
                     struct err *e)
{
    AUTO_MEM char *program = fs_program(e);
    struct jdoc *line = NULL;

    if (!program || flow_need_upper(f, e) < 0 ||
        enrol_node_revoke(f->home.path, program, node, e) < 0 ||
        statement_update(f->home.path, &f->home.key, clock_now(), e) < 0 ||
        note(f, "node.revoke", node, e) < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_text(line, "node", node);
    jdoc_set_bool(line, "revoked", true);
    flow_tell(to, line);
    return 0;
}

/* ---- another key for a node -------------------------------------------------------
 */

/* A push that was let in with the old key ends before its chains are closed. */
static void wait_for_push(const struct flow *f, const char *node)
{
    for (int i = 0; i < COMMIT_TICKS && flow_maintain_committing(&f->home, node); i++)
        stop_sleep_ms(COMMIT_TICK_MS);
}

static int tell_key(struct flow *f, const struct enrol_change *c,
                    const struct flow_listener *to, struct err *e)
{
    AUTO_ENROL struct enrol all = ENROL_INIT;
    AUTO_MEM char *file = fs_pathf(f->home.path, "enrol/%s.json", c->node);
    char fingerprint[SIGN_FINGERPRINT_MAX];
    struct jdoc *line = NULL;

    if (enrol_load(f->home.path, &all, e) < 0)
        return -1;
    sign_fingerprint(c->key, fingerprint);
    line = flow_line("summary");
    jdoc_set_text(line, "node", c->node);
    jdoc_set_int(line, "epoch", enrol_key_epoch(enrol_find(&all, c->node)));
    jdoc_set_text(line, "fingerprint", fingerprint);
    jdoc_set_text(line, "enrolment", file);
    flow_tell(to, line);
    return 0;
}

static int change_key(struct flow *f, const struct enrol_change *c, const char *act,
                      const struct flow_listener *to, struct err *e)
{
    AUTO_MEM char *program = fs_program(e);

    if (!program || enrol_node_key(f->home.path, program, c, e) < 0)
        return -1;
    wait_for_push(f, c->node);
    if (enrol_node_key(f->home.path, program, c, e) < 0 ||
        statement_update(f->home.path, &f->home.key, clock_now(), e) < 0 ||
        statement_send_home(f->home.path, &f->home.key.pub, c->node, e) < 0 ||
        note(f, act, c->node, e) < 0)
        return -1;
    return tell_key(f, c, to, e);
}

int flow_node_replace(struct flow *f, const char *node, const char *key_file,
                      const struct flow_listener *to, struct err *e)
{
    struct sign_public key;
    const struct enrol_change c = {.node = node, .key = &key};

    if (flow_need_upper(f, e) < 0 || sign_read_public(key_file, &key, e) < 0)
        return -1;
    return change_key(f, &c, "node.replace", to, e);
}

/* Signed by the key of the epoch before the one from which the new key is to sign. */
static int check_request(struct flow *f, const struct statement_request *q,
                         struct err *e)
{
    AUTO_ENROL struct enrol all = ENROL_INIT;
    const struct enrol_node *n;

    if (enrol_load(f->home.path, &all, e) < 0)
        return -1;
    n = enrol_find(&all, q->node);
    if (!n)
        return err_set(e, ERR_NOT_FOUND, "node %s", q->node);
    return statement_request_check(q->text, q->sig, enrol_key_at(n, q->epoch - 1),
                                   q->node, q->epoch, &q->key, e);
}

int flow_node_rotate(struct flow *f, const char *file, const struct flow_listener *to,
                     struct err *e)
{
    AUTO_STATEMENT_REQUEST struct statement_request q = {.epoch = 0};
    struct enrol_change c = {.key = &q.key};

    if (flow_need_upper(f, e) < 0 || statement_request_read(file, &q, e) < 0 ||
        check_request(f, &q, e) < 0)
        return -1;
    c.node = q.node;
    c.epoch = q.epoch;
    c.request = q.text;
    c.sig = q.sig;
    return change_key(f, &c, "node.rotate", to, e);
}

int flow_node_trust_key(struct flow *f, const char *file,
                        const struct flow_listener *to, struct err *e)
{
    struct sign_public key;
    char fingerprint[SIGN_FINGERPRINT_MAX];
    struct jdoc *line = NULL;

    if (sign_read_public(file, &key, e) < 0 ||
        enrol_trust_upstream(f->home.path, &key, e) < 0)
        return -1;
    sign_fingerprint(&key, fingerprint);
    if (note(f, "upstream.key", fingerprint, e) < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_text(line, "fingerprint", fingerprint);
    flow_tell(to, line);
    return 0;
}

int flow_node_trust_host(struct flow *f, const char *file,
                         const struct flow_listener *to, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    const char *lines[HOST_LINES_MAX];
    size_t count = 0;
    const char *url = NULL;
    struct jdoc *line = NULL;

    if (conf_load(f->home.path, &conf, e) < 0)
        return -1;
    url = conf_get(conf, "upstream.url");
    if (!url[0])
        return err_set(e, ERR_UPSTREAM_UNSET, "upstream.url");
    if (read_lines(file, &text, lines, &count, e) < 0 ||
        enrol_trust_host(f->home.path, url, lines, count, e) < 0 ||
        note(f, "upstream.host", url, e) < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_text(line, "url", url);
    jdoc_set_int(line, "keys", (int64_t)count);
    flow_tell(to, line);
    return 0;
}

/* ---- people -----------------------------------------------------------------------
 */

static struct jdoc *user_line(const char *name, const char *role, bool active)
{
    struct jdoc *line = flow_line("user");

    jdoc_set_text(line, "user", name);
    jdoc_set_text(line, "role", role);
    jdoc_set_bool(line, "active", active);
    return line;
}

int flow_node_user_add(struct flow *f, const char *name, const char *role,
                       const char *password, const struct flow_listener *to,
                       struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    char hash[PASSWORD_HASH_MAX] = "";
    enum role r = ROLE_CLERK;

    if (!role_find(role, &r))
        return err_set(e, ERR_USAGE, "--role %s", role);
    if (password && password_hash(password, hash, e) < 0)
        return -1;
    if (store_begin(f->store, &txn, e) < 0 ||
        store_user_add(f->store, name, r, hash, clock_now(), e) < 0 ||
        store_audit_add(f->store, flow_user(f), flow_via(f), "user.add", name, NULL,
                        clock_now(), e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    flow_tell(to, user_line(name, role, true));
    return 0;
}

static int count_user(void *ctx, const struct store_user *u, struct err *e)
{
    int64_t *n = ctx;

    (void)u;
    (void)e;
    ++*n;
    return 0;
}

int flow_node_user_first(struct flow *f, const char *name, const char *password,
                         struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    char hash[PASSWORD_HASH_MAX] = "";
    int64_t users = 0;

    if (password_hash(password, hash, e) < 0)
        return -1;
    if (store_begin(f->store, &txn, e) < 0 ||
        store_user_each(f->store, count_user, &users, e) < 0)
        return -1;
    if (users > 0)
        return err_set(e, ERR_WEB_SETUP, "%s", name);
    if (store_user_add(f->store, name, ROLE_ADMIN, hash, clock_now(), e) < 0 ||
        store_audit_add(f->store, name, "web", "user.add", name, NULL, clock_now(), e) <
            0)
        return -1;
    return store_commit(&txn, e);
}

/* Active administrators but for the one of @name. */
struct others {
    const char *name;
    int64_t admins;
};

static int count_admin(void *ctx, const struct store_user *u, struct err *e)
{
    struct others *o = ctx;

    (void)e;
    o->admins += u->active && u->role == ROLE_ADMIN && strcmp(u->name, o->name) != 0;
    return 0;
}

static int need_admin(struct flow *f, const struct store_user *u, struct err *e)
{
    struct others o = {.name = u->name};

    if (u->active && u->role == ROLE_ADMIN)
        return 0;
    if (store_user_each(f->store, count_admin, &o, e) < 0)
        return -1;
    return o.admins ? 0 : err_set(e, ERR_USER_LAST, "%s", u->name);
}

int flow_node_user_change(struct flow *f, const struct flow_node_user_change *c,
                          const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    char hash[PASSWORD_HASH_MAX] = "";
    struct store_user u = {.name = ""};
    int found = 0;

    if (c->password && password_hash(c->password, hash, e) < 0)
        return -1;
    if (store_begin(f->store, &txn, e) < 0)
        return -1;
    found = store_user_get(f->store, c->name, &u, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_USER_ABSENT, "%s", c->name);
    if (c->role && !role_find(c->role, &u.role))
        return err_set(e, ERR_USAGE, "role %s", c->role);
    if (c->active >= 0)
        u.active = c->active != 0;
    if (need_admin(f, &u, e) < 0 ||
        store_user_set(f->store, u.name, u.role, c->password ? hash : NULL, u.active,
                       e) < 0 ||
        store_audit_add(f->store, flow_user(f), flow_via(f), "user.change", u.name,
                        NULL, clock_now(), e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    flow_tell(to, user_line(u.name, role_name(u.role), u.active));
    return 0;
}

static int tell_user(void *ctx, const struct store_user *u, struct err *e)
{
    (void)e;
    flow_tell(ctx, user_line(u->name, role_name(u->role), u->active));
    return 0;
}

int flow_node_user_list(struct flow *f, const struct flow_listener *to, struct err *e)
{
    struct flow_listener copy = *to;

    return store_user_each(f->store, tell_user, &copy, e) < 0 ? -1 : 0;
}
