// SPDX-License-Identifier: Apache-2.0
// Registers and files: opening one, its numbers, its gaps, its closing count.
import { useState } from 'preact/hooks'
import { attempt, get, patch, post } from './api.js'
import { number, t } from './i18n.js'
import { Icon } from './icons.jsx'
import { Residual } from './keying.jsx'
import { Buttons, Choices, Dialog, Empty, Field, Form, Loading, Meter, Sign, Title, useData } from './parts.jsx'
import { dossierTitle, kinds, label } from './records.js'
import { mayChange } from './shell.jsx'
import { AskSlips, Sheets } from './slips.jsx'
import { chooseDossier, dossierId, dossiers, go, loadDossiers, loadGaps, say } from './state.js'

const num = v => (v === '' || v == null ? undefined : Number(v))

export function NewBook() {
    const [what, setWhat] = useState('register')
    const [register, setRegister] = useState('birth')
    const [year, setYear] = useState('')
    const [volume, setVolume] = useState('1')
    const [title, setTitle] = useState(null)
    const [wrong, setWrong] = useState({})
    const own = title ?? (what === 'register'
        ? [label.kind(register), year, volume && t('volume {n}', { n: volume })].filter(Boolean).join(' · ') : '')
    const send = async data => {
        const found = {}
        const from = num(data.get('from'))
        const to = num(data.get('to'))
        if (!own.trim()) found.title = t('Say what stands on its cover.')
        if (what === 'register' && !(Number(year) >= 1900 && Number(year) <= 2100)) found.year = t('Four digits, as 2003.')
        if (from && to && to < from) found.to = t('The last number is below the first.')
        setWrong(found)
        if (Object.keys(found).length) return
        const made = await attempt(() => post('/dossiers', { kind: what, title: own.trim(),
            ...(what === 'register' ? { register, year: num(year), volume: num(volume), from, to } : {}),
            ...(num(data.get('expect')) ? { expect: num(data.get('expect')) } : {}) }))
        if (!made) return
        await loadDossiers()
        chooseDossier(made.dossier)
        say(t('Open: {title}', { title: own }))
        go('scan')
    }
    return (
        <div class="screen narrow">
            <Title title={t('Open a register')} />
            <Form onSend={send} label={t('Open a register')} keep="book">
                <Choices legend={t('What lies before you?')} name="what" value={what} onChange={setWhat}
                    options={[['register', t('A register'), t('a bound book with numbered entries')],
                        ['file', t('A file of documents'), t('papers that belong to one matter')]]} />
                {what === 'register' && <>
                    <Field label={t('Kind of register')}>{p => <select {...p} name="register" value={register} onChange={e => setRegister(e.target.value)}>
                        {kinds.filter(k => k.name !== 'document').map(k => <option key={k.name} value={k.name}>{label.kind(k.name)}</option>)}</select>}</Field>
                    <div class="row even">
                        <Field label={t('Year')} error={wrong.year}>{p => <input {...p} name="year" type="text" inputMode="numeric" value={year}
                            onInput={e => setYear(e.target.value.trim())} />}</Field>
                        <Field label={t('Volume')}>{p => <input {...p} name="volume" type="text" inputMode="numeric" value={volume}
                            onInput={e => setVolume(e.target.value.trim())} />}</Field>
                    </div>
                    <div class="row even">
                        <Field label={t('First number')} hint={t('as in the book, often 1')}>{p => <input {...p} name="from" type="text" inputMode="numeric" />}</Field>
                        <Field label={t('Last number')} error={wrong.to} hint={t('so that gaps can be seen')}>{p => <input {...p} name="to" type="text" inputMode="numeric" />}</Field>
                    </div>
                </>}
                <Field label={t('Title on the cover')} error={wrong.title}>{p => <input {...p} name="title" type="text" value={own}
                    onInput={e => setTitle(e.target.value)} />}</Field>
                <Buttons>
                    <button class="main">{t('Open and scan')}</button>
                    <a class="button quiet" href="#/books">{t('Cancel')}</a>
                </Buttons>
            </Form>
        </div>
    )
}

