/* SPDX-License-Identifier: Apache-2.0 */
/* Reports over the catalogues of an upper tier: each has registers of its own. */
#include "tests/unit/unit.h"

#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/flow/flow_init.h"
#include "node/flow/flow_report.h"
#include "node/flow/flow_take.h"
#include "node/record/dossier.h"
#include "node/store/store_dossier.h"

#define NODE "0123456789abcdef0123456789abcdef"
#define FROM "2025-07-01"

struct place {
    char *dir;
    struct flow f;
    struct jdoc *lines;
};

static void hear(void *to, const struct jdoc *line)
{
    jdoc_add(((struct place *)to)->lines, jdoc_copy(line));
}

/* A catalogue with one register of @entries numbers and no entry, or none. */
static void add_catalog(struct place *p, const char *code, int64_t entries,
                        char dossier[IDENT_NAME_MAX])
{
    AUTO_STORE struct store *s = NULL;
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    struct err e = ERR_INIT;

    unit_ok(flow_take_catalog(&p->f.home, code, FROM, &s, &e), &e);
    if (entries == 0)
        return;
    d.kind = DOSSIER_REGISTER;
    d.title = mem_dup("Khai sinh 2003");
    d.year = 2003;
    d.volume = 1;
    d.from = 1;
    d.to = entries;
    d.created = 1;
    (void)snprintf(d.record, sizeof d.record, "birth");
    (void)snprintf(d.unit_code, sizeof d.unit_code, "%s", code);
    (void)snprintf(d.unit_from, sizeof d.unit_from, FROM);
    unit_ok(store_begin(s, &txn, &e), &e);
    unit_ok(store_dossier_add(s, NODE, &d, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
    memcpy(dossier, d.name, IDENT_NAME_MAX);
}

static int gaps(struct place *p, const char *dossier, const char *unit, int64_t *found,
                struct err *e)
{
    struct flow_listener to = {.line = hear, .to = p};

    jdoc_free(p->lines);
    p->lines = jdoc_array();
    return flow_report_gaps(&p->f, dossier, unit, &to, found, e);
}

static int set_up(void **state)
{
    struct place *p = mem_new(1, sizeof *p);
    AUTO_MEM char *home = NULL;
    struct flow_listener to = {.line = hear, .to = p};
    struct err e = ERR_INIT;

    assert_int_equal(unit_folder(state), 0);
    p->dir = *state;
    p->lines = jdoc_array();
    home = fs_path(p->dir, "province");
    unit_ok(flow_init(home, HOME_PROVINCE, "66", NULL, NULL, NULL, &to, &e), &e);
    unit_ok(flow_open(home, &p->f, &e), &e);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    void *dir = p->dir;

    flow_close(&p->f);
    jdoc_free(p->lines);
    mem_free(p);
    return unit_remove(&dir);
}

static void test_flow_report__gaps_of_a_volume_of_one_catalogue(void **state)
{
    struct place *p = *state;
    char dossier[IDENT_NAME_MAX] = "";
    struct err e = ERR_INIT;
    int64_t found = 0;

    add_catalog(p, "24100", 0, NULL);
    add_catalog(p, "24175", 5, dossier);
    add_catalog(p, "24200", 0, NULL);
    unit_ok(gaps(p, dossier, NULL, &found, &e), &e);
    assert_int_equal(found, 1);
    assert_string_equal(jdoc_text(jdoc_at(p->lines, 0), "type"), "gap");
    assert_string_equal(jdoc_text(jdoc_at(p->lines, 0), "unit"), "24175");
    unit_ok(gaps(p, NULL, NULL, &found, &e), &e);
    assert_int_equal(found, 1);
    unit_ok(gaps(p, NULL, "24100", &found, &e), &e);
    assert_int_equal(found, 0);
    unit_ok(gaps(p, dossier, "24175-" FROM, &found, &e), &e);
    assert_int_equal(found, 1);
    unit_fails(gaps(p, dossier, "24100", &found, &e), ERR_DOSSIER_ABSENT, &e);
    unit_fails(gaps(p, "00000000-d9", NULL, &found, &e), ERR_DOSSIER_ABSENT, &e);
    unit_fails(gaps(p, NULL, "24999", &found, &e), ERR_UNIT_ABSENT, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_flow_report__gaps_of_a_volume_of_one_catalogue, set_up, tear_down),
    };

    i18n_init(LANG_EN, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
