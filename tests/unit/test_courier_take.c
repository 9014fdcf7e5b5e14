/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/courier_take.h"

#include <signal.h>

#include "node/base/i18n.h"
#include "node/base/proc.h"
#include "node/base/str.h"
#include "sync/courier.h"
#include "sync/dropbox.h"
#include "sync/enrol.h"
#include "sync/gate.h"
#include "sync/have.h"
#include "sync/line.h"
#include "sync/rpush.h"
#include "tests/unit/sync_help.h"

/* A node, a stick and a province. This program is the gate's hook as well. */

struct pair {
    char *top;
    char *province;
    char *repo; /* at the province */
    char *file; /* on the stick */
    struct sign_secret issuer;
    struct node n;         /* n.dir is its home */
    struct sign_secret by; /* who carries: the node itself, or a hub */
    char by_name[NAMES_NODE_MAX];
    const char *have; /* file put on the stick first; NULL: none */
    bool plain;
    int64_t volume_max;
    struct courier_out *out;
    int fits; /* so many requests have room */
    int known, accepted, parked, refused, stale;
};

static struct pair pair;

static int set_up(void **state)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct enrol_add add = {
        .unit_code = "01234", .valid_from = "2025-07-01", .role = "commune"};
    char node[NAMES_NODE_MAX];
    struct pair *p = &pair;
    struct err e = ERR_INIT;

    pair = (struct pair){.top = help_folder(), .fits = 1000};
    p->province = fs_path(p->top, "province");
    p->file = fs_path(p->top, "POST.GUI");
    OK(sign_generate(&p->issuer, &e));
    node_init(&p->n);
    p->by = p->n.key;
    memcpy(p->by_name, p->n.name, sizeof p->by_name);
    OK(fs_mkdirs(p->province, &e));
    sign_public_line(&p->n.key.pub, "node", &line);
    add.key_line = line.p;
    OK(enrol_node_add(p->province, "/usr/bin/sohoa", &p->issuer.pub, &add, node,
                      &p->repo, &e));
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct pair *p = *state;
    struct err e = ERR_INIT;

    OK(fs_remove_tree(p->top, &e));
    mem_free(p->top);
    mem_free(p->province);
    mem_free(p->repo);
    mem_free(p->file);
    node_clear(&p->n);
    return 0;
}

static void seal(struct pair *p, enum bundle_class cls, int64_t from, int64_t to,
                 char prev[HASH_HEX])
{
    AUTO_REPO struct repo *r = NULL;
    struct err e = ERR_INIT;

    OK(repo_open(p->n.repo, &r, &e));
    for (int64_t seq = from; seq <= to; seq++) {
        struct bundle_made made;

        help_bundle(&p->n, r, cls, seq, prev, &made);
    }
}

static int put(void *ctx, const char *node, const struct rpush_request *q,
               struct err *e)
{
    struct pair *p = ctx;
    AUTO_MEM char *name = mem_printf("inbox/%s/%s.req", p->by_name, q->id);

    assert_string_equal(node, p->n.name);
    return p->fits-- > 0 ? courier_out_add(p->out, name, q->path, e) : 0;
}

/* What the node has not heard of yet, onto the stick. 1, 0 not all. */
static int write_stick(struct pair *p)
{
    const struct courier_opts o = {.path = p->file,
                                   .own = &p->by,
                                   .to = &p->issuer.pub,
                                   .plain = p->plain,
                                   .volume_max = p->volume_max};
    const struct rpush_carrier c = {.put = put, .ctx = p, .whole = true};
    AUTO_COURIER_OUT struct courier_out *w = NULL;
    AUTO_REPO struct repo *r = NULL;
    struct rpush_sum sum = {.requests = 0};
    struct err e = ERR_INIT;
    int rc;

    OK(repo_open(p->n.repo, &r, &e));
    OK(courier_out_open(&o, &w, &e));
    p->out = w;
    if (p->have) {
        AUTO_MEM char *name = mem_printf("inbox/%s/" HAVE_NAME, p->by_name);

        assert_int_equal(courier_out_add(w, name, p->have, &e), 1);
    }
    rc = rpush_carry(r, p->n.dir, p->n.name, 1, &c, NULL, NULL, &sum, &e);
    OK(rc);
    OK(courier_out_end(w, &e));
    return rc;
}

