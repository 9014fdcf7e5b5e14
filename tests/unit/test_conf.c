/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/conf.h"
#include "node/base/num.h"

static void write_conf(const char *home, const char *text)
{
    AUTO_MEM char *path = fs_path(home, CONF_FILE);
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, text, strlen(text), &e), &e);
}

static void assert_conf(const char *home, const char *wanted)
{
    AUTO_MEM char *path = fs_path(home, CONF_FILE);
    AUTO_STR struct str text = STR_INIT(CONF_BYTES_MAX);
    struct err e = ERR_INIT;

    unit_ok(fs_read_file(path, &text, &e), &e);
    assert_string_equal(str_text(&text), wanted);
}

static void test_conf__without_a_file_defaults_hold(void **state)
{
    AUTO_CONF struct conf *c = NULL;
    struct err e = ERR_INIT;

    unit_ok(conf_load(*state, &c, &e), &e);
    assert_string_equal(conf_get(c, "lang"), "vi");
    assert_int_equal(conf_get_int(c, "sync.idle_s"), 30);
    assert_int_equal(conf_get_int(c, "ocr.jobs"), 0);
    assert_string_equal(conf_get(c, "upstream.url"), "");
    assert_false(conf_is_set(c, "lang"));
}

static void test_conf__every_default_is_allowed(void **state)
{
    struct err e = ERR_INIT;
    size_t n = 0;

    for (; conf_list(n); n++) {
        const struct conf_key *k = conf_list(n);

        unit_ok(conf_set(*state, k->key, k->otherwise, &e), &e);
        assert_true(k->help[0] != '\0');
        assert_ptr_equal(conf_find(k->key, &e), k);
        if (n)
            assert_true(strcmp(conf_list(n - 1)->key, k->key) < 0);
    }
    assert_true(n >= 7);
}

static void test_conf__reads_a_file(void **state)
{
    AUTO_CONF struct conf *c = NULL;
    struct err e = ERR_INIT;

    write_conf(*state, "\xEF\xBB\xBFlang=en\r\n"
                       "# a remark = nothing\r\n"
                       "\r\n"
                       "  \t\n"
                       "\tbackup.folder =  /mnt/Xã Ia Pa = một  \n"
                       "upstream.url = ssh://sohoa@tinh.example:2222/\n"
                       "seal.level=verified\n"
                       "sync.night = 21:30-04:00\n"
                       "sync.window =\n"
                       "ocr.jobs = 3");
    unit_ok(conf_load(*state, &c, &e), &e);
    assert_string_equal(conf_get(c, "lang"), "en");
    assert_string_equal(conf_get(c, "backup.folder"), "/mnt/Xã Ia Pa = một");
    assert_string_equal(conf_get(c, "upstream.url"), "ssh://sohoa@tinh.example:2222/");
    assert_string_equal(conf_get(c, "sync.night"), "21:30-04:00");
    assert_string_equal(conf_get(c, "sync.window"), "");
    assert_string_equal(conf_get(c, "sync.masters"), "always");
    assert_true(conf_is_set(c, "backup.folder"));
    assert_int_equal(conf_get_int(c, "ocr.jobs"), 3);
}

static void test_conf__refuses_whole_files(void **state)
{
    static const struct {
        const char *text;
        const char *place;
        const char *detail;
    } BAD[] = {
        {"lang = en\nocr.job = 3\n", "line 2: ocr.job", "did you mean ocr.jobs?"},
        {"sync.idel_s = 3\n", "line 1: sync.idel_s", "did you mean sync.idle_s?"},
        {"quarantine_percent = 3\n", "line 1",
         "did you mean import.quarantine_percent?"},
        {"zzzzzzzz = 3\n", "line 1: zzzzzzzz", "unknown setting"},
        {"= 3\n", "line 1", "unknown setting"},
        {"lang = vi\nlang = vi\n", "line 2: lang", "given twice"},
        {"lang\n", "line 1", "key = value"},
        {"lang = fr\n", "line 1: lang", "vi|en"},
        {"lang = v\n", "line 1: lang", "vi|en"},
        {"lang = vi|en\n", "line 1: lang", "vi|en"},
        {"lang =\n", "line 1: lang", "vi|en"},
        {"ocr.jobs = many\n", "line 1: ocr.jobs", "0 to 64"},
        {"ocr.jobs = 65\n", "line 1: ocr.jobs", "0 to 64"},
        {"ocr.jobs = -1\n", "line 1: ocr.jobs", "0 to 64"},
        {"ocr.jobs = 99999999999999999999\n", "line 1: ocr.jobs", "0 to 64"},
        {"ocr.jobs = 1 # two\n", "line 1: ocr.jobs", "0 to 64"},
        {"sync.masters = stick|never\n", "line 1: sync.masters", "always|night"},
        {"sync.window = 7:00-17:00\n", "line 1: sync.window", "18:00-06:00"},
        {"sync.window = 24:00-17:00\n", "line 1: sync.window", "18:00-06:00"},
        {"sync.window = 07:00-17:60\n", "line 1: sync.window", "18:00-06:00"},
        {"sync.night = 07:00 17:00\n", "line 1: sync.night", "18:00-06:00"},
        {"backup.folder = /a\tb\n", "line 1: backup.folder", "absolute"},
        {"backup.folder = /\xFF\n", "line 1: backup.folder", "absolute"},
        {"backup.folder = backups\n", "line 1: backup.folder", "absolute"},
        {"backup.folder = /a/../../etc\n", "line 1: backup.folder", "absolute"},
        {"backup.folder = /a/..\n", "line 1: backup.folder", "absolute"},
    };

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        struct conf *c = NULL;
        struct err e = ERR_INIT;

        write_conf(*state, BAD[i].text);
        unit_fails(conf_load(*state, &c, &e), ERR_CONFIG, &e);
        assert_null(c);
        if (!strstr(e.subject, BAD[i].place) || !strstr(e.detail, BAD[i].detail))
            fail_msg("%s: %s; %s", BAD[i].text, e.subject, e.detail);
        /* Nor is such a file written over. */
        unit_fails(conf_set(*state, "sync.idle_s", "31", &e), ERR_CONFIG, &e);
        assert_conf(*state, BAD[i].text);
    }
}

