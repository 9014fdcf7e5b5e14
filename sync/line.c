/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/line.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/dial.h"
#include "sync/master.h"
#include "sync/names.h"

#define CHUNK     ((size_t)1 << 16)
#define TICK_MS   500 /* how late a wish to stop may be seen */
#define SHARED_MS 200
#define ALONE_MS  2000

static int bad_url(struct err *e, const char *url)
{
    return err_set(e, ERR_URL, "%s", url);
}

/* Nothing that a shell, ssh or known_hosts could take for something else. */
static bool host_ok(const char *p)
{
    size_t n = strlen(p);

    if (n == 0 || n > 253 || p[0] == '-')
        return false;
    for (; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
              (*p >= '0' && *p <= '9') || strchr(".-_:", *p)))
            return false;
    return true;
}

static bool user_ok(const char *p)
{
    size_t n = strlen(p);

    if (n == 0 || n > 63 || p[0] == '-')
        return false;
    for (; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
              (*p >= '0' && *p <= '9') || strchr("._-", *p)))
            return false;
    return true;
}

static bool keep(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);

    if (n >= size)
        return false;
    memcpy(out, text, n + 1);
    return true;
}

/* [user@]host[:port], the host of IPv6 in brackets. */
static bool parse_host(char *text, struct line *l)
{
    char *at = strrchr(text, '@');
    char *host = at ? at + 1 : text;
    char *port = NULL;
    int64_t number;

    if (at)
        *at = '\0';
    if (host[0] == '[') {
        char *end = strchr(host, ']');

        if (!end || (end[1] && end[1] != ':'))
            return false;
        port = end[1] ? end + 2 : NULL;
        *end = '\0';
        host++;
    } else if ((port = strchr(host, ':'))) {
        *port++ = '\0';
    }
    if ((at && !user_ok(text)) || !host_ok(host) ||
        (port && !num_parse(port, 1, 65535, &number)))
        return false;
    return keep(l->user, sizeof l->user, at ? text : "") &&
           keep(l->host, sizeof l->host, host) &&
           keep(l->port, sizeof l->port, port ? port : "");
}

static bool path_ok(const char *p)
{
    if (strstr(p, "..") || strstr(p, "//"))
        return false;
    for (; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
              (*p >= '0' && *p <= '9') || strchr("/._-", *p)))
            return false;
    return true;
}

/* host[:port][/path]: who asks is told by a signature, not by a name in the address. */
static bool parse_https(const char *rest, struct line *l)
{
    size_t len = strcspn(rest, "/");
    const char *path = rest[len] && rest[len + 1] ? rest + len : LINE_PATH;
    char text[LINE_URL_MAX];

    (void)snprintf(text, sizeof text, "%.*s", (int)len, rest);
    l->https = true;
    if (strchr(text, '@') || !parse_host(text, l) || !path_ok(path))
        return false;
    if (!l->port[0])
        (void)snprintf(l->port, sizeof l->port, "%s", LINE_HTTPS);
    return keep(l->path, sizeof l->path, path);
}

int line_parse(const char *home, const char *url, struct line *out, struct err *e)
{
    struct line l = {.home = home, .idle_ms = LINE_IDLE_MS};
    char text[LINE_URL_MAX];

    if (strlen(url) >= sizeof text)
        return bad_url(e, url);
    if (str_starts(url, "file:///"))
        url += strlen("file://");
    if (url[0] == '/') {
        l.folder = true;
        (void)snprintf(l.path, sizeof l.path, "%s", url);
        *out = l;
        return 0;
    }
    if (str_starts(url, "https://")) {
        if (!parse_https(url + strlen("https://"), &l))
            return bad_url(e, url);
        *out = l;
        return 0;
    }
    if (!str_starts(url, "ssh://"))
        return bad_url(e, url);
    (void)snprintf(text, sizeof text, "%s", url + strlen("ssh://"));
    text[strcspn(text, "/")] = '\0'; /* the key decides home and repository */
    if (!parse_host(text, &l))
        return bad_url(e, url);
    *out = l;
    return 0;
}

void line_label(const struct line *l, char out[LINE_LABEL_MAX])
{
    if (l->https || (l->port[0] && strcmp(l->port, "22") != 0))
        (void)snprintf(out, LINE_LABEL_MAX, "[%s]:%s", l->host, l->port);
    else
        (void)snprintf(out, LINE_LABEL_MAX, "%s", l->host);
}

/* ---- ssh ----------------------------------------------------------------------------
 */

#define ARGS_MAX 64
#define MADE_MAX 8

struct args {
    const char *list[ARGS_MAX];
    size_t count;
};

