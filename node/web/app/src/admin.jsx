// SPDX-License-Identifier: Apache-2.0
// Users, settings, the history of a record.
import { useState } from 'preact/hooks'
import { attempt, get, mayExport, patch, post, put, savePdf, session, tell } from './api.js'
import { both, moment, t, textOf } from './i18n.js'
import { Icon } from './icons.jsx'
import { useKeys } from './keys.js'
import { Buttons, Choices, Dialog, Empty, Field, Form, Loading, Sign, Title, useData } from './parts.jsx'
import { label } from './records.js'
import { shown } from './form.js'
import { mayAdmin, mayChange } from './shell.jsx'
import { say } from './state.js'
import { correct } from './verify.jsx'
import { Language } from './doors.jsx'

const ROLES = () => [
    ['clerk', t('clerk'), t('scans and corrects')],
    ['verifier', t('verifier'), t('verifies, and all that a clerk does')],
    ['admin', t('administrator'), t('looks after users and settings')],
    ['district', t('district reader'), t('reads only')],
    ['auditor', t('auditor'), t('reads all of it, and who looked at what; changes nothing')],
]

function Person({ user, onDone, onClose }) {
    const [role, setRole] = useState(user?.role ?? 'clerk')
    const [wrong, setWrong] = useState({})
    const send = async data => {
        const name = user?.name ?? data.get('name').trim()
        const password = data.get('password')
        const found = {}
        if (!name) found.name = t('Choose a name, for example lan.')
        if ((!user || password) && password.length < 8) found.password = t('Use at least 8 characters.')
        setWrong(found)
        if (Object.keys(found).length) return
        try {
            if (user) await patch(`/users/${encodeURIComponent(name)}`, { role, ...(password ? { password } : {}) })
            else await post('/users', { user: name, role, password })
            say(t('Kept'))
            onDone()
        } catch (e) {
            if (e.status === 422 || e.status === 409) setWrong({ name: textOf({ ...e, code: e.code }) })
            else tell(e)
        }
    }
    const title = user ? t('User {name}', { name: user.name }) : t('New user')
    return (
        <Dialog title={title} onClose={onClose}>
            <Form onSend={send} label={title} keep={`user/${user?.name ?? ''}`}>
                {!user && <Field label={t('User name')} error={wrong.name}>{p => <input {...p} name="name" type="text" autofocus autocomplete="off" autocapitalize="none" spellcheck={false} />}</Field>}
                {user && wrong.name && <p class="error" role="alert">{wrong.name}</p>}
                <Choices legend={t('Task')} name="role" value={role} onChange={setRole} options={ROLES()} />
                <Field label={user ? t('New password (empty: as before)') : t('Password')} error={wrong.password}
                    hint={t('At least 8 characters. A short sentence is easy to remember.')}>{p => <input {...p} name="password" type="password" autocomplete="new-password" />}</Field>
                <Buttons><button class="main">{t('Keep')}</button><button type="button" class="quiet" onClick={onClose}>{t('Cancel')}</button></Buttons>
            </Form>
        </Dialog>
    )
}

export function Users() {
    const { data, failed, again } = useData(s => get('/users', s), [])
    const [one, setOne] = useState(undefined)
    if (failed?.status === 403) return <><Title title={t('Users')} /><p>{t('Only an administrator sees this.')}</p></>
    const turn = u => attempt(async () => {
        await patch(`/users/${encodeURIComponent(u.name ?? u.user)}`, { active: u.active === false })
        again()
    })
    return (
        <div class="screen narrow">
            <Title title={t('Users')} side={mayAdmin() && <button type="button" class="main" onClick={() => setOne(null)}><Icon name="plus" />{t('New user')}</button>} />
            {!data ? <Loading /> : <table class="list"><thead><tr><th scope="col">{t('User name')}</th><th scope="col">{t('Task')}</th><th scope="col">{t('State')}</th><th scope="col"><span class="unseen">{t('What to do')}</span></th></tr></thead>
                <tbody>{data.rows.map(u => {
                    const name = u.name ?? u.user
                    return <tr key={name}><th scope="row">{name}</th><td>{label.role(u.role)}</td>
                        <td>{u.active === false ? <Sign kind="grey">{t('may not log in')}</Sign> : <Sign kind="green">{t('may log in')}</Sign>}</td>
                        <td class="n">{mayAdmin() && <button type="button" class="small" onClick={() => setOne({ ...u, name })}>{t('Change')}</button>}
                            {mayAdmin() && name !== session.value.user.name && <button type="button" class="small quiet" onClick={() => turn(u)}>{u.active === false ? t('Let in again') : t('Shut out')}</button>}</td></tr>
                })}</tbody></table>}
            {one !== undefined && <Person user={one} onClose={() => setOne(undefined)} onDone={() => { setOne(undefined); again() }} />}
        </div>
    )
}

