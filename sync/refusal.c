/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/refusal.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/line.h"
#include "sync/receive.h"
#include "sync/rpush.h"

#define NOTE_MAX ((size_t)128)
#define BOX_MAX  (REFUSAL_MAX * NOTE_MAX)
#define WORDS    5

static char *path_of(const char *home, const struct names_chain *c)
{
    return fs_pathf(home, "spool/refused/%s/%lld-%s", c->node, (long long)c->epoch,
                    names_class(c->cls));
}

/* "<epoch> <class> <first> <last> <code>" */
static bool take(char *text, struct refusal *out)
{
    char *words[WORDS], *rest = NULL;
    size_t n = 0;

    for (char *w = strtok_r(text, " \n", &rest); w && n < WORDS;
         w = strtok_r(NULL, " \n", &rest))
        words[n++] = w;
    if (n != WORDS || !num_parse(words[0], 1, NAMES_EPOCH_MAX, &out->chain.epoch) ||
        !names_class_parse(words[1], &out->chain.cls) ||
        !num_parse(words[2], 1, NAMES_SEQ_MAX, &out->first_seq) ||
        !num_parse(words[3], out->first_seq, NAMES_SEQ_MAX, &out->last_seq) ||
        strlen(words[4]) >= sizeof out->code || err_code_find(words[4]) == ERR_NONE)
        return false;
    (void)snprintf(out->code, sizeof out->code, "%s", words[4]);
    return true;
}

static void print(const struct refusal *r, struct str *out)
{
    str_addf(out, "%lld %s %lld %lld %s\n", (long long)r->chain.epoch,
             names_class(r->chain.cls), (long long)r->first_seq, (long long)r->last_seq,
             r->code);
}

void refusal_print(const struct refusal *r, struct str *out)
{
    str_add(out, "refused ");
    print(r, out);
}

int refusal_set(const char *home, const struct refusal *r, struct err *e)
{
    AUTO_MEM char *path = path_of(home, &r->chain);
    AUTO_MEM char *folder = fs_dirname(path);
    AUTO_STR struct str text = STR_INIT(NOTE_MAX);

    print(r, &text);
    if (str_check(&text, path, e) < 0 || fs_mkdirs(folder, e) < 0)
        return -1;
    return fs_write_file(path, text.p, text.len, e);
}

int refusal_drop(const char *home, const struct names_chain *chain, struct err *e)
{
    AUTO_MEM char *path = path_of(home, chain);

    return fs_unlink(path, e);
}

int refusal_each(const char *home, const char *node, refusal_fn *each, void *ctx,
                 struct err *e)
{
    AUTO_MEM char *folder = fs_pathf(home, "spool/refused/%s", node);
    AUTO_LIST struct fs_list l = {0};

    if (!fs_is_dir(folder))
        return 0;
    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count && i < REFUSAL_MAX; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);
        AUTO_STR struct str text = STR_INIT(NOTE_MAX);
        struct refusal r = {.first_seq = 0};

        if (fs_read_file(path, &text, e) < 0)
            return -1;
        (void)snprintf(r.chain.node, sizeof r.chain.node, "%s", node);
        if (text.len > 0 && take(text.p, &r) && each(ctx, &r, e) < 0)
            return -1;
    }
    return 0;
}

static char *box_of(const char *folder, const char *node)
{
    return fs_pathf(folder, "outbox/%s/" REFUSAL_FILE, node);
}

static int add_line(void *ctx, const struct refusal *r, struct err *e)
{
    (void)e;
    refusal_print(r, ctx);
    return 0;
}

int refusal_put_out(const char *home, const char *node, struct err *e)
{
    AUTO_MEM char *path = box_of(home, node);
    AUTO_MEM char *box = fs_dirname(path);
    AUTO_STR struct str text = STR_INIT(BOX_MAX);

    if (refusal_each(home, node, add_line, &text, e) < 0)
        return -1;
    if (text.len == 0)
        return fs_is_dir(box) ? fs_unlink(path, e) : 0;
    if (str_check(&text, path, e) < 0 || fs_mkdirs(box, e) < 0)
        return -1;
    return fs_write_file(path, text.p, text.len, e);
}

/* ---- the commune ------------------------------------------------------------------
 */

static int nonsense(struct err *e, const char *line)
{
    err_set(e, ERR_UPSTREAM, "refused");
    return err_detail(e, "%.100s", line);
}

/* "refused …" of @node. */
static int hear_one(char *line, const char *node, refusal_fn *each, void *ctx,
                    struct err *e)
{
    struct refusal r = {.first_seq = 0};

    (void)snprintf(r.chain.node, sizeof r.chain.node, "%s", node);
    if (!str_starts(line, "refused ") || !take(line + strlen("refused "), &r))
        return nonsense(e, line);
    return each(ctx, &r, e);
}

static int hear_box(const struct line *l, const char *node, refusal_fn *each, void *ctx,
                    struct err *e)
{
    AUTO_MEM char *path = box_of(l->path, node);
    AUTO_STR struct str text = STR_INIT(BOX_MAX);
    char *rest = NULL;
    char *line = NULL;

    if (!fs_exists(path))
        return 0;
    if (fs_read_file(path, &text, e) < 0)
        return -1;
    rest = text.len ? text.p : NULL;
    while (rest && (line = strsep(&rest, "\n")))
        if (line[0] && hear_one(line, node, each, ctx, e) < 0)
            return -1;
    return 0;
}

static int hear(const struct line *l, struct proc *p, const char *node,
                refusal_fn *each, void *ctx, struct rpush_sum *sum, struct err *e)
{
    for (size_t n = 0; n <= REFUSAL_MAX; n++) {
        AUTO_STR struct str line = STR_INIT(NOTE_MAX);
        int rc = line_text(p->out, &line, l->idle_ms, e);

        if (rc <= 0)
            return rc < 0 ? -1 : err_set(e, ERR_LINE, "%s", "line closed");
        sum->bytes_down += (int64_t)line.len + 1;
        if (strcmp(str_text(&line), ".") == 0 ||
            strcmp(str_text(&line), "bad SH-GATE-VERB") == 0)
            return 0;
        if (receive_bad(str_text(&line), e) != ERR_NONE)
            return -1;
        if (hear_one(line.p, node, each, ctx, e) < 0)
            return -1;
    }
    return nonsense(e, "too many lines");
}

int refusal_ask(const struct line *l, const char *node, refusal_fn *each, void *ctx,
                struct rpush_sum *sum, struct err *e)
{
    AUTO_PROC struct proc p = PROC_INIT;
    struct err why = ERR_INIT;

    if (l->folder)
        return hear_box(l, node, each, ctx, e);
    if (line_start(l, "refused", &p, e) < 0)
        return -1;
    if (hear(l, &p, node, each, ctx, sum, e) == 0)
        return 0;
    if (e->code != ERR_LINE || stop_requested())
        return -1;
    line_failed(l, &p, &why);
    *e = why;
    return -1;
}
