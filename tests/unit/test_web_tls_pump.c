/* SPDX-License-Identifier: Apache-2.0 */
/* The pump between a client of OpenSSL and a socketpair, all in one process: time is
 * what the test says it is. */
#include "node/web/web_tls_pump.h"

#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/tlscert.h"
#include "node/base/tlsend.h"
#include "tests/unit/unit.h"

#define STEPS   400
#define LARGE   ((size_t)3 << 20)
#define REQUEST "GET / HTTP/1.1\r\n\r\n"

struct side {
    struct tlsend *end;
    struct web_tls_pump *pump;
    int64_t now;
};

struct visit {
    int wire;  /* the client's */
    int plain; /* serve's */
    SSL_CTX *ctx;
    SSL *ssl;
};

static struct side begin(const char *dir)
{
    AUTO_MEM char *key = fs_path(dir, "tls.key");
    AUTO_MEM char *pem = fs_path(dir, "tls.pem");
    char names[1][TLSCERT_NAME_MAX] = {"here"};
    struct err e = ERR_INIT;
    struct side s = {.now = 1000};

    unit_ok(tlscert_make(key, pem, "test", names, 1, false, &e), &e);
    s.end = tlsend_new(key, pem, &e);
    assert_non_null(s.end);
    s.pump = web_tls_pump_new(s.end);
    return s;
}

static void finish(struct side *s)
{
    web_tls_pump_free(s->pump);
    tlsend_free(s->end);
}

static void turn(struct side *s)
{
    struct pollfd fds[WEB_TLS_PUMP_FDS];
    size_t n = web_tls_pump_fds(s->pump, fds);

    assert_true(poll(fds, n, 0) >= 0);
    web_tls_pump_turn(s->pump, fds, s->now);
}

static struct visit come(struct side *s)
{
    int type = SOCK_STREAM | SOCK_NONBLOCK;
    int wire[2], plain[2];

    assert_int_equal(socketpair(AF_UNIX, type, 0, wire), 0);
    assert_int_equal(socketpair(AF_UNIX, type, 0, plain), 0);
    web_tls_pump_add(s->pump, wire[1], plain[1], s->now);
    return (struct visit){.wire = wire[0], .plain = plain[0]};
}

static void leave(struct visit *v)
{
    SSL_free(v->ssl);
    SSL_CTX_free(v->ctx);
    fs_fd_auto(&v->wire);
    fs_fd_auto(&v->plain);
}

/* Return: whether the handshake is done within STEPS. @version: the only one offered;
 * @suites: of TLS 1.2, NULL: the usual ones. */
static bool greet(struct side *s, struct visit *v, int version, const char *suites)
{
    v->ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(v->ctx, 0);
    assert_int_equal(SSL_CTX_set_min_proto_version(v->ctx, version), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(v->ctx, version), 1);
    if (suites)
        assert_int_equal(SSL_CTX_set_cipher_list(v->ctx, suites), 1);
    v->ssl = SSL_new(v->ctx);
    assert_int_equal(SSL_set_fd(v->ssl, v->wire), 1);
    for (int i = 0; i < STEPS; i++) {
        int rc = SSL_connect(v->ssl);

        if (rc == 1) {
            turn(s);
            return true;
        }
        rc = SSL_get_error(v->ssl, rc);
        if (rc != SSL_ERROR_WANT_READ && rc != SSL_ERROR_WANT_WRITE)
            return false;
        turn(s);
    }
    return false;
}

static void test_web_tls_pump__bytes_go_both_ways(void **state)
{
    static const int VERSIONS[] = {TLS1_3_VERSION, TLS1_2_VERSION};
    struct side s = begin(*state);

    for (size_t i = 0; i < ARRAY_LEN(VERSIONS); i++) {
        struct visit v = come(&s);
        char got[64] = "";

        assert_true(greet(&s, &v, VERSIONS[i], NULL));
        assert_int_equal(SSL_write(v.ssl, REQUEST, strlen(REQUEST)), strlen(REQUEST));
        turn(&s);
        turn(&s);
        assert_int_equal(recv(v.plain, got, sizeof got, MSG_PEEK), strlen(REQUEST));
        assert_string_equal(got, REQUEST);
        assert_int_equal(send(v.plain, "answer", 6, 0), 6);
        turn(&s);
        assert_int_equal(SSL_read(v.ssl, got, sizeof got), 6);
        assert_memory_equal(got, "answer", 6);
        leave(&v);
        turn(&s);
        turn(&s);
    }
    assert_int_equal(web_tls_pump_count(s.pump), 0);
    finish(&s);
}

