/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/base/csvfile.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"

static int read_text(const char *text, struct csvfile *f, struct err *e)
{
    char name[] = "/tmp/csvfile-XXXXXX";
    int fd = mkstemp(name);
    int rc = 0;

    assert_true(fd >= 0);
    assert_int_equal(fs_write_all(fd, text, strlen(text), name, e), 0);
    (void)close(fd);
    rc = csvfile_read(name, f, e);
    (void)unlink(name);
    return rc;
}

static void test_csvfile__reads_bom_crlf_and_semicolons(void **state)
{
    AUTO_CSVFILE struct csvfile f = {0};
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(
        read_text("\xEF\xBB\xBF"
                  "Unit;name\r\n00004; \"Tuy Hòa; 1\" \r\n;\r\n22015;x\r\n",
                  &f, &e),
        0);
    assert_int_equal(f.row_count, 2);
    assert_string_equal(csvfile_at(&f, 0, csvfile_column(&f, "unit")), "00004");
    assert_string_equal(csvfile_at(&f, 0, csvfile_column(&f, "NAME")), "Tuy Hòa; 1");
    assert_string_equal(csvfile_at(&f, 1, 0), "22015");
    assert_int_equal(csvfile_line(&f, 1), 4);
    assert_int_equal(csvfile_column(&f, "none"), -1);
    assert_string_equal(csvfile_at(&f, 0, -1), "");
}

static void test_csvfile__refuses_what_is_not_whole(void **state)
{
    static const struct {
        const char *text;
        enum err_code code;
        const char *named;
    } CASES[] = {
        {"", ERR_CSV, ""},
        {"unit,name\n", ERR_CSV, ""},
        {"unit,name\n1,2\n3\n4,5,6\n", ERR_CSV, "3: columns, 4: columns"},
        {"unit,name\n1,\"open\n", ERR_CSV, ""},
        {"unit,name\n1,\xE9t\xE9\n", ERR_CSV, "UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_CSVFILE struct csvfile f = {0};
        struct err e = ERR_INIT;

        assert_int_equal(read_text(CASES[i].text, &f, &e), -1);
        assert_int_equal(e.code, CASES[i].code);
        assert_non_null(strstr(e.subject, CASES[i].named));
        assert_int_equal(f.row_count, 0);
    }
}

static void test_csvfile__holds_its_limits(void **state)
{
    AUTO_CSVFILE struct csvfile f = {0};
    AUTO_STR struct str wide = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;

    (void)state;
    str_add(&wide, "a,b\n1,");
    for (size_t i = 0; i <= CSVFILE_FIELD_MAX; i++)
        str_add_char(&wide, 'x');
    str_add(&wide, "\n");
    assert_int_equal(read_text(wide.p, &f, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
    str_reset(&wide);
    for (int i = 0; i <= CSVFILE_COLUMNS_MAX; i++)
        str_add(&wide, "c,");
    str_add(&wide, "\n1\n");
    assert_int_equal(read_text(wide.p, &f, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
}

static void test_csvfile__writes_what_no_spreadsheet_runs(void **state)
{
    AUTO_STR struct str line = STR_INIT(STR_LINE_MAX);

    (void)state;
    csvfile_put(&line, "=1+1");
    csvfile_put(&line, "say \"hi\"");
    csvfile_put(&line, "xã");
    csvfile_end(&line);
    csvfile_put(&line, "-2");
    assert_string_equal(line.p, "\"'=1+1\",\"say \"\"hi\"\"\",\"xã\"\r\n\"'-2\"");
}

static void test_csvfile__names_twenty_faults_at_most(void **state)
{
    struct csvfile_faults faults = CSVFILE_FAULTS_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(csvfile_refuse(&faults, "f", &e), 0);
    for (size_t i = 1; i <= 30; i++)
        csvfile_fault(&faults, i, "bad");
    assert_int_equal(csvfile_refuse(&faults, "f", &e), -1);
    assert_int_equal(e.code, ERR_CSV);
    assert_non_null(strstr(e.subject, "20: bad"));
    assert_null(strstr(e.subject, "21: bad"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csvfile__reads_bom_crlf_and_semicolons),
        cmocka_unit_test(test_csvfile__refuses_what_is_not_whole),
        cmocka_unit_test(test_csvfile__holds_its_limits),
        cmocka_unit_test(test_csvfile__writes_what_no_spreadsheet_runs),
        cmocka_unit_test(test_csvfile__names_twenty_faults_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
