/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make-pages: draws pages as they lie in commune offices, and writes beside each file
 * its true text (NAME.txt) and true fields (NAME.json); with --also the text of seals
 * and stamps (NAME.also), which is on the paper but need not be read. Invented content
 * only. The same seed and options give the same files.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "tests/tools/pages/files.h"
#include "tests/tools/pages/kinds.h"
#include "tests/tools/pages/paper.h"
#include "tests/tools/pages/photo.h"

static const char USAGE[] =
    "make-pages --seed N --out DIR [OPTIONS]\n"
    "  --kind letter|register|typed|all   (all: three letters, a register, a typed "
    "page)\n"
    "  --count N        documents (1)\n"
    "  --level clean|moderate|hard|phone  (moderate; hard: documents 1 and 2, 3 and 4 "
    "...\n"
    "                   are the two sides of a sheet and shine through each other; "
    "phone:\n"
    "                   a photo of the sheet on a desk)\n"
    "  --format png|jpeg|tiff|pdf         (jpeg)\n"
    "  --mode colour|grey|bw              (colour; bw: TIFF in CCITT G4)\n"
    "  --dpi N          75 to 600 (300)\n"
    "  --quality N      of JPEG, 30 to 95 (by level)\n"
    "  --pages N        sheets of a letter, at most (1); above 1 only tiff and pdf\n"
    "  --stamp mat|toimat|tuyetmat|khan|hoatoc   a stamp in a box on each letter\n"
    "  --stamp-turn N   degrees, clockwise (0)\n"
    "  --stamp-ink red|black              (red)\n"
    "  --stamp-over     over text\n"
    "  --seals N        so many more round seals over the text of a letter (0)\n"
    "  --seal-ink red|blue|violet         of those (red)\n"
    "  --incoming N     chance of an incoming stamp, percent (35)\n"
    "  --year Y --volume V --first N      of the register (2003, 1, 1)\n"
    "  --gap N          leave out that number (may be repeated)\n"
    "  --double N       give that number twice (may be repeated)\n"
    "  --hand N, --blank N  the mother's name of that entry is written by hand, or "
    "left "
    "out\n"
    "  --prefix TEXT    of the file names (the kind, \"page\" for all)\n"
    "  --keep N         only the upper N percent of a sheet: a slip, quick to read "
    "(the\n"
    "                   true text stays that of the whole sheet)\n"
    "  --turn 90|180|270  the picture, clockwise\n"
    "  --spread         documents 1 and 2, 3 and 4 ... are the pages of an open book, "
    "in "
    "one\n"
    "                   picture, named after the first\n"
    "  --also           write the text of seals and stamps over the page, too: "
    "NAME.also\n"
    "Prints the path of each file.\n";

struct call {
    int seed;
    const char *out;
    const char *kind;
    int count;
    enum level level;
    enum format format;
    enum mode mode;
    int quality;
    int keep;
    int turn; /* quarters */
    bool also;
    bool spread;
    const char *prefix;
    struct wish wish;
};

static int fail(const char *text)
{
    (void)fprintf(stderr, "make-pages: %s\n%s", text, USAGE);
    return -1;
}

static int number(const char *text, int min, int max, int *out)
{
    char *end = NULL;
    long v = strtol(text, &end, 10);

    if (end == text || *end || v < min || v > max) {
        (void)fprintf(stderr, "make-pages: %s is not a number from %d to %d\n", text,
                      min, max);
        return -1;
    }
    *out = (int)v;
    return 0;
}

/* Index of @text in a NULL-ended list, -1. */
static int choice(const char *text, const char *const *list)
{
    for (int i = 0; list[i]; i++)
        if (strcmp(list[i], text) == 0)
            return i;
    (void)fprintf(stderr, "make-pages: unknown: %s\n", text);
    return -1;
}

