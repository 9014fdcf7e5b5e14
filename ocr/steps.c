/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"

static int64_t cpu_us(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void steps_begin(struct steps *s)
{
    s->cpu_us = cpu_us();
}

static void add(struct steps *s, const char *name, bool done, int sure, const char *why)
{
    mem_grow(&s->p, &s->cap, s->count + 1, sizeof *s->p);
    s->p[s->count++] = (struct step){
        .name = mem_dup(name), .done = done, .sure = sure, .why = mem_dup(why)};
}

void steps_add(struct steps *s, const char *name, bool done, int sure, const char *fmt,
               ...)
{
    char why[STEP_WHY_MAX + 1] = "";
    int64_t now_us = cpu_us();
    va_list args;

    if (s->count >= STEPS_MAX)
        return;
    va_start(args, fmt);
    (void)vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    add(s, name, done, (int)num_clamp(sure, 0, 100), why);
    s->p[s->count - 1].cpu_ms = s->cpu_us > 0 ? (now_us - s->cpu_us + 500) / 1000 : 0;
    s->cpu_us = now_us;
}

const struct step *steps_find(const struct steps *s, const char *name)
{
    for (size_t i = s->count; i > 0; i--)
        if (strcmp(s->p[i - 1].name, name) == 0)
            return &s->p[i - 1];
    return NULL;
}

struct jdoc *steps_to_jdoc(const struct steps *s)
{
    struct jdoc *all = jdoc_array();

    for (size_t i = 0; i < s->count; i++) {
        struct jdoc *one = jdoc_object();

        jdoc_set_text(one, "step", s->p[i].name);
        jdoc_set_bool(one, "done", s->p[i].done);
        jdoc_set_int(one, "sure", s->p[i].sure);
        jdoc_set_text(one, "why", s->p[i].why);
        jdoc_set_int(one, "cpu_ms", s->p[i].cpu_ms);
        jdoc_add(all, one);
    }
    return all;
}

static bool keyword(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= STEP_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz-") == len;
}

static bool plain(const char *why)
{
    size_t len = 0;

    for (; why[len] != '\0'; len++)
        if (why[len] < ' ' || why[len] > '~')
            return false;
    return len <= STEP_WHY_MAX;
}

int steps_from_jdoc(const struct jdoc *j, struct steps *out, struct err *e)
{
    AUTO_STEPS struct steps s = {0};

    if (!jdoc_is_array(j) || jdoc_count(j) > STEPS_MAX)
        return err_set(e, ERR_WORKER_PROTOCOL, "steps");
    for (size_t i = 0; i < jdoc_count(j); i++) {
        const struct jdoc *one = jdoc_at(j, i);
        const char *name = jdoc_text(one, "step"), *why = jdoc_text(one, "why");
        int64_t sure = 0, cpu_ms = 0;

        if (!name || !why || !keyword(name) || !plain(why) ||
            !jdoc_int(one, "sure", 0, 100, &sure) ||
            !jdoc_int(one, "cpu_ms", 0, INT32_MAX, &cpu_ms))
            return err_set(e, ERR_WORKER_PROTOCOL, "step %zu", i);
        add(&s, name, jdoc_bool(one, "done", false), (int)sure, why);
        s.p[i].cpu_ms = cpu_ms;
    }
    *out = s;
    s = (struct steps){0};
    return 0;
}

void steps_clear(struct steps *s)
{
    for (size_t i = 0; i < s->count; i++) {
        mem_free(s->p[i].name);
        mem_free(s->p[i].why);
    }
    mem_free(s->p);
    *s = (struct steps){0};
}
