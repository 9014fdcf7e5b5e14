/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_courier.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "node/flow/flow_ingest.h"
#include "node/flow/flow_relay.h"
#include "sync/courier.h"
#include "sync/courier_home.h"
#include "sync/courier_take.h"
#include "sync/enrol.h"
#include "sync/have.h"
#include "sync/refusal.h"
#include "sync/repo.h"
#include "sync/rpush.h"

#define NAME_DIGITS 8

struct courier {
    struct flow *f;
    const struct flow_listener *to;
    struct flow_courier_sum *sum;
    /* writing */
    struct courier_out *out;
    struct rpush_request *put; /* owned: requests on the stick */
    size_t put_count, put_cap;
    int64_t done, total; /* bundles; total 0: not known */
    /* reading */
    char *box;        /* owned: what came home, as a drop box */
    const char *from; /* whose file is being read */
    bool home;        /* something came from the tier above */
    struct err first; /* what was wrong with a file */
};

static void courier_clear(struct courier *c)
{
    courier_out_free(c->out);
    mem_free(c->put);
    mem_free(c->box);
}

void flow_courier_sum_clear(struct flow_courier_sum *sum)
{
    mem_free(sum->nodes);
    sum->nodes = NULL;
    sum->node_count = sum->node_cap = 0;
}

/* "1A2B3C4D.GUI": the node below, and which way. */
static char *default_name(const char *node, const char *ending)
{
    char digits[NAME_DIGITS + 1] = "";

    for (size_t i = 0; i < NAME_DIGITS; i++)
        digits[i] = (char)toupper((unsigned char)node[i]);
    return mem_printf("%s.%s", digits, ending);
}

static char *place(const char *path, const char *node, const char *ending)
{
    AUTO_MEM char *name = default_name(node, ending);

    return fs_is_dir(path) ? fs_path(path, name) : mem_dup(path);
}

static int on_volume(void *ctx, const char *path, int64_t volume, int64_t size,
                     const char *sha256, size_t files, struct err *e)
{
    struct courier *c = ctx;
    struct jdoc *line = flow_line("file");

    (void)e;
    jdoc_set_text(line, "path", path);
    jdoc_set_int(line, "volume", volume);
    jdoc_set_int(line, "bytes", size);
    jdoc_set_text(line, "sha256", sha256);
    jdoc_set_int(line, "files", (int64_t)files);
    flow_tell(c->to, line);
    c->sum->files++;
    c->sum->sync.bytes_up += size;
    return 0;
}

static int begin(struct courier *c, const struct flow_courier_opts *opts,
                 const char *path, const struct sign_public *to, const char *to_node,
                 struct err *e)
{
    const struct courier_opts o = {.path = path,
                                   .own = &c->f->home.key,
                                   .to = to,
                                   .own_node = c->f->home.node,
                                   .to_node = to_node,
                                   .plain = opts->plain,
                                   .volume_max = opts->volume_mib << 20,
                                   .told = on_volume,
                                   .ctx = c};

    return courier_out_open(&o, &c->out, e);
}

/* ---- writing upwards
 * ------------------------------------------------------------------ */

/* On the stick, as far as this machine knows; read back is another thing. */
static void tell_written(struct courier *c, const struct rpush_request *q)
{
    struct jdoc *line = NULL;

    if (c->total == 0) /* of several communes: not known */
        return;
    line = flow_line("progress");
    c->done += q->last_seq - q->first_seq + 1;
    if (c->total < c->done)
        c->total = c->done;
    jdoc_set_int(line, "done", c->done);
    jdoc_set_int(line, "total", c->total);
    jdoc_set_text(line, "state", "sending");
    flow_tell(c->to, line);
}

static int put_request(void *ctx, const char *node, const struct rpush_request *q,
                       struct err *e)
{
    struct courier *c = ctx;
    AUTO_MEM char *name = mem_printf("inbox/%s/%s.req", c->f->home.node, q->id);
    int rc;

    (void)node; /* the chain says whose it is, the folder who carries it */
    if (stop_requested())
        return err_set(e, ERR_LINE, "%s", "stopped");
    rc = courier_out_add(c->out, name, q->path, e);
    if (rc != 1)
        return rc;
    mem_grow(&c->put, &c->put_cap, c->put_count + 1, sizeof *c->put);
    c->put[c->put_count++] = *q;
    tell_written(c, q);
    return 1;
}

