/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/archive.h"
#include "node/base/clock.h"

struct item {
    const char *name;
    const char *text; /* NULL: @size zeros */
    size_t size;
    mode_t type; /* 0: a file */
    const char *link;
};

struct recipe {
    int (*format)(struct archive *);
    int (*filter)(struct archive *);
    const char *options;
    bool random; /* contents that do not pack well */
};

static void must(struct archive *a, int rc)
{
    if (rc != ARCHIVE_OK)
        fail_msg("libarchive: %s", archive_error_string(a));
}

/* Writes an archive of @count items with libarchive's writer. */
static void make(const char *path, const struct recipe *r, const struct item *items,
                 size_t count)
{
    struct archive *a = archive_write_new();
    static const char ZEROS[65536];

    must(a, r->format(a));
    if (r->filter)
        must(a, r->filter(a));
    if (r->options)
        must(a, archive_write_set_options(a, r->options));
    if (r->options && strstr(r->options, "encryption"))
        must(a, archive_write_set_passphrase(a, "bí mật"));
    must(a, archive_write_open_filename(a, path));
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        size_t left = items[i].text ? strlen(items[i].text) : items[i].size;

        archive_entry_set_pathname(entry, items[i].name);
        archive_entry_set_filetype(entry, items[i].type ? items[i].type : AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)left);
        if (items[i].type == AE_IFLNK)
            archive_entry_set_symlink(entry, items[i].link);
        else if (items[i].link)
            archive_entry_set_hardlink(entry, items[i].link);
        must(a, archive_write_header(a, entry));
        if (items[i].text)
            assert_int_equal(archive_write_data(a, items[i].text, left), left);
        while (!items[i].text && left > 0) {
            size_t n = left < sizeof ZEROS ? left : sizeof ZEROS;

            assert_int_equal(archive_write_data(a, ZEROS, n), n);
            left -= n;
        }
        archive_entry_free(entry);
    }
    must(a, archive_write_close(a));
    must(a, archive_write_free(a));
}

/* What came out of an archive, one line a member: kind, name, bytes or error. */
struct walk {
    struct str text;
    enum err_code code; /* of the open or of what ended it */
    uint64_t bytes;
    unsigned members;
};

static void walk_clear(struct walk *w)
{
    str_clear(&w->text);
}
#define AUTO_WALK AUTO(walk_clear)
#define WALK_INIT                                                                      \
    {                                                                                  \
        .text = STR_INIT((size_t)8 << 20)                                              \
    }

static void read_member(struct archive_in *a, const struct archive_member *m,
                        struct walk *w)
{
    char buf[5000];
    uint64_t sum = 0;
    ssize_t n = 0;
    struct err e = ERR_INIT;

    while ((n = archive_read(a, buf, sizeof buf, &e)) > 0)
        sum += (uint64_t)n;
    w->bytes += sum;
    str_addf(&w->text, "%c%s %s %llu%s%s\n", "FDO"[m->kind], m -> encrypted ? "*" : "",
             m->name, (unsigned long long)sum, n < 0 ? " " : "",
             n < 0 ? err_code_name(e.code) : "");
    assert_int_equal(m->name_len, strlen(m->name));
    if (n < 0)
        w->code = e.code;
}

static void walk(const char *path, bool read, struct walk *w)
{
    struct err e = ERR_INIT;
    struct stat st;
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    AUTO_ARCHIVE struct archive_in *a = NULL;

    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    str_reset(&w->text);
    w->code = ERR_NONE;
    w->bytes = 0;
    w->members = 0;
    if (archive_open_fd(fd, "test", (uint64_t)st.st_size, &a, &e) < 0) {
        assert_null(a);
        w->code = e.code;
        str_addf(&w->text, "open %s\n", err_code_name(e.code));
        return;
    }
    for (unsigned calls = 0;; calls++) {
        struct archive_member m;
        int rc = 0;

        assert_true(calls <= ARCHIVE_ENTRIES_MAX + 10);
        err_clear(&e);
        rc = archive_next(a, &m, &e);
        if (rc == 0)
            break;
        if (rc > 0) {
            w->members++;
            if (read)
                read_member(a, &m, w);
        } else {
            w->code = e.code;
            str_addf(&w->text, "next %s\n", err_code_name(e.code));
        }
        if (!archive_can_go_on(a)) {
            /* And it stays so. */
            assert_int_equal(archive_next(a, &m, &e), -1);
            break;
        }
    }
}

