/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_restore.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_courier.h"
#include "node/flow/flow_sync.h"
#include "node/flow/flow_take.h"
#include "node/flow/flow_unit.h"
#include "node/store/store_audit.h"
#include "node/store/store_ingest.h"
#include "sync/ask.h"
#include "sync/bundle.h"
#include "sync/courier.h"
#include "sync/dropbox.h"
#include "sync/enrol.h"
#include "sync/line.h"
#include "sync/pull.h"
#include "sync/repo.h"
#include "sync/rpush.h"
#include "sync/self.h"
#include "sync/statement.h"

struct restore {
    const struct flow_restore_opts *opts;
    const struct flow_listener *to;
    struct flow f; /* the home that is being made, and its store */
    struct line line;
    struct repo *repo;
    struct jdoc *units;        /* owned; NULL: none came along */
    char *box;                 /* owned: what the courier file brought; NULL: none */
    char *up;                  /* owned: the way up from now on; NULL: by stick */
    char unit[NAMES_UNIT_MAX]; /* "": not known yet */
    int64_t epoch;             /* the highest upstream knows */
    int64_t counter;           /* of its newest bundle */
    size_t ended;              /* chains that end where that was stated */
    struct flow_take_sum taken;
    struct flow_sync_sum sync;
};

static void restore_clear(struct restore *r)
{
    repo_close(r->repo);
    jdoc_free(r->units);
    mem_free(r->box);
    mem_free(r->up);
    flow_close(&r->f);
}

/* ---- who, and whom to trust -------------------------------------------------------
 */

/* The key that is to take the place of the lost one: made once, asked for with. */
static int heir_key(const char *path, struct sign_secret *key, struct err *e)
{
    AUTO_MEM char *made = fs_path(path, "keys/node");

    return fs_exists(made) ? sign_read_secret(made, key, e) : sign_generate(key, e);
}

static int make_home(struct restore *r, const char *path, struct err *e)
{
    AUTO_SECRET struct sign_secret key = {.key = {0}};
    AUTO_MEM char *identity = fs_path(path, "node.json");
    int rc;

    if (r->opts->replaces && !names_is_node(r->opts->replaces))
        return err_set(e, ERR_USAGE, "--replaces %s", r->opts->replaces);
    if (fs_exists(identity))
        return err_set(e, ERR_HOME_EXISTS, "%s", path);
    if ((r->opts->replaces ? heir_key(path, &key, e)
                           : sign_read_secret(r->opts->key_file, &key, e)) < 0 ||
        home_prepare_again(path, &key, &r->f.home, e) < 0)
        return -1;
    if (r->opts->replaces)
        return 0;
    rc = self_copy(r->opts->key_file, path, e);
    return rc == 1 ? home_keys(&r->f.home, e) : rc;
}

/* What the enrolment file says of our keys, when it speaks of a change. 1, 0, -1. */
static int take_row(struct restore *r, const struct enrol_join *join, struct err *e)
{
    AUTO_ENROL_ROW struct enrol_node row = {.revoked = false};
    AUTO_JDOC struct jdoc *j = NULL;
    int rc;

    if (jdoc_read_file(r->opts->join_file, &j, e) < 0)
        return -1;
    rc = statement_read_home(j, join->node, &join->upstream, &row, e);
    if (rc <= 0)
        return rc < 0 ? err_push(e, "%s", r->opts->join_file) : 0;
    if (memcmp(enrol_key_now(&row)->key, r->f.home.key.pub.key,
               sizeof r->f.home.key.pub.key) != 0)
        return 0;
    if (self_save(r->f.home.path, &row, e) < 0 || home_keys(&r->f.home, e) < 0)
        return -1;
    return 1;
}

static int ask_for_it(struct restore *r, struct err *e)
{
    AUTO_MEM char *file = home_place(&r->f.home, "keys/node.pub");
    struct jdoc *line = flow_line("ask");

    jdoc_set_text(line, "node", r->opts->replaces);
    jdoc_set_text(line, "key", file);
    flow_tell(r->to, line);
    return err_set(e, ERR_RESTORE_KEY, "node %s", r->opts->replaces);
}

