/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs as a worker runs them: by name, user and lane, with arguments from outside. */
#include "tests/unit/flow_help.h"

#include <signal.h>

#include <allheaders.h>

#include "node/base/i18n.h"
#include "node/base/proc.h"
#include "node/flow/flow_keying.h"
#include "node/web/api.h"
#include "ocr/view.h"

struct answer {
    int status;
    const char *type;
    struct jdoc *j; /* owned; NULL when it is no JSON */
    size_t len;
    char head[4];
};

static void answer_clear(struct answer *a)
{
    jdoc_free(a->j);
}
#define AUTO_ANSWER AUTO(answer_clear)

/* @pairs: "name=value" of path and query, up to NULL; @body: JSON, NULL: none. */
static struct answer ask(struct node *n, const char *verb, const char *user,
                         const char *const *pairs, const char *body)
{
    const struct api_row *row = api_row(verb);
    AUTO_JDOC struct jdoc *args = jdoc_object();
    struct api_call call = {.flow = &n->f, .user = user, .args = args};
    struct api_reply r = {.status = 0};
    struct answer a = {.j = NULL};
    struct err e = ERR_INIT;

    assert_non_null(row);
    for (; pairs && *pairs; pairs++) {
        AUTO_MEM char *name = mem_dup(*pairs);
        char *equals = strchr(name, '=');

        *equals = '\0';
        jdoc_set_text(args, name, equals + 1);
    }
    if (body) {
        struct jdoc *j = NULL;

        unit_ok(jdoc_parse(body, strlen(body), &j, &e), &e);
        jdoc_set(args, API_BODY, j);
    }
    api_run(&call, verb, row->lane, &r);
    a.status = r.status;
    a.type = r.type;
    a.len = r.body.len;
    (void)snprintf(a.head, sizeof a.head, "%.3s", str_text(&r.body));
    if (strcmp(r.type, API_JSON) == 0)
        unit_ok(jdoc_parse(str_text(&r.body), r.body.len, &a.j, &e), &e);
    str_clear(&r.body);
    return a;
}

#define ARGS(...)                                                                      \
    (const char *const[])                                                              \
    {                                                                                  \
        __VA_ARGS__, NULL                                                              \
    }

/* Answered with this status and code. */
static void refused(struct node *n, const char *verb, const char *user,
                    const char *const *pairs, const char *body, int status,
                    const char *code)
{
    AUTO_ANSWER struct answer a = ask(n, verb, user, pairs, body);
    const struct jdoc *error = jdoc_get(a.j, "error");

    assert_non_null(error);
    assert_string_equal(jdoc_text(error, "code"), code);
    assert_int_equal(a.status, status);
    assert_true(jdoc_text(jdoc_get(error, "vi"), "what")[0]);
}

static int64_t number(const struct jdoc *j, const char *key)
{
    int64_t n = -1;

    assert_true(jdoc_int(j, key, INT64_MIN, INT64_MAX, &n));
    return n;
}

#define BIRTH                                                                          \
    "so=22/2003", "ngayDangKy=2003-09-20", "nksHoTen=?Trần Văn An", "nksGioiTinh=Nam", \
        "nksNgaySinh=2003-09-14"

/* ---- dossiers -------------------------------------------------------------------- */

static void test_api__dossiers_are_made_changed_and_closed(void **state)
{
    struct node *n = *state;
    char id[IDENT_NAME_MAX];
    AUTO_MEM char *place = NULL;

    {
        AUTO_ANSWER struct answer a =
            ask(n, "dossier.add", "lan", NULL,
                "{\"kind\":\"register\",\"title\":\"Khai sinh 2003\",\"register\":"
                "\"birth\",\"year\":2003,\"volume\":1,\"expect\":120}");

        assert_int_equal(a.status, 200);
        assert_int_equal(number(a.j, "to"), 120);
        (void)snprintf(id, sizeof id, "%s", jdoc_text(a.j, "dossier"));
    }
    place = mem_printf("dossier=%s", id);
    {
        AUTO_ANSWER struct answer a = ask(n, "dossier.change", "lan", ARGS(place),
                                          "{\"title\":\"Quyển 1\",\"to\":3}");

        assert_string_equal(jdoc_text(a.j, "title"), "Quyển 1");
        assert_int_equal(number(a.j, "from"), 1);
        assert_int_equal(number(a.j, "to"), 3);
    }
    {
        AUTO_ANSWER struct answer a =
            ask(n, "dossier.gap", "lan", ARGS(place), "{\"from\":2,\"why\":\"torn\"}");

        assert_int_equal(a.status, 200);
    }
    {
        AUTO_ANSWER struct answer a = ask(n, "dossier.gaps", "lan", ARGS(place), NULL);
        const struct jdoc *rows = jdoc_get(a.j, "rows");

        assert_int_equal(jdoc_count(rows), 2); /* 1 and 3 */
        assert_string_equal(jdoc_text(jdoc_at(rows, 0), "type"), "gap");
    }
    {
        AUTO_ANSWER struct answer a =
            ask(n, "dossier.close", "lan", ARGS(place), "{\"count\":2}");

        assert_int_equal(number(a.j, "closed_count"), 2);
    }
    {
        AUTO_ANSWER struct answer a = ask(n, "dossier", "lan", ARGS(place), NULL);

        assert_int_equal(number(a.j, "next"), 1);
        assert_int_equal(jdoc_count(jdoc_get(a.j, "missing")), 2); /* gap, closing */
    }
    {
        AUTO_ANSWER struct answer a = ask(n, "dossiers", "lan", NULL, NULL);

        assert_int_equal(jdoc_count(jdoc_get(a.j, "rows")), 1);
    }
    refused(n, "dossier.close", "lan", ARGS(place), "{\"count\":2}", 409,
            "SH-DOSSIER-CLOSED");
}

