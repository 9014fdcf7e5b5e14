/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/tlspin.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/hash.h"
#include "node/base/str.h"

#define BASE64_LEN 44 /* of 32 bytes */

static void bio_auto(BIO **b)
{
    (void)BIO_free(*b);
}

static void x509_auto(X509 **c)
{
    X509_free(*c);
}

/* Its public key as it stands in the certificate. owned, OPENSSL_free(). */
static int public_key(const char *pem, size_t len, unsigned char **der)
{
    AUTO(bio_auto) BIO *bio = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
    AUTO(x509_auto)
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

    ERR_clear_error();
    return cert ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), der) : -1;
}

int tlspin_of_certificate(const char *pem, size_t len, char out[TLSPIN_MAX],
                          struct err *e)
{
    unsigned char raw[HASH_LEN], text[BASE64_LEN + 1];
    unsigned char *der = NULL;
    int n = public_key(pem, len, &der);

    if (n <= 0)
        return err_set(e, ERR_KEY, "%s", "certificate");
    hash_bytes_raw(der, (size_t)n, raw);
    OPENSSL_free(der);
    (void)EVP_EncodeBlock(text, raw, sizeof raw);
    (void)snprintf(out, TLSPIN_MAX, TLSPIN_KIND " %s", (const char *)text);
    return 0;
}

const char *tlspin_value(const char *line)
{
    return line + strlen(TLSPIN_KIND " ");
}

bool tlspin_is(const char *line)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *p;

    if (!str_starts(line, TLSPIN_KIND " "))
        return false;
    p = tlspin_value(line);
    return strspn(p, digits) == BASE64_LEN - 1 && strcmp(p + BASE64_LEN - 1, "=") == 0;
}
