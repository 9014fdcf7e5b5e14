/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/enrol.h"

#include <sys/stat.h>

#include "node/base/jdoc.h"
#include "node/base/str.h"
#include "sync/pull.h"
#include "tests/unit/sync_help.h"

struct place {
    char *home;
    struct sign_secret issuer;
    struct node n;
    char *repo;
};

static int add_node(struct place *p, const char *key, const char *code,
                    const char *role, const char *const *reads, size_t read_count,
                    struct err *e)
{
    static const char *const hosts[] = {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhvc3Q="};
    AUTO_JDOC struct jdoc *units = jdoc_array();
    struct enrol_add add = {.key_line = key,
                            .unit_code = code,
                            .valid_from = "2025-07-01",
                            .role = role,
                            .name = "Phường Bến Thành",
                            .reads = reads,
                            .read_count = read_count,
                            .url = "ssh://sohoa@province.example:2222/",
                            .host_keys = hosts,
                            .host_key_count = 1,
                            .units = units};
    char node[NAMES_NODE_MAX];
    AUTO_MEM char *repo = NULL;

    jdoc_add_text(units, "01234");
    return enrol_node_add(p->home, "/usr/bin/sohoa", &p->issuer.pub, &add, node, &repo,
                          e);
}

static void key_of(const struct sign_public *key, struct str *line)
{
    sign_public_line(key, "comment", line);
}

static void place_init(struct place *p)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct err e = ERR_INIT;

    p->home = help_folder();
    OK(sign_generate(&p->issuer, &e));
    node_init(&p->n);
    key_of(&p->n.key.pub, &line);
    OK(add_node(p, line.p, "01234", "commune", NULL, 0, &e));
    p->repo = enrol_repository(p->home, "01234", "2025-07-01");
}

static void place_clear(struct place *p)
{
    struct err e = ERR_INIT;

    OK(fs_remove_tree(p->home, &e));
    mem_free(p->home);
    mem_free(p->repo);
    node_clear(&p->n);
}

static void read_text(const char *home, const char *name, struct str *out)
{
    AUTO_MEM char *path = fs_path(home, name);
    struct stat st;
    struct err e = ERR_INIT;

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    OK(fs_read_file(path, out, &e));
}

static void test_enrol__writes_what_sshd_and_git_need(void **state)
{
    AUTO_STR struct str keys = STR_INIT(10000);
    AUTO_STR struct str signers = STR_INIT(10000);
    AUTO_STR struct str config = STR_INIT(10000);
    AUTO_MEM char *line = NULL;
    AUTO_MEM char *signer = NULL;
    AUTO_MEM char *hook = NULL;
    struct place p;

    (void)state;
    place_init(&p);
    read_text(p.home, "ssh/authorized_keys", &keys);
    line =
        mem_printf("\nrestrict,command=\"/usr/bin/sohoa -C %s receive %s\" ssh-ed25519 "
                   "AAAA",
                   p.home, p.n.name);
    assert_non_null(strstr(keys.p, line));
    read_text(p.home, "ssh/allowed_signers", &signers);
    signer = mem_printf("\n%s namespaces=\"git\" ssh-ed25519 AAAA", p.n.name);
    assert_non_null(strstr(signers.p, signer));
    hook = fs_path(p.repo, "hooks/pre-receive");
    assert_int_equal(access(hook, X_OK), 0);
    enrol_sshd_config("/var/lib/sohoa", "sohoa", &config);
    assert_non_null(strstr(config.p, "Match User sohoa\n"));
    assert_non_null(
        strstr(config.p, "AuthorizedKeysFile \"/var/lib/sohoa/ssh/authorized_keys\""));
    assert_non_null(strstr(config.p, "DisableForwarding yes\n"));
    place_clear(&p);
}