static void test_api__dossiers_refuse_what_does_not_fit(void **state)
{
    static const struct {
        const char *body, *code;
        int status;
    } rows[] = {
        {NULL, "SH-WEB-FIELD", 422},
        {"{\"kind\":\"file\"}", "SH-WEB-FIELD", 422},
        {"{\"kind\":\"box\",\"title\":\"T\"}", "SH-WEB-FIELD", 422},
        {"{\"kind\":\"register\",\"title\":\"T\",\"register\":\"births\"}",
         "SH-WEB-FIELD", 422},
        {"{\"kind\":\"register\",\"title\":\"T\",\"register\":\"birth\",\"year\":\"2003"
         "\"}",
         "SH-WEB-FIELD", 422},
        {"{\"kind\":\"register\",\"title\":\"T\",\"register\":\"birth\",\"year\":2003,"
         "\"from\":-1}",
         "SH-WEB-FIELD", 422},
        {"{\"kind\":\"file\",\"title\":\"T\",\"expect\":3}", "SH-WEB-FIELD", 422},
        {"{\"kind\":\"register\",\"title\":\"T\",\"register\":\"birth\",\"year\":2003,"
         "\"volume\":1,\"from\":9,\"to\":3}",
         "SH-DOSSIER", 422},
    };
    struct node *n = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        refused(n, "dossier.add", "lan", NULL, rows[i].body, rows[i].status,
                rows[i].code);
    refused(n, "dossier", "lan", ARGS("dossier=00000000-d9"), NULL, 404,
            "SH-DOSSIER-ABSENT");
    refused(n, "dossier", "lan", ARGS("dossier=' OR 1=1 --"), NULL, 404,
            "SH-DOSSIER-ABSENT");
    refused(n, "dossier.gaps", "lan", ARGS("dossier="), NULL, 404, "SH-DOSSIER-ABSENT");
    refused(n, "dossier.change", "lan", ARGS("dossier=00000000-d9"), "{}", 404,
            "SH-DOSSIER-ABSENT");
    refused(n, "dossier.gap", "lan", ARGS("dossier=00000000-d9"),
            "{\"from\":1,\"why\":\"lost\"}", 422, "SH-WEB-FIELD");
    refused(n, "dossiers", "nobody", NULL, NULL, 403, "SH-USER-ABSENT");
}

/* ---- items ------------------------------------------------------------------------
 */

static void test_api__a_record_is_checked_and_verified(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    AUTO_MEM char *place = NULL;

    node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, item, NULL);
    place = mem_printf("item=%s", item);
    {
        AUTO_ANSWER struct answer a = ask(n, "items", "lan", ARGS("doubtful=1"), NULL);
        const struct jdoc *row = jdoc_at(jdoc_get(a.j, "rows"), 0);

        assert_string_equal(jdoc_text(row, "item"), item);
        assert_string_equal(jdoc_text(row, "number"), "22/2003");
        assert_string_equal(jdoc_text(row, "title"), "Trần Văn An");
        assert_int_equal(number(row, "doubtful"), 1);
        assert_true(jdoc_is_null(jdoc_get(a.j, "next")));
    }
    {
        AUTO_ANSWER struct answer a = ask(n, "item", "lan", ARGS(place), NULL);

        assert_string_equal(jdoc_text(jdoc_at(jdoc_get(a.j, "doubts"), 0), "field"),
                            "nksHoTen");
    }
    {
        AUTO_ANSWER struct answer a =
            ask(n, "item.field", "lan", ARGS(place, "field=nksHoTen"),
                "{\"value\":\"Trần Văn Ân\",\"seen\":\"Trần Văn An\"}");

        assert_int_equal(a.status, 200);
        assert_string_equal(jdoc_text(a.j, "value"), "Trần Văn Ân");
        assert_string_equal(jdoc_text(a.j, "source"), "clerk");
    }
    refused(n, "item.field", "minh", ARGS(place, "field=nksHoTen"),
            "{\"value\":\"x\",\"seen\":\"Trần Văn An\"}", 409, "SH-FIELD-SEEN");
    {
        AUTO_ANSWER struct answer a = ask(n, "item.undo", "lan", ARGS(place), NULL);

        assert_string_equal(jdoc_text(a.j, "value"), "Trần Văn An");
    }
    {
        AUTO_ANSWER struct answer a =
            ask(n, "item.illegible", "lan", ARGS(place),
                "{\"field\":\"nksHoTen\",\"why\":\"mực phai\"}");

        assert_string_equal(jdoc_text(a.j, "mark"), "illegible");
    }
    {
        AUTO_ANSWER struct answer a =
            ask(n, "item.illegible", "lan", ARGS(place),
                "{\"field\":\"chaHoTen\",\"why\":\"blank-in-book\"}");

        assert_string_equal(jdoc_text(a.j, "mark"), "blank");
    }
    {
        AUTO_ANSWER struct answer a =
            ask(n, "item.blank", "lan", ARGS(place), "{\"field\":\"meHoTen\"}");

        assert_string_equal(jdoc_text(a.j, "mark"), "blank");
    }
    refused(n, "item.verify", "lan", ARGS(place), NULL, 403, "SH-USER-RIGHT");
    {
        AUTO_ANSWER struct answer a = ask(n, "item.verify", "minh", ARGS(place), NULL);

        assert_string_equal(jdoc_text(a.j, "state"), "verified");
    }
    {
        AUTO_ANSWER struct answer a =
            ask(n, "item.return", "minh", ARGS(place), "{\"why\":\"sai số\"}");

        assert_string_equal(jdoc_text(a.j, "state"), "returned");
    }
    {
        AUTO_ANSWER struct answer a = ask(n, "item.history", "lan", ARGS(place), NULL);
        const struct jdoc *rows = jdoc_get(a.j, "rows");

        assert_true(jdoc_count(rows) > 6);
        assert_string_equal(jdoc_text(jdoc_at(rows, 0), "via"), "web");
        assert_string_equal(jdoc_text(jdoc_at(rows, 0), "actor"), "lan");
    }
    /* Taking it along is another right than looking at it. */
    refused(n, "item.pdf", "lan", ARGS(place), NULL, 403, "SH-USER-RIGHT");
    refused(n, "item.pdf", "minh", ARGS(place), NULL, 409, "SH-PAGE-UNREADY");
}

