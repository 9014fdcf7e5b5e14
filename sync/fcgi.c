/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/lock.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/sign.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/enrol.h"
#include "sync/line.h"
#include "sync/names.h"
#include "sync/receive.h"
#include "sync/rpush.h"
#include "sync/ticket.h"

#define FOLDER    "run/https"
#define BACKLOG   64
#define LOOK_MS   1000
#define SWEEP_MS  INT64_C(600000)
#define REST_MS   200 /* after a worker that failed */
#define WORD_MAX  ((size_t)256)
#define CHUNK     ((size_t)8 << 10) /* what came of a piece that is cut off counts */
#define END_MS    10000
#define COMMAND   512
#define PROOF_MAX 512

/* ---- one request ------------------------------------------------------------------
 */

struct hall {
    const char *home;
    char *used; /* folder */
    char to[NAMES_NODE_MAX];
    unsigned char secret[TICKET_SECRET];
};

struct ask {
    FCGX_Request *r;
    const struct hall *hall;
    char text[PROOF_MAX]; /* of the proof, cut into its words */
    char *node, *ticket, *proof;
    int64_t number, length, at;
    const char *command;
    struct str body; /* of what is not a piece */
};

static const char *param(const struct ask *a, const char *name)
{
    return FCGX_GetParam(name, a->r->envp);
}

/* Who no longer listens will ask again. */
static void say(const struct ask *a, const char *text)
{
    (void)FCGX_PutStr(text, (int)strlen(text), a->r->out);
}

static void say_head(const struct ask *a, const char *status)
{
    say(a, "Status: ");
    say(a, status);
    say(a, "\r\nContent-Type: application/octet-stream\r\nCache-Control: no-store\r\n"
           "X-Accel-Buffering: no\r\n\r\n");
}

static void refuse(const struct ask *a, const char *status, enum err_code code)
{
    say_head(a, status);
    say(a, "bad ");
    say(a, err_code_name(code));
    say(a, "\n");
}

static int64_t now_s(void)
{
    return clock_mono_ms() / 1000;
}

static void give_ticket(const struct ask *a)
{
    char ticket[TICKET_MAX];
    struct err e = ERR_INIT;

    if (ticket_make(a->hall->secret, now_s(), ticket, &e) < 0) {
        refuse(a, "500 Internal Server Error", e.code);
        return;
    }
    say_head(a, "401 Unauthorized");
    say(a, "ticket ");
    say(a, ticket);
    say(a, "\n");
}

/* "<node> <ticket> <number> <signature>". */
static bool take_proof(struct ask *a, const char *text)
{
    char *words[4], *rest = NULL;
    size_t n = 0;

    if (!text || strlen(text) >= sizeof a->text)
        return false;
    (void)snprintf(a->text, sizeof a->text, "%s", text);
    for (char *w = strtok_r(a->text, " ", &rest); w && n < ARRAY_LEN(words);
         w = strtok_r(NULL, " ", &rest))
        words[n++] = w;
    if (n != ARRAY_LEN(words) || !names_is_node(words[0]) ||
        !hash_is_hex(words[1], TICKET_MAX - 1) ||
        !num_parse(words[2], 1, TICKET_NUMBER, &a->number) ||
        !hash_is_hex(words[3], TICKET_PROOF - 1))
        return false;
    a->node = words[0];
    a->ticket = words[1];
    a->proof = words[3];
    return true;
}

static bool is_piece(const char *command)
{
    return str_starts(command, "put ") || str_starts(command, "push ");
}

static bool take_head(struct ask *a)
{
    const char *length = param(a, "CONTENT_LENGTH");
    const char *at = param(a, "HTTP_SOHOA_AT");

    a->command = param(a, "HTTP_SOHOA_COMMAND");
    a->at = -1;
    a->length = 0;
    if (!a->command || !names_is_ascii(a->command, COMMAND - 1))
        return false;
    if (is_piece(a->command) != (at != NULL) ||
        (at && !num_parse(at, 0, RPUSH_REQUEST_MAX, &a->at)))
        return false;
    return !length || !length[0] ||
           num_parse(length, 0, at ? FCGI_BODY_MAX : FCGI_WORDS_MAX, &a->length);
}

/* A body that only trickles in ends this worker, and with it the request. */
static void hurry(const struct ask *a)
{
    (void)alarm(FCGI_BODY_S + (unsigned)(a->length / FCGI_BODY_RATE));
}

/* Return: bytes, less than @max at the end alone. */
static size_t read_body(const struct ask *a, char *buf, size_t max)
{
    int n = FCGX_GetStr(buf, (int)max, a->r->in);

    return n > 0 ? (size_t)n : 0;
}

