/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_maintain.h"

#include <stdio.h>
#include <string.h>

#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_copy.h"
#include "sync/enrol.h"
#include "sync/names.h"
#include "sync/repo.h"
#include "sync/rollup.h"

#define INGEST_WAIT_MS INT64_C(600000) /* taking in may be long at it */
#define WORDS_MAX      200

struct maintain {
    struct flow *f;
    const struct flow_listener *to;
    struct flow_maintain_sum *sum;
    struct flow_copy copy;
    struct enrol keys;
};

static void maintain_clear(struct maintain *m)
{
    flow_copy_clear(&m->copy);
    enrol_clear(&m->keys);
}

bool flow_maintain_committing(const struct home *h, const char *node)
{
    for (int i = 0; i < CLASS_COUNT; i++) {
        const char *class = names_class((enum bundle_class)i);
        AUTO_MEM char *folder = fs_pathf(h->path, "spool/in/%s/%s", node, class);
        AUTO_MEM char *mark = fs_path(folder, "committing");
        AUTO_MEM char *path = fs_path(folder, "lock");
        AUTO_LOCK struct lock lock = LOCK_INIT;
        struct err ignored = ERR_INIT; /* it says that somebody holds it */

        if (fs_exists(mark) && lock_take(&lock, path, 0, &ignored) < 0)
            return true;
    }
    return false;
}

static bool is_busy(const struct maintain *m, const char *code, const char *from)
{
    for (size_t i = 0; i < m->keys.count; i++) {
        struct enrol_place p = enrol_home(&m->keys.nodes[i]);

        if (strcmp(p.code, code) == 0 && strcmp(p.valid_from, from) == 0 &&
            flow_maintain_committing(&m->f->home, m->keys.nodes[i].node))
            return true;
    }
    return false;
}

static void tell(const struct maintain *m, const char *code, const char *from,
                 const char *state, int64_t before, int64_t after, const char *words)
{
    struct jdoc *line = flow_line("repository");

    jdoc_set_text(line, "unit", code);
    jdoc_set_text(line, "valid_from", from);
    jdoc_set_text(line, "state", state);
    jdoc_set_int(line, "packs_before", before);
    jdoc_set_int(line, "packs_after", after);
    if (words[0])
        jdoc_set_text(line, "detail", words);
    flow_tell(m->to, line);
}

/* Rolled up, looked through, and only then the copy follows. */
static int care_for(struct maintain *m, const char *path, const char *code,
                    const char *from, struct err *e)
{
    AUTO_REPO struct repo *repo = NULL;
    char words[WORDS_MAX] = "";
    int64_t before = 0, after = 0;
    int whole;

    if (rollup_count(path, &before, e) < 0 || rollup_packs(path, e) < 0 ||
        rollup_count(path, &after, e) < 0)
        return -1;
    whole = rollup_check(path, words, sizeof words, e);
    if (whole < 0 || repo_open(path, &repo, e) < 0 ||
        repo_sweep(repo, REPO_LITTER_NONE, e) < 0)
        return -1;
    if (whole)
        (void)flow_copy_tidy(&m->copy, repo, code, from, m->to);
    m->sum->packs_before += before;
    m->sum->packs_after += after;
    m->sum->faults += !whole;
    tell(m, code, from, whole ? "done" : "fault", before, after, words);
    return 0;
}

static int maintain_commune(struct maintain *m, const char *unit, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_MEM char *place = home_place(&m->f->home, "ingest.lock");
    AUTO_MEM char *path = NULL;
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];

    if (!names_unit_parse(unit, code, from))
        return 0;
    path = enrol_repository(m->f->home.path, code, from);
    if (!fs_exists(path))
        return 0;
    if (lock_take(&lock, place, INGEST_WAIT_MS, e) < 0)
        return -1;
    m->sum->communes++;
    if (is_busy(m, code, from)) {
        m->sum->busy++;
        tell(m, code, from, "busy", 0, 0, "");
        return 0;
    }
    return care_for(m, path, code, from, e);
}

static void tell_sum(const struct maintain *m)
{
    struct jdoc *line = flow_line("summary");

    jdoc_set_int(line, "communes", m->sum->communes);
    jdoc_set_int(line, "busy", m->sum->busy);
    jdoc_set_int(line, "faults", m->sum->faults);
    jdoc_set_int(line, "packs_before", m->sum->packs_before);
    jdoc_set_int(line, "packs_after", m->sum->packs_after);
    jdoc_set_bool(line, "copied", !m->copy.failed);
    flow_tell(m->to, line);
}

int flow_maintain(struct flow *f, const struct flow_listener *to,
                  struct flow_maintain_sum *sum, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO(maintain_clear) struct maintain m = {.f = f, .to = to, .sum = sum};
    AUTO_MEM char *root = home_place(&f->home, "communes");
    AUTO_LIST struct fs_list list = {0};

    if (flow_need_upper(f, e) < 0 || flow_lock(f, "maintain.lock", &lock, e) < 0 ||
        flow_copy_begin(f, &m.copy, e) < 0 ||
        enrol_load(f->home.path, &m.keys, e) < 0 || fs_list(root, &list, e) < 0)
        return -1;
    for (size_t i = 0; i < list.count && !stop_requested(); i++)
        if (maintain_commune(&m, list.names[i], e) < 0)
            return err_push(e, "%s", list.names[i]);
    if (flow_copy_end(f, &m.copy, e) < 0)
        return -1;
    tell_sum(&m);
    return 0;
}
