/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/hash.h"

#include <assert.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"

#define READ_BYTES ((size_t)1 << 17)

struct hash {
    EVP_MD_CTX *ctx;
};

static struct hash *begin(const EVP_MD *kind)
{
    struct hash *h = mem_new(1, sizeof *h);

    int ok = 0;

    h->ctx = EVP_MD_CTX_new();
    ok = h->ctx ? EVP_DigestInit_ex(h->ctx, kind, NULL) : 0;
    assert(ok == 1);
    return h;
}

struct hash *hash_new(void)
{
    return begin(EVP_sha256());
}

struct hash *hash_new_git(void)
{
    return begin(EVP_sha1());
}

void hash_free(struct hash *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    mem_free(h);
}

void hash_auto(struct hash **h)
{
    hash_free(*h);
}

void hash_add(struct hash *h, const void *data, size_t len)
{
    int ok = EVP_DigestUpdate(h->ctx, data, len);

    assert(ok == 1);
}

void hash_end_raw(struct hash *h, unsigned char raw[HASH_LEN])
{
    unsigned int len = 0;
    int ok = EVP_DigestFinal_ex(h->ctx, raw, &len);

    assert(ok == 1 && len == HASH_LEN);
}

void hash_end_git(struct hash *h, unsigned char raw[HASH_GIT_LEN])
{
    unsigned int len = 0;
    int ok = EVP_DigestFinal_ex(h->ctx, raw, &len);

    assert(ok == 1 && len == HASH_GIT_LEN);
}

void hash_end(struct hash *h, char hex[HASH_HEX])
{
    unsigned char raw[HASH_LEN];

    hash_end_raw(h, raw);
    hash_hex(raw, sizeof raw, hex);
}

void hash_bytes_raw(const void *data, size_t len, unsigned char raw[HASH_LEN])
{
    AUTO_HASH struct hash *h = hash_new();

    hash_add(h, data, len);
    hash_end_raw(h, raw);
}

void hash_bytes(const void *data, size_t len, char hex[HASH_HEX])
{
    unsigned char raw[HASH_LEN];

    hash_bytes_raw(data, len, raw);
    hash_hex(raw, sizeof raw, hex);
}

int hash_fd(int fd, const char *name, char hex[HASH_HEX], uint64_t *size, struct err *e)
{
    AUTO_HASH struct hash *h = hash_new();
    AUTO_MEM char *buf = mem_new(READ_BYTES, 1);
    uint64_t sum = 0;

    for (;;) {
        ssize_t n = fs_read_some(fd, buf, READ_BYTES, name, e);

        if (n < 0)
            return -1;
        if (n == 0)
            break;
        hash_add(h, buf, (size_t)n);
        sum += (uint64_t)n;
    }
    hash_end(h, hex);
    if (size)
        *size = sum;
    return 0;
}

int hash_file(const char *path, char hex[HASH_HEX], uint64_t *size, struct err *e)
{
    AUTO_FD int fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, e);

    return fd < 0 ? -1 : hash_fd(fd, path, hex, size, e);
}

void hash_hex(const void *raw, size_t len, char *hex)
{
    static const char DIGITS[] = "0123456789abcdef";
    const unsigned char *p = raw;

    for (size_t i = 0; i < len; i++) {
        hex[2 * i] = DIGITS[p[i] >> 4];
        hex[2 * i + 1] = DIGITS[p[i] & 15];
    }
    hex[2 * len] = '\0';
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool hash_is_hex(const char *text, size_t digits)
{
    if (strlen(text) != digits)
        return false;
    for (size_t i = 0; i < digits; i++)
        if (digit(text[i]) < 0)
            return false;
    return true;
}

bool hash_unhex(const char *hex, void *raw, size_t len)
{
    unsigned char *p = raw;

    if (!hash_is_hex(hex, 2 * len))
        return false;
    for (size_t i = 0; i < len; i++)
        p[i] = (unsigned char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    return true;
}
