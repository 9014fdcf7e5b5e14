/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/quota.h"

#include <sys/stat.h>

#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"

/* Packs are nearly all there is; single objects are those of receipts. */
static int packs_bytes(const char *repo, int64_t *out, struct err *e)
{
    AUTO_MEM char *folder = fs_path(repo, "objects/pack");
    AUTO_LIST struct fs_list l = {0};

    *out = 0;
    if (!fs_is_dir(folder))
        return 0;
    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);
        struct stat st;

        if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
            *out += st.st_size;
    }
    return 0;
}

int quota_check(const char *home, const char *repo, int64_t more, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    int64_t limit, now = 0;

    if (conf_load(home, &conf, e) < 0)
        return -1;
    limit = conf_get_int(conf, "commune.quota_gib") << 30;
    if (limit == 0)
        return 0;
    if (packs_bytes(repo, &now, e) < 0)
        return -1;
    if (more <= limit && now <= limit - more)
        return 0;
    err_set(e, ERR_GATE_QUOTA, "%s", repo);
    return err_detail(e, "%lld + %lld of %lld bytes", (long long)now, (long long)more,
                      (long long)limit);
}
