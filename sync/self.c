/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/self.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "sync/enrol.h"

#define HISTORY "history.json"
#define SCHEMA  1

static char *history_of(const char *home)
{
    return fs_path(home, "keys/" HISTORY);
}

static int load_history(const char *path, struct enrol_node *out, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    int64_t schema;

    if (jdoc_read_file(path, &j, e) < 0)
        return -1;
    if (!jdoc_int(j, "schema", SCHEMA, SCHEMA, &schema))
        return err_set(e, ERR_ENROL, "%s", path);
    if (enrol_row_parse(jdoc_get(j, "row"), out, e) < 0)
        return err_push(e, "%s", path);
    out->any_unit = true;
    return 0;
}

void self_from_key(const struct sign_public *key, struct enrol_node *out)
{
    *out = (struct enrol_node){.key = *key, .any_unit = true};
    sign_node(key, out->node);
}

int self_history(const char *home, struct enrol_node *out, struct err *e)
{
    AUTO_MEM char *path = history_of(home);

    if (!fs_exists(path))
        return 0;
    return load_history(path, out, e) < 0 ? -1 : 1;
}

int self_load(const char *home, struct enrol_node *out, struct err *e)
{
    AUTO_MEM char *path = fs_path(home, "keys/node.pub");
    struct sign_public key;
    int rc = self_history(home, out, e);

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (sign_read_public(path, &key, e) < 0)
        return -1;
    self_from_key(&key, out);
    return 0;
}

int self_name(const char *home, char out[NAMES_NODE_MAX], struct err *e)
{
    AUTO_ENROL_ROW struct enrol_node self = {.revoked = false};

    if (self_load(home, &self, e) < 0)
        return -1;
    memcpy(out, self.node, sizeof self.node);
    return 0;
}

int self_save(const char *home, const struct enrol_node *row, struct err *e)
{
    AUTO_MEM char *path = history_of(home);
    AUTO_JDOC struct jdoc *j = jdoc_object();

    jdoc_set(j, "row", enrol_row_print(row));
    jdoc_set_int(j, "schema", SCHEMA);
    jdoc_set_text(j, "type", "history");
    return jdoc_write_file(path, j, e);
}

int self_copy(const char *key_file, const char *home, struct err *e)
{
    AUTO_MEM char *folder = fs_dirname(key_file);
    AUTO_MEM char *saved = fs_path(folder, HISTORY);
    AUTO_ENROL_ROW struct enrol_node row = {.revoked = false};

    if (!fs_exists(saved))
        return 0;
    if (load_history(saved, &row, e) < 0 || self_save(home, &row, e) < 0)
        return -1;
    return 1;
}
