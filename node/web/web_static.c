/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_static.h"

#include <string.h>

#include "node/base/auto.h"

#include "assets.inc" /* ASSETS, made by scripts/embed */

const struct web_asset *web_static_at(size_t i)
{
    return i < ARRAY_LEN(ASSETS) ? &ASSETS[i] : NULL;
}

const struct web_asset *web_static_find(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(ASSETS); i++)
        if (strcmp(ASSETS[i].path, path) == 0)
            return &ASSETS[i];
    return NULL;
}
