/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_BACKUP_H
#define SOHOA_STORE_BACKUP_H

#include <stdint.h>

#include "node/base/auto.h"
#include "node/store/store.h"

struct err;

/*
 * Backup to a folder:
 *
 *   DEST/BACKUP.json      written last: time, and per file its path, size and SHA-256;
 *                         count of objects; its own sum
 *   DEST/files/<64 hex>   the database (made by SQLite's backup API: a consistent copy
 *                         while work goes on) and the small files beside it
 *   DEST/objects/xx/…     by content: what is there already is compared, not copied
 *   DEST/<part>/…         at an upper tier: a backup of its own for each commune, made
 *                         before BACKUP.json names it
 *
 * A backup made again into the same folder adds what is new. One that was cut off
 * changes nothing of the one before, which still verifies.
 */
struct store_backup {
    int64_t at;
    int64_t files, objects;
    uint64_t bytes;        /* of everything */
    int64_t objects_added; /* copied this time */
    uint64_t bytes_added;
};

/**
 * struct store_backup_extra - what goes along with database and objects: files or
 * folders of small files, relative to @home, NULL-terminated lists; absent ones are
 * left out, and so is what somebody is writing (.tmp-*, tmp_*, *.lock). All borrowed.
 */
struct store_backup_extra {
    const char *home;
    const char *const *same;   /* must be of the same moment as the database */
    const char *const *later;  /* only ever grows: may be of a later moment */
    const char *const *parts;  /* backups below DEST, complete by now; may be NULL */
    void (*copied)(void *ctx); /* database and @same are copied. May be NULL */
    void *ctx;
};

/**
 * store_backup_create - until @extra->copied is called, the caller lets nobody change
 * database and @extra->same together (a seal does).
 * Return: 0, or -1 and @e: ERR_DISK_FULL, ERR_OBJECT_HASH (a damaged object is named
 * and nothing is claimed), ERR_BACKUP.
 */
MUST_CHECK int store_backup_create(struct store *s,
                                   const struct store_backup_extra *extra,
                                   const char *dest, struct store_backup *out,
                                   struct err *e);
/** store_backup_verify - re-read everything, parts too. ERR_BACKUP_ABSENT,
 * ERR_BACKUP_DAMAGED. */
MUST_CHECK int store_backup_verify(const char *dest, struct store_backup *out,
                                   struct err *e);
/**
 * store_backup_restore - verify, then copy into @home, which must be absent or empty;
 * everything is re-read there. @db_name, objects and extra files get their old names,
 * parts come before what makes the home count.
 * ERR_HOME_EXISTS, ERR_BACKUP_*.
 */
MUST_CHECK int store_backup_restore(const char *dest, const char *home,
                                    struct store_backup *out, struct err *e);

#endif
