/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow.h"

#include <stdio.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/store/store.h"
#include "ocr/view.h"
#include "sync/line.h"

int flow_store(const struct home *h, enum store_mode mode, struct store **out,
               struct err *e)
{
    AUTO_MEM char *db = home_database(h);
    AUTO_MEM char *objects = home_place(h, "objects");
    AUTO_MEM char *lock = home_place(h, "lock");
    struct store_place place = {
        .db = db, .objects = home_is_upper(h) ? NULL : objects, .lock = lock};

    return store_open(&place, mode, out, e);
}

/* Temporary files that a killed process left; those in use are held and stay. */
static int sweep(const struct home *h, struct err *e)
{
    static const char *const FOLDERS[] = {"",           "keys",  "objects",
                                          "quarantine", "spool", "spool/out"};

    for (size_t i = 0; i < ARRAY_LEN(FOLDERS); i++) {
        AUTO_MEM char *folder = home_place(h, FOLDERS[i]);

        if (fs_is_dir(folder) && fs_sweep(folder, e) < 0)
            return -1;
    }
    return 0;
}

int flow_open(const char *path, struct flow *out, struct err *e)
{
    AUTO_FLOW struct flow f = {0};

    if (home_open(path, &f.home, e) < 0 ||
        flow_store(&f.home, STORE_WRITE, &f.store, e) < 0 || sweep(&f.home, e) < 0)
        return -1;
    *out = f;
    f = (struct flow){0};
    return 0;
}

const char *flow_via(const struct flow *f)
{
    return f->via ? f->via : "cli";
}

const char *flow_user(const struct flow *f)
{
    return f->user ? f->user : "";
}

void flow_close(struct flow *f)
{
    store_close(f->store);
    f->store = NULL;
    home_clear(&f->home);
    view_free(f->view);
    f->view = NULL;
}

void flow_tell(const struct flow_listener *to, struct jdoc *line)
{
    if (to && to->line)
        to->line(to->to, line);
    jdoc_free(line);
}

struct jdoc *flow_line(const char *type)
{
    struct jdoc *line = jdoc_object();

    jdoc_set_text(line, "type", type);
    return line;
}

void flow_line_why(struct jdoc *line, enum err_code code)
{
    jdoc_set_text(line, "code", err_code_name(code));
    jdoc_set_text(line, "vi", i18n_text_in(LANG_VI, err_code_what(code)));
    jdoc_set_text(line, "en", i18n_text_in(LANG_EN, err_code_what(code)));
}

int flow_need_upper(const struct flow *f, struct err *e)
{
    return home_is_upper(&f->home) ? 0 : err_set(e, ERR_ROLE, "commune");
}

int flow_need_commune(const struct flow *f, struct err *e)
{
    return home_is_upper(&f->home)
               ? err_set(e, ERR_ROLE, "%s", home_role_name(f->home.role))
               : 0;
}

int flow_lock(const struct flow *f, const char *name, struct lock *out, struct err *e)
{
    AUTO_MEM char *path = home_place(&f->home, name);

    return lock_take(out, path, LOCK_WAIT_MS, e);
}

int flow_upstream(const struct flow *f, struct line *out, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    const char *url = NULL;

    if (conf_load(f->home.path, &conf, e) < 0)
        return -1;
    url = conf_get(conf, "upstream.url");
    if (!url[0])
        return err_set(e, ERR_UPSTREAM_UNSET, "upstream.url");
    if (line_parse(f->home.path, url, out, e) < 0)
        return -1;
    out->idle_ms = conf_get_int(conf, "sync.idle_s") * 1000;
    return 0;
}

void flow_today(char out[HOME_DATE_MAX])
{
    char local[CLOCK_ISO_MAX]; /* "2026-11-24 13:04" */

    clock_local(clock_now(), local);
    (void)snprintf(out, HOME_DATE_MAX, "%.10s", local);
}
