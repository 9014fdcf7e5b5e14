/* SPDX-License-Identifier: Apache-2.0 */
#include "node/scan/scanner.h"

#include "tests/unit/unit.h"

#include <locale.h>
#include <signal.h>

#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/str.h"
#include "node/scan/scanner_worker.h"

#define FAKE "TEST_SCANNER_FAKE" /* how the worker of a test behaves */

/* ---- SANE's own scanners for tests -------------------------------------------------
 */

static void use_test_backend(const char *folder, const char *backend)
{
    AUTO_MEM char *dll = fs_path(folder, "dll.conf");
    AUTO_MEM char *test = fs_path(folder, "test.conf");
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(dll, backend, strlen(backend), &e), &e);
    unit_ok(fs_write_file(test, "number_of_devices 2\n", 20, &e), &e);
    assert_int_equal(setenv("SANE_CONFIG_DIR", folder, 1), 0);
}

/* What comes, as text. */
struct heard {
    struct str text;
    size_t bytes;
    bool refuse; /* the second picture */
    int pages;
};

static int on_begin(void *to, const struct scanner_page *p, struct err *e)
{
    struct heard *h = to;

    if (h->refuse && h->pages == 1)
        return err_set(e, ERR_DISK_FULL, "here");
    str_addf(&h->text, "%d×%d:%d@%d", p->width_px, p->channels, p->bits, p->dpi);
    h->bytes = 0;
    return 0;
}

static int on_rows(void *to, const void *data, size_t len, struct err *e)
{
    struct heard *h = to;

    (void)e;
    assert_non_null(data);
    h->bytes += len;
    return 0;
}

static int on_end(void *to, int32_t height, struct err *e)
{
    struct heard *h = to;

    (void)e;
    str_addf(&h->text, " %d=%zu;", height, h->bytes);
    h->pages++;
    return 0;
}

static int scan(const struct scanner_opts *o, struct heard *h, struct err *e)
{
    const struct scanner_sink to = {on_begin, on_rows, on_end, h};
    int pages = -1;
    int rc = scanner_run(o, &to, &pages, e);

    assert_int_equal(pages, h->pages);
    return rc;
}

static void scans(const struct scanner_opts *o, const char *wanted)
{
    struct heard h = {.text = STR_INIT(STR_LINE_MAX)};
    struct err e = ERR_INIT;

    unit_ok(scan(o, &h, &e), &e);
    assert_string_equal(str_text(&h.text), wanted);
    str_clear(&h.text);
}

static void fails(const struct scanner_opts *o, enum err_code code, int pages)
{
    struct heard h = {.text = STR_INIT(STR_LINE_MAX)};
    struct err e = ERR_INIT;

    unit_fails(scan(o, &h, &e), code, &e);
    assert_int_equal(h.pages, pages);
    str_clear(&h.text);
}

static void test_scanner__lists_what_is_connected(void **state)
{
    AUTO_SCANNERS struct scanner_list two = {0};
    AUTO_SCANNERS struct scanner_list none = {0};
    struct err e = ERR_INIT;

    use_test_backend(*state, "test\n");
    unit_ok(scanner_list(NULL, &two, &e), &e);
    assert_int_equal(two.count, 2);
    assert_string_equal(two.p[1].name, "test:1");
    use_test_backend(*state, "");
    unit_ok(scanner_list(NULL, &none, &e), &e);
    assert_int_equal(none.count, 0);
    fails(&(struct scanner_opts){.dpi = 75}, ERR_SCANNER_NONE, 0);
}

static void test_scanner__gives_whole_rows(void **state)
{
    use_test_backend(*state, "test\n");
    scans(
        &(struct scanner_opts){
            .dpi = 75, .mode = SCANNER_GREY, .width_mm = 100, .height_mm = 50},
        "295×1:8@75 147=43365;");
    scans(
        &(struct scanner_opts){
            .dpi = 75, .width_mm = 100, .height_mm = 50, .device = "test:1"},
        "295×3:8@75 147=130095;");
    scans(
        &(struct scanner_opts){
            .dpi = 75, .mode = SCANNER_BW, .width_mm = 100, .height_mm = 50},
        "295×1:1@75 147=5439;");
    scans(&(struct scanner_opts){.dpi = 75,
                                 .mode = SCANNER_GREY,
                                 .width_mm = 10,
                                 .height_mm = 10,
                                 .source = SCANNER_ADF,
                                 .pages = 2},
          "29×1:8@75 29=841;29×1:8@75 29=841;");
}