static bool take_body(struct ask *a)
{
    char *room = str_room(&a->body, (size_t)a->length + 1);
    size_t n;

    hurry(a);
    n = room ? read_body(a, room, (size_t)a->length) : 0;
    (void)alarm(0);
    str_used(&a->body, n);
    return n == (size_t)a->length;
}

/* The key of who asks. False: @node is nobody here. */
static bool find_key(const struct ask *a, struct sign_public *key, struct err *e)
{
    AUTO_ENROL struct enrol all = ENROL_INIT;
    const struct enrol_node *row;

    if (enrol_load(a->hall->home, &all, e) < 0)
        return false;
    row = enrol_find(&all, a->node);
    if (!row || row->revoked) {
        (void)err_set(e, ERR_GATE_NODE, "node %s", a->node);
        return false;
    }
    *key = *enrol_key_now(row);
    return true;
}

static bool proven(const struct ask *a, struct err *e)
{
    struct sign_public key;
    char hex[HASH_HEX] = "-";
    const struct ticket_call c = {.to = a->hall->to,
                                  .node = a->node,
                                  .ticket = a->ticket,
                                  .number = a->number,
                                  .at = a->at,
                                  .length = a->length,
                                  .body = hex,
                                  .command = a->command};

    if (!find_key(a, &key, e))
        return false;
    if (a->at < 0)
        hash_bytes(str_text(&a->body), a->body.len, hex);
    if (ticket_proves(&c, &key, a->proof))
        return true;
    (void)err_set(e, ERR_GATE_NODE, "node %s", a->node);
    (void)err_detail(e, "the request is not signed by its key");
    return false;
}

/* ---- the door behind it -----------------------------------------------------------
 */

static int open_door(const struct ask *a, struct proc *p, struct err *e)
{
    AUTO_MEM char *program = fs_program(e);
    AUTO_MEM char *command = mem_printf("SSH_ORIGINAL_COMMAND=%s", a->command);
    const char *const env[] = {command, NULL};
    const char *const argv[] = {program,   "-C",    a->hall->home, "receive",
                                "--piece", a->node, NULL};
    const struct proc_opts o = {
        .argv = argv, .env = env, .in = PROC_PIPE, .out = PROC_PIPE, .err = PROC_NULL};

    return program ? proc_start(&o, p, e) : -1;
}

/* Lines of the door up to one that is not "wait". 1: "have @at", the piece may come. */
static int hear_have(const struct ask *a, struct proc *p, struct err *e)
{
    AUTO_STR struct str line = STR_INIT(WORD_MAX);
    int64_t have;

    for (;;) {
        int rc;

        str_reset(&line);
        rc = line_text(p->out, &line, RECEIVE_IDLE_MS, e);
        if (rc <= 0)
            return rc;
        str_add_char(&line, '\n');
        say(a, str_text(&line));
        (void)FCGX_FFlush(a->r->out);
        if (strcmp(str_text(&line), "wait\n") == 0)
            continue;
        line.p[line.len - 1] = '\0';
        return str_starts(line.p, "have ") &&
               num_parse(line.p + 5, 0, RPUSH_REQUEST_MAX, &have) && have == a->at;
    }
}

static int give_piece(const struct ask *a, struct proc *p, struct err *e)
{
    AUTO_MEM char *buf = mem_new(1, CHUNK);
    int64_t left = a->length;

    hurry(a);
    while (left > 0) {
        size_t n = read_body(a, buf, left < (int64_t)CHUNK ? (size_t)left : CHUNK);

        if (n == 0)
            break; /* cut off: what came is kept */
        if (line_write(p->in, buf, n, RECEIVE_IDLE_MS, e) < 0)
            return -1;
        left -= (int64_t)n;
    }
    (void)alarm(0);
    return 0;
}

static void shut(int *fd)
{
    fs_fd_auto(fd);
    *fd = -1;
}

/* What the door says, to its end. It is heard out when nobody listens any more, too: it
 * may be committing. */
static void pass_on(const struct ask *a, struct proc *p)
{
    AUTO_MEM char *buf = mem_new(1, CHUNK);
    struct err ignored = ERR_INIT; /* the other end sees that the answer is short */
    struct proc_exit how;

    for (;;) {
        ssize_t n = fs_read_some(p->out, buf, CHUNK, "door", &ignored);

        if (n <= 0)
            break;
        (void)FCGX_PutStr(buf, (int)n, a->r->out);
        (void)FCGX_FFlush(a->r->out);
    }
    if (proc_wait(p, clock_mono_ms() + END_MS, &how, &ignored) < 0)
        err_clear(&ignored);
}

/* No node can hold all workers. False: it has as many requests here as it may. */
static bool take_place(const struct ask *a, struct lock *lock)
{
    for (int i = 0; i < FCGI_NODE_CALLS; i++) {
        AUTO_MEM char *path =
            fs_pathf(a->hall->home, FOLDER "/calls/%s-%d", a->node, i);
        struct err ignored = ERR_INIT;

        if (lock_take(lock, path, 0, &ignored) == 0)
            return true;
    }
    return false;
}

