/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_STOP_H
#define SOHOA_BASE_STOP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The wish to stop. SIGINT and SIGTERM only set a flag; long work asks for it between
 * two pages, bundles or files, finishes what is begun and ends with what it has.
 */

/** stop_install - catch SIGINT and SIGTERM, ignore SIGPIPE. Once, in main. */
void stop_install(void);

/** stop_requested - whether one of them came. */
bool stop_requested(void);

/** stop_sleep_ms - sleep, but not longer than until one of them comes. */
void stop_sleep_ms(int64_t ms);

#endif