static int trust_join(struct restore *r, struct err *e)
{
    AUTO_JOIN struct enrol_join join = {.url = NULL};
    const char *home = r->f.home.path;

    int rc;

    if (enrol_join_read(r->opts->join_file, &join, e) < 0)
        return -1;
    if (r->opts->replaces && strcmp(join.node, r->opts->replaces) != 0)
        return err_set(e, ERR_JOIN, "%s", join.node);
    rc = take_row(r, &join, e);
    if (rc < 0)
        return -1;
    if (rc == 0 && r->opts->replaces)
        return ask_for_it(r, e);
    if (strcmp(join.node, r->f.home.node) != 0)
        return err_set(e, ERR_JOIN, "%s", join.node);
    if (!r->up && join.url)
        r->up = mem_dup(join.url);
    if (enrol_trust_upstream(home, &join.upstream, e) < 0 ||
        enrol_set_hub(home, join.has_hub ? &join.hub : NULL, e) < 0 ||
        (r->up && enrol_trust_host(home, r->up, (const char *const *)join.host_keys,
                                   join.host_key_count, e) < 0))
        return -1;
    if (strlen(join.name) < sizeof r->f.home.name)
        memcpy(r->f.home.name, join.name, strlen(join.name) + 1);
    r->units = TAKE(join.units);
    return 0;
}

/* What was trusted lay beside the key when it was saved. */
static int trust_saved(struct restore *r, struct err *e)
{
    AUTO_MEM char *folder = fs_dirname(r->opts->key_file);
    AUTO_MEM char *upstream = fs_path(folder, "upstream.pub");
    AUTO_MEM char *hosts = fs_path(folder, "known_hosts");
    AUTO_MEM char *hub = fs_path(folder, "hub.pub");
    AUTO_MEM char *copy = home_place(&r->f.home, "keys/known_hosts");
    AUTO_STR struct str text = STR_INIT(STR_TEXT_MAX);
    struct sign_public key;

    if (!fs_exists(upstream))
        return err_set(e, ERR_UPSTREAM_KEY_UNSET, "%s", upstream);
    if (sign_read_public(upstream, &key, e) < 0 ||
        enrol_trust_upstream(r->f.home.path, &key, e) < 0)
        return -1;
    if (fs_exists(hub) && (sign_read_public(hub, &key, e) < 0 ||
                           enrol_set_hub(r->f.home.path, &key, e) < 0))
        return -1;
    if (!fs_exists(hosts))
        return 0; /* ssh will say that it does not know the host */
    if (fs_read_file(hosts, &text, e) < 0)
        return -1;
    return fs_write_file(copy, str_text(&text), text.len, e);
}

/* ---- what upstream has ------------------------------------------------------------
 */

static int take_unit(void *ctx, const char *unit, struct err *e)
{
    struct restore *r = ctx;

    if (strlen(unit) >= sizeof r->unit)
        return err_set(e, ERR_UPSTREAM, "%s", unit);
    memcpy(r->unit, unit, strlen(unit) + 1);
    return 0;
}

static int fetch_class(struct restore *r, enum bundle_class cls, struct err *e)
{
    AUTO_MEM char *chains =
        mem_printf("refs/sohoa/%s/*/%s", r->f.home.node, names_class(cls));
    char receipts[NAMES_REF_MAX];
    const char *refs[] = {chains, receipts};
    AUTO_MEM char *path = home_place(&r->f.home, "transport.git");
    struct rpush_sum moved = {0};

    names_receipt_ref(r->f.home.node, receipts);
    return ask_fetch(&r->line, r->unit, path, refs, ARRAY_LEN(refs), &moved, NULL, e);
}

/* Which unit to ask for: the line tells it; a folder has it when the tier above has
 * laid everything out. */
static int find_unit(struct restore *r, struct err *e)
{
    const char *node = r->f.home.node;
    int rc;

    if (!r->line.folder)
        return ask_list(&r->line, take_unit, r, e);
    if (dropbox_want_back(&r->line, node, e) < 0)
        return -1;
    rc = dropbox_offered(&r->line, node, r->unit, e);
    if (rc == 0)
        return err_set(e, ERR_RESTORE_LATER, "%s", r->opts->url);
    return rc < 0 ? -1 : 0;
}