static void test_enrol__list_comes_back(void **state)
{
    static const char *const reads[] = {"01234", "05678"};
    AUTO_ENROL struct enrol l = ENROL_INIT;
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    const struct enrol_node *n;
    struct sign_secret district;
    char name[SIGN_NODE_HEX];
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    OK(sign_generate(&district, &e));
    sign_node(&district.pub, name);
    key_of(&district.pub, &line);
    OK(add_node(&p, line.p, "012", "district", reads, 2, &e));
    OK(add_node(&p, line.p, "012", "district", reads, 2, &e)); /* the same again */
    OK(enrol_load(p.home, &l, &e));
    assert_int_equal(l.count, 2);
    n = enrol_find(&l, name);
    assert_non_null(n);
    assert_string_equal(n->name, "Phường Bến Thành");
    assert_int_equal(n->read_count, 2);
    assert_true(enrol_may_read(&l, n, "05678", "2025-07-01"));
    assert_false(enrol_may_read(&l, n, "09999", "2025-07-01"));
    n = enrol_find(&l, p.n.name);
    assert_true(enrol_may_read(&l, n, "01234", "2025-07-01"));
    assert_false(enrol_may_read(&l, n, "05678", "2025-07-01"));
    assert_null(enrol_find(&l, "ffffffffffffffffffffffffffffffff"));
    place_clear(&p);
}

static const struct enrol_node *row_of(const struct enrol *l,
                                       const struct sign_public *key)
{
    char name[SIGN_NODE_HEX];

    sign_node(key, name);
    return enrol_find(l, name);
}

static bool reads(struct place *p, const struct sign_public *key, const char *code,
                  const char *from)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    struct err e = ERR_INIT;

    OK(enrol_load(p->home, &l, &e));
    return enrol_may_read(&l, row_of(&l, key), code, from);
}

static void test_enrol__district_reads_new_units_at_once(void **state)
{
    static const char *const old[] = {"24175", "777"};
    static const struct enrol_unit before[] = {{"24175", "2025-07-01", "66"}};
    static const struct enrol_unit after[] = {
        {"24999", "2025-07-01", "664"}, {"24175", "2025-07-01", "66"},
        {"664", "2025-07-01", "66"},    {"24175", "2004-01-01", "12"},
        {"30000", "2025-07-01", "12"},  {"24175", "2025-07-01", "66"},
        {"5", "2025-07-01", "6"},       {"6", "2025-07-01", "5"}};
    static const struct enrol_unit bad[] = {{"2417x", "2025-07-01", "66"}};
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_MEM char *list = NULL;
    struct sign_secret d;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    list = fs_path(p.home, "ssh/nodes.json");
    OK(sign_generate(&d, &e));
    key_of(&d.pub, &line);
    OK(add_node(&p, line.p, "66", "district", old, 2, &e));
    assert_true(reads(&p, &d.pub, "24175", "2004-01-01")); /* named: of any date */
    OK(enrol_units_set(p.home, before, 1, &e));
    assert_true(reads(&p, &d.pub, "66", "2025-07-01"));
    assert_true(reads(&p, &d.pub, "24175", "2025-07-01"));
    assert_true(reads(&p, &d.pub, "777", "2025-07-01"));
    assert_false(reads(&p, &d.pub, "24999", "2025-07-01"));
    OK(enrol_units_set(p.home, after, ARRAY_LEN(after), &e));
    assert_true(reads(&p, &d.pub, "24999", "2025-07-01")); /* two levels down */
    assert_true(reads(&p, &d.pub, "777", "2025-07-01"));
    assert_false(reads(&p, &d.pub, "30000", "2025-07-01"));
    assert_false(reads(&p, &d.pub, "5", "2025-07-01")); /* a ring ends */
    /* The code had another territory before: that lies below another one. */
    assert_true(reads(&p, &d.pub, "24175", "2025-07-01"));
    assert_false(reads(&p, &d.pub, "24175", "2004-01-01"));
    assert_false(reads(&p, &p.n.key.pub, "24175", "2025-07-01"));
    FAILS(enrol_units_set(p.home, bad, 1, fe), ERR_USAGE);
    OK(enrol_units_set(p.home, NULL, 0, &e));
    assert_false(reads(&p, &d.pub, "24175", "2025-07-01"));
    assert_true(reads(&p, &d.pub, "777", "2025-07-01"));
    OK(fs_unlink(list, &e)); /* nobody is enrolled: no list is made */
    OK(enrol_units_set(p.home, after, ARRAY_LEN(after), &e));
    assert_false(fs_exists(list));
    place_clear(&p);
}

