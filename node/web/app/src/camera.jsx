// SPDX-License-Identifier: Apache-2.0
// Phones as cameras, as the clerk sees them: a code to scan, what the phone's browser will ask,
// and which phones are connected.
import { useEffect, useState } from 'preact/hooks'
import { attempt, del, post } from './api.js'
import { t, tn } from './i18n.js'
import { Icon } from './icons.jsx'
import { Buttons, Dialog, Field, Loading, Sign } from './parts.jsx'
import { dossierTitle } from './records.js'
import { Code } from './slips.jsx'
import { dossier, loadPhones, phones } from './state.js'

const grouped = hex => hex.match(/.{4}/g).join(' ')

async function stop(id) {
    await attempt(() => del(`/phones/${id}`))
    await loadPhones()
}

const Off = () => (
    <>
        <p><Sign kind="amber"><b>{t('Phones cannot come in yet.')}</b></Sign></p>
        <p>{t('This program answers this computer alone. End it (Ctrl-C) and start it again so that it lets the office in, over TLS:')}</p>
        <p><code class="command">sohoa serve --lan all</code></p>
        <p>{t('The phone has to be in the same network (Wi-Fi) as this computer.')}</p>
    </>
)

// What browsers show once: a drawing says more than a name of a button.
const Warning = () => (
    <figure class="warning" role="img" aria-label={t('The warning of the phone: not private; details, then go on')}>
        <Icon name="warn" size={30} /><b>{t('Your connection is not private')}</b>
        <span class="press">{t('Advanced · Show details')}</span><span class="press">{t('Proceed · visit this website')}</span>
    </figure>
)

function Steps({ offer, fingerprint }) {
    const host = new URL(offer.url).host
    return (
        <ol class="how">
            <li>{t('Connect the phone to the same network (Wi-Fi) as this computer.')}</li>
            <li>{t('Point its camera at the code and open the address {host}.', { host })}</li>
            <li>{t('The first time, the phone says that it does not know this computer. That is right: nobody vouches for it but you. It asks once.')}
                <Warning />
                {t('If the phone shows a fingerprint (SHA-256) of the certificate, it must be this one; another one is not this computer:')}
                <code class="finger">{grouped(fingerprint)}</code></li>
        </ol>
    )
}

function Offer({ address, onPaired }) {
    const [offer, setOffer] = useState(null)
    const [turn, setTurn] = useState(0)
    const [old, setOld] = useState(false)
    useEffect(() => {
        let made = null
        let gone = false
        setOld(false)
        attempt(() => post('/phones', { dossier: dossier.value.dossier, ...(address ? { address } : {}) })).then(o => {
            made = o
            if (gone && o) stop(o.phone)
            else setOffer(o ?? null)
        })
        return () => {
            gone = true
            const row = made && phones.value?.rows.find(r => r.phone === made.phone)
            if (made && row?.state !== 'paired') stop(made.phone)
        }
    }, [turn, address])
    useEffect(() => {
        if (!offer) return undefined
        const timer = setTimeout(() => setOld(true), offer.left_s * 1000)
        return () => clearTimeout(timer)
    }, [offer])
    const paired = offer && phones.value?.rows.find(r => r.phone === offer.phone && r.state === 'paired')
    useEffect(() => { if (paired) onPaired(paired) }, [!!paired])
    if (!offer) return <Loading />
    return (
        <div class="pair">
            <div class="code">
                {old ? <><p>{t('The code is too old.')}</p><button type="button" class="main" onClick={() => { setOffer(null); setTurn(turn + 1) }}>{t('A new code')}</button></>
                    : <div role="img" aria-label={t('Code to scan with the phone')} data-url={offer.url}><Code cells={offer.cells} /></div>}
                <small>{t('Good for one phone and five minutes.')}</small>
            </div>
            <Steps offer={offer} fingerprint={phones.value.fingerprint} />
        </div>
    )
}

function Pair({ onClose }) {
    const [paired, setPaired] = useState(null)
    const [address, setAddress] = useState('')
    const lan = phones.value?.lan
    return (
        <Dialog wide title={t('Photograph with a phone')} onClose={onClose}>
            {!lan ? <Loading /> : !lan.length ? <Off /> : paired ? <>
                <p role="status"><Sign kind="green"><b>{t('The phone is connected.')}</b></Sign></p>
                <p>{t('Its pictures go into {title} and appear here. The connection lasts twelve hours, until you end it here or log out.', { title: paired.title })}</p>
            </> : <>
                <p>{t('Pictures of this phone go into: {title}', { title: dossierTitle(dossier.value) })}</p>
                {lan.length > 1 && <Field label={t('Address of this computer')} hint={t('When the phone does not find it, take another one.')}>{p =>
                    <select {...p} value={address || lan[0]} onChange={e => setAddress(e.target.value)}>
                        {lan.map(a => <option key={a} value={a}>{a}</option>)}</select>}</Field>}
                <Offer key={address} address={address} onPaired={setPaired} />
            </>}
            <Buttons><button type="button" class={paired ? 'main' : ''} onClick={onClose}>{t('Close')}</button></Buttons>
        </Dialog>
    )
}

/** On the Scan screen: connect one, and which ones are. */
export function Phones() {
    const [open, setOpen] = useState(false)
    useEffect(() => { loadPhones() }, [open])
    const list = (phones.value?.rows ?? []).filter(r => r.state === 'paired')
    return (
        <section class="card phones" aria-label={t('Phones')}>
            <Icon name="phone" size={32} />
            <div class="grow"><b>{list.length ? tn('{n} phone is connected', '{n} phones are connected', list.length) : t('The phone as a camera')}</b>
                <small>{t('Without any app: pictures go straight into the register.')}</small></div>
            <button type="button" onClick={() => setOpen(true)}>{t('Photograph with a phone')}</button>
            {list.length > 0 && <ul class="coming">{list.map(r => (
                <li key={r.phone} class="row tight" data-phone={r.phone}><span class="grow">{r.title} <small>{r.user}</small></span>
                    <Sign kind="green">{tn('{n} picture received', '{n} pictures received', r.stored)}</Sign>
                    {r.waiting > 0 && <Sign kind="blue">{tn('{n} on its way', '{n} on their way', r.waiting)}</Sign>}
                    <button type="button" class="small" onClick={() => stop(r.phone)}>{t('End')}</button></li>))}</ul>}
            {open && <Pair onClose={() => setOpen(false)} />}
        </section>
    )
}
