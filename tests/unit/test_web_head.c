/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/web/web_head.h"

#define HOST "Host: 127.0.0.1:1\r\n"

static int parse(const char *text, size_t len, struct web_head *h, struct err *e)
{
    size_t head = 0;
    int rc = web_head_whole(text, len, &head, e);

    if (rc < 0)
        return -1;
    assert_int_equal(rc, 1);
    return web_head_parse(text, head, h, e);
}

static void test_web_head__reads_what_a_browser_sends(void **state)
{
    static const char TEXT[] =
        "PUT /api/v1/items/a%C3%A1-1/fields/full_name?x=1&y=a+b HTTP/1.1\r\n" HOST
        "origin: http://127.0.0.1:1\r\nSEC-FETCH-SITE:same-origin\r\n"
        "Cookie: other=1; sohoa=0123456789abcdef; last=2\r\n"
        "X-Sohoa-Csrf: \t tok \t\r\nContent-Type: application/json\r\n"
        "Content-Length: 17\r\nAccept-Encoding: gzip, deflate, br\r\n"
        "If-None-Match: \"abc\"\r\nExpect: 100-continue\r\nx-sohoa-auto: "
        "0\r\nX-Empty:\r\n\r\n{\"value\"";
    AUTO_HEAD struct web_head h = {.text = NULL};
    struct err e = ERR_INIT;
    char cookie[17];

    (void)state;
    unit_ok(parse(TEXT, sizeof TEXT - 1, &h, &e), &e);
    assert_int_equal(h.method, WEB_PUT);
    assert_string_equal(h.path, "/api/v1/items/a%C3%A1-1/fields/full_name");
    assert_string_equal(h.query, "x=1&y=a+b");
    assert_string_equal(h.host, "127.0.0.1:1");
    assert_string_equal(h.origin, "http://127.0.0.1:1");
    assert_string_equal(h.site, "same-origin");
    assert_string_equal(h.csrf, "tok");
    assert_string_equal(h.type, "application/json");
    assert_string_equal(h.etag, "\"abc\"");
    assert_int_equal(h.length, 17);
    assert_true(h.gzip);
    assert_true(h.waits);
    assert_true(h.by_itself); /* whatever it says */
    assert_true(web_head_changes(&h));
    assert_true(web_head_cookie(&h, "sohoa", 16, cookie));
    assert_string_equal(cookie, "0123456789abcdef");
    assert_false(web_head_cookie(&h, "sohoa", 15, cookie));
    assert_false(web_head_cookie(&h, "soho", 16, cookie));
    assert_false(web_head_cookie(&h, "last", 16, cookie));
}

static void test_web_head__what_is_absent_is_empty(void **state)
{
    static const char TEXT[] = "GET / HTTP/1.1\r\n" HOST "\r\n";
    AUTO_HEAD struct web_head h = {.text = NULL};
    struct err e = ERR_INIT;
    char cookie[2];

    (void)state;
    unit_ok(parse(TEXT, sizeof TEXT - 1, &h, &e), &e);
    assert_string_equal(h.path, "/");
    assert_string_equal(h.query, "");
    assert_string_equal(h.origin, "");
    assert_string_equal(h.csrf, "");
    assert_int_equal(h.length, 0);
    assert_false(h.gzip);
    assert_false(h.by_itself);
    assert_false(web_head_changes(&h));
    assert_false(web_head_cookie(&h, "sohoa", 1, cookie));
}

/* However it comes in: not whole before its last byte. */
static void test_web_head__waits_for_the_end(void **state)
{
    static const char TEXT[] = "GET / HTTP/1.1\r\n" HOST "\r\n";
    struct err e = ERR_INIT;
    size_t head = 0;

    (void)state;
    for (size_t n = 0; n < sizeof TEXT - 1; n++)
        assert_int_equal(web_head_whole(TEXT, n, &head, &e), 0);
    assert_int_equal(web_head_whole(TEXT, sizeof TEXT - 1, &head, &e), 1);
    assert_int_equal(head, sizeof TEXT - 1);
}

/* Each line is a request that is refused, as text with its length. */
#define BAD(code, text)                                                                \
    {                                                                                  \
        ERR_##code, text, sizeof text - 1                                              \
    }
