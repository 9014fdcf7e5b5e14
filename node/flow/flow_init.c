/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_init.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_unit.h"
#include "node/store/store_audit.h"
#include "sync/enrol.h"
#include "sync/line.h"
#include "sync/repo.h"

static void tell_summary(const struct home *h, const struct flow_listener *to)
{
    struct jdoc *line = flow_line("summary");
    char fingerprint[SIGN_FINGERPRINT_MAX];

    sign_fingerprint(&h->key.pub, fingerprint);
    jdoc_set_text(line, "node", h->node);
    jdoc_set_text(line, "fingerprint", fingerprint);
    jdoc_set_text(line, "role", home_role_name(h->role));
    jdoc_set_text(line, "unit", h->unit_code);
    jdoc_set_text(line, "valid_from", h->unit_valid_from);
    jdoc_set_text(line, "home", h->path);
    flow_tell(to, line);
}

static int set_upstream(const struct home *h, const char *url, struct err *e)
{
    struct line line = {0};

    return line_parse(h->path, url, &line, e) < 0
               ? -1
               : conf_set(h->path, "upstream.url", url, e);
}

static int make(struct home *h, const char *url, struct err *e)
{
    AUTO_STORE struct store *store = NULL;
    AUTO_MEM char *transport = home_place(h, "transport.git");

    if (flow_store(h, STORE_CREATE, &store, e) < 0 ||
        repo_create(transport, REPO_TRANSPORT, e) < 0)
        return -1;
    if (url && set_upstream(h, url, e) < 0)
        return -1;
    return home_found(h, e);
}

int flow_init(const char *path, enum home_role role, const char *code,
              const char *valid_from, const char *name, const char *url,
              const struct flow_listener *to, struct err *e)
{
    AUTO_HOME struct home h = {0};

    if (home_prepare(path, role, code, valid_from, name, &h, e) < 0 ||
        make(&h, url, e) < 0)
        return -1;
    tell_summary(&h, to);
    return 0;
}

static int take_units(const char *path, const struct jdoc *units, struct err *e)
{
    AUTO_FLOW struct flow f = {0};

    if (!units)
        return 0;
    return flow_open(path, &f, e) < 0 ? -1 : flow_unit_take(&f, units, e);
}

/* The tier above gave this node another unit. Nothing may be sealed meanwhile: a bundle
 * of the old unit behind one of the new would be refused. */
static int take_unit(const char *path, const struct enrol_join *join, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *subject = NULL;

    if (flow_open(path, &f, e) < 0)
        return -1;
    if (home_is_upper(&f.home) ||
        (strcmp(f.home.unit_code, join->unit_code) == 0 &&
         strcmp(f.home.unit_valid_from, join->unit_valid_from) == 0))
        return 0;
    subject = mem_printf("%s-%s", join->unit_code, join->unit_valid_from);
    if (flow_lock(&f, "seal.lock", &lock, e) < 0 || store_begin(f.store, &txn, e) < 0 ||
        store_audit_add(f.store, "", "cli", "unit.change", subject, NULL, clock_now(),
                        e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    return home_set_unit(&f.home, join->unit_code, join->unit_valid_from, e);
}

static int trust(const struct home *h, const struct enrol_join *join, struct err *e)
{
    if (enrol_trust_upstream(h->path, &join->upstream, e) < 0 ||
        enrol_set_hub(h->path, join->has_hub ? &join->hub : NULL, e) < 0)
        return -1;
    if (!join->url)
        return 0;
    if (join->host_key_count &&
        enrol_trust_host(h->path, join->url, (const char *const *)join->host_keys,
                         join->host_key_count, e) < 0)
        return -1;
    return set_upstream(h, join->url, e);
}

int flow_init_join(const char *path, const char *file, const struct flow_listener *to,
                   struct err *e)
{
    AUTO_JOIN struct enrol_join join = {0};
    AUTO_HOME struct home h = {0};
    AUTO_MEM char *identity = fs_path(path, "node.json");
    enum home_role role = HOME_COMMUNE;

    if (enrol_join_read(file, &join, e) < 0)
        return -1;
    if (!fs_exists(identity)) {
        if (!home_role_parse(join.role, &role))
            return err_set(e, ERR_JOIN, "%s", file);
        if (home_prepare(path, role, join.unit_code, join.unit_valid_from, join.name,
                         &h, e) < 0 ||
            make(&h, NULL, e) < 0)
            return -1;
    } else if (home_open(path, &h, e) < 0) {
        return -1;
    } else if (strcmp(h.node, join.node) != 0) {
        return err_set(e, ERR_JOIN, "%s", join.node);
    }
    if (trust(&h, &join, e) < 0 || take_units(path, join.units, e) < 0 ||
        take_unit(path, &join, e) < 0)
        return -1;
    home_clear(&h);
    if (home_open(path, &h, e) < 0)
        return -1;
    tell_summary(&h, to);
    return 0;
}
