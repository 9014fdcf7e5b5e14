// SPDX-License-Identifier: Apache-2.0
// An auditor: each screen is shown, nothing on it changes anything, and what the page does not
// offer the server refuses.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { axe, is, login, note, ok, open, purpose, quiet, shot, story, visit } from './lib.mjs'

const ITEM = process.env.WEB_ITEM
const DOSSIER = process.env.WEB_DOSSIER
const ROUTES = process.env.WEB_ROUTES.trim().split('\n').map(r => r.split(' '))
const { context, page } = await open({ profile: mkdtempSync(join(tmpdir(), 'web-')) })
let changed = []
page.on('request', r => { if (!['GET', 'HEAD'].includes(r.method())) changed.push(`${r.method()} ${new URL(r.url()).pathname}`) })

const SCREENS = [['scan', 'scan'], ['verify', `verify/${ITEM}`], ['returned', 'returned'], ['seal', 'seal'], ['send', 'send'],
    ['registers', 'books'], ['register', `books/${DOSSIER}`], ['search', 'search?q=cong'], ['users', 'users'],
    ['settings', 'settings'], ['readings', 'readings'], ['history', `history/${ITEM}`], ['help', 'help']]

async function screens() {
    await login(page, 'tra')
    changed = []
    for (const [name, hash] of SCREENS) {
        await page.evaluate(h => { location.hash = h }, `#/${hash}`)
        await page.locator('main h1').or(page.locator('dialog input[name=purpose]')).first().waitFor()
        await page.waitForTimeout(500)
        if (await page.locator('dialog input[name=purpose]').count()) await purpose(page)
        await visit(page, hash)
        await page.waitForTimeout(300)
        is(await page.locator('main h1').count(), 1, `${name} is shown`)
        await shot(page, name)
        await axe(page, name)
    }
    is(changed.join(), '', 'no screen sent anything that changes')
}

async function who() {
    await visit(page, 'users')
    ok((await page.locator('table.list').innerText()).includes('người thanh tra'), 'the users are listed, the auditor among them', await page.locator('main').innerText())
    is(await page.locator('main button').count(), 0, 'without a button')
    await visit(page, 'settings')
    is(await page.locator('.settings input:enabled, .settings select:enabled').count(), 0, 'the settings are shown, and none can be changed')
    await visit(page, 'readings')
    ok((await page.locator('table.list').innerText()).includes('tra'), 'who looked at what is listed')
    await page.locator('.menu > button').click()
    ok((await page.locator('.menu').innerText()).includes('Nhật ký xem hồ sơ'), 'the menu leads there', await page.locator('.menu').innerText())
    await page.keyboard.press('Escape')
}

async function record() {
    changed = []
    await visit(page, `verify/${ITEM}`)
    await page.locator('.record form').waitFor()
    const fields = page.locator('.record form input, .record form textarea')
    ok(await fields.count() > 3, 'a record shows its fields')
    is(await fields.evaluateAll(all => all.filter(f => !f.readOnly).length), 0, 'all of them to be read only')
    await fields.first().focus()
    for (const key of ['Enter', 'F4', 'F7', 'F8', 'F9', 'Control+Z', 'Alt+ArrowDown']) await page.keyboard.press(key)
    is(await page.locator('dialog[open]').count(), 0, 'no key opens a change')
    is(await page.locator('.record .foot').count(), 0, 'and no button offers one')
    await page.keyboard.press('Control+Enter')
    await page.waitForTimeout(500)
    is(changed.join(), '', 'nothing was sent')
}

async function refused() {
    const answers = await page.evaluate(async routes => {
        const csrf = (await fetch('/api/v1/session').then(r => r.json())).csrf
        const out = []
        for (const [method, path] of routes)
            for (const body of path === '/jobs' ? ['import', 'scan', 'scan-finish', 'ocr', 'seal', 'sync'].map(kind => ({ kind, args: kind === 'import' ? { uploads: ['1'] } : {} })) : [{}]) {
                const upload = path === '/uploads'
                const r = await fetch(`/api/v1${path}${upload ? '?name=a.png' : ''}`, { method,
                    headers: { 'Content-Type': upload ? 'application/octet-stream' : 'application/json', 'X-Sohoa-Csrf': csrf },
                    body: method === 'DELETE' ? undefined : upload ? 'x' : JSON.stringify(body) })
                out.push([method, path, body.kind ?? '', r.status, (await r.json()).error?.code])
            }
        return out
    }, ROUTES)
    for (const [method, path, kind, status, code] of answers)
        ok(status === 403 && code === 'SH-USER-RIGHT', `${method} ${path.replace(ITEM, ':item')} ${kind} is refused: 403`, `${status} ${code}`)
    note(`${answers.length} requests that change something`)
}

async function calm() {
    quiet('the browser has nothing to complain about')
    await context.close()
}
await story(screens, who, record, refused, calm)
