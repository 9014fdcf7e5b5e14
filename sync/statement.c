/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/statement.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/jdoc.h"
#include "node/base/lock.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "sync/enrol.h"
#include "sync/names.h"
#include "sync/repo.h"
#include "sync/repo_git.h"

#define SCHEMA   1
#define SPACE    "sohoa-keys"
#define FILENAME "statements.jsonl"
#define REVOKE   "revoke"
#define REPLACE  "replace"
#define ROTATE   "rotate"
#define REQUEST  "request"
#define HOMEWARD "key-request"

static int bad(struct err *e, const char *what)
{
    err_set(e, ERR_ENROL, "%s", FILENAME);
    return err_detail(e, "%s", what);
}

/* ---- reading ------------------------------------------------------------------------
 */

/* A walk along the statements: where it is. */
struct chain {
    const struct sign_public *issuer;
    char issuer_node[NAMES_NODE_MAX];
    int64_t number;
    char last[HASH_HEX]; /* SHA-256 of the text before; "" at the beginning */
};

/* @j: a statement that is signed and in its place. 0, or -1 and @e. */
typedef int each_fn(void *ctx, const struct jdoc *j, struct err *e);

static bool is_next(const struct chain *c, const struct jdoc *j)
{
    const char *issuer = jdoc_text(j, "issuer");
    char previous[HASH_HEX];
    int64_t schema, number;

    return jdoc_int(j, "schema", SCHEMA, SCHEMA, &schema) && jdoc_text(j, "type") &&
           jdoc_int(j, "number", 1, (int64_t)STATEMENT_COUNT_MAX, &number) &&
           number == c->number + 1 && issuer && strcmp(issuer, c->issuer_node) == 0 &&
           jdoc_take_text_or_null(j, "previous", previous, sizeof previous) &&
           strcmp(previous, c->last) == 0;
}

static int read_one(struct chain *c, const char *line, size_t len, each_fn *each,
                    void *ctx, struct err *e)
{
    AUTO_JDOC struct jdoc *outer = NULL;
    AUTO_JDOC struct jdoc *inner = NULL;
    const char *text, *sig;
    struct err why = ERR_INIT;

    if (jdoc_parse_canonical(line, len, &outer, &why) < 0)
        return bad(e, why.detail);
    text = jdoc_text(outer, "text");
    sig = jdoc_text(outer, "sig");
    if (!text || !sig)
        return bad(e, "a line without text or signature");
    if (sign_verify(c->issuer, SPACE, text, strlen(text), sig, e) < 0)
        return err_push(e, "%s %lld", FILENAME, (long long)c->number + 1);
    if (jdoc_parse_canonical(text, strlen(text), &inner, &why) < 0)
        return bad(e, why.detail);
    if (!is_next(c, inner))
        return bad(e, "a statement does not follow the one before");
    c->number++;
    hash_bytes(text, strlen(text), c->last);
    return each ? each(ctx, inner, e) : 0;
}

static int read_all(struct chain *c, const struct str *all, each_fn *each, void *ctx,
                    struct err *e)
{
    const char *at = str_text(all);

    sign_node(c->issuer, c->issuer_node);
    while (*at) {
        const char *end = strchr(at, '\n');

        if (!end || (size_t)(end - at) >= STATEMENT_LINE_MAX)
            return bad(e, "a line without end");
        if (read_one(c, at, (size_t)(end - at) + 1, each, ctx, e) < 0)
            return -1;
        at = end + 1;
    }
    return 0;
}

static bool is_change(const char *type)
{
    return strcmp(type, REPLACE) == 0 || strcmp(type, ROTATE) == 0;
}

/* ---- writing ------------------------------------------------------------------------
 */

struct update {
    struct chain chain;
    struct enrol list;
    bool *revoked; /* owned; of each row: stated */
    size_t *keys;  /* owned; of each row: how many later ones were stated */
    struct str all;
};

static void update_clear(struct update *u)
{
    enrol_clear(&u->list);
    mem_free(u->revoked);
    mem_free(u->keys);
    str_clear(&u->all);
}

