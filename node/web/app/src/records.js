// SPDX-License-Identifier: Apache-2.0
// Kinds and fields of records: from the tables of the program (node/record), and which
// fields a kind shows, in the order of the books.
import { kinds, fields } from 'made:records'
import { t } from './i18n.js'

const kind = new Map(kinds.map(k => [k.name, k]))
const field = new Map(fields.map(f => [f.name, f]))
export { kinds }

const GROUPS = {
    birth: ['nks', 'me', 'cha', 'nyc'],
    death: ['nkt', 'gbt', 'nyc'],
    marriage: ['chong', 'vo'],
    'parent-child': ['cm', 'nc', 'nyc'],
    'marital-status': ['nxn'],
}
const FIRST = ['so', 'quyenSo', 'trangSo', 'ngayDangKy']
const prefix = name => name.match(/^[a-z]+(?=[A-Z])/)?.[0]

/** Names of all fields that records of the kind may have, in the order of the book. */
export function fieldsOf(name) {
    const groups = GROUPS[name] ?? []
    if (!kind.get(name)?.register)
        return fields.filter(f => f.document).map(f => f.name)
    const own = fields.filter(f => !f.document)
    const grouped = groups.flatMap(g => own.filter(f => f.group && prefix(f.name) === g))
    const common = own.filter(f => !f.group && !FIRST.includes(f.name))
    return [...FIRST, ...grouped.map(f => f.name), ...common.map(f => f.name)]
}

export const fieldDef = name => field.get(name) ?? { name, label: name, type: 'text', chars: 500 }
export const kindDef = name => kind.get(name)
const capital = text => text.charAt(0).toLocaleUpperCase() + text.slice(1)

export const label = {
    kind: name => capital(t(kind.get(name)?.label ?? name ?? '')),
    field: name => capital(t(fieldDef(name).label)),
    group: name => (fieldDef(name).group ? capital(t(fieldDef(name).group)) : ''),
    /** "Mother · full name": enough where the group is not written above. */
    whole: name => {
        const f = fieldDef(name)
        return capital(f.group ? `${t(f.group)} · ${t(f.label)}` : t(f.label))
    },
    state: name => ({
        captured: t('scanned'), recognized: t('read by the program'),
        described: t('corrected'), verified: t('verified'), returned: t('returned'),
        sealed: t('sealed'),
    })[name] ?? name,
    role: name => ({
        clerk: t('clerk'), verifier: t('verifier'), district: t('district reader'),
        admin: t('administrator'), auditor: t('auditor'),
    })[name] ?? name,
    job: name => ({
        scan: t('Scanning'), 'scan-finish': t('Taking files in'), import: t('Taking files in'), ocr: t('Reading pages'),
        seal: t('Sealing'), sync: t('Sending'), 'courier-write': t('Writing onto the stick'), 'courier-read': t('Reading the stick'),
    })[name] ?? name,
    why: name => ({
        'low-confidence': t('hard to read'), handwritten: t('written by hand'),
        blank: t('nothing is written there'), unreadable: t('could not be read'),
        'digit-letter-mix': t('digits and letters are mixed'),
        'not-zero-padded': t('the number has an unusual form'),
        'implausible-date': t('such a date is hardly possible'),
        'two-readings': t('was read in two ways'),
        'two-candidates': t('there are two candidates'),
        'surname-marks': t('a frequent surname with other marks'),
        chosen: t('may be read otherwise'), merged: t('a cell over several rows'),
        'no-syllable': t('Vietnamese does not spell so'),
        sample: t('chosen at random to be checked'),
    })[name] ?? (name ? t('compare it with the picture') : ''),
}

/** Title of a register for people: its own, or kind, year and volume. */
export const dossierTitle = d => d?.title || [label.kind(d?.register ?? 'other'), d?.year,
    d?.volume && t('volume {n}', { n: d.volume })].filter(Boolean).join(' · ')
