/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/num.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

bool num_parse(const char *text, int64_t min, int64_t max, int64_t *out)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    char *end = NULL;
    long long v = 0;

    if (!isdigit((unsigned char)digits[0]))
        return false;
    errno = 0;
    v = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || v < min || v > max)
        return false;
    *out = v;
    return true;
}