static int note_stated(void *ctx, const struct jdoc *j, struct err *e)
{
    struct update *u = ctx;
    const char *type = jdoc_text(j, "type");
    const char *node = jdoc_text(j, "node");

    (void)e;
    for (size_t i = 0; node && i < u->list.count; i++) {
        if (strcmp(u->list.nodes[i].node, node) != 0)
            continue;
        u->revoked[i] = u->revoked[i] || strcmp(type, REVOKE) == 0;
        u->keys[i] += is_change(type);
    }
    return 0;
}

/* @later: NULL: its revocation. */
static void state(struct update *u, const struct enrol_node *n,
                  const struct enrol_key *later, const struct sign_secret *key,
                  int64_t time)
{
    AUTO_JDOC struct jdoc *inner = jdoc_object();
    AUTO_JDOC struct jdoc *outer = jdoc_object();
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_STR struct str text = STR_INIT(STATEMENT_LINE_MAX);
    AUTO_STR struct str sig = STR_INIT(STR_LINE_MAX);

    sign_public_line(later ? &later->key : enrol_key_now(n), n->node, &line);
    jdoc_set(inner, "closed", enrol_print_closed(n, later ? later->epoch : 0));
    if (later)
        jdoc_set_int(inner, "epoch", later->epoch);
    if (later && later->request) {
        jdoc_set_text(inner, "request", later->request);
        jdoc_set_text(inner, "request_sig", later->sig);
    }
    jdoc_set_text(inner, "issuer", u->chain.issuer_node);
    jdoc_set_text(inner, "key", str_text(&line));
    jdoc_set_text(inner, "node", n->node);
    jdoc_set_int(inner, "number", ++u->chain.number);
    jdoc_set_text(inner, "previous", u->chain.last[0] ? u->chain.last : NULL);
    jdoc_set_int(inner, "schema", SCHEMA);
    jdoc_set_int(inner, "time", time);
    jdoc_set_text(inner, "type", !later ? REVOKE : later->request ? ROTATE : REPLACE);
    jdoc_print(inner, &text);
    str_add_char(&text, '\n');
    sign_sshsig(key, SPACE, text.p, text.len, &sig);
    hash_bytes(text.p, text.len, u->chain.last);
    jdoc_set_text(outer, "sig", str_text(&sig));
    jdoc_set_text(outer, "text", str_text(&text));
    jdoc_print(outer, &u->all);
    str_add_char(&u->all, '\n');
}

static char *file_of(const char *home)
{
    return fs_pathf(home, "ssh/%s", FILENAME);
}

static int update(struct update *u, const char *home, const struct sign_secret *key,
                  int64_t time, struct err *e)
{
    AUTO_MEM char *path = file_of(home);
    size_t before;

    if ((fs_exists(path) && fs_read_file(path, &u->all, e) < 0) ||
        enrol_load(home, &u->list, e) < 0)
        return -1;
    u->revoked = mem_new(u->list.count + 1, sizeof *u->revoked);
    u->keys = mem_new(u->list.count + 1, sizeof *u->keys);
    if (read_all(&u->chain, &u->all, note_stated, u, e) < 0)
        return -1;
    before = u->all.len;
    for (size_t i = 0; i < u->list.count; i++) {
        const struct enrol_node *n = &u->list.nodes[i];

        for (size_t k = u->keys[i]; k < n->key_count; k++)
            state(u, n, &n->keys[k], key, time);
        if (n->revoked && !u->revoked[i])
            state(u, n, NULL, key, time);
    }
    if (str_check(&u->all, FILENAME, e) < 0)
        return -1;
    if (u->all.len == before)
        return 0;
    return fs_write_file(path, u->all.p, u->all.len, e);
}

int statement_update(const char *home, const struct sign_secret *key, int64_t time,
                     struct err *e)
{
    AUTO(update_clear)
    struct update u = {.chain = {.issuer = &key->pub},
                       .all = STR_INIT(STATEMENT_BYTES_MAX)};
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_MEM char *ssh = fs_path(home, "ssh");
    AUTO_MEM char *path = fs_path(ssh, "statements.lock");

    if (fs_mkdirs(ssh, e) < 0 || lock_take(&lock, path, LOCK_WAIT_MS, e) < 0)
        return -1;
    return update(&u, home, key, time, e);
}

/* ---- the ref ------------------------------------------------------------------------
 */

struct blob {
    struct repo *r;
    struct str *out;
};

