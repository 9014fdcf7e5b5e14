/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/enrol.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/lock.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/tlspin.h"
#include "node/base/utf8.h"
#include "sync/bundle.h"
#include "sync/line.h"
#include "sync/repo.h"
#include "sync/repo_git.h"

#define FILE_MAX   ((size_t)64 << 20)
#define SCHEMA     1
#define KEYS_SPACE "sohoa-keys"
#define LIST_FILE  "list.json"
#define LIST_SIG   "list.json.sig"

static int bad(struct err *e, const char *what)
{
    err_set(e, ERR_ENROL, "nodes.json");
    return err_detail(e, "%s", what);
}

/* ---- memory -------------------------------------------------------------------------
 */

void enrol_row_clear(struct enrol_node *n)
{
    for (size_t i = 0; i < n->key_count; i++) {
        mem_free(n->keys[i].request);
        mem_free(n->keys[i].sig);
    }
    mem_free(n->keys);
    mem_free(n->reads);
    mem_free(n->closed);
    *n = (struct enrol_node){.revoked = false};
}

void enrol_clear(struct enrol *l)
{
    for (size_t i = 0; i < l->count; i++)
        enrol_row_clear(&l->nodes[i]);
    mem_free(l->nodes);
    mem_free(l->units);
    *l = (struct enrol)ENROL_INIT;
}

const struct enrol_node *enrol_find(const struct enrol *l, const char *node)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->nodes[i].node, node) == 0)
            return &l->nodes[i];
    return NULL;
}

bool enrol_valid_at(const struct enrol_node *n, int64_t epoch, enum bundle_class cls,
                    int64_t seq)
{
    if (n->any_unit || (!n->revoked && epoch >= enrol_key_epoch(n)))
        return true;
    for (size_t i = 0; i < n->closed_count; i++)
        if (n->closed[i].epoch == epoch && n->closed[i].cls == cls)
            return seq <= n->closed[i].seq;
    return false;
}

/* ---- keys ---------------------------------------------------------------------------
 */

const struct sign_public *enrol_key_at(const struct enrol_node *n, int64_t epoch)
{
    const struct sign_public *key = &n->key;

    for (size_t i = 0; i < n->key_count && n->keys[i].epoch <= epoch; i++)
        key = &n->keys[i].key;
    return key;
}

const struct sign_public *enrol_key_now(const struct enrol_node *n)
{
    return enrol_key_at(n, INT64_MAX);
}

int64_t enrol_key_epoch(const struct enrol_node *n)
{
    return n->key_count ? n->keys[n->key_count - 1].epoch : 1;
}

static bool same_key(const struct sign_public *a, const struct sign_public *b)
{
    return memcmp(a->key, b->key, sizeof a->key) == 0;
}

static bool ever_had(const struct enrol_node *n, const struct sign_public *key)
{
    for (size_t i = 0; i < n->key_count; i++)
        if (same_key(&n->keys[i].key, key))
            return true;
    return same_key(&n->key, key);
}

/* The row to which the key belongs, or belonged. */
static struct enrol_node *row_of_key(const struct enrol *l,
                                     const struct sign_public *key)
{
    for (size_t i = 0; i < l->count; i++)
        if (ever_had(&l->nodes[i], key))
            return &l->nodes[i];
    return NULL;
}

/* ---- units --------------------------------------------------------------------------
 */

static bool is_commune(const struct enrol_node *n)
{
    return strcmp(n->role, "commune") == 0;
}

static bool is_place(const struct enrol_place *p, const char *code, const char *from)
{
    return strcmp(p->code, code) == 0 && strcmp(p->valid_from, from) == 0;
}

/* All units of a node: the former ones, then the one it has now. */
static struct enrol_place place_at(const struct enrol_node *n, size_t i)
{
    struct enrol_place now = {.code = ""};

    if (i < n->former_count)
        return n->former[i];
    memcpy(now.code, n->unit_code, sizeof now.code);
    memcpy(now.valid_from, n->unit_valid_from, sizeof now.valid_from);
    return now;
}

struct enrol_place enrol_home(const struct enrol_node *n)
{
    return place_at(n, 0);
}

bool enrol_had_unit(const struct enrol_node *n, const char *code)
{
    for (size_t i = 0; i <= n->former_count; i++)
        if (strcmp(place_at(n, i).code, code) == 0)
            return true;
    return false;
}

bool enrol_unit_at(const struct enrol_node *n, const char *code, const char *valid_from,
                   size_t *at)
{
    for (size_t i = *at; i <= n->former_count; i++) {
        struct enrol_place p = place_at(n, i);

        if (is_place(&p, code, valid_from)) {
            *at = i;
            return true;
        }
    }
    return n->any_unit;
}

/* The first row of @code, or where it would be. */
static size_t first_unit(const struct enrol *l, const char *code)
{
    size_t lo = 0, hi = l->unit_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (strcmp(l->units[mid].code, code) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Does the table know this very unit, not just its code? */
static bool knows_unit(const struct enrol *l, const char *code, const char *from)
{
    for (size_t i = first_unit(l, code);
         i < l->unit_count && strcmp(l->units[i].code, code) == 0; i++)
        if (strcmp(l->units[i].valid_from, from) == 0)
            return true;
    return false;
}

/* @from: NULL: of any date, as parents are named by their code alone. */
static bool is_below(const struct enrol *l, const char *code, const char *from,
                     const char *top, int levels)
{
    bool exact = from && knows_unit(l, code, from);

    for (size_t i = first_unit(l, code);
         levels > 0 && i < l->unit_count && strcmp(l->units[i].code, code) == 0; i++) {
        const struct enrol_unit *u = &l->units[i];

        if (exact && strcmp(u->valid_from, from) != 0)
            continue;
        if (strcmp(u->parent, top) == 0 ||
            is_below(l, u->parent, NULL, top, levels - 1))
            return true;
    }
    return false;
}

bool enrol_names_read(const struct enrol_node *n, const char *code)
{
    for (size_t i = 0; i < n->read_count; i++)
        if (strcmp(n->reads[i], code) == 0)
            return true;
    return false;
}

static bool district_reads(const struct enrol *l, const struct enrol_node *n,
                           const char *code, const char *from)
{
    return strcmp(n->unit_code, code) == 0 || enrol_names_read(n, code) ||
           is_below(l, code, from, n->unit_code, ENROL_LEVELS_MAX);
}

bool enrol_may_read(const struct enrol *l, const struct enrol_node *n, const char *code,
                    const char *valid_from)
{
    struct enrol_place home = enrol_home(n);

    if (n->revoked)
        return false;
    if (strcmp(n->role, "district") != 0)
        return is_place(&home, code, valid_from);
    if (district_reads(l, n, code, valid_from))
        return true;
    for (size_t i = 0; i < l->count; i++) {
        const struct enrol_node *o = &l->nodes[i];

        if (o->former_count && is_commune(o) &&
            is_place(&o->former[0], code, valid_from) &&
            district_reads(l, n, o->unit_code, o->unit_valid_from))
            return true;
    }
    return false;
}

const struct enrol_node *enrol_author(const struct enrol *l, const struct enrol_node *n,
                                      const char *node)
{
    const struct enrol_node *author = enrol_find(l, node);
    struct enrol_place home;

    if (n->revoked || !author || author->revoked || !is_commune(author))
        return NULL;
    if (author == n)
        return author;
    home = enrol_home(author);
    if (is_commune(n) || !n->relay || !enrol_may_read(l, n, home.code, home.valid_from))
        return NULL;
    return author;
}

/* ---- the document -------------------------------------------------------------------
 */

static void key_line(const struct sign_public *key, const char *comment,
                     struct str *out)
{
    sign_public_line(key, comment, out);
}

static void set_key(struct jdoc *o, const struct sign_public *key, const char *node)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);

    key_line(key, node, &line);
    jdoc_set_text(o, "key", str_text(&line));
}

