/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/packer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/proc.h"
#include "node/base/str.h"
#include "sync/pack.h"
#include "sync/repo.h"
#include "sync/repo_git.h"
#include "sync/request.h"
#include "tests/unit/sync_help.h"

#define BIG ((size_t)300000)
#define REF "refs/heads/x"

/* A repository with two commits: in the first a file that does not shrink, one that
 * does and a small one; in the second one file is another one, and one is new. */
struct world {
    struct node n;
    struct repo *r;
    char *noise, *zeros;
    char first[NAMES_OID_MAX], second[NAMES_OID_MAX];
    char noise_id[NAMES_OID_MAX];
};

static struct world world;

static void commit(struct world *w, struct repo_file *files, size_t count,
                   const char *parent, char out[NAMES_OID_MAX])
{
    struct repo_commit c = {.time = 1764000000, .message = "x\n"};
    struct err e = ERR_INIT;

    OK(repo_tree_write(w->r, files, count, c.tree, &e));
    (void)snprintf(c.parent, sizeof c.parent, "%s", parent);
    (void)snprintf(c.author, sizeof c.author, "%s", w->n.name);
    OK(repo_commit_write(w->r, &c, &w->n.key, out, &e));
}

static int set_up(void **state)
{
    struct world *w = &world;
    uint64_t seed = 42;
    struct err e = ERR_INIT;
    git_oid id;

    *w = (struct world){.r = NULL};
    node_init(&w->n);
    OK(repo_open(w->n.repo, &w->r, &e));
    w->noise = mem_new(1, BIG);
    w->zeros = mem_new(1, BIG);
    for (size_t i = 0; i < BIG; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        w->noise[i] = (char)(seed >> 56);
    }
    {
        struct repo_file files[] = {{"a/noise", w->noise, BIG},
                                    {"a/zeros", w->zeros, BIG},
                                    {"b/small", "one", 3}};

        commit(w, files, 3, "", w->first);
    }
    {
        struct repo_file files[] = {{"a/noise", w->noise, BIG},
                                    {"a/zeros", w->zeros, BIG},
                                    {"b/new", "one", 3}, /* its bytes are known */
                                    {"b/small", "two", 3}};

        commit(w, files, 4, w->first, w->second);
    }
    OK(repo_write(w->r, w->noise, BIG, GIT_OBJECT_BLOB, &id, &e));
    repo_hex(&id, w->noise_id);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    repo_close(w->r);
    mem_free(w->noise);
    mem_free(w->zeros);
    node_clear(&w->n);
    return 0;
}

/* The request of @old to @new: what the gate counts in it, and how long it is. */
static char *make(struct world *w, struct repo *r, const char *old, const char *new,
                  struct pack_found *found, int64_t *size)
{
    struct pack_command cmd;
    struct err e = ERR_INIT;
    char id[HASH_HEX];
    char *path = NULL;
    AUTO_FD int fd = -1;

    OK(request_write(r, REF, old, new, w->n.dir, NULL, id, size, &e));
    path = fs_path(w->n.dir, id);
    fd = fs_open(path, O_RDONLY, 0, &e);
    assert_true(fd >= 0);
    OK(pack_read_command(fd, path, &cmd, &e));
    OK(pack_check(fd, path, cmd.pack_at, found, &e));
    return path;
}

static void unpack(struct repo *to, const char *path)
{
    struct pack_command cmd;
    struct err e = ERR_INIT;
    AUTO_FD int fd = fs_open(path, O_RDONLY, 0, &e);

    OK(pack_read_command(fd, path, &cmd, &e));
    OK(request_unpack(to, fd, cmd.pack_at, &e));
    assert_true(request_forward(to, cmd.ref, cmd.new, &e) == 1);
}

static void git_agrees(const char *path)
{
    const char *const argv[] = {"git", "-C", path, "fsck", "--strict", "--full", NULL};
    const struct proc_opts o = {.argv = argv, .in = PROC_NULL, .err = PROC_NULL};
    AUTO_STR struct str out = STR_INIT(STR_TEXT_MAX);
    struct proc_exit how;
    struct err e = ERR_INIT;

    OK(proc_run(&o, &out, 60000, &how, &e));
    assert_int_equal(how.status, 0);
}

