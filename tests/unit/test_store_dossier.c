/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include "node/record/card.h"
#include "node/store/store_dossier.h"
#include "node/store/store_gap.h"

static struct dossier book(int year, int volume, int64_t from, int64_t to,
                           enum dossier_series series)
{
    return (struct dossier){.kind = DOSSIER_REGISTER,
                            .title = mem_dup("Sổ đăng ký khai sinh"),
                            .record = "birth",
                            .year = year,
                            .volume = volume,
                            .from = from,
                            .to = to,
                            .series = series,
                            .closed_count = -1,
                            .unit_code = HELP_UNIT,
                            .unit_from = HELP_FROM,
                            .created = HELP_NOW};
}

static void add_book(struct store *s, struct dossier *d)
{
    struct err e = ERR_INIT;

    unit_ok(store_dossier_add(s, HELP_NODE, d, &e), &e);
}

/* Entries "1 2 4bis 7/2004" of a dossier. */
static void entries(struct store *s, const char *dossier, const char *numbers)
{
    AUTO_MEM char *copy = mem_dup(numbers);
    char *rest = copy;

    for (char *one = strsep(&rest, " "); one; one = strsep(&rest, " "))
        help_field(s, help_item(s, "birth", dossier).name, "so", one);
}

/* ---- dossiers ----------------------------------------------------------------------
 */

static int count_dossier(void *ctx, const struct dossier *d, struct err *e)
{
    (void)d;
    (void)e;
    ++*(int *)ctx;
    return 0;
}

static int count_name(void *ctx, const char *name, struct err *e)
{
    (void)e;
    assert_true(ident_is_dossier(name));
    ++*(int *)ctx;
    return 0;
}

static void test_store_dossier__is_made_closed_and_explained(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_DOSSIER struct dossier d = book(2003, 1, 1, 200, DOSSIER_BY_YEAR);
    AUTO_DOSSIER struct dossier again = book(2003, 1, 1, 200, DOSSIER_BY_YEAR);
    AUTO_DOSSIER struct dossier bad = book(0, 1, 1, 200, DOSSIER_BY_YEAR);
    AUTO_DOSSIER struct dossier got = DOSSIER_INIT;
    AUTO_CARD struct card c;
    AUTO_STR struct str text = STR_INIT(CARD_BYTES_MAX);
    struct err e = ERR_INIT;
    int n = 0;

    card_init(&c, CARD_DOSSIER);
    unit_ok(store_begin(s, &t, &e), &e);
    add_book(s, &d);
    assert_string_equal(d.name, "00112233-d1");
    unit_fails(store_dossier_add(s, HELP_NODE, &again, &e), ERR_DOSSIER_EXISTS, &e);
    unit_fails(store_dossier_add(s, HELP_NODE, &bad, &e), ERR_DOSSIER, &e);
    entries(s, d.name, "1 2");
    assert_int_equal(store_dossier_get(s, d.name, &got, &e), 1);
    assert_int_equal(got.items, 2);
    assert_string_equal(got.title, d.title);
    assert_int_equal(got.closed_count, -1);
    unit_ok(store_dossier_unsealed(s, count_name, &n, &e), &e);
    assert_int_equal(n, 1);
    unit_ok(store_dossier_sealed(s, d.name, 1, &e), &e);
    n = 0;
    unit_ok(store_dossier_unsealed(s, count_name, &n, &e), &e);
    assert_int_equal(n, 0);

    unit_ok(store_dossier_gap(s, d.name, 14, 15, DOSSIER_TORN, "A", HELP_NOW, &e), &e);
    unit_ok(store_dossier_gap(s, d.name, 14, 15, DOSSIER_TORN, "A", HELP_NOW, &e), &e);
    unit_fails(store_dossier_gap(s, d.name, 15, 14, DOSSIER_TORN, "A", HELP_NOW, &e),
               ERR_DOSSIER, &e);
    unit_fails(store_dossier_gap(s, "00112233-d9", 1, 1, DOSSIER_TORN, "A", 0, &e),
               ERR_DOSSIER_ABSENT, &e);
    unit_ok(store_dossier_close(s, d.name, 2, &e), &e);
    unit_fails(store_dossier_close(s, d.name, 2, &e), ERR_DOSSIER_CLOSED, &e);
    unit_fails(store_dossier_close(s, "00112233-d9", 2, &e), ERR_DOSSIER_ABSENT, &e);
    n = 0;
    unit_ok(store_dossier_unsealed(s, count_name, &n, &e), &e);
    assert_int_equal(n, 1); /* it changed */
    unit_ok(store_dossier_card(s, d.name, &c, &e), &e);
    card_print(&c, &text);
    assert_non_null(strstr(str_text(&text), "\"gaps\":[[14,15,\"torn\"]]"));
    assert_non_null(strstr(str_text(&text), "\"rev\":3"));
    assert_non_null(strstr(str_text(&text), "\"closed\":2"));
    n = 0;
    unit_ok(store_dossier_each(s, count_dossier, &n, &e), &e);
    assert_int_equal(n, 1);
    assert_int_equal(store_dossier_get(s, "00112233-d9", &got, &e), 0);
}

