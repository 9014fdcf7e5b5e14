/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "node/base/proc.h"
#include "node/base/sign.h"
#include "node/base/str.h"

static const char DATA[] = "một tờ khai\n";

static const char KEYGEN[] = "/usr/bin/ssh-keygen";

/* Runs ssh-keygen with @in as its input; its exit code, and what it printed. */
static int keygen(const char *dir, const char *in, struct str *out,
                  const char *const *args)
{
    const char *argv[16] = {KEYGEN};
    struct proc_opts o = {.argv = argv, .in = PROC_FD, .err = PROC_NULL, .folder = dir};
    struct proc_exit how = {0};
    struct err e = ERR_INIT;
    AUTO_MEM char *path = fs_path(dir, "input");
    AUTO_FD int fd = -1;

    for (size_t i = 0; args[i]; i++)
        argv[i + 1] = args[i];
    unit_ok(fs_write_file(path, in, strlen(in), &e), &e);
    fd = fs_open(path, 0, 0, &e);
    assert_true(fd >= 0);
    o.in_fd = fd;
    unit_ok(proc_run(&o, out, 20000, &how, &e), &e);
    assert_false(how.signaled);
    return how.status;
}

static bool no_keygen(void)
{
    if (access(KEYGEN, X_OK) == 0)
        return false;
    print_message("%s is not installed\n", KEYGEN);
    return true;
}

static void write_text(const char *dir, const char *name, const char *text)
{
    AUTO_MEM char *path = fs_path(dir, name);
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, text, strlen(text), &e), &e);
}

static void test_sign__key_file_comes_back(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "node");
    AUTO_SECRET struct sign_secret s;
    AUTO_SECRET struct sign_secret back;
    struct stat st;
    struct err e = ERR_INIT;

    unit_ok(sign_generate(&s, &e), &e);
    /* Every length of padding. */
    for (size_t len = 0; len < 17; len++) {
        unit_ok(sign_write_secret(path, &s, &"nut-xa-phuong-0123"[18 - len], &e), &e);
        unit_ok(sign_read_secret(path, &back, &e), &e);
        assert_memory_equal(&s, &back, sizeof s);
    }
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_sign__two_keys_differ(void **state)
{
    AUTO_SECRET struct sign_secret a;
    AUTO_SECRET struct sign_secret b;
    char node_a[SIGN_NODE_HEX];
    char node_b[SIGN_NODE_HEX];
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(sign_generate(&a, &e), &e);
    unit_ok(sign_generate(&b, &e), &e);
    sign_node(&a.pub, node_a);
    sign_node(&b.pub, node_b);
    assert_string_not_equal(node_a, node_b);
    assert_int_equal(strlen(node_a), 32);
}

static void test_sign__comment_has_a_limit(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "node");
    AUTO_SECRET struct sign_secret s;
    char comment[200];
    struct err e = ERR_INIT;

    memset(comment, 'a', sizeof comment - 1);
    comment[sizeof comment - 1] = '\0';
    unit_ok(sign_generate(&s, &e), &e);
    unit_fails(sign_write_secret(path, &s, comment, &e), ERR_LIMIT, &e);
    assert_false(fs_exists(path));
}

static void test_sign__ssh_keygen_reads_our_key(void **state)
{
    const char *dir = *state;
    AUTO_MEM char *path = fs_path(dir, "node");
    AUTO_STR struct str out = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str line = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str print = STR_INIT(STR_LINE_MAX);
    AUTO_SECRET struct sign_secret s;
    char fingerprint[SIGN_FINGERPRINT_MAX];
    struct err e = ERR_INIT;

    if (no_keygen())
        skip();
    unit_ok(sign_generate(&s, &e), &e);
    unit_ok(sign_write_secret(path, &s, "sohoa-node", &e), &e);
    assert_int_equal(keygen(dir, "", &out, (const char *[]){"-y", "-f", "node", NULL}),
                     0);
    sign_public_line(&s.pub, "sohoa-node", &line);
    str_add_char(&line, '\n');
    assert_string_equal(str_text(&out), str_text(&line));
    assert_int_equal(
        keygen(dir, "", &print, (const char *[]){"-l", "-f", "node", NULL}), 0);
    sign_fingerprint(&s.pub, fingerprint);
    assert_non_null(strstr(str_text(&print), fingerprint));
}

