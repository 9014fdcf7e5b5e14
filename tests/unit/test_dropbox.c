/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/dropbox.h"

#include "node/base/hash.h"
#include "node/base/str.h"
#include "sync/line.h"
#include "sync/names.h"
#include "sync/pack.h"
#include "sync/request.h"
#include "sync/rpush.h"
#include "tests/unit/sync_help.h"

/* A folder between two nodes: what is put there, what is taken from there. */

static const char *const EVERY[] = {"refs/"};

struct box {
    struct node n;
    struct repo *r;
    char *folder; /* the drop box */
    char *down;   /* repository of the lower end */
    struct line line;
    char ref[NAMES_REF_MAX];
    char tips[4][NAMES_OID_MAX];
};

static struct box box;

static int set_up(void **state)
{
    char prev[HASH_HEX] = "";
    struct bundle_made made;
    struct err e = ERR_INIT;

    box = (struct box){.r = NULL};
    node_init(&box.n);
    OK(repo_open(box.n.repo, &box.r, &e));
    for (int64_t seq = 1; seq <= 3; seq++) {
        help_bundle(&box.n, box.r, CLASS_TEXT, seq, prev, &made);
        memcpy(box.tips[seq], made.commit, NAMES_OID_MAX);
    }
    names_ref(box.n.name, 1, CLASS_TEXT, box.ref);
    box.folder = fs_path(box.n.dir, "stick");
    box.down = fs_path(box.n.dir, "down.git");
    OK(fs_mkdirs(box.folder, &e));
    OK(repo_create(box.down, REPO_TRANSPORT, &e));
    OK(line_parse(box.n.dir, box.folder, &box.line, &e));
    *state = &box;
    return 0;
}

static int tear_down(void **state)
{
    struct box *b = *state;

    repo_close(b->r);
    mem_free(b->folder);
    mem_free(b->down);
    node_clear(&b->n);
    return 0;
}

static size_t files(const char *folder)
{
    AUTO_LIST struct fs_list l = {0};
    struct err e = ERR_INIT;

    OK(fs_list(folder, &l, &e));
    return l.count;
}

static void write_text(const char *path, const char *text)
{
    AUTO_MEM char *folder = fs_dirname(path);
    struct err e = ERR_INIT;

    OK(fs_mkdirs(folder, &e));
    OK(fs_write_file(path, text, strlen(text), &e));
}

/* ---- upwards --------------------------------------------------------------------- */

/* A request of the first bundle, made in the node's home. */
static void make_request(struct box *b, struct rpush_request *q)
{
    AUTO_MEM char *made = NULL;
    struct err e = ERR_INIT;

    *q = (struct rpush_request){.size = 0};
    OK(request_write(b->r, b->ref, "", b->tips[1], b->n.dir, NULL, q->id, &q->size,
                     &e));
    made = fs_path(b->n.dir, q->id);
    (void)snprintf(q->path, sizeof q->path, "%s", made);
}

static void write_answer(const struct box *b, const char *path, const char *id)
{
    struct receive_answer a = {.result = RECEIVE_ACCEPTED};
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    struct err e = ERR_INIT;

    memcpy(a.id, id, HASH_HEX);
    (void)snprintf(a.ref, sizeof a.ref, "%s", b->ref);
    memcpy(a.tip, b->tips[1], sizeof a.tip);
    OK(receive_answer_print(&a, &text, &e));
    write_text(path, text.p);
}

static void test_dropbox__a_request_is_put_once(void **state)
{
    struct box *b = *state;
    struct rpush_request q;
    AUTO_MEM char *inbox = fs_pathf(b->folder, "inbox/%s", b->n.name);
    AUTO_MEM char *file = NULL;
    AUTO_MEM char *answer = NULL;
    char hex[HASH_HEX];
    struct err e = ERR_INIT;

    make_request(b, &q);
    OK(dropbox_put(&b->line, b->n.name, &q, &e));
    OK(dropbox_put(&b->line, b->n.name, &q, &e));
    assert_int_equal(files(inbox), 1);
    file = fs_pathf(inbox, "%s.req", q.id);
    OK(hash_file(file, hex, NULL, &e));
    assert_string_equal(hex, q.id);
    /* Taken and answered: it is not offered a second time. */
    OK(fs_unlink(file, &e));
    answer = fs_pathf(b->folder, "outbox/%s/%s.answer", b->n.name, q.id);
    write_answer(b, answer, q.id);
    OK(dropbox_put(&b->line, b->n.name, &q, &e));
    assert_int_equal(files(inbox), 0);
}