/* Only now, after the stick was read back, they count as sent. */
static int tell_sent(struct courier *c, struct err *e)
{
    for (size_t i = 0; i < c->put_count; i++) {
        if (flow_sync_sent(c->f, c->to, &c->put[i], e) < 0)
            return -1;
        c->sum->requests++;
        c->sum->sync.pushed += c->put[i].last_seq - c->put[i].first_seq + 1;
    }
    return flow_sync_status(c->f, &c->sum->sync, e);
}

/* A stick goes at any hour and costs nothing: only "never" counts. */
static int masters_stay(const struct flow *f, bool *out, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;

    if (conf_load(f->home.path, &conf, e) < 0)
        return -1;
    *out = strcmp(conf_get(conf, "sync.masters"), "never") == 0;
    return 0;
}

/* A commune of a hub writes for the hub, which answers it. */
static int key_above(struct courier *c, const struct flow_courier_opts *opts,
                     struct sign_public *to, struct err *e)
{
    int rc = opts->key ? sign_read_public(opts->key, to, e) : 0;

    if (!opts->key) {
        rc = home_is_upper(&c->f->home) ? 0 : enrol_hub(c->f->home.path, to, e);
        if (rc == 0)
            rc = enrol_upstream(c->f->home.path, to, e);
        if (rc == 0)
            return err_set(e, ERR_UPSTREAM_KEY_UNSET, "keys/upstream.pub");
    }
    return rc < 0 ? -1 : 0;
}

static int write_up(struct courier *c, const struct flow_courier_opts *opts,
                    struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_REPO struct repo *r = NULL;
    AUTO_MEM char *path = place(opts->path, c->f->home.node, "GUI");
    AUTO_MEM char *transport = home_place(&c->f->home, "transport.git");
    struct rpush_carrier carrier = {.put = put_request, .ctx = c, .whole = true};
    struct rpush_sum moved = {.requests = 0};
    struct flow_sync_sum waiting = {.pushed = 0};
    struct sign_public to;
    int rc;

    if (key_above(c, opts, &to, e) < 0 ||
        masters_stay(c->f, &carrier.kept[CLASS_MASTER], e) < 0 ||
        flow_lock(c->f, "sync.lock", &lock, e) < 0 ||
        flow_sync_status(c->f, &waiting, e) < 0 || repo_open(transport, &r, e) < 0 ||
        begin(c, opts, path, &to, NULL, e) < 0)
        return -1;
    c->total = waiting.waiting;
    rc = rpush_carry(r, c->f->home.path, c->f->home.node, c->f->home.epoch, &carrier,
                     NULL, NULL, &moved, e);
    if (rc < 0 || courier_out_end(c->out, e) < 0 || tell_sent(c, e) < 0)
        return -1;
    c->sum->full = rc == 0;
    if (rc == 0)
        c->sum->remaining = c->sum->sync.waiting > c->sum->sync.pushed
                                ? c->sum->sync.waiting - c->sum->sync.pushed
                                : 0;
    return 0;
}

/* What a district has goes first: it is small, and tells what to answer. */
static int put_have(struct courier *c, struct err *e)
{
    AUTO_MEM char *path = home_place(&c->f->home, "spool/have.out");
    AUTO_MEM char *name = mem_printf("inbox/%s/" HAVE_NAME, c->f->home.node);
    int rc;

    if (have_write(c->f->home.path, path, e) < 0)
        return -1;
    rc = courier_out_add(c->out, name, path, e);
    return rc < 0 || fs_unlink(path, e) < 0 ? -1 : rc;
}

/* At a district: what its communes sent, and what it has itself. */
static int write_up_further(struct courier *c, const struct flow_courier_opts *opts,
                            struct err *e)
{
    AUTO_MEM char *path = place(opts->path, c->f->home.node, "GUI");
    struct flow_relay_sum relayed = {0};
    struct sign_public to;
    bool stay = false;
    int rc;