static int take_blob(void *ctx, const char *path, const git_oid *oid, struct err *e)
{
    struct blob *b = ctx;

    return strcmp(path, FILENAME) == 0 ? repo_blob(b->r, oid, b->out, e)
                                       : bad(e, "another file");
}

/* The file of one commit. */
static int load(struct repo *r, const char *commit, const struct sign_public *trusted,
                struct str *out, char parent[NAMES_OID_MAX], struct err *e)
{
    struct blob b = {.r = r, .out = out};
    char tree[NAMES_OID_MAX];

    if (repo_commit_verify(r, commit, trusted, tree, parent, e) < 0)
        return -1;
    return repo_tree_each(r, tree, 1, take_blob, &b, e);
}

int statement_publish(const char *home, struct repo *r, const struct sign_secret *key,
                      int64_t time, struct err *e)
{
    AUTO_MEM char *path = file_of(home);
    AUTO_STR struct str all = STR_INIT(STATEMENT_BYTES_MAX);
    AUTO_STR struct str was = STR_INIT(STATEMENT_BYTES_MAX);
    struct repo_commit c = {.time = time, .message = "sohoa statements\n"};
    struct repo_file file = {.path = FILENAME};
    char tip[NAMES_OID_MAX] = "", parent[NAMES_OID_MAX], commit[NAMES_OID_MAX];
    int rc;

    if (!fs_exists(path))
        return 0;
    if (fs_read_file(path, &all, e) < 0)
        return -1;
    rc = repo_ref(r, NAMES_STATEMENTS_REF, tip, e);
    if (rc < 0 || (rc == 1 && load(r, tip, &key->pub, &was, parent, e) < 0))
        return -1;
    if (strcmp(str_text(&all), str_text(&was)) == 0)
        return 0;
    file.data = all.p;
    file.len = all.len;
    if (repo_tree_write(r, &file, 1, c.tree, e) < 0)
        return -1;
    sign_node(&key->pub, c.author);
    (void)snprintf(c.parent, sizeof c.parent, "%s", tip);
    if (repo_commit_write(r, &c, key, commit, e) < 0)
        return -1;
    return repo_ref_move(r, NAMES_STATEMENTS_REF, tip, commit, e);
}

/* ---- the reader ---------------------------------------------------------------------
 */

static bool same_closed(const struct enrol_node *n, int64_t before,
                        const struct jdoc *closed)
{
    AUTO_JDOC struct jdoc *want = enrol_print_closed(n, before);
    AUTO_STR struct str a = STR_INIT(STATEMENT_LINE_MAX);
    AUTO_STR struct str b = STR_INIT(STATEMENT_LINE_MAX);

    if (!closed)
        return false;
    jdoc_print(want, &a);
    jdoc_print(closed, &b);
    return strcmp(str_text(&a), str_text(&b)) == 0;
}

/* What a reader holds against the list. */
struct reading {
    const struct enrol *list;
    size_t *keys; /* owned; of each row: how many later ones were stated */
};

static void reading_clear(struct reading *r)
{
    mem_free(r->keys);
}

/* The next later key of a row, as it was stated. */
static int agrees_key(const struct enrol_node *n, size_t at, const struct jdoc *j,
                      struct err *e)
{
    const char *line = jdoc_text(j, "key");
    const struct enrol_key *k = NULL;
    struct sign_public key;
    struct err why = ERR_INIT; /* told in other words */
    int64_t epoch;
    bool rotate = strcmp(jdoc_text(j, "type"), ROTATE) == 0;

    if (at >= n->key_count)
        return bad(e, "the list forgets a key");
    k = &n->keys[at];
    if (!line || sign_parse_public(line, &key, &why) < 0 ||
        memcmp(key.key, k->key.key, sizeof key.key) != 0 ||
        !jdoc_int(j, "epoch", 1, NAMES_EPOCH_MAX, &epoch) || epoch != k->epoch ||
        rotate != (k->request != NULL))
        return bad(e, "the list has another key than was stated");
    if (!same_closed(n, epoch, jdoc_get(j, "closed")))
        return bad(e, "the list moves where a chain was closed");
    if (!rotate)
        return 0;
    return statement_request_check(k->request, k->sig, enrol_key_at(n, epoch - 1),
                                   n->node, epoch, &k->key, e);
}

