/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/pdf_in.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <qpdf/qpdf-c.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/sandbox.h"
#include "node/base/str.h"
#include "ocr/image.h"
#include "ocr/pdf_content.h"

#define SMALL_MAX   ((size_t)4096)
#define FILES       16
#define BOX_SLIP    0.015
#define BOX_MAX     14400.0 /* points: 200 inches, as far as PDF 1.7 goes (annex C) */
#define SIDE_MAX    32767
#define FLAG_HIDDEN 2
#define FLAG_NOVIEW 32
#define FACTS_MAX   512

enum in_msg { MSG_FILE = 1, MSG_DATA, MSG_DONE, MSG_FAIL };

struct open_pdf {
    qpdf_data q;
};

static void open_pdf_auto(struct open_pdf *o)
{
    if (qpdf_has_error(o->q))
        (void)qpdf_get_error(o->q); /* one that was not looked at would be printed */
    qpdf_cleanup(&o->q);
}

/* ---- looking -------------------------------------------------------------------- */

struct page_facts {
    qpdf_data q;
    qpdf_oh page;
    double box[4];
    struct pdf_in *out;
};

static bool refuse(struct page_facts *f, const char *reason)
{
    (void)snprintf(f->out->reason, sizeof f->out->reason, "%s", reason);
    return false;
}

static qpdf_oh key(struct page_facts *f, qpdf_oh dict, const char *name)
{
    return qpdf_oh_get_key_if_dict(f->q, dict, name);
}

static bool absent(struct page_facts *f, qpdf_oh dict, const char *name)
{
    return qpdf_oh_is_null(f->q, key(f, dict, name));
}

static bool read_box(struct page_facts *f, qpdf_oh array, double out[4])
{
    double v[4];

    if (!qpdf_oh_is_array(f->q, array) || qpdf_oh_get_array_n_items(f->q, array) != 4)
        return false;
    for (int i = 0; i < 4; i++)
        if (!qpdf_oh_get_value_as_number(f->q, qpdf_oh_get_array_item(f->q, array, i),
                                         &v[i]))
            return false;
    out[0] = fmin(v[0], v[2]);
    out[1] = fmin(v[1], v[3]);
    out[2] = fmax(v[0], v[2]);
    out[3] = fmax(v[1], v[3]);
    return out[2] - out[0] >= 1 && out[3] - out[1] >= 1 && out[2] - out[0] <= BOX_MAX &&
           out[3] - out[1] <= BOX_MAX;
}

static bool look_at_boxes(struct page_facts *f)
{
    double crop[4];
    int turn = 0;

    if (!read_box(f, key(f, f->page, "/MediaBox"), f->box))
        return refuse(f, "box");
    if (!absent(f, f->page, "/CropBox")) {
        if (!read_box(f, key(f, f->page, "/CropBox"), crop))
            return refuse(f, "box");
        for (int i = 0; i < 4; i++)
            if (fabs(crop[i] - f->box[i]) > 1)
                return refuse(f, "cropped");
    }
    if (!absent(f, f->page, "/UserUnit"))
        return refuse(f, "unit");
    if (qpdf_oh_get_value_as_int(f->q, key(f, f->page, "/Rotate"), &turn) &&
        turn % 360 != 0)
        return refuse(f, "turned");
    return true;
}

/* An annotation that has an appearance and is not hidden is part of what is seen: the
 * stamp of a digital signature, above all. */
static bool look_at_annotations(struct page_facts *f)
{
    qpdf_oh list = key(f, f->page, "/Annots");

    if (!qpdf_oh_is_array(f->q, list))
        return true;
    for (int i = 0; i < qpdf_oh_get_array_n_items(f->q, list); i++) {
        qpdf_oh one = qpdf_oh_get_array_item(f->q, list, i);
        int flags = 0;

        (void)qpdf_oh_get_value_as_int(f->q, key(f, one, "/F"), &flags);
        if (!absent(f, one, "/AP") && !(flags & (FLAG_HIDDEN | FLAG_NOVIEW)))
            return refuse(f, "annotation");
    }
    return true;
}

static bool look_at_content(struct page_facts *f, struct pdf_content *content)
{
    unsigned char *data = NULL;
    size_t len = 0;
    bool good = false;

    if (qpdf_oh_get_page_content_data(f->q, f->page, &data, &len) & QPDF_ERRORS ||
        !data)
        return refuse(f, "content");
    good = len <= PDF_IN_CONTENT_MAX
               ? pdf_content_read((const char *)data, len, f->box, content)
               : false;
    free(data); /* the library allocated it */
    if (!good)
        return refuse(f, content->reason && content->reason[0] ? content->reason
                                                               : "content");
    return true;
}

