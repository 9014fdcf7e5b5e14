// SPDX-License-Identifier: Apache-2.0
// Place 1: paper becomes pictures. One Enter scans a stack.
import { useEffect, useRef, useState } from 'preact/hooks'
import { attempt, del, get, pictureUrl, query } from './api.js'
import { Phones } from './camera.jsx'
import { both, bytes, percent, t, textOf, tn } from './i18n.js'
import { Icon } from './icons.jsx'
import { aim, aimArgs, aimAt, aimJob, AimBanner, aimOff, keepPage, swapPage } from './pages.jsx'
import { inText, useKeys } from './keys.js'
import { Buttons, Dialog, Empty, Field, Meter, Sign, Title, useData } from './parts.jsx'
import { dossierTitle, label } from './records.js'
import { recall, remember } from './keep.js'
import { Jobs, mayChange } from './shell.jsx'
import { ENDED, files, forget, tryAgain, uploadAll } from './uploads.js'
import { chooseDossier, counts, dossier, dossierId, dossiers, gaps, jobs,
    newest, pageNews, running, say, startJob } from './state.js'

const expected = d => (d?.from && d?.to && d.to >= d.from ? d.to - d.from + 1 : 0)

/** "14, 31–33" of the gaps of this register. */
export const gapText = rows => rows.filter(g => g.type === 'gap' || (g.from && !g.type))
    .map(g => (g.from === g.to ? `${g.from}` : `${g.from}–${g.to}`)).join(', ')
export const doubleText = rows => rows.filter(g => g.type === 'duplicate')
    .map(g => g.number).join(', ')

export function Gaps({ rows }) {
    const missing = gapText(rows)
    const doubled = doubleText(rows)
    if (!missing && !doubled) return null
    return (
        <p class="gaps">
            {missing && <Sign kind="amber">{t('missing numbers: {list}', { list: missing })}</Sign>}
            {doubled && <Sign kind="red">{t('doubled numbers: {list}', { list: doubled })}</Sign>}
        </p>
    )
}

/** What is open on the desk: register, how full, what is missing. */
function Register({ onSwitch }) {
    const d = dossier.value
    if (!d)
        return (
            <section class="card register">
                <p><b>{t('No register is open.')}</b> {t('Open the one that lies before you; scans go into it.')}</p>
                <Buttons><a class="button main" href="#/books/new"><Icon name="plus" />{t('Open a register')}</a></Buttons>
            </section>
        )
    const all = expected(d)
    return (
        <section class="card register" aria-label={t('Register')}>
            <div class="row">
                <Icon name="books" size={28} />
                <div class="grow">
                    <b class="big">{dossierTitle(d)}</b>
                    <small>{[d.register && label.kind(d.register), d.year, d.closed_count != null && t('closed')].filter(Boolean).join(' · ')}</small>
                </div>
                <button type="button" onClick={onSwitch}>{t('Change')} <kbd>F2</kbd></button>
            </div>
            {all > 0 ? <Meter value={d.items ?? 0} max={all} label={t('Numbers of this register')} />
                : <p class="figures">{tn('{n} record', '{n} records', d.items ?? 0)}</p>}
            <Gaps rows={gaps.value} />
        </section>
    )
}

// ---- files ---------------------------------------------------------------------------

const REFUSED = () => ({
    'SH-WEB-SIZE': t('larger than 1 GB'), 'SH-INPUT-EMPTY': t('it is empty'),
    'SH-OPEN': t('it cannot be read; of a folder, choose the files in it'),
    'SH-UPLOAD-CUT': t('the file is not complete'), 'SH-WEB-SILENT': t('the connection broke'), 'SH-WORKER-GONE': t('it is not known whether it was taken in'),
})
const reason = f => (f.vi || f.en ? textOf(f)
    : REFUSED()[f.why?.code] ?? both({ vi: f.why?.vi?.what, en: f.why?.en?.what })) || f.code || f.why?.code

