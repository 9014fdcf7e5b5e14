/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/hash.h"

static void put(const char *path, const char *text)
{
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, text, strlen(text), &e), &e);
}

static void assert_file(const char *path, const char *wanted)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    struct err e = ERR_INIT;

    unit_ok(fs_read_file(path, &text, &e), &e);
    assert_string_equal(str_text(&text), wanted);
}

/* How many temporary files lie in the folder. */
static size_t left_overs(const char *dir)
{
    AUTO_LIST struct fs_list list = {0};
    struct err e = ERR_INIT;
    size_t n = 0;

    unit_ok(fs_list(dir, &list, &e), &e);
    for (size_t i = 0; i < list.count; i++)
        n += str_starts(list.names[i], FS_TMP_PREFIX);
    return n;
}

/* ---- descriptors ----------------------------------------------------------------- */

static void test_fs__descriptors_close_on_exec(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f");
    struct err e = ERR_INIT;
    AUTO_FD int fd = fs_open(path, O_RDWR | O_CREAT, 0600, &e);
    char c = 0;

    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    unit_ok(fs_write_all(fd, "xy", 2, path, &e), &e);
    assert_int_equal(lseek(fd, 1, SEEK_SET), 1);
    assert_int_equal(fs_read_some(fd, &c, 1, path, &e), 1);
    assert_int_equal(c, 'y');
    assert_int_equal(fs_read_some(fd, &c, 1, path, &e), 0);
    unit_ok(fs_sync(fd, path, &e), &e);
    unit_ok(fs_close(&fd, path, &e), &e);
    assert_int_equal(fd, -1);
}

static void test_fs__bad_descriptors(void **state)
{
    struct err e = ERR_INIT;
    int fd = 999;
    char c = 0;
    int ends[2];

    (void)state;
    unit_fails(fs_read_some(-1, &c, 1, "x", &e), ERR_READ, &e);
    unit_fails(fs_write_all(-1, "x", 1, "x", &e), ERR_WRITE, &e);
    unit_fails(fs_sync(-1, "x", &e), ERR_DISK_SYNC, &e);
    unit_fails(fs_close(&fd, "x", &e), ERR_WRITE, &e);
    assert_int_equal(fd, -1);
    /* A pipe cannot be synced. */
    assert_int_equal(pipe(ends), 0);
    unit_fails(fs_sync(ends[0], "x", &e), ERR_DISK_SYNC, &e);
    assert_int_equal(e.sys_errno, EINVAL);
    assert_int_equal(close(ends[0]) + close(ends[1]), 0);
    unit_fails(fs_open("/nonexistent/f", O_RDONLY, 0, &e), ERR_NOT_FOUND, &e);
    unit_fails(fs_sync_dir("/nonexistent", &e), ERR_NOT_FOUND, &e);
    unit_fails(fs_sync_dir("/proc/self/exe", &e), ERR_OPEN, &e);
}

static void test_fs__a_full_device(void **state)
{
    struct err e = ERR_INIT;
    AUTO_FD int fd = fs_open("/dev/full", O_WRONLY, 0, &e);

    (void)state;
    if (fd < 0)
        skip();
    unit_fails(fs_write_all(fd, "x", 1, "full", &e), ERR_DISK_FULL, &e);
    assert_int_equal(err_code_exit(e.code), EXIT_FAILED);
}

/* ---- inputs ---------------------------------------------------------------------- */