// ---- settings ------------------------------------------------------------------------

const NAMES = () => ({
    'backup.folder': t('Folder of the backup'), 'keep.masters_days': t('Days that scans stay here'),
    'ocr.jobs': t('Pages read at the same time'), 'ocr.choice': t('Choose marks by the words around'),
    'ocr.duplex': t('Pages are two sides of a sheet'), 'seal.level': t('What may be sealed'),
    'seal.keying': t('Second keying before sealing'),
    'sync.auto': t('Sends by itself'),
    'sync.daily_mib': t('MiB a day at most'), 'sync.masters': t('When scans are sent'),
    'sync.night': t('Hours of the night'), 'sync.window': t('Hours of the line'),
    'upstream.url': t('Address of the province'), lang: t('Language of messages'),
    'sync.warm_s': t('Seconds the line stays open'), 'sync.idle_s': t('Seconds of patience'),
})
const VALUES = () => ({
    on: t('yes'), off: t('no'), tell: t('told'), need: t('needed'), verified: t('verified'), recognized: t('also what is only read'),
    always: t('always'), night: t('at night'), stick: t('by stick'), never: t('never'), vi: 'Tiếng Việt', en: 'English',
})

function Setting({ row, may, onKept }) {
    const name = row.key
    const [text, setText] = useState(String(row.value ?? ''))
    const [wrong, setWrong] = useState('')
    const choices = Array.isArray(row.choices) && row.choices.length ? row.choices : null
    const keep = async value => {
        setWrong('')
        if (String(value) === String(row.value ?? '')) return
        try {
            await put('/settings', { [name]: value })
            say(t('Kept'))
            onKept()
        } catch (e) {
            if (e.status === 422) setWrong(textOf(e))
            else tell(e)
        }
    }
    return (
        <Field label={NAMES()[name] ?? name} hint={both(row.help)} error={wrong}>{p => (choices
            ? <select {...p} disabled={!may} value={text} onChange={e => { setText(e.target.value); keep(e.target.value) }}>
                {choices.map(c => <option key={c} value={c}>{VALUES()[c] ?? c}</option>)}</select>
            : <input {...p} type="text" disabled={!may} value={text} placeholder={row.default ?? ''} spellcheck={false}
                onInput={e => setText(e.target.value)} onBlur={() => keep(text.trim())}
                onKeyDown={e => { if (e.key === 'Enter' && !e.isComposing && e.keyCode !== 229) keep(text.trim()) }} />)}</Field>
    )
}

export function Settings() {
    const { data, failed, again } = useData(s => get('/settings', s), [])
    const rows = data?.rows ?? []
    const may = session.value.user.role === 'admin'
    return (
        <div class="screen narrow">
            <Title title={t('Settings')} />
            <section class="card"><h2>{t('This browser')}</h2><Language /></section>
            {failed?.status === 403 ? <p>{t('Only an administrator sees the others.')}</p> : !data ? <Loading /> :
                <section class="card settings"><h2>{t('This computer')}</h2>
                    {!may && <p>{t('Only an administrator can change these.')}</p>}
                    {rows.slice(0, 12).map(r => <Setting key={`${r.key}-${r.value}`} row={r} may={may} onKept={again} />)}</section>}
        </div>
    )
}

