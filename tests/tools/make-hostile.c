/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make-hostile DIR: one file of each kind that must not hurt, and good ones among them.
 * What is expected of each stands in tests/data/hostile.tsv. Always the same bytes.
 * Files whose state matters (cut ones) get an old time: they are not "still written".
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <jpeglib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zlib.h>

struct buf {
    unsigned char *p;
    size_t len, cap;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void add(struct buf *b, const void *data, size_t len)
{
    if (b->len + len > b->cap) {
        b->cap = (b->len + len) * 2;
        b->p = realloc(b->p, b->cap);
        if (!b->p)
            die("realloc");
    }
    memcpy(b->p + b->len, data, len);
    b->len += len;
}

static void addf(struct buf *b, const char *fmt, ...)
{
    char text[4096];
    va_list ap;
    int n = 0;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    add(b, text, (size_t)n);
}

static void be(struct buf *b, uint64_t v, int bytes)
{
    for (int i = bytes; i-- > 0;) {
        unsigned char c = (unsigned char)(v >> (8 * i));

        add(b, &c, 1);
    }
}

static void le(struct buf *b, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)(v >> (8 * i));

        add(b, &c, 1);
    }
}

static void drop(struct buf *b)
{
    free(b->p);
    *b = (struct buf){0};
}

static void make_old(const char *path)
{
    const struct timespec t[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};

    if (utimensat(AT_FDCWD, path, t, AT_SYMLINK_NOFOLLOW) < 0)
        die(path);
}

static void save(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");

    if (!f || (len > 0 && fwrite(data, 1, len, f) != len) || fclose(f) != 0)
        die(path);
}

/* Writes the buffer, all but the last @cut bytes, and empties it. */
static void put_cut(const char *path, struct buf *b, size_t cut)
{
    save(path, b->p, b->len - cut);
    if (cut > 0)
        make_old(path);
    drop(b);
}

static void put(const char *path, struct buf *b)
{
    put_cut(path, b, 0);
}

static void folder(const char *name)
{
    if (mkdir(name, 0755) < 0 && errno != EEXIST)
        die(name);
}

/* ---- PNG ----------------------------------------------------------------- */

static void chunk(struct buf *b, const char *type, const void *data, size_t len)
{
    uLong sum = crc32(0, (const Bytef *)type, 4);

    be(b, len, 4);
    add(b, type, 4);
    if (len > 0) {
        add(b, data, len);
        sum = crc32(sum, data, (uInt)len);
    }
    be(b, sum, 4);
}

static void png_head(struct buf *b, uint64_t w, uint64_t h, int bits)
{
    struct buf head = {0};

    add(b, "\x89PNG\r\n\x1A\n", 8);
    be(&head, w, 4);
    be(&head, h, 4);
    be(&head, (uint64_t)bits, 1);
    be(&head, 0, 4); /* grey, deflate, no filter, not interlaced */
    chunk(b, "IHDR", head.p, head.len);
    drop(&head);
}

/* @rows rows of @bytes bytes, white but for a few dots of @seed. */
static void png_rows(struct buf *b, uint64_t rows, size_t bytes, int seed)
{
    z_stream z = {0};
    unsigned char out[65536];
    unsigned char *row = malloc(bytes + 1);
    struct buf data = {0};

    if (!row || deflateInit(&z, 1) != Z_OK)
        die("deflate");
    for (uint64_t y = 0; y <= rows; y++) {
        memset(row, 0xFF, bytes + 1);
        row[0] = 0;
        if (y % 16 == 3)
            row[1 + (size_t)(seed * 7 + (int)y) % bytes] = (unsigned char)seed;
        z.next_in = row;
        z.avail_in = y < rows ? (uInt)bytes + 1 : 0;
        do {
            z.next_out = out;
            z.avail_out = sizeof out;
            (void)deflate(&z, y < rows ? Z_NO_FLUSH : Z_FINISH);
            add(&data, out, sizeof out - z.avail_out);
        } while (z.avail_out == 0);
    }
    (void)deflateEnd(&z);
    chunk(b, "IDAT", data.p, data.len);
    drop(&data);
    free(row);
}

