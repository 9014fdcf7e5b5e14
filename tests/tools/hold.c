/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/num.h"

/*
 * hold PORT COUNT SECONDS [ADDRESS]: so many connections to 127.0.0.1, held all the
 * time: a third says nothing, a third drips a head, a third drips the body of a login,
 * a byte every half second each. With ADDRESS, to there: two thirds drip the greeting
 * of TLS instead. One that is cut off is made anew at once. Prints "holding" when all
 * were made once, at the end how often one was made.
 */
#define COUNT_MAX 1000
#define DRIP_MS   500

static int fds[COUNT_MAX];

#define GREETING "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"

static void begin(size_t i, int port, const char *address)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char text[512] = "";

    if (address && inet_pton(AF_INET, address, &a.sin_addr) != 1)
        return;
    fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fds[i] < 0 ||
        (connect(fds[i], (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS))
        return;
    if (address) {
        if (i % 3)
            (void)send(fds[i], GREETING, sizeof GREETING - 1, MSG_NOSIGNAL);
        return;
    }
    if (i % 3 == 1)
        (void)snprintf(text, sizeof text,
                       "GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX: ", port);
    if (i % 3 == 2)
        (void)snprintf(text, sizeof text,
                       "POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: "
                       "http://127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                       "Content-Length: 60000\r\n\r\n{",
                       port, port);
    (void)send(fds[i], text, strlen(text), MSG_NOSIGNAL);
}

/* Whether it is still open; a drip is a try. */
static int lives(size_t i)
{
    char away[4096];
    ssize_t n = recv(fds[i], away, sizeof away, MSG_DONTWAIT);

    if (n == 0 || (n < 0 && errno != EAGAIN))
        return 0;
    return i % 3 == 0 || send(fds[i], "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ||
           errno == EAGAIN;
}

int main(int argc, char **argv)
{
    int64_t port = 0, count = 0, seconds = 0, end_ms = 0;
    long made = 0;

    if (argc < 4 || argc > 5 || !num_parse(argv[1], 1, 65535, &port) ||
        !num_parse(argv[2], 1, COUNT_MAX, &count) ||
        !num_parse(argv[3], 1, 3600, &seconds)) {
        (void)fprintf(stderr, "hold PORT COUNT SECONDS [ADDRESS]\n");
        return 2;
    }
    for (size_t i = 0; i < (size_t)count; i++)
        begin(i, (int)port, argv[4]);
    made = (long)count;
    (void)printf("holding\n");
    (void)fflush(stdout);
    end_ms = clock_mono_ms() + seconds * 1000;
    while (clock_mono_ms() < end_ms) {
        for (size_t i = 0; i < (size_t)count; i++)
            if (!lives(i)) {
                (void)close(fds[i]);
                begin(i, (int)port, argv[4]);
                made++;
            }
        clock_sleep_ms(DRIP_MS);
    }
    (void)printf("made %ld\n", made);
    return 0;
}
