/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_copy.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/enrol.h"
#include "sync/mirror.h"
#include "sync/names.h"
#include "sync/repo.h"

#define FACT_FOLDER  "copy.folder"  /* the one that was written to */
#define FACT_TROUBLE "copy.trouble" /* "<since> <code>"; "": none */
#define MARK         "sohoa-copy.json"
#define SCHEMA       1

void flow_copy_clear(struct flow_copy *c)
{
    mem_free(TAKE(c->folder));
}

/* ---- the folder -------------------------------------------------------------------
 */

static int bad(struct err *e, const char *folder, const char *what)
{
    err_set(e, ERR_COPY, "%s", folder);
    return err_detail(e, "%s", what);
}

static int need_empty(const char *folder, struct err *e)
{
    AUTO_LIST struct fs_list l = {0};

    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++)
        if (strcmp(l.names[i], "lost+found") != 0)
            return bad(e, folder, "it holds something else");
    return 0;
}

static int write_mark(const struct home *h, const char *folder, struct err *e)
{
    AUTO_MEM char *path = fs_path(folder, MARK);
    AUTO_MEM char *communes = fs_path(folder, "communes");
    AUTO_JDOC struct jdoc *j = jdoc_object();

    jdoc_set_int(j, "schema", SCHEMA);
    jdoc_set_text(j, "node", h->node);
    return fs_mkdir(communes, e) < 0 ? -1 : jdoc_write_file(path, j, e);
}

static int check_mark(const struct home *h, const char *folder, struct err *e)
{
    AUTO_MEM char *path = fs_path(folder, MARK);
    AUTO_JDOC struct jdoc *j = NULL;
    const char *node;
    int64_t schema;

    if (jdoc_read_file(path, &j, e) < 0)
        return -1;
    node = jdoc_text(j, "node");
    if (!jdoc_int(j, "schema", SCHEMA, SCHEMA, &schema) || !node ||
        strcmp(node, h->node) != 0)
        return bad(e, folder, "it is the copy of another node");
    return 0;
}

static int note_folder(struct flow *f, const char *folder, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *was = NULL;

    if (store_begin(f->store, &txn, e) < 0 ||
        store_fact_get(f->store, FACT_FOLDER, &was, e) < 0)
        return -1;
    if (was && strcmp(was, folder) == 0)
        return 0;
    return store_fact_set(f->store, FACT_FOLDER, folder, e) < 0 ? -1
                                                                : store_commit(&txn, e);
}

/* A folder without a mark is new, or a disk that is not mounted. */
static int take_new(struct flow *f, const char *folder, bool fresh, struct err *e)
{
    AUTO_MEM char *was = NULL;

    if (store_fact_get(f->store, FACT_FOLDER, &was, e) < 0)
        return -1;
    if (!fresh && was && strcmp(was, folder) == 0)
        return bad(e, folder, "the disk that was used before is not there");
    return need_empty(folder, e) < 0 ? -1 : write_mark(&f->home, folder, e);
}

static int look(struct flow *f, const char *folder, bool fresh, struct err *e)
{
    AUTO_MEM char *mark = fs_path(folder, MARK);

    if (!fs_is_dir(folder))
        return bad(e, folder, "it is not there");
    return fs_exists(mark) ? check_mark(&f->home, folder, e)
                           : take_new(f, folder, fresh, e);
}

static int begin(struct flow *f, bool fresh, struct flow_copy *out, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    AUTO_FLOW_COPY struct flow_copy c = {.state = FLOW_COPY_NONE};

    if (conf_load(f->home.path, &conf, e) < 0)
        return -1;
    if (conf_get(conf, "copy.folder")[0]) {
        c.folder = mem_dup(conf_get(conf, "copy.folder"));
        c.failed = look(f, c.folder, fresh, &c.why) < 0;
        c.state = c.failed ? FLOW_COPY_FAILED : FLOW_COPY_READY;
    }
    if (c.state == FLOW_COPY_READY && note_folder(f, c.folder, e) < 0)
        return -1;
    *out = c;
    c = (struct flow_copy){.state = FLOW_COPY_NONE};
    return 0;
}

int flow_copy_begin(struct flow *f, struct flow_copy *out, struct err *e)
{
    return begin(f, false, out, e);
}

/* ---- copying ----------------------------------------------------------------------
 */

static void tell_failed(const struct flow_copy *c, const char *code,
                        const char *valid_from, const struct flow_listener *to)
{
    struct jdoc *line = flow_line("failed");

    jdoc_set_text(line, "unit", code);
    jdoc_set_text(line, "valid_from", valid_from);
    flow_line_why(line, ERR_COPY);
    jdoc_set_text(line, "detail", c->why.subject);
    jdoc_set_text(line, "cause", c->why.detail);
    flow_tell(to, line);
}

static int update(struct flow_copy *c, struct repo *repo, const char *code,
                  const char *valid_from, bool tidy, struct err *e)
{
    AUTO_MEM char *place = mirror_place(c->folder, code, valid_from);
    struct mirror_sum sum = {0};

    if ((tidy ? mirror_tidy(repo, place, &sum, NULL, e)
              : mirror_update(repo, place, &sum, e)) < 0)
        return -1;
    c->files += sum.files;
    c->bytes += sum.bytes;
    return 0;
}