static void png_good(struct buf *b, uint64_t w, uint64_t h, int seed)
{
    png_head(b, w, h, 8);
    png_rows(b, h, (size_t)w, seed);
    chunk(b, "IEND", NULL, 0);
}

static void good(const char *path, int seed)
{
    struct buf b = {0};

    png_good(&b, 120, 90, seed);
    put(path, &b);
}

static void all_png(void)
{
    struct buf b = {0};
    struct buf text = {0};
    static unsigned char zeros[1 << 20];

    folder("png");
    png_head(&b, 0x7FFFFFFF, 0x7FFFFFFF, 8);
    png_rows(&b, 4, 100, 1);
    chunk(&b, "IEND", NULL, 0);
    put("png/claims-2e31.png", &b);
    png_head(&b, 50000, 50000, 1);
    png_rows(&b, 50000, 6250, 1);
    chunk(&b, "IEND", NULL, 0);
    put("png/gigapixel.png", &b);
    png_head(&b, 0, 10, 8);
    chunk(&b, "IEND", NULL, 0);
    put("png/no-width.png", &b);
    /* nine chunks of one MiB each, beyond what may stand beside the picture */
    png_head(&b, 120, 90, 8);
    for (int i = 0; i < 9; i++)
        chunk(&b, "teXt", zeros, sizeof zeros);
    png_rows(&b, 90, 120, 2);
    chunk(&b, "IEND", NULL, 0);
    put("png/text-large.png", &b);
    /* one that unpacks to 512 MiB: never unpacked, the picture is fine */
    add(&text, "Comment\0\0", 9);
    {
        z_stream z = {0};
        unsigned char out[65536];

        (void)deflateInit(&z, 9);
        for (int i = 0; i <= 512; i++) {
            z.next_in = zeros;
            z.avail_in = i < 512 ? sizeof zeros : 0;
            do {
                z.next_out = out;
                z.avail_out = sizeof out;
                (void)deflate(&z, i < 512 ? Z_NO_FLUSH : Z_FINISH);
                add(&text, out, sizeof out - z.avail_out);
            } while (z.avail_out == 0);
        }
        (void)deflateEnd(&z);
    }
    png_head(&b, 120, 90, 8);
    chunk(&b, "zTXt", text.p, text.len);
    png_rows(&b, 90, 120, 3);
    chunk(&b, "IEND", NULL, 0);
    put("png/text-bomb.png", &b);
    drop(&text);
    png_good(&b, 120, 90, 4);
    b.p[b.len - 20] ^= 0x55; /* in IDAT's data or sum */
    put("png/bad-sum.png", &b);
    png_good(&b, 120, 90, 5);
    put_cut("png/cut.png", &b, 30);
    png_good(&b, 9921, 7016, 6);
    put("png/good-a3-600dpi.png", &b);
    good("png/zz-good.png", 7);
}

/* ---- JPEG ---------------------------------------------------------------- */

