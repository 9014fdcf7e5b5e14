/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_watch.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/fs.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "node/scan/walk.h"

#define SEEN_MAX  ((size_t)100000) /* files in all folders */
#define NAMES_MAX 1000             /* of one name in done/ */
#define TICK_MS   500              /* how late a wish to stop may be seen */

/* A file as it was when it was looked at last. */
struct seen {
    char *path; /* owned */
    size_t folder;
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime;
    int64_t since_ms;   /* it is so since then */
    bool judged;        /* taken or refused as it is, and still here */
    bool told;          /* that it waits */
    const char *status; /* of this pass: static keyword, NULL: not offered */
    char *why;          /* owned; refused: the sentences for people */
};

struct watch {
    struct flow *f;
    const struct flow_watch_opts *o;
    const char *const *folders;
    size_t folder_count;
    const struct flow_listener *to;
    struct flow_import_sum *sum;
    struct seen *seen; /* owned; by path */
    size_t count, cap;
    int events;                   /* inotify, -1: none */
    struct flow_import_slip slip; /* the last one that came holds for what follows … */
    int64_t took_ms;              /* … as long as something does */
};

static void seen_clear(struct seen *s)
{
    mem_free(s->path);
    mem_free(s->why);
}

static void watch_clear(struct watch *w)
{
    for (size_t i = 0; i < w->count; i++)
        seen_clear(&w->seen[i]);
    mem_free(w->seen);
    fs_fd_auto(&w->events);
}

/* ---- what lies there ----------------------------------------------------------------
 */

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct seen *)a)->path, ((const struct seen *)b)->path);
}

static int by_name(const void *path, const void *s)
{
    return strcmp(path, ((const struct seen *)s)->path);
}

/* NULL: it was not there at the last look. */
static struct seen *find(struct watch *w, const char *path)
{
    return w->count ? bsearch(path, w->seen, w->count, sizeof *w->seen, by_name) : NULL;
}

static bool same(const struct seen *s, const struct stat *st)
{
    return s->dev == st->st_dev && s->ino == st->st_ino && s->size == st->st_size &&
           s->mtime.tv_sec == st->st_mtim.tv_sec &&
           s->mtime.tv_nsec == st->st_mtim.tv_nsec;
}

/* What a pass finds; what was known of it before is moved over. */
struct pass {
    struct watch *w;
    size_t folder;
    struct seen *found; /* owned */
    size_t count, cap;
};

static void pass_clear(struct pass *p)
{
    for (size_t i = 0; i < p->count; i++)
        seen_clear(&p->found[i]);
    mem_free(p->found);
}

static int note(struct pass *p, const char *path, struct err *e)
{
    struct watch *w = p->w;
    struct seen *old = find(w, path);
    struct seen *s = NULL;
    struct stat st;

    if (lstat(path, &st) < 0)
        return 0; /* gone since it was listed */
    if (p->count >= SEEN_MAX)
        return err_set(e, ERR_LIMIT, "%s", w->folders[p->folder]);
    mem_grow(&p->found, &p->cap, p->count + 1, sizeof *p->found);
    s = &p->found[p->count++];
    *s = (struct seen){.path = mem_dup(path),
                       .folder = p->folder,
                       .dev = st.st_dev,
                       .ino = st.st_ino,
                       .size = st.st_size,
                       .mtime = st.st_mtim,
                       .since_ms = clock_mono_ms()};
    if (old && same(old, &st)) {
        s->since_ms = old->since_ms;
        s->judged = old->judged;
        s->told = old->told;
    }
    return 0;
}

static bool is_ours(const char *name)
{
    return strcmp(name, FLOW_WATCH_DONE) == 0 || strcmp(name, FLOW_WATCH_REFUSED) == 0;
}

/* All below one folder but what was put aside. A folder that is away for a while (a
 * share, a stick) is empty. */
static int look(struct pass *p, struct err *e)
{
    const char *folder = p->w->folders[p->folder];
    AUTO_LIST struct fs_list names = {0};
    struct err away = ERR_INIT;

    if (fs_list(folder, &names, &away) < 0)
        return 0;
    for (size_t i = 0; i < names.count; i++) {
        AUTO_MEM char *path = fs_path(folder, names.names[i]);
        AUTO_WALK struct walk_list found = {0};
        const char *const one[] = {path};

        if (is_ours(names.names[i]) || walk_is_hidden(names.names[i]))
            continue;
        if (walk_paths(one, 1, &found, e) < 0)
            return -1;
        for (size_t k = 0; k < found.count; k++)
            if (found.inputs[k].refused != ERR_INPUT_HIDDEN &&
                note(p, found.inputs[k].path, e) < 0)
                return -1;
    }
    return 0;
}

