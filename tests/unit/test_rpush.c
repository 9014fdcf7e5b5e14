/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/rpush.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "node/base/clock.h"
#include "node/base/i18n.h"
#include "node/base/msg.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/ask.h"
#include "sync/enrol.h"
#include "sync/gate.h"
#include "sync/get.h"
#include "sync/line.h"
#include "sync/pack.h"
#include "sync/pull.h"
#include "sync/receipt.h"
#include "sync/repo_git.h"
#include "sync/sync_worker.h"
#include "sync/window.h"
#include "tests/unit/sync_help.h"

/*
 * Sender and door over a line that breaks where it is told to. This program is also the
 * "ssh" in its PATH: it runs the forced command and passes bytes on until the number in
 * the file TEST_CUT has gone up (or down); and it is the gate's hook and the worker.
 */

struct pair {
    char *top;
    char *province;
    struct sign_secret issuer;
    struct node n; /* n.dir is its home */
    char *repo;    /* at the province */
};

static void write_text(const char *folder, const char *name, const char *text)
{
    AUTO_MEM char *path = fs_path(folder, name);
    struct err e = ERR_INIT;

    OK(fs_write_file(path, text, strlen(text), &e));
}

static void pair_init(struct pair *p)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct enrol_add add = {
        .unit_code = "01234", .valid_from = "2025-07-01", .role = "commune"};
    AUTO_MEM char *keys = NULL;
    AUTO_MEM char *secret = NULL;
    AUTO_MEM char *bin = NULL;
    AUTO_MEM char *ssh = NULL;
    AUTO_MEM char *self = NULL;
    AUTO_MEM char *path = NULL;
    char node[NAMES_NODE_MAX];
    struct err e = ERR_INIT;

    p->top = help_folder();
    p->province = fs_path(p->top, "province");
    OK(sign_generate(&p->issuer, &e));
    node_init(&p->n);
    keys = fs_path(p->n.dir, "keys");
    secret = fs_path(keys, "node");
    OK(fs_mkdirs(keys, &e));
    OK(fs_mkdirs(p->province, &e));
    OK(sign_write_secret(secret, &p->n.key, "node", &e));
    sign_public_line(&p->n.key.pub, "node", &line);
    write_text(keys, "node.pub", line.p);
    OK(enrol_trust_upstream(p->n.dir, &p->issuer.pub, &e));
    add.key_line = line.p;
    OK(enrol_node_add(p->province, "/usr/bin/sohoa", &p->issuer.pub, &add, node,
                      &p->repo, &e));
    bin = fs_path(p->top, "bin");
    ssh = fs_path(bin, "ssh");
    self = fs_program(&e);
    OK(fs_mkdirs(bin, &e));
    assert_int_equal(symlink(self, ssh), 0);
    path = mem_printf("%s:/usr/bin:/bin", bin);
    assert_int_equal(setenv("PATH", path, 1), 0);
    assert_int_equal(setenv("TEST_HOME", p->province, 1), 0);
    assert_int_equal(setenv("TEST_NODE", p->n.name, 1), 0);
    assert_int_equal(unsetenv("TEST_CUT"), 0);
    assert_int_equal(unsetenv("SOHOA_SSH_CONFIG"), 0);
}

static void pair_clear(struct pair *p)
{
    struct err e = ERR_INIT;

    OK(fs_remove_tree(p->top, &e));
    mem_free(p->top);
    mem_free(p->province);
    mem_free(p->repo);
    node_clear(&p->n);
}

/* The n-th connection is cut after so many bytes: "up down" a line; then none is. */
static void cut_at(struct pair *p, const char *lines)
{
    AUTO_MEM char *path = fs_path(p->top, "cuts");

    write_text(p->top, "cuts", lines);
    assert_int_equal(setenv("TEST_CUT", path, 1), 0);
}

/* ---- the line
 * -------------------------------------------------------------------------- */

/* Take the first line of the file away: what happens to this connection. */
static void next_cut(int64_t *up, int64_t *down)
{
    const char *path = getenv("TEST_CUT");
    AUTO_STR struct str text = STR_INIT(100000);
    struct err e = ERR_INIT;
    char *space, *lf;

    *up = *down = INT64_MAX;
    if (!path || fs_read_file(path, &text, &e) < 0 || text.len == 0)
        return;
    space = strchr(text.p, ' ');
    lf = strchr(text.p, '\n');
    assert(space && lf && space < lf);
    *space = *lf = '\0';
    assert(num_parse(text.p, -100000, INT64_MAX, up) &&
           num_parse(space + 1, 0, INT64_MAX, down));
    if (fs_write_file(path, lf + 1, strlen(lf + 1), &e) < 0)
        abort();
}

/* The line is there and silent, as when the machine at its end was stopped. */
static void freeze(void)
{
    if (getenv("TEST_FREEZE"))
        (void)raise(SIGSTOP);
}

/* A narrow line: so many bytes a second. */
static void be_narrow(ssize_t bytes)
{
    const char *text = getenv("TEST_RATE");
    int64_t rate;

    if (text && num_parse(text, 1, INT64_MAX, &rate))
        clock_sleep_ms((int64_t)bytes * 1000 / rate);
}

/* Pass bytes on, at most @left of them. False: the end, or the cut. */
static bool pass(int from, int to, int64_t *left)
{
    char buf[4096];
    size_t want = *left < (int64_t)sizeof buf ? (size_t)*left : sizeof buf;
    ssize_t n = want ? read(from, buf, want) : 0;

    if (n <= 0)
        return false;
    *left -= n;
    be_narrow(n);
    for (ssize_t at = 0; at < n;) {
        ssize_t sent = write(to, buf + at, (size_t)(n - at));

        if (sent <= 0)
            return false;
        at += sent;
    }
    return true;
}

/* A door that names one ref and answers the step that is asked for with an empty line.
 */
static int serve_nothing(int in, int out)
{
    char ref[NAMES_REF_MAX];
    char c = '\0';

    names_receipt_ref(getenv("TEST_NODE"), ref);
    (void)dprintf(out, "%040d %s\n.\n", 7, ref);
    while (c != '\n' && read(in, &c, 1) == 1)
        continue;
    return dprintf(out, "\n") != 1;
}

static int serve(const char *command, int in, int out)
{
    struct err e = ERR_INIT;

    if (getenv("TEST_SAYS_NOTHING"))
        return serve_nothing(in, out);
    if ((getenv("TEST_OLD_DOOR") && str_starts(command, "since")) ||
        (getenv("TEST_OLD_PUT") && str_starts(command, "put")))
        command = "a verb of the future";
    return receive_session(getenv("TEST_HOME"), getenv("TEST_NODE"), command, NULL, in,
                           out, &e) < 0;
}

/* What is given to a line that is dead and does not know it yet. */
static void swallow(void)
{
    struct pollfd in = {.fd = 0, .events = POLLIN};
    char buf[65536];

    while (poll(&in, 1, 300) > 0 && read(0, buf, sizeof buf) > 0)
        continue;
}

static int be_ssh(int argc, char **argv)
{
    int up[2], down[2];
    int64_t up_left, down_left, all = INT64_MAX, begun = clock_mono_ms();
    pid_t pid;

    (void)signal(SIGPIPE, SIG_IGN);
    next_cut(&up_left, &down_left);
    assert(pipe2(up, O_CLOEXEC) == 0 && pipe2(down, O_CLOEXEC) == 0);
    pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        (void)close(up[1]);
        (void)close(down[0]);
        (void)setsid(); /* a cut line does not end the other end at once */
        _exit(serve(argv[argc - 1], up[0], down[1]));
    }
    (void)close(up[0]);
    (void)close(down[1]);
    for (bool sending = true;;) {
        struct pollfd fds[2] = {{.fd = sending ? 0 : -1, .events = POLLIN},
                                {.fd = down[0], .events = POLLIN}};

        int rc = poll(fds, 2, up_left < 0 ? 1 : 60000);

        if (up_left < 0 && clock_mono_ms() > begun - up_left) {
            (void)kill(pid, SIGKILL); /* the door dies, whatever it is at */
            return 255;
        }
        if (rc == 0 && up_left < 0)
            continue;
        if (rc <= 0)
            break;
        if (up_left < 0 && fds[0].revents && pass(0, up[1], &all))
            continue;
        if (up_left == 0 || down_left == 0)
            freeze();
        if (fds[1].revents && !pass(down[0], 1, &down_left))
            break;
        if (fds[0].revents && !pass(0, up[1], &up_left)) {
            sending = false;
            if (up_left == 0 && getenv("TEST_SWALLOW"))
                swallow();
            if (up_left == 0)
                break;
            (void)close(up[1]);
        }
    }
    (void)kill(pid, getenv("TEST_LINGER") ? 0 : SIGTERM);
    return 255;
}

/* ---- sending
 * ---------------------------------------------------------------------------- */

struct heard {
    int begun, progress, accepted, refused, written;
    int64_t last_seq, lost;
};

