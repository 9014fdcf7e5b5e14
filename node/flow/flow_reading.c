/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_reading.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/jdoc.h"
#include "node/base/lock.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "node/flow/flow.h"
#include "node/store/store_item.h"
#include "node/store/store_user.h"

#define SUBJECT_MAX 400 /* bytes of what was looked for */
#define LINE_MAX    2048
#define TAIL_BYTES  16384 /* looked at for the same, and for the line before */
#define LOCK_MS     2000
#define ROOM_BYTES  262144 /* read at a time when listing */

struct entry {
    const char *user, *act, *subject, *purpose;
};

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* "2026-11.jsonl" */
static void month_name(int64_t now, char out[CLOCK_ISO_MAX + 8])
{
    char iso[CLOCK_ISO_MAX];

    clock_iso(now, iso);
    (void)snprintf(out, CLOCK_ISO_MAX + 8, "%.7s.jsonl", iso);
}

/* ---- the end of what is there -------------------------------------------------------
 */

/* The last TAIL_BYTES of the newest file that holds anything; "" when none does.
 * @newest: owned, its name; NULL: none. */
static int read_tail(const char *folder, struct str *out, char **newest, struct err *e)
{
    AUTO_LIST struct fs_list names = {0};

    if (fs_list(folder, &names, e) < 0)
        return -1;
    for (size_t i = names.count; i > 0 && out->len == 0; i--) {
        AUTO_MEM char *path = fs_path(folder, names.names[i - 1]);
        AUTO_FD int fd = -1;
        struct stat st;

        if (!str_ends(path, ".jsonl"))
            continue;
        fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, e);
        if (fd < 0 || fstat(fd, &st) < 0)
            return fd < 0 ? -1 : err_sys(e, ERR_READ, "%s", path);
        if (st.st_size > TAIL_BYTES && lseek(fd, st.st_size - TAIL_BYTES, SEEK_SET) < 0)
            return err_sys(e, ERR_READ, "%s", path);
        if (fs_read_fd(fd, path, out, e) < 0)
            return -1;
        if (out->len > 0)
            *newest = mem_dup(names.names[i - 1]);
    }
    return 0;
}

/* The next line of @text with its LF, if it has one; false at the end. */
static bool next_line(const char **text, size_t *left, const char **line, size_t *len)
{
    const char *end = memchr(*text, '\n', *left);

    if (*left == 0)
        return false;
    *line = *text;
    *len = end ? (size_t)(end + 1 - *text) : *left;
    *text += *len;
    *left -= *len;
    return true;
}

static bool is_auto(const struct entry *n)
{
    return strcmp(n->purpose, FLOW_READING_AUTO) == 0;
}

/* What a person looked at, a page may show again by itself, not the other way round. */
static bool covers(const struct jdoc *said, const struct entry *n)
{
    const char *purpose = jdoc_text(said, "purpose");

    if (is_auto(n))
        return true;
    return n->purpose[0] ? same(purpose, n->purpose)
                         : !same(purpose, FLOW_READING_AUTO);
}

static bool says_same(const char *line, size_t len, const struct entry *n, int64_t now)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct err ignored = ERR_INIT; /* cut off at the front, or torn */
    int64_t at = 0;

    return jdoc_parse(line, len, &j, &ignored) == 0 &&
           jdoc_int(j, "at", 0, INT64_MAX, &at) && at <= now &&
           now - at < FLOW_READING_AGAIN_S && same(jdoc_text(j, "user"), n->user) &&
           same(jdoc_text(j, "act"), n->act) &&
           same(jdoc_text(j, "subject"), n->subject) && covers(j, n);
}

/* @prev: hash of the last line. @torn: it has no LF. Return: @n was said lately. */
static bool look_back(const struct str *tail, const struct entry *n, int64_t now,
                      char prev[HASH_HEX], bool *torn)
{
    const char *text = str_text(tail);
    const char *line = text;
    size_t left = tail->len, len = 0;
    bool found = false;

    while (next_line(&text, &left, &line, &len))
        found = found || says_same(line, len, n, now);
    *torn = len > 0 && line[len - 1] != '\n';
    if (len == 0) {
        memset(prev, '0', HASH_HEX - 1);
        prev[HASH_HEX - 1] = '\0';
    } else {
        AUTO_HASH struct hash *h = hash_new();

        hash_add(h, line, len);
        if (*torn)
            hash_add(h, "\n", 1); /* it gets one before the next */
        hash_end(h, prev);
    }
    return found;
}