static void test_enrol__another_unit_is_the_same_node(void **state)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_STR struct str district = STR_INIT(SIGN_LINE_MAX);
    AUTO_MEM char *fresh = NULL;
    AUTO_ENROL struct enrol l = ENROL_INIT;
    const struct enrol_node *n;
    struct sign_secret d;
    struct place p;
    size_t at = 0;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    key_of(&p.n.key.pub, &line);
    OK(sign_generate(&d, &e));
    key_of(&d.pub, &district);
    OK(add_node(&p, line.p, "05678", "commune", NULL, 0, &e));
    OK(add_node(&p, line.p, "05678", "commune", NULL, 0, &e)); /* the same again */
    OK(add_node(&p, district.p, "05678", "district", NULL, 0, &e));
    fresh = enrol_repository(p.home, "05678", "2025-07-01");
    assert_false(fs_exists(fresh));
    OK(enrol_load(p.home, &l, &e));
    n = row_of(&l, &p.n.key.pub);
    assert_string_equal(n->unit_code, "05678");
    assert_int_equal(n->former_count, 1);
    assert_string_equal(enrol_home(n).code, "01234");
    assert_true(enrol_had_unit(n, "01234") && enrol_had_unit(n, "05678"));
    assert_false(enrol_had_unit(n, "09999"));
    assert_true(enrol_may_read(&l, n, "01234", "2025-07-01"));
    assert_false(enrol_may_read(&l, n, "05678", "2025-07-01"));
    /* Whoever reads the new unit reads where its records lie. */
    assert_true(enrol_may_read(&l, row_of(&l, &d.pub), "01234", "2025-07-01"));
    assert_true(enrol_unit_at(n, "01234", "2025-07-01", &at));
    assert_false(enrol_unit_at(n, "01234", "2025-07-02", &at));
    assert_true(enrol_unit_at(n, "05678", "2025-07-01", &at));
    assert_false(enrol_unit_at(n, "01234", "2025-07-01", &at)); /* never back */
    for (int i = 0; i < ENROL_FORMER_MAX - 1; i++)
        OK(add_node(&p, line.p, i % 2 ? "2" : "1", "commune", NULL, 0, &e));
    FAILS(add_node(&p, line.p, "3", "commune", NULL, 0, fe), ERR_LIMIT);
    place_clear(&p);
}

static void test_enrol__refuses_bad_requests(void **state)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_STR struct str own = STR_INIT(SIGN_LINE_MAX);
    static const char *const reads[] = {"x"};
    struct place p;

    (void)state;
    place_init(&p);
    key_of(&p.n.key.pub, &line);
    key_of(&p.issuer.pub, &own);
    FAILS(add_node(&p, "ssh-rsa AAAA", "01234", "commune", NULL, 0, fe), ERR_KEY);
    FAILS(add_node(&p, own.p, "01234", "commune", NULL, 0, fe), ERR_KEY);
    FAILS(add_node(&p, line.p, "01a", "commune", NULL, 0, fe), ERR_USAGE);
    FAILS(add_node(&p, line.p, "01234", "king", NULL, 0, fe), ERR_USAGE);
    FAILS(add_node(&p, line.p, "01234", "district", reads, 1, fe), ERR_USAGE);
    {
        struct enrol_add add = {.key_line = line.p,
                                .unit_code = "01234",
                                .valid_from = "2025-07-01",
                                .role = "commune"};
        char node[NAMES_NODE_MAX];

        FAILS(enrol_node_add(p.home, "/usr/bin/so\"hoa", &p.issuer.pub, &add, node,
                             NULL, fe),
              ERR_USAGE);
        FAILS(enrol_node_add(p.home, "sohoa", &p.issuer.pub, &add, node, NULL, fe),
              ERR_USAGE);
        add.valid_from = "yesterday";
        FAILS(enrol_node_add(p.home, "/usr/bin/sohoa", &p.issuer.pub, &add, node, NULL,
                             fe),
              ERR_USAGE);
    }
    place_clear(&p);
}

