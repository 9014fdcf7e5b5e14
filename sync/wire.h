/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_WIRE_H
#define SOHOA_SYNC_WIRE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How much of what was given to ssh the kernel at the other end has not got yet, known
 * from the TCP connection under it: sooner than the other end can say so, and whatever
 * becomes of the packets in which it does.
 *
 * The connection carries more bytes than were given to ssh: its handshake, 30 to 60 for
 * each packet, other channels. What all those are is seen whenever ssh has nothing left
 * in its buffers, as written to the connection - given to ssh; while it has, the
 * difference is smaller. So the largest difference up to now is taken. What is
 * acknowledged is acknowledged in order: the other sshd reads it also when the
 * connection breaks.
 */
struct wire {
    int fd;        /* borrowed; -1: not known, then nothing is known */
    bool seen;     /* once at least */
    int64_t extra; /* bytes on the connection that are none of ours */
};

/** wire_init - @fd: the TCP socket, borrowed; -1: there is none to look at. */
void wire_init(struct wire *w, int fd);
/** What the kernels know of the bytes that were given to ssh. */
struct wire_seen {
    int64_t open;   /* not acknowledged by the other one, those below included */
    int64_t unsent; /* never left this one */
    bool quiet;     /* bytes are under way, and it was silent for longer than usual */
    bool opening;   /* BBR has not found yet how much the line carries (its startup) */
};

/** wire_look - look, @given bytes after wire_init(). False: it cannot be known. */
bool wire_look(struct wire *w, int64_t given, struct wire_seen *out);

/**
 * wire_hurry - nothing came for a while: from now on the kernel asks again every
 * second, or every two round trips if those are longer, instead of after 3, 6, 12 s.
 * Who comes back after an outage is then heard at once, with the connection that was
 * there. A wish: kernels before 6.15 wait as ever.
 */
void wire_hurry(const struct wire *w);

#endif