static int on_request(void *ctx, enum courier_take_what what,
                      const struct receive_answer *a, int64_t size, struct err *e)
{
    struct pair *p = ctx;

    (void)size;
    (void)e;
    p->known += what == COURIER_TAKE_KNOWN;
    p->parked += what == COURIER_TAKE_PARKED;
    if (what != COURIER_TAKE_NEW)
        return 0;
    p->accepted += a->result == RECEIVE_ACCEPTED;
    p->refused += a->result == RECEIVE_REFUSED;
    p->stale += a->result == RECEIVE_STALE;
    return 0;
}

static int read_stick(struct pair *p, const char *path, struct err *e)
{
    AUTO_COURIER_IN struct courier_in *in = NULL;
    bool last;

    p->known = p->accepted = p->parked = p->refused = p->stale = 0;
    if (courier_in_open(path, &p->issuer, &in, e) < 0 ||
        courier_take_up(p->province, in, on_request, p, e) < 0)
        return -1;
    return courier_in_check(in, &p->by.pub, &last, e) < 0
               ? -1
               : courier_take_signed(p->province, p->by_name, e);
}

/* A district carries from now on. */
static void carried_by(struct pair *p, const char *unit, bool relay)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct enrol_add add = {.unit_code = unit,
                            .valid_from = "2025-07-01",
                            .role = "district",
                            .relay = relay};
    struct err e = ERR_INIT;

    OK(sign_generate(&p->by, &e));
    sign_public_line(&p->by.pub, "hub", &line);
    add.key_line = line.p;
    OK(enrol_node_add(p->province, "/usr/bin/sohoa", &p->issuer.pub, &add, p->by_name,
                      NULL, &e));
}

static int box_answer(void *ctx, const char *node, const char *id,
                      struct receive_answer *out, struct err *e)
{
    return dropbox_answer(ctx, node, id, out, e);
}

/* The node hears what the province laid into its outbox. */
static void hear_answers(struct pair *p)
{
    struct line box;
    const struct rpush_carrier c = {.answer = box_answer, .ctx = &box};
    AUTO_REPO struct repo *r = NULL;
    struct rpush_sum sum = {.requests = 0};
    struct err e = ERR_INIT;

    OK(line_parse(p->n.dir, p->province, &box, &e));
    OK(repo_open(p->n.repo, &r, &e));
    OK(rpush_carry(r, p->n.dir, p->n.name, 1, &c, NULL, NULL, &sum, &e));
}

/* Where the chain is at the province; "" nowhere. */
static void tip_there(struct pair *p, enum bundle_class cls, char tip[NAMES_OID_MAX])
{
    AUTO_REPO struct repo *r = NULL;
    char ref[NAMES_REF_MAX];
    struct err e = ERR_INIT;

    tip[0] = '\0';
    names_ref(p->n.name, 1, cls, ref);
    OK(repo_open(p->repo, &r, &e));
    OK(repo_ref(r, ref, tip, &e));
}

static void tip_here(struct pair *p, enum bundle_class cls, char tip[NAMES_OID_MAX])
{
    AUTO_REPO struct repo *r = NULL;
    char ref[NAMES_REF_MAX];
    struct err e = ERR_INIT;

    names_ref(p->n.name, 1, cls, ref);
    OK(repo_open(p->n.repo, &r, &e));
    assert_int_equal(repo_ref(r, ref, tip, &e), 1);
}

static void same_tip(struct pair *p, enum bundle_class cls)
{
    char here[NAMES_OID_MAX], there[NAMES_OID_MAX];

    tip_here(p, cls, here);
    tip_there(p, cls, there);
    assert_string_equal(here, there);
}

static size_t count_files(const char *folder, const char *ending)
{
    AUTO_LIST struct fs_list l = {0};
    struct err e = ERR_INIT;
    size_t n = 0;

    if (!fs_is_dir(folder))
        return 0;
    OK(fs_list(folder, &l, &e));
    for (size_t i = 0; i < l.count; i++)
        n += str_ends(l.names[i], ending);
    return n;
}

/* The commits are the node's own: the same refs as over the line, bit for bit. */
static void test_courier_take__i08_a_stick_makes_the_same_refs(void **state)
{
    struct pair *p = *state;
    char meta[HASH_HEX] = "", text[HASH_HEX] = "";
    AUTO_MEM char *outbox = fs_pathf(p->province, "outbox/%s", p->n.name);
    struct err e = ERR_INIT;

    seal(p, CLASS_META, 1, 3, meta);
    seal(p, CLASS_TEXT, 1, 2, text);
    for (int plain = 0; plain < 2; plain++) {
        p->plain = plain;
        assert_int_equal(write_stick(p), 1);
        OK(read_stick(p, p->file, &e));
        assert_int_equal(p->accepted, 2);
        same_tip(p, CLASS_META);
        same_tip(p, CLASS_TEXT);
        assert_int_equal(count_files(outbox, ".answer"), 2 + 2 * plain);
        seal(p, CLASS_META, 4 + plain, 4 + plain, meta);
        seal(p, CLASS_TEXT, 3 + plain, 3 + plain, text);
    }
}

