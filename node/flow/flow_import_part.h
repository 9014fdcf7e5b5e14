/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_IMPORT_PART_H
#define SOHOA_FLOW_FLOW_IMPORT_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/flow/flow_import.h"
#include "node/record/ident.h"
#include "node/record/kind.h"
#include "node/record/page.h"
#include "node/scan/source.h"
#include "ocr/qr.h"

/*
 * What the files of import share; nobody else includes this.
 *
 *   flow_import.c          the call: order, waiting, one file from open to its end
 *   flow_import_archive.c  an archive's members, each an input of its own
 *   flow_import_place.c    into a record there is: in the place of a page, or after one
 *   flow_import_past.c     a picture that is past somewhere becomes a page elsewhere
 *   flow_import_end.c      how an input ends: its rows, its copy, its line
 */
struct inspect;
struct jdoc;

#define FLOW_IMPORT_RESUME "import.item." /* + dossier: the item a call was filling */

/* + page: the first page that a call placed before that one, "" when it has ended */
#define FLOW_IMPORT_BEFORE_FACT "import.before."

/** An input before it is looked at. */
struct entry {
    char *path;            /* owned; bytes, "archive.zip/member" for members */
    enum err_code refused; /* by the walk, or by the archive */
    struct err why;        /* of the archive */
    int fd;                /* a member's bytes, -1: a file of its own */
    char *name; /* owned; an upload's own, told instead of path. NULL: path */
};

struct entries {
    struct entry *rows;
    size_t count, cap;
};

/** What one call works with. */
struct call {
    struct flow *f;
    const struct flow_import_opts *opts;
    const struct flow_listener *to;
    struct flow_import_sum *sum;
    struct inspect *inspect;
    struct entries late;  /* not complete when they were looked at */
    struct entries pages; /* per_page: all, to be sorted */
    char kind[KIND_NAME_MAX];
    char item[IDENT_NAME_MAX];     /* per_page: the item that is filled, "": none yet */
    char resume[IDENT_NAME_MAX];   /* the one an interrupted call was filling */
    struct page at;                /* with a place: the page that is meant */
    char aim[IDENT_PAGE_MAX];      /* … its name as the call began */
    bool behind;                   /* what comes goes after it */
    int64_t placed;                /* files that found their place */
    struct flow_import_slip *slip; /* the one that holds */
    struct flow_import_slip own_slip;
    bool unkept; /* of the file at hand something was refused and not kept */
    bool slips;  /* this node printed some: they are looked for */
    unsigned char slip_key[SLIP_KEY_LEN];
    uint64_t need_bytes;             /* free on the disk */
    int64_t deadline_ms;             /* for what is not complete */
    uint64_t done, all;              /* for the progress line */
    size_t members;                  /* kept open for sorting */
    char (*counted)[IDENT_NAME_MAX]; /* owned; items of a call with an expected count */
    size_t counted_count, counted_cap;
};

void flow_import_entry_clear(struct entry *t);
void flow_import_entries_clear(struct entries *l);
/** flow_import_entries_add - @path, @fd: taken. view, valid until the next. */
struct entry *flow_import_entries_add(struct entries *l, char *path, int fd);

/** Told of a file that was taken in all the same: a code and its three sentences. */
struct flow_import_notice {
    const char *code;
    const char *what, *safe, *todo; /* msgids */
};

/** One input under work. */
struct input {
    const struct entry *entry;
    const char *path;
    struct source source;
    struct fs_tmp tmp; /* its copy, on the disk of the home */
    bool copied;       /* the copy is whole: sha and size are of it */
    char sha[HASH_HEX];
    uint64_t size;
    struct page *pages; /* owned */
    size_t page_count;
    unsigned *advice; /* owned; one a page (ocr/capture.h), NULL: none was asked for */
    bool past; /* its pages are past ones that become pages where the call says */
    enum err_code first_bad; /* of its pages */
    char code[QR_TEXT_MAX];  /* on its only page, "" none */
    bool alone;              /* … and nothing but the sheet that bears it */
    bool bears;              /* a slip that holds, and a page: its line tells @slip */
    struct slip slip;
    enum err_code notice;                  /* told beside "stored" */
    const struct flow_import_notice *seen; /* … what was seen of a slip, NULL nothing */
};

