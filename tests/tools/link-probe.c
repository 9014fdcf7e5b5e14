/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a line does, seen from its ends.
 *
 *   link-probe serve PORT               takes TCP and counts, answers UDP; never ends
 *   link-probe udp HOST PORT COUNT      COUNT small packets, the next when the last
 * came back or 2 s are over link-probe tcp HOST PORT BYTES QUIET_MS   sends, then waits
 * for the other end's word that it has all
 *
 * Prints "word number" lines: of udp sent, back, quickest_ms, and "fate" with one digit
 * a packet (1: it came back); of tcp ms and "end" with done, reset, silent (nothing
 * moved for QUIET_MS) or other.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "node/base/num.h"

#define UDP_WAIT_MS 2000
#define UDP_MAX     10000
#define CHUNK       16384

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t number(const char *text, int64_t max)
{
    int64_t n = 0;

    if (!num_parse(text, 1, max, &n)) {
        (void)fprintf(stderr, "link-probe: %s?\n", text);
        exit(2);
    }
    return n;
}

static struct sockaddr_in address(const char *host, const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)number(port, 65535))};

    if (inet_pton(AF_INET, host, &a.sin_addr) != 1) {
        (void)fprintf(stderr, "link-probe: %s?\n", host);
        exit(2);
    }
    return a;
}

static void die(const char *what)
{
    perror(what);
    exit(2);
}

/* ---- above
 * ---------------------------------------------------------------------------- */

/* "<bytes>\n" first, then the bytes; one byte back when all are there. */
static void take_all(int fd)
{
    char buf[CHUNK], head[24] = "";
    int64_t left = 0;
    size_t n = 0;

    while (n + 1 < sizeof head && read(fd, head + n, 1) == 1 && head[n] != '\n')
        n++;
    head[n] = '\0';
    left = number(head, INT64_MAX);
    while (left > 0) {
        ssize_t got = read(fd, buf, sizeof buf);

        if (got <= 0)
            _exit(1);
        left -= got;
    }
    _exit(write(fd, "x", 1) == 1 ? 0 : 1);
}

static void serve(const char *port)
{
    struct sockaddr_in a = address("0.0.0.0", port);
    const int one = 1;
    int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);

    (void)signal(SIGCHLD, SIG_IGN); /* nobody asks how they ended */
    if (tcp < 0 || udp < 0 ||
        setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        bind(tcp, (const struct sockaddr *)&a, sizeof a) < 0 || listen(tcp, 16) < 0 ||
        bind(udp, (const struct sockaddr *)&a, sizeof a) < 0)
        die("serve");
    (void)puts("ready");
    (void)fflush(stdout);
    for (;;) {
        struct pollfd fds[2] = {{.fd = tcp, .events = POLLIN},
                                {.fd = udp, .events = POLLIN}};
        struct sockaddr_in from;
        socklen_t len = sizeof from;
        char buf[64];

        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents) {
            int fd = accept(tcp, NULL, NULL);

            if (fd >= 0 && fork() == 0)
                take_all(fd);
            (void)close(fd);
        }
        if (fds[1].revents) {
            ssize_t n =
                recvfrom(udp, buf, sizeof buf, 0, (struct sockaddr *)&from, &len);

            if (n > 0 &&
                sendto(udp, buf, (size_t)n, 0, (struct sockaddr *)&from, len) < 0)
                perror("answer"); /* as good as lost */
        }
    }
}

/* ---- below
 * ---------------------------------------------------------------------------- */

struct udp {
    int fd;
    int64_t count, back, quickest;
    int64_t sent[UDP_MAX]; /* when */
    char fate[UDP_MAX + 1];
};

/* Take what comes within @wait_ms, one packet. Return: whether one came. */
static bool take_back(struct udp *u, int wait_ms)
{
    struct pollfd p = {.fd = u->fd, .events = POLLIN};
    int64_t k = -1, took = 0;

    if (poll(&p, 1, wait_ms) <= 0)
        return false;
    if (recv(u->fd, &k, sizeof k, 0) != sizeof k || k < 0 || k >= u->count ||
        u->fate[k] == '1')
        return true; /* an error, or nothing of ours */
    took = now_ms() - u->sent[k];
    u->quickest = took < u->quickest ? took : u->quickest;
    u->fate[k] = '1';
    u->back++;
    return true;
}

static int probe_udp(const struct sockaddr_in *a, int64_t count)
{
    static struct udp u = {.quickest = INT64_MAX};

    u.count = count;
    u.fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (u.fd < 0 || connect(u.fd, (const struct sockaddr *)a, sizeof *a) < 0)
        die("udp");
    for (int64_t k = 0; k < count; k++) {
        u.fate[k] = '0';
        u.sent[k] = now_ms();
        if (send(u.fd, &k, sizeof k, 0) != sizeof k)
            die("send");
        (void)take_back(&u, 2); /* not faster than a device takes them */
    }
    while (u.back < count && take_back(&u, UDP_WAIT_MS))
        ;
    (void)printf("fate %s\nsent %lld\nback %lld\nquickest_ms %lld\n", u.fate,
                 (long long)count, (long long)u.back,
                 (long long)(u.back ? u.quickest : -1));
    return 0;
}

static const char *why(int code)
{
    return code == ECONNRESET || code == EPIPE ? "reset" : "other";
}

/* Send @left bytes and hear one. Returns how it ended. */
static const char *send_all(int fd, int64_t left, int64_t quiet_ms)
{
    static const char zeros[CHUNK];
    char answer;

    for (;;) {
        struct pollfd p = {.fd = fd, .events = left > 0 ? POLLOUT | POLLIN : POLLIN};
        ssize_t n = 0;

        if (poll(&p, 1, (int)quiet_ms) == 0)
            return "silent";
        if (p.revents & (POLLIN | POLLERR | POLLHUP)) {
            n = read(fd, &answer, 1);
            return n == 1 ? "done" : n == 0 ? "closed" : why(errno);
        }
        n = write(fd, zeros, left < CHUNK ? (size_t)left : CHUNK);
        if (n < 0 && errno != EAGAIN)
            return why(errno);
        left -= n > 0 ? n : 0;
    }
}

static int probe_tcp(const struct sockaddr_in *a, int64_t bytes, int64_t quiet_ms)
{
    char head[24];
    int len = snprintf(head, sizeof head, "%lld\n", (long long)bytes);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int64_t start = now_ms();
    const char *end = NULL;

    (void)signal(SIGPIPE, SIG_IGN);
    if (fd < 0 || connect(fd, (const struct sockaddr *)a, sizeof *a) < 0 ||
        write(fd, head, (size_t)len) != len || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        die("tcp");
    end = send_all(fd, bytes, quiet_ms);
    (void)printf("end %s\nms %lld\n", end, (long long)(now_ms() - start));
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in a;

    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        serve(argv[2]);
    if (argc < 5) {
        (void)fprintf(stderr, "link-probe serve PORT | udp HOST PORT COUNT |"
                              " tcp HOST PORT BYTES QUIET_MS\n");
        return 2;
    }
    a = address(argv[2], argv[3]);
    if (strcmp(argv[1], "udp") == 0)
        return probe_udp(&a, number(argv[4], UDP_MAX));
    if (argc == 6 && strcmp(argv[1], "tcp") == 0)
        return probe_tcp(&a, number(argv[4], INT64_MAX), number(argv[5], 3600000));
    return 2;
}