static bool covers(struct page_facts *f, const double m[6])
{
    double w = f->box[2] - f->box[0], h = f->box[3] - f->box[1];

    if (m[1] != 0 || m[2] != 0 || !(m[0] > 0) || !(m[3] > 0))
        return refuse(f, "turned");
    if (fabs(m[0] - w) > w * BOX_SLIP || fabs(m[3] - h) > h * BOX_SLIP ||
        fabs(m[4] - f->box[0]) > w * BOX_SLIP || fabs(m[5] - f->box[1]) > h * BOX_SLIP)
        return refuse(f, "not-whole");
    f->out->width_pt = m[0];
    f->out->height_pt = m[3];
    return true;
}

/* ---- the picture ---------------------------------------------------------------- */

struct picture {
    qpdf_oh stream, dict;
    int width, height, bits;
    bool fax, black_is_1, jpx;
};

/* One filter, by name or as the only one of a list; its parameters likewise. */
static bool read_filter(struct page_facts *f, struct picture *p)
{
    qpdf_oh filter = key(f, p->dict, "/Filter");
    qpdf_oh parms = key(f, p->dict, "/DecodeParms");
    int k = 0, columns = 1728, rows = 0;
    QPDF_BOOL flag = QPDF_FALSE;

    if (qpdf_oh_is_array(f->q, filter)) {
        if (qpdf_oh_get_array_n_items(f->q, filter) != 1)
            return refuse(f, "filter");
        filter = qpdf_oh_get_array_item(f->q, filter, 0);
    }
    if (qpdf_oh_is_array(f->q, parms))
        parms = qpdf_oh_get_array_n_items(f->q, parms) > 0
                    ? qpdf_oh_get_array_item(f->q, parms, 0)
                    : qpdf_oh_new_null(f->q);
    if (qpdf_oh_is_name_and_equals(f->q, filter, "/DCTDecode"))
        return qpdf_oh_is_null(f->q, parms) ? true : refuse(f, "filter");
    p->jpx = qpdf_oh_is_name_and_equals(f->q, filter, "/JPXDecode");
    if (p->jpx)
        return qpdf_oh_is_null(f->q, parms) ? true : refuse(f, "filter");
    if (!qpdf_oh_is_name_and_equals(f->q, filter, "/CCITTFaxDecode"))
        return refuse(f, "filter");
    p->fax = true;
    (void)qpdf_oh_get_value_as_int(f->q, key(f, parms, "/K"), &k);
    (void)qpdf_oh_get_value_as_int(f->q, key(f, parms, "/Columns"), &columns);
    (void)qpdf_oh_get_value_as_int(f->q, key(f, parms, "/Rows"), &rows);
    if (qpdf_oh_get_value_as_bool(f->q, key(f, parms, "/EncodedByteAlign"), &flag) &&
        flag)
        return refuse(f, "filter");
    flag = QPDF_FALSE;
    (void)qpdf_oh_get_value_as_bool(f->q, key(f, parms, "/BlackIs1"), &flag);
    p->black_is_1 = flag;
    if (k >= 0 || columns != p->width || (rows != 0 && rows != p->height))
        return refuse(f, "filter");
    return true;
}

static bool plain_colors(struct page_facts *f, const struct picture *p)
{
    qpdf_oh space = key(f, p->dict, "/ColorSpace");
    int n = 0;

    if (p->jpx && qpdf_oh_is_null(f->q, space))
        return true; /* as its own boxes say */
    if (qpdf_oh_is_name_and_equals(f->q, space, "/DeviceGray") ||
        (!p->fax && qpdf_oh_is_name_and_equals(f->q, space, "/DeviceRGB")))
        return true;
    if (!qpdf_oh_is_array(f->q, space))
        return refuse(f, "colours");
    if (!qpdf_oh_is_name_and_equals(f->q, qpdf_oh_get_array_item(f->q, space, 0),
                                    "/ICCBased"))
        return refuse(f, "colours");
    (void)qpdf_oh_get_value_as_int(
        f->q,
        key(f, qpdf_oh_get_dict(f->q, qpdf_oh_get_array_item(f->q, space, 1)), "/N"),
        &n);
    return n == 1 || (n == 3 && !p->fax) ? true : refuse(f, "colours");
}

/* JPEG 2000 says much itself, and the page is drawn when that is anything but plain:
 * only grey and three colours of 8 bits, of the size that the page says. */
