/* SPDX-License-Identifier: Apache-2.0 */
#include "node/scan/walk.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/utf8.h"

void walk_clear(struct walk_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        mem_free(l->inputs[i].path);
    mem_free(l->inputs);
    *l = (struct walk_list){0};
}

bool walk_is_hidden(const char *name)
{
    static const char *const LEFT[] = {"Thumbs.db", "desktop.ini", "__MACOSX"};

    if (name[0] == '.')
        return true;
    for (size_t i = 0; i < ARRAY_LEN(LEFT); i++)
        if (strcasecmp(name, LEFT[i]) == 0)
            return true;
    return false;
}

int walk_add(struct walk_list *l, const char *path, enum err_code refused,
             uint64_t size, struct err *e)
{
    if (l->count == WALK_INPUTS_MAX)
        return err_set(e, ERR_LIMIT, "%zu files in one call", WALK_INPUTS_MAX);
    mem_grow(&l->inputs, &l->cap, l->count + 1, sizeof *l->inputs);
    l->inputs[l->count++] = (struct walk_input){
        .path = mem_dup(path),
        .refused = refused,
        .size = size,
    };
    return 0;
}

static enum err_code from_errno(int code)
{
    if (code == ENOENT || code == ENOTDIR)
        return ERR_NOT_FOUND;
    return code == EACCES || code == EPERM ? ERR_DENIED : ERR_OPEN;
}

/* Folders still to be listed; the one found last is on top. Listed from the end, so
 * that its first name comes off first: no recursion on outside data. */
struct todo {
    char *path;
    int depth;
    bool named; /* on the command line */
};

struct stack {
    struct todo *items;
    size_t count, cap;
};

static void stack_clear(struct stack *s)
{
    for (size_t i = 0; i < s->count; i++)
        mem_free(s->items[i].path);
    mem_free(s->items);
}
#define AUTO_STACK AUTO(stack_clear)

static void push(struct stack *s, char *taken, int depth, bool named)
{
    mem_grow(&s->items, &s->cap, s->count + 1, sizeof *s->items);
    s->items[s->count++] = (struct todo){.path = taken, .depth = depth, .named = named};
}

static int list_folder(struct stack *s, const struct todo *t, struct walk_list *out,
                       struct err *e)
{
    AUTO_LIST struct fs_list names = {0};
    struct err why = ERR_INIT; /* becomes the code of one input */
    size_t len = strlen(t->path);

    if (t->depth >= WALK_DEPTH_MAX)
        return walk_add(out, t->path, ERR_LIMIT, 0, e);
    if (fs_list(t->path, &names, &why) < 0)
        return walk_add(out, t->path, why.code, 0, e);
    for (size_t i = names.count; i-- > 0;)
        push(s,
             len > 0 && t->path[len - 1] == '/'
                 ? mem_printf("%s%s", t->path, names.names[i])
                 : fs_path(t->path, names.names[i]),
             t->depth + 1, false);
    return 0;
}

static int look(struct stack *s, const struct todo *t, struct walk_list *out,
                struct err *e)
{
    const char *name = fs_basename(t->path);
    struct stat st;
    bool hidden = walk_is_hidden(name);

    if (lstat(t->path, &st) < 0)
        return walk_add(out, t->path, from_errno(errno), 0, e);
    if (S_ISDIR(st.st_mode) && (t->named || !hidden))
        return list_folder(s, t, out, e);
    if (S_ISLNK(st.st_mode))
        return walk_add(out, t->path, ERR_INPUT_LINK, 0, e);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return walk_add(out, t->path, ERR_INPUT_NOT_REGULAR, 0, e);
    return walk_add(out, t->path, hidden ? ERR_INPUT_HIDDEN : ERR_NONE,
                    (uint64_t)st.st_size, e);
}

/* "link/" would be followed: the slashes at the end go. */
static char *trimmed(const char *path)
{
    char *copy = mem_dup(path);
    size_t len = strlen(copy);

    while (len > 1 && copy[len - 1] == '/')
        copy[--len] = '\0';
    return copy;
}

int walk_paths(const char *const *paths, size_t count, struct walk_list *out,
               struct err *e)
{
    AUTO_STACK struct stack s = {0};

    for (size_t i = 0; i < count; i++) {
        push(&s, trimmed(paths[i]), 0, true);
        while (s.count > 0) {
            struct todo t = s.items[--s.count];
            AUTO_MEM char *path = t.path;

            if (look(&s, &t, out, e) < 0)
                return -1;
        }
    }
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Two runs of digits by value; any length. Moves both past their run. */
static int compare_runs(const char **a, const char **b)
{
    size_t la = 0;
    size_t lb = 0;
    int rc = 0;

    while (**a == '0')
        (*a)++;
    while (**b == '0')
        (*b)++;
    while (is_digit((*a)[la]))
        la++;
    while (is_digit((*b)[lb]))
        lb++;
    if (la != lb)
        return la < lb ? -1 : 1;
    rc = memcmp(*a, *b, la);
    *a += la;
    *b += lb;
    return rc;
}

static int rank(char c)
{
    return c == '\0' ? 0 : c == '/' ? 1 : 2 + (unsigned char)c;
}

int walk_compare(const char *a, const char *b)
{
    const char *start_a = a;
    const char *start_b = b;

    while (*a || *b) {
        int rc = 0;

        if (is_digit(*a) && is_digit(*b)) {
            rc = compare_runs(&a, &b);
            if (rc != 0)
                return rc;
            continue;
        }
        if (*a != *b)
            return rank(*a) < rank(*b) ? -1 : 1;
        a++;
        b++;
    }
    return strcmp(start_a, start_b); /* 01 and 1 */
}

void walk_display(const char *path, struct str *out)
{
    utf8_nfc(path, strlen(path), out);
}
