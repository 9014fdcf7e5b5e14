/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/sandbox.h"
#include "ocr/image.h"
#include "ocr/jpeg_out.h"
#include "ocr/view.h"
#include "ocr/view_body.h"

/* The other end of view.c: lock the door, decode pages, cut pieces. */

struct kept {
    char key[VIEW_KEY_MAX];
    struct Pix *pix; /* owned, 32 bits */
};

struct pages {
    struct kept kept[VIEW_KEPT]; /* newest first */
};

static struct kept *find(struct pages *all, const char *key)
{
    for (int i = 0; i < VIEW_KEPT; i++) {
        struct kept one = all->kept[i];

        if (!one.pix || strcmp(one.key, key) != 0)
            continue;
        memmove(&all->kept[1], &all->kept[0], (size_t)i * sizeof one);
        all->kept[0] = one;
        return &all->kept[0];
    }
    return NULL;
}

static void keep(struct pages *all, const char *key, struct Pix *pix)
{
    struct kept *had = find(all, key);

    if (had) {
        pixDestroy(&had->pix);
    } else {
        pixDestroy(&all->kept[VIEW_KEPT - 1].pix);
        memmove(&all->kept[1], &all->kept[0], (VIEW_KEPT - 1) * sizeof all->kept[0]);
    }
    memset(&all->kept[0], 0, sizeof all->kept[0]);
    memcpy(all->kept[0].key, key, strlen(key));
    all->kept[0].pix = pix;
}

static int load(struct pages *all, const struct jdoc *j, int fd, struct err *e)
{
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct image_want want = {.channel = IMAGE_LUMA};
    struct image_page page = {0};
    unsigned kinds = IMAGE_KINDS_INPUT;
    char key[VIEW_KEY_MAX];
    int64_t index = 0;

    if (!jdoc_take_text(j, "key", key, sizeof key) ||
        !jdoc_int(j, "index", 0, INT32_MAX, &index))
        return err_set(e, ERR_WORKER_PROTOCOL, "view");
    if (jdoc_bool(j, "rendered", false))
        kinds |= IMAGE_PNM;
    if (image_open_fd(fd, kinds, &im, e) < 0 ||
        image_page_get(im, (int)index, &page, e) < 0)
        return -1;
    want.small_width_px = page.width_px < VIEW_WIDE_PX ? page.width_px : VIEW_WIDE_PX;
    want.width_min_px = want.small_width_px;
    if (image_decode(im, (int)index, &want, &shot, e) < 0)
        return -1;
    if (!shot.small) /* black and white, or grey, of a kind that is not made twice */
        shot.small = pixConvertTo32(shot.pix);
    if (!shot.small)
        return err_set(e, ERR_MEMORY, "view");
    keep(all, key, TAKE(shot.small));
    return msg_send(PROC_WORKER_FD, VIEW_LOADED, NULL, 0, -1, 0, e);
}

/* The piece in pixels of the page as it is kept. */
static int piece_of(const struct Pix *pix, const struct view_piece *p, int at[4],
                    struct err *e)
{
    int64_t kept_w = pixGetWidth(pix);
    int64_t kept_h = pixGetHeight(pix);
    int64_t left = 0, top = 0, right = kept_w, bottom = kept_h;

    if (p->w > 0) {
        left = p->x * kept_w / p->page_w;
        top = p->y * kept_h / p->page_h;
        right = ((int64_t)p->x + p->w) * kept_w / p->page_w;
        bottom = ((int64_t)p->y + p->h) * kept_h / p->page_h;
    }
    left = left < 0 ? 0 : left;
    top = top < 0 ? 0 : top;
    right = right > kept_w ? kept_w : right;
    bottom = bottom > kept_h ? kept_h : bottom;
    if (right <= left || bottom <= top)
        return err_set(e, ERR_LIMIT, "view");
    at[0] = (int)left;
    at[1] = (int)top;
    at[2] = (int)(right - left);
    at[3] = (int)(bottom - top);
    return 0;
}

