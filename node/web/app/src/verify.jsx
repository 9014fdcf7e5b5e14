// SPDX-License-Identifier: Apache-2.0
// Place 2: the picture beside the form. Enter through the doubtful fields, Ctrl+Enter: done.
import { signal } from '@preact/signals'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { attempt, get, pictureUrl, post, session } from './api.js'
import { RecordForm, groupsOf, shown } from './form.js'
import { number, t, textOf, tn } from './i18n.js'
import { Icon } from './icons.jsx'
import { Lanes, keepBefore, offersFor } from './keying.jsx'
import { composing, useKeys } from './keys.js'
import { Buttons, Choices, Dialog, Empty, Field, Form, Loading, Sign, Title, useData } from './parts.jsx'
import { PageTools } from './pages.jsx'
import { dossierTitle, fieldDef, label } from './records.js'
import { mayChange } from './shell.jsx'
import { counts, countsChanged, dossier, dossierId, go, say } from './state.js'
import { Strip, Viewer } from './viewer.jsx'

const id = encodeURIComponent
const OPEN = ['returned', 'described', 'recognized']
const queue = signal([]) // records to be verified, in the order of the book
const done = [] // what was changed in this sitting, newest last
let wanted = null // name of the field that the next form begins at
let correcting = '' // the sealed record that is to be corrected: it begins at the reason

/** F7 of the screens that show a record: correct it after sealing. */
export function correct(item) {
    correcting = item
    go(`verify/${id(item)}`)
}

const order = new Intl.Collator('vi', { numeric: true })
const newer = (a, b) => order.compare(a.number || a.item, b.number || b.item)

async function loadQueue(stop, lane) {
    const of = (dossierId.value ? `&dossier=${id(dossierId.value)}` : '') + (lane ? '&lane=keying' : '')
    const lists = await Promise.all(OPEN.map(s => get(`/items?state=${s}${of}&limit=200`, stop)))
    queue.value = lists.flatMap(l => l.rows).sort(newer)
    return queue.value
}

// ---- a field -------------------------------------------------------------------------

function Input({ row, now, onFocus }) {
    const f = fieldDef(row.name)
    const name = `f-${row.name}`
    const text = row.text.value
    const doubt = row.doubtful.value
    const state = row.state.value
    const about = [doubt && `${name}-why`, row.error.value && `${name}-error`, row.warnings.value.length && `${name}-warn`]
        .filter(Boolean).join(' ') || undefined
    const long = f.chars >= 300 || text.length > 34
    const shape = long ? { rows: Math.min(4, Math.ceil((text.length + 1) / 44)) } : {}
    const Tag = long ? 'textarea' : 'input'
    return (
        <div class={`cell ${long ? 'long' : f.chars > 60 ? 'mid' : ''} ${doubt ? 'doubt' : ''} ${now ? 'now' : ''} ${row.error.value ? 'wrong' : ''}`}>
            <label for={name}>{label.field(row.name)}
                {state === 'saving' ? <small class="state">{t('saving …')}</small>
                    : state === 'saved' ? <small class="state ok"><Icon name="ok" size={14} />{t('saved')}</small>
                        : state === 'kept' ? <small class="state warn">{t('kept here, saved later')}</small>
                            : state === 'restored' ? <small class="state warn">{t('as you had typed it')}</small>
                                    : row.mark ? <small class="state">{row.mark.mark === 'blank' ? t('empty in the book') : t('cannot be read')}</small>
                            : row.source.value === 'clerk' ? <small class="state"><Icon name="lock" size={13} />{t('by hand')}</small> : null}
            </label>
            <Tag id={name} name={row.name} value={text} type={long ? undefined : 'text'} {...shape}
                autocomplete="off" spellcheck={false} lang="vi" maxLength={f.chars * 2}
                readOnly={!mayChange()} aria-describedby={about} aria-invalid={row.error.value ? 'true' : undefined}
                onInput={e => row.type(e.target.value)} onFocus={e => onFocus(row, e)}
                onBlur={() => row.save()} />
            {doubt && <p class="why" id={`${name}-why`}><Icon name="warn" size={15} />{row.why.value || t('compare it with the picture')}</p>}
            {now && mayChange() && row.choices.length > (row.offer ? 0 : 1) && <p class="choices-line"><span>{row.offer ? t('As before') : t('Readings')} <kbd>Alt+↑↓</kbd></span>
                {row.choices.slice(0, 5).map(c => <button type="button" key={c} tabIndex={-1} class={shown(row.name, c) === text ? 'small on' : 'small'}
                    onMouseDown={e => e.preventDefault()} onClick={() => row.type(shown(row.name, c))}>{shown(row.name, c)}</button>)}</p>}
            {row.error.value && <p class="error" id={`${name}-error`} role="alert">{row.error.value}</p>}
            {row.warnings.value.length > 0 && <p class="why" id={`${name}-warn`}>{row.warnings.value.map(textOf).join(' ')}</p>}
            {row.clash.value != null && <div class="clash" role="alert">
                <p>{t('Somebody changed this meanwhile to:')} <b>{shown(row.name, row.clash.value) || t('(empty)')}</b></p>
                <button type="button" class="small" onClick={() => row.settle(true)}>{t('Keep mine')}</button>
                <button type="button" class="small" onClick={() => row.settle(false)}>{t('Take theirs')}</button></div>}
        </div>
    )
}

