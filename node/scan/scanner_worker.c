/* SPDX-License-Identifier: Apache-2.0 */
#include "node/scan/scanner_worker.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sane/sane.h>
#include <sane/saneopts.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/str.h"
#include "node/scan/scanner.h"

#define MM_PER_INCH 25.4
#define VALUE_MAX   ((size_t)512) /* bytes of an option's value */

/* ---- errors ---------------------------------------------------------------------- */

static enum err_code code_of(SANE_Status s)
{
    switch ((int)s) {
    case SANE_STATUS_NO_DOCS:
        return ERR_SCANNER_EMPTY;
    case SANE_STATUS_JAMMED:
        return ERR_SCANNER_JAM;
    case SANE_STATUS_COVER_OPEN:
        return ERR_SCANNER_COVER;
    case SANE_STATUS_DEVICE_BUSY:
        return ERR_SCANNER_BUSY;
    case SANE_STATUS_ACCESS_DENIED:
        return ERR_SCANNER_DENIED;
    case SANE_STATUS_NO_MEM:
        return ERR_MEMORY;
    default:
        return ERR_SCANNER_DRIVER;
    }
}

static int failed(SANE_Status s, const char *what, struct err *e)
{
    (void)err_set(e, code_of(s), "%s", what);
    return err_detail(e, "%s", sane_strstatus(s));
}

static int send_json(uint32_t type, const struct jdoc *j, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(SCANNER_WORKER_JSON_MAX);

    jdoc_print(j, &text);
    return msg_send(PROC_WORKER_FD, type, str_text(&text), text.len, -1, 0, e);
}

static int send_devices(struct err *e)
{
    const SANE_Device **list = NULL;
    SANE_Status s = sane_get_devices(&list, SANE_FALSE);

    if (s != SANE_STATUS_GOOD)
        return failed(s, "sane_get_devices", e);
    for (size_t i = 0; list[i] && i < SCANNER_DEVICES_MAX; i++) {
        AUTO_JDOC struct jdoc *j = jdoc_object();

        jdoc_set_text(j, "name", list[i]->name);
        jdoc_set_text(j, "vendor", list[i]->vendor);
        jdoc_set_text(j, "model", list[i]->model);
        jdoc_set_text(j, "type", list[i]->type);
        if (send_json(SCANNER_WORKER_DEVICE, j, e) < 0)
            return -1;
    }
    return 0;
}

/* ---- options ----------------------------------------------------------------------
 */

struct option {
    SANE_Int number;
    const SANE_Option_Descriptor *d;
};

/* False: the driver has none of that name that can be set now. Looked for anew each
 * time, because setting one may change all others. */
static bool find_option(SANE_Handle h, const char *name, struct option *out)
{
    const SANE_Option_Descriptor *d = NULL;

    for (SANE_Int i = 1; (d = sane_get_option_descriptor(h, i)) != NULL; i++)
        if (d->name && strcmp(d->name, name) == 0 && SANE_OPTION_IS_ACTIVE(d->cap) &&
            SANE_OPTION_IS_SETTABLE(d->cap)) {
            *out = (struct option){i, d};
            return true;
        }
    return false;
}

/* A number within what the option allows, as near as it can be, not below it where
 * there is a larger one. */
static SANE_Word nearest(const SANE_Option_Descriptor *d, SANE_Word wanted)
{
    if (d->constraint_type == SANE_CONSTRAINT_RANGE) {
        const SANE_Range *r = d->constraint.range;
        int64_t v = num_clamp(wanted, r->min, r->max);

        return (SANE_Word)(r->quant > 0 ? r->min + (v - r->min) / r->quant * r->quant
                                        : v);
    }
    if (d->constraint_type == SANE_CONSTRAINT_WORD_LIST) {
        const SANE_Word *list = d->constraint.word_list;
        SANE_Word best = list[0] > 0 ? list[1] : wanted;

        for (SANE_Word i = 1; i <= list[0]; i++)
            if ((list[i] >= wanted && (best < wanted || list[i] < best)) ||
                (best < wanted && list[i] > best))
                best = list[i];
        return best;
    }
    return wanted;
}

