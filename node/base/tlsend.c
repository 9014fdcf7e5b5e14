/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/tlsend.h"

#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "node/base/err.h"
#include "node/base/mem.h"

#define SUITES_12                                                                      \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"                     \
    "ECDHE-ECDSA-AES128-GCM-SHA256"
#define SUITES_13                                                                      \
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
#define GROUPS   "X25519:P-256:P-384"
#define PROTOCOL "http/1.1"

struct tlsend {
    SSL_CTX *ctx;
    BIO_METHOD *io;
};

struct tlsend_conn {
    SSL *ssl;
};

static void ctx_auto(SSL_CTX **c)
{
    SSL_CTX_free(*c);
}

/* Browsers offer several; who offers none gets HTTP/1.1 too, who offers others only is
 * in the wrong place. */
static int choose(SSL *ssl, const unsigned char **out, unsigned char *len,
                  const unsigned char *in, unsigned in_len, void *arg)
{
    (void)ssl;
    (void)arg;
    for (unsigned i = 0; i + in[i] < in_len; i += in[i] + 1U)
        if (in[i] == strlen(PROTOCOL) && memcmp(in + i + 1, PROTOCOL, in[i]) == 0) {
            *out = in + i + 1;
            *len = in[i];
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool set_rules(SSL_CTX *c)
{
    (void)SSL_CTX_set_options(
        c, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    (void)SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(c, choose, NULL);
    return SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(c, SUITES_12) == 1 &&
           SSL_CTX_set_ciphersuites(c, SUITES_13) == 1 &&
           SSL_CTX_set1_groups_list(c, GROUPS) == 1 &&
           SSL_CTX_set_num_tickets(c, 0) == 1;
}

/* ---- the socket -------------------------------------------------------------------
 *
 * The library's own way with sockets asks the kernel for TLS of its own, which a locked
 * process may not.
 */

static int io_result(BIO *b, ssize_t n, int again)
{
    BIO_clear_retry_flags(b);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_flags(b, again | BIO_FLAGS_SHOULD_RETRY);
    return (int)n;
}

static int io_fd(BIO *b)
{
    return (int)(intptr_t)BIO_get_data(b);
}

static int io_read(BIO *b, char *to, int room)
{
    ssize_t n = recv(io_fd(b), to, (size_t)room, MSG_DONTWAIT);

    if (n == 0)
        BIO_set_flags(b, BIO_FLAGS_IN_EOF);
    return io_result(b, n, BIO_FLAGS_READ);
}

static int io_write(BIO *b, const char *from, int len)
{
    return io_result(b, send(io_fd(b), from, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL),
                     BIO_FLAGS_WRITE);
}

static long io_ctrl(BIO *b, int what, long num, void *ptr)
{
    (void)num;
    (void)ptr;
    if (what == BIO_CTRL_EOF)
        return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
    return what == BIO_CTRL_FLUSH; /* nothing is kept back */
}

static BIO_METHOD *io_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");

    if (m && BIO_meth_set_read(m, io_read) == 1 &&
        BIO_meth_set_write(m, io_write) == 1 && BIO_meth_set_ctrl(m, io_ctrl) == 1)
        return m;
    BIO_meth_free(m);
    return NULL;
}

static BIO *io_new(const struct tlsend *t, int fd)
{
    BIO *b = t->io ? BIO_new(t->io) : NULL;

    if (b) {
        BIO_set_data(b, (void *)(intptr_t)fd);
        BIO_set_init(b, 1);
    }
    return b;
}

/* ---- life -------------------------------------------------------------------------
 */

struct tlsend *tlsend_new(const char *key_path, const char *cert_path, struct err *e)
{
    AUTO(ctx_auto) SSL_CTX *c = NULL;
    struct tlsend *t = NULL;
    char why[160];

    /* The machine's own configuration of the library changes nothing here. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1)
        c = SSL_CTX_new(TLS_server_method());
    if (!c || !set_rules(c) ||
        SSL_CTX_use_certificate_file(c, cert_path, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(c, key_path, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(c) != 1) {
        ERR_error_string_n(ERR_peek_error(), why, sizeof why);
        ERR_clear_error();
        (void)err_set(e, ERR_KEY, "%s", cert_path);
        (void)err_detail(e, "%s", why);
        return NULL;
    }
    t = mem_new(1, sizeof *t);
    t->ctx = TAKE(c);
    t->io = io_method();
    return t;
}

void tlsend_free(struct tlsend *t)
{
    if (!t)
        return;
    SSL_CTX_free(t->ctx);
    BIO_meth_free(t->io);
    mem_free(t);
}

struct tlsend_conn *tlsend_open(struct tlsend *t, int fd)
{
    SSL *ssl = SSL_new(t->ctx);
    BIO *bio = io_new(t, fd);
    struct tlsend_conn *c = NULL;

    if (!ssl || !bio) {
        SSL_free(ssl);
        (void)BIO_free(bio);
        return NULL;
    }
    SSL_set_bio(ssl, bio, bio); /* its own from now on */
    SSL_set_accept_state(ssl);
    c = mem_new(1, sizeof *c);
    c->ssl = ssl;
    return c;
}

void tlsend_close(struct tlsend_conn *c)
{
    if (c)
        SSL_free(c->ssl);
    mem_free(c);
}

/* What a call that returned @rc wants. */
static int wish(struct tlsend_conn *c, int rc)
{
    int why = SSL_get_error(c->ssl, rc);

    ERR_clear_error();
    switch (why) {
    case SSL_ERROR_WANT_READ:
        return TLSEND_READABLE;
    case SSL_ERROR_WANT_WRITE:
        return TLSEND_WRITABLE;
    case SSL_ERROR_ZERO_RETURN:
        return TLSEND_OVER;
    default:
        return TLSEND_CANNOT;
    }
}

static int bounded(size_t len)
{
    return len > INT_MAX ? INT_MAX : (int)len;
}

int tlsend_greet(struct tlsend_conn *c)
{
    int rc = SSL_do_handshake(c->ssl);

    return rc == 1 ? 1 : wish(c, rc);
}

ssize_t tlsend_read(struct tlsend_conn *c, void *to, size_t room)
{
    int rc = SSL_read(c->ssl, to, bounded(room));

    return rc > 0 ? rc : wish(c, rc);
}

ssize_t tlsend_write(struct tlsend_conn *c, const void *from, size_t len)
{
    int rc = SSL_write(c->ssl, from, bounded(len));

    return rc > 0 ? rc : wish(c, rc);
}

int tlsend_bye(struct tlsend_conn *c)
{
    int rc = SSL_shutdown(c->ssl);

    return rc >= 0 ? 1
                   : wish(c, rc); /* what the other end says to it is not waited for */
}
