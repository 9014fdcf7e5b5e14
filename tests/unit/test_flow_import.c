/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>
#include <png.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <tiffio.h>
#include <time.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/hash.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/proc.h"
#include "node/flow/flow_held.h"
#include "node/flow/flow_import.h"
#include "node/flow/flow_quarantine.h"
#include "node/flow/flow_upload.h"
#include "node/scan/scan_worker.h"
#include "node/store/object.h"
#include "node/store/sql.h"
#include "node/store/store_dossier.h"
#include "node/store/store_item.h"
#include "node/store/store_job.h"
#include "node/store/store_page.h"
#include "node/store/store_prune.h"
#include "node/store/store_user.h"
#include "ocr/inspect.h"

/* ---- a home of its own and what it was told ------------------------------ */

struct place {
    char *dir, *in, *home; /* home is below dir, in holds the inputs */
    struct flow f;
    struct jdoc *lines; /* array */
    struct flow_import_sum sum;
};

static int set_up(void **state)
{
    struct place *p = mem_new(1, sizeof *p);
    void *dir = NULL;
    struct err e = ERR_INIT;

    assert_int_equal(unit_folder(&dir), 0);
    p->dir = dir;
    p->in = fs_path(p->dir, "in");
    p->home = fs_path(p->dir, "home");
    unit_ok(fs_mkdir(p->in, &e), &e);
    unit_ok(home_prepare(p->home, HOME_COMMUNE, "24175", NULL, "Test", &p->f.home, &e),
            &e);
    unit_ok(flow_store(&p->f.home, STORE_CREATE, &p->f.store, &e), &e);
    p->lines = jdoc_array();
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    struct err e = ERR_INIT;

    flow_close(&p->f);
    jdoc_free(p->lines);
    unit_ok(fs_remove_tree(p->dir, &e), &e);
    mem_free(p->dir);
    mem_free(p->in);
    mem_free(p->home);
    mem_free(p);
    return 0;
}

static void hear(void *to, const struct jdoc *line)
{
    jdoc_add(((struct place *)to)->lines, jdoc_copy(line));
}

static int import_with(struct place *p, const struct flow_import_opts *o,
                       const char *const *paths, size_t count, struct err *e)
{
    struct flow_listener to = {.line = hear, .to = p};

    jdoc_free(p->lines);
    p->lines = jdoc_array();
    return flow_import(&p->f, o, paths, count, &to, &p->sum, e);
}

static void import_all(struct place *p)
{
    const struct flow_import_opts o = {.via = "cli", .reserve = 1};
    const char *paths[] = {p->in};
    struct err e = ERR_INIT;

    unit_ok(import_with(p, &o, paths, 1, &e), &e);
    assert_int_equal(p->sum.inputs, (int64_t)jdoc_count(p->lines));
    assert_int_equal(p->sum.inputs, p->sum.stored + p->sum.duplicate + p->sum.refused +
                                        p->sum.waiting);
}

/* The line whose path ends with @name. */
static const struct jdoc *line_of(const struct place *p, const char *name)
{
    for (size_t i = 0; i < jdoc_count(p->lines); i++) {
        const struct jdoc *line = jdoc_at(p->lines, i);

        if (jdoc_text(line, "path") && str_ends(jdoc_text(line, "path"), name))
            return line;
    }
    fail_msg("no line for %s", name);
    return NULL;
}

/* @want: "status" or "status CODE". */
static const struct jdoc *expect(const struct place *p, const char *name,
                                 const char *want)
{
    const struct jdoc *line = line_of(p, name);
    const char *code = jdoc_text(line, "code");
    AUTO_MEM char *got = mem_printf("%s%s%s", jdoc_text(line, "status"),
                                    code ? " " : "", code ? code : "");

    if (strcmp(got, want) != 0)
        fail_msg("%s: %s, want %s", name, got, want);
    return line;
}

/* ---- files --------------------------------------------------------------- */

static char *in_path(const struct place *p, const char *name)
{
    return fs_path(p->in, name);
}

static void make_png_at(const char *path, int w, int h, int seed)
{
    FILE *f = fopen(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    AUTO_MEM unsigned char *row = mem_new((size_t)w, 1);

    assert_non_null(f);
    png_init_io(png, f);
    png_set_IHDR(png, info, (unsigned)w, (unsigned)h, 8, PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_pHYs(png, info, 11811, 11811, PNG_RESOLUTION_METER);
    png_write_info(png, info);
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++)
            row[x] = (unsigned char)(x * 7 + y * 13 + seed * 31);
        png_write_row(png, row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    assert_int_equal(fclose(f), 0);
}

static void png(const struct place *p, const char *name, int seed)
{
    AUTO_MEM char *path = in_path(p, name);
    AUTO_MEM char *dir = fs_dirname(path);
    struct err e = ERR_INIT;

    unit_ok(fs_mkdirs(dir, &e), &e);
    make_png_at(path, 64, 32, seed);
}

static void text(const struct place *p, const char *name, const char *content)
{
    AUTO_MEM char *path = in_path(p, name);
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, content, strlen(content), &e), &e);
}

static void set_age(const char *path, int64_t age_s)
{
    struct timespec t[2];

    (void)clock_gettime(CLOCK_REALTIME, &t[0]);
    t[0].tv_sec -= age_s;
    t[1] = t[0];
    assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

static uint32_t le(const char *p, int bytes)
{
    uint32_t v = 0;

    for (int i = bytes; i-- > 0;)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

/* @bad: page whose strip lies past the end; little-endian. -1: none. */
static void tiff(const struct place *p, const char *name, int pages, int bad)
{
    AUTO_MEM char *path = in_path(p, name);
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;
    TIFF *t = TIFFOpen(path, "wl");
    unsigned char row[64];
    uint32_t at = 0;

    assert_non_null(t);
    for (int i = 0; i < pages; i++) {
        memset(row, 0x50 + i, sizeof row);
        TIFFSetField(t, TIFFTAG_IMAGEWIDTH, 64);
        TIFFSetField(t, TIFFTAG_IMAGELENGTH, 16);
        TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 8);
        TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
        TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
        TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, 16);
        for (uint32_t y = 0; y < 16; y++)
            assert_int_equal(TIFFWriteScanline(t, row, y, 0), 1);
        assert_int_equal(TIFFWriteDirectory(t), 1);
    }
    TIFFClose(t);
    if (bad < 0)
        return;
    unit_ok(fs_read_file(path, &s, &e), &e);
    at = le(s.p + 4, 4);
    while (bad-- > 0)
        at = le(s.p + at + 2 + 12 * le(s.p + at, 2), 4);
    for (uint32_t i = 0; i < le(s.p + at, 2); i++)
        if (le(s.p + at + 2 + 12 * i, 2) == TIFFTAG_STRIPOFFSETS)
            memcpy(s.p + at + 2 + 12 * i + 8, "\0\0\0\x40", 4);
    unit_ok(fs_write_file(path, s.p, s.len, &e), &e);
}

