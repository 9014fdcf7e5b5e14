/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/chain.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <allheaders.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "ocr/alts.h"
#include "ocr/bleed.h"
#include "ocr/blue.h"
#include "ocr/border.h"
#include "ocr/capture.h"
#include "ocr/choice.h"
#include "ocr/dashes.h"
#include "ocr/deskew.h"
#include "ocr/dots.h"
#include "ocr/image.h"
#include "ocr/layer.h"
#include "ocr/lost.h"
#include "ocr/map.h"
#include "ocr/mrc.h"
#include "ocr/noise.h"
#include "ocr/orient.h"
#include "ocr/part.h"
#include "ocr/pictures.h"
#include "ocr/prep.h"
#include "ocr/quad.h"
#include "ocr/rival.h"
#include "ocr/rules.h"
#include "ocr/second.h"
#include "ocr/secrecy.h"
#include "ocr/sheet.h"
#include "ocr/spread.h"
#include "ocr/stamps.h"
#include "ocr/tables.h"
#include "ocr/tess.h"
#include "ocr/twins.h"
#include "ocr/watch.h"

/*
 * The chain (ocr/README.md says why, with figures):
 *
 *      open, limits → red channel, shrunk while decoding → a photographed sheet: cut
 *      out, flat → PREP_DPI → what shines through from the scanned back of the sheet,
 *      off → ground even? normalize if not → black borders and
 *      punch holes, off → right way up → skew → rules, tables →
 * Tesseract → doubtful lines a second time at another scale; a page that reads badly:
 * once more with median and local thresholding, keep the better reading → boxes back to
 * the page as shown
 */
#define BLANK_INK_PPM 60  /* below: too little for one word */
#define FAINT_INK_PPM 400 /* below, with nothing readable: blank as well */
#define READABLE      50  /* confidence of a word */
#define RETRY_BELOW   70  /* mean confidence of a page */
#define LATE_MS       ((int64_t)OCR_CPU_S_MAX * 1000 / 3) /* processor time */
#define UPSCALE_MAX   3.0
#define RED_LINES_MM  120  /* lines of red ink, in all: red text, not a note */
#define SCALE_SLACK   0.04 /* nearer to 1 is not worth resampling */
#define VERSO_DPI     110
#define HALVES_LEAN_DEG                                                                \
    0.3 /* two pages of a book that lean more apart have no lean                       \
         */

/* What is read one by one; none: the page as a whole. */
struct areas {
    struct tess_area *p; /* owned */
    size_t count;
    struct tables tables; /* owned; in whose cells they lie */
};

static void areas_auto(struct areas *a)
{
    mem_free(a->p);
    tables_clear(&a->tables);
}

/* ---- steps to a picture that reads well ------------------------------------------ */

/* @kept: what was decoded. */
static int load(const struct ocr_job *job, enum image_channel channel, struct sheet *s,
                struct image_shot *kept, struct steps *steps, struct err *e)
{
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct image_want want = {.channel = channel, .bands = job->scanned};
    struct image_page page = {0};
    unsigned kinds = IMAGE_KINDS_INPUT | (job->rendered ? IMAGE_PNM : 0);
    int dpi = 0;

    if (image_open_fd(job->fd, kinds, &im, e) < 0 ||
        image_page_get(im, job->index, &page, e) < 0)
        return -1;
    dpi = prep_dpi(&page, job->dpi);
    /* Left to the decoder alone, the reduction costs recall; half as large again as
     * needed does not. */
    if (dpi > PREP_DPI)
        want.width_min_px = (int32_t)((int64_t)page.width_px * PREP_DPI * 3 / 2 / dpi);
    want.small_width_px = (int32_t)num_clamp(
        (int64_t)page.width_px * MRC_GROUND_DPI / dpi, 1, page.width_px);
    if (image_decode(im, job->index, &want, &shot, e) < 0)
        return -1;
    sheet_begin(s, pixClone(shot.pix), &page, dpi, shot.scale);
    s->watch = job->watch;
    sheet_show(s, "decode");
    watch_show(s->watch, "colours", shot.small);
    steps_add(steps, "decode", true, 100, "%d x %d pixels, dpi %d, scale %.2f",
              page.width_px, page.height_px, dpi, shot.scale);
    *kept = shot;
    shot = (struct image_shot){0};
    return 0;
}

/* Pictures of their own are judged at import; one that a PDF holds is decoded here for
 * the first time. */
