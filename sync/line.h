/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_LINE_H
#define SOHOA_SYNC_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct master;
struct proc;
struct proc_exit;
struct str;

/*
 * How an upper tier is reached: the system ssh as a child, our own worker that says the
 * same over HTTPS (https.h), or a folder (drop box).
 * ssh gets -F $SOHOA_SSH_CONFIG when that is set, the node's key and no other, host
 * keys from HOME/keys/known_hosts alone and never asks anything.
 */
#define LINE_URL_MAX   512
#define LINE_DEAD_MS   INT64_C(30000) /* a connection is dead then, until learned */
#define LINE_IDLE_MS   45000          /* nothing moved either way: given up */
#define LINE_CONNECT_S 20
#define LINE_SPARE_MS  INT64_C(3000)  /* silent: another connection is made beside it */
#define LINE_WORDS_MAX ((size_t)4096) /* of what ssh says */
#define LINE_HTTPS     "443"
#define LINE_PATH      "/sohoa" /* of an https address that has none */
#define LINE_LABEL_MAX 272

struct line {
    const char *home; /* kept; the lower node's home */
    bool folder;
    bool https;
    char path[LINE_URL_MAX]; /* of a folder, or in an https address */
    char host[256];
    char user[64];         /* "": ssh's choice */
    char port[8];          /* "": ssh's choice; of https always there */
    int64_t idle_ms;       /* LINE_IDLE_MS unless a test says otherwise */
    struct master *master; /* kept; NULL: each command has its own connection */
};

/**
 * line_parse - URL "ssh://[user@]host[:port]/…", "https://host[:port][/path]" or a
 * folder (absolute path, or file:///…). @home: kept. ERR_URL.
 */
MUST_CHECK int line_parse(const char *home, const char *url, struct line *out,
                          struct err *e);

/** line_label - as the other end stands in HOME/keys/known_hosts: "host" or
 * "[host]:port", the latter always with https. */
void line_label(const struct line *l, char out[LINE_LABEL_MAX]);

/**
 * line_start - start ssh with @command for the other end, through @l's master when it
 * has one; or the worker for https. In, out and err are pipes.
 * Return: 0, or -1 and @e: ERR_WORKER_START, and as line_failed() when the connection
 * to be shared does not come about.
 */
MUST_CHECK int line_start(const struct line *l, const char *command, struct proc *p,
                          struct err *e);

/** line_start_master - for master.c: the connection that commands share, with its
 * socket at @path. Only err is ours, one end of a
 * socketpair: it shows its TCP connection there (dial_shown()). @persist_s: not 0: it
 * goes on by itself (and this process ends) once it is there, until unused for so many
 * seconds. ERR_WORKER_START. */
MUST_CHECK int line_start_master(const struct line *l, const char *path,
                                 int64_t persist_s, struct proc *p, struct err *e);
/** line_ask_master - for warm.c: ask the master at @path who it is; said on err. */
MUST_CHECK int line_ask_master(const struct line *l, const char *path, struct proc *p,
                               struct err *e);

/**
 * line_failed - end @p and say why it ended, from ssh's exit code and words: no route,
 * refused key, unknown host key, or just gone. A connection that was shared ends too:
 * nobody can know whether it still leads anywhere.
 * @e: set: ERR_LINE (try later), ERR_LINE_KEY (this key is not let in),
 * ERR_LINE_HOST (the host key is not the trusted one).
 */
void line_failed(const struct line *l, struct proc *p, struct err *e);

/** line_words - add what ssh said, as far as it lies in the pipe. */
void line_words(const struct proc *p, struct str *out);
/** line_why - what an end of ssh with these words means; @e as line_failed(). */
void line_why(const struct proc_exit *how, struct str *words, struct err *e);

/* Reading and writing on a line with an idle limit; non-blocking descriptors for
 * writing. A wish to stop (stop.h) ends each wait at once: ERR_LINE "stopped". */
MUST_CHECK int line_read(int fd, void *buf, size_t len, int64_t idle_ms, size_t *got,
                         struct err *e); /* 1 data, 0 end, -1 ERR_LINE */
MUST_CHECK int line_write(int fd, const void *data, size_t len, int64_t idle_ms,
                          struct err *e);
/* The same from the other end of @l, on which a word should come within @quiet_ms: when
 * none does, a spare connection is made beside it (master.h), and ERR_LINE says so once
 * that is there. */
struct line_wait {
    const struct line *l;
    int64_t quiet_ms, idle_ms;
};
MUST_CHECK int line_read_from(int fd, void *buf, size_t len, const struct line_wait *w,
                              size_t *got, struct err *e);
MUST_CHECK int line_text_from(int fd, struct str *out, const struct line_wait *w,
                              struct err *e);

/** line_text - one line of text up to LF, at most out->max bytes. 1, 0 end, -1. */
MUST_CHECK int line_text(int fd, struct str *out, int64_t idle_ms, struct err *e);

#endif