static int hear(void *ctx, enum rpush_event what, const struct rpush_request *q,
                int64_t have, const struct receive_answer *answer, struct err *e)
{
    struct heard *h = ctx;

    (void)have;
    (void)e;
    switch (what) {
    case RPUSH_BEGIN:
        h->begun++;
        break;
    case RPUSH_PROGRESS:
        h->progress++;
        break;
    case RPUSH_ACCEPTED:
        assert_string_equal(answer->id, q->id);
        h->accepted++;
        h->last_seq = q->last_seq;
        break;
    case RPUSH_REFUSED:
        h->refused++;
        break;
    case RPUSH_WRITTEN:
        h->written++;
        break;
    case RPUSH_LOST:
        h->lost += q->last_seq - q->first_seq + 1;
        break;
    case RPUSH_TURN:
    default:
        break;
    }
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

static int run(struct pair *p, const char *url, struct heard *h, struct rpush_sum *sum,
               struct err *e)
{
    AUTO_REPO struct repo *r = NULL;
    struct line l;

    if (repo_open(p->n.repo, &r, e) < 0 || line_parse(p->n.dir, url, &l, e) < 0)
        return -1;
    l.idle_ms = 20000;
    return rpush_run(r, &l, p->n.name, 1, NULL, hear, h, sum, e);
}

/* Both ends show the same chain. */
static void same_tip(struct pair *p, enum bundle_class cls)
{
    AUTO_REPO struct repo *a = NULL;
    AUTO_REPO struct repo *b = NULL;
    char ref[NAMES_REF_MAX], one[NAMES_OID_MAX] = "", two[NAMES_OID_MAX] = "";
    struct err e = ERR_INIT;

    names_ref(p->n.name, 1, cls, ref);
    OK(repo_open(p->n.repo, &a, &e));
    OK(repo_open(p->repo, &b, &e));
    assert_int_equal(repo_ref(a, ref, one, &e), 1);
    assert_int_equal(repo_ref(b, ref, two, &e), 1);
    assert_string_equal(one, two);
}

#define URL "ssh://sohoa@province.example:2222/x"

static void test_rpush__brings_all_chains_up(void **state)
{
    char meta[HASH_HEX] = "", text[HASH_HEX] = "";
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 3, meta);
    seal(&p, CLASS_TEXT, 1, 2, text);
    OK(run(&p, URL, &h, &sum, &e));
    same_tip(&p, CLASS_META);
    same_tip(&p, CLASS_TEXT);
    assert_int_equal(h.accepted, 2);
    assert_int_equal(sum.requests, 2);
    assert_int_equal(sum.bundles, 5);
    OK(run(&p, URL, &h, &sum, &e)); /* nothing more to do, no line needed */
    assert_int_equal(h.begun, 2);
    seal(&p, CLASS_META, 4, 4, meta);
    OK(run(&p, URL, &h, &sum, &e));
    assert_int_equal(h.accepted, 3);
    assert_int_equal(h.last_seq, 4);
    same_tip(&p, CLASS_META);
    pair_clear(&p);
}

static int64_t request_size(struct pair *p)
{
    AUTO_REPO struct repo *r = NULL;
    struct names_chain c = {.epoch = 1, .cls = CLASS_META};
    struct rpush_request q;
    struct err e = ERR_INIT;

    memcpy(c.node, p->n.name, sizeof c.node);
    OK(repo_open(p->n.repo, &r, &e));
    assert_int_equal(rpush_build(r, p->n.dir, &c, &q, &e), 1);
    return q.size;
}

static void test_rpush__i03_survives_a_cut_at_any_byte_up(void **state)
{
    char prev[HASH_HEX] = "";
    struct pair p;
    int64_t seq = 1, step;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, seq, seq, prev);
    step = request_size(&p) / 12;
    for (int64_t k = 0; k < 13; k++) {
        AUTO_MEM char *cuts = mem_printf("%d 999999\n", (int)(k * step));
        struct heard h = {.begun = 0};
        struct rpush_sum sum = {.requests = 0};
        struct err e = ERR_INIT;

        cut_at(&p, cuts);
        OK(run(&p, URL, &h, &sum, &e));
        same_tip(&p, CLASS_META);
        assert_int_equal(h.accepted, 1);
        seal(&p, CLASS_META, seq + 1, seq + 1, prev);
        seq++;
    }
    pair_clear(&p);
}

static void test_rpush__asks_again_when_the_answer_is_lost(void **state)
{
    char prev[HASH_HEX] = "";
    struct pair p;
    int64_t seq = 1;

    (void)state;
    pair_init(&p);
    for (int64_t k = 0; k < 300; k += 50) { /* "have 0\n", "done 2xx\n", the answer */
        AUTO_MEM char *cuts = mem_printf("999999 %d\n999999 %d\n", (int)k, (int)k + 1);
        struct heard h = {.begun = 0};
        struct rpush_sum sum = {.requests = 0};
        struct err e = ERR_INIT;

        seal(&p, CLASS_META, seq, seq, prev);
        seq++;
        cut_at(&p, cuts);
        assert_int_equal(setenv("TEST_LINGER", "1", 1), 0); /* it goes on without us */
        OK(run(&p, URL, &h, &sum, &e));
        same_tip(&p, CLASS_META);
        assert_int_equal(h.accepted, 1);
    }
    assert_int_equal(unsetenv("TEST_LINGER"), 0);
    pair_clear(&p);
}

/* kill -9 of the door at many moments: before, during and after git's work. */
static void test_rpush__i03_door_may_be_killed_at_any_moment(void **state)
{
    char prev[HASH_HEX] = "";
    int again = 0;
    struct pair p;

    (void)state;
    pair_init(&p);
    for (int k = 0; k < 20; k++) {
        AUTO_MEM char *cuts = mem_printf("-%d 999999\n", 1 + k * k);
        struct heard h = {.begun = 0};
        struct rpush_sum sum = {.requests = 0};
        struct err e = ERR_INIT;

        seal(&p, CLASS_META, k + 1, k + 1, prev);
        cut_at(&p, cuts);
        OK(run(&p, URL, &h, &sum, &e));
        same_tip(&p, CLASS_META);
        assert_int_equal(h.accepted, 1);
        again += h.progress > 1; /* it was asked a second time, with bytes there */
    }
    print_message("# in %d of 20 it had bytes when it died\n", again);
    pair_clear(&p);
}

static void test_rpush__gives_up_without_progress_and_loses_nothing(void **state)
{
    char prev[HASH_HEX] = "";
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 1, prev);
    cut_at(&p, "0 0\n0 0\n0 0\n0 0\n0 0\n0 0\n");
    FAILS(run(&p, URL, &h, &sum, fe), ERR_LINE);
    assert_int_equal(h.accepted, 0);
    cut_at(&p, "");
    OK(run(&p, URL, &h, &sum, &e));
    same_tip(&p, CLASS_META);
    pair_clear(&p);
}

/* The next master, of @len bytes that do not shrink. */
static void seal_next(struct pair *p, int64_t seq, size_t len, char prev[HASH_HEX])
{
    AUTO_MEM char *data = mem_new(len, 1);
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    AUTO_REPO struct repo *r = NULL;
    const struct bundle_source s = {.data = data, .len = len};
    struct bundle_made made;
    struct err e = ERR_INIT;
    uint32_t x = (uint32_t)seq;

    for (size_t i = 0; i < len; i++) {
        x = x * 1664525 + 1013904223;
        data[i] = (char)(x >> 24);
    }
    help_head(&p->n, CLASS_MASTER, seq, prev, &m);
    help_object(&m, data, len, "master");
    OK(repo_open(p->n.repo, &r, &e));
    OK(bundle_write(r, &m, &s, &p->n.key, &made, &e));
    memcpy(prev, made.sha256, HASH_HEX);
}

#define HALF ((size_t)6 << 20) /* two do not fit into one request over a line */

/* A node with two bundles that go in two requests, and its door. */
static void pair_of_two(struct pair *p)
{
    char prev[HASH_HEX] = "";

    pair_init(p);
    seal_next(p, 1, HALF, prev);
    seal_next(p, 2, HALF, prev);
}

static void seal_large(struct pair *p, size_t len)
{
    char prev[HASH_HEX] = "";

    seal_next(p, 1, len, prev);
}

/* A large object: bytes sent twice stay few, because each try goes on where upstream
 * is. */
static void test_rpush__sends_hardly_more_than_there_is(void **state)
{
    const size_t len = 6 << 20;
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal_large(&p, len);
    cut_at(&p, "1000000 999999\n1500000 999999\n7 999999\n2000000 999999\n");
    OK(run(&p, URL, &h, &sum, &e));
    same_tip(&p, CLASS_MASTER);
    print_message("# %lld bytes sent for %zu\n", (long long)sum.bytes_up, len);
    /* what lay in pipes at each cut is lost: 64 KiB twice here, at most */
    assert_true(sum.bytes_up < (int64_t)len + 4 * 300000);
    assert_true(h.progress > 4);
    pair_clear(&p);
}

/* No connection gets through, as often as is tried. */
#define STOPPED "0 0\n0 0\n0 0\n0 0\n0 0\n0 0\n0 0\n0 0\n"

/* ---- one after the other
 * ------------------------------------------------------------------------------ */

struct row {
    char text[64]; /* what was heard: b begun, p bytes of the second, a accepted */
    int64_t first; /* last_seq of the first request */
};

