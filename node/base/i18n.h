/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_I18N_H
#define SOHOA_BASE_I18N_H

/*
 * Texts for people. The msgid is the English text; node/po/vi.po holds the Vietnamese.
 * _() gives the text in the language chosen at start, N_() only marks one for the
 * catalogue (tables, error rows).
 */
enum lang { LANG_VI, LANG_EN };

/**
 * i18n_init - choose the language of this process and find the catalogue.
 * @locale_dir: kept by libintl; folder with vi/LC_MESSAGES/sohoa.mo. NULL: beside the
 *              program (<exe dir>/locale), else the installed folder.
 * Sets the C.UTF-8 locale and LANGUAGE whatever the environment says: under LC_ALL=C,
 * cron or sshd, gettext would answer in English only. Call once, before any thread or
 * worker starts.
 */
void i18n_init(enum lang lang, const char *locale_dir);

/** i18n_lang - the language chosen by i18n_init(). */
enum lang i18n_lang(void);

/** i18n_text - @msgid in the chosen language. view, static. */
const char *i18n_text(const char *msgid) __attribute__((format_arg(1)));

/** i18n_text_in - @msgid in @lang. view, static. */
const char *i18n_text_in(enum lang lang, const char *msgid)
    __attribute__((format_arg(2)));

#define _(text)  i18n_text(text)
#define N_(text) text

#endif
