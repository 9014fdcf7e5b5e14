/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/first.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/fetch.h"
#include "sync/line.h"
#include "sync/receive.h"
#include "sync/rpush.h"

#define NOTE_MAX   ((size_t)64)
#define WORD_MAX   ((size_t)256)
#define NUMBER_MAX INT64_C(9007199254740991)

static const char *const wants[] = {"page", "master"};
static const char *const states[FIRST_STATES] = {
    "asked", "signed", "sending", "later", "night", "stick", "kept", "absent"};

const char *first_want_name(enum first_want want)
{
    return wants[want];
}

const char *first_state_name(enum first_state state)
{
    return states[state];
}

/* Place of @text among @names; @count when it is none of them. */
static size_t place_of(const char *text, const char *const *names, size_t count)
{
    size_t i = 0;

    while (i < count && strcmp(names[i], text) != 0)
        i++;
    return i;
}

bool first_want_parse(const char *text, enum first_want *out)
{
    size_t i = place_of(text, wants, ARRAY_LEN(wants));

    if (i < ARRAY_LEN(wants))
        *out = (enum first_want)i;
    return i < ARRAY_LEN(wants);
}

bool first_state_parse(const char *text, enum first_state *out)
{
    size_t i = place_of(text, states, ARRAY_LEN(states));

    if (i < ARRAY_LEN(states))
        *out = (enum first_state)i;
    return i < ARRAY_LEN(states);
}

bool first_by(const char *item, const char *node)
{
    return names_is_item(item) && strncmp(item, node, 8) == 0;
}

/* ---- the files --------------------------------------------------------------------
 */

static char *path_of(const char *home, const struct first *f)
{
    return fs_pathf(home, "spool/first/%s/%s.%s", f->node, f->item,
                    first_want_name(f->want));
}

/* The next word of "a b c"; @rest moves on. NULL: no more. */
static char *word(char **rest)
{
    return strtok_r(NULL, " \n", rest);
}

/* "<since> <state> <0 or 1>". */
static bool take_note(char *text, struct first *f)
{
    char *rest = NULL;
    char *since = strtok_r(text, " \n", &rest);
    char *state = word(&rest);
    char *up = word(&rest);

    if (!since || !state || !up || !num_parse(since, 0, NUMBER_MAX, &f->since) ||
        !first_state_parse(state, &f->state))
        return false;
    f->up = strcmp(up, "1") == 0;
    return true;
}

int first_get(const char *home, struct first *f, struct err *e)
{
    AUTO_MEM char *path = path_of(home, f);
    AUTO_STR struct str text = STR_INIT(NOTE_MAX);

    if (!fs_exists(path))
        return 0;
    if (fs_read_file(path, &text, e) < 0)
        return -1;
    return text.len > 0 && take_note(text.p, f);
}

int first_set(const char *home, const struct first *f, struct err *e)
{
    AUTO_MEM char *path = path_of(home, f);
    AUTO_MEM char *folder = fs_dirname(path);
    AUTO_STR struct str text = STR_INIT(NOTE_MAX);

    str_addf(&text, "%lld %s %d\n", (long long)f->since, first_state_name(f->state),
             f->up ? 1 : 0);
    if (fs_mkdirs(folder, e) < 0)
        return -1;
    return fs_write_file(path, text.p, text.len, e);
}

int first_drop(const char *home, const struct first *f, struct err *e)
{
    AUTO_MEM char *path = path_of(home, f);

    return fs_unlink(path, e);
}

/* Names of the files of one node. An absent folder is an empty one. */
static int list(const char *home, const char *node, char **folder, struct fs_list *out,
                struct err *e)
{
    *folder = fs_pathf(home, "spool/first/%s", node);
    return fs_is_dir(*folder) ? fs_list(*folder, out, e) : 0;
}

int first_ask(const char *home, struct first *f, int64_t now, struct err *e)
{
    AUTO_LIST struct fs_list open = {0};
    AUTO_MEM char *folder = NULL;
    int found = first_get(home, f, e);

    if (found < 0)
        return -1;
    if (found == 1 && (f->state == FIRST_ASKED || now - f->since < FIRST_AGAIN_S))
        return 0;
    if (list(home, f->node, &folder, &open, e) < 0)
        return -1;
    if (found == 0 && open.count >= FIRST_OPEN_MAX)
        return err_set(e, ERR_LIMIT, "%s", f->node);
    f->state = FIRST_ASKED;
    f->since = now;
    f->up = false;
    return first_set(home, f, e);
}

/* "<item>.<want>" */
static bool take_name(const char *name, struct first *f)
{
    const char *dot = strchr(name, '.');
    size_t len = dot ? (size_t)(dot - name) : 0;

    if (len == 0 || len >= sizeof f->item || !first_want_parse(dot + 1, &f->want))
        return false;
    memcpy(f->item, name, len);
    f->item[len] = '\0';
    return names_is_item(f->item);
}

