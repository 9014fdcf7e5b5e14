/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/jdoc.h"
#include "node/web/web_guard.h"
#include "node/web/web_head.h"
#include "node/web/web_route.h"

#define US "http://127.0.0.1:8420"

static struct web_head head(enum web_method m, const char *path)
{
    return (struct web_head){.method = m,
                             .path = path,
                             .query = "",
                             .host = "127.0.0.1:8420",
                             .origin = "",
                             .site = "",
                             .cookie = "",
                             .csrf = "",
                             .type = "",
                             .etag = ""};
}

static void test_web_guard__only_our_own_page_is_let_in(void **state)
{
    static const struct {
        enum web_method method;
        const char *path, *host, *origin, *site;
        bool good;
    } ALL[] = {
        {WEB_GET, "/", "127.0.0.1:8420", "", "", true},
        {WEB_GET, "/", "localhost:8420", "", "none", true},
        {WEB_GET, "/", "[::1]:8420", "", "cross-site",
         true}, /* a link from elsewhere */
        {WEB_GET, "/api/v1/counts", "127.0.0.1:8420", "", "same-origin", true},
        {WEB_GET, "/api/v1/counts", "127.0.0.1:8420", "", "none", true},
        {WEB_POST, "/api/v1/jobs", "127.0.0.1:8420", US, "same-origin", true},
        {WEB_POST, "/api/v1/jobs", "127.0.0.1:8420", US, "", true},
        {WEB_POST, "/api/v1/jobs", "localhost:8420", "http://localhost:8420", "", true},
        /* rebinding, another port, no port, a port of others */
        {WEB_GET, "/", "evil.example", "", "", false},
        {WEB_GET, "/", "evil.example:8420", "", "", false},
        {WEB_GET, "/", "127.0.0.1", "", "", false},
        {WEB_GET, "/", "127.0.0.1:80", "", "", false},
        {WEB_GET, "/", "127.0.0.1:8420.evil.example", "", "", false},
        {WEB_GET, "/", "127.0.0.2:8420", "", "", false},
        {WEB_GET, "/", "user@127.0.0.1:8420", "", "", false},
        /* a page of others */
        {WEB_GET, "/api/v1/counts", "127.0.0.1:8420", "", "cross-site", false},
        {WEB_GET, "/api/v1/counts", "127.0.0.1:8420", "", "same-site", false},
        {WEB_GET, "/api/v1/counts", "127.0.0.1:8420", "http://evil.example", "", false},
        {WEB_POST, "/api/v1/jobs", "127.0.0.1:8420", "", "", false},
        {WEB_POST, "/api/v1/jobs", "127.0.0.1:8420", "null", "", false},
        {WEB_POST, "/api/v1/jobs", "127.0.0.1:8420", "http://evil.example", "", false},
        {WEB_POST, "/api/v1/jobs", "127.0.0.1:8420", "https://127.0.0.1:8420", "",
         false},
        {WEB_POST, "/api/v1/jobs", "127.0.0.1:8420", US ".evil.example", "", false},
        {WEB_POST, "/api/v1/jobs", "127.0.0.1:8420", "http://localhost:8420", "",
         false},
        {WEB_POST, "/api/v1/jobs", "127.0.0.1:8420", US, "cross-site", false},
        {WEB_POST, "/api/v1/jobs", "127.0.0.1:8420", US, "none", false},
        {WEB_DELETE, "/api/v1/session", "127.0.0.1:8420", US, "same-site", false},
    };
    struct web_guard g;

    (void)state;
    web_guard_init(&g, 8420);
    for (size_t i = 0; i < ARRAY_LEN(ALL); i++) {
        struct web_head h = head(ALL[i].method, ALL[i].path);
        struct err e = ERR_INIT;

        h.host = ALL[i].host;
        h.origin = ALL[i].origin;
        h.site = ALL[i].site;
        if ((web_guard_check(&g, &h, NULL, &e) == 0) != ALL[i].good)
            fail_msg("row %zu", i);
        assert_int_equal(e.code, ALL[i].good ? ERR_NONE : ERR_WEB_ORIGIN);
    }
}

