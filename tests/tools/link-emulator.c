/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link-emulator A B [WORD=VALUE]...: a bad line between the network namespaces
 * /run/netns/A (below) and /run/netns/B (above), for kernels without netem: a TUN
 * device "line" in each, and this process between them. Needs root; the caller gives
 * addresses (tests/tools/link.sh).
 *
 *      up=KBIT down=KBIT   rate each way (8000)
 *      delay=MS            one way, beside the time on the wire (0)
 *      loss=N              packets lost of a thousand (0)
 *      queue=MS            a packet that would wait longer for the wire is lost (300)
 *      cut=stall|reset|drop   what becomes of a TCP connection that is older than a
 * cut: nothing; each of its packets is answered with a reset; each is dropped in
 * silence (a translator or firewall that forgot) on=MS off=MS        the line is up,
 * then cut, over and over, beginning with the first packet; on=0 (as given at first):
 * never cut jitter=PERCENT      each time of "on" is drawn from so much around it (0)
 *      seed=N              of loss and jitter; each way has its own row of numbers, so
 *                          the n-th packet of a way has the same fate in every run
 *      seconds=N           ends by itself (3600)
 *      stats=FILE          written at the end, "word number" a line (below)
 *
 * Prints "ready". Ends by SIGTERM, SIGINT, with its parent, or when its time is over.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/base/num.h"

#define NS_PER_MS  INT64_C(1000000)
#define NS_PER_S   INT64_C(1000000000)
#define RING       16384 /* packets under way in one direction */
#define PACKET_MAX 2048  /* above the MTU of a TUN device */
#define BURST      64    /* packets taken at once */
#define PORTS      65536
#define NO_FLOW    UINT32_MAX
#define IDLE_NS    (NS_PER_S / 5) /* how late the end is noticed at most */

enum fate { STALL, RESET, DROP };

struct opts {
    int64_t up_kbit, down_kbit, delay_ms, loss, queue_ms;
    int64_t on_ms, off_ms, jitter, seed, seconds;
    enum fate cut;
    const char *stats;
};

struct packet {
    int64_t at; /* when it comes out */
    size_t len;
    unsigned char bytes[];
};

/* One direction. */
struct way {
    int in, out;
    int64_t kbit;
    uint64_t random;
    int64_t wire_free; /* when the last one is on its way */
    size_t head, count;
    struct packet *ring[RING];
    int64_t bytes, packets;             /* came in, resets of ours not counted */
    int64_t delivered, lost, late, cut; /* packets; late: the queue was full */
    int64_t last_payload, gap;          /* ns between two deliveries of TCP payload */
};

struct emulator {
    struct opts o;
    struct way way[2]; /* from A to B, from B to A */
    uint32_t *flow;    /* [port of A]: the cut after which it was opened */
    uint32_t cuts;     /* so far */
    bool up, begun;    /* begun: a packet came */
    int64_t turn;      /* next cut, or end of one */
    uint64_t random;   /* for jitter */
    int64_t forgot;    /* packets of connections older than a cut */
};

static volatile sig_atomic_t ended;

static void end(int sig)
{
    (void)sig;
    ended = 1;
}

static void die(const char *what)
{
    (void)fprintf(stderr, "link-emulator: %s: %s\n", what, strerror(errno));
    exit(2);
}

static int64_t now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* xorshift64*, Vigna 2014: 0 … below @n. */
static int64_t draw(uint64_t *state, int64_t n)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (int64_t)((*state * UINT64_C(2685821657736338717) >> 33) % (uint64_t)n);
}

/* splitmix64: seeds that lie side by side give rows that have nothing in common. */
static uint64_t row(int64_t seed, uint64_t which)
{
    uint64_t z = (uint64_t)seed + which * UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return z ? z : 1;
}

/* ---- what was asked for ------------------------------------------------------------
 */

static void usage(const char *word)
{
    (void)fprintf(stderr, "link-emulator A B [WORD=VALUE]...: %s?\n", word);
    exit(2);
}

static bool take_cut(const char *value, enum fate *out)
{
    static const char *const names[] = {"stall", "reset", "drop"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(value, names[i]) == 0) {
            *out = (enum fate)i;
            return true;
        }
    return false;
}

