/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tests/unit/unit.h"

static void test_web_listen__the_loopback_alone_is_plain(void **state)
{
    static const char *const BAD[] = {"",
                                      "127.0.0.1",
                                      ":8420",
                                      "0.0.0.0:0",
                                      "127.0.0.2:0",
                                      "192.168.1.5:0",
                                      "[::]:0",
                                      "[fd00::5]:0",
                                      "[::1]",
                                      "::1:0",
                                      "example.org:0",
                                      "127.0.0.1:x",
                                      "127.0.0.1:-1",
                                      "127.0.0.1:65536",
                                      "[::1]x:0",
                                      "all:0"};
    static const char *const GOOD[] = {"127.0.0.1:0", "localhost:0"};
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        AUTO_FD int fd = -1;
        int port = 0;

        err_clear(&e);
        if (web_listen_plain(BAD[i], &fd, &port, &e) == 0)
            fail_msg("%s", BAD[i]);
        assert_int_equal(e.code, ERR_WEB_ADDRESS);
    }
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
        AUTO_FD int fd = -1;
        AUTO_FD int second = -1;
        AUTO_MEM char *same = NULL;
        int port = 0;
        int other = 0;

        unit_ok(web_listen_plain(GOOD[i], &fd, &port, &e), &e);
        assert_true(port > 0);
        same = mem_printf("127.0.0.1:%d", port);
        unit_fails(web_listen_plain(same, &second, &other, &e), ERR_WEB_PORT, &e);
    }
}

static void test_web_listen__others_come_in_where_it_is_said(void **state)
{
    static const struct {
        const char *text, *address; /* NULL: refused */
    } ALL[] = {{"all", ""},
               {"all:9000", ""},
               {"0.0.0.0", ""},
               {"[::]:443", ""},
               {"192.168.1.5", "192.168.1.5"},
               {"192.168.1.5:443", "192.168.1.5"},
               {"[fd00::5]", "fd00::5"},
               {"[fd00::5]:9000", "fd00::5"},
               {"", NULL},
               {"fd00::5", NULL},
               {"example.org:443", NULL},
               {"192.168.1.5:", NULL},
               {"192.168.1.5:70000", NULL},
               {"192.168.1.500", NULL},
               {"[fd00::5", NULL}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ALL); i++) {
        char out[WEB_LISTEN_HOST_MAX];
        struct err e = ERR_INIT;
        int rc = web_listen_address(ALL[i].text, out, &e);

        if ((rc == 0) != (ALL[i].address != NULL))
            fail_msg("%s", ALL[i].text);
        if (rc == 0)
            assert_string_equal(out, ALL[i].address);
        else
            assert_int_equal(e.code, ERR_WEB_LAN);
    }
}

static void
test_web_listen__an_address_of_another_computer_is_no_taken_port(void **state)
{
    static const struct {
        const char *text;
        enum err_code code;
    } ALL[] = {{"192.0.2.7:0", ERR_WEB_LAN}, /* of examples: nobody's */
               {"[2001:db8::7]:0", ERR_WEB_LAN},
               {"127.0.0.1:0", ERR_NONE},
               {"0.0.0.0:0", ERR_NONE}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ALL); i++) {
        AUTO_FD int fd = -1;
        struct err e = ERR_INIT;
        int port = 0;

        if (ALL[i].code == ERR_NONE)
            unit_ok(web_listen_lan(ALL[i].text, &fd, &port, &e), &e);
        else
            unit_fails(web_listen_lan(ALL[i].text, &fd, &port, &e), ALL[i].code, &e);
    }
}

static void test_web_listen__as_a_browser_says_it(void **state)
{
    struct sockaddr_storage a = {0};
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a;
    char out[WEB_LISTEN_HOST_MAX];

    (void)state;
    web_listen_host("10.0.0.1", 8443, 443, out);
    assert_string_equal(out, "10.0.0.1:8443");
    web_listen_host("10.0.0.1", 443, 443, out);
    assert_string_equal(out, "10.0.0.1");
    web_listen_host("fd00::5", 443, 443, out);
    assert_string_equal(out, "[fd00::5]");
    web_listen_host("fd00::5", 80, 443, out);
    assert_string_equal(out, "[fd00::5]:80");
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(7);
    assert_int_equal(inet_pton(AF_INET6, "::ffff:10.1.2.3", &v6->sin6_addr), 1);
    web_listen_text(&a, out, sizeof out);
    assert_string_equal(out, "10.1.2.3");
    assert_int_equal(web_listen_port(&a), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_listen__the_loopback_alone_is_plain),
        cmocka_unit_test(test_web_listen__others_come_in_where_it_is_said),
        cmocka_unit_test(
            test_web_listen__an_address_of_another_computer_is_no_taken_port),
        cmocka_unit_test(test_web_listen__as_a_browser_says_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
