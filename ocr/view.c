/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/view.h"

#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "ocr/view_body.h"

/* The parent's side; view_worker.c is the other one. */

#define FILES 16

struct view {
    struct proc proc;
    char keys[VIEW_KEPT][VIEW_KEY_MAX]; /* as the worker keeps them; newest first */
};

struct view *view_new(void)
{
    struct view *v = mem_new(1, sizeof *v);

    v->proc = (struct proc)PROC_INIT;
    return v;
}

static void forget(struct view *v)
{
    proc_clear(&v->proc);
    v->proc = (struct proc)PROC_INIT;
    memset(v->keys, 0, sizeof v->keys);
}

void view_free(struct view *v)
{
    if (!v)
        return;
    forget(v);
    mem_free(v);
}

bool view_has(const struct view *v, const char *key)
{
    for (int i = 0; i < VIEW_KEPT; i++)
        if (v->keys[i][0] && strcmp(v->keys[i], key) == 0)
            return true;
    return false;
}

/* It is used now: the other one goes when a third comes. */
static void touch(struct view *v, const char *key)
{
    int at = 0;

    while (at < VIEW_KEPT - 1 && strcmp(v->keys[at], key) != 0)
        at++;
    memmove(v->keys[1], v->keys[0], (size_t)at * VIEW_KEY_MAX);
    (void)memset(v->keys[0], 0, VIEW_KEY_MAX);
    memcpy(v->keys[0], key, strlen(key));
}

static int start(struct view *v, struct err *e)
{
    struct proc_opts o = {.limits = {.address_bytes = VIEW_ADDRESS,
                                     .cpu_s = VIEW_CPU_S,
                                     .files = FILES,
                                     .no_file_writes = true}};

    if (v->proc.pid > 0)
        return proc_add_cpu(&v->proc, VIEW_CPU_S, e);
    return proc_start_worker("view", &o, &v->proc, e);
}

/* Errors that a picture may cause; whatever else it says is just "not read". */
static void believe(struct err *e)
{
    switch ((int)e->code) {
    case ERR_INPUT_TYPE:
    case ERR_INPUT_TOO_LARGE:
    case ERR_IMAGE_DAMAGED:
    case ERR_IMAGE_SIZE:
    case ERR_IMAGE_BOMB:
    case ERR_IMAGE_FORMAT:
    case ERR_MEMORY:
    case ERR_LIMIT:
    case ERR_READ:
    case ERR_NOT_FOUND:
        break;
    default:
        e->code = ERR_OCR_FAILED;
        break;
    }
}

/* One question, one answer; a worker that breaks the rules or takes too long is gone.
 */
static int ask(struct view *v, enum view_msg type, const struct jdoc *j, int fd,
               struct msg *answer, struct err *e)
{
    AUTO_STR struct str s = STR_INIT(STR_JSON_MAX);
    int64_t deadline_ms = clock_mono_ms() + VIEW_WALL_MS;
    int rc = 0;

    jdoc_print(j, &s);
    if (str_check(&s, "view", e) < 0 || start(v, e) < 0)
        return -1;
    if (msg_send(v->proc.sock, type, s.p, s.len, fd, deadline_ms, e) < 0 ||
        (rc = msg_recv(v->proc.sock, answer, VIEW_BYTES_MAX, false, deadline_ms, e)) <=
            0) {
        if (rc == 0 || e->code != ERR_TIMEOUT)
            (void)err_set(e, ERR_OCR_CRASH, "view");
        else
            (void)err_set(e, ERR_OCR_TIMEOUT, "view");
        forget(v);
        return -1;
    }
    if (answer->type == VIEW_FAILED) {
        (void)msg_read_error(answer, e);
        believe(e);
        return -1;
    }
    return 0;
}

int view_load(struct view *v, const struct view_picture *p, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_MSG struct msg answer = MSG_INIT;

    if (!p->key[0] || strlen(p->key) >= VIEW_KEY_MAX)
        return err_set(e, ERR_LIMIT, "view");
    jdoc_set_text(j, "key", p->key);
    jdoc_set_int(j, "index", p->index);
    jdoc_set_bool(j, "rendered", p->rendered);
    if (ask(v, VIEW_LOAD, j, p->fd, &answer, e) < 0)
        return -1;
    if (answer.type != VIEW_LOADED) {
        forget(v);
        return err_set(e, ERR_OCR_CRASH, "view");
    }
    touch(v, p->key);
    return 0;
}

int view_cut(struct view *v, const char *key, const struct view_piece *p,
             struct str *jpeg, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_MSG struct msg answer = MSG_INIT;

    if (!view_has(v, key))
        return err_set(e, ERR_NOT_FOUND, "%s", key);
    touch(v, key); /* as the worker does when it finds it */
    jdoc_set_text(j, "key", key);
    jdoc_set_int(j, "x", p->x);
    jdoc_set_int(j, "y", p->y);
    jdoc_set_int(j, "w", p->w);
    jdoc_set_int(j, "h", p->h);
    jdoc_set_int(j, "page_w", p->page_w);
    jdoc_set_int(j, "page_h", p->page_h);
    jdoc_set_int(j, "width", p->width_px);
    if (ask(v, VIEW_CUT, j, -1, &answer, e) < 0)
        return -1;
    if (answer.type != VIEW_PICTURE || answer.len < 3 ||
        memcmp(answer.data, "\xFF\xD8\xFF", 3) != 0) {
        forget(v);
        return err_set(e, ERR_OCR_CRASH, "view");
    }
    str_add_mem(jpeg, answer.data, answer.len);
    return str_check(jpeg, key, e);
}