static void test_api__records_refuse_what_does_not_fit(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    AUTO_MEM char *place = NULL;
    AUTO_MEM char *long_value = mem_new(9000, 1);
    AUTO_MEM char *body = NULL;

    node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, item, NULL);
    place = mem_printf("item=%s", item);
    memset(long_value, 'a', 8999);
    body = mem_printf("{\"value\":\"%s\",\"seen\":\"\"}", long_value);
    refused(n, "item.field", "lan", ARGS(place, "field=meHoTen"), body, 422,
            "SH-FIELD-VALUE");
    refused(n, "item.field", "lan", ARGS(place, "field=x"),
            "{\"value\":\"v\",\"seen\":\"\"}", 422, "SH-FIELD-NAME");
    refused(n, "item.field", "lan", ARGS(place, "field=so"), "{\"value\":\"23\"}", 422,
            "SH-WEB-FIELD");
    refused(n, "item.field", "lan", ARGS(place, "field=so"),
            "{\"value\":5,\"seen\":\"\"}", 422, "SH-WEB-FIELD");
    refused(n, "item.field", "lan", ARGS("item=00000000-1", "field=so"),
            "{\"value\":\"5\",\"seen\":\"\"}", 404, "SH-ITEM-ABSENT");
    refused(n, "item.illegible", "lan", ARGS(place), "{\"field\":\"so\"}", 422,
            "SH-WHY");
    refused(n, "item.return", "minh", ARGS(place), "{\"why\":\"\"}", 422, "SH-WHY");
    refused(n, "item.undo", "lan", ARGS(place), NULL, 409, "SH-UNDO");
    refused(n, "item.place", "lan", ARGS(place), "{}", 422, "SH-WEB-FIELD");
    refused(n, "item.place", "lan", ARGS(place), "{\"dossier\":\"00000000-d7\"}", 404,
            "SH-DOSSIER-ABSENT");
    refused(n, "item", "lan", ARGS("item=../../etc/passwd"), NULL, 404,
            "SH-ITEM-ABSENT");
    refused(n, "items", "lan", ARGS("state=done"), NULL, 422, "SH-WEB-FIELD");
    refused(n, "items", "lan", ARGS("kind=births"), NULL, 422, "SH-WEB-FIELD");
    refused(n, "items", "lan", ARGS("limit=201"), NULL, 422, "SH-WEB-FIELD");
    refused(n, "items", "lan", ARGS("after=x"), NULL, 404, "SH-ITEM-ABSENT");
    refused(n, "item", "", ARGS(place), NULL, 403, "SH-USER-ABSENT");
}

