/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/fs.h"
#include "node/base/i18n.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/sandbox.h"
#include "node/base/str.h"
#include "sync/bundle.h"
#include "sync/enrol.h"
#include "sync/pack.h"
#include "sync/repo.h"
#include "sync/repo_git.h"

#define GATE_ADDRESS_MAX ((uint64_t)2 << 30)
#define GATE_CPU_S       600
#define GATE_FILES       256
#define LINES_MAX        ((size_t)4096)

/* ---- one push
 * ------------------------------------------------------------------------ */

struct check {
    struct repo *r;
    const struct gate_push *p;
    const struct enrol_node *node; /* whose bundles they must be */
    struct names_chain chain;
    char (*commits)[NAMES_OID_MAX]; /* newest first */
    size_t count, cap;
    git_oid *seen; /* every object that a new bundle lists */
    size_t seen_count, seen_cap;
    size_t unit; /* of the node's row: where the chain is */
};

static void check_clear(struct check *c)
{
    mem_free(c->commits);
    mem_free(c->seen);
}

static int refused_ref(struct err *e, const char *ref, const char *what)
{
    err_set(e, ERR_GATE_REF, "%s", ref);
    return err_detail(e, "%s", what);
}

static int check_ref(struct check *c, struct err *e)
{
    const struct gate_push *p = c->p;

    if (!names_is_oid(p->old) || !names_is_oid(p->new))
        return refused_ref(e, p->ref, "ids");
    if (!names_ref_parse(p->ref, &c->chain))
        return refused_ref(e, p->ref, "not a bundle chain");
    if (strcmp(p->new, PACK_ZERO) == 0)
        return refused_ref(e, p->ref, "deletion");
    if (strcmp(p->new, p->old) == 0)
        return refused_ref(e, p->ref, "nothing new");
    return 0;
}

/* Only the author adds to its chain; a relay may carry what it signed. */
static int check_who(struct check *c, const struct enrol *l, struct err *e)
{
    const struct gate_push *p = c->p;
    const struct enrol_node *who = enrol_find(l, p->node);

    if (strcmp(c->chain.node, p->node) != 0 && who && strcmp(who->role, "commune") == 0)
        return refused_ref(e, p->ref, "the chain of another node");
    c->node = who ? enrol_author(l, who, c->chain.node) : NULL;
    return c->node ? 0 : err_set(e, ERR_GATE_NODE, "node %s", c->chain.node);
}

static int look_at_epoch(void *ctx, const char *ref, const char *oid, struct err *e)
{
    struct check *c = ctx;
    struct names_chain chain;

    (void)oid;
    if (names_ref_parse(ref, &chain) && strcmp(chain.node, c->chain.node) == 0 &&
        chain.epoch > c->chain.epoch)
        return refused_ref(e, c->p->ref, "a newer epoch was begun");
    return 0;
}

/* A node that was restored goes on in a new epoch: from then on a disk of before, with
 * the same key, adds nothing. */
static int check_epoch(struct check *c, struct err *e)
{
    AUTO_MEM char *all = mem_printf("refs/sohoa/%s/", c->chain.node);

    return repo_refs(c->r, all, look_at_epoch, c, e);
}

/* Commits from the new one back to the old one, by their only parents. */
static int collect_commits(struct check *c, struct err *e)
{
    const char *stop = strcmp(c->p->old, PACK_ZERO) == 0 ? "" : c->p->old;
    char at[NAMES_OID_MAX];

    (void)snprintf(at, sizeof at, "%s", c->p->new);
    while (strcmp(at, stop) != 0) {
        AUTO_STR struct str plain = STR_INIT(REPO_COMMIT_MAX);
        AUTO_STR struct str armor = STR_INIT(REPO_COMMIT_MAX);
        char tree[NAMES_OID_MAX], parent[NAMES_OID_MAX];

        if (c->count >= GATE_COMMITS_MAX) {
            err_set(e, ERR_GATE_LIMIT, "%s", c->p->ref);
            return err_detail(e, "more than %zu bundles", GATE_COMMITS_MAX);
        }
        if (!at[0]) {
            err_set(e, ERR_BUNDLE_CHAIN, "%s", c->p->ref);
            return err_detail(e, "does not go on from %s", stop);
        }
        if (repo_commit_look(c->r, at, tree, parent, &plain, &armor, e) < 0)
            return -1;
        mem_grow(&c->commits, &c->cap, c->count + 1, sizeof *c->commits);
        memcpy(c->commits[c->count++], at, sizeof at);
        memcpy(at, parent, sizeof at);
    }
    return 0;
}

