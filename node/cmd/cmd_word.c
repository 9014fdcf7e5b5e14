/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cmd/cmd_word.h"

#include <string.h>

#include "node/base/utf8.h"
#include "node/cmd/cmd_show.h"
#include "node/record/kind.h"
#include "node/record/reason.h"

static const struct {
    enum cmd_word_set set;
    const char *keyword;
    const char *label; /* msgid */
} WORDS[] = {
    {CMD_WORD_ITEM, "captured", N_("captured")},
    {CMD_WORD_ITEM, "recognized", N_("recognized")},
    {CMD_WORD_ITEM, "described", N_("described")},
    {CMD_WORD_ITEM, "returned", N_("returned")},
    {CMD_WORD_ITEM, "verified", N_("verified")},
    {CMD_WORD_ITEM, "sealed", N_("sealed")},

    {CMD_WORD_PAGE, "captured", N_("captured")},
    {CMD_WORD_PAGE, "recognized", N_("recognized")},
    {CMD_WORD_PAGE, "blank", N_("blank page")},
    {CMD_WORD_PAGE, "failed", N_("failed")},
    {CMD_WORD_PAGE, "held", N_("held")},

    {CMD_WORD_BUNDLE, "sealed", N_("sealed")},
    {CMD_WORD_BUNDLE, "sending", N_("sending")},
    {CMD_WORD_BUNDLE, "sent", N_("sent")},
    {CMD_WORD_BUNDLE, "accepted", N_("accepted")},
    {CMD_WORD_BUNDLE, "durable", N_("durable")},
    {CMD_WORD_BUNDLE, "refused", N_("refused")},
    {CMD_WORD_BUNDLE, "waiting", N_("waits for others")},
    {CMD_WORD_BUNDLE, "stale", N_("built anew")},

    {CMD_WORD_CLASS, "meta", N_("meta")},
    {CMD_WORD_CLASS, "text", N_("text")},
    {CMD_WORD_CLASS, "thumb", N_("thumb")},
    {CMD_WORD_CLASS, "page", N_("page")},
    {CMD_WORD_CLASS, "master", N_("master")},

    {CMD_WORD_LEVEL, "none", N_("not sealed")},
    {CMD_WORD_LEVEL, "recognized", N_("recognized")},
    {CMD_WORD_LEVEL, "verified", N_("verified")},

    {CMD_WORD_SOURCE, "ocr", N_("read")},
    {CMD_WORD_SOURCE, "clerk", N_("clerk")},

    {CMD_WORD_ADVICE, "blur",
     N_("the picture is blurred: hold still, or clean the glass of the scanner")},
    {CMD_WORD_ADVICE, "cut",
     N_("writing runs out at a side: lay the sheet so that all of it is seen")},
    {CMD_WORD_ADVICE, "dark", N_("too dark: more light, or a brighter setting")},
    {CMD_WORD_ADVICE, "faint",
     N_("the writing is hardly darker than the paper: set more contrast")},
    {CMD_WORD_ADVICE, "dpi", N_("too coarse: scan at 300 dpi, or go nearer")},
    {CMD_WORD_ADVICE, "glare",
     N_("light shines back from the sheet: move the lamp or the sheet")},

    {CMD_WORD_ACT, "import.stored", N_("stored")},
    {CMD_WORD_ACT, "import.duplicate", N_("offered again")},
    {CMD_WORD_ACT, "item.set", N_("changed")},
    {CMD_WORD_ACT, "item.verify", N_("verified")},
    {CMD_WORD_ACT, "item.return", N_("returned")},
    {CMD_WORD_ACT, "page.replace", N_("page replaced by another picture")},
    {CMD_WORD_ACT, "page.insert", N_("page inserted")},
    {CMD_WORD_ACT, "page.move", N_("former picture went to another record")},
    {CMD_WORD_ACT, "page.swap", N_("pages changed places")},
    {CMD_WORD_ACT, "page.keep", N_("picture looked at")},
    {CMD_WORD_ACT, "item.mark", N_("said to be empty")},
    {CMD_WORD_ACT, "item.undo", N_("taken back")},
    {CMD_WORD_ACT, "keying.second", N_("keyed again")},
    {CMD_WORD_ACT, "keying.settle", N_("decided")},
    {CMD_WORD_ACT, "page.release", N_("page released")},
    {CMD_WORD_ACT, "page.purge", N_("page removed")},

    {CMD_WORD_RETURN, "open", N_("open")},
    {CMD_WORD_RETURN, "answered", N_("answered")},
    {CMD_WORD_RETURN, "absent", N_("not here")},

    {CMD_WORD_KEYING, "doubt", N_("doubtful")},
    {CMD_WORD_KEYING, "sample", N_("drawn at random")},
    {CMD_WORD_KEYING, "changed", N_("changed afterwards")},
    {CMD_WORD_KEYING, "open", N_("waits for a second person")},
    {CMD_WORD_KEYING, "differs", N_("two answers differ")},
    {CMD_WORD_KEYING, "agreed", N_("keyed twice, the same")},
    {CMD_WORD_KEYING, "settled", N_("decided by a third person")},

    {CMD_WORD_KIND, "all", N_("all kinds")},

    {CMD_WORD_DOSSIER, "file", N_("file")},
    {CMD_WORD_DOSSIER, "register", N_("register")},

    {CMD_WORD_UNIT, "province", N_("province")},
    {CMD_WORD_UNIT, "district", N_("district")},
    {CMD_WORD_UNIT, "commune", N_("commune")},
    {CMD_WORD_UNIT, "ward", N_("ward")},
    {CMD_WORD_UNIT, "township", N_("township")},

    {CMD_WORD_ROLE, "clerk", N_("clerk")},
    {CMD_WORD_ROLE, "verifier", N_("verifier")},
    {CMD_WORD_ROLE, "district", N_("district")},
    {CMD_WORD_ROLE, "admin", N_("admin")},
    {CMD_WORD_ROLE, "auditor", N_("auditor")},

    {CMD_WORD_TIER, "commune", N_("commune")},
    {CMD_WORD_TIER, "district", N_("district")},
    {CMD_WORD_TIER, "province", N_("province")},

    {CMD_WORD_INDICATOR, "received", N_("received")},
    {CMD_WORD_INDICATOR, "verified", N_("verified")},
    {CMD_WORD_INDICATOR, "scanned", N_("scanned")},

    {CMD_WORD_QUARANTINE, "file", N_("copy kept")},
    {CMD_WORD_QUARANTINE, "row", N_("noted only")},
    {CMD_WORD_QUARANTINE, "released", N_("released")},
    {CMD_WORD_QUARANTINE, "removed", N_("removed")},

    {CMD_WORD_FAULT, "database", N_("database damaged")},
    {CMD_WORD_FAULT, "reference", N_("record without its owner")},
    {CMD_WORD_FAULT, "missing", N_("file missing")},
    {CMD_WORD_FAULT, "changed", N_("file changed")},
    {CMD_WORD_FAULT, "unreferenced", N_("file of no record")},
    {CMD_WORD_FAULT, "stranger", N_("strange file")},
    {CMD_WORD_FAULT, "audit", N_("audit chain broken")},
    {CMD_WORD_FAULT, "index", N_("search index differs")},
    {CMD_WORD_FAULT, "summary", N_("figures differ")},
    {CMD_WORD_FAULT, "bundle", N_("bundle damaged")},
    {CMD_WORD_FAULT, "repository", N_("bundle repository damaged")},
    {CMD_WORD_FAULT, "chain", N_("sealed bundles missing")},
    {CMD_WORD_FAULT, "copy", N_("second copy damaged")},

    {CMD_WORD_CHECK, "pdftoppm", N_("PDF pages")},
    {CMD_WORD_CHECK, "pdfinfo", N_("PDF files")},
    {CMD_WORD_CHECK, "ssh", N_("secure line")},
    {CMD_WORD_CHECK, "git", N_("bundle transport")},
    {CMD_WORD_CHECK, "model", N_("reading model")},
    {CMD_WORD_CHECK, "landlock", N_("file protection")},
    {CMD_WORD_CHECK, "processors", N_("processors")},
    {CMD_WORD_CHECK, "clock", N_("clock")},
    {CMD_WORD_CHECK, "disk", N_("disk")},
    {CMD_WORD_CHECK, "rights", N_("rights")},
    {CMD_WORD_CHECK, "store", N_("data store")},
    {CMD_WORD_CHECK, "backup", N_("backup")},
    {CMD_WORD_CHECK, "second copy", N_("second copy")},
    {CMD_WORD_CHECK, "clocks", N_("clocks here and above")},
    {CMD_WORD_CHECK, "receipt key", N_("receipt key")},
    {CMD_WORD_CHECK, "upstream", N_("way up")},
    {CMD_WORD_CHECK, "enrolment", N_("enrolment")},

    {CMD_WORD_FOUND, "found", N_("found")},
    {CMD_WORD_FOUND, "missing", N_("missing")},
    {CMD_WORD_FOUND, "absent", N_("absent")},
    {CMD_WORD_FOUND, "owner only", N_("owner only")},
    {CMD_WORD_FOUND, "never", N_("never")},
    {CMD_WORD_FOUND, "trusted", N_("trusted")},
    {CMD_WORD_FOUND, "none", N_("none")},
    {CMD_WORD_FOUND, "opened", N_("opened")},
    {CMD_WORD_FOUND, "complete", N_("complete")},
    {CMD_WORD_FOUND, "alike", N_("alike")},
    {CMD_WORD_FOUND, "on the same disk", N_("on the same disk")},

    {CMD_WORD_KEPT, "done", N_("done")},
    {CMD_WORD_KEPT, "busy", N_("in use, next time")},
    {CMD_WORD_KEPT, "fault", N_("damaged")},
    {CMD_WORD_KEPT, "never", N_("stay by the settings")},
    {CMD_WORD_KEPT, "suspect", N_("stay: this disk has failed before")},
    {CMD_WORD_KEPT, "damaged", N_("stay: damaged here")},
    {CMD_WORD_KEPT, "open", N_("stay: still worked on")},
    {CMD_WORD_KEPT, "picture", N_("stay: a page has no other picture")},
    {CMD_WORD_KEPT, "receipt", N_("stay: no receipt")},
    {CMD_WORD_KEPT, "copies", N_("stay: too few copies above")},
    {CMD_WORD_KEPT, "young", N_("stay: the receipt is too young")},
    {CMD_WORD_KEPT, "ask", N_("stay: no line to ask over")},
    {CMD_WORD_KEPT, "unproven", N_("stay: not proven above")},

    {CMD_WORD_MEASURE, "bytes", N_("bytes")},
    {CMD_WORD_MEASURE, "pixels", N_("pixels")},
    {CMD_WORD_MEASURE, "scans", N_("scans")},
    {CMD_WORD_MEASURE, "pages", N_("pages")},
    {CMD_WORD_MEASURE, "strips", N_("strips")},
    {CMD_WORD_MEASURE, "samples", N_("samples")},
    {CMD_WORD_MEASURE, "ms", N_("milliseconds")},
    {CMD_WORD_MEASURE, "s", N_("seconds")},
    {CMD_WORD_MEASURE, "members", N_("members")},
    {CMD_WORD_MEASURE, "times", N_("times")},
    {CMD_WORD_MEASURE, "folders", N_("folders")},
    {CMD_WORD_MEASURE, "columns", N_("columns")},
    {CMD_WORD_MEASURE, "rows", N_("rows")},
    {CMD_WORD_MEASURE, "cells", N_("cells")},
    {CMD_WORD_MEASURE, "words", N_("words")},
    {CMD_WORD_MEASURE, "commits", N_("commits")},
    {CMD_WORD_MEASURE, "objects", N_("objects")},
    {CMD_WORD_MEASURE, "entries", N_("entries")},
    {CMD_WORD_MEASURE, "fields", N_("fields")},
    {CMD_WORD_MEASURE, "connections", N_("connections")},
    {CMD_WORD_MEASURE, "phones", N_("phones")},
};

const char *cmd_word(enum cmd_word_set set, const char *keyword)
{
    const struct kind *kind = set == CMD_WORD_KIND ? kind_find(keyword) : NULL;

    if (kind)
        return _(kind->label);
    if (set == CMD_WORD_DOUBT && reason_label(keyword))
        return _(reason_label(keyword));
    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++)
        if (WORDS[i].set == set && strcmp(WORDS[i].keyword, keyword) == 0)
            return _(WORDS[i].label);
    return keyword;
}

const char *cmd_word_of(enum cmd_word_set set, const struct jdoc *line, const char *key)
{
    return cmd_word(set, cmd_show_text(line, key));
}

void cmd_word_cell(struct cmd *c, int columns, const char *text)
{
    int used = utf8_columns(text, strlen(text));

    cmd_print(c, "%s%*s ", text, used < columns ? columns - used : 0, "");
}
