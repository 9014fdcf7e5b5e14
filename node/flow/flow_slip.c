/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_slip.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "node/base/err.h"
#include "node/base/hash.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/flow/flow_qr.h"
#include "node/record/dossier.h"
#include "node/store/store_dossier.h"

#define FACT  "slip.key"
#define WHITE 4 /* cells around a code, as its standard wants */

/* ---- the key ----------------------------------------------------------------------
 */

static int read_key(struct flow *f, unsigned char key[SLIP_KEY_LEN], struct err *e)
{
    AUTO_MEM char *hex = NULL;
    int found = store_fact_get(f->store, FACT, &hex, e);

    if (found <= 0)
        return found;
    return hash_unhex(hex, key, SLIP_KEY_LEN) ? 1 : err_set(e, ERR_STORE_DAMAGED, FACT);
}

/* The first one that is made stays: slips are printed with it. */
static int make_key(struct flow *f, unsigned char key[SLIP_KEY_LEN], struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    char hex[2 * SLIP_KEY_LEN + 1];
    int found = 0;

    if (store_begin(f->store, &txn, e) < 0)
        return -1;
    found = read_key(f, key, e);
    if (found != 0)
        return found;
    if (getrandom(key, SLIP_KEY_LEN, 0) != SLIP_KEY_LEN)
        return err_sys(e, ERR_INTERNAL, "getrandom");
    hash_hex(key, SLIP_KEY_LEN, hex);
    if (store_fact_set(f->store, FACT, hex, e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    return 1;
}

int flow_slip_key(struct flow *f, bool make, unsigned char key[SLIP_KEY_LEN],
                  struct err *e)
{
    int found = read_key(f, key, e);

    return found == 0 && make ? make_key(f, key, e) : found;
}

/* ---- codes ------------------------------------------------------------------------
 */

static int tell_slip(const struct dossier *d, int64_t number,
                     const unsigned char key[SLIP_KEY_LEN],
                     const struct flow_listener *to, struct err *e)
{
    struct slip s = {.number = {.number = number, .year = number ? d->year : 0}};
    char text[SLIP_TEXT_MAX];
    char shown[REGNO_TEXT_MAX] = "";
    struct jdoc *line = NULL;
    struct jdoc *cells = NULL;

    memcpy(s.dossier, d->name, sizeof s.dossier);
    slip_print(&s, key, text);
    if (flow_qr_cells(text, true, &cells, e) < 0)
        return -1;
    if (number)
        regno_print(&s.number, shown);
    line = flow_line("slip");
    jdoc_set_text(line, "dossier", d->name);
    jdoc_set_text(line, "title", d->title);
    jdoc_set_text(line, "number", number ? shown : NULL);
    jdoc_set_text(line, "text", text);
    jdoc_set(line, "cells", cells);
    flow_tell(to, line);
    return 0;
}

static int check(const struct flow_slip_opts *o, const struct dossier *d, struct err *e)
{
    if (d->closed_count >= 0)
        return err_set(e, ERR_DOSSIER_CLOSED, "%s", d->name);
    if (o->from == 0 && o->to == 0)
        return 0;
    if (d->kind != DOSSIER_REGISTER)
        return err_set(e, ERR_USAGE, "%s", _("only a register has numbers"));
    if (o->from < 1 || o->to < o->from || o->to > REGNO_NUMBER_MAX ||
        o->to - o->from >= FLOW_SLIP_MAX)
        return err_set(e, ERR_USAGE, "%lld-%lld", (long long)o->from, (long long)o->to);
    return 0;
}

int flow_slip_print(struct flow *f, const struct flow_slip_opts *o,
                    const struct flow_listener *to, struct err *e)
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    unsigned char key[SLIP_KEY_LEN];
    struct jdoc *sum = NULL;
    int found = 0;

    if (flow_need_commune(f, e) < 0)
        return -1;
    found = store_dossier_get(f->store, o->dossier, &d, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_DOSSIER_ABSENT, "%s", o->dossier);
    if (check(o, &d, e) < 0 || flow_slip_key(f, true, key, e) < 0)
        return -1;
    for (int64_t n = o->from; n <= o->to; n++)
        if (tell_slip(&d, n, key, to, e) < 0)
            return -1;
    sum = flow_line("summary");
    jdoc_set_int(sum, "slips", o->to - o->from + 1);
    flow_tell(to, sum);
    return 0;
}

/* ---- sheets -----------------------------------------------------------------------
 */

static void add_safe(struct str *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            str_add(out, "&lt;");
        else if (*text == '&')
            str_add(out, "&amp;");
        else
            str_add_char(out, *text);
    }
}

/* Black runs of each row as one path. */
static void add_code(const struct jdoc *cells, struct str *out)
{
    size_t side = jdoc_count(cells);

    str_addf(out,
             "<svg viewBox=\"0 0 %zu %zu\" shape-rendering=\"crispEdges\">"
             "<path d=\"",
             side + 2 * WHITE, side + 2 * WHITE);
    for (size_t y = 0; y < side; y++) {
        const char *row = jdoc_text_at(cells, y);

        for (size_t x = 0; row[x];) {
            size_t run = strspn(row + x, "1");

            if (run)
                str_addf(out, "M%zu %zuh%zuv1h-%zuz", x + WHITE, y + WHITE, run, run);
            x += run;
            x += strspn(row + x, "0");
        }
    }
    str_add(out, "\"/></svg>\n");
}

void flow_slip_begin(struct str *out)
{
    str_add(out,
            "<!doctype html>\n<meta charset=\"utf-8\">\n<title>sohoa</title>\n"
            "<style>\n@page { size: A4; margin: 15mm }\n"
            "body { font: 14pt sans-serif; margin: 0 }\n"
            "section { height: 266mm; page-break-after: always; position: relative;"
            " text-align: center }\n"
            "svg { width: 70mm; height: 70mm }\n"
            "svg + svg { position: absolute; right: 0; bottom: 0; width: 45mm;"
            " height: 45mm }\n"
            "h1 { font-size: 40pt; margin: 6mm 0 }\n"
            "p { max-width: 150mm; margin: 4mm auto }\n</style>\n");
}

void flow_slip_sheet(const struct jdoc *line, struct str *out)
{
    const struct jdoc *cells = jdoc_get(line, "cells");
    const char *number = jdoc_text(line, "number");

    str_add(out, "<section>\n");
    add_code(cells, out);
    add_code(cells, out); /* one of the two may be torn or smudged */
    str_add(out, "<h1>");
    add_safe(out, number ? number : jdoc_text(line, "dossier"));
    str_add(out, "</h1>\n<p><b>");
    add_safe(out, jdoc_text(line, "title"));
    str_add(out, "</b></p>\n<p>");
    add_safe(out, number ? _("Lay this sheet before the sheets of this number.")
                         : _("Lay this sheet before the sheets of this register."));
    str_add(out, "</p>\n</section>\n");
}

void flow_slip_end(struct str *out)
{
    str_add(out, "</html>\n");
}
