// SPDX-License-Identifier: Apache-2.0
// Keys that are safe with Telex and VNI: nothing fires while letters are composed, and no
// bare letter or digit means anything where text is typed.
import { useEffect, useRef } from 'preact/hooks'

// Some input methods send keys between start and end of composing without saying so.
let between = false
addEventListener('compositionstart', () => { between = true }, true)
addEventListener('compositionend', () => { between = false }, true)
// A field that goes away while it is composed sends no end.
addEventListener('focusin', () => { between = false }, true)

export const composing = e => e.isComposing || e.keyCode === 229 || between

const TEXT = new Set(['text', 'search', 'password', 'number', 'date', 'email', 'tel', 'url'])
export const inText = target => target?.isContentEditable || target?.tagName === 'TEXTAREA' ||
    target?.tagName === 'SELECT' || (target?.tagName === 'INPUT' && TEXT.has(target.type))

/** "Ctrl+Shift+Enter" of an event. */
export function chord(e) {
    let name = ''
    if (e.ctrlKey || e.metaKey) name += 'Ctrl+'
    if (e.altKey) name += 'Alt+'
    if (e.shiftKey) name += 'Shift+'
    return name + (e.key.length === 1 ? e.key.toUpperCase() : e.key)
}

const bare = name => name.replace('Shift+', '').length === 1

/** May this key be a command here? */
export const commands = e => !composing(e) && !e.defaultPrevented &&
    !(bare(chord(e)) && inText(e.target))

/**
 * Keys of a screen: map of chord to handler. A handler that returns false leaves the key
 * to the browser. Not while a dialog is open, unless it lies in that dialog.
 */
export function useKeys(map, node) {
    const now = useRef(map)
    now.current = map
    useEffect(() => {
        const down = e => {
            if (!commands(e)) return
            const run = now.current[chord(e)]
            if (!run) return
            const dialog = document.querySelector('dialog[open]')
            if (dialog && !(node?.current && dialog.contains(node.current))) return
            if (run(e) !== false) {
                e.preventDefault()
                e.stopPropagation()
            }
        }
        addEventListener('keydown', down)
        return () => removeEventListener('keydown', down)
    }, [])
}
