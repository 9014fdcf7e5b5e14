/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/api.h"

#include <string.h>

#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/store/store_user.h"
#include "node/web/api_verbs.h"

/* clang-format off */
static const struct api_row TABLE[] = {
    /* method path verb open may lane run */
    {"GET", "/session", "session", true, ROLE_READ, API_LOOP, NULL},
    {"POST", "/session", "session-login", true, ROLE_READ, API_LOOP, NULL},
    {"DELETE", "/session", "session-logout", false, ROLE_READ, API_LOOP, NULL},
    {"POST", "/session/lock", "session-lock", false, ROLE_READ, API_LOOP, NULL},
    {"POST", "/session/unlock", "session-unlock", false, ROLE_READ, API_LOOP, NULL},
    {"POST", "/setup", "session-setup", true, ROLE_READ, API_LOOP, NULL},
    {"GET", "/jobs", "jobs", false, ROLE_READ, API_LOOP, NULL},
    {"POST", "/jobs", "job-start", false, ROLE_READ, API_LOOP, NULL},
    {"GET", "/jobs/:job", "job", false, ROLE_READ, API_LOOP, NULL},
    {"DELETE", "/jobs/:job", "job-stop", false, ROLE_CAPTURE, API_LOOP, NULL},
    {"POST", "/uploads", "upload", false, ROLE_CAPTURE, API_LOOP, NULL},
    {"GET", "/events", "events", false, ROLE_READ, API_LOOP, NULL},
    {"GET", "/phones", "phones", false, ROLE_CAPTURE, API_LOOP, NULL},
    {"POST", "/phones", "phones.offer", false, ROLE_CAPTURE, API_LOOP, NULL},
    {"DELETE", "/phones/:phone", "phones.end", false, ROLE_CAPTURE, API_LOOP, NULL},
    {"GET", "/phone", "phone", true, ROLE_READ, API_LOOP, NULL},
    {"POST", "/phone", "phone.pair", true, ROLE_READ, API_LOOP, NULL},
    {"DELETE", "/phone", "phone.leave", true, ROLE_READ, API_LOOP, NULL},
    {"GET", "/counts", "counts", false, ROLE_READ, API_QUERY, api_counts_get},
    {"GET", "/dossiers", "dossiers", false, ROLE_READ, API_QUERY, api_dossier_list},
    {"POST", "/dossiers", "dossier.add", false, ROLE_CAPTURE, API_ACT, api_dossier_add},
    {"GET", "/dossiers/:dossier", "dossier", false, ROLE_READ, API_QUERY, api_dossier_get},
    {"PATCH", "/dossiers/:dossier", "dossier.change", false, ROLE_CAPTURE, API_ACT, api_dossier_change},
    {"POST", "/dossiers/:dossier/close", "dossier.close", false, ROLE_DESCRIBE, API_ACT, api_dossier_close},
    {"GET", "/dossiers/:dossier/gaps", "dossier.gaps", false, ROLE_READ, API_QUERY, api_dossier_gaps},
    {"POST", "/dossiers/:dossier/gaps", "dossier.gap", false, ROLE_DESCRIBE, API_ACT, api_dossier_gap},
    {"POST", "/dossiers/:dossier/slips", "dossier.slips", false, ROLE_CAPTURE, API_ACT, api_dossier_slips},
    {"GET", "/keying", "keying", false, ROLE_DESCRIBE, API_QUERY, api_keying_second},
    {"GET", "/keying/differs", "keying.differs", false, ROLE_VERIFY, API_QUERY, api_keying_third},
    {"GET", "/keying/report", "keying.report", false, ROLE_READ, API_QUERY, api_keying_report},
    {"POST", "/keying/draw", "keying.draw", false, ROLE_VERIFY, API_ACT, api_keying_draw},
    {"GET", "/items/:item/keying/:field", "keying.field", false, ROLE_DESCRIBE, API_QUERY, api_keying_field},
    {"PUT", "/items/:item/keying/:field", "keying.answer", false, ROLE_DESCRIBE, API_ACT, api_keying_answer},
    {"POST", "/items/:item/keying/:field/settle", "keying.settle", false, ROLE_VERIFY, API_ACT, api_keying_settle},
    {"GET", "/items", "items", false, ROLE_READ, API_QUERY, api_item_list},
    {"GET", "/returns", "returns", false, ROLE_READ, API_QUERY, api_item_above},
    {"GET", "/items/:item", "item", false, ROLE_READ, API_QUERY, api_item_get},
    {"PATCH", "/items/:item", "item.place", false, ROLE_DESCRIBE, API_ACT, api_item_place},
    {"PUT", "/items/:item/fields/:field", "item.field", false, ROLE_DESCRIBE, API_ACT, api_item_field},
    {"POST", "/items/:item/illegible", "item.illegible", false, ROLE_DESCRIBE, API_ACT, api_item_illegible},
    {"POST", "/items/:item/blank", "item.blank", false, ROLE_DESCRIBE, API_ACT, api_item_blank},
    {"POST", "/items/:item/verify", "item.verify", false, ROLE_VERIFY, API_ACT, api_item_verify},
    {"POST", "/items/:item/return", "item.return", false, ROLE_VERIFY, API_ACT, api_item_return},
    {"POST", "/items/:item/undo", "item.undo", false, ROLE_DESCRIBE, API_ACT, api_item_undo},
    {"GET", "/items/:item/history", "item.history", false, ROLE_READ, API_QUERY, api_item_history},
    {"GET", "/items/:item/pdf", "item.pdf", false, ROLE_EXPORT, API_QUERY, api_item_pdf},
    {"GET", "/pages/:page/picture", "page.picture", false, ROLE_READ, API_QUERY, api_page_picture},
    {"GET", "/pages/:page/strip", "page.strip", false, ROLE_READ, API_QUERY, api_page_strip},
    {"GET", "/pages/:page/words", "page.words", false, ROLE_READ, API_QUERY, api_page_words},
    {"POST", "/pages/:page/swap", "page.swap", false, ROLE_CAPTURE, API_ACT, api_page_swap},
    {"POST", "/pages/:page/keep", "page.keep", false, ROLE_CAPTURE, API_ACT, api_page_keep},
    {"GET", "/search", "search", false, ROLE_READ, API_QUERY, api_search_get},
    {"GET", "/seal", "seal", false, ROLE_READ, API_QUERY, api_seal_get},
    {"GET", "/sync", "sync", false, ROLE_READ, API_QUERY, api_sync_get},
    {"GET", "/media", "media", false, ROLE_SEAL, API_QUERY, api_media_list},
    {"GET", "/readings", "readings", false, ROLE_AUDIT, API_QUERY, api_reading_list},
    {"GET", "/users", "users", false, ROLE_AUDIT, API_QUERY, api_user_list},
    {"POST", "/users", "user.add", false, ROLE_ADMINISTER, API_ACT, api_user_add},
    {"PATCH", "/users/:user", "user.change", false, ROLE_ADMINISTER, API_ACT, api_user_change},
    {"GET", "/settings", "settings", false, ROLE_AUDIT, API_QUERY, api_setting_list},
    {"PUT", "/settings", "setting.put", false, ROLE_ADMINISTER, API_ACT, api_setting_put},
    {"GET", "/scan/stack", "scan.stack", false, ROLE_CAPTURE, API_QUERY, api_scan_stack},
    {"DELETE", "/scan/stack", "scan.drop", false, ROLE_CAPTURE, API_ACT, api_scan_drop},
    {"GET", "/scanners", "scanners", false, ROLE_CAPTURE, API_QUERY, api_scan_devices},

    /* Asked by serve itself. */
    {NULL, NULL, "login", true, ROLE_READ, API_AUTH, api_login_check},
    {NULL, NULL, "setup", true, ROLE_ADMINISTER, API_ACT, api_login_setup},
    {NULL, NULL, "node", true, ROLE_READ, API_QUERY, api_login_node},
};
/* clang-format on */

