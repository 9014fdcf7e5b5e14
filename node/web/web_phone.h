/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_PHONE_H
#define SOHOA_WEB_WEB_PHONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/role.h"
#include "node/web/web_session.h"

struct err;
struct jdoc;

/*
 * Phones as cameras. Somebody who has logged in offers a place in a register: an
 * address with a token, shown as a code. Who comes with that token first, in time, is
 * the phone. Its cookie opens nothing but what web_phone_may() names: pictures for this
 * register, taken in under the name of the person who offered it.
 *
 * In memory of serve alone: a restart ends all. Tokens are 256 random bits, compared in
 * equal time. All times are clock_mono_ms(), given by the caller.
 */
#define WEB_PHONE_MAX         8                   /* phones and offers */
#define WEB_PHONE_TOKEN_MS    INT64_C(300000)     /* an offer that nobody takes */
#define WEB_PHONE_LIFE_MS     WEB_SESSION_GONE_MS /* a phone; as a login nobody uses */
#define WEB_PHONE_PICTURES    64                  /* of one phone that are remembered */
#define WEB_PHONE_PICTURE_MAX (INT64_C(64) << 20) /* bytes of one picture */

struct web_phones;

struct web_phone {
    int64_t id;                   /* 0: free */
    char token[WEB_SESSION_HEX];  /* of an offer; "": taken or ended */
    char cookie[WEB_SESSION_HEX]; /* "": not a phone yet, or not any more */
    char csrf[WEB_SESSION_HEX];
    char user[USER_NAME_MAX];
    enum role role;
    char *dossier, *title; /* owned */
    char *kind;            /* owned; of records, NULL: as the dossier has it */
    int64_t until_ms;
    int64_t stored; /* pictures that were taken in */
    struct web_phone_picture *pictures;
};

/* Where its pictures go, and for whom. All borrowed. */
struct web_phone_place {
    const char *user;
    enum role role;
    const char *dossier, *title;
    const char *kind; /* NULL: none */
};

struct web_phones *web_phone_table(void); /* owned, web_phone_table_free() */
void web_phone_table_free(struct web_phones *t);
void web_phone_auto(struct web_phones **t);
#define AUTO_PHONES AUTO(web_phone_auto)

/** web_phone_may - whether a phone may ask this verb at all. */
bool web_phone_may(const char *verb);

/* ---- pairing ----------------------------------------------------------------------
 */

/** web_phone_offer - an offer of @place; the user's older one that nobody took is
 * withdrawn. @p: view. ERR_WEB_BUSY: there are enough; ERR_INTERNAL. */
MUST_CHECK int web_phone_offer(struct web_phones *t,
                               const struct web_phone_place *place, int64_t now_ms,
                               struct web_phone **p, struct err *e);

/** web_phone_pair - take the offer of @token, once. @p: view. ERR_WEB_PHONE: there is
 * none of that token, or not any more. */
MUST_CHECK int web_phone_pair(struct web_phones *t, const char *token, int64_t now_ms,
                              struct web_phone **p, struct err *e);

/** web_phone_find - the phone of a cookie. web_phone_by_id - of its number. NULL: none,
 * ended or too old. view. */
struct web_phone *web_phone_find(struct web_phones *t, const char *cookie,
                                 int64_t now_ms);
struct web_phone *web_phone_by_id(struct web_phones *t, int64_t id, int64_t now_ms);

/** web_phone_news - whether one has become too old since it was asked last. */
bool web_phone_news(struct web_phones *t);
/** web_phone_end - no more comes from it; what is here already is still taken in.
 * web_phone_end_user - all that @user offered. Return: whether there was one. */
void web_phone_end(struct web_phone *p);
bool web_phone_end_user(struct web_phones *t, const char *user);

/* ---- pictures ---------------------------------------------------------------------
 *
 * Each is here (on the disk, not in the register), taking (by a job), then saved, same
 * (was in the register already), refused or failed (nobody knows: the phone sends it
 * again). What is remembered of the oldest that has ended makes room for the next.
 */

/** web_phone_room - whether another one may come: not too many wait. */
bool web_phone_room(const struct web_phone *p);
/** web_phone_here - an upload of it is on the disk. */
void web_phone_here(struct web_phone *p, const char *upload);

/** web_phone_waits - a phone whose pictures can be taken in; NULL. Ended ones that have
 * none left are forgotten. view. */
struct web_phone *web_phone_waits(struct web_phones *t, int64_t now_ms);
/** web_phone_args - of the import of all its pictures that are here. owned. */
struct jdoc *web_phone_args(const struct web_phone *p);
/** web_phone_taking - job @job has begun with them. web_phone_failed - it could not:
 * @why. */
void web_phone_taking(struct web_phone *p, const char *job);
void web_phone_failed(struct web_phone *p, const struct err *why);

/** web_phone_line - a line that an import printed. web_phone_job - what web_job_list()
 * tells of a job: once it has ended, what it said nothing of has failed. Return:
 * whether it was about a phone's picture. */
bool web_phone_line(struct web_phones *t, const struct jdoc *line);
bool web_phone_job(struct web_phones *t, const struct jdoc *job);

/* ---- telling ----------------------------------------------------------------------
 */

/** web_phone_show - what the phone is told:
 * {"dossier","title","csrf","left_s","stored","pictures":[{"upload","state","code",
 * "vi","en"}]}. owned. */
struct jdoc *web_phone_show(const struct web_phone *p, int64_t now_ms);

/** web_phone_list - what people are told, no token in it:
 * [{"phone","state","user","dossier","title","stored","waiting","left_s"}]; state:
 * offered, paired. owned. */
struct jdoc *web_phone_list(struct web_phones *t, int64_t now_ms);

#endif
