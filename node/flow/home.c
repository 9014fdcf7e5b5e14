/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/home.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "sync/self.h"

#define SCHEMA 1

static const char *const ROLES[] = {
    [HOME_COMMUNE] = "commune",
    [HOME_DISTRICT] = "district",
    [HOME_PROVINCE] = "province",
};

/* Folders of every home, and those of an upper tier. */
static const char *const FOLDERS[] = {"keys", "objects", "quarantine", "spool", "log"};
static const char *const UPPER[] = {"ssh", "enrol", "communes", "inbox", "outbox"};

void home_clear(struct home *h)
{
    mem_free(h->path);
    sign_wipe(&h->key);
    enrol_row_clear(&h->self);
    memset(h, 0, sizeof *h);
}

const char *home_role_name(enum home_role role)
{
    return ROLES[role];
}

bool home_role_parse(const char *text, enum home_role *out)
{
    for (size_t i = 0; i < ARRAY_LEN(ROLES); i++)
        if (strcmp(text, ROLES[i]) == 0) {
            *out = (enum home_role)i;
            return true;
        }
    return false;
}

bool home_is_upper(const struct home *h)
{
    return h->role != HOME_COMMUNE;
}

char *home_place(const struct home *h, const char *name)
{
    return fs_path(h->path, name);
}

char *home_database(const struct home *h)
{
    return home_place(h, home_is_upper(h) ? "province.db" : "sohoa.db");
}

char *home_commune(const struct home *h, const char *code, const char *valid_from)
{
    return fs_pathf(h->path, "communes/%s-%s", code, valid_from);
}

static bool code_ok(const char *code)
{
    size_t n = strlen(code);

    for (size_t i = 0; i < n; i++)
        if (!isdigit((unsigned char)code[i]))
            return false;
    return n > 0 && n < HOME_CODE_MAX;
}

static bool date_ok(const char *date)
{
    int y = 0;
    int m = 0;
    int d = 0;
    int used = 0;

    return strlen(date) == HOME_DATE_MAX - 1 &&
           sscanf(date, "%4d-%2d-%2d%n", &y, &m, &d, &used) == 3 &&
           used == HOME_DATE_MAX - 1 && clock_date_valid(y, m, d);
}

int home_found(const struct home *h, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_MEM char *path = home_place(h, "node.json");
    struct jdoc *unit = jdoc_object();

    jdoc_set_int(j, "schema", SCHEMA);
    jdoc_set_text(j, "node", h->node);
    jdoc_set_text(j, "role", ROLES[h->role]);
    jdoc_set_text(j, "name", h->name);
    jdoc_set_int(j, "epoch", h->epoch);
    jdoc_set_int(j, "created", h->created);
    jdoc_set_text(unit, "code", h->unit_code);
    jdoc_set_text(unit, "valid_from", h->unit_valid_from);
    jdoc_set(j, "unit", unit);
    return jdoc_write_file(path, j, e);
}

static int make_folders(const struct home *h, struct err *e)
{
    AUTO_LIST struct fs_list old = {0};

    if (fs_mkdirs(h->path, e) < 0 || fs_check_home(h->path, e) < 0 ||
        fs_list(h->path, &old, e) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(FOLDERS); i++) {
        AUTO_MEM char *path = home_place(h, FOLDERS[i]);

        if (fs_mkdir(path, e) < 0)
            return -1;
    }
    for (size_t i = 0; home_is_upper(h) && i < ARRAY_LEN(UPPER); i++) {
        AUTO_MEM char *path = home_place(h, UPPER[i]);

        if (fs_mkdir(path, e) < 0)
            return -1;
    }
    return 0;
}

static int write_public(const struct home *h, const char *comment, struct err *e)
{
    AUTO_MEM char *path = home_place(h, "keys/node.pub");
    AUTO_STR struct str line = STR_INIT(STR_LINE_MAX);

    sign_public_line(&h->key.pub, comment, &line);
    str_add_char(&line, '\n');
    return fs_write_file(path, line.p, line.len, e);
}