export function Books() {
    const list = dossiers.value
    return (
        <div class="screen">
            <Title title={t('Registers and files')} side={mayChange() &&
                <a class="button main" href="#/books/new"><Icon name="plus" />{t('Open a register')}</a>} />
            {!list ? <Loading /> : list.length === 0 ? <Empty icon="books">{t('None is open yet.')}</Empty> :
                <div class="scroll" tabIndex={0} role="region" aria-label={t('Registers and files')}>
                    <table class="list">
                        <thead><tr><th scope="col">{t('Title')}</th><th scope="col">{t('Kind')}</th><th scope="col">{t('Year')}</th>
                            <th scope="col" class="n">{t('Numbers')}</th><th scope="col" class="n">{t('Records')}</th><th scope="col">{t('Closing count')}</th></tr></thead>
                        <tbody>{list.map(d => (
                            <tr key={d.dossier} class={d.dossier === dossierId.value ? 'now' : ''}>
                                <th scope="row"><a href={`#/books/${d.dossier}`}>{dossierTitle(d)}</a>
                                    {d.dossier === dossierId.value && <small> {t('on the desk')}</small>}</th>
                                <td>{d.register ? label.kind(d.register) : t('File')}</td><td>{d.year ?? ''}</td>
                                <td class="n">{d.from ? `${d.from}–${d.to}` : ''}</td><td class="n">{number(d.items)}</td>
                                <td>{d.closed_count != null ? <Sign kind="green">{t('closed with {n}', { n: number(d.closed_count) })}</Sign> : t('open')}</td>
                            </tr>))}</tbody>
                    </table>
                </div>}
        </div>
    )
}

const WHY = () => [['cancelled', t('cancelled')], ['torn', t('torn out')], ['blank', t('left blank')], ['other-book', t('stands in another book')]]

function Explain({ gap, dossier, onDone, onClose }) {
    const [why, setWhy] = useState('cancelled')
    const [from, setFrom] = useState(String(gap.from))
    const [to, setTo] = useState(String(gap.to))
    const send = async () => {
        const ok = await attempt(async () => {
            await post(`/dossiers/${dossier}/gaps`, { from: Number(from), to: Number(to), why })
            return true
        })
        if (!ok) return
        say(t('The gap is explained'))
        onDone()
    }
    return (
        <Dialog title={t('Why is it missing?')} onClose={onClose}>
            <Form onSend={send} label={t('Why is it missing?')} keep={`gap/${dossier}/${gap.from}`}>
                <div class="row even">
                    <Field label={t('From number')}>{p => <input {...p} name="from" type="text" inputMode="numeric" value={from} onInput={e => setFrom(e.target.value)} />}</Field>
                    <Field label={t('To number')}>{p => <input {...p} name="to" type="text" inputMode="numeric" value={to} onInput={e => setTo(e.target.value)} />}</Field>
                </div>
                <Choices legend={t('Reason')} name="why" value={why} onChange={setWhy} options={WHY()} />
                <Buttons><button class="main">{t('Keep the reason')}</button>
                    <button type="button" class="quiet" onClick={onClose}>{t('Cancel')}</button></Buttons>
            </Form>
        </Dialog>
    )
}

function Close({ dossier, found, onDone, onClose }) {
    const [count, setCount] = useState('')
    const send = async () => {
        const ok = await attempt(async () => {
            await post(`/dossiers/${dossier}/close`, { count: Number(count) })
            return true
        })
        if (ok) onDone()
    }
    return (
        <Dialog title={t('Closing count')} onClose={onClose}>
            <p>{t('How many entries does the book itself say it has, on its last page?')}</p>
            <Form onSend={send} label={t('Closing count')} keep={`close/${dossier}`}>
                <Field label={t('Entries by the book')} hint={t('Found here: {n}', { n: number(found) })}>{p =>
                    <input {...p} name="count" type="text" inputMode="numeric" autofocus value={count} onInput={e => setCount(e.target.value.replace(/\D/g, ''))} />}</Field>
                <Buttons><button class="main" disabled={!count}>{t('Close the register')}</button>
                    <button type="button" class="quiet" onClick={onClose}>{t('Cancel')}</button></Buttons>
            </Form>
        </Dialog>
    )
}

