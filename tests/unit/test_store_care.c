/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include <unistd.h>

#include "node/store/object.h"
#include "node/store/sql.h"
#include "node/store/store_audit.h"
#include "node/store/store_backup.h"
#include "node/store/store_check.h"
#include "node/store/store_search.h"

static const char *const extra[] = {"node.json", "keys", "absent", NULL};

/* A home with three pages, an audit row and the small files beside it. */
static struct store *filled(const char *home)
{
    struct store *s = NULL;
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *node = fs_path(home, "node.json");
    AUTO_MEM char *keys = fs_path(home, "keys");
    AUTO_MEM char *key = fs_path(home, "keys/node");
    struct err e = ERR_INIT;
    struct item it;

    unit_ok(help_open(home, STORE_CREATE, &s, &e), &e);
    unit_ok(fs_write_file(node, "{}\n", 3, &e), &e);
    unit_ok(fs_mkdir(keys, &e), &e);
    unit_ok(fs_write_file(key, "secret\n", 7, &e), &e);
    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    for (int i = 0; i < 3; i++) {
        char bytes[] = "picture 0";

        bytes[8] = (char)('0' + i);
        help_read(s, help_page(s, it.name, bytes).id, "Quyết định");
    }
    unit_ok(store_audit_add(s, "A", "cli", "import", it.name, NULL, HELP_NOW, &e), &e);
    unit_ok(store_commit(&t, &e), &e);
    return s;
}

struct faults {
    int n[STORE_FAULT_SUMMARY + 1];
};

static int hear(void *ctx, enum store_fault f, const char *what, struct err *e)
{
    struct faults *x = ctx;

    (void)e;
    assert_non_null(what);
    assert_true(store_check_name(f)[0] != '\0');
    x->n[f]++;
    return 0;
}

static struct faults check(struct store *s, bool deep, struct store_check *out)
{
    struct faults x = {.n = {0}};
    struct store_check room;
    struct err e = ERR_INIT;

    unit_ok(store_check(s, deep, hear, &x, out ? out : &room, &e), &e);
    return x;
}