/* ---- writing ------------------------------------------------------------------------
 */

/* @newest: the file with the line before, NULL none. The chain goes on in it when the
 * clock was set back behind its month: files are read in the order of their names. */
static int append(const char *folder, const struct entry *n, const char *prev,
                  bool torn, const char *newest, int64_t now, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_STR struct str line = STR_INIT(LINE_MAX);
    AUTO_MEM char *path = NULL;
    AUTO_FD int fd = -1;
    char month[CLOCK_ISO_MAX + 8];

    month_name(now, month);
    if (newest && strcmp(newest, month) > 0)
        path = fs_path(folder, newest);
    else
        path = fs_path(folder, month);
    /* A torn line is ended where it stands; in the month after it nothing is torn. */
    torn = torn && newest && strcmp(newest, fs_basename(path)) == 0;
    jdoc_set_int(j, "at", now);
    jdoc_set_text(j, "user", n->user);
    jdoc_set_text(j, "act", n->act);
    jdoc_set_text(j, "subject", n->subject);
    jdoc_set_text(j, "purpose", n->purpose);
    jdoc_set_text(j, "prev", prev);
    if (torn)
        str_add_char(&line, '\n');
    jdoc_print_line(j, &line);
    if (line.len == 0 || line.p[line.len - 1] != '\n')
        str_add_char(&line, '\n');
    if (str_check(&line, path, e) < 0)
        return -1;
    fd = fs_open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600, e);
    if (fd < 0)
        return -1;
    if (fs_write_all(fd, str_text(&line), line.len, path, e) < 0)
        return -1;
    /* A look at what is finished outlives a power cut; of work there is the history. */
    return strcmp(n->purpose, FLOW_READING_WORK) == 0 || is_auto(n)
               ? 0
               : fs_sync(fd, path, e);
}

/* Without a purpose only when the same was said lately, or @free. */
static int note(struct flow *f, const struct entry *n, bool free, struct err *e)
{
    AUTO_MEM char *folder = home_place(&f->home, FLOW_READING_FOLDER);
    AUTO_MEM char *lock_path = fs_path(folder, "lock");
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_STR struct str tail = STR_INIT(TAIL_BYTES);
    AUTO_MEM char *newest = NULL;
    struct entry now_said = *n;
    char prev[HASH_HEX];
    int64_t now = clock_now();
    bool torn = false;

    if ((!fs_is_dir(folder) && fs_mkdir(folder, e) < 0) ||
        lock_take(&lock, lock_path, LOCK_MS, e) < 0 ||
        read_tail(folder, &tail, &newest, e) < 0)
        return -1;
    if (look_back(&tail, n, now, prev, &torn))
        return 0;
    if ((!n->purpose[0] || is_auto(n)) && !free)
        return err_set(e, ERR_READING_PURPOSE, "%s", n->subject);
    if (!n->purpose[0])
        now_said.purpose = FLOW_READING_WORK;
    return append(folder, &now_said, prev, torn, newest, now, e);
}

static int check_purpose(const char *purpose, struct err *e)
{
    size_t len = strlen(purpose);

    if (len >= FLOW_READING_PURPOSE_MAX || !utf8_valid(purpose, len) ||
        strcmp(purpose, FLOW_READING_WORK) == 0) /* for the program to say */
        return err_set(e, ERR_READING_PURPOSE, "%s", "purpose");
    return 0;
}

/* Is it being worked on, by somebody who may? */
static int is_work(struct flow *f, const struct item *it, bool *out, struct err *e)
{
    struct store_user u = {.role = ROLE_ADMIN};
    int known = store_user_get(f->store, flow_user(f), &u, e);

    *out = it->state != ITEM_VERIFIED && it->state != ITEM_SEALED &&
           role_may(u.role, ROLE_DESCRIBE);
    return known < 0 ? -1 : 0;
}

int flow_reading_record(struct flow *f, const char *item, const char *purpose,
                        struct err *e)
{
    struct item it;
    int rc = store_item_get(f->store, item, &it, e);
    const struct entry n = {flow_user(f), "record", item, purpose};
    bool work = false;

    if (rc <= 0 || check_purpose(purpose, e) < 0)
        return rc <= 0 ? rc : -1;
    return is_work(f, &it, &work, e) < 0 ? -1 : note(f, &n, work, e);
}