struct part {
    const char *name;
    const char *file; /* in the inputs' folder; NULL: empty */
    mode_t type;      /* 0: a file */
};

static void zip(const struct place *p, const char *name, bool tar,
                const struct part *parts, size_t count)
{
    AUTO_MEM char *path = in_path(p, name);
    struct archive *a = archive_write_new();
    struct err e = ERR_INIT;

    assert_int_equal(tar ? archive_write_set_format_ustar(a)
                         : archive_write_set_format_zip(a),
                     ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
        struct archive_entry *entry = archive_entry_new();

        if (parts[i].file) {
            AUTO_MEM char *from = in_path(p, parts[i].file);

            unit_ok(fs_read_file(from, &s, &e), &e);
        }
        archive_entry_set_pathname(entry, parts[i].name);
        archive_entry_set_filetype(entry, parts[i].type ? parts[i].type : AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)s.len);
        if (parts[i].type == AE_IFLNK)
            archive_entry_set_symlink(entry, "/etc/passwd");
        assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(a, str_text(&s), s.len), s.len);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

static void forget(const struct place *p, const char *name)
{
    AUTO_MEM char *path = in_path(p, name);
    struct err e = ERR_INIT;

    unit_ok(fs_unlink(path, &e), &e);
}

static bool in_quarantine(const struct place *p, const char *name)
{
    AUTO_MEM char *path = in_path(p, name);
    AUTO_MEM char *kept = NULL;
    char hex[HASH_HEX];
    char again[HASH_HEX];
    struct err e = ERR_INIT;

    unit_ok(hash_file(path, hex, NULL, &e), &e);
    kept = fs_pathf(p->home, "quarantine/%s", hex);
    if (!fs_exists(kept))
        return false;
    unit_ok(hash_file(kept, again, NULL, &e), &e);
    assert_string_equal(hex, again);
    return true;
}

/* ---- stored, duplicate --------------------------------------------------- */

static void test_flow_import__stores_a_file_once_and_links_it_again(void **state)
{
    struct place *p = *state;
    struct store_job_counts jobs;
    const struct jdoc *line = NULL;
    AUTO_MEM char *item = NULL;
    AUTO_MEM char *path = in_path(p, "a.png");
    char hex[HASH_HEX];
    struct page page;
    struct err e = ERR_INIT;

    png(p, "a.png", 1);
    png(p, "b.png", 1); /* the same bytes in the same call */
    png(p, "c.png", 2);
    import_all(p);
    assert_int_equal(p->sum.stored, 2);
    assert_int_equal(p->sum.duplicate, 1);
    assert_int_equal(p->sum.pages, 2);
    line = expect(p, "a.png", "stored");
    assert_true(jdoc_is_null(jdoc_get(line, "vi")));
    item = mem_dup(jdoc_text_at(jdoc_get(line, "items"), 0));
    unit_ok(hash_file(path, hex, NULL, &e), &e);
    assert_string_equal(jdoc_text_at(jdoc_get(line, "pages"), 0), hex);
    line = expect(p, "b.png", "duplicate");
    assert_string_equal(jdoc_text_at(jdoc_get(line, "items"), 0), item);
    assert_string_equal(jdoc_text_at(jdoc_get(line, "pages"), 0), hex);
    assert_int_equal(store_page_get(p->f.store, hex, &page, &e), 1);
    assert_int_equal(page.width_px, 64);
    assert_int_equal(page.dpi, 300);
    assert_int_equal(page.state, PAGE_CAPTURED);
    assert_int_equal(page.gate, PAGE_UNCHECKED);
    assert_string_equal(page.media, "image/png");
    unit_ok(store_job_count(p->f.store, &jobs, &e), &e);
    assert_int_equal(jobs.queued, 2);
    import_all(p); /* again: all is there */
    assert_int_equal(p->sum.stored, 0);
    assert_int_equal(p->sum.duplicate, 3);
    assert_int_equal(p->sum.pages, 0);
    line = expect(p, "a.png", "duplicate");
    assert_string_equal(jdoc_text_at(jdoc_get(line, "items"), 0), item);
}

/* Makes what lies in the inputs an upload of @user. */
static void upload_of(const struct place *p, const char *name, const char *user,
                      struct flow_upload *u)
{
    struct flow_upload_ask ask = {.name = name, .user = user};
    AUTO_MEM char *path = in_path(p, name);
    struct stat st;
    struct err e = ERR_INIT;
    AUTO_FD int fd = fs_open(path, O_RDONLY, 0, &e);

    assert_int_equal(fstat(fd, &st), 0);
    ask.bytes = (uint64_t)st.st_size;
    unit_ok(flow_upload_take(p->home, &ask, fd, u, &e), &e);
}

static void upload(const struct place *p, const char *name, struct flow_upload *u)
{
    upload_of(p, name, "", u);
}

static void test_flow_import__uploads_are_their_senders(void **state)
{
    struct place *p = *state;
    struct flow_import_opts o = {
        .via = "web", .reserve = 1, .uploads = true, .actor = "mai"};
    struct flow_upload u;
    struct err e = ERR_INIT;
    const char *ids[] = {u.id};

    png(p, "a.png", 1);
    upload_of(p, "a.png", "lan", &u);
    unit_ok(import_with(p, &o, ids, 1, &e), &e);
    assert_int_equal(p->sum.refused, 1);
    (void)expect(p, u.id, "refused SH-NOT-FOUND");
    o.actor = "lan";
    unit_ok(import_with(p, &o, ids, 1, &e), &e);
    (void)expect(p, "a.png", "stored");
}

static void test_flow_import__uploads_go_by_their_names_and_are_removed(void **state)
{
    struct place *p = *state;
    struct flow_import_opts o = {.via = "web", .reserve = 1, .uploads = true};
    struct flow_upload good;
    struct flow_upload bad;
    struct flow_upload hidden;
    struct err e = ERR_INIT;

    png(p, "a.png", 1);
    text(p, "b.txt", "no picture");
    text(p, "Thumbs.db", "of windows");
    upload(p, "a.png", &good);
    upload(p, "b.txt", &bad);
    upload(p, "Thumbs.db", &hidden);
    {
        const char *ids[] = {"0123456789abcdef0123456789abcdef", bad.id, good.id,
                             "../../sohoa.db", hidden.id};

        unit_ok(import_with(p, &o, ids, ARRAY_LEN(ids), &e), &e);
    }
    assert_int_equal(p->sum.stored, 1);
    assert_int_equal(p->sum.refused, 4);
    assert_string_equal(jdoc_text(expect(p, "a.png", "stored"), "upload"), good.id);
    assert_string_equal(
        jdoc_text(expect(p, "b.txt", "refused SH-INPUT-TYPE"), "upload"), bad.id);
    (void)expect(p, "Thumbs.db", "refused SH-INPUT-HIDDEN");
    (void)expect(p, "0123456789abcdef0123456789abcdef", "refused SH-NOT-FOUND");
    (void)expect(p, "sohoa.db", "refused SH-NOT-FOUND");
    assert_null(flow_upload_path(p->home, good.id, &e));
    assert_null(flow_upload_path(p->home, bad.id, &e));
    assert_null(flow_upload_path(p->home, hidden.id, &e));
}