/* Half an answer, one to something else, noise: none of them is one, nor in the way. */
static void test_dropbox__a_damaged_answer_is_asked_again(void **state)
{
    static const char *const TEXTS[] = {"", "accepted", "{\"schema\":1}\n", NULL};
    struct box *b = *state;
    struct rpush_request q;
    struct receive_answer got;
    AUTO_MEM char *inbox = fs_pathf(b->folder, "inbox/%s", b->n.name);
    AUTO_MEM char *file = NULL;
    AUTO_MEM char *answer = NULL;
    char other[HASH_HEX];
    struct err e = ERR_INIT;

    make_request(b, &q);
    hash_bytes("b", 1, other);
    file = fs_pathf(inbox, "%s.req", q.id);
    answer = fs_pathf(b->folder, "outbox/%s/%s.answer", b->n.name, q.id);
    for (size_t i = 0; i < 4; i++) {
        if (TEXTS[i])
            write_text(answer, TEXTS[i]);
        else
            write_answer(b, answer, other);
        assert_int_equal(dropbox_answer(&b->line, b->n.name, q.id, &got, &e), 0);
        assert_false(fs_exists(answer));
        write_text(answer, TEXTS[i] ? TEXTS[i] : "x");
        OK(dropbox_put(&b->line, b->n.name, &q, &e));
        assert_int_equal(files(inbox), 1);
        OK(fs_unlink(file, &e));
    }
}

static void test_dropbox__a_stick_that_is_not_there_is_no_line(void **state)
{
    struct box *b = *state;
    struct rpush_request q;
    struct err e = ERR_INIT;

    make_request(b, &q);
    OK(fs_remove_tree(b->folder, &e));
    FAILS(dropbox_put(&b->line, b->n.name, &q, fe), ERR_LINE);
    FAILS(dropbox_import(b->folder, b->down, EVERY, 1, NULL, fe), ERR_LINE);
    assert_false(fs_exists(b->folder));
}

static void test_dropbox__what_was_not_copied_right_is_no_request(void **state)
{
    struct box *b = *state;
    AUTO_MEM char *to = NULL;
    struct rpush_request q;

    make_request(b, &q);
    q.id[0] = q.id[0] == '0' ? '1' : '0';
    FAILS(dropbox_put(&b->line, b->n.name, &q, fe), ERR_WRITE);
    to = fs_pathf(b->folder, "inbox/%s/%s.req", b->n.name, q.id);
    assert_false(fs_exists(to));
}

static void test_dropbox__answers(void **state)
{
    struct box *b = *state;
    struct receive_answer got;
    AUTO_MEM char *path = NULL;
    char id[HASH_HEX];
    struct err e = ERR_INIT;

    hash_bytes("a", 1, id);
    assert_int_equal(dropbox_answer(&b->line, b->n.name, id, &got, &e), 0);
    path = fs_pathf(b->folder, "outbox/%s/%s.answer", b->n.name, id);
    write_answer(b, path, id);
    assert_int_equal(dropbox_answer(&b->line, b->n.name, id, &got, &e), 1);
    assert_int_equal(got.result, RECEIVE_ACCEPTED);
    assert_string_equal(got.tip, b->tips[1]);
}

/* ---- downwards ------------------------------------------------------------------- */

static void assert_down(struct box *b, const char *tip)
{
    AUTO_REPO struct repo *r = NULL;
    char oid[NAMES_OID_MAX] = "";
    struct err e = ERR_INIT;

    OK(repo_open(b->down, &r, &e));
    OK(repo_ref(r, b->ref, oid, &e));
    assert_string_equal(oid, tip);
}

