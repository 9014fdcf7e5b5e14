/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/item.h"

#include <assert.h>
#include <string.h>

#include "node/base/auto.h"

static const char *const states[ITEM_STATE_COUNT] = {
    [ITEM_CAPTURED] = "captured",   [ITEM_RECOGNIZED] = "recognized",
    [ITEM_DESCRIBED] = "described", [ITEM_RETURNED] = "returned",
    [ITEM_VERIFIED] = "verified",   [ITEM_SEALED] = "sealed",
};

static const char *const levels[] = {"none", "recognized", "verified"};

static const struct {
    enum item_state from;
    enum item_act act;
    enum item_state to;
    bool new_rev;
} moves[] = {
    {ITEM_CAPTURED, ITEM_RECOGNIZE, ITEM_RECOGNIZED, false},
    {ITEM_CAPTURED, ITEM_SET, ITEM_CAPTURED, false},
    /* read again: what people wrote and decided stays */
    {ITEM_RECOGNIZED, ITEM_RECOGNIZE, ITEM_RECOGNIZED, false},
    {ITEM_DESCRIBED, ITEM_RECOGNIZE, ITEM_DESCRIBED, false},
    {ITEM_RETURNED, ITEM_RECOGNIZE, ITEM_RETURNED, false},
    {ITEM_RECOGNIZED, ITEM_SET, ITEM_DESCRIBED, false},
    {ITEM_DESCRIBED, ITEM_SET, ITEM_DESCRIBED, false},
    {ITEM_RETURNED, ITEM_SET, ITEM_DESCRIBED, false},
    {ITEM_VERIFIED, ITEM_SET, ITEM_DESCRIBED, false},
    {ITEM_SEALED, ITEM_SET, ITEM_DESCRIBED, true},
    {ITEM_RECOGNIZED, ITEM_VERIFY, ITEM_VERIFIED, false},
    {ITEM_DESCRIBED, ITEM_VERIFY, ITEM_VERIFIED, false},
    {ITEM_RETURNED, ITEM_VERIFY, ITEM_VERIFIED, false},
    {ITEM_SEALED, ITEM_VERIFY, ITEM_VERIFIED, true},
    {ITEM_RECOGNIZED, ITEM_RETURN, ITEM_RETURNED, false},
    {ITEM_DESCRIBED, ITEM_RETURN, ITEM_RETURNED, false},
    {ITEM_VERIFIED, ITEM_RETURN, ITEM_RETURNED, false},
    {ITEM_SEALED, ITEM_RETURN, ITEM_RETURNED, true},
    {ITEM_RECOGNIZED, ITEM_SEAL, ITEM_SEALED, false},
    {ITEM_DESCRIBED, ITEM_SEAL, ITEM_SEALED, false},
    {ITEM_VERIFIED, ITEM_SEAL, ITEM_SEALED, false},
};

const char *item_state_name(enum item_state s)
{
    assert(s < ITEM_STATE_COUNT);
    return states[s];
}

bool item_state_find(const char *name, enum item_state *out)
{
    for (unsigned i = 0; i < ITEM_STATE_COUNT; i++) {
        if (strcmp(states[i], name) == 0) {
            *out = (enum item_state)i;
            return true;
        }
    }
    return false;
}

bool item_next(enum item_state from, enum item_act act, enum item_state *to,
               bool *new_rev)
{
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].from == from && moves[i].act == act) {
            *to = moves[i].to;
            *new_rev = moves[i].new_rev;
            return true;
        }
    }
    return false;
}

void item_number_print(const struct item *it, char out[REGNO_TEXT_MAX])
{
    struct regno r = {.number = it->number, .year = it->number_year};

    out[0] = '\0';
    if (it->number == 0)
        return;
    memcpy(r.suffix, it->suffix, sizeof r.suffix);
    regno_print(&r, out);
}

bool item_count_open(const struct item *it)
{
    return it->pages_expected != 0 && it->pages_expected != it->pages &&
           !it->expect_why[0];
}

const char *item_level_name(enum item_level l)
{
    assert((size_t)l < ARRAY_LEN(levels));
    return levels[l];
}

bool item_level_find(const char *name, enum item_level *out)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (strcmp(levels[i], name) == 0) {
            *out = (enum item_level)i;
            return true;
        }
    }
    return false;
}
