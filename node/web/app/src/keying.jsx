// SPDX-License-Identifier: Apache-2.0
// Beside verifying: what is keyed in from the picture, the second answer (an empty box, the
// picture, nothing else), the third person's look at both, and what was sent back.
import { signal } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import { attempt, get, post, put, query, session } from './api.js'
import { reading, shown } from './form.js'
import { both, moment, number, t, tn } from './i18n.js'
import { Icon } from './icons.jsx'
import { formKey, recall, remember } from './keep.js'
import { useKeys } from './keys.js'
import { Buttons, Empty, Loading, Sign, Title, useData } from './parts.jsx'
import { fieldDef, label } from './records.js'
import { mayChange } from './shell.jsx'
import { counts, countsChanged, dossier, dossierId, dossiers, go, say } from './state.js'
import { ILLEGIBLE, Why } from './verify.jsx'
import { Strip, Viewer } from './viewer.jsx'

const id = encodeURIComponent
const waits = signal(null) // {second, third, fresh}, as the server said last
const mayDecide = () => ['verifier', 'admin'].includes(session.value?.user?.role)

// ---- what goes on from record to record ------------------------------------------------

const SAME = ['quyenSo', 'trangSo', 'ngayDangKy', 'noiDangKy', 'nguoiKy', 'chucVuNguoiKy', 'nguoiThucHien']
let before = null // the record that was keyed last: {item, dossier, values}

export function keepBefore(item, form) {
    before = { item: item.item, dossier: item.dossier,
        values: Object.fromEntries(form.rows.filter(r => r.seen).map(r => [r.name, r.seen])) }
}

/** What may stand in the next record: the number goes on, book, place and signer stay. */
export function offersFor(item) {
    const book = dossiers.value?.find(d => d.dossier === item.dossier)
    const offers = {}
    if (before && before.item !== item.item && before.dossier === item.dossier) {
        for (const name of SAME) if (before.values[name]) offers[name] = before.values[name]
        const last = before.values.so?.match(/^(\d+)[a-z]*\/(\d{4})$/)
        if (last) offers.so = `${Number(last[1]) + 1}/${last[2]}`
    } else if (book?.register && book.year) {
        offers.so = `${book.from || 1}/${book.year}`
        if (book.volume) offers.quyenSo = `${String(book.volume).padStart(2, '0')}/${book.year}`
    }
    return offers
}

// ---- where one is ----------------------------------------------------------------------

export function Lanes({ at }) {
    const may = mayChange()
    const { data } = useData(s => !may ? Promise.resolve(null) : get(`/keying${query({ dossier: dossierId.value })}`, s).then(d => {
        waits.value = d
        return d
    }), [dossierId.value, at])
    useKeys({ F6: () => go('returned') })
    const n = waits.value ?? data
    const links = [['verify', t('Verify')], ...(may ? [['key', t('Key in from the picture')],
        ['keying', t('Second keying'), n?.second]] : []),
        ...(mayDecide() ? [['keying/differs', t('Two answers'), n?.third]] : []),
        ['returned', t('Sent back'), counts.value?.returned, 'F6']]
    return (
        <nav class="lanes" aria-label={t('Ways to verify')}>
            {links.map(([to, text, count, key]) => <a key={to} class={`button small ${to === at ? 'on' : 'quiet'}`} href={`#/${to}`}
                aria-current={to === at ? 'page' : undefined}>{text}{count > 0 && <b> {number(count)}</b>}{key && <kbd>{key}</kbd>}</a>)}
        </nav>
    )
}

const where = () => (dossier.value ? dossier.value.title : t('All registers'))

/** The errors that are left in a register, as its sample says. */
export function Residual({ of, turn }) {
    const { data } = useData(s => get(`/keying/report${query({ dossier: of })}`, s), [of, turn])
    const rows = (data?.rows ?? []).filter(r => r.type === 'residual')
    const draws = (data?.rows ?? []).filter(r => r.type === 'draw')
    if (!rows.length) return null
    return (
        <section class="card residual" aria-label={t('Errors that are left')}>
            {rows.map(r => <p key={r.dossier}><b>{t('Errors that are left')}:</b> <span class="figures">{r.text ?? t('no sampled field is keyed twice yet')}</span>
                {' '}<small>{t('with 95% between {low}% and {high}%; {n} of {m} sampled fields counted', {
                    low: r.low ?? '–', high: r.high ?? '–', n: number(r.counted), m: number(r.sampled) })}
                {r.undecided > 0 && ` · ${t('{n} wait for a third person: the bounds hold both ways', { n: number(r.undecided) })}`}
                {r.removed > 0 && ` · ${t('{n} left the register', { n: number(r.removed) })}`}</small></p>)}
            <details><summary>{t('How the sample was drawn')}</summary>
                {draws.map(d => <p key={d.draw}><small>{t('Draw {n}, {when}: {s} of {m} fields ({rate}%), seed', { n: d.draw, when: moment(d.at), s: d.sampled, m: d.fields, rate: d.rate })} <code>{d.seed}</code></small></p>)}
            </details>
        </section>
    )
}