/* ---- gaps --------------------------------------------------------------------------
 */

struct told {
    char text[2000];
};

static int tell(void *ctx, const struct store_gap *g, struct err *e)
{
    struct told *x = ctx;
    size_t len = strlen(x->text);
    char no[REGNO_TEXT_MAX];

    (void)e;
    if (g->type == STORE_GAP_DOUBLE) {
        regno_print(&g->number, no);
        (void)snprintf(x->text + len, sizeof x->text - len, "%s=%dx ", no,
                       (int)g->items);
    } else {
        (void)snprintf(x->text + len, sizeof x->text - len, "%s%d-%d@%s ",
                       g->type == STORE_GAP_COUNT ? "count " : "", (int)g->from,
                       (int)g->to, g->dossier[0] ? strchr(g->dossier, 'd') : "none");
    }
    return 0;
}

static struct told gaps(struct store *s, const char *dossier)
{
    struct told x = {.text = ""};
    struct err e = ERR_INIT;

    if (store_gap_each(s, dossier, tell, &x, &e) < 0)
        fail_msg("%s %s", err_code_name(e.code), e.detail);
    return x;
}

static void test_store_gap__head_middle_and_tail(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_DOSSIER struct dossier d = book(2003, 1, 1, 20, DOSSIER_BY_YEAR);
    struct err e = ERR_INIT;

    unit_ok(store_begin(s, &t, &e), &e);
    add_book(s, &d);
    assert_string_equal(gaps(s, NULL).text, "1-20@d1 "); /* nothing entered yet */
    entries(s, d.name, "3 4 5 7bis 8 12 12 13/2003 22bis/2003 22bis/2003 18");
    assert_string_equal(gaps(s, NULL).text,
                        "1-2@d1 6-7@d1 9-11@d1 14-17@d1 19-22@d1 12/2003=2x "
                        "22bis/2003=2x ");
    unit_ok(store_dossier_gap(s, d.name, 1, 2, DOSSIER_TORN, "A", 0, &e), &e);
    unit_ok(store_dossier_gap(s, d.name, 10, 10, DOSSIER_CANCELLED, "A", 0, &e), &e);
    unit_ok(store_dossier_gap(s, d.name, 15, 21, DOSSIER_BLANK, "A", 0, &e), &e);
    assert_string_equal(gaps(s, NULL).text,
                        "6-7@d1 9-9@d1 11-11@d1 14-14@d1 22-22@d1 12/2003=2x "
                        "22bis/2003=2x ");
    unit_ok(store_dossier_close(s, d.name, 12, &e), &e);
    assert_non_null(strstr(gaps(s, d.name).text, "count 12-11@d1"));
}

static void test_store_gap__numbers_run_on_across_volumes(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_DOSSIER struct dossier one = book(2003, 1, 1, 5, DOSSIER_BY_YEAR);
    AUTO_DOSSIER struct dossier two = book(2003, 2, 8, 12, DOSSIER_BY_YEAR);
    AUTO_DOSSIER struct dossier other = book(2004, 1, 1, 3, DOSSIER_BY_YEAR);
    struct err e = ERR_INIT;

    unit_ok(store_begin(s, &t, &e), &e);
    add_book(s, &one);
    add_book(s, &two);
    add_book(s, &other);
    entries(s, one.name, "1 2 3 9"); /* 9 stands in the wrong book: not missing */
    entries(s, two.name, "8 10 11");
    entries(s, other.name, "1 2 3");
    assert_non_null(strstr(gaps(s, NULL).text, "4-"));
    assert_non_null(strstr(gaps(s, NULL).text, "12-12@d2"));
    assert_null(strstr(gaps(s, NULL).text, "@d3"));
    assert_null(strstr(gaps(s, NULL).text, "9-9"));
    assert_string_equal(gaps(s, other.name).text, "");
}