    if (key_above(c, opts, &to, e) < 0 || masters_stay(c->f, &stay, e) < 0 ||
        begin(c, opts, path, &to, NULL, e) < 0)
        return -1;
    rc = put_have(c, e);
    if (rc == 1)
        rc = flow_relay_carry(c->f, stay, put_request, c, c->to, &relayed, e);
    if (rc < 0 || courier_out_end(c->out, e) < 0)
        return -1;
    for (size_t i = 0; i < c->put_count; i++) {
        flow_relay_sent(c->to, &c->put[i]);
        c->sum->requests++;
        c->sum->sync.pushed += c->put[i].last_seq - c->put[i].first_seq + 1;
    }
    c->sum->up = true;
    c->sum->full = rc == 0;
    c->sum->sync.waiting = relayed.waiting;
    if (rc == 0 && relayed.waiting > c->sum->sync.pushed)
        c->sum->remaining = relayed.waiting - c->sum->sync.pushed;
    return 0;
}

/* ---- writing homewards
 * ------------------------------------------------------------------
 */

/* Whether @node is the tier above this one. 1, 0, -1. */
static int is_above(struct courier *c, const char *node, struct err *e)
{
    struct sign_public key;
    char above[NAMES_NODE_MAX];
    int rc = enrol_upstream(c->f->home.path, &key, e);

    if (rc <= 0)
        return rc;
    sign_node(&key, above);
    return strcmp(above, node) == 0;
}

/* The only lower node whose file for us lies in the folder of the stick. @node: "" when
 * none does. ERR_COURIER_WHO: several. */
static int node_of_stick(struct courier *c, const char *path, char node[NAMES_NODE_MAX],
                         struct err *e)
{
    AUTO_MEM char *folder = fs_is_dir(path) ? mem_dup(path) : fs_dirname(path);
    AUTO_LIST struct fs_list l = {0};

    node[0] = '\0';
    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *file = fs_path(folder, l.names[i]);
        struct courier_head h;
        struct stat st;
        struct err ignored = ERR_INIT; /* a file that is none says nothing */
        int above;

        if (lstat(file, &st) < 0 || !S_ISREG(st.st_mode) ||
            courier_peek(file, &h, &ignored) != 1 ||
            strcmp(h.to, c->f->home.node) != 0 || strcmp(h.from, node) == 0)
            continue;
        above = is_above(c, h.from, e);
        if (above < 0)
            return -1;
        if (above)
            continue;
        if (node[0])
            return err_set(e, ERR_COURIER_WHO, "%s", folder);
        memcpy(node, h.from, sizeof h.from);
    }
    return 0;
}

/* Whose key it is now; the name alone does not follow from a later one. */
static int node_of_key(const struct enrol *all, const char *file,
                       char node[NAMES_NODE_MAX], struct err *e)
{
    struct sign_public key;

    if (sign_read_public(file, &key, e) < 0)
        return -1;
    sign_node(&key, node);
    for (size_t i = 0; i < all->count; i++)
        if (memcmp(enrol_key_now(&all->nodes[i])->key, key.key, sizeof key.key) == 0)
            memcpy(node, all->nodes[i].node, sizeof all->nodes[i].node);
    return 0;
}

/* @all: loaded. @out: view of its row in it. */
static int choose_node(struct courier *c, const struct flow_courier_opts *opts,
                       struct enrol *all, const struct enrol_node **out, struct err *e)
{
    const char *name = opts->key && names_is_node(opts->key) ? opts->key : opts->node;
    char node[NAMES_NODE_MAX] = "";
    const struct enrol_node *n;

    if (enrol_load(c->f->home.path, all, e) < 0)
        return -1;
    if (name)
        (void)snprintf(node, NAMES_NODE_MAX, "%s", name);
    else if ((opts->key ? node_of_key(all, opts->key, node, e)
                        : node_of_stick(c, opts->path, node, e)) < 0)
        return -1;
    if (!node[0])
        return err_set(e, ERR_COURIER_WHO, "%s", opts->path);
    n = enrol_find(all, node);
    if (!n || n->revoked || (opts->chains && strcmp(n->role, "commune") != 0))
        return err_set(e, ERR_GATE_NODE, "node %s", node);
    *out = n;
    return 0;
}

