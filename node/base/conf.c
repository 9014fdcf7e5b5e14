/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/conf.h"

#include <assert.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/i18n.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "node/base/utf8.h"

#define BLANKS  " \t"
#define KEY_MAX 64

static const struct conf_key KEYS[] = {
    {"backup.folder", CONF_FOLDER, 0, CONF_VALUE_MAX, NULL, "",
     N_("Folder that backups are written to, best on another disk.")},
    {"commune.quota_gib", CONF_INT, 0, 1048576, NULL, "0",
     N_("Upper tier: most that the packs of one commune may take, in GiB; 0: no "
        "limit.")},
    {"copy.folder", CONF_FOLDER, 0, CONF_VALUE_MAX, NULL, "",
     N_("Upper tier: folder on another disk for the second copy of what was "
        "received.")},
    {"import.quarantine_percent", CONF_INT, 1, 50, NULL, "5",
     N_("Share of the disk that refused files may take, in percent.")},
    {"keep.copies", CONF_INT, 2, 10, NULL, "2",
     N_("Copies that the tier above must hold before a scanned file may leave this "
        "disk.")},
    {"keep.masters_days", CONF_INT, 0, 36500, NULL, "0",
     N_("Days that scanned files stay on this disk after their receipt; 0: for ever.")},
    {"keying.rate", CONF_INT, 0, 100, NULL, "5",
     N_("Of 100 fields that nobody doubted, how many a second person keys in, drawn at "
        "random.")},
    {"lang", CONF_CHOICE, 0, 0, "vi|en", "vi", N_("Language of messages: vi or en.")},
    {"ocr.choice", CONF_CHOICE, 0, 0, "on|off", "on",
     N_("Whether letters with other marks are chosen by the words around them.")},
    {"ocr.duplex", CONF_CHOICE, 0, 0, "on|off", "off",
     N_("Whether pages 1 and 2, 3 and 4 … of an item are the two sides of a sheet.")},
    {"ocr.jobs", CONF_INT, 0, 64, NULL, "0",
     N_("Pages recognized at the same time; 0: as many as the computer bears.")},
    {"ocr.recognizer", CONF_CHOICE, 0, 0, "own|tesseract", "own",
     N_("Who computes the model of letters: this program, several times as fast, or "
        "Tesseract. The text is the same.")},
    {"seal.keying", CONF_CHOICE, 0, 0, "off|tell|need", "off",
     N_("Second keying before sealing: not looked at, told when it is open, or "
        "needed.")},
    {"seal.level", CONF_CHOICE, 0, 0, "verified|recognized", "verified",
     N_("What may be sealed: verified, or also what is only recognized.")},
    {"sync.auto", CONF_CHOICE, 0, 0, "on|off", "on",
     N_("Whether \"serve\" sends by itself, without anybody pressing the button.")},
    {"sync.daily_mib", CONF_INT, 0, 1048576, NULL, "0",
     N_("Most that is sent up on one day, in MiB; records always go. 0: no limit.")},
    {"sync.idle_s", CONF_INT, 5, 3600, NULL, "30",
     N_("Seconds without progress after which a transfer is broken off.")},
    {"sync.masters", CONF_CHOICE, 0, 0, "always|night|stick|never", "always",
     N_("When the scanned files themselves are sent: always, at night, by stick alone, "
        "never.")},
    {"sync.night", CONF_HOURS, 0, CONF_VALUE_MAX, NULL, "18:00-06:00",
     N_("Hours that count as night for sending, as 18:00-06:00.")},
    {"sync.warm_s", CONF_INT, 0, 86400, NULL, "0",
     N_("Seconds that the connection stays after a run, for the next one; 0: it "
        "ends.")},
    {"sync.window", CONF_HOURS, 0, CONF_VALUE_MAX, NULL, "",
     N_("Hours in which the line may be used at all, as 07:00-17:30; empty: always.")},
    {"upstream.url", CONF_URL, 0, CONF_VALUE_MAX, NULL, "",
     N_("Where sealed bundles are sent: ssh://user@host/, https://host/ or a folder.")},
};

