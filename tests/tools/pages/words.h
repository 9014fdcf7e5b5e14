/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TOOLS_WORDS_H
#define SOHOA_TOOLS_WORDS_H

struct rng;
struct str;

/*
 * Invented text of commune offices. A template holds {list}, which stands for a random
 * entry of that list (again a template), {N-M} for a number, and the names of the
 * document's own values below. Everything is NFC.
 */
struct words_of {
    const char *commune;  /* {xa}    "Ea Tul" */
    const char *district; /* {huyen} "Cư M'gar" */
    const char *unit;     /* {donvi} "Ủy ban nhân dân xã Ea Tul" */
    int year;             /* {nam}; {ngay} is a date of that year or the one before */
};

/* words_expand - append @text with everything in braces replaced. */
void words_expand(struct rng *r, const char *text, const struct words_of *of,
                  struct str *out);

/* words_pick - a random entry of a list, not expanded. view, static. */
const char *words_pick(struct rng *r, const char *list);

#endif