int flow_reading_search(struct flow *f, const char *text, const char *purpose,
                        struct err *e)
{
    AUTO_MEM char *start = mem_dup(text);
    const struct entry n = {flow_user(f), "search", start, purpose};
    size_t len = strlen(start);

    if (len > SUBJECT_MAX) { /* not in the middle of a letter */
        for (len = SUBJECT_MAX; len > 0 && (start[len] & 0xc0) == 0x80;)
            len--;
        start[len] = '\0';
    }
    if (check_purpose(purpose, e) < 0)
        return -1;
    return note(f, &n, false, e);
}

/* ---- listing ------------------------------------------------------------------------
 */

struct listing {
    const struct flow_reading_query *q;
    const struct flow_listener *to;
    struct flow_reading_sum *sum;
    char prev[HASH_HEX];
    int64_t at; /* of the line before */
};

static bool wanted(const struct flow_reading_query *q, const struct jdoc *j)
{
    int64_t at = 0;

    return (!q->user || same(jdoc_text(j, "user"), q->user)) &&
           (!q->subject || same(jdoc_text(j, "subject"), q->subject)) &&
           jdoc_int(j, "at", 0, INT64_MAX, &at) && at >= q->since;
}

static void tell(struct listing *l, const struct jdoc *j, bool broken)
{
    static const char *const TEXTS[] = {"user", "act", "subject", "purpose"};
    struct jdoc *line = NULL;
    int64_t at = 0;

    if (!wanted(l->q, j))
        return;
    line = flow_line("reading");
    (void)jdoc_int(j, "at", 0, INT64_MAX, &at);
    jdoc_set_int(line, "at", at);
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
        jdoc_set_text(line, TEXTS[i], jdoc_text(j, TEXTS[i]));
    jdoc_set_bool(line, "broken", broken);
    l->sum->rows++;
    flow_tell(l->to, line);
}

/* With the LF that a line at the end of a month may lack. */
static void hash_line(const char *line, size_t len, char out[HASH_HEX])
{
    AUTO_HASH struct hash *h = hash_new();

    hash_add(h, line, len);
    if (len == 0 || line[len - 1] != '\n')
        hash_add(h, "\n", 1);
    hash_end(h, out);
}

static void take_line(struct listing *l, const char *line, size_t len)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct err ignored = ERR_INIT; /* torn: counted */
    int64_t at = 0;

    l->sum->all++;
    if (jdoc_parse(line, len, &j, &ignored) < 0) {
        l->sum->torn++;
    } else {
        bool broken = !same(jdoc_text(j, "prev"), l->prev);

        if (jdoc_int(j, "at", 0, INT64_MAX, &at)) {
            l->sum->back += at < l->at;
            l->at = at;
        }
        l->sum->broken += broken;
        tell(l, j, broken);
    }
    hash_line(line, len, l->prev);
}

/* As much at a time as there is room for; a line is short. */
static int take_file(struct listing *l, const char *path, struct err *e)
{
    AUTO_FD int fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, e);
    AUTO_MEM char *room = mem_new(ROOM_BYTES, 1);
    size_t have = 0;

    if (fd < 0)
        return -1;
    for (;;) {
        ssize_t n = read(fd, room + have, ROOM_BYTES - have);
        const char *text = room, *line = NULL;
        size_t left = 0, len = 0;

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, ERR_READ, "%s", path);
        have += (size_t)n;
        left = have;
        while (memchr(text, '\n', left) && next_line(&text, &left, &line, &len))
            take_line(l, line, len);
        if (left > 0 && (n == 0 || left == ROOM_BYTES)) {
            take_line(l, text, left); /* torn, or none of ours */
            left = 0;
        }
        memmove(room, text, left);
        have = left;
        if (n == 0)
            return 0;
    }
}

int flow_reading_list(const struct flow *f, const struct flow_reading_query *q,
                      const struct flow_listener *to, struct flow_reading_sum *sum,
                      struct err *e)
{
    AUTO_MEM char *folder = home_place(&f->home, FLOW_READING_FOLDER);
    AUTO_LIST struct fs_list names = {0};
    struct listing l = {.q = q, .to = to, .sum = sum};

    *sum = (struct flow_reading_sum){0};
    memset(l.prev, '0', HASH_HEX - 1);
    if (!fs_is_dir(folder))
        return 0;
    if (fs_list(folder, &names, e) < 0)
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        AUTO_MEM char *path = fs_path(folder, names.names[i]);

        if (str_ends(path, ".jsonl") && take_file(&l, path, e) < 0)
            return -1;
    }
    return 0;
}
