/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/conf.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/flow/flow_sync.h"
#include "node/store/store_item.h"
#include "node/web/api_verbs.h"

#define RECEIPTS_MAX 20 /* the newest */

/* Why bundles wait, as flow_sync_waiting() says it, in words. */
static const struct {
    const char *reason, *text;
} reasons[] = {
    {"window", N_("It is not the time to send.")},
    {"night", N_("Input files go at night.")},
    {"cap", N_("The amount of today is used up.")},
    {"stick", N_("Input files go by USB stick.")},
    {"kept", N_("Input files stay here, by the settings.")},
    {"box", N_("It lies in the shared folder and was not taken in yet.")},
    {"relay", N_("The office between has it; the province has not answered yet.")},
    {"line", N_("There is no connection.")},
    {"full", N_("The disk of the province is full.")},
    {"upstream", N_("The province answered with an error.")},
    {"run", N_("It goes with the next run.")},
};

static struct jdoc *with_words(const struct jdoc *line)
{
    struct jdoc *row = jdoc_copy(line);
    const char *reason = jdoc_text(line, "reason");

    for (size_t i = 0; reason && i < ARRAY_LEN(reasons); i++) {
        if (strcmp(reasons[i].reason, reason) != 0)
            continue;
        jdoc_set_text(row, "vi", i18n_text_in(LANG_VI, reasons[i].text));
        jdoc_set_text(row, "en", i18n_text_in(LANG_EN, reasons[i].text));
    }
    return row;
}

static int set_waiting(struct flow *f, struct jdoc *j, struct err *e)
{
    AUTO_JDOC struct jdoc *all = jdoc_array();
    struct api_lines lines = {.rows = all, .type = "waiting"};
    struct flow_listener to = api_listener(&lines);
    struct jdoc *rows = NULL;

    if (flow_sync_waiting(f, &to, e) < 0)
        return -1;
    rows = jdoc_array();
    for (size_t i = 0; i < jdoc_count(all); i++)
        jdoc_add(rows, with_words(jdoc_at(all, i)));
    jdoc_set(j, "waiting", rows);
    return 0;
}

/* The newest ones, newest first. */
static int set_receipts(struct flow *f, struct jdoc *j, struct err *e)
{
    AUTO_JDOC struct jdoc *all = jdoc_array();
    struct api_lines lines = {.rows = all, .type = "receipt"};
    struct flow_listener to = api_listener(&lines);
    struct jdoc *rows = NULL;
    size_t count = 0;

    if (flow_sync_receipts(f, &to, e) < 0)
        return -1;
    count = jdoc_count(all);
    rows = jdoc_array();
    for (size_t i = 0; i < count && i < RECEIPTS_MAX; i++)
        jdoc_add(rows, jdoc_copy(jdoc_at(all, count - 1 - i)));
    jdoc_set(j, "receipts", rows);
    return 0;
}

/* The four words: each record stands in one of them. Received is told of what a
 * verified receipt names, and of nothing else. */
static int set_words(struct flow *f, struct jdoc *j, struct err *e)
{
    struct store_item_tally n = {0};
    struct jdoc *words = NULL;

    if (store_item_tally(f->store, &n, e) < 0)
        return -1;
    words = jdoc_object();
    jdoc_set_int(words, "saved", n.all - n.waiting - n.going - n.received);
    jdoc_set_int(words, "waiting", n.waiting);
    jdoc_set_int(words, "going", n.going);
    jdoc_set_int(words, "received", n.received);
    jdoc_set(j, "words", words);
    return 0;
}

static int set_rules(struct flow *f, struct jdoc *j, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    struct jdoc *cap = NULL;
    struct jdoc *hours = NULL;
    int64_t sent = 0;

    if (conf_load(f->home.path, &conf, e) < 0 || flow_sync_today(f, &sent, e) < 0)
        return -1;
    cap = jdoc_object();
    jdoc_set_int(cap, "daily_mib", conf_get_int(conf, "sync.daily_mib"));
    jdoc_set_int(cap, "sent_bytes", sent);
    jdoc_set(j, "cap", cap);
    hours = jdoc_object();
    jdoc_set_text(hours, "window", conf_get(conf, "sync.window"));
    jdoc_set_text(hours, "night", conf_get(conf, "sync.night"));
    jdoc_set_text(hours, "masters", conf_get(conf, "sync.masters"));
    jdoc_set(j, "hours", hours);
    return 0;
}

/* Takes nothing. {"words":{"saved","waiting","going","received"} records, each in one;
 * "waiting":[lines of `sync status`, with "vi","en"], "receipts":[newest first],
 * "bundles":{"waiting","accepted","durable","refused"}, "cap":{"daily_mib" 0: none,
 * "sent_bytes" today}, "hours":{"window","night","masters"}, "skew_s"}. */
int api_sync_get(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct flow *f = c->flow;
    struct flow_sync_sum sum = {0};
    struct jdoc *bundles = NULL;
    int64_t skew = 0;

    if (flow_need_commune(f, e) < 0 || set_words(f, j, e) < 0 ||
        set_waiting(f, j, e) < 0 || set_receipts(f, j, e) < 0 ||
        set_rules(f, j, e) < 0 || flow_sync_status(f, &sum, e) < 0 ||
        flow_sync_skew(f, &skew, e) < 0)
        return -1;
    bundles = jdoc_object();
    jdoc_set_int(bundles, "waiting", sum.waiting);
    jdoc_set_int(bundles, "accepted", sum.accepted);
    jdoc_set_int(bundles, "durable", sum.durable);
    jdoc_set_int(bundles, "refused", sum.refused);
    jdoc_set(j, "bundles", bundles);
    jdoc_set_int(j, "skew_s", skew);
    api_json(r, j);
    return 0;
}
