/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_MANIFEST_H
#define SOHOA_SYNC_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "sync/names.h"

struct err;
struct str;

/*
 * What a bundle says of itself: manifest.json, canonical JSON (jdoc.h) and one LF. Its
 * SHA-256 is the name of the bundle, and the chain of these names is what signatures
 * protect; git's SHA-1 ids are only where the bytes lie. Schema 1 is for ever:
 *
 *   schema      1. Readers ignore keys they do not know.
 *   node        32 hex
 *   epoch class seq   place in the chain; seq counts from 1 in each (node, epoch,
 * class) prev        manifest SHA-256 of seq - 1; null for seq 1 unit        {code,
 * valid_from} audit_head  64 hex: head of the node's audit chain when sealed; null
 * before it has one program     "sohoa 0.1.0" pipeline    {version, model_sha256 (64
 * hex or null)} level       "verified" | "recognized" items       [{item, rev,
 * supersedes, state}]; rev from 1, supersedes = the revision that this one replaces, 0
 * for none objects     [{sha256, git, size, parts, type, role, item, page}], see below
 *   clock       the node's wall clock, seconds UTC: a note, never an order
 *   counter     grows by at least 1 with each bundle of the node
 *
 * An object of at most BUNDLE_WHOLE_MAX bytes is one blob: git = its id, parts = [].
 * A larger one is cut into parts of BUNDLE_PART_BYTES (the last may be shorter): git =
 * null, parts = [{n, sha256, git, size}] lists the parts that are in this bundle, n
 * from 0 and without gaps. Only the last object of a bundle may end before its last
 * part; the next bundle of the chain then begins with the same object and goes on at
 * the next n. The object counts when its last part is there and the whole SHA-256 is
 * right.
 *
 * In the tree: obj/<first 2 of sha256>/<sha256>, for a part …/<sha256>.<n, 4 digits>.
 * One object may have role "meta": it lies at meta.jsonl (record cards as JSON lines)
 * and may be up to MANIFEST_META_MAX bytes long.
 */
#define MANIFEST_SCHEMA       1
#define MANIFEST_BYTES_MAX    ((size_t)16 << 20)
#define MANIFEST_META_MAX     ((int64_t)16 << 20)
#define MANIFEST_ITEMS_MAX    ((size_t)50000)
#define MANIFEST_OBJECTS_MAX  ((size_t)50000)
#define MANIFEST_TEXT_MAX     ((size_t)100) /* program, pipeline version, type */
#define MANIFEST_TOKEN_MAX    ((size_t)32)  /* role, state */
#define MANIFEST_OBJECT_BYTES ((int64_t)32 << 30)

#define BUNDLE_BYTES_MAX  ((int64_t)64 << 20) /* objects of one bundle, in all */
#define BUNDLE_WHOLE_MAX  ((int64_t)8 << 20)
#define BUNDLE_PART_BYTES ((int64_t)4 << 20)
#define BUNDLE_PARTS_MAX  10000

#define ROLE_META "meta" /* the one object that lies at meta.jsonl */

struct manifest_item {
    char item[NAMES_ITEM_MAX];
    int64_t rev;
    int64_t supersedes; /* 0: none */
    char state[MANIFEST_TOKEN_MAX + 1];
};

struct manifest_part {
    int64_t n;
    char sha256[HASH_HEX];
    char git[NAMES_OID_MAX]; /* filled in by bundle_write() */
    int64_t size;
};

struct manifest_object {
    char sha256[HASH_HEX];
    char git[NAMES_OID_MAX]; /* filled in by bundle_write(); "" when in parts */
    int64_t size;
    struct manifest_part
        *parts;        /* owned by the manifest; filled in by bundle_write() */
    size_t part_count; /* 0: whole */
    char type[MANIFEST_TEXT_MAX + 1];  /* media type: "image/jpeg" */
    char role[MANIFEST_TOKEN_MAX + 1]; /* meta, master, text, boxes, thumb, page */
    char item[NAMES_ITEM_MAX];         /* "": none */
    char page[HASH_HEX];               /* "": none */
};

