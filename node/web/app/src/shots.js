// SPDX-License-Identifier: Apache-2.0
// A phone that was paired: what the server says of it, and its pictures on their way. What is
// said of a picture is what the server has said of it: "received" only when it lies in the
// register. Until then it stays here and goes again, as often as it takes.
import { signal } from '@preact/signals'

const BASE = '/api/v1'
const LARGEST = 64 * 2 ** 20
const LOOK_MS = 5000
const LOOK_SOON_MS = 1000

export const phone = signal(null) // GET /phone; null: not paired, or not asked yet
export const door = signal('asking') // asking, open, shut (not paired any more)
export const silent = signal(false) // no answer at all
// {key, name, bytes, picture, sent, state, upload, why}; state: wait, going, again (the line broke,
// goes again), here (on the computer), saved, same (was there already), refused, failed.
export const shots = signal([])
export const DONE = ['saved', 'same', 'refused']
const blobs = new Map() // key -> File
let keys = 0

const pause = ms => new Promise(done => setTimeout(done, ms))
const set = (key, news) => { shots.value = shots.value.map(s => (s.key === key ? { ...s, ...news } : s)) }
export const unsafe = () => shots.value.some(s => !DONE.includes(s.state) && s.state !== 'failed')

class Refused extends Error {
    constructor(status, error) {
        super(error?.code ?? `HTTP ${status}`)
        Object.assign(this, { status, code: error?.code ?? `SH-HTTP-${status}`, vi: error?.vi, en: error?.en })
    }
}

async function ask(method, path, body) {
    let answer
    try {
        answer = await fetch(BASE + path, { method, cache: 'no-store', credentials: 'same-origin',
            headers: { 'Content-Type': 'application/json', 'X-Sohoa-Csrf': phone.value?.csrf ?? '' },
            body: body && JSON.stringify(body) })
    } catch {
        silent.value = true
        throw new Refused(0)
    }
    silent.value = false
    const data = await answer.json().catch(() => null)
    if (!answer.ok) throw new Refused(answer.status, data?.error)
    return data
}

function shut(e) {
    if (e.status !== 403 || door.value === 'shut') return
    door.value = 'shut'
    phone.value = null
    // Nobody tells any more what became of them: they go again when the phone is paired again.
    shots.value = shots.value.map(s => (s.state === 'here' ? { ...s, state: 'again', upload: null } : s))
}

function opened(data, asked) {
    phone.value = data
    door.value = 'open'
    for (const s of shots.value) {
        if (s.state !== 'here' || !asked.has(s.key)) continue
        const said = data.pictures.find(p => p.upload === s.upload)
        if (!said) set(s.key, { state: 'again', upload: null }) // another program answers now
        else if (said.state !== 'here') settle(s.key, said)
    }
    pump()
}

function settle(key, said) {
    set(key, { state: said.state, why: said })
    if (said.state !== 'failed') blobs.delete(key)
}

/** What the server says now. */
export async function look() {
    const asked = new Set(shots.value.filter(s => s.state === 'here').map(s => s.key))
    try {
        opened(await ask('GET', '/phone'), asked)
    } catch (e) {
        shut(e)
    }
}

const post = (shot, file) => new Promise((done, fail) => {
    const x = new XMLHttpRequest() // fetch() does not tell how far it is
    const broken = () => { silent.value = true; fail(new Refused(0)) }
    x.open('POST', `${BASE}/uploads?name=${encodeURIComponent(shot.name)}`)
    x.responseType = 'json'
    x.setRequestHeader('Content-Type', file.type.startsWith('image/') ? file.type : 'image/jpeg')
    x.setRequestHeader('X-Sohoa-Csrf', phone.value?.csrf ?? '')
    x.upload.onprogress = e => set(shot.key, { sent: e.loaded })
    x.onload = () => {
        silent.value = false
        if (x.status === 200 && x.response?.upload) done(x.response.upload)
        else fail(new Refused(x.status, x.response?.error))
    }
    x.onerror = broken
    x.onabort = broken
    x.send(file)
})

async function send(shot) {
    const file = blobs.get(shot.key)
    if (file.size > LARGEST) return set(shot.key, { state: 'failed', why: { code: 'SH-WEB-SIZE' } })
    for (let tries = 1; ; tries++) {
        while (door.value !== 'open') await pause(500)
        set(shot.key, { state: 'going', sent: 0 })
        try {
            return set(shot.key, { state: 'here', upload: await post(shot, file) })
        } catch (e) {
            if (e.code === 'SH-WEB-PHONE' || e.code === 'SH-USER-RIGHT') shut(e)
            else if (e.status && ![403, 408, 429, 503, 507].includes(e.status))
                return set(shot.key, { state: 'failed', why: e })
            set(shot.key, { state: 'again' })
            await pause(Math.min(15000, 500 * 2 ** tries))
        }
    }
}

// One after another: a broken line costs one picture's way, not that of all.
let pumping = false
async function pump() {
    if (pumping) return
    pumping = true
    for (;;) {
        const next = shots.value.find(s => s.state === 'wait' || s.state === 'again')
        if (!next) break
        await send(next).catch(() => set(next.key, { state: 'failed', why: { code: 'SH-OPEN' } }))
    }
    pumping = false
}

// As small as it is shown: a phone has no room for thirty whole photos in its memory.
async function small(file) {
    try {
        const bitmap = await createImageBitmap(file, { resizeWidth: 160 })
        const canvas = document.createElement('canvas')
        canvas.width = bitmap.width
        canvas.height = bitmap.height
        canvas.getContext('2d').drawImage(bitmap, 0, 0)
        bitmap.close()
        const blob = await new Promise(done => canvas.toBlob(done, 'image/jpeg', 0.7))
        return blob && URL.createObjectURL(blob)
    } catch {
        return null // HEIC, for one, is not drawn by every browser
    }
}

const nameOf = file => file.name.replace(/[\\/\p{Cc}]/gu, '_').slice(-60) || '_'

/** Pictures that were taken or chosen. */
export async function add(files) {
    const list = [...files].map(file => ({ file, key: ++keys }))
    list.forEach(({ file, key }) => blobs.set(key, file))
    shots.value = [...shots.value, ...list.map(({ file, key }) => ({ key, name: nameOf(file), bytes: file.size, sent: 0,
        state: file.size ? 'wait' : 'failed', why: file.size ? undefined : { code: 'SH-INPUT-EMPTY' } }))]
    pump()
    for (const { file, key } of list) set(key, { picture: await small(file) })
}

/** What failed, once more. */
export function tryAgain() {
    shots.value = shots.value.map(s => (s.state === 'failed' && s.bytes > 0 ? { ...s, state: 'wait', why: undefined } : s))
    pump()
}

/** Ends it from here. */
export async function leave() {
    try {
        await ask('DELETE', '/phone')
    } catch { /* the next look tells */ }
    await look()
}

/** Takes the token of the address, once; then asks how it is, from time to time. */
export async function begin() {
    const token = location.hash.slice(1)
    history.replaceState(null, '', location.pathname)
    if (/^[0-9a-f]{64}$/.test(token)) {
        for (;;) {
            try {
                opened(await ask('POST', '/phone', { token }), new Set())
                break
            } catch (e) {
                if (e.status) break // used or too old; paired before it still is
                await pause(2000)
            }
        }
    }
    for (;;) {
        if (!document.hidden || unsafe()) await look()
        await pause(shots.value.some(s => s.state === 'here') ? LOOK_SOON_MS : LOOK_MS)
    }
}

// The browser asks before it throws away what is not safe yet.
addEventListener('beforeunload', e => { if (unsafe()) e.preventDefault() })