/* The node has heard nothing yet, so each stick carries all; it counts once. */
static void test_courier_take__i04_twice_and_by_another_way_is_once(void **state)
{
    struct pair *p = *state;
    char meta[HASH_HEX] = "", tip[NAMES_OID_MAX], again[NAMES_OID_MAX];
    AUTO_MEM char *spool = fs_pathf(p->n.dir, "spool/out");
    AUTO_LIST struct fs_list l = {0};
    struct receive_answer a;
    struct err e = ERR_INIT;

    seal(p, CLASS_META, 1, 3, meta);
    assert_int_equal(write_stick(p), 1);
    OK(read_stick(p, p->file, &e));
    assert_int_equal(p->accepted, 1);
    tip_there(p, CLASS_META, tip);
    OK(read_stick(p, p->file, &e));
    assert_int_equal(p->accepted, 0);
    assert_int_equal(p->known, 1);
    /* The same request as it comes over the line or by a drop box. */
    OK(fs_list(spool, &l, &e));
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(spool, l.names[i]);

        if (!hash_is_hex(l.names[i], HASH_HEX - 1))
            continue;
        OK(receive_request(p->province, p->n.name, path, &a, &e));
        assert_int_equal(a.result, RECEIVE_ACCEPTED);
    }
    /* Its answer is forgotten there, and the chain went on: it was taken all the same.
     */
    seal(p, CLASS_META, 4, 4, meta);
    {
        AUTO_MEM char *old = fs_pathf(p->top, "OLD.GUI");
        AUTO_MEM char *answers = fs_pathf(p->province, "spool/in/%s/meta", p->n.name);

        OK(fs_rename(p->file, old, &e));
        assert_int_equal(write_stick(p), 1);
        OK(read_stick(p, p->file, &e));
        assert_int_equal(p->known, 1);
        assert_int_equal(p->accepted, 1);
        OK(fs_remove_tree(answers, &e));
        OK(read_stick(p, old, &e));
        assert_int_equal(p->accepted, 1);
        assert_int_equal(p->stale, 0);
    }
    tip_there(p, CLASS_META, again);
    assert_string_not_equal(tip, again);
    same_tip(p, CLASS_META);
}

/* One request a volume, and the last volume is read first. */
static void test_courier_take__volumes_come_in_any_order(void **state)
{
    struct pair *p = *state;
    char meta[HASH_HEX] = "";
    AUTO_MEM char *parked = fs_pathf(p->province, RECEIVE_PARKED, p->n.name);
    AUTO_MEM char *third = courier_volume_path(p->file, 3);
    AUTO_MEM char *second = courier_volume_path(p->file, 2);
    AUTO_MEM char *fourth = courier_volume_path(p->file, 4);
    char tip[NAMES_OID_MAX];
    struct err e = ERR_INIT;

    p->volume_max = 1;
    for (int64_t seq = 1; seq <= 3; seq++) { /* a request each */
        seal(p, CLASS_META, seq, seq, meta);
        assert_int_equal(write_stick(p), 1);
    }
    assert_true(fs_exists(third));
    assert_false(fs_exists(fourth));
    OK(read_stick(p, third, &e));
    OK(read_stick(p, second, &e));
    assert_int_equal(p->parked, 1);
    OK(read_stick(p, second, &e)); /* it waits once, however often it is read */
    assert_int_equal(count_files(parked, ".req"), 2);
    tip_there(p, CLASS_META, tip);
    assert_string_equal(tip, "");
    OK(read_stick(p, p->file, &e));
    assert_int_equal(p->accepted, 3);
    same_tip(p, CLASS_META);
    assert_int_equal(count_files(parked, ".req"), 0);
}