static void sql(struct store *s, const char *text)
{
    if (sqlite3_exec(s->db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(s->db));
}

/* ---- check -------------------------------------------------------------------------
 */

static void test_store_check__a_whole_store_has_no_faults(void **state)
{
    AUTO_STORE struct store *s = filled(*state);
    AUTO_STORE struct store *reader = NULL;
    struct store_check out;
    struct err e = ERR_INIT;

    for (int i = 0; i < 20; i++) {
        (void)check(s, i % 2 == 1, &out);
        assert_int_equal(out.faults + out.harmless, 0);
        assert_int_equal(out.objects, 3);
        assert_int_equal(out.rows, 1);
        assert_int_equal(out.bytes, i % 2 == 1 ? 27 : 0);
    }
    unit_ok(help_open(*state, STORE_READ, &reader, &e), &e);
    (void)check(reader, true, &out);
    assert_int_equal(out.faults, 0);
}

static void test_store_check__names_each_damage(void **state)
{
    AUTO_STORE struct store *s = filled(*state);
    AUTO_MEM char *stranger = fs_path(*state, "objects/00/note.txt");
    AUTO_MEM char *path = NULL;
    struct store_check out;
    struct err e = ERR_INIT;
    char hex[HASH_HEX];
    bool existed = false;
    struct page p;
    struct faults x;

    /* harmless: a file without a row, a file that is no object */
    unit_ok(object_put_mem(store_objects(s), "left over", 9, hex, &existed, &e), &e);
    unit_ok(fs_write_file(stranger, "x", 1, &e), &e);
    x = check(s, false, &out);
    assert_int_equal(x.n[STORE_FAULT_UNREFERENCED], 1);
    assert_int_equal(x.n[STORE_FAULT_STRANGER], 1);
    assert_int_equal(out.harmless, 2);
    assert_int_equal(out.faults, 0);

    /* one byte changed: only the deep check sees it; one cut; one gone */
    assert_int_equal(store_page_by_id(s, 1, &p, &e), 1);
    path = object_path(store_objects(s), p.master);
    unit_ok(fs_write_file(path, "pictur3 0", 9, &e), &e);
    x = check(s, false, &out);
    assert_int_equal(x.n[STORE_FAULT_CHANGED], 0);
    x = check(s, true, &out);
    assert_int_equal(x.n[STORE_FAULT_CHANGED], 1);
    assert_int_equal(store_page_by_id(s, 2, &p, &e), 1);
    mem_free(path);
    path = object_path(store_objects(s), p.master);
    unit_ok(fs_write_file(path, "pic", 3, &e), &e);
    x = check(s, false, &out);
    assert_int_equal(x.n[STORE_FAULT_CHANGED], 1);
    unit_ok(fs_unlink(path, &e), &e);
    x = check(s, true, &out);
    assert_int_equal(x.n[STORE_FAULT_MISSING], 1);
    assert_int_equal(out.broken, 0);

    /* the database's own parts */
    sql(s, "UPDATE summary SET n = 9");
    sql(s, "UPDATE doc SET body = 'khác' WHERE id = 1");
    sql(s, "PRAGMA foreign_keys = OFF; INSERT INTO input_item VALUES (77, 1)");
    x = check(s, false, &out);
    assert_int_equal(x.n[STORE_FAULT_REFERENCE], 1);
    assert_int_equal(out.broken, 1);
    sql(s, "DELETE FROM input_item; DROP TRIGGER audit_no_update;"
           "UPDATE audit SET actor = 'B'");
    x = check(s, false, &out);
    assert_int_equal(x.n[STORE_FAULT_SUMMARY], 1);
    assert_int_equal(x.n[STORE_FAULT_INDEX], 1);
    assert_int_equal(x.n[STORE_FAULT_AUDIT], 1);
    assert_true(store_check_harmless(STORE_FAULT_STRANGER));
    assert_false(store_check_harmless(STORE_FAULT_AUDIT));
}

static void test_store_check__repairs_what_is_derived(void **state)
{
    AUTO_STORE struct store *s = filled(*state);
    AUTO_MEM char *path = NULL;
    struct store_check out;
    struct store_object o;
    struct err e = ERR_INIT;
    struct page p;

    assert_int_equal(store_page_by_id(s, 1, &p, &e), 1);
    path = object_path(store_objects(s), p.master);
    unit_ok(fs_write_file(path, "pictur3 0", 9, &e), &e);
    sql(s, "UPDATE summary SET n = 9");
    sql(s, "UPDATE doc SET body = 'khác' WHERE id = 1");
    unit_ok(store_check_repair(s, &e), &e);
    (void)check(s, true, &out);
    assert_int_equal(out.faults, 1); /* the changed object cannot be made up */
    assert_int_equal(store_object_get(s, p.master, &o, &e), 1);
    assert_true(o.damaged);
    unit_ok(fs_write_file(path, "picture 0", 9, &e), &e);
    unit_ok(store_check_repair(s, &e), &e);
    assert_int_equal(store_object_get(s, p.master, &o, &e), 1);
    assert_false(o.damaged);
}

/* ---- backup -------------------------------------------------------------------------
 */

static void count(void *ctx)
{
    ++*(int *)ctx;
}

/* A backup of @home; counts how often the moment is told. */
static int create_told(struct store *s, const char *home, const char *dest, int *told,
                       struct store_backup *b, struct err *e)
{
    static const char *const later[] = {"later", NULL};
    struct store_backup_extra x = {
        .home = home, .same = extra, .later = later, .copied = count, .ctx = told};

    return store_backup_create(s, &x, dest, b, e);
}

static int create(struct store *s, const char *home, const char *dest,
                  struct store_backup *b, struct err *e)
{
    int told = 0;

    return create_told(s, home, dest, &told, b, e);
}

static void test_store_backup__brings_everything_back(void **state)
{
    AUTO_MEM char *home = fs_path(*state, "home");
    AUTO_MEM char *dest = fs_path(*state, "backup");
    AUTO_MEM char *back = fs_path(*state, "back");
    AUTO_MEM char *key = fs_path(back, "keys/node");
    AUTO_STORE struct store *s = filled(home);
    AUTO_STORE struct store *r = NULL;
    AUTO_STR struct str text = STR_INIT(100);
    struct store_backup b;
    struct store_check out;
    struct err e = ERR_INIT;
    struct item it;

    unit_ok(create(s, home, dest, &b, &e), &e);
    assert_int_equal(b.files, 3);
    assert_int_equal(b.objects, 3);
    assert_int_equal(b.objects_added, 3);
    unit_ok(create(s, home, dest, &b, &e), &e);
    assert_int_equal(b.objects, 3);
    assert_int_equal(b.objects_added, 0); /* compared, not copied */
    unit_ok(store_backup_verify(dest, &b, &e), &e);
    assert_int_equal(b.objects, 3);
    unit_ok(store_backup_restore(dest, back, &b, &e), &e);
    unit_ok(fs_read_file(key, &text, &e), &e);
    assert_string_equal(str_text(&text), "secret\n");
    unit_ok(help_open(back, STORE_WRITE, &r, &e), &e);
    unit_ok(store_item_need(r, "00112233-1", &it, &e), &e);
    assert_int_equal(it.pages, 3);
    (void)check(r, true, &out);
    assert_int_equal(out.faults, 0);
    unit_fails(store_backup_restore(dest, back, &b, &e), ERR_HOME_EXISTS, &e);
}

/* The moment of database and keys is over before the rest is copied. */
static void test_store_backup__tells_when_the_moment_is_over(void **state)
{
    AUTO_MEM char *home = fs_path(*state, "home");
    AUTO_MEM char *dest = fs_path(*state, "backup");
    AUTO_MEM char *later = fs_path(home, "later");
    AUTO_STORE struct store *s = filled(home);
    struct store_backup b;
    struct err e = ERR_INIT;
    int told = 0;

    unit_ok(fs_write_file(later, "l", 1, &e), &e);
    unit_ok(create_told(s, home, dest, &told, &b, &e), &e);
    assert_int_equal(told, 1);
    assert_int_equal(b.files, 4);
}

static void test_store_backup__while_work_goes_on(void **state)
{
    AUTO_MEM char *home = fs_path(*state, "home");
    AUTO_MEM char *dest = fs_path(*state, "backup");
    AUTO_STORE struct store *s = filled(home);
    AUTO_STORE struct store *other = NULL;
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_backup b;
    struct err e = ERR_INIT;

    unit_ok(help_open(home, STORE_WRITE, &other, &e), &e);
    unit_ok(store_begin(other, &t, &e), &e);
    (void)help_page(other, help_item(other, "document", "").name, "not committed");
    unit_ok(create(s, home, dest, &b, &e), &e);
    assert_int_equal(b.objects, 3);
    unit_ok(store_backup_verify(dest, &b, &e), &e);
}

static void each_file(const char *dir, void (*fn)(const char *path, void *ctx),
                      void *ctx)
{
    AUTO_LIST struct fs_list l = {.names = NULL};
    struct err e = ERR_INIT;

    unit_ok(fs_list(dir, &l, &e), &e);
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(dir, l.names[i]);

        if (fs_is_dir(path))
            each_file(path, fn, ctx);
        else
            fn(path, ctx);
    }
}

