/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <poll.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/hash.h"
#include "node/base/jdoc.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/flow/flow_upload.h"
#include "node/web/web_upload.h"

/*
 * Uploads with real processes: this program is the worker too (main). With TEST_FAKE in
 * the environment it is one that dies, or that promises what is not there.
 */
#define FAKE  "TEST_UPLOAD_FAKE"
#define BYTES 3000000

static void auto_uploads(struct web_uploads **t)
{
    web_upload_table_free(*t);
}
#define AUTO_UPLOADS AUTO(auto_uploads)

struct got {
    int count, more;
    bool kept;
    enum err_code code;
    char sha[HASH_HEX];
};

static void take_end(void *to, const struct jdoc *kept, const struct err *why)
{
    struct got *g = to;

    g->count++;
    g->kept = kept != NULL;
    g->code = why->code;
    if (kept)
        (void)snprintf(g->sha, sizeof g->sha, "%s", jdoc_text(kept, "sha256"));
}

static void take_more(void *to)
{
    ((struct got *)to)->more++;
}

static void turn(struct web_uploads *t)
{
    struct pollfd p[WEB_UPLOAD_MAX];

    (void)poll(p, web_upload_fds(t, p), 10);
    web_upload_turn(t);
}

static void turn_until(struct web_uploads *t, const int *what, int count)
{
    for (int i = 0; i < 3000 && *what < count; i++)
        turn(t);
    assert_int_equal(*what, count);
}

static int start(struct web_uploads *t, const char *name, int64_t bytes, struct got *g,
                 int64_t *upload, struct err *e)
{
    struct web_upload_user user = {.done = take_end, .more = take_more, .to = g};

    *g = (struct got){0};
    return web_upload_start(t, name, "lan", bytes, &user, upload, e);
}

static size_t spooled(const char *home)
{
    AUTO_MEM char *dir = fs_path(home, "spool/uploads");
    AUTO_LIST struct fs_list list = {0};
    struct err e = ERR_INIT;

    if (!fs_is_dir(dir))
        return 0;
    unit_ok(fs_list(dir, &list, &e), &e);
    return list.count;
}

static void feed_all(struct web_uploads *t, int64_t upload, const char *data,
                     size_t len)
{
    for (int i = 0; i < 3000 && len > 0; i++) {
        size_t n = web_upload_feed(t, upload, data, len);

        data += n;
        len -= n;
        if (len > 0)
            turn(t);
    }
    assert_int_equal(len, 0);
}

static void test_web_upload__is_kept_when_all_has_come(void **state)
{
    AUTO_UPLOADS struct web_uploads *t = web_upload_table(*state);
    AUTO_MEM char *data = mem_new(1, BYTES);
    char sha[HASH_HEX];
    struct got g;
    int64_t upload = 0;
    struct err e = ERR_INIT;

    for (size_t i = 0; i < BYTES; i++)
        data[i] = (char)(i * 7 % 251);
    hash_bytes(data, BYTES, sha);
    unit_ok(start(t, "a.jpg", BYTES, &g, &upload, &e), &e);
    feed_all(t, upload, data, BYTES - 1);
    turn(t);
    assert_int_equal(g.count, 0); /* one byte is missing: nothing is promised */
    feed_all(t, upload, data + BYTES - 1, 1);
    turn_until(t, &g.count, 1);
    assert_true(g.kept);
    assert_string_equal(g.sha, sha);
    assert_int_equal(spooled(*state), 2);
}

static void test_web_upload__says_when_it_takes_more(void **state)
{
    AUTO_UPLOADS struct web_uploads *t = web_upload_table(*state);
    AUTO_MEM char *data = mem_new(1, BYTES);
    struct got g;
    int64_t upload = 0;
    struct err e = ERR_INIT;
    size_t n = 0;

    unit_ok(start(t, "a.jpg", BYTES, &g, &upload, &e), &e);
    n = web_upload_feed(t, upload, data, BYTES);
    assert_true(n < BYTES); /* no socket holds as much */
    turn_until(t, &g.more, 1);
    feed_all(t, upload, data + n, BYTES - n);
    turn_until(t, &g.count, 1);
    assert_true(g.kept);
}

