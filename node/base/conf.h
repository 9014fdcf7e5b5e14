/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_CONF_H
#define SOHOA_BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;

/*
 * Settings: HOME/sohoa.conf, lines of "key = value". Lines that are empty or begin with
 * # are passed over; a value reaches to the end of its line. All keys are known here:
 * an unknown one (the nearest known one stands in the detail), one given twice and a
 * value that is not allowed refuse the whole file, so that no setting is half in force.
 */
#define CONF_FILE      "sohoa.conf" /* in the home */
#define CONF_BYTES_MAX ((size_t)256 << 10)
#define CONF_VALUE_MAX ((size_t)1024)

enum conf_type {
    CONF_INT,    /* from min to max */
    CONF_CHOICE, /* one of the words in choices */
    CONF_HOURS,  /* empty, or HH:MM-HH:MM */
    CONF_FOLDER, /* empty, or an absolute path without ".." */
    CONF_URL,    /* empty, ssh://[user@]host[:port]/…, or such a folder */
};

struct conf_key {
    const char *key;
    enum conf_type type;
    int64_t min;
    int64_t max;
    const char *choices;   /* "vi|en" */
    const char *otherwise; /* when it is not set */
    const char *help;      /* msgid */
};

struct conf; /* the settings of one home */

/**
 * conf_load - read the settings of @home; without a file all have their defaults.
 * @out: owned, conf_free(). Return: 0, or -1 and @e: ERR_CONFIG with file and line.
 */
MUST_CHECK int conf_load(const char *home, struct conf **out, struct err *e);
void conf_free(struct conf *c);
void conf_auto(struct conf **c);
#define AUTO_CONF AUTO(conf_auto)

/** conf_get - value or default of a known key (another one is our mistake). view. */
const char *conf_get(const struct conf *c, const char *key);
/** conf_get_int - the same of a CONF_INT. */
int64_t conf_get_int(const struct conf *c, const char *key);
/** conf_is_set - whether the file gives it. */
bool conf_is_set(const struct conf *c, const char *key);

/**
 * conf_set - write one setting, atomically; the other lines stay as they are.
 * @value: NULL removes the line: the default is in force again.
 * Two at once: both files are whole, the later one stays.
 * Return: 0, or -1 and @e: ERR_CONFIG (nothing is changed), ERR_LIMIT, disk errors.
 */
MUST_CHECK int conf_set(const char *home, const char *key, const char *value,
                        struct err *e);

/** conf_find - the key of that name, static. NULL and @e: ERR_CONFIG with the nearest
 * known one in the detail. */
MUST_CHECK const struct conf_key *conf_find(const char *key, struct err *e);

/** conf_list - the @i-th known key in order; NULL beyond the last. static. */
const struct conf_key *conf_list(size_t i);

#endif
