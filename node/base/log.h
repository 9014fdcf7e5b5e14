/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_LOG_H
#define SOHOA_BASE_LOG_H

#include "node/base/auto.h"

struct err;

/*
 * The technical log: HOME/log/sohoa.log, one line an event, kept below LOG_BYTES_MAX by
 * one older file. Lines carry ids, codes and counts, never names, texts or file names
 * of people's papers: whoever reads the log learns nothing about a person.
 */
#define LOG_BYTES_MAX ((long)8 << 20)

/** log_event - append "time pid event". A log that cannot be written stops nothing. */
void log_event(const char *home, const char *fmt, ...) PRINTF(2, 3);

/** log_error - the code, errno and detail of @e (not its subject). */
void log_error(const char *home, const char *where, const struct err *e);

#endif