static void test_api__lists_go_on_where_they_ended(void **state)
{
    struct node *n = *state;
    char items[3][IDENT_NAME_MAX];
    AUTO_MEM char *after = NULL;

    for (size_t i = 0; i < 3; i++)
        node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, items[i], NULL);
    {
        AUTO_ANSWER struct answer a = ask(n, "items", "lan", ARGS("limit=2"), NULL);

        assert_int_equal(jdoc_count(jdoc_get(a.j, "rows")), 2);
        assert_string_equal(jdoc_text(a.j, "next"), items[1]);
    }
    after = mem_printf("after=%s", items[1]);
    {
        AUTO_ANSWER struct answer a =
            ask(n, "items", "lan", ARGS("limit=1", "order=newest", after), NULL);

        assert_string_equal(jdoc_text(jdoc_at(jdoc_get(a.j, "rows"), 0), "item"),
                            items[0]);
    }
    {
        AUTO_ANSWER struct answer a =
            ask(n, "items", "lan", ARGS("limit=1", "order=newest"), NULL);

        assert_string_equal(jdoc_text(a.j, "next"), items[2]);
    }
    {
        AUTO_ANSWER struct answer a =
            ask(n, "items", "lan", ARGS("limit=2", after), NULL);

        assert_int_equal(jdoc_count(jdoc_get(a.j, "rows")), 1);
        assert_true(jdoc_is_null(jdoc_get(a.j, "next")));
    }
}

static void test_api__a_sealed_record_is_changed_with_a_reason_only(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    AUTO_MEM char *place = NULL;
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, item, NULL);
    place = mem_printf("item=%s", item);
    unit_ok(store_begin(n->f.store, &txn, &e), &e);
    unit_ok(store_item_act(n->f.store, item, ITEM_SEAL, NULL, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
    refused(n, "item.field", "lan", ARGS(place, "field=so"),
            "{\"value\":\"23/2003\",\"seen\":\"22/2003\"}", 422, "SH-WHY");
    {
        AUTO_ANSWER struct answer a =
            ask(n, "item.field", "lan", ARGS(place, "field=so"),
                "{\"value\":\"23/2003\",\"seen\":\"22/2003\",\"why\":\"sổ ghi 23\"}");

        assert_string_equal(jdoc_text(a.j, "state"), "described");
    }
}

/* ---- search, seal, sync -----------------------------------------------------------
 */

static void test_api__search_needs_a_purpose(void **state)
{
    struct node *n = *state;

    refused(n, "search", "lan", ARGS("q=tran"), NULL, 428, "SH-READING-PURPOSE");
}

static void test_api__readings_are_for_the_administrator(void **state)
{
    struct node *n = *state;

    {
        AUTO_ANSWER struct answer a =
            ask(n, "search", "lan", ARGS("q=tran", "purpose=copy"), NULL);

        assert_int_equal(a.status, 200);
    }
    refused(n, "readings", "lan", NULL, NULL, 403, "SH-USER-RIGHT");
    refused(n, "readings", "admin", ARGS("days=0"), NULL, 422, "SH-WEB-FIELD");
    {
        AUTO_ANSWER struct answer a = ask(n, "readings", "admin", NULL, NULL);
        const struct jdoc *row = jdoc_at(jdoc_get(a.j, "rows"), 0);

        assert_string_equal(jdoc_text(row, "user"), "lan");
        assert_string_equal(jdoc_text(row, "subject"), "tran");
        assert_string_equal(jdoc_text(row, "purpose"), "copy");
    }
}

/* What the role may do is asked before anything else: no argument is needed. */
static void test_api__an_auditor_reads_and_changes_nothing(void **state)
{
    static const char *const READS[] = {"counts",  "dossiers", "items",
                                        "returns", "seal",     "sync",
                                        "users",   "settings", "readings"};
    struct node *n = *state;
    size_t count = 0;
    const struct api_row *rows = api_table(&count);
    size_t changing = 0;

    {
        AUTO_ANSWER struct answer a =
            ask(n, "user.add", "admin", NULL,
                "{\"user\":\"tra\",\"role\":\"auditor\",\"password\":\"long enough\"}");

        assert_int_equal(a.status, 200);
    }
    for (size_t i = 0; i < ARRAY_LEN(READS); i++) {
        AUTO_ANSWER struct answer a = ask(n, READS[i], "tra", NULL, NULL);

        assert_int_equal(a.status, 200);
    }
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].method || rows[i].open || strcmp(rows[i].method, "GET") == 0 ||
            strncmp(rows[i].verb, "session-", 8) == 0 ||
            strcmp(rows[i].verb, "job-start") == 0) /* by the kind: test_web_job */
            continue;
        changing++;
        assert_false(role_may(ROLE_AUDITOR, rows[i].may));
        if (rows[i].lane != API_LOOP)
            refused(n, rows[i].verb, "tra", NULL, "{}", 403, "SH-USER-RIGHT");
    }
    assert_true(changing >= 25);
}

