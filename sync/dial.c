/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/str.h"
#include "sync/line.h"

#define ASK_MS     5000
#define CONFIG_MAX ((size_t)256 << 10)
#define CONGESTION "bbr"
#define PROBES     3

/* ---- may we -----------------------------------------------------------------------
 */

static bool is_own_way(const char *line)
{
    static const char *const words[] = {"proxycommand ", "proxyjump ", "bindaddress ",
                                        "bindinterface ", "proxyusefdpass yes"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_starts(line, words[i]) && strcmp(line + strlen(words[i]), "none") != 0)
            return true;
    return str_starts(line, "addressfamily ") && strcmp(line, "addressfamily any") != 0;
}

/* "hostname NAME", "port N" and "ciphers LIST" of what ssh says; too long: as if it
 * said nothing. */
static void read_place(const char *line, struct dial_place *where)
{
    if (str_starts(line, "hostname ") && strlen(line + 9) < sizeof where->host)
        (void)snprintf(where->host, sizeof where->host, "%s", line + 9);
    if (str_starts(line, "port ") && strlen(line + 5) < sizeof where->port)
        (void)snprintf(where->port, sizeof where->port, "%s", line + 5);
    if (str_starts(line, "ciphers ") && strlen(line + 8) < sizeof where->ciphers)
        (void)snprintf(where->ciphers, sizeof where->ciphers, "%s", line + 8);
}

bool dial_may(const struct line *l, struct dial_place *where)
{
    const char *config = getenv("SOHOA_SSH_CONFIG");
    const char *argv[12] = {"ssh", "-G"};
    struct proc_opts o = {.argv = argv, .in = PROC_NULL, .err = PROC_NULL};
    AUTO_STR struct str out = STR_INIT(CONFIG_MAX);
    struct proc_exit how;
    struct err ignored = ERR_INIT; /* ssh connects by itself then */
    char *rest = NULL;
    size_t n = 2;
    bool may = true;

    *where = (struct dial_place){.host = ""};
    if (config && config[0]) {
        argv[n++] = "-F";
        argv[n++] = config;
    }
    if (l->user[0]) {
        argv[n++] = "-l";
        argv[n++] = l->user;
    }
    if (l->port[0]) {
        argv[n++] = "-p";
        argv[n++] = l->port;
    }
    argv[n++] = "--";
    argv[n++] = l->host;
    if (proc_run(&o, &out, ASK_MS, &how, &ignored) < 0 || how.signaled ||
        how.status != 0 || out.len == 0)
        return false;
    for (char *w = strtok_r(out.p, "\n", &rest); w; w = strtok_r(NULL, "\n", &rest)) {
        may = may && !is_own_way(w);
        read_place(w, where);
    }
    if (!may || !where->port[0])
        where->host[0] = '\0';
    return may;
}

char *dial_command(int64_t dead_ms)
{
    struct err ignored = ERR_INIT;
    AUTO_MEM char *program = fs_program(&ignored);

    for (const char *p = program ? program : " "; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
              (*p >= '0' && *p <= '9') || strchr("/._-+", *p)))
            return NULL;
    return mem_printf("%s worker dial %%h %%p %lld", program, (long long)dead_ms);
}

/* ---- the socket -------------------------------------------------------------------
 */

static void wish(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

static void read_congestion(int fd, char cc[DIAL_CC_MAX])
{
    socklen_t len = DIAL_CC_MAX - 1;

    memset(cc, 0, DIAL_CC_MAX);
    if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, &len) < 0)
        cc[0] = '\0';
}

