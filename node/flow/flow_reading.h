/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_READING_H
#define SOHOA_FLOW_FLOW_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct flow;
struct flow_listener;

/*
 * Who looked at what about whom, and what for: HOME/reads/YYYY-MM.jsonl (month UTC),
 * one line of JSON each, written before the answer is given:
 *
 *   {"at":1796000000,"user":"lan","act":"record","subject":"1a2b3c4d-7",
 *    "purpose":"citizen","prev":"<SHA-256>"}
 *
 * act: "record" (one record, its pictures and words), "search" (subject: what was
 * looked for). prev: SHA-256 of the line before it with its LF, over the ends of
 * months; 64 zeros in the very first. A line that is changed or taken out is found by
 * the next one; lines taken off the very end are not. A line that a power cut tore
 * stays, and counts; the next line follows it as if it had its LF. When the clock is
 * set back behind a month, the chain goes on in the newest file and the list says so.
 *
 * What is being worked on needs no words ("work") from who may work on it; all else
 * needs a purpose. What a page asks for by itself, with nobody before it ("auto"), is
 * no look of a person: what is finished is shown so only within FLOW_READING_AGAIN_S of
 * a look, and what is worked on is noted as what it is; the next look of a person is
 * noted all the same.
 */
#define FLOW_READING_FOLDER      "reads"
#define FLOW_READING_PURPOSE_MAX 200 /* bytes with NUL */
#define FLOW_READING_WORK        "work"
#define FLOW_READING_AUTO        "auto" /* also the argument that says so */
#define FLOW_READING_THUMB_PX    240 /* no text can be read on a page of this width */
#define FLOW_READING_AGAIN_S     900 /* the same again is not told again */

/**
 * flow_reading_record - flow_user() is about to see the record @item. @purpose: what
 * for, FLOW_READING_AUTO, or "" when nothing was said: fine while the record waits to
 * be verified, and within FLOW_READING_AGAIN_S of the last time. Return: 0, or -1 and
 * @e: ERR_READING_PURPOSE, ERR_DISK_FULL, ERR_WRITE. An item that is absent is none of
 * its business: 0.
 */
MUST_CHECK int flow_reading_record(struct flow *f, const char *item,
                                   const char *purpose, struct err *e);
/** flow_reading_search - flow_user() searches for @text. Always needs a purpose. */
MUST_CHECK int flow_reading_search(struct flow *f, const char *text,
                                   const char *purpose, struct err *e);

struct flow_reading_query {
    const char *user, *subject; /* NULL: all */
    int64_t since;              /* seconds UTC */
};
struct flow_reading_sum {
    int64_t rows;   /* told */
    int64_t all;    /* lines there are */
    int64_t broken; /* lines before which something was changed or taken out */
    int64_t torn;   /* lines that a power cut tore */
    int64_t back;   /* lines before which the clock was set back */
};
/** flow_reading_list - a line "reading" each, oldest first; checks the whole chain. */
MUST_CHECK int flow_reading_list(const struct flow *f,
                                 const struct flow_reading_query *q,
                                 const struct flow_listener *to,
                                 struct flow_reading_sum *sum, struct err *e);

#endif