static void test_api__search_counts_and_marks(void **state)
{
    struct node *n = *state;
    char items[2][IDENT_NAME_MAX];

    node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, items[0], NULL);
    node_item(n, "death", "",
              (const char *[]){"so=3/2004", "ngayDangKy=2004-01-02",
                               "nktHoTen=Trần Thị Bình", NULL},
              items[1], NULL);
    {
        AUTO_ANSWER struct answer a =
            ask(n, "search", "lan", ARGS("q=tran", "purpose=check"), NULL);
        const struct jdoc *facets = jdoc_get(a.j, "facets");
        const struct jdoc *snippet =
            jdoc_get(jdoc_at(jdoc_get(a.j, "rows"), 0), "snippet");
        bool marked = false;

        assert_int_equal(number(a.j, "hits"), 2);
        assert_int_equal(number(jdoc_get(facets, "kind"), "birth"), 1);
        assert_int_equal(number(jdoc_get(facets, "year"), "2004"), 1);
        assert_int_equal(number(jdoc_get(facets, "unit"), HELP_UNIT), 2);
        for (size_t i = 0; i < jdoc_count(snippet); i++)
            marked =
                marked || strcmp(jdoc_text_at(jdoc_at(snippet, i), 0), "Trần") == 0;
        assert_true(marked);
    }
    {
        AUTO_ANSWER struct answer a = ask(
            n, "search", "lan", ARGS("q=tran", "purpose=check", "kind=death"), NULL);

        assert_int_equal(number(a.j, "hits"), 1);
        /* the other kind can still be chosen, the other year cannot */
        assert_int_equal(number(jdoc_get(jdoc_get(a.j, "facets"), "kind"), "birth"), 1);
        assert_null(jdoc_get(jdoc_get(jdoc_get(a.j, "facets"), "year"), "2003"));
    }
    {
        AUTO_ANSWER struct answer a =
            ask(n, "search", "lan", ARGS("q=", "purpose=check"), NULL);

        assert_int_equal(number(a.j, "hits"), 0);
    }
    refused(n, "search", "lan", ARGS("q=a", "purpose=check", "limit=0"), NULL, 422,
            "SH-WEB-FIELD");
    refused(n, "search", "lan", ARGS("q=a", "purpose=check", "year=12"), NULL, 422,
            "SH-WEB-FIELD");
    refused(n, "search", "lan", ARGS("q=a", "purpose=check", "kind=x"), NULL, 422,
            "SH-USAGE");
}

static void test_api__seal_says_what_is_missing(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    node_register(n, "birth", 2003, 1, 3, book);
    node_item(n, "birth", book, (const char *[]){"so=2/2003", NULL}, item, NULL);
    {
        AUTO_ANSWER struct answer a = ask(n, "seal", "lan", NULL, NULL);
        const struct jdoc *rows = jdoc_get(a.j, "rows");

        assert_int_equal(number(a.j, "ready"), 0);
        assert_int_equal(number(a.j, "open"), 1);
        assert_int_equal(jdoc_count(rows), 2);
        assert_string_equal(jdoc_text(jdoc_at(rows, 0), "code"), "review");
        assert_true(jdoc_bool(jdoc_at(rows, 0), "blocks", false));
        assert_string_equal(jdoc_text(jdoc_at(rows, 1), "code"), "gap");
        assert_int_equal(number(jdoc_at(rows, 1), "count"), 2);
        assert_string_equal(jdoc_text(jdoc_at(rows, 1), "dossier"), book);
    }
    unit_ok(flow_item_verify(&n->f, item, "minh", node_listen(n), &e), &e);
    {
        AUTO_ANSWER struct answer a = ask(n, "seal", "lan", NULL, NULL);

        assert_int_equal(number(a.j, "ready"), 1);
        assert_int_equal(jdoc_count(jdoc_get(a.j, "rows")), 1);
    }
}

static void test_api__sync_shows_nothing_as_received_without_a_receipt(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];

    node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, item, NULL);
    {
        AUTO_ANSWER struct answer a = ask(n, "sync", "lan", NULL, NULL);
        const struct jdoc *words = jdoc_get(a.j, "words");

        assert_int_equal(a.status, 200);
        assert_int_equal(number(words, "saved"), 1);
        assert_int_equal(number(words, "waiting"), 0);
        assert_int_equal(number(words, "received"), 0);
        assert_int_equal(jdoc_count(jdoc_get(a.j, "receipts")), 0);
        assert_string_equal(jdoc_text(jdoc_get(a.j, "hours"), "night"), "18:00-06:00");
    }
}

/* ---- people and settings ----------------------------------------------------------
 */

static void test_api__users_are_kept_by_administrators(void **state)
{
    struct node *n = *state;

    refused(n, "users", "minh", NULL, NULL, 403, "SH-USER-RIGHT");
    refused(n, "user.add", "lan", NULL, "{}", 403, "SH-USER-RIGHT");
    refused(n, "user.add", "admin", NULL,
            "{\"user\":\"hoa\",\"role\":\"king\",\"password\":\"long enough\"}", 422,
            "SH-WEB-FIELD");
    refused(n, "user.add", "admin", NULL,
            "{\"user\":\"hoa\",\"role\":\"clerk\",\"password\":\"short\"}", 422,
            "SH-PASSWORD");
    {
        AUTO_ANSWER struct answer a =
            ask(n, "user.add", "admin", NULL,
                "{\"user\":\"hoa\",\"role\":\"clerk\",\"password\":\"long enough\"}");

        assert_string_equal(jdoc_text(a.j, "user"), "hoa");
    }
    {
        AUTO_ANSWER struct answer a = ask(n, "user.change", "admin", ARGS("user=hoa"),
                                          "{\"role\":\"verifier\",\"active\":false}");

        assert_string_equal(jdoc_text(a.j, "role"), "verifier");
        assert_false(jdoc_bool(a.j, "active", true));
    }
    refused(n, "dossiers", "hoa", NULL, NULL, 403, "SH-USER-ABSENT");
    refused(n, "user.change", "admin", ARGS("user=admin"), "{\"role\":\"clerk\"}", 409,
            "SH-USER-LAST");
    refused(n, "user.change", "admin", ARGS("user=admin"), "{\"active\":false}", 409,
            "SH-USER-LAST");
    refused(n, "user.change", "admin", ARGS("user=hoa"), "{\"active\":\"no\"}", 422,
            "SH-WEB-FIELD");
    refused(n, "user.change", "admin", ARGS("user=nobody"), "{}", 403,
            "SH-USER-ABSENT");
    {
        AUTO_ANSWER struct answer a = ask(n, "users", "admin", NULL, NULL);

        assert_int_equal(jdoc_count(jdoc_get(a.j, "rows")), 4);
    }
}

