/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/since.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/fetch.h"
#include "sync/heads.h"
#include "sync/line.h"
#include "sync/names.h"
#include "sync/pack.h"
#include "sync/receive.h"
#include "sync/repo.h"
#include "sync/repo_git.h"
#include "sync/request.h"
#include "sync/rpush.h"
#include "sync/spool.h"

#define CHUNK       ((size_t)1 << 16)
#define WORD_MAX    ((size_t)256)
#define COMMAND_MAX ((size_t)500) /* the door takes 511 */
#define BACKOFF_MS  200
#define WORD_MS     INT64_C(6000)
#define STEPS_MAX   1000000 /* of one ref in one run */

struct head {
    char tip[NAMES_OID_MAX];
    char ref[NAMES_REF_MAX];
};

struct since {
    const struct line *l;
    const char *unit;
    const char *const *refs;
    size_t ref_count;
    struct rpush_sum *sum;
    struct repo *repo;
    char *folder;
    struct proc ssh;
    struct head *heads;
    size_t count, cap;
    size_t moved;
    int tries;     /* attempts without one byte of a step */
    bool answered; /* the other end said something on this connection */
    bool progress; /* and bytes of a step */
    bool older;    /* it knows no such verb */
    bool plain;    /* or no sums (heads.h) */
    struct err late;
};

static void since_clear(struct since *s)
{
    proc_clear(&s->ssh);
    repo_close(s->repo);
    mem_free(s->folder);
    mem_free(s->heads);
}

/* ---- words ----------------------------------------------------------------------- */

static int nonsense(struct err *e, const char *line)
{
    err_set(e, ERR_UPSTREAM, "since");
    return err_detail(e, "%.100s", line);
}

static int say(struct since *s, const char *text, struct err *e)
{
    s->sum->bytes_up += (int64_t)strlen(text);
    return line_write(s->ssh.in, text, strlen(text), s->l->idle_ms, e);
}

/* Getting through to the other end takes its time on a bad line. */
static int64_t patience(const struct since *s)
{
    return !s->answered && s->l->idle_ms < FETCH_START_MS ? FETCH_START_MS
                                                          : s->l->idle_ms;
}

static int hear(struct since *s, struct str *line, struct err *e)
{
    /* Only its first word is quick: to make a step takes as long as it takes. */
    const struct line_wait w = {.l = s->l,
                                .quiet_ms =
                                    s->answered ? patience(s) : WORD_MS << s->tries,
                                .idle_ms = patience(s)};
    enum err_code said;
    int rc;

    str_reset(line);
    rc = line_text_from(s->ssh.out, line, &w, e);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return err_set(e, ERR_LINE, "%s", "line closed");
    s->sum->bytes_down += (int64_t)line->len + 1;
    said = receive_bad(str_text(line), e);
    s->older = said == ERR_GATE_VERB && !s->answered;
    s->answered = true;
    return said == ERR_NONE ? 0 : -1;
}

/* "<tip> <ref>" a line, then ".": those that are wanted here are kept. */
static int hear_heads(struct since *s, struct err *e)
{
    AUTO_STR struct str line = STR_INIT(WORD_MAX);

    s->count = 0;
    for (size_t n = 0; n <= FETCH_REFS_MAX; n++) {
        struct head h;
        const char *ref;

        if (hear(s, &line, e) < 0)
            return -1;
        if (strcmp(str_text(&line), ".") == 0)
            return 0;
        if (line.len <= NAMES_OID_MAX || line.p[NAMES_OID_MAX - 1] != ' ')
            return nonsense(e, str_text(&line));
        ref = line.p + NAMES_OID_MAX;
        (void)snprintf(h.tip, sizeof h.tip, "%s", line.p);
        if (!names_is_oid(h.tip) || strlen(ref) >= sizeof h.ref)
            return nonsense(e, str_text(&line));
        (void)snprintf(h.ref, sizeof h.ref, "%s", ref);
        if (!names_ref_wanted(s->refs, s->ref_count, ref))
            continue;
        mem_grow(&s->heads, &s->cap, s->count + 1, sizeof *s->heads);
        s->heads[s->count++] = h;
    }
    return nonsense(e, "too many refs");
}

/* ---- one step -------------------------------------------------------------------- */

