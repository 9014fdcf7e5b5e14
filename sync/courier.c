/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/courier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "sync/courier_part.h"

#define SCHEMA  1
#define BOX_HEX (SEALBOX_BOX * 2 + 1)

static int malformed(struct err *e, const char *what)
{
    return err_set(e, ERR_COURIER_FORM, "%s", what);
}

/* ---- what every list begins with --------------------------------------------------
 */

static void put_head(struct jdoc *j, const struct courier_head *h)
{
    jdoc_set_text(j, "from", h->from);
    jdoc_set_text(j, "to", h->to);
    jdoc_set_int(j, "made", h->made);
    jdoc_set_int(j, "volume", h->volume);
}

static bool take_head(const struct jdoc *j, struct courier_head *h)
{
    return jdoc_take_text(j, "from", h->from, sizeof h->from) &&
           jdoc_take_text(j, "to", h->to, sizeof h->to) && names_is_node(h->from) &&
           names_is_node(h->to) && jdoc_int(j, "made", 0, INT64_MAX, &h->made) &&
           jdoc_int(j, "volume", 1, COURIER_VOLUMES, &h->volume);
}

int courier_head_print(const struct courier_head *h, struct str *out, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();

    put_head(j, h);
    jdoc_set_int(j, "schema", SCHEMA);
    return jdoc_print_document(j, COURIER_HEAD_NAME, COURIER_FRAME_MAX, out, NULL, e);
}

int courier_head_parse(const char *text, size_t len, struct courier_head *out,
                       struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct courier_head h = {.made = 0};
    struct err why = ERR_INIT;
    int64_t schema;

    if (jdoc_parse_canonical(text, len, &j, &why) < 0 ||
        !jdoc_int(j, "schema", SCHEMA, SCHEMA, &schema) || !take_head(j, &h))
        return malformed(e, COURIER_HEAD_NAME);
    *out = h;
    return 0;
}

void courier_list_add(struct jdoc *files, const char *name, const char *sha256,
                      int64_t size)
{
    struct jdoc *j = jdoc_object();

    jdoc_set_text(j, "name", name);
    jdoc_set_text(j, "sha256", sha256);
    jdoc_set_int(j, "size", size);
    jdoc_add(files, j);
}

int courier_index_print(const struct courier_head *h, const struct jdoc *files,
                        bool last, struct str *out, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();

    put_head(j, h);
    jdoc_set_int(j, "schema", SCHEMA);
    jdoc_set_bool(j, "last", last);
    jdoc_set(j, "files", jdoc_copy(files));
    return jdoc_print_document(j, COURIER_INDEX_NAME, STR_JSON_MAX, out, NULL, e);
}

/* ---- the frame of a sealed file ----------------------------------------------------
 */

int courier_frame_print(const struct courier_frame *f, struct str *out, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct jdoc *boxes = jdoc_array();
    char hex[BOX_HEX];

    put_head(j, &f->head);
    for (size_t i = 0; i < f->box_count; i++) {
        struct jdoc *one = jdoc_object();

        hash_hex(f->boxes[i].box, SEALBOX_BOX, hex);
        jdoc_set_text(one, "box", hex);
        jdoc_set_text(one, "node", f->boxes[i].node);
        jdoc_add(boxes, one);
    }
    jdoc_set(j, "boxes", boxes);
    hash_hex(f->stream, SEALBOX_HEAD, hex);
    jdoc_set_text(j, "head", hex);
    str_add(out, COURIER_MAGIC);
    return jdoc_print_document(j, "frame", COURIER_FRAME_MAX - COURIER_MAGIC_LEN, out,
                               NULL, e);
}

static bool take_boxes(const struct jdoc *list, struct courier_frame *f)
{
    if (!jdoc_is_array(list) || jdoc_count(list) > COURIER_BOXES)
        return false;
    for (size_t i = 0; i < jdoc_count(list); i++) {
        const struct jdoc *one = jdoc_at(list, i);
        const char *hex = jdoc_text(one, "box");

        if (!hex || !hash_unhex(hex, f->boxes[i].box, SEALBOX_BOX) ||
            !jdoc_take_text(one, "node", f->boxes[i].node, sizeof f->boxes[i].node))
            return false;
        f->box_count++;
    }
    return true;
}