static void test_sign__we_read_ssh_keygens_key(void **state)
{
    const char *dir = *state;
    AUTO_MEM char *path = fs_path(dir, "theirs");
    AUTO_MEM char *pub_path = fs_path(dir, "theirs.pub");
    AUTO_STR struct str out = STR_INIT(STR_LINE_MAX);
    AUTO_SECRET struct sign_secret s;
    struct sign_public p;
    struct err e = ERR_INIT;

    if (no_keygen())
        skip();
    assert_int_equal(
        keygen(dir, "", &out,
               (const char *[]){"-q", "-t", "ed25519", "-N", "", "-C",
                                "somebody@somewhere", "-f", "theirs", NULL}),
        0);
    unit_ok(sign_read_secret(path, &s, &e), &e);
    unit_ok(sign_read_public(pub_path, &p, &e), &e);
    assert_memory_equal(&p, &s.pub, sizeof p);
    /* The public half is no secret key, and the other way round. */
    unit_fails(sign_read_secret(pub_path, &s, &e), ERR_KEY, &e);
    unit_fails(sign_read_public(path, &p, &e), ERR_KEY, &e);
}

static void test_sign__other_keys_are_refused(void **state)
{
    const char *dir = *state;
    static const char *const KINDS[][8] = {
        {"-q", "-t", "rsa", "-b", "1024", "-N", "", NULL},
        {"-q", "-t", "ecdsa", "-N", "", NULL},
        {"-q", "-t", "ed25519", "-N", "secret", NULL}, /* encrypted */
    };
    AUTO_SECRET struct sign_secret s;
    struct sign_public p;
    struct err e = ERR_INIT;

    if (no_keygen())
        skip();
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        const char *args[12] = {0};
        AUTO_STR struct str out = STR_INIT(STR_LINE_MAX);
        AUTO_MEM char *name = mem_printf("key%zu", i);
        AUTO_MEM char *path = fs_path(dir, name);
        AUTO_MEM char *pub = mem_printf("%s.pub", path);
        size_t n = 0;

        for (; KINDS[i][n]; n++)
            args[n] = KINDS[i][n];
        args[n] = "-f";
        args[n + 1] = name;
        assert_int_equal(keygen(dir, "", &out, args), 0);
        unit_fails(sign_read_secret(path, &s, &e), ERR_KEY, &e);
        if (i < 2)
            unit_fails(sign_read_public(pub, &p, &e), ERR_KEY, &e);
    }
}

static void test_sign__ssh_keygen_accepts_our_signature(void **state)
{
    const char *dir = *state;
    AUTO_STR struct str sig = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str allowed = STR_INIT(STR_LINE_MAX);
    AUTO_SECRET struct sign_secret s;
    struct err e = ERR_INIT;
    const char *args[] = {"-Y", "verify", "-f", "allowed", "-I", "node-1",
                          "-n", "git",    "-s", "sig",     NULL};

    if (no_keygen())
        skip();
    unit_ok(sign_generate(&s, &e), &e);
    sign_sshsig(&s, "git", DATA, strlen(DATA), &sig);
    str_add(&allowed, "node-1 namespaces=\"git\" ");
    sign_public_line(&s.pub, "x", &allowed);
    str_add_char(&allowed, '\n');
    write_text(dir, "sig", str_text(&sig));
    write_text(dir, "allowed", str_text(&allowed));
    {
        AUTO_STR struct str out = STR_INIT(STR_LINE_MAX);

        assert_int_equal(keygen(dir, DATA, &out, args), 0);
    }
    {
        AUTO_STR struct str out = STR_INIT(STR_LINE_MAX);

        assert_int_not_equal(keygen(dir, "other data", &out, args), 0);
    }
}

static void test_sign__we_accept_ssh_keygens_signature(void **state)
{
    const char *dir = *state;
    AUTO_MEM char *path = fs_path(dir, "node");
    AUTO_STR struct str sig = STR_INIT(STR_LINE_MAX);
    AUTO_SECRET struct sign_secret s;
    struct sign_public signer;
    struct err e = ERR_INIT;

    if (no_keygen())
        skip();
    unit_ok(sign_generate(&s, &e), &e);
    unit_ok(sign_write_secret(path, &s, "", &e), &e);
    assert_int_equal(keygen(dir, DATA, &sig,
                            (const char *[]){"-Y", "sign", "-f", "node", "-n",
                                             "sohoa-receipt", NULL}),
                     0);
    unit_ok(
        sign_verify(&s.pub, "sohoa-receipt", DATA, strlen(DATA), str_text(&sig), &e),
        &e);
    unit_ok(sign_signer(str_text(&sig), &signer, &e), &e);
    assert_memory_equal(&signer, &s.pub, sizeof signer);
}