static const struct item SIMPLE[] = {
    {.name = "giấy tờ/", .type = AE_IFDIR},
    {.name = "giấy tờ/a.txt", .text = "một\n"},
    {.name = "b.txt", .text = ""},
};
static const char SIMPLE_WALK[] = "D giấy tờ/ 0\nF giấy tờ/a.txt 6\nF b.txt 0\n";

static void test_archive__reads_what_is_allowed(void **state)
{
    static const struct recipe RECIPES[] = {
        {.format = archive_write_set_format_zip},
        {.format = archive_write_set_format_zip, .options = "zip:compression=store"},
        {.format = archive_write_set_format_ustar},
        {.format = archive_write_set_format_gnutar},
        {.format = archive_write_set_format_pax},
        {.format = archive_write_set_format_pax_restricted,
         .filter = archive_write_add_filter_gzip},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_xz},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_zstd},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_bzip2},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_compress},
    };
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;

    for (size_t i = 0; i < ARRAY_LEN(RECIPES); i++) {
        make(path, &RECIPES[i], SIMPLE, ARRAY_LEN(SIMPLE));
        walk(path, true, &w);
        if (w.code != ERR_NONE || strcmp(str_text(&w.text), SIMPLE_WALK) != 0)
            fail_msg("recipe %zu: %s", i, str_text(&w.text));
    }
}

static void test_archive__other_formats_are_refused(void **state)
{
    static const struct recipe RECIPES[] = {
        {.format = archive_write_set_format_7zip},
        {.format = archive_write_set_format_cpio_newc},
        {.format = archive_write_set_format_ar_svr4},
        {.format = archive_write_set_format_iso9660},
        {.format = archive_write_set_format_xar},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_uuencode},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_b64encode},
    };
    static const struct item ONE[] = {{.name = "a.txt", .text = "một\n"}};
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;

    for (size_t i = 0; i < ARRAY_LEN(RECIPES); i++) {
        make(path, &RECIPES[i], ONE, ARRAY_LEN(ONE));
        walk(path, true, &w);
        if (w.code != ERR_ARCHIVE_FORMAT)
            fail_msg("recipe %zu: %s", i, str_text(&w.text));
    }
}

static void test_archive__other_methods_in_a_zip_are_refused(void **state)
{
    /* A stored member that claims bzip2 (12), lzma (14), ppmd (98). */
    static const unsigned char METHODS[] = {12, 14, 98};
    static const struct recipe STORED = {.format = archive_write_set_format_zip,
                                         .options = "zip:compression=store"};
    static const struct item ONE[] = {{.name = "a.txt", .text = "một\n"}};
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;

    for (size_t i = 0; i < ARRAY_LEN(METHODS); i++) {
        FILE *f = NULL;

        make(path, &STORED, ONE, 1);
        f = fopen(path, "r+");
        assert_non_null(f);
        assert_int_equal(fseek(f, 8, SEEK_SET), 0);
        assert_int_equal(fputc(METHODS[i], f), METHODS[i]);
        assert_int_equal(fclose(f), 0);
        walk(path, true, &w);
        assert_int_equal(w.code, ERR_ARCHIVE_FORMAT);
    }
}

static void test_archive__one_layer_of_compression(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    must(a, archive_write_set_format_ustar(a));
    must(a, archive_write_add_filter_gzip(a));
    must(a, archive_write_add_filter_bzip2(a));
    must(a, archive_write_open_filename(a, path));
    archive_entry_set_pathname(entry, "a");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, 0);
    must(a, archive_write_header(a, entry));
    archive_entry_free(entry);
    must(a, archive_write_free(a));
    walk(path, true, &w);
    assert_int_equal(w.code, ERR_ARCHIVE_FORMAT);
}

static void test_archive__encrypted_members_are_told(void **state)
{
    static const struct recipe RECIPE = {.format = archive_write_set_format_zip,
                                         .options = "zip:encryption=traditional"};
    static const struct item ITEMS[] = {{.name = "a.txt", .text = "một\n"},
                                        {.name = "b.txt", .text = "hai\n"}};
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;

    /* Its sizes stand behind the members, so the second one cannot be reached. */
    make(path, &RECIPE, ITEMS, ARRAY_LEN(ITEMS));
    walk(path, true, &w);
    assert_string_equal(str_text(&w.text), "F* a.txt 0 SH-ARCHIVE-ENCRYPTED\n"
                                           "next SH-ARCHIVE-ENCRYPTED\n");
    walk(path, false, &w);
    assert_int_equal(w.code, ERR_ARCHIVE_ENCRYPTED);
    assert_int_equal(w.members, 1);
}