static int write_home(struct courier *c, const struct flow_courier_opts *opts,
                      struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_ENROL struct enrol all = ENROL_INIT;
    AUTO_MEM char *path = NULL;
    struct courier_home h = {
        .home = c->f->home.path, .all = &all, .pages = opts->pages};
    int rc;

    if (choose_node(c, opts, &all, &h.n, e) < 0 ||
        flow_lock(c->f, "ingest.lock", &lock, e) < 0)
        return -1;
    path = place(opts->path, h.n->node, "TRA");
    if (begin(c, opts, path, enrol_key_now(h.n), h.n->node, e) < 0)
        return -1;
    h.out = c->out;
    rc = strcmp(h.n->role, "commune") == 0 ? courier_home_commune(&h, e)
                                           : courier_home_district(&h, e);
    if (rc == 1 && opts->chains)
        rc = courier_home_chains(&h, e);
    if (rc < 0 || courier_out_end(c->out, e) < 0)
        return -1;
    c->sum->full = rc == 0;
    return 0;
}

/* Which way, at an upper tier? 1 up, 0 home, -1. */
static int goes_up(struct courier *c, const struct flow_courier_opts *opts,
                   struct err *e)
{
    char node[NAMES_NODE_MAX];
    struct sign_public key;
    int rc;

    if (opts->up)
        return c->f->home.role == HOME_DISTRICT
                   ? 1
                   : err_set(e, ERR_ROLE, "%s", home_role_name(c->f->home.role));
    if (opts->key || opts->node || opts->chains || c->f->home.role != HOME_DISTRICT)
        return 0;
    rc = enrol_upstream(c->f->home.path, &key, e);
    if (rc <= 0)
        return rc;
    return node_of_stick(c, opts->path, node, e) < 0 ? -1 : !node[0];
}

int flow_courier_write(struct flow *f, const struct flow_courier_opts *opts,
                       const struct flow_listener *to, struct flow_courier_sum *sum,
                       struct err *e)
{
    AUTO(courier_clear) struct courier c = {.f = f, .to = to, .sum = sum};
    int up;

    if (opts->chains && flow_need_upper(f, e) < 0)
        return -1;
    if (!home_is_upper(&f->home))
        return write_up(&c, opts, e);
    up = goes_up(&c, opts, e);
    if (up < 0)
        return -1;
    return up ? write_up_further(&c, opts, e) : write_home(&c, opts, e);
}

/* ---- whose word counts
 * -------------------------------------------------------------------
 */

/* Who answers us: the tier above or, a commune, its hub. */
static int key_of_answers(struct courier *c, const char *from, struct sign_public *out,
                          struct err *e)
{
    char node[NAMES_NODE_MAX];
    int rc = enrol_hub(c->f->home.path, out, e);

    if (rc < 0)
        return -1;
    if (rc == 1) {
        sign_node(out, node);
        if (strcmp(node, from) == 0)
            return 0;
    }
    rc = enrol_upstream(c->f->home.path, out, e);
    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_UPSTREAM_KEY_UNSET, "keys/upstream.pub");
    sign_node(out, node);
    return strcmp(node, from) == 0 ? 0 : err_set(e, ERR_SIGNATURE, "node %s", from);
}

/* The key that has to have signed a file from @from. */
static int signer(struct courier *c, const char *from, struct sign_public *out,
                  struct err *e)
{
    AUTO_ENROL struct enrol all = ENROL_INIT;
    const struct enrol_node *n;
    int above = 0;

    if (strcmp(from, c->f->home.node) == 0) {
        *out = c->f->home.key.pub;
        return 0;
    }
    if (home_is_upper(&c->f->home) && (above = is_above(c, from, e)) < 0)
        return -1;
    if (home_is_upper(&c->f->home) && !above) {
        if (enrol_load(c->f->home.path, &all, e) < 0)
            return -1;
        n = enrol_find(&all, from);
        if (!n)
            return err_set(e, ERR_GATE_NODE, "node %s", from);
        *out = *enrol_key_now(n);
        return 0;
    }
    return key_of_answers(c, from, out, e);
}

