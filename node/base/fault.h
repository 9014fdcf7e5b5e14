/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_FAULT_H
#define SOHOA_BASE_FAULT_H

#include <stdbool.h>

/*
 * Injection points for tests. Every write, fsync, rename and allocation of ours asks
 * fault_hit() first; in a build with -DSOHOA_FAULT the environment variable
 * SOHOA_FAULT=call:n[:sticky][:kill][:errno] makes the n-th call of that kind (from 1)
 * fail, once or from then on; with "kill" the process kills itself there instead,
 * before the call is done. Kind "any" counts all but allocations together. In other
 * builds the question is constantly false and costs nothing.
 * tests/tools/fault_preload.c does the same for what libraries write.
 *
 * SOHOA_FAULT_LOG=FILE appends the counts at exit, so that a sweep knows where to stop.
 */
enum fault_kind {
    FAULT_ALLOC,  /* alloc  */
    FAULT_OPEN,   /* open   */
    FAULT_READ,   /* read   */
    FAULT_WRITE,  /* write  */
    FAULT_SYNC,   /* sync   */
    FAULT_RENAME, /* rename */
    FAULT_UNLINK, /* unlink */
    FAULT_MKDIR,  /* mkdir  */
    FAULT_KIND_COUNT
};

#ifdef SOHOA_FAULT
/** fault_hit - true when this call has to fail; errno is then set (EIO unless told). */
bool fault_hit(enum fault_kind kind);
/** fault_set - another plan (or none: NULL) in place of the environment's, counts from
 * zero: a unit test sweeps over n within one process. */
void fault_set(const char *plan);
/** fault_count - calls of this kind since then; FAULT_KIND_COUNT: all but alloc. */
long fault_count(enum fault_kind kind);
#else
static inline bool fault_hit(enum fault_kind kind)
{
    (void)kind;
    return false;
}
#endif

#endif