static const struct {
    enum err_code code;
    const char *text;
    size_t len;
} REFUSED[] = {
    /* lines */
    BAD(WEB_REQUEST, "GET / HTTP/1.1\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\nHost: a\x1b[2J\r\n\r\n"),
    BAD(WEB_REQUEST, "\r\nGET / HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "\x16\x03\x01\x02\r\n\r\n"),
    /* request line */
    BAD(WEB_METHOD, "OPTIONS / HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_METHOD, "TRACE / HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_METHOD, "get / HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_METHOD, "PROPFIND / HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "G(T / HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, " GET / HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.0\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/2.0\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET  / HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1 \r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET\t/ HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET http://127.0.0.1:1/ HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET * HTTP/1.1\r\n" HOST "\r\n"),
    /* paths */
    BAD(WEB_REQUEST, "GET /../etc/passwd HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a/../b HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a/. HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /%2e%2e/x HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /.%2E/x HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a%2fb HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a%5Cb HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a\\b HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /index.html%00.png HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a%0d%0aX:y HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a%7f HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a%c0%af HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a%zz HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a%4 HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a% HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET //evil.example/ HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a//b HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a/ HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a#b HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /<script> HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a\xe1\xba\xa1 HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a?x=%00 HTTP/1.1\r\n" HOST "\r\n"),
    BAD(WEB_REQUEST, "GET /a?x=%ff HTTP/1.1\r\n" HOST "\r\n"),
    /* Host */
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST "Host: evil\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST "hOST: 127.0.0.1:1\r\n\r\n"),
    /* fields */
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST "X : a\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST "X: a\r\n\tb: c\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST "Cookie: a=1\r\nCookie: b=2\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST "Origin: a\r\nOrigin: b\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST "Upgrade: h2c\r\n\r\n"),
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST "Expect: 200-ok\r\n\r\n"),
    /* bodies */
    BAD(WEB_REQUEST, "GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n"),
    BAD(WEB_REQUEST, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n"
                     "Content-Length: 1\r\n\r\n"),
    BAD(WEB_REQUEST, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n"),
    BAD(WEB_REQUEST, "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n"),
    BAD(WEB_REQUEST, "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n"),
    BAD(WEB_REQUEST, "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n"),
    BAD(WEB_REQUEST, "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n"),
    BAD(WEB_REQUEST,
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n"),
    BAD(WEB_REQUEST, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"),
    BAD(WEB_REQUEST, "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n"),
    BAD(WEB_REQUEST, "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n"
                     "transfer-encoding: identity\r\n\r\n"),
    BAD(WEB_REQUEST, "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n"
                     "Content-Encoding: gzip\r\n\r\n"),
};

static void test_web_head__refuses_what_is_not_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(REFUSED); i++) {
        AUTO_HEAD struct web_head h = {.text = NULL};
        struct err e = ERR_INIT;

        if (parse(REFUSED[i].text, REFUSED[i].len, &h, &e) == 0)
            fail_msg("taken: %s", REFUSED[i].text);
        if (e.code != REFUSED[i].code)
            fail_msg("%s: %s", err_code_name(e.code), REFUSED[i].text);
        assert_null(h.text);
    }
}

static void add_many(struct str *s, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        str_add(s, text);
}

static void test_web_head__has_limits(void **state)
{
    AUTO_STR struct str s = STR_INIT(2 * WEB_HEAD_MAX);
    struct err e = ERR_INIT;
    size_t head = 0;

    (void)state;
    /* As many fields as are allowed, and one more. */
    for (size_t n = WEB_HEAD_FIELDS - 1; n <= WEB_HEAD_FIELDS; n++) {
        AUTO_HEAD struct web_head h = {.text = NULL};

        str_reset(&s);
        str_add(&s, "GET / HTTP/1.1\r\n" HOST);
        add_many(&s, "X: y\r\n", n);
        str_add(&s, "\r\n");
        err_clear(&e);
        assert_int_equal(parse(s.p, s.len, &h, &e), n < WEB_HEAD_FIELDS ? 0 : -1);
    }
    assert_int_equal(e.code, ERR_WEB_HEADERS);
    /* The longest address, and one byte more. */
    for (size_t n = WEB_HEAD_URI_MAX; n <= WEB_HEAD_URI_MAX + 1; n++) {
        AUTO_HEAD struct web_head h = {.text = NULL};

        str_reset(&s);
        str_add(&s, "GET /");
        add_many(&s, "a", n - 1);
        str_add(&s, " HTTP/1.1\r\n" HOST "\r\n");
        err_clear(&e);
        assert_int_equal(parse(s.p, s.len, &h, &e), n == WEB_HEAD_URI_MAX ? 0 : -1);
    }
    assert_int_equal(e.code, ERR_WEB_HEADERS);
    /* All bytes that may come, and still no end. */
    str_reset(&s);
    str_add(&s, "GET / HTTP/1.1\r\nX: ");
    add_many(&s, "a", WEB_HEAD_MAX - s.len - 1);
    assert_int_equal(web_head_whole(s.p, s.len, &head, &e), 0);
    str_add(&s, "a");
    unit_fails(web_head_whole(s.p, s.len, &head, &e), ERR_WEB_HEADERS, &e);
}

static void test_web_head__two_cookies_of_one_name_are_none(void **state)
{
    static const char TEXT[] =
        "GET / HTTP/1.1\r\n" HOST "Cookie: sohoa=aa; sohoa=bb\r\n\r\n";
    AUTO_HEAD struct web_head h = {.text = NULL};
    struct err e = ERR_INIT;
    char cookie[3];

    (void)state;
    unit_ok(parse(TEXT, sizeof TEXT - 1, &h, &e), &e);
    assert_false(web_head_cookie(&h, "sohoa", 2, cookie));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_head__reads_what_a_browser_sends),
        cmocka_unit_test(test_web_head__what_is_absent_is_empty),
        cmocka_unit_test(test_web_head__waits_for_the_end),
        cmocka_unit_test(test_web_head__refuses_what_is_not_well_formed),
        cmocka_unit_test(test_web_head__has_limits),
        cmocka_unit_test(test_web_head__two_cookies_of_one_name_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
