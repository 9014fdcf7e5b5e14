/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_CERT_H
#define SOHOA_FLOW_FLOW_CERT_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/tlscert.h"
#include "node/flow/flow.h"

/*
 * The node's own long-lived certificate, by which `sohoa serve --lan` is reached from
 * other computers and phones of the office. Made once; people compare its fingerprint
 * once. It names this computer and its IPv4 addresses, and of IPv6 what it was told;
 * when one is new, it is made again with the same key. One that is gone stays in it.
 *
 *   HOME/keys/tls.key   its key, read by the process that ends TLS and by nobody else
 *   HOME/keys/tls.pem   the certificate
 */
#define FLOW_CERT_KEY "keys/tls.key"
#define FLOW_CERT_PEM "keys/tls.pem"

/** flow_cert_names - what this computer is called now: host name, host name.local, its
 * IPv4 addresses that others reach. Return: how many. */
size_t flow_cert_names(char (*names)[TLSCERT_NAME_MAX], size_t max);

/**
 * flow_cert_ensure - there is a certificate with its key, for all names of now and
 * @address; else it is made, with the key that is there. Names it had stay in it.
 * @address: a further one, "": none. Return: 0, or -1 and @e: ERR_KEY, disk errors.
 */
MUST_CHECK int flow_cert_ensure(const char *home, const char *node, const char *address,
                                struct err *e);

/** flow_cert_facts - Return: 1 and *@out, 0 there is none yet, -1 and @e: ERR_KEY. */
MUST_CHECK int flow_cert_facts(const char *home, struct tlscert *out, struct err *e);

/** flow_cert_show, flow_cert_renew - a line "summary": fingerprint, pin, until, names,
 * file. @new_key: everybody has to compare again. ERR_CERT_ABSENT: there is none. */
MUST_CHECK int flow_cert_show(const char *home, const struct flow_listener *to,
                              struct err *e);
MUST_CHECK int flow_cert_renew(const char *home, bool new_key,
                               const struct flow_listener *to, struct err *e);

#endif
