/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/courier_home.h"

#include "node/base/str.h"
#include "sync/courier.h"
#include "sync/courier_take.h"
#include "sync/dropbox.h"
#include "sync/enrol.h"
#include "sync/have.h"
#include "tests/unit/sync_help.h"

/* A province with one commune, and a district that reads it by stick. */

#define UNIT "01234-2025-07-01"

struct pair {
    struct node n;     /* the commune; n.dir is the province's home as well */
    struct node below; /* the district; below.repo is its copy of the commune */
    char *repo;        /* at the province */
    char *file;        /* on the stick */
    struct sign_secret issuer;
    char prev[CLASS_COUNT][HASH_HEX];
    int64_t volume_max;
};

static void add_node(struct pair *p, const struct node *n, const char *unit,
                     const char *role, char **repo)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct enrol_add add = {
        .unit_code = unit, .valid_from = "2025-07-01", .role = role};
    char node[NAMES_NODE_MAX];
    struct err e = ERR_INIT;

    sign_public_line(&n->key.pub, "node", &line);
    add.key_line = line.p;
    OK(enrol_node_add(p->n.dir, "/usr/bin/sohoa", &p->issuer.pub, &add, node, repo,
                      &e));
    assert_string_equal(node, n->name);
}

static void pair_init(struct pair *p, const char *unit)
{
    struct err e = ERR_INIT;

    *p = (struct pair){.volume_max = 0};
    node_init(&p->n);
    node_init(&p->below);
    OK(sign_generate(&p->issuer, &e));
    add_node(p, &p->n, "01234", "commune", &p->repo);
    add_node(p, &p->below, unit, "district", NULL);
    p->file = fs_path(p->n.dir, "POST.TRA");
}

static void pair_clear(struct pair *p)
{
    mem_free(p->repo);
    mem_free(p->file);
    node_clear(&p->n);
    node_clear(&p->below);
}

static void seal(struct pair *p, enum bundle_class cls, int64_t seq)
{
    AUTO_REPO struct repo *r = NULL;
    struct bundle_made made;
    struct err e = ERR_INIT;

    OK(repo_open(p->repo, &r, &e));
    help_bundle(&p->n, r, cls, seq, p->prev[cls], &made);
}

static int write_stick(struct pair *p, bool pages)
{
    const struct courier_opts o = {.path = p->file,
                                   .own = &p->issuer,
                                   .to = &p->below.key.pub,
                                   .volume_max = p->volume_max};
    AUTO_COURIER_OUT struct courier_out *w = NULL;
    AUTO_ENROL struct enrol all = ENROL_INIT;
    struct courier_home h = {.home = p->n.dir, .all = &all, .pages = pages};
    struct err e = ERR_INIT;
    int rc;

    OK(enrol_load(p->n.dir, &all, &e));
    h.n = enrol_find(&all, p->below.name);
    OK(courier_out_open(&o, &w, &e));
    h.out = w;
    rc = courier_home_district(&h, &e);
    OK(rc);
    OK(courier_out_end(w, &e));
    return rc;
}

/* Into a box, and from there into the district's copy. @files: how many there were. */
static void read_stick(struct pair *p, int64_t *files)
{
    static const char *const ALL[] = {"refs/"};
    AUTO_MEM char *box = fs_path(p->below.dir, "box");
    AUTO_MEM char *folder = fs_pathf(box, "outbox/%s/" UNIT, p->below.name);
    AUTO_COURIER_IN struct courier_in *in = NULL;
    int64_t bytes = 0;
    bool last;
    struct err e = ERR_INIT;

    *files = 0;
    OK(fs_remove_tree(box, &e));
    OK(fs_mkdirs(box, &e));
    OK(courier_in_open(p->file, &p->below.key, &in, &e));
    OK(courier_take_home(box, p->below.name, in, files, &bytes, &e));
    OK(courier_in_check(in, &p->issuer.pub, &last, &e));
    if (fs_is_dir(folder))
        OK(dropbox_import(folder, p->below.repo, ALL, 1, NULL, &e));
}

