/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_picture.h"

#include <fcntl.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/flow/flow_prune.h"
#include "node/scan/pdf.h"
#include "node/store/object.h"
#include "node/store/store_page.h"
#include "ocr/layer.h"
#include "ocr/ocr.h"
#include "ocr/pdf_in.h"

#define MEDIA_PDF "application/pdf"

void flow_picture_clear(struct flow_picture *p)
{
    fs_fd_auto(&p->fd);
    result_clear(&p->layer);
}

/* A file without a name that holds these bytes. */
static int nameless(const char *folder, const struct str *bytes, struct err *e)
{
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    AUTO_FD int fd = -1;

    if (fs_tmp_open(&tmp, folder, e) < 0 ||
        fs_tmp_write(&tmp, bytes->p, bytes->len, e) < 0)
        return -1;
    fd = fs_open(tmp.path, O_RDONLY, 0, e);
    return TAKE_FD(fd); /* the name goes with @tmp */
}

/* The one picture that the page is. Return: 1 it is in @out, 0 it is not such a page,
 * -1. */
static int extract(int fd, uint64_t size, const struct page *page, const char *spool,
                   struct flow_picture *out, struct err *e)
{
    AUTO_STR struct str bytes = STR_INIT(PDF_IN_PICTURE_MAX * 2);
    struct pdf_in in = {0};
    struct err why = ERR_INIT;

    if (size > PDF_IN_FILE_MAX)
        return 0;
    if (pdf_in_page(fd, size, (int)page->index, &in, &bytes, &why) < 0) {
        if (why.code == ERR_PDF_DAMAGED)
            return 0; /* one library reads what the other does not: it is drawn */
        *e = why;
        return -1;
    }
    out->is_signed = in.is_signed;
    if (!in.whole)
        return 0;
    out->fd = nameless(spool, &bytes, e);
    out->dpi = in.dpi;
    out->scanned = true;
    return out->fd < 0 ? -1 : 1;
}

/* Its own text, when it has any; a page whose text cannot be had has none. */
static void read_layer(const char *path, const struct page *page,
                       struct flow_picture *out)
{
    AUTO_STR struct str text = STR_INIT(STR_JSON_MAX);
    struct err ignored = ERR_INIT;

    if (pdf_page_text(path, page->name, (int)page->index, NULL, &text, &ignored) < 0 ||
        layer_parse(str_text(&text), text.len, &out->layer, &ignored) < 0)
        result_clear(&out->layer);
}

static int from_pdf(struct flow *f, const struct page *page, struct flow_picture *out,
                    struct err *e)
{
    AUTO_PDF_PICTURE struct pdf_picture picture = PDF_PICTURE_INIT;
    AUTO_MEM char *path = object_path(store_objects(f->store), page->master);
    AUTO_MEM char *spool = home_place(&f->home, "spool");
    uint64_t size = 0;
    AUTO_FD int fd = object_open(store_objects(f->store), page->master, true, &size, e);
    int found = fd < 0 ? -1 : extract(fd, size, page, spool, out, e);

    if (found < 0)
        return -1;
    if (found == 0) {
        if (pdf_page_render(path, page->name, (int)page->index, spool, NULL, &picture,
                            e) < 0)
            return -1;
        out->fd = TAKE_FD(picture.fd);
        out->dpi = picture.dpi;
        out->rendered = true;
    }
    read_layer(path, page, out);
    return 0;
}

int flow_picture_open(struct flow *f, const struct page *page, struct flow_picture *out,
                      struct err *e)
{
    *out = (struct flow_picture)FLOW_PICTURE_INIT;
    if (flow_prune_need(f, page->master, e) < 0)
        return -1;
    if (strcmp(page->media, MEDIA_PDF) == 0)
        return from_pdf(f, page, out, e);
    out->fd = object_open(store_objects(f->store), page->master, true, NULL, e);
    out->index = (int)page->index;
    return out->fd < 0 ? -1 : 0;
}

/* ---- the other side -------------------------------------------------------------- */

struct wanted {
    int64_t seq;
    struct page page;
    bool found;
};

static int find_seq(void *ctx, const struct page *p, struct err *e)
{
    struct wanted *want = ctx;

    (void)e;
    if (p->seq == want->seq) {
        want->page = *p;
        want->found = true;
    }
    return 0;
}

int flow_picture_verso(struct flow *f, const struct page *page,
                       struct flow_picture *out, struct ocr_job *job, struct err *e)
{
    struct wanted want = {.seq = page->seq % 2 == 1 ? page->seq + 1 : page->seq - 1};

    if (store_page_of_item(f->store, page->item, find_seq, &want, e) < 0)
        return -1;
    if (!want.found)
        return 0;
    if (flow_picture_open(f, &want.page, out, e) < 0)
        return -1;
    job->duplex = true;
    job->verso = (struct ocr_side){
        .fd = out->fd, .index = out->index, .dpi = out->dpi, .rendered = out->rendered};
    return 0;
}
