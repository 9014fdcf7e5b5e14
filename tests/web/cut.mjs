// SPDX-License-Identifier: Apache-2.0
// The power goes in the middle of each screen: the browser and the server are killed, both begin
// again, and the clerk is where the work was, with every letter that was typed.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PASSWORD, SITE, USER, atLeast, is, login, ok, open, purpose, quiet, shot, story, visit } from './lib.mjs'

const HOME = process.env.WEB_HOME
const DOSSIER = process.env.WEB_DOSSIER
const [ITEM] = process.env.WEB_ITEMS.split(' ')
const PROFILE = mkdtempSync(join(tmpdir(), 'web-'))
const TYPED_MS = 400 // a clerk's hands are slower than a disk
let server = Number(process.env.WEB_SERVE)
let context, page
const api = path => page.evaluate(p => fetch(`/api/v1${p}`).then(r => r.json()), path)

const children = pid => {
    try {
        return execFileSync('pgrep', ['-P', String(pid)]).toString().trim().split('\n').map(Number)
    } catch {
        return []
    }
}
const tree = pid => [pid, ...children(pid).flatMap(tree)]

/** Everything stops between two instructions; nobody is asked to save anything. */
async function cut() {
    const all = [...browsers(), ...tree(server)]
    for (const pid of all) {
        try {
            process.kill(pid, 'SIGKILL')
        } catch { /* it fell with its parent */ }
    }
    await context.close().catch(() => {})
}
const browsers = () => execFileSync('pgrep', ['-f', `user-data-dir=${PROFILE}`]).toString().trim().split('\n').map(Number)

async function again() {
    const said = join(PROFILE, '..', 'served')
    writeFileSync(said, '')
    const child = spawn('sh', ['-c', 'exec "$SOHOA" -C "$WEB_HOME" --json serve --listen "$1" >"$2" 2>/dev/null', 'sh', new URL(SITE).host, said],
        { stdio: 'ignore' })
    server = child.pid
    for (let i = 0; i < 300 && !readFileSync(said, 'utf8').includes('ready'); i++) await new Promise(done => setTimeout(done, 100))
    writeFileSync(process.env.WEB_PIDFILE, String(server))
    ;({ context, page } = await open({ profile: PROFILE }))
    await page.goto(`${SITE}/`)
    await page.locator('input[name=password]').waitFor()
    if (await page.locator('input[name=user]').inputValue() !== USER) await page.locator('input[name=user]').fill(USER)
    await page.locator('input[name=password]').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.locator('nav.places').waitFor()
}
const where = () => page.evaluate(() => location.hash)

/** In @screen: @act, the power goes, and then @see must hold where one was. */
async function powerCut(screen, act, see) {
    await visit(page, screen)
    await act?.()
    const before = await where()
    await page.waitForTimeout(TYPED_MS)
    await cut()
    await again()
    await page.locator('main h1').first().waitFor()
    is(await where(), before, `${screen}: after the power cut one is where one was`)
    await see?.()
}

async function begun() {
    ;({ context, page } = await open({ profile: PROFILE }))
    await login(page)
}

async function verifying() {
    let field
    await powerCut(`verify/${ITEM}`, async () => {
        await page.locator('.cell.doubt input').first().waitFor()
        field = await page.evaluate(() => document.activeElement?.name)
        await page.keyboard.press('Control+A')
        await page.keyboard.type('NGUYỄN THỊ ĐIỆN')
    }, async () => {
        await page.locator('.record .cell').first().waitFor()
        is(await page.locator(`[name=${field}]`).inputValue(), 'NGUYỄN THỊ ĐIỆN', 'what was being typed is there')
        await shot(page, 'typed')
        const put = page.waitForResponse(r => r.request().method() === 'PUT')
        await page.keyboard.press('Enter')
        await put
    })
    await powerCut(`verify/${ITEM}`, async () => {
        await page.locator('.record .cell').first().waitFor()
        const put = page.waitForResponse(r => r.request().method() === 'PUT')
        await page.locator('[name=meHoTen]').fill('LÊ THỊ ĐÃ LƯU')
        await page.keyboard.press('Tab')
        await put
    }, async () => is((await api(`/items/${ITEM}`)).fields.meHoTen.value, 'LÊ THỊ ĐÃ LƯU', 'what was told as saved is saved'))
    await powerCut(`verify/${ITEM}`, async () => {
        await page.locator('.record .cell').first().waitFor()
        await page.route('**/fields/**', () => {}) // the server is silent just then
        await page.locator('[name=chaHoTen]').fill('TRẦN VĂN CHỜ')
        await page.keyboard.press('Tab')
    }, async () => {
        for (let i = 0; i < 40 && (await api(`/items/${ITEM}`)).fields.chaHoTen.value !== 'TRẦN VĂN CHỜ'; i++) await page.waitForTimeout(250)
        is((await api(`/items/${ITEM}`)).fields.chaHoTen.value, 'TRẦN VĂN CHỜ', 'what was left and not yet answered is saved by itself')
    })
    await powerCut(`verify/${ITEM}`, async () => {
        await page.locator('.cell input').first().focus()
        await page.keyboard.press('F9')
        await page.locator('dialog input[name=more]').fill('mờ ở góc dưới')
    }, async () => {
        await page.locator('.record .cell input').first().focus()
        await page.keyboard.press('F9')
        await page.locator('dialog input[name=more]').waitFor()
        await page.waitForTimeout(200)
        is(await page.locator('dialog input[name=more]').inputValue(), 'mờ ở góc dưới', 'a reason half written is there when it is asked for')
        await page.keyboard.press('Escape')
    })
}

