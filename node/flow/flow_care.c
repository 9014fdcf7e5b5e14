/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_care.h"

#include <stdio.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/lock.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_report.h"
#include "node/flow/flow_take.h"
#include "node/store/store_audit.h"
#include "node/store/store_backup.h"
#include "node/store/store_bundle.h"
#include "node/store/store_check.h"
#include "node/store/store_rate.h"
#include "node/store/store_search.h"
#include "node/store/store_tally.h"
#include "sync/bundle.h"
#include "sync/enrol.h"
#include "sync/mirror.h"
#include "sync/repo.h"

#define FACT_BACKUP    "backup.at"
#define INGEST_WAIT_MS INT64_C(600000) /* taking in may be long at it */

/* ---- fsck -------------------------------------------------------------------------
 */

struct checking {
    const struct flow_listener *to;
    const char *unit;
    bool deep, repair;
    struct store_check sum;
    int64_t bundles;
    struct repo *repo;
    const struct enrol_node *self;
};

static void tell_fault(struct checking *c, const char *kind, const char *what,
                       bool harmless)
{
    struct jdoc *line = flow_line("fault");

    jdoc_set_text(line, "fault", kind);
    jdoc_set_text(line, "what", what);
    jdoc_set_text(line, "unit", c->unit);
    jdoc_set_bool(line, "harmless", harmless);
    flow_tell(c->to, line);
}

static int on_fault(void *ctx, enum store_fault f, const char *what, struct err *e)
{
    (void)e;
    tell_fault(ctx, store_check_name(f), what, store_check_harmless(f));
    return 0;
}

static int check_store(void *ctx, struct store *s, const char *unit_code, struct err *e)
{
    struct checking *c = ctx;
    struct store_check one = {0};

    c->unit = unit_code;
    if (c->repair && store_check_repair(s, e) < 0)
        return -1;
    if (store_check(s, c->deep, on_fault, c, &one, e) < 0)
        return -1;
    c->sum.objects += one.objects;
    c->sum.bytes += one.bytes;
    c->sum.rows += one.rows;
    c->sum.faults += one.faults;
    c->sum.harmless += one.harmless;
    return 0;
}

/* A bundle of the ledger must be in the repository, whole and signed. */
static int check_bundle(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct checking *c = ctx;
    struct err why = ERR_INIT;

    (void)e;
    c->bundles++;
    if (bundle_verify_by(c->repo, b->commit, b->node, enrol_key_at(c->self, b->epoch),
                         NULL, NULL, &why) == 0)
        return 0;
    tell_fault(c, "bundle", b->manifest, false);
    c->sum.faults++;
    return 0;
}

/*
 * The ref of a chain is at the ledger's last bundle, or ahead of it when a seal was cut
 * off (the next one takes that in). Anything else has lost sealed bundles.
 */
static int check_chain(struct checking *c, struct flow *f, enum bundle_class cls,
                       struct err *e)
{
    struct store_bundle head = {0};
    struct err why = ERR_INIT;
    char ref[NAMES_REF_MAX], tip[NAMES_OID_MAX] = "";
    int rc = store_bundle_head(f->store, f->home.node, f->home.epoch, names_class(cls),
                               &head, e);

    if (rc <= 0)
        return rc;
    names_ref(f->home.node, f->home.epoch, cls, ref);
    if (repo_ref(c->repo, ref, tip, &why) == 1 &&
        repo_is_ancestor(c->repo, head.commit, tip, &why) == 1)
        return 0;
    tell_fault(c, "chain", ref, false);
    c->sum.faults++;
    return 0;
}

static int check_bundles(struct checking *c, struct flow *f, struct err *e)
{
    AUTO_MEM char *path = home_place(&f->home, "transport.git");
    struct err why = ERR_INIT;
    int rc = 0;

    if (home_is_upper(&f->home))
        return 0;
    if (repo_open(path, &c->repo, &why) < 0) {
        tell_fault(c, "repository", "transport.git", false);
        c->sum.faults++;
        return 0;
    }
    c->self = &f->home.self;
    rc = store_bundle_each(f->store, -1, check_bundle, c, e);
    for (int cls = 0; rc >= 0 && cls < CLASS_COUNT; cls++)
        rc = check_chain(c, f, (enum bundle_class)cls, e);
    repo_close(c->repo);
    return rc < 0 ? -1 : 0;
}

