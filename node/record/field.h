/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_FIELD_H
#define SOHOA_RECORD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"

struct err;

/*
 * Fields of an item: the names of the unified guidance for documents (TypeName,
 * CodeNumber, CodeNotation, IssuedDate, OrganName, Subject …) and the sheet columns of
 * the civil-status registers (so, quyenSo, ngayDangKy, nksHoTen, meHoTen …). Dates are
 * ISO 8601 and may be partial: 1987, 1987-09, 1987-09-05.
 */
#define FIELD_NAME_MAX   40   /* bytes with NUL */
#define FIELD_VALUE_MAX  8192 /* bytes with NUL; each field has a smaller limit */
#define FIELD_REASON_MAX 200
#define FIELD_COUNT_MAX  128 /* of one item */

enum field_type {
    FIELD_TEXT,
    FIELD_NUMBER, /* decimal digits */
    FIELD_DATE,   /* ISO, may be partial */
    FIELD_REGNO,  /* regno.h */
    FIELD_LIFE    /* date of birth or death in a register: a date, or the words of the
                     book ("25 tuổi") when it has none */
};

struct field_def {
    const char *name;
    const char *label; /* English msgid for people: "full name" */
    const char *group; /* English msgid: whose ("mother"), NULL: of the record itself */
    enum field_type type;
    int chars_max; /* characters, not bytes */
    bool document; /* belongs to documents, else to registers */
    bool must;     /* a complete record has it */
};

const struct field_def *field_find(const char *name); /* NULL: no such field */
const struct field_def *field_at(size_t i);           /* NULL beyond the end */
/** field_near - the known name most like @name, for "did you mean". NULL: none is. */
const char *field_near(const char *name);

/**
 * field_clean - take a value as a person or a program gave it: NFC, no control
 * characters, spaces at the ends dropped, then checked against its definition.
 * An empty value is fine: it clears the field.
 * @out: appended. Return: 0, or -1 and @e: ERR_FIELD_NAME, ERR_FIELD_VALUE.
 */
MUST_CHECK int field_clean(const char *name, const char *value, struct str *out,
                           struct err *e);

/** field_date_valid - YYYY, YYYY-MM or YYYY-MM-DD of the calendar. */
bool field_date_valid(const char *text);
/** field_year - year of a date value, 0 when it has none. */
int field_year(const char *date);

enum field_source { FIELD_OCR, FIELD_CLERK };
const char *field_source_name(enum field_source s); /* "ocr", "clerk" */
bool field_source_find(const char *name, enum field_source *out);

/* One value at one time. Old values stay: the newest of a name is the present one. */
struct field_value {
    char *name;   /* owned */
    char *value;  /* owned, NFC; "" means cleared */
    char *reason; /* owned: why it is doubtful (keyword), or why it was changed; "" */
    char *actor;  /* owned: user or "ocr"; "" when not known */
    enum field_source source;
    int confidence; /* 0 to 100; 100 for a clerk */
    bool doubtful;
    bool undone; /* in a history: its writer took it back */
    int64_t rev; /* revision of the item it was written for */
    int64_t at;  /* seconds UTC */
};

/*
 * What a clerk says of a field that stays empty. Kept as the value "" with a reason
 * that begins with the mark's name: "illegible: ink faded", "blank".
 */
enum field_mark { FIELD_UNMARKED, FIELD_ILLEGIBLE, FIELD_BLANK };
/** field_mark - of a present value. */
enum field_mark field_mark(const struct field_value *v);
const char *field_mark_name(enum field_mark m); /* "", "illegible", "blank" */
bool field_mark_find(const char *name, enum field_mark *out); /* "" is none */

struct field_list {
    struct field_value *v; /* owned */
    size_t count, cap;
};
#define AUTO_FIELDS AUTO(field_list_clear)

/** field_list_add - copies all. Never NULL; texts that are NULL become "". */
struct field_value *field_list_add(struct field_list *l, const char *name,
                                   const char *value, enum field_source source,
                                   int confidence, bool doubtful, const char *reason);
/** field_list_find - NULL when the name is absent. view */
const struct field_value *field_list_find(const struct field_list *l, const char *name);
/** field_list_text - its value, "" when absent. view */
const char *field_list_text(const struct field_list *l, const char *name);
void field_list_clear(struct field_list *l);

#endif
