/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_quarantine.h"

#include <fcntl.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/utf8.h"
#include "node/store/store_audit.h"
#include "node/store/store_input.h"
#include "node/store/store_user.h"

#define NAME_MAX_BYTES 120 /* of a released file */

static char *place_of(const struct flow *f, const char *sha)
{
    AUTO_MEM char *folder = home_place(&f->home, "quarantine");

    return fs_path(folder, sha);
}

static int has_room(struct flow *f, uint64_t size, bool *room, struct err *e)
{
    uint64_t used = 0;
    uint64_t free_bytes = 0;
    uint64_t all = 0;
    uint64_t quota = 0;
    AUTO_CONF struct conf *conf = NULL;

    if (conf_load(f->home.path, &conf, e) < 0 ||
        store_input_quarantine_bytes(f->store, &used, e) < 0 ||
        fs_free_bytes(f->home.path, &free_bytes, &all, e) < 0)
        return -1;
    quota = all / 100 * (uint64_t)conf_get_int(conf, "import.quarantine_percent");
    if (quota < FLOW_QUARANTINE_MIN)
        quota = FLOW_QUARANTINE_MIN;
    *room = size <= quota && used <= quota - size;
    return 0;
}

int flow_quarantine_take(struct flow *f, struct fs_tmp *t, const char *sha,
                         uint64_t size, bool *kept, struct err *e)
{
    AUTO_MEM char *folder = home_place(&f->home, "quarantine");
    AUTO_MEM char *path = place_of(f, sha);
    bool room = false;
    bool existed = false;

    *kept = false;
    if (!fs_exists(path)) {
        if (has_room(f, size, &room, e) < 0)
            return -1;
        if (!room) {
            fs_tmp_clear(t);
            return 0;
        }
    }
    if (fs_mkdir(folder, e) < 0 || fs_tmp_commit_new(t, path, &existed, e) < 0)
        return -1;
    fs_tmp_clear(t);
    *kept = true;
    return 0;
}

/* ---- looking ------------------------------------------------------------- */

static void set_path(struct jdoc *line, const struct store_quarantine *q)
{
    AUTO_STR struct str s = STR_INIT(STR_LINE_MAX);

    utf8_nfc(q->path, q->path_len, &s);
    jdoc_set_text(line, "path", str_text(&s));
}

static struct jdoc *row_line(const struct store_quarantine *q)
{
    struct jdoc *line = flow_line("quarantine");
    enum err_code code = err_code_find(q->code);
    char at[CLOCK_ISO_MAX];

    jdoc_set_int(line, "id", q->id);
    set_path(line, q);
    jdoc_set_text(line, "code", q->code);
    jdoc_set_text(line, "vi", i18n_text_in(LANG_VI, err_code_what(code)));
    jdoc_set_text(line, "en", i18n_text_in(LANG_EN, err_code_what(code)));
    jdoc_set_text(line, "state", store_input_held_name(q->state));
    jdoc_set_text(line, "sha256", q->sha[0] ? q->sha : NULL);
    jdoc_set_int(line, "size", (int64_t)q->size);
    jdoc_set_text(line, "page", q->page[0] ? q->page : NULL);
    clock_iso(q->at, at);
    jdoc_set_text(line, "at", at);
    return line;
}

struct lines {
    struct jdoc **rows; /* owned */
    size_t count, cap;
};

static int on_row(void *ctx, const struct store_quarantine *q, struct err *e)
{
    struct lines *l = ctx;

    (void)e;
    mem_grow(&l->rows, &l->cap, l->count + 1, sizeof *l->rows);
    l->rows[l->count++] = row_line(q);
    return 0;
}

int flow_quarantine_list(struct flow *f, const struct flow_listener *to, int64_t *count,
                         struct err *e)
{
    struct lines l = {0};
    int rc = 0;

    if (flow_need_commune(f, e) < 0)
        return -1;
    rc = store_input_quarantine_each(f->store, 0, on_row, &l, e);
    while (l.count > 0) {
        struct jdoc *row = l.rows[--l.count];

        if (rc < 0) {
            jdoc_free(row);
            continue;
        }
        flow_tell(to, row);
        (*count)++;
    }
    mem_free(l.rows);
    return rc;
}

/* One row, kept beyond the callback. */
struct held {
    struct store_quarantine q;
    char *path; /* owned, NUL-ended */
    struct jdoc *line;
};

static void held_clear(struct held *h)
{
    mem_free(h->path);
    jdoc_free(h->line);
}
#define AUTO_HELD AUTO(held_clear)

static int on_one(void *ctx, const struct store_quarantine *q, struct err *e)
{
    struct held *h = ctx;

    (void)e;
    h->q = *q;
    h->path = mem_printf("%.*s", (int)q->path_len, q->path);
    h->line = row_line(q);
    if (q->detail && q->detail[0])
        jdoc_set_text(h->line, "detail", q->detail);
    return 1;
}

static int find(struct flow *f, int64_t id, struct held *h, struct err *e)
{
    if (flow_need_commune(f, e) < 0 ||
        (id > 0 && store_input_quarantine_each(f->store, id, on_one, h, e) < 0))
        return -1;
    return h->line ? 0 : err_set(e, ERR_QUARANTINE_ABSENT, "%lld", (long long)id);
}