async function registers() {
    await powerCut('books/new', async () => {
        await page.locator('select[name=register]').selectOption('death')
        await page.locator('input[name=year]').fill('1998')
        await page.locator('input[name=from]').fill('1')
        await page.locator('input[name=to]').fill('24')
    }, async () => {
        await page.waitForTimeout(300)
        is(await page.evaluate(() => ['register', 'year', 'from', 'to'].map(n => document.querySelector(`[name=${n}]`).value).join(' ')),
            'death 1998 1 24', 'a register half described is there')
        await shot(page, 'register')
        await page.keyboard.press('Escape')
        await visit(page, 'books')
        await visit(page, 'books/new')
        is(await page.locator('input[name=year]').inputValue(), '', 'who leaves the form finds it empty')
    })
    await powerCut(`books/${DOSSIER}`, async () => {
        await page.locator('button', { hasText: 'Ghi lý do' }).first().click()
        await page.locator('dialog input[value=torn]').check()
    }, async () => {
        await page.locator('button', { hasText: 'Ghi lý do' }).first().click()
        await page.waitForTimeout(200)
        ok(await page.locator('dialog input[value=torn]').isChecked(), 'a gap half explained is as it was')
        await page.keyboard.press('Escape')
    })
    await powerCut(`books/${DOSSIER}`)
}

async function scanning() {
    const before = (await api('/counts')).saved
    let told = 0
    await powerCut('scan', async () => {
        await page.locator('.scanner select').first().waitFor()
        await page.getByLabel('Khổ giấy').selectOption('max')
        await page.locator('.scanner .huge').focus()
        await page.keyboard.press('Enter')
        for (let i = 0; i < 240 && told < 2; i++) {
            await page.waitForTimeout(250)
            const job = (await api('/jobs')).rows.find(j => j.kind === 'scan')
            told = job ? (await api(`/jobs/${job.job}`)).rows.filter(r => r.type === 'scanned').length : 0
        }
        atLeast(told, 2, 'the scanner is at work')
    })
    // The sheets that were told lie on the disk; going on takes them in with the rest.
    await page.locator('.stack').waitFor()
    await shot(page, 'open-stack')
    const kept = (await api('/scan/stack')).rows[0].fronts
    atLeast(kept, told, `every sheet that was told (${told}) is in the open stack`)
    await page.locator('.scanner .huge').focus()
    await page.keyboard.press('Enter')
    for (let i = 0; i < 240 && !(await api('/jobs')).rows.some(j => j.kind === 'scan' && j.state !== 'running'); i++) await page.waitForTimeout(500)
    is((await api('/counts')).saved, before + kept + 10, 'Enter goes on: they and the next ten sheets are taken in')
    is((await api('/scan/stack')).rows.length, 0, 'and nothing is left lying about')
}

async function others() {
    for (const screen of ['seal', 'send', 'settings', 'users', 'help', `history/${ITEM}`]) await powerCut(screen)
    await powerCut('search', async () => {
        await page.locator('#q').fill('nguyen')
        await page.keyboard.press('Enter')
        await purpose(page)
        await page.locator('.figures').first().waitFor()
    }, async () => {
        await purpose(page) // it is another day
        is(await page.locator('#q').inputValue(), 'nguyen', 'with what was searched for')
    })
    await powerCut('users', async () => {
        await page.locator('main button.main').first().click()
        await page.locator('dialog input[name=name]').fill('hoa')
        await page.locator('dialog input[name=password]').fill('khong giu lai')
    }, async () => {
        await page.locator('main button.main').first().click()
        await page.waitForTimeout(200)
        is(await page.locator('dialog input[name=name]').inputValue(), 'hoa', 'a user half described is there')
        is(await page.locator('dialog input[name=password]').inputValue(), '', 'a password is never kept')
        await page.keyboard.press('Escape')
    })
}

async function calm() {
    quiet('the browser has nothing to complain about')
    is(spawnSync(process.env.SOHOA, ['-C', HOME, 'fsck', '--deep'], { stdio: 'ignore' }).status, 0, 'the store is sound, every byte of it')
    await context.close()
}
await story(begun, verifying, registers, others, scanning, calm)
