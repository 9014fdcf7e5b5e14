/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_ENROL_H
#define SOHOA_SYNC_ENROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/sign.h"
#include "sync/names.h"

struct err;
struct jdoc;
struct repo;
struct str;

/*
 * Who may send what to an upper tier. HOME/ssh/nodes.json is the truth; beside it, made
 * from it:
 *
 *   HOME/ssh/authorized_keys   one line a node: restrict, forced command
 *   HOME/ssh/allowed_signers   for git verify-commit and ssh-keygen -Y verify; holds
 *                              the upper tier's own key too (it signs receipts)
 *   HOME/enrol/<node>.json     what the node takes home (init --join)
 *
 * All are replaced atomically, 0600. A revoked node keeps its row: what it sent before
 * stays valid up to the sequence numbers in "closed".
 *
 * nodes.json, canonical JSON:
 *   {"issuer":{"key":"ssh-ed25519 …","node":"<32 hex>"},
 *    "nodes":[{"closed":[{"class":"meta","epoch":1,"seq":12}],
 *              "former":[{"code":"…","valid_from":"…"}],"key":"ssh-ed25519 …",
 *              "name":"…","node":"<32 hex>","reads":["<code>"],"revoked":false,
 *              "relay":true,"role":"commune",
 *              "unit":{"code":"…","valid_from":"…"}}],"schema":1,
 *    "units":[{"code":"…","parent":"…","valid_from":"…"}]}
 *
 * "former" is there when the node's unit was changed: the units it had before, oldest
 * first. Its repository stays where the first of them put it, its name and its chains
 * stay what they are. "units" is which unit lies below which, copied from the table of
 * units: a district reads all that is below its own. It stays in this file; the
 * published list has none. "relay" is there for two kinds of rows: a district may bring
 * bundles of the communes that it reads, unchanged; what a commune sends here goes on
 * to the tier above, whose receipts alone count.
 *
 * A node's name follows from its first key, "key", and stays when that is changed:
 *   "keys":[{"epoch":2,"key":"ssh-ed25519 …","request":"…","sig":"…"}]
 * says which key signs from which epoch on; absent while there is one key only. A key
 * that the node itself asked for has its request, signed by the key before
 * (statement.h); one that took the place of a lost key has none. "closed" then holds
 * the ends of the chains of all epochs before the newest key. A program that does not
 * know "keys" refuses what a later key signed.
 */
#define ENROL_NODES_MAX  ((size_t)20000)
#define ENROL_READS_MAX  ((size_t)1000)
#define ENROL_CLOSED_MAX ((size_t)1000)
#define ENROL_NAME_MAX   200 /* bytes, UTF-8 */
#define ENROL_FORMER_MAX 8   /* changes of unit in the life of a node */
#define ENROL_UNITS_MAX  ((size_t)50000)
#define ENROL_LEVELS_MAX 8  /* of units, one below the other */
#define ENROL_HOST_KEYS  8  /* host key lines in an enrolment file */
#define ENROL_KEYS_MAX   32 /* changes of key in the life of a node */

struct enrol_closed {
    int64_t epoch;
    enum bundle_class cls;
    int64_t seq; /* the last valid one */
};

/* A later key of a node. */
struct enrol_key {
    int64_t epoch; /* the first one that it signs */
    struct sign_public key;
    char *request, *sig; /* owned; NULL: nobody could ask any more */
};

struct enrol_place {
    char code[NAMES_CODE_MAX];
    char valid_from[NAMES_DATE_MAX];
};

struct enrol_unit {
    char code[NAMES_CODE_MAX];
    char valid_from[NAMES_DATE_MAX];
    char parent[NAMES_CODE_MAX];
};

