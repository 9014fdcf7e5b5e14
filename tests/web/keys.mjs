// SPDX-License-Identifier: Apache-2.0
// Verifying by keys alone: how many a record takes, that nothing typed is lost by a reload
// or a silent server, that two at one record do not overwrite each other.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SITE, atMost, is, login, ok, open, quiet, shot, story, visit } from './lib.mjs'

// Records with 12 fields, 2 of them doubtful.
const [ITEM, NEXT, THIRD] = process.env.WEB_ITEMS.split(' ')
const { context, page } = await open({ profile: mkdtempSync(join(tmpdir(), 'web-')) })
const name = () => page.evaluate(() => document.activeElement?.name ?? '')
const item = id => page.evaluate(i => fetch(`/api/v1/items/${i}?purpose=check`).then(r => r.json()), id)
const saved = () => page.waitForResponse(r => r.request().method() === 'PUT')
const fields = () => page.locator('.record form > .group .cell').count()

async function counted() {
    await login(page)
    await visit(page, `verify/${ITEM}`)
    await page.locator('.cell.doubt').first().waitFor()
    is(await fields(), 12, 'the record shows 12 fields')
    is(await page.locator('.cell.doubt').count(), 2, '2 of them are doubtful')
    await page.evaluate(() => {
        window.keys = 0
        window.clicks = 0
        addEventListener('keydown', e => { if (!['Control', 'Alt', 'Shift'].includes(e.key)) window.keys++ }, true)
        addEventListener('click', () => { window.clicks++ }, true)
    })
    const first = await name()
    ok(first !== '', 'a doubtful field has the focus at once')
    await page.keyboard.press('Enter')
    ok(await name() !== first, 'Enter goes on to the next doubtful one')
    await page.keyboard.press('Enter')
    await page.locator('.cell.doubt').first().waitFor({ state: 'detached' })
    const verified = page.waitForResponse(r => r.url().includes('/verify'))
    await page.keyboard.press('Control+Enter')
    ok((await verified).ok(), 'Ctrl+Enter: verified')
    await page.waitForFunction(i => !location.hash.includes(i), `/${ITEM}`)
    const [keys, clicks] = await page.evaluate(() => [window.keys, window.clicks])
    atMost(keys, 4, 'keys for a record with 12 fields and 2 doubtful')
    is(clicks, 0, 'clicks for it')
    is((await item(ITEM)).state, 'verified', 'the server says so too')
}

async function typed() {
    await visit(page, `verify/${NEXT}`)
    await page.locator('.cell.doubt').first().waitFor()
    const field = await name()
    await page.keyboard.press('Control+A')
    await page.keyboard.type('PHẠM THỊ THỬ NGH')
    await page.reload()
    await page.locator('.cell.doubt').first().waitFor()
    is(await page.locator(`[name=${field}]`).inputValue(), 'PHẠM THỊ THỬ NGH', 'a reload in the middle of a field loses nothing')
    is(await name(), field, 'and one is where one was')
    await shot(page, 'after-reload')
    ok((await item(NEXT)).fields[field].doubtful, 'what was not finished is not taken for finished')
    await page.keyboard.press('End')
    await page.keyboard.type('IỆM')
    const put = saved()
    await page.keyboard.press('Enter')
    await put
    const now = (await item(NEXT)).fields[field]
    is(`${now.value} ${now.source}`, 'PHẠM THỊ THỬ NGHIỆM clerk', 'Enter saves it, as written by a person')
}

async function undone() {
    const before = await page.evaluate(() => location.hash)
    const back = page.waitForResponse(r => r.url().includes('/undo'))
    await page.keyboard.press('Control+Z')
    ok((await back).ok(), 'Ctrl+Z takes the last change back')
    await page.waitForTimeout(500)
    ok((await page.evaluate(() => location.hash)) === before, 'in the record it was made in')
}

async function silent() {
    await visit(page, `verify/${NEXT}`)
    const box = page.locator('[name=meHoTen], [name=OrganName]').first()
    await box.focus()
    const field = await name()
    await page.keyboard.press('Control+A')
    await context.setOffline(true)
    await page.keyboard.type('LÊ THỊ KHÔNG MẠNG')
    await page.keyboard.press('Tab')
    await page.locator('.counts.off').waitFor()
    await shot(page, 'server-silent')
    await context.setOffline(false)
    for (let i = 0; i < 40 && (await item(NEXT)).fields[field].value !== 'LÊ THỊ KHÔNG MẠNG'; i++) await page.waitForTimeout(250)
    is((await item(NEXT)).fields[field].value, 'LÊ THỊ KHÔNG MẠNG', 'what was left while the server was silent is saved when it answers')
}

async function two() {
    await visit(page, `verify/${THIRD}`)
    const box = page.locator('[name=meHoTen], [name=OrganName]').first()
    await box.focus()
    const field = await name()
    // Another window of the same clerk.
    const other = await context.newPage()
    await other.goto(`${SITE}/#/verify/${THIRD}`)
    await other.locator(`[name=${field}]`).fill('NGƯỜI KHÁC SỬA')
    const put = other.waitForResponse(r => r.request().method() === 'PUT')
    await other.keyboard.press('Tab')
    await put
    await other.close()
    await page.bringToFront()
    await box.fill('CHÍNH TÔI SỬA')
    await page.keyboard.press('Tab')
    await page.locator('.clash').waitFor()
    await shot(page, 'changed-by-two')
    is((await item(THIRD)).fields[field].value, 'NGƯỜI KHÁC SỬA', 'nobody is overwritten unseen')
    await page.locator('.clash button').first().click()
    await page.locator('.clash').waitFor({ state: 'detached' })
    is((await item(THIRD)).fields[field].value, 'CHÍNH TÔI SỬA', 'the clerk decides')
}

// From the door to a verified record without a pointer.
async function handsOnKeys() {
    await visit(page, 'scan')
    const reach = async (selector, most = 60) => {
        for (let i = 0; i < most; i++) {
            if (await page.evaluate(s => document.activeElement?.matches(s), selector)) return true
            await page.keyboard.press('Tab')
        }
        return false
    }
    await page.evaluate(() => { document.activeElement?.blur(); window.clicks = 0 })
    ok(await reach('.skip'), 'Tab begins with the way to the content')
    ok(await reach('.places a[href="#/verify"]'), 'the places are reached by Tab')
    await page.keyboard.press('Enter')
    await page.locator('.record').waitFor()
    ok(await page.evaluate(() => !!document.activeElement?.name), 'the form has the focus')
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle)
    is(outline, 'solid', 'the focus is seen')
    await page.keyboard.press('F9')
    await page.locator('dialog[open]').waitFor()
    for (let i = 0; i < 12; i++) await page.keyboard.press('Tab')
    ok(await page.evaluate(() => !!document.activeElement?.closest('dialog') || document.activeElement === document.body), 'a dialog keeps the focus')
    await page.keyboard.press('Escape')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    await page.waitForFunction(() => !!document.activeElement?.name)
    ok(true, 'and gives it back')
    await page.locator('.record').waitFor()
    await page.evaluate(() => document.activeElement?.blur())
    await page.keyboard.press('Shift+?')
    await page.locator('dialog[open] .keys').first().waitFor()
    await shot(page, 'keys')
    await page.keyboard.press('Escape')
}

async function calm() {
    quiet('the browser has nothing to complain about')
    await context.close()
}
await story(counted, typed, undone, silent, two, handsOnKeys, calm)
