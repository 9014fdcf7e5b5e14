/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_COPY_H
#define SOHOA_FLOW_FLOW_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "node/flow/flow.h"

struct repo;

/*
 * The second copy of an upper tier (setting copy.folder): the repository of each
 * commune again, on another disk (sync/mirror.h).
 *
 *   FOLDER/sohoa-copy.json                       whose copy this is
 *   FOLDER/communes/<code>-<valid_from>/repo.git
 *
 * A folder that was used before and has no sohoa-copy.json now is a disk that is not
 * mounted: nothing is written there. A copy that cannot be made is no error of the
 * caller: it is told, and noted with the time since when.
 */
enum flow_copy_state {
    FLOW_COPY_NONE,   /* not wanted */
    FLOW_COPY_READY,  /* may be written */
    FLOW_COPY_FAILED, /* wanted and not possible now: why */
};

struct flow_copy {
    enum flow_copy_state state;
    char *folder; /* owned; NULL when not wanted */
    bool failed;  /* something could not be copied */
    struct err why;
    int64_t files, bytes; /* copied */
};
void flow_copy_clear(struct flow_copy *c);
#define AUTO_FLOW_COPY AUTO(flow_copy_clear)

/** flow_copy_begin - look at the setting and the folder; prepare one that is new. */
MUST_CHECK int flow_copy_begin(struct flow *f, struct flow_copy *out, struct err *e);

/**
 * flow_copy_commune - bring the copy of one commune up to date. Tells a line "failed"
 * when that does not come about. The caller holds ingest.lock.
 * Return: how many copies of the repository there are now: 1, 2; 0 when a second one is
 * wanted and not there.
 */
int64_t flow_copy_commune(struct flow_copy *c, struct repo *repo, const char *code,
                          const char *valid_from, const struct flow_listener *to);

/** flow_copy_tidy - after a roll-up of @repo, which is whole: the copy follows it. As
 * flow_copy_commune(). */
int64_t flow_copy_tidy(struct flow_copy *c, struct repo *repo, const char *code,
                       const char *valid_from, const struct flow_listener *to);

/** flow_copy_end - note how it went, for doctor and the next run. */
MUST_CHECK int flow_copy_end(struct flow *f, const struct flow_copy *c, struct err *e);

/**
 * flow_copy_run - all communes now, as `ingest` does by itself. @fresh: the folder may
 * be a new disk in the place of the one used before. Tells "copy" for each commune,
 * then "summary". ERR_ROLE, ERR_COPY when it is not complete.
 */
MUST_CHECK int flow_copy_run(struct flow *f, bool fresh, const struct flow_listener *to,
                             struct err *e);

/** What doctor asks. */
struct flow_copy_health {
    bool wanted, same_disk;
    int64_t since; /* of the trouble; 0: none */
    struct err why;
};
MUST_CHECK int flow_copy_health(struct flow *f, struct flow_copy_health *out,
                                struct err *e);

#endif