/* The bytes from @have on, to the end of the file. */
static int take_bytes(struct since *s, int fd, const char *path, int64_t have,
                      int64_t size, struct err *e)
{
    const struct line_wait w = {
        .l = s->l, .quiet_ms = LINE_SPARE_MS << s->tries, .idle_ms = s->l->idle_ms};
    AUTO_MEM char *buf = mem_new(1, CHUNK);
    char text[40];

    (void)snprintf(text, sizeof text, "from %lld\n", (long long)have);
    if (say(s, text, e) < 0)
        return -1;
    while (have < size) {
        size_t want = size - have < (int64_t)CHUNK ? (size_t)(size - have) : CHUNK;
        size_t got = 0;
        int rc = line_read_from(s->ssh.out, buf, want, &w, &got, e);

        if (rc < 0)
            return -1;
        if (rc == 0)
            return err_set(e, ERR_LINE, "%s", "line closed");
        if (fs_write_all(fd, buf, got, path, e) < 0)
            return -1;
        s->progress = true;
        s->sum->bytes_down += (int64_t)got;
        have += (int64_t)got;
    }
    return 0;
}

/* A whole file: is it the step that was asked for? Then its objects and the ref. */
static int take_in(struct since *s, int fd, const char *path, const char *id,
                   const char *ref, const char *old, struct err *e)
{
    struct pack_command cmd;
    struct pack_found found;
    char hex[HASH_HEX];
    int rc;

    if (lseek(fd, 0, SEEK_SET) < 0)
        return err_sys(e, ERR_READ, "%s", path);
    if (hash_fd(fd, path, hex, NULL, e) < 0)
        return -1;
    if (strcmp(hex, id) != 0)
        return nonsense(e, "its bytes have another SHA-256");
    if (pack_read_command(fd, path, &cmd, e) < 0)
        return -1;
    if (strcmp(cmd.ref, ref) != 0 || strcmp(cmd.old, old[0] ? old : PACK_ZERO) != 0)
        return nonsense(e, "another step");
    if (pack_check(fd, path, cmd.pack_at, &found, e) < 0 ||
        request_unpack(s->repo, fd, cmd.pack_at, e) < 0)
        return -1;
    rc = request_forward(s->repo, ref, cmd.new, e);
    return rc == 0 ? nonsense(e, "a step that leads nowhere") : rc < 0 ? -1 : 0;
}

static int take_step(struct since *s, const char *ref, const char *old, const char *id,
                     int64_t size, struct err *e)
{
    AUTO_MEM char *path = fs_pathf(s->folder, "%s.part", id);
    AUTO_FD int fd = -1;
    struct err why = ERR_INIT;
    struct stat st;

    if (spool_keep(s->folder, path, e) < 0 ||
        spool_room(s->folder, s->folder, size, e) < 0)
        return -1;
    fd = fs_open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_APPEND, 0600, e);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return err_sys(e, ERR_READ, "%s", path);
    if (st.st_size > size && ftruncate(fd, 0) < 0)
        return err_sys(e, ERR_WRITE, "%s", path);
    if (take_bytes(s, fd, path, st.st_size > size ? 0 : st.st_size, size, e) < 0)
        return -1;
    if (take_in(s, fd, path, id, ref, old, &why) < 0) {
        *e = why;
        /* Other bytes than were announced: begun anew next time. After a full disk
         * they are kept. */
        if (why.code == ERR_UPSTREAM && ftruncate(fd, 0) < 0)
            (void)err_detail(e, "and %s cannot be emptied", path);
        return -1;
    }
    s->moved++;
    return fs_unlink(path, e);
}

/* ---- one ref --------------------------------------------------------------------- */

/* 1: @tip is here and at or behind @now. */
static int is_here(struct since *s, const char *tip, const char *now, struct err *e)
{
    git_oid id = repo_oid(tip);

    if (!now[0] || !git_odb_exists(repo_odb(s->repo), &id))
        return 0;
    return repo_is_ancestor(s->repo, tip, now, e);
}

/* "new <id> <size>". */
static bool parse_new(char *text, const char **id, int64_t *size)
{
    char *space = str_starts(text, "new ") ? strchr(text + 4, ' ') : NULL;

    if (!space)
        return false;
    *space = '\0';
    *id = text + 4;
    return hash_is_hex(*id, HASH_HEX - 1) &&
           num_parse(space + 1, 1, RPUSH_REQUEST_MAX, size);
}