static unsigned judge(const struct ocr_job *job, const struct sheet *s,
                      const struct image_shot *shot)
{
    struct image_page page = s->page;
    struct capture found = {0};

    if (!job->scanned)
        return 0;
    page.dpi = s->dpi;
    capture_look(&page, shot->bands, &found);
    return found.advice;
}

/* A photographed sheet: cut out straight at the resolution that reads best. */
static int cut_out(struct sheet *s, struct steps *steps, struct err *e)
{
    int in_w = pixGetWidth(s->pix), in_h = pixGetHeight(s->pix);
    struct quad_found q = {0};
    struct Pix *made = NULL;
    struct map map;

    if (quad_find(s->pix, &q, e) < 0)
        return -1;
    if (!q.found) {
        steps_add(steps, "quad", false, q.sure, "%s", q.reason);
        return 0;
    }
    if (quad_cut(s->pix, &q, PREP_DPI, &made, &map, e) < 0)
        return -1;
    /* The sheet, not the photo, is as large as A4. */
    s->dpi =
        (int)num_clamp(lround(quad_dpi(&q) / s->scale), IMAGE_DPI_MIN, IMAGE_DPI_MAX);
    s->scale = (double)PREP_DPI / s->dpi;
    sheet_replace(s, made, &map);
    sheet_show(s, "quad");
    steps_add(steps, "quad", true, q.sure,
              "corners %.0f,%.0f %.0f,%.0f %.0f,%.0f %.0f,%.0f pixels %d x %d", q.at[0],
              q.at[1], q.at[2], q.at[3], q.at[4], q.at[5], q.at[6], q.at[7], in_w,
              in_h);
    return 0;
}

static int scale(struct sheet *s, struct steps *steps, struct err *e)
{
    double factor = fmin(PREP_DPI / (s->dpi * s->scale), UPSCALE_MAX);
    struct Pix *made = NULL;
    struct map map;

    if (fabs(factor - 1) <= SCALE_SLACK) {
        steps_add(steps, "scale", false, 100, "dpi %d", sheet_pix_dpi(s));
        return 0;
    }
    if (prep_scale(s->pix, factor, &made, e) < 0)
        return -1;
    steps_add(steps, "scale", true, 100, "dpi %d to %d", sheet_pix_dpi(s), PREP_DPI);
    map_scaled(&map, (double)pixGetWidth(made) / pixGetWidth(s->pix),
               (double)pixGetHeight(made) / pixGetHeight(s->pix));
    s->scale *= (double)pixGetWidth(made) / pixGetWidth(s->pix);
    sheet_replace(s, made, &map);
    sheet_show(s, "scale");
    return 0;
}

/* The other side: half as large is enough, for paper blurs what shines through. */
static int load_verso(const struct ocr_side *v, struct Pix **pix, int *dpi,
                      struct err *e)
{
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct image_want want = {.channel = IMAGE_RED};
    struct image_page page = {0};
    unsigned kinds = IMAGE_KINDS_INPUT | (v->rendered ? IMAGE_PNM : 0);
    int full = 0;

    if (image_open_fd(v->fd, kinds, &im, e) < 0 ||
        image_page_get(im, v->index, &page, e) < 0)
        return -1;
    full = prep_dpi(&page, v->dpi);
    want.width_min_px = (int32_t)((int64_t)page.width_px * VERSO_DPI / full);
    if (image_decode(im, v->index, &want, &shot, e) < 0)
        return -1;
    *dpi = (int)lround(full * shot.scale);
    if (*dpi < 2 * VERSO_DPI) {
        *pix = pixClone(shot.pix);
        return 0;
    }
    if (prep_scale(shot.pix, (double)VERSO_DPI / *dpi, pix, e) < 0)
        return -1;
    *dpi = VERSO_DPI;
    return 0;
}

static void clear_bleed(const struct ocr_job *job, struct sheet *s, struct steps *steps)
{
    struct Pix *verso = NULL, *made = NULL;
    struct bleed_found how = {0};
    struct err why = ERR_INIT; /* what is wrong with the back costs this step only */
    int dpi = 0, rc = 0;

    if (!job->duplex)
        return;
    if (load_verso(&job->verso, &verso, &dpi, &why) < 0) {
        steps_add(steps, "bleed", false, 0, "verso-unreadable %s",
                  err_code_name(why.code));
        return;
    }
    rc = bleed_remove(s->pix, sheet_pix_dpi(s), verso, dpi, &made, &how, &why);
    pixDestroy(&verso);
    if (rc < 0) {
        steps_add(steps, "bleed", false, 0, "%s", err_code_name(why.code));
        return;
    }
    steps_add(steps, "bleed", made != NULL,
              how.tiles > 0 ? 100 * how.agreed / how.tiles : 0,
              "%s through %.2f tiles %d of %d", how.reason, how.through, how.agreed,
              how.tiles);
    if (made) {
        sheet_retouch(s, made);
        sheet_show(s, "bleed");
    }
}