static void test_flow_import__never_touches_its_source(void **state)
{
    struct place *p = *state;
    AUTO_MEM char *path = in_path(p, "a.png");
    struct stat before;
    struct stat after;

    png(p, "a.png", 1);
    assert_int_equal(stat(path, &before), 0);
    import_all(p);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_size, after.st_size);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    assert_int_equal(after.st_nlink, 1);
}

static void test_flow_import__stores_good_pages_and_names_the_bad_one(void **state)
{
    struct place *p = *state;
    const struct jdoc *line = NULL;
    struct store_job_counts jobs;
    struct page page;
    struct item it;
    struct err e = ERR_INIT;

    tiff(p, "three.tif", 3, 1);
    tiff(p, "good.tif", 2, -1);
    import_all(p);
    line = expect(p, "three.tif", "stored SH-IMAGE-DAMAGED");
    assert_int_equal(jdoc_count(jdoc_get(line, "pages")), 3);
    assert_non_null(strstr(jdoc_text(line, "en"), "three.tif"));
    unit_ok(
        store_item_need(p->f.store, jdoc_text_at(jdoc_get(line, "items"), 0), &it, &e),
        &e);
    assert_int_equal(it.pages, 3);
    assert_int_equal(
        store_page_get(p->f.store, jdoc_text_at(jdoc_get(line, "pages"), 1), &page, &e),
        1);
    assert_int_equal(page.state, PAGE_FAILED);
    assert_string_equal(page.code, "SH-IMAGE-DAMAGED");
    expect(p, "good.tif", "stored");
    unit_ok(store_job_count(p->f.store, &jobs, &e), &e);
    assert_int_equal(jobs.queued, 4);
}

/* ---- refused ------------------------------------------------------------- */