static int frame_parse(const char *text, size_t len, struct courier_frame *out,
                       struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct courier_frame f = {.box_count = 0};
    struct err why = ERR_INIT;
    const char *hex;

    if (jdoc_parse_canonical(text, len, &j, &why) < 0 || !take_head(j, &f.head) ||
        !take_boxes(jdoc_get(j, "boxes"), &f))
        return malformed(e, "frame");
    hex = jdoc_text(j, "head");
    if (!hex || !hash_unhex(hex, f.stream, SEALBOX_HEAD))
        return malformed(e, "frame");
    f.head.sealed = true;
    *out = f;
    return 0;
}

/* Up to @len bytes at the start. */
static ssize_t read_start(int fd, const char *name, char *buf, size_t len,
                          struct err *e)
{
    size_t got = 0;

    while (got < len) {
        ssize_t n = pread(fd, buf + got, len - got, (off_t)got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, ERR_READ, "%s", name);
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

int courier_frame_read(int fd, const char *name, struct courier_frame *out,
                       struct str *lines, struct err *e)
{
    char buf[COURIER_FRAME_MAX];
    ssize_t got = read_start(fd, name, buf, sizeof buf, e);
    const char *lf;
    size_t len;

    if (got < 0)
        return -1;
    if ((size_t)got < COURIER_MAGIC_LEN ||
        memcmp(buf, COURIER_MAGIC, COURIER_MAGIC_LEN) != 0)
        return 0;
    lf = memchr(buf + COURIER_MAGIC_LEN, '\n', (size_t)got - COURIER_MAGIC_LEN);
    if (!lf)
        return (size_t)got < sizeof buf ? err_set(e, ERR_COURIER_CUT, "%s", name)
                                        : malformed(e, name);
    len = (size_t)(lf + 1 - buf);
    if (frame_parse(buf + COURIER_MAGIC_LEN, len - COURIER_MAGIC_LEN, out, e) < 0)
        return -1;
    str_add_mem(lines, buf, len);
    return 1;
}

/* ---- names and owners ---------------------------------------------------------------
 */

char *courier_volume_path(const char *path, int64_t n)
{
    const char *base = fs_basename(path);
    const char *dot = strrchr(base, '.');
    size_t stem = dot && dot > base ? (size_t)(dot - path) : strlen(path);

    if (n <= 1)
        return mem_dup(path);
    return mem_printf("%.*s.%03lld", (int)stem, path, (long long)n);
}

/* The head of a plain one: its first file. */
static int peek_plain(int fd, const char *path, struct courier_head *out, struct err *e)
{
    char buf[COURIER_BLOCK * 2];
    unsigned char block[COURIER_BLOCK];
    ssize_t got = read_start(fd, path, buf, sizeof buf, e);
    char name[COURIER_NAME_MAX];
    struct err ignored = ERR_INIT; /* what is not ours may look like anything */
    int64_t size;

    if (got < 0)
        return -1;
    if ((size_t)got < sizeof buf)
        return 0;
    memcpy(block, buf, sizeof block);
    if (courier_tar_read(block, name, &size, &ignored) != 1 ||
        strcmp(name, COURIER_HEAD_NAME) != 0 || size > (int64_t)COURIER_BLOCK)
        return 0;
    return courier_head_parse(buf + COURIER_BLOCK, (size_t)size, out, &ignored) == 0;
}

int courier_peek(const char *path, struct courier_head *out, struct err *e)
{
    AUTO_STR struct str lines = STR_INIT(COURIER_FRAME_MAX);
    struct courier_frame f;
    struct err ignored = ERR_INIT;
    AUTO_FD int fd = fs_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, e);
    int rc;

    if (fd < 0)
        return -1;
    rc = courier_frame_read(fd, path, &f, &lines, &ignored);
    if (rc == 0)
        return peek_plain(fd, path, out, &ignored) == 1;
    if (rc < 0)
        return 0;
    *out = f.head;
    return 1;
}