static int on_copy_differs(void *ctx, const char *name, struct err *e)
{
    struct checking *c = ctx;

    (void)e;
    tell_fault(c, "copy", name, false);
    c->sum.faults++;
    return 0;
}

/* The second copy of one commune, byte by byte. What it lacks because it is not made
 * yet is for `ingest` to tell: only a copy that says it is complete is looked at. */
static int check_copy(struct checking *c, const struct flow *f, const char *folder,
                      const char *unit, struct err *e)
{
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];
    AUTO_REPO struct repo *repo = NULL;
    AUTO_MEM char *path = NULL;
    AUTO_MEM char *place = NULL;
    int rc;

    if (!names_unit_parse(unit, code, from))
        return 0;
    path = enrol_repository(f->home.path, code, from);
    place = mirror_place(folder, code, from);
    if (!fs_exists(path))
        return 0;
    if (repo_open(path, &repo, e) < 0)
        return -1;
    rc = mirror_holds(repo, place, "refs/sohoa/", e);
    c->unit = code;
    return rc <= 0 ? rc : mirror_check(repo, place, on_copy_differs, c, e);
}

static int check_copies(struct checking *c, const struct flow *f, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    AUTO_MEM char *root = home_place(&f->home, "communes");
    AUTO_LIST struct fs_list l = {0};
    const char *folder;

    if (!c->deep || !home_is_upper(&f->home))
        return 0;
    if (conf_load(f->home.path, &conf, e) < 0 || fs_list(root, &l, e) < 0)
        return -1;
    folder = conf_get(conf, "copy.folder");
    for (size_t i = 0; folder[0] && i < l.count; i++)
        if (check_copy(c, f, folder, l.names[i], e) < 0)
            return -1;
    return 0;
}

