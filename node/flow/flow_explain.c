/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_explain.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_picture.h"
#include "node/record/page.h"
#include "node/store/store_notes.h"
#include "node/store/store_page.h"
#include "ocr/ocr.h"
#include "ocr/secrecy.h"
#include "ocr/steps.h"

#define PAGE_DIGITS_MIN 8
#define POLL_MS         200
#define TEXT_MAX        ((size_t)65536)

/* ---- pictures, kept until it is known that they may be written ------------------- */

struct seen {
    struct picture {
        char *name; /* owned: "01-decode.png" */
        struct str png;
    } p[OCR_WATCH_MAX];
    size_t count;
};

static void seen_auto(struct seen *s)
{
    for (size_t i = 0; i < s->count; i++) {
        mem_free(s->p[i].name);
        str_clear(&s->p[i].png);
    }
}

static void see(void *ctx, const char *name, const struct str *png)
{
    struct seen *s = ctx;
    struct picture *p = NULL;

    if (s->count >= OCR_WATCH_MAX)
        return;
    p = &s->p[s->count++];
    p->name = mem_printf("%02zu-%s.png", s->count, name);
    p->png = (struct str)STR_INIT(OCR_WATCH_BYTES_MAX);
    str_add_mem(&p->png, png->p, png->len);
}

/* ---- words for people ------------------------------------------------------------ */

static const struct {
    const char *step, *text;
} WORDS[] = {
    {"decode", N_("The picture was opened.")},
    {"network", N_("Who computes the model: this program, or Tesseract.")},
    {"stamp", N_("Stamps: is one of them a secrecy stamp?")},
    {"quad", N_("Photo: the sheet is cut out and laid flat.")},
    {"scale", N_("Brought to the size that reads best.")},
    {"bleed", N_("What shines through from the other side is taken off.")},
    {"border", N_("The dark border of the scan is taken off.")},
    {"spread", N_("Two pages in one picture are parted.")},
    {"orient", N_("Does it stand upright, or on its side or head?")},
    {"turn", N_("Turned so that it stands upright.")},
    {"dashes", N_("Rows of dashes and dots are counted, not read.")},
    {"ground", N_("Shadow and yellowed paper are made even.")},
    {"deskew", N_("Laid straight.")},
    {"rules", N_("Ruled lines are painted over, for reading only.")},
    {"tables", N_("Tables are looked for.")},
    {"areas", N_("Parts that are read one by one.")},
    {"ink", N_("Is there anything on the page?")},
    {"read", N_("Read.")},
    {"dots", N_("Rows of dots to write on become paper.")},
    {"lost", N_("Lines that were passed over are read by themselves.")},
    {"again", N_("Read badly, so read once more in another way.")},
    {"choice", N_("Marks are chosen by the words around.")},
    {"second", N_("Doubtful words and all numbers are read a second time.")},
    {"rival", N_("Digits that might be another digit are shown to a person.")},
    {"noise", N_("Specks that were read as letters are left out.")},
    {"letters", N_("Letters that print the same are told apart by their word.")},
    {"digits", N_("Letters that can only be digits become digits.")},
    {"pictures", N_("Pictures for export are made.")},
    {"red-text", N_("Much red: read once more with the red ink.")},
    {"blue-seal", N_("Blue seals over text: read once more without them.")},
};

static const char *words_for(const char *step)
{
    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++)
        if (strcmp(WORDS[i].step, step) == 0)
            return _(WORDS[i].text);
    return "";
}

static void print_text(const struct page *p, const struct result *r, struct str *out)
{
    str_addf(out, _("Page %s of %s"), p->name, p->item);
    str_addf(out, "\n%s\n\n", ocr_pipeline_version());
    for (size_t i = 0; i < r->steps.count; i++) {
        const struct step *s = &r->steps.p[i];

        str_addf(out, "%2zu  %s  %s\n", i + 1, s->name, words_for(s->name));
        str_addf(out, "    %s; ", s->done ? _("done") : _("left as it was"));
        str_addf(out, _("sure %d %%, %lld ms"), s->sure, (long long)s->cpu_ms);
        str_addf(out, "\n    %s\n", s->why);
    }
    str_add_char(out, '\n');
    str_addf(out, _("%zu words, mean confidence %d"), r->word_count, r->confidence);
    str_add_char(out, '\n');
}

static void print_json(const struct page *p, const struct result *r, const char *model,
                       const struct seen *seen, struct str *out)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct jdoc *pictures = jdoc_array();

    for (size_t i = 0; i < seen->count; i++)
        jdoc_add_text(pictures, seen->p[i].name);
    jdoc_set_text(j, "page", p->name);
    jdoc_set_text(j, "item", p->item);
    jdoc_set_text(j, "pipeline", ocr_pipeline_version());
    jdoc_set_text(j, "model", model);
    jdoc_set_int(j, "words", (int64_t)r->word_count);
    jdoc_set_int(j, "confidence", r->confidence);
    jdoc_set(j, "steps", steps_to_jdoc(&r->steps));
    jdoc_set(j, "pictures", pictures);
    jdoc_print(j, out);
    str_add_char(out, '\n');
}

