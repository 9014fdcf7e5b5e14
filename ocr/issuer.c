/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/issuer.h"

#include <string.h>

#include "node/base/str.h"
#include "node/base/utf8.h"

/* Words of a left part that can belong to a name: capitals, or digits among them. */
static void name_words(const struct head *h, const struct cells_line *l,
                       struct cells_line *out)
{
    *out = *l;
    out->count = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct cells_word *w = cells_word(&h->c, l, i);
        bool capital = w->n.letters > 0 && w->n.capitals * 3 >= w->n.letters * 2;
        bool sign = w->n.letters == 0 && (out->count > 0);

        if (capital || (sign && w->conf >= HEAD_SURE_TEXT))
            out->word[out->count++] = l->word[i];
    }
    cells_trim(&h->c, out);
}

/* Does a line go on with the name above it though an agency's word begins it? */
static bool goes_on(const char *above, const char *line)
{
    size_t n = strlen(above);

    if (n == 0)
        return true;
    if (above[n - 1] == '-' || above[n - 1] == ',')
        return true;
    return str_ends(above, " va") || str_ends(above, " cua") ||
           (str_ends(above, " xa") && str_starts(line, "hoi"));
}

static void organ_line(const struct head *h, struct issuer *o,
                       const struct cells_line *l, struct str *above)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str text = STR_INIT(HEAD_TEXT_MAX);
    bool own_level = kinds_level(str_text(&fold)) > 0;

    cells_line_fold(&h->c, l, &fold);
    own_level = kinds_level(str_text(&fold)) > 0;
    if (o->name[0] != '\0' && kinds_is_agency(str_text(&fold)) &&
        !goes_on(str_text(above), str_text(&fold))) {
        /* What stood above was the parent (or the parent's parent). */
        if (o->parent[0] == '\0')
            memcpy(o->parent, o->name, sizeof o->parent);
        else
            head_doubt(&o->reason, true, "two-agencies");
        o->parent_box = o->box;
        o->parent_reason = o->reason;
        o->name[0] = '\0';
        o->box = (struct head_box){0};
        o->reason = HEAD_SURE;
        str_reset(above);
    } else if (o->name[0] != '\0' && own_level) {
        /* "UBND HUYỆN A / XÃ B": a level below another one in the same name. */
        for (const char *p = str_text(above); (p = strchr(p, ' ')) != NULL; p++)
            head_doubt(&o->reason, kinds_level(p + 1) > 0, "two-agencies");
    }
    str_add(&text, o->name);
    cells_line_text(&h->c, l, 0, l->count, &text);
    if (text.over)
        return;
    for (size_t i = 0; i < l->count; i++)
        head_box_add(&o->box, &h->c, cells_word(&h->c, l, i));
    head_doubt(&o->reason, l->touching, "columns-touch");
    memcpy(o->name, str_text(&text), text.len + 1);
    if (above->len > 0)
        str_add_char(above, ' ');
    str_add(above, str_text(&fold));
}

static void name_doubt(const char *name, const struct head_box *b, bool parent,
                       const char **reason)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);

    utf8_fold(name, strlen(name), &fold);
    head_doubt(reason, b->conf_min < HEAD_SURE_TEXT, "low-confidence");
    head_doubt(reason, !kinds_marks(name, true), "pattern-loose");
    head_doubt(reason,
               !kinds_is_agency(str_text(&fold)) &&
                   !(parent && kinds_level(str_text(&fold)) > 0),
               "pattern-loose");
}

bool issuer_find(const struct head *h, struct issuer *o)
{
    AUTO_STR struct str above = STR_INIT(STR_LINE_MAX);
    int32_t end = h->number_line ? h->number_line->mid - h->number_line->h / 2
                                 : h->title_mid + 5 * h->unit;

    *o = (struct issuer){.reason = HEAD_SURE, .parent_reason = HEAD_SURE};
    for (size_t i = 0; i < h->c.part_count; i++) {
        const struct cells_line *l = &h->c.parts[i];
        struct cells_line tidy;

        if (l->side != CELLS_LEFT || l->mid >= end || l->mid < h->top)
            continue;
        if (h->date_line && l->mid > h->date_line->mid)
            continue;
        name_words(h, l, &tidy);
        if (tidy.count == 0 || !cells_line_caps(&h->c, &tidy) ||
            tidy.count * 2 < l->count || cells_line_conf(&h->c, &tidy) < 35)
            continue;
        organ_line(h, o, &tidy, &above);
    }
    if (o->name[0] == '\0')
        return false;
    name_doubt(o->name, &o->box, false, &o->reason);
    if (o->parent[0] != '\0')
        name_doubt(o->parent, &o->parent_box, true, &o->parent_reason);
    return true;
}

/* Folded, without spaces: "EATOH" and "Ea Tóh" are one name too. */
static void letters_only(const char *text, struct str *out)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);

    utf8_fold(text, strlen(text), &fold);
    for (const char *p = str_text(&fold); *p; p++) {
        if (*p != ' ')
            str_add_char(out, *p);
    }
}

void issuer_check_place(struct docdate *d, struct issuer *o)
{
    AUTO_STR struct str place = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str place_tone = STR_INIT(STR_LINE_MAX);

    letters_only(d->place, &place);
    utf8_tone(d->place, strlen(d->place), &place_tone);
    for (int parent = 0; parent < 2 && place.len >= 3; parent++) {
        const char *name = parent ? o->parent : o->name;
        AUTO_STR struct str letters = STR_INIT(STR_LINE_MAX);
        AUTO_STR struct str tone = STR_INIT(STR_LINE_MAX);

        letters_only(name, &letters);
        utf8_tone(name, strlen(name), &tone);
        if (!strstr(str_text(&letters), str_text(&place)) ||
            strstr(str_text(&tone), str_text(&place_tone)))
            continue;
        head_doubt(parent ? &o->parent_reason : &o->reason, true, "two-candidates");
        head_doubt(&d->place_reason, true, "two-candidates");
    }
}
