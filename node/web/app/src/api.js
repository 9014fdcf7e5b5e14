// SPDX-License-Identifier: Apache-2.0
// The server: requests, errors in three sentences, live events.
import { signal } from '@preact/signals'
import { t } from './i18n.js'

const BASE = '/api/v1'

export const session = signal(null) // GET /session; null: not asked yet
export const online = signal(true) // does the program on this computer answer
export const problem = signal(null) // the error that the panel shows

export class ApiError extends Error {
    constructor(status, body) {
        super(body?.code ?? `HTTP ${status}`)
        this.status = status
        this.code = body?.code ?? `SH-HTTP-${status}`
        this.vi = body?.vi
        this.en = body?.en
        this.detail = body?.detail ?? ''
    }
}

// No answer: the program stopped, or the computer restarts.
function silence() {
    online.value = false
    return new ApiError(0, { code: 'SH-WEB-SILENT' })
}

// What no person caused in the last seconds says so: it does not keep the screen awake.
const TOUCH_MS = 15000
let touched = performance.now()
for (const what of ['pointerdown', 'keydown', 'wheel', 'touchstart', 'input', 'drop'])
    addEventListener(what, e => { if (e.isTrusted) touched = performance.now() }, { capture: true, passive: true })
const byItself = () => (performance.now() - touched > TOUCH_MS ? { 'X-Sohoa-Auto': '1' } : {})

async function read(answer) {
    const text = await answer.text()
    if (!text) return null
    try {
        return JSON.parse(text)
    } catch {
        return null
    }
}

// One request, answered well; else ApiError.
async function answered(method, path, body, signal_) {
    const headers = { Accept: 'application/json', ...byItself() }
    if (method !== 'GET') headers['X-Sohoa-Csrf'] = session.value?.csrf ?? ''
    if (body !== undefined && !(body instanceof Blob)) {
        headers['Content-Type'] = 'application/json'
        body = JSON.stringify(body)
    }
    let answer
    try {
        answer = await fetch(BASE + path, { method, headers, body, credentials: 'same-origin',
            cache: 'no-store', signal: signal_ })
    } catch (e) {
        throw e.name === 'AbortError' ? e : silence()
    }
    online.value = true
    if (answer.ok) return answer
    throw refused(path, answer.status, await read(answer))
}

/** One request. Throws ApiError. @body: an object (JSON) or bytes (Blob). */
export const api = async (method, path, body, signal_) => read(await answered(method, path, body, signal_))

function refused(path, status, data) {
    const own = path === '/session' || path === '/setup' || path.startsWith('/session/')
    if (status === 401 && !own && session.value)
        session.value = { ...session.value, user: null }
    if (status === 401 || status === 423) purpose.value = ''
    if (status === 423 && session.value && !session.value.locked)
        session.value = { ...session.value, locked: true }
    return new ApiError(status, data?.error)
}

/** One file, under @name. @onSent: told how many bytes have gone. Throws as api() does. */
export const sendFile = (file, name, onSent) => new Promise((done, fail) => {
    const x = new XMLHttpRequest() // fetch() does not tell how far it is
    const broken = () => fail(silence())
    x.open('POST', `${BASE}/uploads${query({ name })}`)
    x.responseType = 'json'
    x.setRequestHeader('Accept', 'application/json')
    x.setRequestHeader('Content-Type', 'application/octet-stream')
    x.setRequestHeader('X-Sohoa-Csrf', session.value?.csrf ?? '')
    for (const [name, value] of Object.entries(byItself())) x.setRequestHeader(name, value)
    x.upload.onprogress = e => onSent(e.loaded)
    x.onload = () => {
        online.value = true
        if (x.status === 200 && x.response?.upload) done(x.response)
        else fail(refused('/uploads', x.status, x.response))
    }
    x.onerror = broken
    x.onabort = broken
    x.send(file)
})