static int saw(void *ctx, const char *oid, struct err *e)
{
    struct check *c = ctx;

    if (c->seen_count >= GATE_OBJECTS_MAX) {
        err_set(e, ERR_GATE_LIMIT, "%s", c->p->ref);
        return err_detail(e, "more than %zu objects", GATE_OBJECTS_MAX);
    }
    mem_grow(&c->seen, &c->seen_cap, c->seen_count + 1, sizeof *c->seen);
    c->seen[c->seen_count++] = repo_oid(oid);
    return 0;
}

static int check_bundle(struct check *c, const char *commit, struct manifest *m,
                        char sha256[HASH_HEX], struct err *e)
{
    if (bundle_verify_by(c->r, commit, c->node->node,
                         enrol_key_at(c->node, c->chain.epoch), m, sha256, e) < 0)
        return -1;
    if (strcmp(m->node, c->chain.node) != 0 || m->epoch != c->chain.epoch ||
        m->cls != c->chain.cls)
        return refused_ref(e, c->p->ref, "the bundle belongs to another chain");
    if (!enrol_unit_at(c->node, m->unit_code, m->unit_valid_from, &c->unit))
        return refused_ref(e, c->p->ref, "the bundle belongs to another unit");
    if (!enrol_valid_at(c->node, m->epoch, m->cls, m->seq))
        return refused_ref(e, c->p->ref, "another key ended this epoch");
    return bundle_walk(c->r, commit, saw, c, e);
}

static int check_chain(struct check *c, struct err *e)
{
    AUTO_MANIFEST struct manifest last = MANIFEST_INIT;
    char last_sha256[HASH_HEX] = "", parent[NAMES_OID_MAX];
    bool have_last = strcmp(c->p->old, PACK_ZERO) != 0;

    if (have_last && bundle_read(c->r, c->p->old, &last, last_sha256, parent, e) < 0)
        return -1;
    /* What is there already stays where it is, whatever the row says now. */
    if (have_last)
        (void)enrol_unit_at(c->node, last.unit_code, last.unit_valid_from, &c->unit);
    for (size_t i = c->count; i-- > 0;) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        char sha256[HASH_HEX];

        if (check_bundle(c, c->commits[i], &m, sha256, e) < 0 ||
            manifest_check_next(have_last ? &last : NULL, last_sha256, &m, e) < 0)
            return err_push(e, "commit %s", c->commits[i]);
        manifest_clear(&last);
        last = m;
        m = (struct manifest)MANIFEST_INIT; /* given away */
        have_last = true;
        memcpy(last_sha256, sha256, sizeof last_sha256);
    }
    return 0;
}

static int oid_order(const void *a, const void *b)
{
    return git_oid_cmp(a, b);
}

struct stray {
    const struct check *c;
    size_t count;
    git_oid oid;
    bool found;
};

static int look_for_stray(const git_oid *oid, void *ctx)
{
    struct stray *s = ctx;

    s->count++;
    if (s->c->seen_count &&
        bsearch(oid, s->c->seen, s->c->seen_count, sizeof *s->c->seen, oid_order))
        return 0;
    s->oid = *oid;
    s->found = true;
    return 1; /* enough */
}

static void odb_auto(git_odb **odb)
{
    git_odb_free(*odb);
}

/* Nothing may come along that no bundle lists: it would stay for ever. */
static int check_strays(struct check *c, struct err *e)
{
    AUTO(odb_auto) git_odb *odb = NULL;
    struct stray s = {.c = c};
    char hex[NAMES_OID_MAX];
    int rc;

    if (!c->p->quarantine)
        return 0;
    if (c->seen_count)
        qsort(c->seen, c->seen_count, sizeof *c->seen, oid_order);
    if (git_odb_open(&odb, c->p->quarantine) < 0)
        return repo_fail(e, "%s", c->p->quarantine);
    rc = git_odb_foreach(odb, look_for_stray, &s);
    if (s.found) {
        repo_hex(&s.oid, hex);
        err_set(e, ERR_BUNDLE_FORM, "object %s", hex);
        return err_detail(e, "no bundle lists it");
    }
    return rc < 0 ? repo_fail(e, "%s", c->p->quarantine) : 0;
}