const struct api_row *api_table(size_t *count)
{
    *count = ARRAY_LEN(TABLE);
    return TABLE;
}

const struct api_row *api_row(const char *verb)
{
    for (size_t i = 0; i < ARRAY_LEN(TABLE); i++)
        if (strcmp(TABLE[i].verb, verb) == 0)
            return &TABLE[i];
    return NULL;
}

bool api_slow(const char *verb)
{
    static const char *const SLOW[] = {"page.picture", "page.strip", "keying.report",
                                       "readings", "media"}; /* a stick may hang */

    for (size_t i = 0; i < ARRAY_LEN(SLOW); i++)
        if (strcmp(SLOW[i], verb) == 0)
            return true;
    return false;
}

/* ---- errors ---------------------------------------------------------------------- */

/* Codes whose status their exit code does not tell. */
static const struct {
    enum err_code code;
    int status;
} STATUS[] = {
    {ERR_NOT_FOUND, 404},      {ERR_ITEM_ABSENT, 404},    {ERR_PAGE_ABSENT, 404},
    {ERR_DOSSIER_ABSENT, 404}, {ERR_BUNDLE_ABSENT, 404},  {ERR_QUARANTINE_ABSENT, 404},
    {ERR_WEB_ROUTE, 404},      {ERR_USER_RIGHT, 403},     {ERR_USER_ABSENT, 403},
    {ERR_DENIED, 403},         {ERR_WEB_ORIGIN, 403},     {ERR_WEB_SESSION, 401},
    {ERR_WEB_PASSWORD, 401},   {ERR_WEB_ASLEEP, 423},     {ERR_WEB_LOCKOUT, 429},
    {ERR_WEB_BUSY, 503},       {ERR_WEB_REQUEST, 400},    {ERR_WEB_METHOD, 405},
    {ERR_DISK_FULL, 507},      {ERR_WEB_SLOW, 408},       {ERR_WEB_SIZE, 413},
    {ERR_LIMIT, 413},          {ERR_WEB_HEADERS, 431},    {ERR_WEB_FIELD, 422},
    {ERR_ITEM_STATE, 409},     {ERR_DOSSIER_CLOSED, 409}, {ERR_ITEM_SEALED, 409},
    {ERR_ITEM_HELD, 403},      {ERR_USER_EXISTS, 409},    {ERR_DOSSIER_EXISTS, 409},
    {ERR_PASSWORD, 422},       {ERR_FIELD_SEEN, 409},     {ERR_UNDO, 409},
    {ERR_KEYING, 409},         {ERR_KEYER, 403},          {ERR_CONFIG, 422},
    {ERR_PAGE_PAST, 409},      {ERR_PAGE_ALONE, 409},     {ERR_USER_LAST, 409},
    {ERR_ROLE, 409},           {ERR_TIMEOUT, 503},        {ERR_READING_PURPOSE, 428},
    {ERR_WEB_PHONE, 403},      {ERR_PAGE_UNREADY, 409},   {ERR_EXPORT_EMPTY, 404},
    {ERR_MEDIUM_ABSENT, 404},
};

