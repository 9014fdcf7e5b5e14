/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_phone.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/flow/flow_upload.h"
#include "node/web/api.h"

#define JOB_NAME_MAX 24
#define SECOND_MS    INT64_C(1000)

enum state { NONE, HERE, TAKING, SAVED, SAME, REFUSED, FAILED };

struct web_phone_picture {
    enum state state;
    char upload[FLOW_UPLOAD_ID];
    char job[JOB_NAME_MAX];
    int64_t turn;     /* which one it was */
    struct jdoc *why; /* owned: {"code","vi","en"} of one that was not taken */
};

struct web_phones {
    int64_t last_id;
    bool news; /* one was too old */
    struct web_phone all[WEB_PHONE_MAX];
};

/* All that a phone's cookie opens; the rest is refused, whatever else is allowed to
 * everybody. */
static const char *const MAY[] = {"phone", "phone.pair", "phone.leave", "upload"};

bool web_phone_may(const char *verb)
{
    for (size_t i = 0; i < ARRAY_LEN(MAY); i++)
        if (strcmp(MAY[i], verb) == 0)
            return true;
    return false;
}

struct web_phones *web_phone_table(void)
{
    return mem_new(1, sizeof(struct web_phones));
}

static void forget(struct web_phone *p)
{
    for (size_t i = 0; p->pictures && i < WEB_PHONE_PICTURES; i++)
        jdoc_free(p->pictures[i].why);
    mem_free(p->pictures);
    mem_free(p->dossier);
    mem_free(p->title);
    mem_free(p->kind);
    mem_wipe(p, sizeof *p);
}

void web_phone_table_free(struct web_phones *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < WEB_PHONE_MAX; i++)
        forget(&t->all[i]);
    mem_free(t);
}

void web_phone_auto(struct web_phones **t)
{
    web_phone_table_free(*t);
    *t = NULL;
}

/* ---- pictures ---------------------------------------------------------------------
 */

static size_t count(const struct web_phone *p, enum state state)
{
    size_t n = 0;

    for (size_t i = 0; i < WEB_PHONE_PICTURES; i++)
        n += p->pictures[i].state == state;
    return n;
}

static size_t waiting(const struct web_phone *p)
{
    return count(p, HERE) + count(p, TAKING);
}

bool web_phone_room(const struct web_phone *p)
{
    return waiting(p) < WEB_PHONE_PICTURES;
}

void web_phone_here(struct web_phone *p, const char *upload)
{
    struct web_phone_picture *place = NULL;
    int64_t last = 0;

    for (size_t i = 0; i < WEB_PHONE_PICTURES; i++) {
        struct web_phone_picture *one = &p->pictures[i];

        last = one->turn > last ? one->turn : last;
        if (one->state == HERE || one->state == TAKING)
            continue;
        if (!place || one->turn < place->turn)
            place = one;
    }
    if (!place)
        return; /* web_phone_room() was asked before: the phone sends it again */
    jdoc_free(place->why);
    *place = (struct web_phone_picture){.state = HERE, .turn = last + 1};
    (void)snprintf(place->upload, sizeof place->upload, "%s", upload);
}

/* The one that came next after @turn and is here; NULL. */
static const struct web_phone_picture *next_here(const struct web_phone *p,
                                                 int64_t turn)
{
    const struct web_phone_picture *next = NULL;

    for (size_t i = 0; i < WEB_PHONE_PICTURES; i++) {
        const struct web_phone_picture *one = &p->pictures[i];

        if (one->state == HERE && one->turn > turn && (!next || one->turn < next->turn))
            next = one;
    }
    return next;
}

struct jdoc *web_phone_args(const struct web_phone *p)
{
    struct jdoc *args = jdoc_object();
    struct jdoc *uploads = jdoc_array();
    const struct web_phone_picture *one = next_here(p, 0);

    for (; one; one = next_here(p, one->turn))
        jdoc_add_text(uploads, one->upload);
    jdoc_set(args, "uploads", uploads);
    jdoc_set_text(args, "dossier", p->dossier);
    jdoc_set_text(args, "user", p->user);
    if (p->kind)
        jdoc_set_text(args, "kind", p->kind);
    return args;
}

void web_phone_taking(struct web_phone *p, const char *job)
{
    for (size_t i = 0; i < WEB_PHONE_PICTURES; i++)
        if (p->pictures[i].state == HERE) {
            p->pictures[i].state = TAKING;
            (void)snprintf(p->pictures[i].job, JOB_NAME_MAX, "%s", job);
        }
}

/* Code and sentences of @from, whichever of them are there. */
static struct jdoc *why_of(const struct jdoc *from)
{
    static const char *const KEYS[] = {"code", "vi", "en"};
    struct jdoc *why = jdoc_object();

    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++)
        if (jdoc_get(from, KEYS[i]))
            jdoc_set(why, KEYS[i], jdoc_copy(jdoc_get(from, KEYS[i])));
    return why;
}

