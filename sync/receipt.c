/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/receipt.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "sync/repo.h"
#include "sync/repo_git.h"

#define COMMITS_MAX ((size_t)1000000)
#define SIG_MAX     ((size_t)4096)
#define COUNT_MAX   INT64_C(9007199254740991)
#define PATH_MAX_   128

static const char *const type_names[] = {"receipt", "refusal", "return", "request"};

const char *receipt_type_name(enum receipt_type type)
{
    return type_names[type];
}

static int bad(struct err *e, const char *what)
{
    err_set(e, ERR_RECEIPT, "receipt");
    return err_detail(e, "%s", what);
}

/* About a bundle, or about something else. */
static bool of_bundle(enum receipt_type type)
{
    return type == RECEIPT_OK || type == RECEIPT_REFUSAL;
}

static int check(const struct receipt *r, struct err *e)
{
    if ((unsigned)r->type >= ARRAY_LEN(type_names))
        return bad(e, "type");
    if (!names_is_node(r->node) || !names_is_node(r->issuer))
        return bad(e, "node or issuer");
    if (of_bundle(r->type) &&
        (r->epoch < 1 || r->epoch > NAMES_EPOCH_MAX || r->cls >= CLASS_COUNT ||
         r->seq < 1 || r->seq > NAMES_SEQ_MAX ||
         !hash_is_hex(r->manifest_sha256, HASH_HEX - 1) || !names_is_oid(r->commit)))
        return bad(e, "bundle");
    if (r->items < 0 || r->objects < 0 || r->bytes < 0 || r->copies < 0 ||
        r->time < 0 || r->items > COUNT_MAX || r->objects > COUNT_MAX ||
        r->bytes > COUNT_MAX || r->copies > 1000 || r->time > COUNT_MAX)
        return bad(e, "counts");
    if (r->number < 1 || r->number > COUNT_MAX ||
        (r->number == 1) != (r->previous[0] == '\0') ||
        (r->previous[0] && !hash_is_hex(r->previous, HASH_HEX - 1)))
        return bad(e, "number or previous");
    if ((r->item[0] && !names_is_item(r->item)) ||
        (r->page[0] && !hash_is_hex(r->page, HASH_HEX - 1)) || r->rev < 0 ||
        r->rev > NAMES_SEQ_MAX || (r->code[0] && !names_is_ascii(r->code, 39)))
        return bad(e, "item, page, rev or code");
    if (r->type == RECEIPT_RETURN && (!r->item[0] || r->rev < 1 || !r->text[0]))
        return bad(e, "return");
    return utf8_valid(r->text, strlen(r->text)) ? 0 : bad(e, "text");
}

static void set_or_null(struct jdoc *o, const char *key, const char *text)
{
    jdoc_set_text(o, key, text[0] ? text : NULL);
}

static struct jdoc *to_json(const struct receipt *r)
{
    struct jdoc *j = jdoc_object();
    bool bundle = of_bundle(r->type);

    jdoc_set_int(j, "schema", RECEIPT_SCHEMA);
    jdoc_set_text(j, "type", type_names[r->type]);
    jdoc_set_text(j, "node", r->node);
    jdoc_set_int(j, "epoch", bundle ? r->epoch : 0);
    jdoc_set_text(j, "class", bundle ? names_class(r->cls) : NULL);
    if (bundle)
        jdoc_set_int(j, "seq", r->seq);
    else
        jdoc_set_null(j, "seq");
    set_or_null(j, "manifest_sha256", bundle ? r->manifest_sha256 : "");
    set_or_null(j, "commit", bundle ? r->commit : "");
    jdoc_set_int(j, "items", r->items);
    jdoc_set_int(j, "objects", r->objects);
    jdoc_set_int(j, "bytes", r->bytes);
    jdoc_set_int(j, "copies", r->copies);
    jdoc_set_int(j, "time", r->time);
    jdoc_set_text(j, "issuer", r->issuer);
    jdoc_set_int(j, "number", r->number);
    set_or_null(j, "previous", r->previous);
    set_or_null(j, "item", r->item);
    set_or_null(j, "page", r->page);
    jdoc_set_int(j, "rev", r->rev);
    set_or_null(j, "code", r->code);
    set_or_null(j, "text", r->text);
    return j;
}

int receipt_print(const struct receipt *r, struct str *out, char sha256[HASH_HEX],
                  struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;

    if (check(r, e) < 0)
        return -1;
    j = to_json(r);
    return jdoc_print_document(j, "receipt", RECEIPT_BYTES_MAX, out, sha256, e);
}