static void test_web_guard__the_usual_port_is_not_named(void **state)
{
    struct web_guard g;
    struct web_head h = head(WEB_GET, "/");
    struct err e = ERR_INIT;

    (void)state;
    web_guard_init(&g, 80);
    h.host = "127.0.0.1";
    unit_ok(web_guard_check(&g, &h, NULL, &e), &e);
    h.host = "[::1]";
    unit_ok(web_guard_check(&g, &h, NULL, &e), &e);
    h.host = "";
    unit_fails(web_guard_check(&g, &h, NULL, &e), ERR_WEB_ORIGIN, &e);
}

static void test_web_guard__over_tls_the_address_itself_or_a_name(void **state)
{
    static const struct {
        enum web_method method;
        const char *host, *origin;
        bool good;
    } ALL[] = {
        {WEB_GET, "192.168.1.5:8443", "", true},
        {WEB_GET, "hoa-phu.local:8443", "", true},
        {WEB_POST, "192.168.1.5:8443", "https://192.168.1.5:8443", true},
        {WEB_POST, "hoa-phu.local:8443", "https://hoa-phu.local:8443", true},
        /* the loopback's names, another of our addresses, names that were rebound */
        {WEB_GET, "127.0.0.1:8420", "", false},
        {WEB_GET, "localhost:8420", "", false},
        {WEB_GET, "192.168.1.6:8443", "", false},
        {WEB_GET, "192.168.1.5", "", false},
        {WEB_GET, "evil.example:8443", "", false},
        {WEB_GET, "", "", false},
        {WEB_POST, "192.168.1.5:8443", "http://192.168.1.5:8443", false},
        {WEB_POST, "192.168.1.5:8443", "https://hoa-phu.local:8443", false},
        {WEB_POST, "192.168.1.5:8443", "", false},
    };
    struct web_guard g;

    (void)state;
    web_guard_init(&g, 8420);
    web_guard_add_name(&g, "hoa-phu.local", 8443);
    for (size_t i = 0; i < ARRAY_LEN(ALL); i++) {
        struct web_head h = head(ALL[i].method, "/api/v1/jobs");
        struct err e = ERR_INIT;

        h.host = ALL[i].host;
        h.origin = ALL[i].origin;
        if ((web_guard_check(&g, &h, "192.168.1.5:8443", &e) == 0) != ALL[i].good)
            fail_msg("row %zu", i);
        /* On the loopback none of these is right. */
        if (ALL[i].good)
            unit_fails(web_guard_check(&g, &h, NULL, &e), ERR_WEB_ORIGIN, &e);
    }
}

static void test_web_guard__a_refusal_is_a_whole_answer(void **state)
{
    AUTO_STR struct str out = STR_INIT(STR_LINE_MAX);
    AUTO_JDOC struct jdoc *j = NULL;
    struct err why = ERR_INIT;
    struct err e = ERR_INIT;
    const char *body = NULL;

    (void)state;
    (void)err_set(&why, ERR_WEB_LOCKOUT, "7 s");
    web_guard_refusal(&why, true, 7, &out);
    assert_true(str_starts(str_text(&out), "HTTP/1.1 429 Too Many Requests\r\n"));
    assert_non_null(strstr(out.p, "\r\nRetry-After: 7\r\n"));
    assert_non_null(strstr(out.p, "\r\nContent-Security-Policy: default-src 'none';"));
    assert_non_null(strstr(out.p, "\r\nConnection: close\r\n"));
    assert_non_null(strstr(out.p, "\r\nX-Content-Type-Options: nosniff\r\n"));
    body = strstr(out.p, "\r\n\r\n") + 4;
    unit_ok(jdoc_parse(body, strlen(body), &j, &e), &e);
    assert_string_equal(jdoc_text(jdoc_get(j, "error"), "code"), "SH-WEB-LOCKOUT");
    assert_string_equal(jdoc_text(jdoc_get(j, "error"), "detail"), "7 s");
    str_reset(&out);
    web_guard_refusal(&why, false, 0, &out);
    assert_true(str_ends(str_text(&out), "\r\n\r\n"));
    assert_null(strstr(out.p, "Retry-After"));
}

