/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/pack.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/deflate.h"
#include "node/base/err.h"
#include "node/base/mem.h"
#include "sync/gate.h"

#define WINDOW      ((size_t)1 << 16)
#define TRAILER_LEN 20

/* What a request asks of receive-pack besides the command: a plain report. */
static const char capabilities[] = " report-status";

enum { TYPE_COMMIT = 1, TYPE_TREE = 2, TYPE_BLOB = 3 };

static int malformed(struct err *e, const char *name, const char *what)
{
    err_set(e, ERR_GATE_FORM, "%s", name);
    return err_detail(e, "%s", what);
}

static int too_much(struct err *e, const char *name, const char *what)
{
    err_set(e, ERR_GATE_LIMIT, "%s", name);
    return err_detail(e, "%s", what);
}

static ssize_t read_at(int fd, const char *name, void *buf, size_t len, int64_t at,
                       struct err *e)
{
    ssize_t n;

    do
        n = pread(fd, buf, len, (off_t)at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        err_sys(e, ERR_READ, "%s", name);
    return n;
}

/* ---- the command --------------------------------------------------------------------
 */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Length of the line that begins at @p, four digits included; 0: none. */
static size_t line_len(const char *p)
{
    size_t len = 0;

    for (size_t i = 0; i < 4; i++) {
        int d = hex_digit(p[i]);

        if (d < 0)
            return 0;
        len = len * 16 + (size_t)d;
    }
    return len;
}

static bool take_oid(const char *p, char out[NAMES_OID_MAX])
{
    memcpy(out, p, NAMES_OID_MAX - 1);
    out[NAMES_OID_MAX - 1] = '\0';
    return names_is_oid(out);
}

int pack_read_command(int fd, const char *name, struct pack_command *out, struct err *e)
{
    char head[PACK_COMMAND_MAX + 8];
    struct pack_command c = {.pack_at = 0};
    ssize_t got = read_at(fd, name, head, sizeof head, 0, e);
    size_t len, ref_len;
    const char *ref;

    if (got < 0)
        return -1;
    if (got < 8)
        return malformed(e, name, "too short");
    len = line_len(head);
    if (len < 4 + 82 + sizeof capabilities || len > PACK_COMMAND_MAX ||
        (size_t)got < len + 4 || memcmp(head + len, "0000", 4) != 0)
        return malformed(e, name, "not one command");
    ref = head + 4 + 82;
    if (!take_oid(head + 4, c.old) || head[44] != ' ' || !take_oid(head + 45, c.new) ||
        head[85] != ' ')
        return malformed(e, name, "ids");
    ref_len = strnlen(ref, len - 4 - 82);
    if (ref_len == len - 4 - 82 || ref_len == 0 || ref_len >= sizeof c.ref)
        return malformed(e, name, "ref");
    memcpy(c.ref, ref, ref_len + 1);
    if (len - 4 - 82 - ref_len != sizeof capabilities ||
        memcmp(ref + ref_len + 1, capabilities, sizeof capabilities - 1) != 0)
        return malformed(e, name, "capabilities");
    c.pack_at = (int64_t)len + 4;
    *out = c;
    return 0;
}

/* ---- the pack
 * ------------------------------------------------------------------------ */

struct walk {
    int fd;
    const char *name;
    int64_t at;  /* offset of window[0] in the file */
    int64_t end; /* where the trailer begins */
    size_t used, filled;
    struct deflate_in *inflate;
    unsigned char window[WINDOW];
};

static void walk_free(struct walk **w)
{
    if (*w)
        deflate_in_free((*w)->inflate);
    mem_free(*w);
}

/* At least one byte in the window. Return: 1, 0 the trailer is reached, -1. */
static int walk_fill(struct walk *w, struct err *e)
{
    int64_t left;
    ssize_t n;

    if (w->used < w->filled)
        return 1;
    w->at += (int64_t)w->filled;
    w->used = w->filled = 0;
    left = w->end - w->at;
    if (left <= 0)
        return 0;
    n = read_at(w->fd, w->name, w->window,
                left < (int64_t)WINDOW ? (size_t)left : WINDOW, w->at, e);
    if (n < 0)
        return -1;
    w->filled = (size_t)n;
    return n > 0;
}

static int walk_byte(struct walk *w, unsigned *out, struct err *e)
{
    int rc = walk_fill(w, e);

    if (rc < 0)
        return -1;
    if (rc == 0)
        return malformed(e, w->name, "the pack is cut off");
    *out = w->window[w->used++];
    return 0;
}

/* Type and size in front of an object: 3 and 4 bits, then 7 at a time. */
static int walk_header(struct walk *w, unsigned *type, uint64_t *size, struct err *e)
{
    unsigned shift = 4, c;

    if (walk_byte(w, &c, e) < 0)
        return -1;
    *type = (c >> 4) & 7;
    *size = c & 15;
    while (c & 0x80) {
        if (walk_byte(w, &c, e) < 0)
            return -1;
        if (shift > 32)
            return too_much(e, w->name, "size of an object");
        *size |= (uint64_t)(c & 0x7f) << shift;
        shift += 7;
    }
    return 0;
}

static int check_size(struct walk *w, unsigned type, uint64_t size, struct err *e)
{
    int64_t max;

    switch (type) {
    case TYPE_COMMIT:
        max = GATE_COMMIT_MAX;
        break;
    case TYPE_TREE:
        max = GATE_TREE_MAX;
        break;
    case TYPE_BLOB:
        max = GATE_BLOB_MAX;
        break;
    default:
        return malformed(e, w->name, "an object that is no whole commit, tree or blob");
    }
    return size <= (uint64_t)max ? 0 : too_much(e, w->name, "size of an object");
}

static int walk_object(struct walk *w, struct pack_found *found, struct err *e)
{
    uint64_t size, made_all = 0;
    unsigned type;
    int rc = 0;

    if (walk_header(w, &type, &size, e) < 0 || check_size(w, type, size, e) < 0)
        return -1;
    found->inflated += (int64_t)size;
    if (found->inflated > GATE_INFLATED_MAX)
        return too_much(e, w->name, "all objects together");
    deflate_in_reset(w->inflate);
    while (rc == 0) {
        size_t used, made;
        int more = walk_fill(w, e);

        if (more < 0)
            return -1;
        if (more == 0)
            return malformed(e, w->name, "the pack is cut off");
        rc = deflate_in_step(w->inflate, w->window + w->used, w->filled - w->used,
                             &used, &made);
        w->used += used;
        made_all += made;
        if (rc < 0 || made_all > size || (rc == 0 && used == 0 && made == 0))
            return malformed(e, w->name, "an object is damaged or longer than it says");
    }
    return made_all == size ? 0 : malformed(e, w->name, "an object is too short");
}

#define HEAD_LEN 12

static int head_count(const unsigned char head[HEAD_LEN], const char *name,
                      uint64_t *count, struct err *e)
{
    uint64_t n = 0;

    if (memcmp(head, "PACK\0\0\0\2", 8) != 0)
        return malformed(e, name, "not a pack of version 2");
    for (size_t i = 8; i < HEAD_LEN; i++)
        n = n << 8 | head[i];
    *count = n;
    return 0;
}

int pack_count(int fd, const char *name, int64_t at, uint64_t *count, struct err *e)
{
    unsigned char head[HEAD_LEN];

    if (pread(fd, head, sizeof head, (off_t)at) != (ssize_t)sizeof head)
        return malformed(e, name, "no pack");
    return head_count(head, name, count, e);
}

static int walk_pack(struct walk *w, struct pack_found *found, struct err *e)
{
    unsigned char head[HEAD_LEN];
    uint64_t count = 0;

    for (size_t i = 0; i < sizeof head; i++) {
        unsigned c = 0;

        if (walk_byte(w, &c, e) < 0)
            return -1;
        head[i] = (unsigned char)c;
    }
    if (head_count(head, w->name, &count, e) < 0)
        return -1;
    if (count > GATE_OBJECTS_MAX)
        return too_much(e, w->name, "number of objects");
    if (count == 0)
        return malformed(e, w->name, "an empty pack");
    for (uint64_t i = 0; i < count; i++)
        if (walk_object(w, found, e) < 0)
            return -1;
    found->objects = (size_t)count;
    if (w->at + (int64_t)w->used != w->end)
        return malformed(e, w->name, "bytes after the last object");
    return 0;
}

int pack_check(int fd, const char *name, int64_t at, struct pack_found *found,
               struct err *e)
{
    AUTO(walk_free) struct walk *w = NULL;
    struct pack_found f = {.objects = 0};
    struct stat st;

    if (fstat(fd, &st) < 0)
        return err_sys(e, ERR_READ, "%s", name);
    if (st.st_size - at > GATE_PACK_MAX)
        return too_much(e, name, "size of the pack");
    if (st.st_size - at < HEAD_LEN + TRAILER_LEN)
        return malformed(e, name, "no pack");
    w = mem_new(1, sizeof *w);
    w->fd = fd;
    w->name = name;
    w->at = at;
    w->end = st.st_size - TRAILER_LEN;
    w->inflate = deflate_in_new();
    if (walk_pack(w, &f, e) < 0)
        return -1;
    *found = f;
    return 0;
}
