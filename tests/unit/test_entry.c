/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/record/entry.h"
#include "node/record/field.h"
#include "node/record/kind.h"

static void test_entry__every_kind_has_one_of_known_fields(void **state)
{
    const struct kind *k = NULL;

    (void)state;
    for (size_t i = 0; (k = kind_at(i)) != NULL; i++) {
        size_t count = 0;
        const struct entry_field *form = entry_of(k->name, &count);
        bool number = false;

        assert_non_null(form);
        for (size_t j = 0; j < count; j++) {
            const struct field_def *def = field_find(form[j].name);

            assert_non_null(def);
            assert_int_equal(def->document, !k->register_entry);
            assert_true(form[j].must || !def->must); /* must everywhere, must here */
            number = number || strcmp(form[j].name, k->number_field) == 0;
            for (size_t n = 0; n < j; n++)
                assert_string_not_equal(form[n].name, form[j].name);
        }
        assert_true(number);
    }
}

static void test_entry__no_kind_no_form(void **state)
{
    size_t count = 7;

    (void)state;
    assert_null(entry_of("births", &count));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entry__every_kind_has_one_of_known_fields),
        cmocka_unit_test(test_entry__no_kind_no_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