struct conf {
    char *values[ARRAY_LEN(KEYS)]; /* NULL: not set */
};

const struct conf_key *conf_list(size_t i)
{
    return i < ARRAY_LEN(KEYS) ? &KEYS[i] : NULL;
}

/* ---- keys ------------------------------------------------------------------------ */

/* Letters to change, add or leave out (Levenshtein). Both texts below KEY_MAX. */
static size_t distance(const char *a, const char *b)
{
    size_t row[KEY_MAX + 1];
    size_t n = strlen(b);

    for (size_t k = 0; k <= n; k++)
        row[k] = k;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (size_t k = 1; k <= n; k++) {
            size_t best = corner + (a[i - 1] != b[k - 1]);

            if (row[k] + 1 < best)
                best = row[k] + 1;
            if (row[k - 1] + 1 < best)
                best = row[k - 1] + 1;
            corner = row[k];
            row[k] = best;
        }
    }
    return row[n];
}

static const char *nearest(const char *key)
{
    size_t best = SIZE_MAX;
    const char *found = NULL;

    if (strlen(key) >= KEY_MAX)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++) {
        size_t d = distance(key, KEYS[i].key);

        /* The last word alone ("jobs") is near enough. */
        if (d < strlen(KEYS[i].key) / 2 || str_ends(KEYS[i].key, key)) {
            if (d < best)
                found = KEYS[i].key;
            best = d < best ? d : best;
        }
    }
    return found;
}

const struct conf_key *conf_find(const char *key, struct err *e)
{
    const char *near = NULL;

    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++)
        if (strcmp(key, KEYS[i].key) == 0)
            return &KEYS[i];
    near = key[0] ? nearest(key) : NULL;
    (void)err_set(e, ERR_CONFIG, "%.*s", KEY_MAX, key);
    if (near)
        (void)err_detail(e, "unknown setting; did you mean %s?", near);
    else
        (void)err_detail(e, "unknown setting");
    return NULL;
}

/* ---- values ---------------------------------------------------------------------- */

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);

    for (const char *p = choices; *p; p += *p == '|') {
        size_t n = strcspn(p, "|");

        if (n == len && memcmp(p, value, n) == 0)
            return true;
        p += n;
    }
    return false;
}

static bool is_clean(const char *value)
{
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        if (*p < 0x20 || *p == 0x7F)
            return false;
    return utf8_valid(value, strlen(value));
}

static bool is_folder(const char *value)
{
    AUTO_MEM char *closed = mem_printf("%s/", value);

    return value[0] == '/' && !strstr(closed, "/../");
}

/* ssh://[user@]host[:port]/…: it becomes arguments of ssh, so no blanks, no quotes, and
 * nothing that could be an option. https://host[:port]/…: nobody's name in it. */
