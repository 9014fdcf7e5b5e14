/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_picture.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/scan/pdf.h"
#include "node/store/object.h"

#define MEDIA_PDF "application/pdf"

void flow_picture_clear(struct flow_picture *p)
{
    fs_fd_auto(&p->fd);
}

static int draw(struct flow *f, const struct page *page, struct flow_picture *out,
                struct err *e)
{
    AUTO_PDF_PICTURE struct pdf_picture picture = PDF_PICTURE_INIT;
    AUTO_MEM char *path = object_path(store_objects(f->store), page->master);
    AUTO_MEM char *spool = home_place(&f->home, "spool");

    if (object_verify(store_objects(f->store), page->master, NULL, e) < 0 ||
        pdf_page_render(path, page->name, (int)page->index, spool, NULL, &picture, e) <
            0)
        return -1;
    *out = (struct flow_picture){
        .fd = TAKE_FD(picture.fd),
        .dpi = picture.dpi,
        .rendered = true,
    };
    return 0;
}

int flow_picture_open(struct flow *f, const struct page *page, struct flow_picture *out,
                      struct err *e)
{
    int fd = -1;

    if (strcmp(page->media, MEDIA_PDF) == 0)
        return draw(f, page, out, e);
    fd = object_open(store_objects(f->store), page->master, true, NULL, e);
    if (fd < 0)
        return -1;
    *out = (struct flow_picture){.fd = fd, .index = (int)page->index};
    return 0;
}