struct flipping {
    const char *dest;
    int tried;
};

/* Flip bytes all over a file of the backup: each must be found. */
static void flip(const char *path, void *ctx)
{
    struct flipping *f = ctx;
    AUTO_STR struct str bytes = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;
    size_t step = 1;

    unit_ok(fs_read_file(path, &bytes, &e), &e);
    step = bytes.len / 12 + 1;
    for (size_t at = 0; at < bytes.len; at += step) {
        struct store_backup b;

        bytes.p[at] = (char)(bytes.p[at] ^ 1);
        unit_ok(fs_write_file(path, bytes.p, bytes.len, &e), &e);
        err_clear(&e);
        if (store_backup_verify(f->dest, &b, &e) == 0)
            fail_msg("%s: byte %zu not found", path, at);
        assert_string_equal(err_code_name(e.code), err_code_name(ERR_BACKUP_DAMAGED));
        bytes.p[at] = (char)(bytes.p[at] ^ 1);
        f->tried++;
    }
    unit_ok(fs_write_file(path, bytes.p, bytes.len, &e), &e);
}

static void test_store_backup__a_flipped_byte_is_found(void **state)
{
    AUTO_MEM char *home = fs_path(*state, "home");
    AUTO_MEM char *dest = fs_path(*state, "backup");
    AUTO_STORE struct store *s = filled(home);
    struct flipping f = {.dest = dest};
    struct store_backup b;
    struct err e = ERR_INIT;

    unit_ok(create(s, home, dest, &b, &e), &e);
    each_file(dest, flip, &f);
    print_message("# %d of %d flips found\n", f.tried, f.tried);
    assert_true(f.tried > 50);
    unit_ok(store_backup_verify(dest, &b, &e), &e);
}