static void test_api__settings_are_few_and_checked(void **state)
{
    struct node *n = *state;

    refused(n, "settings", "lan", NULL, NULL, 403, "SH-USER-RIGHT");
    refused(n, "setting.put", "admin", NULL, "{\"ocr.jobs\":\"many\"}", 422,
            "SH-CONFIG");
    refused(n, "setting.put", "admin", NULL, "{\"sync.idle_s\":\"10\"}", 422,
            "SH-CONFIG"); /* known, but not on the page */
    refused(n, "setting.put", "admin", NULL, "{\"ocr.jobs\":2}", 422, "SH-WEB-FIELD");
    refused(n, "setting.put", "admin", NULL, "{}", 422, "SH-WEB-FIELD");
    {
        AUTO_ANSWER struct answer a = ask(n, "setting.put", "admin", NULL,
                                          "{\"ocr.jobs\":\"2\",\"sync.night\":null}");
        const struct jdoc *rows = jdoc_get(a.j, "rows");
        bool seen = false;

        assert_int_equal(a.status, 200);
        assert_true(jdoc_count(rows) <= 13);
        for (size_t i = 0; i < jdoc_count(rows); i++)
            if (strcmp(jdoc_text(jdoc_at(rows, i), "key"), "ocr.jobs") == 0)
                seen = strcmp(jdoc_text(jdoc_at(rows, i), "value"), "2") == 0;
        assert_true(seen);
    }
}

/* ---- pages ------------------------------------------------------------------------
 */

static void test_api__pages_refuse_what_does_not_fit(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    struct page p = {0};
    AUTO_MEM char *place = NULL;

    node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, item, &p);
    place = mem_printf("page=%s", p.name);
    refused(n, "page.picture", "lan", ARGS("page=abc"), NULL, 404, "SH-PAGE-ABSENT");
    refused(n, "page.picture", "lan", ARGS(place, "width=0"), NULL, 422,
            "SH-WEB-FIELD");
    refused(n, "page.picture", "lan", ARGS(place, "width=99999"), NULL, 422,
            "SH-WEB-FIELD");
    refused(n, "page.strip", "lan", ARGS(place), NULL, 422, "SH-WEB-FIELD");
    refused(n, "page.strip", "lan", ARGS(place, "x=-1", "w=5", "h=5"), NULL, 422,
            "SH-WEB-FIELD");
    refused(n, "page.words", "lan", ARGS("page="), NULL, 404, "SH-PAGE-ABSENT");
}

/* A white page of 400 by 600 pixels with a black corner, in a record of its own. */
static struct page real_page(struct node *n)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct Pix *pix = pixCreate(400, 600, 8);
    struct Box *box = boxCreate(0, 0, 200, 300);
    unsigned char *png = NULL;
    size_t size = 0;
    struct item it = {0};
    struct page p = {.width_px = 400, .height_px = 600, .dpi = 300};
    struct err e = ERR_INIT;
    bool existed = false;

    pixSetAllArbitrary(pix, 255);
    pixSetInRectArbitrary(pix, box, 0);
    assert_int_equal(pixWriteMem(&png, &size, pix, IFF_PNG), 0);
    unit_ok(store_begin(n->f.store, &txn, &e), &e);
    it = help_new_item("document", "");
    unit_ok(store_item_add(n->f.store, n->f.home.node, &it, &e), &e);
    unit_ok(store_object_put_mem(n->f.store, png, size, p.master, &existed, &e), &e);
    unit_ok(store_object_add(n->f.store, p.master, size, "image/png", STORE_MASTER, &e),
            &e);
    ident_page(p.master, 0, true, p.name);
    (void)snprintf(p.item, sizeof p.item, "%s", it.name);
    (void)snprintf(p.media, sizeof p.media, "image/png");
    unit_ok(store_page_add(n->f.store, n->f.home.node, &p, &e), &e);
    help_read(n->f.store, p.id, "ba chữ đọc");
    unit_ok(store_commit(&txn, &e), &e);
    lept_free(png);
    boxDestroy(&box);
    pixDestroy(&pix);
    return p;
}