static int even_ground(struct sheet *s, struct steps *steps, struct err *e)
{
    struct prep_ground found = {0};
    struct Pix *made = NULL;

    prep_ground(s->pix, &found);
    s->ground = found;
    if (!found.even) {
        if (prep_normalize(s->pix, &made, e) < 0)
            return -1;
        sheet_retouch(s, made);
        sheet_show(s, "ground");
        prep_ground(s->pix, &s->ground);
    }
    steps_add(steps, "ground", !found.even, 100, "level %d spread %d", found.level,
              found.spread);
    return 0;
}

static int clear_border(struct sheet *s, struct steps *steps, struct err *e)
{
    struct border_found how = {0};
    struct Pix *made = NULL;

    if (border_clean(s->pix, sheet_pix_dpi(s), s->ground.level, &made, &how, e) < 0)
        return -1;
    if (made)
        sheet_retouch(s, made);
    steps_add(steps, "border", made != NULL, 100, "%s strips %d holes %d left %d",
              how.reason, how.strips, how.holes, how.refused);
    return 0;
}

/* Darker is ink. */
static int ink_level(const struct sheet *s)
{
    return s->ground.level * 2 / 3;
}

static int straighten(struct sheet *s, struct steps *steps, struct err *e)
{
    struct Pix *made = NULL;
    struct map map;

    if (deskew_find(s->pix, ink_level(s), &s->skew, e) < 0)
        return -1;
    if (s->skew.angle_deg != 0) {
        if (deskew_turn(s->pix, s->skew.angle_deg, &made, &map, e) < 0)
            return -1;
        sheet_replace(s, made, &map);
        sheet_show(s, "deskew");
    }
    steps_add(steps, "deskew", s->skew.angle_deg != 0,
              (int)fmin(s->skew.confidence * 10, 100), "%s %.2f", s->skew.reason,
              s->skew.angle_deg);
    return 0;
}

/* Rows of dashes are painted over and kept, to be put into the text. */
static int take_dashes(struct sheet *s, struct steps *steps, struct dashes *dashes,
                       struct err *e)
{
    struct Pix *made = NULL;

    if (dashes_find(s->pix, s->ground.level, dashes, e) < 0)
        return -1;
    steps_add(steps, "dashes", dashes->count > 0, 100, "%zu rows", dashes->count);
    if (dashes->count == 0)
        return 0;
    if (dashes_erase(s->pix, dashes, s->ground.level, &made, e) < 0)
        return -1;
    sheet_retouch(s, made);
    sheet_show(s, "dashes");
    return 0;
}

/* Rows of dots are painted over. */
static int clear_dots(struct sheet *s, struct steps *steps, struct err *e)
{
    AUTO_DOTS struct dots dots = {0};
    struct Pix *made = NULL;

    if (dots_find(s->pix, s->ground.level, &dots, e) < 0)
        return -1;
    steps_add(steps, "dots", dots.count > 0, 100, "%zu in %zu rows", dots.count,
              dots.rows);
    if (dots.count == 0)
        return 0;
    if (dots_erase(s->pix, &dots, s->ground.level, &made, e) < 0)
        return -1;
    sheet_retouch(s, made);
    sheet_show(s, "dots");
    return 0;
}

/* Rules are painted over; what tables they make divides the page. Only recognition sees
 * this picture. */
static int divide(struct sheet *s, struct steps *steps, struct areas *areas,
                  struct err *e)
{
    AUTO_RULES struct rules rules = {0};
    struct tables *tables = &areas->tables;
    struct Pix *made = NULL;
    size_t found = 0;