/* ---- routes ------------------------------------------------------------------------
 */

static const struct api_row *find(enum web_method m, const char *path,
                                  const char *query, struct jdoc *args,
                                  enum err_code *code)
{
    const struct api_row *row = NULL;
    struct web_head h = head(m, path);
    struct err e = ERR_INIT;

    h.query = query;
    *code = ERR_NONE;
    if (web_route_find(&h, &row, args, &e) < 0)
        *code = e.code;
    return row;
}

static void test_web_route__finds_rows(void **state)
{
    static const struct {
        enum web_method method;
        const char *path, *query, *verb;
        enum err_code code;
    } ALL[] = {
        {WEB_GET, "/api/v1/counts", "", "counts", ERR_NONE},
        {WEB_HEAD, "/api/v1/counts", "", "counts", ERR_NONE},
        {WEB_POST, "/api/v1/session", "", "session-login", ERR_NONE},
        {WEB_DELETE, "/api/v1/session", "", "session-logout", ERR_NONE},
        {WEB_GET, "/api/v1/counts", "a=1&b=%C3%A1", "counts", ERR_NONE},
        {WEB_POST, "/api/v1/counts", "", NULL, ERR_WEB_METHOD},
        {WEB_GET, "/api/v1/session/lock", "", NULL, ERR_WEB_METHOD},
        {WEB_GET, "/api/v1/count", "", NULL, ERR_WEB_ROUTE},
        {WEB_GET, "/api/v1/counts/1", "", NULL, ERR_WEB_ROUTE},
        {WEB_GET, "/api/v1/login", "", NULL, ERR_WEB_ROUTE}, /* serve's own */
        {WEB_GET, "/api/v2/counts", "", NULL, ERR_WEB_ROUTE},
        {WEB_GET, "/api/v1counts", "", NULL, ERR_WEB_ROUTE},
        {WEB_GET, "/api/v1", "", NULL, ERR_WEB_ROUTE},
        {WEB_GET, "/api/v1/counts", "a=1&a=2", NULL, ERR_WEB_REQUEST},
        {WEB_GET, "/api/v1/counts", "body=1", NULL, ERR_WEB_REQUEST},
        {WEB_GET, "/api/v1/counts", "A=1", NULL, ERR_WEB_REQUEST},
        {WEB_GET, "/api/v1/counts", "a", NULL, ERR_WEB_REQUEST},
        {WEB_GET, "/api/v1/counts", "=1", NULL, ERR_WEB_REQUEST},
        {WEB_GET, "/api/v1/counts",
         "a=&b=&c=&d=&e=&f=&g=&h=&i=&j=&k=&l=&m=&n=&o=&p=&q=", NULL, ERR_WEB_REQUEST},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ALL); i++) {
        AUTO_JDOC struct jdoc *args = jdoc_object();
        enum err_code code = ERR_NONE;
        const struct api_row *row =
            find(ALL[i].method, ALL[i].path, ALL[i].query, args, &code);

        if (code != ALL[i].code)
            fail_msg("%s?%s: %s", ALL[i].path, ALL[i].query, err_code_name(code));
        if (ALL[i].verb)
            assert_string_equal(row->verb, ALL[i].verb);
    }
}

static void test_web_route__names_what_it_was_given(void **state)
{
    AUTO_JDOC struct jdoc *args = jdoc_object();
    enum err_code code = ERR_NONE;

    (void)state;
    assert_non_null(
        find(WEB_GET, "/api/v1/counts", "kind=khai+sinh&q=%C4%91", args, &code));
    assert_string_equal(jdoc_text(args, "kind"), "khai sinh");
    assert_string_equal(jdoc_text(args, "q"), "đ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_guard__only_our_own_page_is_let_in),
        cmocka_unit_test(test_web_guard__the_usual_port_is_not_named),
        cmocka_unit_test(test_web_guard__over_tls_the_address_itself_or_a_name),
        cmocka_unit_test(test_web_guard__a_refusal_is_a_whole_answer),
        cmocka_unit_test(test_web_route__finds_rows),
        cmocka_unit_test(test_web_route__names_what_it_was_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