static void test_store_backup__refuses_what_is_no_backup(void **state)
{
    AUTO_MEM char *dest = fs_path(*state, "backup");
    AUTO_MEM char *list = fs_path(dest, "BACKUP.json");
    AUTO_MEM char *home = fs_path(*state, "new");
    struct store_backup b;
    struct err e = ERR_INIT;
    static const char *const bad[] = {"", "x", "{}\n",
                                      "{\"backup\":{},\"sha256\":\"00\"}\n", "[]\n"};

    unit_fails(store_backup_verify(dest, &b, &e), ERR_BACKUP_ABSENT, &e);
    unit_ok(fs_mkdir(dest, &e), &e);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        unit_ok(fs_write_file(list, bad[i], strlen(bad[i]), &e), &e);
        unit_fails(store_backup_verify(dest, &b, &e), ERR_BACKUP_DAMAGED, &e);
        unit_fails(store_backup_restore(dest, home, &b, &e), ERR_BACKUP_DAMAGED, &e);
        assert_false(fs_exists(home));
    }
}

static void
test_store_backup__a_damaged_object_is_named_and_nothing_claimed(void **state)
{
    AUTO_MEM char *home = fs_path(*state, "home");
    AUTO_MEM char *dest = fs_path(*state, "backup");
    AUTO_STORE struct store *s = filled(home);
    AUTO_MEM char *path = NULL;
    struct store_backup b;
    struct err e = ERR_INIT;
    struct page p;

    unit_ok(create(s, home, dest, &b, &e), &e);
    assert_int_equal(store_page_by_id(s, 1, &p, &e), 1);
    path = object_path(store_objects(s), p.master);
    unit_ok(fs_write_file(path, "pictur3 0", 9, &e), &e);
    /* the good copy is in the backup already: the new one is whole */
    unit_ok(create(s, home, dest, &b, &e), &e);
    unit_ok(fs_remove_tree(dest, &e), &e);
    unit_fails(create(s, home, dest, &b, &e), ERR_OBJECT_HASH, &e);
    assert_non_null(strstr(e.subject, p.master));
    unit_fails(store_backup_verify(dest, &b, &e), ERR_BACKUP_ABSENT, &e);
}

static void test_store_backup__one_cut_off_leaves_the_one_before(void **state)
{
    AUTO_MEM char *home = fs_path(*state, "home");
    AUTO_MEM char *dest = fs_path(*state, "backup");
    AUTO_STORE struct store *s = filled(home);
    AUTO_MEM char *path = NULL;
    struct store_backup b;
    struct err e = ERR_INIT;
    struct page p;

    unit_ok(create(s, home, dest, &b, &e), &e);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        p = help_page(s, "00112233-1", "a fourth page");
        unit_ok(store_commit(&t, &e), &e);
    }
    path = object_path(store_objects(s), p.master);
    unit_ok(fs_unlink(path, &e), &e);
    unit_fails(create(s, home, dest, &b, &e), ERR_OBJECT_MISSING,
               &e); /* after the database was copied */
    unit_ok(store_backup_verify(dest, &b, &e), &e);
    assert_int_equal(b.objects, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_check__a_whole_store_has_no_faults),
        unit_case(test_store_check__names_each_damage),
        unit_case(test_store_check__repairs_what_is_derived),
        unit_case(test_store_backup__brings_everything_back),
        unit_case(test_store_backup__tells_when_the_moment_is_over),
        unit_case(test_store_backup__while_work_goes_on),
        unit_case(test_store_backup__a_flipped_byte_is_found),
        unit_case(test_store_backup__refuses_what_is_no_backup),
        unit_case(test_store_backup__a_damaged_object_is_named_and_nothing_claimed),
        unit_case(test_store_backup__one_cut_off_leaves_the_one_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
