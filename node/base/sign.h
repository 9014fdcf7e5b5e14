/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_SIGN_H
#define SOHOA_BASE_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"

struct err;

/*
 * Ed25519 keys in OpenSSH's file form and signatures in its SSHSIG form
 * (PROTOCOL.sshsig of OpenSSH), by libsodium: `ssh-keygen -Y verify` and `git
 * verify-commit` check them without this program.
 *
 * A node's name is the first 16 bytes of SHA-256 over its public key blob, as 32 hex
 * digits; its fingerprint is "SHA256:" and base64 of the whole digest, as ssh prints
 * it.
 */
#define SIGN_NODE_HEX        33
#define SIGN_FINGERPRINT_MAX 64
#define SIGN_PUBLIC_LEN      32
#define SIGN_SECRET_LEN      64
#define SIGN_LINE_MAX        512

struct sign_public {
    unsigned char key[SIGN_PUBLIC_LEN];
};

struct sign_secret {
    struct sign_public pub;
    unsigned char key[SIGN_SECRET_LEN];
};

/** sign_generate - new key pair from the system's randomness. */
MUST_CHECK int sign_generate(struct sign_secret *out, struct err *e);
void sign_wipe(struct sign_secret *s);
#define AUTO_SECRET AUTO(sign_wipe)

/** sign_write_secret - openssh-key-v1, unencrypted, 0600, atomic. @comment: ASCII. */
MUST_CHECK int sign_write_secret(const char *path, const struct sign_secret *s,
                                 const char *comment, struct err *e);
/** sign_read_secret - ERR_KEY when it is another kind, encrypted or damaged. */
MUST_CHECK int sign_read_secret(const char *path, struct sign_secret *out,
                                struct err *e);

/** sign_public_line - "ssh-ed25519 AAAA… comment" without LF, appended. */
void sign_public_line(const struct sign_public *p, const char *comment,
                      struct str *out);
/** sign_parse_public - from such a line (comment optional). ERR_KEY. */
MUST_CHECK int sign_parse_public(const char *line, struct sign_public *out,
                                 struct err *e);
MUST_CHECK int sign_read_public(const char *path, struct sign_public *out,
                                struct err *e);

void sign_node(const struct sign_public *p, char out[SIGN_NODE_HEX]);
void sign_fingerprint(const struct sign_public *p, char out[SIGN_FINGERPRINT_MAX]);

/**
 * sign_sshsig - armored SSHSIG ("-----BEGIN SSH SIGNATURE-----" …) over @data,
 * appended.
 * @space: namespace ("git", "sohoa-receipt"). Hash: sha512, as ssh-keygen's default.
 */
void sign_sshsig(const struct sign_secret *s, const char *space, const void *data,
                 size_t len, struct str *out);
/** sign_verify - that @armor is such a signature by @p. ERR_SIGNATURE otherwise. */
MUST_CHECK int sign_verify(const struct sign_public *p, const char *space,
                           const void *data, size_t len, const char *armor,
                           struct err *e);

/**
 * sign_bytes - the bare signature of @data, for words that are said once and kept
 * nowhere. @data begins with a line that nothing else that is signed begins with.
 * sign_bytes_ok - whether @sig is that by @p.
 */
#define SIGN_BYTES 64
void sign_bytes(const struct sign_secret *s, const void *data, size_t len,
                unsigned char sig[SIGN_BYTES]);
bool sign_bytes_ok(const struct sign_public *p, const void *data, size_t len,
                   const unsigned char sig[SIGN_BYTES]);

/** sign_signer - the key a signature claims, unverified (to look it up in a list). */
MUST_CHECK int sign_signer(const char *armor, struct sign_public *out, struct err *e);

#endif
