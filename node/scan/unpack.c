/* SPDX-License-Identifier: Apache-2.0 */
#include "node/scan/unpack.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/scan/scan_worker.h"

#define MSG_MAX      (SCAN_WORKER_DATA_MAX + 64)
#define STEPS_MAX    (2 * ARCHIVE_ENTRIES_MAX + 16) /* messages without data */
#define MEMBER_BYTES (1 + ARCHIVE_NAME_MAX)

struct unpack {
    struct proc worker;
    struct msg m; /* the present one */
    char *name;   /* of the archive */
    uint64_t bytes;
    uint64_t cpu_at; /* bytes at which more processor time is allowed */
    uint64_t member; /* bytes of the present member */
    uint64_t member_max;
    size_t steps;
    bool in_member;
    bool ended;
};

int unpack_open(int fd, const char *name, uint64_t size, uint64_t member_max,
                const char *program, struct unpack **out, struct err *e)
{
    AUTO_UNPACK struct unpack *u = mem_new(1, sizeof *u);
    AUTO_MEM char *ask =
        mem_printf("{\"member_max\":%llu,\"size\":%llu}",
                   (unsigned long long)member_max, (unsigned long long)size);
    struct proc_opts o = {
        .program = program,
        .limits =
            {
                .address_bytes = UNPACK_ADDRESS_BYTES,
                .cpu_s = UNPACK_CPU_S,
                .files = 16,
                .no_file_writes = true,
            },
    };

    u->worker = (struct proc)PROC_INIT;
    u->m = (struct msg)MSG_INIT;
    u->name = mem_dup(name);
    u->member_max = member_max;
    u->cpu_at = UNPACK_CPU_BYTES;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return err_sys(e, ERR_READ, "%s", name);
    if (proc_start_worker("scan", &o, &u->worker, e) < 0 ||
        msg_send(u->worker.sock, SCAN_WORKER_OPEN, ask, strlen(ask), fd,
                 clock_mono_ms() + UNPACK_WALL_MS, e) < 0)
        return -1;
    *out = TAKE(u);
    return 0;
}

void unpack_close(struct unpack *u)
{
    if (!u)
        return;
    proc_clear(&u->worker);
    msg_clear(&u->m);
    mem_free(u->name);
    mem_free(u);
}

void unpack_auto(struct unpack **u)
{
    unpack_close(*u);
}

/* What a worker may say; it reads untrusted bytes. */
static void read_why(const struct unpack *u, struct err *why)
{
    struct err said = ERR_INIT;

    (void)msg_read_error(&u->m, &said);
    switch ((int)said.code) {
    case ERR_ARCHIVE_FORMAT:
    case ERR_ARCHIVE_DAMAGED:
    case ERR_ARCHIVE_BOMB:
    case ERR_ARCHIVE_NAME:
    case ERR_ARCHIVE_ENCRYPTED:
    case ERR_INPUT_TOO_LARGE:
        break;
    case ERR_MEMORY:
        said.code = ERR_ARCHIVE_BOMB;
        break;
    default:
        said.code = ERR_ARCHIVE_DAMAGED;
        break;
    }
    (void)err_set(why, said.code, "%s", u->name);
    if (said.detail[0])
        (void)err_detail(why, "%s", said.detail);
}

static int protocol(struct unpack *u, struct err *e)
{
    u->ended = true;
    proc_kill(&u->worker, NULL);
    return err_set(e, ERR_WORKER_PROTOCOL, "%s", u->name);
}

/* The worker ended in the middle, or nothing came for too long. */
static int lost(struct unpack *u, const struct err *why, struct err *e)
{
    struct proc_exit how = {0};
    struct err ignored = ERR_INIT; /* it is killed next anyway */
    bool ended = false;

    u->ended = true;
    if (why->code == ERR_WORKER_PROTOCOL)
        return protocol(u, e);
    if (why->code != ERR_TIMEOUT)
        ended = proc_wait(&u->worker, clock_mono_ms() + 1000, &how, &ignored) == 1;
    proc_kill(&u->worker, NULL);
    if (!ended || (how.signaled && (how.status == SIGXCPU || how.status == SIGKILL ||
                                    how.status == SIGABRT)))
        return err_set(e, ERR_ARCHIVE_BOMB, "%s", u->name);
    (void)err_set(e, ERR_ARCHIVE_DAMAGED, "%s", u->name);
    return err_detail(e, "worker: %s %d", how.signaled ? "signal" : "exit", how.status);
}

static int take_member(struct unpack *u, struct unpack_step *s, struct err *e)
{
    const struct msg *m = &u->m;

    if (u->in_member || m->len < 2 || m->len > MEMBER_BYTES ||
        memchr(m->data, '\0', m->len))
        return protocol(u, e);
    s->event = UNPACK_MEMBER;
    s->name = m->data + 1;
    s->kind = m->data[0] == SCAN_WORKER_FILE     ? ARCHIVE_FILE
              : m->data[0] == SCAN_WORKER_FOLDER ? ARCHIVE_FOLDER
                                                 : ARCHIVE_OTHER;
    u->in_member = s->kind == ARCHIVE_FILE;
    u->member = 0;
    return 1;
}

static int take_data(struct unpack *u, struct unpack_step *s, struct err *e)
{
    struct err ignored = ERR_INIT; /* a worker that has just died is found by its end */

    u->bytes += u->m.len;
    u->member += u->m.len;
    if (!u->in_member || u->m.len == 0 || u->member > u->member_max ||
        u->bytes > ARCHIVE_BYTES_MAX)
        return protocol(u, e);
    if (u->bytes >= u->cpu_at) {
        u->cpu_at += UNPACK_CPU_BYTES;
        if (proc_add_cpu(&u->worker, UNPACK_CPU_S, &ignored) < 0)
            err_clear(&ignored);
    }
    s->event = UNPACK_DATA;
    s->data = u->m.data;
    s->len = u->m.len;
    return 1;
}

static int take(struct unpack *u, struct unpack_step *s, struct err *e)
{
    if (u->m.type != SCAN_WORKER_DATA && ++u->steps > STEPS_MAX)
        return protocol(u, e);
    switch (u->m.type) {
    case SCAN_WORKER_MEMBER:
        return take_member(u, s, e);
    case SCAN_WORKER_DATA:
        return take_data(u, s, e);
    case SCAN_WORKER_END:
        if (!u->in_member)
            return protocol(u, e);
        u->in_member = false;
        s->event = UNPACK_END;
        return 1;
    case SCAN_WORKER_BAD:
        u->in_member = false;
        s->event = UNPACK_BAD;
        read_why(u, &s->why);
        return 1;
    case SCAN_WORKER_FAIL:
        u->ended = true;
        read_why(u, e);
        return -1;
    case SCAN_WORKER_DONE:
        u->ended = true;
        return u->in_member ? protocol(u, e) : 0;
    default:
        return protocol(u, e);
    }
}

int unpack_next(struct unpack *u, struct unpack_step *s, struct err *e)
{
    struct err why = ERR_INIT;

    *s = (struct unpack_step){.why = ERR_INIT};
    if (u->ended)
        return 0;
    msg_clear(&u->m);
    u->m = (struct msg)MSG_INIT;
    if (msg_recv(u->worker.sock, &u->m, MSG_MAX, false,
                 clock_mono_ms() + UNPACK_WALL_MS, &why) != 1)
        return lost(u, &why, e);
    return take(u, s, e);
}