int api_status(enum err_code code)
{
    for (size_t i = 0; i < ARRAY_LEN(STATUS); i++)
        if (STATUS[i].code == code)
            return STATUS[i].status;
    switch (err_code_exit(code)) {
    case EXIT_USAGE:
        return 422;
    case EXIT_REFUSED:
    case EXIT_DISCREPANCY:
    case EXIT_PARTLY:
        return 409;
    case EXIT_LOCKED:
    case EXIT_LATER:
        return 503;
    default:
        return 500;
    }
}

static struct jdoc *sentences(enum err_code code, enum lang lang)
{
    struct jdoc *j = jdoc_object();

    jdoc_set_text(j, "what", i18n_text_in(lang, err_code_what(code)));
    jdoc_set_text(j, "safe", i18n_text_in(lang, err_code_safe(code)));
    jdoc_set_text(j, "todo", i18n_text_in(lang, err_code_todo(code)));
    return j;
}

void api_error(const struct err *e, struct str *out)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct jdoc *inner = jdoc_object();

    jdoc_set_text(inner, "code", err_code_name(e->code));
    jdoc_set(inner, "vi", sentences(e->code, LANG_VI));
    jdoc_set(inner, "en", sentences(e->code, LANG_EN));
    jdoc_set_text(inner, "detail", e->subject);
    jdoc_set(j, "error", inner);
    jdoc_print_line(j, out);
}