static int agrees(void *ctx, const struct jdoc *j, struct err *e)
{
    struct reading *r = ctx;
    const char *node = jdoc_text(j, "node");
    const char *type = jdoc_text(j, "type");
    const struct enrol_node *n = node ? enrol_find(r->list, node) : NULL;

    if (is_change(type))
        return n ? agrees_key(n, r->keys[n - r->list->nodes]++, j, e)
                 : bad(e, "the list forgets a node");
    if (strcmp(type, REVOKE) != 0)
        return 0;
    if (!n || !n->revoked)
        return bad(e, "the list forgets a key that was revoked");
    return same_closed(n, 0, jdoc_get(j, "closed"))
               ? 0
               : bad(e, "the list moves where a chain was closed");
}

/* No key that nobody ever stated. */
static int all_stated(const struct reading *r, struct err *e)
{
    for (size_t i = 0; i < r->list->count; i++)
        if (r->keys[i] != r->list->nodes[i].key_count)
            return bad(e, "the list has a key that was not stated");
    return 0;
}

/* Each commit's file goes on from its parent's. @newer: that of @commit. */
static int only_grew(struct repo *r, const char *commit,
                     const struct sign_public *trusted, const struct str *newest,
                     struct err *e)
{
    char at[NAMES_OID_MAX];

    (void)snprintf(at, sizeof at, "%s", commit);
    for (size_t i = 0; at[0]; i++) {
        AUTO_STR struct str was = STR_INIT(STATEMENT_BYTES_MAX);
        char parent[NAMES_OID_MAX];

        if (i == STATEMENT_COUNT_MAX)
            return err_set(e, ERR_LIMIT, "%s", NAMES_STATEMENTS_REF);
        if (load(r, at, trusted, &was, parent, e) < 0)
            return -1;
        /* All are beginnings of the newest one, each shorter than the one after it. */
        if (!str_starts(str_text(newest), str_text(&was)))
            return bad(e, "a statement was taken back");
        memcpy(at, parent, sizeof at);
    }
    return 0;
}

int statement_check(struct repo *r, const struct sign_public *trusted,
                    const struct enrol *list, size_t *count, struct err *e)
{
    AUTO_STR struct str all = STR_INIT(STATEMENT_BYTES_MAX);
    struct chain c = {.issuer = trusted};
    AUTO(reading_clear)
    struct reading against = {.list = list,
                              .keys = mem_new(list->count + 1, sizeof *against.keys)};
    char tip[NAMES_OID_MAX], parent[NAMES_OID_MAX];
    int rc = repo_ref(r, NAMES_STATEMENTS_REF, tip, e);

    if (count)
        *count = 0;
    if (rc <= 0)
        return rc < 0 ? -1 : all_stated(&against, e);
    if (load(r, tip, trusted, &all, parent, e) < 0 ||
        only_grew(r, parent, trusted, &all, e) < 0 ||
        read_all(&c, &all, agrees, &against, e) < 0 || all_stated(&against, e) < 0)
        return err_push(e, "%s", NAMES_STATEMENTS_REF);
    if (count)
        *count = (size_t)c.number;
    return 0;
}

/* ---- a request for another key ------------------------------------------------------
 */

static int no_request(struct err *e, const char *what)
{
    err_set(e, ERR_KEY_REQUEST, "%s", what);
    return -1;
}

void statement_request_clear(struct statement_request *r)
{
    mem_free(r->text);
    mem_free(r->sig);
    *r = (struct statement_request){.epoch = 0};
}

int statement_request_write(const char *path, const char *node, int64_t epoch,
                            const struct sign_secret *old,
                            const struct sign_secret *key, int64_t time, struct err *e)
{
    AUTO_JDOC struct jdoc *inner = jdoc_object();
    AUTO_JDOC struct jdoc *outer = jdoc_object();
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_STR struct str text = STR_INIT(STATEMENT_LINE_MAX);
    AUTO_STR struct str sig = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str proof = STR_INIT(STR_LINE_MAX);

    sign_public_line(&key->pub, node, &line);
    jdoc_set_int(inner, "epoch", epoch);
    jdoc_set_text(inner, "key", str_text(&line));
    jdoc_set_text(inner, "node", node);
    jdoc_set_int(inner, "schema", SCHEMA);
    jdoc_set_int(inner, "time", time);
    jdoc_set_text(inner, "type", REQUEST);
    jdoc_print(inner, &text);
    str_add_char(&text, '\n');
    sign_sshsig(old, SPACE, text.p, text.len, &sig);
    sign_sshsig(key, SPACE, text.p, text.len, &proof);
    jdoc_set_text(outer, "proof", str_text(&proof));
    jdoc_set_text(outer, "request", str_text(&text));
    jdoc_set_text(outer, "sig", str_text(&sig));
    jdoc_set_text(outer, "type", HOMEWARD);
    return jdoc_write_file(path, outer, e);
}

