/* SPDX-License-Identifier: Apache-2.0 */
#include "node/scan/scanner.h"

#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "node/scan/scanner_worker.h"

#define WORKER_FILES 256

static const char *const SOURCES[] = {
    [SCANNER_FLATBED] = "flatbed", [SCANNER_ADF] = "adf", [SCANNER_DUPLEX] = "duplex"};
static const char *const MODES[] = {
    [SCANNER_COLOR] = "color", [SCANNER_GREY] = "grey", [SCANNER_BW] = "bw"};

const char *scanner_source_name(enum scanner_source s)
{
    return SOURCES[s];
}

const char *scanner_mode_name(enum scanner_mode m)
{
    return MODES[m];
}

bool scanner_source_find(const char *name, enum scanner_source *out)
{
    for (size_t i = 0; i < ARRAY_LEN(SOURCES); i++)
        if (strcmp(SOURCES[i], name) == 0) {
            *out = (enum scanner_source)i;
            return true;
        }
    return false;
}

bool scanner_mode_find(const char *name, enum scanner_mode *out)
{
    for (size_t i = 0; i < ARRAY_LEN(MODES); i++)
        if (strcmp(MODES[i], name) == 0) {
            *out = (enum scanner_mode)i;
            return true;
        }
    return false;
}

void scanner_list_clear(struct scanner_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        mem_free(l->p[i].name);
        mem_free(l->p[i].vendor);
        mem_free(l->p[i].model);
        mem_free(l->p[i].type);
    }
    mem_free(l->p);
    *l = (struct scanner_list){0};
}

/* ---- the worker --------------------------------------------------------------------
 */

static int start(const char *program, uint32_t type, const char *ask, struct proc *p,
                 struct err *e)
{
    struct proc_opts o = {.program = program, .limits = {.files = WORKER_FILES}};

    if (proc_start_worker("scanner", &o, p, e) < 0)
        return -1;
    return msg_send(p->sock, type, ask, strlen(ask), -1,
                    clock_mono_ms() + SCANNER_QUIET_MS, e);
}

/* What a worker may say. */
static int say_why(const struct msg *m, struct err *e)
{
    struct err said = ERR_INIT;

    (void)msg_read_error(m, &said);
    switch ((int)said.code) {
    case ERR_SCANNER_NONE:
    case ERR_SCANNER_EMPTY:
    case ERR_SCANNER_JAM:
    case ERR_SCANNER_COVER:
    case ERR_SCANNER_BUSY:
    case ERR_SCANNER_DENIED:
    case ERR_SCANNER_OPTION:
    case ERR_SCANNER_DRIVER:
    case ERR_MEMORY:
        break;
    default:
        said.code = ERR_SCANNER_DRIVER;
        break;
    }
    *e = said;
    return -1;
}

/* A driver that crashed, hangs or talks nonsense costs its process. */
static int lost(struct proc *p, const struct err *why, struct err *e)
{
    struct proc_exit how = {0};

    proc_kill(p, &how);
    if (why->code == ERR_TIMEOUT)
        return err_set(e, ERR_SCANNER_HANGS, "%lld s",
                       (long long)SCANNER_QUIET_MS / 1000);
    (void)err_set(e, ERR_SCANNER_DRIVER, "sohoa worker scanner");
    return err_detail(e, "%s %d", how.signaled ? "signal" : "exit", how.status);
}

/* The next message; a wait can be cut short by the user. Return: 0, or -1 and @e. */
static int next(struct proc *p, struct msg *m, size_t max, struct err *e)
{
    struct err why = ERR_INIT;
    int rc = 0;

    msg_clear(m);
    rc = msg_recv(p->sock, m, max, false, clock_mono_ms() + SCANNER_QUIET_MS, &why);
    if (stop_requested())
        return err_set(e, ERR_SCANNER_STOPPED, "scanner");
    if (rc == 1)
        return 0;
    if (rc == 0)
        (void)err_set(&why, ERR_WORKER_GONE, "scanner");
    return lost(p, &why, e);
}

