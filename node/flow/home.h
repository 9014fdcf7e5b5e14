/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_HOME_H
#define SOHOA_FLOW_HOME_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/sign.h"
#include "sync/enrol.h"

struct err;

/*
 * The data folder of a node.
 *
 *   HOME/node.json     who this is: node, role, unit, epoch (written last: it makes a
 * node) HOME/sohoa.conf    settings HOME/keys/         node, node.pub (OpenSSH),
 * known_hosts, upstream.pub HOME/sohoa.db      records of a commune node;  province.db
 * at an upper tier HOME/objects/      masters, by SHA-256 HOME/quarantine/   refused
 * inputs, by SHA-256 HOME/spool/        work in progress; may be emptied when nothing
 * runs HOME/transport.git bundles as commits; can be made again from the database
 *   HOME/log/          technical log
 *   HOME/reads/        who looked at whose records in the browser, and what for
 *   HOME/lock          one writer at a time; service.lock: one service;
 *                      seal.lock, sync.lock, ingest.lock, maintain.lock: one of each
 *                      at a time
 * upper tiers also:
 *   HOME/ssh/          authorized_keys, allowed_signers, nodes.json
 *   HOME/enrol/        <node>.json for each lower node
 *   HOME/communes/<code>-<valid_from>/{repo.git,catalog.db,objects/,lock}
 */

enum home_role { HOME_COMMUNE, HOME_DISTRICT, HOME_PROVINCE };

#define HOME_KEY_NEXT "keys/next" /* a key that the tier above was asked for */
#define HOME_CODE_MAX 16
#define HOME_DATE_MAX 11 /* "2025-07-01" and NUL */
#define HOME_NAME_MAX 200

struct home {
    char *path; /* absolute. owned */
    enum home_role role;
    char node[SIGN_NODE_HEX];
    char unit_code[HOME_CODE_MAX];
    char unit_valid_from[HOME_DATE_MAX];
    char name[HOME_NAME_MAX];
    int64_t epoch;          /* from 1; a restored node goes on in the next one */
    int64_t created;        /* seconds UTC */
    struct sign_secret key; /* the one that signs in @epoch */
    struct enrol_node self; /* our own row: name and keys by epoch, any unit */
};

#define UNIT_VALID_FROM_DEFAULT                                                        \
    "2025-07-01" /* two tiers since then (DOMAIN: units)                               \
                  */

void home_clear(struct home *h);
#define AUTO_HOME AUTO(home_clear)

/** home_role_name - "commune". home_role_parse - the way back; false: no such role. */
const char *home_role_name(enum home_role role);
bool home_role_parse(const char *text, enum home_role *out);
/** home_is_upper - district or province: has lower nodes and their catalogues. */
bool home_is_upper(const struct home *h);

/**
 * home_prepare - make the folders and the key pair of a new home.
 * @path: absolute; absent or a folder without a node. A creation that was cut off is
 *        begun anew: nothing counts before home_found().
 * @code: unit code, digits; @valid_from: date or NULL for the default; @name: may be
 * NULL.
 * @out:  the new home, home_clear().
 * Return: 0, or -1 and @e: ERR_HOME_EXISTS, ERR_HOME_FS, ERR_USAGE, disk errors.
 */
MUST_CHECK int home_prepare(const char *path, enum home_role role, const char *code,
                            const char *valid_from, const char *name, struct home *out,
                            struct err *e);

/**
 * home_prepare_again - the same for a commune node whose key is there already
 * (restore): unit and name are still to be filled in. @key: borrowed, copied.
 */
MUST_CHECK int home_prepare_again(const char *path, const struct sign_secret *key,
                                  struct home *out, struct err *e);

/**
 * home_take_key - HOME_KEY_NEXT is the node's key from now on, in the epoch that @row
 * says. Cut off in between, home_open() completes it.
 */
MUST_CHECK int home_take_key(struct home *h, const struct enrol_node *row,
                             struct err *e);

/** home_keys - read anew who this node is and which keys it has had (sync/self.h).
 * ERR_KEY: HOME/keys/node is not the newest of them. */
MUST_CHECK int home_keys(struct home *h, struct err *e);

/** home_found - write node.json: from now on this is a node. */
MUST_CHECK int home_found(const struct home *h, struct err *e);

/** home_open - read an existing one. ERR_NO_NODE when there is none. */
MUST_CHECK int home_open(const char *path, struct home *out, struct err *e);

/** home_set_unit - another unit from now on; what was sealed keeps the one it had. */
MUST_CHECK int home_set_unit(struct home *h, const char *code, const char *valid_from,
                             struct err *e);

/** home_set_epoch - write another epoch (restore). */
MUST_CHECK int home_set_epoch(struct home *h, int64_t epoch, struct err *e);

/* Places below. owned, mem_free(). */
char *home_place(const struct home *h, const char *name);
char *home_database(const struct home *h);
/** home_commune - the folder of one commune at an upper tier. */
char *home_commune(const struct home *h, const char *code, const char *valid_from);

#endif