static void test_archive__links_and_specials_are_named(void **state)
{
    static const struct recipe RECIPE = {.format = archive_write_set_format_pax};
    static const struct item ITEMS[] = {
        {.name = "a.txt", .text = "một\n"},
        {.name = "soft", .type = AE_IFLNK, .link = "/etc/passwd", .text = ""},
        {.name = "hard", .link = "a.txt", .text = ""},
        {.name = "fifo", .type = AE_IFIFO, .text = ""},
        {.name = "char", .type = AE_IFCHR, .text = ""},
        {.name = "block", .type = AE_IFBLK, .text = ""},
    };
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;

    make(path, &RECIPE, ITEMS, ARRAY_LEN(ITEMS));
    walk(path, true, &w);
    assert_string_equal(str_text(&w.text), "F a.txt 6\nO soft 0\nO hard 0\nO fifo 0\n"
                                           "O char 0\nO block 0\n");
    assert_int_equal(w.code, ERR_NONE);
}

static void test_archive__names(void **state)
{
    static const struct recipe RECIPE = {.format = archive_write_set_format_pax};
    char component[ARCHIVE_COMPONENT_MAX + 2] = {0};
    char path_max[ARCHIVE_NAME_MAX + 2] = {0};
    struct {
        const char *name;
        bool good;
    } cases[] = {
        {"a", true},
        {"./a", true},
        {"-rf", true},
        {"a b\tc", true},
        {"a..b", true},
        {"...", true},
        {"1/2/3/4/5/6/7/8", true},
        {"Đắk Lắk\n\033[31m.jpg", true},
        {"1/2/3/4/5/6/7/8/9", false},
        {"/etc/passwd", false},
        {"../a", false},
        {"a/../../b", false},
        {"a/..", false},
        {"..", false},
        {".", false},
        {"a\\b", false},
        {"..\\..\\evil", false},
        {"C:evil", false},
        {"c:/evil", false},
        {component, false},
        {path_max, false},
    };
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;

    memset(component, 'x', ARCHIVE_COMPONENT_MAX + 1);
    for (size_t i = 0; i < ARCHIVE_NAME_MAX + 1; i++)
        path_max[i] = i % 200 == 199 ? '/' : 'y';
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        /* A good member behind it must still come. */
        struct item items[] = {{.name = cases[i].name, .text = "x"},
                               {.name = "good", .text = "yz"}};

        make(path, &RECIPE, items, 2);
        walk(path, true, &w);
        if (w.code != (cases[i].good ? ERR_NONE : ERR_ARCHIVE_NAME) ||
            w.members != (cases[i].good ? 2 : 1) ||
            !str_ends(str_text(&w.text), "F good 2\n"))
            fail_msg("%s: %s", cases[i].name, str_text(&w.text));
    }
}

static void test_archive__names_in_old_encodings_are_only_labels(void **state)
{
    /* Shift-JIS: the second byte of the first letter is a backslash. */
    static const struct recipe RECIPE = {.format = archive_write_set_format_ustar};
    static const struct item ITEMS[] = {{.name = "\x95\x5C.txt", .text = "x"}};
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;

    make(path, &RECIPE, ITEMS, 1);
    walk(path, true, &w);
    assert_string_equal(str_text(&w.text), "F \x95\x5C.txt 1\n");
}

static void test_archive__bombs_are_cut_short(void **state)
{
    static const struct recipe RECIPES[] = {
        {.format = archive_write_set_format_zip},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_gzip},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_bzip2},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_zstd},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_xz},
    };
    static const struct item ITEMS[] = {{.name = "zeros", .size = (size_t)48 << 20},
                                        {.name = "after", .text = "x"}};
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;

    for (size_t i = 0; i < ARRAY_LEN(RECIPES); i++) {
        make(path, &RECIPES[i], ITEMS, ARRAY_LEN(ITEMS));
        walk(path, true, &w);
        assert_int_equal(w.code, ERR_ARCHIVE_BOMB);
        assert_in_range(w.bytes, 1, ARCHIVE_RATIO_FROM + 65536);
        /* Passing a member over counts as well. */
        walk(path, false, &w);
        assert_int_equal(w.code, ERR_ARCHIVE_BOMB);
        assert_int_equal(w.members, 1);
    }
}

