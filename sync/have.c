/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/have.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "sync/heads.h"
#include "sync/repo.h"

#define UNIT "unit "
#define LINE ((size_t)200)

void have_clear(struct have *h)
{
    str_clear(&h->text);
}

/* ---- telling ------------------------------------------------------------------------
 */

/* A unit is told wholly or not at all. @full: no room for it. */
static int add_unit(const char *home, const char *unit, struct str *text, bool *full,
                    struct err *e)
{
    static const char *const REFS[] = {"refs/sohoa/", "refs/receipts/", NAMES_KEYS_REF,
                                       NAMES_STATEMENTS_REF};
    AUTO_MEM char *path = fs_pathf(home, "communes/%s/repo.git", unit);
    AUTO_HEADS struct heads heads = {.rows = NULL};
    AUTO_STR struct str part = STR_INIT(HAVE_MAX);
    AUTO_REPO struct repo *r = NULL;

    if (!fs_exists(path))
        return 0;
    if (repo_open(path, &r, e) < 0 ||
        heads_load(r, REFS, ARRAY_LEN(REFS), &heads, e) < 0)
        return -1;
    str_addf(&part, UNIT "%s\n", unit);
    heads_print(&heads, false, &part);
    *full = part.over || text->len + part.len + LINE > HAVE_MAX;
    if (!*full)
        str_add_mem(text, part.p, part.len);
    return 0;
}

int have_write(const char *home, const char *path, struct err *e)
{
    AUTO_MEM char *top = fs_path(home, "communes");
    AUTO_STR struct str text = STR_INIT(HAVE_MAX);
    AUTO_LIST struct fs_list l = {0};
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];
    bool full = false;

    if (fs_is_dir(top) && fs_list(top, &l, e) < 0)
        return -1;
    for (size_t i = 0; !full && i < l.count; i++)
        if (names_unit_parse(l.names[i], code, from) &&
            add_unit(home, l.names[i], &text, &full, e) < 0)
            return -1;
    str_addf(&text, ".\n");
    if (str_check(&text, path, e) < 0)
        return -1;
    return fs_write_file(path, text.p, text.len, e);
}

/* ---- hearing ------------------------------------------------------------------------
 */

int have_load(const char *home, const char *node, struct have *out, struct err *e)
{
    AUTO_MEM char *path = fs_pathf(home, HAVE_KEPT, node);

    return fs_exists(path) ? fs_read_file(path, &out->text, e) : 0;
}

/* The line at @p without its end. False: none, or too long to say anything. */
static bool copy_line(const char *p, size_t len, char out[LINE])
{
    if (len >= LINE)
        return false;
    memcpy(out, p, len);
    out[len] = '\0';
    return true;
}

static void add_ref(char *line, struct heads *out)
{
    char *ref = line + NAMES_OID_MAX;

    if (strlen(line) <= NAMES_OID_MAX || line[NAMES_OID_MAX - 1] != ' ')
        return;
    line[NAMES_OID_MAX - 1] = '\0';
    if (names_is_oid(line))
        heads_add(out, ref, line);
}

void have_unit(const struct have *h, const char *unit, struct heads *out)
{
    const char *p = h->text.len ? h->text.p : "";
    const char *end = p + h->text.len;
    bool here = false;

    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t len = stop ? (size_t)(stop - p) : (size_t)(end - p);
        char line[LINE];

        if (copy_line(p, len, line)) {
            if (strncmp(line, UNIT, strlen(UNIT)) == 0)
                here = strcmp(line + strlen(UNIT), unit) == 0;
            else if (here)
                add_ref(line, out);
        }
        p += len + 1;
    }
}

const char *have_tip(const struct heads *heads, const char *ref)
{
    for (size_t i = 0; i < heads->count; i++)
        if (strcmp(heads->rows[i].ref, ref) == 0)
            return heads->rows[i].tip;
    return "";
}