static void test_sign__sha256_signatures_are_refused(void **state)
{
    const char *dir = *state;
    AUTO_MEM char *path = fs_path(dir, "node");
    AUTO_STR struct str sig = STR_INIT(STR_LINE_MAX);
    AUTO_SECRET struct sign_secret s;
    struct err e = ERR_INIT;

    if (no_keygen())
        skip();
    unit_ok(sign_generate(&s, &e), &e);
    unit_ok(sign_write_secret(path, &s, "", &e), &e);
    assert_int_equal(keygen(dir, DATA, &sig,
                            (const char *[]){"-Y", "sign", "-f", "node", "-n", "git",
                                             "-O", "hashalg=sha256", NULL}),
                     0);
    unit_fails(sign_verify(&s.pub, "git", DATA, strlen(DATA), str_text(&sig), &e),
               ERR_SIGNATURE, &e);
}

static void test_sign__wrong_key_space_or_data_is_refused(void **state)
{
    AUTO_STR struct str sig = STR_INIT(STR_LINE_MAX);
    AUTO_SECRET struct sign_secret s;
    AUTO_SECRET struct sign_secret other;
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(sign_generate(&s, &e), &e);
    unit_ok(sign_generate(&other, &e), &e);
    sign_sshsig(&s, "git", DATA, strlen(DATA), &sig);
    unit_ok(sign_verify(&s.pub, "git", DATA, strlen(DATA), sig.p, &e), &e);
    unit_fails(sign_verify(&other.pub, "git", DATA, strlen(DATA), sig.p, &e),
               ERR_SIGNATURE, &e);
    unit_fails(sign_verify(&s.pub, "gi", DATA, strlen(DATA), sig.p, &e), ERR_SIGNATURE,
               &e);
    unit_fails(sign_verify(&s.pub, "git", DATA, strlen(DATA) - 1, sig.p, &e),
               ERR_SIGNATURE, &e);
    unit_fails(sign_verify(&s.pub, "git", DATA, strlen(DATA), "", &e), ERR_SIGNATURE,
               &e);
    /* Git hands the signature on without its last line feed. */
    sig.p[sig.len - 1] = '\0';
    unit_ok(sign_verify(&s.pub, "git", DATA, strlen(DATA), sig.p, &e), &e);
}

static void test_sign__empty_data_can_be_signed(void **state)
{
    AUTO_STR struct str sig = STR_INIT(STR_LINE_MAX);
    AUTO_SECRET struct sign_secret s;
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(sign_generate(&s, &e), &e);
    sign_sshsig(&s, "git", "", 0, &sig);
    unit_ok(sign_verify(&s.pub, "git", "", 0, sig.p, &e), &e);
}

static void test_sign__every_damaged_byte_is_noticed(void **state)
{
    AUTO_STR struct str sig = STR_INIT(STR_LINE_MAX);
    AUTO_SECRET struct sign_secret s;
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(sign_generate(&s, &e), &e);
    sign_sshsig(&s, "git", DATA, strlen(DATA), &sig);
    for (size_t i = 0; i < sig.len; i++) {
        static const char CHANGES[] = {1, 2, 32, 64};

        for (size_t k = 0; k < ARRAY_LEN(CHANGES); k++) {
            sig.p[i] = (char)(sig.p[i] ^ CHANGES[k]);
            unit_fails(sign_verify(&s.pub, "git", DATA, strlen(DATA), sig.p, &e),
                       ERR_SIGNATURE, &e);
            sig.p[i] = (char)(sig.p[i] ^ CHANGES[k]);
        }
    }
    /* And every shorter one, but for the last line feed. */
    for (size_t len = sig.len - 2; len > 0; len--) {
        sig.p[len] = '\0';
        unit_fails(sign_verify(&s.pub, "git", DATA, strlen(DATA), sig.p, &e),
                   ERR_SIGNATURE, &e);
    }
}

