/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_IMPORT_H
#define SOHOA_FLOW_FLOW_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "node/flow/flow.h"
#include "node/record/kind.h"
#include "node/record/slip.h"

/*
 * Taking in files. Every input ends as one line and one row:
 *
 *   stored     its bytes are an object, its pages wait to be read; told after the
 * commit duplicate  the same bytes were stored before: linked to the item that has them
 *   refused    with its reason, and a copy in quarantine where that is allowed
 *   waiting    still being written, or not complete
 *
 * Order for each: copy and hash in one pass → look it through in a worker → object in
 * its place (synced) → one transaction for item, pages, jobs, input, audit → line. A
 * run that is cut off is run again: what was committed comes back as duplicate.
 */
#define FLOW_IMPORT_WAIT_MS ((int64_t)10000)
#define FLOW_IMPORT_RESERVE                                                            \
    ((uint64_t)512 << 20)       /* free bytes below which none starts */
#define FLOW_IMPORT_FACTOR  3   /* … nor below this many times the largest input */
#define FLOW_IMPORT_MEMBERS 500 /* of archives, in one call with per_page */

/* Where pictures go that belong to a record there is already. */
enum flow_import_place {
    FLOW_IMPORT_NEW,     /* new records */
    FLOW_IMPORT_REPLACE, /* one picture, in the place of a page */
    FLOW_IMPORT_AFTER,   /* after a page, one behind the other */
    FLOW_IMPORT_BEFORE
};

/* What the last slip said (flow_slip.h): the pictures behind it belong there. */
struct flow_import_slip {
    struct slip slip; /* dossier "": none holds */
    char kind[KIND_NAME_MAX];
    char item[IDENT_NAME_MAX]; /* the record that is being filled, "" none yet */
};

struct flow_import_opts {
    enum flow_import_place place;
    const char *page;    /* that page: its name, or its beginning. NULL with _NEW */
    const char *dossier; /* NULL: loose items */
    const char *kind;    /* NULL: that of the dossier's register, else "document" */
    bool per_page;       /* all files are the pages of one item; needs a dossier */
    int64_t expect;      /* pages there should be in all files, 0: not told */
    const char *why;     /* why another count is right, or why a page is replaced or
                          * inserted. NULL: not explained */
    struct flow_import_slip *slip; /* in and out, for calls that go on with one another;
                                    * NULL: none holds at the beginning */
    int64_t wait_ms;               /* for a file that is not complete */
    uint64_t reserve;              /* 0: FLOW_IMPORT_RESERVE */
    bool uploads;                  /* paths are numbers of uploads (flow_upload.h) */
    const char *via;               /* "cli", "web": for the audit row */
    const char *actor;             /* NULL: the program */
    /** told after each input. May be NULL. */
    void (*progress)(void *to, uint64_t done, uint64_t all);
    void *to;
};

struct flow_import_sum {
    int64_t inputs, stored, duplicate, refused, waiting;
    int64_t pages;   /* newly stored */
    int64_t found;   /* pages of what was stored and of duplicates */
    bool unexpected; /* found is not what was expected, and nobody said why */
};

/**
 * flow_import - take in @paths, in their order; folders in byte order of names; with
 * per_page all inputs in natural order of their names.
 * With another count of pages than expected, no item of the call is sealed until the
 * same call with the right count or with a reason, or until the item is explained
 * (flow_item_set(), expect=). Also a call that was cut off leaves its items so.
 * With a place: the old picture stays (store_past.h), the new one waits to be read,
 * what people wrote stays, and the record is to be verified once more (a sealed one in
 * its next revision). The audit chain says who did it and why. dossier, kind, per_page
 * and expect are not looked at. A line then has "place" ("replace", "insert"), "seq",
 * and with the former "past": the page whose place it took. A picture that is a past
 * page of the same record comes back. Run again after it was cut off, what was inserted
 * stays where it stands (duplicate) and the rest follows it.
 * A file whose pages are all past becomes pages where the call means them: at its aim,
 * in another dossier, or as a new record when it comes from another path (the same path
 * once more is a duplicate). When a sealed card names them it is ERR_PAGE_ELSEWHERE,
 * but into its own record.
 *
 * Slips (not with a place): a file of one picture that bears this node's slip and
 * nothing else is no page. It is kept, and what comes behind it goes into its register:
 * with a number as the pages of one record that has this number, without one as records
 * of their own (with per_page, as one). Its line has "slip": {"dossier","number"}, no
 * items, no pages. When more than a slip is on the picture, or it is not certain, the
 * slip holds and the picture is a page as well: stored, with "slip" and SH-SLIP-PAGE. A
 * slip that is not this node's, or whose proof does not fit, is not followed: a page,
 * with SH-SLIP-STRANGE; so is one of a register that is gone or closed, with that code.
 * In a PDF and in a file of several pictures no slip is looked for.
 *
 * With uploads each input goes by the name it was uploaded under, its line tells its
 * number as "upload", and it is removed from the spool once it is stored, duplicate or
 * refused. A number that is none is refused (ERR_NOT_FOUND) and told as path.
 *
 * @opts: borrowed. @to: hears a line "input" for each.
 * @sum: counted as far as it went, also on failure.
 * Return: 0 (also when inputs were refused or wait), or -1 and @e: ERR_ROLE, ERR_KIND,
 * ERR_DOSSIER_ABSENT, ERR_DOSSIER_CLOSED, ERR_PAGE_ABSENT, ERR_PAGE_PAST,
 * ERR_USER_*, ERR_USAGE, ERR_DISK_FULL (nothing more is
 * begun), ERR_WORKER_START, store errors. Stops between two inputs when asked to
 * (stop.h).
 */
MUST_CHECK int flow_import(struct flow *f, const struct flow_import_opts *opts,
                           const char *const *paths, size_t count,
                           const struct flow_listener *to, struct flow_import_sum *sum,
                           struct err *e);

/** flow_import_check - would a call with these be taken at all? ERR_ROLE, ERR_KIND,
 * ERR_DOSSIER_ABSENT, ERR_DOSSIER_CLOSED, ERR_PAGE_ABSENT, ERR_PAGE_PAST, ERR_USER_*,
 * ERR_USAGE. */
MUST_CHECK int flow_import_check(struct flow *f, const struct flow_import_opts *o,
                                 struct err *e);

#endif
