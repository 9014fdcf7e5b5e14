/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/role.h"

#include <assert.h>
#include <string.h>

#include "node/base/auto.h"
#include "node/base/utf8.h"

#define MAY(act) (1u << (act))

static const struct {
    const char *name;
    unsigned acts;
} roles[ROLE_COUNT] = {
    [ROLE_CLERK] = {"clerk", MAY(ROLE_READ) | MAY(ROLE_CAPTURE) | MAY(ROLE_DESCRIBE)},
    [ROLE_VERIFIER] = {"verifier", MAY(ROLE_READ) | MAY(ROLE_CAPTURE) |
                                       MAY(ROLE_DESCRIBE) | MAY(ROLE_VERIFY) |
                                       MAY(ROLE_SEAL) | MAY(ROLE_EXPORT) |
                                       MAY(ROLE_REPORT)},
    [ROLE_DISTRICT] = {"district",
                       MAY(ROLE_READ) | MAY(ROLE_EXPORT) | MAY(ROLE_REPORT)},
    [ROLE_ADMIN] = {"admin", MAY(ROLE_READ) | MAY(ROLE_CAPTURE) | MAY(ROLE_DESCRIBE) |
                                 MAY(ROLE_VERIFY) | MAY(ROLE_SEAL) | MAY(ROLE_EXPORT) |
                                 MAY(ROLE_REPORT) | MAY(ROLE_AUDIT) |
                                 MAY(ROLE_ADMINISTER)},
    /* Sees what everybody sees and who looked at it; every change is refused. */
    [ROLE_AUDITOR] = {"auditor", MAY(ROLE_READ) | MAY(ROLE_EXPORT) | MAY(ROLE_REPORT) |
                                     MAY(ROLE_AUDIT)},
};

const char *role_name(enum role r)
{
    assert(r < ROLE_COUNT);
    return roles[r].name;
}

bool role_find(const char *name, enum role *out)
{
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(roles[i].name, name) == 0) {
            *out = (enum role)i;
            return true;
        }
    }
    return false;
}

bool role_may(enum role r, enum role_act act)
{
    assert(r < ROLE_COUNT);
    assert(act < ROLE_ACT_COUNT);
    return (roles[r].acts & MAY(act)) != 0;
}

bool role_user_valid(const char *user)
{
    size_t len = strlen(user);

    if (len == 0 || len >= USER_NAME_MAX || !utf8_valid(user, len) || user[0] == '.')
        return false;
    while (len > 0) {
        unsigned cp = utf8_next(&user, &len);

        if (!utf8_is_letter_or_digit(cp) && cp != '.' && cp != '_' && cp != '-')
            return false;
    }
    return true;
}
