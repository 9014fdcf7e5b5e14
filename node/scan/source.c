/* SPDX-License-Identifier: Apache-2.0 */
#include "node/scan/source.h"

#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"

#define TAIL_PDF       2048
#define TAIL_ZIP       (22 + 65535)
#define TAR_BLOCK      512
#define PNG_CHUNKS_MAX 262144
#define JPEG_STEPS_MAX 65536
#define TIFF_DIRS_MAX  70000
#define BOXES_MAX      4096
#define SCAN_BYTES     ((size_t)1 << 16)

void source_clear(struct source *s)
{
    fs_fd_auto(&s->fd);
    *s = (struct source)SOURCE_INIT;
}

/* ---- complete by structure ----------------------------------------------- */

struct file {
    int fd;
    uint64_t size;
};

/* Exactly @len bytes at @at; false past the end or when they cannot be read (that is
 * found again, and told, by whoever reads the file). */
static bool get(const struct file *f, uint64_t at, void *buf, size_t len)
{
    size_t sum = 0;

    if (at > f->size || len > f->size - at)
        return false;
    while (sum < len) {
        ssize_t n = pread(f->fd, (char *)buf + sum, len - sum, (off_t)(at + sum));

        if (n <= 0)
            return false;
        sum += (size_t)n;
    }
    return true;
}

static uint64_t number(const unsigned char *p, size_t bytes, bool big)
{
    uint64_t v = 0;

    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | p[big ? i : bytes - 1 - i];
    return v;
}

/* Chunks: length, type, data, sum; the last is IEND. */
static bool png_ends(const struct file *f)
{
    uint64_t at = 8;

    for (int i = 0; i < PNG_CHUNKS_MAX; i++) {
        unsigned char head[8];
        uint64_t len = 0;

        if (!get(f, at, head, sizeof head))
            return false;
        len = number(head, 4, true);
        at += 12 + len;
        if (at > f->size)
            return false;
        if (memcmp(head + 4, "IEND", 4) == 0)
            return true;
    }
    return true; /* more than any scanner writes: the decoder says what that is */
}

/* The place of the next marker in coded data from @at on: not FF 00, not RSTn. */
static bool jpeg_data_end(const struct file *f, uint64_t *at)
{
    AUTO_MEM unsigned char *buf = mem_new(SCAN_BYTES, 1);

    while (*at + 1 < f->size) {
        size_t len = f->size - *at < SCAN_BYTES ? (size_t)(f->size - *at) : SCAN_BYTES;

        if (!get(f, *at, buf, len))
            return false;
        for (size_t i = 0; i + 1 < len;) {
            const unsigned char *p = memchr(buf + i, 0xFF, len - 1 - i);

            if (!p)
                break;
            i = (size_t)(p - buf);
            if (p[1] != 0 && p[1] != 0xFF && (p[1] < 0xD0 || p[1] > 0xD7)) {
                *at += i;
                return true;
            }
            i++;
        }
        *at += len - 1;
    }
    return false;
}

static bool jpeg_ends(const struct file *f)
{
    uint64_t at = 2;

    for (int i = 0; i < JPEG_STEPS_MAX; i++) {
        unsigned char head[4];

        if (!get(f, at, head, 2))
            return false;
        if (head[0] != 0xFF)
            return true; /* no JPEG any more: the decoder says so */
        if (head[1] == 0xD9)
            return true;
        if (head[1] == 0xFF) {
            at++;
            continue;
        }
        if (head[1] == 0x01 || (head[1] >= 0xD0 && head[1] <= 0xD8)) {
            at += 2;
            continue;
        }
        if (!get(f, at, head, 4))
            return false;
        at += 2 + number(head + 2, 2, true);
        if (head[1] == 0xDA && !jpeg_data_end(f, &at))
            return false;
    }
    return true;
}

/* Every directory of the chain lies inside the file. */
static bool tiff_ends(const struct file *f)
{
    unsigned char head[16];
    bool big = false;
    bool wide = false;
    uint64_t at = 0;
    size_t count_len = 2;
    size_t entry_len = 12;
    size_t at_len = 4;

    if (!get(f, 0, head, 8))
        return false;
    big = head[0] == 'M';
    wide = number(head + 2, 2, big) == 43;
    if (wide) {
        if (!get(f, 0, head, 16))
            return false;
        count_len = 8;
        entry_len = 20;
        at_len = 8;
    }
    at = number(head + (wide ? 8 : 4), at_len, big);
    if (at == 0)
        return false; /* written last by most programs */
    for (int i = 0; i < TIFF_DIRS_MAX && at != 0; i++) {
        uint64_t count = 0;

        if (!get(f, at, head, count_len))
            return false;
        count = number(head, count_len, big);
        if (count > f->size / entry_len ||
            !get(f, at + count_len + count * entry_len, head, at_len))
            return false;
        at = number(head, at_len, big);
    }
    return true;
}

