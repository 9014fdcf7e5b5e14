/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/media.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/str.h"

#define MOUNTS_MAX ((size_t)4 << 20)
#define FIELDS     6 /* of a line: id, parent, device, root, place, options */

static bool octal(const char *at)
{
    return at[0] >= '0' && at[0] <= '3' && at[1] >= '0' && at[1] <= '7' &&
           at[2] >= '0' && at[2] <= '7';
}

/* "\040" is a space. False: too long, or with control characters. */
static bool take_path(const char *text, char out[MEDIA_PATH_MAX])
{
    size_t n = 0;

    while (*text) {
        unsigned c = (unsigned char)*text++;

        if (c == '\\' && octal(text)) {
            c = (unsigned)((text[0] - '0') * 64 + (text[1] - '0') * 8 + text[2] - '0');
            text += 3;
        }
        if (c < ' ' || n + 1 >= MEDIA_PATH_MAX)
            return false;
        out[n++] = (char)c;
    }
    out[n] = '\0';
    return n > 1;
}

static bool below_media(const char *path)
{
    return str_starts(path, "/media/") || str_starts(path, "/run/media/");
}

static bool read_only(const char *options)
{
    return strcmp(options, "ro") == 0 || str_starts(options, "ro,");
}

/* 1: @line is about a medium, 0. */
static int take_line(char *line, media_usb *usb, struct media *out)
{
    char *fields[FIELDS];
    char *rest = NULL;
    char hex[HASH_HEX];
    size_t n = 0;

    for (char *w = strtok_r(line, " ", &rest); w && n < FIELDS;
         w = strtok_r(NULL, " ", &rest))
        fields[n++] = w;
    /* A folder of a mount shown a second time elsewhere is no medium of its own. */
    if (n < FIELDS || strcmp(fields[3], "/") != 0 || !take_path(fields[4], out->path) ||
        !(below_media(out->path) || usb(fields[2])))
        return 0;
    hash_bytes(out->path, strlen(out->path), hex);
    (void)snprintf(out->id, sizeof out->id, "%.16s", hex);
    out->name = strrchr(out->path, '/') + 1;
    out->read_only = read_only(fields[5]);
    return 1;
}

int media_parse(char *text, media_usb *usb, media_fn *each, void *ctx, struct err *e)
{
    char *rest = NULL;
    size_t count = 0;

    for (char *line = strtok_r(text, "\n", &rest); line && count < MEDIA_MAX;
         line = strtok_r(NULL, "\n", &rest)) {
        struct media m = {.read_only = false};
        int rc = 0;

        if (take_line(line, usb, &m) == 0)
            continue;
        count++;
        rc = each(ctx, &m, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return 0;
}

static bool hangs_on_usb(const char *device)
{
    AUTO_MEM char *link = mem_printf("/sys/dev/block/%s", device);
    char to[PATH_MAX];
    ssize_t n = readlink(link, to, sizeof to - 1);

    if (n < 0)
        return false;
    to[n] = '\0';
    return strstr(to, "/usb") != NULL;
}

int media_each(media_fn *each, void *ctx, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(MOUNTS_MAX);

    if (fs_read_file("/proc/self/mountinfo", &text, e) < 0)
        return -1;
    return text.len ? media_parse(text.p, hangs_on_usb, each, ctx, e) : 0;
}

struct finding {
    const char *id;
    struct media *out;
    bool found;
};

static int see(void *ctx, const struct media *m, struct err *e)
{
    struct finding *f = ctx;

    (void)e;
    if (strcmp(m->id, f->id) != 0)
        return 0;
    *f->out = *m;
    f->out->name = f->out->path + (m->name - m->path);
    f->found = true;
    return 1;
}

int media_find(const char *id, struct media *out, struct err *e)
{
    struct finding f = {.id = id, .out = out};

    if (media_each(see, &f, e) < 0)
        return -1;
    return f.found ? 0 : err_set(e, ERR_MEDIUM_ABSENT, "%.20s", id);
}