static void finish(struct web_phone *p, struct web_phone_picture *one, enum state state,
                   const struct jdoc *from)
{
    one->state = state;
    p->stored += state == SAVED;
    if (state == REFUSED || state == FAILED) {
        jdoc_free(one->why);
        one->why = why_of(from);
    }
}

void web_phone_failed(struct web_phone *p, const struct err *why)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    AUTO_JDOC struct jdoc *j = NULL;
    struct err ignored = ERR_INIT; /* then without words */

    api_error(why, &text);
    if (jdoc_parse(str_text(&text), text.len, &j, &ignored) < 0)
        j = jdoc_object();
    for (size_t i = 0; i < WEB_PHONE_PICTURES; i++)
        if (p->pictures[i].state == HERE)
            finish(p, &p->pictures[i], FAILED, jdoc_get(j, "error"));
}

static enum state state_of(const char *status)
{
    static const struct {
        const char *status;
        enum state state;
    } ALL[] = {{"stored", SAVED},
               {"duplicate", SAME},
               {"refused", REFUSED},
               {"waiting", REFUSED}}; /* it has ended here: nothing is added to it */

    for (size_t i = 0; status && i < ARRAY_LEN(ALL); i++)
        if (strcmp(ALL[i].status, status) == 0)
            return ALL[i].state;
    return NONE;
}

bool web_phone_line(struct web_phones *t, const struct jdoc *line)
{
    const char *upload = jdoc_text(line, "upload");
    enum state state = state_of(jdoc_text(line, "status"));

    if (!upload || state == NONE)
        return false;
    for (size_t i = 0; i < WEB_PHONE_MAX; i++)
        for (size_t k = 0; t->all[i].id && k < WEB_PHONE_PICTURES; k++) {
            struct web_phone_picture *one = &t->all[i].pictures[k];

            if (one->state == TAKING && strcmp(one->upload, upload) == 0) {
                finish(&t->all[i], one, state, line);
                return true;
            }
        }
    return false;
}

bool web_phone_job(struct web_phones *t, const struct jdoc *job)
{
    const char *name = jdoc_text(job, "job");
    const char *state = jdoc_text(job, "state");
    bool any = false;

    if (!name || !state || strcmp(state, "running") == 0)
        return false;
    for (size_t i = 0; i < WEB_PHONE_MAX; i++)
        for (size_t k = 0; t->all[i].id && k < WEB_PHONE_PICTURES; k++) {
            struct web_phone_picture *one = &t->all[i].pictures[k];

            if (one->state != TAKING || strcmp(one->job, name) != 0)
                continue;
            finish(&t->all[i], one, FAILED, jdoc_get(job, "summary"));
            any = true;
        }
    return any;
}

/* ---- pairing ----------------------------------------------------------------------
 */

void web_phone_end(struct web_phone *p)
{
    mem_wipe(p->token, sizeof p->token);
    mem_wipe(p->cookie, sizeof p->cookie);
    mem_wipe(p->csrf, sizeof p->csrf);
    if (waiting(p) == 0)
        forget(p);
}

bool web_phone_end_user(struct web_phones *t, const char *user)
{
    bool any = false;

    for (size_t i = 0; i < WEB_PHONE_MAX; i++)
        if (t->all[i].id && strcmp(t->all[i].user, user) == 0) {
            web_phone_end(&t->all[i]);
            any = true;
        }
    return any;
}

static bool over(const struct web_phone *p)
{
    return !p->token[0] && !p->cookie[0];
}

static void sweep(struct web_phones *t, int64_t now_ms)
{
    for (size_t i = 0; i < WEB_PHONE_MAX; i++) {
        struct web_phone *p = &t->all[i];

        if (!p->id || (now_ms < p->until_ms && !over(p)))
            continue;
        t->news = t->news || !over(p);
        web_phone_end(p);
    }
}

bool web_phone_news(struct web_phones *t)
{
    bool news = t->news;

    t->news = false;
    return news;
}

int web_phone_offer(struct web_phones *t, const struct web_phone_place *place,
                    int64_t now_ms, struct web_phone **out, struct err *e)
{
    struct web_phone fresh = {.role = place->role};
    struct web_phone *p = NULL;

    sweep(t, now_ms);
    for (size_t i = 0; i < WEB_PHONE_MAX; i++) {
        if (t->all[i].token[0] && strcmp(t->all[i].user, place->user) == 0)
            web_phone_end(&t->all[i]);
        if (!p && !t->all[i].id)
            p = &t->all[i];
    }
    if (!p)
        return err_set(e, ERR_WEB_BUSY, "%d", WEB_PHONE_MAX);
    if (web_session_random(fresh.token, e) < 0)
        return -1;
    fresh.id = ++t->last_id;
    fresh.until_ms = now_ms + WEB_PHONE_TOKEN_MS;
    (void)snprintf(fresh.user, sizeof fresh.user, "%s", place->user);
    fresh.dossier = mem_dup(place->dossier);
    fresh.title = mem_dup(place->title);
    fresh.kind = place->kind ? mem_dup(place->kind) : NULL;
    fresh.pictures = mem_new(WEB_PHONE_PICTURES, sizeof *fresh.pictures);
    *p = fresh;
    mem_wipe(&fresh, sizeof fresh);
    *out = p;
    return 0;
}

