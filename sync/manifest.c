/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/manifest.h"

#include <assert.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/str.h"

#define CLOCK_MAX   INT64_C(253402300799) /* the last second of 9999 */
#define COUNTER_MAX INT64_C(9007199254740991)

static const char *const level_names[] = {"verified", "recognized"};

const char *manifest_level_name(enum manifest_level level)
{
    return level_names[level == LEVEL_VERIFIED ? 0 : 1];
}

void manifest_clear(struct manifest *m)
{
    for (size_t i = 0; i < m->object_count; i++)
        mem_free(m->objects[i].parts);
    mem_free(m->objects);
    mem_free(m->items);
    *m = (struct manifest)MANIFEST_INIT;
}

struct manifest_item *manifest_add_item(struct manifest *m)
{
    mem_grow(&m->items, &m->item_cap, m->item_count + 1, sizeof *m->items);
    m->items[m->item_count] = (struct manifest_item){.rev = 0};
    return &m->items[m->item_count++];
}

struct manifest_object *manifest_add_object(struct manifest *m)
{
    mem_grow(&m->objects, &m->object_cap, m->object_count + 1, sizeof *m->objects);
    m->objects[m->object_count] = (struct manifest_object){.size = 0};
    return &m->objects[m->object_count++];
}

/* ---- sizes and parts ------------------------------------------------------------ */

int64_t manifest_parts_of(int64_t size, const char *role)
{
    if (size <= BUNDLE_WHOLE_MAX || strcmp(role, ROLE_META) == 0)
        return 0;
    return (size + BUNDLE_PART_BYTES - 1) / BUNDLE_PART_BYTES;
}

int64_t manifest_part_size(int64_t size, int64_t n)
{
    int64_t rest = size - n * BUNDLE_PART_BYTES;

    return rest < BUNDLE_PART_BYTES ? rest : BUNDLE_PART_BYTES;
}

static int64_t object_bytes(const struct manifest_object *o)
{
    int64_t sum = 0;

    if (o->part_count == 0)
        return o->size;
    for (size_t i = 0; i < o->part_count; i++)
        sum += o->parts[i].size;
    return sum;
}

int64_t manifest_bytes(const struct manifest *m)
{
    int64_t sum = 0;

    for (size_t i = 0; i < m->object_count; i++)
        sum += object_bytes(&m->objects[i]);
    return sum;
}

/* Text of JSON around the values, their digits included; a media type may be escaped.
 */
#define TEXT_HEAD   4096
#define TEXT_ITEM   256
#define TEXT_OBJECT 512
#define TEXT_PART   256
#define TYPE_ESCAPE 6
#define TREE_ENTRY  128 /* mode, name of 69 characters, id */
#define TREES_MAX   256 /* obj/00 to obj/ff */
#define GIT_ALONE   4   /* commit, root, obj, manifest.json */

void manifest_cost(const struct manifest *m, struct manifest_cost *cost)
{
    int64_t blobs = 0;
    int64_t text = TEXT_HEAD + TEXT_ITEM * (int64_t)m->item_count;

    for (size_t i = 0; i < m->object_count; i++) {
        const struct manifest_object *o = &m->objects[i];

        blobs += o->part_count ? (int64_t)o->part_count : 1;
        text += TEXT_OBJECT + TYPE_ESCAPE * (int64_t)strlen(o->type) +
                TEXT_PART * (int64_t)o->part_count;
    }
    cost->objects += blobs + (blobs < TREES_MAX ? blobs : TREES_MAX) + GIT_ALONE;
    cost->bytes +=
        manifest_bytes(m) + text + TREE_ENTRY * (blobs + TREES_MAX + GIT_ALONE);
}

bool manifest_object_ends(const struct manifest_object *o)
{
    return o->part_count == 0 ||
           o->parts[o->part_count - 1].n + 1 == manifest_parts_of(o->size, o->role);
}

/* ---- the rules of one manifest --------------------------------------------------- */

static int bad(struct err *e, const char *what)
{
    err_set(e, ERR_MANIFEST, "manifest");
    return err_detail(e, "%s", what);
}

static int bad_at(struct err *e, const char *list, size_t i, const char *what)
{
    err_set(e, ERR_MANIFEST, "manifest");
    return err_detail(e, "%s %zu: %s", list, i, what);
}

static bool is_sha256(const char *hex)
{
    return hash_is_hex(hex, HASH_HEX - 1);
}

