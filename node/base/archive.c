/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/utf8.h"

/* Small reads: what one of them may unpack to before the limits are asked again is
 * bounded (bzip2 reaches 45,000 to 1). */
#define READ_BYTES ((size_t)8192)
#define SKIP_BYTES ((size_t)1 << 16)

struct archive_in {
    struct archive *a;
    int fd;
    char *name;
    uint64_t size;
    uint64_t size_said; /* of the member, when it is known */
    uint64_t got;       /* of the member up to now */
    uint64_t out;       /* bytes unpacked up to now, passed over ones too */
    uint64_t entries;   /* headers seen */
    int64_t expected;   /* members the zip's own directory counts, -1: not known */
    struct archive_entry *entry;
    bool pending; /* the first header was read by archive_open_fd() */
    bool open;    /* a member has data left to pass over */
    bool sealed;  /* the member is encrypted */
    bool sized;   /* size_said is known */
    bool strange; /* the member is packed by a method we do not take */
    bool at_end;  /* the file was read to its end */
    bool can_go_on;
    char *member;
    char buf[READ_BYTES];
};

/* ---- libarchive's answers ------------------------------------------------------- */

static la_ssize_t on_read(struct archive *a, void *data, const void **out)
{
    struct archive_in *in = data;
    struct err e = ERR_INIT;
    ssize_t n = fs_read_some(in->fd, in->buf, sizeof in->buf, in->name, &e);

    if (n < 0)
        archive_set_error(a, e.sys_errno, "read");
    if (n == 0)
        in->at_end = true;
    *out = in->buf;
    return n;
}

static int damaged(struct archive_in *in, struct err *e)
{
    const char *why = archive_error_string(in->a);
    enum err_code code = ERR_ARCHIVE_DAMAGED;

    if (why && strcmp(why, "Unrecognized archive format") == 0)
        code = ERR_ARCHIVE_FORMAT;
    else if (in->sealed)
        code = ERR_ARCHIVE_ENCRYPTED; /* its end could not be found unread */
    (void)err_set(e, code, "%s", in->name);
    return err_detail(e, "libarchive: %s", why ? why : "cut off");
}

static int stop(struct archive_in *in, enum err_code code, const char *why,
                struct err *e)
{
    in->can_go_on = false;
    (void)err_set(e, code, "%s", in->name);
    return err_detail(e, "%s", why);
}

/* ---- opening -------------------------------------------------------------------- */

/*
 * The zip reader works from front to back and searches for the next member when bytes
 * are damaged: one could be lost without a word. So the count in the directory's end
 * record is compared at the end. -1: no such record, or a count beyond 65,534.
 *
 *      "PK\5\6" … 10: members in all (2 bytes, little-endian) … 20: comment length
 */
static int64_t zip_count(int fd, off_t start, uint64_t size)
{
    enum { RECORD = 22, COMMENT_MAX = 65535 };
    size_t want = size < RECORD + COMMENT_MAX ? (size_t)size : RECORD + COMMENT_MAX;
    AUTO_MEM unsigned char *tail = mem_new(want, 1);
    ssize_t n = pread(fd, tail, want, start + (off_t)(size - want));

    for (ssize_t i = n - RECORD; i >= 0; i--) {
        const unsigned char *p = tail + i;
        int64_t count = 0;

        if (memcmp(p, "PK\5\6", 4) != 0 || i + RECORD + (p[20] | p[21] << 8) > n)
            continue;
        count = p[10] | p[11] << 8;
        return count == 0xFFFF ? -1 : count;
    }
    return n < 0 ? -1 : 0; /* no record at all: fewer than any member seen */
}

/* A tar may be all zeros: one without members. What only begins with zeros (a CD image)
 * is no archive of ours. */
