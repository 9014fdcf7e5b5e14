/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/qr.h"

#include <dlfcn.h>
#include <string.h>

#include <allheaders.h>
#include <zbar.h>

#include "node/base/err.h"
#include "node/base/mem.h"

#define LIBRARY   "libzbar.so.0"
#define SIDE_MIN  100
#define BYTES_MAX ((size_t)256 << 20)

/* What is called of it. The names of the members are those of the functions. */
struct qr {
    void *library;
    zbar_image_scanner_t *scanner;
    zbar_image_scanner_t *(*image_scanner_create)(void);
    void (*image_scanner_destroy)(zbar_image_scanner_t *);
    int (*image_scanner_set_config)(zbar_image_scanner_t *, zbar_symbol_type_t,
                                    zbar_config_t, int);
    int (*image_scanner_request_dbus)(zbar_image_scanner_t *, int);
    int (*scan_image)(zbar_image_scanner_t *, zbar_image_t *);
    zbar_image_t *(*image_create)(void);
    void (*image_destroy)(zbar_image_t *);
    void (*image_set_format)(zbar_image_t *, unsigned long);
    void (*image_set_size)(zbar_image_t *, unsigned, unsigned);
    void (*image_set_data)(zbar_image_t *, const void *, unsigned long,
                           zbar_image_cleanup_handler_t *);
    const zbar_symbol_t *(*image_first_symbol)(const zbar_image_t *);
    const zbar_symbol_t *(*symbol_next)(const zbar_symbol_t *);
    const char *(*symbol_get_data)(const zbar_symbol_t *);
    unsigned (*symbol_get_data_length)(const zbar_symbol_t *);
};

/* A function behind a name. POSIX lets an object pointer carry it. */
static bool bind(const struct qr *q, const char *name, void *member)
{
    void *found = dlsym(q->library, name);

    memcpy(member, &found, sizeof found);
    return found != NULL;
}

static bool bind_all(struct qr *q)
{
    return bind(q, "zbar_image_scanner_create", &q->image_scanner_create) &&
           bind(q, "zbar_image_scanner_destroy", &q->image_scanner_destroy) &&
           bind(q, "zbar_image_scanner_set_config", &q->image_scanner_set_config) &&
           bind(q, "zbar_image_scanner_request_dbus", &q->image_scanner_request_dbus) &&
           bind(q, "zbar_scan_image", &q->scan_image) &&
           bind(q, "zbar_image_create", &q->image_create) &&
           bind(q, "zbar_image_destroy", &q->image_destroy) &&
           bind(q, "zbar_image_set_format", &q->image_set_format) &&
           bind(q, "zbar_image_set_size", &q->image_set_size) &&
           bind(q, "zbar_image_set_data", &q->image_set_data) &&
           bind(q, "zbar_image_first_symbol", &q->image_first_symbol) &&
           bind(q, "zbar_symbol_next", &q->symbol_next) &&
           bind(q, "zbar_symbol_get_data", &q->symbol_get_data) &&
           bind(q, "zbar_symbol_get_data_length", &q->symbol_get_data_length);
}

struct qr *qr_open(void)
{
    struct qr *q = mem_new(1, sizeof *q);

    q->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (q->library && bind_all(q))
        q->scanner = q->image_scanner_create();
    if (!q->scanner) {
        qr_close(q);
        return NULL;
    }
    (void)q->image_scanner_request_dbus(q->scanner, 0);
    (void)q->image_scanner_set_config(q->scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    (void)q->image_scanner_set_config(q->scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    return q;
}

void qr_close(struct qr *q)
{
    if (!q)
        return;
    if (q->scanner)
        q->image_scanner_destroy(q->scanner);
    if (q->library)
        (void)dlclose(q->library);
    mem_free(q);
}

void qr_auto(struct qr **q)
{
    qr_close(*q);
}

/* Rows without padding, as the library wants them. */
static unsigned char *rows_of(struct Pix *grey, unsigned *w, unsigned *h)
{
    struct err ignored = ERR_INIT; /* too large a picture has no slip on it */
    unsigned char *all = NULL;
    int width = pixGetWidth(grey);
    int height = pixGetHeight(grey);

    all = mem_try((size_t)width, (size_t)height, BYTES_MAX, &ignored);
    if (!all)
        return NULL;
    for (int y = 0; y < height; y++) {
        l_uint32 *line = pixGetData(grey) + (size_t)y * (size_t)pixGetWpl(grey);

        for (int x = 0; x < width; x++)
            all[(size_t)y * (size_t)width + (size_t)x] =
                (unsigned char)GET_DATA_BYTE(line, x);
    }
    *w = (unsigned)width;
    *h = (unsigned)height;
    return all;
}

static bool take_text(const struct qr *q, const zbar_image_t *image, const char *prefix,
                      char out[QR_TEXT_MAX])
{
    for (const zbar_symbol_t *s = q->image_first_symbol(image); s;
         s = q->symbol_next(s)) {
        unsigned len = q->symbol_get_data_length(s);
        const char *text = q->symbol_get_data(s);

        if (len >= QR_TEXT_MAX || len < strlen(prefix) ||
            memcmp(text, prefix, strlen(prefix)) != 0 || memchr(text, 0, len))
            continue;
        memcpy(out, text, len);
        out[len] = '\0';
        return true;
    }
    return false;
}

static bool look(struct qr *q, struct Pix *grey, const char *prefix,
                 char out[QR_TEXT_MAX])
{
    zbar_image_t *image = NULL;
    unsigned w = 0;
    unsigned h = 0;
    AUTO_MEM unsigned char *rows = rows_of(grey, &w, &h);
    bool found = false;

    if (!rows)
        return false;
    image = q->image_create();
    q->image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
    q->image_set_size(image, w, h);
    q->image_set_data(image, rows, (unsigned long)w * h, NULL);
    found = q->scan_image(q->scanner, image) > 0 && take_text(q, image, prefix, out);
    q->image_destroy(image);
    return found;
}

bool qr_find(struct qr *q, struct Pix *grey, const char *prefix, char out[QR_TEXT_MAX])
{
    struct Pix *half = NULL;
    struct Pix *soft = NULL;
    bool found = false;

    out[0] = '\0';
    if (!q || pixGetDepth(grey) != 8 || pixGetWidth(grey) < SIDE_MIN ||
        pixGetHeight(grey) < SIDE_MIN)
        return false;
    if (pixGetWidth(grey) > QR_WIDTH_MAX)
        half = pixScaleAreaMap2(grey);
    found = look(q, half ? half : grey, prefix, out);
    if (!found) {
        /* Specks hide the edges of the cells: once more without them. */
        soft = pixBlockconv(half ? half : grey, 1, 1);
        found = soft && look(q, soft, prefix, out);
    }
    pixDestroy(&soft);
    pixDestroy(&half);
    return found;
}
