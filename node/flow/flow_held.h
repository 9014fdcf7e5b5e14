/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_HELD_H
#define SOHOA_FLOW_FLOW_HELD_H

#include <stdbool.h>

#include "node/flow/flow.h"

/*
 * Pages held back for a secrecy stamp: an administrator looks at the paper and decides.
 * @user must have the right to administer; the decision and its reason are in the audit
 * chain under the item.
 */

/** flow_held_list - a line "page" each, oldest first; @held: only those held. With the
 * place of the file that holds the page. */
MUST_CHECK int flow_held_list(struct flow *f, bool held, const struct flow_listener *to,
                              struct err *e);
/**
 * flow_held_release - the page is not secret: it waits to be read again, and the stamp
 * no longer holds it.
 * @page: its SHA-256 or the first digits of it, 8 or more. Tells one line "page".
 * Return: 0, or -1 and @e: ERR_PAGE_ABSENT, ERR_PAGE_NOT_HELD, ERR_USER_ABSENT,
 * ERR_USER_RIGHT.
 */
MUST_CHECK int flow_held_release(struct flow *f, const char *page, const char *user,
                                 const char *why, const struct flow_listener *to,
                                 struct err *e);
/**
 * flow_held_purge - the page is secret: its file, its rows and the name the file was
 * imported under go for good; a count stays in the audit chain.
 * @whole_file: the other pages of its file go with it. Without it a file of several
 * pages is ERR_PAGE_SHARED: it would stay, with the page in it. Tells "summary": item,
 * purged (pages).
 * Return: as flow_held_release(), and ERR_ITEM_SEALED.
 */
MUST_CHECK int flow_held_purge(struct flow *f, const char *page, bool whole_file,
                               const char *user, const char *why,
                               const struct flow_listener *to, struct err *e);

#endif
