/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_STATIC_H
#define SOHOA_WEB_WEB_STATIC_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The files of the page, in the program itself (scripts/embed): no folder to install,
 * none that a path could lead out of.
 */
struct web_asset {
    const char *path; /* "/", "/assets/app.1a2b3c4d.js" */
    const char *type;
    const char *etag; /* quoted */
    bool immutable;   /* its name changes with its content */
    const unsigned char *raw;
    size_t raw_len;
    const unsigned char *gzip; /* NULL: does not shrink */
    size_t gzip_len;
};

/** web_static_find - the file at @path, NULL: none. static. */
const struct web_asset *web_static_find(const char *path);

/** web_static_at - the @i-th; NULL beyond the last. */
const struct web_asset *web_static_at(size_t i);

#endif
