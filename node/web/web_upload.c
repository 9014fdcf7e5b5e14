/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_upload.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/proc_dying.h"
#include "node/base/sandbox.h"
#include "node/flow/flow_upload.h"

#define SEND_MS   20 /* what is said first fits into the socket */
#define FILES_MAX 64
#define SPACE_MAX ((uint64_t)512 << 20)
#define CPU_S     300 /* the largest file, hashed on an old processor */

enum state { FREE, TAKING, ENDING };

struct upload {
    enum state state;
    int64_t id;
    struct web_upload_user user;
    struct proc proc;
    struct msg_part part;
    int64_t left; /* bytes that it has not taken */
    bool wants;   /* the last feeding did not go in */
    int64_t deadline_ms;
};

struct web_uploads {
    char *home;
    int64_t last_id;
    struct proc_dying dying;
    struct upload all[WEB_UPLOAD_MAX];
};

struct web_uploads *web_upload_table(const char *home)
{
    struct web_uploads *t = mem_new(1, sizeof *t);

    t->home = mem_dup(home);
    for (size_t i = 0; i < WEB_UPLOAD_MAX; i++)
        t->all[i] = (struct upload){.proc = PROC_INIT, .part = MSG_PART_INIT};
    return t;
}

static void forget(struct web_uploads *t, struct upload *u)
{
    proc_dying_add(&t->dying,
                   &u->proc); /* it may hang in the disk: the loop does not */
    msg_part_clear(&u->part);
    *u = (struct upload){.proc = PROC_INIT, .part = MSG_PART_INIT};
}

/* It sees the end of the socket, cleans up and goes. */
static void end(struct upload *u)
{
    fs_fd_auto(&u->proc.sock);
    u->state = ENDING;
    u->deadline_ms = clock_mono_ms() + WEB_UPLOAD_END_MS;
}

void web_upload_table_free(struct web_uploads *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < WEB_UPLOAD_MAX; i++)
        if (t->all[i].state == TAKING)
            end(&t->all[i]);
    for (size_t i = 0; i < WEB_UPLOAD_MAX; i++) {
        struct proc_exit how = {.status = 0};
        struct err e = ERR_INIT;

        if (t->all[i].state == ENDING &&
            proc_wait(&t->all[i].proc, t->all[i].deadline_ms, &how, &e) < 0)
            log_error(t->home, "serve upload", &e);
        forget(t, &t->all[i]);
    }
    mem_free(t->home);
    mem_free(t);
}

/* ---- beginning --------------------------------------------------------------------
 */

/* What those who send just now still have to send. */
static int64_t beside(const struct web_uploads *t)
{
    int64_t left = 0;

    for (size_t i = 0; i < WEB_UPLOAD_MAX; i++)
        if (t->all[i].state == TAKING)
            left += t->all[i].left;
    return left;
}

static int open_worker(const struct web_uploads *t, struct upload *u, const char *name,
                       const char *who, int64_t bytes, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    struct proc_opts o = {.limits = {.address_bytes = SPACE_MAX,
                                     .cpu_s = CPU_S,
                                     .files = FILES_MAX,
                                     .file_bytes = FLOW_UPLOAD_MAX}};

    jdoc_set_text(j, "home", t->home);
    jdoc_set_text(j, "name", name);
    jdoc_set_text(j, "user", who);
    jdoc_set_int(j, "bytes", bytes);
    jdoc_set_int(j, "beside", beside(t));
    jdoc_print(j, &text);
    if (proc_start_worker("upload", &o, &u->proc, e) < 0)
        return -1;
    return msg_send(u->proc.sock, WEB_UPLOAD_OPEN, str_text(&text), text.len, -1,
                    clock_mono_ms() + SEND_MS, e);
}

int web_upload_start(struct web_uploads *t, const char *name, const char *who,
                     int64_t bytes, const struct web_upload_user *user, int64_t *upload,
                     struct err *e)
{
    struct upload *u = NULL;

    if (!name || !flow_upload_name_good(name))
        return err_set(e, ERR_WEB_FIELD, "name");
    if (bytes <= 0)
        return err_set(e, ERR_WEB_FIELD, "body");
    if ((uint64_t)bytes > FLOW_UPLOAD_MAX)
        return err_set(e, ERR_WEB_SIZE, "%llu", (unsigned long long)FLOW_UPLOAD_MAX);
    for (size_t i = 0; i < WEB_UPLOAD_MAX && !u; i++)
        if (t->all[i].state == FREE)
            u = &t->all[i];
    if (!u)
        return err_set(e, ERR_WEB_BUSY, "%d", WEB_UPLOAD_MAX);
    if (open_worker(t, u, name, who, bytes, e) < 0) {
        forget(t, u);
        return -1;
    }
    u->state = TAKING;
    u->user = *user;
    u->left = bytes;
    u->id = *upload = ++t->last_id;
    return 0;
}

/* ---- passing on -------------------------------------------------------------------
 */

static struct upload *find(struct web_uploads *t, int64_t id)
{
    for (size_t i = 0; i < WEB_UPLOAD_MAX; i++)
        if (t->all[i].state == TAKING && t->all[i].id == id)
            return &t->all[i];
    return NULL;
}

