/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_TESS_NET_H
#define SOHOA_OCR_TESS_NET_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;

/*
 * Our network (ocr/lstm.h) in the place of Tesseract's. Layout, lines, the search for
 * words, boxes and alternatives stay Tesseract's own, and because the probabilities of
 * our network are Tesseract's to the bit, so is everything that comes of them.
 *
 * Functions of the library's C++ are stood before by functions of the same names, as
 * libgomp's are (ocr/tess.c): the one that turns a line into the network's input, and
 * the one that runs the network. Where there is nothing of ours to run they call the
 * library's. Only for the version of the library this was proven with.
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