static void test_fs__inputs_are_regular_files(void **state)
{
    AUTO_MEM char *good = fs_path(*state, "good");
    AUTO_MEM char *link = fs_path(*state, "link");
    AUTO_MEM char *fifo = fs_path(*state, "fifo");
    AUTO_MEM char *empty = fs_path(*state, "empty");
    AUTO_MEM char *none = fs_path(*state, "none");
    AUTO_MEM char *sock = fs_path(*state, "s");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    AUTO_FD int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    AUTO_FD int fd = -1;
    struct stat st;
    struct err e = ERR_INIT;

    put(good, "data");
    put(empty, "");
    assert_int_equal(symlink(good, link), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    fd = fs_open_input(good, 4, &st, &e);
    assert_true(fd >= 0);
    assert_int_equal(st.st_size, 4);
    unit_fails(fs_open_input(good, 3, &st, &e), ERR_INPUT_TOO_LARGE, &e);
    unit_fails(fs_open_input(link, 100, &st, &e), ERR_INPUT_LINK, &e);
    unit_fails(fs_open_input(fifo, 100, &st, &e), ERR_INPUT_NOT_REGULAR, &e);
    unit_fails(fs_open_input(*state, 100, &st, &e), ERR_INPUT_NOT_REGULAR, &e);
    unit_fails(fs_open_input("/dev/zero", 100, &st, &e), ERR_INPUT_NOT_REGULAR, &e);
    unit_fails(fs_open_input(empty, 100, &st, &e), ERR_INPUT_EMPTY, &e);
    unit_fails(fs_open_input(none, 100, &st, &e), ERR_NOT_FOUND, &e);
    if (strlen(sock) < sizeof to.sun_path) {
        memcpy(to.sun_path, sock, strlen(sock));
        assert_int_equal(bind(s, (const struct sockaddr *)&to, sizeof to), 0);
        unit_fails(fs_open_input(sock, 100, &st, &e), ERR_INPUT_NOT_REGULAR, &e);
    }
    if (geteuid() != 0) {
        assert_int_equal(chmod(good, 0), 0);
        unit_fails(fs_open_input(good, 100, &st, &e), ERR_DENIED, &e);
    }
}

static void test_fs__sparse_inputs(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "sparse");
    struct err e = ERR_INIT;
    struct stat st;
    AUTO_FD int fd = fs_open(path, O_RDWR | O_CREAT, 0600, &e);
    AUTO_FD int in = -1;

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)20 << 30), 0);
    unit_fails(fs_open_input(path, (uint64_t)64 << 30, &st, &e), ERR_INPUT_SPARSE, &e);
    /* Small ones are somebody's blank page. */
    assert_int_equal(ftruncate(fd, (off_t)64 << 20), 0);
    in = fs_open_input(path, (uint64_t)64 << 30, &st, &e);
    assert_true(in >= 0);
}

/* ---- whole files ----------------------------------------------------------------- */

static void test_fs__write_file_replaces(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f");
    AUTO_MEM char *deep = fs_path(*state, "no/f");
    struct stat st;
    struct err e = ERR_INIT;

    put(path, "first");
    put(path, "second, longer");
    put(path, "3");
    assert_file(path, "3");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(left_overs(*state), 0);
    unit_fails(fs_write_file(deep, "x", 1, &e), ERR_NOT_FOUND, &e);
    /* A folder is not replaced, and nothing is left behind. */
    unit_fails(fs_write_file(*state, "x", 1, &e), ERR_WRITE, &e);
}

static void test_fs__read_file_has_a_limit(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f");
    AUTO_MEM char *text = mem_new(40001, 1);
    AUTO_STR struct str room = STR_INIT(40000);
    AUTO_STR struct str less = STR_INIT(39999);
    struct err e = ERR_INIT;

    memset(text, 'a', 40000);
    put(path, text);
    unit_ok(fs_read_file(path, &room, &e), &e);
    assert_int_equal(room.len, 40000);
    unit_fails(fs_read_file(path, &less, &e), ERR_LIMIT, &e);
    str_reset(&less);
    unit_fails(fs_read_file("/dev/zero", &less, &e), ERR_LIMIT, &e);
    str_reset(&less);
    unit_fails(fs_read_file(*state, &less, &e), ERR_READ, &e);
    unit_fails(fs_read_file("/nonexistent", &less, &e), ERR_NOT_FOUND, &e);
}

