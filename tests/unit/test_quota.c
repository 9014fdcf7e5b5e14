/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/quota.h"

#include "node/base/conf.h"
#include "tests/unit/unit.h"

#define GIB (INT64_C(1) << 30)

static void test_quota__holds_a_commune_to_its_part(void **state)
{
    const char *home = *state;
    AUTO_MEM char *repo = fs_path(home, "repo.git");
    AUTO_MEM char *packs = fs_path(repo, "objects/pack");
    AUTO_MEM char *pack = fs_path(packs, "pack-1.pack");
    struct err e = ERR_INIT;

    unit_ok(quota_check(home, repo, 900 * GIB, &e), &e); /* no limit by default */
    unit_ok(conf_set(home, "commune.quota_gib", "2", &e), &e);
    unit_ok(quota_check(home, repo, 2 * GIB, &e), &e); /* nothing is there yet */
    unit_fails(quota_check(home, repo, 2 * GIB + 1, &e), ERR_GATE_QUOTA, &e);
    unit_ok(fs_mkdirs(packs, &e), &e);
    unit_ok(fs_write_file(pack, "12345678", 8, &e), &e);
    unit_ok(quota_check(home, repo, 2 * GIB - 8, &e), &e);
    unit_fails(quota_check(home, repo, 2 * GIB - 7, &e), ERR_GATE_QUOTA, &e);
    unit_fails(quota_check(home, repo, INT64_MAX, &e), ERR_GATE_QUOTA, &e);
    unit_ok(conf_set(home, "commune.quota_gib", "3", &e), &e); /* raised */
    unit_ok(quota_check(home, repo, 2 * GIB - 7, &e), &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_quota__holds_a_commune_to_its_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
