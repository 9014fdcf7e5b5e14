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

/* ---- writing ------------------------------------------------------------------------
 */

struct update {
    struct chain chain;
    struct enrol list;
    bool *stated; /* owned; of each row */
    struct str all;
};

static void update_clear(struct update *u)
{
    enrol_clear(&u->list);
    mem_free(u->stated);
    str_clear(&u->all);
}

static int note_stated(void *ctx, const struct jdoc *j, struct err *e)
{
    struct update *u = ctx;
    const char *type = jdoc_text(j, "type");
    const char *node = jdoc_text(j, "node");

    (void)e;
    for (size_t i = 0; node && i < u->list.count; i++)
        if (strcmp(type, REVOKE) == 0 && strcmp(u->list.nodes[i].node, node) == 0)
            u->stated[i] = true;
    return 0;
}

static void state(struct update *u, const struct enrol_node *n,
                  const struct sign_secret *key, int64_t time)
{
    AUTO_JDOC struct jdoc *inner = jdoc_object();
    AUTO_JDOC struct jdoc *outer = jdoc_object();
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_STR struct str text = STR_INIT(STATEMENT_LINE_MAX);
    AUTO_STR struct str sig = STR_INIT(STR_LINE_MAX);

    sign_public_line(&n->key, n->node, &line);
    jdoc_set(inner, "closed", enrol_print_closed(n));
    jdoc_set_text(inner, "issuer", u->chain.issuer_node);
    jdoc_set_text(inner, "key", str_text(&line));
    jdoc_set_text(inner, "node", n->node);
    jdoc_set_int(inner, "number", ++u->chain.number);
    jdoc_set_text(inner, "previous", u->chain.last[0] ? u->chain.last : NULL);
    jdoc_set_int(inner, "schema", SCHEMA);
    jdoc_set_int(inner, "time", time);
    jdoc_set_text(inner, "type", REVOKE);
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
    u->stated = mem_new(u->list.count + 1, sizeof *u->stated);
    if (read_all(&u->chain, &u->all, note_stated, u, e) < 0)
        return -1;
    before = u->all.len;
    for (size_t i = 0; i < u->list.count; i++)
        if (u->list.nodes[i].revoked && !u->stated[i])
            state(u, &u->list.nodes[i], key, time);
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

static bool same_closed(const struct enrol_node *n, const struct jdoc *closed)
{
    AUTO_JDOC struct jdoc *want = enrol_print_closed(n);
    AUTO_STR struct str a = STR_INIT(STATEMENT_LINE_MAX);
    AUTO_STR struct str b = STR_INIT(STATEMENT_LINE_MAX);

    if (!closed)
        return false;
    jdoc_print(want, &a);
    jdoc_print(closed, &b);
    return strcmp(str_text(&a), str_text(&b)) == 0;
}

static int agrees(void *ctx, const struct jdoc *j, struct err *e)
{
    const struct enrol *list = ctx;
    const char *node = jdoc_text(j, "node");
    const struct enrol_node *n = NULL;

    if (strcmp(jdoc_text(j, "type"), REVOKE) != 0)
        return 0;
    n = node ? enrol_find(list, node) : NULL;
    if (!n || !n->revoked)
        return bad(e, "the list forgets a key that was revoked");
    return same_closed(n, jdoc_get(j, "closed"))
               ? 0
               : bad(e, "the list moves where a chain was closed");
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
    struct enrol copy = *list; /* not changed: the callback's view of it */
    char tip[NAMES_OID_MAX], parent[NAMES_OID_MAX];
    int rc = repo_ref(r, NAMES_STATEMENTS_REF, tip, e);

    if (count)
        *count = 0;
    if (rc <= 0)
        return rc;
    if (load(r, tip, trusted, &all, parent, e) < 0 ||
        only_grew(r, parent, trusted, &all, e) < 0 ||
        read_all(&c, &all, agrees, &copy, e) < 0)
        return err_push(e, "%s", NAMES_STATEMENTS_REF);
    if (count)
        *count = (size_t)c.number;
    return 0;
}
