/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/challenge.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/line.h"
#include "sync/receive.h"

#define CHUNK      ((size_t)1 << 16)
#define WORD_MAX   ((size_t)256)
#define WAITS_MAX  10000 /* 5 s each: hours of reading */
#define COPIES_MAX 1000

int challenge_nonce(char nonce[HASH_HEX], struct err *e)
{
    unsigned char raw[HASH_LEN];

    if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
        return err_sys(e, ERR_READ, "getrandom");
    hash_hex(raw, sizeof raw, nonce);
    return 0;
}

int challenge_proof(int fd, const char *name, const char *nonce, challenge_tick *tick,
                    void *ctx, char proof[HASH_HEX], struct err *e)
{
    AUTO_MEM char *buf = mem_new(1, CHUNK);
    AUTO_HASH struct hash *h = hash_new();
    unsigned char raw[HASH_LEN];

    if (!hash_unhex(nonce, raw, sizeof raw))
        return err_set(e, ERR_USAGE, "nonce");
    hash_add(h, raw, sizeof raw);
    for (;;) {
        ssize_t n = fs_read_some(fd, buf, CHUNK, name, e);

        if (n < 0)
            return -1;
        if (n == 0)
            break;
        hash_add(h, buf, (size_t)n);
        if (tick && tick(ctx, e) < 0)
            return -1;
    }
    hash_end(h, proof);
    return 0;
}

static int nonsense(struct err *e, const char *line)
{
    err_set(e, ERR_UPSTREAM, "prove");
    return err_detail(e, "%.100s", line);
}

/* "proof <64 hex> <copies>". */
static int take_proof(const char *text, const char *want, int64_t *copies,
                      struct err *e)
{
    char said[HASH_HEX];

    if (!str_starts(text, "proof ") || strlen(text) < 6 + HASH_HEX ||
        text[6 + HASH_HEX - 1] != ' ' ||
        !num_parse(text + 6 + HASH_HEX, 0, COPIES_MAX, copies))
        return nonsense(e, text);
    memcpy(said, text + 6, HASH_HEX - 1);
    said[HASH_HEX - 1] = '\0';
    if (!hash_is_hex(said, HASH_HEX - 1))
        return nonsense(e, text);
    return strcmp(said, want) == 0;
}

static int hear(struct proc *p, const struct line *l, const char *want, int64_t *copies,
                struct err *e)
{
    for (int waits = 0; waits < WAITS_MAX; waits++) {
        AUTO_STR struct str line = STR_INIT(WORD_MAX);
        int rc = line_text(p->out, &line, l->idle_ms, e);

        if (rc <= 0)
            return rc < 0 ? -1 : err_set(e, ERR_LINE, "%s", "line closed");
        if (strcmp(str_text(&line), "wait") == 0)
            continue;
        if (strcmp(str_text(&line), "absent") == 0)
            return 0;
        if (receive_bad(str_text(&line), e) != ERR_NONE)
            return -1;
        return take_proof(str_text(&line), want, copies, e);
    }
    return err_set(e, ERR_TIMEOUT, "prove");
}

int challenge_ask(const struct line *l, const char *hex, int fd, int64_t *copies,
                  struct err *e)
{
    AUTO_PROC struct proc p = PROC_INIT;
    AUTO_MEM char *command = NULL;
    char nonce[HASH_HEX], want[HASH_HEX];
    struct err why = ERR_INIT;
    int rc;

    *copies = 0;
    if (challenge_nonce(nonce, e) < 0 ||
        challenge_proof(fd, hex, nonce, NULL, NULL, want, e) < 0)
        return -1;
    command = mem_printf("prove %s %s", hex, nonce);
    if (line_start(l, command, &p, e) < 0)
        return -1;
    rc = hear(&p, l, want, copies, e);
    if (rc >= 0 || e->code != ERR_LINE || stop_requested())
        return rc;
    line_failed(l, &p, &why);
    *e = why;
    return -1;
}