static void test_enrol__revoked_stays_valid_up_to_where_it_was(void **state)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    AUTO_STR struct str keys = STR_INIT(10000);
    const struct enrol_node *n;
    char prev[HASH_HEX] = "";
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    {
        AUTO_REPO struct repo *r = NULL;
        struct bundle_made made;

        OK(repo_open(p.repo, &r, &e)); /* as if three had been pushed */
        for (int seq = 1; seq <= 3; seq++)
            help_bundle(&p.n, r, CLASS_TEXT, seq, prev, &made);
    }
    OK(enrol_node_revoke(p.home, "/usr/bin/sohoa", p.n.name, &e));
    OK(enrol_node_revoke(p.home, "/usr/bin/sohoa", p.n.name, &e));
    FAILS(enrol_node_revoke(p.home, "/usr/bin/sohoa", "x", fe), ERR_NOT_FOUND);
    read_text(p.home, "ssh/authorized_keys", &keys);
    assert_null(strstr(keys.p, p.n.name));
    OK(enrol_load(p.home, &l, &e));
    n = enrol_find(&l, p.n.name);
    assert_true(n->revoked);
    assert_true(enrol_valid_at(n, 1, CLASS_TEXT, 3));
    assert_false(enrol_valid_at(n, 1, CLASS_TEXT, 4));
    assert_false(enrol_valid_at(n, 1, CLASS_META, 1));
    assert_false(enrol_may_read(&l, n, "01234", "2025-07-01"));
    { /* its old bundles can still be read */
        AUTO_REPO struct repo *r = NULL;
        AUTO_MEM struct pull_chain *chains = NULL;
        AUTO_PULL struct pull *w = NULL;
        AUTO_PULLED struct pulled b = {.m = MANIFEST_INIT};
        size_t count = 0;

        OK(repo_open(p.repo, &r, &e));
        OK(pull_chains(r, &chains, &count, &e));
        assert_int_equal(count, 1);
        OK(pull_open(r, &l, &chains[0], 2, prev[0] ? NULL : "", &w, &e));
        assert_int_equal(pull_next(w, &b, &e), 1);
        assert_int_equal(b.m.seq, 3);
    }
    place_clear(&p);
}

/* One bundle of @epoch by any key, as if no gate were there. */
static void bundle_by(struct place *p, struct repo *r, int64_t epoch,
                      const struct sign_secret *key, struct bundle_made *made)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    struct err e = ERR_INIT;

    help_head(&p->n, CLASS_TEXT, 1, "", &m);
    m.epoch = epoch;
    OK(bundle_write_by(r, &m, NULL, key, made, &e));
}

static int walk_first(struct repo *r, const struct enrol *l, const char *ref,
                      struct err *e)
{
    AUTO_PULL struct pull *w = NULL;
    AUTO_PULLED struct pulled b = {.m = MANIFEST_INIT};
    struct pull_chain c = {.tip = ""};

    if (!names_ref_parse(ref, &c.name) || repo_ref(r, ref, c.tip, e) < 0 ||
        pull_open(r, l, &c, 0, NULL, &w, e) < 0)
        return -1;
    return pull_next(w, &b, e);
}