/* Whatever bit turns round: no ref moves by it. */
static void test_courier_take__i11_a_flipped_bit_moves_no_ref(void **state)
{
    struct pair *p = *state;
    char meta[HASH_HEX] = "", tip[NAMES_OID_MAX];
    AUTO_STR struct str text = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;

    seal(p, CLASS_META, 1, 1, meta);
    for (int plain = 0; plain < 2; plain++) {
        size_t from = 0, to;

        p->plain = plain;
        assert_int_equal(write_stick(p), 1);
        str_reset(&text);
        OK(fs_read_file(p->file, &text, &e));
        to = text.len;
        if (plain) { /* the request; notes and lists beside it move nothing anyway */
            const char *pack = memmem(text.p, text.len, "PACK", 4);

            assert_non_null(pack);
            from = (size_t)(pack - text.p);
            to = from + 800;
        }
        for (size_t at = from; at < to && at < text.len; at += plain ? 13 : 41) {
            AUTO_MEM char *bad = fs_path(p->top, "BAD.GUI");
            struct err why = ERR_INIT;

            text.p[at] = (char)(text.p[at] ^ 4);
            OK(fs_write_file(bad, text.p, text.len, &e));
            assert_int_equal(read_stick(p, bad, &why), -1);
            tip_there(p, CLASS_META, tip);
            assert_string_equal(tip, "");
            text.p[at] = (char)(text.p[at] ^ 4);
        }
    }
    OK(read_stick(p, p->file, &e));
    same_tip(p, CLASS_META);
}

/* A stick that was pulled out while it was written or read. */
static void test_courier_take__half_a_file_brings_what_is_whole(void **state)
{
    struct pair *p = *state;
    char meta[HASH_HEX] = "", text_prev[HASH_HEX] = "";
    AUTO_STR struct str text = STR_INIT(STR_FILE_MAX);
    AUTO_MEM char *bad = fs_path(p->top, "BAD.GUI");
    struct err why = ERR_INIT, e = ERR_INIT;

    p->plain = true; /* sealed, so little lies in one chunk: all or nothing */
    seal(p, CLASS_META, 1, 2, meta);
    seal(p, CLASS_TEXT, 1, 2, text_prev);
    assert_int_equal(write_stick(p), 1);
    OK(fs_read_file(p->file, &text, &e));
    OK(fs_write_file(bad, text.p, text.len - 5000, &e));
    assert_int_equal(read_stick(p, bad, &why), -1);
    assert_int_equal(why.code, ERR_COURIER_CUT);
    assert_int_equal(p->accepted, 1);
    same_tip(p, CLASS_META);
    OK(read_stick(p, p->file, &e));
    assert_int_equal(p->known, 1);
    assert_int_equal(p->accepted, 1);
    same_tip(p, CLASS_TEXT);
}

/* The stick is full: the rest goes with the next one, nothing is lost or doubled. */
static void test_courier_take__what_did_not_fit_goes_next_time(void **state)
{
    struct pair *p = *state;
    char meta[HASH_HEX] = "", text[HASH_HEX] = "", tip[NAMES_OID_MAX];
    struct err e = ERR_INIT;

    seal(p, CLASS_META, 1, 2, meta);
    seal(p, CLASS_TEXT, 1, 2, text);
    p->fits = 1;
    assert_int_equal(write_stick(p), 0);
    OK(read_stick(p, p->file, &e));
    assert_int_equal(p->accepted, 1);
    tip_there(p, CLASS_TEXT, tip);
    assert_string_equal(tip, "");
    p->fits = 100;
    assert_int_equal(write_stick(p), 1);
    OK(read_stick(p, p->file, &e));
    same_tip(p, CLASS_TEXT);
    /* A request that was damaged on the node's disk since is made anew. */
    seal(p, CLASS_TEXT, 3, 3, text);
    assert_int_equal(write_stick(p), 1);
    {
        AUTO_MEM char *spool = fs_pathf(p->n.dir, "spool/out");
        AUTO_LIST struct fs_list l = {0};

        OK(fs_list(spool, &l, &e));
        for (size_t i = 0; i < l.count; i++) {
            AUTO_MEM char *path = fs_path(spool, l.names[i]);
            AUTO_STR struct str all = STR_INIT(STR_FILE_MAX);

            if (!hash_is_hex(l.names[i], HASH_HEX - 1))
                continue;
            OK(fs_read_file(path, &all, &e));
            all.p[all.len - 1] ^= 1;
            OK(fs_write_file(path, all.p, all.len, &e));
        }
    }
    assert_int_equal(write_stick(p), 1); /* all three: no answer came home yet */
    OK(read_stick(p, p->file, &e));
    assert_int_equal(p->refused, 0);
    assert_int_equal(p->stale, 1);
    hear_answers(p);
    assert_int_equal(write_stick(p), 1);
    OK(read_stick(p, p->file, &e));
    assert_int_equal(p->accepted, 1);
    same_tip(p, CLASS_TEXT);
    hear_answers(p);
    p->fits = 0;
    assert_int_equal(write_stick(p), 1); /* nothing is missing there any more */
}

