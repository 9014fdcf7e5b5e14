/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cut-relay PORT UP...: listens on a free port of 127.0.0.1 (printed), passes each
 * connection on to 127.0.0.1:PORT. The n-th one is cut when UP bytes of the n-th
 * argument went up; those after the last argument are not. "stall:UP": from there on
 * nothing passes, and nobody is told. Ends with its standard input.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/num.h"

static int64_t number(const char *text)
{
    int64_t n = 0;

    if (!num_parse(text, 0, INT64_MAX, &n))
        exit(2);
    return n;
}

static struct sockaddr_in local(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static bool pass(int from, int to, int64_t *left)
{
    char buf[4096];
    size_t want = *left < (int64_t)sizeof buf ? (size_t)*left : sizeof buf;
    ssize_t n = want ? read(from, buf, want) : 0;

    for (ssize_t at = 0; at < n;) {
        ssize_t sent = write(to, buf + at, (size_t)(n - at));

        if (sent <= 0)
            return false;
        at += sent;
    }
    *left -= n > 0 ? n : 0;
    return n > 0;
}

static void serve(int client, uint16_t port, int64_t up, bool stall)
{
    struct sockaddr_in a = local(port);
    const struct linger now = {.l_onoff = 1};
    int64_t down = INT64_MAX;
    int server = socket(AF_INET, SOCK_STREAM, 0);

    if (server < 0 || connect(server, (const struct sockaddr *)&a, sizeof a) < 0)
        _exit(1);
    for (;;) {
        struct pollfd fds[2] = {{.fd = client, .events = POLLIN},
                                {.fd = server, .events = POLLIN}};

        if (poll(fds, 2, -1) < 0)
            break;
        if (up == 0 && stall) {
            (void)pause();
            break;
        }
        if (fds[1].revents && !pass(server, client, &down))
            break;
        if (fds[0].revents && !pass(client, server, &up))
            break;
    }
    /* reset to the client; the server end is left open a while, as after a real cut */
    (void)setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    (void)close(client);
    if (up == 0)
        (void)sleep(3);
    _exit(0);
}

int main(int argc, char **argv)
{
    struct sockaddr_in a = local(0);
    socklen_t len = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int next = 2;

    if (argc < 2 || listener < 0 ||
        bind(listener, (const struct sockaddr *)&a, sizeof a) < 0 ||
        listen(listener, 16) < 0 ||
        getsockname(listener, (struct sockaddr *)&a, &len) < 0)
        return 2;
    (void)printf("%u\n", (unsigned)ntohs(a.sin_port));
    (void)fflush(stdout);
    for (;;) {
        struct pollfd fds[2] = {{.fd = listener, .events = POLLIN},
                                {.fd = STDIN_FILENO, .events = POLLIN}};
        char end;
        int client;

        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (poll(fds, 2, -1) < 0 ||
            (fds[1].revents && read(STDIN_FILENO, &end, 1) <= 0))
            break;
        if (!fds[0].revents || (client = accept(listener, NULL, NULL)) < 0)
            continue;
        if (fork() == 0) {
            const char *word = next < argc ? argv[next] : NULL;
            bool stall = word && strncmp(word, "stall:", 6) == 0;

            (void)close(listener);
            (void)close(STDIN_FILENO);
            serve(client, (uint16_t)number(argv[1]),
                  word ? number(stall ? word + 6 : word) : INT64_MAX, stall);
        }
        (void)close(client);
        next += next < argc;
    }
    (void)signal(SIGTERM, SIG_IGN);
    (void)kill(0, SIGTERM); /* our own group: the children of this relay */
    return 0;
}