int flow_care_fsck(const char *path, bool deep, bool repair,
                   const struct flow_listener *to, int64_t *found, struct err *e)
{
    struct checking c = {.to = to, .deep = deep, .repair = repair};
    AUTO_FLOW struct flow f = {0};
    AUTO_LOCK struct lock service = LOCK_INIT;
    struct jdoc *line = NULL;

    if (home_open(path, &f.home, e) < 0 ||
        (repair && flow_lock(&f, "service.lock", &service, e) < 0) ||
        flow_store(&f.home, STORE_REPAIR, &f.store, e) < 0 ||
        check_store(&c, f.store, f.home.unit_code, e) < 0)
        return -1;
    if (home_is_upper(&f.home) &&
        flow_report_catalogs(&f, NULL, check_store, &c, e) < 0)
        return -1;
    if (check_bundles(&c, &f, e) < 0 || check_copies(&c, &f, e) < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_int(line, "faults", c.sum.faults);
    jdoc_set_int(line, "harmless", c.sum.harmless);
    jdoc_set_int(line, "objects", c.sum.objects);
    jdoc_set_int(line, "bytes", c.sum.bytes);
    jdoc_set_int(line, "audit_rows", c.sum.rows);
    jdoc_set_int(line, "bundles", c.bundles);
    jdoc_set_bool(line, "deep", deep);
    flow_tell(to, line);
    *found = c.sum.faults;
    return 0;
}

/* ---- rebuild ----------------------------------------------------------------------
 */

static int rebuild_store(void *ctx, struct store *s, const char *unit_code,
                         struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    int64_t *stores = ctx;

    (void)unit_code;
    if (store_begin(s, &txn, e) < 0 || store_search_rebuild(s, e) < 0 ||
        store_rate_rebuild(s, e) < 0 || store_tally_rebuild(s, e) < 0 ||
        store_commit(&txn, e) < 0 || store_checkpoint(s, e) < 0)
        return -1;
    (*stores)++;
    return 0;
}

int flow_care_rebuild(struct flow *f, const struct flow_listener *to, struct err *e)
{
    AUTO_LOCK struct lock service = LOCK_INIT;
    int64_t stores = 0;
    struct jdoc *line = NULL;

    if (flow_lock(f, "service.lock", &service, e) < 0 ||
        flow_report_catalogs(f, NULL, rebuild_store, &stores, e) < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_int(line, "stores", stores);
    flow_tell(to, line);
    return 0;
}

/* ---- backup -----------------------------------------------------------------------
 */

static void tell_backup(const struct store_backup *b, const struct flow_listener *to)
{
    struct jdoc *line = flow_line("summary");

    jdoc_set_int(line, "at", b->at);
    jdoc_set_int(line, "files", b->files);
    jdoc_set_int(line, "objects", b->objects);
    jdoc_set_int(line, "bytes", (int64_t)b->bytes);
    jdoc_set_int(line, "objects_added", b->objects_added);
    jdoc_set_int(line, "bytes_added", (int64_t)b->bytes_added);
    flow_tell(to, line);
}

static int note_backup(struct flow *f, const struct store_backup *b, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *at = mem_printf("%lld", (long long)b->at);

    if (store_begin(f->store, &txn, e) < 0 ||
        store_fact_set(f->store, FACT_BACKUP, at, e) < 0 ||
        store_audit_add(f->store, "", "cli", "backup.create", "", NULL, clock_now(),
                        e) < 0)
        return -1;
    return store_commit(&txn, e);
}

static void drop_held_lock(void *ctx)
{
    lock_drop(ctx);
}

static int backup_node(struct flow *f, const char *folder, struct store_backup *b,
                       struct err *e)
{
    /* A seal moves the ledger and the refs: both are taken between two of them. Objects
     * that come later are some too many, never one too few. */
    static const char *const SAME[] = {"node.json",
                                       "sohoa.conf",
                                       "keys",
                                       "transport.git/packed-refs",
                                       "transport.git/refs",
                                       "transport.git/config",
                                       "transport.git/HEAD",
                                       NULL};
    static const char *const LATER[] = {"transport.git/objects", NULL};
    AUTO_LOCK struct lock seal = LOCK_INIT;
    struct store_backup_extra extra = {.home = f->home.path,
                                       .same = SAME,
                                       .later = LATER,
                                       .copied = drop_held_lock,
                                       .ctx = &seal};

    if (flow_lock(f, "seal.lock", &seal, e) < 0)
        return -1;
    return store_backup_create(f->store, &extra, folder, b, e);
}

/* Taking in moves catalogue and receipts: both are of one moment. What nodes send
 * meanwhile is in the objects and not in the refs, or in both: it is taken in later. */
static int backup_commune(struct flow *f, const char *folder, const char *unit,
                          struct store_backup *b, struct err *e)
{
    static const char *const SAME[] = {"repo.git/HEAD", "repo.git/config",
                                       "repo.git/packed-refs", "repo.git/refs", NULL};
    static const char *const LATER[] = {"repo.git/objects", NULL};
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];
    AUTO_MEM char *dest = fs_pathf(folder, "communes/%s", unit);
    AUTO_MEM char *path = home_place(&f->home, "ingest.lock");
    AUTO_MEM char *home = NULL;
    AUTO_STORE struct store *catalog = NULL;
    AUTO_LOCK struct lock lock = LOCK_INIT;
    struct store_backup_extra extra = {
        .same = SAME, .later = LATER, .copied = drop_held_lock, .ctx = &lock};

    if (!names_unit_parse(unit, code, from))
        return err_set(e, ERR_INTERNAL, "%s", unit);
    home = home_commune(&f->home, code, from);
    extra.home = home;
    if (lock_take(&lock, path, INGEST_WAIT_MS, e) < 0 || fs_mkdirs(dest, e) < 0 ||
        flow_take_catalog(&f->home, code, from, &catalog, e) < 0)
        return -1;
    return store_backup_create(catalog, &extra, dest, b, e);
}

struct parts {
    char **names; /* owned, NULL-ended: "communes/<unit>" */
    size_t count, cap;
};

static void parts_clear(struct parts *p)
{
    for (size_t i = 0; i < p->count; i++)
        mem_free(p->names[i]);
    mem_free(p->names);
}

static void add_part(struct parts *p, const char *unit)
{
    mem_grow(&p->names, &p->cap, p->count + 2, sizeof *p->names);
    if (unit)
        p->names[p->count++] = mem_printf("communes/%s", unit);
    p->names[p->count] = NULL;
}

static void add_backup(struct store_backup *all, const struct store_backup *one)
{
    all->files += one->files;
    all->objects += one->objects;
    all->bytes += one->bytes;
    all->objects_added += one->objects_added;
    all->bytes_added += one->bytes_added;
}

static int backup_communes(struct flow *f, const char *folder, struct parts *parts,
                           struct store_backup *sum, struct err *e)
{
    AUTO_MEM char *root = home_place(&f->home, "communes");
    AUTO_LIST struct fs_list l = {0};

    add_part(parts, NULL);
    if (fs_list(root, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        struct store_backup one = {0};
        AUTO_MEM char *repo = fs_pathf(root, "%s/repo.git", l.names[i]);
        char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];

        if (!names_unit_parse(l.names[i], code, from) || !fs_exists(repo))
            continue;
        if (stop_requested())
            return err_set(e, ERR_BACKUP, "stopped");
        if (backup_commune(f, folder, l.names[i], &one, e) < 0)
            return -1;
        add_backup(sum, &one);
        add_part(parts, l.names[i]);
    }
    return 0;
}

/* Communes first, each whole in itself; then what says who may send and read, which is
 * therefore never older than they are. */
static int backup_upper(struct flow *f, const char *folder, struct store_backup *b,
                        struct err *e)
{
    static const char *const SAME[] = {"node.json", "sohoa.conf", "keys",
                                       "ssh",       "enrol",      NULL};
    AUTO_LOCK struct lock maintain = LOCK_INIT; /* no pack may go meanwhile */
    AUTO(parts_clear) struct parts parts = {0};
    struct store_backup_extra extra = {.home = f->home.path, .same = SAME};
    struct store_backup sum = {0};

    if (flow_lock(f, "maintain.lock", &maintain, e) < 0 ||
        backup_communes(f, folder, &parts, &sum, e) < 0)
        return -1;
    extra.parts = (const char *const *)parts.names;
    if (store_backup_create(f->store, &extra, folder, b, e) < 0)
        return -1;
    add_backup(b, &sum);
    return 0;
}

int flow_care_backup(struct flow *f, const char *folder, const struct flow_listener *to,
                     struct err *e)
{
    struct store_backup b = {0};
    bool upper = home_is_upper(&f->home);

    if (fs_mkdirs(folder, e) < 0 ||
        (upper ? backup_upper(f, folder, &b, e) : backup_node(f, folder, &b, e)) < 0 ||
        note_backup(f, &b, e) < 0)
        return -1;
    tell_backup(&b, to);
    return 0;
}

int flow_care_backup_verify(const char *folder, const struct flow_listener *to,
                            struct err *e)
{
    struct store_backup b = {0};

    if (store_backup_verify(folder, &b, e) < 0)
        return -1;
    tell_backup(&b, to);
    return 0;
}

static int make_folders(const char *home, const char *const *names, size_t count,
                        struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_MEM char *path = fs_path(home, names[i]);

        if (fs_mkdir(path, e) < 0)
            return -1;
    }
    return 0;
}

