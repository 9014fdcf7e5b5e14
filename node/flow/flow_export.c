/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_export.h"

#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_item.h"
#include "node/flow/flow_tables.h"
#include "node/store/object.h"
#include "node/store/store_item.h"
#include "node/store/store_job.h"
#include "node/store/store_page.h"
#include "node/store/store_picture.h"
#include "ocr/alto.h"
#include "ocr/hocr.h"
#include "ocr/ocr.h"
#include "ocr/pdf_join.h"
#include "ocr/result.h"

static const struct {
    const char *name, *ending;
} FORMATS[] = {
    [FLOW_EXPORT_JSON] = {"json", "json"}, [FLOW_EXPORT_TXT] = {"txt", "txt"},
    [FLOW_EXPORT_HOCR] = {"hocr", "hocr"}, [FLOW_EXPORT_ALTO] = {"alto", "alto.xml"},
    [FLOW_EXPORT_PDF] = {"pdf", "pdf"},    [FLOW_EXPORT_CSV] = {"csv", "tables.csv"},
};

struct exporting {
    struct flow *f;
    const struct flow_export_what *what;
    const struct flow_listener *to;
    bool only_looks; /* nothing may be written to the store */
    int64_t files;
};

/* The pages of an item that may leave. */
struct leaving {
    struct page *rows; /* owned */
    size_t count, cap;
};

static void leaving_clear(struct leaving *l)
{
    mem_free(l->rows);
    *l = (struct leaving){0};
}
#define AUTO_LEAVING AUTO(leaving_clear)

bool flow_export_format(const char *name, enum flow_export_format *out)
{
    for (size_t i = 0; i < ARRAY_LEN(FORMATS); i++) {
        if (strcmp(FORMATS[i].name, name) == 0) {
            *out = (enum flow_export_format)i;
            return true;
        }
    }
    return false;
}

static int take_page(void *ctx, const struct page *p, struct err *e)
{
    struct leaving *l = ctx;

    (void)e;
    if (p->gate != PAGE_CLEAR)
        return 0;
    mem_grow(&l->rows, &l->cap, l->count + 1, sizeof *l->rows);
    l->rows[l->count++] = *p;
    return 0;
}

/* ---- words with boxes ----------------------------------------------------------- */

/* A page as recognition gave it; one without text is an empty page of its size. */
static int read_page(struct exporting *x, const struct page *p, struct result *out,
                     struct err *e)
{
    AUTO_TEXT struct store_text text = {0};
    int found = store_page_text(x->f->store, p->id, &text, e);

    if (found < 0)
        return -1;
    if (found == 1 && text.boxes.len > 0)
        return result_unpack(text.text, str_text(&text.boxes), text.boxes.len, out, e);
    *out = (struct result){
        .width_px = (int32_t)p->width_px,
        .height_px = (int32_t)p->height_px,
        .dpi = (int)p->dpi,
        .blank = true,
        .text = mem_dup(""),
        .skew_reason = mem_dup(""),
    };
    return 0;
}

static int print_boxes(struct exporting *x, const char *item, const struct leaving *l,
                       struct str *body, struct err *e)
{
    bool alto = x->what->format == FLOW_EXPORT_ALTO;
    AUTO_MEM const char **names = mem_new(l->count + 1, sizeof *names);

    for (size_t i = 0; i < l->count; i++)
        names[i] = l->rows[i].name;
    if (alto)
        alto_begin(body, item, names, l->count, ocr_pipeline_version());
    else
        hocr_begin(body, item, ocr_pipeline_version());
    for (size_t i = 0; i < l->count; i++) {
        AUTO_RESULT struct result r = {0};

        if (read_page(x, &l->rows[i], &r, e) < 0)
            return err_push(e, "%s", l->rows[i].name);
        if (alto)
            alto_page(body, l->rows[i].seq, &r);
        else
            hocr_page(body, l->rows[i].name, l->rows[i].seq, &r);
    }
    if (alto)
        alto_end(body);
    else
        hocr_end(body);
    return 0;
}

