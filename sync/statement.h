/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_STATEMENT_H
#define SOHOA_SYNC_STATEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/sign.h"

struct enrol;
struct err;
struct repo;

/*
 * What the upper tier has stated about keys, one after the other, never taken back: the
 * signed list of nodes (enrol.h) says how things stand, the statements say how they
 * came to be so. A list that forgets a revocation, or moves the place where a chain was
 * closed, contradicts them and is refused by every reader.
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
 */
#define STATEMENT_BYTES_MAX ((size_t)16 << 20) /* all of them */
#define STATEMENT_LINE_MAX  ((size_t)256 << 10)
#define STATEMENT_COUNT_MAX ((size_t)20000)

/**
 * statement_update - state every revocation in HOME/ssh/nodes.json that was not stated
 * yet. May be repeated at will. @key: the upper tier's. @time: seconds UTC.
 * Return: 0, or -1 and @e: ERR_ENROL, ERR_SIGNATURE (the file was changed), disk
 * errors.
 */
MUST_CHECK int statement_update(const char *home, const struct sign_secret *key,
                                int64_t time, struct err *e);

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