/* ---- the page -------------------------------------------------------------------- */

static bool released(const struct page *p)
{
    return p->gate == PAGE_CLEAR &&
           strcmp(p->code, err_code_name(ERR_PAGE_SECRET)) == 0;
}

static int need_page(struct flow *f, const char *text, struct page *out, struct err *e)
{
    int found =
        strlen(text) < PAGE_DIGITS_MIN ? 0 : store_page_find(f->store, text, out, e);

    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_PAGE_ABSENT, "%s", text);
    return out->gate == PAGE_HELD ? err_set(e, ERR_PAGE_SECRET, "%s", text) : 0;
}

/* Was the page read with the other side of its sheet? Then it has a step about it. */
static int with_verso(struct flow *f, const struct page *p, bool *out, struct err *e)
{
    AUTO_STR struct str note = STR_INIT(STORE_NOTES_MAX);
    AUTO_JDOC struct jdoc *steps = NULL;
    AUTO_STEPS struct steps s = {0};
    int found = store_notes_get(f->store, p->id, STORE_NOTES_STEPS, &note, e);

    *out = false;
    if (found <= 0)
        return found;
    if (jdoc_parse(str_text(&note), note.len, &steps, e) < 0 ||
        steps_from_jdoc(steps, &s, e) < 0)
        return -1;
    *out = steps_find(&s, "bleed") != NULL;
    return 0;
}

static int read_page(struct flow *f, const struct page *p, struct seen *seen,
                     struct ocr_done *done, struct err *e)
{
    AUTO_PICTURE struct flow_picture picture = FLOW_PICTURE_INIT;
    AUTO_PICTURE struct flow_picture verso = FLOW_PICTURE_INIT;
    AUTO_OCR_POOL struct ocr_pool *pool = NULL;
    struct ocr_opts opts = {.workers = 1};
    struct ocr_watch watch = {.picture = see, .ctx = seen};
    struct ocr_job job = {.watch = &watch};
    struct err unseen = ERR_INIT;
    bool sides = false;
    int rc = 0;

    if (flow_picture_open(f, p, &picture, e) < 0 || with_verso(f, p, &sides, e) < 0 ||
        ocr_pool_open(&opts, &pool, e) < 0)
        return -1;
    /* As when it was read: without the other side that step alone is left out. */
    if (sides && flow_picture_verso(f, p, &verso, &job, &unseen) < 0)
        job.duplex = false;
    job.fd = picture.fd;
    job.index = picture.index;
    job.dpi = picture.dpi;
    job.rendered = picture.rendered;
    job.scanned = picture.scanned;
    job.layer = picture.layer.word_count > 0 ? &picture.layer : NULL;
    if (ocr_pool_submit(pool, &job, e) < 0)
        return -1;
    while (rc == 0)
        rc = ocr_pool_poll(pool, POLL_MS, done, e);
    if (rc > 0 && done->failed) {
        *e = done->why;
        return -1;
    }
    return rc < 0 ? -1 : 0;
}

static int write_file(const char *dir, const char *name, const struct str *bytes,
                      const struct flow_listener *to, struct err *e)
{
    AUTO_MEM char *path = fs_path(dir, name);
    struct jdoc *line = NULL;

    if (str_check(bytes, name, e) < 0 ||
        fs_write_file(path, str_text(bytes), bytes->len, e) < 0)
        return -1;
    line = flow_line("file");
    jdoc_set_text(line, "path", path);
    flow_tell(to, line);
    return 0;
}

int flow_explain(struct flow *f, const char *page, const char *dir,
                 const struct flow_listener *to, struct err *e)
{
    AUTO(seen_auto) struct seen seen = {.count = 0};
    AUTO_OCR_DONE struct ocr_done done = {0};
    AUTO_STR struct str json = STR_INIT(TEXT_MAX);
    AUTO_STR struct str text = STR_INIT(TEXT_MAX);
    char model[OCR_MODEL_HEX] = "";
    struct page p = {0};

    if (flow_need_commune(f, e) < 0 || need_page(f, page, &p, e) < 0 ||
        ocr_model_sha256(model, NULL, e) < 0 || read_page(f, &p, &seen, &done, e) < 0)
        return -1;
    if (!released(&p) &&
        (done.result.stamp != SECRECY_NONE || secrecy_find(&done.result, NULL)))
        return err_set(e, ERR_PAGE_SECRET, "%s", page);
    print_json(&p, &done.result, model, &seen, &json);
    print_text(&p, &done.result, &text);
    if (fs_mkdirs(dir, e) < 0)
        return -1;
    for (size_t i = 0; i < seen.count; i++)
        if (write_file(dir, seen.p[i].name, &seen.p[i].png, to, e) < 0)
            return -1;
    if (write_file(dir, "steps.json", &json, to, e) < 0)
        return -1;
    return write_file(dir, "steps.txt", &text, to, e);
}
