/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_SRGB_H
#define SOHOA_OCR_SRGB_H

struct str;

/**
 * srgb_write - append an ICC profile (version 2.1, display, matrix and curve) of the
 * colours of IEC 61966-2-1: what a PDF/A names as the meaning of its RGB values.
 *
 * Written from the figures of the standard, adapted to D50 as the ICC asks (Bradford);
 * the curve has 64 points. Ours, because it is 600 bytes where the usual files have
 * 3,000, and because it may be passed on with every page. Always the same bytes.
 */
void srgb_write(struct str *out);

#endif
