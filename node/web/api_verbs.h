/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_API_VERBS_H
#define SOHOA_WEB_API_VERBS_H

#include "node/web/api.h"

/*
 * The verbs behind the table in api.c, one file a noun (api_<noun>.c). What each takes
 * and answers stands above its function and in node/web/README.md.
 */
#define API_VERB(name) api_fn name

API_VERB(api_counts_get);
API_VERB(api_login_check);
API_VERB(api_login_setup);
API_VERB(api_login_node);

#undef API_VERB

#endif