static int set_word(SANE_Handle h, const struct option *o, SANE_Word value,
                    struct err *e)
{
    SANE_Status s = SANE_STATUS_GOOD;

    value = nearest(o->d, value);
    s = sane_control_option(h, o->number, SANE_ACTION_SET_VALUE, &value, NULL);
    if (s != SANE_STATUS_GOOD)
        return err_set(e, ERR_SCANNER_OPTION, "%s", o->d->name);
    return 0;
}

/* @value in the option's own unit and type. */
static int set_number(SANE_Handle h, const char *name, double value, struct err *e)
{
    struct option o = {0};

    if (!find_option(h, name, &o))
        return 0;
    if (o.d->type == SANE_TYPE_FIXED)
        return set_word(h, &o, SANE_FIX(value), e);
    return o.d->type == SANE_TYPE_INT ? set_word(h, &o, (SANE_Word)(value + 0.5), e)
                                      : 0;
}

static int set_text(SANE_Handle h, const struct option *o, const char *value,
                    struct err *e)
{
    AUTO_MEM char *text = mem_new(VALUE_MAX, 1);
    SANE_Status s = SANE_STATUS_GOOD;

    if (strlen(value) >= VALUE_MAX || o->d->size > (SANE_Int)VALUE_MAX)
        return err_set(e, ERR_SCANNER_OPTION, "%s", o->d->name);
    memcpy(text, value, strlen(value));
    s = sane_control_option(h, o->number, SANE_ACTION_SET_VALUE, text, NULL);
    if (s != SANE_STATUS_GOOD)
        return err_set(e, ERR_SCANNER_OPTION, "%s=%s", o->d->name, value);
    return 0;
}

/* The first of the option's texts in which one of @words stands and not @but; NULL:
 * none. view */
static const char *choose(const SANE_Option_Descriptor *d, const char *const *words,
                          const char *but)
{
    if (d->type != SANE_TYPE_STRING ||
        d->constraint_type != SANE_CONSTRAINT_STRING_LIST)
        return NULL;
    for (size_t w = 0; words[w]; w++)
        for (size_t i = 0; d->constraint.string_list[i]; i++) {
            const char *text = d->constraint.string_list[i];

            if (strcasestr(text, words[w]) && (!but || !strcasestr(text, but)))
                return text;
        }
    return NULL;
}

static int set_source(SANE_Handle h, enum scanner_source source, struct err *e)
{
    static const char *const flatbed[] = {"flatbed", "platen", "normal", NULL};
    static const char *const feeder[] = {"feeder", "adf", NULL};
    static const char *const both[] = {"duplex", "both", NULL};
    struct option o = {0};
    const char *text = NULL;

    if (!find_option(h, SANE_NAME_SCAN_SOURCE, &o)) {
        if (source == SCANNER_FLATBED)
            return 0; /* it has one way to take paper */
        return err_set(e, ERR_SCANNER_OPTION, "%s", scanner_source_name(source));
    }
    text = source == SCANNER_FLATBED ? choose(o.d, flatbed, NULL)
           : source == SCANNER_ADF   ? choose(o.d, feeder, "duplex")
                                     : choose(o.d, both, NULL);
    if (text)
        return set_text(h, &o, text, e);
    if (source == SCANNER_FLATBED)
        return 0; /* a feeder alone: what it has is what there is */
    return err_set(e, ERR_SCANNER_OPTION, "%s", scanner_source_name(source));
}

static int set_depth(SANE_Handle h, int bits, struct err *e)
{
    return set_number(h, SANE_NAME_BIT_DEPTH, bits, e);
}

