// SPDX-License-Identifier: Apache-2.0
// The frame around every screen: places, counts, menu, errors, what is said aloud.
import { useEffect, useRef, useState } from 'preact/hooks'
import { api, online, problem, purpose, sentences, session, tell } from './api.js'
import { Language } from './doors.jsx'
import { both, clock, lang, left, number, t } from './i18n.js'
import { Icon } from './icons.jsx'
import { useKeys } from './keys.js'
import { Buttons, Dialog, Meter, Sign } from './parts.jsx'
import { label } from './records.js'
import { PLACES, counts, go, jobs, place, said, stopJob } from './state.js'

export const mayAdmin = () => session.value?.user?.role === 'admin'
export const mayAudit = () => ['admin', 'auditor'].includes(session.value?.user?.role)
/** Sealing, sending, sticks. */
export const mayCarry = () => ['admin', 'verifier'].includes(session.value?.user?.role)
export const mayChange = () => ['admin', 'clerk', 'verifier'].includes(session.value?.user?.role)

function Places() {
    const c = counts.value
    const names = { scan: t('Scan'), verify: t('Verify'), seal: t('Seal'), send: t('Send') }
    const badge = {
        scan: c?.pages?.queued, verify: c?.review, seal: c?.ready ?? null,
        send: c ? (c.waiting ?? 0) + (c.going ?? 0) : null,
    }
    const meaning = {
        scan: n => t('{n} pages wait to be read', { n }),
        verify: n => t('{n} to be looked at', { n }),
        seal: n => t('{n} can be sealed', { n }),
        send: n => t('{n} wait to be sent', { n }),
    }
    return (
        <nav class="places" aria-label={t('The four places')}>
            {PLACES.map((name, i) => (
                <a key={name} href={`#/${name}`} aria-current={place.value.name === name ? 'page' : undefined}>
                    <span class="step" aria-hidden="true">{i + 1}</span>
                    <Icon name={name} />
                    <span>{names[name]}</span>
                    {badge[name] > 0 && <span class="badge" title={meaning[name](number(badge[name]))}>
                        {number(badge[name])}<span class="unseen"> {meaning[name]('')}</span></span>}
                </a>
            ))}
        </nav>
    )
}

function Menu() {
    const [open, setOpen] = useState(false)
    const node = useRef(null)
    useEffect(() => setOpen(false), [place.value])
    useEffect(() => {
        const away = e => { if (!node.current?.contains(e.target)) setOpen(false) }
        addEventListener('pointerdown', away)
        addEventListener('focusin', away)
        return () => {
            removeEventListener('pointerdown', away)
            removeEventListener('focusin', away)
        }
    }, [])
    const lock = () => api('POST', '/session/lock', {}).then(
        () => {
            purpose.value = ''
            session.value = { ...session.value, locked: true }
        }, tell)
    // A new page: nothing of this person is left in it for the next.
    const out = () => api('DELETE', '/session').then(() => location.reload(), tell)
    const user = session.value.user
    return (
        <div class="menu" ref={node} onKeyDown={e => {
            if (e.key !== 'Escape' || !open) return
            setOpen(false)
            node.current.querySelector('button').focus()
        }}>
            <button type="button" class="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
                <span class="who">{user.name}<small>{label.role(user.role)}</small></span>
                <span aria-hidden="true">▾</span>
            </button>
            {open && <ul>
                {mayAudit() && <li><a href="#/users"><Icon name="users" />{t('Users')}</a></li>}
                {mayAudit() && <li><a href="#/readings"><Icon name="search" />{t('Who looked at what')}</a></li>}
                <li><a href="#/settings"><Icon name="settings" />{t('Settings')}</a></li>
                <li><button type="button" onClick={lock}><Icon name="lock" />{t('Lock')}</button></li>
                <li><button type="button" onClick={out}><Icon name="out" />{t('Log out')}</button></li>
                <li class="langs"><Language /></li>
            </ul>}
        </div>
    )
}

function Bar() {
    const link = (name, text) => (
        <a href={`#/${name}`} class="tool" aria-current={place.value.name === name ? 'page' : undefined}>
            <Icon name={name} /><span>{text}</span></a>
    )
    return (
        <header class="bar">
            <a class="skip" href="#main" onClick={e => {
                e.preventDefault()
                document.querySelector('#main h1')?.focus()
            }}>{t('To the content')}</a>
            <span class="name">sohoa<small>{session.value.unit?.name ?? ''}</small></span>
            <Places />
            <nav class="tools" aria-label={t('More')}>
                {link('books', t('Registers'))}
                {link('search', t('Search'))}
                {link('help', t('Help'))}
            </nav>
            <Menu />
        </header>
    )
}