static void test_api__a_page_and_a_strip_of_it_are_shown(void **state)
{
    struct node *n = *state;
    struct page p = real_page(n);
    AUTO_MEM char *place = mem_printf("page=%s", p.name);
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    for (int strip = 0; strip < 2; strip++) {
        AUTO_ANSWER struct answer a =
            strip ? ask(n, "page.strip", "lan",
                        ARGS(place, "x=10", "y=10", "w=900", "h=60", "width=300"), NULL)
                  : ask(n, "page.picture", "lan", ARGS(place, "width=200"), NULL);

        assert_int_equal(a.status, 200);
        assert_string_equal(a.type, "image/jpeg");
        assert_string_equal(a.head, "\xFF\xD8\xFF");
        assert_true(a.len > 200);
    }
    refused(n, "page.strip", "lan", ARGS(place, "x=5000", "w=5", "h=5"), NULL, 413,
            "SH-LIMIT");
    /* held: to nobody */
    unit_ok(store_begin(n->f.store, &txn, &e), &e);
    unit_ok(store_page_gate(n->f.store, p.id, PAGE_HELD, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
    refused(n, "page.picture", "admin", ARGS(place), NULL, 403, "SH-ITEM-HELD");
    refused(n, "page.words", "lan", ARGS(place), NULL, 403, "SH-ITEM-HELD");
}

static void act(struct node *n, const char *item, enum item_act act)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    unit_ok(store_begin(n->f.store, &txn, &e), &e);
    unit_ok(store_item_act(n->f.store, item, act, NULL, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
}

static void test_api__pages_of_what_is_verified_need_a_purpose(void **state)
{
    struct node *n = *state;
    struct page p = real_page(n);
    AUTO_MEM char *place = mem_printf("page=%s", p.name);

    act(n, p.item, ITEM_RECOGNIZE);
    act(n, p.item, ITEM_VERIFY);
    {
        AUTO_ANSWER struct answer a =
            ask(n, "page.picture", "lan", ARGS(place, "width=200"), NULL);

        assert_int_equal(a.status, 200); /* nothing can be read on it */
    }
    refused(n, "page.picture", "lan", ARGS(place), NULL, 428, "SH-READING-PURPOSE");
    refused(n, "page.words", "lan", ARGS(place, "width=1"), NULL, 428,
            "SH-READING-PURPOSE");
    refused(n, "page.strip", "lan",
            ARGS(place, "x=0", "y=0", "w=200", "h=200", "width=200"), NULL, 428,
            "SH-READING-PURPOSE");
}

static void answer_field(struct node *n, const char *item, const char *field,
                         const char *user, const char *value)
{
    AUTO_MEM char *of = mem_printf("item=%s", item);
    AUTO_MEM char *name = mem_printf("field=%s", field);
    AUTO_MEM char *body = mem_printf("{\"value\":\"%s\"}", value);
    AUTO_ANSWER struct answer a = ask(n, "keying.answer", user, ARGS(of, name), body);

    assert_int_equal(a.status, 200);
}

/* Answers are a record's data: who decides says what for when it is finished. */
static void test_api__two_answers_are_seen_for_a_purpose(void **state)
{
    static const char *const READ[] = {BIRTH, NULL};
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    AUTO_MEM char *of = NULL;
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    node_item(n, "birth", "", READ, item, NULL);
    of = mem_printf("item=%s", item);
    unit_ok(store_begin(n->f.store, &txn, &e), &e);
    unit_ok(store_user_add(n->f.store, "hoa", ROLE_CLERK, "", 1, &e), &e);
    unit_ok(store_user_add(n->f.store, "tuan", ROLE_VERIFIER, "", 1, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
    act(n, item, ITEM_VERIFY);
    refused(n, "keying.draw", "lan", NULL, "{\"dossier\":\"none\"}", 403,
            "SH-USER-RIGHT");
    unit_ok(flow_keying_draw(&n->f, "none", 0, "minh", node_listen(n), &e), &e);
    assert_int_equal(number(node_told(n, 0), "doubtful"), 1);
    refused(n, "keying.field", "hoa", ARGS(of, "field=nksHoTen"), NULL, 428,
            "SH-READING-PURPOSE");
    {
        AUTO_ANSWER struct answer a =
            ask(n, "keying.field", "hoa",
                ARGS(of, "field=nksHoTen", "purpose=second keying"), NULL);

        assert_string_equal(jdoc_text(a.j, "state"), "open");
        assert_null(jdoc_get(a.j, "first"));
    }
    refused(n, "keying.field", "minh", ARGS(of, "field=chaHoTen", "purpose=x"), NULL,
            409, "SH-KEYING"); /* not drawn */
    /* Who keys it blind sees what stands there nowhere. */
    refused(n, "item", "hoa", ARGS(of, "purpose=check"), NULL, 403, "SH-USER-RIGHT");
    refused(n, "item.history", "hoa", ARGS(of, "purpose=check"), NULL, 403,
            "SH-USER-RIGHT");
    refused(n, "item.pdf", "hoa", ARGS(of, "purpose=check"), NULL, 403,
            "SH-USER-RIGHT");
    {
        AUTO_ANSWER struct answer a = ask(n, "items", "hoa", NULL, NULL);
        AUTO_ANSWER struct answer all = ask(n, "items", "tuan", NULL, NULL);

        assert_int_equal(jdoc_count(jdoc_get(a.j, "rows")), 0);
        assert_int_equal(jdoc_count(jdoc_get(all.j, "rows")), 1);
    }
    answer_field(n, item, "nksHoTen", "hoa", "Trần Văn Ân");
    {
        AUTO_ANSWER struct answer a =
            ask(n, "item", "hoa", ARGS(of, "purpose=check"), NULL);

        assert_int_equal(a.status, 200); /* nothing of it waits for her any more */
    }
    {
        AUTO_ANSWER struct answer a = ask(n, "keying.differs", "tuan", NULL, NULL);
        const struct jdoc *row = jdoc_at(jdoc_get(a.j, "rows"), 0);

        assert_string_equal(jdoc_text(row, "item"), item);
        assert_null(jdoc_get(row, "first"));
        assert_null(jdoc_get(row, "second"));
    }
    refused(n, "keying.field", "hoa", ARGS(of, "field=nksHoTen"), NULL, 403,
            "SH-USER-RIGHT"); /* her own answer, and she verifies nothing */
    refused(n, "keying.field", "tuan", ARGS(of, "field=nksHoTen"), NULL, 428,
            "SH-READING-PURPOSE");
    refused(n, "keying.field", "tuan", ARGS(of, "field=chaHoTen", "purpose=x"), NULL,
            409, "SH-KEYING");
    {
        AUTO_ANSWER struct answer a =
            ask(n, "keying.field", "tuan",
                ARGS(of, "field=nksHoTen", "purpose=second keying"), NULL);

        assert_string_equal(jdoc_text(jdoc_get(a.j, "first"), "value"), "Trần Văn An");
        assert_string_equal(jdoc_text(jdoc_get(a.j, "second"), "value"), "Trần Văn Ân");
    }
    refused(n, "keying.settle", "hoa", ARGS(of, "field=nksHoTen"),
            "{\"take\":\"second\"}", 403, "SH-USER-RIGHT");
    refused(n, "keying.settle", "tuan", ARGS(of, "field=nksHoTen"),
            "{\"take\":\"both\"}", 422, "SH-WEB-FIELD");
    refused(n, "keying.answer", "tuan", ARGS(of, "field=nksHoTen"), "{}", 422,
            "SH-WEB-FIELD");
}

static void test_api__what_is_not_read_is_not_verified(void **state)
{
    struct node *n = *state;
    struct page p = real_page(n);
    AUTO_MEM char *place = mem_printf("item=%s", p.item);
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    act(n, p.item, ITEM_RECOGNIZE);
    unit_ok(store_begin(n->f.store, &txn, &e), &e);
    (void)help_page(n->f.store, p.item, "inserted later");
    unit_ok(store_commit(&txn, &e), &e);
    refused(n, "item.verify", "minh", ARGS(place), NULL, 409, "SH-ITEM-STATE");
}

static void test_api__every_row_has_its_own_name_and_way(void **state)
{
    size_t count = 0;
    const struct api_row *rows = api_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_true(rows[i].lane == API_LOOP || rows[i].run);
        assert_true(!rows[i].method || rows[i].lane != API_QUERY ||
                    strcmp(rows[i].method, "GET") == 0);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(rows[i].verb, rows[k].verb);
            if (rows[i].method && rows[k].method &&
                strcmp(rows[i].method, rows[k].method) == 0)
                assert_string_not_equal(rows[i].path, rows[k].path);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        node_case(test_api__dossiers_are_made_changed_and_closed),
        node_case(test_api__dossiers_refuse_what_does_not_fit),
        node_case(test_api__a_record_is_checked_and_verified),
        node_case(test_api__records_refuse_what_does_not_fit),
        node_case(test_api__lists_go_on_where_they_ended),
        node_case(test_api__a_sealed_record_is_changed_with_a_reason_only),
        node_case(test_api__pages_of_what_is_verified_need_a_purpose),
        node_case(test_api__two_answers_are_seen_for_a_purpose),
        node_case(test_api__what_is_not_read_is_not_verified),
        node_case(test_api__search_needs_a_purpose),
        node_case(test_api__readings_are_for_the_administrator),
        node_case(test_api__an_auditor_reads_and_changes_nothing),
        node_case(test_api__search_counts_and_marks),
        node_case(test_api__seal_says_what_is_missing),
        node_case(test_api__sync_shows_nothing_as_received_without_a_receipt),
        node_case(test_api__users_are_kept_by_administrators),
        node_case(test_api__settings_are_few_and_checked),
        node_case(test_api__pages_refuse_what_does_not_fit),
        node_case(test_api__a_page_and_a_strip_of_it_are_shown),
        node_case(test_api__every_row_has_its_own_name_and_way),
    };

    if (argc == 3 && strcmp(argv[1], "worker") == 0) {
        (void)signal(SIGPIPE, SIG_IGN);
        proc_exit_worker(view_worker_main());
    }
    i18n_init(LANG_EN, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
