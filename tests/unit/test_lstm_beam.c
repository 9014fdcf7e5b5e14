/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm_beam.h"

#include <math.h>

#include "ocr/lstm_dict.h"
#include "ocr/lstm_net.h"
#include "tests/unit/lstm_vie.h"

#define COLUMNS_MAX 64

struct made {
    const struct lstm_model *m;
    struct lstm_net_column c[COLUMNS_MAX];
    int count;
};

/* A column in which @text has @prob, @other what is left but a hundredth; "" is
 * nothing there. */
static void column(struct made *x, const char *text, float prob, const char *other)
{
    struct lstm_net_column *c = &x->c[x->count++];
    int a = *text ? lstm_vie_code(x->m, text) : x->m->null_code;
    int b = *other ? lstm_vie_code(x->m, other) : x->m->null_code;

    *c = (struct lstm_net_column){.code = {(int16_t)a, (int16_t)b, -1, -1, -1},
                                  .prob = {prob, 0.99F - prob}};
    c->null = *text ? *other ? 1e-6F : c->prob[1] : prob;
}

/* Each letter of a word of ASCII: the letter, then nothing. */
static void spell(struct made *x, const char *word)
{
    char one[2] = "";

    for (; *word; word++) {
        one[0] = *word;
        column(x, one, 0.98F, "");
        column(x, "", 0.98F, one);
    }
}

/* Words of the line, one space between them. */
static void text_of(const struct made *x, const struct lstm_beam_line *l,
                    struct str *out)
{
    for (int i = 0; i < l->word_count; i++) {
        if (i > 0)
            str_add_char(out, ' ');
        for (int s = 0; s < l->words[i].count; s++)
            str_add(out, x->m->letters[l->signs[l->words[i].first + s].letter].text);
    }
}

static void reads(struct made *x, const char *wanted)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    struct lstm_beam *b = lstm_beam_new(x->m);

    text_of(x, lstm_beam_read(b, x->c, x->count), &text);
    assert_string_equal(str_text(&text), wanted);
    lstm_beam_free(b);
}

static struct made begin(void **state)
{
    const struct lstm_vie *v = *state;
    struct made x = {.m = v->model};

    return x;
}

static void test_lstm_beam__nothing_is_no_word(void **state)
{
    struct made x = begin(state);

    column(&x, "", 0.98F, "a");
    column(&x, "", 0.98F, "a");
    reads(&x, "");
}

static void test_lstm_beam__words_stand_between_spaces(void **state)
{
    struct made x = begin(state);

    spell(&x, "ban hanh");
    reads(&x, "ban hanh");
    spell(&x, "  12");
    reads(&x, "ban hanh 12");
}

static void
test_lstm_beam__a_letter_again_is_one_unless_nothing_is_between(void **state)
{
    struct made x = begin(state);

    column(&x, "n", 0.98F, "");
    column(&x, "n", 0.98F, "");
    column(&x, "o", 0.98F, "");
    reads(&x, "no");
    column(&x, "", 0.98F, "o");
    column(&x, "o", 0.98F, "");
    reads(&x, "noo");
}

static void test_lstm_beam__a_dictionary_word_wins_over_a_nearly_equal_one(void **state)
{
    struct made x = begin(state);

    spell(&x, "tron");
    column(&x, "q", 0.50F, "g");
    column(&x, "", 0.98F, "g");
    reads(&x, "trong");
}

static void test_lstm_beam__a_sure_letter_wins_over_the_dictionary(void **state)
{
    struct made x = begin(state);

    spell(&x, "tron");
    column(&x, "q", 0.9899F, "g");
    column(&x, "", 0.98F, "q");
    reads(&x, "tronq");
}

static void test_lstm_beam__tells_the_runner_up_and_its_place(void **state)
{
    struct made x = begin(state);
    struct lstm_beam *b = lstm_beam_new(x.m);
    const struct lstm_beam_line *l = NULL;

    spell(&x, "1");
    column(&x, "7", 0.60F, "1");
    column(&x, "", 0.98F, "7");
    l = lstm_beam_read(b, x.c, x.count);
    assert_int_equal(l->word_count, 1);
    assert_int_equal(l->sign_count, 2);
    assert_int_equal(l->signs[0].from, 0);
    assert_int_equal(l->signs[0].to, l->signs[1].from);
    assert_int_equal(l->signs[1].to, x.count);
    assert_int_equal(l->signs[1].other_count, 1);
    assert_int_equal(l->signs[1].others[0].letter, lstm_vie_letter(x.m, "1"));
    assert_true(fabsf(l->signs[1].others[0].prob - 0.39F) < 1e-6F);
    assert_true(fabsf(l->signs[1].prob - 0.60F) < 1e-6F);
    lstm_beam_free(b);
}

/* The probabilities of all codes, as the columns have them. */
static float *all_of(struct made *x)
{
    float *all = mem_new((size_t)x->count * (size_t)x->m->codes, sizeof *all);

    for (int t = 0; t < x->count; t++) {
        struct lstm_net_column *c = &x->c[t];
        float *row = all + t * x->m->codes;

        for (int i = 0; i < x->m->codes; i++)
            row[i] = 1e-6F;
        row[x->m->null_code] = c->null;
        row[c->code[0]] = c->prob[0];
        row[c->code[1]] = c->prob[1];
        c->all = row;
    }
    return all;
}

