/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/chain.h"

#include <math.h>
#include <sys/resource.h>
#include <time.h>

#include <allheaders.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "ocr/alts.h"
#include "ocr/choice.h"
#include "ocr/deskew.h"
#include "ocr/image.h"
#include "ocr/layer.h"
#include "ocr/mrc.h"
#include "ocr/pictures.h"
#include "ocr/prep.h"
#include "ocr/second.h"
#include "ocr/tess.h"

/*
 * The chain (ocr/README.md says why, with figures):
 *
 *      open, limits → red channel, shrunk while decoding → PREP_DPI → ground even?
 *      normalize if not → skew → Tesseract → doubtful lines a second time at another
 *      scale; a page that reads badly: once more with median and local thresholding,
 *      keep the better reading → boxes back to the page as shown
 */
#define BLANK_INK_PPM 60  /* below: too little for one word */
#define FAINT_INK_PPM 400 /* below, with nothing readable: blank as well */
#define READABLE      50  /* confidence of a word */
#define RETRY_BELOW   70  /* mean confidence of a page */
#define UPSCALE_MAX   3.0
#define SCALE_SLACK   0.04 /* nearer to 1 is not worth resampling */

/* A page on its way to recognition. */
struct sheet {
    struct Pix *pix;
    struct image_shot shot; /* as decoded, kept when pictures are wanted */
    struct image_page page; /* as shown */
    double scale;           /* pixels of pix before turning / pixels as shown */
    struct prep_ground ground;
    struct deskew_found skew;
    struct deskew_map map;
    int dpi, pix_dpi;
};

static void sheet_auto(struct sheet *s)
{
    pixDestroy(&s->pix);
    image_shot_clear(&s->shot);
}

/* Put the outcome of a step in the place of its input. */
static void replace(struct sheet *s, struct Pix *made)
{
    pixDestroy(&s->pix);
    s->pix = made;
}

static int load(const struct ocr_job *job, struct sheet *s, struct err *e)
{
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct image_want want = {.channel = IMAGE_RED};
    unsigned kinds = IMAGE_KINDS_INPUT | (job->rendered ? IMAGE_PNM : 0);

    if (image_open_fd(job->fd, kinds, &im, e) < 0 ||
        image_page_get(im, job->index, &s->page, e) < 0)
        return -1;
    s->dpi = prep_dpi(&s->page, job->dpi);
    /* Left to the decoder alone, the reduction costs recall; half as large again as
     * needed does not. */
    if (s->dpi > PREP_DPI)
        want.width_min_px =
            (int32_t)((int64_t)s->page.width_px * PREP_DPI * 3 / 2 / s->dpi);
    if (job->pictures)
        want.small_width_px =
            (int32_t)((int64_t)s->page.width_px * MRC_GROUND_DPI / s->dpi);
    if (image_decode(im, job->index, &want, &shot, e) < 0)
        return -1;
    s->scale = shot.scale;
    s->pix = job->pictures ? pixClone(shot.pix) : TAKE(shot.pix);
    if (job->pictures) {
        s->shot = shot;
        shot = (struct image_shot){0};
    }
    return 0;
}

static int scale(struct sheet *s, struct err *e)
{
    double factor = fmin(PREP_DPI / (s->dpi * s->scale), UPSCALE_MAX);
    struct Pix *made = NULL;

    if (fabs(factor - 1) > SCALE_SLACK) {
        if (prep_scale(s->pix, factor, &made, e) < 0)
            return -1;
        s->scale *= (double)pixGetWidth(made) / pixGetWidth(s->pix);
        replace(s, made);
    }
    s->pix_dpi = (int)lround(s->dpi * s->scale);
    return 0;
}

static int even_ground(struct sheet *s, struct err *e)
{
    struct Pix *made = NULL;

    prep_ground(s->pix, &s->ground);
    if (s->ground.even)
        return 0;
    if (prep_normalize(s->pix, &made, e) < 0)
        return -1;
    replace(s, made);
    prep_ground(s->pix, &s->ground);
    return 0;
}

static int straighten(struct sheet *s, struct err *e)
{
    struct Pix *made = NULL;

    s->map = (struct deskew_map){.cos_a = 1};
    if (deskew_find(s->pix, s->ground.level * 2 / 3, &s->skew, e) < 0)
        return -1;
    if (s->skew.angle_deg == 0)
        return 0;
    if (deskew_turn(s->pix, s->skew.angle_deg, &made, &s->map, e) < 0)
        return -1;
    replace(s, made);
    return 0;
}

/* ---- boxes --------------------------------------------------------------------- */

/* A box of the turned picture: what it covers of the page as shown. */
static void box_back(const struct sheet *s, struct result_word *w)
{
    double left = INFINITY, top = INFINITY, right = 0, bottom = 0;

    for (int i = 0; i < 4; i++) {
        double x = 0, y = 0;

        deskew_back(&s->map, w->x + (i & 1 ? w->w : 0), w->y + (i & 2 ? w->h : 0), &x,
                    &y);
        left = fmin(left, x / s->scale);
        right = fmax(right, x / s->scale);
        top = fmin(top, y / s->scale);
        bottom = fmax(bottom, y / s->scale);
    }
    w->x = (int32_t)num_clamp(lround(left), 0, s->page.width_px - 1);
    w->y = (int32_t)num_clamp(lround(top), 0, s->page.height_px - 1);
    w->w = (int32_t)num_clamp(lround(right) - w->x, 1, s->page.width_px - w->x);
    w->h = (int32_t)num_clamp(lround(bottom) - w->y, 1, s->page.height_px - w->y);
}