static void test_courier_take__who_may_not_send_is_told_so(void **state)
{
    struct pair *p = *state;
    char meta[HASH_HEX] = "", tip[NAMES_OID_MAX];
    struct err e = ERR_INIT;

    seal(p, CLASS_META, 1, 1, meta);
    assert_int_equal(write_stick(p), 1);
    OK(enrol_node_revoke(p->province, "/usr/bin/sohoa", p->n.name, &e));
    FAILS(read_stick(p, p->file, fe), ERR_GATE_NODE);
    tip_there(p, CLASS_META, tip);
    assert_string_equal(tip, "");
}

/* ---- homewards ------------------------------------------------------------------- */

static int bring_home(struct pair *p, const char *name, struct err *e)
{
    const struct courier_opts o = {
        .path = p->file, .own = &p->issuer, .to = &p->n.key.pub};
    AUTO_COURIER_OUT struct courier_out *w = NULL;
    AUTO_COURIER_IN struct courier_in *in = NULL;
    AUTO_MEM char *source = fs_path(p->top, "source");
    AUTO_MEM char *box = fs_path(p->top, "box");
    int64_t files = 0, bytes = 0;

    if (fs_write_file(source, "text", 4, e) < 0 || courier_out_open(&o, &w, e) < 0)
        return -1;
    if (courier_out_add(w, name, source, e) != 1 || courier_out_end(w, e) < 0 ||
        courier_in_open(p->file, &p->n.key, &in, e) < 0 ||
        courier_take_home(box, p->n.name, in, &files, &bytes, e) < 0)
        return -1;
    assert_int_equal(files, 1);
    assert_int_equal(bytes, 4);
    return 0;
}

static void test_courier_take__only_the_nodes_own_files_come_home(void **state)
{
    static const char *const GOOD[] = {"outbox/%s/01234-2025-07-01/a-b.req"};
    static const char *const BAD[] = {"outbox/%s/01234-2025-07-01/a-b.answer",
                                      "outbox/%s/a-b.req", "outbox/%s/x.answer",
                                      "outbox/%s/01234/a-b.req", "inbox/%s/a.req"};
    struct pair *p = *state;
    char id[HASH_HEX];
    struct err e = ERR_INIT;

    hash_bytes("a", 1, id);
    {
        AUTO_MEM char *name = mem_printf("outbox/%s/%s.answer", p->n.name, id);
        AUTO_MEM char *other = mem_printf("outbox/%.31sx/%s.answer", p->n.name, id);
        AUTO_MEM char *landed = fs_pathf(p->top, "box/%s", name);

        OK(bring_home(p, name, &e));
        assert_true(fs_exists(landed));
        FAILS(bring_home(p, other, fe), ERR_COURIER_FORM);
    }
    for (size_t i = 0; i < ARRAY_LEN(GOOD) + ARRAY_LEN(BAD); i++) {
        const char *form = i < ARRAY_LEN(GOOD) ? GOOD[i] : BAD[i - ARRAY_LEN(GOOD)];
        AUTO_STR struct str name = STR_INIT(STR_LINE_MAX);

        str_add_mem(&name, form, (size_t)(strchr(form, '%') - form));
        str_add(&name, p->n.name);
        str_add(&name, strchr(form, '%') + 2);
        if (i < ARRAY_LEN(GOOD))
            OK(bring_home(p, name.p, &e));
        else
            FAILS(bring_home(p, name.p, fe), ERR_COURIER_FORM);
    }
}