static bool plain_jpx(struct page_facts *f, const struct picture *p,
                      const struct str *bytes)
{
    AUTO_IMAGE struct image *im = NULL;
    struct image_page page = {0};
    struct err ignored = ERR_INIT; /* drawing finds out what is wrong with it */

    if (image_open_mem(bytes->p, bytes->len, IMAGE_JP2, &im, &ignored) < 0 ||
        image_page_get(im, 0, &page, &ignored) < 0)
        return refuse(f, "picture");
    if (page.width_px != p->width || page.height_px != p->height ||
        (page.samples != 1 && page.samples != 3) || page.bits != 8)
        return refuse(f, "colours");
    return true;
}

/* A graphics state that changes nothing that is seen of a picture: no transparency, no
 * mask, no other transfer of levels. */
static bool plain_state(struct page_facts *f, const char *name)
{
    static const char *const NOTHING[] = {"/Type", "/LW", "/LC",  "/LJ", "/ML",
                                          "/D",    "/RI", "/OP",  "/op", "/OPM",
                                          "/SA",   "/FL", "/AIS", "/TK", "/SM"};
    qpdf_oh dict = key(f, key(f, key(f, f->page, "/Resources"), "/ExtGState"), name);
    const char *k = NULL;

    if (!qpdf_oh_is_dictionary(f->q, dict))
        return refuse(f, "state");
    qpdf_oh_begin_dict_key_iter(f->q, dict);
    while (qpdf_oh_dict_more_keys(f->q) && (k = qpdf_oh_dict_next_key(f->q)) != NULL) {
        qpdf_oh value = key(f, dict, k);
        bool plain = false;
        double v = 0;

        for (size_t i = 0; i < ARRAY_LEN(NOTHING); i++)
            plain = plain || strcmp(k, NOTHING[i]) == 0;
        if (strcmp(k, "/CA") == 0 || strcmp(k, "/ca") == 0)
            plain = qpdf_oh_get_value_as_number(f->q, value, &v) && v == 1;
        else if (strcmp(k, "/BM") == 0)
            plain = qpdf_oh_is_name_and_equals(f->q, value, "/Normal");
        else if (strcmp(k, "/SMask") == 0)
            plain = qpdf_oh_is_name_and_equals(f->q, value, "/None");
        if (!plain)
            return refuse(f, "state");
    }
    return true;
}

static bool plain_states(struct page_facts *f, const struct pdf_content *content)
{
    for (size_t i = 0; i < content->state_count; i++)
        if (!plain_state(f, content->states[i]))
            return false;
    return true;
}

static bool find_picture(struct page_facts *f, const char *name, struct picture *p)
{
    qpdf_oh resources = key(f, f->page, "/Resources");

    p->stream = key(f, key(f, resources, "/XObject"), name);
    if (!qpdf_oh_is_stream(f->q, p->stream))
        return refuse(f, "picture");
    p->dict = qpdf_oh_get_dict(f->q, p->stream);
    if (!qpdf_oh_is_name_and_equals(f->q, key(f, p->dict, "/Subtype"), "/Image"))
        return refuse(f, "form");
    if (!absent(f, p->dict, "/SMask") || !absent(f, p->dict, "/SMaskInData") ||
        !absent(f, p->dict, "/Mask") || !absent(f, p->dict, "/Decode") ||
        !absent(f, p->dict, "/ImageMask"))
        return refuse(f, "mask");
    if (!qpdf_oh_get_value_as_int(f->q, key(f, p->dict, "/Width"), &p->width) ||
        !qpdf_oh_get_value_as_int(f->q, key(f, p->dict, "/Height"), &p->height) ||
        p->width < 1 || p->height < 1 || p->width > SIDE_MAX || p->height > SIDE_MAX)
        return refuse(f, "picture");
    (void)qpdf_oh_get_value_as_int(f->q, key(f, p->dict, "/BitsPerComponent"),
                                   &p->bits);
    return read_filter(f, p) && plain_colors(f, p) &&
           (p->jpx || p->bits == (p->fax ? 1 : 8) || refuse(f, "bits"));
}

/* The head of a TIFF file of one strip: what a fax-coded stream lacks. */
static void tiff_head(const struct picture *p, size_t bytes, struct str *out)
{
    const uint32_t tags[][3] = {
        {256, 4, (uint32_t)p->width},
        {257, 4, (uint32_t)p->height},
        {258, 3, 1},
        {259, 3, 4},                      /* T.6 */
        {262, 3, p->black_is_1 ? 1u : 0}, /* 0 in the data: white, else black */
        {273, 4, 0},                      /* place of the strip, below */
        {277, 3, 1},
        {278, 4, (uint32_t)p->height},
        {279, 4, (uint32_t)bytes},
    };
    size_t n = ARRAY_LEN(tags), at = 8 + 2 + 12 * n + 4;

    str_add_mem(out, "II*\0\10\0\0\0", 8);
    str_add_char(out, (char)n);
    str_add_char(out, 0);
    for (size_t i = 0; i < n; i++) {
        uint32_t v = tags[i][0] == 273 ? (uint32_t)at : tags[i][2];
        uint32_t words[3] = {tags[i][1] << 16 | tags[i][0], 1, v};

        for (int k = 0; k < 12; k++)
            str_add_char(out, (char)(words[k / 4] >> (8 * (k % 4))));
    }
    for (int i = 0; i < 4; i++)
        str_add_char(out, 0);
}