static int take_bundle(const struct jdoc *j, struct receipt *r, struct err *e)
{
    if (!of_bundle(r->type)) {
        if (!jdoc_int(j, "epoch", 0, 0, &r->epoch) ||
            !jdoc_is_null(jdoc_get(j, "seq")) || !jdoc_is_null(jdoc_get(j, "class")))
            return bad(e, "epoch, class or seq");
        if (!jdoc_take_text_or_null(j, "manifest_sha256", r->manifest_sha256,
                                    sizeof r->manifest_sha256) ||
            !jdoc_take_text_or_null(j, "commit", r->commit, sizeof r->commit))
            return bad(e, "manifest_sha256 or commit");
        return 0;
    }
    if (!jdoc_int(j, "epoch", 1, NAMES_EPOCH_MAX, &r->epoch) ||
        !jdoc_int(j, "seq", 1, NAMES_SEQ_MAX, &r->seq) ||
        !names_class_parse(jdoc_text(j, "class"), &r->cls))
        return bad(e, "epoch, class or seq");
    if (!jdoc_take_text(j, "manifest_sha256", r->manifest_sha256,
                        sizeof r->manifest_sha256) ||
        !jdoc_take_text(j, "commit", r->commit, sizeof r->commit))
        return bad(e, "manifest_sha256 or commit");
    return 0;
}

int receipt_parse(const char *text, size_t len, struct receipt *out,
                  char sha256[HASH_HEX], struct err *e)
{
    struct receipt r = {.number = 0};
    AUTO_JDOC struct jdoc *j = NULL;
    struct err why = ERR_INIT;
    const char *type;
    int64_t schema;
    size_t i = 0;

    if (len > RECEIPT_BYTES_MAX || jdoc_parse_canonical(text, len, &j, &why) < 0)
        return bad(e, "not canonical JSON");
    if (!jdoc_int(j, "schema", RECEIPT_SCHEMA, RECEIPT_SCHEMA, &schema))
        return bad(e, "schema");
    type = jdoc_text(j, "type");
    while (type && i < ARRAY_LEN(type_names) && strcmp(type, type_names[i]) != 0)
        i++;
    if (!type || i == ARRAY_LEN(type_names))
        return bad(e, "type");
    r.type = (enum receipt_type)i;
    if (!jdoc_take_text(j, "node", r.node, sizeof r.node) ||
        !jdoc_take_text(j, "issuer", r.issuer, sizeof r.issuer))
        return bad(e, "node or issuer");
    if (take_bundle(j, &r, e) < 0)
        return -1;
    if (!jdoc_int(j, "items", 0, COUNT_MAX, &r.items) ||
        !jdoc_int(j, "objects", 0, COUNT_MAX, &r.objects) ||
        !jdoc_int(j, "bytes", 0, COUNT_MAX, &r.bytes) ||
        !jdoc_int(j, "copies", 0, 1000, &r.copies) ||
        !jdoc_int(j, "time", 0, COUNT_MAX, &r.time))
        return bad(e, "counts");
    if (!jdoc_int(j, "number", 1, COUNT_MAX, &r.number) ||
        !jdoc_take_text_or_null(j, "previous", r.previous, sizeof r.previous))
        return bad(e, "number or previous");
    if (!jdoc_take_text_or_null(j, "item", r.item, sizeof r.item) ||
        !jdoc_take_text_or_null(j, "page", r.page, sizeof r.page) ||
        !jdoc_int(j, "rev", 0, NAMES_SEQ_MAX, &r.rev) ||
        !jdoc_take_text_or_null(j, "code", r.code, sizeof r.code) ||
        !jdoc_take_text_or_null(j, "text", r.text, sizeof r.text))
        return bad(e, "item, page, rev, code or text");
    if (check(&r, e) < 0)
        return -1;
    if (sha256)
        hash_bytes(text, len, sha256);
    *out = r;
    return 0;
}

int receipt_verify_file(const char *path, const struct sign_public *key,
                        struct receipt *out, struct err *e)
{
    AUTO_MEM char *sig_path = mem_printf("%s.sig", path);
    AUTO_STR struct str text = STR_INIT(RECEIPT_BYTES_MAX);
    AUTO_STR struct str sig = STR_INIT(SIG_MAX);
    struct receipt r;
    char node[NAMES_NODE_MAX];