static int look_at_all(struct watch *w, struct err *e)
{
    AUTO(pass_clear) struct pass p = {.w = w};
    struct seen *before = w->seen;
    size_t before_count = w->count, before_cap = w->cap;

    for (; p.folder < w->folder_count; p.folder++)
        if (look(&p, e) < 0)
            return -1;
    if (p.count > 1)
        qsort(p.found, p.count, sizeof *p.found, by_path);
    w->seen = p.found;
    w->count = p.count;
    w->cap = p.cap;
    p.found = before; /* freed with the pass */
    p.count = before_count;
    p.cap = before_cap;
    return 0;
}

/* ---- taking in ----------------------------------------------------------------------
 */

/* The lines of the import; one that only says that a file waits is told once. */
static void on_line(void *to, const struct jdoc *line)
{
    struct watch *w = to;
    const char *path = jdoc_text(line, "path"), *status = jdoc_text(line, "status");
    struct seen *s = path ? find(w, path) : NULL;
    bool waits = status && strcmp(status, "waiting") == 0;

    if (s && status) {
        s->status = waits                            ? "waiting"
                    : strcmp(status, "refused") == 0 ? "refused"
                                                     : "done";
        mem_free(s->why);
        s->why = mem_dup(jdoc_text(line, i18n_lang() == LANG_VI ? "vi" : "en"));
    }
    if (waits && s && s->told)
        return;
    if (s)
        s->told = waits;
    if (w->to)
        w->to->line(w->to->to, line);
}

static bool ready(const struct watch *w, const struct seen *s)
{
    int64_t still = w->o->still_ms ? w->o->still_ms : FLOW_WATCH_STILL_MS;

    return !s->judged && clock_mono_ms() - s->since_ms >= still;
}

static void add_up(struct flow_import_sum *all, const struct flow_import_sum *one)
{
    all->stored += one->stored;
    all->duplicate += one->duplicate;
    all->refused += one->refused;
    all->pages += one->pages;
    all->found += one->found;
    all->inputs += one->inputs - one->waiting;
}

static int take_in(struct watch *w, struct err *e)
{
    AUTO_MEM const char **paths = mem_new(w->count + 1, sizeof *paths);
    struct flow_import_opts o = w->o->import;
    const struct flow_listener to = {on_line, w};
    struct flow_import_sum one = {0};
    size_t n = 0;
    int rc = 0;

    for (size_t i = 0; i < w->count; i++) {
        w->seen[i].status = NULL;
        if (ready(w, &w->seen[i]))
            paths[n++] = w->seen[i].path;
    }
    if (n == 0)
        return 0;
    if (clock_mono_ms() - w->took_ms > FLOW_WATCH_SLIP_MS)
        w->slip = (struct flow_import_slip){.kind = ""};
    o.slip = &w->slip;
    o.per_page = false;
    o.expect = 0;
    o.wait_ms = 0;
    rc = flow_import(w->f, &o, paths, n, &to, &one, e);
    w->took_ms = clock_mono_ms();
    add_up(w->sum, &one);
    w->sum->waiting = one.waiting;
    return rc;
}

/* ---- putting aside ------------------------------------------------------------------
 */