static void test_lstm_beam__chooses_for_each_piece_what_was_not_chosen_yet(void **state)
{
    struct made x = begin(state);
    struct lstm_beam *b = lstm_beam_new(x.m);
    struct lstm_beam_chosen first[2], next[2], last[2];
    float *all = NULL;

    column(&x, "1", 0.98F, "");
    column(&x, "", 0.98F, "7");
    column(&x, "7", 0.60F, "1");
    column(&x, "", 0.98F, "7");
    all = all_of(&x);
    lstm_beam_search(b, x.c, x.count);
    assert_int_equal(lstm_beam_step(b, 0).letter, lstm_vie_letter(x.m, "1"));
    lstm_beam_choose(b, (int[]){0, 2, 4}, 2, first);
    lstm_beam_choose(b, (int[]){0, 2, 4}, 2, next);
    lstm_beam_choose(b, (int[]){0, 2, 4}, 2, last);
    assert_int_equal(first[0].letter, lstm_vie_letter(x.m, "1"));
    assert_int_equal(first[1].letter, lstm_vie_letter(x.m, "7"));
    assert_int_equal(next[0].letter, lstm_vie_letter(x.m, "7"));
    assert_int_equal(next[1].letter, lstm_vie_letter(x.m, "1"));
    assert_true(first[1].rating < next[1].rating && next[1].rating < next[0].rating);
    assert_int_not_equal(last[0].letter, first[0].letter);
    assert_int_not_equal(last[0].letter, next[0].letter);
    /* Another line begins anew. */
    lstm_beam_search(b, x.c, x.count);
    lstm_beam_choose(b, (int[]){0, 2, 4}, 2, next);
    assert_int_equal(next[1].letter, first[1].letter);
    mem_free(all);
    lstm_beam_free(b);
}

static void test_lstm_beam__a_word_is_as_sure_as_its_worst_sign(void **state)
{
    struct made x = begin(state);
    struct lstm_beam *b = lstm_beam_new(x.m);
    const struct lstm_beam_line *l = NULL;

    spell(&x, "nam");
    column(&x, "", 0.98F, " ");
    column(&x, "3", 0.70F, "8");
    column(&x, "", 0.98F, "3");
    l = lstm_beam_read(b, x.c, x.count);
    assert_int_equal(l->word_count, 1);
    assert_true(l->words[0].certainty <= l->signs[3].certainty + 1e-6F);
    assert_true(l->signs[0].certainty > -1);
    assert_true(lstm_beam_confidence(0) == 100 && lstm_beam_confidence(-50) == 0);
    lstm_beam_free(b);
}

static void test_lstm_beam__dictionaries_have_words_numbers_and_signs(void **state)
{
    const struct lstm_vie *v = *state;
    static const struct {
        const char *signs[6];
        enum lstm_dict_found found;
        bool ends; /* of words */
    } CASES[] = {
        {{"t", "r", "o", "n", "g"}, LSTM_DICT_WORDS, true},
        {{"(", "t", "r", "o", "n", "g"}, LSTM_DICT_WORDS, true},
        {{"t", "r", "o", "n", "q"}, LSTM_DICT_NOT, false},
        {{"n", "g", "h"}, LSTM_DICT_WORDS, false},
        {{"1", "2"}, LSTM_DICT_NUMBERS, false},
        {{"("}, LSTM_DICT_PUNC, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct lstm_dict_place a[LSTM_DICT_PLACES_MAX], b[LSTM_DICT_PLACES_MAX];
        size_t count = lstm_dict_start(v->model, a), more = 0;
        enum lstm_dict_found found = LSTM_DICT_NOT;
        bool ends = false;

        for (size_t s = 0; s < 6 && CASES[i].signs[s]; s++) {
            found = lstm_dict_next(v->model, a, count,
                                   lstm_vie_letter(v->model, CASES[i].signs[s]), b,
                                   &more, &ends);
            memcpy(a, b, sizeof a);
            count = more;
            assert_true(count < 6);
        }
        assert_int_equal(found, CASES[i].found);
        if (CASES[i].found == LSTM_DICT_WORDS)
            assert_int_equal(ends, CASES[i].ends);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lstm_beam__nothing_is_no_word),
        cmocka_unit_test(test_lstm_beam__words_stand_between_spaces),
        cmocka_unit_test(
            test_lstm_beam__a_letter_again_is_one_unless_nothing_is_between),
        cmocka_unit_test(
            test_lstm_beam__a_dictionary_word_wins_over_a_nearly_equal_one),
        cmocka_unit_test(test_lstm_beam__a_sure_letter_wins_over_the_dictionary),
        cmocka_unit_test(test_lstm_beam__tells_the_runner_up_and_its_place),
        cmocka_unit_test(
            test_lstm_beam__chooses_for_each_piece_what_was_not_chosen_yet),
        cmocka_unit_test(test_lstm_beam__a_word_is_as_sure_as_its_worst_sign),
        cmocka_unit_test(test_lstm_beam__dictionaries_have_words_numbers_and_signs),
    };

    return cmocka_run_group_tests(tests, lstm_vie_open, lstm_vie_close);
}
