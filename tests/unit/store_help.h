/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TESTS_STORE_HELP_H
#define SOHOA_TESTS_STORE_HELP_H

/* A store in the folder of a case, and the records that most cases need. */

#include "tests/unit/unit.h"

#include <sqlite3.h>

#include "node/base/hash.h"
#include "node/store/store.h"
#include "node/store/store_item.h"
#include "node/store/store_page.h"

#define HELP_NODE "00112233445566778899aabbccddeeff"
#define HELP_UNIT "24133"
#define HELP_FROM "2025-07-01"
#define HELP_NOW                                                                       \
    INT64_C(1764000000) /* 2025-11-24T16:00:00Z: still November at +07:00 */

static inline int help_open(const char *dir, enum store_mode mode, struct store **out,
                            struct err *e)
{
    AUTO_MEM char *db = fs_path(dir, "sohoa.db");
    AUTO_MEM char *objects = fs_path(dir, "objects");
    AUTO_MEM char *lock = fs_path(dir, "lock");
    struct store_place place = {.db = db, .objects = objects, .lock = lock};

    return store_open(&place, mode, out, e);
}

/* help_older - @db as the schema step @version left it: what came after is taken out.
 * A new step has its line here. */
static inline void help_older(sqlite3 *db, int version)
{
    static const struct {
        int step;
        const char *undo;
    } STEPS[] = {{12, "DROP TABLE item_return"},
                 {11, "DROP TRIGGER item_tally_new; DROP TRIGGER item_tally_before;"
                      "DROP TRIGGER item_tally_after; DROP TRIGGER item_tally_gone;"
                      "DROP TRIGGER page_tally_new; DROP TRIGGER page_tally_change;"
                      "DROP TRIGGER page_tally_gone; DROP VIEW tally_by;"
                      "DROP VIEW tally_fresh; DROP VIEW page_tally_fresh;"
                      "DROP VIEW item_fresh; DROP VIEW item_tally;"
                      "DROP TABLE tally; DROP TABLE page_tally;"
                      "DROP INDEX item_of; DROP INDEX item_of_state;"
                      "DROP INDEX item_number;"
                      "ALTER TABLE item DROP COLUMN pages;"
                      "ALTER TABLE item DROP COLUMN unread;"
                      "ALTER TABLE item DROP COLUMN failed;"
                      "ALTER TABLE item DROP COLUMN held"},
                 {10, "DROP TABLE keying; DROP TABLE keying_record;"
                      "DROP TABLE keying_draw"},
                 {9, "DROP TABLE page_past; ALTER TABLE page DROP COLUMN past;"
                     "ALTER TABLE page DROP COLUMN kept"},
                 {7, "ALTER TABLE field DROP COLUMN undone"},
                 {6, "DROP TABLE away"},
                 {5, "DROP TABLE page_grid"},
                 {4, "DROP TABLE page_note"}};
    char set[64];

    for (size_t i = 0; i < ARRAY_LEN(STEPS); i++)
        if (STEPS[i].step > version)
            assert_int_equal(sqlite3_exec(db, STEPS[i].undo, NULL, NULL, NULL),
                             SQLITE_OK);
    (void)snprintf(set, sizeof set, "PRAGMA user_version = %d", version);
    assert_int_equal(sqlite3_exec(db, set, NULL, NULL, NULL), SQLITE_OK);
}

/* help_store - a new store; fails the case when it cannot be made. */
static inline struct store *help_store(void **state)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;

    unit_ok(help_open(*state, STORE_CREATE, &s, &e), &e);
    return s;
}

static inline struct item help_new_item(const char *kind, const char *dossier)
{
    struct item it = {.created = HELP_NOW};

    (void)snprintf(it.kind, sizeof it.kind, "%s", kind);
    (void)snprintf(it.dossier, sizeof it.dossier, "%s", dossier);
    (void)snprintf(it.unit_code, sizeof it.unit_code, "%s", HELP_UNIT);
    (void)snprintf(it.unit_from, sizeof it.unit_from, "%s", HELP_FROM);
    return it;
}

/* help_item - in the open transaction. */
static inline struct item help_item(struct store *s, const char *kind,
                                    const char *dossier)
{
    struct item it = help_new_item(kind, dossier);
    struct err e = ERR_INIT;

    unit_ok(store_item_add(s, HELP_NODE, &it, &e), &e);
    return it;
}

/* help_page - a page of @item whose master holds @bytes. In the open transaction. */
static inline struct page help_page(struct store *s, const char *item,
                                    const char *bytes)
{
    struct page p = {.index = 0};
    struct err e = ERR_INIT;
    bool existed = false;

    unit_ok(store_object_put_mem(s, bytes, strlen(bytes), p.master, &existed, &e), &e);
    unit_ok(store_object_add(s, p.master, strlen(bytes), "image/png", STORE_MASTER, &e),
            &e);
    ident_page(p.master, 0, true, p.name);
    (void)snprintf(p.item, sizeof p.item, "%s", item);
    (void)snprintf(p.media, sizeof p.media, "image/png");
    unit_ok(store_page_add(s, HELP_NODE, &p, &e), &e);
    return p;
}

/* help_read - the page was recognized as @text. In the open transaction. */
static inline void help_read(struct store *s, int64_t page, const char *text)
{
    struct store_reading r = {.state = PAGE_RECOGNIZED,
                              .gate = PAGE_CLEAR,
                              .width_px = 2480,
                              .height_px = 3508,
                              .dpi = 300,
                              .confidence = 88,
                              .text = text,
                              .boxes = "boxes",
                              .boxes_len = 5,
                              .words = 3,
                              .pipeline = "1",
                              .model = "m",
                              .now = HELP_NOW};
    struct err e = ERR_INIT;

    unit_ok(store_page_reading(s, page, &r, &e), &e);
}

static inline void help_field(struct store *s, const char *item, const char *name,
                              const char *value)
{
    char n[FIELD_NAME_MAX];
    char v[1024];
    struct field_value f = {.name = n,
                            .value = v,
                            .source = FIELD_CLERK,
                            .confidence = 100,
                            .at = HELP_NOW};
    struct err e = ERR_INIT;
    bool written = false;

    (void)snprintf(n, sizeof n, "%s", name);
    (void)snprintf(v, sizeof v, "%s", value);
    unit_ok(store_item_field(s, item, &f, &written, &e), &e);
}

#endif