// ---- dialogs -------------------------------------------------------------------------

export function Why({ title, options, button, keep, onSend, onClose }) {
    const [why, setWhy] = useState(options[0][0])
    const [more, setMore] = useState('')
    return (
        <Dialog title={title} onClose={onClose}>
            <Form label={title} keep={keep} onSend={() => onSend([why !== 'other' && why, more.trim()].filter(Boolean).join(': ') || why)}>
                <Choices legend={t('Reason')} name="why" value={why} onChange={setWhy} options={options} />
                <Field label={t('More about it')}>{p => <input {...p} name="more" type="text" value={more} onInput={e => setMore(e.target.value)} />}</Field>
                <Buttons><button class="main">{button}</button>
                    <button type="button" class="quiet" onClick={onClose}>{t('Cancel')}</button></Buttons>
            </Form>
        </Dialog>
    )
}

export const ILLEGIBLE = () => [['faded', t('the ink has faded')], ['torn', t('torn or eaten')], ['stained', t('stained')],
    ['handwriting', t('the hand cannot be read')], ['other', t('another reason')]]
const RETURN = () => [['blurred', t('the picture is blurred')], ['cut-off', t('a side is cut off')],
    ['wrong-page', t('it is another page')], ['missing-page', t('a page is missing')], ['other', t('another reason')]]

// ---- one record ----------------------------------------------------------------------

