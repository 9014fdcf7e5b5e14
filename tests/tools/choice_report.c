/* SPDX-License-Identifier: Apache-2.0 */
/*
 * choice_report TRUTH SUFFIX PICTURE... - what choosing among alternatives does.
 *
 * TRUTH: folder with the true text of each picture, its name with SUFFIX instead of the
 * ending. Each picture is read without and with choosing, in this process. One line a
 * picture: recall without, with; CPU ms without, with; words changed: all, rightly,
 * wrongly (the rest made no difference to the words found); name. Last lines: means for
 * half A and half B of the pictures (by a hash of the name) and for all.
 */
#include <fcntl.h>
#include <unistd.h>

#include "ocr/chain.h"
#include "ocr/tess.h"
#include "tests/tools/bag.h"

struct sums {
    double plain, chosen, worst_plain, worst_chosen;
    long long cpu_plain, cpu_chosen;
    size_t changed, right, wrong;
    int pages;
};

/* The first word of a text, as bags have it. */
static void bare(const char *text, struct str *out)
{
    AUTO_BAG struct bag b = BAG_INIT;

    bag_fill(&b, text, strlen(text));
    if (b.count > 0)
        str_add(out, b.words[0]);
}

/* The word with one neighbour on either side. */
static size_t around_from(const struct result *r, size_t i)
{
    return r->words[i > 0 ? i - 1 : 0].start;
}

static size_t around(const struct result *r, size_t i)
{
    const struct result_word *last = &r->words[i + 1 < r->word_count ? i + 1 : i];

    return last->start + last->len - around_from(r, i);
}

/* Right: without the change one word of the truth more would be missing. Wrong: one
 * less. */
static void judge(const struct result *r, const struct bag *truth, struct sums *s)
{
    AUTO_BAG struct bag read = BAG_INIT;

    bag_fill(&read, r->text, strlen(r->text));
    for (size_t i = 0; i < r->choice_count; i++) {
        const struct result_choice *c = &r->choices[i];
        const struct result_word *w = &r->words[c->word];
        AUTO_MEM char *word = mem_printf("%.*s", (int)w->len, r->text + w->start);
        AUTO_STR struct str now = STR_INIT(STR_LINE_MAX);
        AUTO_STR struct str was = STR_INIT(STR_LINE_MAX);
        bool good = false, bad = false;

        if (!c->changed)
            continue;
        bare(word, &now);
        bare(c->other, &was);
        good = bag_times(truth, str_text(&now)) >= bag_times(&read, str_text(&now));
        bad = bag_times(truth, str_text(&was)) > bag_times(&read, str_text(&was));
        s->changed++;
        s->right += good && !bad;
        s->wrong += bad && !good;
        if (bad && !good)
            (void)printf("# wrong: %s -> %s, costs %d -> %d, confidence %d, in: %.*s\n",
                         c->other, word, c->score_other, c->score, w->confidence,
                         (int)around(r, c->word), r->text + around_from(r, c->word));
    }
}

static int read_once(struct tess *t, const char *path, bool plain, struct result *r)
{
    struct ocr_job job = {.fd = open(path, O_RDONLY | O_CLOEXEC), .plain = plain};
    struct err e = ERR_INIT;
    int rc = job.fd < 0 ? -1 : chain_read(t, &job, r, NULL, &e);

    if (job.fd >= 0)
        (void)close(job.fd);
    if (rc < 0)
        (void)fprintf(stderr, "choice_report: %s: %s\n", path, err_code_name(e.code));
    return rc;
}

static double recall(const struct bag *truth, const struct result *r)
{
    AUTO_BAG struct bag read = BAG_INIT;

    bag_fill(&read, r->text, strlen(r->text));
    return truth->count ? (double)bag_common(truth, &read) / (double)truth->count : 1;
}

static void add(struct sums *to, const struct sums *one)
{
    if (to->pages == 0 || one->plain < to->worst_plain)
        to->worst_plain = one->plain;
    if (to->pages == 0 || one->chosen < to->worst_chosen)
        to->worst_chosen = one->chosen;
    to->plain += one->plain;
    to->chosen += one->chosen;
    to->cpu_plain += one->cpu_plain;
    to->cpu_chosen += one->cpu_chosen;
    to->changed += one->changed;
    to->right += one->right;
    to->wrong += one->wrong;
    to->pages++;
}

static void print(const char *name, const struct sums *s)
{
    if (s->pages > 0)
        (void)printf("%s: %d pages, recall %.4f -> %.4f (worst %.4f -> %.4f), CPU %lld "
                     "-> %lld ms a page, changed %zu, right %zu, wrong %zu\n",
                     name, s->pages, s->plain / s->pages, s->chosen / s->pages,
                     s->worst_plain, s->worst_chosen, s->cpu_plain / s->pages,
                     s->cpu_chosen / s->pages, s->changed, s->right, s->wrong);
}

int main(int argc, char **argv)
{
    AUTO_TESS struct tess *t = NULL;
    struct sums half[2] = {0};
    struct sums all = {0};
    struct err e = ERR_INIT;

    if (argc < 4) {
        (void)fputs("choice_report TRUTH SUFFIX PICTURE...\n", stderr);
        return 2;
    }
    if (tess_open(&t, &e) < 0)
        return 1;
    for (int i = 3; i < argc; i++) {
        AUTO_BAG struct bag truth = BAG_INIT;
        AUTO_RESULT struct result plain = {0};
        AUTO_RESULT struct result chosen = {0};
        const char *name = strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i];
        const char *dot = strrchr(name, '.');
        int len = dot ? (int)(dot - name) : (int)strlen(name);
        AUTO_MEM char *path = mem_printf("%s/%.*s%s", argv[1], len, name, argv[2]);
        struct sums one = {0};
        unsigned hash = 2166136261U;

        for (int k = 0; k < len; k++)
            hash = (hash ^ (unsigned char)name[k]) * 16777619U;
        if (bag_read(path, &truth) < 0 || read_once(t, argv[i], true, &plain) < 0 ||
            read_once(t, argv[i], false, &chosen) < 0)
            return 1;
        one.plain = recall(&truth, &plain);
        one.chosen = recall(&truth, &chosen);
        one.cpu_plain = plain.cpu_ms;
        one.cpu_chosen = chosen.cpu_ms;
        judge(&chosen, &truth, &one);
        (void)printf("%.4f %.4f %lld %lld %zu %zu %zu %s\n", one.plain, one.chosen,
                     one.cpu_plain, one.cpu_chosen, one.changed, one.right, one.wrong,
                     name);
        (void)fflush(stdout);
        add(&half[hash >> 16 & 1], &one);
        add(&all, &one);
    }
    print("A", &half[0]);
    print("B", &half[1]);
    print("all", &all);
    return 0;
}
