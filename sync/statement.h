/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_STATEMENT_H
#define SOHOA_SYNC_STATEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/sign.h"
#include "sync/names.h"

struct enrol;
struct enrol_node;
struct err;
struct jdoc;
struct repo;

/*
 * What the upper tier has stated about keys, one after the other, never taken back: the
 * signed list of nodes (enrol.h) says how things stand, the statements say how they
 * came to be so. A list that forgets a revocation, or moves the place where a chain was
 * closed, contradicts them and is refused by every reader. So is one with a key that
 * was never stated.
 *
 * HOME/ssh/statements.jsonl, and statements.jsonl in commits on NAMES_STATEMENTS_REF of
 * every commune's repository, one line each, canonical JSON:
 *
 *   {"sig":"<SSHSIG over text, namespace sohoa-keys, by the upper tier>","text":"…"}
 *
 * and in text, canonical JSON with its LF:
 *
 *   {"closed":[{"class":"meta","epoch":1,"seq":12}],"issuer":"<32 hex>",
 *    "key":"ssh-ed25519 …","node":"<32 hex>","number":1,"previous":null,"schema":1,
 *    "time":1796012212,"type":"revoke"}
 *
 * "closed": the last bundle of each chain that still counts. "previous": SHA-256 of the
 * text before. The file only grows: each commit's goes on from its parent's. A type
 * that is not known is passed over, its signature and place in the chain are not.
 *
 * Two more types say that a node has another key from an epoch on: "replace" (the old
 * key is lost) and "rotate" (the node asked for it). "key" is the new one, "closed" the
 * ends of all chains of the epochs before; they have besides
 *
 *   "epoch":2, and "rotate" also "request":"…","request_sig":"…"
 *
 * The request is signed by the key before it (SSHSIG, namespace sohoa-keys), canonical
 * JSON with its LF:
 *
 *   {"epoch":2,"key":"ssh-ed25519 …","node":"<32 hex>","schema":1,"time":1796012212,
 *    "type":"request"}
 *
 * It goes to the upper tier as a file, {"proof":"<SSHSIG over the same text, by the new
 * key>","request":"…","sig":"…","type":"key-request"}. What was stated about a node
 * goes home to it in its enrolment file, beside its row in the list: "row":{…} and
 * "statements":[{"sig":"…","text":"…"}], the latter only those that changed its key.
 */
#define STATEMENT_BYTES_MAX ((size_t)16 << 20) /* all of them */
#define STATEMENT_LINE_MAX  ((size_t)256 << 10)
#define STATEMENT_COUNT_MAX ((size_t)20000)

/**
 * statement_update - state every change of key and every revocation in
 * HOME/ssh/nodes.json that was not stated yet. May be repeated at will. @key: the upper
 * tier's. @time: seconds UTC.
 * Return: 0, or -1 and @e: ERR_ENROL, ERR_SIGNATURE (the file was changed), disk
 * errors.
 */
MUST_CHECK int statement_update(const char *home, const struct sign_secret *key,
                                int64_t time, struct err *e);

/**
 * statement_send_home - complete HOME/enrol/<node>.json with the node's row and what
 * was stated about its keys; nothing is done for a node that has its first key. Return:
 * 0, or -1 and @e: ERR_NOT_FOUND (no such file: enrol the node once more), ERR_ENROL,
 * ERR_SIGNATURE, disk errors.
 */
MUST_CHECK int statement_send_home(const char *home, const struct sign_public *issuer,
                                   const char *node, struct err *e);

/**
 * statement_hand_on - at a hub: the same of a commune that is handed on. What counts
 * for it is what the last tier stated: @row and the statements in @r, fetched from
 * there and checked (statement_check()). @trusted: that tier's key. Nothing is done
 * when there is no such file. Return: 0, or -1 and @e.
 */
MUST_CHECK int statement_hand_on(const char *home, struct repo *r,
                                 const struct sign_public *trusted,
                                 const struct enrol_node *row, struct err *e);

/**
 * statement_read_home - at the node: its row as the enrolment file @join tells it.
 * @trusted: the upper tier's key. @out: owned, enrol_row_clear().
 * Every later key in it was stated by @trusted, no stated one is left out, and chains
 * end where that says.
 * Return: 1, 0 the file tells of no change of key, -1 and @e: ERR_ENROL, ERR_SIGNATURE.
 */
MUST_CHECK int statement_read_home(const struct jdoc *join, const char *node,
                                   const struct sign_public *trusted,
                                   struct enrol_node *out, struct err *e);

/** struct statement_request - a request for another key, read. All owned. */
struct statement_request {
    char node[NAMES_NODE_MAX];
    int64_t epoch;
    struct sign_public key;
    char *text, *sig;
};
void statement_request_clear(struct statement_request *r);
#define AUTO_STATEMENT_REQUEST AUTO(statement_request_clear)

/** statement_request_write - @old asks that @key signs for @node from @epoch on. */
MUST_CHECK int statement_request_write(const char *path, const char *node,
                                       int64_t epoch, const struct sign_secret *old,
                                       const struct sign_secret *key, int64_t time,
                                       struct err *e);
/** statement_request_read - at the upper tier. The new key has signed it, too; whether
 * the old one has is statement_request_check(). ERR_KEY_REQUEST. */
MUST_CHECK int statement_request_read(const char *path, struct statement_request *out,
                                      struct err *e);
/** statement_request_check - is it signed by @old, and does it ask for @key from @epoch
 * on for @node? ERR_KEY_REQUEST, ERR_SIGNATURE. */
MUST_CHECK int statement_request_check(const char *text, const char *sig,
                                       const struct sign_public *old, const char *node,
                                       int64_t epoch, const struct sign_public *key,
                                       struct err *e);

/** statement_publish - put the file onto NAMES_STATEMENTS_REF of @r; nothing is written
 * when it is there already, or nothing was stated yet. */
MUST_CHECK int statement_publish(const char *home, struct repo *r,
                                 const struct sign_secret *key, int64_t time,
                                 struct err *e);

/**
 * statement_check - at a reader: that all statements in @r are signed by @trusted and
 * follow each other, that none was ever taken back, and that @list agrees with them.
 * None at all (an older upper tier) agree with every list.
 * @count: how many there are; may be NULL.
 * Return: 0, or -1 and @e: ERR_SIGNATURE, ERR_ENROL, ERR_REPO.
 */
MUST_CHECK int statement_check(struct repo *r, const struct sign_public *trusted,
                               const struct enrol *list, size_t *count, struct err *e);

#endif