static int complete_communes(const struct home *h, struct err *e)
{
    AUTO_MEM char *root = home_place(h, "communes");
    AUTO_LIST struct fs_list l = {0};

    if (fs_list(root, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *repo = fs_pathf(root, "%s/repo.git", l.names[i]);

        /* Hook and empty folders are not in a backup. */
        if (repo_create(repo, h->role == HOME_PROVINCE ? REPO_ARCHIVE : REPO_TRANSPORT,
                        e) < 0)
            return -1;
    }
    return 0;
}

/* What a home has besides what a backup brings. */
static int complete_home(const char *path, struct err *e)
{
    static const char *const ALL[] = {"quarantine", "spool", "log"};
    static const char *const UPPER[] = {"objects",  "ssh",   "enrol",
                                        "communes", "inbox", "outbox"};
    AUTO_HOME struct home h = {0};
    AUTO_MEM char *transport = fs_path(path, "transport.git");
    AUTO_MEM char *program = fs_program(e);

    if (!program || home_open(path, &h, e) < 0 ||
        make_folders(path, ALL, ARRAY_LEN(ALL), e) < 0)
        return -1;
    if (!home_is_upper(&h))
        return repo_create(transport, REPO_TRANSPORT, e);
    if (make_folders(path, UPPER, ARRAY_LEN(UPPER), e) < 0 ||
        complete_communes(&h, e) < 0)
        return -1;
    return enrol_moved(path, program, e);
}

int flow_care_backup_restore(const char *folder, const char *home,
                             const struct flow_listener *to, struct err *e)
{
    struct store_backup b = {0};

    if (store_backup_restore(folder, home, &b, e) < 0 || complete_home(home, e) < 0)
        return -1;
    tell_backup(&b, to);
    return 0;
}