/* Under a name in @dir that nobody has: "a.jpg", "a-2.jpg". @now: owned. */
static int move_into(const char *dir, const char *path, char **now, struct err *e)
{
    const char *name = fs_basename(path), *dot = strrchr(name, '.');
    int stem = dot && dot > name ? (int)(dot - name) : (int)strlen(name);

    for (int i = 1; i <= NAMES_MAX; i++) {
        AUTO_MEM char *to =
            i == 1 ? fs_path(dir, name)
                   : fs_pathf(dir, "%.*s-%d%s", stem, name, i, name + stem);
        int rc = fs_rename_new(path, to, e);

        if (rc == 1)
            *now = TAKE(to);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return err_set(e, ERR_LIMIT, "%s", dir);
}

static void tell_left(struct watch *w, const struct seen *s, const struct err *why)
{
    struct jdoc *line = flow_line("left");

    jdoc_set_text(line, "path", s->path);
    flow_line_why(line, why->code);
    flow_tell(w->to, line);
}

/* Why it was refused, beside it, in words for people. */
static void leave_reason(struct watch *w, const struct seen *s, const char *now)
{
    AUTO_MEM char *path = mem_printf("%s.txt", now);
    AUTO_MEM char *text = mem_printf("%s\n", s->why ? s->why : "");
    struct err why = ERR_INIT;

    if (fs_write_file(path, text, strlen(text), &why) < 0)
        tell_left(w, s, &why);
}

/* Only what is still the file that was taken. */
static void put_aside(struct watch *w, struct seen *s)
{
    bool refused = strcmp(s->status, "refused") == 0;
    AUTO_MEM char *dir =
        fs_path(w->folders[s->folder], refused ? FLOW_WATCH_REFUSED : FLOW_WATCH_DONE);
    AUTO_MEM char *now = NULL;
    struct err why = ERR_INIT;
    struct stat st;

    s->judged = true;
    if (lstat(s->path, &st) < 0 || !same(s, &st))
        return; /* the next pass sees another file */
    if (fs_mkdirs(dir, &why) < 0 || move_into(dir, s->path, &now, &why) < 0) {
        tell_left(w, s, &why);
        return;
    }
    if (refused)
        leave_reason(w, s, now);
}

static void put_all_aside(struct watch *w)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->seen[i].status && strcmp(w->seen[i].status, "waiting") != 0)
            put_aside(w, &w->seen[i]);
}

/* ---- the loop -----------------------------------------------------------------------
 */

/* Until something happens in a folder, the time is over, or a stop. */
static void wait_some(struct watch *w, int64_t ms)
{
    char drain[4096];
    int64_t until = clock_mono_ms() + ms;

    while (clock_mono_ms() < until && !stop_requested()) {
        struct pollfd p = {.fd = w->events, .events = POLLIN};
        int64_t left = until - clock_mono_ms();

        if (poll(&p, 1, (int)(left < TICK_MS ? left : TICK_MS)) > 0) {
            while (read(w->events, drain, sizeof drain) > 0)
                ;
            return;
        }
    }
}

static bool anything_open(const struct watch *w)
{
    for (size_t i = 0; i < w->count; i++)
        if (!w->seen[i].judged)
            return true;
    return false;
}

static int pass_once(struct watch *w, struct err *e)
{
    int rc = 0;

    if (look_at_all(w, e) < 0)
        return -1;
    rc = take_in(w, e);
    put_all_aside(w); /* what was taken, also when the rest could not be */
    return rc;
}

static int run(struct watch *w, struct err *e)
{
    int64_t still = w->o->still_ms ? w->o->still_ms : FLOW_WATCH_STILL_MS;

    while (!stop_requested()) {
        if (pass_once(w, e) < 0)
            return -1;
        if (w->o->once)
            break;
        wait_some(w, FLOW_WATCH_POLL_MS);
    }
    if (!w->o->once || !anything_open(w) || stop_requested())
        return 0;
    /* Once: what lies there now is looked at again when it could be still. */
    stop_sleep_ms(still);
    return stop_requested() ? 0 : pass_once(w, e);
}

/* Within HOME nothing is anybody's to put files into. */
static int check_folders(struct watch *w, struct err *e)
{
    AUTO_MEM char *home = realpath(w->f->home.path, NULL);

    if (w->folder_count > FLOW_WATCH_FOLDERS_MAX)
        return err_set(e, ERR_USAGE, "%zu", w->folder_count);
    for (size_t i = 0; i < w->folder_count; i++) {
        AUTO_MEM char *real = realpath(w->folders[i], NULL);
        size_t len = home ? strlen(home) : 0;

        if (!real || !fs_is_dir(real))
            return err_set(e, ERR_NOT_FOUND, "%s", w->folders[i]);
        if (len > 0 && strncmp(real, home, len) == 0 &&
            (real[len] == '/' || real[len] == '\0'))
            return err_set(e, ERR_USAGE, "%s", w->folders[i]);
        if (w->events >= 0)
            (void)inotify_add_watch(w->events, real, IN_CLOSE_WRITE | IN_MOVED_TO);
    }
    return 0;
}

int flow_watch(struct flow *f, const struct flow_watch_opts *o,
               const char *const *folders, size_t count, const struct flow_listener *to,
               struct flow_import_sum *sum, struct err *e)
{
    AUTO(watch_clear)
    struct watch w = {.f = f,
                      .o = o,
                      .folders = folders,
                      .folder_count = count,
                      .to = to,
                      .sum = sum,
                      .events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};

    *sum = (struct flow_import_sum){0};
    if (flow_import_check(f, &o->import, e) < 0 || check_folders(&w, e) < 0)
        return -1;
    return run(&w, e);
}