/* All of an answer arrives after serve has closed, however slowly it is read. */
static void test_web_tls_pump__an_answer_comes_whole(void **state)
{
    AUTO_MEM char *data = mem_new(LARGE, 1);
    struct side s = begin(*state);
    struct visit v = come(&s);
    size_t sent = 0, got = 0;
    int why = 0;

    for (size_t i = 0; i < LARGE; i++)
        data[i] = (char)(i * 31 + i / 251);
    assert_true(greet(&s, &v, TLS1_3_VERSION, NULL));
    while (why == 0) {
        char piece[5000];
        ssize_t n = sent < LARGE ? send(v.plain, data + sent, LARGE - sent, 0) : 0;
        int rc = 0;

        if (n > 0)
            sent += (size_t)n;
        if (sent == LARGE)
            fs_fd_auto(&v.plain);
        turn(&s);
        rc = SSL_read(v.ssl, piece, sizeof piece);
        if (rc > 0) {
            assert_memory_equal(piece, data + got, (size_t)rc);
            got += (size_t)rc;
        } else if (SSL_get_error(v.ssl, rc) != SSL_ERROR_WANT_READ) {
            why = SSL_get_error(v.ssl, rc);
        }
    }
    assert_int_equal(why, SSL_ERROR_ZERO_RETURN); /* a goodbye, not a cut */
    assert_int_equal(got, LARGE);
    leave(&v);
    turn(&s);
    assert_int_equal(web_tls_pump_count(s.pump), 0);
    finish(&s);
}