function FileState({ f }) {
    switch (f.state) {
    case 'going': return <><progress value={f.sent} max={f.bytes} aria-label={f.name} /> <small>{percent(f.sent, f.bytes)}</small></>
    case 'again': return <Sign kind="amber">{t('the connection broke, comes again')}</Sign>
    case 'here': return <Sign kind="blue">{t('has come, is being taken in')}</Sign>
    case 'saved': return f.code ? <Sign kind="amber">{t('saved')}: {reason(f)}</Sign> : <Sign kind="green">{t('saved')}</Sign>
    case 'same': return <Sign kind="grey">{t('was here already')}</Sign>
    case 'refused': return <Sign kind="red">{t('not taken')}: {reason(f)}{f.of && ` (${f.of[0]}/${f.of[1]})`}</Sign>
    case 'failed': return <Sign kind="red">{t('not taken')}: {reason(f)}</Sign>
    default: return <small>{t('waits')}</small>
    }
}

function Files() {
    const list = files.value
    if (!list.length) return null
    const over = list.filter(f => [...ENDED, 'failed'].includes(f.state)).length
    return (
        <div class="coming">
            <Meter value={over} max={list.length} label={t('Files')} />
            <ul class="files" tabIndex={0} aria-label={t('Files')}>{list.map(f => <li key={f.key} data-state={f.state}><span class="grow">{f.name} <small>{bytes(f.bytes)}</small></span> <FileState f={f} /></li>)}</ul>
            {over === list.length && <Buttons>
                {list.some(f => f.state === 'failed' && f.bytes > 0) && <button type="button" class="main small" onClick={tryAgain}>{t('Try again')}</button>}
                <button type="button" class="quiet small" onClick={forget}>{t('Clear the list')}</button></Buttons>}
        </div>
    )
}

// A page that the files go to is meant once, and for these files alone.
function take(list, args) {
    uploadAll(list, args)
    if (list.length) aimOff()
}

function Drop({ args }) {
    const [over, setOver] = useState(false)
    const input = useRef(null)
    useEffect(() => {
        // A file dropped beside the place must not replace the page.
        const stop = e => {
            if (![...(e.dataTransfer?.types ?? [])].includes('Files')) return
            e.preventDefault()
            setOver(e.type === 'dragover')
            if (e.type === 'drop') take(e.dataTransfer.files, args())
        }
        const leave = e => { if (!e.relatedTarget) setOver(false) }
        addEventListener('dragover', stop)
        addEventListener('drop', stop)
        addEventListener('dragleave', leave)
        return () => {
            removeEventListener('dragover', stop)
            removeEventListener('drop', stop)
            removeEventListener('dragleave', leave)
        }
    }, [])
    return (
        <section class={`card drop ${over ? 'over' : ''}`} aria-label={t('Files')}>
            <Icon name="page" size={32} />
            <div class="grow">
                <b>{over ? t('Let go: the files are taken in') : t('Drop files here')}</b>
                <small>{t('Pictures, PDF, ZIP. The files themselves stay where they are.')}</small>
            </div>
            <input ref={input} id="files" class="unseen" type="file" multiple tabIndex={-1}
                accept="image/*,.pdf,.zip,.tar,.tif,.tiff,.heic,.jp2" aria-label={t('Choose files')}
                onChange={e => { take(e.target.files, args()); e.target.value = '' }} />
            <button type="button" onClick={() => input.current.click()}>{t('Choose files')}</button>
            <Files />
        </section>
    )
}

// ---- scanner -------------------------------------------------------------------------

