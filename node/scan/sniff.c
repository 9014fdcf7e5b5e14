/* SPDX-License-Identifier: Apache-2.0 */
#include "node/scan/sniff.h"

#include <string.h>
#include <unistd.h>

#include "node/base/mem.h"

#define PDF_SEARCH     1024 /* bytes before "%PDF-" that readers allow */
#define TAR_BLOCK      512
#define TAR_MAGIC_AT   257
#define TAR_SUM_AT     148
#define ZIP_END        22
#define ZIP_TAIL       (ZIP_END + 65535)
#define ZIP_ENTRY      46
#define ZIP_DIR_BYTES  ((size_t)1 << 16) /* of its directory are looked at */
#define ZIP_NAMES_MAX  2000
#define ZIP_LOCAL_NAME 30

struct magic {
    enum sniff_kind kind;
    size_t at;
    const char *bytes;
    size_t len;
};

#define MAGIC(kind, at, text)                                                          \
    {                                                                                  \
        kind, at, text, sizeof(text) - 1                                               \
    }

static const struct magic MAGICS[] = {
    MAGIC(SNIFF_JPEG, 0, "\xFF\xD8\xFF"),
    MAGIC(SNIFF_PNG, 0, "\x89PNG\r\n\x1A\n"),
    MAGIC(SNIFF_TIFF, 0, "II\x2A\0"),
    MAGIC(SNIFF_TIFF, 0, "MM\0\x2A"),
    MAGIC(SNIFF_TIFF, 0, "II\x2B\0"), /* BigTIFF */
    MAGIC(SNIFF_TIFF, 0, "MM\0\x2B"),
    MAGIC(SNIFF_PDF, 0, "%PDF-"),
    MAGIC(SNIFF_ZIP, 0, "PK\3\4"),
    MAGIC(SNIFF_ZIP, 0, "PK\5\6"),        /* without members */
    MAGIC(SNIFF_ZIP, 0, "PK\7\10PK\3\4"), /* once parted */
    MAGIC(SNIFF_PACKED, 0, "\x1F\x8B"),
    MAGIC(SNIFF_PACKED, 0, "\x1F\x9D"),
    MAGIC(SNIFF_PACKED, 0, "BZh"),
    MAGIC(SNIFF_PACKED, 0,
          "\xFD"
          "7zXZ\0"),
    MAGIC(SNIFF_PACKED, 0, "\x28\xB5\x2F\xFD"),
    MAGIC(SNIFF_GIF, 0, "GIF87a"),
    MAGIC(SNIFF_GIF, 0, "GIF89a"),
    MAGIC(SNIFF_JP2, 0, "\0\0\0\x0CjP  "),
    MAGIC(SNIFF_JP2, 0, "\xFF\x4F\xFF\x51"),
    MAGIC(SNIFF_DJVU, 0, "AT&TFORM"),
    MAGIC(SNIFF_OFFICE, 0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
    MAGIC(SNIFF_OFFICE, 0, "{\\rtf"),
    MAGIC(SNIFF_OTHER_ARCHIVE, 0, "7z\xBC\xAF\x27\x1C"),
    MAGIC(SNIFF_OTHER_ARCHIVE, 0, "Rar!\x1A\x07"),
    MAGIC(SNIFF_OTHER_ARCHIVE, 0, "MSCF\0\0\0\0"),
    MAGIC(SNIFF_OTHER_ARCHIVE, 0, "\x60\xEA"),
    MAGIC(SNIFF_OTHER_ARCHIVE, 0, "070701"),
    MAGIC(SNIFF_OTHER_ARCHIVE, 0, "070707"),
    MAGIC(SNIFF_OTHER_ARCHIVE, 0, "!<arch>\n"),
};

static bool has(const unsigned char *p, size_t len, size_t at, const char *bytes,
                size_t count)
{
    return len >= at + count && memcmp(p + at, bytes, count) == 0;
}

/* "-lh5-" and its kin at offset 2. */
static bool is_lzh(const unsigned char *p, size_t len)
{
    return len >= 7 && p[2] == '-' && p[3] == 'l' && (p[4] == 'h' || p[4] == 'z') &&
           p[6] == '-';
}

/* Zstandard may begin with a frame to be passed over. */
static bool is_zstd_skip(const unsigned char *p, size_t len)
{
    return len >= 4 && (p[0] & 0xF0) == 0x50 && memcmp(p + 1, "\x2A\x4D\x18", 3) == 0;
}

/* ISO base media whose brand is a still picture of the HEIF family; mif1 says only
 * that, and the decoder finds out what is in it. */
static bool is_heif(const unsigned char *p, size_t len)
{
    static const char BRANDS[][5] = {"heic", "heix", "hevc", "hevx",
                                     "heim", "heis", "mif1", "msf1"};

    if (!has(p, len, 4, "ftyp", 4))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(BRANDS); i++)
        if (has(p, len, 8, BRANDS[i], 4))
            return true;
    return false;
}

