/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_SLIP_H
#define SOHOA_RECORD_SLIP_H

#include <stdbool.h>

#include "node/record/ident.h"
#include "node/record/regno.h"

/*
 * Slip: a printed sheet that goes before the sheets of a record. Its QR code says which
 * register they belong to, and which number they have.
 *
 *   SOHOA1:1F3C07AA-D3:22BIS/2003:6QK2…   register, number, proof
 *   SOHOA1:1F3C07AA-D3::J77A…             register alone
 *
 * Only capitals, digits and "-:/": the densest letters of a QR code. The proof is
 * SHA-256(key, SHA-256(key, what stands before the last colon)), the first 80 bits in
 * base32: without the key of this node no code is believed, so that a stranger's code
 * on a paper does nothing.
 */
#define SLIP_PREFIX   "SOHOA1:"
#define SLIP_TEXT_MAX 96 /* with NUL */
#define SLIP_KEY_LEN  32

struct slip {
    char dossier[IDENT_NAME_MAX];
    struct regno number; /* number 0: of the register alone */
};

/** slip_print - the text of the code. */
void slip_print(const struct slip *s, const unsigned char key[SLIP_KEY_LEN],
                char out[SLIP_TEXT_MAX]);

/** slip_parse - false when @text is no slip of this key; @out is then untouched. */
bool slip_parse(const char *text, const unsigned char key[SLIP_KEY_LEN],
                struct slip *out);

#endif