static struct jdoc *print_place(const struct enrol_place *p)
{
    struct jdoc *o = jdoc_object();

    jdoc_set_text(o, "code", p->code);
    jdoc_set_text(o, "valid_from", p->valid_from);
    return o;
}

static void set_former(struct jdoc *o, const struct enrol_node *n)
{
    struct jdoc *former = jdoc_array();

    for (size_t i = 0; i < n->former_count; i++)
        jdoc_add(former, print_place(&n->former[i]));
    jdoc_set(o, "former", former);
}

struct jdoc *enrol_print_closed(const struct enrol_node *n, int64_t before)
{
    struct jdoc *closed = jdoc_array();

    for (size_t i = 0; i < n->closed_count; i++) {
        struct jdoc *c = NULL;

        if (before && n->closed[i].epoch >= before)
            continue;
        c = jdoc_object();
        jdoc_set_text(c, "class", names_class(n->closed[i].cls));
        jdoc_set_int(c, "epoch", n->closed[i].epoch);
        jdoc_set_int(c, "seq", n->closed[i].seq);
        jdoc_add(closed, c);
    }
    return closed;
}

static struct jdoc *print_keys(const struct enrol_node *n)
{
    struct jdoc *keys = jdoc_array();

    for (size_t i = 0; i < n->key_count; i++) {
        const struct enrol_key *k = &n->keys[i];
        struct jdoc *o = jdoc_object();

        jdoc_set_int(o, "epoch", k->epoch);
        set_key(o, &k->key, n->node);
        if (k->request) {
            jdoc_set_text(o, "request", k->request);
            jdoc_set_text(o, "sig", k->sig);
        }
        jdoc_add(keys, o);
    }
    return keys;
}

struct jdoc *enrol_row_print(const struct enrol_node *n)
{
    struct jdoc *o = jdoc_object();
    struct enrol_place now = place_at(n, n->former_count);
    struct jdoc *reads = jdoc_array();

    for (size_t i = 0; i < n->read_count; i++)
        jdoc_add_text(reads, n->reads[i]);
    jdoc_set(o, "closed", enrol_print_closed(n, 0));
    if (n->former_count)
        set_former(o, n);
    set_key(o, &n->key, n->node);
    if (n->key_count)
        jdoc_set(o, "keys", print_keys(n));
    jdoc_set_text(o, "name", n->name);
    jdoc_set_text(o, "node", n->node);
    jdoc_set(o, "reads", reads);
    if (n->relay)
        jdoc_set_bool(o, "relay", true);
    jdoc_set_bool(o, "revoked", n->revoked);
    jdoc_set_text(o, "role", n->role);
    jdoc_set(o, "unit", print_place(&now));
    return o;
}

static struct jdoc *print_units(const struct enrol *l)
{
    struct jdoc *units = jdoc_array();

    for (size_t i = 0; i < l->unit_count; i++) {
        struct jdoc *u = jdoc_object();

        jdoc_set_text(u, "code", l->units[i].code);
        jdoc_set_text(u, "parent", l->units[i].parent);
        jdoc_set_text(u, "valid_from", l->units[i].valid_from);
        jdoc_add(units, u);
    }
    return units;
}

struct jdoc *enrol_print(const struct enrol *l)
{
    struct jdoc *j = jdoc_object();
    struct jdoc *issuer = jdoc_object();
    struct jdoc *nodes = jdoc_array();

    set_key(issuer, &l->issuer, l->issuer_node);
    jdoc_set_text(issuer, "node", l->issuer_node);
    for (size_t i = 0; i < l->count; i++)
        jdoc_add(nodes, enrol_row_print(&l->nodes[i]));
    jdoc_set(j, "issuer", issuer);
    jdoc_set(j, "nodes", nodes);
    jdoc_set_int(j, "schema", SCHEMA);
    if (l->unit_count)
        jdoc_set(j, "units", print_units(l));
    return j;
}

/* A key and the name that must follow from it. */
static bool take_key(const struct jdoc *o, struct sign_public *key,
                     char node[NAMES_NODE_MAX])
{
    const char *line = jdoc_text(o, "key");
    const char *name = jdoc_text(o, "node");
    struct err why = ERR_INIT; /* the caller says it in its own words */

    if (!line || !name || sign_parse_public(line, key, &why) < 0)
        return false;
    sign_node(key, node);
    return strcmp(node, name) == 0;
}

static bool role_known(const char *role)
{
    return strcmp(role, "commune") == 0 || strcmp(role, "district") == 0 ||
           strcmp(role, "province") == 0;
}

static int parse_reads(const struct jdoc *o, struct enrol_node *n, struct err *e)
{
    const struct jdoc *a = jdoc_get(o, "reads");
    size_t count = jdoc_count(a);

    if (!jdoc_is_array(a) || count > ENROL_READS_MAX)
        return bad(e, "reads");
    if (count == 0)
        return 0;
    n->reads = mem_new(count, sizeof *n->reads);
    for (size_t i = 0; i < count; i++) {
        const char *code = jdoc_text_at(a, i);

        if (!names_is_code(code))
            return bad(e, "reads");
        memcpy(n->reads[i], code, strlen(code) + 1);
        n->read_count++;
    }
    return 0;
}

