/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TOOLS_KINDS_H
#define SOHOA_TOOLS_KINDS_H

#include "tests/tools/pages/draw.h"

struct jdoc;

#define KIND_PAGES_MAX 20
#define KIND_MARKS_MAX 16

/* What is asked for; the same for all documents of one call. */
struct wish {
    int dpi;
    double skew_deg_max;
    int pages;              /* of a letter, at most */
    const char *secrecy;    /* NULL, or the word of the stamp */
    int stamp_turn_deg;     /* clockwise */
    bool stamp_black;       /* else red */
    bool stamp_over;        /* over text */
    int seals;              /* of a letter: so many more, over its text */
    enum seal_ink seal_ink; /* of those */
    int incoming;           /* chance of an incoming stamp, percent */
    int first;              /* register: number of the first entry */
    int year;               /* register: its year, 0: drawn at random */
    int volume;
    int gaps[KIND_MARKS_MAX]; /* register: numbers left out */
    int gap_count;
    int doubles[KIND_MARKS_MAX]; /* register: numbers that come twice */
    int double_count;
    int hand, blank;  /* register: number of the entry whose mother's name is written by
                       * hand, or left out; 0: none */
    bool again;       /* register: the first entry is the second of its number */
    struct str *also; /* text of seals and stamps is added; NULL: not wanted */
};

/* A drawn document: sheets, and what is true of it. */
struct drawn {
    struct sheet sheets[KIND_PAGES_MAX];
    int count;
    struct jdoc *fields; /* owned */
    int next;            /* register: number that opens the next page */
    bool again;          /* and whether it was on this page already */
};

/* Each draws one document; the text of all sheets goes to @truth, sheets apart by a
 * form feed. */
void kind_letter(struct rng *r, const struct wish *w, struct str *truth,
                 struct drawn *out);
void kind_typed(struct rng *r, const struct wish *w, struct str *truth,
                struct drawn *out);
void kind_register(struct rng *r, const struct wish *w, struct str *truth,
                   struct drawn *out);

#endif