/* ---- reading ------------------------------------------------------------------- */

/* How good a reading is: words that can be relied on, by their letters. */
static int64_t worth(const struct result *r)
{
    int64_t sum = 0;

    for (size_t i = 0; i < r->word_count; i++)
        sum += (int64_t)r->words[i].len * (r->words[i].confidence - READABLE);
    return sum;
}

/* A reading and, when they are wanted, the alternatives of it. */
struct look {
    struct result result;
    struct alts alts;
    bool choose;
};

static void look_auto(struct look *l)
{
    result_clear(&l->result);
    alts_clear(&l->alts);
}

static int look(struct tess *t, struct Pix *pix, int dpi, enum tess_thresholding how,
                struct look *l, struct err *e)
{
    return tess_read(t, pix, dpi, how, l->choose ? &l->alts : NULL, &l->result, e);
}

static int read_again(struct tess *t, const struct sheet *s, struct look *first,
                      struct err *e)
{
    AUTO(look_auto) struct look second = {.choose = first->choose};
    struct Pix *clean = NULL;
    int rc = 0;

    if (prep_median(s->pix, &clean, e) < 0)
        return -1;
    rc = look(t, clean, s->pix_dpi, TESS_TILED_OTSU, &second, e);
    pixDestroy(&clean);
    if (rc < 0)
        return -1;
    if (worth(&second.result) > worth(&first->result)) {
        struct look worse = *first;

        *first = second;
        second = worse;
    }
    return 0;
}

static bool anything_readable(const struct result *r)
{
    for (size_t i = 0; i < r->word_count; i++)
        if (r->words[i].confidence >= READABLE)
            return true;
    return false;
}

static void make_blank(struct result *r)
{
    result_clear(r);
    r->blank = true;
    r->text = mem_dup("");
}

/* Words that are read well enough to be looked at one by one. */
static int refine(struct tess *t, const struct sheet *s, struct look *l, struct err *e)
{
    bool *settled = NULL;
    int rc = 0;

    if (l->choose) {
        settled = mem_new(l->result.word_count, sizeof *settled);
        rc = choice_make(&l->result, &l->alts, settled, e);
    }
    if (rc == 0)
        rc = second_reading(t, s->pix, s->pix_dpi, settled, &l->result, e);
    mem_free(settled);
    return rc;
}

static int recognize(struct tess *t, const struct sheet *s, bool choose,
                     struct result *r, struct err *e)
{
    AUTO(look_auto) struct look l = {.choose = choose};
    int ink = prep_ink_ppm(s->pix, s->ground.level);

    if (ink < BLANK_INK_PPM) {
        make_blank(r);
        return 0;
    }
    if (look(t, s->pix, s->pix_dpi, TESS_OTSU, &l, e) < 0)
        return -1;
    if (l.result.confidence < RETRY_BELOW && read_again(t, s, &l, e) < 0)
        return -1;
    if (l.result.confidence < RETRY_BELOW)
        second_distrust(&l.result);
    else if (refine(t, s, &l, e) < 0)
        return -1;
    if (ink < FAINT_INK_PPM && !anything_readable(&l.result)) {
        make_blank(r);
        return 0;
    }
    *r = l.result;
    l.result = (struct result){0};
    return 0;
}

static void make_pictures(const struct sheet *s, const struct result *r,
                          struct ocr_pictures *made)
{
    struct mrc_source from = {
        .grey = s->shot.pix,
        .small = s->shot.small,
        .color = s->shot.color,
        .width_px = s->page.width_px,
        .height_px = s->page.height_px,
        .dpi = s->dpi,
    };
    struct err ignored = ERR_INIT; /* the text is worth more than the picture */

    if (pictures_make(&from, r, made, &ignored) < 0)
        *made = (struct ocr_pictures){0};
}

static int64_t cpu_ms(void)
{
    struct timespec ts = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int chain_read(struct tess *t, const struct ocr_job *job, struct result *out,
               struct ocr_pictures *made, struct err *e)
{
    AUTO(sheet_auto) struct sheet s = {0};
    AUTO_RESULT struct result r = {0};
    int64_t cpu_before = cpu_ms(), wall_before = clock_mono_ms();
    struct rusage usage = {0};

    if (load(job, &s, e) < 0 || scale(&s, e) < 0 || even_ground(&s, e) < 0 ||
        straighten(&s, e) < 0 || recognize(t, &s, !job->plain, &r, e) < 0)
        return -1;
    for (size_t i = 0; i < r.word_count; i++)
        box_back(&s, &r.words[i]);
    r.width_px = s.page.width_px;
    r.height_px = s.page.height_px;
    r.dpi = s.dpi;
    r.skew_deg = s.skew.angle_deg;
    mem_free(r.skew_reason);
    r.skew_reason = mem_dup(s.skew.reason);
    if (job->layer)
        r.layer = (int)layer_choose(&r, job->layer, job->scanned);
    if (made)
        make_pictures(&s, &r, made);
    (void)getrusage(RUSAGE_SELF, &usage);
    r.peak_kib = usage.ru_maxrss;
    r.cpu_ms = cpu_ms() - cpu_before;
    r.wall_ms = clock_mono_ms() - wall_before;
    *out = r;
    r = (struct result){0};
    return 0;
}