function Record({ item, lane, onNext, onReload }) {
    const form = useMemo(() => new RecordForm(item, done, lane ? offersFor(item) : null), [item])
    const [now, setNow] = useState(null)
    const [ask, setAsk] = useState('')
    const [busy, setBusy] = useState(false)
    const may = mayChange()
    const node = useRef(null)
    const input = name => node.current?.querySelector(`[name="${CSS.escape(name)}"]`)
    const focus = row => {
        const box = row && input(row.name)
        if (!box) return false
        setNow(row)
        box.focus()
        box.select?.()
        box.scrollIntoView({ block: 'nearest' })
        return true
    }
    useEffect(() => {
        const first = form.row(wanted ?? '')
        wanted = null
        const why = correcting === item.item && document.getElementById('why')
        correcting = ''
        if (why) why.focus()
        else focus(first ?? form.front.find(r => r.state.value === 'restored') ??
            form.front.find(r => (lane ? !r.seen && !r.mark : r.doubtful.value)) ?? form.front[0])
        say(t('Record {n}: {m} doubtful', { n: form.row('so')?.seen || item.item, m: form.doubtful.length }))
    }, [form])

    const current = () => form.row(document.activeElement?.name ?? '') ?? now
    const accept = step => {
        const row = current()
        if (!row) return false
        const next = lane ? form.beside(row.name, step) : form.next(row.name, step)
        if (may) row.save(!lane || row.text.value !== '')
        if (!focus(next)) say(t('All are looked at. Ctrl+Enter: done.'))
        return true
    }
    const finish = async () => {
        if (busy) return
        if (!may) {
            onNext(item.item)
            return
        }
        setBusy(true)
        try {
            const row = current()
            if (row && !await row.save(true)) return
            if (!await form.saveAll()) return
            const open = form.doubtful.find(r => form.front.includes(r))
            if (open) {
                focus(open)
                say(tn('{n} doubtful field is left', '{n} doubtful fields are left', form.doubtful.length))
                return
            }
            if (session.value.user.role !== 'clerk') {
                const ok = await attempt(async () => {
                    await post(`/items/${id(item.item)}/verify`)
                    return true
                })
                if (!ok) return
                done.push({ item: item.item })
                say(t('Verified'))
            }
            keepBefore(item, form)
            onNext(item.item)
        } finally {
            setBusy(false)
        }
    }
    const illegible = why => {
        const row = now
        return attempt(async () => {
            await post(`/items/${id(item.item)}/illegible`, { field: row.name, why, seen: row.seen })
            done.push({ item: item.item, field: row.name })
            setAsk('')
            wanted = (lane ? form.beside(row.name, 1) : form.next(row.name))?.name ?? row.name
            onReload()
        })
    }
    const blank = () => {
        const row = current()
        if (!row) return
        setNow(row)
        attempt(async () => {
            await post(`/items/${id(item.item)}/blank`, { field: row.name, seen: row.seen })
            done.push({ item: item.item, field: row.name })
            wanted = (lane ? form.beside(row.name, 1) : form.next(row.name))?.name ?? row.name
            onReload()
        })
    }
    const sendBack = why => attempt(async () => {
        await form.saveAll()
        await post(`/items/${id(item.item)}/return`, { why })
        setAsk('')
        say(t('Sent back'))
        onNext(item.item)
    })
    // What is typed and not saved yet the field itself undoes.
    const undo = () => {
        const row = form.row(document.activeElement?.name ?? '')
        if (row?.dirty) return false
        const last = done.pop()
        if (!last) {
            say(t('There is nothing to undo'))
            return true
        }
        attempt(async () => {
            await post(`/items/${id(last.item)}/undo`)
            wanted = last.field ?? null
            say(t('Undone'))
            if (last.item === item.item) onReload()
            else go(`${lane ? 'key' : 'verify'}/${id(last.item)}`)
        })
        return true
    }
    const choose = step => {
        const taken = current()?.choose(step)
        if (taken) say(taken)
        return true
    }
    const modal = name => () => {
        const row = current()
        if (row) setNow(row)
        if (row || name === 'return') setAsk(name)
    }
    useKeys({
        Enter: e => (node.current?.contains(e.target) && e.target.name ? accept(1) : false),
        'Shift+Enter': e => (node.current?.contains(e.target) && e.target.name ? accept(-1) : false),
        'Ctrl+Enter': finish,
        'Alt+ArrowUp': () => (may ? choose(-1) : false), 'Alt+ArrowDown': () => (may ? choose(1) : false),
        F7: () => (may && item.state === 'sealed' ? document.getElementById('why')?.focus() : false),
        ...(may ? { F4: modal('illegible'), F8: blank, F9: modal('return'), 'Ctrl+Z': undo } : {}),
    })
    const front = form.front
    const rest = form.rows.filter(r => !front.includes(r))
    const left = form.doubtful.length
    const title = [form.row('so')?.seen || form.row('CodeNumber')?.seen || item.item, label.kind(item.kind)].join(' · ')
    const boxes = now?.box ? [now.box] : []
    const see = row => setNow(row)
    return (
        <div class="record">
            <div class="left">
                <Strip pages={item.pages} box={now?.box} name={now ? label.whole(now.name) : ''} />
                <Viewer pages={item.pages} boxes={boxes} tools={p => mayChange() && <PageTools page={p} name={title} onDone={onReload} />} />
            </div>
            <div class="right">
                <div class="head">
                    <h1 tabIndex={-1}>{title}</h1>
                    {left > 0 ? <Sign kind="amber">{t('{n} to be looked at', { n: left })}</Sign>
                        : <Sign kind="green">{t('all are looked at')}</Sign>}
                    <a class="button small quiet" href={`#/history/${id(item.item)}`}><Icon name="history" size={16} />{t('History')}</a>
                </div>
                {item.above ? <p class="banner"><Icon name="warn" /><span><b>{t('The province sent revision {n} back:', { n: item.above.rev })}</b> {item.above.why}</span></p>
                    : item.state === 'returned' && <p class="banner"><Icon name="warn" />{t('It was sent back.')} {item.returned?.why ?? ''}</p>}
                {item.correction && (!item.above || item.correction.why) && <p class="banner"><Icon name="seal" /><span>{t('Revision {n}, a correction after sealing.', { n: item.correction.rev })} {item.correction.why ?? ''}</span></p>}
                {may && item.state === 'sealed' && <div class="banner"><Icon name="seal" /><div class="grow">
                    <p>{t('It is sealed. A correction makes a new revision, which is verified and sealed again.')}</p>
                    <label for="why">{t('Correct after sealing: why?')} <kbd>F7</kbd></label>
                    <input id="why" type="text" onInput={e => { form.why = e.target.value.trim() }}
                        onKeyDown={e => { if (e.key === 'Enter' && !composing(e) && form.why) focus(form.front[0]) }} /></div></div>}
                {item.state === 'verified' && <p class="banner ok"><Icon name="ok" />{t('It is verified.')}</p>}
                <form ref={node} onSubmit={e => e.preventDefault()} aria-label={title}>
                    {groupsOf(front).map(g => (
                        <fieldset key={g.name} class="group">{g.name && <legend>{g.name}</legend>}
                            {g.rows.map(r => <Input key={r.name} row={r} now={now?.name === r.name} onFocus={see} />)}</fieldset>))}
                    {rest.length > 0 && <details><summary>{tn('{n} more field', '{n} more fields', rest.length)}</summary>
                        {groupsOf(rest).map(g => <fieldset key={g.name} class="group">{g.name && <legend>{g.name}</legend>}
                            {g.rows.map(r => <Input key={r.name} row={r} now={now?.name === r.name} onFocus={see} />)}</fieldset>)}</details>}
                </form>
                {may ? <div class="foot">
                    <button type="button" class="main" disabled={busy} onClick={finish}>{t('Done')} <kbd>Ctrl+Enter</kbd></button>
                    <button type="button" class="small" onMouseDown={e => e.preventDefault()} onClick={modal('illegible')}>{t('Cannot be read')} <kbd>F4</kbd></button>
                    <button type="button" class="small" onMouseDown={e => e.preventDefault()} onClick={blank}>{t('Empty in the book')} <kbd>F8</kbd></button>
                    <button type="button" class="small" onClick={modal('return')}>{t('Send back')} <kbd>F9</kbd></button>
                    <button type="button" class="small" onMouseDown={e => e.preventDefault()} onClick={undo}><Icon name="undo" size={16} />{t('Undo')} <kbd>Ctrl+Z</kbd></button>
                </div>
                    : <p class="hint">{t('You read here; nothing can be changed.')}</p>}
                <p class="keys-line">{!may ? '' : lane ? t('Enter: next field · Alt+↑↓: as in the record before · Ctrl+Enter: done') : t('Enter: right, next doubtful field · Tab: every field · Alt+↑↓: another reading')}</p>
            </div>
            {ask === 'illegible' && <Why keep={`illegible/${item.item}/${now.name}`} title={t('Cannot be read: {name}', { name: label.whole(now.name) })} options={ILLEGIBLE()}
                button={t('Keep the reason')} onSend={illegible} onClose={() => setAsk('')} />}
            {ask === 'return' && <Why keep={`return/${item.item}`} title={t('Send back to be scanned again')} options={RETURN()}
                button={t('Send back')} onSend={sendBack} onClose={() => setAsk('')} />}
        </div>
    )
}