function Side({ row }) {
    return (
        <div class="left">
            <Strip pages={row.pages} box={row.box} name={label.whole(row.form.field)} />
            <Viewer key={row.item} pages={row.pages} boxes={row.box ? [row.box] : []} />
        </div>
    )
}

function Top({ at, children }) {
    return <div class="strip-of-list"><Lanes at={at} /><span class="where">{where()}</span><span class="pos">{children}</span></div>
}

// Nothing waits: perhaps records wait to be drawn.
function Nothing({ at, text, onDraw, turn }) {
    const fresh = waits.value?.fresh ?? 0
    const draw = () => attempt(async () => {
        const d = await post('/keying/draw', { dossier: dossierId.value ?? 'none' })
        say(tn('{n} field waits for a second person', '{n} fields wait for a second person', d.doubtful + d.sampled))
        onDraw()
    })
    return (
        <div class="screen">
            <Title title={at === 'keying' ? t('Second keying') : t('Two answers')} />
            <Lanes at={at} />
            <Empty icon="ok"><p><b>{text}</b></p>
                {fresh > 0 && mayDecide() && <><p>{tn('{n} record was not drawn for second keying yet.', '{n} records were not drawn for second keying yet.', fresh)}</p>
                    <Buttons><button type="button" class="main" onClick={draw}>{t('Draw the sample')}</button></Buttons></>}
            </Empty>
            <Residual of={dossierId.value} turn={turn} />
        </div>
    )
}

// ---- second --------------------------------------------------------------------------

/** What is typed and not sent yet: kept in this browser, also when the screen is left. */
function useKept(kind, row) {
    const key = formKey(`${kind}/${row.item}/${row.form.field}`)
    const [text, setText] = useState(() => recall(key))
    return [text, value => {
        setText(value)
        remember(key, value || null)
    }]
}

function Box({ row, onDone }) {
    const name = row.form.field
    const [text, setText] = useKept('second', row)
    const [wrong, setWrong] = useState('')
    const [ask, setAsk] = useState(false)
    const busy = useRef(false)
    const input = useRef(null)
    useEffect(() => {
        input.current?.focus()
        say(label.whole(name))
    }, [row])
    const type = value => {
        setText(value)
        setWrong('')
    }
    const send = async body => {
        if (busy.current) return
        busy.current = true
        try {
            await attempt(async () => {
                try {
                    await put(`/items/${id(row.item)}/keying/${id(name)}`, body)
                } catch (e) {
                    if (e.status !== 422) throw e
                    setWrong([both(e)?.what, both(e)?.todo].filter(Boolean).join(' ') || t('This value does not fit here.'))
                    return
                }
                setText(null)
                setAsk(false)
                onDone(row)
            })
        } finally {
            busy.current = false
        }
    }
    const enter = () => {
        if (text?.trim()) send({ value: reading(name, text) })
        else setWrong(t('Write what stands there. F8: it is empty in the book.'))
    }
    const long = fieldDef(name).chars >= 300
    const Tag = long ? 'textarea' : 'input'
    useKeys({
        Enter: e => (e.target === input.current ? enter() : false),
        'Ctrl+Enter': enter, F4: () => setAsk(true), F8: () => send({ mark: 'blank' }),
    })
    return (
        <div class="right">
            <div class="head"><h1 tabIndex={-1}>{label.whole(name)}</h1><Sign kind="amber">{row.why === 'sample' ? t('drawn at random') : row.why === 'changed' ? t('changed afterwards') : t('doubtful')}</Sign></div>
            <p class="hint">{t('Write what stands in the picture. What the first person wrote is not shown.')}</p>
            <div class={`cell long now ${wrong ? 'wrong' : ''}`}>
                <label for="second">{label.kind(row.kind)} · {row.item}</label>
                <Tag id="second" ref={input} name={name} value={text ?? ''} type={long ? undefined : 'text'} autocomplete="off" spellcheck={false} lang="vi"
                    maxLength={fieldDef(name).chars * 2} aria-describedby={wrong ? 'second-error' : undefined} aria-invalid={wrong ? 'true' : undefined}
                    onInput={e => type(e.target.value)} />
                {wrong && <p class="error" id="second-error" role="alert">{wrong}</p>}
            </div>
            <div class="foot">
                <button type="button" class="main" onClick={enter}>{t('Next')} <kbd>Enter</kbd></button>
                <button type="button" class="small" onClick={() => setAsk(true)}>{t('Cannot be read')} <kbd>F4</kbd></button>
                <button type="button" class="small" onClick={() => send({ mark: 'blank' })}>{t('Empty in the book')} <kbd>F8</kbd></button>
            </div>
            {ask && <Why keep={`second-why/${row.item}/${name}`} title={t('Cannot be read: {name}', { name: label.whole(name) })} options={ILLEGIBLE()} button={t('Keep the reason')}
                onSend={why => send({ mark: 'illegible', why })} onClose={() => setAsk(false)} />}
        </div>
    )
}

