/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/relay.h"

#include "node/base/clock.h"
#include "sync/line.h"
#include "sync/plan.h"
#include "tests/unit/sync_help.h"

/*
 * What a hub hands on, and in which order; into a drop box, where it can be counted.
 * The way over a line, gate and all, is story 73-relay.
 */

struct hub {
    struct node n; /* the commune; its folder stands for the hub's home */
    struct repo *repo;
    char *box;
    struct line line;
    struct plan_rules rules;
    struct rpush_sum sum;
    int meta, text, master;
    int64_t epoch; /* of what was told last */
    int64_t over;  /* epochs before this one have ended */
};

/* One bundle of an epoch. */
static void add(struct hub *h, int64_t epoch, enum bundle_class cls, int64_t seq,
                int64_t counter, char prev[HASH_HEX])
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    AUTO_MEM char *text =
        mem_printf("%s %d %d\n", names_class(cls), (int)epoch, (int)seq);
    struct bundle_source s = {.data = text, .len = strlen(text)};
    struct bundle_made made;
    struct err e = ERR_INIT;

    help_head(&h->n, cls, seq, prev, &m);
    m.epoch = epoch;
    m.counter = counter;
    help_object(&m, text, strlen(text), "text");
    OK(bundle_write(h->repo, &m, &s, &h->n.key, &made, &e));
    memcpy(prev, made.sha256, HASH_HEX);
}

static void hub_init(struct hub *h)
{
    char meta[HASH_HEX] = "", text[HASH_HEX] = "", master[HASH_HEX] = "";
    char meta2[HASH_HEX] = "", text2[HASH_HEX] = "";
    struct err e = ERR_INIT;

    *h = (struct hub){.meta = 0};
    node_init(&h->n);
    OK(repo_open(h->n.repo, &h->repo, &e));
    h->box = fs_path(h->n.dir, "box");
    OK(fs_mkdirs(h->box, &e));
    OK(line_parse(h->n.dir, h->box, &h->line, &e));
    assert_true(h->line.folder);
    add(h, 1, CLASS_META, 1, 1, meta);
    add(h, 1, CLASS_META, 2, 2, meta);
    add(h, 1, CLASS_TEXT, 1, 3, text);
    add(h, 1, CLASS_MASTER, 1, 4, master);
    add(h, 2, CLASS_META, 1, 5, meta2);
    add(h, 2, CLASS_TEXT, 1, 6, text2);
}

static void hub_clear(struct hub *h)
{
    repo_close(h->repo);
    mem_free(h->box);
    node_clear(&h->n);
}

static int hear(void *ctx, enum rpush_event what, const struct rpush_request *q,
                int64_t have, const struct receive_answer *answer, struct err *e)
{
    struct hub *h = ctx;

    (void)have;
    (void)answer;
    (void)e;
    if (what != RPUSH_WRITTEN)
        return 0;
    assert_true(q->chain.epoch >= h->epoch); /* a newer one closes the older */
    h->epoch = q->chain.epoch;
    h->meta += q->chain.cls == CLASS_META;
    h->text += q->chain.cls == CLASS_TEXT;
    h->master += q->chain.cls == CLASS_MASTER;
    return 0;
}

static void send(struct hub *h, enum bundle_class upto, int64_t before)
{
    struct relay l = {.line = &h->line,
                      .rules = &h->rules,
                      .before = before,
                      .over = h->over,
                      .told = hear,
                      .ctx = h,
                      .sum = &h->sum};
    struct err e = ERR_INIT;

    OK(relay_send(&l, h->repo, h->n.name, upto, &e));
}

static void test_relay__i09_older_epochs_go_whole_before_newer_ones(void **state)
{
    struct hub h;

    (void)state;
    hub_init(&h);
    send(&h, CLASS_META, 0);
    assert_int_equal(h.meta, 2);
    assert_int_equal(h.text, 1);
    assert_int_equal(h.master, 1);
    assert_int_equal(h.epoch, 2);
    send(&h, CLASS_MASTER, 0);
    assert_int_equal(h.text, 2);
    hub_clear(&h);
}

static void test_relay__what_may_not_go_today_holds_the_newer_epoch(void **state)
{
    struct hub h;

    (void)state;
    hub_init(&h);
    h.rules.daily_bytes = 1000;
    send(&h, CLASS_MASTER, 1000); /* only records: the cap is reached */
    assert_int_equal(h.meta, 1);
    assert_int_equal(h.text, 0);
    assert_int_equal(h.epoch, 1);
    h.rules.daily_bytes = 0; /* the next day */
    send(&h, CLASS_MASTER, 0);
    assert_int_equal(h.meta, 2);
    assert_int_equal(h.text, 2);
    assert_int_equal(h.master, 1);
    hub_clear(&h);
}

static void test_relay__what_never_goes_holds_nothing(void **state)
{
    struct hub h;

    (void)state;
    hub_init(&h);
    h.rules.masters = PLAN_MASTERS_NEVER;
    send(&h, CLASS_MASTER, 0);
    assert_int_equal(h.meta, 2);
    assert_int_equal(h.text, 2);
    assert_int_equal(h.master, 0);
    hub_clear(&h);
}