static void test_web_tls_pump__old_and_weak_is_refused(void **state)
{
    static const struct {
        int version;
        const char *suites;
    } BAD[] = {{TLS1_1_VERSION, NULL},
               {TLS1_VERSION, NULL},
               {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"},
               {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384"},
               {TLS1_2_VERSION, "AES128-GCM-SHA256"}};
    struct side s = begin(*state);

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        struct visit v = come(&s);
        char byte = 0;

        if (greet(&s, &v, BAD[i].version, BAD[i].suites))
            fail_msg("row %zu", i);
        turn(&s);
        assert_int_equal(recv(v.plain, &byte, 1, 0), 0); /* serve is told nothing */
        leave(&v);
    }
    turn(&s);
    assert_int_equal(web_tls_pump_count(s.pump), 0);
    finish(&s);
}

static void test_web_tls_pump__plain_http_gets_words_alone(void **state)
{
    struct side s = begin(*state);
    struct visit v = come(&s);
    char got[1024] = "";
    char byte = 0;

    assert_int_equal(send(v.wire, REQUEST, strlen(REQUEST), 0), strlen(REQUEST));
    turn(&s);
    assert_true(recv(v.wire, got, sizeof got - 1, 0) > 0);
    assert_true(str_starts(got, "HTTP/1.1 400 Bad Request\r\n"));
    assert_non_null(strstr(got, "https://"));
    assert_int_equal(recv(v.plain, &byte, 1, 0), -1); /* nothing of it reaches serve */
    fs_fd_auto(&v.wire);
    turn(&s);
    assert_int_equal(recv(v.plain, &byte, 1, 0), 0);
    assert_int_equal(web_tls_pump_count(s.pump), 0);
    leave(&v);
    finish(&s);
}

static void test_web_tls_pump__half_a_handshake_ends(void **state)
{
    struct side s = begin(*state);
    struct visit mute = come(&s);
    struct visit half = come(&s);
    struct visit junk = come(&s);

    assert_int_equal(send(half.wire, "\x16\x03\x01\x02\x00\x01", 6, 0), 6);
    assert_int_equal(send(junk.wire, "\x00\x01\x02\x03\x04\x05\x06\x07", 8, 0), 8);
    turn(&s);
    assert_int_equal(web_tls_pump_count(s.pump), 2); /* nonsense goes at once */
    s.now += WEB_TLS_PUMP_GREET_MS;
    turn(&s);
    assert_int_equal(web_tls_pump_count(s.pump), 2);
    s.now += 1;
    turn(&s);
    assert_int_equal(web_tls_pump_count(s.pump), 0);
    leave(&mute);
    leave(&half);
    leave(&junk);
    finish(&s);
}

static void test_web_tls_pump__serve_ends_a_handshake(void **state)
{
    struct side s = begin(*state);
    struct visit v = come(&s);

    fs_fd_auto(&v.plain);
    turn(&s);
    assert_int_equal(web_tls_pump_count(s.pump), 0);
    leave(&v);
    finish(&s);
}

/* serve has finished; the other end reads nothing any more. */
static void test_web_tls_pump__who_does_not_read_is_left(void **state)
{
    AUTO_MEM char *data = mem_new(LARGE, 1);
    struct side s = begin(*state);
    struct visit v = come(&s);

    assert_true(greet(&s, &v, TLS1_3_VERSION, NULL));
    for (int i = 0; i < STEPS; i++) {
        (void)send(v.plain, data, LARGE, 0);
        turn(&s);
    }
    fs_fd_auto(&v.plain);
    turn(&s);
    assert_int_equal(web_tls_pump_count(s.pump), 1);
    s.now += WEB_TLS_PUMP_FLOOR_MS;
    turn(&s);
    assert_int_equal(web_tls_pump_count(s.pump), 1);
    s.now += 1;
    turn(&s);
    assert_int_equal(web_tls_pump_count(s.pump), 0);
    leave(&v);
    finish(&s);
}

static void test_web_tls_pump__a_full_table_gives_up_the_oldest_silent_one(void **state)
{
    struct side s = begin(*state);
    struct visit first = come(&s);
    struct visit more[WEB_TLS_PUMP_MAX];
    struct visit last;
    char byte = 0;

    assert_true(greet(&s, &first, TLS1_3_VERSION, NULL)); /* at work: it stays */
    for (size_t i = 0; i + 1 < WEB_TLS_PUMP_MAX; i++) {
        s.now++;
        more[i] = come(&s);
    }
    assert_int_equal(web_tls_pump_count(s.pump), WEB_TLS_PUMP_MAX);
    last = come(&s);
    assert_int_equal(web_tls_pump_count(s.pump), WEB_TLS_PUMP_MAX);
    assert_int_equal(recv(more[0].wire, &byte, 1, 0), 0);
    assert_int_equal(recv(more[1].wire, &byte, 1, 0), -1);
    assert_true(greet(&s, &last, TLS1_3_VERSION, NULL));
    assert_int_equal(SSL_write(first.ssl, "x", 1), 1);
    turn(&s);
    turn(&s);
    assert_int_equal(recv(first.plain, &byte, 1, 0), 1);
    for (size_t i = 0; i + 1 < WEB_TLS_PUMP_MAX; i++)
        leave(&more[i]);
    leave(&first);
    leave(&last);
    finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_web_tls_pump__bytes_go_both_ways),
        unit_case(test_web_tls_pump__an_answer_comes_whole),
        unit_case(test_web_tls_pump__old_and_weak_is_refused),
        unit_case(test_web_tls_pump__plain_http_gets_words_alone),
        unit_case(test_web_tls_pump__half_a_handshake_ends),
        unit_case(test_web_tls_pump__serve_ends_a_handshake),
        unit_case(test_web_tls_pump__who_does_not_read_is_left),
        unit_case(test_web_tls_pump__a_full_table_gives_up_the_oldest_silent_one),
    };

    (void)signal(SIGPIPE, SIG_IGN); /* as workers have it */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
