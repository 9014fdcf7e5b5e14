// SPDX-License-Identifier: Apache-2.0
// Places 3 and 4: what is missing before a register may be sealed; how far each is sent.
import { useState } from 'preact/hooks'
import { get } from './api.js'
import { bytes, moment, number, t, textOf, tn } from './i18n.js'
import { Icon } from './icons.jsx'
import { Buttons, Dialog, Empty, Loading, Sign, Title, useData } from './parts.jsx'
import { dossierTitle } from './records.js'
import { Jobs, mayCarry, mayChange } from './shell.jsx'
import { counts, dossiers, jobs, running, startJob } from './state.js'

const titleOf = id => {
    const d = dossiers.value?.find(x => x.dossier === id)
    return d ? dossierTitle(d) : id
}

// Where the clerk puts right what is missing.
function Way({ row }) {
    if (/gap|duplicate|closing/i.test(row.code ?? ''))
        return <a class="button small" href={`#/books/${row.dossier}`}>{t('Open the register')}</a>
    if (/unread|failed|held|counted|page/i.test(row.code ?? ''))
        return <a class="button small" href="#/scan">{t('Go to scanning')}</a>
    return <a class="button small" href={row.item ? `#/verify/${encodeURIComponent(row.item)}` : '#/verify'}>{t('Go to verifying')}</a>
}

export function Seal() {
    const news = [counts.value?.review, counts.value?.waiting, dossiers.value, running('seal')?.job]
    const { data, failed, again } = useData(s => get('/seal', s), news)
    const [asked, setAsked] = useState(false)
    const rows = data?.rows ?? []
    const ready = data?.ready ?? counts.value?.ready
    const last = jobs.value.find(j => j.kind === 'seal' && j.state !== 'running')
    const may = mayChange()
    const by = [...new Set(rows.map(r => r.dossier))]
    return (
        <div class="screen">
            <Title title={t('Seal')} side={may && <button type="button" class="main big"
                disabled={!!running('seal')} onClick={() => setAsked(true)}><Icon name="seal" />{t('Seal what is ready')}</button>} />
            <p class="lead">{t('A sealed record is signed by this computer and no longer changes. Only sealed records are sent.')}</p>
            <Jobs kinds={['seal']} />
            {last?.summary && <p><Sign kind={last.state === 'done' ? 'green' : 'red'}>
                {tn('{n} record was sealed', '{n} records were sealed', last.summary.items ?? last.summary.sealed ?? 0)}</Sign></p>}
            {ready != null && <p class="figures">{tn('{n} record can be sealed now', '{n} records can be sealed now', ready)}</p>}
            {failed && !data ? <p>{t('The list could not be fetched.')} <button type="button" onClick={again}>{t('Try again')}</button></p>
                : !data ? <Loading /> : rows.length === 0
                    ? <Empty icon="ok"><b>{t('Nothing is missing.')}</b></Empty>
                    : by.map(id => (
                        <section class="card" key={id ?? ''}>
                            <h2>{id ? titleOf(id) : t('Loose records')}</h2>
                            <ul class="missing">{rows.filter(r => r.dossier === id).map((r, i) => (
                                <li key={i}><Sign kind={r.blocks === false ? 'grey' : 'amber'}>{textOf(r)}</Sign>
                                    {r.count > 0 && <b class="count">{number(r.count)}</b>}<Way row={r} /></li>))}</ul>
                        </section>))}
            {asked && <Dialog title={t('Seal now?')} onClose={() => setAsked(false)}>
                <p>{t('What is verified and complete is signed. What is missing something stays open.')}</p>
                <Buttons><button type="button" class="main" autofocus onClick={() => { setAsked(false); startJob('seal') }}>{t('Seal')}</button>
                    <button type="button" class="quiet" onClick={() => setAsked(false)}>{t('Cancel')}</button></Buttons>
            </Dialog>}
        </div>
    )
}

// ---- four words ----------------------------------------------------------------------

const REASONS = () => ({
    run: t('not called yet; press Send now'), window: t('waits for the hours when the line may be used'),
    night: t('waits for the night'), cap: t("today's limit is reached"), stick: t('goes by stick'),
    kept: t('stays on this computer, by the settings'), box: t('lies in the drop box'),
    relay: t('is at the district, on its way'), line: t('no connection'),
    full: t('the province says it is full'), upstream: t('the province refused it'),
})

function Word({ kind, word, n, children }) {
    return (
        <li class={`word ${kind}`}>
            <Sign kind={kind}>{word}</Sign>
            <b class="number">{number(n)}</b>
            <small>{children}</small>
        </li>
    )
}

