/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/spool.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"

#define COPIES   3
#define FREE_MIN ((uint64_t)64 << 20)

int spool_keep(const char *folder, const char *keep, struct err *e)
{
    AUTO_LIST struct fs_list l = {0};

    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);

        if (str_ends(l.names[i], SPOOL_PART) && strcmp(path, keep) != 0 &&
            fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

int spool_room(const char *folder, const char *name, int64_t size, struct err *e)
{
    uint64_t free_bytes, all_bytes;

    if (fs_free_bytes(folder, &free_bytes, &all_bytes, e) < 0)
        return -1;
    if (free_bytes < (uint64_t)size * COPIES + FREE_MIN)
        return err_set(e, ERR_DISK_FULL, "%s", name);
    return 0;
}