#define case_(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* A hub brings the node's own commits; another district may bring none. */
static void test_courier_take__i09_a_hub_carries_what_is_not_its_own(void **state)
{
    struct pair *p = *state;
    char meta[HASH_HEX] = "", text[HASH_HEX] = "", tip[NAMES_OID_MAX];
    AUTO_MEM char *outbox = NULL;
    struct err e = ERR_INIT;

    seal(p, CLASS_META, 1, 3, meta);
    seal(p, CLASS_TEXT, 1, 2, text);
    carried_by(p, "01234", false);
    assert_int_equal(write_stick(p), 1);
    OK(read_stick(p, p->file, &e));
    assert_int_equal(p->refused, 2); /* it reads the unit, and brings nothing */
    OK(fs_unlink(p->file, &e));
    carried_by(p, "99", true);
    assert_int_equal(write_stick(p), 1);
    OK(read_stick(p, p->file, &e));
    assert_int_equal(p->refused, 2); /* it is a hub, of others */
    tip_there(p, CLASS_META, tip);
    assert_string_equal(tip, "");
    OK(fs_unlink(p->file, &e));
    carried_by(p, "01234", true);
    assert_int_equal(write_stick(p), 1);
    OK(read_stick(p, p->file, &e));
    assert_int_equal(p->accepted, 2);
    same_tip(p, CLASS_META);
    same_tip(p, CLASS_TEXT);
    outbox = fs_pathf(p->province, "outbox/%s", p->by_name);
    assert_int_equal(count_files(outbox, ".answer"), 2); /* who carried hears */
}

/* Volumes of a hub, the last one first: what waits is found in the chain of its author.
 */
static void test_courier_take__a_hubs_volumes_come_in_any_order(void **state)
{
    struct pair *p = *state;
    char meta[HASH_HEX] = "";
    AUTO_MEM char *second = courier_volume_path(p->file, 2);
    struct err e = ERR_INIT;

    carried_by(p, "01234", true);
    p->volume_max = 1;
    for (int64_t seq = 1; seq <= 2; seq++) {
        seal(p, CLASS_META, seq, seq, meta);
        assert_int_equal(write_stick(p), 1);
    }
    OK(read_stick(p, second, &e));
    assert_int_equal(p->parked, 1);
    OK(read_stick(p, p->file, &e));
    assert_int_equal(p->accepted, 2);
    same_tip(p, CLASS_META);
    OK(read_stick(p, second, &e));
    assert_int_equal(p->known, 1);
}

/* What a district has is heard of a whole file that it signed, and of nobody else. */
static void test_courier_take__what_a_district_has_counts_when_signed(void **state)
{
    struct pair *p = *state;
    AUTO_MEM char *file = fs_path(p->top, "have");
    AUTO_MEM char *kept = NULL;
    AUTO_HAVE struct have have = HAVE_INIT;
    AUTO_STR struct str text = STR_INIT(STR_FILE_MAX);
    AUTO_MEM char *bad = fs_path(p->top, "BAD.GUI");
    struct err e = ERR_INIT;

    OK(fs_write_file(file, "unit 01234-2025-07-01\n.\n", 24, &e));
    p->have = file;
    assert_int_equal(write_stick(p), 1);
    FAILS(read_stick(p, p->file, fe), ERR_COURIER_FORM); /* a commune has none */
    OK(fs_unlink(p->file, &e));
    carried_by(p, "01234", false);
    kept = fs_pathf(p->province, HAVE_KEPT, p->by_name);
    p->plain = true;
    assert_int_equal(write_stick(p), 1);
    OK(fs_read_file(p->file, &text, &e));
    OK(fs_write_file(bad, text.p, text.len - 2000, &e)); /* without its signature */
    FAILS(read_stick(p, bad, fe), ERR_COURIER_CUT);
    assert_false(fs_exists(kept));
    OK(read_stick(p, p->file, &e));
    assert_true(fs_exists(kept));
    OK(have_load(p->province, p->by_name, &have, &e));
    assert_int_equal(have.text.len, 24);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        case_(test_courier_take__i08_a_stick_makes_the_same_refs),
        case_(test_courier_take__i04_twice_and_by_another_way_is_once),
        case_(test_courier_take__volumes_come_in_any_order),
        case_(test_courier_take__i11_a_flipped_bit_moves_no_ref),
        case_(test_courier_take__half_a_file_brings_what_is_whole),
        case_(test_courier_take__what_did_not_fit_goes_next_time),
        case_(test_courier_take__who_may_not_send_is_told_so),
        case_(test_courier_take__only_the_nodes_own_files_come_home),
        case_(test_courier_take__i09_a_hub_carries_what_is_not_its_own),
        case_(test_courier_take__a_hubs_volumes_come_in_any_order),
        case_(test_courier_take__what_a_district_has_counts_when_signed),
    };

    i18n_init(LANG_EN, NULL);
    if (argc == 3 && strcmp(argv[1], "worker") == 0)
        proc_exit_worker(gate_worker_main());
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
