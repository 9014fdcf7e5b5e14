/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/foot.h"

#include <string.h>

#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/result.h"
#include "ocr/surname.h"
#include "ocr/syllable.h"

#define GAP_WIDE    1.5  /* of the height: another column begins */
#define RIGHT_MID   0.52 /* of the width: the block of the signer is centred behind */
#define RIGHT_FROM  0.36 /* and begins behind */
#define OFF_CENTRE  0.13 /* of the width: the name is centred below the post */
#define NAME_DEEP   0.26 /* of the height: so far below the post */
#define TOP_SHARE   0.40 /* of the next page, when the block was broken */
#define SURE_NAME   80   /* a word of a name read with less is in doubt */
#define LINE_SURE   55   /* a line read with less is a stamp or a signature */
#define NAME_WORDS  6
#define BLOCK_APART 5  /* heights between two lines of the block */
#define ITEM_SURE   40 /* a line of the list read with less is something else */

/* Posts as they are spelled; begun by them is enough. Longer ones first. */
static const char *const posts[] = {
    "PHÓ CHỦ TỊCH",
    "CHỦ TỊCH",
    "PHÓ TỔNG GIÁM ĐỐC",
    "TỔNG GIÁM ĐỐC",
    "PHÓ GIÁM ĐỐC",
    "GIÁM ĐỐC",
    "PHÓ TRƯỞNG PHÒNG",
    "TRƯỞNG PHÒNG",
    "PHÓ TRƯỞNG BAN",
    "TRƯỞNG BAN",
    "PHÓ BÍ THƯ",
    "BÍ THƯ",
    "PHÓ CHÁNH",
    "CHÁNH",
    "BỘ TRƯỞNG",
    "THỨ TRƯỞNG",
    "PHÓ TỔNG CỤC",
    "TỔNG CỤC TRƯỞNG",
    "PHÓ CHI CỤC",
    "CHI CỤC TRƯỞNG",
    "PHÓ CỤC TRƯỞNG",
    "CỤC TRƯỞNG",
    "PHÓ VỤ TRƯỞNG",
    "VỤ TRƯỞNG",
    "PHÓ HIỆU TRƯỞNG",
    "HIỆU TRƯỞNG",
    "PHÓ TRƯỞNG CÔNG AN",
    "TRƯỞNG CÔNG AN",
    "PHÓ CHỈ HUY TRƯỞNG",
    "CHỈ HUY TRƯỞNG",
    "PHÓ VIỆN TRƯỞNG",
    "VIỆN TRƯỞNG",
    "PHÓ THỦ TƯỚNG",
    "THỦ TƯỚNG",
    "PHÓ TRƯỞNG ĐOÀN",
    "TRƯỞNG ĐOÀN",
    "PHÓ CHỦ NHIỆM",
    "CHỦ NHIỆM",
    "PHÓ TRƯỞNG THÔN",
    "TRƯỞNG THÔN",
    "PHÓ TỔ TRƯỞNG",
    "TỔ TRƯỞNG",
    "PHÓ ĐỘI TRƯỞNG",
    "ĐỘI TRƯỞNG",
    "TRẠM TRƯỞNG",
    "PHÓ TRẠM TRƯỞNG",
    "ỦY VIÊN",
    "TỔNG BÍ THƯ",
    "CÔNG CHỨC TƯ PHÁP",
    "CÁN BỘ TƯ PHÁP",
    "KẾ TOÁN TRƯỞNG",
    "PHÓ TRƯỞNG KHOA",
    "TRƯỞNG KHOA",
    "TRƯỞNG TRẠM",
    "HẠT TRƯỞNG",
    "PHÓ HẠT TRƯỞNG",
};

static const char *const authorities[] = {"TM",  "T/M", "KT", "K/T", "TL",
                                          "T/L", "TUQ", "TH", "Q"};

