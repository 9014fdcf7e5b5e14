/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_pages [--sides] DIR PICTURE... - read pictures in this process, for measuring.
 * --sides: pictures 1 and 2, 3 and 4 ... are the two sides of a sheet. With
 * RECOGNIZER=tesseract in the environment Tesseract's own network reads.
 *
 * Writes for each picture, by its name without folder and ending: DIR/NAME.txt the
 * text, DIR/NAME.txt.doubt the doubtful words (number of the word, from 0, and why),
 * DIR/NAME.tsv its words as the table Tesseract writes (in the text of
 * the page's own row: how it was laid upright, struct result_upright), DIR/NAME.steps
 * what each step of the chain found. Prints CPU ms, words, numbers and name.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "ocr/chain.h"
#include "ocr/doubt.h"
#include "ocr/result.h"
#include "ocr/steps.h"
#include "ocr/tess.h"

static void table(const struct result *r, struct str *out)
{
    int in_line = 0;

    str_addf(out, "1\t1\t0\t0\t0\t0\t0\t0\t%d\t%d\t-1\t", r->width_px, r->height_px);
    if (r->upright.width_px > 0) {
        str_addf(out, "%d %d", r->upright.width_px, r->upright.height_px);
        for (size_t i = 0; i < 8; i++)
            str_addf(out, " %d", r->upright.corner[i]);
    }
    str_add_char(out, '\n');
    for (size_t i = 0; i < r->word_count; i++) {
        const struct result_word *w = &r->words[i];

        in_line = i > 0 && w->line == w[-1].line ? in_line + 1 : 1;
        str_addf(out, "5\t1\t%d\t1\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.*s\n", w->block + 1,
                 w->line + 1, in_line, w->x, w->y, w->w, w->h, w->confidence,
                 (int)w->len, r->text + w->start);
    }
}

static void told(const struct steps *s, struct str *out)
{
    for (size_t i = 0; i < s->count; i++)
        str_addf(out, "%s\t%lld\t%s\t%d\t%s\n", s->p[i].name, (long long)s->p[i].cpu_ms,
                 s->p[i].done ? "done" : "-", s->p[i].sure, s->p[i].why);
}

static int save(const char *dir, const char *name, const char *suffix,
                const struct str *text, struct err *e)
{
    AUTO_MEM char *path = fs_pathf(dir, "%s%s", name, suffix);

    return fs_write_file(path, str_text(text), text->len, e);
}

/* @other: the back of the sheet, NULL: not known. */
static int read_one(struct tess *t, const char *dir, const char *path,
                    const char *other, struct err *e)
{
    const char *recognizer = getenv("RECOGNIZER");
    struct ocr_job job = {.fd = open(path, O_RDONLY | O_CLOEXEC),
                          .rendered = true,
                          .tesseract =
                              recognizer && strcmp(recognizer, "tesseract") == 0,
                          .duplex = other != NULL,
                          .verso = {.fd = -1, .rendered = true}};
    AUTO_RESULT struct result r = {0};
    AUTO_DOUBTS struct doubts d = {0};
    AUTO_STR struct str text = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str doubt = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str tsv = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str steps = STR_INIT(STR_FILE_MAX);
    AUTO_MEM char *name = mem_dup(fs_basename(path));
    char *dot = strrchr(name, '.');
    int rc = 0;

    if (other)
        job.verso.fd = open(other, O_RDONLY | O_CLOEXEC);
    rc = job.fd < 0 ? err_set(e, ERR_OPEN, "%s", path)
                    : chain_read(t, &job, &r, NULL, e);
    if (job.fd >= 0)
        (void)close(job.fd);
    if (job.verso.fd >= 0)
        (void)close(job.verso.fd);
    if (rc < 0)
        return -1;
    if (dot)
        *dot = '\0';
    doubt_find(&r, &d);
    for (size_t i = 0; i < d.count; i++)
        str_addf(&doubt, "%zu\t%s\t%.*s\n", d.p[i].word, d.p[i].reason,
                 (int)r.words[d.p[i].word].len, r.text + r.words[d.p[i].word].start);
    str_add(&text, r.text);
    str_add_char(&text, '\n');
    table(&r, &tsv);
    told(&r.steps, &steps);
    (void)printf("%lld ms %zu words %zu doubtful %s\n", (long long)r.cpu_ms,
                 r.word_count, d.count, name);
    return save(dir, name, ".txt", &text, e) < 0 ||
                   save(dir, name, ".txt.doubt", &doubt, e) < 0 ||
                   save(dir, name, ".tsv", &tsv, e) < 0 ||
                   save(dir, name, ".steps", &steps, e) < 0
               ? -1
               : 0;
}

int main(int argc, char **argv)
{
    AUTO_TESS struct tess *t = NULL;
    struct err e = ERR_INIT;
    bool sides = argc > 1 && strcmp(argv[1], "--sides") == 0;
    int first = sides ? 2 : 1;

    if (argc < first + 2) {
        (void)fputs("read_pages [--sides] DIR PICTURE...\n", stderr);
        return 2;
    }
    if (tess_open(&t, &e) < 0)
        return 1;
    for (int i = first + 1; i < argc; i++) {
        int other = first + 1 + ((i - first - 1) ^ 1);

        if (read_one(t, argv[first], argv[i],
                     sides && other < argc ? argv[other] : NULL, &e) < 0) {
            (void)fprintf(stderr, "read_pages: %s: %s\n", argv[i],
                          err_code_name(e.code));
            return 1;
        }
        (void)fflush(stdout);
    }
    return 0;
}
