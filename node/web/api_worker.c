/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/api_worker.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/web/api.h"

static int open_flow(const struct msg *m, enum api_lane lane, struct flow *f,
                     struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    const char *home = NULL;

    if (m->type != API_WORKER_OPEN || jdoc_parse(m->data, m->len, &j, e) < 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "open");
    home = jdoc_text(j, "home");
    if (!home)
        return err_set(e, ERR_WORKER_PROTOCOL, "home");
    if (lane == API_ACT)
        return flow_open(home, f, e);
    if (home_open(home, &f->home, e) < 0)
        return -1;
    return flow_store(&f->home, STORE_READ, &f->store, e);
}

static int answer(int64_t id, const struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *head = jdoc_object();
    AUTO_STR struct str out = STR_INIT(API_WORKER_ANSWER_MAX);

    jdoc_set_int(head, "id", id);
    jdoc_set_int(head, "status", r->status);
    jdoc_set_text(head, "type", r->type);
    jdoc_print(head, &out);
    str_add_char(&out, '\n');
    str_add_mem(&out, str_text(&r->body), r->body.len);
    if (str_check(&out, "answer", e) < 0)
        return -1;
    return msg_send(PROC_WORKER_FD, API_WORKER_ANSWER, out.p, out.len, -1, 0, e);
}

static int serve_one(struct flow *f, enum api_lane lane, const struct msg *m,
                     struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct api_call call = {.flow = f};
    struct api_reply reply = {.status = 0};
    const char *verb = NULL;
    int64_t id = 0;
    int rc = 0;

    if (m->type != API_WORKER_CALL || jdoc_parse(m->data, m->len, &j, e) < 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "call");
    verb = jdoc_text(j, "verb");
    call.user = jdoc_text(j, "user");
    call.args = jdoc_get(j, "args");
    if (!verb || !call.user || !jdoc_is_object(call.args) ||
        !jdoc_int(j, "id", 1, INT64_MAX, &id))
        return err_set(e, ERR_WORKER_PROTOCOL, "call");
    api_run(&call, verb, lane, &reply);
    rc = answer(id, &reply, e);
    str_clear(&reply.body);
    return rc;
}

/* Until serve closes its end. */
static int serve_calls(struct flow *f, enum api_lane lane, struct err *e)
{
    for (;;) {
        AUTO_MSG struct msg m = MSG_INIT;
        int rc = msg_recv(PROC_WORKER_FD, &m, API_WORKER_CALL_MAX, false, 0, e);

        if (rc > 0)
            rc = serve_one(f, lane, &m, e);
        else if (rc == 0)
            return 0;
        if (m.data)
            mem_wipe(m.data, m.len); /* a password may have stood in it */
        if (rc < 0)
            return -1;
    }
}

static int run(enum api_lane lane)
{
    AUTO_FLOW struct flow f = {0};
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;

    if (msg_recv(PROC_WORKER_FD, &m, STR_LINE_MAX, false, 0, &e) <= 0)
        return EXIT_FAILED;
    if (open_flow(&m, lane, &f, &e) < 0) {
        struct err unsent = ERR_INIT; /* then serve sees the end of the socket */

        if (msg_send_error(PROC_WORKER_FD, API_WORKER_FAILED, &e, 0, &unsent) < 0)
            return EXIT_FAILED;
        return EXIT_FAILED;
    }
    if (msg_send(PROC_WORKER_FD, API_WORKER_READY, NULL, 0, -1, 0, &e) < 0 ||
        serve_calls(&f, lane, &e) < 0)
        return EXIT_FAILED;
    return EXIT_DONE;
}

int api_worker_query_main(void)
{
    return run(API_QUERY);
}

int api_worker_act_main(void)
{
    return run(API_ACT);
}

int api_worker_auth_main(void)
{
    return run(API_AUTH);
}