static void test_scanner__tells_why_it_stopped(void **state)
{
    static const struct {
        const char *option;
        enum err_code code;
    } w[] = {{"read-return-value=SANE_STATUS_JAMMED", ERR_SCANNER_JAM},
             {"read-return-value=SANE_STATUS_COVER_OPEN", ERR_SCANNER_COVER},
             {"read-return-value=SANE_STATUS_NO_DOCS", ERR_SCANNER_EMPTY},
             {"read-return-value=SANE_STATUS_DEVICE_BUSY", ERR_SCANNER_BUSY},
             {"read-return-value=SANE_STATUS_ACCESS_DENIED", ERR_SCANNER_DENIED},
             {"read-return-value=SANE_STATUS_IO_ERROR", ERR_SCANNER_DRIVER},
             {"no-such-option=1", ERR_SCANNER_OPTION},
             {"nonsense", ERR_SCANNER_OPTION}};
    const char *many[SCANNER_OPTIONS_MAX + 1] = {NULL};

    use_test_backend(*state, "test\n");
    for (size_t i = 0; i < ARRAY_LEN(w); i++)
        fails(&(struct scanner_opts){.dpi = 75,
                                     .width_mm = 10,
                                     .height_mm = 10,
                                     .extra = &w[i].option,
                                     .extra_count = 1},
              w[i].code, 0);
    fails(&(struct scanner_opts){.dpi = 75, .device = "test:9"}, ERR_SCANNER_NONE, 0);
    fails(&(struct scanner_opts){.dpi = 75, .source = SCANNER_DUPLEX},
          ERR_SCANNER_OPTION, 0);
    fails(&(struct scanner_opts){.dpi = 75,
                                 .extra = many,
                                 .extra_count = ARRAY_LEN(many)},
          ERR_LIMIT, 0);
}

static void test_scanner__who_takes_may_refuse(void **state)
{
    struct heard h = {.text = STR_INIT(STR_LINE_MAX), .refuse = true};
    struct err e = ERR_INIT;

    use_test_backend(*state, "test\n");
    unit_fails(scan(&(struct scanner_opts){.dpi = 75,
                                           .width_mm = 10,
                                           .height_mm = 10,
                                           .source = SCANNER_ADF},
                    &h, &e),
               ERR_DISK_FULL, &e);
    assert_int_equal(h.pages, 1);
    str_clear(&h.text);
}

/* ---- a worker that cannot be believed
 * ------------------------------------------------ */

static int say(uint32_t type, const char *text)
{
    struct err e = ERR_INIT;

    return msg_send(PROC_WORKER_FD, type, text, strlen(text), -1, 0, &e) < 0;
}

#define PAGE "{\"bits\":8,\"channels\":1,\"dpi\":75,\"width_px\":2}"

static int fake(const char *how)
{
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT, why = ERR_INIT;
    int rc = msg_recv(PROC_WORKER_FD, &m, 4096, false, 0, &e) == 1 ? 0 : 1;

    if (strcmp(how, "crash") == 0)
        raise(SIGSEGV);
    if (strcmp(how, "nothing") == 0)
        rc |= say(SCANNER_WORKER_DONE, "");
    if (strcmp(how, "type") == 0)
        rc |= say(99, "");
    if (strcmp(how, "rows") == 0)
        rc |= say(SCANNER_WORKER_ROWS, "ab");
    if (strcmp(how, "uneven") == 0)
        rc |= say(SCANNER_WORKER_BEGIN, PAGE) | say(SCANNER_WORKER_ROWS, "abc");
    if (strcmp(how, "twice") == 0)
        rc |= say(SCANNER_WORKER_BEGIN, PAGE) | say(SCANNER_WORKER_BEGIN, PAGE);
    if (strcmp(how, "empty") == 0)
        rc |= say(SCANNER_WORKER_BEGIN, PAGE) | say(SCANNER_WORKER_END, "");
    if (strcmp(how, "half") == 0)
        rc |= say(SCANNER_WORKER_BEGIN, PAGE) | say(SCANNER_WORKER_ROWS, "ab") |
              say(SCANNER_WORKER_DONE, "");
    if (strcmp(how, "wide") == 0)
        rc |= say(SCANNER_WORKER_BEGIN,
                  "{\"bits\":8,\"channels\":1,\"dpi\":75,\"width_px\":99999}");
    if (strcmp(how, "two") == 0)
        rc |= say(SCANNER_WORKER_BEGIN,
                  "{\"bits\":8,\"channels\":2,\"dpi\":75,\"width_px\":9}");
    if (strcmp(how, "lie") == 0) {
        (void)err_set(&why, ERR_DISK_SYNC, "x");
        rc |= msg_send_error(PROC_WORKER_FD, SCANNER_WORKER_FAIL, &why, 0, &e);
    }
    return rc;
}

static void test_scanner__worker_is_not_believed(void **state)
{
    static const char *const how[] = {"crash",  "nothing", "silent", "rows",
                                      "uneven", "twice",   "empty",  "half",
                                      "wide",   "two",     "lie"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(how); i++) {
        assert_int_equal(setenv(FAKE, how[i], 1), 0);
        fails(&(struct scanner_opts){.dpi = 75, .device = "x"}, ERR_SCANNER_DRIVER, 0);
    }
    assert_int_equal(setenv(FAKE, "type", 1), 0);
    fails(&(struct scanner_opts){.dpi = 75, .device = "x"}, ERR_WORKER_PROTOCOL, 0);
    assert_int_equal(unsetenv(FAKE), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_scanner__lists_what_is_connected),
        unit_case(test_scanner__gives_whole_rows),
        unit_case(test_scanner__tells_why_it_stopped),
        unit_case(test_scanner__who_takes_may_refuse),
        unit_case(test_scanner__worker_is_not_believed),
    };

    (void)setlocale(LC_ALL, "C.UTF-8");
    if (argc == 3 && strcmp(argv[1], "worker") == 0) {
        const char *how = getenv(FAKE);

        proc_exit_worker(how ? fake(how) : scanner_worker_main());
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
