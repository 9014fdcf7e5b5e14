/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_TESS_NET_H
#define SOHOA_OCR_TESS_NET_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;

/*
 * Our network and our search for words (ocr/lstm.h) in the place of Tesseract's.
 * Layout, lines, words and boxes stay Tesseract's own, and because our probabilities
 * and paths are Tesseract's to the bit, alternatives included, so is all that comes of
 * them. "tessedit_do_invert" must be off: Tesseract would look at what its network
 * gave.
 *
 * Functions of the library's C++ are stood before by functions of the same names, as
 * libgomp's are (ocr/tess.c): the one that turns a line into the network's input, the
 * one that runs the network, and those of the search. For a line that is none of ours
 * they call the library's. Only for the version of the library this was proven with.
 */
#define TESS_NET_VERSION "5.3.0" /* of Tesseract */

struct tess_net;

/**
 * tess_net_open - from the bytes of a model.
 * @data: borrowed. @out: owned, tess_net_close().
 * Return: 0, or -1 and @e: ERR_OCR_MODEL: a model or a library of another shape (the
 * detail says in what); then Tesseract reads by itself.
 */
MUST_CHECK int tess_net_open(const void *data, size_t len, struct tess_net **out,
                             struct err *e);
void tess_net_close(struct tess_net *n); /* NULL does nothing */

/**
 * tess_net_use - whose network reads from now on in this thread.
 * @n: kept until the next call; NULL: Tesseract's.
 */
void tess_net_use(struct tess_net *n);

/** tess_net_path - "AVX-512 VNNI", "AVX2", "C". static */
const char *tess_net_path(const struct tess_net *n);
/** tess_net_lines - lines that it has read. */
int64_t tess_net_lines(const struct tess_net *n);

#endif