    if (fs_read_file(path, &text, e) < 0 || fs_read_file(sig_path, &sig, e) < 0)
        return -1;
    if (sign_verify(key, RECEIPT_SPACE, str_text(&text), text.len, str_text(&sig), e) <
        0)
        return err_push(e, "%s", path);
    if (receipt_parse(str_text(&text), text.len, &r, NULL, e) < 0)
        return -1;
    sign_node(key, node);
    if (strcmp(node, r.issuer) != 0)
        return bad(e, "issuer");
    *out = r;
    return 0;
}

/* ---- places in the tree
 * ----------------------------------------------------------------- */

static void place(const struct receipt *r, char out[PATH_MAX_])
{
    int n = of_bundle(r->type)
                ? snprintf(out, PATH_MAX_, "receipt/%s/%lld/%s/%lld.json", r->node,
                           (long long)r->epoch, names_class(r->cls), (long long)r->seq)
                : snprintf(out, PATH_MAX_, "return/%s/%lld.json", r->node,
                           (long long)r->number);

    if (n < 0 || n >= PATH_MAX_)
        out[0] = '\0';
}

/* One commit taken apart: its receipts by number. */
struct row {
    char path[PATH_MAX_];
    struct receipt r;
    char sha256[HASH_HEX];
    char *text;
    size_t len;
    char *sig;
};

struct leafs {
    struct repo *repo;
    const struct sign_public *key;
    struct row *rows;
    size_t count, cap;
};

static void leafs_clear(struct leafs *l)
{
    for (size_t i = 0; i < l->count; i++) {
        mem_free(l->rows[i].text);
        mem_free(l->rows[i].sig);
    }
    mem_free(l->rows);
}

/* Files come in order: x.json, then x.json.sig. */
static int take_file(void *ctx, const char *path, const git_oid *oid, struct err *e)
{
    struct leafs *l = ctx;
    AUTO_STR struct str text = STR_INIT(RECEIPT_BYTES_MAX);
    struct row *row;

    if (repo_blob(l->repo, oid, &text, e) < 0)
        return -1;
    if (str_ends(path, ".json")) {
        if (strlen(path) >= PATH_MAX_ || (l->count && !l->rows[l->count - 1].sig))
            return bad(e, path);
        mem_grow(&l->rows, &l->cap, l->count + 1, sizeof *l->rows);
        row = &l->rows[l->count++];
        *row = (struct row){.len = text.len};
        (void)snprintf(row->path, sizeof row->path, "%s", path);
        str_add(&text, "");
        row->text = str_take(&text);
        return row->text ? 0 : bad(e, path);
    }
    row = l->count ? &l->rows[l->count - 1] : NULL;
    if (!row || row->sig || strlen(path) != strlen(row->path) + 4 ||
        !str_starts(path, row->path) || !str_ends(path, ".sig"))
        return bad(e, path);
    row->sig = str_take(&text);
    return row->sig ? 0 : bad(e, path);
}

static int number_order(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;

    return (x->r.number > y->r.number) - (x->r.number < y->r.number);
}

/* All receipts of one commit, each verified, in order of their numbers. */
static int load_commit(struct repo *repo, const char *commit,
                       const struct sign_public *key, const char *node, struct leafs *l,
                       struct err *e)
{
    char tree[NAMES_OID_MAX], parent[NAMES_OID_MAX], path[PATH_MAX_];
    char issuer[NAMES_NODE_MAX];

    l->repo = repo;
    l->key = key;
    sign_node(key, issuer);
    if (repo_commit_verify(repo, commit, key, tree, parent, e) < 0 ||
        repo_tree_each(repo, tree, RECEIPT_COMMIT * 4, take_file, l, e) < 0)
        return -1;
    if (l->count == 0)
        return bad(e, "an empty commit");
    for (size_t i = 0; i < l->count; i++) {
        struct row *row = &l->rows[i];

        if (!row->sig)
            return bad(e, row->path);
        if (sign_verify(key, RECEIPT_SPACE, row->text, row->len, row->sig, e) < 0)
            return err_push(e, "%s", row->path);
        if (receipt_parse(row->text, row->len, &row->r, row->sha256, e) < 0)
            return err_push(e, "%s", row->path);
        place(&row->r, path);
        if (strcmp(path, row->path) != 0 || strcmp(row->r.node, node) != 0 ||
            strcmp(row->r.issuer, issuer) != 0)
            return bad(e, row->path);
    }
    qsort(l->rows, l->count, sizeof *l->rows, number_order);
    return 0;
}

