/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/ocr.h"

#include <tesseract/version.h>

#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "ocr/tess.h"
#include "ocr/tess_net.h"

/* The number counts changes of ours that may change the text of a page. */
#define CHAIN "sohoa-ocr 4"

void ocr_pictures_clear(struct ocr_pictures *p)
{
    str_clear(&p->page);
    str_clear(&p->thumb);
}

void ocr_done_clear(struct ocr_done *d)
{
    result_clear(&d->result);
    ocr_pictures_clear(&d->pictures);
    *d = (struct ocr_done){0};
}

const char *ocr_pipeline_version(void)
{
    return CHAIN ", tesseract " TESSERACT_VERSION_STR ", " TESS_LANGUAGE;
}

const char *ocr_network(char **detail)
{
    AUTO_MEM char *path = tess_model_path();
    AUTO_STR struct str model = STR_INIT(TESS_MODEL_MAX);
    struct tess_net *net = NULL;
    struct err why = ERR_INIT;
    const char *name = "Tesseract";

    if (fs_read_file(path, &model, &why) == 0 &&
        tess_net_open(model.p, model.len, &net, &why) == 0)
        name = tess_net_path(net);
    *detail = mem_dup(net ? "" : why.detail);
    tess_net_close(net);
    err_clear(&why);
    return name;
}

int ocr_model_sha256(char out[OCR_MODEL_HEX], char **path, struct err *e)
{
    AUTO_MEM char *model = tess_model_path();
    struct err why = ERR_INIT;

    if (hash_file(model, out, NULL, &why) < 0)
        return err_set(e, ERR_OCR_MODEL, "language \"%s\"", TESS_LANGUAGE),
               err_detail(e, "%s: %s", model, err_code_name(why.code));
    if (path)
        *path = TAKE(model);
    return 0;
}