enum manifest_level { LEVEL_VERIFIED, LEVEL_RECOGNIZED };

struct manifest {
    int64_t schema;
    char node[NAMES_NODE_MAX];
    int64_t epoch;
    enum bundle_class cls;
    int64_t seq;
    char prev[HASH_HEX]; /* "": none (seq 1) */
    char unit_code[NAMES_CODE_MAX];
    char unit_valid_from[NAMES_DATE_MAX];
    char audit_head[HASH_HEX]; /* "": none */
    char program[MANIFEST_TEXT_MAX + 1];
    char pipeline_version[MANIFEST_TEXT_MAX + 1];
    char model_sha256[HASH_HEX]; /* "": none */
    enum manifest_level level;
    int64_t clock;
    int64_t counter;
    struct manifest_item *items; /* owned */
    size_t item_count, item_cap;
    struct manifest_object *objects; /* owned */
    size_t object_count, object_cap;
};

#define MANIFEST_INIT                                                                  \
    {                                                                                  \
        .schema = MANIFEST_SCHEMA                                                      \
    }
void manifest_clear(struct manifest *m);
#define AUTO_MANIFEST AUTO(manifest_clear)

/** manifest_add_item, manifest_add_object - room for one more at the end, zeroed.
 * Return: view valid until the next add. */
struct manifest_item *manifest_add_item(struct manifest *m);
struct manifest_object *manifest_add_object(struct manifest *m);

/** manifest_parts_of - how many parts an object of @size bytes is cut into; 0: whole.
 */
int64_t manifest_parts_of(int64_t size, const char *role);
/** manifest_part_size - bytes of part @n of an object of @size bytes. */
int64_t manifest_part_size(int64_t size, int64_t n);
/** manifest_bytes - bytes of all objects and parts that lie in this bundle. */
int64_t manifest_bytes(const struct manifest *m);
/** What a bundle takes in a request: upper bounds. */
struct manifest_cost {
    int64_t objects; /* of git: commit, trees, blobs */
    int64_t bytes;   /* of all of them, unpacked */
};
/** manifest_cost - add the cost of this bundle to @cost. */
void manifest_cost(const struct manifest *m, struct manifest_cost *cost);
/** manifest_object_ends - the last part of the object (or the whole) is listed here. */
bool manifest_object_ends(const struct manifest_object *o);
/** manifest_level - "verified". */
const char *manifest_level_name(enum manifest_level level);

/**
 * manifest_check - every rule above that one manifest alone can break.
 * Return: 0, or -1 and @e: ERR_MANIFEST with the field in the detail.
 */
MUST_CHECK int manifest_check(const struct manifest *m, struct err *e);

/**
 * manifest_check_next - that @next may follow @prev in a chain.
 * @prev: NULL when @next is the first. Same node, epoch and class, seq + 1,
 *        prev = @prev_sha256, counter greater, cut objects go on where they stopped.
 * Which units may follow each other stands in the node's row: enrol_unit_at().
 * Return: 0, or -1 and @e: ERR_BUNDLE_CHAIN.
 */
MUST_CHECK int manifest_check_next(const struct manifest *prev, const char *prev_sha256,
                                   const struct manifest *next, struct err *e);

/**
 * manifest_print - append canonical JSON and LF to @out.
 * @m:  borrowed; manifest_check() holds. @sha256: name of the bundle, may be NULL.
 * Return: 0, or -1 and @e: ERR_MANIFEST, ERR_LIMIT (more than MANIFEST_BYTES_MAX).
 */
MUST_CHECK int manifest_print(const struct manifest *m, struct str *out,
                              char sha256[HASH_HEX], struct err *e);

/**
 * manifest_parse - read and check one.
 * @text: borrowed, at most MANIFEST_BYTES_MAX bytes, canonical.
 * @out:  set only on success, manifest_clear(). @sha256: of the bytes, may be NULL.
 * Return: 0, or -1 and @e: ERR_MANIFEST.
 */
MUST_CHECK int manifest_parse(const char *text, size_t len, struct manifest *out,
                              char sha256[HASH_HEX], struct err *e);

#endif
