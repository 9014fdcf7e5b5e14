/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/i18n.h"

#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef SOHOA_LOCALE_DIR
#define SOHOA_LOCALE_DIR "/usr/local/share/locale"
#endif

/* Library initialisation: libintl itself keeps its domain in the process. The catalogue
 * is always read as Vietnamese; English is the msgid. */
static enum lang chosen = LANG_VI;

static const char *beside_program(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);
    char *slash = NULL;

    if (n <= 0)
        return NULL;
    out[n] = '\0';
    slash = strrchr(out, '/');
    if (!slash || (size_t)(slash - out) + sizeof "/locale" > size)
        return NULL;
    memcpy(slash, "/locale", sizeof "/locale");
    return access(out, R_OK) == 0 ? out : NULL;
}

void i18n_init(enum lang lang, const char *locale_dir)
{
    char path[PATH_MAX];

    chosen = lang;
    if (!locale_dir)
        locale_dir = beside_program(path, sizeof path);
    if (!locale_dir)
        locale_dir = SOHOA_LOCALE_DIR;
    (void)setlocale(LC_ALL, "C.UTF-8");
    (void)setenv("LANGUAGE", "vi", 1);
    (void)bindtextdomain("sohoa", locale_dir);
    (void)bind_textdomain_codeset("sohoa", "UTF-8");
    (void)textdomain("sohoa");
}

enum lang i18n_lang(void)
{
    return chosen;
}

const char *i18n_text_in(enum lang lang, const char *msgid)
{
    /* gettext("") is the catalogue's header. */
    return lang == LANG_VI && msgid[0] ? gettext(msgid) : msgid;
}

const char *i18n_text(const char *msgid)
{
    return i18n_text_in(chosen, msgid);
}