static int parse_closed(const struct jdoc *o, struct enrol_node *n, struct err *e)
{
    const struct jdoc *a = jdoc_get(o, "closed");
    size_t count = jdoc_count(a);

    if (!jdoc_is_array(a) || count > ENROL_CLOSED_MAX)
        return bad(e, "closed");
    if (count == 0)
        return 0;
    n->closed = mem_new(count, sizeof *n->closed);
    for (size_t i = 0; i < count; i++) {
        const struct jdoc *c = jdoc_at(a, i);

        if (!names_class_parse(jdoc_text(c, "class"), &n->closed[i].cls) ||
            !jdoc_int(c, "epoch", 1, NAMES_EPOCH_MAX, &n->closed[i].epoch) ||
            !jdoc_int(c, "seq", 0, NAMES_SEQ_MAX, &n->closed[i].seq))
            return bad(e, "closed");
        n->closed_count++;
    }
    return 0;
}

static bool take_place(const struct jdoc *o, struct enrol_place *out)
{
    return jdoc_take_text(o, "code", out->code, sizeof out->code) &&
           names_is_code(out->code) &&
           jdoc_take_text(o, "valid_from", out->valid_from, sizeof out->valid_from) &&
           names_is_date(out->valid_from);
}

/* Absent: the node has the unit with which it began. */
static int parse_former(const struct jdoc *o, struct enrol_node *n, struct err *e)
{
    const struct jdoc *a = jdoc_get(o, "former");
    size_t count = jdoc_count(a);

    if (a && (!jdoc_is_array(a) || count > ENROL_FORMER_MAX))
        return bad(e, "former");
    for (size_t i = 0; i < count; i++)
        if (!take_place(jdoc_at(a, i), &n->former[n->former_count++]))
            return bad(e, "former");
    return 0;
}

/* With its request, or none: half of one is neither. */
static bool take_later(const struct jdoc *o, struct enrol_key *k)
{
    const char *line = jdoc_text(o, "key");
    const char *request = jdoc_text(o, "request");
    const char *sig = jdoc_text(o, "sig");
    struct err why = ERR_INIT; /* the caller says it in its own words */

    if (!line || sign_parse_public(line, &k->key, &why) < 0 ||
        !jdoc_int(o, "epoch", 2, NAMES_EPOCH_MAX, &k->epoch) || !request != !sig)
        return false;
    k->request = mem_dup(request);
    k->sig = mem_dup(sig);
    return true;
}

/* Absent: the node has the key with which it began. */
static int parse_keys(const struct jdoc *o, struct enrol_node *n, struct err *e)
{
    const struct jdoc *a = jdoc_get(o, "keys");
    size_t count = jdoc_count(a);

    if (a && (!jdoc_is_array(a) || count > ENROL_KEYS_MAX))
        return bad(e, "keys");
    if (count == 0)
        return 0;
    n->keys = mem_new(count, sizeof *n->keys);
    for (size_t i = 0; i < count; i++) {
        struct enrol_key *k = &n->keys[i];

        if (!take_later(jdoc_at(a, i), k))
            return bad(e, "keys");
        if (k->epoch <= enrol_key_epoch(n) || ever_had(n, &k->key)) {
            n->key_count++; /* with what it owns */
            return bad(e, "keys not in order");
        }
        n->key_count++;
    }
    return 0;
}

static int unit_order(const void *a, const void *b)
{
    const struct enrol_unit *x = a;
    const struct enrol_unit *y = b;
    int rc = strcmp(x->code, y->code);

    if (rc == 0)
        rc = strcmp(x->valid_from, y->valid_from);
    return rc ? rc : strcmp(x->parent, y->parent);
}

/* Absent: of a program that did not know it, or no table of units is there. */
static int parse_units(const struct jdoc *j, struct enrol *l, struct err *e)
{
    const struct jdoc *a = jdoc_get(j, "units");
    size_t count = jdoc_count(a);

    if (a && (!jdoc_is_array(a) || count > ENROL_UNITS_MAX))
        return bad(e, "units");
    if (count == 0)
        return 0;
    mem_grow(&l->units, &l->unit_cap, count, sizeof *l->units);
    for (size_t i = 0; i < count; i++) {
        const struct jdoc *o = jdoc_at(a, i);
        struct enrol_unit *u = &l->units[i];

        if (!jdoc_take_text(o, "code", u->code, sizeof u->code) ||
            !names_is_code(u->code) ||
            !jdoc_take_text(o, "valid_from", u->valid_from, sizeof u->valid_from) ||
            !names_is_date(u->valid_from) ||
            !jdoc_take_text(o, "parent", u->parent, sizeof u->parent) ||
            !names_is_code(u->parent) || (i && unit_order(u - 1, u) >= 0))
            return bad(e, "units");
        l->unit_count++;
    }
    return 0;
}

static struct enrol_node *add_row(struct enrol *l)
{
    mem_grow(&l->nodes, &l->cap, l->count + 1, sizeof *l->nodes);
    l->nodes[l->count] = (struct enrol_node){.revoked = false};
    return &l->nodes[l->count++];
}

static int parse_row(const struct jdoc *o, struct enrol_node *n, struct err *e)
{
    struct enrol_place unit;

    if (!take_key(o, &n->key, n->node))
        return bad(e, "a key and its node do not belong together");
    if (!take_place(jdoc_get(o, "unit"), &unit))
        return bad(e, "unit");
    memcpy(n->unit_code, unit.code, sizeof n->unit_code);
    memcpy(n->unit_valid_from, unit.valid_from, sizeof n->unit_valid_from);
    if (!jdoc_take_text(o, "name", n->name, sizeof n->name) ||
        !jdoc_take_text(o, "role", n->role, sizeof n->role) || !role_known(n->role))
        return bad(e, "name or role");
    n->revoked = jdoc_bool(o, "revoked", true); /* absent: no trust */
    n->relay = jdoc_bool(o, "relay", false);
    if (parse_reads(o, n, e) < 0 || parse_closed(o, n, e) < 0 ||
        parse_former(o, n, e) < 0)
        return -1;
    return parse_keys(o, n, e);
}

int enrol_row_parse(const struct jdoc *o, struct enrol_node *out, struct err *e)
{
    AUTO_ENROL_ROW struct enrol_node n = {.revoked = false};

    if (parse_row(o, &n, e) < 0)
        return -1;
    *out = n;
    n = (struct enrol_node){.revoked = false}; /* given away */
    return 0;
}

static int parse_node(const struct jdoc *o, struct enrol *l, struct err *e)
{
    struct enrol_node *n = add_row(l);

    if (parse_row(o, n, e) < 0)
        return -1;
    if (l->count > 1 && strcmp(l->nodes[l->count - 2].node, n->node) >= 0)
        return bad(e, "nodes not in order");
    return 0;
}

