// SPDX-License-Identifier: Apache-2.0
// A full day in the browser: first start, a register, a stack from the scanner, files, reading
// live, verifying, a gap explained, sealing, sending, the receipt, and the name found again.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PASSWORD, USER, atLeast, atMost, axe, is, note, ok, open, purpose, quiet, shot, story, visit } from './lib.mjs'

const pictures = folder => readdirSync(folder).filter(f => /\.(jpg|tif|pdf|png)$/.test(f)).sort().map(f => join(folder, f))
const FILES = pictures(process.env.WEB_FILES) // for the browser
const STACKS = 2 // of ten sheets each, as SANE's scanner for tests has them
const WATCHED = process.env.WEB_WATCHED
const LETTERS = FILES.length + pictures(WATCHED).length
const { context, page } = await open({ profile: mkdtempSync(join(tmpdir(), 'web-')) })
const api = path => page.evaluate(p => fetch(`/api/v1${p}`).then(r => r.json()), path)
async function until(what, good, seconds = 240) {
    for (let i = 0; i < seconds * 2; i++) {
        if (await good()) return ok(true, what)
        await page.waitForTimeout(500)
    }
    await shot(page, 'timeout')
    return ok(false, what)
}

async function first() {
    await page.goto(process.env.WEB_URL)
    await page.locator('.steps').waitFor()
    await shot(page, 'first-start')
    await axe(page, 'the first start')
    await page.locator('button.main').click()
    await page.locator('input[name=user]').fill(USER)
    await page.locator('input[name=password]').fill(PASSWORD)
    await page.locator('input[name=again]').fill(`${PASSWORD}x`)
    await page.keyboard.press('Enter')
    await page.locator('.error').waitFor()
    await page.locator('input[name=again]').fill(PASSWORD)
    await shot(page, 'first-user')
    await page.keyboard.press('Enter')
    await page.locator('.next').waitFor()
    await shot(page, 'ready')
    await page.locator('button.main').click()
    await page.locator('nav.places').waitFor()
    ok(true, 'the first user is made and is in')
}

async function register() {
    await page.locator('a[href="#/books/new"]').first().click()
    await page.locator('label', { hasText: 'Năm' }).waitFor()
    await page.getByLabel('Năm').fill('2003')
    await page.locator('input[name=from]').fill('1')
    await page.locator('input[name=to]').fill(String(LETTERS + 1))
    await page.keyboard.press('Enter')
    await page.locator('.register .big').waitFor()
    is((await api('/dossiers')).rows.length, 1, 'a register is open')
    await shot(page, 'register-open')
}

async function scanned() {
    if (!process.env.WEB_SCANNER) return
    await page.locator('.scanner select').first().waitFor()
    await page.getByLabel('Khổ giấy').selectOption('max')
    await page.evaluate(() => {
        window.clicks = 0
        addEventListener('click', () => { window.clicks++ }, true)
    })
    for (let stack = 1; stack <= STACKS; stack++) {
        await page.locator('.scanner .huge').focus()
        await page.keyboard.press('Enter')
        await until(`the scanner gives its ten sheets, stack ${stack}`,
            async () => (await api('/jobs')).rows.filter(j => j.kind === 'scan' && j.state === 'done').length === stack)
    }
    atMost(await page.evaluate(() => window.clicks), 2 * STACKS, 'clicks for the stacks')
    await page.locator('.thumbs li').first().waitFor()
    await shot(page, 'scanned')
}

async function watched() {
    const before = (await api('/counts')).saved
    const there = pictures(WATCHED).length
    const child = spawn(process.env.SOHOA, ['-C', process.env.WEB_HOME, 'watch', '--once', '--still', '1',
        '--kind', 'birth', '--dossier', (await api('/dossiers')).rows[0].dossier, WATCHED], { stdio: 'ignore' })
    const end = new Promise(done => child.on('exit', done))
    is(await end, 0, 'a watched folder is emptied beside the browser')
    is((await api('/counts')).saved, before + there, 'what lay in it is saved')
    const line = page.locator('footer.counts b').first()
    await until('and the line at the bottom counts it by itself', async () => Number(await line.innerText()) === before + there, 20)
}

async function dropped() {
    if (!FILES.length) return note('this build takes no uploads')
    const before = (await api('/counts')).saved
    await page.locator('#files').setInputFiles(FILES)
    await until(`${FILES.length} files are taken in`, async () => (await api('/counts')).saved >= before + FILES.length)
    await shot(page, 'files')
    const c = (await api('/counts')).pages
    atLeast(Object.values(c).reduce((a, n) => a + n, 0), 40, 'pages are taken in this day')
}

async function read() {
    await visit(page, 'scan')
    let live = false
    await until('all pages are read', async () => {
        if (!live && await page.locator('.jobs li').count()) {
            live = true
            await shot(page, 'reading')
        }
        const c = await api('/counts')
        return c.pages.queued === 0 && !(await api('/jobs')).rows.some(j => j.state === 'running')
    }, 500)
    ok(live, 'and it was seen going on')
}