function Scanner({ args, expect, setExpect, open }) {
    const { data, failed, again } = useData(s => get('/scanners', s), [])
    const list = data?.rows ?? []
    const [device, setDevice] = useState(recall('scanner') ?? '')
    const [source, setSource] = useState(recall('source') ?? 'adf')
    const [size, setSize] = useState(recall('size') ?? 'a4')
    const [dpi, setDpi] = useState(recall('dpi') ?? 300)
    const [mode, setMode] = useState(recall('mode') ?? 'color')
    const button = useRef(null)
    const busy = running('scan') || running('scan-finish')
    const chosen = list.find(s => s.device === device) ?? list[0]
    useEffect(() => {
        if (chosen && (document.activeElement === document.body || document.activeElement?.tagName === 'H1'))
            button.current?.focus()
    }, [chosen?.device])
    const scan = () => {
        if (!chosen || running('scan')) return
        const turned = source === 'turn' && open && !open.backs
        aimJob('scan', { ...args(), device: chosen.device, source: source === 'turn' ? 'adf' : source, size, dpi, mode,
            ...(open ? { 'go-on': true } : {}), ...(turned ? { backs: true } : {}),
            ...(source === 'turn' && !open ? { 'keep-open': true } : {}) })
    }
    useKeys({ Enter: e => {
        if (inText(e.target) || e.target.closest?.('button,a,summary,label,input')) return false
        scan()
        return true
    } })
    const name = s => [s.vendor, s.model].filter(Boolean).join(' ') || s.device
    return (
        <section class="card scanner" aria-label={t('Scanner')}>
            <div class="row">
                {list.length > 0 ? <>
                    <Field label={t('Scanner')}>{p => <select {...p} value={chosen?.device}
                        onChange={e => { setDevice(e.target.value); remember('scanner', e.target.value) }}>
                        {list.map(s => <option key={s.device} value={s.device}>{name(s)}</option>)}</select>}</Field>
                    <Field label={t('Paper')}>{p => <select {...p} value={source}
                        onChange={e => { setSource(e.target.value); remember('source', e.target.value) }}>
                        <option value="adf">{t('feeder, one side')}</option>
                        <option value="turn">{t('feeder, then the stack turned over')}</option>
                        <option value="duplex">{t('feeder, both sides')}</option>
                        <option value="flatbed">{t('glass, one sheet')}</option></select>}</Field>
                    <Field label={t('Size of the paper')}>{p => <select {...p} value={size}
                        onChange={e => { setSize(e.target.value); remember('size', e.target.value) }}>
                        <option value="a4">A4</option><option value="a3">A3</option><option value="a5">A5</option>
                        <option value="max">{t('as large as it can')}</option></select>}</Field>
                    <Field label={t('Colour')}>{p => <select {...p} value={mode}
                        onChange={e => { setMode(e.target.value); remember('mode', e.target.value) }}>
                        <option value="color">{t('in colour')}</option><option value="grey">{t('grey')}</option>
                        <option value="bw">{t('black and white')}</option></select>}</Field>
                    <Field label={t('Dots an inch')}>{p => <select {...p} value={dpi}
                        onChange={e => { setDpi(Number(e.target.value)); remember('dpi', Number(e.target.value)) }}>
                        {[200, 300, 400, 600].map(n => <option key={n} value={n}>{n}</option>)}</select>}</Field>
                    <Field label={t('Pages of this stack')}>{p => <input {...p} type="number" min="0" max="9999"
                        class="short" value={expect} placeholder="–"
                        onInput={e => setExpect(e.target.value)} />}</Field>
                    <button type="button" ref={button} class="main huge" disabled={busy} onClick={scan}>
                        <Icon name="scan" size={26} />{open ? t('GO ON') : t('SCAN')} <kbd>Enter</kbd></button>
                </> : <>
                    <Icon name="scan" size={28} />
                    <div class="grow"><b>{data ? t('No scanner is seen.') : failed ? t('The scanners could not be asked.') : t('Looking for scanners …')}</b>
                        {data && <small>{t('Check the USB cable and the power switch. Pages that were scanned are safe.')}</small>}</div>
                    <button type="button" onClick={again}>{t('Look again')}</button>
                </>}
            </div>
        </section>
    )
}

