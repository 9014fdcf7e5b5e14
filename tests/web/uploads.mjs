// SPDX-License-Identifier: Apache-2.0
// Files dragged into the browser: several at once, one of them none that can be taken, a
// connection that breaks; "saved" only after the server's answer; what goes on moves by events,
// and by asking where no events come through.
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { atLeast, axe, is, login, note, ok, open, quiet, shot, story, visit } from './lib.mjs'

const FILES = readdirSync(process.env.WEB_FILES).sort().map(f => join(process.env.WEB_FILES, f))
const PICTURES = FILES.filter(f => f.endsWith('.jpg'))
const [LATER] = PICTURES.splice(-1)
let asked = 0 // for counts and jobs, by the page itself
const { context, page } = await open({ profile: mkdtempSync(join(tmpdir(), 'web-')) })
page.on('request', r => { if (/\/api\/v1\/(counts|jobs)$/.test(r.url()) && r.method() === 'GET') asked++ })
const api = path => page.evaluate(p => fetch(`/api/v1${p}`).then(r => r.json()), path)
const state = name => page.locator('.files li', { hasText: name }).getAttribute('data-state')
const states = () => page.locator('.files li').evaluateAll(l => l.map(e => e.dataset.state))
async function until(what, good, seconds = 120) {
    for (let i = 0; i < seconds * 5; i++) {
        if (await good()) return ok(true, what)
        await page.waitForTimeout(200)
    }
    await shot(page, 'timeout')
    return ok(false, what, await page.locator('main').innerText())
}

/** As a hand does it: over the page, then let go. */
async function drop(files) {
    const data = await page.evaluateHandle(list => {
        const d = new DataTransfer()
        for (const [name, text] of list)
            d.items.add(new File([Uint8Array.from(atob(text), c => c.charCodeAt(0))], name))
        return d
    }, files.map(f => [basename(f), readFileSync(f).toString('base64')]))
    await page.dispatchEvent('.drop', 'dragover', { dataTransfer: data })
    await page.locator('.drop.over').waitFor()
    await page.dispatchEvent('.drop', 'drop', { dataTransfer: data })
}

async function dragged() {
    await login(page)
    await visit(page, 'scan')
    await page.locator('.drop').waitFor()
    // The import has to wait for this test: nothing may be promised meanwhile.
    let held = null
    await page.route('**/api/v1/jobs', route => {
        if (route.request().method() !== 'POST' || held) return route.continue()
        held = route
    })
    // One connection breaks in the middle.
    let broken = 0
    await page.route(/uploads\?name=letter-0002/, route => (broken++ ? route.continue() : route.abort('connectionreset')))
    const files = [...PICTURES, process.env.WEB_BAD, process.env.WEB_CUT]
    await drop(files)
    await until('all have come', async () => (await states()).every(s => s === 'here') && held)
    is((await states()).length, files.length, 'each file is told')
    is(broken, 2, 'the one whose connection broke came again by itself')
    ok(!(await page.locator('.files').innerText()).includes('đã lưu'), 'nothing is called saved before the server says so')
    is((await api('/counts')).saved, 0, 'nor is it')
    await shot(page, 'have-come')
    // What moves from here on is written down: it may be over before anybody looks.
    await page.evaluate(() => {
        window.seen = []
        new MutationObserver(() => document.querySelectorAll('.jobs .figures').forEach(e => {
            const text = e.innerText.split(' ')[0]
            if (!window.seen.includes(text)) window.seen.push(text)
        })).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true })
    })
    asked = 0
    await held.continue()
    await until('the pictures are saved', async () => (await states()).filter(s => s === 'saved').length === PICTURES.length)
    await until('what cannot be taken is named', async () => (await state(basename(process.env.WEB_BAD))) === 'refused')
    await until('so is what is not complete', async () => (await state(basename(process.env.WEB_CUT))) === 'refused')
    is((await api('/counts')).saved, PICTURES.length, 'the others went on')
    const why = await page.locator('.files li[data-state=refused] .sign').first().innerText()
    ok(/không nhận: (?!SH-).{10}/.test(why), 'with its reason in words', why)
    note(why)
    await shot(page, 'saved')
    await axe(page, 'files on the screen')
}

// The page has not asked for counts or jobs by itself: they came.
async function live() {
    await until('the pages are read, before our eyes', async () =>
        (await page.locator('.jobs li').count()) === 0 && (await page.locator('.places a').first().locator('.badge').count()) === 0, 240)
    const seen = await page.evaluate(() => window.seen)
    note(`seen: ${seen.join(' ')}`)
    ok(seen.some(s => s.endsWith(`/${PICTURES.length}`)), 'so many of so many were seen')
    atLeast(seen.length, 2, 'and they moved')
    // An end of a job asks for counts once; a clock would have asked each second or fifth.
    ok(asked <= 6, 'nobody had to ask by a clock', `asked ${asked} times`)
    is((await api('/counts')).pages.queued, 0, 'nothing waits')
    await shot(page, 'read')
}

async function again() {
    await drop([PICTURES[0]])
    await until('the same file again', async () => (await state(basename(PICTURES[0]))) === 'same')
    ok((await page.locator('.files').innerText()).includes('đã có sẵn'), 'is told to be here already')
    await page.locator('.coming button').last().click()
    is(await page.locator('.files').count(), 0, 'the list goes when it is cleared')
}

async function silent() {
    await page.route('**/api/v1/events', route => route.abort())
    await page.reload()
    await page.locator('.drop').waitFor()
    const saved = (await api('/counts')).saved
    await page.locator('#files').setInputFiles([LATER])
    await until('a file chosen by the button is saved without events', async () => (await states()).join() === 'saved')
    await until('and the line at the bottom finds out by asking',
        async () => Number(await page.locator('footer.counts b').first().innerText()) === saved + 1, 30)
    await shot(page, 'without-events')
}

async function calm() {
    quiet('the browser has nothing to complain about')
    await context.close()
}
await story(dragged, live, again, silent, calm)
