/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/slip.h"

#include <stdio.h>
#include <string.h>

#include "node/base/hash.h"

#define PROOF_BYTES 10
#define PROOF_CHARS 16 /* five bits each */

static void hash_under(const unsigned char key[SLIP_KEY_LEN], const void *data,
                       size_t len, unsigned char out[HASH_LEN])
{
    AUTO_HASH struct hash *h = hash_new();

    hash_add(h, key, SLIP_KEY_LEN);
    hash_add(h, data, len);
    hash_end_raw(h, out);
}

static void prove(const char *text, size_t len, const unsigned char key[SLIP_KEY_LEN],
                  char out[PROOF_CHARS + 1])
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned char inner[HASH_LEN];
    unsigned char raw[HASH_LEN];
    unsigned bits = 0;
    int have = 0;
    size_t n = 0;

    hash_under(key, text, len, inner);
    hash_under(key, inner, sizeof inner, raw);
    for (size_t i = 0; i < PROOF_BYTES; i++) {
        bits = (bits << 8 | raw[i]) & 0xffff;
        for (have += 8; have >= 5; have -= 5)
            out[n++] = DIGITS[bits >> (have - 5) & 31];
    }
    out[n] = '\0';
}

static void change_case(char *text, char from, char to)
{
    for (; *text; text++)
        if (*text >= from && *text <= from + 25)
            *text = (char)(*text - from + to);
}

void slip_print(const struct slip *s, const unsigned char key[SLIP_KEY_LEN],
                char out[SLIP_TEXT_MAX])
{
    char number[REGNO_TEXT_MAX] = "";
    char proof[PROOF_CHARS + 1];

    if (s->number.number > 0)
        regno_print(&s->number, number);
    (void)snprintf(out, SLIP_TEXT_MAX, SLIP_PREFIX "%s:%s", s->dossier, number);
    change_case(out, 'a', 'A');
    prove(out, strlen(out), key, proof);
    (void)snprintf(out + strlen(out), SLIP_TEXT_MAX - strlen(out), ":%s", proof);
}

static bool same(const char *a, const char *b, size_t len)
{
    unsigned differs = 0;

    for (size_t i = 0; i < len; i++)
        differs |= (unsigned)(a[i] ^ b[i]);
    return differs == 0;
}

bool slip_parse(const char *text, const unsigned char key[SLIP_KEY_LEN],
                struct slip *out)
{
    char proof[PROOF_CHARS + 1];
    char part[SLIP_TEXT_MAX];
    struct slip s = {.dossier = ""};
    size_t head = 0;
    char *number = NULL;

    if (strlen(text) >= sizeof part ||
        strncmp(text, SLIP_PREFIX, strlen(SLIP_PREFIX)) != 0)
        return false;
    head = (size_t)(strrchr(text, ':') - text);
    prove(text, head, key, proof);
    if (strlen(text + head + 1) != PROOF_CHARS ||
        !same(text + head + 1, proof, PROOF_CHARS))
        return false;
    (void)snprintf(part, sizeof part, "%.*s", (int)head, text);
    memmove(part, part + strlen(SLIP_PREFIX), strlen(part) - strlen(SLIP_PREFIX) + 1);
    change_case(part, 'A', 'a');
    number = strchr(part, ':');
    if (!number)
        return false;
    *number++ = '\0';
    if (!ident_is_dossier(part) || strlen(part) >= sizeof s.dossier ||
        (number[0] && !regno_parse(number, &s.number)))
        return false;
    memcpy(s.dossier, part, strlen(part) + 1);
    *out = s;
    return true;
}