// ---- the place -----------------------------------------------------------------------

const ahead = new Map() // records fetched before they are asked for

// One that is on its way is not asked for twice; one that did not come is.
async function fetchItem(item, stop) {
    const kept = await ahead.get(item)
    ahead.delete(item)
    return kept ?? get(`/items/${id(item)}`, stop)
}

function look(item) {
    if (!item || ahead.has(item)) return
    ahead.clear()
    ahead.set(item, get(`/items/${id(item)}`).then(i => {
        if (i.pages?.[0]) new Image().src = pictureUrl(i.pages[0].page, 1600)
        return i
    }, () => null))
}

/** @lane: only records that are keyed in by hand, field after field. */
export function Verify({ item, lane }) {
    const here = lane ? 'key' : 'verify'
    const list = useData(stop => loadQueue(stop, lane), [dossierId.value, lane])
    const shownItem = item || queue.value[0]?.item
    const [turn, setTurn] = useState(0)
    const one = useData(s => (shownItem ? fetchItem(shownItem, s) : Promise.resolve(null)), [shownItem, turn])
    const rows = queue.value
    const at = rows.findIndex(r => r.item === shownItem)
    const after = at >= 0 ? rows[at + 1] : rows[0]
    useEffect(() => look(after?.item), [after?.item, one.data?.item])
    const reload = () => {
        ahead.clear()
        setTurn(n => n + 1)
    }
    const next = from => {
        const now = queue.value
        const i = now.findIndex(r => r.item === from)
        const to = now[i + 1] ?? now.find(r => r.item !== from)
        queue.value = now.filter(r => r.item !== from)
        countsChanged()
        if (to && to.item !== from) go(`${here}/${id(to.item)}`, true)
        else {
            go(here, true)
            list.again()
        }
    }
    useKeys({
        'Alt+PageDown': () => after && go(`${here}/${id(after.item)}`),
        'Alt+PageUp': () => at > 0 && go(`${here}/${id(rows[at - 1].item)}`),
    })
    const d = dossier.value
    const total = counts.value?.review ?? rows.length
    if (list.failed && !list.data) return <div class="screen"><Title title={t('Verify')} /><p>{t('The list could not be fetched.')} <button type="button" onClick={list.again}>{t('Try again')}</button></p></div>
    if (!list.data && !item) return <Loading />
    if (!shownItem)
        return (
            <div class="screen">
                <Title title={lane ? t('Key in from the picture') : t('Verify')} />
                <Lanes at={here} />
                <Empty icon="ok">
                    <p><b>{lane ? t('Nothing is left to be keyed in here.') : t('Nothing is left to verify here.')}</b></p>
                    {total > 0 && <p>{t('{n} wait in other registers.', { n: number(total) })}</p>}
                    <Buttons><a class="button main" href="#/seal"><Icon name="seal" />{t('Go on to sealing')}</a>
                        <a class="button" href="#/scan"><Icon name="scan" />{t('Scan more')}</a></Buttons>
                </Empty>
            </div>
        )
    return (
        <div class="screen verify">
            <div class="strip-of-list">
                <Lanes at={here} />
                <span class="where">{d ? dossierTitle(d) : t('All registers')}</span>
                <span class="pos">{at >= 0 ? t('{n} of {m} open', { n: at + 1, m: rows.length }) : tn('{n} open', '{n} open', rows.length)}</span>
                <label class="inline" for="jump">{t('Record')}</label>
                <select id="jump" value={shownItem} onChange={e => go(`${here}/${id(e.target.value)}`)}>
                    {at < 0 && <option value={shownItem}>{shownItem}</option>}
                    {rows.map(r => <option key={r.item} value={r.item}>{[r.number || r.item, r.title, r.doubtful ? `(${r.doubtful})` : '', r.state === 'returned' ? t('returned') : ''].filter(Boolean).join(' ')}</option>)}
                </select>
                <button type="button" class="small" disabled={at <= 0} onClick={() => go(`${here}/${id(rows[at - 1].item)}`)}><span class="unseen">{t('Record before')}</span>‹ <kbd>Alt+PgUp</kbd></button>
                <button type="button" class="small" disabled={!after} onClick={() => go(`${here}/${id(after.item)}`)} ><span class="unseen">{t('Next record')}</span>› <kbd>Alt+PgDn</kbd></button>
            </div>
            {one.failed && !one.data ? <Empty icon="warn"><p>{t('This record could not be opened.')}</p>{one.failed.status === 403 && <p>{t('Where a field of a record waits for your second answer, it is not shown to you before.')}</p>}
                <button type="button" onClick={one.again}>{t('Try again')}</button></Empty>
                : one.data && one.data.item === shownItem ? <Record key={one.data.item} item={one.data} lane={lane} onNext={next} onReload={reload} /> : <Loading />}
        </div>
    )
}