static void test_enrol__each_epoch_has_its_key(void **state)
{
    AUTO_ENROL struct enrol l = ENROL_INIT;
    AUTO_STR struct str keys = STR_INIT(10000);
    AUTO_STR struct str signers = STR_INIT(10000);
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_STR struct str old = STR_INIT(SIGN_LINE_MAX);
    AUTO_REPO struct repo *r = NULL;
    struct sign_secret key, third;
    struct enrol_change c = {.key = &key.pub};
    struct bundle_made first, good, bad, late;
    const struct enrol_node *n;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    OK(sign_generate(&key, &e));
    OK(sign_generate(&third, &e));
    OK(repo_open(p.repo, &r, &e));
    bundle_by(&p, r, 1, &p.n.key, &first);
    c.node = "x";
    FAILS(enrol_node_key(p.home, "/usr/bin/sohoa", &c, fe), ERR_NOT_FOUND);
    c.node = p.n.name;
    c.key = &p.n.key.pub;
    FAILS(enrol_node_key(p.home, "/usr/bin/sohoa", &c, fe), ERR_KEY_USED);
    c.key = &p.issuer.pub;
    FAILS(enrol_node_key(p.home, "/usr/bin/sohoa", &c, fe), ERR_KEY_USED);
    c.key = &key.pub;
    c.epoch = 1;
    FAILS(enrol_node_key(p.home, "/usr/bin/sohoa", &c, fe), ERR_KEY_REQUEST);
    c.epoch = 0;
    OK(enrol_node_key(p.home, "/usr/bin/sohoa", &c, &e));
    OK(enrol_node_key(p.home, "/usr/bin/sohoa", &c, &e));
    bundle_by(&p, r, 2, &key, &good);
    bundle_by(&p, r, 3, &p.n.key, &bad);
    OK(enrol_load(p.home, &l, &e));
    n = enrol_find(&l, p.n.name);
    assert_int_equal(n->key_count, 1);
    assert_int_equal(walk_first(r, &l, first.ref, &e), 1);
    assert_int_equal(walk_first(r, &l, good.ref, &e), 1);
    FAILS(walk_first(r, &l, bad.ref, fe), ERR_SIGNATURE);
    /* The old epoch is closed to both keys. */
    assert_true(enrol_valid_at(n, 1, CLASS_TEXT, 1));
    assert_false(enrol_valid_at(n, 1, CLASS_TEXT, 2));
    assert_false(enrol_valid_at(n, 1, CLASS_META, 1));
    assert_true(enrol_valid_at(n, 2, CLASS_META, 7));
    /* The door knows the new key only, git's list both. */
    key_of(&key.pub, &line);
    key_of(&p.n.key.pub, &old);
    line.p[strcspn(line.p + 12, " ") + 12] = '\0';
    old.p[strcspn(old.p + 12, " ") + 12] = '\0';
    read_text(p.home, "ssh/authorized_keys", &keys);
    assert_non_null(strstr(keys.p, line.p));
    assert_null(strstr(keys.p, old.p));
    read_text(p.home, "ssh/allowed_signers", &signers);
    assert_non_null(strstr(signers.p, line.p));
    assert_non_null(strstr(signers.p, old.p));
    /* Enrolled again it is the same node; by its old key it is nobody. */
    OK(add_node(&p, line.p, "05678", "commune", NULL, 0, &e));
    FAILS(add_node(&p, old.p, "05678", "commune", NULL, 0, fe), ERR_KEY_USED);
    enrol_clear(&l);
    OK(enrol_load(p.home, &l, &e));
    assert_int_equal(l.count, 1);
    assert_string_equal(l.nodes[0].node, p.n.name);
    assert_string_equal(l.nodes[0].unit_code, "05678");
    assert_int_equal(l.nodes[0].key_count, 1);
    /* A third one; then nobody any more. */
    c.key = &third.pub;
    OK(enrol_node_key(p.home, "/usr/bin/sohoa", &c, &e));
    bundle_by(&p, r, 4, &third, &late);
    OK(enrol_node_revoke(p.home, "/usr/bin/sohoa", p.n.name, &e));
    enrol_clear(&l);
    OK(enrol_load(p.home, &l, &e));
    n = enrol_find(&l, p.n.name);
    assert_int_equal(enrol_key_epoch(n), 4);
    assert_true(enrol_valid_at(n, 1, CLASS_TEXT, 1));
    assert_true(enrol_valid_at(n, 4, CLASS_TEXT, 1));
    assert_false(enrol_valid_at(n, 4, CLASS_TEXT, 2));
    c.key = &key.pub;
    FAILS(enrol_node_key(p.home, "/usr/bin/sohoa", &c, fe), ERR_GATE_NODE);
    place_clear(&p);
}

