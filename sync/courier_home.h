/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_COURIER_HOME_H
#define SOHOA_SYNC_COURIER_HOME_H

#include <stdbool.h>

#include "node/base/auto.h"
#include "sync/names.h"

struct courier_out;
struct enrol;
struct enrol_node;
struct err;

/*
 * What a stick brings home to a node: answers, receipts, and to a district what it may
 * read, from where it is on (have.h). Each step of a ref is made, written and gone
 * before the next one is: the disk here holds one at a time.
 */
struct courier_home {
    const char *home;           /* of the tier that writes. kept */
    const struct enrol *all;    /* kept */
    const struct enrol_node *n; /* for whom. kept */
    struct courier_out *out;    /* kept */
    bool pages;                 /* to a district: pictures of pages as well */
};

/**
 * courier_home_commune - answers to a commune, its receipts, and what the tier above a
 * hub refused of it (HOME/outbox/<node>/, laid there first).
 * Return: 1, 0 no more fits, -1 and @e: disk errors, ERR_REPO.
 */
MUST_CHECK int courier_home_commune(const struct courier_home *c, struct err *e);

/**
 * courier_home_district - answers to what a hub brought, and of each unit that the
 * district may read: list and statements of nodes, receipts, metadata and text; with
 * @c->pages thumbnails and pages. A unit without a right is passed over. Return: as
 * above.
 */
MUST_CHECK int courier_home_district(const struct courier_home *c, struct err *e);

/**
 * courier_home_chains - beside that to a commune that is made again, or whose disk
 * lacks something: its own chains of all epochs from their beginning, behind the file
 * that says where they end (dropbox_offer()). Nothing of another node. Return: as
 * above.
 */
MUST_CHECK int courier_home_chains(const struct courier_home *c, struct err *e);

#endif
