/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/tlscert.h"

#include <arpa/inet.h>
#include <assert.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/str.h"

#define SERIAL_BITS 127
#define YEAR_S      (INT64_C(365) * 86400)
#define FROM_S      INT64_C(1735689600) /* 2025-01-01: no clock of today is before it */
#define X509_V3     2
#define GROUP       4
#define V4_BYTES    4
#define V6_BYTES    16

static void bio_auto(BIO **b)
{
    (void)BIO_free(*b);
}

static void x509_auto(X509 **c)
{
    X509_free(*c);
}

static void pkey_auto(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}

static void names_auto(GENERAL_NAMES **n)
{
    GENERAL_NAMES_free(*n);
}

/* The library keeps reasons in a queue of the thread: one is enough to know. */
static int library_error(struct err *e, const char *what)
{
    char why[160];

    ERR_error_string_n(ERR_peek_error(), why, sizeof why);
    ERR_clear_error();
    (void)err_set(e, ERR_KEY, "%s", what);
    return err_detail(e, "%s", why);
}

/* ---- names ------------------------------------------------------------------------
 */

static bool is_address(const char *name)
{
    unsigned char raw[V6_BYTES];

    return inet_pton(AF_INET, name, raw) == 1 || inet_pton(AF_INET6, name, raw) == 1;
}

bool tlscert_name_good(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len >= TLSCERT_NAME_MAX)
        return false;
    return is_address(name) ||
           (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == len &&
            name[0] != '-' && name[0] != '.' && !strstr(name, ".."));
}

bool tlscert_has(const struct tlscert *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->names[i], name) == 0)
            return true;
    return false;
}

void tlscert_grouped(const char *hex, char out[TLSCERT_GROUPED])
{
    size_t at = 0;

    for (size_t i = 0; hex[i] && at + 2 < TLSCERT_GROUPED; i++) {
        if (i > 0 && i % GROUP == 0)
            out[at++] = ' ';
        out[at++] = hex[i];
    }
    out[at] = '\0';
}

/* ---- the key ----------------------------------------------------------------------
 */

static int read_text(const char *path, struct str *out, struct err *e)
{
    if (fs_read_file(path, out, e) < 0)
        return -1;
    return out->len <= INT_MAX ? 0 : err_set(e, ERR_LIMIT, "%s", path);
}

static int read_key(const char *path, EVP_PKEY **out, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(TLSCERT_FILE_MAX);
    AUTO(bio_auto) BIO *bio = NULL;

    if (read_text(path, &text, e) < 0)
        return -1;
    bio = BIO_new_mem_buf(str_text(&text), (int)text.len);
    *out = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    if (text.p)
        mem_wipe(text.p, text.len);
    return *out ? 0 : library_error(e, path);
}

static int write_key(const char *path, EVP_PKEY *key, struct err *e)
{
    AUTO(bio_auto) BIO *bio = BIO_new(BIO_s_secmem());
    char *text = NULL;
    long len = 0;

    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
        return library_error(e, path);
    len = BIO_get_mem_data(bio, &text);
    return fs_write_file(path, text, (size_t)len, e);
}

static int take_key(const char *path, bool new_key, EVP_PKEY **out, struct err *e)
{
    if (!new_key && fs_exists(path))
        return read_key(path, out, e);
    *out = EVP_EC_gen("P-256");
    return *out ? write_key(path, *out, e) : library_error(e, path);
}

/* ---- the certificate --------------------------------------------------------------
 */

static bool set_serial(X509 *cert)
{
    BIGNUM *n = BN_new();
    bool ok = n && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;

    BN_free(n);
    return ok;
}

static bool set_times(X509 *cert)
{
    int64_t now = clock_now() > FROM_S ? clock_now() : FROM_S;

    return ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)FROM_S) &&
           ASN1_TIME_set(X509_getm_notAfter(cert),
                         (time_t)(now + TLSCERT_YEARS * YEAR_S));
}

static bool set_name(X509 *cert, const char *who)
{
    X509_NAME *name = X509_get_subject_name(cert); /* the certificate's own */

    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                      (const unsigned char *)who, -1, -1, 0) == 1 &&
           X509_set_issuer_name(cert, name) == 1;
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool ok = x && X509_add_ext(cert, x, -1) == 1;

    X509_EXTENSION_free(x);
    return ok;
}

/* "DNS:hoa-phu,IP:192.168.1.5" of names that tlscert_name_good() has seen. */
static bool add_names(X509 *cert, char (*names)[TLSCERT_NAME_MAX], size_t count)
{
    AUTO_STR struct str text = STR_INIT(STR_PATH_MAX);

    for (size_t i = 0; i < count; i++) {
        assert(tlscert_name_good(names[i]));
        str_addf(&text, "%s%s:%s", i ? "," : "", is_address(names[i]) ? "IP" : "DNS",
                 names[i]);
    }
    return add_extension(cert, NID_subject_alt_name, str_text(&text));
}

