// SPDX-License-Identifier: Apache-2.0
// Parts that several screens are made of.
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { number, percent, t } from './i18n.js'
import { Icon } from './icons.jsx'
import { session } from './api.js'
import { formKey, recall, remember } from './keep.js'

/** The heading of a screen gets the focus when one comes there: readers begin here. */
export function Title({ children, title, side }) {
    const node = useRef(null)
    useEffect(() => {
        document.title = `${title} · sohoa`
        if (document.activeElement === document.body) node.current?.focus()
    }, [title])
    return (
        <header class="title">
            <h1 ref={node} tabIndex={-1}>{children ?? title}</h1>
            {side && <div class="side">{side}</div>}
        </header>
    )
}

/** A label over its input, a hint and an error that belong to it. */
export function Field({ label, hint, error, children, id }) {
    const own = useId()
    const name = id ?? own
    const about = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ')
    return (
        <div class={`field ${error ? 'wrong' : ''}`}>
            <label for={name}>{label}</label>
            {children({ id: name, 'aria-describedby': about || undefined,
                'aria-invalid': error ? 'true' : undefined })}
            {hint && <p class="hint" id={`${name}-hint`}>{hint}</p>}
            {error && <p class="error" id={`${name}-error`} role="alert">{error}</p>}
        </div>
    )
}

/** n of m as bar and figures; m is never hidden. More than m is said, not a share of it. */
export function Meter({ value, max, label }) {
    const over = max > 0 && value > max
    const part = max > 0 ? Math.min(1, value / max) : 0
    return (
        <div class={`meter ${over ? 'over' : ''}`}>
            <span class="track" role="progressbar" aria-label={label} aria-valuemin={0}
                aria-valuemax={max || 100} aria-valuenow={Math.min(value, max || 100)}
                aria-valuetext={`${value}/${max}`}><span style={{ width: `${part * 100}%` }} /></span>
            <span class="figures">{number(value)}/{number(max)}{!over && <> = {percent(value, max)}</>}</span>
            {over && <Sign kind="amber">{t('{n} more than expected', { n: number(value - max) })}</Sign>}
        </div>
    )
}

/** A dialog of the browser: it traps the focus and gives it back. */
export function Dialog({ title, onClose, children, wide }) {
    const node = useRef(null)
    const id = useId()
    useEffect(() => {
        const dialog = node.current
        const before = document.activeElement
        dialog.showModal()
        return () => {
            dialog.close()
            before?.focus?.()
        }
    }, [])
    return (
        <dialog ref={node} class={wide ? 'wide' : ''} aria-labelledby={id}
            onCancel={e => { e.preventDefault(); onClose() }}>
            <h2 id={id}>{title}</h2>
            {children}
        </dialog>
    )
}

export const Buttons = ({ children }) => <div class="buttons">{children}</div>

// What a form's own inputs hold, by name; never a password.
const inputs = form => [...form.elements].filter(e => e.name && e.type !== 'password')
const held = form => Object.fromEntries(inputs(form).filter(e => e.type !== 'radio' || e.checked)
    .map(e => [e.name, e.type === 'checkbox' ? e.checked : e.value]))

/** Writes @values as a person would: the form's own handlers hear of it. */
function fill(form, values) {
    for (const e of inputs(form)) {
        const value = values[e.name]
        if (value == null) continue
        const choice = e.type === 'radio' ? e.value === value : value
        if (e.type === 'radio' || e.type === 'checkbox') {
            if (e.checked === choice || (e.type === 'radio' && !choice)) continue
            e.checked = choice
        } else if (e.value !== value) {
            e.value = value
        } else {
            continue
        }
        e.dispatchEvent(new Event('input', { bubbles: true }))
        e.dispatchEvent(new Event('change', { bubbles: true }))
    }
}

/** A form that is sent once, with its errors; Enter sends it, but not while composing.
 * @keep: its name in this browser: what is typed outlives a power cut, until the form is
 * sent or left. */
export function Form({ onSend, children, label, keep }) {
    const [busy, setBusy] = useState(false)
    const node = useRef(null)
    const key = keep && formKey(keep)
    useEffect(() => {
        const before = key && recall(key)
        if (!before) return undefined
        fill(node.current, before) // a choice may bring further inputs
        const later = requestAnimationFrame(() => fill(node.current, before))
        return () => cancelAnimationFrame(later)
    }, [])
    // Who is asked to log in again comes back to it.
    useEffect(() => () => { if (key && session.value?.user) remember(key, null) }, [])
    const keepIt = e => { if (key && node.current) remember(key, held(e.currentTarget)) }
    const send = async e => {
        e.preventDefault()
        if (busy) return
        setBusy(true)
        try {
            await onSend(new FormData(e.target))
        } finally {
            setBusy(false)
        }
    }
    return (
        <form ref={node} onSubmit={send} aria-label={label} noValidate
            onInput={keepIt} onChange={keepIt}
            onKeyDown={e => {
                if (e.key === 'Enter' && (e.isComposing || e.keyCode === 229)) e.preventDefault()
            }}>
            <fieldset disabled={busy} class="plain">{children}</fieldset>
        </form>
    )
}

/** Sign and word of a state; colour is never alone. */
export function Sign({ kind, children }) {
    const icons = { grey: 'disk', amber: 'wait', blue: 'going', green: 'ok', red: 'warn' }
    return <span class={`sign ${kind}`}><Icon name={icons[kind]} size={18} />{children}</span>
}

export const Empty = ({ icon, children }) => (
    <div class="empty"><Icon name={icon} size={36} /><div>{children}</div></div>
)

/** A choice of one of several that are always seen. */
export function Choices({ legend, name, options, value, onChange }) {
    return (
        <fieldset class="choices">
            <legend>{legend}</legend>
            {options.map(([key, text, hint]) => (
                <label key={key} class={value === key ? 'on' : ''}>
                    <input type="radio" name={name} value={key} checked={value === key}
                        onChange={() => onChange(key)} />
                    <span>{text}{hint && <small>{hint}</small>}</span>
                </label>
            ))}
        </fieldset>
    )
}

export function Loading() {
    return <p class="loading" role="status">{t('One moment …')}</p>
}

/** Asks for a screen's data again when any of deps changes; keeps the old meanwhile. */
export function useData(load, deps) {
    const [data, setData] = useState(undefined)
    const [failed, setFailed] = useState(null)
    const [turn, setTurn] = useState(0)
    useEffect(() => {
        const stop = new AbortController()
        // What comes after something else was asked for is not shown.
        load(stop.signal).then(d => { if (!stop.signal.aborted) { setData(d); setFailed(null) } },
            e => { if (!stop.signal.aborted) setFailed(e) })
        return () => stop.abort()
    }, [...deps, turn])
    return { data, failed, again: () => setTurn(n => n + 1), set: setData }
}
