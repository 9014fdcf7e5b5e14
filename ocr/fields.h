/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_FIELDS_H
#define SOHOA_OCR_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct jdoc;
struct result;

/*
 * Header fields of an administrative document (Decree 30/2020 and the forms before it,
 * papers of the Party), from what recognition read.
 *
 *   issuer's parent        |  CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
 *   ISSUER                 |      Độc lập - Tự do - Hạnh phúc
 *   Số: 12/QĐ-UBND         |  Place, ngày 05 tháng 9 năm 2019
 *   V/v … (letters)        |
 *                       KIND
 *                 abstract, centred
 *
 * Position decides which text is asked, patterns decide what it says:
 *  1. The national title (or the Party's, or the motto) gives the border of the two
 *     columns and the top of the header; what stands above it (signature stamps, "SAO
 *     Y") is not looked at. Lines read across both columns are cut at the border.
 *  2. Number and notation: the first line of the left cell that begins with "Số" (or is
 *     nothing but a number and a notation). What stands in an incoming stamp (ĐẾN) has
 *     no notation and is not taken.
 *  3. Date and place: the right cell; "ngày … tháng … năm …" or "ngày d/m/yyyy".
 *  4. Kind: the first line in capitals in the middle that is a kind's name, before the
 *     first "Căn cứ". No kind, but "V/v" or "Kính gửi" and a notation: CÔNG VĂN.
 *  5. Abstract: the centred lines under the kind, or the lines from "V/v" on in the
 * left cell. A wider gap, capitals after small letters, "Kính gửi", "Căn cứ" or a line
 *     that is not centred end it.
 *  6. Issuer: the capital lines of the left cell above the number; a line that begins a
 *     new agency's name makes those above it the parent.
 *  7. Signer, post and recipients: ocr/foot.h. Urgency: HỎA TỐC, THƯỢNG KHẨN or KHẨN
 *     standing alone above the body.
 * A page without a title, and a number, a kind or (letters) a date, an issuer and
 * "V/v", is no document and gives no fields.
 *
 * Values are what was read. Only these are set to one form: the kind (its official
 * name), the date (ISO 8601), Ð (U+00D0) to Đ, spaces in number and notation dropped.
 * Digits are never changed: a letter among them makes the field doubtful, a sign that
 * is neither makes it empty. Of a date only what is sure is given: 2019-09 when the day
 * cannot be read. Numbers and days written by hand into a printed line are found by
 * their height beside the printed year, and always doubtful: recognition reads them
 * wrongly with high confidence.
 *
 * All that is asked of the upright page (ocr/upright.h), whichever way it was captured;
 * boxes are those of the page as captured.
 *
 * Limits: one header a page; heads in the form of a letterhead are not understood.
 * Names of places and agencies are not judged.
 */

#define FIELDS_MAX       64
#define FIELDS_HEAD_MAX  3    /* the header is looked for on the first so many pages */
#define FIELDS_PAGES_MAX 40   /* the signature on the first so many */
#define FIELDS_VALUE_MAX 2000 /* bytes of a value */
#define FIELDS_SOURCE    "ocr"

/* Names as in the minimum document record; ParentOrganName and PlaceName are ours. */
#define FIELDS_NUMBER   "CodeNumber"
#define FIELDS_NOTATION "CodeNotation"
#define FIELDS_DATE     "IssuedDate"
#define FIELDS_PLACE    "PlaceName"
#define FIELDS_ORGAN    "OrganName"
#define FIELDS_PARENT   "ParentOrganName"
#define FIELDS_KIND     "TypeName"
#define FIELDS_SUBJECT  "Subject"
#define FIELDS_POST     "Position"
#define FIELDS_SIGNER   "FullName"
#define FIELDS_TO       "ToPlaces"
#define FIELDS_URGENCY  "Priority"

/*
 * Reasons (English keywords, translated by who shows them):
 *   low-confidence    recognition itself was unsure
 *   handwritten       written by hand or stamped into a printed line
 *   blank             the place is there, nothing stands in it (value empty or partial)
 *   unreadable        something stands there that is no number (value empty or partial)
 *   digit-letter-mix  letters among digits
 *   not-zero-padded   a single digit where two are written: one may be lost
 *   implausible-date  no such day, or a year before 1900 or after this one
 *   pattern-loose     the form is not quite as it should be (a mark or sign is missing)
 *   from-notation     kind taken from the notation or the form: its own line was not
 *                     found
 *   kind-differs      kind and notation say different kinds
 *   two-candidates    another place of the page says something else
 *   two-agencies      parent and issuer could not be told apart surely
 *   columns-touch     the two columns ran into each other
 *   not-first-page    the header stood on a later page
 *   chosen            a word of it has another reading (ocr/choice.h)
 *   surname-marks     a frequent surname with other marks
 * and those of ocr/doubt.h for words of it.
 */
struct field {
    const char *name; /* one of the above, static */
    char *value;      /* owned, NFC; "" when it is there and cannot be read */
    int confidence;   /* 0 to 100 */
    bool doubtful;
    const char *reason; /* static keyword; "" when not doubtful */
    size_t page;        /* index of the page in the call */
    int32_t x, y, w, h; /* its words, pixels of that page as captured */
    bool strip; /* nothing was read: the box is what a person reads and keys in */
};

struct fields {
    struct field item[FIELDS_MAX];
    size_t count;
};

/**
 * fields_find - the header fields of one document.
 * @pages: borrowed. Its pages in order; NULL for a page not recognized.
 * @this_year: years after it are implausible; 0: not known.
 * @out: set; fields_clear(). No field when there is no header.
 */
void fields_find(const struct result *const *pages, size_t count, int this_year,
                 struct fields *out);

void fields_clear(struct fields *f);
#define AUTO_FOUND AUTO(fields_clear)

/** fields_get - the field of that name. view; NULL: not found on the page. */
const struct field *fields_get(const struct fields *f, const char *name);

/**
 * fields_to_jdoc - {"CodeNumber":{"value","source":"ocr","confidence","doubtful",
 * "reason","page","x","y","w","h","strip"},…}. owned, jdoc_free().
 */
struct jdoc *fields_to_jdoc(const struct fields *f);

#endif