enum choice_of {
    OPT_SEED = 1,
    OPT_OUT,
    OPT_KIND,
    OPT_COUNT,
    OPT_LEVEL,
    OPT_FORMAT,
    OPT_MODE,
    OPT_DPI,
    OPT_QUALITY,
    OPT_PAGES,
    OPT_STAMP,
    OPT_STAMP_TURN,
    OPT_STAMP_INK,
    OPT_STAMP_OVER,
    OPT_SEALS,
    OPT_SEAL_INK,
    OPT_INCOMING,
    OPT_YEAR,
    OPT_VOLUME,
    OPT_FIRST,
    OPT_GAP,
    OPT_DOUBLE,
    OPT_HAND,
    OPT_BLANK,
    OPT_PREFIX,
    OPT_KEEP,
    OPT_ALSO,
    OPT_SPREAD,
    OPT_TURN,
    OPT_HELP
};

static int take(struct call *c, enum choice_of o, const char *text)
{
    static const char *const LEVELS[] = {"clean", "moderate", "hard", "phone", NULL};
    static const char *const FORMATS[] = {"png", "jpeg", "tiff", "pdf", NULL};
    static const char *const MODES[] = {"colour", "grey", "bw", NULL};
    static const char *const STAMPS[] = {"mat",  "toimat", "tuyetmat",
                                         "khan", "hoatoc", NULL};
    static const char *const TURNS[] = {"0", "90", "180", "270", NULL};
    static const char *const WORDS[] = {"MẬT", "TỐI MẬT", "TUYỆT MẬT", "KHẨN",
                                        "HỎA TỐC"};
    static const char *const SEAL_INKS[] = {"red", "blue", "violet", NULL};
    static const char *const INKS[] = {"red", "black", NULL};
    struct wish *w = &c->wish;
    int i = 0;

    switch (o) {
    case OPT_SEED:
        return number(text, 0, 2147483647, &c->seed);
    case OPT_OUT:
        c->out = text;
        return 0;
    case OPT_KIND:
        c->kind = text;
        return 0;
    case OPT_COUNT:
        return number(text, 1, 100000, &c->count);
    case OPT_LEVEL:
        i = choice(text, LEVELS);
        c->level = (enum level)i;
        return i < 0 ? -1 : 0;
    case OPT_FORMAT:
        i = choice(text, FORMATS);
        c->format = (enum format)i;
        return i < 0 ? -1 : 0;
    case OPT_MODE:
        i = choice(text, MODES);
        c->mode = (enum mode)i;
        return i < 0 ? -1 : 0;
    case OPT_DPI:
        return number(text, 75, 600, &w->dpi);
    case OPT_QUALITY:
        return number(text, 30, 95, &c->quality);
    case OPT_PAGES:
        return number(text, 1, KIND_PAGES_MAX, &w->pages);
    case OPT_STAMP:
        i = choice(text, STAMPS);
        if (i < 0)
            return -1;
        w->secrecy = WORDS[i];
        return 0;
    case OPT_STAMP_TURN:
        return number(text, -90, 90, &w->stamp_turn_deg);
    case OPT_STAMP_INK:
        i = choice(text, INKS);
        w->stamp_black = i == 1;
        return i < 0 ? -1 : 0;
    case OPT_STAMP_OVER:
        w->stamp_over = true;
        return 0;
    case OPT_SEALS:
        return number(text, 0, 20, &w->seals);
    case OPT_SEAL_INK:
        i = choice(text, SEAL_INKS);
        w->seal_ink = (enum seal_ink)i;
        return i < 0 ? -1 : 0;
    case OPT_INCOMING:
        return number(text, 0, 100, &w->incoming);
    case OPT_YEAR:
        return number(text, 1950, 2030, &w->year);
    case OPT_VOLUME:
        return number(text, 1, 99, &w->volume);
    case OPT_FIRST:
        return number(text, 1, 99999, &w->first);
    case OPT_GAP:
        if (w->gap_count == KIND_MARKS_MAX)
            return fail("too many --gap");
        return number(text, 1, 99999, &w->gaps[w->gap_count++]);
    case OPT_HAND:
        return number(text, 1, 99999, &w->hand);
    case OPT_BLANK:
        return number(text, 1, 99999, &w->blank);
    case OPT_DOUBLE:
        if (w->double_count == KIND_MARKS_MAX)
            return fail("too many --double");
        return number(text, 1, 99999, &w->doubles[w->double_count++]);
    case OPT_PREFIX:
        c->prefix = text;
        return 0;
    case OPT_KEEP:
        return number(text, 5, 100, &c->keep);
    case OPT_TURN:
        c->turn = choice(text, TURNS);
        return c->turn < 0 ? -1 : 0;
    case OPT_SPREAD:
        c->spread = true;
        return 0;
    case OPT_ALSO:
        c->also = true;
        return 0;
    case OPT_HELP:
        (void)fputs(USAGE, stdout);
        exit(0);
    }
    return -1;
}