static bool is_zeros(int fd, off_t start, char *buf, size_t len)
{
    ssize_t n = 0;

    while ((n = pread(fd, buf, len, start)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            if (buf[i] != 0)
                return false;
        start += n;
    }
    return true;
}

/* Each one by name, never "_all"; a filter that would start a program answers with a
 * warning and is refused. */
static bool enable(struct archive *a)
{
    return archive_read_support_format_zip_streamable(a) == ARCHIVE_OK &&
           archive_read_support_format_tar(a) == ARCHIVE_OK &&
           archive_read_support_filter_gzip(a) == ARCHIVE_OK &&
           archive_read_support_filter_bzip2(a) == ARCHIVE_OK &&
           archive_read_support_filter_compress(a) == ARCHIVE_OK &&
           archive_read_support_filter_xz(a) == ARCHIVE_OK &&
           archive_read_support_filter_zstd(a) == ARCHIVE_OK;
}

static bool is_zip(const struct archive_in *in)
{
    return (archive_format(in->a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
}

/* The next header. Return: 1, 0 at the end, -1. */
static int next_header(struct archive_in *in, struct err *e)
{
    int rc = ARCHIVE_RETRY;

    for (int tries = 0; rc == ARCHIVE_RETRY && tries < 8; tries++)
        rc = archive_read_next_header(in->a, &in->entry);
    if (rc == ARCHIVE_OK || rc == ARCHIVE_WARN)
        return 1;
    if (rc != ARCHIVE_EOF) {
        in->can_go_on = false;
        return damaged(in, e);
    }
    /* A plain tar that ends without its mark of zeros was cut between two members. */
    if (!is_zip(in) && archive_filter_count(in->a) == 1 && in->at_end)
        return stop(in, ERR_ARCHIVE_DAMAGED, "no end mark", e);
    return 0;
}

int archive_open_fd(int fd, const char *name, uint64_t size, struct archive_in **out,
                    struct err *e)
{
    AUTO_ARCHIVE struct archive_in *in = mem_new(1, sizeof *in);
    off_t start = lseek(fd, 0, SEEK_CUR);
    int rc = 0;

    in->fd = fd;
    in->name = mem_dup(name);
    in->size = size;
    in->expected = -1;
    in->can_go_on = true;
    in->a = archive_read_new();
    if (!in->a)
        return err_set(e, ERR_MEMORY, "%s", name);
    if (!enable(in->a))
        return err_set(e, ERR_INTERNAL, "libarchive: a format is missing");
    if (archive_read_open(in->a, in, NULL, on_read, NULL) != ARCHIVE_OK)
        return damaged(in, e);
    rc = next_header(in, e);
    if (rc < 0)
        return -1;
    /* "none" counts as one: at most one layer of compression below the archive. */
    if (archive_filter_count(in->a) > 2)
        return err_set(e, ERR_ARCHIVE_FORMAT, "%s", name);
    if (rc == 0 && !is_zip(in) && archive_filter_count(in->a) == 1 && start >= 0 &&
        !is_zeros(fd, start, in->buf, sizeof in->buf))
        return err_set(e, ERR_ARCHIVE_FORMAT, "%s", name);
    if (is_zip(in) && archive_filter_count(in->a) == 1 && start >= 0)
        in->expected = zip_count(fd, start, size);
    in->pending = rc == 1;
    *out = TAKE(in);
    return 0;
}

void archive_close(struct archive_in *a)
{
    if (!a)
        return;
    if (a->a)
        (void)archive_read_free(a->a); /* nothing was written */
    mem_free(a->name);
    mem_free(a->member);
    mem_free(a);
}

void archive_auto(struct archive_in **a)
{
    archive_close(*a);
}

bool archive_can_go_on(const struct archive_in *a)
{
    return a->can_go_on;
}

/* ---- members -------------------------------------------------------------------- */

static bool name_allowed(const char *name)
{
    unsigned depth = 0;

    /* In other encodings (Shift-JIS) a backslash is half of a letter. */
    if (strchr(name, '\\') && utf8_valid(name, strlen(name)))
        return false;
    if (!name[0] || name[0] == '/' || strlen(name) > ARCHIVE_NAME_MAX ||
        (isalpha((unsigned char)name[0]) && name[1] == ':'))
        return false;
    while (*name) {
        size_t len = strcspn(name, "/");

        if (len > ARCHIVE_COMPONENT_MAX || (len == 2 && memcmp(name, "..", 2) == 0))
            return false;
        if (len > 0 && !(len == 1 && name[0] == '.'))
            depth++;
        name += len;
        name += *name == '/';
    }
    return depth > 0 && depth <= ARCHIVE_DEPTH_MAX;
}

/* In a zip only stored and deflated members are taken: what every program writes. The
 * decoders for the others have a history of their own. */
static bool is_strange(const struct archive_in *in)
{
    const char *method = archive_format_name(in->a);

    return is_zip(in) && !(method && (strstr(method, "(uncompressed)") ||
                                      strstr(method, "(deflation)")));
}

static int count_out(struct archive_in *in, uint64_t more, struct err *e)
{
    in->out += more;
    if (in->out > ARCHIVE_BYTES_MAX)
        return stop(in, ERR_ARCHIVE_BOMB, "too many bytes", e);
    if (in->out > ARCHIVE_RATIO_FROM && in->out / ARCHIVE_RATIO_MAX > in->size)
        return stop(in, ERR_ARCHIVE_BOMB, "unpacks to too much", e);
    return 0;
}

/* What is left of the present member, read so that the limits see it. A member that
 * cannot be read is no reason to stop here: who wanted its bytes was told. */
static int skip(struct archive_in *in, struct err *e)
{
    AUTO_MEM char *buf = NULL;

    if (!in->open || in->sealed || in->strange)
        return 0; /* passed over packed, by the next header */
    in->open = false;
    buf = mem_new(SKIP_BYTES, 1);
    for (;;) {
        la_ssize_t n = archive_read_data(in->a, buf, SKIP_BYTES);

        if (n == ARCHIVE_FATAL) {
            in->can_go_on = false;
            return damaged(in, e);
        }
        if (n <= 0 && n != ARCHIVE_RETRY && n != ARCHIVE_WARN)
            return 0;
        if (n > 0 && count_out(in, (uint64_t)n, e) < 0)
            return -1;
    }
}

static enum archive_kind kind_of(struct archive_entry *entry)
{
    mode_t type = archive_entry_filetype(entry);

    if (archive_entry_hardlink(entry) || archive_entry_symlink(entry))
        return ARCHIVE_OTHER;
    if (type == AE_IFDIR)
        return ARCHIVE_FOLDER;
    return type == AE_IFREG ? ARCHIVE_FILE : ARCHIVE_OTHER;
}

static int ended(struct archive_in *in, struct err *e)
{
    if (in->expected >= 0 && (uint64_t)in->expected != in->entries)
        return stop(in, ERR_ARCHIVE_DAMAGED, "members are missing", e);
    in->can_go_on = false;
    return 0;
}

int archive_next(struct archive_in *a, struct archive_member *m, struct err *e)
{
    const char *name = NULL;
    int rc = 1;

    if (!a->can_go_on)
        return err_set(e, ERR_ARCHIVE_DAMAGED, "%s", a->name);
    if (!a->pending) {
        if (a->entries == 0)
            return ended(a, e); /* an archive without members */
        if (skip(a, e) < 0)
            return -1;
        rc = next_header(a, e);
    }
    a->pending = false;
    if (rc == 0)
        return ended(a, e);
    if (rc < 0)
        return -1;
    if (++a->entries > ARCHIVE_ENTRIES_MAX)
        return stop(a, ERR_ARCHIVE_BOMB, "too many members", e);
    a->open = true;
    a->sealed = archive_entry_is_encrypted(a->entry) == 1;
    a->strange = is_strange(a);
    /* Bytes as stored; when those cannot be had in this locale, as UTF-8. */
    name = archive_entry_pathname(a->entry);
    if (!name)
        name = archive_entry_pathname_utf8(a->entry);
    if (!name || !name_allowed(name))
        return err_set(e, ERR_ARCHIVE_NAME, "%s: member %llu", a->name,
                       (unsigned long long)a->entries);
    mem_free(a->member);
    a->member = mem_dup(name);
    a->sized = archive_entry_size_is_set(a->entry) && archive_entry_size(a->entry) >= 0;
    a->size_said = a->sized ? (uint64_t)archive_entry_size(a->entry) : 0;
    a->got = 0;
    *m = (struct archive_member){
        .name = a->member,
        .name_len = strlen(a->member),
        .kind = kind_of(a->entry),
        .encrypted = a->sealed,
        .size_known = a->sized,
        .size = a->size_said,
    };
    return 1;
}

ssize_t archive_read(struct archive_in *a, void *buf, size_t len, struct err *e)
{
    la_ssize_t n = ARCHIVE_RETRY;

    if (!a->open || len == 0)
        return 0;
    if (a->sealed)
        return err_set(e, ERR_ARCHIVE_ENCRYPTED, "%s: %s", a->name, a->member);
    if (a->strange) {
        (void)err_set(e, ERR_ARCHIVE_FORMAT, "%s: %s", a->name, a->member);
        return err_detail(e, "%s", archive_format_name(a->a));
    }
    for (int tries = 0; (n == ARCHIVE_RETRY || n == ARCHIVE_WARN) && tries < 8; tries++)
        n = archive_read_data(a->a, buf, len);
    if (n < 0) {
        a->can_go_on = a->can_go_on && n != ARCHIVE_FATAL;
        return damaged(a, e);
    }
    a->got += (uint64_t)n;
    if (n == 0) {
        a->open = false;
        /* libarchive ends a member early without a word when the sizes differ. */
        if (a->sized && a->got != a->size_said && kind_of(a->entry) == ARCHIVE_FILE) {
            (void)err_set(e, ERR_ARCHIVE_DAMAGED, "%s: %s", a->name, a->member);
            return err_detail(e, "size");
        }
    }
    return count_out(a, (uint64_t)n, e) < 0 ? -1 : n;
}
