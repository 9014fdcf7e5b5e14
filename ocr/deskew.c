/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/deskew.h"

#include <math.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "ocr/map.h"

#define RADIANS   (M_PI / 180)
#define WHITE     255
#define INK_LEAST 200 /* pixels: with less there is no line to measure */

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

int deskew_find(struct Pix *pix, int threshold, struct deskew_found *out, struct err *e)
{
    AUTO(pix_auto) struct Pix *ink = pixThresholdToBinary(pix, threshold);
    l_float32 angle = 0, confidence = 0;
    l_int32 count = 0;

    *out = (struct deskew_found){.reason = "unsure"};
    if (!ink || pixCountPixels(ink, &count, NULL) != 0)
        return err_set(e, ERR_MEMORY, "deskew");
    if (count < INK_LEAST) {
        out->reason = "blank";
        return 0;
    }
    /* A failure here means that no maximum was found, not that memory was lacking. */
    if (pixFindSkew(ink, &angle, &confidence) != 0)
        return 0;
    out->confidence = confidence;
    if (confidence < DESKEW_CONFIDENCE || isnan(angle))
        return 0;
    if (fabs((double)angle) > DESKEW_DEG_MAX) {
        out->reason = "too-far";
        return 0;
    }
    if (fabs((double)angle) <= DESKEW_DEG_MIN) {
        out->reason = "straight";
        return 0;
    }
    out->angle_deg = angle;
    out->reason = "measured";
    return 0;
}

int deskew_turn(struct Pix *pix, double angle_deg, struct Pix **out, struct map *map,
                struct err *e)
{
    AUTO(pix_auto) struct Pix *padded = NULL;
    struct Pix *turned = NULL;
    double angle = angle_deg * RADIANS;
    double s = sin(fabs(angle));
    int px = (int)ceil(pixGetHeight(pix) * s / 2);
    int py = (int)ceil(pixGetWidth(pix) * s / 2);

    padded = pixAddBorderGeneral(pix, px, px, py, py, WHITE);
    turned = padded ? pixRotateAMGray(padded, (l_float32)angle, WHITE) : NULL;
    if (!turned)
        return err_set(e, ERR_MEMORY, "deskew");
    /* The centre is a whole number, as leptonica has it. */
    map_turned(map, angle, px, py, pixGetWidth(padded) / 2, pixGetHeight(padded) / 2);
    *out = turned;
    return 0;
}