#define INPUT_INIT(row)                                                                \
    {                                                                                  \
        .entry = (row), .path = (row)->name ? (row)->name : (row)->path,               \
        .source = SOURCE_INIT, .tmp = FS_TMP_INIT                                      \
    }

void flow_import_input_clear(struct input *in);
#define AUTO_INPUT AUTO(flow_import_input_clear)

/* ---- flow_import.c ---- */

enum taken { TAKEN_DONE, TAKEN_LATE };

/**
 * flow_import_take - open, copy, settle one input, to its line.
 * @late: when it is not complete, *@out may be TAKEN_LATE instead of a line "waiting".
 */
MUST_CHECK int flow_import_take(struct call *c, const struct entry *t, bool late,
                                enum taken *out, struct err *e);
/** flow_import_room - ERR_DISK_FULL unless the disk holds what is begun (D9). */
MUST_CHECK int flow_import_room(const struct call *c, struct err *e);

/* ---- flow_import_archive.c ---- */

/**
 * flow_import_archive - each member becomes an input of its own; the archive gets a
 * line only for what is wrong with it as a whole. @in: the opened archive.
 */
MUST_CHECK int flow_import_archive(struct call *c, struct input *in, struct err *e);

/* ---- flow_import_place.c ---- */

struct known;

/** flow_import_place_find - the page that is meant. ERR_PAGE_ABSENT, ERR_PAGE_PAST. */
MUST_CHECK int flow_import_place_find(struct flow *f, const struct flow_import_opts *o,
                                      struct page *out, struct err *e);
/** flow_import_place_fits - ERR_PAGE_ONE when more than one would take its place. */
MUST_CHECK int flow_import_place_fits(const struct call *c, const struct input *in,
                                      struct err *e);
/** flow_import_place_make - room in the record, and a place for each page of @in.
 * @item: of the record. Transaction. */
MUST_CHECK int flow_import_place_make(struct call *c, struct input *in,
                                      char item[IDENT_NAME_MAX], struct err *e);
/** flow_import_place_done - after the commit: what comes next goes behind it. */
void flow_import_place_done(struct call *c, const struct input *in);
/** flow_import_place_line - what its line says beside the usual. */
void flow_import_place_line(const struct call *c, const struct page *p,
                            struct jdoc *line);
/** flow_import_place_known - the same bytes are stored: a past page comes back, another
 * one is refused. To its line. */
MUST_CHECK int flow_import_place_known(struct call *c, struct input *in,
                                       const struct known *k, struct err *e);

/** flow_import_place_end - the call has come to its end. */
MUST_CHECK int flow_import_place_end(struct call *c, struct err *e);

/* ---- flow_import_past.c ---- */

/**
 * flow_import_past_is - all pages of this file are past, and the call means another
 * place for them: an aim, another dossier, or a file that was not offered under this
 * path before (the same folder once more stays a duplicate).
 * Return: 1; 0: they are not, or @refuse: they are, but a sealed card of their record
 * names them; -1.
 */
MUST_CHECK int flow_import_past_is(struct call *c, const struct input *in,
                                   const struct known *k, bool *refuse, struct err *e);
/** flow_import_past_file - its bytes lie here, also when they were pruned.
 * Transaction. */
MUST_CHECK int flow_import_past_file(struct call *c, const struct input *in,
                                     struct err *e);
/** flow_import_past_page - the past page of that name becomes one of @p->item at
 * @p->seq, 0: the last. Sets id and seq. Transaction. */
MUST_CHECK int flow_import_past_page(struct call *c, struct page *p, struct err *e);

/* ---- flow_import_slip.c ---- */

/** flow_import_slip_open - are slips to be looked for in this call? */
MUST_CHECK int flow_import_slip_open(struct call *c, struct err *e);
/** flow_import_slip_is - is this input one of our slips? */
bool flow_import_slip_is(const struct call *c, const struct input *in,
                         struct slip *out);
/** flow_import_slip_take - keep it and turn to where it points, to its line. */
MUST_CHECK int flow_import_slip_take(struct call *c, struct input *in,
                                     const struct slip *s, struct err *e);
