/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/rollup.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/proc.h"
#include "node/base/str.h"

#define WORDS_MAX ((size_t)64 << 10)
#define ARGS_MAX  40

static const char *const ENV[] = {"GIT_CONFIG_NOSYSTEM=1",
                                  "GIT_CONFIG_GLOBAL=/dev/null",
                                  "GIT_TERMINAL_PROMPT=0", "LC_ALL=C", NULL};

/* git at @path with @args; what it prints goes to @words. 0 and its exit code. */
static int git(const char *path, const char *const *args, size_t count,
               struct str *words, int *code, struct err *e)
{
    static const char *const FIXED[] = {"git",
                                        "-c",
                                        "core.fsync=all",
                                        "-c",
                                        "core.bigFileThreshold=64k",
                                        "-c",
                                        "pack.window=0",
                                        "-c",
                                        "pack.threads=1",
                                        "-c",
                                        "pack.compression=0",
                                        "-c",
                                        "repack.writeBitmaps=false",
                                        "-c",
                                        "gc.auto=0"};
    const char *argv[ARGS_MAX] = {NULL};
    struct proc_opts o = {.argv = argv,
                          .env = ENV,
                          .folder = path,
                          .in = PROC_NULL,
                          .err = PROC_NULL,
                          .low_priority = true};
    struct proc_exit how = {.status = 0};
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(FIXED); i++)
        argv[n++] = FIXED[i];
    for (size_t i = 0; i < count && n + 1 < ARGS_MAX; i++)
        argv[n++] = args[i];
    if (proc_run(&o, words, ROLLUP_GIT_MS, &how, e) < 0)
        return -1;
    if (how.signaled) {
        err_set(e, ERR_REPO, "%s", path);
        return err_detail(e, "git %s ended by signal %d", args[0], how.status);
    }
    *code = how.status;
    return 0;
}

static int must(const char *path, const char *const *args, size_t count, struct err *e)
{
    AUTO_STR struct str words = STR_INIT(WORDS_MAX);
    uint64_t left = 0, all = 0;
    int code = 0;

    if (git(path, args, count, &words, &code, e) < 0)
        return -1;
    if (code == 0)
        return 0;
    if (fs_free_bytes(path, &left, &all, e) < 0)
        return -1;
    err_set(e, left < ((uint64_t)64 << 20) ? ERR_DISK_FULL : ERR_REPO, "%s", path);
    return err_detail(e, "git %s ended with %d", args[0], code);
}

int rollup_packs(const char *path, struct err *e)
{
    static const char *const REPACK[] = {"repack", "--geometric=2", "-d", "-q",
                                         "--write-midx"};
    static const char *const PRUNE[] = {"prune-packed", "-q"};

    AUTO_MEM char *objects = fs_path(path, "objects");

    if (must(path, REPACK, ARRAY_LEN(REPACK), e) < 0 ||
        must(path, PRUNE, ARRAY_LEN(PRUNE), e) < 0)
        return -1;
    return fs_mkdir_many(objects, 256, e); /* git removes those that are empty */
}

int rollup_check(const char *path, char *words, size_t room, struct err *e)
{
    static const char *const FSCK[] = {"fsck", "--connectivity-only", "--no-dangling",
                                       "--no-progress"};
    AUTO_STR struct str said = STR_INIT(WORDS_MAX);
    struct err why = ERR_INIT;
    int code = 0;

    if (git(path, FSCK, ARRAY_LEN(FSCK), &said, &code, &why) < 0) {
        if (why.code != ERR_LIMIT) { /* so much said is a fault as well */
            *e = why;
            return -1;
        }
        code = 1;
    }
    (void)snprintf(words, room, "%.*s", (int)strcspn(str_text(&said), "\n"),
                   str_text(&said));
    return code == 0;
}

int rollup_count(const char *path, int64_t *packs, struct err *e)
{
    AUTO_MEM char *folder = fs_path(path, "objects/pack");
    AUTO_LIST struct fs_list l = {0};

    *packs = 0;
    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++)
        *packs += str_ends(l.names[i], ".pack");
    return 0;
}