int enrol_parse(const struct jdoc *j, struct enrol *out, struct err *e)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    const struct jdoc *nodes = jdoc_get(j, "nodes");
    int64_t schema;

    if (!jdoc_int(j, "schema", SCHEMA, SCHEMA, &schema))
        return bad(e, "schema");
    if (!take_key(jdoc_get(j, "issuer"), &l.issuer, l.issuer_node))
        return bad(e, "issuer");
    if (!jdoc_is_array(nodes) || jdoc_count(nodes) > ENROL_NODES_MAX)
        return bad(e, "nodes");
    for (size_t i = 0; i < jdoc_count(nodes); i++)
        if (parse_node(jdoc_at(nodes, i), &l, e) < 0)
            return -1;
    if (parse_units(j, &l, e) < 0)
        return -1;
    *out = l;
    l = (struct enrol)ENROL_INIT; /* given away */
    return 0;
}

int enrol_load(const char *home, struct enrol *out, struct err *e)
{
    AUTO_MEM char *path = fs_path(home, "ssh/nodes.json");
    AUTO_STR struct str text = STR_INIT(FILE_MAX);
    AUTO_JDOC struct jdoc *j = NULL;
    struct err why = ERR_INIT;

    if (!fs_exists(path)) {
        *out = (struct enrol)ENROL_INIT;
        return 0;
    }
    if (fs_read_file(path, &text, e) < 0)
        return -1;
    if (jdoc_parse(str_text(&text), text.len, &j, &why) < 0)
        return bad(e, why.detail);
    return enrol_parse(j, out, e);
}

/* ---- writing ------------------------------------------------------------------------
 */

/* A path inside command="…", which sshd unquotes and the login shell reads. */
static int add_word(struct str *out, const char *path, struct err *e)
{
    bool plain = true;

    for (const char *p = path; *p; p++) {
        if (*p == '\'' || *p == '"' || *p == '\\' || (unsigned char)*p < ' ')
            return err_set(e, ERR_USAGE, "%s", path);
        plain = plain && (names_is_token((char[]){*p, '\0'}, 1) ||
                          strchr("/._+@:", *p) || (*p >= 'A' && *p <= 'Z'));
    }
    if (path[0] != '/')
        return err_set(e, ERR_USAGE, "%s", path);
    str_addf(out, plain ? "%s" : "'%s'", path);
    return 0;
}

static int write_authorized(const char *home, const char *program,
                            const struct enrol *l, struct err *e)
{
    AUTO_MEM char *path = fs_path(home, "ssh/authorized_keys");
    AUTO_STR struct str out = STR_INIT(FILE_MAX);

    str_add(&out, "# written by sohoa node add; do not edit\n");
    for (size_t i = 0; i < l->count; i++) {
        const struct enrol_node *n = &l->nodes[i];

        if (n->revoked)
            continue;
        str_add(&out, "restrict,command=\"");
        if (add_word(&out, program, e) < 0)
            return -1;
        str_add(&out, " -C ");
        if (add_word(&out, home, e) < 0)
            return -1;
        str_addf(&out, " receive %s\" ", n->node);
        key_line(enrol_key_now(n), n->node, &out);
        str_add_char(&out, '\n');
    }
    if (str_check(&out, path, e) < 0)
        return -1;
    return fs_write_file(path, out.p, out.len, e);
}

static void add_signer(const struct sign_public *key, const char *node, struct str *out)
{
    str_addf(out, "%s namespaces=\"git\" ", node);
    key_line(key, node, out);
    str_add_char(out, '\n');
}

static int write_signers(const char *home, const struct enrol *l, struct err *e)
{
    AUTO_MEM char *path = fs_path(home, "ssh/allowed_signers");
    AUTO_STR struct str out = STR_INIT(FILE_MAX);

    str_addf(&out, "%s namespaces=\"git,sohoa-receipt,sohoa-keys\" ", l->issuer_node);
    key_line(&l->issuer, l->issuer_node, &out);
    str_add_char(&out, '\n');
    for (size_t i = 0; i < l->count; i++) {
        const struct enrol_node *n = &l->nodes[i];

        add_signer(&n->key, n->node, &out);
        for (size_t k = 0; k < n->key_count; k++)
            add_signer(&n->keys[k].key, n->node, &out);
    }
    if (str_check(&out, path, e) < 0)
        return -1;
    return fs_write_file(path, out.p, out.len, e);
}

/* nodes.json first: the gate must know a key before sshd lets it in, and must have
 * forgotten it when a revocation is cut off in the middle. */
static int write_lists(const char *home, const char *program, const struct enrol *l,
                       struct err *e)
{
    AUTO_MEM char *path = fs_path(home, "ssh/nodes.json");
    AUTO_JDOC struct jdoc *j = enrol_print(l);

    if (jdoc_write_file(path, j, e) < 0 || write_signers(home, l, e) < 0)
        return -1;
    return write_authorized(home, program, l, e);
}

static int lock_lists(const char *home, struct lock *lock, struct err *e)
{
    AUTO_MEM char *ssh = fs_path(home, "ssh");
    AUTO_MEM char *path = fs_path(ssh, "lock");

    if (fs_mkdirs(ssh, e) < 0)
        return -1;
    return lock_take(lock, path, LOCK_WAIT_MS, e);
}

int enrol_moved(const char *home, const char *program, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_ENROL struct enrol l = ENROL_INIT;
    AUTO_MEM char *path = fs_path(home, "ssh/nodes.json");

    if (!fs_exists(path))
        return 0; /* nobody was ever enrolled */
    if (lock_lists(home, &lock, e) < 0 || enrol_load(home, &l, e) < 0)
        return -1;
    return write_lists(home, program, &l, e);
}

char *enrol_repository(const char *home, const char *code, const char *valid_from)
{
    return fs_pathf(home, "communes/%s-%s/repo.git", code, valid_from);
}

static char *repository_of(const char *home, const struct enrol_node *n)
{
    struct enrol_place p = enrol_home(n);

    return enrol_repository(home, p.code, p.valid_from);
}

static int row_order(const void *a, const void *b)
{
    const struct enrol_node *x = a;
    const struct enrol_node *y = b;

    return strcmp(x->node, y->node);
}

static int fill_row(const struct enrol_add *add, struct enrol_node *n, struct err *e)
{
    const char *name = add->name ? add->name : "";

    if (sign_parse_public(add->key_line, &n->key, e) < 0)
        return -1;
    sign_node(&n->key, n->node);
    if (!names_is_code(add->unit_code))
        return err_set(e, ERR_USAGE, "unit %s", add->unit_code);
    if (!names_is_date(add->valid_from))
        return err_set(e, ERR_USAGE, "date %s", add->valid_from);
    if (strlen(name) > ENROL_NAME_MAX || !utf8_valid(name, strlen(name)))
        return err_set(e, ERR_USAGE, "name");
    if (strcmp(add->role, "commune") != 0 && strcmp(add->role, "district") != 0)
        return err_set(e, ERR_USAGE, "role %s", add->role);
    if (add->read_count > ENROL_READS_MAX)
        return err_set(e, ERR_LIMIT, "units to read");
    (void)snprintf(n->unit_code, sizeof n->unit_code, "%s", add->unit_code);
    (void)snprintf(n->unit_valid_from, sizeof n->unit_valid_from, "%s",
                   add->valid_from);
    (void)snprintf(n->name, sizeof n->name, "%s", name);
    (void)snprintf(n->role, sizeof n->role, "%s", add->role);
    n->relay = add->relay;
    if (add->read_count)
        n->reads = mem_new(add->read_count, sizeof *n->reads);
    for (size_t i = 0; i < add->read_count; i++) {
        if (!names_is_code(add->reads[i]))
            return err_set(e, ERR_USAGE, "unit %s", add->reads[i]);
        (void)snprintf(n->reads[i], sizeof n->reads[i], "%s", add->reads[i]);
        n->read_count++;
    }
    return 0;
}

