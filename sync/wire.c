/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/wire.h"

#include <linux/inet_diag.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
#define HURRY_MS     1000 /* the least that it takes */
#define HURRY_MAX_MS 20000
#define QUIET_MS     40
#define US_PER_MS    1000
#define GAIN_OPENING                                                                   \
    512 /* of 256ths: above all but the startup (739), draft-cardwell */

void wire_init(struct wire *w, int fd)
{
    *w = (struct wire){.fd = fd};
}

/* Kernels tell more and more there; what is needed here, all since 4.6. */
static bool ask(int fd, struct tcp_info *t)
{
    socklen_t len = sizeof *t;

    memset(t, 0, sizeof *t);
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, t, &len) == 0 &&
           len >= offsetof(struct tcp_info, tcpi_notsent_bytes) +
                      sizeof t->tcpi_notsent_bytes;
}

static int64_t positive(int64_t n)
{
    return n > 0 ? n : 0;
}

/* Acknowledgements of a busy line come one after the other. */
static bool is_quiet(const struct tcp_info *t)
{
    unsigned usual_ms = t->tcpi_rtt / US_PER_MS / 4;

    return t->tcpi_unacked > 0 &&
           t->tcpi_last_ack_recv > (usual_ms > QUIET_MS ? usual_ms : QUIET_MS);
}

/* Only BBR's report has this length (Vegas and DCTCP: 16). */
static bool is_opening(int fd)
{
    union tcp_cc_info info;
    socklen_t len = sizeof info;

    memset(&info, 0, sizeof info);
    return getsockopt(fd, IPPROTO_TCP, TCP_CC_INFO, &info, &len) == 0 &&
           len == sizeof info.bbr && info.bbr.bbr_pacing_gain > GAIN_OPENING;
}

bool wire_look(struct wire *w, int64_t given, struct wire_seen *out)
{
    struct tcp_info t;
    int64_t acked, written;
    int queued = 0;

    if (w->fd < 0 || !ask(w->fd, &t) || ioctl(w->fd, SIOCOUTQ, &queued) < 0)
        return false;
    acked = (int64_t)t.tcpi_bytes_acked;
    written = acked + queued;
    if (!w->seen || written - given > w->extra)
        w->extra = written - given;
    w->seen = true;
    out->open = positive(given + w->extra - acked);
    out->unsent = positive(given + w->extra - written) + t.tcpi_notsent_bytes;
    out->quiet = is_quiet(&t);
    out->opening = is_opening(w->fd);
    return true;
}

void wire_hurry(const struct wire *w)
{
    struct tcp_info t;
    unsigned ms = HURRY_MS;

    if (w->fd < 0 || !ask(w->fd, &t))
        return;
    if (t.tcpi_rtt / US_PER_MS * 2 > ms)
        ms = t.tcpi_rtt / US_PER_MS * 2;
    if (ms > HURRY_MAX_MS)
        return;
    (void)setsockopt(w->fd, IPPROTO_TCP, TCP_RTO_MAX_MS, &ms, sizeof ms);
}