struct enrol_node {
    char node[NAMES_NODE_MAX];
    struct sign_public key; /* the first one: @node follows from it */
    struct enrol_key *keys; /* owned: later ones, by epoch */
    size_t key_count;
    char unit_code[NAMES_CODE_MAX];
    char unit_valid_from[NAMES_DATE_MAX];
    char name[ENROL_NAME_MAX + 1];
    char role[16];                 /* "commune", "district", "province" */
    char (*reads)[NAMES_CODE_MAX]; /* owned: further units a district may read */
    size_t read_count;
    struct enrol_place former[ENROL_FORMER_MAX]; /* units before this one */
    size_t former_count;
    bool any_unit; /* not kept: the node itself, which knows its own bundles */
    bool relay;    /* see "relay" above */
    bool revoked;
    struct enrol_closed *closed; /* owned */
    size_t closed_count;
};

struct enrol {
    struct sign_public issuer; /* the upper tier itself */
    char issuer_node[NAMES_NODE_MAX];
    struct enrol_node *nodes; /* owned, in order of node names */
    size_t count, cap;
    struct enrol_unit *units; /* owned, in order of code, date and parent */
    size_t unit_count, unit_cap;
};

#define ENROL_INIT                                                                     \
    {                                                                                  \
        0                                                                              \
    }
void enrol_clear(struct enrol *l);
#define AUTO_ENROL AUTO(enrol_clear)
/** enrol_row_clear - a row by itself; of those in a list enrol_clear() takes care. */
void enrol_row_clear(struct enrol_node *n);
#define AUTO_ENROL_ROW AUTO(enrol_row_clear)

/** enrol_load - read HOME/ssh/nodes.json; an absent one is an empty list. ERR_ENROL. */
MUST_CHECK int enrol_load(const char *home, struct enrol *out, struct err *e);
/** enrol_find - row of @node. view, NULL when absent. */
const struct enrol_node *enrol_find(const struct enrol *l, const char *node);
/** enrol_valid_at - whether @n's signature counts for this place of a chain. */
bool enrol_valid_at(const struct enrol_node *n, int64_t epoch, enum bundle_class cls,
                    int64_t seq);
/** enrol_key_at - the key that signs in @epoch. enrol_key_now - the newest one, which
 * alone opens the door. views. enrol_key_epoch - from when on that one signs. */
const struct sign_public *enrol_key_at(const struct enrol_node *n, int64_t epoch);
const struct sign_public *enrol_key_now(const struct enrol_node *n);
int64_t enrol_key_epoch(const struct enrol_node *n);
/** enrol_row_parse, enrol_row_print - one row of the document. ERR_ENROL. */
MUST_CHECK int enrol_row_parse(const struct jdoc *o, struct enrol_node *out,
                               struct err *e);
struct jdoc *enrol_row_print(const struct enrol_node *n); /* owned, jdoc_free() */
/** enrol_parse, enrol_print - the JSON document, for the published list too. */
MUST_CHECK int enrol_parse(const struct jdoc *j, struct enrol *out, struct err *e);
struct jdoc *enrol_print(const struct enrol *l); /* owned, jdoc_free() */
/** enrol_print_closed - "closed" of a row, of epochs before @before (0: of all). owned,
 * jdoc_free(). */
struct jdoc *enrol_print_closed(const struct enrol_node *n, int64_t before);

/** struct enrol_add - what `node add` knows. All borrowed. */
struct enrol_add {
    const char *key_line;   /* OpenSSH public key line of the node */
    const char *unit_code;  /* digits */
    const char *valid_from; /* date */
    const char *name;       /* may be NULL */
    const char *role;       /* "commune" or "district" */
    const char *const *reads;
    size_t read_count;
    bool relay; /* of a commune: needs HOME/keys/upstream.pub, the key it will trust */
    /* for the enrolment file; may be NULL */
    const char *url;              /* ssh://… as the node reaches us */
    const char *const *host_keys; /* lines "ssh-ed25519 AAAA…" */
    size_t host_key_count;
    const struct jdoc *units; /* unit table to take along */
};

