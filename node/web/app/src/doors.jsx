// SPDX-License-Identifier: Apache-2.0
// First run, login, lock.
import { useEffect, useRef, useState } from 'preact/hooks'
import { api, post, session, tell } from './api.js'
import { both, lang, setLang, t } from './i18n.js'
import { Icon } from './icons.jsx'
import { Buttons, Choices, Field, Form } from './parts.jsx'
import { recall, remember } from './keep.js'

export function Language() {
    return (
        <div class="language" role="group" aria-label="Ngôn ngữ · Language">
            {[['vi', 'Tiếng Việt'], ['en', 'English']].map(([code, name]) => (
                <button type="button" key={code} lang={code} class="quiet"
                    aria-pressed={lang.value === code} onClick={() => setLang(code)}>{name}</button>
            ))}
        </div>
    )
}

const Card = ({ title, children }) => (
    <main class="door" id="main">
        <div class="brand"><img src={ICON} alt="" width={44} height={44} /><span>sohoa</span></div>
        <section class="card"><h1 tabIndex={-1}>{title}</h1>{children}</section>
        <Language />
    </main>
)
import ICON from './icon.svg'

// The text of an error that belongs beside a form.
function short(e) {
    const s = both(e)
    return s?.what ? `${s.what} ${s.todo ?? ''}` : t('This was not accepted. Try again.')
}

export function Login() {
    const [wrong, setWrong] = useState('')
    const first = useRef(null)
    const last = recall('user') ?? ''
    useEffect(() => {
        document.title = `${t('Log in')} · sohoa`
        first.current?.focus()
    }, [])
    const send = async data => {
        setWrong('')
        try {
            session.value = await post('/session',
                { user: data.get('user').trim(), password: data.get('password') })
            remember('user', data.get('user').trim())
        } catch (e) {
            if (e.status === 401 || e.status === 422 || e.status === 429)
                setWrong(e.status === 401 && !e.vi ? t('Name or password is not right.') : short(e))
            else tell(e)
        }
    }
    const s = session.value
    return (
        <Card title={t('Log in')}>
            {s?.unit?.name && <p class="unit">{s.unit.name}</p>}
            <Form onSend={send} label={t('Log in')}>
                <Field label={t('User name')}>{p => <input {...p} ref={last ? null : first}
                    name="user" type="text" autocomplete="username" autocapitalize="none"
                    spellcheck={false} defaultValue={last} required />}</Field>
                <Field label={t('Password')} error={wrong}>{p => <input {...p} ref={last ? first : null}
                    name="password" type="password" autocomplete="current-password" required />}</Field>
                <Buttons><button class="main">{t('Log in')}</button></Buttons>
            </Form>
        </Card>
    )
}

/** Over the screen, which stays as it was: after a pause, or when asked for. */
export function Lock() {
    const [wrong, setWrong] = useState('')
    const node = useRef(null)
    useEffect(() => {
        const dialog = node.current
        dialog.showModal()
        return () => dialog.close()
    }, [])
    const send = async data => {
        setWrong('')
        try {
            session.value = await post('/session/unlock', { password: data.get('password') })
        } catch (e) {
            if (e.status === 401 && !e.vi) setWrong(t('The password is not right.'))
            else if ([401, 403, 422, 423, 429].includes(e.status)) setWrong(short(e))
            else tell(e)
        }
    }
    const out = async () => {
        try {
            await api('DELETE', '/session')
        } catch { /* the door below asks again */ }
        session.value = { ...session.value, user: null, locked: false }
    }
    return (
        <dialog ref={node} class="lock" aria-labelledby="lock-title"
            onCancel={e => e.preventDefault()}>
            <h2 id="lock-title"><Icon name="lock" /> {t('Locked')}</h2>
            <p>{t('Your work is as you left it. Enter your password to go on.')}</p>
            <Form onSend={send} label={t('Unlock')}>
                <Field label={t('Password of {name}', { name: session.value?.user?.name ?? '' })}
                    error={wrong}>{p => <input {...p} name="password" type="password"
                        autocomplete="current-password" autofocus required />}</Field>
                <Buttons>
                    <button class="main">{t('Unlock')}</button>
                    <button type="button" class="quiet" onClick={out}>{t('Another user')}</button>
                </Buttons>
            </Form>
        </dialog>
    )
}

/** The token that serve printed: #token=…, or the word after #. */
const readToken = () => {
    const text = decodeURIComponent(location.hash.slice(1))
    return text.startsWith('/') ? '' : text.replace(/^token=/, '')
}

