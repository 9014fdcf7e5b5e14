// SPDX-License-Identifier: Apache-2.0
// Keys of the verify screen while letters are composed: 200 synthetic cases of Telex, VNI
// and input methods that tell less than they should. None may do anything.
import { atMost, is, login, note, ok, open, quiet, story, visit } from './lib.mjs'

const ITEM = process.env.WEB_ITEM
const KEYS = [
    ['Enter', {}], ['Enter', { shiftKey: true }], ['Enter', { ctrlKey: true }],
    ['ArrowUp', { altKey: true }], ['ArrowDown', { altKey: true }], ['F2', {}], ['F4', {}], ['F8', {}],
    ['F9', {}], ['z', { ctrlKey: true }],
]
const LETTERS = 'asdfrxjzwo123456789?rgxk'.split('') // tone keys of Telex and VNI, and keys of lists
// How an input method says that it composes.
const WAYS = ['isComposing', 'keyCode229', 'between']

const { context, page } = await open({ profile: '' })

/** Sends one key in one of the ways to the field that has the focus. */
const send = (way, key, more) => page.evaluate(([w, k, m]) => {
    const target = document.activeElement
    const say = type => target.dispatchEvent(new CompositionEvent(type, { bubbles: true, data: 'ê' }))
    if (w === 'between') say('compositionstart')
    target.dispatchEvent(new KeyboardEvent('keydown', { key: k, bubbles: true, cancelable: true, ...m,
        isComposing: w === 'isComposing', keyCode: w === 'keyCode229' ? 229 : k === 'Enter' ? 13 : 0 }))
    if (w === 'between') say('compositionend')
}, [way, key, more])

// What a false key would change.
const seen = () => page.evaluate(() => JSON.stringify([document.activeElement?.name, document.activeElement?.value,
    location.hash, !!document.querySelector('dialog[open]'), document.querySelectorAll('.cell.doubt').length]))

let requests = []
page.on('request', r => { if (r.method() !== 'GET') requests.push(`${r.method()} ${r.url()}`) })

async function composing() {
    await login(page)
    await visit(page, `verify/${ITEM}`)
    await page.locator('.cell.doubt input').first().focus()
    requests = []
    const before = await seen()
    let cases = 0
    const wrong = []
    const one = async (way, key, more) => {
        cases++
        await send(way, key, more)
        const after = await seen()
        if (after !== before || requests.length) wrong.push(`${way} ${JSON.stringify(more)} ${key}: ${after} ${requests}`)
        requests = []
    }
    for (const way of WAYS) {
        for (const [key, more] of KEYS) await one(way, key, more)
        for (const key of LETTERS) await one(way, key, {})
    }
    // Bare letters and digits, not composed, in a text field: they are text, never commands.
    for (const key of 'abcdefghijklmnopqrstuvwxyz0123456789?/'.split(''))
        for (const more of [{}, { shiftKey: true }])
            await one('plain', key, more)
    // Until there are 200: several keys within one composition, as fast as typed.
    while (cases < 200) {
        await page.evaluate(() => document.activeElement.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true })))
        await one('keyCode229', 'Process', {})
        if (cases < 200) await one('isComposing', 'Enter', {})
        await page.evaluate(() => document.activeElement.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true })))
    }
    atMost(wrong.length, 0, `false triggers in ${cases} cases of composing`)
    if (wrong.length) note(wrong.slice(0, 10).join('\n'))
    is(await seen(), before, 'the field is as it was')
}

// The browser's own input method, by its debugging protocol: Telex for "Nguyễn".
async function composed() {
    await page.locator('[name=nksHoTen], [name=Subject]').first().focus()
    const client = await context.newCDPSession(page)
    await page.keyboard.press('Control+A')
    requests = []
    for (const text of ['N', 'Ng', 'Ngu', 'Nguy', 'Nguye', 'Nguyê', 'Nguyên', 'Nguyễn'])
        await client.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
    is(requests.length, 0, 'nothing is saved while a word is composed')
    await client.send('Input.insertText', { text: 'Nguyễn' })
    is(await page.evaluate(() => document.activeElement.value), 'Nguyễn', 'the composed word stands in the field once')
    const saved = page.waitForResponse(r => r.request().method() === 'PUT')
    await page.keyboard.press('Enter')
    ok((await saved).ok(), 'Enter after composing saves the field')
}

async function calm() {
    quiet('the browser says nothing')
    await context.close()
}
await story(composing, composed, calm)