static bool is_sha256_or_none(const char *hex)
{
    return hex[0] == '\0' || is_sha256(hex);
}

static int check_parts(const struct manifest *m, size_t i, struct err *e)
{
    const struct manifest_object *o = &m->objects[i];
    int64_t all = manifest_parts_of(o->size, o->role);

    if ((all > 0) != (o->part_count > 0))
        return bad_at(e, "objects", i, all ? "needs parts" : "must be whole");
    if (all == 0)
        return names_is_oid(o->git) ? 0 : bad_at(e, "objects", i, "git");
    if (o->git[0] != '\0')
        return bad_at(e, "objects", i, "git of an object in parts");
    for (size_t k = 0; k < o->part_count; k++) {
        const struct manifest_part *p = &o->parts[k];

        if (p->n < 0 || p->n >= all || (k > 0 && p->n != o->parts[k - 1].n + 1))
            return bad_at(e, "objects", i, "numbers of parts");
        if (p->size != manifest_part_size(o->size, p->n) || !is_sha256(p->sha256) ||
            !names_is_oid(p->git))
            return bad_at(e, "objects", i, "a part");
    }
    if (o->parts[0].n != 0 && i != 0)
        return bad_at(e, "objects", i, "goes on, but is not the first");
    if (!manifest_object_ends(o) && i + 1 != m->object_count)
        return bad_at(e, "objects", i, "is cut, but is not the last");
    return 0;
}

static int check_object(const struct manifest *m, size_t i, struct err *e)
{
    const struct manifest_object *o = &m->objects[i];
    bool meta = strcmp(o->role, ROLE_META) == 0;

    if (!is_sha256(o->sha256))
        return bad_at(e, "objects", i, "sha256");
    if (o->size < 0 || o->size > (meta ? MANIFEST_META_MAX : MANIFEST_OBJECT_BYTES))
        return bad_at(e, "objects", i, "size");
    if (!names_is_ascii(o->type, MANIFEST_TEXT_MAX))
        return bad_at(e, "objects", i, "type");
    if (!names_is_token(o->role, MANIFEST_TOKEN_MAX))
        return bad_at(e, "objects", i, "role");
    if (o->item[0] && !names_is_item(o->item))
        return bad_at(e, "objects", i, "item");
    if (!is_sha256_or_none(o->page))
        return bad_at(e, "objects", i, "page");
    if (o->part_count > BUNDLE_PARTS_MAX)
        return bad_at(e, "objects", i, "too many parts");
    return check_parts(m, i, e);
}

static int check_lists(const struct manifest *m, struct err *e)
{
    size_t metas = 0;
    int64_t bytes = 0;

    if (m->item_count > MANIFEST_ITEMS_MAX)
        return bad(e, "too many items");
    if (m->object_count > MANIFEST_OBJECTS_MAX)
        return bad(e, "too many objects");
    for (size_t i = 0; i < m->item_count; i++) {
        const struct manifest_item *t = &m->items[i];

        if (!names_is_item(t->item))
            return bad_at(e, "items", i, "item");
        if (t->rev < 1 || t->rev > NAMES_SEQ_MAX || t->supersedes < 0 ||
            t->supersedes >= t->rev)
            return bad_at(e, "items", i, "rev");
        if (!names_is_token(t->state, MANIFEST_TOKEN_MAX))
            return bad_at(e, "items", i, "state");
    }
    for (size_t i = 0; i < m->object_count; i++) {
        if (check_object(m, i, e) < 0)
            return -1;
        metas += strcmp(m->objects[i].role, ROLE_META) == 0;
        bytes += object_bytes(&m->objects[i]);
        if (bytes > BUNDLE_BYTES_MAX)
            return bad(e, "more bytes than a bundle may have");
    }
    return metas > 1 ? bad(e, "more than one meta object") : 0;
}

