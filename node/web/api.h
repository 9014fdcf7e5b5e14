/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_API_H
#define SOHOA_WEB_API_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"
#include "node/base/str.h"
#include "node/flow/flow.h"
#include "node/record/role.h"

struct err;
struct jdoc;

/*
 * What the web can ask for, without any HTTP in it. One table (api.c) has a row for
 * each verb: under which method and path it is reached, who may, and in which lane it
 * runs. `serve` matches the path and checks the session; the verb itself runs in a
 * worker process, so that the loop of `serve` never waits for the database.
 *
 * To add a verb: write its function in node/web/api_<noun>.c, declare it in
 * api_verbs.h, add its row to the table in api.c.
 */
enum api_lane {
    API_QUERY, /* two processes; the store is open for reading only */
    API_ACT,   /* one process: changes, one after another, answered after commit */
    API_AUTH,  /* one process: passwords (half a second each); store for reading */
    API_LOOP,  /* answered by serve itself: session, jobs, events, uploads */
};
#define API_LANES 3 /* those with processes */

#define API_ARGS_MAX ((size_t)64 << 10) /* bytes of a request's JSON body */
#define API_BODY_MAX ((size_t)8 << 20)  /* bytes of an answer: a page picture fits */
#define API_JSON     "application/json"
#define API_BODY     "body" /* key of the request's own JSON in the arguments */

/* What a verb is given. All borrowed. */
struct api_call {
    struct flow *flow; /* home and store; under API_ACT to write, else to read only */
    const char *user;  /* who asks, an existing user; "": nobody has logged in */
    /* Object: parts of the path and of the query, each a text by its name, and the
     * JSON object that came as body under API_BODY. Everything in it comes from
     * outside. */
    const struct jdoc *args;
};

/**
 * api_reading - when @verb shows personal data: note who sees it, and what for
 * (flow_reading.h; argument "purpose"). Return: 0, or -1 and @e: ERR_READING_PURPOSE,
 * errors of writing.
 */
MUST_CHECK int api_reading(const struct api_call *c, const char *verb, struct err *e);

/* What it answers: when it returns 0. */
struct api_reply {
    int status;       /* HTTP status, 200 when the verb begins */
    const char *type; /* static; API_JSON when the verb begins */
    struct str body;  /* at most API_BODY_MAX bytes */
};

/**
 * api_fn - one verb.
 * Return: 0 and *@r, or -1 and @e: the caller answers with api_error() and the status
 * of api_status().
 */
typedef int api_fn(const struct api_call *c, struct api_reply *r, struct err *e);

struct api_row {
    const char *method; /* "GET"; NULL: asked by serve itself, no path leads to it */
    const char *path;   /* below /api/v1: "/items/:item/fields/:field" */
    const char *verb;   /* name in frames and in the log; one row each */
    bool open;          /* also without a session; @may is not looked at */
    enum role_act may;  /* what the user's role must allow */
    enum api_lane lane;
    api_fn *run; /* NULL under API_LOOP */
};

/** api_table - all rows. @count: how many. static. */
const struct api_row *api_table(size_t *count);

/** api_row - the row of @verb, NULL: none. static. */
const struct api_row *api_row(const char *verb);

/** api_slow - whether a verb of API_QUERY may take some 100 ms (web_lane.h). */
bool api_slow(const char *verb);

/**
 * api_run - what a worker does with a call: the row, the user's right as the store says
 * now (not as the session says), the verb.
 * @lane: only verbs of this lane are run.
 * @r: set in any case; an error becomes its answer.
 */
void api_run(const struct api_call *c, const char *verb, enum api_lane lane,
             struct api_reply *r);

/** api_status - the HTTP status that an error is answered with. */
int api_status(enum err_code code);

/** api_error - append {"error":{"code","vi":{"what","safe","todo"},"en":{…},"detail"}}.
 * The detail is the subject of @e alone: which thing it is about. */
void api_error(const struct err *e, struct str *out);

/** api_json - the answer is this value. @j: borrowed. */
void api_json(struct api_reply *r, const struct jdoc *j);

/**
 * struct api_lines - lines of a flow as rows of an answer.
 *
 *     AUTO_JDOC struct jdoc *rows = jdoc_array();
 *     struct api_lines lines = {.rows = rows, .type = "dossier"};
 *     struct flow_listener to = api_listener(&lines);
 */
struct api_lines {
    struct jdoc *rows; /* array, filled with copies. borrowed */
    const char *type;  /* only lines of this type; NULL: all */
    size_t max;        /* no more than so many; 0: no bound */
};
struct flow_listener api_listener(struct api_lines *l);

/** api_rows - the answer is {"rows":@rows,"next":@next}. @rows: taken. @next: NULL:
 * null. */
void api_rows(struct api_reply *r, struct jdoc *rows, const char *next);

/* Arguments: text by name from path or query ("" when absent); key of the body. */
const char *api_arg(const struct api_call *c, const char *name);
const struct jdoc *api_body(const struct api_call *c); /* NULL: none came */
/** api_body_int - a number of the body; absent or null: @otherwise. ERR_WEB_FIELD. */
MUST_CHECK int api_body_int(const struct api_call *c, const char *name, int64_t min,
                            int64_t max, int64_t otherwise, int64_t *out,
                            struct err *e);
/** api_body_text - a text of the body. ERR_WEB_FIELD when it is absent or no text. */
MUST_CHECK int api_body_text(const struct api_call *c, const char *name,
                             const char **out, struct err *e);

#endif