static void test_web_upload__given_up_leaves_nothing(void **state)
{
    struct web_uploads *t = web_upload_table(*state);
    struct got g;
    int64_t upload = 0;
    struct err e = ERR_INIT;

    unit_ok(start(t, "a.jpg", BYTES, &g, &upload, &e), &e);
    feed_all(t, upload, "abc", 3);
    for (int i = 0; i < 1000 && spooled(*state) == 0; i++)
        clock_sleep_ms(10);
    assert_int_equal(spooled(*state), 1);
    web_upload_give_up(t, upload);
    assert_int_equal(web_upload_feed(t, upload, "abc", 3), 3); /* away with it */
    web_upload_table_free(t);                                  /* waits for it */
    assert_int_equal(spooled(*state), 0);
    assert_int_equal(g.count, 0);
}

static void test_web_upload__refuses(void **state)
{
    AUTO_UPLOADS struct web_uploads *t = web_upload_table(*state);
    struct got g;
    int64_t upload = 0;
    struct err e = ERR_INIT;

    unit_fails(start(t, "../a", 3, &g, &upload, &e), ERR_WEB_FIELD, &e);
    unit_fails(start(t, NULL, 3, &g, &upload, &e), ERR_WEB_FIELD, &e);
    unit_fails(start(t, "a", 0, &g, &upload, &e), ERR_WEB_FIELD, &e);
    unit_fails(start(t, "a", (int64_t)FLOW_UPLOAD_MAX + 1, &g, &upload, &e),
               ERR_WEB_SIZE, &e);
    for (int i = 0; i < WEB_UPLOAD_MAX; i++) {
        err_clear(&e);
        unit_ok(start(t, "a", 3, &g, &upload, &e), &e);
    }
    unit_fails(start(t, "a", 3, &g, &upload, &e), ERR_WEB_BUSY, &e);
    assert_int_equal(spooled(*state), 0);
}

static void test_web_upload__a_bad_process_is_an_error(void **state)
{
    static const char *const HOW[] = {"dies", "lies", "talks"};

    for (size_t i = 0; i < ARRAY_LEN(HOW); i++) {
        AUTO_UPLOADS struct web_uploads *t = web_upload_table(*state);
        struct got g;
        int64_t upload = 0;
        struct err e = ERR_INIT;

        assert_int_equal(setenv(FAKE, HOW[i], 1), 0);
        unit_ok(start(t, "a.jpg", 3, &g, &upload, &e), &e);
        assert_int_equal(unsetenv(FAKE), 0);
        (void)web_upload_feed(t, upload, "ab", 2);
        turn_until(t, &g.count, 1);
        assert_false(g.kept);
        assert_true(g.code != ERR_NONE);
    }
}

static int fake(const char *how)
{
    static const unsigned char NOISE[64] = {0xff};
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;

    if (msg_recv(PROC_WORKER_FD, &m, STR_LINE_MAX, false, 0, &e) != 1)
        return 1;
    if (strcmp(how, "lies") == 0)
        return msg_send(PROC_WORKER_FD, WEB_UPLOAD_KEPT, "{}", 2, -1, 0, &e) < 0;
    if (strcmp(how, "talks") == 0)
        return write(PROC_WORKER_FD, NOISE, sizeof NOISE) < 0;
    return 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_web_upload__is_kept_when_all_has_come),
        unit_case(test_web_upload__says_when_it_takes_more),
        unit_case(test_web_upload__given_up_leaves_nothing),
        unit_case(test_web_upload__refuses),
        unit_case(test_web_upload__a_bad_process_is_an_error),
    };
    const char *how = getenv(FAKE);

    if (argc == 3 && strcmp(argv[1], "worker") == 0)
        proc_exit_worker(how ? fake(how) : web_upload_worker_main());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