static void test_relay__counts_what_the_tier_above_lacks(void **state)
{
    struct hub h;
    char ref[NAMES_REF_MAX], tip[NAMES_OID_MAX];
    int64_t count = 0;
    struct err e = ERR_INIT;

    (void)state;
    hub_init(&h);
    OK(relay_lacks(h.repo, h.n.name, 1, &count, NULL, &e));
    assert_int_equal(count, 6);
    names_ref(h.n.name, 1, CLASS_META, ref);
    OK(repo_ref(h.repo, ref, tip, &e));
    names_upstream_ref(h.n.name, 1, CLASS_META, ref);
    OK(repo_ref_move(h.repo, ref, "", tip, &e));
    OK(relay_lacks(h.repo, h.n.name, 1, &count, NULL, &e));
    assert_int_equal(count, 4);
    OK(relay_lacks(h.repo, "0123456789abcdef0123456789abcdef", 1, &count, NULL, &e));
    assert_int_equal(count, 0);
    hub_clear(&h);
}

static void test_relay__epochs_of_a_key_before_stay_here(void **state)
{
    struct hub h;
    int64_t count = 0, all = 0;
    struct err e = ERR_INIT;

    (void)state;
    hub_init(&h);
    h.over = 2;
    send(&h, CLASS_MASTER, 0);
    assert_int_equal(h.meta, 1);
    assert_int_equal(h.text, 1);
    assert_int_equal(h.master, 0);
    assert_int_equal(h.epoch, 2);
    OK(relay_lacks(h.repo, h.n.name, 3, &count, &all, &e));
    assert_int_equal(count, 0);
    assert_int_equal(all, 0); /* of what lies in a folder the tier above has nothing */
    hub_clear(&h);
}

/* ---- by a stick -------------------------------------------------------------------
 */

struct stick {
    struct rpush_request put[20];
    size_t count, room;
};

static int put(void *ctx, const char *node, const struct rpush_request *q,
               struct err *e)
{
    struct stick *s = ctx;

    (void)e;
    assert_string_equal(node, q->chain.node);
    if (s->count == s->room)
        return 0;
    s->put[s->count++] = *q;
    return 1;
}

/* All classes as a hub asks for them. 1, 0 not all. */
static int carry(struct hub *h, struct stick *s, bool masters_stay)
{
    struct rpush_carrier c = {.put = put, .ctx = s, .whole = true};
    struct err e = ERR_INIT;
    int rc = 1;

    c.kept[CLASS_MASTER] = masters_stay;
    for (int cls = 0; rc == 1 && cls < CLASS_COUNT; cls++) {
        rc = relay_carry(h->repo, h->n.dir, h->n.name, 1, (enum bundle_class)cls, &c,
                         NULL, NULL, &h->sum, &e);
        OK(rc);
    }
    return rc;
}

/* The tier above took all of it. */
static int taken(void *ctx, const char *node, const char *id,
                 struct receive_answer *out, struct err *e)
{
    const struct stick *s = ctx;

    (void)node;
    (void)e;
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->put[i].id, id) == 0) {
            *out = (struct receive_answer){.result = RECEIVE_ACCEPTED};
            memcpy(out->id, id, HASH_HEX);
            memcpy(out->tip, s->put[i].new, sizeof out->tip);
            return 1;
        }
    return 0;
}

static void test_relay__i09_a_stick_has_each_request_once(void **state)
{
    struct stick s = {.room = ARRAY_LEN(s.put)};
    struct hub h;

    (void)state;
    hub_init(&h);
    assert_int_equal(carry(&h, &s, false), 1);
    assert_int_equal(s.count, 5); /* three of the older epoch, then two */
    for (size_t i = 0; i < s.count; i++) {
        assert_int_equal(s.put[i].chain.epoch, i < 3 ? 1 : 2);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(s.put[i].id, s.put[k].id);
    }
    s.count = 0;
    assert_int_equal(carry(&h, &s, true), 1);
    assert_int_equal(s.count, 4); /* unanswered: once more, but for what stays */
    s.count = 0;
    s.room = 2;
    assert_int_equal(carry(&h, &s, false), 0);
    assert_int_equal(s.count, 2);
    hub_clear(&h);
}

static void test_relay__what_was_answered_goes_no_more(void **state)
{
    struct stick s = {.room = ARRAY_LEN(s.put)}, next = {.room = ARRAY_LEN(s.put)};
    const struct rpush_carrier c = {.answer = taken, .ctx = &s};
    int64_t lacks, all;
    struct hub h;
    struct err e = ERR_INIT;

    (void)state;
    hub_init(&h);
    assert_int_equal(carry(&h, &s, false), 1);
    OK(relay_lacks(h.repo, h.n.name, 1, &lacks, &all, &e));
    assert_int_equal(lacks, all); /* on a stick is not there */
    OK(relay_hear(h.repo, h.n.dir, h.n.name, &c, NULL, NULL, &h.sum, &e));
    OK(relay_lacks(h.repo, h.n.name, 1, &lacks, NULL, &e));
    assert_int_equal(lacks, 0);
    assert_int_equal(carry(&h, &next, false), 1);
    assert_int_equal(next.count, 0);
    OK(relay_hear(h.repo, h.n.dir, h.n.name, &c, NULL, NULL, &h.sum, &e));
    hub_clear(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relay__i09_older_epochs_go_whole_before_newer_ones),
        cmocka_unit_test(test_relay__what_may_not_go_today_holds_the_newer_epoch),
        cmocka_unit_test(test_relay__what_never_goes_holds_nothing),
        cmocka_unit_test(test_relay__counts_what_the_tier_above_lacks),
        cmocka_unit_test(test_relay__epochs_of_a_key_before_stay_here),
        cmocka_unit_test(test_relay__i09_a_stick_has_each_request_once),
        cmocka_unit_test(test_relay__what_was_answered_goes_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