/* Whose receipts the node will trust: ours, or those of the tier above when we only
 * hand on what it sends. */
static int set_upstream(const char *home, const struct enrol *l,
                        const struct enrol_node *n, struct jdoc *upstream,
                        struct err *e)
{
    struct sign_public key = l->issuer;
    char node[NAMES_NODE_MAX];

    if (n->relay && is_commune(n)) {
        int rc = enrol_upstream(home, &key, e);

        if (rc <= 0)
            return rc < 0
                       ? -1
                       : err_set(e, ERR_UPSTREAM_KEY_UNSET, "%s", "keys/upstream.pub");
    }
    sign_node(&key, node);
    set_key(upstream, &key, node);
    jdoc_set_text(upstream, "node", node);
    return 0;
}

static int write_join(const char *home, const struct enrol *l,
                      const struct enrol_add *add, const struct enrol_node *n,
                      struct err *e)
{
    AUTO_MEM char *folder = fs_path(home, "enrol");
    AUTO_MEM char *path = fs_pathf(folder, "%s.json", n->node);
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_JDOC struct jdoc *upstream = jdoc_object();
    struct jdoc *hosts = jdoc_array();
    struct jdoc *unit = jdoc_object();
    int known = set_upstream(home, l, n, upstream, e);

    if (add->host_key_count > ENROL_HOST_KEYS)
        err_set(e, ERR_LIMIT, "host keys");
    for (size_t i = 0; i < add->host_key_count && i < ENROL_HOST_KEYS; i++)
        jdoc_add_text(hosts, add->host_keys[i]);
    jdoc_set_text(unit, "code", n->unit_code);
    jdoc_set_text(unit, "valid_from", n->unit_valid_from);
    jdoc_set_text(j, "type", "enrolment");
    jdoc_set_int(j, "schema", SCHEMA);
    jdoc_set_text(j, "node", n->node);
    jdoc_set_text(j, "name", n->name);
    jdoc_set_text(j, "role", n->role);
    jdoc_set(j, "unit", unit);
    jdoc_set_text(j, "url", add->url);
    jdoc_set(j, "host_keys", hosts);
    jdoc_set(j, "upstream", TAKE(upstream));
    if (n->relay && is_commune(n)) {
        struct jdoc *hub = jdoc_object();

        set_key(hub, &l->issuer, l->issuer_node);
        jdoc_set_text(hub, "node", l->issuer_node);
        jdoc_set(j, "hub", hub);
    }
    if (add->units)
        jdoc_set(j, "units", jdoc_copy(add->units));
    else
        jdoc_set_null(j, "units");
    if (known < 0 || add->host_key_count > ENROL_HOST_KEYS)
        return -1;
    if (fs_mkdirs(folder, e) < 0)
        return -1;
    return jdoc_write_file(path, j, e);
}

/* A commune that gets another unit keeps what it was: its row remembers the old ones.
 */
static int take_former(const struct enrol *l, struct enrol_node *n, struct err *e)
{
    const struct enrol_node *old = enrol_find(l, n->node);
    struct enrol_place was;

    if (!old || !is_commune(old) || !is_commune(n))
        return 0;
    memcpy(n->former, old->former, sizeof n->former);
    n->former_count = old->former_count;
    was = place_at(old, old->former_count);
    if (is_place(&was, n->unit_code, n->unit_valid_from))
        return 0;
    if (n->former_count == ENROL_FORMER_MAX)
        return err_set(e, ERR_LIMIT, "units of node %s", n->node);
    n->former[n->former_count++] = was;
    return 0;
}

/* A node goes by the name of its first key; a key that it gave up names nobody. */
static int find_name(const struct enrol *l, struct enrol_node *n, struct err *e)
{
    const struct enrol_node *old = row_of_key(l, &n->key);

    if (!old)
        return 0;
    if (!same_key(enrol_key_now(old), &n->key))
        return err_set(e, ERR_KEY_USED, "node %s", old->node);
    n->key = old->key;
    memcpy(n->node, old->node, sizeof n->node);
    return 0;
}

/* The row of @n replaces that of the same node; what was closed stays closed, and its
 * keys stay what they are. */
static void put_row(struct enrol *l, struct enrol_node *n)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->nodes[i].node, n->node) == 0) {
            n->closed = TAKE(l->nodes[i].closed);
            n->closed_count = l->nodes[i].closed_count;
            n->keys = TAKE(l->nodes[i].keys);
            n->key_count = l->nodes[i].key_count;
            l->nodes[i].key_count = 0;
            n->revoked = l->nodes[i].revoked;
            enrol_row_clear(&l->nodes[i]);
            l->nodes[i] = *n;
            *n = (struct enrol_node){.revoked = false};
            return;
        }
    *add_row(l) = *n;
    *n = (struct enrol_node){.revoked = false};
    qsort(l->nodes, l->count, sizeof *l->nodes, row_order);
}

int enrol_node_add(const char *home, const char *program,
                   const struct sign_public *issuer, const struct enrol_add *add,
                   char out_node[NAMES_NODE_MAX], char **repository, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_ENROL struct enrol l = ENROL_INIT;
    AUTO_ENROL_ROW struct enrol_node n = {.revoked = false};
    AUTO_MEM char *repo = NULL;
    char node[NAMES_NODE_MAX];

    if (fill_row(add, &n, e) < 0 || lock_lists(home, &lock, e) < 0 ||
        enrol_load(home, &l, e) < 0 || find_name(&l, &n, e) < 0)
        return -1;
    if (l.count >= ENROL_NODES_MAX)
        return err_set(e, ERR_LIMIT, "nodes");
    l.issuer = *issuer;
    sign_node(issuer, l.issuer_node);
    if (strcmp(l.issuer_node, n.node) == 0)
        return err_set(e, ERR_KEY, "a node cannot enrol itself");
    memcpy(node, n.node, sizeof node);
    if (take_former(&l, &n, e) < 0)
        return -1;
    if (is_commune(&n)) {
        repo = repository_of(home, &n);
        if (repo_create(repo, REPO_ARCHIVE, e) < 0)
            return -1;
    }
    if (write_join(home, &l, add, &n, e) < 0)
        return -1;
    put_row(&l, &n);
    if (write_lists(home, program, &l, e) < 0)
        return -1;
    memcpy(out_node, node, sizeof node);
    if (repository)
        *repository = TAKE(repo);
    return 0;
}

