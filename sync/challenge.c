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
#include "node/base/sign.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/line.h"
#include "sync/receive.h"

#define CHUNK      ((size_t)1 << 16)
#define WORD_MAX   ((size_t)300)
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

/* ---- the same, signed -------------------------------------------------------------
 */

/* What is signed begins as nothing else that is: for this node, object and nonce. */
static void signed_text(const struct challenge *c, const char *proof, int64_t copies,
                        struct str *out)
{
    str_addf(out,
             "sohoa-proof 1\nnode %s\nobject %s\nnonce %s\nproof %s\ncopies %lld\n",
             c->node, c->hex, c->nonce, proof, (long long)copies);
}

void challenge_sign(const struct challenge *c, const char *proof, int64_t copies,
                    const struct sign_secret *key, struct str *out)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    unsigned char sig[SIGN_BYTES];
    char hex[2 * SIGN_BYTES + 1];

    signed_text(c, proof, copies, &text);
    sign_bytes(key, str_text(&text), text.len, sig);
    hash_hex(sig, sizeof sig, hex);
    str_addf(out, "signed %s %lld %s\n", proof, (long long)copies, hex);
}

bool challenge_signed(const struct challenge *c, const char *line, const char *proof,
                      const struct sign_public *key, int64_t *copies)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    char copy[WORD_MAX], *words[4], *rest = NULL;
    unsigned char sig[SIGN_BYTES];
    size_t n = 0;

    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *w = strtok_r(copy, " \n", &rest); w && n < ARRAY_LEN(words);
         w = strtok_r(NULL, " \n", &rest))
        words[n++] = w;
    if (n != ARRAY_LEN(words) || strcmp(words[0], "signed") != 0 ||
        strcmp(words[1], proof) != 0 || !num_parse(words[2], 0, COPIES_MAX, copies) ||
        !hash_unhex(words[3], sig, sizeof sig))
        return false;
    signed_text(c, proof, *copies, &text);
    return sign_bytes_ok(key, str_text(&text), text.len, sig);
}

/* ---- asking -----------------------------------------------------------------------
 */

/* Behind a hub a bare word proves nothing: the hub itself has the object. */
static int take_answer(const struct challenge_way *w, const struct challenge *c,
                       const char *line, const char *want, int64_t *copies,
                       struct err *e)
{
    if (str_starts(line, "signed "))
        return challenge_signed(c, line, want, w->key, copies);
    return w->relayed ? 0 : take_proof(line, want, copies, e);
}

/* The line that is no "wait". 1, -1. */
static int hear_last(struct proc *p, const struct line *l, int out, struct str *line,
                     struct err *e)
{
    for (int waits = 0; waits < WAITS_MAX; waits++) {
        int rc;

        str_reset(line);
        rc = line_text(p->out, line, l->idle_ms, e);
        if (rc <= 0)
            return rc < 0 ? -1 : err_set(e, ERR_LINE, "%s", "line closed");
        if (strcmp(str_text(line), "wait") != 0)
            return receive_bad(str_text(line), e) != ERR_NONE ? -1 : 1;
        if (out >= 0 && line_write(out, "wait\n", 5, RECEIVE_IDLE_MS, e) < 0)
            return -1;
    }
    return err_set(e, ERR_TIMEOUT, "prove");
}

/* @out: where the words that it goes on go; -1: nowhere. */
static int say(const struct line *l, const char *command, int out, struct str *line,
               struct err *e)
{
    AUTO_PROC struct proc p = PROC_INIT;
    struct err why = ERR_INIT;

    if (line_start(l, command, &p, e) < 0)
        return -1;
    if (hear_last(&p, l, out, line, e) == 1)
        return 0;
    if (e->code != ERR_LINE || stop_requested())
        return -1;
    line_failed(l, &p, &why);
    *e = why;
    return -1;
}

int challenge_ask(const struct challenge_way *w, const char *hex, int fd,
                  int64_t *copies, struct err *e)
{
    AUTO_STR struct str line = STR_INIT(WORD_MAX);
    AUTO_MEM char *command = NULL;
    char nonce[HASH_HEX], want[HASH_HEX];
    struct challenge c = {.node = w->node, .hex = hex, .nonce = nonce};

    *copies = 0;
    if (challenge_nonce(nonce, e) < 0 ||
        challenge_proof(fd, hex, nonce, NULL, NULL, want, e) < 0)
        return -1;
    command = mem_printf("prove %s %s", hex, nonce);
    if (say(w->l, command, -1, &line, e) < 0)
        return -1;
    return strcmp(str_text(&line), "absent") == 0
               ? 0
               : take_answer(w, &c, str_text(&line), want, copies, e);
}

int challenge_relay(const struct line *l, const struct challenge *c, int out,
                    struct err *e)
{
    AUTO_STR struct str line = STR_INIT(WORD_MAX);
    AUTO_MEM char *command = mem_printf("prove %s %s %s", c->hex, c->nonce, c->node);

    if (l->folder)
        return err_set(e, ERR_GATE_READ, "%s", "a drop box answers nothing");
    if (say(l, command, out, &line, e) < 0)
        return -1;
    if (strcmp(str_text(&line), "absent") != 0 &&
        !str_starts(str_text(&line), "signed "))
        return nonsense(e, str_text(&line));
    str_add_char(&line, '\n');
    return line_write(out, str_text(&line), line.len, RECEIVE_IDLE_MS, e);
}
