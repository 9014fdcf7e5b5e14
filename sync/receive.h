/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_RECEIVE_H
#define SOHOA_SYNC_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/err.h"
#include "node/base/hash.h"
#include "sync/first_door.h"
#include "sync/names.h"

struct str;

/*
 * The upper tier's door: `sohoa receive <node>` as a forced command of sshd. It opens
 * no database; HOME/ssh/nodes.json is the only enrolment it reads. README.md in this
 * folder has the protocol byte by byte. Verbs of SSH_ORIGINAL_COMMAND:
 *
 *      put <id> <class> <size> <token>
 *                                  take a request from the byte we have not got yet,
 *                                  while the one before it is being committed
 *      push <id> <class> <size>    the same, alone (older senders)
 *      Both also of a commune, by a district that relays.
 *      fetch <code>                stock git upload-pack --stateless-rpc, framed
 *      since <unit> [<refs> [<sum> <sum>]]
 *                                  refs in steps, gone on with at any byte (heads.h)
 *      get <unit> <sha256> <at>    one object from a byte on; for readers above
 *      prove <sha256> <nonce> [<node>]
 *                                  show that the object is here (challenge.h); <node>:
 *                                  by a relay, for a commune
 *      find <unit> <item>          files of a record that are here; for readers above
 *      first <unit> <item> <want>  they want it first (first.h)
 *      going <node> <item> <want> <state>
 *                                  what the node does about it
 *      refused                     what the tier above refused of this commune
 *      list                        what this node may read
 *
 * Spool: HOME/spool/in/<node>/<class>/{lock,next,<id>.part,<id>.answer}. One session a
 * node and class takes bytes and one commits: a newer one ends an older one of another
 * connection (another token) unless that is already committing.
 */
#define RECEIVE_TOKEN_HEX   16
#define RECEIVE_ANSWER_DAYS 30
#define RECEIVE_REFUSAL_S   INT64_C(86400) /* then a refused one is looked at again */
#define RECEIVE_ANSWER_MAX  ((size_t)1 << 16)
#define RECEIVE_IDLE_MS     120000              /* a silent client is given up */
#define RECEIVE_TELL_BYTES  ((int64_t)64 << 10) /* "have": after so many bytes, */
#define RECEIVE_TELL_MS     250                 /* or so much time */
#define RECEIVE_GIT_MS      600000              /* receive-pack, hook included */

/* What became of a request; kept as <id>.answer, canonical JSON. */
enum receive_result {
    RECEIVE_ACCEPTED, /* the ref is at the request's new commit */
    RECEIVE_REFUSED,  /* by the gate, for good: code, vi, en say why */
    RECEIVE_STALE,    /* the ref is elsewhere: tip says where. Not kept. */
};

struct receive_answer {
    enum receive_result result;
    char id[HASH_HEX];
    char ref[NAMES_REF_MAX];
    char tip[NAMES_OID_MAX]; /* where the ref is now; "" when absent */
    char code[40];           /* SH-… when refused */
    char vi[512], en[512];   /* the reason for people */
    char detail[512];        /* for the log */
    bool relay; /* accepted, to be handed on: only the tier above gives receipts */
};

/** receive_answer_print, receive_answer_parse - the canonical JSON line with its LF. */
MUST_CHECK int receive_answer_print(const struct receive_answer *a, struct str *out,
                                    struct err *e);
MUST_CHECK int receive_answer_parse(const char *text, size_t len,
                                    struct receive_answer *out, struct err *e);

/** receive_say_why - fill in code, vi, en and detail of a refusal. */
void receive_say_why(struct receive_answer *a, const struct err *why);

/**
 * receive_bad - what a line "bad SH-…" of the door means at this end.
 * What the door says of the request, the node or its rights stays what it is; what
 * befell the machine behind it (its disk, its memory) must not be told as ours.
 * @e: set: that code, or ERR_UPSTREAM_LATER with the code in its subject.
 * Return: the code that was said; ERR_NONE: not such a line, @e is untouched.
 */
enum err_code receive_bad(const char *line, struct err *e);

/**
 * receive_session - serve one forced command.
 * @home:    absolute path of the upper home.
 * @node:    whose key logged in.
 * @command: SSH_ORIGINAL_COMMAND; NULL: refused.
 * @catalog: who looks up records; NULL: none are known.
 * @in, @out: borrowed; the line.
 * The caller has set SIGPIPE to be ignored. Language of messages: both.
 * Return: 0 when it was served (also when a push was refused: the answer said so), or
 * -1 and @e: ERR_GATE_NODE, ERR_GATE_VERB, ERR_LINE, disk errors. The reason was sent
 * as a "bad" line already.
 */
MUST_CHECK int receive_session(const char *home, const char *node, const char *command,
                               first_catalog *catalog, int in, int out, struct err *e);

/**
 * receive_piece - the same for one request of HTTPS (fcgi.h): the end of @in is the end
 * of a piece, said by "have", and nothing to be noted.
 */
MUST_CHECK int receive_piece(const char *home, const char *node, const char *command,
                             first_catalog *catalog, int in, int out, struct err *e);

/**
 * receive_request - take one complete request file as @node: check its hash, unpack it
 * through stock git receive-pack with the gate, keep the answer.
 * @path: borrowed; a file named by anything; its SHA-256 is its id.
 * Exactly once: a request taken before gives the answer it had.
 * Return: 0 and @answer, or -1 and @e (nothing is decided; try again).
 */
MUST_CHECK int receive_request(const char *home, const char *node, const char *path,
                               struct receive_answer *answer, struct err *e);

/** receive_hashed - the same when the caller has just computed @id, the SHA-256 of the
 * file, and nobody else can write to it. */
MUST_CHECK int receive_hashed(const char *home, const char *node, const char *path,
                              const char *id, struct receive_answer *answer,
                              struct err *e);

/** receive_kept - the answer that a request had before. 1, 0 none is kept, -1. */
MUST_CHECK int receive_kept(const char *home, const char *node, const char *id,
                            struct receive_answer *answer, struct err *e);

/**
 * receive_put_answer - lay an answer into HOME/outbox/<node>/.
 * receive_outbox - lay there what @node waits for (receive_inbox() does so for all);
 * from then on it counts as a node with a drop box. ERR_GATE_NODE.
 */
MUST_CHECK int receive_put_answer(const char *home, const char *node,
                                  const struct receive_answer *a, struct err *e);
MUST_CHECK int receive_outbox(const char *home, const char *node, struct err *e);

/* Requests of a stick that came before the ones they follow; swept as answers are. */
#define RECEIVE_PARKED "spool/courier/%s"

/**
 * receive_inbox - take what lies in HOME/inbox/<node>/ (drop box), each file as that
 * node, answers to HOME/outbox/<node>/<id>.answer; taken files are removed. What a
 * revoked node put there is refused (ERR_GATE_NODE), also by an answer. Then write what
 * each node waits for (receipts; for a district: its units) to its outbox.
 * @each: told of each request; may be NULL.
 */
typedef int receive_each(void *ctx, const char *node,
                         const struct receive_answer *answer, struct err *e);
MUST_CHECK int receive_inbox(const char *home, receive_each *each, void *ctx,
                             struct err *e);

/** receive_sweep - remove old answers and left-over spool and quarantine files. */
MUST_CHECK int receive_sweep(const char *home, struct err *e);

#endif
