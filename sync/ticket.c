/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/ticket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"

#define SEAL_HEX   (TICKET_MAX - 1 - TICKET_SEAL)
#define NUMBER_MAX 24

/* ---- what is signed ---------------------------------------------------------------
 */

void ticket_text(const struct ticket_call *c, struct str *out)
{
    str_addf(out, "sohoa-https 1\nto %s\nnode %s\nticket %s\nnumber %lld\n", c->to,
             c->node, c->ticket, (long long)c->number);
    if (c->at < 0)
        str_add(out, "at -\n");
    else
        str_addf(out, "at %lld\n", (long long)c->at);
    str_addf(out, "length %lld\nbody %s\ncommand %s\n", (long long)c->length, c->body,
             c->command);
}

void ticket_sign(const struct ticket_call *c, const struct sign_secret *key,
                 char proof[TICKET_PROOF])
{
    AUTO_STR struct str text = STR_INIT(TICKET_TEXT_MAX);
    unsigned char sig[SIGN_BYTES];

    ticket_text(c, &text);
    sign_bytes(key, str_text(&text), text.len, sig);
    hash_hex(sig, sizeof sig, proof);
}

bool ticket_proves(const struct ticket_call *c, const struct sign_public *key,
                   const char *proof)
{
    AUTO_STR struct str text = STR_INIT(TICKET_TEXT_MAX);
    unsigned char sig[SIGN_BYTES];

    ticket_text(c, &text);
    return !text.over && hash_unhex(proof, sig, sizeof sig) &&
           sign_bytes_ok(key, str_text(&text), text.len, sig);
}

/* ---- tickets ----------------------------------------------------------------------
 */

/* SHA-256 over the secret and a text of fixed length: nothing can be added to it. */
static void seal(const unsigned char secret[TICKET_SECRET], const char *ticket,
                 char hex[HASH_HEX])
{
    AUTO_HASH struct hash *h = hash_new();

    hash_add(h, secret, TICKET_SECRET);
    hash_add(h, ticket, TICKET_SEAL);
    hash_end(h, hex);
}

int ticket_make(const unsigned char secret[TICKET_SECRET], int64_t now_s,
                char out[TICKET_MAX], struct err *e)
{
    unsigned char random[(TICKET_SEAL - TICKET_RANDOM) / 2];
    char hex[HASH_HEX];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return err_sys(e, ERR_READ, "%s", "random bytes");
    (void)snprintf(out, TICKET_MAX, "%016llx", (unsigned long long)now_s);
    hash_hex(random, sizeof random, out + TICKET_RANDOM);
    seal(secret, out, hex);
    (void)snprintf(out + TICKET_SEAL, TICKET_MAX - TICKET_SEAL, "%.*s", SEAL_HEX, hex);
    return 0;
}

/* In a time that does not tell how far they are alike. */
static bool same(const char *a, const char *b, size_t len)
{
    unsigned char differs = 0;

    for (size_t i = 0; i < len; i++)
        differs = (unsigned char)(differs | (unsigned char)(a[i] ^ b[i]));
    return differs == 0;
}

bool ticket_holds(const unsigned char secret[TICKET_SECRET], int64_t now_s,
                  const char *ticket)
{
    unsigned char raw[TICKET_RANDOM / 2];
    char hex[HASH_HEX], head[TICKET_RANDOM + 1];
    uint64_t made = 0;

    if (!hash_is_hex(ticket, TICKET_MAX - 1))
        return false;
    seal(secret, ticket, hex);
    if (!same(hex, ticket + TICKET_SEAL, SEAL_HEX))
        return false;
    (void)snprintf(head, sizeof head, "%s", ticket);
    if (!hash_unhex(head, raw, sizeof raw))
        return false;
    for (size_t i = 0; i < sizeof raw; i++)
        made = made << 8 | raw[i];
    return made <= (uint64_t)now_s && (uint64_t)now_s - made <= (uint64_t)TICKET_S;
}

/* ---- numbers ----------------------------------------------------------------------
 */

static int wait_for_turn(int fd, const char *path, struct err *e)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    while (fcntl(fd, F_OFD_SETLKW, &all) < 0)
        if (errno != EINTR)
            return err_sys(e, ERR_LOCKED, "%s", path);
    return 0;
}

int ticket_use(const char *folder, const char *ticket, int64_t number, struct err *e)
{
    AUTO_MEM char *path =
        fs_pathf(folder, "%.*s", TICKET_SEAL - TICKET_RANDOM, ticket + TICKET_RANDOM);
    AUTO_FD int fd = fs_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600, e);
    char text[NUMBER_MAX] = "";
    int64_t last = 0;
    int len;

    if (fd < 0 || wait_for_turn(fd, path, e) < 0)
        return -1;
    if (pread(fd, text, sizeof text - 1, 0) < 0)
        return err_sys(e, ERR_READ, "%s", path);
    if (text[0] && !num_parse(text, 0, TICKET_NUMBER, &last))
        return err_set(e, ERR_READ, "%s", path);
    if (number <= last)
        return 0;
    /* Ten digits: a later one covers all of an earlier one. It need not survive the
     * machine: tickets do not. */
    len = snprintf(text, sizeof text, "%010lld", (long long)number);
    if (fs_write_all(fd, text, (size_t)len, path, e) < 0)
        return -1;
    return 1;
}
