/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TESTS_UNIT_H
#define SOHOA_TESTS_UNIT_H

/* What most unit tests need: cmocka with its own includes, and a folder for the files
 * of one case, removed when the case is over. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/base/auto.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"

/* unit_folder, unit_remove - setup and teardown: *state is the folder's path. */
static inline int unit_folder(void **state)
{
    const char *base = getenv("TMPDIR");
    char *path = mem_printf("%s/sohoa-unit-XXXXXX", base ? base : "/tmp");

    *state = path;
    return mkdtemp(path) ? 0 : -1;
}

static inline int unit_remove(void **state)
{
    struct err e = ERR_INIT;
    int rc = fs_remove_tree(*state, &e);

    mem_free(*state);
    return rc;
}

#define unit_case(f) cmocka_unit_test_setup_teardown(f, unit_folder, unit_remove)

/* unit_ok - a call that must succeed; says why it did not. */
#define unit_ok(call, e)                                                               \
    do {                                                                               \
        if ((call) < 0)                                                                \
            fail_msg("%s: %s %s %s", #call, err_code_name((e)->code), (e)->subject,    \
                     (e)->detail);                                                     \
    } while (0)

/* unit_fails - a call that must fail with this code. */
#define unit_fails(call, wanted, e)                                                    \
    do {                                                                               \
        err_clear(e);                                                                  \
        assert_int_equal((call), -1);                                                  \
        assert_string_equal(err_code_name((e)->code), err_code_name(wanted));          \
    } while (0)

#endif
