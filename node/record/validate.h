/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_VALIDATE_H
#define SOHOA_RECORD_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct field_list;

/*
 * What does not fit in a record, field by field and between fields. Nothing is ever
 * rewritten or refused: the book is right, also where it is odd; a warning sends a
 * person to the picture. Values that are no dates ("25 tuổi") are compared with
 * nothing; partial dates as far as both go.
 *
 * Codes (keywords), each at the field named:
 *   missing                  a whole record of this kind has it, and nobody said that
 *                            it is blank or illegible
 *   date-future              after today
 *   date-partial             of the registration or the document: a day is expected
 *   date-after-registration  a birth, a death, a paper after it was registered
 *   date-order               after what it must come before (birth and death, paper and
 *                            arrival, begin and end of a residence)
 *   parent-age, age-death, age-marriage   years between two dates no person has
 *   number-year              another year in the number than in the date, or the book's
 *   number-range             outside of the numbers of the volume
 *   volume-form              not NUMBER/YEAR
 *   name-sign                digits or signs in a name
 *   surname-marks            letters of a frequent surname with other marks
 *   surname-unknown          of a Kinh or unknown people, and in no list
 *   sex-form                 neither Nam nor Nữ
 *   id-form                  a personal number has 12 digits, an old card 9
 *   id-sex, id-birth         its fourth digit (sex and century), its fifth and sixth
 *                            (year of birth) say otherwise
 *   people-unknown           none of the 54 peoples of the official list
 *   place-unknown            names no unit of the table
 *
 * Rules: acceptance rules of civil-status sheets (number and date say one year, form of
 * the volume), Decree 137/2015 art. 7 (personal number), Decision 121-TCTK/PPCĐ 1979
 * (peoples).
 */
struct validate_found {
    const char *field; /* static */
    const char *code;  /* static keyword */
    const char *text;  /* English msgid, one sentence */
    bool doubt;        /* a person must look; else it is only told */
};

struct validate_list {
    struct validate_found *v; /* owned, in order of the form */
    size_t count, cap;
};
#define AUTO_VALIDATE AUTO(validate_clear)
void validate_clear(struct validate_list *l);

/* What a list knows of the first word of a name. */
enum validate_surname { VALIDATE_KNOWN, VALIDATE_UNKNOWN, VALIDATE_MARKS };

/* What is known beside the record. All may be absent. */
struct validate_ask {
    const char *kind;
    const char *today; /* ISO date; NULL: nothing is in the future */
    int year;          /* of the volume, 0: none */
    int64_t from, to;  /* numbers of the volume, 0: not known */
    enum validate_surname (*surname)(const char *word); /* NULL: not asked */
    bool (*place)(void *ctx, const char *text);         /* NULL: not asked */
    void *ctx;                                          /* of place */
};

/**
 * validate_fields - look at one record.
 * @present: its present values, also empty ones with their reason (field_mark()).
 * @out: empty; validate_clear(). No more than a few warnings a field.
 */
void validate_fields(const struct field_list *present, const struct validate_ask *ask,
                     struct validate_list *out);

#endif
