/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/ticket.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/str.h"
#include "tests/unit/sync_help.h"

static const unsigned char SECRET[TICKET_SECRET] = {1, 2, 3};
static const unsigned char OTHER[TICKET_SECRET] = {1, 2, 4};

#define NODE "0123456789abcdef0123456789abcdef"
#define HEX  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static int make(void **state)
{
    *state = help_folder();
    return 0;
}

static int drop(void **state)
{
    struct err e = ERR_INIT;
    int rc = fs_remove_tree(*state, &e);

    mem_free(*state);
    return rc;
}

static struct ticket_call call(const char *ticket)
{
    return (struct ticket_call){.to = "ffffffffffffffffffffffffffffffff",
                                .node = NODE,
                                .ticket = ticket,
                                .number = 7,
                                .at = -1,
                                .length = 0,
                                .body = HEX,
                                .command = "since 24175"};
}

static void test_ticket__what_is_signed(void **state)
{
    AUTO_STR struct str text = STR_INIT(TICKET_TEXT_MAX);
    struct ticket_call c = call("00");

    (void)state;
    ticket_text(&c, &text);
    assert_string_equal(str_text(&text),
                        "sohoa-https 1\nto ffffffffffffffffffffffffffffffff\n"
                        "node " NODE "\nticket 00\nnumber 7\nat -\nlength 0\n"
                        "body " HEX "\ncommand since 24175\n");
    str_reset(&text);
    c.at = 12;
    c.body = "-";
    ticket_text(&c, &text);
    assert_non_null(strstr(str_text(&text), "\nat 12\nlength 0\nbody -\n"));
}

/* Not a word of it can be another one. */
static void test_ticket__signs_every_word(void **state)
{
    struct sign_secret key, stranger;
    struct ticket_call c = call("00"), d;
    char proof[TICKET_PROOF];
    struct err e = ERR_INIT;

    (void)state;
    OK(sign_generate(&key, &e));
    OK(sign_generate(&stranger, &e));
    ticket_sign(&c, &key, proof);
    assert_true(ticket_proves(&c, &key.pub, proof));
    assert_false(ticket_proves(&c, &stranger.pub, proof));
    assert_false(ticket_proves(&c, &key.pub, ""));
    d = c, d.to = NODE;
    assert_false(ticket_proves(&d, &key.pub, proof));
    d = c, d.node = d.to;
    assert_false(ticket_proves(&d, &key.pub, proof));
    d = c, d.ticket = "01";
    assert_false(ticket_proves(&d, &key.pub, proof));
    d = c, d.number = 8;
    assert_false(ticket_proves(&d, &key.pub, proof));
    d = c, d.at = 0;
    assert_false(ticket_proves(&d, &key.pub, proof));
    d = c, d.length = 1;
    assert_false(ticket_proves(&d, &key.pub, proof));
    d = c, d.body = "-";
    assert_false(ticket_proves(&d, &key.pub, proof));
    d = c, d.command = "list";
    assert_false(ticket_proves(&d, &key.pub, proof));
    proof[0] = proof[0] == '0' ? '1' : '0';
    assert_false(ticket_proves(&c, &key.pub, proof));
}

static void test_ticket__holds_for_an_hour(void **state)
{
    char ticket[TICKET_MAX], next[TICKET_MAX];
    struct err e = ERR_INIT;

    (void)state;
    OK(ticket_make(SECRET, 1000, ticket, &e));
    OK(ticket_make(SECRET, 1000, next, &e));
    assert_string_not_equal(ticket, next);
    assert_true(ticket_holds(SECRET, 1000, ticket));
    assert_true(ticket_holds(SECRET, 1000 + TICKET_S, ticket));
    assert_false(ticket_holds(SECRET, 1001 + TICKET_S, ticket));
    assert_false(ticket_holds(SECRET, 999, ticket)); /* of a machine that ran longer */
    assert_false(ticket_holds(OTHER, 1000, ticket));
    for (size_t i = 0; i < TICKET_MAX - 1; i++) {
        (void)snprintf(next, sizeof next, "%s", ticket);
        next[i] = next[i] == '0' ? '1' : '0';
        assert_false(ticket_holds(SECRET, 1000, next));
    }
    assert_false(ticket_holds(SECRET, 1000, ""));
    next[0] = 'X';
    assert_false(ticket_holds(SECRET, 1000, next));
}

static void test_ticket__each_number_once(void **state)
{
    const char *dir = *state;
    char ticket[TICKET_MAX], other[TICKET_MAX];
    struct err e = ERR_INIT;

    OK(ticket_make(SECRET, 1000, ticket, &e));
    OK(ticket_make(SECRET, 1000, other, &e));
    assert_int_equal(ticket_use(dir, ticket, 3, &e), 1);
    assert_int_equal(ticket_use(dir, ticket, 3, &e), 0);
    assert_int_equal(ticket_use(dir, ticket, 1, &e), 0);
    assert_int_equal(ticket_use(dir, ticket, 4, &e), 1);
    assert_int_equal(ticket_use(dir, ticket, TICKET_NUMBER, &e), 1);
    assert_int_equal(ticket_use(dir, ticket, TICKET_NUMBER, &e), 0);
    assert_int_equal(ticket_use(dir, other, 1, &e), 1);
    {
        AUTO_MEM char *gone = fs_path(dir, "gone");

        FAILS(ticket_use(gone, ticket, 5, fe), ERR_NOT_FOUND);
    }
}

/* Two that come at once with the same number: one of them is late. */
static void test_ticket__one_of_two_at_once(void **state)
{
    const char *dir = *state;
    char ticket[TICKET_MAX];
    struct err e = ERR_INIT;

    OK(ticket_make(SECRET, 1000, ticket, &e));
    for (int64_t n = 1; n <= 20; n++) {
        pid_t child = fork();
        int mine, how = 0;

        assert_true(child >= 0);
        if (child == 0)
            _exit(ticket_use(dir, ticket, n, &e));
        mine = ticket_use(dir, ticket, n, &e);
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_int_equal(mine + WEXITSTATUS(how), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticket__what_is_signed),
        cmocka_unit_test(test_ticket__signs_every_word),
        cmocka_unit_test(test_ticket__holds_for_an_hour),
        cmocka_unit_test_setup_teardown(test_ticket__each_number_once, make, drop),
        cmocka_unit_test_setup_teardown(test_ticket__one_of_two_at_once, make, drop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
