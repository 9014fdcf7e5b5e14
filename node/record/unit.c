/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/unit.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/utf8.h"
#include "node/record/field.h"

bool unit_code_valid(const char *code)
{
    size_t len = strlen(code);

    if (len == 0 || len >= UNIT_CODE_MAX)
        return false;
    for (const char *p = code; *p; p++) {
        if (!(*p >= '0' && *p <= '9') && !(*p >= 'A' && *p <= 'Z') && *p != '.')
            return false;
    }
    return code[0] != '.' && code[len - 1] != '.';
}

bool unit_date_valid(const char *date)
{
    return strlen(date) == UNIT_DATE_MAX - 1 && field_date_valid(date);
}

/* "code/valid_from" separated by one space. */
static bool successors_valid(const char *text)
{
    const char *p = text;

    while (*p) {
        char one[UNIT_CODE_MAX + UNIT_DATE_MAX];
        size_t len = strcspn(p, " ");
        char *slash = NULL;

        if (len >= sizeof one)
            return false;
        memcpy(one, p, len);
        one[len] = '\0';
        slash = strchr(one, '/');
        if (!slash)
            return false;
        *slash = '\0';
        if (!unit_code_valid(one) || !unit_date_valid(slash + 1))
            return false;
        p += len;
        if (*p == ' ' && p[1] != '\0')
            p++;
        else if (*p)
            return false;
    }
    return true;
}

int unit_check(const struct unit *u, struct err *e)
{
    const char *column = NULL;

    if (!unit_code_valid(u->code))
        column = "code";
    else if (!unit_date_valid(u->valid_from))
        column = "valid_from";
    else if (!u->name[0] || !utf8_valid(u->name, strlen(u->name)))
        column = "name";
    else if (!utf8_valid(u->kind, strlen(u->kind)))
        column = "kind";
    else if (u->parent[0] && !unit_code_valid(u->parent))
        column = "parent";
    else if (u->valid_to[0] &&
             (!unit_date_valid(u->valid_to) || strcmp(u->valid_to, u->valid_from) < 0))
        column = "valid_to";
    else if (!successors_valid(u->successors))
        column = "successors";
    if (column)
        return err_set(e, ERR_UNIT, "%s: %s", u->code, column);
    return 0;
}

bool unit_split(const char *text, char code[UNIT_CODE_MAX],
                char valid_from[UNIT_DATE_MAX])
{
    size_t len = strcspn(text, "-");
    char c[UNIT_CODE_MAX];

    if (len >= UNIT_CODE_MAX)
        return false;
    memcpy(c, text, len);
    c[len] = '\0';
    if (!unit_code_valid(c) || (text[len] && !unit_date_valid(text + len + 1)))
        return false;
    memcpy(code, c, UNIT_CODE_MAX);
    if (text[len])
        memcpy(valid_from, text + len + 1, UNIT_DATE_MAX);
    else
        valid_from[0] = '\0';
    return true;
}