/** Rows of a list, one after another. The one that is worked on is asked for by itself: a look
 * at a finished record needs a purpose, and another may have done it meanwhile. */
function useRows(path) {
    const [turn, setTurn] = useState(0)
    const { data, failed, set } = useData(s => get(path, s).then(d => {
        waits.value = d
        return d
    }), [path, turn])
    const again = () => setTurn(n => n + 1)
    const first = data?.rows[0]
    const one = useData(s => (first ? get(`/items/${id(first.item)}/keying/${id(first.form.field)}`, s) : Promise.resolve(null)), [first])
    const done = () => {
        const rest = data.rows.slice(1)
        set({ ...data, rows: rest })
        if (!rest.length) again()
        countsChanged()
    }
    useEffect(() => { if ([404, 409].includes(one.failed?.status) && first) done() }, [one.failed])
    const same = one.data && first && one.data.item === first.item && one.data.form.field === first.form.field
    return { data, failed, turn, again, done, first, row: same ? one.data : null, refused: one.failed, ask: one.again }
}

function Wait({ of, title }) {
    if (!of.refused) return <><h1 class="unseen">{title}</h1><Loading /></>
    return <Empty icon="warn"><h1 class="unseen">{title}</h1><p>{t('This record could not be opened.')}</p>
        <button type="button" onClick={of.ask}>{t('Try again')}</button></Empty>
}

export function Second() {
    const of = useRows(`/keying${query({ dossier: dossierId.value })}`)
    if (of.failed?.status === 403) return <div class="screen"><Title title={t('Second keying')} /><Lanes at="keying" /><p>{t('You read here; nothing can be changed.')}</p></div>
    if (!of.data) return <Loading />
    if (!of.first) return <Nothing at="keying" text={t('Nothing waits for your second answer here.')} onDraw={of.again} turn={of.turn} />
    return (
        <div class="screen verify">
            <Top at="keying">{tn('{n} field for you', '{n} fields for you', of.data.rows.length)}</Top>
            {!of.row ? <Wait of={of} title={t('Second keying')} /> : <div class="record">
                <Side row={of.row} />
                <Box key={`${of.row.item}.${of.row.form.field}`} row={of.row} onDone={of.done} />
            </div>}
        </div>
    )
}

// ---- third ---------------------------------------------------------------------------

const said = (field, a) => shown(field, a.value) || (a.mark === 'blank' ? t('empty in the book') : a.mark ? t('cannot be read') : t('(empty)'))

function Decide({ row, onDone }) {
    const name = row.form.field
    const [other, setOther] = useKept('third', row)
    const [open, setOpen] = useState(other !== null)
    const busy = useRef(false)
    const head = useRef(null)
    useEffect(() => { (open ? document.getElementById('third') : head.current)?.focus() }, [row, open])
    const settle = async body => {
        if (busy.current) return
        busy.current = true
        await attempt(async () => {
            await post(`/items/${id(row.item)}/keying/${id(name)}/settle`, body)
            say(t('Decided'))
            setOther(null)
            onDone(row)
        })
        busy.current = false
    }
    const own = () => { if (other?.trim()) settle({ take: 'other', value: reading(name, other) }) }
    useKeys({
        1: () => settle({ take: 'first' }), 2: () => settle({ take: 'second' }), 3: () => setOpen(true),
        Enter: e => (e.target.id === 'third' ? own() : false),
        Escape: () => (open ? setOpen(false) : false),
    })
    const answers = [['first', row.first], ['second', row.second]]
    return (
        <div class="right">
            <div class="head"><h1 ref={head} tabIndex={-1}>{label.whole(name)}</h1><Sign kind="red">{t('two answers differ')}</Sign>
                <a class="button small quiet" href={`#/history/${id(row.item)}`}><Icon name="history" size={16} />{t('History')}</a></div>
            <p class="hint">{label.kind(row.kind)} · {row.item}. {t('Compare with the picture and take the one that is right.')}</p>
            <div class="answers" data-field={name}>
                {answers.map(([take, a], i) => <button type="button" key={take} onClick={() => settle({ take })}>
                    <kbd>{i + 1}</kbd><b>{said(name, a)}</b><small>{a.actor ?? t('not known who')}{a.why && ` · ${a.why}`}</small></button>)}
                {!open ? <button type="button" class="quiet" onClick={() => setOpen(true)}><kbd>3</kbd>{t('Neither is right')}</button>
                    : <div class="cell long now"><label for="third">{t('What stands in the picture')}</label>
                        <input id="third" type="text" value={other ?? ''} autocomplete="off" spellcheck={false} lang="vi" onInput={e => setOther(e.target.value)} />
                        <Buttons><button type="button" class="main" onClick={own}>{t('Take this')} <kbd>Enter</kbd></button>
                            <button type="button" class="quiet" onClick={() => { setOther(null); setOpen(false) }}>{t('Cancel')}</button></Buttons></div>}
            </div>
        </div>
    )
}