int manifest_check(const struct manifest *m, struct err *e)
{
    if (m->schema != MANIFEST_SCHEMA)
        return bad(e, "schema");
    if (!names_is_node(m->node))
        return bad(e, "node");
    if (m->epoch < 1 || m->epoch > NAMES_EPOCH_MAX)
        return bad(e, "epoch");
    if (m->cls >= CLASS_COUNT)
        return bad(e, "class");
    if (m->seq < 1 || m->seq > NAMES_SEQ_MAX)
        return bad(e, "seq");
    if (m->seq == 1 ? m->prev[0] != '\0' : !is_sha256(m->prev))
        return bad(e, "prev");
    if (!names_is_code(m->unit_code) || !names_is_date(m->unit_valid_from))
        return bad(e, "unit");
    if (!is_sha256_or_none(m->audit_head))
        return bad(e, "audit_head");
    if (!names_is_ascii(m->program, MANIFEST_TEXT_MAX))
        return bad(e, "program");
    if (!names_is_ascii(m->pipeline_version, MANIFEST_TEXT_MAX) ||
        !is_sha256_or_none(m->model_sha256))
        return bad(e, "pipeline");
    if (m->level != LEVEL_VERIFIED && m->level != LEVEL_RECOGNIZED)
        return bad(e, "level");
    if (m->clock < 0 || m->clock > CLOCK_MAX)
        return bad(e, "clock");
    if (m->counter < 1 || m->counter > COUNTER_MAX)
        return bad(e, "counter");
    return check_lists(m, e);
}

/* ---- the rules between two manifests --------------------------------------------- */

static int unchained(struct err *e, const struct manifest *next, const char *what)
{
    err_set(e, ERR_BUNDLE_CHAIN, "%s %lld/%lld", names_class(next->cls),
            (long long)next->epoch, (long long)next->seq);
    return err_detail(e, "%s", what);
}

/* The object that @m leaves unfinished, or NULL. */
static const struct manifest_object *open_object(const struct manifest *m)
{
    const struct manifest_object *o =
        m->object_count ? &m->objects[m->object_count - 1] : NULL;

    return o && !manifest_object_ends(o) ? o : NULL;
}

int manifest_check_next(const struct manifest *prev, const char *prev_sha256,
                        const struct manifest *next, struct err *e)
{
    const struct manifest_object *open = prev ? open_object(prev) : NULL;
    const struct manifest_object *first = next->object_count ? next->objects : NULL;
    bool goes_on = first && first->part_count > 0 && first->parts[0].n > 0;

    if (next->seq != (prev ? prev->seq + 1 : 1))
        return unchained(e, next, "sequence number");
    if (prev && (strcmp(prev->node, next->node) != 0 || prev->epoch != next->epoch ||
                 prev->cls != next->cls))
        return unchained(e, next, "node, epoch or class");
    if (strcmp(next->prev, prev ? prev_sha256 : "") != 0)
        return unchained(e, next, "name of the bundle before");
    if (prev && next->counter <= prev->counter)
        return unchained(e, next, "counter");
    if (goes_on != (open != NULL))
        return unchained(e, next,
                         open ? "a cut object does not go on"
                              : "a part without its beginning");
    if (open &&
        (strcmp(open->sha256, first->sha256) != 0 || open->size != first->size ||
         strcmp(open->role, first->role) != 0 || strcmp(open->type, first->type) != 0 ||
         strcmp(open->item, first->item) != 0 || strcmp(open->page, first->page) != 0 ||
         open->parts[open->part_count - 1].n + 1 != first->parts[0].n))
        return unchained(e, next, "a cut object goes on as another one");
    return 0;
}

/* ---- to JSON ----------------------------------------------------------------------
 */

static void set_or_null(struct jdoc *o, const char *key, const char *text)
{
    jdoc_set_text(o, key, text[0] ? text : NULL);
}

static struct jdoc *print_items(const struct manifest *m)
{
    struct jdoc *a = jdoc_array();

    for (size_t i = 0; i < m->item_count; i++) {
        struct jdoc *o = jdoc_object();

        jdoc_set_text(o, "item", m->items[i].item);
        jdoc_set_int(o, "rev", m->items[i].rev);
        jdoc_set_int(o, "supersedes", m->items[i].supersedes);
        jdoc_set_text(o, "state", m->items[i].state);
        jdoc_add(a, o);
    }
    return a;
}

static struct jdoc *print_parts(const struct manifest_object *obj)
{
    struct jdoc *a = jdoc_array();

    for (size_t i = 0; i < obj->part_count; i++) {
        struct jdoc *o = jdoc_object();

        jdoc_set_text(o, "git", obj->parts[i].git);
        jdoc_set_int(o, "n", obj->parts[i].n);
        jdoc_set_text(o, "sha256", obj->parts[i].sha256);
        jdoc_set_int(o, "size", obj->parts[i].size);
        jdoc_add(a, o);
    }
    return a;
}