static void test_enrol__refuses_keys_that_are_none(void **state)
{
    static const char *const BAD[] = {
        "\"keys\":7,",
        "\"keys\":[{}],",
        "\"keys\":[{\"epoch\":1,\"key\":\"%s\"}],",
        "\"keys\":[{\"epoch\":2,\"key\":\"x\"}],",
        "\"keys\":[{\"epoch\":2,\"key\":\"%s\",\"request\":\"x\"}],",
        "\"keys\":[{\"epoch\":2,\"key\":\"%s\"},{\"epoch\":2,\"key\":\"%s\"}],",
    };
    AUTO_STR struct str was = STR_INIT(100000);
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_MEM char *path = NULL;
    const char *at;
    struct sign_secret key;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    OK(sign_generate(&key, &e));
    key_of(&key.pub, &line);
    path = fs_path(p.home, "ssh/nodes.json");
    OK(fs_read_file(path, &was, &e));
    at = strstr(was.p, "\"name\"");
    assert_non_null(at);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        AUTO_ENROL struct enrol l = ENROL_INIT;
        AUTO_STR struct str text = STR_INIT(100000);

        str_add_mem(&text, was.p, (size_t)(at - was.p));
        for (const char *c = BAD[i]; *c; c++)
            if (c[0] == '%') {
                str_add(&text, line.p);
                c++;
            } else {
                str_add_char(&text, *c);
            }
        str_add(&text, at);
        OK(fs_write_file(path, text.p, text.len, &e));
        FAILS(enrol_load(p.home, &l, fe), ERR_ENROL);
    }
    place_clear(&p);
}

static void test_enrol__damaged_list_opens_nothing(void **state)
{
    static const char *const changes[][2] = {
        {"\"schema\":1", "\"schema\":9"},
        {"\"role\":\"commune\"", "\"role\":\"x\""},
        {"\"revoked\":false", "\"revoked\":0"},
        {"\"code\":\"01234\"", "\"code\":\"\""},
        {"\"reads\":[]", "\"reads\":[1]"},
        {"\"closed\":[]", "\"closed\":[{}]"},
        {"\"nodes\":[", "\"nodes\":[{},"},
        {"{\"issuer\"", "\"issuer\""},
        {"ssh-ed25519 AAAA", "ssh-ed25519 BAAA"},
    };
    AUTO_STR struct str text = STR_INIT(10000);
    AUTO_MEM char *path = NULL;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    path = fs_path(p.home, "ssh/nodes.json");
    read_text(p.home, "ssh/nodes.json", &text);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        const char *at = strstr(text.p, changes[i][0]);
        AUTO_STR struct str now = STR_INIT(20000);
        AUTO_ENROL struct enrol l = ENROL_INIT;
        struct err why = ERR_INIT;

        assert_non_null(at);
        str_add_mem(&now, text.p, (size_t)(at - text.p));
        str_add(&now, changes[i][1]);
        str_add(&now, at + strlen(changes[i][0]));
        OK(fs_write_file(path, now.p, now.len, &e));
        if (i == 2) { /* not a truth value: no trust */
            OK(enrol_load(p.home, &l, &e));
            assert_true(l.nodes[0].revoked);
            continue;
        }
        assert_int_equal(enrol_load(p.home, &l, &why), -1);
        assert_int_equal(why.code, ERR_ENROL);
    }
    place_clear(&p);
}