struct closing {
    struct repo *r;
    struct enrol_node *n;
    int64_t before; /* only chains of epochs before this one */
    int64_t last;   /* the newest epoch with a chain; 0: none */
};

static int close_chain(void *ctx, const char *ref, const char *oid, struct err *e)
{
    struct closing *c = ctx;
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    char sha256[HASH_HEX], parent[NAMES_OID_MAX];
    struct names_chain chain;
    size_t cap = c->n->closed_count;

    if (!names_ref_parse(ref, &chain) || strcmp(chain.node, c->n->node) != 0 ||
        chain.epoch >= c->before)
        return 0;
    if (c->n->closed_count >= ENROL_CLOSED_MAX)
        return err_set(e, ERR_LIMIT, "chains of a node");
    if (bundle_read(c->r, oid, &m, sha256, parent, e) < 0)
        return -1;
    if (chain.epoch > c->last)
        c->last = chain.epoch;
    mem_grow(&c->n->closed, &cap, c->n->closed_count + 1, sizeof *c->n->closed);
    c->n->closed[c->n->closed_count++] =
        (struct enrol_closed){.epoch = chain.epoch, .cls = chain.cls, .seq = m.seq};
    return 0;
}

/* Where the chains of @n end now. Those that a change of key has ended are where they
 * were: nothing comes to them any more. */
static int close_chains(const char *home, struct enrol_node *n, int64_t before,
                        int64_t *last, struct err *e)
{
    AUTO_MEM char *path = repository_of(home, n);
    AUTO_REPO struct repo *r = NULL;
    struct closing c = {.n = n, .before = before};

    *last = 0;
    if (!is_commune(n) || !fs_exists(path))
        return 0;
    if (repo_open(path, &r, e) < 0)
        return -1;
    c.r = r;
    mem_free(n->closed);
    n->closed = NULL;
    n->closed_count = 0;
    if (repo_refs(r, "refs/sohoa/", close_chain, &c, e) < 0)
        return -1;
    *last = c.last;
    return 0;
}

static struct enrol_node *need_row(struct enrol *l, const char *node, struct err *e)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->nodes[i].node, node) == 0)
            return &l->nodes[i];
    err_set(e, ERR_NOT_FOUND, "node %s", node);
    return NULL;
}

int enrol_node_revoke(const char *home, const char *program, const char *node,
                      struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_ENROL struct enrol l = ENROL_INIT;
    struct enrol_node *n = NULL;
    int64_t last;

    if (lock_lists(home, &lock, e) < 0 || enrol_load(home, &l, e) < 0)
        return -1;
    n = need_row(&l, node, e);
    if (!n)
        return -1;
    if (n->revoked)
        return 0;
    if (close_chains(home, n, INT64_MAX, &last, e) < 0)
        return -1;
    n->revoked = true;
    return write_lists(home, program, &l, e);
}

/* ---- another key for a node ---------------------------------------------------------
 */

/* 1 it may be done, 0 it was done before, -1. */
static int may_change(const struct enrol *l, const struct enrol_node *n,
                      const struct enrol_change *c, struct err *e)
{
    const struct enrol_node *other = row_of_key(l, c->key);

    if (!is_commune(n))
        return err_set(e, ERR_USAGE, "role %s", n->role);
    if (n->revoked)
        return err_set(e, ERR_GATE_NODE, "node %s", n->node);
    if (other == n && same_key(enrol_key_now(n), c->key) && n->key_count)
        return 0;
    if (other || same_key(&l->issuer, c->key))
        return err_set(e, ERR_KEY_USED, "node %s",
                       other ? other->node : l->issuer_node);
    if (n->key_count == ENROL_KEYS_MAX)
        return err_set(e, ERR_LIMIT, "keys of node %s", n->node);
    return 1;
}

static void add_key(struct enrol_node *n, const struct enrol_change *c, int64_t epoch)
{
    size_t cap = n->key_count;

    mem_grow(&n->keys, &cap, n->key_count + 1, sizeof *n->keys);
    n->keys[n->key_count++] = (struct enrol_key){.epoch = epoch,
                                                 .key = *c->key,
                                                 .request = mem_dup(c->request),
                                                 .sig = mem_dup(c->sig)};
}

int enrol_node_key(const char *home, const char *program, const struct enrol_change *c,
                   struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_ENROL struct enrol l = ENROL_INIT;
    struct enrol_node *n = NULL;
    int64_t last = 0, least;
    int rc;

    if (lock_lists(home, &lock, e) < 0 || enrol_load(home, &l, e) < 0)
        return -1;
    n = need_row(&l, c->node, e);
    if (!n)
        return -1;
    rc = may_change(&l, n, c, e);
    if (rc < 0)
        return -1;
    /* Again: a push that was let in before may have come to its end since. */
    if (close_chains(home, n, rc == 1 ? INT64_MAX : enrol_key_epoch(n), &last, e) < 0)
        return -1;
    if (rc == 1) {
        least = (last > enrol_key_epoch(n) ? last : enrol_key_epoch(n)) + 1;
        if (c->epoch && c->epoch < least)
            return err_set(e, ERR_KEY_REQUEST, "node %s epoch %lld", n->node,
                           (long long)c->epoch);
        add_key(n, c, c->epoch ? c->epoch : least);
    }
    return write_lists(home, program, &l, e);
}

/* ---- which unit lies below which
 * ---------------------------------------------------- */

static void drop_read(struct enrol_node *n, size_t i)
{
    n->read_count--;
    memmove(n->reads[i], n->reads[i + 1], (n->read_count - i) * sizeof *n->reads);
}

/* Rows of before name every unit that was below them on that day. */
static void drop_given_reads(struct enrol *l)
{
    for (size_t i = 0; i < l->count; i++) {
        struct enrol_node *n = &l->nodes[i];

        for (size_t k = n->read_count; k-- > 0;)
            if (is_below(l, n->reads[k], NULL, n->unit_code, ENROL_LEVELS_MAX))
                drop_read(n, k);
    }
}

