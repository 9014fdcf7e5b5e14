/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TESTS_LSTM_VIE_H
#define SOHOA_TESTS_LSTM_VIE_H

/* The installed Vietnamese model for tests of the recognizer: its bytes, read once. */

#include "node/base/str.h"
#include "ocr/lstm_model.h"
#include "ocr/tess.h"
#include "tests/unit/unit.h"

struct lstm_vie {
    struct str bytes;
    struct lstm_model *model;
};

static inline int lstm_vie_open(void **state)
{
    struct lstm_vie *v = mem_new(1, sizeof *v);
    AUTO_MEM char *path = tess_model_path();
    struct err e = ERR_INIT;

    v->bytes.max = TESS_MODEL_MAX;
    *state = v;
    unit_ok(fs_read_file(path, &v->bytes, &e), &e);
    unit_ok(lstm_model_read(v->bytes.p, v->bytes.len, &v->model, &e), &e);
    return 0;
}

static inline int lstm_vie_close(void **state)
{
    struct lstm_vie *v = *state;

    lstm_model_free(v->model);
    str_clear(&v->bytes);
    mem_free(v);
    return 0;
}

/* The letter with this text. */
static inline int lstm_vie_letter(const struct lstm_model *m, const char *text)
{
    for (int i = 0; i < m->letter_count; i++)
        if (strcmp(m->letters[i].text, text) == 0)
            return i;
    fail_msg("no letter \"%s\"", text);
    return -1;
}

static inline int lstm_vie_code(const struct lstm_model *m, const char *text)
{
    int letter = lstm_vie_letter(m, text);

    for (int i = 0; i < m->codes; i++)
        if (m->code_letter[i] == letter)
            return i;
    fail_msg("no code for \"%s\"", text);
    return -1;
}

#endif