size_t web_upload_feed(struct web_uploads *t, int64_t upload, const char *data,
                       size_t len)
{
    struct upload *u = find(t, upload);
    ssize_t n = 0;

    if (!u)
        return len;
    if (len > (size_t)u->left)
        len = (size_t)u->left;
    n = send(u->proc.sock, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return len; /* it is gone: the next turn says why */
    n = n < 0 ? 0 : n;
    u->left -= n;
    u->wants = (size_t)n < len;
    u->deadline_ms =
        clock_mono_ms() + (u->left > 0 ? WEB_UPLOAD_DISK_MS : WEB_UPLOAD_SYNC_MS);
    return (size_t)n;
}

void web_upload_give_up(struct web_uploads *t, int64_t upload)
{
    struct upload *u = find(t, upload);

    if (u)
        end(u);
}

/* ---- turning ----------------------------------------------------------------------
 */

size_t web_upload_fds(const struct web_uploads *t, struct pollfd *p)
{
    size_t n = 0;

    for (size_t i = 0; i < WEB_UPLOAD_MAX; i++) {
        const struct upload *u = &t->all[i];

        if (u->state == TAKING)
            p[n++] = (struct pollfd){.fd = u->proc.sock,
                                     .events =
                                         (short)(u->wants ? POLLIN | POLLOUT : POLLIN)};
        else if (u->state == ENDING)
            p[n++] = (struct pollfd){.fd = u->proc.pidfd, .events = POLLIN};
    }
    return n;
}

/* Return: 1 and *@kept, 0 not yet, -1. */
static int take_answer(struct upload *u, struct jdoc **kept, struct err *e)
{
    AUTO_MSG struct msg m = MSG_INIT;
    int rc = msg_take(u->proc.sock, &u->part, STR_LINE_MAX, &m, e);

    if (rc <= 0)
        return rc;
    if (m.type == WEB_UPLOAD_FAIL)
        return msg_read_error(&m, e);
    if (m.type != WEB_UPLOAD_KEPT || u->left > 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "upload");
    return jdoc_parse(m.data, m.len, kept, e) < 0 ? -1 : 1;
}

static void turn_taking(struct web_uploads *t, struct upload *u)
{
    AUTO_JDOC struct jdoc *kept = NULL;
    struct web_upload_user user = u->user;
    struct pollfd p = {.fd = u->proc.sock, .events = POLLOUT};
    struct err e = ERR_INIT;
    int rc = take_answer(u, &kept, &e);

    if (rc == 0 && (u->wants || u->left == 0) && clock_mono_ms() > u->deadline_ms)
        rc = err_set(&e, ERR_TIMEOUT, "upload");
    if (rc != 0) {
        end(u);
        if (rc < 0)
            log_error(t->home, "serve upload", &e);
        user.done(user.to, kept, &e);
    } else if (u->wants && poll(&p, 1, 0) == 1 && (p.revents & POLLOUT)) {
        u->wants = false;
        user.more(user.to);
    }
}

static void turn_ending(struct web_uploads *t, struct upload *u)
{
    struct proc_exit how = {.status = 0};
    struct err ignored = ERR_INIT; /* it is gone or killed */

    if (proc_wait(&u->proc, 1, &how, &ignored) != 0 || clock_mono_ms() > u->deadline_ms)
        forget(t, u);
}

void web_upload_turn(struct web_uploads *t)
{
    proc_dying_reap(&t->dying);
    for (size_t i = 0; i < WEB_UPLOAD_MAX; i++)
        if (t->all[i].state == TAKING)
            turn_taking(t, &t->all[i]);
        else if (t->all[i].state == ENDING)
            turn_ending(t, &t->all[i]);
}

/* ---- the process ------------------------------------------------------------------
 */

/* From here on files of the spool and the socket are all there is. */
static int lock_down(const char *home, struct err *e)
{
    AUTO_MEM char *dir = flow_upload_folder(home, e);
    const struct sandbox_path paths[] = {
        {.path = dir, .access = SANDBOX_READ | SANDBOX_WRITE}};

    return dir ? sandbox_enter(SANDBOX_FILES, paths, ARRAY_LEN(paths), e) : -1;
}

static int take(const struct msg *m, struct flow_upload *u, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct flow_upload_ask ask = {.name = NULL};
    const char *home = NULL;
    int64_t bytes = 0;
    int64_t others = 0;

    if (m->type != WEB_UPLOAD_OPEN || jdoc_parse(m->data, m->len, &j, e) < 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "upload");
    home = jdoc_text(j, "home");
    ask.name = jdoc_text(j, "name");
    ask.user = jdoc_text(j, "user");
    if (!home || !ask.name || !ask.user ||
        !jdoc_int(j, "bytes", 1, INT64_MAX, &bytes) ||
        !jdoc_int(j, "beside", 0, INT64_MAX, &others))
        return err_set(e, ERR_WORKER_PROTOCOL, "upload");
    if (lock_down(home, e) < 0)
        return -1;
    ask.bytes = (uint64_t)bytes;
    ask.beside = (uint64_t)others;
    return flow_upload_take(home, &ask, PROC_WORKER_FD, u, e);
}

static int tell_kept(const struct flow_upload *u, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    jdoc_set_text(j, "upload", u->id);
    jdoc_set_int(j, "bytes", (int64_t)u->bytes);
    jdoc_set_text(j, "sha256", u->sha);
    jdoc_print(j, &text);
    return msg_send(PROC_WORKER_FD, WEB_UPLOAD_KEPT, str_text(&text), text.len, -1, 0,
                    e);
}

int web_upload_worker_main(void)
{
    AUTO_MSG struct msg m = MSG_INIT;
    struct flow_upload u = {.id = ""};
    struct err why = ERR_INIT, e = ERR_INIT;
    int rc = 0;

    if (msg_recv(PROC_WORKER_FD, &m, STR_LINE_MAX, false, 0, &e) != 1)
        return EXIT_FAILED;
    if (take(&m, &u, &why) < 0)
        rc = msg_send_error(PROC_WORKER_FD, WEB_UPLOAD_FAIL, &why, 0, &e);
    else
        rc = tell_kept(&u, &e);
    return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}