/* Boxes of a HEIC or JPEG 2000 file: length, name. Each ends inside the file until both
 * that matter were seen; some phones write something else behind them. */
static bool boxes_end(const struct file *f, const char *one, const char *other)
{
    uint64_t at = 0;
    bool found = false, found_one = false, found_other = false;

    for (int i = 0; i < BOXES_MAX && at < f->size; i++) {
        unsigned char head[16];
        uint64_t len = 0;

        if (!get(f, at, head, 8))
            return found;
        len = number(head, 4, true);
        if (len == 1) {
            if (!get(f, at + 8, head + 8, 8))
                return found;
            len = number(head + 8, 8, true);
        }
        if (len == 0)
            return true; /* to the end, wherever that is: the decoder says so */
        if (len < 8 || len > f->size - at)
            return found;
        found_one = found_one || memcmp(head + 4, one, 4) == 0;
        found_other = found_other || memcmp(head + 4, other, 4) == 0;
        found = found_one && found_other;
        at += len;
    }
    return found;
}

/* A codestream ends with its own mark; in boxes it is in one of them. */
static bool jp2_ends(const struct file *f)
{
    unsigned char mark[2];

    if (!get(f, 0, mark, 2))
        return false;
    if (mark[0] != 0xFF)
        return boxes_end(f, "jp2h", "jp2c");
    return get(f, f->size - 2, mark, 2) && mark[0] == 0xFF && mark[1] == 0xD9;
}

static bool tail_has(const struct file *f, size_t tail, const char *mark, size_t len)
{
    size_t want = f->size < tail ? (size_t)f->size : tail;
    AUTO_MEM unsigned char *buf = mem_new(tail, 1);

    return get(f, f->size - want, buf, want) && memmem(buf, want, mark, len);
}

/* The last block of a tar is zeros. */
static bool tar_ends(const struct file *f)
{
    unsigned char block[TAR_BLOCK];

    if (f->size < TAR_BLOCK || !get(f, f->size - TAR_BLOCK, block, sizeof block))
        return false;
    for (size_t i = 0; i < sizeof block; i++)
        if (block[i] != 0)
            return false;
    return true;
}

bool source_complete(int fd, uint64_t size, enum sniff_kind kind)
{
    const struct file f = {.fd = fd, .size = size};

    switch ((int)kind) {
    case SNIFF_PNG:
        return png_ends(&f);
    case SNIFF_JPEG:
        return jpeg_ends(&f);
    case SNIFF_TIFF:
        return tiff_ends(&f);
    case SNIFF_HEIC:
        return boxes_end(&f, "meta", "mdat");
    case SNIFF_JP2:
        return jp2_ends(&f);
    case SNIFF_PDF:
        return tail_has(&f, TAIL_PDF, "%%EOF", 5);
    case SNIFF_ZIP:
        return tail_has(&f, TAIL_ZIP, "PK\5\6", 4);
    case SNIFF_TAR:
        return tar_ends(&f);
    default:
        return true;
    }
}

/* ---- opening ------------------------------------------------------------- */

static bool is_still(const struct stat *st)
{
    int64_t age = clock_now() - (int64_t)st->st_mtime;

    return age >= SOURCE_STILL_S;
}

static int judge(struct source *s, const char *name, struct err *e)
{
    uint64_t size = (uint64_t)s->st.st_size;

    if (sniff_fd(s->fd, size, name, &s->kind, e) < 0)
        return -1;
    if (size > sniff_limit(s->kind)) {
        fs_fd_auto(&s->fd);
        return err_set(e, ERR_INPUT_TOO_LARGE, "%s", name);
    }
    if (!sniff_is_taken(s->kind))
        return err_set(e, sniff_error(s->kind), "%s", name);
    return 0;
}

int source_open(const char *path, struct source *s, struct err *e)
{
    s->fd = fs_open_input(path, SNIFF_ARCHIVE_MAX, &s->st, e);
    if (s->fd < 0 || judge(s, path, e) < 0)
        return -1;
    s->complete =
        is_still(&s->st) || source_complete(s->fd, (uint64_t)s->st.st_size, s->kind);
    return 0;
}

int source_of_fd(int fd, const char *name, struct source *s, struct err *e)
{
    s->fd = fd;
    s->complete = true;
    if (fstat(fd, &s->st) < 0)
        return err_sys(e, ERR_READ, "%s", name);
    if (s->st.st_size == 0)
        return err_set(e, ERR_INPUT_EMPTY, "%s", name);
    return judge(s, name, e);
}

static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
           a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool source_unchanged(const struct source *s, const char *path)
{
    struct stat by_fd;
    struct stat by_name;

    return fstat(s->fd, &by_fd) == 0 && lstat(path, &by_name) == 0 &&
           same(&s->st, &by_fd) && same(&s->st, &by_name);
}