/* Before a name. */
static const char *const ranks[] = {
    "dai ta",      "thuong ta",    "trung ta",    "thieu ta",  "dai uy", "thuong uy",
    "trung uy",    "thieu uy",     "thieu tuong", "dai tuong", "ths",    "ts",
    "trung tuong", "thuong tuong", "bac si",      "bs",        "ks",     "cn",
};

/* ---- one page ------------------------------------------------------------------ */

struct sheet {
    struct cells c;
    struct cells_line *p; /* its lines, cut at wide gaps. owned */
    size_t count;
    size_t page;
};

static void sheet_clear(struct sheet *s)
{
    mem_free(s->p);
    cells_clear(&s->c);
}
#define AUTO_SHEET_ AUTO(sheet_clear)

static void sheet_read(const struct result *r, size_t page, struct sheet *s)
{
    size_t cap = 0;

    *s = (struct sheet){.page = page};
    cells_read(r, 1.0, &s->c);
    for (size_t i = 0; i < s->c.line_count; i++) {
        const struct cells_line *l = &s->c.lines[i];
        size_t from = 0;

        for (size_t k = 1; k <= l->count; k++) {
            if (k < l->count && cells_gap(&s->c, l, k) < GAP_WIDE)
                continue;
            mem_grow(&s->p, &cap, s->count + 1, sizeof *s->p);
            cells_range(&s->c, l, from, k, &s->p[s->count++]);
            from = k;
        }
    }
}

static double middle(const struct cells_line *l)
{
    return l->x + l->w / 2.0;
}

static bool on_the_right(const struct sheet *s, const struct cells_line *l)
{
    double width = s->c.r->width_px;

    return middle(l) > RIGHT_MID * width && l->x > RIGHT_FROM * width;
}

static void text_of(const struct sheet *s, const struct cells_line *l, struct str *out)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    cells_line_text(&s->c, l, 0, l->count, &text);
    head_trim(out, str_text(&text));
}

/* @items: dashes before and semicolons behind are left out, brackets stay. */
static void part_add(const struct sheet *s, const struct cells_line *l,
                     const char *between, bool items, struct foot_part *to)
{
    AUTO_STR struct str raw = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str text = STR_INIT(HEAD_TEXT_MAX);
    const char *p = NULL;
    size_t len = 0;

    cells_line_text(&s->c, l, 0, l->count, &raw);
    p = str_text(&raw);
    len = raw.len;
    while (items && len > 0 && strchr("-+~*. ", *p)) {
        p++;
        len--;
    }
    while (items && len > 0 && strchr(";,. ", p[len - 1]))
        len--;
    str_add(&text, to->value);
    if (text.len > 0)
        str_add(&text, between);
    if (items)
        str_add_mem(&text, p, len);
    else
        text_of(s, l, &text);
    if (text.over)
        return;
    memcpy(to->value, str_text(&text), text.len + 1);
    to->page = s->page;
    for (size_t i = 0; i < l->count; i++)
        head_box_add(&to->box, &s->c, cells_word(&s->c, l, i));
}

/* ---- post ---------------------------------------------------------------------- */

static bool is_authority(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(authorities); i++) {
        size_t n = strlen(authorities[i]);

        if (strncmp(text, authorities[i], n) == 0 &&
            (text[n] == '.' || (text[n] == ' ' && n > 1)))
            return true;
    }
    return false;
}

/* NULL: @text begins with none. Loose: some letters are wrong. */
static const char *post_of(const char *text)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);

    utf8_fold(text, strlen(text), &fold);
    for (size_t i = 0; i < ARRAY_LEN(posts); i++) {
        AUTO_STR struct str want = STR_INIT(STR_LINE_MAX);
        AUTO_STR struct str begin = STR_INIT(STR_LINE_MAX);

        utf8_fold(posts[i], strlen(posts[i]), &want);
        str_add_mem(&begin, str_text(&fold), fold.len < want.len ? fold.len : want.len);
        if (strcmp(str_text(&begin), str_text(&want)) == 0 &&
            (fold.len == want.len || str_text(&fold)[want.len] == ' '))
            return posts[i];
        if (want.len >= 8 && cells_near(str_text(&fold), str_text(&want), 1))
            return posts[i];
    }
    return NULL;
}

