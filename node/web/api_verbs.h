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
API_VERB(api_dossier_list);
API_VERB(api_dossier_add);
API_VERB(api_dossier_get);
API_VERB(api_dossier_change);
API_VERB(api_dossier_close);
API_VERB(api_dossier_gap);
API_VERB(api_dossier_slips);
API_VERB(api_dossier_gaps);
API_VERB(api_item_list);
API_VERB(api_item_above);
API_VERB(api_item_get);
API_VERB(api_item_place);
API_VERB(api_item_field);
API_VERB(api_item_illegible);
API_VERB(api_item_blank);
API_VERB(api_item_verify);
API_VERB(api_item_return);
API_VERB(api_item_undo);
API_VERB(api_item_history);
API_VERB(api_item_pdf);
API_VERB(api_keying_second);
API_VERB(api_keying_third);
API_VERB(api_keying_report);
API_VERB(api_keying_draw);
API_VERB(api_keying_field);
API_VERB(api_keying_answer);
API_VERB(api_keying_settle);
API_VERB(api_media_list);
API_VERB(api_page_picture);
API_VERB(api_page_strip);
API_VERB(api_page_words);
API_VERB(api_page_swap);
API_VERB(api_page_keep);
API_VERB(api_search_get);
API_VERB(api_seal_get);
API_VERB(api_sync_get);
API_VERB(api_user_list);
API_VERB(api_user_add);
API_VERB(api_user_change);
API_VERB(api_setting_list);
API_VERB(api_setting_put);
API_VERB(api_reading_list);
API_VERB(api_scan_devices);
API_VERB(api_scan_drop);
API_VERB(api_scan_stack);
API_VERB(api_login_check);
API_VERB(api_login_setup);
API_VERB(api_login_node);

#undef API_VERB

#endif
