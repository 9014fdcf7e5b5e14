/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/media.h"

static bool eight_is_usb(const char *device)
{
    return strncmp(device, "8:", 2) == 0;
}

static int keep(void *ctx, const struct media *m, struct err *e)
{
    char *out = ctx;
    size_t len = strlen(out);

    (void)e;
    assert_int_equal(strlen(m->id), 16);
    (void)snprintf(out + len, 800 - len, "%s|%s|%d\n", m->path, m->name, m->read_only);
    return 0;
}

static void test_media__are_mounts_where_sticks_appear(void **state)
{
    char text[] =
        "22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n"
        "23 22 0:20 / /proc rw - proc proc rw\n"
        "30 22 254:17 / /media/lan/USB\\040xanh rw,nosuid shared:5 - vfat /dev/vdb1 "
        "rw\n"
        "31 22 254:18 / /run/media/lan/KINGSTON ro,nosuid - exfat /dev/vdc1 ro\n"
        "32 22 8:17 / /mnt/stick rw - vfat /dev/sdb1 rw\n"
        "33 22 254:2 / /mnt/disk rw - ext4 /dev/vda2 rw\n"
        "34 22 254:1 /folder /media/bound rw - ext4 /dev/vda1 rw\n" /* the disk itself
                                                                     */
        "35 22 254:19 / /media rw - tmpfs tmpfs rw\n"
        "36 22 254:20 / /media/a\\012b rw - vfat /dev/vdd1 rw\n"
        "37 22\n"
        "\n";
    char got[800] = "";
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(media_parse(text, eight_is_usb, keep, got, &e), &e);
    assert_string_equal(got, "/media/lan/USB xanh|USB xanh|0\n"
                             "/run/media/lan/KINGSTON|KINGSTON|1\n"
                             "/mnt/stick|stick|0\n");
}

static void test_media__that_is_gone_is_said_so(void **state)
{
    struct media m;
    struct err e = ERR_INIT;

    (void)state;
    unit_fails(media_find("0123456789abcdef", &m, &e), ERR_MEDIUM_ABSENT, &e);
    unit_fails(media_find("/etc", &m, &e), ERR_MEDIUM_ABSENT, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_media__are_mounts_where_sticks_appear),
        unit_case(test_media__that_is_gone_is_said_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