static X509 *build(EVP_PKEY *key, const char *who, char (*names)[TLSCERT_NAME_MAX],
                   size_t count)
{
    AUTO(x509_auto) X509 *cert = X509_new();

    if (!cert || X509_set_version(cert, X509_V3) != 1 || !set_serial(cert) ||
        !set_times(cert) || !set_name(cert, who) || X509_set_pubkey(cert, key) != 1 ||
        !add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(cert, NID_key_usage, "critical,digitalSignature") ||
        !add_extension(cert, NID_ext_key_usage, "serverAuth") ||
        (count > 0 && !add_names(cert, names, count)) ||
        X509_sign(cert, key, EVP_sha256()) <= 0)
        return NULL;
    return TAKE(cert);
}

int tlscert_make(const char *key_path, const char *cert_path, const char *who,
                 char (*names)[TLSCERT_NAME_MAX], size_t count, bool new_key,
                 struct err *e)
{
    AUTO(bio_auto) BIO *bio = NULL;
    AUTO(pkey_auto) EVP_PKEY *key = NULL;
    AUTO(x509_auto) X509 *cert = NULL;
    char *text = NULL;
    long len = 0;

    if (count > TLSCERT_NAMES_MAX)
        return err_set(e, ERR_LIMIT, "%zu", count);
    if (take_key(key_path, new_key, &key, e) < 0)
        return -1;
    cert = build(key, who, names, count);
    bio = BIO_new(BIO_s_mem());
    if (!cert || !bio || PEM_write_bio_X509(bio, cert) != 1)
        return library_error(e, cert_path);
    len = BIO_get_mem_data(bio, &text);
    return fs_write_file(cert_path, text, (size_t)len, e);
}

/* ---- reading ----------------------------------------------------------------------
 */

static X509 *parse(const char *text, size_t len)
{
    AUTO(bio_auto) BIO *bio = BIO_new_mem_buf(text, (int)len);

    return bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
}

static void take_name(const GENERAL_NAME *g, struct tlscert *out)
{
    char *to = out->names[out->count];
    const ASN1_STRING *s = g->type == GEN_DNS ? g->d.dNSName : g->d.iPAddress;
    const unsigned char *raw = ASN1_STRING_get0_data(s);
    int len = ASN1_STRING_length(s);

    if (g->type == GEN_DNS)
        (void)snprintf(to, TLSCERT_NAME_MAX, "%.*s", len, (const char *)raw);
    else if (!inet_ntop(len == V4_BYTES ? AF_INET : AF_INET6, raw, to,
                        TLSCERT_NAME_MAX))
        return;
    if (tlscert_name_good(to))
        out->count++;
}

static void take_names(X509 *cert, struct tlscert *out)
{
    AUTO(names_auto)
    GENERAL_NAMES *all = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

    for (int i = 0; i < sk_GENERAL_NAME_num(all) && out->count < TLSCERT_NAMES_MAX;
         i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);

        if (g->type == GEN_DNS ||
            (g->type == GEN_IPADD && (ASN1_STRING_length(g->d.iPAddress) == V4_BYTES ||
                                      ASN1_STRING_length(g->d.iPAddress) == V6_BYTES)))
            take_name(g, out);
    }
}

static bool take_facts(X509 *cert, struct tlscert *out)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct tm tm;

    if (X509_digest(cert, EVP_sha256(), raw, &len) != 1 || len != HASH_LEN ||
        ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
        return false;
    hash_hex(raw, len, out->fingerprint);
    out->until = timegm(&tm);
    take_names(cert, out);
    return true;
}

int tlscert_read(const char *cert_path, struct tlscert *out, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(TLSCERT_FILE_MAX);
    AUTO(x509_auto) X509 *cert = NULL;
    struct tlscert facts = {.until = 0};

    if (read_text(cert_path, &text, e) < 0 ||
        tlspin_of_certificate(str_text(&text), text.len, facts.pin, e) < 0)
        return -1;
    cert = parse(str_text(&text), text.len);
    if (!cert || !take_facts(cert, &facts))
        return library_error(e, cert_path);
    *out = facts;
    return 0;
}

bool tlscert_fits(const char *key_path, const char *cert_path)
{
    AUTO_STR struct str text = STR_INIT(TLSCERT_FILE_MAX);
    AUTO(pkey_auto) EVP_PKEY *key = NULL;
    AUTO(x509_auto) X509 *cert = NULL;
    struct err e = ERR_INIT; /* only whether it fits is asked */
    bool fits = false;

    if (read_key(key_path, &key, &e) < 0 || read_text(cert_path, &text, &e) < 0)
        return false;
    cert = parse(str_text(&text), text.len);
    fits = cert && X509_check_private_key(cert, key) == 1;
    ERR_clear_error();
    return fits;
}