static void test_flow_import__refuses_with_a_copy_and_a_reason(void **state)
{
    struct place *p = *state;
    struct flow_listener to = {.line = hear, .to = p};
    AUTO_MEM char *cut = in_path(p, "cut.png");
    AUTO_MEM char *link = in_path(p, "link.png");
    AUTO_MEM char *fifo = in_path(p, "fifo.png");
    const struct jdoc *line = NULL;
    int64_t count = 0;
    struct err e = ERR_INIT;

    png(p, "good.png", 1);
    png(p, "cut.png", 2);
    assert_int_equal(truncate(cut, 100), 0);
    set_age(cut, 3600);
    text(p, "letter.docx", "no zip");
    text(p, "scan.gif", "GIF89a 1 2 3");
    text(p, "empty.png", "");
    text(p, ".hidden.png", "x");
    assert_int_equal(symlink("good.png", link), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    import_all(p);
    assert_int_equal(p->sum.stored, 1);
    assert_int_equal(p->sum.refused, 7);
    line = expect(p, "cut.png", "refused SH-IMAGE-DAMAGED");
    assert_true(jdoc_bool(line, "kept", false));
    assert_string_not_equal(jdoc_text(line, "vi"), "");
    assert_true(in_quarantine(p, "cut.png"));
    expect(p, "letter.docx", "refused SH-INPUT-TYPE");
    assert_true(in_quarantine(p, "letter.docx"));
    expect(p, "scan.gif", "refused SH-TYPE-GIF");
    assert_true(in_quarantine(p, "scan.gif"));
    line = expect(p, "empty.png", "refused SH-INPUT-EMPTY");
    assert_false(jdoc_bool(line, "kept", true));
    assert_non_null(strstr(jdoc_text(line, "en"), "stays where it is"));
    expect(p, ".hidden.png", "refused SH-INPUT-HIDDEN");
    expect(p, "link.png", "refused SH-INPUT-LINK");
    expect(p, "fifo.png", "refused SH-INPUT-SPECIAL");
    unit_ok(flow_quarantine_list(&p->f, &to, &count, &e), &e);
    assert_int_equal(count, 7);
    import_all(p); /* offered again: no new rows */
    count = 0;
    unit_ok(flow_quarantine_list(&p->f, &to, &count, &e), &e);
    assert_int_equal(count, 7);
}

static void test_flow_import__keeps_odd_names_as_text(void **state)
{
    struct place *p = *state;
    const struct jdoc *line = NULL;

    png(p, "a\nb\033[31m.png", 1);
    png(p, "-rf", 2);
    png(p, "bad\377.png", 3);
    png(p, "e\314\201.png", 4); /* é in two parts */
    import_all(p);
    assert_int_equal(p->sum.stored, 4);
    line = expect(p, "b[31m.png", "stored");
    assert_true(str_ends(jdoc_text(line, "path_hex"), "610a621b5b33316d2e706e67"));
    line = expect(p, "-rf", "stored");
    assert_null(jdoc_get(line, "path_hex"));
    line = expect(p, "bad\357\277\275.png", "stored");
    assert_true(str_ends(jdoc_text(line, "path_hex"), "626164ff2e706e67"));
    line = expect(p, "\303\251.png", "stored");
    assert_true(str_ends(jdoc_text(line, "path_hex"), "65cc812e706e67"));
}

/* ---- waiting ------------------------------------------------------------- */

static void test_flow_import__waits_for_what_is_still_written(void **state)
{
    struct place *p = *state;
    AUTO_MEM char *path = in_path(p, "grow.png");
    AUTO_MEM char *rest_of = in_path(p, "z.png");
    AUTO_STR struct str all = STR_INIT(STR_FILE_MAX);
    const struct flow_import_opts o = {.wait_ms = 5000, .reserve = 1};
    const char *paths[] = {path, rest_of};
    struct err e = ERR_INIT;
    int64_t start = 0;
    pid_t pid = 0;

    png(p, "grow.png", 1);
    png(p, "z.png", 2);
    unit_ok(fs_read_file(path, &all, &e), &e);
    assert_int_equal(truncate(path, 100), 0);
    import_all(p); /* does not wait */
    expect(p, "grow.png", "waiting SH-INPUT-GROWING");
    expect(p, "z.png", "stored");
    assert_false(in_quarantine(p, "grow.png"));
    pid = fork();
    if (pid == 0) {
        AUTO_FD int fd = fs_open(path, O_WRONLY | O_APPEND, 0, &e);

        clock_sleep_ms(400);
        if (fd < 0 || fs_write_all(fd, all.p + 100, all.len - 100, path, &e) < 0)
            _exit(1);
        _exit(0);
    }
    start = clock_mono_ms();
    unit_ok(import_with(p, &o, paths, 2, &e), &e);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    expect(p, "grow.png", "stored");
    expect(p, "z.png", "duplicate");
    assert_true(clock_mono_ms() - start < 4000);
    /* the others do not wait for it */
    assert_true(str_ends(jdoc_text(jdoc_at(p->lines, 0), "path"), "z.png"));
}

/* ---- archives ------------------------------------------------------------ */

static void test_flow_import__members_are_files_of_their_own(void **state)
{
    static const struct part PARTS[] = {
        {.name = "scans/", .type = AE_IFDIR},
        {.name = "scans/1.png", .file = "a.png"},
        {.name = "scans/2.png", .file = "b.png"},
        {.name = "note.txt", .file = "note"},
        {.name = "__MACOSX/._1.png", .file = "note"},
        {.name = "Thumbs.db", .file = "note"},
        {.name = "inner.zip", .file = "inner"},
        {.name = "empty", .file = NULL},
    };
    struct place *p = *state;

    png(p, "a.png", 1);
    png(p, "b.png", 2);
    text(p, "note", "just text");
    zip(p, "inner", false, PARTS, 2);
    zip(p, "all.zip", false, PARTS, ARRAY_LEN(PARTS));
    forget(p, "a.png");
    forget(p, "b.png");
    import_all(p);
    expect(p, "all.zip/scans/1.png", "stored");
    expect(p, "all.zip/scans/2.png", "stored");
    expect(p, "all.zip/note.txt", "refused SH-INPUT-TYPE");
    assert_true(in_quarantine(p, "note"));
    expect(p, "all.zip/__MACOSX/._1.png", "refused SH-INPUT-HIDDEN");
    expect(p, "all.zip/Thumbs.db", "refused SH-INPUT-HIDDEN");
    expect(p, "all.zip/inner.zip", "refused SH-ARCHIVE-NESTED");
    expect(p, "all.zip/empty", "refused SH-INPUT-EMPTY");
    expect(p, "inner/scans/1.png", "duplicate");
}

static void test_flow_import__bad_members_leave_the_archive_in_quarantine(void **state)
{
    static const struct part PARTS[] = {
        {.name = "../../evil.png", .file = "a.png"},
        {.name = "link.png", .type = AE_IFLNK},
        {.name = "good.png", .file = "a.png"},
    };
    struct place *p = *state;
    AUTO_MEM char *cut = in_path(p, "cut.tar");
    AUTO_MEM char *evil = fs_path(p->dir, "evil.png");
    const struct jdoc *line = NULL;

    png(p, "a.png", 1);
    zip(p, "slip.tar", true, PARTS, ARRAY_LEN(PARTS));
    zip(p, "cut.tar", true, PARTS + 2, 1);
    assert_int_equal(truncate(cut, 512 + 40), 0);
    set_age(cut, 3600);
    zip(p, "none.zip", false, PARTS, 0);
    forget(p, "a.png");
    import_all(p);
    line = expect(p, "slip.tar/#1", "refused SH-ARCHIVE-NAME");
    assert_true(jdoc_bool(line, "kept", false));
    expect(p, "slip.tar/link.png", "refused SH-ARCHIVE-SPECIAL");
    expect(p, "slip.tar/good.png", "stored");
    assert_true(in_quarantine(p, "slip.tar"));
    expect(p, "cut.tar/good.png", "refused SH-ARCHIVE-DAMAGED");
    expect(p, "cut.tar", "refused SH-ARCHIVE-DAMAGED");
    assert_true(in_quarantine(p, "cut.tar"));
    expect(p, "none.zip", "refused SH-ARCHIVE-EMPTY");
    assert_false(fs_exists(evil));
}

/* ---- one item of many files ---------------------------------------------- */

static void add_dossier(struct place *p, char name[IDENT_NAME_MAX])
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    d.kind = DOSSIER_FILE;
    d.title = mem_dup("Test");
    (void)snprintf(d.unit_code, sizeof d.unit_code, "24175");
    (void)snprintf(d.unit_from, sizeof d.unit_from, "2025-07-01");
    unit_ok(store_begin(p->f.store, &txn, &e), &e);
    unit_ok(store_dossier_add(p->f.store, p->f.home.node, &d, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
    memcpy(name, d.name, IDENT_NAME_MAX);
}

static int on_page_name(void *ctx, const struct page *pg, struct err *e)
{
    struct str *s = ctx;

    (void)e;
    str_addf(s, "%lld:%.8s ", (long long)pg->seq, pg->name);
    return 0;
}

static void test_flow_import__per_page_makes_one_item_in_natural_order(void **state)
{
    static const struct part PARTS[] = {{.name = "3.png", .file = "x"}};
    struct place *p = *state;
    char dossier[IDENT_NAME_MAX];
    struct flow_import_opts o = {.per_page = true, .expect = 4, .reserve = 1};
    const char *paths[] = {p->in};
    AUTO_STR struct str got = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str want = STR_INIT(STR_LINE_MAX);
    const char *item = NULL;
    struct item it;
    struct err e = ERR_INIT;

    add_dossier(p, dossier);
    o.dossier = dossier;
    png(p, "10.png", 10);
    png(p, "2.png", 2);
    png(p, "1.png", 1);
    png(p, "x", 3);
    zip(p, "2.zip", false, PARTS, 1);
    forget(p, "x");
    unit_ok(import_with(p, &o, paths, 1, &e), &e);
    assert_int_equal(p->sum.stored, 4);
    assert_false(p->sum.unexpected);
    item = jdoc_text_at(jdoc_get(jdoc_at(p->lines, 0), "items"), 0);
    for (size_t i = 0; i < 4; i++) {
        const struct jdoc *line = jdoc_at(p->lines, i);

        assert_string_equal(jdoc_text_at(jdoc_get(line, "items"), 0), item);
        str_addf(&want, "%zu:%.8s ", i + 1, jdoc_text_at(jdoc_get(line, "pages"), 0));
    }
    assert_true(str_ends(jdoc_text(jdoc_at(p->lines, 0), "path"), "/1.png"));
    assert_true(str_ends(jdoc_text(jdoc_at(p->lines, 1), "path"), "/2.png"));
    assert_true(str_ends(jdoc_text(jdoc_at(p->lines, 2), "path"), "/2.zip/3.png"));
    assert_true(str_ends(jdoc_text(jdoc_at(p->lines, 3), "path"), "/10.png"));
    unit_ok(store_page_of_item(p->f.store, item, on_page_name, &got, &e), &e);
    assert_string_equal(str_text(&got), str_text(&want));
    unit_ok(store_item_need(p->f.store, item, &it, &e), &e);
    assert_string_equal(it.dossier, dossier);
    assert_int_equal(it.pages_expected, 4);
    /* What comes later is an item of its own. */
    forget(p, "1.png");
    forget(p, "2.png");
    forget(p, "2.zip");
    forget(p, "10.png");
    png(p, "9.png", 9);
    unit_ok(import_with(p, &o, paths, 1, &e), &e);
    assert_true(p->sum.unexpected);
    assert_string_not_equal(jdoc_text_at(jdoc_get(jdoc_at(p->lines, 0), "items"), 0),
                            it.name);
}

/* A call that was cut off after two pages goes on with the same item. */
static void test_flow_import__per_page_goes_on_after_a_cut(void **state)
{
    struct place *p = *state;
    char dossier[IDENT_NAME_MAX];
    struct flow_import_opts o = {.per_page = true, .reserve = 1};
    const char *paths[] = {p->in};
    AUTO_MEM char *item = NULL;
    struct err e = ERR_INIT;

    add_dossier(p, dossier);
    o.dossier = dossier;
    png(p, "1.png", 1);
    png(p, "2.png", 2);
    unit_ok(import_with(p, &o, paths, 1, &e), &e);
    item = mem_dup(jdoc_text_at(jdoc_get(jdoc_at(p->lines, 0), "items"), 0));
    {
        AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
        AUTO_MEM char *fact = mem_printf("import.item.%s", dossier);

        unit_ok(store_begin(p->f.store, &txn, &e), &e);
        unit_ok(store_fact_set(p->f.store, fact, item, &e), &e);
        unit_ok(store_commit(&txn, &e), &e);
    }
    png(p, "3.png", 3);
    unit_ok(import_with(p, &o, paths, 1, &e), &e);
    assert_int_equal(p->sum.duplicate, 2);
    assert_int_equal(p->sum.stored, 1);
    assert_string_equal(jdoc_text_at(jdoc_get(jdoc_at(p->lines, 2), "items"), 0), item);
}

/* How many items of the store wait for the count of their call to be explained. */
static int count_open(void *ctx, const struct item *it, struct err *e)
{
    (void)e;
    *(int *)ctx += item_count_open(it);
    return 0;
}

static int open_items(const struct place *p)
{
    const struct store_item_query q = {.state = -1};
    struct err e = ERR_INIT;
    int open = 0;

    unit_ok(store_item_each(p->f.store, &q, count_open, &open, &e) < 0 ? -1 : 0, &e);
    return open;
}

static void test_flow_import__another_count_holds_for_every_item(void **state)
{
    static const struct part PARTS[] = {{.name = "3.png", .file = "x"},
                                        {.name = "4.png", .file = "y"}};
    struct place *p = *state;
    struct flow_import_opts o = {.expect = 3, .reserve = 1};
    const char *paths[] = {p->in};
    struct err e = ERR_INIT;

    png(p, "1.png", 1);
    png(p, "2.png", 2);
    unit_ok(import_with(p, &o, paths, 1, &e), &e);
    assert_true(p->sum.unexpected);
    assert_int_equal(open_items(p), 2);
    /* The same call with what was missing settles it; an archive counts as its members.
     */
    o.expect = 4;
    png(p, "x", 3);
    png(p, "y", 4);
    zip(p, "0.zip", false, PARTS, 2);
    forget(p, "x");
    forget(p, "y");
    unit_ok(import_with(p, &o, paths, 1, &e), &e);
    assert_false(p->sum.unexpected);
    assert_int_equal(p->sum.duplicate, 2);
    assert_int_equal(open_items(p), 0);
    /* Counted again: another number, then the reason. */
    o.expect = 5;
    unit_ok(import_with(p, &o, paths, 1, &e), &e);
    assert_true(p->sum.unexpected);
    assert_int_equal(open_items(p), 4);
    o.why = "one sheet is blank";
    unit_ok(import_with(p, &o, paths, 1, &e), &e);
    assert_false(p->sum.unexpected);
    assert_int_equal(p->sum.found, 4);
    assert_int_equal(open_items(p), 0);
}

/* ---- the call itself ----------------------------------------------------- */

static void test_flow_import__refuses_wrong_calls(void **state)
{
    struct place *p = *state;
    const char *paths[] = {p->in};
    struct err e = ERR_INIT;

    unit_fails(
        import_with(p, &(struct flow_import_opts){.per_page = true}, paths, 1, &e),
        ERR_USAGE, &e);
    unit_fails(import_with(p, &(struct flow_import_opts){.kind = "poem"}, paths, 1, &e),
               ERR_KIND, &e);
    unit_fails(import_with(p, &(struct flow_import_opts){.dossier = "00000000-d9"},
                           paths, 1, &e),
               ERR_DOSSIER_ABSENT, &e);
}

static void test_flow_import__sweeps_what_a_cut_left_behind(void **state)
{
    struct place *p = *state;
    AUTO_TMP struct fs_tmp mine = FS_TMP_INIT;
    AUTO_MEM char *objects = fs_path(p->home, "objects");
    AUTO_MEM char *old = fs_path(objects, FS_TMP_PREFIX "0123");
    AUTO_MEM char *spooled = fs_path(p->home, "spool/" FS_TMP_PREFIX "0123");
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(old, "half a page", 11, &e), &e);
    unit_ok(fs_write_file(spooled, "half a page", 11, &e), &e);
    unit_ok(fs_tmp_open(&mine, objects, &e), &e); /* of another import beside it */
    png(p, "a.png", 1);
    import_all(p);
    assert_int_equal(p->sum.stored, 1);
    assert_false(fs_exists(old));
    assert_false(fs_exists(spooled));
    assert_true(fs_exists(mine.path));
}

static void test_flow_import__begins_nothing_on_a_full_disk(void **state)
{
    struct place *p = *state;
    const struct flow_import_opts o = {.reserve = UINT64_MAX / 4};
    const char *paths[] = {p->in};
    struct err e = ERR_INIT;

    png(p, "a.png", 1);
    unit_fails(import_with(p, &o, paths, 1, &e), ERR_DISK_FULL, &e);
    assert_int_equal(p->sum.inputs, 0);
    import_all(p);
    assert_int_equal(p->sum.stored, 1);
}

static void test_flow_import__expects_pages(void **state)
{
    struct place *p = *state;
    const struct flow_import_opts o = {.expect = 3, .reserve = 1};
    const char *paths[] = {p->in};
    struct err e = ERR_INIT;

    tiff(p, "a.tif", 2, -1);
    unit_ok(import_with(p, &o, paths, 1, &e), &e);
    assert_true(p->sum.unexpected);
    png(p, "b.png", 1);
    unit_ok(import_with(p, &o, paths, 1, &e), &e);
    assert_false(p->sum.unexpected); /* two that are there and one new */
}

/* ---- quarantine ---------------------------------------------------------- */

static void add_user(struct place *p, const char *name, enum role role)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    unit_ok(store_begin(p->f.store, &txn, &e), &e);
    unit_ok(store_user_add(p->f.store, name, role, NULL, clock_now(), &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
}

static void test_flow_import__quarantine_is_shown_released_and_removed(void **state)
{
    struct place *p = *state;
    struct flow_listener to = {.line = hear, .to = p};
    AUTO_MEM char *out = fs_path(p->dir, "out");
    AUTO_MEM char *path = NULL;
    AUTO_MEM char *kept = NULL;
    int64_t id = 0;
    struct err e = ERR_INIT;

    add_user(p, "lan", ROLE_CLERK);
    add_user(p, "admin", ROLE_ADMIN);
    text(p, "-x\ny.gif", "GIF89a 1 2 3");
    import_all(p);
    assert_true(jdoc_int(jdoc_at(p->lines, 0), "quarantine", 1, INT64_MAX, &id));
    unit_ok(flow_quarantine_show(&p->f, id, &to, &e), &e);
    kept = mem_dup(jdoc_text(jdoc_at(p->lines, 1), "file"));
    assert_true(fs_exists(kept));
    assert_string_equal(jdoc_text(jdoc_at(p->lines, 1), "code"), "SH-TYPE-GIF");
    unit_ok(flow_quarantine_release(&p->f, id, out, &path, &e), &e);
    assert_true(str_ends(path, "/1--xy.gif") || str_ends(path, "/1--x_y.gif"));
    assert_true(fs_exists(path));
    assert_true(fs_exists(kept));
    unit_fails(flow_quarantine_remove(&p->f, id, "lan", &e), ERR_USER_RIGHT, &e);
    unit_fails(flow_quarantine_remove(&p->f, id, "nobody", &e), ERR_USER_ABSENT, &e);
    assert_true(fs_exists(kept));
    unit_ok(flow_quarantine_remove(&p->f, id, "admin", &e), &e);
    assert_false(fs_exists(kept));
    unit_fails(flow_quarantine_remove(&p->f, id, "admin", &e), ERR_QUARANTINE_ABSENT,
               &e);
    unit_fails(flow_quarantine_release(&p->f, id, out, &path, &e),
               ERR_QUARANTINE_ABSENT, &e);
    unit_fails(flow_quarantine_show(&p->f, 99, &to, &e), ERR_QUARANTINE_ABSENT, &e);
    unit_fails(flow_quarantine_show(&p->f, 0, &to, &e), ERR_QUARANTINE_ABSENT, &e);
}

/* ---- into a record there is ----------------------------------------------- */

struct row {
    char name[IDENT_PAGE_MAX];
    int64_t seq;
};
struct rows {
    struct row p[8];
    int count;
};

static int see_page(void *ctx, const struct page *p, struct err *e)
{
    struct rows *all = ctx;

    (void)e;
    assert_in_range(all->count, 0, 7);
    memcpy(all->p[all->count].name, p->name, sizeof p->name);
    all->p[all->count++].seq = p->seq;
    return 0;
}

static struct rows rows_of(struct place *p, const char *item)
{
    struct rows all = {.count = 0};
    struct err e = ERR_INIT;

    unit_ok(store_page_of_item(p->f.store, item, see_page, &all, &e), &e);
    return all;
}

static int into(struct place *p, enum flow_import_place where, const char *page,
                const char *name, struct err *e)
{
    const struct flow_import_opts o = {
        .via = "cli", .reserve = 1, .place = where, .page = page, .why = "mờ"};
    AUTO_MEM char *path = fs_path(p->in, name);
    const char *paths[] = {path};

    return import_with(p, &o, paths, 1, e);
}

static int act_on(struct place *p, const char *item, enum item_act act)
{
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    unit_ok(store_begin(p->f.store, &t, &e), &e);
    unit_ok(store_item_act(p->f.store, item, act, NULL, &e), &e);
    return store_commit(&t, &e);
}

static void test_flow_import__a_picture_takes_the_place_of_a_page(void **state)
{
    struct place *p = *state;
    struct err e = ERR_INIT;
    char item[IDENT_NAME_MAX];
    struct rows before, after;
    struct item it;

    png(p, "1.png", 1);
    import_all(p);
    (void)snprintf(item, sizeof item, "%s",
                   jdoc_text_at(jdoc_get(line_of(p, "1.png"), "items"), 0));
    before = rows_of(p, item);
    assert_int_equal(act_on(p, item, ITEM_RECOGNIZE), 0);
    assert_int_equal(act_on(p, item, ITEM_VERIFY), 0);
    png(p, "2.png", 2);
    unit_ok(into(p, FLOW_IMPORT_REPLACE, before.p[0].name, "2.png", &e), &e);
    assert_string_equal(jdoc_text(expect(p, "2.png", "stored"), "place"), "replace");
    assert_string_equal(jdoc_text(line_of(p, "2.png"), "past"), before.p[0].name);
    after = rows_of(p, item);
    assert_int_equal(after.count, 1);
    assert_int_equal(after.p[0].seq, 1);
    assert_string_not_equal(after.p[0].name, before.p[0].name);
    unit_ok(store_item_need(p->f.store, item, &it, &e), &e);
    assert_int_equal(it.state, ITEM_DESCRIBED); /* to be verified once more */

    /* The page that went is no place any more; its picture may come back. */
    unit_fails(into(p, FLOW_IMPORT_REPLACE, before.p[0].name, "2.png", &e),
               ERR_PAGE_PAST, &e);
    unit_ok(into(p, FLOW_IMPORT_REPLACE, after.p[0].name, "1.png", &e), &e);
    (void)expect(p, "1.png", "duplicate");
    assert_string_equal(rows_of(p, item).p[0].name, before.p[0].name);
    /* but stands in one place only */
    unit_ok(into(p, FLOW_IMPORT_AFTER, before.p[0].name, "1.png", &e), &e);
    (void)expect(p, "1.png", "refused SH-PAGE-ELSEWHERE");
    assert_int_equal(rows_of(p, item).count, 1);
}

static void test_flow_import__pictures_are_inserted_one_behind_the_other(void **state)
{
    struct place *p = *state;
    const struct flow_import_opts o = {
        .via = "cli", .reserve = 1, .place = FLOW_IMPORT_BEFORE};
    struct flow_import_opts before = o;
    struct err e = ERR_INIT;
    char item[IDENT_NAME_MAX];
    char first[IDENT_PAGE_MAX];
    struct rows all;

    png(p, "1.png", 1);
    import_all(p);
    (void)snprintf(item, sizeof item, "%s",
                   jdoc_text_at(jdoc_get(line_of(p, "1.png"), "items"), 0));
    memcpy(first, rows_of(p, item).p[0].name, sizeof first);
    png(p, "2.png", 2);
    png(p, "3.png", 3);
    before.page = first;
    {
        AUTO_MEM char *two = fs_path(p->in, "2.png");
        AUTO_MEM char *three = fs_path(p->in, "3.png");
        const char *paths[] = {two, three};

        unit_ok(import_with(p, &before, paths, 2, &e), &e);
        all = rows_of(p, item);
        assert_int_equal(all.count, 3);
        assert_string_equal(all.p[2].name, first);
        assert_int_equal(all.p[2].seq, 3);
        assert_string_equal(all.p[0].name,
                            jdoc_text_at(jdoc_get(line_of(p, "2.png"), "pages"), 0));
        /* One picture only takes a place: the second one is refused. */
        png(p, "2.png", 12);
        png(p, "3.png", 13);
        before.place = FLOW_IMPORT_REPLACE;
        unit_ok(import_with(p, &before, paths, 2, &e), &e);
        (void)expect(p, "2.png", "stored");
        (void)expect(p, "3.png", "refused SH-PAGE-ONE");
    }
    before.page = "0123456789abcdef";
    unit_fails(into(p, FLOW_IMPORT_AFTER, before.page, "2.png", &e), ERR_PAGE_ABSENT,
               &e);
}

/* ---- past pictures ----------------------------------------------------------------
 */

static void item_of(struct place *p, const char *name, char item[IDENT_NAME_MAX])
{
    (void)snprintf(item, IDENT_NAME_MAX, "%s",
                   jdoc_text_at(jdoc_get(line_of(p, name), "items"), 0));
}

/* A record of 1.png, in whose place 2.png stands. @past: the name of 1.png's page. */
static void replaced(struct place *p, char item[IDENT_NAME_MAX],
                     char past[IDENT_PAGE_MAX])
{
    struct err e = ERR_INIT;

    png(p, "1.png", 1);
    import_all(p);
    item_of(p, "1.png", item);
    memcpy(past, rows_of(p, item).p[0].name, IDENT_PAGE_MAX);
    png(p, "2.png", 2);
    unit_ok(into(p, FLOW_IMPORT_REPLACE, past, "2.png", &e), &e);
}

static void import_one(struct place *p, const char *name)
{
    const struct flow_import_opts o = {.via = "cli", .reserve = 1};
    AUTO_MEM char *path = in_path(p, name);
    const char *paths[] = {path};
    struct err e = ERR_INIT;

    unit_ok(import_with(p, &o, paths, 1, &e), &e);
}

static void test_flow_import__a_past_picture_becomes_a_page_elsewhere(void **state)
{
    struct place *p = *state;
    struct store_job_counts jobs;
    struct err e = ERR_INIT;
    char item[IDENT_NAME_MAX], other[IDENT_NAME_MAX];
    char past[IDENT_PAGE_MAX];
    struct page page;

    replaced(p, item, past);
    import_one(p, "1.png"); /* the same folder once more: nothing becomes two */
    (void)expect(p, "1.png", "duplicate");
    png(p, "again/1.png", 1);
    import_one(p, "again/1.png");
    (void)expect(p, "1.png", "stored");
    item_of(p, "1.png", other);
    assert_string_not_equal(other, item);
    assert_string_equal(rows_of(p, other).p[0].name, past);
    assert_int_equal(store_page_get(p->f.store, past, &page, &e), 1);
    assert_false(page.past);
    assert_int_equal(page.state, PAGE_CAPTURED);
    unit_ok(store_job_count(p->f.store, &jobs, &e), &e);
    assert_int_equal(jobs.queued, 2);
    assert_int_equal(rows_of(p, item).count, 1);
    import_one(p, "again/1.png");
    (void)expect(p, "1.png", "duplicate");
}

static void test_flow_import__a_past_picture_is_inserted_elsewhere(void **state)
{
    struct place *p = *state;
    struct err e = ERR_INIT;
    char item[IDENT_NAME_MAX], other[IDENT_NAME_MAX];
    char past[IDENT_PAGE_MAX];
    struct rows all;

    replaced(p, item, past);
    png(p, "3.png", 3);
    import_one(p, "3.png");
    item_of(p, "3.png", other);
    unit_ok(into(p, FLOW_IMPORT_AFTER, rows_of(p, other).p[0].name, "1.png", &e), &e);
    (void)expect(p, "1.png", "stored");
    all = rows_of(p, other);
    assert_int_equal(all.count, 2);
    assert_string_equal(all.p[1].name, past);
}

/* A sealed card of @item that names @page. */
static void seal_card(struct place *p, const char *item, const char *page)
{
    AUTO_MEM char *sql =
        mem_printf("INSERT INTO item_rev (item, rev, level, card, bundle, at)"
                   " SELECT id, 1, 'verified', '{\"pages\":[\"%s\"]}', 1, 5 FROM item"
                   " WHERE name = '%s'",
                   page, item);

    /* of no bundle: that one lies elsewhere */
    assert_int_equal(
        sqlite3_exec(p->f.store->db, "PRAGMA foreign_keys = OFF", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_exec(p->f.store->db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(p->f.store->db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL),
        SQLITE_OK);
}

static void test_flow_import__a_sealed_past_picture_stays_with_its_record(void **state)
{
    struct place *p = *state;
    struct err e = ERR_INIT;
    char item[IDENT_NAME_MAX];
    char past[IDENT_PAGE_MAX];
    struct rows all;

    replaced(p, item, past);
    seal_card(p, item, past);
    png(p, "again/1.png", 1);
    import_one(p, "again/1.png");
    (void)expect(p, "1.png", "refused SH-PAGE-ELSEWHERE");
    assert_int_equal(rows_of(p, item).count, 1);
    unit_ok(into(p, FLOW_IMPORT_AFTER, rows_of(p, item).p[0].name, "1.png", &e), &e);
    (void)expect(p, "1.png", "stored"); /* in its own record it may stand */
    all = rows_of(p, item);
    assert_int_equal(all.count, 2);
    assert_string_equal(all.p[1].name, past);
}

static void test_flow_import__what_comes_back_has_its_file(void **state)
{
    struct place *p = *state;
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_prune_file file = {.media = "image/png"};
    struct err e = ERR_INIT;
    char item[IDENT_NAME_MAX];
    char past[IDENT_PAGE_MAX];

    replaced(p, item, past);
    memcpy(file.hex, past, sizeof file.hex);
    unit_ok(store_begin(p->f.store, &t, &e), &e);
    unit_ok(store_prune_away(p->f.store, &file, 5, &e), &e);
    unit_ok(store_commit(&t, &e), &e);
    assert_false(object_has(store_objects(p->f.store), past));
    unit_ok(into(p, FLOW_IMPORT_REPLACE, rows_of(p, item).p[0].name, "1.png", &e), &e);
    (void)expect(p, "1.png", "duplicate");
    assert_string_equal(rows_of(p, item).p[0].name, past);
    assert_true(object_has(store_objects(p->f.store), past));
    assert_int_equal(store_prune_is_away(p->f.store, past, &file, &e), 0);
}

static void test_flow_import__a_held_past_page_is_not_read_when_released(void **state)
{
    struct place *p = *state;
    struct flow_listener to = {.line = hear, .to = p};
    struct store_job_counts jobs;
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    char item[IDENT_NAME_MAX];
    char past[IDENT_PAGE_MAX];
    struct page page;

    replaced(p, item, past);
    assert_int_equal(store_page_get(p->f.store, past, &page, &e), 1);
    unit_ok(store_begin(p->f.store, &t, &e), &e);
    unit_ok(store_user_add(p->f.store, "admin", ROLE_ADMIN, "", 1, &e), &e);
    unit_ok(store_page_gate(p->f.store, page.id, PAGE_HELD, &e), &e);
    unit_ok(store_commit(&t, &e), &e);
    unit_ok(flow_held_release(&p->f, past, "admin", "không mật", &to, &e), &e);
    assert_int_equal(store_page_get(p->f.store, past, &page, &e), 1);
    assert_int_equal(page.gate, PAGE_CLEAR);
    unit_ok(store_job_count(p->f.store, &jobs, &e), &e);
    assert_int_equal(jobs.queued, 1); /* the one that took its place */
}

static void insert_both(struct place *p, enum flow_import_place where, const char *page)
{
    const struct flow_import_opts o = {
        .via = "cli", .reserve = 1, .place = where, .page = page};
    AUTO_MEM char *two = fs_path(p->in, "2.png");
    AUTO_MEM char *three = fs_path(p->in, "3.png");
    const char *paths[] = {two, three};
    struct err e = ERR_INIT;

    unit_ok(import_with(p, &o, paths, 2, &e), &e);
    (void)expect(p, "2.png", "duplicate");
    (void)expect(p, "3.png", "stored");
}

static void test_flow_import__an_insertion_goes_on_where_it_was_cut_off(void **state)
{
    struct place *p = *state;
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *fact = NULL;
    struct err e = ERR_INIT;
    char item[IDENT_NAME_MAX];
    char first[IDENT_PAGE_MAX], second[IDENT_PAGE_MAX];
    struct rows all;

    png(p, "1.png", 1);
    import_all(p);
    item_of(p, "1.png", item);
    memcpy(first, rows_of(p, item).p[0].name, sizeof first);
    png(p, "2.png", 2);
    png(p, "3.png", 3);
    unit_ok(into(p, FLOW_IMPORT_AFTER, first, "2.png", &e), &e);
    insert_both(p, FLOW_IMPORT_AFTER, first);
    all = rows_of(p, item);
    assert_int_equal(all.count, 3);
    assert_string_equal(all.p[0].name, first);
    memcpy(second, all.p[1].name, sizeof second);
    png(p, "2.png", 12);
    png(p, "3.png", 13);
    unit_ok(into(p, FLOW_IMPORT_BEFORE, second, "2.png", &e), &e);
    /* as a call that was cut off leaves it */
    fact = mem_printf("import.before.%s", second);
    unit_ok(store_begin(p->f.store, &t, &e), &e);
    unit_ok(store_fact_set(p->f.store, fact, rows_of(p, item).p[1].name, &e), &e);
    unit_ok(store_commit(&t, &e), &e);
    insert_both(p, FLOW_IMPORT_BEFORE, second);
    all = rows_of(p, item);
    assert_int_equal(all.count, 5);
    assert_string_equal(all.p[0].name, first);
    assert_string_equal(all.p[1].name,
                        jdoc_text_at(jdoc_get(line_of(p, "2.png"), "pages"), 0));
    assert_string_equal(all.p[2].name,
                        jdoc_text_at(jdoc_get(line_of(p, "3.png"), "pages"), 0));
    assert_string_equal(all.p[3].name, second);
    assert_int_equal(all.p[4].seq, 5);
}

int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_flow_import__stores_a_file_once_and_links_it_again),
        TEST(test_flow_import__uploads_go_by_their_names_and_are_removed),
        TEST(test_flow_import__uploads_are_their_senders),
        TEST(test_flow_import__never_touches_its_source),
        TEST(test_flow_import__stores_good_pages_and_names_the_bad_one),
        TEST(test_flow_import__refuses_with_a_copy_and_a_reason),
        TEST(test_flow_import__keeps_odd_names_as_text),
        TEST(test_flow_import__waits_for_what_is_still_written),
        TEST(test_flow_import__members_are_files_of_their_own),
        TEST(test_flow_import__bad_members_leave_the_archive_in_quarantine),
        TEST(test_flow_import__per_page_makes_one_item_in_natural_order),
        TEST(test_flow_import__per_page_goes_on_after_a_cut),
        TEST(test_flow_import__another_count_holds_for_every_item),
        TEST(test_flow_import__refuses_wrong_calls),
        TEST(test_flow_import__sweeps_what_a_cut_left_behind),
        TEST(test_flow_import__begins_nothing_on_a_full_disk),
        TEST(test_flow_import__expects_pages),
        TEST(test_flow_import__a_picture_takes_the_place_of_a_page),
        TEST(test_flow_import__pictures_are_inserted_one_behind_the_other),
        TEST(test_flow_import__a_past_picture_becomes_a_page_elsewhere),
        TEST(test_flow_import__a_past_picture_is_inserted_elsewhere),
        TEST(test_flow_import__a_sealed_past_picture_stays_with_its_record),
        TEST(test_flow_import__what_comes_back_has_its_file),
        TEST(test_flow_import__a_held_past_page_is_not_read_when_released),
        TEST(test_flow_import__an_insertion_goes_on_where_it_was_cut_off),
        TEST(test_flow_import__quarantine_is_shown_released_and_removed),
    };

    i18n_init(LANG_EN, NULL);
    if (argc == 3 && strcmp(argv[1], "worker") == 0)
        proc_exit_worker(strcmp(argv[2], "scan") == 0 ? scan_worker_main()
                                                      : inspect_worker_main());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