static int64_t follow(struct flow_copy *c, struct repo *repo, const char *code,
                      const char *valid_from, bool tidy, const struct flow_listener *to)
{
    struct err why = ERR_INIT;

    if (c->state == FLOW_COPY_NONE)
        return 1;
    if (c->state == FLOW_COPY_READY &&
        update(c, repo, code, valid_from, tidy, &why) == 0)
        return 2;
    if (c->state == FLOW_COPY_READY) {
        c->failed = true;
        c->why = why;
    }
    tell_failed(c, code, valid_from, to);
    return 0;
}

int64_t flow_copy_commune(struct flow_copy *c, struct repo *repo, const char *code,
                          const char *valid_from, const struct flow_listener *to)
{
    return follow(c, repo, code, valid_from, false, to);
}

int64_t flow_copy_tidy(struct flow_copy *c, struct repo *repo, const char *code,
                       const char *valid_from, const struct flow_listener *to)
{
    return follow(c, repo, code, valid_from, true, to);
}

/* The same trouble again keeps its beginning. */
int flow_copy_end(struct flow *f, const struct flow_copy *c, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *was = NULL;
    AUTO_MEM char *text = NULL;

    if (store_begin(f->store, &txn, e) < 0 ||
        store_fact_get(f->store, FACT_TROUBLE, &was, e) < 0)
        return -1;
    if (c->failed ? was && was[0] : !was || !was[0])
        return 0;
    text = c->failed ? mem_printf("%lld %s", (long long)clock_now(),
                                  err_code_name(c->why.code))
                     : mem_dup("");
    return store_fact_set(f->store, FACT_TROUBLE, text, e) < 0 ? -1
                                                               : store_commit(&txn, e);
}

/* ---- all communes -----------------------------------------------------------------
 */

static int run_commune(struct flow *f, struct flow_copy *c, const char *unit,
                       const struct flow_listener *to, struct err *e)
{
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];
    AUTO_MEM char *path = NULL;
    AUTO_REPO struct repo *repo = NULL;
    struct jdoc *line = NULL;
    int64_t before = c->bytes, copies;

    if (!names_unit_parse(unit, code, from))
        return 0;
    path = enrol_repository(f->home.path, code, from);
    if (!fs_exists(path))
        return 0;
    if (repo_open(path, &repo, e) < 0)
        return -1;
    copies = flow_copy_commune(c, repo, code, from, to);
    if (copies == 0)
        return 0;
    line = flow_line("copy");
    jdoc_set_text(line, "unit", code);
    jdoc_set_text(line, "valid_from", from);
    jdoc_set_int(line, "copies", copies);
    jdoc_set_int(line, "bytes", c->bytes - before);
    flow_tell(to, line);
    return 0;
}

static void tell_sum(const struct flow_copy *c, const struct flow_listener *to)
{
    struct jdoc *line = flow_line("summary");

    jdoc_set_text(line, "folder", c->folder);
    jdoc_set_int(line, "files", c->files);
    jdoc_set_int(line, "bytes", c->bytes);
    jdoc_set_bool(line, "complete", c->state == FLOW_COPY_READY && !c->failed);
    flow_tell(to, line);
}

int flow_copy_run(struct flow *f, bool fresh, const struct flow_listener *to,
                  struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_FLOW_COPY struct flow_copy c = {.state = FLOW_COPY_NONE};
    AUTO_MEM char *root = home_place(&f->home, "communes");
    AUTO_LIST struct fs_list list = {0};

    if (flow_need_upper(f, e) < 0 || flow_lock(f, "ingest.lock", &lock, e) < 0 ||
        begin(f, fresh, &c, e) < 0 || fs_list(root, &list, e) < 0)
        return -1;
    if (c.state == FLOW_COPY_NONE)
        return bad(e, "copy.folder", "the setting is empty");
    for (size_t i = 0; i < list.count && !stop_requested(); i++)
        if (run_commune(f, &c, list.names[i], to, e) < 0)
            return -1;
    if (flow_copy_end(f, &c, e) < 0)
        return -1;
    tell_sum(&c, to);
    if (!c.failed)
        return 0;
    err_set(e, ERR_COPY, "%s", c.why.subject);
    return err_detail(e, "%s", c.why.detail);
}

/* ---- doctor -----------------------------------------------------------------------
 */

static bool is_same_disk(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev;
}

int flow_copy_health(struct flow *f, struct flow_copy_health *out, struct err *e)
{
    AUTO_FLOW_COPY struct flow_copy c = {.state = FLOW_COPY_NONE};
    AUTO_MEM char *text = NULL;

    *out = (struct flow_copy_health){.wanted = false};
    if (begin(f, false, &c, e) < 0 ||
        store_fact_get(f->store, FACT_TROUBLE, &text, e) < 0)
        return -1;
    if (c.state == FLOW_COPY_NONE)
        return 0;
    out->wanted = true;
    out->same_disk = is_same_disk(c.folder, f->home.path);
    out->why = c.why;
    if (text)
        text[strcspn(text, " ")] = '\0';
    if (!text || !num_parse(text, 0, INT64_MAX, &out->since))
        out->since = 0;
    if (c.failed && !out->since)
        out->since = clock_now();
    return 0;
}