export function Setup({ onDone }) {
    const [step, setStep] = useState(0)
    const [token, setToken] = useState(readToken)
    const [wrong, setWrong] = useState({})
    const title = useRef(null)
    const unit = session.value?.unit
    useEffect(() => {
        document.title = `${t('First start')} · sohoa`
        title.current?.focus()
    }, [step])
    const send = async data => {
        const password = data.get('password')
        const found = {}
        if (!data.get('user').trim()) found.user = t('Choose a name, for example lan.')
        if (password.length < 8) found.password = t('Use at least 8 characters.')
        else if (password !== data.get('again')) found.again = t('The two passwords differ.')
        if (!token) found.token = t('Open the address that the program printed, or type its code.')
        setWrong(found)
        if (Object.keys(found).length) return
        try {
            session.value = await post('/setup', { token, user: data.get('user').trim(), password,
                ...(data.get('unit') ? { unit: data.get('unit').trim() } : {}), lang: lang.value })
            remember('user', data.get('user').trim())
            setStep(2)
        } catch (e) {
            if (e.status === 403) setWrong({ token: short(e) })
            else if (e.status === 422) setWrong({ password: short(e) })
            else tell(e)
        }
    }
    const steps = [t('Language'), t('First user'), t('Ready')]
    return (
        <main class="door" id="main">
            <div class="brand"><img src={ICON} alt="" width={44} height={44} /><span>sohoa</span></div>
            <section class="card">
                <ol class="steps">{steps.map((name, i) => (
                    <li key={name} aria-current={i === step ? 'step' : undefined}
                        class={i < step ? 'past' : ''}>{name}</li>))}</ol>
                {step === 0 && <>
                    <h1 ref={title} tabIndex={-1}>{t('Welcome')}</h1>
                    <p>{t('This program scans registers and files, reads them, and sends them to the province. All stays on this computer until you seal it.')}</p>
                    <Choices legend={t('Language')} name="lang" value={lang.value}
                        options={[['vi', 'Tiếng Việt'], ['en', 'English']]} onChange={setLang} />
                    <Buttons><button type="button" class="main" onClick={() => setStep(1)}>{t('Continue')}</button></Buttons>
                </>}
                {step === 1 && <>
                    <h1 ref={title} tabIndex={-1}>{t('Who works here?')}</h1>
                    <p>{t('The first user looks after this computer and adds the others.')}</p>
                    <Form onSend={send} label={t('First user')} keep="first">
                        {!unit?.code && <Field label={t('Code of the commune')}
                            hint={t('Five digits, from the list of administrative units. May stay empty for now.')}>{p =>
                            <input {...p} name="unit" type="text" inputMode="numeric" />}</Field>}
                        {unit?.name && <p class="unit">{unit.name} ({unit.code})</p>}
                        <Field label={t('User name')} error={wrong.user}>{p => <input {...p} name="user"
                            type="text" autocomplete="username" autocapitalize="none" spellcheck={false} />}</Field>
                        <Field label={t('Password')} error={wrong.password}
                            hint={t('At least 8 characters. A short sentence is easy to remember.')}>{p =>
                            <input {...p} name="password" type="password" autocomplete="new-password" />}</Field>
                        <Field label={t('Password once more')} error={wrong.again}>{p =>
                            <input {...p} name="again" type="password" autocomplete="new-password" />}</Field>
                        {(!readToken() || wrong.token) && <Field label={t('Code of the first start')}
                            error={wrong.token} hint={t('It stands in the address that the program printed, after #.')}>{p =>
                            <input {...p} type="text" value={token} autocomplete="off" spellcheck={false}
                                onInput={e => setToken(e.target.value.trim())} />}</Field>}
                        <Buttons>
                            <button class="main">{t('Create the user')}</button>
                            <button type="button" class="quiet" onClick={() => setStep(0)}>{t('Back')}</button>
                        </Buttons>
                    </Form>
                </>}
                {step === 2 && <>
                    <h1 ref={title} tabIndex={-1}>{t('Ready')}</h1>
                    <ol class="next">
                        <li>{t('Open the register that lies before you.')}</li>
                        <li>{t('Scan its pages, or drop files into the window.')}</li>
                        <li>{t('Check what the program is not sure of.')}</li>
                        <li>{t('Seal the register and send it.')}</li>
                    </ol>
                    <Buttons><button type="button" class="main" onClick={onDone}>{t('Begin')}</button></Buttons>
                </>}
            </section>
            <Language />
        </main>
    )
}