static void test_enrol__the_node_takes_its_file_home(void **state)
{
    AUTO_JOIN struct enrol_join j = {.url = NULL};
    AUTO_MEM char *path = NULL;
    AUTO_MEM char *keys = NULL;
    AUTO_STR struct str known = STR_INIT(10000);
    struct sign_public up;
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    path = fs_pathf(p.home, "enrol/%s.json", p.n.name);
    OK(enrol_join_read(path, &j, &e));
    assert_string_equal(j.node, p.n.name);
    assert_string_equal(j.unit_code, "01234");
    assert_string_equal(j.url, "ssh://sohoa@province.example:2222/");
    assert_int_equal(j.host_key_count, 1);
    assert_memory_equal(&j.upstream, &p.issuer.pub, sizeof j.upstream);
    assert_string_equal(jdoc_text_at(j.units, 0), "01234");
    keys = fs_path(p.n.dir, "keys");
    OK(fs_mkdirs(keys, &e));
    assert_int_equal(enrol_upstream(p.n.dir, &up, &e), 0);
    OK(enrol_trust_upstream(p.n.dir, &j.upstream, &e));
    assert_int_equal(enrol_upstream(p.n.dir, &up, &e), 1);
    assert_memory_equal(&up, &p.issuer.pub, sizeof up);
    for (int i = 0; i < 2; i++) /* the second replaces the first */
        OK(enrol_trust_host(p.n.dir, j.url, (const char *const *)j.host_keys, 1, &e));
    OK(enrol_trust_host(p.n.dir, "ssh://other.example/",
                        (const char *const *)j.host_keys, 1, &e));
    read_text(p.n.dir, "keys/known_hosts", &known);
    assert_string_equal(known.p,
                        "[province.example]:2222 ssh-ed25519 "
                        "AAAAC3NzaC1lZDI1NTE5AAAAIGhvc3Q=\n"
                        "other.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhvc3Q=\n");
    {
        const char *const bad[] = {"@revoked * ssh-ed25519 AAAA"};

        FAILS(enrol_trust_host(p.n.dir, j.url, bad, 1, fe), ERR_KEY);
    }
    OK(enrol_trust_host(p.n.dir, "/mnt/stick", NULL, 0, &e));
    OK(fs_write_file(path, "{}\n", 3, &e));
    {
        AUTO_JOIN struct enrol_join k = {.url = NULL};

        FAILS(enrol_join_read(path, &k, fe), ERR_ENROL);
    }
    place_clear(&p);
}

static void test_enrol__published_list_is_signed(void **state)
{
    AUTO_REPO struct repo *r = NULL;
    AUTO_ENROL struct enrol l = ENROL_INIT;
    char one[NAMES_OID_MAX], two[NAMES_OID_MAX];
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    OK(repo_open(p.repo, &r, &e));
    assert_int_equal(enrol_published(r, &p.issuer.pub, &l, &e), 0);
    OK(enrol_publish(p.home, r, &p.issuer, T0, &e));
    assert_int_equal(repo_ref(r, NAMES_KEYS_REF, one, &e), 1);
    OK(enrol_publish(p.home, r, &p.issuer, T0 + 9, &e));
    assert_int_equal(repo_ref(r, NAMES_KEYS_REF, two, &e), 1);
    assert_string_equal(one, two); /* nothing new, nothing written */
    assert_int_equal(enrol_published(r, &p.issuer.pub, &l, &e), 1);
    assert_int_equal(l.count, 1);
    assert_string_equal(l.nodes[0].node, p.n.name);
    {
        AUTO_ENROL struct enrol k = ENROL_INIT;

        FAILS(enrol_published(r, &p.n.key.pub, &k, fe), ERR_SIGNATURE);
    }
    OK(enrol_node_revoke(p.home, "/usr/bin/sohoa", p.n.name, &e));
    OK(enrol_publish(p.home, r, &p.issuer, T0 + 10, &e));
    assert_int_equal(repo_ref(r, NAMES_KEYS_REF, two, &e), 1);
    assert_string_not_equal(one, two);
    repo_close(r);
    r = NULL;
    place_clear(&p);
}