// ---- history -------------------------------------------------------------------------

const keyingState = name => ({ open: t('waits for a second person'), differs: t('two answers differ'),
    agreed: t('keyed twice, the same'), settled: t('decided by a third person') })[name] ?? name

const ACTS = () => ({
    'item.new': t('taken in'), 'item.set': t('fields written'), 'item.verify': t('verified'),
    'item.return': t('sent back'), 'item.recognize': t('read by the program'), 'page.import': t('taken in'),
    'item.return.above': t('sent back by the province'),
    'item.mark': t('said to be empty'), 'item.undo': t('taken back'), 'item.place': t('put elsewhere'),
    'keying.second': t('keyed again'), 'keying.settle': t('decided between two answers'),
    import: t('taken in'), 'bundle.seal': t('sealed'), seal: t('sealed'),
})

export function History({ item }) {
    const { data, failed } = useData(s => get(`/items/${encodeURIComponent(item)}/history`, s), [item])
    useKeys({ F7: () => (mayChange() ? correct(item) : false) })
    if (failed) return <><Title title={t('History')} /><Empty icon="warn">{t('There is no such record.')}</Empty></>
    // One order of time for acts, values, keyings, seals and receipts.
    const rows = [...data?.rows ?? []].sort((a, b) => (a.at || Infinity) - (b.at || Infinity))
    const answer = (field, a) => shown(field, a.value) || (a.mark === 'blank' ? t('empty in the book') : a.mark ? t('cannot be read') : t('(empty)'))
    const what = r => {
        if (r.type === 'value')
            return <><b>{label.whole(r.field)}</b>: {shown(r.field, r.value) || <i>{t('(empty)')}</i>} <small>{r.source === 'clerk' ? t('by hand') : t('read by the program')}{r.doubtful ? ` · ${t('doubtful')}` : ''}</small></>
        if (r.type === 'revision')
            return <><b>{t('revision {n}', { n: r.rev })}</b> {label.state(r.level)}{r.receipt_at ? <> · <Sign kind="green">{t('receipt {clock}', { clock: moment(r.receipt_at) })}</Sign></> : null}</>
        if (r.type === 'keying')
            return <><b>{t('second keying')}</b> {label.whole(r.field)}: {keyingState(r.state)}{r.final && <><br />
                <small>{[r.first, r.second].map(a => `${a.actor ?? '?'}: ${answer(r.field, a)}`).join(' · ')}
                    {r.approver && ` · ${r.approver}: ${answer(r.field, r.final)}`}</small></>}</>
        const detail = r.detail?.why ?? (typeof r.detail === 'string' ? r.detail : Array.isArray(r.detail) ? r.detail.map(label.whole).join(', ') : '')
        const act = r.act === 'item.return' && r.via === 'upstream' ? 'item.return.above' : r.act
        return <><b>{ACTS()[act] ?? act}</b> {detail}{r.detail?.rev && <small> · {t('revision {n}', { n: r.detail.rev })}</small>}</>
    }
    return (
        <div class="screen narrow">
            <Title title={t('History of {item}', { item })} side={<div class="row">
                {mayExport() && <button type="button" class="quiet" onClick={() => savePdf(item)}>{t('Save as PDF')}</button>}
                <button type="button" class="quiet" onClick={() => print()}><Icon name="print" />{t('Print')}</button>
                <a class="button" href={`#/verify/${encodeURIComponent(item)}`}>{t('Open the record')}</a></div>} />
            {!data ? <Loading /> : <table class="list"><thead><tr><th scope="col">{t('When')}</th><th scope="col">{t('Who')}</th><th scope="col">{t('What')}</th></tr></thead>
                <tbody>{rows.map((r, i) => <tr key={i}><td>{r.at ? moment(r.at) : t('now')}</td><td>{r.actor || r.second?.actor || ''}</td><td>{what(r)}</td></tr>)}</tbody></table>}
            <p class="hint">{t('Nothing is ever overwritten: every value that was written stands here, and a later change of this list would be noticed.')}</p>
        </div>
    )
}
