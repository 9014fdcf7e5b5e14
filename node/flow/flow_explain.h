/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_EXPLAIN_H
#define SOHOA_FLOW_FLOW_EXPLAIN_H

#include "node/flow/flow.h"

/**
 * flow_explain - read one page again and write what every step did into @dir, which is
 * made when it is not there:
 *
 *      01-decode.png …   the picture as a step left it, in the order of the steps
 *      steps.json        {"page", "item", "pipeline", "model", "steps": as in
 *                        ocr/steps.h, "pictures": the names above}
 *      steps.txt         the same for people, in the language of the program
 *
 * Nothing is stored, and the page stays as it is. Read by itself, without the other
 * side of its sheet. A held page is not explained, nor one on which a stamp is seen
 * now, unless an administrator has released it: nothing of it is written.
 * @page: SHA-256 or its first digits, 8 or more. @to: hears a line "file" for each.
 * Return: 0, or -1 and @e: ERR_PAGE_ABSENT, ERR_PAGE_SECRET, errors of recognition,
 * of @dir.
 */
MUST_CHECK int flow_explain(struct flow *f, const char *page, const char *dir,
                            const struct flow_listener *to, struct err *e);

#endif