// What other people's records are looked at for: said once, until the page is closed, the
// screen is locked or somebody else logs in. purposeAsked: the question that stands now.
export const purpose = signal('')
export const purposeAsked = signal(null)
let asking = null
const askPurpose = () => asking ??= new Promise(done => {
    purposeAsked.value = text => {
        asking = null
        purposeAsked.value = null
        if (text) purpose.value = text
        done(!!text)
    }
})
const withPurpose = path => (purpose.value && /^\/(search|items\/|pages\/)/.test(path)
    ? `${path}${path.includes('?') ? '&' : '?'}purpose=${encodeURIComponent(purpose.value)}` : path)

async function purposely(step) {
    for (;;) {
        try {
            return await step()
        } catch (e) {
            if (e.status !== 428 || !await askPurpose()) throw e
        }
    }
}
export const get = (path, signal_) => purposely(() => api('GET', withPurpose(path), undefined, signal_))
export const post = (path, body = {}) => api('POST', path, body)
export const put = (path, body) => api('PUT', path, body)
export const patch = (path, body) => api('PATCH', path, body)
export const del = path => api('DELETE', path)

/** ?a=1&b=2 of what has a value. */
export function query(values) {
    const q = new URLSearchParams()
    for (const [k, v] of Object.entries(values))
        if (v != null && v !== '') q.set(k, v)
    const text = q.toString()
    return text ? `?${text}` : ''
}

export const pictureUrl = (page, width) => BASE + withPurpose(`/pages/${page}/picture${query({ width })}`)
export const stripUrl = (page, box, width) => BASE + withPurpose(`/pages/${page}/strip${query({ x: box.x, y: box.y, w: box.w, h: box.h, width })}`)

const FREED_MS = 60000 // the browser has begun to write it by then

/** Whether this person may take records along. */
export const mayExport = () => session.value?.user?.role !== 'clerk'

/** The record as a PDF that can be searched, into the browser's downloads. */
export const savePdf = item => attempt(async () => {
    const answer = await purposely(() => answered('GET', withPurpose(`/items/${encodeURIComponent(item)}/pdf`)))
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await answer.blob())
    link.download = `${item}.pdf`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), FREED_MS)
})

/** Shows an error; what the lock or the login asks for shows itself. */
export function tell(e) {
    if (e?.name === 'AbortError') return
    if (e?.status === 401 || e?.status === 423) return
    problem.value = e
}

/** Runs a step; shows its error. Returns undefined then. */
export async function attempt(step) {
    try {
        return await step()
    } catch (e) {
        tell(e)
        return undefined
    }
}

export async function loadSession() {
    session.value = await get('/session')
}

// Sentences of what the server cannot say itself.
export function sentences(e, lang) {
    const given = e[lang] ?? e.vi ?? e.en
    if (given) return given
    if (e.code === 'SH-WEB-SILENT')
        return {
            what: t('The program on this computer does not answer.'),
            safe: t('What you typed is kept in this browser and will be saved by itself.'),
            todo: t('Wait a moment. If it does not come back, start sohoa again.'),
        }
    return {
        what: t('The program could not do this.'),
        safe: t('Nothing that was saved has changed.'),
        todo: t('Try again. If it stays so, tell the code below to your helper.'),
    }
}

/** Live events: calls on[TYPE](data), and back() when they begin (again). Comes back by itself;
 * while the screen is locked there are none. Returns {end(), open()}. */
export function listen(on, back) {
    let source = null
    let timer = 0
    const open = () => {
        if (session.value?.locked) {
            timer = setTimeout(open, 1000)
            return
        }
        source = new EventSource(`${BASE}/events`)
        for (const type of Object.keys(on))
            source.addEventListener(type, e => {
                online.value = true
                try {
                    on[type](JSON.parse(e.data))
                } catch { /* an event of another version */ }
            })
        source.onopen = () => {
            online.value = true
            back()
        }
        source.onerror = () => {
            source.close()
            timer = setTimeout(open, 3000)
        }
    }
    open()
    return {
        end() {
            clearTimeout(timer)
            source?.close()
        },
        open: () => source?.readyState === EventSource.OPEN,
    }
}