static struct jdoc *print_objects(const struct manifest *m)
{
    struct jdoc *a = jdoc_array();

    for (size_t i = 0; i < m->object_count; i++) {
        const struct manifest_object *obj = &m->objects[i];
        struct jdoc *o = jdoc_object();

        set_or_null(o, "git", obj->git);
        set_or_null(o, "item", obj->item);
        set_or_null(o, "page", obj->page);
        jdoc_set(o, "parts", print_parts(obj));
        jdoc_set_text(o, "role", obj->role);
        jdoc_set_text(o, "sha256", obj->sha256);
        jdoc_set_int(o, "size", obj->size);
        jdoc_set_text(o, "type", obj->type);
        jdoc_add(a, o);
    }
    return a;
}

int manifest_print(const struct manifest *m, struct str *out, char sha256[HASH_HEX],
                   struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct jdoc *pipeline = jdoc_object();
    struct jdoc *unit = jdoc_object();

    jdoc_set(j, "pipeline", pipeline);
    jdoc_set(j, "unit", unit);
    if (manifest_check(m, e) < 0)
        return -1;
    jdoc_set_int(j, "schema", m->schema);
    jdoc_set_text(j, "node", m->node);
    jdoc_set_int(j, "epoch", m->epoch);
    jdoc_set_text(j, "class", names_class(m->cls));
    jdoc_set_int(j, "seq", m->seq);
    set_or_null(j, "prev", m->prev);
    jdoc_set_text(unit, "code", m->unit_code);
    jdoc_set_text(unit, "valid_from", m->unit_valid_from);
    set_or_null(j, "audit_head", m->audit_head);
    jdoc_set_text(j, "program", m->program);
    jdoc_set_text(pipeline, "version", m->pipeline_version);
    set_or_null(pipeline, "model_sha256", m->model_sha256);
    jdoc_set_text(j, "level", manifest_level_name(m->level));
    jdoc_set_int(j, "clock", m->clock);
    jdoc_set_int(j, "counter", m->counter);
    jdoc_set(j, "items", print_items(m));
    jdoc_set(j, "objects", print_objects(m));
    return jdoc_print_document(j, "manifest", MANIFEST_BYTES_MAX, out, sha256, e);
}

/* ---- from JSON --------------------------------------------------------------------
 */

static int parse_items(const struct jdoc *j, struct manifest *m, struct err *e)
{
    const struct jdoc *a = jdoc_get(j, "items");

    if (!jdoc_is_array(a) || jdoc_count(a) > MANIFEST_ITEMS_MAX)
        return bad(e, "items");
    for (size_t i = 0; i < jdoc_count(a); i++) {
        const struct jdoc *o = jdoc_at(a, i);
        struct manifest_item *t = manifest_add_item(m);

        if (!jdoc_take_text(o, "item", t->item, sizeof t->item) ||
            !jdoc_take_text(o, "state", t->state, sizeof t->state) ||
            !jdoc_int(o, "rev", 1, NAMES_SEQ_MAX, &t->rev) ||
            !jdoc_int(o, "supersedes", 0, NAMES_SEQ_MAX, &t->supersedes))
            return bad_at(e, "items", i, "fields");
    }
    return 0;
}

static int parse_parts(const struct jdoc *o, size_t i, struct manifest_object *obj,
                       struct err *e)
{
    const struct jdoc *a = jdoc_get(o, "parts");
    size_t count = jdoc_count(a);

    if (!jdoc_is_array(a) || count > BUNDLE_PARTS_MAX)
        return bad_at(e, "objects", i, "parts");
    if (count == 0)
        return 0;
    obj->parts = mem_new(count, sizeof *obj->parts);
    obj->part_count = count;
    for (size_t k = 0; k < count; k++) {
        const struct jdoc *p = jdoc_at(a, k);
        struct manifest_part *part = &obj->parts[k];

        if (!jdoc_int(p, "n", 0, BUNDLE_PARTS_MAX, &part->n) ||
            !jdoc_take_text(p, "sha256", part->sha256, sizeof part->sha256) ||
            !jdoc_take_text(p, "git", part->git, sizeof part->git) ||
            !jdoc_int(p, "size", 1, BUNDLE_PART_BYTES, &part->size))
            return bad_at(e, "objects", i, "a part");
    }
    return 0;
}

