/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/courier.h"

#include <sys/stat.h>

#include "node/base/str.h"
#include "sync/courier_part.h"
#include "tests/unit/sync_help.h"

/* The courier file as a container: what is written is read, or its damage is known. */

struct post {
    char *dir;   /* what is sent */
    char *stick; /* folder */
    char *path;  /* of the first volume */
    struct sign_secret from, to, other;
    int volumes; /* told */
};

static struct post post;

static int set_up(void **state)
{
    struct err e = ERR_INIT;

    post = (struct post){.dir = help_folder()};
    post.stick = fs_path(post.dir, "stick");
    post.path = fs_path(post.stick, "1A2B3C4D.GUI");
    OK(fs_mkdirs(post.stick, &e));
    OK(sign_generate(&post.from, &e));
    OK(sign_generate(&post.to, &e));
    OK(sign_generate(&post.other, &e));
    *state = &post;
    return 0;
}

static int tear_down(void **state)
{
    struct post *p = *state;
    struct err e = ERR_INIT;

    OK(fs_remove_tree(p->dir, &e));
    mem_free(p->dir);
    mem_free(p->stick);
    mem_free(p->path);
    return 0;
}

/* A file of @size bytes that tells which it is. */
static char *make_file(struct post *p, int n, size_t size)
{
    AUTO_MEM char *data = mem_new(1, size);
    char *path = fs_pathf(p->dir, "file-%d", n);
    struct err e = ERR_INIT;

    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i * 7 + (size_t)n);
    OK(fs_write_file(path, data, size, &e));
    return path;
}

static int on_volume(void *ctx, const char *path, int64_t volume, int64_t size,
                     const char *sha256, size_t files, struct err *e)
{
    struct post *p = ctx;
    struct stat st;
    char hex[HASH_HEX];

    (void)files;
    p->volumes++;
    assert_int_equal(volume, p->volumes);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, size);
    if (hash_file(path, hex, NULL, e) < 0)
        return -1;
    assert_string_equal(hex, sha256);
    return 0;
}

static int write_files(struct post *p, const size_t *sizes, int count, bool plain,
                       int64_t volume_max, struct err *e)
{
    const struct courier_opts o = {.path = p->path,
                                   .own = &p->from,
                                   .to = &p->to.pub,
                                   .plain = plain,
                                   .volume_max = volume_max,
                                   .told = on_volume,
                                   .ctx = p};
    AUTO_COURIER_OUT struct courier_out *w = NULL;

    p->volumes = 0;
    if (courier_out_open(&o, &w, e) < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        AUTO_MEM char *path = make_file(p, i, sizes[i]);
        AUTO_MEM char *name = mem_printf("inbox/abc/file-%d.req", i);

        if (courier_out_add(w, name, path, e) != 1)
            return -1;
    }
    return courier_out_end(w, e);
}

/* Read all of one volume; files that came whole are right. @whole: how many. */
static int read_volume(struct post *p, const char *path, const struct sign_secret *own,
                       int *whole, bool *last, struct err *e)
{
    AUTO_COURIER_IN struct courier_in *in = NULL;
    struct courier_entry f;
    int rc;

    *whole = 0;
    if (courier_in_open(path, own, &in, e) < 0)
        return -1;
    while ((rc = courier_in_next(in, &f, e)) == 1) {
        char hex[HASH_HEX], want[HASH_HEX];
        AUTO_MEM char *source = NULL;
        int n;

        if (courier_in_end(in, hex, e) < 0)
            return -1;
        if (sscanf(f.name, "inbox/abc/file-%d.req", &n) != 1)
            return err_set(e, ERR_COURIER_FORM, "%s", f.name);
        source = fs_pathf(p->dir, "file-%d", n);
        if (hash_file(source, want, NULL, e) < 0)
            return -1;
        *whole += strcmp(hex, want) == 0;
    }
    return rc < 0 ? -1 : courier_in_check(in, &p->from.pub, last, e);
}

static const size_t SIZES[] = {1, 511, 512, 70000, 3};

static void test_courier__brings_files_sealed_and_plain(void **state)
{
    struct post *p = *state;
    bool last = false;
    int whole;
    struct err e = ERR_INIT;

    for (int plain = 0; plain < 2; plain++) {
        AUTO_MEM char *part = mem_printf("%s.part", p->path);
        struct courier_head h;

        OK(write_files(p, SIZES, 5, plain, 0, &e));
        assert_int_equal(p->volumes, 1);
        assert_false(fs_exists(part));
        OK(read_volume(p, p->path, &p->to, &whole, &last, &e));
        assert_int_equal(whole, 5);
        assert_true(last);
        OK(read_volume(p, p->path, &p->from, &whole, &last, &e)); /* the writer too */
        assert_int_equal(courier_peek(p->path, &h, &e), 1);
        assert_int_equal(h.volume, 1);
    }
}

