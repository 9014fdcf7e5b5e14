/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_setting.h"

#include <string.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/store/store_audit.h"

static const char *const shown[] = {
    "lang",           "ocr.jobs",      "ocr.choice",  "ocr.duplex",  "seal.keying",
    "seal.level",     "sync.auto",     "sync.night",  "sync.window", "sync.masters",
    "sync.daily_mib", "backup.folder", "copy.folder",
};

static bool is_shown(const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(shown); i++)
        if (strcmp(shown[i], key) == 0)
            return true;
    return false;
}

/* "a|b|c" to an array. */
static struct jdoc *choices_jdoc(const char *choices)
{
    struct jdoc *all = jdoc_array();

    while (choices && *choices) {
        size_t len = strcspn(choices, "|");
        AUTO_MEM char *one = mem_printf("%.*s", (int)len, choices);

        jdoc_add_text(all, one);
        choices += len + (choices[len] == '|');
    }
    return all;
}

static struct jdoc *setting_line(const struct conf *conf, const struct conf_key *key)
{
    static const char *const TYPES[] = {[CONF_INT] = "int",
                                        [CONF_CHOICE] = "choice",
                                        [CONF_HOURS] = "hours",
                                        [CONF_FOLDER] = "folder",
                                        [CONF_URL] = "url"};
    struct jdoc *line = flow_line("setting");
    struct jdoc *help = jdoc_object();

    jdoc_set_text(line, "key", key->key);
    jdoc_set_text(line, "value", conf_get(conf, key->key));
    jdoc_set_bool(line, "set", conf_is_set(conf, key->key));
    jdoc_set_text(line, "type", TYPES[key->type]);
    jdoc_set(line, "choices", choices_jdoc(key->choices));
    jdoc_set_int(line, "min", key->min);
    jdoc_set_int(line, "max", key->max);
    jdoc_set_text(line, "default", key->otherwise);
    jdoc_set_text(help, "vi", i18n_text_in(LANG_VI, key->help));
    jdoc_set_text(help, "en", i18n_text_in(LANG_EN, key->help));
    jdoc_set(line, "help", help);
    return line;
}

int flow_setting_list(struct flow *f, const struct flow_listener *to, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    const struct conf_key *key = NULL;

    if (conf_load(f->home.path, &conf, e) < 0)
        return -1;
    for (size_t i = 0; (key = conf_list(i)) != NULL; i++)
        if (is_shown(key->key))
            flow_tell(to, setting_line(conf, key));
    return 0;
}

int flow_setting_put(struct flow *f, const char *key, const char *value, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (!is_shown(key))
        return err_set(e, ERR_CONFIG, "%s", key);
    if (conf_set(f->home.path, key, value, e) < 0 ||
        store_begin(f->store, &txn, e) < 0 ||
        store_audit_add(f->store, flow_user(f), flow_via(f), "config.set", key, NULL,
                        clock_now(), e) < 0)
        return -1;
    return store_commit(&txn, e);
}
