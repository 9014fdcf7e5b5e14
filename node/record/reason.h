/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_REASON_H
#define SOHOA_RECORD_REASON_H

/*
 * Why a value that was read is doubtful: the keywords of recognition (ocr/fields.h,
 * ocr/doubt.h) in words for people.
 */

/** reason_label - English msgid. static. NULL: no such keyword. */
const char *reason_label(const char *keyword);

#endif
