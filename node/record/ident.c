/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/ident.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/hash.h"
#include "node/base/num.h"

#define SHORT_LEN 8 /* digits of the node that its names begin with */

bool ident_is_node(const char *text)
{
    return hash_is_hex(text, IDENT_NODE_LEN);
}

bool ident_is_page(const char *text)
{
    return hash_is_hex(text, HASH_HEX - 1);
}

static bool is_name(const char *text, const char *between)
{
    char start[SHORT_LEN + 1];
    const char *number = NULL;
    int64_t n = 0;

    if (strlen(text) >= IDENT_NAME_MAX || strlen(text) <= SHORT_LEN)
        return false;
    memcpy(start, text, SHORT_LEN);
    start[SHORT_LEN] = '\0';
    if (!hash_is_hex(start, SHORT_LEN) ||
        strncmp(text + SHORT_LEN, between, strlen(between)) != 0)
        return false;
    number = text + SHORT_LEN + strlen(between);
    return number[0] != '0' && num_parse(number, 1, IDENT_COUNTER_MAX, &n);
}

bool ident_is_item(const char *text)
{
    return is_name(text, "-");
}

bool ident_is_dossier(const char *text)
{
    return is_name(text, "-d");
}

static void make_name(const char *node, const char *between, int64_t counter,
                      char out[IDENT_NAME_MAX])
{
    assert(ident_is_node(node));
    assert(counter >= 1);
    assert(counter <= IDENT_COUNTER_MAX);
    (void)snprintf(out, IDENT_NAME_MAX, "%.*s%s%" PRId64, SHORT_LEN, node, between,
                   counter);
}

void ident_item(const char *node, int64_t counter, char out[IDENT_NAME_MAX])
{
    make_name(node, "-", counter, out);
}

void ident_dossier(const char *node, int64_t counter, char out[IDENT_NAME_MAX])
{
    make_name(node, "-d", counter, out);
}

bool ident_belongs(const char *name, const char *node)
{
    return strncmp(name, node, SHORT_LEN) == 0;
}

void ident_page(const char *master, int64_t index, bool single,
                char out[IDENT_PAGE_MAX])
{
    char text[160];
    int len = 0;

    assert(ident_is_page(master));
    assert(index >= 0);
    if (single) {
        memcpy(out, master, IDENT_PAGE_MAX);
        return;
    }
    len = snprintf(text, sizeof text, "sohoa-page\n%s\n%" PRId64 "\n", master, index);
    hash_bytes(text, (size_t)len, out);
}