static void test_fs__tmp_is_gone_unless_committed(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f");
    struct err e = ERR_INIT;

    {
        AUTO_TMP struct fs_tmp t = FS_TMP_INIT;

        unit_ok(fs_tmp_open(&t, *state, &e), &e);
        unit_ok(fs_tmp_write(&t, "x", 1, &e), &e);
        assert_int_equal(left_overs(*state), 1);
        assert_false(fs_exists(path));
    }
    assert_int_equal(left_overs(*state), 0);
    {
        AUTO_TMP struct fs_tmp t = FS_TMP_INIT;

        unit_ok(fs_tmp_open(&t, *state, &e), &e);
        unit_ok(fs_tmp_write(&t, "x", 1, &e), &e);
        unit_ok(fs_tmp_commit(&t, path, &e), &e);
    }
    assert_int_equal(left_overs(*state), 0);
    assert_file(path, "x");
    {
        AUTO_TMP struct fs_tmp t = FS_TMP_INIT;

        unit_fails(fs_tmp_open(&t, "/nonexistent", &e), ERR_NOT_FOUND, &e);
        unit_ok(fs_tmp_open(&t, *state, &e), &e); /* it can be tried again */
        unit_fails(fs_tmp_commit(&t, "/nonexistent/f", &e), ERR_WRITE, &e);
    }
    assert_int_equal(left_overs(*state), 0);
}

static void test_fs__commit_new_never_replaces(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f");
    struct err e = ERR_INIT;

    for (int i = 0; i < 2; i++) {
        AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
        AUTO_MEM char *text = mem_printf("%d", i);
        bool existed = false;

        unit_ok(fs_tmp_open(&t, *state, &e), &e);
        unit_ok(fs_tmp_write(&t, text, 1, &e), &e);
        unit_ok(fs_tmp_commit_new(&t, path, &existed, &e), &e);
        assert_int_equal(existed, i == 1);
        assert_int_equal(left_overs(*state), 0);
    }
    assert_file(path, "0");
    {
        AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
        bool existed = false;

        unit_ok(fs_tmp_open(&t, *state, &e), &e);
        unit_fails(fs_tmp_commit_new(&t, "/nonexistent/f", &existed, &e), ERR_WRITE,
                   &e);
    }
    assert_int_equal(left_overs(*state), 0);
}

static void test_fs__copy_hashes_and_counts(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "in");
    AUTO_MEM char *out = fs_path(*state, "out");
    AUTO_MEM char *text = mem_new(300001, 1);
    AUTO_HASH struct hash *h = hash_new();
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
    AUTO_TMP struct fs_tmp less = FS_TMP_INIT;
    char hex[HASH_HEX];
    char wanted[HASH_HEX];
    uint64_t copied = 0;
    struct err e = ERR_INIT;
    AUTO_FD int fd = -1;

    memset(text, 'a', 300000);
    put(path, text);
    fd = fs_open(path, O_RDONLY, 0, &e);
    unit_ok(fs_tmp_open(&t, *state, &e), &e);
    unit_ok(fs_copy(fd, path, &t, 300000, h, &copied, &e), &e);
    assert_int_equal(copied, 300000);
    unit_ok(fs_tmp_commit(&t, out, &e), &e);
    hash_end(h, hex);
    unit_ok(hash_file(out, wanted, NULL, &e), &e);
    assert_string_equal(hex, wanted);
    /* A source that grows beyond the limit while it is read. */
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    unit_ok(fs_tmp_open(&less, *state, &e), &e);
    unit_fails(fs_copy(fd, path, &less, 299999, NULL, &copied, &e), ERR_INPUT_TOO_LARGE,
               &e);
    unit_fails(fs_copy(-1, path, &less, 1, NULL, &copied, &e), ERR_READ, &e);
}