/* Black and white is a mode of its own, or grey of one bit. */
static int set_mode(SANE_Handle h, enum scanner_mode mode, struct err *e)
{
    static const char *const color[] = {"color", "colour", NULL};
    static const char *const grey[] = {"gray", "grey", NULL};
    static const char *const bw[] = {"lineart", "black", "binary", NULL};
    struct option o = {0};
    const char *text = NULL;

    if (!find_option(h, SANE_NAME_SCAN_MODE, &o))
        return set_depth(h, mode == SCANNER_BW ? 1 : 8, e);
    text = choose(o.d,
                  mode == SCANNER_COLOR  ? color
                  : mode == SCANNER_GREY ? grey
                                         : bw,
                  NULL);
    if (text && mode == SCANNER_BW)
        return set_text(h, &o, text, e);
    text = text ? text : mode == SCANNER_BW ? choose(o.d, grey, NULL) : NULL;
    if (!text)
        return err_set(e, ERR_SCANNER_OPTION, "%s", scanner_mode_name(mode));
    if (set_text(h, &o, text, e) < 0)
        return -1;
    return set_depth(h, mode == SCANNER_BW ? 1 : 8, e);
}

/* Corner of the area, in the option's unit. */
static int set_corner(SANE_Handle h, const char *name, double mm, int dpi,
                      struct err *e)
{
    struct option o = {0};

    if (!find_option(h, name, &o))
        return 0;
    return set_number(h, name,
                      o.d->unit == SANE_UNIT_PIXEL ? mm / MM_PER_INCH * dpi : mm, e);
}

static int set_area(SANE_Handle h, int width_mm, int height_mm, int dpi, struct err *e)
{
    const double whole = 10000; /* cut down to what the scanner has */

    if (set_corner(h, SANE_NAME_SCAN_TL_X, 0, dpi, e) < 0 ||
        set_corner(h, SANE_NAME_SCAN_TL_Y, 0, dpi, e) < 0 ||
        set_corner(h, SANE_NAME_SCAN_BR_X, width_mm ? width_mm : whole, dpi, e) < 0)
        return -1;
    return set_corner(h, SANE_NAME_SCAN_BR_Y, height_mm ? height_mm : whole, dpi, e);
}

/* NAME=VALUE in the words of scanimage. */
static int set_extra(SANE_Handle h, const char *pair, struct err *e)
{
    const char *equal = strchr(pair, '=');
    AUTO_MEM char *name = equal ? mem_printf("%.*s", (int)(equal - pair), pair) : NULL;
    struct option o = {0};

    if (!name || !find_option(h, name, &o))
        return err_set(e, ERR_SCANNER_OPTION, "%s", pair);
    switch (o.d->type) {
    case SANE_TYPE_STRING:
        return set_text(h, &o, equal + 1, e);
    case SANE_TYPE_BOOL:
        return set_word(h, &o, strcmp(equal + 1, "yes") == 0 ? SANE_TRUE : SANE_FALSE,
                        e);
    case SANE_TYPE_INT:
    case SANE_TYPE_FIXED:
        return set_number(h, name, strtod(equal + 1, NULL), e);
    case SANE_TYPE_BUTTON:
    case SANE_TYPE_GROUP:
    default:
        return err_set(e, ERR_SCANNER_OPTION, "%s", pair);
    }
}

/* The resolution that is in force; @asked when the driver tells none. */
static int real_dpi(SANE_Handle h, int asked)
{
    struct option o = {0};
    SANE_Word v = 0;

    if (!find_option(h, SANE_NAME_SCAN_RESOLUTION, &o) || o.d->size != sizeof v ||
        sane_control_option(h, o.number, SANE_ACTION_GET_VALUE, &v, NULL) !=
            SANE_STATUS_GOOD)
        return asked;
    return o.d->type == SANE_TYPE_FIXED ? (int)(SANE_UNFIX(v) + 0.5) : v;
}

/* ---- a run ------------------------------------------------------------------------
 */

struct wish {
    const char *device;
    enum scanner_source source;
    enum scanner_mode mode;
    int64_t dpi, pages, width_mm, height_mm;
    const struct jdoc *extra;
};

static int set_up(SANE_Handle h, const struct wish *w, struct err *e)
{
    if (set_source(h, w->source, e) < 0 || set_mode(h, w->mode, e) < 0 ||
        set_number(h, SANE_NAME_SCAN_RESOLUTION, (double)w->dpi, e) < 0 ||
        set_area(h, (int)w->width_mm, (int)w->height_mm, (int)w->dpi, e) < 0)
        return -1;
    for (size_t i = 0; i < jdoc_count(w->extra); i++)
        if (set_extra(h, jdoc_text_at(w->extra, i), e) < 0)
            return -1;
    return 0;
}