static void test_conf__urls(void **state)
{
    static const struct {
        const char *url;
        bool good;
    } CASES[] = {
        {"", true},
        {"/mnt/usb/tinh", true},
        {"ssh://tinh.example/", true},
        {"ssh://sohoa@tinh.example", true},
        {"ssh://sohoa@[2001:db8::1]:22/x", true},
        {"https://tinh.example/", true},
        {"https://[2001:db8::1]:8443/kho", true},
        {"https://sohoa@tinh.example/", false},
        {"https://", false},
        {"https:///x", false},
        {"https://-x/", false},
        {"http://tinh.example/", false},
        {"ssh://", false},
        {"ssh:///x", false},
        {"ssh://-oProxyCommand=x/", false},
        {"ssh://-l@host/", false},
        {"ssh://user@-host/", false},
        {"ssh://user@/", false},
        {"ssh://user@:22/", false},
        {"ssh://a b/", false},
        {"ssh://a'b/", false},
        {"ssh://a$b/", false},
        {"http://a/", false},
        {"file:///a", false},
        {"folder", false},
        {"/a/../b", false},
    };
    struct err e = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        err_clear(&e);
        if ((conf_set(*state, "upstream.url", CASES[i].url, &e) == 0) != CASES[i].good)
            fail_msg("%s: %s", CASES[i].url, e.detail);
    }
}

static void test_conf__set_keeps_the_other_lines(void **state)
{
    struct err e = ERR_INIT;

    unit_ok(conf_set(*state, "lang", "en", &e), &e);
    assert_conf(*state, "lang = en\n");
    write_conf(*state, "# ours\r\n\nocr.jobs=2\n lang  =  en\nsync.idle_s = 60");
    unit_ok(conf_set(*state, "lang", "vi", &e), &e);
    assert_conf(*state, "# ours\n\nocr.jobs=2\nlang = vi\nsync.idle_s = 60\n");
    unit_ok(conf_set(*state, "backup.folder", "/Xã Đắk Rông", &e), &e);
    unit_ok(conf_set(*state, "ocr.jobs", NULL, &e), &e);
    assert_conf(
        *state,
        "# ours\n\nlang = vi\nsync.idle_s = 60\nbackup.folder = /Xã Đắk Rông\n");
    unit_ok(conf_set(*state, "ocr.jobs", NULL, &e), &e);
    unit_fails(conf_set(*state, "lang", "en\nocr.jobs = 3", &e), ERR_CONFIG, &e);
    unit_fails(conf_set(*state, "no.such", "1", &e), ERR_CONFIG, &e);
    unit_fails(conf_set(*state, "no.such", NULL, &e), ERR_CONFIG, &e);
    unit_fails(conf_set("/nonexistent/home", "lang", "en", &e), ERR_NOT_FOUND, &e);
}

static void test_conf__the_file_has_a_limit(void **state)
{
    AUTO_MEM char *path = fs_path(*state, CONF_FILE);
    AUTO_MEM char *text = mem_new(CONF_BYTES_MAX + 2, 1);
    AUTO_MEM char *name = mem_new(300, 1);
    struct conf *c = NULL;
    AUTO_CONF struct conf *good = NULL;
    struct err e = ERR_INIT;

    memset(text, '\n', CONF_BYTES_MAX + 1);
    unit_ok(fs_write_file(path, text, CONF_BYTES_MAX + 1, &e), &e);
    unit_fails(conf_load(*state, &c, &e), ERR_LIMIT, &e);
    unit_ok(fs_write_file(path, text, CONF_BYTES_MAX, &e), &e);
    unit_ok(conf_load(*state, &good, &e), &e);
    unit_fails(conf_set(*state, "lang", "en", &e), ERR_LIMIT, &e);
    unit_ok(fs_write_file(path, "lang = en\0\n", 11, &e), &e);
    unit_fails(conf_load(*state, &c, &e), ERR_CONFIG, &e);
    memset(name, 'x', 201);
    unit_ok(fs_unlink(path, &e), &e);
    unit_fails(conf_set(*state, name, "x", &e), ERR_CONFIG, &e);
    conf_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_conf__without_a_file_defaults_hold),
        unit_case(test_conf__every_default_is_allowed),
        unit_case(test_conf__reads_a_file),
        unit_case(test_conf__refuses_whole_files),
        unit_case(test_conf__urls),
        unit_case(test_conf__set_keeps_the_other_lines),
        unit_case(test_conf__the_file_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