/* ---- devices ------------------------------------------------------------------------
 */

static int take_device(const struct msg *m, struct scanner_list *l, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    size_t cap = l->count;
    const char *name = NULL;

    if (l->count >= SCANNER_DEVICES_MAX)
        return err_set(e, ERR_SCANNER_DRIVER, "devices");
    if (jdoc_parse(m->data, m->len, &j, e) < 0)
        return -1;
    name = jdoc_text(j, "name");
    if (!name || !name[0] || strlen(name) > SCANNER_TEXT_MAX)
        return err_set(e, ERR_SCANNER_DRIVER, "name of a device");
    mem_grow(&l->p, &cap, l->count + 1, sizeof *l->p);
    l->p[l->count++] = (struct scanner_device){
        mem_dup(name), mem_dup(jdoc_text(j, "vendor")), mem_dup(jdoc_text(j, "model")),
        mem_dup(jdoc_text(j, "type"))};
    return 0;
}

int scanner_list(const char *program, struct scanner_list *out, struct err *e)
{
    AUTO_PROC struct proc p = PROC_INIT;
    AUTO_MSG struct msg m = MSG_INIT;

    *out = (struct scanner_list){0};
    if (start(program, SCANNER_WORKER_LIST, "", &p, e) < 0)
        return -1;
    for (;;) {
        if (next(&p, &m, SCANNER_WORKER_JSON_MAX, e) < 0)
            return -1;
        if (m.type == SCANNER_WORKER_DONE)
            return 0;
        if (m.type == SCANNER_WORKER_FAIL)
            return say_why(&m, e);
        if (m.type != SCANNER_WORKER_DEVICE)
            return err_set(e, ERR_WORKER_PROTOCOL, "scanner");
        if (take_device(&m, out, e) < 0)
            return -1;
    }
}

/* ---- a run --------------------------------------------------------------------------
 */

struct run {
    struct proc worker;
    struct msg m;
    const struct scanner_sink *to;
    size_t row;   /* bytes of a row of the present picture, 0: there is none */
    size_t bytes; /* of the picture so far */
    int pages;
};

static void run_clear(struct run *r)
{
    proc_clear(&r->worker);
    msg_clear(&r->m);
}

static int on_begin(struct run *r, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct scanner_page page = {0};
    int64_t width = 0, channels = 0, bits = 0, dpi = 0;

    if (jdoc_parse(r->m.data, r->m.len, &j, e) < 0)
        return -1;
    if (r->row > 0 || r->pages >= SCANNER_PAGES_MAX ||
        !jdoc_int(j, "width_px", 1, SCANNER_SIDE_MAX, &width) ||
        !jdoc_int(j, "channels", 1, 3, &channels) || channels == 2 ||
        !jdoc_int(j, "bits", 1, 8, &bits) || (bits != 1 && bits != 8) ||
        (bits == 1 && channels != 1) || !jdoc_int(j, "dpi", 1, SCANNER_DPI_MAX, &dpi))
        return err_set(e, ERR_SCANNER_DRIVER, "picture");
    page = (struct scanner_page){(int32_t)width, (int)channels, (int)bits, (int)dpi};
    r->row = bits == 1 ? ((size_t)width + 7) / 8 : (size_t)(width * channels);
    r->bytes = 0;
    return r->to->begin(r->to->to, &page, e);
}

static int on_rows(struct run *r, struct err *e)
{
    if (r->row == 0 || r->m.len == 0 || r->m.len % r->row != 0 ||
        (r->bytes + r->m.len) / r->row > SCANNER_SIDE_MAX)
        return err_set(e, ERR_SCANNER_DRIVER, "rows");
    r->bytes += r->m.len;
    return r->to->rows(r->to->to, r->m.data, r->m.len, e);
}