static bool is_line_url(const char *value)
{
    static const char ALLOWED[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~/:@[]%";
    bool https = str_starts(value, "https://");
    const char *host = value + strlen(https ? "https://" : "ssh://");
    const char *at = NULL;

    if ((!https && !str_starts(value, "ssh://")) ||
        value[strspn(value, ALLOWED)] != '\0' || host[0] == '-')
        return false;
    at = memchr(host, '@', strcspn(host, "/"));
    if (at && https)
        return false;
    if (at)
        host = at + 1;
    return host[0] != '-' && host[0] != ':' && host[0] != '/' && host[0] != '\0';
}

/* HH:MM at @p. */
static bool is_clock(const char *p)
{
    return p[0] >= '0' && p[0] <= '2' && p[1] >= '0' && p[1] <= '9' && p[2] == ':' &&
           p[3] >= '0' && p[3] <= '5' && p[4] >= '0' && p[4] <= '9' &&
           (p[0] < '2' || p[1] <= '3');
}

static bool is_hours(const char *value)
{
    return strlen(value) == strlen("18:00-06:00") && is_clock(value) &&
           value[5] == '-' && is_clock(value + 6);
}

static bool is_allowed(const struct conf_key *k, const char *value)
{
    int64_t number = 0;

    if (!is_clean(value) || strlen(value) > CONF_VALUE_MAX)
        return false;
    switch (k->type) {
    case CONF_INT:
        return num_parse(value, k->min, k->max, &number);
    case CONF_CHOICE:
        return is_choice(k->choices, value);
    case CONF_HOURS:
        return !value[0] || is_hours(value);
    case CONF_FOLDER:
        return !value[0] || is_folder(value);
    case CONF_URL:
    default:
        return !value[0] || is_folder(value) || is_line_url(value);
    }
}

static int check(const struct conf_key *k, const char *value, struct err *e)
{
    if (is_allowed(k, value))
        return 0;
    (void)err_set(e, ERR_CONFIG, "%s", k->key);
    switch (k->type) {
    case CONF_INT:
        return err_detail(e, "a number from %lld to %lld", (long long)k->min,
                          (long long)k->max);
    case CONF_CHOICE:
        return err_detail(e, "one of %s", k->choices);
    case CONF_HOURS:
        return err_detail(e, "hours as 18:00-06:00, or nothing");
    case CONF_FOLDER:
        return err_detail(e, "an absolute path");
    case CONF_URL:
    default:
        return err_detail(e, "ssh://user@host/, https://host/ or an absolute path");
    }
}

/* ---- the file -------------------------------------------------------------------- */

struct line {
    const char *p;
    size_t len; /* without its LF and CR */
    char *key;  /* NULL: nothing is set here */
    char *value;
};

static void line_clear(struct line *l)
{
    mem_free(l->key);
    mem_free(l->value);
    *l = (struct line){0};
}
#define AUTO_LINE AUTO(line_clear)

static char *trimmed(const char *p, size_t len)
{
    while (len > 0 && strchr(BLANKS, p[0])) {
        p++;
        len--;
    }
    while (len > 0 && strchr(BLANKS, p[len - 1]))
        len--;
    return mem_printf("%.*s", (int)len, p);
}

/* Up to the LF or the end. A loop of its own: under strict_string_checks strcspn()
 * reads to the end of the text each time. */
static size_t line_length(const char *p)
{
    size_t len = 0;

    while (p[len] && p[len] != '\n')
        len++;
    return len;
}

/* The line at @p of a text without NUL. Return: 0, or -1 when it has no "=". */
static int split(const char *p, struct line *out)
{
    size_t len = line_length(p);
    size_t blanks = 0;
    const char *equal = NULL;

    while (blanks < len && strchr(BLANKS, p[blanks]))
        blanks++;

    if (len > 0 && p[len - 1] == '\r')
        len--;
    out->p = p;
    out->len = len;
    if (blanks >= len || p[blanks] == '#')
        return 0;
    equal = memchr(p, '=', len);
    if (!equal)
        return -1;
    out->key = trimmed(p, (size_t)(equal - p));
    out->value = trimmed(equal + 1, len - (size_t)(equal + 1 - p));
    return 0;
}

static const char *next_line(const char *p)
{
    p += line_length(p);
    return *p ? p + 1 : p;
}

/* One line into @c. */
static int take(struct conf *c, const char *p, struct err *e)
{
    AUTO_LINE struct line l = {0};
    const struct conf_key *k = NULL;
    char **slot = NULL;

    if (split(p, &l) < 0) {
        (void)err_set(e, ERR_CONFIG, "no \"=\"");
        return err_detail(e, "lines are: key = value");
    }
    if (!l.key)
        return 0;
    k = conf_find(l.key, e);
    if (!k || check(k, l.value, e) < 0)
        return -1;
    slot = &c->values[k - KEYS];
    if (*slot) {
        (void)err_set(e, ERR_CONFIG, "%s", k->key);
        return err_detail(e, "given twice");
    }
    *slot = TAKE(l.value);
    return 0;
}

static int parse(const char *text, const char *path, struct conf *c, struct err *e)
{
    unsigned number = 1;

    for (const char *p = text; *p; p = next_line(p)) {
        if (take(c, p, e) < 0)
            return err_push(e, "%s line %u", path, number);
        number++;
    }
    return 0;
}

/* The text of the file, without the mark that Windows editors put in front of UTF-8;
 * empty when there is none. */
static int read_text(const char *path, struct str *text, struct err *e)
{
    static const char MARK[] = "\xEF\xBB\xBF";
    struct err why = ERR_INIT;

    if (fs_read_file(path, text, &why) < 0) {
        if (why.code == ERR_NOT_FOUND)
            return 0;
        *e = why;
        return -1;
    }
    if (strlen(str_text(text)) != text->len)
        return err_set(e, ERR_CONFIG, "%s: not a text", path);
    if (str_starts(str_text(text), MARK)) {
        text->len -= sizeof MARK - 1;
        memmove(text->p, text->p + sizeof MARK - 1, text->len + 1);
    }
    return 0;
}

int conf_load(const char *home, struct conf **out, struct err *e)
{
    AUTO_MEM char *path = fs_path(home, CONF_FILE);
    AUTO_STR struct str text = STR_INIT(CONF_BYTES_MAX);
    AUTO_CONF struct conf *c = mem_new(1, sizeof *c);

    if (read_text(path, &text, e) < 0 || parse(str_text(&text), path, c, e) < 0)
        return -1;
    *out = TAKE(c);
    return 0;
}

void conf_free(struct conf *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < ARRAY_LEN(c->values); i++)
        mem_free(c->values[i]);
    mem_free(c);
}