// As the book says: numbers one after the other, the third is missing.
async function verified() {
    await visit(page, 'verify')
    await page.locator('.record').waitFor()
    const names = ['NGUYỄN THỊ HỒNG NHUNG', 'TRẦN VĂN DŨNG', 'LÊ THỊ MAI', 'PHẠM QUANG HUY']
    let number = 0
    let done = 0
    for (let i = 0; i < 40 && done < LETTERS; i++) {
        if (!await page.locator('.record').count()) break
        const hash = await page.evaluate(() => location.hash)
        number += number === 2 ? 2 : 1
        const more = page.locator('.record details summary')
        if (await more.count()) await more.click()
        for (const [field, value] of [['so', `${number}/2003`], ['ngayDangKy', '20/09/2003'], ['nksHoTen', names[done % names.length]]]) {
            const box = page.locator(`.record [name=${field}]`)
            if (!await box.count()) continue
            const put = page.waitForResponse(r => r.request().method() === 'PUT', { timeout: 15000 })
            await box.fill(value)
            await page.keyboard.press('Tab')
            await put.catch(() => {})
        }
        await page.locator('.record [name=nksHoTen], .record [name=Subject]').first().focus()
        for (let k = 0; k < 14; k++) {
            await page.keyboard.press('Control+Enter')
            const moved = await page.waitForFunction(h => location.hash !== h || !document.querySelector('.record'), hash, { timeout: 1500 }).then(() => true, () => false)
            if (moved) break
        }
        done++
        if (done === 1) await shot(page, 'verifying')
        await page.locator('.record, .empty').first().waitFor()
        await page.waitForTimeout(200)
    }
    const rows = (await api('/items?state=verified&limit=100')).rows
    atLeast(rows.length, Math.min(12, LETTERS), 'records are verified')
}

async function gap() {
    const book = (await api('/dossiers')).rows[0].dossier
    await visit(page, 'seal')
    await shot(page, 'missing')
    await visit(page, `books/${book}`)
    await page.locator('td', { hasText: /^3$/ }).first().waitFor()
    await shot(page, 'gap')
    for (let i = 0; i < 5 && await page.locator('button', { hasText: 'Ghi lý do' }).count(); i++) {
        await page.locator('button', { hasText: 'Ghi lý do' }).first().click()
        await page.locator('dialog input[value=torn]').check()
        if (i === 0) await shot(page, 'gap-reason')
        await page.locator('dialog button.main').click()
        await page.locator('dialog[open]').waitFor({ state: 'detached' })
        await page.waitForTimeout(500)
    }
    is((await api(`/dossiers/${book}/gaps`)).rows.filter(g => g.type === 'gap').length, 0, 'no number is missing without a reason')
}

async function sealed() {
    await visit(page, 'seal')
    await page.locator('button.big').click()
    await page.locator('dialog button.main').click()
    await until('it is sealed', async () => (await api('/items?state=sealed&limit=100')).rows.length > 0)
    await shot(page, 'sealed')
}

async function sent() {
    await visit(page, 'send')
    await page.locator('button.big').click()
    await until('the run ends', async () => (await api('/jobs')).rows.some(j => j.kind === 'sync' && j.state !== 'running'))
    // The province takes in; its receipts come with the next run.
    for (let i = 0; i < 20 && (await api('/counts')).received === 0; i++) {
        await page.waitForTimeout(3000)
        const idle = !(await api('/jobs')).rows.some(j => j.kind === 'sync' && j.state === 'running')
        if (idle) await page.locator('button.big').click()
    }
    atLeast((await api('/counts')).received, 1, 'the province has it')
    const green = () => page.locator('.word.green').innerText()
    await until('and the screen says so by itself, with the number of the receipt',
        async () => /Tỉnh đã nhận\s+[1-9][\s\S]*biên nhận số/.test(await green()), 20)
    note(await green())
    const receipts = (await page.locator('tbody').allInnerTexts()).join('\n')
    ok(receipts !== '' && !/\b(meta|text|thumb|page|master)\b/.test(receipts), 'each receipt says in words what is received', receipts)
    await shot(page, 'sent')
}

async function found() {
    await visit(page, 'search')
    await page.locator('#q').fill('nguyen thi hong nhung')
    await page.keyboard.press('Enter')
    await page.locator('dialog input[name=purpose]').first().waitFor()
    await shot(page, 'purpose')
    await axe(page, 'the question what for')
    ok(await purpose(page), 'before others are looked at, it is asked what for')
    await page.locator('.hits li').first().waitFor()
    ok(/NGUYỄN THỊ HỒNG NHUNG/i.test(await page.locator('.hits').innerText()), 'a name without marks finds the record')
    await page.locator('.found').waitFor()
    await page.waitForTimeout(800)
    await shot(page, 'found')
    await axe(page, 'what was found')
    const [download] = await Promise.all([page.waitForEvent('download'),
        page.locator('.found button', { hasText: 'PDF' }).click()])
    await download.saveAs(process.env.WEB_PDF)
    ok(download.suggestedFilename().endsWith('.pdf'), 'it can be taken along as a PDF', download.suggestedFilename())
}

async function readings() {
    await visit(page, 'readings')
    const rows = await page.locator('tbody').innerText()
    ok(/nguyen thi hong nhung/.test(rows) && /người dân đến làm thủ tục/.test(rows), 'who searched for whom, and what for, can be read', rows)
    ok(/Nhật ký nguyên vẹn/.test(await page.locator('main').innerText()), 'and the list is whole')
    await axe(page, 'the list of looks')
    await shot(page, 'readings')
}

async function calm() {
    quiet('the browser has nothing to complain about')
    note('pictures of the day: build/tests/web/day')
    await context.close()
}
await story(first, register, scanned, watched, dropped, read, verified, gap, sealed, sent, found, readings, calm)