static void jpeg_good(struct buf *b, bool progressive, int seed)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr err;
    unsigned char row[200 * 3];
    unsigned char *rows[1] = {row};
    unsigned char *out = NULL;
    unsigned long len = 0;

    c.err = jpeg_std_error(&err);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &out, &len);
    c.image_width = 200;
    c.image_height = 160;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    if (progressive)
        jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    for (int y = 0; y < 160; y++) {
        for (int x = 0; x < 600; x++)
            row[x] = (unsigned char)((x * seed + y * 5) & 0xFF);
        (void)jpeg_write_scanlines(&c, rows, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    add(b, out, len);
    free(out);
}

/* The place of the first or last marker @code. */
static size_t marker(const struct buf *b, int code, bool last)
{
    size_t found = 0;

    for (size_t i = 0; i + 1 < b->len; i++)
        if (b->p[i] == 0xFF && b->p[i + 1] == code) {
            found = i;
            if (!last)
                break;
        }
    if (!found)
        die("jpeg: no such marker");
    return found;
}

static void all_jpeg(void)
{
    struct buf b = {0};
    struct buf c = {0};
    size_t at = 0;

    folder("jpeg");
    jpeg_good(&b, false, 3);
    put_cut("jpeg/cut.jpg", &b, b.len / 3);
    jpeg_good(&b, false, 4);
    at = marker(&b, 0xC0, false);
    memset(b.p + at + 5, 0xFF, 4); /* height and width */
    put("jpeg/side-65535.jpg", &b);
    jpeg_good(&b, false, 5);
    at = marker(&b, 0xC0, false);
    add(&c, b.p, at);
    add(&c, "\xFF\xC0", 2);
    be(&c, 8 + 255 * 3, 2);
    add(&c, b.p + at + 4, 5);
    be(&c, 255, 1);
    for (int i = 0; i < 255; i++) {
        be(&c, (uint64_t)i, 1);
        be(&c, 0x11, 1);
        be(&c, 0, 1);
    }
    add(&c, b.p + at + 19, b.len - at - 19);
    put("jpeg/components-255.jpg", &c);
    drop(&b);
    jpeg_good(&b, true, 6);
    at = marker(&b, 0xDA, true); /* the last scan, again and again */
    add(&c, b.p, b.len - 2);
    for (int i = 0; i < 2000; i++)
        add(&c, b.p + at, b.len - 2 - at);
    add(&c, "\xFF\xD9", 2);
    put("jpeg/scans-2000.jpg", &c);
    drop(&b);
    jpeg_good(&b, true, 7);
    put("jpeg/good-progressive.jpg", &b);
    jpeg_good(&b, false, 8);
    add(&b, "SEFT and what phones add", 24);
    put("jpeg/zz-good.jpg", &b);
}

/* ---- TIFF ---------------------------------------------------------------- */

struct tag {
    int tag, type;
    uint64_t count, value;
};

static void directory(struct buf *b, const struct tag *tags, int count, uint64_t next)
{
    le(b, (uint64_t)count, 2);
    for (int i = 0; i < count; i++) {
        le(b, (uint64_t)tags[i].tag, 2);
        le(b, (uint64_t)tags[i].type, 2);
        le(b, tags[i].count, 4);
        le(b, tags[i].value, 4);
    }
    le(b, next, 4);
}

enum { TIFF_W = 64, TIFF_H = 16, TIFF_TAGS = 9, TIFF_DIR = 2 + 12 * TIFF_TAGS + 4 };

/* Grey pages; @bad has its strip past the end; the last one goes on at @loop. */
static void tiff_pages(struct buf *b, int pages, int bad, int samples, uint64_t loop,
                       int seed)
{
    unsigned char row[TIFF_W * TIFF_H];

    memset(row, seed, sizeof row);
    add(b, "II*\0\x08\0\0\0", 8);
    for (int i = 0; i < pages; i++) {
        uint64_t strip = b->len + TIFF_DIR;
        const struct tag tags[TIFF_TAGS] = {
            {256, 3, 1, TIFF_W},
            {257, 3, 1, TIFF_H},
            {258, 3, 1, 8},
            {259, 3, 1, 1},
            {262, 3, 1, 1},
            {273, 4, 1, i == bad ? 0x40000000 : strip},
            {277, 3, 1, (uint64_t)samples},
            {278, 3, 1, TIFF_H},
            {279, 4, 1, sizeof row},
        };

        row[0] = (unsigned char)i;
        directory(b, tags, TIFF_TAGS, i + 1 < pages ? strip + sizeof row : loop);
        add(b, row, sizeof row);
    }
}

static void all_tiff(void)
{
    struct buf b = {0};

    folder("tiff");
    tiff_pages(&b, 1, -1, 1, 8, 1);
    put("tiff/loop.tif", &b);
    tiff_pages(&b, 3, 1, 1, 0, 2);
    put("tiff/bad-page-2.tif", &b);
    tiff_pages(&b, 1, 0, 1, 0, 3);
    put("tiff/strip-past-end.tif", &b);
    tiff_pages(&b, 1, -1, 65529, 0, 4);
    put("tiff/samples-65529.tif", &b);
    add(&b, "II*\0\x08\0\0\0", 8);
    for (int i = 0; i < 70000; i++) {
        const struct tag tags[2] = {{256, 3, 1, 8}, {257, 3, 1, 8}};

        directory(&b, tags, 2, i + 1 < 70000 ? b.len + 30 : 0);
    }
    put("tiff/pages-70000.tif", &b);
    tiff_pages(&b, 2, -1, 1, 0x7FFFFFF0, 5);
    put_cut("tiff/directory-past-end.tif", &b, 1);
    tiff_pages(&b, 3, -1, 1, 0, 6);
    put("tiff/zz-good.tif", &b);
}

/* ---- PDF ----------------------------------------------------------------- */

struct pdf {
    struct buf b;
    size_t at[64];
    int objects;
};

static void pdf_object(struct pdf *p, const char *body)
{
    p->at[++p->objects] = p->b.len;
    addf(&p->b, "%d 0 obj\n%s\nendobj\n", p->objects, body);
}

static void pdf_stream(struct pdf *p, const char *dict, const void *data, size_t len)
{
    p->at[++p->objects] = p->b.len;
    addf(&p->b, "%d 0 obj\n<< %s /Length %zu >>\nstream\n", p->objects, dict, len);
    add(&p->b, data, len);
    addf(&p->b, "\nendstream\nendobj\n");
}

static void pdf_end(struct pdf *p, const char *path, const char *trailer, size_t cut)
{
    size_t at = p->b.len;

    addf(&p->b, "xref\n0 %d\n0000000000 65535 f \n", p->objects + 1);
    for (int i = 1; i <= p->objects; i++)
        addf(&p->b, "%010zu 00000 n \n", p->at[i]);
    addf(&p->b, "trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%zu\n%%%%EOF\n",
         p->objects + 1, trailer, at);
    put_cut(path, &p->b, cut);
}

/* One page with these parts. */
static void pdf_one(const char *path, const char *root, const char *count,
                    const char *box, const char *resources, const char *trailer)
{
    struct pdf p = {0};
    char text[1024];
    static const char DRAW[] = "0 0 0 rg 10 10 40 40 re f";

    addf(&p.b, "%%PDF-1.4\n");
    (void)snprintf(text, sizeof text, "<< /Type /Catalog /Pages 2 0 R %s >>", root);
    pdf_object(&p, text);
    (void)snprintf(text, sizeof text, "<< /Type /Pages /Count %s /Kids [ 3 0 R ] >>",
                   count);
    pdf_object(&p, text);
    (void)snprintf(text, sizeof text,
                   "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 %s ] /Contents 4 0 R "
                   "/Resources << %s >> >>",
                   box, resources);
    pdf_object(&p, text);
    pdf_stream(&p, "", DRAW, sizeof DRAW - 1);
    pdf_end(&p, path, trailer, 0);
}

static void pdf_forms(const char *path)
{
    struct pdf p = {0};
    char text[256];
    static const char TEN[] =
        "/F Do /F Do /F Do /F Do /F Do /F Do /F Do /F Do /F Do /F Do";

    addf(&p.b, "%%PDF-1.4\n");
    pdf_object(&p, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_object(&p, "<< /Type /Pages /Count 1 /Kids [ 3 0 R ] >>");
    pdf_object(&p,
               "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 300 300 ] /Contents 4 0 "
               "R /Resources << /XObject << /F 5 0 R >> >> >>");
    pdf_stream(&p, "", TEN, sizeof TEN - 1);
    for (int i = 0; i < 9; i++) {
        (void)snprintf(text, sizeof text,
                       "/Type /XObject /Subtype /Form /BBox [ 0 0 300 300 ] /Resources "
                       "<< /XObject << /F %d 0 R >> >>",
                       6 + i);
        pdf_stream(&p, text, TEN, sizeof TEN - 1);
    }
    pdf_stream(&p, "/Type /XObject /Subtype /Form /BBox [ 0 0 300 300 ]",
               "1 1 50 50 re f 2 2 50 50 re f", 29);
    pdf_end(&p, path, "", 0);
}

/* Deflated twice: 8 GiB of drawing in a few kilobytes. */
static void pdf_flate(const char *path)
{
    static unsigned char text[1 << 20];
    struct buf once = {0};
    struct buf twice = {0};
    unsigned char out[65536];
    struct pdf p = {0};
    z_stream z = {0};
    uLongf len = 0;

    for (size_t i = 0; i + 16 <= sizeof text; i += 16)
        memcpy(text + i, "1 1 50 50 re f  ", 16);
    (void)deflateInit(&z, 9);
    for (int i = 0; i <= 2; i++) {
        struct buf block = {0};

        z.next_in = text;
        z.avail_in = i < 2 ? sizeof text : 0;
        do {
            z.next_out = out;
            z.avail_out = sizeof out;
            (void)deflate(&z, i < 2 ? Z_FULL_FLUSH : Z_FINISH);
            add(&block, out, sizeof out - z.avail_out);
        } while (z.avail_out == 0);
        /* Blocks after a full flush stand alone: the second one 8,192 times. (The sum
         * at the end is wrong: it is never reached.) */
        for (int k = 0; k < (i == 1 ? 8192 : 1); k++)
            add(&once, block.p, block.len);
        drop(&block);
    }
    (void)deflateEnd(&z);
    len = compressBound(once.len);
    twice.p = malloc(len);
    if (!twice.p || compress2(twice.p, &len, once.p, once.len, 9) != Z_OK)
        die("compress");
    addf(&p.b, "%%PDF-1.4\n");
    pdf_object(&p, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_object(&p, "<< /Type /Pages /Count 1 /Kids [ 3 0 R ] >>");
    pdf_object(&p,
               "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 300 300 ] /Contents 4 0 "
               "R /Resources << >> >>");
    pdf_stream(&p, "/Filter [ /FlateDecode /FlateDecode ]", twice.p, len);
    pdf_end(&p, path, "", 0);
    drop(&once);
    drop(&twice);
}

static void all_pdf(void)
{
    struct pdf cut = {0};

    folder("pdf");
    pdf_one("pdf/count-1e10.pdf", "", "10000000000", "300 300", "", "");
    pdf_one("pdf/page-200km.pdf", "", "1", "567000000 567000000", "", "");
    pdf_one("pdf/encrypted.pdf", "", "1", "300 300", "",
            "/ID [ <00> <00> ] /Encrypt << /Filter /Standard /V 1 /R 2 /P -1 /O "
            "<000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f> /U "
            "<000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f> >>");
    pdf_one("pdf/launch.pdf",
            "/OpenAction << /S /Launch /F (/bin/touch) /Unix << /F (/bin/touch) /P "
            "(LAUNCHED) >> >>",
            "1", "300 300", "", "");
    pdf_one("pdf/javascript.pdf",
            "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>", "1", "301 300",
            "", "");
    pdf_one("pdf/outside-file.pdf", "", "1", "302 300",
            "/XObject << /X << /Type /XObject /Subtype /Form /Ref << /F (/etc/passwd) "
            "/Page 0 >> >> >>",
            "");
    pdf_forms("pdf/forms-1e10.pdf");
    pdf_flate("pdf/flate-twice.pdf");
    addf(&cut.b, "%%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n");
    put_cut("pdf/cut.pdf", &cut.b, 10);
    save("pdf/only-a-head.pdf", "%PDF-1.7\n%%EOF\n", 15);
    pdf_one("pdf/zz-good.pdf", "", "1", "595 842", "", "");
}

/* ---- archives ------------------------------------------------------------ */

struct part {
    const char *name;
    int seed;         /* of a good picture, 0: none */
    mode_t type;      /* 0: a file */
    const char *link; /* target; a file's: hard link */
    size_t zeros;     /* content instead */
    const char *text; /* content instead */
};

static void must(struct archive *a, int rc)
{
    if (rc != ARCHIVE_OK) {
        (void)fprintf(stderr, "libarchive: %s\n", archive_error_string(a));
        exit(1);
    }
}

static void write_zeros(struct archive *a, size_t len)
{
    static const char ZEROS[65536];

    while (len > 0) {
        size_t n = len < sizeof ZEROS ? len : sizeof ZEROS;

        if (archive_write_data(a, ZEROS, n) != (la_ssize_t)n)
            must(a, ARCHIVE_FATAL);
        len -= n;
    }
}

static void pack(const char *path, bool zip, const char *options,
                 const struct part *parts, size_t count)
{
    struct archive *a = archive_write_new();

    must(a, zip ? archive_write_set_format_zip(a) : archive_write_set_format_gnutar(a));
    if (options)
        must(a, archive_write_set_options(a, options));
    if (options && strstr(options, "encryption"))
        must(a, archive_write_set_passphrase(a, "secret"));
    must(a, archive_write_open_filename(a, path));
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        struct buf b = {0};

        if (parts[i].seed > 0)
            png_good(&b, 100, 80, parts[i].seed);
        else if (parts[i].text)
            add(&b, parts[i].text, strlen(parts[i].text));
        archive_entry_set_pathname(entry, parts[i].name);
        archive_entry_set_filetype(entry, parts[i].type ? parts[i].type : AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_mtime(entry, 1700000000, 0);
        archive_entry_set_size(entry, (la_int64_t)(b.len + parts[i].zeros));
        if (parts[i].type == AE_IFLNK)
            archive_entry_set_symlink(entry, parts[i].link);
        else if (parts[i].link)
            archive_entry_set_hardlink(entry, parts[i].link);
        must(a, archive_write_header(a, entry));
        if (b.len > 0 && archive_write_data(a, b.p, b.len) != (la_ssize_t)b.len)
            must(a, ARCHIVE_FATAL);
        write_zeros(a, parts[i].zeros);
        archive_entry_free(entry);
        drop(&b);
    }
    must(a, archive_write_close(a));
    must(a, archive_write_free(a));
}

#define PACK(path, zip, options, ...)                                                  \
    pack(path, zip, options, (const struct part[]){__VA_ARGS__},                       \
         sizeof((const struct part[]){__VA_ARGS__}) / sizeof(struct part))

static void append(const char *path, struct buf *b)
{
    FILE *f = fopen(path, "rb");
    unsigned char piece[4096];
    size_t n = 0;

    if (!f)
        die(path);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        add(b, piece, n);
    (void)fclose(f);
}

static void all_archives(void)
{
    static char longest[300];
    struct buf b = {0};

    folder("archive");
    PACK("archive/slip.zip", true, NULL, {.name = "../../slip.png", .seed = 20},
         {.name = "in/../../slip.png", .seed = 20}, {.name = "good.png", .seed = 21});
    PACK("archive/absolute.tar", false, NULL, {.name = "/tmp/absolute.png", .seed = 22},
         {.name = "C:/absolute.png", .seed = 22},
         {.name = "..\\..\\win.png", .seed = 22}, {.name = "good.png", .seed = 23});
    PACK("archive/links.tar", false, NULL,
         {.name = "passwd.png", .type = AE_IFLNK, .link = "/etc/passwd"},
         {.name = "first.png", .seed = 24}, {.name = "hard.png", .link = "first.png"},
         {.name = "null.png", .type = AE_IFCHR}, {.name = "disk.png", .type = AE_IFBLK},
         {.name = "pipe.png", .type = AE_IFIFO}, {.name = "good.png", .seed = 25});
    PACK("archive/bomb.zip", true, NULL, {.name = "good.png", .seed = 26},
         {.name = "zeros.png", .zeros = (size_t)300 << 20},
         {.name = "never.png", .seed = 27});
    PACK("archive/encrypted.zip", true, "zip:encryption=zipcrypt",
         {.name = "secret.png", .seed = 28});
    PACK("archive/aes.zip", true, "zip:encryption=aes256",
         {.name = "secret.png", .seed = 29});
    memset(longest, 'n', 256);
    memcpy(longest + 256, ".png", 5);
    PACK("archive/names.tar", false, NULL, {.name = longest, .seed = 30},
         {.name = "1/2/3/4/5/6/7/8/deep.png", .seed = 30},
         {.name = "new\nline \033[2J.png", .seed = 31}, {.name = "-rf", .seed = 32},
         {.name = ".hidden.png", .seed = 33}, {.name = "__MACOSX/._a.png", .seed = 33},
         {.name = "a/Thumbs.db", .text = "x"},
         {.name = "ảnh chụp/số 1.png", .seed = 34});
    PACK("archive/duplicates.zip", true, NULL, {.name = "a.png", .seed = 35},
         {.name = "a.png", .seed = 35}, {.name = "a.png", .seed = 36});
    PACK("archive/kinds.zip", true, NULL, {.name = "note.txt", .text = "a note"},
         {.name = "empty.png"}, {.name = "good.png", .seed = 37});
    PACK("archive/none.zip", true, NULL, {.name = "folder/", .type = AE_IFDIR});
    append("archive/kinds.zip", &b);
    {
        struct archive *a = archive_write_new();
        struct archive_entry *entry = archive_entry_new();

        must(a, archive_write_set_format_zip(a));
        must(a, archive_write_open_filename(a, "archive/nested.zip"));
        archive_entry_set_pathname(entry, "inner.zip");
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_mtime(entry, 1700000000, 0);
        archive_entry_set_size(entry, (la_int64_t)b.len);
        must(a, archive_write_header(a, entry));
        if (archive_write_data(a, b.p, b.len) != (la_ssize_t)b.len)
            must(a, ARCHIVE_FATAL);
        archive_entry_free(entry);
        must(a, archive_write_close(a));
        must(a, archive_write_free(a));
    }
    put_cut("archive/cut.zip", &b, 40);
    {
        struct archive *a = archive_write_new();

        must(a, archive_write_set_format_ustar(a));
        must(a, archive_write_open_filename(a, "archive/many.tar"));
        for (int i = 0; i < 20001; i++) {
            struct archive_entry *entry = archive_entry_new();
            char name[32];

            (void)snprintf(name, sizeof name, "folder%05d/", i);
            archive_entry_set_pathname(entry, name);
            archive_entry_set_filetype(entry, AE_IFDIR);
            archive_entry_set_perm(entry, 0755);
            must(a, archive_write_header(a, entry));
            archive_entry_free(entry);
        }
        must(a, archive_write_close(a));
        must(a, archive_write_free(a));
    }
    save("archive/broken.7z", "7z\xBC\xAF\x27\x1C\0\4 and nothing", 20);
    save("archive/some.rar", "Rar!\x1A\x07\x01\0 and nothing", 20);
    save("archive/some.gz", "\x1F\x8B\x08\0\0\0\0\0\0\3 and nothing", 22);
    PACK("archive/zz-good.tar", false, NULL, {.name = "good.png", .seed = 38});
}

/* ---- other kinds, names, things that are no files ------------------------ */

static void all_kinds(void)
{
    /* Complete by their boxes, with nothing in them. */
    static const char HEIC[] = "\0\0\0\x18"
                               "ftypheic\0\0\0\0mif1heic"
                               "\0\0\0\x0Cmeta\0\0\0\0\0\0\0\x08mdat";
    static const char JP2[] = "\0\0\0\x0CjP  \r\n\x87\n\0\0\0\x10"
                              "ftypjp2 \0\0\0\0\0\0\0\x08jp2h\0\0\0\x08jp2c";
    static const char AVIF[] = "\0\0\0\x18"
                               "ftypavif\0\0\0\0mif1avif";
    /* 30000 × 30000 pixels in 70 bytes. */
    static const char HUGE_J2K[] =
        "\xFF\x4F\xFF\x51\0\x29\0\0\0\0\x75\x30\0\0\x75\x30\0\0\0\0\0\0\0\0"
        "\0\0\x75\x30\0\0\x75\x30\0\0\0\0\0\0\0\0\0\1\7\1\1"
        "\xFF\x52\0\x0C\0\0\0\1\0\5\4\4\0\1"
        "\xFF\x90\0\x0A\0\0\0\0\0\0\0\1\xFF\xD9";
    static const char BMP[] =
        "BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\2\0\0\0\2\0\0\0\1\0\x18\0";
    static const char WEBP[] = "RIFF\x24\0\0\0WEBPVP8 ";

    folder("kind");
    save("kind/photo.heic", HEIC, sizeof HEIC - 1);
    save("kind/photo.avif", AVIF, sizeof AVIF - 1);
    save("kind/scan.jp2", JP2, sizeof JP2 - 1);
    save("kind/huge.j2k", HUGE_J2K, sizeof HUGE_J2K - 1);
    save("kind/scan.bmp", BMP, sizeof BMP - 1);
    save("kind/scan.webp", WEBP, sizeof WEBP - 1);
    save("kind/scan.gif", "GIF89a\1\0\1\0\0\0\0;", 14);
    save("kind/book.djvu", "AT&TFORM\0\0\0\4DJVU", 16);
    save("kind/letter.doc", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 old word", 17);
    save("kind/letter.rtf", "{\\rtf1 text}", 12);
    save("kind/program.exe", "MZ\x90\0 nothing", 12);
    save("kind/text.pdf", "Only text, whatever it is called.", 33);
    PACK("kind/letter.docx", true, NULL,
         {.name = "[Content_Types].xml", .text = "<x/>"},
         {.name = "word/document.xml", .text = "<x/>"});
    PACK("kind/sheet.xlsx", true, NULL, {.name = "docProps/app.xml", .text = "<x/>"},
         {.name = "xl/workbook.xml", .text = "<x/>"});
    PACK("kind/letter.odt", true, "zip:compression=store",
         {.name = "mimetype", .text = "application/vnd.oasis.opendocument.text"},
         {.name = "content.xml", .text = "<x/>"});
    good("kind/really-png.pdf", 40);
}

static void all_names(void)
{
    static const char *const NAMES[] = {
        "-rf",
        "new\nline.png",
        "escape\033[2J\033]0;x\007.png",
        "bad\377\376utf8.png",
        "\303\251-nfc.png",
        "e\314\201-nfc.png",
        "Case.png",
        "case.png",
        "right\342\200\256gnp.exe.png",
        " space .png",
        "$(touch LAUNCHED);`id`'\".png",
        "%s%n%p.png",
        "<img src=x onerror=alert(1)>.png",
        "=cmd|' !A0'.png",
    };
    char longest[256];
    char path[300];

    folder("name");
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        (void)snprintf(path, sizeof path, "name/%s", NAMES[i]);
        good(path, 50 + (int)i);
    }
    memset(longest, 'n', 255);
    longest[255] = '\0';
    (void)snprintf(path, sizeof path, "name/%s", longest);
    good(path, 49);
    good("name/.hidden.png", 48);
}

static void all_special(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "special/socket"};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);

    folder("special");
    if (symlink("../png/zz-good.png", "special/link.png") < 0 ||
        symlink("..", "special/link-up") < 0 ||
        symlink("gone", "special/link-gone") < 0 || mkfifo("special/fifo", 0644) < 0 ||
        s < 0 || bind(s, (struct sockaddr *)&at, sizeof at) < 0)
        die("special");
    save("special/empty.png", "", 0);
    save("special/sparse.png", "\x89PNG\r\n\x1A\n", 8);
    if (truncate("special/sparse.png", (off_t)20 << 30) < 0)
        die("special/sparse.png");
    /* Only where it can be: as root a device, else a file that may not be read. */
    if (geteuid() == 0 &&
        mknod("special/device", S_IFCHR | 0644, (dev_t)(1 << 8 | 5)) < 0 &&
        errno != EPERM)
        die("special/device");
    if (geteuid() != 0) {
        good("special/mode-000.png", 47);
        if (chmod("special/mode-000.png", 0) < 0)
            die("special/mode-000.png");
    }
    good("special/zz-good.png", 46);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "make-hostile DIR\n");
        return 2;
    }
    folder(argv[1]);
    if (chdir(argv[1]) < 0)
        die(argv[1]);
    (void)umask(022);
    all_png();
    all_jpeg();
    all_tiff();
    all_pdf();
    all_archives();
    all_kinds();
    all_names();
    all_special();
    return 0;
}
