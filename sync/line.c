/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/line.h"

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
#include "sync/names.h"

#define WORDS_MAX ((size_t)4096)
#define CHUNK     ((size_t)1 << 16)
#define TICK_MS   500 /* how late a wish to stop may be seen */

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
    if (!str_starts(url, "ssh://"))
        return bad_url(e, url);
    (void)snprintf(text, sizeof text, "%s", url + strlen("ssh://"));
    text[strcspn(text, "/")] = '\0'; /* the key decides home and repository */
    if (!parse_host(text, &l))
        return bad_url(e, url);
    *out = l;
    return 0;
}

/* ---- ssh ----------------------------------------------------------------------------
 */

#define ARGS_MAX 48

struct args {
    const char *list[ARGS_MAX];
    size_t count;
};

static void add(struct args *a, const char *word)
{
    if (a->count + 1 < ARGS_MAX)
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

int line_start(const struct line *l, const char *command, struct proc *p, struct err *e)
{
    const char *config = getenv("SOHOA_SSH_CONFIG");
    AUTO_MEM char *key = fs_path(l->home, "keys/node");
    AUTO_MEM char *known =
        mem_printf("UserKnownHostsFile=\"%s/keys/known_hosts\"", l->home);
    AUTO_MEM char *alive = mem_printf("ServerAliveInterval=%d", LINE_ALIVE_S);
    AUTO_MEM char *connect = mem_printf("ConnectTimeout=%d", LINE_CONNECT_S);
    struct args a = {.count = 0};
    struct proc_opts o = {
        .argv = a.list, .in = PROC_PIPE, .out = PROC_PIPE, .err = PROC_PIPE};

    add(&a, "ssh");
    if (config && config[0]) {
        add(&a, "-F");
        add(&a, config);
    }
    add(&a, "-T");
    add(&a, "-i");
    add(&a, key);
    if (l->port[0]) {
        add(&a, "-p");
        add(&a, l->port);
    }
    if (l->user[0]) {
        add(&a, "-l");
        add(&a, l->user);
    }
    add_option(&a, "IdentitiesOnly=yes");
    add_option(&a, "IdentityAgent=none");
    add_option(&a, "PreferredAuthentications=publickey");
    add_option(&a, "BatchMode=yes");
    add_option(&a, "StrictHostKeyChecking=yes");
    add_option(&a, known);
    add_option(&a, "GlobalKnownHostsFile=/dev/null");
    add_option(&a, "UpdateHostKeys=no");
    add_option(&a, "ClearAllForwardings=yes");
    add_option(&a, "ControlPath=none");
    add_option(&a, "EscapeChar=none");
    add_option(&a, "Compression=no");
    add_option(&a, alive);
    add_option(&a, "ServerAliveCountMax=2");
    add_option(&a, connect);
    add_option(&a, "LogLevel=ERROR");
    add(&a, "--");
    add(&a, l->host);
    add(&a, command);
    if (proc_start(&o, p, e) < 0)
        return -1;
    if (set_nonblocking(p->in, e) < 0 || set_nonblocking(p->out, e) < 0 ||
        set_nonblocking(p->err, e) < 0) {
        proc_clear(p);
        return -1;
    }
    return 0;
}

/* What ssh said, as far as it lies in the pipe. */
static void read_words(int fd, struct str *out)
{
    for (;;) {
        char *room = str_room(out, 512);
        ssize_t n = room ? read(fd, room, 512) : -1;

        if (n <= 0)
            return;
        str_used(out, (size_t)n);
    }
}

void line_failed(struct proc *p, struct err *e)
{
    AUTO_STR struct str words = STR_INIT(WORDS_MAX);
    struct err ignored = ERR_INIT;
    struct proc_exit how = {.status = 0};
    enum err_code code = ERR_LINE;
    bool ended;

    fs_fd_auto(&p->in);
    p->in = -1;
    /* ssh ends by itself when the other end is gone; it is not waited for long. */
    ended = proc_wait(p, clock_mono_ms() + 2000, &how, &ignored) == 1;
    if (p->err >= 0)
        read_words(p->err, &words);
    if (!ended)
        proc_kill(p, &how);
    if (strstr(str_text(&words), "Host key verification failed") ||
        strstr(str_text(&words), "REMOTE HOST IDENTIFICATION HAS CHANGED") ||
        strstr(str_text(&words), "host key is known"))
        code = ERR_LINE_HOST;
    else if (strstr(str_text(&words), "Permission denied"))
        code = ERR_LINE_KEY;
    err_set(e, code, "ssh");
    while (words.len && words.p[words.len - 1] == '\n')
        words.p[--words.len] = '\0';
    err_detail(e, "%s %d: %s", how.signaled ? "signal" : "exit", how.status,
               str_text(&words));
}

/* ---- reading and writing with an idle limit
 * ------------------------------------------ */

static int wait_for(int fd, short what, int64_t idle_ms, struct err *e)
{
    struct pollfd pfd = {.fd = fd, .events = what};
    int64_t deadline = clock_mono_ms() + idle_ms;

    for (;;) {
        int64_t left = deadline - clock_mono_ms();
        int rc;

        if (stop_requested())
            return err_set(e, ERR_LINE, "%s", "stopped");
        if (left <= 0) {
            err_set(e, ERR_LINE, "line");
            return err_detail(e, "silent for %lld ms", (long long)idle_ms);
        }
        rc = poll(&pfd, 1, left < TICK_MS ? (int)left : TICK_MS);
        if (rc > 0)
            return 0;
        if (rc < 0 && errno != EINTR)
            return err_sys(e, ERR_LINE, "line");
    }
}

int line_read(int fd, void *buf, size_t len, int64_t idle_ms, size_t *got,
              struct err *e)
{
    for (;;) {
        ssize_t n;

        /* Before reading: under sshd the descriptors of the door block. */
        if (wait_for(fd, POLLIN, idle_ms, e) < 0)
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
        if (wait_for(fd, POLLOUT, idle_ms, e) < 0)
            return -1;
    }
    return 0;
}

int line_text(int fd, struct str *out, int64_t idle_ms, struct err *e)
{
    for (;;) {
        size_t got;
        char c;
        int rc = line_read(fd, &c, 1, idle_ms, &got, e);

        if (rc <= 0)
            return rc;
        if (c == '\n')
            return 1;
        str_add_char(out, c);
        if (str_check(out, "line", e) < 0)
            return -1;
    }
}