static int write_key(struct home *h, struct err *e)
{
    AUTO_MEM char *path = home_place(h, "keys/node");
    AUTO_MEM char *comment = mem_printf("sohoa-%s", h->unit_code);

    if (sign_write_secret(path, &h->key, comment, e) < 0)
        return -1;
    sign_node(&h->key.pub, h->node);
    self_from_key(&h->key.pub, &h->self);
    return write_public(h, comment, e);
}

static bool same_key(const struct sign_public *a, const struct sign_public *b)
{
    return memcmp(a->key, b->key, sizeof a->key) == 0;
}

/* The history names a key that still lies beside the one before. 1, 0 it does not. */
static int finish_key(struct home *h, const struct enrol_node *self, struct err *e)
{
    AUTO_MEM char *next = home_place(h, HOME_KEY_NEXT);
    AUTO_MEM char *node = home_place(h, "keys/node");
    AUTO_SECRET struct sign_secret key = {.key = {0}};

    if (!fs_exists(next))
        return 0;
    if (sign_read_secret(next, &key, e) < 0)
        return -1;
    if (!same_key(&key.pub, enrol_key_now(self)))
        return 0;
    h->key = key;
    if (write_public(h, "sohoa", e) < 0 || fs_rename(next, node, e) < 0)
        return -1;
    return 1;
}

int home_keys(struct home *h, struct err *e)
{
    AUTO_ENROL_ROW struct enrol_node self = {.revoked = false};

    int rc = self_history(h->path, &self, e);

    if (rc < 0)
        return -1;
    if (rc == 0)
        self_from_key(&h->key.pub, &self);
    if (!same_key(enrol_key_now(&self), &h->key.pub)) {
        rc = finish_key(h, &self, e);
        if (rc <= 0)
            return rc < 0 ? -1 : err_set(e, ERR_KEY, "%s", "keys/node");
    }
    enrol_row_clear(&h->self);
    h->self = self;
    self = (struct enrol_node){.revoked = false}; /* given away */
    memcpy(h->node, h->self.node, sizeof h->node);
    return 0;
}

int home_prepare(const char *path, enum home_role role, const char *code,
                 const char *valid_from, const char *name, struct home *out,
                 struct err *e)
{
    AUTO_HOME struct home h = {.role = role, .epoch = 1, .created = clock_now()};
    AUTO_MEM char *identity = fs_path(path, "node.json");

    if (!code_ok(code))
        return err_set(e, ERR_USAGE, "--unit %s", code);
    if (!valid_from)
        valid_from = UNIT_VALID_FROM_DEFAULT;
    if (!date_ok(valid_from))
        return err_set(e, ERR_USAGE, "--valid-from %s", valid_from);
    if (fs_exists(identity))
        return err_set(e, ERR_HOME_EXISTS, "%s", path);
    h.path = mem_dup(path);
    (void)snprintf(h.unit_code, sizeof h.unit_code, "%s", code);
    (void)snprintf(h.unit_valid_from, sizeof h.unit_valid_from, "%s", valid_from);
    if (name && strlen(name) >= sizeof h.name)
        return err_set(e, ERR_USAGE, "--name");
    (void)snprintf(h.name, sizeof h.name, "%s", name ? name : "");
    if (make_folders(&h, e) < 0 || sign_generate(&h.key, e) < 0 || write_key(&h, e) < 0)
        return -1;
    *out = h;
    h = (struct home){0};
    return 0;
}

int home_prepare_again(const char *path, const struct sign_secret *key,
                       struct home *out, struct err *e)
{
    AUTO_HOME struct home h = {.role = HOME_COMMUNE,
                               .epoch = 1,
                               .created = clock_now(),
                               .path = mem_dup(path),
                               .key = *key};
    AUTO_MEM char *identity = home_place(&h, "node.json");