static void add(struct args *a, const char *word)
{
    assert(a->count + 1 < ARGS_MAX);
    a->list[a->count++] = word;
}

static void add_option(struct args *a, const char *option)
{
    add(a, "-o");
    add(a, option);
}

static int set_nonblocking(int fd, struct err *e)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return err_sys(e, ERR_LINE, "ssh");
    return 0;
}

/* A command line of ssh and the words that were made for it. */
struct call {
    struct args args;
    char *made[MADE_MAX];
    size_t made_count;
    struct dial_start dial; /* where NULL: the process is ssh from the first on */
};

static void call_clear(struct call *c)
{
    for (size_t i = 0; i < c->made_count; i++)
        mem_free(c->made[i]);
}

static const char *made(struct call *c, char *taken)
{
    assert(c->made_count < MADE_MAX);
    return c->made[c->made_count++] = taken;
}

static void add_place(struct call *c, const struct line *l)
{
    const char *config = getenv("SOHOA_SSH_CONFIG");
    struct args *a = &c->args;

    add(a, "ssh");
    if (config && config[0]) {
        add(a, "-F");
        add(a, config);
    }
    add(a, "-T");
    add(a, "-i");
    add(a, made(c, fs_path(l->home, "keys/node")));
    if (l->port[0]) {
        add(a, "-p");
        add(a, l->port);
    }
    if (l->user[0]) {
        add(a, "-l");
        add(a, l->user);
    }
}

static int64_t dead_ms(const struct line *l)
{
    return l->master ? l->master->patience.dead_ms : LINE_DEAD_MS;
}

/* Where the processor has AES of its own, a byte costs a tenth of what it does with
 * ssh's first choice (and that one's prefix attack, CVE-2023-48795, does not touch it).
 */
static bool has_aes(void)
{
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#else
    return false;
#endif
}

/* Of those that ssh's configuration allows it comes first; the others stay. */
static void add_ciphers(struct call *c, const char *allowed)
{
    static const char AES[] = "aes128-gcm@openssh.com";
    const char *at = has_aes() ? strstr(allowed, AES) : NULL;

    if (at && (at == allowed || at[-1] == ',') &&
        (at[strlen(AES)] == ',' || !at[strlen(AES)]))
        add_option(&c->args, made(c, mem_printf("Ciphers=%s,%s", AES, allowed)));
}

static void add_options(struct call *c, const struct line *l)
{
    struct args *a = &c->args;

    if (l->master)
        add_ciphers(c, l->master->place.ciphers);
    add_option(a, "IdentitiesOnly=yes");
    add_option(a, "IdentityAgent=none");
    add_option(a, "PreferredAuthentications=publickey");
    add_option(a, "BatchMode=yes");
    add_option(a, "StrictHostKeyChecking=yes");
    add_option(
        a, made(c, mem_printf("UserKnownHostsFile=\"%s/keys/known_hosts\"", l->home)));
    add_option(a, "GlobalKnownHostsFile=/dev/null");
    add_option(a, "UpdateHostKeys=no");
    add_option(a, "ClearAllForwardings=yes");
    add_option(a, "EscapeChar=none");
    add_option(a, "Compression=no");
    add_option(a,
               made(c, mem_printf("ServerAliveInterval=%d", (int)(dead_ms(l) / 3000))));
    add_option(a, "ServerAliveCountMax=2");
    add_option(a, made(c, mem_printf("ConnectTimeout=%d", LINE_CONNECT_S)));
    add_option(a, "LogLevel=ERROR");
}

/* The way to the other end made by us, where ssh's own configuration has none. */
static void add_dial(struct call *c, const struct line *l)
{
    char *dial = l->master && l->master->dial ? dial_command(dead_ms(l)) : NULL;

    if (!dial)
        return;
    add_option(&c->args, made(c, mem_printf("ProxyCommand=%s", made(c, dial))));
    add_option(&c->args, "ProxyUseFdpass=yes");
}

/* The same in the very process that becomes ssh: it costs no start of a program. */
static void dial_first(struct call *c, const struct line *l)
{
    if (!l->master || !l->master->dial || !l->master->place.host[0]) {
        add_dial(c, l);
        return;
    }
    c->dial = (struct dial_start){.where = &l->master->place, .dead_ms = dead_ms(l)};
    add_option(&c->args, "ProxyCommand=-");
}

static int launch(struct call *c, enum proc_stream data, enum proc_stream words,
                  struct proc *p, struct err *e)
{
    /* ssh runs our dial by the shell of the account, which may let nobody in. */
    static const char *const env[] = {"SHELL=/bin/sh", NULL};
    const struct proc_opts o = {.argv = c->args.list,
                                .env = env,
                                .in = data,
                                .out = data,
                                .err = words,
                                .before = c->dial.where ? dial_before : NULL,
                                .before_ctx = &c->dial};

