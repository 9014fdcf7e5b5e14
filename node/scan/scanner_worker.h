/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SCAN_SCANNER_WORKER_H
#define SOHOA_SCAN_SCANNER_WORKER_H

#include <stddef.h>

/*
 * "sohoa worker scanner": the one process that calls SANE. It needs USB and the network
 * and loads drivers, so it cannot be locked in as others are; it has no descriptor but
 * its socket.
 *
 * parent → worker   LIST    nothing
 *                   SCAN    JSON {"device","source","mode","dpi","pages","width_mm",
 *                           "height_mm","extra":["NAME=VALUE",…]}
 * worker → parent   DEVICE  JSON {"name","vendor","model","type"}
 *                   BEGIN   JSON {"width_px","channels","bits","dpi"}
 *                   ROWS    whole rows
 *                   END     the picture is complete
 *                   FAIL    error; nothing follows
 *                   DONE    nothing follows
 */
enum scanner_worker_msg {
    SCANNER_WORKER_LIST = 1,
    SCANNER_WORKER_SCAN,
    SCANNER_WORKER_DEVICE,
    SCANNER_WORKER_BEGIN,
    SCANNER_WORKER_ROWS,
    SCANNER_WORKER_END,
    SCANNER_WORKER_FAIL,
    SCANNER_WORKER_DONE
};

#define SCANNER_WORKER_JSON_MAX ((size_t)16384)
#define SCANNER_WORKER_ROWS_MAX ((size_t)1 << 18) /* of one ROWS message */

/** scanner_worker_main - body of the worker, on PROC_WORKER_FD. Return: exit code. */
int scanner_worker_main(void);

#endif
