/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TOOLS_PHOTO_H
#define SOHOA_TOOLS_PHOTO_H

#include "tests/tools/pages/paper.h"

/*
 * photo_take - what a phone sees of @paper lying on a desk: in perspective, a little
 * askew, in uneven light, mostly with a shadow across sheet and desk, unsharp, with
 * noise. 12 million pixels; like phones' files it says 72 dpi.
 * Return: the photo, picture_clear().
 */
struct picture photo_take(const struct picture *paper, struct rng *r);

#endif
