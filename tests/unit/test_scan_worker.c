/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <signal.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/str.h"
#include "node/scan/scan_worker.h"
#include "node/scan/unpack.h"

#define FAKE       "TEST_SCAN_FAKE" /* how the worker of a test behaves */
#define MEMBER_MAX ((uint64_t)1 << 20)

struct item {
    const char *name;
    const char *text; /* NULL: @size zeros */
    size_t size;
    mode_t type; /* 0: a file */
};

static void must(struct archive *a, int rc)
{
    if (rc != ARCHIVE_OK)
        fail_msg("libarchive: %s", archive_error_string(a));
}

static void pack(const char *path, bool zip, const struct item *items, size_t count)
{
    struct archive *a = archive_write_new();

    must(a, zip ? archive_write_set_format_zip(a) : archive_write_set_format_ustar(a));
    must(a, archive_write_open_filename(a, path));
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        size_t len = items[i].text ? strlen(items[i].text) : items[i].size;
        AUTO_MEM char *zeros = mem_new(len + 1, 1);

        archive_entry_set_pathname(entry, items[i].name);
        archive_entry_set_filetype(entry, items[i].type ? items[i].type : AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)len);
        if (items[i].type == AE_IFLNK)
            archive_entry_set_symlink(entry, "/etc/passwd");
        must(a, archive_write_header(a, entry));
        assert_int_equal(
            archive_write_data(a, items[i].text ? items[i].text : zeros, len), len);
        archive_entry_free(entry);
    }
    must(a, archive_write_close(a));
    must(a, archive_write_free(a));
}

/* All steps as text; then the error of the archive, when there was one. */
static void tell(const char *path, struct str *out)
{
    AUTO_UNPACK struct unpack *u = NULL;
    AUTO_FD int fd = -1;
    struct err e = ERR_INIT;
    struct stat st;
    size_t sum = 0;
    int rc = 0;

    fd = fs_open_input(path, UINT64_MAX, &st, &e);
    assert_true(fd >= 0);
    unit_ok(unpack_open(fd, "a", (uint64_t)st.st_size, MEMBER_MAX, NULL, &u, &e), &e);
    for (;;) {
        struct unpack_step s;

        rc = unpack_next(u, &s, &e);
        if (rc <= 0)
            break;
        if (s.event == UNPACK_MEMBER) {
            str_addf(out, "%c %s:", "fd?"[s.kind], s.name);
            if (s.kind != ARCHIVE_FILE)
                str_add(out, "\n");
            sum = 0;
        } else if (s.event == UNPACK_DATA) {
            sum += s.len;
        } else if (s.event == UNPACK_END) {
            str_addf(out, " %zu\n", sum);
        } else {
            str_addf(out, " %s\n", err_code_name(s.why.code));
        }
    }
    str_addf(out, "%s\n", rc < 0 ? err_code_name(e.code) : "end");
    /* Asked once more it has nothing to say. */
    if (e.code != ERR_WORKER_PROTOCOL) {
        struct unpack_step s;

        assert_int_equal(unpack_next(u, &s, &e), 0);
    }
}

static void test_scan_worker__streams_members_with_their_names(void **state)
{
    static const struct item ITEMS[] = {
        {.name = "ngày 1/", .type = AE_IFDIR},
        {.name = "ngày 1/a.png", .text = "hello"},
        {.name = "empty", .text = ""},
        {.name = "large", .size = 700000},
    };
    AUTO_MEM char *path = fs_path(*state, "a.zip");
    AUTO_STR struct str out = STR_INIT(STR_LINE_MAX);

    pack(path, true, ITEMS, ARRAY_LEN(ITEMS));
    tell(path, &out);
    assert_string_equal(str_text(&out), "d ngày 1/:\nf ngày 1/a.png: 5\nf empty: 0\n"
                                        "f large: 700000\nend\n");
}

static void test_scan_worker__refuses_members_one_by_one(void **state)
{
    static const struct item ITEMS[] = {
        {.name = "../../evil", .text = "x"},
        {.name = "/etc/cron.d/evil", .text = "x"},
        {.name = "link", .text = "", .type = AE_IFLNK},
        {.name = "too large", .size = (size_t)MEMBER_MAX + 1},
        {.name = "good", .text = "yes"},
    };
    AUTO_MEM char *path = fs_path(*state, "a.tar");
    AUTO_STR struct str out = STR_INIT(STR_LINE_MAX);

    pack(path, false, ITEMS, ARRAY_LEN(ITEMS));
    tell(path, &out);
    assert_string_equal(str_text(&out),
                        " SH-ARCHIVE-NAME\n SH-ARCHIVE-NAME\n? link:\nf too large: "
                        "SH-INPUT-SIZE\nf good: 3\nend\n");
}

