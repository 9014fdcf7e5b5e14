/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SCAN_SCANNER_H
#define SOHOA_SCAN_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;

/*
 * Scanners, through SANE (USB, and eSCL or WSD on the network by sane-airscan). Drivers
 * are other people's code close to the hardware: they run in a process of their own
 * ("sohoa worker scanner", scanner_worker.h), which may crash or hang without costing
 * more than the sheet it was at. What comes out of it is checked as if it came from
 * outside.
 */
#define SCANNER_DEVICES_MAX 64
#define SCANNER_PAGES_MAX   500 /* of one run */
#define SCANNER_SIDE_MAX    32767
#define SCANNER_DPI_MIN     75
#define SCANNER_DPI_MAX     1200
#define SCANNER_QUIET_MS    ((int64_t)90000) /* without a row or an answer: hangs */
#define SCANNER_OPTIONS_MAX 16
#define SCANNER_TEXT_MAX    ((size_t)256) /* bytes of a name, an option */

enum scanner_source {
    SCANNER_FLATBED,
    SCANNER_ADF,   /* document feeder, upper sides */
    SCANNER_DUPLEX /* document feeder, both sides of each sheet */
};
enum scanner_mode { SCANNER_COLOR, SCANNER_GREY, SCANNER_BW };

/** "flatbed", "adf", "duplex"; "color", "grey", "bw". static */
const char *scanner_source_name(enum scanner_source s);
MUST_CHECK bool scanner_source_find(const char *name, enum scanner_source *out);
const char *scanner_mode_name(enum scanner_mode m);
MUST_CHECK bool scanner_mode_find(const char *name, enum scanner_mode *out);

struct scanner_device {
    char *name; /* what --device takes. owned */
    char *vendor, *model, *type;
};

struct scanner_list {
    struct scanner_device *p; /* owned */
    size_t count;
};
void scanner_list_clear(struct scanner_list *l);
#define AUTO_SCANNERS AUTO(scanner_list_clear)

/**
 * scanner_list - what is connected now. @program: NULL: this one.
 * Return: 0 (also when there is none), or -1 and @e: ERR_SCANNER_HANGS,
 * ERR_SCANNER_DRIVER, ERR_WORKER_START.
 */
MUST_CHECK int scanner_list(const char *program, struct scanner_list *out,
                            struct err *e);

struct scanner_opts {
    const char *device; /* NULL: the first there is */
    enum scanner_source source;
    enum scanner_mode mode;
    int dpi;
    int pages;                /* at most so many pictures; 0: one from the glass, all of
                                 the feeder */
    int width_mm, height_mm;  /* 0: as large as the scanner can */
    const char *const *extra; /* NAME=VALUE of the driver, set last */
    size_t extra_count;
    const char *program; /* NULL: this one */
};

/** A picture that begins. Its height is known when it ends. */
struct scanner_page {
    int32_t width_px;
    int channels; /* 1 grey, 3 red green blue */
    int bits;     /* of a channel: 8; 1: black and white, a set bit is black */
    int dpi;      /* as the scanner took it, which may be another than was asked for */
};

/** Who takes the pictures. Each returns 0, or -1 and @e, which ends the run. */
struct scanner_sink {
    int (*begin)(void *to, const struct scanner_page *page, struct err *e);
    /** Whole rows, @len bytes of them. */
    int (*rows)(void *to, const void *data, size_t len, struct err *e);
    int (*end)(void *to, int32_t height_px, struct err *e);
    void *to;
};

/**
 * scanner_run - scan until the feeder is empty, or @o's count is reached.
 * @pages: how many ended, also on failure.
 * Return: 0 (at least one), or -1 and @e: ERR_SCANNER_NONE (no scanner),
 * ERR_SCANNER_EMPTY (no paper at all), _JAM, _COVER, _BUSY, _DENIED, _HANGS, _DRIVER
 * (crashed, or an error of the device), _OPTION (it cannot do what was asked for),
 * ERR_LIMIT, ERR_SCANNER_STOPPED (by the user), what @to returned.
 */
MUST_CHECK int scanner_run(const struct scanner_opts *o, const struct scanner_sink *to,
                           int *pages, struct err *e);

#endif
