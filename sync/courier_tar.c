/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "sync/courier_part.h"

/*
 * POSIX ustar, ordinary files only. A block of 512 bytes; numbers in octal:
 *
 *     0 name 100 · 100 mode 8 · 108 uid 8 · 116 gid 8 · 124 size 12 · 136 time 12 ·
 *   148 sum 8 · 156 type 1 · 157 link 100 · 257 "ustar\0" · 263 "00" ·
 *   345 prefix 155 (the folder, when there is one)
 */
enum {
    AT_MODE = 100,
    AT_UID = 108,
    AT_GID = 116,
    AT_SIZE = 124,
    AT_TIME = 136,
    AT_SUM = 148,
    AT_TYPE = 156,
    AT_MAGIC = 257,
    AT_PREFIX = 345,
    NAME_LEN = 100,
    SUM_LEN = 8,
    NUMBER_LEN = 12,
    PREFIX_LEN = 155,
    DEPTH_MAX = 4
};

static const char magic[] = "ustar\0" /* and the version */ "00";

static unsigned sum_of(const unsigned char *block)
{
    unsigned sum = 0;

    for (size_t i = 0; i < COURIER_BLOCK; i++)
        sum += i >= AT_SUM && i < AT_SUM + SUM_LEN ? (unsigned)' ' : block[i];
    return sum;
}

static void put_number(unsigned char *at, int digits, int64_t v)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%0*llo", digits, (unsigned long long)v);
    memcpy(at, text, (size_t)digits);
}

static bool take_number(const unsigned char *at, size_t len, int64_t *out)
{
    int64_t v = 0;
    size_t i = 0;

    while (i < len && at[i] == ' ')
        i++;
    if (i == len || at[i] < '0' || at[i] > '7')
        return false;
    for (; i < len && at[i] >= '0' && at[i] <= '7'; i++)
        v = v * 8 + (at[i] - '0');
    for (; i < len; i++)
        if (at[i] != ' ' && at[i] != '\0')
            return false;
    *out = v;
    return true;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

bool courier_tar_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    size_t depth = 1, len = strlen(name);
    bool first = true;

    if (slash && ((size_t)(slash - name) > PREFIX_LEN || strlen(slash + 1) > NAME_LEN))
        return false;
    if (len == 0 || len >= COURIER_NAME_MAX || (!slash && len > NAME_LEN))
        return false;
    for (size_t i = 0; i < len; i++) {
        bool end = name[i] == '/';

        if (first ? end || name[i] == '.' : false)
            return false;
        if (!end && !is_name_char(name[i]))
            return false;
        depth += end;
        first = end;
    }
    return !first && depth <= DEPTH_MAX;
}

void courier_tar_write(unsigned char block[COURIER_BLOCK], const char *name,
                       int64_t size, int64_t time)
{
    const char *slash = strrchr(name, '/');
    const char *last = slash ? slash + 1 : name;

    assert(courier_tar_name(name) && size >= 0);
    memset(block, 0, COURIER_BLOCK);
    memcpy(block, last, strlen(last));
    if (slash)
        memcpy(block + AT_PREFIX, name, (size_t)(slash - name));
    put_number(block + AT_MODE, 7, 0644);
    put_number(block + AT_UID, 7, 0);
    put_number(block + AT_GID, 7, 0);
    put_number(block + AT_SIZE, 11, size);
    put_number(block + AT_TIME, 11, time);
    block[AT_TYPE] = '0';
    memcpy(block + AT_MAGIC, magic, sizeof magic - 1);
    put_number(block + AT_SUM, 6, sum_of(block));
    block[AT_SUM + 7] = ' ';
}

static bool all_zero(const unsigned char *block)
{
    for (size_t i = 0; i < COURIER_BLOCK; i++)
        if (block[i])
            return false;
    return true;
}

int courier_tar_read(const unsigned char block[COURIER_BLOCK],
                     char name[COURIER_NAME_MAX], int64_t *size, struct err *e)
{
    const char *last = (const char *)block;
    const char *prefix = (const char *)block + AT_PREFIX;
    char full[COURIER_NAME_MAX + 4];
    int64_t sum, len;

    if (all_zero(block))
        return 0;
    if (memcmp(block + AT_MAGIC, magic, sizeof magic - 1) != 0 ||
        !take_number(block + AT_SUM, SUM_LEN, &sum) || sum != sum_of(block))
        return err_set(e, ERR_COURIER_FORM, "%s", "block");
    (void)snprintf(full, sizeof full, "%.*s%s%.*s", PREFIX_LEN, prefix,
                   prefix[0] ? "/" : "", NAME_LEN, last);
    if ((block[AT_TYPE] != '0' && block[AT_TYPE] != '\0') || !courier_tar_name(full) ||
        !take_number(block + AT_SIZE, NUMBER_LEN, &len) || len > COURIER_ENTRY_MAX)
        return err_set(e, ERR_COURIER_FORM, "%s", "file in it");
    memcpy(name, full, strlen(full) + 1);
    *size = len;
    return 1;
}

size_t courier_tar_padding(int64_t size)
{
    size_t over = (size_t)size % COURIER_BLOCK;

    return over ? COURIER_BLOCK - over : 0;
}