static void test_fs__sweep_takes_left_overs_only(void **state)
{
    AUTO_MEM char *dead = fs_path(*state, FS_TMP_PREFIX "dead");
    AUTO_MEM char *mine = fs_path(*state, "mine");
    AUTO_MEM char *link = fs_path(*state, FS_TMP_PREFIX "link");
    AUTO_TMP struct fs_tmp alive = FS_TMP_INIT;
    struct err e = ERR_INIT;

    put(dead, "x");
    put(mine, "x");
    assert_int_equal(symlink(mine, link), 0);
    unit_ok(fs_tmp_open(&alive, *state, &e), &e);
    unit_ok(fs_sweep(*state, &e), &e);
    assert_false(fs_exists(dead));
    assert_false(fs_exists(link));
    assert_true(fs_exists(mine));
    assert_int_equal(left_overs(*state), 1); /* the one being written */
    unit_ok(fs_tmp_commit(&alive, dead, &e), &e);
    unit_fails(fs_sweep("/nonexistent", &e), ERR_NOT_FOUND, &e);
}

static void test_fs__what_a_killed_writer_leaves_is_swept(void **state)
{
    struct err e = ERR_INIT;
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct fs_tmp t = FS_TMP_INIT;

        _exit(fs_tmp_open(&t, *state, &e) < 0 ? 1 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(left_overs(*state), 1);
    unit_ok(fs_sweep(*state, &e), &e);
    assert_int_equal(left_overs(*state), 0);
}

/* Writers and a sweeper at the same time: no writer loses its file. */
static void test_fs__sweeping_beside_writers(void **state)
{
    struct err e = ERR_INIT;
    pid_t pids[2];

    for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] > 0)
            continue;
        for (int k = 0; k < 150; k++) {
            AUTO_MEM char *path = fs_pathf(*state, "f%zu-%d", i, k);

            if (fs_write_file(path, "x", 1, &e) < 0)
                _exit(1);
        }
        _exit(0);
    }
    for (bool running = true; running;) {
        running = false;
        unit_ok(fs_sweep(*state, &e), &e);
        for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
            int status = 0;

            if (pids[i] == 0)
                continue;
            running = true;
            if (waitpid(pids[i], &status, WNOHANG) == pids[i]) {
                assert_int_equal(status, 0);
                pids[i] = 0;
            }
        }
    }
    {
        AUTO_LIST struct fs_list list = {0};

        unit_ok(fs_list(*state, &list, &e), &e);
        assert_int_equal(list.count, 300);
    }
}

/* ---- folders and names ----------------------------------------------------------- */