static int on_end(struct run *r, struct err *e)
{
    int32_t height = r->row ? (int32_t)(r->bytes / r->row) : 0;

    if (height < 1)
        return err_set(e, ERR_SCANNER_DRIVER, "empty picture");
    r->row = 0;
    if (r->to->end(r->to->to, height, e) < 0)
        return -1;
    r->pages++;
    return 0;
}

/* All that the worker says. */
static int listen(struct run *r, struct err *e)
{
    for (;;) {
        int rc = 0;

        if (next(&r->worker, &r->m, SCANNER_WORKER_ROWS_MAX, e) < 0)
            return -1;
        switch (r->m.type) {
        case SCANNER_WORKER_BEGIN:
            rc = on_begin(r, e);
            break;
        case SCANNER_WORKER_ROWS:
            rc = on_rows(r, e);
            break;
        case SCANNER_WORKER_END:
            rc = on_end(r, e);
            break;
        case SCANNER_WORKER_FAIL:
            return say_why(&r->m, e);
        case SCANNER_WORKER_DONE:
            return r->row == 0 && r->pages > 0
                       ? 0
                       : err_set(e, ERR_SCANNER_DRIVER, "no picture");
        default:
            return err_set(e, ERR_WORKER_PROTOCOL, "scanner");
        }
        if (rc < 0)
            return -1;
    }
}

static int pages_of(const struct scanner_opts *o)
{
    if (o->pages > 0)
        return o->pages;
    return o->source == SCANNER_FLATBED ? 1 : SCANNER_PAGES_MAX;
}

static char *ask_of(const struct scanner_opts *o, const char *device)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_STR struct str text = STR_INIT(SCANNER_WORKER_JSON_MAX);
    struct jdoc *extra = jdoc_array();

    jdoc_set_text(j, "device", device);
    jdoc_set_text(j, "source", scanner_source_name(o->source));
    jdoc_set_text(j, "mode", scanner_mode_name(o->mode));
    jdoc_set_int(j, "dpi", o->dpi);
    jdoc_set_int(j, "pages", pages_of(o));
    jdoc_set_int(j, "width_mm", o->width_mm);
    jdoc_set_int(j, "height_mm", o->height_mm);
    for (size_t i = 0; i < o->extra_count; i++)
        jdoc_add_text(extra, o->extra[i]);
    jdoc_set(j, "extra", extra);
    jdoc_print(j, &text);
    return str_take(&text);
}

static int check_opts(const struct scanner_opts *o, struct err *e)
{
    if (o->extra_count > SCANNER_OPTIONS_MAX || o->pages > SCANNER_PAGES_MAX)
        return err_set(e, ERR_LIMIT, "scanner");
    for (size_t i = 0; i < o->extra_count; i++)
        if (strlen(o->extra[i]) > SCANNER_TEXT_MAX)
            return err_set(e, ERR_LIMIT, "scanner");
    return 0;
}

/* The one that is named, else the first there is. owned, NULL: -1 and @e. */
static char *device_of(const struct scanner_opts *o, struct err *e)
{
    AUTO_SCANNERS struct scanner_list all = {0};

    if (o->device)
        return mem_dup(o->device);
    if (scanner_list(o->program, &all, e) < 0)
        return NULL;
    if (all.count > 0)
        return mem_dup(all.p[0].name);
    (void)err_set(e, ERR_SCANNER_NONE, "SANE");
    return NULL;
}

int scanner_run(const struct scanner_opts *o, const struct scanner_sink *to, int *pages,
                struct err *e)
{
    AUTO(run_clear)
    struct run r = {.worker = PROC_INIT, .m = MSG_INIT, .to = to};
    AUTO_MEM char *device = NULL;
    AUTO_MEM char *ask = NULL;
    int rc = 0;

    *pages = 0;
    if (check_opts(o, e) < 0)
        return -1;
    device = device_of(o, e);
    if (!device)
        return -1;
    ask = ask_of(o, device);
    if (start(o->program, SCANNER_WORKER_SCAN, ask, &r.worker, e) < 0)
        return -1;
    rc = listen(&r, e);
    *pages = r.pages;
    return rc;
}