static void test_dropbox__chains_and_receipts_come_down(void **state)
{
    struct box *b = *state;
    static const char *const REFS[] = {"refs/sohoa/", "refs/receipts/"};
    AUTO_MEM char *out = fs_path(b->folder, "outbox");
    AUTO_MEM char *old = fs_path(out, "0000000000000000-1111111111111111.req");
    AUTO_MEM char *note = fs_path(out, "readme.txt");
    char prev[HASH_HEX] = "";
    struct bundle_made made;
    size_t moved = 0;
    struct err e = ERR_INIT;

    OK(repo_ref_move(b->r, "refs/receipts/x", NULL, b->tips[1], &e));
    write_text(old, "a step that leads nowhere any more");
    write_text(note, "somebody's own file");
    OK(dropbox_export(b->r, out, REFS, 2, &e));
    assert_int_equal(files(out), 3);
    assert_false(fs_exists(old));
    assert_true(fs_exists(note));
    OK(dropbox_import(out, b->down, EVERY, 1, &moved, &e));
    assert_int_equal(moved, 2);
    assert_down(b, b->tips[3]);
    OK(dropbox_import(out, b->down, EVERY, 1, &moved, &e));
    assert_int_equal(moved, 0);
    /* One bundle more: the file of the chain is made anew, the receipts' stays. */
    memcpy(prev, "", 1);
    {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        char parent[NAMES_OID_MAX];

        OK(bundle_read(b->r, b->tips[3], &m, prev, parent, &e));
    }
    help_bundle(&b->n, b->r, CLASS_TEXT, 4, prev, &made);
    OK(dropbox_export(b->r, out, REFS, 2, &e));
    assert_int_equal(files(out), 3);
    OK(dropbox_import(out, b->down, EVERY, 1, &moved, &e));
    assert_int_equal(moved, 1);
    assert_down(b, made.commit);
}

/* What was written before the last step is not looked at again: its bundles may as well
 * be gone. */
/* Readers that are older stop at a ".req" of a ref that they do not know. */
static void test_dropbox__statements_come_down_under_another_ending(void **state)
{
    static const char *const refs[] = {"refs/sohoa/", NAMES_STATEMENTS_REF};
    struct box *b = *state;
    AUTO_MEM char *out = fs_path(b->folder, "outbox");
    AUTO_MEM char *was = fs_pathf(out, "%.16s-%.16s.ref", PACK_ZERO, b->tips[1]);
    AUTO_MEM char *now = fs_pathf(out, "%.16s-%.16s.ref", PACK_ZERO, b->tips[2]);
    AUTO_REPO struct repo *down = NULL;
    char tip[NAMES_OID_MAX];
    size_t moved = 0;
    struct err e = ERR_INIT;

    OK(repo_ref_move(b->r, NAMES_STATEMENTS_REF, "", b->tips[1], &e));
    OK(dropbox_export(b->r, out, refs, 2, &e));
    assert_true(fs_exists(was));
    OK(repo_ref_move(b->r, NAMES_STATEMENTS_REF, b->tips[1], b->tips[2], &e));
    OK(dropbox_export(b->r, out, refs, 2, &e));
    assert_false(fs_exists(was));
    assert_true(fs_exists(now));
    OK(dropbox_import(out, b->down, refs, 2, &moved, &e));
    assert_int_equal(moved, 2);
    OK(repo_open(b->down, &down, &e));
    assert_int_equal(repo_ref(down, NAMES_STATEMENTS_REF, tip, &e), 1);
    assert_string_equal(tip, b->tips[2]);
}

