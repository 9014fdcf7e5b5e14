/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "node/flow/flow_upload.h"

/* A descriptor from which @text comes and then the end. */
static int source(const char *text)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(ends[1]), 0);
    return ends[0];
}

static int take(const char *home, const char *name, const char *text, uint64_t bytes,
                struct flow_upload *u, struct err *e)
{
    AUTO_FD int fd = source(text);

    const struct flow_upload_ask ask = {.name = name, .user = "lan", .bytes = bytes};

    return flow_upload_take(home, &ask, fd, u, e);
}

static size_t spooled(const char *home)
{
    AUTO_MEM char *dir = fs_path(home, "spool/uploads");
    AUTO_LIST struct fs_list list = {0};
    struct err e = ERR_INIT;

    unit_ok(fs_list(dir, &list, &e), &e);
    return list.count;
}

static void test_flow_upload__keeps_bytes_and_name(void **state)
{
    struct flow_upload u;
    AUTO_STR struct str bytes = STR_INIT(100);
    AUTO_MEM char *path = NULL;
    AUTO_MEM char *name = NULL;
    struct err e = ERR_INIT;

    unit_ok(take(*state, "Bản khai.jpg", "abcdef", 3, &u, &e), &e);
    assert_int_equal(u.bytes, 3);
    assert_string_equal(
        u.sha, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    path = flow_upload_path(*state, u.id, &e);
    name = flow_upload_name(*state, u.id, "lan", &e);
    assert_non_null(path);
    assert_string_equal(name, "Bản khai.jpg");
    assert_null(flow_upload_name(*state, u.id, "mai", &e)); /* another's */
    assert_string_equal(err_code_name(e.code), "SH-NOT-FOUND");
    err_clear(&e);
    unit_ok(fs_read_file(path, &bytes, &e), &e);
    assert_string_equal(str_text(&bytes), "abc"); /* not one byte more */
    unit_ok(flow_upload_drop(*state, u.id, &e), &e);
    unit_ok(flow_upload_drop(*state, u.id, &e), &e); /* absent is fine */
    assert_int_equal(spooled(*state), 0);
}

static void test_flow_upload__cut_off_leaves_nothing(void **state)
{
    struct flow_upload u;
    struct err e = ERR_INIT;

    unit_fails(take(*state, "a.jpg", "ab", 3, &u, &e), ERR_WORKER_GONE, &e);
    assert_int_equal(spooled(*state), 0);
}

static void test_flow_upload__refuses_names_and_sizes(void **state)
{
    static const char *const BAD[] = {"", ".", "..", "a/b", "a\\b", "a\nb", "\x7f"};
    char name[FLOW_UPLOAD_NAME_MAX + 2];
    struct flow_upload u;
    struct err e = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        assert_false(flow_upload_name_good(BAD[i]));
        unit_fails(take(*state, BAD[i], "a", 1, &u, &e), ERR_WEB_FIELD, &e);
    }
    memset(name, 'a', sizeof name);
    name[FLOW_UPLOAD_NAME_MAX + 1] = '\0';
    assert_false(flow_upload_name_good(name));
    name[FLOW_UPLOAD_NAME_MAX] = '\0';
    assert_true(flow_upload_name_good(name));
    assert_true(flow_upload_name_good("..."));
    unit_fails(take(*state, "a", "", 0, &u, &e), ERR_WEB_SIZE, &e);
    unit_fails(take(*state, "a", "", FLOW_UPLOAD_MAX + 1, &u, &e), ERR_WEB_SIZE, &e);
}

static void test_flow_upload__a_number_is_never_a_path(void **state)
{
    static const char *const BAD[] = {
        "",     "../sohoa.db", "0123456789abcdef0123456789abcdeF",
        "0123", ".",           "0123456789abcdef0123456789abcdef0",
    };
    struct err e = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        assert_null(flow_upload_path(*state, BAD[i], &e));
        unit_fails(flow_upload_drop(*state, BAD[i], &e), ERR_NOT_FOUND, &e);
    }
    err_clear(&e);
    assert_null(flow_upload_path(*state, "0123456789abcdef0123456789abcdef", &e));
    assert_string_equal(err_code_name(e.code), "SH-NOT-FOUND"); /* none is there */
}

static void test_flow_upload__what_is_old_goes(void **state)
{
    struct timespec old[2] = {{.tv_sec = time(NULL) - FLOW_UPLOAD_KEEP_S - 5},
                              {.tv_sec = time(NULL) - FLOW_UPLOAD_KEEP_S - 5}};
    struct flow_upload first;
    struct flow_upload second;
    AUTO_MEM char *path = NULL;
    AUTO_MEM char *name = NULL;
    struct err e = ERR_INIT;

    unit_ok(take(*state, "a", "a", 1, &first, &e), &e);
    path = flow_upload_path(*state, first.id, &e);
    assert_non_null(path);
    name = mem_printf("%s.name", path);
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, name, old, 0), 0);
    unit_ok(take(*state, "b", "b", 1, &second, &e), &e);
    assert_int_equal(spooled(*state), 2);
    assert_false(fs_exists(path));
}

static void test_flow_upload__others_and_all_together_need_room(void **state)
{
    struct flow_upload_ask ask = {.name = "a", .user = "", .bytes = 1};
    struct flow_upload u;
    struct err e = ERR_INIT;
    AUTO_MEM char *dir = flow_upload_folder(*state, &e);
    AUTO_MEM char *big = fs_path(dir, "0123456789abcdef0123456789abcdef");
    uint64_t room = 0;
    uint64_t all = 0;

    unit_ok(fs_free_bytes(*state, &room, &all, &e), &e);
    ask.beside = FLOW_UPLOAD_ALL_MAX; /* they will not fit in with this one */
    unit_fails(flow_upload_take(*state, &ask, -1, &u, &e), ERR_WEB_BUSY, &e);
    ask.beside = room;
    if (room < FLOW_UPLOAD_ALL_MAX)
        unit_fails(flow_upload_take(*state, &ask, -1, &u, &e), ERR_DISK_FULL, &e);
    ask.beside = 0;
    unit_ok(fs_write_file(big, "x", 1, &e), &e);
    assert_int_equal(truncate(big, (off_t)FLOW_UPLOAD_ALL_MAX), 0); /* a hole */
    unit_fails(flow_upload_take(*state, &ask, -1, &u, &e), ERR_WEB_BUSY, &e);
    assert_int_equal(spooled(*state), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_flow_upload__keeps_bytes_and_name),
        unit_case(test_flow_upload__cut_off_leaves_nothing),
        unit_case(test_flow_upload__refuses_names_and_sizes),
        unit_case(test_flow_upload__a_number_is_never_a_path),
        unit_case(test_flow_upload__others_and_all_together_need_room),
        unit_case(test_flow_upload__what_is_old_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
