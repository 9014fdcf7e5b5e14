/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library of sync/ by hand, for stories about the line alone:
 *
 *   sync-tool worker gate|sync|dial...|https...   as sohoa does
 *   sync-tool -C HOME receive NODE        the forced command
 *   sync-tool -C HOME init                keys and transport repository
 *   sync-tool -C PROVINCE enrol KEYFILE CODE ROLE [READS...]
 *   sync-tool -C HOME trust KEYFILE URL HOSTKEYFILE
 *   sync-tool -C HOME seal CLASS COUNT BYTES   bundles with one object each
 *   sync-tool -C HOME verify CLASS        every bundle of the chain, wholly
 *   sync-tool -C HOME push URL
 *   sync-tool -C PROVINCE ingest          verify all that is new and give receipts
 *   sync-tool -C HOME fetch URL UNIT REPO REF...
 *   sync-tool -C HOME receipts            verify and count them
 *   sync-tool -C HOME list URL
 *   sync-tool -C PROVINCE inbox
 *
 * Prints what it did as "word number"; an error as its code; exits as sohoa would.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/i18n.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/sign.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/ask.h"
#include "sync/bundle.h"
#include "sync/dial.h"
#include "sync/enrol.h"
#include "sync/gate.h"
#include "sync/https.h"
#include "sync/line.h"
#include "sync/master.h"
#include "sync/pull.h"
#include "sync/receipt.h"
#include "sync/receive.h"
#include "sync/repo.h"
#include "sync/rpush.h"
#include "sync/sync_worker.h"

#define UNIT_FROM "2025-07-01"

struct tool {
    const char *home;
    int argc;
    char **argv;
};

static int load_key(const char *home, struct sign_secret *key, struct err *e)
{
    AUTO_MEM char *path = fs_path(home, "keys/node");

    return sign_read_secret(path, key, e);
}

static int do_init(struct tool *t, struct err *e)
{
    AUTO_MEM char *keys = fs_path(t->home, "keys");
    AUTO_MEM char *secret = fs_path(keys, "node");
    AUTO_MEM char *public = fs_path(keys, "node.pub");
    AUTO_MEM char *repo = fs_path(t->home, "transport.git");
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_SECRET struct sign_secret key;
    char node[SIGN_NODE_HEX];

    if (fs_mkdirs(keys, e) < 0 || sign_generate(&key, e) < 0 ||
        sign_write_secret(secret, &key, "node", e) < 0)
        return -1;
    sign_node(&key.pub, node);
    sign_public_line(&key.pub, node, &line);
    str_add_char(&line, '\n');
    if (fs_write_file(public, line.p, line.len, e) < 0 ||
        repo_create(repo, REPO_TRANSPORT, e) < 0)
        return -1;
    (void)printf("node %s\n", node);
    return 0;
}

static int do_enrol(struct tool *t, struct err *e)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_MEM char *program = fs_program(e);
    AUTO_MEM char *repo = NULL;
    AUTO_SECRET struct sign_secret key;
    struct enrol_add add = {.valid_from = UNIT_FROM, .name = "test"};
    char node[NAMES_NODE_MAX];

    if (!program || load_key(t->home, &key, e) < 0 ||
        fs_read_file(t->argv[0], &line, e) < 0)
        return -1;
    line.p[strcspn(line.p, "\n")] = '\0';
    add.key_line = line.p;
    add.unit_code = t->argv[1];
    add.role = t->argv[2];
    add.reads = (const char *const *)t->argv + 3;
    add.read_count = (size_t)t->argc - 3;
    if (enrol_node_add(t->home, program, &key.pub, &add, node, &repo, e) < 0)
        return -1;
    (void)printf("repository %s\n", repo ? repo : "-");
    return 0;
}

static int do_trust(struct tool *t, struct err *e)
{
    AUTO_STR struct str host = STR_INIT(STR_LINE_MAX);
    struct sign_public key;
    const char *lines[1];

    if (sign_read_public(t->argv[0], &key, e) < 0 ||
        enrol_trust_upstream(t->home, &key, e) < 0 ||
        fs_read_file(t->argv[2], &host, e) < 0)
        return -1;
    host.p[strcspn(host.p, "\n")] = '\0';
    lines[0] = host.p;
    return enrol_trust_host(t->home, t->argv[1], lines, 1, e);
}

/* Content that does not shrink and is the same every time. */
static void fill(char *p, size_t len, uint32_t seed)
{
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525 + 1013904223;
        p[i] = (char)(seed >> 24);
    }
}

