/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_FS_H
#define SOHOA_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "node/base/auto.h"
#include "node/base/str.h"

struct err;
struct hash;

/*
 * The I/O module: every open, write, fsync, rename, link and unlink of ours goes
 * through it, each behind a fault point (fault.h). A file becomes visible only
 * complete: it is written under a temporary name in its own folder, synced, renamed or
 * linked, and then the folder is synced. A failed fsync is ERR_DISK_SYNC and is never
 * tried again on the same descriptor: what the kernel dropped it will not write a
 * second time.
 *
 * All descriptors are opened O_CLOEXEC, new files 0600, new folders 0700.
 */

#define FS_TMP_PREFIX ".tmp-" /* what fs_sweep() may remove after a crash */

/* ---- descriptors -------------------------------------------------------------- */

void fs_fd_auto(int *fd);
#define AUTO_FD AUTO(fs_fd_auto)

/** fs_close - close and report. @fd becomes -1. For files that were written. */
MUST_CHECK int fs_close(int *fd, const char *name, struct err *e);

/** fs_open - open(2) with O_CLOEXEC, EINTR handled. Return: descriptor or -1. */
MUST_CHECK int fs_open(const char *path, int flags, mode_t mode, struct err *e);

/**
 * fs_open_input - open a file that somebody else made.
 * Never follows a link in the last component, never blocks on a FIFO, refuses all but
 * regular files, empty ones, those above @max_bytes and sparse ones whose blocks hold
 * less than a tenth of their size (above 64 MiB), all before reading a byte.
 * @st: set. Return: descriptor, or -1 and @e: ERR_INPUT_LINK, ERR_INPUT_NOT_REGULAR,
 * ERR_INPUT_EMPTY, ERR_INPUT_TOO_LARGE, ERR_INPUT_SPARSE, ERR_DENIED, ERR_NOT_FOUND.
 */
MUST_CHECK int fs_open_input(const char *path, uint64_t max_bytes, struct stat *st,
                             struct err *e);

/** fs_read_some - one read(2), EINTR handled. Return: bytes, 0 at the end, -1. */
MUST_CHECK ssize_t fs_read_some(int fd, void *buf, size_t len, const char *name,
                                struct err *e);

/** fs_write_all - write everything or fail. */
MUST_CHECK int fs_write_all(int fd, const void *data, size_t len, const char *name,
                            struct err *e);

/** fs_sync - fsync(2). ERR_DISK_SYNC on failure. */
MUST_CHECK int fs_sync(int fd, const char *name, struct err *e);

/** fs_sync_dir - fsync the folder @path. */
MUST_CHECK int fs_sync_dir(const char *path, struct err *e);

/* ---- whole files -------------------------------------------------------------- */

/** fs_read_file - all of a file of at most out->max bytes into @out (appended). */
MUST_CHECK int fs_read_file(const char *path, struct str *out, struct err *e);

/** fs_read_fd - the same from a descriptor, up to its end. */
MUST_CHECK int fs_read_fd(int fd, const char *name, struct str *out, struct err *e);

/** fs_write_file - replace @path by @data atomically and durably. */
MUST_CHECK int fs_write_file(const char *path, const void *data, size_t len,
                             struct err *e);

/**
 * struct fs_tmp - a file in the making.
 * fs_tmp_open, any number of fs_tmp_write, then fs_tmp_commit (replaces) or
 * fs_tmp_commit_new (never replaces). Not committed: unlinked when the scope ends.
 */
struct fs_tmp {
    int fd;
    char *path; /* temporary name, NULL when closed */
    char *dir;
};

#define FS_TMP_INIT                                                                    \
    {                                                                                  \
        .fd = -1                                                                       \
    }
#define AUTO_TMP AUTO(fs_tmp_clear)

MUST_CHECK int fs_tmp_open(struct fs_tmp *t, const char *dir, struct err *e);
MUST_CHECK int fs_tmp_write(struct fs_tmp *t, const void *data, size_t len,
                            struct err *e);
