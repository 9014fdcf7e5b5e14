/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_STORE_H
#define SOHOA_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "node/base/lock.h"

struct err;
struct store;
struct fs_tmp;

/*
 * A store is one SQLite file, one folder of objects and one lock file. The node's own
 * records, the figures of an upper tier and the catalogue of each commune are stores
 * with the same schema.
 *
 * The lock is held for opening (recovery of the log), for every write transaction and
 * for every checkpoint, so that no two connections ever write or checkpoint at once.
 * Waited LOCK_WAIT_MS, then ERR_LOCKED naming the holder. Reading needs no lock.
 *
 * Functions that write want an open transaction (asserted); those that read work with
 * and without. A function named *_each calls back per row: return 0 to go on, 1 to
 * stop, -1 and @e on error; what it is given is valid during the call only.
 *
 * A failed sync, or an I/O error of a commit, makes the store suspect: the file SUSPECT
 * is written beside the lock, every later write is refused with ERR_STORE_SUSPECT, and
 * the next store_open() re-reads everything before it writes again.
 */

#define STORE_APPLICATION_ID 0x736f686f /* "soho" */
#define STORE_SUSPECT_FILE   "suspect"
#define STORE_WAL_PAGES_MAX  4096 /* a commit that finds more makes a checkpoint */

enum store_mode {
    STORE_CREATE, /* absent: made, with objects and all folders; present: STORE_WRITE */
    STORE_WRITE,  /* must exist; migrated to the newest schema when older */
    STORE_READ,   /* must exist; nothing is changed, an older schema is refused */
    STORE_REPAIR  /* as STORE_WRITE, but damage does not stop it: for fsck */
};

struct store_place {
    const char *db;      /* path of the database file */
    const char *objects; /* folder; NULL when the store has none (province.db) */
    const char *lock;    /* path of the lock file; SUSPECT lies beside it */
};

/**
 * store_open - open, recover, migrate, check all settings by reading them back.
 * @place: borrowed.
 * Return: 0 and @out (owned, store_close()), or -1 and @e: ERR_STORE_ABSENT,
 * ERR_STORE_NEWER (made by a newer program; not touched), ERR_STORE_OLDER (STORE_READ),
 * ERR_STORE_FOREIGN (no database of ours), ERR_STORE_DAMAGED, ERR_LOCKED, ERR_DISK_*.
 */
MUST_CHECK int store_open(const struct store_place *place, enum store_mode mode,
                          struct store **out, struct err *e);
void store_close(struct store *s);
void store_auto(struct store **s);
#define AUTO_STORE AUTO(store_auto)

const char *store_objects(const struct store *s); /* the folder, NULL: none. view */
const char *store_path(const struct store *s);    /* of the database. view */
bool store_suspect(const struct store *s);

/**
 * store_note - an error of the outside reached the caller (of a write to a folder of
 * this store): when it says that the disk failed to keep data, the store becomes
 * suspect. Return: -1 always.
 */
int store_note(struct store *s, const struct err *e);

/* ---- transactions -----------------------------------------------------------------
 */

/*
 * AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
 * if (store_begin(s, &txn, e) < 0) return -1;
 * ...
 * return store_commit(&txn, e);
 *
 * Rolled back at the end of the scope unless committed. They do not nest.
 */
struct store_txn {
    struct store *store; /* NULL: not open */
};
#define STORE_TXN_INIT                                                                 \
    {                                                                                  \
        .store = NULL                                                                  \
    }
#define AUTO_TXN AUTO(store_rollback)

MUST_CHECK int store_begin(struct store *s, struct store_txn *t, struct err *e);
/**
 * store_commit - re-read the objects whose rows this transaction added (existence and
 * size of all, SHA-256 of masters), then commit, durable when it returns 0.
 * After a failure nothing of the transaction is there.
 */
MUST_CHECK int store_commit(struct store_txn *t, struct err *e);
void store_rollback(struct store_txn *t);
bool store_in_txn(const struct store *s);

/*
 * AUTO_STILL struct store_still still = STORE_STILL_INIT;
 * if (store_still_begin(s, &still, e) < 0) return -1;
 *
 * What is read until the end of the scope is one state of the store, and the store is
 * not locked for each statement anew. Not while a transaction is open; none begins
 * before the end.
 */
struct store_still {
    struct store *store; /* NULL: not begun */
};
#define STORE_STILL_INIT                                                               \
    {                                                                                  \
        .store = NULL                                                                  \
    }
#define AUTO_STILL AUTO(store_still_end)
MUST_CHECK int store_still_begin(struct store *s, struct store_still *t, struct err *e);
void store_still_end(struct store_still *t);

/** store_checkpoint - move the log into the database file. After batches. */
MUST_CHECK int store_checkpoint(struct store *s, struct err *e);

/* ---- small things -----------------------------------------------------------------
 */

/** store_counter - count up and give the next number of @name, from 1. Transaction. */
MUST_CHECK int store_counter(struct store *s, const char *name, int64_t *out,
                             struct err *e);
#define STORE_COUNTER_ITEM    "item"
#define STORE_COUNTER_DOSSIER "dossier"
#define STORE_COUNTER_BUNDLE  "bundle"
/** store_counter_least - the next number of @name is above @value. Transaction. */
MUST_CHECK int store_counter_least(struct store *s, const char *name, int64_t value,
                                   struct err *e);

/** store_fact_set, store_fact_get - small facts that travel with the database (last
 * backup, heads seen). @out: owned, NULL when absent. get: 1 found, 0 absent, -1. */
MUST_CHECK int store_fact_set(struct store *s, const char *key, const char *value,
                              struct err *e);
MUST_CHECK int store_fact_get(struct store *s, const char *key, char **out,
                              struct err *e);

/* ---- objects with their rows ------------------------------------------------------
 */

enum store_role {
    STORE_MASTER,  /* input file, bit-exact */
    STORE_PICTURE, /* page picture of a bundle class "page" */
    STORE_PART,    /* kept for stores that have the role; parts are joined in sync */
    STORE_OTHER
};

/** As object_put_*(), and the store becomes suspect when the disk fails. No row yet. */
MUST_CHECK int store_object_put_mem(struct store *s, const void *data, size_t len,
                                    char hex[HASH_HEX], bool *existed, struct err *e);
MUST_CHECK int store_object_put_tmp(struct store *s, struct fs_tmp *t, const char *want,
                                    char hex[HASH_HEX], uint64_t *size, bool *existed,
                                    struct err *e);

/** store_object_add - the row of an object that lies in the folder. Again: fine.
 * @media: "image/jpeg", borrowed. Transaction. */
MUST_CHECK int store_object_add(struct store *s, const char *hex, uint64_t size,
                                const char *media, enum store_role role, struct err *e);

struct store_object {
    char hex[HASH_HEX];
    uint64_t size;
    char media[40];
    enum store_role role;
    bool damaged; /* a check found it missing or changed */
};
/** store_object_get - 1 found, 0 absent, -1. */
MUST_CHECK int store_object_get(struct store *s, const char *hex,
                                struct store_object *out, struct err *e);
typedef int store_object_fn(void *ctx, const struct store_object *o, struct err *e);
MUST_CHECK int store_object_list(struct store *s, store_object_fn *each, void *ctx,
                                 struct err *e);
/** store_object_mark - note what a check found. Transaction. */
MUST_CHECK int store_object_mark(struct store *s, const char *hex, bool damaged,
                                 struct err *e);

#endif
