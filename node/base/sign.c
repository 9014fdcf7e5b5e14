/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/sign.h"

#include <assert.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"

/*
 * OpenSSH's forms, all numbers big-endian, "string" = uint32 length and bytes:
 *
 *   public blob   string "ssh-ed25519", string key (32)
 *   key file      base64 between two lines of:
 *                 "openssh-key-v1\0", string "none" (cipher), string "none" (kdf),
 *                 string "" (kdf options), uint32 1 (keys), string public blob,
 *                 string private: uint32 check, uint32 check, string "ssh-ed25519",
 *                 string key (32), string seed and key (64), string comment,
 *                 bytes 1, 2, 3 … up to a multiple of 8
 *   SSHSIG        base64 between two lines of:
 *                 "SSHSIG", uint32 1 (version), string public blob, string namespace,
 *                 string "" (reserved), string "sha512", string signature
 *   signature     string "ssh-ed25519", string 64 bytes over:
 *                 "SSHSIG", string namespace, string "", string "sha512",
 *                 string SHA-512 of the data
 */
static const char KIND[] = "ssh-ed25519";
static const char KEY_MAGIC[] = "openssh-key-v1"; /* with its NUL */
static const char SIG_MAGIC[] = "SSHSIG";         /* without */
static const char KEY_BEGIN[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
static const char KEY_END[] = "-----END OPENSSH PRIVATE KEY-----\n";
static const char SIG_BEGIN[] = "-----BEGIN SSH SIGNATURE-----\n";
static const char SIG_END[] = "-----END SSH SIGNATURE-----\n";

#define VARIANT     sodium_base64_VARIANT_ORIGINAL
#define BLOCK       8
#define COLUMNS     70
#define SIG_LEN     crypto_sign_BYTES
#define COMMENT_MAX 128
#define SPACE_MAX   64
#define BLOB_MAX    1024
#define BASE64_MAX  (BLOB_MAX / 3 * 4 + 8)
#define ARMOR_MAX   (BASE64_MAX + BASE64_MAX / COLUMNS + 128)

/* ---- writing and reading fields ------------------------------------------------ */

/* On the stack: a secret never lies in freed memory. */
struct blob {
    unsigned char p[BLOB_MAX];
    size_t len;
};

static void blob_wipe(struct blob *b)
{
    mem_wipe(b, sizeof *b);
}
#define AUTO_BLOB AUTO(blob_wipe)

static void put_bytes(struct blob *b, const void *data, size_t len)
{
    assert(len <= sizeof b->p - b->len);
    if (len)
        memcpy(b->p + b->len, data, len);
    b->len += len;
}

static void put_number(struct blob *b, uint32_t v)
{
    unsigned char raw[4] = {(unsigned char)(v >> 24), (unsigned char)(v >> 16),
                            (unsigned char)(v >> 8), (unsigned char)v};

    put_bytes(b, raw, sizeof raw);
}

static void put_string(struct blob *b, const void *data, size_t len)
{
    put_number(b, (uint32_t)len);
    put_bytes(b, data, len);
}

static void put_text(struct blob *b, const char *text)
{
    put_string(b, text, strlen(text));
}

static void put_public(struct blob *b, const struct sign_public *p)
{
    put_text(b, KIND);
    put_string(b, p->key, sizeof p->key);
}

struct field {
    const unsigned char *p;
    size_t len;
};

static bool get_bytes(struct field *in, size_t len, struct field *out)
{
    if (len > in->len)
        return false;
    *out = (struct field){in->p, len};
    in->p += len;
    in->len -= len;
    return true;
}

static bool get_number(struct field *in, uint32_t *v)
{
    struct field raw;

    if (!get_bytes(in, 4, &raw))
        return false;
    *v = (uint32_t)raw.p[0] << 24 | (uint32_t)raw.p[1] << 16 | (uint32_t)raw.p[2] << 8 |
         raw.p[3];
    return true;
}

static bool get_string(struct field *in, struct field *out)
{
    uint32_t len = 0;

    return get_number(in, &len) && get_bytes(in, len, out);
}

static bool is(const struct field *f, const void *data, size_t len)
{
    return f->len == len && (len == 0 || memcmp(f->p, data, len) == 0);
}

static bool get_exact(struct field *in, const char *text)
{
    struct field f;

    return get_string(in, &f) && is(&f, text, strlen(text));
}

/* A public blob and nothing behind it. */
static bool get_public(struct field blob, struct sign_public *out)
{
    struct field key;

    if (!get_exact(&blob, KIND) || !get_string(&blob, &key) || blob.len != 0 ||
        key.len != SIGN_PUBLIC_LEN)
        return false;
    memcpy(out->key, key.p, key.len);
    return crypto_core_ed25519_is_valid_point(out->key) == 1;
}

/* ---- base64 between two lines --------------------------------------------------- */

/* Appends to @out, which has room for ARMOR_MAX. Returns the length. */
static size_t put_armor(const struct blob *b, const char *begin, const char *end,
                        char out[ARMOR_MAX])
{
    char text[BASE64_MAX];
    char *at = out;
    size_t left = 0;

    (void)sodium_bin2base64(text, sizeof text, b->p, b->len, VARIANT);
    left = strlen(text);
    memcpy(at, begin, strlen(begin));
    at += strlen(begin);
    for (const char *p = text; left > 0;) {
        size_t n = left < COLUMNS ? left : COLUMNS;

        memcpy(at, p, n);
        at[n] = '\n';
        at += n + 1;
        p += n;
        left -= n;
    }
    memcpy(at, end, strlen(end) + 1);
    mem_wipe(text, sizeof text);
    return (size_t)(at - out) + strlen(end);
}

/*
 * The way back. Only the form that put_armor() writes is taken (ssh-keygen writes the
 * same one; the last LF may be absent): a signature has one spelling.
 */
static bool get_armor(const char *armor, const char *begin, const char *end,
                      struct blob *b)
{
    size_t len = strlen(armor);
    size_t head = strlen(begin);
    size_t tail = strlen(end);
    char again[ARMOR_MAX];
    size_t again_len = 0;
    bool same = false;

    if (len > 0 && armor[len - 1] != '\n')
        tail--;
    if (len >= ARMOR_MAX - 1 || len < head + tail || memcmp(armor, begin, head) != 0)
        return false;
    if (sodium_base642bin(b->p, sizeof b->p, armor + head, len - head - tail, "\n",
                          &b->len, NULL, VARIANT) != 0)
        return false;
    again_len = put_armor(b, begin, end, again);
    same = again_len - strlen(end) + tail == len && memcmp(again, armor, len) == 0;
    mem_wipe(again, sizeof again);
    return same;
}

/* ---- keys ----------------------------------------------------------------------- */

int sign_generate(struct sign_secret *out, struct err *e)
{
    if (sodium_init() < 0)
        return err_set(e, ERR_INTERNAL, "libsodium");
    (void)crypto_sign_keypair(out->pub.key, out->key);
    return 0;
}

void sign_wipe(struct sign_secret *s)
{
    mem_wipe(s, sizeof *s);
}

int sign_write_secret(const char *path, const struct sign_secret *s,
                      const char *comment, struct err *e)
{
    AUTO_BLOB struct blob secret = {.len = 0};
    AUTO_BLOB struct blob all = {.len = 0};
    struct blob public = {.len = 0};
    char armor[ARMOR_MAX];
    uint32_t check = 0;
    int rc = 0;

    if (strlen(comment) > COMMENT_MAX)
        return err_set(e, ERR_LIMIT, "%s: comment", path);
    randombytes_buf(&check, sizeof check);
    put_public(&public, &s->pub);
    put_number(&secret, check);
    put_number(&secret, check);
    put_public(&secret, &s->pub);
    put_string(&secret, s->key, sizeof s->key);
    put_text(&secret, comment);
    for (unsigned char pad = 1; secret.len % BLOCK != 0; pad++)
        put_bytes(&secret, &pad, 1);
    put_bytes(&all, KEY_MAGIC, sizeof KEY_MAGIC);
    put_text(&all, "none");
    put_text(&all, "none");
    put_text(&all, "");
    put_number(&all, 1);
    put_string(&all, public.p, public.len);
    put_string(&all, secret.p, secret.len);
    rc = fs_write_file(path, armor, put_armor(&all, KEY_BEGIN, KEY_END, armor), e);
    mem_wipe(armor, sizeof armor);
    return rc;
}

static bool get_padding(const struct field *in)
{
    if (in->len >= BLOCK)
        return false;
    for (size_t i = 0; i < in->len; i++)
        if (in->p[i] != i + 1)
            return false;
    return true;
}

/* The key pair must fit together: the public half is computed again from the seed. */
static bool get_secret(struct field in, const struct sign_public *outer,
                       struct sign_secret *out)
{
    struct field key;
    struct field pair;
    struct field comment;
    struct sign_secret again;
    uint32_t first = 0;
    uint32_t second = 0;
    bool ok = false;

    if (in.len % BLOCK != 0 || !get_number(&in, &first) || !get_number(&in, &second) ||
        first != second || !get_exact(&in, KIND) || !get_string(&in, &key) ||
        !is(&key, outer->key, sizeof outer->key) || !get_string(&in, &pair) ||
        pair.len != SIGN_SECRET_LEN || !get_string(&in, &comment) || !get_padding(&in))
        return false;
    (void)crypto_sign_seed_keypair(again.pub.key, again.key, pair.p);
    ok = is(&pair, again.key, sizeof again.key) &&
         memcmp(again.pub.key, outer->key, sizeof outer->key) == 0;
    if (ok)
        *out = again;
    sign_wipe(&again);
    return ok;
}

static bool parse_key_file(const char *text, struct sign_secret *out)
{
    AUTO_BLOB struct blob b = {.len = 0};
    struct field in;
    struct field magic;
    struct field blob;
    struct field secret;
    struct sign_public pub;
    uint32_t count = 0;

    if (!get_armor(text, KEY_BEGIN, KEY_END, &b))
        return false;
    in = (struct field){b.p, b.len};
    return get_bytes(&in, sizeof KEY_MAGIC, &magic) &&
           is(&magic, KEY_MAGIC, sizeof KEY_MAGIC) && get_exact(&in, "none") &&
           get_exact(&in, "none") && get_exact(&in, "") && get_number(&in, &count) &&
           count == 1 && get_string(&in, &blob) && get_public(blob, &pub) &&
           get_string(&in, &secret) && in.len == 0 && get_secret(secret, &pub, out);
}

int sign_read_secret(const char *path, struct sign_secret *out, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(ARMOR_MAX);
    struct err why = ERR_INIT;
    bool ok = false;

    if (fs_read_file(path, &text, &why) < 0) {
        if (why.code != ERR_LIMIT) {
            *e = why;
            return -1;
        }
        return err_set(e, ERR_KEY, "%s", path); /* longer than any key */
    }
    ok = strlen(str_text(&text)) == text.len && parse_key_file(str_text(&text), out);
    if (text.p)
        mem_wipe(text.p, text.len);
    return ok ? 0 : err_set(e, ERR_KEY, "%s", path);
}

void sign_public_line(const struct sign_public *p, const char *comment, struct str *out)
{
    struct blob b = {.len = 0};
    char text[BASE64_MAX];

    put_public(&b, p);
    (void)sodium_bin2base64(text, sizeof text, b.p, b.len, VARIANT);
    str_addf(out, "%s %s", KIND, text);
    if (comment && comment[0])
        str_addf(out, " %s", comment);
}

int sign_parse_public(const char *line, struct sign_public *out, struct err *e)
{
    AUTO_STR struct str again = STR_INIT(SIGN_LINE_MAX);
    struct blob b = {.len = 0};
    struct sign_public pub;
    size_t kind = strlen(KIND);
    size_t len = strcspn(line, "\r\n");
    size_t word = 0;

    /* One line; white space may stand behind it. */
    if (line[len + strspn(line + len, "\r\n")] != '\0' || len >= SIGN_LINE_MAX ||
        strncmp(line, KIND, kind) != 0 || line[kind] != ' ')
        return err_set(e, ERR_KEY, "public key line");
    line += kind + 1;
    word = strcspn(line, " \r\n");
    if (sodium_base642bin(b.p, sizeof b.p, line, word, NULL, &b.len, NULL, VARIANT) !=
            0 ||
        !get_public((struct field){b.p, b.len}, &pub))
        return err_set(e, ERR_KEY, "public key line");
    sign_public_line(&pub, NULL, &again);
    if (again.len != kind + 1 + word || memcmp(again.p + kind + 1, line, word) != 0)
        return err_set(e, ERR_KEY, "public key line");
    *out = pub;
    return 0;
}

int sign_read_public(const char *path, struct sign_public *out, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(SIGN_LINE_MAX);
    struct err why = ERR_INIT;

    if (fs_read_file(path, &text, &why) < 0) {
        if (why.code != ERR_LIMIT) {
            *e = why;
            return -1;
        }
        return err_set(e, ERR_KEY, "%s", path); /* longer than any line */
    }
    if (strlen(str_text(&text)) != text.len)
        return err_set(e, ERR_KEY, "%s", path);
    if (sign_parse_public(str_text(&text), out, e) < 0)
        return err_push(e, "%s", path);
    return 0;
}

static void digest(const struct sign_public *p, unsigned char raw[HASH_LEN])
{
    struct blob b = {.len = 0};

    put_public(&b, p);
    hash_bytes_raw(b.p, b.len, raw);
}

void sign_node(const struct sign_public *p, char out[SIGN_NODE_HEX])
{
    unsigned char raw[HASH_LEN];

    digest(p, raw);
    hash_hex(raw, (SIGN_NODE_HEX - 1) / 2, out);
}

void sign_fingerprint(const struct sign_public *p, char out[SIGN_FINGERPRINT_MAX])
{
    static const char START[] = "SHA256:";
    unsigned char raw[HASH_LEN];

    digest(p, raw);
    memcpy(out, START, sizeof START);
    (void)sodium_bin2base64(out + sizeof START - 1,
                            SIGN_FINGERPRINT_MAX - (sizeof START - 1), raw, sizeof raw,
                            sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

/* ---- signatures ----------------------------------------------------------------- */

/* What is really signed. */
static void put_signed(struct blob *b, const char *space, const void *data, size_t len)
{
    unsigned char sum[crypto_hash_sha512_BYTES];

    (void)crypto_hash_sha512(sum, data, len);
    put_bytes(b, SIG_MAGIC, sizeof SIG_MAGIC - 1);
    put_text(b, space);
    put_text(b, "");
    put_text(b, "sha512");
    put_string(b, sum, sizeof sum);
}

void sign_sshsig(const struct sign_secret *s, const char *space, const void *data,
                 size_t len, struct str *out)
{
    struct blob text = {.len = 0};
    struct blob public = {.len = 0};
    struct blob sig = {.len = 0};
    struct blob all = {.len = 0};
    unsigned char raw[SIG_LEN];
    char armor[ARMOR_MAX];

    assert(space[0] && strlen(space) <= SPACE_MAX);
    put_signed(&text, space, data, len);
    (void)crypto_sign_detached(raw, NULL, text.p, text.len, s->key);
    put_public(&public, &s->pub);
    put_text(&sig, KIND);
    put_string(&sig, raw, sizeof raw);
    put_bytes(&all, SIG_MAGIC, sizeof SIG_MAGIC - 1);
    put_number(&all, 1);
    put_string(&all, public.p, public.len);
    put_text(&all, space);
    put_text(&all, "");
    put_text(&all, "sha512");
    put_string(&all, sig.p, sig.len);
    str_add_mem(out, armor, put_armor(&all, SIG_BEGIN, SIG_END, armor));
}

/* @space NULL: any namespace. @raw: the 64 bytes. */
static bool parse_signature(const char *armor, const char *space,
                            struct sign_public *signer, unsigned char raw[SIG_LEN])
{
    struct blob b = {.len = 0};
    struct field in;
    struct field magic;
    struct field blob;
    struct field name;
    struct field sig;
    struct field bytes;
    uint32_t version = 0;

    if (!get_armor(armor, SIG_BEGIN, SIG_END, &b))
        return false;
    in = (struct field){b.p, b.len};
    if (!get_bytes(&in, sizeof SIG_MAGIC - 1, &magic) ||
        !is(&magic, SIG_MAGIC, sizeof SIG_MAGIC - 1) || !get_number(&in, &version) ||
        version != 1 || !get_string(&in, &blob) || !get_public(blob, signer) ||
        !get_string(&in, &name) || (space && !is(&name, space, strlen(space))) ||
        !get_exact(&in, "") || !get_exact(&in, "sha512") || !get_string(&in, &sig) ||
        in.len != 0 || !get_exact(&sig, KIND) || !get_string(&sig, &bytes) ||
        sig.len != 0 || bytes.len != SIG_LEN)
        return false;
    memcpy(raw, bytes.p, SIG_LEN);
    return true;
}

int sign_verify(const struct sign_public *p, const char *space, const void *data,
                size_t len, const char *armor, struct err *e)
{
    struct blob text = {.len = 0};
    struct sign_public signer;
    unsigned char raw[SIG_LEN];

    assert(space[0] && strlen(space) <= SPACE_MAX);
    if (!parse_signature(armor, space, &signer, raw))
        return err_set(e, ERR_SIGNATURE, "not a signature for \"%s\"", space);
    if (memcmp(signer.key, p->key, sizeof p->key) != 0)
        return err_set(e, ERR_SIGNATURE, "signed with another key");
    put_signed(&text, space, data, len);
    if (crypto_sign_verify_detached(raw, text.p, text.len, p->key) != 0)
        return err_set(e, ERR_SIGNATURE, "the signature does not fit the data");
    return 0;
}

int sign_signer(const char *armor, struct sign_public *out, struct err *e)
{
    struct sign_public signer;
    unsigned char raw[SIG_LEN];

    if (!parse_signature(armor, NULL, &signer, raw))
        return err_set(e, ERR_SIGNATURE, "not a signature");
    *out = signer;
    return 0;
}

void sign_bytes(const struct sign_secret *s, const void *data, size_t len,
                unsigned char sig[SIGN_BYTES])
{
    static_assert(SIGN_BYTES == crypto_sign_BYTES, "what libsodium makes");

    (void)crypto_sign_detached(sig, NULL, data, len, s->key);
}

bool sign_bytes_ok(const struct sign_public *p, const void *data, size_t len,
                   const unsigned char sig[SIGN_BYTES])
{
    return crypto_sign_verify_detached(sig, data, len, p->key) == 0;
}
