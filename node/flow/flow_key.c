/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_key.h"

#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_reseal.h"
#include "node/flow/flow_seal.h"
#include "node/store/store_audit.h"
#include "node/store/store_bundle.h"
#include "sync/enrol.h"
#include "sync/names.h"
#include "sync/repo.h"
#include "sync/statement.h"

static int note(struct flow *f, const char *act, const struct sign_public *key,
                struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    char fingerprint[SIGN_FINGERPRINT_MAX];

    sign_fingerprint(key, fingerprint);
    if (store_begin(f->store, &txn, e) < 0 ||
        store_audit_add(f->store, "", "cli", act, fingerprint, NULL, clock_now(), e) <
            0)
        return -1;
    return store_commit(&txn, e);
}

static struct jdoc *summary(const struct flow *f, int64_t epoch,
                            const struct sign_public *key)
{
    struct jdoc *line = flow_line("summary");
    char fingerprint[SIGN_FINGERPRINT_MAX];

    sign_fingerprint(key, fingerprint);
    jdoc_set_text(line, "node", f->home.node);
    jdoc_set_int(line, "epoch", epoch);
    jdoc_set_text(line, "fingerprint", fingerprint);
    return line;
}

/* ---- asking -----------------------------------------------------------------------
 */

/* Made once: a request that was sent stays good. */
static int next_key(struct flow *f, struct sign_secret *key, struct err *e)
{
    AUTO_MEM char *path = home_place(&f->home, HOME_KEY_NEXT);

    if (fs_exists(path))
        return sign_read_secret(path, key, e);
    if (sign_generate(key, e) < 0 || sign_write_secret(path, key, "sohoa-next", e) < 0)
        return -1;
    return note(f, "key.rotate", &key->pub, e);
}

int flow_key_rotate(struct flow *f, const char *path, const struct flow_listener *to,
                    struct err *e)
{
    AUTO_SECRET struct sign_secret key = {.key = {0}};
    int64_t epoch = f->home.epoch + 1;
    struct jdoc *line = NULL;

    if (flow_need_commune(f, e) < 0 || next_key(f, &key, e) < 0 ||
        statement_request_write(path, f->home.node, epoch, &f->home.key, &key,
                                clock_now(), e) < 0)
        return -1;
    line = summary(f, epoch, &key.pub);
    jdoc_set_text(line, "file", path);
    flow_tell(to, line);
    return 0;
}

/* ---- taking -----------------------------------------------------------------------
 */

static bool same_key(const struct sign_public *a, const struct sign_public *b)
{
    return memcmp(a->key, b->key, sizeof a->key) == 0;
}

static int read_row(struct flow *f, const char *path, struct enrol_node *row,
                    struct err *e)
{
    AUTO_JOIN struct enrol_join join = {.url = NULL};
    AUTO_JDOC struct jdoc *j = NULL;
    struct sign_public trusted;
    int rc;

    if (enrol_join_read(path, &join, e) < 0 || jdoc_read_file(path, &j, e) < 0)
        return -1;
    if (strcmp(join.node, f->home.node) != 0)
        return err_set(e, ERR_JOIN, "%s", join.node);
    rc = enrol_upstream(f->home.path, &trusted, e);
    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_UPSTREAM_KEY_UNSET, "keys/upstream.pub");
    rc = statement_read_home(j, f->home.node, &trusted, row, e);
    if (rc < 0)
        return err_push(e, "%s", path);
    return rc == 0 ? err_set(e, ERR_KEY_LATER, "%s", path) : 0;
}

/* Of the epochs before, what the statement counts has arrived, whatever was heard. */
struct arrived {
    struct flow *f;
    const struct enrol_node *row;
};

static int mark_arrived(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct arrived *a = ctx;
    enum bundle_class cls;

    if (!names_class_parse(b->class, &cls) ||
        !enrol_valid_at(a->row, b->epoch, cls, b->seq))
        return 0;
    return store_bundle_state(a->f->store, b->manifest, STORE_BUNDLE_ACCEPTED,
                              clock_now(), NULL, e);
}

static int count_arrived(struct flow *f, const struct enrol_node *row, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct arrived a = {.f = f, .row = row};

    if (store_begin(f->store, &txn, e) < 0 ||
        store_bundle_stranded(f->store, f->home.node, enrol_key_epoch(row),
                              mark_arrived, &a, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

static int change(struct flow *f, const struct enrol_node *row, struct err *e)
{
    AUTO_SECRET struct sign_secret next = {.key = {0}};
    AUTO_MEM char *path = home_place(&f->home, HOME_KEY_NEXT);
    AUTO_MEM char *transport = home_place(&f->home, "transport.git");
    AUTO_REPO struct repo *r = NULL;

    if (!fs_exists(path))
        return err_set(e, ERR_KEY_LATER, "%s", "keys/next");
    if (sign_read_secret(path, &next, e) < 0)
        return -1;
    if (!same_key(&next.pub, enrol_key_now(row)))
        return err_set(e, ERR_KEY_LATER, "%s", "keys/next");
    /* The ledger knows all of the old epoch before that is over. */
    if (repo_open(transport, &r, e) < 0 || flow_seal_catch_up(f, r, e) < 0 ||
        count_arrived(f, row, e) < 0)
        return -1;
    if (home_take_key(&f->home, row, e) < 0)
        return -1;
    return note(f, "key.take", &f->home.key.pub, e);
}

int flow_key_take(struct flow *f, const char *path, const struct flow_listener *to,
                  struct err *e)
{
    AUTO_ENROL_ROW struct enrol_node row = {.revoked = false};
    AUTO_LOCK struct lock sync = LOCK_INIT;
    AUTO_LOCK struct lock seal = LOCK_INIT;
    struct jdoc *line = NULL;
    int64_t resealed = 0;

    if (flow_need_commune(f, e) < 0 || read_row(f, path, &row, e) < 0 ||
        flow_lock(f, "sync.lock", &sync, e) < 0 ||
        flow_lock(f, "seal.lock", &seal, e) < 0)
        return -1;
    if (!same_key(&f->home.key.pub, enrol_key_now(&row)) && change(f, &row, e) < 0)
        return -1;
    if (flow_reseal(f, to, &resealed, e) < 0 || store_checkpoint(f->store, e) < 0)
        return -1;
    line = summary(f, f->home.epoch, &f->home.key.pub);
    jdoc_set_int(line, "resealed", resealed);
    flow_tell(to, line);
    return 0;
}