static void tell_file(struct courier *c, const char *path, const struct courier_head *h,
                      int64_t files)
{
    struct jdoc *line = flow_line("file");

    jdoc_set_text(line, "path", path);
    jdoc_set_int(line, "volume", h->volume);
    jdoc_set_text(line, "from", h->from);
    jdoc_set_text(line, "to", h->to);
    jdoc_set_int(line, "made", h->made);
    jdoc_set_bool(line, "sealed", h->sealed);
    jdoc_set_int(line, "files", files);
    flow_tell(c->to, line);
    c->sum->files++;
}

/* ---- reading
 * -----------------------------------------------------------------------------
 */

static int on_request(void *ctx, enum courier_take_what what,
                      const struct receive_answer *a, int64_t size, struct err *e)
{
    static const char *const STATES[] = {"accepted", "refused", "stale"};
    struct courier *c = ctx;
    struct jdoc *line = flow_line("progress");
    struct names_chain chain;
    bool parked = what == COURIER_TAKE_PARKED;

    if (names_ref_parse(a->ref, &chain))
        jdoc_set_text(line, "class", names_class(chain.cls));
    jdoc_set_text(line, "node", c->from);
    jdoc_set_text(line, "request", a->id);
    jdoc_set_int(line, "bytes", size);
    jdoc_set_int(line, "size", size);
    jdoc_set_text(line, "state", parked ? "waiting" : STATES[a->result]);
    jdoc_set_bool(line, "known", what == COURIER_TAKE_KNOWN);
    if (!parked && a->result == RECEIVE_REFUSED) {
        jdoc_set_text(line, "code", a->code);
        jdoc_set_text(line, "vi", a->vi);
        jdoc_set_text(line, "en", a->en);
    }
    flow_tell(c->to, line);
    c->sum->requests++;
    c->sum->sync.waiting += parked;
    c->sum->sync.accepted += !parked && a->result == RECEIVE_ACCEPTED;
    c->sum->sync.pushed += what == COURIER_TAKE_NEW && a->result == RECEIVE_ACCEPTED;
    c->sum->sync.refused += !parked && a->result == RECEIVE_REFUSED;
    c->sum->sync.bytes_down += size;
    return stop_requested() ? err_set(e, ERR_LINE, "%s", "stopped") : 0;
}

static void remember_node(struct flow_courier_sum *sum, const char *node)
{
    for (size_t i = 0; i < sum->node_count; i++)
        if (strcmp(sum->nodes[i], node) == 0)
            return;
    if (sum->node_count == FLOW_COURIER_NODES)
        return;
    mem_grow(&sum->nodes, &sum->node_cap, sum->node_count + 1, sizeof *sum->nodes);
    (void)snprintf(sum->nodes[sum->node_count++], NAMES_NODE_MAX, "%s", node);
}

static int take(struct courier *c, struct courier_in *in, struct err *e)
{
    const struct courier_head *h = courier_in_head(in);
    int above = home_is_upper(&c->f->home) ? is_above(c, h->from, e) : 1;

    if (above < 0)
        return -1;
    c->home = c->home || above;
    if (above)
        return courier_take_home(c->box, c->f->home.node, in, &c->sum->requests,
                                 &c->sum->sync.bytes_down, e);
    c->from = h->from;
    remember_node(c->sum, h->from);
    return courier_take_up(c->f->home.path, in, on_request, c, e);
}

static int look(struct courier *c, struct courier_in *in, struct err *e)
{
    struct courier_entry f;
    int rc;

    while ((rc = courier_in_next(in, &f, e)) == 1) {
        c->sum->requests++;
        c->sum->sync.bytes_down += f.size;
    }
    return rc;
}

/* One volume to its end. @last: no further one belongs to it. */
static int read_volume(struct courier *c, const char *path, bool only_look,
                       struct courier_head *head, bool *last, struct err *e)
{
    AUTO_COURIER_IN struct courier_in *in = NULL;
    int64_t before = c->sum->requests;
    struct sign_public by;