static int seal_one(struct repo *r, const struct sign_secret *key,
                    enum bundle_class cls, size_t len, struct err *e)
{
    AUTO_MEM char *data = mem_new(len ? len : 1, 1);
    AUTO_MEM struct bundle_cut *cuts = NULL;
    AUTO_MANIFEST struct manifest all = MANIFEST_INIT;
    AUTO_MANIFEST struct manifest last = MANIFEST_INIT;
    char node[SIGN_NODE_HEX], ref[NAMES_REF_MAX], tip[NAMES_OID_MAX];
    char sha256[HASH_HEX] = "", parent[NAMES_OID_MAX];
    struct manifest_object *o = manifest_add_object(&all);
    size_t count = 0;
    int64_t seq = 0;
    int rc;

    sign_node(&key->pub, node);
    names_ref(node, 1, cls, ref);
    rc = repo_ref(r, ref, tip, e);
    if (rc < 0 || (rc == 1 && bundle_read(r, tip, &last, sha256, parent, e) < 0))
        return -1;
    seq = rc == 1 ? last.seq : 0;
    fill(data, len, (uint32_t)seq * 7 + cls);
    hash_bytes(data, len, o->sha256);
    o->size = (int64_t)len;
    (void)snprintf(o->type, sizeof o->type, "application/octet-stream");
    (void)snprintf(o->role, sizeof o->role, cls == CLASS_META ? ROLE_META : "master");
    if (bundle_plan(all.objects, 1, BUNDLE_WHOLE_MAX, &cuts, &count, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        const struct bundle_source s = {.data = data, .len = len};
        struct bundle_made made;

        memcpy(m.node, node, sizeof m.node);
        m.epoch = 1;
        m.cls = cls;
        m.seq = ++seq;
        memcpy(m.prev, sha256, sizeof m.prev);
        (void)snprintf(m.unit_code, sizeof m.unit_code, "01234");
        (void)snprintf(m.unit_valid_from, sizeof m.unit_valid_from, UNIT_FROM);
        (void)snprintf(m.program, sizeof m.program, "sync-tool");
        (void)snprintf(m.pipeline_version, sizeof m.pipeline_version, "1");
        m.clock = clock_now();
        m.counter = seq;
        bundle_take(&m, all.objects, &cuts[i]);
        if (bundle_write(r, &m, &s, key, &made, e) < 0)
            return -1;
        memcpy(sha256, made.sha256, sizeof sha256);
    }
    return 0;
}

static int open_transport(const struct tool *t, struct repo **r, struct err *e)
{
    AUTO_MEM char *path = fs_path(t->home, "transport.git");

    return repo_open(path, r, e);
}

static int do_seal(struct tool *t, struct err *e)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_SECRET struct sign_secret key;
    enum bundle_class cls;
    int64_t count, len;

    if (!names_class_parse(t->argv[0], &cls) ||
        !num_parse(t->argv[1], 1, 10000, &count) ||
        !num_parse(t->argv[2], 0, 1 << 30, &len))
        return err_set(e, ERR_USAGE, "seal");
    if (load_key(t->home, &key, e) < 0 || open_transport(t, &r, e) < 0)
        return -1;
    for (int64_t i = 0; i < count; i++)
        if (seal_one(r, &key, cls, (size_t)len, e) < 0)
            return -1;
    return 0;
}

static int verify_chain(struct repo *r, const struct enrol *keys,
                        const struct pull_chain *c, struct err *e)
{
    AUTO_PULL struct pull *w = NULL;
    int64_t count = 0;
    int rc;

    if (pull_open(r, keys, c, 0, NULL, &w, e) < 0)
        return -1;
    do {
        AUTO_PULLED struct pulled b = {.m = MANIFEST_INIT};

        rc = pull_next(w, &b, e);
        count += rc == 1;
    } while (rc == 1);
    (void)printf("verified %" PRId64 "\n", count);
    return rc;
}

static int do_verify(struct tool *t, struct err *e)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_SECRET struct sign_secret key;
    struct enrol_node row = {.unit_code = "01234", .unit_valid_from = UNIT_FROM};
    const struct enrol keys = {.nodes = &row, .count = 1};
    struct pull_chain c = {.name = {.epoch = 1}};
    char ref[NAMES_REF_MAX];
    int rc;

    if (!names_class_parse(t->argv[0], &c.name.cls))
        return err_set(e, ERR_USAGE, "verify");
    if (load_key(t->home, &key, e) < 0 || open_transport(t, &r, e) < 0)
        return -1;
    row.key = key.pub;
    sign_node(&key.pub, row.node);
    memcpy(c.name.node, row.node, sizeof c.name.node);
    names_ref(row.node, 1, c.name.cls, ref);
    rc = repo_ref(r, ref, c.tip, e);
    if (rc == 0)
        (void)printf("verified 0\n");
    return rc <= 0 ? rc : verify_chain(r, &keys, &c, e);
}

