/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_SETTING_H
#define SOHOA_FLOW_FLOW_SETTING_H

#include "node/flow/flow.h"

/*
 * The few settings that a person meets on the settings page. All others stay in
 * HOME/sohoa.conf.
 */

/** flow_setting_list - a line "setting" each: "key", "value", "set" (the file gives
 * it), "type" (int, choice, hours, folder, url), "choices" (array), "min", "max",
 * "default", "help":{"vi","en"}. */
MUST_CHECK int flow_setting_list(struct flow *f, const struct flow_listener *to,
                                 struct err *e);

/** flow_setting_put - write one; the log of acts says who and which. @value: NULL: the
 * default again. ERR_CONFIG (not one of them, or not allowed; nothing is changed). */
MUST_CHECK int flow_setting_put(struct flow *f, const char *key, const char *value,
                                struct err *e);

#endif
