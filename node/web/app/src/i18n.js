// SPDX-License-Identifier: Apache-2.0
// Texts: the msgid is the English text, the catalogue holds the Vietnamese one.
import { computed, signal } from '@preact/signals'
import vi from 'made:vi'
import { recall, remember } from './keep.js'

export const lang = signal(recall('lang') === 'en' ? 'en' : 'vi')

export function setLang(value) {
    lang.value = value
    remember('lang', value)
    document.documentElement.lang = value
}
document.documentElement.lang = lang.value

const fill = (text, values) =>
    values ? text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : text

/** The text in the language chosen; {name} is replaced by values.name. */
export const t = (text, values) =>
    fill(lang.value === 'vi' ? vi[text] ?? text : text, values)

/** One or many: English has two forms, Vietnamese one. */
export const tn = (one, many, n, values) =>
    fill(lang.value === 'vi' ? vi[one] ?? one : n === 1 ? one : many,
        { n: number(n), ...values })

/** A text that comes in both languages from the server. */
export const both = o => o?.[lang.value] ?? o?.vi ?? o?.en ?? ''
/** The sentence of a row that carries a code in both languages. */
export const textOf = row => {
    const s = both(row)
    return (typeof s === 'string' ? s : [s.what, s.todo].filter(Boolean).join(' ')) || row?.code || ''
}

const locale = computed(() => (lang.value === 'vi' ? 'vi-VN' : 'en-GB'))
export const number = n => new Intl.NumberFormat(locale.value).format(n ?? 0)
export const percent = (n, of) => (of > 0 ? `${((100 * n) / of).toFixed(2)}%` : '–')
export const clock = s => (s ? new Intl.DateTimeFormat(locale.value,
    { hour: '2-digit', minute: '2-digit' }).format(s * 1000) : '')
export const moment = s => (s ? new Intl.DateTimeFormat(locale.value,
    { dateStyle: 'short', timeStyle: 'short' }).format(s * 1000) : '')

export function bytes(n) {
    const units = ['B', 'KB', 'MB', 'GB', 'TB']
    let i = 0
    for (; n >= 1024 && i < units.length - 1; i++) n /= 1024
    return `${new Intl.NumberFormat(locale.value, { maximumFractionDigits: i ? 1 : 0 }).format(n ?? 0)} ${units[i]}`
}

/** "about 3 minutes left" for seconds; nothing when it is not known. */
export function left(s) {
    if (s == null || s < 0) return ''
    if (s < 60) return t('less than a minute left')
    return tn('about {n} minute left', 'about {n} minutes left', Math.ceil(s / 60))
}

/** Dates are kept as ISO (2003-09-14) and shown as the books write them (14/09/2003). */
export const dateShown = v => (/^\d{4}-\d\d(-\d\d)?$/.test(v ?? '')
    ? v.split('-').reverse().join('/') : v ?? '')
export function dateRead(v) {
    const m = v.trim().match(/^(?:(\d{1,2})[/.\- ])?(\d{1,2})[/.\- ](\d{4})$/)
    if (!m) return v.trim()
    return [m[3], m[2].padStart(2, '0'), m[1]?.padStart(2, '0')].filter(Boolean).join('-')
}