static bool take_number(struct opts *o, const char *word, size_t len, const char *value)
{
    const struct {
        const char *word;
        int64_t *to, min, max;
    } known[] = {
        {"up", &o->up_kbit, 1, 1000000},   {"down", &o->down_kbit, 1, 1000000},
        {"delay", &o->delay_ms, 0, 10000}, {"loss", &o->loss, 0, 1000},
        {"queue", &o->queue_ms, 1, 60000}, {"on", &o->on_ms, 0, 3600000},
        {"off", &o->off_ms, 1, 3600000},   {"jitter", &o->jitter, 0, 90},
        {"seed", &o->seed, 0, INT32_MAX},  {"seconds", &o->seconds, 1, 86400},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strlen(known[i].word) == len && strncmp(known[i].word, word, len) == 0)
            return num_parse(value, known[i].min, known[i].max, known[i].to);
    return false;
}

static void take_opts(struct opts *o, int argc, char **argv)
{
    *o = (struct opts){.up_kbit = 8000,
                       .down_kbit = 8000,
                       .queue_ms = 300,
                       .off_ms = 1000,
                       .seconds = 3600};
    if (argc < 3)
        usage("namespaces");
    for (int i = 3; i < argc; i++) {
        size_t len = strcspn(argv[i], "=");
        const char *value = argv[i] + len + (argv[i][len] == '=');

        if (strncmp(argv[i], "stats=", 6) == 0)
            o->stats = value;
        else if (strncmp(argv[i], "cut=", 4) == 0) {
            if (!take_cut(value, &o->cut))
                usage(argv[i]);
        } else if (!take_number(o, argv[i], len, value))
            usage(argv[i]);
    }
}

/* The device goes into the namespace in which it is made; this process stays in the
 * last one, which is no matter: it has no other sockets. */
static int open_tun(const char *name)
{
    char path[256];
    struct ifreq want;
    int ns = -1, tun = -1;

    (void)snprintf(path, sizeof path, "/run/netns/%s", name);
    ns = open(path, O_RDONLY | O_CLOEXEC);
    if (ns < 0 || setns(ns, CLONE_NEWNET) < 0)
        die(path);
    (void)close(ns);
    tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun < 0)
        die("/dev/net/tun");
    memset(&want, 0, sizeof want);
    want.ifr_flags = IFF_TUN | IFF_NO_PI;
    (void)snprintf(want.ifr_name, sizeof want.ifr_name, "line");
    if (ioctl(tun, TUNSETIFF, &want) < 0)
        die("TUNSETIFF");
    return tun;
}

/* ---- packets ------------------------------------------------------------------------
 */

/* The TCP header of an IPv4 packet, NULL: it is none, or a fragment. */
static const unsigned char *tcp_of(const unsigned char *p, size_t len)
{
    size_t head = (size_t)(p[0] & 15) * 4;

    if (p[9] != IPPROTO_TCP || len < head + 20 || (p[6] & 0x1f) || p[7])
        return NULL;
    return p + head;
}

static size_t payload_of(const unsigned char *p, size_t len)
{
    const unsigned char *tcp = tcp_of(p, len);
    size_t heads = tcp ? (size_t)(tcp - p) + (size_t)(tcp[12] >> 4) * 4 : len;

    return heads < len ? len - heads : 0;
}

