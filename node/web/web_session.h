/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_SESSION_H
#define SOHOA_WEB_WEB_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/role.h"

struct err;

/*
 * Who has logged in, and who has tried. In memory of serve alone: a restart logs all
 * out. Tokens are 256 random bits; their comparison takes equal time. All times are
 * clock_mono_ms(), given by the caller.
 */
#define WEB_SESSION_MAX       64              /* then the one unused for longest goes */
#define WEB_SESSION_HEX       65              /* 64 lower-case hex digits and NUL */
#define WEB_SESSION_ASLEEP_MS INT64_C(600000) /* unused so long: the password again */
#define WEB_SESSION_GONE_MS   INT64_C(43200000) /* unused so long: logged out */
#define WEB_SESSION_LIFE_MS   INT64_C(86400000) /* so old: logged out */

struct web_session {
    char token[WEB_SESSION_HEX]; /* of the cookie; "": free */
    char csrf[WEB_SESSION_HEX];
    char user[USER_NAME_MAX];
    enum role role;
    bool locked; /* by the person, or asleep: the password again */
    int64_t made_ms, used_ms;
};

struct web_sessions;

struct web_sessions *web_session_table(void); /* owned, web_session_table_free() */
void web_session_table_free(struct web_sessions *t);
void web_session_auto(struct web_sessions **t);
#define AUTO_SESSIONS AUTO(web_session_auto)

/** web_session_begin - log in. @s: view, until the next begin. ERR_INTERNAL: no random
 * numbers. */
MUST_CHECK int web_session_begin(struct web_sessions *t, const char *user,
                                 enum role role, int64_t now_ms, struct web_session **s,
                                 struct err *e);

/** web_session_find - the session of a cookie; one that is too old is ended, one that
 * was not used is locked. NULL: none. view. */
struct web_session *web_session_find(struct web_sessions *t, const char *token,
                                     int64_t now_ms);

/** web_session_end - log out. web_session_end_user - all sessions of @user. */
void web_session_end(struct web_session *s);
void web_session_end_user(struct web_sessions *t, const char *user);

/** web_session_same - equal texts, in a time that tells nothing of where they differ.
 */
bool web_session_same(const char *a, const char *b);

/** web_session_random - 64 hex digits. ERR_INTERNAL. */
MUST_CHECK int web_session_random(char out[WEB_SESSION_HEX], struct err *e);

/* ---- attempts ----------------------------------------------------------------------
 *
 * Wrong passwords cost time: per user from the third on 1, 2, 4 … 64 s, from the tenth
 * on 15 minutes; per address the same at three times as many. Nobody is shut out for
 * ever, and a right password forgets the user's wrong ones. An attempt counts when it
 * begins, so that many at once are many.
 *
 * Each way in counts for itself: who guesses from another computer keeps nobody out at
 * this one, nor away from a screen that is only locked.
 */
enum web_session_way {
    WEB_SESSION_LOOPBACK,
    WEB_SESSION_LAN,
    WEB_SESSION_UNLOCK, /* @user is the token of the session; no address is counted */
};
#define WEB_SESSION_TRIES_MAX  256 /* users and addresses remembered */
#define WEB_SESSION_FORGET_MS  INT64_C(1800000)
#define WEB_SESSION_LOCKOUT_MS INT64_C(900000)

/** web_session_try - may @user from @address try a password now?
 * Return: 0 it may, and is counted; else milliseconds to wait. */
int64_t web_session_try(struct web_sessions *t, enum web_session_way way,
                        const char *user, const char *address, int64_t now_ms);
/** web_session_wrong - it was wrong: the delay runs from now. web_session_right - the
 * password was right. */
void web_session_wrong(struct web_sessions *t, enum web_session_way way,
                       const char *user, const char *address, int64_t now_ms);
void web_session_right(struct web_sessions *t, enum web_session_way way,
                       const char *user, const char *address);

#endif