static bool same(struct pair *p, enum bundle_class cls)
{
    AUTO_REPO struct repo *a = NULL;
    AUTO_REPO struct repo *b = NULL;
    char ref[NAMES_REF_MAX], here[NAMES_OID_MAX] = "", there[NAMES_OID_MAX] = "";
    struct err e = ERR_INIT;

    names_ref(p->n.name, 1, cls, ref);
    OK(repo_open(p->repo, &a, &e));
    OK(repo_open(p->below.repo, &b, &e));
    OK(repo_ref(a, ref, here, &e));
    OK(repo_ref(b, ref, there, &e));
    return strcmp(here, there) == 0;
}

/* The district says what it has: as a stick of it would. */
static void tell(struct pair *p, const char *instead)
{
    AUTO_MEM char *kept = fs_pathf(p->n.dir, HAVE_KEPT, p->below.name);
    AUTO_MEM char *folder = fs_dirname(kept);
    AUTO_MEM char *unit = fs_path(p->below.dir, "communes/" UNIT);
    AUTO_MEM char *repo = fs_path(unit, "repo.git");
    struct err e = ERR_INIT;

    OK(fs_mkdirs(folder, &e));
    OK(fs_mkdirs(unit, &e));
    OK(fs_rename(p->below.repo, repo, &e));
    OK(instead ? fs_write_file(kept, instead, strlen(instead), &e)
               : have_write(p->below.dir, kept, &e));
    OK(fs_rename(repo, p->below.repo, &e));
}

static void test_courier_home__begins_where_the_reader_is(void **state)
{
    struct pair p;
    int64_t files;

    (void)state;
    pair_init(&p, "01234");
    for (int64_t seq = 1; seq <= 3; seq++) {
        seal(&p, CLASS_META, seq);
        seal(&p, CLASS_TEXT, seq);
        seal(&p, CLASS_PAGE, seq);
    }
    assert_int_equal(write_stick(&p, false), 1);
    read_stick(&p, &files);
    assert_int_equal(files, 2);
    assert_true(same(&p, CLASS_META) && same(&p, CLASS_TEXT));
    assert_false(same(&p, CLASS_PAGE)); /* not asked for */
    seal(&p, CLASS_META, 4);
    tell(&p, NULL);
    assert_int_equal(write_stick(&p, true), 1);
    read_stick(&p, &files);
    assert_int_equal(files, 2); /* one step of records, and the pictures */
    assert_true(same(&p, CLASS_META) && same(&p, CLASS_PAGE));
    tell(&p, NULL);
    assert_int_equal(write_stick(&p, true), 1);
    read_stick(&p, &files);
    assert_int_equal(files, 0);
    pair_clear(&p);
}

/* Whatever it says: it gets all, since a tip that is none of the chain's says nothing.
 */
static void test_courier_home__a_tip_of_elsewhere_says_nothing(void **state)
{
    AUTO_MEM char *text = NULL;
    int64_t files;
    struct pair p;

    (void)state;
    pair_init(&p, "01234");
    seal(&p, CLASS_META, 1);
    text = mem_printf("unit " UNIT "\n%040d refs/sohoa/%s/1/meta\n.\n", 7, p.n.name);
    tell(&p, text);
    assert_int_equal(write_stick(&p, false), 1);
    read_stick(&p, &files);
    assert_int_equal(files, 1);
    assert_true(same(&p, CLASS_META));
    pair_clear(&p);
}

static void test_courier_home__without_a_right_nothing_is_there(void **state)
{
    int64_t files;
    struct pair p;

    (void)state;
    pair_init(&p, "999");
    seal(&p, CLASS_META, 1);
    assert_int_equal(write_stick(&p, true), 1);
    read_stick(&p, &files);
    assert_int_equal(files, 0);
    pair_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_courier_home__begins_where_the_reader_is),
        cmocka_unit_test(test_courier_home__a_tip_of_elsewhere_says_nothing),
        cmocka_unit_test(test_courier_home__without_a_right_nothing_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