static uint16_t port_at(const unsigned char *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/*
 * Is this the packet of a connection that was opened before the last cut? A connection
 * is known by the port of its end below: there is one server above.
 */
static bool is_forgotten(struct emulator *m, int dir, const unsigned char *p,
                         size_t len)
{
    const unsigned char *tcp = tcp_of(p, len);
    uint16_t port = 0;

    if (!tcp)
        return false;
    port = port_at(dir == 0 ? tcp : tcp + 2);
    if (dir == 0 && (tcp[13] & TH_SYN))
        m->flow[port] = m->cuts;
    return m->o.cut != STALL && m->flow[port] != m->cuts;
}

/* Internet checksum over @len bytes, going on from @sum. */
static uint16_t checksum(uint32_t sum, const unsigned char *p, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void put16(unsigned char *p, uint16_t v)
{
    p[0] = (unsigned char)(v >> 8);
    p[1] = (unsigned char)v;
}

/* A reset as the end over there would send it: its number is the one that is waited for
 * (RFC 9293, 3.10.7.1; a segment without ACK is not answered here). */
static void send_reset(int fd, const unsigned char *p, const unsigned char *tcp)
{
    unsigned char r[40] = {0x45, 0, 0, 40, 0, 0, 0, 0, 64, IPPROTO_TCP};

    assert(tcp);
    if ((tcp[13] & TH_RST) || !(tcp[13] & TH_ACK))
        return;
    memcpy(r + 12, p + 16, 4);
    memcpy(r + 16, p + 12, 4);
    put16(r + 10, checksum(0, r, 20));
    memcpy(r + 20, tcp + 2, 2);
    memcpy(r + 22, tcp, 2);
    memcpy(r + 24, tcp + 8, 4);
    r[32] = 5 << 4;
    r[33] = TH_RST;
    /* The pseudo header: both addresses, protocol, length. */
    put16(r + 36, checksum(IPPROTO_TCP + 20, r + 12, 28));
    if (write(fd, r, sizeof r) < 0)
        return; /* its device is full: the next packet is answered again */
}

static void enter(struct emulator *m, int dir, const unsigned char *p, size_t len,
                  int64_t t)
{
    struct way *w = &m->way[dir];
    bool lost = draw(&w->random, 1000) < m->o.loss; /* drawn always: one a packet */
    int64_t start = w->wire_free > t ? w->wire_free : t;
    struct packet *q = NULL;

    w->bytes += (int64_t)len;
    w->packets++;
    if (!m->begun) {
        m->begun = true;
        m->turn = t + m->o.on_ms * NS_PER_MS;
    }
    if (!m->up) {
        w->cut++;
    } else if (is_forgotten(m, dir, p, len)) {
        m->forgot++;
        if (m->o.cut == RESET)
            send_reset(w->in, p, tcp_of(p, len));
    } else if (lost) {
        w->lost++;
    } else if (start - t > m->o.queue_ms * NS_PER_MS || w->count == RING) {
        w->late++;
    } else {
        q = mem_new(1, sizeof *q + len);
        w->wire_free = start + (int64_t)len * 8 * NS_PER_MS / w->kbit;
        q->at = w->wire_free + m->o.delay_ms * NS_PER_MS;
        q->len = len;
        memcpy(q->bytes, p, len);
        w->ring[(w->head + w->count++) % RING] = q;
    }
}

static void note_payload(struct way *w, const struct packet *q, int64_t t)
{
    if (payload_of(q->bytes, q->len) == 0)
        return;
    if (w->last_payload && t - w->last_payload > w->gap)
        w->gap = t - w->last_payload;
    w->last_payload = t;
}

static struct packet *take_first(struct way *w)
{
    struct packet *q = w->ring[w->head];

    w->head = (w->head + 1) % RING;
    w->count--;
    return q;
}

static void deliver(struct way *w, int64_t t)
{
    while (w->count && w->ring[w->head]->at <= t) {
        struct packet *q = take_first(w);

        if (write(w->out, q->bytes, q->len) == (ssize_t)q->len) {
            w->delivered++;
            note_payload(w, q, t);
        }
        mem_free(q);
    }
}

/* ---- cuts
 * ----------------------------------------------------------------------------- */

static int64_t next_on(struct emulator *m)
{
    int64_t on = m->o.on_ms, span = on * m->o.jitter / 100;

    return (on - span + draw(&m->random, 2 * span + 1)) * NS_PER_MS;
}

/* What is under way when the line breaks is gone. */
static void drop_all(struct way *w)
{
    while (w->count) {
        mem_free(take_first(w));
        w->cut++;
    }
    w->wire_free = 0;
}

static void turn(struct emulator *m, int64_t t)
{
    while (m->o.on_ms && m->begun && t >= m->turn) {
        m->up = !m->up;
        m->turn += m->up ? next_on(m) : m->o.off_ms * NS_PER_MS;
        if (m->up)
            continue;
        m->cuts++;
        drop_all(&m->way[0]);
        drop_all(&m->way[1]);
    }
}

/* ---- the whole ----------------------------------------------------------------------
 */

static int64_t next_event(const struct emulator *m, int64_t t, int64_t last)
{
    int64_t at = t + IDLE_NS;

    for (int dir = 0; dir < 2; dir++) {
        const struct way *w = &m->way[dir];

        if (w->count && w->ring[w->head]->at < at)
            at = w->ring[w->head]->at;
    }
    if (m->o.on_ms && m->begun && m->turn < at)
        at = m->turn;
    return at < last ? at : last;
}

static void take_in(struct emulator *m, int dir)
{
    unsigned char buf[PACKET_MAX];

    for (int i = 0; i < BURST; i++) {
        ssize_t n = read(m->way[dir].in, buf, sizeof buf);

        if (n < 0 && errno != EAGAIN && errno != EINTR)
            die("read");
        if (n <= 0)
            return;
        if (n >= 20 && buf[0] >> 4 == 4) /* IPv6 is not carried */
            enter(m, dir, buf, (size_t)n, now());
    }
}

static void run(struct emulator *m)
{
    int64_t t = now(), last = t + m->o.seconds * NS_PER_S;

    while (!ended && t < last) {
        struct pollfd fds[2] = {{.fd = m->way[0].in, .events = POLLIN},
                                {.fd = m->way[1].in, .events = POLLIN}};
        int64_t wait = next_event(m, t, last) - t;
        struct timespec ts = {.tv_nsec = wait > 0 ? wait : 0}; /* IDLE_NS at most */
        int rc = ppoll(fds, 2, &ts, NULL);

        if (rc < 0 && errno != EINTR)
            die("poll");
        t = now();
        turn(m, t);
        for (int dir = 0; dir < 2; dir++) {
            if (rc > 0 && fds[dir].revents)
                take_in(m, dir);
            deliver(&m->way[dir], t);
        }
        t = now();
    }
}

static void tell(const struct emulator *m)
{
    static const char *const names[] = {"up", "down"};
    FILE *f = m->o.stats ? fopen(m->o.stats, "w") : stdout;

    if (!f)
        die(m->o.stats);
    for (int dir = 0; dir < 2; dir++) {
        const struct way *w = &m->way[dir];
        const struct {
            const char *word;
            int64_t n;
        } lines[] = {
            {"bytes", w->bytes},
            {"packets", w->packets},
            {"delivered", w->delivered},
            {"lost", w->lost},
            {"late", w->late},
            {"cut", w->cut},
            {"gap_ms", w->gap / NS_PER_MS},
        };

        for (size_t i = 0; i < ARRAY_LEN(lines); i++)
            (void)fprintf(f, "%s_%s %lld\n", names[dir], lines[i].word,
                          (long long)lines[i].n);
    }
    (void)fprintf(f, "cuts %u\nforgot %lld\n", m->cuts, (long long)m->forgot);
    if (fflush(f) != 0)
        die("statistics");
}

int main(int argc, char **argv)
{
    struct emulator *m = mem_new(1, sizeof *m);
    struct sigaction stop = {.sa_handler = end};

    take_opts(&m->o, argc, argv);
    m->up = true;
    m->random = row(m->o.seed, 3);
    m->flow = mem_new(PORTS, sizeof *m->flow);
    for (size_t i = 0; i < PORTS; i++)
        m->flow[i] = NO_FLOW;
    m->way[0] = (struct way){
        .in = open_tun(argv[1]), .kbit = m->o.up_kbit, .random = row(m->o.seed, 1)};
    m->way[1] = (struct way){
        .in = open_tun(argv[2]), .kbit = m->o.down_kbit, .random = row(m->o.seed, 2)};
    m->way[0].out = m->way[1].in;
    m->way[1].out = m->way[0].in;
    if (sigaction(SIGTERM, &stop, NULL) < 0 || sigaction(SIGINT, &stop, NULL) < 0 ||
        prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
        die("signals");
    (void)puts("ready");
    (void)fflush(stdout);
    run(m);
    tell(m);
    return 0;
}