    if (proc_start(&o, p, e) < 0)
        return -1;
    if ((data == PROC_PIPE &&
         (set_nonblocking(p->in, e) < 0 || set_nonblocking(p->out, e) < 0)) ||
        set_nonblocking(p->err, e) < 0) {
        proc_clear(p);
        return -1;
    }
    return 0;
}

/* This very program, in the place of ssh. */
static int start_https(const struct line *l, const char *command, struct proc *p,
                       struct err *e)
{
    AUTO(call_clear) struct call c = {.made_count = 0};
    char *program = fs_program(e);

    if (!program)
        return -1;
    add(&c.args, made(&c, program));
    add(&c.args, "worker");
    add(&c.args, "https");
    add(&c.args, l->home);
    add(&c.args, l->host);
    add(&c.args, l->port);
    add(&c.args, l->path);
    add(&c.args, command);
    return launch(&c, PROC_PIPE, PROC_PIPE, p, e);
}

int line_start(const struct line *l, const char *command, struct proc *p, struct err *e)
{
    AUTO(call_clear) struct call c = {.made_count = 0};
    const char *socket = NULL;

    if (l->https)
        return start_https(l, command, p, e);
    if (l->master && master_ready(l->master, l, &socket, e) < 0)
        return -1;
    add_place(&c, l);
    add_options(&c, l);
    add_dial(&c, l); /* also beside a socket: should it be gone, ssh connects itself */
    add_option(&c.args, "ControlMaster=no");
    if (socket) {
        add(&c.args, "-S");
        add(&c.args, socket);
    } else {
        add_option(&c.args, "ControlPath=none");
    }
    add(&c.args, "--");
    add(&c.args, l->host);
    add(&c.args, command);
    return launch(&c, PROC_PIPE, PROC_PIPE, p, e);
}

int line_ask_master(const struct line *l, const char *path, struct proc *p,
                    struct err *e)
{
    AUTO(call_clear) struct call c = {.made_count = 0};

    add_place(&c, l);
    add(&c.args, "-S");
    add(&c.args, path);
    add(&c.args, "-O");
    add(&c.args, "check");
    add(&c.args, "--");
    add(&c.args, l->host);
    return launch(&c, PROC_NULL, PROC_PIPE, p, e);
}

int line_start_master(const struct line *l, const char *path, int64_t persist_s,
                      struct proc *p, struct err *e)
{
    AUTO(call_clear) struct call c = {.made_count = 0};

    add_place(&c, l);
    add_options(&c, l);
    dial_first(&c, l);
    if (persist_s > 0)
        add_option(&c.args,
                   made(&c, mem_printf("ControlPersist=%lld", (long long)persist_s)));
    else
        add_option(&c.args, "ControlPersist=no");
    add(&c.args, "-M");
    add(&c.args, "-N");
    add(&c.args, "-S");
    add(&c.args, path);
    add(&c.args, "--");
    add(&c.args, l->host);
    return launch(&c, PROC_NULL, PROC_PAIR, p, e);
}

void line_words(const struct proc *p, struct str *out)
{
    while (p->err >= 0) {
        char *room = str_room(out, 512);
        ssize_t n = room ? read(p->err, room, 512) : -1;

        if (n <= 0)
            return;
        str_used(out, (size_t)n);
    }
}

void line_why(const struct proc_exit *how, struct str *words, struct err *e)
{
    enum err_code code = ERR_LINE;
    const char *text = str_text(words) + strspn(str_text(words), "\n");

    if (strstr(str_text(words), "Host key verification failed") ||
        strstr(str_text(words), "REMOTE HOST IDENTIFICATION HAS CHANGED") ||
        strstr(str_text(words), "host key is known"))
        code = ERR_LINE_HOST;
    else if (strstr(str_text(words), "Permission denied"))
        code = ERR_LINE_KEY;
    err_set(e, code, "ssh");
    while (words->len && words->p[words->len - 1] == '\n')
        words->p[--words->len] = '\0';
    err_detail(e, "%s %d: %s", how->signaled ? "signal" : "exit", how->status, text);
}

/* The worker says its code and what it knows: "SH-LINE-HOST: …". */
static void https_why(const struct str *words, struct err *e)
{
    AUTO_MEM char *text = mem_dup(str_text(words));
    char *rest = strchr(text, ':');
    enum err_code code = ERR_NONE;

    text[strcspn(text, "\n")] = '\0';
    if (rest) {
        *rest++ = '\0';
        code = err_code_find(text);
    }
    (void)err_set(e, code == ERR_NONE ? ERR_LINE : code, "%s", "https");
    (void)err_detail(e, "%s", rest ? rest + strspn(rest, " ") : text);
}