static int read_options(int argc, char **argv, struct call *c)
{
    static const struct option LONG[] = {
        {"seed", required_argument, NULL, OPT_SEED},
        {"out", required_argument, NULL, OPT_OUT},
        {"kind", required_argument, NULL, OPT_KIND},
        {"count", required_argument, NULL, OPT_COUNT},
        {"level", required_argument, NULL, OPT_LEVEL},
        {"format", required_argument, NULL, OPT_FORMAT},
        {"mode", required_argument, NULL, OPT_MODE},
        {"dpi", required_argument, NULL, OPT_DPI},
        {"quality", required_argument, NULL, OPT_QUALITY},
        {"pages", required_argument, NULL, OPT_PAGES},
        {"stamp", required_argument, NULL, OPT_STAMP},
        {"stamp-turn", required_argument, NULL, OPT_STAMP_TURN},
        {"stamp-ink", required_argument, NULL, OPT_STAMP_INK},
        {"stamp-over", no_argument, NULL, OPT_STAMP_OVER},
        {"seals", required_argument, NULL, OPT_SEALS},
        {"seal-ink", required_argument, NULL, OPT_SEAL_INK},
        {"incoming", required_argument, NULL, OPT_INCOMING},
        {"year", required_argument, NULL, OPT_YEAR},
        {"volume", required_argument, NULL, OPT_VOLUME},
        {"first", required_argument, NULL, OPT_FIRST},
        {"gap", required_argument, NULL, OPT_GAP},
        {"double", required_argument, NULL, OPT_DOUBLE},
        {"hand", required_argument, NULL, OPT_HAND},
        {"blank", required_argument, NULL, OPT_BLANK},
        {"prefix", required_argument, NULL, OPT_PREFIX},
        {"keep", required_argument, NULL, OPT_KEEP},
        {"also", no_argument, NULL, OPT_ALSO},
        {"spread", no_argument, NULL, OPT_SPREAD},
        {"turn", required_argument, NULL, OPT_TURN},
        {"help", no_argument, NULL, OPT_HELP},
        {NULL, 0, NULL, 0},
    };
    int o = 0;

    while ((o = getopt_long(argc, argv, "", LONG, NULL)) != -1)
        if (o == '?' || take(c, (enum choice_of)o, optarg) < 0)
            return -1;
    if (optind < argc)
        return fail("there is a word too many");
    if (c->seed < 0 || !c->out)
        return fail("--seed and --out are needed");
    if (c->wish.pages > 1 && c->format != FORMAT_TIFF && c->format != FORMAT_PDF)
        return fail("several pages go into tiff or pdf only");
    if (!c->prefix)
        c->prefix = strcmp(c->kind, "all") == 0 ? "page" : c->kind;
    if (c->quality == 0)
        c->quality = (const int[]){90, 78, 62, 82}[c->level];
    c->wish.skew_deg_max = paper_skew(c->level);
    return 0;
}