/* ---- PDF ------------------------------------------------------------------------ */

static int read_again(struct exporting *x, const struct page *p, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    char model[OCR_MODEL_HEX];

    if (x->only_looks)
        return err_set(e, ERR_PAGE_UNREADY, "%s", p->name);
    if (ocr_model_sha256(model, NULL, e) < 0 || store_begin(x->f->store, &txn, e) < 0 ||
        store_job_add(x->f->store, p->id, ocr_pipeline_version(), model, true,
                      clock_now(), e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    return err_set(e, ERR_PAGE_PICTURE, "%s", p->name);
}

struct parts {
    struct pdf_join_part *list; /* owned, with its descriptors */
    size_t count;
};

static void parts_clear(struct parts *p)
{
    for (size_t i = 0; i < p->count; i++)
        fs_fd_auto(&p->list[i].fd);
    mem_free(p->list);
    *p = (struct parts){0};
}

static int print_pdf(struct exporting *x, const char *item, const struct leaving *l,
                     struct str *body, struct err *e)
{
    AUTO(parts_clear) struct parts parts = {0};
    int lacking = 0;

    if (l->count > PDF_JOIN_PAGES_MAX)
        return err_set(e, ERR_LIMIT, "%s", item);
    parts.list = mem_new(l->count + 1, sizeof *parts.list);
    for (size_t i = 0; i < l->count; i++) {
        char hex[HASH_HEX] = "";
        struct pdf_join_part *one = &parts.list[parts.count];
        int found =
            store_picture_get(x->f->store, l->rows[i].name, STORE_PICTURE_PAGE, hex, e);

        if (found < 0)
            return -1;
        if (found == 0) {
            lacking = read_again(x, &l->rows[i], e);
            if (e->code != ERR_PAGE_PICTURE)
                return -1; /* also when it only looks */
            continue;      /* all of them at once */
        }
        one->fd = object_open(store_objects(x->f->store), hex, true, &one->size, e);
        if (one->fd < 0)
            return -1;
        parts.count++;
    }
    return lacking < 0 ? -1 : pdf_join(item, parts.list, parts.count, body, e);
}

/* ---- files ---------------------------------------------------------------------- */

static int print_item(struct exporting *x, const char *item, struct str *body,
                      struct err *e)
{
    AUTO_LEAVING struct leaving l = {0};
    AUTO_JDOC struct jdoc *j = NULL;

    if (flow_item_jdoc(x->f, item, &j, e) < 0)
        return -1;
    switch (x->what->format) {
    case FLOW_EXPORT_JSON:
        jdoc_print_line(j, body);
        str_add_char(body, '\n');
        return 0;
    case FLOW_EXPORT_TXT:
        str_add(body, jdoc_text(j, "text"));
        str_add_char(body, '\n');
        return 0;
    case FLOW_EXPORT_HOCR:
    case FLOW_EXPORT_ALTO:
    case FLOW_EXPORT_PDF:
    case FLOW_EXPORT_CSV:
        break;
    }
    if (store_page_of_item(x->f->store, item, take_page, &l, e) < 0)
        return -1;
    if (l.count == 0)
        return err_set(e, ERR_EXPORT_EMPTY, "%s", item);
    return x->what->format == FLOW_EXPORT_PDF ? print_pdf(x, item, &l, body, e)
                                              : print_boxes(x, item, &l, body, e);
}

static int write_file(const char *path, const struct str *body, struct err *e)
{
    AUTO_STR struct str old = STR_INIT(PDF_JOIN_BYTES_MAX);

    if (!fs_exists(path))
        return fs_write_file(path, str_text(body), body->len, e);
    if (fs_read_file(path, &old, e) < 0)
        return -1;
    if (old.len != body->len || memcmp(str_text(&old), str_text(body), old.len) != 0)
        return err_set(e, ERR_EXPORT, "%s", path);
    return 0;
}

static int put_file(struct exporting *x, const char *item, const char *path,
                    const struct str *body, struct err *e)
{
    struct jdoc *line = NULL;

    if (write_file(path, body, e) < 0)
        return -1;
    line = flow_line("file");
    jdoc_set_text(line, "path", path);
    jdoc_set_text(line, "item", item);
    flow_tell(x->to, line);
    x->files++;
    return 0;
}

static int export_tables(struct exporting *x, const char *item, struct err *e)
{
    AUTO_LEAVING struct leaving l = {0};
    AUTO_TABLES_CSV struct flow_tables_csv csv = {0};

    if (store_page_of_item(x->f->store, item, take_page, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_RESULT struct result r = {0};

        if (read_page(x, &l.rows[i], &r, e) < 0 ||
            flow_tables_get(x->f, &l.rows[i], &r, e) < 0 ||
            flow_tables_csv_add(&csv, l.rows[i].seq, &r, e) < 0)
            return err_push(e, "%s", l.rows[i].name);
    }
    if (csv.count == 0)
        return err_set(e, ERR_EXPORT_EMPTY, "%s", item);
    for (size_t i = 0; i < csv.count; i++) {
        AUTO_MEM char *path =
            i == 0 ? fs_pathf(x->what->dir, "%s.tables.csv", item)
                   : fs_pathf(x->what->dir, "%s.tables-%zu.csv", item, i + 1);

        if (put_file(x, item, path, &csv.files[i], e) < 0)
            return -1;
    }
    return 0;
}

static int export_item(struct exporting *x, const char *item, struct err *e)
{
    AUTO_STR struct str body = STR_INIT(PDF_JOIN_BYTES_MAX);
    AUTO_MEM char *path =
        fs_pathf(x->what->dir, "%s.%s", item, FORMATS[x->what->format].ending);

    if (x->what->format == FLOW_EXPORT_CSV)
        return export_tables(x, item, e);
    if (print_item(x, item, &body, e) < 0 || str_check(&body, item, e) < 0)
        return -1;
    return put_file(x, item, path, &body, e);
}

struct names {
    char (*list)[IDENT_NAME_MAX]; /* owned */
    size_t count, cap;
};

static int take_name(void *ctx, const struct item *it, struct err *e)
{
    struct names *n = ctx;

    (void)e;
    mem_grow(&n->list, &n->cap, n->count + 1, sizeof *n->list);
    memcpy(n->list[n->count++], it->name, IDENT_NAME_MAX);
    return 0;
}

/* All, or those of a dossier. One that has no page to show is passed over. */
static int export_all(struct exporting *x, struct err *e)
{
    struct store_item_query q = {.dossier = x->what->dossier, .state = -1};
    struct names all = {0};
    int rc = store_item_each(x->f->store, &q, take_name, &all, e);

    for (size_t i = 0; rc >= 0 && i < all.count; i++) {
        struct err why = ERR_INIT;

        rc = export_item(x, all.list[i], &why);
        if (rc < 0 && why.code == ERR_EXPORT_EMPTY)
            rc = 0;
        else if (rc < 0)
            *e = why;
    }
    mem_free(all.list);
    return rc < 0 ? -1 : 0;
}

int flow_export_pdf(struct flow *f, const char *item, struct str *out, struct err *e)
{
    const struct flow_export_what what = {.format = FLOW_EXPORT_PDF};
    struct exporting x = {.f = f, .what = &what, .only_looks = true};

    return print_item(&x, item, out, e) < 0 ? -1 : str_check(out, item, e);
}

int flow_export(struct flow *f, const struct flow_export_what *what,
                const struct flow_listener *to, struct err *e)
{
    struct exporting x = {.f = f, .what = what, .to = to};
    struct jdoc *line = NULL;

    if ((what->dossier && flow_item_need_dossier(f, what->dossier, e) < 0) ||
        fs_mkdirs(what->dir, e) < 0)
        return -1;
    for (size_t i = 0; i < what->count; i++)
        if (export_item(&x, what->items[i], e) < 0)
            return -1;
    if (what->count == 0 && export_all(&x, e) < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_int(line, "files", x.files);
    flow_tell(to, line);
    return 0;
}