// A jam or a power cut left a stack open: its sheets are safe, and nothing else can begin.
function OpenStack({ stack, again }) {
    const [asked, setAsked] = useState(false)
    const drop = async () => {
        setAsked(false)
        await attempt(() => del('/scan/stack'))
        again()
    }
    return (
        <section class="card stack" role="status">
            <Sign kind="amber"><b>{tn('A stack is open: {n} sheet is saved', 'A stack is open: {n} sheets are saved', stack.fronts)}</b></Sign>
            {stack.past && <p>{t('Another picture has taken the place of the page that this stack was meant for.')}</p>}
            <p>{recall('source') === 'turn' && !stack.backs ? t('Turn the whole stack over, put it into the feeder again and go on: the backs come between their fronts.')
                : t('Put the sheets that were not scanned yet into the scanner and go on, or take in what is there.')}</p>
            <Buttons>
                {stack.past && <button type="button" onClick={() => startJob('scan-finish', { 'at-end': true })}>{t('Take it in at the end of the record')}</button>}
                {stack.past && aimArgs() && <button type="button" onClick={() => aimJob('scan-finish', aimArgs())}>{t('Take it in at the page that is meant now')}</button>}
                {!stack.past && <button type="button" onClick={() => startJob('scan-finish')}>{t('Take in what is there')}</button>}
                <button type="button" class="quiet" onClick={() => setAsked(true)}>{t('Throw it away')}</button>
            </Buttons>
            {asked && <Dialog title={t('Throw the stack away?')} onClose={() => setAsked(false)}>
                <p>{tn('{n} scanned sheet is removed for good. The paper has to be scanned again.', '{n} scanned sheets are removed for good. The paper has to be scanned again.', stack.fronts)}</p>
                <Buttons><button type="button" onClick={drop}>{t('Throw it away')}</button>
                    <button type="button" class="main" autofocus onClick={() => setAsked(false)}>{t('Keep it')}</button></Buttons>
            </Dialog>}
        </section>
    )
}

// ---- pictures ------------------------------------------------------------------------

const ADVICE = () => ({
    blur: t('blurred'), cut: t('cut off at a side'), dark: t('too dark'), faint: t('too faint'),
    dpi: t('too few pixels'), glare: t('light shines back'), blank: t('blank page'),
})

/** What is to be looked at in a picture; and is it still, when nobody let it be? */
const marks = p => [...p.advice, ...(p.read === 'blank' ? ['blank'] : [])]
const marked = p => marks(p).length > 0 && !p.kept

