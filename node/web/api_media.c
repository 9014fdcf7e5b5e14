/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/media.h"
#include "node/flow/flow_courier.h"
#include "node/web/api_verbs.h"

struct listing {
    struct flow *flow;
    struct jdoc *rows;
};

/* A stick that cannot be read is listed all the same: that is what is wrong. */
static int tell_medium(void *ctx, const struct media *m, struct err *e)
{
    struct listing *l = ctx;
    struct jdoc *row = jdoc_object();
    struct jdoc *files = jdoc_array();
    struct err broken = ERR_INIT;
    uint64_t room = 0;
    uint64_t all = 0;

    (void)e;
    jdoc_set_text(row, "medium", m->id);
    jdoc_set_text(row, "name", m->name);
    jdoc_set_text(row, "path", m->path);
    jdoc_set_bool(row, "read_only", m->read_only);
    if (fs_free_bytes(m->path, &room, &all, &broken) == 0 &&
        flow_courier_look(l->flow, m->path, files, &broken) == 0) {
        jdoc_set_int(row, "free_bytes", (int64_t)room);
        jdoc_set_int(row, "bytes", (int64_t)all);
    }
    jdoc_set_bool(row, "broken", broken.code != ERR_NONE);
    jdoc_set(row, "files", files);
    jdoc_add(l->rows, row);
    return 0;
}

/* Takes nothing. Rows: "medium" (for jobs), "name", "path", "read_only", "broken" (it
 * cannot be read), "free_bytes", "bytes", "files" (flow_courier_look()). */
int api_media_list(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct listing l = {.flow = c->flow, .rows = rows};

    if (media_each(tell_medium, &l, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), NULL);
    return 0;
}