    if (courier_in_open(path, &c->f->home.key, &in, e) < 0)
        return -1;
    *head = *courier_in_head(in);
    if (!only_look && strcmp(head->to, c->f->home.node) != 0)
        return err_set(e, ERR_COURIER_TO, "%s", path);
    if (signer(c, head->from, &by, e) < 0 ||
        (only_look ? look(c, in, e) : take(c, in, e)) < 0 ||
        courier_in_check(in, &by, last, e) < 0 ||
        (!only_look && courier_take_signed(c->f->home.path, head->from, e) < 0))
        return -1;
    tell_file(c, path, head, c->sum->requests - before);
    return 0;
}

/* A volume and those that follow it. */
static int read_set(struct courier *c, const char *path, bool only_look, struct err *e)
{
    AUTO_MEM char *at = mem_dup(path);
    struct courier_head h, next;
    bool last = false;

    for (;;) {
        struct err ignored = ERR_INIT;

        if (read_volume(c, at, only_look, &h, &last, e) < 0)
            return -1;
        if (last)
            return 0;
        mem_free(TAKE(at));
        at = courier_volume_path(path, h.volume + 1);
        if (courier_peek(at, &next, &ignored) != 1 || next.made != h.made ||
            next.volume != h.volume + 1 || strcmp(next.from, h.from) != 0)
            return err_set(e, ERR_COURIER_CUT, "%s", at);
    }
}

/* A damaged file does not keep the others waiting. */
static void note_failed(struct courier *c, const char *path, const struct err *why)
{
    struct jdoc *line = flow_line("failed");

    jdoc_set_text(line, "path", path);
    flow_line_why(line, why->code);
    jdoc_set_text(line, "detail", why->subject);
    flow_tell(c->to, line);
    if (c->first.code == ERR_NONE)
        c->first = *why;
}

/* What is wrong with the file, not with this machine. */
static bool is_about_file(enum err_code code)
{
    switch ((int)code) {
    case ERR_SEAL:
    case ERR_COURIER_FORM:
    case ERR_COURIER_CUT:
    case ERR_COURIER_TO:
    case ERR_SIGNATURE:
    case ERR_GATE_NODE:
    case ERR_READ:
        return true;
    default:
        return false;
    }
}

static int read_one(struct courier *c, const char *path, struct err *e)
{
    struct err why = ERR_INIT;

    if (read_set(c, path, false, &why) == 0)
        return 0;
    if (!is_about_file(why.code)) {
        *e = why;
        return -1;
    }
    note_failed(c, path, &why);
    return 0;
}

/* Of a set only its first volume that is there: the others follow it. */
static bool begins_here(const struct courier *c, const char *folder,
                        const struct fs_list *l, size_t i)
{
    AUTO_MEM char *path = fs_path(folder, l->names[i]);
    struct courier_head h, k;
    struct stat st;
    struct err ignored = ERR_INIT;

    if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
        courier_peek(path, &h, &ignored) != 1 || strcmp(h.to, c->f->home.node) != 0 ||
        str_ends(l->names[i], ".part"))
        return false;
    for (size_t n = 0; n < l->count; n++) {
        AUTO_MEM char *other = fs_path(folder, l->names[n]);

        if (n == i || lstat(other, &st) < 0 || !S_ISREG(st.st_mode) ||
            courier_peek(other, &k, &ignored) != 1)
            continue;
        if (strcmp(k.from, h.from) == 0 && strcmp(k.to, h.to) == 0 &&
            k.made == h.made && k.volume == h.volume - 1)
            return false;
    }
    return true;
}

static int read_folder(struct courier *c, const char *folder, struct err *e)
{
    AUTO_LIST struct fs_list l = {0};

    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);

        if (begins_here(c, folder, &l, i) && read_one(c, path, e) < 0)
            return -1;
    }
    if (c->sum->files == 0 && c->first.code == ERR_NONE)
        return err_set(e, ERR_COURIER_FORM, "%s", folder);
    return 0;
}

/* Answers are the sender's word: without its signature they are none. Receipts and
 * their chain prove themselves. */
