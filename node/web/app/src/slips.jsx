// SPDX-License-Identifier: Apache-2
// Slips of a register: sheets with a code, printed by the browser.
import { useState } from 'preact/hooks'
import { attempt, post } from './api.js'
import { t } from './i18n.js'
import { Icon } from './icons.jsx'
import { Buttons, Dialog, Field, Form } from './parts.jsx'

const WHITE = 4 // cells around a code

const path = cells => cells.map((row, y) => [...row.matchAll(/1+/g)].map(m =>
    `M${m.index + WHITE} ${y + WHITE}h${m[0].length}v1h-${m[0].length}z`).join('')).join('')

export function Code({ cells }) {
    const side = cells.length + 2 * WHITE
    return <svg viewBox={`0 0 ${side} ${side}`} shape-rendering="crispEdges" aria-hidden="true"><path d={path(cells)} /></svg>
}

/** All of them, for the printer. */
export function Sheets({ rows, onClose }) {
    return (
        <div class="screen">
            <div class="row no-print">
                <button type="button" class="main" onClick={() => print()}><Icon name="print" />{t('Print')}</button>
                <button type="button" onClick={onClose}>{t('Back')}</button>
                <span>{t('Lay each slip before its sheets; both sides may be printed.')}</span>
            </div>
            {rows.map(r => (
                <section class="slip" key={r.text}>
                    <Code cells={r.cells} />
                    <h2>{r.number ?? t('The whole register')}</h2>
                    <p><b>{r.title}</b></p>
                    <p>{r.number ? t('Lay this sheet before the sheets of this number.') : t('Lay this sheet before the sheets of this register.')}</p>
                    <Code cells={r.cells} />
                </section>))}
        </div>
    )
}

/** Which numbers? */
export function AskSlips({ dossier, numbers, onRows, onClose }) {
    const [from, setFrom] = useState('')
    const [to, setTo] = useState('')
    const send = async () => {
        const made = await attempt(() => post(`/dossiers/${dossier}/slips`,
            from ? { from: Number(from), to: Number(to || from) } : {}))
        if (made) onRows(made.rows)
    }
    const digits = set => e => set(e.target.value.replace(/\D/g, ''))
    return (
        <Dialog title={t('Print slips')} onClose={onClose}>
            <p>{t('A slip before the sheets says where they belong; then a stack finds its places by itself.')}</p>
            <Form onSend={send} label={t('Print slips')}>
                {numbers && <div class="row even">
                    <Field label={t('From number')} hint={t('empty: one slip of the register')}>{p =>
                        <input {...p} type="text" inputMode="numeric" autofocus value={from} onInput={digits(setFrom)} />}</Field>
                    <Field label={t('To number')}>{p => <input {...p} type="text" inputMode="numeric" value={to} onInput={digits(setTo)} />}</Field>
                </div>}
                <Buttons><button class="main">{t('Show them')}</button>
                    <button type="button" class="quiet" onClick={onClose}>{t('Cancel')}</button></Buttons>
            </Form>
        </Dialog>
    )
}
