// SPDX-License-Identifier: Apache-2.0
// What this browser remembers: choices, the place one was at, and drafts of fields that
// the server has not confirmed yet. A browser that forbids it loses only comfort.
//
// localStorage answers at once, but reaches the disk seconds later: a power cut takes what
// was typed last. So all of it goes into an IndexedDB as well, whose transactions are asked
// to be strict (on the disk when they are done); when the page begins the newer copy stands.
const PREFIX = 'sohoa.'
const STORE = 'kept'
const PATIENCE_MS = 1500 // a browser that does not open it works without

const TURN = `${PREFIX}turn` // grows with all that is remembered, in both places

let db = null
const waiting = new Map() // key: text, null to be forgotten
let writing = false

const asked = request => new Promise((done, fail) => {
    request.onsuccess = () => done(request.result)
    request.onerror = () => fail(request.error)
})

// One transaction at a time: what is typed meanwhile goes into the next, only its last state.
async function write() {
    if (!db || writing) return
    writing = true
    try {
        while (waiting.size) {
            const batch = [...waiting]
            waiting.clear()
            await new Promise((done, fail) => {
                const t = db.transaction(STORE, 'readwrite', { durability: 'strict' })
                t.oncomplete = done
                t.onabort = () => fail(t.error)
                for (const [key, text] of batch) {
                    if (text == null) t.objectStore(STORE).delete(key)
                    else t.objectStore(STORE).put(text, key)
                }
            })
        }
    } catch {
        db = null // full, or closed by the browser: localStorage alone, which is newer then
    } finally {
        writing = false
    }
}

const own = () => {
    const keys = []
    for (let i = 0; i < localStorage.length; i++) keys.push(localStorage.key(i))
    return keys.filter(k => k.startsWith(PREFIX))
}

/** Before anything is recalled: the newer of the two copies is what is remembered. Never
 * throws. */
export async function keepBegin() {
    if (!window.indexedDB) return
    const late = new Promise((_, fail) => setTimeout(fail, PATIENCE_MS, new Error('late')))
    try {
        const request = indexedDB.open('sohoa', 1)
        request.onupgradeneeded = () => request.result.createObjectStore(STORE)
        const opened = await Promise.race([asked(request), late])
        const store = opened.transaction(STORE).objectStore(STORE)
        const [keys, texts] = await Promise.race([Promise.all([asked(store.getAllKeys()), asked(store.getAll())]), late])
        const there = new Map(keys.map((key, i) => [key, texts[i]]))
        if (Number(there.get(TURN) ?? 0) > Number(localStorage.getItem(TURN) ?? 0)) {
            for (const key of own().filter(k => !there.has(k))) localStorage.removeItem(key)
            for (const [key, text] of there) localStorage.setItem(key, text)
        } else {
            for (const key of there.keys()) waiting.set(key, null)
            for (const key of own()) waiting.set(key, localStorage.getItem(key))
        }
        db = opened
        write()
    } catch { /* forbidden, full or late: localStorage alone */ }
}

export function remember(key, value) {
    const text = value == null ? null : JSON.stringify(value)
    try {
        const turn = String(Number(localStorage.getItem(TURN) ?? 0) + 1)
        localStorage.setItem(TURN, turn)
        waiting.set(TURN, turn)
        if (text == null) localStorage.removeItem(PREFIX + key)
        else localStorage.setItem(PREFIX + key, text)
    } catch { /* full or forbidden */ }
    waiting.set(PREFIX + key, text)
    write()
}

export function recall(key) {
    try {
        return JSON.parse(localStorage.getItem(PREFIX + key))
    } catch {
        return null
    }
}

// Drafts belong to the user who typed them: nobody else's name stands under them.
let owner = ''
export function draftsOf(user) {
    owner = user
}
/** Key of what a form holds until it is sent. */
export const formKey = name => `form.${owner}/${name}`
const draftKey = (item, field) => `draft.${owner}/${item}.${field}`
/** @left: the field was left, its value waits for the server only. */
export const draftPut = (item, field, value, seen, left = false) =>
    remember(draftKey(item, field), { value, seen, left })
export const draftGet = (item, field) => recall(draftKey(item, field))
export const draftDrop = (item, field) => remember(draftKey(item, field), null)

/** All drafts of the user as [item, field, {value, seen, left}]. */
export function drafts() {
    const all = []
    try {
        for (let i = 0; i < localStorage.length; i++) {
            const key = localStorage.key(i)
            const own = `${PREFIX}draft.${owner}/`
            const m = key.startsWith(own) && key.slice(own.length).match(/^([^.]+)\.(.+)$/)
            if (m) all.push([m[1], m[2], draftGet(m[1], m[2])])
        }
    } catch { /* forbidden */ }
    return all.filter(d => d[2])
}
