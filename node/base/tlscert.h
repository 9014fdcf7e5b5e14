/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_TLSCERT_H
#define SOHOA_BASE_TLSCERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/tlspin.h"

struct err;

/*
 * A TLS server's own certificate: signed by itself, believed because people compared
 * its fingerprint once. Key: ECDSA over P-256, what every browser of the last ten
 * years takes. The certificate may be made again for other names; its key, and with it
 * the pin (tlspin.h), stays.
 */
#define TLSCERT_YEARS     15
#define TLSCERT_NAMES_MAX 24
#define TLSCERT_NAME_MAX  64 /* bytes of a host name or an address, and NUL */
#define TLSCERT_HEX       65 /* SHA-256 in lower-case hex, and NUL */
#define TLSCERT_FILE_MAX  ((size_t)16384)

struct tlscert {
    char fingerprint[TLSCERT_HEX]; /* SHA-256 of the certificate, as browsers show it */
    char pin[TLSPIN_MAX];          /* of its key */
    int64_t until;                 /* seconds UTC */
    size_t count;
    char names[TLSCERT_NAMES_MAX][TLSCERT_NAME_MAX]; /* host names, IP addresses */
};

/** tlscert_name_good - an IP address, or a host name of a-z, 0-9, "-", ".". */
bool tlscert_name_good(const char *name);

/** tlscert_has - whether the certificate is for this name. */
bool tlscert_has(const struct tlscert *c, const char *name);

/**
 * tlscert_make - a certificate, and a key when there is none.
 * @key_path:  read when it is there and @new_key is false, else written, 0600.
 * @cert_path: written after the key, atomically.
 * @who:       common name. @names: @count of them, each tlscert_name_good().
 * It is valid from long ago, so that a clock that is wrong does not lock people out.
 * Return: 0, or -1 and @e: ERR_KEY (the key file is none), ERR_LIMIT, disk errors.
 */
MUST_CHECK int tlscert_make(const char *key_path, const char *cert_path,
                            const char *who, char (*names)[TLSCERT_NAME_MAX],
                            size_t count, bool new_key, struct err *e);

/** tlscert_read - what the first certificate of a PEM file says. ERR_KEY: it is none;
 * ERR_NOT_FOUND. */
MUST_CHECK int tlscert_read(const char *cert_path, struct tlscert *out, struct err *e);

/** tlscert_fits - whether the key file belongs to the certificate. Return: false also
 * when one of them cannot be read. */
bool tlscert_fits(const char *key_path, const char *cert_path);

/** tlscert_grouped - a fingerprint as people compare it: "ab12 cd34 …", 16 groups. */
#define TLSCERT_GROUPED (TLSCERT_HEX + 16)
void tlscert_grouped(const char *hex, char out[TLSCERT_GROUPED]);

#endif