// The line at the bottom: what is safe where. Words only come from the server's counts.
function Counts() {
    const c = counts.value
    if (!online.value)
        return <footer class="counts off" role="status"><Sign kind="red">{t('The program on this computer does not answer. What you type is kept; it is saved when it answers again.')}</Sign></footer>
    if (!c) return <footer class="counts">&nbsp;</footer>
    const receipt = c.last_receipt?.clock
    const old = receipt && Date.now() / 1000 - receipt > 7 * 86400
    return (
        <footer class="counts" aria-label={t('State')}>
            <Sign kind="grey">{t('Saved on this computer')} <b>{number(c.saved)}</b></Sign>
            <Sign kind={old ? 'amber' : 'green'}>{t('The province has it')} <b>{number(c.received)}</b>
                {receipt ? <small>({old ? t('last receipt {day}', { day: new Date(receipt * 1000).toLocaleDateString(lang.value) })
                    : t('receipt {clock}', { clock: clock(receipt) })})</small> : null}</Sign>
            {c.going > 0 && <Sign kind="blue">{t('Being sent')} <b>{number(c.going)}</b></Sign>}
            <Sign kind="amber">{t('Waiting to be sent')} <b>{number(c.waiting)}</b></Sign>
            {c.returned > 0 && <a href="#/returned"><Sign kind="red">{t('Sent back by the province')} <b>{number(c.returned)}</b></Sign></a>}
            <Sign kind={c.review > 0 ? 'red' : 'grey'}>{t('To be looked at')} <b>{number(c.review)}</b></Sign>
        </footer>
    )
}

/** Jobs that run now, on every screen: figures, time left, stop. */
export function Jobs({ kinds }) {
    const list = jobs.value.filter(j => j.state === 'running' && (!kinds || kinds.includes(j.kind)))
    if (!list.length) return null
    return (
        <ul class="jobs" aria-label={t('Being done now')}>
            {list.map(j => (
                <li key={j.job}>
                    <b>{label.job(j.kind)}</b>
                    {j.total > 0 ? <Meter value={j.done ?? 0} max={j.total} label={label.job(j.kind)} />
                        : <span class="figures">{number(j.done ?? 0)}</span>}
                    <span class="left">{left(j.left_s)}</span>
                    <button type="button" class="quiet small" onClick={() => stopJob(j)}>{t('Stop')}</button>
                </li>
            ))}
        </ul>
    )
}

/** What happened, what is safe, what to do; the code small, for the helper on the phone. */
export function Problem() {
    const e = problem.value
    if (!e) return null
    const s = both({ vi: sentences(e, 'vi'), en: sentences(e, 'en') })
    const close = () => { problem.value = null }
    return (
        <Dialog title={t('That did not work')} onClose={close}>
            <div class="problem" role="alert">
                <p class="what"><Icon name="warn" /><span>{s.what}</span></p>
                {s.safe && <p class="safe"><Icon name="ok" /><span>{s.safe}</span></p>}
                {s.todo && <p class="todo"><Icon name="going" /><span>{s.todo}</span></p>}
                <p class="code"><code>{e.code}</code>{e.detail && <> · <code>{e.detail}</code></>}</p>
            </div>
            <Buttons><button type="button" class="main" autofocus onClick={close}>{t('Close')}</button></Buttons>
        </Dialog>
    )
}

const KEYS = () => [
    [t('Everywhere'), [['F2', t('choose another register')], ['?', t('this list (outside text fields)')],
        ['Ctrl+K', t('search')]]],
    [t('Scan'), [['Enter', t('scan')]]],
    [t('Verify'), [['Enter', t('this is right, next doubtful field')], ['Shift+Enter', t('previous doubtful field')],
        ['Tab', t('next field')], ['Ctrl+Enter', t('record is done, next record')],
        ['Alt+↑ Alt+↓', t('another reading')], ['Ctrl+↑ Ctrl+↓', t('larger, smaller picture')],
        ['F4', t('cannot be read')], ['F8', t('left empty in the book')],
        ['F6', t('what was sent back')], ['F7', t('correct a sealed record')],
        ['F9', t('send back to be scanned again')], ['Ctrl+Z', t('undo, also in the record before')]]],
]
export const KeyTable = () => KEYS().map(([name, rows]) => (
    <table key={name} class="keys"><caption>{name}</caption>
        <tbody>{rows.map(([key, text]) => (
            <tr key={key}><th scope="row">{key.split(' ').map(k => <kbd key={k}>{k}</kbd>)}</th><td>{text}</td></tr>
        ))}</tbody></table>
))

export function Shell({ children, onSwitch }) {
    const [keys, setKeys] = useState(false)
    useKeys({
        F2: () => onSwitch(),
        '?': () => setKeys(true), 'Shift+?': () => setKeys(true),
        'Ctrl+K': () => go('search'),
    })
    return (
        <>
            <Bar />
            <main id="main">{children}</main>
            <Counts />
            <div class="unseen" role="status" aria-live="polite">{said.value}</div>
            {keys && <Dialog title={t('Keys')} onClose={() => setKeys(false)}>
                <KeyTable />
                <Buttons><button type="button" class="main" autofocus onClick={() => setKeys(false)}>{t('Close')}</button></Buttons>
            </Dialog>}
        </>
    )
}