static void test_store_gap__each_volume_may_begin_anew(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_DOSSIER struct dossier one = book(1998, 1, 1, 3, DOSSIER_BY_VOLUME);
    AUTO_DOSSIER struct dossier two = book(1998, 2, 1, 3, DOSSIER_BY_VOLUME);
    AUTO_DOSSIER struct dossier late = book(1998, 3, 50, 53, DOSSIER_BY_VOLUME);
    struct err e = ERR_INIT;

    unit_ok(store_begin(s, &t, &e), &e);
    add_book(s, &one);
    add_book(s, &two);
    add_book(s, &late);
    entries(s, one.name, "1 2 3");
    entries(s, two.name, "1 3");
    entries(s, late.name, "51 53");
    assert_string_equal(gaps(s, NULL).text, "2-2@d2 50-50@d3 52-52@d3 ");
    assert_string_equal(gaps(s, two.name).text, "2-2@d2 ");
}

/* What is told of one volume, whatever stands in it: at its ends, in its middle, twice.
 */
static void test_store_gap__a_whole_volume_has_none(void **state)
{
    static const struct {
        int from, to;
        const char *numbers, *told;
    } table[] = {
        {1, 3, "1 2 3", ""},
        {1, 3, "3 1 2 4 5", ""},
        {0, 0, "1 2", ""},
        {0, 0, "2 3", "1-1@d1 "},
        {5, 7, "5 6 7", ""},
        {5, 7, "4 5 6 7", ""},
        {5, 7, "6 7", "5-5@d1 "},
        {5, 7, "5 6", "7-7@d1 "},
        {5, 7, "3 4 5 6 7", ""},
        {1, 4, "1 1 3 4", "2-2@d1 1/1998=2x "},
        {1, 3, "1 2 2bis 3", ""},
        {1, 3, "1 2bis 3", "2-2@d1 "},
        {1, 2, "1 2 2", "2/1998=2x "},
        {1, 1, "", "1-1@d1 "},
        {0, 0, "", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        AUTO_STORE struct store *s = help_store(state);
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;
        AUTO_DOSSIER struct dossier d =
            book(1998, 1, table[i].from, table[i].to, DOSSIER_BY_VOLUME);
        struct err e = ERR_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        add_book(s, &d);
        if (table[i].numbers[0])
            entries(s, d.name, table[i].numbers);
        if (strncmp(gaps(s, NULL).text, table[i].told, strlen(table[i].told)) != 0 ||
            (!table[i].told[0] && gaps(s, NULL).text[0]))
            fail_msg("%d-%d %s: %s", table[i].from, table[i].to, table[i].numbers,
                     gaps(s, NULL).text);
    }
}

/* A number may say its year, whatever book it stands in; one that does not is of the
 * year of its book, and of none when it stands in no book. */
static void test_store_gap__a_number_says_its_year(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_DOSSIER struct dossier old = book(2003, 1, 1, 6, DOSSIER_BY_YEAR);
    AUTO_DOSSIER struct dossier new = book(2004, 1, 1, 4, DOSSIER_BY_YEAR);
    AUTO_DOSSIER struct dossier own = book(2004, 7, 1, 2, DOSSIER_BY_VOLUME);
    struct err e = ERR_INIT;

    unit_ok(store_begin(s, &t, &e), &e);
    add_book(s, &old);
    add_book(s, &new);
    add_book(s, &own);
    entries(s, old.name, "1 2/2003 3/2004");
    entries(s, new.name, "1 4/2003 2/2004 1/2004");
    entries(s, own.name, "1/2003 2");
    entries(s, "", "5/2003 6 4/2004");
    assert_string_equal(gaps(s, NULL).text, "3-3@d1 6-6@d1 1/2004=2x ");
    assert_string_equal(gaps(s, old.name).text, "3-3@d1 6-6@d1 ");
    assert_string_equal(gaps(s, new.name).text, "1/2004=2x ");
    assert_string_equal(gaps(s, own.name).text, "");
}

static void test_store_gap__an_unknown_dossier_is_an_error(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    struct told x = {.text = ""};
    struct err e = ERR_INIT;

    unit_fails((int)store_gap_each(s, "00112233-d1", tell, &x, &e), ERR_DOSSIER_ABSENT,
               &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_dossier__is_made_closed_and_explained),
        unit_case(test_store_gap__head_middle_and_tail),
        unit_case(test_store_gap__numbers_run_on_across_volumes),
        unit_case(test_store_gap__each_volume_may_begin_anew),
        unit_case(test_store_gap__a_whole_volume_has_none),
        unit_case(test_store_gap__a_number_says_its_year),
        unit_case(test_store_gap__an_unknown_dossier_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