static void through(const struct ask *a)
{
    AUTO_LOCK struct lock place = LOCK_INIT;
    AUTO_PROC struct proc p = PROC_INIT;
    struct err e = ERR_INIT;
    int rc = 1;

    if (!take_place(a, &place)) {
        refuse(a, "503 Service Unavailable", ERR_LOCKED);
        return;
    }
    if (open_door(a, &p, &e) < 0) {
        log_error(a->hall->home, "https", &e);
        refuse(a, "503 Service Unavailable", e.code);
        return;
    }
    say_head(a, "200 OK");
    if (a->at >= 0)
        rc = hear_have(a, &p, &e);
    if (rc == 1)
        rc = a->at >= 0 ? give_piece(a, &p, &e)
                        : line_write(p.in, str_text(&a->body), a->body.len,
                                     RECEIVE_IDLE_MS, &e);
    shut(&p.in);
    if (rc >= 0)
        pass_on(a, &p);
}

static void answer(struct ask *a)
{
    const char *method = param(a, "REQUEST_METHOD");
    const char *proof = param(a, "HTTP_SOHOA_PROOF");
    struct err e = ERR_INIT;
    int rc;

    if (!proof || !method || strcmp(method, "POST") != 0) {
        give_ticket(a);
        return;
    }
    if (!take_head(a) || !take_proof(a, proof) || (a->at < 0 && !take_body(a))) {
        refuse(a, "400 Bad Request", ERR_GATE_VERB);
        return;
    }
    if (!proven(a, &e)) {
        log_error(a->hall->home, "https", &e);
        refuse(a, "403 Forbidden", e.code);
        return;
    }
    rc = ticket_holds(a->hall->secret, now_s(), a->ticket)
             ? ticket_use(a->hall->used, a->ticket, a->number, &e)
             : 0;
    if (rc < 0)
        refuse(a, "503 Service Unavailable", e.code);
    else if (rc == 0)
        give_ticket(a);
    else
        through(a);
}

/* ---- a worker ---------------------------------------------------------------------
 */

static void hall_clear(struct hall *h)
{
    mem_free(h->used);
    mem_wipe(h->secret, sizeof h->secret);
}

static int hall_open(const char *home, struct hall *h, struct err *e)
{
    AUTO_MEM char *path = fs_path(home, FOLDER "/secret");
    AUTO_MEM char *own = fs_path(home, "keys/node.pub");
    AUTO_STR struct str secret = STR_INIT(TICKET_SECRET + 1);
    struct sign_public key;

    h->home = home;
    h->used = fs_path(home, FOLDER "/used");
    if (fs_read_file(path, &secret, e) < 0 || sign_read_public(own, &key, e) < 0)
        return -1;
    if (secret.len != sizeof h->secret)
        return err_set(e, ERR_READ, "%s", path);
    memcpy(h->secret, secret.p, sizeof h->secret);
    sign_node(&key, h->to);
    return 0;
}

int fcgi_worker_main(const char *home)
{
    AUTO(hall_clear) struct hall h = {.home = home};
    FCGX_Request r;
    struct err e = ERR_INIT;

    if (hall_open(home, &h, &e) < 0 || FCGX_Init() != 0 ||
        FCGX_InitRequest(&r, STDIN_FILENO, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        (void)fprintf(stderr, "fcgi: %s: %s\n", err_code_name(e.code), e.subject);
        return EXIT_FAILED;
    }
    for (int n = 0; n < FCGI_CALLS && FCGX_Accept_r(&r) == 0; n++) {
        struct ask a = {.r = &r, .hall = &h, .body = STR_INIT(FCGI_WORDS_MAX + 1)};

        answer(&a);
        str_clear(&a.body);
        FCGX_Finish_r(&r);
    }
    FCGX_Free(&r, 1);
    return 0;
}

/* ---- its parent -------------------------------------------------------------------
 */

struct pool {
    const char *home;
    int socket;
    struct proc workers[FCGI_WORKERS_MAX];
    int count;
};

static void pool_clear(struct pool *p)
{
    for (int i = 0; i < p->count; i++)
        proc_clear(&p->workers[i]);
    fs_fd_auto(&p->socket);
}

static int start_worker(const struct pool *p, struct proc *w, struct err *e)
{
    AUTO_MEM char *program = fs_program(e);
    const char *const argv[] = {program, "worker", "fcgi", p->home, NULL};
    const struct proc_opts o = {.argv = argv,
                                .in = PROC_FD,
                                .in_fd = p->socket,
                                .out = PROC_NULL,
                                .err = PROC_INHERIT};

    return program ? proc_start(&o, w, e) : -1;
}

/* Who comes proves itself by its requests, not by reaching this socket: it need not be
 * hidden from the web server's user. */
static int listen_at(const char *path, struct err *e)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof a.sun_path)
        return err_set(e, ERR_USAGE, "%s", path);
    memcpy(a.sun_path, path, strlen(path) + 1);
    if (fs_unlink(path, e) < 0)
        return -1;
    if (fd < 0 || bind(fd, (const struct sockaddr *)&a, sizeof a) < 0 ||
        chmod(path, 0666) < 0 || listen(fd, BACKLOG) < 0)
        return err_sys(e, ERR_OPEN, "%s", path);
    return TAKE_FD(fd);
}

