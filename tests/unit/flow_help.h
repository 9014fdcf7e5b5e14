/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TESTS_FLOW_HELP_H
#define SOHOA_TESTS_FLOW_HELP_H

/* A commune node in the folder of a case: two users, and the lines that it tells. */

#include "tests/unit/store_help.h"

#include "node/base/jdoc.h"
#include "node/flow/flow.h"
#include "node/flow/flow_init.h"
#include "node/flow/flow_item.h"
#include "node/store/store_box.h"
#include "node/store/store_user.h"

struct node {
    char *dir;
    struct flow f;
    struct jdoc *lines; /* what the last call told */
    struct flow_listener to;
};

static inline void node_hear(void *to, const struct jdoc *line)
{
    jdoc_add(((struct node *)to)->lines, jdoc_copy(line));
}

static inline int node_set_up(void **state)
{
    struct node *n = mem_new(1, sizeof *n);
    AUTO_MEM char *home = NULL;
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    assert_int_equal(unit_folder(state), 0);
    n->dir = *state;
    n->lines = jdoc_array();
    n->to = (struct flow_listener){.line = node_hear, .to = n};
    home = fs_path(n->dir, "commune");
    unit_ok(flow_init(home, HOME_COMMUNE, HELP_UNIT, NULL, NULL, NULL, &n->to, &e), &e);
    unit_ok(flow_open(home, &n->f, &e), &e);
    unit_ok(store_begin(n->f.store, &txn, &e), &e);
    unit_ok(store_user_add(n->f.store, "lan", ROLE_CLERK, "", 1, &e), &e);
    unit_ok(store_user_add(n->f.store, "minh", ROLE_VERIFIER, "", 1, &e), &e);
    unit_ok(store_user_add(n->f.store, "admin", ROLE_ADMIN, "", 1, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
    *state = n;
    return 0;
}

static inline int node_tear_down(void **state)
{
    struct node *n = *state;
    void *dir = n->dir;

    flow_close(&n->f);
    jdoc_free(n->lines);
    mem_free(n);
    return unit_remove(&dir);
}

#define node_case(f) cmocka_unit_test_setup_teardown(f, node_set_up, node_tear_down)

/* node_listen - forget what was told, hear anew. */
static inline const struct flow_listener *node_listen(struct node *n)
{
    jdoc_free(n->lines);
    n->lines = jdoc_array();
    return &n->to;
}

/* node_told - the @i-th line of the last call. */
static inline const struct jdoc *node_told(struct node *n, size_t i)
{
    return jdoc_at(n->lines, i);
}

/* node_register - a volume of a register, numbers 1 to @to. */
static inline void node_register(struct node *n, const char *kind, int year, int volume,
                                 int64_t to, char name[IDENT_NAME_MAX])
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    struct err e = ERR_INIT;

    d.kind = DOSSIER_REGISTER;
    d.title = mem_printf("Quyển %d", volume);
    d.year = year;
    d.volume = volume;
    d.from = to ? 1 : 0;
    d.to = to;
    (void)snprintf(d.record, sizeof d.record, "%s", kind);
    unit_ok(flow_item_dossier_add(&n->f, &d, node_listen(n), &e), &e);
    memcpy(name, d.name, IDENT_NAME_MAX);
}

/* node_item - a recognized record of one page. @read: "NAME=VALUE", NULL ends; a value
 * that begins with "?" was read doubtfully. @page: may be NULL. */
static inline void node_item(struct node *n, const char *kind, const char *dossier,
                             const char *const *read, char name[IDENT_NAME_MAX],
                             struct page *page)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct item it = {0};
    struct page p = {0};
    struct err e = ERR_INIT;
    AUTO_MEM char *bytes = NULL;

    unit_ok(store_begin(n->f.store, &txn, &e), &e);
    it = help_new_item(kind, dossier);
    unit_ok(store_item_add(n->f.store, n->f.home.node, &it, &e), &e);
    bytes = mem_printf("picture of %s", it.name);
    p = help_page(n->f.store, it.name, bytes);
    help_read(n->f.store, p.id, "ba chữ đọc");
    for (; *read; read++) {
        AUTO_MEM char *field = mem_dup(*read);
        char *value = strchr(field, '=');
        bool doubtful = value[1] == '?';
        struct field_value v = {.name = field,
                                .value = value + 1 + doubtful,
                                .reason = doubtful
                                              ? (char *)(uintptr_t) "low-confidence"
                                              : (char *)(uintptr_t) "",
                                .actor = (char *)(uintptr_t) "ocr",
                                .source = FIELD_OCR,
                                .confidence = 80,
                                .doubtful = doubtful,
                                .at = HELP_NOW};
        bool written = false;

        *value = '\0';
        unit_ok(store_item_field(n->f.store, it.name, &v, &written, &e), &e);
    }
    unit_ok(store_item_act(n->f.store, it.name, ITEM_RECOGNIZE, NULL, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
    memcpy(name, it.name, IDENT_NAME_MAX);
    if (page)
        *page = p;
}

#endif