function why(row) {
    const text = row.vi || row.en ? textOf(row) : REASONS()[row.reason] ?? row.reason ?? ''
    return [text, row.since && t('since {when}', { when: moment(row.since) }),
        row.until && t('until {when}', { when: moment(row.until) })].filter(Boolean).join(', ')
}

export function Send() {
    const c = counts.value
    const { data, failed, again } = useData(s => get('/sync', s),
        [c?.waiting, c?.going, c?.received, running('sync')?.job])
    const { data: all } = useData(s => get('/jobs', s), [running('sync')?.job, running('seal')?.job])
    const last = jobs.value.find(j => j.kind === 'sync' && j.state !== 'running')
    const going = running('sync')
    const rows = data?.waiting ?? []
    const receipts = (data?.receipts ?? []).filter(r => r.class)
    const may = mayChange()
    const reason = rows.map(why).filter(Boolean)[0] ?? (c?.reason ? why(c) : '')
    const day = data?.cap?.daily_mib
    const hours = data?.hours?.window
    return (
        <div class="screen">
            <Title title={t('Send to the province')} side={may && <div class="row">
                <button type="button" class="main big" disabled={!!going} onClick={() => startJob('sync')}><Icon name="send" />{t('Send now')}</button>
                {mayCarry() && <a class="button" href="#/courier"><Icon name="usb" />{t('By USB stick')}</a>}
            </div>} />
            {all && !going && <p class="lead">{all.sync_in_s == null ? t('It is sent only when somebody presses the button.')
                : all.sync_in_s < 60 ? t('It is sent by itself in a moment.')
                    : t('It is sent by itself, next at about {when}.', { when: moment(Date.now() / 1000 + all.sync_in_s) })}</p>}
            <ul class="words" aria-label={t('How far the records are')}>
                <Word kind="grey" word={t('Saved on this computer')} n={c?.saved}>{t('every page is on this disk')}</Word>
                <Word kind="amber" word={t('Waiting to be sent')} n={c?.waiting}>{c?.waiting > 0 ? reason : ''}</Word>
                <Word kind="blue" word={t('Being sent')} n={c?.going}>{going?.total > 0 ? `${number(going.done)}/${number(going.total)}` : ''}</Word>
                <Word kind="green" word={t('The province has it')} n={c?.received}>{c?.last_receipt
                    ? t('receipt no. {n}, {when}', { n: c.last_receipt.number, when: moment(c.last_receipt.clock) }) : t('no receipt yet')}</Word>
            </ul>
            <Jobs kinds={['sync']} />
            {last && last.state === 'failed' && <p class="banner"><Icon name="warn" />{last.summary ? textOf(last.summary) : t('It did not go through. Nothing is lost; try again later.')}</p>}
            {failed && !data && <p>{t('The list could not be fetched.')} <button type="button" onClick={again}>{t('Try again')}</button></p>}
            {rows.length > 0 && <section class="card"><h2>{t('Why it waits')}</h2>
                <table class="list"><thead><tr><th scope="col">{t('What')}</th><th scope="col" class="n">{t('Bundles')}</th><th scope="col" class="n">{t('Size')}</th><th scope="col">{t('Reason')}</th></tr></thead>
                    <tbody>{rows.map((r, i) => <tr key={i}><th scope="row">{CLASSES()[r.class] ?? r.class}</th><td class="n">{number(r.bundles)}</td>
                        <td class="n">{bytes(r.bytes)}</td><td>{why(r)}</td></tr>)}</tbody></table></section>}
            <section class="card"><h2>{t('Receipts')}</h2>
                {receipts.length === 0 ? <p>{t('No receipt yet.')}</p> :
                    <table class="list"><thead><tr><th scope="col">{t('Number')}</th><th scope="col">{t('What')}</th><th scope="col" class="n">{t('Records')}</th><th scope="col">{t('Received')}</th></tr></thead>
                        <tbody>{receipts.slice(0, 20).map((r, i) => <tr key={i}><th scope="row">{r.number ?? r.seq}</th><td>{CLASSES()[r.class] ?? r.class ?? ''}</td>
                            <td class="n">{r.items != null ? number(r.items) : ''}</td><td>{moment(r.clock ?? r.time)}</td></tr>)}</tbody></table>}
            </section>
            {data && <p class="figures">{day > 0 ? t('At most {n} MiB a day, {m} so far.', { n: number(day), m: bytes(data.cap.sent_bytes) }) : t('No limit a day.')}{' '}
                {hours ? t('The line is used {hours}.', { hours }) : t('The line is used at any hour.')} <a href="#/settings">{t('Settings')}</a></p>}
        </div>
    )
}

const CLASSES = () => ({ meta: t('records'), text: t('texts'), thumb: t('small pictures'), page: t('page pictures'), master: t('scanned files') })