export function Book({ id }) {
    const book = useData(s => get(`/dossiers/${id}`, s), [id])
    const holes = useData(s => get(`/dossiers/${id}/gaps`, s), [id])
    const items = useData(s => get(`/items?dossier=${id}&limit=200`, s), [id])
    const [gap, setGap] = useState(null)
    const [closing, setClosing] = useState(false)
    const [naming, setNaming] = useState(null)
    const [slips, setSlips] = useState(null) // 'ask', or the rows
    const d = book.data
    if (!d) return book.failed ? <Title title={t('There is no such register')} /> : <Loading />
    const done = () => {
        setGap(null)
        setClosing(false)
        book.again()
        holes.again()
        loadDossiers()
        loadGaps()
    }
    const all = d.from && d.to ? d.to - d.from + 1 : 0
    const rows = holes.data?.rows ?? []
    if (slips && slips !== 'ask') return <Sheets rows={slips} onClose={() => setSlips(null)} />
    return (
        <div class="screen">
            <Title title={dossierTitle(d)} side={<div class="row">
                <button type="button" class="quiet" onClick={() => print()}><Icon name="print" />{t('Print')}</button>
                {mayChange() && d.closed_count == null && <button type="button" onClick={() => setSlips('ask')}>{t('Print slips')}</button>}
                {mayChange() && <button type="button" onClick={() => setNaming(d.title)}>{t('Rename')}</button>}
                {mayChange() && d.register && <button type="button" onClick={() => setClosing(true)}>{t('Closing count')}</button>}
                {d.dossier !== dossierId.value && <button type="button" class="main"
                    onClick={() => { chooseDossier(d.dossier); go('scan') }}>{t('Put on the desk')}</button>}
            </div>} />
            <div class="row facts">
                {d.register && <span>{label.kind(d.register)}</span>}
                {d.year && <span>{t('Year')} {d.year}</span>}
                {d.from && <span>{t('Numbers')} {d.from}–{d.to}</span>}
                <span>{d.closed_count != null ? t('closed with {n}', { n: number(d.closed_count) }) : t('not closed yet')}</span>
            </div>
            {all > 0 && <Meter value={d.items ?? 0} max={all} label={t('Numbers of this register')} />}
            <Residual of={id} />
            <section class="card">
                <h2>{t('Gaps and doubles')}</h2>
                {rows.length === 0 ? <Sign kind="green">{t('No gap, no double.')}</Sign> :
                    <table class="list"><thead><tr><th scope="col">{t('What')}</th><th scope="col">{t('Number')}</th><th scope="col"><span class="unseen">{t('What to do')}</span></th></tr></thead>
                        <tbody>{rows.map((g, i) => <tr key={i}>
                            <td>{g.type === 'duplicate' ? <Sign kind="red">{t('doubled')}</Sign> : g.type === 'count' ? <Sign kind="red">{t('count differs')}</Sign>
                                : <Sign kind="amber">{t('missing')}</Sign>}</td>
                            <td>{g.type === 'duplicate' ? g.number : g.type === 'count' ? t('by the book {n}, found {m}', { n: g.counted, m: g.found })
                                : g.from === g.to ? g.from : `${g.from}–${g.to}`}</td>
                            <td class="n">{(g.type === 'gap' || !g.type) && mayChange() &&
                                <button type="button" class="small" onClick={() => setGap(g)}>{t('Explain')}</button>}
                            {g.type === 'duplicate' && <a class="button small" href={`#/search?q=${encodeURIComponent(g.number)}`}>{t('Look')}</a>}</td>
                        </tr>)}</tbody></table>}
            </section>
            <section class="card">
                <h2>{t('Records')}</h2>
                {items.data?.rows?.length ? <table class="list"><thead><tr><th scope="col">{t('Number')}</th><th scope="col">{t('Title')}</th>
                    <th scope="col">{t('State')}</th><th scope="col" class="n">{t('Pages')}</th><th scope="col" class="n">{t('Doubtful')}</th></tr></thead>
                    <tbody>{items.data.rows.map(r => <tr key={r.item}>
                        <th scope="row"><a href={`#/verify/${r.item}`}>{r.number || r.item}</a></th><td>{r.title}</td>
                        <td>{label.state(r.state)}</td><td class="n">{r.pages}</td><td class="n">{r.doubtful || ''}</td></tr>)}</tbody></table>
                    : <p>{t('No record yet.')}</p>}
            </section>
            <p class="signature">{t('Checked by')}<br /><br /><br />{t('Date, signature')}</p>
            {slips === 'ask' && <AskSlips dossier={d.dossier} numbers={!!d.register} onRows={setSlips} onClose={() => setSlips(null)} />}
            {gap && <Explain gap={gap} dossier={d.dossier} onDone={done} onClose={() => setGap(null)} />}
            {closing && <Close dossier={d.dossier} found={d.items} onDone={done} onClose={() => setClosing(false)} />}
            {naming != null && <Dialog title={t('Rename')} onClose={() => setNaming(null)}>
                <Form label={t('Rename')} keep={`rename/${d.dossier}`} onSend={async () => {
                    await attempt(() => patch(`/dossiers/${d.dossier}`, { title: naming.trim() }))
                    setNaming(null)
                    done()
                }}>
                    <Field label={t('Title on the cover')}>{p => <input {...p} name="title" type="text" autofocus value={naming} onInput={e => setNaming(e.target.value)} />}</Field>
                    <Buttons><button class="main">{t('Keep')}</button><button type="button" class="quiet" onClick={() => setNaming(null)}>{t('Cancel')}</button></Buttons>
                </Form></Dialog>}
        </div>
    )
}
