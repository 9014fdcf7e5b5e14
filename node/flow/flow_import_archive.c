/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_import_part.h"

#include <fcntl.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/scan/unpack.h"
#include "node/scan/walk.h"

/* A member on its way into a file without a name. */
struct member {
    char *path; /* owned */
    struct fs_tmp tmp;
    int fd; /* of the same file, for reading. -1: none */
};

static void member_clear(struct member *m)
{
    mem_free(m->path);
    fs_tmp_clear(&m->tmp);
    fs_fd_auto(&m->fd);
    *m = (struct member){.tmp = FS_TMP_INIT, .fd = -1};
}
#define AUTO_MEMBER AUTO(member_clear)

static int member_begin(struct call *c, struct member *m, struct err *e)
{
    AUTO_MEM char *spool = home_place(&c->f->home, "spool");

    if (flow_import_room(c, e) < 0 || fs_tmp_open(&m->tmp, spool, e) < 0)
        return -1;
    m->fd = fs_open(m->tmp.path, O_RDONLY, 0, e);
    if (m->fd < 0 || fs_unlink(m->tmp.path, e) < 0)
        return -1;
    return 0;
}

static bool member_is_hidden(const char *name)
{
    AUTO_MEM char *copy = mem_dup(name);
    char *rest = NULL;

    for (char *part = strtok_r(copy, "/", &rest); part;
         part = strtok_r(NULL, "/", &rest))
        if (strcmp(part, ".") != 0 && walk_is_hidden(part))
            return true;
    return false;
}

struct archive_job {
    struct call *c;
    struct input *in; /* the archive */
    struct member m;
    size_t count;   /* members seen */
    size_t rows;    /* inputs they became */
    size_t skipped; /* the present member is not wanted */
    bool kept;      /* the archive lies in quarantine: sha is set */
    bool tried;     /* … or could not be put there */
    char sha[HASH_HEX];
};

/* Members that cannot be had are refused with the archive as their copy. */
static int keep_archive(struct archive_job *a, struct err *e)
{
    struct err why = ERR_INIT;

    if (a->tried)
        return 0;
    a->tried = true;
    (void)err_set(&why, ERR_ARCHIVE_DAMAGED, "%s", a->in->path);
    if (flow_import_keep(a->c, a->in, why.code, &a->kept, e) < 0)
        return -1;
    memcpy(a->sha, a->in->sha, sizeof a->sha);
    return 0;
}

/* @path: taken. */
static int refuse_member(struct archive_job *a, char *path, const struct err *why,
                         struct err *e)
{
    struct entry t = {.path = path, .fd = -1, .why = ERR_INIT};
    AUTO_MEM char *owned = path;
    AUTO_INPUT struct input in = INPUT_INIT(&t);
    bool needs_copy = !flow_import_keeps_nothing(why->code);

    a->rows++;
    if (needs_copy && keep_archive(a, e) < 0)
        return -1;
    return flow_import_refused(a->c, &in, why, needs_copy && a->kept ? a->sha : NULL,
                               e);
}

/* The member is whole: now, or with per_page when all are sorted. */
static int finish_member(struct archive_job *a, struct err *e)
{
    struct entry t = {.path = a->m.path, .fd = a->m.fd, .why = ERR_INIT};
    enum taken taken = TAKEN_DONE;
    int rc = 0;

    a->rows++;
    if (fs_close(&a->m.tmp.fd, a->m.path, e) < 0)
        return -1;
    if (!a->c->opts->per_page) {
        rc = flow_import_take(a->c, &t, false, &taken, e);
        member_clear(&a->m);
        return rc;
    }
    if (a->c->members >= FLOW_IMPORT_MEMBERS) {
        struct err why = ERR_INIT;

        (void)err_set(&why, ERR_LIMIT, "%s", a->m.path);
        a->rows--;
        rc = refuse_member(a, TAKE(a->m.path), &why, e);
        member_clear(&a->m);
        return rc;
    }
    a->c->members++;
    (void)flow_import_entries_add(&a->c->pages, TAKE(a->m.path), TAKE_FD(a->m.fd));
    member_clear(&a->m);
    return 0;
}

static int on_member(struct archive_job *a, const struct unpack_step *s, struct err *e)
{
    struct err why = ERR_INIT;
    char *path = mem_printf("%s/%s", a->in->path, s->name);

    a->count++;
    member_clear(&a->m);
    a->m.path = path;
    a->skipped = 0;
    if (s->kind == ARCHIVE_FOLDER)
        return 0;
    if (member_is_hidden(s->name))
        (void)err_set(&why, ERR_INPUT_HIDDEN, "%s", path);
    else if (s->kind != ARCHIVE_FILE)
        (void)err_set(&why, ERR_ARCHIVE_SPECIAL, "%s", path);
    if (why.code == ERR_NONE)
        return member_begin(a->c, &a->m, e);
    a->skipped = 1;
    return refuse_member(a, TAKE(a->m.path), &why, e);
}

static int on_bad(struct archive_job *a, const struct unpack_step *s, struct err *e)
{
    char *path = NULL;

    if (a->skipped) { /* told already */
        a->skipped = 0;
        return 0;
    }
    if (a->m.path) {
        path = TAKE(a->m.path);
    } else {
        a->count++;
        path = mem_printf("%s/#%zu", a->in->path, a->count);
    }
    member_clear(&a->m);
    return refuse_member(a, path, &s->why, e);
}

static int on_step(struct archive_job *a, const struct unpack_step *s, struct err *e)
{
    int rc = 0;

    switch (s->event) {
    case UNPACK_MEMBER:
        return on_member(a, s, e);
    case UNPACK_DATA:
        return a->skipped ? 0 : fs_tmp_write(&a->m.tmp, s->data, s->len, e);
    case UNPACK_END:
        rc = a->skipped ? 0 : finish_member(a, e);
        a->skipped = 0;
        return rc;
    case UNPACK_BAD:
    default:
        return on_bad(a, s, e);
    }
}

static int read_members(struct archive_job *a, struct err *why, struct err *e)
{
    AUTO_UNPACK struct unpack *u = NULL;
    struct input *in = a->in;

    if (unpack_open(in->source.fd, in->path, (uint64_t)in->source.st.st_size,
                    SNIFF_LARGE_MAX, NULL, &u, e) < 0)
        return -1;
    while (!stop_requested()) {
        struct unpack_step s;
        int rc = unpack_next(u, &s, why);

        if (rc <= 0)
            return 0;
        if (on_step(a, &s, e) < 0)
            return -1;
    }
    return 0;
}

/* Each member becomes an input of its own; the archive gets a row only for what is
 * wrong with it as a whole. */
int flow_import_archive(struct call *c, struct input *in, struct err *e)
{
    AUTO_MEMBER struct member none = {.tmp = FS_TMP_INIT, .fd = -1};
    struct archive_job a = {.c = c, .in = in, .m = {.tmp = FS_TMP_INIT, .fd = -1}};
    struct err why = ERR_INIT;
    int rc = read_members(&a, &why, e);

    member_clear(&a.m);
    if (rc < 0 || stop_requested())
        return rc;
    if (why.code == ERR_NONE && !source_unchanged(&in->source, in->path))
        return flow_import_waiting(c, in, e);
    if (why.code == ERR_NONE && a.rows == 0)
        (void)err_set(&why, ERR_ARCHIVE_EMPTY, "%s", in->path);
    if (why.code == ERR_NONE)
        return 0;
    if (!flow_import_is_of_input(why.code)) {
        *e = why;
        return -1;
    }
    return flow_import_refused(c, in, &why, a.kept ? a.sha : NULL, e);
}
