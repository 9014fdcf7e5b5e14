// SPDX-License-Identifier: Apache-2.0
// What this browser remembers: choices, the place one was at, and drafts of fields that
// the server has not confirmed yet. A browser that forbids it loses only comfort.
const PREFIX = 'sohoa.'

export function remember(key, value) {
    try {
        if (value == null) localStorage.removeItem(PREFIX + key)
        else localStorage.setItem(PREFIX + key, JSON.stringify(value))
    } catch { /* full or forbidden */ }
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
