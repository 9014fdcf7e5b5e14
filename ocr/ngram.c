/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/ngram.h"

#include <stdint.h>
#include <string.h>

#include "node/base/auto.h"

/* NAMES, ALONE, BACK_OFF: one a syllable, sorted by key. FIRST: where the followers of
 * a syllable begin in AFTER and COST, one more at the end. PLACES: pairs of two
 * numbers, sorted. */
#include "ngram.inc"

#define COUNT ((int)ARRAY_LEN(NAMES))

int ngram_find(const char *key)
{
    int low = 0, high = COUNT;

    while (low < high) {
        int middle = low + (high - low) / 2;
        int order = strcmp(NAMES[middle], key);

        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NGRAM_UNKNOWN;
}

int ngram_alone(int id)
{
    return id < 0 ? NGRAM_COST_MOST : ALONE[id];
}

int ngram_cost(int before, int id)
{
    uint32_t low = 0, high = 0;
    int cost = 0;

    if (before < 0)
        return ngram_alone(id);
    if (id >= 0) {
        low = FIRST[before];
        high = FIRST[before + 1];
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (AFTER[middle] == id)
            return COST[middle];
        if (AFTER[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    cost = BACK_OFF[before] + ngram_alone(id);
    return cost < NGRAM_COST_MOST ? cost : NGRAM_COST_MOST;
}

bool ngram_is_name(int first, int second)
{
    uint32_t wanted = 0;
    size_t low = 0, high = ARRAY_LEN(PLACES);

    if (first < 0 || second < 0)
        return false;
    wanted = (uint32_t)first << 16 | (uint32_t)second;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (PLACES[middle] == wanted)
            return true;
        if (PLACES[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