/* Two tiers and three: a node trusts the receipts of the last one. */
static void test_enrol__i09_a_relay_gives_the_key_of_the_tier_above(void **state)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_JOIN struct enrol_join join = {.url = NULL};
    AUTO_ENROL struct enrol l = ENROL_INIT;
    AUTO_MEM char *file = NULL;
    AUTO_MEM char *keys = NULL;
    struct enrol_add add = {.unit_code = "01234",
                            .valid_from = "2025-07-01",
                            .role = "commune",
                            .relay = true};
    struct sign_secret above;
    struct sign_public hub;
    char node[NAMES_NODE_MAX];
    struct place p;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&p);
    key_of(&p.n.key.pub, &line);
    add.key_line = line.p;
    FAILS(enrol_node_add(p.home, "/usr/bin/sohoa", &p.issuer.pub, &add, node, NULL, fe),
          ERR_UPSTREAM_KEY_UNSET);
    OK(enrol_load(p.home, &l, &e));
    assert_false(l.nodes[0].relay); /* nothing was changed */
    enrol_clear(&l);
    OK(sign_generate(&above, &e));
    keys = fs_path(p.home, "keys");
    OK(fs_mkdirs(keys, &e));
    OK(enrol_trust_upstream(p.home, &above.pub, &e));
    OK(enrol_node_add(p.home, "/usr/bin/sohoa", &p.issuer.pub, &add, node, NULL, &e));
    OK(enrol_load(p.home, &l, &e));
    assert_true(l.nodes[0].relay);
    file = fs_pathf(p.home, "enrol/%s.json", p.n.name);
    OK(enrol_join_read(file, &join, &e));
    sign_node(&above.pub, node);
    assert_string_equal(join.upstream_node, node);
    /* The hub itself answers sticks, and opens them. */
    assert_true(join.has_hub);
    assert_memory_equal(join.hub.key, p.issuer.pub.key, sizeof join.hub.key);
    assert_int_equal(enrol_hub(p.home, &hub, &e), 0);
    OK(enrol_set_hub(p.home, &join.hub, &e));
    assert_int_equal(enrol_hub(p.home, &hub, &e), 1);
    assert_memory_equal(hub.key, p.issuer.pub.key, sizeof hub.key);
    OK(enrol_set_hub(p.home, NULL, &e));
    OK(enrol_set_hub(p.home, NULL, &e));
    assert_int_equal(enrol_hub(p.home, &hub, &e), 0);
    add.relay = false; /* a commune of its own has none */
    enrol_join_clear(&join);
    OK(enrol_node_add(p.home, "/usr/bin/sohoa", &p.issuer.pub, &add, node, NULL, &e));
    OK(enrol_join_read(file, &join, &e));
    assert_false(join.has_hub);
    place_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enrol__writes_what_sshd_and_git_need),
        cmocka_unit_test(test_enrol__list_comes_back),
        cmocka_unit_test(test_enrol__district_reads_new_units_at_once),
        cmocka_unit_test(test_enrol__another_unit_is_the_same_node),
        cmocka_unit_test(test_enrol__refuses_bad_requests),
        cmocka_unit_test(test_enrol__revoked_stays_valid_up_to_where_it_was),
        cmocka_unit_test(test_enrol__each_epoch_has_its_key),
        cmocka_unit_test(test_enrol__refuses_keys_that_are_none),
        cmocka_unit_test(test_enrol__damaged_list_opens_nothing),
        cmocka_unit_test(test_enrol__the_node_takes_its_file_home),
        cmocka_unit_test(test_enrol__published_list_is_signed),
        cmocka_unit_test(test_enrol__i09_a_relay_gives_the_key_of_the_tier_above),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