/* ---- running --------------------------------------------------------------------- */

static int run(const struct api_call *c, const char *verb, enum api_lane lane,
               struct api_reply *r, struct err *e)
{
    const struct api_row *row = api_row(verb);
    AUTO_STILL struct store_still still = STORE_STILL_INIT;

    if (!row || row->lane != lane || !row->run)
        return err_set(e, ERR_INTERNAL, "%s", verb);
    if (lane == API_QUERY && store_still_begin(c->flow->store, &still, e) < 0)
        return -1;
    if (!row->open && store_user_may(c->flow->store, c->user, row->may, e) < 0)
        return -1;
    c->flow->via = "web";
    c->flow->user = c->user;
    if (api_reading(c, verb, e) < 0)
        return -1;
    if (row->run(c, r, e) < 0)
        return -1;
    return str_check(&r->body, verb, e);
}

void api_run(const struct api_call *c, const char *verb, enum api_lane lane,
             struct api_reply *r)
{
    struct err e = ERR_INIT;

    *r = (struct api_reply){
        .status = 200, .type = API_JSON, .body = STR_INIT(API_BODY_MAX)};
    if (run(c, verb, lane, r, &e) == 0)
        return;
    str_clear(&r->body);
    *r = (struct api_reply){
        .status = api_status(e.code), .type = API_JSON, .body = STR_INIT(API_BODY_MAX)};
    api_error(&e, &r->body);
}

/* ---- for verbs ------------------------------------------------------------------- */

void api_json(struct api_reply *r, const struct jdoc *j)
{
    jdoc_print_line(j, &r->body);
}

static void collect(void *to, const struct jdoc *line)
{
    struct api_lines *l = to;
    const char *type = jdoc_text(line, "type");

    if ((l->type && (!type || strcmp(type, l->type) != 0)) ||
        (l->max && jdoc_count(l->rows) >= l->max))
        return;
    jdoc_add(l->rows, jdoc_copy(line));
}

struct flow_listener api_listener(struct api_lines *l)
{
    return (struct flow_listener){.line = collect, .to = l};
}

void api_rows(struct api_reply *r, struct jdoc *rows, const char *next)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();

    jdoc_set(j, "rows", rows);
    jdoc_set_text(j, "next", next);
    api_json(r, j);
}

const char *api_arg(const struct api_call *c, const char *name)
{
    const char *text = jdoc_text(c->args, name);

    return text ? text : "";
}

const struct jdoc *api_body(const struct api_call *c)
{
    return jdoc_get(c->args, API_BODY);
}

int api_body_text(const struct api_call *c, const char *name, const char **out,
                  struct err *e)
{
    const char *text = jdoc_text(api_body(c), name);

    if (!text)
        return err_set(e, ERR_WEB_FIELD, "%s", name);
    *out = text;
    return 0;
}

int api_body_int(const struct api_call *c, const char *name, int64_t min, int64_t max,
                 int64_t otherwise, int64_t *out, struct err *e)
{
    const struct jdoc *value = jdoc_get(api_body(c), name);

    *out = otherwise;
    if (value && !jdoc_is_null(value) && !jdoc_int(api_body(c), name, min, max, out))
        return err_set(e, ERR_WEB_FIELD, "%s", name);
    return 0;
}
