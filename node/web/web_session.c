/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_session.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "node/base/err.h"
#include "node/base/hash.h"
#include "node/base/mem.h"

#define RANDOM_BYTES  32
#define FREE_TRIES    2  /* wrong ones without a delay */
#define LOCKOUT_TRIES 10 /* from here on WEB_SESSION_LOCKOUT_MS */
#define DELAY_MAX     6  /* 2^6 s */
#define ADDRESS_SHARE 3  /* an address may be several people */
#define SECOND_MS     INT64_C(1000)

struct tries {
    char who[WEB_SESSION_HEX + 2]; /* a letter, ":", and who; "": free */
    int64_t count;
    int64_t last_ms;
};

/* Before the name; 'a': an address. */
static const char KINDS[] = {
    [WEB_SESSION_LOOPBACK] = 'u', [WEB_SESSION_LAN] = 'l', [WEB_SESSION_UNLOCK] = 's'};

struct web_sessions {
    struct web_session all[WEB_SESSION_MAX];
    struct tries tries[WEB_SESSION_TRIES_MAX];
};

struct web_sessions *web_session_table(void)
{
    return mem_new(1, sizeof(struct web_sessions));
}

void web_session_table_free(struct web_sessions *t)
{
    if (t)
        mem_wipe(t, sizeof *t);
    mem_free(t);
}

void web_session_auto(struct web_sessions **t)
{
    web_session_table_free(*t);
    *t = NULL;
}

/* ---- sessions ---------------------------------------------------------------------
 */

int web_session_random(char out[WEB_SESSION_HEX], struct err *e)
{
    unsigned char raw[RANDOM_BYTES];

    if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
        return err_sys(e, ERR_INTERNAL, "getrandom");
    hash_hex(raw, sizeof raw, out);
    mem_wipe(raw, sizeof raw);
    return 0;
}

bool web_session_same(const char *a, const char *b)
{
    size_t len = strlen(a);
    unsigned char differ = 0;

    if (len != strlen(b))
        return false;
    for (size_t i = 0; i < len; i++)
        differ |= (unsigned char)(a[i] ^ b[i]);
    return differ == 0;
}

void web_session_end(struct web_session *s)
{
    mem_wipe(s, sizeof *s);
}

void web_session_end_user(struct web_sessions *t, const char *user)
{
    for (size_t i = 0; i < WEB_SESSION_MAX; i++)
        if (strcmp(t->all[i].user, user) == 0)
            web_session_end(&t->all[i]);
}

static struct web_session *free_place(struct web_sessions *t)
{
    struct web_session *oldest = &t->all[0];

    for (size_t i = 0; i < WEB_SESSION_MAX; i++) {
        if (!t->all[i].token[0])
            return &t->all[i];
        if (t->all[i].used_ms < oldest->used_ms)
            oldest = &t->all[i];
    }
    web_session_end(oldest);
    return oldest;
}

int web_session_begin(struct web_sessions *t, const char *user, enum role role,
                      int64_t now_ms, struct web_session **s, struct err *e)
{
    struct web_session fresh = {.role = role, .made_ms = now_ms, .used_ms = now_ms};

    if (web_session_random(fresh.token, e) < 0 || web_session_random(fresh.csrf, e) < 0)
        return -1;
    (void)snprintf(fresh.user, sizeof fresh.user, "%s", user);
    *s = free_place(t);
    **s = fresh;
    mem_wipe(&fresh, sizeof fresh);
    return 0;
}

struct web_session *web_session_find(struct web_sessions *t, const char *token,
                                     int64_t now_ms)
{
    struct web_session *found = NULL;

    if (!token[0])
        return NULL;
    for (size_t i = 0; i < WEB_SESSION_MAX; i++)
        if (web_session_same(t->all[i].token, token))
            found = &t->all[i];
    if (!found)
        return NULL;
    if (now_ms - found->used_ms > WEB_SESSION_GONE_MS ||
        now_ms - found->made_ms > WEB_SESSION_LIFE_MS) {
        web_session_end(found);
        return NULL;
    }
    if (now_ms - found->used_ms > WEB_SESSION_ASLEEP_MS)
        found->locked = true;
    return found;
}

/* ---- attempts ---------------------------------------------------------------------
 */

static int64_t delay_ms(int64_t count)
{
    if (count <= FREE_TRIES)
        return 0;
    if (count >= LOCKOUT_TRIES)
        return WEB_SESSION_LOCKOUT_MS;
    count -= FREE_TRIES + 1;
    return SECOND_MS << (count < DELAY_MAX ? count : DELAY_MAX);
}

/* The row of @who, a fresh one in the place of the one unused for longest. */
static struct tries *row_of(struct web_sessions *t, char kind, const char *who,
                            int64_t now_ms)
{
    char name[sizeof t->tries[0].who];
    struct tries *oldest = &t->tries[0];

    (void)snprintf(name, sizeof name, "%c:%.64s", kind, who);
    for (size_t i = 0; i < WEB_SESSION_TRIES_MAX; i++) {
        struct tries *r = &t->tries[i];

        if (r->who[0] && now_ms - r->last_ms > WEB_SESSION_FORGET_MS)
            *r = (struct tries){.who = ""};
        if (strcmp(r->who, name) == 0)
            return r;
        if (oldest->who[0] && (!r->who[0] || r->last_ms < oldest->last_ms))
            oldest = r;
    }
    *oldest = (struct tries){.last_ms = now_ms};
    (void)snprintf(oldest->who, sizeof oldest->who, "%s", name);
    return oldest;
}

static int64_t left_ms(const struct tries *r, int64_t share, int64_t now_ms)
{
    int64_t left = r->last_ms + delay_ms(r->count / share) - now_ms;

    return r->count == 0 || left < 0 ? 0 : left;
}

/* The row of an address; NULL: this way in counts none. */
static struct tries *row_of_address(struct web_sessions *t, enum web_session_way way,
                                    const char *address, int64_t now_ms)
{
    return way == WEB_SESSION_UNLOCK ? NULL : row_of(t, 'a', address, now_ms);
}

int64_t web_session_try(struct web_sessions *t, enum web_session_way way,
                        const char *user, const char *address, int64_t now_ms)
{
    struct tries *a = row_of_address(t, way, address, now_ms);
    int64_t wait_ms = a ? left_ms(a, ADDRESS_SHARE, now_ms) : 0;
    struct tries *u = NULL;

    if (wait_ms > 0)
        return wait_ms;
    u = row_of(t, KINDS[way], user, now_ms);
    wait_ms = left_ms(u, 1, now_ms);
    if (wait_ms > 0)
        return wait_ms;
    u->count++;
    u->last_ms = now_ms;
    if (a) {
        a->count++;
        a->last_ms = now_ms;
    }
    return 0;
}

void web_session_wrong(struct web_sessions *t, enum web_session_way way,
                       const char *user, const char *address, int64_t now_ms)
{
    struct tries *a = row_of_address(t, way, address, now_ms);

    row_of(t, KINDS[way], user, now_ms)->last_ms = now_ms;
    if (a)
        a->last_ms = now_ms;
}

void web_session_right(struct web_sessions *t, enum web_session_way way,
                       const char *user, const char *address)
{
    struct tries *u = row_of(t, KINDS[way], user, 0);
    struct tries *a = row_of_address(t, way, address, 0);

    *u = (struct tries){.who = ""};
    if (a && a->count > 0)
        a->count--; /* its own attempt was none */
}
