/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/pictures.h"

#include "node/base/err.h"
#include "ocr/mrc.h"
#include "ocr/pdf_out.h"

#define TITLE "sohoa"

int pictures_make(const struct mrc_source *from, const struct result *r,
                  struct ocr_pictures *out, struct err *e)
{
    AUTO_MRC struct mrc m = {0};
    AUTO_PDF_OUT struct pdf_out *pdf = NULL;
    AUTO_PICTURES struct ocr_pictures made = {
        .page = STR_INIT(OCR_PAGE_PICTURE_MAX),
        .thumb = STR_INIT(MRC_THUMB_MAX),
    };

    if (mrc_make(from, &m, e) < 0)
        return -1;
    pdf = pdf_out_new(TITLE);
    if (pdf_out_page(pdf, &m, r, e) < 0 || pdf_out_write(pdf, &made.page, e) < 0 ||
        mrc_thumb(from, &made.thumb, e) < 0)
        return -1;
    *out = made;
    made = (struct ocr_pictures){0};
    return 0;
}