static void test_dropbox__full_steps_are_not_read_again(void **state)
{
    struct box *b = *state;
    static const char *const REFS[] = {"refs/sohoa/"};
    AUTO_MEM char *out = fs_path(b->folder, "outbox");
    AUTO_MEM char *one = mem_printf("%s/%.16s-%.16s.req", out, PACK_ZERO, b->tips[1]);
    AUTO_MEM char *two = mem_printf("%s/%.16s-%.16s.req", out, b->tips[1], b->tips[2]);
    AUTO_MEM char *rest = mem_printf("%s/%.16s-%.16s.req", out, b->tips[1], b->tips[3]);
    AUTO_MEM char *all = mem_printf("%s/%.16s-%.16s.req", out, PACK_ZERO, b->tips[3]);
    size_t moved = 0;
    struct err e = ERR_INIT;

    OK(request_write(b->r, b->ref, "", b->tips[1], out, fs_basename(one), NULL, NULL,
                     &e));
    OK(request_write(b->r, b->ref, b->tips[1], b->tips[2], out, fs_basename(two), NULL,
                     NULL, &e));
    OK(dropbox_export(b->r, out, REFS, 1, &e));
    assert_true(fs_exists(one));
    assert_false(fs_exists(two));
    assert_true(fs_exists(rest));
    OK(dropbox_import(out, b->down, EVERY, 1, &moved, &e));
    assert_int_equal(moved, 2);
    assert_down(b, b->tips[3]);
    /* A first step that cannot be read leads nowhere: all anew. */
    write_text(one, "damaged");
    OK(dropbox_export(b->r, out, REFS, 1, &e));
    assert_false(fs_exists(rest));
    assert_true(fs_exists(all));
    assert_int_equal(files(out), 1);
}

static void test_dropbox__steps_in_any_order_of_names(void **state)
{
    struct box *b = *state;
    size_t moved = 0;
    struct err e = ERR_INIT;

    /* The last step alone has nothing to stand on: it waits. */
    OK(request_write(b->r, b->ref, b->tips[2], b->tips[3], b->folder, "a.req", NULL,
                     NULL, &e));
    OK(dropbox_import(b->folder, b->down, EVERY, 1, &moved, &e));
    assert_int_equal(moved, 0);
    OK(request_write(b->r, b->ref, b->tips[1], b->tips[2], b->folder, "b.req", NULL,
                     NULL, &e));
    OK(request_write(b->r, b->ref, "", b->tips[1], b->folder, "c.req", NULL, NULL, &e));
    OK(dropbox_import(b->folder, b->down, EVERY, 1, &moved, &e));
    assert_int_equal(moved, 3);
    assert_down(b, b->tips[3]);
    /* An old stick: nothing goes back. */
    {
        AUTO_MEM char *newest = fs_path(b->folder, "a.req");

        OK(fs_unlink(newest, &e));
    }
    OK(dropbox_import(b->folder, b->down, EVERY, 1, &moved, &e));
    assert_int_equal(moved, 0);
    assert_down(b, b->tips[3]);
}

static void test_dropbox__hostile_files_move_nothing(void **state)
{
    struct box *b = *state;
    AUTO_MEM char *path = fs_path(b->folder, "x.req");
    AUTO_STR struct str text = STR_INIT(STR_FILE_MAX);
    size_t moved = 0;
    struct err e = ERR_INIT;

    OK(request_write(b->r, "refs/heads/main", "", b->tips[1], b->folder, "x.req", NULL,
                     NULL, &e));
    FAILS(dropbox_import(b->folder, b->down, EVERY, 1, &moved, fe), ERR_GATE_REF);
    write_text(path, "not a request");
    FAILS(dropbox_import(b->folder, b->down, EVERY, 1, &moved, fe), ERR_GATE_FORM);
    OK(fs_unlink(path, &e));
    /* A pack that was cut off. */
    OK(request_write(b->r, b->ref, "", b->tips[1], b->folder, "x.req", NULL, NULL, &e));
    OK(fs_read_file(path, &text, &e));
    OK(fs_write_file(path, text.p, text.len - 30, &e));
    FAILS(dropbox_import(b->folder, b->down, EVERY, 1, &moved, fe), ERR_GATE_FORM);
    OK(fs_unlink(path, &e));
    assert_int_equal(symlink("/etc/passwd", path), 0);
    FAILS(dropbox_import(b->folder, b->down, EVERY, 1, &moved, fe), ERR_INPUT_LINK);
    assert_int_equal(moved, 0);
    {
        AUTO_REPO struct repo *r = NULL;
        char oid[NAMES_OID_MAX];

        OK(repo_open(b->down, &r, &e));
        assert_int_equal(repo_ref(r, b->ref, oid, &e), 0);
        assert_int_equal(repo_ref(r, "refs/heads/main", oid, &e), 0);
    }
}

/* ---- own chains back ---------------------------------------------------------------
 */

