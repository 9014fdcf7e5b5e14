/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TESTS_SYNC_HELP_H
#define SOHOA_TESTS_SYNC_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/sign.h"
#include "sync/bundle.h"
#include "sync/manifest.h"
#include "sync/repo.h"

/* Things that several tests of sync/ need: a folder, a node, bundles of made content.
 */

#define T0 INT64_C(1764000000)

static inline void ok_(int rc, const struct err *e, const char *file, int line)
{
    if (rc < 0)
        print_error("%s:%d: %s: %s (%s)\n", file, line, err_code_name(e->code),
                    e->subject, e->detail);
    assert_true(rc >= 0);
}
#define OK(call) ok_((call), &e, __FILE__, __LINE__)

/* The call fails with this code. */
#define FAILS(call, want)                                                              \
    do {                                                                               \
        struct err e_ = ERR_INIT;                                                      \
        struct err *fe = &e_;                                                          \
        int rc_ = (call);                                                              \
        if (rc_ >= 0 || e_.code != (want))                                             \
            print_error("%s:%d: rc %d, %s: %s (%s), not %s\n", __FILE__, __LINE__,     \
                        rc_, err_code_name(e_.code), e_.subject, e_.detail,            \
                        err_code_name(want));                                          \
        assert_true(rc_ < 0);                                                          \
        assert_int_equal(e_.code, (want));                                             \
    } while (0)

struct node {
    char *dir;  /* a folder of its own */
    char *repo; /* dir/transport.git */
    struct sign_secret key;
    char name[SIGN_NODE_HEX];
};

static inline char *help_folder(void)
{
    const char *top = getenv("TMPDIR");
    char *path = mem_printf("%s/sync.XXXXXX", top ? top : "/tmp");

    assert_non_null(mkdtemp(path));
    return path;
}

static inline void node_init(struct node *n)
{
    struct err e = ERR_INIT;

    n->dir = help_folder();
    n->repo = fs_path(n->dir, "transport.git");
    OK(sign_generate(&n->key, &e));
    sign_node(&n->key.pub, n->name);
    OK(repo_create(n->repo, REPO_TRANSPORT, &e));
}

static inline void node_clear(struct node *n)
{
    struct err e = ERR_INIT;

    OK(fs_remove_tree(n->dir, &e));
    mem_free(n->dir);
    mem_free(n->repo);
}

/* The head of the next manifest after @prev ("" for the first). */
static inline void help_head(const struct node *n, enum bundle_class cls, int64_t seq,
                             const char *prev, struct manifest *m)
{
    *m = (struct manifest)MANIFEST_INIT;
    (void)snprintf(m->node, sizeof m->node, "%s", n->name);
    m->epoch = 1;
    m->cls = cls;
    m->seq = seq;
    (void)snprintf(m->prev, sizeof m->prev, "%s", prev);
    (void)snprintf(m->unit_code, sizeof m->unit_code, "01234");
    (void)snprintf(m->unit_valid_from, sizeof m->unit_valid_from, "2025-07-01");
    (void)snprintf(m->program, sizeof m->program, "sohoa test");
    (void)snprintf(m->pipeline_version, sizeof m->pipeline_version, "1");
    m->level = LEVEL_VERIFIED;
    m->clock = T0 + seq;
    m->counter = seq;
}

static inline void help_object(struct manifest *m, const char *data, size_t len,
                               const char *role)
{
    struct manifest_object *o = manifest_add_object(m);

    hash_bytes(data, len, o->sha256);
    o->size = (int64_t)len;
    (void)snprintf(o->role, sizeof o->role, "%s", role);
    (void)snprintf(o->type, sizeof o->type, "application/octet-stream");
}

/* One bundle with one text object that says which it is. */
static inline void help_bundle(const struct node *n, struct repo *r,
                               enum bundle_class cls, int64_t seq, char prev[HASH_HEX],
                               struct bundle_made *made)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    AUTO_MEM char *text = mem_printf("text of %s %d\n", names_class(cls), (int)seq);
    AUTO_MEM char *card = mem_printf("{\"item\":\"%.8s-%d\"}\n", n->name, (int)seq);
    struct bundle_source s[2] = {{.data = card, .len = strlen(card)},
                                 {.data = text, .len = strlen(text)}};
    struct manifest_item *t;
    struct err e = ERR_INIT;

    help_head(n, cls, seq, prev, &m);
    t = manifest_add_item(&m);
    (void)snprintf(t->item, sizeof t->item, "%.8s-%d", n->name, (int)seq);
    (void)snprintf(t->state, sizeof t->state, "verified");
    t->rev = 1;
    help_object(&m, card, strlen(card), ROLE_META);
    help_object(&m, text, strlen(text), "text");
    OK(bundle_write(r, &m, s, &n->key, made, &e));
    memcpy(prev, made->sha256, HASH_HEX);
}

#endif