static int hear_row(void *ctx, enum rpush_event what, const struct rpush_request *q,
                    int64_t have, const struct receive_answer *answer, struct err *e)
{
    struct row *r = ctx;
    size_t n = strlen(r->text);

    (void)answer;
    (void)e;
    if (n + 1 == sizeof r->text)
        return 0;
    if (what == RPUSH_BEGIN)
        r->text[n] = 'b';
    else if (what == RPUSH_PROGRESS && q->first_seq == 2 && have > 0 &&
             !strchr(r->text, 'p'))
        r->text[n] = 'p';
    else if (what == RPUSH_ACCEPTED)
        r->text[n] = 'a';
    return 0;
}

static int run_row(struct pair *p, struct row *row, struct rpush_sum *sum,
                   struct err *e)
{
    AUTO_REPO struct repo *r = NULL;
    struct line l;

    if (repo_open(p->n.repo, &r, e) < 0 || line_parse(p->n.dir, URL, &l, e) < 0)
        return -1;
    l.idle_ms = getenv("TEST_FREEZE") ? 3000 : 20000;
    return rpush_run(r, &l, p->n.name, 1, NULL, hear_row, row, sum, e);
}

/* Nothing of what was sent lies about, at either end. */
static void nothing_left(struct pair *p)
{
    AUTO_MEM char *out = fs_path(p->n.dir, "spool/out");
    AUTO_MEM char *in = fs_pathf(p->province, "spool/in/%s/master", p->n.name);
    AUTO_LIST struct fs_list mine = {0};
    AUTO_LIST struct fs_list theirs = {0};
    struct err e = ERR_INIT;

    OK(fs_list(out, &mine, &e));
    OK(fs_list(in, &theirs, &e));
    assert_int_equal(mine.count, 0);
    for (size_t i = 0; i < theirs.count; i++)
        assert_true(str_ends(theirs.names[i], ".answer") ||
                    strcmp(theirs.names[i], "lock") == 0 ||
                    strcmp(theirs.names[i], "next") == 0 ||
                    strcmp(theirs.names[i], "chain") == 0);
}

/* While the door is at the first request the bytes of the second come in. A door of
 * before gets them one by one. */
static void test_rpush__the_next_bytes_flow_while_one_is_committed(void **state)
{
    static const struct {
        const char *older, *want;
    } cases[] = {{NULL, "bbpaa"}, {"1", "bbapa"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct rpush_sum sum = {.requests = 0};
        struct row row = {.text = ""};
        struct pair p;
        struct err e = ERR_INIT;

        pair_of_two(&p);
        if (cases[i].older)
            assert_int_equal(setenv("TEST_OLD_PUT", cases[i].older, 1), 0);
        OK(run_row(&p, &row, &sum, &e));
        assert_int_equal(unsetenv("TEST_OLD_PUT"), 0);
        assert_string_equal(row.text, cases[i].want);
        assert_int_equal(sum.requests, 2);
        /* an older door throws away what came before it said that it is older */
        assert_true(sum.bytes_up <
                    (int64_t)(2 * HALF) + 8192 + (cases[i].older ? WINDOW_MAX : 0));
        same_tip(&p, CLASS_MASTER);
        nothing_left(&p);
        pair_clear(&p);
    }
}

/* Invariants I4 and I5 with two under way: each goes on at its byte, in another run as
 * well, and is taken once. */
static void test_rpush__i05_two_under_way_go_on_at_their_bytes(void **state)
{
    static const char *const cases[] = {
        "99999999 999999\n3000000 999999\n",         /* the second line falls silent */
        "99999999 999999\n3000000 999998\n",         /* or breaks */
        "99999999 30\n99999999 999999\n",            /* the first one, at its answer */
        "99999999 999999\n3000000 999999\n" STOPPED, /* and then there is none */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct rpush_sum sum = {.requests = 0};
        struct row row = {.text = ""};
        struct pair p;
        struct err e = ERR_INIT;

        pair_of_two(&p);
        cut_at(&p, cases[i]);
        if (i == 0) /* it falls silent instead, when the first has its answer */
            assert_int_equal(setenv("TEST_FREEZE", "1", 1), 0);
        if (strstr(cases[i], STOPPED))
            FAILS(run_row(&p, &row, &sum, fe), ERR_LINE);
        OK(run_row(&p, &row, &sum, &e));
        assert_int_equal(unsetenv("TEST_FREEZE"), 0);
        print_message("# %lld bytes more than there are\n",
                      (long long)(sum.bytes_up - (int64_t)(2 * HALF)));
        assert_true(sum.bytes_up < (int64_t)(2 * HALF) + 8192 + 2 * WINDOW_MAX);
        assert_int_equal(sum.bundles, 2);
        same_tip(&p, CLASS_MASTER);
        nothing_left(&p);
        pair_clear(&p);
    }
}

/* ---- order
 * ------------------------------------------------------------------------------ */

struct overtake {
    struct pair *p;
    bool sealed;
    int64_t have;  /* of the picture, when the record was sealed */
    int64_t again; /* where the picture went on */
    int picture_begun;
    char order[8]; /* what was accepted: m, p */
};

/* A record is sealed while a picture is under way. */
static int hear_overtake(void *ctx, enum rpush_event what,
                         const struct rpush_request *q, int64_t have,
                         const struct receive_answer *answer, struct err *e)
{
    struct overtake *o = ctx;
    bool picture = q->chain.cls == CLASS_MASTER;

    (void)answer;
    (void)e;
    if (what == RPUSH_BEGIN && picture)
        o->picture_begun++;
    if (what == RPUSH_PROGRESS && picture && have > 0 && !o->sealed) {
        char prev[HASH_HEX] = "";

        o->sealed = true;
        o->have = have;
        seal(o->p, CLASS_META, 1, 1, prev);
    } else if (what == RPUSH_PROGRESS && picture && o->picture_begun == 2 && !o->again)
        o->again = have;
    if (what == RPUSH_ACCEPTED)
        o->order[strlen(o->order)] = picture ? 'p' : 'm';
    return 0;
}

static void test_rpush__i06_a_record_waits_for_no_picture(void **state)
{
    const int64_t len = 4 << 20;
    AUTO_REPO struct repo *r = NULL;
    struct rpush_sum sum = {.requests = 0};
    struct overtake o = {.sealed = false};
    struct line l;
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    o.p = &p;
    seal_large(&p, (size_t)len);
    OK(repo_open(p.n.repo, &r, &e));
    OK(line_parse(p.n.dir, URL, &l, &e));
    l.idle_ms = 20000;
    assert_int_equal(setenv("TEST_RATE", "600000", 1), 0);
    OK(rpush_run(r, &l, p.n.name, 1, NULL, hear_overtake, &o, &sum, &e));
    assert_int_equal(unsetenv("TEST_RATE"), 0);
    assert_true(o.sealed);
    assert_string_equal(o.order, "mp");
    assert_int_equal(o.picture_begun, 2);
    assert_true(o.again >= o.have); /* it went on at the byte */
    print_message("# %lld bytes for %lld, paused at about %lld\n",
                  (long long)sum.bytes_up, (long long)len, (long long)o.again);
    assert_true(sum.bytes_up < len + 300000);
    same_tip(&p, CLASS_META);
    same_tip(&p, CLASS_MASTER);
    pair_clear(&p);
}

/* Only what the caller lets go, and a pause ends the run when nothing else may go. */
static int let_records_go(void *ctx, const struct rpush_state *s,
                          enum bundle_class *cls, struct err *e)
{
    (void)ctx;
    (void)e;
    *cls = CLASS_META;
    return s->waiting[CLASS_META];
}

static void test_rpush__sends_what_may_go(void **state)
{
    char meta[HASH_HEX] = "", text[HASH_HEX] = "", ref[NAMES_REF_MAX];
    char tip[NAMES_OID_MAX];
    AUTO_REPO struct repo *r = NULL;
    AUTO_REPO struct repo *up = NULL;
    struct rpush_sum sum = {.requests = 0};
    struct line l;
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 2, meta);
    seal(&p, CLASS_TEXT, 1, 1, text);
    OK(repo_open(p.n.repo, &r, &e));
    OK(line_parse(p.n.dir, URL, &l, &e));
    l.idle_ms = 20000;
    OK(rpush_run(r, &l, p.n.name, 1, let_records_go, NULL, NULL, &sum, &e));
    assert_int_equal(sum.bundles, 2);
    same_tip(&p, CLASS_META);
    OK(repo_open(p.repo, &up, &e));
    names_ref(p.n.name, 1, CLASS_TEXT, ref);
    assert_int_equal(repo_ref(up, ref, tip, &e), 0);
    pair_clear(&p);
}

/* Invariant I5. This line takes what it is given and loses it, as ssh, the kernel and a
 * dead radio link do: whatever they would take, a cut costs no more than the window. */
static void test_rpush__i05_a_cut_costs_one_window_at_most(void **state)
{
    static const struct {
        const char *cuts;
        int count;
    } cases[] = {
        {"1000000 999999\n2000000 999999\n300000 999999\n", 3},
        {"0 999999\n1 999999\n70000 999999\n", 3},
    };
    const size_t len = 6 << 20;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct heard h = {.begun = 0};
        struct rpush_sum sum = {.requests = 0};
        struct pair p;
        struct err e = ERR_INIT;

        pair_init(&p);
        seal_large(&p, len);
        cut_at(&p, cases[i].cuts);
        assert_int_equal(setenv("TEST_SWALLOW", "1", 1), 0);
        OK(run(&p, URL, &h, &sum, &e));
        assert_int_equal(unsetenv("TEST_SWALLOW"), 0);
        same_tip(&p, CLASS_MASTER);
        print_message("# %lld bytes more than there are\n",
                      (long long)(sum.bytes_up - (int64_t)len));
        assert_true(sum.bytes_up <= (int64_t)len + 4096 + cases[i].count * WINDOW_MAX);
        pair_clear(&p);
    }
}