static int drop_answers(struct courier *c, struct err *e)
{
    AUTO_MEM char *folder = fs_pathf(c->box, "outbox/%s", c->f->home.node);
    AUTO_LIST struct fs_list l = {0};

    if (!fs_is_dir(folder))
        return 0;
    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);

        if ((str_ends(l.names[i], ".answer") ||
             strcmp(l.names[i], REFUSAL_FILE) == 0) &&
            fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

/* At a district: answers to what it carried, then what it may read. */
static int apply_district(struct courier *c, struct err *e)
{
    struct flow_relay_sum relayed = {0};
    struct flow_take_sum taken = {0};

    if (flow_relay_box(c->f, c->box, c->to, &relayed, e) < 0 ||
        flow_ingest_box(c->f, c->box, c->to, &taken, e) < 0)
        return -1;
    c->sum->up = true;
    c->sum->sync.pushed += relayed.pushed;
    c->sum->sync.refused += relayed.refused + taken.refused;
    c->sum->sync.waiting += relayed.waiting;
    c->sum->bundles = taken.bundles;
    c->sum->items = taken.items;
    return 0;
}

/* What came home is taken as from a drop box. */
static int apply_home(struct courier *c, struct err *e)
{
    if (c->first.code != ERR_NONE && drop_answers(c, e) < 0)
        return -1;
    if ((home_is_upper(&c->f->home)
             ? apply_district(c, e)
             : flow_sync_box(c->f, c->box, c->to, &c->sum->sync, e)) < 0)
        return -1;
    return fs_remove_tree(c->box, e);
}

int flow_courier_read(struct flow *f, const char *path, const struct flow_listener *to,
                      struct flow_courier_sum *sum, struct err *e)
{
    AUTO(courier_clear)
    struct courier c = {.f = f, .to = to, .sum = sum, .first = ERR_INIT};
    AUTO_LOCK struct lock lock = LOCK_INIT;
    bool upper = home_is_upper(&f->home);

    c.box = home_place(&f->home, "spool/courier/box");
    if (flow_lock(f, "courier.lock", &lock, e) < 0)
        return -1;
    if (fs_remove_tree(c.box, e) < 0 || fs_mkdirs(c.box, e) < 0)
        return -1;
    if ((fs_is_dir(path) ? read_folder(&c, path, e) : read_one(&c, path, e)) < 0 ||
        ((!upper || c.home) && apply_home(&c, e) < 0))
        return -1;
    if (c.first.code == ERR_NONE)
        return 0;
    *e = c.first;
    return -1;
}

static const char *for_whom(const struct flow *f, const struct courier_head *h)
{
    if (strcmp(h->to, f->home.node) == 0)
        return "us";
    return strcmp(h->from, f->home.node) == 0 ? "away" : "other";
}

int flow_courier_look(struct flow *f, const char *folder, struct jdoc *files,
                      struct err *e)
{
    AUTO_LIST struct fs_list l = {0};

    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count && i < FLOW_COURIER_LOOK; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);
        struct courier_head h;
        struct stat st;
        struct err ignored = ERR_INIT; /* not a courier file: not ours to show */
        struct jdoc *one = NULL;

        if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
            str_ends(l.names[i], ".part") || courier_peek(path, &h, &ignored) != 1)
            continue;
        one = jdoc_object();
        jdoc_set_text(one, "name", l.names[i]);
        jdoc_set_int(one, "bytes", st.st_size);
        jdoc_set_int(one, "made", h.made);
        jdoc_set_int(one, "volume", h.volume);
        jdoc_set_text(one, "to", for_whom(f, &h));
        jdoc_add(files, one);
    }
    return 0;
}

int flow_courier_unpack(struct flow *f, const char *path, const char *box,
                        const struct flow_listener *to, struct err *e)
{
    AUTO_COURIER_SUM struct flow_courier_sum sum = {.files = 0};
    AUTO(courier_clear) struct courier c = {.f = f, .to = to, .sum = &sum};

    c.box = mem_dup(box);
    if ((fs_exists(box) && fs_remove_tree(box, e) < 0) || fs_mkdirs(box, e) < 0)
        return -1;
    return read_set(&c, path, false, e);
}

int flow_courier_verify(struct flow *f, const char *path,
                        const struct flow_listener *to, struct flow_courier_sum *sum,
                        struct err *e)
{
    AUTO(courier_clear) struct courier c = {.f = f, .to = to, .sum = sum};

    return read_set(&c, path, true, e);
}
