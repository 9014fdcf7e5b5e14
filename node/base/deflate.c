/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/deflate.h"

#include <limits.h>
#define ZLIB_CONST /* next_in may point to const */
#include <zlib.h>

#include "node/base/err.h"
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