/* A request stays within what the gate takes; one of an older program that does not is
 * made anew. */
static void test_rpush__a_request_keeps_to_its_limits(void **state)
{
    const struct rpush_limits few = {
        .commits = 500, .objects = 16, .bytes = BUNDLE_BYTES_MAX};
    struct rpush_limits small = {.commits = 500, .objects = 1000, .bytes = 0};
    const struct rpush_limits three = {
        .commits = 3, .objects = 1000, .bytes = BUNDLE_BYTES_MAX};
    AUTO_REPO struct repo *r = NULL;
    struct names_chain c = {.epoch = 1, .cls = CLASS_META};
    struct manifest_cost cost = {.objects = 0};
    struct pack_command cmd;
    struct pack_found found;
    struct rpush_request q;
    char prev[HASH_HEX] = "";
    struct pair p;
    uint64_t count = 0;
    struct err e = ERR_INIT;
    AUTO_FD int fd = -1;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 6, prev);
    memcpy(c.node, p.n.name, sizeof c.node);
    OK(repo_open(p.n.repo, &r, &e));
    assert_int_equal(rpush_build(r, p.n.dir, &c, &q, &e), 1);
    assert_int_equal(q.last_seq, 6);
    assert_int_equal(rpush_build_within(r, p.n.dir, &c, &few, &q, &e), 1);
    assert_int_equal(q.last_seq, 2);
    fd = open(q.path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    OK(pack_read_command(fd, "q", &cmd, &e));
    OK(pack_count(fd, "q", cmd.pack_at, &count, &e));
    assert_true(count <= 16);
    OK(pack_check(fd, "q", cmd.pack_at, &found, &e));
    assert_int_equal(found.objects, count);
    { /* what was reckoned is not less than what there is */
        AUTO_MEM char(*commits)[NAMES_OID_MAX] = NULL;
        size_t n = 0;

        assert_int_equal(repo_chain(r, q.new, "", 10, &commits, &n, &e), 1);
        assert_int_equal(n, 2);
        for (size_t i = 0; i < n; i++) {
            AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
            char sha256[HASH_HEX], parent[NAMES_OID_MAX];

            OK(bundle_read(r, commits[i], &m, sha256, parent, &e));
            manifest_cost(&m, &cost);
        }
    }
    assert_true((int64_t)found.objects <= cost.objects && cost.objects <= 16);
    assert_true(found.inflated <= cost.bytes);
    assert_int_equal(rpush_build(r, p.n.dir, &c, &q, &e), 1); /* small enough: kept */
    assert_int_equal(q.last_seq, 2);
    small.bytes = cost.bytes;
    small.objects = 1; /* that one goes, and one bundle always fits */
    assert_int_equal(rpush_build_within(r, p.n.dir, &c, &small, &q, &e), 1);
    assert_int_equal(q.last_seq, 1);
    small.objects = 1000;
    small.bytes--;
    OK(fs_unlink(q.path, &e));
    assert_int_equal(rpush_build_within(r, p.n.dir, &c, &small, &q, &e), 1);
    assert_int_equal(q.last_seq, 1);
    OK(fs_unlink(q.path, &e));
    assert_int_equal(rpush_build_within(r, p.n.dir, &c, &three, &q, &e), 1);
    assert_int_equal(q.last_seq, 3);
    pair_clear(&p);
}

static void test_rpush__a_damaged_upload_is_begun_anew(void **state)
{
    AUTO_MEM char *folder = NULL;
    AUTO_LIST struct fs_list l = {0};
    char prev[HASH_HEX] = "";
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 1, prev);
    cut_at(&p, "400 999999\n0 0\n0 0\n0 0\n0 0\n0 0\n0 0\n");
    FAILS(run(&p, URL, &h, &sum, fe), ERR_LINE);
    folder = fs_pathf(p.province, "spool/in/%s/meta", p.n.name);
    OK(fs_list(folder, &l, &e));
    for (size_t i = 0; i < l.count; i++)
        if (str_ends(l.names[i], ".part")) {
            AUTO_MEM char *path = fs_path(folder, l.names[i]);

            OK(fs_write_file(path, "zeros where bytes were", 22, &e));
        }
    cut_at(&p, "");
    OK(run(&p, URL, &h, &sum, &e));
    same_tip(&p, CLASS_META);
    pair_clear(&p);
}

/* The clerk must not be sent to free this disk because the province's is full. */
static void test_rpush__troubles_of_the_province_are_not_ours(void **state)
{
    AUTO_MEM char *in = NULL;
    char prev[HASH_HEX] = "";
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(receive_bad("bad SH-DISK-SYNC", &e), ERR_DISK_SYNC);
    assert_int_equal(e.code, ERR_UPSTREAM_LATER);
    assert_int_equal(err_code_exit(e.code), EXIT_LATER);
    assert_string_equal(e.subject, "upstream: SH-DISK-SYNC");
    assert_int_equal(receive_bad("bad SH-GATE-NODE", &e), ERR_GATE_NODE);
    assert_int_equal(e.code, ERR_GATE_NODE);
    assert_int_equal(receive_bad("bad SH-OF-ANOTHER-VERSION", &e), ERR_NONE);
    assert_int_equal(receive_bad("have 1", &e), ERR_NONE);
    pair_init(&p);
    seal(&p, CLASS_META, 1, 1, prev);
    in = fs_path(p.province, "spool/in");
    { /* its disk takes nothing */
        AUTO_MEM char *above = fs_path(p.province, "spool");

        OK(fs_mkdirs(above, &e));
    }
    OK(fs_remove_tree(in, &e));
    OK(fs_write_file(in, "not a folder", 12, &e));
    FAILS(run(&p, URL, &h, &sum, fe), ERR_UPSTREAM_LATER);
    assert_int_equal(h.refused, 0);
    OK(fs_unlink(in, &e));
    OK(run(&p, URL, &h, &sum, &e));
    same_tip(&p, CLASS_META);
    pair_clear(&p);
}

static void test_rpush__a_damaged_request_is_made_anew(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    struct names_chain c = {.epoch = 1, .cls = CLASS_META};
    char prev[HASH_HEX] = "", byte = 0;
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct rpush_request q;
    struct pair p;
    struct err e = ERR_INIT;
    int fd;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 1, prev);
    memcpy(c.node, p.n.name, sizeof c.node);
    OK(repo_open(p.n.repo, &r, &e));
    assert_int_equal(rpush_build(r, p.n.dir, &c, &q, &e), 1);
    fd = open(q.path, O_RDWR | O_CLOEXEC); /* a byte of the pack turns round */
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, q.size - 30), 1);
    byte = (char)~byte;
    assert_int_equal(pwrite(fd, &byte, 1, q.size - 30), 1);
    (void)close(fd);
    OK(run(&p, URL, &h, &sum, &e));
    same_tip(&p, CLASS_META);
    pair_clear(&p);
}

static void test_rpush__leaves_nothing_behind(void **state)
{
    static const char *const stale[] = {
        ".tmp-0123456789ab",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    AUTO_LIST struct fs_list l = {0};
    AUTO_MEM char *folder = NULL;
    char prev[HASH_HEX] = "";
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 1, prev);
    folder = fs_path(p.n.dir, "spool/out");
    OK(fs_mkdirs(folder, &e));
    for (size_t i = 0; i < ARRAY_LEN(stale); i++) { /* of runs that were killed */
        AUTO_MEM char *path = fs_path(folder, stale[i]);

        OK(fs_write_file(path, "x", 1, &e));
    }
    cut_at(&p, "400 999999\n0 0\n0 0\n0 0\n0 0\n0 0\n0 0\n");
    FAILS(run(&p, URL, &h, &sum, fe), ERR_LINE);
    OK(fs_list(folder, &l, &e));
    assert_int_equal(l.count, 2); /* what is under way: a request and its marker */
    fs_list_clear(&l);
    cut_at(&p, "");
    OK(run(&p, URL, &h, &sum, &e));
    OK(fs_list(folder, &l, &e));
    assert_int_equal(l.count, 0);
    pair_clear(&p);
}

/*
 * Killed after the answer was heard, before its request was forgotten: the next request
 * of its chain finds that, and so does a run that has nothing to send.
 */