/* In a folder a file may be missing: half a set must not be taken for all of it. */
static int check_whole(struct restore *r, struct err *e)
{
    int rc =
        r->line.folder ? dropbox_came_back(&r->line, r->f.home.node, r->repo, e) : 1;

    return rc == 0  ? err_set(e, ERR_RESTORE_LATER, "%s", r->opts->url)
           : rc < 0 ? -1
                    : 0;
}

/* Small ones first; a receipt may come between, so receipts are asked for each time and
 * those of bundles that are not here yet wait for the last. */
static int fetch(struct restore *r, struct err *e)
{
    AUTO_MEM char *path = home_place(&r->f.home, "transport.git");

    if ((r->box && flow_courier_unpack(&r->f, r->opts->url, r->box, r->to, e) < 0) ||
        line_parse(r->f.home.path, r->box ? r->box : r->opts->url, &r->line, e) < 0)
        return -1;
    if (find_unit(r, e) < 0)
        return -1;
    if (!r->unit[0])
        return err_set(e, ERR_GATE_READ, "node %s", r->f.home.node);
    if (repo_create(path, REPO_TRANSPORT, e) < 0)
        return -1;
    for (int cls = 0; cls < CLASS_COUNT; cls++) {
        if (stop_requested())
            return err_set(e, ERR_LINE, "%s", "stopped");
        if (fetch_class(r, (enum bundle_class)cls, e) < 0)
            return -1;
    }
    return repo_open(path, &r->repo, e) < 0 ? -1 : check_whole(r, e);
}

/* Where the tier above stated an end, the chain has to end there. */
static int check_end(struct restore *r, const struct pull_chain *chain, int64_t seq,
                     struct err *e)
{
    const struct enrol_node *self = &r->f.home.self;

    if (chain->name.epoch >= enrol_key_epoch(self))
        return 0;
    for (size_t i = 0; i < self->closed_count; i++)
        if (self->closed[i].epoch == chain->name.epoch &&
            self->closed[i].cls == chain->name.cls && self->closed[i].seq == seq) {
            r->ended++;
            return 0;
        }
    err_set(e, ERR_BUNDLE_CHAIN, "%s %lld", names_class(chain->name.cls),
            (long long)chain->name.epoch);
    return err_detail(e, "%s", "does not end where the tier above stated");
}

static int check_ends(const struct restore *r, struct err *e)
{
    const struct enrol_node *self = &r->f.home.self;
    size_t stated = 0;

    for (size_t i = 0; i < self->closed_count; i++)
        stated += self->closed[i].epoch < enrol_key_epoch(self);
    if (r->ended == stated)
        return 0;
    err_set(e, ERR_BUNDLE_CHAIN, "node %s", self->node);
    return err_detail(e, "%zu of %zu stated chains", r->ended, stated);
}