static void test_sign__a_damaged_key_file_is_refused(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "node");
    AUTO_MEM char *bad = fs_path(*state, "bad");
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    AUTO_SECRET struct sign_secret s;
    AUTO_SECRET struct sign_secret back;
    struct err e = ERR_INIT;

    unit_ok(sign_generate(&s, &e), &e);
    unit_ok(sign_write_secret(path, &s, "", &e), &e);
    unit_ok(fs_read_file(path, &text, &e), &e);
    for (size_t i = 0; i < text.len; i++) {
        text.p[i] = (char)(text.p[i] ^ 1);
        unit_ok(fs_write_file(bad, text.p, text.len, &e), &e);
        unit_fails(sign_read_secret(bad, &back, &e), ERR_KEY, &e);
        text.p[i] = (char)(text.p[i] ^ 1);
    }
    unit_ok(fs_write_file(bad, text.p, text.len / 2, &e), &e);
    unit_fails(sign_read_secret(bad, &back, &e), ERR_KEY, &e);
    unit_ok(fs_write_file(bad, "", 0, &e), &e);
    unit_fails(sign_read_secret(bad, &back, &e), ERR_KEY, &e);
    unit_fails(sign_read_secret("/nonexistent/key", &back, &e), ERR_NOT_FOUND, &e);
}

static void test_sign__long_files_are_no_keys(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "long");
    AUTO_MEM char *noise = mem_new(100000, 1);
    AUTO_SECRET struct sign_secret s;
    struct sign_public p;
    struct err e = ERR_INIT;

    memset(noise, 'A', 100000);
    unit_ok(fs_write_file(path, noise, 100000, &e), &e);
    unit_fails(sign_read_secret(path, &s, &e), ERR_KEY, &e);
    unit_fails(sign_read_public(path, &p, &e), ERR_KEY, &e);
    unit_ok(fs_write_file(path, "ssh-ed25519\0AAAA", 16, &e), &e);
    unit_fails(sign_read_public(path, &p, &e), ERR_KEY, &e);
    unit_fails(sign_read_public("/nonexistent/key", &p, &e), ERR_NOT_FOUND, &e);
}

static void test_sign__public_lines(void **state)
{
#define GOOD  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" KEY43
#define KEY43 "MriLTPUtNfIzZTgjnFWtvxEEJhDfud6pl5vpFPNDJKr"
    static const char *const BAD[] = {
        "",
        "ssh-ed25519",
        "ssh-ed25519 ",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAI" KEY43,
        "ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAAI" KEY43,
        " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" KEY43,
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" KEY43 "=",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" KEY43 "A",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAJ" KEY43,
        "restrict " GOOD,
        GOOD "\n" GOOD,
        /* The all-zero key: a point of small order, no key. */
        "ssh-ed25519 "
        "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct sign_public p;
    struct sign_public q;
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(sign_parse_public(GOOD, &p, &e), &e);
    unit_ok(sign_parse_public(GOOD " a comment\r\n", &q, &e), &e);
    assert_memory_equal(&p, &q, sizeof p);
    sign_public_line(&p, NULL, &line);
    assert_string_equal(str_text(&line), GOOD);
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        unit_fails(sign_parse_public(BAD[i], &q, &e), ERR_KEY, &e);
}

static void test_sign__wipe_leaves_nothing(void **state)
{
    struct sign_secret s;
    static const struct sign_secret NONE;
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(sign_generate(&s, &e), &e);
    sign_wipe(&s);
    assert_memory_equal(&s, &NONE, sizeof s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_sign__key_file_comes_back),
        unit_case(test_sign__two_keys_differ),
        unit_case(test_sign__comment_has_a_limit),
        unit_case(test_sign__ssh_keygen_reads_our_key),
        unit_case(test_sign__we_read_ssh_keygens_key),
        unit_case(test_sign__other_keys_are_refused),
        unit_case(test_sign__ssh_keygen_accepts_our_signature),
        unit_case(test_sign__we_accept_ssh_keygens_signature),
        unit_case(test_sign__sha256_signatures_are_refused),
        unit_case(test_sign__wrong_key_space_or_data_is_refused),
        unit_case(test_sign__empty_data_can_be_signed),
        unit_case(test_sign__every_damaged_byte_is_noticed),
        unit_case(test_sign__a_damaged_key_file_is_refused),
        unit_case(test_sign__long_files_are_no_keys),
        unit_case(test_sign__public_lines),
        unit_case(test_sign__wipe_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