static void test_rpush__forgets_a_request_whose_answer_is_known(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_MEM char *folder = NULL;
    struct names_chain c = {.epoch = 1, .cls = CLASS_META};
    char prev[HASH_HEX] = "", up[NAMES_REF_MAX];
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct rpush_request q;
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 1, prev);
    OK(run(&p, URL, &h, &sum, &e));
    memcpy(c.node, p.n.name, sizeof c.node);
    names_upstream_ref(p.n.name, 1, CLASS_META, up);
    folder = fs_path(p.n.dir, "spool/out");
    OK(repo_open(p.n.repo, &r, &e));
    for (int a_run = 0; a_run < 2; a_run++) {
        AUTO_LIST struct fs_list l = {0};
        char before[NAMES_OID_MAX];

        assert_int_equal(repo_ref(r, up, before, &e), 1);
        seal(&p, CLASS_META, 2 + a_run, 2 + a_run, prev);
        assert_int_equal(rpush_build(r, p.n.dir, &c, &q, &e), 1);
        assert_true(fs_exists(q.path));
        OK(repo_ref_move(r, up, before, q.new, &e));
        if (a_run)
            OK(run(&p, URL, &h, &sum, &e));
        else
            assert_int_equal(rpush_build(r, p.n.dir, &c, &q, &e), 0);
        OK(fs_list(folder, &l, &e));
        assert_int_equal(l.count, 0);
    }
    pair_clear(&p);
}

/* A session holds the lock of the class it named: it may not move the ref of another.
 */
static void test_rpush__a_request_goes_in_by_its_own_class(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_REPO struct repo *up = NULL;
    struct names_chain c = {.epoch = 1, .cls = CLASS_META};
    char prev[HASH_HEX] = "", ref[NAMES_REF_MAX], tip[NAMES_OID_MAX];
    struct rpush_sum sum = {.requests = 0};
    struct receive_answer a = {.result = RECEIVE_ACCEPTED};
    struct rpush_request q;
    struct line l;
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 1, prev);
    memcpy(c.node, p.n.name, sizeof c.node);
    OK(repo_open(p.n.repo, &r, &e));
    OK(line_parse(p.n.dir, URL, &l, &e));
    l.idle_ms = 20000;
    assert_int_equal(rpush_build(r, p.n.dir, &c, &q, &e), 1);
    q.chain.cls = CLASS_TEXT;
    OK(rpush_send(&l, &q, NULL, NULL, &a, &sum, &e));
    assert_int_equal(a.result, RECEIVE_REFUSED);
    assert_string_equal(a.code, "SH-GATE-REF");
    names_ref(p.n.name, 1, CLASS_META, ref);
    OK(repo_open(p.repo, &up, &e));
    assert_int_equal(repo_ref(up, ref, tip, &e), 0);
    q.chain.cls = CLASS_META;
    OK(rpush_send(&l, &q, NULL, NULL, &a, &sum, &e));
    assert_int_equal(a.result, RECEIVE_ACCEPTED);
    pair_clear(&p);
}

static void test_rpush__learns_where_upstream_is(void **state)
{
    char prev[HASH_HEX] = "", up[NAMES_REF_MAX];
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 2, prev);
    OK(run(&p, URL, &h, &sum, &e));
    names_upstream_ref(p.n.name, 1, CLASS_META, up);
    {
        AUTO_MEM char *path = fs_path(p.n.repo, up);

        OK(fs_unlink(path, &e)); /* forgotten what was accepted */
    }
    seal(&p, CLASS_META, 3, 3, prev);
    OK(run(&p, URL, &h, &sum, &e));
    same_tip(&p, CLASS_META);
    assert_int_equal(h.last_seq, 3);
    pair_clear(&p);
}

/* The archive alone is an older one: what it answered then does not count any more. */
static void test_rpush__what_upstream_lost_is_sent_again(void **state)
{
    char prev[HASH_HEX] = "", ref[NAMES_REF_MAX];
    char one[NAMES_OID_MAX], three[NAMES_OID_MAX];
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    AUTO_REPO struct repo *up = NULL;
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    names_ref(p.n.name, 1, CLASS_META, ref);
    seal(&p, CLASS_META, 1, 1, prev);
    OK(run(&p, URL, &h, &sum, &e));
    OK(repo_open(p.repo, &up, &e));
    assert_int_equal(repo_ref(up, ref, one, &e), 1);
    seal(&p, CLASS_META, 2, 3, prev);
    OK(run(&p, URL, &h, &sum, &e));
    assert_int_equal(repo_ref(up, ref, three, &e), 1);
    OK(repo_ref_move(up, ref, three, one, &e));
    seal(&p, CLASS_META, 4, 4, prev);
    OK(run(&p, URL, &h, &sum, &e));
    same_tip(&p, CLASS_META);
    assert_int_equal(h.lost, 2);
    pair_clear(&p);
}

static void test_rpush__old_disk_never_overwrites(void **state)
{
    char prev[HASH_HEX] = "", first[HASH_HEX], ref[NAMES_REF_MAX], up[NAMES_REF_MAX];
    char one[NAMES_OID_MAX];
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 1, prev);
    memcpy(first, prev, sizeof first);
    names_ref(p.n.name, 1, CLASS_META, ref);
    names_upstream_ref(p.n.name, 1, CLASS_META, up);
    {
        AUTO_REPO struct repo *r = NULL;

        OK(repo_open(p.n.repo, &r, &e));
        assert_int_equal(repo_ref(r, ref, one, &e), 1);
    }
    seal(&p, CLASS_META, 2, 2, prev);
    OK(run(&p, URL, &h, &sum, &e));
    { /* the disk of the day before: one bundle, and its own second one is another */
        AUTO_REPO struct repo *r = NULL;
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        AUTO_MEM char *path = fs_path(p.n.repo, ref);
        AUTO_MEM char *up_path = fs_path(p.n.repo, up);
        AUTO_MEM char *line = mem_printf("%s\n", one);
        struct bundle_made made;

        OK(fs_write_file(path, line, strlen(line), &e));
        OK(fs_unlink(up_path, &e));
        OK(repo_open(p.n.repo, &r, &e));
        help_head(&p.n, CLASS_META, 2, first, &m);
        OK(bundle_write(r, &m, NULL, &p.n.key, &made, &e));
    }
    FAILS(run(&p, URL, &h, &sum, fe), ERR_UPSTREAM_AHEAD);
    pair_clear(&p);
}

static void test_rpush__a_refused_chain_rests_and_says_why(void **state)
{
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    char text[HASH_HEX] = "";
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    {
        AUTO_REPO struct repo *r = NULL;
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        struct bundle_made made;

        OK(repo_open(p.n.repo, &r, &e));
        help_head(&p.n, CLASS_META, 1, "", &m);
        m.unit_code[0] = '9'; /* not where it is enrolled */
        OK(bundle_write(r, &m, NULL, &p.n.key, &made, &e));
    }
    seal(&p, CLASS_TEXT, 1, 1, text);
    OK(run(&p, URL, &h, &sum, &e));
    assert_int_equal(h.refused, 1);
    assert_int_equal(h.accepted, 1); /* the other chain is not held back */
    same_tip(&p, CLASS_TEXT);
    OK(run(&p, URL, &h, &sum, &e));
    assert_int_equal(sum.refused, 2);
    pair_clear(&p);
}

static void test_rpush__unknown_node_is_told_so(void **state)
{
    char prev[HASH_HEX] = "";
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 1, prev);
    OK(enrol_node_revoke(p.province, "/usr/bin/sohoa", p.n.name, &e));
    FAILS(run(&p, URL, &h, &sum, fe), ERR_GATE_NODE);
    pair_clear(&p);
}

/* ---- and back
 * --------------------------------------------------------------------------- */

struct got {
    int count;
    int64_t last_seq, number;
};

static int got_receipt(void *ctx, const struct receipt *r, const char *text, size_t len,
                       const char *sig, struct err *e)
{
    struct got *g = ctx;

    (void)e;
    assert_true(len > 0 && text[len - 1] == '\n' && strstr(sig, "SSH SIGNATURE"));
    g->count++;
    g->last_seq = r->seq;
    g->number = r->number;
    return 0;
}

static void give_receipt(struct pair *p, int64_t seq, char tip[NAMES_OID_MAX])
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_ENROL struct enrol keys = ENROL_INIT;
    AUTO_MEM struct pull_chain *chains = NULL;
    size_t count = 0;
    struct err e = ERR_INIT;

    OK(enrol_load(p->province, &keys, &e));
    OK(repo_open(p->repo, &r, &e));
    OK(pull_chains(r, &chains, &count, &e));
    assert_true(count >= 1);
    {
        AUTO_PULL struct pull *w = NULL;
        AUTO_PULLED struct pulled b = {.m = MANIFEST_INIT};
        struct receipt c = {.type = RECEIPT_OK, .time = T0, .copies = 1, .items = 1};

        OK(pull_open(r, &keys, &chains[0], seq - 1, NULL, &w, &e));
        assert_int_equal(pull_next(w, &b, &e), 1);
        assert_int_equal(b.m.seq, seq);
        memcpy(c.node, p->n.name, sizeof c.node);
        c.epoch = 1;
        c.cls = b.m.cls;
        c.seq = seq;
        memcpy(c.manifest_sha256, b.sha256, sizeof c.manifest_sha256);
        memcpy(c.commit, b.commit, sizeof c.commit);
        OK(receipt_write(r, &c, 1, &p->issuer, tip, &e));
    }
}

static void fetch_receipts(struct pair *p, const char *url, size_t *moved)
{
    char ref[NAMES_REF_MAX];
    const char *refs[] = {ref};
    struct rpush_sum sum = {.requests = 0};
    struct line l;
    struct err e = ERR_INIT;

    names_receipt_ref(p->n.name, ref);
    OK(line_parse(p->n.dir, url, &l, &e));
    l.idle_ms = 20000;
    OK(ask_fetch(&l, "01234", p->n.repo, refs, 1, &sum, moved, &e));
}