/* Rows on their way: as the driver gives them, and as they are sent. */
struct rows {
    unsigned char *in;
    size_t bytes_per_line, lines; /* of in */
    size_t have;
    size_t width; /* samples of a row that count */
    int depth;
};

/* 16 bits become 8; what a driver puts behind the last sample of a row is left out. */
static size_t pack(const struct rows *r, size_t lines, unsigned char *out)
{
    size_t row = r->depth == 1 ? (r->width + 7) / 8 : r->width;

    for (size_t y = 0; y < lines; y++) {
        const unsigned char *from = r->in + y * r->bytes_per_line;
        unsigned char *to = out + y * row;

        for (size_t x = 0; x < row; x++) {
            uint16_t wide = 0;

            if (r->depth == 16)
                memcpy(&wide, from + 2 * x, sizeof wide);
            to[x] = r->depth == 16 ? (unsigned char)(wide >> 8) : from[x];
        }
    }
    return lines * row;
}

static int send_rows(struct rows *r, unsigned char *out, struct err *e)
{
    size_t lines = r->have / r->bytes_per_line;
    size_t used = lines * r->bytes_per_line;

    if (lines == 0)
        return 0;
    if (msg_send(PROC_WORKER_FD, SCANNER_WORKER_ROWS, out, pack(r, lines, out), -1, 0,
                 e) < 0)
        return -1;
    memmove(r->in, r->in + used, r->have - used);
    r->have -= used;
    return 0;
}

/* To the end of the picture. */
static int read_rows(SANE_Handle h, struct rows *r, unsigned char *out, struct err *e)
{
    const size_t room = r->bytes_per_line * r->lines;

    for (;;) {
        SANE_Int n = 0;
        SANE_Status s = sane_read(h, r->in + r->have, (SANE_Int)(room - r->have), &n);

        if (s == SANE_STATUS_EOF)
            return send_rows(r, out, e);
        if (s != SANE_STATUS_GOOD)
            return failed(s, "sane_read", e);
        r->have += (size_t)num_clamp(n, 0, (int64_t)(room - r->have));
        if (r->have == room && send_rows(r, out, e) < 0)
            return -1;
    }
}

static int send_begin(SANE_Handle h, const SANE_Parameters *p, const struct wish *w,
                      struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();

    jdoc_set_int(j, "width_px", p->pixels_per_line);
    jdoc_set_int(j, "channels", p->format == SANE_FRAME_RGB ? 3 : 1);
    jdoc_set_int(j, "bits", p->depth == 1 ? 1 : 8);
    jdoc_set_int(j, "dpi", real_dpi(h, (int)w->dpi));
    return send_json(SCANNER_WORKER_BEGIN, j, e);
}

static int check_format(const SANE_Parameters *p, struct err *e)
{
    int channels = p->format == SANE_FRAME_RGB ? 3 : 1;
    bool known =
        (p->format == SANE_FRAME_RGB && p->depth != 1) || p->format == SANE_FRAME_GRAY;

    if (!known || (p->depth != 1 && p->depth != 8 && p->depth != 16) ||
        p->pixels_per_line < 1 || p->pixels_per_line > SCANNER_SIDE_MAX ||
        p->bytes_per_line <
            ((int64_t)p->pixels_per_line * channels * p->depth + 7) / 8 ||
        p->bytes_per_line > (SANE_Int)SCANNER_WORKER_ROWS_MAX)
        return err_set(e, ERR_SCANNER_OPTION, "format %d, %d bits", (int)p->format,
                       p->depth);
    return 0;
}

