/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_CARD_H
#define SOHOA_RECORD_CARD_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"
#include "node/record/dossier.h"
#include "node/record/field.h"
#include "node/record/item.h"

struct err;

/*
 * Card: one record at one revision as canonical JSON (jdoc_print), one line without LF.
 * It is what gets hashed, sealed and sent, so its form is for ever. Meta bundles carry
 * one card a line: keys repeat and cost nothing once compressed; what is the usual is
 * left out.
 *
 * {"created":1732406660,"dossier":"1f3c07aa-d3","fields":{"so":"22bis/2003",
 *  "nksHoTen":["Nguyễn Văn A",87],"nguoiKy":["Trần B",41,"low"]},"item":"1f3c07aa-17",
 *  "kind":"birth","level":"verified","pages":["<64 hex>"],"rev":1,
 *  "unit":"24133/2025-07-01"}
 *
 *   fields: a text = written by a clerk; [text, confidence] = read; [text, confidence,
 *   reason] = read and doubtful. Empty fields are left out.
 *   dossier: absent when loose. supersedes: absent when rev is 1.
 *   pages: clear pages only, in order.
 *
 * {"created":…,"dossier":"1f3c07aa-d3","from":1,"gaps":[[14,15,"torn"]],
 *  "kind":"register","record":"birth","rev":1,"series":"year","title":"…","to":200,
 *  "unit":"…","volume":1,"year":2003}
 *
 *   from, to, volume, year, closed, gaps: absent when not known. A dossier card has no
 *   key "item".
 */
#define CARD_BYTES_MAX ((size_t)256 << 10)
#define CARD_PAGES_MAX 4096
#define CARD_GAPS_MAX  1000

enum card_type { CARD_ITEM, CARD_DOSSIER };

struct card {
    enum card_type type;
    struct item item; /* name dossier kind rev supersedes level unit created */
    struct field_list fields;
    char (*pages)[IDENT_PAGE_MAX]; /* owned */
    size_t page_count, page_cap;
    struct dossier dossier;
    struct dossier_gap *gaps; /* owned */
    size_t gap_count, gap_cap;
    char *source; /* owned: the very text that was parsed; NULL when made here */
};

void card_init(struct card *c, enum card_type type);
void card_clear(struct card *c);
#define AUTO_CARD AUTO(card_clear)

void card_add_page(struct card *c, const char *page);
void card_add_gap(struct card *c, const struct dossier_gap *gap);

/** card_print - append the canonical form, no LF. */
void card_print(const struct card *c, struct str *out);

/**
 * card_parse - read a card that came from outside; every value is checked as if a clerk
 * had typed it, and the bytes must be canonical JSON. Keys and fields that this program
 * does not know (of a newer one) stay in source only.
 * @out: initialised by this call; owned, card_clear(), also after failure.
 * Return: 0, or -1 and @e: ERR_CARD.
 */
MUST_CHECK int card_parse(const char *text, size_t len, struct card *out,
                          struct err *e);

#endif
