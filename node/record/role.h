/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_ROLE_H
#define SOHOA_RECORD_ROLE_H

#include <stdbool.h>

/* Who may do what. One table, asked by commands and by the web alike. */
enum role {
    ROLE_CLERK,
    ROLE_VERIFIER,
    ROLE_DISTRICT,
    ROLE_ADMIN,
    ROLE_AUDITOR,
    ROLE_COUNT
};

enum role_act {
    ROLE_READ,       /* look at records and pictures, search */
    ROLE_CAPTURE,    /* scan, import, make dossiers */
    ROLE_DESCRIBE,   /* set fields, explain gaps */
    ROLE_VERIFY,     /* verify an item, return it */
    ROLE_SEAL,       /* seal bundles, sync */
    ROLE_EXPORT,     /* write records to files */
    ROLE_REPORT,     /* rates, gaps, reconciliation */
    ROLE_AUDIT,      /* who looked at what, users and settings: look at */
    ROLE_ADMINISTER, /* users, units, targets, settings, quarantine, backup */
    ROLE_ACT_COUNT
};

#define ROLE_NAME_MAX 12
#define USER_NAME_MAX 65 /* bytes with NUL */

const char *role_name(enum role r);
bool role_find(const char *name, enum role *out);
bool role_may(enum role r, enum role_act act);

/** role_user_valid - 1 to 64 bytes: letters and digits of any script (composed: NFC),
 * the signs . _ and -, not a dot first. Such a name may stand in a path and in a
 * command. */
bool role_user_valid(const char *user);

#endif