/* One picture that has begun. */
static int send_picture(SANE_Handle h, const struct wish *w, struct err *e)
{
    SANE_Parameters p = {0};
    SANE_Status s = sane_get_parameters(h, &p);
    AUTO_MEM unsigned char *in = NULL;
    AUTO_MEM unsigned char *out = NULL;
    struct rows r = {0};

    if (s != SANE_STATUS_GOOD)
        return failed(s, "sane_get_parameters", e);
    if (check_format(&p, e) < 0 || send_begin(h, &p, w, e) < 0)
        return -1;
    r = (struct rows){.bytes_per_line = (size_t)p.bytes_per_line,
                      .lines = SCANNER_WORKER_ROWS_MAX / (size_t)p.bytes_per_line,
                      .width = (size_t)p.pixels_per_line *
                               (p.format == SANE_FRAME_RGB ? 3 : 1),
                      .depth = p.depth};
    r.in = in = mem_new(r.bytes_per_line * r.lines, 1);
    out = mem_new(r.bytes_per_line * r.lines, 1);
    if (read_rows(h, &r, out, e) < 0)
        return -1;
    return msg_send(PROC_WORKER_FD, SCANNER_WORKER_END, NULL, 0, -1, 0, e);
}

/* Until the feeder is empty. */
static int send_pictures(SANE_Handle h, const struct wish *w, struct err *e)
{
    for (int64_t n = 0; n < w->pages; n++) {
        SANE_Status s = sane_start(h);

        if (s == SANE_STATUS_NO_DOCS && n > 0)
            return 0;
        if (s != SANE_STATUS_GOOD)
            return failed(s, "sane_start", e);
        if (send_picture(h, w, e) < 0)
            return -1;
        if (w->source == SCANNER_FLATBED && w->pages == 1)
            return 0;
    }
    return 0;
}

static int read_wish(const struct jdoc *j, struct wish *w, struct err *e)
{
    const char *source = jdoc_text(j, "source"), *mode = jdoc_text(j, "mode");

    w->device = jdoc_text(j, "device");
    w->extra = jdoc_get(j, "extra");
    if (!w->device || !source || !mode || !scanner_source_find(source, &w->source) ||
        !scanner_mode_find(mode, &w->mode) ||
        !jdoc_int(j, "dpi", SCANNER_DPI_MIN, SCANNER_DPI_MAX, &w->dpi) ||
        !jdoc_int(j, "pages", 1, SCANNER_PAGES_MAX, &w->pages) ||
        !jdoc_int(j, "width_mm", 0, 10000, &w->width_mm) ||
        !jdoc_int(j, "height_mm", 0, 10000, &w->height_mm))
        return err_set(e, ERR_WORKER_PROTOCOL, "scanner");
    return 0;
}

static int scan(const struct msg *m, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct wish w = {0};
    SANE_Handle h = NULL;
    SANE_Status s = SANE_STATUS_GOOD;
    int rc = 0;

    if (jdoc_parse(m->data, m->len, &j, e) < 0 || read_wish(j, &w, e) < 0)
        return -1;
    s = sane_open(w.device, &h);
    if (s == SANE_STATUS_INVAL)
        return err_set(e, ERR_SCANNER_NONE, "%s", w.device);
    if (s != SANE_STATUS_GOOD)
        return failed(s, w.device, e);
    rc = set_up(h, &w, e);
    if (rc == 0)
        rc = send_pictures(h, &w, e);
    sane_cancel(h);
    sane_close(h);
    return rc;
}

int scanner_worker_main(void)
{
    AUTO_MSG struct msg m = MSG_INIT;
    struct err why = ERR_INIT, e = ERR_INIT;
    SANE_Status s = SANE_STATUS_GOOD;
    int rc = 0;

    if (msg_recv(PROC_WORKER_FD, &m, SCANNER_WORKER_JSON_MAX, false, 0, &e) != 1)
        return EXIT_FAILED;
    s = sane_init(NULL, NULL);
    if (s != SANE_STATUS_GOOD)
        rc = failed(s, "sane_init", &why);
    else
        rc = m.type == SCANNER_WORKER_LIST ? send_devices(&why) : scan(&m, &why);
    rc = rc < 0 ? msg_send_error(PROC_WORKER_FD, SCANNER_WORKER_FAIL, &why, 0, &e)
                : msg_send(PROC_WORKER_FD, SCANNER_WORKER_DONE, NULL, 0, -1, 0, &e);
    return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}