static int parse_line(const struct tool *t, const char *url, struct line *l,
                      struct err *e)
{
    const char *idle = getenv("SYNC_TOOL_IDLE_MS");

    if (line_parse(t->home, url, l, e) < 0)
        return -1;
    if (idle && !num_parse(idle, 1, 600000, &l->idle_ms))
        return err_set(e, ERR_USAGE, "SYNC_TOOL_IDLE_MS");
    return 0;
}

static void print_sum(const struct rpush_sum *s)
{
    (void)printf("requests %" PRId64 "\nbundles %" PRId64 "\nrefused %" PRId64
                 "\nbytes_up %" PRId64 "\nbytes_down %" PRId64 "\n",
                 s->requests, s->bundles, s->refused, s->bytes_up, s->bytes_down);
}

static int do_push(struct tool *t, struct err *e)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_SECRET struct sign_secret key;
    AUTO_MASTER struct master master = MASTER_INIT;
    struct rpush_sum sum = {.requests = 0};
    struct line l;
    char node[SIGN_NODE_HEX];
    int rc;

    if (load_key(t->home, &key, e) < 0 || open_transport(t, &r, e) < 0 ||
        parse_line(t, t->argv[0], &l, e) < 0)
        return -1;
    sign_node(&key.pub, node);
    master_open(&master, t->home, -1);
    l.master = &master;
    rc = rpush_run(r, &l, node, 1, NULL, NULL, NULL, &sum, e);
    print_sum(&sum);
    return rc;
}

static int drop(void *ctx, const void *data, size_t len, struct err *e)
{
    (void)data;
    (void)e;
    *(int64_t *)ctx += (int64_t)len;
    return 0;
}

static int ingest_chain(struct repo *r, const struct enrol *keys,
                        const struct pull_chain *c, const struct sign_secret *key,
                        int64_t *bundles, int64_t *bytes, struct err *e)
{
    AUTO_PULL struct pull *w = NULL;
    int rc;

    if (pull_open(r, keys, c, 0, NULL, &w, e) < 0)
        return -1;
    for (;;) {
        AUTO_PULLED struct pulled b = {.m = MANIFEST_INIT};
        struct receipt k = {.type = RECEIPT_OK, .copies = 1, .time = clock_now()};
        char tip[NAMES_OID_MAX];

        rc = pull_next(w, &b, e);
        if (rc <= 0)
            return rc;
        for (size_t i = 0; i < b.m.object_count; i++)
            if (manifest_object_ends(&b.m.objects[i]) &&
                pull_object(r, &b, i, drop, bytes, e) < 0)
                return -1;
        (*bundles)++;
        memcpy(k.node, b.m.node, sizeof k.node);
        k.epoch = b.m.epoch;
        k.cls = b.m.cls;
        k.seq = b.m.seq;
        memcpy(k.manifest_sha256, b.sha256, sizeof k.manifest_sha256);
        memcpy(k.commit, b.commit, sizeof k.commit);
        k.objects = (int64_t)b.m.object_count;
        if (receipt_write(r, &k, 1, key, tip, e) < 0)
            return -1;
    }
}