static void receipts_come(struct pair *p, const char *url,
                          int (*deliver)(struct pair *p))
{
    char prev[HASH_HEX] = "", tip[NAMES_OID_MAX] = "", after[NAMES_OID_MAX] = "";
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct got g = {.count = 0};
    struct err e = ERR_INIT;
    size_t moved = 9;

    seal(p, CLASS_META, 1, 3, prev);
    OK(run(p, url, &h, &sum, &e));
    assert_int_equal(deliver(p), 0);
    same_tip(p, CLASS_META);
    fetch_receipts(p, url, &moved); /* none yet */
    for (int64_t seq = 1; seq <= 3; seq++) {
        AUTO_REPO struct repo *r = NULL;

        give_receipt(p, seq, tip);
        assert_int_equal(deliver(p), 0);
        fetch_receipts(p, url, &moved);
        assert_int_equal(moved, 1);
        OK(repo_open(p->n.repo, &r, &e));
        OK(receipt_read(r, p->n.name, &p->issuer.pub, after, got_receipt, &g, after,
                        &e));
        assert_int_equal(g.count, seq);
        assert_int_equal(g.last_seq, seq);
        assert_int_equal(g.number, seq);
        assert_string_equal(after, tip);
    }
    fetch_receipts(p, url, &moved);
    assert_int_equal(moved, 0);
}

static int nothing_to_deliver(struct pair *p)
{
    (void)p;
    return 0;
}

static void test_rpush__receipts_come_back_over_the_line(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    receipts_come(&p, URL, nothing_to_deliver);
    pair_clear(&p);
}

static void test_rpush__receipts_come_back_from_an_old_province(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    assert_int_equal(setenv("TEST_OLD_DOOR", "1", 1), 0);
    receipts_come(&p, URL, nothing_to_deliver);
    assert_int_equal(unsetenv("TEST_OLD_DOOR"), 0);
    pair_clear(&p);
}

/* Another copy of the node, with nothing in it, fetches all that it may see. */
static int fetch_all(struct pair *p, const char *path, struct rpush_sum *sum,
                     size_t *moved, struct err *e)
{
    const char *refs[] = {"refs/sohoa/", "refs/receipts/"};
    struct line l;

    if (line_parse(p->n.dir, URL, &l, e) < 0)
        return -1;
    l.idle_ms = 20000;
    return ask_fetch(&l, "01234", path, refs, ARRAY_LEN(refs), sum, moved, e);
}

static void test_rpush__a_fetch_goes_on_at_its_byte(void **state)
{
    const int64_t len = 3 << 20;
    char prev[HASH_HEX] = "", ref[NAMES_REF_MAX], tip[NAMES_OID_MAX];
    char one[NAMES_OID_MAX] = "", two[NAMES_OID_MAX] = "";
    AUTO_MEM char *copy = NULL;
    AUTO_MEM char *back = NULL;
    AUTO_LIST struct fs_list left = {0};
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;
    size_t moved = 0;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 3, prev);
    seal_large(&p, (size_t)len);
    OK(run(&p, URL, &h, &sum, &e));
    give_receipt(&p, 1, tip);
    copy = fs_path(p.top, "copy.git");
    OK(repo_create(copy, REPO_TRANSPORT, &e));
    sum = (struct rpush_sum){.requests = 0};
    /* a run whose line breaks too often to get through, then one of another day */
    cut_at(&p,
           "999999 1000000\n999999 50\n999999 250\n999999 50\n999999 0\n999999 0\n");
    FAILS(fetch_all(&p, copy, &sum, &moved, fe), ERR_LINE);
    cut_at(&p, "999999 700000\n999999 100\n999999 900000\n");
    OK(fetch_all(&p, copy, &sum, &moved, &e));
    print_message("# %lld bytes came for about %lld\n", (long long)sum.bytes_down,
                  (long long)len);
    assert_true(sum.bytes_down < len + 100000);
    {
        AUTO_REPO struct repo *a = NULL;
        AUTO_REPO struct repo *b = NULL;

        names_ref(p.n.name, 1, CLASS_MASTER, ref);
        OK(repo_open(copy, &a, &e));
        OK(repo_open(p.repo, &b, &e));
        assert_int_equal(repo_ref(a, ref, one, &e), 1);
        assert_int_equal(repo_ref(b, ref, two, &e), 1);
        assert_string_equal(one, two);
        names_receipt_ref(p.n.name, ref);
        assert_int_equal(repo_ref(a, ref, one, &e), 1);
        assert_string_equal(one, tip);
    }
    back = fs_path(p.n.dir, "spool/back");
    OK(fs_list(back, &left, &e));
    assert_int_equal(left.count, 0);
    OK(fetch_all(&p, copy, &sum, &moved, &e));
    assert_int_equal(moved, 0);
    pair_clear(&p);
}

/* What lies here of a step and is not what it was: begun anew. */
static void test_rpush__a_damaged_step_is_begun_anew(void **state)
{
    char prev[HASH_HEX] = "", tip[NAMES_OID_MAX];
    AUTO_MEM char *copy = NULL;
    AUTO_MEM char *back = NULL;
    AUTO_LIST struct fs_list left = {0};
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;
    size_t moved = 0;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 3, prev);
    OK(run(&p, URL, &h, &sum, &e));
    give_receipt(&p, 1, tip);
    copy = fs_path(p.top, "copy.git");
    OK(repo_create(copy, REPO_TRANSPORT, &e));
    cut_at(&p, "999999 900\n999999 0\n999999 0\n999999 0\n999999 0\n999999 0\n");
    FAILS(fetch_all(&p, copy, &sum, &moved, fe), ERR_LINE);
    cut_at(&p, "");
    back = fs_path(p.n.dir, "spool/back");
    OK(fs_list(back, &left, &e));
    assert_int_equal(left.count, 1);
    {
        AUTO_MEM char *path = fs_path(back, left.names[0]);

        OK(fs_write_file(path, "zeros where bytes were", 22, &e));
    }
    FAILS(fetch_all(&p, copy, &sum, &moved, fe), ERR_UPSTREAM);
    OK(fetch_all(&p, copy, &sum, &moved, &e));
    assert_int_equal(moved, 2);
    pair_clear(&p);
}

static int take_inbox(struct pair *p)
{
    struct err e = ERR_INIT;

    return receive_inbox(p->province, NULL, NULL, &e);
}

static void test_rpush__the_same_by_a_drop_box(void **state)
{
    AUTO_MEM char *url = NULL;
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    url = mem_printf("file://%s", p.province);
    receipts_come(&p, url, take_inbox);
    OK(run(&p, url, &h, &sum, &e));
    assert_int_equal(h.accepted, 1);
    assert_int_equal(h.written, 0);
    assert_int_equal(sum.bundles, 3);
    pair_clear(&p);
}

/* What lies in the box when the right is taken is answered, not left without a word. */
static void test_rpush__a_revoked_node_is_answered_in_the_box(void **state)
{
    char meta[HASH_HEX] = "", ref[NAMES_REF_MAX], tip[NAMES_OID_MAX];
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    AUTO_REPO struct repo *archive = NULL;
    AUTO_MEM char *url = NULL;
    AUTO_MEM char *inbox = NULL;
    AUTO_LIST struct fs_list left = {0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    url = mem_printf("file://%s", p.province);
    seal(&p, CLASS_META, 1, 1, meta);
    OK(run(&p, url, &h, &sum, &e));
    assert_int_equal(h.written, 1);
    OK(enrol_node_revoke(p.province, "/usr/bin/sohoa", p.n.name, &e));
    OK(take_inbox(&p));
    inbox = fs_pathf(p.province, "inbox/%s", p.n.name);
    OK(fs_list(inbox, &left, &e));
    assert_int_equal(left.count, 0);
    OK(run(&p, url, &h, &sum, &e));
    assert_int_equal(h.refused, 1);
    assert_int_equal(h.accepted, 0);
    OK(repo_open(p.repo, &archive, &e));
    names_ref(p.n.name, 1, CLASS_META, ref);
    assert_int_equal(repo_ref(archive, ref, tip, &e), 0);
    pair_clear(&p);
}

static int add_unit(void *ctx, const char *unit, struct err *e)
{
    (void)e;
    str_addf(ctx, "%s;", unit);
    return 0;
}

static void test_rpush__a_node_sees_only_its_own(void **state)
{
    AUTO_STR struct str units = STR_INIT(1000);
    AUTO_MEM char *other = NULL;
    const char *refs[] = {"refs/"};
    struct rpush_sum sum = {.requests = 0};
    struct line l;
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    other = enrol_repository(p.province, "09999", "2025-07-01");
    OK(repo_create(other, REPO_ARCHIVE, &e));
    OK(line_parse(p.n.dir, URL, &l, &e));
    l.idle_ms = 20000;
    OK(ask_list(&l, add_unit, &units, &e));
    assert_string_equal(units.p, "01234-2025-07-01;");
    FAILS(ask_fetch(&l, "09999", p.n.repo, refs, 1, &sum, NULL, fe), ERR_GATE_READ);
    FAILS(ask_fetch(&l, "../x", p.n.repo, refs, 1, &sum, NULL, fe), ERR_GATE_READ);
    pair_clear(&p);
}

static void test_rpush__an_empty_answer_is_nonsense(void **state)
{
    char ref[NAMES_REF_MAX];
    const char *refs[] = {ref};
    struct rpush_sum sum = {.requests = 0};
    struct line l;
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    names_receipt_ref(p.n.name, ref);
    OK(line_parse(p.n.dir, URL, &l, &e));
    l.idle_ms = 20000;
    assert_int_equal(setenv("TEST_SAYS_NOTHING", "1", 1), 0);
    FAILS(ask_fetch(&l, "01234", p.n.repo, refs, 1, &sum, NULL, fe), ERR_UPSTREAM);
    assert_int_equal(unsetenv("TEST_SAYS_NOTHING"), 0);
    pair_clear(&p);
}

/* What ingest laid down at the province, and a reader who logs in from now on. */
static void lay_object(struct pair *p, const char *data, size_t len, char hex[HASH_HEX])
{
    AUTO_MEM char *folder = NULL;
    struct err e = ERR_INIT;

    hash_bytes(data, len, hex);
    folder = fs_pathf(p->province, "communes/01234-2025-07-01/objects/%.2s", hex);
    OK(fs_mkdirs(folder, &e));
    {
        AUTO_MEM char *path = fs_path(folder, hex);

        OK(fs_write_file(path, data, len, &e));
    }
}

static void enrol_reader(struct pair *p, const char *unit, char node[NAMES_NODE_MAX])
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct enrol_add add = {
        .unit_code = unit, .valid_from = "2025-07-01", .role = "district"};
    struct sign_secret key;
    struct err e = ERR_INIT;

    OK(sign_generate(&key, &e));
    sign_public_line(&key.pub, "reader", &line);
    add.key_line = line.p;
    OK(enrol_node_add(p->province, "/usr/bin/sohoa", &p->issuer.pub, &add, node, NULL,
                      &e));
    assert_int_equal(setenv("TEST_NODE", node, 1), 0);
}