/* Never larger than it is kept, nor than the longest side. */
static struct Pix *sized(struct Pix *pix, int32_t width_px)
{
    int w = pixGetWidth(pix);
    int h = pixGetHeight(pix);
    float scale = (float)width_px / (float)w;

    if ((float)h * scale > VIEW_SIDE_MAX)
        scale = (float)VIEW_SIDE_MAX / (float)h;
    return scale >= 1 ? pixClone(pix) : pixScaleAreaMap(pix, scale, scale);
}

static int cut(struct Pix *pix, const struct view_piece *p, struct str *jpeg,
               struct err *e)
{
    struct Pix *piece = NULL;
    struct Pix *small = NULL;
    int at[4] = {0};
    int rc = piece_of(pix, p, at, e);
    BOX *box = NULL;

    if (rc < 0)
        return -1;
    box = boxCreate(at[0], at[1], at[2], at[3]);
    piece = box ? pixClipRectangle(pix, box, NULL) : NULL;
    small = piece ? sized(piece, p->width_px) : NULL;
    rc = small ? jpeg_out_write(small, VIEW_QUALITY, false, 0, jpeg, e)
               : err_set(e, ERR_MEMORY, "view");
    boxDestroy(&box);
    pixDestroy(&piece);
    pixDestroy(&small);
    return rc;
}

static bool read_piece(const struct jdoc *j, struct view_piece *p)
{
    static const char *const NAMES[] = {"x",      "y",      "w",    "h",
                                        "page_w", "page_h", "width"};
    int32_t *const to[] = {&p->x,      &p->y,      &p->w,       &p->h,
                           &p->page_w, &p->page_h, &p->width_px};

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        int64_t n = 0;

        if (!jdoc_int(j, NAMES[i], 0, 1000000, &n))
            return false;
        *to[i] = (int32_t)n;
    }
    return p->width_px >= 1 && p->width_px <= VIEW_SIDE_MAX &&
           (p->w == 0 || (p->page_w > 0 && p->page_h > 0));
}

static int cut_one(struct pages *all, const struct jdoc *j, struct err *e)
{
    AUTO_STR struct str jpeg = STR_INIT(VIEW_BYTES_MAX);
    struct view_piece p = {0};
    const char *key = jdoc_text(j, "key");
    struct kept *one = NULL;

    if (!key || !read_piece(j, &p))
        return err_set(e, ERR_LIMIT, "view");
    one = find(all, key);
    if (!one)
        return err_set(e, ERR_NOT_FOUND, "%s", key);
    if (cut(one->pix, &p, &jpeg, e) < 0)
        return -1;
    return msg_send(PROC_WORKER_FD, VIEW_PICTURE, jpeg.p, jpeg.len, -1, 0, e);
}

static int serve_one(struct pages *all, const struct msg *m, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct err why = ERR_INIT;
    int rc = 0;

    if (jdoc_parse(m->data, m->len, &j, e) < 0)
        return -1;
    if (m->type == VIEW_LOAD && m->fd >= 0)
        rc = load(all, j, m->fd, &why);
    else if (m->type == VIEW_CUT)
        rc = cut_one(all, j, &why);
    else
        return err_set(e, ERR_WORKER_PROTOCOL, "view");
    return rc < 0 ? msg_send_error(PROC_WORKER_FD, VIEW_FAILED, &why, 0, e) : 0;
}

int view_worker_main(void)
{
    struct pages all = {.kept = {{.pix = NULL}}};
    struct err e = ERR_INIT;
    int rc = sandbox_enter(SANDBOX_PURE, NULL, 0, &e);

    (void)setMsgSeverity(L_SEVERITY_NONE);
    while (rc == 0) {
        AUTO_MSG struct msg m = MSG_INIT;
        int got = msg_recv(PROC_WORKER_FD, &m, STR_JSON_MAX, true, 0, &e);

        if (got == 0)
            break;
        rc = got < 0 ? -1 : serve_one(&all, &m, &e);
    }
    for (int i = 0; i < VIEW_KEPT; i++)
        pixDestroy(&all.kept[i].pix);
    return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}
