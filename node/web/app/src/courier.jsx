// SPDX-License-Identifier: Apache-2.0
// By stick: what waits is written onto it, what came home is read from it. "May be taken out" is
// said only when the program has read every byte back.
import { useEffect, useState } from 'preact/hooks'
import { get } from './api.js'
import { bytes, moment, t, textOf, tn } from './i18n.js'
import { Icon } from './icons.jsx'
import { Buttons, Empty, Loading, Meter, Sign, Title, useData } from './parts.jsx'
import { mayCarry } from './shell.jsx'
import { jobs, running, startJob, stopJob } from './state.js'

const LOOK_MS = 3000
const KINDS = ['courier-write', 'courier-read']
const going = () => running('courier-write') ?? running('courier-read')

/** While it runs: how far, what not to do, a way to stop. */
function Going({ job }) {
    const writes = job.kind === 'courier-write'
    const checks = writes && job.total > 0 && job.done >= job.total
    return (
        <section class="card" aria-label={writes ? t('Writing onto the stick') : t('Reading the stick')}>
            <h2>{writes ? t('Writing onto the stick') : t('Reading the stick')}</h2>
            <p><Sign kind="red">{t('Do not take the stick out.')}</Sign></p>
            {writes && job.total > 0 && <Meter value={job.done ?? 0} max={job.total} label={t('Bundles written')} />}
            {checks && <p role="status">{t('All is written. It is read back from the stick and compared; that takes as long as writing.')}</p>}
            <Buttons><button type="button" onClick={() => stopJob(job)}>{t('Stop')}</button></Buttons>
        </section>
    )
}

const lineOf = (job, type) => job.rows?.filter(r => r.type === type) ?? []

/** How it ended, in words. The last line of a job that failed is the error. */
function Ended({ job }) {
    const { data } = useData(s => get(`/jobs/${job.job}`, s), [job.job, job.state])
    if (!data) return null
    const error = data.summary?.type === 'error' ? data.summary : null
    const files = lineOf(data, 'file')
    const size = files.reduce((n, f) => n + (f.bytes ?? 0), 0)
    const writes = job.kind === 'courier-write'
    const whole = files.length > 0 && (!error || error.code === 'SH-COURIER-FULL')
    if (job.state === 'stopped' && !files.length)
        return <p><Sign kind="grey">{t('Stopped. Nothing counts as sent; the stick may be taken out.')}</Sign></p>
    return (
        <section class="card" aria-label={t('How it ended')}>
            {writes && whole && <p class="safe"><Sign kind="green"><b>{t('Every byte was read back: the stick may be taken out.')}</b></Sign></p>}
            {writes && whole && <p>{tn('{n} file, {size}', '{n} files, {size}', files.length, { size: bytes(size) })}: {files.map(f => f.path.split('/').pop()).join(', ')}.{' '}
                {t('Bring it to the province; its answer comes home on the same stick.')}</p>}
            {!writes && !error && <p class="safe"><Sign kind="green"><b>{t('The stick was read; it may be taken out.')}</b></Sign>{' '}
                {tn('{n} receipt', '{n} receipts', lineOf(data, 'receipt').filter(r => r.kind === 'receipt').length)}
                {lineOf(data, 'return').length > 0 && <> · <a href="#/returned">{tn('{n} record sent back', '{n} records sent back', lineOf(data, 'return').length)}</a></>}</p>}
            {error && <p class="banner" role="alert"><Icon name="warn" /><span>{textOf(error)} <code>{error.code}</code></span></p>}
        </section>
    )
}

const forWhom = f => (f.to === 'us' ? t('an answer for this office') : f.to === 'away' ? t('written here') : t('of another office'))

function Medium({ m, busy }) {
    const answers = m.files.filter(f => f.to === 'us')
    const can = !busy && !m.broken
    return (
        <section class="card medium" aria-label={m.name}>
            <div class="head"><h2><Icon name="usb" />{m.name}</h2>
                {m.broken ? <Sign kind="red">{t('This stick cannot be read.')}</Sign>
                    : <span class="figures">{t('{n} free of {m}', { n: bytes(m.free_bytes), m: bytes(m.bytes) })}</span>}
                {m.read_only && <Sign kind="amber">{t('It is locked against writing.')}</Sign>}</div>
            {m.files.length > 0 && <ul class="plain">{m.files.map(f => <li key={f.name}><code>{f.name}</code> · {forWhom(f)} · {bytes(f.bytes)} · {moment(f.made)}</li>)}</ul>}
            <Buttons>
                <button type="button" class={answers.length ? '' : 'main'} disabled={!can || m.read_only} onClick={() => startJob('courier-write', { medium: m.medium })}><Icon name="usb" />{t('Write what waits')}</button>
                <button type="button" class={answers.length ? 'main' : ''} disabled={!can} onClick={() => startJob('courier-read', { medium: m.medium })}>{t('Read the answer')}</button>
            </Buttons>
        </section>
    )
}

export function Courier() {
    const now = going()
    const [turn, setTurn] = useState(0)
    const { data, failed } = useData(s => (mayCarry() ? get('/media', s) : Promise.resolve({ rows: [] })), [turn, now?.job])
    useEffect(() => {
        const again = setInterval(() => { if (!document.hidden && !going()) setTurn(n => n + 1) }, LOOK_MS)
        return () => clearInterval(again)
    }, [])
    const last = jobs.value.find(j => KINDS.includes(j.kind) && j.state !== 'running')
    const rows = data?.rows ?? []
    return (
        <div class="screen narrow">
            <Title title={t('By USB stick')} side={<a class="button quiet" href="#/send">{t('Back to sending')}</a>} />
            {!mayCarry() ? <p>{t('A verifier or an administrator writes sticks.')}</p> : <>
                <p class="lead">{t('For an office without a line: write, carry the stick to the province, bring it home, read. What is on it is sealed for the province alone.')}</p>
                {now && <Going job={now} />}
                {!now && last && <Ended key={last.job} job={last} />}
                {failed && !data ? <p>{t('The list could not be fetched.')} <button type="button" onClick={() => setTurn(n => n + 1)}>{t('Try again')}</button></p>
                    : !data ? <Loading /> : rows.length === 0
                        ? <Empty icon="usb"><p><b>{t('No stick is plugged in.')}</b></p><p>{t('Plug one in; it appears here by itself.')}</p></Empty>
                        : rows.map(m => <Medium key={m.medium} m={m} busy={!!now} />)}
            </>}
        </div>
    )
}