static void test_archive__ten_mebibytes_of_zeros_are_no_bomb(void **state)
{
    static const struct recipe RECIPE = {.format = archive_write_set_format_zip};
    static const struct item ITEMS[] = {{.name = "blank", .size = (size_t)9 << 20}};
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;

    make(path, &RECIPE, ITEMS, 1);
    walk(path, true, &w);
    assert_int_equal(w.code, ERR_NONE);
    assert_int_equal(w.bytes, (size_t)9 << 20);
}

static void test_archive__too_many_members(void **state)
{
    static const struct recipe RECIPE = {.format = archive_write_set_format_ustar,
                                         .filter = archive_write_add_filter_gzip};
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_MEM struct item *items = mem_new(ARCHIVE_ENTRIES_MAX + 1, sizeof *items);
    AUTO_WALK struct walk w = WALK_INIT;

    for (size_t i = 0; i < ARCHIVE_ENTRIES_MAX + 1; i++)
        items[i] = (struct item){.name = "x", .text = ""};
    make(path, &RECIPE, items, ARCHIVE_ENTRIES_MAX);
    walk(path, true, &w);
    assert_int_equal(w.code, ERR_NONE);
    assert_int_equal(w.members, ARCHIVE_ENTRIES_MAX);
    make(path, &RECIPE, items, ARCHIVE_ENTRIES_MAX + 1);
    walk(path, true, &w);
    assert_int_equal(w.code, ERR_ARCHIVE_BOMB);
    assert_int_equal(w.members, ARCHIVE_ENTRIES_MAX);
}

static void cut(const char *path, off_t size)
{
    assert_int_equal(truncate(path, size), 0);
}

static off_t size_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

/* Cut anywhere, an archive never passes for a whole one. */
static void test_archive__cut_archives_are_noticed(void **state)
{
    static const struct recipe RECIPES[] = {
        {.format = archive_write_set_format_zip},
        {.format = archive_write_set_format_zip, .options = "zip:compression=store"},
        {.format = archive_write_set_format_ustar},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_gzip},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_xz},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_zstd},
    };
    static const struct item ITEMS[] = {
        {.name = "a.txt",
         .text = "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập - Tự do"},
        {.name = "b.txt", .text = "Hạnh phúc"},
        {.name = "c.txt", .text = "Ủy ban nhân dân xã"},
    };
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;

    for (size_t i = 0; i < ARRAY_LEN(RECIPES); i++) {
        bool zip = RECIPES[i].format == archive_write_set_format_zip;
        bool plain =
            RECIPES[i].format == archive_write_set_format_ustar && !RECIPES[i].filter;
        off_t all = 0;

        make(path, &RECIPES[i], ITEMS, ARRAY_LEN(ITEMS));
        all = size_of(path);
        /* The zeros that fill a tar up behind its end mark may go. */
        for (off_t size = plain ? 6 * 512 + 511 : all - 1; size > 0;
             size -= zip || plain ? 7 : 3) {
            make(path, &RECIPES[i], ITEMS, ARRAY_LEN(ITEMS));
            cut(path, size);
            walk(path, true, &w);
            if (w.code == ERR_NONE)
                fail_msg("recipe %zu cut at %ld of %ld: %s", i, (long)size, (long)all,
                         str_text(&w.text));
        }
    }
}

static void test_archive__a_lost_zip_member_is_noticed(void **state)
{
    static const struct recipe RECIPE = {.format = archive_write_set_format_zip};
    static const struct item ITEMS[] = {{.name = "a.txt", .text = "một"},
                                        {.name = "b.txt", .text = "hai"},
                                        {.name = "c.txt", .text = "ba"}};
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_STR struct str bytes = STR_INIT(65536);
    AUTO_WALK struct walk w = WALK_INIT;
    struct err e = ERR_INIT;
    char *second = NULL;

    make(path, &RECIPE, ITEMS, ARRAY_LEN(ITEMS));
    unit_ok(fs_read_file(path, &bytes, &e), &e);
    second = memmem(bytes.p + 4, bytes.len - 4, "PK\3\4", 4);
    assert_non_null(second);
    second[0] = 'Q';
    unit_ok(fs_write_file(path, bytes.p, bytes.len, &e), &e);
    walk(path, true, &w);
    assert_int_equal(w.code, ERR_ARCHIVE_DAMAGED);
}