int web_phone_pair(struct web_phones *t, const char *token, int64_t now_ms,
                   struct web_phone **out, struct err *e)
{
    struct web_phone *p = NULL;

    sweep(t, now_ms);
    for (size_t i = 0; token[0] && i < WEB_PHONE_MAX; i++)
        if (t->all[i].id && web_session_same(t->all[i].token, token))
            p = &t->all[i];
    if (!p)
        return err_set(e, ERR_WEB_PHONE, "%s", "");
    if (web_session_random(p->cookie, e) < 0 || web_session_random(p->csrf, e) < 0)
        return -1;
    mem_wipe(p->token, sizeof p->token); /* it was for once */
    p->until_ms = now_ms + WEB_PHONE_LIFE_MS;
    *out = p;
    return 0;
}

struct web_phone *web_phone_find(struct web_phones *t, const char *cookie,
                                 int64_t now_ms)
{
    struct web_phone *p = NULL;

    sweep(t, now_ms);
    for (size_t i = 0; cookie[0] && i < WEB_PHONE_MAX; i++)
        if (t->all[i].id && web_session_same(t->all[i].cookie, cookie))
            p = &t->all[i];
    return p;
}

struct web_phone *web_phone_by_id(struct web_phones *t, int64_t id, int64_t now_ms)
{
    sweep(t, now_ms);
    for (size_t i = 0; id > 0 && i < WEB_PHONE_MAX; i++)
        if (t->all[i].id == id && !over(&t->all[i]))
            return &t->all[i];
    return NULL;
}

struct web_phone *web_phone_waits(struct web_phones *t, int64_t now_ms)
{
    sweep(t, now_ms);
    for (size_t i = 0; i < WEB_PHONE_MAX; i++)
        if (t->all[i].id && count(&t->all[i], HERE) > 0)
            return &t->all[i];
    return NULL;
}

/* ---- telling ----------------------------------------------------------------------
 */

static int64_t left_s(const struct web_phone *p, int64_t now_ms)
{
    return p->until_ms > now_ms ? (p->until_ms - now_ms) / SECOND_MS : 0;
}

struct jdoc *web_phone_show(const struct web_phone *p, int64_t now_ms)
{
    static const char *const NAMES[] = {
        [HERE] = "here", [TAKING] = "here",     [SAVED] = "saved",
        [SAME] = "same", [REFUSED] = "refused", [FAILED] = "failed"};
    struct jdoc *j = jdoc_object();
    struct jdoc *rows = jdoc_array();

    for (size_t i = 0; i < WEB_PHONE_PICTURES; i++) {
        const struct web_phone_picture *one = &p->pictures[i];
        struct jdoc *row = NULL;

        if (one->state == NONE)
            continue;
        row = one->why ? jdoc_copy(one->why) : jdoc_object();
        jdoc_set_text(row, "upload", one->upload);
        jdoc_set_text(row, "state", NAMES[one->state]);
        jdoc_add(rows, row);
    }
    jdoc_set_text(j, "dossier", p->dossier);
    jdoc_set_text(j, "title", p->title);
    jdoc_set_text(j, "csrf", p->csrf);
    jdoc_set_int(j, "left_s", left_s(p, now_ms));
    jdoc_set_int(j, "stored", p->stored);
    jdoc_set(j, "pictures", rows);
    return j;
}

struct jdoc *web_phone_list(struct web_phones *t, int64_t now_ms)
{
    struct jdoc *rows = jdoc_array();

    sweep(t, now_ms);
    for (size_t i = 0; i < WEB_PHONE_MAX; i++) {
        const struct web_phone *p = &t->all[i];
        struct jdoc *row = NULL;

        if (!p->id || over(p))
            continue;
        row = jdoc_object();
        jdoc_set_int(row, "phone", p->id);
        jdoc_set_text(row, "state", p->token[0] ? "offered" : "paired");
        jdoc_set_text(row, "user", p->user);
        jdoc_set_text(row, "dossier", p->dossier);
        jdoc_set_text(row, "title", p->title);
        jdoc_set_int(row, "stored", p->stored);
        jdoc_set_int(row, "waiting", (int64_t)waiting(p));
        jdoc_set_int(row, "left_s", left_s(p, now_ms));
        jdoc_add(rows, row);
    }
    return rows;
}