/* The whole line is the post, some letters or marks of it wrong: its proper name is
 * given, as the kind's is, and doubted. */
static bool post_whole(const char *text, const char *post)
{
    AUTO_STR struct str have = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str want = STR_INIT(STR_LINE_MAX);

    utf8_fold(text, strlen(text), &have);
    utf8_fold(post, strlen(post), &want);
    return have.len < want.len + 2 && cells_near(str_text(&have), str_text(&want), 1);
}

static void post_doubt(const char *text, const char *post, const char **reason)
{
    AUTO_STR struct str have = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str want = STR_INIT(STR_LINE_MAX);

    utf8_tone(text, strlen(text), &have);
    utf8_tone(post, strlen(post), &want);
    head_doubt(reason, !str_starts(str_text(&have), str_text(&want)), "pattern-loose");
}

/* The last line of the block on the right. Return: it, NULL: there is none. */
static const struct cells_line *post_find(const struct sheet *s, struct foot_part *post)
{
    const struct cells_line *last = NULL;
    const char *known = NULL;
    bool authority_only = true, for_other = false;

    for (size_t i = 0; i < s->count; i++) {
        const struct cells_line *l = &s->p[i];
        AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
        const char *this_post = NULL;
        bool authority = false;

        if (!on_the_right(s, l) || !cells_line_caps(&s->c, l) ||
            cells_line_conf(&s->c, l) < LINE_SURE)
            continue;
        if (last && l->mid - last->mid > BLOCK_APART * last->h)
            break;
        text_of(s, l, &text);
        authority = is_authority(str_text(&text));
        this_post = authority ? NULL : post_of(str_text(&text));
        if (!authority && !this_post)
            continue;
        last = l;
        /* KT. CHỦ TỊCH is signed by a PHÓ CHỦ TỊCH. */
        for_other = authority ? strncmp(str_text(&text), "KT", 2) == 0 : for_other;
        if (this_post || authority_only) {
            *post = (struct foot_part){.reason = HEAD_SURE};
            part_add(s, l, " ", false, post);
            known = this_post;
            authority_only = !this_post;
        }
    }
    if (last && known) {
        post_doubt(post->value, known, &post->reason);
        head_doubt(&post->reason, for_other && !str_starts(known, "PHÓ"),
                   "pattern-loose");
        if (post_whole(post->value, known))
            memcpy(post->value, known, strlen(known) + 1);
    }
    head_doubt(&post->reason, last && !known, "pattern-loose");
    return last;
}

/* ---- signer -------------------------------------------------------------------- */

static bool begins_with_rank(const char *fold, const char **rest)
{
    for (size_t i = 0; i < ARRAY_LEN(ranks); i++) {
        size_t n = strlen(ranks[i]);

        if (strncmp(fold, ranks[i], n) == 0 && (fold[n] == ' ' || fold[n] == '.')) {
            *rest = fold + n + 1;
            return true;
        }
    }
    return false;
}

/* Words of @text behind a rank: how many that stands for. */
static size_t rank_words(const char *text)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
    const char *rest = NULL;
    size_t words = 0;

    utf8_fold(text, strlen(text), &fold);
    if (!begins_with_rank(str_text(&fold), &rest))
        return 0;
    for (const char *p = str_text(&fold); p < rest; p++)
        words += *p == ' ';
    return words;
}

bool foot_is_name(const char *text)
{
    size_t ranked = rank_words(text), words = 0, letters = 0, capitals = 0;

    if (strpbrk(text, ":;,/()"))
        return false;
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, " ");
        struct cells_count n = cells_count(p, len);

        if (len > 0 && words++ >= ranked) {
            if (n.digits > 0 || n.letters == 0 || !n.first_capital)
                return false;
            letters += n.letters;
            capitals += n.capitals;
        }
        p += len;
        p += *p != '\0';
    }
    return words >= ranked + 2 && words <= ranked + NAME_WORDS &&
           capitals * 3 < letters * 2;
}