static void test_rpush__an_object_is_fetched_from_any_byte(void **state)
{
    const size_t len = 300000;
    AUTO_MEM char *data = mem_new(1, len);
    AUTO_STR struct str got = STR_INIT((size_t)1 << 20);
    AUTO_MEM char *path = NULL;
    struct rpush_sum sum = {.requests = 0};
    char hex[HASH_HEX], node[NAMES_NODE_MAX];
    struct line l;
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < len; i++)
        data[i] = (char)(i * 2654435761U >> 13);
    pair_init(&p);
    lay_object(&p, data, len, hex);
    enrol_reader(&p, "01234", node);
    OK(line_parse(p.n.dir, URL, &l, &e));
    l.idle_ms = 20000;
    cut_at(&p, "999 100000\n999 0\n999 5\n999 0\n999 0\n999 0\n");
    FAILS(get_object(&l, "01234", hex, &path, &sum, fe), ERR_LINE);
    cut_at(&p, "999 60000\n999 13\n"); /* another day: it goes on */
    OK(get_object(&l, "01234-2025-07-01", hex, &path, &sum, &e));
    OK(fs_read_file(path, &got, &e));
    assert_int_equal(got.len, len);
    assert_memory_equal(got.p, data, len);
    assert_true(sum.bytes_down < (int64_t)len + 1000); /* no byte twice */
    OK(get_forget(path, &e));
    pair_clear(&p);
}

static void test_rpush__who_may_not_read_sees_no_object(void **state)
{
    AUTO_MEM char *path = NULL;
    AUTO_MEM char *part = NULL;
    struct rpush_sum sum = {.requests = 0};
    char hex[HASH_HEX], absent[HASH_HEX], node[NAMES_NODE_MAX];
    struct line l;
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    lay_object(&p, "of a person", 11, hex);
    hash_bytes("x", 1, absent);
    OK(line_parse(p.n.dir, URL, &l, &e));
    l.idle_ms = 20000;
    /* a commune, which shares its unit with others */
    FAILS(get_object(&l, "01234", hex, &path, &sum, fe), ERR_GATE_READ);
    enrol_reader(&p, "05555", node);
    FAILS(get_object(&l, "01234", hex, &path, &sum, fe), ERR_GATE_READ);
    FAILS(get_object(&l, "01234", absent, &path, &sum, fe), ERR_GATE_READ);
    FAILS(get_object(&l, "../communes", hex, &path, &sum, fe), ERR_GATE_READ);
    enrol_reader(&p, "01234", node);
    FAILS(get_object(&l, "01234", absent, &path, &sum, fe), ERR_OBJECT_MISSING);
    /* bytes that are not what the name says */
    part = fs_pathf(p.n.dir, "spool/get/%s.part", hex);
    OK(fs_write_file(part, "Of a", 4, &e));
    FAILS(get_object(&l, "01234", hex, &path, &sum, fe), ERR_UPSTREAM);
    OK(get_object(&l, "01234", hex, &path, &sum, &e)); /* begun anew */
    OK(enrol_node_revoke(p.province, "/usr/bin/sohoa", node, &e));
    FAILS(get_object(&l, "01234", hex, &part, &sum, fe), ERR_GATE_NODE);
    pair_clear(&p);
}

static void test_rpush__line_says_what_is_not_a_verb(void **state)
{
    static const char *const commands[] = {
        "",
        "push",
        "push x meta 1",
        "shell",
        "list all",
        "fetch",
        "git-receive-pack '/x'",
        "since",
        "since 01234 refs/ more",
        "push aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa meta 0",
        "push aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa meta "
        "100663297",
        "push aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa metal "
        "10"};
    struct pair p;

    (void)state;
    pair_init(&p);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        int fds[2];
        char said[100] = "";

        assert_int_equal(pipe(fds), 0);
        FAILS(receive_session(p.province, p.n.name, commands[i], NULL, 0, fds[1], fe),
              ERR_GATE_VERB);
        assert_true(read(fds[0], said, sizeof said - 1) > 0);
        assert_string_equal(said, "bad SH-GATE-VERB\n");
        (void)close(fds[0]);
        (void)close(fds[1]);
    }
    FAILS(receive_session(p.province, p.n.name, NULL, NULL, 0, -1, fe), ERR_GATE_VERB);
    pair_clear(&p);
}

/* ---- nothing blocks
 * ---------------------------------------------------------------------------- */

/* The stages of a run, each met by a line that falls silent after so many bytes. */
static const struct stage {
    const char *name;
    enum { STAGE_SEND, STAGE_LIST, STAGE_FETCH } what;
    int up, down;
} stages[] = {
    {"the first word of a push", STAGE_SEND, 999999, 0},
    {"the upload", STAGE_SEND, 100, 999999},
    {"the answer", STAGE_SEND, 999999, 9},
    {"the list", STAGE_LIST, 999999, 0},
    {"the first word of a fetch", STAGE_FETCH, 999999, 0},
    {"the question for refs", STAGE_FETCH, 0, 999999},
    {"the refs", STAGE_FETCH, 999999, 20},
    {"the pack", STAGE_FETCH, 999999, 700},
};

/* A run of that stage with an idle limit of an hour. Exits with 0 when it ended by
 * ERR_LINE. */
static int be_stage(struct pair *p, const struct stage *s)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_STR struct str units = STR_INIT(1000);
    const char *refs[] = {"refs/"};
    struct rpush_sum sum = {.requests = 0};
    struct line l;
    struct err e = ERR_INIT;
    int rc = -1;

    stop_install();
    if (repo_open(p->n.repo, &r, &e) < 0 || line_parse(p->n.dir, URL, &l, &e) < 0)
        return 2;
    l.idle_ms = 3600000;
    switch (s->what) {
    case STAGE_SEND:
        rc = rpush_run(r, &l, p->n.name, 1, NULL, NULL, NULL, &sum, &e);
        break;
    case STAGE_LIST:
        rc = ask_list(&l, add_unit, &units, &e);
        break;
    case STAGE_FETCH:
    default:
        rc = ask_fetch(&l, "01234", p->n.repo, refs, 1, &sum, NULL, &e);
    }
    if (rc < 0 && e.code == ERR_LINE)
        return 0;
    print_message("# %d %s: %s; %s\n", rc, err_code_name(e.code), e.subject, e.detail);
    return 3;
}

/* The end of the run as proc_wait() tells it, SIGTERM having come when all was silent.
 */
static int64_t end_stage(pid_t pid, int *status)
{
    int64_t told;

    clock_sleep_ms(700); /* it hangs by now; earlier would only be easier */
    assert_int_equal(waitpid(pid, status, WNOHANG), 0);
    told = clock_mono_ms();
    assert_int_equal(kill(pid, SIGTERM), 0);
    for (int i = 0; i < 600; i++) {
        if (waitpid(pid, status, WNOHANG) == pid)
            return clock_mono_ms() - told;
        clock_sleep_ms(50);
    }
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, status, 0);
    return INT64_MAX;
}