static int parse_request(const char *text, struct statement_request *out, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    const char *line, *type;
    struct err why = ERR_INIT;
    int64_t schema;

    if (jdoc_parse_canonical(text, strlen(text), &j, &why) < 0)
        return no_request(e, "text");
    line = jdoc_text(j, "key");
    type = jdoc_text(j, "type");
    if (!type || strcmp(type, REQUEST) != 0 ||
        !jdoc_int(j, "schema", SCHEMA, SCHEMA, &schema) ||
        !jdoc_int(j, "epoch", 2, NAMES_EPOCH_MAX, &out->epoch) ||
        !jdoc_take_text(j, "node", out->node, sizeof out->node) ||
        !names_is_node(out->node) || !line ||
        sign_parse_public(line, &out->key, &why) < 0)
        return no_request(e, "text");
    return 0;
}

int statement_request_read(const char *path, struct statement_request *out,
                           struct err *e)
{
    AUTO_STATEMENT_REQUEST struct statement_request r = {.epoch = 0};
    AUTO_JDOC struct jdoc *j = NULL;
    const char *type, *text, *sig, *proof;

    if (jdoc_read_file(path, &j, e) < 0)
        return -1;
    type = jdoc_text(j, "type");
    text = jdoc_text(j, "request");
    sig = jdoc_text(j, "sig");
    proof = jdoc_text(j, "proof");
    if (!type || strcmp(type, HOMEWARD) != 0 || !text || !sig || !proof ||
        strlen(text) >= STATEMENT_LINE_MAX || strlen(sig) >= STR_LINE_MAX)
        return no_request(e, path);
    if (parse_request(text, &r, e) < 0 ||
        sign_verify(&r.key, SPACE, text, strlen(text), proof, e) < 0)
        return err_push(e, "%s", path);
    r.text = mem_dup(text);
    r.sig = mem_dup(sig);
    *out = r;
    r = (struct statement_request){.epoch = 0}; /* given away */
    return 0;
}

int statement_request_check(const char *text, const char *sig,
                            const struct sign_public *old, const char *node,
                            int64_t epoch, const struct sign_public *key, struct err *e)
{
    AUTO_STATEMENT_REQUEST struct statement_request r = {.epoch = 0};

    if (parse_request(text, &r, e) < 0)
        return -1;
    if (strcmp(r.node, node) != 0 || r.epoch != epoch ||
        memcmp(r.key.key, key->key, sizeof r.key.key) != 0)
        return no_request(e, node);
    return sign_verify(old, SPACE, text, strlen(text), sig, e);
}

/* ---- what goes home to the node -----------------------------------------------------
 */

struct homeward {
    const char *node;
    struct jdoc *lines; /* owned */
    const struct str *all;
    size_t at; /* of the line that comes next */
};

static void homeward_clear(struct homeward *h)
{
    jdoc_free(h->lines);
}

/* The walk has verified this line; it is copied as it stands. */
static int pick(void *ctx, const struct jdoc *j, struct err *e)
{
    struct homeward *h = ctx;
    const char *line = str_text(h->all) + h->at;
    size_t len = strcspn(line, "\n") + 1;
    const char *node = jdoc_text(j, "node");
    struct jdoc *copy = NULL;

    h->at += len;
    if (!node || strcmp(node, h->node) != 0 || !is_change(jdoc_text(j, "type")))
        return 0;
    if (jdoc_parse_canonical(line, len, &copy, e) < 0)
        return -1;
    jdoc_add(h->lines, copy);
    return 0;
}