static int new_secret(const char *home, struct err *e)
{
    AUTO_MEM char *path = fs_path(home, FOLDER "/secret");
    unsigned char secret[TICKET_SECRET];
    int rc;

    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        return err_sys(e, ERR_READ, "%s", "random bytes");
    rc = fs_write_file(path, secret, sizeof secret, e);
    mem_wipe(secret, sizeof secret);
    return rc;
}

/* Numbers of tickets that nobody can use any more. @age_s: 0: of all. */
static int sweep(const char *folder, int64_t age_s, struct err *e)
{
    AUTO_LIST struct fs_list l = {0};

    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);
        struct stat st;

        if (lstat(path, &st) == 0 && st.st_mtime <= clock_now() - age_s &&
            fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

/* Every place is taken; who ended is replaced. */
static int tend(struct pool *p, struct err *e)
{
    for (int i = 0; i < p->count; i++) {
        struct proc *w = &p->workers[i];
        struct proc_exit how;
        int rc = w->pid > 0 ? proc_wait(w, clock_mono_ms(), &how, e) : 1;

        if (rc < 0)
            return -1;
        if (rc == 0)
            continue;
        if (w->pid > 0 && !how.signaled && how.status != 0)
            stop_sleep_ms(REST_MS);
        proc_clear(w);
        *w = (struct proc)PROC_INIT;
        if (start_worker(p, w, e) < 0)
            return -1;
    }
    return 0;
}

static void wait_for_ends(const struct pool *p)
{
    struct pollfd fds[FCGI_WORKERS_MAX];

    for (int i = 0; i < p->count; i++)
        fds[i] = (struct pollfd){.fd = p->workers[i].pidfd, .events = POLLIN};
    (void)poll(fds, (nfds_t)p->count, LOOK_MS);
}

int fcgi_serve(const char *home, const char *path, int workers, struct err *e)
{
    AUTO_MEM char *used = fs_path(home, FOLDER "/used");
    AUTO_MEM char *calls = fs_path(home, FOLDER "/calls");
    AUTO_MEM char *mutex = fs_path(home, FOLDER "/lock");
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO(pool_clear) struct pool p = {.home = home, .socket = -1, .count = workers};
    int64_t swept = clock_mono_ms();

    for (int i = 0; i < workers; i++)
        p.workers[i] = (struct proc)PROC_INIT;
    if (fs_mkdirs(used, e) < 0 || fs_mkdirs(calls, e) < 0 ||
        lock_take(&lock, mutex, 0, e) < 0 || new_secret(home, e) < 0 ||
        sweep(used, 0, e) < 0)
        return -1;
    p.socket = listen_at(path, e);
    if (p.socket < 0)
        return -1;
    while (!stop_requested()) {
        if (tend(&p, e) < 0)
            return -1;
        wait_for_ends(&p);
        if (clock_mono_ms() - swept > SWEEP_MS) {
            swept = clock_mono_ms();
            if (sweep(used, TICKET_S, e) < 0)
                return -1;
        }
    }
    return fs_unlink(path, e);
}

void fcgi_nginx_config(const char *path, const char *certificate, const char *key,
                       struct str *out)
{
    str_addf(out,
             "# /etc/nginx/conf.d/sohoa.conf, or the location alone in a server of\n"
             "# yours. Whoever comes is let in by the signature of its node's key.\n"
             "server {\n"
             "    listen 443 ssl;\n"
             "    listen [::]:443 ssl;\n"
             "    ssl_certificate %s;\n"
             "    ssl_certificate_key %s;\n"
             "    ssl_protocols TLSv1.2 TLSv1.3;\n"
             "    client_header_timeout 15s;\n"
             "    location = " LINE_PATH " {\n"
             "        client_max_body_size 1m;\n"
             "        client_body_timeout 30s;\n"
             "        fastcgi_param REQUEST_METHOD $request_method;\n"
             "        fastcgi_param CONTENT_LENGTH $content_length;\n"
             "        fastcgi_request_buffering off;\n"
             "        fastcgi_buffering off;\n"
             "        fastcgi_read_timeout 120s;\n"
             "        fastcgi_pass unix:%s;\n"
             "    }\n"
             "}\n",
             certificate, key, path);
}