static bool take_picture(struct page_facts *f, const struct picture *p,
                         struct str *bytes)
{
    unsigned char *data = NULL;
    size_t len = 0;

    if (qpdf_oh_get_stream_data(f->q, p->stream, qpdf_dl_none, NULL, &data, &len) &
            QPDF_ERRORS ||
        !data)
        return refuse(f, "picture");
    if (len > 0 && len <= PDF_IN_PICTURE_MAX) {
        if (p->fax)
            tiff_head(p, len, bytes);
        str_add_mem(bytes, data, len);
    }
    free(data); /* the library allocated it */
    f->out->dpi = (int)lround(p->width * 72 / f->out->width_pt);
    if (bytes->len == 0 || bytes->over)
        return refuse(f, "size");
    if (p->jpx && !plain_jpx(f, p, bytes)) {
        str_reset(bytes);
        return false;
    }
    return true;
}

static bool look_at_page(struct page_facts *f, struct str *bytes)
{
    struct pdf_content content = {0};
    struct picture p = {0};

    return look_at_boxes(f) && look_at_annotations(f) && look_at_content(f, &content) &&
           plain_states(f, &content) && covers(f, content.matrix) &&
           find_picture(f, content.image, &p) && take_picture(f, &p, bytes);
}

static bool carries_signature(qpdf_data q)
{
    qpdf_oh form = qpdf_oh_get_key_if_dict(q, qpdf_get_root(q), "/AcroForm");
    int flags = 0;

    return qpdf_oh_get_value_as_int(q, qpdf_oh_get_key_if_dict(q, form, "/SigFlags"),
                                    &flags) &&
           flags & 1;
}

int pdf_in_direct(const void *data, size_t len, int index, struct pdf_in *out,
                  struct str *bytes, struct err *e)
{
    AUTO(open_pdf_auto) struct open_pdf o = {.q = qpdf_init()};
    struct page_facts f = {.q = o.q, .out = out};

    *out = (struct pdf_in){0};
    qpdf_silence_errors(o.q);
    qpdf_set_suppress_warnings(o.q, QPDF_TRUE);
    if (qpdf_read_memory(o.q, "file", data, len, NULL) & QPDF_ERRORS)
        return err_set(e, ERR_PDF_DAMAGED, "page %d", index + 1);
    if (index < 0 || index >= qpdf_get_num_pages(o.q))
        return err_set(e, ERR_PDF_DAMAGED, "page %d", index + 1);
    (void)qpdf_push_inherited_attributes_to_page(o.q);
    out->is_signed = carries_signature(o.q);
    f.page = qpdf_get_page_n(o.q, (size_t)index);
    out->whole = look_at_page(&f, bytes);
    return 0;
}

/* ---- the worker ----------------------------------------------------------------- */

static int tell(const struct pdf_in *in, const struct str *bytes, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_STR struct str text = STR_INIT(SMALL_MAX);

    if (in->whole &&
        msg_send_parts(PROC_WORKER_FD, MSG_DATA, bytes->p, bytes->len, 0, e) < 0)
        return -1;
    jdoc_set_bool(j, "signed", in->is_signed);
    jdoc_set_bool(j, "whole", in->whole);
    jdoc_set_text(j, "reason", in->reason);
    jdoc_set_int(j, "dpi", in->dpi);
    jdoc_set_int(j, "width", lround(in->width_pt * 1000));
    jdoc_set_int(j, "height", lround(in->height_pt * 1000));
    jdoc_print(j, &text);
    return msg_send(PROC_WORKER_FD, MSG_DONE, text.p, text.len, -1, 0, e);
}

