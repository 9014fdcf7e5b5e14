/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TOOLS_FILES_H
#define SOHOA_TOOLS_FILES_H

#include "tests/tools/pages/paper.h"

enum format { FORMAT_PNG, FORMAT_JPEG, FORMAT_TIFF, FORMAT_PDF };
enum mode { MODE_COLOUR, MODE_GREY, MODE_BW };

/* files_write - one file with all pictures (several only in TIFF and PDF). The
 * resolution is written into it. Return: 0, or -1 after a message on stderr. */
int files_write(const char *path, enum format format, enum mode mode, int quality,
                const struct picture *pictures, int count);

#endif
