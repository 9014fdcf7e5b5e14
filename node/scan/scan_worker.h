/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SCAN_SCAN_WORKER_H
#define SOHOA_SCAN_SCAN_WORKER_H

#include <stddef.h>

/*
 * "sohoa worker scan": reads one archive for its parent (unpack.h), without files and
 * without network. It gets the archive's descriptor and streams its members.
 *
 * parent → worker   OPEN    descriptor; JSON {"size": bytes, "member_max": bytes}
 * worker → parent   MEMBER  kind (1 byte: '-' file, 'd' folder, '?' other), name bytes
 *                   DATA    bytes of the member
 *                   END     the member is complete
 *                   BAD     error of this member; more may follow
 *                   FAIL    error of the archive; nothing follows
 *                   DONE    end of the archive
 */
enum scan_worker_msg {
    SCAN_WORKER_OPEN = 1,
    SCAN_WORKER_MEMBER,
    SCAN_WORKER_DATA,
    SCAN_WORKER_END,
    SCAN_WORKER_BAD,
    SCAN_WORKER_FAIL,
    SCAN_WORKER_DONE
};

#define SCAN_WORKER_FILE     '-'
#define SCAN_WORKER_FOLDER   'd'
#define SCAN_WORKER_OTHER    '?'
#define SCAN_WORKER_DATA_MAX ((size_t)1 << 18) /* of one DATA message */

/** scan_worker_main - body of the worker, on PROC_WORKER_FD. Return: exit code. */
int scan_worker_main(void);

#endif
