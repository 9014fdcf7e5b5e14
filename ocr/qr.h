/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_QR_H
#define SOHOA_OCR_QR_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"

struct Pix;

/*
 * QR codes on the picture of a page, by libzbar (its image scanner alone: no camera, no
 * window, no D-Bus). The library is loaded when it is first asked for, before the
 * worker locks itself up: the other processes do without it and without what it brings
 * along. Where it is not installed no code is found.
 */
#define QR_TEXT_MAX  128
#define QR_WIDTH_MAX 2200 /* wider pictures are halved before they are searched */

struct qr; /* loaded */

/** qr_open - owned, qr_close(). NULL: the library is not there. */
struct qr *qr_open(void);
void qr_close(struct qr *q);
void qr_auto(struct qr **q);
#define AUTO_QR AUTO(qr_auto)

/**
 * qr_find - the first code whose text begins with @prefix and is shorter than
 * QR_TEXT_MAX.
 * @grey: borrowed, 8 bits; upright, askew or upside down.
 * Return: is there one? @out is "" when not.
 */
bool qr_find(struct qr *q, struct Pix *grey, const char *prefix, char out[QR_TEXT_MAX]);

/**
 * qr_alone - after qr_find() on @grey: is the picture nothing but the sheet that bears
 * the code? A slip bears it twice, one above the other, with a few words between them
 * and nothing else. False when in doubt: one of the two was not read, something stands
 * beside, above or below them, or more than a few words between them.
 */
bool qr_alone(const struct qr *q, struct Pix *grey);

#endif