/* Each byte changed in turn: an error or the same members, never a crash or a hang. */
static void test_archive__damaged_bytes(void **state)
{
    static const struct recipe RECIPES[] = {
        {.format = archive_write_set_format_zip},
        {.format = archive_write_set_format_ustar},
        {.format = archive_write_set_format_ustar,
         .filter = archive_write_add_filter_gzip},
    };
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;
    struct err e = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(RECIPES); i++) {
        AUTO_STR struct str bytes = STR_INIT(65536);

        make(path, &RECIPES[i], SIMPLE, ARRAY_LEN(SIMPLE));
        unit_ok(fs_read_file(path, &bytes, &e), &e);
        for (size_t k = 0; k < bytes.len && k < 2600; k++) {
            int fd = open(path, O_WRONLY | O_CLOEXEC);
            char changed = (char)(bytes.p[k] ^ 0x55);

            assert_true(fd >= 0);
            assert_int_equal(pwrite(fd, &changed, 1, (off_t)k), 1);
            walk(path, true, &w);
            assert_int_equal(pwrite(fd, bytes.p + k, 1, (off_t)k), 1);
            assert_int_equal(close(fd), 0);
        }
    }
}

static void test_archive__sizes_that_do_not_fit(void **state)
{
    /* A stored zip member whose header says 2 bytes where 5 lie. */
    static const struct recipe RECIPE = {.format = archive_write_set_format_zip,
                                         .options = "zip:compression=store"};
    static const struct item ITEMS[] = {{.name = "a.txt", .text = "12345"}};
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_STR struct str bytes = STR_INIT(65536);
    AUTO_WALK struct walk w = WALK_INIT;
    struct err e = ERR_INIT;

    make(path, &RECIPE, ITEMS, 1);
    unit_ok(fs_read_file(path, &bytes, &e), &e);
    bytes.p[22] = 2;
    unit_ok(fs_write_file(path, bytes.p, bytes.len, &e), &e);
    walk(path, true, &w);
    assert_int_equal(w.code, ERR_ARCHIVE_DAMAGED);
}

static void test_archive__sparse_tar_members_count_whole(void **state)
{
    static const struct recipe RECIPE = {.format = archive_write_set_format_pax};
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_WALK struct walk w = WALK_INIT;

    (void)RECIPE;
    must(a, archive_write_set_format_pax(a));
    must(a, archive_write_open_filename(a, path));
    archive_entry_set_pathname(entry, "sparse");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, (la_int64_t)20 << 30);
    archive_entry_sparse_add_entry(entry, ((la_int64_t)20 << 30) - 5, 5);
    must(a, archive_write_header(a, entry));
    /* The writer takes holes as zeros only when they are written; end it early. */
    archive_entry_free(entry);
    (void)archive_write_free(a);
    walk(path, true, &w);
    assert_true(w.code == ERR_ARCHIVE_BOMB || w.code == ERR_ARCHIVE_DAMAGED);
    assert_true(w.bytes < ARCHIVE_RATIO_FROM + 65536);
}

static void test_archive__nothing_and_noise(void **state)
{
    static const char EMPTY_ZIP[22] = "PK\5\6";
    AUTO_MEM char *path = fs_path(*state, "a");
    AUTO_MEM char *zeros = mem_new(10240, 1);
    AUTO_WALK struct walk w = WALK_INIT;
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, "", 0, &e), &e);
    walk(path, true, &w);
    assert_int_equal(w.code, ERR_ARCHIVE_FORMAT);
    unit_ok(fs_write_file(path, "hello", 5, &e), &e);
    walk(path, true, &w);
    assert_int_equal(w.code, ERR_ARCHIVE_FORMAT);
    unit_ok(fs_write_file(path, zeros, 10240, &e), &e);
    walk(path, true, &w);
    assert_int_equal(w.code, ERR_NONE);
    assert_int_equal(w.members, 0);
    unit_ok(fs_write_file(path, EMPTY_ZIP, sizeof EMPTY_ZIP, &e), &e);
    walk(path, true, &w);
    assert_int_equal(w.code, ERR_NONE);
    archive_close(NULL);
}