/* A copy of @units in order, each once, in place of those of @l. */
static int take_units(struct enrol *l, const struct enrol_unit *units, size_t count,
                      struct err *e)
{
    AUTO_MEM struct enrol_unit *all = mem_new(count + 1, sizeof *all);
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (!names_is_code(units[i].code) || !names_is_code(units[i].parent) ||
            !names_is_date(units[i].valid_from))
            return err_set(e, ERR_USAGE, "unit %s", units[i].code);
    if (count > ENROL_UNITS_MAX)
        return err_set(e, ERR_LIMIT, "units");
    if (count) {
        memcpy(all, units, count * sizeof *all);
        qsort(all, count, sizeof *all, unit_order);
    }
    for (size_t i = 0; i < count; i++)
        if (n == 0 || unit_order(&all[n - 1], &all[i]) != 0)
            all[n++] = all[i];
    mem_free(l->units);
    l->units = TAKE(all);
    l->unit_count = l->unit_cap = n;
    return 0;
}

static bool same_units(const struct enrol *a, const struct enrol *b)
{
    for (size_t i = 0; a->unit_count == b->unit_count && i < a->unit_count; i++)
        if (unit_order(&a->units[i], &b->units[i]) != 0)
            return false;
    return a->unit_count == b->unit_count;
}

int enrol_units_set(const char *home, const struct enrol_unit *units, size_t count,
                    struct err *e)
{
    AUTO_MEM char *path = fs_path(home, "ssh/nodes.json");
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_ENROL struct enrol l = ENROL_INIT;
    AUTO_ENROL struct enrol now = ENROL_INIT;
    AUTO_JDOC struct jdoc *j = NULL;

    if (!fs_exists(path))
        return 0;
    if (lock_lists(home, &lock, e) < 0 || enrol_load(home, &l, e) < 0 ||
        take_units(&now, units, count, e) < 0)
        return -1;
    if (same_units(&l, &now))
        return 0;
    if (l.unit_count == 0) {
        l.units = TAKE(now.units);
        l.unit_count = l.unit_cap = now.unit_count;
        drop_given_reads(&l);
    } else if (take_units(&l, now.units, now.unit_count, e) < 0) {
        return -1;
    }
    j = enrol_print(&l);
    return jdoc_write_file(path, j, e);
}

void enrol_sshd_config(const char *home, const char *user, struct str *out)
{
    str_addf(out,
             "# /etc/ssh/sshd_config.d/sohoa.conf\n"
             "# The login user owns %s and has a real shell (nologin stops forced\n"
             "# commands) but no password.\n"
             "Match User %s\n"
             "    AuthorizedKeysFile \"%s/ssh/authorized_keys\"\n"
             "    AuthenticationMethods publickey\n"
             "    PubkeyAuthentication yes\n"
             "    PasswordAuthentication no\n"
             "    KbdInteractiveAuthentication no\n"
             "    DisableForwarding yes\n"
             "    PermitTTY no\n"
             "    PermitUserRC no\n"
             "    ClientAliveInterval 15\n"
             "    ClientAliveCountMax 2\n",
             home, user, home);
}

/* ---- the lower side -----------------------------------------------------------------
 */

void enrol_join_clear(struct enrol_join *j)
{
    for (size_t i = 0; i < j->host_key_count; i++)
        mem_free(j->host_keys[i]);
    mem_free(j->url);
    jdoc_free(j->units);
    *j = (struct enrol_join){.url = NULL};
}

/* A host key as ssh prints it: kind, base64, nothing that could be another line. */
static bool host_key_ok(const char *line)
{
    return names_is_ascii(line, 1000) && strchr(line, ' ') && line[0] != '#' &&
           line[0] != '@';
}

static int bad_join(struct err *e, const char *path, const char *what)
{
    err_set(e, ERR_ENROL, "%s", path);
    return err_detail(e, "%s", what);
}

static int take_join(const struct jdoc *j, const char *path, struct enrol_join *out,
                     struct err *e)
{
    const struct jdoc *unit = jdoc_get(j, "unit");
    const struct jdoc *hosts = jdoc_get(j, "host_keys");
    const struct jdoc *units = jdoc_get(j, "units");
    const char *type = jdoc_text(j, "type");
    const char *url = jdoc_text(j, "url");
    char hub[NAMES_NODE_MAX];
    int64_t schema;

    if (!type || strcmp(type, "enrolment") != 0 ||
        !jdoc_int(j, "schema", SCHEMA, SCHEMA, &schema))
        return bad_join(e, path, "not an enrolment file");
    if (!jdoc_take_text(j, "node", out->node, sizeof out->node) ||
        !names_is_node(out->node))
        return bad_join(e, path, "node");
    if (!jdoc_take_text(j, "name", out->name, sizeof out->name) ||
        !jdoc_take_text(j, "role", out->role, sizeof out->role) ||
        !role_known(out->role))
        return bad_join(e, path, "name or role");
    if (!jdoc_take_text(unit, "code", out->unit_code, sizeof out->unit_code) ||
        !names_is_code(out->unit_code) ||
        !jdoc_take_text(unit, "valid_from", out->unit_valid_from,
                        sizeof out->unit_valid_from) ||
        !names_is_date(out->unit_valid_from))
        return bad_join(e, path, "unit");
    if (!take_key(jdoc_get(j, "upstream"), &out->upstream, out->upstream_node))
        return bad_join(e, path, "upstream");
    out->has_hub = jdoc_get(j, "hub") != NULL;
    if (out->has_hub && !take_key(jdoc_get(j, "hub"), &out->hub, hub))
        return bad_join(e, path, "hub");
    if (url && strlen(url) >= LINE_URL_MAX)
        return bad_join(e, path, "url");
    out->url = mem_dup(url);
    for (size_t i = 0; i < jdoc_count(hosts); i++) {
        const char *line = jdoc_text_at(hosts, i);

        if (i >= ENROL_HOST_KEYS || !host_key_ok(line))
            return bad_join(e, path, "host_keys");
        out->host_keys[out->host_key_count++] = mem_dup(line);
    }
    if (units && !jdoc_is_null(units))
        out->units = jdoc_copy(units);
    return 0;
}

int enrol_join_read(const char *path, struct enrol_join *out, struct err *e)
{
    AUTO_JOIN struct enrol_join join = {.url = NULL};
    AUTO_JDOC struct jdoc *j = NULL;

    if (jdoc_read_file(path, &j, e) < 0 || take_join(j, path, &join, e) < 0)
        return -1;
    *out = join;
    join = (struct enrol_join){.url = NULL}; /* given away */
    return 0;
}

static int write_key(const char *home, const char *name, const struct sign_public *key,
                     struct err *e)
{
    AUTO_MEM char *path = fs_path(home, name);
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    char node[NAMES_NODE_MAX];

    if (!key)
        return fs_unlink(path, e);
    sign_node(key, node);
    key_line(key, node, &line);
    str_add_char(&line, '\n');
    return fs_write_file(path, line.p, line.len, e);
}

static int read_key(const char *home, const char *name, struct sign_public *out,
                    struct err *e)
{
    AUTO_MEM char *path = fs_path(home, name);

    if (!fs_exists(path))
        return 0;
    return sign_read_public(path, out, e) < 0 ? -1 : 1;
}

