/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_MIGRATE_H
#define SOHOA_STORE_MIGRATE_H

#include <stddef.h>

#include "node/base/auto.h"

struct err;
struct store;

/* Numbered steps of the schema: schema/NNNN-name.sql, built in. */

/** store_migrate_newest - the number this program knows. */
int store_migrate_newest(void);
/** store_migrate_run - bring the open database from its version to @to: all steps and
 * the new number in one transaction; the caller holds the lock. */
MUST_CHECK int store_migrate_run(struct store *s, int to, struct err *e);
/** store_migrate_version - PRAGMA user_version. */
MUST_CHECK int store_migrate_version(struct store *s, int *out, struct err *e);

#endif