export function Third() {
    const of = useRows(`/keying/differs${query({ dossier: dossierId.value })}`)
    if (of.failed?.status === 403) return <div class="screen"><Title title={t('Two answers')} /><Lanes at="keying/differs" /><p>{t('A verifier decides here.')}</p></div>
    if (!of.data) return <Loading />
    if (!of.first) return <Nothing at="keying/differs" text={t('Nothing waits for your decision here.')} onDraw={of.again} turn={of.turn} />
    return (
        <div class="screen verify">
            <Top at="keying/differs">{tn('{n} field for you', '{n} fields for you', of.data.rows.length)}</Top>
            {!of.row ? <Wait of={of} title={t('Two answers')} /> : <div class="record">
                <Side row={of.row} />
                <Decide key={`${of.row.item}.${of.row.form.field}`} row={of.row} onDone={of.done} />
            </div>}
        </div>
    )
}

// ---- sent back -----------------------------------------------------------------------

/** From above and not answered: what is to be done with each. */
function Above({ rows, first }) {
    const step = r => (r.state === 'returned' ? t('to be corrected') : r.state === 'verified' ? t('corrected, to be sealed') : t('being corrected'))
    return (
        <section class="card" aria-label={t('Sent back by the province')}>
            <h2><Sign kind="red">{t('Sent back by the province')}</Sign></h2>
            <table class="list"><thead><tr><th scope="col">{t('Record')}</th><th scope="col">{t('Why')}</th><th scope="col">{t('When')}</th><th scope="col">{t('State')}</th></tr></thead>
                <tbody>{rows.map((r, i) => <tr key={r.item}>
                    <td><a ref={i === 0 ? first : undefined} href={`#/verify/${id(r.item)}`}>{[r.number || r.item, r.title].filter(Boolean).join(' ')}</a></td>
                    <td>{r.above.why}</td><td>{moment(r.above.at)}</td><td>{step(r)}</td></tr>)}</tbody></table>
            <p class="hint">{t('Correct it, or verify it as it stands: the new revision is sealed and sent, and answers the province.')}</p>
        </section>
    )
}

export function Returned() {
    const { data } = useData(s => Promise.all([get('/returns', s), get(`/items${query({ state: 'returned', limit: 200 })}`, s)])
        .then(([above, own]) => ({ above: above.rows, own: own.rows.filter(r => !r.above) })), [counts.value?.returned, counts.value?.review])
    const first = useRef(null)
    useEffect(() => { first.current?.focus() }, [!data])
    const { above = [], own = [] } = data ?? {}
    return (
        <div class="screen">
            <Title title={t('Sent back')} />
            <Lanes at="returned" />
            {!data ? <Loading /> : !above.length && !own.length && <Empty icon="ok"><p><b>{t('Nothing was sent back.')}</b></p></Empty>}
            {above.length > 0 && <Above rows={above} first={first} />}
            {own.length > 0 && <section class="card" aria-label={t('Sent back in this office')}><h2>{t('Sent back in this office')}</h2>
                <table class="list"><thead><tr><th scope="col">{t('Record')}</th><th scope="col">{t('Why')}</th><th scope="col">{t('Who')}</th><th scope="col">{t('When')}</th></tr></thead>
                    <tbody>{own.map((r, i) => <tr key={r.item}>
                        <td><a ref={i === 0 && !above.length ? first : undefined} href={`#/verify/${id(r.item)}`}>{[r.number || r.item, r.title].filter(Boolean).join(' ')}</a></td>
                        <td>{r.returned?.why ?? ''}</td><td>{r.returned?.actor ?? ''}</td><td>{r.returned ? moment(r.returned.at) : ''}</td></tr>)}</tbody></table></section>}
        </div>
    )
}
