/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/names.h"

#include <assert.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/hash.h"
#include "node/base/num.h"
#include "node/base/str.h"

static const char *const class_names[CLASS_COUNT] = {"meta", "text", "thumb", "page",
                                                     "master"};

const char *names_class(enum bundle_class cls)
{
    assert(cls >= 0 && cls < CLASS_COUNT);
    return class_names[cls];
}

bool names_class_parse(const char *text, enum bundle_class *out)
{
    for (size_t i = 0; text && i < CLASS_COUNT; i++)
        if (strcmp(text, class_names[i]) == 0) {
            *out = (enum bundle_class)i;
            return true;
        }
    return false;
}

bool names_is_node(const char *text)
{
    return text && hash_is_hex(text, NAMES_NODE_MAX - 1);
}

bool names_is_oid(const char *text)
{
    return text && hash_is_hex(text, NAMES_OID_MAX - 1);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool names_is_code(const char *text)
{
    size_t n = 0;

    for (; text && is_digit(text[n]); n++)
        ;
    return n > 0 && n < NAMES_CODE_MAX && text[n] == '\0';
}

static int two(const char *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

bool names_is_date(const char *text)
{
    if (!text || strlen(text) != NAMES_DATE_MAX - 1)
        return false;
    for (size_t i = 0; i < NAMES_DATE_MAX - 1; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : !is_digit(text[i]))
            return false;
    return clock_date_valid(two(text) * 100 + two(text + 2), two(text + 5),
                            two(text + 8));
}

/* A number without leading zero. Return: its length, 0: none. */
static size_t number_len(const char *p)
{
    size_t n = 0;

    if (p[0] < '1' || p[0] > '9')
        return 0;
    while (is_digit(p[n]))
        n++;
    return n;
}

bool names_is_item(const char *text)
{
    char head[9];
    size_t n;

    if (!text || strlen(text) < 10 || strlen(text) >= NAMES_ITEM_MAX || text[8] != '-')
        return false;
    memcpy(head, text, 8);
    head[8] = '\0';
    if (!hash_is_hex(head, 8))
        return false;
    text += text[9] == 'd' ? 10 : 9;
    n = number_len(text);
    return n > 0 && n <= 18 && text[n] == '\0';
}

bool names_is_token(const char *text, size_t max)
{
    size_t n = 0;

    if (!text)
        return false;
    for (; text[n]; n++)
        if (!((text[n] >= 'a' && text[n] <= 'z') || is_digit(text[n]) ||
              text[n] == '-'))
            return false;
    return n > 0 && n <= max;
}

bool names_is_ascii(const char *text, size_t max)
{
    size_t n = 0;

    if (!text)
        return false;
    for (; text[n]; n++)
        if (text[n] < ' ' || text[n] > '~')
            return false;
    return n > 0 && n <= max;
}

static void chain_ref(const char *top, const char *node, int64_t epoch,
                      enum bundle_class cls, char out[NAMES_REF_MAX])
{
    int n = snprintf(out, NAMES_REF_MAX, "%s/%s/%lld/%s", top, node, (long long)epoch,
                     names_class(cls));

    assert(n > 0 && n < NAMES_REF_MAX);
}

void names_ref(const char *node, int64_t epoch, enum bundle_class cls,
               char out[NAMES_REF_MAX])
{
    chain_ref("refs/sohoa", node, epoch, cls, out);
}

void names_upstream_ref(const char *node, int64_t epoch, enum bundle_class cls,
                        char out[NAMES_REF_MAX])
{
    chain_ref("refs/upstream", node, epoch, cls, out);
}

void names_receipt_ref(const char *node, char out[NAMES_REF_MAX])
{
    int n = snprintf(out, NAMES_REF_MAX, "refs/receipts/%s", node);

    assert(n > 0 && n < NAMES_REF_MAX);
}

bool names_ref_parse(const char *ref, struct names_chain *out)
{
    static const char top[] = "refs/sohoa/";
    struct names_chain c = {.epoch = 0};
    char number[8];
    const char *p = ref;
    size_t n;

    if (!ref || strlen(ref) >= NAMES_REF_MAX || strncmp(p, top, sizeof top - 1) != 0)
        return false;
    p += sizeof top - 1;
    if (strlen(p) < NAMES_NODE_MAX || p[NAMES_NODE_MAX - 1] != '/')
        return false;
    memcpy(c.node, p, NAMES_NODE_MAX - 1);
    if (!names_is_node(c.node))
        return false;
    p += NAMES_NODE_MAX;
    n = number_len(p);
    if (n == 0 || n >= sizeof number || p[n] != '/')
        return false;
    memcpy(number, p, n);
    number[n] = '\0';
    if (!num_parse(number, 1, NAMES_EPOCH_MAX, &c.epoch) ||
        !names_class_parse(p + n + 1, &c.cls))
        return false;
    *out = c;
    return true;
}

bool names_ref_wanted(const char *const *refs, size_t count, const char *ref)
{
    for (size_t i = 0; i < count; i++)
        if (str_ends(refs[i], "/")
                ? str_starts(ref, refs[i])
                : fnmatch(refs[i], ref, FNM_PATHNAME | FNM_NOESCAPE) == 0)
            return true;
    return false;
}

bool names_unit_parse(const char *text, char code[NAMES_CODE_MAX],
                      char valid_from[NAMES_DATE_MAX])
{
    char head[NAMES_CODE_MAX];
    size_t n = text ? strcspn(text, "-") : 0;

    if (n == 0 || n >= sizeof head || text[n] != '-' || !names_is_date(text + n + 1))
        return false;
    memcpy(head, text, n);
    head[n] = '\0';
    if (!names_is_code(head))
        return false;
    memcpy(code, head, n + 1);
    memcpy(valid_from, text + n + 1, NAMES_DATE_MAX);
    return true;
}