/** Newest pages of the register, as they arrive. */
function Thumbs() {
    const id = dossierId.value
    const { data, again } = useData(async s => {
        const { rows } = await get(`/items${query({ limit: 24, order: 'newest', dossier: id })}`, s)
        // What is verified needs no look from this desk.
        const open = rows.filter(r => !['verified', 'sealed'].includes(r.state))
        const items = await Promise.all(open.map(r =>
            get(`/items/${encodeURIComponent(r.item)}`, s).catch(() => null)))
        return items.filter(Boolean).flatMap(i => i.pages.map(p => ({
            page: p.page, seq: p.seq, of: i.pages.length, item: i.item, state: i.state,
            number: i.fields?.so?.value ?? i.fields?.CodeNumber?.value, read: p.state,
            advice: p.advice ?? [], kept: p.kept,
        })))
    }, [id, Math.floor(pageNews.value / 2), counts.value?.pages?.queued])
    const pages = data ?? newest.value.map(p => ({ advice: [], ...p }))
    // The one that has the focus, else the first that is marked.
    const meant = () => pages.find(p => p.page === document.activeElement?.closest?.('[data-page]')?.dataset.page) ??
        pages.find(marked)
    const rescan = p => {
        aimAt('replace', p, p.number ? t('No. {n}', { n: p.number }) : p.item)
        scrollTo({ top: 0 })
    }
    const keep = async p => { if (await keepPage(p.page, marked(p))) again() }
    const swap = async p => { if (await swapPage(p.page)) again() }
    const on = act => () => {
        const p = mayChange() && meant()
        if (!p) return false
        act(p)
        return true
    }
    useKeys({ R: on(rescan), G: on(keep), X: on(swap) })
    if (!data && !pages.length) return null
    if (!pages.length)
        return <Empty icon="scan">{t('Pages that are scanned appear here at once.')}</Empty>
    return (
        <ul class="thumbs" aria-label={t('Newest pages')}>
            {pages.slice(0, 48).map(p => (
                <li key={p.page} data-page={p.page} class={[marked(p) && 'flag', p.read === 'blank' && !p.kept && 'blank'].filter(Boolean).join(' ')}>
                    <a href={`#/verify/${encodeURIComponent(p.item)}`}>
                        <img src={pictureUrl(p.page, 220)} alt={t('Page {n} of {item}', { n: p.seq ?? 1, item: p.item ?? '' })}
                            width="148" height="196" loading="lazy" />
                        <span class="cap">{p.number ? t('No. {n}', { n: p.number }) : p.item}
                            {p.of > 1 && <small> {p.seq}/{p.of}</small>}</span>
                        <span class="mark">{marked(p) ? <Sign kind="amber">{marks(p).map(a => ADVICE()[a] ?? a).join(', ')}</Sign>
                            : marks(p).length ? <Sign kind="grey">{t('kept as it is')}</Sign>
                            : p.state === 'captured' ? <Sign kind="grey">{t('saved')}</Sign>
                                : <Sign kind="green">{label.state(p.state)}</Sign>}</span>
                    </a>
                    {mayChange() && (marks(p).length > 0 || p.of > 1) && <span class="row tight">
                        {marks(p).length > 0 && <button type="button" class="small" onClick={() => rescan(p)}>{t('Scan again')} <kbd>R</kbd></button>}
                        {marks(p).length > 0 && <button type="button" class="small" aria-pressed={!!p.kept} onClick={() => keep(p)}>{t('Keep')} <kbd>G</kbd></button>}
                        {p.of > 1 && <button type="button" class="small" onClick={() => swap(p)}>{t('Swap sides')} <kbd>X</kbd></button>}
                    </span>}
                </li>
            ))}
        </ul>
    )
}

function LastStack() {
    const last = jobs.value.find(j => ['scan', 'scan-finish', 'import'].includes(j.kind) && j.state !== 'running')
    if (!last) return null
    const rows = (last.rows ?? []).filter(r => r.type === 'input')
    const refused = rows.filter(r => r.status === 'refused')
    const slips = rows.filter(r => r.status === 'stored' && r.code)
    const same = rows.filter(r => r.status === 'duplicate')
    const differs = last.summary?.expected > 0 && last.summary.found !== last.summary.expected
    const stored = last.summary?.stored ?? rows.filter(r => r.status === 'stored').length
    if (!rows.length && last.state === 'done' && !last.summary) return null
    return (
        <section class="last" aria-label={t('The last stack')}>
            <Sign kind={last.state === 'failed' || refused.length || differs ? 'red' : 'green'}>
                {t('The last stack')}: {tn('{n} file saved', '{n} files saved', stored)}
                {same.length > 0 && <> · {tn('{n} was here already', '{n} were here already', same.length)}</>}
                {refused.length > 0 && <> · {tn('{n} not taken', '{n} not taken', refused.length)}</>}
                {differs && <> · {t('{n} pages were expected, {m} are there: nothing of it is sealed yet', { n: last.summary.expected, m: last.summary.found })}</>}
                {last.state === 'stopped' && <> · {t('stopped')}</>}
            </Sign>
            {slips.length > 0 && <ul>{slips.slice(0, 5).map(r => <li key={r.path}><Sign kind="amber">{textOf(r) || r.code}</Sign></li>)}</ul>}
            {refused.length > 0 && <ul>{refused.slice(0, 5).map(r => <li key={r.path}>{r.path?.split('/').pop()}: <code>{r.code}</code></li>)}</ul>}
        </section>
    )
}

