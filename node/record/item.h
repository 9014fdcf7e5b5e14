/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_ITEM_H
#define SOHOA_RECORD_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "node/record/ident.h"
#include "node/record/kind.h"
#include "node/record/regno.h"
#include "node/record/unit.h"

/*
 * An item: one document, or one entry of a register.
 *
 *              recognize            set              verify           seal
 *   captured ───────────► recognized ───► described ───────► verified ────► sealed
 *                             │ verify ─────────────────────────▲             │
 *                             └ seal (unverified) ──────────────────────────► │
 *   return: described or verified → returned; set or verify leads on from there
 *   set on sealed: described, revision + 1; verify on sealed (sealed without
 *   verification): verified, revision + 1. A sealed revision itself never changes.
 */
enum item_state {
    ITEM_CAPTURED,
    ITEM_RECOGNIZED,
    ITEM_DESCRIBED,
    ITEM_RETURNED,
    ITEM_VERIFIED,
    ITEM_SEALED,
    ITEM_STATE_COUNT
};

enum item_act { ITEM_RECOGNIZE, ITEM_SET, ITEM_VERIFY, ITEM_RETURN, ITEM_SEAL };

const char *item_state_name(enum item_state s);
bool item_state_find(const char *name, enum item_state *out);

/**
 * item_next - the state that @act leads to.
 * @new_rev: set true when the act opens a new revision.
 * Return: false when the act is not allowed in @from; outputs are then untouched.
 */
bool item_next(enum item_state from, enum item_act act, enum item_state *to,
               bool *new_rev);

/* How sure a sealed revision is: a person compared it, or only the program read it. */
enum item_level { ITEM_LEVEL_NONE, ITEM_LEVEL_RECOGNIZED, ITEM_LEVEL_VERIFIED };
const char *item_level_name(enum item_level l); /* "none", "recognized", "verified" */
bool item_level_find(const char *name, enum item_level *out);

struct item {
    int64_t id; /* row in this store, 0: not stored yet */
    char name[IDENT_NAME_MAX];
    char dossier[IDENT_NAME_MAX]; /* "": loose */
    char kind[KIND_NAME_MAX];
    enum item_state state;
    int64_t rev;                   /* from 1 */
    int64_t supersedes;            /* the revision before, 0: none */
    char unit_code[UNIT_CODE_MAX]; /* unit at creation: never changes */
    char unit_from[UNIT_DATE_MAX];
    int64_t created;       /* seconds UTC */
    int64_t sealed_rev;    /* newest sealed revision, 0: none */
    enum item_level level; /* of that one */
    int64_t receipt_at;    /* province's time of the first receipt, 0: none */
    int64_t pages;         /* count */
    int64_t number;        /* in its register or series, 0: none */
    char suffix[REGNO_SUFFIX_MAX];
    int number_year; /* 0: not known */
    int64_t
        pages_expected;  /* as told before scanning, 0: not told, ITEM_COUNT_DIFFERS */
    char expect_why[64]; /* why another count is right, "": not explained */
};

/* The call that brought the item in was told another count of pages over all its files.
 */
#define ITEM_COUNT_DIFFERS (-1)

/** item_number_print - "22bis/2003"; "" when it has no number. */
void item_number_print(const struct item *it, char out[REGNO_TEXT_MAX]);

/** item_count_open - another count of pages than told, and nobody has said why: no
 * seal. */
bool item_count_open(const struct item *it);

#endif
