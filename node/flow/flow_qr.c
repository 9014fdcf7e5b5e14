/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_qr.h"

#include <qrencode.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"

#define SIDE_MAX 177

int flow_qr_cells(const char *text, bool worn, struct jdoc **out, struct err *e)
{
    QRcode *code =
        QRcode_encodeString(text, 0, worn ? QR_ECLEVEL_Q : QR_ECLEVEL_M, QR_MODE_8, 1);
    struct jdoc *rows = NULL;
    char row[SIDE_MAX + 1];

    if (!code)
        return err_sys(e, ERR_INTERNAL, "qrencode");
    rows = jdoc_array();
    for (int y = 0; y < code->width; y++) {
        for (int x = 0; x < code->width; x++)
            row[x] = code->data[y * code->width + x] & 1 ? '1' : '0';
        row[code->width] = '\0';
        jdoc_add_text(rows, row);
    }
    QRcode_free(code);
    *out = rows;
    return 0;
}