export function Scan({ onSwitch }) {
    const [expect, setExpect] = useState('')
    const now = useRef('')
    now.current = expect
    const args = () => aimArgs() ?? ({
        ...(dossierId.value ? { dossier: dossierId.value } : {}),
        ...(dossier.value?.register ? { kind: dossier.value.register } : {}),
        ...(Number(now.current) > 0 ? { expect: Number(now.current) } : {}),
    })
    useKeys({ Escape: () => aim.value ? (aimOff(), true) : false })
    const queued = counts.value?.pages?.queued ?? 0
    const busy = running('scan') || running('scan-finish')
    const stack = useData(s => (mayChange() ? get('/scan/stack', s) : Promise.resolve(null)), [busy?.job])
    const open = busy ? null : stack.data?.rows?.[0]
    return (
        <div class="screen scan">
            <Title title={t('Scan')} side={queued > 0 && !running('ocr') ? <button type="button"
                onClick={() => startJob('ocr')}>{tn('Read {n} page', 'Read {n} pages', queued)}</button> : null} />
            <AimBanner />
            <div class="desk">
                <Register onSwitch={onSwitch} />
                {open && mayChange() && <OpenStack stack={open} again={stack.again} />}
                {mayChange() && dossiers.value?.length > 0 && <Scanner args={args} expect={expect} setExpect={setExpect} open={open} />}
                {mayChange() && dossiers.value?.length > 0 && <Drop args={args} />}
                {mayChange() && dossier.value?.closed_count == null && dossier.value && <Phones />}
            </div>
            <Jobs kinds={['scan', 'scan-finish', 'import', 'ocr']} />
            <LastStack />
            <Thumbs />
        </div>
    )
}

// ---- choosing another register (F2) ---------------------------------------------------

export function Switch({ onClose }) {
    const [text, setText] = useState('')
    const fold = s => s.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase()
    const list = (dossiers.value ?? []).filter(d => fold(dossierTitle(d) + d.dossier).includes(fold(text)))
    const [at, setAt] = useState(() => Math.max(0, list.findIndex(d => d.dossier === dossierId.value)))
    const choose = d => {
        if (!d) return
        chooseDossier(d.dossier)
        say(t('Register: {title}', { title: dossierTitle(d) }))
        onClose()
    }
    const key = e => {
        if (e.isComposing || e.keyCode === 229) return
        if (e.key === 'ArrowDown') setAt(Math.min(list.length - 1, at + 1))
        else if (e.key === 'ArrowUp') setAt(Math.max(0, at - 1))
        else if (e.key === 'Enter') choose(list[Math.min(at, list.length - 1)])
        else return
        e.preventDefault()
        e.stopPropagation()
    }
    return (
        <Dialog title={t('Which register?')} onClose={onClose}>
            <Field label={t('Type a part of its name')}>{p => <input {...p} type="search" autofocus value={text}
                role="combobox" aria-expanded="true" aria-controls="switch-list"
                aria-activedescendant={list[at] ? `switch-${at}` : undefined}
                onInput={e => { setText(e.target.value); setAt(0) }} onKeyDown={key} />}</Field>
            <ul class="options" role="listbox" id="switch-list" aria-label={t('Registers')}>
                {list.map((d, i) => (
                    <li key={d.dossier} id={`switch-${i}`} role="option" aria-selected={i === at}
                        onClick={() => choose(d)}>{dossierTitle(d)} <small>{tn('{n} record', '{n} records', d.items ?? 0)}</small></li>))}
            </ul>
            {list.length === 0 && <p>{t('None is so called.')}</p>}
            <Buttons>
                <a class="button" href="#/books/new" onClick={onClose}><Icon name="plus" />{t('Open a register')}</a>
                <button type="button" class="quiet" onClick={onClose}>{t('Cancel')}</button>
            </Buttons>
        </Dialog>
    )
}