void dial_options(int fd, int64_t dead_ms)
{
    int quiet_s = (int)(dead_ms / 2000);

    (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, CONGESTION, strlen(CONGESTION));
    wish(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)dead_ms);
    wish(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, DIAL_NOTSENT);
    wish(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    wish(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    wish(fd, IPPROTO_TCP, TCP_KEEPIDLE, quiet_s > 1 ? quiet_s : 1);
    wish(fd, IPPROTO_TCP, TCP_KEEPINTVL, quiet_s / PROBES > 1 ? quiet_s / PROBES : 1);
    wish(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
}

void dial_congestion(bool asks, char cc[DIAL_CC_MAX])
{
    AUTO_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cc[0] = '\0';
    if (fd < 0)
        return;
    if (asks)
        dial_options(fd, LINE_DEAD_MS);
    read_congestion(fd, cc);
}

/* ---- the worker -------------------------------------------------------------------
 */

/* Connections that are being made: a new one each DIAL_AGAIN_MS, the kernel would wait
 * twice as long each time. The two newest; an older one is of no more use. */
struct race {
    const struct addrinfo *list, *next;
    int64_t dead_ms;
    struct pollfd fds[2];
    int why; /* errno of the last that failed */
};

static void race_clear(struct race *r)
{
    for (size_t i = 0; i < ARRAY_LEN(r->fds); i++)
        fs_fd_auto(&r->fds[i].fd);
}

/* Start one more. The socket blocks again once it is handed over, as ssh expects. */
static void race_start(struct race *r)
{
    const struct addrinfo *a = r->next ? r->next : r->list;
    AUTO_FD int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                            a->ai_protocol);

    r->next = a->ai_next;
    if (fd < 0) {
        r->why = errno;
        return;
    }
    dial_options(fd, r->dead_ms);
    if (connect(fd, a->ai_addr, a->ai_addrlen) < 0 && errno != EINPROGRESS) {
        r->why = errno;
        return;
    }
    fs_fd_auto(&r->fds[0].fd);
    r->fds[0] = r->fds[1];
    r->fds[1] = (struct pollfd){.fd = TAKE_FD(fd), .events = POLLOUT};
}

/* The descriptor of one that is made, -1: none yet. */
static int race_look(struct race *r, int64_t wait_ms)
{
    if (poll(r->fds, ARRAY_LEN(r->fds), (int)wait_ms) <= 0)
        return -1;
    for (size_t i = ARRAY_LEN(r->fds); i-- > 0;) {
        int why = 0;
        socklen_t len = sizeof why;

        if (r->fds[i].fd < 0 || !r->fds[i].revents)
            continue;
        if (getsockopt(r->fds[i].fd, SOL_SOCKET, SO_ERROR, &why, &len) == 0 &&
            why == 0 && fcntl(r->fds[i].fd, F_SETFL, 0) == 0)
            return TAKE_FD(r->fds[i].fd);
        r->why = why ? why : errno;
        fs_fd_auto(&r->fds[i].fd);
        r->fds[i].fd = -1;
    }
    return -1;
}

static bool race_runs(const struct race *r)
{
    return r->fds[0].fd >= 0 || r->fds[1].fd >= 0;
}

/* The descriptor, or -1 and *@why: all addresses refused, or the time is over. */
static int connect_to(const struct addrinfo *list, int64_t dead_ms, int *why)
{
    AUTO(race_clear)
    struct race r = {.list = list,
                     .dead_ms = dead_ms,
                     .fds = {{.fd = -1}, {.fd = -1}},
                     .why = ETIMEDOUT};
    int64_t now = clock_mono_ms(), end = now + (int64_t)LINE_CONNECT_S * 1000;

    while (now < end) {
        int64_t again = now + DIAL_AGAIN_MS;

        race_start(&r);
        for (; now < again && race_runs(&r); now = clock_mono_ms()) {
            int fd = race_look(&r, again - now);

            if (fd >= 0)
                return fd;
        }
        if (!race_runs(&r) && !r.next)
            break;
    }
    *why = r.why;
    return -1;
}

static int pass_on(int fd, int to, char byte)
{
    struct iovec iov = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.room = {0}};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof control.room};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    return sendmsg(to, &m, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

/* To whoever made this connection, when it listens: an empty line among the words. */
static void show(int fd)
{
    int domain = 0;
    socklen_t len = sizeof domain;

    if (getsockopt(STDERR_FILENO, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
        domain == AF_UNIX)
        (void)pass_on(fd, STDERR_FILENO, '\n');
}

int dial_shown(int from)
{
    char byte;
    struct iovec iov = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.room = {0}};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof control.room};
    const struct cmsghdr *c;
    int fd = -1;

    /* Without a dial the first are words. */
    if (from < 0 || recv(from, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 1 ||
        byte != '\n' || recvmsg(from, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
        return -1;
    c = CMSG_FIRSTHDR(&m);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

/* Connected, and shown on descriptor 2. 0 and *@fd, or an exit code. */
static int open_shown(const char *host, const char *port, int64_t dead_ms, int *fd)
{
    const struct addrinfo want = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int rc = getaddrinfo(host, port, &want, &found), why = 0;

    if (rc != 0) {
        (void)fprintf(stderr, "dial: %s: %s\n", host, gai_strerror(rc));
        return EXIT_LATER;
    }
    *fd = connect_to(found, dead_ms, &why);
    freeaddrinfo(found);
    if (*fd < 0) {
        (void)fprintf(stderr, "dial: connect to host %s port %s: %s\n", host, port,
                      strerrordesc_np(why));
        return EXIT_LATER;
    }
    show(*fd); /* first: once ssh has it, it may be asked for */
    return 0;
}

/* 0, or the exit code of one that failed by errno. */
static int done(int rc)
{
    if (rc < 0)
        (void)fprintf(stderr, "dial: %s\n", strerrordesc_np(errno));
    return rc < 0 ? EXIT_LATER : 0;
}

int dial_before(void *start)
{
    const struct dial_start *s = start;
    AUTO_FD int fd = -1;
    int code = open_shown(s->where->host, s->where->port, s->dead_ms, &fd);

    if (code != 0)
        return code;
    return done(dup2(fd, STDIN_FILENO) < 0 ? -1 : dup2(fd, STDOUT_FILENO));
}

int dial_worker_main(const char *host, const char *port, const char *dead_ms)
{
    AUTO_FD int fd = -1;
    int64_t dead;
    int code;

    if (!num_parse(dead_ms, DIAL_DEAD_MIN, DIAL_DEAD_MAX, &dead))
        return EXIT_USAGE;
    code = open_shown(host, port, dead, &fd);
    return code != 0 ? code : done(pass_on(fd, STDOUT_FILENO, '\0'));
}