static void test_dropbox__i12_what_is_offered_comes_back_whole(void **state)
{
    struct box *b = *state;
    AUTO_MEM char *out = fs_pathf(b->folder, "outbox/%s", b->n.name);
    AUTO_MEM char *chains = fs_path(out, "01234-2025-07-01");
    AUTO_MEM char *wish = fs_pathf(b->folder, "inbox/%s/" DROPBOX_WANT, b->n.name);
    AUTO_MEM char *own = mem_printf("refs/sohoa/%s/", b->n.name);
    const char *refs[] = {own};
    AUTO_REPO struct repo *down = NULL;
    char unit[NAMES_UNIT_MAX] = "";
    struct err e = ERR_INIT;

    assert_int_equal(dropbox_offered(&b->line, b->n.name, unit, &e), 0);
    OK(dropbox_want_back(&b->line, b->n.name, &e));
    OK(dropbox_want_back(&b->line, b->n.name, &e)); /* once is enough */
    assert_true(fs_exists(wish));
    OK(dropbox_export(b->r, chains, refs, 1, &e));
    OK(dropbox_offer(b->r, out, "01234-2025-07-01", own, &e));
    assert_int_equal(dropbox_offered(&b->line, b->n.name, unit, &e), 1);
    assert_string_equal(unit, "01234-2025-07-01");
    OK(repo_open(b->down, &down, &e));
    assert_int_equal(dropbox_came_back(&b->line, b->n.name, down, &e), 0);
    repo_close(TAKE(down));
    OK(dropbox_import(chains, b->down, refs, 1, NULL, &e));
    OK(repo_open(b->down, &down, &e));
    assert_int_equal(dropbox_came_back(&b->line, b->n.name, down, &e), 1);
    OK(repo_ref_move(down, b->ref, b->tips[3], b->tips[2], &e)); /* one is missing */
    assert_int_equal(dropbox_came_back(&b->line, b->n.name, down, &e), 0);
    OK(dropbox_thank(&b->line, b->n.name, &e));
    assert_false(fs_exists(wish));
    assert_int_equal(dropbox_offered(&b->line, b->n.name, unit, &e), 0); /* it is old */
    OK(dropbox_offer(NULL, out, "01234-2025-07-01", own, &e)); /* the answer to that */
    assert_int_equal(dropbox_offered(&b->line, b->n.name, unit, &e), 0);
}

static void test_dropbox__an_offer_that_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {
        "{}\n",
        "{\"refs\":[],\"schema\":2,\"unit\":\"01234-2025-07-01\"}\n",
        "{\"refs\":[],\"schema\":1,\"unit\":\"../01234-2025-07-01\"}\n",
        "not json\n",
    };
    struct box *b = *state;
    AUTO_MEM char *path = fs_pathf(b->folder, "outbox/%s/restore.json", b->n.name);
    char unit[NAMES_UNIT_MAX];
    struct err e = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        write_text(path, wrong[i]);
        FAILS(dropbox_offered(&b->line, b->n.name, unit, fe), ERR_JSON);
    }
    write_text(path, "{\"refs\":[{\"ref\":\"refs/x\",\"tip\":\"y\"}],\"schema\":1,"
                     "\"unit\":\"01234-2025-07-01\"}\n");
    FAILS(dropbox_came_back(&b->line, b->n.name, b->r, fe), ERR_JSON);
    OK(fs_remove_tree(b->folder, &e));
    FAILS(dropbox_want_back(&b->line, b->n.name, fe), ERR_LINE);
}

#define case_(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        case_(test_dropbox__i12_what_is_offered_comes_back_whole),
        case_(test_dropbox__an_offer_that_is_none_is_refused),
        case_(test_dropbox__a_request_is_put_once),
        case_(test_dropbox__a_stick_that_is_not_there_is_no_line),
        case_(test_dropbox__what_was_not_copied_right_is_no_request),
        case_(test_dropbox__answers),
        case_(test_dropbox__a_damaged_answer_is_asked_again),
        case_(test_dropbox__chains_and_receipts_come_down),
        case_(test_dropbox__statements_come_down_under_another_ending),
        case_(test_dropbox__full_steps_are_not_read_again),
        case_(test_dropbox__steps_in_any_order_of_names),
        case_(test_dropbox__hostile_files_move_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