static void test_rpush__i07_sigterm_ends_any_stage(void **state)
{
    char meta[HASH_HEX] = "", text[HASH_HEX] = "", tip[NAMES_OID_MAX];
    struct heard h = {.begun = 0};
    struct rpush_sum sum = {.requests = 0};
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 3, meta);
    OK(run(&p, URL, &h, &sum, &e));
    give_receipt(&p, 1, tip);
    seal(&p, CLASS_TEXT, 1, 1, text);
    assert_int_equal(setenv("TEST_FREEZE", "1", 1), 0);
    for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
        AUTO_MEM char *cuts = mem_printf("%d %d\n", stages[i].up, stages[i].down);
        int64_t took;
        int status = 0;
        pid_t pid;

        cut_at(&p, cuts);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(be_stage(&p, &stages[i]));
        took = end_stage(pid, &status);
        print_message("# silent in %s: ended after %lld ms\n", stages[i].name,
                      (long long)took);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        assert_true(took < 5000);
    }
    assert_int_equal(unsetenv("TEST_FREEZE"), 0);
    cut_at(&p, "");
    OK(run(&p, URL, &h, &sum, &e)); /* and the next run goes on as if nothing was */
    same_tip(&p, CLASS_TEXT);
    pair_clear(&p);
}

/* A worker that says once that it is heard again within 300 ms, and then no more. */
static int be_hung_worker(void)
{
    static const char beat[] = "{\"wait_ms\":300}";
    struct err e = ERR_INIT;

    if (msg_send(PROC_WORKER_FD, SYNC_WORKER_BEAT, beat, sizeof beat - 1, -1, 0, &e) <
        0)
        return 1;
    clock_sleep_ms(600000);
    return 0;
}

/* A silent line is given up by itself, and so is a worker that hangs. */
static void test_rpush__i07_silence_ends_a_fetch(void **state)
{
    const char *refs[] = {"refs/"};
    struct rpush_sum sum = {.requests = 0};
    char meta[HASH_HEX] = "", tip[NAMES_OID_MAX];
    struct heard h = {.begun = 0};
    struct line l;
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal(&p, CLASS_META, 1, 1, meta);
    OK(run(&p, URL, &h, &sum, &e));
    give_receipt(&p, 1, tip);
    OK(line_parse(p.n.dir, URL, &l, &e));
    l.idle_ms = 300;
    assert_int_equal(setenv("TEST_FREEZE", "1", 1), 0);
    cut_at(&p, "999999 200\n999999 200\n999999 200\n999999 200\n"); /* each try */
    FAILS(ask_fetch(&l, "01234", p.n.repo, refs, 1, &sum, NULL, fe), ERR_LINE);
    assert_int_equal(unsetenv("TEST_FREEZE"), 0);
    cut_at(&p, "");
    assert_int_equal(setenv("TEST_OLD_DOOR", "1", 1), 0);
    assert_int_equal(setenv("TEST_WORKER_HANGS", "1", 1), 0);
    FAILS(ask_fetch(&l, "01234", p.n.repo, refs, 1, &sum, NULL, fe), ERR_TIMEOUT);
    assert_int_equal(unsetenv("TEST_WORKER_HANGS"), 0);
    assert_int_equal(unsetenv("TEST_OLD_DOOR"), 0);
    pair_clear(&p);
}

/* One more bundle of @unit. */
static void seal_of(struct pair *p, int64_t seq, const char *unit, char prev[HASH_HEX])
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    struct bundle_made made;
    struct err e = ERR_INIT;

    OK(repo_open(p->n.repo, &r, &e));
    help_head(&p->n, CLASS_META, seq, prev, &m);
    (void)snprintf(m.unit_code, sizeof m.unit_code, "%s", unit);
    OK(bundle_write(r, &m, NULL, &p->n.key, &made, &e));
    memcpy(prev, made.sha256, HASH_HEX);
}

/* The province gives the office another unit while bundles of the old one wait. */
static void test_rpush__another_unit_is_the_same_chain(void **state)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct enrol_add add = {
        .unit_code = "05678", .valid_from = "2025-07-01", .role = "commune"};
    const char *refs[] = {"refs/sohoa/"};
    struct rpush_sum sum = {.requests = 0};
    struct heard h = {.begun = 0};
    char node[NAMES_NODE_MAX], prev[HASH_HEX] = "";
    AUTO_MEM char *repo = NULL;
    struct line l;
    struct pair p;
    struct err e = ERR_INIT;

    (void)state;
    pair_init(&p);
    seal_of(&p, 1, "01234", prev);
    OK(run(&p, URL, &h, &sum, &e));
    sign_public_line(&p.n.key.pub, "node", &line);
    add.key_line = line.p;
    OK(enrol_node_add(p.province, "/usr/bin/sohoa", &p.issuer.pub, &add, node, &repo,
                      &e));
    assert_string_equal(repo, p.repo);
    seal_of(&p, 2, "01234", prev); /* it has not heard of it yet */
    OK(run(&p, URL, &h, &sum, &e));
    seal_of(&p, 3, "05678", prev);
    OK(run(&p, URL, &h, &sum, &e));
    assert_int_equal(h.accepted, 3);
    same_tip(&p, CLASS_META);
    OK(line_parse(p.n.dir, URL, &l, &e));
    l.idle_ms = 20000;
    OK(ask_fetch(&l, "01234", p.n.repo, refs, 1, &sum, NULL, &e));
    OK(ask_fetch(&l, "05678-2025-07-01", p.n.repo, refs, 1, &sum, NULL, &e));
    FAILS(ask_fetch(&l, "09999", p.n.repo, refs, 1, &sum, NULL, fe), ERR_GATE_READ);
    seal_of(&p, 4, "01234", prev); /* back again is not told by anybody */
    OK(run(&p, URL, &h, &sum, &e));
    assert_int_equal(h.refused, 1);
    pair_clear(&p);
}

static int wanted(const char *name)
{
    return strcmp(name, "ssh") == 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rpush__brings_all_chains_up),
        cmocka_unit_test(test_rpush__i03_survives_a_cut_at_any_byte_up),
        cmocka_unit_test(test_rpush__asks_again_when_the_answer_is_lost),
        cmocka_unit_test(test_rpush__i03_door_may_be_killed_at_any_moment),
        cmocka_unit_test(test_rpush__gives_up_without_progress_and_loses_nothing),
        cmocka_unit_test(test_rpush__sends_hardly_more_than_there_is),
        cmocka_unit_test(test_rpush__the_next_bytes_flow_while_one_is_committed),
        cmocka_unit_test(test_rpush__i05_two_under_way_go_on_at_their_bytes),
        cmocka_unit_test(test_rpush__i06_a_record_waits_for_no_picture),
        cmocka_unit_test(test_rpush__sends_what_may_go),
        cmocka_unit_test(test_rpush__i05_a_cut_costs_one_window_at_most),
        cmocka_unit_test(test_rpush__a_request_keeps_to_its_limits),
        cmocka_unit_test(test_rpush__a_damaged_upload_is_begun_anew),
        cmocka_unit_test(test_rpush__troubles_of_the_province_are_not_ours),
        cmocka_unit_test(test_rpush__a_damaged_request_is_made_anew),
        cmocka_unit_test(test_rpush__leaves_nothing_behind),
        cmocka_unit_test(test_rpush__forgets_a_request_whose_answer_is_known),
        cmocka_unit_test(test_rpush__a_request_goes_in_by_its_own_class),
        cmocka_unit_test(test_rpush__learns_where_upstream_is),
        cmocka_unit_test(test_rpush__what_upstream_lost_is_sent_again),
        cmocka_unit_test(test_rpush__old_disk_never_overwrites),
        cmocka_unit_test(test_rpush__a_refused_chain_rests_and_says_why),
        cmocka_unit_test(test_rpush__unknown_node_is_told_so),
        cmocka_unit_test(test_rpush__receipts_come_back_over_the_line),
        cmocka_unit_test(test_rpush__receipts_come_back_from_an_old_province),
        cmocka_unit_test(test_rpush__a_fetch_goes_on_at_its_byte),
        cmocka_unit_test(test_rpush__a_damaged_step_is_begun_anew),
        cmocka_unit_test(test_rpush__the_same_by_a_drop_box),
        cmocka_unit_test(test_rpush__a_revoked_node_is_answered_in_the_box),
        cmocka_unit_test(test_rpush__a_node_sees_only_its_own),
        cmocka_unit_test(test_rpush__an_empty_answer_is_nonsense),
        cmocka_unit_test(test_rpush__an_object_is_fetched_from_any_byte),
        cmocka_unit_test(test_rpush__who_may_not_read_sees_no_object),
        cmocka_unit_test(test_rpush__another_unit_is_the_same_chain),
        cmocka_unit_test(test_rpush__line_says_what_is_not_a_verb),
        cmocka_unit_test(test_rpush__i07_sigterm_ends_any_stage),
        cmocka_unit_test(test_rpush__i07_silence_ends_a_fetch),
    };

    i18n_init(LANG_EN, NULL);
    if (wanted(fs_basename(argv[0])))
        return be_ssh(argc, argv);
    if (argc == 3 && strcmp(argv[1], "worker") == 0 && getenv("TEST_WORKER_HANGS"))
        return be_hung_worker();
    if (argc == 3 && strcmp(argv[1], "worker") == 0)
        proc_exit_worker(strcmp(argv[2], "gate") == 0 ? gate_worker_main()
                                                      : sync_worker_main());
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
