/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/step.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "sync/bundle.h"
#include "sync/pack.h"
#include "sync/repo.h"
#include "sync/repo_git.h"
#include "sync/request.h"

#define CHAIN_MAX ((size_t)1000000)

/* How far a step of bundles goes: the index of its last commit. @commits: newest
 * first, @count of them. */
static int end_of_bundles(struct repo *r, char (*commits)[NAMES_OID_MAX], size_t count,
                          size_t *last, struct err *e)
{
    int64_t bytes = 0, objects = 0;
    size_t taken = 0;

    for (size_t i = count; i-- > 0 && taken < STEP_COMMITS_MAX; taken++) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        char sha256[HASH_HEX], parent[NAMES_OID_MAX];

        if (bundle_read(r, commits[i], &m, sha256, parent, e) < 0)
            return -1;
        bytes += manifest_bytes(&m);
        /* a folder for each first byte of a name, the tree, the commit, the manifest */
        objects += (int64_t)m.object_count + 260;
        if (taken > 0 && (bytes > BUNDLE_BYTES_MAX || objects > STEP_OBJECTS_MAX))
            return 0;
        *last = i;
    }
    return 0;
}

/* The commit that the step leads to. 1, 0 nothing is new, -1. */
static int choose(struct repo *r, const char *ref, const char *old,
                  char new[NAMES_OID_MAX], struct err *e)
{
    AUTO_MEM char(*commits)[NAMES_OID_MAX] = NULL;
    struct names_chain chain;
    size_t count = 0, last;
    int rc = repo_ref(r, ref, new, e);

    if (rc <= 0 || strcmp(new, old) == 0)
        return rc < 0 ? -1 : 0;
    rc = repo_chain(r, new, old, CHAIN_MAX, &commits, &count, e);
    if (rc < 0)
        return -1;
    if (rc == 0 || count == 0)
        return err_set(e, ERR_REF_MOVED, "%s", ref);
    last = count > STEP_OTHERS_MAX ? count - STEP_OTHERS_MAX : 0;
    if (names_ref_parse(ref, &chain) && end_of_bundles(r, commits, count, &last, e) < 0)
        return -1;
    memcpy(new, commits[last], NAMES_OID_MAX);
    return 1;
}

/* The reader has what came before: only this step may be asked for again. */
static int drop_others(const char *folder, const char *keep, struct err *e)
{
    AUTO_LIST struct fs_list l = {0};

    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);

        if (strcmp(l.names[i], keep) != 0 && fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

int step_make(struct repo *r, const char *ref, const char *old, const char *folder,
              struct step *out, struct err *e)
{
    char new[NAMES_OID_MAX] = "";
    AUTO_MEM char *name = NULL;
    AUTO_MEM char *path = NULL;
    struct step s = {.size = 0};
    struct stat st;
    int rc = choose(r, ref, old, new, e);

    if (rc <= 0)
        return rc;
    name = mem_printf("%s-%s", old[0] ? old : PACK_ZERO, new);
    path = fs_path(folder, name);
    if (fs_mkdirs(folder, e) < 0 || drop_others(folder, name, e) < 0)
        return -1;
    if (!fs_exists(path) &&
        request_write(r, ref, old, new, folder, name, NULL, NULL, e) < 0)
        return -1;
    if (hash_file(path, s.id, NULL, e) < 0)
        return -1;
    if (stat(path, &st) < 0)
        return err_sys(e, ERR_READ, "%s", path);
    s.size = st.st_size;
    (void)snprintf(s.path, sizeof s.path, "%s", path);
    *out = s;
    return 1;
}