static int serve(const struct msg *m, struct err *e)
{
    AUTO_JDOC struct jdoc *ask = NULL;
    AUTO_STR struct str file = STR_INIT((size_t)PDF_IN_FILE_MAX);
    AUTO_STR struct str bytes = STR_INIT(PDF_IN_PICTURE_MAX + FACTS_MAX);
    struct err why = ERR_INIT;
    struct pdf_in in = {0};
    int64_t size = 0, index = 0;

    if (jdoc_parse(m->data, m->len, &ask, e) < 0)
        return -1;
    if (!jdoc_int(ask, "size", 1, (int64_t)PDF_IN_FILE_MAX, &size) ||
        !jdoc_int(ask, "index", 0, INT32_MAX, &index))
        return err_set(e, ERR_WORKER_PROTOCOL, "pdf page");
    while (file.len < (size_t)size) {
        char *to = str_room(&file, (size_t)size - file.len);
        ssize_t n =
            to ? pread(m->fd, to, (size_t)size - file.len, (off_t)file.len) : -1;

        if (n <= 0)
            return err_set(e, ERR_READ, "pdf page");
        str_used(&file, (size_t)n);
    }
    if (pdf_in_direct(file.p, file.len, (int)index, &in, &bytes, &why) < 0)
        return msg_send_error(PROC_WORKER_FD, MSG_FAIL, &why, 0, e);
    return tell(&in, &bytes, e);
}

int pdf_in_worker_main(void)
{
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;

    if (sandbox_enter(SANDBOX_PURE, NULL, 0, &e) < 0 ||
        msg_recv(PROC_WORKER_FD, &m, SMALL_MAX, true, 0, &e) != 1 ||
        m.type != MSG_FILE || m.fd < 0)
        return EXIT_FAILED;
    return serve(&m, &e) < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* ---- the parent ----------------------------------------------------------------- */

static int read_facts(const struct msg *m, struct pdf_in *out, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    const char *reason = NULL;
    int64_t w = 0, h = 0, dpi = 0;

    if (jdoc_parse(m->data, m->len, &j, e) < 0)
        return -1;
    reason = jdoc_text(j, "reason");
    if (!reason || strlen(reason) >= sizeof out->reason ||
        !jdoc_int(j, "dpi", 0, INT32_MAX, &dpi) ||
        !jdoc_int(j, "width", 0, INT32_MAX, &w) ||
        !jdoc_int(j, "height", 0, INT32_MAX, &h))
        return err_set(e, ERR_WORKER_PROTOCOL, "pdf page");
    *out = (struct pdf_in){.is_signed = jdoc_bool(j, "signed", false),
                           .whole = jdoc_bool(j, "whole", false),
                           .width_pt = (double)w / 1000,
                           .height_pt = (double)h / 1000,
                           .dpi = (int)dpi};
    (void)snprintf(out->reason, sizeof out->reason, "%s", reason);
    return 0;
}

static int take(struct proc *worker, int64_t deadline_ms, struct pdf_in *out,
                struct str *bytes, struct err *e)
{
    for (;;) {
        AUTO_MSG struct msg m = MSG_INIT;
        int rc = msg_recv(worker->sock, &m, MSG_PART_MAX, false, deadline_ms, e);

        if (rc <= 0)
            return rc < 0 ? -1 : err_set(e, ERR_WORKER_GONE, "pdf page");
        if (m.type == MSG_DONE)
            return read_facts(&m, out, e) < 0 ? -1 : str_check(bytes, "picture", e);
        if (m.type != MSG_DATA)
            return err_set(e, ERR_PDF_DAMAGED, "pdf page");
        str_add_mem(bytes, m.data, m.len);
        if (bytes->over)
            return str_check(bytes, "picture", e);
    }
}

int pdf_in_page(int fd, uint64_t size, int index, struct pdf_in *out, struct str *bytes,
                struct err *e)
{
    struct proc_opts o = {
        .limits = {.address_bytes = PDF_IN_ADDRESS_BYTES,
                   .cpu_s = PDF_IN_CPU_S,
                   .files = FILES,
                   .no_file_writes = true},
    };
    AUTO_MEM char *ask =
        mem_printf("{\"index\":%d,\"size\":%llu}", index, (unsigned long long)size);
    struct proc worker = PROC_INIT;
    struct err why = ERR_INIT;
    int64_t deadline_ms = clock_mono_ms() + PDF_IN_WALL_MS;
    int rc = 0;

    if (proc_start_worker("pdfpage", &o, &worker, e) < 0)
        return -1;
    rc = msg_send(worker.sock, MSG_FILE, ask, strlen(ask), fd, deadline_ms, &why);
    if (rc == 0)
        rc = take(&worker, deadline_ms, out, bytes, &why);
    if (rc < 0) {
        proc_kill(&worker, NULL);
        (void)err_set(e, ERR_PDF_DAMAGED, "page %d", index + 1);
        (void)err_detail(e, "%s", err_code_name(why.code));
    }
    proc_clear(&worker);
    return rc;
}