void foot_name_doubt(const char *text, const char **reason)
{
    size_t skip = rank_words(text);
    char key[SYLLABLE_KEY_MAX];

    for (; skip > 0; skip--) {
        text += strcspn(text, " ");
        text += *text != '\0';
    }
    head_doubt(reason,
               syllable_key(text, strcspn(text, " "), key) && surname_misread(key),
               "surname-marks");
}

/* The name between @top and @bottom whose middle is near @mid. */
static bool name_find(const struct sheet *s, double mid, double reach, int32_t top,
                      int32_t bottom, struct foot_part *name)
{
    const struct cells_line *best = NULL;

    for (size_t i = 0; i < s->count; i++) {
        const struct cells_line *l = &s->p[i];
        AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
        double off = middle(l) > mid ? middle(l) - mid : mid - middle(l);

        if (l->mid <= top || l->mid > bottom || off > reach)
            continue;
        text_of(s, l, &text);
        if (!foot_is_name(str_text(&text)))
            continue;
        if (!best || cells_line_conf(&s->c, l) >= LINE_SURE ||
            cells_line_conf(&s->c, l) > cells_line_conf(&s->c, best))
            best = l;
    }
    if (!best)
        return false;
    *name = (struct foot_part){.reason = HEAD_SURE};
    part_add(s, best, " ", false, name);
    foot_name_doubt(name->value, &name->reason);
    head_doubt(&name->reason, name->box.conf_min < SURE_NAME, "low-confidence");
    return true;
}

/* ---- recipients ---------------------------------------------------------------- */

static const struct cells_line *places_begin(const struct sheet *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (middle(&s->p[i]) < 0.5 * s->c.r->width_px && s->p[i].count <= 6 &&
            head_line_begins(&s->c, &s->p[i], "noi nhan"))
            return &s->p[i];
    return NULL;
}

static bool is_item(const char *text)
{
    return strncmp(text, "-", 1) == 0 || strncmp(text, "\xE2\x80\x93", 3) == 0 ||
           strncmp(text, "+", 1) == 0 || strncmp(text, "\xE2\x80\x94", 3) == 0;
}

static bool ends_item(const char *text)
{
    size_t n = strlen(text);

    return n > 0 && (text[n - 1] == ';' || text[n - 1] == '.');
}

/* The list from @top on, at the left end @left. Return: its last line was there. */
static bool places_take(const struct sheet *s, int32_t left, int32_t top,
                        struct foot_part *to)
{
    bool item_ended = true;
    int32_t before = top;
    int32_t pitch = 0;

    for (size_t i = 0; i < s->count; i++) {
        const struct cells_line *l = &s->p[i];
        AUTO_STR struct str raw = STR_INIT(STR_LINE_MAX);
        double width = s->c.r->width_px;
        int32_t gap = l->mid - before;

        if (l->mid <= top || l->count == 0 || l->x > left + 0.12 * width ||
            l->x < left - 0.04 * width || middle(l) > 0.5 * width ||
            cells_line_conf(&s->c, l) < ITEM_SURE)
            continue;
        if (pitch > 0 ? gap > 5 * pitch / 2 : gap > 5 * l->h)
            break;
        cells_line_text(&s->c, l, 0, l->count, &raw);
        if (cells_line_letters(&s->c, l) == 0)
            continue;
        part_add(s, l, item_ended || is_item(str_text(&raw)) ? "; " : " ", true, to);
        item_ended = ends_item(str_text(&raw));
        if (gap > l->h / 2)
            pitch = pitch == 0 || gap < pitch ? gap : pitch;
        before = l->mid;
        if (head_line_begins(&s->c, l, "luu"))
            return true;
    }
    return false;
}

