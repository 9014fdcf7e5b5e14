// SPDX-License-Identifier: Apache-2.0
// How long a clerk waits, in the browser: from the key to what it leads to on the screen, and for
// each kind of question to the server. Called by scripts/bench-web; prints figures, judges nothing
// but that each action led to what it should.
import { login, note, ok, open, purpose, story, visit } from './lib.mjs'

const ROUNDS = Number(process.env.WEB_ROUNDS ?? 40)
const { context, page } = await open({ profile: '' })
const times = {}
const keep = (what, ms) => (times[what] ??= []).push(ms)

/** Milliseconds from the next key on until @ready (of the page) holds and was painted. */
async function timed(what, key, ready, ...args) {
    // It listens before the key is pressed: keys overtake what is evaluated.
    await page.evaluate(([source, more]) => void (window.timed = new Promise((done, fail) => {
        const good = new Function(`return (${source})`)()
        addEventListener('keydown', first => {
            const look = () => {
                if (good(...more)) return requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - first.timeStamp)))
                if (performance.now() - first.timeStamp > 20000) return fail(new Error('nothing came of it'))
                requestAnimationFrame(look)
            }
            look()
        }, { capture: true, once: true })
    })), [ready.toString(), args])
    await page.keyboard.press(key)
    keep(what, await page.evaluate(() => window.timed))
}

const ask = (what, path) => page.evaluate(async p => {
    const start = performance.now()
    const answer = await fetch(`/api/v1${p}`)
    const body = await answer.arrayBuffer()
    return { ms: performance.now() - start, ok: answer.ok, bytes: body.byteLength }
}, path).then(r => {
    if (!r.ok) throw new Error(`${what}: ${path} is refused`)
    keep(what, r.ms)
})

/** A register of 200 has some 40 that wait: behind the last one lies the next register. */
async function anotherBook() {
    const books = await page.evaluate(() => fetch('/api/v1/dossiers').then(r => r.json())).then(r => r.rows)
    for (const { dossier } of books) {
        const wait = await page.evaluate(d => fetch(`/api/v1/items?state=recognized&limit=1&dossier=${d}`).then(r => r.json()), dossier)
        if (!wait.rows.length) continue
        await visit(page, `books/${dossier}`)
        await page.locator('main .side button.main').click()
        return visit(page, 'verify')
    }
    throw new Error('no register has a record that waits')
}

async function verified() {
    await login(page)
    await visit(page, 'verify')
    for (let i = 0; i < ROUNDS; i++) {
        await page.locator('.cell.doubt, .empty').first().waitFor()
        if (await page.locator('.empty').count()) await anotherBook()
        await page.locator('.cell.doubt').first().waitFor()
        const hash = await page.evaluate(() => location.hash)
        for (let k = 0; k < 2; k++)
            await timed('next doubtful field (Enter)', 'Enter', was => document.activeElement?.name !== was || !document.querySelector('.cell.doubt'),
                await page.evaluate(() => document.activeElement?.name))
        await page.locator('.cell.doubt').first().waitFor({ state: 'detached' })
        await timed('next record (Ctrl+Enter)', 'Control+Enter', was => location.hash !== was && !!document.querySelector('.record .cell.doubt, .empty'), hash)
    }
    ok(true, `${ROUNDS} records are verified`)
}

async function places() {
    for (let i = 0; i < ROUNDS / 4; i++)
        for (const [hash, there] of [['scan', '.scanner, .start, .screen'], ['books', 'main h1'], ['seal', 'main h1'], ['send', '.word'], ['search', '#q']]) {
            await page.evaluate(h => { addEventListener('keydown', () => { location.hash = `#/${h}` }, { capture: true, once: true }) }, hash)
            await timed('another place', 'F9', (h, sel) => location.hash === `#/${h}` && !!document.querySelector(sel) && !document.querySelector('.loading'), hash, there)
        }
    ok(true, 'the places are gone through')
}

const WORDS = ['nguyen thi hong nhung', 'y van eban', 'tran van dung', 'dang', 'le huu phuc 1990', 'phú thịnh', 'xuyến', '17/1987', 'ho ngoc chau', 'vo minh']
async function searched() {
    await visit(page, 'search')
    await page.locator('#q').fill('nguyen van')
    await page.keyboard.press('Enter')
    await purpose(page)
    for (let i = 0; i < ROUNDS; i++) {
        await page.locator('#q').fill(WORDS[i % WORDS.length] + (i >= WORDS.length ? ` ${['an', 'minh', 'thi', 'van'][Math.floor(i / WORDS.length) % 4]}` : ''))
        await page.evaluate(() => performance.clearResourceTimings())
        await timed('search, on the screen (Enter)', 'Enter', () => performance.getEntriesByType('resource').some(r => /\/search\?/.test(r.name) && r.responseEnd > 0)
            && !document.querySelector('.loading') && !!document.querySelector('.figures, .empty'))
    }
    for (let i = 0; i < ROUNDS; i++) await ask('search, the server', `/search?q=${encodeURIComponent(WORDS[i % WORDS.length])}&limit=50&purpose=check`)
    ok(true, 'searches are answered')
}

async function asked() {
    const rows = await page.evaluate(() => fetch('/api/v1/items?state=recognized&limit=200').then(r => r.json())).then(r => r.rows)
    const books = await page.evaluate(() => fetch('/api/v1/dossiers').then(r => r.json())).then(r => r.rows)
    for (let i = 0; i < ROUNDS; i++) {
        const one = rows[(i * 7) % rows.length]
        await ask('counts', '/counts')
        await ask('a record', `/items/${one.item}`)
        await ask('a list', `/items?state=recognized&limit=200&dossier=${books[(i * 13) % books.length].dossier}`)
        await ask('a register', `/dossiers/${books[(i * 13) % books.length].dossier}`)
        await ask('all registers', '/dossiers')
        await ask('what is missing', '/seal')
    }
    ok(true, 'lists and records are answered')
}

async function told() {
    const at = (list, q) => list[Math.min(list.length - 1, Math.ceil(q * list.length) - 1)]
    for (const [what, list] of Object.entries(times)) {
        list.sort((a, b) => a - b)
        note(`${what}: p50 ${at(list, 0.5).toFixed(0)} p95 ${at(list, 0.95).toFixed(0)} most ${list.at(-1).toFixed(0)} ms, of ${list.length}`)
    }
    await context.close()
}
await story(verified, places, searched, asked, told)