    if (rules_find(s->pix, s->ground.level, &rules, e) < 0)
        return -1;
    found = rules.level_count + rules.upright_count;
    steps_add(steps, "rules", found > 0, 100, "%zu level %zu upright",
              rules.level_count, rules.upright_count);
    if (found == 0)
        return 0;
    tables_find(&rules, pixGetWidth(s->pix), pixGetHeight(s->pix), tables);
    steps_add(steps, "tables", tables->count > 0, 100, "%s, %zu with %zu cells",
              tables->reason, tables->count, tables->cell_count);
    if (rules_erase(s->pix, &rules, s->ground.level, &made, e) < 0)
        return -1;
    sheet_retouch(s, made);
    sheet_show(s, "rules");
    if (part_divide(s->pix, s->ground.level, tables, &areas->p, &areas->count, e) < 0)
        return -1;
    if (tables->count > 0)
        steps_add(steps, "areas", areas->count > 0, 100, "%zu", areas->count);
    return 0;
}

/* ---- stamps ---------------------------------------------------------------------- */

/* The page once more, for what is small in it: struct stamps_page. */
struct sharper {
    const struct ocr_job *job;
    int dpi;
};

static int sharper(void *ctx, struct Pix **out, struct err *e)
{
    const struct sharper *from = ctx;
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct image_want want = {.channel = IMAGE_LUMA};
    struct image_page page = {0};
    unsigned kinds = IMAGE_KINDS_INPUT | (from->job->rendered ? IMAGE_PNM : 0);

    if (image_open_fd(from->job->fd, kinds, &im, e) < 0 ||
        image_page_get(im, from->job->index, &page, e) < 0)
        return -1;
    want.small_width_px = (int32_t)num_clamp(
        (int64_t)page.width_px * STAMPS_SHARP_DPI / from->dpi, 1, page.width_px);
    want.width_min_px = want.small_width_px;
    if (image_decode(im, from->job->index, &want, &shot, e) < 0)
        return -1;
    *out = shot.small;
    shot.small = NULL;
    return 0;
}

static int look_for_stamps(struct tess *t, const struct ocr_job *job,
                           const struct image_shot *shot, const struct sheet *s,
                           struct steps *steps, struct stamps *out, struct err *e)
{
    struct sharper from = {.job = job, .dpi = s->dpi};
    struct stamps_page page = {
        .small = shot->small,
        .width_px = s->page.width_px,
        .dpi = s->dpi,
        .sharper = sharper,
        .ctx = &from,
    };