int first_each(const char *home, const char *node, int64_t now, first_fn *each,
               void *ctx, struct err *e)
{
    AUTO_LIST struct fs_list l = {0};
    AUTO_MEM char *folder = NULL;

    if (list(home, node, &folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        struct first f = {.since = 0};
        int rc;

        (void)snprintf(f.node, sizeof f.node, "%s", node);
        if (!take_name(l.names[i], &f))
            continue;
        rc = first_get(home, &f, e);
        if (rc == 1 && now - f.since > FIRST_KEPT_S)
            rc = first_drop(home, &f, e);
        else if (rc == 1)
            rc = each(ctx, &f, e);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* ---- words on the line ------------------------------------------------------------
 */

void first_print(const struct first *f, struct str *out)
{
    str_addf(out, "asked %s %s %lld\n", first_want_name(f->want),
             first_state_name(f->state), (long long)f->since);
}

void first_print_file(const struct first_file *f, struct str *out)
{
    str_addf(out, "file %s %s %s %lld %s\n", f->page, f->role, f->sha256,
             (long long)f->size, f->media);
}

void first_found_clear(struct first_found *f)
{
    mem_free(f->files);
}

static int nonsense(struct err *e, const char *line)
{
    err_set(e, ERR_UPSTREAM, "find");
    return err_detail(e, "%.100s", line);
}

/* After "asked ". */
static bool take_asked(char *text, struct first *f)
{
    char *rest = NULL;
    char *want = strtok_r(text, " ", &rest);
    char *state = word(&rest);
    char *since = word(&rest);

    return want && state && since && first_want_parse(want, &f->want) &&
           first_state_parse(state, &f->state) &&
           num_parse(since, 0, NUMBER_MAX, &f->since);
}

/* After "file ". */
static bool take_file(char *text, struct first_file *f)
{
    char *rest = NULL;
    char *page = strtok_r(text, " ", &rest);
    char *role = word(&rest);
    char *hex = word(&rest);
    char *size = word(&rest);
    char *media = word(&rest);

    if (!media || !hash_is_hex(page, HASH_HEX - 1) || !hash_is_hex(hex, HASH_HEX - 1) ||
        !num_parse(size, 0, NUMBER_MAX, &f->size) || strlen(role) >= sizeof f->role ||
        strlen(media) >= sizeof f->media)
        return false;
    memcpy(f->page, page, HASH_HEX);
    memcpy(f->sha256, hex, HASH_HEX);
    memcpy(f->role, role, strlen(role) + 1);
    memcpy(f->media, media, strlen(media) + 1);
    return true;
}

/* What the door says to one command, up to a line that ends it. */
struct talk {
    const struct line *l;
    struct rpush_sum *sum;
    struct first_found *found; /* NULL: files are not expected */
    struct first *asked;       /* NULL: that line does not end it */
};

/* 1: that was the last line, 0, -1. */
static int take_line(const struct talk *t, struct str *line, struct err *e)
{
    struct first f = {.since = 0};

    if (strcmp(str_text(line), ".") == 0)
        return 1;
    if (strcmp(str_text(line), "bad SH-ITEM-ABSENT") == 0)
        return err_set(e, ERR_ITEM_ABSENT, "upstream");
    if (receive_bad(str_text(line), e) != ERR_NONE)
        return -1;
    if (str_starts(str_text(line), "asked ") && take_asked(line->p + 6, &f)) {
        if (t->asked) {
            t->asked->state = f.state;
            t->asked->since = f.since;
        } else if (t->found) {
            t->found->asked[f.want] = f;
        }
        return 0;
    }
    if (t->found && str_starts(str_text(line), "file ") &&
        t->found->count < FIRST_FILE_MAX) {
        struct first_found *all = t->found;

        mem_grow(&all->files, &all->cap, all->count + 1, sizeof *all->files);
        all->files[all->count] = (struct first_file){.size = 0};
        if (take_file(line->p + 5, &all->files[all->count])) {
            all->count++;
            return 0;
        }
    }
    return nonsense(e, str_text(line));
}

static int hear(const struct talk *t, struct proc *p, struct err *e)
{
    int64_t patience = t->l->idle_ms < FETCH_START_MS ? FETCH_START_MS : t->l->idle_ms;

    for (size_t n = 0; n < FIRST_FILE_MAX + 4; n++) {
        AUTO_STR struct str line = STR_INIT(WORD_MAX);
        int rc = line_text(p->out, &line, patience, e);

        if (rc <= 0)
            return rc < 0 ? -1 : err_set(e, ERR_LINE, "%s", "line closed");
        t->sum->bytes_down += (int64_t)line.len + 1;
        rc = take_line(t, &line, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return nonsense(e, "too many lines");
}

static int say(const struct talk *t, const char *command, struct err *e)
{
    AUTO_PROC struct proc p = PROC_INIT;
    struct err why = ERR_INIT;

    if (t->l->folder)
        return err_set(e, ERR_URL, "%s", t->l->path);
    if (line_start(t->l, command, &p, e) < 0)
        return -1;
    if (hear(t, &p, e) == 0)
        return 0;
    if (e->code != ERR_LINE || stop_requested())
        return -1;
    line_failed(t->l, &p, &why);
    *e = why;
    return -1;
}

int first_find(const struct line *l, const char *unit, const char *item,
               struct first_found *out, struct rpush_sum *sum, struct err *e)
{
    AUTO_MEM char *command = mem_printf("find %s %s", unit, item);
    struct talk t = {.l = l, .sum = sum, .found = out};

    out->count = 0;
    out->asked[FIRST_PAGE].state = out->asked[FIRST_MASTER].state = FIRST_STATES;
    return say(&t, command, e);
}

int first_request(const struct line *l, const char *unit, struct first *f,
                  struct rpush_sum *sum, struct err *e)
{
    AUTO_MEM char *command =
        mem_printf("first %s %s %s", unit, f->item, first_want_name(f->want));
    struct talk t = {.l = l, .sum = sum, .asked = f};

    return say(&t, command, e);
}

int first_going(const struct line *l, const struct first *f, struct rpush_sum *sum,
                struct err *e)
{
    AUTO_MEM char *command =
        mem_printf("going %s %s %s %s", f->node, f->item, first_want_name(f->want),
                   first_state_name(f->state));
    struct talk t = {.l = l, .sum = sum};

    return say(&t, command, e);
}