int gate_check(struct repo *r, const struct gate_push *p, struct err *e)
{
    AUTO(check_clear) struct check c = {.r = r, .p = p};
    AUTO_ENROL struct enrol l = ENROL_INIT;

    if (enrol_load(p->home, &l, e) < 0)
        return -1;
    if (check_ref(&c, e) < 0 || check_who(&c, &l, e) < 0 || check_epoch(&c, e) < 0 ||
        collect_commits(&c, e) < 0 || check_chain(&c, e) < 0)
        return -1;
    return check_strays(&c, e);
}

/* ---- the hook
 * ------------------------------------------------------------------------ */

/* "<old> <new> <ref>\n", exactly one line. */
static int read_push(struct str *line, struct gate_push *p, struct err *e)
{
    char *end;

    if (fs_read_fd(STDIN_FILENO, "hook", line, e) < 0)
        return -1;
    end = strchr(str_text(line), '\n');
    if (!end || end[1] != '\0' || line->len < 84 || line->p[40] != ' ' ||
        line->p[81] != ' ') {
        err_set(e, ERR_GATE_REF, "push");
        return err_detail(e, "not exactly one ref");
    }
    *end = '\0';
    line->p[40] = '\0';
    line->p[81] = '\0';
    p->old = line->p;
    p->new = line->p + 41;
    p->ref = line->p + 82;
    return 0;
}

/* Once inside, nothing but the repository and the enrolment can be read. */
static int lock_in(struct repo *r, const char *home, struct err *e)
{
    static const struct sandbox_limits limits = {.address_bytes = GATE_ADDRESS_MAX,
                                                 .cpu_s = GATE_CPU_S,
                                                 .files = GATE_FILES,
                                                 .no_file_writes = true};
    AUTO_MEM char *ssh = fs_path(home, "ssh");
    const struct sandbox_path paths[] = {{repo_path(r), SANDBOX_READ},
                                         {ssh, SANDBOX_READ}};

    if (sandbox_limits_set(&limits, e) < 0)
        return -1;
    return sandbox_enter(SANDBOX_FILES, paths, ARRAY_LEN(paths), e);
}

static int gate_hook(struct err *e)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_STR struct str line = STR_INIT(LINES_MAX);
    struct gate_push p = {.home = getenv("SOHOA_GATE_HOME"),
                          .node = getenv("SOHOA_GATE_NODE"),
                          .quarantine = getenv("GIT_QUARANTINE_PATH")};

    if (!p.home || p.home[0] != '/' || !names_is_node(p.node))
        return err_set(e, ERR_GATE_NODE, "%s", "nobody");
    if (!p.quarantine)
        return err_set(e, ERR_GATE_FORM, "%s", "not inside a quarantine");
    if (repo_open_env(&r, e) < 0 || lock_in(r, p.home, e) < 0 ||
        read_push(&line, &p, e) < 0)
        return -1;
    return gate_check(r, &p, e);
}

int gate_worker_main(void)
{
    struct err e = ERR_INIT;
    struct err ignored = ERR_INIT;
    struct stat st;

    /* The catalogue is read now: later nothing outside the repository is. */
    (void)i18n_text_in(LANG_VI, err_code_what(ERR_GATE_NODE));
    if (gate_hook(&e) == 0)
        return 0;
    (void)fprintf(stderr, "sohoa: %s: %s (%s)\nsohoa: %s: %s\n", err_code_name(e.code),
                  i18n_text_in(LANG_EN, err_code_what(e.code)), e.detail,
                  err_code_name(e.code), i18n_text_in(LANG_VI, err_code_what(e.code)));
    /* Whoever started git has an ear on 3; without one the words above must do. */
    if (fstat(PROC_WORKER_FD, &st) == 0 && S_ISSOCK(st.st_mode) &&
        msg_send_error(PROC_WORKER_FD, GATE_MSG_REFUSED, &e, clock_mono_ms() + 5000,
                       &ignored) < 0)
        return 2;
    return 1;
}