int enrol_trust_upstream(const char *home, const struct sign_public *key, struct err *e)
{
    return write_key(home, "keys/upstream.pub", key, e);
}

int enrol_upstream(const char *home, struct sign_public *out, struct err *e)
{
    return read_key(home, "keys/upstream.pub", out, e);
}

int enrol_set_hub(const char *home, const struct sign_public *key, struct err *e)
{
    return write_key(home, "keys/hub.pub", key, e);
}

int enrol_hub(const char *home, struct sign_public *out, struct err *e)
{
    return read_key(home, "keys/hub.pub", out, e);
}

/* The part of a key line that says the key: a known_hosts line begins with its hosts.
 */
static const char *key_part(const char *line)
{
    const char *space = strchr(line, ' ');
    const char *second = space ? strchr(space + 1, ' ') : NULL;

    if (str_starts(line, "ssh-") || str_starts(line, "ecdsa-") ||
        str_starts(line, "sk-") || tlspin_is(line))
        return line;
    return second ? space + 1 : line;
}

static void keep_other_hosts(const char *text, const char *label, struct str *out)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        size_t word = strcspn(text, " ");

        if (len && !(word == strlen(label) && strncmp(text, label, word) == 0)) {
            str_add_mem(out, text, len);
            str_add_char(out, '\n');
        }
        text += len + (text[len] == '\n');
    }
}

int enrol_trust_host(const char *home, const char *url, const char *const *lines,
                     size_t count, struct err *e)
{
    AUTO_MEM char *path = fs_path(home, "keys/known_hosts");
    AUTO_STR struct str was = STR_INIT(STR_TEXT_MAX);
    AUTO_STR struct str now = STR_INIT(STR_TEXT_MAX);
    char label[LINE_LABEL_MAX];
    struct line l;

    if (line_parse(home, url, &l, e) < 0)
        return -1;
    if (l.folder)
        return 0; /* nothing to be known of a folder */
    line_label(&l, label);
    if (fs_exists(path) && fs_read_file(path, &was, e) < 0)
        return -1;
    keep_other_hosts(str_text(&was), label, &now);
    for (size_t i = 0; i < count; i++) {
        if (!host_key_ok(lines[i]))
            return err_set(e, ERR_KEY, "host key");
        str_addf(&now, "%s %s\n", label, key_part(lines[i]));
    }
    if (str_check(&now, path, e) < 0)
        return -1;
    return fs_write_file(path, str_text(&now), now.len, e);
}

/* ---- the published list
 * --------------------------------------------------------------- */

struct published {
    struct repo *r;
    struct str list, sig;
};

static void published_clear(struct published *p)
{
    str_clear(&p->list);
    str_clear(&p->sig);
}

static int take_published(void *ctx, const char *path, const git_oid *oid,
                          struct err *e)
{
    struct published *p = ctx;

    if (strcmp(path, LIST_FILE) == 0)
        return repo_blob(p->r, oid, &p->list, e);
    if (strcmp(path, LIST_SIG) == 0)
        return repo_blob(p->r, oid, &p->sig, e);
    return err_set(e, ERR_ENROL, "%s", path);
}

/* Both files of the tip, signatures verified. 1, 0 absent, -1. */
static int load_published(struct repo *r, const struct sign_public *trusted,
                          struct published *p, char tip[NAMES_OID_MAX], struct err *e)
{
    char tree[NAMES_OID_MAX], parent[NAMES_OID_MAX];
    int rc = repo_ref(r, NAMES_KEYS_REF, tip, e);

    if (rc <= 0)
        return rc;
    p->r = r;
    if (repo_commit_verify(r, tip, trusted, tree, parent, e) < 0 ||
        repo_tree_each(r, tree, 2, take_published, p, e) < 0)
        return -1;
    if (sign_verify(trusted, KEYS_SPACE, str_text(&p->list), p->list.len,
                    str_text(&p->sig), e) < 0)
        return err_push(e, "%s", NAMES_KEYS_REF);
    return 1;
}

#define PUBLISHED_INIT                                                                 \
    {                                                                                  \
        .list = STR_INIT(FILE_MAX), .sig = STR_INIT(STR_LINE_MAX)                      \
    }

int enrol_publish(const char *home, struct repo *r, const struct sign_secret *key,
                  int64_t time, struct err *e)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    AUTO_STR struct str text = STR_INIT(FILE_MAX);
    AUTO_STR struct str sig = STR_INIT(STR_LINE_MAX);
    AUTO(published_clear) struct published old = PUBLISHED_INIT;
    struct repo_commit c = {.time = time, .message = "sohoa keys\n"};
    struct repo_file files[2];
    char tip[NAMES_OID_MAX] = "", commit[NAMES_OID_MAX];
    int rc;

    if (enrol_load(home, &l, e) < 0)
        return -1;
    l.unit_count = 0; /* whom to believe, not who may read what */
    l.issuer = key->pub;
    sign_node(&key->pub, l.issuer_node);
    {
        AUTO_JDOC struct jdoc *j = enrol_print(&l);

        jdoc_print(j, &text);
        str_add_char(&text, '\n');
    }
    if (str_check(&text, LIST_FILE, e) < 0)
        return -1;
    rc = load_published(r, &key->pub, &old, tip, e);
    if (rc < 0)
        return -1;
    if (rc == 1 && old.list.len == text.len &&
        memcmp(old.list.p, text.p, text.len) == 0)
        return 0;
    sign_sshsig(key, KEYS_SPACE, text.p, text.len, &sig);
    files[0] = (struct repo_file){.path = LIST_FILE, .data = text.p, .len = text.len};
    files[1] = (struct repo_file){.path = LIST_SIG, .data = sig.p, .len = sig.len};
    if (repo_tree_write(r, files, 2, c.tree, e) < 0)
        return -1;
    memcpy(c.author, l.issuer_node, sizeof c.author);
    (void)snprintf(c.parent, sizeof c.parent, "%s", rc == 1 ? tip : "");
    if (repo_commit_write(r, &c, key, commit, e) < 0)
        return -1;
    return repo_ref_move(r, NAMES_KEYS_REF, rc == 1 ? tip : NULL, commit, e);
}

int enrol_published(struct repo *r, const struct sign_public *trusted,
                    struct enrol *out, struct err *e)
{
    AUTO(published_clear) struct published p = PUBLISHED_INIT;
    AUTO_JDOC struct jdoc *j = NULL;
    char tip[NAMES_OID_MAX];
    int rc = load_published(r, trusted, &p, tip, e);

    if (rc <= 0)
        return rc;
    if (jdoc_parse_canonical(str_text(&p.list), p.list.len, &j, e) < 0 ||
        enrol_parse(j, out, e) < 0)
        return -1;
    return 1;
}