static int write_text(const char *path, const struct str *text, struct err *e)
{
    AUTO_STR struct str nfc = STR_INIT(STR_TEXT_MAX);
    const char *p = str_text(text);

    /* Sheets are apart by a form feed, which utf8_nfc() would drop. */
    while (*p) {
        size_t len = strcspn(p, "\f");

        utf8_nfc(p, len, &nfc);
        p += len;
        if (*p) {
            str_add_char(&nfc, '\f');
            p++;
        }
    }
    return fs_write_file(path, str_text(&nfc), nfc.len, e);
}

/* Beside the picture: NAME.txt, NAME.json and, when it is wanted, NAME.also. */
static int write_truth(const struct call *c, const char *name, const struct str *truth,
                       const struct str *also, const struct jdoc *fields)
{
    AUTO_MEM char *text_path = fs_pathf(c->out, "%s.txt", name);
    AUTO_MEM char *json_path = fs_pathf(c->out, "%s.json", name);
    AUTO_MEM char *also_path = fs_pathf(c->out, "%s.also", name);
    struct err e = ERR_INIT;

    if (write_text(text_path, truth, &e) < 0 ||
        (c->also && write_text(also_path, also, &e) < 0) ||
        jdoc_write_file(json_path, fields, &e) < 0) {
        (void)fprintf(stderr, "make-pages: %s: %s\n", e.subject, e.detail);
        return -1;
    }
    return 0;
}

static struct picture take_picture(const struct sheet *s, const struct sheet *other,
                                   const struct call *c, struct rng *r)
{
    struct picture paper = paper_scan(s, other, c->level, c->wish.dpi, r), photo = {0};

    if (c->level != LEVEL_PHONE)
        return paper;
    photo = photo_take(&paper, r);
    picture_clear(&paper);
    return photo;
}

/* A document: drawn, and where its dice are. */
struct document {
    struct rng rng;
    struct str truth, also; /* also: of stamps */
    struct drawn drawn;
};

static void document_clear(struct document *d)
{
    for (int i = 0; i < d->drawn.count; i++)
        sheet_close(&d->drawn.sheets[i]);
    jdoc_free(d->drawn.fields);
    str_clear(&d->truth);
    str_clear(&d->also);
}

/* Both sides of a sheet are of one kind: so wide, so high. */
static int draw(struct call *c, int index, struct document *d)
{
    static const char *const CYCLE[] = {"letter", "letter", "register", "letter",
                                        "typed"};
    int turn = c->level == LEVEL_HARD ? index / 2 : index;
    const char *kind = strcmp(c->kind, "all") == 0 ? CYCLE[turn % 5] : c->kind;

    *d = (struct document){.rng = rng_make((uint64_t)c->seed, (uint64_t)index),
                           .truth = STR_INIT(STR_TEXT_MAX),
                           .also = STR_INIT(STR_TEXT_MAX)};
    c->wish.also = c->also ? &d->also : NULL;
    if (strcmp(kind, "letter") == 0)
        kind_letter(&d->rng, &c->wish, &d->truth, &d->drawn);
    else if (strcmp(kind, "typed") == 0)
        kind_typed(&d->rng, &c->wish, &d->truth, &d->drawn);
    else if (strcmp(kind, "register") == 0)
        kind_register(&d->rng, &c->wish, &d->truth, &d->drawn);
    else
        return fail("unknown kind");
    if (d->drawn.next) {
        c->wish.first = d->drawn.next;
        c->wish.again = d->drawn.again;
    }
    return 0;
}

/* What is printed behind sheet @i: the next sheet of the document or, when it is the
 * only one, @other. */
static const struct sheet *behind(const struct document *d, int i,
                                  const struct document *other)
{
    if (d->drawn.count > 1)
        return (i ^ 1) < d->drawn.count ? &d->drawn.sheets[i ^ 1] : NULL;
    return other && other->drawn.count == 1 ? &other->drawn.sheets[0] : NULL;
}

