/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_notes.h"

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/str.h"
#include "node/record/page.h"
#include "node/store/store_notes.h"
#include "ocr/result.h"

int flow_notes_keep(struct flow *f, const struct page *p, const struct result *r,
                    struct err *e)
{
    AUTO_JDOC struct jdoc *steps = steps_to_jdoc(&r->steps);
    AUTO_STR struct str text = STR_INIT(STORE_NOTES_MAX);

    jdoc_print(steps, &text);
    if (str_check(&text, "steps", e) < 0)
        return -1;
    return store_notes_put(f->store, p->id, STORE_NOTES_STEPS,
                           r->steps.count ? str_text(&text) : NULL, e);
}

int flow_notes_advise(struct flow *f, const struct page *p, struct jdoc *advice,
                      struct err *e)
{
    AUTO_JDOC struct jdoc *taken = advice;
    AUTO_STR struct str text = STR_INIT(STORE_NOTES_MAX);

    if (jdoc_count(taken) == 0)
        return 0;
    jdoc_print(taken, &text);
    return store_notes_put(f->store, p->id, STORE_NOTES_ADVICE, str_text(&text), e);
}

int flow_notes_tell(struct flow *f, const struct page *p, struct jdoc *row,
                    struct err *e)
{
    static const struct {
        enum store_notes_kind kind;
        const char *key;
    } KINDS[] = {{STORE_NOTES_STEPS, "steps"}, {STORE_NOTES_ADVICE, "advice"}};

    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        AUTO_STR struct str text = STR_INIT(STORE_NOTES_MAX);
        struct jdoc *notes = NULL;
        struct err damaged = ERR_INIT; /* that is found by fsck, not here */
        int rc = store_notes_get(f->store, p->id, KINDS[i].kind, &text, e);

        if (rc < 0)
            return -1;
        if (rc == 1 && jdoc_parse(str_text(&text), text.len, &notes, &damaged) == 0)
            jdoc_set(row, KINDS[i].key, notes);
    }
    return 0;
}