    if (fs_exists(identity))
        return err_set(e, ERR_HOME_EXISTS, "%s", path);
    if (make_folders(&h, e) < 0 || write_key(&h, e) < 0)
        return -1;
    *out = h;
    h = (struct home){0};
    return 0;
}

static int read_identity(struct home *h, const struct jdoc *j, struct err *e)
{
    const struct jdoc *unit = jdoc_get(j, "unit");
    const char *role = jdoc_text(j, "role");
    const char *node = jdoc_text(j, "node");
    const char *name = jdoc_text(j, "name");
    const char *code = jdoc_text(unit, "code");
    const char *from = jdoc_text(unit, "valid_from");

    if (!role || !home_role_parse(role, &h->role) || !node ||
        strcmp(node, h->node) != 0 || !name || strlen(name) >= sizeof h->name ||
        !code || !code_ok(code) || !from || !date_ok(from) ||
        !jdoc_int(j, "epoch", 1, INT32_MAX, &h->epoch) ||
        !jdoc_int(j, "created", 0, INT64_MAX, &h->created))
        return err_set(e, ERR_JSON, "node.json");
    (void)snprintf(h->name, sizeof h->name, "%s", name);
    (void)snprintf(h->unit_code, sizeof h->unit_code, "%s", code);
    (void)snprintf(h->unit_valid_from, sizeof h->unit_valid_from, "%s", from);
    return 0;
}

int home_open(const char *path, struct home *out, struct err *e)
{
    AUTO_HOME struct home h = {.path = mem_dup(path)};
    AUTO_MEM char *identity = home_place(&h, "node.json");
    AUTO_MEM char *key = home_place(&h, "keys/node");
    AUTO_JDOC struct jdoc *j = NULL;

    if (!fs_exists(identity))
        return err_set(e, ERR_NO_NODE, "%s", path);
    if (fs_check_home(path, e) < 0 || jdoc_read_file(identity, &j, e) < 0 ||
        sign_read_secret(key, &h.key, e) < 0 || home_keys(&h, e) < 0)
        return -1;
    if (read_identity(&h, j, e) < 0)
        return err_push(e, "%s", path);
    if (h.epoch < enrol_key_epoch(&h.self)) /* a change of key that was cut off */
        h.epoch = enrol_key_epoch(&h.self);
    *out = h;
    h = (struct home){0};
    return 0;
}

int home_take_key(struct home *h, const struct enrol_node *row, struct err *e)
{
    int64_t epoch = enrol_key_epoch(row);

    if (self_save(h->path, row, e) < 0 || home_keys(h, e) < 0)
        return -1;
    return h->epoch < epoch ? home_set_epoch(h, epoch, e) : 0;
}

int home_set_epoch(struct home *h, int64_t epoch, struct err *e)
{
    int64_t old = h->epoch;

    h->epoch = epoch;
    if (home_found(h, e) < 0) {
        h->epoch = old;
        return -1;
    }
    return 0;
}

int home_set_unit(struct home *h, const char *code, const char *valid_from,
                  struct err *e)
{
    char old_code[HOME_CODE_MAX];
    char old_from[HOME_DATE_MAX];

    if (!code_ok(code) || !date_ok(valid_from))
        return err_set(e, ERR_USAGE, "unit %s-%s", code, valid_from);
    memcpy(old_code, h->unit_code, sizeof old_code);
    memcpy(old_from, h->unit_valid_from, sizeof old_from);
    (void)snprintf(h->unit_code, sizeof h->unit_code, "%s", code);
    (void)snprintf(h->unit_valid_from, sizeof h->unit_valid_from, "%s", valid_from);
    if (home_found(h, e) < 0) {
        memcpy(h->unit_code, old_code, sizeof h->unit_code);
        memcpy(h->unit_valid_from, old_from, sizeof h->unit_valid_from);
        return -1;
    }
    return 0;
}