void line_failed(const struct line *l, struct proc *p, struct err *e)
{
    AUTO_STR struct str words = STR_INIT(LINE_WORDS_MAX);
    struct err ignored = ERR_INIT;
    struct proc_exit how = {.status = 0};
    bool shared = l->master && l->master->link.there, ended;

    fs_fd_auto(&p->in);
    p->in = -1;
    if (l->master)
        master_doubt(l->master, &words);
    /* ssh ends by itself when the other end is gone; it is not waited for long. One
     * that has lost its master would begin to connect by itself. */
    ended = proc_wait(p, clock_mono_ms() + (shared ? SHARED_MS : ALONE_MS), &how,
                      &ignored) == 1;
    line_words(p, &words);
    if (!ended)
        proc_kill(p, &how);
    if (l->https)
        https_why(&words, e);
    else
        line_why(&how, &words, e);
}

/* ---- reading and writing with an idle limit
 * ------------------------------------------ */

static int silent(int64_t ms, struct err *e)
{
    err_set(e, ERR_LINE, "line");
    return err_detail(e, "silent for %lld ms", (long long)ms);
}

static bool has_spare(const struct line_wait *w, int64_t silent_ms)
{
    struct master *m = w ? w->l->master : NULL;

    return m && silent_ms > master_quiet_ms(m, w->quiet_ms) && master_spare(m, w->l);
}

/* @w: may be NULL. */
static int wait_for(int fd, short what, int64_t idle_ms, const struct line_wait *w,
                    struct err *e)
{
    struct pollfd pfd = {.fd = fd, .events = what};
    int64_t begun = clock_mono_ms();

    for (;;) {
        int64_t waited = clock_mono_ms() - begun, left = idle_ms - waited;
        int rc;

        if (stop_requested())
            return err_set(e, ERR_LINE, "%s", "stopped");
        if (left <= 0 || has_spare(w, waited))
            return silent(waited, e);
        rc = poll(&pfd, 1, left < TICK_MS ? (int)left : TICK_MS);
        if (rc > 0)
            return 0;
        if (rc < 0 && errno != EINTR)
            return err_sys(e, ERR_LINE, "line");
    }
}

static int read_some(int fd, void *buf, size_t len, int64_t idle_ms,
                     const struct line_wait *w, size_t *got, struct err *e)
{
    for (;;) {
        ssize_t n;

        /* Before reading: under sshd the descriptors of the door block. */
        if (wait_for(fd, POLLIN, idle_ms, w, e) < 0)
            return -1;
        n = read(fd, buf, len);
        if (n > 0) {
            *got = (size_t)n;
            return 1;
        }
        if (n == 0)
            return 0;
        if (errno != EAGAIN && errno != EINTR)
            return err_sys(e, ERR_LINE, "line");
    }
}

int line_read(int fd, void *buf, size_t len, int64_t idle_ms, size_t *got,
              struct err *e)
{
    return read_some(fd, buf, len, idle_ms, NULL, got, e);
}

int line_read_from(int fd, void *buf, size_t len, const struct line_wait *w,
                   size_t *got, struct err *e)
{
    int rc = read_some(fd, buf, len, w->idle_ms, w, got, e);

    if (rc == 1 && w->l->master)
        master_calm(w->l->master);
    return rc;
}

int line_write(int fd, const void *data, size_t len, int64_t idle_ms, struct err *e)
{
    const char *p = data;

    while (len > 0) {
        ssize_t n = write(fd, p, len < CHUNK ? len : CHUNK);

        if (n > 0) {
            p += n;
            len -= (size_t)n;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            return err_sys(e, ERR_LINE, "line");
        if (wait_for(fd, POLLOUT, idle_ms, NULL, e) < 0)
            return -1;
    }
    return 0;
}

static int read_text(int fd, struct str *out, int64_t idle_ms,
                     const struct line_wait *w, struct err *e)
{
    for (;;) {
        size_t got;
        char c;
        int rc = w ? line_read_from(fd, &c, 1, w, &got, e)
                   : line_read(fd, &c, 1, idle_ms, &got, e);

        if (rc <= 0)
            return rc;
        if (c == '\n')
            return 1;
        str_add_char(out, c);
        if (str_check(out, "line", e) < 0)
            return -1;
    }
}

int line_text(int fd, struct str *out, int64_t idle_ms, struct err *e)
{
    return read_text(fd, out, idle_ms, NULL, e);
}

int line_text_from(int fd, struct str *out, const struct line_wait *w, struct err *e)
{
    return read_text(fd, out, w->idle_ms, w, e);
}
