/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/scan/walk.h"

struct place {
    char *dir;
};

static int make_place(void **state)
{
    struct place *p = mem_new(1, sizeof *p);
    const char *tmp = getenv("TMPDIR");

    p->dir = mem_printf("%s/walk.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(p->dir));
    *state = p;
    return 0;
}

static int drop_place(void **state)
{
    struct place *p = *state;
    struct err e = ERR_INIT;

    assert_int_equal(fs_remove_tree(p->dir, &e), 0);
    mem_free(p->dir);
    mem_free(p);
    return 0;
}

static void put(const struct place *p, const char *name)
{
    struct err e = ERR_INIT;
    AUTO_MEM char *path = fs_path(p->dir, name);
    AUTO_MEM char *dir = fs_dirname(path);

    assert_int_equal(fs_mkdirs(dir, &e), 0);
    assert_int_equal(fs_write_file(path, "x", 1, &e), 0);
}

static void walk(const struct place *p, const char *name, struct walk_list *l)
{
    struct err e = ERR_INIT;
    AUTO_MEM char *path = name ? fs_path(p->dir, name) : mem_dup(p->dir);
    const char *paths[] = {path};

    assert_int_equal(walk_paths(paths, 1, l, &e), 0);
}

static void expect(const struct place *p, const struct walk_list *l, size_t i,
                   const char *name, enum err_code code)
{
    AUTO_MEM char *path = fs_path(p->dir, name);

    assert_true(i < l->count);
    assert_string_equal(l->inputs[i].path, path);
    assert_int_equal(l->inputs[i].refused, code);
}

static void test_walk__lists_folders_in_byte_order_at_their_place(void **state)
{
    struct place *p = *state;
    AUTO_WALK struct walk_list l = {0};

    put(p, "b/2.png");
    put(p, "b/10.png");
    put(p, "a.png");
    put(p, "c.png");
    put(p, "B.png");
    walk(p, NULL, &l);
    assert_int_equal(l.count, 5);
    expect(p, &l, 0, "B.png", ERR_NONE);
    expect(p, &l, 1, "a.png", ERR_NONE);
    expect(p, &l, 2, "b/10.png", ERR_NONE);
    expect(p, &l, 3, "b/2.png", ERR_NONE);
    expect(p, &l, 4, "c.png", ERR_NONE);
    assert_int_equal(l.inputs[0].size, 1);
}

static void test_walk__gives_a_row_to_what_is_not_followed(void **state)
{
    struct place *p = *state;
    AUTO_WALK struct walk_list l = {0};
    AUTO_MEM char *fifo = fs_path(p->dir, "fifo");
    AUTO_MEM char *link = fs_path(p->dir, "link");
    AUTO_MEM char *loop = fs_path(p->dir, "loop");
    AUTO_MEM char *sock = fs_path(p->dir, "sock");
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    AUTO_FD int s = socket(AF_UNIX, SOCK_STREAM, 0);

    put(p, ".hidden.png");
    put(p, ".git/config");
    put(p, "Thumbs.db");
    put(p, "__MACOSX/._a.png");
    put(p, "a.png");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(symlink("a.png", link), 0);
    assert_int_equal(symlink(".", loop), 0);
    assert_true(strlen(sock) < sizeof at.sun_path);
    memcpy(at.sun_path, sock, strlen(sock));
    assert_int_equal(bind(s, (struct sockaddr *)&at, sizeof at), 0);
    walk(p, NULL, &l);
    assert_int_equal(l.count, 9);
    expect(p, &l, 0, ".git", ERR_INPUT_HIDDEN);
    expect(p, &l, 1, ".hidden.png", ERR_INPUT_HIDDEN);
    expect(p, &l, 2, "Thumbs.db", ERR_INPUT_HIDDEN);
    expect(p, &l, 3, "__MACOSX", ERR_INPUT_HIDDEN);
    expect(p, &l, 4, "a.png", ERR_NONE);
    expect(p, &l, 5, "fifo", ERR_INPUT_NOT_REGULAR);
    expect(p, &l, 6, "link", ERR_INPUT_LINK);
    expect(p, &l, 7, "loop", ERR_INPUT_LINK);
    expect(p, &l, 8, "sock", ERR_INPUT_NOT_REGULAR);
}

static void test_walk__takes_named_paths_as_they_are(void **state)
{
    struct place *p = *state;
    AUTO_WALK struct walk_list l = {0};
    AUTO_MEM char *dir = fs_path(p->dir, ".inside///");
    AUTO_MEM char *gone = fs_path(p->dir, "gone.png");
    AUTO_MEM char *link = fs_path(p->dir, "link");
    AUTO_MEM char *slash = fs_path(p->dir, "link/");
    AUTO_MEM char *hidden = fs_path(p->dir, ".inside/.h");
    const char *paths[] = {dir, gone, slash, hidden, "/dev/null"};
    struct err e = ERR_INIT;

    put(p, ".inside/a.png");
    put(p, ".inside/.h");
    assert_int_equal(symlink(".inside", link), 0);
    assert_int_equal(walk_paths(paths, ARRAY_LEN(paths), &l, &e), 0);
    assert_int_equal(l.count, 6);
    expect(p, &l, 0, ".inside/.h", ERR_INPUT_HIDDEN);
    expect(p, &l, 1, ".inside/a.png", ERR_NONE);
    expect(p, &l, 2, "gone.png", ERR_NOT_FOUND);
    expect(p, &l, 3, "link", ERR_INPUT_LINK);
    expect(p, &l, 4, ".inside/.h", ERR_INPUT_HIDDEN);
    assert_int_equal(l.inputs[5].refused, ERR_INPUT_NOT_REGULAR);
}

static void test_walk__stops_at_its_depth_with_a_row(void **state)
{
    struct place *p = *state;
    AUTO_WALK struct walk_list l = {0};
    AUTO_STR struct str deep = STR_INIT(STR_PATH_MAX);

    for (int i = 0; i < WALK_DEPTH_MAX + 1; i++)
        str_add(&deep, "d/");
    str_add(&deep, "a.png");
    put(p, str_text(&deep));
    walk(p, NULL, &l);
    assert_int_equal(l.count, 1);
    assert_int_equal(l.inputs[0].refused, ERR_LIMIT);
}

static void test_walk__names_a_folder_it_may_not_read(void **state)
{
    struct place *p = *state;
    AUTO_WALK struct walk_list l = {0};
    const char *paths[] = {"closed"};
    struct err e = ERR_INIT;
    bool root = geteuid() == 0;

    put(p, "closed/a.png");
    assert_int_equal(chdir(p->dir), 0);
    assert_int_equal(chmod(".", 0755), 0);
    assert_int_equal(chmod("closed", 0), 0);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    assert_int_equal(walk_paths(paths, 1, &l, &e), 0);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod("closed", 0700), 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(l.count, 1);
    assert_string_equal(l.inputs[0].path, "closed");
    assert_int_equal(l.inputs[0].refused, ERR_DENIED);
}

static void test_walk__keeps_odd_names_as_bytes(void **state)
{
    static const char *const NAMES[] = {"-rf",           "a\nb.png",
                                        "e\xCC\x81.png", "nul\xFF\xFE.png",
                                        "\xC3\xA9.png",  "\xE2\x80\xAE\x67np.png",
                                        "\x1b[31m.png"};
    struct place *p = *state;
    AUTO_WALK struct walk_list l = {0};
    AUTO_STR struct str shown = STR_INIT(STR_PATH_MAX);
    char longest[256];

    memset(longest, 'x', 255);
    longest[255] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        put(p, NAMES[i]);
    put(p, longest);
    walk(p, NULL, &l);
    assert_int_equal(l.count, ARRAY_LEN(NAMES) + 1);
    for (size_t i = 0; i < l.count; i++)
        assert_int_equal(l.inputs[i].refused, ERR_NONE);
    walk_display("e\xCC\x81\x1b.png", &shown);
    assert_string_equal(str_text(&shown), "\xC3\xA9.png");
}

static void test_walk__compares_numbers_by_value(void **state)
{
    static const char *const ORDER[] = {
        "1.png",
        "01.png",
        "2.png",
        "10.png",
        "100.png",
        "a/1/9.png",
        "a/10.png",
        "a/b.png",
        "a1b2.png",
        "a1b10.png",
        "a2b1.png",
        "ab.png",
        "x123456789012345678901234567890.png",
        "x123456789012345678901234567891.png",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ORDER); i++)
        for (size_t j = 0; j < ARRAY_LEN(ORDER); j++) {
            int got = walk_compare(ORDER[i], ORDER[j]);

            if (i >= 2 || j >= 2) /* 1 and 01 are told apart by bytes */
                assert_true(i < j ? got < 0 : i > j ? got > 0 : got == 0);
        }
    assert_true(walk_compare("01.png", "1.png") < 0);
    assert_true(walk_compare("1.png", "01.png") > 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, drop_place)
    const struct CMUnitTest tests[] = {
        TEST(test_walk__lists_folders_in_byte_order_at_their_place),
        TEST(test_walk__gives_a_row_to_what_is_not_followed),
        TEST(test_walk__takes_named_paths_as_they_are),
        TEST(test_walk__stops_at_its_depth_with_a_row),
        TEST(test_walk__names_a_folder_it_may_not_read),
        TEST(test_walk__keeps_odd_names_as_bytes),
        TEST(test_walk__compares_numbers_by_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
