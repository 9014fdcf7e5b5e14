/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_CARE_H
#define SOHOA_FLOW_FLOW_CARE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/flow/flow.h"

/**
 * flow_care_fsck - look for damage in the store (upper tiers: in every catalogue too)
 * and in the sealed bundles. @deep: read and hash every object. @repair: make derived
 * data anew. Opens the store by itself, also a damaged one. Lines "fault", then
 * "summary".
 * @found: harmful faults.
 */
MUST_CHECK int flow_care_fsck(const char *path, bool deep, bool repair,
                              const struct flow_listener *to, int64_t *found,
                              struct err *e);

/** flow_care_rebuild - search index and counters anew. Tells "summary". */
MUST_CHECK int flow_care_rebuild(struct flow *f, const struct flow_listener *to,
                                 struct err *e);

/*
 * Backups (store_backup.h) of a commune node, or of an upper tier: there each commune's
 * catalogue, repository and objects are a backup of their own, FOLDER/communes/<unit>/,
 * made while nothing is taken in for it (ingest.lock, one commune after the other); the
 * whole holds maintain.lock. A restored upper tier has new lists for sshd, with its own
 * place in them. Tell "summary". @folder: absolute.
 */
MUST_CHECK int flow_care_backup(struct flow *f, const char *folder,
                                const struct flow_listener *to, struct err *e);
MUST_CHECK int flow_care_backup_verify(const char *folder,
                                       const struct flow_listener *to, struct err *e);
MUST_CHECK int flow_care_backup_restore(const char *folder, const char *home,
                                        const struct flow_listener *to, struct err *e);

#endif