static int ingest_repo(struct tool *t, const char *path, const struct enrol *keys,
                       const struct sign_secret *key, struct err *e)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_MEM struct pull_chain *chains = NULL;
    int64_t bundles = 0, bytes = 0;
    size_t count = 0;

    if (repo_open(path, &r, e) < 0 || pull_chains(r, &chains, &count, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (ingest_chain(r, keys, &chains[i], key, &bundles, &bytes, e) < 0)
            return -1;
    (void)printf("ingested %" PRId64 "\nbytes %" PRId64 "\n", bundles, bytes);
    return enrol_publish(t->home, r, key, clock_now(), e);
}

static int do_ingest(struct tool *t, struct err *e)
{
    AUTO_ENROL struct enrol keys = ENROL_INIT;
    AUTO_SECRET struct sign_secret key;
    const char *done = "";

    if (load_key(t->home, &key, e) < 0 || enrol_load(t->home, &keys, e) < 0)
        return -1;
    for (size_t i = 0; i < keys.count; i++) {
        struct enrol_place p = enrol_home(&keys.nodes[i]);
        AUTO_MEM char *path = enrol_repository(t->home, p.code, p.valid_from);

        if (strcmp(keys.nodes[i].role, "commune") != 0 ||
            strcmp(done, keys.nodes[i].unit_code) == 0)
            continue;
        done = keys.nodes[i].unit_code;
        if (ingest_repo(t, path, &keys, &key, e) < 0)
            return -1;
    }
    return 0;
}

static int do_fetch(struct tool *t, struct err *e)
{
    struct rpush_sum sum = {.requests = 0};
    struct line l;
    size_t moved = 0;

    if (!fs_exists(t->argv[2]) && repo_create(t->argv[2], REPO_TRANSPORT, e) < 0)
        return -1;
    if (parse_line(t, t->argv[0], &l, e) < 0 ||
        ask_fetch(&l, t->argv[1], t->argv[2], (const char *const *)t->argv + 3,
                  (size_t)t->argc - 3, &sum, &moved, e) < 0)
        return -1;
    (void)printf("moved %zu\nbytes_down %" PRId64 "\n", moved, sum.bytes_down);
    return 0;
}

static int count_receipt(void *ctx, const struct receipt *r, const char *text,
                         size_t len, const char *sig, struct err *e)
{
    (void)r;
    (void)text;
    (void)len;
    (void)sig;
    (void)e;
    (*(int *)ctx)++;
    return 0;
}

static int do_receipts(struct tool *t, struct err *e)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_SECRET struct sign_secret key;
    struct sign_public upstream;
    char node[SIGN_NODE_HEX], tip[NAMES_OID_MAX];
    int count = 0;

    if (load_key(t->home, &key, e) < 0 || open_transport(t, &r, e) < 0 ||
        enrol_upstream(t->home, &upstream, e) < 0)
        return -1;
    sign_node(&key.pub, node);
    if (receipt_read(r, node, &upstream, "", count_receipt, &count, tip, e) < 0)
        return -1;
    (void)printf("receipts %d\n", count);
    return 0;
}

static int print_unit(void *ctx, const char *unit, struct err *e)
{
    (void)ctx;
    (void)e;
    (void)printf("unit %s\n", unit);
    return 0;
}

static int do_list(struct tool *t, struct err *e)
{
    struct line l;

    if (parse_line(t, t->argv[0], &l, e) < 0)
        return -1;
    return ask_list(&l, print_unit, NULL, e);
}

static int do_inbox(struct tool *t, struct err *e)
{
    return receive_inbox(t->home, NULL, NULL, e);
}

static int do_receive(struct tool *t, struct err *e)
{
    return receive_session(t->home, t->argv[0], getenv("SSH_ORIGINAL_COMMAND"), NULL,
                           STDIN_FILENO, STDOUT_FILENO, e);
}

static const struct {
    const char *name;
    int args;
    int (*run)(struct tool *t, struct err *e);
} verbs[] = {
    {"init", 0, do_init},     {"enrol", 3, do_enrol},       {"trust", 3, do_trust},
    {"seal", 3, do_seal},     {"verify", 1, do_verify},     {"push", 1, do_push},
    {"ingest", 0, do_ingest}, {"fetch", 4, do_fetch},       {"list", 1, do_list},
    {"inbox", 0, do_inbox},   {"receipts", 0, do_receipts}, {"receive", 1, do_receive},
};

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;

    i18n_init(LANG_EN, NULL);
    stop_install();
    if (argc == 3 && strcmp(argv[1], "worker") == 0)
        proc_exit_worker(strcmp(argv[2], "gate") == 0 ? gate_worker_main()
                                                      : sync_worker_main());
    if (argc == 6 && strcmp(argv[1], "worker") == 0)
        return dial_worker_main(argv[3], argv[4], argv[5]);
    if (argc == 8 && strcmp(argv[1], "worker") == 0)
        proc_exit_worker(
            https_worker_main(argv[3], argv[4], argv[5], argv[6], argv[7]));
    if (argc < 4 || strcmp(argv[1], "-C") != 0)
        return 2;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        struct tool t = {.home = argv[2], .argc = argc - 4, .argv = argv + 4};

        if (strcmp(argv[3], verbs[i].name) != 0 || t.argc < verbs[i].args)
            continue;
        if (verbs[i].run(&t, &e) == 0)
            return 0;
        (void)fprintf(stderr, "%s %s (%s)\n", err_code_name(e.code), e.subject,
                      e.detail);
        return err_code_exit(e.code);
    }
    return 2;
}