/* The last receipt of a commit; @last unchanged for none. */
static int last_of(struct repo *repo, const char *commit, const struct sign_public *key,
                   const char *node, struct receipt *last, char sha256[HASH_HEX],
                   struct err *e)
{
    AUTO(leafs_clear) struct leafs l = {.rows = NULL};

    if (load_commit(repo, commit, key, node, &l, e) < 0)
        return -1;
    *last = l.rows[l.count - 1].r;
    memcpy(sha256, l.rows[l.count - 1].sha256, HASH_HEX);
    return 0;
}

/* ---- writing
 * ------------------------------------------------------------------------------ */

struct out {
    struct str *texts, *sigs;
    char (*paths)[PATH_MAX_];
    char (*sig_paths)[PATH_MAX_ + 4];
    struct repo_file *files;
    size_t count, all;
};

static void out_clear(struct out *o)
{
    for (size_t i = 0; i < o->all; i++) {
        str_clear(&o->texts[i]);
        str_clear(&o->sigs[i]);
    }
    mem_free(o->texts);
    mem_free(o->sigs);
    mem_free(o->paths);
    mem_free(o->sig_paths);
    mem_free(o->files);
}

static void out_init(struct out *o, size_t count)
{
    o->all = count;
    o->texts = mem_new(count, sizeof *o->texts);
    o->sigs = mem_new(count, sizeof *o->sigs);
    o->paths = mem_new(count, sizeof *o->paths);
    o->sig_paths = mem_new(count, sizeof *o->sig_paths);
    o->files = mem_new(count * 2, sizeof *o->files);
    for (size_t i = 0; i < count; i++) {
        o->texts[i] = (struct str)STR_INIT(RECEIPT_BYTES_MAX);
        o->sigs[i] = (struct str)STR_INIT(SIG_MAX);
    }
}

/* Another count of copies is news. */
static bool says_the_same(const struct receipt *a, const struct receipt *b)
{
    return a->type == b->type && a->copies == b->copies && of_bundle(a->type) &&
           a->epoch == b->epoch && a->cls == b->cls && a->seq == b->seq &&
           strcmp(a->manifest_sha256, b->manifest_sha256) == 0;
}

static bool said_already(const struct leafs *tip, const struct receipt *r)
{
    for (size_t i = 0; i < tip->count; i++)
        if (says_the_same(&tip->rows[i].r, r))
            return true;
    return false;
}

static int fill(struct out *o, const struct leafs *tip, struct receipt *list,
                size_t count, const struct sign_secret *key, struct err *e)
{
    char previous[HASH_HEX] = "";
    int64_t number = 0;

    if (tip->count) {
        number = tip->rows[tip->count - 1].r.number;
        memcpy(previous, tip->rows[tip->count - 1].sha256, sizeof previous);
    }
    for (size_t i = 0; i < count; i++) {
        struct receipt *r = &list[i];
        size_t n = o->count;

        if (strcmp(r->node, list[0].node) != 0)
            return bad(e, "of two nodes");
        if (said_already(tip, r))
            continue;
        sign_node(&key->pub, r->issuer);
        r->number = ++number;
        memcpy(r->previous, previous, sizeof r->previous);
        if (receipt_print(r, &o->texts[n], previous, e) < 0)
            return -1;
        sign_sshsig(key, RECEIPT_SPACE, o->texts[n].p, o->texts[n].len, &o->sigs[n]);
        if (str_check(&o->sigs[n], "signature", e) < 0)
            return -1;
        place(r, o->paths[n]);
        (void)snprintf(o->sig_paths[n], sizeof o->sig_paths[n], "%s.sig", o->paths[n]);
        o->files[2 * n] = (struct repo_file){
            .path = o->paths[n], .data = o->texts[n].p, .len = o->texts[n].len};
        o->files[2 * n + 1] = (struct repo_file){
            .path = o->sig_paths[n], .data = o->sigs[n].p, .len = o->sigs[n].len};
        o->count++;
    }
    return 0;
}