void conf_auto(struct conf **c)
{
    conf_free(*c);
}

static size_t index_of(const char *key)
{
    size_t i = 0;

    while (i < ARRAY_LEN(KEYS) && strcmp(key, KEYS[i].key) != 0)
        i++;
    assert(i < ARRAY_LEN(KEYS));
    return i;
}

const char *conf_get(const struct conf *c, const char *key)
{
    size_t i = index_of(key);

    return c->values[i] ? c->values[i] : KEYS[i].otherwise;
}

int64_t conf_get_int(const struct conf *c, const char *key)
{
    const struct conf_key *k = &KEYS[index_of(key)];
    int64_t number = 0;
    bool ok = num_parse(conf_get(c, key), k->min, k->max, &number);

    assert(k->type == CONF_INT && ok);
    return number;
}

bool conf_is_set(const struct conf *c, const char *key)
{
    return c->values[index_of(key)] != NULL;
}

int conf_set(const char *home, const char *key, const char *value, struct err *e)
{
    AUTO_MEM char *path = fs_path(home, CONF_FILE);
    AUTO_STR struct str old = STR_INIT(CONF_BYTES_MAX);
    AUTO_STR struct str new = STR_INIT(CONF_BYTES_MAX);
    AUTO_CONF struct conf *c = mem_new(1, sizeof *c);
    AUTO_CONF struct conf *again = mem_new(1, sizeof *again);
    const struct conf_key *k = conf_find(key, e);
    bool done = value == NULL;

    if (!k || (value && check(k, value, e) < 0))
        return -1;
    /* A file that is not in order is mended by hand, not written over. */
    if (read_text(path, &old, e) < 0 || parse(str_text(&old), path, c, e) < 0)
        return -1;
    for (const char *p = str_text(&old); *p; p = next_line(p)) {
        AUTO_LINE struct line l = {0};

        if (split(p, &l) == 0 && l.key && strcmp(l.key, key) == 0) {
            if (value)
                str_addf(&new, "%s = %s\n", key, value);
            done = true;
            continue;
        }
        str_add_mem(&new, l.p, l.len);
        str_add_char(&new, '\n');
    }
    if (!done)
        str_addf(&new, "%s = %s\n", key, value);
    if (str_check(&new, path, e) < 0)
        return -1;
    /* What is written must be readable. */
    if (parse(str_text(&new), path, again, e) < 0)
        return -1;
    return fs_write_file(path, str_text(&new), new.len, e);
}
