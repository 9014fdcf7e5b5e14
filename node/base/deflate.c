/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/deflate.h"

#include <assert.h>
#include <limits.h>
#define ZLIB_CONST /* next_in may point to const */
#include <zlib.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"

#define CHUNK ((size_t)1 << 16)

void deflate_pack(const void *data, size_t len, struct str *out)
{
    uLongf room = compressBound((uLong)len);
    char *p = str_room(out, room);

    if (p == NULL)
        return;
    /* Fails only without memory or without room; both leave @out as it was. */
    if (compress2((Bytef *)p, &room, data, (uLong)len, 9) == Z_OK)
        str_used(out, room);
    else
        out->over = true;
}

static void inflate_auto(z_stream *z)
{
    inflateEnd(z);
}

int deflate_unpack(const void *data, size_t len, struct str *out, struct err *e)
{
    AUTO(inflate_auto) z_stream z = {0};
    int rc = Z_OK;

    if (len > UINT_MAX)
        return err_set(e, ERR_LIMIT, "compressed block");
    if (inflateInit(&z) != Z_OK)
        return err_set(e, ERR_MEMORY, "compressed block");
    z.next_in = data;
    z.avail_in = (uInt)len;
    while (rc != Z_STREAM_END) {
        size_t left = out->max - out->len;
        size_t room = left < CHUNK ? left : CHUNK;
        char *p = room == 0 ? NULL : str_room(out, room);

        if (p == NULL)
            return err_set(e, ERR_LIMIT, "compressed block");
        z.next_out = (Bytef *)p;
        z.avail_out = (uInt)room;
        rc = inflate(&z, Z_NO_FLUSH);
        if (rc != Z_OK && rc != Z_STREAM_END)
            return err_set(e, ERR_WORKER_PROTOCOL, "compressed block");
        if (rc == Z_OK && z.avail_in == 0 && z.avail_out == room)
            return err_set(e, ERR_WORKER_PROTOCOL, "compressed block is cut off");
        str_used(out, room - z.avail_out);
    }
    if (z.avail_in != 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "bytes after the compressed block");
    return 0;
}

struct deflate_in {
    z_stream z;
    unsigned char scratch[DEFLATE_STEP_MAX];
};

struct deflate_in *deflate_in_new(void)
{
    struct deflate_in *d = mem_new(1, sizeof *d);
    int rc = inflateInit(&d->z);

    assert(rc == Z_OK);
    return d;
}

void deflate_in_free(struct deflate_in *d)
{
    if (d)
        inflateEnd(&d->z);
    mem_free(d);
}

void deflate_in_auto(struct deflate_in **d)
{
    deflate_in_free(*d);
}

void deflate_in_reset(struct deflate_in *d)
{
    int rc = inflateReset(&d->z);

    assert(rc == Z_OK);
}

int deflate_in_step(struct deflate_in *d, const void *data, size_t len, size_t *used,
                    size_t *made)
{
    int rc;

    d->z.next_in = data;
    d->z.avail_in = len > UINT_MAX ? UINT_MAX : (uInt)len;
    d->z.next_out = d->scratch;
    d->z.avail_out = sizeof d->scratch;
    len = d->z.avail_in;
    rc = inflate(&d->z, Z_NO_FLUSH);
    *used = len - d->z.avail_in;
    *made = sizeof d->scratch - d->z.avail_out;
    if (rc == Z_STREAM_END)
        return 1;
    return rc == Z_OK || rc == Z_BUF_ERROR ? 0 : -1;
}

const void *deflate_in_view(const struct deflate_in *d)
{
    return d->scratch;
}

struct deflate_out {
    z_stream z;
    bool last;
    unsigned char scratch[DEFLATE_STEP_MAX];
};

struct deflate_out *deflate_out_new(bool small)
{
    struct deflate_out *d = mem_new(1, sizeof *d);
    int rc = deflateInit(&d->z, small ? Z_DEFAULT_COMPRESSION : Z_NO_COMPRESSION);

    assert(rc == Z_OK);
    return d;
}

void deflate_out_free(struct deflate_out *d)
{
    if (d)
        deflateEnd(&d->z);
    mem_free(d);
}

void deflate_out_auto(struct deflate_out **d)
{
    deflate_out_free(*d);
}

void deflate_out_reset(struct deflate_out *d)
{
    int rc = deflateReset(&d->z);

    assert(rc == Z_OK);
}

void deflate_out_add(struct deflate_out *d, const void *data, size_t len, bool last)
{
    assert(d->z.avail_in == 0 && len <= UINT_MAX);
    d->z.next_in = data;
    d->z.avail_in = (uInt)len;
    d->last = last;
}

void deflate_out_step(struct deflate_out *d, const void **out, size_t *made)
{
    int rc;

    d->z.next_out = d->scratch;
    d->z.avail_out = sizeof d->scratch;
    rc = deflate(&d->z, d->last ? Z_FINISH : Z_NO_FLUSH);
    assert(rc != Z_STREAM_ERROR);
    *out = d->scratch;
    *made = sizeof d->scratch - d->z.avail_out;
}
