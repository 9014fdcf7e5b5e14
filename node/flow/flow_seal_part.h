/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_SEAL_PART_H
#define SOHOA_FLOW_FLOW_SEAL_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"
#include "node/flow/flow.h"
#include "ocr/ocr.h"
#include "sync/manifest.h"
#include "sync/names.h"

struct bundle_source;
struct flow_seal_sum;
struct manifest;
struct manifest_item;
struct manifest_object;
struct repo;

/* What sealing and sealing again (flow_reseal.h) share. */

struct seal {
    struct flow *f;
    const struct flow_listener *to; /* may be NULL */
    struct flow_seal_sum *sum;
    struct repo *repo; /* owned by who opened it */
    char model[OCR_MODEL_HEX];
    char pipeline[MANIFEST_TEXT_MAX + 1];
};

/* Objects that wait for one class, with where their bytes come from. */
struct load {
    struct manifest_object *objects; /* owned; parts unused */
    struct bundle_source *sources;   /* owned */
    char **memory;                   /* owned: bytes or paths behind the sources */
    struct manifest_item *items;     /* owned; meta only */
    size_t count, object_cap, source_cap, memory_count, memory_cap;
    size_t item_count, item_cap;
    bool verified;               /* all of it */
    const struct manifest *like; /* kept: its program read them; NULL: this one */
};
void flow_seal_load_clear(struct load *l);

/** flow_seal_load_bytes - one object more, of these bytes. @taken: emptied. view. */
struct manifest_object *flow_seal_load_bytes(struct load *l, struct str *taken,
                                             const char *type, const char *role);
/** flow_seal_load_file - the same of a file. @path: taken. Its SHA-256 is to be filled
 * in. view. */
struct manifest_object *flow_seal_load_file(struct load *l, char *path, int64_t size,
                                            const char *type, const char *role);
/** flow_seal_load_item - room for one item more of the manifest. view. */
struct manifest_item *flow_seal_load_item(struct load *l);

/** flow_seal_open - open (make, complete) transport.git as @s->repo. */
MUST_CHECK int flow_seal_open(struct seal *s, struct err *e);

/** flow_seal_write - bundles of all that @l holds, each in the ledger at once. */
MUST_CHECK int flow_seal_write(struct seal *s, enum bundle_class cls,
                               const struct load *l, struct err *e);

#endif
