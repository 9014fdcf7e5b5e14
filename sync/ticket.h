/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_TICKET_H
#define SOHOA_SYNC_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/sign.h"

struct err;
struct str;

/*
 * How a node shows over HTTPS who it is: each request is signed with its own key, the
 * one that signs its bundles. What is signed (README.md):
 *
 *      sohoa-https 1
 *      to <name of the upper tier>
 *      node <who asks>
 *      ticket <80 hex digits>      from the upper tier, for an hour
 *      number <n>                  larger in each request with this ticket
 *      at <n>                      of a piece of a request file; "-": not a piece
 *      length <n>                  of the body
 *      body <64 hex digits>        its SHA-256; "-" for a piece, whose request is named
 *      command <…>                 by its own SHA-256 here
 *
 * A ticket is time, random bytes and a seal that only its giver can make, so giving one
 * costs no memory; once a number came in with it the giver remembers the highest. A
 * request that is played again, to the same tier or another, is refused.
 */
#define TICKET_MAX      81 /* 80 hex digits and NUL */
#define TICKET_RANDOM   16 /* where the random part begins, */
#define TICKET_SEAL     48 /* and the seal */
#define TICKET_S        INT64_C(3600)
#define TICKET_SECRET   32
#define TICKET_PROOF    (2 * SIGN_BYTES + 1)
#define TICKET_NUMBER   INT64_C(1000000000)
#define TICKET_TEXT_MAX ((size_t)1024)

struct ticket_call { /* all borrowed */
    const char *to, *node, *ticket;
    int64_t number;
    int64_t at; /* -1: none */
    int64_t length;
    const char *body; /* hex digits or "-" */
    const char *command;
};

/** ticket_text - what is signed, appended. */
void ticket_text(const struct ticket_call *c, struct str *out);
/** ticket_sign - the signature as hex digits. */
void ticket_sign(const struct ticket_call *c, const struct sign_secret *key,
                 char proof[TICKET_PROOF]);
/** ticket_proves - whether @proof is that of the owner of @key. */
bool ticket_proves(const struct ticket_call *c, const struct sign_public *key,
                   const char *proof);

/** ticket_make - a new one. @now_s: seconds of clock_mono_ms(): the wall clock may be
 * set. */
MUST_CHECK int ticket_make(const unsigned char secret[TICKET_SECRET], int64_t now_s,
                           char out[TICKET_MAX], struct err *e);
/** ticket_holds - made with @secret, and not longer than TICKET_S ago. */
bool ticket_holds(const unsigned char secret[TICKET_SECRET], int64_t now_s,
                  const char *ticket);
/**
 * ticket_use - take @number of @ticket, once. @folder: where numbers are remembered, a
 * file each ticket; what is older than TICKET_S may go. Only for a request that is
 * proven.
 * Return: 1 taken, 0 it or a later one was taken before, -1 and @e.
 */
MUST_CHECK int ticket_use(const char *folder, const char *ticket, int64_t number,
                          struct err *e);

#endif