static void test_fs__folders(void **state)
{
    AUTO_MEM char *a = fs_path(*state, "a");
    AUTO_MEM char *deep = fs_path(*state, "b/c/d");
    AUTO_MEM char *slash = fs_path(*state, "x/y/");
    AUTO_MEM char *file = fs_path(*state, "file");
    AUTO_MEM char *below = fs_path(*state, "file/sub/sub");
    struct stat st;
    struct err e = ERR_INIT;

    unit_ok(fs_mkdir(a, &e), &e);
    unit_ok(fs_mkdir(a, &e), &e);
    assert_int_equal(stat(a, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    unit_ok(fs_mkdirs(deep, &e), &e);
    unit_ok(fs_mkdirs(deep, &e), &e);
    unit_ok(fs_mkdirs(slash, &e), &e);
    assert_true(fs_is_dir(deep));
    assert_true(fs_is_dir(slash));
    put(file, "x");
    unit_fails(fs_mkdir(file, &e), ERR_WRITE, &e);
    unit_fails(fs_mkdirs(below, &e), ERR_WRITE, &e);
    unit_fails(fs_mkdir("/nonexistent/a", &e), ERR_NOT_FOUND, &e);
    unit_fails(fs_mkdirs("", &e), ERR_NOT_FOUND, &e);
    unit_ok(fs_mkdirs("/", &e), &e);
    assert_false(fs_is_dir(file));
}

static void test_fs__rename_and_unlink(void **state)
{
    AUTO_MEM char *a = fs_path(*state, "a");
    AUTO_MEM char *b = fs_path(*state, "b");
    struct err e = ERR_INIT;

    put(a, "x");
    unit_ok(fs_rename(a, b, &e), &e);
    assert_file(b, "x");
    unit_fails(fs_rename(a, b, &e), ERR_WRITE, &e);
    unit_ok(fs_unlink(b, &e), &e);
    unit_ok(fs_unlink(b, &e), &e); /* absent is fine */
    assert_int_equal(fs_unlink(*state, &e), -1);
}

static void test_fs__remove_tree_never_follows_links(void **state)
{
    AUTO_MEM char *tree = fs_path(*state, "tree");
    AUTO_MEM char *deep = fs_path(*state, "tree/a/b");
    AUTO_MEM char *file = fs_path(*state, "tree/a/f");
    AUTO_MEM char *link = fs_path(*state, "tree/a/link");
    AUTO_MEM char *outside = fs_path(*state, "outside");
    AUTO_MEM char *kept = fs_path(*state, "outside/kept");
    struct err e = ERR_INIT;

    unit_ok(fs_mkdirs(deep, &e), &e);
    unit_ok(fs_mkdirs(outside, &e), &e);
    put(file, "x");
    put(kept, "x");
    assert_int_equal(symlink(outside, link), 0);
    unit_ok(fs_remove_tree(tree, &e), &e);
    assert_false(fs_exists(tree));
    assert_true(fs_exists(kept));
    unit_ok(fs_remove_tree(tree, &e), &e);
    /* The tree itself a link: refused. */
    assert_int_equal(symlink(outside, tree), 0);
    assert_int_equal(fs_remove_tree(tree, &e), -1);
    assert_true(fs_exists(kept));
    assert_int_equal(fs_remove_tree(kept, &e), -1); /* no folder */
}

static void test_fs__remove_tree_has_a_depth(void **state)
{
    AUTO_MEM char *top = fs_path(*state, "d");
    AUTO_STR struct str path = STR_INIT(STR_PATH_MAX);
    struct err e = ERR_INIT;

    str_add(&path, top);
    for (int i = 0; i < 70; i++)
        str_add(&path, "/d");
    unit_ok(fs_mkdirs(str_text(&path), &e), &e);
    unit_fails(fs_remove_tree(top, &e), ERR_LIMIT, &e);
    /* In two steps it goes, for the teardown too. */
    path.p[path.len - 2 * 20] = '\0';
    unit_ok(fs_remove_tree(path.p, &e), &e);
}

static void test_fs__list_is_in_byte_order(void **state)
{
    static const char *const NAMES[] = {"b", "a", "Z", "ă", ".hidden", "a10", "a9"};
    static const char *const SORTED[] = {".hidden", "Z", "a", "a10", "a9", "b", "ă"};
    AUTO_LIST struct fs_list list = {0};
    AUTO_LIST struct fs_list none = {0};
    struct err e = ERR_INIT;

    unit_ok(fs_list(*state, &none, &e), &e);
    assert_int_equal(none.count, 0);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        AUTO_MEM char *path = fs_path(*state, NAMES[i]);

        put(path, "");
    }
    unit_ok(fs_list(*state, &list, &e), &e);
    assert_int_equal(list.count, ARRAY_LEN(SORTED));
    for (size_t i = 0; i < ARRAY_LEN(SORTED); i++)
        assert_string_equal(list.names[i], SORTED[i]);
    fs_list_clear(&list);
    fs_list_clear(&list);
    unit_fails(fs_list("/nonexistent", &list, &e), ERR_NOT_FOUND, &e);
    unit_fails(fs_list("/proc/self/exe", &list, &e), ERR_OPEN, &e);
}

static void test_fs__paths(void **state)
{
    static const struct {
        const char *path;
        const char *dir;
        const char *base;
    } CASES[] = {
        {"/a/b/c", "/a/b", "c"}, {"/a", "/", "a"}, {"a", ".", "a"},
        {"a/b", "a", "b"},       {"a/", "a", ""},  {"", ".", ""},
    };
    AUTO_MEM char *longer = mem_new(6001, 1);
    AUTO_MEM char *here = fs_absolute("x");
    AUTO_MEM char *same = fs_absolute("/x/y");
    AUTO_MEM char *joined = NULL;
    AUTO_MEM char *program = NULL;
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_MEM char *dir = fs_dirname(CASES[i].path);

        assert_string_equal(dir, CASES[i].dir);
        assert_string_equal(fs_basename(CASES[i].path), CASES[i].base);
    }
    assert_int_equal(here[0], '/');
    assert_true(str_ends(here, "/x"));
    assert_string_equal(same, "/x/y");
    /* Never cut: a shorter path would be another file. */
    memset(longer, 'x', 6000);
    joined = fs_pathf(longer, "%s-%d", longer, 7);
    assert_int_equal(strlen(joined), 6000 + 1 + 6000 + 2);
    program = fs_program(&e);
    assert_true(str_ends(program, "/test_fs"));
}