static void test_packer__git_takes_what_it_makes(void **state)
{
    struct world *w = *state;
    AUTO_MEM char *place = fs_path(w->n.dir, "other.git");
    AUTO_MEM char *all = NULL;
    AUTO_MEM char *next = NULL;
    AUTO_MEM char *again = NULL;
    AUTO_REPO struct repo *other = NULL;
    struct pack_found found;
    struct err e = ERR_INIT;
    int64_t size;

    OK(repo_create(place, REPO_TRANSPORT, &e));
    OK(repo_open(place, &other, &e));
    all = make(w, w->r, "", w->first, &found, &size);
    assert_int_equal(found.objects, 1 + 3 + 3);
    /* what does not shrink is as long as it was, the other one is gone */
    assert_true(size > (int64_t)BIG && size < (int64_t)BIG + 3000);
    unpack(other, all);
    next = make(w, w->r, w->first, w->second, &found, &size);
    assert_int_equal(found.objects, 1 + 2 + 2); /* "one" in its new place, too */
    assert_true(size < 2000);
    unpack(other, next);
    git_agrees(place);
    /* there all lies in packs: the same comes out */
    again = make(w, other, "", w->second, &found, &size);
    assert_int_equal(found.objects, 2 + 3 + 2 + 4);
}

static void test_packer__sends_no_damaged_object(void **state)
{
    struct world *w = *state;
    AUTO_MEM char *path =
        mem_printf("%s/objects/%.2s/%s", w->n.repo, w->noise_id, w->noise_id + 2);
    AUTO_STR struct str is = STR_INIT(2 * BIG);
    struct err e = ERR_INIT;
    int64_t size;
    char id[HASH_HEX];

    OK(fs_read_file(path, &is, &e));
    assert_int_equal(chmod(path, 0600), 0);
    for (int kind = 0; kind < 3; kind++) {
        AUTO_STR struct str bad = STR_INIT(2 * BIG);

        str_add_mem(&bad, is.p, is.len);
        if (kind == 0)
            bad.p[is.len / 2] ^= 1; /* in the middle of what is stored as it is */
        else if (kind == 1)
            bad.len = is.len / 2;
        else
            bad.len = 0;
        OK(fs_write_file(path, bad.p, bad.len, &e));
        assert_int_equal(
            request_write(w->r, REF, "", w->first, w->n.dir, NULL, id, &size, &e), -1);
        assert_int_equal(e.code, ERR_BUNDLE_DAMAGED);
        err_clear(&e);
    }
    OK(fs_write_file(path, is.p, is.len, &e));
    OK(request_write(w->r, REF, "", w->first, w->n.dir, NULL, id, &size, &e));
}

static int refuse(void *ctx, const void *data, size_t len, struct err *e)
{
    int *left = ctx;

    (void)data;
    (void)len;
    return (*left)-- > 0 ? 0 : err_set(e, ERR_DISK_FULL, "%s", "sink");
}

static void test_packer__stops_when_it_is_told(void **state)
{
    struct world *w = *state;
    struct err e = ERR_INIT;

    for (int at = 0; at < 12; at += 3) {
        int left = at;

        assert_int_equal(packer_write(w->r, "", w->first, refuse, &left, &e), -1);
        assert_int_equal(e.code, ERR_DISK_FULL);
        err_clear(&e);
    }
}

static void test_packer__says_what_is_missing(void **state)
{
    struct world *w = *state;
    AUTO_MEM char *path =
        mem_printf("%s/objects/%.2s/%s", w->n.repo, w->noise_id, w->noise_id + 2);
    AUTO_MEM char *aside = fs_path(w->n.dir, "aside");
    struct err e = ERR_INIT;
    int left = 1 << 20;

    OK(fs_rename(path, aside, &e));
    assert_int_equal(packer_write(w->r, "", w->first, refuse, &left, &e), -1);
    assert_int_equal(e.code, ERR_REPO);
    err_clear(&e);
    OK(fs_rename(aside, path, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packer__git_takes_what_it_makes),
        cmocka_unit_test(test_packer__stops_when_it_is_told),
        cmocka_unit_test(test_packer__says_what_is_missing),
        cmocka_unit_test(test_packer__sends_no_damaged_object),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
