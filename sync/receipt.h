/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_RECEIPT_H
#define SOHOA_SYNC_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "node/base/sign.h"
#include "sync/names.h"

struct err;
struct repo;
struct str;

/*
 * What the upper tier says back, signed: canonical JSON and beside it <file>.sig, an
 * SSHSIG with the namespace "sohoa-receipt" (ssh-keygen -Y verify checks it), in
 * commits on refs/receipts/<node>. Trees are not cumulative; the commit's parent is the
 * one before. Files:
 *
 *      receipt/<node>/<epoch>/<class>/<seq>.json    types receipt and refusal
 *      return/<node>/<number>.json                  types return and request
 *
 *   schema 1 · type · node · epoch class seq manifest_sha256 commit (the bundle; for
 *   return and request epoch 0, class and seq null) · items objects bytes (counted by
 *   the issuer after it re-read them) · copies (how many it holds) · time (its clock,
 *   seconds UTC) · issuer (its node name) · number (1, 2, … for this node) · previous
 *   (SHA-256 of the receipt before, null for the first) · item, page, rev, code, text
 *   (what a refusal, return or request is about; null when not). A return has item, rev
 *   and text: which sealed revision has to be corrected, and why.
 */
#define RECEIPT_SCHEMA    1
#define RECEIPT_TEXT_MAX  1000
#define RECEIPT_BYTES_MAX ((size_t)16 << 10)
#define RECEIPT_COMMIT    1000 /* receipts in one commit at most */
#define RECEIPT_SPACE     "sohoa-receipt"

enum receipt_type { RECEIPT_OK, RECEIPT_REFUSAL, RECEIPT_RETURN, RECEIPT_REQUEST };

struct receipt {
    enum receipt_type type;
    char node[NAMES_NODE_MAX];
    int64_t epoch; /* 0 for return and request */
    enum bundle_class cls;
    int64_t seq;
    char manifest_sha256[HASH_HEX];
    char commit[NAMES_OID_MAX];
    int64_t items, objects, bytes;
    int64_t copies;
    int64_t time;
    char issuer[NAMES_NODE_MAX];
    int64_t number;          /* filled in by receipt_write() */
    char previous[HASH_HEX]; /* filled in by receipt_write(); "": first */
    char item[NAMES_ITEM_MAX];
    char page[HASH_HEX];
    int64_t rev;
    char code[40];
    char text[RECEIPT_TEXT_MAX + 1]; /* UTF-8, NFC */
};

/** receipt_type_name - "receipt", "refusal", "return", "request". */
const char *receipt_type_name(enum receipt_type type);

MUST_CHECK int receipt_print(const struct receipt *r, struct str *out,
                             char sha256[HASH_HEX], struct err *e);
/** receipt_parse - strict. ERR_RECEIPT. */
MUST_CHECK int receipt_parse(const char *text, size_t len, struct receipt *out,
                             char sha256[HASH_HEX], struct err *e);

/**
 * receipt_verify_file - a receipt file and its .sig, as `receipt verify FILE` does.
 * @key: the trusted upstream. ERR_SIGNATURE, ERR_RECEIPT.
 */
MUST_CHECK int receipt_verify_file(const char *path, const struct sign_public *key,
                                   struct receipt *out, struct err *e);

/**
 * receipt_write - at the upper tier: append receipts to refs/receipts/<node> as one
 * signed commit; all of one node, at most RECEIPT_COMMIT.
 * Those that the tip says already (same type, bundle and copies) are passed over, so a
 * repeat after a crash writes nothing twice. Read back and verified before it returns.
 * @tip: the ref's commit afterwards.
 */
MUST_CHECK int receipt_write(struct repo *r, struct receipt *list, size_t count,
                             const struct sign_secret *key, char tip[NAMES_OID_MAX],
                             struct err *e);

/**
 * receipt_read - verify and give all receipts of @node after commit @after, oldest
 * first: signature by @key, numbers and previous without gap, names as the paths say.
 * @after: "" from the beginning; else the tip up to which they were read before. A
 * chain that does not contain @after is ERR_RECEIPT: upstream must never rewrite.
 * @each:  gets each one with its exact bytes (@text, @len) and armored signature, to be
 *         kept by the node. Returns 0, or -1 and @e to stop.
 * @tip:   what to pass as @after next time.
 * Return: 0, or -1 and @e: ERR_RECEIPT, ERR_SIGNATURE, ERR_REPO.
 */
typedef int receipt_each(void *ctx, const struct receipt *r, const char *text,
                         size_t len, const char *sig, struct err *e);
MUST_CHECK int receipt_read(struct repo *r, const char *node,
                            const struct sign_public *key, const char *after,
                            receipt_each *each, void *ctx, char tip[NAMES_OID_MAX],
                            struct err *e);

/**
 * receipt_set_aside - at a lower node, when the tier above has other receipts than were
 * fetched: its disk is an older one, which wrote on since. Those that are here stay
 * below refs/left/receipts/<node>, for people; all are to be fetched anew.
 */
MUST_CHECK int receipt_set_aside(struct repo *r, const char *node, struct err *e);

#endif