/* @file gets the row and those of @all that speak of its keys. */
static int send_row(const char *file, const struct enrol_node *n,
                    const struct sign_public *issuer, const struct str *all,
                    struct err *e)
{
    AUTO_JDOC struct jdoc *join = NULL;
    AUTO(homeward_clear)
    struct homeward h = {.node = n->node, .lines = jdoc_array(), .all = all};
    struct chain c = {.issuer = issuer};

    if (read_all(&c, all, pick, &h, e) < 0 || jdoc_read_file(file, &join, e) < 0)
        return -1;
    jdoc_set(join, "row", enrol_row_print(n));
    jdoc_set(join, "statements", TAKE(h.lines));
    return jdoc_write_file(file, join, e);
}

int statement_hand_on(const char *home, struct repo *r,
                      const struct sign_public *trusted, const struct enrol_node *row,
                      struct err *e)
{
    AUTO_MEM char *file = fs_pathf(home, "enrol/%s.json", row->node);
    AUTO_STR struct str all = STR_INIT(STATEMENT_BYTES_MAX);
    char tip[NAMES_OID_MAX], parent[NAMES_OID_MAX];
    int rc = repo_ref(r, NAMES_STATEMENTS_REF, tip, e);

    if (rc <= 0 || !row->key_count || !fs_exists(file))
        return rc < 0 ? -1 : 0;
    return load(r, tip, trusted, &all, parent, e) < 0
               ? -1
               : send_row(file, row, trusted, &all, e);
}

int statement_send_home(const char *home, const struct sign_public *issuer,
                        const char *node, struct err *e)
{
    AUTO_MEM char *path = file_of(home);
    AUTO_MEM char *file = fs_pathf(home, "enrol/%s.json", node);
    AUTO_ENROL struct enrol list = ENROL_INIT;
    AUTO_STR struct str all = STR_INIT(STATEMENT_BYTES_MAX);
    const struct enrol_node *n = NULL;

    if (enrol_load(home, &list, e) < 0)
        return -1;
    n = enrol_find(&list, node);
    if (!n || !n->key_count)
        return 0;
    if (!fs_exists(file))
        return err_set(e, ERR_NOT_FOUND, "%s", file);
    return fs_read_file(path, &all, e) < 0 ? -1 : send_row(file, n, issuer, &all, e);
}

/* One of those in an enrolment file: its place among all others is not known here. */
static int hear(const struct jdoc *line, const struct sign_public *trusted,
                struct reading *r, struct err *e)
{
    AUTO_JDOC struct jdoc *inner = NULL;
    const char *text = jdoc_text(line, "text");
    const char *sig = jdoc_text(line, "sig");
    struct err why = ERR_INIT;
    int64_t schema;

    if (!text || !sig || strlen(text) >= STATEMENT_LINE_MAX)
        return bad(e, "a line without text or signature");
    if (sign_verify(trusted, SPACE, text, strlen(text), sig, e) < 0)
        return -1;
    if (jdoc_parse_canonical(text, strlen(text), &inner, &why) < 0 ||
        !jdoc_int(inner, "schema", SCHEMA, SCHEMA, &schema) ||
        !jdoc_text(inner, "type"))
        return bad(e, "statement");
    return agrees(r, inner, e);
}

int statement_read_home(const struct jdoc *join, const char *node,
                        const struct sign_public *trusted, struct enrol_node *out,
                        struct err *e)
{
    const struct jdoc *row = jdoc_get(join, "row");
    const struct jdoc *lines = jdoc_get(join, "statements");
    AUTO_ENROL_ROW struct enrol_node n = {.revoked = false};
    struct enrol list = {.nodes = &n, .count = 1};
    AUTO(reading_clear)
    struct reading r = {.list = &list, .keys = mem_new(1, sizeof *r.keys)};

    if (!row)
        return 0;
    if (enrol_row_parse(row, &n, e) < 0)
        return -1;
    if (strcmp(n.node, node) != 0)
        return bad(e, "the row of another node");
    for (size_t i = 0; i < jdoc_count(lines) && i <= ENROL_KEYS_MAX; i++)
        if (hear(jdoc_at(lines, i), trusted, &r, e) < 0)
            return err_push(e, "statement %zu", i + 1);
    if (all_stated(&r, e) < 0)
        return -1;
    *out = n;
    n = (struct enrol_node){.revoked = false}; /* given away */
    return 1;
}