static int parse_objects(const struct jdoc *j, struct manifest *m, struct err *e)
{
    const struct jdoc *a = jdoc_get(j, "objects");

    if (!jdoc_is_array(a) || jdoc_count(a) > MANIFEST_OBJECTS_MAX)
        return bad(e, "objects");
    for (size_t i = 0; i < jdoc_count(a); i++) {
        const struct jdoc *o = jdoc_at(a, i);
        struct manifest_object *obj = manifest_add_object(m);

        if (!jdoc_take_text(o, "sha256", obj->sha256, sizeof obj->sha256) ||
            !jdoc_take_text_or_null(o, "git", obj->git, sizeof obj->git) ||
            !jdoc_take_text(o, "type", obj->type, sizeof obj->type) ||
            !jdoc_take_text(o, "role", obj->role, sizeof obj->role) ||
            !jdoc_take_text_or_null(o, "item", obj->item, sizeof obj->item) ||
            !jdoc_take_text_or_null(o, "page", obj->page, sizeof obj->page) ||
            !jdoc_int(o, "size", 0, MANIFEST_OBJECT_BYTES, &obj->size))
            return bad_at(e, "objects", i, "fields");
        if (parse_parts(o, i, obj, e) < 0)
            return -1;
    }
    return 0;
}

static int parse_head(const struct jdoc *j, struct manifest *m, struct err *e)
{
    const struct jdoc *unit = jdoc_get(j, "unit");
    const struct jdoc *pipeline = jdoc_get(j, "pipeline");
    const char *level = jdoc_text(j, "level");

    if (!jdoc_int(j, "schema", 1, MANIFEST_SCHEMA, &m->schema))
        return bad(e, "schema");
    if (!jdoc_take_text(j, "node", m->node, sizeof m->node))
        return bad(e, "node");
    if (!jdoc_int(j, "epoch", 1, NAMES_EPOCH_MAX, &m->epoch) ||
        !jdoc_int(j, "seq", 1, NAMES_SEQ_MAX, &m->seq) ||
        !names_class_parse(jdoc_text(j, "class"), &m->cls))
        return bad(e, "epoch, class or seq");
    if (!jdoc_take_text_or_null(j, "prev", m->prev, sizeof m->prev) ||
        !jdoc_take_text_or_null(j, "audit_head", m->audit_head, sizeof m->audit_head))
        return bad(e, "prev or audit_head");
    if (!jdoc_take_text(unit, "code", m->unit_code, sizeof m->unit_code) ||
        !jdoc_take_text(unit, "valid_from", m->unit_valid_from,
                        sizeof m->unit_valid_from))
        return bad(e, "unit");
    if (!jdoc_take_text(j, "program", m->program, sizeof m->program) ||
        !jdoc_take_text(pipeline, "version", m->pipeline_version,
                        sizeof m->pipeline_version) ||
        !jdoc_take_text_or_null(pipeline, "model_sha256", m->model_sha256,
                                sizeof m->model_sha256))
        return bad(e, "program or pipeline");
    if (!level ||
        (strcmp(level, level_names[0]) != 0 && strcmp(level, level_names[1]) != 0))
        return bad(e, "level");
    m->level = strcmp(level, level_names[0]) == 0 ? LEVEL_VERIFIED : LEVEL_RECOGNIZED;
    if (!jdoc_int(j, "clock", 0, CLOCK_MAX, &m->clock) ||
        !jdoc_int(j, "counter", 1, COUNTER_MAX, &m->counter))
        return bad(e, "clock or counter");
    return 0;
}

int manifest_parse(const char *text, size_t len, struct manifest *out,
                   char sha256[HASH_HEX], struct err *e)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    AUTO_JDOC struct jdoc *j = NULL;
    struct err why = ERR_INIT;

    if (len > MANIFEST_BYTES_MAX)
        return bad(e, "too large");
    if (jdoc_parse_canonical(text, len, &j, &why) < 0) {
        bad(e, "not canonical JSON");
        return err_detail(e, "%s", why.detail);
    }
    if (parse_head(j, &m, e) < 0 || parse_items(j, &m, e) < 0 ||
        parse_objects(j, &m, e) < 0 || manifest_check(&m, e) < 0)
        return -1;
    if (sha256)
        hash_bytes(text, len, sha256);
    *out = m;
    m = (struct manifest)MANIFEST_INIT; /* given away */
    return 0;
}
