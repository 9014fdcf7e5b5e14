/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/password.h"

#include <sodium.h>
#include <string.h>

#include "node/base/err.h"

#define PASSES       3
#define MEMORY_BYTES ((size_t)64 << 20)

int password_hash(const char *password, char out[PASSWORD_HASH_MAX], struct err *e)
{
    size_t n = strlen(password);

    _Static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_STRBYTES, "room for the hash");
    if (n < PASSWORD_MIN || n > PASSWORD_MAX)
        return err_set(e, ERR_PASSWORD, "%d–%d", PASSWORD_MIN, PASSWORD_MAX);
    if (sodium_init() < 0 ||
        crypto_pwhash_str_alg(out, password, n, PASSES, MEMORY_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return err_set(e, ERR_MEMORY, "Argon2id");
    return 0;
}

bool password_check(const char *password, const char *hash)
{
    return sodium_init() >= 0 && strlen(password) <= PASSWORD_MAX &&
           crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}