/* The newest bundle says which unit the node has; the highest epoch is to be closed. */
static int look_at_tips(struct restore *r, struct err *e)
{
    AUTO_MEM struct pull_chain *chains = NULL;
    size_t count = 0;

    if (!names_unit_parse(r->unit, r->f.home.unit_code, r->f.home.unit_valid_from))
        return err_set(e, ERR_UPSTREAM, "%s", r->unit);
    if (pull_chains(r->repo, &chains, &count, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        char sha256[HASH_HEX], parent[NAMES_OID_MAX];

        if (bundle_read(r->repo, chains[i].tip, &m, sha256, parent, e) < 0 ||
            check_end(r, &chains[i], m.seq, e) < 0)
            return -1;
        if (m.epoch > r->epoch)
            r->epoch = m.epoch;
        if (m.counter <= r->counter)
            continue;
        r->counter = m.counter;
        memcpy(r->f.home.unit_code, m.unit_code, sizeof m.unit_code);
        memcpy(r->f.home.unit_valid_from, m.unit_valid_from, sizeof m.unit_valid_from);
    }
    return check_ends(r, e);
}

/* ---- into the new store -----------------------------------------------------------
 */

static int take_bundles(struct restore *r, struct err *e)
{
    struct enrol keys = {.nodes = &r->f.home.self, .count = 1};

    if (flow_store(&r->f.home, STORE_CREATE, &r->f.store, e) < 0 ||
        flow_take(r->f.store, r->repo, &keys, r->to, &r->taken, e) < 0)
        return -1;
    if (stop_requested())
        return err_set(e, ERR_LINE, "%s", "stopped");
    if (r->taken.refused)
        return err_set(e, ERR_BUNDLE_DAMAGED, "node %s", r->f.home.node);
    return 0;
}

static int go_on_counting(struct restore *r, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (store_begin(r->f.store, &txn, e) < 0 ||
        store_ingest_own(r->f.store, r->f.home.node, e) < 0 ||
        store_counter_least(r->f.store, STORE_COUNTER_BUNDLE, r->counter, e) < 0 ||
        store_audit_add(r->f.store, "", "cli", "restore", r->f.home.node, NULL,
                        clock_now(), e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* ---- the whole --------------------------------------------------------------------
 */

static int found(struct restore *r, struct err *e)
{
    int64_t least = enrol_key_epoch(&r->f.home.self);

    r->f.home.epoch = r->epoch + 1 > least ? r->epoch + 1 : least;
    if ((r->units && flow_unit_take(&r->f, r->units, e) < 0) ||
        (r->up && conf_set(r->f.home.path, "upstream.url", r->up, e) < 0) ||
        store_checkpoint(r->f.store, e) < 0)
        return -1;
    if (home_found(&r->f.home, e) < 0)
        return -1;
    if (r->box)
        return fs_remove_tree(r->box, e);
    return r->line.folder ? dropbox_thank(&r->line, r->f.home.node, e) : 0;
}

/* What is in the ledger, also by an earlier try that was cut off. */
static int tell_summary(struct restore *r, struct err *e)
{
    struct store_ingest_counts all = {0};
    struct jdoc *line = NULL;

    if (flow_sync_status(&r->f, &r->sync, e) < 0 ||
        store_ingest_count_all(r->f.store, &all, e) < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_text(line, "node", r->f.home.node);
    jdoc_set_text(line, "unit", r->f.home.unit_code);
    jdoc_set_text(line, "valid_from", r->f.home.unit_valid_from);
    jdoc_set_int(line, "epoch", r->f.home.epoch);
    jdoc_set_int(line, "items", all.items);
    jdoc_set_int(line, "pages", all.pages);
    jdoc_set_int(line, "bundles", r->sync.durable + r->sync.accepted);
    jdoc_set_int(line, "durable", r->sync.durable);
    jdoc_set_text(line, "chain", "verified");
    flow_tell(r->to, line);
    return 0;
}

static int trust(struct restore *r, struct err *e)
{
    if (r->opts->join_file)
        return trust_join(r, e);
    return r->opts->replaces ? ask_for_it(r, e) : trust_saved(r, e);
}

int flow_restore(const char *path, const struct flow_restore_opts *opts,
                 const struct flow_listener *to, struct err *e)
{
    AUTO(restore_clear) struct restore r = {.opts = opts, .to = to, .epoch = 1};
    struct courier_head head;
    struct stat st;
    struct err ignored = ERR_INIT; /* what is no such file is looked at as an address */

    if (stat(opts->url, &st) == 0 && S_ISREG(st.st_mode) &&
        courier_peek(opts->url, &head, &ignored) == 1)
        r.box = fs_path(path, "spool/courier/box");
    else
        r.up = mem_dup(opts->url);
    if (make_home(&r, path, e) < 0 || trust(&r, e) < 0 || fetch(&r, e) < 0 ||
        look_at_tips(&r, e) < 0 || take_bundles(&r, e) < 0 ||
        go_on_counting(&r, e) < 0 || flow_sync_take(&r.f, r.repo, to, e) < 0 ||
        found(&r, e) < 0)
        return -1;
    return tell_summary(&r, e);
}