static void test_scan_worker__says_what_is_wrong_with_the_whole(void **state)
{
    static const struct item ITEMS[] = {{.name = "a", .size = 100000},
                                        {.name = "b", .text = "b"}};
    AUTO_MEM char *path = fs_path(*state, "a.tar");
    AUTO_STR struct str out = STR_INIT(STR_LINE_MAX);
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, "no archive at all", 17, &e), &e);
    tell(path, &out);
    assert_string_equal(str_text(&out), "SH-ARCHIVE-FORMAT\n");
    pack(path, false, ITEMS, ARRAY_LEN(ITEMS));
    assert_int_equal(truncate(path, 50000), 0);
    str_reset(&out);
    tell(path, &out);
    assert_string_equal(str_text(&out),
                        "f a: SH-ARCHIVE-DAMAGED\nSH-ARCHIVE-DAMAGED\n");
}

/* ---- workers that misbehave ---------------------------------------------- */

static int say(uint32_t type, const void *data, size_t len)
{
    struct err e = ERR_INIT;

    return msg_send(PROC_WORKER_FD, type, data, len, -1, 0, &e);
}

static int fake(const char *how)
{
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;
    int rc = msg_recv(PROC_WORKER_FD, &m, 4096, true, 0, &e) == 1 ? 0 : 1;

    if (strcmp(how, "crash") == 0)
        raise(SIGSEGV);
    if (strcmp(how, "cpu") == 0)
        raise(SIGXCPU);
    if (strcmp(how, "data") == 0)
        rc |= say(SCAN_WORKER_DATA, "x", 1);
    if (strcmp(how, "end") == 0)
        rc |= say(SCAN_WORKER_END, "", 0);
    if (strcmp(how, "type") == 0)
        rc |= say(99, "", 0);
    if (strcmp(how, "nul") == 0)
        rc |= say(SCAN_WORKER_MEMBER, "-a\0b", 4);
    if (strcmp(how, "twice") == 0)
        rc |= say(SCAN_WORKER_MEMBER, "-a", 2) | say(SCAN_WORKER_MEMBER, "-b", 2);
    if (strcmp(how, "early") == 0)
        rc |= say(SCAN_WORKER_MEMBER, "-a", 2) | say(SCAN_WORKER_DONE, "", 0);
    if (strcmp(how, "flood") == 0) {
        AUTO_MEM char *buf = mem_new(SCAN_WORKER_DATA_MAX, 1);

        rc |= say(SCAN_WORKER_MEMBER, "-a", 2);
        for (int i = 0; i < 6; i++)
            rc |= say(SCAN_WORKER_DATA, buf, SCAN_WORKER_DATA_MAX);
    }
    if (strcmp(how, "lie") == 0 || strcmp(how, "memory") == 0) {
        struct err why = ERR_INIT;

        (void)err_set(&why, how[0] == 'l' ? ERR_DISK_SYNC : ERR_MEMORY, "x");
        rc |= msg_send_error(PROC_WORKER_FD, SCAN_WORKER_FAIL, &why, 0, &e);
    }
    return rc;
}

static void faked(const char *path, const char *how, const char *want)
{
    AUTO_STR struct str out = STR_INIT(STR_LINE_MAX);

    assert_int_equal(setenv(FAKE, how, 1), 0);
    tell(path, &out);
    assert_int_equal(unsetenv(FAKE), 0);
    assert_string_equal(str_text(&out), want);
}

static void test_scan_worker__is_not_believed(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "a.tar");
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, "x", 1, &e), &e);
    faked(path, "crash", "SH-ARCHIVE-DAMAGED\n");
    faked(path, "cpu", "SH-ARCHIVE-LIMIT\n");
    faked(path, "silent", "SH-ARCHIVE-DAMAGED\n");
    faked(path, "data", "SH-WORKER-PROTOCOL\n");
    faked(path, "end", "SH-WORKER-PROTOCOL\n");
    faked(path, "type", "SH-WORKER-PROTOCOL\n");
    faked(path, "nul", "SH-WORKER-PROTOCOL\n");
    faked(path, "twice", "f a:SH-WORKER-PROTOCOL\n");
    faked(path, "early", "f a:SH-WORKER-PROTOCOL\n");
    faked(path, "flood", "f a:SH-WORKER-PROTOCOL\n");
    faked(path, "lie", "SH-ARCHIVE-DAMAGED\n");
    faked(path, "memory", "SH-ARCHIVE-LIMIT\n");
}

static void test_scan_worker__without_a_program_it_says_so(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "a.tar");
    AUTO_UNPACK struct unpack *u = NULL;
    AUTO_FD int fd = -1;
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, "x", 1, &e), &e);
    fd = fs_open(path, 0, 0, &e);
    unit_fails(unpack_open(fd, "a", 1, 1, "/nonexistent/sohoa", &u, &e),
               ERR_WORKER_START, &e);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_scan_worker__streams_members_with_their_names),
        unit_case(test_scan_worker__refuses_members_one_by_one),
        unit_case(test_scan_worker__says_what_is_wrong_with_the_whole),
        unit_case(test_scan_worker__is_not_believed),
        unit_case(test_scan_worker__without_a_program_it_says_so),
    };

    (void)setlocale(LC_ALL, "C.UTF-8");
    if (argc == 3 && strcmp(argv[1], "worker") == 0) {
        const char *how = getenv(FAKE);

        proc_exit_worker(how ? fake(how) : scan_worker_main());
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