/** fs_tmp_commit - fsync, rename to @dest (same file system), fsync its folder. */
MUST_CHECK int fs_tmp_commit(struct fs_tmp *t, const char *dest, struct err *e);
/**
 * fs_tmp_commit_new - the same without replacing: when @dest is there already the
 * temporary file is dropped and *@existed is true (its folder is synced all the same:
 * whoever made it may not have come so far).
 */
MUST_CHECK int fs_tmp_commit_new(struct fs_tmp *t, const char *dest, bool *existed,
                                 struct err *e);
void fs_tmp_clear(struct fs_tmp *t);

/**
 * fs_copy - stream @in (from its position to the end, at most @max_bytes) into @t.
 * @h: NULL or a running hash that sees every byte. @copied: bytes.
 * ERR_INPUT_TOO_LARGE beyond @max_bytes.
 */
MUST_CHECK int fs_copy(int in, const char *name, struct fs_tmp *t, uint64_t max_bytes,
                       struct hash *h, uint64_t *copied, struct err *e);

/* ---- folders and names -------------------------------------------------------- */

/** fs_mkdir - make a folder; one that is there is fine. The parent is synced. */
MUST_CHECK int fs_mkdir(const char *path, struct err *e);
/** fs_mkdir_many - folders named 00, 01, … (hex) in @path, synced once for all. */
MUST_CHECK int fs_mkdir_many(const char *path, size_t count, struct err *e);
/** fs_mkdirs - the same with all missing parents. */
MUST_CHECK int fs_mkdirs(const char *path, struct err *e);
MUST_CHECK int fs_rename(const char *from, const char *to, struct err *e);
/** fs_rename_new - the same without replacing. Return: 1 done, 0 @to is there already,
 * -1. Not synced: for files of others, which nothing was promised of. */
MUST_CHECK int fs_rename_new(const char *from, const char *to, struct err *e);
/** fs_unlink - remove a file; one that is absent is fine. */
MUST_CHECK int fs_unlink(const char *path, struct err *e);
/** fs_remove_tree - remove a folder and all below, never through a link. */
MUST_CHECK int fs_remove_tree(const char *path, struct err *e);
bool fs_exists(const char *path);
bool fs_is_dir(const char *path);

/** fs_path - "@dir/@name". owned, mem_free(). */
char *fs_path(const char *dir, const char *name);
/** fs_pathf - "@dir/" and a formatted rest. owned, mem_free(). */
char *fs_pathf(const char *dir, const char *fmt, ...) PRINTF(2, 3);
/** fs_dirname - folder part of @path ("." when none). owned, mem_free(). */
char *fs_dirname(const char *path);
/** fs_basename - last component. view into @path. */
const char *fs_basename(const char *path);
/** fs_absolute - @path made absolute (not resolved). owned, mem_free(). */
char *fs_absolute(const char *path);
/** fs_program - absolute path of the running program. owned, mem_free(). */
MUST_CHECK char *fs_program(struct err *e);

/** struct fs_list - names in a folder, byte order, without "." and "..". */
struct fs_list {
    char **names;
    size_t count;
    size_t cap;
};
#define FS_LIST_MAX ((size_t)1000000)
MUST_CHECK int fs_list(const char *path, struct fs_list *out, struct err *e);
void fs_list_clear(struct fs_list *l);
#define AUTO_LIST AUTO(fs_list_clear)

/** fs_sweep - remove left-over temporary files (FS_TMP_PREFIX) from one folder. Those
 * that a living process writes are locked and stay. */
MUST_CHECK int fs_sweep(const char *path, struct err *e);

/** fs_free_bytes - what an ordinary user may still write on the file system of @path.
 */
MUST_CHECK int fs_free_bytes(const char *path, uint64_t *free_bytes,
                             uint64_t *all_bytes, struct err *e);

/** fs_check_home - refuse a folder on NFS, SMB or FAT (locks and fsync lie there). */
MUST_CHECK int fs_check_home(const char *path, struct err *e);

#endif