    if (stamps_find(t, &page, out, e) < 0)
        return -1;
    steps_add(steps, "stamp", out->grade != SECRECY_NONE, out->confidence,
              "%s at %d %d %d %d places %d seals %d red-text %d mm",
              stamps_name(out->grade), out->x, out->y, out->w, out->h, out->places,
              out->seals, out->red_mm);
    return 0;
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

static int64_t cpu_ms(void)
{
    struct timespec ts = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Has the page had its share of time? What might improve a reading is left out then:
 * one that was made must not be lost to the limit. */
static bool late(const struct sheet *s)
{
    return cpu_ms() - s->state->began_ms > LATE_MS;
}

/* A secrecy stamp that any reading shows counts, whatever becomes of that reading. */
static void see_secrecy(const struct sheet *s, const struct result *r)
{
    struct secrecy_mark m = {.grade = SECRECY_NONE};

    if (secrecy_find(r, &m) && (int)m.grade > s->state->secrecy)
        s->state->secrecy = (int)m.grade;
}

static int look(struct tess *t, struct Pix *pix, int dpi, enum tess_thresholding how,
                const struct areas *areas, struct look *l, struct err *e)
{
    return tess_read(t, pix, dpi, how, areas->p, areas->count,
                     l->choose ? &l->alts : NULL, &l->result, e);
}

static int read_again(struct tess *t, const struct sheet *s, const struct areas *areas,
                      struct look *first, struct steps *steps, struct err *e)
{
    AUTO(look_auto) struct look second = {.choose = first->choose};
    struct Pix *clean = NULL;
    int rc = 0;

    if (prep_median(s->pix, &clean, e) < 0)
        return -1;
    watch_show(s->watch, "again", clean);
    rc = look(t, clean, sheet_pix_dpi(s), TESS_TILED_OTSU, areas, &second, e);
    pixDestroy(&clean);
    if (rc < 0)
        return -1;
    see_secrecy(s, &second.result);
    steps_add(steps, "again", worth(&second.result) > worth(&first->result),
              second.result.confidence, "confidence %d and %d",
              first->result.confidence, second.result.confidence);
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
static int refine(struct tess *t, const struct sheet *s, struct look *l,
                  struct steps *steps, struct err *e)
{
    bool *settled = NULL;
    int rc = 0;

    if (l->choose) {
        settled = mem_new(l->result.word_count, sizeof *settled);
        rc = choice_make(&l->result, &l->alts, settled, e);
        steps_add(steps, "choice", true, 100, "words %zu noted",
                  l->result.choice_count);
    }
    if (rc == 0)
        rc = second_reading(t, s->pix, sheet_pix_dpi(s), settled, &l->result, e);
    steps_add(steps, "second", true, l->result.confidence, "confidence %d",
              l->result.confidence);
    mem_free(settled);
    if (rc == 0 && l->choose) {
        size_t near = rival_find(&l->result, &l->alts);

        steps_add(steps, "rival", near > 0, 100, "%zu words", near);
    }
    return rc;
}

/* Before anything looks at words: a mark is no neighbour, a letter has one form. */
static int tidy(struct look *l, struct steps *steps, struct err *e)
{
    struct alts *alts = l->choose ? &l->alts : NULL;
    size_t marks = 0, letters = 0;

    if (noise_remove(&l->result, alts, &marks, e) < 0 ||
        twins_letters(&l->result, alts, &letters, e) < 0)
        return -1;
    steps_add(steps, "noise", marks > 0, 100, "%zu marks", marks);
    steps_add(steps, "letters", letters > 0, 100, "%zu words", letters);
    return 0;
}

/* Letters that can only be digits; after the second reading, which would trust them. */
static int set_digits(struct look *l, struct steps *steps, struct err *e)
{
    size_t count = 0;

    if (twins_digits(&l->result, &count, e) < 0)
        return -1;
    steps_add(steps, "digits", count > 0, 100, "%zu words", count);
    return 0;
}

/* Lines in which layout saw none. */
static int read_lost(struct tess *t, const struct sheet *s, struct look *l,
                     struct steps *steps, struct err *e)
{
    AUTO_RESULT struct result found = {0};
    AUTO_MEM struct tess_area *areas = NULL;
    size_t count = 0, words = 0;

    if (lost_find(s->pix, s->ground.level, &l->result, &areas, &count, e) < 0)
        return -1;
    if (count > 0) {
        if (tess_read(t, s->pix, sheet_pix_dpi(s), TESS_OTSU, areas, count, NULL,
                      &found, e) < 0)
            return -1;
        see_secrecy(s, &found); /* a line that is not sure enough is not taken */
        if (lost_take(&found, &l->result, l->choose ? &l->alts : NULL, &words, e) < 0)
            return -1;
    }
    steps_add(steps, "lost", words > 0, found.confidence, "%zu places %zu words", count,
              words);
    return 0;
}

static int recognize(struct tess *t, const struct sheet *s, const struct areas *areas,
                     bool choose, struct steps *steps, struct result *r, struct err *e)
{
    AUTO(look_auto) struct look l = {.choose = choose};
    int ink = prep_ink_ppm(s->pix, s->ground.level);

    steps_add(steps, "ink", ink >= BLANK_INK_PPM, 100, "%d of a million", ink);
    if (ink < BLANK_INK_PPM) {
        make_blank(r);
        return 0;
    }
    if (look(t, s->pix, sheet_pix_dpi(s), TESS_OTSU, areas, &l, e) < 0)
        return -1;
    steps_add(steps, "read", true, l.result.confidence, "words %zu confidence %d",
              l.result.word_count, l.result.confidence);
    see_secrecy(s, &l.result);
    if (l.result.confidence < RETRY_BELOW && !late(s) &&
        read_again(t, s, areas, &l, steps, e) < 0)
        return -1;
    if (l.result.confidence >= RETRY_BELOW && !late(s) &&
        read_lost(t, s, &l, steps, e) < 0)
        return -1;
    if (tidy(&l, steps, e) < 0)
        return -1;
    if (l.result.confidence < RETRY_BELOW)
        second_distrust(&l.result);
    else if (refine(t, s, &l, steps, e) < 0)
        return -1;
    if (choose && set_digits(&l, steps, e) < 0)
        return -1;
    see_secrecy(s, &l.result); /* another reading of the page may take its place */
    if (ink < FAINT_INK_PPM && !anything_readable(&l.result)) {
        make_blank(r);
        return 0;
    }
    *r = l.result;
    l.result = (struct result){0};
    return 0;
}

static void make_pictures(const struct image_shot *shot, const struct sheet *s,
                          const struct result *r, struct ocr_pictures *made)
{
    struct mrc_source from = {
        .grey = shot->pix,
        .small = shot->small,
        .color = shot->color,
        .width_px = s->page.width_px,
        .height_px = s->page.height_px,
        .dpi = s->dpi,
    };
    struct err ignored = ERR_INIT; /* the text is worth more than the picture */

    if (pictures_make(&from, r, made, &ignored) < 0)
        *made = (struct ocr_pictures){0};
}

/* What is told of the page beside its words. */
static void describe(const struct sheet *s, struct steps *steps, struct result *r)
{
    r->width_px = s->page.width_px;
    r->height_px = s->page.height_px;
    r->dpi = s->dpi;
    r->skew_deg = s->skew.angle_deg;
    mem_free(r->skew_reason);
    r->skew_reason = mem_dup(s->skew.reason);
    steps_clear(&r->steps);
    r->steps = *steps;
    *steps = (struct steps){0};
}

/* The sheet is turned clockwise. */
static int turn(struct sheet *s, int quarters, struct err *e)
{
    struct Pix *made = NULL;
    struct map map;

    if (orient_turn(s->pix, quarters, &made, e) < 0)
        return -1;
    map_quarters(&map, quarters, pixGetWidth(s->pix), pixGetHeight(s->pix));
    sheet_replace(s, made, &map);
    return 0;
}

/* Turn as it reads best, of @turns; @turned: was it? */
static int turn_proved(struct tess *t, struct sheet *s, unsigned turns,
                       struct steps *steps, bool *turned, struct err *e)
{
    int quarters = 0, n[4] = {0};

    if (orient_prove(t, s->pix, sheet_pix_dpi(s), ink_level(s), turns, &quarters, n,
                     e) < 0)
        return -1;
    *turned = quarters != 0;
    if (quarters != 0 && turn(s, quarters, e) < 0)
        return -1;
    steps_add(steps, "turn", quarters != 0, n[quarters] > 100 ? 100 : n[quarters],
              "%d degrees, letters %d %d %d %d", quarters * 90, n[0], n[1], n[2], n[3]);
    return 0;
}

/* Which way up? @open: it is not sure. */
static int look_up(struct tess *t, struct sheet *s, struct steps *steps, bool *open,
                   struct err *e)
{
    struct orient_seen seen = {0};
    bool turned = false;

    if (orient_look(s->pix, ink_level(s), &seen, e) < 0)
        return -1;
    steps_add(steps, "orient", false, seen.turns == ORIENT_0 ? 100 : 0,
              "%s lines %.2f up %.1f", seen.reason, seen.level, seen.up);
    *open = seen.turns != ORIENT_0;
    if (seen.turns & ORIENT_0)
        return 0;
    if (turn_proved(t, s, seen.turns | ORIENT_0, steps, &turned, e) < 0)
        return -1;
    *open = !turned;
    return 0;
}

static int read_placed(struct tess *t, struct sheet *s, bool choose,
                       struct steps *steps, struct result *r, struct err *e)
{
    AUTO(areas_auto) struct areas areas = {0};
    struct dashes dashes = {0};

    if (straighten(s, steps, e) < 0 || take_dashes(s, steps, &dashes, e) < 0 ||
        clear_dots(s, steps, e) < 0 || divide(s, steps, &areas, e) < 0 ||
        recognize(t, s, &areas, choose, steps, r, e) < 0)
        return -1;
    if (r->blank)
        return 0;
    if (dashes_put(&dashes, r, e) < 0)
        return -1;
    if (areas.count > 0)
        grid_take(&areas.tables, r);
    return 0;
}

/* A page that read badly and may lie on a side or on its head: @before, as it was when
 * nothing was done but that, is turned when it then reads better, and read. */
static int read_turned(struct tess *t, struct sheet *s, struct sheet *before,
                       bool choose, struct steps *steps, struct result *r,
                       struct err *e)
{
    struct sheet tried = *s;
    bool turned = false;

    if (turn_proved(t, before, ORIENT_ALL, steps, &turned, e) < 0)
        return -1;
    if (!turned)
        return 0;
    *s = *before;
    *before = tried;
    result_clear(r);
    return read_placed(t, s, choose, steps, r, e);
}

static int read_sheet(struct tess *t, struct sheet *s, bool choose, struct steps *steps,
                      struct result *r, struct err *e)
{
    AUTO_SHEET struct sheet before = {0};
    bool open = false;

    if (even_ground(s, steps, e) < 0 || clear_border(s, steps, e) < 0 ||
        look_up(t, s, steps, &open, e) < 0)
        return -1;
    before = *s;
    before.pix = pixClone(s->pix);
    if (read_placed(t, s, choose, steps, r, e) < 0)
        return -1;
    if (open && !r->blank && r->confidence < RETRY_BELOW && !late(s) &&
        read_turned(t, s, &before, choose, steps, r, e) < 0)
        return -1;
    watch_words(s->watch, s->pix, r);
    sheet_boxes_back(s, r);
    return 0;
}

/* The two pages of an open book, each by itself, one after the other. */
static int read_halves(struct tess *t, struct sheet *s, const struct spread *cut,
                       bool choose, struct steps *steps, struct result *r,
                       struct err *e)
{
    struct deskew_found skew[2] = {0};

    for (int i = 0; i < 2; i++) {
        AUTO_SHEET struct sheet half = *s;
        AUTO_RESULT struct result more = {0};
        struct Pix *made = NULL;
        struct map map;

        half.pix = pixClone(s->pix);
        if (spread_cut(s->pix, sheet_pix_dpi(s), cut, i, &made, &map, e) < 0)
            return -1;
        sheet_replace(&half, made, &map);
        if (read_sheet(t, &half, choose, steps, i ? &more : r, e) < 0 ||
            (i && result_append(r, &more, e) < 0))
            return -1;
        skew[i] = half.skew;
    }
    r->upright = (struct result_upright){0}; /* each half lies in its own way */
    s->skew = skew[cut->x > pixGetWidth(s->pix) / 2.0 ? 0 : 1];
    if (fabs(skew[0].angle_deg - skew[1].angle_deg) > HALVES_LEAN_DEG)
        s->skew = (struct deskew_found){.reason = "halves-differ"};
    return 0;
}

static int read_all(struct tess *t, struct sheet *s, bool choose, struct steps *steps,
                    struct result *r, struct err *e)
{
    struct spread cut;

    if (spread_find(s->pix, sheet_pix_dpi(s), &cut, e) < 0)
        return -1;
    steps_add(steps, "spread", cut.found, cut.found ? 100 : 0,
              "%s at %.0f lean %.3f gap %.0f mm dip %.2f", cut.reason, cut.x, cut.lean,
              cut.gap_mm, cut.dip);
    return cut.found ? read_halves(t, s, &cut, choose, steps, r, e)
                     : read_sheet(t, s, choose, steps, r, e);
}

/* Why a page is read once more in another channel, and what for. */
struct other_look {
    const char *step;
    enum image_channel channel;
    int found;               /* what the step found, in mm or places */
    const struct blue *blue; /* only these places are of that channel; NULL: all */
    struct Pix *first;       /* the decoded page in the first channel */
};

/* The sheet of that look, as far as read_all() wants it. */
static int load_other(const struct ocr_job *job, const struct other_look *o,
                      struct sheet *s, struct err *e)
{
    AUTO_SHOT struct image_shot shot = {0};
    AUTO_STEPS struct steps unseen = {0};
    struct Pix *mixed = NULL;

    if (load(job, o->channel, s, &shot, &unseen, e) < 0)
        return -1;
    if (o->blue) {
        mixed = blue_mix(o->first, s->pix, s->page.width_px, o->blue);
        if (!mixed)
            return err_set(e, ERR_MEMORY, "colours");
        sheet_retouch(s, mixed);
    }
    if (cut_out(s, &unseen, e) < 0 || scale(s, &unseen, e) < 0)
        return -1;
    clear_bleed(job, s, &unseen);
    return 0;
}

/* The page once more, as @o says; the better reading stays, with the sheet it lies on.
 */
static int read_other(struct tess *t, const struct ocr_job *job,
                      const struct other_look *o, struct sheet *s, struct steps *steps,
                      struct result *r, struct err *e)
{
    AUTO_SHEET struct sheet other = {0};
    AUTO_STEPS struct steps unseen = {0};
    AUTO_RESULT struct result again = {0};
    struct ocr_job unwatched = *job;
    bool better = false;

    unwatched.watch = NULL;
    if (load_other(&unwatched, o, &other, e) < 0)
        return -1;
    other.state = s->state;
    if (read_all(t, &other, !job->plain, &unseen, &again, e) < 0)
        return -1;
    better = worth(&again) > worth(r);
    steps_add(steps, o->step, better, again.confidence,
              "%d %s confidence %d and %d words %zu and %zu", o->found,
              o->blue ? "places" : "mm", r->confidence, again.confidence, r->word_count,
              again.word_count);
    if (better) {
        struct result worse = *r;
        struct sheet left = *s;

        *r = again;
        again = worse;
        *s = other;
        other = left;
    }
    return 0;
}

/* As read_other(); what goes wrong with it costs this step only. */
static void try_other(struct tess *t, const struct ocr_job *job,
                      const struct other_look *o, struct sheet *s, struct steps *steps,
                      struct result *r)
{
    struct err why = ERR_INIT;

    if (late(s))
        steps_add(steps, o->step, false, 0, "late");
    else if (read_other(t, job, o, s, steps, r, &why) < 0)
        steps_add(steps, o->step, false, 0, "%s", err_code_name(why.code));
}

/* Lines in red ink are not in the red channel: the page by its brightness, which shows
 * seals as well. */
static void try_red(struct tess *t, const struct ocr_job *job, int red_mm,
                    struct sheet *s, struct steps *steps, struct result *r)
{
    struct other_look o = {.step = "red-text", .channel = IMAGE_LUMA, .found = red_mm};

    if (red_mm >= RED_LINES_MM)
        try_other(t, job, &o, s, steps, r);
}

/* A blue seal is as dark there as print: its place in the lightest channel. */
static void try_blue(struct tess *t, const struct ocr_job *job,
                     const struct image_shot *shot, struct sheet *s,
                     struct steps *steps, struct result *r)
{
    struct err why = ERR_INIT;
    struct blue blue = {0};
    struct other_look o = {
        .step = "blue-seal", .channel = IMAGE_LIGHT, .blue = &blue, .first = shot->pix};

    if (!shot->color)
        return;
    if (blue_find(shot->small, s->page.width_px, s->page.height_px, s->dpi, &blue,
                  &why) < 0) {
        steps_add(steps, o.step, false, 0, "%s", err_code_name(why.code));
        return;
    }
    o.found = blue.count;
    if (blue.count > 0)
        try_other(t, job, &o, s, steps, r);
    else
        steps_add(steps, o.step, false, 0, "none, %d mm2 blue", blue.area_mm2);
}

int chain_read(struct tess *t, const struct ocr_job *job, struct result *out,
               struct ocr_pictures *made, struct err *e)
{
    AUTO_SHEET struct sheet s = {0};
    AUTO_SHOT struct image_shot shot = {0};
    AUTO_STEPS struct steps steps = {0};
    AUTO_RESULT struct result r = {0};
    struct stamps stamps = {.grade = SECRECY_NONE};
    struct sheet_state state = {.secrecy = SECRECY_NONE, .began_ms = cpu_ms()};
    int64_t wall_before = clock_mono_ms();
    struct rusage usage = {0};
    unsigned advice = 0;

    steps_begin(&steps);
    tess_set_theirs(t, job->tesseract);
    if (load(job, IMAGE_RED, &s, &shot, &steps, e) < 0)
        return -1;
    s.state = &state;
    steps_add(&steps, "network", strcmp(tess_network(t), "Tesseract") != 0, 100, "%s",
              tess_network(t));
    advice = judge(job, &s, &shot);
    if (look_for_stamps(t, job, &shot, &s, &steps, &stamps, e) < 0 ||
        cut_out(&s, &steps, e) < 0 || scale(&s, &steps, e) < 0)
        return -1;
    clear_bleed(job, &s, &steps);
    if (read_all(t, &s, !job->plain, &steps, &r, e) < 0)
        return -1;
    try_red(t, job, stamps.red_mm, &s, &steps, &r);
    try_blue(t, job, &shot, &s, &steps, &r);
    describe(&s, &steps, &r);
    r.advice = advice;
    r.stamp = (int)stamps.grade > state.secrecy ? (int)stamps.grade : state.secrecy;
    if (job->layer)
        r.layer = (int)layer_choose(&r, job->layer, job->scanned);
    if (made) {
        make_pictures(&shot, &s, &r, made);
        steps_add(&r.steps, "pictures", made->page.len > 0, 100, "bytes %zu and %zu",
                  made->page.len, made->thumb.len);
    }
    (void)getrusage(RUSAGE_SELF, &usage);
    r.peak_kib = usage.ru_maxrss;
    r.cpu_ms = cpu_ms() - state.began_ms;
    r.wall_ms = clock_mono_ms() - wall_before;
    *out = r;
    r = (struct result){0};
    return 0;
}