/**
 * enrol_node_add - enrol a lower node, or change the row of one that is there.
 * @home:    absolute path of the upper home. @program: absolute path of sohoa.
 * @issuer:  the upper tier's own key.
 * @out_node: its name. @repository: owned, mem_free(): its bare repository, made with
 * hook and configuration; NULL for a district.
 * Everything is written before nodes.json, and that before authorized_keys: a cut
 * leaves a node that cannot log in yet; calling again goes on.
 * Return: 0, or -1 and @e: ERR_KEY, ERR_ENROL, ERR_REPO, ERR_UPSTREAM_KEY_UNSET (a
 * commune to be relayed, and no tier above), disk errors.
 */
MUST_CHECK int enrol_node_add(const char *home, const char *program,
                              const struct sign_public *issuer,
                              const struct enrol_add *add,
                              char out_node[NAMES_NODE_MAX], char **repository,
                              struct err *e);

/**
 * enrol_node_revoke - the node's key opens nothing from now on. The tips of its chains
 * at this moment are written into "closed".
 */
MUST_CHECK int enrol_node_revoke(const char *home, const char *program,
                                 const char *node, struct err *e);

/** struct enrol_change - another key for a node that is enrolled. All borrowed. */
struct enrol_change {
    const char *node;
    const struct sign_public *key;
    int64_t epoch; /* the first one that it signs; 0: the one after the newest here */
    const char *request, *sig; /* NULL: the old key is lost */
};

/**
 * enrol_node_key - from now on @c->key alone opens the door for the node and signs its
 * bundles. Its chains end where they are, in all epochs before @c->epoch; what is in
 * them stays valid. Again with the same key: they end where they are now, for a push
 * that was under way the first time.
 * Return: 0, or -1 and @e: ERR_NOT_FOUND, ERR_KEY_USED (the key is, or was, one of an
 * enrolled node), ERR_GATE_NODE (revoked), ERR_KEY_REQUEST (the epoch was begun here
 * already), ERR_LIMIT, disk errors.
 */
MUST_CHECK int enrol_node_key(const char *home, const char *program,
                              const struct enrol_change *c, struct err *e);

/** enrol_moved - the home or the program lies elsewhere now (a backup was put back):
 * the lists that name their places are written anew. */
MUST_CHECK int enrol_moved(const char *home, const char *program, struct err *e);

/** enrol_sshd_config - append sshd's block for the login user @user. */
void enrol_sshd_config(const char *home, const char *user, struct str *out);

/** enrol_repository - HOME/communes/<code>-<valid_from>/repo.git. owned, mem_free(). */
char *enrol_repository(const char *home, const char *code, const char *valid_from);

/** enrol_home - the unit in whose repository the bundles of @n lie: the first it had.
 */
struct enrol_place enrol_home(const struct enrol_node *n);

/**
 * enrol_may_read - whether @n may fetch from the repository of this unit: a commune
 * from that of its home; a district from those of its own unit, of all units below it
 * as the table says now, and of those named; also from that of a node which has moved
 * to one of these units. Codes are used again with another territory: where the table
 * knows code and date, only that row counts.
 */
bool enrol_may_read(const struct enrol *l, const struct enrol_node *n, const char *code,
                    const char *valid_from);

/**
 * enrol_author - the row of the commune @node when @n may bring bundles of it: the
 * commune itself, or a district that relays, for communes which it may read. What it
 * brings must be signed by @node all the same.
 * Return: view; NULL: it may not, or @node is unknown or revoked.
 */
const struct enrol_node *enrol_author(const struct enrol *l, const struct enrol_node *n,
                                      const char *node);

/** enrol_names_read - whether the row of the district @n names @code. */
bool enrol_names_read(const struct enrol_node *n, const char *code);

/** enrol_had_unit - whether @code is the unit of @n, or was. */
bool enrol_had_unit(const struct enrol_node *n, const char *code);