/* The hostile collection beside the source, when it is there. */
static const struct {
    const char *name;
    const char *walk; /* NULL: an error, whichever */
} NASTY[] = {
    {"libarchive_compat_zip_2.zip", "F file1 0\nF file2 6\n"},
    {"libarchive_fuzz.lzh", "open SH-ARCHIVE-FORMAT\n"},
    {"libarchive_read_format_7zip_malformed.7z", "open SH-ARCHIVE-FORMAT\n"},
    {"libarchive_read_format_7zip_malformed_numfiles_oom.7z",
     "open SH-ARCHIVE-FORMAT\n"},
    {"libarchive_read_format_tar_acl_oob_read.tar",
     "F file 0\nnext SH-ARCHIVE-DAMAGED\n"},
    {"libarchive_read_format_tar_empty_filename.tar", "next SH-ARCHIVE-NAME\n"},
    {"libarchive_read_format_tar_invalid_pax_size.tar", "open SH-ARCHIVE-DAMAGED\n"},
    {"libarchive_read_format_tar_pax_large_attr.tar.Z", "open SH-ARCHIVE-DAMAGED\n"},
    {"libarchive_read_format_zip_bz2_hang.zip", NULL},
    {"libarchive_read_format_zip_encryption_partially.zip",
     "F bar.txt 20\nF* foo.txt 0 SH-ARCHIVE-ENCRYPTED\n"},
    {"libarchive_read_format_zip_filename_utf8_jp.zip",
     "D 表だよ/ 0\nF 表だよ/一覧表.txt 5\nF 表だよ/漢字.txt 5\n"},
    {"libarchive_read_format_zip_length_at_end.zip", "F hello.txt 6\n"},
    {"libarchive_read_format_zip_ppmd8_crash_1.zipx", NULL},
    {"libarchive_read_format_zip_size_exceeds_declared_stored.zip",
     "F first 0 SH-ARCHIVE-DAMAGED\nF second 11\n"},
    {"libarchive_read_format_zip_uncompressed_size_off_by_4gib.zip",
     "F hello.txt 5 SH-ARCHIVE-DAMAGED\n"},
    {"libarchive_read_format_zip_zipx_lzma_oom.zipx", NULL},
    {"zip-slip-win.tar", "F good.txt 19\nnext SH-ARCHIVE-NAME\n"},
    {"zip-slip.zip", "F good.txt 19\nnext SH-ARCHIVE-NAME\n"},
};

static void test_archive__the_hostile_collection(void **state)
{
    const char *top = getenv("TOP");
    AUTO_MEM char *dir = mem_printf("%s/../shared/data/nasty/archive", top ? top : ".");
    AUTO_LIST struct fs_list files = {0};
    AUTO_WALK struct walk w = WALK_INIT;
    struct err e = ERR_INIT;

    (void)state;
    if (!fs_is_dir(dir)) {
        print_message("%s is not there\n", dir);
        skip();
    }
    unit_ok(fs_list(dir, &files, &e), &e);
    for (size_t i = 0; i < files.count; i++) {
        AUTO_MEM char *path = fs_path(dir, files.names[i]);
        int64_t start = clock_mono_ms();

        walk(path, true, &w);
        assert_true(clock_mono_ms() - start < 2000);
        for (size_t k = 0; k < ARRAY_LEN(NASTY); k++) {
            if (strcmp(NASTY[k].name, files.names[i]) != 0)
                continue;
            if (NASTY[k].walk)
                assert_string_equal(str_text(&w.text), NASTY[k].walk);
            else
                assert_int_not_equal(w.code, ERR_NONE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_archive__reads_what_is_allowed),
        unit_case(test_archive__other_formats_are_refused),
        unit_case(test_archive__other_methods_in_a_zip_are_refused),
        unit_case(test_archive__one_layer_of_compression),
        unit_case(test_archive__encrypted_members_are_told),
        unit_case(test_archive__links_and_specials_are_named),
        unit_case(test_archive__names),
        unit_case(test_archive__names_in_old_encodings_are_only_labels),
        unit_case(test_archive__bombs_are_cut_short),
        unit_case(test_archive__ten_mebibytes_of_zeros_are_no_bomb),
        unit_case(test_archive__too_many_members),
        unit_case(test_archive__cut_archives_are_noticed),
        unit_case(test_archive__a_lost_zip_member_is_noticed),
        unit_case(test_archive__damaged_bytes),
        unit_case(test_archive__sizes_that_do_not_fit),
        unit_case(test_archive__sparse_tar_members_count_whole),
        unit_case(test_archive__nothing_and_noise),
        unit_case(test_archive__the_hostile_collection),
    };

    (void)setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