static bool is_avif(const unsigned char *p, size_t len)
{
    return has(p, len, 4, "ftypavif", 8) || has(p, len, 4, "ftypavis", 8);
}

static bool is_bmp(const unsigned char *p, size_t len)
{
    /* The size of the second header tells: "BM" alone begins many a text. */
    return has(p, len, 0, "BM", 2) && len >= 18 &&
           (p[14] == 12 || p[14] == 16 || p[14] == 40 || p[14] == 52 || p[14] == 56 ||
            p[14] == 64 || p[14] == 108 || p[14] == 124) &&
           p[15] == 0 && p[16] == 0 && p[17] == 0;
}

/* A header block whose octal check sum is right; old tars have no magic. */
static bool is_tar(const unsigned char *p, size_t len)
{
    unsigned sum = 0;
    unsigned said = 0;
    size_t digits = 0;

    if (len < TAR_BLOCK)
        return false;
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= TAR_SUM_AT && i < TAR_SUM_AT + 8 ? ' ' : p[i];
    for (size_t i = TAR_SUM_AT; i < TAR_SUM_AT + 8; i++) {
        if (p[i] >= '0' && p[i] <= '7') {
            said = said * 8 + (unsigned)(p[i] - '0');
            digits++;
        } else if (digits > 0 || p[i] != ' ') {
            break;
        }
    }
    return (digits > 0 && said == sum && sum != 8 * ' ') ||
           has(p, len, TAR_MAGIC_AT, "ustar", 5);
}

static bool holds_pdf(const unsigned char *p, size_t len)
{
    size_t end = len < PDF_SEARCH ? len : PDF_SEARCH;

    return memmem(p, end, "%PDF-", 5) != NULL;
}

enum sniff_kind sniff_bytes(const void *head, size_t len)
{
    const unsigned char *p = head;

    for (size_t i = 0; i < ARRAY_LEN(MAGICS); i++)
        if (has(p, len, MAGICS[i].at, MAGICS[i].bytes, MAGICS[i].len))
            return MAGICS[i].kind;
    if (has(p, len, 0, "RIFF", 4) && has(p, len, 8, "WEBP", 4))
        return SNIFF_WEBP;
    if (is_heif(p, len))
        return SNIFF_HEIC;
    if (is_avif(p, len))
        return SNIFF_AVIF;
    if (is_bmp(p, len))
        return SNIFF_BMP;
    if (is_zstd_skip(p, len))
        return SNIFF_PACKED;
    if (is_lzh(p, len))
        return SNIFF_OTHER_ARCHIVE;
    if (is_tar(p, len))
        return SNIFF_TAR;
    return holds_pdf(p, len) ? SNIFF_PDF : SNIFF_UNKNOWN;
}

/* ---- office documents: a zip with a certain member ----------------------- */

static bool office_name(const char *name, size_t len)
{
    static const char *const NAMES[] = {"[Content_Types].xml", "word/document.xml",
                                        "xl/workbook.xml", "ppt/presentation.xml",
                                        "META-INF/manifest.xml"};

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (strlen(NAMES[i]) == len && memcmp(name, NAMES[i], len) == 0)
            return true;
    return false;
}

static size_t le16(const unsigned char *p)
{
    return (size_t)p[0] | (size_t)p[1] << 8;
}

static uint64_t le32(const unsigned char *p)
{
    return (uint64_t)le16(p) | (uint64_t)le16(p + 2) << 16;
}

/* The first member: open documents begin with a stored "mimetype". */
static bool local_is_office(const unsigned char *p, size_t len)
{
    const char *name = (const char *)p + ZIP_LOCAL_NAME;
    size_t name_len = 0;

    if (len < ZIP_LOCAL_NAME)
        return false;
    name_len = le16(p + 26);
    if (name_len > len - ZIP_LOCAL_NAME)
        return false;
    return office_name(name, name_len) ||
           (name_len == 8 && memcmp(name, "mimetype", 8) == 0);
}

static bool directory_is_office(const unsigned char *p, size_t len)
{
    for (int i = 0; i < ZIP_NAMES_MAX && len >= ZIP_ENTRY; i++) {
        size_t name = le16(p + 28);
        size_t all = ZIP_ENTRY + name + le16(p + 30) + le16(p + 32);

        if (memcmp(p, "PK\1\2", 4) != 0 || ZIP_ENTRY + name > len)
            return false;
        if (office_name((const char *)p + ZIP_ENTRY, name))
            return true;
        if (all > len)
            return false;
        p += all;
        len -= all;
    }
    return false;
}