/**
 * enrol_unit_at - whether a bundle of this unit may come next in a chain of @n: units
 * follow each other as in its row, none comes back once a later one has come. So what
 * was sealed before a change of unit and is still on its way stays good.
 * @at: where the chain is; 0 in the beginning, moved on.
 */
bool enrol_unit_at(const struct enrol_node *n, const char *code, const char *valid_from,
                   size_t *at);

/**
 * enrol_units_set - write down which unit lies below which; nothing is written when the
 * list says so already or there is none yet. What a district was named to read only
 * because it lay below it then is taken out when this is done for the first time.
 * @units: borrowed, in any order. ERR_LIMIT, ERR_USAGE, disk errors.
 */
MUST_CHECK int enrol_units_set(const char *home, const struct enrol_unit *units,
                               size_t count, struct err *e);

/* ---- the lower side ------------------------------------------------------------- */

/** struct enrol_join - an enrolment file, read. enrol_join_clear(). */
struct enrol_join {
    char node[NAMES_NODE_MAX]; /* for whom it is */
    char unit_code[NAMES_CODE_MAX];
    char unit_valid_from[NAMES_DATE_MAX];
    char name[ENROL_NAME_MAX + 1];
    char role[16];
    char *url; /* NULL: none */
    struct sign_public upstream;
    char upstream_node[NAMES_NODE_MAX];
    bool has_hub;           /* it comes from a hub, which hands on: */
    struct sign_public hub; /* whose answers those are, and who opens its sticks */
    char *host_keys[ENROL_HOST_KEYS];
    size_t host_key_count;
    struct jdoc *units; /* NULL: none */
};
void enrol_join_clear(struct enrol_join *j);
#define AUTO_JOIN AUTO(enrol_join_clear)
MUST_CHECK int enrol_join_read(const char *path, struct enrol_join *out, struct err *e);

/**
 * enrol_trust_upstream - write HOME/keys/upstream.pub: whose receipts count.
 * enrol_upstream - read it. Return: 1 and @out, 0 not set, -1.
 */
MUST_CHECK int enrol_trust_upstream(const char *home, const struct sign_public *key,
                                    struct err *e);
MUST_CHECK int enrol_upstream(const char *home, struct sign_public *out, struct err *e);

/**
 * enrol_set_hub - write HOME/keys/hub.pub: the hub to which this commune belongs; NULL:
 * it belongs to none. It answers and opens sticks, and proves nothing.
 * enrol_hub - read it. Return: 1 and @out, 0 there is none, -1.
 */
MUST_CHECK int enrol_set_hub(const char *home, const struct sign_public *key,
                             struct err *e);
MUST_CHECK int enrol_hub(const char *home, struct sign_public *out, struct err *e);

/**
 * enrol_trust_host - add the host keys @lines ("ssh-ed25519 AAAA…", or a complete
 * known_hosts line) of the host of @url to HOME/keys/known_hosts, replacing what stood
 * for that host.
 */
MUST_CHECK int enrol_trust_host(const char *home, const char *url,
                                const char *const *lines, size_t count, struct err *e);

/* ---- the list that readers verify with ------------------------------------------ */

/**
 * enrol_publish - put the list of all nodes, signed, on NAMES_KEYS_REF of @r: a commit
 * with list.json and list.json.sig (SSHSIG, namespace "sohoa-keys"). Nothing is written
 * when it says the same already.
 * @key: the upper tier's. @time: seconds UTC.
 */
MUST_CHECK int enrol_publish(const char *home, struct repo *r,
                             const struct sign_secret *key, int64_t time,
                             struct err *e);
/** enrol_published - read and verify it with the trusted key. 1, 0 absent, -1:
 * ERR_SIGNATURE, ERR_ENROL. */
MUST_CHECK int enrol_published(struct repo *r, const struct sign_public *trusted,
                               struct enrol *out, struct err *e);

#endif
