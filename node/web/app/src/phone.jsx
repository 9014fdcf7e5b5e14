// SPDX-License-Identifier: Apache-2.0
// The page of a phone that was paired (/phone): its camera, and what became of each picture.
import { render } from 'preact'
import { useRef } from 'preact/hooks'
import { lang, percent, setLang, t, textOf, tn } from './i18n.js'
import { Icon } from './icons.jsx'
import { DONE, add, begin, door, leave, phone, shots, silent, tryAgain, unsafe } from './shots.js'

const Sign = ({ kind, icon, children }) => <span class={`sign ${kind}`}><Icon name={icon} size={18} />{children}</span>

const REFUSED = () => ({ 'SH-WEB-SIZE': t('larger than 64 MB'), 'SH-INPUT-EMPTY': t('it is empty'), 'SH-OPEN': t('it cannot be read') })
const reason = why => REFUSED()[why?.code] ?? ((why?.vi || why?.en ? textOf(why) : '') || why?.code)

function State({ s }) {
    switch (s.state) {
    case 'going': return <><progress value={s.sent} max={s.bytes} aria-label={s.name} /> <small>{percent(s.sent, s.bytes)}</small></>
    case 'again': return <Sign kind="amber" icon="wait">{t('the connection broke, comes again')}</Sign>
    case 'here': return <Sign kind="blue" icon="going">{t('has come, is being taken in')}</Sign>
    case 'saved': return <Sign kind="green" icon="ok">{t('has been received')}</Sign>
    case 'same': return <Sign kind="grey" icon="ok">{t('was here already')}</Sign>
    case 'refused':
    case 'failed': return <Sign kind="red" icon="warn">{t('not taken')}: {reason(s.why)}</Sign>
    default: return <small>{t('waits')}</small>
    }
}

function Shots() {
    const list = shots.value
    if (!list.length) return null
    const safe = list.filter(s => s.state === 'saved' || s.state === 'same').length
    const bad = list.filter(s => s.state === 'refused' || s.state === 'failed').length
    return (
        <>
            <p class="sum" role="status">
                <Sign kind={safe === list.length ? 'green' : 'blue'} icon={safe === list.length ? 'ok' : 'going'}>
                    <b>{tn('{n} picture received', '{n} pictures received', safe)}</b> / {list.length}</Sign>
                {bad > 0 && <Sign kind="red" icon="warn">{tn('{n} not taken', '{n} not taken', bad)}</Sign>}
            </p>
            {list.some(s => s.state === 'failed' && s.bytes > 0) && <button type="button" class="main" onClick={tryAgain}>{t('Try again')}</button>}
            <ul class="shots" aria-label={t('Pictures')}>{[...list].reverse().map(s => (
                <li key={s.key} data-state={s.state}>
                    {s.picture ? <img src={s.picture} alt="" /> : <Icon name="page" size={48} />}
                    <span><small>{s.name}</small><State s={s} /></span>
                </li>))}</ul>
        </>
    )
}

function Camera() {
    const camera = useRef(null)
    const chosen = useRef(null)
    const take = e => { add(e.target.files); e.target.value = '' }
    return (
        <>
            <p>{t('Lay the book flat, hold the phone straight above it, with all four corners in the picture.')}</p>
            <input ref={camera} id="camera" class="unseen" type="file" accept="image/*" capture="environment" multiple
                tabIndex={-1} aria-label={t('Take pictures')} onChange={take} />
            <input ref={chosen} id="chosen" class="unseen" type="file" accept="image/*" multiple
                tabIndex={-1} aria-label={t('Choose pictures')} onChange={take} />
            <button type="button" class="main huge" onClick={() => camera.current.click()}><Icon name="phone" size={26} />{t('Take pictures')}</button>
            <button type="button" onClick={() => chosen.current.click()}>{t('Choose pictures')}</button>
        </>
    )
}

const Shut = () => (
    <section class="card" role="alert">
        <Sign kind="amber" icon="warn"><b>{t('This phone is not connected any more.')}</b></Sign>
        <p>{t('On the computer open Scan, press Photograph with a phone, and scan the new code.')}</p>
        {unsafe() && <p>{t('Pictures that are not received yet stay on this page: keep it open, they go by themselves then.')}</p>}
    </section>
)

function Page() {
    const p = phone.value
    document.title = `${p?.title ?? t('Photograph with a phone')} · sohoa`
    const other = lang.value === 'vi' ? 'en' : 'vi'
    const open = door.value === 'open'
    return (
        <main class="phone" id="main">
            <header class="row"><b>sohoa</b>
                <button type="button" class="quiet small" lang={other} onClick={() => setLang(other)}>{other === 'vi' ? 'Tiếng Việt' : 'English'}</button></header>
            <h1>{p?.title ?? t('Photograph with a phone')}</h1>
            {silent.value && <p role="status"><Sign kind="red" icon="warn">{t('The computer does not answer. Pictures stay here and go by themselves when it does.')}</Sign></p>}
            {door.value === 'shut' && <Shut />}
            {open && <Camera />}
            <Shots />
            {open && shots.value.every(s => DONE.includes(s.state)) &&
                <button type="button" class="quiet" onClick={leave}>{t('End the connection')}</button>}
        </main>
    )
}

if (!navigator.language?.startsWith('vi') && navigator.language?.startsWith('en') && !localStorage.getItem('sohoa.lang')) setLang('en')
render(<Page />, document.getElementById('app'))
begin()