static int read_at(int fd, uint64_t at, void *buf, size_t want, const char *name,
                   size_t *got, struct err *e)
{
    size_t sum = 0;

    while (sum < want) {
        ssize_t n = pread(fd, (char *)buf + sum, want - sum, (off_t)(at + sum));

        if (n < 0)
            return err_sys(e, ERR_READ, "%s", name);
        if (n == 0)
            break;
        sum += (size_t)n;
    }
    *got = sum;
    return 0;
}

static int zip_is_office(int fd, uint64_t size, const char *name, bool *office,
                         struct err *e)
{
    size_t want = size < ZIP_TAIL ? (size_t)size : ZIP_TAIL;
    AUTO_MEM unsigned char *buf = mem_new(ZIP_TAIL, 1);
    size_t got = 0;
    uint64_t at = 0;

    if (read_at(fd, size - want, buf, want, name, &got, e) < 0)
        return -1;
    *office = false;
    for (size_t i = got; i-- > 0;) {
        if (got - i < ZIP_END || memcmp(buf + i, "PK\5\6", 4) != 0)
            continue;
        at = le32(buf + i + 16);
        if (at >= size)
            return 0;
        if (read_at(fd, at, buf, ZIP_DIR_BYTES, name, &got, e) < 0)
            return -1;
        *office = directory_is_office(buf, got);
        return 0;
    }
    return 0;
}

int sniff_fd(int fd, uint64_t size, const char *name, enum sniff_kind *kind,
             struct err *e)
{
    unsigned char head[SNIFF_HEAD_BYTES];
    enum sniff_kind found = SNIFF_UNKNOWN;
    size_t got = 0;
    bool office = false;

    if (read_at(fd, 0, head, sizeof head, name, &got, e) < 0)
        return -1;
    found = sniff_bytes(head, got);
    if (found == SNIFF_ZIP) {
        office = local_is_office(head, got);
        if (!office && zip_is_office(fd, size, name, &office, e) < 0)
            return -1;
    }
    *kind = office ? SNIFF_OFFICE : found;
    return 0;
}

/* ---- what follows from a kind -------------------------------------------- */

static const struct {
    const char *name;
    enum err_code refused;
} KINDS[SNIFF_KIND_COUNT] = {
    [SNIFF_UNKNOWN] = {"unknown", ERR_INPUT_TYPE},
    [SNIFF_JPEG] = {"jpeg", ERR_NONE},
    [SNIFF_PNG] = {"png", ERR_NONE},
    [SNIFF_TIFF] = {"tiff", ERR_NONE},
    [SNIFF_PDF] = {"pdf", ERR_NONE},
    [SNIFF_ZIP] = {"zip", ERR_NONE},
    [SNIFF_TAR] = {"tar", ERR_NONE},
    [SNIFF_PACKED] = {"packed", ERR_NONE},
    [SNIFF_HEIC] = {"heic", ERR_NONE},
    [SNIFF_AVIF] = {"avif", ERR_TYPE_AVIF},
    [SNIFF_WEBP] = {"webp", ERR_TYPE_WEBP},
    [SNIFF_BMP] = {"bmp", ERR_TYPE_BMP},
    [SNIFF_GIF] = {"gif", ERR_TYPE_GIF},
    [SNIFF_JP2] = {"jp2", ERR_NONE},
    [SNIFF_DJVU] = {"djvu", ERR_TYPE_DJVU},
    [SNIFF_OFFICE] = {"office", ERR_TYPE_OFFICE},
    [SNIFF_OTHER_ARCHIVE] = {"archive", ERR_ARCHIVE_FORMAT},
};

bool sniff_is_picture(enum sniff_kind kind)
{
    return kind == SNIFF_JPEG || kind == SNIFF_PNG || kind == SNIFF_TIFF ||
           kind == SNIFF_HEIC || kind == SNIFF_JP2;
}

bool sniff_is_archive(enum sniff_kind kind)
{
    return kind == SNIFF_ZIP || kind == SNIFF_TAR || kind == SNIFF_PACKED;
}

bool sniff_is_taken(enum sniff_kind kind)
{
    return sniff_error(kind) == ERR_NONE;
}

uint64_t sniff_limit(enum sniff_kind kind)
{
    if (sniff_is_archive(kind))
        return SNIFF_ARCHIVE_MAX;
    return kind == SNIFF_TIFF || kind == SNIFF_PDF ? SNIFF_LARGE_MAX : SNIFF_FILE_MAX;
}

enum err_code sniff_error(enum sniff_kind kind)
{
    return kind < SNIFF_KIND_COUNT ? KINDS[kind].refused : ERR_INPUT_TYPE;
}

const char *sniff_name(enum sniff_kind kind)
{
    return kind < SNIFF_KIND_COUNT ? KINDS[kind].name : "unknown";
}
