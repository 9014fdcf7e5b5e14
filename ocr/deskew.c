/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/deskew.h"

#include <math.h>
#include <stdbool.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "ocr/map.h"

#define RADIANS   (M_PI / 180)
#define WHITE     255
#define INK_LEAST 200 /* pixels: with less there is no line to measure */

#define NEAR_SURE_DEG 2.0

/* The search further out. */
#define FAR_DEG        18.0
#define FAR_STEP_DEG   1.0
#define FAR_LAST_DEG   0.01
#define FAR_CONFIDENCE 2.0 /* at an eighth of the size; its proof follows */
#define FAR_GAIN       1.5 /* of the line profiles, by turning */
#define FAR_REST_DEG   1.0 /* that the first search may still find */

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static bool first_search(struct Pix *ink, double *angle, double *confidence)
{
    l_float32 a = 0, c = 0;

    /* A failure here means that no maximum was found, not that memory was lacking. */
    if (pixFindSkew(ink, &a, &c) != 0 || isnan(a))
        return false;
    *confidence = c;
    *angle = a;
    return c >= (l_float32)DESKEW_CONFIDENCE && fabs(*angle) <= DESKEW_DEG_NEAR;
}

/* How clear its lines are once it is turned. @turned: owned, or NULL with 0. */
static double clearness(struct Pix *ink, double angle_deg, struct Pix **turned)
{
    l_float32 sum = 0;

    *turned = pixRotate(ink, (l_float32)(angle_deg * RADIANS), L_ROTATE_SAMPLING,
                        L_BRING_IN_WHITE, 0, 0);
    if (!*turned || pixFindDifferentialSquareSum(*turned, &sum) != 0)
        return 0;
    return sum;
}

/* Is there a larger angle that makes lines clearer than the near one (0: none) does,
 * and then lies straight? */
static bool far_search(struct Pix *ink, double near_deg, double *angle,
                       double *confidence)
{
    AUTO(pix_auto) struct Pix *turned = NULL;
    AUTO(pix_auto) struct Pix *other = NULL;
    l_float32 a = 0, c = 0, end = 0;
    double rest = 0, sure = 0;

    if (pixFindSkewSweepAndSearchScore(ink, &a, &c, &end, 8, 4, 0, (l_float32)FAR_DEG,
                                       (l_float32)FAR_STEP_DEG,
                                       (l_float32)FAR_LAST_DEG) != 0 ||
        isnan(a) || c < (l_float32)FAR_CONFIDENCE)
        return false;
    /* Nearer than that the first search sees it. */
    if (fabs((double)a) < DESKEW_DEG_NEAR - FAR_REST_DEG ||
        clearness(ink, a, &turned) < clearness(ink, near_deg, &other) * FAR_GAIN ||
        !first_search(turned, &rest, &sure) || fabs(rest) > FAR_REST_DEG)
        return false;
    *angle = a + rest;
    *confidence = sure;
    return true;
}

/* Lines at regular distances can look straight at a wrong angle, a large one: the
 * second search is asked about these as well. */
static bool search(struct Pix *ink, double *angle, double *confidence)
{
    bool near = first_search(ink, angle, confidence);

    if (near && fabs(*angle) <= NEAR_SURE_DEG)
        return true;
    return far_search(ink, near ? *angle : 0, angle, confidence) || near;
}

int deskew_find(struct Pix *pix, int threshold, struct deskew_found *out, struct err *e)
{
    AUTO(pix_auto) struct Pix *ink = pixThresholdToBinary(pix, threshold);
    double angle = 0;
    l_int32 count = 0;

    *out = (struct deskew_found){.reason = "unsure"};
    if (!ink || pixCountPixels(ink, &count, NULL) != 0)
        return err_set(e, ERR_MEMORY, "deskew");
    if (count < INK_LEAST) {
        out->reason = "blank";
        return 0;
    }
    if (!search(ink, &angle, &out->confidence))
        return 0;
    if (fabs(angle) > DESKEW_DEG_MAX) {
        out->reason = "too-far";
        return 0;
    }
    if (fabs(angle) <= DESKEW_DEG_MIN) {
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