/* The next step of a ref: 1 taken, 0 there is none, -1. */
static int next_step(struct since *s, const struct head *h, struct err *e)
{
    AUTO_STR struct str line = STR_INIT(WORD_MAX);
    AUTO_MEM char *ask = NULL;
    char now[NAMES_OID_MAX] = "";
    char none[] = "";
    char *text;
    const char *id;
    int64_t size;
    int rc = repo_ref(s->repo, h->ref, now, e);

    if (rc >= 0)
        rc = is_here(s, h->tip, now, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    ask = mem_printf("step %s %s\n", h->ref, now[0] ? now : PACK_ZERO);
    if (say(s, ask, e) < 0 || hear(s, &line, e) < 0)
        return -1;
    text = line.len ? line.p : none;
    if (strcmp(text, "same") == 0)
        return 0;
    if (strcmp(text, "moved") == 0) {
        /* One ref that was rewritten upstream does not hold back the others. */
        if (s->late.code == ERR_NONE)
            (void)err_set(&s->late, ERR_REF_MOVED, "%s", h->ref);
        return 0;
    }
    if (!parse_new(text, &id, &size))
        return nonsense(e, text);
    return take_step(s, h->ref, now, id, size, e) < 0 ? -1 : 1;
}

/* ---- a fetch --------------------------------------------------------------------- */

static int converse(struct since *s, struct err *e)
{
    if (hear_heads(s, e) < 0)
        return -1;
    for (size_t i = 0; i < s->count; i++) {
        int rc = 1;

        for (int steps = 0; rc == 1 && steps < STEPS_MAX; steps++)
            rc = next_step(s, &s->heads[i], e);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* With what we have of it, as two sums: then only what may be news is told. */
static int command_of(struct since *s, char **out, struct err *e)
{
    AUTO_HEADS struct heads mine = {.rows = NULL};
    AUTO_STR struct str text = STR_INIT(COMMAND_MAX);
    char all[HASH_HEX], closed[HASH_HEX];

    str_addf(&text, "since %s", s->unit);
    for (size_t i = 0; i < s->ref_count && (s->ref_count == 1 || !s->plain); i++)
        str_addf(&text, "%s%s", i ? "," : " ", s->refs[i]);
    if (s->ref_count > 1 && !s->plain) {
        if (heads_load(s->repo, s->refs, s->ref_count, &mine, e) < 0)
            return -1;
        heads_sum(&mine, false, all);
        heads_sum(&mine, true, closed);
        str_addf(&text, " %s %s", all, closed);
    }
    if (str_check(&text, "since", e) < 0)
        return -1;
    *out = str_take(&text);
    return 0;
}

/* One connection. 1 done, 0 cut (and @e says how), -1 for good. */
static int attempt(struct since *s, struct err *e)
{
    AUTO_MEM char *command = NULL;
    struct err why = ERR_INIT;
    int rc;

    if (command_of(s, &command, e) < 0)
        return -1;
    s->answered = s->progress = false;
    if (line_start(s->l, command, &s->ssh, e) < 0)
        return e->code == ERR_LINE && !stop_requested() ? 0 : -1;
    rc = converse(s, &why);
    if (rc < 0 && why.code == ERR_LINE && !stop_requested()) {
        line_failed(s->l, &s->ssh, e);
        rc = e->code == ERR_LINE ? 0 : -1;
    } else if (rc < 0) {
        *e = why;
    } else {
        rc = 1;
    }
    proc_clear(&s->ssh);
    s->ssh = (struct proc)PROC_INIT;
    return rc;
}

int since_fetch(const struct line *l, const char *unit, const char *path,
                const char *const *refs, size_t ref_count, struct rpush_sum *sum,
                size_t *moved, struct err *e)
{
    AUTO(since_clear)
    struct since s = {.l = l,
                      .unit = unit,
                      .refs = refs,
                      .ref_count = ref_count,
                      .sum = sum,
                      .folder = fs_path(l->home, "spool/back"),
                      .ssh = PROC_INIT,
                      .late = ERR_INIT};

    if (fs_mkdirs(s.folder, e) < 0 || repo_open(path, &s.repo, e) < 0)
        return -1;
    for (;;) {
        struct err why = ERR_INIT;
        int rc = attempt(&s, &why);

        if (rc == 1)
            break;
        if (s.older && !s.plain && ref_count > 1) {
            s.plain = true;
            s.older = false;
            continue;
        }
        if (s.older)
            return 0;
        s.tries = s.progress ? 1 : s.tries + 1;
        if (rc < 0 || s.tries >= SINCE_TRIES || stop_requested()) {
            *e = why;
            return -1;
        }
        stop_sleep_ms(BACKOFF_MS << (s.tries - 1));
    }
    if (moved)
        *moved = s.moved;
    if (s.late.code != ERR_NONE) {
        *e = s.late;
        return -1;
    }
    return 1;
}
