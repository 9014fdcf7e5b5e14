/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_TLSPIN_H
#define SOHOA_BASE_TLSPIN_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"

struct err;

/*
 * Who a TLS server is: the SHA-256 of its public key (SubjectPublicKeyInfo), as RFC
 * 7469 pins it. It stands where the host key of an ssh server would stand, as a line
 * of the same form:
 *
 *      tls-sha256 <44 characters of base64>
 *
 * No certificate authority is asked. A certificate may be renewed at will as long as
 * its key stays; before the key changes the line of the next one is given out as well.
 */
#define TLSPIN_KIND "tls-sha256"
#define TLSPIN_MAX  64 /* of such a line and its NUL */

/**
 * tlspin_of_certificate - the line for the first certificate of a PEM text.
 * Without this program: openssl x509 -pubkey -noout | openssl pkey -pubin -outform der
 * | openssl dgst -sha256 -binary | base64. ERR_KEY: it is none.
 */
MUST_CHECK int tlspin_of_certificate(const char *pem, size_t len, char out[TLSPIN_MAX],
                                     struct err *e);

/** tlspin_is - whether @line is such a line. */
bool tlspin_is(const char *line);

/** tlspin_value - the base64 of such a line. view into @line. */
const char *tlspin_value(const char *line);

#endif