/** flow_import_slip_bear - a slip that is not alone on its picture, or not ours: follow
 * it where it can be believed; the picture stays a page. Sets notice. */
MUST_CHECK int flow_import_slip_bear(struct call *c, struct input *in, bool ours,
                                     const struct slip *s, struct err *e);
/** flow_import_slip_page - of a slip that holds, on a picture with more than that. */
const struct flow_import_notice *flow_import_slip_page(void);
/** flow_import_slip_holds - does what comes belong where a slip says? */
bool flow_import_slip_holds(const struct call *c);
/** flow_import_slip_goes_on - … to the record that is being filled? */
bool flow_import_slip_goes_on(const struct call *c);
/** flow_import_slip_number - give the new record its number. Transaction. */
MUST_CHECK int flow_import_slip_number(struct call *c, const char *item, struct err *e);
/** flow_import_slip_resume - a file that is stored already is a page of @item: a call
 * that was cut off goes on with that record when it is the slip's. */
MUST_CHECK int flow_import_slip_resume(struct call *c, const char *item, struct err *e);
/** flow_import_slip_filled - after the commit: pages went to @item. */
void flow_import_slip_filled(struct call *c, const char *item);

/* ---- flow_import_end.c ---- */

/** flow_import_slip_row - the rows of a slip. @dossier: it points there. Transaction.
 */
MUST_CHECK int flow_import_slip_row(struct call *c, struct input *in,
                                    const char *dossier, bool again, struct err *e);
/** flow_import_slip_tell - its line. */
void flow_import_slip_tell(struct call *c, const struct input *in, const struct slip *s,
                           bool again);

/** flow_import_is_of_input - this code refuses an input and the call goes on; else it
 * is an error of ours and ends the call. */
bool flow_import_is_of_input(enum err_code code);
/** flow_import_keeps_nothing - refused for what it is, not for what is in it: no copy.
 */
bool flow_import_keeps_nothing(enum err_code code);
/** flow_import_media - "image/jpeg" of what is taken. static */
const char *flow_import_media(enum sniff_kind kind);

/** flow_import_copy - copy and hash in one pass, at most @max bytes. Errors of reading
 * are the input's (flow_import_is_of_input()), of writing ours. */
MUST_CHECK int flow_import_copy(struct call *c, struct input *in, uint64_t max,
                                struct err *e);
/** flow_import_keep - a copy into quarantine where @code allows one. */
MUST_CHECK int flow_import_keep(struct call *c, struct input *in, enum err_code code,
                                bool *kept, struct err *e);

/** Where the same bytes are stored already. */
struct known {
    char (*items)[IDENT_NAME_MAX]; /* owned; each once */
    size_t item_count, item_cap;
    char (*pages)[IDENT_PAGE_MAX]; /* owned */
    size_t page_count, page_cap;
};

void flow_import_known_clear(struct known *k);
#define AUTO_KNOWN AUTO(flow_import_known_clear)
MUST_CHECK int flow_import_known_load(struct call *c, const char *sha, struct known *k,
                                      struct err *e);

/* The four ends: rows in one transaction, then the line. */
MUST_CHECK int flow_import_waiting(struct call *c, struct input *in, struct err *e);
/** @sha: of the file kept for it when that is not its own copy, else NULL. */
MUST_CHECK int flow_import_refused(struct call *c, struct input *in,
                                   const struct err *why, const char *sha,
                                   struct err *e);
/** flow_import_linked - rows of an input whose bytes are stored as pages of @item.
 * Transaction. */
MUST_CHECK int flow_import_linked(struct call *c, struct input *in, const char *item,
                                  struct err *e);
/** flow_import_back - the line of such an input that came back to its place. */
void flow_import_back(struct call *c, const struct input *in, const struct known *k);
MUST_CHECK int flow_import_duplicate(struct call *c, struct input *in,
                                     const struct known *k, struct err *e);
/** flow_import_settle - at the end of a call with an expected count, for each of its
 * items: another count (@differs), with the call's reason. Transaction. */
MUST_CHECK int flow_import_settle(struct call *c, const char *item, bool differs,
                                  struct err *e);
/** Return: 1 stored, 0 somebody else was quicker: look again, -1. */
MUST_CHECK int flow_import_stored(struct call *c, struct input *in, struct err *e);

#endif