static void test_fs__space_and_kind_of_disk(void **state)
{
    uint64_t free_bytes = 0;
    uint64_t all_bytes = 0;
    struct err e = ERR_INIT;

    unit_ok(fs_free_bytes(*state, &free_bytes, &all_bytes, &e), &e);
    assert_true(all_bytes > 0 && free_bytes <= all_bytes);
    unit_fails(fs_free_bytes("/nonexistent", &free_bytes, &all_bytes, &e), ERR_OPEN,
               &e);
    unit_ok(fs_check_home(*state, &e), &e);
    unit_fails(fs_check_home("/nonexistent", &e), ERR_OPEN, &e);
}

static void test_fs__rename_new_never_replaces(void **state)
{
    AUTO_MEM char *a = fs_path(*state, "new-a");
    AUTO_MEM char *b = fs_path(*state, "new-b");
    AUTO_MEM char *none = fs_path(*state, "none/b");
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(a, "a", 1, &e), &e);
    unit_ok(fs_write_file(b, "b", 1, &e), &e);
    assert_int_equal(fs_rename_new(a, b, &e), 0);
    unit_ok(fs_read_file(b, &text, &e), &e);
    assert_string_equal(str_text(&text), "b");
    unit_ok(fs_unlink(b, &e), &e);
    assert_int_equal(fs_rename_new(a, b, &e), 1);
    assert_false(fs_exists(a));
    assert_true(fs_exists(b));
    unit_fails(fs_rename_new(b, none, &e), ERR_WRITE, &e);
    assert_true(fs_exists(b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_fs__descriptors_close_on_exec),
        unit_case(test_fs__bad_descriptors),
        unit_case(test_fs__a_full_device),
        unit_case(test_fs__inputs_are_regular_files),
        unit_case(test_fs__sparse_inputs),
        unit_case(test_fs__write_file_replaces),
        unit_case(test_fs__read_file_has_a_limit),
        unit_case(test_fs__tmp_is_gone_unless_committed),
        unit_case(test_fs__commit_new_never_replaces),
        unit_case(test_fs__copy_hashes_and_counts),
        unit_case(test_fs__sweep_takes_left_overs_only),
        unit_case(test_fs__what_a_killed_writer_leaves_is_swept),
        unit_case(test_fs__sweeping_beside_writers),
        unit_case(test_fs__folders),
        unit_case(test_fs__rename_and_unlink),
        unit_case(test_fs__remove_tree_never_follows_links),
        unit_case(test_fs__remove_tree_has_a_depth),
        unit_case(test_fs__list_is_in_byte_order),
        unit_case(test_fs__paths),
        unit_case(test_fs__space_and_kind_of_disk),
        unit_case(test_fs__rename_new_never_replaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