int receipt_write(struct repo *r, struct receipt *list, size_t count,
                  const struct sign_secret *key, char tip[NAMES_OID_MAX], struct err *e)
{
    AUTO(out_clear) struct out o = {.count = 0};
    AUTO(leafs_clear) struct leafs before = {.rows = NULL};
    AUTO_MEM char *message = NULL;
    struct repo_commit c = {.time = 0};
    struct receipt last;
    char ref[NAMES_REF_MAX], old[NAMES_OID_MAX] = "", made[NAMES_OID_MAX];
    char sha256[HASH_HEX];
    int rc;

    if (count == 0 || count > RECEIPT_COMMIT)
        return err_set(e, ERR_LIMIT, "receipts");
    names_receipt_ref(list[0].node, ref);
    rc = repo_ref(r, ref, old, e);
    if (rc < 0 ||
        (rc == 1 && load_commit(r, old, &key->pub, list[0].node, &before, e) < 0))
        return -1;
    out_init(&o, count);
    if (fill(&o, &before, list, count, key, e) < 0)
        return -1;
    if (o.count == 0) {
        memcpy(tip, old, NAMES_OID_MAX);
        return 0;
    }
    message =
        mem_printf("sohoa receipts\n\nNode: %s\nCount: %zu\n", list[0].node, o.count);
    c.message = message;
    c.time = list[count - 1].time;
    sign_node(&key->pub, c.author);
    memcpy(c.parent, old, sizeof c.parent);
    if (repo_tree_write(r, o.files, o.count * 2, c.tree, e) < 0 ||
        repo_commit_write(r, &c, key, made, e) < 0 ||
        last_of(r, made, &key->pub, list[0].node, &last, sha256, e) < 0 ||
        repo_ref_move(r, ref, old, made, e) < 0)
        return -1;
    memcpy(tip, made, NAMES_OID_MAX);
    return 0;
}

/* ---- reading
 * ------------------------------------------------------------------------------ */

struct reading {
    const char *node;
    const struct sign_public *key;
    receipt_each *each;
    void *ctx;
    int64_t number;
    char previous[HASH_HEX];
};

static int give(struct reading *g, const struct leafs *l, struct err *e)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct row *row = &l->rows[i];

        if (row->r.number != g->number + 1 || strcmp(row->r.previous, g->previous) != 0)
            return bad(e, "does not follow the one before");
        if (g->each(g->ctx, &row->r, row->text, row->len, row->sig, e) < 0)
            return -1;
        g->number = row->r.number;
        memcpy(g->previous, row->sha256, sizeof g->previous);
    }
    return 0;
}

int receipt_read(struct repo *r, const char *node, const struct sign_public *key,
                 const char *after, receipt_each *each, void *ctx,
                 char tip[NAMES_OID_MAX], struct err *e)
{
    AUTO_MEM char(*commits)[NAMES_OID_MAX] = NULL;
    struct reading g = {.node = node, .key = key, .each = each, .ctx = ctx};
    char ref[NAMES_REF_MAX], at[NAMES_OID_MAX] = "";
    struct receipt last;
    size_t count = 0;
    int rc;

    names_receipt_ref(node, ref);
    rc = repo_ref(r, ref, at, e);
    if (rc < 0)
        return -1;
    if (rc == 0 && after[0])
        return bad(e, "the receipts are gone");
    if (rc == 1 && strcmp(at, after) != 0) {
        rc = repo_chain(r, at, after, COMMITS_MAX, &commits, &count, e);
        if (rc < 0)
            return -1;
        if (rc == 0)
            return bad(e, "upstream rewrote its receipts");
        if (after[0] && last_of(r, after, key, node, &last, g.previous, e) < 0)
            return -1;
        g.number = after[0] ? last.number : 0;
    }
    for (size_t i = count; i-- > 0;) {
        AUTO(leafs_clear) struct leafs l = {.rows = NULL};

        if (load_commit(r, commits[i], key, node, &l, e) < 0 || give(&g, &l, e) < 0)
            return err_push(e, "commit %s", commits[i]);
    }
    memcpy(tip, at, NAMES_OID_MAX);
    return 0;
}

int receipt_set_aside(struct repo *r, const char *node, struct err *e)
{
    char ref[NAMES_REF_MAX], tip[NAMES_OID_MAX], was[NAMES_OID_MAX] = "";
    AUTO_MEM char *left = NULL;
    int rc;

    names_receipt_ref(node, ref);
    rc = repo_ref(r, ref, tip, e);
    if (rc <= 0)
        return rc;
    left = mem_printf("refs/left/receipts/%s/%.12s", node, tip);
    rc = repo_ref(r, left, was, e);
    if (rc < 0 || (rc == 0 && repo_ref_move(r, left, "", tip, e) < 0))
        return -1;
    return repo_ref_drop(r, ref, tip, e);
}