static int write_one(const struct call *c, int index, struct document *d,
                     const struct document *other)
{
    static const char *const EXT[] = {"png", "jpg", "tif", "pdf"};
    struct picture pictures[KIND_PAGES_MAX] = {0};
    char name[300];
    int rc = 0;

    for (int i = 0; i < d->drawn.count; i++) {
        pictures[i] =
            take_picture(&d->drawn.sheets[i], behind(d, i, other), c, &d->rng);
        pictures[i].height = pictures[i].height * c->keep / 100;
        for (int k = 0; k < c->turn; k++)
            picture_turn(&pictures[i]);
    }
    (void)snprintf(name, sizeof name, "%.200s-%04d", c->prefix, index + 1);
    {
        AUTO_MEM char *path = fs_pathf(c->out, "%s.%s", name, EXT[c->format]);

        jdoc_set_int(d->drawn.fields, "seed", c->seed);
        rc =
            files_write(path, c->format, c->mode, c->quality, pictures, d->drawn.count);
        if (rc == 0)
            rc = write_truth(c, name, &d->truth, &d->also, d->drawn.fields);
        if (rc == 0)
            (void)printf("%s\n", path);
    }
    for (int i = 0; i < d->drawn.count; i++)
        picture_clear(&pictures[i]);
    return rc;
}

/* Both in one picture, left and right. */
static int write_spread(const struct call *c, int index, struct document two[2])
{
    static const char *const EXT[] = {"png", "jpg", "tif", "pdf"};
    struct picture left = take_picture(&two[0].drawn.sheets[0], NULL, c, &two[0].rng);
    struct picture right = take_picture(&two[1].drawn.sheets[0], NULL, c, &two[1].rng);
    struct picture both = picture_spread(&left, &right);
    AUTO_MEM char *name = mem_printf("%.200s-%04d", c->prefix, index + 1);
    AUTO_MEM char *path = fs_pathf(c->out, "%s.%s", name, EXT[c->format]);
    int rc = files_write(path, c->format, c->mode, c->quality, &both, 1);

    str_add_char(&two[0].truth, '\n');
    str_add(&two[0].truth, str_text(&two[1].truth));
    if (rc == 0)
        rc = write_truth(c, name, &two[0].truth, &two[0].also, two[0].drawn.fields);
    if (rc == 0)
        (void)printf("%s\n", path);
    picture_clear(&left);
    picture_clear(&right);
    picture_clear(&both);
    return rc;
}

/* Documents @index and the next one: at the level hard the two sides of a sheet. */
static int make_two(struct call *c, int index)
{
    struct document two[2] = {0};
    bool sides = c->level == LEVEL_HARD;
    int rc = draw(c, index, &two[0]);

    if (rc == 0 && (sides || c->spread || index + 1 < c->count))
        rc = draw(c, index + 1, &two[1]);
    if (rc == 0 && c->spread)
        rc = write_spread(c, index, two);
    for (int i = 0; rc == 0 && !c->spread && i < 2 && index + i < c->count; i++)
        rc = write_one(c, index + i, &two[i], sides ? &two[1 - i] : NULL);
    document_clear(&two[0]);
    document_clear(&two[1]);
    return rc;
}

int main(int argc, char **argv)
{
    struct call c = {
        .seed = -1,
        .kind = "all",
        .count = 1,
        .keep = 100,
        .level = LEVEL_MODERATE,
        .format = FORMAT_JPEG,
        .wish = {.dpi = 300,
                 .pages = 1,
                 .incoming = 35,
                 .year = 2003,
                 .volume = 1,
                 .first = 1},
    };
    struct err e = ERR_INIT;

    if (read_options(argc, argv, &c) < 0)
        return 2;
    if (fs_mkdirs(c.out, &e) < 0) {
        (void)fprintf(stderr, "make-pages: %s: %s\n", e.subject, e.detail);
        return 1;
    }
    for (int i = 0; i < c.count; i += 2)
        if (make_two(&c, i) < 0)
            return 1;
    return 0;
}