static void test_courier__others_do_not_open_it(void **state)
{
    struct post *p = *state;
    AUTO_STR struct str text = STR_INIT(STR_FILE_MAX);
    AUTO_COURIER_IN struct courier_in *in = NULL;
    struct courier_entry f;
    bool last;
    int whole;
    struct err e = ERR_INIT;

    OK(write_files(p, SIZES, 5, false, 0, &e));
    FAILS(read_volume(p, p->path, &p->other, &whole, &last, fe), ERR_COURIER_TO);
    OK(fs_read_file(p->path, &text, &e));
    assert_null(memmem(text.p, text.len, "file-", 5));
    assert_null(memmem(text.p, text.len, "ustar", 5));
    /* Signed by another than is believed. */
    OK(courier_in_open(p->path, &p->to, &in, &e));
    while (courier_in_next(in, &f, &e) == 1)
        continue;
    FAILS(courier_in_check(in, &p->other.pub, &last, fe), ERR_SIGNATURE);
}

/* Names stay when keys are changed: the file says them, and the new key opens it. */
static void test_courier__names_need_not_follow_from_keys(void **state)
{
    struct post *p = *state;
    const char *from = "00000000000000000000000000000001";
    const char *to = "00000000000000000000000000000002";
    const struct courier_opts o = {.path = p->path,
                                   .own = &p->from,
                                   .to = &p->to.pub,
                                   .own_node = from,
                                   .to_node = to};
    AUTO_COURIER_OUT struct courier_out *w = NULL;
    struct courier_head h;
    bool last;
    int whole;
    struct err e = ERR_INIT;

    OK(fs_unlink(p->path, &e));
    OK(courier_out_open(&o, &w, &e));
    OK(courier_out_end(w, &e));
    assert_int_equal(courier_peek(p->path, &h, &e), 1);
    assert_string_equal(h.from, from);
    assert_string_equal(h.to, to);
    OK(read_volume(p, p->path, &p->to, &whole, &last, &e));
    OK(read_volume(p, p->path, &p->from, &whole, &last, &e));
    FAILS(read_volume(p, p->path, &p->other, &whole, &last, fe), ERR_COURIER_TO);
    OK(fs_unlink(p->path, &e));
}

static void test_courier__i11_a_flipped_bit_anywhere_is_found(void **state)
{
    struct post *p = *state;
    AUTO_STR struct str text = STR_INIT(STR_FILE_MAX);
    static const size_t FEW[] = {300, 40};
    bool last;
    int whole;
    struct err e = ERR_INIT;

    OK(write_files(p, FEW, 2, false, 0, &e));
    OK(fs_read_file(p->path, &text, &e));
    for (size_t at = 0; at < text.len; at += at < 1200 ? 1 : 37) {
        AUTO_MEM char *bad = fs_path(p->dir, "bad");
        struct err why = ERR_INIT;

        text.p[at] = (char)(text.p[at] ^ (1 << (at % 7)));
        OK(fs_write_file(bad, text.p, text.len, &e));
        if (read_volume(p, bad, &p->to, &whole, &last, &why) == 0)
            fail_msg("bit at %zu was not found", at);
        assert_int_equal(whole, 0); /* all lies in one chunk */
        text.p[at] = (char)(text.p[at] ^ (1 << (at % 7)));
    }
}

static void test_courier__a_cut_anywhere_is_known(void **state)
{
    struct post *p = *state;
    AUTO_STR struct str text = STR_INIT(STR_FILE_MAX);
    bool last;
    int whole, most = 0;
    struct err e = ERR_INIT;

    for (int plain = 0; plain < 2; plain++) {
        AUTO_MEM char *bad = fs_path(p->dir, "bad");

        OK(write_files(p, SIZES, 5, plain, 0, &e));
        str_reset(&text);
        OK(fs_read_file(p->path, &text, &e));
        for (size_t len = 1; len < text.len; len += 509) {
            struct err why = ERR_INIT;

            OK(fs_write_file(bad, text.p, len, &e));
            assert_int_equal(read_volume(p, bad, &p->to, &whole, &last, &why), -1);
            assert_true(why.code == ERR_COURIER_CUT || why.code == ERR_SEAL ||
                        why.code == ERR_COURIER_FORM);
            most = whole > most ? whole : most;
        }
    }
    assert_int_equal(most, 5); /* what came before the cut was given */
}

static void test_courier__volumes_are_whole_in_themselves(void **state)
{
    struct post *p = *state;
    static const size_t MANY[] = {70000, 70000, 70000, 70000, 70000, 70000, 70000};
    bool last = true;
    int whole, all = 0, before;
    struct err e = ERR_INIT;

    OK(write_files(p, MANY, 7, false, 460000, &e));
    before = p->volumes;
    assert_true(before > 2 && before < 7);
    for (int64_t n = before; n > 0; n--) { /* the last one first */
        AUTO_MEM char *path = courier_volume_path(p->path, n);
        struct stat st;

        OK(read_volume(p, path, &p->to, &whole, &last, &e));
        assert_int_equal(last, n == before);
        all += whole;
        assert_int_equal(stat(path, &st), 0);
        assert_true(st.st_size <= 460000);
    }
    assert_int_equal(all, 7);
    /* The next writing needs fewer: the old ones do not stay to be read by mistake. */
    OK(write_files(p, MANY, 2, false, 460000, &e));
    assert_true(p->volumes < before);
    {
        AUTO_MEM char *over = courier_volume_path(p->path, p->volumes + 1);

        assert_false(fs_exists(over));
    }
}