int flow_quarantine_show(struct flow *f, int64_t id, const struct flow_listener *to,
                         struct err *e)
{
    AUTO_HELD struct held h = {0};
    AUTO_MEM char *path = NULL;
    enum err_code code = ERR_NONE;

    if (find(f, id, &h, e) < 0)
        return -1;
    path = place_of(f, h.q.sha);
    code = err_code_find(h.q.code);
    jdoc_set_text(h.line, "file", h.q.state == STORE_HELD_FILE ? path : NULL);
    for (int lang = LANG_VI; lang <= LANG_EN; lang++) {
        AUTO_MEM char *text =
            mem_printf("%s %s", i18n_text_in((enum lang)lang, err_code_what(code)),
                       i18n_text_in((enum lang)lang, err_code_todo(code)));

        jdoc_set_text(h.line, lang == LANG_VI ? "vi" : "en", text);
    }
    flow_tell(to, TAKE(h.line));
    return 0;
}

/* ---- acting -------------------------------------------------------------- */

static int note(struct flow *f, const struct held *h, const char *act, const char *user,
                struct err *e)
{
    AUTO_MEM char *subject = mem_printf("quarantine %lld", (long long)h->q.id);
    AUTO_JDOC struct jdoc *detail = jdoc_object();

    jdoc_set_text(detail, "sha256", h->q.sha);
    jdoc_set_text(detail, "code", h->q.code);
    return store_audit_add(f->store, user, "cli", act, subject, detail, clock_now(), e);
}

/* A name for the copy that is safe in any folder and shell: the last component without
 * control characters, not hidden, not an option. */
static char *release_name(const struct held *h)
{
    AUTO_STR struct str s = STR_INIT(STR_PATH_MAX);
    const char *name = fs_basename(h->path);
    size_t len = 0;

    str_addf(&s, "%lld-", (long long)h->q.id);
    utf8_nfc(name, strlen(name), &s);
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == '/')
            s.p[i] = '_';
    len = s.len < NAME_MAX_BYTES ? s.len : NAME_MAX_BYTES;
    while (len > 0 && len < s.len && ((unsigned char)s.p[len] & 0xC0) == 0x80)
        len--;
    return mem_printf("%.*s", (int)len, s.p);
}

int flow_quarantine_release(struct flow *f, int64_t id, const char *dir, char **path,
                            struct err *e)
{
    AUTO_HELD struct held h = {0};
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *from = NULL;
    AUTO_MEM char *name = NULL;
    AUTO_MEM char *to = NULL;
    AUTO_FD int fd = -1;
    uint64_t size = 0;
    bool existed = false;

    if (find(f, id, &h, e) < 0)
        return -1;
    if (h.q.state != STORE_HELD_FILE)
        return err_set(e, ERR_QUARANTINE_ABSENT, "%lld", (long long)id);
    from = place_of(f, h.q.sha);
    name = release_name(&h);
    to = fs_path(dir, name);
    fd = fs_open(from, O_RDONLY | O_NOFOLLOW, 0, e);
    if (fd < 0 || fs_mkdirs(dir, e) < 0 || fs_tmp_open(&tmp, dir, e) < 0 ||
        fs_copy(fd, from, &tmp, UINT64_MAX, NULL, &size, e) < 0 ||
        fs_tmp_commit_new(&tmp, to, &existed, e) < 0)
        return -1;
    if (store_begin(f->store, &txn, e) < 0 ||
        note(f, &h, "quarantine.release", "", e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    *path = TAKE(to);
    return 0;
}

struct shared {
    const char *sha;
    int64_t not_id;
    bool found;
};

static int on_shared(void *ctx, const struct store_quarantine *q, struct err *e)
{
    struct shared *s = ctx;

    (void)e;
    if (q->id == s->not_id || q->state != STORE_HELD_FILE ||
        strcmp(q->sha, s->sha) != 0)
        return 0;
    s->found = true;
    return 1;
}

int flow_quarantine_remove(struct flow *f, int64_t id, const char *user, struct err *e)
{
    AUTO_HELD struct held h = {0};
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *path = NULL;
    struct shared other = {.not_id = id};

    if (find(f, id, &h, e) < 0 ||
        store_user_may(f->store, user, ROLE_ADMINISTER, e) < 0)
        return -1;
    if (h.q.state == STORE_REMOVED)
        return err_set(e, ERR_QUARANTINE_ABSENT, "%lld", (long long)id);
    other.sha = h.q.sha;
    if (store_begin(f->store, &txn, e) < 0 ||
        store_input_quarantine_set(f->store, id, STORE_REMOVED, user, e) < 0 ||
        note(f, &h, "quarantine.remove", user, e) < 0 ||
        store_input_quarantine_each(f->store, 0, on_shared, &other, e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    /* The file goes after the row: a cut in between leaves a file without a row. */
    if (h.q.sha[0] == '\0' || other.found)
        return 0;
    path = place_of(f, h.q.sha);
    return fs_unlink(path, e);
}
