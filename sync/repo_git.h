/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_REPO_GIT_H
#define SOHOA_SYNC_REPO_GIT_H

#include <git2.h>
#include <stddef.h>

#include "node/base/auto.h"
#include "node/base/err.h"
#include "sync/names.h"

struct repo;
struct str;

/* What only the files of this folder see of libgit2. */

/** repo_git, repo_odb - the library's handles. views, valid until repo_close(). */
git_repository *repo_git(struct repo *r);
git_odb *repo_odb(struct repo *r);

/**
 * repo_fail - libgit2's last error as ours; a full disk stays a full disk.
 * git_error_last() may be NULL. Return: -1.
 */
int repo_fail(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/** repo_oid - 40 hex digits to libgit2's form; asserts that they are. */
git_oid repo_oid(const char *hex);
void repo_hex(const git_oid *oid, char out[NAMES_OID_MAX]);

/**
 * repo_object - read a whole object.
 * Its header is looked at first: no byte of a larger one is read.
 * @want: type it has to have. @max: largest size. @code: error for both.
 * @out: owned, git_odb_object_free() (REPO_AUTO_OBJECT).
 * Return: 0, or -1 and @e: @code, ERR_BUNDLE_DAMAGED (absent or not readable).
 */
MUST_CHECK int repo_object(struct repo *r, const git_oid *oid, git_object_t want,
                           size_t max, enum err_code code, git_odb_object **out,
                           struct err *e);

/** repo_write - write an object, checked. */
MUST_CHECK int repo_write(struct repo *r, const void *data, size_t len,
                          git_object_t type, git_oid *out, struct err *e);

/* ---- trees ---------------------------------------------------------------------- */

struct repo_entry {
    bool dir;         /* mode 40000; else 100644: nothing else is a tree here */
    const char *name; /* view */
    git_oid oid;
};

/**
 * repo_tree_next - the next entry of a raw tree, strictly: two modes only, names of
 * [a-z0-9._-]{1,100} but "." and "..", byte order, none twice.
 * @p: moves on; @last: NULL at first, then kept between calls.
 * Return: 1, 0 at the end, -1 and @e: ERR_BUNDLE_FORM.
 */
MUST_CHECK int repo_tree_next(const char **p, const char *end, const char **last,
                              struct repo_entry *out, struct err *e);

/** struct repo_file - a file to be put into a tree. All borrowed. */
struct repo_file {
    const char *path; /* "a/b/c.json" */
    const void *data;
    size_t len;
};

/**
 * repo_tree_write - write @files as blobs and the trees above them.
 * @files: sorted here by path. @tree: id of the root.
 */
MUST_CHECK int repo_tree_write(struct repo *r, struct repo_file *files, size_t count,
                               char tree[NAMES_OID_MAX], struct err *e);

/**
 * repo_tree_each - call @each for every file below @tree with its path, in order.
 * At most @files_max files, eight levels. ERR_BUNDLE_FORM beyond.
 */
typedef int repo_each_file(void *ctx, const char *path, const git_oid *oid,
                           struct err *e);
MUST_CHECK int repo_tree_each(struct repo *r, const char *tree, size_t files_max,
                              repo_each_file *each, void *ctx, struct err *e);

/** repo_blob - append a blob of at most out->max bytes. ERR_BUNDLE_SIZE. */
MUST_CHECK int repo_blob(struct repo *r, const git_oid *oid, struct str *out,
                         struct err *e);

/* ---- signed commits -------------------------------------------------------------- */

#define REPO_COMMIT_MAX ((size_t)64 << 10)

struct sign_public;
struct sign_secret;

/** struct repo_commit - what a commit of ours says; everything else follows. */
struct repo_commit {
    char tree[NAMES_OID_MAX];
    char parent[NAMES_OID_MAX];  /* "": none */
    char author[NAMES_NODE_MAX]; /* node that signs */
    int64_t time;
    const char *message; /* borrowed, ends in LF */
};

/** repo_commit_write - make, sign (namespace "git") and write it; no ref moves. */
MUST_CHECK int repo_commit_write(struct repo *r, const struct repo_commit *c,
                                 const struct sign_secret *key, char out[NAMES_OID_MAX],
                                 struct err *e);

/**
 * repo_commit_look - tree, parent and signature of a commit, the rest unread.
 * @raw: the commit; @armor, @plain: appended: signature, and what it signs.
 * At most one parent. Return: 0, or -1 and @e: ERR_BUNDLE_FORM, ERR_SIGNATURE (none).
 */
MUST_CHECK int repo_commit_look(struct repo *r, const char *commit,
                                char tree[NAMES_OID_MAX], char parent[NAMES_OID_MAX],
                                struct str *plain, struct str *armor, struct err *e);

/**
 * repo_chain - commits from @tip back by their only parents, newest first.
 * @stop: where to end, itself not given; "": the root.
 * @out: owned, mem_free(). At most @max, else ERR_LIMIT.
 * Return: 1 @stop was met, 0 the root came first, -1 and @e.
 */
MUST_CHECK int repo_chain(struct repo *r, const char *tip, const char *stop, size_t max,
                          char (**out)[NAMES_OID_MAX], size_t *count, struct err *e);

/**
 * repo_commit_verify - as repo_commit_look(), and signed by @key as git does.
 */
MUST_CHECK int repo_commit_verify(struct repo *r, const char *commit,
                                  const struct sign_public *key,
                                  char tree[NAMES_OID_MAX], char parent[NAMES_OID_MAX],
                                  struct err *e);

/** repo_commit_text - the unsigned bytes that @c stands for, appended. */
void repo_commit_text(const struct repo_commit *c, struct str *out);

void repo_object_auto(git_odb_object **o);
void repo_builder_auto(git_treebuilder **t);
void repo_walk_auto(git_revwalk **w);
#define REPO_AUTO_OBJECT  AUTO(repo_object_auto)
#define REPO_AUTO_BUILDER AUTO(repo_builder_auto)
#define REPO_AUTO_WALK    AUTO(repo_walk_auto)

#endif