static void places_find(const struct sheet *s, const struct cells_line *begin,
                        const struct sheet *next, struct foot_part *to)
{
    bool whole = false;

    *to = (struct foot_part){.reason = HEAD_SURE};
    whole = places_take(s, begin->x, begin->mid, to);
    if (!whole && next && next->count > 0) {
        /* The list was broken with the page: below the page's number. */
        whole = places_take(next, begin->x, next->c.r->height_px / 40, to);
        head_doubt(&to->reason, to->page == next->page, "not-first-page");
    }
    if (to->value[0] == '\0')
        return;
    head_doubt(&to->reason, to->box.conf_min < SURE_NAME, "low-confidence");
    head_doubt(&to->reason, !whole, "pattern-loose");
}

/* ---- all together -------------------------------------------------------------- */

/* Where the name should stand. */
static void strip_of(const struct sheet *s, const struct cells_line *post,
                     struct foot_part *name)
{
    const struct result *r = s->c.r;
    double reach = OFF_CENTRE * 1.5 * r->width_px;
    int32_t bottom = post->y + post->h + (int32_t)(NAME_DEEP * r->height_px / 1.5);

    *name = (struct foot_part){.reason = "handwritten", .page = s->page};
    name->box.count = 1;
    name->box.x = (int32_t)(middle(post) - reach);
    name->box.right = (int32_t)(middle(post) + reach);
    name->box.x = name->box.x > 0 ? name->box.x : 0;
    name->box.right = name->box.right < r->width_px ? name->box.right : r->width_px;
    name->box.y = post->y + post->h;
    name->box.bottom = bottom < r->height_px ? bottom : r->height_px;
}

static bool page_read(const struct sheet *s, const struct sheet *next, struct foot *out)
{
    const struct cells_line *begin = places_begin(s);
    const struct cells_line *post = post_find(s, &out->post);
    double width = s->c.r->width_px, height = s->c.r->height_px;
    bool named = false, alone = false;

    if (post && name_find(s, middle(post), OFF_CENTRE * width, post->mid,
                          post->mid + (int32_t)(NAME_DEEP * height), &out->name))
        named = true;
    else if (post && next && next->count > 0)
        named = name_find(next, middle(post), OFF_CENTRE * width, 0,
                          (int32_t)(TOP_SHARE * height), &out->name);
    /* The post lies below the seal: the name alone is left on the right. */
    if (!post && begin &&
        name_find(s, 0.7 * width, OFF_CENTRE * width, begin->mid,
                  begin->mid + (int32_t)(NAME_DEEP * height), &out->name)) {
        head_doubt(&out->name.reason, true, "pattern-loose");
        alone = true;
    }
    if (begin)
        places_find(s, begin, next, &out->places);
    if (post && !named && !begin && !is_authority(out->post.value))
        post = NULL; /* a heading of a table */
    if (!post) {
        out->post = (struct foot_part){.reason = HEAD_SURE};
        if (!alone)
            out->name = (struct foot_part){.reason = HEAD_SURE};
    } else if (!named) {
        strip_of(s, post, &out->name);
        out->strip = true;
    }
    return post || alone || out->places.value[0];
}

bool foot_find(const struct result *const *pages, size_t count, size_t first,
               struct foot *out)
{
    struct foot_part none = {.reason = HEAD_SURE};

    *out = (struct foot){none, none, none, false};
    for (size_t i = first; i < count; i++) {
        AUTO_SHEET_ struct sheet s = {0};
        AUTO_SHEET_ struct sheet next = {0};

        if (!pages[i] || pages[i]->word_count == 0)
            continue;
        sheet_read(pages[i], i, &s);
        if (i + 1 < count && pages[i + 1] && pages[i + 1]->word_count > 0)
            sheet_read(pages[i + 1], i + 1, &next);
        if (page_read(&s, next.count ? &next : NULL, out))
            return true;
        *out = (struct foot){none, none, none, false};
    }
    return false;
}