static void test_courier__files_of_others_stay(void **state)
{
    struct post *p = *state;
    struct sign_secret own = p->from;
    char before[HASH_HEX], after[HASH_HEX];
    struct err e = ERR_INIT;

    OK(fs_write_file(p->path, "somebody's letter", 17, &e));
    FAILS(write_files(p, SIZES, 1, false, 0, fe), ERR_COURIER_FOREIGN);
    OK(fs_unlink(p->path, &e));
    OK(write_files(p, SIZES, 1, false, 0, &e));
    OK(hash_file(p->path, before, NULL, &e));
    p->from = p->other;
    FAILS(write_files(p, SIZES, 2, false, 0, fe), ERR_COURIER_FOREIGN);
    OK(hash_file(p->path, after, NULL, &e));
    assert_string_equal(before, after);
    p->from = own;
    OK(write_files(p, SIZES, 2, false, 0, &e)); /* our own is replaced */
}

static void test_courier__names(void **state)
{
    static const struct {
        const char *name;
        bool fine;
    } NAMES[] = {
        {"head.json", true}, {"inbox/0a/b.req", true},
        {"a/b/c/d", true},   {"a/b/c/d/e", false},
        {"", false},         {"/a", false},
        {"a/", false},       {"a//b", false},
        {"../a", false},     {"a/../b", false},
        {".a", false},       {"a/.b", false},
        {"A", false},        {"a b", false},
        {"a\\b", false},     {"a\nb", false},
    };
    static const char *const PATHS[][2] = {{"/x/ABC.GUI", "/x/ABC.002"},
                                           {"/x.y/abc", "/x.y/abc.002"},
                                           {"/x/.abc", "/x/.abc.002"},
                                           {"/x/a.b.c", "/x/a.b.002"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (courier_tar_name(NAMES[i].name) != NAMES[i].fine)
            fail_msg("name %s", NAMES[i].name);
    for (size_t i = 0; i < ARRAY_LEN(PATHS); i++) {
        AUTO_MEM char *first = courier_volume_path(PATHS[i][0], 1);
        AUTO_MEM char *second = courier_volume_path(PATHS[i][0], 2);

        assert_string_equal(first, PATHS[i][0]);
        assert_string_equal(second, PATHS[i][1]);
    }
}

/* Set the sum anew, as who makes a hostile archive does. */
static void sum_up(unsigned char *block)
{
    unsigned sum = 0;
    char text[8];

    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < COURIER_BLOCK; i++)
        sum += block[i];
    (void)snprintf(text, sizeof text, "%06o", sum);
    memcpy(block + 148, text, 7);
}

static void test_courier__hostile_blocks_are_refused(void **state)
{
    unsigned char block[COURIER_BLOCK], good[COURIER_BLOCK];
    char name[COURIER_NAME_MAX];
    int64_t size;
    struct err e = ERR_INIT;

    (void)state;
    courier_tar_write(good, "inbox/ab/c.req", 1234, T0);
    assert_int_equal(courier_tar_read(good, name, &size, &e), 1);
    assert_string_equal(name, "inbox/ab/c.req");
    assert_int_equal(size, 1234);
    for (const char *type = "123456gxLKS"; *type; type++) { /* links, devices, … */
        memcpy(block, good, sizeof block);
        block[156] = (unsigned char)*type;
        sum_up(block);
        FAILS(courier_tar_read(block, name, &size, fe), ERR_COURIER_FORM);
    }
    memcpy(block, good, sizeof block);
    memcpy(block, "../c", 5);
    sum_up(block);
    FAILS(courier_tar_read(block, name, &size, fe), ERR_COURIER_FORM);
    memcpy(block, good, sizeof block);
    memcpy(block + 124, "77777777777", 12);
    sum_up(block);
    FAILS(courier_tar_read(block, name, &size, fe), ERR_COURIER_FORM);
    memcpy(block, good, sizeof block);
    memcpy(block + 124, "-0000001234", 12);
    sum_up(block);
    FAILS(courier_tar_read(block, name, &size, fe), ERR_COURIER_FORM);
    memcpy(block, good, sizeof block);
    block[0] ^= 1; /* and the sum as it was */
    FAILS(courier_tar_read(block, name, &size, fe), ERR_COURIER_FORM);
    memset(block, 0, sizeof block);
    assert_int_equal(courier_tar_read(block, name, &size, &e), 0);
}

#define case_(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        case_(test_courier__brings_files_sealed_and_plain),
        case_(test_courier__others_do_not_open_it),
        case_(test_courier__names_need_not_follow_from_keys),
        case_(test_courier__i11_a_flipped_bit_anywhere_is_found),
        case_(test_courier__a_cut_anywhere_is_known),
        case_(test_courier__volumes_are_whole_in_themselves),
        case_(test_courier__files_of_others_stay),
        case_(test_courier__names),
        case_(test_courier__hostile_blocks_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
